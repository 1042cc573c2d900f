/* The private half of a member's view of the tree (RFC 9420, section 4.2): the key of its leaf and
 * those it knows of the parents above. A plain struct of secrets; clear it. */
#ifndef MLS_TREE_PRIVATE_H
#define MLS_TREE_PRIVATE_H

#include "tree.h"

typedef struct mls_tree_private {
    mls_leaf_index leaf;
    base_secret leaf_key;
    size_t n; /* entries of node and key, lowest node first */
    mls_node_index node[MLS_TREE_DEPTH_MAX];
    base_secret key[MLS_TREE_DEPTH_MAX];
} mls_tree_private;

void mls_tree_private_clear(mls_tree_private *p);

/* The private key of a node, empty when it is not known. Borrowed. */
base_bytes mls_tree_private_key(const mls_tree_private *p, mls_node_index x);

/* Keep a key for a node above the leaf, in place of an older one. The entries stay sorted. */
BASE_MUST_USE base_err mls_tree_private_set(mls_tree_private *p, mls_node_index x, base_bytes key);

/* Wipe the keys of nodes that are blank or no more in the tree: after proposals were applied. */
void mls_tree_private_prune(mls_tree_private *p, const mls_tree *t);

/* Every key fits the tree: its node is there and holds its public key (MLS_E_PATH). One public key
 * operation an entry. */
BASE_MUST_USE base_err mls_tree_private_check(const mls_tree_private *p, const mls_tree *t);

/* The state of who joins by Welcome (section 12.4.3.1): the leaf's key, and what follows from the
 * path secret, when there is one (not empty), at the common ancestor with the committer and above.
 * Errors: MLS_E_PATH when a key does not match the tree. */
BASE_MUST_USE base_err mls_tree_private_join(const mls_tree *t, mls_leaf_index own,
                                             base_bytes leaf_key, mls_leaf_index committer,
                                             base_bytes path_secret, mls_tree_private *out);

/* With secrets: the caller's store encrypts. Decoding answers BASE_E_CORRUPT. */
BASE_MUST_USE base_err mls_tree_private_encode(const mls_tree_private *p, base_buf *out);
BASE_MUST_USE base_err mls_tree_private_decode(base_bytes in, mls_tree_private *out);

#endif
