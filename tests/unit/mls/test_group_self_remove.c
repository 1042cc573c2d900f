/* Leaving by SelfRemove (draft-ietf-mls-extensions, section 6.3): by a member's commit and by one
 * from outside, and what is refused. */
#include "forge.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];
static person *const dave = &w.people[3]; /* not in */
static const mls_proposal_params leave = {.type = MLS_PROPOSAL_SELF_REMOVE};

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 700);
    world_found(&w, 0);
    person *others[] = {bob, carol};
    world_add(&w, alice, others, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static void a_member_leaves_with_the_next_commit(void **state)
{
    (void)state;
    base_buf message = {0};
    mls_received r = {0};
    mls_peek peek;
    assert_ok(mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &message));
    assert_ok(mls_message_peek(base_buf_bytes(&message), &peek));
    assert_int_equal(peek.wire_format, MLS_WIRE_PUBLIC_MESSAGE);
    assert_ok(mls_group_receive(alice->group, base_buf_bytes(&message), WORLD_NOW, &r));
    assert_int_equal(r.proposal, MLS_PROPOSAL_SELF_REMOVE);
    assert_int_equal(r.removed.v, 2);
    mls_received_clear(&r);
    assert_ok(mls_group_receive(bob->group, base_buf_bytes(&message), WORLD_NOW, &r));
    mls_received_clear(&r);
    /* It waits in the store as well. */
    person_reload(alice);
    person_reload(bob);
    person_reload(carol);
    world_commit(&w, alice, NULL, NULL, 0);
    assert_int_equal(mls_group_state_of(carol->group), MLS_GROUP_REMOVED);
    const mls_leaf_node *leaf = NULL;
    assert_int_equal(mls_group_member(bob->group, (mls_leaf_index){2}, &leaf), BASE_E_NOT_FOUND);
    world_talk(&w);
    base_buf_clear(&message);
}

static void the_change_is_shown_as_a_removal_by_the_leaver_and_survives_a_restart(void **state)
{
    (void)state;
    mls_commit_out made = {0};
    base_buf code = {0};
    mls_staged *again = NULL;
    world_propose(&w, carol, &leave, NULL);
    assert_ok(mls_group_commit(bob->group, NULL, WORLD_NOW, &made));
    const mls_change *c = mls_staged_change(made.staged, 0);
    assert_int_equal(c->kind, MLS_CHANGE_REMOVE);
    assert_int_equal(c->leaf.v, 2);
    assert_int_equal(c->proposer.v, 2);
    assert_false(c->by_value);
    assert_non_null(c->old_node);
    assert_int_equal(mls_staged_change_count(made.staged), 2); /* and the path: it needs one */
    assert_ok(mls_staged_encode(made.staged, &code));
    person_reload(bob);
    mls_staged_free(made.staged);
    made.staged = NULL;
    assert_ok(mls_staged_decode(bob->group, base_buf_bytes(&code), &again));
    assert_int_equal(mls_staged_change(again, 0)->kind, MLS_CHANGE_REMOVE);
    mls_staged_free(again);
    base_buf_clear(&code);
    mls_commit_out_clear(&made);
}

/* The leaver, its proposal, and a GroupInfo for Dave. */
static base_err join_beside(base_bytes info, const base_bytes *messages, size_t n)
{
    base_buf commit = {0};
    const mls_external_params params = {
        .member = person_member(&w, dave), .self_removes = messages, .n_self_removes = n};
    base_err err = mls_group_join_external(dave->ctx, info, BASE_BYTES_NONE, &params, WORLD_NOW,
                                           &commit, &dave->group);
    if (err == BASE_OK) {
        world_deliver(&w, dave, base_buf_bytes(&commit));
    }
    base_buf_clear(&commit);
    return err;
}

static void who_joins_from_outside_takes_the_leaver_along(void **state)
{
    (void)state;
    base_buf message = {0};
    base_buf info = {0};
    assert_ok(mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &message));
    world_deliver(&w, carol, base_buf_bytes(&message));
    assert_ok(mls_group_info(alice->group, true, true, &info));
    const base_bytes messages[] = {base_buf_bytes(&message)};
    assert_ok(join_beside(base_buf_bytes(&info), messages, 1));
    assert_int_equal(mls_group_state_of(carol->group), MLS_GROUP_REMOVED);
    assert_int_equal(mls_group_own_leaf(dave->group).v, 2); /* the leaf that became free */
    world_talk(&w);
    person_reload(dave);
    world_commit(&w, dave, NULL, NULL, 0);
    world_talk(&w);
    base_buf_clear(&info);
    base_buf_clear(&message);
}

static void who_joins_from_outside_takes_nothing_else_and_nothing_forged(void **state)
{
    (void)state;
    base_buf good = {0};
    base_buf other = {0};
    base_buf stale = {0};
    base_buf info = {0};
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {0}};
    assert_ok(mls_group_propose(bob->group, &leave, NULL, WORLD_NOW, &stale));
    assert_ok(mls_group_forget_proposals(bob->group));
    world_commit(&w, alice, NULL, NULL, 0);
    assert_ok(mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &good));
    assert_ok(mls_group_propose(bob->group, &out, &in_public, WORLD_NOW, &other));
    assert_ok(mls_group_info(alice->group, true, true, &info));
    base_bytes m = base_buf_bytes(&other);
    assert_int_equal(join_beside(base_buf_bytes(&info), &m, 1), MLS_E_PROPOSAL);
    m = base_buf_bytes(&stale);
    assert_int_equal(join_beside(base_buf_bytes(&info), &m, 1), MLS_E_EPOCH_PAST);
    m = base_buf_bytes(&info);
    assert_int_equal(join_beside(base_buf_bytes(&info), &m, 1), MLS_E_WIRE_FORMAT);
    /* In the name of somebody else: the byte of the sender's leaf. */
    m = base_buf_bytes(&good);
    size_t sender = 4 + 1 + WORLD_GROUP.n + 8 + 1 + 3;
    assert_int_equal(good.p[sender], 2);
    good.p[sender] = 1;
    assert_int_equal(join_beside(base_buf_bytes(&info), &m, 1), CRYPTO_E_SIGNATURE);
    good.p[sender] = 7;
    assert_int_equal(join_beside(base_buf_bytes(&info), &m, 1), MLS_E_SENDER);
    good.p[sender] = 2;
    world_deliver(&w, carol, m);
    assert_ok(join_beside(base_buf_bytes(&info), &m, 1));
    base_buf_clear(&info);
    base_buf_clear(&stale);
    base_buf_clear(&other);
    base_buf_clear(&good);
}

/* Each allocation of joining beside a leaver fails in turn; nothing is in the store until it
 * succeeds.
 */
static void joining_beside_a_leaver_survives_every_failure_of_memory(void **state)
{
    (void)state;
    base_buf message = {0};
    base_buf info = {0};
    assert_ok(mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &message));
    world_deliver(&w, carol, base_buf_bytes(&message));
    assert_ok(mls_group_info(alice->group, true, true, &info));
    const base_bytes m = base_buf_bytes(&message);
    base_err err = BASE_E_NOMEM;
    for (size_t n = 1; err != BASE_OK; n++) {
        fake_alloc_reset(&dave->heap, n);
        err = join_beside(base_buf_bytes(&info), &m, 1);
        assert_true(err == BASE_OK || err == BASE_E_NOMEM);
        assert_true(err == BASE_OK || dave->store.n == 0);
        assert_true(n < 20000);
    }
    fake_alloc_reset(&dave->heap, 0);
    world_talk(&w);
    base_buf_clear(&info);
    base_buf_clear(&message);
}

static void a_self_remove_travels_in_public(void **state)
{
    (void)state;
    base_buf message = {0};
    base_buf body = {0};
    base_buf signature = {0};
    const mls_framing in_private = {.is_public = false};
    assert_int_equal(mls_group_propose(carol->group, &leave, &in_private, WORLD_NOW, &message),
                     BASE_E_ARGUMENT);
    /* V-E6.3-1: one that is private all the same */
    const mls_proposal p = {.type = MLS_PROPOSAL_SELF_REMOVE};
    mls_auth_content c;
    mls_batch b = mls_batch_on(carol->ctx->alloc);
    base_wr wr = base_wr_on(&body);
    mls_proposal_write(&wr, &p);
    c = (mls_auth_content){.wire_format = MLS_WIRE_PRIVATE_MESSAGE,
                           .content = {.group_id = WORLD_GROUP,
                                       .epoch = mls_group_epoch(carol->group),
                                       .sender = {MLS_SENDER_MEMBER, 2},
                                       .type = MLS_CONTENT_PROPOSAL,
                                       .body = base_buf_bytes(&body)}};
    assert_ok(mls_content_sign(&carol->group->epoch.suite,
                               base_secret_bytes(&carol->group->signature_private), &c,
                               base_buf_bytes(&carol->group->epoch.encoded), &signature));
    c.signature = base_buf_bytes(&signature);
    assert_ok(mls_protect_content(carol->group, &c, NULL, &b, &message));
    assert_int_equal(person_receive(alice, base_buf_bytes(&message)), MLS_E_WIRE_FORMAT);
    assert_int_equal(mls_group_proposal_count(alice->group), 0);
    mls_batch_clear(&b);
    base_buf_clear(&signature);
    base_buf_clear(&body);
    base_buf_clear(&message);
}

/* V-E6.3-2: senders of other types are refused before; here the rule alone. */
static void a_self_remove_is_its_senders_and_by_nobody_else(void **state)
{
    (void)state;
    const mls_proposal p = {.type = MLS_PROPOSAL_SELF_REMOVE};
    const mls_list_ground ground = {
        .ctx = alice->ctx, .epoch = &alice->group->epoch, .committer = {MLS_SENDER_MEMBER, 0}};
    mls_sender sender = {MLS_SENDER_MEMBER, 2};
    assert_ok(mls_proposal_judge(&ground, &sender, &p));
    sender.index = 3;
    assert_int_equal(mls_proposal_judge(&ground, &sender, &p), MLS_E_PROPOSAL);
    sender = (mls_sender){MLS_SENDER_EXTERNAL, 2};
    assert_int_equal(mls_proposal_judge(&ground, &sender, &p), MLS_E_PROPOSAL);
    const mls_external_proposal outside = {.suite = 1,
                                           .group_id = WORLD_GROUP,
                                           .epoch = mls_group_epoch(alice->group),
                                           .signature_private =
                                               base_buf_bytes(&dave->signature_private),
                                           .proposal = leave};
    base_buf message = {0};
    assert_int_equal(mls_propose_external(dave->ctx, &outside, &message), BASE_E_ARGUMENT);
}

static void a_self_remove_is_committed_by_reference(void **state)
{
    (void)state;
    world_propose(&w, carol, &leave, NULL);
    forge f = forge_of(alice);
    forge_add_kept(&f, 0);
    assert_ok(forge_answer(&f, bob));
    f.items[0].by_value = true; /* V-E6.3-3 */
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST);
    mls_commit_out made = {0};
    const mls_commit_params params = {.proposals = &leave, .n_proposals = 1};
    assert_int_equal(mls_group_commit(bob->group, &params, WORLD_NOW, &made), MLS_E_PROPOSAL_LIST);
}

static void one_leaf_leaves_once(void **state)
{
    (void)state;
    base_buf message = {0};
    const mls_proposal out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_framing with_data = {.is_public = true, .authenticated_data = base_bytes_str("2")};
    world_propose(&w, carol, &leave, NULL);
    assert_int_equal(mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &message),
                     BASE_E_EXISTS);
    forge f = forge_of(alice);
    forge_add_kept(&f, 0);
    assert_ok(forge_answer(&f, bob));
    forge_add(&f, &out); /* V-E6.3-4 */
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST);
    /* Another SelfRemove and an Update of hers arrive, and may not stand beside the first. */
    assert_ok(mls_group_forget_proposals(carol->group));
    world_propose(&w, carol, &leave, &with_data);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_propose(&w, carol, &update, NULL);
    for (size_t i = 1; i <= 2; i++) {
        f = forge_of(alice);
        forge_add_kept(&f, 0);
        forge_add_kept(&f, i);
        assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST);
    }
    /* A commit takes the first and leaves the others. */
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(bob->group, NULL, WORLD_NOW, &made));
    assert_int_equal(mls_staged_change_count(made.staged), 2);
    assert_int_equal(mls_staged_change(made.staged, 0)->kind, MLS_CHANGE_REMOVE);
    assert_ok(person_receive(alice, base_buf_bytes(&made.commit)));
    mls_commit_out_clear(&made);
}

static void nobody_commits_its_own_self_remove(void **state)
{
    (void)state;
    mls_commit_out made = {0};
    world_propose(&w, carol, &leave, NULL);
    assert_ok(mls_group_commit(carol->group, NULL, WORLD_NOW, &made));
    assert_int_equal(mls_staged_change_count(made.staged), 1); /* left out */
    mls_commit_out_clear(&made);
    forge f = forge_of(carol);
    forge_add_kept(&f, 0);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST); /* V-E6.3-5 */
}

static void a_commit_with_a_self_remove_has_a_path(void **state)
{
    (void)state;
    world_propose(&w, carol, &leave, NULL);
    forge f = forge_of(alice);
    forge_add_kept(&f, 0);
    f.no_path = true;
    assert_int_equal(forge_answer(&f, bob), MLS_E_PATH_MISSING);
    f.no_path = false;
    assert_ok(forge_answer(&f, bob));
}

/* p's leaf as it would be by default, without any proposal type. */
static void add_who_supports_nothing(person *p)
{
    static const uint16_t one = 1;
    static const mls_capabilities bare = {
        .versions = {&one, 1}, .suites = {&one, 1}, .credentials = {&one, 1}};
    base_buf package = {0};
    mls_key_package_params params = {.member = person_member(&w, p),
                                     .not_before = WORLD_NOW - 1000,
                                     .not_after = WORLD_NOW + 1000};
    params.member.capabilities = &bare;
    assert_ok(mls_key_package_new(p->ctx, &params, &package, NULL));
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_commit_params commit = {.proposals = &add, .n_proposals = 1};
    world_commit(&w, alice, &commit, &p, 1);
    base_buf_clear(&package);
}

/* V-12.2-10 */
static void a_group_whose_members_do_not_all_support_it_refuses_a_self_remove(void **state)
{
    (void)state;
    base_buf message = {0};
    const mls_proposal p = {.type = MLS_PROPOSAL_SELF_REMOVE};
    add_who_supports_nothing(dave);
    assert_int_equal(mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &message),
                     MLS_E_CAPABILITIES);
    forge from_carol = forge_of(carol);
    base_buf forged = forge_proposal(&from_carol, &p);
    world_deliver(&w, carol, base_buf_bytes(&forged));
    forge f = forge_of(alice);
    forge_add_kept(&f, 0);
    assert_int_equal(forge_answer(&f, bob), MLS_E_CAPABILITIES);
    /* A commit of ours leaves it out; with the one who does not support it gone, it may stand. */
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(bob->group, NULL, WORLD_NOW, &made));
    assert_int_equal(mls_staged_change_count(made.staged), 1);
    mls_commit_out_clear(&made);
    const mls_proposal out = {.type = MLS_PROPOSAL_REMOVE, .removed = {3}};
    forge_add(&f, &out);
    assert_ok(forge_answer(&f, bob));
    base_buf_clear(&forged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RULE(a_member_leaves_with_the_next_commit),
        RULE(the_change_is_shown_as_a_removal_by_the_leaver_and_survives_a_restart),
        RULE(who_joins_from_outside_takes_the_leaver_along),
        RULE(who_joins_from_outside_takes_nothing_else_and_nothing_forged),
        RULE(joining_beside_a_leaver_survives_every_failure_of_memory),
        RULE(a_self_remove_travels_in_public),
        RULE(a_self_remove_is_its_senders_and_by_nobody_else),
        RULE(a_self_remove_is_committed_by_reference),
        RULE(one_leaf_leaves_once),
        RULE(nobody_commits_its_own_self_remove),
        RULE(a_commit_with_a_self_remove_has_a_path),
        RULE(a_group_whose_members_do_not_all_support_it_refuses_a_self_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
