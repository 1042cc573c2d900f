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

static wire_frame big_commit(uint64_t epoch)
{
    wire_frame f = fake_commit_frame(1, epoch, 11, 0);
    f.u.commit.entry_size = 4 * 65536;
    f.u.commit.data = BASE_BYTES_NONE;
    return f;
}

static void drop_of(fake_peer *p, uint32_t request)
{
    wire_frame f = {.type = WIRE_DATA, .request = request};
    f.u.bytes.data = fake_body(1, 1);
    fake_send(p, f);
}

/* Bodies that come a byte a minute keep the whole budget: who has had a minute makes room. */
static void a_body_that_dawdles_makes_room_for_the_next(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *slow[2];
    fake_peer *alice = fake_peer_new(w, true, true);
    uint32_t request[2];
    w->r->config.bulk_max = 2 * 4 * 65536;
    for (unsigned i = 0; i < 2; i++) {
        slow[i] = fake_peer_new(w, true, true);
        assert_int_equal(fake_create(slow[i], 10 + i, 10, 1), WIRE_OK);
        assert_int_equal(fake_follow(slow[i], 1, 10 + i, 0, 10, 1, 0).status, WIRE_OK);
        fake_send(slow[i], big_commit(0));
        request[i] = slow[i]->request;
        fake_flush(w);
        (void)fake_expect(slow[i], WIRE_CREDITED);
        w->now += 20000;
    }
    assert_int_equal(fake_create(alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(alice, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_done(alice, big_commit(0)), WIRE_BUSY); /* each has its minute */
    for (unsigned i = 0; i < 2; i++) {
        drop_of(slow[i], request[i]);
    }
    w->now += 30000;
    for (unsigned i = 0; i < 2; i++) {
        drop_of(slow[i], request[i]);
    }
    fake_send(alice, big_commit(0));
    fake_flush(w);
    (void)fake_expect(alice, WIRE_CREDITED);
    wire_frame f = fake_expect(slow[0], WIRE_DONE);
    assert_int_equal(f.request, request[0]);
    assert_int_equal(f.u.done.status, WIRE_BUSY);
    fake_expect_nothing(slow[1]); /* one was enough */
    drop_of(slow[0], request[0]); /* what is under way is dropped unread */
    fake_flush(w);
    fake_expect_nothing(slow[0]);
    for (unsigned i = 0; i < 2; i++) {
        fake_peer_free(slow[i]);
    }
    fake_peer_free(alice);
    assert_int_equal(w->r->bulk, 0);
    fake_world_free(w);
}

static wire_status dir_put(fake_peer *p, unsigned old, unsigned v)
{
    static const uint8_t none[32];
    static uint8_t record[WIRE_RECORD_SIZE];
    uint8_t hash[32];
    fake_hash_of(fake_body(sizeof record, old), hash);
    memcpy(record, fake_body(sizeof record, v).p, sizeof record);
    wire_frame f = {.type = WIRE_DIR_PUT};
    f.u.dir_put = (wire_dir_put){.key = fake_id('d', 1),
                                 .token = fake_id('t', 1),
                                 .gate = fake_gate('t', 1),
                                 .expected = base_bytes_of(old == 0 ? none : hash, 32),
                                 .record = base_bytes_of(record, sizeof record)};
    return fake_done(p, f);
}

static wire_status shelf_put(fake_peer *p, uint64_t batch)
{
    wire_frame f = {.type = WIRE_SHELF_PUT};
    f.u.shelf_put = (wire_shelf_put){.shelf = fake_id('s', 1),
                                     .owner = fake_id('t', 1),
                                     .batch = batch,
                                     .packages = fake_body(1024, 1)};
    return fake_done(p, f);
}

static wire_status doors(fake_peer *p, bool add)
{
    base_buf list = {0};
    static const uint8_t number[] = {0, 0, 0, 7};
    const wire_door d = {7, fake_gate('t', 3)};
    assert_int_equal(wire_door_put(&list, &d), BASE_OK);
    wire_frame f = {.type = WIRE_BOX_DOORS};
    f.u.box_doors = (wire_box_doors){.box = fake_id('b', 1), .owner = fake_id('t', 1)};
    if (add) {
        f.u.box_doors.add = base_buf_bytes(&list);
    } else {
        f.u.box_doors.remove = base_bytes_of(number, sizeof number);
    }
    wire_status got = fake_done(p, f);
    base_buf_clear(&list);
    return got;
}

static wire_status deliver(fake_peer *p)
{
    wire_frame f = {.type = WIRE_BOX_DELIVER};
    f.u.box_deliver = (wire_box_deliver){
        .box = fake_id('b', 1), .token = fake_id('t', 2), .data = fake_body(256, 1)};
    return fake_done(p, f);
}

static wire_status box_new(fake_peer *p, unsigned i)
{
    wire_frame f = {.type = WIRE_BOX_NEW};
    f.u.box_new =
        (wire_box_new){fake_id('b', i), fake_gate('t', 1), fake_gate('t', 2), BASE_BYTES_NONE};
    return fake_done(p, f);
}

static wire_status shelf_new(fake_peer *p, unsigned i)
{
    wire_frame f = {.type = WIRE_SHELF_NEW};
    f.u.shelf_new = (wire_shelf_new){fake_id('s', i), fake_gate('t', 1), fake_gate('t', 2), 1024,
                                     BASE_BYTES_NONE};
    return fake_done(p, f);
}

static void without_room_what_adds_is_refused_and_what_frees_is_not(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    fake_peer *reader = fake_peer_new(w, true, true);
    wire_status status;
    assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(p, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_append(p, 1, 0, 1, &status), 1);
    (void)fake_entry(p, 1, 1, 1);
    assert_int_equal(box_new(p, 1), WIRE_OK);
    assert_int_equal(shelf_new(p, 1), WIRE_OK);
    assert_int_equal(shelf_put(p, 1), WIRE_OK);
    assert_int_equal(doors(p, true), WIRE_OK);
    assert_int_equal(deliver(p), WIRE_OK);
    assert_int_equal(dir_put(p, 0, 1), WIRE_OK);
    fake_log_store_room(w->store, 0, UINT64_MAX);
    assert_int_equal(fake_append(p, 1, 0, 2, &status), 0);
    assert_int_equal(status, WIRE_FULL);
    assert_int_equal(shelf_put(p, 2), WIRE_FULL);
    assert_int_equal(doors(p, true), WIRE_FULL);
    assert_int_equal(deliver(p), WIRE_FULL);
    assert_int_equal(doors(p, false), WIRE_OK);
    assert_int_equal(dir_put(p, 1, 2), WIRE_OK); /* in the place of another */
    assert_int_equal(fake_follow(reader, 1, 1, 0, 10, 2, 0).status, WIRE_OK);
    assert_int_equal(fake_commit(p, fake_commit_frame(1, 0, 11, 3), &status), 2); /* urgent */
    (void)fake_entry(p, 1, 2, 3);
    assert_int_equal(fake_ack(p, 1, 2, 1, 11), WIRE_OK);
    fake_log_store_room(w->store, 0, 0);
    assert_int_equal(fake_commit(p, fake_commit_frame(1, 1, 12, 4), &status), 0);
    assert_int_equal(status, WIRE_FULL);
    wire_frame f = {.type = WIRE_BOX_END};
    f.u.owned = (wire_owned){fake_id('b', 1), fake_id('t', 1)};
    assert_int_equal(fake_done(p, f), WIRE_OK);
    fake_log_store_room(w->store, UINT64_MAX, UINT64_MAX);
    assert_int_equal(fake_append(p, 1, 1, 5, &status), 3);
    fake_peer_free(reader);
    fake_peer_free(p);
    fake_world_free(w);
}

static void without_any_room_nothing_new_is_made(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    fake_log_store_room(w->store, 0, 0);
    assert_int_equal(fake_create(p, 1, 10, 1), WIRE_FULL);
    assert_int_equal(box_new(p, 1), WIRE_FULL);
    assert_int_equal(shelf_new(p, 1), WIRE_FULL);
    assert_int_equal(dir_put(p, 0, 1), WIRE_FULL);
    fake_log_store_room(w->store, UINT64_MAX, UINT64_MAX);
    assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
    assert_int_equal(box_new(p, 1), WIRE_OK);
    assert_int_equal(shelf_new(p, 1), WIRE_OK);
    assert_int_equal(dir_put(p, 0, 1), WIRE_OK);
    fake_peer_free(p);
    fake_world_free(w);
}

/* ---- places ---- */

static bool closed(const fake_peer *p)
{
    return relay_session_closing(p->s);
}

static void who_owes_its_hello_for_ten_seconds_is_closed(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *silent = fake_peer_new(w, true, false);
    fake_peer *polite = fake_peer_new(w, true, true);
    w->now += 9999;
    assert_int_equal(relay_shed(w->r, 0, w->now), 0);
    assert_false(closed(silent));
    w->now += 1;
    assert_int_equal(relay_shed(w->r, 0, w->now), 0); /* it was its time, not others' need */
    fake_flush(w);
    fake_expect_fail(silent, WIRE_SLOW);
    assert_false(closed(polite));
    fake_peer_free(silent);
    w->now += FAKE_DAY;
    assert_int_equal(relay_shed(w->r, 0, w->now), 0);
    assert_false(closed(polite)); /* there is place enough */
    fake_peer_free(polite);
    fake_world_free(w);
}

static void the_silent_make_room_first_then_the_idle_oldest_first(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *reader = fake_peer_new(w, true, true);
    fake_peer *idle[3];
    assert_int_equal(fake_create(reader, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(reader, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    for (unsigned i = 0; i < 3; i++) {
        idle[i] = fake_peer_new(w, true, true);
        w->now += 1000;
    }
    w->now += 29000;
    assert_int_equal(fake_leave(idle[1], 1, false), WIRE_OK); /* it asks for something */
    fake_peer *silent = fake_peer_new(w, true, false);
    fake_peer *young = fake_peer_new(w, true, true);
    assert_int_equal(relay_shed(w->r, 2, w->now), 2);
    fake_flush(w);
    fake_expect_fail(silent, WIRE_BUSY);
    fake_expect_fail(idle[0], WIRE_BUSY);
    assert_false(closed(idle[2]));
    assert_int_equal(relay_shed(w->r, 10, w->now), 1); /* those that are closing are not counted */
    assert_true(closed(idle[2]));
    assert_false(closed(idle[1]) || closed(young) || closed(reader));
    w->now += FAKE_DAY;
    assert_int_equal(relay_shed(w->r, 10, w->now), 2);
    assert_true(closed(idle[1]) && closed(young));
    assert_false(closed(reader)); /* who follows stays */
    for (unsigned i = 0; i < 3; i++) {
        fake_peer_free(idle[i]);
    }
    fake_peer_free(silent);
    fake_peer_free(young);
    fake_peer_free(reader);
    fake_world_free(w);
}

static void a_connection_has_four_channels_on_a_log_and_no_more(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    fake_peer *other = fake_peer_new(w, true, true);
    assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_create(p, 2, 10, 1), WIRE_OK);
    for (unsigned i = 1; i <= 4; i++) {
        assert_int_equal(fake_follow(p, i, 1, 0, 10, i, 0).status, WIRE_OK);
    }
    assert_int_equal(fake_follow(p, 5, 1, 0, 10, 5, 0).status, WIRE_OVER_LIMIT);
    assert_int_equal(p->s->n_channels, 4);
    assert_int_equal(fake_follow(p, 5, 2, 0, 10, 1, 0).status, WIRE_OK); /* another log */
    assert_int_equal(fake_follow(other, 1, 1, 0, 10, 5, 0).status, WIRE_OK);
    wire_follow item = fake_follow_item(6, 1, 0, 10, 4, 0); /* in the place of channel 4 */
    fake_follow_send(p, &item, 1);
    fake_flush(w);
    wire_frame f = fake_expect(p, WIRE_DROPPED);
    assert_int_equal(f.u.dropped.channel, 4);
    (void)fake_expect(p, WIRE_FOLLOWED);
    assert_non_null(relay_channel_find(p->s, 6));
    fake_peer_free(other);
    fake_peer_free(p);
    fake_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_that_does_not_read_costs_one_bound_and_slows_nobody),
        cmocka_unit_test(in_a_crowd_who_has_output_waiting_is_not_read_from),
        cmocka_unit_test(a_body_that_dawdles_makes_room_for_the_next),
        cmocka_unit_test(without_room_what_adds_is_refused_and_what_frees_is_not),
        cmocka_unit_test(without_any_room_nothing_new_is_made),
        cmocka_unit_test(who_owes_its_hello_for_ten_seconds_is_closed),
        cmocka_unit_test(the_silent_make_room_first_then_the_idle_oldest_first),
        cmocka_unit_test(a_connection_has_four_channels_on_a_log_and_no_more),
        cmocka_unit_test(short_answers_count_for_what_they_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
