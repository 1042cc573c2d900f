/* HTTP as far as the page on a person's own machine needs it (docs/api.md, Transports): one GET a
 * connection, either for a file or for the upgrade to a WebSocket. Pure functions over bytes.
 *
 * Strict where two readers could differ: CRLF only, visible ASCII only, no folded lines, no body,
 * no header that decides twice. Unlike the relay's ws_handshake it takes heads of 16 KiB, since
 * cookies of other programs on this host come along, and it insists on Host and Origin, since any
 * web site can send a request to this port through the person's browser. */
#ifndef ADAPTERS_PAGE_HTTP_H
#define ADAPTERS_PAGE_HTTP_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define PAGE_HEAD_MAX 16384
#define PAGE_LINES_MAX 100
#define PAGE_TARGET_MAX 256
#define PAGE_ACCEPT_CHARS 28 /* Sec-WebSocket-Accept: base64 of a SHA-1 */

typedef struct page_rules {
    uint16_t port;        /* Host must be 127.0.0.1, localhost or [::1] with it */
    const char *path;     /* the only target that becomes a WebSocket */
    const char *protocol; /* the subprotocol it must name */
} page_rules;

typedef struct page_request {
    char target[PAGE_TARGET_MAX + 1];
    char accept[PAGE_ACCEPT_CHARS + 1]; /* for 101 */
} page_request;

/* Judge what has arrived of a request: 0 when more bytes are needed, 200 for a good GET of
 * out->target (which may not exist), 101 for a good upgrade, else the status to refuse it with:
 * 400, 403 (Host, Origin), 404 (an upgrade elsewhere), 405, 426, 431, 505, or 500 when hashing
 * failed. */
int page_request_judge(base_bytes in, const page_rules *rules, page_request *out);

/* Append the head of an answer: the headers of docs/api.md, and for 101 what the upgrade needs.
 * type and size describe the body; type NULL: none is named. Errors: BASE_E_NOMEM. */
BASE_MUST_USE base_err page_answer_write(base_buf *out, int status, const char *type, size_t size,
                                         const page_request *request, const page_rules *rules);

#endif
