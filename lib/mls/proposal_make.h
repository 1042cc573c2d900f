/* From mls_proposal_params to a Proposal, with the memory it stands on and the secrets it makes
 * (RFC 9420, section 12.1). */
#ifndef MLS_PROPOSAL_MAKE_H
#define MLS_PROPOSAL_MAKE_H

#include "group.h"
#include "member.h"

/* Movable, but views borrow from the params. Clear it. */
typedef struct mls_made_proposal {
    mls_proposal view;
    base_arena lists;
    base_buf public_key; /* of an Update; the nonce of a PreSharedKey */
    base_buf signature;  /* of an Update's leaf */
    mls_member member;
    base_secret leaf_key;      /* of an Update */
    base_secret signature_key; /* of an Update that changes it, else empty */
} mls_made_proposal;

void mls_made_proposal_clear(mls_made_proposal *p);

/* g may be NULL for a proposal from outside, which cannot be an Update. Only what making it needs
 * is checked here: proposal_list judges. Errors: BASE_E_ARGUMENT, the decoders' own, those of a
 * leaf. */
BASE_MUST_USE base_err mls_proposal_make(const mls_ctx *ctx, const crypto_suite *s,
                                         const mls_group *g, const mls_proposal_params *params,
                                         mls_made_proposal *out);

#endif
