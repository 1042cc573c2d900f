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
#include <stdio.h>

#include "log_sqlite_db.h"

enum {
    GUARD = 64,                  /* a row has 60 bytes at least: more than three pages of 4096 */
    PURGE_MAX = 20000,           /* rows deleted in one go */
    MOVE_MAX = 256,              /* survivors moved in one go */
    SPREAD_MIN = 4096,           /* dead rows that are worth moving survivors for */
    REWRITE_PAGES_MAX = 1 << 18, /* 1 GiB */
};

static const char *const tables[] = {"entry", "side", "mail"};
static const char *const owner_columns[] = {"log", "log", "box"};
static const char *const copy_columns[] = {
    "log, seq, day, kind, before, stamp, data",
    "log, seq, data",
    "box, seq, day, number, data",
};
static const char *const wipe_sql[] = {LS_ENTRY_WIPE, LS_SIDE_WIPE, LS_MAIL_WIPE};

/* One number of a one-row query; 0 for NULL. */
static base_err number_of(log_sqlite *s, const char *sql, uint64_t *out)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
        return ls_failed(s);
    }
    base_err err = ls_row(s, q);
    if (err == BASE_OK) {
        *out = ls_n(q, 0);
    }
    (void)sqlite3_finalize(q);
    return err;
}

typedef struct extent {
    uint64_t first, last; /* rowids in use; 0: the table is empty */
    uint64_t live;        /* the lowest live one; 0: none */
} extent;

static base_err measure(log_sqlite *s, const char *table, extent *out)
{
    char sql[128];
    base_err err = BASE_OK;
    (void)snprintf(sql, sizeof sql, "SELECT min(n) FROM %s", table);
    TRY(number_of(s, sql, &out->first));
    (void)snprintf(sql, sizeof sql, "SELECT max(n) FROM %s", table);
    TRY(number_of(s, sql, &out->last));
    out->live = 0;
    (void)snprintf(sql, sizeof sql,
                   "SELECT coalesce((SELECT n FROM %s NOT INDEXED"
                   " WHERE live = 1 ORDER BY n LIMIT 1), 0)",
                   table);
    TRY(number_of(s, sql, &out->live));
done:
    return err;
}

/* Delete dead rows that no live row can share a page or a neighbour with. */
static base_err cut(log_sqlite *s, const char *table, const extent *e)
{
    char sql[128];
    if (e->last == 0) {
        return BASE_OK;
    }
    uint64_t stop = e->live == 0 ? e->last + 1 : e->live;
    if (e->live != 0) {
        stop = stop > GUARD ? stop - GUARD : 0;
    }
    if (stop > e->first + PURGE_MAX) {
        stop = e->first + PURGE_MAX;
    }
    if (stop <= e->first) {
        return BASE_OK;
    }
    (void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE n < %llu", table,
                   (unsigned long long)stop);
    return ls_exec(s, sql);
}

/* Copy the row to the end under its own name. The index allows one live row a name: the old one is
 * read, overwritten, and written anew, in one transaction. */
static base_err move_one(log_sqlite *s, size_t t, uint64_t n)
{
    char sql[640];
    sqlite3_stmt *get = NULL;
    sqlite3_stmt *put = NULL;
    base_err err = BASE_OK;
    int columns = 0;
    (void)snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE n = %llu", copy_columns[t], tables[t],
                   (unsigned long long)n);
    if (sqlite3_prepare_v2(s->db, sql, -1, &get, NULL) != SQLITE_OK) {
        return ls_failed(s);
    }
    columns = sqlite3_column_count(get);
    (void)snprintf(sql, sizeof sql, "INSERT INTO %s(live, %s) VALUES(1, ?1, ?2, ?3%s)", tables[t],
                   copy_columns[t],
                   columns == 7   ? ", ?4, ?5, ?6, ?7"
                   : columns == 5 ? ", ?4, ?5"
                                  : "");
    if (sqlite3_prepare_v2(s->db, sql, -1, &put, NULL) != SQLITE_OK) {
        err = ls_failed(s);
        goto done;
    }
    TRY(ls_row(s, get));
    for (int i = 0; i < columns; i++) {
        (void)sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i));
    }
    (void)sqlite3_reset(get);
    (void)snprintf(sql, sizeof sql, "%s AND n = %llu", wipe_sql[t], (unsigned long long)n);
    TRY(ls_exec(s, sql));
    TRY(ls_done(s, put));
done:
    (void)sqlite3_finalize(get);
    (void)sqlite3_finalize(put);
    return err;
}

static base_err survivors(log_sqlite *s, size_t t, uint64_t *rows, size_t *n)
{
    char sql[128];
    sqlite3_stmt *q = NULL;
    (void)snprintf(sql, sizeof sql,
                   "SELECT n FROM %s NOT INDEXED WHERE live = 1 ORDER BY n LIMIT %d", tables[t],
                   MOVE_MAX);
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
        return ls_failed(s);
    }
    base_err err = BASE_OK;
    *n = 0;
    while (*n < MOVE_MAX && (err = ls_row(s, q)) == BASE_OK) {
        rows[(*n)++] = ls_n(q, 0);
    }
    (void)sqlite3_finalize(q);
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

/* Move the oldest live rows when the table is mostly dead behind them. */
static base_err compact(log_sqlite *s, size_t t, const extent *e)
{
    char sql[160];
    uint64_t live = 0;
    uint64_t rows[MOVE_MAX];
    size_t n = 0;
    base_err err = BASE_OK;
    if (e->live == 0 || e->last - e->live < SPREAD_MIN) {
        return BASE_OK;
    }
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM %s INDEXED BY %s_place WHERE live = 1"
                   " AND %s > 0",
                   tables[t], tables[t], owner_columns[t]);
    TRY(number_of(s, sql, &live));
    if ((e->last - e->live) / 4 < live) {
        return BASE_OK;
    }
    TRY(survivors(s, t, rows, &n));
    TRY(ls_exec(s, "BEGIN IMMEDIATE"));
    for (size_t i = 0; i < n && err == BASE_OK; i++) {
        err = move_one(s, t, rows[i]);
    }
    if (err == BASE_OK) {
        err = ls_exec(s, "COMMIT");
    }
    if (err != BASE_OK && sqlite3_get_autocommit(s->db) == 0) {
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
done:
    return err;
}

/* The small tables move rows as they please, so traces of deleted ones may stay in their pages
 * until everything is written anew. A very large database is left alone: its operator chooses the
 * hour. */
static base_err rewrite(log_sqlite *s)
{
    uint64_t pages = 0;
    base_err err = number_of(s, "PRAGMA page_count", &pages);
    if (err == BASE_OK && pages > REWRITE_PAGES_MAX) {
        return BASE_OK;
    }
    for (size_t t = 0; t < 3 && err == BASE_OK; t++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE live = 0", tables[t]);
        err = ls_exec(s, sql);
    }
    return err == BASE_OK ? ls_exec(s, "VACUUM") : err;
}

base_err ls_scrub(void *u, bool deep)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = BASE_OK;
    REQUIRE(!s->in_transaction, BASE_E_STATE);
    for (size_t t = 0; t < 3; t++) {
        extent e = {0};
        TRY(measure(s, tables[t], &e));
        TRY(cut(s, tables[t], &e));
        TRY(compact(s, t, &e));
    }
    if (deep) {
        TRY(rewrite(s));
    }
    if (sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
        SQLITE_OK) {
        err = ls_failed(s);
    }
done:
    return err;
}
