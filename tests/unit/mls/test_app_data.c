/* Tests of app_data.c: dictionaries and lists there and back, and what has no such form. */
#include "samples.h"

#include <sotto/mls_app.h>

#include "mls/app_data.h"

static base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_app_data_list list = {0};
    base_err err = mls_app_data_decode(in, &a, &list);
    base_arena_clear(&a);
    return err;
}

static base_err check(uint16_t type, base_bytes data)
{
    const mls_extension e = {type, data};
    return mls_app_extensions_check((mls_extension_list){&e, 1}, NULL);
}

static const mls_app_data items[] = {
    {1, {(const uint8_t *)"\2\0\1", 3}}, {0x0A0A, {NULL, 0}}, {0x8001, {(const uint8_t *)"ab", 2}}};
#define ENCODED BYTES("\16\0\1\3\2\0\1\12\12\0\200\1\2ab")

static void a_dictionary_is_written_as_it_was_read(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    base_buf out = {0};
    mls_app_data_list list = {0};
    assert_int_equal(mls_app_data_encode(items, COUNT(items), &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), ENCODED);
    assert_int_equal(mls_app_data_decode(ENCODED, &a, &list), BASE_OK);
    assert_int_equal(list.n, 3);
    assert_int_equal(list.v[2].component, 0x8001);
    assert_bytes(list.v[2].data, BYTES("ab"));
    assert_int_equal(mls_app_data_encode(NULL, 0, &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\0"));
    assert_int_equal(decode(BYTES("\0")), BASE_OK);
    assert_exact(ENCODED, decode);
    base_buf_clear(&out);
    base_arena_clear(&a);
}

/* V-E4.6-1 */
static void a_dictionary_is_sorted_and_has_each_component_once(void **state)
{
    (void)state;
    base_buf out = {0};
    const mls_app_data swapped[] = {items[1], items[0]};
    const mls_app_data twice[] = {items[1], items[1]};
    assert_int_equal(decode(BYTES("\6\0\1\0\0\2\0")), BASE_OK);
    assert_int_equal(decode(BYTES("\6\0\2\0\0\1\0")), BASE_E_VALUE);
    assert_int_equal(decode(BYTES("\6\0\1\0\0\1\0")), BASE_E_VALUE);
    assert_int_equal(decode(BYTES("\6\0\0\0\0\0\0")), BASE_E_VALUE);
    assert_int_equal(mls_app_data_encode(swapped, 2, &out), BASE_E_ARGUMENT);
    assert_int_equal(mls_app_data_encode(twice, 2, &out), BASE_E_ARGUMENT);
    assert_int_equal(mls_app_data_encode(NULL, 1, &out), BASE_E_ARGUMENT);
    assert_int_equal(out.n, 0);
    assert_int_equal(check(6, BYTES("\6\0\4\0\0\5\0")), BASE_OK);
    assert_int_equal(check(6, BYTES("\6\0\5\0\0\4\0")), MLS_E_EXTENSION);
    assert_int_equal(check(6, BYTES("")), MLS_E_EXTENSION);
    assert_int_equal(check(9, BYTES("\6\0\4\0\0\3\0")), BASE_OK); /* no dictionary */
}

/* V-E5-1 */
static void lists_that_do_not_decode_are_refused_where_they_stand(void **state)
{
    (void)state;
    assert_int_equal(check(6, BYTES("\6\0\1\3\2\0\1")), BASE_OK);
    assert_int_equal(check(6, BYTES("\6\0\2\3\2\0\1")), BASE_OK);
    assert_int_equal(check(6, BYTES("\6\0\1\3\2\0\1")), BASE_OK);
    assert_int_equal(check(6, BYTES("\5\0\1\2\1\0")), MLS_E_EXTENSION);
    assert_int_equal(check(6, BYTES("\5\0\2\2\1\0")), MLS_E_EXTENSION);
    assert_int_equal(check(6, BYTES("\3\0\1\0")), MLS_E_EXTENSION);
    for (uint16_t type = 7; type <= 8; type++) {
        assert_int_equal(check(type, BYTES("\4\0\6\0\7")), BASE_OK);
        assert_int_equal(check(type, BYTES("\0")), BASE_OK);
        assert_int_equal(check(type, BYTES("\3\0\6\0")), MLS_E_EXTENSION);
        assert_int_equal(check(type, BYTES("\2\0\6\0")), MLS_E_EXTENSION);
    }
}

/* V-E6.4-1 */
static void a_mark_of_last_resort_has_no_data(void **state)
{
    (void)state;
    assert_int_equal(check(6, BYTES("\3\0\4\0")), BASE_OK);
    assert_int_equal(check(6, BYTES("\4\0\4\1\0")), MLS_E_EXTENSION);
}

/* V-E5.1-1 */
static void components_that_nobody_knows_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(check(6, BYTES("\7\12\12\1x\172\172\0")), BASE_OK);
    assert_int_equal(check(6, BYTES("\12\0\1\5\4\0\1\12\12\17\0")), MLS_E_EXTENSION);
    assert_int_equal(check(6, BYTES("\13\0\1\5\4\0\1\12\12\17\1\0")), BASE_OK);
}

static base_err count(void *user, const mls_app_data *item)
{
    size_t *n = user;
    ++*n;
    return item->component == 0x8001 ? BASE_E_STATE : BASE_OK;
}

static void entries_are_found_and_shown(void **state)
{
    (void)state;
    size_t n = 0;
    base_bytes data = {0};
    const mls_extension e = {MLS_EXTENSION_APP_DATA_DICTIONARY, ENCODED};
    const mls_extension broken = {MLS_EXTENSION_APP_DATA_DICTIONARY, BYTES("\4\0\1\0")};
    const mls_extension_list list = {&e, 1};
    assert_int_equal(mls_app_data_find(list, 0x8001, &data), BASE_OK);
    assert_bytes(data, BYTES("ab"));
    assert_int_equal(mls_app_data_find(list, 0x0A0A, &data), BASE_OK);
    assert_int_equal(data.n, 0);
    assert_int_equal(mls_app_data_find(list, 0x8000, &data), BASE_E_NOT_FOUND);
    assert_int_equal(mls_app_data_find((mls_extension_list){NULL, 0}, 1, &data), BASE_E_NOT_FOUND);
    assert_int_equal(mls_app_data_find((mls_extension_list){&broken, 1}, 1, &data),
                     MLS_E_EXTENSION);
    assert_int_equal(mls_app_data_each(ENCODED, count, &n), BASE_E_STATE);
    assert_int_equal(n, 3);
    assert_int_equal(mls_app_data_each(BYTES("\3\0\1\0"), count, &n), BASE_OK);
    assert_int_equal(mls_app_data_each(BYTES("\3\0\1"), count, &n), BASE_E_TRUNCATED);
    assert_int_equal(mls_app_data_each(ENCODED, NULL, &n), BASE_E_ARGUMENT);
}

static void a_list_of_values_is_encoded_and_asked(void **state)
{
    (void)state;
    static const uint16_t values[] = {6, 0x8001};
    base_buf out = {0};
    assert_int_equal(mls_u16_list_encode((mls_u16_list){values, 2}, &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\4\0\6\200\1"));
    assert_true(mls_u16_list_holds(base_buf_bytes(&out), 6));
    assert_true(mls_u16_list_holds(base_buf_bytes(&out), 0x8001));
    assert_false(mls_u16_list_holds(base_buf_bytes(&out), 0x0680));
    assert_false(mls_u16_list_holds(BYTES("\3\0\6\200"), 6)); /* no list */
    assert_false(mls_u16_list_holds(BYTES(""), 6));
    assert_int_equal(mls_u16_list_encode((mls_u16_list){NULL, 2}, &out), BASE_E_ARGUMENT);
    base_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dictionary_is_written_as_it_was_read),
        cmocka_unit_test(a_dictionary_is_sorted_and_has_each_component_once),
        cmocka_unit_test(lists_that_do_not_decode_are_refused_where_they_stand),
        cmocka_unit_test(a_mark_of_last_resort_has_no_data),
        cmocka_unit_test(components_that_nobody_knows_are_ignored),
        cmocka_unit_test(entries_are_found_and_shown),
        cmocka_unit_test(a_list_of_values_is_encoded_and_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
