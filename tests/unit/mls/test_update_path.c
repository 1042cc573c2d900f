/* Paths: whoever is in the tree can open them, merged or not. How one can be wrong is
 * test_update_path_refused's. */
#include "path_flight.h"

#include "support/every_suite.h"

/* ---- what works ---- */

static void every_member_opens_every_members_path(void **state)
{
    (void)state;
    for (size_t s = 0; s < every_suite_count(); s++) {
        rig r;
        rig_full(&r, every_suite(s), 7); /* its commits check it */
        assert_int_equal(rig_check(&r, r.tree), BASE_OK);
        rig_end(&r);
    }
}

/* 200 random commits: adds, with and without a path, and removals, from a printed seed. */
static void random_commits_leave_all_members_with_one_secret_and_a_valid_tree(void **state)
{
    (void)state;
    const uint64_t seed = 9420;
    fake_random random = fake_random_of(seed);
    rig r;
    print_message("seed %llu\n", (unsigned long long)seed);
    rig_start(&r, RIG_SUITE);
    for (int step = 0; step < 200; step++) {
        uint32_t member[RIG_LEAVES];
        size_t n = 0;
        for (uint32_t i = 0; i < RIG_LEAVES; i++) {
            if (r.at[i].in) {
                member[n] = i;
                n++;
            }
        }
        uint64_t draw = fake_random_next(&random);
        rig_commit c = {.by = {member[(draw >> 8) % n]}};
        uint32_t gone = member[(draw >> 16) % n];
        if (n < 20 && draw % 3 == 0) {
            c.n_adds = 1 + (draw >> 24) % 3;
        }
        if (n > 3 && draw % 4 < 2 && gone != c.by.v) {
            c.removed[0].v = gone;
            c.n_removed = 1;
        }
        rig_do(&r, &c);
        if (draw % 5 == 0 && n < 20) {
            (void)rig_add_unmerged(&r);
        }
        assert_int_equal(rig_check(&r, r.tree), BASE_OK);
    }
    rig_end(&r);
}

/* One peer's receivers looked for the lowest resolution node above them, and not for themselves. */
static void an_unmerged_leaf_opens_another_members_path(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 7);
    mls_leaf_index fresh = rig_add_unmerged(&r);
    assert_int_equal(fresh.v, 7);
    assert_int_equal(mls_tree_node(r.tree, (mls_node_index){7})->parent.n_unmerged, 1);
    assert_int_equal(mls_tree_node(r.tree, (mls_node_index){11})->parent.n_unmerged, 1);
    assert_int_equal(r.at[7].priv.n, 0);
    rig_add(&r, 1, 0); /* from the other half: leaf 7 opens what is sealed to itself, below 11 */
    assert_int_equal(mls_tree_node(r.tree, (mls_node_index){11})->parent.n_unmerged, 1);
    assert_int_equal(r.at[7].priv.n, 1);
    rig_add(&r, 6, 0); /* from its sibling */
    assert_int_equal(r.at[7].priv.n, 3);
    assert_int_equal(rig_check(&r, r.tree), BASE_OK);
    rig_end(&r);
}

static void a_newcomer_under_filled_ancestors_joins_after_others_committed(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 7);
    (void)rig_add_unmerged(&r);
    rig_add(&r, 1, 0);
    rig_add(&r, 2, 1); /* a ninth, and the tree doubles */
    assert_int_equal(mls_tree_leaf_count(r.tree), 16);
    rig_add(&r, 8, 0);
    assert_int_equal(rig_check(&r, r.tree), BASE_OK);
    rig_end(&r);
}

static void a_path_reaches_over_blanks(void **state)
{
    (void)state;
    rig r;
    rig_start(&r, RIG_SUITE);
    rig_add(&r, 0, 8);
    rig_remove(&r, 0, 1);
    rig_remove(&r, 0, 2);
    rig_remove(&r, 8, 3);
    mls_tree_path p;
    mls_tree_filtered_path(r.tree, (mls_leaf_index){0}, &p);
    assert_int_equal(p.n, 2); /* nobody else in the left quarter */
    mls_tree_filtered_path(r.tree, (mls_leaf_index){8}, &p);
    assert_int_equal(p.n, 1);
    rig_add(&r, 8, 0);
    rig_add(&r, 4, 0);
    rig_add(&r, 0, 0);
    assert_int_equal(rig_check(&r, r.tree), BASE_OK);
    rig_end(&r);
}

static void the_only_member_has_an_empty_path_and_a_fresh_secret(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_start(&r, RIG_SUITE);
    take_off(&r, &f, 0);
    assert_int_equal(f.path.view.n_nodes, 0);
    assert_int_equal(f.path.view.leaf_node.parent_hash.n, 0);
    assert_int_equal(f.secrets.commit_secret.n, 32);
    assert_false(base_ct_is_zero(base_secret_bytes(&f.secrets.commit_secret)));
    assert_int_equal(apply(&f, 0), BASE_OK);
    land(&f);
    rig_end(&r);
}

/* A path from a leaf that nobody holds: an external commit, into a full tree and into a gap. */
static void a_joiner_from_outside_takes_the_next_leaf(void **state)
{
    (void)state;
    for (uint32_t members = 3; members <= 4; members++) {
        rig r;
        rig_full(&r, RIG_SUITE, members);
        rig_package p;
        rig_package_new(&r, &p);
        mls_leaf_index own = mls_tree_next_leaf(r.tree);
        mls_tree *made = rig_overlay(&r);
        mls_tree *received = rig_overlay(&r);
        mls_path_params params = {&p.view.leaf_node, base_secret_bytes(&p.signature_private),
                                  RIG_GROUP};
        mls_path_secrets secrets = {0};
        mls_tree_private priv = {0};
        rig_path path = {.encoded = base_buf_on(&r.b.alloc.port),
                         .arena = base_arena_on(&r.b.alloc.port, 0)};
        assert_int_equal(mls_path_make(made, own, &params, &secrets, &priv), BASE_OK);
        base_buf context = rig_encoded_context(&r, made);
        assert_int_equal(
            mls_path_seal(made, &secrets, NULL, 0, base_buf_bytes(&context), &path.encoded),
            BASE_OK);
        rig_path_decode(&path);
        mls_received_path in = {.sender = own, .path = &path.view};
        assert_int_equal(mls_path_apply(received, &in), BASE_OK);
        rig_open_all(&r, received, &in, &secrets);
        assert_int_equal(rig_check(&r, received), BASE_OK);
        in.sender.v += 1; /* not the next one */
        mls_tree_free(received);
        received = rig_overlay(&r);
        assert_int_not_equal(mls_path_apply(received, &in), BASE_OK);
        base_buf_clear(&context);
        mls_path_secrets_clear(&secrets);
        mls_tree_private_clear(&priv);
        rig_path_clear(&path);
        rig_package_clear(&p);
        mls_tree_free(made);
        mls_tree_free(received);
        rig_end(&r);
    }
}

static void nothing_is_sealed_to_leaves_that_the_commit_adds(void **state)
{
    (void)state;
    rig r;
    rig_package p;
    rig_full(&r, RIG_SUITE, 2);
    mls_tree *made = rig_overlay(&r);
    mls_leaf_index added = rig_add_to(&r, made, &p);
    rig_path path;
    mls_path_secrets secrets = {0};
    mls_tree_private priv = {0};
    base_bytes secret = BASE_BYTES_NONE;
    rig_make_path(&r, made, (mls_leaf_index){0}, &added, 1, &path, &secrets, &priv);
    assert_int_equal(path.view.n_nodes, 2);
    assert_int_equal(path.view.nodes[0].n_sealed, 1);
    assert_int_equal(path.view.nodes[1].n_sealed, 0);
    assert_int_equal(mls_path_secret_for(&secrets, added, &secret), BASE_OK);
    assert_bytes(secret, base_secret_bytes(&secrets.secret[1]));
    assert_int_equal(mls_path_secret_for(&secrets, (mls_leaf_index){40}, &secret),
                     BASE_E_NOT_FOUND);
    rig_path_clear(&path);
    rig_package_clear(&p);
    mls_tree_free(made);
    rig_end(&r);
}

static void what_was_decrypted_is_the_secret_of_the_lowest_common_node(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 8);
    take_off(&r, &f, 2);
    assert_int_equal(apply(&f, 2), BASE_OK);
    const uint32_t at[] = {1, 1, 9, 0, 2, 2, 2, 2};
    for (uint32_t i = 0; i < 8; i++) {
        base_secret got = {0};
        if (i != 2) {
            assert_int_equal(open_as(&r, &f, 2, i, &got), BASE_OK);
            assert_bytes(base_secret_bytes(&got), base_secret_bytes(&f.secrets.secret[at[i]]));
        }
    }
    land(&f);
    rig_end(&r);
}

/* ---- the form ---- */

static base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    base_rd r = base_rd_on(in);
    mls_update_path p;
    mls_update_path_read(&r, &a, &p);
    base_arena_clear(&a);
    return base_rd_end(&r);
}

static void a_path_comes_back_the_same_and_only_whole(void **state)
{
    (void)state;
    rig r;
    flight f;
    rig_full(&r, RIG_SUITE, 3);
    take_off(&r, &f, 1);
    base_buf again = base_buf_on(&r.b.alloc.port);
    base_wr w = base_wr_on(&again);
    mls_update_path_write(&w, &f.path.view);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_bytes(base_buf_bytes(&again), base_buf_bytes(&f.path.encoded));
    assert_exact(base_buf_bytes(&again), decode);
    base_buf_clear(&again);
    land(&f);
    rig_end(&r);
}

static void a_path_longer_than_any_tree_is_deep_is_refused(void **state)
{
    (void)state;
    for (size_t n = MLS_TREE_DEPTH_MAX; n <= MLS_TREE_DEPTH_MAX + 1; n++) {
        mls_leaf_node leaf = sample_leaf(MLS_LEAF_COMMIT);
        base_buf out = base_buf_on(NULL);
        base_wr w = base_wr_on(&out);
        mls_leaf_node_write(&w, &leaf);
        size_t mark = base_wr_open(&w);
        for (size_t i = 0; i < n; i++) {
            base_wr_vec(&w, BYTES("k"));
            base_wr_vec(&w, BYTES("\1e\1c"));
        }
        base_wr_close(&w, mark);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_int_equal(decode(base_buf_bytes(&out)),
                         n > MLS_TREE_DEPTH_MAX ? BASE_E_LIMIT : BASE_OK);
        base_buf_clear(&out);
    }
}

/* ---- memory and randomness ---- */

static base_err make_and_open(rig *r)
{
    base_err err = BASE_OK;
    mls_tree *t = NULL;
    mls_path_secrets secrets = {0};
    mls_tree_private priv = {0};
    mls_tree_private other = r->at[3].priv;
    base_secret commit_secret = {0};
    base_buf encoded = base_buf_on(&r->b.alloc.port);
    base_arena arena = base_arena_on(&r->b.alloc.port, 0);
    mls_leaf_index own = {0};
    mls_update_path path;
    mls_path_params params = {mls_tree_leaf(r->tree, own),
                              base_secret_bytes(&r->at[0].signature_private), RIG_GROUP};
    TRY(mls_tree_overlay_new(r->tree, &t));
    TRY(mls_path_make(t, own, &params, &secrets, &priv));
    TRY(mls_path_seal(t, &secrets, NULL, 0, BYTES("context"), &encoded));
    mls_tree_free(t);
    t = NULL;
    TRY(mls_tree_overlay_new(r->tree, &t));
    base_rd rd = base_rd_on(base_buf_bytes(&encoded));
    mls_update_path_read(&rd, &arena, &path);
    TRY(base_rd_end(&rd));
    mls_received_path in = {own, &path, NULL, 0, BYTES("context")};
    TRY(mls_path_apply(t, &in));
    TRY(mls_path_open(t, &in, &other, &commit_secret, NULL));
done:
    mls_tree_free(t);
    mls_path_secrets_clear(&secrets);
    mls_tree_private_clear(&priv);
    mls_tree_private_clear(&other);
    base_secret_clear(&commit_secret);
    base_buf_clear(&encoded);
    base_arena_clear(&arena);
    return err;
}

static void every_allocation_and_every_random_byte_may_fail(void **state)
{
    (void)state;
    rig r;
    rig_full(&r, RIG_SUITE, 4);
    crypto_digest before = rig_hash(r.tree);
    for (int kind = 0; kind < 2; kind++) {
        base_err err = BASE_E_NOMEM;
        size_t failures = 0;
        for (size_t nth = 1; err != BASE_OK; nth++) {
            size_t live = r.b.alloc.live;
            fake_alloc_reset(&r.b.alloc, kind == 0 ? nth : 0);
            r.b.random.calls = 0;
            r.b.random.fail_at = kind == 1 ? nth : 0;
            err = make_and_open(&r);
            assert_true(err == BASE_OK || err == (kind == 0 ? BASE_E_NOMEM : BASE_E_RANDOM));
            assert_int_equal(r.b.alloc.live, live);
            failures += err == BASE_OK ? 0 : 1;
            assert_true(nth < 2000);
        }
        assert_true(failures > 3);
    }
    fake_alloc_reset(&r.b.alloc, 0);
    crypto_digest after = rig_hash(r.tree);
    assert_bytes(crypto_digest_bytes(&after), crypto_digest_bytes(&before));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_opens_every_members_path),
        cmocka_unit_test(random_commits_leave_all_members_with_one_secret_and_a_valid_tree),
        cmocka_unit_test(an_unmerged_leaf_opens_another_members_path),
        cmocka_unit_test(a_newcomer_under_filled_ancestors_joins_after_others_committed),
        cmocka_unit_test(a_path_reaches_over_blanks),
        cmocka_unit_test(the_only_member_has_an_empty_path_and_a_fresh_secret),
        cmocka_unit_test(a_joiner_from_outside_takes_the_next_leaf),
        cmocka_unit_test(nothing_is_sealed_to_leaves_that_the_commit_adds),
        cmocka_unit_test(what_was_decrypted_is_the_secret_of_the_lowest_common_node),
        cmocka_unit_test(a_path_comes_back_the_same_and_only_whole),
        cmocka_unit_test(a_path_longer_than_any_tree_is_deep_is_refused),
        cmocka_unit_test(every_allocation_and_every_random_byte_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
