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
 * emptied into the database and cut to nothing, and the copies of pages in memory are let go of.
 *
 * All of it happens between two turns of the relay's loop, so each part is bounded by time or
 * number, and nothing waits for another process: a reader that holds the journal is tried again. */
#include "log_sqlite_db.h"

#include <time.h>

enum {
    GUARD = 64,                  /* a row has 60 bytes at least: more than three pages of 4096 */
    CUT_ROWS = 64,               /* dead rows deleted between two looks at the clock */
    CUT_MS = 20,                 /* and so long in one scrub; the rest in the next */
    MOVE_MAX = 256,              /* survivors moved in one go */
    SPREAD_MIN = 4096,           /* dead rows that are worth moving survivors for */
    REWRITE_PAGES_MAX = 1 << 16, /* 256 MiB: two seconds or so in which nobody is served */
};

/* The statements of one of the three tables. */
typedef struct table {
    ls_id first, last, live, any, lives, cut, row, again, wipe_row, cut_dead;
    int columns; /* of row and again */
} table;

#define TABLE(name, columns)                                                                       \
    {                                                                                              \
        LS_##name##_FIRST, LS_##name##_LAST, LS_##name##_LIVE, LS_##name##_ANY, LS_##name##_LIVES, \
            LS_##name##_CUT, LS_##name##_ROW, LS_##name##_AGAIN, LS_##name##_WIPE_ROW,             \
            LS_##name##_CUT_DEAD, columns                                                          \
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

/* Dead rows are not walked twice: none comes to life, and while one above them lives, no new row
 * takes a number of theirs. */
static base_err measure(log_sqlite *s, size_t t, extent *out)
{
    uint64_t any = 0;
    base_err err = BASE_OK;
    TRY(number_of(s, ls_use(s, tables[t].first), &out->first));
    TRY(number_of(s, ls_use(s, tables[t].last), &out->last));
    TRY(number_of(s, ls_use(s, tables[t].any), &any));
    if (any != 0) {
        TRY(live_after(s, &tables[t], s->dead_to[t], &out->live));
    }
    s->dead_to[t] = out->live > 0 ? out->live - 1 : 0;
done:
    return err;
}

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Delete dead rows that no live row can share a page or a neighbour with, until a time. */
static base_err cut(log_sqlite *s, const table *t, const extent *e, uint64_t until_ms, bool *more)
{
    base_err err = BASE_OK;
    uint64_t stop = e->last + 1;
    if (e->last == 0) {
        return BASE_OK;
    }
    if (e->live != 0) {
        stop = e->live > GUARD ? e->live - GUARD : 0;
    }
    for (uint64_t at = e->first; at < stop && err == BASE_OK;) {
        if (clock_ms() >= until_ms) {
            *more = true;
            break;
        }
        at = stop - at > CUT_ROWS ? at + CUT_ROWS : stop;
        err = ls_by_key(s, t->cut, at);
    }
    return err;
}

/* Their bytes are zeros, so the pages that they free need not be written once more to become so. */
static base_err cut_all(log_sqlite *s, const extent *extents, bool *more)
{
    uint64_t until_ms = clock_ms() + CUT_MS;
    base_err err = ls_exec(s, "PRAGMA secure_delete=FAST");
    for (size_t t = 0; t < TABLES && err == BASE_OK; t++) {
        err = cut(s, &tables[t], &extents[t], until_ms, more);
    }
    base_err back = ls_exec(s, "PRAGMA secure_delete=ON");
    return err == BASE_OK ? back : err;
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
static base_err compact(log_sqlite *s, const table *t, const extent *e, bool *more)
{
    uint64_t live = 0;
    uint64_t at = 0;
    base_err err = BASE_OK;
    if (e->live == 0 || e->last - e->live < SPREAD_MIN) {
        return BASE_OK;
    }
    TRY(number_of(s, ls_use(s, t->lives), &live));
    if ((e->last - e->live) / 4 < live) {
        return BASE_OK;
    }
    for (size_t i = 0; i < MOVE_MAX; i++) {
        TRY(live_after(s, t, at, &at));
        if (at == 0 || at > e->last) {
            break;
        }
        TRY(move_one(s, t, at));
        *more = true; /* their old places can go */
    }
done:
    return err;
}

/* In one transaction. *more: rows are left that could go. */
static base_err purge(log_sqlite *s, bool *more)
{
    extent extents[TABLES] = {{0}};
    bool open = false;
    base_err err = BASE_OK;
    TRY(ls_done(s, ls_use(s, LS_BEGIN)));
    open = true;
    for (size_t t = 0; t < TABLES; t++) {
        TRY(measure(s, t, &extents[t]));
    }
    TRY(cut_all(s, extents, more));
    for (size_t t = 0; t < TABLES; t++) {
        TRY(compact(s, &tables[t], &extents[t], more));
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
 * until everything is written anew. A large database is left alone, for nobody is served
 * meanwhile: its operator chooses the hour (log_sqlite_rewrite). */
static base_err rewrite(log_sqlite *s, uint64_t pages_max)
{
    uint64_t pages = 0;
    base_err err = number_of(s, ls_use(s, LS_PAGES), &pages);
    if (err == BASE_OK && pages > pages_max) {
        return BASE_OK;
    }
    if (err == BASE_OK) {
        err = ls_room_for(s, pages * LS_PAGE); /* it is all written to the journal first */
    }
    for (size_t t = 0; t < TABLES && err == BASE_OK; t++) {
        err = ls_done(s, ls_use(s, tables[t].cut_dead));
        s->dead_to[t] = 0;
    }
    return err == BASE_OK ? ls_exec(s, "VACUUM") : err;
}

/* SQLite puts a row together in a buffer that it keeps, and that holds the last row until the next
 * is written. Write one of zeros that fills it, and undo that. */
static base_err overwrite_last(log_sqlite *s)
{
    base_err err = ls_done(s, ls_use(s, LS_BEGIN));
    if (err != BASE_OK) {
        return err;
    }
    err = ls_done(s, ls_use(s, LS_ENTRY_ZEROS));
    base_err undone = ls_done(s, ls_use(s, LS_ROLLBACK));
    return err == BASE_OK ? undone : err;
}

/* Whoever reads the database at this moment (`sottod exhibit`) is not waited for. */
static base_err empty_journal(log_sqlite *s)
{
    (void)sqlite3_busy_timeout(s->db, 0);
    int rc = sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    base_err err = rc == SQLITE_OK ? BASE_OK : ls_failed(s);
    (void)sqlite3_busy_timeout(s->db, LS_BUSY_MS);
    return err;
}

base_err ls_scrub(void *u, bool deep, bool *more)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = BASE_OK;
    bool left = false;
    *more = false;
    REQUIRE(!s->in_transaction, BASE_E_STATE);
    if (!deep && s->clean && sqlite3_total_changes64(s->db) == s->changes) {
        return BASE_OK; /* nothing was written since */
    }
    s->clean = false;
    base_err purged = purge(s, &left);
    base_err deeper = deep ? rewrite(s, REWRITE_PAGES_MAX) : BASE_OK;
    base_err emptied = empty_journal(s); /* whatever became of the rest */
    base_err last = overwrite_last(s);
    (void)sqlite3_db_release_memory(s->db);
    TRY(purged);
    TRY(deeper);
    TRY(emptied);
    TRY(last);
    s->clean = !left;
    s->changes = sqlite3_total_changes64(s->db);
    *more = left;
done:
    return err;
}

base_err log_sqlite_rewrite(log_sqlite *s)
{
    base_err err = rewrite(s, UINT64_MAX);
    return err == BASE_OK ? empty_journal(s) : err;
}
