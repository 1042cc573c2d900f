/* Groups that follow on others: branches and reinitialisations (RFC 9420, sections 11.2 and 11.3).
 */
#ifndef MLS_REINIT_H
#define MLS_REINIT_H

#include "group.h"

/* Whether a group that a Welcome describes (context and tree set) may follow on the group that the
 * reinit or branch PSK names, which is in the store. MLS_E_REINIT, MLS_E_PSK_MISSING. */
BASE_MUST_USE base_err mls_successor_check(mls_ctx *ctx, const mls_epoch *fresh,
                                           const mls_psk_id *psk);

#endif
