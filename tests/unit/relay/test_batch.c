/* What requests of one batch see of each other before anything of it is durable, and what a batch
 * that fails leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

enum { SIDE = 4096 };

typedef struct pair {
    fake_world *w;
    fake_peer *alice, *bob;
} pair;

static wire_status status;

/* Log 1, epoch 0, token 10: Alice (1) and Bob (2) follow. */
static int setup(void **state)
{
    pair *t = (pair *)calloc(1, sizeof *t);
    assert_non_null(t);
    t->w = fake_world_new(NULL, "");
    t->alice = fake_peer_new(t->w, true, true);
    t->bob = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(t->alice, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).status, WIRE_OK);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    pair *t = (pair *)*state;
    fake_peer_free(t->alice);
    fake_peer_free(t->bob);
    fake_world_free(t->w);
    free(t);
    return 0;
}

static void append_send(fake_peer *p, uint32_t channel, uint64_t epoch, unsigned body)
{
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){channel, epoch, fake_body(256, body)};
    fake_send(p, f);
}

static void follow_send(fake_peer *p, uint32_t channel, uint64_t epoch, unsigned token,
                        unsigned key, uint64_t from)
{
    const wire_follow item = fake_follow_item(channel, 1, epoch, token, key, from);
    fake_follow_send(p, &item, 1);
}

static void ack_send(fake_peer *p, uint32_t channel, uint64_t seq)
{
    base_buf list = {0};
    wire_frame f = {.type = WIRE_ACK};
    const wire_ack item = {.channel = channel, .seq = seq};
    assert_int_equal(wire_ack_put(&list, &item), BASE_OK);
    f.u.items.items = base_buf_bytes(&list);
    fake_send(p, f);
    base_buf_clear(&list);
}

static relay_log row(const fake_world *w)
{
    relay_log log;
    assert_int_equal(w->port->ops->log_get(w->port->user, fake_id('l', 1).p, &log), BASE_OK);
    return log;
}

static void drain(fake_peer *p)
{
    wire_frame f;
    while (fake_next(p, &f)) {
        assert_int_not_equal(f.type, WIRE_FAIL);
    }
}

/* A commit of Alice's that opens Carol's cursor (3), with a side part. */
static void welcome_send(fake_peer *p, uint32_t channel, uint64_t epoch, unsigned next)
{
    static uint8_t handle[32];
    static uint8_t body[256 + SIDE];
    wire_frame f = fake_commit_frame(channel, epoch, next, 0);
    memcpy(handle, fake_gate('k', 3).p, 32);
    memcpy(body, fake_body(sizeof body, 1).p, sizeof body);
    f.u.commit.opened = base_bytes_of(handle, 32);
    f.u.commit.side_size = SIDE;
    f.u.commit.data = base_bytes_of(body, sizeof body);
    fake_send(p, f);
}

static void a_side_part_let_go_of_in_the_batch_that_brought_it_is_not_kept(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *carol = fake_peer_new(t->w, true, true);
    uint8_t bytes[SIDE];
    relay_side side;
    welcome_send(t->alice, 1, 0, 11);
    follow_send(carol, 1, 1, 11, 3, 0);
    ack_send(carol, 1, 1);
    fake_flush(t->w);
    drain(carol);
    const relay_log log = row(t->w);
    assert_int_equal(log.head, 1);
    assert_int_equal(log.bytes, 256);
    const relay_store *st = t->w->port;
    assert_int_equal(st->ops->side_get(st->user, log.key, 1, &side), BASE_E_NOT_FOUND);
    assert_int_equal(st->ops->side_read(st->user, log.key, 1, 0, bytes, SIDE), BASE_E_NOT_FOUND);
    fake_peer_free(carol);
}

/* A hostile member that stands nowhere in an epoch ends it in one batch with an acknowledgement
 * that lets the relay look for gates to drop: the epoch's only entries are not readable yet. */
static void a_gate_stays_for_entries_of_the_batch_at_hand(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *stray = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, 0, 11, 1), &status), 1);
    drain(t->alice);
    drain(t->bob);
    assert_int_equal(fake_follow(stray, 1, 1, 0, 10, 77, 0).cursor, WIRE_CURSOR_NONE);
    drain(stray); /* it has the commit, and no cursor */
    assert_int_equal(fake_follow(t->alice, 1, 1, 1, 11, 1, 0).status, WIRE_OK);
    fake_send(t->alice, fake_commit_frame(1, 1, 12, 2));
    ack_send(stray, 1, 1);
    fake_flush(t->w);
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).status, WIRE_OK);
    (void)fake_entry(t->bob, 1, 1, 1);
    assert_int_equal(fake_ack(t->bob, 1, 1, 1, 11), WIRE_OK); /* DENIED: locked out for ever */
    (void)fake_entry(t->bob, 1, 2, 2);
    fake_peer_free(stray);
}

static void who_was_only_nudged_in_a_batch_that_fails_is_not_closed(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *carol = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(carol, 1, 1, 0, 10, 3, 0).status, WIRE_OK);
    wire_frame f = {.type = WIRE_NUDGE};
    f.u.nudge = (wire_nudge){1, 0, fake_body(WIRE_NUDGE_SIZE, 4)};
    fake_log_store_fail_commit(t->w->store, 1);
    append_send(t->alice, 1, 0, 5);
    fake_send(t->bob, f);
    assert_int_equal(fake_try_flush(t->w), BASE_E_STORE);
    (void)fake_expect(t->alice, WIRE_NUDGED);
    fake_expect_fail(t->alice, WIRE_FAILED);
    fake_expect_fail(t->bob, WIRE_FAILED);
    assert_false(relay_session_closing(carol->s));
    assert_int_equal(fake_expect(carol, WIRE_NUDGED).u.nudge.channel, 1);
    assert_int_equal(fake_append(carol, 1, 0, 6, &status), 1);
    fake_peer_free(carol);
}

static void a_log_made_anew_in_the_batch_that_ended_it_begins_at_one(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *carol = fake_peer_new(t->w, true, true);
    append_send(t->alice, 1, 0, 5);
    fake_flush(t->w);
    append_send(t->alice, 1, 0, 6);
    wire_frame f = {.type = WIRE_LEAVE};
    for (unsigned i = 0; i < 2; i++) {
        f.u.leave = (wire_leave){1, true};
        fake_send(i == 0 ? t->alice : t->bob, f);
    }
    wire_frame create = {.type = WIRE_CREATE};
    create.u.create =
        (wire_create){fake_id('l', 1), fake_gate('t', 20), fake_gate('k', 3), BASE_BYTES_NONE};
    fake_send(carol, create);
    follow_send(carol, 1, 0, 20, 3, 0);
    append_send(carol, 1, 0, 7);
    follow_send(carol, 1, 0, 20, 3, 1); /* not GONE */
    fake_flush(t->w);
    (void)fake_expect(carol, WIRE_DONE);
    (void)fake_expect(carol, WIRE_FOLLOWED);
    assert_int_equal(fake_expect(carol, WIRE_APPENDED).u.seq.seq, 1);
    f = fake_expect(carol, WIRE_FOLLOWED);
    base_rd rd = base_rd_on(f.u.items.items);
    wire_followed out = {0};
    assert_int_equal(wire_followed_next(&rd, &out), BASE_OK);
    assert_int_equal(out.status, WIRE_OK);
    (void)fake_entry(carol, 1, 1, 7);
    fake_peer_free(carol);
}

static void a_sweep_that_failed_is_made_good_the_same_day(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth < 400; nth++) {
        fake_world *w = fake_world_new(NULL, "");
        fake_peer *p = fake_peer_new(w, true, true);
        relay_log log;
        bool more = true;
        for (unsigned i = 1; i <= 3; i++) {
            assert_int_equal(fake_create(p, i, 10, 1), WIRE_OK);
        }
        fake_days(w, WIRE_IDLE_DAYS);
        w->now += FAKE_DAY; /* now all three are to go */
        fake_log_store_fail_op(w->store, nth);
        bool failed = false;
        while (more && !failed) {
            failed = relay_tick(w->r, w->now, &more) != BASE_OK;
        }
        fake_log_store_fail_op(w->store, 0);
        fake_tick(w);
        for (unsigned i = 1; i <= 3; i++) {
            assert_int_equal(w->port->ops->log_get(w->port->user, fake_id('l', i).p, &log),
                             BASE_E_NOT_FOUND);
        }
        fake_peer_free(p);
        fake_world_free(w);
        if (!failed) {
            assert_true(nth > 10);
            return;
        }
    }
    fail();
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_side_part_let_go_of_in_the_batch_that_brought_it_is_not_kept),
        T(a_gate_stays_for_entries_of_the_batch_at_hand),
        T(who_was_only_nudged_in_a_batch_that_fails_is_not_closed),
        T(a_log_made_anew_in_the_batch_that_ended_it_begins_at_one),
        cmocka_unit_test(a_sweep_that_failed_is_made_good_the_same_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
