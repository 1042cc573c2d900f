/* The ratchet_tree extension: there and back, and each form that is refused. */
#include "tree_rig.h"

static base_err decode_up_to(const bench *b, base_bytes in, uint32_t max_leaves)
{
    mls_tree *t = NULL;
    base_err err = mls_tree_decode(&b->suite, in, max_leaves, &t);
    assert_true((err == BASE_OK) == (t != NULL));
    mls_tree_free(t);
    return err;
}

static base_err decode(const bench *b, base_bytes in)
{
    return decode_up_to(b, in, RIG_LEAVES);
}

/* A tree of made-up nodes, by a pattern: L a leaf, P a parent, _ a blank. */
static base_buf pattern(const char *nodes)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_leaf_node leaf = sample_leaf(MLS_LEAF_KEY_PACKAGE);
    mls_parent_node parent = {BYTES("parent"), BASE_BYTES_NONE, NULL, 0};
    size_t mark = base_wr_open(&w);
    for (; *nodes != '\0'; nodes++) {
        base_wr_bool(&w, *nodes != '_');
        if (*nodes == 'L') {
            base_wr_u8(&w, 1);
            mls_leaf_node_write(&w, &leaf);
        } else if (*nodes == 'P') {
            base_wr_u8(&w, 2);
            mls_parent_node_write(&w, &parent);
        }
    }
    base_wr_close(&w, mark);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static base_err decode_pattern(const bench *b, const char *nodes)
{
    base_buf in = pattern(nodes);
    base_err err = decode(b, base_buf_bytes(&in));
    base_buf_clear(&in);
    return err;
}

static void a_tree_comes_back_the_same_and_only_whole(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 5);
    rig_remove(&r, 0, 2);
    (void)rig_add_unmerged(&r);
    mls_tree *copy = rig_copy(&r, r.tree);
    base_buf a = base_buf_on(&r.b.alloc.port);
    base_buf b = base_buf_on(&r.b.alloc.port);
    assert_int_equal(mls_tree_encode(r.tree, &a), BASE_OK);
    assert_int_equal(mls_tree_encode(copy, &b), BASE_OK);
    assert_bytes(base_buf_bytes(&b), base_buf_bytes(&a));
    assert_int_equal(mls_tree_leaf_count(copy), 8);
    for (size_t n = 0; n < a.n; n++) {
        assert_int_not_equal(decode(&r.b, base_bytes_of(a.p, n)), BASE_OK);
    }
    assert_int_equal(base_buf_append(&a, BYTES("\0")), BASE_OK);
    assert_int_equal(decode(&r.b, base_buf_bytes(&a)), BASE_E_TRAILING);
    base_buf_clear(&a);
    base_buf_clear(&b);
    mls_tree_free(copy);
    rig_end(&r);
}

/* V-12.4.3.3-1 */
static void a_tree_that_ends_with_a_blank_or_holds_nothing_is_refused(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, RIG_SUITE);
    assert_int_equal(decode_pattern(&b, "L_L"), BASE_OK);
    assert_int_equal(decode_pattern(&b, "L_L_"), MLS_E_TREE);
    assert_int_equal(decode_pattern(&b, "L_L__"), MLS_E_TREE);
    assert_int_equal(decode_pattern(&b, "_"), MLS_E_TREE);
    assert_int_equal(decode_pattern(&b, ""), MLS_E_TREE);
    bench_clear(&b);
}

/* V-12.4.3.3-2 */
static void a_node_of_the_wrong_kind_for_its_place_is_refused(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, RIG_SUITE);
    assert_int_equal(decode_pattern(&b, "LPL"), BASE_OK);
    assert_int_equal(decode_pattern(&b, "LLL"), MLS_E_TREE);
    assert_int_equal(decode_pattern(&b, "P"), MLS_E_TREE);
    assert_int_equal(decode_pattern(&b, "LPP"), MLS_E_TREE);
    bench_clear(&b);
}

static void a_kind_or_a_presence_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, RIG_SUITE);
    base_buf in = pattern("L");
    size_t head = in.n > 64 ? 2 : 1;
    assert_int_equal(in.p[head], 1);
    in.p[head + 1] = 3;
    assert_int_equal(decode(&b, base_buf_bytes(&in)), BASE_E_VALUE);
    in.p[head + 1] = 0;
    assert_int_equal(decode(&b, base_buf_bytes(&in)), BASE_E_VALUE);
    in.p[head + 1] = 1;
    in.p[head] = 2;
    assert_int_equal(decode(&b, base_buf_bytes(&in)), BASE_E_VALUE);
    in.p[head] = 1;
    assert_int_equal(decode(&b, base_buf_bytes(&in)), BASE_OK);
    base_buf_clear(&in);
    bench_clear(&b);
}

static void a_tree_with_more_leaves_than_allowed_is_refused(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, RIG_SUITE);
    base_buf in = pattern("L_L_L_L");
    assert_int_equal(decode_up_to(&b, base_buf_bytes(&in), 4), BASE_OK);
    assert_int_equal(decode_up_to(&b, base_buf_bytes(&in), 3), BASE_E_LIMIT);
    assert_int_equal(decode_up_to(&b, base_buf_bytes(&in), 2), BASE_E_LIMIT);
    base_buf_clear(&in);
    bench_clear(&b);
}

static void a_tree_is_as_wide_as_its_last_node_needs(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, RIG_SUITE);
    const char *const patterns[] = {"L", "L_L", "LP____L", "L_______L", "LPLPLPLP"};
    const uint32_t leaves[] = {1, 2, 4, 8, 8};
    for (size_t i = 0; i < COUNT(leaves); i++) {
        mls_tree *t = NULL;
        base_buf in = pattern(patterns[i]);
        assert_int_equal(mls_tree_decode(&b.suite, base_buf_bytes(&in), RIG_LEAVES, &t), BASE_OK);
        assert_int_equal(mls_tree_leaf_count(t), leaves[i]);
        mls_tree_free(t);
        base_buf_clear(&in);
    }
    bench_clear(&b);
}

static void every_allocation_of_decoding_may_fail(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, RIG_SUITE);
    base_buf in = pattern("LPL_L");
    base_err err = BASE_E_NOMEM;
    for (size_t nth = 1; err != BASE_OK; nth++) {
        fake_alloc_reset(&b.alloc, nth);
        err = decode(&b, base_buf_bytes(&in));
        assert_true(err == BASE_OK || err == BASE_E_NOMEM);
        assert_int_equal(b.alloc.live, 0);
        assert_true(nth < 200);
    }
    base_buf_clear(&in);
    bench_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_comes_back_the_same_and_only_whole),
        cmocka_unit_test(a_tree_that_ends_with_a_blank_or_holds_nothing_is_refused),
        cmocka_unit_test(a_node_of_the_wrong_kind_for_its_place_is_refused),
        cmocka_unit_test(a_kind_or_a_presence_that_does_not_exist_is_refused),
        cmocka_unit_test(a_tree_with_more_leaves_than_allowed_is_refused),
        cmocka_unit_test(a_tree_is_as_wide_as_its_last_node_needs),
        cmocka_unit_test(every_allocation_of_decoding_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
