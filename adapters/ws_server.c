/* The event loop of a WebSocket server; see the header. ws_conn knows the protocol, this file knows
 * and ws_peer the connections; this file knows listening sockets, waiting and turns. */
#include "ws_loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256          /* taken from epoll at once */
#define ACCEPTS 64          /* connections accepted from one socket a turn */
#define ACCEPT_PAUSE_MS 200 /* when the process is out of descriptors */
#define STOP ((uint64_t)1 << 32)

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void ws_server_note(const ws_server *s, uint32_t tag, const char *event, const char *why,
                    unsigned code)
{
    if (s->handler->note != NULL) {
        s->handler->note(s->handler->user, tag, event, why, code);
    }
}

/* ---- accepting ---- */

static void listeners_watch(ws_server *s, uint32_t events)
{
    for (size_t i = 0; i < s->listeners_n; i++) {
        struct epoll_event event = {.events = events, .data.ptr = &s->listeners[i]};
        (void)epoll_ctl(s->epoll, EPOLL_CTL_MOD, s->listeners[i], &event);
    }
}

/* Whether there is a place for one more. When all are taken, a connection that says goodbye, or one
 * in its handshake, gives way, the oldest first: an honest handshake takes a moment, and those who
 * never end theirs must not keep others out. */
static bool make_place(ws_server *s)
{
    if (s->peers - s->dying < s->config.max_peers) {
        return true;
    }
    ws_peer *p = s->timers[TIMER_LINGER].oldest;
    p = p != NULL ? p : s->timers[TIMER_SHAKE].oldest;
    if (p == NULL) {
        return false;
    }
    ws_conn_drop(&p->conn, "its place was needed");
    ws_peer_settle(p);
    return true;
}

static void accept_some(ws_server *s, size_t listener)
{
    for (int i = 0; i < ACCEPTS; i++) {
        int on = 1;
        int fd = accept4(s->listeners[listener], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                ws_server_note(s, 0, "accept", "out of descriptors or memory; accepting pauses", 0);
                s->accept_at_ms = s->now_ms + ACCEPT_PAUSE_MS;
                listeners_watch(s, 0);
            }
            return;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (s->stop_at_ms != 0 || !make_place(s)) {
            ws_server_note(s, 0, "refuse", "too many connections", 0);
            (void)close(fd);
        } else if (ws_peer_new(s, fd, s->addresses[listener]) == NULL) {
            ws_server_note(s, 0, "refuse", "out of memory", 0);
            (void)close(fd);
        }
    }
}

/* ---- a turn ---- */

static void begin_stop(ws_server *s)
{
    if (s->stop_at_ms != 0) {
        return;
    }
    s->stop_at_ms = s->now_ms + s->config.linger_ms;
    for (size_t i = 0; i < s->listeners_n; i++) {
        (void)close(s->listeners[i]);
        s->listeners[i] = -1;
    }
    for (int kind = 0; kind < TIMER_KINDS; kind++) {
        ws_peer *next = NULL;
        for (ws_peer *p = s->timers[kind].oldest; kind != TIMER_LINGER && p != NULL; p = next) {
            next = p->newer;
            if (p->session != NULL && s->handler->stop != NULL) {
                s->handler->stop(p->session);
            }
            ws_peer_write(p);
            ws_conn_shut(&p->conn, WS_CODE_GOING_AWAY, "the server stops");
            ws_peer_settle(p);
        }
    }
}

static void dispatch_event(ws_server *s)
{
    uint64_t sum = 0;
    if (read(s->event, &sum, sizeof sum) == (ssize_t)sizeof sum && sum >= STOP) {
        s->stop_at_ms = s->stop_at_ms == 0 ? UINT64_MAX : s->stop_at_ms; /* after this turn */
    }
}

static void dispatch(ws_server *s, const struct epoll_event *event)
{
    int *listener = event->data.ptr;
    if (event->data.ptr == &s->event) {
        dispatch_event(s);
    } else if (listener >= s->listeners && listener < s->listeners + WS_SERVER_LISTEN_MAX) {
        accept_some(s, (size_t)(listener - s->listeners));
    } else {
        ws_peer_read(event->data.ptr, event->events);
    }
}

static void expire(ws_server *s)
{
    for (int kind = 0; kind < TIMER_KINDS; kind++) {
        ws_peer *p = s->timers[kind].oldest;
        while (p != NULL && p->deadline_ms <= s->now_ms) {
            ws_peer_expire(p);
            p = s->timers[kind].oldest;
        }
    }
    if (s->accept_at_ms != 0 && s->accept_at_ms <= s->now_ms && s->stop_at_ms == 0) {
        s->accept_at_ms = 0;
        listeners_watch(s, (uint32_t)EPOLLIN);
    }
}

/* Everything between two waits. */
static void turn(ws_server *s, const struct epoll_event *events, int n)
{
    ws_peer *ready = s->ready; /* left over from the turn before; a peer may be in events too */
    s->ready = NULL;
    while (ready != NULL) {
        ws_peer *next = ready->next_ready;
        ready->ready = false;
        if (!ready->dead) {
            ws_peer_read(ready, 0);
        }
        ready = next;
    }
    for (int i = 0; i < n; i++) {
        dispatch(s, &events[i]);
    }
    s->handler->turn(s->handler->user);
    ws_peer *dirty = s->dirty;
    s->dirty = NULL;
    while (dirty != NULL) {
        ws_peer *next = dirty->next_dirty;
        dirty->dirty = false;
        if (!dirty->dead) {
            ws_peer_write(dirty);
        }
        dirty = next;
    }
    expire(s);
    if (s->handler->tick != NULL && s->now_ms >= s->tick_at_ms) {
        s->tick_at_ms = s->now_ms + s->config.tick_ms;
        s->handler->tick(s->handler->user);
    }
    if (s->stop_at_ms == UINT64_MAX) {
        s->stop_at_ms = 0;
        begin_stop(s);
    }
}

/* How long to wait for events, in ms; -1: for ever. */
static int wait_ms(const ws_server *s)
{
    uint64_t until = UINT64_MAX;
    if (s->ready != NULL || s->dirty != NULL) {
        return 0;
    }
    for (int kind = 0; kind < TIMER_KINDS; kind++) {
        const ws_peer *p = s->timers[kind].oldest;
        until = p != NULL && p->deadline_ms < until ? p->deadline_ms : until;
    }
    if (s->handler->tick != NULL && s->tick_at_ms < until) {
        until = s->tick_at_ms;
    }
    if (s->accept_at_ms != 0 && s->accept_at_ms < until) {
        until = s->accept_at_ms;
    }
    if (s->stop_at_ms != 0 && s->stop_at_ms < until) {
        until = s->stop_at_ms;
    }
    if (until == UINT64_MAX) {
        return -1;
    }
    uint64_t wait = until <= s->now_ms ? 0 : until - s->now_ms;
    return wait > 60000 ? 60000 : (int)wait;
}

base_err ws_server_run(ws_server *s)
{
    struct epoll_event events[EVENTS];
    s->now_ms = clock_ms();
    s->tick_at_ms = s->now_ms + s->config.tick_ms;
    for (;;) {
        int n = epoll_wait(s->epoll, events, EVENTS, wait_ms(s));
        if (n < 0 && errno != EINTR) {
            return BASE_E_INTERNAL;
        }
        s->now_ms = clock_ms();
        turn(s, events, n < 0 ? 0 : n);
        ws_peer_sweep(s);
        if (s->stop_at_ms != 0 && (s->peers == 0 || s->now_ms >= s->stop_at_ms)) {
            return BASE_OK;
        }
    }
}

/* ---- making and unmaking ---- */

ws_server_config ws_server_defaults(void)
{
    return (ws_server_config){
        .rules = {.path = "/"},
        .max_peers = 10000,
        .max_message = 65536,
        .max_partial = (size_t)64 << 20,
        .handshake_ms = 10000,
        .quiet_ms = 30000,
        .pong_ms = 15000,
        .linger_ms = 3000,
        .tick_ms = 1000,
    };
}

static base_err watch(ws_server *s, int fd, void *what)
{
    struct epoll_event event = {.events = (uint32_t)EPOLLIN, .data.ptr = what};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? BASE_OK : BASE_E_NOMEM;
}

static base_err open_listeners(ws_server *s, char text[static WS_TEXT_MAX], size_t *bad)
{
    const ws_server_config *config = &s->config;
    for (size_t i = 0; i < config->listen_n; i++) {
        int fd = ws_listen(&config->listen[i], config->shared, text);
        if (fd < 0) {
            if (i >= config->listen_must && ws_addr_is_absent(errno)) {
                continue;
            }
            *bad = i;
            return BASE_E_STATE;
        }
        s->listeners[s->listeners_n] = fd;
        s->addresses[s->listeners_n] = i;
        base_err err = watch(s, fd, &s->listeners[s->listeners_n]);
        s->listeners_n++;
        if (err != BASE_OK) {
            return err;
        }
    }
    return s->listeners_n > 0 ? BASE_OK : BASE_E_ARGUMENT;
}

base_err ws_server_new(const ws_server_config *config, const ws_server_handler *handler,
                       char text[static WS_TEXT_MAX], size_t *bad, ws_server **out)
{
    base_err err = BASE_OK;
    ws_server *s = NULL;
    (void)snprintf(text, WS_TEXT_MAX, "out of memory or descriptors");
    REQUIRE(config->listen_n > 0 && config->listen_n <= WS_SERVER_LISTEN_MAX, BASE_E_ARGUMENT);
    s = calloc(1, sizeof *s);
    REQUIRE(s != NULL, BASE_E_NOMEM);
    s->config = *config;
    s->handler = handler;
    s->timers[TIMER_SHAKE].after_ms = config->handshake_ms;
    s->timers[TIMER_QUIET].after_ms = config->quiet_ms;
    s->timers[TIMER_PONG].after_ms = config->pong_ms;
    s->timers[TIMER_LINGER].after_ms = config->linger_ms;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    REQUIRE(s->epoll >= 0 && s->event >= 0, BASE_E_NOMEM);
    TRY(watch(s, s->event, &s->event));
    TRY(ws_pool_new(config->max_partial, &s->pool));
    TRY(open_listeners(s, text, bad));
    *out = s;
    s = NULL;
done:
    ws_server_free(s);
    return err;
}

void ws_server_free(ws_server *s)
{
    if (s == NULL) {
        return;
    }
    for (int kind = 0; kind < TIMER_KINDS; kind++) {
        while (s->timers[kind].oldest != NULL) {
            ws_peer *p = s->timers[kind].oldest;
            ws_conn_drop(&p->conn, "the server ended");
            ws_peer_settle(p);
        }
    }
    ws_peer_sweep(s);
    for (size_t i = 0; i < s->listeners_n; i++) {
        if (s->listeners[i] >= 0) {
            (void)close(s->listeners[i]);
        }
    }
    ws_pool_free(s->pool);
    if (s->event >= 0) {
        (void)close(s->event);
    }
    if (s->epoll >= 0) {
        (void)close(s->epoll);
    }
    free(s);
}

static void tell(ws_server *s, uint64_t what)
{
    int error = errno; /* a signal handler must leave it as it was */
    ssize_t n = write(s->event, &what, sizeof what);
    (void)n; /* it fails only when it is full, and then the loop wakes anyway */
    errno = error;
}

void ws_server_stop(ws_server *s)
{
    tell(s, STOP);
}

void ws_server_nudge(ws_server *s)
{
    tell(s, 1);
}

size_t ws_server_listeners(const ws_server *s)
{
    return s->listeners_n;
}

uint16_t ws_server_port(const ws_server *s, size_t i)
{
    return ws_listen_port(s->listeners[i]);
}

void ws_server_describe(const ws_server *s, size_t i, char text[static WS_ADDR_TEXT_MAX])
{
    ws_listen_describe(s->listeners[i], text);
}

size_t ws_server_peers(const ws_server *s)
{
    return s->peers;
}
