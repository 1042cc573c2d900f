/* The suite table and its resolution; random bytes, MAC, AEAD and signature keys of a suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/crypto_openssl.h"
#include "adapters/crypto_sodium.h"
#include "adapters/random_os.h"
#include "support/crypto_rig.h"

/* Best first, and what runs when OpenSSL is 3.5 or later. */
static const uint16_t numbers[] = {0xF001, 0x0001, 0x0003, 0x0002, 0xF002, 0x0007, 0x0005, 0x0004,
                                   0x0006, 0xF003, 0xF004, 0xF006, 0xF007, 0x004D, 84};
static const uint16_t numbers_ml[] = {0xF001, 0x0001, 0x0003, 0x0002, 0xF002, 0x0007, 0x0005,
                                      0x0004, 0x0006, 0xF003, 0xF004, 0xF005, 0xF006, 0xF007,
                                      0xF008, 0xF009, 0xF00A, 0xF00B, 0x004D, 84};

#define N(list) (sizeof(list) / sizeof(list)[0])

/* ---- resolution ---- */

static void suites_are_made_of_the_parts_of_the_registry(void **state)
{
    (void)state;
    static const struct {
        uint16_t number;
        uint16_t kem;
        uint16_t aead;
        uint16_t hash;
        uint16_t sig;
        size_t nh;
        bool offered;
    } rows[] = {
        {0x0001, 0x0020, 0x0001, 0x0001, 0x0807, 32, true},
        {0x0002, 0x0010, 0x0001, 0x0001, 0x0403, 32, true},
        {0x0003, 0x0020, 0x0003, 0x0001, 0x0807, 32, true},
        {0x0004, 0x0021, 0x0002, 0x0003, 0x0808, 64, true},
        {0x0005, 0x0012, 0x0002, 0x0003, 0x0603, 64, true},
        {0x0006, 0x0021, 0x0003, 0x0003, 0x0808, 64, true},
        {0x0007, 0x0011, 0x0002, 0x0002, 0x0503, 48, true},
        {0xF001, 0x647a, 0x0001, 0x0001, 0x0807, 32, true},
        {0xF002, 0x647a, 0x0002, 0x0002, 0x0807, 48, true},
        {0xF003, 0x0050, 0x0001, 0x0001, 0x0403, 32, false},
        {0xF004, 0x0050, 0x0002, 0x0002, 0x0403, 48, false},
        {0xF005, 0x0051, 0x0002, 0x0002, 0x0503, 48, false},
        {0xF006, 0x0041, 0x0002, 0x0002, 0x0807, 48, false},
        {0xF007, 0x0041, 0x0002, 0x0002, 0x0403, 48, false},
        {0xF008, 0x0042, 0x0002, 0x0002, 0x0503, 48, false},
        {0xF009, 0x647a, 0x0003, 0x0002, 0x0904, 48, false},
        {0xF00A, 0x0041, 0x0002, 0x0002, 0x0905, 48, false},
        {0xF00B, 0x0042, 0x0002, 0x0002, 0x0906, 48, false},
        {0x004D, 0x647a, 0x0003, 0x0001, 0x0807, 32, false},
        {84, 0x647a, 0x0003, 0x0003, 0x0807, 64, false},
    };
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < N(rows); i++) {
        crypto_suite s;
        assert_int_equal(crypto_suite_offered(&rig.env, rows[i].number), rows[i].offered);
        bool ml = rows[i].number >= 0xF008 || rows[i].number == 0xF005;
        if (ml && !crypto_openssl_has_ml()) {
            assert_int_equal(crypto_suite_resolve(&rig.env, rows[i].number, &s), CRYPTO_E_SUITE);
            continue;
        }
        s = crypto_rig_suite(&rig, rows[i].number);
        assert_int_equal(s.number, rows[i].number);
        assert_int_equal(s.kem_id, rows[i].kem);
        assert_int_equal(s.aead->id, rows[i].aead);
        assert_int_equal(s.hash->id, rows[i].hash);
        assert_int_equal(s.hash->size, rows[i].nh);
        assert_int_equal(s.sig->id, rows[i].sig);
        assert_int_not_equal(s.dh == NULL, s.kem == NULL);
        assert_int_equal(strncmp(s.name, "MLS_", 4), 0);
    }
}

static void unknown_numbers_are_refused(void **state)
{
    (void)state;
    static const uint16_t unknown[] = {0, 0x0008, 83, 0xF000, 0xF00C, 0xFFFF};
    crypto_rig rig;
    crypto_suite s = {.number = 77};
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_int_equal(crypto_suite_resolve(&rig.env, unknown[i], &s), CRYPTO_E_SUITE);
        assert_false(crypto_suite_offered(&rig.env, unknown[i]));
    }
    assert_int_equal(s.number, 77);
}

static void a_suite_without_an_assignment_takes_the_number_it_is_given(void **state)
{
    (void)state;
    static const crypto_suite_number given[] = {{0xF001, 0xF123}, {0xF006, 0xF001}};
    crypto_rig rig;
    crypto_suite s;
    crypto_rig_init(&rig, 1);
    rig.env.numbers = given;
    rig.env.n_numbers = 2;
    assert_int_equal(crypto_suite_numbers_check(&rig.env), BASE_OK);
    assert_int_equal(crypto_suite_resolve(&rig.env, 0xF006, &s), CRYPTO_E_SUITE);
    assert_int_equal(crypto_suite_resolve(&rig.env, 0xF123, &s), BASE_OK);
    assert_int_equal(s.kem_id, CRYPTO_KEM_XWING);
    assert_int_equal(s.number, 0xF123);
    assert_int_equal(crypto_suite_resolve(&rig.env, 0xF001, &s), BASE_OK); /* one's old is free */
    assert_int_equal(s.kem_id, CRYPTO_KEM_MLKEM768);
    assert_int_equal(crypto_suite_nth(&rig.env, 0), 0xF123);
    assert_true(crypto_suite_offered(&rig.env, 0xF123));
    assert_false(crypto_suite_offered(&rig.env, 0xF001));
}

static void numbers_that_clash_or_have_no_suite_are_refused(void **state)
{
    (void)state;
    static const struct {
        crypto_suite_number v[2];
        size_t n;
    } bad[] = {
        {{{0x0001, 0xF123}}, 1},                   /* has an assignment */
        {{{84, 0xF123}}, 1},                       /* has another's number, which stays */
        {{{0xF000, 0xF123}}, 1},                   /* no suite */
        {{{0xF001, 0}}, 1},                        /* reserved */
        {{{0xF001, 0x0003}}, 1},                   /* another's */
        {{{0xF001, 0xF002}}, 1},                   /* another's */
        {{{0xF001, 0xF123}, {0xF002, 0xF123}}, 2}, /* each other's */
        {{{0xF001, 0xF123}, {0xF001, 0xF124}}, 2}, /* twice */
    };
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < N(bad); i++) {
        rig.env.numbers = bad[i].v;
        rig.env.n_numbers = bad[i].n;
        assert_int_equal(crypto_suite_numbers_check(&rig.env), BASE_E_ARGUMENT);
    }
    rig.env.numbers = NULL;
    assert_int_equal(crypto_suite_numbers_check(&rig.env), BASE_E_ARGUMENT);
    rig.env.n_numbers = 0;
    assert_int_equal(crypto_suite_numbers_check(&rig.env), BASE_OK);
}

static void suites_are_listed_best_first(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    bool ml = crypto_openssl_has_ml();
    const uint16_t *want = ml ? numbers_ml : numbers;
    size_t n = ml ? N(numbers_ml) : N(numbers);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(crypto_suite_nth(&rig.env, i), want[i]);
    }
    assert_int_equal(crypto_suite_nth(&rig.env, n), 0);
    assert_int_equal(every_suite_count(), n);
}

static void a_suite_needs_all_its_parts_from_the_backend(void **state)
{
    (void)state;
    crypto_suite s;
    crypto_env env = {.backend = crypto_openssl()};
    assert_int_equal(crypto_suite_resolve(&env, 0x0002, &s), BASE_OK);
    assert_int_equal(crypto_suite_resolve(&env, 0xF001, &s), CRYPTO_E_SUITE); /* no X-Wing */
    env.backend = crypto_sodium();
    assert_int_equal(crypto_suite_resolve(&env, 0x0003, &s), BASE_OK);
    assert_int_equal(crypto_suite_resolve(&env, 0x0001, &s), CRYPTO_E_SUITE); /* no AES-128 */
    assert_int_equal(crypto_suite_resolve(&env, 0x0002, &s), CRYPTO_E_SUITE); /* no P-256 */
    assert_int_equal(crypto_suite_nth(&env, 0), 0x0003);
    assert_int_equal(crypto_suite_nth(&env, 1), 0x004D);
    assert_int_equal(crypto_suite_nth(&env, 2), 84);
    assert_int_equal(crypto_suite_nth(&env, 3), 0);
    static const crypto_backend empty = {.name = "empty"};
    env.backend = &empty;
    assert_int_equal(crypto_suite_nth(&env, 0), 0);
}

static void each_missing_part_makes_a_suite_unsupported(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_suite s;
    crypto_rig_init(&rig, 1);
    for (int part = 0; part < 6; part++) {
        crypto_backend b = *rig.env.backend;
        crypto_env env = {.backend = &b};
        bool xwing = part >= 4;
        assert_int_equal(crypto_suite_resolve(&env, xwing ? 0xF001 : 0x0001, &s), BASE_OK);
        b.hashes = part == 0 ? NULL : b.hashes;
        b.aeads = part == 1 ? NULL : b.aeads;
        b.sigs = part == 2 ? NULL : b.sigs;
        b.dhs = part == 3 ? NULL : b.dhs;
        b.kems = part == 4 ? NULL : b.kems;
        b.xofs = part == 5 ? NULL : b.xofs;
        assert_int_equal(crypto_suite_resolve(&env, xwing ? 0xF001 : 0x0001, &s), CRYPTO_E_SUITE);
    }
}

static void a_primitive_larger_than_our_bounds_is_not_used(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_suite s;
    crypto_rig_init(&rig, 1);
    crypto_hash_alg hash = *crypto_rig_suite(&rig, 0x0001).hash;
    const crypto_hash_alg *const hashes[] = {&hash, NULL};
    crypto_backend b = *rig.env.backend;
    b.hashes = hashes;
    crypto_env env = {.backend = &b};
    assert_int_equal(crypto_suite_resolve(&env, 0x0001, &s), BASE_OK);
    hash.size = CRYPTO_HASH_MAX + 1;
    assert_int_equal(crypto_suite_resolve(&env, 0x0001, &s), CRYPTO_E_SUITE);
}

static void a_suite_of_parts_may_lack_signatures(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_suite s;
    crypto_rig_init(&rig, 1);
    crypto_suite_parts parts = {.kem = CRYPTO_KEM_XWING, .aead = 3, .hash = 1};
    assert_int_equal(crypto_suite_of_parts(&rig.env, &parts, &s), BASE_OK);
    assert_null(s.sig);
    assert_int_equal(s.number, 0);
    parts.sig = 0x0999;
    assert_int_equal(crypto_suite_of_parts(&rig.env, &parts, &s), CRYPTO_E_SUITE);
}

/* ---- randomness ---- */

static void random_bytes_come_from_the_port(void **state)
{
    (void)state;
    crypto_rig one;
    crypto_rig two;
    uint8_t a[40];
    base_secret b = {0};
    crypto_rig_init(&one, 5);
    crypto_rig_init(&two, 5);
    crypto_suite s = crypto_rig_suite(&one, 0x0001);
    crypto_suite t = crypto_rig_suite(&two, 0x0001);
    assert_int_equal(crypto_random_fill(&s, a, sizeof a), BASE_OK);
    assert_int_equal(crypto_random_secret(&t, 40, &b), BASE_OK);
    assert_bytes(base_secret_bytes(&b), base_bytes_of(a, sizeof a));
    assert_int_equal(crypto_random_secret(&t, BASE_SECRET_MAX + 1, &b), BASE_E_ARGUMENT);
}

static void a_failing_port_is_told_and_leaves_zeros(void **state)
{
    (void)state;
    crypto_rig rig;
    uint8_t a[8];
    base_secret b = {.n = 3, .b = {1, 2, 3}};
    crypto_rig_init(&rig, 5);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    memset(a, 0xee, sizeof a);
    rig.random.fail_at = 1;
    assert_int_equal(crypto_random_fill(&s, a, sizeof a), BASE_E_RANDOM);
    assert_true(base_ct_is_zero(base_bytes_of(a, sizeof a)));
    rig.random.fail_at = 2;
    assert_int_equal(crypto_random_secret(&s, 32, &b), BASE_E_RANDOM);
    assert_int_equal(b.n, 0);
    rig.env.random.fill = NULL;
    assert_int_equal(crypto_random_fill(&s, a, sizeof a), BASE_E_RANDOM);
}

static void the_systems_randomness_differs_each_time(void **state)
{
    (void)state;
    crypto_random os = random_os();
    uint8_t a[2][1000];
    assert_int_equal(os.fill(os.user, a[0], 1000), BASE_OK);
    assert_int_equal(os.fill(os.user, a[1], 1000), BASE_OK);
    assert_memory_not_equal(a[0], a[1], 1000);
    assert_int_equal(os.fill(os.user, a[0], 0), BASE_OK);
    size_t zeros = 0;
    for (size_t i = 0; i < 1000; i++) {
        zeros += a[0][i] == 0;
    }
    assert_true(zeros < 40); /* about 4 expected */
}

/* ---- MAC and AEAD ---- */

static void a_tag_holds_for_its_key_and_message_alone(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_digest tag;
    base_bytes k = base_bytes_str("key");
    base_bytes m = base_bytes_str("message");
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        assert_int_equal(crypto_mac(&s, k, m, &tag), BASE_OK);
        assert_int_equal(tag.n, s.hash->size);
        base_bytes t = crypto_digest_bytes(&tag);
        assert_int_equal(crypto_mac_check(&s, k, m, t), BASE_OK);
        assert_int_equal(crypto_mac_check(&s, m, m, t), CRYPTO_E_OPEN);
        assert_int_equal(crypto_mac_check(&s, k, k, t), CRYPTO_E_OPEN);
        assert_int_equal(crypto_mac_check(&s, k, m, base_bytes_of(t.p, t.n - 1)), CRYPTO_E_OPEN);
        assert_int_equal(crypto_mac_check(&s, k, m, BASE_BYTES_NONE), CRYPTO_E_OPEN);
        tag.b[tag.n - 1] ^= 1;
        assert_int_equal(crypto_mac_check(&s, k, m, t), CRYPTO_E_OPEN);
    }
}

static void what_is_sealed_opens_and_a_failure_leaves_the_buffer(void **state)
{
    (void)state;
    static const uint8_t bytes[32] = {1};
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_bytes key = base_bytes_of(bytes, s.aead->key_size);
        base_bytes nonce = base_bytes_of(bytes, s.aead->nonce_size);
        base_bytes aad = base_bytes_str("aad");
        base_bytes pt = base_bytes_str("plaintext");
        base_buf ct = crypto_rig_buf(&rig);
        base_buf out = crypto_rig_buf(&rig);
        assert_int_equal(crypto_seal(&s, key, nonce, aad, pt, &ct), BASE_OK);
        assert_int_equal(ct.n, pt.n + s.aead->tag_size);
        assert_int_equal(crypto_open(&s, key, nonce, aad, base_buf_bytes(&ct), &out), BASE_OK);
        assert_bytes(base_buf_bytes(&out), pt);
        ct.p[0] ^= 1;
        assert_int_equal(crypto_open(&s, key, nonce, aad, base_buf_bytes(&ct), &out),
                         CRYPTO_E_OPEN);
        assert_int_equal(crypto_open(&s, key, nonce, aad, base_bytes_of(ct.p, 15), &out),
                         CRYPTO_E_OPEN);
        assert_bytes(base_buf_bytes(&out), pt);
        assert_int_equal(crypto_seal(&s, key, nonce, aad, BASE_BYTES_NONE, &ct), BASE_OK);
        assert_int_equal(crypto_open(&s, key, nonce, aad, base_buf_bytes(&ct), &out), BASE_OK);
        assert_int_equal(out.n, 0);
        base_buf_clear(&ct);
        base_buf_clear(&out);
    }
    assert_int_equal(rig.heap.live, 0);
}

static void every_failing_allocation_of_seal_and_open_is_told(void **state)
{
    (void)state;
    static const uint8_t bytes[32] = {1};
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_bytes key = base_bytes_of(bytes, s.aead->key_size);
    base_bytes nonce = base_bytes_of(bytes, s.aead->nonce_size);
    base_buf ct = crypto_rig_buf(&rig);
    base_buf out = crypto_rig_buf(&rig);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(crypto_seal(&s, key, nonce, BASE_BYTES_NONE, key, &ct), BASE_E_NOMEM);
    assert_int_equal(ct.n, 0);
    assert_int_equal(crypto_seal(&s, key, nonce, BASE_BYTES_NONE, key, &ct), BASE_OK);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(crypto_open(&s, key, nonce, BASE_BYTES_NONE, base_buf_bytes(&ct), &out),
                     BASE_E_NOMEM);
    assert_int_equal(out.n, 0);
    base_buf_clear(&ct);
    assert_int_equal(rig.heap.live, 0);
}

/* ---- signature keys ---- */

static void generated_signature_keys_belong_together(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 9);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret priv = {0};
        base_secret again = {0};
        base_buf pub = crypto_rig_buf(&rig);
        base_buf pub_again = crypto_rig_buf(&rig);
        assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_OK);
        assert_int_equal(priv.n, s.sig->private_size);
        assert_int_equal(pub.n, s.sig->public_size);
        /* from the own form, and from the standard form */
        assert_int_equal(crypto_sig_import(&s, base_secret_bytes(&priv), &again, &pub_again),
                         BASE_OK);
        assert_bytes(base_secret_bytes(&again), base_secret_bytes(&priv));
        assert_bytes(base_buf_bytes(&pub_again), base_buf_bytes(&pub));
        assert_int_equal(
            crypto_sig_import(&s, base_bytes_of(priv.b, s.sig->seed_size), &again, &pub_again),
            BASE_OK);
        assert_bytes(base_secret_bytes(&again), base_secret_bytes(&priv));
        base_buf_clear(&pub);
        base_buf_clear(&pub_again);
    }
    assert_int_equal(rig.heap.live, 0);
}

static void a_private_key_with_a_foreign_public_half_is_refused(void **state)
{
    (void)state;
    crypto_rig rig;
    base_secret priv = {0};
    base_secret own = {0};
    crypto_rig_init(&rig, 9);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_buf pub = crypto_rig_buf(&rig);
    base_buf other = crypto_rig_buf(&rig);
    assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_OK);
    priv.b[40] ^= 1;
    assert_int_equal(crypto_sig_import(&s, base_secret_bytes(&priv), &own, &other), CRYPTO_E_KEY);
    assert_int_equal(own.n, 0);
    assert_int_equal(other.n, 0);
    assert_int_equal(crypto_sig_import(&s, base_bytes_of(priv.b, 31), &own, &other), CRYPTO_E_KEY);
    assert_int_equal(crypto_sig_import(&s, BASE_BYTES_NONE, &own, &other), CRYPTO_E_KEY);
    base_buf_clear(&pub);
    assert_int_equal(rig.heap.live, 0);
}

/* A generator that is stuck at a value that is no scalar of a NIST curve, under the mask neither.
 */
static base_err stuck(void *user, uint8_t *p, size_t n)
{
    (*(size_t *)user)++;
    memset(p, 0xff, n);
    return BASE_OK;
}

static void randomness_that_never_makes_a_key_is_a_fault_of_the_source(void **state)
{
    (void)state;
    static const uint16_t scalars[] = {0x0002, 0x0007, 0x0005};
    for (size_t i = 0; i < N(scalars); i++) {
        crypto_rig rig;
        size_t calls = 0;
        base_secret priv = {0};
        crypto_rig_init(&rig, 9);
        rig.env.random = (crypto_random){stuck, &calls};
        crypto_suite s = crypto_rig_suite(&rig, scalars[i]);
        base_buf pub = crypto_rig_buf(&rig);
        assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_E_RANDOM);
        assert_true(calls > 1 && calls < 10);
        assert_int_equal(pub.n, 0);
    }
}

static void every_failing_call_of_key_generation_is_told(void **state)
{
    (void)state;
    crypto_rig rig;
    base_secret priv = {0};
    crypto_rig_init(&rig, 9);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_buf pub = crypto_rig_buf(&rig);
    rig.random.fail_at = 1;
    assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_E_RANDOM);
    rig.random.fail_at = 0;
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_E_NOMEM);
    fake_alloc_reset(&rig.heap, 1);
    static const uint8_t seed[32] = {1};
    assert_int_equal(crypto_sig_import(&s, base_bytes_of(seed, 32), &priv, &pub), BASE_E_NOMEM);
    assert_int_equal(priv.n, 0);
    assert_int_equal(rig.heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_are_made_of_the_parts_of_the_registry),
        cmocka_unit_test(unknown_numbers_are_refused),
        cmocka_unit_test(a_suite_without_an_assignment_takes_the_number_it_is_given),
        cmocka_unit_test(numbers_that_clash_or_have_no_suite_are_refused),
        cmocka_unit_test(suites_are_listed_best_first),
        cmocka_unit_test(a_suite_needs_all_its_parts_from_the_backend),
        cmocka_unit_test(each_missing_part_makes_a_suite_unsupported),
        cmocka_unit_test(a_primitive_larger_than_our_bounds_is_not_used),
        cmocka_unit_test(a_suite_of_parts_may_lack_signatures),
        cmocka_unit_test(random_bytes_come_from_the_port),
        cmocka_unit_test(a_failing_port_is_told_and_leaves_zeros),
        cmocka_unit_test(the_systems_randomness_differs_each_time),
        cmocka_unit_test(a_tag_holds_for_its_key_and_message_alone),
        cmocka_unit_test(what_is_sealed_opens_and_a_failure_leaves_the_buffer),
        cmocka_unit_test(every_failing_allocation_of_seal_and_open_is_told),
        cmocka_unit_test(generated_signature_keys_belong_together),
        cmocka_unit_test(a_private_key_with_a_foreign_public_half_is_refused),
        cmocka_unit_test(randomness_that_never_makes_a_key_is_a_fault_of_the_source),
        cmocka_unit_test(every_failing_call_of_key_generation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
