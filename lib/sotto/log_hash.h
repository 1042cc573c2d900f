/* The running hash of a log, by which a lying relay is found out (docs/architecture.md, section 3):
 * h_0 = SHA-256("sotto log" || log id), h_n = SHA-256(h_n-1 || SHA-256(entry_n)). */
#ifndef SOTTO_LOG_HASH_H
#define SOTTO_LOG_HASH_H

#include "base/rd.h"
#include "base/wr.h"
#include "prims.h"

/* How far somebody had read a log: n entries, and the hash there. */
typedef struct sotto_log_point {
    uint64_t n;
    sotto_hash h;
} sotto_log_point;

BASE_MUST_USE base_err sotto_log_start(const sotto_prims *p, base_bytes log_id,
                                       sotto_log_point *out);

/* Take in the next entry. */
BASE_MUST_USE base_err sotto_log_step(const sotto_prims *p, sotto_log_point *at, base_bytes entry);

/* struct { uint64 n; opaque h[32]; }: in an envelope, and as a commit's authenticated_data. */
void sotto_log_point_write(base_wr *w, const sotto_log_point *at);
void sotto_log_point_read(base_rd *r, sotto_log_point *out);

#endif
