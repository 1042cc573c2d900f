/* See fake_heap.h. Blocks carry their size and stand in one list. */
#include "fake_heap.h"

#include <stdlib.h>
#include <string.h>

typedef struct fake_heap_block {
    struct fake_heap_block *next;
    struct fake_heap_block *prev;
    size_t n;
    max_align_t data[];
} block;

static bool holds(const block *b, base_bytes needle)
{
    for (size_t i = 0; needle.n <= b->n && i <= b->n - needle.n; i++) {
        if (memcmp((const uint8_t *)b->data + i, needle.p, needle.n) == 0) {
            return true;
        }
    }
    return false;
}

static void *take(void *user, size_t n)
{
    fake_heap *h = user;
    block *b = n > SIZE_MAX - sizeof *b ? NULL : malloc(sizeof *b + n);
    if (b == NULL) {
        return NULL;
    }
    memset(b->data, 0xA5, n);
    b->n = n;
    b->prev = NULL;
    b->next = h->blocks;
    if (h->blocks != NULL) {
        h->blocks->prev = b;
    }
    h->blocks = b;
    h->live++;
    h->bytes += n;
    return b->data;
}

static void give(void *user, void *p)
{
    fake_heap *h = user;
    if (p == NULL) {
        return;
    }
    block *b = (block *)(void *)((uint8_t *)p - offsetof(block, data));
    for (size_t i = 0; i < h->n_watched; i++) {
        h->spilled += holds(b, h->watched[i]);
    }
    if (b->prev != NULL) {
        b->prev->next = b->next;
    } else {
        h->blocks = b->next;
    }
    if (b->next != NULL) {
        b->next->prev = b->prev;
    }
    h->live--;
    h->bytes -= b->n;
    free(b);
}

void fake_heap_init(fake_heap *h)
{
    *h = (fake_heap){.port = {take, give, h}};
}

void fake_heap_watch(fake_heap *h, base_bytes needle)
{
    if (h->n_watched == FAKE_HEAP_WATCHED || needle.n == 0) {
        abort(); /* the test is wrong */
    }
    h->watched[h->n_watched++] = needle;
}

bool fake_heap_holds(const fake_heap *h, base_bytes needle)
{
    for (const block *b = h->blocks; b != NULL; b = b->next) {
        if (holds(b, needle)) {
            return true;
        }
    }
    return false;
}
