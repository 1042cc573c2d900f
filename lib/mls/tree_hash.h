/* Tree hashes (RFC 9420, section 7.8), cached in the tree and computed again only where it changed,
 * and the original tree hash of a sibling, in which some leaves count as blank (section 7.9). */
#ifndef MLS_TREE_HASH_H
#define MLS_TREE_HASH_H

#include "tree.h"

/* The tree hash of the subtree under x. Fills the cache on the way. */
BASE_MUST_USE base_err mls_tree_hash(mls_tree *t, mls_node_index x, crypto_digest *out);

/* Of the whole tree. */
BASE_MUST_USE base_err mls_tree_root_hash(mls_tree *t, crypto_digest *out);

/* The tree hash of x as if the leaves in `without` (sorted increasing) were blank, and in no list
 * of unmerged leaves. Subtrees without any of them come from the cache. */
BASE_MUST_USE base_err mls_tree_hash_without(mls_tree *t, mls_node_index x,
                                             const mls_leaf_index *without, size_t n,
                                             crypto_digest *out);

#endif
