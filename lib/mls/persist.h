/* A group in the store (RFC 9420 asks for it in section 6.3.1: no generation may be used twice).
 * Each change is one batch; what a value holds:
 *
 *   s     version, state, GroupContext, leaves of the tree, private keys, secrets, transcript
 *   n, t, r   as node, secret_tree
 *   e     a resumption_psk
 *   x     the exporter tree: safe_export
 *
 * Opening reads the state, the own leaf and the list of kept proposals, whatever the group's size;
 * the rest is read when it is needed. Reading judges what it reads: the tree must hash to the
 * context's tree_hash and every private key must fit its public one, else BASE_E_CORRUPT. */
#ifndef MLS_PERSIST_H
#define MLS_PERSIST_H

#include "group.h"

/* Add to a batch: the state record of g as it is, and its epoch's resumption_psk. */
void mls_persist_state(const mls_group *g, mls_batch *b);

/* Deletion of resumption PSKs too old for an epoch; *first is the oldest left. */
void mls_persist_drop_psks(const mls_group *g, uint64_t epoch, mls_batch *b, uint64_t *first);

/* The nodes of the tree: all that are not blank, or those that an overlay changes. */
BASE_MUST_USE base_err mls_persist_nodes(const mls_group *g, mls_batch *b);
BASE_MUST_USE base_err mls_persist_changes(const mls_tree *overlay, const mls_store_key *group,
                                           mls_batch *b);

/* Of the secret tree: what changed, all there is, and deletion of all there is. */
BASE_MUST_USE base_err mls_persist_messages(const mls_group *g, mls_batch *b);
BASE_MUST_USE base_err mls_persist_messages_all(const mls_secret_tree *t,
                                                const mls_store_key *group, mls_batch *b);
BASE_MUST_USE base_err mls_persist_erase_messages(const mls_group *g, mls_batch *b);

/* A group that was opened has its tree in the store alone, until a handshake or a look at all of it
 * asks for it: need_tree reads it, and holds it against the tree_hash and the private keys. A
 * single leaf is read by itself; *out is borrowed until the group changes, BASE_E_NOT_FOUND for a
 * blank. Errors: BASE_E_CORRUPT, the store's. */
BASE_MUST_USE base_err mls_persist_need_tree(const mls_group *g);
BASE_MUST_USE base_err mls_persist_need_leaf(const mls_group *g, mls_leaf_index leaf,
                                             const mls_leaf_node **out);
void mls_persist_forget_leaves(mls_group *g);

/* Read the secret tree when it is not in memory: all of it, or what serves one leaf. */
BASE_MUST_USE base_err mls_persist_need_messages(mls_group *g);
BASE_MUST_USE base_err mls_persist_need_sender(mls_group *g, mls_leaf_index leaf);

/* Drop the secret tree from memory, with what it holds unsaved: the next use reads it again. After
 * a failure, so that memory is never ahead of the store. */
void mls_persist_forget_messages(mls_group *g);

/* Write a batch that holds all changes of g->messages, or fail and forget them. */
BASE_MUST_USE base_err mls_persist_write(mls_group *g, const mls_batch *b);

/* Write a new group whole, with more changes of the caller's in *b. */
BASE_MUST_USE base_err mls_persist_new(mls_group *g, mls_batch *b);

/* The resumption_psk of an epoch. BASE_E_NOT_FOUND. */
BASE_MUST_USE base_err mls_persist_resumption(const mls_ctx *ctx, base_bytes group_id,
                                              uint64_t epoch, base_buf *psk);

/* Read a group. BASE_E_NOT_FOUND, BASE_E_CORRUPT. */
BASE_MUST_USE base_err mls_persist_load(mls_ctx *ctx, base_bytes group_id, mls_group **out);

#endif
