/* The stored form of a commit's stamp (docs/protocol.md, section 3.3). */
#include "stamp.h"

#include "base/rd.h"
#include "base/wr.h"

base_err relay_stamp_encode(const wire_stamp *v, base_buf *out)
{
    out->n = 0;
    base_wr w = base_wr_on(out);
    base_wr_fixed(&w, v->writer);
    base_wr_fixed(&w, v->gate);
    base_wr_vec(&w, v->opened);
    base_wr_vec(&w, v->closed);
    base_wr_u32(&w, v->side);
    return base_wr_end(&w);
}

base_err relay_stamp_decode(base_bytes in, wire_stamp *out)
{
    base_rd r = base_rd_on(in);
    wire_stamp v = {0};
    v.writer = base_rd_fixed(&r, WIRE_ID_SIZE);
    v.gate = base_rd_fixed(&r, WIRE_ID_SIZE);
    v.opened = base_rd_vec(&r);
    v.closed = base_rd_vec(&r);
    v.side = base_rd_u32(&r);
    if (base_rd_end(&r) != BASE_OK) {
        return BASE_E_CORRUPT;
    }
    *out = v;
    return BASE_OK;
}
