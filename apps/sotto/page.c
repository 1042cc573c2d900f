/* The page and its WebSockets; see the header. */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "adapters/clock_os.h"
#include "adapters/page_server.h"
#include "adapters/random_os.h"
#include "agent.h"
#include "base/text.h"
#include "log.h"
#include "page_files.h"
#include "rpc.h"

#define SECRETS_MAX 16
#define SECRET_MS (10 * 60 * 1000)
#define OPEN_MS 10000
#define CODE_NOT_IN_TIME 1008

typedef struct page_secret {
    uint8_t b[PEER_SECRET_BYTES];
    uint64_t until; /* Unix ms; 0: none */
} page_secret;

struct page {
    page_server *server;
    loop_watch watch;
    page_files files;
    page_secret secrets[SECRETS_MAX];
};

/* ---- WebSockets as clients ---- */

static void send_text(peer *p, base_bytes text)
{
    page_socket_send(p->user, text);
}

static void close_socket(peer *p, unsigned code)
{
    page_socket_close(p->user, (uint16_t)code);
}

static const peer_transport transport = {send_text, close_socket};

static void *on_open(void *user, page_socket *socket)
{
    peer *p = calloc(1, sizeof *p);
    if (p == NULL || !peer_join(user, p, &transport, true)) {
        free(p);
        return NULL;
    }
    p->user = socket;
    p->open_by = clock_os_unix_ms() + OPEN_MS;
    return p;
}

static void on_message(void *session, base_bytes text)
{
    rpc_receive(session, text);
}

static void on_close(void *session)
{
    peer_part(session);
    free(session);
}

static void on_ready(void *user, uint32_t events)
{
    (void)events;
    page_server_step(((agent *)user)->page->server);
}

/* ---- starting ---- */

static base_err load(agent *a, const char *web)
{
    char folder[3200];
    if (web == NULL && page_files_find(folder, sizeof folder)) {
        web = folder;
    }
    base_err err = web == NULL ? BASE_E_NOT_FOUND : page_files_load(&a->page->files, web);
    if (err == BASE_E_NOT_FOUND || err == BASE_E_STORE) {
        log_event("no-page", "the page is not installed; build it, or name its folder with --web");
        return BASE_OK;
    }
    return err;
}

static base_err listen_on(agent *a, uint16_t port)
{
    static const page_server_handler handler = {NULL, on_open, on_message, on_close};
    page_server_handler own = handler;
    page_server_config config = {
        .port = port,
        .path = "/rpc",
        .protocol = "sotto.rpc.1",
        .files = a->page->files.v,
        .files_n = a->page->files.n,
        .sockets_max = AGENT_PEERS_MAX,
        .message_max = RPC_REQUEST_MAX,
        .queue_max = RPC_QUEUE_MAX,
    };
    own.user = a;
    return page_server_new(&config, &own, &a->page->server);
}

base_err page_start(agent *a, const char *web, bool port_is_asked)
{
    base_err err = BASE_OK;
    a->page = calloc(1, sizeof *a->page);
    if (a->page == NULL) {
        return BASE_E_NOMEM;
    }
    TRY(load(a, web));
    err = listen_on(a, a->settings.port);
    if (err == BASE_E_EXISTS && !port_is_asked) {
        log_event("port-taken", "another program has the page's port; it moves to a free one");
        err = listen_on(a, 0);
    }
    TRY(err);
    a->page->watch = (loop_watch){page_server_fd(a->page->server), on_ready, a, 0};
    TRY(loop_add(&a->loop, &a->page->watch, (uint32_t)EPOLLIN));
    if (page_port(a) != a->settings.port) {
        a->settings.port = page_port(a);
        TRY(home_settings_write(a->home, &a->settings));
    }
done:
    return err;
}

void page_stop(agent *a)
{
    if (a->page == NULL) {
        return;
    }
    if (a->page->server != NULL) {
        loop_remove(&a->loop, &a->page->watch);
        page_server_free(a->page->server);
    }
    page_files_clear(&a->page->files);
    base_wipe(a->page->secrets, sizeof a->page->secrets);
    free(a->page);
    a->page = NULL;
}

uint16_t page_port(const agent *a)
{
    return page_server_port(a->page->server);
}

/* ---- links ---- */

base_err page_link(agent *a, char out[static PAGE_LINK_MAX])
{
    base_err err = BASE_OK;
    crypto_random random = random_os();
    base_buf text = base_buf_on(NULL);
    page_secret *s = &a->page->secrets[0];
    if (a->page->files.n == 0) {
        return BASE_E_NOT_FOUND;
    }
    for (size_t i = 1; i < SECRETS_MAX; i++) {
        s = a->page->secrets[i].until < s->until ? &a->page->secrets[i] : s; /* the oldest goes */
    }
    s->until = 0;
    TRY(random.fill(random.user, s->b, sizeof s->b));
    TRY(base_text_base64url(base_bytes_of(s->b, sizeof s->b), &text));
    s->until = clock_os_unix_ms() + SECRET_MS;
    (void)snprintf(out, PAGE_LINK_MAX, "http://127.0.0.1:%u/#secret=%.*s", (unsigned)page_port(a),
                   (int)text.n, (const char *)text.p);
done:
    base_buf_clear(&text);
    return err;
}

bool page_secret_take(agent *a, const uint8_t secret[static PEER_SECRET_BYTES])
{
    uint64_t now = clock_os_unix_ms();
    bool good = false;
    for (size_t i = 0; i < SECRETS_MAX; i++) {
        page_secret *s = &a->page->secrets[i];
        bool same =
            base_ct_eq(base_bytes_of(s->b, sizeof s->b), base_bytes_of(secret, PEER_SECRET_BYTES));
        if (same && s->until > now) {
            good = true;
        }
        if (same || s->until <= now) {
            base_wipe(s, sizeof *s);
        }
    }
    return good;
}

/* ---- time ---- */

void page_tick(agent *a)
{
    uint64_t now = clock_os_unix_ms();
    for (size_t i = 0; i < a->peers_n; i++) {
        peer *p = a->peers[i];
        if (p->open_by != 0 && now >= p->open_by) {
            p->open_by = 0;
            peer_leave(p, CODE_NOT_IN_TIME);
        }
    }
}

uint64_t page_wake_at(const agent *a)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < a->peers_n; i++) {
        if (a->peers[i]->open_by != 0) {
            at = agent_soonest(at, a->peers[i]->open_by);
        }
    }
    return at;
}
