/* AppDataUpdate and AppEphemeral (draft-ietf-mls-extensions, sections 4.7 and 4.8): what the
 * application is asked about them, and what a list of updates comes to. */
#ifndef MLS_APP_UPDATE_H
#define MLS_APP_UPDATE_H

#include "proposal_list.h"

/* One of either, alone. MLS_E_PROPOSAL: a component that the application does not have, data that
 * it does not take. */
BASE_MUST_USE base_err mls_app_proposal_judge(const mls_ctx *ctx, const mls_proposal *p);

/* Whether new extensions by GroupContextExtensions leave the dictionary as the group's requirements
 * demand. MLS_E_PROPOSAL. */
BASE_MUST_USE base_err mls_app_dictionary_keeps(mls_extension_list now, mls_extension_list next,
                                                const base_alloc *alloc);

/* Apply the AppDataUpdates of a list to *extensions, which is replaced, with all that is new in the
 * arena. *demands is set when members may be asked for more than before: components, or support of
 * a dictionary that was not there. *bad is the item at fault.
 * Errors: MLS_E_PROPOSAL (removal of nothing), MLS_E_PROPOSAL_LIST (the application refuses). */
BASE_MUST_USE base_err mls_app_updates_apply(const mls_ctx *ctx, const mls_proposal_list *list,
                                             base_arena *a, mls_extension_list *extensions,
                                             bool *demands, size_t *bad);

/* *extensions with one entry of the dictionary set; what is new lies in the arena.
 * BASE_E_NOMEM, those of decoding a dictionary that is there. */
BASE_MUST_USE base_err mls_app_extensions_put(base_arena *a, mls_extension_list *extensions,
                                              const mls_app_data *item);

#endif
