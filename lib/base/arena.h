/* Memory that is freed at once: what one decoded message needs lives in one arena. Never put a
 * secret here: an arena frees without wiping, and its blocks outlive single values. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "err.h"

typedef struct base_arena {
    struct base_arena_block *head;
    const base_alloc *alloc;
    size_t used; /* bytes handed out */
    size_t max;  /* bytes it may hand out in all; 0 means no bound of its own */
} base_arena;

/* An empty arena on a borrowed allocator (NULL: the standard one). */
static inline base_arena base_arena_on(const base_alloc *alloc, size_t max)
{
    return (base_arena){NULL, alloc, 0, max};
}

/* count objects of size bytes, zeroed and aligned for any type. NULL when memory or the bound is
 * exhausted, and when count is 0. */
void *base_arena_zero(base_arena *a, size_t count, size_t size);

/* Room for need elements in an array that lives in the arena and had *cap; the old array is left
 * behind. *p and *cap stay as they are on failure (BASE_E_NOMEM). */
BASE_MUST_USE base_err base_arena_grow(base_arena *a, void **p, size_t *cap, size_t need,
                                       size_t size);

/* A copy of src in the arena. */
BASE_MUST_USE base_err base_arena_copy(base_arena *a, base_bytes src, base_bytes *out);

/* Free everything; the arena is empty and usable afterwards. */
void base_arena_clear(base_arena *a);

#endif
