/* Addresses to listen on and the sockets for them. Only numeric addresses: a server that resolved a
 * name could end up on another interface than its operator thinks. */
#ifndef ADAPTERS_WS_LISTEN_H
#define ADAPTERS_WS_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "ws_stream.h" /* WS_TEXT_MAX */

typedef struct ws_addr {
    struct sockaddr_storage at;
    socklen_t n;
} ws_addr;

/* "127.0.0.1:7480", "[::1]:7480", "0.0.0.0:443"; port 0 asks for any free one. False when
 * malformed. */
bool ws_addr_parse(const char *text, ws_addr *out);

/* Whether only this machine can reach it. */
bool ws_addr_is_loopback(const ws_addr *a);

/* Whether this machine has no such kind of address (IPv6 switched off): a default may be skipped.
 */
bool ws_addr_is_absent(int error);

/* A listening, non-blocking socket. shared: several event loops may listen there, and the kernel
 * deals connections out. Returns the descriptor, or -1 with errno set and one sentence in text. */
int ws_listen(const ws_addr *a, bool shared, char text[static WS_TEXT_MAX]);

#define WS_ADDR_TEXT_MAX 64 /* "[...]:65535" and a NUL */

/* The port a listening socket got, and "ADDR:PORT" in numbers. */
uint16_t ws_listen_port(int fd);
void ws_listen_describe(int fd, char text[static WS_ADDR_TEXT_MAX]);

#endif
