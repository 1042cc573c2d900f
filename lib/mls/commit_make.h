/* Making a Commit (RFC 9420, section 12.4.1): a member's, a joiner's from outside, and the first
 * one of a branch or a reinitialised group. */
#ifndef MLS_COMMIT_MAKE_H
#define MLS_COMMIT_MAKE_H

#include "group.h"
#include "proposal_list.h"

typedef struct mls_commit_plan {
    mls_sender committer;
    bool is_successor;
    bool with_kept;                       /* add the kept proposals that fit */
    bool want_path;                       /* also where none is needed */
    bool tree_beside;                     /* of the Welcome */
    const mls_proposal_params *proposals; /* by value */
    size_t n_proposals;
    const mls_member_params *member; /* the new leaf; NULL keeps all but its key */
    const mls_framing *framing;      /* NULL: private, no extras */
    /* Of a joiner from outside. */
    const mls_proposal *external_init;
    const base_secret *init_secret;
} mls_commit_plan;

/* Make and stage; the group stays in its epoch. The ratchet that a PrivateMessage took its key from
 * is written to the store. */
BASE_MUST_USE base_err mls_commit_make(mls_group *g, const mls_commit_plan *plan, uint64_t now,
                                       mls_commit_out *out);

#endif
