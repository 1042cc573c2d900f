/* Parent hashes: against an input written out by hand, and whole trees that no sequence of commits
 * can have made, each one change away from a tree that one has. */
#include "tree_rig.h"

static const mls_parent_node *parent_at(const mls_tree *t, uint32_t x)
{
    const mls_node *n = mls_tree_node(t, (mls_node_index){x});
    assert_non_null(n);
    return &n->parent;
}

/* Replace a parent of an overlay by a changed copy. */
static void put_parent(const rig *r, mls_tree *t, uint32_t x, const mls_parent_node *p)
{
    mls_node *n = NULL;
    assert_int_equal(mls_node_from_parent(&r->b.alloc.port, p, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){x}, n), BASE_OK);
}

static void put_leaf(const rig *r, mls_tree *t, uint32_t leaf, const mls_leaf_node *l)
{
    mls_node *n = NULL;
    assert_int_equal(mls_node_from_leaf(&r->b.alloc.port, l, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, mls_node_of_leaf((mls_leaf_index){leaf}), n), BASE_OK);
}

static base_err check(mls_tree *t)
{
    return mls_parent_hash_check(t);
}

static void a_parent_hash_is_of_key_parent_hash_and_original_sibling(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_node_index root = {3};
    mls_node_index left = {1};
    crypto_digest got = {0};
    crypto_digest want = {0};
    crypto_digest sibling = {0};
    base_buf in = base_buf_on(&r.b.alloc.port);
    base_wr w = base_wr_on(&in);
    assert_int_equal(mls_tree_hash(r.tree, left, &sibling), BASE_OK);
    base_wr_vec(&w, parent_at(r.tree, 3)->encryption_key);
    base_wr_vec(&w, BASE_BYTES_NONE);
    base_wr_vec(&w, crypto_digest_bytes(&sibling));
    assert_int_equal(base_wr_end(&w), BASE_OK);
    base_bytes whole = base_buf_bytes(&in);
    assert_int_equal(crypto_digest_of(&r.b.suite, &whole, 1, &want), BASE_OK);
    assert_int_equal(mls_parent_hash(r.tree, root, left, &got), BASE_OK);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
    assert_bytes(parent_at(r.tree, 5)->parent_hash, crypto_digest_bytes(&want)); /* 3 made it */
    assert_int_equal(mls_parent_hash(r.tree, (mls_node_index){0}, left, &got), BASE_E_ARGUMENT);
    base_buf_clear(&in);
    rig_end(&r);
}

static void a_path_chains_from_the_root_to_the_leaf(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 8);
    rig_add(&r, 2, 0);
    const uint32_t path[] = {5, 3, 7};
    const uint32_t copath[] = {6, 1, 11};
    assert_int_equal(parent_at(r.tree, 7)->parent_hash.n, 0);
    for (size_t i = 0; i < 3; i++) {
        crypto_digest want = {0};
        mls_node_index p = {path[i]};
        assert_int_equal(mls_parent_hash(r.tree, p, (mls_node_index){copath[i]}, &want), BASE_OK);
        base_bytes got = i == 0 ? mls_tree_leaf(r.tree, (mls_leaf_index){2})->parent_hash
                                : parent_at(r.tree, path[i - 1])->parent_hash;
        assert_bytes(got, crypto_digest_bytes(&want));
    }
    rig_end(&r);
}

static void trees_made_by_commits_are_valid(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 9);
    assert_int_equal(check(r.tree), BASE_OK);
    rig_remove(&r, 0, 3);
    rig_remove(&r, 5, 2);
    assert_int_equal(check(r.tree), BASE_OK);
    (void)rig_add_unmerged(&r);
    assert_int_equal(check(r.tree), BASE_OK);
    rig_add(&r, 8, 0);
    assert_int_equal(check(r.tree), BASE_OK);
    rig_end(&r);
}

/* One peer reused a cached hash where a blank stood between a parent and a node whose unmerged
 * leaves had grown since. A commit from the left half fills the root over {2, 3, 4, 5, 6, 7}, in
 * which node 11 is blank and node 9 is not; then somebody joins below 9. */
static void unmerged_leaves_below_a_blank_are_left_out_of_the_original_hash(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 8);
    rig_remove(&r, 0, 5); /* blanks 9 and 11, the path fills the root */
    rig_add(&r, 4, 0);    /* 11 again; 9 has one leaf */
    rig_remove(&r, 0, 7); /* blanks 13 and 11 */
    assert_null(mls_tree_node(r.tree, (mls_node_index){11}));
    assert_non_null(mls_tree_node(r.tree, (mls_node_index){7}));
    assert_int_equal(rig_add_unmerged(&r).v, 5);
    assert_int_equal(rig_add_unmerged(&r).v, 7);
    assert_int_equal(parent_at(r.tree, 7)->n_unmerged, 2);
    assert_int_equal(check(r.tree), BASE_OK);
    rig_add(&r, 6, 0); /* 13 and 11, with 5 below 11 and not below 13 */
    rig_add(&r, 4, 0);
    assert_int_equal(check(r.tree), BASE_OK);
    mls_tree *copy = rig_copy(&r, r.tree);
    assert_int_equal(check(copy), BASE_OK);
    mls_tree_free(copy);
    rig_end(&r);
}

/* The same with the node below the blank filled, so that its own list has to shrink. */
static void a_filled_node_below_a_blank_loses_its_unmerged_leaves_in_the_original_hash(void **state)
{
    (void)state;
    rig r;
    rig_start(&r, RIG_SUITE);
    rig_add(&r, 0, 15); /* only 0's path is filled */
    rig_remove(&r, 0, 11);
    rig_add(&r, 8, 0);     /* 17, 19, 23 and the root 15 */
    rig_remove(&r, 0, 15); /* blanks 29, 27, 23; the root is filled again, over a blank 23 */
    assert_null(mls_tree_node(r.tree, (mls_node_index){23}));
    assert_non_null(mls_tree_node(r.tree, (mls_node_index){19}));
    assert_int_equal(rig_add_unmerged(&r).v, 11);
    assert_int_equal(parent_at(r.tree, 19)->n_unmerged, 1);
    assert_int_equal(parent_at(r.tree, 15)->n_unmerged, 1);
    assert_int_equal(check(r.tree), BASE_OK);
    mls_tree *copy = rig_copy(&r, r.tree);
    assert_int_equal(check(copy), BASE_OK);
    mls_tree_free(copy);
    rig_end(&r);
}

/* ---- refused ---- */

/* V-7.9.2-1 */
static void a_parent_that_nobody_set_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *t = rig_overlay(&r);
    mls_parent_node p = *parent_at(r.tree, 3);
    p.encryption_key = base_buf_bytes(&r.at[0].signature_public);
    put_parent(&r, t, 3, &p);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    put_parent(&r, t, 3, parent_at(r.tree, 3));
    assert_int_equal(check(t), BASE_OK);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1: the null hash counts as none, wherever it stands. */
static void an_empty_parent_hash_chains_to_nothing(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *t = rig_overlay(&r);
    mls_parent_node p = *parent_at(r.tree, 5); /* by 3, to the root */
    assert_true(p.parent_hash.n > 0);
    p.parent_hash = BASE_BYTES_NONE;
    put_parent(&r, t, 5, &p);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    put_parent(&r, t, 5, parent_at(r.tree, 5));
    assert_int_equal(check(t), BASE_OK);
    mls_leaf_node l = *mls_tree_leaf(r.tree, (mls_leaf_index){3});
    l.parent_hash = BASE_BYTES_NONE;
    put_leaf(&r, t, 3, &l);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1: a leaf of another source has no hash to give. */
static void a_leaf_that_did_not_commit_chains_to_nothing(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 2);
    mls_tree *t = rig_overlay(&r);
    mls_leaf_node l = *mls_tree_leaf(r.tree, (mls_leaf_index){1}); /* the last committer */
    l.source = MLS_LEAF_UPDATE;
    put_leaf(&r, t, 1, &l);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1 */
static void a_subtree_that_changed_under_the_sibling_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *t = rig_overlay(&r);
    mls_leaf_node l = *mls_tree_leaf(r.tree, (mls_leaf_index){0});
    l.credential.body = BYTES("someone else");
    put_leaf(&r, t, 0, &l);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1: a member smuggled in under the committer's side, or taken off the unmerged list. */
static void a_leaf_that_no_list_of_unmerged_leaves_names_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 15);
    assert_int_equal(rig_add_unmerged(&r).v, 15);
    rig_add(&r, 8, 0);
    assert_int_equal(parent_at(r.tree, 23)->n_unmerged, 0);
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(check(t), BASE_OK);
    mls_parent_node p = *parent_at(r.tree, 27); /* filled by 14 before 15 came */
    assert_int_equal(p.n_unmerged, 1);
    p.n_unmerged = 0;
    put_parent(&r, t, 27, &p);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1: the same to the left of the committer, whose own hash still fits. */
static void a_leaf_smuggled_in_beside_the_committer_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 16);
    rig_remove(&r, 0, 14);
    rig_add(&r, 15, 0);
    assert_int_equal(rig_add_unmerged(&r).v, 14);
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(check(t), BASE_OK);
    const uint32_t above[] = {27, 23, 15};
    for (size_t i = 0; i < COUNT(above); i++) {
        mls_parent_node p = *parent_at(r.tree, above[i]);
        assert_int_equal(p.n_unmerged, 1);
        p.n_unmerged = 0;
        put_parent(&r, t, above[i], &p);
        assert_int_equal(check(t), MLS_E_PARENT_HASH);
    }
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1 */
static void an_unmerged_leaf_that_the_node_below_has_merged_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    const mls_leaf_index merged[] = {{2}};
    mls_tree *t = rig_overlay(&r);
    mls_parent_node p = *parent_at(r.tree, 3); /* set by 3 through 5, which 2 knows */
    p.unmerged = merged;
    p.n_unmerged = 1;
    put_parent(&r, t, 3, &p);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1: the member who set a node is claimed not to know it. */
static void a_committer_that_counts_as_unmerged_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    const mls_leaf_index setter[] = {{3}};
    mls_tree *t = rig_overlay(&r);
    mls_parent_node p = *parent_at(r.tree, 5);
    p.unmerged = setter;
    p.n_unmerged = 1;
    put_parent(&r, t, 5, &p);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-7.9.2-1 */
static void a_parent_above_nobody_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 8);
    rig_remove(&r, 7, 2);
    rig_remove(&r, 7, 3);
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(check(t), BASE_OK);
    mls_parent_node p = {base_buf_bytes(&r.at[0].signature_public), BASE_BYTES_NONE, NULL, 0};
    put_parent(&r, t, 5, &p);
    assert_int_equal(check(t), MLS_E_PARENT_HASH);
    mls_tree_free(t);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_hash_is_of_key_parent_hash_and_original_sibling),
        cmocka_unit_test(a_path_chains_from_the_root_to_the_leaf),
        cmocka_unit_test(trees_made_by_commits_are_valid),
        cmocka_unit_test(unmerged_leaves_below_a_blank_are_left_out_of_the_original_hash),
        cmocka_unit_test(
            a_filled_node_below_a_blank_loses_its_unmerged_leaves_in_the_original_hash),
        cmocka_unit_test(a_parent_that_nobody_set_is_refused),
        cmocka_unit_test(an_empty_parent_hash_chains_to_nothing),
        cmocka_unit_test(a_leaf_that_did_not_commit_chains_to_nothing),
        cmocka_unit_test(a_subtree_that_changed_under_the_sibling_is_refused),
        cmocka_unit_test(a_leaf_that_no_list_of_unmerged_leaves_names_is_refused),
        cmocka_unit_test(a_leaf_smuggled_in_beside_the_committer_is_refused),
        cmocka_unit_test(an_unmerged_leaf_that_the_node_below_has_merged_is_refused),
        cmocka_unit_test(a_committer_that_counts_as_unmerged_is_refused),
        cmocka_unit_test(a_parent_above_nobody_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
