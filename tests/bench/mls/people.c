/* See people.h. */
#include "people.h"

#include <stdlib.h>
#include <string.h>

#include <sotto/crypto_default.h>

#include "meter.h"

/* ---- a heap that counts ---- */

typedef union block {
    size_t n;
    max_align_t aligned;
} block;

static void *heap_alloc(void *user, size_t n)
{
    heap *h = (heap *)user;
    block *b = n > SIZE_MAX - sizeof *b ? NULL : (block *)malloc(sizeof *b + n);
    if (b == NULL) {
        return NULL;
    }
    b->n = n;
    h->live += n;
    h->calls++;
    return b + 1;
}

static void heap_free(void *user, void *p)
{
    heap *h = (heap *)user;
    if (p != NULL) {
        block *b = (block *)p - 1;
        h->live -= b->n;
        free(b);
    }
}

/* ---- people ---- */

base_bytes bench_text(const char *s)
{
    return (base_bytes){(const uint8_t *)s, strlen(s)};
}

void peer_use_store(peer *p, const crypto_backend *backend, mls_store store)
{
    const mls_config config = {
        .alloc = &p->heap.port,
        .crypto = backend,
        .random = crypto_default_random(),
        .store = store,
        .limits = {.message_bytes = (size_t)1 << 28, .leaves = 1 << 17, .proposals = 1 << 17}};
    mls_group_free(p->group);
    p->group = NULL;
    mls_ctx_free(p->ctx);
    p->ctx = NULL;
    MUST(mls_ctx_new(&config, &p->ctx));
}

void peer_open(peer *p, const crypto_backend *backend, mls_suite suite, uint32_t number)
{
    p->heap = (heap){.port = {heap_alloc, heap_free, &p->heap}};
    snprintf(p->name, sizeof p->name, "member %06u", (unsigned)number % 1000000);
    peer_use_store(p, backend, hash_store_port(&p->store));
    MUST(mls_signature_key_new(p->ctx, suite, &p->private_key, &p->public_key));
}

void peer_close(peer *p)
{
    mls_group_free(p->group);
    base_buf_clear(&p->private_key);
    base_buf_clear(&p->public_key);
    mls_ctx_free(p->ctx);
    hash_store_clear(&p->store);
    *p = (peer){0};
}

void peer_restore(peer *p, const hash_store *saved)
{
    mls_group_free(p->group);
    p->group = NULL;
    hash_store_copy(&p->store, saved);
}

mls_member_params peer_member(const peer *p, mls_suite suite)
{
    return (mls_member_params){.suite = suite,
                               .credential = {MLS_CREDENTIAL_BASIC, bench_text(p->name)},
                               .signature_private = base_buf_bytes(&p->private_key),
                               .signature_public = base_buf_bytes(&p->public_key)};
}

base_buf peer_package(peer *p, mls_suite suite)
{
    base_buf message = {0};
    base_buf copy = {0};
    const mls_key_package_params params = {.member = peer_member(p, suite),
                                           .not_before = BENCH_NOW - 1000,
                                           .not_after = BENCH_NOW + 1000};
    MUST(mls_key_package_new(p->ctx, &params, &message, NULL));
    copy.p = (uint8_t *)malloc(message.n); /* it outlives the peer, whose heap it is on */
    NEED(copy.p != NULL);
    memcpy(copy.p, message.p, message.n);
    copy.n = copy.cap = message.n;
    base_buf_clear(&message);
    return copy;
}

/* ---- measuring ---- */

double bench_begin(peer *p)
{
    p->store.bytes = 0;
    p->store.read = 0;
    p->heap.calls = 0;
    (void)meter_take();
    return bench_now();
}

void bench_end(bench_row *row, const peer *p, double start, size_t wire)
{
    samples_add(&row->time, bench_now() - start);
    row->calls = meter_take();
    row->stored = p->store.bytes;
    row->read = p->store.read;
    row->allocs = p->heap.calls;
    row->wire = wire;
}

/* At most 51; from 5 on half a second will do, from the first on four. */
bool bench_enough(const bench_row *row)
{
    double sum = 0;
    for (size_t i = 0; i < row->time.n; i++) {
        sum += row->time.v[i];
    }
    return row->time.n == BENCH_SAMPLES || (row->time.n >= 5 && sum > 5e5) ||
           (row->time.n >= 1 && sum > 4e6);
}

void bench_process(peer *p, const base_buf *commit, bench_row *row)
{
    mls_received got = {0};
    double start = bench_begin(p);
    MUST(mls_group_receive(p->group, base_buf_bytes(commit), BENCH_NOW, &got));
    MUST(mls_group_merge(p->group, got.staged));
    got.staged = NULL;
    if (row != NULL) {
        bench_end(row, p, start, commit->n);
    }
    mls_received_clear(&got);
}

base_buf bench_commit(peer *p, const mls_commit_params *params, bench_row *row, base_buf *welcome)
{
    mls_commit_out out = {0};
    double start = bench_begin(p);
    MUST(mls_group_commit(p->group, params, BENCH_NOW, &out));
    MUST(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    if (row != NULL) {
        bench_end(row, p, start, out.commit.n + out.welcome.n);
    }
    if (welcome != NULL) {
        base_buf_clear(welcome);
        *welcome = out.welcome;
    } else {
        base_buf_clear(&out.welcome);
    }
    return out.commit;
}
