/* The world's rig: commands of the cores become frames of the relay and back. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/crypto_default.h"
#include "base/bytes.h"

#define WORLD_URL "ws://127.0.0.1:7480"

static base_err sha256(void *user, const base_bytes *parts, size_t n, uint8_t out[32])
{
    (void)user;
    return crypto_default()->hashes[0]->digest(parts, n, out);
}

/* The slow hash, fast: what it costs is for tests/unit/sotto/test_open.c. */
static base_err quick_hash(base_bytes password, base_bytes salt, uint32_t passes, size_t memory,
                           uint8_t *out, size_t out_size)
{
    (void)passes;
    (void)memory;
    base_err err = BASE_OK;
    for (size_t at = 0; err == BASE_OK && at < out_size; at += 32) {
        uint8_t block[32];
        uint8_t n = (uint8_t)at;
        const base_bytes parts[] = {password, salt, {&n, 1}};
        err = sha256(NULL, parts, 3, block);
        memcpy(out + at, block, out_size - at < 32 ? out_size - at : 32);
    }
    return err;
}

const crypto_backend *world_crypto(void)
{
    static crypto_backend quick;
    static crypto_pwhash_alg pwhash;
    quick = *crypto_default();
    pwhash = *quick.pwhash;
    pwhash.derive = quick_hash;
    quick.pwhash = &pwhash;
    return &quick;
}

static base_err fill(void *user, uint8_t *p, size_t n)
{
    crypto_random port = fake_random_port(user);
    return port.fill(port.user, p, n);
}

void world_begin(world *w, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->now = 1800000000000U;
    w->random = fake_random_of(seed);
    w->store = fake_log_store_new(7);
    assert_non_null(w->store);
    w->ports = (relay_ports){.store = fake_log_store_port(w->store),
                             .digest = {sha256, NULL},
                             .random = {fill, &w->random}};
    relay_config config = {.postage = {NULL, 0}};
    OK(relay_new(&w->ports, &config, &w->relay));
}

static void remove_files(client *c)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[112];
        (void)snprintf(path, sizeof path, "%s%s", c->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(c->folder);
}

void world_end(world *w)
{
    for (size_t i = 0; i < w->n_clients; i++) {
        client *c = &w->clients[i];
        world_offline(c);
        sotto_close(c->s);
        while (c->n_inbox > 0) {
            base_buf_clear(&c->inbox[--c->n_inbox].frame);
        }
        base_buf_clear(&c->wrapped);
        base_buf_clear(&c->recovery);
        assert_int_equal(c->alloc.live, 0);
        remove_files(c);
    }
    relay_free(w->relay);
    fake_log_store_free(w->store);
}

sotto_config world_config(client *c)
{
    return (sotto_config){&c->alloc.port, world_crypto(), fake_random_port(&c->random), c->path};
}

client *world_client(world *w)
{
    /* In memory where the system has such a place: nothing here asks what survives power loss, and
     * a disk's syncs would be most of the time. */
    char folder[40];
    (void)snprintf(folder, sizeof folder, "%s/sotto-world-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_true(w->n_clients < WORLD_CLIENTS);
    client *c = &w->clients[w->n_clients++];
    c->w = w;
    c->online = true;
    c->random = fake_random_of(fake_random_next(&w->random));
    fake_alloc_init(&c->alloc);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(c->folder, sizeof c->folder, "%s", folder);
    (void)snprintf(c->path, sizeof c->path, "%s/store.db", folder);
    return c;
}

client *world_person(world *w, const char *name)
{
    client *c = world_client(w);
    sotto_config config = world_config(c);
    sotto_create_params params = {.name = base_bytes_str(name), .relay = base_bytes_str(WORLD_URL)};
    OK(sotto_create(&config, &params, w->now, &c->wrapped, &c->recovery, &c->s));
    OK(sotto_tick(c->s, w->now));
    world_run(w);
    return c;
}

/* ---- the network ---- */

void world_check(client *c, base_err err)
{
    if (c->may_fail && base_err_class(err) == BASE_CLASS_RESOURCE) {
        c->failures++;
        return;
    }
    OK(err);
}

static void drop_session(client *c, uint32_t conn)
{
    if (c->sessions[conn] != NULL) {
        relay_session_free(c->sessions[conn]);
        c->sessions[conn] = NULL;
    }
    c->wanted[conn] = false;
}

static void connect_now(client *c, uint32_t conn)
{
    world *w = c->w;
    assert_true(conn < WORLD_CONNS);
    drop_session(c, conn);
    if (!c->online || w->relay == NULL) {
        world_check(c, sotto_conn_down(c->s, conn, "connection refused", w->now));
        return;
    }
    OK(relay_session_new(w->relay, true, c, w->now, &c->sessions[conn]));
    c->wanted[conn] = true;
    world_check(c, sotto_conn_up(c->s, conn, w->now));
}

static void frame_out(client *c, uint32_t conn, base_bytes frame)
{
    world *w = c->w;
    if (c->sessions[conn] == NULL) {
        return;
    }
    base_buf copy = base_buf_on(NULL);
    OK(base_buf_set(&copy, frame));
    w->tap_conn = conn;
    w->frames_out++;
    if (w->tap == NULL || w->tap(w->tap_user, c, false, &copy)) {
        relay_session_feed(c->sessions[conn], base_buf_bytes(&copy), w->now);
    }
    base_buf_clear(&copy);
}

static bool obey(client *c)
{
    sotto_command cmd;
    bool any = false;
    while (c->s != NULL && sotto_next(c->s, &cmd) == BASE_OK) {
        any = true;
        if (cmd.kind == SOTTO_CMD_CONNECT) {
            connect_now(c, cmd.conn);
        } else if (cmd.kind == SOTTO_CMD_SEND) {
            frame_out(c, cmd.conn, cmd.frame);
        } else if (cmd.kind == SOTTO_CMD_CLOSE) {
            drop_session(c, cmd.conn);
        } else {
            c->events[c->n_events++ % WORLD_EVENTS] = cmd.event;
        }
    }
    return any;
}

void world_reply(client *c, uint32_t conn, base_buf *frame)
{
    assert_true(c->n_inbox < WORLD_INBOX);
    c->inbox[c->n_inbox].conn = conn;
    c->inbox[c->n_inbox++].frame = base_buf_take(frame);
}

static bool deliver_replies(client *c)
{
    bool any = c->n_inbox > 0;
    while (c->n_inbox > 0) {
        uint32_t conn = c->inbox[0].conn;
        base_buf frame = base_buf_take(&c->inbox[0].frame);
        memmove(&c->inbox[0], &c->inbox[1], --c->n_inbox * sizeof c->inbox[0]);
        if (c->sessions[conn] != NULL) {
            world_check(c, sotto_conn_frame(c->s, conn, base_buf_bytes(&frame), c->w->now));
        }
        base_buf_clear(&frame);
    }
    return any;
}

static bool deliver(client *c)
{
    world *w = c->w;
    bool any = deliver_replies(c);
    for (uint32_t conn = 0; conn < WORLD_CONNS; conn++) {
        relay_session *rs = c->sessions[conn];
        while (rs != NULL && c->sessions[conn] == rs) {
            base_bytes front = relay_session_front(rs);
            if (front.n == 0) {
                break;
            }
            any = true;
            base_buf copy = base_buf_on(NULL);
            OK(base_buf_set(&copy, front));
            relay_session_pop(rs, w->now);
            w->tap_conn = conn;
            if (!c->deaf && (w->tap == NULL || w->tap(w->tap_user, c, true, &copy))) {
                world_check(c, sotto_conn_frame(c->s, conn, base_buf_bytes(&copy), w->now));
            }
            base_buf_clear(&copy);
        }
        if (rs != NULL && c->sessions[conn] == rs && relay_session_closing(rs)) {
            any = true;
            drop_session(c, conn);
            world_check(c, sotto_conn_down(c->s, conn, "the relay closed the connection", w->now));
        }
    }
    return any;
}

void world_run(world *w)
{
    bool any = true;
    for (int turn = 0; any; turn++) {
        assert_true(turn < 100000); /* nobody may talk for ever about nothing */
        any = false;
        for (size_t i = 0; i < w->n_clients; i++) {
            any = obey(&w->clients[i]) || any;
        }
        if (w->relay != NULL) {
            OK(relay_flush(w->relay, w->now));
        }
        for (size_t i = 0; i < w->n_clients; i++) {
            any = deliver(&w->clients[i]) || any;
        }
    }
}

void world_pass(world *w, uint64_t ms)
{
    uint64_t until = w->now + ms;
    world_run(w);
    for (int turn = 0; w->now < until; turn++) {
        assert_true(turn < 100000);
        uint64_t next = until;
        for (size_t i = 0; i < w->n_clients; i++) {
            uint64_t at = w->clients[i].s != NULL ? sotto_wake_at(w->clients[i].s) : UINT64_MAX;
            next = at < next ? at : next;
        }
        w->now = next > w->now ? next : w->now + 1; /* who is due already gets one tick a ms */
        for (size_t i = 0; i < w->n_clients; i++) {
            if (w->clients[i].s != NULL && sotto_wake_at(w->clients[i].s) <= w->now) {
                world_check(&w->clients[i], sotto_tick(w->clients[i].s, w->now));
            }
        }
        world_run(w);
    }
}

void world_days(world *w, int days)
{
    for (int i = 0; i < days; i++) {
        bool more = true;
        world_pass(w, 86400000);
        while (more) {
            OK(relay_tick(w->relay, w->now, &more));
        }
        world_run(w);
    }
}

void world_offline(client *c)
{
    c->online = false;
    for (uint32_t conn = 0; conn < WORLD_CONNS; conn++) {
        if (c->sessions[conn] != NULL) {
            drop_session(c, conn);
            world_check(c, sotto_conn_down(c->s, conn, "the network is gone", c->w->now));
        }
    }
}

void world_online(client *c)
{
    c->online = true;
    world_check(c, sotto_retry(c->s, c->w->now));
    world_run(c->w);
}

void world_restart(client *c)
{
    sotto_config config = world_config(c);
    for (uint32_t conn = 0; conn < WORLD_CONNS; conn++) {
        drop_session(c, conn);
    }
    sotto_close(c->s);
    c->s = NULL;
    OK(sotto_open(&config, base_buf_bytes(&c->wrapped), BASE_BYTES_NONE, c->w->now, &c->s));
    OK(sotto_tick(c->s, c->w->now));
    world_run(c->w);
}

void world_restart_relay(world *w)
{
    relay_config config = {.postage = {NULL, 0}};
    for (size_t i = 0; i < w->n_clients; i++) {
        client *c = &w->clients[i];
        bool was = c->online;
        world_offline(c);
        c->online = was;
    }
    relay_free(w->relay);
    OK(relay_new(&w->ports, &config, &w->relay));
    for (size_t i = 0; i < w->n_clients; i++) {
        if (w->clients[i].s != NULL) {
            world_check(&w->clients[i], sotto_retry(w->clients[i].s, w->now));
        }
    }
    world_run(w);
}

static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb");
    FILE *out = in != NULL ? fopen(to, "wb") : NULL;
    char piece[65536];
    size_t n = 0;
    if (in == NULL) {
        return; /* no such file: a database without a journal */
    }
    assert_non_null(out);
    while ((n = fread(piece, 1, sizeof piece, in)) > 0) {
        assert_int_equal(fwrite(piece, 1, n, out), n);
    }
    assert_int_equal(fclose(out), 0);
    (void)fclose(in);
}

client *world_copy(world *w, client *of)
{
    static const char *const ends[] = {"", "-wal"};
    client *c = world_client(w);
    for (size_t i = 0; i < 2; i++) {
        char from[112];
        char to[112];
        (void)snprintf(from, sizeof from, "%s%s", of->path, ends[i]);
        (void)snprintf(to, sizeof to, "%s%s", c->path, ends[i]);
        copy_file(from, to);
    }
    OK(base_buf_set(&c->wrapped, base_buf_bytes(&of->wrapped)));
    sotto_config config = world_config(c);
    OK(sotto_open(&config, base_buf_bytes(&c->wrapped), BASE_BYTES_NONE, w->now, &c->s));
    return c;
}

void world_lose_database(world *w)
{
    fake_log_store *old = w->store;
    w->store = fake_log_store_new(8);
    assert_non_null(w->store);
    w->ports.store = fake_log_store_port(w->store);
    world_restart_relay(w);
    fake_log_store_free(old);
}

/* ---- shorthands ---- */

sotto_event world_event(const client *c, sotto_event_kind kind)
{
    for (size_t i = c->n_events; i > 0 && i + WORLD_EVENTS > c->n_events; i--) {
        if (c->events[(i - 1) % WORLD_EVENTS].kind == kind) {
            return c->events[(i - 1) % WORLD_EVENTS];
        }
    }
    fail_msg("no event of kind %d", (int)kind);
    return c->events[0];
}

sotto_room_id world_befriend(client *a, client *b)
{
    sotto_me me;
    uint32_t op = 0;
    OK(sotto_get_me(b->s, &me));
    assert_true(strlen(me.link) > 0);
    OK(sotto_add_contact(a->s, base_bytes_str(me.link), BASE_BYTES_NONE, a->w->now, &op));
    world_pass(a->w, 1000);
    sotto_event done = world_event(a, SOTTO_EVENT_DONE);
    assert_int_equal(done.result, BASE_OK);
    assert_int_equal(done.op, op);
    OK(sotto_accept(b->s, &done.room, b->w->now));
    world_pass(a->w, 1000);
    return done.room;
}

void world_say(client *c, const sotto_room_id *room, const char *text)
{
    int64_t number = 0;
    OK(sotto_send_text(c->s, room, base_bytes_str(text), BASE_BYTES_NONE, c->w->now, &number));
}

typedef struct talk {
    base_buf lines[4096];
    size_t n;
} talk;

static bool take_line(void *user, const sotto_message *m)
{
    talk *t = user;
    if (m->notice == SOTTO_NOTICE_NONE) {
        base_buf *line = &t->lines[t->n++];
        *line = base_buf_on(NULL);
        OK(base_buf_append(line, base_bytes_str(m->sender_name)));
        OK(base_buf_append(line, base_bytes_str(": ")));
        OK(base_buf_append(line, m->text));
    }
    return t->n < 4096;
}

const char *world_talk(client *c, const sotto_room_id *room)
{
    static base_buf all;
    talk *t = calloc(1, sizeof *t);
    assert_non_null(t);
    OK(sotto_list_messages(c->s, room, 0, 4096, take_line, t));
    base_buf_clear(&all);
    for (size_t i = t->n; i > 0; i--) {
        OK(base_buf_append(&all, base_buf_bytes(&t->lines[i - 1])));
        OK(base_buf_append(&all, base_bytes_str("\n")));
        base_buf_clear(&t->lines[i - 1]);
    }
    OK(base_buf_append(&all, base_bytes_of("", 1)));
    free(t);
    return (const char *)all.p;
}

void world_assert_same(client *a, client *b, const sotto_room_id *room)
{
    char *first = strdup(world_talk(a, room));
    assert_non_null(first);
    assert_string_equal(first, world_talk(b, room));
    free(first);
}

size_t world_count(client *c, const sotto_room_id *room)
{
    size_t n = 0;
    for (const char *p = world_talk(c, room); *p != '\0'; p++) {
        n += *p == '\n';
    }
    return n;
}

static bool print_alarm(void *user, const sotto_alarm *a)
{
    (void)user;
    fail_msg("an alarm: %s", a->sentence);
    return false;
}

void world_assert_no_alarm(client *c)
{
    OK(sotto_list_alarms(c->s, 10, print_alarm, NULL));
}

typedef struct alarm_search {
    sotto_alarm_code code;
    bool found;
} alarm_search;

static bool look_for_alarm(void *user, const sotto_alarm *a)
{
    alarm_search *search = user;
    search->found = search->found || a->code == search->code;
    return true;
}

bool world_has_alarm(client *c, sotto_alarm_code code)
{
    alarm_search search = {code, false};
    OK(sotto_list_alarms(c->s, 100, look_for_alarm, &search));
    return search.found;
}
