/* The device's one file: an SQLCipher database, its transactions, and statements as latched
 * queries. The tables are docs/client.md's, section 2; typed access to them is in store_*.c, which
 * alone, with store.c, know SQL. Everything a row holds is encrypted on disk, and overwritten when
 * deleted. */
#ifndef SOTTO_STORE_H
#define SOTTO_STORE_H

#include "base/bytes.h"

typedef struct sotto_store sotto_store;

/* Open the file at path under a 32-byte key; with create, make it and its tables (BASE_E_EXISTS
 * when there are tables already). SOTTO_E_PASSPHRASE when the key does not open it. */
BASE_MUST_USE base_err store_open(const base_alloc *alloc, const char *path, base_bytes key,
                                  bool create, sotto_store **out);
void store_close(sotto_store *st);

/* One transaction at a time. After a failed commit everything since begin is undone. */
BASE_MUST_USE base_err store_begin(sotto_store *st);
BASE_MUST_USE base_err store_commit(sotto_store *st);
void store_rollback(sotto_store *st);

/* Empty the write-ahead log, so that what was deleted is gone from it too. */
BASE_MUST_USE base_err store_tidy(sotto_store *st);

/* A query under way. The first error is latched; a failed query has no rows. Usage:
 *     store_q q = store_query(st, "SELECT a, b FROM t WHERE k = ?");   static text: it is the cache
 * key store_bind_bytes(&q, key);                                       in the order of the marks
 *     while (store_row(&q)) { ... store_int(&q, 0) ... store_bytes(&q, 1) ... }
 *     return store_end(&q);                                            always */
typedef struct store_q {
    sotto_store *st;
    void *stmt;
    int bound;
    base_err err;
} store_q;

store_q store_query(sotto_store *st, const char *sql);
void store_bind_int(store_q *q, int64_t v);
void store_bind_bytes(store_q *q, base_bytes v); /* as a blob, never NULL */
void store_bind_text(store_q *q, base_bytes v);
void store_bind_null(store_q *q);
bool store_row(store_q *q);
int64_t store_int(const store_q *q, int column);
bool store_is_null(const store_q *q, int column);
base_bytes store_bytes(const store_q *q, int column); /* borrowed until the next row or end */
BASE_MUST_USE base_err store_end(store_q *q);

/* A blob of exactly n bytes into out; a wrong length latches BASE_E_CORRUPT. */
void store_fixed(store_q *q, int column, uint8_t *out, size_t n);

/* Text into an array of size bytes, cut where it does not fit, with a terminator. */
void store_text(const store_q *q, int column, char *out, size_t size);

/* Run a statement without rows. BASE_E_EXISTS: a row of that key is there. */
BASE_MUST_USE base_err store_run(store_q *q);

/* What the last insert called its row, and how many rows the last statement changed. */
int64_t store_last_row(const sotto_store *st);
int64_t store_changed(const sotto_store *st);

/* Rows changed since the file was opened. */
int64_t store_total_changed(const sotto_store *st);

/* The work that queries did since the file was opened, in steps of SQLite's machine: a measure that
 * does not depend on the computer. */
int64_t store_steps(const sotto_store *st);

/* Make SQLite wipe what it frees; before its first use in a process (store_memory.c). */
void store_memory_wipes(void);

/* Statements of a whole schema, for store_schema.c. */
BASE_MUST_USE base_err store_script(sotto_store *st, const char *sql);

/* Create the tables of this version, or bring those of the file to it (store_schema.c). */
BASE_MUST_USE base_err store_schema_create(sotto_store *st);
BASE_MUST_USE base_err store_schema_check(sotto_store *st);

#endif
