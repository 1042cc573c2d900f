/* Bounds over all sessions together (docs/protocol.md, section 6): what many strangers can make a
 * relay hold, and that the others go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relay/core.h"
#include "support/fake_peers.h"

enum { CROWD = 40, SIZE = 16384 };

static void append_send(fake_peer *p, unsigned body)
{
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){1, 0, fake_body(SIZE, body)};
    fake_send(p, f);
}

/* Read everything from one session, as a socket that takes all would. */
static void read_all(fake_peer *p, uint64_t *seq, size_t *bytes)
{
    base_bytes m;
    while ((m = relay_session_front(p->s)).n > 0) {
        wire_frame f;
        assert_int_equal(wire_frame_decode(m, &f), BASE_OK);
        if (f.type == WIRE_ENTRY) {
            assert_int_equal(f.u.entry.seq, *seq + 1);
            *seq = f.u.entry.seq;
        }
        *bytes += m.n;
        relay_session_pop(p->s, p->w->now);
    }
}

static void a_crowd_that_does_not_read_costs_one_bound_and_slows_nobody(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *alice = fake_peer_new(w, true, true);
    fake_peer *crowd[CROWD];
    uint64_t seq = 0;
    size_t bytes = 0;
    w->r->config.queued_max = 512 << 10;
    assert_int_equal(fake_create(alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(alice, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    for (unsigned i = 0; i < CROWD; i++) {
        crowd[i] = fake_peer_new(w, true, true);
        assert_int_equal(fake_follow(crowd[i], 1, 1, 0, 10, 100 + i, 0).status, WIRE_OK);
    }
    for (unsigned i = 0; i < 100; i++) {
        append_send(alice, i);
        assert_int_equal(relay_flush(w->r, w->now), BASE_OK);
        read_all(alice, &seq, &bytes);
        assert_int_equal(seq, i + 1);
        /* beyond the bound: a message a session */
        assert_true(w->r->queued <= (512 << 10) + (CROWD + 1) * (SIZE + 200));
    }
    assert_true(w->r->queued > 512 << 10);
    for (unsigned i = 0; i < CROWD; i++) { /* who reads after all gets everything */
        seq = 0;
        bytes = 0;
        read_all(crowd[i], &seq, &bytes);
        assert_int_equal(seq, 100);
        assert_true(bytes > 100 * SIZE);
    }
    assert_int_equal(w->r->queued, 0);
    for (unsigned i = 0; i < CROWD; i++) {
        fake_peer_free(crowd[i]);
    }
    fake_peer_free(alice);
    fake_world_free(w);
}

static void in_a_crowd_who_has_output_waiting_is_not_read_from(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *greedy = fake_peer_new(w, true, true);
    fake_peer *alice = fake_peer_new(w, true, true);
    w->r->config.queued_max = 4096;
    for (unsigned i = 0; i < 8 && relay_session_ready(greedy->s); i++) {
        wire_frame f = {.type = WIRE_DIR_GET};
        f.u.dir_get.key = fake_id('d', i);
        fake_send(greedy, f);
    }
    assert_int_equal(relay_flush(w->r, w->now), BASE_OK);
    assert_true(w->r->queued > 4096);
    assert_false(relay_session_ready(greedy->s));
    assert_true(relay_session_ready(alice->s));
    assert_int_equal(fake_create(alice, 1, 10, 1), WIRE_OK);
    assert_true(relay_session_ready(greedy->s)); /* fake_create() let it read as well */
    fake_peer_free(greedy);
    fake_peer_free(alice);
    assert_int_equal(w->r->queued, 0);
    fake_world_free(w);
}

/* DONE is six bytes, and takes many more. Nobody needs a token to be answered so. */
static void short_answers_count_for_what_they_cost(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    unsigned asked = 0;
    for (; relay_session_ready(p->s) && asked < 200000; asked++) {
        wire_frame f = {.type = WIRE_LEAVE};
        f.u.leave = (wire_leave){1, false};
        fake_send(p, f);
        if (asked % 200 == 199) {
            assert_int_equal(relay_flush(w->r, w->now), BASE_OK);
        }
    }
    assert_true(asked < RELAY_OUT_MAX / (6 + sizeof(relay_msg)) + 2);
    assert_true(asked > 1000);
    fake_peer_free(p);
    fake_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_that_does_not_read_costs_one_bound_and_slows_nobody),
        cmocka_unit_test(in_a_crowd_who_has_output_waiting_is_not_read_from),
        cmocka_unit_test(short_answers_count_for_what_they_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
