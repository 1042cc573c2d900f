/* The default backend judges public keys without using them. Each answer has to be that of the
 * library's own operation, which refuses some keys: for the keys at which the answer turns, their
 * neighbours, and many others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/crypto_sodium.h"
#include "base/bytes.h"

#include "support/crypto_rig.h"

#define Q 3329

static const char *const small_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

/* Check and multiplication say the same of a key; what they say. */
static base_err x25519_agreed(const uint8_t key[32])
{
    static const uint8_t scalar[32] = {0x77, 1, 2, 3};
    uint8_t secret[32];
    base_err used =
        crypto_sodium_x25519.shared(base_bytes_of(scalar, 32), base_bytes_of(key, 32), secret);
    assert_int_equal(crypto_sodium_x25519.check(base_bytes_of(key, 32)), used);
    return used;
}

static void x25519_check_refuses_what_the_multiplication_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        uint8_t key[32];
        memcpy(key, unhex(small_order[i]).p, sizeof key);
        assert_int_equal(x25519_agreed(key), CRYPTO_E_KEY);
        key[31] ^= 0x80; /* the bit that is ignored */
        assert_int_equal(x25519_agreed(key), CRYPTO_E_KEY);
    }
}

/* One bit away from a refused key there may be another one (0 and 1): both have to know. */
static void x25519_check_accepts_what_the_multiplication_accepts(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        for (size_t bit = 0; bit < 255; bit++) {
            uint8_t key[32];
            memcpy(key, unhex(small_order[i]).p, sizeof key);
            key[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            accepted += x25519_agreed(key) == BASE_OK;
        }
    }
    assert_true(accepted > 7 * 250);
    /* All values from 2^255 - 32 to 2^255 - 1: the largest that are not reduced. */
    for (unsigned low = 0xe0; low <= 0xff; low++) {
        uint8_t key[32];
        memset(key, 0xff, sizeof key);
        key[0] = (uint8_t)low;
        key[31] = 0x7f;
        (void)x25519_agreed(key);
    }
    fake_random r = fake_random_of(7);
    for (size_t i = 0; i < 200; i++) {
        uint8_t key[32];
        for (size_t k = 0; k < sizeof key; k++) {
            key[k] = (uint8_t)fake_random_next(&r);
        }
        assert_int_equal(x25519_agreed(key), BASE_OK);
    }
}

/* Check and encapsulation say the same of a key; what they say. */
static base_err xwing_agreed(const uint8_t key[1216])
{
    static const uint8_t seed[64] = {1, 2, 3};
    static uint8_t enc[1120];
    uint8_t secret[32];
    base_err used =
        crypto_sodium_xwing.encap(base_bytes_of(key, 1216), base_bytes_of(seed, 64), enc, secret);
    assert_int_equal(crypto_sodium_xwing.check(base_bytes_of(key, 1216)), used);
    return used;
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

static void xwing_key(uint8_t key[1216])
{
    static const uint8_t seed[32] = {5};
    assert_int_equal(crypto_sodium_xwing.public_key(base_bytes_of(seed, 32), key), BASE_OK);
}

static void xwing_check_turns_at_the_modulus_in_every_coefficient(void **state)
{
    (void)state;
    static const unsigned values[] = {0, Q - 1, Q, Q + 1, 4095};
    static uint8_t whole[1216];
    static uint8_t key[1216];
    xwing_key(whole);
    assert_int_equal(xwing_agreed(whole), BASE_OK);
    for (size_t i = 0; i < 768; i++) {
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            memcpy(key, whole, sizeof key);
            set_coefficient(key, i, values[k]);
            assert_int_equal(xwing_agreed(key), values[k] < Q ? BASE_OK : CRYPTO_E_KEY);
        }
    }
}

static void xwing_check_leaves_the_seed_alone_and_looks_at_the_x25519_half(void **state)
{
    (void)state;
    static uint8_t key[1216];
    xwing_key(key);
    memset(key + 1152, 0xff, 32); /* rho: any bytes */
    assert_int_equal(xwing_agreed(key), BASE_OK);
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        memcpy(key + 1184, unhex(small_order[i]).p, 32);
        assert_int_equal(xwing_agreed(key), CRYPTO_E_KEY);
        key[1184 + 5] ^= 0x20;
        assert_int_equal(xwing_agreed(key), BASE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x25519_check_refuses_what_the_multiplication_refuses),
        cmocka_unit_test(x25519_check_accepts_what_the_multiplication_accepts),
        cmocka_unit_test(xwing_check_turns_at_the_modulus_in_every_coefficient),
        cmocka_unit_test(xwing_check_leaves_the_seed_alone_and_looks_at_the_x25519_half),
    };
    return crypto_sodium() == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
