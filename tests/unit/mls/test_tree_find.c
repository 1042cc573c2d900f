/* What a tree knows without a search: where a key stands, which credential types are in use; and
 * single nodes put in their places. */
#include "tree_dummies.h"

#include "mls/tree_impl.h"

/* ---- keys ---- */

static uint32_t find(mls_tree *t, uint32_t no, uint32_t except, bool signature)
{
    dummy d;
    mls_node_index at = {0};
    const mls_leaf_node *leaf = dummy_of(&d, no);
    base_err err =
        signature
            ? mls_tree_find_signature_key(t, leaf->signature_key, (mls_node_index){except}, &at)
            : mls_tree_find_encryption_key(t, leaf->encryption_key, (mls_node_index){except}, &at);
    assert_int_equal(err, BASE_OK);
    return at.v;
}

static void a_key_is_found_where_it_stands_and_no_longer(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_tree *t = tree_of(&b, 8);
    const uint32_t none = UINT32_MAX;
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(find(t, i, none, true), 2 * i);
        assert_int_equal(find(t, i, none, false), 2 * i);
        assert_int_equal(find(t, i, 2 * i, true), none);
    }
    assert_int_equal(find(t, 100, none, true), none);
    remove_leaf(t, 3);
    assert_int_equal(find(t, 3, none, true), none);
    assert_int_equal(find(t, 3, none, false), none);
    assert_int_equal(mls_tree_update_leaf(t, (mls_leaf_index){4}, dummy_of(&d, 400)), BASE_OK);
    assert_int_equal(find(t, 4, none, false), none);
    assert_int_equal(find(t, 400, none, false), 8);
    fill(&b, t, 7);
    mls_node_index at = {0};
    assert_int_equal(mls_tree_find_encryption_key(t, BYTES("p\0\7"), MLS_NODE_NONE, &at), BASE_OK);
    assert_int_equal(at.v, 7);
    assert_int_equal(mls_tree_find_signature_key(t, BYTES("p\0\7"), MLS_NODE_NONE, &at), BASE_OK);
    assert_int_equal(at.v, none);
    end(&b, t);
}

static void keys_that_left_the_tree_leave_its_index(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_tree *t = tree_of(&b, 8);
    fill(&b, t, 7);
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(mls_tree_update_leaf(t, (mls_leaf_index){i % 8}, dummy_of(&d, 1000 + i)),
                         BASE_OK);
        fill(&b, t, 7);
    }
    assert_int_equal(t->keys.n, 2 * 8 + 1);
    remove_leaf(t, 7);
    assert_int_equal(t->keys.n, 2 * 7);
    mls_tree *o = overlay_of(t);
    assert_int_equal(mls_tree_update_leaf(o, (mls_leaf_index){0}, dummy_of(&d, 2000)), BASE_OK);
    rig_merge(o);
    assert_int_equal(t->keys.n, 2 * 7);
    end(&b, t);
}

static void an_overlay_finds_its_own_keys_and_not_those_it_replaced(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_tree *t = tree_of(&b, 8);
    mls_tree *o = overlay_of(t);
    const uint32_t none = UINT32_MAX;
    assert_int_equal(mls_tree_update_leaf(o, (mls_leaf_index){4}, dummy_of(&d, 400)), BASE_OK);
    remove_leaf(o, 7);
    assert_int_equal(find(o, 4, none, true), none);
    assert_int_equal(find(o, 7, none, true), none);
    assert_int_equal(find(o, 400, none, true), 8);
    assert_int_equal(find(o, 3, none, true), 6);
    assert_int_equal(find(t, 4, none, true), 8);
    assert_int_equal(find(t, 7, none, true), 14);
    assert_int_equal(find(t, 400, none, true), none);
    rig_merge(o);
    assert_int_equal(find(t, 4, none, true), none);
    assert_int_equal(find(t, 400, none, true), 8);
    end(&b, t);
}

/* ---- credential types ---- */

static void credential_types_are_counted_and_bounded(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_leaf_index at = {0};
    const mls_tree_credential_use *uses = NULL;
    mls_tree *t = tree_of(&b, 2);
    for (uint16_t i = 1; i < MLS_TREE_CREDENTIAL_TYPES; i++) {
        (void)dummy_of(&d, 100U + i);
        d.leaf.credential.type = (uint16_t)(0xFF00 + i);
        assert_int_equal(mls_tree_add_leaf(t, &d.leaf, &at), BASE_OK);
    }
    assert_int_equal(mls_tree_credential_uses(t, &uses), MLS_TREE_CREDENTIAL_TYPES);
    assert_int_equal(uses[0].type, MLS_CREDENTIAL_BASIC);
    assert_int_equal(uses[0].leaves, 2);
    (void)dummy_of(&d, 200);
    d.leaf.credential.type = 0xEE00;
    assert_int_equal(mls_tree_add_leaf(t, &d.leaf, &at), BASE_E_LIMIT);
    d.leaf.credential.type = MLS_CREDENTIAL_BASIC; /* no new type */
    assert_int_equal(mls_tree_add_leaf(t, &d.leaf, &at), BASE_OK);
    remove_leaf(t, at.v);
    d.leaf.credential.type = 0xEE00;
    remove_leaf(t, at.v - 1);
    assert_int_equal(mls_tree_credential_uses(t, &uses), MLS_TREE_CREDENTIAL_TYPES - 1);
    assert_int_equal(mls_tree_add_leaf(t, &d.leaf, &at), BASE_OK);
    assert_int_equal(mls_tree_resize(t, 2), BASE_OK);
    assert_int_equal(mls_tree_credential_uses(t, &uses), 1);
    end(&b, t);
}

/* ---- single nodes ---- */

static void a_node_may_only_stand_where_its_kind_belongs(void **state)
{
    (void)state;
    bench b;
    dummy d;
    mls_node *n = NULL;
    mls_tree *t = tree_of(&b, 4);
    assert_int_equal(mls_node_from_leaf(&b.alloc.port, dummy_of(&d, 50), &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){3}, n), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_put(t, (mls_node_index){8}, n), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_put(t, (mls_node_index){6}, n), BASE_OK);
    mls_parent_node parent = {BYTES("key"), BASE_BYTES_NONE, NULL, 0};
    assert_int_equal(mls_node_from_parent(&b.alloc.port, &parent, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){7}, n), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_put(t, (mls_node_index){2}, n), BASE_E_ARGUMENT);
    mls_node_free(&b.alloc.port, n);
    assert_int_equal(mls_tree_blank(t, (mls_node_index){7}), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_blank(t, (mls_node_index){6}), BASE_OK);
    assert_int_equal(mls_tree_member_count(t), 3);
    assert_int_equal(mls_tree_resize(t, 3), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_resize(t, 0), BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_resize(t, 2 * RIG_LEAVES), BASE_E_LIMIT);
    end(&b, t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_where_it_stands_and_no_longer),
        cmocka_unit_test(keys_that_left_the_tree_leave_its_index),
        cmocka_unit_test(an_overlay_finds_its_own_keys_and_not_those_it_replaced),
        cmocka_unit_test(credential_types_are_counted_and_bounded),
        cmocka_unit_test(a_node_may_only_stand_where_its_kind_belongs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
