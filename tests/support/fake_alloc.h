/* The allocator port for tests: counts, refuses the call of a given number, and tells at the end
 * whether everything was freed. Freed memory is overwritten, so that a use after it shows. */
#ifndef SUPPORT_FAKE_ALLOC_H
#define SUPPORT_FAKE_ALLOC_H

#include <sotto/base.h>

typedef struct fake_alloc {
    base_alloc port; /* hand out &port; user points here */
    size_t calls;    /* of alloc, the refused ones included */
    size_t fail_at;  /* the number of the call that is refused, from 1; 0 refuses none */
    size_t live;     /* blocks that are not freed yet */
} fake_alloc;

/* The struct may not move afterwards. */
void fake_alloc_init(fake_alloc *f);

/* Start counting again; refuse call number fail_at. Blocks that live stay counted. */
void fake_alloc_reset(fake_alloc *f, size_t fail_at);

/* Whether the call that was to be refused was made. */
static inline bool fake_alloc_refused(const fake_alloc *f)
{
    return f->fail_at > 0 && f->calls >= f->fail_at;
}

#endif
