/* Comparing, choosing and wiping without looking at the values. That the time does not depend on
 * them is Valgrind's to show; here is that the answers are right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"

static void wipe_zeros_exactly_what_it_is_given(void **state)
{
    (void)state;
    uint8_t b[5] = {1, 2, 3, 4, 5};
    base_wipe(b + 1, 3);
    assert_memory_equal(b, "\x01\0\0\0\x05", 5);
    base_wipe(b, 0);
    base_wipe(NULL, 0);
    assert_int_equal(b[0], 1);
}

static void every_single_bit_makes_bytes_unequal(void **state)
{
    (void)state;
    uint8_t a[33];
    uint8_t b[33];
    memset(a, 0xa5, sizeof a);
    memcpy(b, a, sizeof a);
    assert_true(base_ct_eq(base_bytes_of(a, sizeof a), base_bytes_of(b, sizeof b)));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(base_ct_eq(base_bytes_of(a, sizeof a), base_bytes_of(b, sizeof b)));
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static void bytes_of_other_length_are_unequal(void **state)
{
    (void)state;
    static const uint8_t zeros[4] = {0};
    assert_false(base_ct_eq(base_bytes_of(zeros, 3), base_bytes_of(zeros, 4)));
    assert_false(base_ct_eq(base_bytes_of(zeros, 4), BASE_BYTES_NONE));
    assert_true(base_ct_eq(BASE_BYTES_NONE, base_bytes_of(zeros, 0)));
}

static void zero_bytes_are_zero_and_every_single_bit_is_not(void **state)
{
    (void)state;
    uint8_t b[17] = {0};
    assert_true(base_ct_is_zero(base_bytes_of(b, sizeof b)));
    assert_true(base_ct_is_zero(BASE_BYTES_NONE));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(base_ct_is_zero(base_bytes_of(b, sizeof b)));
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static void the_mask_is_full_for_equal_numbers_and_empty_for_others(void **state)
{
    (void)state;
    const uint32_t v[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
        for (size_t k = 0; k < sizeof v / sizeof v[0]; k++) {
            assert_int_equal(base_ct_mask_eq(v[i], v[k]), i == k ? 0xff : 0);
        }
    }
}

static void copy_copies_under_a_full_mask_alone(void **state)
{
    (void)state;
    uint8_t dst[4] = {1, 2, 3, 4};
    const uint8_t src[4] = {5, 6, 7, 8};
    base_ct_copy(dst, src, 4, 0);
    assert_memory_equal(dst, "\x01\x02\x03\x04", 4);
    base_ct_copy(dst, src, 3, 0xff);
    assert_memory_equal(dst, "\x05\x06\x07\x04", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wipe_zeros_exactly_what_it_is_given),
        cmocka_unit_test(every_single_bit_makes_bytes_unequal),
        cmocka_unit_test(bytes_of_other_length_are_unequal),
        cmocka_unit_test(zero_bytes_are_zero_and_every_single_bit_is_not),
        cmocka_unit_test(the_mask_is_full_for_equal_numbers_and_empty_for_others),
        cmocka_unit_test(copy_copies_under_a_full_mask_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
