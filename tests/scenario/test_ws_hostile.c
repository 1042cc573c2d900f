/* Peers that speak badly, slowly, too much or not at all, over real sockets: each is sent away with
 * the right code and in time, within the bounds, and the others notice nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ws_rig.h"

/* A masked frame with mask zero: what is sent is what is meant. */
static size_t frame(uint8_t *out, uint8_t first, const void *payload, size_t n)
{
    size_t at = 0;
    out[at++] = first;
    if (n < 126) {
        out[at++] = (uint8_t)(0x80 | n);
    } else {
        out[at++] = 0x80 | 126;
        out[at++] = (uint8_t)(n >> 8);
        out[at++] = (uint8_t)n;
    }
    memset(out + at, 0, 4);
    at += 4;
    memcpy(out + at, payload, n);
    return at + n;
}

/* Send bytes on a fresh connection; expect a close frame with this code, then the end. */
static void expect_close(const uint8_t *p, size_t n, unsigned want)
{
    rig_server s;
    uint8_t got[4];
    char why[64];
    unsigned code = 0;
    rig_start(&s, ws_server_defaults(), false);
    int fd = rig_raw_upgraded(s.port);
    rig_raw_send(fd, p, n);
    assert_int_equal(rig_raw_read(fd, got, 4, 2000), 4);
    assert_int_equal(got[0], 0x88);
    assert_int_equal(got[1], 2);
    assert_int_equal((unsigned)got[2] << 8 | got[3], want);
    assert_true(rig_raw_closed(fd, 2000));
    rig_wait_closed(&s, 1, why, &code);
    assert_int_equal(code, want);
    (void)close(fd);
    rig_stop(&s);
}

static void text_message_closes_with_1003(void **state)
{
    (void)state;
    uint8_t p[64];
    expect_close(p, frame(p, 0x81, "hello", 5), 1003);
}

static void unmasked_frame_closes_with_1002(void **state)
{
    (void)state;
    expect_close((const uint8_t *)"\x82\x01x", 3, 1002);
}

static void compressed_frame_closes_with_1002(void **state)
{
    (void)state;
    uint8_t p[64];
    expect_close(p, frame(p, 0xc2, "hello", 5), 1002);
}

static void message_beyond_the_limit_closes_with_1009(void **state)
{
    (void)state;
    const uint8_t p[] = {0x82, 0xff, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 'x'};
    expect_close(p, sizeof p, 1009);
}

static void close_is_answered_with_its_own_code(void **state)
{
    (void)state;
    uint8_t p[64];
    expect_close(p, frame(p, 0x88, "\x0f\xa1", 2), 4001);
}

static void ping_is_answered_with_its_payload(void **state)
{
    (void)state;
    rig_server s;
    uint8_t p[64];
    uint8_t got[6];
    rig_start(&s, ws_server_defaults(), false);
    int fd = rig_raw_upgraded(s.port);
    rig_raw_send(fd, p, frame(p, 0x89, "abcd", 4));
    assert_int_equal(rig_raw_read(fd, got, 6, 2000), 6);
    assert_memory_equal(got,
                        "\x8a\x04"
                        "abcd",
                        6);
    (void)close(fd);
    rig_stop(&s);
}

/* Send a request; expect its HTTP status and the end. */
static void expect_status(const char *request, const char *status)
{
    rig_server s;
    uint8_t got[12];
    rig_start(&s, ws_server_defaults(), false);
    int fd = rig_raw(s.port);
    rig_raw_send(fd, request, strlen(request));
    assert_int_equal(rig_raw_read(fd, got, 12, 2000), 12);
    assert_memory_equal(got, "HTTP/1.1 ", 9);
    assert_memory_equal(got + 9, status, 3);
    assert_true(rig_raw_closed(fd, 2000));
    (void)close(fd);
    rig_stop(&s);
}

static void requests_of_pages_and_of_others_are_refused(void **state)
{
    (void)state;
    expect_status(RIG_UPGRADE "Origin: https://evil.example\r\n\r\n", "403");
    expect_status(RIG_UPGRADE "Content-Length: 5\r\n\r\nhello", "400");
    expect_status("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404");
    expect_status("\x16\x03\x01\x02", "400");
}

static void frames_sent_before_the_answer_are_refused(void **state)
{
    (void)state;
    expect_status(RIG_UPGRADE "\r\n\x82\x80\x01\x02\x03\x04", "400");
}

static void half_open_handshake_times_out(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    char why[64];
    unsigned code = 0;
    for (int tls = 0; tls < 2; tls++) {
        rig_server s;
        config.handshake_ms = 200;
        rig_start(&s, config, tls == 1);
        int fd = rig_raw(s.port);
        rig_raw_send(fd, tls == 1 ? "\x16\x03\x01" : "GET", 3);
        assert_true(rig_raw_closed(fd, 3000));
        rig_wait_closed(&s, 1, why, &code);
        assert_string_equal(why, "the handshake took too long");
        (void)close(fd);
        rig_stop(&s);
    }
}

static void peer_that_gives_no_sign_of_life_is_dropped(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    rig_server s;
    char why[64];
    unsigned code = 0;
    config.quiet_ms = 150;
    config.pong_ms = 150;
    rig_start(&s, config, false);
    int fd = rig_raw_upgraded(s.port);
    assert_true(rig_raw_closed(fd, 3000));
    rig_wait_closed(&s, 1, why, &code);
    assert_string_equal(why, "no answer to a ping");
    (void)close(fd);
    rig_stop(&s);
}

static void message_that_is_never_finished_ends_the_connection(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    rig_server s;
    char why[64];
    unsigned code = 0;
    uint8_t p[64];
    config.quiet_ms = 200;
    rig_start(&s, config, false);
    int fd = rig_raw_upgraded(s.port);
    rig_raw_send(fd, p, frame(p, 0x02, "half", 4));
    for (int i = 0; i < 40 && atomic_load(&s.closed) == 0; i++) {
        (void)send(fd, p, frame(p, 0x00, "x", 1), MSG_NOSIGNAL); /* a byte now and then */
        (void)usleep(50000);
    }
    rig_wait_closed(&s, 1, why, &code);
    assert_string_equal(why, "half a message took too long");
    (void)close(fd);
    rig_stop(&s);
}

/* The answers are output that gets on; the message is not. */
static void half_a_message_is_not_kept_alive_by_pings(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    rig_server s;
    char why[64];
    unsigned code = 0;
    uint8_t p[64];
    uint8_t got[256];
    config.quiet_ms = 200;
    rig_start(&s, config, false);
    int fd = rig_raw_upgraded(s.port);
    rig_raw_send(fd, p, frame(p, 0x02, "half", 4));
    for (int i = 0; i < 60 && atomic_load(&s.closed) == 0; i++) {
        (void)send(fd, p, frame(p, 0x89, "x", 1), MSG_NOSIGNAL);
        (void)recv(fd, got, sizeof got, MSG_DONTWAIT);
        (void)usleep(50000);
    }
    assert_int_equal(atomic_load(&s.closed), 1); /* while pings kept coming */
    rig_wait_closed(&s, 1, why, &code);
    assert_string_equal(why, "half a message took too long");
    (void)close(fd);
    rig_stop(&s);
}

/* Write messages until the socket takes no more for 300 ms. Returns the bytes it took. */
static size_t flood(int fd)
{
    static uint8_t p[60100];
    static uint8_t body[60000];
    size_t n = frame(p, 0x82, body, sizeof body);
    size_t total = 0;
    size_t at = 0;
    for (;;) {
        struct pollfd w = {.fd = fd, .events = POLLOUT};
        if (poll(&w, 1, 300) <= 0) {
            return total;
        }
        ssize_t r = send(fd, p + at, n - at, MSG_NOSIGNAL);
        if (r < 0) {
            assert_true(errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
            if (errno != EAGAIN) {
                return total;
            }
        } else {
            total += (size_t)r;
            at = (at + (size_t)r) % n;
        }
        assert_true(total < (size_t)64 << 20); /* else nothing bounds it */
    }
}

static bool got_one(const rig_client *c)
{
    return c->got == 1;
}

static void peer_that_does_not_read_is_bounded_and_then_dropped(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    rig_server s;
    rig_client c;
    uint8_t buf[3000];
    int small = 4096;
    config.quiet_ms = 1500;
    rig_start(&s, config, false);
    int fd = rig_raw_upgraded(s.port);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    size_t took = flood(fd);
    size_t echoed = atomic_load(&s.messages);
    print_message("# a peer that does not read got %zu bytes in, %zu messages\n", took, echoed);
    /* What is in neither the kernel nor the echo's one waiting message waits in the sender: the
     * server has read at most its own bounds beyond what it wrote. */
    assert_in_range(took, 1, (size_t)24 << 20);
    (void)usleep(300000);
    assert_int_equal(atomic_load(&s.messages), echoed);
    /* Another peer notices nothing. */
    assert_int_equal(rig_connect(&c, "ws", "127.0.0.1", s.port, NULL, true), BASE_OK);
    assert_true(rig_pump(&c, 2000, rig_is_open));
    assert_int_equal(ws_client_send(c.client, rig_message(0, buf)), BASE_OK);
    assert_true(rig_pump(&c, 2000, got_one));
    rig_client_drop(&c);
    assert_int_equal(rig_wait_slow(&s), 1);
    (void)close(fd);
    rig_stop(&s);
}

static void pings_without_reading_are_bounded(void **state)
{
    (void)state;
    rig_server s;
    static uint8_t p[131 * 400];
    uint8_t body[125] = {0};
    size_t n = 0;
    size_t total = 0;
    int small = 4096;
    for (int i = 0; i < 400; i++) {
        n += frame(p + n, 0x89, body, sizeof body);
    }
    rig_start(&s, ws_server_defaults(), false);
    int fd = rig_raw_upgraded(s.port);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (size_t at = 0;;) {
        struct pollfd w = {.fd = fd, .events = POLLOUT};
        if (poll(&w, 1, 300) <= 0) {
            break;
        }
        ssize_t r = send(fd, p + at, n - at, MSG_NOSIGNAL);
        assert_true(r > 0 || errno == EAGAIN);
        total += r > 0 ? (size_t)r : 0;
        at = (at + (r > 0 ? (size_t)r : 0)) % n;
        assert_true(total < (size_t)64 << 20);
    }
    print_message("# pings without reading: %zu bytes got in\n", total);
    assert_true(rig_raw_closed(fd, 300) == false); /* it reads now, and is served on */
    (void)close(fd);
    rig_stop(&s);
}

static void connections_beyond_the_limit_are_refused_and_places_come_free(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    rig_server s;
    char why[64];
    unsigned code = 0;
    config.max_peers = 2;
    rig_start(&s, config, false);
    int a = rig_raw_upgraded(s.port);
    int b = rig_raw_upgraded(s.port);
    int c = rig_raw(s.port);
    assert_true(rig_raw_closed(c, 2000));
    (void)close(c);
    (void)close(a);
    rig_wait_closed(&s, 1, why, &code);
    c = rig_raw_upgraded(s.port);
    (void)close(b);
    (void)close(c);
    rig_stop(&s);
}

/* They have ten seconds each, and there are always more of them. */
static void handshakes_that_do_not_end_give_way_when_all_places_are_taken(void **state)
{
    (void)state;
    enum { PLACES = 4 };
    ws_server_config config = ws_server_defaults();
    rig_server s;
    rig_client honest = {0};
    int silent[PLACES];
    config.max_peers = PLACES;
    rig_start(&s, config, false);
    for (size_t i = 0; i < PLACES; i++) {
        silent[i] = rig_raw(s.port);
        rig_raw_send(silent[i], "GET", 3);
    }
    assert_int_equal(rig_connect(&honest, "ws", "127.0.0.1", s.port, NULL, true), BASE_OK);
    assert_true(rig_pump(&honest, 5000, rig_is_open));
    assert_true(rig_raw_closed(silent[0], 2000)); /* the oldest */
    for (size_t i = 1; i < PLACES; i++) {
        assert_false(rig_raw_closed(silent[i], 50));
    }
    for (size_t i = 0; i < PLACES; i++) {
        (void)close(silent[i]);
    }
    assert_true(honest.open && !honest.ended);
    rig_client_drop(&honest);
    rig_stop(&s);
}

static int set_up(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    rig_certs_make();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_certs_drop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_message_closes_with_1003),
        cmocka_unit_test(unmasked_frame_closes_with_1002),
        cmocka_unit_test(compressed_frame_closes_with_1002),
        cmocka_unit_test(message_beyond_the_limit_closes_with_1009),
        cmocka_unit_test(close_is_answered_with_its_own_code),
        cmocka_unit_test(ping_is_answered_with_its_payload),
        cmocka_unit_test(requests_of_pages_and_of_others_are_refused),
        cmocka_unit_test(frames_sent_before_the_answer_are_refused),
        cmocka_unit_test(half_open_handshake_times_out),
        cmocka_unit_test(peer_that_gives_no_sign_of_life_is_dropped),
        cmocka_unit_test(message_that_is_never_finished_ends_the_connection),
        cmocka_unit_test(half_a_message_is_not_kept_alive_by_pings),
        cmocka_unit_test(peer_that_does_not_read_is_bounded_and_then_dropped),
        cmocka_unit_test(pings_without_reading_are_bounded),
        cmocka_unit_test(connections_beyond_the_limit_are_refused_and_places_come_free),
        cmocka_unit_test(handshakes_that_do_not_end_give_way_when_all_places_are_taken),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
