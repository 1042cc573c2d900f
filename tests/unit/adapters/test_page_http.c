/* HTTP of the page: what is served, and each way to be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/page_http.h"

static const page_rules rules = {4420, "/rpc", "sotto.rpc.1"};

#define HOST "Host: 127.0.0.1:4420\r\n"
#define ORIGIN "Origin: http://127.0.0.1:4420\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" /* RFC 6455, section 1.3 */
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define NAMED "Sec-WebSocket-Protocol: other, sotto.rpc.1\r\n"
#define GOOD "GET /rpc HTTP/1.1\r\n" HOST ORIGIN UPGRADE KEY VERSION NAMED "\r\n"

static int judge(const char *text)
{
    page_request request;
    return page_request_judge(base_bytes_str(text), &rules, &request);
}

static void get_gives_its_target(void **state)
{
    (void)state;
    page_request request;
    const char *text = "GET /assets/x.js HTTP/1.1\r\n" HOST "Accept: */*\r\n\r\n";
    assert_int_equal(page_request_judge(base_bytes_str(text), &rules, &request), 200);
    assert_string_equal(request.target, "/assets/x.js");
}

static void upgrade_gets_its_accept_value(void **state)
{
    (void)state;
    page_request request;
    assert_int_equal(page_request_judge(base_bytes_str(GOOD), &rules, &request), 101);
    assert_string_equal(request.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void beginning_of_a_request_waits_for_the_rest(void **state)
{
    (void)state;
    page_request request;
    for (size_t n = 0; n < sizeof GOOD - 1; n++) {
        assert_int_equal(page_request_judge(base_bytes_of(GOOD, n), &rules, &request), 0);
    }
}

static void byte_after_the_head_is_refused(void **state)
{
    (void)state;
    assert_int_equal(judge(GOOD "x"), 400);
}

static void host_must_be_this_machine_and_port(void **state)
{
    (void)state;
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: localhost:4420\r\n\r\n"), 200);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: [::1]:4420\r\n\r\n"), 200);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: 127.0.0.1:4421\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: evil.example:4420\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost: localhost:44200\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(judge("GET / HTTP/1.1\r\n" HOST HOST "\r\n"), 400);
}

static void origin_must_be_the_same_place(void **state)
{
    (void)state;
    assert_int_equal(judge("GET / HTTP/1.1\r\n" HOST ORIGIN "\r\n"), 200);
    assert_int_equal(judge("GET / HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\n" HOST "Origin: null\r\n\r\n"), 403);
    assert_int_equal(judge("GET / HTTP/1.1\r\n" HOST "Origin: https://127.0.0.1:4420\r\n\r\n"),
                     403);
    assert_int_equal(judge("GET / HTTP/1.1\r\n" HOST "Origin: http://localhost:4420\r\n\r\n"), 403);
    assert_int_equal(judge("GET /rpc HTTP/1.1\r\n" HOST UPGRADE KEY VERSION NAMED "\r\n"), 403);
}

static void upgrade_without_one_of_its_parts_is_refused(void **state)
{
    (void)state;
    const char *line = "GET /rpc HTTP/1.1\r\n" HOST ORIGIN;
    static const struct {
        const char *rest;
        int status;
    } bad[] = {
        {"Upgrade: websocket\r\n" KEY VERSION NAMED "\r\n", 426},
        {"Connection: Upgrade\r\n" KEY VERSION NAMED "\r\n", 426},
        {"Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION NAMED "\r\n", 426},
        {UPGRADE KEY NAMED "\r\n", 426},
        {UPGRADE KEY "Sec-WebSocket-Version: 8\r\n" NAMED "\r\n", 426},
        {UPGRADE VERSION NAMED "\r\n", 400},
        {UPGRADE "Sec-WebSocket-Key: c2hvcnQ=\r\n" VERSION NAMED "\r\n", 400},
        {UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n" VERSION NAMED "\r\n", 400},
        {UPGRADE KEY VERSION "\r\n", 400},
        {UPGRADE KEY VERSION "Sec-WebSocket-Protocol: sotto.rpc.10\r\n\r\n", 400},
        {"\r\n", 426},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, "%s%s", line, bad[i].rest);
        assert_int_equal(judge(text), bad[i].status);
    }
    assert_int_equal(judge("GET /other HTTP/1.1\r\n" HOST ORIGIN UPGRADE KEY VERSION NAMED "\r\n"),
                     404);
}

static void what_two_readers_could_read_differently_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "GET / HTTP/1.1\r\n" HOST " folded: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : 127.0.0.1:4420\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST ": nameless\r\n\r\n",
        "GET / HTTP/1.1\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
        "GET  / HTTP/1.1\r\n" HOST "\r\n",
        "GET / \r\n" HOST "\r\n",
        "GET /\r\n" HOST "\r\n",
        " GET / HTTP/1.1\r\n" HOST "\r\n",
        "GET x HTTP/1.1\r\n" HOST "\r\n",
        "G(T / HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(judge(bad[i]), 400);
    }
    assert_int_equal(judge("POST / HTTP/1.1\r\n" HOST "\r\n"), 405);
    assert_int_equal(judge("GET / HTTP/1.0\r\n" HOST "\r\n"), 505);
    assert_int_equal(judge("GET / HTTP/2.0\r\n" HOST "\r\n"), 505);
}

static void head_is_bounded(void **state)
{
    (void)state;
    page_request request;
    base_buf text = base_buf_on(NULL);
    assert_int_equal(base_buf_append(&text, base_bytes_str("GET / HTTP/1.1\r\n" HOST)), BASE_OK);
    for (int i = 0; i < PAGE_LINES_MAX - 1; i++) {
        assert_int_equal(base_buf_append(&text, base_bytes_str("X: y\r\n")), BASE_OK);
    }
    assert_int_equal(base_buf_append(&text, base_bytes_str("\r\n")), BASE_OK);
    assert_int_equal(page_request_judge(base_buf_bytes(&text), &rules, &request), 200);
    text.n -= 2;
    assert_int_equal(base_buf_append(&text, base_bytes_str("X: y\r\n\r\n")), BASE_OK);
    assert_int_equal(page_request_judge(base_buf_bytes(&text), &rules, &request), 431);
    text.n = 0;
    while (text.n < PAGE_HEAD_MAX) {
        assert_int_equal(base_buf_append(&text, base_bytes_str("G")), BASE_OK);
    }
    assert_int_equal(page_request_judge(base_bytes_of(text.p, text.n - 1), &rules, &request), 0);
    assert_int_equal(page_request_judge(base_buf_bytes(&text), &rules, &request), 431);
    base_buf_clear(&text);
}

static void target_is_bounded(void **state)
{
    (void)state;
    char text[512];
    (void)snprintf(text, sizeof text, "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", PAGE_TARGET_MAX - 1, 0);
    assert_int_equal(judge(text), 200);
    (void)snprintf(text, sizeof text, "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", PAGE_TARGET_MAX, 0);
    assert_int_equal(judge(text), 400);
}

static void what_is_no_http_is_refused_at_its_first_byte(void **state)
{
    (void)state;
    assert_int_equal(judge("\x16\x03\x01"), 400);
    assert_int_equal(judge("get"), 400);
    assert_int_equal(judge("G"), 0);
}

static void answer_carries_the_policy_and_its_length(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    assert_int_equal(page_answer_write(&out, 404, "text/plain", 7, NULL, &rules), BASE_OK);
    assert_int_equal(base_buf_append(&out, base_bytes_of("", 1)), BASE_OK);
    const char *text = (const char *)out.p;
    assert_non_null(strstr(text, "HTTP/1.1 404 Not Found\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Security-Policy: default-src 'none'; "));
    assert_non_null(strstr(text, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Length: 7\r\n"));
    assert_non_null(strstr(text, "\r\nConnection: close\r\n\r\n"));
    base_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_gives_its_target),
        cmocka_unit_test(upgrade_gets_its_accept_value),
        cmocka_unit_test(beginning_of_a_request_waits_for_the_rest),
        cmocka_unit_test(byte_after_the_head_is_refused),
        cmocka_unit_test(host_must_be_this_machine_and_port),
        cmocka_unit_test(origin_must_be_the_same_place),
        cmocka_unit_test(upgrade_without_one_of_its_parts_is_refused),
        cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
        cmocka_unit_test(head_is_bounded),
        cmocka_unit_test(target_is_bounded),
        cmocka_unit_test(what_is_no_http_is_refused_at_its_first_byte),
        cmocka_unit_test(answer_carries_the_policy_and_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
