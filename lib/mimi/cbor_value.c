/* The typed reads of cbor.h, and taking a whole value whose form is not known: what an extension
 * may hold (MIMI content, "Data model restrictions" and "Depth restrictions"). */
#include "cbor.h"

/* Tags of big numbers, which stand for a plain number when they fit in one. */
enum { TAG_BIG_POSITIVE = 2, TAG_BIG_NEGATIVE = 3 };
#define PLAIN_BYTES 8

static mimi_cbor_item expect(mimi_cbor_rd *r, mimi_cbor_type type)
{
    mimi_cbor_item item = mimi_cbor_next(r);
    if (r->err == BASE_OK && item.type != type) {
        mimi_cbor_fail(r, MIMI_E_CONTENT);
    }
    if (r->err != BASE_OK) {
        item = (mimi_cbor_item){MIMI_CBOR_END, 0, BASE_BYTES_NONE};
    }
    return item;
}

uint64_t mimi_cbor_uint(mimi_cbor_rd *r, uint64_t max)
{
    mimi_cbor_item item = expect(r, MIMI_CBOR_UINT);
    if (item.n > max) {
        mimi_cbor_fail(r, MIMI_E_CONTENT);
        return 0;
    }
    return item.n;
}

bool mimi_cbor_bool(mimi_cbor_rd *r)
{
    return expect(r, MIMI_CBOR_BOOL).n == 1;
}

base_bytes mimi_cbor_bytes(mimi_cbor_rd *r)
{
    return expect(r, MIMI_CBOR_BYTES).bytes;
}

base_bytes mimi_cbor_text(mimi_cbor_rd *r)
{
    return expect(r, MIMI_CBOR_TEXT).bytes;
}

uint64_t mimi_cbor_array(mimi_cbor_rd *r)
{
    return expect(r, MIMI_CBOR_ARRAY).n;
}

uint64_t mimi_cbor_map(mimi_cbor_rd *r)
{
    return expect(r, MIMI_CBOR_MAP).n;
}

bool mimi_cbor_null(mimi_cbor_rd *r)
{
    mimi_cbor_rd ahead = *r;
    if (mimi_cbor_next(&ahead).type != MIMI_CBOR_NULL) {
        return false;
    }
    *r = ahead;
    return true;
}

/* ---- values of any form ---- */

static void take_value(mimi_cbor_rd *r, unsigned level);

/* What was read between an earlier copy of the reader and now. */
static base_bytes since(const mimi_cbor_rd *before, const mimi_cbor_rd *now)
{
    if (now->err != BASE_OK) {
        return BASE_BYTES_NONE;
    }
    return base_bytes_of(before->p, before->left - now->left);
}

static bool is_key(const mimi_cbor_item *item)
{
    switch (item->type) {
    case MIMI_CBOR_UINT:
        return item->n <= MIMI_CBOR_KEY_MAX;
    case MIMI_CBOR_NEGINT:
        return item->n < MIMI_CBOR_KEY_MAX; /* n counts from -1 */
    case MIMI_CBOR_BYTES:
    case MIMI_CBOR_TEXT:
        return true;
    default:
        return false;
    }
}

static void take_map(mimi_cbor_rd *r, uint64_t pairs, unsigned level)
{
    base_bytes last = BASE_BYTES_NONE;
    for (uint64_t i = 0; i < pairs && r->err == BASE_OK; i++) {
        const mimi_cbor_rd before = *r;
        mimi_cbor_item key = mimi_cbor_next(r);
        base_bytes encoded = since(&before, r);
        if (r->err == BASE_OK && !is_key(&key)) {
            mimi_cbor_fail(r, MIMI_E_EXTENSION);
        }
        if (r->err == BASE_OK && i > 0 && base_bytes_cmp(last, encoded) >= 0) {
            mimi_cbor_fail(r, MIMI_E_CBOR); /* out of order, or there already */
        }
        last = encoded;
        take_value(r, level);
    }
}

/* Big numbers: no leading zero, and none that a plain number holds. */
static void take_tagged(mimi_cbor_rd *r, uint64_t tag, unsigned level)
{
    if (tag != TAG_BIG_POSITIVE && tag != TAG_BIG_NEGATIVE) {
        take_value(r, level);
        return;
    }
    mimi_cbor_item item = mimi_cbor_next(r);
    if (item.type != MIMI_CBOR_BYTES || item.bytes.n <= PLAIN_BYTES || item.bytes.p[0] == 0) {
        mimi_cbor_fail(r, MIMI_E_CBOR);
    }
}

/* level: how many arrays, maps and tags the value stands in; never beyond MIMI_CBOR_DEPTH. */
static void take_value(mimi_cbor_rd *r, unsigned level)
{
    mimi_cbor_item item = mimi_cbor_next(r);
    if (item.type != MIMI_CBOR_ARRAY && item.type != MIMI_CBOR_MAP && item.type != MIMI_CBOR_TAG) {
        return;
    }
    if (level >= MIMI_CBOR_DEPTH) {
        mimi_cbor_fail(r, MIMI_E_DEPTH);
        return;
    }
    if (item.type == MIMI_CBOR_TAG) {
        take_tagged(r, item.n, level + 1);
    } else if (item.type == MIMI_CBOR_MAP) {
        take_map(r, item.n, level + 1);
    } else {
        for (uint64_t i = 0; i < item.n && r->err == BASE_OK; i++) {
            take_value(r, level + 1);
        }
    }
}

base_bytes mimi_cbor_value(mimi_cbor_rd *r, unsigned level)
{
    const mimi_cbor_rd before = *r;
    take_value(r, level);
    return since(&before, r);
}
