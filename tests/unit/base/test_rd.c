/* The latched reader: values, borrowed views, the forms of a length that RFC 9420 (section 2.1.2)
 * forbids, and an error that stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rd.h"

static base_rd on(const void *p, size_t n)
{
    return base_rd_on(base_bytes_of(p, n));
}

#define ON(...) on((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void integers_are_big_endian(void **state)
{
    (void)state;
    base_rd r = ON(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x81, 2, 3, 4, 5, 6, 7, 8);
    assert_int_equal(base_rd_u8(&r), 0x01);
    assert_int_equal(base_rd_u16(&r), 0x0203);
    assert_int_equal(base_rd_u32(&r), 0x04050607);
    assert_true(base_rd_u64(&r) == 0x8102030405060708u);
    assert_int_equal(base_rd_end(&r), BASE_OK);
}

static void every_truncation_of_a_read_is_told(void **state)
{
    (void)state;
    static const uint8_t bytes[8] = {0};
    for (size_t n = 0; n < 8; n++) {
        base_rd r = on(bytes, n);
        assert_true(base_rd_u64(&r) == 0);
        assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
    }
    base_rd r = on(bytes, 3);
    assert_int_equal(base_rd_u32(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
    r = on(bytes, 1);
    assert_int_equal(base_rd_u16(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
    r = on(NULL, 0);
    assert_int_equal(base_rd_u8(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
}

static void bytes_left_over_are_told(void **state)
{
    (void)state;
    base_rd r = ON(1, 2);
    assert_int_equal(base_rd_u8(&r), 1);
    assert_int_equal(base_rd_end(&r), BASE_E_TRAILING);
}

static void the_first_error_stays_and_later_reads_yield_zeros(void **state)
{
    (void)state;
    base_rd r = ON(7, 7, 7, 7);
    assert_int_equal(base_rd_bool(&r), 0);
    assert_int_equal(r.err, BASE_E_VALUE);
    assert_int_equal(base_rd_u8(&r), 0);
    assert_int_equal(base_rd_u64(&r), 0);
    assert_int_equal(base_rd_vec(&r).n, 0);
    assert_int_equal(base_rd_fixed(&r, 1).n, 0);
    assert_false(base_rd_more(&r));
    base_rd_fail(&r, BASE_E_NOMEM);
    assert_int_equal(base_rd_end(&r), BASE_E_VALUE);
}

/* V-2.1.1-1 */
static void a_presence_octet_is_zero_or_one(void **state)
{
    (void)state;
    base_rd r = ON(0, 1, 2);
    assert_false(base_rd_bool(&r));
    assert_true(base_rd_bool(&r));
    assert_false(base_rd_bool(&r));
    assert_int_equal(base_rd_end(&r), BASE_E_VALUE);
}

static void fixed_reads_borrow_from_the_source(void **state)
{
    (void)state;
    static const uint8_t src[4] = {1, 2, 3, 4};
    base_rd r = on(src, 4);
    base_bytes b = base_rd_fixed(&r, 3);
    assert_ptr_equal(b.p, src);
    assert_int_equal(b.n, 3);
    assert_int_equal(base_rd_fixed(&r, 2).n, 0);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
    r = on(src, 4);
    assert_int_equal(base_rd_fixed(&r, SIZE_MAX).n, 0); /* no overflow */
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
}

static void lengths_come_in_one_two_or_four_bytes(void **state)
{
    (void)state;
    base_rd r =
        ON(0x00, 0x3f, 0x40, 0x40, 0x7f, 0xff, 0x80, 0x00, 0x40, 0x00, 0xbf, 0xff, 0xff, 0xff);
    assert_int_equal(base_rd_varint(&r), 0);
    assert_int_equal(base_rd_varint(&r), 63);
    assert_int_equal(base_rd_varint(&r), 64);
    assert_int_equal(base_rd_varint(&r), 16383);
    assert_int_equal(base_rd_varint(&r), 16384);
    assert_int_equal(base_rd_varint(&r), (1 << 30) - 1);
    assert_int_equal(base_rd_end(&r), BASE_OK);
}

/* V-2.1.2-1 */
static void a_length_longer_than_needed_is_refused(void **state)
{
    (void)state;
    base_rd r = ON(0x40, 0x3f);
    assert_int_equal(base_rd_varint(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_VARINT);
    r = ON(0x80, 0x00, 0x3f, 0xff);
    assert_int_equal(base_rd_varint(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_VARINT);
}

/* V-2.1.2-2 */
static void the_length_prefix_with_both_bits_set_is_refused(void **state)
{
    (void)state;
    base_rd r = ON(0xc0, 0, 0, 0, 0, 0, 0, 1);
    assert_int_equal(base_rd_varint(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_VARINT);
}

static void a_length_cut_short_is_refused(void **state)
{
    (void)state;
    base_rd r = ON(0x40);
    (void)base_rd_varint(&r);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
    r = ON(0x80, 0x01, 0x00);
    (void)base_rd_varint(&r);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
}

static void vectors_carry_their_length_and_no_more_than_is_there(void **state)
{
    (void)state;
    base_rd r = ON(3, 'a', 'b', 'c', 0, 2, 'd');
    assert_true(base_bytes_eq(base_rd_vec(&r), base_bytes_str("abc")));
    assert_int_equal(base_rd_vec(&r).n, 0);
    assert_int_equal(r.err, BASE_OK);
    assert_int_equal(base_rd_vec(&r).n, 0);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
}

static void a_vector_above_its_bound_is_a_limit(void **state)
{
    (void)state;
    base_rd r = ON(3, 1, 2, 3);
    assert_int_equal(base_rd_vec_max(&r, 3).n, 3);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    r = ON(3, 1, 2, 3);
    assert_int_equal(base_rd_vec_max(&r, 2).n, 0);
    assert_int_equal(base_rd_end(&r), BASE_E_LIMIT);
}

static void vectors_of_structs_are_read_to_their_end(void **state)
{
    (void)state;
    base_rd r = ON(4, 0, 1, 0, 2, 9);
    base_rd inner = base_rd_open(&r);
    unsigned sum = 0;
    while (base_rd_more(&inner)) {
        sum += base_rd_u16(&inner);
    }
    base_rd_close(&r, &inner);
    assert_int_equal(sum, 3);
    assert_int_equal(base_rd_u8(&r), 9);
    assert_int_equal(base_rd_end(&r), BASE_OK);
}

static void an_inner_error_reaches_the_outer_reader(void **state)
{
    (void)state;
    base_rd r = ON(3, 0, 1, 0, 9);
    base_rd inner = base_rd_open(&r);
    while (base_rd_more(&inner)) {
        (void)base_rd_u16(&inner);
    }
    base_rd_close(&r, &inner);
    assert_int_equal(base_rd_u8(&r), 0);
    assert_int_equal(base_rd_end(&r), BASE_E_TRUNCATED);
}

static void an_inner_vector_not_read_whole_is_trailing(void **state)
{
    (void)state;
    base_rd r = ON(2, 5, 6);
    base_rd inner = base_rd_open(&r);
    assert_int_equal(base_rd_u8(&inner), 5);
    base_rd_close(&r, &inner);
    assert_int_equal(base_rd_end(&r), BASE_E_TRAILING);
}

static void opening_after_an_error_opens_nothing(void **state)
{
    (void)state;
    base_rd r = ON(2, 5, 6);
    base_rd_fail(&r, BASE_E_VALUE);
    base_rd inner = base_rd_open(&r);
    assert_false(base_rd_more(&inner));
    base_rd_close(&r, &inner);
    assert_int_equal(base_rd_end(&r), BASE_E_VALUE);
}

static void the_bytes_just_read_can_be_had_again(void **state)
{
    (void)state;
    base_rd r = ON(9, 2, 'h', 'i');
    assert_int_equal(base_rd_u8(&r), 9);
    base_rd before = r;
    (void)base_rd_vec(&r);
    assert_true(base_bytes_eq(base_rd_since(&before, &r), base_bytes_str("\x02hi")));
    (void)base_rd_u8(&r);
    assert_int_equal(base_rd_since(&before, &r).n, 0); /* failed: nothing was read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(every_truncation_of_a_read_is_told),
        cmocka_unit_test(bytes_left_over_are_told),
        cmocka_unit_test(the_first_error_stays_and_later_reads_yield_zeros),
        cmocka_unit_test(a_presence_octet_is_zero_or_one),
        cmocka_unit_test(fixed_reads_borrow_from_the_source),
        cmocka_unit_test(lengths_come_in_one_two_or_four_bytes),
        cmocka_unit_test(a_length_longer_than_needed_is_refused),
        cmocka_unit_test(the_length_prefix_with_both_bits_set_is_refused),
        cmocka_unit_test(a_length_cut_short_is_refused),
        cmocka_unit_test(vectors_carry_their_length_and_no_more_than_is_there),
        cmocka_unit_test(a_vector_above_its_bound_is_a_limit),
        cmocka_unit_test(vectors_of_structs_are_read_to_their_end),
        cmocka_unit_test(an_inner_error_reaches_the_outer_reader),
        cmocka_unit_test(an_inner_vector_not_read_whole_is_trailing),
        cmocka_unit_test(opening_after_an_error_opens_nothing),
        cmocka_unit_test(the_bytes_just_read_can_be_had_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
