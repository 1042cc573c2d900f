/* A client of the agent's API, whichever way it came: the Unix socket (sock.c) or the page's
 * WebSocket (page.c). The transport hands over whole requests and takes whole answers. */
#ifndef APP_PEER_H
#define APP_PEER_H

#include <sotto/sotto.h>

#include "base/bytes.h"

#define PEER_SECRET_BYTES 32

struct agent;
typedef struct peer peer;

/* What a transport can do. Neither may free the peer at once. */
typedef struct peer_transport {
    void (*send)(peer *p, base_bytes text); /* one JSON object, queued */
    void (*close)(peer *p, unsigned code);  /* after what is queued; code for a WebSocket */
} peer_transport;

struct peer {
    struct agent *agent;
    const peer_transport *transport;
    void *user;      /* the transport's */
    uint32_t number; /* never used twice while the agent runs */
    bool is_page;
    bool is_open;    /* session.open was answered: events are told */
    bool is_deaf;    /* nothing more is taken from it */
    bool is_leaving; /* and nothing more is told to it */
    bool has_session;
    uint8_t session[PEER_SECRET_BYTES];
    size_t waiting;   /* requests that wait for a relay */
    uint64_t open_by; /* Unix ms; a page must have opened its session by then */
};

/* Take a new client in; false when there are too many. The struct is the transport's. */
bool peer_join(struct agent *a, peer *p, const peer_transport *transport, bool is_page);
/* It is gone. What it asked for goes on, unanswered. */
void peer_part(peer *p);

peer *peer_find(struct agent *a, uint32_t number);

/* Close after what is queued; nothing more is taken from it. */
void peer_leave(peer *p, unsigned code);

#endif
