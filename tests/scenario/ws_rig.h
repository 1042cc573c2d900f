/* What the WebSocket scenarios share: an echo server in a thread, our client in a poll loop, a raw
 * socket that speaks as badly as a test wants, and a throw-away certificate. */
#ifndef TESTS_WS_RIG_H
#define TESTS_WS_RIG_H

#include <pthread.h>
#include <stdatomic.h>

#include "adapters/ws_client.h"
#include "adapters/ws_server.h"

/* ---- server ---- */

typedef struct rig_server {
    ws_server *server;
    ws_server_handler handler;
    ws_tls *tls;
    pthread_t thread;
    uint16_t port;
    atomic_size_t turns, messages, open, closed;
    char why[64]; /* of the last connection that ended */
    size_t slow;  /* connections that ended since they did not read */
    unsigned code;
    pthread_mutex_t lock;
} rig_server;

/* Start an echo server on 127.0.0.1 with a free port; config's addresses and TLS are filled in. */
void rig_start(rig_server *r, ws_server_config config, bool tls);

/* The reason of the last connection that ended, waiting up to 5 s for `closed` of them. */
void rig_wait_closed(rig_server *r, size_t closed, char why[static 64], unsigned *code);

/* Wait up to 10 s until a connection ended because it did not read; how many did. */
size_t rig_wait_slow(rig_server *r);

/* Stop it gracefully and free it. */
void rig_stop(rig_server *r);

/* ---- a certificate for localhost and 127.0.0.1 ---- */

extern const char *rig_cert_file, *rig_key_file, *rig_other_cert_file;

/* Make the files in a new folder under $TMPDIR; rig_certs_drop() removes them. */
void rig_certs_make(void);
void rig_certs_drop(void);

/* ---- our client ---- */

typedef struct rig_client {
    ws_client *client;
    ws_client_handler handler;
    bool open, ended;
    ws_client_end why;
    unsigned code;
    char text[WS_TEXT_MAX];
    size_t got;        /* messages */
    size_t want_n;     /* of the next message expected */
    uint64_t expected; /* counter of the next message expected, checked by rig_message_check() */
    bool hold;         /* say false to the next message */
    bool room;
} rig_client;

/* Begin to connect to scheme://host:port/sotto. allow: plain and local. */
base_err rig_connect(rig_client *c, const char *scheme, const char *host, uint16_t port,
                     const ws_tls *tls, bool allow);

/* Step until the condition holds or `ms` are over; true when it holds. */
bool rig_pump(rig_client *c, int ms, bool (*until)(const rig_client *c));
bool rig_is_open(const rig_client *c);
bool rig_is_ended(const rig_client *c);

void rig_client_drop(rig_client *c);

/* The i-th test message: a counter, then bytes that follow from it; 8 to 3000 bytes. */
base_bytes rig_message(uint64_t i, uint8_t buf[static 3000]);

/* ---- a raw socket ---- */

/* Connect, or fail the test. */
int rig_raw(uint16_t port);

/* The upgrade that the server wants, sent and its answer read. */
int rig_raw_upgraded(uint16_t port);

void rig_raw_send(int fd, const void *p, size_t n);

/* Read until n bytes, the end or `ms`; returns how many came. */
size_t rig_raw_read(int fd, uint8_t *p, size_t n, int ms);

/* Whether the peer closes within ms; what it sends before is dropped. */
bool rig_raw_closed(int fd, int ms);

#define RIG_UPGRADE                                                                                \
    "GET /sotto HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"              \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"                 \
    "Sec-WebSocket-Protocol: sotto.relay.1\r\n"

#endif
