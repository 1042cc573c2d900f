/* The table of errors: every code has a name, a text and a class, and no value falls outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "base/err.h"

static void success_is_zero_and_has_its_own_class(void **state)
{
    (void)state;
    assert_int_equal(BASE_OK, 0);
    assert_string_equal(base_err_name(BASE_OK), "BASE_OK");
    assert_int_equal(base_err_class(BASE_OK), BASE_CLASS_OK);
}

static void every_code_has_a_name_a_class_and_one_sentence(void **state)
{
    (void)state;
    for (int i = 1; i < BASE_E_COUNT; i++) {
        base_err err = (base_err)i;
        const char *text = base_err_text(err);
        assert_non_null(strstr(base_err_name(err), "_E_"));
        assert_int_not_equal(base_err_class(err), BASE_CLASS_OK);
        assert_true(strlen(text) > 8);
        assert_true(text[strlen(text) - 1] != '.');
        assert_false(isupper((unsigned char)text[0]) && islower((unsigned char)text[1]));
    }
}

static void no_two_codes_share_a_name_or_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < BASE_E_COUNT; i++) {
        for (int k = i + 1; k < BASE_E_COUNT; k++) {
            assert_string_not_equal(base_err_name((base_err)i), base_err_name((base_err)k));
            assert_string_not_equal(base_err_text((base_err)i), base_err_text((base_err)k));
        }
    }
}

static void classes_are_those_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(base_err_class(BASE_E_ARGUMENT), BASE_CLASS_CALLER);
    assert_int_equal(base_err_class(BASE_E_NOMEM), BASE_CLASS_RESOURCE);
    assert_int_equal(base_err_class(BASE_E_TRUNCATED), BASE_CLASS_MALFORMED);
    assert_int_equal(base_err_class(CRYPTO_E_OPEN), BASE_CLASS_REJECTED);
    assert_int_equal(base_err_class(MLS_E_EPOCH_PAST), BASE_CLASS_RETRY);
    assert_int_equal(base_err_class(BASE_E_INTERNAL), BASE_CLASS_INTERNAL);
}

static void a_value_outside_the_table_is_an_internal_error(void **state)
{
    (void)state;
    const int outside[] = {-1, BASE_E_COUNT, BASE_E_COUNT + 1, 100000};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        base_err err = (base_err)outside[i];
        assert_string_equal(base_err_name(err), "BASE_E_UNKNOWN");
        assert_int_equal(base_err_class(err), BASE_CLASS_INTERNAL);
        assert_non_null(base_err_text(err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_zero_and_has_its_own_class),
        cmocka_unit_test(every_code_has_a_name_a_class_and_one_sentence),
        cmocka_unit_test(no_two_codes_share_a_name_or_a_text),
        cmocka_unit_test(classes_are_those_of_the_table),
        cmocka_unit_test(a_value_outside_the_table_is_an_internal_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
