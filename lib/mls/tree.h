/* The ratchet tree (RFC 9420, sections 4.1, 7.5, 7.7, 12.1): nodes with cached hashes, and the
 * changes that proposals make. Hashes are computed in tree_hash and parent_hash, paths in
 * update_path, a received tree is judged in tree_check and coded in tree_codec.
 *
 * A tree is either a base, which owns an array of nodes, or an overlay: a borrowed base and the
 * nodes that differ from it. Every function takes both. A commit is staged in an overlay, at a cost
 * that follows the changes and not the size of the group; merging moves them into the base, freeing
 * the overlay discards them. An overlay is built on a base only, and the base may not change
 * while it lives.
 *
 * Each call that changes a tree does so whole or, when it fails, not at all. Cost is O(log leaves)
 * unless said otherwise. */
#ifndef MLS_TREE_H
#define MLS_TREE_H

#include "crypto/suite.h"
#include "node.h"

typedef struct mls_tree mls_tree;

/* Positions, in an owned array. */
typedef struct mls_node_list {
    mls_node_index *v;
    size_t n;
    size_t cap;
    const base_alloc *alloc;
} mls_node_list;

static inline mls_node_list mls_node_list_on(const base_alloc *alloc)
{
    return (mls_node_list){NULL, 0, 0, alloc};
}
BASE_MUST_USE base_err mls_node_list_add(mls_node_list *list, mls_node_index x);
void mls_node_list_clear(mls_node_list *list);

/* ---- beginning and end ---- */

/* A base of one blank leaf. suite is copied; its environment is borrowed. max_leaves bounds growth
 * (at most MLS_TREE_LEAVES_MAX; what is no power of two counts as the next below). Draws a seed for
 * the index of keys. */
BASE_MUST_USE base_err mls_tree_new(const crypto_suite *suite, uint32_t max_leaves, mls_tree **out);

/* An overlay without changes. base is borrowed; its hashes are computed when they are not cached,
 * which a base does once in its life. BASE_E_STATE when base is itself an overlay. */
BASE_MUST_USE base_err mls_tree_overlay_new(mls_tree *base, mls_tree **out);

/* NULL is allowed. Freeing an overlay leaves its base as it is. */
void mls_tree_free(mls_tree *t);

/* Move an overlay into its base. prepare does all that can fail: it computes the overlay's hashes
 * and reserves the base's memory, and may be called again. merge cannot fail; it frees the overlay.
 * The overlay may not change between the two. */
BASE_MUST_USE base_err mls_tree_merge_prepare(mls_tree *overlay);
void mls_tree_merge(mls_tree *overlay);

/* ---- reading ---- */

const crypto_suite *mls_tree_suite(const mls_tree *t);
uint32_t mls_tree_leaf_count(const mls_tree *t);   /* a power of two; some may be blank */
uint32_t mls_tree_member_count(const mls_tree *t); /* leaves that are not blank */
uint32_t mls_tree_max_leaves(const mls_tree *t);
mls_node_index mls_tree_root(const mls_tree *t);

/* The node, borrowed until it changes; NULL for a blank and beyond the edge. O(1). */
const mls_node *mls_tree_node(const mls_tree *t, mls_node_index x);

/* The leaf; NULL for a blank and beyond the edge. O(1). */
const mls_leaf_node *mls_tree_leaf(const mls_tree *t, mls_leaf_index leaf);

/* In the subtree under x: leaves that are not blank, and nodes that are not. O(1). */
uint32_t mls_tree_members_under(const mls_tree *t, mls_node_index x);
uint32_t mls_tree_filled_under(const mls_tree *t, mls_node_index x);

/* The resolution of x (section 4.1.1), appended in order. Leaves in `without` (sorted increasing,
 * n of them; those a commit has just added) are left out. Cost: the size of the result, and of
 * the blanks in between. */
BASE_MUST_USE base_err mls_tree_resolution(const mls_tree *t, mls_node_index x,
                                           const mls_leaf_index *without, size_t n,
                                           mls_node_list *out);

/* A filtered direct path (section 4.1.2), from the lowest node up: path[i] with its child on the
 * copath. */
typedef struct mls_tree_path {
    size_t n;
    mls_node_index node[MLS_TREE_DEPTH_MAX];
    mls_node_index copath[MLS_TREE_DEPTH_MAX];
} mls_tree_path;
void mls_tree_filtered_path(const mls_tree *t, mls_leaf_index leaf, mls_tree_path *out);

/* Where a key stands in the tree, looking away from the place `except` (MLS_NODE_NONE for nowhere):
 * *at is MLS_NODE_NONE when it stands nowhere. Encryption keys are those of all nodes, signature
 * keys those of leaves. O(1). */
#define MLS_NODE_NONE ((mls_node_index){UINT32_MAX})
BASE_MUST_USE base_err mls_tree_find_encryption_key(const mls_tree *t, base_bytes key,
                                                    mls_node_index except, mls_node_index *at);
BASE_MUST_USE base_err mls_tree_find_signature_key(const mls_tree *t, base_bytes key,
                                                   mls_node_index except, mls_node_index *at);

/* The leaf where the next Add goes: the leftmost blank one, or the first beyond the edge. */
mls_leaf_index mls_tree_next_leaf(const mls_tree *t);

/* Credential types in use with how many leaves use each. A tree holds at most
 * MLS_TREE_CREDENTIAL_TYPES of them (each member must list them all); a leaf that would bring one
 * more is refused with BASE_E_LIMIT. */
#define MLS_TREE_CREDENTIAL_TYPES 16
typedef struct mls_tree_credential_use {
    uint16_t type;
    uint32_t leaves;
} mls_tree_credential_use;
size_t mls_tree_credential_uses(const mls_tree *t, const mls_tree_credential_use **out);

/* ---- changes by proposals (sections 12.1.1 to 12.1.3); no rule of validity is checked ---- */

/* Put a leaf at mls_tree_next_leaf() and note it as unmerged at its non-blank ancestors. The tree
 * is extended when it is full (BASE_E_LIMIT beyond max_leaves). */
BASE_MUST_USE base_err mls_tree_add_leaf(mls_tree *t, const mls_leaf_node *leaf,
                                         mls_leaf_index *at);

/* Replace a leaf and blank its direct path. MLS_E_TREE when it is blank. */
BASE_MUST_USE base_err mls_tree_update_leaf(mls_tree *t, mls_leaf_index at,
                                            const mls_leaf_node *leaf);

/* Blank a leaf and its direct path, and truncate. MLS_E_TREE when it is blank. */
BASE_MUST_USE base_err mls_tree_remove_leaf(mls_tree *t, mls_leaf_index at);

/* Blank all parents above a leaf. */
BASE_MUST_USE base_err mls_tree_blank_path(mls_tree *t, mls_leaf_index leaf);

/* ---- single nodes: for update_path, tree_codec and the store ---- */

/* Put a node where the parity of x says what it is; taken on success. No other node changes. x must
 * lie in the tree (BASE_E_ARGUMENT). */
BASE_MUST_USE base_err mls_tree_put(mls_tree *t, mls_node_index x, mls_node *node);

/* The same for one of several nodes on a way to the root: what is counted and hashed above them is
 * wrong until mls_tree_put_done() is told the lowest of them, once. Between the two, nothing may be
 * asked that lies on the way. */
BASE_MUST_USE base_err mls_tree_put_part(mls_tree *t, mls_node_index x, mls_node *node);
BASE_MUST_USE base_err mls_tree_put_done(mls_tree *t, mls_node_index lowest);

BASE_MUST_USE base_err mls_tree_blank(mls_tree *t, mls_node_index x);

/* Extend to a power of two of leaves with blanks, or truncate, dropping what is beyond. */
BASE_MUST_USE base_err mls_tree_resize(mls_tree *t, uint32_t leaves);

/* ---- an overlay, for the store ---- */

/* The nodes in which an overlay differs from its base, in increasing order, those that truncation
 * drops included: mls_tree_node() of the overlay says what each is now. BASE_E_STATE for a base. */
BASE_MUST_USE base_err mls_tree_changes(const mls_tree *overlay, mls_node_list *out);

/* The same as bytes, and back on the same base. Decoding trusts its input as the store's, but
 * answers BASE_E_CORRUPT for what does not decode. */
BASE_MUST_USE base_err mls_tree_overlay_encode(const mls_tree *overlay, base_buf *out);
BASE_MUST_USE base_err mls_tree_overlay_decode(mls_tree *base, base_bytes in, mls_tree **out);

#endif
