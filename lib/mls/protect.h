/* Sending: signed content becomes a PublicMessage or, under the member's next generation, a
 * PrivateMessage (RFC 9420, section 6). */
#ifndef MLS_PROTECT_H
#define MLS_PROTECT_H

#include "group.h"

/* The wire format that a framing asks for; NULL is private. */
mls_wire_format mls_framing_wire(const mls_framing *f);

/* Protect signed content of this member in this epoch. For a PrivateMessage the ratchet moves on,
 * and *b receives the change: write it with mls_persist_write() before the message is given away.
 * *message is replaced. */
BASE_MUST_USE base_err mls_protect_content(mls_group *g, const mls_auth_content *c,
                                           const mls_framing *f, mls_batch *b, base_buf *message);

#endif
