/* Each way in which a path can be wrong, one change away from a path that is right. */
#include "path_flight.h"

/* V-7.5-1 */
static void a_path_of_another_length_is_refused(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    f.path.view.n_nodes = 1;
    assert_int_equal(applied_to(&r, &f, 1), MLS_E_PATH);
    f.path.view.n_nodes = 3;
    f.path.view.nodes[2] = f.path.view.nodes[1];
    f.path.view.nodes[2].encryption_key = base_buf_bytes(&r.at[0].signature_public);
    assert_int_equal(applied_to(&r, &f, 1), MLS_E_PATH);
    f.path.view.n_nodes = 2;
    assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* V-7.6-1 */
static void a_ciphertext_too_many_or_too_few_is_refused(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    for (size_t i = 0; i < 2; i++) {
        f.path.view.nodes[i].n_sealed++;
        assert_int_equal(applied_to(&r, &f, 1), MLS_E_PATH);
        f.path.view.nodes[i].n_sealed -= 2;
        assert_int_equal(applied_to(&r, &f, 1), MLS_E_PATH);
        f.path.view.nodes[i].n_sealed++;
    }
    assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* V-7.5-3 */
static void a_leaf_with_another_parent_hash_is_refused(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    base_bytes right = f.path.view.leaf_node.parent_hash;
    uint8_t wrong[32];
    memcpy(wrong, right.p, sizeof wrong);
    wrong[31] ^= 1;
    f.path.view.leaf_node.parent_hash = base_bytes_of(wrong, sizeof wrong);
    assert_int_equal(applied_to(&r, &f, 1), MLS_E_PARENT_HASH);
    f.path.view.leaf_node.parent_hash = base_bytes_of(right.p, 31);
    assert_int_equal(applied_to(&r, &f, 1), MLS_E_PARENT_HASH);
    f.path.view.leaf_node.parent_hash = BASE_BYTES_NONE;
    assert_int_equal(applied_to(&r, &f, 1), MLS_E_PARENT_HASH);
    f.path.view.leaf_node.parent_hash = right;
    assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* V-12.4.2-4 */
static void a_path_key_that_stands_in_the_tree_or_twice_in_the_path_is_refused(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    mls_update_path *p = &f.path.view;
    base_bytes right = p->nodes[1].encryption_key;
    const base_bytes wrong[] = {
        mls_tree_leaf(r.tree, (mls_leaf_index){3})->encryption_key,
        mls_tree_leaf(r.tree, (mls_leaf_index){1})->encryption_key, /* the leaf being replaced */
        mls_tree_node(r.tree, (mls_node_index){5})->parent.encryption_key,
        mls_tree_node(r.tree, (mls_node_index){3})->parent.encryption_key, /* and the node */
        p->nodes[0].encryption_key,
        p->leaf_node.encryption_key,
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        p->nodes[1].encryption_key = wrong[i];
        assert_int_equal(applied_to(&r, &f, 1), MLS_E_KEY_REUSE);
    }
    p->nodes[1].encryption_key = right;
    base_bytes leaf_key = p->leaf_node.encryption_key;
    for (size_t i = 0; i < 4; i++) {
        p->leaf_node.encryption_key = wrong[i];
        assert_int_equal(applied_to(&r, &f, 1), MLS_E_KEY_REUSE);
    }
    p->leaf_node.encryption_key = leaf_key;
    assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* V-5.1.1-1 */
static void a_path_key_that_does_not_decode_is_refused(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    f.path.view.nodes[0].encryption_key.n = 31;
    assert_int_equal(applied_to(&r, &f, 1), CRYPTO_E_KEY);
    f.path.view.nodes[0].encryption_key.n = 32;
    assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* V-7.6-2: a bit of each kind of ciphertext, and another group context. */
static void a_path_secret_that_does_not_decrypt_is_refused_and_keys_stay(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    assert_int_equal(apply(&f, 1), BASE_OK);
    mls_tree_private before = r.at[3].priv;
    uint8_t *sealed = f.path.encoded.p + (f.path.view.nodes[1].sealed.p - f.path.encoded.p);
    size_t last = f.path.view.nodes[1].sealed.n - 1;
    sealed[last] ^= 1;
    assert_int_equal(open_as(&r, &f, 1, 3, NULL), CRYPTO_E_OPEN);
    assert_memory_equal(&before, &r.at[3].priv, sizeof before);
    sealed[last] ^= 1;
    r.epoch++;
    assert_int_equal(open_as(&r, &f, 1, 3, NULL), CRYPTO_E_OPEN);
    r.epoch--;
    assert_int_equal(open_as(&r, &f, 1, 3, NULL), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* V-7.5-2: an honest envelope around a secret that is not the path's. */
static void a_path_secret_that_gives_other_keys_is_refused(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *made = rig_overlay(&r);
    memset(&f, 0, sizeof f);
    rig_make_path(&r, made, (mls_leaf_index){1}, NULL, 0, &f.path, &f.secrets, &f.priv);
    base_buf context = rig_encoded_context(&r, made);
    for (size_t i = 0; i < 2; i++) {
        mls_path_secrets lie = f.secrets;
        lie.secret[i].b[0] ^= 1;
        rig_path_clear(&f.path);
        assert_int_equal(
            mls_path_seal(made, &lie, NULL, 0, base_buf_bytes(&context), &f.path.encoded), BASE_OK);
        rig_path_decode(&f.path);
        assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
        mls_tree_private before = r.at[i == 0 ? 0 : 3].priv;
        assert_int_equal(open_as(&r, &f, 1, i == 0 ? 0 : 3, NULL), MLS_E_PATH);
        assert_memory_equal(&before, &r.at[i == 0 ? 0 : 3].priv, sizeof before);
        assert_int_equal(open_as(&r, &f, 1, i == 0 ? 3 : 0, NULL), BASE_OK);
    }
    f.secrets.secret[1].n = 31; /* nor one of another length */
    rig_path_clear(&f.path);
    assert_int_equal(
        mls_path_seal(made, &f.secrets, NULL, 0, base_buf_bytes(&context), &f.path.encoded),
        BASE_OK);
    rig_path_decode(&f.path);
    assert_int_equal(applied_to(&r, &f, 1), BASE_OK);
    assert_int_equal(open_as(&r, &f, 1, 2, NULL), MLS_E_PATH);
    base_buf_clear(&context);
    mls_tree_free(made);
    land(&f);
    rig_end(&r);
}

static void the_sender_and_a_stranger_open_nothing(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    assert_int_equal(apply(&f, 1), BASE_OK);
    assert_int_equal(open_as(&r, &f, 1, 1, NULL), BASE_E_ARGUMENT);
    r.at[3].priv.n = 0;
    base_secret_clear(&r.at[3].priv.leaf_key); /* knows no key of the resolution */
    assert_int_equal(open_as(&r, &f, 1, 3, NULL), MLS_E_PATH);
    land(&f);
    rig_end(&r);
}

static void a_removed_member_opens_nothing(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    mls_tree *t = rig_overlay(&r);
    rig_path path;
    mls_path_secrets secrets = {0};
    mls_tree_private priv = {0};
    base_secret commit_secret = {0};
    assert_int_equal(mls_tree_remove_leaf(t, (mls_leaf_index){2}), BASE_OK);
    assert_int_equal(mls_tree_remove_leaf(t, (mls_leaf_index){3}), BASE_OK);
    rig_make_path(&r, t, (mls_leaf_index){0}, NULL, 0, &path, &secrets, &priv);
    mls_received_path in = {{0}, &path.view, NULL, 0, BYTES("context")};
    for (uint32_t leaf = 2; leaf < 4; leaf++) { /* its place is beyond the edge */
        assert_int_equal(mls_path_open(t, &in, &r.at[leaf].priv, &commit_secret, NULL), MLS_E_PATH);
    }
    in.sender.v = 2; /* nor is there such a sender */
    assert_int_equal(mls_path_open(t, &in, &r.at[1].priv, &commit_secret, NULL), BASE_E_ARGUMENT);
    in.sender.v = 0;
    path.view.n_nodes = 0; /* not the path that was applied */
    assert_int_equal(mls_path_open(t, &in, &r.at[1].priv, &commit_secret, NULL), MLS_E_PATH);
    assert_int_equal(commit_secret.n, 0);
    mls_tree_free(t);
    rig_path_clear(&path);
    rig_end(&r);
}

static void a_path_is_sealed_only_on_the_tree_it_was_made_on(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 4);
    take_off(&r, &f, 1);
    base_buf out = base_buf_on(&r.b.alloc.port);
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(mls_tree_blank(t, (mls_node_index){3}), BASE_OK);
    assert_int_equal(mls_path_seal(t, &f.secrets, NULL, 0, BYTES("context"), &out),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_tree_blank(t, (mls_node_index){2}), BASE_OK);
    assert_int_equal(mls_path_seal(t, &f.secrets, NULL, 0, BYTES("context"), &out),
                     BASE_E_ARGUMENT);
    assert_int_equal(out.n, 0);
    mls_tree_free(t);
    land(&f);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_of_another_length_is_refused),
        cmocka_unit_test(a_ciphertext_too_many_or_too_few_is_refused),
        cmocka_unit_test(a_leaf_with_another_parent_hash_is_refused),
        cmocka_unit_test(a_path_key_that_stands_in_the_tree_or_twice_in_the_path_is_refused),
        cmocka_unit_test(a_path_key_that_does_not_decode_is_refused),
        cmocka_unit_test(a_path_secret_that_does_not_decrypt_is_refused_and_keys_stay),
        cmocka_unit_test(a_path_secret_that_gives_other_keys_is_refused),
        cmocka_unit_test(the_sender_and_a_stranger_open_nothing),
        cmocka_unit_test(a_removed_member_opens_nothing),
        cmocka_unit_test(a_path_is_sealed_only_on_the_tree_it_was_made_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
