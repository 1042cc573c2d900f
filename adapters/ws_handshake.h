/* The opening handshake of WebSocket (RFC 6455, section 4) for both ends: judge the request a
 * server receives and the answer a client receives, and write either. Pure functions over bytes;
 * sockets, time-outs and frames are left to ws_conn.
 *
 * The parser is ours, and strict, because no maintained HTTP parser is in both Debian 12 and 13:
 * see docs/dependencies.md. It accepts less than HTTP/1.1 does, on purpose: one GET without a body,
 * one line a header, CRLF only, visible ASCII only. Where two readers of HTTP could differ (folded
 * lines, bare LF, a blank before the colon, a repeated header, a length or an encoding of a body,
 * bytes after the head) the request is refused, so nothing can be smuggled past a proxy. */
#ifndef ADAPTERS_WS_HANDSHAKE_H
#define ADAPTERS_WS_HANDSHAKE_H

#include "base/bytes.h"
#include "base/err.h"

#define WS_HEAD_MAX 4096   /* bytes of a request or answer head, its empty line included */
#define WS_HEAD_LINES 64   /* header lines in it */
#define WS_TARGET_MAX 256  /* bytes of the request target */
#define WS_KEY_CHARS 24    /* Sec-WebSocket-Key: base64 of 16 bytes */
#define WS_ACCEPT_CHARS 28 /* Sec-WebSocket-Accept: base64 of a SHA-1 */

/* What this endpoint insists on. All strings are borrowed and end in NUL. */
typedef struct ws_rules {
    const char *path;     /* the only target served, "/" when NULL */
    const char *protocol; /* the subprotocol both must name; NULL: none is named */
    bool allow_origin;    /* serve requests of browsers, which carry an Origin */
} ws_rules;

/* Judge what has arrived of a request.
 *
 * accept  filled with the Sec-WebSocket-Accept value and a NUL when the answer is 101.
 *
 * Returns 0 when more bytes are needed, 101 when the request is whole and good, else the HTTP
 * status to refuse it with: 400, 403 (Origin), 404, 405, 426, 431, 505, or 500 when hashing failed.
 */
int ws_request_judge(base_bytes in, const ws_rules *rules, char accept[static WS_ACCEPT_CHARS + 1]);

/* Append the answer for `status` to out; accept is read only for 101. Any other answer ends the
 * connection and says so. Errors: BASE_E_NOMEM. */
BASE_MUST_USE base_err ws_answer_write(base_buf *out, int status, const ws_rules *rules,
                                       const char *accept);

/* Sec-WebSocket-Key from 16 random bytes. */
void ws_key_encode(const uint8_t random[static 16], char key[static WS_KEY_CHARS + 1]);

/* Append a client's request. host is the URL's authority, checked by ws_url_parse(). Errors:
 * BASE_E_NOMEM. */
BASE_MUST_USE base_err ws_request_write(base_buf *out, const char *host, const ws_rules *rules,
                                        const char key[static WS_KEY_CHARS + 1]);

/* Judge what has arrived of an answer to the request made with key. Returns 0 when more bytes are
 * needed, 101 with *used = length of the head when the server agreed (frames may follow), the
 * server's own status when it refused (300 to 599), else 502: not an answer this client accepts. */
int ws_answer_judge(base_bytes in, const ws_rules *rules, const char key[static WS_KEY_CHARS + 1],
                    size_t *used);

#endif
