/* The log store port: rows and bytes, no rules. Two implementations, adapters/log_sqlite and the
 * fake of the tests, pass one contract suite (tests/contract/test_log_store.c).
 *
 * Everything that changes rows happens between begin and commit; commit makes it durable or fails,
 * and after a failure, or rollback, nothing of it has happened; a rollback without a
 * transaction does nothing. Row changes are visible to reads
 * at once; added entries and mails become readable at commit (the store sorts them first, so that
 * row order does not tell who wrote beside whom). Reads are allowed outside a transaction.
 *
 * `key` is the store's own name for a log, box or shelf: drawn at random when the row is made,
 * without order, never reused on purpose. Days are days since 1970. All functions return BASE_OK,
 * BASE_E_NOT_FOUND where noted, BASE_E_STORE, BASE_E_NOMEM or BASE_E_CORRUPT. */
#ifndef RELAY_STORE_H
#define RELAY_STORE_H

#include "base/bytes.h"

enum { RELAY_ID = 32 };

/* ---- rows ---- */

typedef struct relay_meta {
    uint8_t incarnation[16]; /* of this database, random */
    uint8_t decoy[32];       /* secret behind the records of missing directory keys */
} relay_meta;

typedef struct relay_log {
    uint64_t key; /* set by the store */
    uint8_t id[32];
    uint64_t epoch, head;
    uint8_t hash[32];         /* running hash at head */
    uint64_t floor;           /* every open cursor is at this place or beyond */
    uint64_t kept, bytes;     /* entries kept and their bytes, side parts included */
    uint32_t cursors, guests; /* rows of this log in the cursor table; guests among them */
    uint32_t touched;         /* day */
} relay_log;

typedef struct relay_epoch {
    uint64_t epoch;
    uint8_t gate[32];
    uint64_t start, end; /* end: 0 while it is current */
    uint8_t start_hash[32], end_hash[32];
} relay_epoch;

typedef struct relay_cursor {
    uint8_t handle[32];
    uint64_t place;
    uint64_t opened; /* the epoch that the commit which opened it began */
    uint64_t until;  /* the commit that closed it; 0: open */
    bool used, guest;
    uint32_t day; /* open: last moved or at the end; closed: day of the closing */
} relay_cursor;

typedef struct relay_entry {
    uint64_t seq;
    uint32_t day;
    uint8_t kind;       /* 0 message, 1 commit */
    uint8_t before[32]; /* running hash of the entry before */
    uint32_t size;      /* of the data, in bytes */
    base_bytes stamp;   /* commit: the encoded stamp; entry_add borrows it, entry_next puts it in
                           the caller's buffer */
} relay_entry;

typedef struct relay_side {
    uint64_t epoch;   /* that the commit began */
    uint32_t waiting; /* cursors it opened that are still new */
    uint32_t day;
    uint32_t size;
} relay_side;

typedef struct relay_box {
    uint64_t key;
    uint8_t id[32], owner[32], door[32]; /* gates; door all zero: shut */
    uint64_t place, head;
    uint32_t door_mails, mails, doors; /* waiting through the open door; waiting in all; doors */
    uint64_t door_bytes, bytes;
    uint32_t touched;
} relay_box;

typedef struct relay_door {
    uint32_t number;
    uint8_t gate[32];
    uint32_t mails;
    uint64_t bytes;
} relay_door;

typedef struct relay_mail {
    uint64_t seq;
    uint32_t day;
    uint32_t number; /* the door it came by; 0: the open one */
    uint32_t size;
} relay_mail;

typedef struct relay_shelf {
    uint64_t key;
    uint8_t id[32], owner[32], take[32];
    uint64_t batch; /* highest stored */
    uint64_t next;  /* number of the next package put */
    uint32_t packages;
    uint16_t size;
    bool last; /* a last resort is there */
    uint32_t touched;
} relay_shelf;

typedef struct relay_record {
    uint8_t key[32], gate[32];
    uint8_t data[1024];
    uint32_t touched;
} relay_record;

/* ---- walking everything, for `sottod exhibit` ---- */

typedef struct relay_cell {
    enum { RELAY_CELL_NULL, RELAY_CELL_NUMBER, RELAY_CELL_TEXT, RELAY_CELL_BYTES } kind;
    int64_t number;
    base_bytes bytes;
} relay_cell;

/* Called for each table, then for each of its rows. A failure stops the walk and is returned. */
typedef struct relay_walk {
    base_err (*table)(void *user, const char *name, const char *const *columns, size_t n);
    base_err (*row)(void *user, const relay_cell *cells, size_t n);
    void *user;
} relay_walk;

/* ---- the port ---- */

typedef struct relay_store_ops {
    base_err (*begin)(void *u);
    base_err (*commit)(void *u);
    void (*rollback)(void *u);
    /* Whether n bytes more can be stored and room is left for what frees some: acknowledgements,
     * removals. urgent: half of that will do. What was granted counts until the transaction ends.
     */
    bool (*room)(void *u, uint64_t n, bool urgent);
    base_err (*meta)(void *u, relay_meta *out);
    /* Empty the journal, so that the bytes of deleted entries, mails and side parts are in no file
     * and in no memory of the store's. Nothing to do when nothing was written since. deep: rewrite
     * what else may keep traces of deleted rows. Takes some 10 ms at most, deep excepted; *more
     * asks to be called again soon, for space and not for secrecy. Outside transactions.
     * BASE_E_STORE also when another process holds the journal: try again. */
    base_err (*scrub)(void *u, bool deep, bool *more);
    base_err (*walk)(void *u, const relay_walk *to);

    /* Logs. get: NOT_FOUND. new: BASE_E_EXISTS, sets key. drop deletes all rows of the log. next:
     * the log with the lowest id above `after` (32 bytes), NOT_FOUND at the end. */
    base_err (*log_get)(void *u, const uint8_t id[32], relay_log *out);
    base_err (*log_new)(void *u, relay_log *log);
    base_err (*log_put)(void *u, const relay_log *log);
    base_err (*log_drop)(void *u, uint64_t log);
    base_err (*log_next)(void *u, const uint8_t after[32], relay_log *out);

    /* Epochs. put inserts or replaces. next: the lowest epoch >= from, NOT_FOUND. */
    base_err (*epoch_get)(void *u, uint64_t log, uint64_t epoch, relay_epoch *out);
    base_err (*epoch_put)(void *u, uint64_t log, const relay_epoch *e);
    base_err (*epoch_drop)(void *u, uint64_t log, uint64_t epoch);
    base_err (*epoch_next)(void *u, uint64_t log, uint64_t from, relay_epoch *out);

    /* Cursors. put inserts or replaces. next: the first in order of (place, handle) strictly after
     * (*place, handle) among the open or among the closed ones; handle NULL: from that place on. */
    base_err (*cursor_get)(void *u, uint64_t log, const uint8_t handle[32], relay_cursor *out);
    base_err (*cursor_put)(void *u, uint64_t log, const relay_cursor *c);
    base_err (*cursor_drop)(void *u, uint64_t log, const uint8_t handle[32]);
    base_err (*cursor_next)(void *u, uint64_t log, bool closed, uint64_t place,
                            const uint8_t *handle, relay_cursor *out);

    /* Entries. add copies; the entry is readable after commit, and only then can it be dropped by
     * range. next: the lowest seq >= from; its stamp goes into *stamp (replaced), and out->stamp
     * borrows from there. read: exactly n bytes at off. drop: seq in [lo, hi] and day < before; *n
     * and *bytes tell what went. */
    base_err (*entry_add)(void *u, uint64_t log, const relay_entry *e, base_bytes data);
    base_err (*entry_next)(void *u, uint64_t log, uint64_t from, relay_entry *out, base_buf *stamp);
    base_err (*entry_read)(void *u, uint64_t log, uint64_t seq, size_t off, uint8_t *p, size_t n);
    base_err (*entry_drop)(void *u, uint64_t log, uint64_t lo, uint64_t hi, uint32_t before,
                           uint64_t *n, uint64_t *bytes);

    /* Side parts. add copies; readable after commit. put changes `waiting` alone. drop takes one
     * that was added in this transaction, too. */
    base_err (*side_get)(void *u, uint64_t log, uint64_t epoch, relay_side *out);
    base_err (*side_add)(void *u, uint64_t log, const relay_side *s, base_bytes data);
    base_err (*side_put)(void *u, uint64_t log, const relay_side *s);
    base_err (*side_read)(void *u, uint64_t log, uint64_t epoch, size_t off, uint8_t *p, size_t n);
    base_err (*side_drop)(void *u, uint64_t log, uint64_t epoch);
    base_err (*side_next)(void *u, uint64_t log, uint64_t from, relay_side *out);

    /* Mailboxes; as logs. door_next: the lowest number >= from. mail_drop: one mail. */
    base_err (*box_get)(void *u, const uint8_t id[32], relay_box *out);
    base_err (*box_new)(void *u, relay_box *box);
    base_err (*box_put)(void *u, const relay_box *box);
    base_err (*box_drop)(void *u, uint64_t box);
    base_err (*box_next)(void *u, const uint8_t after[32], relay_box *out);
    base_err (*door_get)(void *u, uint64_t box, uint32_t number, relay_door *out);
    base_err (*door_put)(void *u, uint64_t box, const relay_door *d);
    base_err (*door_drop)(void *u, uint64_t box, uint32_t number);
    base_err (*mail_add)(void *u, uint64_t box, const relay_mail *m, base_bytes data);
    base_err (*mail_next)(void *u, uint64_t box, uint64_t from, relay_mail *out);
    base_err (*mail_read)(void *u, uint64_t box, uint64_t seq, uint8_t *p, size_t n);
    base_err (*mail_drop)(void *u, uint64_t box, uint64_t seq);

    /* Shelves; as logs. package numbers count up in a shelf; number 0 is the last resort. first:
     * the lowest number >= 1, its bytes into *data (replaced). */
    base_err (*shelf_get)(void *u, const uint8_t id[32], relay_shelf *out);
    base_err (*shelf_new)(void *u, relay_shelf *shelf);
    base_err (*shelf_put)(void *u, const relay_shelf *shelf);
    base_err (*shelf_drop)(void *u, uint64_t shelf);
    base_err (*shelf_next)(void *u, const uint8_t after[32], relay_shelf *out);
    base_err (*package_put)(void *u, uint64_t shelf, uint64_t number, base_bytes data);
    base_err (*package_get)(void *u, uint64_t shelf, uint64_t number, base_buf *data);
    base_err (*package_first)(void *u, uint64_t shelf, uint64_t *number, base_buf *data);
    base_err (*package_drop)(void *u, uint64_t shelf, uint64_t number);

    /* Directory. put inserts or replaces. */
    base_err (*dir_get)(void *u, const uint8_t key[32], relay_record *out);
    base_err (*dir_put)(void *u, const relay_record *rec);
    base_err (*dir_drop)(void *u, const uint8_t key[32]);
    base_err (*dir_next)(void *u, const uint8_t after[32], relay_record *out);
} relay_store_ops;

typedef struct relay_store {
    const relay_store_ops *ops;
    void *user;
} relay_store;

#endif
