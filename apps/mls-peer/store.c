/* A sorted array and an undo log. Entries move between the two whole, so that undoing needs no
 * memory: what a change replaces goes into the log, and comes back from it. */
#include "store.h"

#include <stdlib.h>

#include "base/bytes.h"

/* The first entry that is not below the key. */
static size_t lower_bound(const peer_store *s, base_bytes key)
{
    size_t lo = 0;
    size_t hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (base_bytes_cmp(base_buf_bytes(&s->v[mid].key), key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static bool is_at(const peer_store *s, size_t i, base_bytes key)
{
    return i < s->n && base_bytes_eq(base_buf_bytes(&s->v[i].key), key);
}

/* Room for one more element in an array. */
static bool grow(void **p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return true;
    }
    size_t more = *cap == 0 ? 64 : 2 * *cap;
    void *bigger = realloc(*p, more * size);
    if (bigger == NULL) {
        return false;
    }
    *p = bigger;
    *cap = more;
    return true;
}

static bool make_room(peer_store *s)
{
    void *v = s->v;
    void *undo = s->undo;
    bool good = grow(&v, &s->cap, s->n, sizeof *s->v);
    s->v = (peer_entry *)v;
    good = good && grow(&undo, &s->cap_undo, s->n_undo, sizeof *s->undo);
    s->undo = (peer_undo *)undo;
    return good;
}

static void insert(peer_store *s, size_t i, peer_entry e)
{
    memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof *s->v);
    s->v[i] = e;
    s->n++;
}

static void take_out(peer_store *s, size_t i)
{
    memmove(s->v + i, s->v + i + 1, (s->n - i - 1) * sizeof *s->v);
    s->n--;
}

static base_err put(peer_store *s, base_bytes key, base_bytes value)
{
    base_err err = BASE_OK;
    peer_entry e = {0};
    peer_undo u = {0};
    size_t i = lower_bound(s, key);
    REQUIRE(make_room(s), BASE_E_NOMEM);
    TRY(base_buf_set(&e.key, key));
    TRY(base_buf_set(&e.value, value));
    TRY(base_buf_set(&u.key, key));
    u.had = is_at(s, i, key);
    if (u.had) {
        u.value = base_buf_take(&s->v[i].value);
        s->v[i].value = base_buf_take(&e.value);
    } else {
        insert(s, i, e);
        e = (peer_entry){0};
    }
    s->undo[s->n_undo++] = u;
    u = (peer_undo){0};
done:
    base_buf_clear(&e.key);
    base_buf_clear(&e.value);
    base_buf_clear(&u.key);
    return err;
}

static base_err drop(peer_store *s, base_bytes key)
{
    size_t i = lower_bound(s, key);
    if (!is_at(s, i, key)) {
        return BASE_OK;
    }
    if (!make_room(s)) {
        return BASE_E_NOMEM;
    }
    s->undo[s->n_undo++] = (peer_undo){s->v[i].key, s->v[i].value, true};
    take_out(s, i);
    return BASE_OK;
}

/* Undo the newest change. */
static void undo_one(peer_store *s)
{
    peer_undo *u = &s->undo[--s->n_undo];
    size_t i = lower_bound(s, base_buf_bytes(&u->key));
    bool there = is_at(s, i, base_buf_bytes(&u->key));
    if (there) {
        base_buf_clear(&s->v[i].value);
        s->v[i].value = base_buf_take(&u->value);
    }
    if (there && !u->had) {
        base_buf_clear(&s->v[i].key);
        take_out(s, i);
    }
    if (!there && u->had) {
        /* What was taken out left room for itself. */
        insert(s, i, (peer_entry){u->key, u->value});
        *u = (peer_undo){0};
    }
    base_buf_clear(&u->key);
}

void peer_store_commit(peer_store *s)
{
    while (s->n_undo > 0) {
        peer_undo *u = &s->undo[--s->n_undo];
        base_buf_clear(&u->key);
        base_buf_clear(&u->value);
    }
}

bool peer_store_rollback(peer_store *s)
{
    bool any = s->n_undo > 0;
    while (s->n_undo > 0) {
        undo_one(s);
    }
    return any;
}

static base_err store_get(void *user, base_bytes key, base_buf *value)
{
    const peer_store *s = (const peer_store *)user;
    size_t i = lower_bound(s, key);
    return is_at(s, i, key) ? base_buf_set(value, base_buf_bytes(&s->v[i].value))
                            : BASE_E_NOT_FOUND;
}

static base_err store_write(void *user, const mls_store_op *ops, size_t n)
{
    peer_store *s = (peer_store *)user;
    size_t mark = s->n_undo;
    for (size_t i = 0; i < n; i++) {
        base_err err = ops[i].remove ? drop(s, ops[i].key) : put(s, ops[i].key, ops[i].value);
        if (err != BASE_OK) {
            while (s->n_undo > mark) {
                undo_one(s);
            }
            return err;
        }
    }
    return BASE_OK;
}

mls_store peer_store_port(peer_store *s)
{
    return (mls_store){store_get, store_write, s};
}

base_err peer_store_copy(peer_store *s, const peer_store *from)
{
    for (size_t i = 0; i < from->n; i++) {
        base_bytes key = base_buf_bytes(&from->v[i].key);
        if (is_at(s, lower_bound(s, key), key)) {
            return BASE_E_EXISTS;
        }
        base_err err = put(s, key, base_buf_bytes(&from->v[i].value));
        if (err != BASE_OK) {
            return err;
        }
    }
    return BASE_OK;
}

void peer_store_clear(peer_store *s)
{
    peer_store_commit(s);
    for (size_t i = 0; i < s->n; i++) {
        base_buf_clear(&s->v[i].key);
        base_buf_clear(&s->v[i].value);
    }
    free(s->v);
    free(s->undo);
    *s = (peer_store){0};
}
