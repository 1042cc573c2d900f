/* Rows to put in a log store, for its tests. */
#ifndef CONTRACT_LOG_ROWS_H
#define CONTRACT_LOG_ROWS_H

#include "log_rig.h"

static void rig_id(uint8_t out[32], unsigned v)
{
    memset(out, (int)(v & 0xff), 32);
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}

static relay_log rig_log(unsigned v)
{
    relay_log l = {.epoch = 1,
                   .head = 2,
                   .floor = 1,
                   .kept = 3,
                   .bytes = 4,
                   .cursors = 5,
                   .guests = 6,
                   .touched = 20781};
    rig_id(l.id, v);
    memset(l.hash, 0x77, 32);
    return l;
}

static void rig_entry(const relay_store *st, uint64_t log, uint64_t seq, uint32_t day,
                      base_bytes data)
{
    relay_entry e = {.seq = seq, .day = day, .kind = (uint8_t)(seq % 2)};
    memset(e.before, (int)seq, 32);
    if (e.kind == 1) {
        e.stamp = base_bytes_str("a stamp");
    }
    OK(st->ops->entry_add(st->user, log, &e, data));
}

#endif
