/* The types every public header of Sotto speaks in: borrowed bytes, owned buffers, errors, the
 * allocator. Included by <sotto/mls.h>; nothing here does any work beyond memory. */
#ifndef SOTTO_BASE_H
#define SOTTO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BASE_MUST_USE __attribute__((warn_unused_result))
#else
#define BASE_MUST_USE
#endif

/* What a call came to. Zero is success; every other value is listed in <sotto/err.def>. */
typedef enum base_err {
    BASE_OK = 0,
#define BASE_ERR(code, cls, text) code,
#include <sotto/err.def>
#undef BASE_ERR
    BASE_E_COUNT
} base_err;

/* What to do about an error. */
typedef enum base_class {
    BASE_CLASS_OK = 0,
    BASE_CLASS_CALLER,
    BASE_CLASS_RESOURCE,
    BASE_CLASS_MALFORMED,
    BASE_CLASS_REJECTED,
    BASE_CLASS_RETRY,
    BASE_CLASS_INTERNAL
} base_class;

/* ---- errors ---- */

/* Say what happened: one English sentence without a full stop, for people. Static text, never NULL,
 * for any value. */
const char *base_err_text(base_err err);

/* The name of a code, like "BASE_E_NOMEM", for logs: numbers change with versions, names do not.
 * Static text, never NULL, for any value. */
const char *base_err_name(base_err err);

/* What to do about an error: mend the call, try later, drop the bytes, refuse them, read the new
 * state and try again, or report a bug of this library. A program decides by the class and shows
 * base_err_text(). */
base_class base_err_class(base_err err);

/* ---- bytes and memory ---- */

/* Bytes that somebody else owns. p may be NULL when n is 0. */
typedef struct base_bytes {
    const uint8_t *p;
    size_t n;
} base_bytes;

/* The allocator port. alloc returns NULL on failure and memory aligned for any type on success;
 * free takes what alloc gave, or NULL. Both get user. Neither may call back into the library. */
typedef struct base_alloc {
    void *(*alloc)(void *user, size_t n);
    void (*free)(void *user, void *p);
    void *user;
} base_alloc;

/* The standard allocator, malloc and free: what a NULL or a zeroed base_buf stands for. */
extern const base_alloc base_alloc_std;

/* Owned bytes: n used of cap. A zeroed struct is an empty buffer on the standard allocator. */
typedef struct base_buf {
    uint8_t *p;
    size_t n;
    size_t cap;
    const base_alloc *alloc;
} base_buf;

/* Wipe the content of a buffer, free it, and leave an empty one on the same allocator. NULL and an
 * empty buffer are allowed. */
void base_buf_clear(base_buf *b);

/* Borrow the used part; valid until b changes. */
static inline base_bytes base_buf_bytes(const base_buf *b)
{
    base_bytes out = {b->p, b->n};
    return out;
}

#ifdef __cplusplus
}
#endif

#endif
