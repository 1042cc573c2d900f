/* ML-KEM, its hybrids with the NIST curves, and ML-DSA. libsodium has ML-KEM-768; the rest is
 * OpenSSL's from 3.5 on, and skipped, each test by name, with an older one. The long answers
 * (encapsulations, secrets) are in the published HPKE vectors, which mls-vectors runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/crypto_default_hybrid.h"
#include "adapters/crypto_openssl.h"
#include "adapters/crypto_sodium.h"
#include "crypto/hpke.h"
#include "support/crypto_rig.h"

#define N(list) (sizeof(list) / sizeof(list)[0])
#define Q 3329

static int start_libraries(void **state)
{
    (void)state;
    return crypto_openssl() != NULL && crypto_sodium() != NULL ? 0 : -1;
}

/* The bytes 0, 1, 2... */
static base_bytes counting(size_t n)
{
    static uint8_t b[128];
    for (size_t i = 0; i < sizeof b; i++) {
        b[i] = (uint8_t)i;
    }
    return base_bytes_of(b, n);
}

/* ---- ML-KEM ---- */

typedef struct kem {
    const crypto_kem_alg *alg;
    size_t coefficients; /* of a public key */
    bool is_ml;          /* needs OpenSSL 3.5 */
    size_t point;        /* of a hybrid: the bytes behind each half of ML-KEM */
} kem;

static const kem kems[] = {{&crypto_sodium_mlkem768, 768, false, 0},
                           {&crypto_openssl_mlkem768, 768, true, 0},
                           {&crypto_openssl_mlkem1024, 1024, true, 0},
                           {&crypto_default_mlkem768p256, 768, false, 65},
                           {&crypto_default_mlkem1024p384, 1024, true, 97}};

static uint8_t pub[CRYPTO_KEM_PUBLIC_MAX + 1];
static uint8_t enc[CRYPTO_KEM_ENC_MAX + 1];

static bool here(const kem *k)
{
    return !k->is_ml || crypto_openssl_has_ml();
}

static base_bytes public_of(const crypto_kem_alg *k)
{
    assert_int_equal(k->public_key(counting(k->private_size), pub), BASE_OK);
    return base_bytes_of(pub, k->public_size);
}

static void what_is_encapsulated_comes_out_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(kems); i++) {
        const crypto_kem_alg *k = kems[i].alg;
        uint8_t secret[2][32];
        if (!here(&kems[i])) {
            continue;
        }
        base_bytes key = public_of(k);
        assert_int_equal(k->check(key), BASE_OK);
        assert_int_equal(k->encap(key, counting(k->encap_seed_size), enc, secret[0]), BASE_OK);
        base_bytes e = base_bytes_of(enc, k->enc_size);
        assert_int_equal(k->decap(counting(k->private_size), e, secret[1]), BASE_OK);
        assert_memory_equal(secret[0], secret[1], 32);
        enc[100] ^= 1; /* rejected implicitly: another secret, the same each time */
        assert_int_equal(k->decap(counting(k->private_size), e, secret[1]), BASE_OK);
        assert_memory_not_equal(secret[0], secret[1], 32);
        assert_int_equal(k->decap(counting(k->private_size), e, secret[0]), BASE_OK);
        assert_memory_equal(secret[0], secret[1], 32);
    }
}

static void keys_seeds_and_encapsulations_of_another_size_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(kems); i++) {
        const crypto_kem_alg *k = kems[i].alg;
        uint8_t secret[32];
        if (!here(&kems[i])) {
            continue;
        }
        base_bytes key = public_of(k);
        base_bytes seed = counting(k->encap_seed_size);
        base_bytes priv = counting(k->private_size);
        for (int d = -1; d <= 1; d += 2) {
            base_bytes e = base_bytes_of(enc, k->enc_size + (size_t)d);
            base_bytes bad = base_bytes_of(pub, key.n + (size_t)d);
            assert_int_equal(k->check(bad), CRYPTO_E_KEY);
            memset(secret, 0xee, sizeof secret);
            assert_int_equal(k->encap(bad, seed, enc, secret), CRYPTO_E_KEY);
            assert_true(base_ct_is_zero(base_bytes_of(secret, 32)));
            assert_true(base_ct_is_zero(base_bytes_of(enc, k->enc_size)));
            assert_int_equal(k->decap(priv, e, secret), CRYPTO_E_KEY);
        }
        assert_int_equal(k->check(BASE_BYTES_NONE), CRYPTO_E_KEY);
        assert_int_equal(k->encap(key, base_bytes_of(seed.p, seed.n - 1), enc, secret),
                         BASE_E_ARGUMENT);
        base_bytes e = base_bytes_of(enc, k->enc_size);
        assert_int_equal(k->decap(base_bytes_of(priv.p, priv.n - 1), e, secret), CRYPTO_E_KEY);
        assert_int_equal(k->public_key(base_bytes_of(priv.p, priv.n - 1), pub), CRYPTO_E_KEY);
    }
}

static void set_coefficient(uint8_t *key, size_t i, unsigned value)
{
    uint8_t *p = key + i / 2 * 3;
    if (i % 2 == 0) {
        p[0] = (uint8_t)value;
        p[1] = (uint8_t)((p[1] & 0xf0) | value >> 8);
    } else {
        p[1] = (uint8_t)((p[1] & 0x0f) | (value & 0x0f) << 4);
        p[2] = (uint8_t)(value >> 4);
    }
}

/* FIPS 203, section 7.2. Check and encapsulation say the same of a key. */
static void a_public_key_that_is_not_reduced_is_refused(void **state)
{
    (void)state;
    static const unsigned values[] = {Q - 1, Q, 4095};
    static uint8_t whole[CRYPTO_KEM_PUBLIC_MAX];
    for (size_t i = 0; i < N(kems); i++) {
        const crypto_kem_alg *k = kems[i].alg;
        uint8_t secret[32];
        if (!here(&kems[i])) {
            continue;
        }
        base_bytes key = public_of(k);
        memcpy(whole, pub, key.n);
        for (size_t at = 0; at < kems[i].coefficients; at += at < 700 ? 23 : 1) {
            for (size_t v = 0; v < N(values); v++) {
                base_err want = values[v] < Q ? BASE_OK : CRYPTO_E_KEY;
                memcpy(pub, whole, key.n);
                set_coefficient(pub, at, values[v]);
                assert_int_equal(k->check(key), want);
                assert_int_equal(k->encap(key, counting(k->encap_seed_size), enc, secret), want);
            }
        }
    }
}

/* The group's half of a hybrid: of a key, which is refused, and of an encapsulation. */
static void a_hybrid_refuses_what_its_group_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(kems); i++) {
        const crypto_kem_alg *k = kems[i].alg;
        uint8_t secret[2][32];
        if (kems[i].point == 0 || !here(&kems[i])) {
            continue;
        }
        base_bytes key = public_of(k);
        base_bytes seed = counting(k->encap_seed_size);
        base_bytes priv = counting(k->private_size);
        base_bytes e = base_bytes_of(enc, k->enc_size);
        assert_int_equal(k->encap(key, seed, enc, secret[0]), BASE_OK);
        enc[k->enc_size - 1] ^= 1; /* off the curve */
        assert_int_equal(k->decap(priv, e, secret[1]), CRYPTO_E_KEY);
        assert_true(base_ct_is_zero(base_bytes_of(secret[1], 32)));
        enc[k->enc_size - 1] ^= 1;
        memcpy(enc + k->enc_size - kems[i].point, pub + k->public_size - kems[i].point,
               kems[i].point); /* another point is another secret */
        assert_int_equal(k->decap(priv, e, secret[1]), BASE_OK);
        assert_memory_not_equal(secret[0], secret[1], 32);
        pub[k->public_size - kems[i].point] = 0x02;
        assert_int_equal(k->check(key), CRYPTO_E_KEY);
        assert_int_equal(k->encap(key, seed, enc, secret[1]), CRYPTO_E_KEY);
        assert_true(base_ct_is_zero(e));
    }
}

static void mlkem768_of_two_libraries_agrees(void **state)
{
    (void)state;
    static uint8_t other[1184];
    static uint8_t other_enc[1088];
    uint8_t secret[2][32];
    if (!crypto_openssl_has_ml()) {
        skip();
    }
    base_bytes key = public_of(&crypto_sodium_mlkem768);
    assert_int_equal(crypto_openssl_mlkem768.public_key(counting(64), other), BASE_OK);
    assert_memory_equal(pub, other, sizeof other);
    assert_int_equal(crypto_sodium_mlkem768.encap(key, counting(32), enc, secret[0]), BASE_OK);
    assert_int_equal(crypto_openssl_mlkem768.encap(key, counting(32), other_enc, secret[1]),
                     BASE_OK);
    assert_memory_equal(enc, other_enc, sizeof other_enc);
    assert_memory_equal(secret[0], secret[1], 32);
}

/* ---- ML-DSA ---- */

static const crypto_sig_alg *const sigs[] = {&crypto_openssl_mldsa44, &crypto_openssl_mldsa65,
                                             &crypto_openssl_mldsa87};

/* RFC 9881, appendix C: the beginnings of the public keys of the seed 00 01 02 ... 1f. */
static void mldsa_makes_the_published_keys(void **state)
{
    (void)state;
    static const char *const begin[] = {"d7b2b47254aae0db45e7930d4a98d2c9",
                                        "48683d91978e31eb3dddb8b0473482d2",
                                        "9792bcec2f2430686a82fccf3c2f5ff6"};
    if (!crypto_openssl_has_ml()) {
        skip();
    }
    for (size_t i = 0; i < N(sigs); i++) {
        static uint8_t key[CRYPTO_SIG_PUBLIC_MAX];
        uint8_t priv[32];
        assert_int_equal(sigs[i]->key_pair(counting(32), priv, key), BASE_OK);
        assert_bytes(base_bytes_of(key, 16), unhex(begin[i]));
        assert_bytes(base_bytes_of(priv, 32), counting(32));
    }
}

static void a_signature_of_mldsa_holds_for_its_key_and_message_alone(void **state)
{
    (void)state;
    static uint8_t key[2][CRYPTO_SIG_PUBLIC_MAX];
    static uint8_t sig[CRYPTO_SIGNATURE_MAX + 1];
    if (!crypto_openssl_has_ml()) {
        skip();
    }
    for (size_t i = 0; i < N(sigs); i++) {
        const crypto_sig_alg *g = sigs[i];
        uint8_t priv[2][32];
        size_t n = 0;
        base_bytes m = base_bytes_str("a message");
        assert_int_equal(g->key_pair(counting(32), priv[0], key[0]), BASE_OK);
        assert_int_equal(
            g->key_pair(base_bytes_of("another seed, of thirty-two byte", 32), priv[1], key[1]),
            BASE_OK);
        assert_int_equal(g->sign(base_bytes_of(priv[0], 32), m, sig, &n), BASE_OK);
        assert_int_equal(n, g->signature_max);
        base_bytes own = base_bytes_of(key[0], g->public_size);
        base_bytes s = base_bytes_of(sig, n);
        assert_int_equal(g->verify(own, m, s), BASE_OK);
        assert_int_equal(g->verify(base_bytes_of(key[1], g->public_size), m, s),
                         CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, base_bytes_str("a massage"), s), CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, m, base_bytes_of(sig, n - 1)), CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, m, base_bytes_of(sig, n + 1)), CRYPTO_E_SIGNATURE);
        assert_int_equal(g->verify(own, m, BASE_BYTES_NONE), CRYPTO_E_SIGNATURE);
        for (size_t at = 0; at < n; at += 97) {
            sig[at] ^= 1;
            assert_int_equal(g->verify(own, m, s), CRYPTO_E_SIGNATURE);
            sig[at] ^= 1;
        }
    }
}

static void keys_of_mldsa_of_another_size_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[CRYPTO_SIGNATURE_MAX];
    static uint8_t key[CRYPTO_SIG_PUBLIC_MAX];
    if (!crypto_openssl_has_ml()) {
        skip();
    }
    for (size_t i = 0; i < N(sigs); i++) {
        const crypto_sig_alg *g = sigs[i];
        uint8_t priv[32];
        size_t n = 1;
        base_bytes m = base_bytes_str("m");
        assert_int_equal(g->key_pair(counting(31), priv, key), CRYPTO_E_KEY);
        assert_int_equal(g->sign(counting(33), m, bytes, &n), CRYPTO_E_KEY);
        assert_int_equal(n, 0);
        base_bytes s = base_bytes_of(bytes, g->signature_max);
        assert_int_equal(g->verify(base_bytes_of(key, g->public_size - 1), m, s), CRYPTO_E_KEY);
    }
}

/* ---- what is not there ---- */

static void an_older_library_offers_none_of_it_and_fails_closed(void **state)
{
    (void)state;
    uint8_t secret[32];
    if (crypto_openssl_has_ml()) {
        skip();
    }
    assert_null(crypto_openssl()->kems);
    for (const crypto_sig_alg *const *s = crypto_openssl()->sigs; *s != NULL; s++) {
        assert_true((*s)->id < CRYPTO_SIG_MLDSA44);
    }
    assert_int_equal(crypto_openssl_mlkem1024.public_key(counting(64), pub), CRYPTO_E_BACKEND);
    assert_int_equal(
        crypto_openssl_mlkem1024.encap(base_bytes_of(pub, 1568), counting(32), enc, secret),
        CRYPTO_E_KEY);
    assert_int_not_equal(crypto_openssl_mldsa44.verify(base_bytes_of(pub, 1312),
                                                       base_bytes_str("m"),
                                                       base_bytes_of(enc, 1569)),
                         BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encapsulated_comes_out_again),
        cmocka_unit_test(keys_seeds_and_encapsulations_of_another_size_are_refused),
        cmocka_unit_test(a_public_key_that_is_not_reduced_is_refused),
        cmocka_unit_test(a_hybrid_refuses_what_its_group_refuses),
        cmocka_unit_test(mlkem768_of_two_libraries_agrees),
        cmocka_unit_test(mldsa_makes_the_published_keys),
        cmocka_unit_test(a_signature_of_mldsa_holds_for_its_key_and_message_alone),
        cmocka_unit_test(keys_of_mldsa_of_another_size_are_refused),
        cmocka_unit_test(an_older_library_offers_none_of_it_and_fails_closed),
    };
    return cmocka_run_group_tests(tests, start_libraries, NULL);
}
