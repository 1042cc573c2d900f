/* Clients of a relay, for tests. Everything a session sends is decoded by lib/wire at once, so a
 * frame that the codec would refuse fails the test where it is sent. */
#include "fake_peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/digest_openssl.h"

enum { BODY_SIZE = 256 };

static base_err fill(void *user, uint8_t *p, size_t n)
{
    uint8_t *next = (uint8_t *)user;
    for (size_t i = 0; i < n; i++) {
        p[i] = (*next)++;
    }
    return BASE_OK;
}

static void count(void *user, relay_metric what, uint64_t n)
{
    ((fake_world *)user)->counts[what] += n;
}

static digest_openssl *hasher(void)
{
    static digest_openssl *d;
    if (d == NULL) {
        assert_int_equal(digest_openssl_new(&d), BASE_OK);
    }
    return d;
}

static void sha256(const base_bytes *parts, size_t n, uint8_t out[32])
{
    relay_digest port = digest_openssl_port(hasher());
    assert_int_equal(port.sha256(port.user, parts, n, out), BASE_OK);
}

fake_world *fake_world_new(const relay_store *store, const char *postage)
{
    fake_world *w = (fake_world *)calloc(1, sizeof *w);
    assert_non_null(w);
    if (store == NULL) {
        w->store = fake_log_store_new(7);
        assert_non_null(w->store);
        store = fake_log_store_port(w->store);
    }
    w->port = store;
    w->now = 20000ull * FAKE_DAY;
    const relay_ports ports = {
        .store = store,
        .digest = digest_openssl_port(hasher()),
        .random = {fill, &w->random},
        .metrics = {count, w},
    };
    const relay_config config = {.postage = base_bytes_str(postage), .sweep_step = 3};
    assert_int_equal(relay_new(&ports, &config, &w->r), BASE_OK);
    fake_tick(w); /* the clock is believed an hour after it was first seen */
    return w;
}

void fake_world_free(fake_world *w)
{
    relay_free(w->r);
    fake_log_store_free(w->store);
    free(w);
}

/* ---- bytes ---- */

base_bytes fake_id(char kind, unsigned v)
{
    static uint8_t ring[256][32];
    static unsigned at;
    uint8_t *b = ring[at++ % 256];
    memset(b, kind, 32);
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
    return base_bytes_of(b, 32);
}

base_bytes fake_gate(char kind, unsigned v)
{
    static uint8_t ring[4096][32];
    static unsigned at;
    uint8_t *b = ring[at++ % 4096];
    base_bytes id = fake_id(kind, v);
    sha256(&id, 1, b);
    return base_bytes_of(b, 32);
}

base_bytes fake_body(size_t n, unsigned v)
{
    static uint8_t bytes[1 << 21];
    assert_true(n <= sizeof bytes);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(v * 37 + i * 11 + (i >> 8));
    }
    return base_bytes_of(bytes, n);
}

void fake_hash_of(base_bytes b, uint8_t out[32])
{
    sha256(&b, 1, out);
}

void fake_hash_start(base_bytes log, uint8_t h[32])
{
    const base_bytes parts[] = {base_bytes_str("sotto log"), log};
    sha256(parts, 2, h);
}

void fake_hash_step(uint8_t h[32], base_bytes entry)
{
    uint8_t digest[32];
    const base_bytes parts[] = {base_bytes_of(h, 32), base_bytes_of(digest, 32)};
    sha256(&entry, 1, digest);
    uint8_t out[32];
    sha256(parts, 2, out);
    memcpy(h, out, 32);
}

/* ---- sending and receiving ---- */

fake_peer *fake_peer_new(fake_world *w, bool free_postage, bool greet)
{
    fake_peer *p = (fake_peer *)calloc(1, sizeof *p);
    assert_non_null(p);
    p->w = w;
    assert_int_equal(relay_session_new(w->r, free_postage, p, w->now, &p->s), BASE_OK);
    if (greet) {
        wire_frame f = {.type = WIRE_HELLO};
        f.u.hello = (wire_hello){1, 1};
        fake_send(p, f);
        fake_flush(w);
        f = fake_expect(p, WIRE_WELCOME);
        assert_int_equal(f.u.welcome.version, 1);
        assert_int_equal(f.u.welcome.postage, !free_postage);
    }
    return p;
}

void fake_peer_free(fake_peer *p)
{
    relay_session_free(p->s);
    for (size_t i = p->first; i < p->n; i++) {
        base_buf_clear(&p->in[i]);
    }
    base_buf_clear(&p->current);
    free(p);
}

void fake_send(fake_peer *p, wire_frame f)
{
    base_buf b = {0};
    f.request = f.request == 0 ? ++p->request : f.request;
    assert_int_equal(wire_frame_encode(&f, &b), BASE_OK);
    relay_session_feed(p->s, base_buf_bytes(&b), p->w->now);
    base_buf_clear(&b);
}

static void take(fake_peer *p)
{
    base_bytes m;
    while ((m = relay_session_front(p->s)).n > 0) {
        if (p->first > 0 && p->n == sizeof p->in / sizeof p->in[0]) {
            memmove(p->in, p->in + p->first, (p->n - p->first) * sizeof p->in[0]);
            p->n -= p->first;
            p->first = 0;
        }
        assert_true(p->n < sizeof p->in / sizeof p->in[0]);
        p->in[p->n] = (base_buf){0};
        assert_int_equal(base_buf_append(&p->in[p->n], m), BASE_OK);
        p->n++;
        relay_session_pop(p->s, p->w->now);
    }
}

base_err fake_try_flush(fake_world *w)
{
    base_err err = relay_flush(w->r, w->now);
    relay_session *s;
    while ((s = relay_next_busy(w->r)) != NULL) {
        take((fake_peer *)relay_session_user(s));
    }
    return err;
}

void fake_flush(fake_world *w)
{
    assert_int_equal(fake_try_flush(w), BASE_OK);
}

bool fake_next(fake_peer *p, wire_frame *out)
{
    if (p->first == p->n) {
        return false;
    }
    base_buf_clear(&p->current);
    p->current = p->in[p->first++];
    if (p->first == p->n) {
        p->first = p->n = 0;
    }
    assert_int_equal(wire_frame_decode(base_buf_bytes(&p->current), out), BASE_OK);
    return true;
}

wire_frame fake_expect(fake_peer *p, wire_type type)
{
    wire_frame f = {0};
    assert_true(fake_next(p, &f));
    if (f.type != type && f.type == WIRE_DONE) {
        fail_msg("DONE %s where %s was expected", wire_status_name(f.u.done.status),
                 wire_type_name((uint8_t)type));
    }
    assert_string_equal(wire_type_name(f.type), wire_type_name((uint8_t)type));
    return f;
}

void fake_expect_nothing(fake_peer *p)
{
    wire_frame f = {0};
    if (fake_next(p, &f)) {
        fail_msg("%s where nothing was expected", wire_type_name(f.type));
    }
}

void fake_expect_fail(fake_peer *p, wire_status status)
{
    wire_frame f = fake_expect(p, WIRE_FAIL);
    assert_int_equal(f.u.done.status, status);
    assert_true(relay_session_closing(p->s));
    fake_expect_nothing(p);
}

wire_status fake_done(fake_peer *p, wire_frame f)
{
    fake_send(p, f);
    fake_flush(p->w);
    f = fake_expect(p, WIRE_DONE);
    assert_int_equal(f.request, p->request);
    return (wire_status)f.u.done.status;
}

/* ---- requests ---- */

wire_status fake_create(fake_peer *p, unsigned log, unsigned token, unsigned key)
{
    wire_frame f = {.type = WIRE_CREATE};
    f.u.create = (wire_create){fake_id('l', log), fake_gate('t', token), fake_gate('k', key),
                               BASE_BYTES_NONE};
    return fake_done(p, f);
}

wire_follow fake_follow_item(uint32_t channel, unsigned log, uint64_t epoch, unsigned token,
                             unsigned key, uint64_t from)
{
    return (wire_follow){channel, fake_id('l', log), epoch, fake_id('t', token), fake_id('k', key),
                         from};
}

void fake_follow_send(fake_peer *p, const wire_follow *items, size_t n)
{
    base_buf list = {0};
    wire_frame f = {.type = WIRE_FOLLOW};
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(wire_follow_put(&list, &items[i]), BASE_OK);
    }
    f.u.items.items = base_buf_bytes(&list);
    fake_send(p, f);
    base_buf_clear(&list);
}

wire_followed fake_follow(fake_peer *p, uint32_t channel, unsigned log, uint64_t epoch,
                          unsigned token, unsigned key, uint64_t from)
{
    wire_followed out = {0};
    wire_follow item = fake_follow_item(channel, log, epoch, token, key, from);
    fake_follow_send(p, &item, 1);
    fake_flush(p->w);
    wire_frame f = fake_expect(p, WIRE_FOLLOWED);
    base_rd rd = base_rd_on(f.u.items.items);
    assert_int_equal(wire_followed_next(&rd, &out), BASE_OK);
    assert_false(base_rd_more(&rd));
    assert_int_equal(out.channel, channel);
    return out;
}

/* The seq of APPENDED or COMMITTED, or the status of DONE. Pushes may come before. */
static uint64_t written(fake_peer *p, uint32_t request, wire_status *status)
{
    wire_frame f;
    base_buf later[64] = {{0}};
    size_t n = 0;
    uint64_t seq = 0;
    for (;;) {
        assert_true(fake_next(p, &f));
        if (f.request == request && f.type != WIRE_CREDITED) {
            break;
        }
        assert_true(n < 64);
        later[n++] = base_buf_take(&p->current);
    }
    *status = f.type == WIRE_DONE ? (wire_status)f.u.done.status : WIRE_OK;
    if (f.type != WIRE_DONE) {
        seq = f.u.seq.seq;
    }
    /* put the pushes back in front */
    assert_true(p->first >= n || p->n + n < sizeof p->in / sizeof p->in[0]);
    if (p->first < n) {
        memmove(p->in + n, p->in + p->first, (p->n - p->first) * sizeof p->in[0]);
        p->n = n + p->n - p->first;
        p->first = n;
    }
    while (n > 0) {
        p->in[--p->first] = later[--n];
    }
    return seq;
}

uint64_t fake_append(fake_peer *p, uint32_t channel, uint64_t epoch, unsigned body,
                     wire_status *status)
{
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){channel, epoch, fake_body(BODY_SIZE, body)};
    fake_send(p, f);
    fake_flush(p->w);
    return written(p, p->request, status);
}

wire_frame fake_commit_frame(uint32_t channel, uint64_t epoch, unsigned next_token, unsigned body)
{
    wire_frame f = {.type = WIRE_COMMIT};
    f.u.commit = (wire_commit){.channel = channel,
                               .epoch = epoch,
                               .gate = fake_gate('t', next_token),
                               .entry_size = BODY_SIZE,
                               .data = fake_body(BODY_SIZE, body)};
    return f;
}

uint64_t fake_commit(fake_peer *p, wire_frame f, wire_status *status)
{
    fake_send(p, f);
    fake_flush(p->w);
    return written(p, p->request, status);
}

wire_status fake_ack(fake_peer *p, uint32_t channel, uint64_t seq, uint64_t epoch, unsigned token)
{
    base_buf list = {0};
    wire_acked out = {0};
    wire_frame f = {.type = WIRE_ACK};
    const wire_ack item = {.channel = channel,
                           .seq = seq,
                           .has_next = token != 0,
                           .next_epoch = epoch,
                           .next_token = token != 0 ? fake_id('t', token) : BASE_BYTES_NONE};
    assert_int_equal(wire_ack_put(&list, &item), BASE_OK);
    f.u.items.items = base_buf_bytes(&list);
    fake_send(p, f);
    base_buf_clear(&list);
    fake_flush(p->w);
    f = fake_expect(p, WIRE_ACKED);
    base_rd rd = base_rd_on(f.u.items.items);
    assert_int_equal(wire_acked_next(&rd, &out), BASE_OK);
    assert_int_equal(out.channel, channel);
    return (wire_status)out.status;
}

wire_status fake_leave(fake_peer *p, uint32_t channel, bool forget)
{
    wire_frame f = {.type = WIRE_LEAVE};
    f.u.leave = (wire_leave){channel, forget};
    return fake_done(p, f);
}

wire_entry fake_entry(fake_peer *p, uint32_t channel, uint64_t seq, unsigned body)
{
    wire_frame f = fake_expect(p, WIRE_ENTRY);
    assert_int_equal(f.u.entry.channel, channel);
    assert_int_equal(f.u.entry.seq, seq);
    assert_int_equal(f.u.entry.size, BODY_SIZE);
    assert_true(base_bytes_eq(f.u.entry.data, fake_body(BODY_SIZE, body)));
    return f.u.entry;
}

/* ---- time ---- */

void fake_tick(fake_world *w)
{
    bool more = true;
    while (more) {
        assert_int_equal(relay_tick(w->r, w->now, &more), BASE_OK);
        fake_flush(w);
    }
}

void fake_days(fake_world *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        w->now += FAKE_DAY;
        fake_tick(w);
    }
}
