/* The tree: where leaves go, what Remove and Add leave behind, and that an overlay is invisible to
 * its base until it is merged. */
#include "tree_dummies.h"

/* ---- adding ---- */

static void adds_fill_from_the_left_and_double_the_tree(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 0);
    assert_int_equal(mls_tree_leaf_count(t), 1);
    for (uint32_t i = 0; i < RIG_LEAVES; i++) {
        assert_int_equal(mls_tree_next_leaf(t).v, i);
        assert_int_equal(add(t, i), i);
        assert_int_equal(mls_tree_leaf_count(t), mls_leaves_for((mls_leaf_index){i}));
        assert_int_equal(mls_tree_member_count(t), i + 1);
    }
    end(&b, t);
}

static void an_add_takes_the_leftmost_blank_leaf(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 16);
    remove_leaf(t, 11);
    remove_leaf(t, 3);
    remove_leaf(t, 6);
    assert_int_equal(add(t, 100), 3);
    assert_int_equal(add(t, 101), 6);
    assert_int_equal(add(t, 102), 11);
    assert_int_equal(add(t, 103), 16);
    end(&b, t);
}

static void a_tree_at_its_limit_takes_nobody_and_stays_as_it_is(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, RIG_LEAVES);
    dummy d;
    mls_leaf_index at = {7};
    crypto_digest before = rig_hash(t);
    assert_int_equal(mls_tree_add_leaf(t, dummy_of(&d, 999), &at), BASE_E_LIMIT);
    assert_int_equal(at.v, 7);
    crypto_digest after = rig_hash(t);
    assert_bytes(crypto_digest_bytes(&after), crypto_digest_bytes(&before));
    remove_leaf(t, 5);
    assert_int_equal(add(t, 999), 5);
    end(&b, t);
}

static void a_newcomer_is_unmerged_at_each_filled_ancestor_in_order(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 8);
    remove_leaf(t, 5);
    remove_leaf(t, 4);
    remove_leaf(t, 2);
    fill(&b, t, 7);
    fill(&b, t, 11);
    assert_int_equal(add(t, 100), 2);
    assert_unmerged(t, 7, (const uint32_t[]){2}, 1);
    assert_unmerged(t, 11, NULL, 0);
    remove_leaf(t, 0); /* blanks the root */
    fill(&b, t, 7);
    assert_int_equal(add(t, 101), 0);
    assert_int_equal(add(t, 102), 4);
    assert_int_equal(add(t, 103), 5);
    assert_unmerged(t, 7, (const uint32_t[]){0, 4, 5}, 3);
    assert_unmerged(t, 11, (const uint32_t[]){4, 5}, 2);
    assert_true(blank(t, 9) && blank(t, 3));
    end(&b, t);
}

static void an_unmerged_leaf_goes_into_its_place_of_the_order(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 8);
    remove_leaf(t, 6);
    remove_leaf(t, 1);
    fill(&b, t, 7);
    assert_int_equal(add(t, 100), 1);
    assert_int_equal(add(t, 101), 6);
    remove_leaf(t, 1); /* blanks the root: nothing is unmerged there */
    assert_true(blank(t, 7));
    mls_leaf_index six[] = {{6}};
    mls_parent_node p = {BYTES("key"), BASE_BYTES_NONE, six, 1};
    mls_node *n = NULL;
    assert_int_equal(mls_node_from_parent(&b.alloc.port, &p, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){7}, n), BASE_OK);
    assert_int_equal(add(t, 102), 1);
    assert_unmerged(t, 7, (const uint32_t[]){1, 6}, 2);
    end(&b, t);
}

static void an_add_that_extends_the_tree_leaves_the_old_nodes_alone(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 4);
    fill(&b, t, 3);
    fill(&b, t, 1);
    assert_int_equal(add(t, 100), 4);
    assert_int_equal(mls_tree_leaf_count(t), 8);
    assert_unmerged(t, 3, NULL, 0);
    assert_unmerged(t, 1, NULL, 0);
    assert_true(blank(t, 7));
    assert_int_equal(mls_tree_members_under(t, (mls_node_index){7}), 5);
    assert_int_equal(mls_tree_filled_under(t, (mls_node_index){7}), 7);
    end(&b, t);
}

/* ---- updating and removing ---- */

static void an_update_replaces_the_leaf_and_blanks_its_path_only(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_tree *t = tree_of(&b, 8);
    for (uint32_t x = 1; x < 15; x += 2) {
        fill(&b, t, x);
    }
    mls_leaf_index three = {3};
    assert_int_equal(mls_tree_update_leaf(t, three, dummy_of(&d, 300)), BASE_OK);
    assert_bytes(mls_tree_leaf(t, three)->encryption_key, base_bytes_of(d.key, 4));
    assert_true(blank(t, 5) && blank(t, 3) && blank(t, 7));
    assert_false(blank(t, 1) || blank(t, 9) || blank(t, 11) || blank(t, 13));
    end(&b, t);
}

static void a_removal_blanks_the_path_and_truncates_to_the_last_member(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 9);
    fill(&b, t, 7);
    fill(&b, t, 3);
    assert_int_equal(mls_tree_leaf_count(t), 16);
    remove_leaf(t, 8);
    assert_int_equal(mls_tree_leaf_count(t), 8);
    assert_false(blank(t, 7) || blank(t, 3));
    remove_leaf(t, 4);
    assert_true(blank(t, 7));
    assert_false(blank(t, 3));
    remove_leaf(t, 7);
    remove_leaf(t, 5);
    assert_int_equal(mls_tree_leaf_count(t), 8);
    remove_leaf(t, 6); /* nobody is left in the right half */
    assert_int_equal(mls_tree_leaf_count(t), 4);
    assert_false(blank(t, 3));
    remove_leaf(t, 0);
    remove_leaf(t, 3);
    remove_leaf(t, 2);
    assert_int_equal(mls_tree_leaf_count(t), 2);
    remove_leaf(t, 1);
    assert_int_equal(mls_tree_leaf_count(t), 1);
    assert_int_equal(mls_tree_member_count(t), 0);
    end(&b, t);
}

static void truncation_drops_a_root_that_was_filled(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 5);
    remove_leaf(t, 2);
    remove_leaf(t, 3);
    fill(&b, t, 3);
    assert_int_equal(mls_tree_leaf_count(t), 8);
    remove_leaf(t, 4);
    assert_int_equal(mls_tree_leaf_count(t), 2); /* node 3 went with the blank leaves below it */
    assert_int_equal(add(t, 100), 2);
    assert_true(blank(t, 3));
    end(&b, t);
}

static void a_blank_leaf_can_be_neither_updated_nor_removed(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_tree *t = tree_of(&b, 3);
    for (uint32_t leaf = 3; leaf < 6; leaf++) {
        mls_leaf_index at = {leaf};
        assert_int_equal(mls_tree_remove_leaf(t, at), MLS_E_TREE);
        assert_int_equal(mls_tree_update_leaf(t, at, dummy_of(&d, 9)), MLS_E_TREE);
    }
    /* leaves whose node number would wrap around to one that is there */
    const uint32_t far[] = {UINT32_C(1) << 31, (UINT32_C(1) << 31) + 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT(far); i++) {
        assert_null(mls_tree_leaf(t, (mls_leaf_index){far[i]}));
        assert_int_equal(mls_tree_remove_leaf(t, (mls_leaf_index){far[i]}), MLS_E_TREE);
        assert_int_equal(mls_tree_blank_path(t, (mls_leaf_index){far[i]}), BASE_E_ARGUMENT);
    }
    assert_int_equal(mls_tree_blank_path(t, (mls_leaf_index){4}), BASE_E_ARGUMENT);
    end(&b, t);
}

/* ---- resolutions and paths ---- */

/* The tree of RFC 9420, section 4.1.1: X[B] at node 3, Y at node 9, leaves 2 and 6 blank. */
static mls_tree *resolution_tree(bench *b)
{
    mls_tree *t = tree_of(b, 8);
    mls_leaf_index leaf_b[] = {{1}};
    mls_parent_node p = {BYTES("X"), BASE_BYTES_NONE, leaf_b, 1};
    mls_node *n = NULL;
    remove_leaf(t, 2);
    remove_leaf(t, 6);
    assert_int_equal(mls_node_from_parent(&b->alloc.port, &p, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){3}, n), BASE_OK);
    fill(b, t, 9);
    return t;
}

static void assert_resolution(mls_tree *t, uint32_t x, const mls_leaf_index *without, size_t n,
                              const uint32_t *want, size_t n_want)
{
    mls_node_list got = {0};
    assert_int_equal(mls_tree_resolution(t, (mls_node_index){x}, without, n, &got), BASE_OK);
    assert_nodes(&got, want, n_want);
    mls_node_list_clear(&got);
}

static void resolutions_are_those_of_the_rfcs_example(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = resolution_tree(&b);
    assert_resolution(t, 3, NULL, 0, (const uint32_t[]){3, 2}, 2);
    assert_resolution(t, 4, NULL, 0, NULL, 0);
    assert_resolution(t, 12, NULL, 0, NULL, 0);
    assert_resolution(t, 7, NULL, 0, (const uint32_t[]){3, 2, 9, 14}, 4);
    assert_resolution(t, 1, NULL, 0, (const uint32_t[]){0, 2}, 2);
    end(&b, t);
}

static void leaves_just_added_stay_out_of_a_resolution(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = resolution_tree(&b);
    const mls_leaf_index fresh[] = {{1}, {2}, {7}};
    assert_resolution(t, 7, fresh, 3, (const uint32_t[]){3, 9}, 2);
    assert_resolution(t, 7, fresh + 2, 1, (const uint32_t[]){3, 2, 9}, 3);
    end(&b, t);
}

static void assert_path(const mls_tree *t, uint32_t leaf, const uint32_t *node,
                        const uint32_t *copath, size_t n)
{
    mls_tree_path p;
    mls_tree_filtered_path(t, (mls_leaf_index){leaf}, &p);
    assert_int_equal(p.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(p.node[i].v, node[i]);
        assert_int_equal(p.copath[i].v, copath[i]);
    }
}

/* The table of section 4.1.2: A B _ _ E F G _ with T, X, Y, W filled. */
static void filtered_paths_are_those_of_the_rfcs_table(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = tree_of(&b, 7);
    remove_leaf(t, 2);
    remove_leaf(t, 3);
    fill(&b, t, 1);
    fill(&b, t, 9);
    fill(&b, t, 11);
    fill(&b, t, 7);
    assert_path(t, 0, (const uint32_t[]){1, 7}, (const uint32_t[]){2, 11}, 2);
    assert_path(t, 1, (const uint32_t[]){1, 7}, (const uint32_t[]){0, 11}, 2);
    assert_path(t, 4, (const uint32_t[]){9, 11, 7}, (const uint32_t[]){10, 13, 3}, 3);
    assert_path(t, 5, (const uint32_t[]){9, 11, 7}, (const uint32_t[]){8, 13, 3}, 3);
    assert_path(t, 6, (const uint32_t[]){11, 7}, (const uint32_t[]){9, 3}, 2);
    end(&b, t);
}

/* ---- randomness and memory ---- */

static void a_tree_needs_randomness_and_says_when_there_is_none(void **state)
{
    (void)state;
    bench b;
    mls_tree *t = NULL;
    bench_init(&b, RIG_SUITE);
    b.random.fail_at = 1;
    assert_int_equal(mls_tree_new(&b.suite, 8, &t), BASE_E_RANDOM);
    assert_null(t);
    assert_int_equal(mls_tree_new(&b.suite, 0, &t), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_new(&b.suite, MLS_TREE_LEAVES_MAX + 1, &t), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_new(&b.suite, MLS_TREE_LEAVES_MAX, &t), BASE_OK);
    mls_tree_free(t);
    bench_clear(&b);
}

/* One change of each kind. */
static base_err change(mls_tree *t, int kind)
{
    dummy d;
    mls_leaf_index at = {0};
    switch (kind) {
    case 0:
        return mls_tree_add_leaf(t, dummy_of(&d, 500), &at); /* extends */
    case 1:
        return mls_tree_update_leaf(t, (mls_leaf_index){2}, dummy_of(&d, 501));
    case 2:
        return mls_tree_remove_leaf(t, (mls_leaf_index){1});
    case 3:
        return mls_tree_resize(t, 32);
    case 4:
        return mls_tree_add_leaf(t, dummy_of(&d, 502), &at); /* into a gap below filled parents */
    default:
        return mls_tree_blank_path(t, (mls_leaf_index){3});
    }
}

/* For every change, on a base and on an overlay, and every allocation in it. */
static void a_change_that_finds_no_memory_changes_nothing(void **state)
{
    (void)state;
    for (int kind = 0; kind < 6; kind++) {
        for (int layered = 0; layered < 2; layered++) {
            base_err err = BASE_E_NOMEM;
            for (size_t nth = 1; err != BASE_OK; nth++) {
                bench b;
                mls_tree *base = tree_of(&b, 8);
                if (kind == 4) {
                    remove_leaf(base, 6);
                    fill(&b, base, 11);
                }
                fill(&b, base, 7);
                fill(&b, base, 3);
                crypto_digest before = rig_hash(base);
                mls_tree *t = layered ? overlay_of(base) : base;
                fake_alloc_reset(&b.alloc, nth);
                err = change(t, kind);
                fake_alloc_reset(&b.alloc, 0);
                assert_true(err == BASE_OK || err == BASE_E_NOMEM);
                if (err == BASE_E_NOMEM) {
                    assert_int_equal(mls_tree_leaf_count(t), 8);
                    crypto_digest after = rig_hash(t);
                    assert_bytes(crypto_digest_bytes(&after), crypto_digest_bytes(&before));
                }
                if (layered) {
                    mls_tree_free(t);
                }
                end(&b, base);
                assert_true(nth < 200);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_fill_from_the_left_and_double_the_tree),
        cmocka_unit_test(an_add_takes_the_leftmost_blank_leaf),
        cmocka_unit_test(a_tree_at_its_limit_takes_nobody_and_stays_as_it_is),
        cmocka_unit_test(a_newcomer_is_unmerged_at_each_filled_ancestor_in_order),
        cmocka_unit_test(an_unmerged_leaf_goes_into_its_place_of_the_order),
        cmocka_unit_test(an_add_that_extends_the_tree_leaves_the_old_nodes_alone),
        cmocka_unit_test(an_update_replaces_the_leaf_and_blanks_its_path_only),
        cmocka_unit_test(a_removal_blanks_the_path_and_truncates_to_the_last_member),
        cmocka_unit_test(truncation_drops_a_root_that_was_filled),
        cmocka_unit_test(a_blank_leaf_can_be_neither_updated_nor_removed),
        cmocka_unit_test(resolutions_are_those_of_the_rfcs_example),
        cmocka_unit_test(leaves_just_added_stay_out_of_a_resolution),
        cmocka_unit_test(filtered_paths_are_those_of_the_rfcs_table),
        cmocka_unit_test(a_tree_needs_randomness_and_says_when_there_is_none),
        cmocka_unit_test(a_change_that_finds_no_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
