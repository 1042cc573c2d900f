/* Every failure of memory, randomness and store, one after the other, in every call that changes or
 * shows a group: the call tells, nothing leaks, the group and its store are as before, and the same
 * call then succeeds. */
#include "fault_sweep.h"

#include "mls/codec.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];
static person *const dave = &w.people[3];

/* What the calls work on; made before a sweep, outside of any failure. */
static base_buf package;
static base_buf message;
static base_buf welcome;
static base_buf tree;
static base_buf code;
static mls_commit_out made;
static mls_received pending;

static const base_bytes none = {NULL, 0};

static void forget(void)
{
    base_buf_clear(&package);
    base_buf_clear(&message);
    base_buf_clear(&welcome);
    base_buf_clear(&tree);
    base_buf_clear(&code);
    mls_commit_out_clear(&made);
    mls_received_clear(&pending);
    /* An empty buffer still knows the heap it came from, which goes with the world. */
    package = message = welcome = tree = code = (base_buf){0};
    made = (mls_commit_out){0};
    pending = (mls_received){0};
}

static int teardown(void **state)
{
    (void)state;
    forget();
    world_clear(&w);
    return 0;
}

/* Alice, Bob and Carol are in; Dave is not. An Update of Bob's is kept. */
static void set_up(uint64_t seed)
{
    world_init(&w, 1, 4, seed);
    world_found(&w, 0);
    person *others[] = {bob, carol};
    world_add(&w, alice, others, 2);
    world_talk(&w);
    package = person_key_package(&w, dave);
    assert_ok(mls_psk_put(alice->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    assert_ok(mls_psk_put(bob->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    assert_ok(mls_psk_put(dave->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
}

/* ---- calls that can be repeated ---- */

static base_err call_commit(void)
{
    const mls_member_params member = person_member(&w, alice);
    const mls_proposal_params proposals[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        {.type = MLS_PROPOSAL_REMOVE, .removed = {2}},
        {.type = MLS_PROPOSAL_PSK,
         .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("a")}},
        {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS}};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = 4, .update = &member};
    mls_commit_out out = {0};
    base_err err = mls_group_commit(alice->group, &params, WORLD_NOW, &out);
    mls_commit_out_clear(&out);
    return err;
}

static base_err call_propose(void)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    base_buf out = {0};
    base_err err = mls_group_propose(alice->group, &update, NULL, WORLD_NOW, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_protect(void)
{
    base_buf out = {0};
    base_err err = mls_group_protect(alice->group, base_bytes_str("x"), NULL, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_show(void)
{
    base_buf out = {0};
    base_err err = mls_group_info(alice->group, true, true, &out);
    if (err == BASE_OK) {
        err = mls_group_tree(alice->group, &out);
    }
    if (err == BASE_OK) {
        err = mls_group_export(alice->group, none, none, 100, &out);
    }
    base_buf_clear(&out);
    return err;
}

static base_err call_load(void)
{
    mls_group *g = NULL;
    base_err err = mls_group_load(alice->ctx, WORLD_GROUP, &g);
    mls_group_free(g);
    return err;
}

static base_err call_encode(void)
{
    mls_staged *s = NULL;
    base_buf out = {0};
    base_err err = mls_staged_encode(made.staged, &out);
    if (err == BASE_OK) {
        err = mls_staged_decode(alice->group, base_buf_bytes(&out), &s);
    }
    mls_staged_free(s);
    base_buf_clear(&out);
    return err;
}

static base_err call_key_package(void)
{
    base_buf out = {0};
    base_buf ref = {0};
    const mls_key_package_params params = {.member = person_member(&w, alice),
                                           .not_after = WORLD_NOW};
    base_err err = mls_key_package_new(alice->ctx, &params, &out, &ref);
    base_buf_clear(&out);
    base_buf_clear(&ref);
    return err;
}

static base_err call_external_join(void)
{
    base_buf out = {0};
    mls_group *g = NULL;
    const mls_external_params params = {.member = person_member(&w, dave)};
    base_err err = mls_group_join_external(dave->ctx, base_buf_bytes(&message), none, &params,
                                           WORLD_NOW, &out, &g);
    mls_group_free(g);
    base_buf_clear(&out);
    return err;
}

static void calls_that_change_nothing_or_add_to_the_store_survive_every_failure(void **state)
{
    (void)state;
    static const call_fn calls[] = {call_commit, call_protect, call_show, call_load,
                                    call_key_package};
    set_up(100);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
            (void)sweep_fault(alice, calls[i], f);
            world_check(&w);
        }
    }
    world_propose(&w, bob, &update, NULL);
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        (void)sweep_fault(alice, call_commit, f);
    }
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    (void)sweep_fault(alice, call_encode, FAULT_MEMORY);
    mls_commit_out_clear(&made);
    person_reload(alice);
    (void)sweep_fault(alice, call_commit, FAULT_GET);
    world_commit(&w, carol, NULL, NULL, 0);
    world_talk(&w);
}

static void proposing_survives_every_failure(void **state)
{
    (void)state;
    set_up(101);
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        size_t kept = mls_group_proposal_count(alice->group);
        (void)sweep_fault(alice, call_propose, f);
        assert_int_equal(mls_group_proposal_count(alice->group), kept + 1);
        person_reload(alice);
        assert_int_equal(mls_group_proposal_count(alice->group), kept + 1);
    }
    world_commit(&w, alice, NULL, NULL, 0);
    world_talk(&w);
}

static void joining_from_outside_survives_every_failure(void **state)
{
    (void)state;
    set_up(102);
    assert_ok(mls_group_info(alice->group, true, true, &message));
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        (void)sweep_fault(dave, call_external_join, f);
        mls_group *g = NULL;
        assert_ok(mls_group_load(dave->ctx, WORLD_GROUP, &g));
        assert_ok(mls_group_delete(g));
        mls_group_free(g);
    }
}

/* ---- calls that work once: the world is made anew for each kind of failure ---- */

static base_err call_receive(void)
{
    return person_receive(bob, base_buf_bytes(&message));
}

static base_err call_receive_commit(void)
{
    return mls_group_receive(bob->group, base_buf_bytes(&made.commit), WORLD_NOW, &pending);
}

static base_err call_merge(void)
{
    base_err err = mls_group_merge(bob->group, pending.staged);
    pending.staged = err == BASE_OK ? NULL : pending.staged;
    return err;
}

static base_err call_merge_own(void)
{
    base_err err = mls_group_merge(alice->group, made.staged);
    made.staged = err == BASE_OK ? NULL : made.staged;
    return err;
}

static base_err call_join(void)
{
    return mls_group_join(dave->ctx, base_buf_bytes(&made.welcome), base_buf_bytes(&tree),
                          WORLD_NOW, &dave->group);
}

static void receiving_a_message_survives_every_failure(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(110);
        person_reload(bob);
        assert_ok(mls_group_protect(alice->group, base_bytes_str("hello"), NULL, &message));
        (void)sweep_fault(bob, call_receive, f);
        assert_int_equal(call_receive(), MLS_E_GENERATION_GONE);
        world_talk(&w);
        teardown(NULL);
    }
}

static void receiving_a_proposal_survives_every_failure(void **state)
{
    (void)state;
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(111);
        assert_ok(mls_group_propose(carol->group, &update, NULL, WORLD_NOW, &message));
        (void)sweep_fault(bob, call_receive, f);
        assert_int_equal(mls_group_proposal_count(bob->group), 1);
        teardown(NULL);
    }
}

/* A commit that adds Dave, with a PSK, after an Update of Bob's. */
static void make_commit(void)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_proposal_params proposals[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        {.type = MLS_PROPOSAL_PSK,
         .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("a")}}};
    const mls_commit_params params = {
        .proposals = proposals, .n_proposals = 2, .tree_beside = true};
    world_propose(&w, bob, &update, NULL);
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &made));
    assert_ok(mls_group_tree(mls_staged_next(made.staged), &tree));
}

static void a_commit_goes_through_whatever_fails_on_the_way(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(112);
        make_commit();
        (void)sweep_fault(bob, call_receive_commit, f);
        (void)sweep_fault(alice, call_merge_own, f);
        (void)sweep_fault(bob, call_merge, f);
        (void)sweep_fault(dave, call_join, f);
        mls_group_free(carol->group);
        carol->group = NULL;
        world_talk(&w);
        teardown(NULL);
    }
}

static void a_removal_goes_through_whatever_fails_on_the_way(void **state)
{
    (void)state;
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {1}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(113);
        assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &made));
        (void)sweep_fault(bob, call_receive_commit, f);
        (void)sweep_fault(bob, call_merge, f);
        assert_int_equal(mls_group_state_of(bob->group), MLS_GROUP_REMOVED);
        teardown(NULL);
    }
}

static base_err call_branch(void)
{
    base_bytes packages[] = {base_buf_bytes(&code)};
    const mls_member_params member = person_member(&w, alice);
    const mls_successor_params params = {.group_id = base_bytes_str("branch"),
                                         .member = &member,
                                         .key_packages = packages,
                                         .n_key_packages = 1};
    mls_group *g = NULL;
    base_err err = mls_group_branch(alice->group, &params, WORLD_NOW, &welcome, &g);
    mls_group_free(g);
    return err;
}

static base_err call_join_branch(void)
{
    mls_group *g = NULL;
    base_err err = mls_group_join(bob->ctx, base_buf_bytes(&welcome), none, WORLD_NOW, &g);
    mls_group_free(g);
    return err;
}

static base_err call_delete(void)
{
    return mls_group_delete(alice->group);
}

static void a_branch_is_made_and_joined_whatever_fails_on_the_way(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(114);
        code = person_key_package(&w, bob);
        (void)sweep_fault(alice, call_branch, f);
        (void)sweep_fault(bob, call_join_branch, f);
        (void)sweep_fault(alice, call_delete, f);
        teardown(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            calls_that_change_nothing_or_add_to_the_store_survive_every_failure, teardown),
        cmocka_unit_test_teardown(proposing_survives_every_failure, teardown),
        cmocka_unit_test_teardown(joining_from_outside_survives_every_failure, teardown),
        cmocka_unit_test_teardown(receiving_a_message_survives_every_failure, teardown),
        cmocka_unit_test_teardown(receiving_a_proposal_survives_every_failure, teardown),
        cmocka_unit_test_teardown(a_commit_goes_through_whatever_fails_on_the_way, teardown),
        cmocka_unit_test_teardown(a_removal_goes_through_whatever_fails_on_the_way, teardown),
        cmocka_unit_test_teardown(a_branch_is_made_and_joined_whatever_fails_on_the_way, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
