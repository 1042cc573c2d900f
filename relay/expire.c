/* The daily sweep (docs/protocol.md, sections 3.8 and 4): what nobody acknowledges goes with its
 * time. It walks every table in order of its ids, some rows a tick, and never slower than a day. */
#include "core.h"

/* The day before which things are older than so many days. */
static uint32_t day_before(const relay *r, uint32_t days)
{
    uint32_t today = relay_day(r);
    return today > days ? today - days : 0;
}

base_err relay_log_end(relay *r, const relay_log *log)
{
    base_err err = STORE(r, log_drop, log->key);
    relay_watch *w = relay_watch_of(r, RELAY_KIND_LOG, base_bytes_of(log->id, 32), false);
    if (err == BASE_OK && w != NULL) {
        relay_watch_drop(r, w);
    }
    return err;
}

/* ---- a log ---- */

/* Drop cursors of one kind that have been as they are for hold_days: closed ones, or guests. */
static base_err cursors(relay *r, relay_log *log, bool closed)
{
    relay_cursor c = {0};
    base_err err = STORE(r, cursor_next, log->key, closed, 0, NULL, &c);
    while (err == BASE_OK) {
        if (c.day < day_before(r, WIRE_HOLD_DAYS) && (closed || c.guest)) {
            TRY(relay_cursor_forget(r, log, c.handle));
        }
        err = STORE(r, cursor_next, log->key, closed, c.place, c.handle, &c);
    }
    err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
done:
    return err;
}

/* The lowest open cursor that moved of late: the others hold back hold_days and no more. */
static base_err awake(relay *r, const relay_log *log, uint64_t *out)
{
    relay_cursor c = {0};
    base_err err = STORE(r, cursor_next, log->key, false, 0, NULL, &c);
    *out = log->head;
    while (err == BASE_OK) {
        if (c.day >= day_before(r, WIRE_HOLD_DAYS)) {
            *out = c.place;
            return BASE_OK;
        }
        err = STORE(r, cursor_next, log->key, false, c.place, c.handle, &c);
    }
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

static base_err sides(relay *r, relay_log *log)
{
    relay_side side;
    base_err err = STORE(r, side_next, log->key, 0, &side);
    while (err == BASE_OK) {
        if (side.day < day_before(r, WIRE_TTL_DAYS)) {
            TRY(STORE(r, side_drop, log->key, side.epoch));
            log->bytes -= side.size < log->bytes ? side.size : log->bytes;
        }
        err = STORE(r, side_next, log->key, side.epoch + 1, &side);
    }
    err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
done:
    return err;
}

/* Everything of ttl_days, whoever holds it back. */
static base_err entries(relay *r, relay_log *log)
{
    uint64_t n = 0;
    uint64_t bytes = 0;
    base_err err =
        STORE(r, entry_drop, log->key, 0, log->head, day_before(r, WIRE_TTL_DAYS), &n, &bytes);
    if (err == BASE_OK) {
        log->kept -= n < log->kept ? n : log->kept;
        log->bytes -= bytes < log->bytes ? bytes : log->bytes;
        relay_count(r, RELAY_M_EXPIRED, n);
    }
    return err;
}

static base_err sweep_log(relay *r, relay_log *log)
{
    uint64_t lowest = 0;
    base_err err = BASE_OK;
    TRY(cursors(r, log, true));
    TRY(cursors(r, log, false));
    if (log->cursors == 0 || log->touched < day_before(r, WIRE_IDLE_DAYS)) {
        return relay_log_end(r, log);
    }
    TRY(awake(r, log, &lowest));
    TRY(relay_sweep(r, log, 0, lowest, day_before(r, WIRE_HOLD_DAYS)));
    TRY(relay_sweep(r, log, 0, log->floor, UINT32_MAX));
    TRY(entries(r, log));
    TRY(sides(r, log));
    TRY(relay_epochs_prune(r, log));
    TRY(STORE(r, log_put, log));
done:
    return err;
}

/* ---- a step of the walk: one row of one table ---- */

static base_err step_log(relay *r)
{
    relay_log log;
    base_err err = STORE(r, log_next, r->sweep_at, &log);
    if (err == BASE_OK) {
        memcpy(r->sweep_at, log.id, 32);
        err = sweep_log(r, &log);
    }
    return err;
}

static base_err step_box(relay *r)
{
    relay_box box;
    base_err err = STORE(r, box_next, r->sweep_at, &box);
    if (err != BASE_OK) {
        return err;
    }
    memcpy(r->sweep_at, box.id, 32);
    if (box.touched < day_before(r, WIRE_IDLE_DAYS)) {
        err = STORE(r, box_drop, box.key);
        relay_watch *w = relay_watch_of(r, RELAY_KIND_BOX, base_bytes_of(box.id, 32), false);
        if (err == BASE_OK && w != NULL) {
            relay_watch_drop(r, w);
        }
        return err;
    }
    err = relay_box_drop_mails(r, &box, box.head, day_before(r, WIRE_TTL_DAYS));
    return err == BASE_OK ? STORE(r, box_put, &box) : err;
}

static base_err step_shelf(relay *r)
{
    relay_shelf shelf;
    base_err err = STORE(r, shelf_next, r->sweep_at, &shelf);
    if (err == BASE_OK) {
        memcpy(r->sweep_at, shelf.id, 32);
        if (shelf.touched < day_before(r, WIRE_IDLE_DAYS)) {
            err = STORE(r, shelf_drop, shelf.key);
        }
    }
    return err;
}

static base_err step_dir(relay *r)
{
    relay_record rec;
    base_err err = STORE(r, dir_next, r->sweep_at, &rec);
    if (err == BASE_OK) {
        memcpy(r->sweep_at, rec.key, 32);
        if (rec.touched < day_before(r, WIRE_IDLE_DAYS)) {
            err = STORE(r, dir_drop, rec.key);
        }
    }
    return err;
}

base_err relay_expire(relay *r, bool *more)
{
    static base_err (*const step[])(relay *) = {step_log, step_box, step_shelf, step_dir};
    uint8_t at[sizeof r->sweep_at];
    const relay_phase phase = r->phase;
    memcpy(at, r->sweep_at, sizeof at);
    base_err err = relay_begin(r);
    for (size_t i = 0; err == BASE_OK && i < r->config.sweep_step; i++) {
        if (r->phase == RELAY_SWEEP_DONE) {
            break;
        }
        err = step[r->phase](r);
        if (err == BASE_E_NOT_FOUND) { /* the table's end: on to the next */
            r->phase++;
            memset(r->sweep_at, 0, sizeof r->sweep_at);
            err = BASE_OK;
        }
    }
    *more = r->phase != RELAY_SWEEP_DONE;
    if (err == BASE_OK) {
        err = relay_flush(r, r->now);
    } else {
        relay_abort(r);
    }
    if (err != BASE_OK) { /* nothing of the step has happened: the next tick takes it again */
        r->phase = phase;
        memcpy(r->sweep_at, at, sizeof at);
        *more = false;
    }
    return err;
}
