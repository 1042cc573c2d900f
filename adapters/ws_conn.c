/* One WebSocket connection at either end; see the header. Input takes one path: bytes go to the
 * phase that is on, and a phase that ends hands the rest to the next. Output takes one buffer, so
 * that everything a turn produced leaves in one write. */
#include "ws_conn.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/ct.h"

#define OUT_KEEP 512 /* a drained output buffer above this is freed: idle peers hold no memory */

void ws_conn_init(ws_conn *c, int fd, ws_side side, ws_pool *pool, size_t max_message,
                  const ws_conn_ops *ops, const ws_rules *rules)
{
    *c = (ws_conn){.ops = ops, .rules = rules, .phase = WS_PHASE_UPGRADE, .side = (uint8_t)side};
    ws_stream_open(&c->io, fd);
    ws_frames_init(&c->frames, pool, side, max_message);
}

base_err ws_conn_use_tls(ws_conn *c, const ws_tls *tls, const char *host)
{
    c->phase = WS_PHASE_TLS;
    if (c->side == WS_SIDE_SERVER) {
        return ws_stream_accept_tls(&c->io, tls);
    }
    return ws_stream_connect_tls(&c->io, tls, host);
}

base_err ws_conn_request(ws_conn *c, const char *host)
{
    uint8_t random[16];
    if (getentropy(random, sizeof random) != 0) {
        return BASE_E_RANDOM;
    }
    ws_key_encode(random, c->key);
    return ws_request_write(&c->out, host, c->rules, c->key);
}

/* ---- ends ---- */

void ws_conn_drop(ws_conn *c, const char *why)
{
    if (c->why == NULL) {
        c->why = why;
    }
    c->phase = WS_PHASE_DEAD;
}

/* Stop listening to the peer; what is queued still goes out. */
static void begin_closing(ws_conn *c, const char *why)
{
    if (c->why == NULL) {
        c->why = why;
    }
    c->phase = WS_PHASE_CLOSING;
    c->held = false;
    c->parked = false;
    base_buf_clear(&c->in);
}

void ws_conn_shut(ws_conn *c, uint16_t code, const char *why)
{
    if (c->phase == WS_PHASE_DEAD || c->phase == WS_PHASE_CLOSING) {
        return;
    }
    if (c->phase != WS_PHASE_OPEN) {
        ws_conn_drop(c, why);
        return;
    }
    c->code = code;
    if (ws_frames_write_close(&c->frames, &c->out, code) != BASE_OK) {
        ws_conn_drop(c, why);
        return;
    }
    begin_closing(c, why);
}

void ws_conn_clear(ws_conn *c)
{
    ws_frames_clear(&c->frames);
    base_buf_clear(&c->in);
    base_buf_clear(&c->out);
    ws_stream_close(&c->io);
    c->phase = WS_PHASE_DEAD;
}

/* ---- input ---- */

/* The peer said goodbye: answer in kind (RFC 6455, section 5.5.1). */
static void answer_close(ws_conn *c, uint16_t code)
{
    ws_conn_shut(c, code, "the peer closed");
}

static void answer_ping(ws_conn *c, base_bytes payload)
{
    if (ws_frames_write(&c->frames, &c->out, WS_OP_PONG, payload) != BASE_OK) {
        ws_conn_drop(c, "out of memory");
    }
}

/* Act on one event. Pings are answered from the same bounded buffer as all else: a peer that pings
 * without reading is not read from until it does. */
static void take_event(ws_conn *c, const ws_event *event)
{
    int verdict = WS_GO;
    switch (event->kind) {
    case WS_EVENT_MESSAGE:
        verdict = c->ops->message(c, event->data);
        if (verdict == WS_HOLD) {
            c->held = true;
        } else if (verdict != WS_GO) {
            ws_conn_shut(c, (uint16_t)verdict, "a message was refused");
        }
        break;
    case WS_EVENT_PING:
        answer_ping(c, event->data);
        break;
    case WS_EVENT_CLOSE:
        answer_close(c, event->code);
        break;
    case WS_EVENT_FAULT:
        ws_conn_shut(c, event->code, event->why);
        break;
    case WS_EVENT_PONG:
    case WS_EVENT_NONE:
        break;
    }
}

/* Whether the owner, or our own unsent bytes, forbid to handle more input now. */
static bool must_wait(const ws_conn *c)
{
    return c->held || ws_conn_queued(c) > 2 * (size_t)WS_OUT_HIGH;
}

/* Handle frames as long as that is allowed; park the rest. input does not lie in c->in. */
static void take_frames(ws_conn *c, base_bytes input)
{
    c->parked = false;
    while (c->phase == WS_PHASE_OPEN && !must_wait(c)) {
        ws_event event = ws_frames_next(&c->frames, &input);
        if (event.kind == WS_EVENT_NONE) {
            return;
        }
        take_event(c, &event);
    }
    if (c->phase == WS_PHASE_OPEN) {
        c->parked = true;
        if (base_buf_append(&c->in, input) != BASE_OK) {
            ws_conn_drop(c, "out of memory");
        }
    }
}

static void take_parked(ws_conn *c)
{
    base_buf rest = base_buf_take(&c->in);
    take_frames(c, base_buf_bytes(&rest));
    base_buf_clear(&rest);
}

static void take_request(ws_conn *c)
{
    char accept[WS_ACCEPT_CHARS + 1];
    int status = ws_request_judge(base_buf_bytes(&c->in), c->rules, accept);
    if (status == 0) {
        return;
    }
    base_buf_clear(&c->in);
    if (ws_answer_write(&c->out, status, c->rules, accept) != BASE_OK) {
        ws_conn_drop(c, "out of memory");
        return;
    }
    if (status != 101) {
        c->code = (uint16_t)status;
        begin_closing(c, "the request was refused");
        return;
    }
    c->phase = WS_PHASE_OPEN;
    if (!c->ops->open(c)) {
        ws_conn_shut(c, WS_CODE_TRY_LATER, "no room for another session");
    }
}

static void take_answer(ws_conn *c)
{
    size_t used = 0;
    int status = ws_answer_judge(base_buf_bytes(&c->in), c->rules, c->key, &used);
    if (status == 0) {
        return;
    }
    if (status != 101) {
        c->code = (uint16_t)status;
        ws_conn_drop(c, status == 502 ? "the answer is not WebSocket" : "the server refused");
        return;
    }
    c->phase = WS_PHASE_OPEN;
    base_buf rest = base_buf_take(&c->in);
    if (c->ops->open(c)) {
        take_frames(c, base_bytes_of(rest.p + used, rest.n - used));
    } else {
        ws_conn_shut(c, WS_CODE_GOING_AWAY, "closed by this side");
    }
    base_buf_clear(&rest);
}

static void take_input(ws_conn *c, base_bytes input)
{
    c->heard = true;
    if (c->phase == WS_PHASE_OPEN) {
        take_frames(c, input);
        return;
    }
    if (base_buf_append(&c->in, input) != BASE_OK) {
        ws_conn_drop(c, "out of memory");
    } else if (c->side == WS_SIDE_SERVER) {
        take_request(c);
    } else {
        take_answer(c);
    }
}

/* TLS under way: true once it stands. */
static bool shake(ws_conn *c)
{
    char text[WS_TEXT_MAX];
    ws_io io = ws_stream_shake(&c->io, c->text != NULL ? c->text : text);
    c->read_wants_out = io == WS_IO_WANT_WRITE;
    if (io == WS_IO_FAIL) {
        ws_conn_drop(c, "the TLS handshake failed");
    } else if (io == WS_IO_DONE) {
        c->phase = WS_PHASE_UPGRADE;
    }
    return io == WS_IO_DONE;
}

static bool discard(ws_conn *c, uint8_t *scratch)
{
    ws_io io = ws_stream_discard(&c->io, scratch, WS_READ_MAX);
    if (io == WS_IO_END || io == WS_IO_FAIL) {
        c->phase = WS_PHASE_DEAD;
    }
    return false; /* the socket announces what is left */
}

bool ws_conn_read(ws_conn *c, uint8_t *scratch)
{
    size_t total = 0;
    if (c->phase == WS_PHASE_CLOSING) {
        return c->finished ? discard(c, scratch) : false;
    }
    if (c->phase == WS_PHASE_TLS && !shake(c)) {
        return false;
    }
    if (c->parked && !must_wait(c)) {
        take_parked(c);
    }
    while ((c->phase == WS_PHASE_UPGRADE || c->phase == WS_PHASE_OPEN) && !must_wait(c)) {
        size_t n = 0;
        if (total == WS_READ_MAX) {
            return true;
        }
        ws_io io = ws_stream_read(&c->io, scratch, WS_READ_MAX - total, &n);
        c->read_wants_out = io == WS_IO_WANT_WRITE;
        if (io == WS_IO_DONE) {
            total += n;
            bool short_read = c->io.ssl == NULL && total < WS_READ_MAX;
            take_input(c, base_bytes_of(scratch, n));
            base_wipe(scratch, n); /* tokens and keys, and when the next input comes is not known */
            if (short_read) {
                return false; /* the socket is empty, or will announce what came since */
            }
        } else if (io == WS_IO_END || io == WS_IO_FAIL) {
            ws_conn_drop(c, io == WS_IO_END ? "the peer went away" : "the connection failed");
        } else {
            return false;
        }
    }
    return false;
}

void ws_conn_resume(ws_conn *c)
{
    c->held = false;
}

bool ws_conn_is_ready(const ws_conn *c)
{
    return c->phase == WS_PHASE_OPEN && !must_wait(c) && (c->parked || ws_stream_has_more(&c->io));
}

/* ---- output ---- */

size_t ws_conn_queued(const ws_conn *c)
{
    return c->out.n - c->out_at;
}

bool ws_conn_has_room(const ws_conn *c)
{
    return c->phase == WS_PHASE_OPEN && ws_conn_queued(c) < WS_OUT_HIGH;
}

/* Before queueing: drop the sent half of the buffer rather than growing past it. */
static void compact(ws_conn *c)
{
    if (c->out_at > 0 && c->out_at >= c->out.n / 2) {
        size_t left = ws_conn_queued(c);
        memmove(c->out.p, c->out.p + c->out_at, left);
        c->out.n = left;
        c->out_at = 0;
    }
}

base_err ws_conn_send(ws_conn *c, base_bytes message)
{
    if (c->phase != WS_PHASE_OPEN) {
        return BASE_E_STATE;
    }
    compact(c);
    return ws_frames_write(&c->frames, &c->out, WS_OP_BINARY, message);
}

void ws_conn_ping(ws_conn *c)
{
    if (c->phase == WS_PHASE_OPEN &&
        ws_frames_write(&c->frames, &c->out, WS_OP_PING, BASE_BYTES_NONE) != BASE_OK) {
        ws_conn_drop(c, "out of memory");
    }
}

/* Everything is out. */
static void drained(ws_conn *c)
{
    c->out_at = 0;
    c->out.n = 0;
    if (c->out.cap > OUT_KEEP) {
        base_buf_clear(&c->out);
    }
    if (c->phase == WS_PHASE_CLOSING && !c->finished) {
        c->finished = true;
        ws_stream_finish(&c->io);
    }
}

void ws_conn_write(ws_conn *c)
{
    c->blocked = false;
    if (c->phase == WS_PHASE_TLS || c->phase == WS_PHASE_DEAD) {
        return;
    }
    while (ws_conn_queued(c) > 0) {
        size_t n = 0;
        base_bytes rest = base_bytes_of(c->out.p + c->out_at, ws_conn_queued(c));
        ws_io io = ws_stream_write(&c->io, rest, &n);
        if (io == WS_IO_DONE) {
            c->out_at += n;
        } else if (io == WS_IO_WANT_READ || io == WS_IO_WANT_WRITE) {
            c->blocked = io == WS_IO_WANT_WRITE;
            break;
        } else {
            ws_conn_drop(c, io == WS_IO_END ? "the peer went away" : "the connection failed");
            return;
        }
    }
    if (ws_conn_queued(c) == 0) {
        drained(c);
    }
}

bool ws_conn_wants_write(const ws_conn *c)
{
    if (c->phase == WS_PHASE_CLOSING && !c->finished) {
        return !c->blocked;
    }
    return (c->phase == WS_PHASE_UPGRADE || c->phase == WS_PHASE_OPEN) && !c->blocked &&
           ws_conn_queued(c) > 0;
}

uint32_t ws_conn_interest(const ws_conn *c)
{
    uint32_t want = 0;
    bool reads = c->phase == WS_PHASE_CLOSING ? c->finished : !must_wait(c);
    if (reads) {
        want |= (uint32_t)EPOLLIN;
    }
    if (c->blocked || c->read_wants_out) {
        want |= (uint32_t)EPOLLOUT;
    }
    return want;
}
