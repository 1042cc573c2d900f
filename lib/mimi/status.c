/* See status.h. */
#include "status.h"

#include "cbor.h"

enum { PAIR_FIELDS = 2 };

static void read_pair(mimi_cbor_rd *r, mimi_status_pair *out)
{
    if (mimi_cbor_array(r) != PAIR_FIELDS) {
        mimi_cbor_fail(r, MIMI_E_CONTENT);
    }
    base_bytes id = mimi_cbor_bytes(r);
    if (r->err == BASE_OK) {
        base_err err = mimi_id_from(id, &out->id);
        if (err != BASE_OK) {
            mimi_cbor_fail(r, err);
        }
    }
    out->status = (uint8_t)mimi_cbor_uint(r, UINT8_MAX);
}

base_err mimi_report_decode(base_bytes in, base_arena *a, mimi_report *out)
{
    mimi_cbor_rd r = mimi_cbor_on(in);
    mimi_status_pair *pairs = NULL;
    const uint64_t n = mimi_cbor_array(&r);
    if (n > MIMI_STATUS_PAIRS_MAX) {
        mimi_cbor_fail(&r, MIMI_E_LIMIT);
    } else if (n > 0) {
        pairs = base_arena_zero(a, (size_t)n, sizeof(*pairs));
        if (pairs == NULL) {
            mimi_cbor_fail(&r, BASE_E_NOMEM);
        }
    }
    for (size_t i = 0; i < n && pairs != NULL && r.err == BASE_OK; i++) {
        read_pair(&r, &pairs[i]);
    }
    base_err err = mimi_cbor_end(&r);
    if (err == BASE_OK) {
        *out = (mimi_report){pairs, (size_t)n};
    }
    return err;
}

base_err mimi_report_encode(const mimi_report *report, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&encoded);
    REQUIRE(report->n <= MIMI_STATUS_PAIRS_MAX, MIMI_E_LIMIT);
    mimi_cbor_put_array(&w, report->n);
    for (size_t i = 0; i < report->n; i++) {
        REQUIRE(report->pairs[i].id.b[0] == MIMI_ID_SHA256, MIMI_E_ID);
        mimi_cbor_put_array(&w, PAIR_FIELDS);
        mimi_cbor_put_bytes(&w, mimi_id_bytes(&report->pairs[i].id));
        mimi_cbor_put_uint(&w, report->pairs[i].status);
    }
    TRY(base_wr_end(&w));
    base_buf_move(out, &encoded);
done:
    base_buf_clear(&encoded);
    return err;
}
