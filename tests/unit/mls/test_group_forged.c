/* Commits with a fault outside of their proposals: path, tags, senders, and those from outside the
 * group (RFC 9420, sections 6.1, 12.2, 12.4.2 and 12.4.3.2), beside what is accepted. */
#include "forge.h"

#include "mls/key_schedule.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];
static person *const dave = &w.people[3]; /* leaf 3, removed in set-up */
static person *const erin = &w.people[4]; /* not in */

/* Alice (leaf 0), Bob (1), Carol (2) and somebody at leaf 4; leaf 3 is blank. */
static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 6, 300);
    world_found(&w, 0);
    person *others[] = {bob, carol, dave, &w.people[5]};
    world_add(&w, alice, others, 4);
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {3}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    world_commit(&w, bob, &params, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* ---- with and without a path ---- */

static void a_commit_without_a_path_needs_proposals_that_allow_it(void **state)
{
    (void)state;
    forged_add add;
    const mls_proposal out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_proposal change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    forge_key_package(&w, erin, &add);
    forge f = forge_of(alice);
    assert_ok(forge_answer(&f, bob));
    f.no_path = true;
    assert_int_equal(forge_answer(&f, bob), MLS_E_PATH_MISSING); /* V-12.4-1 */
    forge_add(&f, &add.view);
    assert_ok(forge_answer(&f, bob));
    forge g = f;
    forge_add(&g, &out);
    assert_int_equal(forge_answer(&g, bob), MLS_E_PATH_MISSING); /* V-12.4-2 */
    g.no_path = false;
    assert_ok(forge_answer(&g, bob));
    g = f;
    forge_add(&g, &change);
    assert_int_equal(forge_answer(&g, bob), MLS_E_PATH_MISSING);
    world_propose(&w, carol, &update, &in_public);
    g = f;
    forge_add_kept(&g, 0);
    assert_int_equal(forge_answer(&g, bob), MLS_E_PATH_MISSING);
    forged_add_clear(&add);
}

static void a_reference_to_nothing_is_refused(void **state)
{
    (void)state;
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    forge f = forge_of(alice);
    world_propose(&w, carol, &update, &in_public);
    forge_add_kept(&f, 0);
    assert_ok(forge_answer(&f, bob));
    assert_ok(mls_group_forget_proposals(bob->group));
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_UNKNOWN); /* V-12.4-3 */
}

/* ---- the path ---- */

static void spoil_source(forge *f, mls_transition *t, const mls_path_secrets *secrets)
{
    (void)secrets;
    mls_leaf_node leaf = *mls_tree_leaf(t->tree, t->committer);
    leaf.source = *(const mls_leaf_node_source *)f->user;
    forge_put_leaf(f, t, leaf);
}

static void a_path_leaf_of_another_source_is_refused(void **state)
{
    (void)state;
    mls_leaf_node_source source = MLS_LEAF_COMMIT;
    forge f = forge_of(alice);
    f.spoil = spoil_source;
    f.user = &source;
    assert_ok(forge_answer(&f, bob));
    source = MLS_LEAF_UPDATE;
    assert_int_equal(forge_answer(&f, bob), MLS_E_LEAF_NODE); /* V-12.4.2-2 */
    source = MLS_LEAF_KEY_PACKAGE;
    assert_int_equal(forge_answer(&f, bob), MLS_E_LEAF_NODE);
}

static void spoil_credential(forge *f, mls_transition *t, const mls_path_secrets *secrets)
{
    (void)secrets;
    mls_leaf_node leaf = *mls_tree_leaf(t->tree, t->committer);
    leaf.credential.type = *(const uint16_t *)f->user;
    forge_put_leaf(f, t, leaf);
}

static void a_path_leaf_with_a_credential_that_others_do_not_support_is_refused(void **state)
{
    (void)state;
    uint16_t type = MLS_CREDENTIAL_BASIC;
    forge f = forge_of(alice);
    f.spoil = spoil_credential;
    f.user = &type;
    assert_ok(forge_answer(&f, bob));
    type = 0xF00D;
    assert_int_equal(forge_answer(&f, bob), MLS_E_CAPABILITIES); /* V-12.4.2-2 */
}

static void spoil_key(forge *f, mls_transition *t, const mls_path_secrets *secrets)
{
    (void)secrets;
    mls_leaf_node leaf = *mls_tree_leaf(t->tree, t->committer);
    leaf.encryption_key = mls_tree_leaf(f->g->epoch.tree, t->committer)->encryption_key;
    forge_put_leaf(f, t, leaf);
}

static void a_path_leaf_that_keeps_the_committers_key_is_refused(void **state)
{
    (void)state;
    forge f = forge_of(alice);
    f.spoil = spoil_key;
    assert_int_equal(forge_answer(&f, bob), MLS_E_KEY_REUSE); /* V-12.4.2-3 */
    f.spoil = NULL;
    assert_ok(forge_answer(&f, bob));
}

static void spoil_parent(forge *f, mls_transition *t, const mls_path_secrets *secrets)
{
    const mls_leaf_index *of = f->user;
    forge_put_key(f, t, secrets, secrets->path.n - 1,
                  mls_tree_leaf(f->g->epoch.tree, *of)->encryption_key);
}

static void a_path_key_that_stands_in_the_tree_is_refused(void **state)
{
    (void)state;
    mls_leaf_index of = {2};
    forge f = forge_of(alice);
    f.spoil = spoil_parent;
    f.user = &of;
    assert_int_equal(forge_answer(&f, bob), MLS_E_KEY_REUSE); /* V-12.4.2-4 */
    /* A key of somebody who is on the way out is none of the tree's any more: then it is only not
     * the one that the path secret gives. */
    const mls_proposal out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    forge_add(&f, &out);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PATH);
    f.spoil = NULL;
    assert_ok(forge_answer(&f, bob));
}

/* ---- tags, signatures, senders ---- */

static void a_wrong_confirmation_tag_is_refused(void **state)
{
    (void)state;
    forge f = forge_of(alice);
    f.wrong_tag = true;
    assert_int_equal(forge_answer(&f, bob), MLS_E_CONFIRMATION_TAG); /* V-12.4.2-5 */
    f.wrong_tag = false;
    assert_ok(forge_answer(&f, bob));
}

static void a_member_speaks_for_nobody_else(void **state)
{
    (void)state;
    /* Alice's signature under Carol's leaf; under a blank one; under one that is not there. */
    forge f = forge_of(alice);
    const mls_proposal out = {.type = MLS_PROPOSAL_REMOVE, .removed = {4}};
    assert_ok(forge_answer_proposal(&f, bob, &out));
    f.committer.index = 2;
    assert_int_equal(forge_answer_proposal(&f, bob, &out), CRYPTO_E_SIGNATURE);
    f.committer.index = 3;
    assert_int_equal(forge_answer_proposal(&f, bob, &out), MLS_E_SENDER); /* V-6.1-2 */
    f.committer.index = UINT32_MAX;
    assert_int_equal(forge_answer_proposal(&f, bob, &out), MLS_E_SENDER);
}

static void outsiders_propose_only_what_they_may(void **state)
{
    (void)state;
    forge f = forge_of(alice);
    const mls_proposal out = {.type = MLS_PROPOSAL_REMOVE, .removed = {4}};
    f.committer = (mls_sender){MLS_SENDER_NEW_MEMBER_PROPOSAL, 0};
    assert_int_equal(forge_answer_proposal(&f, bob, &out), MLS_E_SENDER); /* V-6.1-7 */
    f.committer = (mls_sender){MLS_SENDER_NEW_MEMBER_COMMIT, 0};
    assert_int_equal(forge_answer_proposal(&f, bob, &out), MLS_E_SENDER);
    f.committer = (mls_sender){MLS_SENDER_EXTERNAL, 0};
    const mls_proposal init = {.type = MLS_PROPOSAL_EXTERNAL_INIT};
    assert_int_equal(forge_answer_proposal(&f, bob, &init), MLS_E_SENDER); /* V-6.1-5 */
}

static void sender_data_that_names_nobody_is_refused(void **state)
{
    (void)state;
    /* Alice knows the key of the sender data: what she seals with it opens. */
    static const uint32_t leaves[] = {3, 4000, UINT32_MAX};
    const mls_epoch *e = &alice->group->epoch;
    for (size_t i = 0; i < 3; i++) {
        mls_message_key key = {.key = {.n = 16}, .nonce = {.n = 12}};
        base_buf message = {0};
        const mls_auth_content c = {.wire_format = MLS_WIRE_PRIVATE_MESSAGE,
                                    .content = {.group_id = WORLD_GROUP,
                                                .epoch = e->context.epoch,
                                                .sender = {MLS_SENDER_MEMBER, leaves[i]},
                                                .type = MLS_CONTENT_APPLICATION},
                                    .signature = base_bytes_str("no signature")};
        assert_ok(mls_private_protect(&e->suite, base_secret_bytes(&e->secrets.sender_data_secret),
                                      &key, 0, &c, 0, &message));
        /* V-6.3.2-2 */
        assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_SENDER);
        base_buf_clear(&message);
    }
    world_talk(&w);
}

static void a_forged_private_message_does_not_use_up_the_key_of_the_true_one(void **state)
{
    (void)state;
    base_buf true_one = {0};
    base_buf forged = {0};
    mls_message_key key = {0};
    uint32_t generation = 0;
    assert_ok(mls_group_protect(carol->group, base_bytes_str("truly mine"), NULL, &true_one));
    /* Alice has the same tree of secrets, so that she can take the key of Carol's first message. */
    mls_epoch *e = &alice->group->epoch;
    assert_ok(mls_secret_tree_next(alice->group->messages, (mls_leaf_index){2},
                                   MLS_RATCHET_APPLICATION, &generation, &key));
    const mls_auth_content c = {.wire_format = MLS_WIRE_PRIVATE_MESSAGE,
                                .content = {.group_id = WORLD_GROUP,
                                            .epoch = e->context.epoch,
                                            .sender = {MLS_SENDER_MEMBER, 2},
                                            .type = MLS_CONTENT_APPLICATION,
                                            .body = base_bytes_str("not hers")},
                                .signature = base_bytes_str("no signature")};
    assert_ok(mls_private_protect(&e->suite, base_secret_bytes(&e->secrets.sender_data_secret),
                                  &key, generation, &c, 0, &forged));
    assert_int_equal(person_receive(bob, base_buf_bytes(&forged)), CRYPTO_E_SIGNATURE);
    assert_ok(person_receive(bob, base_buf_bytes(&true_one)));
    mls_message_key_clear(&key);
    base_buf_clear(&forged);
    base_buf_clear(&true_one);
}

/* ---- from outside ---- */

/* A commit from outside under way: the group as its GroupInfo shows it. */
typedef struct outsider {
    forge f;
    mls_member_params member;
    base_arena lists;
    base_buf info;
    base_buf kem_output;
    base_secret init_secret;
    mls_proposal init;
} outsider;

static void outsider_init(outsider *o, person *p)
{
    mls_message m;
    base_bytes pub;
    *o = (outsider){.member = person_member(&w, p)};
    assert_ok(mls_group_info(alice->group, true, true, &o->info));
    assert_ok(mls_message_decode(base_buf_bytes(&o->info), &o->lists, &m));
    o->f = (forge){.committer = {MLS_SENDER_NEW_MEMBER_COMMIT, 0}, .member = &o->member};
    o->f.g = mls_group_alloc(erin->ctx);
    assert_ok(mls_joining_info(o->f.g, &m.group_info, (base_bytes){NULL, 0}));
    mls_epoch *e = &o->f.g->epoch;
    assert_ok(mls_transcript_interim(&e->suite, e->context.confirmed_transcript_hash,
                                     m.group_info.confirmation_tag, &e->interim));
    e->keys.leaf.v = UINT32_MAX;
    assert_ok(base_secret_set(&o->f.g->signature_private, base_buf_bytes(&p->signature_private)));
    assert_ok(mls_external_pub_decode(
        mls_extension_find(m.group_info.extensions, MLS_EXTENSION_EXTERNAL_PUB)->data, &pub));
    assert_ok(mls_external_init_make(&e->suite, pub, &o->kem_output, &o->init_secret));
    o->f.init_secret = &o->init_secret;
    o->init = (mls_proposal){.type = MLS_PROPOSAL_EXTERNAL_INIT,
                             .kem_output = base_buf_bytes(&o->kem_output)};
}

static void outsider_clear(outsider *o)
{
    mls_group_free(o->f.g);
    base_arena_clear(&o->lists);
    base_buf_clear(&o->info);
    base_buf_clear(&o->kem_output);
    base_secret_clear(&o->init_secret);
}

static void an_external_commit_has_exactly_one_external_init(void **state)
{
    (void)state;
    outsider o;
    outsider_init(&o, erin);
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_PROPOSAL_LIST); /* V-12.2-13 */
    forge_add(&o.f, &o.init);
    assert_ok(forge_answer(&o.f, bob));
    forge_add(&o.f, &o.init);
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_PROPOSAL_LIST);
    outsider_clear(&o);
}

static void an_external_commit_needs_a_path(void **state)
{
    (void)state;
    outsider o;
    outsider_init(&o, erin);
    forge_add(&o.f, &o.init);
    o.f.no_path = true;
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_PATH_MISSING); /* V-12.4.3.2-1 */
    o.f.no_path = false;
    assert_ok(forge_answer(&o.f, bob));
    outsider_clear(&o);
}

static void an_external_commit_holds_only_what_it_may(void **state)
{
    (void)state;
    outsider o;
    forged_add add;
    outsider_init(&o, erin);
    forge_key_package(&w, dave, &add);
    const mls_proposal reinit = {.type = MLS_PROPOSAL_REINIT, .reinit = {.version = 1}};
    const mls_proposal change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    const mls_proposal *const refused[] = {&add.view, &reinit, &change};
    forge_add(&o.f, &o.init);
    for (size_t i = 0; i < 3; i++) {
        forge f = o.f;
        forge_add(&f, refused[i]);
        assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST); /* V-12.2-15 */
    }
    assert_ok(mls_psk_put(erin->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    assert_ok(mls_psk_put(bob->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    const mls_proposal psk = {
        .type = MLS_PROPOSAL_PSK,
        .psk = {.type = MLS_PSK_EXTERNAL,
                .psk_id = base_bytes_str("a"),
                .psk_nonce = base_bytes_str("a nonce of exactly thirty-two b.")}};
    assert_int_equal(psk.psk.psk_nonce.n, 32);
    forge_add(&o.f, &psk);
    assert_ok(forge_answer(&o.f, bob));
    forged_add_clear(&add);
    outsider_clear(&o);
}

static void an_external_commit_names_no_proposal_by_reference(void **state)
{
    (void)state;
    outsider o;
    outsider_init(&o, erin);
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {4}};
    world_propose(&w, carol, &out, &in_public);
    forge_add(&o.f, &o.init);
    assert_ok(forge_answer(&o.f, bob));
    forge with_kept = forge_of(alice);
    forge_add_kept(&with_kept, 0);
    o.f.items[o.f.n++] = with_kept.items[0];
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_PROPOSAL_LIST); /* V-12.4.3.2-2 */
    outsider_clear(&o);
}

/* V-E6.3-6 */
static void an_external_commit_takes_along_who_wants_to_leave(void **state)
{
    (void)state;
    outsider o;
    outsider_init(&o, erin);
    const mls_proposal_params leave = {.type = MLS_PROPOSAL_SELF_REMOVE};
    world_propose(&w, carol, &leave, NULL);
    forge_add(&o.f, &o.init);
    forge with_kept = forge_of(alice);
    forge_add_kept(&with_kept, 0);
    forge by_value = o.f;
    o.f.items[o.f.n++] = with_kept.items[0];
    assert_ok(forge_answer(&o.f, bob));
    forge_add(&by_value, with_kept.items[0].proposal);
    assert_int_equal(forge_answer(&by_value, bob), MLS_E_PROPOSAL);
    outsider_clear(&o);
}

static void an_external_commit_removes_at_most_the_joiners_old_leaf(void **state)
{
    (void)state;
    outsider o;
    const mls_proposal own = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_proposal other = {.type = MLS_PROPOSAL_REMOVE, .removed = {4}};
    const mls_proposal nobody = {.type = MLS_PROPOSAL_REMOVE, .removed = {3}};
    outsider_init(&o, carol);
    forge_add(&o.f, &o.init);
    forge f = o.f;
    forge_add(&f, &own);
    assert_ok(forge_answer(&f, bob));
    forge_add(&f, &other);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST); /* V-12.2-14 */
    /* V-12.2-16: Erin, whom nobody knows, in place of Carol */
    outsider_clear(&o);
    outsider_init(&o, erin);
    forge_add(&o.f, &o.init);
    f = o.f;
    forge_add(&f, &own);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST);
    f = o.f;
    forge_add(&f, &nobody);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL);
    assert_ok(forge_answer(&o.f, bob));
    outsider_clear(&o);
}

static void an_external_commit_removes_one_leaf_of_a_client_and_not_two(void **state)
{
    (void)state;
    outsider o;
    /* Carol has two leaves, as far as anybody can tell. */
    snprintf(erin->name, sizeof erin->name, "person 2");
    world_add(&w, alice, &erin, 1);
    const mls_proposal first = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_proposal second = {.type = MLS_PROPOSAL_REMOVE,
                                 .removed = mls_group_own_leaf(erin->group)};
    assert_ok(mls_group_delete(erin->group));
    mls_group_free(erin->group);
    erin->group = NULL;
    outsider_init(&o, carol);
    forge_add(&o.f, &o.init);
    forge_add(&o.f, &first);
    assert_ok(forge_answer(&o.f, bob));
    o.f.items[1].proposal = &second;
    o.member.signature_private = base_buf_bytes(&erin->signature_private);
    o.member.signature_public = base_buf_bytes(&erin->signature_public);
    assert_ok(base_secret_set(&o.f.g->signature_private, o.member.signature_private));
    assert_ok(forge_answer(&o.f, bob));
    forge_add(&o.f, &first);
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_PROPOSAL_LIST); /* V-12.2-14 */
    outsider_clear(&o);
}

static void spoil_old_key(forge *f, mls_transition *t, const mls_path_secrets *secrets)
{
    (void)secrets;
    mls_leaf_node leaf = *mls_tree_leaf(t->tree, t->committer);
    leaf.encryption_key = mls_tree_leaf(f->g->epoch.tree, (mls_leaf_index){2})->encryption_key;
    forge_put_leaf(f, t, leaf);
}

static void who_comes_back_from_outside_has_a_new_key(void **state)
{
    (void)state;
    outsider o;
    const mls_proposal own = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    outsider_init(&o, carol);
    forge_add(&o.f, &o.init);
    forge_add(&o.f, &own);
    o.f.spoil = spoil_old_key;
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_LEAF_NODE);
    o.f.spoil = NULL;
    assert_ok(forge_answer(&o.f, bob));
    outsider_clear(&o);
}

static void an_external_commit_is_signed_by_its_own_leaf(void **state)
{
    (void)state;
    outsider o;
    outsider_init(&o, erin);
    forge_add(&o.f, &o.init);
    assert_ok(forge_answer(&o.f, bob));
    assert_ok(base_secret_set(&o.f.g->signature_private, base_buf_bytes(&dave->signature_private)));
    assert_int_equal(forge_answer(&o.f, bob), CRYPTO_E_SIGNATURE); /* V-6.1-8 */
    outsider_clear(&o);
}

static void an_external_commit_with_another_secret_has_the_wrong_tag(void **state)
{
    (void)state;
    outsider o;
    outsider_init(&o, erin);
    forge_add(&o.f, &o.init);
    o.init_secret.b[0] ^= 1;
    assert_int_equal(forge_answer(&o.f, bob), MLS_E_CONFIRMATION_TAG);
    o.init_secret.b[0] ^= 1;
    assert_ok(forge_answer(&o.f, bob));
    o.kem_output.n--;
    o.init.kem_output.n--;
    assert_int_equal(forge_answer(&o.f, bob), CRYPTO_E_KEY);
    outsider_clear(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RULE(a_commit_without_a_path_needs_proposals_that_allow_it),
        RULE(a_reference_to_nothing_is_refused),
        RULE(a_path_leaf_of_another_source_is_refused),
        RULE(a_path_leaf_with_a_credential_that_others_do_not_support_is_refused),
        RULE(a_path_leaf_that_keeps_the_committers_key_is_refused),
        RULE(a_path_key_that_stands_in_the_tree_is_refused),
        RULE(a_wrong_confirmation_tag_is_refused),
        RULE(a_member_speaks_for_nobody_else),
        RULE(outsiders_propose_only_what_they_may),
        RULE(sender_data_that_names_nobody_is_refused),
        RULE(a_forged_private_message_does_not_use_up_the_key_of_the_true_one),
        RULE(an_external_commit_has_exactly_one_external_init),
        RULE(an_external_commit_needs_a_path),
        RULE(an_external_commit_holds_only_what_it_may),
        RULE(an_external_commit_names_no_proposal_by_reference),
        RULE(an_external_commit_takes_along_who_wants_to_leave),
        RULE(an_external_commit_removes_at_most_the_joiners_old_leaf),
        RULE(an_external_commit_removes_one_leaf_of_a_client_and_not_two),
        RULE(who_comes_back_from_outside_has_a_new_key),
        RULE(an_external_commit_is_signed_by_its_own_leaf),
        RULE(an_external_commit_with_another_secret_has_the_wrong_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
