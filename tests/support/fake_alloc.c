/* See fake_alloc.h. Each block carries its size in front. */
#include "fake_alloc.h"

#include <stdlib.h>
#include <string.h>

typedef union header {
    size_t n;
    max_align_t align;
} header;

static void *fake_alloc_take(void *user, size_t n)
{
    fake_alloc *f = user;
    f->calls++;
    if (f->calls == f->fail_at || n > SIZE_MAX - sizeof(header)) {
        return NULL;
    }
    header *h = malloc(sizeof(header) + n);
    if (h == NULL) {
        return NULL;
    }
    h->n = n;
    f->live++;
    memset(h + 1, 0xA5, n);
    return h + 1;
}

static void fake_alloc_give(void *user, void *p)
{
    fake_alloc *f = user;
    if (p == NULL) {
        return;
    }
    header *h = (header *)p - 1;
    memset(p, 0x5A, h->n);
    f->live--;
    free(h);
}

void fake_alloc_init(fake_alloc *f)
{
    *f = (fake_alloc){.port = {fake_alloc_take, fake_alloc_give, f}};
}

void fake_alloc_reset(fake_alloc *f, size_t fail_at)
{
    f->calls = 0;
    f->fail_at = fail_at;
}
