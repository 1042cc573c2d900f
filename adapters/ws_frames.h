/* WebSocket framing (RFC 6455, section 5) for both ends, over wslay: bytes in, whole messages out,
 * and frames written into a buffer. No sockets, no time.
 *
 * Why wslay and not libwebsockets: libwebsockets 4.1.6 makes one write (and one TLS record) a
 * frame, which costs 12 to 14 times the CPU when frames are pipelined; wslay only frames, so the
 * owner can collect many frames in one write. Both ends share this file so that neither can drift.
 *
 * Memory: a wslay context holds 4 KiB. A connection needs one only while a frame is half received;
 * between frames it goes back to a pool that the connections of one event loop share, so that an
 * idle connection costs nothing here. */
#ifndef ADAPTERS_WS_FRAMES_H
#define ADAPTERS_WS_FRAMES_H

#include "base/bytes.h"
#include "base/err.h"

#define WS_CONTROL_MAX 125 /* payload of a control frame, RFC 6455, section 5.5 */

/* Close codes used here (RFC 6455, section 7.4.1, and the IANA registry). */
enum {
    WS_CODE_NORMAL = 1000,
    WS_CODE_GOING_AWAY = 1001,
    WS_CODE_PROTOCOL = 1002,
    WS_CODE_UNSUPPORTED = 1003,
    WS_CODE_NONE = 1005, /* never on the wire: the peer gave no code */
    WS_CODE_TEXT = 1007,
    WS_CODE_POLICY = 1008,
    WS_CODE_TOO_BIG = 1009,
    WS_CODE_INTERNAL = 1011,
    WS_CODE_TRY_LATER = 1013
};

typedef enum ws_side { WS_SIDE_SERVER, WS_SIDE_CLIENT } ws_side;

typedef enum ws_opcode {
    WS_OP_CONTINUATION = 0,
    WS_OP_TEXT = 1,
    WS_OP_BINARY = 2,
    WS_OP_CLOSE = 8,
    WS_OP_PING = 9,
    WS_OP_PONG = 10
} ws_opcode;

/* ---- what the connections of one event loop share ---- */

typedef struct ws_pool ws_pool;

/* held_max bounds the bytes of half-received messages over all connections. Beyond it the message
 * that began first is let go of: an honest one is whole in a moment, and who floods must not close
 * others'. Errors: BASE_E_NOMEM. */
BASE_MUST_USE base_err ws_pool_new(size_t held_max, ws_pool **out);

/* Every ws_frames of the pool must have been cleared. NULL is allowed. */
void ws_pool_free(ws_pool *pool);

/* Bytes of half-received messages now held. */
size_t ws_pool_held(const ws_pool *pool);

/* ---- one connection ---- */

typedef struct ws_frames {
    ws_pool *pool;          /* borrowed */
    struct ws_codec *codec; /* NULL between frames */
    base_buf message;       /* the message under way, or just delivered */
    uint64_t frame_left;    /* payload bytes of the frame under way that have not come */
    size_t max_message;     /* bytes of one message, all its fragments together */
    ws_side side;
    uint8_t opcode;                  /* of the frame under way */
    bool fin;                        /* it is the last of its message */
    bool in_frame;                   /* its header has been read */
    bool in_message;                 /* a message has begun and not ended */
    bool delivered;                  /* `message` was handed out and goes at the next call */
    bool linked;                     /* in the pool's list: `message` holds bytes */
    bool lost;                       /* its half message made room for others */
    struct ws_frames *older, *newer; /* in that list */
} ws_frames;

typedef enum ws_event_kind {
    WS_EVENT_NONE,    /* all input is used up */
    WS_EVENT_MESSAGE, /* a whole binary message */
    WS_EVENT_PING,
    WS_EVENT_PONG,
    WS_EVENT_CLOSE, /* code is the peer's, WS_CODE_NONE when it gave none */
    WS_EVENT_FAULT  /* the peer broke a rule: close with code; nothing more can be read */
} ws_event_kind;

typedef struct ws_event {
    ws_event_kind kind;
    uint16_t code;
    base_bytes data; /* borrowed until the next call on this connection, or its input changes */
    const char *why; /* for FAULT: static text for a log */
} ws_event;

/* An empty state; allocates nothing. pool is borrowed. While a message is half received the pool
 * knows f by its address: it must not move. */
void ws_frames_init(ws_frames *f, ws_pool *pool, ws_side side, size_t max_message);

/* Release everything. A zeroed struct is allowed. */
void ws_frames_clear(ws_frames *f);

/* Take bytes from the front of *input until something happened. Call again until NONE; one event
 * may be found without new input. After FAULT and CLOSE the connection reads no more. */
ws_event ws_frames_next(ws_frames *f, base_bytes *input);

/* Whether a message, or a frame, is half received. */
bool ws_frames_is_midway(const ws_frames *f);

/* Append one whole frame to out, masked when this side is the client. Control payloads are at most
 * WS_CONTROL_MAX bytes. Errors: BASE_E_NOMEM, BASE_E_RANDOM, BASE_E_ARGUMENT; out is then as
 * before. */
BASE_MUST_USE base_err ws_frames_write(const ws_frames *f, base_buf *out, ws_opcode opcode,
                                       base_bytes payload);

/* Append a close frame with a code and no reason. Errors: as ws_frames_write(). */
BASE_MUST_USE base_err ws_frames_write_close(const ws_frames *f, base_buf *out, uint16_t code);

#endif
