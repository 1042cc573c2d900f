/* What the WebSocket scenarios share; see the header. */
#include "ws_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define PROTOCOL "sotto.relay.1"

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- server ---- */

typedef struct echo {
    ws_peer *peer;
    rig_server *rig;
    base_buf waiting; /* the one message that found no room */
} echo;

static void *echo_open(void *user, ws_peer *peer)
{
    echo *e = calloc(1, sizeof *e);
    assert_non_null(e);
    e->peer = peer;
    e->rig = user;
    (void)atomic_fetch_add(&e->rig->open, 1);
    return e;
}

static int echo_message(void *session, base_bytes message)
{
    echo *e = session;
    (void)atomic_fetch_add(&e->rig->messages, 1);
    if (ws_peer_send(e->peer, message)) {
        return WS_SERVER_GO;
    }
    return base_buf_set(&e->waiting, message) == BASE_OK ? WS_SERVER_HOLD : 1011;
}

static bool echo_fill(void *session)
{
    echo *e = session;
    if (e->waiting.n > 0 && ws_peer_send(e->peer, base_buf_bytes(&e->waiting))) {
        base_buf_clear(&e->waiting);
        ws_peer_resume(e->peer);
    }
    return e->waiting.n > 0;
}

static void echo_close(void *session)
{
    echo *e = session;
    base_buf_clear(&e->waiting);
    (void)atomic_fetch_sub(&e->rig->open, 1);
    free(e);
}

static void echo_turn(void *user)
{
    rig_server *r = user;
    (void)atomic_fetch_add(&r->turns, 1);
}

static void echo_note(void *user, uint32_t tag, const char *event, const char *why, unsigned code)
{
    rig_server *r = user;
    (void)tag;
    if (strcmp(event, "close") == 0) {
        (void)pthread_mutex_lock(&r->lock);
        (void)snprintf(r->why, sizeof r->why, "%s", why);
        r->code = code;
        r->slow += strcmp(why, "the peer does not read") == 0;
        (void)pthread_mutex_unlock(&r->lock);
        (void)atomic_fetch_add(&r->closed, 1);
    }
}

static void *serve(void *arg)
{
    rig_server *r = arg;
    return ws_server_run(r->server) == BASE_OK ? NULL : arg;
}

void rig_start(rig_server *r, ws_server_config config, bool tls)
{
    char text[WS_TEXT_MAX];
    size_t bad = 0;
    ws_addr at;
    *r = (rig_server){.lock = PTHREAD_MUTEX_INITIALIZER};
    r->handler = (ws_server_handler){.user = r,
                                     .open = echo_open,
                                     .message = echo_message,
                                     .fill = echo_fill,
                                     .close = echo_close,
                                     .turn = echo_turn,
                                     .note = echo_note};
    assert_true(ws_addr_parse("127.0.0.1:0", &at));
    config.listen = &at;
    config.listen_n = 1;
    config.listen_must = 1;
    config.rules = (ws_rules){.path = "/sotto", .protocol = PROTOCOL};
    if (tls) {
        assert_int_equal(ws_tls_server_new(rig_cert_file, rig_key_file, text, &r->tls), BASE_OK);
        config.tls = r->tls;
    }
    assert_int_equal(ws_server_new(&config, &r->handler, text, &bad, &r->server), BASE_OK);
    r->port = ws_server_port(r->server, 0);
    assert_int_equal(pthread_create(&r->thread, NULL, serve, r), 0);
}

void rig_wait_closed(rig_server *r, size_t closed, char why[static 64], unsigned *code)
{
    uint64_t until = clock_ms() + 5000;
    while (atomic_load(&r->closed) < closed && clock_ms() < until) {
        (void)usleep(2000);
    }
    assert_true(atomic_load(&r->closed) >= closed);
    (void)pthread_mutex_lock(&r->lock);
    memcpy(why, r->why, sizeof r->why);
    *code = r->code;
    (void)pthread_mutex_unlock(&r->lock);
}

size_t rig_wait_slow(rig_server *r)
{
    size_t slow = 0;
    uint64_t until = clock_ms() + 10000;
    while (slow == 0 && clock_ms() < until) {
        (void)usleep(2000);
        (void)pthread_mutex_lock(&r->lock);
        slow = r->slow;
        (void)pthread_mutex_unlock(&r->lock);
    }
    return slow;
}

void rig_stop(rig_server *r)
{
    void *failed = NULL;
    ws_server_stop(r->server);
    assert_int_equal(pthread_join(r->thread, &failed), 0);
    assert_null(failed);
    ws_server_free(r->server);
    ws_tls_free(r->tls);
    assert_int_equal(atomic_load(&r->open), 0); /* every session was told of its end */
}

/* ---- certificates ---- */

const char *rig_cert_file, *rig_key_file, *rig_other_cert_file;
static char folder[256];
static char paths[4][300];

static void extension(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

/* A self-signed P-256 certificate, valid for a day. */
static void certificate(const char *names, const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *x = X509_new();
    assert_non_null(key);
    assert_non_null(x);
    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    X509_NAME *name = X509_get_subject_name(x);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"test", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x, name), 1);
    extension(x, NID_subject_alt_name, names);
    extension(x, NID_basic_constraints, "critical,CA:TRUE");
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(cert_path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    assert_int_equal(fclose(f), 0);
    f = fopen(key_path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(f), 0);
    X509_free(x);
    EVP_PKEY_free(key);
}

void rig_certs_make(void)
{
    static const char *const names[] = {"cert.pem", "key.pem", "other.pem", "other-key.pem"};
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/sotto-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
    }
    certificate("DNS:localhost,IP:127.0.0.1", paths[0], paths[1]);
    certificate("DNS:other.example", paths[2], paths[3]);
    rig_cert_file = paths[0];
    rig_key_file = paths[1];
    rig_other_cert_file = paths[2];
}

void rig_certs_drop(void)
{
    for (size_t i = 0; i < 4; i++) {
        (void)unlink(paths[i]);
    }
    (void)rmdir(folder);
}

/* ---- our client ---- */

base_bytes rig_message(uint64_t i, uint8_t buf[static 3000])
{
    size_t n = 8 + (size_t)(i * 2654435761u % 2993);
    memcpy(buf, &i, sizeof i);
    for (size_t k = 8; k < n; k++) {
        buf[k] = (uint8_t)(i + k * 31);
    }
    return base_bytes_of(buf, n);
}

static void on_open(void *user)
{
    ((rig_client *)user)->open = true;
}

static bool on_message(void *user, base_bytes message)
{
    rig_client *c = user;
    uint8_t buf[3000];
    assert_true(base_bytes_eq(message, rig_message(c->expected, buf)));
    c->expected++;
    c->got++;
    bool go = !c->hold;
    c->hold = false;
    return go;
}

static void on_room(void *user)
{
    ((rig_client *)user)->room = true;
}

static void on_end(void *user, ws_client_end why, unsigned code, const char *text)
{
    rig_client *c = user;
    assert_false(c->ended); /* it is told once */
    c->ended = true;
    c->why = why;
    c->code = code;
    (void)snprintf(c->text, sizeof c->text, "%s", text);
}

base_err rig_connect(rig_client *c, const char *scheme, const char *host, uint16_t port,
                     const ws_tls *tls, bool allow)
{
    char url[300];
    *c = (rig_client){.client = NULL};
    c->handler = (ws_client_handler){c, on_open, on_message, on_room, on_end};
    (void)snprintf(url, sizeof url, "%s://%s:%u/sotto", scheme, host, (unsigned)port);
    ws_client_config config = ws_client_defaults();
    config.url = url;
    config.protocol = PROTOCOL;
    config.tls = tls;
    config.allow_plain = allow;
    config.allow_local = allow;
    config.connect_ms = 3000;
    config.quiet_ms = 600;
    config.pong_ms = 400;
    config.linger_ms = 500;
    return ws_client_new(&config, &c->handler, &c->client);
}

bool rig_pump(rig_client *c, int ms, bool (*until)(const rig_client *c))
{
    uint64_t end = clock_ms() + (uint64_t)ms;
    while (!until(c)) {
        uint64_t now = clock_ms();
        struct pollfd p = {.fd = ws_client_fd(c->client), .events = POLLIN};
        if (now >= end) {
            return false;
        }
        if (poll(&p, 1, (int)(end - now)) > 0) {
            ws_client_step(c->client);
        }
    }
    return true;
}

bool rig_is_open(const rig_client *c)
{
    return c->open;
}

bool rig_is_ended(const rig_client *c)
{
    return c->ended;
}

void rig_client_drop(rig_client *c)
{
    ws_client_free(c->client);
    c->client = NULL;
}

/* ---- a raw socket ---- */

int rig_raw(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

void rig_raw_send(int fd, const void *p, size_t n)
{
    assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

size_t rig_raw_read(int fd, uint8_t *p, size_t n, int ms)
{
    size_t got = 0;
    uint64_t end = clock_ms() + (uint64_t)ms;
    while (got < n) {
        struct pollfd w = {.fd = fd, .events = POLLIN};
        uint64_t now = clock_ms();
        if (now >= end || poll(&w, 1, (int)(end - now)) <= 0) {
            return got;
        }
        ssize_t r = recv(fd, p + got, n - got, 0);
        if (r <= 0) {
            return got;
        }
        got += (size_t)r;
    }
    return got;
}

bool rig_raw_closed(int fd, int ms)
{
    uint8_t drop[4096];
    uint64_t end = clock_ms() + (uint64_t)ms;
    for (;;) {
        struct pollfd w = {.fd = fd, .events = POLLIN};
        uint64_t now = clock_ms();
        if (now >= end || poll(&w, 1, (int)(end - now)) <= 0) {
            return false;
        }
        if (recv(fd, drop, sizeof drop, 0) <= 0) {
            return true;
        }
    }
}

int rig_raw_upgraded(uint16_t port)
{
    uint8_t answer[1024];
    size_t n = 0;
    int fd = rig_raw(port);
    rig_raw_send(fd, RIG_UPGRADE "\r\n", sizeof RIG_UPGRADE + 1);
    while (n < 4 || memcmp(answer + n - 4, "\r\n\r\n", 4) != 0) {
        assert_true(n < sizeof answer);
        assert_int_equal(rig_raw_read(fd, answer + n, 1, 2000), 1);
        n++;
    }
    assert_memory_equal(answer, "HTTP/1.1 101 ", 13);
    return fd;
}
