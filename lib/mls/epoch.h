/* One epoch of a group as one member holds it (RFC 9420, section 8): the GroupContext, the tree,
 * the member's private keys in it, the secrets, the transcript. A plain struct of owned parts,
 * built whole beside the old one and then moved over it. */
#ifndef MLS_EPOCH_H
#define MLS_EPOCH_H

#include "ctx.h"
#include "key_schedule.h"
#include "message.h"
#include "tree.h"
#include "tree_private.h"

typedef struct mls_epoch {
    crypto_suite suite;
    base_buf encoded;          /* GroupContext */
    base_arena lists;          /* what the view needs besides */
    mls_group_context context; /* view of `encoded` */
    mls_tree *tree;            /* a base; an overlay while staged */
    mls_tree_private keys;
    /* encryption_secret is kept only until the secret tree is made of it, confirmation_key until
     * the tag is known; each is empty afterwards. */
    mls_epoch_secrets secrets;
    crypto_digest interim;          /* interim_transcript_hash */
    crypto_digest confirmation_tag; /* of the commit that began the epoch */
} mls_epoch;

/* Wipe and free all of it. A zeroed struct is empty. */
void mls_epoch_clear(mls_epoch *e);

/* Move *src over *dst, which is cleared first; *src is empty afterwards. Cannot fail. */
void mls_epoch_move(mls_epoch *dst, mls_epoch *src);

/* Copy a GroupContext in; what c borrows may belong to *e itself. Suite included: it is resolved in
 * ctx. On failure *e is as before. Errors: CRYPTO_E_SUITE, MLS_E_VERSION, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_epoch_set_context(mls_epoch *e, const mls_ctx *ctx,
                                             const mls_group_context *c);

/* The same from its encoding, whole. */
BASE_MUST_USE base_err mls_epoch_set_encoded(mls_epoch *e, const mls_ctx *ctx, base_bytes encoded);

/* Tag and interim hash from the confirmation_key and the context, which wipes the key. */
BASE_MUST_USE base_err mls_epoch_confirm(mls_epoch *e);

#endif
