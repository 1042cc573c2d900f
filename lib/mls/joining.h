/* What who joins by a Welcome and who joins by an external commit have in common: trusting a
 * GroupInfo and its tree (RFC 9420, sections 12.4.3 and 12.4.3.1). */
#ifndef MLS_JOINING_H
#define MLS_JOINING_H

#include "group.h"

/* Check a GroupInfo, its tree (in it, or ratchet_tree beside it) and its signature, and fill the
 * context, the tree and the prefix of an empty group. The group may not be in the store.
 * Errors: BASE_E_EXISTS, MLS_E_TREE_MISSING, MLS_E_WELCOME, CRYPTO_E_SIGNATURE, MLS_E_EXTENSION,
 * those of tree_check. */
BASE_MUST_USE base_err mls_joining_info(mls_group *g, const mls_info *info,
                                        base_bytes ratchet_tree);

#endif
