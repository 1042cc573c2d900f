/* What an event loop (ws_server) and its connections (ws_peer) share. Private to these two files.
 */
#ifndef ADAPTERS_WS_LOOP_H
#define ADAPTERS_WS_LOOP_H

#include "ws_conn.h"
#include "ws_server.h"

/* Deadlines: each kind has one fixed length, so a list a kind, appended at the tail, is always in
 * order, and arming costs nothing. A sign of life does not touch the list; it is looked at when the
 * deadline comes. */
typedef enum timer_kind {
    TIMER_SHAKE,
    TIMER_QUIET,
    TIMER_PONG,
    TIMER_LINGER,
    TIMER_KINDS
} timer_kind;

struct ws_peer {
    ws_conn conn; /* first: the ws_conn that ws_conn_ops hands over is a ws_peer */
    ws_server *server;
    void *session;
    ws_peer *older, *newer; /* in the list of its deadline's kind */
    ws_peer *next_ready, *next_dirty, *next_dead;
    uint64_t deadline_ms;
    size_t queued_then; /* unsent bytes when the deadline was armed */
    uint32_t interest;  /* what epoll was told */
    uint32_t tag;
    size_t address; /* index in config.listen of the address it came to */
    uint8_t timer;  /* timer_kind */
    bool ready, dirty, dead;
    bool was_deaf;    /* there was a time since when we did not read from it */
    bool more;        /* fill() left something, or could not be asked */
    bool midway_then; /* a message was half received when the deadline was armed */
    bool took;        /* a whole message came since */
    bool sent;        /* a byte of output went out since */
};

typedef struct timer_list {
    ws_peer *oldest, *newest;
    uint32_t after_ms;
} timer_list;

struct ws_server {
    ws_server_config config;
    const ws_server_handler *handler;
    ws_pool *pool;
    int epoll;
    int event; /* eventfd: nudges, and STOP */
    int listeners[WS_SERVER_LISTEN_MAX];
    size_t listeners_n;
    size_t addresses[WS_SERVER_LISTEN_MAX]; /* index in config.listen of each listener */
    size_t peers, dying;                    /* of them, those that are dead and not yet freed */
    timer_list timers[TIMER_KINDS];
    ws_peer *ready, *dirty, *graves;
    uint64_t now_ms;
    uint64_t tick_at_ms;
    uint64_t accept_at_ms; /* accepting is paused until then; 0: it is not */
    uint64_t stop_at_ms;   /* stopping: the latest end; 0: running */
    uint8_t scratch[WS_READ_MAX];
};

/* Take a connected socket: NULL when memory, randomness or epoll fails; the socket stays the
 * caller's. */
ws_peer *ws_peer_new(ws_server *s, int fd, size_t address);

/* The socket is ready, or input was left over: read and handle. events are epoll's, 0 for none. */
void ws_peer_read(ws_peer *p, uint32_t events);

/* Let the session fill the buffer, write once, and see what to wait for. */
void ws_peer_write(ws_peer *p);

/* Its deadline has come. */
void ws_peer_expire(ws_peer *p);

/* After anything that may have changed a connection's phase: tell the session of its end, arm the
 * deadline that the phase needs, lay the dead aside. */
void ws_peer_settle(ws_peer *p);

/* Free those that died in this turn. */
void ws_peer_sweep(ws_server *s);

void ws_server_note(const ws_server *s, uint32_t tag, const char *event, const char *why,
                    unsigned code);

#endif
