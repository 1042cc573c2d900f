/* Overlays: what they change is theirs until they are merged, whatever it is; and they can be
 * listed, kept as bytes, and thrown away. Against a plain tree on which the same was done. */
#include "tree_rig.h"

#include "mls/tree_impl.h"

/* One random change of a tree, the same on any tree that is equal and gets the same numbers. */
static void random_change(rig *r, mls_tree *t, uint64_t what, rig_package *p)
{
    mls_leaf_index leaf = {(uint32_t)(what >> 8) % mls_tree_leaf_count(t)};
    mls_leaf_index at = {0};
    mls_node *n = NULL;
    switch (what % 5) {
    case 0:
    case 1:
        if (mls_tree_member_count(t) < RIG_LEAVES) {
            assert_int_equal(mls_tree_add_leaf(t, &p->view.leaf_node, &at), BASE_OK);
        }
        break;
    case 2:
        if (mls_tree_leaf(t, leaf) != NULL && mls_tree_member_count(t) > 1) {
            assert_int_equal(mls_tree_remove_leaf(t, leaf), BASE_OK);
        }
        break;
    case 3:
        if (mls_tree_leaf(t, leaf) != NULL) {
            assert_int_equal(mls_tree_update_leaf(t, leaf, &p->view.leaf_node), BASE_OK);
        }
        break;
    default:
        if (mls_tree_leaf_count(t) > 1) {
            mls_parent_node parent = {p->view.init_key, BASE_BYTES_NONE, NULL, 0};
            mls_node_index x = mls_node_parent(mls_node_of_leaf(leaf));
            const base_alloc *alloc = &r->b.alloc.port;
            assert_int_equal(mls_node_from_parent(alloc, &parent, &n), BASE_OK);
            assert_int_equal(mls_tree_put(t, x, n), BASE_OK);
        }
        break;
    }
}

static void assert_same_tree(const rig *r, mls_tree *a, mls_tree *b)
{
    base_buf x = base_buf_on(&r->b.alloc.port);
    base_buf y = base_buf_on(&r->b.alloc.port);
    crypto_digest h = rig_hash(a);
    crypto_digest k = rig_hash(b);
    assert_int_equal(mls_tree_leaf_count(a), mls_tree_leaf_count(b));
    assert_int_equal(mls_tree_member_count(a), mls_tree_member_count(b));
    assert_bytes(crypto_digest_bytes(&h), crypto_digest_bytes(&k));
    assert_int_equal(mls_tree_encode(a, &x), BASE_OK);
    assert_int_equal(mls_tree_encode(b, &y), BASE_OK);
    assert_bytes(base_buf_bytes(&x), base_buf_bytes(&y));
    for (uint32_t i = 0; i < mls_node_count(mls_tree_leaf_count(a)); i++) {
        mls_node_index n = {i};
        assert_int_equal(mls_tree_members_under(a, n), mls_tree_members_under(b, n));
        assert_int_equal(mls_tree_filled_under(a, n), mls_tree_filled_under(b, n));
    }
    const mls_tree_credential_use *u = NULL;
    const mls_tree_credential_use *v = NULL;
    assert_int_equal(mls_tree_credential_uses(a, &u), mls_tree_credential_uses(b, &v));
    assert_true(u[0].leaves == v[0].leaves);
    base_buf_clear(&x);
    base_buf_clear(&y);
}

/* The nodes that differ between two trees, found by looking at all of them. */
static void assert_changes(const rig *r, const mls_tree *overlay, const mls_tree *base)
{
    mls_node_list got = mls_node_list_on(&r->b.alloc.port);
    size_t at = 0;
    assert_int_equal(mls_tree_changes(overlay, &got), BASE_OK);
    for (uint32_t i = 0; i < mls_node_count(RIG_LEAVES); i++) {
        const mls_node *was = mls_tree_node(base, (mls_node_index){i});
        const mls_node *is = mls_tree_node(overlay, (mls_node_index){i});
        if (was != is) { /* nodes are never edited: another node, another address */
            assert_true(at < got.n);
            assert_int_equal(got.v[at].v, i);
            at++;
        }
    }
    assert_int_equal(at, got.n);
    mls_node_list_clear(&got);
}

static mls_tree *reloaded(const rig *r, mls_tree *base, const mls_tree *overlay)
{
    mls_tree *out = NULL;
    base_buf kept = base_buf_on(&r->b.alloc.port);
    assert_int_equal(mls_tree_overlay_encode(overlay, &kept), BASE_OK);
    assert_int_equal(mls_tree_overlay_decode(base, base_buf_bytes(&kept), &out), BASE_OK);
    base_buf_clear(&kept);
    return out;
}

/* Rounds of random changes, each round an overlay that is merged, beside a plain tree. */
static void a_merged_overlay_is_the_tree_that_was_changed_in_place(void **state)
{
    (void)state;
    rig r;
    rig_start(&r, RIG_SUITE);
    fake_random random = fake_random_of(20);
    mls_tree *plain = rig_copy(&r, r.tree);
    for (int round = 0; round < 60; round++) {
        mls_tree *o = rig_overlay(&r);
        crypto_digest before = rig_hash(r.tree);
        uint64_t steps = 1 + fake_random_next(&random) % 12;
        for (uint64_t i = 0; i < steps; i++) {
            rig_package p;
            uint64_t what = fake_random_next(&random) % (UINT64_C(1) << 40);
            rig_package_new(&r, &p);
            random_change(&r, o, what, &p);
            random_change(&r, plain, what, &p);
            rig_package_clear(&p);
        }
        assert_same_tree(&r, o, plain);
        assert_changes(&r, o, r.tree);
        crypto_digest still = rig_hash(r.tree);
        assert_bytes(crypto_digest_bytes(&still), crypto_digest_bytes(&before));
        mls_tree *again = reloaded(&r, r.tree, o);
        assert_same_tree(&r, again, plain);
        mls_tree *keep = round % 2 == 0 ? o : again;
        mls_tree_free(keep == o ? again : o);
        rig_merge(keep);
        assert_same_tree(&r, r.tree, plain);
        mls_tree *copy = rig_copy(&r, plain); /* hashes from nothing */
        assert_same_tree(&r, copy, r.tree);
        mls_tree_free(copy);
    }
    mls_tree_free(plain);
    rig_end(&r);
}

static void what_truncation_drops_does_not_come_back(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 8);
    mls_tree *o = rig_overlay(&r);
    rig_package p;
    for (uint32_t leaf = 4; leaf < 8; leaf++) {
        assert_int_equal(mls_tree_remove_leaf(o, (mls_leaf_index){leaf}), BASE_OK);
    }
    assert_int_equal(mls_tree_leaf_count(o), 4);
    assert_null(mls_tree_node(o, (mls_node_index){11}));
    assert_null(mls_tree_leaf(o, (mls_leaf_index){5}));
    assert_int_equal(rig_add_to(&r, o, &p).v, 4);
    rig_package_clear(&p);
    assert_int_equal(mls_tree_leaf_count(o), 8);
    assert_null(mls_tree_node(o, (mls_node_index){11}));
    assert_null(mls_tree_leaf(o, (mls_leaf_index){5}));
    assert_non_null(mls_tree_leaf(r.tree, (mls_leaf_index){5}));
    assert_changes(&r, o, r.tree);
    mls_tree *again = reloaded(&r, r.tree, o);
    assert_same_tree(&r, again, o);
    mls_tree_free(again);
    rig_merge(o);
    mls_tree *copy = rig_copy(&r, r.tree);
    assert_same_tree(&r, copy, r.tree);
    mls_tree_free(copy);
    rig_end(&r);
}

/* Truncated with members in what goes, and extended again: nothing of the base shows through, nor
 * of what the overlay itself had put there. */
static void an_overlay_cut_and_extended_is_blank_where_it_was_cut(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 8);
    rig_package p;
    mls_tree *o = rig_overlay(&r);
    mls_tree *plain = rig_copy(&r, r.tree);
    rig_package_new(&r, &p);
    const mls_leaf_index five = {5};
    assert_int_equal(mls_tree_update_leaf(o, five, &p.view.leaf_node), BASE_OK);
    assert_int_equal(mls_tree_update_leaf(plain, five, &p.view.leaf_node), BASE_OK);
    for (uint32_t leaves = 4; leaves <= 8; leaves += 4) {
        assert_int_equal(mls_tree_resize(o, leaves), BASE_OK);
        assert_int_equal(mls_tree_resize(plain, leaves), BASE_OK);
        assert_int_equal(mls_tree_member_count(o), 4);
        assert_same_tree(&r, o, plain);
        assert_changes(&r, o, r.tree);
        mls_tree *again = reloaded(&r, r.tree, o);
        assert_same_tree(&r, again, plain);
        mls_tree_free(again);
    }
    for (uint32_t i = 7; i < 15; i++) {
        assert_null(mls_tree_node(o, (mls_node_index){i}));
    }
    rig_merge(o);
    assert_same_tree(&r, r.tree, plain);
    mls_tree_free(plain);
    rig_package_clear(&p);
    rig_end(&r);
}

static void an_overlay_without_changes_lists_none(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *o = rig_overlay(&r);
    mls_node_list got = mls_node_list_on(&r.b.alloc.port);
    assert_int_equal(mls_tree_changes(o, &got), BASE_OK);
    assert_int_equal(got.n, 0);
    assert_int_equal(mls_tree_changes(r.tree, &got), BASE_E_STATE);
    mls_tree_free(o);
    rig_end(&r);
}

static void the_changes_of_a_commit_follow_its_path_and_not_the_group(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 32);
    mls_tree *o = rig_overlay(&r);
    rig_path path;
    mls_path_secrets secrets = {0};
    mls_tree_private priv = {0};
    mls_node_list got = mls_node_list_on(&r.b.alloc.port);
    rig_make_path(&r, o, (mls_leaf_index){9}, NULL, 0, &path, &secrets, &priv);
    assert_int_equal(mls_tree_changes(o, &got), BASE_OK);
    assert_nodes(&got, (const uint32_t[]){15, 17, 18, 19, 23, 31}, 6);
    mls_node_list_clear(&got);
    rig_path_clear(&path);
    mls_tree_free(o);
    rig_end(&r);
}

static void an_overlay_stands_on_a_base_and_on_nothing_else(void **state)
{
    (void)state;
    rig r;
    rig_start(&r, RIG_SUITE);
    mls_tree *o = rig_overlay(&r);
    mls_tree *second = NULL;
    assert_int_equal(mls_tree_overlay_new(o, &second), BASE_E_STATE);
    assert_null(second);
    assert_int_equal(mls_tree_merge_prepare(r.tree), BASE_E_STATE);
    mls_tree_free(o);
    rig_end(&r);
}

static void another_overlay_of_a_merged_base_can_still_be_freed(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *a = rig_overlay(&r);
    mls_tree *b = rig_overlay(&r);
    assert_int_equal(mls_tree_remove_leaf(a, (mls_leaf_index){1}), BASE_OK);
    assert_int_equal(mls_tree_remove_leaf(b, (mls_leaf_index){1}), BASE_OK);
    assert_int_equal(mls_tree_remove_leaf(b, (mls_leaf_index){2}), BASE_OK);
    assert_int_equal(b->generation, r.tree->generation);
    rig_merge(a);
    assert_int_not_equal(b->generation, r.tree->generation); /* reading b would stop the program */
    mls_tree_free(b);
    assert_null(mls_tree_leaf(r.tree, (mls_leaf_index){1}));
    assert_non_null(mls_tree_leaf(r.tree, (mls_leaf_index){2}));
    rig_end(&r);
}

static base_err decode_kept(rig *r, base_bytes in)
{
    mls_tree *t = NULL;
    base_err err = mls_tree_overlay_decode(r->tree, in, &t);
    mls_tree_free(t);
    return err;
}

static void kept_bytes_that_do_not_decode_are_corrupt(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *o = rig_overlay(&r);
    base_buf kept = base_buf_on(&r.b.alloc.port);
    assert_int_equal(mls_tree_remove_leaf(o, (mls_leaf_index){1}), BASE_OK);
    assert_int_equal(mls_tree_overlay_encode(o, &kept), BASE_OK);
    assert_int_equal(decode_kept(&r, base_buf_bytes(&kept)), BASE_OK);
    for (size_t n = 0; n < kept.n; n++) {
        assert_int_equal(decode_kept(&r, base_bytes_of(kept.p, n)), BASE_E_CORRUPT);
    }
    assert_int_equal(base_buf_append(&kept, BYTES("\0")), BASE_OK);
    assert_int_equal(decode_kept(&r, base_buf_bytes(&kept)), BASE_E_CORRUPT);
    assert_int_equal(decode_kept(&r, BYTES("\0\0\0\3\0\0\0\4\0")), BASE_E_CORRUPT);
    assert_int_equal(decode_kept(&r, BYTES("\0\0\0\10\0\0\0\10\0")), BASE_E_CORRUPT);
    base_buf_clear(&kept);
    mls_tree_free(o);
    rig_end(&r);
}

/* Failing memory at every call of a merge: the base is as it was, and the merge can be tried again.
 */
static void a_merge_that_finds_no_memory_can_be_repeated(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *o = rig_overlay(&r);
    rig_package p[5];
    for (size_t i = 0; i < COUNT(p); i++) {
        (void)rig_add_to(&r, o, &p[i]);
        rig_package_clear(&p[i]);
    }
    crypto_digest before = rig_hash(r.tree);
    base_err err = BASE_E_NOMEM;
    size_t failed = 0;
    for (size_t nth = 1; err != BASE_OK; nth++) {
        fake_alloc_reset(&r.b.alloc, nth);
        err = mls_tree_merge_prepare(o);
        fake_alloc_reset(&r.b.alloc, 0);
        crypto_digest after = rig_hash(r.tree);
        assert_bytes(crypto_digest_bytes(&after), crypto_digest_bytes(&before));
        failed += err == BASE_E_NOMEM ? 1 : 0;
        assert_true(nth < 100);
    }
    assert_true(failed > 0);
    crypto_digest want = rig_hash(o);
    fake_alloc_reset(&r.b.alloc, 1); /* merging itself asks for nothing */
    mls_tree_merge(o);
    assert_false(fake_alloc_refused(&r.b.alloc));
    fake_alloc_reset(&r.b.alloc, 0);
    crypto_digest got = rig_hash(r.tree);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merged_overlay_is_the_tree_that_was_changed_in_place),
        cmocka_unit_test(what_truncation_drops_does_not_come_back),
        cmocka_unit_test(an_overlay_cut_and_extended_is_blank_where_it_was_cut),
        cmocka_unit_test(an_overlay_without_changes_lists_none),
        cmocka_unit_test(the_changes_of_a_commit_follow_its_path_and_not_the_group),
        cmocka_unit_test(an_overlay_stands_on_a_base_and_on_nothing_else),
        cmocka_unit_test(another_overlay_of_a_merged_base_can_still_be_freed),
        cmocka_unit_test(kept_bytes_that_do_not_decode_are_corrupt),
        cmocka_unit_test(a_merge_that_finds_no_memory_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
