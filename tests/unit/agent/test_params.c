/* The rules of parameters: what each kind takes, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rpc_params.h"

static fault_kind judge(const char *json, const param_rule *rule, const char *field)
{
    fault f;
    json_t *params = json == NULL ? NULL : json_loads(json, JSON_ALLOW_NUL, NULL);
    assert_true(json == NULL || params != NULL);
    params_check(params, rule, rule == NULL ? 0 : 1, &f);
    if (f.kind != FAULT_NONE) {
        assert_string_equal(f.field, field);
    } else {
        assert_null(f.field);
    }
    json_decref(params);
    return f.kind;
}

static void takes(const param_rule *rule, const char *json)
{
    assert_int_equal(judge(json, rule, NULL), FAULT_NONE);
}

static void refuses(const param_rule *rule, const char *json)
{
    assert_int_equal(judge(json, rule, rule->name), FAULT_INVALID_PARAMS);
}

static void absent_params_are_an_empty_object(void **state)
{
    (void)state;
    assert_int_equal(judge(NULL, NULL, NULL), FAULT_NONE);
    assert_int_equal(judge("{}", NULL, NULL), FAULT_NONE);
    const param_rule need = {.name = "x", .kind = PARAM_BOOL};
    assert_int_equal(judge(NULL, &need, "x"), FAULT_INVALID_PARAMS);
}

static void params_that_are_no_object_are_refused(void **state)
{
    (void)state;
    assert_int_equal(judge("[]", NULL, "params"), FAULT_INVALID_PARAMS);
}

static void unknown_name_is_refused_and_told(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_BOOL};
    assert_int_equal(judge("{\"x\": true, \"y\": 1}", &rule, "y"), FAULT_INVALID_PARAMS);
}

static void unknown_name_that_is_too_long_to_repeat_is_not_repeated(void **state)
{
    (void)state;
    char json[200] = "{\"";
    memset(json + 2, 'y', FAULT_FIELD_MAX + 1);
    (void)strcat(json, "\": 1}");
    assert_int_equal(judge(json, NULL, "params"), FAULT_INVALID_PARAMS);
}

static void optional_one_may_be_absent_and_not_null(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_BOOL, .optional = true};
    takes(&rule, "{}");
    refuses(&rule, "{\"x\": null}");
}

static void id_is_a_string_of_1_to_128_bytes(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_ID};
    takes(&rule, "{\"x\": \"c7\"}");
    refuses(&rule, "{\"x\": \"\"}");
    refuses(&rule, "{\"x\": 7}");
    refuses(&rule, "{\"x\": \"a\\u0000b\"}");
    char json[200] = "{\"x\": \"";
    size_t n = strlen(json);
    memset(json + n, 'a', 128);
    memcpy(json + n + 128, "\"}", 3);
    takes(&rule, json);
    memcpy(json + n + 128, "a\"}", 4);
    refuses(&rule, json);
}

static void list_of_ids_is_bounded_and_holds_ids_only(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_IDS, .max = 2, .over_is_limit = true};
    takes(&rule, "{\"x\": []}");
    takes(&rule, "{\"x\": [\"a\", \"b\"]}");
    refuses(&rule, "{\"x\": [\"a\", 7]}");
    refuses(&rule, "{\"x\": [\"\"]}");
    refuses(&rule, "{\"x\": \"a\"}");
    assert_int_equal(judge("{\"x\": [\"a\", \"b\", \"c\"]}", &rule, "x"), FAULT_LIMIT);
}

static void number_is_whole_and_within_its_bounds(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_INT, .min = 1, .max = 200};
    takes(&rule, "{\"x\": 1}");
    takes(&rule, "{\"x\": 200}");
    refuses(&rule, "{\"x\": 0}");
    refuses(&rule, "{\"x\": 201}");
    refuses(&rule, "{\"x\": 1.0}");
    refuses(&rule, "{\"x\": \"1\"}");
    refuses(&rule, "{\"x\": true}");
}

static void name_is_counted_in_characters_and_has_no_control_characters(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_NAME, .min = 1, .max = 3};
    takes(&rule, "{\"x\": \"\\u00e9\\u00e9\\ud83d\\udc4b\"}");
    refuses(&rule, "{\"x\": \"\"}");
    refuses(&rule, "{\"x\": \"abcd\"}");
    refuses(&rule, "{\"x\": \"a\\nb\"}");
    refuses(&rule, "{\"x\": \"a\\u0000\"}");
    refuses(&rule, "{\"x\": \"a\\u007f\"}");
    refuses(&rule, "{\"x\": \"a\\u0085\"}");
}

static void text_is_counted_in_bytes_and_may_have_lines(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x",
                             .kind = PARAM_TEXT,
                             .min = 1,
                             .max = 4,
                             .over_is_limit = true,
                             .not_blank = true};
    takes(&rule, "{\"x\": \"a\\n\\tb\"}");
    takes(&rule, "{\"x\": \"\\u00e9\\u00e9\"}");
    refuses(&rule, "{\"x\": \"\"}");
    refuses(&rule, "{\"x\": \" \\n\"}");
    refuses(&rule, "{\"x\": \"\\u00a0\\u3000\"}");
    refuses(&rule, "{\"x\": \"a\\r\"}");
    refuses(&rule, "{\"x\": \"a\\u001b\"}");
    assert_int_equal(judge("{\"x\": \"abcde\"}", &rule, "x"), FAULT_LIMIT);
}

static void word_has_letters_digits_and_two_marks(void **state)
{
    (void)state;
    const param_rule rule = {.name = "x", .kind = PARAM_WORD, .min = 1, .max = 4};
    takes(&rule, "{\"x\": \"aZ_-\"}");
    refuses(&rule, "{\"x\": \"a b\"}");
    refuses(&rule, "{\"x\": \"\\u00e9\"}");
    refuses(&rule, "{\"x\": \"\"}");
    refuses(&rule, "{\"x\": \"abcde\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_params_are_an_empty_object),
        cmocka_unit_test(params_that_are_no_object_are_refused),
        cmocka_unit_test(unknown_name_is_refused_and_told),
        cmocka_unit_test(unknown_name_that_is_too_long_to_repeat_is_not_repeated),
        cmocka_unit_test(optional_one_may_be_absent_and_not_null),
        cmocka_unit_test(id_is_a_string_of_1_to_128_bytes),
        cmocka_unit_test(list_of_ids_is_bounded_and_holds_ids_only),
        cmocka_unit_test(number_is_whole_and_within_its_bounds),
        cmocka_unit_test(name_is_counted_in_characters_and_has_no_control_characters),
        cmocka_unit_test(text_is_counted_in_bytes_and_may_have_lines),
        cmocka_unit_test(word_has_letters_digits_and_two_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
