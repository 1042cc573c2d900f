/* The inside of a tree, for tree*.c and tree_hash.c alone.
 *
 * A base keeps a slot for each node in an array. An overlay keeps slots in a hash table: for nodes
 * it replaced (`changed`, which it owns), and for their ancestors, whose hash and counts are other
 * ones now. What is not in the table is seen through it in the base, but only below `visible`: what
 * truncation dropped does not come back when the tree grows again. */
#ifndef MLS_TREE_IMPL_H
#define MLS_TREE_IMPL_H

#include "key_index.h"
#include "tree.h"

typedef struct mls_slot {
    mls_node *node;   /* NULL: blank */
    uint32_t members; /* leaves that are not blank in the subtree */
    uint32_t filled;  /* nodes that are not blank in the subtree */
    bool hashed;      /* hash is the subtree's tree hash */
    uint8_t hash[CRYPTO_HASH_MAX];
} mls_slot;

typedef struct mls_overlay_entry {
    mls_node_index x;
    bool used;
    bool changed;
    mls_slot slot;
} mls_overlay_entry;

struct mls_tree {
    crypto_suite suite;
    const base_alloc *alloc;
    uint32_t leaves;
    uint32_t max_leaves;
    uint64_t seed;
    mls_key_index keys; /* of a base: its nodes. Of an overlay: those it put, some gone again */
    mls_tree_credential_use uses[MLS_TREE_CREDENTIAL_TYPES];
    size_t n_uses;
    uint32_t generation; /* of a base: merges it has seen; of an overlay: when it was made */

    mls_slot *slots; /* of a base */
    size_t n_slots;

    mls_tree *base; /* of an overlay; NULL in a base */
    mls_overlay_entry *entries;
    size_t cap; /* a power of two, or 0 */
    size_t n;
    uint32_t visible; /* nodes of the base below this show through */
};

/* The slot of a node to look at; a blank one beyond the edge. Valid until the next edit. */
const mls_slot *mls_slot_see(const mls_tree *t, mls_node_index x);

/* Make room so that `more` edits cannot fail. */
BASE_MUST_USE base_err mls_slot_reserve(mls_tree *t, size_t more);

/* The slot of a node to write to, in reserved room. */
mls_slot *mls_slot_edit(mls_tree *t, mls_node_index x);

/* Of an overlay: the entry, or NULL. */
mls_overlay_entry *mls_overlay_find(const mls_tree *t, mls_node_index x);

/* Set the tags of a node that is about to be put. */
void mls_tree_tag(const mls_tree *t, mls_node *node);

/* Of a base: have at least this many slots. */
BASE_MUST_USE base_err mls_tree_reserve_slots(mls_tree *base, uint32_t leaves);

/* Of a base: free the node in a slot and forget its keys. Counts and hashes stay as they are. */
void mls_tree_drop(mls_tree *base, mls_node_index x);

/* Of a base: remember the keys of a node that stands in a slot now; reserved room, two a node. */
void mls_tree_index(mls_tree *base, mls_node_index x, const mls_node *node);

#endif
