/* What an application message holds around its content (docs/client.md, section 5).
 *
 *     struct {
 *         uint64 n; opaque h[32];   what its author had read of the log
 *         uint64 count;             the author's messages in this conversation, from 1
 *         opaque name<V>;           the author's name, UTF-8, at most 256 bytes; may be empty
 *         opaque type<V>;           a media type, at most 128 bytes
 *         opaque body<V>;
 *     } Envelope; */
#ifndef SOTTO_ENVELOPE_H
#define SOTTO_ENVELOPE_H

#include "log_hash.h"

#define SOTTO_NAME_BYTES_MAX 256
#define SOTTO_TYPE_BYTES_MAX 128

typedef struct sotto_envelope {
    sotto_log_point at;
    uint64_t count;
    base_bytes name;
    base_bytes type;
    base_bytes body;
} sotto_envelope;

/* *out is appended to. */
BASE_MUST_USE base_err sotto_envelope_encode(const sotto_envelope *e, base_buf *out);

/* Views are borrowed from in. SOTTO_E_ENVELOPE, BASE_E_UTF8. */
BASE_MUST_USE base_err sotto_envelope_decode(base_bytes in, sotto_envelope *out);

#endif
