/* Client and server over real sockets: the WebSocket layer as agent and relay use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ws_rig.h"

#define MANY 10000
#define IDLE 1000

static ws_tls *trusting; /* the test's certificate */

static bool got_many(const rig_client *c)
{
    return c->got == MANY || c->ended;
}

static bool has_room(const rig_client *c)
{
    return c->room || c->ended;
}

/* Send MANY messages as fast as there is room, check that each comes back, in order and once. */
static void echo_many(rig_client *c)
{
    uint8_t buf[3000];
    for (uint64_t i = 0; i < MANY;) {
        base_err err = ws_client_send(c->client, rig_message(i, buf));
        if (err == BASE_E_LIMIT) {
            c->room = false;
            assert_true(rig_pump(c, 5000, has_room));
            if (c->ended) {
                fail_msg("ended after %zu: %s", c->got, c->text);
            }
        } else {
            assert_int_equal(err, BASE_OK);
            i++;
        }
    }
    assert_true(rig_pump(c, 20000, got_many));
    assert_int_equal(c->got, MANY);
    assert_false(c->ended);
}

static void echo_over(bool tls)
{
    rig_server s;
    rig_client c;
    char why[64];
    unsigned code = 0;
    rig_start(&s, ws_server_defaults(), tls);
    assert_int_equal(rig_connect(&c, tls ? "wss" : "ws", "127.0.0.1", s.port, trusting, true),
                     BASE_OK);
    assert_true(rig_pump(&c, 5000, rig_is_open));
    echo_many(&c);
    /* Batching is the point of the loop: many messages a turn. */
    assert_true(atomic_load(&s.turns) < MANY / 4);
    ws_client_close(c.client);
    assert_true(rig_pump(&c, 5000, rig_is_ended));
    assert_int_equal(c.why, WS_END_OURS);
    rig_wait_closed(&s, 1, why, &code);
    assert_string_equal(why, "the peer closed");
    assert_int_equal(code, 1000);
    rig_client_drop(&c);
    rig_stop(&s);
}

static void ten_thousand_messages_come_back_in_order(void **state)
{
    (void)state;
    echo_over(false);
}

static void ten_thousand_messages_come_back_in_order_over_tls(void **state)
{
    (void)state;
    echo_over(true);
}

/* Connect and expect the end. */
static void expect_end(const char *scheme, const char *host, uint16_t port, const ws_tls *tls,
                       bool allow, ws_client_end why)
{
    rig_client c;
    assert_int_equal(rig_connect(&c, scheme, host, port, tls, allow), BASE_OK);
    assert_true(rig_pump(&c, 5000, rig_is_ended));
    assert_false(c.open);
    assert_int_equal(c.why, why);
    assert_true(strlen(c.text) > 0);
    rig_client_drop(&c);
}

static void certificate_is_checked_for_trust_and_for_the_name(void **state)
{
    (void)state;
    char text[WS_TEXT_MAX];
    ws_tls *system_only = NULL;
    rig_server s;
    rig_client c;
    rig_start(&s, ws_server_defaults(), true);
    assert_int_equal(ws_tls_client_new(NULL, text, &system_only), BASE_OK);
    expect_end("wss", "127.0.0.1", s.port, system_only, true, WS_END_CERTIFICATE);
    expect_end("wss", "127.0.0.2", s.port, trusting, true, WS_END_CONNECT); /* not listening */
    assert_int_equal(rig_connect(&c, "wss", "localhost", s.port, trusting, true), BASE_OK);
    assert_true(rig_pump(&c, 5000, rig_is_open)); /* the name is in the certificate */
    rig_client_drop(&c);
    ws_tls_free(system_only);
    rig_stop(&s);
}

static void certificate_for_another_name_is_refused(void **state)
{
    (void)state;
    char text[WS_TEXT_MAX];
    ws_tls *trusts_other = NULL;
    const char *cert = rig_cert_file;
    const char *key = rig_key_file;
    rig_server s;
    rig_cert_file = rig_other_cert_file;
    static char other_key[300];
    (void)snprintf(other_key, sizeof other_key, "%.*s-key.pem",
                   (int)(strlen(rig_other_cert_file) - 4), rig_other_cert_file);
    rig_key_file = other_key;
    rig_start(&s, ws_server_defaults(), true);
    assert_int_equal(ws_tls_client_new(rig_other_cert_file, text, &trusts_other), BASE_OK);
    expect_end("wss", "127.0.0.1", s.port, trusts_other, true, WS_END_CERTIFICATE);
    expect_end("wss", "localhost", s.port, trusts_other, true, WS_END_CERTIFICATE);
    ws_tls_free(trusts_other);
    rig_stop(&s);
    rig_cert_file = cert;
    rig_key_file = key;
}

static void tls_and_plain_do_not_mix(void **state)
{
    (void)state;
    rig_server s;
    rig_start(&s, ws_server_defaults(), true);
    expect_end("ws", "127.0.0.1", s.port, NULL, true, WS_END_LOST);
    rig_stop(&s);
    rig_start(&s, ws_server_defaults(), false);
    expect_end("wss", "127.0.0.1", s.port, trusting, true, WS_END_CERTIFICATE);
    rig_stop(&s);
}

static void stranger_may_not_send_us_into_our_own_network(void **state)
{
    (void)state;
    rig_client c;
    assert_int_equal(rig_connect(&c, "ws", "127.0.0.1", 1, NULL, false), BASE_E_ARGUMENT);
    assert_int_equal(rig_connect(&c, "wss", "127.0.0.1", 1, NULL, true), BASE_E_ARGUMENT);
    assert_int_equal(rig_connect(&c, "ws", "127.1", 1, NULL, true), BASE_E_VALUE);
    expect_end("wss", "127.0.0.1", 1, trusting, false, WS_END_ADDRESS);
    expect_end("wss", "[::1]", 1, trusting, false, WS_END_ADDRESS);
    expect_end("wss", "localhost", 1, trusting, false, WS_END_ADDRESS);
}

static void nobody_there_is_told_as_such(void **state)
{
    (void)state;
    expect_end("ws", "127.0.0.1", 1, NULL, true, WS_END_CONNECT);
}

static void server_that_never_answers_is_given_up(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ws_addr at;
    assert_true(ws_addr_parse("127.0.0.1:0", &at));
    assert_int_equal(bind(fd, (const struct sockaddr *)&at.at, at.n), 0);
    assert_int_equal(listen(fd, 4), 0);
    expect_end("ws", "127.0.0.1", ws_listen_port(fd), NULL, true, WS_END_TIMEOUT);
    (void)close(fd);
}

static void client_that_is_held_reads_nothing_until_it_resumes(void **state)
{
    (void)state;
    rig_server s;
    rig_client c;
    uint8_t buf[3000];
    rig_start(&s, ws_server_defaults(), false);
    assert_int_equal(rig_connect(&c, "ws", "127.0.0.1", s.port, NULL, true), BASE_OK);
    assert_true(rig_pump(&c, 5000, rig_is_open));
    c.hold = true;
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(ws_client_send(c.client, rig_message(i, buf)), BASE_OK);
    }
    assert_false(rig_pump(&c, 1500, rig_is_ended)); /* longer than quiet and pong together */
    assert_int_equal(c.got, 1);
    ws_client_resume(c.client);
    assert_false(rig_pump(&c, 300, rig_is_ended));
    assert_int_equal(c.got, 10);
    rig_client_drop(&c);
    rig_stop(&s);
}

static void quiet_connection_lives_by_ping_and_pong(void **state)
{
    (void)state;
    ws_server_config config = ws_server_defaults();
    rig_server s;
    rig_client c;
    config.quiet_ms = 200;
    config.pong_ms = 200;
    rig_start(&s, config, false);
    assert_int_equal(rig_connect(&c, "ws", "127.0.0.1", s.port, NULL, true), BASE_OK);
    assert_true(rig_pump(&c, 5000, rig_is_open));
    assert_false(rig_pump(&c, 2000, rig_is_ended)); /* several rounds of either side's pings */
    assert_int_equal(atomic_load(&s.closed), 0);
    rig_client_drop(&c);
    rig_stop(&s);
}

static void stop_says_goodbye_to_all(void **state)
{
    (void)state;
    rig_server s;
    rig_client c;
    rig_start(&s, ws_server_defaults(), false);
    assert_int_equal(rig_connect(&c, "ws", "127.0.0.1", s.port, NULL, true), BASE_OK);
    assert_true(rig_pump(&c, 5000, rig_is_open));
    ws_server_stop(s.server);
    assert_true(rig_pump(&c, 5000, rig_is_ended));
    assert_int_equal(c.why, WS_END_CLOSED);
    assert_int_equal(c.code, 1001);
    rig_client_drop(&c);
    rig_stop(&s);
}

static void thousand_idle_connections_all_answer(void **state)
{
    (void)state;
    static rig_client many[IDLE];
    rig_server s;
    uint8_t buf[3000];
    struct rlimit files = {0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 4 * IDLE + 100) {
        print_message("only %lu descriptors allowed\n", (unsigned long)files.rlim_cur);
        skip();
    }
    rig_start(&s, ws_server_defaults(), false);
    for (size_t i = 0; i < IDLE; i++) {
        assert_int_equal(rig_connect(&many[i], "ws", "127.0.0.1", s.port, NULL, true), BASE_OK);
        assert_true(rig_pump(&many[i], 5000, rig_is_open));
    }
    assert_int_equal(atomic_load(&s.open), IDLE);
    for (size_t i = 0; i < IDLE; i++) {
        many[i].expected = i;
        assert_int_equal(ws_client_send(many[i].client, rig_message(i, buf)), BASE_OK);
        ws_client_step(many[i].client);
    }
    for (size_t i = 0; i < IDLE; i++) {
        for (int turns = 0; many[i].got == 0 && turns < 100; turns++) {
            struct pollfd p = {.fd = ws_client_fd(many[i].client), .events = POLLIN};
            (void)poll(&p, 1, 100);
            ws_client_step(many[i].client);
        }
        assert_int_equal(many[i].got, 1);
        rig_client_drop(&many[i]);
    }
    rig_stop(&s);
}

static int set_up(void **state)
{
    char text[WS_TEXT_MAX];
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    rig_certs_make();
    return ws_tls_client_new(rig_cert_file, text, &trusting) == BASE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    ws_tls_free(trusting);
    rig_certs_drop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_messages_come_back_in_order),
        cmocka_unit_test(ten_thousand_messages_come_back_in_order_over_tls),
        cmocka_unit_test(certificate_is_checked_for_trust_and_for_the_name),
        cmocka_unit_test(certificate_for_another_name_is_refused),
        cmocka_unit_test(tls_and_plain_do_not_mix),
        cmocka_unit_test(stranger_may_not_send_us_into_our_own_network),
        cmocka_unit_test(nobody_there_is_told_as_such),
        cmocka_unit_test(server_that_never_answers_is_given_up),
        cmocka_unit_test(client_that_is_held_reads_nothing_until_it_resumes),
        cmocka_unit_test(quiet_connection_lives_by_ping_and_pong),
        cmocka_unit_test(stop_says_goodbye_to_all),
        cmocka_unit_test(thousand_idle_connections_all_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
