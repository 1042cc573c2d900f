/* A WebSocket client: one connection to a relay, non-blocking, for whatever event loop its owner
 * runs.
 *
 * It shows one descriptor for its whole life. When that is readable, call ws_client_step(); nothing
 * else drives it: name look-up, connecting, TLS, time-outs, pings, reading and writing all happen
 * there, and so do the calls to the handler. Connecting again, and how long to wait before, is the
 * owner's decision: make another client.
 *
 * Framing is wslay's, shared with the server (ws_conn, ws_frames): one implementation, tested from
 * both ends, that batches writes; libwebsockets would bring an event loop of its own into the
 * agent's.
 *
 * Over TLS the certificate must be valid for the host, against the system's store and, when ws_tls
 * was made with one, the file of the person who added that relay. An address that is not public, or
 * a plain connection, is refused unless the configuration allows it: a stranger's link must not
 * reach into a person's own network. No proxy is used.
 *
 * The process must ignore SIGPIPE. One thread at a time. */
#ifndef ADAPTERS_WS_CLIENT_H
#define ADAPTERS_WS_CLIENT_H

#include "ws_handshake.h"
#include "ws_stream.h"
#include "ws_url.h"

typedef struct ws_client ws_client;

/* Why a connection ended, for a decision; the text beside it is for people. */
typedef enum ws_client_end {
    WS_END_ADDRESS,     /* not allowed to go there: do not try again */
    WS_END_NAME,        /* the name was not found */
    WS_END_CONNECT,     /* nobody answers there */
    WS_END_CERTIFICATE, /* TLS failed, or the certificate is not valid: tell the person */
    WS_END_REFUSED,     /* it answers, but not as a relay; code is its HTTP status, 502: no HTTP */
    WS_END_CLOSED,      /* the relay said goodbye; code is its close code */
    WS_END_LOST,        /* the connection broke */
    WS_END_TIMEOUT,     /* no answer in time */
    WS_END_OURS         /* ws_client_close() was called */
} ws_client_end;

/* All are called inside ws_client_step(); none may call ws_client_free() or ws_client_step(). */
typedef struct ws_client_handler {
    void *user; /* borrowed */
    void (*open)(void *user);
    /* A whole binary message, borrowed for the call. False: read nothing more before
     * ws_client_resume(). */
    bool (*message)(void *user, base_bytes message);
    /* There is room again after ws_client_send() had said BASE_E_LIMIT. */
    void (*room)(void *user);
    /* It is over; text is one sentence, borrowed for the call. The last call. */
    void (*end)(void *user, ws_client_end why, unsigned code, const char *text);
} ws_client_handler;

typedef struct ws_client_config {
    const char *url;      /* borrowed for ws_client_new() */
    const char *protocol; /* borrowed for the client's life */
    const ws_tls *tls;    /* borrowed for the client's life; needed for wss:// */
    bool allow_plain;     /* ws:// */
    bool allow_local;     /* addresses that are not public */
    size_t max_message;   /* bytes received in one message */
    uint32_t connect_ms;  /* from the name to the open connection */
    uint32_t attempt_ms;  /* for one address of several */
    uint32_t quiet_ms;    /* after so long without a byte a ping is sent */
    uint32_t pong_ms;     /* to answer it */
    uint32_t linger_ms;   /* for the last bytes after ws_client_close() */
} ws_client_config;

/* Everything but url, protocol and tls set to what an agent wants. */
ws_client_config ws_client_defaults(void);

/* Begin to connect. handler is borrowed for the client's life. Errors: BASE_E_VALUE (the URL),
 * BASE_E_ARGUMENT (not allowed, or TLS is missing), BASE_E_NOMEM, BASE_E_LIMIT. */
BASE_MUST_USE base_err ws_client_new(const ws_client_config *config,
                                     const ws_client_handler *handler, ws_client **out);

/* Close at once, telling nobody. NULL is allowed. */
void ws_client_free(ws_client *c);

/* One descriptor, the same for the client's whole life: readable when there is something to do. */
int ws_client_fd(const ws_client *c);

/* Do what there is to do, without waiting. */
void ws_client_step(ws_client *c);

/* Queue one binary message; it leaves with the next step, together with others. Errors:
 * BASE_E_LIMIT (no room: wait for room()), BASE_E_STATE (not open), BASE_E_NOMEM, BASE_E_RANDOM. */
BASE_MUST_USE base_err ws_client_send(ws_client *c, base_bytes message);

void ws_client_resume(ws_client *c);

/* Say goodbye; end() follows. */
void ws_client_close(ws_client *c);

#endif
