/* HTTP for the page, strict and bounded; see the header. */
#include "page_http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

/* Headers that decide; each may stand at most once. */
typedef enum page_field {
    FIELD_HOST,
    FIELD_ORIGIN,
    FIELD_UPGRADE,
    FIELD_CONNECTION,
    FIELD_KEY,
    FIELD_VERSION,
    FIELD_PROTOCOL,
    FIELD_LENGTH,
    FIELD_ENCODING,
    FIELD_COUNT
} page_field;

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_HOST] = "Host",
    [FIELD_ORIGIN] = "Origin",
    [FIELD_UPGRADE] = "Upgrade",
    [FIELD_CONNECTION] = "Connection",
    [FIELD_KEY] = "Sec-WebSocket-Key",
    [FIELD_VERSION] = "Sec-WebSocket-Version",
    [FIELD_PROTOCOL] = "Sec-WebSocket-Protocol",
    [FIELD_LENGTH] = "Content-Length",
    [FIELD_ENCODING] = "Transfer-Encoding",
};

typedef struct page_head {
    base_bytes line;               /* the request line */
    base_bytes value[FIELD_COUNT]; /* p is NULL when the header is absent */
} page_head;

static bool has(const page_head *h, page_field f)
{
    return h->value[f].p != NULL;
}

static bool same(base_bytes a, const char *text)
{
    return a.n == strlen(text) && memcmp(a.p, text, a.n) == 0;
}

static bool same_loosely(base_bytes a, const char *text)
{
    return a.n == strlen(text) && strncasecmp((const char *)a.p, text, a.n) == 0;
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

static bool is_token_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* ---- reading a head ---- */

/* Cut the next line without its CRLF. False at a lone CR or LF, or any byte but visible ASCII and
 * blanks. */
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
    *left = base_bytes_of(left->p + i + 2, left->n - i - 2);
    return true;
}

static bool note_header(base_bytes line, page_head *h)
{
    size_t n = 0;
    while (n < line.n && is_token_char(line.p[n])) {
        n++;
    }
    if (n == 0 || n == line.n || line.p[n] != ':') {
        return false; /* folded, nameless, a blank before the colon, or no colon */
    }
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        if (same_loosely(base_bytes_of(line.p, n), field_names[f])) {
            if (h->value[f].p != NULL) {
                return false;
            }
            h->value[f] = trim(base_bytes_of(line.p + n + 1, line.n - n - 1));
        }
    }
    return true;
}

/* 0: more bytes are needed; 200: read; else the status to refuse with. */
static int read_head(base_bytes in, page_head *h)
{
    size_t seen = in.n < PAGE_HEAD_MAX ? in.n : PAGE_HEAD_MAX;
    const uint8_t *end = seen == 0 ? NULL : memmem(in.p, seen, "\r\n\r\n", 4);
    if (end == NULL) {
        return in.n < PAGE_HEAD_MAX ? 0 : 431;
    }
    base_bytes left = base_bytes_of(in.p, (size_t)(end - in.p) + 2);
    if (left.n + 2 != in.n || !next_line(&left, &h->line)) {
        return 400; /* a browser waits for the answer before it says more */
    }
    for (size_t lines = 0; left.n > 0; lines++) {
        base_bytes line = BASE_BYTES_NONE;
        if (lines == PAGE_LINES_MAX) {
            return 431;
        }
        if (!next_line(&left, &line) || !note_header(line, h)) {
            return 400;
        }
    }
    return 200;
}

/* ---- judging it ---- */

static int judge_line(base_bytes line, page_request *out)
{
    static const char version[] = "HTTP/1.1";
    const uint8_t *first = memchr(line.p, ' ', line.n);
    size_t method = first == NULL ? 0 : (size_t)(first - line.p);
    if (method == 0) {
        return 400;
    }
    for (size_t i = 0; i < method; i++) {
        if (!is_token_char(line.p[i])) {
            return 400;
        }
    }
    base_bytes rest = base_bytes_of(first + 1, line.n - method - 1);
    const uint8_t *second = rest.n == 0 ? NULL : memchr(rest.p, ' ', rest.n);
    if (second == NULL || rest.p[0] != '/') {
        return 400;
    }
    base_bytes target = base_bytes_of(rest.p, (size_t)(second - rest.p));
    base_bytes after = base_bytes_of(second + 1, rest.n - target.n - 1);
    if (target.n > PAGE_TARGET_MAX || after.n < 5 || memcmp(after.p, "HTTP/", 5) != 0) {
        return 400;
    }
    if (!same(after, version)) {
        return 505;
    }
    if (!same(base_bytes_of(line.p, method), "GET")) {
        return 405;
    }
    memcpy(out->target, target.p, target.n);
    out->target[target.n] = '\0';
    return 200;
}

/* Host names this machine and this port, and Origin, when there is one, the same: else a name that
 * somebody else's DNS points here, or a page from elsewhere, could speak with us. */
static int judge_names(const page_head *h, const page_rules *rules)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    char name[32];
    char origin[48];
    base_bytes host = h->value[FIELD_HOST];
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        (void)snprintf(name, sizeof name, "%s:%u", hosts[i], (unsigned)rules->port);
        (void)snprintf(origin, sizeof origin, "http://%s", name);
        if (same_loosely(host, name)) {
            bool good = !has(h, FIELD_ORIGIN) || same_loosely(h->value[FIELD_ORIGIN], origin);
            return good ? 200 : 403;
        }
    }
    return 403;
}

static bool list_has(base_bytes list, const char *token, bool exact)
{
    while (list.n > 0) {
        const uint8_t *comma = memchr(list.p, ',', list.n);
        size_t n = comma == NULL ? list.n : (size_t)(comma - list.p);
        base_bytes item = trim(base_bytes_of(list.p, n));
        if (exact ? same(item, token) : same_loosely(item, token)) {
            return true;
        }
        n += comma == NULL ? 0 : 1;
        list = base_bytes_of(list.p + n, list.n - n);
    }
    return false;
}

/* 22 characters of base64 and "==": 16 bytes, the spare bits zero. */
static bool key_is_good(base_bytes key)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (key.n != 24 || key.p[22] != '=' || key.p[23] != '=') {
        return false;
    }
    for (size_t i = 0; i < 22; i++) {
        if (key.p[i] == 0 || strchr(alphabet, key.p[i]) == NULL) {
            return false;
        }
    }
    return strchr("AQgw", key.p[21]) != NULL;
}

/* Sec-WebSocket-Accept (RFC 6455, section 4.2.2, item 5.4). */
static bool accept_of(base_bytes key, char accept[static PAGE_ACCEPT_CHARS + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[24 + sizeof guid - 1];
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    memcpy(text, key.p, 24);
    memcpy(text + 24, guid, sizeof guid - 1);
    if (EVP_Digest(text, sizeof text, sum, &n, EVP_sha1(), NULL) != 1 || n != 20) {
        return false;
    }
    return EVP_EncodeBlock((unsigned char *)accept, sum, 20) == PAGE_ACCEPT_CHARS;
}

static int judge_upgrade(const page_head *h, const page_rules *rules, page_request *out)
{
    if (strcmp(out->target, rules->path) != 0) {
        return 404;
    }
    if (!has(h, FIELD_ORIGIN)) {
        return 403; /* every browser sends one; others have the Unix socket */
    }
    if (!list_has(h->value[FIELD_UPGRADE], "websocket", false) ||
        !list_has(h->value[FIELD_CONNECTION], "upgrade", false) ||
        !same(h->value[FIELD_VERSION], "13")) {
        return 426;
    }
    if (!key_is_good(h->value[FIELD_KEY]) ||
        !list_has(h->value[FIELD_PROTOCOL], rules->protocol, true)) {
        return 400;
    }
    return accept_of(h->value[FIELD_KEY], out->accept) ? 101 : 500;
}

int page_request_judge(base_bytes in, const page_rules *rules, page_request *out)
{
    page_head h = {0};
    *out = (page_request){0};
    if (in.n > 0 && (in.p[0] < 'A' || in.p[0] > 'Z')) {
        return 400; /* no request begins so; do not wait for the rest */
    }
    int status = read_head(in, &h);
    if (status == 200) {
        status = judge_line(h.line, out);
    }
    if (status != 200) {
        return status;
    }
    if (has(&h, FIELD_LENGTH) || has(&h, FIELD_ENCODING) || !has(&h, FIELD_HOST)) {
        return 400;
    }
    status = judge_names(&h, rules);
    if (status == 200 && (has(&h, FIELD_UPGRADE) || has(&h, FIELD_KEY))) {
        status = judge_upgrade(&h, rules, out);
    } else if (status == 200 && strcmp(out->target, rules->path) == 0) {
        status = 426;
    }
    return status;
}

/* ---- answering ---- */

static const char *reason_of(int status)
{
    switch (status) {
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
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

static const char common[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

base_err page_answer_write(base_buf *out, int status, const char *type, size_t size,
                           const page_request *request, const page_rules *rules)
{
    char text[512];
    int n = 0;
    if (status == 101) {
        n = snprintf(text, sizeof text,
                     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
                     request->accept, rules->protocol);
    } else {
        n = snprintf(text, sizeof text,
                     "%s%s%s%s%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
                     type != NULL ? "Content-Type: " : "", type != NULL ? type : "",
                     type != NULL ? "\r\n" : "", status == 405 ? "Allow: GET\r\n" : "",
                     status == 426 ? "Upgrade: websocket\r\n" : "", size);
    }
    if (n < 0 || (size_t)n >= sizeof text) {
        return BASE_E_INTERNAL;
    }
    char line[64];
    int m = snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
    base_err err = base_buf_append(out, base_bytes_of(line, (size_t)m));
    if (err == BASE_OK) {
        err = base_buf_append(out, base_bytes_str(common));
    }
    if (err == BASE_OK) {
        err = base_buf_append(out, base_bytes_of(text, (size_t)n));
    }
    return err;
}
