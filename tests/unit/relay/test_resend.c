/* Lost connections and failing stores (docs/protocol.md, sections 2, 7 and 8): what is sent again
 * is not doubled, what was never durable was never told, and a failed batch leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

typedef struct pair {
    fake_world *w;
    fake_peer *alice, *bob;
} pair;

static wire_status status;

/* Log 1 in epoch 0, token 10; Alice 1 made it, Bob 2 came as a guest. */
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

static wire_frame append_frame(unsigned body)
{
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){1, 0, fake_body(256, body)};
    return f;
}

static void a_lost_acknowledgement_and_a_resend_store_one_entry(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, append_frame(5));
    assert_int_equal(relay_flush(t->w->r, t->w->now), BASE_OK); /* durable; the answer is lost */
    fake_peer *again = fake_peer_new(t->w, true, true);
    wire_followed r = fake_follow(again, 1, 1, 0, 10, 1, 0);
    assert_int_equal(r.end, 1);
    (void)fake_entry(again, 1, 1, 5); /* there it is: nothing is sent again */
    fake_expect_nothing(again);
    fake_peer_free(again);
}

static void a_frame_of_a_dead_connection_that_comes_late_is_not_stored(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *again = fake_peer_new(t->w, true, true);
    wire_followed r = fake_follow(again, 1, 1, 0, 10, 1, 0);
    assert_int_equal(r.end, 0);           /* not there: it will be sent again */
    fake_send(t->alice, append_frame(5)); /* still in some buffer until now */
    assert_int_equal(fake_append(again, 1, 0, 5, &status), 1);
    (void)fake_entry(again, 1, 1, 5);
    fake_expect_nothing(again);
    (void)fake_entry(t->bob, 1, 1, 5);
    fake_expect_nothing(t->bob);
    wire_frame f = fake_expect(t->alice, WIRE_DROPPED);
    f = fake_expect(t->alice, WIRE_DONE);
    assert_int_equal(f.u.done.status, WIRE_NO_CHANNEL);
    fake_peer_free(again);
}

static void a_frame_before_the_follow_in_one_batch_is_seen_by_it(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *again = fake_peer_new(t->w, true, true);
    fake_send(t->alice, append_frame(5));
    wire_followed r = fake_follow(again, 1, 1, 0, 10, 1, 0); /* the same batch */
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.end, 1);
    (void)fake_entry(again, 1, 1, 5);
    fake_peer_free(again);
}

static void creating_again_is_fine_until_something_happened(void **state)
{
    pair *t = (pair *)*state;
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_create(t->alice, 1, 11, 1), WIRE_DENIED); /* another gate */
    assert_int_equal(fake_create(t->alice, 1, 10, 3), WIRE_DENIED); /* another cursor */
    assert_int_equal(fake_append(t->alice, 1, 0, 5, &status), 1);
    wire_frame f;
    assert_true(fake_next(t->alice, &f));
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_DENIED);
}

static void nothing_is_told_before_it_is_durable(void **state)
{
    pair *t = (pair *)*state;
    fake_send(t->alice, append_frame(5));
    assert_true(relay_pending(t->w->r));
    assert_int_equal(relay_session_front(t->alice->s).n, 0);
    assert_int_equal(relay_session_front(t->bob->s).n, 0);
    assert_null(relay_next_busy(t->w->r));
    relay_session_pop(t->bob->s,
                      t->w->now); /* a write that ends in between pushes nothing either */
    assert_int_equal(relay_session_front(t->bob->s).n, 0);
    fake_flush(t->w);
    assert_false(relay_pending(t->w->r));
    (void)fake_entry(t->bob, 1, 1, 5);
    wire_frame f = fake_expect(t->alice, WIRE_APPENDED);
    assert_int_equal(f.u.seq.seq, 1);
}

static void a_failed_commit_of_the_store_closes_who_took_part_and_stores_nothing(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *idle = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(idle, 1, 1, 0, 10, 3, 0).status, WIRE_OK);
    fake_peer *thief = fake_peer_new(t->w, true, true);
    wire_follow item = fake_follow_item(1, 1, 0, 10, 2, 0);
    fake_log_store_fail_commit(t->w->store, 1);
    fake_send(t->alice, append_frame(5));
    fake_follow_send(thief, &item, 1); /* supersedes Bob's channel, in the same batch */
    assert_int_equal(fake_try_flush(t->w), BASE_E_STORE);
    fake_expect_fail(t->alice, WIRE_FAILED);
    fake_expect_fail(thief, WIRE_FAILED);
    fake_expect_fail(t->bob, WIRE_FAILED); /* he lost his channel to it */
    fake_expect_nothing(idle);
    assert_false(relay_session_closing(idle->s));
    assert_int_equal(fake_append(idle, 1, 0, 6, &status), 1); /* nothing of the batch is there */
    (void)fake_entry(idle, 1, 1, 6);
    fake_peer_free(idle);
    fake_peer_free(thief);
}

/* Every operation of the store that the nth request needs fails once: the batch is undone, the
 * relay goes on, and the same requests succeed afterwards. */
static void a_store_that_fails_anywhere_leaves_the_relay_whole(void **state)
{
    (void)state;
    unsigned failed = 0;
    for (unsigned nth = 1; nth < 200; nth++) {
        fake_world *w = fake_world_new(NULL, "");
        fake_peer *p = fake_peer_new(w, true, true);
        static uint8_t handle[32];
        memcpy(handle, fake_gate('k', 9).p, 32);
        wire_frame commit = fake_commit_frame(1, 0, 11, 7);
        commit.u.commit.opened = base_bytes_of(handle, 32);
        assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
        assert_int_equal(fake_follow(p, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
        fake_log_store_fail_op(w->store, nth);
        fake_send(p, append_frame(5));
        fake_send(p, commit);
        base_err err = fake_try_flush(w);
        bool closed = relay_session_closing(p->s);
        fake_log_store_fail_op(w->store, 0);
        fake_peer_free(p);
        p = fake_peer_new(w, true, true);
        wire_followed r = fake_follow(p, 1, 1, 0, 10, 1, 1);
        assert_int_equal(r.status, WIRE_OK);
        if (closed) {
            failed++;
            /* all of it or nothing; and what was told as failed may be there, if only reading it
             * back failed */
            assert_true(r.end == 0 || r.end == 2);
            assert_true(r.end == 0 || err == BASE_OK);
        } else {
            assert_int_equal(r.end, 2);
        }
        fake_peer_free(p);
        fake_world_free(w);
        if (!closed && nth > 30) {
            break;
        }
    }
    assert_true(failed > 10);
}

static void a_second_hello_and_a_missing_one_are_fatal(void **state)
{
    pair *t = (pair *)*state;
    wire_frame f = {.type = WIRE_HELLO};
    f.u.hello = (wire_hello){1, 1};
    fake_send(t->alice, f);
    fake_flush(t->w);
    fake_expect_fail(t->alice, WIRE_BAD);
    fake_peer *p = fake_peer_new(t->w, true, false);
    fake_send(p, append_frame(5));
    fake_flush(t->w);
    fake_expect_fail(p, WIRE_BAD);
    fake_peer_free(p);
}

static void versions_must_meet(void **state)
{
    pair *t = (pair *)*state;
    static const struct {
        uint16_t min, max;
        bool ok;
    } range[] = {{1, 1, true}, {0, 9, true}, {2, 9, false}, {0, 0, false}};
    for (size_t i = 0; i < 4; i++) {
        fake_peer *p = fake_peer_new(t->w, true, false);
        wire_frame f = {.type = WIRE_HELLO};
        f.u.hello = (wire_hello){range[i].min, range[i].max};
        fake_send(p, f);
        fake_flush(t->w);
        if (range[i].ok) {
            (void)fake_expect(p, WIRE_WELCOME);
        } else {
            fake_expect_fail(p, WIRE_BAD_VERSION);
        }
        fake_peer_free(p);
    }
}

static void garbage_and_answers_are_fatal_and_hurt_nobody_else(void **state)
{
    pair *t = (pair *)*state;
    static const uint8_t garbage[] = {WIRE_APPEND, 0, 0, 0, 9, 1};
    relay_session_feed(t->bob->s, base_bytes_of(garbage, sizeof garbage), t->w->now);
    fake_peer *p = fake_peer_new(t->w, true, true);
    wire_frame f = {.type = WIRE_APPENDED, .request = 3};
    fake_send(p, f);
    fake_flush(t->w);
    fake_expect_fail(t->bob, WIRE_BAD);
    fake_expect_fail(p, WIRE_BAD);
    fake_send(p, append_frame(1)); /* deaf from then on */
    fake_flush(t->w);
    fake_expect_nothing(p);
    assert_int_equal(fake_append(t->alice, 1, 0, 5, &status), 1);
    fake_peer_free(p);
}

static void a_session_that_goes_in_the_middle_of_a_batch_leaves_its_entries(void **state)
{
    pair *t = (pair *)*state;
    fake_peer *p = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_follow(p, 1, 1, 0, 10, 4, 0).status, WIRE_OK);
    fake_send(p, append_frame(5));
    fake_peer_free(p);
    fake_flush(t->w);
    (void)fake_entry(t->bob, 1, 1, 5);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_lost_acknowledgement_and_a_resend_store_one_entry),
        T(a_frame_of_a_dead_connection_that_comes_late_is_not_stored),
        T(a_frame_before_the_follow_in_one_batch_is_seen_by_it),
        T(creating_again_is_fine_until_something_happened),
        T(nothing_is_told_before_it_is_durable),
        T(a_failed_commit_of_the_store_closes_who_took_part_and_stores_nothing),
        cmocka_unit_test(a_store_that_fails_anywhere_leaves_the_relay_whole),
        T(a_second_hello_and_a_missing_one_are_fatal),
        T(versions_must_meet),
        T(garbage_and_answers_are_fatal_and_hurt_nobody_else),
        T(a_session_that_goes_in_the_middle_of_a_batch_leaves_its_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
