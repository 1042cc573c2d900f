/* GroupInfo of a group's epoch (RFC 9420, section 12.4.3): for joiners, inside a Welcome or for an
 * external commit. */
#ifndef MLS_GROUP_INFO_H
#define MLS_GROUP_INFO_H

#include "group.h"

/* Append a signed GroupInfo (without the header of an MLSMessage), with one GREASE extension and,
 * when asked for, the ratchet_tree and the external_pub. g may be a staged epoch. */
BASE_MUST_USE base_err mls_group_info_make(const mls_group *g, bool with_tree,
                                           bool with_external_pub, base_buf *out);

#endif
