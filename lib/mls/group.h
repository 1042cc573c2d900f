/* A group as one member holds it: the current epoch, the keys of messages, the proposals that wait.
 * What changes it lives in files of their own (commit_make, commit_stage, staged, receive, protect,
 * welcome, external, reinit); all of them build beside it and swap at the end, after the store
 * has taken the change. */
#ifndef MLS_GROUP_H
#define MLS_GROUP_H

#include "epoch.h"
#include "kept.h"
#include "secret_tree.h"
#include "store.h"

/* A leaf that was read alone. */
typedef struct mls_seen_leaf {
    mls_leaf_index leaf;
    mls_node *node;
} mls_seen_leaf;

struct mls_group {
    mls_ctx *ctx;
    mls_group_state state;
    mls_store_key prefix; /* of this group's keys */
    mls_epoch epoch;
    mls_secret_tree *messages; /* NULL: in the store, to be read when needed */
    bool messages_part;        /* it holds what was needed of it until now */
    uint32_t unread;           /* leaves of the tree, while it is in the store alone; else 0 */
    mls_seen_leaf *seen;       /* leaves read alone, until the group changes */
    size_t n_seen;
    size_t cap_seen;
    base_secret signature_private; /* in the backend's own form */
    mls_kept kept;
    uint32_t last_generation; /* of this object's own application messages in the epoch */
    uint64_t psk_first;       /* the oldest epoch whose resumption_psk may be in the store */
    base_buf reinit;          /* the encoded ReInit proposal that ended the group, else empty */
};

/* An empty, active group; its parts are filled in by the caller. NULL without memory. */
mls_group *mls_group_alloc(mls_ctx *ctx);

/* A group of one in epoch 0, which the store does not have yet (section 11).
 * Errors: BASE_E_EXISTS, BASE_E_ARGUMENT, those of a leaf. */
BASE_MUST_USE base_err mls_group_begin(mls_ctx *ctx, base_bytes group_id,
                                       const mls_member_params *member,
                                       mls_extension_list extensions, uint64_t now,
                                       mls_group **out);

/* Wipe and free the parts of *g, not g itself. */
void mls_group_clear(mls_group *g);

/* The context's bounds in the form that the secret tree takes. */
mls_ratchet_limits mls_group_ratchet_limits(const mls_ctx *ctx);

/* BASE_OK while the group can send and receive, else MLS_E_REMOVED (V-12.4.2-6). */
BASE_MUST_USE base_err mls_group_require_active(const mls_group *g);

/* Whether a message is of this group and of its epoch.
 * MLS_E_GROUP_ID, MLS_E_EPOCH_PAST, MLS_E_EPOCH_FUTURE. */
BASE_MUST_USE base_err mls_group_check_address(const mls_group *g, base_bytes group_id,
                                               uint64_t epoch);

/* What a message of g's carries as authenticated_data (draft-ietf-mls-extensions, section 4.9).
 * framing may be NULL. BASE_E_ARGUMENT. */
BASE_MUST_USE base_err mls_group_authenticated_data(const mls_group *g, const mls_framing *framing,
                                                    base_bytes *out);

/* The member's own leaf. */
const mls_leaf_node *mls_group_own_node(const mls_group *g);

/* Epoch n + 1, or BASE_E_LIMIT after 2^64 - 1. */
BASE_MUST_USE base_err mls_group_next_epoch(const mls_group *g, uint64_t *out);

#endif
