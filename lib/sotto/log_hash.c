/* The running hash; the relay computes the same in relay/, from the same definition. */
#include "log_hash.h"

base_err sotto_log_start(const sotto_prims *p, base_bytes log_id, sotto_log_point *out)
{
    out->n = 0;
    return sotto_hash_of(p, "sotto log", &log_id, 1, &out->h);
}

base_err sotto_log_step(const sotto_prims *p, sotto_log_point *at, base_bytes entry)
{
    base_err err = BASE_OK;
    sotto_hash inner;
    sotto_hash next;
    TRY(sotto_hash_of(p, "", &entry, 1, &inner));
    const base_bytes parts[] = {sotto_hash_bytes(&at->h), sotto_hash_bytes(&inner)};
    TRY(sotto_hash_of(p, "", parts, 2, &next));
    at->n++;
    at->h = next;
done:
    return err;
}

void sotto_log_point_write(base_wr *w, const sotto_log_point *at)
{
    base_wr_u64(w, at->n);
    base_wr_fixed(w, sotto_hash_bytes(&at->h));
}

void sotto_log_point_read(base_rd *r, sotto_log_point *out)
{
    out->n = base_rd_u64(r);
    base_bytes h = base_rd_fixed(r, sizeof out->h.b);
    memset(out->h.b, 0, sizeof out->h.b);
    if (h.n == sizeof out->h.b) {
        memcpy(out->h.b, h.p, h.n);
    }
}
