/* The agent's loopback server; see the header. What its owner sees is an epoll descriptor that
 * holds the listening socket, the connections and a timer for the next deadline. */
#include "page_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <wslay/wslay.h>

#include "page_http.h"

#define CONNECTIONS_MAX 64
#define HEAD_MS 10000                   /* for a request's head */
#define ANSWER_MS 20000                 /* for the answer to be taken */
#define LINGER_MS 3000                  /* for a goodbye */
#define TURN_BYTES ((size_t)256 * 1024) /* read from one socket in one step */
#define CODE_TOO_SLOW 1013
#define CODE_UNSUPPORTED 1003
#define CODE_GOING 1001

typedef enum socket_phase {
    PHASE_HEAD,    /* a request comes */
    PHASE_ANSWER,  /* a file, or a refusal, goes */
    PHASE_DRAIN,   /* all has gone; wait for the other side to close, or it may not read it */
    PHASE_OPEN,    /* a WebSocket */
    PHASE_LEAVING, /* its goodbye is on the way */
    PHASE_DEAD
} socket_phase;

struct page_socket {
    page_server *server;
    int fd;
    socket_phase phase;
    uint64_t deadline_ms; /* 0: none */
    uint32_t interest;
    base_buf in;     /* a request's head */
    base_buf out;    /* an answer's head */
    base_bytes body; /* of a file */
    size_t sent;     /* of out and body together */
    wslay_event_context_ptr ws;
    void *session; /* NULL once close() was called */
    uint16_t code; /* to say goodbye with, once all is out; 0: stay */
    size_t taken;  /* bytes read in this step */
};

struct page_server {
    page_server_config config;
    page_server_handler handler;
    page_rules rules;
    int epoll;
    int timer;
    int listener;
    uint64_t now_ms;
    page_socket *sockets[CONNECTIONS_MAX];
    size_t sockets_n;
    size_t open_n;
};

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- one connection ---- */

static void watch(page_socket *c, uint32_t want)
{
    struct epoll_event event = {.events = want, .data.ptr = c};
    if (want != c->interest && epoll_ctl(c->server->epoll, EPOLL_CTL_MOD, c->fd, &event) == 0) {
        c->interest = want;
    }
}

static void end_session(page_socket *c)
{
    if (c->session != NULL) {
        void *session = c->session;
        c->session = NULL;
        c->server->open_n--;
        c->server->handler.close(session);
    }
}

static void die(page_socket *c)
{
    c->phase = PHASE_DEAD;
}

/* Let the timer fire at the nearest deadline. */
static void arm(page_server *s)
{
    uint64_t next = 0;
    for (size_t i = 0; i < s->sockets_n; i++) {
        uint64_t at = s->sockets[i]->phase == PHASE_DEAD ? 1 : s->sockets[i]->deadline_ms;
        if (at != 0 && (next == 0 || at < next)) {
            next = at;
        }
    }
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(next / 1000), .tv_nsec = (long)(next % 1000) * 1000000}};
    (void)timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void set_deadline(page_socket *c, uint64_t ms)
{
    c->deadline_ms = clock_ms() + ms;
    arm(c->server);
}

/* All is written: close once the other side has. */
static void begin_drain(page_socket *c)
{
    end_session(c);
    (void)shutdown(c->fd, SHUT_WR);
    c->phase = PHASE_DRAIN;
    set_deadline(c, LINGER_MS);
    watch(c, (uint32_t)EPOLLIN);
}

static void begin_answer(page_socket *c, int status, const page_file *file)
{
    static const char plain[] = "text/plain; charset=utf-8";
    const char *type = file != NULL ? file->type : plain;
    c->body = file != NULL ? file->body : BASE_BYTES_NONE;
    if (page_answer_write(&c->out, status, type, c->body.n, NULL, &c->server->rules) != BASE_OK) {
        die(c);
        return;
    }
    c->phase = PHASE_ANSWER;
    set_deadline(c, ANSWER_MS);
    watch(c, (uint32_t)EPOLLOUT);
}

static const page_file *find_file(const page_server *s, const char *target)
{
    for (size_t i = 0; i < s->config.files_n; i++) {
        if (strcmp(s->config.files[i].target, target) == 0) {
            return &s->config.files[i];
        }
    }
    return NULL;
}

/* ---- WebSocket: what wslay asks and tells ---- */

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *user)
{
    page_socket *c = user;
    (void)flags;
    if (c->taken >= TURN_BYTES) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK); /* epoll says it again */
        return -1;
    }
    ssize_t n = recv(c->fd, buf, len, MSG_DONTWAIT);
    if (n > 0) {
        c->taken += (size_t)n;
        return n;
    }
    bool wait = n < 0 && (errno == EAGAIN || errno == EINTR);
    wslay_event_set_error(ctx, wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags,
                       void *user)
{
    const page_socket *c = user;
    (void)flags;
    ssize_t n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
        return n;
    }
    bool wait = errno == EAGAIN || errno == EINTR;
    wslay_event_set_error(ctx, wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *arg,
                       void *user)
{
    page_socket *c = user;
    (void)ctx;
    if (c->phase != PHASE_OPEN || wslay_is_ctrl_frame(arg->opcode)) {
        return; /* wslay answers pings and closes itself */
    }
    if (arg->opcode != WSLAY_TEXT_FRAME) {
        page_socket_close(c, CODE_UNSUPPORTED);
        return;
    }
    if (c->code == 0) {
        c->server->handler.message(c->session, base_bytes_of(arg->msg, arg->msg_length));
    }
}

static void begin_socket(page_socket *c, const page_request *request)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .on_msg_recv_callback = on_message,
    };
    page_server *s = c->server;
    if (s->open_n >= s->config.sockets_max) {
        begin_answer(c, 503, NULL);
        return;
    }
    c->session = s->handler.open(s->handler.user, c);
    if (c->session == NULL) {
        begin_answer(c, 503, NULL);
        return;
    }
    s->open_n++;
    if (page_answer_write(&c->out, 101, NULL, 0, request, &s->rules) != BASE_OK ||
        wslay_event_context_server_init(&c->ws, &callbacks, c) != 0) {
        die(c);
        return;
    }
    wslay_event_config_set_max_recv_msg_length(c->ws, s->config.message_max);
    base_buf_clear(&c->in);
    c->phase = PHASE_OPEN;
    c->deadline_ms = 0;
    watch(c, (uint32_t)(EPOLLIN | EPOLLOUT));
}

/* ---- reading and writing ---- */

static void read_head(page_socket *c)
{
    uint8_t bytes[4096];
    page_request request;
    ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0 || base_buf_append(&c->in, base_bytes_of(bytes, (size_t)n)) != BASE_OK) {
        die(c);
        return;
    }
    int status = page_request_judge(base_buf_bytes(&c->in), &c->server->rules, &request);
    if (status == 101) {
        begin_socket(c, &request);
    } else if (status == 200) {
        const page_file *file = find_file(c->server, request.target);
        begin_answer(c, file != NULL ? 200 : 404, file);
    } else if (status != 0) {
        begin_answer(c, status, NULL);
    }
}

/* Write what is left of the answer's head and body. True when all is out. */
static bool write_answer(page_socket *c)
{
    while (c->sent < c->out.n + c->body.n) {
        bool head = c->sent < c->out.n;
        size_t at = head ? c->sent : c->sent - c->out.n;
        const uint8_t *p = head ? c->out.p : c->body.p;
        size_t left = (head ? c->out.n : c->body.n) - at;
        ssize_t n = send(c->fd, p + at, left, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            die(c);
        }
        if (n < 0) {
            return false;
        }
        c->sent += (size_t)n;
    }
    return true;
}

static void drain(page_socket *c)
{
    uint8_t bytes[4096];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        die(c);
    }
}

static void leave(page_socket *c, uint16_t code)
{
    c->phase = PHASE_LEAVING;
    set_deadline(c, LINGER_MS);
    if (wslay_event_queue_close(c->ws, code, NULL, 0) != 0) {
        die(c);
        arm(c->server);
    }
}

static void step_socket(page_socket *c, uint32_t events)
{
    c->taken = 0;
    if (!write_answer(c)) { /* the 101 goes first */
        return;
    }
    if ((events & (uint32_t)(EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && wslay_event_recv(c->ws) != 0) {
        die(c);
        return;
    }
    if (wslay_event_send(c->ws) != 0) {
        die(c);
        return;
    }
    if (c->code != 0 && c->phase == PHASE_OPEN && !wslay_event_want_write(c->ws)) {
        leave(c, c->code);
        if (c->phase != PHASE_DEAD && wslay_event_send(c->ws) != 0) {
            die(c);
        }
    }
    if (c->phase == PHASE_DEAD) {
        return;
    }
    if (!wslay_event_want_read(c->ws) && !wslay_event_want_write(c->ws)) {
        begin_drain(c); /* both said goodbye, or what came made no sense and that was said */
        return;
    }
    watch(c, (wslay_event_want_read(c->ws) ? (uint32_t)EPOLLIN : 0) |
                 (wslay_event_want_write(c->ws) ? (uint32_t)EPOLLOUT : 0));
}

static void step_connection(page_socket *c, uint32_t events)
{
    switch (c->phase) {
    case PHASE_HEAD:
        read_head(c);
        break;
    case PHASE_ANSWER:
        if ((events & (uint32_t)(EPOLLHUP | EPOLLERR)) != 0) {
            die(c);
        } else if (write_answer(c)) {
            begin_drain(c);
        }
        break;
    case PHASE_DRAIN:
        drain(c);
        break;
    case PHASE_OPEN:
    case PHASE_LEAVING:
        step_socket(c, events);
        break;
    case PHASE_DEAD:
        break;
    }
}

/* ---- the owner's words ---- */

void page_socket_send(page_socket *c, base_bytes text)
{
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, text.p, text.n};
    if (c->phase != PHASE_OPEN || c->code != 0) {
        return;
    }
    size_t queued = wslay_event_get_queued_msg_length(c->ws);
    if (queued > c->server->config.queue_max || text.n > c->server->config.queue_max - queued) {
        leave(c, CODE_TOO_SLOW);
    } else if (wslay_event_queue_msg(c->ws, &message) != 0) {
        leave(c, CODE_TOO_SLOW);
    }
    watch(c, c->interest | (uint32_t)EPOLLOUT);
}

void page_socket_close(page_socket *c, uint16_t code)
{
    if (c->phase == PHASE_OPEN && c->code == 0) {
        c->code = code;
        set_deadline(c, LINGER_MS);
        watch(c, c->interest | (uint32_t)EPOLLOUT);
    }
}

/* ---- all of them ---- */

static void socket_free(page_socket *c)
{
    end_session(c);
    if (c->ws != NULL) {
        wslay_event_context_free(c->ws);
    }
    (void)close(c->fd);
    base_buf_clear(&c->in);
    base_buf_clear(&c->out);
    free(c);
}

static void accept_all(page_server *s)
{
    for (;;) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        int on = 1;
        page_socket *c = s->sockets_n < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
        struct epoll_event event = {.events = (uint32_t)EPOLLIN, .data.ptr = c};
        if (c == NULL || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
            free(c);
            (void)close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        c->server = s;
        c->fd = fd;
        c->interest = (uint32_t)EPOLLIN;
        c->deadline_ms = s->now_ms + HEAD_MS;
        s->sockets[s->sockets_n++] = c;
    }
}

static void sweep(page_server *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->sockets_n; i++) {
        page_socket *c = s->sockets[i];
        if (c->deadline_ms != 0 && s->now_ms >= c->deadline_ms) {
            die(c);
        }
        if (c->phase == PHASE_DEAD) {
            socket_free(c);
        } else {
            s->sockets[kept++] = c;
        }
    }
    s->sockets_n = kept;
    arm(s);
}

void page_server_step(page_server *s)
{
    struct epoll_event events[CONNECTIONS_MAX + 2];
    uint64_t fired = 0;
    s->now_ms = clock_ms();
    int n = epoll_wait(s->epoll, events, CONNECTIONS_MAX + 2, 0);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == &s->listener) {
            accept_all(s);
        } else if (events[i].data.ptr == &s->timer) {
            (void)!read(s->timer, &fired, sizeof fired);
        } else {
            step_connection(events[i].data.ptr, events[i].events);
        }
    }
    sweep(s);
}

static base_err listen_on(page_server *s)
{
    int on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(s->config.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listener < 0) {
        return BASE_E_STATE;
    }
    (void)setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s->listener, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(s->listener, 32) != 0) {
        return errno == EADDRINUSE ? BASE_E_EXISTS : BASE_E_STATE;
    }
    if (getsockname(s->listener, (struct sockaddr *)&at, &size) != 0) {
        return BASE_E_STATE;
    }
    s->rules = (page_rules){ntohs(at.sin_port), s->config.path, s->config.protocol};
    return BASE_OK;
}

static base_err watch_own(page_server *s, int *fd)
{
    struct epoll_event event = {.events = (uint32_t)EPOLLIN, .data.ptr = fd};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, *fd, &event) == 0 ? BASE_OK : BASE_E_NOMEM;
}

base_err page_server_new(const page_server_config *config, const page_server_handler *handler,
                         page_server **out)
{
    base_err err = BASE_OK;
    page_server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return BASE_E_NOMEM;
    }
    s->config = *config;
    s->handler = *handler;
    s->now_ms = clock_ms();
    s->listener = -1;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    REQUIRE(s->epoll >= 0 && s->timer >= 0, BASE_E_NOMEM);
    TRY(listen_on(s));
    TRY(watch_own(s, &s->listener));
    TRY(watch_own(s, &s->timer));
    *out = s;
    s = NULL;
done:
    page_server_free(s);
    return err;
}

void page_server_free(page_server *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->sockets_n; i++) {
        page_socket *c = s->sockets[i];
        if (c->phase == PHASE_OPEN && wslay_event_queue_close(c->ws, CODE_GOING, NULL, 0) == 0) {
            (void)wslay_event_send(c->ws);
        }
        socket_free(c);
    }
    int fds[] = {s->listener, s->timer, s->epoll};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    free(s);
}

int page_server_fd(const page_server *s)
{
    return s->epoll;
}

uint16_t page_server_port(const page_server *s)
{
    return s->rules.port;
}
