/* One node of a ratchet tree as the tree owns it: the encoded form and the decoded view of it, in a
 * single allocation that never changes once made (RFC 9420, sections 7.1, 7.2). A tree replaces
 * nodes, it does not edit them: that is what lets a staged commit share all others with the tree
 * it is built on. */
#ifndef MLS_NODE_H
#define MLS_NODE_H

#include "codec.h"
#include "treemath.h"

typedef struct mls_node {
    bool is_leaf;
    base_bytes encoded; /* LeafNode or ParentNode, as on the wire */
    union {
        mls_leaf_node leaf;
        mls_parent_node parent;
    };
    uint64_t key_tag; /* for the tree's index of keys: of encryption_key */
    uint64_t sig_tag; /* and of a leaf's signature_key */
} mls_node;

/* The encryption_key, of either kind. */
base_bytes mls_node_encryption_key(const mls_node *n);

/* The next thing of a reader, a LeafNode or ParentNode; copied. The error is latched in r too. */
BASE_MUST_USE base_err mls_node_read(const base_alloc *alloc, base_rd *r, bool is_leaf,
                                     mls_node **out);

/* From an encoded LeafNode or ParentNode, whole; copied. Errors: the decoder's, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_node_decode(const base_alloc *alloc, bool is_leaf, base_bytes encoded,
                                       mls_node **out);

/* From a view; what it borrows is copied. */
BASE_MUST_USE base_err mls_node_from_leaf(const base_alloc *alloc, const mls_leaf_node *leaf,
                                          mls_node **out);
BASE_MUST_USE base_err mls_node_from_parent(const base_alloc *alloc, const mls_parent_node *parent,
                                            mls_node **out);

void mls_node_free(const base_alloc *alloc, mls_node *n);

#endif
