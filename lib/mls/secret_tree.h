/* The secret tree of one epoch (RFC 9420, section 9) and the sender-data keys (section 6.3.2).
 *
 * A tree starts as one secret at its root. The first use of a leaf replaces the lowest kept
 * ancestor by the secrets of the nodes beside the way down to that leaf, and begins the leaf's two
 * ratchets; nothing else is derived, so memory is O(leaves used times log of all leaves), never
 * O(all leaves).
 *
 * Deletion (section 9.2): a parent is wiped when its children are derived, a ratchet secret when
 * the next one is, a key when it is handed out for sending or, after receiving, by consume().
 * Opening a message is two steps, since only a message that decrypts consumes its key: peek() ->
 * decrypt -> consume() on success, and mls_ratchet_step_clear() always.
 *
 * Persistence: every change is remembered by node and by sender until saved() is called. save()
 * hands the changed values to a sink; each is one value under one key, so that a message costs one
 * sender's value, and a sender's first message O(log leaves) node secrets besides. A message made
 * with next() may leave the machine only once what save() gave after it is durable: then a crash
 * loses generations but never repeats one. reserve() moves the saved state ahead by several. */
#ifndef MLS_SECRET_TREE_H
#define MLS_SECRET_TREE_H

#include <sotto/mls_types.h>

#include "crypto/labels.h"

typedef enum mls_ratchet_kind {
    MLS_RATCHET_HANDSHAKE = 0,
    MLS_RATCHET_APPLICATION = 1
} mls_ratchet_kind;

/* Bounds on what one message can cost (section 15.3). */
typedef struct mls_ratchet_limits {
    uint32_t forward; /* most generations a ratchet is moved past by one message */
    uint32_t kept;    /* most unused keys kept in a ratchet; the oldest go first. 0: none */
} mls_ratchet_limits;

/* A key and a nonce for one message. Clear it: it holds secrets. */
typedef struct mls_message_key {
    base_secret key;
    base_secret nonce;
} mls_message_key;

void mls_message_key_clear(mls_message_key *k);

/* XOR the reuse guard into the nonce (section 6.3.1). */
void mls_message_key_guard(mls_message_key *k, const uint8_t guard[static 4]);

/* Key and nonce of the sender data beside a ciphertext (section 6.3.2). */
BASE_MUST_USE base_err mls_sender_data_key(const crypto_suite *s, base_bytes sender_data_secret,
                                           base_bytes ciphertext, mls_message_key *out);

typedef struct mls_secret_tree mls_secret_tree;

/* A tree for n_leaves leaves (rounded up to a power of two; at most 2^30). encryption_secret is
 * taken: copied and wiped on success. NULL makes a tree that holds nothing, to be filled from the
 * store. Errors: BASE_E_ARGUMENT, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_secret_tree_new(const crypto_suite *s, uint32_t n_leaves,
                                           const mls_ratchet_limits *limits,
                                           base_secret *encryption_secret, mls_secret_tree **out);
void mls_secret_tree_free(mls_secret_tree *t);

/* ---- sending ---- */

/* The key of the next generation of a leaf's ratchet, which is past from now on.
 * Errors: MLS_E_GENERATION_GONE (all 2^32 - 1 are used), BASE_E_NOMEM, and BASE_E_STATE when the
 * tree holds nothing for the leaf; the tree is as before. */
BASE_MUST_USE base_err mls_secret_tree_next(mls_secret_tree *t, mls_leaf_index leaf,
                                            mls_ratchet_kind kind, uint32_t *generation,
                                            mls_message_key *out);

/* Derive count keys ahead and keep them in memory for next(): the state that save() then gives is
 * past all of them, so that count messages need no save of their own. After a restart unused ones
 * are lost, as a gap that receivers skip: keep count well below their limit. */
BASE_MUST_USE base_err mls_secret_tree_reserve(mls_secret_tree *t, mls_leaf_index leaf,
                                               mls_ratchet_kind kind, uint32_t count);

/* ---- receiving ---- */

/* A derived key with what is to become of the ratchet once it has opened a message. */
typedef struct mls_ratchet_step {
    mls_message_key key;
    mls_leaf_index leaf;
    mls_ratchet_kind kind;
    uint32_t generation;
    /* private to ratchet.c */
    uint32_t from;      /* the ratchet's next generation when the step was derived */
    base_secret secret; /* the ratchet's secret after it, unless the key was a kept one */
    struct mls_kept_key *skipped;
    size_t n_skipped;
    size_t cap_skipped;
    const base_alloc *alloc;
} mls_ratchet_step;

/* The key of a generation. What the tree holds stays the same (it may be held in another form:
 * children instead of a parent).
 * Errors: MLS_E_GENERATION_GONE used, or dropped by the limits; MLS_E_GENERATION_FAR further ahead
 * than the limit; BASE_E_STATE the tree holds nothing for the leaf; BASE_E_ARGUMENT no such leaf.
 */
BASE_MUST_USE base_err mls_secret_tree_peek(mls_secret_tree *t, mls_leaf_index leaf,
                                            mls_ratchet_kind kind, uint32_t generation,
                                            mls_ratchet_step *step);

/* The message opened: erase its key and all that came before it, keep skipped keys within the
 * limit. The step must be of this tree, and its ratchet unchanged since (BASE_E_STATE, nothing
 * happens). */
BASE_MUST_USE base_err mls_secret_tree_consume(mls_secret_tree *t, mls_ratchet_step *step);

void mls_ratchet_step_clear(mls_ratchet_step *step);

/* ---- the store ---- */

/* Where changes go: one call a value. An empty value means that it is to be deleted. */
typedef struct mls_secret_tree_sink {
    base_err (*node)(void *user, uint32_t node, base_bytes secret);
    base_err (*sender)(void *user, mls_leaf_index leaf, base_bytes ratchets);
    void *user;
    const base_alloc *alloc; /* for the values while they are given; NULL: the suite's */
} mls_secret_tree_sink;

/* Give every change since the last saved(), or everything that is held. Errors are the sink's, or
 * BASE_E_NOMEM. Call saved() once the values are durable. */
BASE_MUST_USE base_err mls_secret_tree_save(const mls_secret_tree *t,
                                            const mls_secret_tree_sink *sink);
BASE_MUST_USE base_err mls_secret_tree_save_all(const mls_secret_tree *t,
                                                const mls_secret_tree_sink *sink);
void mls_secret_tree_saved(mls_secret_tree *t);

/* Give a deletion for everything that is held, or was when saved() was last called: the epoch
 * ends. */
BASE_MUST_USE base_err mls_secret_tree_erase(const mls_secret_tree *t,
                                             const mls_secret_tree_sink *sink);

/* Put back what save() gave. A tree may be filled in any order, and only as far as a leaf needs:
 * the leaf's sender, or when there is none the one node that lies on the leaf's path to the root.
 * Errors: BASE_E_CORRUPT, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_secret_tree_put_node(mls_secret_tree *t, uint32_t node,
                                                base_bytes secret);
BASE_MUST_USE base_err mls_secret_tree_put_sender(mls_secret_tree *t, mls_leaf_index leaf,
                                                  base_bytes ratchets);

/* Whether the tree can serve a leaf with what it holds. */
bool mls_secret_tree_has(const mls_secret_tree *t, mls_leaf_index leaf);

#endif
