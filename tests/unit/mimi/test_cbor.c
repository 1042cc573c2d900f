/* Tests of cbor.c and cbor_value.c: each item in its one form, and all other forms refused. */
#include "mimi_samples.h"

/* What one item comes to; `trailing` bytes are left alone. */
static base_err next(base_bytes in, mimi_cbor_item *item)
{
    mimi_cbor_rd r = mimi_cbor_on(in);
    *item = mimi_cbor_next(&r);
    return r.err;
}

static base_err value(base_bytes in)
{
    mimi_cbor_rd r = mimi_cbor_on(in);
    base_bytes whole = mimi_cbor_value(&r, 1);
    base_err err = mimi_cbor_end(&r);
    if (err == BASE_OK) {
        assert_bytes(whole, in);
    }
    return err;
}

static void each_item_is_told_apart(void **state)
{
    (void)state;
    const struct {
        base_bytes in;
        mimi_cbor_type type;
        uint64_t n;
        base_bytes bytes;
    } cases[] = {
        {BYTES("\x00"), MIMI_CBOR_UINT, 0, BASE_BYTES_NONE},
        {BYTES("\x17"), MIMI_CBOR_UINT, 23, BASE_BYTES_NONE},
        {BYTES("\x18\x18"), MIMI_CBOR_UINT, 24, BASE_BYTES_NONE},
        {BYTES("\x19\x01\x00"), MIMI_CBOR_UINT, 256, BASE_BYTES_NONE},
        {BYTES("\x1a\x00\x01\x00\x00"), MIMI_CBOR_UINT, 65536, BASE_BYTES_NONE},
        {BYTES("\x1b\x00\x00\x00\x01\x00\x00\x00\x00"), MIMI_CBOR_UINT, UINT64_C(1) << 32,
         BASE_BYTES_NONE},
        {BYTES("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), MIMI_CBOR_UINT, UINT64_MAX,
         BASE_BYTES_NONE},
        {BYTES("\x20"), MIMI_CBOR_NEGINT, 0, BASE_BYTES_NONE},
        {BYTES("\x38\x63"), MIMI_CBOR_NEGINT, 99, BASE_BYTES_NONE},
        {BYTES("\x39\x03\xe7"), MIMI_CBOR_NEGINT, 999, BASE_BYTES_NONE},
        {BYTES("\x3a\x00\x01\x00\x00"), MIMI_CBOR_NEGINT, 65536, BASE_BYTES_NONE},
        {BYTES("\x3b\x00\x00\x00\x01\x00\x00\x00\x00"), MIMI_CBOR_NEGINT, UINT64_C(1) << 32,
         BASE_BYTES_NONE},
        {BYTES("\x40"), MIMI_CBOR_BYTES, 0, BASE_BYTES_NONE},
        {BYTES("\x43"
               "abc"),
         MIMI_CBOR_BYTES, 3, BYTES("abc")},
        {BYTES("\x60"), MIMI_CBOR_TEXT, 0, BASE_BYTES_NONE},
        {BYTES("\x62\xc3\xa9"), MIMI_CBOR_TEXT, 2, BYTES("\xc3\xa9")},
        {BYTES("\x80"), MIMI_CBOR_ARRAY, 0, BASE_BYTES_NONE},
        {BYTES("\x98\x18"), MIMI_CBOR_ARRAY, 24, BASE_BYTES_NONE},
        {BYTES("\xa2"), MIMI_CBOR_MAP, 2, BASE_BYTES_NONE},
        {BYTES("\xd8\x20"), MIMI_CBOR_TAG, 32, BASE_BYTES_NONE},
        {BYTES("\xf4"), MIMI_CBOR_BOOL, 0, BASE_BYTES_NONE},
        {BYTES("\xf5"), MIMI_CBOR_BOOL, 1, BASE_BYTES_NONE},
        {BYTES("\xf6"), MIMI_CBOR_NULL, 0, BASE_BYTES_NONE},
        {BYTES("\xf7"), MIMI_CBOR_OTHER, 0, BASE_BYTES_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(cases[i].in, &item), BASE_OK);
        assert_int_equal(item.type, cases[i].type);
        assert_true(item.n == cases[i].n);
        assert_bytes(item.bytes, cases[i].bytes);
        for (size_t n = 0; n < cases[i].in.n; n++) {
            assert_int_equal(next(base_bytes_of(cases[i].in.p, n), &item), BASE_E_TRUNCATED);
            assert_int_equal(item.type, MIMI_CBOR_END);
        }
    }
}

static void forms_longer_than_needed_are_refused(void **state)
{
    (void)state;
    const base_bytes cases[] = {
        BYTES("\x18\x17"),
        BYTES("\x19\x00\xff"),
        BYTES("\x1a\x00\x00\xff\xff"),
        BYTES("\x1b\x00\x00\x00\x00\xff\xff\xff\xff"),
        BYTES("\x38\x17"),
        BYTES("\x39\x00\x01"),
        BYTES("\x58\x03"
              "abc"),
        BYTES("\x59\x00\x03"
              "abc"),
        BYTES("\x78\x03"
              "abc"),
        BYTES("\x98\x02"),
        BYTES("\xb8\x02"),
        BYTES("\xd8\x01"),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(cases[i], &item), MIMI_E_CBOR);
        assert_int_equal(item.type, MIMI_CBOR_END);
    }
}

static void indefinite_lengths_are_refused(void **state)
{
    (void)state;
    const base_bytes cases[] = {BYTES("\x5f\x41"
                                      "a\xff"),
                                BYTES("\x7f\x61"
                                      "a\xff"),
                                BYTES("\x9f\xff"), BYTES("\xbf\xff"), BYTES("\xff")};
    for (size_t i = 0; i < COUNT(cases); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(cases[i], &item), MIMI_E_CBOR);
    }
}

static void what_is_not_cbor_is_refused(void **state)
{
    (void)state;
    const base_bytes cases[] = {BYTES("\x1c"), BYTES("\x3d"),     BYTES("\x5e"),
                                BYTES("\xe0"), BYTES("\xf8\x20"), BYTES("\xfc")};
    for (size_t i = 0; i < COUNT(cases); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(cases[i], &item), MIMI_E_CBOR);
    }
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    const base_bytes cases[] = {
        BYTES("\x61\x80"),         /* a continuation alone */
        BYTES("\x62\xc0\x80"),     /* overlong */
        BYTES("\x63\xed\xa0\x80"), /* a surrogate */
        BYTES("\x61\xc3"),         /* cut */
        BYTES("\x61\x00"),         /* NUL */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(cases[i], &item), MIMI_E_CBOR);
    }
}

static void numbers_with_a_point_come_in_their_shortest_form(void **state)
{
    (void)state;
    const base_bytes good[] = {
        BYTES("\xf9\x3c\x00"),                         /* 1.0 */
        BYTES("\xf9\x00\x01"),                         /* the smallest half */
        BYTES("\xf9\x7c\x00"),                         /* infinity */
        BYTES("\xf9\x7e\x00"),                         /* the NaN */
        BYTES("\xfa\x47\xc3\x50\x00"),                 /* 100000: above all halves */
        BYTES("\xfa\x33\x00\x00\x00"),                 /* 2^-25: below all halves */
        BYTES("\xfa\x3f\x80\x10\x00"),                 /* 1 + 2^-11: a bit too many */
        BYTES("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), /* 1.1 */
        BYTES("\xfb\x7e\x37\xe4\x3c\x88\x00\x75\x9c"), /* 1e300 */
        BYTES("\xfb\x36\x90\x00\x00\x00\x00\x00\x00"), /* 2^-150: below all singles */
        BYTES("\xfb\x00\x00\x00\x00\x00\x00\x00\x01"), /* the smallest double */
    };
    const base_bytes bad[] = {
        BYTES("\xfa\x3f\x80\x00\x00"),                 /* 1.0 */
        BYTES("\xfa\x3f\x80\x20\x00"),                 /* 1 + 2^-10 */
        BYTES("\xfa\x00\x00\x00\x00"),                 /* 0.0 */
        BYTES("\xfa\x47\x7f\xe0\x00"),                 /* 65504: the largest half */
        BYTES("\xfa\x33\x80\x00\x00"),                 /* 2^-24: the smallest half */
        BYTES("\xfa\x7f\x80\x00\x00"),                 /* infinity */
        BYTES("\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00"), /* 1.5 */
        BYTES("\xfb\x40\xf8\x6a\x00\x00\x00\x00\x00"), /* 100000 */
        BYTES("\xfb\x36\xa0\x00\x00\x00\x00\x00\x00"), /* 2^-149: the smallest single */
        BYTES("\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00"), /* infinity */
        BYTES("\xf9\x7e\x01"),                         /* another NaN */
        BYTES("\xf9\xfe\x00"),                         /* a negative one */
        BYTES("\xfa\x7f\xc0\x00\x00"),                 /* a wider one */
        BYTES("\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00"), /* the widest */
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(good[i], &item), BASE_OK);
        assert_int_equal(item.type, MIMI_CBOR_OTHER);
        for (size_t n = 0; n < good[i].n; n++) {
            assert_int_equal(next(base_bytes_of(good[i].p, n), &item), BASE_E_TRUNCATED);
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        mimi_cbor_item item;
        assert_int_equal(next(bad[i], &item), MIMI_E_CBOR);
    }
}

static void an_item_of_another_type_is_refused(void **state)
{
    (void)state;
    mimi_cbor_rd r = mimi_cbor_on(BYTES("\x61x"));
    assert_int_equal(mimi_cbor_uint(&r, 9), 0);
    assert_int_equal(r.err, MIMI_E_CONTENT);
    assert_int_equal(mimi_cbor_text(&r).n, 0); /* the error stays */
    assert_int_equal(mimi_cbor_end(&r), MIMI_E_CONTENT);
}

static void a_number_above_its_bound_is_refused(void **state)
{
    (void)state;
    mimi_cbor_rd r = mimi_cbor_on(BYTES("\x18\xff\x19\x01\x00"));
    assert_int_equal(mimi_cbor_uint(&r, 255), 255);
    assert_int_equal(mimi_cbor_uint(&r, 255), 0);
    assert_int_equal(mimi_cbor_end(&r), MIMI_E_CONTENT);
}

static void null_is_taken_and_all_else_is_left(void **state)
{
    (void)state;
    mimi_cbor_rd r = mimi_cbor_on(BYTES("\xf6\x05"));
    assert_true(mimi_cbor_null(&r));
    assert_false(mimi_cbor_null(&r));
    assert_int_equal(mimi_cbor_uint(&r, 9), 5);
    assert_int_equal(mimi_cbor_end(&r), BASE_OK);
    assert_false(mimi_cbor_null(&r));
    assert_int_equal(r.err, BASE_OK); /* looking is no reading */
}

/* ---- values ---- */

static void any_value_is_taken_whole(void **state)
{
    (void)state;
    assert_int_equal(value(BYTES("\x05")), BASE_OK);
    assert_int_equal(value(BYTES("\x83\x01\x61x\xf6")), BASE_OK);
    assert_int_equal(value(BYTES("\xa2\x01\x02\x61k\x80")), BASE_OK);
    assert_int_equal(value(BYTES("\xd8\x20\x61u")), BASE_OK);
    assert_int_equal(value(BYTES("\xf9\x3c\x00")), BASE_OK);
    assert_int_equal(value(BYTES("\x82\x01")), BASE_E_TRUNCATED);
    assert_int_equal(value(BYTES("\x81\x01\x02")), BASE_E_TRAILING);
    assert_int_equal(value(BYTES("\xd8\x20")), BASE_E_TRUNCATED);
}

static void values_are_nested_to_the_bound_and_no_deeper(void **state)
{
    (void)state;
    /* A value stands in one map already. */
    assert_int_equal(value(BYTES("\x81\x81\x81\x05")), BASE_OK);
    assert_int_equal(value(BYTES("\x81\x81\x81\x80")), MIMI_E_DEPTH);
    assert_int_equal(value(BYTES("\xa1\x01\xa1\x01\xa1\x01\x05")), BASE_OK);
    assert_int_equal(value(BYTES("\xa1\x01\xa1\x01\xa1\x01\xa0")), MIMI_E_DEPTH);
    assert_int_equal(value(BYTES("\x81\x81\xd8\x20\x61u")), BASE_OK);
    assert_int_equal(value(BYTES("\x81\x81\x81\xd8\x20\x61u")), MIMI_E_DEPTH);
    uint8_t deep[100000];
    memset(deep, 0x81, sizeof(deep));
    assert_int_equal(value(base_bytes_of(deep, sizeof(deep))), MIMI_E_DEPTH);
}

static void a_count_without_elements_costs_nothing(void **state)
{
    (void)state;
    assert_int_equal(value(BYTES("\x9b\xff\xff\xff\xff\xff\xff\xff\xff")), BASE_E_TRUNCATED);
    assert_int_equal(value(BYTES("\xbb\xff\xff\xff\xff\xff\xff\xff\xff")), BASE_E_TRUNCATED);
    assert_int_equal(value(BYTES("\x5b\xff\xff\xff\xff\xff\xff\xff\xff")), BASE_E_TRUNCATED);
}

static void keys_of_a_map_stand_in_order_once_each(void **state)
{
    (void)state;
    assert_int_equal(value(BYTES("\xa3\x01\x00\x20\x00\x61k\x00")), BASE_OK);
    assert_int_equal(value(BYTES("\xa2\x02\x00\x01\x00")), MIMI_E_CBOR);
    assert_int_equal(value(BYTES("\xa2\x01\x00\x01\x00")), MIMI_E_CBOR);
    assert_int_equal(value(BYTES("\xa2\x61k\x00\x01\x00")), MIMI_E_CBOR);
    /* By bytes, not by length first: 0x18ff before 0x20. */
    assert_int_equal(value(BYTES("\xa2\x18\xff\x00\x20\x00")), BASE_OK);
    assert_int_equal(value(BYTES("\xa2\x20\x00\x18\xff\x00")), MIMI_E_CBOR);
}

static void keys_of_a_map_are_numbers_text_or_bytes(void **state)
{
    (void)state;
    assert_int_equal(value(BYTES("\xa1\x41k\x00")), BASE_OK);
    assert_int_equal(value(BYTES("\xa1\xf6\x00")), MIMI_E_EXTENSION);
    assert_int_equal(value(BYTES("\xa1\x80\x00")), MIMI_E_EXTENSION);
    assert_int_equal(value(BYTES("\xa1\xf9\x3c\x00\x00")), MIMI_E_EXTENSION);
    /* 2^53 - 1, 2^53, and the same below zero. */
    assert_int_equal(value(BYTES("\xa1\x1b\x00\x1f\xff\xff\xff\xff\xff\xff\x00")), BASE_OK);
    assert_int_equal(value(BYTES("\xa1\x1b\x00\x20\x00\x00\x00\x00\x00\x00\x00")),
                     MIMI_E_EXTENSION);
    assert_int_equal(value(BYTES("\xa1\x3b\x00\x1f\xff\xff\xff\xff\xff\xfe\x00")), BASE_OK);
    assert_int_equal(value(BYTES("\xa1\x3b\x00\x1f\xff\xff\xff\xff\xff\xff\x00")),
                     MIMI_E_EXTENSION);
}

static void big_numbers_are_big(void **state)
{
    (void)state;
    assert_int_equal(value(BYTES("\xc2\x49\x01\0\0\0\0\0\0\0\0")), BASE_OK);
    assert_int_equal(value(BYTES("\xc3\x49\x01\0\0\0\0\0\0\0\0")), BASE_OK);
    assert_int_equal(value(BYTES("\xc2\x48\x01\0\0\0\0\0\0\0")), MIMI_E_CBOR); /* fits in plain */
    assert_int_equal(value(BYTES("\xc2\x40")), MIMI_E_CBOR);
    assert_int_equal(value(BYTES("\xc2\x49\0\x01\0\0\0\0\0\0\0")), MIMI_E_CBOR);
    assert_int_equal(value(BYTES("\xc2\x05")), MIMI_E_CBOR);
}

/* ---- writing ---- */

static void numbers_are_written_in_their_shortest_form(void **state)
{
    (void)state;
    const struct {
        int64_t v;
        base_bytes want;
    } cases[] = {
        {0, BYTES("\x00")},
        {24, BYTES("\x18\x18")},
        {65536, BYTES("\x1a\x00\x01\x00\x00")},
        {INT64_MAX, BYTES("\x1b\x7f\xff\xff\xff\xff\xff\xff\xff")},
        {-1, BYTES("\x20")},
        {-25, BYTES("\x38\x18")},
        {INT64_MIN, BYTES("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff")},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        base_buf out = base_buf_on(NULL);
        base_wr w = base_wr_on(&out);
        mimi_cbor_put_int(&w, cases[i].v);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_bytes(base_buf_bytes(&out), cases[i].want);
        base_buf_clear(&out);
    }
}

static void text_that_is_not_utf8_is_not_written(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mimi_cbor_put_text(&w, BYTES("\xc3"));
    assert_int_equal(base_wr_end(&w), BASE_E_UTF8);
    base_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_is_told_apart),
        cmocka_unit_test(forms_longer_than_needed_are_refused),
        cmocka_unit_test(indefinite_lengths_are_refused),
        cmocka_unit_test(what_is_not_cbor_is_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(numbers_with_a_point_come_in_their_shortest_form),
        cmocka_unit_test(an_item_of_another_type_is_refused),
        cmocka_unit_test(a_number_above_its_bound_is_refused),
        cmocka_unit_test(null_is_taken_and_all_else_is_left),
        cmocka_unit_test(any_value_is_taken_whole),
        cmocka_unit_test(values_are_nested_to_the_bound_and_no_deeper),
        cmocka_unit_test(a_count_without_elements_costs_nothing),
        cmocka_unit_test(keys_of_a_map_stand_in_order_once_each),
        cmocka_unit_test(keys_of_a_map_are_numbers_text_or_bytes),
        cmocka_unit_test(big_numbers_are_big),
        cmocka_unit_test(numbers_are_written_in_their_shortest_form),
        cmocka_unit_test(text_that_is_not_utf8_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
