/* Owned buffers and bounded secrets. Every byte that leaves a buffer is wiped, whatever it held:
 * a buffer does not know whether its content is secret, and the cost is a memset. */
#include "bytes.h"

#include "num.h"

#define BUF_MIN 64 /* smallest allocation: most buffers end below it or far above it */

static const base_alloc *alloc_of(const base_buf *b)
{
    return b->alloc != NULL ? b->alloc : &base_alloc_std;
}

int base_bytes_cmp(base_bytes a, base_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (c != 0) {
        return c;
    }
    return (a.n > b.n) - (a.n < b.n);
}

/* Length of the UTF-8 sequence at a.p[i], or 0 when it is malformed. */
static size_t sequence_length(base_bytes a, size_t i)
{
    uint8_t c = a.p[i];
    uint8_t lo = 0x80;
    uint8_t hi = 0xbf;
    size_t n = 0;
    if (c >= 0x01 && c <= 0x7f) {
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf) {
        n = 2;
    } else if (c >= 0xe0 && c <= 0xef) {
        n = 3;
        lo = c == 0xe0 ? 0xa0 : lo; /* overlong */
        hi = c == 0xed ? 0x9f : hi; /* surrogates */
    } else if (c >= 0xf0 && c <= 0xf4) {
        n = 4;
        lo = c == 0xf0 ? 0x90 : lo; /* overlong */
        hi = c == 0xf4 ? 0x8f : hi; /* above U+10FFFF */
    }
    if (n == 0 || n > a.n - i || a.p[i + 1] < lo || a.p[i + 1] > hi) {
        return 0;
    }
    for (size_t k = 2; k < n; k++) {
        if ((a.p[i + k] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

bool base_bytes_is_text(base_bytes a)
{
    size_t i = 0;
    while (i < a.n) {
        size_t n = sequence_length(a, i);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

base_err base_buf_reserve(base_buf *b, size_t more)
{
    size_t need = 0;
    if (!base_add(b->n, more, &need)) {
        return BASE_E_LIMIT;
    }
    if (need <= b->cap) {
        return BASE_OK;
    }
    size_t cap = b->cap < BUF_MIN ? BUF_MIN : b->cap;
    while (cap < need) {
        if (!base_mul(cap, 2, &cap)) {
            cap = need;
        }
    }
    const base_alloc *a = alloc_of(b);
    uint8_t *p = a->alloc(a->user, cap);
    if (p == NULL) {
        return BASE_E_NOMEM;
    }
    if (b->n > 0) {
        memcpy(p, b->p, b->n);
    }
    base_wipe(b->p, b->cap);
    a->free(a->user, b->p);
    b->p = p;
    b->cap = cap;
    return BASE_OK;
}

base_err base_buf_append(base_buf *b, base_bytes src)
{
    if (src.n == 0) {
        return BASE_OK;
    }
    /* A source inside b would be freed by growth: remember where it was. */
    bool inside = b->p != NULL && src.p >= b->p && src.p < b->p + b->n;
    size_t at = inside ? (size_t)(src.p - b->p) : 0;
    base_err err = base_buf_reserve(b, src.n);
    if (err != BASE_OK) {
        return err;
    }
    memcpy(b->p + b->n, inside ? b->p + at : src.p, src.n);
    b->n += src.n;
    return BASE_OK;
}

base_err base_buf_set(base_buf *b, base_bytes src)
{
    base_buf fresh = base_buf_on(b->alloc);
    base_err err = base_buf_append(&fresh, src);
    if (err != BASE_OK) {
        return err;
    }
    base_buf_move(b, &fresh);
    return BASE_OK;
}

base_err base_buf_resize(base_buf *b, size_t n)
{
    if (n > b->n) {
        base_err err = base_buf_reserve(b, n - b->n);
        if (err != BASE_OK) {
            return err;
        }
        memset(b->p + b->n, 0, n - b->n);
    } else if (n < b->n) {
        base_wipe(b->p + n, b->n - n);
    }
    b->n = n;
    return BASE_OK;
}

void base_buf_move(base_buf *dst, base_buf *src)
{
    base_buf_clear(dst);
    *dst = base_buf_take(src);
}

void base_buf_clear(base_buf *b)
{
    if (b == NULL) {
        return;
    }
    const base_alloc *a = alloc_of(b);
    base_wipe(b->p, b->cap);
    a->free(a->user, b->p);
    *b = (base_buf){NULL, 0, 0, b->alloc};
}

base_err base_secret_set(base_secret *s, base_bytes src)
{
    if (src.n > BASE_SECRET_MAX) {
        return BASE_E_LIMIT;
    }
    uint8_t keep[BASE_SECRET_MAX] = {0}; /* src may lie inside s */
    if (src.n > 0) {
        memcpy(keep, src.p, src.n);
    }
    memcpy(s->b, keep, sizeof keep);
    s->n = src.n;
    base_wipe(keep, sizeof keep);
    return BASE_OK;
}

void base_secret_clear(base_secret *s)
{
    base_wipe(s, sizeof *s);
}
