/* Proposals and the forms in which a Commit names them (RFC 9420, sections 12.1 and 12.4). Only the
 * wire: what a proposal may ask for, and of whom, is proposal_list's to judge. */
#ifndef MLS_PROPOSAL_H
#define MLS_PROPOSAL_H

#include <sotto/mls_types.h>

#include "base/arena.h"
#include "base/rd.h"
#include "base/wr.h"

/* A Proposal of one of the seven types of the RFC or of draft-ietf-mls-extensions; which member
 * counts depends on type. A view: it borrows from the bytes it was decoded from and from the arena.
 */
typedef struct mls_proposal {
    mls_proposal_type type;
    union {
        mls_key_package key_package;   /* ADD */
        mls_leaf_node leaf_node;       /* UPDATE */
        mls_leaf_index removed;        /* REMOVE */
        mls_psk_id psk;                /* PSK */
        mls_reinit reinit;             /* REINIT */
        base_bytes kem_output;         /* EXTERNAL_INIT */
        mls_extension_list extensions; /* GROUP_CONTEXT_EXTENSIONS */
        mls_app_data_update app_data_update;
        mls_app_data app_ephemeral;
    };
} mls_proposal;

/* A Proposal. A type that is none of these latches MLS_E_PROPOSAL: without its definition
 * nobody can tell where such a proposal ends. */
void mls_proposal_read(base_rd *r, base_arena *a, mls_proposal *out);
void mls_proposal_write(base_wr *w, const mls_proposal *p);

/* The content of a Proposal without its type, which stands in `type` already (decode) or is p's. */
void mls_proposal_body_read(base_rd *r, base_arena *a, mls_proposal_type type, mls_proposal *out);
void mls_proposal_body_write(base_wr *w, const mls_proposal *p);

/* ProposalOrRef (section 12.4): by value when proposal is set, else by reference. */
typedef struct mls_proposal_or_ref {
    const mls_proposal *proposal;
    base_bytes ref;
} mls_proposal_or_ref;

void mls_proposal_or_ref_read(base_rd *r, base_arena *a, mls_proposal_or_ref *out);
void mls_proposal_or_ref_write(base_wr *w, const mls_proposal_or_ref *p);

/* Whether a Commit that covers a proposal of this type needs a path (section 17.4, "Path
 * Required"), and whether a sender outside the group may propose it ("External"). */
bool mls_proposal_needs_path(mls_proposal_type type);
bool mls_proposal_from_outside(mls_proposal_type type);

#endif
