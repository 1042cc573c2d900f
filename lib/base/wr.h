/* A writer that appends to a buffer. The first error is latched; an encoder checks once, at its
 * end: `return base_wr_end(&w);`. The mirror of rd.h. */
#ifndef BASE_WR_H
#define BASE_WR_H

#include "bytes.h"

typedef struct base_wr {
    base_buf *out; /* borrowed */
    base_err err;
} base_wr;

static inline base_wr base_wr_on(base_buf *out)
{
    return (base_wr){out, BASE_OK};
}

void base_wr_u8(base_wr *w, uint8_t v);
void base_wr_u16(base_wr *w, uint16_t v);
void base_wr_u32(base_wr *w, uint32_t v);
void base_wr_u64(base_wr *w, uint64_t v);
static inline void base_wr_bool(base_wr *w, bool v)
{
    base_wr_u8(w, v ? 1 : 0);
}

/* The bytes as they are, without a length. */
void base_wr_fixed(base_wr *w, base_bytes b);

/* The shortest form; at most 2^30 - 1 (BASE_E_LIMIT). */
void base_wr_varint(base_wr *w, size_t v);

/* opaque value<V>. */
void base_wr_vec(base_wr *w, base_bytes b);

/* A vector of structs: what is written between open() and close() gets its length in front.
 * open() returns the mark that close() takes; pairs nest. */
size_t base_wr_open(base_wr *w);
void base_wr_close(base_wr *w, size_t mark);

/* Latch an error of the encoder's own; the first one stays. */
void base_wr_fail(base_wr *w, base_err err);

BASE_MUST_USE static inline base_err base_wr_end(const base_wr *w)
{
    return w->err;
}

#endif
