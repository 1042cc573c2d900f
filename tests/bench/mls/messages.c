/* Application messages, and what a group costs in a store: writing it whole, opening it, sending
 * with SQLite beneath. */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "mls/persist.h"
#include "people.h"

#define LONG ((size_t)16384)

/* ---- messages ---- */

static void run_size(peer *from, peer *to, size_t size, bench_row *sent, bench_row *got)
{
    static uint8_t content[LONG];
    base_buf message = {0}; /* used again, as whoever sends much would */
    mls_received in = {0};
    while (!bench_enough(sent)) {
        double start = bench_begin(from);
        MUST(mls_group_protect(from->group, (base_bytes){content, size}, NULL, &message));
        bench_end(sent, from, start, message.n);
        start = bench_begin(to);
        MUST(mls_group_receive(to->group, base_buf_bytes(&message), BENCH_NOW, &in));
        bench_end(got, to, start, message.n);
        NEED(in.plaintext.n == size);
    }
    mls_received_clear(&in);
    base_buf_clear(&message);
}

static void bound(bench_result *out, bench_op op)
{
    const bench_load load = {.n = out->n,
                             .wire = out->rows[op].wire,
                             .seals = out->rows[OP_COMMIT_FULL].calls.dh +
                                      out->rows[OP_COMMIT_FULL].calls.encap};
    bench_bound(&out->prims, op, &load, &out->rows[op]);
}

void bench_messages(mls_suite suite, peer *from, peer *to, bench_result *out)
{
    (void)suite;
    run_size(from, to, 100, &out->rows[OP_PROTECT], &out->rows[OP_UNPROTECT]);
    run_size(from, to, LONG, &out->rows[OP_PROTECT_16K], &out->rows[OP_UNPROTECT_16K]);
    for (bench_op op = OP_PROTECT; op <= OP_UNPROTECT_16K; op++) {
        bound(out, op);
    }
}

/* ---- a store in SQLite ---- */

typedef struct sqlite_store {
    sqlite3 *db;
    sqlite3_stmt *get, *put, *del, *begin, *commit;
    size_t ops, bytes; /* of the last batch */
} sqlite_store;

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    NEED(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
    return stmt;
}

/* A file that is not synced, as the issue of the bound has it: what is measured is the work. */
static void sqlite_open(sqlite_store *s, const char *path)
{
    (void)remove(path);
    NEED(sqlite3_open(path, &s->db) == SQLITE_OK);
    NEED(sqlite3_exec(s->db,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
                      "CREATE TABLE kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;",
                      NULL, NULL, NULL) == SQLITE_OK);
    s->get = prepare(s->db, "SELECT v FROM kv WHERE k = ?");
    s->put = prepare(s->db, "INSERT OR REPLACE INTO kv VALUES (?, ?)");
    s->del = prepare(s->db, "DELETE FROM kv WHERE k = ?");
    s->begin = prepare(s->db, "BEGIN IMMEDIATE");
    s->commit = prepare(s->db, "COMMIT");
}

static void sqlite_close(sqlite_store *s, const char *path)
{
    sqlite3_stmt *all[] = {s->get, s->put, s->del, s->begin, s->commit};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sqlite3_finalize(all[i]);
    }
    NEED(sqlite3_close(s->db) == SQLITE_OK);
    (void)remove(path);
}

static void run(sqlite3_stmt *stmt)
{
    NEED(sqlite3_step(stmt) == SQLITE_DONE);
    NEED(sqlite3_reset(stmt) == SQLITE_OK);
}

static base_err sqlite_get(void *user, base_bytes key, base_buf *value)
{
    sqlite_store *s = (sqlite_store *)user;
    base_err err = BASE_E_NOT_FOUND;
    NEED(sqlite3_bind_blob(s->get, 1, key.p, (int)key.n, SQLITE_STATIC) == SQLITE_OK);
    if (sqlite3_step(s->get) == SQLITE_ROW) {
        size_t n = (size_t)sqlite3_column_bytes(s->get, 0);
        *value = (base_buf){(uint8_t *)malloc(n + 1), n, n + 1, NULL};
        NEED(value->p != NULL);
        if (n > 0) {
            memcpy(value->p, sqlite3_column_blob(s->get, 0), n);
        }
        err = BASE_OK;
    }
    NEED(sqlite3_reset(s->get) == SQLITE_OK);
    return err;
}

static base_err sqlite_write(void *user, const mls_store_op *ops, size_t n)
{
    sqlite_store *s = (sqlite_store *)user;
    s->ops = n;
    s->bytes = 0;
    run(s->begin);
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *stmt = ops[i].remove ? s->del : s->put;
        NEED(sqlite3_bind_blob(stmt, 1, ops[i].key.p, (int)ops[i].key.n, SQLITE_STATIC) ==
             SQLITE_OK);
        if (!ops[i].remove) {
            NEED(sqlite3_bind_blob(stmt, 2, ops[i].value.p, (int)ops[i].value.n, SQLITE_STATIC) ==
                 SQLITE_OK);
        }
        run(stmt);
        s->bytes += ops[i].value.n;
    }
    run(s->commit);
    return BASE_OK;
}

static mls_store sqlite_port(sqlite_store *s)
{
    return (mls_store){sqlite_get, sqlite_write, s};
}

/* Copy what a store in memory holds, a batch at once. */
static void sqlite_fill(sqlite_store *to, const hash_store *from)
{
    run(to->begin);
    for (size_t i = 0; i < from->cap; i++) {
        const hash_entry *e = &from->v[i];
        if (e->bytes != NULL) {
            NEED(sqlite3_bind_blob(to->put, 1, e->bytes, (int)e->key_n, SQLITE_STATIC) ==
                 SQLITE_OK);
            NEED(sqlite3_bind_blob(to->put, 2, e->bytes + e->key_n, (int)e->value_n,
                                   SQLITE_STATIC) == SQLITE_OK);
            run(to->put);
        }
    }
    run(to->commit);
}

/* A store that takes everything and keeps nothing new: sending without persistence. */
typedef struct deaf_store {
    hash_store *from;
} deaf_store;

static base_err deaf_get(void *user, base_bytes key, base_buf *value)
{
    mls_store port = hash_store_port(((deaf_store *)user)->from);
    return port.get(port.user, key, value);
}

static base_err deaf_write(void *user, const mls_store_op *ops, size_t n)
{
    (void)user;
    (void)ops;
    (void)n;
    return BASE_OK;
}

static void send_all(peer *p, bench_row *row)
{
    static const uint8_t content[100];
    base_buf message = {0};
    for (size_t i = 0; i < BENCH_SAMPLES; i++) {
        double start = bench_begin(p);
        MUST(mls_group_protect(p->group, (base_bytes){content, sizeof content}, NULL, &message));
        bench_end(row, p, start, message.n);
    }
    base_buf_clear(&message);
}

/* The bare transaction: as many rows of as many bytes, replaced. */
static double bare(sqlite_store *s, size_t ops, size_t bytes)
{
    samples t = {.n = 0};
    uint8_t *value = (uint8_t *)calloc(bytes + 1, 1);
    mls_store_op *op = (mls_store_op *)calloc(ops, sizeof *op);
    NEED(value != NULL && op != NULL && ops < 100);
    static const uint8_t keys[100][24] = {{1}};
    for (size_t i = 0; i < ops; i++) {
        op[i] = (mls_store_op){{keys[i], 24}, {value, bytes / ops}, false};
    }
    for (size_t i = 0; i < BENCH_SAMPLES; i++) {
        double start = bench_now();
        MUST(sqlite_write(s, op, ops));
        samples_add(&t, bench_now() - start);
    }
    free(value);
    free(op);
    return samples_median(&t);
}

static void run_sqlite(const crypto_backend *backend, peer *p, bench_row *row)
{
    const char *path = "mls-bench.sqlite";
    sqlite_store s = {0};
    deaf_store deaf = {&p->store};
    bench_row without = {.wire = 0};
    peer_use_store(p, backend, (mls_store){deaf_get, deaf_write, &deaf});
    MUST(mls_group_load(p->ctx, bench_text(BENCH_GROUP_ID), &p->group));
    send_all(p, &without);
    sqlite_open(&s, path);
    sqlite_fill(&s, &p->store);
    peer_use_store(p, backend, sqlite_port(&s));
    MUST(mls_group_load(p->ctx, bench_text(BENCH_GROUP_ID), &p->group));
    send_all(p, row);
    row->stored = s.bytes;
    row->bound = samples_median(&without.time) + bare(&s, s.ops, s.bytes);
    peer_use_store(p, backend, hash_store_port(&p->store));
    sqlite_close(&s, path);
}

/* ---- opening ---- */

static void load(peer *p)
{
    MUST(mls_group_load(p->ctx, bench_text(BENCH_GROUP_ID), &p->group));
}

static void run_loads(peer *p, bench_result *out)
{
    hash_store saved = {0};
    hash_store_copy(&saved, &p->store);
    while (!bench_enough(&out->rows[OP_LOAD_COMMIT])) {
        base_buf message = {0};
        peer_restore(p, &saved);
        double start = bench_begin(p);
        load(p);
        bench_end(&out->rows[OP_LOAD], p, start, 0);
        peer_restore(p, &saved);
        start = bench_begin(p);
        load(p);
        MUST(mls_group_protect(p->group, bench_text("0123456789"), NULL, &message));
        bench_end(&out->rows[OP_LOAD_PROTECT], p, start, message.n);
        base_buf_clear(&message);
        peer_restore(p, &saved);
        mls_commit_out made = {0};
        start = bench_begin(p);
        load(p);
        MUST(mls_group_commit(p->group, NULL, BENCH_NOW, &made));
        MUST(mls_group_merge(p->group, made.staged));
        made.staged = NULL;
        bench_end(&out->rows[OP_LOAD_COMMIT], p, start, made.commit.n);
        mls_commit_out_clear(&made);
    }
    bound(out, OP_LOAD_PROTECT);
    bound(out, OP_LOAD_COMMIT);
    hash_store_clear(&saved);
}

static void run_save(peer *p, bench_row *row)
{
    const hash_store empty = {0};
    mls_group *g = p->group;
    MUST(mls_persist_need_messages(g));
    do {
        p->group = NULL;
        peer_restore(p, &empty);
        p->group = g;
        mls_batch b = mls_batch_on(p->ctx->alloc);
        double start = bench_begin(p);
        MUST(mls_persist_new(g, &b));
        bench_end(row, p, start, 0);
        mls_batch_clear(&b);
    } while (!bench_enough(row));
}

void bench_store(const crypto_backend *backend, peer *p, bench_result *out)
{
    run_save(p, &out->rows[OP_SAVE]);
    run_loads(p, out);
    run_sqlite(backend, p, &out->rows[OP_SQLITE]);
}
