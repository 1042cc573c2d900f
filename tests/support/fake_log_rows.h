/* The rows of the fake log store (fake_log_store.c). Every row of every table is one fake_row: its
 * table, the key of what owns it, a 32-byte name or a number, the struct of the port as it is, and
 * a shared body. Internal to the fake. */
#ifndef SUPPORT_FAKE_LOG_ROWS_H
#define SUPPORT_FAKE_LOG_ROWS_H

#include "fake_log_store.h"

enum fake_table { LOG, EPOCH, CURSOR, ENTRY, SIDE, BOX, DOOR, MAIL, SHELF, PACKAGE, RECORD };

enum { FAKE_VALUE_MAX = sizeof(relay_record) };

typedef struct fake_body {
    size_t refs;
    size_t n;
    uint8_t b[];
} fake_body;

typedef struct fake_row {
    enum fake_table table;
    uint64_t owner, num;
    uint8_t id[32];
    uint8_t value[FAKE_VALUE_MAX];
    fake_body *data, *stamp;
    bool hidden; /* until commit */
} fake_row;

typedef struct fake_rows {
    fake_row *p;
    size_t n, cap;
} fake_rows;

struct fake_log_store {
    fake_rows now, before;
    bool in_transaction;
    uint64_t next_key;
    relay_meta meta;
    relay_store port;
    uint64_t room, room_urgent;
    unsigned fail_commit, fail_op;
    unsigned long ops;
};

/* Count an operation; whether it shall fail. */
bool fake_failing(fake_log_store *s);

#define USE(u)                                                                                     \
    fake_log_store *s = (fake_log_store *)(u);                                                     \
    if (fake_failing(s)) {                                                                         \
        return BASE_E_STORE;                                                                       \
    }

fake_body *fake_body_new(base_bytes b);
void fake_body_drop(fake_body *b);
void fake_rows_clear(fake_rows *r);
bool fake_rows_copy(const fake_rows *from, fake_rows *to);
fake_row *fake_row_add(fake_log_store *s);
void fake_row_drop(fake_log_store *s, size_t i);

/* By number, by name, the lowest number >= from, the lowest name above `after`. NULL: none. */
fake_row *fake_find(fake_log_store *s, enum fake_table t, uint64_t owner, uint64_t num);
fake_row *fake_find_id(fake_log_store *s, enum fake_table t, uint64_t owner, const uint8_t id[32]);
fake_row *fake_find_from(fake_log_store *s, enum fake_table t, uint64_t owner, uint64_t from);
fake_row *fake_find_after(fake_log_store *s, enum fake_table t, const uint8_t after[32]);

base_err fake_give(const fake_row *r, void *out, size_t n);

/* Insert or replace; drop; drop an owner (the row of table t with that number) and all it owns. */
base_err fake_put_num(void *u, enum fake_table t, uint64_t owner, uint64_t num, const void *v,
                      size_t n);
base_err fake_put_id(void *u, enum fake_table t, uint64_t owner, const uint8_t id[32],
                     const void *v, size_t n);
base_err fake_drop_num(void *u, enum fake_table t, uint64_t owner, uint64_t num);
base_err fake_drop_id(void *u, enum fake_table t, uint64_t owner, const uint8_t id[32]);
base_err fake_drop_owner(void *u, enum fake_table t, uint64_t key);

/* A body that becomes visible at commit; n bytes of one that is. */
base_err fake_add_body(void *u, const fake_row *row, base_bytes stamp, base_bytes data);
base_err fake_read_body(fake_log_store *s, const fake_row *r, size_t off, uint8_t *p, size_t n);

#endif
