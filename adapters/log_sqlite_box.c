/* Mailboxes, shelves and the directory of adapters/log_sqlite. */
#include "log_sqlite_db.h"

/* ---- mailboxes ---- */

static base_err box_read(log_sqlite *s, ls_id id, const uint8_t key[32], relay_box *out)
{
    relay_box b = {0};
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_id(q, 1, key);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    b.key = ls_n(q, 0);
    b.place = ls_n(q, 4);
    b.head = ls_n(q, 5);
    b.door_mails = ls_n32(q, 6);
    b.mails = ls_n32(q, 7);
    b.doors = ls_n32(q, 8);
    b.door_bytes = ls_n(q, 9);
    b.bytes = ls_n(q, 10);
    b.touched = ls_n32(q, 11);
    bool ok = ls_copy(q, 1, b.id, 32) && ls_copy(q, 2, b.owner, 32) && ls_copy(q, 3, b.door, 32);
    ls_end(q);
    if (!ok) {
        return BASE_E_CORRUPT;
    }
    *out = b;
    return BASE_OK;
}

static base_err box_get(void *u, const uint8_t id[32], relay_box *out)
{
    return box_read((log_sqlite *)u, LS_BOX_GET, id, out);
}

static base_err box_next(void *u, const uint8_t after[32], relay_box *out)
{
    return box_read((log_sqlite *)u, LS_BOX_NEXT, after, out);
}

static void box_bind(sqlite3_stmt *q, const relay_box *b)
{
    ls_bind_id(q, 2, b->owner);
    ls_bind_id(q, 3, b->door);
    ls_bind_n(q, 4, b->place);
    ls_bind_n(q, 5, b->head);
    ls_bind_n(q, 6, b->door_mails);
    ls_bind_n(q, 7, b->mails);
    ls_bind_n(q, 8, b->doors);
    ls_bind_n(q, 9, b->door_bytes);
    ls_bind_n(q, 10, b->bytes);
    ls_bind_n(q, 11, b->touched);
}

static base_err box_new(void *u, relay_box *b)
{
    log_sqlite *s = (log_sqlite *)u;
    relay_box there;
    base_err err = box_get(u, b->id, &there);
    if (err != BASE_E_NOT_FOUND) {
        return err == BASE_OK ? BASE_E_EXISTS : err;
    }
    sqlite3_stmt *q = ls_use(s, LS_BOX_NEW);
    box_bind(q, b);
    ls_bind_id(q, 12, b->id);
    err = ls_done(s, q);
    if (err == BASE_OK) {
        b->key = (uint64_t)sqlite3_last_insert_rowid(s->db);
    }
    return err;
}

static base_err box_put(void *u, const relay_box *b)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_BOX_PUT);
    ls_bind_n(q, 1, b->key);
    box_bind(q, b);
    return ls_done(s, q);
}

static base_err box_drop(void *u, uint64_t box)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = ls_by_key(s, LS_BOX_DROP, box);
    if (err == BASE_OK) {
        err = ls_by_key(s, LS_DOOR_CLEAR, box);
    }
    if (err == BASE_OK) {
        err = ls_by_key(s, LS_MAIL_CLEAR, box);
    }
    ls_pending_forget(s, box);
    return err;
}

static base_err door_get(void *u, uint64_t box, uint32_t number, relay_door *out)
{
    log_sqlite *s = (log_sqlite *)u;
    relay_door d = {0};
    sqlite3_stmt *q = ls_use(s, LS_DOOR_GET);
    ls_bind_n(q, 1, box);
    ls_bind_n(q, 2, number);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    d.number = ls_n32(q, 0);
    d.mails = ls_n32(q, 2);
    d.bytes = ls_n(q, 3);
    bool ok = ls_copy(q, 1, d.gate, 32);
    ls_end(q);
    if (!ok) {
        return BASE_E_CORRUPT;
    }
    *out = d;
    return BASE_OK;
}

static base_err door_put(void *u, uint64_t box, const relay_door *d)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_DOOR_PUT);
    ls_bind_n(q, 1, box);
    ls_bind_n(q, 2, d->number);
    ls_bind_id(q, 3, d->gate);
    ls_bind_n(q, 4, d->mails);
    ls_bind_n(q, 5, d->bytes);
    return ls_done(s, q);
}

/* DELETE of the row that two numbers name. */
static base_err drop_two(log_sqlite *s, ls_id id, uint64_t a, uint64_t b)
{
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_n(q, 1, a);
    ls_bind_n(q, 2, b);
    return ls_done(s, q);
}

static base_err door_drop(void *u, uint64_t box, uint32_t number)
{
    return drop_two((log_sqlite *)u, LS_DOOR_DROP, box, number);
}

static base_err mail_add(void *u, uint64_t box, const relay_mail *m, base_bytes data)
{
    ls_pending p = {
        .table = LS_MAIL, .owner = box, .seq = m->seq, .day = m->day, .extra = m->number};
    return ls_pend((log_sqlite *)u, &p, BASE_BYTES_NONE, data);
}

static base_err mail_next(void *u, uint64_t box, uint64_t from, relay_mail *out)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_MAIL_NEXT);
    ls_bind_n(q, 1, box);
    ls_bind_n(q, 2, from);
    base_err err = ls_row(s, q);
    if (err == BASE_OK) {
        *out = (relay_mail){ls_n(q, 0), ls_n32(q, 1), ls_n32(q, 2), ls_n32(q, 3)};
        ls_end(q);
    }
    return err;
}

static base_err mail_read(void *u, uint64_t box, uint64_t seq, uint8_t *p, size_t n)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_MAIL_READ);
    ls_bind_n(q, 1, box);
    ls_bind_n(q, 2, seq);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    err = ls_copy(q, 0, p, n) ? BASE_OK : BASE_E_ARGUMENT;
    ls_end(q);
    return err;
}

static base_err mail_drop(void *u, uint64_t box, uint64_t seq)
{
    return drop_two((log_sqlite *)u, LS_MAIL_DROP, box, seq);
}

/* ---- shelves ---- */

static base_err shelf_read(log_sqlite *s, ls_id id, const uint8_t key[32], relay_shelf *out)
{
    relay_shelf h = {0};
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_id(q, 1, key);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    h.key = ls_n(q, 0);
    h.batch = ls_n(q, 4);
    h.next = ls_n(q, 5);
    h.packages = ls_n32(q, 6);
    h.size = (uint16_t)(ls_n(q, 7) & 0xffff);
    h.last = ls_n(q, 8) != 0;
    h.touched = ls_n32(q, 9);
    bool ok = ls_copy(q, 1, h.id, 32) && ls_copy(q, 2, h.owner, 32) && ls_copy(q, 3, h.take, 32);
    ls_end(q);
    if (!ok) {
        return BASE_E_CORRUPT;
    }
    *out = h;
    return BASE_OK;
}

static base_err shelf_get(void *u, const uint8_t id[32], relay_shelf *out)
{
    return shelf_read((log_sqlite *)u, LS_SHELF_GET, id, out);
}

static base_err shelf_next(void *u, const uint8_t after[32], relay_shelf *out)
{
    return shelf_read((log_sqlite *)u, LS_SHELF_NEXT, after, out);
}

static void shelf_bind(sqlite3_stmt *q, const relay_shelf *h)
{
    ls_bind_id(q, 2, h->owner);
    ls_bind_id(q, 3, h->take);
    ls_bind_n(q, 4, h->batch);
    ls_bind_n(q, 5, h->next);
    ls_bind_n(q, 6, h->packages);
    ls_bind_n(q, 7, h->size);
    ls_bind_n(q, 8, h->last ? 1 : 0);
    ls_bind_n(q, 9, h->touched);
}

static base_err shelf_new(void *u, relay_shelf *h)
{
    log_sqlite *s = (log_sqlite *)u;
    relay_shelf there;
    base_err err = shelf_get(u, h->id, &there);
    if (err != BASE_E_NOT_FOUND) {
        return err == BASE_OK ? BASE_E_EXISTS : err;
    }
    sqlite3_stmt *q = ls_use(s, LS_SHELF_NEW);
    shelf_bind(q, h);
    ls_bind_id(q, 10, h->id);
    err = ls_done(s, q);
    if (err == BASE_OK) {
        h->key = (uint64_t)sqlite3_last_insert_rowid(s->db);
    }
    return err;
}

static base_err shelf_put(void *u, const relay_shelf *h)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_SHELF_PUT);
    ls_bind_n(q, 1, h->key);
    shelf_bind(q, h);
    return ls_done(s, q);
}

static base_err shelf_drop(void *u, uint64_t shelf)
{
    log_sqlite *s = (log_sqlite *)u;
    base_err err = ls_by_key(s, LS_SHELF_DROP, shelf);
    return err == BASE_OK ? ls_by_key(s, LS_PACKAGE_CLEAR, shelf) : err;
}

static base_err package_put(void *u, uint64_t shelf, uint64_t number, base_bytes data)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_PACKAGE_PUT);
    ls_bind_n(q, 1, shelf);
    ls_bind_n(q, 2, number);
    ls_bind_bytes(q, 3, data);
    return ls_done(s, q);
}

static base_err package_read(log_sqlite *s, sqlite3_stmt *q, uint64_t *number, base_buf *data)
{
    base_err err = ls_row(s, q);
    if (err == BASE_OK) {
        *number = ls_n(q, 0);
        err = base_buf_set(data, ls_bytes(q, 1));
        ls_end(q);
    }
    return err;
}

static base_err package_get(void *u, uint64_t shelf, uint64_t number, base_buf *data)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_PACKAGE_GET);
    ls_bind_n(q, 1, shelf);
    ls_bind_n(q, 2, number);
    return package_read(s, q, &number, data);
}

static base_err package_first(void *u, uint64_t shelf, uint64_t *number, base_buf *data)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_PACKAGE_FIRST);
    ls_bind_n(q, 1, shelf);
    return package_read(s, q, number, data);
}

static base_err package_drop(void *u, uint64_t shelf, uint64_t number)
{
    return drop_two((log_sqlite *)u, LS_PACKAGE_DROP, shelf, number);
}

/* ---- directory ---- */

static base_err dir_read(log_sqlite *s, ls_id id, const uint8_t key[32], relay_record *out)
{
    sqlite3_stmt *q = ls_use(s, id);
    ls_bind_id(q, 1, key);
    base_err err = ls_row(s, q);
    if (err != BASE_OK) {
        return err;
    }
    bool ok = ls_copy(q, 0, out->key, 32) && ls_copy(q, 1, out->gate, 32) &&
              ls_copy(q, 2, out->data, sizeof out->data);
    out->touched = ls_n32(q, 3);
    ls_end(q);
    return ok ? BASE_OK : BASE_E_CORRUPT;
}

static base_err dir_get(void *u, const uint8_t key[32], relay_record *out)
{
    return dir_read((log_sqlite *)u, LS_DIR_GET, key, out);
}

static base_err dir_next(void *u, const uint8_t after[32], relay_record *out)
{
    return dir_read((log_sqlite *)u, LS_DIR_NEXT, after, out);
}

static base_err dir_put(void *u, const relay_record *rec)
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_DIR_PUT);
    ls_bind_id(q, 1, rec->key);
    ls_bind_id(q, 2, rec->gate);
    ls_bind_bytes(q, 3, base_bytes_of(rec->data, sizeof rec->data));
    ls_bind_n(q, 4, rec->touched);
    return ls_done(s, q);
}

static base_err dir_drop(void *u, const uint8_t key[32])
{
    log_sqlite *s = (log_sqlite *)u;
    sqlite3_stmt *q = ls_use(s, LS_DIR_DROP);
    ls_bind_id(q, 1, key);
    return ls_done(s, q);
}

void ls_ops_box(relay_store_ops *ops)
{
    ops->box_get = box_get;
    ops->box_new = box_new;
    ops->box_put = box_put;
    ops->box_drop = box_drop;
    ops->box_next = box_next;
    ops->door_get = door_get;
    ops->door_put = door_put;
    ops->door_drop = door_drop;
    ops->mail_add = mail_add;
    ops->mail_next = mail_next;
    ops->mail_read = mail_read;
    ops->mail_drop = mail_drop;
    ops->shelf_get = shelf_get;
    ops->shelf_new = shelf_new;
    ops->shelf_put = shelf_put;
    ops->shelf_drop = shelf_drop;
    ops->shelf_next = shelf_next;
    ops->package_put = package_put;
    ops->package_get = package_get;
    ops->package_first = package_first;
    ops->package_drop = package_drop;
    ops->dir_get = dir_get;
    ops->dir_put = dir_put;
    ops->dir_drop = dir_drop;
    ops->dir_next = dir_next;
}
