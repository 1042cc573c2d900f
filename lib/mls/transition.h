/* The steps from one epoch to the next that who makes a commit and who receives one have in common
 * (RFC 9420, sections 12.4.1 and 12.4.2): apply the proposals, the provisional GroupContext, PSKs,
 * and at the end the new secrets. The path between them is made in commit_make and read in
 * commit_stage. */
#ifndef MLS_TRANSITION_H
#define MLS_TRANSITION_H

#include "staged.h"

/* A commit on its way. Clear it. */
typedef struct mls_transition {
    const mls_group *g; /* borrowed; stays as it is */
    mls_list_ground ground;
    mls_proposal_list list;
    mls_applied applied;
    mls_tree *tree; /* overlay */
    mls_leaf_index committer;
    bool removes_me;
    mls_tree_private keys; /* this member's: first as they were, in the end as they will be */
    base_secret signature_private;
    base_buf context; /* encoded GroupContext, provisional */
    base_secret init_secret;
    base_secret commit_secret; /* empty without a path */
    base_secret psk_secret;
} mls_transition;

/* committer is a member, or new_member_commit. making: this client makes the commit. */
void mls_transition_init(mls_transition *t, const mls_group *g, mls_sender committer, bool making,
                         uint64_t now);
void mls_transition_clear(mls_transition *t);

/* Judge the list and apply it to a fresh overlay. May be called again after the list has changed;
 * *bad is the item at fault, or list.n. Errors: those of proposal_list. */
BASE_MUST_USE base_err mls_transition_apply(mls_transition *t, size_t *bad);

/* The provisional GroupContext: the tree as it is now, extensions of the next epoch, the old
 * confirmed_transcript_hash. */
BASE_MUST_USE base_err mls_transition_provisional(mls_transition *t);

/* Look up the PSKs of the list, in its order. MLS_E_PSK_MISSING. */
BASE_MUST_USE base_err mls_transition_psks(mls_transition *t);

/* The next epoch, from a signed Commit: transcript, secrets, tag. The tree and the keys move into
 * *out. joiner_secret may be NULL. For a member that is removed there are no secrets. */
BASE_MUST_USE base_err mls_transition_finish(mls_transition *t, const mls_auth_content *commit,
                                             bool has_path, base_secret *joiner_secret,
                                             mls_staged **out);

#endif
