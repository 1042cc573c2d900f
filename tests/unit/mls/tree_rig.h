/* A group as far as the tree knows of it, for tests: one tree, and every member's private half. Its
 * commits go the whole way, made by one and received by all others, and each step is checked: all
 * come to one commit secret, and to keys that fit the tree. No key schedule, no messages. */
#ifndef TEST_MLS_TREE_RIG_H
#define TEST_MLS_TREE_RIG_H

#include "samples.h"

#include "mls/key_package.h"
#include "mls/parent_hash.h"
#include "mls/path_secret.h"
#include "mls/tree_check.h"
#include "mls/tree_codec.h"
#include "mls/tree_hash.h"
#include "mls/update_path.h"

#define RIG_MEMBERS 64
#define RIG_LEAVES 64
#define RIG_GROUP BYTES("rig's group")
#define RIG_SUITE MLS_SUITE_X25519_AES128GCM_SHA256_ED25519

typedef struct rig_member {
    bool in;
    base_secret signature_private;
    base_buf signature_public;
    mls_tree_private priv;
} rig_member;

typedef struct rig {
    bench b;
    mls_tree *tree;
    uint64_t epoch;
    mls_extension_list extensions; /* of the GroupContext */
    rig_member at[RIG_LEAVES];     /* by leaf */
} rig;

/* A key package on the rig's suite, decoded; the view borrows from both. */
typedef struct rig_package {
    base_buf encoded;
    base_arena arena;
    mls_key_package view;
    base_secret signature_private;
    base_buf signature_public;
    mls_key_package_private keys;
} rig_package;

static inline void rig_package_new(rig *r, rig_package *p)
{
    const base_alloc *alloc = &r->b.alloc.port;
    *p = (rig_package){.encoded = base_buf_on(alloc),
                       .arena = base_arena_on(alloc, 0),
                       .signature_public = base_buf_on(alloc)};
    assert_int_equal(crypto_sig_generate(&r->b.suite, &p->signature_private, &p->signature_public),
                     BASE_OK);
    mls_key_package_spec spec = {
        .leaf = {.signature_key = base_buf_bytes(&p->signature_public),
                 .credential = {MLS_CREDENTIAL_BASIC, BYTES("somebody")}},
        .signature_private = base_secret_bytes(&p->signature_private),
        .not_before = 100,
        .not_after = 200,
    };
    assert_int_equal(mls_key_package_make(&r->b.suite, &spec, &p->encoded, &p->keys), BASE_OK);
    base_rd rd = base_rd_on(base_buf_bytes(&p->encoded));
    mls_key_package_read(&rd, &p->arena, &p->view);
    assert_int_equal(base_rd_end(&rd), BASE_OK);
}

static inline void rig_package_clear(rig_package *p)
{
    base_buf_clear(&p->encoded);
    base_arena_clear(&p->arena);
    base_secret_clear(&p->signature_private);
    base_buf_clear(&p->signature_public);
    mls_key_package_private_clear(&p->keys);
}

static inline void rig_member_clear(rig_member *m)
{
    base_buf_clear(&m->signature_public);
    base_secret_clear(&m->signature_private);
    mls_tree_private_clear(&m->priv);
    m->in = false;
}

/* The owner of a package takes its place at a leaf. */
static inline void rig_seat(rig *r, const rig_package *p, mls_leaf_index at)
{
    rig_member *m = &r->at[at.v];
    assert_false(m->in);
    m->in = true;
    m->signature_private = p->signature_private;
    m->signature_public = base_buf_on(&r->b.alloc.port);
    assert_int_equal(base_buf_set(&m->signature_public, base_buf_bytes(&p->signature_public)),
                     BASE_OK);
    m->priv = (mls_tree_private){.leaf = at, .leaf_key = p->keys.encryption_key};
}

/* Add somebody to any tree of the rig; the place. */
static inline mls_leaf_index rig_add_to(rig *r, mls_tree *t, rig_package *p)
{
    mls_leaf_index at = {0};
    rig_package_new(r, p);
    assert_int_equal(mls_tree_add_leaf(t, &p->view.leaf_node, &at), BASE_OK);
    return at;
}

/* A group of one. */
static inline void rig_start(rig *r, mls_suite suite)
{
    rig_package p;
    memset(r, 0, sizeof *r);
    bench_init(&r->b, suite);
    assert_int_equal(mls_tree_new(&r->b.suite, RIG_LEAVES, &r->tree), BASE_OK);
    rig_seat(r, &p, rig_add_to(r, r->tree, &p));
    rig_package_clear(&p);
}

static inline void rig_end(rig *r)
{
    mls_tree_free(r->tree);
    for (size_t i = 0; i < RIG_LEAVES; i++) {
        rig_member_clear(&r->at[i]);
    }
    bench_clear(&r->b);
}

static inline mls_tree *rig_overlay(rig *r)
{
    mls_tree *t = NULL;
    assert_int_equal(mls_tree_overlay_new(r->tree, &t), BASE_OK);
    return t;
}

static inline void rig_merge(mls_tree *overlay)
{
    assert_int_equal(mls_tree_merge_prepare(overlay), BASE_OK);
    mls_tree_merge(overlay);
}

static inline crypto_digest rig_hash(mls_tree *t)
{
    crypto_digest d = {0};
    assert_int_equal(mls_tree_root_hash(t, &d), BASE_OK);
    return d;
}

static inline mls_group_context rig_context(const rig *r, const crypto_digest *tree_hash)
{
    return (mls_group_context){
        .version = MLS_VERSION_MLS10,
        .suite = r->b.suite.number,
        .group_id = RIG_GROUP,
        .epoch = r->epoch,
        .tree_hash = crypto_digest_bytes(tree_hash),
        .confirmed_transcript_hash = BYTES("transcript"),
        .extensions = r->extensions,
    };
}

static inline base_buf rig_encoded_context(const rig *r, mls_tree *t)
{
    base_buf out = base_buf_on(&r->b.alloc.port);
    base_wr w = base_wr_on(&out);
    crypto_digest hash = rig_hash(t);
    mls_group_context c = rig_context(r, &hash);
    mls_group_context_write(&w, &c);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static inline base_err rig_check(const rig *r, mls_tree *t)
{
    crypto_digest hash = rig_hash(t);
    mls_group_context c = rig_context(r, &hash);
    mls_lifetime_rule lifetime = {.check = false};
    return mls_tree_check(t, &c, &lifetime);
}

/* ---- commits ---- */

/* What one commit does: n_adds newcomers, some leaves gone, a path from the committer. */
typedef struct rig_commit {
    mls_leaf_index by;
    size_t n_adds;
    mls_leaf_index removed[RIG_LEAVES];
    size_t n_removed;
} rig_commit;

/* A path as it travels. */
typedef struct rig_path {
    base_buf encoded;
    base_arena arena;
    mls_update_path view;
} rig_path;

static inline void rig_path_decode(rig_path *p)
{
    base_rd rd = base_rd_on(base_buf_bytes(&p->encoded));
    mls_update_path_read(&rd, &p->arena, &p->view);
    assert_int_equal(base_rd_end(&rd), BASE_OK);
}

static inline void rig_path_clear(rig_path *p)
{
    base_buf_clear(&p->encoded);
    base_arena_clear(&p->arena);
}

/* The committer's half on an overlay with the proposals applied. */
static inline void rig_make_path(rig *r, mls_tree *t, mls_leaf_index by,
                                 const mls_leaf_index *added, size_t n_added, rig_path *out,
                                 mls_path_secrets *secrets, mls_tree_private *priv)
{
    rig_member *m = &r->at[by.v];
    mls_path_params params = {mls_tree_leaf(r->tree, by), base_secret_bytes(&m->signature_private),
                              RIG_GROUP};
    *out = (rig_path){.encoded = base_buf_on(&r->b.alloc.port),
                      .arena = base_arena_on(&r->b.alloc.port, 0)};
    assert_int_equal(mls_path_make(t, by, &params, secrets, priv), BASE_OK);
    base_buf context = rig_encoded_context(r, t);
    assert_int_equal(
        mls_path_seal(t, secrets, added, n_added, base_buf_bytes(&context), &out->encoded),
        BASE_OK);
    base_buf_clear(&context);
    rig_path_decode(out);
}

/* Everybody but the committer and the newcomers opens the path that was applied to t. */
static inline void rig_open_all(rig *r, mls_tree *t, mls_received_path *in,
                                const mls_path_secrets *secrets)
{
    base_buf context = rig_encoded_context(r, t);
    in->group_context = base_buf_bytes(&context);
    for (uint32_t i = 0; i < RIG_LEAVES; i++) {
        rig_member *m = &r->at[i];
        base_secret commit_secret = {0};
        if (!m->in || i == in->sender.v) {
            continue;
        }
        mls_tree_private_prune(&m->priv, t);
        assert_int_equal(mls_path_open(t, in, &m->priv, &commit_secret, NULL), BASE_OK);
        assert_bytes(base_secret_bytes(&commit_secret), base_secret_bytes(&secrets->commit_secret));
        assert_int_equal(mls_tree_private_check(&m->priv, t), BASE_OK);
    }
    base_buf_clear(&context);
}

static inline void rig_join(rig *r, mls_tree *t, const rig_package *p, mls_leaf_index at,
                            const mls_path_secrets *secrets)
{
    base_bytes path_secret = BASE_BYTES_NONE;
    rig_seat(r, p, at);
    rig_member *m = &r->at[at.v];
    assert_int_equal(mls_path_secret_for(secrets, at, &path_secret), BASE_OK);
    base_secret leaf_key = m->priv.leaf_key;
    assert_int_equal(mls_tree_private_join(t, at, base_secret_bytes(&leaf_key), secrets->leaf,
                                           path_secret, &m->priv),
                     BASE_OK);
    assert_int_equal(mls_tree_private_check(&m->priv, t), BASE_OK);
}

/* The proposals on one overlay; added and packages receive the newcomers, sorted as the leaves are.
 */
static inline void rig_propose(mls_tree *t, const rig_commit *c, rig_package *packages,
                               mls_leaf_index *added)
{
    for (size_t i = 0; i < c->n_removed; i++) {
        assert_int_equal(mls_tree_remove_leaf(t, c->removed[i]), BASE_OK);
    }
    for (size_t i = 0; i < c->n_adds; i++) {
        assert_int_equal(mls_tree_add_leaf(t, &packages[i].view.leaf_node, &added[i]), BASE_OK);
    }
}

/* Make a commit, let everybody process it, and merge it. */
static inline void rig_do(rig *r, const rig_commit *c)
{
    rig_package packages[RIG_MEMBERS];
    mls_leaf_index added[RIG_MEMBERS];
    rig_path path;
    mls_path_secrets secrets = {0};
    mls_tree_private priv = {0};
    mls_tree *made = rig_overlay(r);
    mls_tree *received = rig_overlay(r);
    for (size_t i = 0; i < c->n_adds; i++) {
        rig_package_new(r, &packages[i]);
    }
    rig_propose(made, c, packages, added);
    rig_make_path(r, made, c->by, added, c->n_adds, &path, &secrets, &priv);
    assert_int_equal(mls_tree_private_check(&priv, made), BASE_OK);
    for (size_t i = 0; i < c->n_removed; i++) {
        rig_member_clear(&r->at[c->removed[i].v]);
    }
    rig_propose(received, c, packages, added);
    mls_received_path in = {c->by, &path.view, added, c->n_adds, BASE_BYTES_NONE};
    assert_int_equal(mls_path_apply(received, &in), BASE_OK);
    crypto_digest a = rig_hash(made);
    crypto_digest b = rig_hash(received);
    assert_bytes(crypto_digest_bytes(&a), crypto_digest_bytes(&b));
    rig_open_all(r, received, &in, &secrets);
    r->at[c->by.v].priv = priv;
    for (size_t i = 0; i < c->n_adds; i++) {
        rig_join(r, received, &packages[i], added[i], &secrets);
        rig_package_clear(&packages[i]);
    }
    mls_tree_free(made);
    rig_merge(received);
    rig_path_clear(&path);
    mls_path_secrets_clear(&secrets);
    mls_tree_private_clear(&priv);
    r->epoch++;
}

/* Member `by` commits, adding n. */
static inline void rig_add(rig *r, uint32_t by, size_t n)
{
    rig_commit c = {.by = {by}, .n_adds = n};
    rig_do(r, &c);
}

static inline void rig_remove(rig *r, uint32_t by, uint32_t removed)
{
    rig_commit c = {.by = {by}, .removed = {{removed}}, .n_removed = 1};
    rig_do(r, &c);
}

/* An Add without a path: the newcomer is unmerged at all its ancestors. */
static inline mls_leaf_index rig_add_unmerged(rig *r)
{
    rig_package p;
    mls_leaf_index at = rig_add_to(r, r->tree, &p);
    rig_seat(r, &p, at);
    rig_package_clear(&p);
    return at;
}

/* A group of n (a power of two or not) in which everybody has committed: no parent is blank that
 * could be filled. */
static inline void rig_full(rig *r, mls_suite suite, uint32_t n)
{
    rig_start(r, suite);
    rig_add(r, 0, n - 1);
    for (uint32_t i = 0; i < n; i++) {
        rig_add(r, i, 0);
    }
}

/* What a tree costs to hash again: a decoded copy, whose hashes nothing has cached. */
static inline mls_tree *rig_copy(const rig *r, const mls_tree *t)
{
    mls_tree *copy = NULL;
    base_buf encoded = base_buf_on(&r->b.alloc.port);
    assert_int_equal(mls_tree_encode(t, &encoded), BASE_OK);
    assert_int_equal(mls_tree_decode(&r->b.suite, base_buf_bytes(&encoded), RIG_LEAVES, &copy),
                     BASE_OK);
    base_buf_clear(&encoded);
    return copy;
}

static inline void assert_nodes(const mls_node_list *got, const uint32_t *want, size_t n)
{
    assert_int_equal(got->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(got->v[i].v, want[i]);
    }
}

#endif
