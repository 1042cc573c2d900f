/* Tree hashes, against inputs that are written out here by hand: for a blank, a leaf, a parent, and
 * with leaves left out. That caches never go stale is test_tree_overlay's. */
#include "tree_rig.h"

static crypto_digest digest(const rig *r, base_bytes input)
{
    crypto_digest d = {0};
    assert_int_equal(crypto_digest_of(&r->b.suite, &input, 1, &d), BASE_OK);
    return d;
}

static crypto_digest node_hash(mls_tree *t, uint32_t x)
{
    crypto_digest d = {0};
    assert_int_equal(mls_tree_hash(t, (mls_node_index){x}, &d), BASE_OK);
    return d;
}

/* LeafNodeHashInput as a TreeHashInput. */
static crypto_digest leaf_want(const rig *r, uint32_t leaf, const mls_leaf_node *node)
{
    base_buf in = base_buf_on(&r->b.alloc.port);
    base_wr w = base_wr_on(&in);
    base_wr_u8(&w, 1);
    base_wr_u32(&w, leaf);
    base_wr_bool(&w, node != NULL);
    if (node != NULL) {
        mls_leaf_node_write(&w, node);
    }
    assert_int_equal(base_wr_end(&w), BASE_OK);
    crypto_digest d = digest(r, base_buf_bytes(&in));
    base_buf_clear(&in);
    return d;
}

static crypto_digest parent_want(const rig *r, const mls_parent_node *node,
                                 const crypto_digest *left, const crypto_digest *right)
{
    base_buf in = base_buf_on(&r->b.alloc.port);
    base_wr w = base_wr_on(&in);
    base_wr_u8(&w, 2);
    base_wr_bool(&w, node != NULL);
    if (node != NULL) {
        mls_parent_node_write(&w, node);
    }
    base_wr_vec(&w, crypto_digest_bytes(left));
    base_wr_vec(&w, crypto_digest_bytes(right));
    assert_int_equal(base_wr_end(&w), BASE_OK);
    crypto_digest d = digest(r, base_buf_bytes(&in));
    base_buf_clear(&in);
    return d;
}

/* The hash of a subtree with some leaves counting as blank, by the definition and without a cache.
 */
static crypto_digest want(const rig *r, const mls_tree *t, uint32_t i,
                          const mls_leaf_index *without, size_t n)
{
    mls_node_index x = {i};
    const mls_node *node = mls_tree_node(t, x);
    if (mls_node_is_leaf(x)) {
        mls_leaf_index leaf = mls_leaf_of_node(x);
        bool out = mls_leaf_list_has(without, n, leaf);
        return leaf_want(r, leaf.v, node == NULL || out ? NULL : &node->leaf);
    }
    crypto_digest left = want(r, t, mls_node_left(x).v, without, n);
    crypto_digest right = want(r, t, mls_node_right(x).v, without, n);
    if (node == NULL) {
        return parent_want(r, NULL, &left, &right);
    }
    mls_leaf_index kept[RIG_LEAVES];
    mls_parent_node p = node->parent;
    p.unmerged = kept;
    p.n_unmerged = 0;
    for (size_t k = 0; k < node->parent.n_unmerged; k++) {
        if (!mls_leaf_list_has(without, n, node->parent.unmerged[k])) {
            kept[p.n_unmerged] = node->parent.unmerged[k];
            p.n_unmerged++;
        }
    }
    return parent_want(r, &p, &left, &right);
}

static void assert_digest(const crypto_digest *got, const crypto_digest *wanted)
{
    assert_bytes(crypto_digest_bytes(got), crypto_digest_bytes(wanted));
}

/* Leaves, blanks, filled and blank parents, and unmerged leaves, for hashes of 32 and of 64 bytes,
 * whose lengths take one and two bytes. */
static void hashes_are_those_of_the_inputs_that_the_rfc_writes(void **state)
{
    (void)state;
    const mls_suite suites[] = {RIG_SUITE, 7, 84};
    for (size_t s = 0; s < COUNT(suites); s++) {
        rig r;
        rig_full(&r, suites[s], 7);
        rig_remove(&r, 0, 2);
        rig_remove(&r, 6, 5);
        (void)rig_add_unmerged(&r);
        assert_int_equal(rig_hash(r.tree).n, suites[s] == 84 ? 64 : suites[s] == 7 ? 48 : 32);
        for (uint32_t i = 0; i < mls_node_count(mls_tree_leaf_count(r.tree)); i++) {
            crypto_digest got = node_hash(r.tree, i);
            crypto_digest wanted = want(&r, r.tree, i, NULL, 0);
            assert_digest(&got, &wanted);
        }
        rig_end(&r);
    }
}

static void the_place_of_a_blank_leaf_is_part_of_its_hash(void **state)
{
    (void)state;
    rig r;
    rig_start(&r, RIG_SUITE);
    assert_int_equal(mls_tree_resize(r.tree, 4), BASE_OK);
    crypto_digest two = node_hash(r.tree, 4);
    crypto_digest three = node_hash(r.tree, 6);
    assert_memory_not_equal(two.b, three.b, two.n);
    rig_end(&r);
}

static void leaving_leaves_out_hashes_as_if_they_had_never_come(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 6);
    const mls_leaf_index fresh[] = {rig_add_unmerged(&r), rig_add_unmerged(&r)};
    const mls_leaf_index sets[][2] = {{{6}, {7}}, {{6}, {0}}, {{7}, {0}}, {{1}, {5}}};
    const size_t sizes[] = {2, 1, 1, 2};
    assert_true(fresh[0].v == 6 && fresh[1].v == 7);
    for (size_t s = 0; s < COUNT(sets); s++) {
        for (uint32_t i = 0; i < 15; i++) {
            crypto_digest got = {0};
            crypto_digest wanted = want(&r, r.tree, i, sets[s], sizes[s]);
            assert_int_equal(
                mls_tree_hash_without(r.tree, (mls_node_index){i}, sets[s], sizes[s], &got),
                BASE_OK);
            assert_digest(&got, &wanted);
        }
    }
    crypto_digest root = rig_hash(r.tree);
    crypto_digest wanted = want(&r, r.tree, 7, NULL, 0); /* nothing of it entered the cache */
    assert_digest(&root, &wanted);
    rig_end(&r);
}

static size_t digests;
static const crypto_hash_alg *counted;

static base_err count_digest(const base_bytes *parts, size_t count, uint8_t *out)
{
    digests++;
    return counted->digest(parts, count, out);
}

static void a_change_costs_the_hashes_of_its_path_and_no_others(void **state)
{
    (void)state;
    rig r;
    rig_package p;
    rig_start(&r, RIG_SUITE);
    rig_add(&r, 0, 31);
    rig_package_new(&r, &p);
    counted = r.b.suite.hash;
    crypto_hash_alg counting = *counted;
    counting.digest = count_digest;
    bench with_count = r.b;
    with_count.suite.hash = &counting;
    mls_tree *t = NULL;
    base_buf encoded = base_buf_on(&r.b.alloc.port);
    assert_int_equal(mls_tree_encode(r.tree, &encoded), BASE_OK);
    assert_int_equal(mls_tree_decode(&with_count.suite, base_buf_bytes(&encoded), RIG_LEAVES, &t),
                     BASE_OK);
    digests = 0;
    (void)rig_hash(t);
    assert_int_equal(digests, 63);
    (void)rig_hash(t);
    assert_int_equal(digests, 63);
    mls_tree *o = NULL;
    assert_int_equal(mls_tree_overlay_new(t, &o), BASE_OK);
    assert_int_equal(mls_tree_update_leaf(o, (mls_leaf_index){9}, &p.view.leaf_node), BASE_OK);
    digests = 0;
    (void)rig_hash(o);
    assert_int_equal(digests, 6);
    rig_merge(o);
    (void)rig_hash(t);
    assert_int_equal(digests, 6);
    mls_tree_free(t);
    base_buf_clear(&encoded);
    rig_package_clear(&p);
    rig_end(&r);
}

static void a_place_beyond_the_tree_has_no_hash(void **state)
{
    (void)state;
    rig r;
    crypto_digest d = {0};
    rig_start(&r, RIG_SUITE);
    assert_int_equal(mls_tree_hash(r.tree, (mls_node_index){1}, &d), BASE_E_ARGUMENT);
    assert_int_equal(d.n, 0);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_inputs_that_the_rfc_writes),
        cmocka_unit_test(the_place_of_a_blank_leaf_is_part_of_its_hash),
        cmocka_unit_test(leaving_leaves_out_hashes_as_if_they_had_never_come),
        cmocka_unit_test(a_change_costs_the_hashes_of_its_path_and_no_others),
        cmocka_unit_test(a_place_beyond_the_tree_has_no_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
