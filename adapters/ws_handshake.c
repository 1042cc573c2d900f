/* The opening handshake of WebSocket (RFC 6455, section 4), strict and bounded; see the header. */
#include "ws_handshake.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

/* Headers that decide; each may stand at most once. */
typedef enum head_id {
    HEAD_HOST,
    HEAD_UPGRADE,
    HEAD_CONNECTION,
    HEAD_KEY,
    HEAD_VERSION,
    HEAD_PROTOCOL,
    HEAD_EXTENSIONS,
    HEAD_ACCEPT,
    HEAD_ORIGIN,
    HEAD_BODY_LENGTH,
    HEAD_BODY_ENCODING,
    HEAD_COUNT
} head_id;

static const char *const head_names[HEAD_COUNT] = {
    [HEAD_HOST] = "Host",
    [HEAD_UPGRADE] = "Upgrade",
    [HEAD_CONNECTION] = "Connection",
    [HEAD_KEY] = "Sec-WebSocket-Key",
    [HEAD_VERSION] = "Sec-WebSocket-Version",
    [HEAD_PROTOCOL] = "Sec-WebSocket-Protocol",
    [HEAD_EXTENSIONS] = "Sec-WebSocket-Extensions",
    [HEAD_ACCEPT] = "Sec-WebSocket-Accept",
    [HEAD_ORIGIN] = "Origin",
    [HEAD_BODY_LENGTH] = "Content-Length",
    [HEAD_BODY_ENCODING] = "Transfer-Encoding",
};

typedef struct head {
    base_bytes first;             /* the request line or status line */
    base_bytes value[HEAD_COUNT]; /* without blanks around it */
    bool has[HEAD_COUNT];
    size_t size; /* of the whole head */
} head;

static bool same_text(base_bytes a, const char *text)
{
    return a.n == strlen(text) && strncasecmp((const char *)a.p, text, a.n) == 0;
}

static bool same_exact(base_bytes a, const char *text)
{
    return base_bytes_eq(a, base_bytes_str(text));
}

static bool is_token_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static base_bytes trim(base_bytes b)
{
    while (b.n > 0 && is_blank(b.p[0])) {
        b.p++;
        b.n--;
    }
    while (b.n > 0 && is_blank(b.p[b.n - 1])) {
        b.n--;
    }
    return b;
}

/* Cut the next line, without its CRLF, from what is left of a whole head. A lone CR or LF, and any
 * byte but visible ASCII and blanks, makes the head unreadable. */
static bool next_line(base_bytes *left, base_bytes *line)
{
    size_t i = 0;
    while (i < left->n && left->p[i] != '\r') {
        uint8_t c = left->p[i];
        if ((c < 0x20 && c != '\t') || c > 0x7e) {
            return false;
        }
        i++;
    }
    if (left->n - i < 2 || left->p[i + 1] != '\n') {
        return false;
    }
    *line = base_bytes_of(left->p, i);
    left->p += i + 2;
    left->n -= i + 2;
    return true;
}

/* Note one header line. False when it is malformed or repeats a header that decides. */
static bool note_header(base_bytes line, head *h)
{
    size_t n = 0;
    while (n < line.n && is_token_char(line.p[n])) {
        n++;
    }
    if (n == 0 || n == line.n || line.p[n] != ':') {
        return false; /* folded, without a name, a blank before the colon, or no colon */
    }
    base_bytes name = base_bytes_of(line.p, n);
    for (size_t id = 0; id < HEAD_COUNT; id++) {
        if (same_text(name, head_names[id])) {
            if (h->has[id]) {
                return false;
            }
            h->has[id] = true;
            h->value[id] = trim(base_bytes_of(line.p + n + 1, line.n - n - 1));
        }
    }
    return true;
}

/* Read a head: 0 more bytes needed, 1 read, -1 malformed, -2 too large. */
static int head_read(base_bytes in, head *h)
{
    size_t seen = in.n < WS_HEAD_MAX ? in.n : WS_HEAD_MAX;
    const uint8_t *end = seen == 0 ? NULL : memmem(in.p, seen, "\r\n\r\n", 4);
    if (end == NULL) {
        return in.n < WS_HEAD_MAX ? 0 : -2;
    }
    *h = (head){.size = (size_t)(end - in.p) + 4};
    base_bytes left = base_bytes_of(in.p, h->size - 2);
    if (!next_line(&left, &h->first)) {
        return -1;
    }
    for (size_t lines = 0; left.n > 0; lines++) {
        base_bytes line = BASE_BYTES_NONE;
        if (lines == WS_HEAD_LINES) {
            return -2;
        }
        if (!next_line(&left, &line) || !note_header(line, h)) {
            return -1;
        }
    }
    return 1;
}

/* Whether a comma-separated list names the token; case decides only when exact. */
static bool list_has(base_bytes list, const char *token, bool exact)
{
    while (list.n > 0) {
        const uint8_t *comma = memchr(list.p, ',', list.n);
        size_t n = comma == NULL ? list.n : (size_t)(comma - list.p);
        base_bytes item = trim(base_bytes_of(list.p, n));
        if (exact ? same_exact(item, token) : same_text(item, token)) {
            return true;
        }
        n += comma == NULL ? 0 : 1;
        list.p += n;
        list.n -= n;
    }
    return false;
}

/* 22 characters of base64 and "==": 16 bytes. The spare bits of the last character must be zero, so
 * that one key has one spelling. */
static bool key_is_good(base_bytes key)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (key.n != WS_KEY_CHARS || key.p[22] != '=' || key.p[23] != '=') {
        return false;
    }
    for (size_t i = 0; i < 22; i++) {
        if (key.p[i] == 0 || strchr(alphabet, key.p[i]) == NULL) {
            return false;
        }
    }
    return strchr("AQgw", key.p[21]) != NULL;
}

static bool host_is_good(base_bytes host)
{
    if (host.n == 0 || host.n > 255) {
        return false;
    }
    for (size_t i = 0; i < host.n; i++) {
        uint8_t c = host.p[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!word && strchr(".-_:[]", c) == NULL) {
            return false;
        }
    }
    return true;
}

/* Sec-WebSocket-Accept (RFC 6455, section 4.2.2, item 5.4). */
static bool accept_of(base_bytes key, char accept[static WS_ACCEPT_CHARS + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[WS_KEY_CHARS + sizeof guid - 1];
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    memcpy(text, key.p, WS_KEY_CHARS);
    memcpy(text + WS_KEY_CHARS, guid, sizeof guid - 1);
    if (EVP_Digest(text, sizeof text, sum, &n, EVP_sha1(), NULL) != 1 || n != 20) {
        return false;
    }
    return EVP_EncodeBlock((unsigned char *)accept, sum, 20) == WS_ACCEPT_CHARS;
}

/* The request line, already known to be visible ASCII. Returns 0 or the status to refuse with. */
static int judge_request_line(base_bytes line, const char *path)
{
    static const char version[] = " HTTP/1.1";
    size_t tail = sizeof version - 1;
    const uint8_t *blank = memchr(line.p, ' ', line.n);
    if (blank == NULL) {
        return 400;
    }
    size_t method = (size_t)(blank - line.p);
    for (size_t i = 0; i < method; i++) {
        if (!is_token_char(line.p[i])) {
            return 400;
        }
    }
    if (method != 3 || memcmp(line.p, "GET", 3) != 0) {
        return method == 0 ? 400 : 405;
    }
    base_bytes rest = base_bytes_of(blank + 1, line.n - method - 1);
    const uint8_t *second = memchr(rest.p, ' ', rest.n);
    if (second == NULL || rest.p[0] != '/') {
        return 400;
    }
    base_bytes target = base_bytes_of(rest.p, (size_t)(second - rest.p));
    base_bytes after = base_bytes_of(second, rest.n - target.n);
    if (after.n < 6 || memcmp(after.p, " HTTP/", 6) != 0 || target.n > WS_TARGET_MAX) {
        return 400;
    }
    if (after.n != tail || memcmp(after.p, version, tail) != 0) {
        return 505;
    }
    return same_exact(target, path == NULL ? "/" : path) ? 0 : 404;
}

/* A request starts with these letters, or it is no request: tell at the first byte. */
static bool begins_like_http(base_bytes in)
{
    for (size_t i = 0; i < in.n && i < 3; i++) {
        if (in.p[i] < 'A' || in.p[i] > 'Z') {
            return false;
        }
    }
    return true;
}

static int judge_headers(const head *h, const ws_rules *rules)
{
    if (h->has[HEAD_BODY_LENGTH] || h->has[HEAD_BODY_ENCODING] || !h->has[HEAD_HOST] ||
        !host_is_good(h->value[HEAD_HOST])) {
        return 400;
    }
    if (h->has[HEAD_ORIGIN] && !rules->allow_origin) {
        return 403;
    }
    if (!h->has[HEAD_UPGRADE] || !list_has(h->value[HEAD_UPGRADE], "websocket", false) ||
        !h->has[HEAD_CONNECTION] || !list_has(h->value[HEAD_CONNECTION], "upgrade", false) ||
        !h->has[HEAD_VERSION] || !same_exact(h->value[HEAD_VERSION], "13")) {
        return 426;
    }
    if (!h->has[HEAD_KEY] || !key_is_good(h->value[HEAD_KEY])) {
        return 400;
    }
    if (rules->protocol != NULL && !list_has(h->value[HEAD_PROTOCOL], rules->protocol, true)) {
        return 400;
    }
    return 0;
}

int ws_request_judge(base_bytes in, const ws_rules *rules, char accept[static WS_ACCEPT_CHARS + 1])
{
    head h = {0};
    if (!begins_like_http(in)) {
        return 400;
    }
    int got = head_read(in, &h);
    if (got == 0) {
        return 0;
    }
    if (got < 0) {
        return got == -2 ? 431 : 400;
    }
    int status = judge_request_line(h.first, rules->path);
    if (status == 0) {
        status = judge_headers(&h, rules);
    }
    if (status == 0 && h.size != in.n) {
        status = 400; /* a client waits for the answer before it sends more (section 4.1) */
    }
    if (status != 0) {
        return status;
    }
    return accept_of(h.value[HEAD_KEY], accept) ? 101 : 500;
}

static const char *reason_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 426:
        return "Upgrade Required";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Internal Server Error";
    }
}

/* Append formatted text of at most 511 bytes. */
__attribute__((format(printf, 2, 3))) static base_err append_text(base_buf *out, const char *form,
                                                                  ...)
{
    char text[512];
    va_list args;
    va_start(args, form);
    int n = vsnprintf(text, sizeof text, form, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text) {
        return BASE_E_LIMIT;
    }
    return base_buf_append(out, base_bytes_of(text, (size_t)n));
}

base_err ws_answer_write(base_buf *out, int status, const ws_rules *rules, const char *accept)
{
    base_err err = BASE_OK;
    size_t before = out->n;
    if (status == 101) {
        TRY(append_text(out,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
                        accept));
        if (rules->protocol != NULL) {
            TRY(append_text(out, "Sec-WebSocket-Protocol: %s\r\n", rules->protocol));
        }
        TRY(append_text(out, "\r\n"));
    } else {
        TRY(append_text(out, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n%s%s\r\n",
                        status, reason_of(status),
                        status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : "",
                        status == 405 ? "Allow: GET\r\n" : ""));
    }
done:
    if (err != BASE_OK) {
        out->n = before;
    }
    return err;
}

void ws_key_encode(const uint8_t random[static 16], char key[static WS_KEY_CHARS + 1])
{
    (void)EVP_EncodeBlock((unsigned char *)key, random, 16);
}

base_err ws_request_write(base_buf *out, const char *host, const ws_rules *rules,
                          const char key[static WS_KEY_CHARS + 1])
{
    base_err err = BASE_OK;
    size_t before = out->n;
    TRY(append_text(out, "GET %s HTTP/1.1\r\n", rules->path == NULL ? "/" : rules->path));
    TRY(append_text(out, "Host: %s\r\n", host));
    TRY(append_text(out,
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: %s\r\n",
                    key));
    if (rules->protocol != NULL) {
        TRY(append_text(out, "Sec-WebSocket-Protocol: %s\r\n", rules->protocol));
    }
    TRY(append_text(out, "\r\n"));
done:
    if (err != BASE_OK) {
        out->n = before;
    }
    return err;
}

/* "HTTP/1.1 101 Switching Protocols" -> 101; 0 when it is no status line of HTTP/1.1. */
static int status_of(base_bytes line)
{
    int status = 0;
    if (line.n < 12 || memcmp(line.p, "HTTP/1.1 ", 9) != 0 || (line.n > 12 && line.p[12] != ' ')) {
        return 0;
    }
    for (size_t i = 9; i < 12; i++) {
        if (line.p[i] < '0' || line.p[i] > '9') {
            return 0;
        }
        status = status * 10 + (line.p[i] - '0');
    }
    return status;
}

int ws_answer_judge(base_bytes in, const ws_rules *rules, const char key[static WS_KEY_CHARS + 1],
                    size_t *used)
{
    head h = {0};
    char accept[WS_ACCEPT_CHARS + 1];
    if (!begins_like_http(in)) {
        return 502;
    }
    int got = head_read(in, &h);
    if (got <= 0) {
        return got == 0 ? 0 : 502;
    }
    int status = status_of(h.first);
    if (status != 101) {
        return status >= 300 && status <= 599 ? status : 502;
    }
    bool named = h.has[HEAD_PROTOCOL];
    if (!list_has(h.value[HEAD_UPGRADE], "websocket", false) ||
        !list_has(h.value[HEAD_CONNECTION], "upgrade", false) || h.has[HEAD_EXTENSIONS] ||
        h.has[HEAD_BODY_LENGTH] || h.has[HEAD_BODY_ENCODING] ||
        named != (rules->protocol != NULL) ||
        (named && !same_exact(h.value[HEAD_PROTOCOL], rules->protocol)) ||
        !accept_of(base_bytes_of(key, WS_KEY_CHARS), accept) ||
        !same_exact(h.value[HEAD_ACCEPT], accept)) {
        return 502;
    }
    *used = h.size;
    return 101;
}
