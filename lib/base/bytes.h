/* Bytes with their length, always together: borrowed (base_bytes), owned (base_buf), and secret
 * (base_secret, of bounded size, which nothing prints, logs or compares by accident). */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <string.h>

#include "ct.h"
#include "err.h"

#define BASE_BYTES_NONE ((base_bytes){NULL, 0})

static inline base_bytes base_bytes_of(const void *p, size_t n)
{
    return (base_bytes){(const uint8_t *)p, n};
}

/* The characters of a C string, without its terminator. */
static inline base_bytes base_bytes_str(const char *s)
{
    return (base_bytes){(const uint8_t *)s, strlen(s)};
}

/* For public values only; secrets compare with base_ct_eq(). */
static inline bool base_bytes_eq(base_bytes a, base_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Order as memcmp, a prefix before what it begins. Public values only. */
int base_bytes_cmp(base_bytes a, base_bytes b);

/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, no NUL). */
bool base_bytes_is_text(base_bytes a);

/* ---- owned ---- */

/* An empty buffer on the allocator; NULL means the standard one. alloc is borrowed and must outlive
 * the buffer. */
static inline base_buf base_buf_on(const base_alloc *alloc)
{
    return (base_buf){NULL, 0, 0, alloc};
}

/* Make room for `more` bytes past n. Growth copies to new memory and wipes the old. */
BASE_MUST_USE base_err base_buf_reserve(base_buf *b, size_t more);

/* Append a copy. src may lie inside b. Errors: BASE_E_NOMEM, BASE_E_LIMIT (size_t overflow). */
BASE_MUST_USE base_err base_buf_append(base_buf *b, base_bytes src);

/* Replace the content with a copy of src; b is as before on failure. */
BASE_MUST_USE base_err base_buf_set(base_buf *b, base_bytes src);

/* Set the length to n, new bytes zero. */
BASE_MUST_USE base_err base_buf_resize(base_buf *b, size_t n);

/* Move the content out; *b is empty afterwards. */
static inline base_buf base_buf_take(base_buf *b)
{
    base_buf out = *b;
    *b = (base_buf){NULL, 0, 0, out.alloc};
    return out;
}

/* Wipe and free what *dst held, then move *src into it. */
void base_buf_move(base_buf *dst, base_buf *src);

/* ---- secret ---- */

#define BASE_SECRET_MAX 72 /* fits a P-521 scalar (66) and a SHA-512 output (64) */

typedef struct base_secret {
    size_t n;
    uint8_t b[BASE_SECRET_MAX];
} base_secret;

static inline base_bytes base_secret_bytes(const base_secret *s)
{
    return (base_bytes){s->b, s->n};
}

/* Copy; src may not exceed BASE_SECRET_MAX (BASE_E_LIMIT, *s untouched). */
BASE_MUST_USE base_err base_secret_set(base_secret *s, base_bytes src);

/* Wipe. A zeroed struct is an empty secret. */
void base_secret_clear(base_secret *s);

#endif
