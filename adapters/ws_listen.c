/* Addresses to listen on and the sockets for them; see the header. */
#include "ws_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 1024

static bool port_parse(const char *text, uint16_t *out)
{
    unsigned long port = 0;
    size_t n = strlen(text);
    if (n == 0 || n > 5 || strspn(text, "0123456789") != n) {
        return false;
    }
    port = strtoul(text, NULL, 10);
    if (port > 65535) {
        return false;
    }
    *out = (uint16_t)port;
    return true;
}

bool ws_addr_parse(const char *text, ws_addr *out)
{
    char host[INET6_ADDRSTRLEN] = {0};
    uint16_t port = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !port_parse(colon + 1, &port)) {
        return false;
    }
    size_t n = (size_t)(colon - text);
    bool six = n >= 2 && text[0] == '[' && colon[-1] == ']';
    const char *from = six ? text + 1 : text;
    n -= six ? 2 : 0;
    if (n == 0 || n >= sizeof host) {
        return false;
    }
    memcpy(host, from, n);
    *out = (ws_addr){.n = 0};
    if (six) {
        struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        if (inet_pton(AF_INET6, host, &a.sin6_addr) != 1) {
            return false;
        }
        memcpy(&out->at, &a, sizeof a);
        out->n = sizeof a;
    } else {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
        if (inet_pton(AF_INET, host, &a.sin_addr) != 1) {
            return false;
        }
        memcpy(&out->at, &a, sizeof a);
        out->n = sizeof a;
    }
    return true;
}

bool ws_addr_is_loopback(const ws_addr *a)
{
    if (a->at.ss_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &a->at, sizeof six);
        return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
    }
    struct sockaddr_in four;
    memcpy(&four, &a->at, sizeof four);
    return (ntohl(four.sin_addr.s_addr) >> 24) == 127;
}

bool ws_addr_is_absent(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

static const char *listen_error(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another program listens there already";
    case EACCES:
        return "ports below 1024 need a privilege";
    case EADDRNOTAVAIL:
        return "this machine has no such address";
    case EAFNOSUPPORT:
        return "this machine has no such kind of address";
    default:
        return strerror(error);
    }
}

int ws_listen(const ws_addr *a, bool shared, char text[static WS_TEXT_MAX])
{
    int on = 1;
    int error = 0;
    int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (ok && a->at.ss_family == AF_INET6) {
        ok = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    }
    if (ok && shared) {
        ok = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    }
    if (ok && bind(fd, (const struct sockaddr *)&a->at, a->n) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    error = errno;
    (void)snprintf(text, WS_TEXT_MAX, "%s", listen_error(error));
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = error;
    return -1;
}

uint16_t ws_listen_port(int fd)
{
    char text[WS_ADDR_TEXT_MAX];
    uint16_t port = 0;
    ws_listen_describe(fd, text);
    const char *colon = strrchr(text, ':');
    return colon != NULL && port_parse(colon + 1, &port) ? port : 0;
}

void ws_listen_describe(int fd, char text[static WS_ADDR_TEXT_MAX])
{
    struct sockaddr_storage at = {0};
    socklen_t n = sizeof at;
    char host[INET6_ADDRSTRLEN] = "?";
    uint16_t port = 0;
    bool six = false;
    if (getsockname(fd, (struct sockaddr *)&at, &n) == 0) {
        six = at.ss_family == AF_INET6;
        struct sockaddr_in6 a6;
        struct sockaddr_in a4;
        memcpy(&a6, &at, sizeof a6);
        memcpy(&a4, &at, sizeof a4);
        port = ntohs(six ? a6.sin6_port : a4.sin_port);
        const void *raw = six ? (const void *)&a6.sin6_addr : (const void *)&a4.sin_addr;
        (void)inet_ntop(at.ss_family, raw, host, sizeof host);
    }
    (void)snprintf(text, WS_ADDR_TEXT_MAX, "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "",
                   (unsigned)port);
}
