/* Cursors: how they open, move, close and go (docs/protocol.md, sections 3.2, 3.5, 3.6, 3.9). What
 * their moving deletes is keep.c's. Rows of the log are changed in the caller's struct. */
#include "core.h"

base_err relay_cursor_look(relay *r, const relay_log *log, const uint8_t handle[32],
                           relay_standing *out)
{
    relay_cursor c;
    *out = (relay_standing){WIRE_CURSOR_NONE, 0};
    base_err err = STORE(r, cursor_get, log->key, handle, &c);
    if (err == BASE_OK) {
        out->cursor = c.until > 0 ? WIRE_CURSOR_CLOSED : WIRE_CURSOR_OPEN;
        out->place = c.place;
    }
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

/* A lower place than any before: the floor must not be above it. */
static void floor_lower(relay_log *log, uint64_t place)
{
    log->floor = place < log->floor ? place : log->floor;
}

static base_err reopen(relay *r, relay_log *log, relay_cursor *c)
{
    c->until = 0;
    c->used = true;
    c->guest = false;
    c->day = relay_day(r);
    floor_lower(log, c->place);
    return STORE(r, cursor_put, log->key, c);
}

static base_err guest(relay *r, relay_log *log, const uint8_t handle[32], uint64_t place,
                      relay_standing *out)
{
    if (log->guests >= RELAY_GUESTS_MAX || log->cursors >= RELAY_CURSORS_MAX) {
        return BASE_OK; /* it reads, and holds nothing back */
    }
    relay_cursor c = {.place = place, .used = true, .guest = true, .day = relay_day(r)};
    memcpy(c.handle, handle, 32);
    log->guests++;
    log->cursors++;
    floor_lower(log, place);
    *out = (relay_standing){WIRE_CURSOR_OPEN, place};
    return STORE(r, cursor_put, log->key, &c);
}

base_err relay_cursor_enter(relay *r, relay_log *log, const relay_epoch *e,
                            const uint8_t handle[32], uint64_t from, relay_standing *out)
{
    relay_cursor c;
    bool current = e->epoch == log->epoch;
    *out = (relay_standing){WIRE_CURSOR_NONE, 0};
    base_err err = STORE(r, cursor_get, log->key, handle, &c);
    if (err == BASE_E_NOT_FOUND) {
        return current ? guest(r, log, handle, from - 1, out) : BASE_OK;
    }
    if (err != BASE_OK) {
        return err;
    }
    *out = (relay_standing){WIRE_CURSOR_OPEN, c.place};
    if (c.until > 0) {
        if (current) {
            return reopen(r, log, &c);
        }
        out->cursor = WIRE_CURSOR_CLOSED;
        return BASE_OK;
    }
    if (c.place == log->head && c.day != relay_day(r)) {
        c.day = relay_day(r); /* it has nothing to acknowledge, and is there */
        return STORE(r, cursor_put, log->key, &c);
    }
    return BASE_OK;
}

base_err relay_cursor_ack(relay *r, relay_log *log, const uint8_t handle[32], uint64_t seq)
{
    relay_cursor c;
    base_err err = STORE(r, cursor_get, log->key, handle, &c);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK; /* a reader without a cursor */
    }
    TRY(err);
    uint64_t before = c.place;
    bool fresh = !c.used;
    bool closed = c.until > 0;
    uint32_t day = c.day;
    c.place = seq > c.place ? seq : c.place;
    c.used = true;
    if (!closed && (c.place > before || c.place == log->head)) {
        c.day = relay_day(r);
    }
    if (c.place == before && !fresh && c.day == day) {
        return BASE_OK;
    }
    TRY(STORE(r, cursor_put, log->key, &c));
    if (fresh) {
        TRY(relay_side_release(r, log, c.opened));
    }
    if (c.place == before) {
        return BASE_OK;
    }
    if (closed) {
        uint64_t hi = c.place < c.until ? c.place : c.until;
        TRY(relay_sweep(r, log, before, hi < log->floor ? hi : log->floor, UINT32_MAX));
    } else if (before <= log->floor) {
        TRY(relay_floor(r, log));
    }
done:
    return err;
}

/* The row goes, with its place in the counts. */
static base_err drop(relay *r, relay_log *log, const relay_cursor *c)
{
    base_err err = BASE_OK;
    TRY(STORE(r, cursor_drop, log->key, c->handle));
    log->cursors -= log->cursors > 0 ? 1 : 0;
    log->guests -= c->guest && log->guests > 0 ? 1 : 0;
    if (!c->used) {
        TRY(relay_side_release(r, log, c->opened));
    }
    if (c->until > 0) {
        uint64_t hi = c->until < log->floor ? c->until : log->floor;
        TRY(relay_sweep(r, log, c->place, hi, UINT32_MAX));
    } else if (c->place <= log->floor) {
        TRY(relay_floor(r, log));
    }
done:
    return err;
}

base_err relay_cursor_forget(relay *r, relay_log *log, const uint8_t handle[32])
{
    relay_cursor c;
    base_err err = STORE(r, cursor_get, log->key, handle, &c);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_OK : err;
    }
    return drop(r, log, &c);
}

/* ---- the lists of a commit ---- */

static base_err open_one(relay *r, relay_log *log, const uint8_t *handle, uint32_t *waiting)
{
    relay_cursor c = {0};
    base_err err = STORE(r, cursor_get, log->key, handle, &c);
    bool there = err == BASE_OK;
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    if (there && c.until == 0) {
        if (!c.guest) {
            return BASE_OK;
        }
        c.guest = false;
        log->guests -= log->guests > 0 ? 1 : 0;
        return STORE(r, cursor_put, log->key, &c);
    }
    uint64_t lo = c.place;
    uint64_t hi = c.until < log->floor ? c.until : log->floor;
    c = (relay_cursor){.place = log->head, .opened = log->epoch, .day = relay_day(r)};
    memcpy(c.handle, handle, 32);
    TRY(STORE(r, cursor_put, log->key, &c));
    *waiting += 1;
    if (there) { /* it was closed, and held back what it had not read */
        TRY(relay_sweep(r, log, lo, hi, UINT32_MAX));
    } else {
        log->cursors++;
    }
done:
    return err;
}

base_err relay_cursor_open(relay *r, relay_log *log, base_bytes handles, uint32_t *waiting)
{
    base_err err = BASE_OK;
    *waiting = 0;
    for (size_t at = 0; at < handles.n && err == BASE_OK; at += WIRE_ID_SIZE) {
        err = open_one(r, log, handles.p + at, waiting);
    }
    return err;
}

static base_err close_one(relay *r, relay_log *log, const uint8_t *handle)
{
    relay_cursor c;
    base_err err = STORE(r, cursor_get, log->key, handle, &c);
    if (err == BASE_E_NOT_FOUND || (err == BASE_OK && c.until > 0)) {
        return BASE_OK;
    }
    TRY(err);
    if (!c.used) {
        TRY(relay_side_release(r, log, c.opened));
    }
    log->guests -= c.guest && log->guests > 0 ? 1 : 0;
    c.guest = false;
    c.used = true;
    c.until = log->head;
    c.day = relay_day(r);
    TRY(STORE(r, cursor_put, log->key, &c));
done:
    return err;
}

base_err relay_cursor_close(relay *r, relay_log *log, base_bytes handles)
{
    base_err err = BASE_OK;
    for (size_t at = 0; at < handles.n && err == BASE_OK; at += WIRE_ID_SIZE) {
        err = close_one(r, log, handles.p + at);
    }
    return err == BASE_OK && handles.n > 0 ? relay_floor(r, log) : err;
}
