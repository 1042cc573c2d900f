/* The opening handshake (RFC 6455, section 4): what is accepted, and each way to be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/ws_handshake.h"

static const ws_rules rules = {"/sotto", "sotto.relay.1", false};

/* The example of RFC 6455, section 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define LINE "GET /sotto HTTP/1.1\r\n"
#define HOST "Host: relay.example:443\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEYS "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n"
#define NAMED "Sec-WebSocket-Protocol: sotto.relay.1\r\n"
#define GOOD LINE HOST UPGRADE KEYS NAMED "\r\n"

static int judge(const char *text)
{
    char accept[WS_ACCEPT_CHARS + 1];
    return ws_request_judge(base_bytes_str(text), &rules, accept);
}

static void request_of_the_rfc_gets_its_accept_value(void **state)
{
    (void)state;
    char accept[WS_ACCEPT_CHARS + 1] = {0};
    assert_int_equal(ws_request_judge(base_bytes_str(GOOD), &rules, accept), 101);
    assert_string_equal(accept, ACCEPT);
}

static void request_written_by_our_client_is_accepted(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    base_buf answer = base_buf_on(NULL);
    char accept[WS_ACCEPT_CHARS + 1];
    size_t used = 0;
    assert_int_equal(ws_request_write(&out, "[::1]:7480", &rules, KEY), BASE_OK);
    assert_int_equal(ws_request_judge(base_buf_bytes(&out), &rules, accept), 101);
    assert_int_equal(ws_answer_write(&answer, 101, &rules, accept), BASE_OK);
    assert_int_equal(ws_answer_judge(base_buf_bytes(&answer), &rules, KEY, &used), 101);
    assert_int_equal(used, answer.n);
    base_buf_clear(&out);
    base_buf_clear(&answer);
}

static void every_truncation_asks_for_more(void **state)
{
    (void)state;
    base_bytes whole = base_bytes_str(GOOD);
    char accept[WS_ACCEPT_CHARS + 1];
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *cut = malloc(n + 1); /* exact size, so that a sanitizer sees a read past it */
        assert_non_null(cut);
        uint8_t *at = cut + 1;
        memcpy(at, whole.p, n);
        assert_int_equal(ws_request_judge(base_bytes_of(at, n), &rules, accept), 0);
        free(cut);
    }
}

static void names_are_read_without_case_and_lists_are_searched(void **state)
{
    (void)state;
    assert_int_equal(judge(LINE "hOST: a\r\nUPGRADE: h2c, WebSocket\r\n"
                                "connection: keep-alive, upgrade\r\n" KEYS
                                "Sec-WebSocket-Protocol: chat ,\tsotto.relay.1\r\n\r\n"),
                     101);
    assert_int_equal(
        judge(LINE "Host: a\r\nUpgrade: websockets\r\nConnection: Upgrade\r\n" KEYS NAMED "\r\n"),
        426);
    assert_int_equal(
        judge(LINE HOST "Upgrade: websocket\r\nConnection: close\r\n" KEYS NAMED "\r\n"), 426);
}

static void unknown_headers_and_compression_offers_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(judge(LINE HOST UPGRADE KEYS NAMED
                           "X-Forwarded-For: ::1\r\nCookie: a=b\r\n"
                           "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
                     101);
}

static void origin_is_refused_unless_allowed(void **state)
{
    (void)state;
    const char *text = LINE HOST UPGRADE KEYS NAMED "Origin: https://a.example\r\n\r\n";
    ws_rules open = rules;
    char accept[WS_ACCEPT_CHARS + 1];
    open.allow_origin = true;
    assert_int_equal(judge(text), 403);
    assert_int_equal(judge(LINE HOST UPGRADE KEYS NAMED "oRIGIN: null\r\n\r\n"), 403);
    assert_int_equal(ws_request_judge(base_bytes_str(text), &open, accept), 101);
}

static void other_methods_targets_and_versions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
    } cases[] = {
        {"POST /sotto HTTP/1.1", 405},
        {"GETS /sotto HTTP/1.1", 405},
        {"GET / HTTP/1.1", 404},
        {"GET /sotto/ HTTP/1.1", 404},
        {"GET /sotto?a HTTP/1.1", 404},
        {"GET /SOTTO HTTP/1.1", 404},
        {"GET http://a/sotto HTTP/1.1", 400},
        {"GET sotto HTTP/1.1", 400},
        {"GET  /sotto HTTP/1.1", 400},
        {"GET\t/sotto HTTP/1.1", 400},
        {"GET /sotto  HTTP/1.1", 400},
        {"GET /sotto HTTP/1.1 ", 505},
        {"GET /sotto HTTP/1.0", 505},
        {"GET /sotto HTTP/1.10", 505},
        {"GET /sotto HTTP/2.0", 505},
        {"GET /sotto http/1.1", 400},
        {"GET /sotto", 400},
        {"GET", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s\r\n" HOST UPGRADE KEYS NAMED "\r\n", cases[i].line);
        assert_int_equal(judge(text), cases[i].status);
    }
}

static void missing_or_wrong_headers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(judge(LINE UPGRADE KEYS NAMED "\r\n"), 400);
    assert_int_equal(judge(LINE "Host:\r\n" UPGRADE KEYS NAMED "\r\n"), 400);
    assert_int_equal(judge(LINE "Host: a b\r\n" UPGRADE KEYS NAMED "\r\n"), 400);
    assert_int_equal(judge(LINE "Host: a/b\r\n" UPGRADE KEYS NAMED "\r\n"), 400);
    assert_int_equal(judge(LINE HOST "Connection: Upgrade\r\n" KEYS NAMED "\r\n"), 426);
    assert_int_equal(judge(LINE HOST "Upgrade: websocket\r\n" KEYS NAMED "\r\n"), 426);
    assert_int_equal(judge(LINE HOST UPGRADE KEYS "\r\n"), 400);
    assert_int_equal(judge(LINE HOST UPGRADE KEYS "Sec-WebSocket-Protocol: Sotto.relay.1\r\n\r\n"),
                     400);
    assert_int_equal(judge(LINE HOST UPGRADE "Sec-WebSocket-Key: " KEY "\r\n" NAMED "\r\n"), 426);
    assert_int_equal(judge(LINE HOST UPGRADE "Sec-WebSocket-Key: " KEY
                                             "\r\nSec-WebSocket-Version: 8\r\n" NAMED "\r\n"),
                     426);
}

static void keys_that_are_not_sixteen_bytes_are_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZWU=",
        "dGhlIHNhbXBsZSBub25jZR==", /* spare bits set: a second spelling */
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25 ZQ==",
        "========================",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       LINE HOST UPGRADE "Sec-WebSocket-Version: 13\r\n" NAMED
                                         "Sec-WebSocket-Key: %s\r\n\r\n",
                       keys[i]);
        assert_int_equal(judge(text), 400);
    }
}

static void whatever_two_readers_could_read_differently_is_refused(void **state)
{
    (void)state;
    static const char *const extra[] = {
        "Content-Length: 0\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "transfer-encoding: identity\r\n",
        HOST,
        "Upgrade: websocket\r\n",
        NAMED,
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: " KEY "\r\n",
        "X-Folded: a\r\n b\r\n",
        "X-Folded: a\r\n\tb\r\n",
        "X-Blank : a\r\n",
        " X-Blank: a\r\n",
        "X-No-Colon\r\n",
        ": no name\r\n",
        "X-Bare: a\nContent-Length: 5\r\n",
        "X-Bare: a\rContent-Length: 5\r\n",
        "X-Bell: \a\r\n",
        "X-Del: \x7f\r\n",
        "X-Eight: \xc3\xa9\r\n",
        "X\xc3: a\r\n",
        "X(Y): a\r\n",
    };
    for (size_t i = 0; i < sizeof extra / sizeof extra[0]; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, LINE HOST UPGRADE KEYS NAMED "%s\r\n", extra[i]);
        assert_int_equal(judge(text), 400);
    }
}

static void zero_byte_in_a_header_is_refused(void **state)
{
    (void)state;
    char text[] = LINE HOST UPGRADE KEYS NAMED "X-Zero: a?b\r\n\r\n";
    char accept[WS_ACCEPT_CHARS + 1];
    base_bytes in = base_bytes_of(text, sizeof text - 1);
    assert_int_equal(ws_request_judge(in, &rules, accept), 101);
    *strchr(text, '?') = '\0';
    assert_int_equal(ws_request_judge(in, &rules, accept), 400);
}

static void bytes_after_the_request_are_refused(void **state)
{
    (void)state;
    assert_int_equal(judge(GOOD "x"), 400);
    assert_int_equal(judge(GOOD GOOD), 400);
}

static void head_of_the_largest_size_is_read_and_one_byte_more_is_refused(void **state)
{
    (void)state;
    char accept[WS_ACCEPT_CHARS + 1];
    for (size_t over = 0; over < 2; over++) {
        base_buf text = base_buf_on(NULL);
        size_t size = WS_HEAD_MAX + over;
        assert_int_equal(base_buf_append(&text, base_bytes_str(LINE HOST UPGRADE KEYS NAMED "X: ")),
                         BASE_OK);
        while (text.n < size - 4) {
            assert_int_equal(base_buf_append(&text, base_bytes_str("x")), BASE_OK);
        }
        assert_int_equal(base_buf_append(&text, base_bytes_str("\r\n\r\n")), BASE_OK);
        assert_int_equal(ws_request_judge(base_buf_bytes(&text), &rules, accept),
                         over == 0 ? 101 : 431);
        base_buf_clear(&text);
    }
}

static void head_of_the_most_lines_is_read_and_one_line_more_is_refused(void **state)
{
    (void)state;
    char accept[WS_ACCEPT_CHARS + 1];
    for (size_t over = 0; over < 2; over++) {
        base_buf text = base_buf_on(NULL);
        size_t lines = 6;
        assert_int_equal(base_buf_append(&text, base_bytes_str(LINE HOST UPGRADE KEYS NAMED)),
                         BASE_OK);
        for (; lines < WS_HEAD_LINES + over; lines++) {
            assert_int_equal(base_buf_append(&text, base_bytes_str("X: y\r\n")), BASE_OK);
        }
        assert_int_equal(base_buf_append(&text, base_bytes_str("\r\n")), BASE_OK);
        assert_int_equal(ws_request_judge(base_buf_bytes(&text), &rules, accept),
                         over == 0 ? 101 : 431);
        base_buf_clear(&text);
    }
}

static void what_cannot_become_a_request_is_refused_at_its_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(judge("\x16\x03\x01"), 400); /* a TLS hello on a plain port */
    assert_int_equal(judge("\r\n"), 400);
    assert_int_equal(judge("ge"), 400);
    assert_int_equal(judge("GE"), 0);
}

static void refusals_name_what_is_wanted_and_close(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    assert_int_equal(ws_answer_write(&out, 426, &rules, NULL), BASE_OK);
    assert_int_equal(base_buf_append(&out, base_bytes_of("", 1)), BASE_OK);
    assert_non_null(strstr((const char *)out.p, "HTTP/1.1 426 Upgrade Required\r\n"));
    assert_non_null(strstr((const char *)out.p, "Sec-WebSocket-Version: 13\r\n"));
    assert_non_null(strstr((const char *)out.p, "Connection: close\r\n"));
    base_buf_clear(&out);
}

/* ---- the client's side ---- */

#define ANSWER                                                                                     \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Protocol: sotto.relay.1\r\n"

static int judge_answer(const char *text, size_t *used)
{
    return ws_answer_judge(base_bytes_str(text), &rules, KEY, used);
}

static void answer_is_accepted_and_frames_may_follow_it(void **state)
{
    (void)state;
    size_t used = 0;
    assert_int_equal(judge_answer(ANSWER "\r\n\x82", &used), 101);
    assert_int_equal(used, strlen(ANSWER) + 2);
}

static void answer_cut_short_asks_for_more(void **state)
{
    (void)state;
    char text[] = ANSWER "\r\n";
    size_t used = 0;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        assert_int_equal(ws_answer_judge(base_bytes_of(text, n), &rules, KEY, &used), 0);
    }
}

static void answers_that_agree_to_something_else_are_refused(void **state)
{
    (void)state;
    size_t used = 7;
    static const char *const bad[] = {
        ANSWER "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        ANSWER "Content-Length: 1\r\n\r\n",
        ANSWER "Upgrade: websocket\r\n\r\n",
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Protocol: sotto.relay.1\r\n\r\n",
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=\r\n"
        "Sec-WebSocket-Protocol: sotto.relay.1\r\n\r\n",
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Protocol: other\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.0 101 OK\r\n\r\n",
        "HTTP/1.1 1010 OK\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "\x15\x03\x01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(judge_answer(bad[i], &used), 502);
    }
    assert_int_equal(used, 7);
}

static void refusal_of_the_server_is_told_as_it_is(void **state)
{
    (void)state;
    size_t used = 0;
    assert_int_equal(judge_answer("HTTP/1.1 503 Busy\r\nRetry-After: 5\r\n\r\n", &used), 503);
    assert_int_equal(judge_answer("HTTP/1.1 301\r\nLocation: http://a\r\n\r\n", &used), 301);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_of_the_rfc_gets_its_accept_value),
        cmocka_unit_test(request_written_by_our_client_is_accepted),
        cmocka_unit_test(every_truncation_asks_for_more),
        cmocka_unit_test(names_are_read_without_case_and_lists_are_searched),
        cmocka_unit_test(unknown_headers_and_compression_offers_are_ignored),
        cmocka_unit_test(origin_is_refused_unless_allowed),
        cmocka_unit_test(other_methods_targets_and_versions_are_refused),
        cmocka_unit_test(missing_or_wrong_headers_are_refused),
        cmocka_unit_test(keys_that_are_not_sixteen_bytes_are_refused),
        cmocka_unit_test(whatever_two_readers_could_read_differently_is_refused),
        cmocka_unit_test(zero_byte_in_a_header_is_refused),
        cmocka_unit_test(bytes_after_the_request_are_refused),
        cmocka_unit_test(head_of_the_largest_size_is_read_and_one_byte_more_is_refused),
        cmocka_unit_test(head_of_the_most_lines_is_read_and_one_line_more_is_refused),
        cmocka_unit_test(what_cannot_become_a_request_is_refused_at_its_first_bytes),
        cmocka_unit_test(refusals_name_what_is_wanted_and_close),
        cmocka_unit_test(answer_is_accepted_and_frames_may_follow_it),
        cmocka_unit_test(answer_cut_short_asks_for_more),
        cmocka_unit_test(answers_that_agree_to_something_else_are_refused),
        cmocka_unit_test(refusal_of_the_server_is_told_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
