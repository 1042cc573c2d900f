/* The public face: arguments, what needs no group, and what a group takes that it does not know
 * (RFC 9420, sections 5.1, 10, 13). */
#include "support/mls_world.h"

#include "mls/key_store.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];

static const base_bytes none = {NULL, 0};
static const mls_extension_list no_extensions = {NULL, 0};

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* ---- contexts ---- */

static void a_context_needs_its_ports(void **state)
{
    (void)state;
    world_init(&w, 1, 1, 700);
    mls_ctx *ctx = NULL;
    const mls_config good = {.crypto = crypto_default(),
                             .random = fake_random_port(&alice->random),
                             .store = fake_store_port(&alice->store)};
    mls_config c = good;
    c.crypto = NULL;
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    c = good;
    c.random.fill = NULL;
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    c = good;
    c.store.get = NULL;
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    c = good;
    c.store.write = NULL;
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    c = good;
    c.limits.resumption = 65537;
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    assert_int_equal(mls_ctx_new(NULL, &ctx), BASE_E_ARGUMENT);
    assert_int_equal(mls_ctx_new(&good, NULL), BASE_E_ARGUMENT);
    assert_null(ctx);
    assert_ok(mls_ctx_new(&good, &ctx));
    mls_ctx_free(ctx);
    mls_ctx_free(NULL);
}

static void suites_are_told_apart(void **state)
{
    (void)state;
    world_init(&w, 1, 1, 701);
    for (mls_suite suite = 1; suite <= 7; suite++) {
        assert_true(mls_ctx_supports(alice->ctx, suite));
    }
    assert_true(mls_ctx_supports(alice->ctx, 0xF001));
    assert_true(mls_ctx_supports(alice->ctx, 0xF002));
    assert_false(mls_ctx_supports(alice->ctx, 0));
    assert_false(mls_ctx_supports(alice->ctx, 8));
    assert_int_equal(mls_suite_hash_size(alice->ctx, 1), 32);
    assert_int_equal(mls_suite_hash_size(alice->ctx, 5), 64);
    assert_int_equal(mls_suite_hash_size(alice->ctx, 7), 48);
    assert_int_equal(mls_suite_hash_size(alice->ctx, 8), 0);
}

static void suites_without_an_assignment_take_the_numbers_they_are_given(void **state)
{
    (void)state;
    world_init(&w, 1, 1, 717);
    mls_ctx *ctx = NULL;
    crypto_suite_number number = {MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519, 0xF00D};
    mls_config c = {.crypto = crypto_default(),
                    .random = fake_random_port(&alice->random),
                    .store = fake_store_port(&alice->store),
                    .numbers = &number,
                    .n_numbers = 1};
    assert_ok(mls_ctx_new(&c, &ctx));
    number.number = 0x0D0D; /* was copied */
    assert_true(mls_ctx_supports(ctx, 0xF00D));
    assert_false(mls_ctx_supports(ctx, 0x0D0D));
    assert_false(mls_ctx_supports(ctx, 0xF001));
    mls_ctx_free(ctx);
    ctx = NULL;
    number.number = 1; /* another suite's */
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    crypto_suite_number many[CRYPTO_NUMBERS_MAX + 1] = {{0, 0}};
    c.numbers = many;
    c.n_numbers = CRYPTO_NUMBERS_MAX + 1;
    assert_int_equal(mls_ctx_new(&c, &ctx), BASE_E_ARGUMENT);
    assert_null(ctx);
}

/* What docs/embedding.md tells of: the parts of suite 7, and nothing else. */
static void a_backend_with_the_parts_of_one_suite_is_enough(void **state)
{
    (void)state;
    crypto_suite s;
    const crypto_env env = {.backend = crypto_default()};
    assert_ok(crypto_suite_resolve(&env, MLS_SUITE_P384_AES256GCM_SHA384_P384, &s));
    const crypto_hash_alg *const hashes[] = {s.hash, NULL};
    const crypto_aead_alg *const aeads[] = {s.aead, NULL};
    const crypto_dh_alg *const dhs[] = {s.dh, NULL};
    const crypto_sig_alg *const sigs[] = {s.sig, NULL};
    const crypto_backend one = {
        .name = "one", .hashes = hashes, .aeads = aeads, .dhs = dhs, .sigs = sigs};
    world_init(&w, MLS_SUITE_P384_AES256GCM_SHA384_P384, 2, 718);
    mls_ctx *ctx = NULL;
    const mls_config c = {.crypto = &one,
                          .random = fake_random_port(&alice->random),
                          .store = fake_store_port(&alice->store)};
    assert_ok(mls_ctx_new(&c, &ctx));
    for (uint32_t suite = 0; suite <= UINT16_MAX; suite++) {
        assert_true(mls_ctx_supports(ctx, (mls_suite)suite) == (suite == 7));
    }
    mls_group *g = NULL;
    const mls_member_params m = person_member(&w, alice);
    base_buf package = person_key_package(&w, bob);
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_commit_params commit = {.proposals = &add, .n_proposals = 1};
    mls_commit_out out = {0};
    assert_ok(mls_group_create(ctx, WORLD_GROUP, &m, no_extensions, WORLD_NOW, &g));
    assert_ok(mls_group_commit(g, &commit, WORLD_NOW, &out));
    assert_ok(mls_group_merge(g, out.staged));
    out.staged = NULL;
    person_join(bob, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0});
    mls_commit_out_clear(&out);
    base_buf_clear(&package);
    mls_group_free(g);
    mls_ctx_free(ctx);
}

static void null_is_an_argument_and_not_a_crash(void **state)
{
    (void)state;
    world_init(&w, 1, 1, 702);
    mls_group *g = world_found(&w, 0);
    const mls_member_params m = person_member(&w, alice);
    base_buf b = {0};
    mls_staged *s = NULL;
    mls_commit_out out = {0};
    mls_received r = {0};
    assert_int_equal(mls_group_create(NULL, none, &m, no_extensions, 0, &g), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_create(alice->ctx, none, NULL, no_extensions, 0, &g),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_group_join(alice->ctx, none, none, 0, NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_load(NULL, none, &g), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_delete(NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_export(g, none, none, 0, &b), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_export(g, none, none, 255 * 32 + 1, &b), BASE_E_ARGUMENT);
    assert_ok(mls_group_export(g, none, none, 255 * 32, &b));
    assert_int_equal(mls_group_tree(NULL, &b), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_info(g, true, true, NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_propose(g, NULL, NULL, 0, &b), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_commit(g, NULL, 0, NULL), BASE_E_ARGUMENT);
    const mls_commit_params hollow = {.n_proposals = 1};
    assert_int_equal(mls_group_commit(g, &hollow, 0, &out), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_receive(g, none, 0, NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_receive(NULL, none, 0, &r), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_merge(g, NULL), BASE_E_ARGUMENT);
    mls_group *next = NULL;
    const mls_successor_params nobody = {.group_id = none};
    const mls_successor_params missing = {.member = &m, .n_key_packages = 1};
    assert_int_equal(mls_group_branch(g, &nobody, 0, &b, &next), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_branch(g, &missing, 0, &b, &next), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_reinit(g, &nobody, 0, &b, &next), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_reinit(g, &missing, 0, &b, &next), BASE_E_ARGUMENT);
    assert_int_equal(mls_staged_encode(NULL, &b), BASE_E_ARGUMENT);
    assert_int_equal(mls_staged_decode(g, none, NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_staged_decode(g, none, &s), BASE_E_CORRUPT);
    assert_int_equal(mls_psk_put(alice->ctx, none, none), BASE_E_ARGUMENT);
    assert_int_equal(mls_psk_delete(NULL, none), BASE_E_ARGUMENT);
    assert_int_equal(mls_key_package_new(alice->ctx, NULL, &b, NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_key_package_delete(NULL, none), BASE_E_ARGUMENT);
    assert_int_equal(mls_key_package_delete(alice->ctx, none), BASE_E_ARGUMENT);
    assert_int_equal(mls_key_package_check(NULL, none, 0, NULL, NULL, NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_key_package_seal(alice->ctx, none, none, none, none, NULL, &b),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_key_package_open(alice->ctx, none, none, none, none, none, NULL),
                     BASE_E_ARGUMENT);
    const mls_leaf_node *leaf = NULL;
    assert_int_equal(mls_group_member(NULL, (mls_leaf_index){0}, &leaf), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_forget_proposal(NULL, none), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_forget_proposals(NULL), BASE_E_ARGUMENT);
    assert_int_equal(mls_propose_join(alice->ctx, none, 0, none, none, none, &b), BASE_E_ARGUMENT);
    mls_group_free(NULL);
    mls_staged_free(NULL);
    mls_received_clear(NULL);
    mls_commit_out_clear(NULL);
    base_buf_clear(&b);
}

static void a_member_says_who_it_is_or_is_refused(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 703);
    mls_group *g = NULL;
    mls_member_params m = person_member(&w, alice);
    m.signature_public = base_buf_bytes(&bob->signature_public);
    assert_int_equal(mls_group_create(alice->ctx, WORLD_GROUP, &m, no_extensions, WORLD_NOW, &g),
                     BASE_E_ARGUMENT);
    m = person_member(&w, alice);
    m.credential.type = 0;
    assert_int_equal(mls_group_create(alice->ctx, WORLD_GROUP, &m, no_extensions, WORLD_NOW, &g),
                     BASE_E_ARGUMENT);
    m = person_member(&w, alice);
    m.suite = 8; /* nobody's */
    assert_int_equal(mls_group_create(alice->ctx, WORLD_GROUP, &m, no_extensions, WORLD_NOW, &g),
                     CRYPTO_E_SUITE);
    m = person_member(&w, alice);
    assert_ok(
        mls_group_create(alice->ctx, WORLD_GROUP, &m, no_extensions, WORLD_NOW, &alice->group));
}

/* ---- signatures and key packages ---- */

static void a_signature_verifies_under_its_key_label_and_content_alone(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 704);
    base_buf s = {0};
    base_bytes key = base_buf_bytes(&alice->signature_public);
    base_bytes other = base_buf_bytes(&bob->signature_public);
    base_bytes a = base_bytes_str("a");
    base_bytes b = base_bytes_str("b");
    assert_ok(mls_sign(alice->ctx, 1, base_buf_bytes(&alice->signature_private), a, b, &s));
    assert_ok(mls_verify(bob->ctx, 1, key, a, b, base_buf_bytes(&s)));
    assert_int_equal(mls_verify(bob->ctx, 1, other, a, b, base_buf_bytes(&s)), CRYPTO_E_SIGNATURE);
    assert_int_equal(mls_verify(bob->ctx, 1, key, b, b, base_buf_bytes(&s)), CRYPTO_E_SIGNATURE);
    assert_int_equal(mls_verify(bob->ctx, 1, key, a, a, base_buf_bytes(&s)), CRYPTO_E_SIGNATURE);
    assert_int_equal(mls_verify(bob->ctx, 8, key, a, b, base_buf_bytes(&s)), CRYPTO_E_SUITE);
    base_buf_clear(&s);
}

static base_err note_seen(void *user, const mls_key_package *kp)
{
    *(bool *)user = base_bytes_eq(kp->leaf_node.credential.body, base_bytes_str("person 1"));
    return BASE_OK;
}

static base_err refuse(void *user, const mls_key_package *kp)
{
    (void)user;
    (void)kp;
    return MLS_E_KEY_PACKAGE;
}

static void a_key_package_is_checked_and_shown(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 705);
    bool seen = false;
    base_buf package = {0};
    base_buf made = {0};
    base_buf got = {0};
    const mls_key_package_params params = {
        .member = person_member(&w, bob), .not_before = 100, .not_after = 200};
    assert_ok(mls_key_package_new(bob->ctx, &params, &package, &made));
    base_bytes bytes = base_buf_bytes(&package);
    assert_ok(mls_key_package_check(alice->ctx, bytes, 150, note_seen, &seen, &got));
    assert_true(seen);
    assert_true(base_bytes_eq(base_buf_bytes(&made), base_buf_bytes(&got)));
    assert_int_equal(mls_key_package_check(alice->ctx, bytes, 99, NULL, NULL, NULL),
                     MLS_E_LIFETIME);
    assert_int_equal(mls_key_package_check(alice->ctx, bytes, 201, NULL, NULL, NULL),
                     MLS_E_LIFETIME);
    assert_int_equal(mls_key_package_check(alice->ctx, bytes, 150, refuse, NULL, NULL),
                     MLS_E_KEY_PACKAGE);
    world_found(&w, 0);
    assert_ok(mls_group_info(alice->group, true, true, &got));
    assert_int_equal(mls_key_package_check(alice->ctx, base_buf_bytes(&got), 150, NULL, NULL, NULL),
                     MLS_E_WIRE_FORMAT);
    package.p[package.n - 1] ^= 1;
    assert_int_equal(mls_key_package_check(alice->ctx, bytes, 150, NULL, NULL, NULL),
                     MLS_E_KEY_PACKAGE);
    base_buf_clear(&package);
    base_buf_clear(&made);
    base_buf_clear(&got);
}

static void keys_that_do_not_belong_together_are_not_kept(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 714);
    base_buf package = {0};
    base_buf ref = {0};
    mls_own_key_package own = {0};
    mls_key_package_params params = {
        .member = person_member(&w, bob), .not_before = 2, .not_after = 1};
    assert_int_equal(mls_key_package_new(bob->ctx, &params, &package, &ref), BASE_E_ARGUMENT);
    params.not_after = 2;
    assert_ok(mls_key_package_new(bob->ctx, &params, &package, &ref));
    assert_ok(mls_own_key_package_get(bob->ctx, base_buf_bytes(&ref), &own));
    assert_ok(mls_own_key_package_put(bob->ctx, &own, NULL));
    base_secret right = own.keys.init_key;
    own.keys.init_key = own.keys.encryption_key;
    assert_int_equal(mls_own_key_package_put(bob->ctx, &own, NULL), BASE_E_ARGUMENT);
    own.keys.encryption_key = right;
    own.keys.init_key = right;
    assert_int_equal(mls_own_key_package_put(bob->ctx, &own, NULL), BASE_E_ARGUMENT);
    mls_own_key_package_clear(&own);
    assert_ok(mls_own_key_package_get(bob->ctx, base_buf_bytes(&ref), &own));
    assert_ok(base_secret_set(&own.signature_private, base_buf_bytes(&alice->signature_private)));
    assert_int_equal(mls_own_key_package_put(bob->ctx, &own, NULL), BASE_E_ARGUMENT);
    base_secret_clear(&right);
    mls_own_key_package_clear(&own);
    base_buf_clear(&package);
    base_buf_clear(&ref);
}

static void mail_to_a_key_package_is_read_by_its_owner(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 706);
    base_buf package = {0};
    base_buf ref = {0};
    base_buf kem = {0};
    base_buf sealed = {0};
    base_buf out = {0};
    base_bytes label = base_bytes_str("mail");
    base_bytes context = base_bytes_str("to bob");
    const mls_key_package_params params = {.member = person_member(&w, bob), .not_after = 1};
    assert_ok(mls_key_package_new(bob->ctx, &params, &package, &ref));
    assert_ok(mls_key_package_seal(alice->ctx, base_buf_bytes(&package), label, context,
                                   base_bytes_str("hello"), &kem, &sealed));
    assert_ok(mls_key_package_open(bob->ctx, base_buf_bytes(&ref), label, context,
                                   base_buf_bytes(&kem), base_buf_bytes(&sealed), &out));
    assert_true(base_bytes_eq(base_buf_bytes(&out), base_bytes_str("hello")));
    assert_int_equal(mls_key_package_open(bob->ctx, base_buf_bytes(&ref), label, label,
                                          base_buf_bytes(&kem), base_buf_bytes(&sealed), &out),
                     CRYPTO_E_OPEN);
    assert_ok(mls_key_package_delete(bob->ctx, base_buf_bytes(&ref)));
    assert_int_equal(mls_key_package_open(bob->ctx, base_buf_bytes(&ref), label, context,
                                          base_buf_bytes(&kem), base_buf_bytes(&sealed), &out),
                     BASE_E_NOT_FOUND);
    base_buf_clear(&package);
    base_buf_clear(&ref);
    base_buf_clear(&kem);
    base_buf_clear(&sealed);
    base_buf_clear(&out);
}

/* ---- what a group takes ---- */

/* Alice adds Bob by a package made with the params; she founds the group when there is none. */
static base_err add_bob(const mls_key_package_params *params)
{
    base_buf package = {0};
    mls_commit_out out = {0};
    assert_ok(mls_key_package_new(bob->ctx, params, &package, NULL));
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_commit_params commit = {.proposals = &add, .n_proposals = 1};
    base_err err = mls_group_commit(alice->group, &commit, WORLD_NOW, &out);
    if (err == BASE_OK) {
        assert_ok(mls_group_merge(alice->group, out.staged));
        out.staged = NULL;
        person_join(bob, base_buf_bytes(&out.welcome), none);
    }
    mls_commit_out_clear(&out);
    base_buf_clear(&package);
    return err;
}

static void who_adds_looks_at_the_lifetime(void **state)
{
    (void)state;
    w.limits.lifetime = 1000;
    world_init(&w, 1, 2, 707);
    world_found(&w, 0);
    mls_key_package_params params = {.member = person_member(&w, bob),
                                     .not_before = WORLD_NOW - 500,
                                     .not_after = WORLD_NOW - 1};
    assert_int_equal(add_bob(&params), MLS_E_LIFETIME); /* V-7.3-5 */
    params.not_after = WORLD_NOW + 501;                 /* longer in all than a context wants */
    assert_int_equal(add_bob(&params), MLS_E_LIFETIME);
    params.not_after = WORLD_NOW + 500;
    assert_ok(add_bob(&params));
    world_talk(&w);
}

static void unknown_and_grease_values_are_carried_along(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 708);
    world_found(&w, 0);
    static const uint16_t versions[] = {1, 0x0A0A, 77};
    static const uint16_t suites[] = {0x1A1A, 1, 0xFFFE};
    static const uint16_t extensions[] = {0x2A2A, 0xF0A1, 0x3A3A, 1};
    static const uint16_t proposals[] = {0x4A4A, 3, 0xF00D};
    static const uint16_t credentials[] = {0x5A5A, 1, 2, 0xF0C1};
    const mls_capabilities many = {
        {versions, 3}, {suites, 3}, {extensions, 4}, {proposals, 3}, {credentials, 4}};
    const mls_extension of_leaf[] = {{0xF0A1, base_bytes_str("home")}, {0x3A3A, none}};
    const mls_extension of_package[] = {{0x2A2A, base_bytes_str("grease")}};
    mls_member_params member = person_member(&w, bob);
    member.capabilities = &many;
    member.leaf_extensions = (mls_extension_list){of_leaf, 2};
    const mls_key_package_params params = {
        .member = member, .extensions = {of_package, 1}, .not_after = WORLD_NOW};
    assert_ok(add_bob(&params)); /* V-13.5-1, V-7.2-4 */
    world_talk(&w);
    const mls_leaf_node *leaf = NULL;
    assert_ok(mls_group_member(alice->group, (mls_leaf_index){1}, &leaf));
    assert_int_equal(leaf->extensions.n, 2);
    assert_true(base_bytes_eq(leaf->extensions.v[0].data, base_bytes_str("home")));
    world_commit(&w, bob, NULL, NULL, 0);
    world_talk(&w);
}

static void a_credential_type_of_ones_own_works_among_those_who_list_it(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 709);
    mls_member_params member = person_member(&w, alice);
    member.credential = (mls_credential){0xF0C1, base_bytes_str("a signed list")};
    assert_ok(mls_group_create(alice->ctx, WORLD_GROUP, &member, no_extensions, WORLD_NOW,
                               &alice->group));
    /* Bob has a basic credential, and no word of 0xF0C1. */
    mls_key_package_params params = {.member = person_member(&w, bob), .not_after = WORLD_NOW};
    assert_int_equal(add_bob(&params), MLS_E_CAPABILITIES);
    params.member.credential = (mls_credential){0xF0C1, base_bytes_str("another list")};
    assert_ok(add_bob(&params));
    world_talk(&w);
}

static void a_group_may_ask_for_extensions_that_its_members_list(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 710);
    static const uint8_t required[] = {2, 0xF0, 0xA1, 0, 0};
    const mls_extension e[] = {
        {MLS_EXTENSION_REQUIRED_CAPABILITIES, base_bytes_of(required, sizeof required)},
        {0xF0A3, base_bytes_str("a room")}};
    const mls_extension home = {0xF0A1, base_bytes_str("home")};
    const mls_extension room = {0xF0A3, base_bytes_str("listed by carrying it")};
    const mls_extension leaf[] = {home, room};
    mls_member_params member = person_member(&w, alice);
    assert_int_equal(mls_group_create(alice->ctx, WORLD_GROUP, &member, (mls_extension_list){e, 2},
                                      WORLD_NOW, &alice->group),
                     MLS_E_CAPABILITIES);
    member.leaf_extensions = (mls_extension_list){leaf, 2};
    assert_ok(mls_group_create(alice->ctx, WORLD_GROUP, &member, (mls_extension_list){e, 2},
                               WORLD_NOW, &alice->group));
    mls_key_package_params params = {.member = person_member(&w, bob), .not_after = WORLD_NOW};
    params.member.leaf_extensions = (mls_extension_list){&home, 1};
    assert_int_equal(add_bob(&params), MLS_E_CAPABILITIES);
    params.member.leaf_extensions = (mls_extension_list){leaf, 2};
    assert_ok(add_bob(&params));
    world_talk(&w);
}

static void too_much_is_refused_before_it_is_read(void **state)
{
    (void)state;
    w.limits.message_bytes = 900;
    w.limits.leaves = 4;
    world_init(&w, 1, 6, 711);
    world_found(&w, 0);
    base_buf out = {0};
    uint8_t big[901] = {0};
    mls_received r = {0};
    mls_group *g = NULL;
    assert_int_equal(mls_group_receive(alice->group, base_bytes_of(big, 901), WORLD_NOW, &r),
                     BASE_E_LIMIT);
    assert_int_equal(mls_group_join(bob->ctx, base_bytes_of(big, 901), none, WORLD_NOW, &g),
                     BASE_E_LIMIT);
    assert_int_equal(mls_key_package_check(bob->ctx, base_bytes_of(big, 901), 0, NULL, NULL, NULL),
                     BASE_E_LIMIT);
    base_buf info = {0};
    const mls_external_params params = {.member = person_member(&w, bob)};
    assert_ok(mls_group_info(alice->group, false, true, &info));
    assert_int_equal(mls_group_join_external(bob->ctx, base_buf_bytes(&info),
                                             base_bytes_of(big, 901), &params, WORLD_NOW, &out, &g),
                     BASE_E_LIMIT);
    base_buf_clear(&info);
    assert_int_equal(mls_group_protect(alice->group, base_bytes_of(big, 901), NULL, &out),
                     BASE_E_LIMIT);
    assert_int_equal(mls_group_protect(alice->group, base_bytes_of(big, 880), NULL, &out),
                     BASE_E_LIMIT);
    assert_ok(mls_group_protect(alice->group, base_bytes_of(big, 500), NULL, &out));
    base_buf_clear(&out);
}

static void a_tree_grows_to_its_limit(void **state)
{
    (void)state;
    w.limits.leaves = 4;
    world_init(&w, 1, 5, 712);
    person *first[] = {bob, &w.people[2], &w.people[3]};
    world_found(&w, 0);
    world_add(&w, alice, first, 3);
    base_buf package = person_key_package(&w, &w.people[4]);
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_commit_params commit = {.proposals = &add, .n_proposals = 1};
    mls_commit_out out = {0};
    assert_int_equal(mls_group_commit(alice->group, &commit, WORLD_NOW, &out), BASE_E_LIMIT);
    base_buf_clear(&package);
    world_talk(&w);
}

static void a_path_can_be_left_out_where_it_may(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 713);
    world_found(&w, 0);
    person *first = bob;
    world_add(&w, alice, &first, 1);
    base_buf package = person_key_package(&w, &w.people[2]);
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    const mls_commit_params without = {.proposals = &add, .n_proposals = 1, .no_path = true};
    const mls_commit_params empty = {.no_path = true};
    const mls_member_params member = person_member(&w, alice);
    mls_commit_params both = without;
    both.update = &member; /* a new leaf comes with a path or not at all */
    mls_commit_out out = {0};
    assert_int_equal(mls_group_commit(alice->group, &both, WORLD_NOW, &out), BASE_E_ARGUMENT);
    person *joiner = &w.people[2];
    world_commit(&w, alice, &without, &joiner, 1);
    world_talk(&w);
    world_commit(&w, bob, &empty, NULL, 0); /* needs one, and gets it */
    world_talk(&w);
    base_buf_clear(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_teardown(name, teardown)
        CASE(a_context_needs_its_ports),
        CASE(suites_are_told_apart),
        CASE(suites_without_an_assignment_take_the_numbers_they_are_given),
        CASE(a_backend_with_the_parts_of_one_suite_is_enough),
        CASE(null_is_an_argument_and_not_a_crash),
        CASE(a_member_says_who_it_is_or_is_refused),
        CASE(a_signature_verifies_under_its_key_label_and_content_alone),
        CASE(a_key_package_is_checked_and_shown),
        CASE(keys_that_do_not_belong_together_are_not_kept),
        CASE(mail_to_a_key_package_is_read_by_its_owner),
        CASE(who_adds_looks_at_the_lifetime),
        CASE(unknown_and_grease_values_are_carried_along),
        CASE(a_credential_type_of_ones_own_works_among_those_who_list_it),
        CASE(a_group_may_ask_for_extensions_that_its_members_list),
        CASE(too_much_is_refused_before_it_is_read),
        CASE(a_tree_grows_to_its_limit),
        CASE(a_path_can_be_left_out_where_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
