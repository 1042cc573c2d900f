/* AppAck (draft-ietf-mls-extensions, section 6.1): which application messages of the epoch a member
 * received. It travels as the data of an AppEphemeral proposal of the component app_ack; which
 * messages to acknowledge, and when, is the application's to decide. */
#include <sotto/mls_app.h>

#include "app_data.h"

static void range_read(base_rd *r, mls_message_range *out)
{
    out->sender.v = base_rd_u32(r);
    out->first_generation = base_rd_u32(r);
    out->last_generation = base_rd_u32(r);
    if (r->err == BASE_OK && out->first_generation > out->last_generation) {
        base_rd_fail(r, BASE_E_VALUE); /* V-E6.1-1 */
    }
}

base_err mls_app_ack_encode(const mls_message_range *ranges, size_t n, base_buf *out)
{
    if (out == NULL || (n > 0 && ranges == NULL)) {
        return BASE_E_ARGUMENT;
    }
    base_buf made = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&made);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < n; i++) {
        if (ranges[i].first_generation > ranges[i].last_generation) {
            base_wr_fail(&w, BASE_E_ARGUMENT);
        }
        base_wr_u32(&w, ranges[i].sender.v);
        base_wr_u32(&w, ranges[i].first_generation);
        base_wr_u32(&w, ranges[i].last_generation);
    }
    base_wr_close(&w, mark);
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &made);
    }
    base_buf_clear(&made);
    return err;
}

/* Twice through: nothing is shown of what is not whole. */
base_err mls_app_ack_each(base_bytes encoded, mls_message_range_seen seen, void *user)
{
    for (int shown = 0; shown < 2; shown++) {
        base_rd r = base_rd_on(encoded);
        base_rd ranges = base_rd_open(&r);
        while (base_rd_more(&ranges)) {
            mls_message_range range = {0};
            range_read(&ranges, &range);
            base_err err = shown == 1 && seen != NULL ? seen(user, &range) : BASE_OK;
            if (err != BASE_OK) {
                return err;
            }
        }
        base_rd_close(&r, &ranges);
        base_err err = base_rd_end(&r);
        if (err != BASE_OK) {
            return err;
        }
    }
    return BASE_OK;
}
