/* A store in memory: a sorted array, since tests hold a few hundred keys. */
#include "fake_store.h"

#include <stdlib.h>
#include <string.h>

static int compare(const fake_store_entry *e, base_bytes key)
{
    size_t n = e->key_n < key.n ? e->key_n : key.n;
    int c = n == 0 ? 0 : memcmp(e->key, key.p, n);
    return c != 0 ? c : (e->key_n > key.n) - (e->key_n < key.n);
}

/* The first entry that is not below key. */
static size_t lower_bound(const fake_store *f, base_bytes key)
{
    size_t lo = 0;
    size_t hi = f->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare(&f->v[mid], key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

fake_store_entry *fake_store_find(fake_store *f, base_bytes key)
{
    size_t i = lower_bound(f, key);
    return i < f->n && compare(&f->v[i], key) == 0 ? &f->v[i] : NULL;
}

static uint8_t *copy_of(base_bytes b)
{
    uint8_t *p = malloc(b.n + 1);
    if (p == NULL) {
        abort();
    }
    if (b.n > 0) {
        memcpy(p, b.p, b.n);
    }
    return p;
}

static void entry_clear(fake_store_entry *e)
{
    memset(e->value, 0xdd, e->value_n);
    free(e->key);
    free(e->value);
}

static void put(fake_store *f, base_bytes key, base_bytes value)
{
    fake_store_entry *old = fake_store_find(f, key);
    fake_store_entry fresh = {copy_of(key), key.n, copy_of(value), value.n};
    if (old != NULL) {
        entry_clear(old);
        *old = fresh;
        return;
    }
    if (f->n == f->cap) {
        f->cap = f->cap == 0 ? 64 : 2 * f->cap;
        f->v = realloc(f->v, f->cap * sizeof *f->v);
        if (f->v == NULL) {
            abort();
        }
    }
    size_t i = lower_bound(f, key);
    memmove(f->v + i + 1, f->v + i, (f->n - i) * sizeof *f->v);
    f->v[i] = fresh;
    f->n++;
}

static void drop(fake_store *f, base_bytes key)
{
    fake_store_entry *e = fake_store_find(f, key);
    if (e != NULL) {
        entry_clear(e);
        size_t i = (size_t)(e - f->v);
        memmove(f->v + i, f->v + i + 1, (f->n - i - 1) * sizeof *f->v);
        f->n--;
    }
}

static base_err store_get(void *user, base_bytes key, base_buf *value)
{
    fake_store *f = user;
    f->gets++;
    if (f->get_fail_at > 0 && f->gets == f->get_fail_at) {
        return BASE_E_STORE;
    }
    fake_store_entry *e = fake_store_find(f, key);
    if (e == NULL) {
        return BASE_E_NOT_FOUND;
    }
    *value = (base_buf){copy_of((base_bytes){e->value, e->value_n}), e->value_n, e->value_n + 1,
                        &base_alloc_std};
    return BASE_OK;
}

static base_err store_write(void *user, const mls_store_op *ops, size_t n)
{
    fake_store *f = user;
    f->writes++;
    if (f->write_fail_at > 0 && f->writes == f->write_fail_at) {
        return BASE_E_STORE;
    }
    for (size_t i = 0; i < n; i++) {
        f->ops++;
        if (ops[i].key.n > 128) {
            abort();
        }
        if (ops[i].remove) {
            drop(f, ops[i].key);
        } else {
            put(f, ops[i].key, ops[i].value);
        }
    }
    return BASE_OK;
}

mls_store fake_store_port(fake_store *f)
{
    return (mls_store){store_get, store_write, f};
}

void fake_store_reset(fake_store *f, size_t get_fail_at, size_t write_fail_at)
{
    f->gets = 0;
    f->writes = 0;
    f->ops = 0;
    f->get_fail_at = get_fail_at;
    f->write_fail_at = write_fail_at;
}

bool fake_store_equal(const fake_store *a, const fake_store *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        const fake_store_entry *x = &a->v[i];
        const fake_store_entry *y = &b->v[i];
        if (x->key_n != y->key_n || x->value_n != y->value_n ||
            memcmp(x->key, y->key, x->key_n) != 0 || memcmp(x->value, y->value, x->value_n) != 0) {
            return false;
        }
    }
    return true;
}

void fake_store_copy(fake_store *to, const fake_store *from)
{
    fake_store_clear(to);
    for (size_t i = 0; i < from->n; i++) {
        put(to, (base_bytes){from->v[i].key, from->v[i].key_n},
            (base_bytes){from->v[i].value, from->v[i].value_n});
    }
}

static bool holds(const uint8_t *p, size_t n, base_bytes bytes)
{
    for (size_t i = 0; bytes.n > 0 && i + bytes.n <= n; i++) {
        if (memcmp(p + i, bytes.p, bytes.n) == 0) {
            return true;
        }
    }
    return false;
}

bool fake_store_contains(const fake_store *f, base_bytes bytes)
{
    for (size_t i = 0; i < f->n; i++) {
        if (holds(f->v[i].value, f->v[i].value_n, bytes) ||
            holds(f->v[i].key, f->v[i].key_n, bytes)) {
            return true;
        }
    }
    return false;
}

void fake_store_clear(fake_store *f)
{
    for (size_t i = 0; i < f->n; i++) {
        entry_clear(&f->v[i]);
    }
    free(f->v);
    *f = (fake_store){0};
}
