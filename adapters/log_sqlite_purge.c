/* Erasing for good in adapters/log_sqlite. Deleting an entry, mail or side part overwrites its row
 * in place (log_sqlite_sql.h says why); what stays is a dead row of zeros. Here dead rows go, a
 * whole stretch from the start of the table at a time, without ever touching a page that holds a
 * live row:
 *
 *     dead dead dead dead dead ... dead | guard of dead rows | live dead live live ...
 *     ^ deleted                          ^ GUARD rows stay     ^ the oldest live row
 *
 * SQLite rebalances at most a page and its neighbours, and the guard is more rows than three pages
 * hold. When old survivors (a reader that is away) keep many dead rows behind them, they are copied
 * to the end of the table, and their old places overwritten like any other. Last, the journal is
 * emptied into the database and cut to nothing. */
#include "log_sqlite_db.h"

enum {
    GUARD = 64,                  /* a row has 60 bytes at least: more than three pages of 4096 */
    PURGE_MAX = 20000,           /* rows deleted in one go */
    MOVE_MAX = 256,              /* survivors moved in one go */
    SPREAD_MIN = 4096,           /* dead rows that are worth moving survivors for */
    REWRITE_PAGES_MAX = 1 << 18, /* 1 GiB */
};

/* The statements of one of the three tables. */
typedef struct table {
    ls_id first, last, live, lives, cut, row, again, wipe_row, cut_dead;
    int columns; /* of row and again */
} table;

#define TABLE(name, columns)                                                                       \
    {                                                                                              \
        LS_##name##_FIRST, LS_##name##_LAST, LS_##name##_LIVE, LS_##name##_LIVES, LS_##name##_CUT, \
            LS_##name##_ROW, LS_##name##_AGAIN, LS_##name##_WIPE_ROW, LS_##name##_CUT_DEAD,        \
            columns                                                                                \
    }

static const table tables[] = {TABLE(ENTRY, 7), TABLE(SIDE, 3), TABLE(MAIL, 5)};
enum { TABLES = 3 };

/* The number that a statement gives; 0 when it gives no row. */
static base_err number_of(log_sqlite *s, sqlite3_stmt *q, uint64_t *out)
{
    base_err err = ls_row(s, q);
    *out = 0;
    if (err == BASE_OK) {
        *out = ls_n(q, 0);
        ls_end(q);
    }
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

typedef struct extent {
    uint64_t first, last; /* rowids in use; 0: the table is empty */
    uint64_t live;        /* the lowest live one; 0: none */
} extent;

/* The lowest live rowid above n. */
static base_err live_after(log_sqlite *s, const table *t, uint64_t n, uint64_t *out)
{
    sqlite3_stmt *q = ls_use(s, t->live);
    ls_bind_n(q, 1, n);
    return number_of(s, q, out);
}

static base_err measure(log_sqlite *s, const table *t, extent *out)
{
    base_err err = BASE_OK;
    TRY(number_of(s, ls_use(s, t->first), &out->first));
    TRY(number_of(s, ls_use(s, t->last), &out->last));
    TRY(live_after(s, t, 0, &out->live));
done:
    return err;
}

/* Delete dead rows that no live row can share a page or a neighbour with. */
static base_err cut(log_sqlite *s, const table *t, const extent *e)
{
    if (e->last == 0) {
        return BASE_OK;
    }
    uint64_t stop = e->last + 1;
    if (e->live != 0) {
        stop = e->live > GUARD ? e->live - GUARD : 0;
    }
    if (stop > e->first + PURGE_MAX) {
        stop = e->first + PURGE_MAX;
    }
    return stop > e->first ? ls_by_key(s, t->cut, stop) : BASE_OK;
}

/* Copy the row to the end under its own name. The index allows one live row a name: the old one is
 * read, overwritten, and written anew, in one transaction. */
static base_err move_one(log_sqlite *s, const table *t, uint64_t n)
{
    sqlite3_stmt *row = ls_use(s, t->row);
    sqlite3_stmt *again = ls_use(s, t->again);
    ls_bind_n(row, 1, n);
    base_err err = ls_row(s, row);
    if (err != BASE_OK) {
        return err;
    }
    for (int i = 0; i < t->columns; i++) {
        if (sqlite3_bind_value(again, i + 1, sqlite3_column_value(row, i)) != SQLITE_OK) {
            err = ls_failed(s);
        }
    }
    ls_end(row);
    if (err == BASE_OK) {
        err = ls_by_key(s, t->wipe_row, n);
    }
    if (err == BASE_OK) {
        err = ls_done(s, again);
    }
    ls_end(again);
    return err;
}

/* Move the oldest live rows when the table is mostly dead behind them. */
static base_err compact(log_sqlite *s, const table *t, const extent *e)
{
    uint64_t live = 0;
    uint64_t at = 0;
    bool open = false;
    base_err err = BASE_OK;
    if (e->live == 0 || e->last - e->live < SPREAD_MIN) {
        return BASE_OK;
    }
    TRY(number_of(s, ls_use(s, t->lives), &live));
    if ((e->last - e->live) / 4 < live) {
        return BASE_OK;
    }
    TRY(ls_done(s, ls_use(s, LS_BEGIN)));
    open = true;
    for (size_t i = 0; i < MOVE_MAX; i++) {
        TRY(live_after(s, t, at, &at));
        if (at == 0 || at > e->last) {
            break;
        }
        TRY(move_one(s, t, at));
    }
    TRY(ls_done(s, ls_use(s, LS_COMMIT)));
    open = false;
done:
    if (open && sqlite3_get_autocommit(s->db) == 0) {
        base_err undone = ls_done(s, ls_use(s, LS_ROLLBACK));
        (void)undone; /* the first failure is the one to tell */
    }
    return err;
}

/* The small tables move rows as they please, so traces of deleted ones may stay in their pages
 * until everything is written anew. A very large database is left alone: its operator chooses the
 * hour. */
static base_err rewrite(log_sqlite *s)
{
    uint64_t pages = 0;
    base_err err = number_of(s, ls_use(s, LS_PAGES), &pages);
    if (err == BASE_OK && pages > REWRITE_PAGES_MAX) {
        return BASE_OK;
    }
    if (err == BASE_OK) {
        err = ls_room_for(s, pages * LS_PAGE); /* it is all written to the journal first */
    }
    for (size_t t = 0; t < TABLES && err == BASE_OK; t++) {
        err = ls_done(s, ls_use(s, tables[t].cut_dead));
    }
    return err == BASE_OK ? ls_exec(s, "VACUUM") : err;
}

base_err ls_scrub(void *u, bool deep)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = BASE_OK;
    REQUIRE(!s->in_transaction, BASE_E_STATE);
    for (size_t t = 0; t < TABLES; t++) {
        extent e = {0};
        TRY(measure(s, &tables[t], &e));
        TRY(cut(s, &tables[t], &e));
        TRY(compact(s, &tables[t], &e));
    }
    base_err deeper = deep ? rewrite(s) : BASE_OK;
    if (sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
        SQLITE_OK) {
        err = ls_failed(s);
    }
    err = err == BASE_OK ? deeper : err; /* the journal was emptied whatever became of it */
done:
    return err;
}
