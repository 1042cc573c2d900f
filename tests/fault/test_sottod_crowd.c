/* All places of a relay are taken by connections that say nothing: who has something to say gets
 * in, and who is in stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../scenario/sottod_rig.h"

enum { PLACES = 8, PATIENCE_MS = 9000 }; /* less than the time that each has for its HELLO */

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void on_open(void *user)
{
    *(bool *)user = true;
}

static bool on_message(void *user, base_bytes message)
{
    (void)user;
    (void)message;
    return true;
}

static void on_room(void *user)
{
    (void)user;
}

static void on_end(void *user, ws_client_end why, unsigned code, const char *text)
{
    (void)user;
    (void)why;
    (void)code;
    (void)text;
}

/* A WebSocket connection without a word on it. */
static ws_client *mute(uint16_t port, bool *open, ws_client_handler *handler)
{
    char url[100];
    ws_client *c = NULL;
    ws_client_config config = ws_client_defaults();
    *handler = (ws_client_handler){open, on_open, on_message, on_room, on_end};
    (void)snprintf(url, sizeof url, "ws://127.0.0.1:%u/sotto", (unsigned)port);
    config.url = url;
    config.protocol = "sotto.relay.1";
    config.allow_plain = true;
    config.allow_local = true;
    assert_int_equal(ws_client_new(&config, handler, &c), BASE_OK);
    for (uint64_t until = clock_ms() + 5000; !*open;) {
        struct pollfd p = {.fd = ws_client_fd(c), .events = POLLIN};
        assert_true(clock_ms() < until);
        (void)poll(&p, 1, 100);
        ws_client_step(c);
    }
    return c;
}

static void connections_that_say_nothing_do_not_keep_others_out(void **state)
{
    static relay_client first;
    static relay_client last;
    static ws_client_handler handlers[PLACES];
    ws_client *silent[PLACES] = {NULL};
    bool open[PLACES] = {false};
    bool got_in = false;
    sottod s;
    (void)state;
    sottod_make(&s);
    assert_true(sottod_start(&s, (const char *[]){"--connections", "8", NULL}));
    assert_true(relay_connect(&first, s.port));
    for (size_t i = 0; i + 1 < PLACES; i++) {
        silent[i] = mute(s.port, &open[i], &handlers[i]);
    }
    for (uint64_t until = clock_ms() + PATIENCE_MS; !got_in && clock_ms() < until;) {
        got_in = relay_connect(&last, s.port);
        if (!got_in) {
            relay_disconnect(&last);
            relay_pump(&first, 200);
        }
    }
    assert_true(got_in);
    wire_frame f = {.type = WIRE_LEAVE};
    assert_non_null(relay_ask(&first, &f));
    relay_disconnect(&last);
    relay_disconnect(&first);
    for (size_t i = 0; i + 1 < PLACES; i++) {
        ws_client_free(silent[i]);
    }
    (void)sottod_end(&s, SIGTERM);
    sottod_drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_that_say_nothing_do_not_keep_others_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
