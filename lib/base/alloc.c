/* The standard allocator, and typed allocation over any allocator. */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>

#include "ct.h"
#include "num.h"

static void *std_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void std_free(void *user, void *p)
{
    (void)user;
    free(p);
}

const base_alloc base_alloc_std = {std_alloc, std_free, NULL};

void *base_alloc_zero(const base_alloc *a, size_t count, size_t size)
{
    size_t n = 0;
    if (a == NULL) {
        a = &base_alloc_std;
    }
    if (!base_mul(count, size, &n) || n == 0) {
        return NULL;
    }
    void *p = a->alloc(a->user, n);
    if (p != NULL) {
        memset(p, 0, n);
    }
    return p;
}

void base_alloc_free(const base_alloc *a, void *p)
{
    if (a == NULL) {
        a = &base_alloc_std;
    }
    a->free(a->user, p);
}

base_err base_alloc_grow(const base_alloc *a, void **p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return BASE_OK;
    }
    size_t fresh_cap = *cap < 8 ? 8 : *cap;
    while (fresh_cap < need) {
        if (!base_mul(fresh_cap, 2, &fresh_cap)) {
            return BASE_E_LIMIT;
        }
    }
    void *fresh = base_alloc_zero(a, fresh_cap, size);
    if (fresh == NULL) {
        return BASE_E_NOMEM;
    }
    if (*cap > 0) {
        memcpy(fresh, *p, *cap * size);
        base_wipe(*p, *cap * size);
    }
    base_alloc_free(a, *p);
    *p = fresh;
    *cap = fresh_cap;
    return BASE_OK;
}
