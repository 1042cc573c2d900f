/* The rules about proposals in a commit, each broken by a member that is otherwise beyond reproach
 * (RFC 9420, section 12.2), beside what is accepted. */
#include "forge.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const dave = &w.people[4]; /* not in */
static person *const erin = &w.people[5]; /* not in */

/* Four members; Alice forges and Bob judges. */
static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 6, 200);
    world_found(&w, 0);
    person *others[] = {bob, &w.people[2], &w.people[3]};
    world_add(&w, alice, others, 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static mls_proposal remove_of(uint32_t leaf)
{
    return (mls_proposal){.type = MLS_PROPOSAL_REMOVE, .removed = {leaf}};
}

static mls_proposal external_psk(const char *id, const char *nonce)
{
    return (mls_proposal){.type = MLS_PROPOSAL_PSK,
                          .psk = {.type = MLS_PSK_EXTERNAL,
                                  .psk_id = base_bytes_str(id),
                                  .psk_nonce = base_bytes_str(nonce)}};
}

#define NONCE_A "a nonce of exactly thirty-two b.."
#define NONCE_B "b nonce of exactly thirty-two b.."

static base_bytes cut(const char *nonce)
{
    return base_bytes_of(nonce, 32);
}

static mls_proposal reinit_to(uint16_t version)
{
    return (mls_proposal){
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = base_bytes_str("next"), .version = version, .suite = 1}};
}

/* Bob's answer to a commit of n proposals by value. */
static base_err answer(const mls_proposal *const *proposals, size_t n)
{
    forge f = forge_of(alice);
    for (size_t i = 0; i < n; i++) {
        forge_add(&f, proposals[i]);
    }
    return forge_answer(&f, bob);
}

static base_err answer_one(const mls_proposal *p)
{
    return answer(&p, 1);
}

static base_err answer_two(const mls_proposal *p, const mls_proposal *q)
{
    const mls_proposal *both[] = {p, q};
    return answer(both, 2);
}

/* A proposal that breaks a rule alone is refused in a commit, and when it arrives alone. */
static void assert_refused_alone(const mls_proposal *p, base_err want)
{
    forge f = forge_of(alice);
    assert_int_equal(answer_one(p), want);
    assert_int_equal(forge_answer_proposal(&f, bob, p), want);
    assert_int_equal(mls_group_proposal_count(bob->group), 0);
}

static void assert_taken_alone(const mls_proposal *p)
{
    forge f = forge_of(alice);
    assert_ok(answer_one(p));
    assert_ok(forge_answer_proposal(&f, bob, p));
    assert_ok(mls_group_forget_proposals(bob->group));
}

/* ---- one proposal ---- */

static void a_remove_of_nobody_is_refused(void **state)
{
    (void)state;
    const mls_proposal somebody = remove_of(2);
    const mls_proposal beyond = remove_of(4);
    const mls_proposal far = remove_of(UINT32_MAX);
    assert_refused_alone(&beyond, MLS_E_PROPOSAL); /* V-12.1.3-1 */
    assert_refused_alone(&far, MLS_E_PROPOSAL);
    assert_taken_alone(&somebody);
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    assert_refused_alone(&somebody, MLS_E_PROPOSAL); /* blank now */
}

static void a_reinit_to_a_lower_version_is_refused(void **state)
{
    (void)state;
    const mls_proposal lower = reinit_to(0);
    const mls_proposal same = reinit_to(1);
    const mls_proposal higher = reinit_to(2);
    assert_refused_alone(&lower, MLS_E_PROPOSAL); /* V-12.1.5-1 */
    assert_taken_alone(&same);
    assert_taken_alone(&higher);
}

static void a_psk_with_a_nonce_of_another_length_is_refused(void **state)
{
    (void)state;
    assert_ok(mls_psk_put(alice->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    assert_ok(mls_psk_put(bob->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    mls_proposal psk = external_psk("a", NONCE_A);
    psk.psk.psk_nonce = base_bytes_of(NONCE_A, 31);
    assert_refused_alone(&psk, MLS_E_PROPOSAL); /* V-8.4-1 */
    psk.psk.psk_nonce = base_bytes_of(NONCE_A, 33);
    assert_refused_alone(&psk, MLS_E_PROPOSAL);
    psk.psk.psk_nonce = cut(NONCE_A);
    assert_taken_alone(&psk);
}

static void a_psk_of_a_reinit_or_a_branch_is_refused_in_a_running_group(void **state)
{
    (void)state;
    mls_proposal psk = {.type = MLS_PROPOSAL_PSK,
                        .psk = {.type = MLS_PSK_RESUMPTION,
                                .usage = MLS_PSK_REINIT,
                                .psk_group_id = WORLD_GROUP,
                                .psk_epoch = 1,
                                .psk_nonce = cut(NONCE_A)}};
    assert_refused_alone(&psk, MLS_E_PROPOSAL); /* V-11.2-1 */
    psk.psk.usage = MLS_PSK_BRANCH;
    assert_refused_alone(&psk, MLS_E_PROPOSAL); /* V-11.3-1 */
    psk.psk.usage = MLS_PSK_APPLICATION;
    assert_taken_alone(&psk);
}

static void extensions_that_belong_elsewhere_are_refused_in_the_group_context(void **state)
{
    (void)state;
    static const uint16_t misplaced[] = {MLS_EXTENSION_APPLICATION_ID, MLS_EXTENSION_RATCHET_TREE,
                                         MLS_EXTENSION_EXTERNAL_PUB};
    for (size_t i = 0; i < 3; i++) {
        const mls_extension e = {misplaced[i], base_bytes_str("x")};
        const mls_proposal p = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                .extensions = {&e, 1}};
        assert_refused_alone(&p, MLS_E_EXTENSION); /* V-12.1.7-1 */
    }
    const mls_proposal none = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    assert_taken_alone(&none);
}

static void extensions_that_do_not_decode_are_refused(void **state)
{
    (void)state;
    static const uint16_t types[] = {MLS_EXTENSION_REQUIRED_CAPABILITIES,
                                     MLS_EXTENSION_EXTERNAL_SENDERS};
    /* Three empty lists, or none, with a byte too much. */
    static const uint8_t good[2][4] = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    static const size_t size[] = {3, 1};
    for (size_t i = 0; i < 2; i++) {
        mls_extension e = {types[i], base_bytes_of(good[i], size[i] + 1)};
        const mls_proposal p = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                .extensions = {&e, 1}};
        assert_refused_alone(&p, MLS_E_EXTENSION); /* V-13.4-4 */
        e.data.n = size[i];
        assert_taken_alone(&p);
    }
}

static void extensions_that_a_member_does_not_support_are_refused(void **state)
{
    (void)state;
    mls_extension unknown = {0xF123, base_bytes_str("x")};
    mls_proposal p = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS, .extensions = {&unknown, 1}};
    assert_int_equal(answer_one(&p), MLS_E_CAPABILITIES);    /* V-12.2-11 */
    static const uint8_t required[] = {2, 0xF1, 0x23, 0, 0}; /* an extension type */
    static const uint8_t fine[] = {0, 0, 2, 0, 1};           /* basic credentials */
    mls_extension e = {MLS_EXTENSION_REQUIRED_CAPABILITIES,
                       base_bytes_of(required, sizeof required)};
    p.extensions = (mls_extension_list){&e, 1};
    assert_int_equal(answer_one(&p), MLS_E_CAPABILITIES); /* V-11.1-1 */
    e.data = base_bytes_of(fine, sizeof fine);
    assert_ok(answer_one(&p));
}

static void new_extensions_bind_a_member_that_the_same_commit_adds(void **state)
{
    (void)state;
    /* Dave supports only what the RFC defines and his own basic credential: an x509 requirement
     * that all others meet would still keep him out, were it not for the members who do not meet
     * it. */
    static const uint8_t x509[] = {0, 0, 2, 0, 2};
    const mls_extension e = {MLS_EXTENSION_REQUIRED_CAPABILITIES, base_bytes_of(x509, sizeof x509)};
    const mls_proposal change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                 .extensions = {&e, 1}};
    static const uint16_t versions[] = {1};
    static const uint16_t suites[] = {1};
    static const uint16_t basic[] = {MLS_CREDENTIAL_BASIC};
    const mls_capabilities few = {
        .versions = {versions, 1}, .suites = {suites, 1}, .credentials = {basic, 1}};
    mls_member_params member = person_member(&w, dave);
    member.capabilities = &few;
    const mls_key_package_params params = {.member = member, .not_after = WORLD_NOW + 1};
    base_buf message = {0};
    base_arena lists = {0};
    mls_message m;
    forged_add able;
    assert_ok(mls_key_package_new(dave->ctx, &params, &message, NULL));
    assert_ok(mls_message_decode(base_buf_bytes(&message), &lists, &m));
    const mls_proposal unable = {.type = MLS_PROPOSAL_ADD, .key_package = m.key_package};
    forge_key_package(&w, erin, &able);
    assert_ok(answer_one(&change));
    assert_ok(answer_one(&unable));
    assert_int_equal(answer_two(&unable, &change), MLS_E_CAPABILITIES);
    assert_ok(answer_two(&able.view, &change));
    forged_add_clear(&able);
    base_arena_clear(&lists);
    base_buf_clear(&message);
}

/* ---- adds ---- */

static void a_key_package_of_another_suite_is_refused(void **state)
{
    (void)state;
    forged_add add;
    w.suite = 3;
    forge_key_package(&w, dave, &add);
    assert_refused_alone(&add.view, MLS_E_KEY_PACKAGE); /* V-10.1-1 */
    forged_add_clear(&add);
    w.suite = 1;
    forge_key_package(&w, dave, &add);
    assert_taken_alone(&add.view);
    add.view.key_package.version = 2;
    assert_int_equal(answer_one(&add.view), MLS_E_KEY_PACKAGE);
    forged_add_clear(&add);
}

static void a_key_package_with_a_broken_signature_is_refused(void **state)
{
    (void)state;
    forged_add add;
    uint8_t signature[64];
    forge_key_package(&w, dave, &add);
    assert_taken_alone(&add.view);
    memcpy(signature, add.view.key_package.signature.p, 64);
    signature[0] ^= 1;
    add.view.key_package.signature.p = signature;
    assert_refused_alone(&add.view, MLS_E_KEY_PACKAGE);
    forged_add_clear(&add);
}

static void one_client_is_not_added_twice(void **state)
{
    (void)state;
    forged_add first;
    forged_add again;
    forged_add other;
    forge_key_package(&w, dave, &first);
    forge_key_package(&w, dave, &again);
    forge_key_package(&w, erin, &other);
    assert_int_equal(answer_two(&first.view, &again.view), MLS_E_PROPOSAL_LIST); /* V-12.2-4 */
    assert_ok(answer_two(&first.view, &other.view));
    forged_add_clear(&first);
    forged_add_clear(&again);
    forged_add_clear(&other);
}

static void a_client_that_is_in_is_added_only_with_its_removal(void **state)
{
    (void)state;
    forged_add add;
    const mls_proposal out = remove_of(3);
    const mls_proposal other = remove_of(2);
    forge_key_package(&w, &w.people[3], &add);
    assert_int_equal(answer_one(&add.view), MLS_E_KEY_REUSE); /* V-12.2-5 */
    assert_int_equal(answer_two(&add.view, &other), MLS_E_KEY_REUSE);
    assert_ok(answer_two(&add.view, &out));
    forged_add_clear(&add);
}

static bool same_name(void *user, const mls_leaf_node *a, const mls_leaf_node *b)
{
    (void)user;
    return base_bytes_eq(a->credential.body, b->credential.body);
}

static void the_application_says_who_is_one_client(void **state)
{
    (void)state;
    world_clear(&w);
    w.clients = (mls_clients){same_name, NULL};
    setup(NULL);
    forged_add add;
    forged_add other;
    /* Another key, another device perhaps, but a name that stands in the group. */
    snprintf(dave->name, sizeof dave->name, "person 3");
    forge_key_package(&w, dave, &add);
    const mls_proposal out = remove_of(3);
    assert_int_equal(answer_one(&add.view), MLS_E_PROPOSAL_LIST); /* V-12.2-5 */
    assert_ok(answer_two(&add.view, &out));
    snprintf(erin->name, sizeof erin->name, "person 3");
    forge_key_package(&w, erin, &other);
    const mls_proposal *three[] = {&out, &add.view, &other.view};
    assert_int_equal(answer(three, 3), MLS_E_PROPOSAL_LIST); /* V-12.2-4 */
    forged_add_clear(&add);
    forged_add_clear(&other);
    snprintf(erin->name, sizeof erin->name, "somebody new");
    forge_key_package(&w, erin, &other);
    assert_ok(answer_one(&other.view));
    forged_add_clear(&other);
}

/* ---- the committer ---- */

static void nobody_commits_its_own_update_or_removal(void **state)
{
    (void)state;
    mls_made_proposal made = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    assert_ok(
        mls_proposal_make(alice->ctx, &alice->group->epoch.suite, alice->group, &update, &made));
    assert_int_equal(answer_one(&made.view), MLS_E_PROPOSAL_LIST); /* V-12.2-1 */
    const mls_proposal myself = remove_of(0);
    const mls_proposal other = remove_of(2);
    assert_int_equal(answer_one(&myself), MLS_E_PROPOSAL_LIST); /* V-12.2-2 */
    assert_ok(answer_one(&other));
    /* By reference it is the same. */
    const mls_framing in_public = {.is_public = true};
    forge f = forge_of(alice);
    world_propose(&w, alice, &update, &in_public);
    forge_add_kept(&f, 0);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_LIST);
    forge g = forge_of(&w.people[2]);
    forge_add_kept(&g, 0);
    assert_ok(forge_answer(&g, bob));
    mls_made_proposal_clear(&made);
}

static void an_update_is_its_senders_and_by_nobody_else(void **state)
{
    (void)state;
    mls_made_proposal made = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    assert_ok(mls_proposal_make(w.people[2].ctx, &alice->group->epoch.suite, w.people[2].group,
                                &update, &made));
    /* V-12.2-12: person 2's new leaf sent by Alice as hers has a key that stands elsewhere; and an
     * Update that comes from outside has no leaf at all. */
    forge f = forge_of(alice);
    assert_int_equal(forge_answer_proposal(&f, bob, &made.view), MLS_E_KEY_REUSE);
    forge from_outside = forge_of(alice);
    from_outside.committer = (mls_sender){MLS_SENDER_NEW_MEMBER_PROPOSAL, 0};
    assert_int_equal(forge_answer_proposal(&from_outside, bob, &made.view), MLS_E_SENDER);
    /* The list itself would not take it from such a sender either, nor from a leaf that is not
     * there. */
    const mls_list_ground ground = {.ctx = bob->ctx, .epoch = &bob->group->epoch};
    mls_sender sender = {MLS_SENDER_EXTERNAL, 2};
    assert_int_equal(mls_proposal_judge(&ground, &sender, &made.view), MLS_E_PROPOSAL);
    sender = (mls_sender){MLS_SENDER_MEMBER, 9};
    assert_int_equal(mls_proposal_judge(&ground, &sender, &made.view), MLS_E_PROPOSAL);
    sender.index = 2;
    assert_ok(mls_proposal_judge(&ground, &sender, &made.view));
    forge right = forge_of(&w.people[2]);
    assert_ok(forge_answer_proposal(&right, bob, &made.view));
    mls_made_proposal_clear(&made);
}

static void an_update_that_keeps_its_encryption_key_is_refused(void **state)
{
    (void)state;
    person *carol = &w.people[2];
    forge f = forge_of(carol);
    base_buf signature = {0};
    mls_leaf_node leaf = *mls_group_own_node(carol->group);
    leaf.source = MLS_LEAF_UPDATE;
    assert_ok(mls_leaf_node_sign(&f.g->epoch.suite,
                                 base_secret_bytes(&carol->group->signature_private), &leaf,
                                 WORLD_GROUP, (mls_leaf_index){2}, &signature));
    leaf.signature = base_buf_bytes(&signature);
    const mls_proposal kept = {.type = MLS_PROPOSAL_UPDATE, .leaf_node = leaf};
    /* V-7.3-7 */
    assert_int_equal(forge_answer_proposal(&f, bob, &kept), MLS_E_KEY_REUSE);
    base_buf_clear(&signature);
}

/* ---- proposals together ---- */

static void one_leaf_is_updated_or_removed_once(void **state)
{
    (void)state;
    const mls_proposal out = remove_of(2);
    const mls_proposal other = remove_of(3);
    assert_int_equal(answer_two(&out, &out), MLS_E_PROPOSAL_LIST); /* V-12.2-3 */
    assert_ok(answer_two(&out, &other));
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_propose(&w, &w.people[2], &update, &in_public);
    world_propose(&w, &w.people[2], &update, &in_public);
    forge twice = forge_of(alice);
    forge_add_kept(&twice, 0);
    assert_ok(forge_answer(&twice, bob));
    forge_add_kept(&twice, 1);
    assert_int_equal(forge_answer(&twice, bob), MLS_E_PROPOSAL_LIST);
    forge both = forge_of(alice);
    forge_add_kept(&both, 1);
    forge_add(&both, &other);
    assert_ok(forge_answer(&both, bob));
    forge_add(&both, &out);
    assert_int_equal(forge_answer(&both, bob), MLS_E_PROPOSAL_LIST);
}

static void one_psk_id_goes_in_once(void **state)
{
    (void)state;
    static const char *const ids[] = {"a", "b"};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mls_psk_put(alice->ctx, base_bytes_str(ids[i]), base_bytes_str("secret")));
        assert_ok(mls_psk_put(bob->ctx, base_bytes_str(ids[i]), base_bytes_str("secret")));
    }
    mls_proposal a = external_psk("a", NONCE_A);
    mls_proposal b = external_psk("b", NONCE_A);
    mls_proposal c = external_psk("a", NONCE_B);
    a.psk.psk_nonce = b.psk.psk_nonce = cut(NONCE_A);
    c.psk.psk_nonce = cut(NONCE_B);
    assert_int_equal(answer_two(&a, &a), MLS_E_PROPOSAL_LIST); /* V-12.2-6 */
    assert_ok(answer_two(&a, &b));
    assert_ok(answer_two(&a, &c));
}

static void extensions_are_changed_once(void **state)
{
    (void)state;
    const mls_proposal change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    assert_int_equal(answer_two(&change, &change), MLS_E_PROPOSAL_LIST); /* V-12.2-7 */
    assert_ok(answer_one(&change));
}

static void a_reinit_stands_alone(void **state)
{
    (void)state;
    const mls_proposal reinit = reinit_to(1);
    const mls_proposal out = remove_of(2);
    const mls_proposal change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    assert_int_equal(answer_two(&reinit, &out), MLS_E_PROPOSAL_LIST); /* V-12.2-8 */
    assert_int_equal(answer_two(&change, &reinit), MLS_E_PROPOSAL_LIST);
    assert_int_equal(answer_two(&reinit, &reinit), MLS_E_PROPOSAL_LIST);
    assert_ok(answer_one(&reinit));
    assert_ok(answer_two(&change, &out));
}

static void an_external_init_is_refused_from_a_member(void **state)
{
    (void)state;
    const mls_proposal init = {.type = MLS_PROPOSAL_EXTERNAL_INIT,
                               .kem_output = base_bytes_str("an encapsulated key of some bytes")};
    assert_refused_alone(&init, MLS_E_PROPOSAL); /* V-12.2-9 */
}

static void a_commit_holds_no_more_proposals_than_the_limit(void **state)
{
    (void)state;
    world_clear(&w);
    w.limits.proposals = 2;
    world_init(&w, 1, 3, 201);
    world_assemble(&w);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("a"), base_bytes_str("secret")));
    }
    mls_proposal a = external_psk("a", NONCE_A);
    mls_proposal b = external_psk("a", NONCE_B);
    mls_proposal c = remove_of(2);
    a.psk.psk_nonce = cut(NONCE_A);
    b.psk.psk_nonce = cut(NONCE_B);
    const mls_proposal *three[] = {&a, &b, &c};
    assert_ok(answer(three, 2));
    assert_int_equal(answer(three, 3), BASE_E_LIMIT);
}

static void a_group_ends_with_its_last_epoch(void **state)
{
    (void)state;
    mls_commit_out made = {0};
    uint64_t epoch = alice->group->epoch.context.epoch;
    alice->group->epoch.context.epoch = UINT64_MAX;
    assert_int_equal(mls_group_commit(alice->group, NULL, WORLD_NOW, &made), BASE_E_LIMIT);
    alice->group->epoch.context.epoch = epoch;
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    mls_commit_out_clear(&made);
}

static void ones_own_update_without_its_key_is_not_followed(void **state)
{
    (void)state;
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_propose(&w, bob, &update, &in_public);
    forge f = forge_of(alice);
    forge_add_kept(&f, 0);
    assert_ok(forge_answer(&f, bob));
    base_secret_clear(&bob->group->kept.v[0]->leaf_key);
    assert_int_equal(forge_answer(&f, bob), MLS_E_PROPOSAL_UNKNOWN);
}

/* ---- keys ---- */

static void an_update_to_the_signature_key_of_another_member_is_refused(void **state)
{
    (void)state;
    person *carol = &w.people[2];
    mls_made_proposal made = {0};
    base_buf message = {0};
    mls_member_params member = person_member(&w, &w.people[3]);
    mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE, .update = &member};
    forge f = forge_of(carol);
    assert_ok(
        mls_proposal_make(carol->ctx, &carol->group->epoch.suite, carol->group, &update, &made));
    assert_int_equal(forge_answer_proposal(&f, bob, &made.view), MLS_E_KEY_REUSE);
    assert_int_equal(mls_group_propose(carol->group, &update, NULL, WORLD_NOW, &message),
                     MLS_E_KEY_REUSE);
    mls_made_proposal_clear(&made);
    member = person_member(&w, dave);
    assert_ok(
        mls_proposal_make(carol->ctx, &carol->group->epoch.suite, carol->group, &update, &made));
    assert_ok(forge_answer_proposal(&f, bob, &made.view));
    mls_made_proposal_clear(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RULE(a_remove_of_nobody_is_refused),
        RULE(a_reinit_to_a_lower_version_is_refused),
        RULE(a_psk_with_a_nonce_of_another_length_is_refused),
        RULE(a_psk_of_a_reinit_or_a_branch_is_refused_in_a_running_group),
        RULE(extensions_that_belong_elsewhere_are_refused_in_the_group_context),
        RULE(extensions_that_do_not_decode_are_refused),
        RULE(extensions_that_a_member_does_not_support_are_refused),
        RULE(new_extensions_bind_a_member_that_the_same_commit_adds),
        RULE(a_key_package_of_another_suite_is_refused),
        RULE(a_key_package_with_a_broken_signature_is_refused),
        RULE(one_client_is_not_added_twice),
        RULE(a_client_that_is_in_is_added_only_with_its_removal),
        RULE(the_application_says_who_is_one_client),
        RULE(nobody_commits_its_own_update_or_removal),
        RULE(an_update_is_its_senders_and_by_nobody_else),
        RULE(an_update_that_keeps_its_encryption_key_is_refused),
        RULE(one_leaf_is_updated_or_removed_once),
        RULE(one_psk_id_goes_in_once),
        RULE(extensions_are_changed_once),
        RULE(a_reinit_stands_alone),
        RULE(an_external_init_is_refused_from_a_member),
        RULE(a_group_ends_with_its_last_epoch),
        RULE(ones_own_update_without_its_key_is_not_followed),
        RULE(a_commit_holds_no_more_proposals_than_the_limit),
        RULE(an_update_to_the_signature_key_of_another_member_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
