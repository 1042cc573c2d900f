/* An allocator for tests that look for secrets: it knows its blocks, and says whether some bytes
 * lie in one of them, or did when a block was freed. Slow; for small heaps. */
#ifndef SUPPORT_FAKE_HEAP_H
#define SUPPORT_FAKE_HEAP_H

#include <sotto/base.h>

#define FAKE_HEAP_WATCHED 16

typedef struct fake_heap {
    base_alloc port; /* hand out &port; user points here */
    struct fake_heap_block *blocks;
    size_t live;  /* blocks that are not freed yet */
    size_t bytes; /* in live blocks */
    base_bytes watched[FAKE_HEAP_WATCHED];
    size_t n_watched;
    size_t spilled; /* blocks that held watched bytes when they were freed */
} fake_heap;

/* The struct may not move afterwards. */
void fake_heap_init(fake_heap *h);

/* Count in `spilled` the blocks that are freed with these bytes in them. Borrowed; at most
 * FAKE_HEAP_WATCHED. */
void fake_heap_watch(fake_heap *h, base_bytes needle);

/* Whether the bytes lie in a live block. */
bool fake_heap_holds(const fake_heap *h, base_bytes needle);

#endif
