/* The relay at work; see the header. One event loop on one thread: each turn hands all that came to
 * the relay, makes it durable once, and lets each connection write once. */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/clock_os.h"
#include "adapters/digest_openssl.h"
#include "adapters/relay_random_os.h"
#include "adapters/ws_server.h"
#include "base/ct.h"
#include "data.h"
#include "log.h"
#include "relay/relay.h"
#include "wire/limits.h"

#define WS_PATH "/sotto"              /* docs/protocol.md, section 1 */
#define WS_PROTOCOL "sotto.relay.1"   /* likewise */
#define SHED_SECONDS 4                /* between two times that sessions make room: to be gone */
#define PLACES_FREE(n) ((n) / 16 + 1) /* of n places so many are kept free */
#define RETRY_SECONDS 3               /* to the next relay_tick() after one that failed */
#define SPARE_FILES 64                /* descriptors that are no connections */

typedef struct service {
    data db;
    digest_openssl *digest;
    relay *relay;
    ws_tls *tls;
    ws_server *server;
    ws_server_handler handler;
    base_buf postage;
    const options *options;
    size_t places;    /* connections at once */
    unsigned seconds; /* since the last relay_tick() */
    unsigned shed;    /* seconds since sessions had to make room */
    uint64_t said_ms; /* when a failing store was last logged */
} service;

typedef struct talk {
    service *service;
    ws_peer *peer;
    relay_session *session;
    bool held; /* told not to read on */
    bool last; /* the relay stops: FAIL(CLOSING) is its last frame */
} talk;

/* ---- what the server asks ---- */

static void *on_open(void *user, ws_peer *peer)
{
    service *s = user;
    talk *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->service = s;
    t->peer = peer;
    /* Decided by how the relay was started, never by the peer's address: behind a proxy every peer
     * looks like loopback. options.c sees to it that without postage all listeners are loopback. */
    bool free_postage = s->postage.n == 0;
    if (relay_session_new(s->relay, free_postage, t, clock_os_unix_ms(), &t->session) != BASE_OK) {
        free(t);
        return NULL;
    }
    /* The name a person sees in WELCOME, so that a report and a log line can be matched. */
    base_bytes tag = relay_session_tag(t->session);
    ws_peer_set_tag(peer, (uint32_t)tag.p[0] << 24 | (uint32_t)tag.p[1] << 16 |
                              (uint32_t)tag.p[2] << 8 | tag.p[3]);
    return t;
}

static int on_message(void *session, base_bytes message)
{
    talk *t = session;
    relay_session_feed(t->session, message, clock_os_unix_ms());
    t->held = !relay_session_ready(t->session);
    return t->held ? WS_SERVER_HOLD : WS_SERVER_GO;
}

static bool on_fill(void *session)
{
    talk *t = session;
    for (;;) {
        base_bytes frame = relay_session_front(t->session);
        if (frame.n == 0) {
            break;
        }
        if (!ws_peer_send(t->peer, frame)) {
            return true;
        }
        relay_session_pop(t->session, clock_os_unix_ms());
    }
    if (relay_session_closing(t->session)) {
        ws_peer_close(t->peer, t->last ? 1001 : 1008);
    } else if (t->held && relay_session_ready(t->session)) {
        t->held = false;
        ws_peer_resume(t->peer);
    }
    return false;
}

static void on_close(void *session)
{
    talk *t = session;
    relay_session_free(t->session);
    free(t);
}

static void on_stop(void *session)
{
    talk *t = session;
    t->last = true;
    relay_session_stop(t->session);
}

static void store_failed(service *s)
{
    uint64_t now = clock_os_steady_ms();
    if (s->said_ms == 0 || now - s->said_ms > 1000) {
        s->said_ms = now;
        log_event("store-failed", "why=%s", log_quote(log_sqlite_message(s->db.store)));
    }
}

static void wake_busy(service *s)
{
    for (relay_session *r = relay_next_busy(s->relay); r != NULL; r = relay_next_busy(s->relay)) {
        talk *t = relay_session_user(r);
        ws_peer_wake(t->peer);
    }
}

static void on_turn(void *user)
{
    service *s = user;
    if (relay_pending(s->relay) && relay_flush(s->relay, clock_os_unix_ms()) != BASE_OK) {
        store_failed(s);
    }
    wake_busy(s);
}

/* Idle connections must not take all places. Those that close take some seconds to be gone. */
static void make_room(service *s)
{
    size_t taken = ws_server_peers(s->server) + PLACES_FREE(s->places);
    size_t n = 0;
    s->shed++;
    if (taken > s->places && s->shed >= SHED_SECONDS) {
        s->shed = 0;
        n = taken - s->places;
    }
    n = relay_shed(s->relay, n, clock_os_unix_ms());
    if (n > 0) {
        log_event("crowded", "closed=%zu", n);
    }
}

static void on_tick(void *user)
{
    service *s = user;
    bool more = false;
    make_room(s);
    s->seconds++;
    if (s->seconds < RELAY_TICK_SECONDS) {
        wake_busy(s);
        return;
    }
    s->seconds = 0;
    if (relay_tick(s->relay, clock_os_unix_ms(), &more) != BASE_OK) {
        store_failed(s);
        s->seconds = RELAY_TICK_SECONDS - RETRY_SECONDS;
    } else if (more) {
        s->seconds = RELAY_TICK_SECONDS - 1;
    }
    wake_busy(s);
}

static void on_note(void *user, uint32_t tag, const char *event, const char *why, unsigned code)
{
    const service *s = user;
    bool common = strcmp(event, "open") == 0 || strcmp(event, "close") == 0;
    if (common && !s->options->verbose) {
        return;
    }
    if (tag == 0) {
        log_event(event, "why=%s", log_quote(why == NULL ? "" : why));
    } else if (why == NULL) {
        log_event(event, "tag=%08x", (unsigned)tag);
    } else {
        log_event(event, "tag=%08x code=%u why=%s", (unsigned)tag, code, log_quote(why));
    }
}

/* ---- signals ---- */

static ws_server *volatile stopping; /* the server that a signal stops */

static void on_signal(int number)
{
    (void)number;
    if (stopping != NULL) {
        ws_server_stop(stopping);
    }
}

static void watch_signals(void)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction stop = {.sa_handler = on_signal};
    (void)sigemptyset(&stop.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        (void)sigaction(ends[i], &stop, NULL);
    }
}

/* What a write says by its result. A limit on the size of files is a full disk. */
static void ignore_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
}

/* ---- starting ---- */

static bool complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "sottod: %s%s%s\n", what, why[0] == '\0' ? "" : ": ", why);
    return false;
}

/* The shared secret: the file without the line end an editor leaves. */
static bool read_postage(const char *path, base_buf *out)
{
    uint8_t text[WIRE_POSTAGE_MAX + 3];
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return complain(path, strerror(errno));
    }
    size_t n = fread(text, 1, sizeof text, f);
    bool failed = ferror(f) != 0;
    bool open_to_all = fstat(fileno(f), &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    (void)fclose(f);
    if (n > 0 && text[n - 1] == '\n') {
        n--;
    }
    if (n > 0 && text[n - 1] == '\r') {
        n--;
    }
    bool ok = !failed && n > 0 && n <= WIRE_POSTAGE_MAX &&
              base_buf_set(out, base_bytes_of(text, n)) == BASE_OK;
    base_wipe(text, sizeof text);
    if (!ok) {
        return complain(path, "the postage is 1 to 255 bytes on one line");
    }
    if (open_to_all) {
        log_event("warn", "why=%s", log_quote("other users of this machine can read the postage"));
    }
    return true;
}

/* As many descriptors as the connections need, or as the system allows. */
static size_t allow_connections(size_t wanted)
{
    struct rlimit limit = {0};
    rlim_t need = (rlim_t)wanted + SPARE_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return wanted;
    }
    if (limit.rlim_cur < need) {
        limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < need) {
        size_t got = limit.rlim_cur > SPARE_FILES ? (size_t)limit.rlim_cur - SPARE_FILES : 1;
        log_event("warn", "connections=%zu why=%s", got,
                  log_quote("the system allows no more descriptors"));
        return got;
    }
    return wanted;
}

static bool start_relay(service *s)
{
    relay_ports ports = {0};
    relay_config config = {.postage = base_buf_bytes(&s->postage)};
    if (digest_openssl_new(&s->digest) != BASE_OK) {
        return complain("OpenSSL has no SHA-256", "");
    }
    ports.store = log_sqlite_store(s->db.store);
    ports.digest = digest_openssl_port(s->digest);
    ports.random = relay_random_os();
    base_err err = relay_new(&ports, &config, &s->relay);
    return err == BASE_OK || complain("cannot start", base_err_text(err));
}

static bool start_server(service *s)
{
    const options *o = s->options;
    char text[WS_TEXT_MAX] = {0};
    size_t bad = 0;
    ws_server_config config = ws_server_defaults();
    s->handler = (ws_server_handler){.user = s,
                                     .open = on_open,
                                     .message = on_message,
                                     .fill = on_fill,
                                     .close = on_close,
                                     .stop = on_stop,
                                     .turn = on_turn,
                                     .tick = on_tick,
                                     .note = on_note};
    config.listen = o->listen;
    config.listen_n = o->listen_n;
    config.listen_must = o->listen_must;
    config.tls = s->tls;
    config.rules = (ws_rules){.path = WS_PATH, .protocol = WS_PROTOCOL};
    s->places = allow_connections(o->connections);
    config.max_peers = s->places;
    config.max_message = WIRE_FRAME_MAX;
    if (ws_server_new(&config, &s->handler, text, &bad, &s->server) != BASE_OK) {
        return complain(o->listen_text[bad], text);
    }
    return true;
}

static bool start(service *s, const options *o)
{
    char text[WS_TEXT_MAX] = {0};
    struct rlimit none = {0};
    *s = (service){.options = o, .db = {.lock = -1}};
    (void)umask(077);
    ignore_signals();
    (void)setrlimit(RLIMIT_CORE, &none); /* a core file would keep what the store deletes */
    if (o->postage_file != NULL && !read_postage(o->postage_file, &s->postage)) {
        return false;
    }
    if (o->cert != NULL && ws_tls_server_new(o->cert, o->key, text, &s->tls) != BASE_OK) {
        return complain(text, "");
    }
    return data_open(o->data, false, &s->db) && start_relay(s) && start_server(s);
}

static void end(service *s)
{
    stopping = NULL;
    ws_server_free(s->server);
    relay_free(s->relay);
    digest_openssl_free(s->digest);
    ws_tls_free(s->tls);
    data_close(&s->db);
    base_buf_clear(&s->postage);
}

/* The lines that tell an operator, and a script, that it is up. */
static void announce(const service *s)
{
    for (size_t i = 0; i < ws_server_listeners(s->server); i++) {
        char at[WS_ADDR_TEXT_MAX] = {0};
        ws_server_describe(s->server, i, at);
        log_event("listen", "address=%s tls=%s postage=%s%s%s", at, s->tls != NULL ? "yes" : "no",
                  s->postage.n > 0 ? "yes" : "no", s->options->name != NULL ? " name=" : "",
                  s->options->name != NULL ? s->options->name : "");
    }
    log_event("ready", "data=%s", log_quote(s->options->data));
}

int serve_run(const options *o)
{
    service s;
    if (!start(&s, o)) {
        end(&s);
        return 1;
    }
    stopping = s.server;
    watch_signals();
    announce(&s);
    base_err err = ws_server_run(s.server);
    log_event("stop", "why=%s", log_quote(err == BASE_OK ? "asked to" : base_err_text(err)));
    end(&s);
    return err == BASE_OK ? 0 : 1;
}

int serve_check(const options *o)
{
    service s;
    bool ok = start(&s, o);
    if (ok) {
        (void)puts("sottod: options, files and addresses are good");
    }
    end(&s);
    return ok ? 0 : 1;
}
