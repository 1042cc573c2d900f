/* WebSocket framing over wslay's frame layer; see the header. wslay reads headers, unmasks and
 * checks lengths; this file adds what the frame layer leaves to its user: reserved bits, masking by
 * role, the order of fragments, size limits, and which messages this program speaks at all. */
#include "ws_frames.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wslay/wslay.h>

#include "base/ct.h"
#include "base/num.h"

#define SPARE_MAX 16  /* idle contexts a pool keeps */
#define HEADER_MAX 14 /* bytes of a frame header */

/* A wslay context with what its callbacks work on. */
typedef struct ws_codec {
    wslay_frame_context_ptr wslay;
    struct ws_codec *next; /* in the pool */
    base_bytes window;     /* input not yet given to wslay */
    size_t held;           /* given to wslay, and not yet accounted for by a frame */
    uint8_t *first, *end;  /* in wslay's own buffer: what was given since it was last wiped */
    base_buf *out;         /* where a frame is being written; room was reserved */
    uint8_t control[WS_CONTROL_MAX];
    size_t control_n;
} ws_codec;

struct ws_pool {
    ws_codec *spare;
    size_t spares;
    ws_codec *writer; /* frames are written whole, so all connections share one context */
    size_t held;
    size_t held_max;
    ws_frames *oldest, *newest; /* with a half-received message, in order of their beginning */
};

/* ---- wslay's callbacks ---- */

static ssize_t on_recv(uint8_t *buf, size_t len, int flags, void *user)
{
    ws_codec *codec = user;
    size_t n = codec->window.n < len ? codec->window.n : len;
    (void)flags;
    if (n == 0) {
        return 0; /* wslay then says WANT_READ */
    }
    memcpy(buf, codec->window.p, n);
    codec->window.p += n;
    codec->window.n -= n;
    codec->held += n;
    codec->first = codec->first == NULL || buf < codec->first ? buf : codec->first;
    codec->end = codec->end == NULL || buf + n > codec->end ? buf + n : codec->end;
    return (ssize_t)n;
}

static ssize_t on_send(const uint8_t *data, size_t len, int flags, void *user)
{
    ws_codec *codec = user;
    (void)flags;
    if (base_buf_append(codec->out, base_bytes_of(data, len)) != BASE_OK) {
        return -1;
    }
    return (ssize_t)len;
}

static int on_mask(uint8_t *buf, size_t len, void *user)
{
    (void)user;
    return getentropy(buf, len); /* unpredictable, as RFC 6455, section 5.3 demands */
}

/* ---- the pool ---- */

/* wslay unmasks input in a buffer of its own and leaves it there: frames carry tokens and cursor
 * keys, which nothing may keep (docs/protocol.md, section 9). Nobody borrows from it any more. */
static void codec_wipe(ws_codec *codec)
{
    if (codec->first != NULL) {
        base_wipe(codec->first, (size_t)(codec->end - codec->first));
    }
    codec->first = NULL;
    codec->end = NULL;
}

static ws_codec *codec_new(void)
{
    static const struct wslay_frame_callbacks callbacks = {on_send, on_recv, on_mask};
    ws_codec *codec = calloc(1, sizeof *codec);
    if (codec == NULL) {
        return NULL;
    }
    if (wslay_frame_context_init(&codec->wslay, &callbacks, codec) != 0) {
        free(codec);
        return NULL;
    }
    return codec;
}

static void codec_free(ws_codec *codec)
{
    if (codec != NULL) {
        codec_wipe(codec);
        wslay_frame_context_free(codec->wslay);
        free(codec);
    }
}

base_err ws_pool_new(size_t held_max, ws_pool **out)
{
    ws_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return BASE_E_NOMEM;
    }
    pool->writer = codec_new();
    if (pool->writer == NULL) {
        free(pool);
        return BASE_E_NOMEM;
    }
    pool->held_max = held_max;
    *out = pool;
    return BASE_OK;
}

void ws_pool_free(ws_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    while (pool->spare != NULL) {
        ws_codec *codec = pool->spare;
        pool->spare = codec->next;
        codec_free(codec);
    }
    codec_free(pool->writer);
    free(pool);
}

size_t ws_pool_held(const ws_pool *pool)
{
    return pool->held;
}

static ws_codec *pool_take(ws_pool *pool)
{
    ws_codec *codec = pool->spare;
    if (codec == NULL) {
        return codec_new();
    }
    pool->spare = codec->next;
    pool->spares--;
    codec->next = NULL;
    return codec;
}

/* Only a context between frames may come back: its state is then that of a new one. */
static void pool_give(ws_pool *pool, ws_codec *codec)
{
    codec_wipe(codec);
    if (pool->spares == SPARE_MAX) {
        codec_free(codec);
        return;
    }
    codec->next = pool->spare;
    pool->spare = codec;
    pool->spares++;
}

/* ---- reading ---- */

void ws_frames_init(ws_frames *f, ws_pool *pool, ws_side side, size_t max_message)
{
    *f = (ws_frames){.pool = pool, .side = side, .max_message = max_message};
}

static void message_link(ws_frames *f)
{
    ws_pool *pool = f->pool;
    if (f->linked) {
        return;
    }
    f->linked = true;
    f->newer = NULL;
    f->older = pool->newest;
    *(pool->newest != NULL ? &pool->newest->newer : &pool->oldest) = f;
    pool->newest = f;
}

static void message_drop(ws_frames *f)
{
    ws_pool *pool = f->pool;
    if (pool != NULL) {
        pool->held -= f->message.cap;
    }
    if (pool != NULL && f->linked) {
        *(f->older != NULL ? &f->older->newer : &pool->oldest) = f->newer;
        *(f->newer != NULL ? &f->newer->older : &pool->newest) = f->older;
    }
    f->linked = false;
    base_buf_clear(&f->message);
    f->delivered = false;
}

void ws_frames_clear(ws_frames *f)
{
    message_drop(f);
    codec_free(f->codec); /* its state is unknown: no other connection may have it */
    f->codec = NULL;
    f->in_frame = false;
    f->in_message = false;
}

bool ws_frames_is_midway(const ws_frames *f)
{
    return f->codec != NULL || f->in_message;
}

static ws_event fault(uint16_t code, const char *why)
{
    return (ws_event){WS_EVENT_FAULT, code, BASE_BYTES_NONE, why};
}

/* The rules a frame's header must keep. A zero code means that it does. */
static ws_event judge_header(const ws_frames *f, const struct wslay_frame_iocb *io)
{
    bool control = wslay_is_ctrl_frame(io->opcode);
    if (io->rsv != 0) {
        return fault(WS_CODE_PROTOCOL, "reserved bits are set");
    }
    if ((io->mask != 0) != (f->side == WS_SIDE_SERVER)) {
        return fault(WS_CODE_PROTOCOL, "masking is wrong for this side");
    }
    if (io->opcode == WS_OP_TEXT) {
        return fault(WS_CODE_UNSUPPORTED, "a text message");
    }
    if (io->opcode > WS_OP_PONG || (io->opcode > WS_OP_BINARY && !control)) {
        return fault(WS_CODE_PROTOCOL, "an unknown opcode");
    }
    if (!control && f->in_message != (io->opcode == WS_OP_CONTINUATION)) {
        return fault(WS_CODE_PROTOCOL, "fragments are out of order");
    }
    if (!control && io->payload_length > f->max_message - f->message.n) {
        return fault(WS_CODE_TOO_BIG, "a message is too large");
    }
    return (ws_event){.kind = WS_EVENT_NONE};
}

static size_t header_size(const struct wslay_frame_iocb *io)
{
    size_t length = io->payload_length < 126 ? 0 : io->payload_length < 65536 ? 2 : 8;
    return 2 + length + (io->mask != 0 ? 4 : 0);
}

/* Add payload bytes to the message under way, within the pool's bound. */
static ws_event message_add(ws_frames *f, base_bytes data)
{
    size_t before = f->message.cap;
    base_err err = base_buf_append(&f->message, data);
    f->pool->held += f->message.cap - before;
    message_link(f);
    while (err == BASE_OK && f->pool->held > f->pool->held_max && f->pool->oldest != f) {
        ws_frames *victim = f->pool->oldest;
        victim->lost = !victim->delivered; /* what was handed out has been dealt with */
        message_drop(victim);
    }
    if (err != BASE_OK || f->pool->held > f->pool->held_max) {
        return fault(WS_CODE_TRY_LATER, "no memory for half-received messages");
    }
    return (ws_event){.kind = WS_EVENT_NONE};
}

static bool code_is_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static ws_event close_event(base_bytes data)
{
    if (data.n == 0) {
        return (ws_event){WS_EVENT_CLOSE, WS_CODE_NONE, data, NULL};
    }
    if (data.n == 1) {
        return fault(WS_CODE_PROTOCOL, "half a close code");
    }
    uint16_t code = (uint16_t)(data.p[0] << 8 | data.p[1]);
    if (!code_is_valid(code)) {
        return fault(WS_CODE_PROTOCOL, "a reserved close code");
    }
    if (!base_bytes_is_text(base_bytes_of(data.p + 2, data.n - 2))) {
        return fault(WS_CODE_TEXT, "a close reason is not UTF-8");
    }
    return (ws_event){WS_EVENT_CLOSE, code, base_bytes_of(data.p + 2, data.n - 2), NULL};
}

/* Payload bytes of a control frame; its event once they are whole. */
static ws_event control_add(ws_frames *f, base_bytes data)
{
    ws_codec *codec = f->codec;
    if (data.n > 0) {
        memcpy(codec->control + codec->control_n, data.p, data.n); /* wslay bounds it to 125 */
    }
    codec->control_n += data.n;
    if (f->frame_left > 0) {
        return (ws_event){.kind = WS_EVENT_NONE};
    }
    base_bytes whole = base_bytes_of(codec->control, codec->control_n);
    codec->control_n = 0;
    if (f->opcode == WS_OP_CLOSE) {
        return close_event(whole);
    }
    return (ws_event){f->opcode == WS_OP_PING ? WS_EVENT_PING : WS_EVENT_PONG, 0, whole, NULL};
}

/* Payload bytes of a data frame; the message once it is whole. One that came in one piece is handed
 * out where wslay left it, without a copy. */
static ws_event data_add(ws_frames *f, base_bytes data)
{
    bool last = f->frame_left == 0 && f->fin;
    f->in_message = !last;
    if (last && f->message.n == 0) {
        return (ws_event){WS_EVENT_MESSAGE, 0, data, NULL};
    }
    ws_event bad = message_add(f, data);
    if (bad.kind != WS_EVENT_NONE || !last) {
        return bad;
    }
    f->delivered = true;
    return (ws_event){WS_EVENT_MESSAGE, 0, base_buf_bytes(&f->message), NULL};
}

/* What wslay reported: a header with the first payload bytes, or more payload. */
static ws_event take_report(ws_frames *f, const struct wslay_frame_iocb *io)
{
    if (!f->in_frame) {
        ws_event bad = judge_header(f, io);
        if (bad.kind != WS_EVENT_NONE) {
            return bad;
        }
        f->in_frame = true;
        f->opcode = io->opcode;
        f->fin = io->fin != 0;
        f->frame_left = io->payload_length;
        f->codec->held -= header_size(io);
    }
    f->frame_left -= io->data_length;
    f->codec->held -= io->data_length;
    f->in_frame = f->frame_left > 0;
    base_bytes data = base_bytes_of(io->data, io->data_length);
    return wslay_is_ctrl_frame(f->opcode) ? control_add(f, data) : data_add(f, data);
}

ws_event ws_frames_next(ws_frames *f, base_bytes *input)
{
    ws_event event = {.kind = WS_EVENT_NONE};
    if (f->lost) {
        return fault(WS_CODE_TRY_LATER, "half a message made room for others");
    }
    if (f->delivered) {
        message_drop(f);
    }
    if (f->codec == NULL) {
        if (input->n == 0) {
            return event;
        }
        f->codec = pool_take(f->pool);
        if (f->codec == NULL) {
            return fault(WS_CODE_TRY_LATER, "out of memory");
        }
    }
    f->codec->window = *input;
    while (event.kind == WS_EVENT_NONE) {
        struct wslay_frame_iocb io = {0};
        ssize_t n = wslay_frame_recv(f->codec->wslay, &io);
        if (n >= 0) {
            event = take_report(f, &io);
        } else if (n != WSLAY_ERR_WANT_READ) {
            event = fault(WS_CODE_PROTOCOL, "a malformed frame header");
        } else if (f->codec->window.n == 0) {
            break;
        }
    }
    *input = f->codec->window;
    f->codec->window = BASE_BYTES_NONE;
    if (event.kind == WS_EVENT_NONE && f->codec->held == 0 && !f->in_frame) {
        pool_give(f->pool, f->codec);
        f->codec = NULL;
    }
    return event;
}

/* ---- writing ---- */

base_err ws_frames_write(const ws_frames *f, base_buf *out, ws_opcode opcode, base_bytes payload)
{
    ws_codec *writer = f->pool->writer;
    size_t before = out->n;
    size_t room = 0;
    if (opcode >= WS_OP_CLOSE && payload.n > WS_CONTROL_MAX) {
        return BASE_E_ARGUMENT;
    }
    if (!base_add(payload.n, HEADER_MAX, &room)) {
        return BASE_E_LIMIT;
    }
    base_err err = base_buf_reserve(out, room);
    if (err != BASE_OK) {
        return err;
    }
    /* wslay keeps its mask flag from frame to frame, so one writer serves one side only: a pool
     * belongs to a server or to a client. */
    struct wslay_frame_iocb io = {
        .fin = 1,
        .opcode = (uint8_t)opcode,
        .payload_length = payload.n,
        .mask = f->side == WS_SIDE_CLIENT,
        .data = payload.p,
        .data_length = payload.n,
    };
    writer->out = out;
    ssize_t n = wslay_frame_send(writer->wslay, &io);
    writer->out = NULL;
    if (n != (ssize_t)payload.n) {
        out->n = before;
        return n == WSLAY_ERR_INVALID_CALLBACK ? BASE_E_RANDOM : BASE_E_INTERNAL;
    }
    return BASE_OK;
}

base_err ws_frames_write_close(const ws_frames *f, base_buf *out, uint16_t code)
{
    uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    bool none = code == WS_CODE_NONE;
    return ws_frames_write(f, out, WS_OP_CLOSE, none ? BASE_BYTES_NONE : base_bytes_of(payload, 2));
}
