/* PublicMessage (RFC 9420, section 6.2): content signed and, for members, tagged with the epoch's
 * membership key, but not encrypted. */
#ifndef MLS_PUBLIC_MSG_H
#define MLS_PUBLIC_MSG_H

#include "content.h"

/* membership_tag is empty unless a member sent it. */
typedef struct mls_public_message {
    mls_auth_content auth; /* wire_format is MLS_WIRE_PUBLIC_MESSAGE */
    base_bytes membership_tag;
} mls_public_message;

void mls_public_message_read(base_rd *r, base_arena *a, mls_public_message *out);
void mls_public_message_write(base_wr *w, const mls_public_message *m);

/* Encode signed content as an MLSMessage; *message is replaced. membership_key and group_context
 * (encoded, of the epoch) count for members only. c must be decoded content or have its decoded
 * form set, since it is checked by mls_content_check_sender() first.
 * Errors: MLS_E_UNENCRYPTED for application data, MLS_E_SENDER, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_public_protect(const crypto_suite *s, base_bytes membership_key,
                                          base_bytes group_context, const mls_auth_content *c,
                                          base_buf *message);

/* Check who may send what, and the membership tag of a member. The signature and the confirmation
 * tag are for the caller to verify.
 * Errors: those of mls_content_check_sender(), MLS_E_MEMBERSHIP_TAG. */
BASE_MUST_USE base_err mls_public_check(const crypto_suite *s, base_bytes membership_key,
                                        base_bytes group_context, const mls_public_message *m);

#endif
