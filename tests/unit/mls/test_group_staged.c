/* Staged commits: looking ahead, waiting across a restart, going stale, merging (RFC 9420,
 * sections 12.4.2 and 14). */
#include "support/mls_world.h"

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];

static void the_next_epoch_can_be_looked_at_and_exported_from(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 80);
    world_assemble(&w);
    mls_commit_out made = {0};
    mls_received r = {0};
    base_buf ahead = {0};
    base_buf after = {0};
    base_buf tree = {0};
    base_buf info = {0};
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &made));
    const mls_group *next = mls_staged_next(made.staged);
    assert_non_null(next);
    assert_int_equal(mls_group_epoch(next), 2);
    assert_int_equal(mls_group_epoch(alice->group), 1);
    const mls_leaf_node *leaf = NULL;
    assert_int_equal(mls_group_member(next, (mls_leaf_index){2}, &leaf), BASE_E_NOT_FOUND);
    assert_ok(mls_group_member(alice->group, (mls_leaf_index){2}, &leaf));
    assert_ok(mls_group_export(next, base_bytes_str("gate"), base_bytes_str("c"), 32, &ahead));
    assert_ok(mls_group_tree(next, &tree));
    assert_ok(mls_group_info(next, true, true, &info));
    assert_ok(mls_group_receive(bob->group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    assert_ok(mls_group_export(mls_staged_next(r.staged), base_bytes_str("gate"),
                               base_bytes_str("c"), 32, &after));
    assert_true(base_bytes_eq(base_buf_bytes(&ahead), base_buf_bytes(&after)));
    assert_ok(mls_group_merge(alice->group, made.staged));
    made.staged = NULL;
    assert_ok(
        mls_group_export(alice->group, base_bytes_str("gate"), base_bytes_str("c"), 32, &after));
    assert_true(base_bytes_eq(base_buf_bytes(&ahead), base_buf_bytes(&after)));
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
    base_buf_clear(&ahead);
    base_buf_clear(&after);
    base_buf_clear(&tree);
    base_buf_clear(&info);
}

static void who_is_removed_sees_it_and_has_no_next_epoch(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 81);
    world_assemble(&w);
    mls_commit_out made = {0};
    mls_received r = {0};
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &made));
    assert_false(mls_staged_removes_me(made.staged));
    assert_ok(mls_group_receive(carol->group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    assert_true(mls_staged_removes_me(r.staged));
    assert_null(mls_staged_next(r.staged));
    assert_int_equal(mls_staged_change(r.staged, 0)->kind, MLS_CHANGE_REMOVE);
    assert_int_equal(mls_staged_change(r.staged, 0)->leaf.v, 2);
    assert_true(base_bytes_eq(mls_staged_change(r.staged, 0)->old_node->credential.body,
                              base_bytes_str("person 2")));
    assert_ok(mls_group_merge(carol->group, r.staged));
    r.staged = NULL;
    person_reload(carol);
    assert_int_equal(mls_group_state_of(carol->group), MLS_GROUP_REMOVED);
    assert_int_equal(mls_group_epoch(carol->group), 1);
    /* What could open a message of that epoch is gone; the exporter stays. */
    assert_int_equal(person_receive(carol, base_buf_bytes(&made.commit)), MLS_E_REMOVED);
    base_buf secret = {0};
    assert_ok(
        mls_group_export(carol->group, base_bytes_str("g"), base_bytes_str("c"), 32, &secret));
    base_buf_clear(&secret);
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
}

static void a_removed_member_can_be_added_again(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 82);
    world_assemble(&w);
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    world_add(&w, bob, &carol, 1);
    world_talk(&w);
}

static void removing_and_adding_one_client_in_one_commit_gives_it_a_new_start(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 83);
    world_assemble(&w);
    base_buf package = person_key_package(&w, carol);
    const mls_proposal_params proposals[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        {.type = MLS_PROPOSAL_REMOVE, .removed = {2}}};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = 2};
    world_commit(&w, alice, &params, &carol, 1);
    world_talk(&w);
    base_buf_clear(&package);
}

/* Encode, restart, decode, and go on as if nothing had happened. */
static void restart_with(person *p, mls_staged **staged)
{
    base_buf code = {0};
    assert_ok(mls_staged_encode(*staged, &code));
    mls_staged_free(*staged);
    person_reload(p);
    assert_ok(mls_staged_decode(p->group, base_buf_bytes(&code), staged));
    base_buf_clear(&code);
}

static void a_pending_commit_outlives_a_restart(void **state)
{
    (void)state;
    world_init(&w, 1, 5, 84);
    world_found(&w, 0);
    person *first[] = {bob, carol, &w.people[3]};
    world_add(&w, alice, first, 3);
    base_buf package = person_key_package(&w, &w.people[4]);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_propose(&w, carol, &update, NULL);
    const mls_proposal_params proposals[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        {.type = MLS_PROPOSAL_REMOVE, .removed = {3}}};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = 2};
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &made));
    size_t n = mls_staged_change_count(made.staged);
    restart_with(alice, &made.staged);
    assert_int_equal(mls_staged_change_count(made.staged), n);
    assert_int_equal(mls_staged_change(made.staged, 0)->kind, MLS_CHANGE_ADD);
    assert_true(mls_staged_change(made.staged, 0)->by_value);
    assert_int_equal(mls_group_epoch(mls_staged_next(made.staged)), 2);
    for (size_t i = 1; i < 4; i++) {
        mls_received r = {0};
        person *p = &w.people[i];
        assert_ok(mls_group_receive(p->group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
        assert_int_equal(mls_staged_change_count(r.staged), n);
        restart_with(p, &r.staged);
        assert_int_equal(mls_staged_removes_me(r.staged), i == 3);
        assert_ok(mls_group_merge(p->group, r.staged));
        r.staged = NULL;
        mls_received_clear(&r);
    }
    assert_ok(mls_group_merge(alice->group, made.staged));
    made.staged = NULL;
    person_join(&w.people[4], base_buf_bytes(&made.welcome), (base_bytes){NULL, 0});
    world_talk(&w);
    mls_commit_out_clear(&made);
    base_buf_clear(&package);
}

static void an_encoding_is_for_the_epoch_and_member_it_was_made_in(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 85);
    world_assemble(&w);
    mls_commit_out made = {0};
    base_buf code = {0};
    mls_staged *s = NULL;
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    assert_ok(mls_staged_encode(made.staged, &code));
    /* Every truncation is refused. */
    for (size_t i = 0; i < code.n; i++) {
        assert_int_not_equal(mls_staged_decode(alice->group, base_bytes_of(code.p, i), &s),
                             BASE_OK);
    }
    assert_null(s);
    assert_ok(mls_staged_decode(alice->group, base_buf_bytes(&code), &s));
    mls_staged_free(s);
    world_commit(&w, bob, NULL, NULL, 0);
    assert_int_equal(mls_staged_decode(alice->group, base_buf_bytes(&code), &s), BASE_E_STATE);
    assert_int_equal(mls_staged_encode(made.staged, &code), BASE_E_STATE);
    mls_commit_out_clear(&made);
    base_buf_clear(&code);
}

/* Where the bytes stand in an encoding. */
static size_t find(const base_buf *code, base_bytes what)
{
    for (size_t i = 0; i + what.n <= code->n; i++) {
        if (memcmp(code->p + i, what.p, what.n) == 0) {
            return i;
        }
    }
    fail();
    return 0;
}

/* What Alice says to the encoding with one byte set to something else. */
static base_err with_byte(const base_buf *code, size_t at, uint8_t value)
{
    mls_staged *s = NULL;
    uint8_t before = code->p[at];
    code->p[at] = value;
    base_err err = mls_staged_decode(alice->group, base_buf_bytes(code), &s);
    code->p[at] = before;
    mls_staged_free(s);
    return err;
}

static void an_encoding_with_a_field_out_of_range_is_corrupt(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 89);
    world_assemble(&w);
    mls_commit_out made = {0};
    base_buf code = {0};
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &made));
    assert_ok(mls_staged_encode(made.staged, &code));
    /* Version, tag of the base, type of the committer; then, in the GroupContext, version, suite,
     * id, epoch and tree hash; at the end state, signature key (64 bytes) and the ReInit. */
    const size_t type = 2 + 1 + 32;
    const size_t id = find(&code, WORLD_GROUP);
    const size_t end = code.n - 1 - 64 - 2 - 1;
    assert_int_equal(code.p[type], MLS_SENDER_MEMBER);
    assert_int_equal(code.p[id - 2], 1);
    assert_int_equal(code.p[id + WORLD_GROUP.n + 7], 2);
    assert_int_equal(code.p[end], MLS_GROUP_ACTIVE);
    assert_int_equal(with_byte(&code, 1, 2), BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, 3, code.p[3] ^ 1), BASE_E_STATE);
    assert_int_equal(with_byte(&code, type, MLS_SENDER_EXTERNAL), BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, id - 2, 3), BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, id + WORLD_GROUP.n + 7, 3), BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, id + WORLD_GROUP.n + 9, code.p[id + WORLD_GROUP.n + 9] ^ 1),
                     BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, end, MLS_GROUP_REMOVED), BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, end, MLS_GROUP_ENDED), BASE_E_CORRUPT);
    /* A Remove of a leaf that was never there: sender, by value, leaf, type, leaf again. */
    static const uint8_t remove[] = {MLS_SENDER_MEMBER, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 3};
    const size_t item = find(&code, base_bytes_of(remove, sizeof remove));
    assert_int_equal(with_byte(&code, item + 9, 3), BASE_E_CORRUPT);
    assert_int_equal(with_byte(&code, item, 9), BASE_E_CORRUPT);
    assert_ok(with_byte(&code, item + 9, 2));
    mls_commit_out_clear(&made);
    base_buf_clear(&code);
}

static void a_staged_commit_goes_stale_when_another_is_merged(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 86);
    world_assemble(&w);
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    world_commit(&w, bob, NULL, NULL, 0);
    assert_null(mls_staged_next(made.staged));
    assert_int_equal(mls_group_merge(alice->group, made.staged), BASE_E_STATE);
    assert_int_equal(mls_group_merge(bob->group, made.staged), BASE_E_STATE);
    mls_commit_out_clear(&made);
    world_talk(&w);
}

static void making_a_commit_leaves_the_group_in_its_epoch(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 87);
    world_assemble(&w);
    for (int i = 0; i < 3; i++) {
        mls_commit_out made = {0};
        assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
        mls_commit_out_clear(&made);
    }
    world_talk(&w);
    world_commit(&w, alice, NULL, NULL, 0);
    world_talk(&w);
}

static void a_failed_merge_can_be_tried_again(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 88);
    world_assemble(&w);
    world_talk(&w);
    mls_commit_out made = {0};
    fake_store before = {0};
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    fake_store_copy(&before, &alice->store);
    fake_store_reset(&alice->store, 0, 1);
    assert_int_equal(mls_group_merge(alice->group, made.staged), BASE_E_STORE);
    assert_true(fake_store_equal(&before, &alice->store));
    assert_int_equal(mls_group_epoch(alice->group), 1);
    world_talk(&w);
    world_deliver(&w, alice, base_buf_bytes(&made.commit));
    assert_ok(mls_group_merge(alice->group, made.staged));
    made.staged = NULL;
    world_talk(&w);
    fake_store_clear(&before);
    mls_commit_out_clear(&made);
}

static void a_commit_writes_only_the_nodes_it_changes(void **state)
{
    (void)state;
    world_init(&w, 1, 16, 89);
    world_assemble(&w);
    for (size_t i = 0; i < 16; i++) { /* fill the tree */
        world_commit(&w, &w.people[i], NULL, NULL, 0);
    }
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    fake_store_reset(&alice->store, 0, 0);
    assert_ok(mls_group_merge(alice->group, made.staged));
    made.staged = NULL;
    assert_int_equal(alice->store.writes, 1);
    /* Leaf and four parents, the state, a resumption PSK in and one out, of the secret tree the two
     * ends, and what the handshake ratchet had opened on the way down: five more. */
    assert_true(alice->store.ops <= 16);
    mls_commit_out_clear(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_next_epoch_can_be_looked_at_and_exported_from, teardown),
        cmocka_unit_test_teardown(who_is_removed_sees_it_and_has_no_next_epoch, teardown),
        cmocka_unit_test_teardown(a_removed_member_can_be_added_again, teardown),
        cmocka_unit_test_teardown(removing_and_adding_one_client_in_one_commit_gives_it_a_new_start,
                                  teardown),
        cmocka_unit_test_teardown(a_pending_commit_outlives_a_restart, teardown),
        cmocka_unit_test_teardown(an_encoding_is_for_the_epoch_and_member_it_was_made_in, teardown),
        cmocka_unit_test_teardown(an_encoding_with_a_field_out_of_range_is_corrupt, teardown),
        cmocka_unit_test_teardown(a_staged_commit_goes_stale_when_another_is_merged, teardown),
        cmocka_unit_test_teardown(making_a_commit_leaves_the_group_in_its_epoch, teardown),
        cmocka_unit_test_teardown(a_failed_merge_can_be_tried_again, teardown),
        cmocka_unit_test_teardown(a_commit_writes_only_the_nodes_it_changes, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
