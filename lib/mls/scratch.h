/* Memory for the length of one call: an allocator over a block on the caller's stack. What a
 * message needs on its way (what is signed, what is written to the store) lies there, so that
 * sending and receiving a short one allocates nothing; what does not fit goes to the context's
 * allocator.
 *
 * Everything taken from it is gone when the call ends: what stays goes elsewhere, by
 * mls_scratch_give() for a caller's buffer. */
#ifndef MLS_SCRATCH_H
#define MLS_SCRATCH_H

#include <stddef.h>

#include "ctx.h"

#define MLS_SCRATCH_SIZE 6144 /* three times what a message of 100 bytes needs */

typedef struct mls_scratch {
    base_alloc port;    /* hand out &port; user points here */
    crypto_suite suite; /* the group's, with this memory to work in */
    crypto_env env;
    const base_alloc *heap;
    size_t used;
    size_t most; /* that was ever used: to be wiped */
    max_align_t block[MLS_SCRATCH_SIZE / sizeof(max_align_t)];
} mls_scratch;

/* The struct may not move afterwards. */
void mls_scratch_init(mls_scratch *s, const crypto_suite *suite);

/* Wipe what was used. */
void mls_scratch_clear(mls_scratch *s);

/* A caller's buffer for n bytes, made ready without touching what it holds: when `to` has no room,
 * *fresh gets some on the heap. fill cannot fail after it: the bytes replace what `to` held. */
BASE_MUST_USE base_err mls_scratch_ready(const mls_scratch *s, const base_buf *to, size_t n,
                                         base_buf *fresh);
void mls_scratch_fill(base_buf *to, base_buf *fresh, base_bytes from);

/* Both at once. */
BASE_MUST_USE base_err mls_scratch_give(const mls_scratch *s, base_buf *to, base_bytes from);

#endif
