/* Trees of members that are none: leaves and parents with made-up keys, for tests of where nodes
 * go. The tree judges nothing of what is put into it. */
#ifndef TEST_MLS_TREE_DUMMIES_H
#define TEST_MLS_TREE_DUMMIES_H

#include "tree_rig.h"

/* A leaf that only looks like one: the tree judges nothing. no makes its keys differ. */
typedef struct dummy {
    uint8_t key[4];
    uint8_t signature_key[4];
    mls_leaf_node leaf;
} dummy;

static inline const mls_leaf_node *dummy_of(dummy *d, uint32_t no)
{
    d->leaf = sample_leaf(MLS_LEAF_KEY_PACKAGE);
    for (size_t i = 0; i < 4; i++) {
        d->key[i] = (uint8_t)(no >> (8 * i));
        d->signature_key[i] = d->key[i];
    }
    d->leaf.encryption_key = base_bytes_of(d->key, 4);
    d->leaf.signature_key = base_bytes_of(d->signature_key, 4);
    return &d->leaf;
}

static inline uint32_t add(mls_tree *t, uint32_t no)
{
    dummy d;
    mls_leaf_index at = {UINT32_MAX};
    assert_int_equal(mls_tree_add_leaf(t, dummy_of(&d, no), &at), BASE_OK);
    return at.v;
}

static inline void remove_leaf(mls_tree *t, uint32_t leaf)
{
    assert_int_equal(mls_tree_remove_leaf(t, (mls_leaf_index){leaf}), BASE_OK);
}

/* A parent with a made-up key. */
static inline void fill(const bench *b, mls_tree *t, uint32_t x)
{
    uint8_t key[] = {'p', (uint8_t)(x >> 8), (uint8_t)x};
    mls_parent_node p = {base_bytes_of(key, sizeof key), BASE_BYTES_NONE, NULL, 0};
    mls_node *n = NULL;
    assert_int_equal(mls_node_from_parent(&b->alloc.port, &p, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){x}, n), BASE_OK);
}

static inline mls_tree *tree_of(bench *b, uint32_t members)
{
    mls_tree *t = NULL;
    bench_init(b, RIG_SUITE);
    assert_int_equal(mls_tree_new(&b->suite, RIG_LEAVES, &t), BASE_OK);
    for (uint32_t i = 0; i < members; i++) {
        assert_int_equal(add(t, i), i);
    }
    return t;
}

static inline void end(const bench *b, mls_tree *t)
{
    mls_tree_free(t);
    bench_clear(b);
}

static inline mls_tree *overlay_of(mls_tree *base)
{
    mls_tree *t = NULL;
    assert_int_equal(mls_tree_overlay_new(base, &t), BASE_OK);
    return t;
}

static inline void assert_unmerged(const mls_tree *t, uint32_t x, const uint32_t *want, size_t n)
{
    const mls_node *node = mls_tree_node(t, (mls_node_index){x});
    assert_non_null(node);
    assert_int_equal(node->parent.n_unmerged, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(node->parent.unmerged[i].v, want[i]);
    }
}

static inline bool blank(const mls_tree *t, uint32_t x)
{
    return mls_tree_node(t, (mls_node_index){x}) == NULL;
}

#endif
