/* The agent: the one process that holds a person's store. It joins the core with the world: relays
 * (net), the clients of the API (sock, page, rpc), the clock and signals (loop).
 *
 * One turn of its loop: what came in is handed to the core; the core's commands are carried out
 * until there are none; then clients are told what changed, and only then get their answers, built
 * at that moment, so that an answer is never older than an event before it. */
#ifndef APP_AGENT_H
#define APP_AGENT_H

#include <sotto/sotto.h>

#include "events.h"
#include "home.h"
#include "loop.h"
#include "net.h"
#include "peer.h"

#define AGENT_VERSION "sotto " SOTTO_VERSION
#define AGENT_PEERS_MAX 16

typedef struct agent_options {
    int port;        /* of the page; -1: as before, 0: any */
    const char *web; /* folder of the page; NULL: look for it */
    int ready_fd;    /* where to tell that it serves, or why not; -1: nowhere */
    bool quiet;
} agent_options;

typedef struct agent {
    home *home;
    home_settings settings;
    sotto *core;
    loop loop;
    net *net;
    struct sock *sock;
    struct page *page;
    peer *peers[AGENT_PEERS_MAX];
    size_t peers_n;
    uint32_t next_peer;
    struct rpc_call *answers; /* begun in this turn */
    struct rpc_call **answers_end;
    struct rpc_call *waiting; /* for a relay */
    agent_events events;
} agent;

static inline uint64_t agent_soonest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Serve until told to end; core is taken. The lock of home must be held. Gives an exit code. */
int agent_run(home *h, sotto *core, const agent_options *options);

#endif
