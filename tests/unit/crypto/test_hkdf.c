/* HKDF: the published answers (RFC 5869, appendix A), its bounds, and a hash that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto/hkdf.h"
#include "support/crypto_rig.h"

static const crypto_hash_alg *sha256;

static int start(void **state)
{
    (void)state;
    static crypto_rig rig;
    crypto_rig_init(&rig, 31);
    sha256 = crypto_rig_suite(&rig, 0x0001).hash;
    return 0;
}

typedef struct answer {
    const char *ikm;
    const char *salt;
    const char *info;
    const char *prk;
    const char *okm;
} answer;

static const answer answers[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void extract_and_expand_give_the_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const answer *a = &answers[i];
        base_bytes ikm = unhex(a->ikm);
        base_bytes info = unhex(a->info);
        base_bytes okm = unhex(a->okm);
        uint8_t out[64];
        base_secret prk = {0};
        assert_int_equal(crypto_hkdf_extract(sha256, unhex(a->salt), &ikm, 1, &prk), BASE_OK);
        assert_bytes(base_secret_bytes(&prk), unhex(a->prk));
        assert_int_equal(crypto_hkdf_expand(sha256, base_secret_bytes(&prk), &info, 1, out, okm.n),
                         BASE_OK);
        assert_bytes(base_bytes_of(out, okm.n), okm);
    }
}

static void parts_mean_their_concatenation(void **state)
{
    (void)state;
    base_bytes whole = base_bytes_str("one two three");
    const base_bytes parts[4] = {base_bytes_str("one "), BASE_BYTES_NONE, base_bytes_str("two "),
                                 base_bytes_str("three")};
    base_secret one = {0};
    base_secret two = {0};
    uint8_t out[2][100];
    assert_int_equal(crypto_hkdf_extract(sha256, whole, &whole, 1, &one), BASE_OK);
    assert_int_equal(crypto_hkdf_extract(sha256, whole, parts, 4, &two), BASE_OK);
    assert_bytes(base_secret_bytes(&one), base_secret_bytes(&two));
    assert_int_equal(crypto_hkdf_expand(sha256, base_secret_bytes(&one), &whole, 1, out[0], 100),
                     BASE_OK);
    assert_int_equal(crypto_hkdf_expand(sha256, base_secret_bytes(&two), parts, 4, out[1], 100),
                     BASE_OK);
    assert_memory_equal(out[0], out[1], 100);
}

static void a_shorter_output_is_the_beginning_of_a_longer_one(void **state)
{
    (void)state;
    base_bytes prk = base_bytes_str("thirty-two bytes of pseudo-random");
    uint8_t whole[255 * 32];
    uint8_t part[255 * 32];
    assert_int_equal(crypto_hkdf_expand(sha256, prk, NULL, 0, whole, sizeof whole), BASE_OK);
    for (size_t n = 0; n <= 100; n++) {
        assert_int_equal(crypto_hkdf_expand(sha256, prk, NULL, 0, part, n), BASE_OK);
        assert_memory_equal(whole, part, n);
    }
}

static void more_than_255_blocks_or_too_many_parts_are_refused(void **state)
{
    (void)state;
    static uint8_t out[255 * 32 + 1];
    base_bytes parts[CRYPTO_HKDF_PARTS + 1] = {{NULL, 0}};
    base_bytes prk = base_bytes_str("secret");
    memset(out, 0xee, sizeof out);
    assert_int_equal(crypto_hkdf_expand(sha256, prk, NULL, 0, out, sizeof out), BASE_E_ARGUMENT);
    assert_true(base_ct_is_zero(base_bytes_of(out, sizeof out)));
    assert_int_equal(crypto_hkdf_expand(sha256, prk, parts, CRYPTO_HKDF_PARTS, out, 1), BASE_OK);
    assert_int_equal(crypto_hkdf_expand(sha256, prk, parts, CRYPTO_HKDF_PARTS + 1, out, 1),
                     BASE_E_ARGUMENT);
}

/* ---- a hash that fails at a given call ---- */

static size_t calls;
static size_t fail_at;

static base_err failing_hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    calls++;
    return calls == fail_at ? CRYPTO_E_BACKEND : sha256->hmac(key, parts, count, out);
}

static void a_failing_hash_is_told_and_leaves_no_output(void **state)
{
    (void)state;
    const crypto_hash_alg failing = {.id = sha256->id, .size = 32, .hmac = failing_hmac};
    uint8_t out[96];
    base_secret prk = {.n = 1, .b = {7}};
    calls = 0;
    fail_at = 1;
    assert_int_equal(crypto_hkdf_extract(&failing, BASE_BYTES_NONE, NULL, 0, &prk),
                     CRYPTO_E_BACKEND);
    assert_int_equal(prk.n, 1); /* untouched */
    for (fail_at = 1; fail_at <= 3; fail_at++) {
        calls = 0;
        memset(out, 0xee, sizeof out);
        assert_int_equal(crypto_hkdf_expand(&failing, base_bytes_str("k"), NULL, 0, out, 96),
                         CRYPTO_E_BACKEND);
        assert_true(base_ct_is_zero(base_bytes_of(out, sizeof out)));
    }
    calls = 0;
    assert_int_equal(crypto_hkdf_expand(&failing, base_bytes_str("k"), NULL, 0, out, 96), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extract_and_expand_give_the_published_answers),
        cmocka_unit_test(parts_mean_their_concatenation),
        cmocka_unit_test(a_shorter_output_is_the_beginning_of_a_longer_one),
        cmocka_unit_test(more_than_255_blocks_or_too_many_parts_are_refused),
        cmocka_unit_test(a_failing_hash_is_told_and_leaves_no_output),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
