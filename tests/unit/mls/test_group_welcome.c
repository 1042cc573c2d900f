/* Welcomes with one fault each, sent by a member that is otherwise beyond reproach (RFC 9420,
 * sections 12.4.3 and 12.4.3.1), beside one that is accepted. Faults of the tree itself are
 * test_tree_check's. */
#include "forge.h"

#include "mls/tree_codec.h"
#include "mls/welcome_crypto.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const dave = &w.people[3]; /* is to join */

/* What becomes of the parts of a Welcome before they are signed and sealed. */
typedef struct recipe {
    void (*spoil_info)(mls_info *info); /* before it is signed */
    void (*spoil_secrets)(mls_group_secrets *secrets);
    bool bad_signature;
    bool bad_ciphertext; /* of the group secrets */
    bool other_info_key; /* the GroupInfo is sealed under another secret */
    bool strange_ref;    /* to a KeyPackage that nobody has */
    bool add_other;      /* another KeyPackage of Dave's is added than the Welcome is for */
    bool no_tree;
    uint16_t suite; /* of the Welcome; 0: the group's */
    const mls_proposal *extra;
} recipe;

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 5, 400);
    world_found(&w, 0);
    person *others[] = {bob, &w.people[2]};
    world_add(&w, alice, others, 2);
    world_commit(&w, bob, NULL, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* A commit of Alice's on its way, with all that a Welcome is made of. */
typedef struct stage {
    forge f;
    mls_transition t;
    mls_staged *staged;
    base_secret joiner_secret;
    base_secret path_secret;
    base_secret spare; /* something else */
    mls_leaf_index joiner;
} stage;

static void stage_path(forge *f, mls_transition *t, const mls_path_secrets *secrets)
{
    stage *s = f->user;
    base_bytes secret;
    (void)t;
    assert_ok(mls_path_secret_for(secrets, s->joiner, &secret));
    assert_ok(base_secret_set(&s->path_secret, secret));
}

static void stage_init(stage *s, const mls_proposal *add, const mls_proposal *extra)
{
    base_buf path = {0};
    base_buf body = {0};
    base_buf signature = {0};
    mls_auth_content c;
    *s = (stage){.f = forge_of(alice), .joiner = {3}};
    s->f.spoil = stage_path;
    s->f.user = s;
    forge_add(&s->f, add);
    if (extra != NULL) {
        forge_add(&s->f, extra);
    }
    mls_transition_init(&s->t, alice->group, s->f.committer, true, WORLD_NOW);
    forge_apply(&s->f, &s->t);
    forge_path(&s->f, &s->t, &path);
    assert_ok(mls_transition_psks(&s->t));
    forge_body(&s->f, base_buf_bytes(&path), &body);
    forge_sign(&s->f, MLS_CONTENT_COMMIT, base_buf_bytes(&body), &signature, &c);
    assert_ok(mls_transition_finish(&s->t, &c, true, &s->joiner_secret, &s->staged));
    base_buf_clear(&path);
    base_buf_clear(&body);
    base_buf_clear(&signature);
}

static void stage_clear(stage *s)
{
    mls_staged_free(s->staged);
    mls_transition_clear(&s->t);
    base_secret_clear(&s->joiner_secret);
    base_secret_clear(&s->path_secret);
}

static void make_info(const stage *s, const recipe *r, base_buf *out)
{
    const mls_group *next = &s->staged->next;
    base_buf tree = {0};
    base_buf signature = {0};
    assert_ok(mls_tree_encode(next->epoch.tree, &tree));
    const mls_extension extension = {MLS_EXTENSION_RATCHET_TREE, base_buf_bytes(&tree)};
    mls_info info = {.context = next->epoch.context,
                     .extensions = {&extension, r->no_tree ? 0 : 1},
                     .confirmation_tag = crypto_digest_bytes(&next->epoch.confirmation_tag),
                     .signer = next->epoch.keys.leaf};
    if (r->spoil_info != NULL) {
        r->spoil_info(&info);
    }
    crypto_suite signing = next->epoch.suite; /* whatever number the context was given */
    signing.number = info.context.suite;
    assert_ok(
        mls_info_sign(&signing, base_secret_bytes(&next->signature_private), &info, &signature));
    signature.p[0] ^= r->bad_signature ? 1 : 0;
    info.signature = base_buf_bytes(&signature);
    base_wr wr = base_wr_on(out);
    mls_info_write(&wr, &info);
    assert_ok(base_wr_end(&wr));
    base_buf_clear(&tree);
    base_buf_clear(&signature);
}

static void make_welcome(stage *s, const recipe *r, const mls_key_package *kp, base_bytes ref,
                         base_buf *message)
{
    const crypto_suite *suite = &s->staged->next.epoch.suite;
    base_buf info = {0};
    base_buf sealed_info = {0};
    base_secret welcome_secret = {0};
    crypto_sealed sealed = {0};
    make_info(s, r, &info);
    assert_ok(mls_welcome_secret_derive(suite, base_secret_bytes(&s->joiner_secret),
                                        base_secret_bytes(&s->t.psk_secret), &welcome_secret));
    welcome_secret.b[0] ^= r->other_info_key ? 1 : 0;
    assert_ok(mls_welcome_seal_info(suite, base_secret_bytes(&welcome_secret),
                                    base_buf_bytes(&info), &sealed_info));
    mls_group_secrets secrets = {.joiner_secret = base_secret_bytes(&s->joiner_secret),
                                 .has_path_secret = true,
                                 .path_secret = base_secret_bytes(&s->path_secret),
                                 .psks = r->extra != NULL ? &r->extra->psk : NULL,
                                 .n_psks = r->extra != NULL ? 1 : 0};
    if (r->spoil_secrets != NULL) {
        r->spoil_secrets(&secrets);
    }
    crypto_digest bound = {0};
    assert_ok(mls_welcome_bind(suite, base_buf_bytes(&sealed_info), &bound));
    assert_ok(mls_welcome_seal_secrets(suite, kp->init_key, &secrets, &bound, &sealed));
    sealed.ciphertext.p[0] ^= r->bad_ciphertext ? 1 : 0;
    const mls_encrypted_group_secrets entry = {
        ref, {base_buf_bytes(&sealed.kem_output), base_buf_bytes(&sealed.ciphertext)}};
    const mls_message m = {.wire_format = MLS_WIRE_WELCOME,
                           .welcome = {r->suite != 0 ? r->suite : suite->number, &entry, 1,
                                       base_buf_bytes(&sealed_info)}};
    assert_ok(mls_message_encode(&m, message));
    crypto_sealed_clear(&sealed);
    base_secret_clear(&welcome_secret);
    base_buf_clear(&sealed_info);
    base_buf_clear(&info);
}

/* What Dave says to a Welcome made by the recipe. */
static base_err answer(const recipe *r)
{
    forged_add add;
    forged_add other;
    stage s;
    crypto_digest ref = {0};
    base_buf encoded = {0};
    base_buf message = {0};
    mls_group *g = NULL;
    forge_key_package(&w, dave, &add);
    forge_key_package(&w, dave, &other);
    stage_init(&s, r->add_other ? &other.view : &add.view, r->extra);
    base_wr wr = base_wr_on(&encoded);
    mls_key_package_write(&wr, &add.view.key_package);
    assert_ok(mls_key_package_ref(&s.staged->next.epoch.suite, base_buf_bytes(&encoded), &ref));
    ref.b[0] ^= r->strange_ref ? 1 : 0;
    make_welcome(&s, r, &add.view.key_package, crypto_digest_bytes(&ref), &message);
    size_t before = dave->store.n;
    base_err err =
        mls_group_join(dave->ctx, base_buf_bytes(&message), (base_bytes){NULL, 0}, WORLD_NOW, &g);
    if (err == BASE_OK) {
        assert_ok(mls_group_delete(g));
        mls_group_free(g);
    } else {
        assert_null(g);
        assert_int_equal(dave->store.n, before); /* the key package is still there */
    }
    base_buf_clear(&message);
    base_buf_clear(&encoded);
    stage_clear(&s);
    forged_add_clear(&add);
    forged_add_clear(&other);
    return err;
}

/* The recipe is refused for its fault; without any it is accepted. */
static void assert_refused(const recipe *r, base_err want)
{
    const recipe plain = {0};
    assert_int_equal(answer(r), want);
    assert_ok(answer(&plain));
}

/* ---- the Welcome ---- */

static void a_welcome_for_somebody_else_is_refused(void **state)
{
    (void)state;
    const recipe r = {.strange_ref = true};
    assert_refused(&r, MLS_E_NO_KEY_PACKAGE); /* V-12.4.3.1-1 */
}

static void a_welcome_of_another_suite_than_the_key_package_is_refused(void **state)
{
    (void)state;
    const recipe r = {.suite = 3};
    assert_refused(&r, MLS_E_WELCOME); /* V-12.4.3.1-2 */
}

static void group_secrets_that_do_not_open_are_refused(void **state)
{
    (void)state;
    const recipe r = {.bad_ciphertext = true};
    assert_refused(&r, CRYPTO_E_OPEN); /* V-12.4.3.1-3 */
}

static void a_group_info_that_does_not_open_is_refused(void **state)
{
    (void)state;
    const recipe r = {.other_info_key = true};
    assert_refused(&r, CRYPTO_E_OPEN); /* V-12.4.3.1-6 */
}

static void spoil_path_secret(mls_group_secrets *secrets)
{
    static uint8_t other[32];
    secrets->path_secret = base_bytes_of(other, sizeof other);
}

static void a_path_secret_of_another_key_is_refused(void **state)
{
    (void)state;
    const recipe r = {.spoil_secrets = spoil_path_secret};
    assert_refused(&r, MLS_E_PATH); /* V-12.4.3.1-14 */
}

/* ---- PSKs ---- */

static mls_psk_id forged_psks[2];

static void spoil_psks(mls_group_secrets *secrets)
{
    secrets->psks = forged_psks;
    secrets->n_psks = 2;
}

static void a_welcome_with_two_psks_that_tie_it_to_another_group_is_refused(void **state)
{
    (void)state;
    const mls_psk_id branch = {.type = MLS_PSK_RESUMPTION,
                               .usage = MLS_PSK_BRANCH,
                               .psk_group_id = base_bytes_str("some group"),
                               .psk_nonce = base_bytes_str("a nonce of exactly thirty-two b.")};
    const recipe r = {.spoil_secrets = spoil_psks};
    forged_psks[0] = forged_psks[1] = branch;
    assert_refused(&r, MLS_E_WELCOME); /* V-12.4.3.1-5 */
    forged_psks[1].usage = MLS_PSK_APPLICATION;
    assert_refused(&r, MLS_E_PSK_MISSING); /* V-12.4.3.1-4 */
    forged_psks[1].psk_nonce.n = 31;
    assert_refused(&r, MLS_E_WELCOME); /* V-8.4-2 */
}

/* ---- the GroupInfo ---- */

static void a_group_info_with_a_wrong_signature_is_refused(void **state)
{
    (void)state;
    const recipe r = {.bad_signature = true};
    assert_refused(&r, CRYPTO_E_SIGNATURE); /* V-12.4.3-1 */
}

static void spoil_signer(mls_info *info)
{
    info->signer.v = 1;
}

static void spoil_signer_beyond(mls_info *info)
{
    info->signer.v = 4000;
}

static void a_group_info_signed_in_the_name_of_another_or_of_nobody_is_refused(void **state)
{
    (void)state;
    const recipe another = {.spoil_info = spoil_signer};
    const recipe nobody = {.spoil_info = spoil_signer_beyond};
    assert_refused(&another, CRYPTO_E_SIGNATURE);
    assert_refused(&nobody, MLS_E_WELCOME); /* V-12.4.3-2 */
}

static void spoil_suite(mls_info *info)
{
    info->context.suite = 3;
}

static void a_group_info_of_another_suite_is_refused(void **state)
{
    (void)state;
    const recipe r = {.spoil_info = spoil_suite};
    assert_refused(&r, MLS_E_WELCOME); /* V-12.4.3.1-7 */
}

static void spoil_tree_hash(mls_info *info)
{
    static uint8_t other[32];
    info->context.tree_hash = base_bytes_of(other, sizeof other);
}

static void a_tree_of_another_hash_is_refused(void **state)
{
    (void)state;
    const recipe r = {.spoil_info = spoil_tree_hash};
    assert_refused(&r, MLS_E_TREE_HASH); /* V-12.4.3.1-8 */
}

static void spoil_tag(mls_info *info)
{
    static uint8_t other[32];
    info->confirmation_tag = base_bytes_of(other, sizeof other);
}

static void a_wrong_confirmation_tag_is_refused(void **state)
{
    (void)state;
    const recipe r = {.spoil_info = spoil_tag};
    assert_refused(&r, MLS_E_CONFIRMATION_TAG); /* V-12.4.3.1-15 */
}

static void spoil_extensions(mls_info *info)
{
    static const mls_extension e = {MLS_EXTENSION_EXTERNAL_PUB, {(const uint8_t *)"x", 1}};
    info->context.extensions = (mls_extension_list){&e, 1};
}

static void spoil_support(mls_info *info)
{
    static const mls_extension e = {0xF123, {(const uint8_t *)"x", 1}};
    info->context.extensions = (mls_extension_list){&e, 1};
}

static void a_group_with_extensions_that_the_joiner_lacks_is_refused(void **state)
{
    (void)state;
    const recipe misplaced = {.spoil_info = spoil_extensions};
    const recipe unknown = {.spoil_info = spoil_support};
    assert_refused(&misplaced, MLS_E_EXTENSION);
    assert_refused(&unknown, MLS_E_CAPABILITIES); /* V-13.4-3 */
}

static void a_group_info_without_a_tree_needs_one_beside(void **state)
{
    (void)state;
    const recipe r = {.no_tree = true};
    assert_refused(&r, MLS_E_TREE_MISSING);
}

static void a_tree_without_the_joiners_own_leaf_is_refused(void **state)
{
    (void)state;
    const recipe r = {.add_other = true};
    assert_refused(&r, MLS_E_WELCOME); /* V-12.4.3.1-13 */
}

/* ---- where it lands ---- */

static void a_group_that_is_there_already_is_not_joined_again(void **state)
{
    (void)state;
    base_buf package = person_key_package(&w, dave);
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_commit_params params = {.proposals = &add, .n_proposals = 1};
    mls_commit_out out = {0};
    mls_group *again = NULL;
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &out));
    const mls_member_params member = person_member(&w, dave);
    mls_group *squatter = NULL;
    assert_ok(mls_group_create(dave->ctx, WORLD_GROUP, &member, (mls_extension_list){NULL, 0},
                               WORLD_NOW, &squatter));
    /* V-12.4.3-3 */
    assert_int_equal(mls_group_join(dave->ctx, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0},
                                    WORLD_NOW, &again),
                     BASE_E_EXISTS);
    assert_int_equal(mls_group_create(dave->ctx, WORLD_GROUP, &member,
                                      (mls_extension_list){NULL, 0}, WORLD_NOW, &again),
                     BASE_E_EXISTS);
    assert_ok(mls_group_delete(squatter));
    mls_group_free(squatter);
    assert_ok(mls_group_join(dave->ctx, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0},
                             WORLD_NOW, &again));
    mls_group_free(again);
    mls_commit_out_clear(&out);
    base_buf_clear(&package);
}

static void a_key_package_serves_once_unless_it_is_a_last_resort(void **state)
{
    (void)state;
    for (int last_resort = 0; last_resort < 2; last_resort++) {
        base_buf message = {0};
        base_buf ref = {0};
        mls_commit_out out = {0};
        mls_group *g = NULL;
        const mls_key_package_params params = {.member = person_member(&w, dave),
                                               .not_before = WORLD_NOW - 1,
                                               .not_after = WORLD_NOW + 1,
                                               .last_resort = last_resort == 1};
        assert_ok(mls_key_package_new(dave->ctx, &params, &message, &ref));
        const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                         .key_package = base_buf_bytes(&message)};
        const mls_commit_params commit = {.proposals = &add, .n_proposals = 1};
        assert_ok(mls_group_commit(alice->group, &commit, WORLD_NOW, &out));
        assert_ok(mls_group_join(dave->ctx, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0},
                                 WORLD_NOW, &g));
        assert_ok(mls_group_delete(g));
        mls_group_free(g);
        g = NULL;
        base_err err = mls_group_join(dave->ctx, base_buf_bytes(&out.welcome),
                                      (base_bytes){NULL, 0}, WORLD_NOW, &g);
        assert_int_equal(err, last_resort == 1 ? BASE_OK : MLS_E_NO_KEY_PACKAGE);
        if (g != NULL) {
            assert_ok(mls_group_delete(g));
            mls_group_free(g);
        }
        assert_int_equal(mls_key_package_delete(dave->ctx, base_buf_bytes(&ref)),
                         last_resort == 1 ? BASE_OK : BASE_E_NOT_FOUND);
        mls_commit_out_clear(&out);
        base_buf_clear(&message);
        base_buf_clear(&ref);
    }
}

static void a_welcome_is_for_all_who_join_and_for_each_alone(void **state)
{
    (void)state;
    base_buf bytes = {0};
    mls_group *g = NULL;
    /* What is no Welcome, and what is none of ours. */
    assert_ok(mls_group_info(alice->group, true, true, &bytes));
    assert_int_equal(
        mls_group_join(dave->ctx, base_buf_bytes(&bytes), (base_bytes){NULL, 0}, WORLD_NOW, &g),
        MLS_E_WIRE_FORMAT);
    person *both[] = {dave, &w.people[4]};
    world_add(&w, bob, both, 2);
    world_talk(&w);
    base_buf_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RULE(a_welcome_for_somebody_else_is_refused),
        RULE(a_welcome_of_another_suite_than_the_key_package_is_refused),
        RULE(group_secrets_that_do_not_open_are_refused),
        RULE(a_group_info_that_does_not_open_is_refused),
        RULE(a_path_secret_of_another_key_is_refused),
        RULE(a_welcome_with_two_psks_that_tie_it_to_another_group_is_refused),
        RULE(a_group_info_with_a_wrong_signature_is_refused),
        RULE(a_group_info_signed_in_the_name_of_another_or_of_nobody_is_refused),
        RULE(a_group_info_of_another_suite_is_refused),
        RULE(a_tree_of_another_hash_is_refused),
        RULE(a_wrong_confirmation_tag_is_refused),
        RULE(a_group_with_extensions_that_the_joiner_lacks_is_refused),
        RULE(a_group_info_without_a_tree_needs_one_beside),
        RULE(a_tree_without_the_joiners_own_leaf_is_refused),
        RULE(a_group_that_is_there_already_is_not_joined_again),
        RULE(a_key_package_serves_once_unless_it_is_a_last_resort),
        RULE(a_welcome_is_for_all_who_join_and_for_each_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
