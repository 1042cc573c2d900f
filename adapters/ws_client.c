/* A WebSocket client; see the header. What its owner sees is an epoll descriptor that holds the
 * socket, the name look-up and a timer; work that no descriptor announces is announced by the
 * timer. */
#include "ws_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ws_conn.h"
#include "ws_resolve.h"

#define ROUNDS 4 /* reads of WS_READ_MAX bytes in one step: the owner has other work too */

typedef enum client_state {
    CLIENT_RESOLVING,
    CLIENT_CONNECTING, /* TCP */
    CLIENT_RUNNING,    /* ws_conn has it */
    CLIENT_ENDED
} client_state;

struct ws_client {
    ws_conn conn; /* first: the ws_conn that ws_conn_ops hands over is a ws_client */
    ws_client_config config;
    const ws_client_handler *handler;
    ws_url url;
    ws_rules rules;
    ws_pool *pool;
    ws_resolve *resolve;
    ws_addr addrs[WS_RESOLVE_MAX];
    size_t addrs_n, addr_next;
    client_state state;
    int epoll;
    int timer;
    int socket; /* while connecting; then it is the connection's */
    uint32_t interest;
    uint64_t now_ms;
    uint64_t whole_ms;    /* deadline of connecting, all addresses together */
    uint64_t deadline_ms; /* of what is going on */
    bool soon;            /* the timer is set to fire at once */
    bool pinged, closing, wants_room, told;
    char text[WS_TEXT_MAX];
    uint8_t scratch[WS_READ_MAX];
};

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- waiting ---- */

/* Fire at the deadline, or at once. */
static void set_timer(ws_client *c, bool soon)
{
    uint64_t at = c->deadline_ms;
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(at / 1000), .tv_nsec = (long)(at % 1000) * 1000000}};
    if (soon) {
        when.it_value = (struct timespec){.tv_nsec = 1};
    }
    (void)timerfd_settime(c->timer, TFD_TIMER_ABSTIME, &when, NULL);
    c->soon = soon;
}

static void call_soon(ws_client *c)
{
    if (!c->soon) {
        set_timer(c, true);
    }
}

static base_err watch(ws_client *c, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    c->interest = events;
    return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? BASE_OK : BASE_E_NOMEM;
}

static void update_interest(ws_client *c)
{
    uint32_t want = ws_conn_interest(&c->conn);
    struct epoll_event event = {.events = want, .data.fd = c->conn.io.fd};
    if (want != c->interest && epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->conn.io.fd, &event) == 0) {
        c->interest = want;
    }
}

/* ---- the end ---- */

/* The thread of a search may outlive it with the descriptor open: stop watching it by hand. */
static void drop_resolve(ws_client *c)
{
    if (c->resolve != NULL) {
        (void)epoll_ctl(c->epoll, EPOLL_CTL_DEL, ws_resolve_fd(c->resolve), NULL);
        ws_resolve_free(c->resolve);
        c->resolve = NULL;
    }
}

static void end(ws_client *c, ws_client_end why, unsigned code, const char *text)
{
    if (c->state == CLIENT_ENDED) {
        return;
    }
    c->state = CLIENT_ENDED;
    drop_resolve(c);
    if (c->socket >= 0) {
        (void)close(c->socket);
        c->socket = -1;
    }
    ws_conn_clear(&c->conn);
    c->deadline_ms = 0;
    struct itimerspec never = {0};
    (void)timerfd_settime(c->timer, 0, &never, NULL);
    c->handler->end(c->handler->user, why, code, text);
}

/* The connection is dead: say why. */
static void end_of_conn(ws_client *c, bool was_open)
{
    unsigned code = c->conn.code;
    const char *why = c->conn.why != NULL ? c->conn.why : "the connection ended";
    if (c->closing) {
        end(c, WS_END_OURS, 0, "closed");
    } else if (was_open) {
        end(c, code != 0 ? WS_END_CLOSED : WS_END_LOST, code, why);
    } else if (code != 0) {
        (void)snprintf(c->text, sizeof c->text, "%s (HTTP status %u)", why, code);
        end(c, WS_END_REFUSED, code, c->text);
    } else if (c->text[0] != '\0') {
        end(c, WS_END_CERTIFICATE, 0, c->text);
    } else {
        end(c, WS_END_LOST, 0, why);
    }
}

/* ---- what ws_conn reports ---- */

static bool on_open(ws_conn *conn)
{
    ws_client *c = (ws_client *)(void *)conn;
    if (c->closing) {
        return false;
    }
    c->told = true;
    c->deadline_ms = c->now_ms + c->config.quiet_ms;
    c->handler->open(c->handler->user);
    return true;
}

static int on_message(ws_conn *conn, base_bytes message)
{
    ws_client *c = (ws_client *)(void *)conn;
    return c->handler->message(c->handler->user, message) ? WS_GO : WS_HOLD;
}

static const ws_conn_ops client_ops = {on_open, on_message};

/* ---- connecting ---- */

/* The socket is connected: hand it to ws_conn, with TLS when the URL says so. */
static void begin_running(ws_client *c)
{
    int on = 1;
    (void)setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ws_conn_init(&c->conn, c->socket, WS_SIDE_CLIENT, c->pool, c->config.max_message, &client_ops,
                 &c->rules);
    c->socket = -1;
    c->state = CLIENT_RUNNING;
    c->conn.text = c->text;
    c->deadline_ms = c->whole_ms;
    if ((c->url.tls && ws_conn_use_tls(&c->conn, c->config.tls, c->url.host) != BASE_OK) ||
        ws_conn_request(&c->conn, c->url.authority) != BASE_OK) {
        end(c, WS_END_LOST, 0, "out of memory");
    }
}

/* Try one address. False when it failed at once. */
static bool try_address(ws_client *c, const ws_addr *a)
{
    int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if ((connect(fd, (const struct sockaddr *)&a->at, a->n) != 0 && errno != EINPROGRESS) ||
        watch(c, fd, (uint32_t)EPOLLOUT) != BASE_OK) {
        (void)close(fd);
        return false;
    }
    c->socket = fd;
    c->state = CLIENT_CONNECTING;
    c->deadline_ms = c->now_ms + c->config.attempt_ms;
    c->deadline_ms = c->deadline_ms < c->whole_ms ? c->deadline_ms : c->whole_ms;
    return true;
}

static void try_next(ws_client *c)
{
    bool refused = false;
    while (c->addr_next < c->addrs_n) {
        const ws_addr *a = &c->addrs[c->addr_next++];
        if (!c->config.allow_local && !ws_addr_is_public(a)) {
            refused = true;
        } else if (try_address(c, a)) {
            return;
        }
    }
    if (refused) {
        end(c, WS_END_ADDRESS, 0, "the address is inside a private network");
    } else {
        end(c, WS_END_CONNECT, 0, c->text[0] != '\0' ? c->text : "nobody answers there");
    }
}

static void step_resolving(ws_client *c)
{
    const char *why = NULL;
    c->addrs_n = ws_resolve_take(c->resolve, c->addrs, &why);
    drop_resolve(c);
    if (c->addrs_n == 0) {
        end(c, WS_END_NAME, 0, why);
        return;
    }
    try_next(c);
}

static void drop_attempt(ws_client *c, int error)
{
    (void)snprintf(c->text, sizeof c->text, "%s", strerror(error));
    (void)close(c->socket);
    c->socket = -1;
    try_next(c);
}

static void step_connecting(ws_client *c)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(c->socket, SOL_SOCKET, SO_ERROR, &error, &n) != 0) {
        error = errno;
    }
    if (error != 0) {
        drop_attempt(c, error);
        return;
    }
    c->text[0] = '\0';
    begin_running(c);
}

/* ---- running ---- */

static void step_running(ws_client *c)
{
    bool more = true;
    bool was_open = c->told;
    for (int i = 0; more && i < ROUNDS; i++) {
        more = ws_conn_read(&c->conn, c->scratch) || ws_conn_is_ready(&c->conn);
    }
    was_open = was_open || c->told;
    c->conn.blocked = false;
    if (ws_conn_wants_write(&c->conn)) {
        ws_conn_write(&c->conn);
    }
    if (c->wants_room && ws_conn_has_room(&c->conn)) {
        c->wants_room = false;
        c->handler->room(c->handler->user);
    }
    if (c->conn.phase == WS_PHASE_DEAD) {
        end_of_conn(c, was_open);
        return;
    }
    if (c->conn.heard) {
        c->conn.heard = false;
        c->pinged = false;
        if (c->conn.phase == WS_PHASE_OPEN) {
            c->deadline_ms = c->now_ms + c->config.quiet_ms;
        }
    }
    if (c->conn.phase == WS_PHASE_CLOSING && c->deadline_ms > c->now_ms + c->config.linger_ms) {
        c->deadline_ms = c->now_ms + c->config.linger_ms;
    }
    update_interest(c);
    bool queued = ws_conn_wants_write(&c->conn) && !c->conn.blocked;
    if (more || queued || ws_conn_is_ready(&c->conn)) {
        call_soon(c);
    }
}

static void step_deadline(ws_client *c)
{
    if (c->state == CLIENT_ENDED || c->now_ms < c->deadline_ms) {
        return;
    }
    if (c->state == CLIENT_CONNECTING && c->now_ms < c->whole_ms) {
        drop_attempt(c, ETIMEDOUT);
    } else if (c->state != CLIENT_RUNNING || !c->told) {
        end(c, WS_END_TIMEOUT, 0, "no answer in time");
    } else if (c->conn.phase == WS_PHASE_CLOSING) {
        end_of_conn(c, true);
    } else if (c->conn.held) {
        c->deadline_ms = c->now_ms + c->config.quiet_ms; /* not reading is our own doing */
    } else if (c->pinged) {
        end(c, WS_END_TIMEOUT, 0, "no answer to a ping");
    } else {
        c->pinged = true;
        c->deadline_ms = c->now_ms + c->config.pong_ms;
        ws_conn_ping(&c->conn);
        ws_conn_write(&c->conn);
        update_interest(c);
    }
}

/* Whether the peer would understand a goodbye, or has been told one. */
static bool is_talking(const ws_client *c)
{
    return c->state == CLIENT_RUNNING &&
           (c->conn.phase == WS_PHASE_OPEN || c->conn.phase == WS_PHASE_CLOSING);
}

void ws_client_step(ws_client *c)
{
    struct epoll_event events[4];
    uint64_t fired = 0;
    c->now_ms = clock_ms();
    int n = epoll_wait(c->epoll, events, 4, 0);
    bool fd_ready = false;
    for (int i = 0; i < n; i++) {
        fd_ready = fd_ready || events[i].data.fd != c->timer;
    }
    if (read(c->timer, &fired, sizeof fired) > 0) {
        c->soon = false;
    }
    if (c->closing && !is_talking(c)) {
        end(c, WS_END_OURS, 0, "closed");
    }
    if (c->state == CLIENT_RESOLVING && fd_ready) {
        step_resolving(c);
    } else if (c->state == CLIENT_CONNECTING && fd_ready) {
        step_connecting(c);
    }
    if (c->state == CLIENT_RUNNING) {
        step_running(c);
    }
    step_deadline(c);
    if (c->state != CLIENT_ENDED && !c->soon) {
        set_timer(c, false);
    }
}

/* ---- making and using ---- */

ws_client_config ws_client_defaults(void)
{
    return (ws_client_config){
        .max_message = 131072,
        .connect_ms = 20000,
        .attempt_ms = 6000,
        .quiet_ms = 45000,
        .pong_ms = 20000,
        .linger_ms = 2000,
    };
}

base_err ws_client_new(const ws_client_config *config, const ws_client_handler *handler,
                       ws_client **out)
{
    base_err err = BASE_OK;
    ws_client *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return BASE_E_NOMEM;
    }
    c->config = *config;
    c->handler = handler;
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    c->socket = -1;
    c->conn.io.fd = -1;
    REQUIRE(ws_url_parse(config->url, &c->url), BASE_E_VALUE);
    REQUIRE(c->url.tls ? config->tls != NULL : config->allow_plain, BASE_E_ARGUMENT);
    REQUIRE(c->epoll >= 0 && c->timer >= 0, BASE_E_NOMEM);
    c->rules = (ws_rules){.path = c->url.path, .protocol = config->protocol};
    c->now_ms = clock_ms();
    c->whole_ms = c->now_ms + config->connect_ms;
    c->deadline_ms = c->whole_ms;
    TRY(ws_pool_new(2 * config->max_message + WS_READ_MAX, &c->pool));
    TRY(watch(c, c->timer, (uint32_t)EPOLLIN));
    TRY(ws_resolve_new(c->url.host, c->url.port, &c->resolve));
    TRY(watch(c, ws_resolve_fd(c->resolve), (uint32_t)EPOLLIN));
    set_timer(c, false);
    *out = c;
    c = NULL;
done:
    ws_client_free(c);
    return err;
}

void ws_client_free(ws_client *c)
{
    if (c == NULL) {
        return;
    }
    ws_resolve_free(c->resolve);
    if (c->socket >= 0) {
        (void)close(c->socket);
    }
    ws_conn_clear(&c->conn);
    ws_pool_free(c->pool);
    if (c->timer >= 0) {
        (void)close(c->timer);
    }
    if (c->epoll >= 0) {
        (void)close(c->epoll);
    }
    free(c);
}

int ws_client_fd(const ws_client *c)
{
    return c->epoll;
}

base_err ws_client_send(ws_client *c, base_bytes message)
{
    if (c->state != CLIENT_RUNNING || c->conn.phase != WS_PHASE_OPEN) {
        return BASE_E_STATE;
    }
    if (!ws_conn_has_room(&c->conn)) {
        c->wants_room = true;
        return BASE_E_LIMIT;
    }
    base_err err = ws_conn_send(&c->conn, message);
    if (err == BASE_OK && !c->conn.blocked) {
        call_soon(c);
    }
    return err;
}

void ws_client_resume(ws_client *c)
{
    ws_conn_resume(&c->conn);
    if (c->state == CLIENT_RUNNING) {
        call_soon(c);
    }
}

void ws_client_close(ws_client *c)
{
    if (c->state == CLIENT_ENDED) {
        return;
    }
    c->closing = true;
    if (is_talking(c)) {
        ws_conn_shut(&c->conn, WS_CODE_NORMAL, "closed by this side");
        c->deadline_ms = clock_ms() + c->config.linger_ms;
    }
    call_soon(c);
}
