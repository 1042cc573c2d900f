/* Groups that live: beginning, joining, changing, talking, leaving. */
#include "support/mls_world.h"

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static void a_group_of_one_can_be_made_and_looked_at(void **state)
{
    (void)state;
    world_init(&w, 1, 1, 1);
    mls_group *g = world_found(&w, 0);
    const mls_leaf_node *me = NULL;
    assert_true(base_bytes_eq(mls_group_id(g), WORLD_GROUP));
    assert_int_equal(mls_group_epoch(g), 0);
    assert_int_equal(mls_group_suite(g), 1);
    assert_int_equal(mls_group_own_leaf(g).v, 0);
    assert_int_equal(mls_group_leaf_count(g), 1);
    assert_int_equal(mls_group_state_of(g), MLS_GROUP_ACTIVE);
    assert_ok(mls_group_member(g, (mls_leaf_index){0}, &me));
    assert_true(base_bytes_eq(me->credential.body, base_bytes_str("person 0")));
    assert_int_equal(mls_group_member(g, (mls_leaf_index){1}, &me), BASE_E_NOT_FOUND);
}

static void two_members_talk_both_ways(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 2);
    world_assemble(&w);
    world_talk(&w);
    world_talk(&w);
}

static void members_commit_in_turn_and_talk(void **state)
{
    (void)state;
    world_init(&w, 1, 7, 3);
    world_assemble(&w);
    for (size_t i = 0; i < w.n; i++) {
        world_commit(&w, &w.people[i], NULL, NULL, 0);
        world_talk(&w);
    }
    assert_int_equal(mls_group_epoch(w.people[0].group), 8);
}

static void a_removed_member_is_out_and_the_others_go_on(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 4);
    world_assemble(&w);
    const mls_proposal_params remove = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &remove, .n_proposals = 1};
    world_commit(&w, &w.people[1], &params, NULL, 0);
    assert_int_equal(mls_group_state_of(w.people[2].group), MLS_GROUP_REMOVED);
    world_talk(&w);
    base_buf message = {0};
    assert_int_equal(mls_group_protect(w.people[2].group, base_bytes_str("x"), NULL, &message),
                     MLS_E_REMOVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_group_of_one_can_be_made_and_looked_at, teardown),
        cmocka_unit_test_teardown(two_members_talk_both_ways, teardown),
        cmocka_unit_test_teardown(members_commit_in_turn_and_talk, teardown),
        cmocka_unit_test_teardown(a_removed_member_is_out_and_the_others_go_on, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
