/* A WebSocket server: one event loop over epoll, its listening sockets and its connections. Loops
 * share nothing: for N of them, make N servers on the same addresses with `shared` set, each run by
 * a thread of its own.
 *
 * A turn of the loop: every socket that is ready is read and its messages are handed to the
 * handler; then turn() is called once, so that what all of them asked for can share one
 * transaction; then each connection that has something to say writes once. Nothing is written to a
 * socket that did not take the last write whole until it says it is writable again.
 *
 * Bounds: connections, bytes of one message, bytes of half-received messages over all connections,
 * unsent bytes (a little over 64 KiB and one message a connection), time for the handshake, time
 * without a sign of life, time without progress of a write or of a half message.
 *
 * The process must ignore SIGPIPE. */
#ifndef ADAPTERS_WS_SERVER_H
#define ADAPTERS_WS_SERVER_H

#include "ws_handshake.h"
#include "ws_listen.h"
#include "ws_stream.h"

typedef struct ws_server ws_server;
typedef struct ws_peer ws_peer;

/* What message() may answer, beside a close code (1000 and above). */
enum {
    WS_SERVER_GO = 0,  /* go on */
    WS_SERVER_HOLD = 1 /* taken, but read nothing more from this peer until ws_peer_resume() */
};

/* What the server tells its owner; all are called by the thread in ws_server_run(). Unless said
 * otherwise a handler may call ws_peer_wake(), ws_peer_resume() and ws_peer_close() for any peer
 * that is open. */
typedef struct ws_server_handler {
    void *user; /* borrowed, given to open, turn, tick and note */
    /* A peer has finished its handshake. The session is given to the calls below; NULL refuses the
     * peer with close code 1013. */
    void *(*open)(void *user, ws_peer *peer);
    /* A whole binary message, borrowed for the call. */
    int (*message)(void *session, base_bytes message);
    /* The peer can take output: call ws_peer_send() until it says no or nothing is left. True when
     * something is left. Called after ws_peer_wake() and when the socket has room again. */
    bool (*fill)(void *session);
    /* The peer is gone, or is being sent away: the session is not used again. */
    void (*close)(void *session);
    /* The server stops: last words may be made ready; fill() is asked once more. NULL: none. */
    void (*stop)(void *session);
    /* All input of this turn has been handed over, and nothing is written yet. */
    void (*turn)(void *user);
    /* Every tick_ms; NULL: not wanted. */
    void (*tick)(void *user);
    /* Something for a log; tag is a random name of the connection, 0 for none. code is a close code
     * or an HTTP status, 0 for none. Never an address. NULL: not wanted. */
    void (*note)(void *user, uint32_t tag, const char *event, const char *why, unsigned code);
} ws_server_handler;

typedef struct ws_server_config {
    const ws_addr *listen; /* borrowed for ws_server_new() */
    size_t listen_n;       /* 1 to WS_SERVER_LISTEN_MAX */
    size_t listen_must;    /* so many must succeed; later ones may be absent from this machine */
    const ws_tls *tls;     /* borrowed for the server's life; NULL: plain */
    ws_rules rules;
    size_t max_peers;
    size_t max_message; /* bytes */
    size_t max_partial; /* bytes of half-received messages over all peers */
    uint32_t handshake_ms;
    uint32_t quiet_ms;  /* after so long without a byte a ping is sent; also the time in which a
                           write or a half message must get on */
    uint32_t pong_ms;   /* to answer it */
    uint32_t linger_ms; /* to read our last bytes and close */
    uint32_t tick_ms;
    bool shared; /* other loops listen on the same addresses */
} ws_server_config;

#define WS_SERVER_LISTEN_MAX 8

/* Everything but the addresses set to what a relay wants. */
ws_server_config ws_server_defaults(void);

/* Listen. handler is borrowed for the server's life. On failure text has one sentence that names
 * the address's index in *bad. Errors: BASE_E_NOMEM, BASE_E_ARGUMENT, BASE_E_STATE (cannot listen).
 */
BASE_MUST_USE base_err ws_server_new(const ws_server_config *config,
                                     const ws_server_handler *handler,
                                     char text[static WS_TEXT_MAX], size_t *bad, ws_server **out);

/* Sessions still open are closed. NULL is allowed. */
void ws_server_free(ws_server *s);

/* Run turns until ws_server_stop(), then say goodbye to all (close code 1001) and return. Errors:
 * BASE_E_INTERNAL (the event loop itself failed). */
BASE_MUST_USE base_err ws_server_run(ws_server *s);

/* From a signal handler or any thread: end ws_server_run(). */
void ws_server_stop(ws_server *s);

/* From any thread: run a turn soon. */
void ws_server_nudge(ws_server *s);

size_t ws_server_listeners(const ws_server *s);
uint16_t ws_server_port(const ws_server *s, size_t i); /* of the i-th listening socket */
void ws_server_describe(const ws_server *s, size_t i, char text[static WS_ADDR_TEXT_MAX]);
size_t ws_server_peers(const ws_server *s);

/* ---- inside handlers ---- */

/* The peer has output: fill() will be called after this turn. */
void ws_peer_wake(ws_peer *peer);

/* Queue one binary message; only inside fill(), message() and turn(). False when there is no room
 * or the peer is going: nothing was queued. */
BASE_MUST_USE bool ws_peer_send(ws_peer *peer, base_bytes message);

void ws_peer_resume(ws_peer *peer);

/* Send the peer away with a close code, after what is queued. */
void ws_peer_close(ws_peer *peer, uint16_t code);

/* Which of config.listen it came to: what a peer may do depends on that, never on its own address.
 */
size_t ws_peer_address(const ws_peer *peer);

/* The random name that note() gets; an owner that has told the peer another may set it. */
uint32_t ws_peer_tag(const ws_peer *peer);
void ws_peer_set_tag(ws_peer *peer, uint32_t tag);

#endif
