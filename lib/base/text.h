/* Bytes as text: base64url (RFC 4648, section 5, without padding), base32 (section 6, lower case,
 * without padding), and hexadecimal. Decoders are strict: no white space, no other alphabet, no
 * non-zero bits behind the end, so that each value has one spelling. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "bytes.h"

/* Append the text of src to out; no terminator. */
BASE_MUST_USE base_err base_text_base64url(base_bytes src, base_buf *out);
BASE_MUST_USE base_err base_text_base32(base_bytes src, base_buf *out);
BASE_MUST_USE base_err base_text_hex(base_bytes src, base_buf *out);

/* Append the bytes that text stands for. BASE_E_VALUE when it is not exactly what the encoder
 * gives; hexadecimal may also be in upper case. out is as before on failure. */
BASE_MUST_USE base_err base_text_from_base64url(base_bytes text, base_buf *out);
BASE_MUST_USE base_err base_text_from_base32(base_bytes text, base_buf *out);
BASE_MUST_USE base_err base_text_from_hex(base_bytes text, base_buf *out);

#endif
