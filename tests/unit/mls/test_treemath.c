/* Node positions, against trees that are built by splitting in two and never by arithmetic on
 * indices: every size to 2^12 leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mls/treemath.h"

#define LEAVES ((uint32_t)1 << 12)
#define NODES (2 * LEAVES - 1)

/* The tree over the nodes from first to last: its root is in the middle. */
typedef struct known {
    uint32_t parent;
    uint32_t left;
    uint32_t right;
    uint32_t level;
    uint32_t first;
    uint32_t last;
} known;

static known tree[NODES];

static uint32_t build(uint32_t first, uint32_t last, uint32_t parent)
{
    uint32_t root = first + (last - first) / 2;
    known *k = &tree[root];
    *k = (known){.parent = parent, .first = first, .last = last};
    if (first < last) {
        k->left = build(first, root - 1, root);
        k->right = build(root + 1, last, root);
        k->level = tree[k->left].level + 1;
    }
    return root;
}

static void every_position_of_every_size_is_where_the_halves_say(void **state)
{
    (void)state;
    for (uint32_t leaves = 1; leaves <= LEAVES; leaves *= 2) {
        uint32_t n = mls_node_count(leaves);
        assert_int_equal(n, 2 * leaves - 1);
        uint32_t root = build(0, n - 1, UINT32_MAX);
        assert_int_equal(mls_node_root(leaves).v, root);
        for (uint32_t i = 0; i < n; i++) {
            mls_node_index x = {i};
            assert_int_equal(mls_node_level(x), tree[i].level);
            assert_int_equal(mls_node_is_leaf(x), tree[i].level == 0);
            assert_int_equal(mls_node_of_leaf(mls_node_first_leaf(x)).v, tree[i].first);
            assert_int_equal(mls_node_of_leaf(mls_node_last_leaf(x)).v, tree[i].last);
            if (tree[i].level > 0) {
                assert_int_equal(mls_node_left(x).v, tree[i].left);
                assert_int_equal(mls_node_right(x).v, tree[i].right);
            }
            if (i != root) {
                const known *p = &tree[tree[i].parent];
                assert_int_equal(mls_node_parent(x).v, tree[i].parent);
                assert_int_equal(mls_node_sibling(x).v, p->left == i ? p->right : p->left);
            }
        }
    }
}

static void a_node_is_under_its_ancestors_and_no_other(void **state)
{
    (void)state;
    uint32_t n = mls_node_count(64);
    build(0, n - 1, UINT32_MAX);
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t x = 0; x < n; x++) {
            bool under = x >= tree[a].first && x <= tree[a].last;
            assert_int_equal(mls_node_is_under((mls_node_index){x}, (mls_node_index){a}), under);
        }
    }
}

static void the_common_ancestor_is_the_lowest_that_covers_both(void **state)
{
    (void)state;
    uint32_t n = mls_node_count(64);
    build(0, n - 1, UINT32_MAX);
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b < n; b++) {
            uint32_t want = a;
            while (b < tree[want].first || b > tree[want].last) {
                want = tree[want].parent;
            }
            mls_node_index got = mls_node_common_ancestor((mls_node_index){a}, (mls_node_index){b});
            assert_int_equal(got.v, want);
        }
    }
}

static void the_largest_tree_fits_its_numbers(void **state)
{
    (void)state;
    mls_leaf_index last = {MLS_TREE_LEAVES_MAX - 1};
    mls_node_index x = mls_node_of_leaf(last);
    mls_node_index root = mls_node_root(MLS_TREE_LEAVES_MAX);
    uint32_t depth = 0;
    assert_int_equal(x.v, mls_node_count(MLS_TREE_LEAVES_MAX) - 1);
    while (x.v != root.v) {
        x = mls_node_parent(x);
        depth++;
    }
    assert_int_equal(depth, MLS_TREE_DEPTH_MAX);
    assert_int_equal(mls_node_last_leaf(root).v, last.v);
}

static void the_tree_for_a_leaf_is_the_smallest_that_holds_it(void **state)
{
    (void)state;
    for (uint32_t leaf = 0; leaf < 5000; leaf++) {
        uint32_t leaves = mls_leaves_for((mls_leaf_index){leaf});
        assert_int_equal(leaves & (leaves - 1), 0);
        assert_true(leaf < leaves);
        assert_true(leaves == 1 || leaf >= leaves / 2);
    }
}

static void a_sorted_list_has_its_members_and_nothing_between(void **state)
{
    (void)state;
    const mls_leaf_index list[] = {{2}, {3}, {8}, {500}, {UINT32_MAX}};
    for (size_t n = 0; n <= 5; n++) {
        for (uint32_t leaf = 0; leaf < 600; leaf++) {
            bool has = false;
            for (size_t i = 0; i < n; i++) {
                has = has || list[i].v == leaf;
            }
            assert_int_equal(mls_leaf_list_has(list, n, (mls_leaf_index){leaf}), has);
        }
    }
    assert_true(mls_leaf_list_has(list, 5, (mls_leaf_index){UINT32_MAX}));
    assert_false(mls_leaf_list_has(NULL, 0, (mls_leaf_index){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_position_of_every_size_is_where_the_halves_say),
        cmocka_unit_test(a_node_is_under_its_ancestors_and_no_other),
        cmocka_unit_test(the_common_ancestor_is_the_lowest_that_covers_both),
        cmocka_unit_test(the_largest_tree_fits_its_numbers),
        cmocka_unit_test(the_tree_for_a_leaf_is_the_smallest_that_holds_it),
        cmocka_unit_test(a_sorted_list_has_its_members_and_nothing_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
