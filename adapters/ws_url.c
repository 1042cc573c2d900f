/* The addresses a client may be given; see the header. */
#include "ws_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

/* Letters, digits and inner hyphens in labels of 1 to 63 characters. */
static bool name_is_good(const char *host)
{
    size_t label = 0;
    const char *last = host; /* where the last label begins */
    for (const char *p = host; *p != '\0'; p++) {
        if (*p == '.') {
            if (label == 0 || p[-1] == '-') {
                return false;
            }
            label = 0;
            last = p + 1;
        } else if (is_word(*p) || (*p == '-' && label > 0)) {
            label++;
        } else {
            return false;
        }
        if (label > 63) {
            return false;
        }
    }
    if (label == 0 || host[strlen(host) - 1] == '-') {
        return false;
    }
    uint8_t raw[4];
    return !is_digit(*last) || inet_pton(AF_INET, host, raw) == 1;
}

static bool path_is_good(const char *path)
{
    if (strlen(path) > WS_TARGET_MAX) {
        return false;
    }
    for (const char *p = path; *p != '\0'; p++) {
        char c = *p;
        if (!is_word(c) && !(c >= 'A' && c <= 'Z') && strchr("/-._~", c) == NULL) {
            return false;
        }
    }
    return true;
}

/* Copy n characters in lower case; false when they do not fit. */
static bool copy_lower(const char *from, size_t n, char *out, size_t cap)
{
    if (n == 0 || n >= cap) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = from[i];
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[n] = '\0';
    return true;
}

static bool copy_port(const char *from, size_t n, char *out)
{
    if (n == 0 || n > 5 || strspn(from, "0123456789") < n || from[0] == '0') {
        return false;
    }
    memcpy(out, from, n);
    out[n] = '\0';
    return strtoul(out, NULL, 10) <= 65535;
}

/* "host", "host:port", "[six]", "[six]:port", n characters. */
static bool authority_parse(const char *text, size_t n, ws_url *out)
{
    const char *end = text + n;
    bool six = n > 0 && text[0] == '[';
    const char *stop = memchr(text, six ? ']' : ':', n);
    const char *host = six ? text + 1 : text;
    if (six && stop == NULL) {
        return false;
    }
    size_t host_n = (size_t)((stop == NULL ? end : stop) - host);
    const char *rest = six ? stop + 1 : stop == NULL ? end : stop;
    if (!copy_lower(host, host_n, out->host, sizeof out->host)) {
        return false;
    }
    uint8_t raw[16];
    if (six ? inet_pton(AF_INET6, out->host, raw) != 1 : !name_is_good(out->host)) {
        return false;
    }
    const char *usual = out->tls ? "443" : "80";
    if (rest == end) {
        memcpy(out->port, usual, strlen(usual) + 1);
    } else if (*rest != ':' || !copy_port(rest + 1, (size_t)(end - rest - 1), out->port)) {
        return false;
    }
    bool named = strcmp(out->port, usual) != 0;
    (void)snprintf(out->authority, sizeof out->authority, "%s%s%s%s%s", six ? "[" : "", out->host,
                   six ? "]" : "", named ? ":" : "", named ? out->port : "");
    return true;
}

bool ws_url_parse(const char *text, ws_url *out)
{
    ws_url url = {.tls = strncmp(text, "wss://", 6) == 0};
    if (!url.tls && strncmp(text, "ws://", 5) != 0) {
        return false;
    }
    text += url.tls ? 6 : 5;
    size_t n = strcspn(text, "/");
    if (!authority_parse(text, n, &url)) {
        return false;
    }
    const char *path = text[n] == '\0' ? "/" : text + n;
    if (!path_is_good(path)) {
        return false;
    }
    memcpy(url.path, path, strlen(path) + 1);
    *out = url;
    return true;
}

/* ---- which addresses are public ---- */

typedef struct block4 {
    uint32_t net;
    uint8_t bits;
} block4;

static bool is_public4(uint32_t a)
{
    static const block4 kept[] = {
        {0x00000000, 8},  /* this network */
        {0x0a000000, 8},  /* private */
        {0x64400000, 10}, /* carrier-grade NAT */
        {0x7f000000, 8},  /* loopback */
        {0xa9fe0000, 16}, /* link-local, cloud metadata */
        {0xac100000, 12}, /* private */
        {0xc0000000, 24}, /* protocol assignments */
        {0xc0000200, 24}, /* documentation */
        {0xc0a80000, 16}, /* private */
        {0xc6120000, 15}, /* benchmarks */
        {0xc6336400, 24}, /* documentation */
        {0xcb007100, 24}, /* documentation */
        {0xe0000000, 3},  /* multicast, reserved, broadcast */
    };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if ((a ^ kept[i].net) >> (32 - kept[i].bits) == 0) {
            return false;
        }
    }
    return true;
}

static uint32_t at32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_public6(const uint8_t a[16])
{
    static const uint8_t zero[16] = {0};
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0 || memcmp(a, zero, 12) == 0) {
        return is_public4(at32(a + 12)); /* ::1 and :: end in an address that is not public */
    }
    if (a[0] == 0x20 && a[1] == 0x02) {
        return is_public4(at32(a + 2)); /* 6to4 */
    }
    if (at32(a) == 0x20010000 || at32(a) == 0x20010db8) {
        return false; /* Teredo, documentation */
    }
    if (memcmp(a, nat64, 4) == 0) {
        return false; /* NAT64 of a local prefix */
    }
    return (a[0] & 0xe0) == 0x20; /* global unicast */
}

bool ws_addr_is_public(const ws_addr *a)
{
    if (a->at.ss_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &a->at, sizeof six);
        return is_public6(six.sin6_addr.s6_addr);
    }
    struct sockaddr_in four;
    memcpy(&four, &a->at, sizeof four);
    return is_public4(ntohl(four.sin_addr.s_addr));
}
