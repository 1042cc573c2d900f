/* Which URLs and addresses a client takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "adapters/ws_url.h"

static void url_is_taken_apart(void **state)
{
    (void)state;
    ws_url u;
    assert_true(ws_url_parse("wss://Relay.Example.org/sotto", &u));
    assert_true(u.tls);
    assert_string_equal(u.host, "relay.example.org");
    assert_string_equal(u.port, "443");
    assert_string_equal(u.authority, "relay.example.org");
    assert_string_equal(u.path, "/sotto");
    assert_true(ws_url_parse("ws://127.0.0.1:7480/sotto", &u));
    assert_false(u.tls);
    assert_string_equal(u.authority, "127.0.0.1:7480");
    assert_true(ws_url_parse("ws://[::1]:7480", &u));
    assert_string_equal(u.host, "::1");
    assert_string_equal(u.authority, "[::1]:7480");
    assert_string_equal(u.path, "/");
    assert_true(ws_url_parse("wss://[::1]", &u));
    assert_string_equal(u.authority, "[::1]");
    assert_true(ws_url_parse("wss://a-b.c1:8443", &u));
    assert_string_equal(u.port, "8443");
}

static void malformed_urls_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "wss:/a",
        "wss://",
        "wss:///sotto",
        "https://a",
        "WSS://a",
        "wss://a b",
        "wss://user@a",
        "wss://a?x",
        "wss://a/b?x",
        "wss://a/#x",
        "wss://a/%2e",
        "wss://a:0",
        "wss://a:",
        "wss://a:65536",
        "wss://a:080",
        "wss://a:+80",
        "wss://a:80x",
        "wss://a..b",
        "wss://.a",
        "wss://a.",
        "wss://-a",
        "wss://a-.b",
        "wss://a_b",
        "wss://[::1",
        "wss://[::1]x",
        "wss://[127.0.0.1]",
        "wss://::1",
        "wss://[fe80::1%25eth0]",
        "wss://127.1",
        "wss://127.0.0.01",
        "wss://2130706433",
        "wss://a.0x7f",
        "wss://0x7f.1",
        "wss://a\r\nHost: b",
        "wss://a/\r\nHost: b",
        "wss://m\xc3\xbcnchen.de",
    };
    ws_url u;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (ws_url_parse(bad[i], &u)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void longest_name_is_taken_and_a_longer_one_is_not(void **state)
{
    (void)state;
    char text[400] = "wss://";
    ws_url u;
    for (int i = 0; i < 126; i++) {
        (void)strcat(text, "a.");
    }
    (void)strcat(text, "b"); /* 253 */
    assert_true(ws_url_parse(text, &u));
    (void)strcat(text, "c");
    assert_false(ws_url_parse(text, &u));
    (void)snprintf(text, sizeof text, "wss://%064d.a", 0); /* a label of 64 */
    assert_false(ws_url_parse(text, &u));
}

static bool is_public(const char *text)
{
    ws_addr a = {.n = 0};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(&a.at, &four, sizeof four);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
        memcpy(&a.at, &six, sizeof six);
    }
    return ws_addr_is_public(&a);
}

static void addresses_of_the_internet_are_public(void **state)
{
    (void)state;
    static const char *const good[] = {
        "1.1.1.1",     "9.255.255.255", "11.0.0.0",       "172.15.255.255",   "172.32.0.0",
        "192.167.0.1", "192.169.0.1",   "100.63.255.255", "100.128.0.0",      "223.255.255.255",
        "2a00::1",     "2600:1::1",     "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:0101:0101::1",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!is_public(good[i])) {
            fail_msg("not public: %s", good[i]);
        }
    }
}

static void addresses_of_private_networks_are_not_public(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1.1.1.1",
        "2002:7f00:0001::1",
        "2001:db8::1",
        "2001:0:1::1",
        "::10.0.0.1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (is_public(bad[i])) {
            fail_msg("public: %s", bad[i]);
        }
    }
}

static void listening_addresses_are_read_and_told_apart(void **state)
{
    (void)state;
    ws_addr a;
    assert_true(ws_addr_parse("127.0.0.1:7480", &a));
    assert_true(ws_addr_is_loopback(&a));
    assert_true(ws_addr_parse("127.9.9.9:0", &a));
    assert_true(ws_addr_is_loopback(&a));
    assert_true(ws_addr_parse("[::1]:7480", &a));
    assert_true(ws_addr_is_loopback(&a));
    assert_true(ws_addr_parse("0.0.0.0:443", &a));
    assert_false(ws_addr_is_loopback(&a));
    assert_true(ws_addr_parse("[::]:443", &a));
    assert_false(ws_addr_is_loopback(&a));
    static const char *const bad[] = {"",          "7480",       ":7480",        "127.0.0.1",
                                      "a:7480",    "127.0.0.1:", "127.0.0.1:-1", "127.0.0.1:65536",
                                      "::1:7480",  "[::1]",      "[]:1",         "[127.0.0.1]:1",
                                      "1.2.3:7480"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (ws_addr_parse(bad[i], &a)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_is_taken_apart),
        cmocka_unit_test(malformed_urls_are_refused),
        cmocka_unit_test(longest_name_is_taken_and_a_longer_one_is_not),
        cmocka_unit_test(addresses_of_the_internet_are_public),
        cmocka_unit_test(addresses_of_private_networks_are_not_public),
        cmocka_unit_test(listening_addresses_are_read_and_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
