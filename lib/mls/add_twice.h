/* Whether a list of proposals adds one client twice (RFC 9420, section 12.2), as far as signature
 * keys tell. A list may hold as many Adds as a group has members, so that they are sorted instead
 * of held each against each. */
#ifndef MLS_ADD_TWICE_H
#define MLS_ADD_TWICE_H

#include "proposal_list.h"

/* The first Add whose signature key an earlier one has; list->n when there is none.
 * BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_add_twice(const mls_proposal_list *list, size_t *at);

#endif
