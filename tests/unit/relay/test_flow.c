/* Large bodies, slow readers and bounds (docs/protocol.md, sections 3.3, 3.5 and 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

enum { BIG = 1310720, SIDE = 131072 }; /* an entry of 20 parts, a side part of two */

typedef struct pair {
    fake_world *w;
    fake_peer *alice, *bob;
} pair;

static wire_status status;

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

/* A commit of BIG and SIDE bytes that opens Carol's cursor (key 3). */
static wire_frame big_commit(void)
{
    static uint8_t handle[32];
    memcpy(handle, fake_gate('k', 3).p, 32);
    wire_frame f = fake_commit_frame(1, 0, 11, 0);
    f.u.commit.opened = base_bytes_of(handle, 32);
    f.u.commit.entry_size = BIG;
    f.u.commit.side_size = SIDE;
    f.u.commit.data = BASE_BYTES_NONE;
    return f;
}

static void data_send(fake_peer *p, uint32_t request, size_t off, size_t n)
{
    wire_frame f = {.type = WIRE_DATA, .request = request};
    f.u.bytes.data = base_bytes_of(fake_body(BIG + SIDE, 9).p + off, n);
    fake_send(p, f);
}

/* Send the body against credit; the number of CREDIT frames it took. */
static unsigned upload(fake_peer *p, uint32_t request, size_t total)
{
    size_t sent = 0;
    size_t credit = 0;
    unsigned grants = 0;
    while (sent < total) {
        wire_frame f;
        if (credit == sent) {
            fake_flush(p->w);
            f = fake_expect(p, WIRE_CREDITED);
            assert_int_equal(f.request, request);
            assert_true(f.u.credited.bytes > 0 && f.u.credited.bytes <= WIRE_CREDIT);
            credit += f.u.credited.bytes;
            grants++;
        }
        size_t n = credit - sent > WIRE_INLINE_MAX ? WIRE_INLINE_MAX : credit - sent;
        data_send(p, request, sent, n);
        sent += n;
    }
    assert_int_equal(credit, total);
    fake_flush(p->w);
    return grants;
}

static void parts_check(fake_peer *p, uint32_t request, size_t from, size_t size)
{
    size_t got = 0;
    while (got < size) {
        wire_frame f = fake_expect(p, WIRE_PART);
        assert_int_equal(f.request, request);
        const uint8_t *want = fake_body(BIG + SIDE, 9).p + from + got;
        assert_memory_equal(f.u.bytes.data.p, want, f.u.bytes.data.n);
        got += f.u.bytes.data.n;
    }
    assert_int_equal(got, size);
}

static void a_large_commit_travels_against_credit_and_in_parts(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, big_commit());
    uint32_t request = t->alice->request;
    assert_true(upload(t->alice, request, BIG + SIDE) > 3);
    wire_frame f = fake_expect(t->alice, WIRE_COMMITTED);
    assert_int_equal(f.u.seq.seq, 1);
    assert_int_equal(f.request, request);
    f = fake_expect(t->bob, WIRE_ENTRY);
    assert_int_equal(f.u.entry.size, BIG);
    assert_int_equal(f.u.entry.data.n, 0);
    assert_int_equal(f.u.entry.stamp.side, SIDE);
    parts_check(t->bob, 0, 0, BIG);
    fake_expect_nothing(t->bob);
}

static void a_joiner_fetches_the_side_part_until_it_is_used(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, big_commit());
    (void)upload(t->alice, t->alice->request, BIG + SIDE);
    fake_peer *carol = fake_peer_new(t->w, true, true);
    wire_frame f = {.type = WIRE_SIDE};
    for (int again = 0; again < 2; again++) {
        f = (wire_frame){.type = WIRE_SIDE};
        f.u.side = (wire_side){fake_id('l', 1), 1, fake_id('t', 11)};
        fake_send(carol, f);
        fake_flush(t->w);
        f = fake_expect(carol, WIRE_SIDE_IS);
        assert_int_equal(f.u.side_is.size, SIDE);
        parts_check(carol, carol->request, BIG, SIDE);
    }
    wire_followed r = fake_follow(carol, 1, 1, 1, 11, 3, 0);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.cursor, WIRE_CURSOR_OPEN);
    assert_int_equal(r.place, 1);
    f = (wire_frame){.type = WIRE_CURSORS};
    f.u.cursors = (wire_cursors){1, fake_gate('k', 3)};
    fake_send(carol, f);
    fake_flush(t->w);
    f = fake_expect(carol, WIRE_CURSORS_ARE);
    assert_int_equal(f.u.bytes.data.p[0], WIRE_STATE_NEW); /* following does not use it up */
    assert_int_equal(fake_ack(carol, 1, 1, 0, 0), WIRE_OK);
    f = (wire_frame){.type = WIRE_CURSORS};
    f.u.cursors = (wire_cursors){1, fake_gate('k', 3)};
    fake_send(carol, f);
    fake_flush(t->w);
    f = fake_expect(carol, WIRE_CURSORS_ARE);
    assert_int_equal(f.u.bytes.data.p[0], WIRE_STATE_USED);
    f = (wire_frame){.type = WIRE_SIDE};
    f.u.side = (wire_side){fake_id('l', 1), 1, fake_id('t', 11)};
    assert_int_equal(fake_done(carol, f), WIRE_GONE);
    fake_peer_free(carol);
}

static void a_large_commit_that_comes_too_late_is_refused_before_its_body(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_commit(t->bob, fake_commit_frame(1, 0, 11, 3), &status), 1);
    fake_send(t->alice, big_commit());
    fake_flush(t->w);
    (void)fake_entry(t->alice, 1, 1, 3);
    wire_frame f = fake_expect(t->alice, WIRE_DONE);
    assert_int_equal(f.u.done.status, WIRE_STALE);
}

static void a_large_commit_that_is_overtaken_is_refused_at_once(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, big_commit());
    uint32_t request = t->alice->request;
    fake_flush(t->w);
    (void)fake_expect(t->alice, WIRE_CREDITED);
    data_send(t->alice, request, 0, WIRE_INLINE_MAX);
    assert_int_equal(fake_commit(t->bob, fake_commit_frame(1, 0, 11, 3), &status), 1);
    wire_frame f = fake_expect(t->alice, WIRE_DONE);
    assert_int_equal(f.request, request);
    assert_int_equal(f.u.done.status, WIRE_STALE);
    data_send(t->alice, request, WIRE_INLINE_MAX, WIRE_INLINE_MAX); /* was under way */
    fake_flush(t->w);
    (void)fake_entry(t->alice, 1, 1, 3);
    fake_expect_nothing(t->alice);
    assert_false(relay_session_closing(t->alice->s));
    for (int i = 0; i < 3; i++) { /* but not for ever */
        data_send(t->alice, request, 0, WIRE_INLINE_MAX);
    }
    fake_flush(t->w);
    fake_expect_fail(t->alice, WIRE_BAD);
}

static void data_beyond_the_body_is_fatal(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, big_commit());
    uint32_t request = t->alice->request;
    size_t sent = 0;
    for (; sent + WIRE_INLINE_MAX < BIG + SIDE; sent += WIRE_INLINE_MAX) {
        data_send(t->alice, request, sent, WIRE_INLINE_MAX);
        fake_flush(t->w);
    }
    data_send(t->alice, request, sent, WIRE_INLINE_MAX - 100);
    fake_flush(t->w);
    assert_false(relay_session_closing(t->alice->s));
    data_send(t->alice, request, 0, 101);
    assert_true(relay_session_closing(t->alice->s));
    fake_flush(t->w);
    assert_int_equal(fake_append(t->bob, 1, 0, 1, &status), 1); /* nothing was committed */
}

static void data_without_a_body_is_fatal(void **state)
{
    pair *t = (pair *)*state;
    data_send(t->alice, 99, 0, 100);
    fake_flush(t->w);
    fake_expect_fail(t->alice, WIRE_BAD);
}

static void one_large_body_a_session_and_a_budget_for_all(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, big_commit());
    fake_flush(t->w);
    (void)fake_expect(t->alice, WIRE_CREDITED);
    assert_int_equal(fake_done(t->alice, big_commit()), WIRE_OVER_LIMIT);
    enum { N = 6 }; /* 64 MiB less Alice's are promised to five of 12 MiB */
    fake_peer *p[N];
    wire_frame huge = big_commit();
    huge.u.commit.entry_size = WIRE_ENTRY_MAX;
    huge.u.commit.side_size = WIRE_SIDE_MAX;
    for (unsigned i = 0; i < N; i++) {
        p[i] = fake_peer_new(t->w, true, true);
        assert_int_equal(fake_follow(p[i], 1, 1, 0, 10, 30 + i, 0).cursor, WIRE_CURSOR_OPEN);
        huge.u.commit.gate = fake_gate('t', 11);
        fake_send(p[i], huge);
        fake_flush(t->w);
        if (i < N - 1) {
            (void)fake_expect(p[i], WIRE_CREDITED);
        } else {
            wire_frame f = fake_expect(p[i], WIRE_DONE);
            assert_int_equal(f.u.done.status, WIRE_BUSY);
        }
    }
    fake_peer_free(p[0]); /* its memory comes back */
    fake_send(p[N - 1], huge);
    fake_flush(t->w);
    (void)fake_expect(p[N - 1], WIRE_CREDITED);
    wire_frame leave = {.type = WIRE_LEAVE};
    leave.u.leave = (wire_leave){1, false};
    fake_send(p[1], leave); /* a channel takes its body with it */
    fake_flush(t->w);
    wire_frame f = fake_expect(p[1], WIRE_DONE);
    assert_int_equal(f.u.done.status, WIRE_NO_CHANNEL);
    f = fake_expect(p[1], WIRE_DONE);
    assert_int_equal(f.u.done.status, WIRE_OK);
    for (unsigned i = 1; i < N; i++) {
        fake_peer_free(p[i]);
    }
}

static void a_large_body_that_stands_still_gives_its_memory_back(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, big_commit());
    fake_flush(t->w);
    (void)fake_expect(t->alice, WIRE_CREDITED);
    t->w->now += 60000;
    fake_tick(t->w);
    fake_expect_nothing(t->alice);
    t->w->now += 1000;
    fake_tick(t->w);
    wire_frame f = fake_expect(t->alice, WIRE_DONE);
    assert_int_equal(f.u.done.status, WIRE_BUSY);
}

static void sizes_that_are_no_class_are_refused(void **state)
{
    pair *t = (pair *)*state;
    static const size_t bad[] = {0, 1, 255, 257, 65535};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        wire_frame f = {.type = WIRE_APPEND};
        f.u.append = (wire_append){1, 0, fake_body(bad[i], 1)};
        assert_int_equal(fake_done(t->alice, f), WIRE_BAD_SIZE);
    }
    wire_frame f = big_commit();
    f.u.commit.entry_size = WIRE_ENTRY_MAX + 65536;
    assert_int_equal(fake_done(t->alice, f), WIRE_BAD_SIZE);
    f = big_commit();
    f.u.commit.side_size = WIRE_SIDE_MAX + 65536;
    assert_int_equal(fake_done(t->alice, f), WIRE_BAD_SIZE);
    f = (wire_frame){.type = WIRE_APPEND};
    f.u.append = (wire_append){1, 0, fake_body(65536, 1)};
    fake_send(t->alice, f);
    fake_flush(t->w);
    (void)fake_expect(t->alice, WIRE_APPENDED);
}

static void a_slow_reader_costs_a_bound_and_gets_everything_in_the_end(void **state)
{
    pair *t = (pair *)*state;
    enum { N = 2000, SIZE = 1024 };
    for (unsigned i = 0; i < N; i++) {
        wire_frame f = {.type = WIRE_APPEND};
        f.u.append = (wire_append){1, 0, fake_body(SIZE, i)};
        fake_send(t->alice, f);
        assert_int_equal(relay_flush(t->w->r, t->w->now), BASE_OK); /* nobody writes */
        if (i % 100 == 99) {                                        /* Alice reads, Bob does not */
            while (relay_session_front(t->alice->s).n > 0) {
                relay_session_pop(t->alice->s, t->w->now);
            }
        }
    }
    size_t queued = 0;
    size_t frames = 0;
    uint64_t want = 1;
    base_bytes m;
    while ((m = relay_session_front(t->bob->s)).n > 0) {
        wire_frame f;
        assert_int_equal(wire_frame_decode(m, &f), BASE_OK);
        if (f.type == WIRE_ENTRY) {
            assert_int_equal(f.u.entry.seq, want++);
        }
        queued += m.n;
        frames++;
        relay_session_pop(t->bob->s, t->w->now);
    }
    assert_int_equal(want, N + 1);
    assert_true(queued > N * SIZE && frames >= N);
    assert_true(t->w->counts[RELAY_M_PUSHES] >= N);
}

static void the_queue_of_a_slow_reader_is_bounded(void **state)
{
    pair *t = (pair *)*state;
    for (unsigned i = 0; i < 1000; i++) {
        wire_frame f = {.type = WIRE_APPEND};
        f.u.append = (wire_append){1, 0, fake_body(4096, i)};
        fake_send(t->alice, f);
        assert_int_equal(relay_flush(t->w->r, t->w->now), BASE_OK);
        while (relay_session_front(t->alice->s).n > 0) {
            relay_session_pop(t->alice->s, t->w->now);
        }
    }
    /* pushes so far: Alice has all, Bob what fits below the bound */
    uint64_t to_bob = t->w->counts[RELAY_M_PUSHES] - 1000;
    assert_true(to_bob * 4096 >= 256 * 1024 - 2 * 4200);
    assert_true(to_bob * 4096 <= 256 * 1024 + 2 * 4200);
    assert_true(relay_session_ready(t->bob->s)); /* pushes alone do not stop its requests */
}

static void a_reader_that_reads_nothing_for_a_minute_is_closed(void **state)
{
    pair *t = (pair *)*state;
    bool more;
    assert_int_equal(fake_append(t->alice, 1, 0, 1, &status), 1);
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){1, 0, fake_body(256, 2)};
    fake_send(t->alice, f);
    assert_int_equal(relay_flush(t->w->r, t->w->now), BASE_OK);
    while (relay_session_front(t->alice->s).n > 0) {
        relay_session_pop(t->alice->s, t->w->now);
    }
    t->w->now += 59000;
    assert_int_equal(relay_tick(t->w->r, t->w->now, &more), BASE_OK);
    assert_false(relay_session_closing(t->bob->s));
    t->w->now += 2000;
    assert_int_equal(relay_tick(t->w->r, t->w->now, &more), BASE_OK);
    assert_true(relay_session_closing(t->bob->s));
    assert_false(relay_session_closing(t->alice->s));
}

static void a_client_that_only_asks_is_not_read_beyond_a_bound(void **state)
{
    pair *t = (pair *)*state;
    unsigned fed = 0;
    while (relay_session_ready(t->bob->s) && fed < 1000) {
        wire_frame f = {.type = WIRE_DIR_GET};
        f.u.dir_get.key = fake_id('d', 1);
        fake_send(t->bob, f);
        fed++;
    }
    assert_int_equal(fed, 256); /* then the caller stops reading, until the flush */
    fake_flush(t->w);
    assert_true(relay_session_ready(t->bob->s));
}

static void one_session_does_not_fill_a_batch_with_long_lists(void **state)
{
    pair *t = (pair *)*state;
    static wire_follow items[100];
    for (unsigned i = 0; i < 100; i++) {
        items[i] = fake_follow_item(i, i, 5, 1, 1, 0);
    }
    unsigned fed = 0;
    while (relay_session_ready(t->bob->s) && fed < 100) {
        fake_follow_send(t->bob, items, 100);
        fed++;
    }
    assert_int_equal(fed, 21); /* 2,100 items */
    assert_true(relay_session_ready(t->alice->s));
    fake_flush(t->w);
    assert_true(relay_session_ready(t->bob->s));
}

static void a_nudge_reaches_who_is_there_and_is_stored_nowhere(void **state)
{
    pair *t = (pair *)*state;
    wire_frame f = {.type = WIRE_NUDGE};
    f.u.nudge = (wire_nudge){1, 0, fake_body(256, 4)};
    assert_int_equal(fake_done(t->alice, f), WIRE_OK);
    f = fake_expect(t->bob, WIRE_NUDGED);
    assert_true(base_bytes_eq(f.u.nudge.data, fake_body(256, 4)));
    fake_expect_nothing(t->alice);
    f = (wire_frame){.type = WIRE_NUDGE};
    f.u.nudge = (wire_nudge){1, 0, fake_body(256, 4)};
    assert_int_equal(fake_done(t->alice, f), WIRE_OVER_LIMIT); /* too soon */
    t->w->now += 250;
    f.u.nudge.epoch = 1;
    assert_int_equal(fake_done(t->alice, f), WIRE_STALE);
    f.u.nudge = (wire_nudge){5, 0, fake_body(256, 4)};
    assert_int_equal(fake_done(t->alice, f), WIRE_NO_CHANNEL);
    fake_expect_nothing(t->bob);
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).end, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_large_commit_travels_against_credit_and_in_parts),
        T(a_joiner_fetches_the_side_part_until_it_is_used),
        T(a_large_commit_that_comes_too_late_is_refused_before_its_body),
        T(a_large_commit_that_is_overtaken_is_refused_at_once),
        T(data_beyond_the_body_is_fatal),
        T(data_without_a_body_is_fatal),
        T(one_large_body_a_session_and_a_budget_for_all),
        T(a_large_body_that_stands_still_gives_its_memory_back),
        T(sizes_that_are_no_class_are_refused),
        T(a_slow_reader_costs_a_bound_and_gets_everything_in_the_end),
        T(the_queue_of_a_slow_reader_is_bounded),
        T(a_reader_that_reads_nothing_for_a_minute_is_closed),
        T(a_client_that_only_asks_is_not_read_beyond_a_bound),
        T(one_session_does_not_fill_a_batch_with_long_lists),
        T(a_nudge_reaches_who_is_there_and_is_stored_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
