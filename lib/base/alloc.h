/* Typed allocation through the port. Memory comes zeroed; freeing wipes nothing (secrets live in
 * base_secret or base_buf, which wipe themselves). */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "err.h"

/* count objects of size bytes, zeroed; NULL on overflow or failure. a NULL means the standard one.
 */
void *base_alloc_zero(const base_alloc *a, size_t count, size_t size);

/* Free what base_alloc_zero gave; NULL is allowed. */
void base_alloc_free(const base_alloc *a, void *p);

/* Grow an array of *cap elements of `size` bytes so that it holds at least need: new memory, copy,
 * wipe and free the old. *p and *cap stay as they are on failure. */
BASE_MUST_USE base_err base_alloc_grow(const base_alloc *a, void **p, size_t *cap, size_t need,
                                       size_t size);

#endif
