/* A reader over borrowed bytes. The first error is latched; from then on every read yields zeros
 * and nothing is left, so that loops end and a decoder reads like the struct in the RFC, with one
 * check at its end: `return base_rd_end(&r);`. Integers are big endian, vectors carry the
 * variable-size length of RFC 9420, section 2.1.2. */
#ifndef BASE_RD_H
#define BASE_RD_H

#include "bytes.h"

typedef struct base_rd {
    const uint8_t *p;
    size_t left;
    base_err err;
} base_rd;

static inline base_rd base_rd_on(base_bytes src)
{
    return (base_rd){src.p, src.n, BASE_OK};
}

uint8_t base_rd_u8(base_rd *r);
uint16_t base_rd_u16(base_rd *r);
uint32_t base_rd_u32(base_rd *r);
uint64_t base_rd_u64(base_rd *r);

/* A byte that must be 0 or 1 (RFC 9420, section 2.1.1: the presence octet of optional<T>). */
bool base_rd_bool(base_rd *r);

/* n bytes, borrowed from the source. */
base_bytes base_rd_fixed(base_rd *r, size_t n);

/* A length of one, two or four bytes; refuses longer forms than needed and the prefix 0b11. */
uint32_t base_rd_varint(base_rd *r);

/* opaque value<V>, borrowed from the source. */
base_bytes base_rd_vec(base_rd *r);

/* opaque value<V> with an upper bound in bytes (BASE_E_LIMIT). */
base_bytes base_rd_vec_max(base_rd *r, size_t max);

/* A vector of structs: open it, read while base_rd_more(), close it. close() latches the inner
 * reader's error into the outer one, and BASE_E_TRAILING when the inner one was not read whole. */
base_rd base_rd_open(base_rd *r);
void base_rd_close(base_rd *r, const base_rd *inner);
static inline bool base_rd_more(const base_rd *r)
{
    return r->err == BASE_OK && r->left > 0;
}

/* Latch an error of the decoder's own; the first one stays. */
void base_rd_fail(base_rd *r, base_err err);

/* The latched error, or BASE_E_TRAILING when bytes are left. */
BASE_MUST_USE base_err base_rd_end(const base_rd *r);

/* What lies between an earlier copy of the reader and now: the bytes just decoded. */
static inline base_bytes base_rd_since(const base_rd *before, const base_rd *now)
{
    if (now->err != BASE_OK) {
        return BASE_BYTES_NONE;
    }
    return (base_bytes){before->p, before->left - now->left};
}

#endif
