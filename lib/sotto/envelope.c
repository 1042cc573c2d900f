/* Codec of the envelope. */
#include "envelope.h"

base_err sotto_envelope_encode(const sotto_envelope *e, base_buf *out)
{
    base_wr w = base_wr_on(out);
    if (e->name.n > SOTTO_NAME_BYTES_MAX || e->type.n > SOTTO_TYPE_BYTES_MAX) {
        return BASE_E_ARGUMENT;
    }
    sotto_log_point_write(&w, &e->at);
    base_wr_u64(&w, e->count);
    base_wr_vec(&w, e->name);
    base_wr_vec(&w, e->type);
    base_wr_vec(&w, e->body);
    return base_wr_end(&w);
}

base_err sotto_envelope_decode(base_bytes in, sotto_envelope *out)
{
    base_rd r = base_rd_on(in);
    sotto_envelope e;
    memset(&e, 0, sizeof e);
    sotto_log_point_read(&r, &e.at);
    e.count = base_rd_u64(&r);
    e.name = base_rd_vec_max(&r, SOTTO_NAME_BYTES_MAX);
    e.type = base_rd_vec_max(&r, SOTTO_TYPE_BYTES_MAX);
    e.body = base_rd_vec(&r);
    if (base_rd_end(&r) != BASE_OK || e.count == 0) {
        return SOTTO_E_ENVELOPE;
    }
    if (!base_bytes_is_text(e.name) || !base_bytes_is_text(e.type)) {
        return BASE_E_UTF8;
    }
    *out = e;
    return BASE_OK;
}
