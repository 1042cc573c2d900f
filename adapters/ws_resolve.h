/* Names to addresses without blocking: getaddrinfo() in a thread of its own, whose answer makes a
 * descriptor readable. A search that is dropped goes on unseen and frees itself. */
#ifndef ADAPTERS_WS_RESOLVE_H
#define ADAPTERS_WS_RESOLVE_H

#include "ws_listen.h" /* ws_addr */

#define WS_RESOLVE_MAX 8      /* addresses of one name */
#define WS_RESOLVE_THREADS 16 /* searches under way in the process */

typedef struct ws_resolve ws_resolve;

/* Begin. host and port are copied; a numeric host is answered at once, without a thread. Errors:
 * BASE_E_NOMEM, BASE_E_LIMIT (too many searches). */
BASE_MUST_USE base_err ws_resolve_new(const char *host, const char *port, ws_resolve **out);

/* Readable when the answer is there. */
int ws_resolve_fd(const ws_resolve *r);

/* The answer, once the descriptor is readable: how many addresses; 0 with static text in *why. */
size_t ws_resolve_take(ws_resolve *r, ws_addr out[static WS_RESOLVE_MAX], const char **why);

/* NULL is allowed. */
void ws_resolve_free(ws_resolve *r);

#endif
