/* See cbor.h. The library's streaming decoder is used, one item at a time: it allocates nothing,
 * and depth, counts and order stay ours to bound. Floating-point numbers are judged on their bits,
 * before the library sees them, since this room computes with none. */
#include "cbor.h"

#include <cbor/encoding.h>
#include <cbor/streaming.h>

#define HEAD_MAX 9 /* bytes of the longest head: one byte and a 64-bit argument */

/* First bytes of floating-point numbers, and the one half-precision NaN that is allowed. */
enum { HALF = 0xF9, SINGLE = 0xFA, DOUBLE = 0xFB };
#define QUIET_NAN 0x7E00

/* Bits of exponent and fraction. */
typedef struct float_form {
    unsigned exponent;
    unsigned fraction;
} float_form;

static const float_form half_form = {5, 10};
static const float_form single_form = {8, 23};
static const float_form double_form = {11, 52};

void mimi_cbor_fail(mimi_cbor_rd *r, base_err err)
{
    if (r->err == BASE_OK) {
        r->err = err;
        r->left = 0;
    }
}

base_err mimi_cbor_end(const mimi_cbor_rd *r)
{
    if (r->err != BASE_OK) {
        return r->err;
    }
    return r->left > 0 ? BASE_E_TRAILING : BASE_OK;
}

/* ---- floating-point numbers ---- */

/* Whether the number of form `from` is one of the smaller form `to` as well. Infinities are; NaNs
 * are said to be, since only a half may hold one. */
static bool fits(uint64_t bits, float_form from, float_form to)
{
    const uint64_t fraction = bits & ((UINT64_C(1) << from.fraction) - 1);
    const int biased = (int)((bits >> from.fraction) & ((UINT64_C(1) << from.exponent) - 1));
    const int bias = (1 << (from.exponent - 1)) - 1;
    const int to_bias = (1 << (to.exponent - 1)) - 1;
    if (biased == 2 * bias + 1) {
        return true;
    }
    if (biased == 0) {
        return fraction == 0; /* zero; a subnormal is too small for the other form */
    }
    const int exponent = biased - bias;
    if (exponent > to_bias) {
        return false;
    }
    int dropped = (int)(from.fraction - to.fraction); /* low bits that have no place */
    if (exponent < 1 - to_bias) {
        dropped += 1 - to_bias - exponent; /* a subnormal there */
    }
    if (dropped > (int)from.fraction) {
        return false;
    }
    return (fraction & ((UINT64_C(1) << dropped) - 1)) == 0;
}

/* A number in its shortest form, from its first byte on. */
static void take_float(mimi_cbor_rd *r)
{
    const size_t size = (size_t)1 << (r->p[0] - HALF + 1);
    if (r->left < 1 + size) {
        mimi_cbor_fail(r, BASE_E_TRUNCATED);
        return;
    }
    uint64_t bits = 0;
    for (size_t i = 1; i <= size; i++) {
        bits = bits << 8 | r->p[i];
    }
    bool good = false;
    if (r->p[0] == HALF) {
        bool is_nan = (bits & 0x7C00) == 0x7C00 && (bits & 0x03FF) != 0;
        good = !is_nan || bits == QUIET_NAN;
    } else if (r->p[0] == SINGLE) {
        good = !fits(bits, single_form, half_form);
    } else {
        good = !fits(bits, double_form, single_form);
    }
    if (!good) {
        mimi_cbor_fail(r, MIMI_E_CBOR);
        return;
    }
    r->p += 1 + size;
    r->left -= 1 + size;
}

/* ---- items, by the library ---- */

/* What the one callback that ran was told. An item stays END for what has no deterministic form:
 * indefinite lengths. */
static void on_uint8(void *user, uint8_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_UINT, v, BASE_BYTES_NONE};
}

static void on_uint16(void *user, uint16_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_UINT, v, BASE_BYTES_NONE};
}

static void on_uint32(void *user, uint32_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_UINT, v, BASE_BYTES_NONE};
}

static void on_uint64(void *user, uint64_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_UINT, v, BASE_BYTES_NONE};
}

static void on_negint8(void *user, uint8_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_NEGINT, v, BASE_BYTES_NONE};
}

static void on_negint16(void *user, uint16_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_NEGINT, v, BASE_BYTES_NONE};
}

static void on_negint32(void *user, uint32_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_NEGINT, v, BASE_BYTES_NONE};
}

static void on_negint64(void *user, uint64_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_NEGINT, v, BASE_BYTES_NONE};
}

static void on_bytes(void *user, cbor_data p, size_t n)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_BYTES, n, {p, n}};
}

static void on_text(void *user, cbor_data p, size_t n)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_TEXT, n, {p, n}};
}

static void on_array(void *user, size_t n)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_ARRAY, n, BASE_BYTES_NONE};
}

static void on_map(void *user, size_t n)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_MAP, n, BASE_BYTES_NONE};
}

static void on_tag(void *user, uint64_t v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_TAG, v, BASE_BYTES_NONE};
}

static void on_bool(void *user, bool v)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_BOOL, v ? 1 : 0, BASE_BYTES_NONE};
}

static void on_null(void *user)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_NULL, 0, BASE_BYTES_NONE};
}

static void on_undefined(void *user)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_OTHER, 0, BASE_BYTES_NONE};
}

static void on_indefinite(void *user)
{
    *(mimi_cbor_item *)user = (mimi_cbor_item){MIMI_CBOR_END, 0, BASE_BYTES_NONE};
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string_start = on_indefinite,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = on_indefinite,
    .indef_array_start = on_indefinite,
    .array_start = on_array,
    .indef_map_start = on_indefinite,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = cbor_null_float2_callback, /* take_float() was there before */
    .float4 = cbor_null_float4_callback,
    .float8 = cbor_null_float8_callback,
    .undefined = on_undefined,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_indefinite,
};

/* The head that the library writes for an item; 0 when there is none. */
static size_t write_head(const mimi_cbor_item *item, uint8_t head[static HEAD_MAX])
{
    const size_t n = (size_t)item->n;
    switch (item->type) {
    case MIMI_CBOR_UINT:
        return cbor_encode_uint(item->n, head, HEAD_MAX);
    case MIMI_CBOR_NEGINT:
        return cbor_encode_negint(item->n, head, HEAD_MAX);
    case MIMI_CBOR_BYTES:
        return cbor_encode_bytestring_start(n, head, HEAD_MAX);
    case MIMI_CBOR_TEXT:
        return cbor_encode_string_start(n, head, HEAD_MAX);
    case MIMI_CBOR_ARRAY:
        return cbor_encode_array_start(n, head, HEAD_MAX);
    case MIMI_CBOR_MAP:
        return cbor_encode_map_start(n, head, HEAD_MAX);
    case MIMI_CBOR_TAG:
        return cbor_encode_tag(item->n, head, HEAD_MAX);
    case MIMI_CBOR_BOOL:
        return cbor_encode_bool(item->n == 1, head, HEAD_MAX);
    case MIMI_CBOR_NULL:
        return cbor_encode_null(head, HEAD_MAX);
    case MIMI_CBOR_OTHER:
        return cbor_encode_undef(head, HEAD_MAX);
    case MIMI_CBOR_END:
        break;
    }
    return 0;
}

/* Whether the source begins with the one head of this item. */
static bool is_deterministic(const mimi_cbor_item *item, const uint8_t *p, size_t read)
{
    uint8_t head[HEAD_MAX] = {0};
    const size_t n = write_head(item, head);
    return n > 0 && n + item->bytes.n == read && memcmp(head, p, n) == 0;
}

mimi_cbor_item mimi_cbor_next(mimi_cbor_rd *r)
{
    mimi_cbor_item item = {MIMI_CBOR_END, 0, BASE_BYTES_NONE};
    const mimi_cbor_item none = item;
    if (r->err == BASE_OK && r->left == 0) {
        mimi_cbor_fail(r, BASE_E_TRUNCATED);
    }
    if (r->err != BASE_OK) {
        return none;
    }
    if (r->p[0] >= HALF && r->p[0] <= DOUBLE) {
        take_float(r);
        item.type = r->err == BASE_OK ? MIMI_CBOR_OTHER : MIMI_CBOR_END;
        return item;
    }
    struct cbor_decoder_result result = cbor_stream_decode(r->p, r->left, &callbacks, &item);
    if (result.status == CBOR_DECODER_NEDATA) {
        mimi_cbor_fail(r, BASE_E_TRUNCATED);
        return none;
    }
    if (result.status != CBOR_DECODER_FINISHED || !is_deterministic(&item, r->p, result.read) ||
        (item.type == MIMI_CBOR_TEXT && !base_bytes_is_text(item.bytes))) {
        mimi_cbor_fail(r, MIMI_E_CBOR);
        return none;
    }
    r->p += result.read;
    r->left -= result.read;
    return item;
}

/* ---- writing ---- */

static void put(base_wr *w, mimi_cbor_type type, uint64_t n, base_bytes bytes)
{
    const mimi_cbor_item item = {type, n, bytes};
    uint8_t head[HEAD_MAX] = {0};
    base_wr_fixed(w, base_bytes_of(head, write_head(&item, head)));
    base_wr_fixed(w, bytes);
}

void mimi_cbor_put_uint(base_wr *w, uint64_t v)
{
    put(w, MIMI_CBOR_UINT, v, BASE_BYTES_NONE);
}

void mimi_cbor_put_int(base_wr *w, int64_t v)
{
    if (v >= 0) {
        put(w, MIMI_CBOR_UINT, (uint64_t)v, BASE_BYTES_NONE);
    } else {
        put(w, MIMI_CBOR_NEGINT, (uint64_t)(-(v + 1)), BASE_BYTES_NONE);
    }
}

void mimi_cbor_put_bool(base_wr *w, bool v)
{
    put(w, MIMI_CBOR_BOOL, v ? 1 : 0, BASE_BYTES_NONE);
}

void mimi_cbor_put_null(base_wr *w)
{
    put(w, MIMI_CBOR_NULL, 0, BASE_BYTES_NONE);
}

void mimi_cbor_put_bytes(base_wr *w, base_bytes b)
{
    put(w, MIMI_CBOR_BYTES, b.n, b);
}

void mimi_cbor_put_text(base_wr *w, base_bytes b)
{
    if (!base_bytes_is_text(b)) {
        base_wr_fail(w, BASE_E_UTF8);
    }
    put(w, MIMI_CBOR_TEXT, b.n, b);
}

void mimi_cbor_put_array(base_wr *w, size_t n)
{
    put(w, MIMI_CBOR_ARRAY, n, BASE_BYTES_NONE);
}

void mimi_cbor_put_map(base_wr *w, size_t n)
{
    put(w, MIMI_CBOR_MAP, n, BASE_BYTES_NONE);
}
