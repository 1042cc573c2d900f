/* Pre-shared keys, and groups that follow on others: branches and reinitialisations (RFC 9420,
 * sections 8.4, 11.2 and 11.3). */
#include "support/mls_world.h"

static world w;
static mls_group *next[WORLD_PEOPLE];

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        mls_group_free(next[i]);
        next[i] = NULL;
    }
    world_clear(&w);
    return 0;
}

static const base_bytes none = {NULL, 0};

static mls_proposal_params external_psk(const char *id)
{
    return (mls_proposal_params){.type = MLS_PROPOSAL_PSK,
                                 .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str(id)}};
}

static void an_external_psk_goes_into_the_keys_of_members_and_joiners(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 60);
    world_found(&w, 0);
    person *first[] = {&w.people[1], &w.people[2]};
    world_add(&w, &w.people[0], first, 2);
    for (size_t i = 0; i < 4; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("a"), base_bytes_str("alpha")));
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("b"), base_bytes_str("beta")));
    }
    base_buf package = person_key_package(&w, &w.people[3]);
    const mls_proposal_params proposals[] = {
        external_psk("b"),
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        external_psk("a")};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = 3, .no_path = true};
    person *joiner = &w.people[3];
    world_commit(&w, &w.people[1], &params, &joiner, 1);
    world_talk(&w);
    base_buf_clear(&package);
}

static void a_psk_that_is_not_known_stops_the_commit_until_it_is(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 61);
    world_assemble(&w);
    mls_commit_out made = {0};
    mls_received r = {0};
    const mls_proposal_params psk = external_psk("a");
    const mls_commit_params params = {.proposals = &psk, .n_proposals = 1};
    assert_int_equal(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made),
                     MLS_E_PSK_MISSING);
    assert_ok(mls_psk_put(w.people[0].ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    assert_ok(mls_psk_put(w.people[1].ctx, base_bytes_str("a"), base_bytes_str("other")));
    assert_ok(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made));
    /* V-12.4.2-1; and another secret under that name gives another tag. */
    assert_int_equal(person_receive(&w.people[2], base_buf_bytes(&made.commit)), MLS_E_PSK_MISSING);
    assert_int_equal(person_receive(&w.people[1], base_buf_bytes(&made.commit)),
                     MLS_E_CONFIRMATION_TAG);
    assert_ok(mls_psk_put(w.people[2].ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    assert_ok(mls_group_receive(w.people[2].group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    const mls_change *change = mls_staged_change(r.staged, 0);
    assert_int_equal(change->kind, MLS_CHANGE_PSK);
    assert_true(base_bytes_eq(change->psk->psk_id, base_bytes_str("a")));
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
    assert_ok(mls_psk_delete(w.people[0].ctx, base_bytes_str("a")));
    assert_int_equal(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made),
                     MLS_E_PSK_MISSING);
}

static mls_proposal_params resumption_psk(uint64_t epoch)
{
    return (mls_proposal_params){.type = MLS_PROPOSAL_PSK,
                                 .psk = {.type = MLS_PSK_RESUMPTION,
                                         .usage = MLS_PSK_APPLICATION,
                                         .psk_group_id = WORLD_GROUP,
                                         .psk_epoch = epoch}};
}

static void a_resumption_psk_of_a_past_epoch_can_be_used_within_the_limit(void **state)
{
    (void)state;
    w.limits.resumption = 2;
    world_init(&w, 1, 3, 62);
    world_assemble(&w);
    for (int i = 0; i < 3; i++) {
        world_commit(&w, &w.people[0], NULL, NULL, 0);
    }
    /* Epoch 4 now: 2 and 3 are kept, 1 is gone. */
    mls_commit_out made = {0};
    mls_proposal_params psk = resumption_psk(1);
    const mls_commit_params params = {.proposals = &psk, .n_proposals = 1};
    assert_int_equal(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made),
                     MLS_E_PSK_MISSING);
    psk = resumption_psk(2);
    world_commit(&w, &w.people[0], &params, NULL, 0);
    world_talk(&w);
}

static void two_psks_of_one_id_differ_by_their_nonces(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 63);
    world_assemble(&w);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    }
    const mls_proposal_params twice[] = {external_psk("a"), external_psk("a")};
    const mls_commit_params params = {.proposals = twice, .n_proposals = 2};
    world_commit(&w, &w.people[0], &params, NULL, 0);
    world_talk(&w);
}

static void long_psk_ids_do_not_get_mixed_up(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 64);
    world_assemble(&w);
    char a[301];
    char b[301];
    memset(a, 'x', 300);
    memset(b, 'x', 300);
    a[300] = b[300] = '\0';
    b[299] = 'y';
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str(a), base_bytes_str("alpha")));
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str(b), base_bytes_str("beta")));
        assert_true(fake_store_contains(&w.people[i].store, base_bytes_str("alpha")));
        assert_true(fake_store_contains(&w.people[i].store, base_bytes_str("beta")));
    }
    const mls_proposal_params psk = external_psk(a);
    const mls_commit_params params = {.proposals = &psk, .n_proposals = 1};
    world_commit(&w, &w.people[0], &params, NULL, 0);
    world_talk(&w);
}

/* ---- successors ---- */

/* Person 0 makes a successor with the people from `first` to `last`, who then join it. */
typedef base_err (*make_fn)(mls_group *, const mls_successor_params *, uint64_t, base_buf *,
                            mls_group **);
static base_err succeed(make_fn make, base_bytes id, size_t first, size_t last, base_buf *welcome)
{
    base_buf packages[WORLD_PEOPLE] = {0};
    base_bytes views[WORLD_PEOPLE];
    size_t n = 0;
    for (size_t i = first; i <= last; i++) {
        packages[n] = person_key_package(&w, &w.people[i]);
        views[n] = base_buf_bytes(&packages[n]);
        n++;
    }
    const mls_member_params member = person_member(&w, &w.people[0]);
    const mls_successor_params params = {
        .group_id = id, .member = &member, .key_packages = views, .n_key_packages = n};
    base_err err = make(w.people[0].group, &params, WORLD_NOW, welcome, &next[0]);
    for (size_t i = 0; i < n; i++) {
        base_buf_clear(&packages[i]);
    }
    return err;
}

static base_err join_next(size_t i, const base_buf *welcome)
{
    return mls_group_join(w.people[i].ctx, base_buf_bytes(welcome), none, WORLD_NOW, &next[i]);
}

static void some_members_branch_off(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 65);
    world_assemble(&w);
    base_buf welcome = {0};
    assert_ok(succeed(mls_group_branch, base_bytes_str("branch"), 1, 2, &welcome));
    assert_ok(join_next(1, &welcome));
    assert_ok(join_next(2, &welcome));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mls_group_epoch(next[i]), 1);
        assert_true(base_bytes_eq(mls_group_epoch_authenticator(next[i]),
                                  mls_group_epoch_authenticator(next[0])));
    }
    world_talk(&w); /* the old group goes on */
    /* Nobody gets in with the Welcome alone: the PSK is the old group's. */
    assert_ok(mls_group_delete(w.people[2].group));
    base_buf_clear(&welcome);
}

static void who_is_not_in_the_old_group_is_not_in_a_branch(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 66);
    world_found(&w, 0);
    person *first[] = {&w.people[1], &w.people[2]};
    world_add(&w, &w.people[0], first, 2);
    base_buf welcome = {0};
    assert_int_equal(succeed(mls_group_branch, base_bytes_str("branch"), 2, 3, &welcome),
                     MLS_E_REINIT);
    assert_null(next[0]);
    assert_int_equal(succeed(mls_group_branch, WORLD_GROUP, 1, 2, &welcome), BASE_E_EXISTS);
    assert_int_equal(succeed(mls_group_reinit, base_bytes_str("next"), 1, 2, &welcome),
                     BASE_E_STATE);
    w.suite = 3; /* a branch has the suite of the group */
    assert_int_equal(succeed(mls_group_branch, base_bytes_str("branch"), 1, 2, &welcome),
                     MLS_E_REINIT);
    w.suite = 1;
    assert_ok(succeed(mls_group_branch, base_bytes_str("branch"), 1, 2, &welcome));
    base_buf_clear(&welcome);
}

/* The group ends with a ReInit to "next". */
static void end_group(void)
{
    const mls_proposal_params reinit = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = base_bytes_str("next"), .version = 1, .suite = w.suite}};
    const mls_commit_params params = {.proposals = &reinit, .n_proposals = 1};
    world_commit(&w, &w.people[1], &params, NULL, 0);
}

static void a_group_ends_and_all_members_go_on_in_the_next(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 67);
    world_assemble(&w);
    base_buf welcome = {0};
    base_buf late = {0};
    assert_ok(mls_group_protect(w.people[2].group, base_bytes_str("late"), NULL, &late));
    end_group();
    for (size_t i = 0; i < 3; i++) {
        /* V-12.4.2-6 */
        assert_int_equal(mls_group_state_of(w.people[i].group), MLS_GROUP_ENDED);
        person_reload(&w.people[i]);
        assert_int_equal(mls_group_state_of(w.people[i].group), MLS_GROUP_ENDED);
        assert_int_equal(person_receive(&w.people[i], base_buf_bytes(&late)), MLS_E_REMOVED);
        assert_int_equal(mls_group_protect(w.people[i].group, base_bytes_str("x"), NULL, &welcome),
                         MLS_E_REMOVED);
        mls_commit_out made = {0};
        assert_int_equal(mls_group_commit(w.people[i].group, NULL, WORLD_NOW, &made),
                         MLS_E_REMOVED);
    }
    assert_int_equal(succeed(mls_group_reinit, base_bytes_str("other"), 1, 2, &welcome),
                     MLS_E_REINIT);
    assert_int_equal(succeed(mls_group_reinit, none, 1, 1, &welcome), MLS_E_REINIT);
    assert_ok(succeed(mls_group_reinit, none, 1, 2, &welcome));
    assert_ok(join_next(1, &welcome));
    assert_ok(join_next(2, &welcome));
    assert_true(base_bytes_eq(mls_group_id(next[2]), base_bytes_str("next")));
    assert_true(base_bytes_eq(mls_group_epoch_authenticator(next[1]),
                              mls_group_epoch_authenticator(next[2])));
    base_buf_clear(&welcome);
    base_buf_clear(&late);
}

static void a_reinit_may_change_the_suite(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 68);
    world_assemble(&w);
    base_buf welcome = {0};
    w.suite = 3; /* Ed25519 keys serve both */
    end_group();
    assert_ok(succeed(mls_group_reinit, none, 1, 1, &welcome));
    assert_ok(join_next(1, &welcome));
    assert_int_equal(mls_group_suite(next[1]), 3);
    base_buf_clear(&welcome);
}

static void a_reinit_needs_the_old_group_at_the_joiner(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 69);
    world_assemble(&w);
    base_buf welcome = {0};
    end_group();
    assert_ok(succeed(mls_group_reinit, none, 1, 2, &welcome));
    assert_ok(mls_group_delete(w.people[1].group));
    assert_int_equal(join_next(1, &welcome), MLS_E_PSK_MISSING); /* V-12.4.3.1-4 */
    assert_ok(join_next(2, &welcome));
    base_buf_clear(&welcome);
}

static void a_reinit_welcome_is_refused_before_the_group_has_ended(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 70);
    world_assemble(&w);
    base_buf welcome = {0};
    mls_commit_out made = {0};
    mls_received r = {0};
    const mls_proposal_params reinit = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = base_bytes_str("next"), .version = 1, .suite = 1}};
    const mls_commit_params params = {.proposals = &reinit, .n_proposals = 1};
    assert_ok(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made));
    assert_ok(mls_group_merge(w.people[0].group, made.staged));
    made.staged = NULL;
    assert_ok(succeed(mls_group_reinit, none, 1, 2, &welcome));
    assert_int_equal(join_next(1, &welcome), MLS_E_PSK_MISSING);
    assert_ok(mls_group_receive(w.people[1].group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    assert_ok(mls_group_merge(w.people[1].group, r.staged));
    r.staged = NULL;
    assert_ok(join_next(1, &welcome));
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
    base_buf_clear(&welcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_external_psk_goes_into_the_keys_of_members_and_joiners,
                                  teardown),
        cmocka_unit_test_teardown(a_psk_that_is_not_known_stops_the_commit_until_it_is, teardown),
        cmocka_unit_test_teardown(a_resumption_psk_of_a_past_epoch_can_be_used_within_the_limit,
                                  teardown),
        cmocka_unit_test_teardown(two_psks_of_one_id_differ_by_their_nonces, teardown),
        cmocka_unit_test_teardown(long_psk_ids_do_not_get_mixed_up, teardown),
        cmocka_unit_test_teardown(some_members_branch_off, teardown),
        cmocka_unit_test_teardown(who_is_not_in_the_old_group_is_not_in_a_branch, teardown),
        cmocka_unit_test_teardown(a_group_ends_and_all_members_go_on_in_the_next, teardown),
        cmocka_unit_test_teardown(a_reinit_may_change_the_suite, teardown),
        cmocka_unit_test_teardown(a_reinit_needs_the_old_group_at_the_joiner, teardown),
        cmocka_unit_test_teardown(a_reinit_welcome_is_refused_before_the_group_has_ended, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
