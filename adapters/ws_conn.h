/* One WebSocket connection at either end: TLS handshake, HTTP upgrade, messages, the closing
 * handshake, and the buffers between them, all bounded. It never waits and knows no time and no
 * event loop: its owner (ws_server, ws_client) calls it when the socket is ready, asks it what to
 * wait for, and keeps the deadlines. Private to the ws_ files. */
#ifndef ADAPTERS_WS_CONN_H
#define ADAPTERS_WS_CONN_H

#include "ws_frames.h"
#include "ws_handshake.h"
#include "ws_stream.h"

#define WS_READ_MAX 65536 /* bytes read from one connection a turn */
#define WS_OUT_HIGH 65536 /* unsent bytes above which ws_conn_has_room() says no */

/* What the owner says to a message. Any other value is a close code. */
enum {
    WS_GO = 0,  /* taken; more please */
    WS_HOLD = 1 /* taken; read nothing more from this peer until ws_conn_resume() */
};

typedef enum ws_phase {
    WS_PHASE_TLS,     /* handshake of TLS */
    WS_PHASE_UPGRADE, /* handshake of WebSocket */
    WS_PHASE_OPEN,
    WS_PHASE_CLOSING, /* the last bytes are on their way; what comes in is dropped */
    WS_PHASE_DEAD     /* the owner may clear it */
} ws_phase;

typedef struct ws_conn ws_conn;

/* What the owner hears. Called inside ws_conn_read() only. */
typedef struct ws_conn_ops {
    bool (*open)(ws_conn *c);                       /* the handshake is complete; false: refuse */
    int (*message)(ws_conn *c, base_bytes message); /* WS_GO, WS_HOLD or a close code */
} ws_conn_ops;

struct ws_conn {
    ws_stream io;
    ws_frames frames;
    const ws_conn_ops *ops; /* borrowed */
    const ws_rules *rules;  /* borrowed */
    base_buf in;            /* a handshake's head, or input held back */
    base_buf out;           /* unsent bytes from out_at on */
    size_t out_at;
    ws_phase phase;
    uint16_t code;       /* the close code sent or received, 0 before */
    bool held;           /* the owner said WS_HOLD */
    bool parked;         /* input waits in `in`, or half read in frames, for leave to go on */
    bool blocked;        /* a write did not fit: wait until writable */
    bool read_wants_out; /* TLS must write before it can read on */
    bool finished;       /* closing, and the last byte is out */
    bool heard;          /* bytes have come since the owner last cleared this */
    const char *why;     /* why it ended: static text for a log, NULL before */
    char *text;          /* WS_TEXT_MAX bytes for the reason of a failure; NULL: not wanted */
    char key[WS_KEY_CHARS + 1]; /* of a client's request */
    uint8_t side;
};

/* Take a connected, non-blocking socket. A server waits for the request, a client has sent its own
 * with ws_conn_request() once TLS stands. All pointers are borrowed and must outlive c. */
void ws_conn_init(ws_conn *c, int fd, ws_side side, ws_pool *pool, size_t max_message,
                  const ws_conn_ops *ops, const ws_rules *rules);

/* Put TLS under it before the first byte; host only for a client. Errors: BASE_E_NOMEM,
 * BASE_E_VALUE. */
BASE_MUST_USE base_err ws_conn_use_tls(ws_conn *c, const ws_tls *tls, const char *host);

/* A client's request: queued now, sent when the stream stands. Errors: BASE_E_NOMEM,
 * BASE_E_RANDOM. */
BASE_MUST_USE base_err ws_conn_request(ws_conn *c, const char *host);

/* The socket is readable: read at most WS_READ_MAX bytes through scratch (WS_READ_MAX bytes) and
 * handle them. True when more may be waiting that the socket will not announce again. */
bool ws_conn_read(ws_conn *c, uint8_t *scratch);

/* Write what is queued, as far as the socket takes it. */
void ws_conn_write(ws_conn *c);

/* Whether something is queued and the socket is not known to be full. */
bool ws_conn_wants_write(const ws_conn *c);

/* What to wait for: EPOLLIN and EPOLLOUT. */
uint32_t ws_conn_interest(const ws_conn *c);

/* Queue one binary message. Errors: BASE_E_STATE (not open), BASE_E_NOMEM, BASE_E_RANDOM. The
 * caller asks ws_conn_has_room() first: one message may exceed WS_OUT_HIGH, a second is not queued.
 */
BASE_MUST_USE base_err ws_conn_send(ws_conn *c, base_bytes message);
bool ws_conn_has_room(const ws_conn *c);
size_t ws_conn_queued(const ws_conn *c);

/* Queue a ping without payload. */
void ws_conn_ping(ws_conn *c);

/* Read again after WS_HOLD: the next ws_conn_read() begins with what was held back. */
void ws_conn_resume(ws_conn *c);

/* Whether ws_conn_read() has work that the socket will not announce. Ask after each read, write and
 * resume. */
bool ws_conn_is_ready(const ws_conn *c);

/* Say goodbye: a close frame with code, then nothing. why is static text. */
void ws_conn_shut(ws_conn *c, uint16_t code, const char *why);

/* Give up at once. why is static text; the first reason given stays. */
void ws_conn_drop(ws_conn *c, const char *why);

/* Close the socket and release everything. A zeroed struct whose fd is -1 is allowed. */
void ws_conn_clear(ws_conn *c);

#endif
