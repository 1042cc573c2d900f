/* Cursors and what is deleted when (docs/protocol.md, sections 3.6, 3.8, 3.9): delivered means
 * deleted, the week of the silent, guests, and the cursor that a hostile commit closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

/* Tokens: epoch e of log 1 has token 10 + e. Keys: Alice 1, Bob 2. */
typedef struct pair {
    fake_world *w;
    fake_peer *alice, *bob;
} pair;

static wire_status status;

static wire_frame commit_opening(uint64_t epoch, unsigned next, unsigned body, unsigned key)
{
    static uint8_t handle[32];
    memcpy(handle, fake_gate('k', key).p, 32);
    wire_frame f = fake_commit_frame(1, epoch, next, body);
    f.u.commit.opened = base_bytes_of(handle, 32);
    return f;
}

static wire_frame commit_closing(uint64_t epoch, unsigned next, unsigned body, unsigned key)
{
    wire_frame f = commit_opening(epoch, next, body, key);
    f.u.commit.closed = f.u.commit.opened;
    f.u.commit.opened = BASE_BYTES_NONE;
    return f;
}

static int setup(void **state)
{
    pair *t = (pair *)calloc(1, sizeof *t);
    assert_non_null(t);
    t->w = fake_world_new(NULL, "");
    t->alice = fake_peer_new(t->w, true, true);
    t->bob = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(t->alice, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_commit(t->alice, commit_opening(0, 11, 100, 2), &status), 1);
    (void)fake_entry(t->alice, 1, 1, 100);
    assert_int_equal(fake_ack(t->alice, 1, 1, 1, 11), WIRE_OK);
    assert_int_equal(fake_follow(t->bob, 1, 1, 1, 11, 2, 0).status, WIRE_OK);
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

static relay_log row(const fake_world *w)
{
    relay_log log = {0};
    assert_int_equal(w->port->ops->log_get(w->port->user, fake_id('l', 1).p, &log), BASE_OK);
    return log;
}

static bool kept(const fake_world *w, uint64_t seq)
{
    relay_entry e;
    base_buf stamp = {0};
    relay_log log = row(w);
    base_err err = w->port->ops->entry_next(w->port->user, log.key, seq, &e, &stamp);
    base_buf_clear(&stamp);
    return err == BASE_OK && e.seq == seq;
}

static void drain(fake_peer *p)
{
    wire_frame f;
    while (fake_next(p, &f)) {
        assert_true(f.type == WIRE_ENTRY || f.type == WIRE_DROPPED);
    }
}

static void what_everybody_acknowledged_is_deleted_and_no_sooner(void **state)
{
    pair *t = (pair *)*state;
    assert_false(kept(t->w, 1)); /* Alice passed it, Bob began behind it */
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    assert_int_equal(fake_append(t->alice, 1, 1, 3, &status), 3);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 3, 0, 0), WIRE_OK);
    assert_true(kept(t->w, 2)); /* Bob did not */
    drain(t->bob);
    assert_int_equal(fake_ack(t->bob, 1, 2, 0, 0), WIRE_OK);
    assert_false(kept(t->w, 2));
    assert_true(kept(t->w, 3));
    assert_int_equal(row(t->w).kept, 1);
    assert_int_equal(row(t->w).bytes, 256);
    assert_int_equal(fake_ack(t->bob, 1, 3, 0, 0), WIRE_OK);
    assert_int_equal(row(t->w).kept, 0);
    assert_int_equal(row(t->w).bytes, 0);
}

static void nobody_acknowledges_what_was_not_sent_to_it(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 3, 0, 0), WIRE_RANGE);
    assert_int_equal(fake_ack(t->alice, 1, 2, 0, 0), WIRE_OK);
    assert_int_equal(fake_ack(t->alice, 1, 1, 0, 0), WIRE_OK); /* lower: nothing happens */
    assert_int_equal(fake_ack(t->alice, 7, 1, 0, 0), WIRE_NO_CHANNEL);
    wire_followed r = fake_follow(t->alice, 1, 1, 1, 11, 1, 3);
    assert_int_equal(r.place, 2);
}

static void the_place_is_told_to_who_follows_again(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    assert_int_equal(fake_append(t->alice, 1, 1, 3, &status), 3);
    drain(t->bob);
    assert_int_equal(fake_ack(t->bob, 1, 2, 0, 0), WIRE_OK);
    wire_followed r = fake_follow(t->bob, 1, 1, 1, 11, 2, 0);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.cursor, WIRE_CURSOR_OPEN);
    assert_int_equal(r.place, 2);
    assert_int_equal(r.end, 3);
    assert_false(r.ended);
    wire_frame f = fake_expect(t->bob, WIRE_ENTRY);
    assert_int_equal(f.u.entry.seq, 3);
    fake_expect_nothing(t->bob);
}

static void a_cursor_has_one_channel(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *copy = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(copy, 4, 1, 1, 11, 2, 0).status, WIRE_OK);
    wire_frame f = fake_expect(t->bob, WIRE_DROPPED);
    assert_int_equal(f.u.dropped.channel, 1);
    assert_int_equal(f.u.dropped.reason, WIRE_SUPERSEDED);
    assert_int_equal(fake_append(t->bob, 1, 1, 2, &status), 0);
    assert_int_equal(status, WIRE_NO_CHANNEL);
    assert_int_equal(fake_append(copy, 4, 1, 2, &status), 2);
    fake_expect_nothing(t->bob);
    drain(t->alice);
    assert_int_equal(fake_append(t->alice, 1, 1, 3, &status), 3); /* another cursor: untouched */
    fake_peer_free(copy);
}

static void an_unknown_cursor_is_opened_within_a_bound(void **state)
{
    pair *t = (pair *)*state;
    enum { BOUND = 32 };
    fake_peer *p[BOUND + 1];
    for (unsigned i = 0; i <= BOUND; i++) {
        p[i] = fake_peer_new(t->w, true, true);
        wire_followed r = fake_follow(p[i], 1, 1, 1, 11, 50 + i, 0);
        assert_int_equal(r.status, WIRE_OK);
        assert_int_equal(r.cursor, i < BOUND ? WIRE_CURSOR_OPEN : WIRE_CURSOR_NONE);
    }
    assert_int_equal(row(t->w).guests, BOUND);
    assert_int_equal(row(t->w).cursors, BOUND + 2);
    assert_int_equal(fake_append(p[0], 1, 1, 2, &status), 2);
    assert_int_equal(fake_append(p[BOUND], 1, 1, 3, &status), 0); /* it reads, and cannot write */
    assert_int_equal(status, WIRE_NO_READER);
    (void)fake_entry(p[BOUND], 1, 2, 2);
    assert_int_equal(fake_ack(p[BOUND], 1, 2, 0, 0), WIRE_OK);
    for (unsigned i = 0; i <= BOUND; i++) {
        fake_peer_free(p[i]);
    }
}

static void an_old_token_opens_no_cursor(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, 1, 12, 2), &status), 2);
    fake_peer *p = fake_peer_new(t->w, true, true);
    wire_followed r = fake_follow(p, 1, 1, 1, 11, 60, 0);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.cursor, WIRE_CURSOR_NONE);
    assert_int_equal(row(t->w).guests, 0);
    (void)fake_entry(p, 1, 2, 2);
    assert_int_equal(fake_ack(p, 1, 2, 2, 12), WIRE_OK); /* in the current epoch it is one */
    assert_int_equal(row(t->w).guests, 1);
    assert_int_equal(fake_append(p, 1, 2, 3, &status), 3);
    fake_peer_free(p);
}

static void a_closed_cursor_reopens_with_the_current_token_without_a_guests_place(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_commit(t->alice, commit_closing(1, 12, 2, 2), &status), 2);
    fake_peer *p[33];
    for (unsigned i = 0; i < 33; i++) { /* the attacker takes every place */
        p[i] = fake_peer_new(t->w, true, true);
        assert_int_equal(fake_follow(p[i], 1, 1, 2, 12, 70 + i, 0).status, WIRE_OK);
    }
    assert_int_equal(row(t->w).guests, 32);
    (void)fake_entry(t->bob, 1, 2, 2);
    assert_int_equal(fake_ack(t->bob, 1, 2, 0, 0), WIRE_OK); /* acknowledged: still known */
    wire_followed r = fake_follow(t->bob, 1, 1, 2, 12, 2, 0);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.cursor, WIRE_CURSOR_OPEN);
    assert_int_equal(row(t->w).guests, 32);
    assert_int_equal(fake_append(t->bob, 1, 2, 3, &status), 3);
    for (unsigned i = 0; i < 33; i++) {
        fake_peer_free(p[i]);
    }
}

static void a_closed_cursor_holds_what_came_before_and_nothing_after(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    assert_int_equal(fake_commit(t->alice, commit_closing(1, 12, 3, 2), &status), 3);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 3, 2, 12), WIRE_OK);
    assert_int_equal(fake_append(t->alice, 1, 2, 4, &status), 4);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 4, 0, 0), WIRE_OK);
    assert_true(kept(t->w, 2));
    assert_true(kept(t->w, 3));
    assert_false(kept(t->w, 4)); /* everybody who may read it has */
    fake_days(t->w, 7);
    assert_true(kept(t->w, 2));
    fake_days(t->w, 1);
    assert_false(kept(t->w, 2));
    assert_false(kept(t->w, 3));
    assert_int_equal(row(t->w).cursors, 1);
    assert_int_equal(row(t->w).kept, 0);
}

static void a_closed_cursor_that_reads_lets_go(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    assert_int_equal(fake_commit(t->alice, commit_closing(1, 12, 3, 2), &status), 3);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 3, 2, 12), WIRE_OK);
    drain(t->bob);
    assert_int_equal(fake_ack(t->bob, 1, 2, 0, 0), WIRE_OK);
    assert_false(kept(t->w, 2));
    assert_true(kept(t->w, 3));
    assert_int_equal(fake_ack(t->bob, 1, 3, 0, 0), WIRE_OK);
    assert_false(kept(t->w, 3));
}

static void a_silent_cursor_holds_back_a_week_and_no_more(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 2, 0, 0), WIRE_OK);
    fake_days(t->w, 7);
    assert_true(kept(t->w, 2)); /* Bob may still come */
    assert_int_equal(fake_append(t->alice, 1, 1, 3, &status), 3);
    drain(t->alice);
    assert_int_equal(fake_ack(t->alice, 1, 3, 0, 0), WIRE_OK);
    fake_days(t->w, 1);
    assert_false(kept(t->w, 2));
    assert_true(kept(t->w, 3)); /* of the last week */
    fake_days(t->w, 7);
    assert_false(kept(t->w, 3));
    drain(t->bob);
    wire_followed r = fake_follow(t->bob, 1, 1, 1, 11, 2, 0);
    assert_int_equal(r.status, WIRE_GONE);
    assert_int_equal(r.resume, 3);
    assert_int_equal(r.end, 3);
}

static void gone_tells_where_reading_goes_on_and_the_hash_there(void **state)
{
    pair *t = (pair *)*state;
    uint8_t h[32];
    fake_hash_start(fake_id('l', 1), h);
    fake_hash_step(h, fake_body(256, 100));
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    fake_hash_step(h, fake_body(256, 2));
    drain(t->alice);
    drain(t->bob);
    assert_int_equal(fake_ack(t->alice, 1, 2, 0, 0), WIRE_OK);
    fake_days(t->w, 8);
    assert_int_equal(fake_append(t->alice, 1, 1, 3, &status), 3);
    drain(t->bob);
    wire_followed r = fake_follow(t->bob, 1, 1, 1, 11, 2, 2);
    assert_int_equal(r.status, WIRE_GONE);
    assert_int_equal(r.place, 1);
    assert_int_equal(r.resume, 2);
    assert_memory_equal(r.resume_hash.p, h, 32);
    r = fake_follow(t->bob, 1, 1, 1, 11, 2, r.resume + 1);
    assert_int_equal(r.status, WIRE_OK);
    drain(t->bob);
    assert_int_equal(fake_ack(t->bob, 1, 3, 0, 0), WIRE_OK);
}

static void nothing_outlives_its_time(void **state)
{
    pair *t = (pair *)*state;
    /* Bob moves one entry a day, so he is awake; Alice writes two, so he falls behind: on day d the
     * next he would acknowledge, d + 2, is of day d / 2 */
    for (unsigned day = 0; day <= 62; day++) {
        assert_int_equal(fake_append(t->alice, 1, 1, 2 * day, &status), 2 * day + 2);
        assert_int_equal(fake_append(t->alice, 1, 1, 2 * day + 1, &status), 2 * day + 3);
        drain(t->alice);
        drain(t->bob);
        assert_int_equal(fake_ack(t->alice, 1, 2 * day + 3, 0, 0), WIRE_OK);
        assert_int_equal(fake_ack(t->bob, 1, day + 1, 0, 0), WIRE_OK);
        assert_int_equal(kept(t->w, day + 2), day <= 60);
        fake_days(t->w, 1);
    }
    assert_true(kept(t->w, 2 * 33 + 2)); /* thirty days old */
    assert_false(kept(t->w, 2 * 32 + 3));
}

static void a_clock_that_jumps_deletes_nothing_before_it_is_believed(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    t->w->now += 4000ull * FAKE_DAY; /* a wrong date */
    fake_tick(t->w);
    t->w->now += 3599000;
    fake_tick(t->w);
    assert_true(kept(t->w, 2));
    t->w->now -= 4000ull * FAKE_DAY; /* put right: the same day as before, an hour later */
    fake_tick(t->w);
    t->w->now += 3601000;
    fake_tick(t->w);
    assert_true(kept(t->w, 2));
    t->w->now += 40ull * FAKE_DAY; /* a relay that stood still for forty days */
    fake_tick(t->w);
    assert_true(kept(t->w, 2));
    t->w->now += 3601000;
    fake_tick(t->w);
    assert_false(kept(t->w, 2));
}

static void a_log_that_nobody_touches_goes(void **state)
{
    pair *t = (pair *)*state;
    fake_days(t->w, 180);
    (void)row(t->w);
    fake_days(t->w, 1);
    relay_log log;
    assert_int_equal(t->w->port->ops->log_get(t->w->port->user, fake_id('l', 1).p, &log),
                     BASE_E_NOT_FOUND);
    wire_frame f = fake_expect(t->bob, WIRE_DROPPED);
    assert_int_equal(f.u.dropped.reason, WIRE_DENIED);
    assert_int_equal(fake_follow(t->bob, 1, 1, 1, 11, 2, 0).status, WIRE_DENIED);
}

static void a_log_goes_with_its_last_cursor(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_leave(t->alice, 1, true), WIRE_OK);
    assert_int_equal(fake_append(t->bob, 1, 1, 2, &status), 2);
    drain(t->bob);
    assert_int_equal(fake_leave(t->bob, 1, false), WIRE_OK); /* the cursor stays */
    assert_int_equal(fake_follow(t->bob, 1, 1, 1, 11, 2, 2).status, WIRE_OK);
    drain(t->bob);
    assert_int_equal(fake_leave(t->bob, 1, true), WIRE_OK);
    assert_int_equal(fake_follow(t->bob, 1, 1, 1, 11, 2, 0).status, WIRE_DENIED);
    assert_int_equal(fake_leave(t->bob, 1, true), WIRE_OK); /* of a channel that is not there */
}

static void guests_that_do_not_move_go_after_a_week(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *p = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(p, 1, 1, 1, 11, 60, 0).cursor, WIRE_CURSOR_OPEN);
    assert_int_equal(fake_append(t->alice, 1, 1, 2, &status), 2);
    fake_days(t->w, 7);
    assert_int_equal(row(t->w).guests, 1);
    fake_days(t->w, 1);
    assert_int_equal(row(t->w).guests, 0);
    assert_int_equal(row(t->w).cursors, 2);
    fake_peer_free(p);
}

static void a_guest_that_a_commit_opens_is_none_any_more(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *p = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(p, 1, 1, 1, 11, 60, 0).cursor, WIRE_CURSOR_OPEN);
    assert_int_equal(fake_commit(t->alice, commit_opening(1, 12, 2, 60), &status), 2);
    assert_int_equal(row(t->w).guests, 0);
    assert_int_equal(row(t->w).cursors, 3);
    assert_true(kept(t->w, 2)); /* its place is as it was */
    fake_peer_free(p);
}

static void gates_are_kept_for_who_stands_in_their_epoch(void **state)
{
    pair *t = (pair *)*state;
    for (unsigned e = 1; e <= 4; e++) {
        assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, e, 11 + e, 20 + e), &status),
                         e + 1);
        drain(t->alice);
        assert_int_equal(fake_ack(t->alice, 1, e + 1, e + 1, 11 + e), WIRE_OK);
    }
    /* Bob stands in epoch 1, and everything after is kept for him */
    drain(t->bob);
    for (unsigned e = 1; e <= 4; e++) {
        assert_int_equal(fake_follow(t->bob, 1, 1, e, 10 + e, 2, e + 1).status, WIRE_OK);
        drain(t->bob);
    }
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).status, WIRE_DENIED);
    fake_days(t->w, 8); /* all entries are gone; he stands where he stood */
    wire_followed r = fake_follow(t->bob, 1, 1, 1, 11, 2, 0);
    assert_int_equal(r.status, WIRE_GONE);
    assert_int_equal(r.resume, 2);
    assert_int_equal(fake_follow(t->bob, 1, 1, 2, 12, 2, 0).status, WIRE_DENIED);
    assert_int_equal(fake_follow(t->bob, 1, 1, 5, 15, 2, 0).status, WIRE_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_everybody_acknowledged_is_deleted_and_no_sooner),
        T(nobody_acknowledges_what_was_not_sent_to_it),
        T(the_place_is_told_to_who_follows_again),
        T(a_cursor_has_one_channel),
        T(an_unknown_cursor_is_opened_within_a_bound),
        T(an_old_token_opens_no_cursor),
        T(a_closed_cursor_reopens_with_the_current_token_without_a_guests_place),
        T(a_closed_cursor_holds_what_came_before_and_nothing_after),
        T(a_closed_cursor_that_reads_lets_go),
        T(a_silent_cursor_holds_back_a_week_and_no_more),
        T(gone_tells_where_reading_goes_on_and_the_hash_there),
        T(nothing_outlives_its_time),
        T(a_clock_that_jumps_deletes_nothing_before_it_is_believed),
        T(a_log_that_nobody_touches_goes),
        T(a_log_goes_with_its_last_cursor),
        T(guests_that_do_not_move_go_after_a_week),
        T(a_guest_that_a_commit_opens_is_none_any_more),
        T(gates_are_kept_for_who_stands_in_their_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
