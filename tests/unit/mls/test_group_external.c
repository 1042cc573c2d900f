/* Joining by an external commit, as a new member and in place of an old leaf (RFC 9420,
 * section 12.4.3.2). */
#include "support/mls_world.h"

#include "mls/group.h"
#include "mls/message.h"

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* p joins with the GroupInfo that `from` publishes; everybody follows. */
static base_err join_external(person *p, const person *from, const mls_external_params *params,
                              bool with_tree)
{
    base_buf info = {0};
    base_buf tree = {0};
    base_buf commit = {0};
    assert_ok(mls_group_info(from->group, with_tree, true, &info));
    assert_ok(mls_group_tree(from->group, &tree));
    if (p->group != NULL) {
        assert_ok(mls_group_delete(p->group));
        mls_group_free(p->group);
        p->group = NULL;
    }
    base_err err = mls_group_join_external(p->ctx, base_buf_bytes(&info),
                                           with_tree ? BASE_BYTES_NONE : base_buf_bytes(&tree),
                                           params, WORLD_NOW, &commit, &p->group);
    if (err == BASE_OK) {
        world_deliver(&w, p, base_buf_bytes(&commit));
    }
    base_buf_clear(&info);
    base_buf_clear(&tree);
    base_buf_clear(&commit);
    return err;
}

static void a_stranger_joins_by_its_own_commit_with_the_tree_in_and_beside(void **state)
{
    (void)state;
    world_init(&w, 1, 5, 50);
    world_found(&w, 0);
    person *first[] = {&w.people[1], &w.people[2]};
    world_add(&w, &w.people[0], first, 2);
    for (size_t i = 3; i < 5; i++) {
        const mls_external_params params = {.member = person_member(&w, &w.people[i])};
        assert_ok(join_external(&w.people[i], &w.people[i - 2], &params, i == 3));
        world_talk(&w);
        person_reload(&w.people[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        world_commit(&w, &w.people[i], NULL, NULL, 0);
        world_talk(&w);
    }
}

static void the_first_other_member_can_join_a_group_of_one(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 51);
    world_found(&w, 0);
    const mls_external_params params = {.member = person_member(&w, &w.people[1])};
    assert_ok(join_external(&w.people[1], &w.people[0], &params, true));
    world_talk(&w);
}

static void members_see_who_joins_from_outside(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 52);
    world_found(&w, 0);
    person *first = &w.people[1];
    world_add(&w, &w.people[0], &first, 1);
    base_buf info = {0};
    base_buf commit = {0};
    mls_received r = {0};
    const mls_external_params params = {.member = person_member(&w, &w.people[2]),
                                        .authenticated_data = base_bytes_str("let me in")};
    assert_ok(mls_group_info(first->group, true, true, &info));
    assert_ok(mls_group_join_external(w.people[2].ctx, base_buf_bytes(&info), BASE_BYTES_NONE,
                                      &params, WORLD_NOW, &commit, &w.people[2].group));
    assert_ok(mls_group_receive(first->group, base_buf_bytes(&commit), WORLD_NOW, &r));
    assert_int_equal(r.sender_type, MLS_SENDER_NEW_MEMBER_COMMIT);
    assert_int_equal(r.sender.v, 2);
    assert_true(mls_staged_is_external(r.staged));
    assert_int_equal(mls_staged_committer(r.staged).v, 2);
    assert_int_equal(mls_staged_change_count(r.staged), 1);
    const mls_change *change = mls_staged_change(r.staged, 0);
    assert_int_equal(change->kind, MLS_CHANGE_ADD);
    assert_true(base_bytes_eq(change->node->credential.body, base_bytes_str("person 2")));
    assert_true(base_bytes_eq(base_buf_bytes(&r.authenticated_data), base_bytes_str("let me in")));
    mls_received_clear(&r);
    base_buf_clear(&info);
    base_buf_clear(&commit);
}

static void a_member_replaces_its_own_leaf(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 53);
    world_assemble(&w);
    const mls_external_params params = {
        .member = person_member(&w, &w.people[2]), .replace = true, .old = {2}};
    assert_ok(join_external(&w.people[2], &w.people[0], &params, true));
    assert_int_equal(mls_group_own_leaf(w.people[2].group).v, 2);
    world_talk(&w);
    world_commit(&w, &w.people[3], NULL, NULL, 0);
    world_talk(&w);
}

static void somebody_elses_leaf_is_not_replaced(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 54);
    world_found(&w, 0);
    person *first[] = {&w.people[1], &w.people[2]};
    world_add(&w, &w.people[0], first, 2);
    mls_external_params params = {
        .member = person_member(&w, &w.people[3]), .replace = true, .old = {2}};
    assert_int_equal(join_external(&w.people[3], &w.people[0], &params, true), MLS_E_PROPOSAL_LIST);
    params.old.v = 3;
    assert_int_equal(join_external(&w.people[3], &w.people[0], &params, true), MLS_E_PROPOSAL);
    params.replace = false;
    assert_ok(join_external(&w.people[3], &w.people[0], &params, true));
    world_talk(&w);
}

static void a_psk_that_both_sides_know_goes_into_an_external_commit(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 55);
    world_found(&w, 0);
    person *first = &w.people[1];
    world_add(&w, &w.people[0], &first, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("id"), base_bytes_str("secret")));
    }
    const mls_psk_id psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("id")};
    const mls_external_params params = {
        .member = person_member(&w, &w.people[2]), .psks = &psk, .n_psks = 1};
    assert_ok(join_external(&w.people[2], &w.people[0], &params, true));
    world_talk(&w);
}

static void a_group_info_without_the_external_key_invites_nobody(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 56);
    world_found(&w, 0);
    base_buf info = {0};
    base_buf commit = {0};
    const mls_external_params params = {.member = person_member(&w, &w.people[1])};
    assert_ok(mls_group_info(w.people[0].group, true, false, &info));
    /* V-12.4.3.2-3 */
    assert_int_equal(mls_group_join_external(w.people[1].ctx, base_buf_bytes(&info),
                                             BASE_BYTES_NONE, &params, WORLD_NOW, &commit,
                                             &w.people[1].group),
                     MLS_E_EXTERNAL_PUB);
    assert_ok(mls_group_info(w.people[0].group, false, true, &info));
    assert_int_equal(mls_group_join_external(w.people[1].ctx, base_buf_bytes(&info),
                                             BASE_BYTES_NONE, &params, WORLD_NOW, &commit,
                                             &w.people[1].group),
                     MLS_E_TREE_MISSING);
    assert_null(w.people[1].group);
    base_buf_clear(&info);
}

/* A GroupInfo of Alice's with a confirmation tag that lacks a byte, rightly signed. */
static void cut_tag(base_buf *message)
{
    base_arena lists = {0};
    base_buf signature = {0};
    base_buf out = {0};
    mls_message m;
    const mls_group *g = w.people[0].group;
    assert_ok(mls_message_decode(base_buf_bytes(message), &lists, &m));
    m.group_info.confirmation_tag.n--;
    assert_ok(mls_info_sign(&g->epoch.suite, base_secret_bytes(&g->signature_private),
                            &m.group_info, &signature));
    m.group_info.signature = base_buf_bytes(&signature);
    assert_ok(mls_message_encode(&m, &out));
    base_buf_move(message, &out);
    base_buf_clear(&signature);
    base_arena_clear(&lists);
}

static base_err try_to_join(const mls_external_params *params, base_bytes info)
{
    base_buf commit = {0};
    mls_group *g = NULL;
    base_err err = mls_group_join_external(w.people[1].ctx, info, (base_bytes){NULL, 0}, params,
                                           WORLD_NOW, &commit, &g);
    if (g != NULL) {
        assert_ok(mls_group_delete(g));
    }
    mls_group_free(g);
    base_buf_clear(&commit);
    return err;
}

static void what_is_no_group_info_or_a_strange_one_invites_nobody(void **state)
{
    (void)state;
    w.limits.message_bytes = 2000;
    world_init(&w, 1, 2, 58);
    world_found(&w, 0);
    base_buf info = {0};
    base_buf package = person_key_package(&w, &w.people[0]);
    static const uint8_t big[2001];
    mls_external_params params = {.member = person_member(&w, &w.people[1])};
    assert_int_equal(try_to_join(&params, base_buf_bytes(&package)), MLS_E_WIRE_FORMAT);
    assert_int_equal(try_to_join(&params, base_bytes_of(big, sizeof big)), BASE_E_LIMIT);
    assert_ok(mls_group_info(w.people[0].group, true, true, &info));
    params.n_psks = 1;
    assert_int_equal(try_to_join(&params, base_buf_bytes(&info)), BASE_E_ARGUMENT);
    params.n_psks = 0;
    assert_ok(try_to_join(&params, base_buf_bytes(&info)));
    cut_tag(&info);
    assert_int_equal(try_to_join(&params, base_buf_bytes(&info)), MLS_E_CONFIRMATION_TAG);
    base_buf_clear(&info);
    base_buf_clear(&package);
}

static void an_unwanted_external_join_leaves_the_joiner_alone(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 57);
    world_found(&w, 0);
    base_buf info = {0};
    base_buf commit = {0};
    assert_ok(mls_group_info(w.people[0].group, true, true, &info));
    const mls_external_params params = {.member = person_member(&w, &w.people[1])};
    assert_ok(mls_group_join_external(w.people[1].ctx, base_buf_bytes(&info), BASE_BYTES_NONE,
                                      &params, WORLD_NOW, &commit, &w.people[1].group));
    /* The group goes on without it; the joiner deletes what it has and tries again. */
    assert_ok(mls_group_delete(w.people[1].group));
    mls_group_free(w.people[1].group);
    w.people[1].group = NULL;
    assert_int_equal(w.people[1].store.n, 0);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    assert_int_equal(person_receive(&w.people[0], base_buf_bytes(&commit)), MLS_E_EPOCH_PAST);
    assert_ok(join_external(&w.people[1], &w.people[0], &params, true));
    world_talk(&w);
    base_buf_clear(&info);
    base_buf_clear(&commit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_stranger_joins_by_its_own_commit_with_the_tree_in_and_beside,
                                  teardown),
        cmocka_unit_test_teardown(the_first_other_member_can_join_a_group_of_one, teardown),
        cmocka_unit_test_teardown(members_see_who_joins_from_outside, teardown),
        cmocka_unit_test_teardown(a_member_replaces_its_own_leaf, teardown),
        cmocka_unit_test_teardown(somebody_elses_leaf_is_not_replaced, teardown),
        cmocka_unit_test_teardown(a_psk_that_both_sides_know_goes_into_an_external_commit,
                                  teardown),
        cmocka_unit_test_teardown(a_group_info_without_the_external_key_invites_nobody, teardown),
        cmocka_unit_test_teardown(what_is_no_group_info_or_a_strange_one_invites_nobody, teardown),
        cmocka_unit_test_teardown(an_unwanted_external_join_leaves_the_joiner_alone, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
