/* The exporter tree (draft-ietf-mls-extensions, section 4.4): one secret an epoch for each of the
 * 2^16 components, each given once. mls_group_safe_export() of <sotto/mls_app.h> lives here; this
 * is what becomes of the tree when the epoch ends. */
#ifndef MLS_SAFE_EXPORT_H
#define MLS_SAFE_EXPORT_H

#include "group.h"

/* Add to a batch the deletion of what the store holds of the tree of g's epoch, besides the root in
 * the state record. */
BASE_MUST_USE base_err mls_safe_export_erase(const mls_group *g, mls_batch *b);

#endif
