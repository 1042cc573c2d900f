/* Processing a Commit (RFC 9420, section 12.4.2), a member's or a joiner's from outside. */
#ifndef MLS_COMMIT_STAGE_H
#define MLS_COMMIT_STAGE_H

#include "staged.h"

/* Check an opened Commit of this epoch, whose signature was verified, and stage it. The group stays
 * as it is, always. Errors: MLS_E_PROPOSAL_UNKNOWN, MLS_E_PATH_MISSING, MLS_E_CONFIRMATION_TAG,
 * MLS_E_PSK_MISSING, those of proposal_list and update_path. */
BASE_MUST_USE base_err mls_commit_stage(const mls_group *g, const mls_auth_content *commit,
                                        uint64_t now, mls_staged **out);

#endif
