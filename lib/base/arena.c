/* A bump allocator over blocks that double in size. */
#include "arena.h"

#include <stddef.h>
#include <string.h>

#include "alloc.h"
#include "num.h"

#define BLOCK_MIN 1024
#define BLOCK_MAX ((size_t)1 << 20) /* larger single objects get a block of their own */

typedef struct base_arena_block {
    struct base_arena_block *next;
    size_t used;
    size_t size;
    max_align_t data[];
} block;

static block *add_block(base_arena *a, size_t need)
{
    size_t size = a->head != NULL ? a->head->size : BLOCK_MIN / 2;
    size_t total = 0;
    size = size < BLOCK_MAX ? 2 * size : size;
    size = size < need ? need : size;
    if (!base_add(sizeof(block), size, &total)) {
        return NULL;
    }
    block *b = base_alloc_zero(a->alloc, 1, total);
    if (b == NULL) {
        return NULL;
    }
    b->size = size;
    b->next = a->head;
    a->head = b;
    return b;
}

void *base_arena_zero(base_arena *a, size_t count, size_t size)
{
    size_t n = 0;
    size_t used = 0;
    if (!base_mul(count, size, &n) || n == 0 || !base_add(n, sizeof(max_align_t) - 1, &n)) {
        return NULL;
    }
    n -= n % sizeof(max_align_t);
    if (!base_add(a->used, n, &used) || (a->max != 0 && used > a->max)) {
        return NULL;
    }
    block *b = a->head;
    if (b == NULL || n > b->size - b->used) {
        b = add_block(a, n);
        if (b == NULL) {
            return NULL;
        }
    }
    void *p = (uint8_t *)b->data + b->used; /* still zero: blocks come zeroed, nothing is reused */
    b->used += n;
    a->used = used;
    return p;
}

base_err base_arena_grow(base_arena *a, void **p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return BASE_OK;
    }
    size_t fresh_cap = *cap < 4 ? 4 : *cap;
    while (fresh_cap < need) {
        if (!base_mul(fresh_cap, 2, &fresh_cap)) {
            return BASE_E_NOMEM;
        }
    }
    void *fresh = base_arena_zero(a, fresh_cap, size);
    if (fresh == NULL) {
        return BASE_E_NOMEM;
    }
    if (*cap > 0) {
        memcpy(fresh, *p, *cap * size);
    }
    *p = fresh;
    *cap = fresh_cap;
    return BASE_OK;
}

base_err base_arena_copy(base_arena *a, base_bytes src, base_bytes *out)
{
    if (src.n == 0) {
        *out = (base_bytes){NULL, 0};
        return BASE_OK;
    }
    uint8_t *p = base_arena_zero(a, src.n, 1);
    if (p == NULL) {
        return BASE_E_NOMEM;
    }
    memcpy(p, src.p, src.n);
    *out = (base_bytes){p, src.n};
    return BASE_OK;
}

void base_arena_clear(base_arena *a)
{
    while (a->head != NULL) {
        block *next = a->head->next;
        base_alloc_free(a->alloc, a->head);
        a->head = next;
    }
    a->used = 0;
}
