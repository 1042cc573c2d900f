/* A non-blocking byte stream over a connected socket, plain or under TLS (OpenSSL), and the TLS
 * settings of either end. WebSocket and time-outs are left to ws_conn.
 *
 * TLS is 1.3 (docs/protocol.md, section 1), without session tickets or a session cache: a resumed
 * session would tell that two connections come from one device. SSL_MODE_RELEASE_BUFFERS
 * halves what an idle connection costs. The process must ignore SIGPIPE. */
#ifndef ADAPTERS_WS_STREAM_H
#define ADAPTERS_WS_STREAM_H

#include "base/bytes.h"
#include "base/err.h"

#define WS_TEXT_MAX 256 /* bytes of an error text, its NUL included */

/* ---- settings ---- */

typedef struct ws_tls ws_tls;

/* A server's certificate chain and key, both PEM files. text receives one sentence on failure.
 * Errors: BASE_E_NOMEM, BASE_E_VALUE (a file that cannot be read or does not fit). */
BASE_MUST_USE base_err ws_tls_server_new(const char *cert_file, const char *key_file,
                                         char text[static WS_TEXT_MAX], ws_tls **out);

/* A client that trusts the system's store and, when not NULL, the PEM file ca_file. Loading the
 * store takes milliseconds: make one and share it. Errors: as above. */
BASE_MUST_USE base_err ws_tls_client_new(const char *ca_file, char text[static WS_TEXT_MAX],
                                         ws_tls **out);

/* Streams made from it stay usable. NULL is allowed. */
void ws_tls_free(ws_tls *tls);

/* ---- one stream ---- */

typedef struct ws_stream {
    int fd;             /* owned; -1 when closed */
    struct ssl_st *ssl; /* NULL: plain */
    bool shaken;        /* the TLS handshake is complete, or there is none */
    bool broken;        /* TLS failed: nothing more may be written */
} ws_stream;

/* What came of an attempt. */
typedef enum ws_io {
    WS_IO_DONE,       /* something was read or written */
    WS_IO_WANT_READ,  /* wait until the socket is readable */
    WS_IO_WANT_WRITE, /* wait until it is writable */
    WS_IO_END,        /* the peer closed */
    WS_IO_FAIL        /* the stream is dead */
} ws_io;

/* Take fd, which must be non-blocking. */
void ws_stream_open(ws_stream *s, int fd);

/* Put TLS over an opened stream: as the server, or as a client that insists on a certificate for
 * host (a name or a numeric address). Errors: BASE_E_NOMEM, BASE_E_VALUE. */
BASE_MUST_USE base_err ws_stream_accept_tls(ws_stream *s, const ws_tls *tls);
BASE_MUST_USE base_err ws_stream_connect_tls(ws_stream *s, const ws_tls *tls, const char *host);

/* Go on with the TLS handshake. On FAIL a client finds the reason in text. */
ws_io ws_stream_shake(ws_stream *s, char text[static WS_TEXT_MAX]);

/* Read at most cap bytes, or write at most b.n; *n is set when DONE. */
ws_io ws_stream_read(ws_stream *s, uint8_t *p, size_t cap, size_t *n);
ws_io ws_stream_write(ws_stream *s, base_bytes b, size_t *n);

/* Whether TLS holds bytes that the socket will not announce again. */
bool ws_stream_has_more(const ws_stream *s);

/* Tell the peer that nothing more comes. Afterwards only ws_stream_discard() and close. */
void ws_stream_finish(ws_stream *s);

/* Read and drop what arrives after finish. END or FAIL: the socket can be closed without a reset.
 */
ws_io ws_stream_discard(ws_stream *s, uint8_t *p, size_t cap);

/* Free TLS and close the socket. A closed stream is allowed. */
void ws_stream_close(ws_stream *s);

#endif
