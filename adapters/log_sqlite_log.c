/* Logs, epochs and cursors of adapters/log_sqlite: one statement a call, rows in and out. */
#include "log_sqlite_db.h"

static base_err log_read(log_sqlite *s, sqlite3_stmt *q, relay_log *out)
{
    relay_log l = {0};
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    l.key = ls_n(q, 0);
    l.epoch = ls_n(q, 2);
    l.head = ls_n(q, 3);
    l.floor = ls_n(q, 5);
    l.kept = ls_n(q, 6);
    l.bytes = ls_n(q, 7);
    l.cursors = ls_n32(q, 8);
    l.guests = ls_n32(q, 9);
    l.touched = ls_n32(q, 10);
    bool ok = ls_copy(q, 1, l.id, 32) && ls_copy(q, 4, l.hash, 32);
    ls_end(q);
    if (!ok) {
        return BASE_E_CORRUPT;
    }
    *out = l;
    return BASE_OK;
}

static base_err log_get(void *u, const uint8_t id[32], relay_log *out)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_LOG_GET);
    ls_bind_id(q, 1, id);
    return log_read(s, q, out);
}

static base_err log_next(void *u, const uint8_t after[32], relay_log *out)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_LOG_NEXT);
    ls_bind_id(q, 1, after);
    return log_read(s, q, out);
}

static void log_bind(sqlite3_stmt *q, const relay_log *l)
{
    ls_bind_n(q, 2, l->epoch);
    ls_bind_n(q, 3, l->head);
    ls_bind_id(q, 4, l->hash);
    ls_bind_n(q, 5, l->floor);
    ls_bind_n(q, 6, l->kept);
    ls_bind_n(q, 7, l->bytes);
    ls_bind_n(q, 8, l->cursors);
    ls_bind_n(q, 9, l->guests);
    ls_bind_n(q, 10, l->touched);
}

static base_err log_new(void *u, relay_log *l)
{
    log_sqlite *s = (log_sqlite *)u;
    relay_log there;
    base_err err = log_get(u, l->id, &there);
    if (err != BASE_E_NOT_FOUND) {
        return err == BASE_OK ? BASE_E_EXISTS : err;
    }
    sqlite3_stmt *q = ls_use(s, LS_LOG_NEW);
    log_bind(q, l);
    ls_bind_id(q, 11, l->id);
    err = ls_done(s, q);
    if (err == BASE_OK) {
        l->key = (uint64_t)sqlite3_last_insert_rowid(s->db);
    }
    return err;
}

static base_err log_put(void *u, const relay_log *l)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_LOG_PUT);
    ls_bind_n(q, 1, l->key);
    log_bind(q, l);
    return ls_done(s, q);
}

static base_err log_drop(void *u, uint64_t log)
{
    log_sqlite *s = (log_sqlite *)u;
    static const ls_id all[] = {LS_LOG_DROP,    LS_EPOCH_CLEAR, LS_CURSOR_CLEAR,
                                LS_ENTRY_CLEAR, LS_SIDE_CLEAR,  LS_WAITING_CLEAR};
    base_err err = BASE_OK;
    for (size_t i = 0; i < sizeof all / sizeof all[0] && err == BASE_OK; i++) {
        err = ls_by_key(s, all[i], log);
    }
    ls_pending_forget(s, log);
    return err;
}

/* ---- epochs ---- */

static base_err epoch_read(log_sqlite *s, ls_id id, uint64_t log, uint64_t epoch, relay_epoch *out)
{
    relay_epoch e = {0};
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, epoch);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    e.epoch = ls_n(q, 0);
    e.start = ls_n(q, 2);
    e.end = ls_n(q, 3);
    bool ok = ls_copy(q, 1, e.gate, 32) && ls_copy(q, 4, e.start_hash, 32) &&
              ls_copy(q, 5, e.end_hash, 32);
    ls_end(q);
    if (!ok) {
        return BASE_E_CORRUPT;
    }
    *out = e;
    return BASE_OK;
}

static base_err epoch_get(void *u, uint64_t log, uint64_t epoch, relay_epoch *out)
{
    return epoch_read((log_sqlite *)u, LS_EPOCH_GET, log, epoch, out);
}

static base_err epoch_next(void *u, uint64_t log, uint64_t from, relay_epoch *out)
{
    return epoch_read((log_sqlite *)u, LS_EPOCH_NEXT, log, from, out);
}

static base_err epoch_put(void *u, uint64_t log, const relay_epoch *e)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_EPOCH_PUT);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, e->epoch);
    ls_bind_id(q, 3, e->gate);
    ls_bind_n(q, 4, e->start);
    ls_bind_n(q, 5, e->end);
    ls_bind_id(q, 6, e->start_hash);
    ls_bind_id(q, 7, e->end_hash);
    return ls_done(s, q);
}

static base_err epoch_drop(void *u, uint64_t log, uint64_t epoch)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_EPOCH_DROP);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, epoch);
    return ls_done(s, q);
}

/* ---- cursors ---- */

static base_err cursor_read(log_sqlite *s, sqlite3_stmt *q, relay_cursor *out)
{
    relay_cursor c = {0};
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    c.place = ls_n(q, 1);
    c.opened = ls_n(q, 2);
    c.until = ls_n(q, 3);
    c.used = ls_n(q, 4) != 0;
    c.guest = ls_n(q, 5) != 0;
    c.day = ls_n32(q, 6);
    bool ok = ls_copy(q, 0, c.handle, 32);
    ls_end(q);
    if (!ok) {
        return BASE_E_CORRUPT;
    }
    *out = c;
    return BASE_OK;
}

static base_err cursor_get(void *u, uint64_t log, const uint8_t handle[32], relay_cursor *out)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_CURSOR_GET);
    ls_bind_n(q, 1, log);
    ls_bind_id(q, 2, handle);
    return cursor_read(s, q, out);
}

static base_err cursor_next(void *u, uint64_t log, bool closed, uint64_t place,
                            const uint8_t *handle, relay_cursor *out)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_CURSOR_NEXT);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, closed ? 1 : 0);
    ls_bind_n(q, 3, place);
    /* the empty blob sorts before every handle */
    ls_bind_bytes(q, 4, base_bytes_of(handle, handle == NULL ? 0 : 32));
    return cursor_read(s, q, out);
}

static base_err cursor_put(void *u, uint64_t log, const relay_cursor *c)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_CURSOR_PUT);
    ls_bind_n(q, 1, log);
    ls_bind_id(q, 2, c->handle);
    ls_bind_n(q, 3, c->place);
    ls_bind_n(q, 4, c->opened);
    ls_bind_n(q, 5, c->until);
    ls_bind_n(q, 6, c->until > 0 ? 1 : 0);
    ls_bind_n(q, 7, c->used ? 1 : 0);
    ls_bind_n(q, 8, c->guest ? 1 : 0);
    ls_bind_n(q, 9, c->day);
    return ls_done(s, q);
}

static base_err cursor_drop(void *u, uint64_t log, const uint8_t handle[32])
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_CURSOR_DROP);
    ls_bind_n(q, 1, log);
    ls_bind_id(q, 2, handle);
    return ls_done(s, q);
}

void ls_ops_log(relay_store_ops *ops)
{
    ops->log_get = log_get;
    ops->log_new = log_new;
    ops->log_put = log_put;
    ops->log_drop = log_drop;
    ops->log_next = log_next;
    ops->epoch_get = epoch_get;
    ops->epoch_put = epoch_put;
    ops->epoch_drop = epoch_drop;
    ops->epoch_next = epoch_next;
    ops->cursor_get = cursor_get;
    ops->cursor_put = cursor_put;
    ops->cursor_drop = cursor_drop;
    ops->cursor_next = cursor_next;
}
