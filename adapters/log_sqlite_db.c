/* The verbs of adapters/log_sqlite over SQLite's C interface: prepare once, bind, step, read. */
#include "log_sqlite_db.h"

#include <stdio.h>

static const char *const sql_text[LS_COUNT] = {
#define X(name, sql) [LS_##name] = sql,
    LS_STATEMENTS(X)
#undef X
};

base_err ls_failed(log_sqlite *s)
{
    (void)snprintf(s->message, sizeof s->message, "%s", sqlite3_errmsg(s->db));
    return BASE_E_STORE;
}

sqlite3_stmt *ls_use(log_sqlite *s, ls_id id)
{
    if (s->stmt[id] == NULL &&
        sqlite3_prepare_v3(s->db, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[id],
                           NULL) != SQLITE_OK) {
        s->stmt[id] = NULL;
        return NULL;
    }
    (void)sqlite3_reset(s->stmt[id]);
    (void)sqlite3_clear_bindings(s->stmt[id]);
    return s->stmt[id];
}

/* Static bindings allocate nothing, so they fail for a wrong place alone: our own bug, which the
 * contract suite would show. */
void ls_bind_n(sqlite3_stmt *q, int at, uint64_t v)
{
    (void)sqlite3_bind_int64(q, at, (sqlite3_int64)v);
}

void ls_bind_id(sqlite3_stmt *q, int at, const uint8_t id[32])
{
    (void)sqlite3_bind_blob(q, at, id, 32, SQLITE_STATIC);
}

void ls_bind_bytes(sqlite3_stmt *q, int at, base_bytes b)
{
    (void)sqlite3_bind_blob64(q, at, b.n == 0 ? "" : (const void *)b.p, b.n, SQLITE_STATIC);
}

base_err ls_row(log_sqlite *s, sqlite3_stmt *q)
{
    int rc = q == NULL ? SQLITE_ERROR : sqlite3_step(q);
    if (rc == SQLITE_ROW) {
        return BASE_OK;
    }
    base_err err = rc == SQLITE_DONE ? BASE_E_NOT_FOUND : ls_failed(s);
    ls_end(q);
    return err;
}

base_err ls_done(log_sqlite *s, sqlite3_stmt *q)
{
    int rc = q == NULL ? SQLITE_ERROR : sqlite3_step(q);
    base_err err = rc == SQLITE_DONE || rc == SQLITE_ROW ? BASE_OK : ls_failed(s);
    ls_end(q);
    return err;
}

/* Bindings may borrow the caller's memory: they go with the call. */
void ls_end(sqlite3_stmt *q)
{
    if (q != NULL) {
        (void)sqlite3_reset(q);
        (void)sqlite3_clear_bindings(q);
    }
}

uint64_t ls_n(sqlite3_stmt *q, int column)
{
    sqlite3_int64 v = sqlite3_column_int64(q, column);
    return v < 0 ? 0 : (uint64_t)v;
}

uint32_t ls_n32(sqlite3_stmt *q, int column)
{
    uint64_t v = ls_n(q, column);
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

base_bytes ls_bytes(sqlite3_stmt *q, int column)
{
    const void *p = sqlite3_column_blob(q, column);
    int n = sqlite3_column_bytes(q, column);
    return base_bytes_of(p, p == NULL || n < 0 ? 0 : (size_t)n);
}

bool ls_copy(sqlite3_stmt *q, int column, uint8_t *out, size_t n)
{
    base_bytes b = ls_bytes(q, column);
    if (b.n != n || b.p == NULL) {
        return false;
    }
    memcpy(out, b.p, n);
    return true;
}

base_err ls_exec(log_sqlite *s, const char *sql)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? BASE_OK : ls_failed(s);
}

base_err ls_by_key(log_sqlite *s, ls_id id, uint64_t key)
{
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_n(q, 1, key);
    return ls_done(s, q);
}
