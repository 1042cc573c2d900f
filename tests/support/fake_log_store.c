/* The log store port in memory, on the rows of fake_log_rows.h. */
#include "fake_log_store.h"

#include <stdlib.h>

#include "fake_log_rows.h"

/* ---- transactions ---- */

static base_err begin(void *u)
{
    USE(u)
    if (s->in_transaction || !fake_rows_copy(&s->now, &s->before)) {
        return BASE_E_STORE;
    }
    s->in_transaction = true;
    return BASE_OK;
}

static void rollback(void *u)
{
    fake_log_store *s = (fake_log_store *)u;
    if (s->in_transaction) {
        fake_rows_clear(&s->now);
        s->now = s->before;
        s->before = (fake_rows){0};
        s->in_transaction = false;
    }
}

static base_err commit(void *u)
{
    fake_log_store *s = (fake_log_store *)u;
    bool fails = fake_failing(s) || (s->fail_commit > 0 && --s->fail_commit == 0);
    if (!s->in_transaction) {
        return BASE_E_STATE;
    }
    if (fails) {
        rollback(s);
        return BASE_E_STORE;
    }
    for (size_t i = 0; i < s->now.n; i++) {
        s->now.p[i].hidden = false;
    }
    fake_rows_clear(&s->before);
    s->in_transaction = false;
    return BASE_OK;
}

static bool room(void *u, uint64_t n, bool urgent)
{
    const fake_log_store *s = (const fake_log_store *)u;
    return n <= (urgent ? s->room_urgent : s->room);
}

static base_err meta(void *u, relay_meta *out)
{
    USE(u)
    *out = s->meta;
    return BASE_OK;
}

static base_err scrub(void *u, bool deep, bool *more)
{
    USE(u)
    (void)deep;
    *more = false;
    return s->in_transaction ? BASE_E_STATE : BASE_OK;
}

/* One table, bodies only: enough to see that a walk reaches everything. */
static base_err walk(void *u, const relay_walk *to)
{
    USE(u)
    static const char *const columns[] = {"data"};
    base_err err = to->table(to->user, "body", columns, 1);
    for (size_t i = 0; i < s->now.n && err == BASE_OK; i++) {
        const fake_body *b = s->now.p[i].data;
        if (b != NULL) {
            relay_cell cell = {.kind = RELAY_CELL_BYTES, .bytes = {b->b, b->n}};
            err = to->row(to->user, &cell, 1);
        }
    }
    return err;
}

/* ---- logs ---- */

#define GET_ID(name, t, type)                                                                      \
    static base_err name(void *u, const uint8_t id[32], type *out)                                 \
    {                                                                                              \
        USE(u)                                                                                     \
        return fake_give(fake_find_id(s, t, 0, id), out, sizeof *out);                             \
    }
#define NEXT_ID(name, t, type)                                                                     \
    static base_err name(void *u, const uint8_t after[32], type *out)                              \
    {                                                                                              \
        USE(u)                                                                                     \
        return fake_give(fake_find_after(s, t, after), out, sizeof *out);                          \
    }
#define NEW_ID(name, t, type)                                                                      \
    static base_err name(void *u, type *v)                                                         \
    {                                                                                              \
        fake_log_store *f = (fake_log_store *)u;                                                   \
        if (fake_find_id(f, t, 0, v->id) != NULL) {                                                \
            return BASE_E_EXISTS;                                                                  \
        }                                                                                          \
        v->key = f->next_key++;                                                                    \
        base_err err = fake_put_id(u, t, 0, v->id, v, sizeof *v);                                  \
        if (err == BASE_OK) {                                                                      \
            fake_find_id(f, t, 0, v->id)->num = v->key;                                            \
        }                                                                                          \
        return err;                                                                                \
    }
#define PUT_ID(name, t, type)                                                                      \
    static base_err name(void *u, const type *v)                                                   \
    {                                                                                              \
        return fake_put_id(u, t, 0, v->id, v, sizeof *v);                                          \
    }
#define DROP_OWNER(name, t)                                                                        \
    static base_err name(void *u, uint64_t key)                                                    \
    {                                                                                              \
        return fake_drop_owner(u, t, key);                                                         \
    }
#define ROOT(prefix, t, type)                                                                      \
    GET_ID(prefix##_get, t, type)                                                                  \
    NEXT_ID(prefix##_next, t, type)                                                                \
    NEW_ID(prefix##_new, t, type)                                                                  \
    PUT_ID(prefix##_put, t, type)                                                                  \
    DROP_OWNER(prefix##_drop, t)

ROOT(log, LOG, relay_log)
ROOT(box, BOX, relay_box)
ROOT(shelf, SHELF, relay_shelf)
GET_ID(dir_get, RECORD, relay_record)
NEXT_ID(dir_next, RECORD, relay_record)

static base_err epoch_get(void *u, uint64_t log, uint64_t epoch, relay_epoch *out)
{
    USE(u)
    return fake_give(fake_find(s, EPOCH, log, epoch), out, sizeof *out);
}

static base_err epoch_put(void *u, uint64_t log, const relay_epoch *e)
{
    return fake_put_num(u, EPOCH, log, e->epoch, e, sizeof *e);
}

static base_err epoch_drop(void *u, uint64_t log, uint64_t epoch)
{
    return fake_drop_num(u, EPOCH, log, epoch);
}

static base_err epoch_next(void *u, uint64_t log, uint64_t from, relay_epoch *out)
{
    USE(u)
    return fake_give(fake_find_from(s, EPOCH, log, from), out, sizeof *out);
}

static base_err cursor_get(void *u, uint64_t log, const uint8_t handle[32], relay_cursor *out)
{
    USE(u)
    return fake_give(fake_find_id(s, CURSOR, log, handle), out, sizeof *out);
}

static base_err cursor_put(void *u, uint64_t log, const relay_cursor *c)
{
    return fake_put_id(u, CURSOR, log, c->handle, c, sizeof *c);
}

static base_err cursor_drop(void *u, uint64_t log, const uint8_t handle[32])
{
    return fake_drop_id(u, CURSOR, log, handle);
}

/* Order of (place, handle). */
static int cursor_cmp(const relay_cursor *a, uint64_t place, const uint8_t *handle)
{
    if (a->place != place) {
        return a->place < place ? -1 : 1;
    }
    return handle == NULL ? 1 : memcmp(a->handle, handle, 32);
}

static base_err cursor_next(void *u, uint64_t log, bool closed, uint64_t place,
                            const uint8_t *handle, relay_cursor *out)
{
    USE(u)
    bool found = false;
    relay_cursor best = {0};
    for (size_t i = 0; i < s->now.n; i++) {
        const fake_row *r = &s->now.p[i];
        relay_cursor c;
        if (r->table != CURSOR || r->owner != log) {
            continue;
        }
        memcpy(&c, r->value, sizeof c);
        if ((c.until > 0) == closed && cursor_cmp(&c, place, handle) > 0 &&
            (!found || cursor_cmp(&best, c.place, c.handle) > 0)) {
            best = c;
            found = true;
        }
    }
    if (!found) {
        return BASE_E_NOT_FOUND;
    }
    *out = best;
    return BASE_OK;
}

/* ---- bodies ---- */

static base_err entry_add(void *u, uint64_t log, const relay_entry *e, base_bytes data)
{
    relay_entry copy = *e;
    copy.size = (uint32_t)data.n;
    fake_row r = {.table = ENTRY, .owner = log, .num = e->seq};
    memcpy(r.value, &copy, sizeof copy);
    return fake_add_body(u, &r, e->stamp, data);
}

static base_err entry_next(void *u, uint64_t log, uint64_t from, relay_entry *out, base_buf *stamp)
{
    USE(u)
    const fake_row *r = fake_find_from(s, ENTRY, log, from);
    base_err err = fake_give(r, out, sizeof *out);
    if (err == BASE_OK) {
        err = base_buf_set(stamp, base_bytes_of(r->stamp->b, r->stamp->n));
        out->stamp = base_buf_bytes(stamp);
    }
    return err;
}

static base_err entry_read(void *u, uint64_t log, uint64_t seq, size_t off, uint8_t *p, size_t n)
{
    USE(u)
    return fake_read_body(s, fake_find(s, ENTRY, log, seq), off, p, n);
}

static base_err entry_drop(void *u, uint64_t log, uint64_t lo, uint64_t hi, uint32_t before,
                           uint64_t *n, uint64_t *bytes)
{
    USE(u)
    size_t i = 0;
    *n = 0;
    *bytes = 0;
    while (i < s->now.n) {
        const fake_row *r = &s->now.p[i];
        relay_entry e;
        memcpy(&e, r->value, sizeof e);
        if (r->table == ENTRY && r->owner == log && !r->hidden && e.seq >= lo && e.seq <= hi &&
            e.day < before) {
            *n += 1;
            *bytes += e.size;
            fake_row_drop(s, i);
        } else {
            i++;
        }
    }
    return BASE_OK;
}

/* Its counters are visible at once, its bytes after commit. */
static fake_row *side_row(fake_log_store *s, uint64_t log, uint64_t epoch)
{
    for (size_t i = 0; i < s->now.n; i++) {
        fake_row *r = &s->now.p[i];
        if (r->table == SIDE && r->owner == log && r->num == epoch) {
            return r;
        }
    }
    return NULL;
}

static base_err side_get(void *u, uint64_t log, uint64_t epoch, relay_side *out)
{
    USE(u)
    return fake_give(side_row(s, log, epoch), out, sizeof *out);
}

static base_err side_add(void *u, uint64_t log, const relay_side *side, base_bytes data)
{
    fake_row r = {.table = SIDE, .owner = log, .num = side->epoch};
    memcpy(r.value, side, sizeof *side);
    return fake_add_body(u, &r, BASE_BYTES_NONE, data);
}

static base_err side_put(void *u, uint64_t log, const relay_side *side)
{
    USE(u)
    fake_row *r = side_row(s, log, side->epoch);
    if (r == NULL) {
        return BASE_E_STORE;
    }
    memcpy(r->value, side, sizeof *side);
    return BASE_OK;
}

static base_err side_read(void *u, uint64_t log, uint64_t epoch, size_t off, uint8_t *p, size_t n)
{
    USE(u)
    return fake_read_body(s, fake_find(s, SIDE, log, epoch), off, p, n);
}

static base_err side_drop(void *u, uint64_t log, uint64_t epoch)
{
    USE(u)
    const fake_row *r = side_row(s, log, epoch);
    if (r != NULL) {
        fake_row_drop(s, (size_t)(r - s->now.p));
    }
    return BASE_OK;
}

static base_err side_next(void *u, uint64_t log, uint64_t from, relay_side *out)
{
    USE(u)
    return fake_give(fake_find_from(s, SIDE, log, from), out, sizeof *out);
}

/* ---- doors, mails, packages, records ---- */

static base_err door_get(void *u, uint64_t box, uint32_t number, relay_door *out)
{
    USE(u)
    return fake_give(fake_find(s, DOOR, box, number), out, sizeof *out);
}

static base_err door_put(void *u, uint64_t box, const relay_door *d)
{
    return fake_put_num(u, DOOR, box, d->number, d, sizeof *d);
}

static base_err door_drop(void *u, uint64_t box, uint32_t number)
{
    return fake_drop_num(u, DOOR, box, number);
}

static base_err mail_add(void *u, uint64_t box, const relay_mail *m, base_bytes data)
{
    relay_mail copy = *m;
    copy.size = (uint32_t)data.n;
    fake_row r = {.table = MAIL, .owner = box, .num = m->seq};
    memcpy(r.value, &copy, sizeof copy);
    return fake_add_body(u, &r, BASE_BYTES_NONE, data);
}

static base_err mail_next(void *u, uint64_t box, uint64_t from, relay_mail *out)
{
    USE(u)
    return fake_give(fake_find_from(s, MAIL, box, from), out, sizeof *out);
}

static base_err mail_read(void *u, uint64_t box, uint64_t seq, uint8_t *p, size_t n)
{
    USE(u)
    const fake_row *r = fake_find(s, MAIL, box, seq);
    if (r != NULL && r->data->n != n) {
        return BASE_E_ARGUMENT;
    }
    return fake_read_body(s, r, 0, p, n);
}

static base_err mail_drop(void *u, uint64_t box, uint64_t seq)
{
    return fake_drop_num(u, MAIL, box, seq);
}

static base_err package_put(void *u, uint64_t shelf, uint64_t number, base_bytes data)
{
    base_err err = fake_put_num(u, PACKAGE, shelf, number, &number, sizeof number);
    if (err == BASE_OK) {
        fake_row *r = fake_find((fake_log_store *)u, PACKAGE, shelf, number);
        fake_body_drop(r->data);
        r->data = fake_body_new(data);
    }
    return err;
}

static base_err package_give(const fake_row *r, uint64_t *number, base_buf *data)
{
    if (r == NULL) {
        return BASE_E_NOT_FOUND;
    }
    *number = r->num;
    return base_buf_set(data, base_bytes_of(r->data->b, r->data->n));
}

static base_err package_get(void *u, uint64_t shelf, uint64_t number, base_buf *data)
{
    USE(u)
    return package_give(fake_find(s, PACKAGE, shelf, number), &number, data);
}

static base_err package_first(void *u, uint64_t shelf, uint64_t *number, base_buf *data)
{
    USE(u)
    return package_give(fake_find_from(s, PACKAGE, shelf, 1), number, data);
}

static base_err package_drop(void *u, uint64_t shelf, uint64_t number)
{
    return fake_drop_num(u, PACKAGE, shelf, number);
}

static base_err dir_put(void *u, const relay_record *rec)
{
    return fake_put_id(u, RECORD, 0, rec->key, rec, sizeof *rec);
}

static base_err dir_drop(void *u, const uint8_t key[32])
{
    return fake_drop_id(u, RECORD, 0, key);
}

/* ---- the store ---- */

static const relay_store_ops all_ops = {
    begin,         commit,       rollback,   room,       meta,        scrub,       walk,
    log_get,       log_new,      log_put,    log_drop,   log_next,    epoch_get,   epoch_put,
    epoch_drop,    epoch_next,   cursor_get, cursor_put, cursor_drop, cursor_next, entry_add,
    entry_next,    entry_read,   entry_drop, side_get,   side_add,    side_put,    side_read,
    side_drop,     side_next,    box_get,    box_new,    box_put,     box_drop,    box_next,
    door_get,      door_put,     door_drop,  mail_add,   mail_next,   mail_read,   mail_drop,
    shelf_get,     shelf_new,    shelf_put,  shelf_drop, shelf_next,  package_put, package_get,
    package_first, package_drop, dir_get,    dir_put,    dir_drop,    dir_next,
};

fake_log_store *fake_log_store_new(uint8_t seed)
{
    fake_log_store *s = (fake_log_store *)calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->next_key = 1000;
    s->room = s->room_urgent = UINT64_MAX;
    memset(&s->meta, seed, sizeof s->meta);
    s->port = (relay_store){&all_ops, s};
    return s;
}

void fake_log_store_free(fake_log_store *s)
{
    if (s != NULL) {
        fake_rows_clear(&s->now);
        fake_rows_clear(&s->before);
        free(s);
    }
}

const relay_store *fake_log_store_port(const fake_log_store *s)
{
    return &s->port;
}

void fake_log_store_fail_commit(fake_log_store *s, unsigned nth)
{
    s->fail_commit = nth;
}

void fake_log_store_fail_op(fake_log_store *s, unsigned nth)
{
    s->fail_op = nth;
}

void fake_log_store_room(fake_log_store *s, uint64_t n, uint64_t urgent)
{
    s->room = n;
    s->room_urgent = urgent;
}

static uint64_t sum_add(uint64_t sum, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum = (sum ^ ((const uint8_t *)p)[i]) * 0x100000001b3u;
    }
    return sum;
}

/* The bytes of a value that mean something: from one field to another, without what pads the
 * struct, which nobody wrote, and without the pointer of a stamp, whose bytes are summed instead.
 */
#define SPAN(table, type, first, last)                                                             \
    {                                                                                              \
        table, offsetof(type, first), offsetof(type, last) + sizeof(((const type *)NULL)->last)    \
    }

static const struct {
    enum fake_table table;
    size_t from, to;
} spans[] = {
    SPAN(LOG, relay_log, key, touched),         SPAN(EPOCH, relay_epoch, epoch, end_hash),
    SPAN(CURSOR, relay_cursor, handle, guest),  SPAN(CURSOR, relay_cursor, day, day),
    SPAN(ENTRY, relay_entry, seq, before),      SPAN(ENTRY, relay_entry, size, size),
    SPAN(SIDE, relay_side, epoch, size),        SPAN(BOX, relay_box, key, doors),
    SPAN(BOX, relay_box, door_bytes, touched),  SPAN(DOOR, relay_door, number, bytes),
    SPAN(MAIL, relay_mail, seq, size),          SPAN(SHELF, relay_shelf, key, last),
    SPAN(SHELF, relay_shelf, touched, touched), SPAN(RECORD, relay_record, key, touched),
};

static uint64_t sum_value(uint64_t sum, const fake_row *r)
{
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        if (spans[i].table == r->table) {
            sum = sum_add(sum, r->value + spans[i].from, spans[i].to - spans[i].from);
        }
    }
    return sum;
}

uint64_t fake_log_store_sum(const fake_log_store *s)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s->now.n; i++) {
        const fake_row *r = &s->now.p[i];
        const uint64_t head[] = {r->table, r->owner, r->num, r->hidden ? 1 : 0};
        sum = sum_add(sum, head, sizeof head);
        sum = sum_add(sum, r->id, sizeof r->id);
        sum = sum_value(sum, r);
        for (size_t k = 0; k < 2; k++) {
            const fake_body *b = k == 0 ? r->data : r->stamp;
            sum = b != NULL ? sum_add(sum, b->b, b->n) : sum;
        }
    }
    return sum;
}

unsigned long fake_log_store_ops(const fake_log_store *s)
{
    return s->ops;
}
