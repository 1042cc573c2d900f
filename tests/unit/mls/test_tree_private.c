/* A member's private half of the tree: kept in order, pruned, checked, wiped, and there and back.
 */
#include "tree_rig.h"

static base_err set(mls_tree_private *p, uint32_t x, const char *key)
{
    return mls_tree_private_set(p, (mls_node_index){x}, base_bytes_str(key));
}

static base_bytes key(const mls_tree_private *p, uint32_t x)
{
    return mls_tree_private_key(p, (mls_node_index){x});
}

static void keys_are_kept_by_node_from_the_lowest_up(void **state)
{
    (void)state;
    mls_tree_private p = {.leaf = {2}};
    assert_int_equal(set(&p, 7, "seven"), BASE_OK);
    assert_int_equal(set(&p, 5, "five"), BASE_OK);
    assert_int_equal(set(&p, 3, "three"), BASE_OK);
    assert_int_equal(set(&p, 5, "5"), BASE_OK); /* in place of the older one */
    assert_int_equal(p.n, 3);
    assert_int_equal(p.node[0].v, 5);
    assert_int_equal(p.node[1].v, 3);
    assert_int_equal(p.node[2].v, 7);
    assert_bytes(key(&p, 5), BYTES("5"));
    assert_bytes(key(&p, 3), BYTES("three"));
    assert_bytes(key(&p, 7), BYTES("seven"));
    assert_int_equal(key(&p, 9).n, 0);
    assert_int_equal(key(&p, 4).n, 0); /* the leaf's own key is not set */
}

static void a_key_of_a_node_that_is_not_above_the_leaf_is_refused(void **state)
{
    (void)state;
    mls_tree_private p = {.leaf = {2}};
    assert_int_equal(set(&p, 9, "x"), BASE_E_ARGUMENT);
    assert_int_equal(set(&p, 4, "x"), BASE_E_ARGUMENT);
    uint8_t long_key[BASE_SECRET_MAX + 1] = {0};
    assert_int_equal(
        mls_tree_private_set(&p, (mls_node_index){5}, base_bytes_of(long_key, sizeof long_key)),
        BASE_E_LIMIT);
    assert_int_equal(p.n, 0);
    base_bytes longest = base_bytes_of(long_key, BASE_SECRET_MAX);
    assert_int_equal(mls_tree_private_set(&p, (mls_node_index){5}, longest), BASE_OK);
}

static void pruning_wipes_the_keys_of_nodes_that_are_gone(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 8);
    mls_tree_private *p = &r.at[0].priv;
    assert_int_equal(p->n, 3);
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(mls_tree_remove_leaf(t, (mls_leaf_index){3}), BASE_OK); /* blanks 5, 3, 7 */
    mls_tree_private_prune(p, t);
    assert_int_equal(p->n, 1);
    assert_int_equal(p->node[0].v, 1);
    for (size_t i = 1; i < MLS_TREE_DEPTH_MAX; i++) {
        assert_int_equal(p->key[i].n, 0);
        assert_true(base_ct_is_zero(base_bytes_of(p->key[i].b, sizeof p->key[i].b)));
    }
    assert_int_equal(mls_tree_private_check(p, t), BASE_OK);
    for (uint32_t leaf = 1; leaf < 8; leaf++) {
        if (leaf != 3) {
            assert_int_equal(mls_tree_remove_leaf(t, (mls_leaf_index){leaf}), BASE_OK);
        }
    }
    assert_int_equal(mls_tree_leaf_count(t), 1);
    mls_tree_private_prune(p, t);
    assert_int_equal(p->n, 0);
    mls_tree_free(t);
    rig_end(&r);
}

static void a_key_that_does_not_fit_its_node_is_noticed(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree_private p = r.at[0].priv;
    assert_int_equal(mls_tree_private_check(&p, r.tree), BASE_OK);
    p.key[1].b[5] ^= 1;
    assert_int_equal(mls_tree_private_check(&p, r.tree), MLS_E_PATH);
    p = r.at[0].priv;
    p.leaf_key.b[5] ^= 1;
    assert_int_equal(mls_tree_private_check(&p, r.tree), MLS_E_PATH);
    p = r.at[0].priv;
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(mls_tree_blank(t, (mls_node_index){3}), BASE_OK);
    assert_int_equal(mls_tree_private_check(&p, t), MLS_E_PATH);
    mls_tree_free(t);
    rig_end(&r);
}

/* V-12.4.3.1-14 */
static void a_joiner_whose_path_secret_gives_another_key_is_refused(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 3);
    rig_package p;
    mls_tree *t = rig_overlay(&r);
    mls_leaf_index own = rig_add_to(&r, t, &p);
    mls_leaf_index by = {0};
    rig_path path;
    mls_path_secrets secrets = {0};
    mls_tree_private committer = {0};
    mls_tree_private joiner = {0};
    base_bytes right = BASE_BYTES_NONE;
    rig_make_path(&r, t, by, &own, 1, &path, &secrets, &committer);
    assert_int_equal(mls_path_secret_for(&secrets, own, &right), BASE_OK);
    base_bytes leaf_key = base_secret_bytes(&p.keys.encryption_key);
    base_bytes init_key = base_secret_bytes(&p.keys.init_key);
    base_secret wrong = secrets.secret[1];
    wrong.b[0] ^= 1;
    assert_int_equal(
        mls_tree_private_join(t, own, leaf_key, by, base_secret_bytes(&wrong), &joiner),
        MLS_E_PATH);
    assert_int_equal(
        mls_tree_private_join(t, own, leaf_key, by, base_bytes_of(right.p, 31), &joiner),
        MLS_E_PATH);
    assert_int_equal(mls_tree_private_join(t, own, init_key, by, right, &joiner), MLS_E_PATH);
    assert_int_equal(mls_tree_private_join(t, own, leaf_key, own, right, &joiner), MLS_E_PATH);
    assert_int_equal(mls_tree_private_join(t, own, leaf_key, (mls_leaf_index){99}, right, &joiner),
                     MLS_E_PATH);
    assert_int_equal(mls_tree_private_join(t, own, leaf_key, (mls_leaf_index){4}, right, &joiner),
                     MLS_E_PATH);
    assert_int_equal(joiner.leaf_key.n, 0);
    assert_int_equal(mls_tree_private_join(t, own, leaf_key, by, right, &joiner), BASE_OK);
    assert_int_equal(joiner.n, 1);
    assert_int_equal(mls_tree_private_check(&joiner, t), BASE_OK);
    mls_tree_private_clear(&joiner);
    assert_int_equal(mls_tree_private_join(t, own, leaf_key, by, BASE_BYTES_NONE, &joiner),
                     BASE_OK); /* a commit without a path */
    assert_int_equal(joiner.n, 0);
    rig_path_clear(&path);
    rig_package_clear(&p);
    mls_tree_free(t);
    rig_end(&r);
}

static base_err decode(base_bytes in)
{
    mls_tree_private p = {0};
    base_err err = mls_tree_private_decode(in, &p);
    mls_tree_private_clear(&p);
    return err;
}

static void the_encoding_comes_back_and_anything_else_is_corrupt(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 5);
    base_buf kept = base_buf_on(&r.b.alloc.port);
    mls_tree_private back = {0};
    assert_int_equal(mls_tree_private_encode(&r.at[3].priv, &kept), BASE_OK);
    assert_int_equal(mls_tree_private_decode(base_buf_bytes(&kept), &back), BASE_OK);
    assert_int_equal(back.leaf.v, 3);
    assert_int_equal(back.n, r.at[3].priv.n);
    assert_int_equal(mls_tree_private_check(&back, r.tree), BASE_OK);
    for (size_t n = 0; n < kept.n; n++) {
        assert_int_equal(decode(base_bytes_of(kept.p, n)), BASE_E_CORRUPT);
    }
    assert_int_equal(base_buf_append(&kept, BYTES("\0")), BASE_OK);
    assert_int_equal(decode(base_buf_bytes(&kept)), BASE_E_CORRUPT);
    assert_int_equal(decode(BYTES("\0\0\0\1\1k\6\0\0\0\5\1x")), BASE_E_CORRUPT); /* not above 1 */
    assert_int_equal(decode(BYTES("\0\0\0\1\1k\6\0\0\0\1\1x")), BASE_OK);
    assert_int_equal(decode(BYTES("\xff\xff\xff\xff\1k\0")), BASE_E_CORRUPT);
    assert_int_equal(decode(BYTES("\x40\0\0\0\1k\0")), BASE_E_CORRUPT); /* leaf 2^30 */
    assert_int_equal(decode(BYTES("\x3f\xff\xff\xff\1k\0")), BASE_OK);
    assert_int_equal(decode(BYTES("\0\0\0\1\1k\6\xff\xff\xff\xff\1x")), BASE_E_CORRUPT);
    assert_int_equal(decode(BYTES("\0\0\0\1\1k\6\x7f\xff\xff\xff\1x")), BASE_E_CORRUPT);
    assert_int_equal(decode(BYTES("\0\0\0\1\1k\6\x3f\xff\xff\xff\1x")), BASE_OK);
    base_buf_clear(&kept);
    mls_tree_private_clear(&back);
    rig_end(&r);
}

static void clearing_leaves_nothing(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree_private p = r.at[1].priv;
    mls_tree_private_clear(&p);
    assert_true(base_ct_is_zero(base_bytes_of(&p, sizeof p)));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_kept_by_node_from_the_lowest_up),
        cmocka_unit_test(a_key_of_a_node_that_is_not_above_the_leaf_is_refused),
        cmocka_unit_test(pruning_wipes_the_keys_of_nodes_that_are_gone),
        cmocka_unit_test(a_key_that_does_not_fit_its_node_is_noticed),
        cmocka_unit_test(a_joiner_whose_path_secret_gives_another_key_is_refused),
        cmocka_unit_test(the_encoding_comes_back_and_anything_else_is_corrupt),
        cmocka_unit_test(clearing_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
