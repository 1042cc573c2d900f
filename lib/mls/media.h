/* Content advertisement (draft-ietf-mls-extensions, section 6.2): lists of media types, and the
 * frame that says what an application message is. The functions for callers stand in
 * <sotto/mls_app.h>. */
#ifndef MLS_MEDIA_H
#define MLS_MEDIA_H

#include "codec.h"

/* Whether the data of content_media_types is a list of at least one. */
bool mls_media_list_is_valid(base_bytes data);

#endif
