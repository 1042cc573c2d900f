/* See scratch.h. A block that is freed comes back when it is the last that was taken, which is
 * enough for buffers that grow; the rest comes back with the end of the call. */
#include "scratch.h"

#include "base/bytes.h"

#define UNIT sizeof(max_align_t)

/* In front of each block: its size, this included. */
static size_t *size_of(void *p)
{
    return (size_t *)(void *)((uint8_t *)p - UNIT);
}

static void *scratch_alloc(void *user, size_t n)
{
    mls_scratch *s = (mls_scratch *)user;
    if (n > sizeof s->block) {
        return s->heap->alloc(s->heap->user, n);
    }
    size_t whole = UNIT + (n + UNIT - 1) / UNIT * UNIT;
    if (whole > sizeof s->block - s->used) {
        return s->heap->alloc(s->heap->user, n);
    }
    uint8_t *p = (uint8_t *)s->block + s->used + UNIT;
    *size_of(p) = whole;
    s->used += whole;
    s->most = s->used > s->most ? s->used : s->most;
    return p;
}

static bool is_ours(const mls_scratch *s, const void *p)
{
    uintptr_t first = (uintptr_t)s->block;
    uintptr_t at = (uintptr_t)p;
    return at >= first && at < first + sizeof s->block;
}

static void scratch_free(void *user, void *p)
{
    mls_scratch *s = (mls_scratch *)user;
    if (p == NULL) {
        return;
    }
    if (!is_ours(s, p)) {
        s->heap->free(s->heap->user, p);
        return;
    }
    size_t whole = *size_of(p);
    size_t end = (size_t)((uint8_t *)p - UNIT - (uint8_t *)s->block) + whole;
    if (end == s->used) {
        s->used -= whole;
    }
}

void mls_scratch_init(mls_scratch *s, const crypto_suite *suite)
{
    s->heap = crypto_suite_alloc(suite);
    s->port = (base_alloc){scratch_alloc, scratch_free, s};
    s->env = *suite->env;
    s->env.alloc = &s->port;
    s->suite = *suite;
    s->suite.env = &s->env;
    s->used = 0;
    s->most = 0;
}

void mls_scratch_clear(mls_scratch *s)
{
    base_wipe(s->block, s->most);
    s->used = 0;
    s->most = 0;
}

base_err mls_scratch_ready(const mls_scratch *s, const base_buf *to, size_t n, base_buf *fresh)
{
    *fresh = base_buf_on(s->heap);
    return to->cap >= n ? BASE_OK : base_buf_reserve(fresh, n);
}

void mls_scratch_fill(base_buf *to, base_buf *fresh, base_bytes from)
{
    if (fresh->cap > 0) {
        base_buf_move(to, fresh);
    }
    if (to->cap > 0) {
        base_wipe(to->p, to->cap);
    }
    if (from.n > 0) {
        memcpy(to->p, from.p, from.n);
    }
    to->n = from.n;
}

base_err mls_scratch_give(const mls_scratch *s, base_buf *to, base_bytes from)
{
    base_buf fresh = {0};
    base_err err = mls_scratch_ready(s, to, from.n, &fresh);
    if (err == BASE_OK) {
        mls_scratch_fill(to, &fresh, from);
    }
    return err;
}
