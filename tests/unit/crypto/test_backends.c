/* The primitives of the backends: answers that are published, agreement where two libraries offer
 * one, and refusal of keys, tags and signatures that are wrong. */
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

static base_bytes text(const char *s)
{
    return base_bytes_str(s);
}

/* ---- hashes ---- */

static const crypto_hash_alg *const all_hashes[] = {&crypto_openssl_sha256, &crypto_openssl_sha384,
                                                    &crypto_openssl_sha512, &crypto_sodium_sha256,
                                                    &crypto_sodium_sha512};

#define N_HASHES (sizeof all_hashes / sizeof all_hashes[0])

typedef struct hash_answer {
    uint16_t id;
    const char *abc;  /* FIPS 180-4, "abc" */
    const char *hmac; /* RFC 4231, case 2: key "Jefe" */
    const char *wide; /* RFC 4231, case 6: a key longer than a block */
} hash_answer;

static const hash_answer hash_answers[] = {
    {CRYPTO_HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {CRYPTO_HASH_SHA384,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
     "8e2240ca5e69e2c78b3239ecfab21649",
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
     "0c2ef6ab4030fe8296248df163f44952"},
    {CRYPTO_HASH_SHA512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
     "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
};

static const hash_answer *answers_of(uint16_t id)
{
    return &hash_answers[id - 1];
}

static void hashes_give_the_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_HASHES; i++) {
        const crypto_hash_alg *h = all_hashes[i];
        uint8_t out[CRYPTO_HASH_MAX];
        const base_bytes parts[4] = {text("a"), BASE_BYTES_NONE, text("bc"), text("")};
        assert_int_equal(h->digest(parts, 4, out), BASE_OK);
        assert_bytes(base_bytes_of(out, h->size), unhex(answers_of(h->id)->abc));
    }
}

static void hmacs_give_the_published_answers(void **state)
{
    (void)state;
    uint8_t wide[131];
    memset(wide, 0xaa, sizeof wide);
    for (size_t i = 0; i < N_HASHES; i++) {
        const crypto_hash_alg *h = all_hashes[i];
        uint8_t out[CRYPTO_HASH_MAX];
        const base_bytes parts[2] = {text("what do ya want "), text("for nothing?")};
        assert_int_equal(h->hmac(text("Jefe"), parts, 2, out), BASE_OK);
        assert_bytes(base_bytes_of(out, h->size), unhex(answers_of(h->id)->hmac));
        base_bytes one = text("Test Using Larger Than Block-Size Key - Hash Key First");
        assert_int_equal(h->hmac(base_bytes_of(wide, sizeof wide), &one, 1, out), BASE_OK);
        assert_bytes(base_bytes_of(out, h->size), unhex(answers_of(h->id)->wide));
    }
}

/* Our HMAC over OpenSSL's hash, against libsodium's own, at every length around a block. */
static void hmacs_of_two_libraries_agree(void **state)
{
    (void)state;
    const crypto_hash_alg *pairs[2][2] = {{&crypto_openssl_sha256, &crypto_sodium_sha256},
                                          {&crypto_openssl_sha512, &crypto_sodium_sha512}};
    fake_random r = fake_random_of(11);
    uint8_t key[300];
    uint8_t message[300];
    for (size_t n = 0; n < sizeof key; n++) {
        key[n] = (uint8_t)fake_random_next(&r);
        message[n] = (uint8_t)fake_random_next(&r);
        for (size_t k = 0; k < 2; k++) {
            uint8_t one[CRYPTO_HASH_MAX];
            uint8_t two[CRYPTO_HASH_MAX];
            base_bytes m = base_bytes_of(message, n);
            assert_int_equal(pairs[k][0]->hmac(base_bytes_of(key, n), &m, 1, one), BASE_OK);
            assert_int_equal(pairs[k][1]->hmac(base_bytes_of(key, n), &m, 1, two), BASE_OK);
            assert_memory_equal(one, two, pairs[k][0]->size);
        }
    }
}

static void the_output_may_lie_in_a_part_of_the_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_HASHES; i++) {
        const crypto_hash_alg *h = all_hashes[i];
        uint8_t apart[CRYPTO_HASH_MAX];
        uint8_t within[CRYPTO_HASH_MAX] = {1, 2, 3};
        base_bytes m = base_bytes_of(within, h->size);
        assert_int_equal(h->hmac(text("k"), &m, 1, apart), BASE_OK);
        assert_int_equal(h->hmac(text("k"), &m, 1, within), BASE_OK);
        assert_memory_equal(apart, within, h->size);
    }
}

static void shake256_gives_the_published_answer_in_both_libraries(void **state)
{
    (void)state;
    const crypto_xof_alg *xofs[2] = {&crypto_openssl_shake256, &crypto_sodium_shake256};
    for (size_t i = 0; i < 2; i++) {
        uint8_t out[200];
        const base_bytes parts[2] = {text("a"), text("bc")};
        assert_int_equal(xofs[i]->digest(NULL, 0, out, 32), BASE_OK);
        assert_bytes(base_bytes_of(out, 32),
                     unhex("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"));
        assert_int_equal(xofs[i]->digest(parts, 2, out, 200), BASE_OK);
        assert_bytes(base_bytes_of(out, 32),
                     unhex("483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739"));
    }
}

/* ---- authenticated encryption ---- */

typedef struct aead_answer {
    const crypto_aead_alg *alg;
    const char *key;
    const char *nonce;
    const char *aad;
    const char *plaintext;
    const char *ciphertext;
} aead_answer;

#define GCM_PLAINTEXT                                                                              \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CHACHA_KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
#define CHACHA_PLAINTEXT                                                                           \
    "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"                             \
    "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"                             \
    "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"                             \
    "637265656e20776f756c642062652069742e"
#define CHACHA_CIPHERTEXT                                                                          \
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"                             \
    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"                             \
    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"                             \
    "3ff4def08e4b7a9de576d26586cec64b6116"                                                         \
    "1ae10b594f09e26a7e902ecbd0600691"

/* The GCM specification's cases 4 and 16, and RFC 8439, section 2.8.2. */
static const aead_answer aead_answers[] = {
    {&crypto_openssl_aes128gcm, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAINTEXT,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {&crypto_openssl_aes256gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAINTEXT,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {&crypto_openssl_chacha20poly1305, CHACHA_KEY, "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7", CHACHA_PLAINTEXT, CHACHA_CIPHERTEXT},
    {&crypto_sodium_chacha20poly1305, CHACHA_KEY, "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7", CHACHA_PLAINTEXT, CHACHA_CIPHERTEXT},
};

#define N_AEADS (sizeof aead_answers / sizeof aead_answers[0])

static void aeads_give_the_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_AEADS; i++) {
        const aead_answer *a = &aead_answers[i];
        uint8_t out[256];
        base_bytes pt = unhex(a->plaintext);
        base_bytes ct = unhex(a->ciphertext);
        base_bytes key = unhex(a->key);
        base_bytes nonce = unhex(a->nonce);
        assert_int_equal(a->alg->key_size, key.n);
        assert_int_equal(a->alg->seal(key, nonce, unhex(a->aad), pt, out), BASE_OK);
        assert_bytes(base_bytes_of(out, pt.n + a->alg->tag_size), ct);
        assert_int_equal(a->alg->open(key, nonce, unhex(a->aad), ct, out), BASE_OK);
        assert_bytes(base_bytes_of(out, pt.n), pt);
    }
}

static void every_changed_bit_of_a_ciphertext_is_refused_and_nothing_comes_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_AEADS; i++) {
        const aead_answer *a = &aead_answers[i];
        uint8_t ct[256];
        uint8_t out[256];
        base_bytes whole = unhex(a->ciphertext);
        memcpy(ct, whole.p, whole.n);
        for (size_t bit = 0; bit < 8 * whole.n; bit++) {
            ct[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            memset(out, 0xee, sizeof out);
            assert_int_equal(a->alg->open(unhex(a->key), unhex(a->nonce), unhex(a->aad),
                                          base_bytes_of(ct, whole.n), out),
                             CRYPTO_E_OPEN);
            assert_true(base_ct_is_zero(base_bytes_of(out, whole.n - a->alg->tag_size)));
            ct[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
    }
}

static void every_truncated_ciphertext_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_AEADS; i++) {
        const aead_answer *a = &aead_answers[i];
        uint8_t out[256];
        base_bytes whole = unhex(a->ciphertext);
        for (size_t n = 0; n < whole.n; n++) {
            assert_int_equal(a->alg->open(unhex(a->key), unhex(a->nonce), unhex(a->aad),
                                          base_bytes_of(whole.p, n), out),
                             CRYPTO_E_OPEN);
        }
    }
}

static void another_key_nonce_or_aad_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_AEADS; i++) {
        const aead_answer *a = &aead_answers[i];
        uint8_t out[256];
        uint8_t key[32];
        uint8_t nonce[12];
        base_bytes k = unhex(a->key);
        base_bytes n = unhex(a->nonce);
        base_bytes ct = unhex(a->ciphertext);
        memcpy(key, k.p, k.n);
        memcpy(nonce, n.p, n.n);
        key[0] ^= 1;
        nonce[11] ^= 1;
        assert_int_equal(a->alg->open(base_bytes_of(key, k.n), n, unhex(a->aad), ct, out),
                         CRYPTO_E_OPEN);
        assert_int_equal(a->alg->open(k, base_bytes_of(nonce, 12), unhex(a->aad), ct, out),
                         CRYPTO_E_OPEN);
        assert_int_equal(a->alg->open(k, n, BASE_BYTES_NONE, ct, out), CRYPTO_E_OPEN);
    }
}

static void a_key_or_nonce_of_another_size_is_the_callers_bug(void **state)
{
    (void)state;
    static const uint8_t bytes[64] = {0};
    for (size_t i = 0; i < N_AEADS; i++) {
        const crypto_aead_alg *a = aead_answers[i].alg;
        uint8_t out[64];
        base_bytes key = base_bytes_of(bytes, a->key_size);
        base_bytes nonce = base_bytes_of(bytes, a->nonce_size);
        base_bytes short_key = base_bytes_of(bytes, a->key_size - 1);
        base_bytes long_nonce = base_bytes_of(bytes, a->nonce_size + 1);
        base_bytes ct = base_bytes_of(bytes, 32);
        assert_int_equal(a->seal(short_key, nonce, BASE_BYTES_NONE, BASE_BYTES_NONE, out),
                         BASE_E_ARGUMENT);
        assert_int_equal(a->seal(key, long_nonce, BASE_BYTES_NONE, BASE_BYTES_NONE, out),
                         BASE_E_ARGUMENT);
        assert_int_equal(a->open(short_key, nonce, BASE_BYTES_NONE, ct, out), BASE_E_ARGUMENT);
        assert_int_equal(a->open(key, long_nonce, BASE_BYTES_NONE, ct, out), BASE_E_ARGUMENT);
    }
}

static void an_empty_plaintext_and_encryption_in_place_work(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_AEADS; i++) {
        const aead_answer *a = &aead_answers[i];
        uint8_t b[256] = {0};
        base_bytes k = unhex(a->key);
        base_bytes n = unhex(a->nonce);
        assert_int_equal(a->alg->seal(k, n, BASE_BYTES_NONE, BASE_BYTES_NONE, b), BASE_OK);
        assert_int_equal(a->alg->open(k, n, BASE_BYTES_NONE, base_bytes_of(b, 16), b), BASE_OK);
        base_bytes pt = unhex(a->plaintext);
        memcpy(b, pt.p, pt.n);
        assert_int_equal(a->alg->seal(k, n, unhex(a->aad), base_bytes_of(b, pt.n), b), BASE_OK);
        assert_bytes(base_bytes_of(b, pt.n + 16), unhex(a->ciphertext));
        assert_int_equal(a->alg->open(k, n, unhex(a->aad), base_bytes_of(b, pt.n + 16), b),
                         BASE_OK);
        assert_bytes(base_bytes_of(b, pt.n), pt);
    }
}

static void chacha20poly1305_of_two_libraries_agrees_at_every_length(void **state)
{
    (void)state;
    fake_random r = fake_random_of(12);
    uint8_t in[600];
    uint8_t one[616];
    uint8_t two[616];
    base_bytes key = unhex(CHACHA_KEY);
    base_bytes nonce = unhex("070000004041424344454647");
    for (size_t n = 0; n < sizeof in; n++) {
        in[n] = (uint8_t)fake_random_next(&r);
        base_bytes pt = base_bytes_of(in, n);
        base_bytes aad = base_bytes_of(in, n % 40);
        assert_int_equal(crypto_openssl_chacha20poly1305.seal(key, nonce, aad, pt, one), BASE_OK);
        assert_int_equal(crypto_sodium_chacha20poly1305.seal(key, nonce, aad, pt, two), BASE_OK);
        assert_memory_equal(one, two, n + 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_give_the_published_answers),
        cmocka_unit_test(hmacs_give_the_published_answers),
        cmocka_unit_test(hmacs_of_two_libraries_agree),
        cmocka_unit_test(the_output_may_lie_in_a_part_of_the_message),
        cmocka_unit_test(shake256_gives_the_published_answer_in_both_libraries),
        cmocka_unit_test(aeads_give_the_published_answers),
        cmocka_unit_test(every_changed_bit_of_a_ciphertext_is_refused_and_nothing_comes_out),
        cmocka_unit_test(every_truncated_ciphertext_is_refused),
        cmocka_unit_test(another_key_nonce_or_aad_is_refused),
        cmocka_unit_test(a_key_or_nonce_of_another_size_is_the_callers_bug),
        cmocka_unit_test(an_empty_plaintext_and_encryption_in_place_work),
        cmocka_unit_test(chacha20poly1305_of_two_libraries_agrees_at_every_length),
    };
    return cmocka_run_group_tests(tests, start_libraries, NULL);
}
