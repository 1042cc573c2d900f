/* SQLCipher behind a small face. The settings: a raw key (the key is random, so SQLCipher need not
 * stretch it), WAL with a full sync at each commit, deleted content overwritten, temporary data in
 * memory only. */
#include "store.h"

#define SQLITE_HAS_CODEC 1
#include <sqlcipher/sqlite3.h>

#include "base/alloc.h"
#include "base/text.h"

#define CACHE_MAX 192 /* statements kept prepared; each use site has one */

typedef struct cached {
    const char *sql;
    sqlite3_stmt *stmt;
    bool busy;
} cached;

struct sotto_store {
    const base_alloc *alloc;
    sqlite3 *db;
    bool in_transaction;
    size_t n_cached;
    cached cache[CACHE_MAX];
};

static base_err error_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return BASE_OK;
    case SQLITE_NOMEM:
        return BASE_E_NOMEM;
    case SQLITE_CONSTRAINT:
        return BASE_E_EXISTS;
    case SQLITE_NOTADB:
        return SOTTO_E_PASSPHRASE;
    case SQLITE_TOOBIG:
        return BASE_E_LIMIT;
    default:
        return BASE_E_STORE;
    }
}

base_err store_script(sotto_store *st, const char *sql)
{
    return error_of(sqlite3_exec(st->db, sql, NULL, NULL, NULL));
}

static base_err set_key(sotto_store *st, base_bytes key)
{
    base_err err = BASE_OK;
    base_buf raw = base_buf_on(st->alloc);
    TRY(base_buf_append(&raw, base_bytes_str("x'")));
    TRY(base_text_hex(key, &raw));
    TRY(base_buf_append(&raw, base_bytes_str("'")));
    TRY(error_of(sqlite3_key(st->db, raw.p, (int)raw.n)));
done:
    base_buf_clear(&raw);
    return err;
}

static base_err configure(sotto_store *st)
{
    return store_script(st, "PRAGMA temp_store = MEMORY;"
                            "PRAGMA secure_delete = ON;"
                            "PRAGMA journal_mode = WAL;"
                            "PRAGMA synchronous = FULL;"
                            "PRAGMA foreign_keys = ON;");
}

base_err store_open(const base_alloc *alloc, const char *path, base_bytes key, bool create,
                    sotto_store **out)
{
    base_err err = BASE_OK;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    sotto_store *st = base_alloc_zero(alloc, 1, sizeof *st);
    if (st == NULL) {
        return BASE_E_NOMEM;
    }
    st->alloc = alloc;
    store_memory_wipes();
    TRY(error_of(sqlite3_open_v2(path, &st->db, flags, NULL)));
    /* A wrong key is an answer, not something to write to standard error. */
    TRY(store_script(st, "PRAGMA cipher_log_level = NONE;"));
    TRY(set_key(st, key));
    /* The first read is where a wrong key shows. */
    TRY(store_script(st, "SELECT count(*) FROM sqlite_schema;"));
    TRY(configure(st));
    TRY(create ? store_schema_create(st) : store_schema_check(st));
    *out = st;
    st = NULL;
done:
    store_close(st);
    return err;
}

void store_close(sotto_store *st)
{
    if (st == NULL) {
        return;
    }
    for (size_t i = 0; i < st->n_cached; i++) {
        (void)sqlite3_finalize(st->cache[i].stmt);
    }
    (void)sqlite3_close(st->db);
    base_alloc_free(st->alloc, st);
}

base_err store_begin(sotto_store *st)
{
    if (st->in_transaction) {
        return BASE_E_STATE;
    }
    base_err err = store_script(st, "BEGIN IMMEDIATE;");
    st->in_transaction = err == BASE_OK;
    return err;
}

base_err store_commit(sotto_store *st)
{
    base_err err = store_script(st, "COMMIT;");
    if (err != BASE_OK) {
        store_rollback(st);
    }
    st->in_transaction = false;
    return err;
}

void store_rollback(sotto_store *st)
{
    if (st->in_transaction) {
        /* It fails only when SQLite rolled back by itself, which is the same. */
        (void)sqlite3_exec(st->db, "ROLLBACK;", NULL, NULL, NULL);
        st->in_transaction = false;
    }
}

base_err store_tidy(sotto_store *st)
{
    return store_script(st, "PRAGMA wal_checkpoint(TRUNCATE);");
}

static cached *cache_find(sotto_store *st, const char *sql)
{
    for (size_t i = 0; i < st->n_cached; i++) {
        if (st->cache[i].sql == sql && !st->cache[i].busy) {
            return &st->cache[i];
        }
    }
    return NULL;
}

store_q store_query(sotto_store *st, const char *sql)
{
    store_q q = {st, NULL, 0, BASE_OK};
    /* After some errors SQLite undoes the transaction by itself; what came now would stand alone.
     */
    if (st->in_transaction && sqlite3_get_autocommit(st->db) != 0) {
        q.err = BASE_E_STORE;
        return q;
    }
    cached *c = cache_find(st, sql);
    if (c != NULL) {
        c->busy = true;
        q.stmt = c->stmt;
        return q;
    }
    sqlite3_stmt *stmt = NULL;
    q.err = error_of(sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL));
    if (q.err == BASE_OK && st->n_cached < CACHE_MAX) {
        st->cache[st->n_cached++] = (cached){sql, stmt, true};
    }
    q.stmt = stmt;
    return q;
}

static void latch(store_q *q, int rc)
{
    if (q->err == BASE_OK) {
        q->err = error_of(rc);
    }
}

void store_bind_int(store_q *q, int64_t v)
{
    q->bound++;
    if (q->err == BASE_OK) {
        latch(q, sqlite3_bind_int64(q->stmt, q->bound, v));
    }
}

void store_bind_bytes(store_q *q, base_bytes v)
{
    q->bound++;
    if (q->err == BASE_OK) {
        const void *p = v.n > 0 ? (const void *)v.p : (const void *)"";
        latch(q, sqlite3_bind_blob64(q->stmt, q->bound, p, v.n, SQLITE_TRANSIENT));
    }
}

void store_bind_text(store_q *q, base_bytes v)
{
    q->bound++;
    if (q->err == BASE_OK) {
        const char *p = v.n > 0 ? (const char *)v.p : "";
        latch(q, sqlite3_bind_text64(q->stmt, q->bound, p, v.n, SQLITE_TRANSIENT, SQLITE_UTF8));
    }
}

void store_bind_null(store_q *q)
{
    q->bound++;
    if (q->err == BASE_OK) {
        latch(q, sqlite3_bind_null(q->stmt, q->bound));
    }
}

bool store_row(store_q *q)
{
    if (q->err != BASE_OK) {
        return false;
    }
    int rc = sqlite3_step(q->stmt);
    latch(q, rc);
    return rc == SQLITE_ROW;
}

int64_t store_int(const store_q *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

bool store_is_null(const store_q *q, int column)
{
    return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

base_bytes store_bytes(const store_q *q, int column)
{
    const void *p = sqlite3_column_blob(q->stmt, column);
    int n = sqlite3_column_bytes(q->stmt, column);
    return base_bytes_of(p, n > 0 ? (size_t)n : 0);
}

void store_fixed(store_q *q, int column, uint8_t *out, size_t n)
{
    base_bytes b = store_bytes(q, column);
    if (b.n != n) {
        q->err = q->err == BASE_OK ? BASE_E_CORRUPT : q->err;
        return;
    }
    memcpy(out, b.p, n);
}

base_err store_end(store_q *q)
{
    sqlite3_stmt *stmt = q->stmt;
    q->stmt = NULL;
    for (size_t i = 0; i < q->st->n_cached; i++) {
        if (stmt != NULL && q->st->cache[i].stmt == stmt) {
            (void)sqlite3_reset(stmt); /* repeats the error that store_row() latched */
            (void)sqlite3_clear_bindings(stmt);
            q->st->cache[i].busy = false;
            return q->err;
        }
    }
    (void)sqlite3_finalize(stmt);
    return q->err;
}

void store_text(const store_q *q, int column, char *out, size_t size)
{
    base_bytes b = store_bytes(q, column);
    size_t n = b.n < size ? b.n : size - 1;
    memset(out, 0, size);
    if (n > 0) {
        memcpy(out, b.p, n);
    }
}

base_err store_run(store_q *q)
{
    (void)store_row(q);
    return store_end(q);
}

int64_t store_last_row(const sotto_store *st)
{
    return sqlite3_last_insert_rowid(st->db);
}

int64_t store_changed(const sotto_store *st)
{
    return sqlite3_changes(st->db);
}

int64_t store_total_changed(const sotto_store *st)
{
    return sqlite3_total_changes(st->db);
}

int64_t store_steps(const sotto_store *st)
{
    int64_t steps = 0;
    for (size_t i = 0; i < st->n_cached; i++) {
        steps += sqlite3_stmt_status(st->cache[i].stmt, SQLITE_STMTSTATUS_VM_STEP, 0);
    }
    return steps;
}
