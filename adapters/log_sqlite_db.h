/* What the files of adapters/log_sqlite share: the handle, its statements, and the few verbs that
 * bind, step and read. Internal. */
#ifndef ADAPTERS_LOG_SQLITE_DB_H
#define ADAPTERS_LOG_SQLITE_DB_H

#include <sqlite3.h>

#include "log_sqlite.h"
#include "log_sqlite_sql.h"

typedef enum ls_id {
#define X(name, sql) LS_##name,
    LS_STATEMENTS(X)
#undef X
        LS_COUNT
} ls_id;

/* An added body that waits for commit, when all are sorted by owner and inserted. */
typedef struct ls_pending {
    enum { LS_ENTRY, LS_SIDE, LS_MAIL } table;
    uint64_t owner, seq; /* side: seq is the epoch */
    uint32_t day;
    uint32_t extra; /* entry: kind; mail: number */
    uint8_t before[32];
    base_buf stamp, data;
} ls_pending;

struct log_sqlite {
    sqlite3 *db;
    sqlite3_stmt *stmt[LS_COUNT];
    bool in_transaction;
    bool clean; /* the last scrub left nothing to do, at so many changes: */
    sqlite3_int64 changes;
    uint64_t dead_to[3];    /* a table each: rows up to here are dead */
    bool measured;          /* `room` is of this transaction */
    uint64_t room, granted; /* bytes the disk takes; of them given away in this transaction */
    ls_pending *pending;
    size_t n_pending, cap_pending;
    relay_store store;
    char message[160];
};

/* The statement, reset and ready to bind; NULL when it cannot be prepared (later calls take NULL
 * and fail). */
sqlite3_stmt *ls_use(log_sqlite *s, ls_id id);

void ls_bind_n(sqlite3_stmt *q, int at, uint64_t v);
void ls_bind_id(sqlite3_stmt *q, int at, const uint8_t id[32]);
void ls_bind_bytes(sqlite3_stmt *q, int at, base_bytes b);

/* Step to a row: BASE_OK, BASE_E_NOT_FOUND (none), BASE_E_STORE. After BASE_OK read columns, then
 * ls_end(). */
BASE_MUST_USE base_err ls_row(log_sqlite *s, sqlite3_stmt *q);

/* Step a statement that gives no row. */
BASE_MUST_USE base_err ls_done(log_sqlite *s, sqlite3_stmt *q);

void ls_end(sqlite3_stmt *q);

uint64_t ls_n(sqlite3_stmt *q, int column);
uint32_t ls_n32(sqlite3_stmt *q, int column);

/* Copy a blob of exactly n bytes; false when it has another length. */
bool ls_copy(sqlite3_stmt *q, int column, uint8_t *out, size_t n);

base_bytes ls_bytes(sqlite3_stmt *q, int column);

/* Run fixed SQL text. */
BASE_MUST_USE base_err ls_exec(log_sqlite *s, const char *sql);

/* ls_done(ls_use(id)) with one number bound: the _CLEAR and _DROP statements by key. */
BASE_MUST_USE base_err ls_by_key(log_sqlite *s, ls_id id, uint64_t key);

/* Keep SQLite's words, give BASE_E_STORE. */
BASE_MUST_USE base_err ls_failed(log_sqlite *s);

/* Pending bodies (log_sqlite_body.c). */
BASE_MUST_USE base_err ls_pend(log_sqlite *s, const ls_pending *what, base_bytes stamp,
                               base_bytes data);
BASE_MUST_USE base_err ls_pending_insert(log_sqlite *s);
void ls_pending_forget(log_sqlite *s, uint64_t owner); /* 0: all */

/* n bytes at off of the body that LS_ENTRY_READ or LS_SIDE_READ finds. */
BASE_MUST_USE base_err ls_body_read(log_sqlite *s, ls_id id, uint64_t owner, uint64_t seq,
                                    size_t off, uint8_t *p, size_t n);

/* SQLite's memory is wiped as it is freed, in all of this process (log_sqlite_heap.c); before the
 * first database is opened, and again without effect. Errors: BASE_E_STATE: SQLite is in use. */
BASE_MUST_USE base_err ls_heap_use(void);

/* The disk's room (log_sqlite_room.c). */
bool ls_room(void *u, uint64_t n, bool urgent);

/* Errors: BASE_E_STORE when there is not so much. */
BASE_MUST_USE base_err ls_room_for(log_sqlite *s, uint64_t n);

/* Erase stretches of dead rows, move old survivors, empty the journal (log_sqlite_purge.c). */
BASE_MUST_USE base_err ls_scrub(void *u, bool deep, bool *more);

/* The halves of the port. */
void ls_ops_log(relay_store_ops *ops);  /* log_sqlite_log.c */
void ls_ops_body(relay_store_ops *ops); /* log_sqlite_body.c */
void ls_ops_box(relay_store_ops *ops);  /* log_sqlite_box.c */

#endif
