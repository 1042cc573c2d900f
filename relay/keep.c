/* What a log keeps and what goes when everybody passed it (docs/protocol.md, section 3.8).
 *
 * floor: every open cursor is at this place or beyond, and everything up to it has been considered.
 * Below the floor only closed cursors hold something back: each the stretch from its place to the
 * commit that closed it. */
#include "core.h"

static base_err drop_range(relay *r, relay_log *log, uint64_t lo, uint64_t hi, uint32_t before)
{
    uint64_t n = 0;
    uint64_t bytes = 0;
    base_err err = STORE(r, entry_drop, log->key, lo, hi, before, &n, &bytes);
    if (err == BASE_OK) {
        log->kept -= n < log->kept ? n : log->kept;
        log->bytes -= bytes < log->bytes ? bytes : log->bytes;
        relay_count(r, before == UINT32_MAX ? RELAY_M_DELETED : RELAY_M_EXPIRED, n);
    }
    return err;
}

base_err relay_sweep(relay *r, relay_log *log, uint64_t lo, uint64_t hi, uint32_t before)
{
    base_err err = BASE_OK;
    uint64_t at = lo; /* everything up to here is done */
    relay_cursor c = {0};
    bool first = true;
    while (at < hi) {
        err =
            STORE(r, cursor_next, log->key, true, first ? 0 : c.place, first ? NULL : c.handle, &c);
        if (err == BASE_E_NOT_FOUND || (err == BASE_OK && c.place >= hi)) {
            return drop_range(r, log, at + 1, hi, before);
        }
        TRY(err);
        first = false;
        if (c.until <= at) {
            continue;
        }
        if (c.place > at) {
            TRY(drop_range(r, log, at + 1, c.place, before));
        }
        at = c.until > at ? c.until : at;
    }
done:
    return err;
}

base_err relay_floor(relay *r, relay_log *log)
{
    relay_cursor c;
    base_err err = STORE(r, cursor_next, log->key, false, 0, NULL, &c);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    uint64_t lowest = err == BASE_OK ? c.place : log->head;
    uint64_t before = log->floor;
    log->floor = lowest;
    return lowest > before ? relay_sweep(r, log, before, lowest, UINT32_MAX) : BASE_OK;
}

base_err relay_side_release(relay *r, relay_log *log, uint64_t epoch)
{
    relay_side side;
    base_err err = STORE(r, side_get, log->key, epoch, &side);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_OK : err;
    }
    if (side.waiting > 1) {
        side.waiting--;
        return STORE(r, side_put, log->key, &side);
    }
    log->bytes -= side.size < log->bytes ? side.size : log->bytes;
    return STORE(r, side_drop, log->key, epoch);
}

/* Whether any cursor, open or closed, stands in [lo, hi). */
static base_err stands(relay *r, const relay_log *log, uint64_t lo, uint64_t hi, bool *out)
{
    *out = false;
    for (int closed = 0; closed < 2 && !*out; closed++) {
        relay_cursor c;
        base_err err = STORE(r, cursor_next, log->key, closed == 1, lo, NULL, &c);
        if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
            return err;
        }
        *out = err == BASE_OK && c.place < hi;
    }
    return BASE_OK;
}

base_err relay_epochs_prune(relay *r, const relay_log *log)
{
    relay_epoch e;
    relay_entry entry;
    base_err err = BASE_OK;
    uint64_t from = 0;
    const relay_watch *w = relay_watch_of(r, RELAY_KIND_LOG, base_bytes_of(log->id, 32), false);
    uint64_t fresh = w != NULL && w->fresh != 0 ? w->fresh : UINT64_MAX;
    while ((err = STORE(r, epoch_next, log->key, from, &e)) == BASE_OK && e.epoch < log->epoch) {
        from = e.epoch + 1;
        if (e.end >= fresh) {
            break; /* it has entries that are not readable yet, and so have those after it */
        }
        err = STORE(r, entry_next, log->key, e.start + 1, &entry, &r->stamp);
        if (err == BASE_OK && entry.seq <= e.end) {
            continue;
        }
        if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
            break;
        }
        bool held = false;
        TRY(stands(r, log, e.start, e.end, &held));
        if (!held) {
            TRY(STORE(r, epoch_drop, log->key, e.epoch));
        }
    }
    err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
done:
    return err;
}
