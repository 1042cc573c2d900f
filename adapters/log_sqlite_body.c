/* Bodies of adapters/log_sqlite: entries and side parts, and the batch of added rows that is
 * sorted by owner before it is inserted, so that the order of rows does not tell whose entries
 * arrived beside whose. */
#include <stdlib.h>

#include "base/alloc.h"
#include "log_sqlite_db.h"

/* ---- the batch ---- */

base_err ls_pend(log_sqlite *s, const ls_pending *what, base_bytes stamp, base_bytes data)
{
    if (!s->in_transaction) {
        return BASE_E_STATE;
    }
    ls_pending copy = *what;
    copy.stamp = base_buf_on(NULL);
    copy.data = base_buf_on(NULL);
    void *rows = s->pending;
    base_err err = base_alloc_grow(NULL, &rows, &s->cap_pending, s->n_pending + 1, sizeof copy);
    s->pending = (ls_pending *)rows;
    TRY(err);
    TRY(base_buf_append(&copy.stamp, stamp));
    TRY(base_buf_append(&copy.data, data));
    s->pending[s->n_pending++] = copy;
done:
    if (err != BASE_OK) {
        base_buf_clear(&copy.stamp);
        base_buf_clear(&copy.data);
    }
    return err;
}

void ls_pending_forget(log_sqlite *s, uint64_t owner)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n_pending; i++) {
        ls_pending *p = &s->pending[i];
        if (owner != 0 && p->owner != owner) {
            s->pending[kept++] = *p;
            continue;
        }
        base_buf_clear(&p->stamp);
        base_buf_clear(&p->data);
    }
    s->n_pending = kept;
}

static int by_owner(const void *a, const void *b)
{
    const ls_pending *x = (const ls_pending *)a;
    const ls_pending *y = (const ls_pending *)b;
    if (x->owner != y->owner) {
        return x->owner < y->owner ? -1 : 1;
    }
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static base_err insert(log_sqlite *s, const ls_pending *p)
{
    static const ls_id add[] = {
        [LS_ENTRY] = LS_ENTRY_ADD, [LS_SIDE] = LS_SIDE_ADD, [LS_MAIL] = LS_MAIL_ADD};
    sqlite3_stmt *q = ls_use(s, add[p->table]);
    ls_bind_n(q, 1, p->owner);
    ls_bind_n(q, 2, p->seq);
    if (p->table == LS_SIDE) {
        ls_bind_bytes(q, 3, base_buf_bytes(&p->data));
        return ls_done(s, q);
    }
    ls_bind_n(q, 3, p->day);
    ls_bind_n(q, 4, p->extra);
    if (p->table == LS_MAIL) {
        ls_bind_bytes(q, 5, base_buf_bytes(&p->data));
        return ls_done(s, q);
    }
    ls_bind_id(q, 5, p->before);
    ls_bind_bytes(q, 6, base_buf_bytes(&p->stamp));
    ls_bind_bytes(q, 7, base_buf_bytes(&p->data));
    return ls_done(s, q);
}

base_err ls_pending_insert(log_sqlite *s)
{
    base_err err = BASE_OK;
    if (s->n_pending > 1) {
        qsort(s->pending, s->n_pending, sizeof s->pending[0], by_owner);
    }
    for (size_t i = 0; i < s->n_pending && err == BASE_OK; i++) {
        err = insert(s, &s->pending[i]);
    }
    return err;
}

/* ---- reading ---- */

/* A large body is read where it lies, chunk by chunk. The handle is closed at once: open, it would
 * hold back the journal. */
static base_err blob_read(log_sqlite *s, const char *table, sqlite3_int64 row, size_t off,
                          uint8_t *p, size_t n)
{
    sqlite3_blob *blob = NULL;
    int rc = sqlite3_blob_open(s->db, "main", table, "data", row, 0, &blob);
    if (rc == SQLITE_OK) {
        rc = sqlite3_blob_read(blob, p, (int)n, (int)off);
    }
    base_err err = rc == SQLITE_OK ? BASE_OK : ls_failed(s);
    (void)sqlite3_blob_close(blob);
    return err;
}

base_err ls_body_read(log_sqlite *s, ls_id id, uint64_t owner, uint64_t seq, size_t off, uint8_t *p,
                      size_t n)
{
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_n(q, 1, owner);
    ls_bind_n(q, 2, seq);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    sqlite3_int64 row = sqlite3_column_int64(q, 0);
    uint64_t size = ls_n(q, 1);
    base_bytes small = ls_bytes(q, 2);
    if (off > size || n > size - off || n > INT32_MAX) {
        err = BASE_E_ARGUMENT;
    } else if (small.n == size) {
        memcpy(p, small.p + off, n);
    }
    ls_end(q);
    if (err == BASE_OK && size > 65536) {
        err = blob_read(s, id == LS_SIDE_READ ? "side" : "entry", row, off, p, n);
    }
    return err;
}

/* ---- entries ---- */

static base_err entry_add(void *u, uint64_t log, const relay_entry *e, base_bytes data)
{
    ls_pending p = {
        .table = LS_ENTRY, .owner = log, .seq = e->seq, .day = e->day, .extra = e->kind};
    memcpy(p.before, e->before, 32);
    return ls_pend((log_sqlite *)u, &p, e->stamp, data);
}

static base_err entry_next(void *u, uint64_t log, uint64_t from, relay_entry *out, base_buf *stamp)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_ENTRY_NEXT);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, from);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    relay_entry e = {.seq = ls_n(q, 0),
                     .day = ls_n32(q, 1),
                     .kind = (uint8_t)(ls_n(q, 2) & 0xff),
                     .size = ls_n32(q, 5)};
    TRY(ls_copy(q, 3, e.before, 32) ? BASE_OK : BASE_E_CORRUPT);
    TRY(base_buf_set(stamp, ls_bytes(q, 4)));
    e.stamp = base_buf_bytes(stamp);
    *out = e;
done:
    ls_end(q);
    return err;
}

static base_err entry_read(void *u, uint64_t log, uint64_t seq, size_t off, uint8_t *p, size_t n)
{
    return ls_body_read((log_sqlite *)u, LS_ENTRY_READ, log, seq, off, p, n);
}

static void range_bind(sqlite3_stmt *q, uint64_t log, uint64_t lo, uint64_t hi, uint32_t before)
{
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, lo);
    ls_bind_n(q, 3, hi > INT64_MAX ? INT64_MAX : hi);
    ls_bind_n(q, 4, before);
}

static base_err entry_drop(void *u, uint64_t log, uint64_t lo, uint64_t hi, uint32_t before,
                           uint64_t *n, uint64_t *bytes)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_ENTRY_COUNT);
    range_bind(q, log, lo, hi, before);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_E_STORE : err;
    }
    *n = ls_n(q, 0);
    *bytes = ls_n(q, 1);
    ls_end(q);
    if (*n == 0) {
        return BASE_OK;
    }
    q = ls_use(s, LS_ENTRY_DROP);
    range_bind(q, log, lo, hi, before);
    return ls_done(s, q);
}

/* ---- side parts: small rows that count who waits, and the bodies ---- */

static base_err waiting_read(log_sqlite *s, ls_id id, uint64_t log, uint64_t epoch, relay_side *out)
{
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, epoch);
    base_err err = ls_row(s, q);
    if (err == BASE_OK) {
        *out = (relay_side){ls_n(q, 0), ls_n32(q, 1), ls_n32(q, 2), ls_n32(q, 3)};
        ls_end(q);
    }
    return err;
}

static base_err side_get(void *u, uint64_t log, uint64_t epoch, relay_side *out)
{
    return waiting_read((log_sqlite *)u, LS_WAITING_GET, log, epoch, out);
}

static base_err side_next(void *u, uint64_t log, uint64_t from, relay_side *out)
{
    return waiting_read((log_sqlite *)u, LS_WAITING_NEXT, log, from, out);
}

static base_err side_put(void *u, uint64_t log, const relay_side *side)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_WAITING_PUT);
    ls_bind_n(q, 1, log);
    ls_bind_n(q, 2, side->epoch);
    ls_bind_n(q, 3, side->waiting);
    ls_bind_n(q, 4, side->day);
    ls_bind_n(q, 5, side->size);
    return ls_done(s, q);
}

static base_err side_add(void *u, uint64_t log, const relay_side *side, base_bytes data)
{
    ls_pending p = {.table = LS_SIDE, .owner = log, .seq = side->epoch};
    base_err err = side_put(u, log, side);
    return err == BASE_OK ? ls_pend((log_sqlite *)u, &p, BASE_BYTES_NONE, data) : err;
}

static base_err side_read(void *u, uint64_t log, uint64_t epoch, size_t off, uint8_t *p, size_t n)
{
    return ls_body_read((log_sqlite *)u, LS_SIDE_READ, log, epoch, off, p, n);
}

/* Its joiner may have come, and gone on, in the batch that brought it. */
static void side_pending_drop(log_sqlite *s, uint64_t log, uint64_t epoch)
{
    for (size_t i = 0; i < s->n_pending; i++) {
        ls_pending *p = &s->pending[i];
        if (p->table == LS_SIDE && p->owner == log && p->seq == epoch) {
            base_buf_clear(&p->data);
            *p = s->pending[--s->n_pending];
            return;
        }
    }
}

static base_err side_drop(void *u, uint64_t log, uint64_t epoch)
{
    log_sqlite *s = (log_sqlite *)u;
    static const ls_id both[] = {LS_WAITING_DROP, LS_SIDE_DROP};
    base_err err = BASE_OK;
    side_pending_drop(s, log, epoch);
    for (size_t i = 0; i < 2 && err == BASE_OK; i++) {
        sqlite3_stmt *q = ls_use(s, both[i]);
        ls_bind_n(q, 1, log);
        ls_bind_n(q, 2, epoch);
        err = ls_done(s, q);
    }
    return err;
}

void ls_ops_body(relay_store_ops *ops)
{
    ops->entry_add = entry_add;
    ops->entry_next = entry_next;
    ops->entry_read = entry_read;
    ops->entry_drop = entry_drop;
    ops->side_get = side_get;
    ops->side_add = side_add;
    ops->side_put = side_put;
    ops->side_read = side_read;
    ops->side_drop = side_drop;
    ops->side_next = side_next;
}
