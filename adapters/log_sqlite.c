/* The relay's log store on SQLite: opening, transactions, and the walk over everything for
 * `sottod exhibit`. The tables' own statements are in log_sqlite_log.c, _body.c and _box.c, erasing
 * in _purge.c, the schema in _sql.h.
 *
 * WAL with synchronous=FULL makes a commit durable when it returns; secure_delete zeroes freed
 * pages; cell_size_check and a small page cache keep a damaged file from becoming a crash. */
#include "log_sqlite.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "log_sqlite_db.h"

static base_err begin(void *u)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = ls_done(s, ls_use(s, LS_BEGIN));
    s->in_transaction = err == BASE_OK;
    s->measured = false;
    return err;
}

static void rollback(void *u)
{
    log_sqlite *s = (log_sqlite *)u;
    ls_pending_forget(s, 0);
    if (s->in_transaction && sqlite3_get_autocommit(s->db) == 0) {
        base_err err = ls_done(s, ls_use(s, LS_ROLLBACK));
        (void)err; /* nothing is left to undo it with; the next begin fails if it did not work */
    }
    s->in_transaction = false;
}

static base_err commit(void *u)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = ls_pending_insert(s);
    if (err == BASE_OK) {
        err = ls_done(s, ls_use(s, LS_COMMIT));
    }
    if (err != BASE_OK) {
        rollback(s);
        return err;
    }
    ls_pending_forget(s, 0);
    s->in_transaction = false;
    return BASE_OK;
}

static base_err meta_get(log_sqlite *s, const char *name, uint8_t *out, size_t n)
{
    sqlite3_stmt *q = ls_use(s, LS_META_GET);
    (void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    err = ls_copy(q, 0, out, n) ? BASE_OK : BASE_E_CORRUPT;
    ls_end(q);
    return err;
}

static base_err meta_put(log_sqlite *s, const char *name, base_bytes value)
{
    sqlite3_stmt *q = ls_use(s, LS_META_PUT);
    (void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    ls_bind_bytes(q, 2, value);
    return ls_done(s, q);
}

static base_err meta(void *u, relay_meta *out)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = meta_get(s, "incarnation", out->incarnation, sizeof out->incarnation);
    if (err == BASE_OK) {
        err = meta_get(s, "decoy", out->decoy, sizeof out->decoy);
    }
    return err == BASE_E_NOT_FOUND ? BASE_E_CORRUPT : err;
}

/* ---- walk ---- */

enum { COLUMNS_MAX = 16 };

static void cell_of(sqlite3_stmt *q, int i, relay_cell *out)
{
    *out = (relay_cell){.kind = RELAY_CELL_NULL};
    switch (sqlite3_column_type(q, i)) {
    case SQLITE_INTEGER:
        out->kind = RELAY_CELL_NUMBER;
        out->number = sqlite3_column_int64(q, i);
        break;
    case SQLITE_TEXT:
        out->kind = RELAY_CELL_TEXT;
        out->bytes = ls_bytes(q, i);
        break;
    case SQLITE_BLOB:
        out->kind = RELAY_CELL_BYTES;
        out->bytes = ls_bytes(q, i);
        break;
    default:
        break;
    }
}

static base_err walk_rows(log_sqlite *s, sqlite3_stmt *q, int columns, const relay_walk *to)
{
    relay_cell cells[COLUMNS_MAX];
    for (;;) {
        int rc = sqlite3_step(q);
        if (rc == SQLITE_DONE) {
            return BASE_OK;
        }
        if (rc != SQLITE_ROW) {
            return ls_failed(s);
        }
        for (int i = 0; i < columns; i++) {
            cell_of(q, i, &cells[i]);
        }
        base_err err = to->row(to->user, cells, (size_t)columns);
        if (err != BASE_OK) {
            return err;
        }
    }
}

static base_err walk_table(log_sqlite *s, const char *name, const relay_walk *to)
{
    char sql[128];
    const char *columns[COLUMNS_MAX];
    sqlite3_stmt *q = NULL;
    (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%.64s\"", name);
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
        return ls_failed(s);
    }
    int n = sqlite3_column_count(q);
    base_err err = n > COLUMNS_MAX ? BASE_E_CORRUPT : BASE_OK;
    if (err == BASE_OK) {
        for (int i = 0; i < n; i++) {
            columns[i] = sqlite3_column_name(q, i);
        }
        err = to->table(to->user, name, columns, (size_t)n);
    }
    if (err == BASE_OK) {
        err = walk_rows(s, q, n, to);
    }
    (void)sqlite3_finalize(q);
    return err;
}

static base_err walk(void *u, const relay_walk *to)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(s->db,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", -1,
                           &q, NULL) != SQLITE_OK) {
        return ls_failed(s);
    }
    base_err err = BASE_OK;
    int rc = SQLITE_ROW;
    while (err == BASE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        err = walk_table(s, (const char *)sqlite3_column_text(q, 0), to);
    }
    if (err == BASE_OK && rc != SQLITE_DONE) {
        err = ls_failed(s);
    }
    (void)sqlite3_finalize(q);
    return err;
}

/* ---- open and close ---- */

static const char pragmas[] = "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
                              "PRAGMA temp_store=MEMORY;";
static const char pragmas_write[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                    "PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=4000;";

static base_err pragma_number(log_sqlite *s, const char *sql, uint64_t *out)
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

/* The schema and the database's own secrets, in one transaction. */
static base_err create(log_sqlite *s, const relay_random *random)
{
    uint8_t secret[48];
    base_err err = random->fill(random->user, secret, sizeof secret);
    if (err != BASE_OK) {
        return BASE_E_RANDOM;
    }
    TRY(begin(s));
    TRY(ls_exec(s, LS_SCHEMA));
    TRY(meta_put(s, "incarnation", base_bytes_of(secret, 16)));
    TRY(meta_put(s, "decoy", base_bytes_of(secret + 16, 32)));
    TRY(ls_exec(s, "PRAGMA user_version = 1"));
    TRY(commit(s));
done:
    base_wipe(secret, sizeof secret);
    if (err != BASE_OK) {
        rollback(s);
    }
    return err;
}

static base_err prepare(log_sqlite *s, bool read_only, const relay_random *random)
{
    base_err err = BASE_OK;
    uint64_t version = 0;
    TRY(ls_exec(s, pragmas));
    if (!read_only) {
        TRY(ls_exec(s, pragmas_write));
    }
    TRY(pragma_number(s, "PRAGMA user_version", &version));
    if (version == 0 && !read_only) {
        TRY(create(s, random));
    } else if (version != LS_VERSION) {
        err = BASE_E_CORRUPT;
    }
done:
    return err;
}

static relay_store_ops ops_make(void)
{
    relay_store_ops ops = {.begin = begin,
                           .commit = commit,
                           .rollback = rollback,
                           .room = ls_room,
                           .meta = meta,
                           .scrub = ls_scrub,
                           .walk = walk};
    ls_ops_log(&ops);
    ls_ops_body(&ops);
    ls_ops_box(&ops);
    return ops;
}

base_err log_sqlite_open(const char *path, bool read_only, const relay_random *random,
                         log_sqlite **out)
{
    base_err err = BASE_OK;
    log_sqlite *s = (log_sqlite *)calloc(1, sizeof *s);
    relay_store_ops *ops = (relay_store_ops *)malloc(sizeof *ops);
    if (s == NULL || ops == NULL) {
        free(s);
        free(ops);
        return BASE_E_NOMEM;
    }
    *ops = ops_make();
    s->store = (relay_store){ops, s};
    TRY(ls_heap_use());
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        err = ls_failed(s);
        goto done;
    }
    (void)sqlite3_busy_timeout(s->db, LS_BUSY_MS);
    TRY(prepare(s, read_only, random));
    *out = s;
    s = NULL;
done:
    log_sqlite_close(s);
    return err;
}

void log_sqlite_close(log_sqlite *s)
{
    if (s == NULL) {
        return;
    }
    rollback(s);
    base_alloc_free(NULL, s->pending);
    for (int i = 0; i < LS_COUNT; i++) {
        (void)sqlite3_finalize(s->stmt[i]);
    }
    (void)sqlite3_close(s->db); /* the last connection empties the journal */
    free((void *)(uintptr_t)s->store.ops);
    free(s);
}

const relay_store *log_sqlite_store(const log_sqlite *s)
{
    return &s->store;
}

base_err log_sqlite_renew(log_sqlite *s, const relay_random *random)
{
    uint8_t fresh[16];
    if (random->fill(random->user, fresh, sizeof fresh) != BASE_OK) {
        return BASE_E_RANDOM;
    }
    return meta_put(s, "incarnation", base_bytes_of(fresh, sizeof fresh));
}

const char *log_sqlite_message(const log_sqlite *s)
{
    return s->message;
}
