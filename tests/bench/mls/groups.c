/* The operations on groups. Who is in a group of n: leaf 0 made it and commits; leaf 1 is near, its
 * path meets that of leaf 0 at the lowest node; leaf n - 1 is far, under the root's other child.
 * These three are real members. In the fresh group the others gave their key packages, and nothing
 * else of them is needed; in the full one nobody ever held their keys. */
#include <stdlib.h>
#include <string.h>

#include "meter.h"
#include "people.h"

typedef struct bench {
    mls_suite suite;
    uint32_t n;
    const crypto_backend *backend;
    bench_result *out;
    bench_row *rows;
    peer maker;
    peer near;
    peer far;           /* unused in a group of two, where near is all there is */
    base_buf *packages; /* of leaves 1 to n - 1 */
    base_buf welcome;
    base_buf welcome_beside;
    base_buf tree;
} bench;

/* The bound of a row that was just measured. */
static void bound(bench *b, bench_op op)
{
    bench_row *row = &b->rows[op];
    const bench_load load = {.n = b->n,
                             .wire = row->wire,
                             .leaf = b->out->memory.leaf,
                             .package = b->packages[0].n,
                             .seals = row->calls.encap > 0 ? row->calls.encap : row->calls.dh};
    bench_bound(&b->out->prims, op, &load, row);
}

static size_t leaf_bytes(const base_buf *tree, uint32_t n)
{
    return tree->n / n; /* of a fresh tree: a leaf, and a byte for the blank beside it */
}

/* ---- a fresh group ---- */

static void create_once(bench *b, const mls_commit_params *params, bench_row *row,
                        base_buf *welcome)
{
    const hash_store empty = {0};
    mls_commit_out out = {0};
    peer *p = &b->maker;
    const mls_member_params member = peer_member(p, b->suite);
    peer_restore(p, &empty);
    double start = bench_begin(p);
    MUST(mls_group_create(p->ctx, bench_text(BENCH_GROUP_ID), &member,
                          (mls_extension_list){NULL, 0}, BENCH_NOW, &p->group));
    MUST(mls_group_commit(p->group, params, BENCH_NOW, &out));
    MUST(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    if (row != NULL) {
        bench_end(row, p, start, out.commit.n + out.welcome.n);
    }
    base_buf_clear(welcome);
    *welcome = out.welcome;
    base_buf_clear(&out.commit);
}

static void run_create(bench *b)
{
    uint32_t others = b->n - 1;
    mls_proposal_params *adds = (mls_proposal_params *)calloc(others, sizeof *adds);
    NEED(adds != NULL);
    for (uint32_t i = 0; i < others; i++) {
        adds[i].type = MLS_PROPOSAL_ADD;
        adds[i].key_package = base_buf_bytes(&b->packages[i]);
    }
    mls_commit_params params = {.proposals = adds, .n_proposals = others, .no_path = true};
    size_t before = b->maker.heap.live;
    while (!bench_enough(&b->rows[OP_CREATE])) {
        create_once(b, &params, &b->rows[OP_CREATE], &b->welcome);
    }
    MUST(mls_group_tree(b->maker.group, &b->tree));
    b->out->memory.fresh = b->maker.heap.live - before - b->welcome.cap - b->tree.cap;
    b->out->memory.fresh_tree = b->tree.n;
    b->out->memory.leaf = leaf_bytes(&b->tree, b->n);
    bound(b, OP_CREATE);
    params.tree_beside = true;
    create_once(b, &params, NULL, &b->welcome_beside);
    base_buf_clear(&b->tree);
    MUST(mls_group_tree(b->maker.group, &b->tree));
    free(adds);
}

/* The last of these joins is to the group that leaf 0 is in. */
static void run_join(bench *b, peer *p, bool beside, bench_row *row)
{
    const base_buf *welcome = beside ? &b->welcome_beside : &b->welcome;
    base_bytes tree = beside ? base_buf_bytes(&b->tree) : (base_bytes){NULL, 0};
    hash_store before = {0};
    hash_store_copy(&before, &p->store);
    do {
        peer_restore(p, &before);
        double start = bench_begin(p);
        MUST(mls_group_join(p->ctx, base_buf_bytes(welcome), tree, BENCH_NOW, &p->group));
        if (row != NULL) {
            bench_end(row, p, start, welcome->n + tree.n);
        }
    } while (row != NULL && !bench_enough(row));
    if (row != NULL && !beside) {
        peer_restore(p, &before);
    }
    hash_store_clear(&before);
}

/* Load a group, and let it compute what it computes once. */
static void reload(peer *p, const hash_store *saved)
{
    base_buf scrap = {0};
    peer_restore(p, saved);
    MUST(mls_group_load(p->ctx, bench_text(BENCH_GROUP_ID), &p->group));
    mls_commit_out out = {0};
    MUST(mls_group_commit(p->group, NULL, BENCH_NOW, &out));
    mls_commit_out_clear(&out);
    MUST(mls_group_protect(p->group, bench_text("x"), NULL, &scrap));
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
    while (!bench_enough(made) && made->time.n < 11) {
        reload(&b->maker, &maker);
        reload(&b->near, &near);
        base_buf commit = bench_commit(&b->maker, NULL, made, NULL);
        bench_process(&b->near, &commit, &b->rows[OP_PROCESS_FRESH]);
        base_buf_clear(&commit);
    }
    bound(b, OP_COMMIT_FRESH);
    bound(b, OP_PROCESS_FRESH);
    hash_store_clear(&maker);
    hash_store_clear(&near);
}

/* ---- a full group ---- */

/* p takes over a leaf from outside; who is in already follows. */
static void join_from_outside(bench *b, peer *p, uint32_t leaf, peer *follower)
{
    base_buf info = {0};
    base_buf commit = {0};
    bench_row *row = &b->rows[OP_JOIN_EXTERNAL];
    const mls_external_params params = {
        .member = peer_member(p, b->suite), .replace = true, .old = {leaf}};
    MUST(mls_group_info(b->maker.group, true, true, &info));
    double start = bench_begin(p);
    MUST(mls_group_join_external(p->ctx, base_buf_bytes(&info), (base_bytes){NULL, 0}, &params,
                                 BENCH_NOW, &commit, &p->group));
    bench_end(row, p, start, info.n + commit.n);
    if (row->calls.base > 1) {
        row->calls.dh--; /* of the external init */
        row->calls.encap -= row->calls.encap > 0 ? 1 : 0;
    }
    bound(b, OP_JOIN_EXTERNAL);
    NEED(mls_group_own_leaf(p->group).v == leaf);
    bench_process(&b->maker, &commit, NULL);
    if (follower != NULL) {
        bench_process(follower, &commit, NULL);
    }
    base_buf_clear(&info);
    base_buf_clear(&commit);
}

static void make_full(bench *b)
{
    const hash_store empty = {0};
    peer_restore(&b->maker, &empty);
    peer_restore(&b->near, &empty);
    peer_restore(&b->far, &empty);
    full_group_new(&b->maker, b->suite, b->n);
    base_buf commit = bench_commit(&b->maker, NULL, NULL, NULL);
    base_buf_clear(&commit);
    join_from_outside(b, &b->near, 1, NULL);
    if (b->n > 2) {
        join_from_outside(b, &b->far, b->n - 1, &b->near);
    }
}

static void everybody(bench *b, const base_buf *commit, bench_row *near, bench_row *far)
{
    bench_process(&b->near, commit, near);
    if (b->n > 2) {
        bench_process(&b->far, commit, far);
    }
}

static void run_full(bench *b)
{
    bench_row *made = &b->rows[OP_COMMIT_FULL];
    while (!bench_enough(made)) {
        base_buf commit = bench_commit(&b->maker, NULL, made, NULL);
        everybody(b, &commit, &b->rows[OP_PROCESS_NEAR], &b->rows[OP_PROCESS_FAR]);
        base_buf_clear(&commit);
    }
    /* The tree was full: one ciphertext a level. */
    unsigned long depth = 0;
    for (uint32_t leaves = 1; leaves < b->n; leaves *= 2) {
        depth++;
    }
    unsigned long seals = made->calls.encap > 0 ? made->calls.encap : made->calls.dh;
    NEED(seals <= depth && (b->n & (b->n - 1)) == 0 ? seals == depth : seals > 0);
    bound(b, OP_COMMIT_FULL);
    bound(b, OP_PROCESS_NEAR);
    if (b->n > 2) {
        bound(b, OP_PROCESS_FAR);
    }
}

/* Somebody comes and goes again, by a commit with a path each, their Welcome's tree beside. */
static void run_add_remove(bench *b)
{
    bench_row *add = &b->rows[OP_ADD];
    while (!bench_enough(add)) {
        peer guest = {0};
        peer_open(&guest, b->backend, b->suite, 900000);
        base_buf package = peer_package(&guest, b->suite);
        const mls_proposal_params one = {.type = MLS_PROPOSAL_ADD,
                                         .key_package = base_buf_bytes(&package)};
        mls_commit_params params = {.proposals = &one, .n_proposals = 1, .tree_beside = true};
        base_buf commit = bench_commit(&b->maker, &params, add, NULL);
        everybody(b, &commit, &b->rows[OP_PROCESS_ADD], NULL);
        base_buf_clear(&commit);
        const mls_proposal_params off = {.type = MLS_PROPOSAL_REMOVE, .removed = {b->n}};
        params = (mls_commit_params){.proposals = &off, .n_proposals = 1};
        commit = bench_commit(&b->maker, &params, &b->rows[OP_REMOVE], NULL);
        everybody(b, &commit, &b->rows[OP_PROCESS_REMOVE], NULL);
        base_buf_clear(&commit);
        base_buf_clear(&package);
        peer_close(&guest);
    }
    if (add->calls.encap > 0) {
        add->calls.encap--; /* of the Welcome, counted by itself */
    } else {
        add->calls.dh--;
    }
    bound(b, OP_ADD);
    bound(b, OP_PROCESS_ADD);
    bound(b, OP_REMOVE);
    bound(b, OP_PROCESS_REMOVE);
}

static void weigh_full(bench *b)
{
    base_buf tree = {0};
    size_t with = b->near.heap.live;
    MUST(mls_group_tree(b->near.group, &tree));
    b->out->memory.full_tree = tree.n;
    base_buf_clear(&tree);
    mls_group_free(b->near.group);
    b->out->memory.full = with - b->near.heap.live;
    b->near.group = NULL;
    MUST(mls_group_load(b->near.ctx, bench_text(BENCH_GROUP_ID), &b->near.group));
}

/* ---- all of it ---- */

static void open_people(bench *b)
{
    peer_open(&b->maker, b->backend, b->suite, 0);
    peer_open(&b->near, b->backend, b->suite, 1);
    peer_open(&b->far, b->backend, b->suite, b->n - 1);
    b->packages[0] = peer_package(&b->near, b->suite);
    for (uint32_t i = 2; i < b->n; i++) {
        peer other = {0};
        peer_open(&other, b->backend, b->suite, i);
        b->packages[i - 1] = peer_package(&other, b->suite);
        peer_close(&other);
    }
}

void bench_groups(mls_suite suite, bench_result *out)
{
    bench b = {.suite = suite, .n = out->n, .out = out, .rows = out->rows};
    NEED(b.n >= 2);
    b.backend = meter_backend(suite);
    NEED(b.backend != NULL);
    b.packages = (base_buf *)calloc(b.n - 1, sizeof *b.packages);
    NEED(b.packages != NULL);
    open_people(&b);
    run_create(&b);
    run_join(&b, &b.near, false, &b.rows[OP_JOIN]);
    run_join(&b, &b.near, true, &b.rows[OP_JOIN_BESIDE]);
    bound(&b, OP_JOIN);
    bound(&b, OP_JOIN_BESIDE);
    run_fresh(&b);
    make_full(&b);
    run_full(&b);
    weigh_full(&b);
    bench_messages(suite, &b.maker, &b.near, out);
    run_add_remove(&b);
    bench_store(b.backend, &b.maker, out);
    for (uint32_t i = 0; i < b.n - 1; i++) {
        base_buf_clear(&b.packages[i]);
    }
    free(b.packages);
    base_buf_clear(&b.welcome);
    base_buf_clear(&b.welcome_beside);
    base_buf_clear(&b.tree);
    peer_close(&b.maker);
    peer_close(&b.near);
    peer_close(&b.far);
}
