/* Which proposals a commit of this member's takes (RFC 9420, sections 12.2 and 12.4): those asked
 * for by value, and of the kept ones all that can stand beside them. */
#ifndef MLS_COMMIT_LIST_H
#define MLS_COMMIT_LIST_H

#include "commit_make.h"
#include "proposal_make.h"
#include "transition.h"

/* Make the proposals of the plan (*made is given: plan->n_proposals of them), fill t->list and
 * apply it. Kept proposals that turn out not to fit are left out; the fault of one by value is an
 * error. */
BASE_MUST_USE base_err mls_commit_list_fill(mls_transition *t, mls_group *g,
                                            const mls_commit_plan *plan, mls_made_proposal *made);

#endif
