/* The proposals of a staged commit as bytes: what makes it independent of the message it came in,
 * and what outlives a restart. */
#ifndef MLS_STAGED_CODE_H
#define MLS_STAGED_CODE_H

#include "staged.h"

/* *out is replaced. */
BASE_MUST_USE base_err mls_staged_list_encode(const mls_proposal_list *list, base_buf *out);

/* Views of `in`, in the arena. */
BASE_MUST_USE base_err mls_staged_list_decode(base_bytes in, base_arena *a, mls_list_item **items,
                                              size_t *n);

#endif
