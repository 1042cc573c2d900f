/* The addresses a client may be given: ws://HOST[:PORT][/PATH] and wss://..., and which IP
 * addresses a stranger's link may lead to. */
#ifndef ADAPTERS_WS_URL_H
#define ADAPTERS_WS_URL_H

#include <stdbool.h>

#include "ws_handshake.h" /* WS_TARGET_MAX */
#include "ws_listen.h"    /* ws_addr */

#define WS_HOST_MAX 253 /* characters of a DNS name */

typedef struct ws_url {
    bool tls;
    char host[WS_HOST_MAX + 1];      /* lower case, without brackets */
    char port[6];                    /* decimal */
    char authority[WS_HOST_MAX + 9]; /* as in Host: brackets, and the port unless it is usual */
    char path[WS_TARGET_MAX + 1];    /* "/" when none was given */
} ws_url;

/* Strict: no user, query, fragment, escapes or blanks; a host that ends like a number must be an
 * address in the usual form, so that 127.1 or 0x7f000001 reach no one. False when malformed. */
bool ws_url_parse(const char *text, ws_url *out);

/* Whether an address is one of the public Internet: not loopback, private, link-local, multicast or
 * reserved, nor such an address inside an IPv6 one. */
bool ws_addr_is_public(const ws_addr *a);

#endif
