/* The relay's logic under any sequence of frames, from several sessions, over the store in memory
 * whose commits may fail. The bytes are a program: most steps build a well-formed request out of a
 * few ids and tokens, so that requests meet the same logs; some feed bytes as they are.
 *
 * Held against it: each frame that comes out decodes; each request gets one answer at most, and
 * none that was not asked; nothing follows FAIL; a frame that decodes encodes to the same bytes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "relay/relay.h"
#include "support/fake_log_store.h"
#include "wire/item.h"

#define SESSIONS 4
#define REQUESTS 512 /* numbers a session uses before it is opened anew */
#define STEPS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct program {
    const uint8_t *p;
    size_t left;
} program;

typedef struct peer {
    relay_session *session;
    uint32_t request;
    uint8_t open[REQUESTS]; /* the type of a request that is not answered; 0: it is */
    uint8_t log[REQUESTS];  /* of a commit: its log and the epoch it begins */
    uint8_t epoch[REQUESTS];
    uint32_t credited; /* the request whose body may be sent on; 0: none */
    bool wild;         /* was fed bytes: its requests are not known */
    bool failed;       /* FAIL came out */
} peer;

typedef struct world {
    program in;
    fake_log_store *store;
    relay *relay;
    peer peers[SESSIONS];
    uint64_t now;
    uint64_t epoch[4];       /* of each log, as far as the program can tell */
    uint8_t *blank;          /* a body */
    uint8_t record_hash[32]; /* of the only record there is */
} world;

static uint8_t take(program *p)
{
    if (p->left == 0) {
        return 0;
    }
    p->left--;
    return *p->p++;
}

/* Not SHA-256, and good enough: every input byte moves every output byte. */
static base_err hash(void *user, const base_bytes *parts, size_t n, uint8_t out[32])
{
    uint64_t s[4] = {1, 2, 3, 4};
    (void)user;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < parts[i].n; k++) {
            for (size_t j = 0; j < 4; j++) {
                s[j] = (s[j] ^ parts[i].p[k]) * (0x9e3779b97f4a7c15u + 2 * j);
                s[j] ^= s[j] >> 29;
            }
        }
    }
    memcpy(out, s, 32);
    return BASE_OK;
}

static base_err fill(void *user, uint8_t *p, size_t n)
{
    static uint64_t state = 88172645463325252u;
    (void)user;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        p[i] = (uint8_t)(state >> 33);
    }
    return BASE_OK;
}

/* ---- the few values that requests are made of ---- */

/* Log, box, shelf and record i have id i. The token of epoch e of log i is number i + e, the owner
 * of box or shelf i has token i, its door or its taker token i + 1: so that a program without luck
 * gets somewhere. Every fourth choice is any. */
typedef struct values {
    uint8_t id[4][32], token[4][32], gate[4][32], key[4][32], handle[4][32];
} values;

static const values *make_values(void)
{
    static values v;
    static bool made;
    for (size_t i = 0; i < 4 && !made; i++) {
        memset(v.id[i], (int)(0x11 + i), 32);
        memset(v.token[i], (int)(0x21 + i), 32);
        memset(v.key[i], (int)(0x31 + i), 32);
        base_bytes token = base_bytes_of(v.token[i], 32);
        base_bytes key = base_bytes_of(v.key[i], 32);
        (void)hash(NULL, &token, 1, v.gate[i]);
        (void)hash(NULL, &key, 1, v.handle[i]);
    }
    made = true;
    return &v;
}

static base_bytes pick(const uint8_t set[4][32], program *p, size_t right)
{
    uint8_t b = take(p);
    return base_bytes_of(set[(b < 192 ? right : b) % 4], 32);
}

/* The number of a log, box or shelf; two of them get most of the traffic. */
static uint8_t pick_number(program *p)
{
    uint8_t b = take(p);
    return b < 192 ? b % 2 : b % 4;
}

static uint64_t pick_epoch(world *w, size_t number)
{
    uint8_t b = take(&w->in);
    return b < 192 ? w->epoch[number % 4] : b % 4;
}

/* ---- building requests ---- */

static base_bytes body(world *w)
{
    static const size_t sizes[] = {256, 256, 256, 1024, 256, 256, 256, 256,
                                   256, 256, 256, 4096, 256, 100, 0,   65536};
    return base_bytes_of(w->blank, sizes[take(&w->in) % 16]);
}

static void build_follow(world *w, wire_frame *f, base_buf *items)
{
    const values *v = make_values();
    program *p = &w->in;
    for (int n = take(p) % 3; n >= 0; n--) {
        uint8_t i = pick_number(p);
        uint64_t epoch = pick_epoch(w, i);
        wire_follow x = {.channel = i,
                         .log = base_bytes_of(v->id[i], 32),
                         .epoch = epoch,
                         .token = pick(v->token, p, (size_t)(i + epoch)),
                         .key = pick(v->key, p, i),
                         .from = take(p) % 4};
        (void)wire_follow_put(items, &x);
    }
    f->u.items.items = base_buf_bytes(items);
}

static void build_ack(world *w, wire_frame *f, base_buf *items)
{
    const values *v = make_values();
    program *p = &w->in;
    for (int n = take(p) % 2; n >= 0; n--) {
        uint8_t i = pick_number(p);
        wire_ack x = {.channel = i,
                      .seq = take(p) % 8,
                      .has_next = take(p) % 2 == 1,
                      .next_epoch = pick_epoch(w, i)};
        x.next_token = pick(v->token, p, (size_t)(i + x.next_epoch));
        (void)wire_ack_put(items, &x);
    }
    f->u.items.items = base_buf_bytes(items);
}

static void build_commit(world *w, wire_frame *f)
{
    const values *v = make_values();
    program *p = &w->in;
    uint8_t i = pick_number(p);
    uint64_t epoch = pick_epoch(w, i);
    wire_commit *c = &f->u.commit;
    *c = (wire_commit){.channel = i, .epoch = epoch};
    c->gate = pick(v->gate, p, (size_t)(i + epoch + 1));
    c->opened = base_bytes_of(v->handle[take(p) % 3], (size_t)(take(p) % 2) * 32);
    c->closed = base_bytes_of(v->handle[take(p) % 3], (size_t)(take(p) % 2) * 32);
    c->entry_size = take(p) % 8 == 0 ? 131072 : 256;
    c->side_size = take(p) % 3 == 0 ? 1024 : 0;
    if (c->entry_size == 256) {
        c->data = base_bytes_of(w->blank, 256 + c->side_size);
    }
}

static void build_log(world *w, wire_frame *f, base_buf *items)
{
    const values *v = make_values();
    program *p = &w->in;
    uint8_t i = pick_number(p);
    switch (f->type) {
    case WIRE_CREATE:
        f->u.create = (wire_create){.log = base_bytes_of(v->id[i], 32),
                                    .gate = pick(v->gate, p, i),
                                    .cursor = pick(v->handle, p, i)};
        break;
    case WIRE_FOLLOW:
        build_follow(w, f, items);
        break;
    case WIRE_APPEND:
        f->u.append = (wire_append){.channel = i, .epoch = pick_epoch(w, i), .data = body(w)};
        break;
    case WIRE_COMMIT:
        build_commit(w, f);
        break;
    case WIRE_ACK:
        build_ack(w, f, items);
        break;
    case WIRE_NUDGE:
        f->u.nudge = (wire_nudge){
            .channel = i, .epoch = pick_epoch(w, i), .data = base_bytes_of(w->blank, 256)};
        break;
    case WIRE_LEAVE:
        f->u.leave = (wire_leave){.channel = i, .forget = take(p) % 2 == 1};
        break;
    case WIRE_SIDE:
        f->u.side = (wire_side){.log = base_bytes_of(v->id[i], 32), .epoch = pick_epoch(w, i)};
        f->u.side.token = pick(v->token, p, (size_t)(i + f->u.side.epoch));
        break;
    default:
        f->u.cursors = (wire_cursors){
            .channel = i, .handles = base_bytes_of(v->handle, 32 + (size_t)(take(p) % 4) * 32)};
        break;
    }
}

static void build_box(world *w, wire_frame *f, base_buf *items)
{
    static const uint8_t numbers[8] = {0, 0, 0, 1, 0, 0, 0, 2};
    const values *v = make_values();
    program *p = &w->in;
    uint8_t i = pick_number(p);
    base_bytes id = base_bytes_of(v->id[i], 32);
    wire_door d = {.number = 1 + take(p) % 3u};
    switch (f->type) {
    case WIRE_BOX_NEW:
        f->u.box_new = (wire_box_new){
            .box = id, .owner = pick(v->gate, p, i), .door = pick(v->gate, p, i + 1u)};
        break;
    case WIRE_BOX_DOORS:
        d.gate = pick(v->gate, p, i + 1u + d.number);
        (void)wire_door_put(items, &d);
        f->u.box_doors = (wire_box_doors){.box = id,
                                          .owner = pick(v->token, p, i),
                                          .has_door = take(p) % 2 == 1,
                                          .add = base_buf_bytes(items),
                                          .remove = base_bytes_of(numbers, take(p) % 3 * 4u)};
        f->u.box_doors.door = pick(v->gate, p, i + 1u);
        break;
    case WIRE_BOX_DELIVER:
        d.number = take(p) % 3;
        f->u.box_deliver = (wire_box_deliver){.box = id,
                                              .number = d.number,
                                              .token = pick(v->token, p, i + 1u + d.number),
                                              .data = body(w)};
        break;
    case WIRE_BOX_COLLECT:
        f->u.box_collect = (wire_box_collect){
            .channel = i + 4u, .box = id, .owner = pick(v->token, p, i), .from = take(p) % 4};
        break;
    default:
        f->u.owned = (wire_owned){.id = id, .owner = pick(v->token, p, i)};
        break;
    }
}

static void build_shelf(world *w, wire_frame *f)
{
    const values *v = make_values();
    program *p = &w->in;
    uint8_t i = pick_number(p);
    base_bytes id = base_bytes_of(v->id[i], 32);
    switch (f->type) {
    case WIRE_SHELF_NEW:
        f->u.shelf_new = (wire_shelf_new){.shelf = id,
                                          .owner = pick(v->gate, p, i),
                                          .take = pick(v->gate, p, i + 1u),
                                          .size = 1024};
        break;
    case WIRE_SHELF_PUT:
        f->u.shelf_put = (wire_shelf_put){.shelf = id,
                                          .owner = pick(v->token, p, i),
                                          .batch = take(p) % 8,
                                          .last = base_bytes_of(w->blank, take(p) % 2 * 1024u)};
        f->u.shelf_put.packages = base_bytes_of(w->blank, take(p) % 4 * 1024u);
        break;
    case WIRE_SHELF_TAKE:
        f->u.shelf_take = (wire_shelf_take){.shelf = id,
                                            .take = pick(v->token, p, i + 1u),
                                            .nonce = base_bytes_of(v->key[take(p) % 4], 16)};
        break;
    case WIRE_DIR_GET:
        f->u.dir_get = (wire_dir_get){.key = id};
        break;
    default:
        f->u.dir_put = (wire_dir_put){.key = id,
                                      .token = pick(v->token, p, i),
                                      .gate = pick(v->gate, p, i),
                                      .expected = base_bytes_of(w->blank, 32),
                                      .record = base_bytes_of(w->blank, take(p) % 2 * 1024u)};
        if (take(p) % 2 == 0) {
            f->u.dir_put.expected = base_bytes_of(w->record_hash, 32);
        }
        break;
    }
}

/* ---- steps ---- */

static void open_session(world *w, peer *q)
{
    relay_session_free(q->session);
    *q = (peer){.session = NULL};
    assert(relay_session_new(w->relay, true, q, w->now, &q->session) == BASE_OK);
}

static void feed(world *w, peer *q, base_bytes message)
{
    wire_frame f;
    if (wire_frame_decode(message, &f) == BASE_OK) {
        base_buf again = base_buf_on(NULL);
        assert(wire_frame_encode(&f, &again) == BASE_OK);
        assert(base_bytes_eq(base_buf_bytes(&again), message));
        base_buf_clear(&again);
    }
    if (relay_session_ready(q->session)) {
        relay_session_feed(q->session, message, w->now);
    }
}

/* A session that has said hello, so that the next steps get somewhere. */
static void greet(world *w, peer *q)
{
    wire_frame f = {.type = WIRE_HELLO, .request = ++q->request, .u.hello = {1, 1}};
    base_buf out = base_buf_on(NULL);
    assert(wire_frame_encode(&f, &out) == BASE_OK);
    q->open[f.request] = f.type;
    feed(w, q, base_buf_bytes(&out));
    base_buf_clear(&out);
}

/* The next piece of a large body, for the request that was given credit; or for another. */
static void step_data(world *w, peer *q)
{
    wire_frame f = {.type = WIRE_DATA, .request = q->credited};
    base_buf out = base_buf_on(NULL);
    if (take(&w->in) > 240) {
        f.request = 1 + take(&w->in) % 8u;
    }
    f.u.bytes.data = base_bytes_of(w->blank, 65536);
    if (f.request != 0 && wire_frame_encode(&f, &out) == BASE_OK) {
        feed(w, q, base_buf_bytes(&out));
    }
    base_buf_clear(&out);
}

static void step_request(world *w, peer *q)
{
    static const uint8_t types[] = {
        WIRE_CREATE,     WIRE_FOLLOW,      WIRE_APPEND,     WIRE_COMMIT,      WIRE_ACK,
        WIRE_NUDGE,      WIRE_LEAVE,       WIRE_SIDE,       WIRE_CURSORS,     WIRE_BOX_NEW,
        WIRE_BOX_DOORS,  WIRE_BOX_END,     WIRE_SHELF_NEW,  WIRE_BOX_DELIVER, WIRE_SHELF_PUT,
        WIRE_SHELF_TAKE, WIRE_SHELF_END,   WIRE_DIR_GET,    WIRE_DIR_PUT,     WIRE_BOX_COLLECT,
        WIRE_FOLLOW,     WIRE_APPEND,      WIRE_APPEND,     WIRE_COMMIT,      WIRE_ACK,
        WIRE_FOLLOW,     WIRE_BOX_DELIVER, WIRE_SHELF_COUNT};
    wire_frame f = {.type = types[take(&w->in) % sizeof types]};
    base_buf items = base_buf_on(NULL);
    base_buf out = base_buf_on(NULL);
    if (q->request + 1 >= REQUESTS) {
        open_session(w, q);
        greet(w, q);
    }
    f.request = ++q->request;
    if (f.type < WIRE_BOX_NEW) {
        build_log(w, &f, &items);
    } else if (f.type < WIRE_SHELF_NEW || f.type == WIRE_SHELF_COUNT || f.type == WIRE_SHELF_END) {
        build_box(w, &f, &items);
    } else {
        build_shelf(w, &f);
    }
    if (wire_frame_encode(&f, &out) == BASE_OK && relay_session_ready(q->session)) {
        q->open[f.request] = f.type;
        q->epoch[f.request] = f.type == WIRE_COMMIT ? (uint8_t)(f.u.commit.epoch + 1) : 0;
        q->log[f.request] = f.type == WIRE_COMMIT ? (uint8_t)f.u.commit.channel : 0;
        feed(w, q, base_buf_bytes(&out));
    }
    base_buf_clear(&out);
    base_buf_clear(&items);
}

static void step_bytes(world *w, peer *q)
{
    uint8_t bytes[256];
    size_t n = take(&w->in);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = take(&w->in);
    }
    q->wild = true;
    feed(w, q, base_bytes_of(bytes, n));
}

static void check_frame(world *w, peer *q, base_bytes message)
{
    wire_frame f;
    assert(wire_frame_decode(message, &f) == BASE_OK);
    assert(f.type >= WIRE_DONE);
    assert(!q->failed);
    q->failed = f.type == WIRE_FAIL;
    if (f.request == 0 || q->wild) {
        return;
    }
    assert(f.request < REQUESTS && q->open[f.request] != 0);
    assert(f.type == WIRE_DONE || f.type == WIRE_PART || f.type == WIRE_CREDITED ||
           f.type == (q->open[f.request] | 0x80)); /* the answer of this request */
    if (f.type == WIRE_CREDITED) {
        q->credited = f.request;
    } else if (f.type == WIRE_COMMITTED) {
        w->epoch[q->log[f.request]] = q->epoch[f.request];
    }
    /* A body in parts, and leave to send one, are no end of a request; neither is SIDE_IS whose
     * body follows. */
    if (q->credited == f.request && f.type != WIRE_CREDITED) {
        q->credited = 0;
    }
    bool last = f.type != WIRE_PART && f.type != WIRE_CREDITED &&
                !(f.type == WIRE_SIDE_IS && f.u.side_is.data.n == 0);
    if (last) {
        q->open[f.request] = 0;
    }
}

static void drain(world *w, bool all)
{
    for (relay_session *s = relay_next_busy(w->relay); s != NULL; s = relay_next_busy(w->relay)) {
        peer *q = relay_session_user(s);
        for (int i = 0; all || i < 2; i++) {
            base_bytes message = relay_session_front(s);
            if (message.n == 0) {
                break;
            }
            check_frame(w, q, message);
            relay_session_pop(s, w->now);
        }
    }
}

static void step(world *w)
{
    peer *q = &w->peers[take(&w->in) % SESSIONS];
    bool more = false;
    switch (take(&w->in) % 16) {
    case 0:
        step_bytes(w, q);
        break;
    case 1:
        (void)relay_flush(w->relay, w->now);
        drain(w, true);
        break;
    case 2:
        (void)relay_flush(w->relay, w->now);
        drain(w, false);
        break;
    case 3:
        w->now += (uint64_t)take(&w->in) * 3600000;
        (void)relay_tick(w->relay, w->now, &more);
        break;
    case 4:
        fake_log_store_fail_commit(w->store, take(&w->in) % 3);
        break;
    case 5:
        open_session(w, q);
        greet(w, q);
        break;
    case 6:
        fake_log_store_fail_op(w->store, take(&w->in));
        break;
    case 7:
        step_data(w, q);
        break;
    default:
        if (relay_session_closing(q->session)) {
            open_session(w, q);
            greet(w, q);
        }
        step_request(w, q);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t blank[131072];
    world w = {.in = {data, size}, .now = 1700000000000u, .blank = blank};
    w.store = fake_log_store_new(7);
    assert(w.store != NULL);
    relay_ports ports = {
        .store = fake_log_store_port(w.store), .digest = {hash, NULL}, .random = {fill, NULL}};
    relay_config config = {0};
    base_bytes record = base_bytes_of(blank, 1024);
    (void)hash(NULL, &record, 1, w.record_hash);
    assert(relay_new(&ports, &config, &w.relay) == BASE_OK);
    for (size_t i = 0; i < SESSIONS; i++) {
        open_session(&w, &w.peers[i]);
        greet(&w, &w.peers[i]);
    }
    for (int i = 0; i < STEPS && w.in.left > 0; i++) {
        step(&w);
    }
    (void)relay_flush(w.relay, w.now);
    drain(&w, true);
    for (size_t i = 0; i < SESSIONS; i++) {
        relay_session_free(w.peers[i].session);
    }
    relay_free(w.relay);
    fake_log_store_free(w.store);
    return 0;
}
