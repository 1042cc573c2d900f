/* The part of CBOR (RFC 8949) that MIMI content is made of, read and written in the one
 * deterministic form (section 4.2.1). cbor.c alone sees the CBOR library; all else of this room
 * sees items.
 *
 * The reader latches its first error, like base_rd: from then on it yields zeros and nothing is
 * left. Each item's head is written again by the library and compared with what was read, so that
 * whatever is accepted is the only encoding of its value. Text must be UTF-8 without NUL. */
#ifndef MIMI_CBOR_H
#define MIMI_CBOR_H

#include "base/bytes.h"
#include "base/wr.h"

/* Arrays, maps and tags inside one another, the outermost counted (MIMI content, "Depth
 * restrictions"). */
#define MIMI_CBOR_DEPTH 4

typedef enum mimi_cbor_type {
    MIMI_CBOR_END = 0, /* after an error */
    MIMI_CBOR_UINT,    /* n */
    MIMI_CBOR_NEGINT,  /* -1 - n */
    MIMI_CBOR_BYTES,   /* bytes */
    MIMI_CBOR_TEXT,    /* bytes */
    MIMI_CBOR_ARRAY,   /* n elements follow */
    MIMI_CBOR_MAP,     /* n pairs follow */
    MIMI_CBOR_TAG,     /* n, and one item follows */
    MIMI_CBOR_BOOL,    /* n is 0 or 1 */
    MIMI_CBOR_NULL,
    MIMI_CBOR_OTHER /* undefined, or a floating-point number */
} mimi_cbor_type;

typedef struct mimi_cbor_item {
    mimi_cbor_type type;
    uint64_t n;
    base_bytes bytes; /* borrowed from the source */
} mimi_cbor_item;

typedef struct mimi_cbor_rd {
    const uint8_t *p;
    size_t left;
    base_err err;
} mimi_cbor_rd;

static inline mimi_cbor_rd mimi_cbor_on(base_bytes src)
{
    return (mimi_cbor_rd){src.p, src.n, BASE_OK};
}

void mimi_cbor_fail(mimi_cbor_rd *r, base_err err);

/* The latched error, or BASE_E_TRAILING when bytes are left. */
BASE_MUST_USE base_err mimi_cbor_end(const mimi_cbor_rd *r);

/* The next item's head, with the content of a string. Errors: BASE_E_TRUNCATED, MIMI_E_CBOR (not
 * well-formed, not deterministic, not UTF-8, a NaN but the one that is allowed). */
mimi_cbor_item mimi_cbor_next(mimi_cbor_rd *r);

/* The next item, which must be of the type: MIMI_E_CONTENT. Numbers up to max. */
uint64_t mimi_cbor_uint(mimi_cbor_rd *r, uint64_t max);
bool mimi_cbor_bool(mimi_cbor_rd *r);
base_bytes mimi_cbor_bytes(mimi_cbor_rd *r);
base_bytes mimi_cbor_text(mimi_cbor_rd *r);
uint64_t mimi_cbor_array(mimi_cbor_rd *r);
uint64_t mimi_cbor_map(mimi_cbor_rd *r);

/* Whether the next item is null, which is then taken. */
bool mimi_cbor_null(mimi_cbor_rd *r);

/* Take one whole value, whatever it is, and return its bytes. level: how many arrays, maps and tags
 * it stands in. Maps have their keys (numbers that a double holds, text, bytes) in order, each
 * once. Errors besides next()'s: MIMI_E_DEPTH, MIMI_E_EXTENSION for such a key. */
base_bytes mimi_cbor_value(mimi_cbor_rd *r, unsigned level);

/* The magnitude up to which a map's key may be a number: 2^53 - 1. */
#define MIMI_CBOR_KEY_MAX UINT64_C(9007199254740991)

void mimi_cbor_put_uint(base_wr *w, uint64_t v);
void mimi_cbor_put_int(base_wr *w, int64_t v);
void mimi_cbor_put_bool(base_wr *w, bool v);
void mimi_cbor_put_null(base_wr *w);
void mimi_cbor_put_bytes(base_wr *w, base_bytes b);
void mimi_cbor_put_text(base_wr *w, base_bytes b); /* BASE_E_UTF8 */
void mimi_cbor_put_array(base_wr *w, size_t n);
void mimi_cbor_put_map(base_wr *w, size_t n);

#endif
