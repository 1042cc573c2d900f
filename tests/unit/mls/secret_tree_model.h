/* The secret tree of RFC 9420 (section 9) as the pictures draw it, for tests: every secret derived
 * from the root again at each question, nothing kept. And a store that keeps what a tree saves. */
#ifndef TEST_MLS_SECRET_TREE_MODEL_H
#define TEST_MLS_SECRET_TREE_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mls/secret_tree.h"
#include "support/crypto_rig.h"
#include "support/fake_heap.h"

static const char *const model_ratchet[2] = {"handshake", "application"};

static inline base_secret model_expand(const crypto_suite *s, const base_secret *from,
                                       const char *label, const char *context)
{
    base_secret out = {0};
    assert_int_equal(crypto_expand_secret(s, base_secret_bytes(from), base_bytes_str(label),
                                          base_bytes_str(context), s->hash->size, &out),
                     BASE_OK);
    return out;
}

/* The secret of the node that covers the 2^level leaves from `first` on, in a tree of n leaves. */
static inline base_secret model_node(const crypto_suite *s, base_secret root, uint32_t n,
                                     uint32_t first, uint32_t level)
{
    uint32_t from = 0;
    for (uint32_t width = n; width > (1U << level); width /= 2) {
        bool left = first < from + width / 2;
        root = model_expand(s, &root, "tree", left ? "left" : "right");
        from += left ? 0 : width / 2;
    }
    return root;
}

/* ratchet_secret_[leaf]_[generation]. */
static inline base_secret model_ratchet_secret(const crypto_suite *s, base_secret root, uint32_t n,
                                               uint32_t leaf, mls_ratchet_kind kind,
                                               uint32_t generation)
{
    base_secret node = model_node(s, root, n, leaf, 0);
    base_secret ratchet = model_expand(s, &node, model_ratchet[kind], "");
    for (uint32_t i = 0; i < generation; i++) {
        assert_int_equal(crypto_derive_tree_secret(s, base_secret_bytes(&ratchet),
                                                   CRYPTO_LABEL("secret"), i, s->hash->size,
                                                   &ratchet),
                         BASE_OK);
    }
    return ratchet;
}

static inline mls_message_key model_key(const crypto_suite *s, base_secret root, uint32_t n,
                                        uint32_t leaf, mls_ratchet_kind kind, uint32_t generation)
{
    base_secret ratchet = model_ratchet_secret(s, root, n, leaf, kind, generation);
    mls_message_key out = {0};
    assert_int_equal(crypto_derive_tree_secret(s, base_secret_bytes(&ratchet), CRYPTO_LABEL("key"),
                                               generation, s->aead->key_size, &out.key),
                     BASE_OK);
    assert_int_equal(crypto_derive_tree_secret(s, base_secret_bytes(&ratchet),
                                               CRYPTO_LABEL("nonce"), generation,
                                               s->aead->nonce_size, &out.nonce),
                     BASE_OK);
    return out;
}

static inline void assert_key(const mls_message_key *got, const mls_message_key *want)
{
    assert_bytes(base_secret_bytes(&got->key), base_secret_bytes(&want->key));
    assert_bytes(base_secret_bytes(&got->nonce), base_secret_bytes(&want->nonce));
}

/* ---- a tree with its model ---- */

typedef struct tree_rig {
    crypto_rig rig;
    crypto_suite s;
    uint32_t n; /* leaves, a power of two */
    base_secret root;
    mls_secret_tree *t;
} tree_rig;

static const mls_ratchet_limits model_limits = {.forward = 20, .kept = 10};

static inline void tree_rig_init(tree_rig *r, uint16_t suite, uint32_t n)
{
    memset(r, 0, sizeof *r);
    crypto_rig_init(&r->rig, 50 + n);
    r->s = crypto_rig_suite(&r->rig, suite);
    r->n = n;
    assert_int_equal(crypto_random_secret(&r->s, r->s.hash->size, &r->root), BASE_OK);
    base_secret taken = r->root;
    assert_int_equal(mls_secret_tree_new(&r->s, n, &model_limits, &taken, &r->t), BASE_OK);
    assert_int_equal(taken.n, 0);
}

static inline void tree_rig_clear(tree_rig *r)
{
    mls_secret_tree_free(r->t);
    assert_int_equal(r->rig.heap.live, 0);
}

/* Receive one message: peek, compare with the model, consume. */
static inline base_err tree_rig_receive(tree_rig *r, uint32_t leaf, mls_ratchet_kind kind,
                                        uint32_t generation)
{
    mls_ratchet_step step = {0};
    base_err err = mls_secret_tree_peek(r->t, (mls_leaf_index){leaf}, kind, generation, &step);
    if (err == BASE_OK) {
        mls_message_key want = model_key(&r->s, r->root, r->n, leaf, kind, generation);
        assert_key(&step.key, &want);
        err = mls_secret_tree_consume(r->t, &step);
    }
    mls_ratchet_step_clear(&step);
    return err;
}

/* Send one message: the generation and the key are the model's. */
static inline void tree_rig_send(tree_rig *r, uint32_t leaf, mls_ratchet_kind kind,
                                 uint32_t generation)
{
    uint32_t got_generation = 0;
    mls_message_key got = {0};
    assert_int_equal(
        mls_secret_tree_next(r->t, (mls_leaf_index){leaf}, kind, &got_generation, &got), BASE_OK);
    assert_int_equal(got_generation, generation);
    mls_message_key want = model_key(&r->s, r->root, r->n, leaf, kind, generation);
    assert_key(&got, &want);
}

/* ---- a store ---- */

#define STORE_NODES 256
#define STORE_SENDERS 64

typedef struct tree_store {
    base_secret nodes[STORE_NODES]; /* by node; empty is absent */
    base_buf senders[STORE_SENDERS];
    size_t node_writes;
    size_t node_deletes;
    size_t sender_writes;
    size_t sender_deletes;
    size_t bytes;
    base_err fail; /* what the sink answers */
} tree_store;

static inline base_err store_node(void *user, uint32_t node, base_bytes secret)
{
    tree_store *st = user;
    assert_true(node < STORE_NODES);
    st->node_writes += secret.n > 0;
    st->node_deletes += secret.n == 0;
    st->bytes += secret.n;
    if (st->fail != BASE_OK) {
        return st->fail;
    }
    return base_secret_set(&st->nodes[node], secret);
}

static inline base_err store_sender(void *user, mls_leaf_index leaf, base_bytes ratchets)
{
    tree_store *st = user;
    assert_true(leaf.v < STORE_SENDERS);
    st->sender_writes += ratchets.n > 0;
    st->sender_deletes += ratchets.n == 0;
    st->bytes += ratchets.n;
    if (st->fail != BASE_OK) {
        return st->fail;
    }
    return base_buf_set(&st->senders[leaf.v], ratchets);
}

static inline mls_secret_tree_sink store_sink(tree_store *st)
{
    return (mls_secret_tree_sink){store_node, store_sender, st, NULL};
}

static inline void store_reset_counts(tree_store *st)
{
    st->node_writes = st->node_deletes = st->sender_writes = st->sender_deletes = st->bytes = 0;
}

static inline void store_clear(tree_store *st)
{
    for (size_t i = 0; i < STORE_SENDERS; i++) {
        base_buf_clear(&st->senders[i]);
    }
}

/* Save what changed, as a caller does. */
static inline void store_save(tree_store *st, mls_secret_tree *t)
{
    const mls_secret_tree_sink sink = store_sink(st);
    assert_int_equal(mls_secret_tree_save(t, &sink), BASE_OK);
    mls_secret_tree_saved(t);
}

/* A new tree of all that is stored. */
static inline mls_secret_tree *store_load(const tree_store *st, const crypto_suite *s, uint32_t n)
{
    mls_secret_tree *t = NULL;
    assert_int_equal(mls_secret_tree_new(s, n, &model_limits, NULL, &t), BASE_OK);
    for (uint32_t i = 0; i < STORE_NODES; i++) {
        if (st->nodes[i].n > 0) {
            assert_int_equal(mls_secret_tree_put_node(t, i, base_secret_bytes(&st->nodes[i])),
                             BASE_OK);
        }
    }
    for (uint32_t i = 0; i < STORE_SENDERS; i++) {
        if (st->senders[i].n > 0) {
            assert_int_equal(
                mls_secret_tree_put_sender(t, (mls_leaf_index){i}, base_buf_bytes(&st->senders[i])),
                BASE_OK);
        }
    }
    return t;
}

#endif
