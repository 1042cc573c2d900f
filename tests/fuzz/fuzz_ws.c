/* What a stranger's bytes meet first: the upgrade request, the answer a client reads, URLs, frames
 * at either end, and a whole connection over a socket pair. The first byte chooses; the rest is the
 * bytes.
 *
 * Beyond "no crash": however a stream of frames is cut into reads, the same events come out, every
 * message is within its limit, and nothing is held once a connection is gone. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/ws_conn.h"
#include "adapters/ws_url.h"

#define MAX_MESSAGE 3000
#define HELD_MAX 1000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ws_rules rules = {"/sotto", "sotto.relay.1", false};
static const char key[WS_KEY_CHARS + 1] = "dGhlIHNhbXBsZSBub25jZQ==";

/* ---- the handshake ---- */

static void fuzz_request(base_bytes in)
{
    char accept[WS_ACCEPT_CHARS + 1] = {0};
    int status = ws_request_judge(in, &rules, accept);
    assert(status == 0 || status == 101 || (status >= 400 && status <= 505));
    if (status == 101) {
        assert(strlen(accept) == WS_ACCEPT_CHARS);
        assert(memcmp(in.p + in.n - 4, "\r\n\r\n", 4) == 0); /* nothing follows the head */
        /* Any proper prefix wants more: the head has one end. */
        for (size_t n = 0; n < in.n; n++) {
            assert(ws_request_judge(base_bytes_of(in.p, n), &rules, accept) == 0);
        }
    }
    if (status == 0) {
        assert(in.n < WS_HEAD_MAX);
    }
}

static void fuzz_answer(base_bytes in)
{
    size_t used = SIZE_MAX;
    int status = ws_answer_judge(in, &rules, key, &used);
    assert(status == 0 || status == 101 || (status >= 300 && status <= 599));
    assert((status == 101) == (used != SIZE_MAX));
    assert(status != 101 || used <= in.n);
}

static void fuzz_url(base_bytes in)
{
    char text[600];
    ws_url url;
    ws_url again;
    size_t n = in.n < sizeof text - 1 ? in.n : sizeof text - 1;
    if (n > 0) {
        memcpy(text, in.p, n);
    }
    text[n] = '\0';
    if (ws_url_parse(text, &url)) {
        /* What is taken can be put together again and means the same. */
        char built[700];
        (void)snprintf(built, sizeof built, "%s://%s%s", url.tls ? "wss" : "ws", url.authority,
                       url.path);
        assert(ws_url_parse(built, &again));
        assert(strcmp(url.host, again.host) == 0 && strcmp(url.port, again.port) == 0);
    }
    ws_addr addr;
    if (ws_addr_parse(text, &addr)) {
        (void)ws_addr_is_public(&addr);
        (void)ws_addr_is_loopback(&addr);
    }
}

/* ---- frames ---- */

/* Events as bytes, to compare two runs. */
typedef struct trace {
    base_buf bytes;
    bool over;
} trace;

static void note(trace *t, const ws_event *e)
{
    uint8_t head[4] = {(uint8_t)e->kind, (uint8_t)(e->code >> 8), (uint8_t)e->code, 0xee};
    assert(base_buf_append(&t->bytes, base_bytes_of(head, 4)) == BASE_OK);
    assert(base_buf_append(&t->bytes, e->data) == BASE_OK);
    t->over = e->kind == WS_EVENT_FAULT || e->kind == WS_EVENT_CLOSE;
}

static trace run(base_bytes in, ws_side side, size_t step)
{
    trace t = {.bytes = base_buf_on(NULL)};
    ws_pool *pool = NULL;
    ws_frames f;
    assert(ws_pool_new(HELD_MAX, &pool) == BASE_OK);
    ws_frames_init(&f, pool, side, MAX_MESSAGE);
    for (size_t at = 0; at < in.n && !t.over;) {
        size_t n = in.n - at < step ? in.n - at : step;
        base_bytes piece = base_bytes_of(in.p + at, n);
        for (;;) {
            ws_event e = ws_frames_next(&f, &piece);
            if (e.kind == WS_EVENT_NONE) {
                assert(piece.n == 0);
                break;
            }
            assert(e.data.n <= MAX_MESSAGE);
            note(&t, &e);
            if (t.over) {
                break;
            }
        }
        at += n;
    }
    ws_frames_clear(&f);
    assert(ws_pool_held(pool) == 0);
    ws_pool_free(pool);
    return t;
}

static void fuzz_frames(base_bytes in, ws_side side)
{
    trace whole = run(in, side, in.n == 0 ? 1 : in.n);
    for (size_t step = 1; step <= 7; step += 3) {
        trace cut = run(in, side, step);
        assert(base_bytes_eq(base_buf_bytes(&whole.bytes), base_buf_bytes(&cut.bytes)));
        base_buf_clear(&cut.bytes);
    }
    base_buf_clear(&whole.bytes);
}

/* ---- a connection ---- */

static unsigned holds;

static bool on_open(ws_conn *c)
{
    return c->phase == WS_PHASE_OPEN;
}

static int on_message(ws_conn *c, base_bytes message)
{
    if (message.n > 0 && message.p[0] == 'X') {
        return 1008;
    }
    if (ws_conn_has_room(c)) {
        assert(ws_conn_send(c, message) == BASE_OK);
    }
    return message.n > 0 && message.p[0] == 'H' && holds++ < 100 ? WS_HOLD : WS_GO;
}

static void drain(int fd)
{
    uint8_t drop[4096];
    while (recv(fd, drop, sizeof drop, MSG_DONTWAIT) > 0) {
    }
}

static void fuzz_conn(base_bytes in, bool upgraded)
{
    static const char request[] = "GET /sotto HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                  "Sec-WebSocket-Protocol: sotto.relay.1\r\n\r\n";
    static const ws_conn_ops ops = {on_open, on_message};
    static uint8_t scratch[WS_READ_MAX];
    int pair[2];
    ws_pool *pool = NULL;
    ws_conn c;
    size_t at = 0;
    holds = 0;
    assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    assert(ws_pool_new(HELD_MAX, &pool) == BASE_OK);
    ws_conn_init(&c, pair[0], WS_SIDE_SERVER, pool, MAX_MESSAGE, &ops, &rules);
    if (upgraded) {
        assert(send(pair[1], request, sizeof request - 1, 0) == (ssize_t)sizeof request - 1);
        (void)ws_conn_read(&c, scratch);
        ws_conn_write(&c);
        assert(c.phase == WS_PHASE_OPEN);
    }
    for (int round = 0; round < 400 && c.phase != WS_PHASE_DEAD && at < in.n; round++) {
        size_t n = in.n - at < 97 ? in.n - at : 97;
        ssize_t sent = send(pair[1], in.p + at, n, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        while (ws_conn_read(&c, scratch)) {
        }
        if (round % 3 == 0) {
            ws_conn_resume(&c);
        }
        if (ws_conn_wants_write(&c)) {
            ws_conn_write(&c);
        }
        drain(pair[1]);
        assert(ws_conn_queued(&c) <= 2 * WS_OUT_HIGH + MAX_MESSAGE + 200);
        (void)ws_conn_interest(&c);
    }
    ws_conn_clear(&c);
    assert(ws_pool_held(pool) == 0);
    ws_pool_free(pool);
    (void)close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    base_bytes in = base_bytes_of(data + 1, size - 1);
    switch (data[0] % 7) {
    case 0:
        fuzz_request(in);
        break;
    case 1:
        fuzz_answer(in);
        break;
    case 2:
        fuzz_url(in);
        break;
    case 3:
        fuzz_frames(in, WS_SIDE_SERVER);
        break;
    case 4:
        fuzz_frames(in, WS_SIDE_CLIENT);
        break;
    case 5:
        fuzz_conn(in, false);
        break;
    default:
        fuzz_conn(in, true);
        break;
    }
    return 0;
}
