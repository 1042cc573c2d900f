/* The rows of the fake log store: one list, searched from the start. */
#include "fake_log_rows.h"

#include <stdlib.h>

fake_body *fake_body_new(base_bytes b)
{
    fake_body *out = (fake_body *)malloc(sizeof *out + b.n + 1);
    if (out != NULL) {
        out->refs = 1;
        out->n = b.n;
        if (b.n > 0) {
            memcpy(out->b, b.p, b.n);
        }
    }
    return out;
}

void fake_body_drop(fake_body *b)
{
    if (b != NULL && --b->refs == 0) {
        free(b);
    }
}

void fake_rows_clear(fake_rows *r)
{
    for (size_t i = 0; i < r->n; i++) {
        fake_body_drop(r->p[i].data);
        fake_body_drop(r->p[i].stamp);
    }
    free(r->p);
    *r = (fake_rows){0};
}

bool fake_rows_copy(const fake_rows *from, fake_rows *to)
{
    *to = (fake_rows){.p = (fake_row *)malloc((from->n + 1) * sizeof(fake_row)),
                      .n = from->n,
                      .cap = from->n + 1};
    if (to->p == NULL) {
        *to = (fake_rows){0};
        return false;
    }
    for (size_t i = 0; i < from->n; i++) {
        to->p[i] = from->p[i];
        if (to->p[i].data != NULL) {
            to->p[i].data->refs++;
        }
        if (to->p[i].stamp != NULL) {
            to->p[i].stamp->refs++;
        }
    }
    return true;
}

fake_row *fake_row_add(fake_log_store *s)
{
    fake_rows *r = &s->now;
    if (r->n == r->cap) {
        size_t cap = r->cap * 2 + 16;
        fake_row *p = (fake_row *)realloc(r->p, cap * sizeof *p);
        if (p == NULL) {
            return NULL;
        }
        r->p = p;
        r->cap = cap;
    }
    r->p[r->n] = (fake_row){0};
    return &r->p[r->n++];
}

void fake_row_drop(fake_log_store *s, size_t i)
{
    fake_body_drop(s->now.p[i].data);
    fake_body_drop(s->now.p[i].stamp);
    s->now.p[i] = s->now.p[--s->now.n];
}

fake_row *fake_find(fake_log_store *s, enum fake_table t, uint64_t owner, uint64_t num)
{
    for (size_t i = 0; i < s->now.n; i++) {
        fake_row *r = &s->now.p[i];
        if (r->table == t && r->owner == owner && r->num == num && !r->hidden) {
            return r;
        }
    }
    return NULL;
}

fake_row *fake_find_id(fake_log_store *s, enum fake_table t, uint64_t owner, const uint8_t id[32])
{
    for (size_t i = 0; i < s->now.n; i++) {
        fake_row *r = &s->now.p[i];
        if (r->table == t && r->owner == owner && memcmp(r->id, id, 32) == 0) {
            return r;
        }
    }
    return NULL;
}

/* The visible row with the lowest number >= from. */
fake_row *fake_find_from(fake_log_store *s, enum fake_table t, uint64_t owner, uint64_t from)
{
    fake_row *best = NULL;
    for (size_t i = 0; i < s->now.n; i++) {
        fake_row *r = &s->now.p[i];
        if (r->table == t && r->owner == owner && r->num >= from && !r->hidden &&
            (best == NULL || r->num < best->num)) {
            best = r;
        }
    }
    return best;
}

/* The row with the lowest id above `after`. */
fake_row *fake_find_after(fake_log_store *s, enum fake_table t, const uint8_t after[32])
{
    fake_row *best = NULL;
    for (size_t i = 0; i < s->now.n; i++) {
        fake_row *r = &s->now.p[i];
        if (r->table == t && memcmp(r->id, after, 32) > 0 &&
            (best == NULL || memcmp(r->id, best->id, 32) < 0)) {
            best = r;
        }
    }
    return best;
}

bool fake_failing(fake_log_store *s)
{
    s->ops++;
    return s->fail_op > 0 && --s->fail_op == 0;
}

base_err fake_give(const fake_row *r, void *out, size_t n)
{
    if (r == NULL) {
        return BASE_E_NOT_FOUND;
    }
    memcpy(out, r->value, n);
    return BASE_OK;
}

/* Insert or replace by number. */
base_err fake_put_num(void *u, enum fake_table t, uint64_t owner, uint64_t num, const void *v,
                      size_t n)
{
    USE(u)
    fake_row *r = fake_find(s, t, owner, num);
    if (r == NULL) {
        r = fake_row_add(s);
    }
    if (r == NULL) {
        return BASE_E_NOMEM;
    }
    r->table = t;
    r->owner = owner;
    r->num = num;
    memcpy(r->value, v, n);
    return BASE_OK;
}

base_err fake_put_id(void *u, enum fake_table t, uint64_t owner, const uint8_t id[32],
                     const void *v, size_t n)
{
    USE(u)
    fake_row *r = fake_find_id(s, t, owner, id);
    if (r == NULL) {
        r = fake_row_add(s);
    }
    if (r == NULL) {
        return BASE_E_NOMEM;
    }
    r->table = t;
    r->owner = owner;
    memcpy(r->id, id, 32);
    memcpy(r->value, v, n);
    return BASE_OK;
}

base_err fake_drop_num(void *u, enum fake_table t, uint64_t owner, uint64_t num)
{
    USE(u)
    fake_row *r = fake_find(s, t, owner, num);
    if (r != NULL) {
        fake_row_drop(s, (size_t)(r - s->now.p));
    }
    return BASE_OK;
}

base_err fake_drop_id(void *u, enum fake_table t, uint64_t owner, const uint8_t id[32])
{
    USE(u)
    fake_row *r = fake_find_id(s, t, owner, id);
    if (r != NULL) {
        fake_row_drop(s, (size_t)(r - s->now.p));
    }
    return BASE_OK;
}

/* All rows of an owner, and the owner, which is the row of table t with that number. */
base_err fake_drop_owner(void *u, enum fake_table t, uint64_t key)
{
    USE(u)
    size_t i = 0;
    while (i < s->now.n) {
        const fake_row *r = &s->now.p[i];
        if (r->owner == key || (r->table == t && r->num == key)) {
            fake_row_drop(s, i);
        } else {
            i++;
        }
    }
    return BASE_OK;
}

base_err fake_add_body(void *u, const fake_row *row, base_bytes stamp, base_bytes data)
{
    USE(u)
    if (!s->in_transaction) {
        return BASE_E_STATE;
    }
    fake_row *r = fake_row_add(s);
    if (r == NULL) {
        return BASE_E_NOMEM;
    }
    *r = *row;
    r->hidden = true;
    r->data = fake_body_new(data);
    r->stamp = fake_body_new(stamp);
    return r->data == NULL || r->stamp == NULL ? BASE_E_NOMEM : BASE_OK;
}

base_err fake_read_body(fake_log_store *s, const fake_row *r, size_t off, uint8_t *p, size_t n)
{
    (void)s;
    if (r == NULL || r->data == NULL) {
        return BASE_E_NOT_FOUND;
    }
    if (off > r->data->n || n > r->data->n - off) {
        return BASE_E_ARGUMENT;
    }
    memcpy(p, r->data->b + off, n);
    return BASE_OK;
}
