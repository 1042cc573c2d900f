/* Key packages: what we make is valid and says what we can do, and section 10.1 rule by rule. */
#include "tree_rig.h"

#include "crypto/labels.h"

#include "support/every_suite.h"

static const mls_lifetime_rule in_time = {.check = true, .now = 150};

/* Sign a package again after a change. */
static void sign(rig *r, rig_package *p, base_buf *signature)
{
    base_buf tbs = base_buf_on(&r->b.alloc.port);
    base_wr w = base_wr_on(&tbs);
    mls_key_package_tbs_write(&w, &p->view);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_int_equal(crypto_sign_with_label(&r->b.suite, base_secret_bytes(&p->signature_private),
                                            CRYPTO_LABEL("KeyPackageTBS"), base_buf_bytes(&tbs),
                                            signature),
                     BASE_OK);
    p->view.signature = base_buf_bytes(signature);
    base_buf_clear(&tbs);
}

static void sign_leaf(rig *r, rig_package *p, base_buf *signature)
{
    assert_int_equal(mls_leaf_node_sign(&r->b.suite, base_secret_bytes(&p->signature_private),
                                        &p->view.leaf_node, BASE_BYTES_NONE, (mls_leaf_index){0},
                                        signature),
                     BASE_OK);
    p->view.leaf_node.signature = base_buf_bytes(signature);
}

typedef struct scene {
    rig r;
    rig_package p;
    base_buf signature;
    base_buf leaf_signature;
} scene;

static void begin(scene *s, mls_suite suite)
{
    rig_start(&s->r, suite);
    rig_package_new(&s->r, &s->p);
    s->signature = base_buf_on(&s->r.b.alloc.port);
    s->leaf_signature = base_buf_on(&s->r.b.alloc.port);
    assert_int_equal(mls_key_package_judge(&s->r.b.suite, &s->p.view, &in_time), BASE_OK);
}

static base_err judge(scene *s)
{
    sign_leaf(&s->r, &s->p, &s->leaf_signature);
    sign(&s->r, &s->p, &s->signature);
    return mls_key_package_judge(&s->r.b.suite, &s->p.view, &in_time);
}

static void end(scene *s)
{
    base_buf_clear(&s->signature);
    base_buf_clear(&s->leaf_signature);
    rig_package_clear(&s->p);
    rig_end(&s->r);
}

/* ---- making ---- */

static void a_package_of_each_suite_is_valid_and_its_private_keys_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        scene s;
        begin(&s, every_suite(i));
        base_buf public_key = base_buf_on(&s.r.b.alloc.port);
        assert_int_equal(crypto_hpke_public_key(&s.r.b.suite, base_secret_bytes(&s.p.keys.init_key),
                                                &public_key),
                         BASE_OK);
        assert_bytes(base_buf_bytes(&public_key), s.p.view.init_key);
        assert_int_equal(crypto_hpke_public_key(&s.r.b.suite,
                                                base_secret_bytes(&s.p.keys.encryption_key),
                                                &public_key),
                         BASE_OK);
        assert_bytes(base_buf_bytes(&public_key), s.p.view.leaf_node.encryption_key);
        base_buf_clear(&public_key);
        end(&s);
    }
}

static bool is_grease(uint16_t v)
{
    return (v & 0x0F0F) == 0x0A0A && v >> 8 == (v & 0xFF) && v != 0xFAFA;
}

static size_t count_grease(mls_u16_list list)
{
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++) {
        n += is_grease(list.v[i]) ? 1 : 0;
    }
    return n;
}

static void default_capabilities_list_what_we_can_and_one_value_to_be_ignored(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    static const mls_extension a[] = {{0xF00A, {0}}, {MLS_EXTENSION_APPLICATION_ID, {0}}};
    static const mls_extension b[] = {{0xF00B, {0}}, {0xF00A, {0}}};
    const mls_extension_list lists[] = {{a, COUNT(a)}, {b, COUNT(b)}};
    base_arena arena = base_arena_on(&s.r.b.alloc.port, 0);
    mls_capabilities c = {0};
    assert_int_equal(mls_capabilities_default(&s.r.b.suite, 0xF0C0, lists, 2, &arena, &c), BASE_OK);
    assert_int_equal(c.versions.n, 1);
    assert_true(mls_u16_list_has(c.versions, MLS_VERSION_MLS10));
    for (uint16_t suite = 1; suite <= 3; suite++) {
        assert_true(mls_u16_list_has(c.suites, suite));
    }
    assert_true(mls_u16_list_has(c.suites, 0xF001));
    assert_false(mls_u16_list_has(c.suites, 84)); /* spoken when asked, not offered */
    assert_int_equal(c.extensions.n, 3);
    assert_true(mls_u16_list_has(c.extensions, 0xF00A) && mls_u16_list_has(c.extensions, 0xF00B));
    assert_int_equal(c.proposals.n, 2);
    assert_true(mls_u16_list_has(c.proposals, MLS_PROPOSAL_SELF_REMOVE));
    assert_int_equal(c.credentials.n, 4);
    assert_true(mls_u16_list_has(c.credentials, 0xF0C0));
    assert_int_equal(count_grease(c.versions), 0);
    assert_int_equal(count_grease(c.suites), 1);
    assert_int_equal(count_grease(c.extensions), 1);
    assert_int_equal(count_grease(c.proposals), 1);
    assert_int_equal(count_grease(c.credentials), 1);
    base_arena_clear(&arena);
    end(&s);
}

static void given_capabilities_are_taken_as_they_are(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    static const uint16_t one[] = {1};
    const mls_u16_list list = {one, 1};
    const mls_capabilities own = {list, list, {NULL, 0}, {NULL, 0}, list};
    mls_key_package_spec spec = {
        .leaf = {.signature_key = base_buf_bytes(&s.p.signature_public),
                 .credential = {MLS_CREDENTIAL_BASIC, BYTES("somebody")},
                 .capabilities = &own},
        .signature_private = base_secret_bytes(&s.p.signature_private),
        .not_after = 200,
    };
    base_buf out = base_buf_on(&s.r.b.alloc.port);
    base_arena arena = base_arena_on(&s.r.b.alloc.port, 0);
    mls_key_package_private keys = {0};
    mls_key_package kp;
    assert_int_equal(mls_key_package_make(&s.r.b.suite, &spec, &out, &keys), BASE_OK);
    base_rd rd = base_rd_on(base_buf_bytes(&out));
    mls_key_package_read(&rd, &arena, &kp);
    assert_int_equal(base_rd_end(&rd), BASE_OK);
    assert_int_equal(kp.leaf_node.capabilities.suites.n, 1);
    assert_int_equal(kp.leaf_node.capabilities.extensions.n, 0);
    assert_int_equal(mls_key_package_judge(&s.r.b.suite, &kp, &in_time), BASE_OK);
    base_buf_clear(&out);
    base_arena_clear(&arena);
    mls_key_package_private_clear(&keys);
    end(&s);
}

static void the_reference_is_of_the_whole_package(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    crypto_digest got = {0};
    crypto_digest want = {0};
    base_buf input = base_buf_on(&s.r.b.alloc.port);
    base_wr w = base_wr_on(&input);
    base_wr_vec(&w, BYTES("MLS 1.0 KeyPackage Reference"));
    base_wr_vec(&w, base_buf_bytes(&s.p.encoded));
    assert_int_equal(base_wr_end(&w), BASE_OK);
    base_bytes whole = base_buf_bytes(&input);
    assert_int_equal(crypto_digest_of(&s.r.b.suite, &whole, 1, &want), BASE_OK);
    assert_int_equal(mls_key_package_ref(&s.r.b.suite, base_buf_bytes(&s.p.encoded), &got),
                     BASE_OK);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
    base_buf_clear(&input);
    end(&s);
}

static void making_fails_cleanly_without_memory_or_randomness(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    mls_key_package_spec spec = {
        .leaf = {.signature_key = base_buf_bytes(&s.p.signature_public),
                 .credential = {MLS_CREDENTIAL_BASIC, BYTES("somebody")}},
        .signature_private = base_secret_bytes(&s.p.signature_private),
        .not_after = 9,
    };
    for (int kind = 0; kind < 2; kind++) {
        base_err err = BASE_E_NOMEM;
        size_t live = s.r.b.alloc.live;
        for (size_t nth = 1; err != BASE_OK; nth++) {
            base_buf out = base_buf_on(&s.r.b.alloc.port);
            mls_key_package_private keys = {0};
            fake_alloc_reset(&s.r.b.alloc, kind == 0 ? nth : 0);
            s.r.b.random.calls = 0;
            s.r.b.random.fail_at = kind == 1 ? nth : 0;
            err = mls_key_package_make(&s.r.b.suite, &spec, &out, &keys);
            assert_true(err == BASE_OK || err == (kind == 0 ? BASE_E_NOMEM : BASE_E_RANDOM));
            if (err != BASE_OK) {
                assert_int_equal(out.n, 0);
                assert_int_equal(keys.init_key.n, 0);
            }
            base_buf_clear(&out);
            mls_key_package_private_clear(&keys);
            assert_int_equal(s.r.b.alloc.live, live);
            assert_true(nth < 200);
        }
    }
    fake_alloc_reset(&s.r.b.alloc, 0);
    end(&s);
}

/* ---- judging ---- */

/* V-10-1 */
static void a_package_of_another_version_or_suite_is_refused(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    s.p.view.version = 2;
    assert_int_equal(judge(&s), MLS_E_VERSION);
    s.p.view.version = 1;
    s.p.view.suite = 3;
    assert_int_equal(judge(&s), CRYPTO_E_SUITE);
    s.p.view.suite = RIG_SUITE;
    assert_int_equal(judge(&s), BASE_OK);
    end(&s);
}

/* V-10.1-2 */
static void a_package_whose_signature_does_not_verify_is_refused(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    assert_int_equal(judge(&s), BASE_OK);
    s.signature.p[0] ^= 1;
    assert_int_equal(mls_key_package_judge(&s.r.b.suite, &s.p.view, &in_time), MLS_E_KEY_PACKAGE);
    s.p.view.signature = BASE_BYTES_NONE;
    assert_int_equal(mls_key_package_judge(&s.r.b.suite, &s.p.view, &in_time), MLS_E_KEY_PACKAGE);
    end(&s);
}

/* V-10.1-3 */
static void an_init_key_that_is_the_leafs_encryption_key_is_refused(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    base_bytes init_key = s.p.view.init_key;
    s.p.view.init_key = s.p.view.leaf_node.encryption_key;
    assert_int_equal(judge(&s), MLS_E_KEY_PACKAGE);
    s.p.view.init_key = init_key;
    assert_int_equal(judge(&s), BASE_OK);
    end(&s);
}

/* V-5.1.1-1 */
static void an_init_key_that_does_not_decode_is_refused(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    s.p.view.init_key.n--;
    assert_int_equal(judge(&s), CRYPTO_E_KEY);
    s.p.view.init_key.n++;
    assert_int_equal(judge(&s), BASE_OK);
    end(&s);
}

/* V-10-2 */
static void an_extension_of_the_package_that_the_leaf_does_not_list_is_refused(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    static const mls_extension odd[] = {{0xF00F, {0}}};
    static const uint16_t listed[] = {0xF00F};
    s.p.view.extensions = (mls_extension_list){odd, 1};
    assert_int_equal(judge(&s), MLS_E_CAPABILITIES);
    s.p.view.leaf_node.capabilities.extensions = (mls_u16_list){listed, 1};
    assert_int_equal(judge(&s), BASE_OK);
    end(&s);
}

/* V-10.1-4: its signature, its source, its lifetime. */
static void a_package_with_an_invalid_leaf_is_refused(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    assert_int_equal(judge(&s), BASE_OK);
    s.leaf_signature.p[0] ^= 1;
    sign(&s.r, &s.p, &s.signature);
    assert_int_equal(mls_key_package_judge(&s.r.b.suite, &s.p.view, &in_time),
                     MLS_E_LEAF_SIGNATURE);
    s.p.view.leaf_node.source = MLS_LEAF_COMMIT;
    assert_int_equal(judge(&s), MLS_E_LEAF_NODE);
    s.p.view.leaf_node.source = MLS_LEAF_KEY_PACKAGE;
    s.p.view.leaf_node.not_after = 149;
    assert_int_equal(judge(&s), MLS_E_LIFETIME);
    end(&s);
}

static void a_package_for_a_group_is_held_against_the_group(void **state)
{
    (void)state;
    scene s;
    begin(&s, RIG_SUITE);
    mls_leaf_place place = {.tree = s.r.tree,
                            .group_id = RIG_GROUP,
                            .at = mls_tree_next_leaf(s.r.tree),
                            .source = MLS_LEAF_KEY_PACKAGE,
                            .lifetime = in_time};
    assert_int_equal(mls_key_package_judge_add(&place, &s.p.view), BASE_OK);
    static const mls_extension odd[] = {{0xF00F, {0}}};
    place.group_extensions = (mls_extension_list){odd, 1};
    assert_int_equal(mls_key_package_judge_add(&place, &s.p.view), MLS_E_CAPABILITIES);
    place.group_extensions.n = 0;
    mls_leaf_index at = {0};
    assert_int_equal(mls_tree_add_leaf(s.r.tree, &s.p.view.leaf_node, &at), BASE_OK);
    place.at = mls_tree_next_leaf(s.r.tree); /* a second time */
    assert_int_equal(mls_key_package_judge_add(&place, &s.p.view), MLS_E_KEY_REUSE);
    s.p.view.signature = BASE_BYTES_NONE;
    assert_int_equal(mls_key_package_judge_add(&place, &s.p.view), MLS_E_KEY_PACKAGE);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_of_each_suite_is_valid_and_its_private_keys_fit),
        cmocka_unit_test(default_capabilities_list_what_we_can_and_one_value_to_be_ignored),
        cmocka_unit_test(given_capabilities_are_taken_as_they_are),
        cmocka_unit_test(the_reference_is_of_the_whole_package),
        cmocka_unit_test(making_fails_cleanly_without_memory_or_randomness),
        cmocka_unit_test(a_package_of_another_version_or_suite_is_refused),
        cmocka_unit_test(a_package_whose_signature_does_not_verify_is_refused),
        cmocka_unit_test(an_init_key_that_is_the_leafs_encryption_key_is_refused),
        cmocka_unit_test(an_init_key_that_does_not_decode_is_refused),
        cmocka_unit_test(an_extension_of_the_package_that_the_leaf_does_not_list_is_refused),
        cmocka_unit_test(a_package_with_an_invalid_leaf_is_refused),
        cmocka_unit_test(a_package_for_a_group_is_held_against_the_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
