/* Connections to relays: two a relay at most (logs; mailbox, shelf and directory), each with HELLO,
 * the requests under way, and back-off. Which answer goes where is in dispatch.c. */
#include "base/alloc.h"
#include "core.h"

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define STEADY_MS 60000
#define UNSTEADY_MAX 4 /* about ten seconds */

core_conn *conn_find(sotto *s, int64_t relay, core_purpose purpose)
{
    for (size_t i = 0; i < CORE_CONNS_MAX; i++) {
        core_conn *c = &s->conns[i];
        if (c->used && c->relay == relay && c->purpose == purpose) {
            return c;
        }
    }
    return NULL;
}

base_bytes conn_postage(const core_conn *c)
{
    return c->postage_wanted ? base_buf_bytes(&c->postage) : BASE_BYTES_NONE;
}

static base_err conn_connect(sotto *s, core_conn *c)
{
    sotto_command cmd = {.kind = SOTTO_CMD_CONNECT, .conn = c->id, .url = c->url};
    c->state = CONN_CONNECTING;
    c->retry_at = 0;
    s->disturbed = true;
    return core_command(s, &cmd, NULL);
}

static core_conn *free_slot(sotto *s)
{
    for (size_t i = 0; i < CORE_CONNS_MAX; i++) {
        if (!s->conns[i].used) {
            return &s->conns[i];
        }
    }
    return NULL;
}

core_conn *conn_want(sotto *s, int64_t relay, core_purpose purpose)
{
    relay_row row;
    core_conn *c = conn_find(s, relay, purpose);
    if (c != NULL) {
        c->last_used = s->now;
        return c;
    }
    c = free_slot(s);
    memset(&row, 0, sizeof row);
    if (c == NULL || store_relay_get(s->store, relay, &row) != BASE_OK) {
        relay_row_clear(&row);
        return NULL;
    }
    s->disturbed = true;
    memset(c, 0, sizeof *c);
    c->postage = c->part = c->part_frame = c->upload = base_buf_on(s->alloc);
    c->used = true;
    c->id = (uint32_t)(c - s->conns) + 1;
    c->relay = relay;
    c->purpose = purpose;
    c->last_used = s->now;
    c->next_channel = 1;
    memcpy(c->url, row.url, sizeof c->url);
    c->postage = base_buf_take(&row.postage);
    relay_row_clear(&row);
    if (conn_connect(s, c) != BASE_OK) {
        conn_clear(s, c);
        return NULL;
    }
    return c;
}

void conn_clear(sotto *s, core_conn *c)
{
    base_buf_clear(&c->postage);
    base_buf_clear(&c->part);
    base_buf_clear(&c->part_frame);
    base_buf_clear(&c->upload);
    base_alloc_free(s->alloc, c->requests);
    memset(c, 0, sizeof *c);
}

/* A person's requests that waited for an answer on it ask again when it is back. */
static void ops_forget(sotto *s, const core_conn *c)
{
    for (size_t i = 0; i < CORE_OPS_MAX; i++) {
        core_op *op = &s->ops[i];
        for (size_t k = 0; k < op->n_people; k++) {
            op_person *p = &op->people[k];
            p->asked = strcmp(p->reach.relay, c->url) == 0 ? p->got : p->asked;
        }
        if (c->relay == (op->kind == OP_HANDLE ? s->me.relay : op->relay)) {
            op->sent_dir = false;
        }
    }
}

/* Forget what was under way; the rooms that used it follow again when it is back. */
static void conn_forget(sotto *s, core_conn *c)
{
    c->n_requests = 0;
    c->next_request = 0;
    c->part_left = 0;
    base_buf_clear(&c->part);
    base_buf_clear(&c->part_frame);
    base_buf_clear(&c->upload);
    c->uploaded = 0;
    c->upload_request = 0;
    for (size_t i = 0; i < s->n_rooms; i++) {
        if (s->rooms[i]->row.relay == c->relay && c->purpose == CORE_LOGS) {
            room_live_reset(s->rooms[i]);
        }
    }
    if (c->purpose == CORE_MAIL) {
        ops_forget(s, c);
        if (c->relay == s->me.relay) {
            s->mail_busy = false;
            s->mail_channel = 0;
            s->shelf_busy = false;
            s->shelf_checked = false;
            s->box_again = false;
            s->shelf_again = false;
        }
    }
}

static uint64_t backoff(sotto *s, uint32_t failures)
{
    uint64_t ms = BACKOFF_MIN_MS;
    uint8_t r = 0;
    for (uint32_t i = 0; i < failures && ms < BACKOFF_MAX_MS; i++) {
        ms *= 2;
    }
    ms = ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
    if (sotto_random(&s->prims, &r, 1) != BASE_OK) {
        r = 128;
    }
    return ms / 2 + ms * r / 512; /* between a half and the whole: agents do not come in step */
}

static void conn_lost(sotto *s, core_conn *c, const char *why)
{
    s->disturbed = true;
    conn_forget(s, c);
    if (c->state == CONN_READY) {
        /* One that held is forgiven at once, one that breaks again and again is not. */
        bool held = s->now >= c->ready_at + STEADY_MS;
        c->failures = held ? 0 : c->failures < UNSTEADY_MAX ? c->failures : UNSTEADY_MAX;
    }
    c->state = CONN_IDLE;
    c->retry_at = s->now + backoff(s, c->failures);
    c->failures++;
    core_text(base_bytes_str(why), c->why, sizeof c->why);
}

void conn_close(sotto *s, core_conn *c, const char *why)
{
    sotto_command cmd = {.kind = SOTTO_CMD_CLOSE, .conn = c->id};
    conn_lost(s, c, why);
    if (core_command(s, &cmd, NULL) != BASE_OK) {
        c->why[0] = '\0'; /* out of memory: the relay's time-out closes it instead */
    }
}

void conn_reset_all(sotto *s)
{
    for (size_t i = 0; i < CORE_CONNS_MAX; i++) {
        if (s->conns[i].used && s->conns[i].state != CONN_IDLE) {
            conn_close(s, &s->conns[i], "starting over");
        }
    }
}

static base_err home_event(sotto *s, const core_conn *c)
{
    sotto_event e = {.kind = SOTTO_EVENT_CONNECTION};
    return c->relay == s->me.relay ? core_event(s, &e) : BASE_OK;
}

base_err conn_request(sotto *s, core_conn *c, wire_frame *f, const core_request *what)
{
    base_err err = BASE_OK;
    base_buf bytes = base_buf_on(s->alloc);
    sotto_command cmd = {.kind = SOTTO_CMD_SEND, .conn = c->id};
    s->disturbed = true; /* what the caller noted before it asked, too */
    REQUIRE(c->n_requests < CORE_REQUESTS_MAX, BASE_E_LIMIT);
    TRY(base_alloc_grow(s->alloc, (void **)&c->requests, &c->requests_cap, c->n_requests + 1,
                        sizeof *c->requests));
    c->next_request = c->next_request == UINT32_MAX ? 1 : c->next_request + 1;
    f->request = c->next_request;
    TRY(wire_frame_encode(f, &bytes));
    TRY(core_command(s, &cmd, &bytes));
    c->heard_at = c->n_requests == 0 ? s->now : c->heard_at;
    c->requests[c->n_requests] = *what;
    c->requests[c->n_requests].number = f->request;
    c->n_requests++;
    c->last_used = s->now;
done:
    base_buf_clear(&bytes);
    return err;
}

void conn_upload(core_conn *c, base_buf *body)
{
    base_buf_move(&c->upload, body);
    c->uploaded = 0;
    c->upload_request = c->next_request;
}

base_err sotto_conn_up(sotto *s, uint32_t conn, uint64_t now)
{
    base_err err = BASE_OK;
    if (conn == 0 || conn > CORE_CONNS_MAX) {
        return BASE_E_ARGUMENT;
    }
    err = core_begin(s, now);
    if (err != BASE_OK) {
        core_undo(s, err); /* it is up, and nobody would greet it */
        return err;
    }
    core_conn *c = &s->conns[conn - 1];
    if (c->used && c->state == CONN_CONNECTING) {
        wire_frame f = {.type = WIRE_HELLO, .u.hello = {WIRE_VERSION, WIRE_VERSION}};
        core_request what = {.kind = REQ_HELLO};
        err = conn_request(s, c, &f, &what);
        c->state = CONN_HELLO;
    }
    return core_end(s, err);
}

base_err sotto_conn_down(sotto *s, uint32_t conn, const char *why, uint64_t now)
{
    base_err err = BASE_OK;
    if (conn == 0 || conn > CORE_CONNS_MAX) {
        return BASE_E_ARGUMENT;
    }
    core_conn *c = &s->conns[conn - 1];
    if (!c->used || c->state == CONN_IDLE) {
        return BASE_OK;
    }
    err = core_begin(s, now);
    conn_lost(s, c, why != NULL ? why : ""); /* whatever else: it is gone */
    return err != BASE_OK ? err : core_end(s, home_event(s, c));
}

/* Whether anything still needs this connection. */
static bool has_rooms(const sotto *s, const core_conn *c)
{
    for (size_t i = 0; c->purpose == CORE_LOGS && i < s->n_rooms; i++) {
        const room_row *r = &s->rooms[i]->row;
        if (r->relay == c->relay &&
            (r->state == SOTTO_ROOM_OPEN || r->state == SOTTO_ROOM_PENDING ||
             r->state == SOTTO_ROOM_MAKING)) {
            return true;
        }
    }
    return false;
}

static bool conn_needed(const sotto *s, const core_conn *c)
{
    return c->relay == s->me.relay || has_rooms(s, c) || c->n_requests > 0 ||
           s->now < c->last_used + CORE_IDLE_MS;
}

base_err conn_tick(sotto *s)
{
    base_err err = BASE_OK;
    if (conn_want(s, s->me.relay, CORE_MAIL) == NULL ||
        conn_want(s, s->me.relay, CORE_LOGS) == NULL) {
        return BASE_E_NOMEM;
    }
    for (size_t i = 0; err == BASE_OK && i < CORE_CONNS_MAX; i++) {
        core_conn *c = &s->conns[i];
        if (!c->used) {
            continue;
        }
        if (!conn_needed(s, c)) {
            if (c->state != CONN_IDLE) {
                conn_close(s, c, "idle");
            }
            conn_clear(s, c);
        } else if (c->state == CONN_IDLE && s->now >= c->retry_at) {
            err = conn_connect(s, c);
        } else if (c->n_requests > 0 && s->now >= c->heard_at + CORE_SILENCE_MS) {
            conn_close(s, c, "The relay does not answer.");
            err = home_event(s, c);
        }
    }
    return err;
}

uint64_t conn_wake_at(const sotto *s)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < CORE_CONNS_MAX; i++) {
        const core_conn *c = &s->conns[i];
        if (!c->used) {
            continue;
        }
        if (c->state == CONN_IDLE && c->retry_at < at) {
            at = c->retry_at;
        }
        if (c->n_requests > 0 && c->heard_at + CORE_SILENCE_MS < at) {
            at = c->heard_at + CORE_SILENCE_MS;
        }
        if (c->relay != s->me.relay && !has_rooms(s, c) && c->n_requests == 0 &&
            c->last_used + CORE_IDLE_MS < at) {
            at = c->last_used + CORE_IDLE_MS;
        }
    }
    return at;
}

base_err sotto_retry(sotto *s, uint64_t now)
{
    base_err err = core_begin(s, now);
    if (err != BASE_OK) {
        return err;
    }
    for (size_t i = 0; i < CORE_CONNS_MAX; i++) {
        if (s->conns[i].used) {
            s->conns[i].retry_at = 0;
            s->conns[i].failures = 0;
        }
    }
    err = conn_tick(s);
    return core_end(s, err);
}

base_err conn_relay_name(const char *url, char *out, size_t size)
{
    const char *slashes = strstr(url, "://");
    if (slashes == NULL) {
        return BASE_E_ARGUMENT;
    }
    bool tls = slashes - url == 3; /* wss */
    const char *host = slashes + 3;
    size_t n = strcspn(host, "/?");
    const char *colon = NULL;
    for (size_t i = 0; i < n; i++) {
        if (host[i] == ':' && (host[0] != '[' || memchr(host, ']', i) != NULL)) {
            colon = host + i;
        }
    }
    size_t host_n = colon != NULL ? (size_t)(colon - host) : n;
    const char *port = colon != NULL ? colon : tls ? ":443" : ":80";
    size_t port_n = colon != NULL ? n - host_n : strlen(port);
    if (port_n == 4 && memcmp(port, ":443", 4) == 0) {
        port_n = 0;
    }
    if (host_n + port_n + 1 > size) {
        return BASE_E_LIMIT;
    }
    memset(out, 0, size);
    for (size_t i = 0; i < host_n; i++) {
        char c = host[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    memcpy(out + host_n, port, port_n);
    return BASE_OK;
}
