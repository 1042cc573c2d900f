/* Epochs and who may read and write in them (docs/protocol.md, sections 3.2 to 3.6): the gate, the
 * removed member, the stale sender, the race of commits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

/* Tokens: epoch e of log 1 has token 10 + e. Keys: Alice 1, Bob 2, Carol 3. */
typedef struct three {
    fake_world *w;
    fake_peer *alice, *bob, *carol;
} three;

static wire_status status;

/* Log 1 in epoch 1 with Alice, Bob and Carol; all follow; entry 1 is the commit that added them. */
static int setup(void **state)
{
    three *t = (three *)calloc(1, sizeof *t);
    assert_non_null(t);
    t->w = fake_world_new(NULL, "");
    t->alice = fake_peer_new(t->w, true, true);
    t->bob = fake_peer_new(t->w, true, true);
    t->carol = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(t->alice, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    uint8_t opened[64];
    memcpy(opened, fake_gate('k', 2).p, 32);
    memcpy(opened + 32, fake_gate('k', 3).p, 32);
    wire_frame f = fake_commit_frame(1, 0, 11, 100);
    f.u.commit.opened = base_bytes_of(opened, 64);
    assert_int_equal(fake_commit(t->alice, f, &status), 1);
    (void)fake_entry(t->alice, 1, 1, 100);
    assert_int_equal(fake_ack(t->alice, 1, 1, 1, 11), WIRE_OK);
    assert_int_equal(fake_follow(t->bob, 1, 1, 1, 11, 2, 0).status, WIRE_OK);
    assert_int_equal(fake_follow(t->carol, 1, 1, 1, 11, 3, 0).status, WIRE_OK);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    three *t = (three *)*state;
    fake_peer_free(t->alice);
    fake_peer_free(t->bob);
    fake_peer_free(t->carol);
    fake_world_free(t->w);
    free(t);
    return 0;
}

static wire_frame removing_carol(void)
{
    static uint8_t closed[32];
    memcpy(closed, fake_gate('k', 3).p, 32);
    wire_frame f = fake_commit_frame(1, 1, 12, 200);
    f.u.commit.closed = base_bytes_of(closed, 32);
    return f;
}

static void an_entry_reaches_everybody_in_the_epoch(void **state)
{
    three *t = (three *)*state;
    assert_int_equal(fake_append(t->bob, 1, 1, 5, &status), 2);
    (void)fake_entry(t->alice, 1, 2, 5);
    (void)fake_entry(t->bob, 1, 2, 5);
    (void)fake_entry(t->carol, 1, 2, 5);
    fake_expect_nothing(t->alice);
    fake_expect_nothing(t->carol);
}

static void a_removed_member_gets_the_commit_and_not_one_byte_after(void **state)
{
    three *t = (three *)*state;
    assert_int_equal(fake_append(t->alice, 1, 1, 5, &status), 2);
    assert_int_equal(fake_commit(t->alice, removing_carol(), &status), 3);
    (void)fake_entry(t->alice, 1, 2, 5);
    wire_entry e = fake_entry(t->alice, 1, 3, 200);
    assert_int_equal(e.kind, WIRE_KIND_COMMIT);
    assert_int_equal(fake_ack(t->alice, 1, 3, 2, 12), WIRE_OK);
    assert_int_equal(fake_append(t->alice, 1, 2, 6, &status), 4);
    (void)fake_entry(t->alice, 1, 4, 6);

    (void)fake_entry(t->carol, 1, 2, 5);
    (void)fake_entry(t->carol, 1, 3, 200);
    fake_expect_nothing(t->carol);

    /* again from a new connection, with what she knows */
    fake_peer *again = fake_peer_new(t->w, true, true);
    wire_followed r = fake_follow(again, 9, 1, 1, 11, 3, 2);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.cursor, WIRE_CURSOR_CLOSED);
    assert_int_equal(r.end, 3);
    assert_true(r.ended);
    (void)fake_entry(again, 9, 2, 5);
    (void)fake_entry(again, 9, 3, 200);
    fake_expect_nothing(again);
    assert_int_equal(fake_append(again, 9, 1, 7, &status), 0);
    assert_int_equal(status, WIRE_STALE);
    assert_int_equal(fake_follow(again, 9, 1, 1, 11, 3, 5).status, WIRE_RANGE);
    assert_int_equal(fake_follow(again, 9, 1, 2, 11, 3, 0).status, WIRE_DENIED);
    assert_int_equal(fake_follow(again, 9, 1, 1, 11, 3, 4).end, 3);
    assert_int_equal(fake_ack(again, 9, 3, 2, 11), WIRE_DENIED);
    assert_int_equal(fake_append(t->alice, 1, 2, 8, &status), 5);
    fake_expect_nothing(again);
    fake_peer_free(again);
}

static void a_stale_sender_is_told_so_and_catches_up(void **state)
{
    three *t = (three *)*state;
    assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, 1, 12, 200), &status), 2);
    assert_int_equal(fake_append(t->bob, 1, 1, 5, &status), 0);
    assert_int_equal(status, WIRE_STALE);
    assert_int_equal(fake_commit(t->bob, fake_commit_frame(1, 1, 13, 201), &status), 0);
    assert_int_equal(status, WIRE_STALE);
    (void)fake_entry(t->bob, 1, 2, 200);
    assert_int_equal(fake_append(t->bob, 1, 2, 5, &status), 0); /* the token was not shown yet */
    assert_int_equal(status, WIRE_STALE);
    assert_int_equal(fake_ack(t->bob, 1, 2, 2, 12), WIRE_OK);
    assert_int_equal(fake_append(t->bob, 1, 2, 5, &status), 3);
}

static void of_a_hundred_commits_for_one_epoch_one_is_stored(void **state)
{
    three *t = (three *)*state;
    enum { N = 100 };
    fake_peer *p[N];
    static uint8_t opened[N * 32];
    for (unsigned i = 0; i < N; i++) {
        memcpy(opened + (size_t)i * 32, fake_gate('k', 1000 + i).p, 32);
    }
    wire_frame f = fake_commit_frame(1, 1, 12, 50);
    f.u.commit.opened = base_bytes_of(opened, sizeof opened);
    assert_int_equal(fake_commit(t->alice, f, &status), 2);
    for (unsigned i = 0; i < N; i++) {
        p[i] = fake_peer_new(t->w, true, true);
        assert_int_equal(fake_follow(p[i], 1, 1, 2, 12, 1000 + i, 0).status, WIRE_OK);
    }
    for (unsigned i = 0; i < N; i++) { /* all in one batch */
        fake_send(p[i], fake_commit_frame(1, 2, 500 + i, i));
    }
    fake_flush(t->w);
    unsigned won = 0;
    unsigned winner = 0;
    for (unsigned i = 0; i < N; i++) {
        wire_frame a;
        assert_true(fake_next(p[i], &a));
        if (a.type == WIRE_COMMITTED) {
            won++;
            winner = i;
            assert_int_equal(a.u.seq.seq, 3);
        } else {
            assert_int_equal(a.type, WIRE_DONE);
            assert_int_equal(a.u.done.status, WIRE_STALE);
        }
    }
    assert_int_equal(won, 1);
    for (unsigned i = 0; i < N; i++) {
        wire_entry e = fake_entry(p[i], 1, 3, winner); /* the same bytes for all */
        assert_true(base_bytes_eq(e.stamp.writer, fake_gate('k', 1000 + winner)));
        assert_true(base_bytes_eq(e.stamp.gate, fake_gate('t', 500 + winner)));
        fake_expect_nothing(p[i]);
        fake_peer_free(p[i]);
    }
}

static void the_stamp_tells_writer_gate_and_cursors(void **state)
{
    three *t = (three *)*state;
    uint8_t opened[32];
    memcpy(opened, fake_gate('k', 4).p, 32);
    wire_frame f = removing_carol();
    f.u.commit.opened = base_bytes_of(opened, 32);
    f.u.commit.side_size = 1024;
    static uint8_t data[1280];
    memcpy(data, fake_body(256, 200).p, 256);
    f.u.commit.data = base_bytes_of(data, sizeof data);
    assert_int_equal(fake_commit(t->alice, f, &status), 2);
    wire_entry e = fake_entry(t->bob, 1, 2, 200);
    assert_true(base_bytes_eq(e.stamp.writer, fake_gate('k', 1)));
    assert_true(base_bytes_eq(e.stamp.gate, fake_gate('t', 12)));
    assert_true(base_bytes_eq(e.stamp.opened, fake_gate('k', 4)));
    assert_true(base_bytes_eq(e.stamp.closed, fake_gate('k', 3)));
    assert_int_equal(e.stamp.side, 1024);
    assert_int_equal(fake_append(t->bob, 1, 1, 5, &status), 0);
}

static void the_relay_computes_the_running_hash_of_the_readers(void **state)
{
    three *t = (three *)*state;
    uint8_t h[32];
    fake_hash_start(fake_id('l', 1), h);
    fake_hash_step(h, fake_body(256, 100));
    for (unsigned i = 2; i <= 5; i++) {
        assert_int_equal(fake_append(t->alice, 1, 1, i, &status), i);
        fake_hash_step(h, fake_body(256, i));
    }
    assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, 1, 12, 6), &status), 6);
    fake_hash_step(h, fake_body(256, 6));
    fake_peer *joiner = fake_peer_new(t->w, true, true);
    wire_followed r = fake_follow(joiner, 1, 1, 2, 12, 9, 0);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.start, 6);
    assert_memory_equal(r.start_hash.p, h, 32);
    fake_peer_free(joiner);
}

static void a_wrong_token_opens_nothing(void **state)
{
    three *t = (three *)*state;
    fake_peer *p = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(p, 1, 1, 1, 99, 2, 0).status, WIRE_DENIED);
    assert_int_equal(fake_follow(p, 1, 1, 1, 12, 2, 0).status, WIRE_DENIED);
    assert_int_equal(fake_append(p, 1, 1, 5, &status), 0);
    assert_int_equal(status, WIRE_NO_CHANNEL);
    assert_int_equal(fake_append(t->alice, 1, 1, 5, &status), 2);
    fake_expect_nothing(p);
    fake_peer_free(p);
}

static void only_the_next_token_opens_the_next_epoch(void **state)
{
    three *t = (three *)*state;
    assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, 1, 12, 200), &status), 2);
    (void)fake_entry(t->bob, 1, 2, 200);
    assert_int_equal(fake_ack(t->bob, 1, 2, 2, 11), WIRE_DENIED);
    assert_int_equal(fake_ack(t->bob, 1, 2, 3, 12), WIRE_RANGE);
    assert_int_equal(fake_ack(t->bob, 1, 1, 2, 12), WIRE_RANGE);
    assert_int_equal(fake_append(t->bob, 1, 2, 5, &status), 0);
    assert_int_equal(fake_ack(t->bob, 1, 2, 2, 12), WIRE_OK);
    assert_int_equal(fake_append(t->bob, 1, 2, 5, &status), 3);
    (void)fake_entry(t->bob, 1, 3, 5);
}

static void a_handle_named_twice_is_fatal(void **state)
{
    three *t = (three *)*state;
    uint8_t one[32];
    memcpy(one, fake_gate('k', 4).p, 32);
    wire_frame f = fake_commit_frame(1, 1, 12, 200);
    f.u.commit.opened = base_bytes_of(one, 32);
    f.u.commit.closed = base_bytes_of(one, 32);
    fake_send(t->alice, f);
    fake_flush(t->w);
    fake_expect_fail(t->alice, WIRE_BAD);
    assert_int_equal(fake_append(t->bob, 1, 1, 5, &status), 2); /* nothing was committed */
}

static void opening_the_writers_own_cursor_changes_nothing(void **state)
{
    three *t = (three *)*state;
    uint8_t own[32];
    memcpy(own, fake_gate('k', 1).p, 32);
    wire_frame f = fake_commit_frame(1, 1, 12, 200);
    f.u.commit.opened = base_bytes_of(own, 32);
    assert_int_equal(fake_commit(t->alice, f, &status), 2);
    (void)fake_entry(t->alice, 1, 2, 200);
    assert_int_equal(fake_ack(t->alice, 1, 2, 2, 12), WIRE_OK);
    assert_int_equal(fake_append(t->alice, 1, 2, 5, &status), 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_entry_reaches_everybody_in_the_epoch),
        T(a_removed_member_gets_the_commit_and_not_one_byte_after),
        T(a_stale_sender_is_told_so_and_catches_up),
        T(of_a_hundred_commits_for_one_epoch_one_is_stored),
        T(the_stamp_tells_writer_gate_and_cursors),
        T(the_relay_computes_the_running_hash_of_the_readers),
        T(a_wrong_token_opens_nothing),
        T(only_the_next_token_opens_the_next_epoch),
        T(a_handle_named_twice_is_fatal),
        T(opening_the_writers_own_cursor_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
