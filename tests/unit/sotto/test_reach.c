/* Contact links and reaches: they come back as they were, and nothing else is taken for one. */
#include "rig.h"

#include "sotto/reach.h"

static sotto_contact_link some_link(void)
{
    sotto_contact_link link;
    memset(&link, 0, sizeof link); /* whole, so that structs can be compared as bytes */
    memset(link.reach.mailbox, 0x11, 32);
    memset(link.identity.b, 0x33, 32);
    memcpy(link.reach.relay, "wss://relay.example:8443", 25);
    link.reach.door = 7;
    memset(link.reach.shelf_key, 0x22, 32);
    sotto_contact_link_call(&link, "Zoë");
    return link;
}

static void a_link_comes_back_as_it_was(void **state)
{
    (void)state;
    sotto_contact_link link = some_link();
    sotto_contact_link back;
    base_buf text = base_buf_on(NULL);
    OK(sotto_contact_link_text(&link, &text));
    assert_memory_equal(text.p, "sotto:", 6);
    OK(sotto_contact_link_parse(base_buf_bytes(&text), &back));
    assert_memory_equal(&back, &link, sizeof link);
    base_buf_clear(&text);
}

static void space_around_a_link_is_ignored_and_nothing_else(void **state)
{
    (void)state;
    sotto_contact_link link = some_link();
    sotto_contact_link back;
    base_buf text = base_buf_on(NULL);
    OK(base_buf_append(&text, base_bytes_str(" \n")));
    OK(sotto_contact_link_text(&link, &text));
    OK(base_buf_append(&text, base_bytes_str("\r\n")));
    OK(sotto_contact_link_parse(base_buf_bytes(&text), &back));
    text.p[20] = ' ';
    assert_int_equal(sotto_contact_link_parse(base_buf_bytes(&text), &back), SOTTO_E_LINK);
    base_buf_clear(&text);
}

static void every_truncation_of_a_link_is_refused(void **state)
{
    (void)state;
    sotto_contact_link link = some_link();
    sotto_contact_link back;
    base_buf text = base_buf_on(NULL);
    OK(sotto_contact_link_text(&link, &text));
    for (size_t n = 0; n < text.n; n++) {
        assert_int_equal(sotto_contact_link_parse(base_bytes_of(text.p, n), &back), SOTTO_E_LINK);
    }
    OK(base_buf_append(&text, base_bytes_str("AA")));
    assert_int_equal(sotto_contact_link_parse(base_buf_bytes(&text), &back), SOTTO_E_LINK);
    assert_int_equal(sotto_contact_link_parse(base_bytes_str("https://example"), &back),
                     SOTTO_E_LINK);
    base_buf_clear(&text);
}

static void only_relay_urls_are_relay_urls(void **state)
{
    (void)state;
    static const char *const good[] = {"wss://a", "ws://127.0.0.1:7480", "wss://[::1]:1"};
    static const char *const bad[] = {"",         "wss://",     "http://a",  "wss:///x",
                                      "wss://:1", "wss://a b",  "wss://u@a", "wss://a#f",
                                      "ws://a\n", "wss://a\\b", "WSS://a",   "javascript:alert(1)"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(sotto_relay_url_ok(base_bytes_str(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(sotto_relay_url_ok(base_bytes_str(bad[i])));
    }
}

static void a_link_to_a_forbidden_url_is_refused(void **state)
{
    (void)state;
    sotto_contact_link link = some_link();
    sotto_contact_link back;
    base_buf text = base_buf_on(NULL);
    memcpy(link.reach.relay, "http://relay.example:443", 25);
    OK(sotto_contact_link_text(&link, &text));
    assert_int_equal(sotto_contact_link_parse(base_buf_bytes(&text), &back), SOTTO_E_LINK);
    base_buf_clear(&text);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    sotto_contact_link link = some_link();
    char name[80];
    memset(name, 'a', 63);
    memcpy(name + 63, "\xc3\xab", 3); /* the 64th byte is the first half of a letter */
    sotto_contact_link_call(&link, name);
    assert_int_equal(strlen(link.name), 63);
    name[62] = '\0';
    sotto_contact_link_call(&link, name);
    assert_int_equal(strlen(link.name), 62);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_comes_back_as_it_was),
        cmocka_unit_test(space_around_a_link_is_ignored_and_nothing_else),
        cmocka_unit_test(every_truncation_of_a_link_is_refused),
        cmocka_unit_test(only_relay_urls_are_relay_urls),
        cmocka_unit_test(a_link_to_a_forbidden_url_is_refused),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
