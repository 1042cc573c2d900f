/* Text of people, ids, and a relay's address as somebody may write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chars.h"
#include "ids.h"
#include "relay_address.h"

#define BAD "\xef\xbf\xbd"

static const char *clean(const char *text, size_t n, bool lines)
{
    static char out[256];
    base_buf buf = base_buf_on(NULL);
    assert_int_equal(chars_clean(base_bytes_of(text, n), lines, &buf), BASE_OK);
    assert_true(buf.n < sizeof out);
    memcpy(out, buf.n == 0 ? (const uint8_t *)"" : buf.p, buf.n);
    out[buf.n] = '\0';
    assert_true(base_bytes_is_text(base_buf_bytes(&buf)));
    base_buf_clear(&buf);
    return out;
}

#define CLEAN(text, lines) clean((text), sizeof(text) - 1, (lines))

static void good_text_stays_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(CLEAN("a é \u4e2d \U0001f44b", false), "a é \u4e2d \U0001f44b");
    assert_string_equal(CLEAN("a" BAD "b", false), "a" BAD "b");
    assert_string_equal(CLEAN("", false), "");
}

static void what_a_terminal_obeys_is_replaced(void **state)
{
    (void)state;
    assert_string_equal(CLEAN("\033[2J", false), BAD "[2J");
    assert_string_equal(CLEAN("a\0b", false), "a" BAD "b");
    assert_string_equal(CLEAN("\x7f\xc2\x9b", false), BAD BAD);
    assert_string_equal(CLEAN("a\r\n", true), "a" BAD "\n");
    assert_string_equal(CLEAN("a\n\tb", false), "a" BAD BAD "b");
    assert_string_equal(CLEAN("a\n\tb", true), "a\n\tb");
}

static void malformed_bytes_are_replaced_one_by_one(void **state)
{
    (void)state;
    assert_string_equal(CLEAN("a\xff", false), "a" BAD);
    assert_string_equal(CLEAN("\xc3", false), BAD);
    assert_string_equal(CLEAN("\xe4\xb8", false), BAD BAD);
    assert_string_equal(CLEAN("\xc0\xaf", false), BAD BAD);
    assert_string_equal(CLEAN("\xed\xa0\x80", false), BAD BAD BAD);
    assert_string_equal(CLEAN("\xf4\x90\x80\x80", false), BAD BAD BAD BAD);
    assert_string_equal(CLEAN("\x80x", false), BAD "x");
}

static void characters_are_counted_and_cut_whole(void **state)
{
    (void)state;
    base_bytes text = base_bytes_str("a\u00e9\u4e2d\U0001f44b");
    assert_int_equal(char_count(text), 4);
    assert_int_equal(chars_head(text, 2).n, 3);
    assert_int_equal(chars_head(text, 3).n, 6);
    assert_int_equal(chars_head(text, 9).n, text.n);
    assert_int_equal(chars_head(text, 0).n, 0);
}

static void white_space_alone_is_blank(void **state)
{
    (void)state;
    assert_true(chars_are_blank(base_bytes_str("")));
    assert_true(chars_are_blank(base_bytes_str(" \t\n\u00a0\u2003\u3000")));
    assert_false(chars_are_blank(base_bytes_str(" . ")));
    assert_false(chars_are_blank(base_bytes_str("\u200d")));
    assert_int_equal(chars_trim(base_bytes_str(" \n a b\t\r\n")).n, 3);
}

static void ids_are_read_as_they_are_written(void **state)
{
    (void)state;
    char text[ID_TEXT_MAX];
    int64_t number = 0;
    sotto_person_id person;
    sotto_person_id again;
    for (size_t i = 0; i < sizeof person.b; i++) {
        person.b[i] = (uint8_t)(i * 9);
    }
    id_of_person(&person, text);
    assert_int_equal(strlen(text), 64);
    assert_true(id_to_person(text, &again));
    assert_memory_equal(again.b, person.b, sizeof again.b);
    id_of_number('m', INT64_MAX / 10, text);
    assert_true(id_to_number('m', text, &number));
    assert_int_equal(number, INT64_MAX / 10);
}

static void text_that_is_no_id_is_refused(void **state)
{
    (void)state;
    int64_t number = 0;
    sotto_room_id room;
    static const char *const bad[] = {"",    "m",   "m0",  "m-1", "m01", "a7",
                                      "m1x", " m1", "m 1", "m+1", "7",   "m99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(id_to_number('m', bad[i], &number));
    }
    assert_true(id_to_room("00112233445566778899aabbccddeeff", &room));
    assert_false(id_to_room("00112233445566778899AABBCCDDEEFF", &room));
    assert_false(id_to_room("00112233445566778899aabbccddeef", &room));
    assert_false(id_to_room("00112233445566778899aabbccddeefg", &room));
    assert_false(id_to_room("00112233445566778899aabbccddeeff0", &room));
}

static void address_becomes_a_url(const char *text, const char *url, bool exposed)
{
    char out[256] = "";
    bool open = !exposed;
    assert_true(relay_address(text, out, sizeof out, &open));
    assert_string_equal(out, url);
    assert_int_equal(open, exposed);
}

static void relay_without_a_scheme_is_under_tls_unless_it_is_here(void **state)
{
    (void)state;
    address_becomes_a_url("relay.example.org", "wss://relay.example.org", false);
    address_becomes_a_url("Relay.Example.org:8443", "wss://relay.example.org:8443", false);
    address_becomes_a_url("wss://relay.example.org/", "wss://relay.example.org", false);
    address_becomes_a_url("127.0.0.1:7480", "ws://127.0.0.1:7480", false);
    address_becomes_a_url("localhost:7480", "ws://localhost:7480", false);
    address_becomes_a_url("[::1]:7480", "ws://[::1]:7480", false);
    address_becomes_a_url("ws://relay.example.org", "ws://relay.example.org", true);
}

static void what_is_no_relay_address_is_refused(void **state)
{
    (void)state;
    char out[256];
    bool exposed = false;
    static const char *const bad[] = {"",           "http://x",       "ws://",      "ws://x/path",
                                      "ws://u@x",   "ws://x?y",       "ws://x#y",   "x y",
                                      "ws://x:0x1", "ws://127.1:748", "wss://x:y/z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(relay_address(bad[i], out, sizeof out, &exposed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_stays_as_it_is),
        cmocka_unit_test(what_a_terminal_obeys_is_replaced),
        cmocka_unit_test(malformed_bytes_are_replaced_one_by_one),
        cmocka_unit_test(characters_are_counted_and_cut_whole),
        cmocka_unit_test(white_space_alone_is_blank),
        cmocka_unit_test(ids_are_read_as_they_are_written),
        cmocka_unit_test(text_that_is_no_id_is_refused),
        cmocka_unit_test(relay_without_a_scheme_is_under_tls_unless_it_is_here),
        cmocka_unit_test(what_is_no_relay_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
