/* The relay's small ports on the real system: SHA-256, randomness, clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "adapters/clock_os.h"
#include "adapters/digest_openssl.h"
#include "adapters/relay_random_os.h"

static void parts_hash_like_their_concatenation(void **state)
{
    (void)state;
    /* FIPS 180-4's example for "abc", and the empty string. */
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                    0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                    0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const uint8_t empty[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                      0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                      0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                      0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
    digest_openssl *d = NULL;
    uint8_t sum[32] = {0};
    base_bytes whole = base_bytes_str("abc");
    const base_bytes parts[3] = {base_bytes_str("a"), BASE_BYTES_NONE, base_bytes_str("bc")};
    assert_int_equal(digest_openssl_new(&d), BASE_OK);
    relay_digest port = digest_openssl_port(d);
    assert_int_equal(port.sha256(port.user, &whole, 1, sum), BASE_OK);
    assert_memory_equal(sum, abc, 32);
    assert_int_equal(port.sha256(port.user, NULL, 0, sum), BASE_OK);
    assert_memory_equal(sum, empty, 32);
    assert_int_equal(port.sha256(port.user, parts, 3, sum), BASE_OK);
    assert_memory_equal(sum, abc, 32);
    digest_openssl_free(d);
}

static void randomness_fills_every_byte_of_a_long_buffer(void **state)
{
    (void)state;
    uint8_t sum[600] = {0};
    relay_random port = relay_random_os();
    for (int i = 0; i < 16; i++) { /* a byte left out would stay zero: chance 2^-128 a byte */
        uint8_t p[600] = {0};
        assert_int_equal(port.fill(port.user, p, sizeof p), BASE_OK);
        for (size_t k = 0; k < sizeof p; k++) {
            sum[k] |= p[k];
        }
    }
    for (size_t k = 0; k < sizeof sum; k++) {
        assert_int_not_equal(sum[k], 0);
    }
}

static void steady_clock_goes_on_and_unix_clock_agrees_with_the_system(void **state)
{
    (void)state;
    struct timespec nap = {.tv_nsec = 20000000};
    uint64_t before = clock_os_steady_ms();
    (void)nanosleep(&nap, NULL);
    assert_in_range(clock_os_steady_ms() - before, 19, 10000);
    uint64_t now = (uint64_t)time(NULL) * 1000;
    assert_in_range(clock_os_unix_ms(), now - 2000, now + 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_hash_like_their_concatenation),
        cmocka_unit_test(randomness_fills_every_byte_of_a_long_buffer),
        cmocka_unit_test(steady_clock_goes_on_and_unix_clock_agrees_with_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
