/* The asymmetric primitives of the backends: Diffie-Hellman, X-Wing, signatures, and Argon2id. The
 * curves that OpenSSL alone has are in test_curves.c, but for what holds for all alike.
 * Published answers, agreement of two libraries, and what each must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/crypto_openssl.h"
#include "adapters/crypto_sodium.h"
#include "support/crypto_rig.h"

static int start_libraries(void **state)
{
    (void)state;
    return crypto_openssl() != NULL && crypto_sodium() != NULL ? 0 : -1;
}

static const crypto_dh_alg *const dhs[] = {&crypto_sodium_x25519, &crypto_openssl_x25519,
                                           &crypto_openssl_p256,  &crypto_openssl_p384,
                                           &crypto_openssl_p521,  &crypto_openssl_x448};
static const crypto_sig_alg *const sigs[] = {
    &crypto_sodium_ed25519,      &crypto_openssl_ed25519,     &crypto_openssl_p256_sha256,
    &crypto_openssl_p384_sha384, &crypto_openssl_p521_sha512, &crypto_openssl_ed448};

/* What the largest of these take. */
#define PRIVATE 66
#define PUBLIC 133
#define SIGNATURE 139

#define N(list) (sizeof(list) / sizeof(list)[0])

static base_bytes random_bytes(fake_random *r, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)fake_random_next(r);
    }
    return base_bytes_of(p, n);
}

/* ---- Diffie-Hellman ---- */

/* RFC 7748, section 5.2. */
static void x25519_gives_the_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t out[32];
        assert_int_equal(
            dhs[i]->shared(
                unhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                unhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"), out),
            BASE_OK);
        assert_bytes(base_bytes_of(out, 32),
                     unhex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));
        uint8_t k[32] = {9};
        uint8_t u[32] = {9};
        for (int turn = 0; turn < 1000; turn++) {
            assert_int_equal(dhs[i]->shared(base_bytes_of(k, 32), base_bytes_of(u, 32), out),
                             BASE_OK);
            memcpy(u, k, 32);
            memcpy(k, out, 32);
        }
        assert_bytes(base_bytes_of(k, 32),
                     unhex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
    }
}

static void both_sides_of_a_diffie_hellman_agree(void **state)
{
    (void)state;
    fake_random r = fake_random_of(21);
    for (size_t i = 0; i < N(dhs); i++) {
        for (int turn = 0; turn < 20; turn++) {
            const crypto_dh_alg *d = dhs[i];
            uint8_t priv[2][PRIVATE];
            uint8_t pub[2][PUBLIC];
            uint8_t secret[2][PRIVATE];
            for (size_t k = 0; k < 2; k++) {
                base_bytes own = random_bytes(&r, priv[k], d->private_size);
                priv[k][0] &= d->scalar_mask != 0 ? d->scalar_mask : 0xff;
                assert_int_equal(d->public_key(own, pub[k]), BASE_OK);
                assert_int_equal(d->check(base_bytes_of(pub[k], d->public_size)), BASE_OK);
            }
            for (size_t k = 0; k < 2; k++) {
                assert_int_equal(d->shared(base_bytes_of(priv[k], d->private_size),
                                           base_bytes_of(pub[1 - k], d->public_size), secret[k]),
                                 BASE_OK);
            }
            assert_memory_equal(secret[0], secret[1], d->secret_size);
        }
    }
}

static void x25519_of_two_libraries_agrees(void **state)
{
    (void)state;
    fake_random r = fake_random_of(22);
    for (int turn = 0; turn < 50; turn++) {
        uint8_t k[32];
        uint8_t u[32];
        uint8_t one[32];
        uint8_t two[32];
        (void)random_bytes(&r, k, 32);
        (void)random_bytes(&r, u, 32);
        assert_int_equal(dhs[0]->public_key(base_bytes_of(k, 32), one), BASE_OK);
        assert_int_equal(dhs[1]->public_key(base_bytes_of(k, 32), two), BASE_OK);
        assert_memory_equal(one, two, 32);
        assert_int_equal(dhs[0]->shared(base_bytes_of(k, 32), base_bytes_of(u, 32), one), BASE_OK);
        assert_int_equal(dhs[1]->shared(base_bytes_of(k, 32), base_bytes_of(u, 32), two), BASE_OK);
        assert_memory_equal(one, two, 32);
    }
}

/* The points of order 1, 2, 4 and 8, and their encodings that are not reduced. */
static void x25519_refuses_points_of_small_order(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < N(points); k++) {
            uint8_t priv[32] = {0x40, 1, 2, 3};
            uint8_t out[32];
            memset(out, 0xee, sizeof out);
            assert_int_equal(dhs[i]->shared(base_bytes_of(priv, 32), unhex(points[k]), out),
                             CRYPTO_E_KEY);
            assert_true(base_ct_is_zero(base_bytes_of(out, 32)));
            assert_int_equal(dhs[i]->check(unhex(points[k])), CRYPTO_E_KEY);
        }
    }
}

static void diffie_hellman_keys_of_another_size_are_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[PRIVATE + 1] = {0, 1};
    for (size_t i = 0; i < N(dhs); i++) {
        const crypto_dh_alg *d = dhs[i];
        uint8_t pub[PUBLIC];
        uint8_t own[PUBLIC];
        assert_int_equal(d->public_key(base_bytes_of(bytes, d->private_size), own), BASE_OK);
        base_bytes good = base_bytes_of(own, d->public_size);
        assert_int_equal(d->public_key(base_bytes_of(bytes, d->private_size - 1), pub),
                         CRYPTO_E_KEY);
        assert_int_equal(d->public_key(base_bytes_of(bytes, d->private_size + 1), pub),
                         CRYPTO_E_KEY);
        assert_int_equal(d->public_key(BASE_BYTES_NONE, pub), CRYPTO_E_KEY);
        assert_int_equal(d->shared(base_bytes_of(bytes, d->private_size + 1), good, pub),
                         CRYPTO_E_KEY);
        assert_int_equal(d->shared(base_bytes_of(bytes, d->private_size),
                                   base_bytes_of(own, d->public_size - 1), pub),
                         CRYPTO_E_KEY);
        assert_int_equal(d->check(base_bytes_of(own, d->public_size - 1)), CRYPTO_E_KEY);
        assert_int_equal(d->check(BASE_BYTES_NONE), CRYPTO_E_KEY);
    }
}

/* ---- X-Wing ---- */

static const char xwing_seed[] = "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26";
static const char xwing_encap_seed[] =
    "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
    "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2";

/* draft-connolly-cfrg-xwing-kem, appendix C, first vector: the secret, and of the long values
 * their beginnings. */
static void xwing_gives_the_published_answer(void **state)
{
    (void)state;
    static uint8_t pub[1216];
    static uint8_t enc[1120];
    uint8_t secret[32];
    uint8_t again[32];
    base_bytes seed = unhex(xwing_seed);
    assert_int_equal(crypto_sodium_xwing.public_key(seed, pub), BASE_OK);
    assert_bytes(base_bytes_of(pub, 16), unhex("e2236b35a8c24b39b10aa1323a96a919"));
    assert_int_equal(crypto_sodium_xwing.encap(base_bytes_of(pub, sizeof pub),
                                               unhex(xwing_encap_seed), enc, secret),
                     BASE_OK);
    assert_bytes(base_bytes_of(enc, 16), unhex("b83aa828d4d62b9a83ceffe1d3d3bb1e"));
    assert_bytes(base_bytes_of(secret, 32),
                 unhex("d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384"));
    assert_int_equal(crypto_sodium_xwing.decap(seed, base_bytes_of(enc, sizeof enc), again),
                     BASE_OK);
    assert_memory_equal(secret, again, 32);
}

static void xwing_refuses_keys_that_no_seed_makes(void **state)
{
    (void)state;
    static uint8_t pub[1217];
    static uint8_t enc[1120];
    uint8_t secret[32];
    assert_int_equal(crypto_sodium_xwing.public_key(unhex(xwing_seed), pub), BASE_OK);
    base_bytes whole = base_bytes_of(pub, 1216);
    assert_int_equal(crypto_sodium_xwing.check(whole), BASE_OK);
    assert_int_equal(crypto_sodium_xwing.check(base_bytes_of(pub, 1215)), CRYPTO_E_KEY);
    assert_int_equal(crypto_sodium_xwing.check(base_bytes_of(pub, 1217)), CRYPTO_E_KEY);
    uint8_t keep[32];
    memcpy(keep, pub, 3);
    memset(pub, 0xff, 3); /* a coefficient that is not reduced */
    assert_int_equal(crypto_sodium_xwing.check(whole), CRYPTO_E_KEY);
    memset(enc, 0xee, sizeof enc);
    assert_int_equal(crypto_sodium_xwing.encap(whole, unhex(xwing_encap_seed), enc, secret),
                     CRYPTO_E_KEY);
    assert_true(base_ct_is_zero(base_bytes_of(enc, sizeof enc)));
    memcpy(pub, keep, 3);
    memset(pub + 1184, 0, 32); /* an X25519 half of small order */
    assert_int_equal(crypto_sodium_xwing.check(whole), CRYPTO_E_KEY);
    assert_int_equal(crypto_sodium_xwing.public_key(base_bytes_of(pub, 31), pub), CRYPTO_E_KEY);
}

static void xwing_answers_a_changed_encapsulation_with_another_secret(void **state)
{
    (void)state;
    static uint8_t pub[1216];
    static uint8_t enc[1120];
    uint8_t secret[32];
    uint8_t other[32];
    base_bytes seed = unhex(xwing_seed);
    assert_int_equal(crypto_sodium_xwing.public_key(seed, pub), BASE_OK);
    assert_int_equal(crypto_sodium_xwing.encap(base_bytes_of(pub, sizeof pub),
                                               unhex(xwing_encap_seed), enc, secret),
                     BASE_OK);
    enc[100] ^= 1; /* the ML-KEM half: rejected implicitly */
    assert_int_equal(crypto_sodium_xwing.decap(seed, base_bytes_of(enc, sizeof enc), other),
                     BASE_OK);
    assert_memory_not_equal(secret, other, 32);
    enc[100] ^= 1;
    memset(enc + 1088, 0, 32); /* the X25519 half: small order */
    assert_int_equal(crypto_sodium_xwing.decap(seed, base_bytes_of(enc, sizeof enc), other),
                     CRYPTO_E_KEY);
    assert_int_equal(crypto_sodium_xwing.decap(seed, base_bytes_of(enc, 1119), other),
                     CRYPTO_E_KEY);
    assert_int_equal(
        crypto_sodium_xwing.decap(base_bytes_of(enc, 33), base_bytes_of(enc, sizeof enc), other),
        CRYPTO_E_KEY);
}

static void xwing_encapsulation_takes_all_its_randomness(void **state)
{
    (void)state;
    static uint8_t pub[1216];
    static uint8_t enc[1120];
    uint8_t secret[32];
    base_bytes seed = unhex(xwing_encap_seed);
    assert_int_equal(crypto_sodium_xwing.public_key(unhex(xwing_seed), pub), BASE_OK);
    assert_int_equal(crypto_sodium_xwing.encap(base_bytes_of(pub, sizeof pub),
                                               base_bytes_of(seed.p, 63), enc, secret),
                     BASE_E_ARGUMENT);
}

/* ---- signatures ---- */

/* RFC 8032, section 7.1, tests 1 to 3. */
static void ed25519_gives_the_published_answers(void **state)
{
    (void)state;
    static const char *const cases[3][4] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 3; k++) {
            uint8_t priv[64];
            uint8_t pub[32];
            uint8_t sig[64];
            size_t n = 0;
            base_bytes seed = unhex(cases[k][0]);
            base_bytes message = unhex(cases[k][2]);
            assert_int_equal(sigs[i]->key_pair(seed, priv, pub), BASE_OK);
            assert_bytes(base_bytes_of(pub, 32), unhex(cases[k][1]));
            assert_bytes(base_bytes_of(priv, 32), seed);
            assert_int_equal(sigs[i]->sign(base_bytes_of(priv, 64), message, sig, &n), BASE_OK);
            assert_bytes(base_bytes_of(sig, n), unhex(cases[k][3]));
            assert_int_equal(
                sigs[i]->verify(base_bytes_of(pub, 32), message, base_bytes_of(sig, n)), BASE_OK);
        }
    }
}

static void a_signature_holds_for_its_key_and_message_alone(void **state)
{
    (void)state;
    fake_random r = fake_random_of(23);
    for (size_t i = 0; i < N(sigs); i++) {
        const crypto_sig_alg *g = sigs[i];
        uint8_t seed[PRIVATE];
        uint8_t priv[2][PRIVATE];
        uint8_t pub[2][PUBLIC];
        uint8_t sig[SIGNATURE];
        size_t n = 0;
        base_bytes m = base_bytes_str("a message");
        for (size_t k = 0; k < 2; k++) {
            base_bytes own = random_bytes(&r, seed, g->seed_size);
            seed[0] &= g->seed_mask != 0 ? g->seed_mask : 0xff;
            assert_int_equal(g->key_pair(own, priv[k], pub[k]), BASE_OK);
        }
        assert_int_equal(g->sign(base_bytes_of(priv[0], g->private_size), m, sig, &n), BASE_OK);
        assert_true(n > 0 && n <= g->signature_max);
        base_bytes own = base_bytes_of(pub[0], g->public_size);
        base_bytes other = base_bytes_of(pub[1], g->public_size);
        assert_int_equal(g->verify(own, m, base_bytes_of(sig, n)), BASE_OK);
        assert_int_equal(g->verify(other, m, base_bytes_of(sig, n)), CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, base_bytes_str("a massage"), base_bytes_of(sig, n)),
                         CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, m, base_bytes_of(sig, n - 1)), CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, m, BASE_BYTES_NONE), CRYPTO_E_SIGNATURE);
        for (size_t bit = 0; bit < 8 * n; bit += 7) {
            sig[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            assert_int_equal(g->verify(own, m, base_bytes_of(sig, n)), CRYPTO_E_SIGNATURE);
            sig[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
    }
}

static void signature_keys_of_another_size_are_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[PUBLIC] = {1, 2, 3};
    for (size_t i = 0; i < N(sigs); i++) {
        const crypto_sig_alg *g = sigs[i];
        uint8_t priv[PRIVATE];
        uint8_t pub[PUBLIC];
        uint8_t sig[SIGNATURE];
        size_t n = 1;
        base_bytes m = base_bytes_str("m");
        assert_int_equal(g->key_pair(base_bytes_of(bytes, g->seed_size + 1), priv, pub),
                         CRYPTO_E_KEY);
        assert_int_equal(g->sign(base_bytes_of(bytes, g->private_size - 1), m, sig, &n),
                         CRYPTO_E_KEY);
        assert_int_equal(n, 0);
        assert_int_equal(
            g->verify(base_bytes_of(bytes, g->public_size - 1), m, base_bytes_of(bytes, 64)),
            CRYPTO_E_KEY);
    }
}

/* ---- Argon2id ---- */

/* The reference implementation's answer (argon2 -id -t 2 -k 256 -p 1 -l 32 -v 13). */
static void argon2id_gives_the_answer_of_the_reference(void **state)
{
    (void)state;
    uint8_t out[32];
    assert_int_equal(crypto_sodium_argon2id.derive(base_bytes_str("password"),
                                                   base_bytes_str("saltsaltsaltsalt"), 2,
                                                   (size_t)256 * 1024, out, sizeof out),
                     BASE_OK);
    assert_bytes(base_bytes_of(out, 32),
                 unhex("77f80d9cd31f6a7ba66a8ee4afe947b98e864bd54b527f01e3dfcbc1703efd24"));
}

static void argon2id_refuses_what_is_out_of_range(void **state)
{
    (void)state;
    const crypto_pwhash_alg *a = &crypto_sodium_argon2id;
    uint8_t out[32];
    base_bytes pw = base_bytes_str("password");
    base_bytes salt = base_bytes_str("saltsaltsaltsalt");
    base_bytes short_salt = base_bytes_str("saltsaltsaltsal");
    memset(out, 0xee, sizeof out);
    assert_int_equal(a->derive(pw, short_salt, 2, a->memory_min, out, 32), BASE_E_ARGUMENT);
    assert_true(base_ct_is_zero(base_bytes_of(out, 32)));
    assert_int_equal(a->derive(pw, salt, a->passes_min - 1, a->memory_min, out, 32),
                     BASE_E_ARGUMENT);
    assert_int_equal(a->derive(pw, salt, 2, a->memory_min - 1, out, 32), BASE_E_ARGUMENT);
    assert_int_equal(a->derive(pw, salt, 2, a->memory_min, out, 15), BASE_E_ARGUMENT);
    assert_int_equal(a->derive(pw, salt, a->passes_min, a->memory_min, out, 16), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x25519_gives_the_published_answers),
        cmocka_unit_test(both_sides_of_a_diffie_hellman_agree),
        cmocka_unit_test(x25519_of_two_libraries_agrees),
        cmocka_unit_test(x25519_refuses_points_of_small_order),
        cmocka_unit_test(diffie_hellman_keys_of_another_size_are_refused),
        cmocka_unit_test(xwing_gives_the_published_answer),
        cmocka_unit_test(xwing_refuses_keys_that_no_seed_makes),
        cmocka_unit_test(xwing_answers_a_changed_encapsulation_with_another_secret),
        cmocka_unit_test(xwing_encapsulation_takes_all_its_randomness),
        cmocka_unit_test(ed25519_gives_the_published_answers),
        cmocka_unit_test(a_signature_holds_for_its_key_and_message_alone),
        cmocka_unit_test(signature_keys_of_another_size_are_refused),
        cmocka_unit_test(argon2id_gives_the_answer_of_the_reference),
        cmocka_unit_test(argon2id_refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, start_libraries, NULL);
}
