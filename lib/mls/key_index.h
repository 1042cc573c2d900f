/* Which nodes hold a key: a hash table from tags (64 bits of a seeded hash of a key) to nodes, so
 * that the rule "no key twice" (RFC 9420, section 7.3) costs the same in a tree of any size. A tag
 * finds candidates; who asks compares the keys. */
#ifndef MLS_KEY_INDEX_H
#define MLS_KEY_INDEX_H

#include "base/err.h"
#include "treemath.h"

typedef struct mls_key_entry {
    uint64_t tag; /* 0: the place is free */
    mls_node_index node;
} mls_key_entry;

typedef struct mls_key_index {
    mls_key_entry *v;
    size_t cap; /* a power of two, or 0 */
    size_t n;
    const base_alloc *alloc;
} mls_key_index;

/* Make room so that `more` additions cannot fail. */
BASE_MUST_USE base_err mls_key_index_reserve(mls_key_index *x, size_t more);

/* Into reserved room; tag is not 0. */
void mls_key_index_add(mls_key_index *x, uint64_t tag, mls_node_index node);

/* Forget one entry; nothing happens when it is not there. */
void mls_key_index_remove(mls_key_index *x, uint64_t tag, mls_node_index node);

/* The next candidate of a tag. *at begins as 0 and is the table's own cursor; false at the end. */
bool mls_key_index_next(const mls_key_index *x, uint64_t tag, size_t *at, mls_node_index *node);

void mls_key_index_clear(mls_key_index *x);

#endif
