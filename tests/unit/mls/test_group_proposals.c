/* Proposals that travel alone and are committed by reference: what is kept, what a commit takes of
 * it, and proposals from outside (RFC 9420, sections 12.1, 12.2 and 12.4). */
#include "support/mls_world.h"

#include "mls/codec.h"

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static const mls_framing in_public = {.is_public = true};

static mls_proposal_params remove_of(uint32_t leaf)
{
    return (mls_proposal_params){.type = MLS_PROPOSAL_REMOVE, .removed = {leaf}};
}

/* Everybody can be read back from the store as they are. */
static void reload_all(void)
{
    for (size_t i = 0; i < w.n; i++) {
        if (w.people[i].group != NULL) {
            person_reload(&w.people[i]);
        }
    }
}

static void an_update_by_reference_changes_the_leaf_of_who_sent_it(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 10);
    world_assemble(&w);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_leaf_node *leaf = NULL;
    uint8_t before[32];
    assert_ok(mls_group_member(w.people[0].group, (mls_leaf_index){2}, &leaf));
    memcpy(before, leaf->encryption_key.p, sizeof before);
    world_propose(&w, &w.people[2], &update, NULL);
    reload_all();
    assert_int_equal(mls_group_proposal_count(w.people[2].group), 1);
    world_commit(&w, &w.people[1], NULL, NULL, 0);
    reload_all();
    assert_ok(mls_group_member(w.people[0].group, (mls_leaf_index){2}, &leaf));
    assert_memory_not_equal(before, leaf->encryption_key.p, sizeof before);
    assert_int_equal(mls_group_proposal_count(w.people[2].group), 0);
    world_talk(&w);
    world_commit(&w, &w.people[2], NULL, NULL, 0);
    world_talk(&w);
}

static void an_update_may_bring_a_new_signature_key(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 11);
    world_assemble(&w);
    person *p = &w.people[2];
    base_buf private_key = {0};
    base_buf public_key = {0};
    assert_ok(mls_signature_key_new(p->ctx, 1, &private_key, &public_key));
    mls_member_params member = person_member(&w, p);
    member.signature_private = base_buf_bytes(&private_key);
    member.signature_public = base_buf_bytes(&public_key);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE, .update = &member};
    world_propose(&w, p, &update, &in_public);
    reload_all();
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    reload_all();
    const mls_leaf_node *leaf = NULL;
    assert_ok(mls_group_member(w.people[1].group, (mls_leaf_index){2}, &leaf));
    assert_true(base_bytes_eq(leaf->signature_key, base_buf_bytes(&public_key)));
    world_talk(&w);
    base_buf_clear(&private_key);
    base_buf_clear(&public_key);
}

static void an_add_and_a_remove_by_reference_take_effect_together(void **state)
{
    (void)state;
    world_init(&w, 1, 5, 12);
    world_found(&w, 0);
    person *first[] = {&w.people[1], &w.people[2], &w.people[3]};
    world_add(&w, &w.people[0], first, 3);
    base_buf package = person_key_package(&w, &w.people[4]);
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_proposal_params out = remove_of(3);
    world_propose(&w, &w.people[1], &add, NULL);
    world_propose(&w, &w.people[2], &out, &in_public);
    person *joiner = &w.people[4];
    world_commit(&w, &w.people[0], NULL, &joiner, 1);
    assert_int_equal(mls_group_state_of(w.people[3].group), MLS_GROUP_REMOVED);
    assert_int_equal(mls_group_own_leaf(joiner->group).v, 3);
    world_talk(&w);
    base_buf_clear(&package);
}

static void a_member_leaves_by_a_proposal_that_somebody_else_commits(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 13);
    world_assemble(&w);
    const mls_proposal_params out = remove_of(2);
    world_propose(&w, &w.people[2], &out, NULL);
    /* The leaver's own commit may not hold it: the proposal is left out. */
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(w.people[2].group, NULL, WORLD_NOW, &made));
    assert_int_equal(mls_staged_change_count(made.staged), 1);
    mls_commit_out_clear(&made);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    assert_int_equal(mls_group_state_of(w.people[2].group), MLS_GROUP_REMOVED);
    world_talk(&w);
}

static void a_kept_proposal_has_to_be_committed_before_messages(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 14);
    world_assemble(&w);
    base_buf message = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_propose(&w, &w.people[1], &update, NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mls_group_protect(w.people[i].group, base_bytes_str("x"), NULL, &message),
                         MLS_E_COMMIT_FIRST);
    }
    assert_ok(mls_group_forget_proposals(w.people[0].group));
    person_reload(&w.people[0]);
    assert_ok(mls_group_protect(w.people[0].group, base_bytes_str("x"), NULL, &message));
    base_buf_clear(&message);
}

/* The kinds of the changes of a fresh commit by p, in order. */
static void assert_changes(person *p, const mls_commit_params *params, const mls_change_kind *want,
                           size_t n)
{
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(p->group, params, WORLD_NOW, &made));
    assert_int_equal(mls_staged_change_count(made.staged), n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(mls_staged_change(made.staged, i)->kind, want[i]);
    }
    assert_null(mls_staged_change(made.staged, n));
    mls_commit_out_clear(&made);
}

static void a_remove_is_preferred_to_an_update_of_the_same_leaf(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 15);
    world_assemble(&w);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_proposal_params out = remove_of(1);
    world_propose(&w, &w.people[1], &update, NULL);
    world_propose(&w, &w.people[2], &out, NULL);
    world_propose(&w, &w.people[3], &out, NULL);
    const mls_change_kind want[] = {MLS_CHANGE_REMOVE, MLS_CHANGE_UPDATE}; /* and the path */
    assert_changes(&w.people[0], NULL, want, 2);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    world_talk(&w);
}

static void the_newest_of_two_updates_is_taken(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 16);
    world_assemble(&w);
    mls_member_params member = person_member(&w, &w.people[1]);
    const mls_proposal_params first = {.type = MLS_PROPOSAL_UPDATE};
    const mls_proposal_params second = {.type = MLS_PROPOSAL_UPDATE, .update = &member};
    member.credential.body = base_bytes_str("a newer name");
    world_propose(&w, &w.people[1], &first, NULL);
    world_propose(&w, &w.people[1], &second, NULL);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    const mls_leaf_node *leaf = NULL;
    assert_ok(mls_group_member(w.people[2].group, (mls_leaf_index){1}, &leaf));
    assert_true(base_bytes_eq(leaf->credential.body, base_bytes_str("a newer name")));
    world_talk(&w);
}

static void a_kept_reinit_stands_back_behind_any_other_proposal(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 17);
    world_assemble(&w);
    const mls_proposal_params reinit = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = base_bytes_str("next"), .version = 1, .suite = 1}};
    const mls_proposal_params out = remove_of(2);
    world_propose(&w, &w.people[1], &reinit, NULL);
    const mls_change_kind alone[] = {MLS_CHANGE_REINIT, MLS_CHANGE_UPDATE};
    assert_changes(&w.people[0], NULL, alone, 2);
    world_propose(&w, &w.people[1], &out, NULL);
    const mls_change_kind beside[] = {MLS_CHANGE_REMOVE, MLS_CHANGE_UPDATE};
    assert_changes(&w.people[0], NULL, beside, 2);
    /* By value it comes first, and alone. */
    const mls_commit_params by_value = {.proposals = &reinit, .n_proposals = 1};
    assert_changes(&w.people[0], &by_value, alone, 2);
}

static void what_is_by_value_comes_before_what_was_kept(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 18);
    world_found(&w, 0);
    person *first[] = {&w.people[1], &w.people[2]};
    world_add(&w, &w.people[0], first, 2);
    base_buf kept = person_key_package(&w, &w.people[3]);
    base_buf given = person_key_package(&w, &w.people[3]);
    const mls_proposal_params add_kept = {.type = MLS_PROPOSAL_ADD,
                                          .key_package = base_buf_bytes(&kept)};
    const mls_proposal_params add_given = {.type = MLS_PROPOSAL_ADD,
                                           .key_package = base_buf_bytes(&given)};
    world_propose(&w, &w.people[1], &add_kept, NULL);
    const mls_commit_params params = {.proposals = &add_given, .n_proposals = 1};
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made));
    assert_int_equal(mls_staged_change_count(made.staged), 2);
    assert_true(mls_staged_change(made.staged, 0)->by_value);
    mls_commit_out_clear(&made);
    base_buf_clear(&kept);
    base_buf_clear(&given);
}

static void kept_proposals_can_be_left_out_or_forgotten_one_by_one(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 19);
    world_assemble(&w);
    base_buf message = {0};
    mls_received r = {0};
    const mls_proposal_params out = remove_of(2);
    assert_ok(mls_group_propose(w.people[1].group, &out, NULL, WORLD_NOW, &message));
    assert_ok(mls_group_receive(w.people[0].group, base_buf_bytes(&message), WORLD_NOW, &r));
    assert_int_equal(r.kind, MLS_RECEIVED_PROPOSAL);
    assert_int_equal(r.proposal, MLS_PROPOSAL_REMOVE);
    assert_int_equal(r.removed.v, 2);
    assert_int_equal(r.proposal_ref.n, 32);
    const mls_commit_params leave = {.leave_kept = true};
    const mls_change_kind path[] = {MLS_CHANGE_UPDATE};
    assert_changes(&w.people[0], &leave, path, 1);
    assert_ok(mls_group_forget_proposal(w.people[0].group, base_buf_bytes(&r.proposal_ref)));
    assert_int_equal(mls_group_forget_proposal(w.people[0].group, base_buf_bytes(&r.proposal_ref)),
                     BASE_E_NOT_FOUND);
    person_reload(&w.people[0]);
    assert_int_equal(mls_group_proposal_count(w.people[0].group), 0);
    assert_changes(&w.people[0], NULL, path, 1);
    mls_received_clear(&r);
    base_buf_clear(&message);
}

static void a_commit_that_names_an_unknown_proposal_can_be_received_once_it_is_there(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 20);
    world_assemble(&w);
    base_buf proposal = {0};
    mls_commit_out made = {0};
    mls_received r = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    assert_ok(mls_group_propose(w.people[1].group, &update, NULL, WORLD_NOW, &proposal));
    assert_ok(person_receive(&w.people[0], base_buf_bytes(&proposal)));
    assert_ok(mls_group_commit(w.people[0].group, NULL, WORLD_NOW, &made));
    /* V-12.4-3 */
    assert_int_equal(person_receive(&w.people[2], base_buf_bytes(&made.commit)),
                     MLS_E_PROPOSAL_UNKNOWN);
    assert_ok(person_receive(&w.people[2], base_buf_bytes(&proposal)));
    assert_ok(mls_group_receive(w.people[2].group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
    base_buf_clear(&proposal);
}

static void as_many_proposals_are_kept_as_the_limit_says(void **state)
{
    (void)state;
    w.limits.proposals = 2;
    world_init(&w, 1, 3, 21);
    world_assemble(&w);
    base_buf message = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_propose(&w, &w.people[1], &update, NULL);
    world_propose(&w, &w.people[2], &update, NULL);
    assert_int_equal(mls_group_propose(w.people[0].group, &update, NULL, WORLD_NOW, &message),
                     BASE_E_LIMIT);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    world_talk(&w);
}

static void a_proposal_received_twice_is_kept_once(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 22);
    world_assemble(&w);
    base_buf message = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    assert_ok(mls_group_propose(w.people[1].group, &update, &in_public, WORLD_NOW, &message));
    assert_ok(person_receive(&w.people[0], base_buf_bytes(&message)));
    assert_ok(person_receive(&w.people[0], base_buf_bytes(&message)));
    assert_int_equal(mls_group_proposal_count(w.people[0].group), 1);
    base_buf_clear(&message);
}

static void new_extensions_take_effect_and_bind_those_who_join_later(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 23);
    world_found(&w, 0);
    person *first = &w.people[1];
    world_add(&w, &w.people[0], &first, 1);
    static const uint16_t basic[] = {MLS_CREDENTIAL_BASIC};
    const mls_required_capabilities required = {.credentials = {basic, 1}};
    base_buf data = {0};
    assert_ok(mls_required_capabilities_encode(&required, &data));
    const mls_extension extension = {MLS_EXTENSION_REQUIRED_CAPABILITIES, base_buf_bytes(&data)};
    const mls_proposal_params change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                        .extensions = {&extension, 1}};
    world_propose(&w, &w.people[1], &change, NULL);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    reload_all();
    mls_extension_list have = mls_group_extensions(w.people[1].group);
    assert_int_equal(have.n, 1);
    assert_int_equal(have.v[0].type, MLS_EXTENSION_REQUIRED_CAPABILITIES);
    person *joiner = &w.people[2];
    world_add(&w, &w.people[1], &joiner, 1);
    world_talk(&w);
    base_buf_clear(&data);
}

/* A group whose extensions name person 3 as external sender, with people 0 to 2 in it. */
static void assemble_with_external_sender(base_buf *data)
{
    person *p = &w.people[0];
    const person *outside = &w.people[3];
    const mls_external_sender sender = {base_buf_bytes(&outside->signature_public),
                                        {MLS_CREDENTIAL_BASIC, base_bytes_str(outside->name)}};
    assert_ok(mls_external_senders_encode((mls_external_sender_list){&sender, 1}, data));
    const mls_extension extension = {MLS_EXTENSION_EXTERNAL_SENDERS, base_buf_bytes(data)};
    const mls_member_params member = person_member(&w, p);
    assert_ok(mls_group_create(p->ctx, WORLD_GROUP, &member, (mls_extension_list){&extension, 1},
                               WORLD_NOW, &p->group));
    person *others[] = {&w.people[1], &w.people[2]};
    world_add(&w, p, others, 2);
}

static void an_external_sender_proposes_and_a_member_commits(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 24);
    base_buf data = {0};
    base_buf message = {0};
    assemble_with_external_sender(&data);
    mls_external_proposal external = {.suite = 1,
                                      .group_id = WORLD_GROUP,
                                      .epoch = 1,
                                      .signature_private =
                                          base_buf_bytes(&w.people[3].signature_private),
                                      .proposal = remove_of(2)};
    assert_ok(mls_propose_external(w.people[3].ctx, &external, &message));
    world_deliver(&w, NULL, base_buf_bytes(&message));
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(w.people[1].group, NULL, WORLD_NOW, &made));
    const mls_change *change = mls_staged_change(made.staged, 0);
    assert_int_equal(change->kind, MLS_CHANGE_REMOVE);
    assert_int_equal(change->proposer_type, MLS_SENDER_EXTERNAL);
    assert_int_equal(change->proposer.v, 0);
    mls_commit_out_clear(&made);
    world_commit(&w, &w.people[1], NULL, NULL, 0);
    assert_int_equal(mls_group_state_of(w.people[2].group), MLS_GROUP_REMOVED);
    world_talk(&w);
    /* What an external sender may not send, and who is none. */
    external.proposal.type = MLS_PROPOSAL_UPDATE;
    assert_int_equal(mls_propose_external(w.people[3].ctx, &external, &message), BASE_E_ARGUMENT);
    external.proposal = remove_of(1);
    external.epoch = 2;
    external.sender_index = 1;
    assert_ok(mls_propose_external(w.people[3].ctx, &external, &message));
    /* V-6.1-3 */
    assert_int_equal(person_receive(&w.people[0], base_buf_bytes(&message)), MLS_E_SENDER);
    external.sender_index = 0;
    external.signature_private = base_buf_bytes(&w.people[2].signature_private);
    assert_ok(mls_propose_external(w.people[3].ctx, &external, &message));
    assert_int_equal(person_receive(&w.people[0], base_buf_bytes(&message)), CRYPTO_E_SIGNATURE);
    base_buf_clear(&message);
    base_buf_clear(&data);
}

static void nobody_is_an_external_sender_without_the_extension(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 25);
    base_buf message = {0};
    world_found(&w, 0);
    const mls_external_proposal external = {.suite = 1,
                                            .group_id = WORLD_GROUP,
                                            .signature_private =
                                                base_buf_bytes(&w.people[2].signature_private),
                                            .proposal = remove_of(0)};
    assert_ok(mls_propose_external(w.people[2].ctx, &external, &message));
    assert_int_equal(person_receive(&w.people[0], base_buf_bytes(&message)), MLS_E_SENDER);
    base_buf_clear(&message);
}

static void a_joiner_proposes_itself_and_a_member_commits(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 26);
    world_found(&w, 0);
    person *first = &w.people[1];
    world_add(&w, &w.people[0], &first, 1);
    person *joiner = &w.people[2];
    base_buf package = person_key_package(&w, joiner);
    base_buf message = {0};
    assert_int_equal(mls_propose_join(joiner->ctx, WORLD_GROUP, 1, base_buf_bytes(&package),
                                      base_buf_bytes(&first->signature_private), BASE_BYTES_NONE,
                                      &message),
                     BASE_E_ARGUMENT);
    assert_ok(mls_propose_join(joiner->ctx, WORLD_GROUP, 1, base_buf_bytes(&package),
                               base_buf_bytes(&joiner->signature_private), BASE_BYTES_NONE,
                               &message));
    world_deliver(&w, NULL, base_buf_bytes(&message));
    world_commit(&w, first, NULL, &joiner, 1);
    world_talk(&w);
    /* V-6.1-9: bytes of the signature changed */
    assert_ok(mls_propose_join(joiner->ctx, WORLD_GROUP, 2, base_buf_bytes(&package),
                               base_buf_bytes(&joiner->signature_private), BASE_BYTES_NONE,
                               &message));
    message.p[message.n - 1] ^= 1;
    assert_int_equal(person_receive(&w.people[0], base_buf_bytes(&message)), CRYPTO_E_SIGNATURE);
    base_buf_clear(&package);
    base_buf_clear(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_update_by_reference_changes_the_leaf_of_who_sent_it, teardown),
        cmocka_unit_test_teardown(an_update_may_bring_a_new_signature_key, teardown),
        cmocka_unit_test_teardown(an_add_and_a_remove_by_reference_take_effect_together, teardown),
        cmocka_unit_test_teardown(a_member_leaves_by_a_proposal_that_somebody_else_commits,
                                  teardown),
        cmocka_unit_test_teardown(a_kept_proposal_has_to_be_committed_before_messages, teardown),
        cmocka_unit_test_teardown(a_remove_is_preferred_to_an_update_of_the_same_leaf, teardown),
        cmocka_unit_test_teardown(the_newest_of_two_updates_is_taken, teardown),
        cmocka_unit_test_teardown(a_kept_reinit_stands_back_behind_any_other_proposal, teardown),
        cmocka_unit_test_teardown(what_is_by_value_comes_before_what_was_kept, teardown),
        cmocka_unit_test_teardown(kept_proposals_can_be_left_out_or_forgotten_one_by_one, teardown),
        cmocka_unit_test_teardown(
            a_commit_that_names_an_unknown_proposal_can_be_received_once_it_is_there, teardown),
        cmocka_unit_test_teardown(as_many_proposals_are_kept_as_the_limit_says, teardown),
        cmocka_unit_test_teardown(a_proposal_received_twice_is_kept_once, teardown),
        cmocka_unit_test_teardown(new_extensions_take_effect_and_bind_those_who_join_later,
                                  teardown),
        cmocka_unit_test_teardown(an_external_sender_proposes_and_a_member_commits, teardown),
        cmocka_unit_test_teardown(nobody_is_an_external_sender_without_the_extension, teardown),
        cmocka_unit_test_teardown(a_joiner_proposes_itself_and_a_member_commits, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
