/* Parent hashes (RFC 9420, section 7.9): set along a new path, and verified for a whole tree that
 * came from somebody else. */
#ifndef MLS_PARENT_HASH_H
#define MLS_PARENT_HASH_H

#include "tree.h"

/* The parent hash of the non-blank parent p with the given child as copath child. */
BASE_MUST_USE base_err mls_parent_hash(mls_tree *t, mls_node_index p, mls_node_index copath_child,
                                       crypto_digest *out);

/* Put new parents along a filtered direct path, key[i] at path->node[i], with no unmerged leaves
 * and the parent hashes that chain them from the top down. *leaf_hash is the one for the leaf,
 * empty when the path is. t is an overlay that a failure leaves half done. */
BASE_MUST_USE base_err mls_parent_hash_put_path(mls_tree *t, const mls_tree_path *path,
                                                const base_bytes *key, crypto_digest *leaf_hash);

/* Every non-blank parent is parent-hash valid: chained to by exactly one node below it (section
 * 7.9.2). MLS_E_PARENT_HASH. Cost: the tree's size times its depth. */
BASE_MUST_USE base_err mls_parent_hash_check(mls_tree *t);

#endif
