/* Update paths (RFC 9420, sections 7.4 to 7.6): the committer's fresh keys along its filtered
 * direct path, sealed to everybody else.
 *
 * All change an overlay, which is to be freed when one of them fails: they do not undo what they
 * did. Who commits, on an overlay that has the proposals applied:  mls_path_make, then (with the
 * provisional GroupContext, whose tree_hash is the overlay's now) mls_path_seal.
 * Who receives, on such an overlay:  mls_path_apply, then mls_path_open. */
#ifndef MLS_UPDATE_PATH_H
#define MLS_UPDATE_PATH_H

#include "tree_private.h"

/* Section 7.6. Views. The ciphertexts stay encoded: there may be as many as members, and a member
 * opens one. */
typedef struct mls_update_path_node {
    base_bytes encryption_key;
    base_bytes sealed; /* HPKECiphertexts, one after the other */
    size_t n_sealed;
} mls_update_path_node;

typedef struct mls_update_path {
    mls_leaf_node leaf_node;
    size_t n_nodes; /* more than MLS_TREE_DEPTH_MAX are refused: BASE_E_LIMIT */
    mls_update_path_node nodes[MLS_TREE_DEPTH_MAX];
} mls_update_path;

void mls_update_path_read(base_rd *r, base_arena *a, mls_update_path *out);
void mls_update_path_write(base_wr *w, const mls_update_path *p);

/* The secrets of a path under way. Clear it. */
typedef struct mls_path_secrets {
    mls_leaf_index leaf;
    mls_tree_path path;
    base_secret secret[MLS_TREE_DEPTH_MAX]; /* path_secret[i], of path.node[i] */
    base_secret commit_secret;              /* Nh bytes */
} mls_path_secrets;
void mls_path_secrets_clear(mls_path_secrets *s);

/* How the committer's new leaf looks: a view whose encryption_key, source, parent_hash and
 * signature are ignored, the key to sign it, the group. */
typedef struct mls_path_params {
    const mls_leaf_node *leaf;
    base_bytes signature_private;
    base_bytes group_id;
} mls_path_params;

/* Draw the keys of a path from `own` and put them into the tree, parent hashes and the signed leaf
 * included. own may be blank: an external committer takes its place by this. *priv is replaced by
 * the member's new private state. */
BASE_MUST_USE base_err mls_path_make(mls_tree *t, mls_leaf_index own, const mls_path_params *params,
                                     mls_path_secrets *secrets, mls_tree_private *priv);

/* Seal the path secrets made on this tree and append the encoded UpdatePath. added: the leaves that
 * this commit adds, sorted; they get theirs in the Welcome. group_context: encoded. */
BASE_MUST_USE base_err mls_path_seal(const mls_tree *t, const mls_path_secrets *secrets,
                                     const mls_leaf_index *added, size_t n_added,
                                     base_bytes group_context, base_buf *out);

/* The path secret for a leaf that this commit adds: that of the lowest common ancestor with the
 * committer. BASE_E_NOT_FOUND when the path holds none. Borrowed. */
BASE_MUST_USE base_err mls_path_secret_for(const mls_path_secrets *secrets, mls_leaf_index added,
                                           base_bytes *out);

/* A path that was received. added: the leaves that its commit adds, sorted. group_context: encoded,
 * for mls_path_open alone. All borrowed. */
typedef struct mls_received_path {
    mls_leaf_index sender;
    const mls_update_path *path;
    const mls_leaf_index *added;
    size_t n_added;
    base_bytes group_context;
} mls_received_path;

/* Check a received path against the tree with the proposals applied, and put it in: as many nodes
 * as the sender's filtered direct path has, as many ciphertexts as each resolution needs, no key
 * that stands in the tree or twice in the path, keys that decode, and the leaf's parent_hash.
 * The leaf itself is judged by mls_leaf_node_check() before. The sender's leaf may be blank, or the
 * next one beyond the edge, for an external commit.
 * Errors: MLS_E_PATH, MLS_E_KEY_REUSE, MLS_E_PARENT_HASH, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_path_apply(mls_tree *t, const mls_received_path *in);

/* Decrypt what the applied path holds for this member, derive the keys above and check them against
 * the path's. priv: this member's keys before the path, pruned; it becomes the state after it, and
 * stays as it is on failure. *path_secret, when not NULL, is what was decrypted.
 * Errors: CRYPTO_E_OPEN, MLS_E_PATH. */
BASE_MUST_USE base_err mls_path_open(const mls_tree *t, const mls_received_path *in,
                                     mls_tree_private *priv, base_secret *commit_secret,
                                     base_secret *path_secret);

#endif
