/* The store port of libmls (mls_store) in memory: a list of keys and values. A real program keeps
 * them on disk and encrypted; persistence.c shows the shape of that. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdlib.h>
#include <string.h>

#include <sotto/mls.h>

typedef struct entry {
    struct entry *next;
    size_t key_n, value_n;
    uint8_t bytes[]; /* key, then value */
} entry;

static inline entry **memory_find(entry **list, base_bytes key)
{
    while (*list && ((*list)->key_n != key.n || memcmp((*list)->bytes, key.p, key.n) != 0)) {
        list = &(*list)->next;
    }
    return list;
}

static inline base_err memory_get(void *user, base_bytes key, base_buf *value)
{
    const entry *e = *memory_find((entry **)user, key);
    if (e == NULL) {
        return BASE_E_NOT_FOUND;
    }
    *value =
        (base_buf){.p = (uint8_t *)malloc(e->value_n + 1)}; /* no allocator: the standard one */
    if (value->p == NULL) {
        return BASE_E_NOMEM;
    }
    memcpy(value->p, e->bytes + e->key_n, e->value_n);
    value->n = e->value_n;
    value->cap = e->value_n + 1;
    return BASE_OK;
}

static inline void memory_remove(entry **list, base_bytes key)
{
    entry **at = memory_find(list, key);
    entry *e = *at;
    if (e != NULL) {
        *at = e->next;
        /* Values hold keys. A plain memset before a free is taken out by the compiler. */
        for (volatile uint8_t *p = e->bytes; p < e->bytes + e->key_n + e->value_n; p++) {
            *p = 0;
        }
        free(e);
    }
}

/* All or nothing: first the memory for everything, then the changes, in order. */
static inline base_err memory_write(void *user, const mls_store_op *ops, size_t n)
{
    entry **list = (entry **)user, *fresh = NULL, **tail = &fresh;
    bool good = true;
    for (size_t i = 0; i < n && good; i++) {
        if (ops[i].remove) {
            continue;
        }
        entry *e = (entry *)malloc(sizeof *e + ops[i].key.n + ops[i].value.n);
        good = e != NULL;
        if (good) {
            *e = (entry){NULL, ops[i].key.n, ops[i].value.n};
            memcpy(e->bytes, ops[i].key.p, e->key_n);
            if (e->value_n > 0) {
                memcpy(e->bytes + e->key_n, ops[i].value.p, e->value_n);
            }
            *tail = e;
            tail = &e->next;
        }
    }
    for (size_t i = 0; i < n && good; i++) {
        memory_remove(list, ops[i].key);
        if (!ops[i].remove) {
            entry *e = fresh;
            fresh = e->next;
            e->next = *list;
            *list = e;
        }
    }
    for (entry *e = fresh; e != NULL; e = fresh) {
        fresh = e->next;
        free(e);
    }
    return good ? BASE_OK : BASE_E_NOMEM;
}

#endif
