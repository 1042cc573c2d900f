/* Open addressing with graves. Without memory a benchmark ends. */
#include "hash_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory(size_t n)
{
    void *p = calloc(1, n == 0 ? 1 : n);
    if (p == NULL) {
        fputs("out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return p;
}

static size_t hash_of(base_bytes key)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < key.n; i++) {
        h = (h ^ key.p[i]) * 0x100000001b3U;
    }
    return (size_t)(h ^ (h >> 29));
}

/* The key's entry, or the free one where it would go. The table is never full. */
static hash_entry *find(const hash_store *s, base_bytes key)
{
    for (size_t i = hash_of(key) & (s->cap - 1);; i = (i + 1) & (s->cap - 1)) {
        hash_entry *e = &s->v[i];
        if (e->bytes == NULL && e->key_n == 0) {
            return e;
        }
        if (e->bytes != NULL && e->key_n == key.n && memcmp(e->bytes, key.p, key.n) == 0) {
            return e;
        }
    }
}

static void place(hash_store *s, base_bytes key, base_bytes value)
{
    hash_entry *e = find(s, key);
    if (e->bytes == NULL) {
        s->used++;
    }
    free(e->bytes);
    *e = (hash_entry){(uint8_t *)memory(key.n + value.n), key.n, value.n};
    memcpy(e->bytes, key.p, key.n);
    if (value.n > 0) {
        memcpy(e->bytes + key.n, value.p, value.n);
    }
}

static void rebuild(hash_store *s)
{
    hash_store old = *s;
    size_t live = 0;
    for (size_t i = 0; i < old.cap; i++) {
        live += old.v[i].bytes != NULL;
    }
    s->cap = 64;
    while (s->cap < 4 * live) {
        s->cap *= 2;
    }
    s->used = live;
    s->v = (hash_entry *)memory(s->cap * sizeof *s->v);
    for (size_t i = 0; i < old.cap; i++) {
        if (old.v[i].bytes != NULL) {
            *find(s, (base_bytes){old.v[i].bytes, old.v[i].key_n}) = old.v[i];
        }
    }
    free(old.v);
}

static base_err get(void *user, base_bytes key, base_buf *value)
{
    hash_store *s = (hash_store *)user;
    const hash_entry *e = s->cap == 0 ? NULL : find(s, key);
    if (e == NULL || e->bytes == NULL) {
        return BASE_E_NOT_FOUND;
    }
    *value = (base_buf){(uint8_t *)memory(e->value_n), e->value_n, e->value_n, NULL};
    memcpy(value->p, e->bytes + e->key_n, e->value_n);
    s->read += e->value_n;
    return BASE_OK;
}

static base_err write(void *user, const mls_store_op *ops, size_t n)
{
    hash_store *s = (hash_store *)user;
    for (size_t i = 0; i < n; i++) {
        if (s->cap == 0 || 2 * s->used >= s->cap) {
            rebuild(s);
        }
        s->ops++;
        s->bytes += ops[i].key.n + ops[i].value.n;
        if (!ops[i].remove) {
            place(s, ops[i].key, ops[i].value);
            continue;
        }
        hash_entry *e = find(s, ops[i].key);
        free(e->bytes);
        e->bytes = NULL;
    }
    return BASE_OK;
}

mls_store hash_store_port(hash_store *s)
{
    return (mls_store){get, write, s};
}

void hash_store_copy(hash_store *to, const hash_store *from)
{
    hash_store_clear(to);
    for (size_t i = 0; i < from->cap; i++) {
        const hash_entry *e = &from->v[i];
        if (e->bytes != NULL) {
            const mls_store_op op = {
                {e->bytes, e->key_n}, {e->bytes + e->key_n, e->value_n}, false};
            (void)write(to, &op, 1);
        }
    }
}

void hash_store_clear(hash_store *s)
{
    for (size_t i = 0; i < s->cap; i++) {
        free(s->v[i].bytes);
    }
    free(s->v);
    *s = (hash_store){0};
}
