/* Ten thousand random frames of eight members of one log against a simple model, with batches that
 * fail, connections that are left behind and relays that die in the middle of one. The model is
 * what docs/protocol.md promises a client (sections 2, 3 and 8): entries come in order and without
 * holes, an acknowledged write is in the log, once, under the number that was told; a write that a
 * client did not find after it followed again never comes; each epoch is ended by one commit. The
 * seed is printed; SOTTO_SEED sets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "support/fake_peers.h"

enum { MEMBERS = 8, FRAMES = 10000, WRITES_MAX = 20000, GHOSTS = 4, FIRST_TOKEN = 1 };

typedef enum fate { UNKNOWN, STORED, NEVER } fate; /* what its writer knows of a write */

typedef struct write {
    fate fate;
    uint64_t told; /* number in APPENDED or COMMITTED; 0: none */
    uint64_t seen; /* number under which anybody read it; 0: nobody */
    uint64_t epoch;
    bool commit;
    unsigned owner;
} write;

typedef struct line {
    fake_peer *peer; /* NULL: none */
    uint32_t first;  /* its request `first` + i is write ids[i] */
    unsigned ids[512];
} line;

typedef struct member {
    line now, ghosts[GHOSTS]; /* ghosts: connections left behind, whose answers still count */
    bool open;                /* the channel is open, as far as it knows */
    uint64_t epoch, read, place, end;
    unsigned token, next; /* of its epoch; of the next once it has the commit, else 0 */
    unsigned before;      /* writes below this were sent before it followed */
    bool settled;         /* has read up to `end` since it followed */
} member;

static struct model {
    fake_log_store *store;
    fake_world *w;
    member m[MEMBERS];
    write writes[WRITES_MAX];
    unsigned n_writes, frames, failed, crashes;
    unsigned at[WRITES_MAX];    /* by number in the log: which write; 0: not seen */
    unsigned ended[WRITES_MAX]; /* by epoch: the commit that ended it */
    uint64_t random;
} M;

static unsigned any(unsigned n)
{
    M.random ^= M.random << 13;
    M.random ^= M.random >> 7;
    M.random ^= M.random << 17;
    return (unsigned)(M.random >> 11) % n;
}

/* ---- bodies: the number of a write, and what it decides ---- */

static base_bytes body_of(unsigned id)
{
    static uint8_t b[256];
    memset(b, (int)(id % 251), sizeof b);
    memcpy(b, &id, sizeof id);
    return base_bytes_of(b, sizeof b);
}

static unsigned id_of(base_bytes b)
{
    unsigned id = 0;
    assert_int_equal(b.n, 256);
    memcpy(&id, b.p, sizeof id);
    assert_true(id > 0 && id < M.n_writes);
    assert_true(base_bytes_eq(b, body_of(id)));
    return id;
}

/* ---- what comes ---- */

static void told(unsigned id, uint64_t seq)
{
    write *x = &M.writes[id];
    assert_int_not_equal(x->fate, NEVER);
    assert_true(x->told == 0 || x->told == seq);
    assert_true(x->seen == 0 || x->seen == seq);
    assert_true(M.at[seq] == 0 || M.at[seq] == id);
    M.at[seq] = id;
    x->told = seq;
    x->fate = STORED;
}

static void entry(member *m, const wire_entry *e, bool current)
{
    unsigned id = id_of(e->data);
    write *x = &M.writes[id];
    assert_int_not_equal(x->fate, NEVER); /* nothing comes that was given up by the rules */
    assert_true(x->seen == 0 || x->seen == e->seq);
    assert_true(x->told == 0 || x->told == e->seq);
    assert_true(M.at[e->seq] == 0 || M.at[e->seq] == id);
    assert_int_equal(x->commit, e->kind == WIRE_KIND_COMMIT);
    x->seen = e->seq;
    M.at[e->seq] = id;
    if (x->commit) {
        assert_true(M.ended[x->epoch] == 0 || M.ended[x->epoch] == id);
        M.ended[x->epoch] = id;
    }
    if (!current) {
        return;
    }
    assert_int_equal(x->epoch, m->epoch);
    assert_int_equal(e->seq, m->read + 1);
    m->read = e->seq;
    m->next = x->commit ? id : 0;
    if (x->owner == (unsigned)(m - M.m)) {
        x->fate = STORED;
    }
}

/* After it followed and read to the end, what it does not find is not coming: sent again where that
 * makes sense, given up otherwise. */
static void settle(member *m)
{
    if (m->settled || !m->open || m->read < m->end) {
        return;
    }
    m->settled = true;
    for (unsigned id = FIRST_TOKEN + 1; id < m->before; id++) {
        write *x = &M.writes[id];
        if (x->owner == (unsigned)(m - M.m) && x->fate == UNKNOWN) {
            x->fate = x->seen != 0 ? STORED : NEVER;
        }
    }
}

static void followed(member *m, const wire_frame *f)
{
    base_rd rd = base_rd_on(f->u.items.items);
    wire_followed out = {0};
    assert_int_equal(wire_followed_next(&rd, &out), BASE_OK);
    assert_int_equal(out.status, WIRE_OK); /* never locked out, and nothing unread is gone */
    assert_int_equal(out.cursor, WIRE_CURSOR_OPEN);
    assert_true(out.place <= m->read && out.end >= m->read);
    m->end = out.end;
    m->open = true;
}

static void acked(member *m, const wire_frame *f)
{
    base_rd rd = base_rd_on(f->u.items.items);
    wire_acked out = {0};
    assert_int_equal(wire_acked_next(&rd, &out), BASE_OK);
    assert_true(out.status == WIRE_OK || out.status == WIRE_NO_CHANNEL);
    if (out.status == WIRE_NO_CHANNEL) {
        m->open = false;
    }
}

static void line_free(line *l)
{
    if (l->peer != NULL) {
        fake_peer_free(l->peer);
    }
    l->peer = NULL;
}

static void line_read(member *m, line *l, bool current)
{
    wire_frame f;
    while (l->peer != NULL && fake_next(l->peer, &f)) {
        unsigned id = f.request >= l->first && f.request - l->first < 512 && f.request != 0
                          ? l->ids[f.request - l->first]
                          : 0;
        switch (f.type) {
        case WIRE_ENTRY:
            entry(m, &f.u.entry, current);
            break;
        case WIRE_APPENDED:
        case WIRE_COMMITTED:
            assert_int_not_equal(id, 0);
            told(id, f.u.seq.seq);
            break;
        case WIRE_DONE:
            if (id != 0) { /* refused: it is not there, and does not come */
                assert_true(f.u.done.status == WIRE_STALE || f.u.done.status == WIRE_NO_CHANNEL);
                assert_int_equal(M.writes[id].seen, 0);
                M.writes[id].fate = NEVER;
            }
            break;
        case WIRE_WELCOME:
            break;
        case WIRE_FOLLOWED:
            if (current) {
                followed(m, &f);
            }
            break;
        case WIRE_ACKED:
            if (current) {
                acked(m, &f);
            }
            break;
        case WIRE_DROPPED:
            assert_int_equal(f.u.dropped.reason, WIRE_SUPERSEDED);
            assert_false(current);
            break;
        case WIRE_FAIL:
            assert_int_equal(f.u.done.status, WIRE_FAILED);
            line_free(l);
            m->open = current ? false : m->open;
            return;
        default:
            assert_int_equal(f.type, WIRE_NUDGED);
            break;
        }
    }
    if (current) {
        settle(m);
    }
}

static void read_all(void)
{
    for (unsigned i = 0; i < MEMBERS; i++) {
        for (unsigned g = 0; g < GHOSTS; g++) {
            line_read(&M.m[i], &M.m[i].ghosts[g], false);
        }
        line_read(&M.m[i], &M.m[i].now, true);
    }
}

/* ---- what is sent ---- */

/* A new connection; the old one is left behind with what it still has to say, or just gone. */
static void connect_and_follow(member *m)
{
    unsigned g = any(GHOSTS);
    line_free(&m->ghosts[g]);
    if (any(2) == 0) {
        m->ghosts[g] = m->now;
    } else {
        line_free(&m->now);
    }
    m->now = (line){.peer = fake_peer_new(M.w, true, false), .first = 2};
    if (m->next != 0) { /* it has the commit: into the next epoch */
        m->token = m->next;
        m->epoch++;
        m->next = 0;
    }
    m->open = m->settled = false;
    m->end = UINT64_MAX;
    m->before = M.n_writes;
    wire_frame f = {.type = WIRE_HELLO};
    f.u.hello = (wire_hello){1, 1};
    fake_send(m->now.peer, f);
    const wire_follow item =
        fake_follow_item(1, 1, m->epoch, m->token, 10 + (unsigned)(m - M.m), m->read + 1);
    fake_follow_send(m->now.peer, &item, 1);
}

static void send_write(member *m, bool commit, uint64_t epoch)
{
    unsigned id = M.n_writes++;
    assert_true(id < WRITES_MAX);
    M.writes[id] = (write){.epoch = epoch, .commit = commit, .owner = (unsigned)(m - M.m)};
    wire_frame f = {.type = commit ? WIRE_COMMIT : WIRE_APPEND};
    if (commit) {
        f.u.commit = (wire_commit){.channel = 1,
                                   .epoch = epoch,
                                   .gate = fake_gate('t', id),
                                   .entry_size = 256,
                                   .data = body_of(id)};
    } else {
        f.u.append = (wire_append){1, epoch, body_of(id)};
    }
    uint32_t at = m->now.peer->request + 1 - m->now.first;
    if (at < 512) {
        m->now.ids[at] = id;
        fake_send(m->now.peer, f);
    } else {
        M.writes[id].fate = NEVER; /* not sent */
        connect_and_follow(m);
    }
}

static void send_ack(member *m)
{
    base_buf list = {0};
    wire_frame f = {.type = WIRE_ACK};
    wire_ack item = {.channel = 1, .seq = m->place + any((unsigned)(m->read - m->place) + 1)};
    if (m->next != 0 && any(2) == 0) {
        item.seq = m->read;
        item.has_next = true;
        item.next_epoch = ++m->epoch;
        item.next_token = fake_id('t', m->next);
        m->token = m->next;
        m->next = 0;
    }
    m->place = item.seq;
    assert_int_equal(wire_ack_put(&list, &item), BASE_OK);
    f.u.items.items = base_buf_bytes(&list);
    fake_send(m->now.peer, f);
    base_buf_clear(&list);
}

static void send_nudge(member *m)
{
    wire_frame f = {.type = WIRE_NUDGE};
    f.u.nudge = (wire_nudge){1, m->epoch, fake_body(WIRE_NUDGE_SIZE, 1)};
    fake_send(m->now.peer, f);
}

static void act(member *m)
{
    M.frames++;
    if (m->now.peer == NULL || (!m->open && m->end != UINT64_MAX)) {
        connect_and_follow(m);
        return;
    }
    unsigned what = any(100);
    if (what < 4) {
        connect_and_follow(m);
    } else if (what < 45) {
        send_write(m, false, m->epoch);
    } else if (what < 48) {
        send_write(m, false, m->epoch == 0 || any(2) == 0 ? m->epoch + 1 : m->epoch - 1);
    } else if (what < 53) {
        send_write(m, true, m->epoch);
    } else if (what < 95) {
        send_ack(m);
    } else {
        send_nudge(m);
    }
}

/* The relay dies: what was not flushed is lost, and perhaps what was answered and not read. */
static void crash(void)
{
    M.crashes++;
    if (any(2) == 0) {
        read_all();
    }
    for (unsigned i = 0; i < MEMBERS; i++) {
        for (unsigned g = 0; g < GHOSTS; g++) {
            line_free(&M.m[i].ghosts[g]);
        }
        line_free(&M.m[i].now);
        M.m[i].open = false;
    }
    fake_world_free(M.w);
    M.w = fake_world_new(fake_log_store_port(M.store), "");
}

static void turn(void)
{
    for (unsigned n = 1 + any(12); n > 0; n--) {
        act(&M.m[any(MEMBERS)]);
    }
    unsigned luck = any(100);
    if (luck < 2) {
        crash();
        return;
    }
    if (luck < 6) {
        M.failed++;
        fake_log_store_fail_commit(M.store, 1);
    }
    M.w->now += 300;
    base_err err = fake_try_flush(M.w);
    assert_true(err == BASE_OK || err == BASE_E_STORE);
    fake_log_store_fail_commit(M.store, 0);
    read_all();
}

/* ---- the beginning and the end ---- */

static void begin(void)
{
    const char *seed = getenv("SOTTO_SEED");
    M.random = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
    print_message("# SOTTO_SEED=%llu\n", (unsigned long long)M.random);
    M.store = fake_log_store_new(5);
    assert_non_null(M.store);
    M.w = fake_world_new(fake_log_store_port(M.store), "");
    M.n_writes = FIRST_TOKEN + 1; /* number 1 is the token of epoch 0 */
    fake_peer *p = fake_peer_new(M.w, true, true);
    assert_int_equal(fake_create(p, 1, FIRST_TOKEN, 10), WIRE_OK);
    fake_peer_free(p);
    for (unsigned i = 1; i < MEMBERS; i++) {
        p = fake_peer_new(M.w, true, true);
        assert_int_equal(fake_follow(p, i, 1, 0, FIRST_TOKEN, 10 + i, 0).status, WIRE_OK);
        fake_peer_free(p);
    }
    for (unsigned i = 0; i < MEMBERS; i++) {
        M.m[i] = (member){.token = FIRST_TOKEN};
    }
}

/* Everybody reads to the head. */
static uint64_t finish(void)
{
    uint64_t head = 0;
    for (unsigned round = 0; round < 4000; round++) {
        bool done = true;
        for (unsigned i = 0; i < MEMBERS; i++) {
            member *m = &M.m[i];
            if (m->now.peer == NULL || !m->open || m->next != 0) {
                connect_and_follow(m);
                done = false;
            }
        }
        fake_flush(M.w);
        read_all();
        head = M.m[0].read;
        for (unsigned i = 0; i < MEMBERS; i++) {
            done = done && M.m[i].settled && M.m[i].next == 0 && M.m[i].read == head;
        }
        if (done) {
            return head;
        }
    }
    fail_msg("somebody does not get to the head");
    return 0;
}

static void ten_thousand_random_frames_keep_every_promise(void **state)
{
    (void)state;
    unsigned kept = 0;
    unsigned commits = 0;
    begin();
    while (M.frames < FRAMES) {
        turn();
    }
    uint64_t head = finish();
    for (unsigned id = FIRST_TOKEN + 1; id < M.n_writes; id++) {
        const write *x = &M.writes[id];
        assert_true(x->told == 0 || x->seen == x->told); /* no acknowledged write is lost */
        assert_true((x->fate == NEVER) == (x->seen == 0));
        kept += x->seen != 0 ? 1 : 0;
        commits += x->seen != 0 && x->commit ? 1 : 0;
    }
    assert_int_equal(kept, head); /* none is doubled, and no number is without one */
    assert_int_equal(commits, M.m[0].epoch);
    for (uint64_t e = 0; e < M.m[0].epoch; e++) {
        assert_int_not_equal(M.ended[e], 0);
    }
    print_message("# %u writes, %llu kept, %u epochs, %u batches failed, %u crashes\n",
                  M.n_writes - FIRST_TOKEN - 1, (unsigned long long)head, commits, M.failed,
                  M.crashes);
    assert_true(head > 1000 && commits > 100 && M.failed > 10 && M.crashes > 5);
    for (unsigned i = 0; i < MEMBERS; i++) {
        for (unsigned g = 0; g < GHOSTS; g++) {
            line_free(&M.m[i].ghosts[g]);
        }
        line_free(&M.m[i].now);
    }
    fake_world_free(M.w);
    fake_log_store_free(M.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_random_frames_keep_every_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
