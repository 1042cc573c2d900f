/* The agent's loopback server: a few small files for the person's browser, and a WebSocket of text
 * messages for the page in it (docs/api.md, Transports). HTTP is page_http's, framing wslay's.
 *
 * Like ws_client it shows one descriptor for its whole life; when that is readable, call
 * page_server_step(). It listens on 127.0.0.1 alone. Bounds: connections, WebSockets, bytes of a
 * request's head and of a message, unsent bytes of a WebSocket, time for a request, for the answer
 * to be taken, and for a goodbye.
 *
 * The process must ignore SIGPIPE. One thread at a time. */
#ifndef ADAPTERS_PAGE_SERVER_H
#define ADAPTERS_PAGE_SERVER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

typedef struct page_server page_server;
typedef struct page_socket page_socket;

typedef struct page_file {
    const char *target; /* "/", "/assets/x.js" */
    const char *type;   /* of the content */
    base_bytes body;
} page_file;

/* Called inside page_server_step() only, but for close(), which page_server_free() calls too. */
typedef struct page_server_handler {
    void *user; /* borrowed */
    /* A WebSocket is open. The session is given to the calls below; NULL refuses it (503). */
    void *(*open)(void *user, page_socket *socket);
    /* A whole text message, UTF-8, borrowed for the call. */
    void (*message)(void *session, base_bytes text);
    /* The socket is gone: neither it nor the session is used again. */
    void (*close)(void *session);
} page_server_handler;

typedef struct page_server_config {
    uint16_t port;          /* 0: any free one */
    const char *path;       /* of the WebSocket */
    const char *protocol;   /* its subprotocol */
    const page_file *files; /* borrowed for the server's life, like all in this struct */
    size_t files_n;
    size_t sockets_max;
    size_t message_max; /* bytes received in one message: more ends with close code 1009 */
    size_t queue_max;   /* unsent bytes of a socket: more ends with close code 1013 */
} page_server_config;

/* Listen. Errors: BASE_E_EXISTS (the port is taken), BASE_E_NOMEM, BASE_E_STATE. */
BASE_MUST_USE base_err page_server_new(const page_server_config *config,
                                       const page_server_handler *handler, page_server **out);

/* Sockets still open are closed. NULL is allowed. */
void page_server_free(page_server *s);

int page_server_fd(const page_server *s);
uint16_t page_server_port(const page_server *s);
void page_server_step(page_server *s);

/* Queue a text message; it leaves with the next steps. A socket that is going takes nothing more,
 * silently: its close() is on the way. */
void page_socket_send(page_socket *c, base_bytes text);

/* Say goodbye with a close code once what is queued has left; close() follows in a later step. */
void page_socket_close(page_socket *c, uint16_t code);

#endif
