/* The operations on groups. Who is in a group of n: leaf 0 made it and commits; leaf 1 is near, its
 * path meets that of leaf 0 at the lowest node; leaf n - 1 is far, under the root's other child.
 * These three are real members. The others gave their key packages, and nothing else of them is
 * needed but that in a full tree each parent was filled by a commit from below: there, every second
 * leaf is taken over by somebody who commits from outside, whose keys are thrown away. */
#include <stdlib.h>
#include <string.h>

#include <sotto/crypto_default.h>

#include "bench.h"
#include "hash_store.h"

#define GROUP_ID "a group of sixte"
#define NOW 1700000000

typedef struct peer {
    char name[16];
    hash_store store;
    mls_ctx *ctx;
    base_buf private_key;
    base_buf public_key;
    base_buf key_package;
    mls_group *group;
} peer;

typedef struct bench {
    mls_suite suite;
    uint32_t n;
    bench_row *rows;
    peer maker;
    peer near;
    peer far;           /* unused in a group of two, where near is all there is */
    base_buf *packages; /* of leaves 1 to n - 1 */
    base_buf welcome;
} bench;

static base_bytes text(const char *s)
{
    return (base_bytes){(const uint8_t *)s, strlen(s)};
}

static void peer_open(peer *p, mls_suite suite, uint32_t leaf)
{
    const mls_config config = {.crypto = meter_backend(),
                               .random = crypto_default_random(),
                               .store = hash_store_port(&p->store)};
    snprintf(p->name, sizeof p->name, "member %06u", (unsigned)leaf % 1000000);
    MUST(mls_ctx_new(&config, &p->ctx));
    MUST(mls_signature_key_new(p->ctx, suite, &p->private_key, &p->public_key));
}

static void peer_close(peer *p)
{
    mls_group_free(p->group);
    mls_ctx_free(p->ctx);
    base_buf_clear(&p->private_key);
    base_buf_clear(&p->public_key);
    hash_store_clear(&p->store);
    *p = (peer){0};
}

static mls_member_params member_of(const peer *p, mls_suite suite)
{
    return (mls_member_params){.suite = suite,
                               .credential = {MLS_CREDENTIAL_BASIC, text(p->name)},
                               .signature_private = base_buf_bytes(&p->private_key),
                               .signature_public = base_buf_bytes(&p->public_key)};
}

static base_buf package_of(peer *p, mls_suite suite)
{
    base_buf message = {0};
    const mls_key_package_params params = {
        .member = member_of(p, suite), .not_before = NOW - 1000, .not_after = NOW + 1000};
    MUST(mls_key_package_new(p->ctx, &params, &message, NULL));
    return message;
}

/* Forget the group and go back to what a store held. */
static void restore(peer *p, const hash_store *saved)
{
    mls_group_free(p->group);
    p->group = NULL;
    hash_store_copy(&p->store, saved);
}

/* ---- measuring ---- */

static double begin(peer *p)
{
    p->store.bytes = 0;
    (void)meter_take();
    return bench_now();
}

static void end(bench_row *row, const peer *p, double start, size_t wire)
{
    samples_add(&row->time, bench_now() - start);
    row->counts = meter_take();
    row->stored = p->store.bytes;
    row->wire = wire;
}

/* Whether another run is worth its time: at least 5, at most 51, about a second. */
static bool enough(const bench_row *row)
{
    double sum = 0;
    for (size_t i = 0; i < row->time.n; i++) {
        sum += row->time.v[i];
    }
    return row->time.n == BENCH_SAMPLES || (row->time.n >= 5 && sum > 1e6);
}

/* p takes a commit in. */
static void process(peer *p, const base_buf *commit, bench_row *row)
{
    mls_received got = {0};
    double start = begin(p);
    MUST(mls_group_receive(p->group, base_buf_bytes(commit), NOW, &got));
    MUST(mls_group_merge(p->group, got.staged));
    got.staged = NULL;
    if (row != NULL) {
        end(row, p, start, commit->n);
    }
    mls_received_clear(&got);
}

/* p commits nothing but a path. */
static base_buf commit_empty(peer *p, bench_row *row)
{
    mls_commit_out out = {0};
    double start = begin(p);
    MUST(mls_group_commit(p->group, NULL, NOW, &out));
    MUST(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    if (row != NULL) {
        end(row, p, start, out.commit.n);
    }
    return out.commit;
}

/* ---- the group ---- */

static void run_create(bench *b)
{
    uint32_t others = b->n - 1;
    peer *p = &b->maker;
    bench_row *row = &b->rows[OP_CREATE];
    const mls_member_params member = member_of(p, b->suite);
    mls_proposal_params *adds = (mls_proposal_params *)calloc(others, sizeof *adds);
    NEED(adds != NULL);
    for (uint32_t i = 0; i < others; i++) {
        adds[i].type = MLS_PROPOSAL_ADD;
        adds[i].key_package = base_buf_bytes(&b->packages[i]);
    }
    const mls_commit_params params = {.proposals = adds, .n_proposals = others, .no_path = true};
    const hash_store empty = {0};
    while (!enough(row)) {
        mls_commit_out out = {0};
        restore(p, &empty);
        double start = begin(p);
        MUST(mls_group_create(p->ctx, text(GROUP_ID), &member, (mls_extension_list){NULL, 0}, NOW,
                              &p->group));
        MUST(mls_group_commit(p->group, &params, NOW, &out));
        MUST(mls_group_merge(p->group, out.staged));
        out.staged = NULL;
        end(row, p, start, out.commit.n + out.welcome.n);
        base_buf_clear(&b->welcome);
        b->welcome = out.welcome;
        base_buf_clear(&out.commit);
    }
    free(adds);
}

static void run_join(bench *b, peer *p, bench_row *row)
{
    hash_store before = {0};
    hash_store_copy(&before, &p->store);
    do {
        restore(p, &before);
        double start = begin(p);
        MUST(mls_group_join(p->ctx, base_buf_bytes(&b->welcome), (base_bytes){NULL, 0}, NOW,
                            &p->group));
        if (row != NULL) {
            end(row, p, start, b->welcome.n);
        }
    } while (row != NULL && !enough(row));
    hash_store_clear(&before);
}

/* Load a group, and let it compute what it computes once. */
static void reload(peer *p, const hash_store *saved)
{
    base_buf scrap = {0};
    restore(p, saved);
    MUST(mls_group_load(p->ctx, text(GROUP_ID), &p->group));
    mls_commit_out out = {0};
    MUST(mls_group_commit(p->group, NULL, NOW, &out));
    mls_commit_out_clear(&out);
    MUST(mls_group_protect(p->group, text("x"), NULL, &scrap));
    base_buf_clear(&scrap);
}

/* A fresh tree stays fresh only until a commit is merged: each run begins from the same store. */
static void run_fresh(bench *b)
{
    hash_store maker = {0};
    hash_store near = {0};
    bench_row *made = &b->rows[OP_COMMIT_FRESH];
    hash_store_copy(&maker, &b->maker.store);
    hash_store_copy(&near, &b->near.store);
    while (!enough(made)) {
        reload(&b->maker, &maker);
        reload(&b->near, &near);
        base_buf commit = commit_empty(&b->maker, made);
        process(&b->near, &commit, &b->rows[OP_PROCESS_FRESH]);
        base_buf_clear(&commit);
    }
    restore(&b->maker, &maker);
    restore(&b->near, &near);
    MUST(mls_group_load(b->maker.ctx, text(GROUP_ID), &b->maker.group));
    MUST(mls_group_load(b->near.ctx, text(GROUP_ID), &b->near.group));
    hash_store_clear(&maker);
    hash_store_clear(&near);
}

/* Somebody takes over a leaf from outside, and the three follow. */
static void take_over(bench *b, uint32_t leaf)
{
    peer guest = {0};
    base_buf info = {0};
    base_buf commit = {0};
    peer_open(&guest, b->suite, leaf);
    mls_external_params params = {
        .member = member_of(&guest, b->suite), .replace = true, .old = {leaf}};
    MUST(mls_group_info(b->maker.group, true, true, &info));
    MUST(mls_group_join_external(guest.ctx, base_buf_bytes(&info), (base_bytes){NULL, 0}, &params,
                                 NOW, &commit, &guest.group));
    NEED(mls_group_own_leaf(guest.group).v == leaf);
    process(&b->maker, &commit, NULL);
    process(&b->near, &commit, NULL);
    if (b->n > 2) {
        process(&b->far, &commit, NULL);
    }
    base_buf_clear(&info);
    base_buf_clear(&commit);
    peer_close(&guest);
}

static void fill_tree(bench *b)
{
    meter_trust(true);
    for (uint32_t leaf = 2; leaf < b->n; leaf += 2) {
        take_over(b, leaf);
    }
    base_buf commit = commit_empty(&b->maker, NULL);
    process(&b->near, &commit, NULL);
    if (b->n > 2) {
        process(&b->far, &commit, NULL);
    }
    base_buf_clear(&commit);
    meter_trust(false);
}

static void run_full(bench *b)
{
    bench_row *made = &b->rows[OP_COMMIT_FULL];
    while (!enough(made)) {
        base_buf commit = commit_empty(&b->maker, made);
        process(&b->near, &commit, &b->rows[OP_PROCESS_NEAR]);
        if (b->n > 2) {
            process(&b->far, &commit, &b->rows[OP_PROCESS_FAR]);
        }
        base_buf_clear(&commit);
    }
    /* The tree was full: one ciphertext a level. */
    unsigned long depth = 0;
    for (uint32_t leaves = 1; leaves < b->n; leaves *= 2) {
        depth++;
    }
    NEED(made->counts.dh + made->counts.encap == depth);
}

static void run_messages(bench *b)
{
    uint8_t content[100] = {0};
    while (!enough(&b->rows[OP_PROTECT])) {
        base_buf message = {0};
        mls_received got = {0};
        double start = begin(&b->maker);
        MUST(mls_group_protect(b->maker.group, (base_bytes){content, sizeof content}, NULL,
                               &message));
        end(&b->rows[OP_PROTECT], &b->maker, start, message.n);
        start = begin(&b->near);
        MUST(mls_group_receive(b->near.group, base_buf_bytes(&message), NOW, &got));
        end(&b->rows[OP_UNPROTECT], &b->near, start, message.n);
        NEED(got.plaintext.n == sizeof content);
        mls_received_clear(&got);
        base_buf_clear(&message);
    }
}

void bench_groups(mls_suite suite, uint32_t n, bench_row rows[BENCH_OPS])
{
    NEED(n >= 2 && n % 2 == 0);
    bench b = {.suite = suite, .n = n, .rows = rows};
    b.packages = (base_buf *)calloc(n - 1, sizeof *b.packages);
    NEED(b.packages != NULL);
    peer_open(&b.maker, suite, 0);
    peer_open(&b.near, suite, 1);
    b.packages[0] = package_of(&b.near, suite);
    for (uint32_t i = 2; i < n; i++) {
        peer other = {0};
        bool is_far = i == n - 1;
        peer *p = is_far ? &b.far : &other;
        peer_open(p, suite, i);
        b.packages[i - 1] = package_of(p, suite);
        peer_close(&other);
    }
    run_create(&b);
    run_join(&b, &b.near, &rows[OP_JOIN]);
    if (n > 2) {
        run_join(&b, &b.far, NULL);
    }
    run_fresh(&b);
    fill_tree(&b);
    run_full(&b);
    run_messages(&b);
    for (uint32_t i = 0; i < n - 1; i++) {
        base_buf_clear(&b.packages[i]);
    }
    free(b.packages);
    base_buf_clear(&b.welcome);
    peer_close(&b.maker);
    peer_close(&b.near);
    peer_close(&b.far);
}
