/* Open addressing with linear probing, at most three quarters full; removal closes the gap, so that
 * no tombstones gather in a tree that lives long. */
#include "key_index.h"

#include "base/alloc.h"
#include "base/num.h"

#define INDEX_MIN 16

static size_t place_of(const mls_key_index *x, uint64_t tag)
{
    return (size_t)tag & (x->cap - 1);
}

base_err mls_key_index_reserve(mls_key_index *x, size_t more)
{
    size_t need = 0;
    size_t cap = x->cap < INDEX_MIN ? INDEX_MIN : x->cap;
    if (!base_add(x->n, more, &need)) {
        return BASE_E_LIMIT;
    }
    while (need > cap - cap / 4) {
        if (!base_mul(cap, 2, &cap)) {
            return BASE_E_LIMIT;
        }
    }
    if (cap == x->cap) {
        return BASE_OK;
    }
    mls_key_index fresh = {NULL, cap, 0, x->alloc};
    fresh.v = base_alloc_zero(x->alloc, cap, sizeof *fresh.v);
    if (fresh.v == NULL) {
        return BASE_E_NOMEM;
    }
    for (size_t i = 0; i < x->cap; i++) {
        if (x->v[i].tag != 0) {
            mls_key_index_add(&fresh, x->v[i].tag, x->v[i].node);
        }
    }
    base_alloc_free(x->alloc, x->v);
    *x = fresh;
    return BASE_OK;
}

void mls_key_index_add(mls_key_index *x, uint64_t tag, mls_node_index node)
{
    size_t i = place_of(x, tag);
    while (x->v[i].tag != 0) {
        i = (i + 1) & (x->cap - 1);
    }
    x->v[i] = (mls_key_entry){tag, node};
    x->n++;
}

/* Empty place i, and move up what had been pushed past it. */
static void close_gap(mls_key_index *x, size_t i)
{
    size_t mask = x->cap - 1;
    size_t k = i;
    for (;;) {
        k = (k + 1) & mask;
        if (x->v[k].tag == 0) {
            break;
        }
        size_t home = place_of(x, x->v[k].tag);
        if (((k - home) & mask) >= ((k - i) & mask)) {
            x->v[i] = x->v[k];
            i = k;
        }
    }
    x->v[i] = (mls_key_entry){0, {0}};
    x->n--;
}

void mls_key_index_remove(mls_key_index *x, uint64_t tag, mls_node_index node)
{
    if (x->cap == 0) {
        return;
    }
    for (size_t i = place_of(x, tag); x->v[i].tag != 0; i = (i + 1) & (x->cap - 1)) {
        if (x->v[i].tag == tag && x->v[i].node.v == node.v) {
            close_gap(x, i);
            return;
        }
    }
}

bool mls_key_index_next(const mls_key_index *x, uint64_t tag, size_t *at, mls_node_index *node)
{
    if (x->cap == 0) {
        return false;
    }
    for (;;) {
        size_t i = (place_of(x, tag) + *at) & (x->cap - 1);
        if (x->v[i].tag == 0) {
            return false;
        }
        (*at)++;
        if (x->v[i].tag == tag) {
            *node = x->v[i].node;
            return true;
        }
    }
}

void mls_key_index_clear(mls_key_index *x)
{
    base_alloc_free(x->alloc, x->v);
    *x = (mls_key_index){NULL, 0, 0, x->alloc};
}
