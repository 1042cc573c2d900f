/* The Unix socket of the API; see the header. */
#include "sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "log.h"
#include "rpc.h"

#define READ_BYTES ((size_t)64 * 1024)

typedef struct sock_client {
    peer peer; /* first: a peer of this transport is a sock_client */
    int fd;
    loop_watch watch;
    base_buf in;
    base_buf out; /* unsent from out_at on */
    size_t out_at;
    bool ended; /* it says nothing more, and may still read */
    bool gone;
    struct sock_client *next;
} sock_client;

struct sock {
    agent *agent;
    int fd;
    loop_watch watch;
    sock_client *clients;
};

/* ---- writing ---- */

static void write_out(sock_client *c)
{
    while (c->out_at < c->out.n && !c->gone) {
        ssize_t n =
            send(c->fd, c->out.p + c->out_at, c->out.n - c->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (n < 0) {
            c->gone = true;
        } else {
            c->out_at += (size_t)n;
        }
    }
    if (c->out_at == c->out.n) {
        c->out_at = 0;
        c->out.n = 0;
        c->gone = c->gone || c->peer.is_leaving;
    }
    bool more = c->out.n > 0 && !c->gone;
    loop_want(&c->peer.agent->loop, &c->watch,
              (c->ended ? 0 : (uint32_t)EPOLLIN) | (more ? (uint32_t)EPOLLOUT : 0));
}

static void send_line(peer *p, base_bytes text)
{
    sock_client *c = (sock_client *)(void *)p;
    if (c->gone || p->is_leaving) {
        return;
    }
    if (c->out_at > 0 && c->out_at >= c->out.n / 2) {
        memmove(c->out.p, c->out.p + c->out_at, c->out.n - c->out_at);
        c->out.n -= c->out_at;
        c->out_at = 0;
    }
    if (text.n > RPC_QUEUE_MAX || c->out.n - c->out_at > RPC_QUEUE_MAX - text.n ||
        base_buf_append(&c->out, text) != BASE_OK ||
        base_buf_append(&c->out, base_bytes_of("\n", 1)) != BASE_OK) {
        c->gone = true; /* it does not read fast enough */
    }
    write_out(c);
}

static void leave(peer *p, unsigned code)
{
    (void)code;
    write_out((sock_client *)(void *)p);
}

static const peer_transport transport = {send_line, leave};

/* ---- reading ---- */

static void take_lines(sock_client *c)
{
    size_t at = 0;
    while (at < c->in.n) {
        const uint8_t *end = memchr(c->in.p + at, '\n', c->in.n - at);
        if (end == NULL) {
            break;
        }
        size_t n = (size_t)(end - (c->in.p + at));
        if (n > RPC_REQUEST_MAX) {
            rpc_refuse(&c->peer, FAULT_LIMIT);
        } else if (n > 0) {
            rpc_receive(&c->peer, base_bytes_of(c->in.p + at, n));
        }
        at += n + 1;
    }
    memmove(c->in.p, c->in.p + at, c->in.n - at);
    c->in.n -= at;
    if (c->in.n > RPC_REQUEST_MAX && !c->peer.is_deaf) {
        rpc_refuse(&c->peer, FAULT_LIMIT);
    }
    if (c->peer.is_deaf) {
        c->in.n = 0;
    }
}

static void on_ready(void *user, uint32_t events)
{
    sock_client *c = user;
    uint8_t bytes[16384];
    size_t taken = 0;
    if ((events & (uint32_t)(EPOLLHUP | EPOLLERR)) != 0 && c->ended) {
        c->gone = true;
    }
    if ((events & (uint32_t)EPOLLOUT) != 0) {
        write_out(c);
    }
    while (taken < READ_BYTES && !c->gone && !c->ended) {
        ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (n < 0) {
            c->gone = true;
            break;
        }
        if (n == 0) {
            c->ended = true; /* what it asked is answered before it goes */
            write_out(c);
            break;
        }
        if (base_buf_append(&c->in, base_bytes_of(bytes, (size_t)n)) != BASE_OK) {
            c->gone = true;
        }
        taken += (size_t)n;
    }
    if (c->in.n > 0) {
        take_lines(c);
    }
}

/* ---- clients ---- */

static void free_client(sock_client *c)
{
    loop_remove(&c->peer.agent->loop, &c->watch);
    peer_part(&c->peer);
    (void)close(c->fd);
    base_buf_clear(&c->in);
    base_buf_clear(&c->out);
    free(c);
}

static void take_client(agent *a, int fd)
{
    static const char full[] =
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1003,"
        "\"message\":\"Too many connections.\",\"data\":{\"name\":\"busy\"}}}\n";
    sock_client *c = calloc(1, sizeof *c);
    if (c == NULL || !peer_join(a, &c->peer, &transport, false)) {
        (void)send(fd, full, sizeof full - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)close(fd);
        free(c);
        return;
    }
    c->fd = fd;
    c->watch = (loop_watch){fd, on_ready, c, 0};
    c->next = a->sock->clients;
    a->sock->clients = c;
    c->gone = loop_add(&a->loop, &c->watch, (uint32_t)EPOLLIN) != BASE_OK;
}

static void on_accept(void *user, uint32_t events)
{
    agent *a = user;
    (void)events;
    for (;;) {
        int fd = accept4(a->sock->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        take_client(a, fd);
    }
}

void sock_tick(agent *a)
{
    sock_client **at = &a->sock->clients;
    while (*at != NULL) {
        sock_client *c = *at;
        bool answered = c->peer.waiting == 0 && c->out.n == 0;
        if (c->gone || (c->ended && answered)) {
            *at = c->next;
            free_client(c);
        } else {
            at = &c->next;
        }
    }
}

base_err sock_start(agent *a)
{
    a->sock = calloc(1, sizeof *a->sock);
    if (a->sock == NULL) {
        return BASE_E_NOMEM;
    }
    a->sock->agent = a;
    a->sock->fd = home_listen(a->home);
    if (a->sock->fd < 0) {
        return BASE_E_STATE;
    }
    a->sock->watch = (loop_watch){a->sock->fd, on_accept, a, 0};
    return loop_add(&a->loop, &a->sock->watch, (uint32_t)EPOLLIN);
}

void sock_stop(agent *a)
{
    if (a->sock == NULL) {
        return;
    }
    while (a->sock->clients != NULL) {
        sock_client *c = a->sock->clients;
        a->sock->clients = c->next;
        free_client(c);
    }
    if (a->sock->fd >= 0) {
        loop_remove(&a->loop, &a->sock->watch);
        (void)close(a->sock->fd);
        log_result("socket", home_remove(a->home, HOME_SOCKET));
    }
    free(a->sock);
    a->sock = NULL;
}
