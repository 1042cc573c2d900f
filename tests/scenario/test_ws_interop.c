/* Our two ends share one implementation of the framing, so each is tried against another's:
 * libwebsockets, as a client of our server and as a server of our client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libwebsockets.h>

#include "ws_rig.h"

#define PROTOCOL "sotto.relay.1"
#define MESSAGES 500

/* ---- their client ---- */

typedef struct theirs {
    uint64_t sent, got;
    bool open, over;
    base_buf part; /* a message that comes in pieces */
} theirs;

static int send_next(struct lws *wsi, theirs *t)
{
    static uint8_t out[LWS_PRE + 3000];
    uint8_t buf[3000];
    base_bytes m = rig_message(t->sent, buf);
    memcpy(out + LWS_PRE, m.p, m.n);
    t->sent++;
    return lws_write(wsi, out + LWS_PRE, m.n, LWS_WRITE_BINARY) == (int)m.n ? 0 : -1;
}

static int on_client(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    theirs *t = lws_context_user(lws_get_context(wsi));
    uint8_t buf[3000];
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        t->open = true;
        (void)lws_callback_on_writable(wsi);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        if (t->sent < MESSAGES) {
            (void)lws_callback_on_writable(wsi);
            return send_next(wsi, t);
        }
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        assert_int_equal(base_buf_append(&t->part, base_bytes_of(in, len)), BASE_OK);
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
            assert_true(base_bytes_eq(base_buf_bytes(&t->part), rig_message(t->got, buf)));
            base_buf_clear(&t->part);
            t->got++;
        }
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
        t->over = true;
        break;
    default:
        break;
    }
    return 0;
}

static void their_client_talks_to_our_server(void **state)
{
    (void)state;
    static const struct lws_protocols protocols[] = {{PROTOCOL, on_client, 0, 4096, 0, NULL, 0},
                                                     {NULL, NULL, 0, 0, 0, NULL, 0}};
    rig_server s;
    theirs t = {.part = base_buf_on(NULL)};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN, .protocols = protocols, .user = &t, .gid = -1, .uid = -1};
    struct lws_client_connect_info to = {
        .address = "127.0.0.1", .path = "/sotto", .host = "a", .protocol = PROTOCOL};
    time_t until = time(NULL) + 20;
    rig_start(&s, ws_server_defaults(), false);
    to.context = lws_create_context(&info);
    assert_non_null(to.context);
    to.port = s.port;
    assert_non_null(lws_client_connect_via_info(&to));
    while (t.got < MESSAGES && !t.over && time(NULL) < until) {
        (void)lws_service(to.context, 50);
    }
    assert_true(t.open);
    assert_int_equal(t.got, MESSAGES);
    lws_context_destroy(to.context);
    base_buf_clear(&t.part);
    rig_stop(&s);
}

/* ---- their server ---- */

typedef struct echo_queue {
    base_buf items[MESSAGES];
    size_t first, end;
    base_buf part;
} echo_queue;

static echo_queue queue;

static int on_server(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    (void)user;
    if (reason == LWS_CALLBACK_RECEIVE) {
        assert_int_equal(base_buf_append(&queue.part, base_bytes_of(in, len)), BASE_OK);
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
            assert_true(queue.end < MESSAGES);
            queue.items[queue.end++] = base_buf_take(&queue.part);
            (void)lws_callback_on_writable(wsi);
        }
    } else if (reason == LWS_CALLBACK_SERVER_WRITEABLE && queue.first < queue.end) {
        static uint8_t out[LWS_PRE + 3000];
        base_buf *b = &queue.items[queue.first++];
        size_t n = b->n;
        memcpy(out + LWS_PRE, b->p, n);
        base_buf_clear(b);
        (void)lws_callback_on_writable(wsi);
        return lws_write(wsi, out + LWS_PRE, n, LWS_WRITE_BINARY) == (int)n ? 0 : -1;
    }
    return 0;
}

static void our_client_talks_to_their_server(void **state)
{
    (void)state;
    static const struct lws_protocols protocols[] = {{PROTOCOL, on_server, 0, 4096, 0, NULL, 0},
                                                     {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct lws_context_creation_info info = {
        .port = 0, .iface = "lo", .protocols = protocols, .gid = -1, .uid = -1};
    rig_client c;
    uint8_t buf[3000];
    uint64_t sent = 0;
    time_t until = time(NULL) + 20;
    struct lws_context *context = lws_create_context(&info);
    assert_non_null(context);
    int port = lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default"));
    assert_int_equal(rig_connect(&c, "ws", "127.0.0.1", (uint16_t)port, NULL, true), BASE_OK);
    while (c.got < MESSAGES && !c.ended && time(NULL) < until) {
        while (c.open && sent < MESSAGES &&
               ws_client_send(c.client, rig_message(sent, buf)) == BASE_OK) {
            sent++;
        }
        ws_client_step(c.client);
        (void)lws_service(context, -1);
    }
    assert_false(c.ended);
    assert_int_equal(c.got, MESSAGES);
    ws_client_close(c.client);
    while (!c.ended && time(NULL) < until) {
        ws_client_step(c.client);
        (void)lws_service(context, -1);
    }
    assert_true(c.ended);
    assert_int_equal(c.why, WS_END_OURS);
    rig_client_drop(&c);
    lws_context_destroy(context);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    lws_set_log_level(0, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(their_client_talks_to_our_server),
        cmocka_unit_test(our_client_talks_to_their_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
