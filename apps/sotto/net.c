/* The agent's connections to relays; see the header. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "adapters/clock_os.h"
#include "base/bytes.h"
#include "log.h"
#include "wire/limits.h"

#define PROTOCOL "sotto.relay.1"
#define PATH "/sotto" /* docs/protocol.md, section 1: a relay's URL has none */
#define QUEUE_MAX ((size_t)32 << 20)
#define URL_MAX 512

typedef struct net_conn {
    net *net;
    uint32_t id;       /* as the core knows it; 0: the core has let go of it */
    ws_client *client; /* NULL: it never began */
    ws_client_handler handler;
    loop_watch watch;
    base_buf *queue; /* frames that did not fit: queue_n from queue_at on */
    size_t queue_at, queue_n, queue_cap;
    size_t queued; /* bytes */
    bool ended;
    char why[256];
    struct net_conn *next;
} net_conn;

struct net {
    net_config config;
    char home_url[URL_MAX];
    char ca_file[4096];
    ws_tls *tls;      /* the system's certificates */
    ws_tls *tls_home; /* and the person's own */
    net_conn *conns;  /* all of them */
};

static net_conn *find(net *n, uint32_t id)
{
    net_conn *c = n->conns;
    while (c != NULL && c->id != id) {
        c = c->next;
    }
    return c;
}

static void queue_clear(net_conn *c)
{
    for (size_t i = c->queue_at; i < c->queue_n; i++) {
        base_buf_clear(&c->queue[i]);
    }
    free(c->queue);
    c->queue = NULL;
    c->queue_at = c->queue_n = c->queue_cap = c->queued = 0;
}

static void fail(net_conn *c, const char *why)
{
    if (!c->ended) {
        c->ended = true;
        (void)snprintf(c->why, sizeof c->why, "%s", why);
    }
}

/* ---- what ws_client tells ---- */

static void on_open(void *user)
{
    net_conn *c = user;
    if (c->id != 0) {
        log_result("conn-up", sotto_conn_up(c->net->config.core, c->id, clock_os_unix_ms()));
    }
}

static bool on_message(void *user, base_bytes message)
{
    net_conn *c = user;
    if (c->id != 0) {
        log_result("frame",
                   sotto_conn_frame(c->net->config.core, c->id, message, clock_os_unix_ms()));
    }
    return true;
}

/* Send from the queue until it is empty or there is no room. */
static void send_queue(net_conn *c)
{
    while (c->queue_at < c->queue_n && !c->ended) {
        base_err err = ws_client_send(c->client, base_buf_bytes(&c->queue[c->queue_at]));
        if (err == BASE_E_LIMIT) {
            return; /* on_room() comes */
        }
        if (err != BASE_OK) {
            fail(c, "the connection failed");
            return;
        }
        c->queued -= c->queue[c->queue_at].n;
        base_buf_clear(&c->queue[c->queue_at]);
        c->queue_at++;
    }
    c->queue_at = c->queue_n = 0;
}

static void on_room(void *user)
{
    send_queue(user);
}

static void on_end(void *user, ws_client_end why, unsigned code, const char *text)
{
    net_conn *c = user;
    (void)why;
    (void)code;
    fail(c, text);
}

static void on_ready(void *user, uint32_t events)
{
    net_conn *c = user;
    (void)events;
    ws_client_step(c->client);
}

/* ---- opening ---- */

static ws_tls *tls_for(net *n, bool home)
{
    bool own = home && n->ca_file[0] != '\0';
    ws_tls **tls = own ? &n->tls_home : &n->tls;
    char text[WS_TEXT_MAX] = {0};
    if (*tls == NULL && ws_tls_client_new(own ? n->ca_file : NULL, text, tls) != BASE_OK) {
        log_event("tls-failed", text);
    }
    return *tls;
}

static const char *begin(net_conn *c, const char *url)
{
    net *n = c->net;
    char full[URL_MAX + sizeof PATH];
    bool home = strcmp(url, n->home_url) == 0;
    ws_client_config config = ws_client_defaults();
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/') {
        size--;
    }
    if (size >= URL_MAX) {
        return "the relay's address is too long";
    }
    (void)snprintf(full, sizeof full, "%.*s" PATH, (int)size, url);
    config.url = full;
    config.protocol = PROTOCOL;
    config.allow_plain = home;
    config.allow_local = home;
    config.max_message = WIRE_FRAME_MAX;
    if (strncmp(url, "wss:", 4) == 0) {
        config.tls = tls_for(n, home);
    }
    switch (ws_client_new(&config, &c->handler, &c->client)) {
    case BASE_OK:
        break;
    case BASE_E_VALUE:
        return "the relay's address is malformed";
    case BASE_E_ARGUMENT:
        return config.tls == NULL && strncmp(url, "wss:", 4) == 0
                   ? "TLS cannot be set up on this machine"
                   : "plain connections are made only to a relay of your own choice";
    default:
        return "out of memory";
    }
    c->watch = (loop_watch){.fd = ws_client_fd(c->client), .ready = on_ready, .user = c};
    if (loop_add(n->config.loop, &c->watch, (uint32_t)EPOLLIN) != BASE_OK) {
        ws_client_free(c->client);
        c->client = NULL;
        return "out of memory";
    }
    return NULL;
}

static void open_conn(net *n, uint32_t id, const char *url)
{
    net_conn *c = calloc(1, sizeof *c);
    if (c == NULL) {
        log_event("out-of-memory", "");
        return; /* the core's own time-out comes */
    }
    c->net = n;
    c->id = id;
    c->next = n->conns;
    n->conns = c;
    c->handler = (ws_client_handler){c, on_open, on_message, on_room, on_end};
    const char *why = begin(c, url);
    if (why != NULL) {
        fail(c, why);
    }
}

static void free_conn(net *n, net_conn *c)
{
    for (net_conn **at = &n->conns; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    if (c->client != NULL) {
        loop_remove(n->config.loop, &c->watch);
        ws_client_free(c->client);
    }
    queue_clear(c);
    free(c);
}

/* ---- the core's commands ---- */

static bool queue_push(net_conn *c, base_bytes frame)
{
    if (frame.n > QUEUE_MAX - c->queued) {
        return false;
    }
    if (c->queue_n == c->queue_cap) {
        size_t cap = c->queue_cap == 0 ? 16 : c->queue_cap * 2;
        base_buf *more = realloc(c->queue, cap * sizeof *more);
        if (more == NULL) {
            return false;
        }
        c->queue = more;
        c->queue_cap = cap;
    }
    base_buf copy = base_buf_on(NULL);
    if (base_buf_set(&copy, frame) != BASE_OK) {
        return false;
    }
    c->queue[c->queue_n++] = copy;
    c->queued += frame.n;
    return true;
}

static void send_frame(net_conn *c, base_bytes frame)
{
    base_err err = BASE_E_LIMIT;
    if (c->ended) {
        return;
    }
    if (c->queue_at == c->queue_n) {
        err = ws_client_send(c->client, frame);
    }
    if (err == BASE_E_LIMIT && queue_push(c, frame)) {
        return;
    }
    if (err != BASE_OK) {
        fail(c, "the connection failed");
    }
}

void net_command(net *n, const sotto_command *command)
{
    net_conn *c = find(n, command->conn);
    switch (command->kind) {
    case SOTTO_CMD_CONNECT:
        if (c != NULL) {
            c->id = 0;
        }
        open_conn(n, command->conn, command->url);
        break;
    case SOTTO_CMD_SEND:
        if (c != NULL) {
            send_frame(c, command->frame);
        }
        break;
    case SOTTO_CMD_CLOSE:
        if (c != NULL) {
            c->id = 0;
            if (c->client != NULL && !c->ended) {
                ws_client_close(c->client);
            }
        }
        break;
    case SOTTO_CMD_EVENT:
        break;
    }
}

bool net_report(net *n)
{
    bool some = false;
    net_conn *next = NULL;
    for (net_conn *c = n->conns; c != NULL; c = next) {
        next = c->next;
        if (!c->ended) {
            continue;
        }
        if (c->id != 0) {
            some = true;
            log_event("conn-down", c->why);
            log_result("conn-down",
                       sotto_conn_down(n->config.core, c->id, c->why, clock_os_unix_ms()));
        }
        free_conn(n, c);
    }
    return some;
}

base_err net_new(const net_config *config, net **out)
{
    net *n = calloc(1, sizeof *n);
    if (n == NULL) {
        return BASE_E_NOMEM;
    }
    n->config = *config;
    int url = snprintf(n->home_url, sizeof n->home_url, "%s", config->home_url);
    int ca = snprintf(n->ca_file, sizeof n->ca_file, "%s",
                      config->ca_file != NULL ? config->ca_file : "");
    if (url < 0 || (size_t)url >= sizeof n->home_url || ca < 0 || (size_t)ca >= sizeof n->ca_file) {
        free(n);
        return BASE_E_LIMIT;
    }
    n->config.home_url = n->home_url;
    n->config.ca_file = n->ca_file;
    *out = n;
    return BASE_OK;
}

void net_free(net *n)
{
    if (n == NULL) {
        return;
    }
    while (n->conns != NULL) {
        free_conn(n, n->conns);
    }
    ws_tls_free(n->tls);
    ws_tls_free(n->tls_home);
    free(n);
}
