/* A group whose ratchet tree is full, made at once. To fill a tree by commits takes half as many as
 * there are leaves, each with its parents' hashes: hours at 50,000. What RFC 9420, section 7.9.2,
 * asks of a tree is that one node below each parent carries its parent hash. Here that is always
 * the one on the right, so that a tree is made in one walk: the left half, whose hash goes into the
 * right half's parent hash, and then the right half. Every key is fresh, every leaf signed. What
 * comes out is judged by the library: others join from outside, which checks the tree whole. */
#include <string.h>

#include "mls/group.h"
#include "mls/leaf_node.h"
#include "mls/member.h"
#include "mls/parent_hash.h"
#include "mls/persist.h"
#include "mls/tree_hash.h"
#include "people.h"

typedef struct builder {
    mls_group *g;
    mls_tree *t;
    mls_member member; /* of the real one, the model for the others */
    uint32_t n;
} builder;

static void put_leaf(builder *b, mls_leaf_index at, const crypto_digest *parent_hash)
{
    const crypto_suite *suite = &b->g->epoch.suite;
    base_secret signing = b->member.private_key;
    base_secret key = {0};
    base_buf public_key = {0};
    base_buf verifying = {0};
    base_buf signature = {0};
    mls_node *node = NULL;
    char name[24];
    mls_leaf_node leaf = b->member.leaf;
    if (at.v != 0) {
        snprintf(name, sizeof name, "member %06u", (unsigned)at.v);
        leaf.credential.body = bench_text(name);
        MUST(crypto_sig_generate(suite, &signing, &verifying));
        leaf.signature_key = base_buf_bytes(&verifying);
    }
    MUST(crypto_hpke_generate_key_pair(suite, &key, &public_key));
    leaf.encryption_key = base_buf_bytes(&public_key);
    leaf.source = parent_hash->n > 0 ? MLS_LEAF_COMMIT : MLS_LEAF_KEY_PACKAGE;
    leaf.parent_hash = crypto_digest_bytes(parent_hash);
    leaf.not_before = BENCH_NOW - 1000;
    leaf.not_after = BENCH_NOW + 1000;
    MUST(mls_leaf_node_sign(suite, base_secret_bytes(&signing), &leaf, bench_text(BENCH_GROUP_ID),
                            at, &signature));
    leaf.signature = base_buf_bytes(&signature);
    MUST(mls_node_from_leaf(b->g->ctx->alloc, &leaf, &node));
    MUST(mls_tree_put(b->t, mls_node_of_leaf(at), node));
    if (at.v == 0) {
        b->g->epoch.keys.leaf = at;
        b->g->epoch.keys.leaf_key = key;
    }
    base_buf_clear(&public_key);
    base_buf_clear(&verifying);
    base_buf_clear(&signature);
}

/* Fill the subtree under x, whose highest node carries parent_hash. Where a half has no leaf the
 * parent is blank, as on a filtered path. */
static void fill(builder *b, mls_node_index x, const crypto_digest *parent_hash)
{
    const crypto_suite *suite = &b->g->epoch.suite;
    if (mls_node_is_leaf(x)) {
        put_leaf(b, mls_leaf_of_node(x), parent_hash);
        return;
    }
    const crypto_digest none = {0};
    mls_node_index left = mls_node_left(x);
    mls_node_index right = mls_node_right(x);
    if (mls_node_first_leaf(right).v >= b->n) {
        fill(b, left, parent_hash);
        return;
    }
    fill(b, left, &none);
    base_secret key = {0};
    base_buf public_key = {0};
    mls_node *node = NULL;
    crypto_digest next = {0};
    MUST(crypto_hpke_generate_key_pair(suite, &key, &public_key));
    const mls_parent_node parent = {base_buf_bytes(&public_key), crypto_digest_bytes(parent_hash),
                                    NULL, 0};
    MUST(mls_node_from_parent(b->g->ctx->alloc, &parent, &node));
    MUST(mls_tree_put(b->t, x, node));
    MUST(mls_parent_hash(b->t, x, left, &next));
    fill(b, right, &next);
    base_buf_clear(&public_key);
}

/* Epoch 0 of a group with that tree. */
static void begin_epoch(builder *b, mls_suite suite)
{
    mls_group *g = b->g;
    crypto_digest tree_hash = {0};
    MUST(mls_tree_root_hash(b->t, &tree_hash));
    const mls_group_context context = {
        MLS_VERSION_MLS10, suite,    bench_text(BENCH_GROUP_ID), 0, crypto_digest_bytes(&tree_hash),
        BASE_BYTES_NONE,   {NULL, 0}};
    MUST(mls_epoch_set_context(&g->epoch, g->ctx, &context));
    MUST(mls_epoch_secrets_generate(&g->epoch.suite, &g->epoch.secrets));
    MUST(mls_epoch_confirm(&g->epoch));
    const mls_ratchet_limits limits = mls_group_ratchet_limits(g->ctx);
    MUST(mls_secret_tree_new(&g->epoch.suite, mls_tree_leaf_count(b->t), &limits,
                             &g->epoch.secrets.encryption_secret, &g->messages));
}

void full_group_new(peer *p, mls_suite suite, uint32_t n)
{
    const crypto_digest none = {0};
    const mls_member_params params = peer_member(p, suite);
    builder b = {.n = n};
    uint32_t leaves = 1;
    while (leaves < n) {
        leaves *= 2;
    }
    b.g = mls_group_alloc(p->ctx);
    NEED(b.g != NULL);
    MUST(mls_store_key_group(p->ctx, bench_text(BENCH_GROUP_ID), &b.g->prefix));
    MUST(mls_ctx_suite(p->ctx, suite, &b.g->epoch.suite));
    MUST(mls_member_init(&b.member, &b.g->epoch.suite, &params, p->ctx->alloc));
    MUST(mls_tree_new(&b.g->epoch.suite, p->ctx->limits.leaves, &b.t));
    b.g->epoch.tree = b.t;
    MUST(mls_tree_resize(b.t, leaves));
    fill(&b, mls_tree_root(b.t), &none);
    begin_epoch(&b, suite);
    b.g->signature_private = b.member.private_key;
    mls_batch batch = mls_batch_on(p->ctx->alloc);
    MUST(mls_persist_new(b.g, &batch));
    mls_batch_clear(&batch);
    mls_member_clear(&b.member);
    p->group = b.g;
}
