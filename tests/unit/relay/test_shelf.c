/* Shelves and the directory (docs/protocol.md, sections 4.2 and 4.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relay/core.h"
#include "support/fake_peers.h"

/* Shelf 1: owner token 1, take token 2, packages of 1024 bytes. */
typedef struct rig {
    fake_world *w;
    fake_peer *owner, *taker;
} rig;

enum { SIZE = 1024 };

static wire_frame shelf_new(unsigned owner, unsigned take, uint16_t size)
{
    wire_frame f = {.type = WIRE_SHELF_NEW};
    f.u.shelf_new = (wire_shelf_new){fake_id('s', 1), fake_gate('t', owner), fake_gate('t', take),
                                     size, BASE_BYTES_NONE};
    return f;
}

/* n packages made of the bodies first, first + 1, ...; last: a last resort of that body, or 0. */
static wire_status put(fake_peer *p, unsigned owner, uint64_t batch, unsigned first, unsigned n,
                       unsigned last)
{
    static uint8_t packages[64 * SIZE];
    static uint8_t resort[SIZE];
    for (unsigned i = 0; i < n; i++) {
        memcpy(packages + (size_t)i * SIZE, fake_body(SIZE, first + i).p, SIZE);
    }
    memcpy(resort, fake_body(SIZE, last).p, SIZE);
    wire_frame f = {.type = WIRE_SHELF_PUT};
    f.u.shelf_put = (wire_shelf_put){.shelf = fake_id('s', 1),
                                     .owner = fake_id('t', owner),
                                     .batch = batch,
                                     .last = base_bytes_of(resort, last != 0 ? SIZE : 0),
                                     .packages = base_bytes_of(packages, (size_t)n * SIZE)};
    return fake_done(p, f);
}

static wire_frame take_frame(unsigned token, unsigned nonce)
{
    wire_frame f = {.type = WIRE_SHELF_TAKE};
    f.u.shelf_take = (wire_shelf_take){fake_id('s', 1), fake_id('t', token),
                                       base_bytes_of(fake_id('n', nonce).p, 16), BASE_BYTES_NONE};
    return f;
}

/* The package must be of this body. */
static void take(fake_peer *p, unsigned nonce, unsigned body, bool last)
{
    fake_send(p, take_frame(2, nonce));
    fake_flush(p->w);
    wire_frame f = fake_expect(p, WIRE_TAKEN);
    assert_int_equal(f.u.taken.last, last);
    assert_true(base_bytes_eq(f.u.taken.package, fake_body(SIZE, body)));
}

static wire_counted counted(fake_peer *p)
{
    wire_frame f = {.type = WIRE_SHELF_COUNT};
    f.u.owned = (wire_owned){fake_id('s', 1), fake_id('t', 1)};
    fake_send(p, f);
    fake_flush(p->w);
    return fake_expect(p, WIRE_COUNTED).u.counted;
}

static int setup(void **state)
{
    rig *t = (rig *)calloc(1, sizeof *t);
    assert_non_null(t);
    t->w = fake_world_new(NULL, "");
    t->owner = fake_peer_new(t->w, true, true);
    t->taker = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_done(t->owner, shelf_new(1, 2, SIZE)), WIRE_OK);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    rig *t = (rig *)*state;
    fake_peer_free(t->owner);
    fake_peer_free(t->taker);
    fake_world_free(t->w);
    free(t);
    return 0;
}

static void a_package_is_taken_once(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 10, 2, 90), WIRE_OK);
    take(t->taker, 1, 10, false);
    take(t->taker, 2, 11, false);
    take(t->taker, 3, 90, true); /* the last resort stays */
    take(t->taker, 4, 90, true);
    wire_counted c = counted(t->owner);
    assert_int_equal(c.packages, 0);
    assert_true(c.last);
    assert_int_equal(c.batch, 1);
}

static void an_empty_shelf_says_so(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(fake_done(t->taker, take_frame(2, 1)), WIRE_EMPTY);
    assert_int_equal(put(t->owner, 1, 1, 10, 1, 0), WIRE_OK);
    take(t->taker, 1, 10, false);
    assert_int_equal(fake_done(t->taker, take_frame(2, 2)), WIRE_EMPTY);
}

static void the_same_nonce_gets_the_same_package_for_ten_minutes(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 10, 3, 0), WIRE_OK);
    take(t->taker, 1, 10, false);
    fake_peer *other = fake_peer_new(t->w, true, true);
    take(other, 1, 10, false); /* from another connection too */
    t->w->now += 599999;
    take(t->taker, 1, 10, false);
    t->w->now += 1;
    take(t->taker, 1, 11, false);
    assert_int_equal(fake_done(t->taker, take_frame(3, 1)),
                     WIRE_DENIED); /* not without the token */
    fake_peer_free(other);
}

/* Who has the contact link must not have the owner make packages without end. */
static void no_more_than_sixteen_packages_leave_a_shelf_in_ten_minutes(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 10, 20, 0), WIRE_OK);
    for (unsigned i = 0; i < 16; i++) {
        take(t->taker, i, 10 + i, false);
    }
    assert_int_equal(fake_done(t->taker, take_frame(2, 30)), WIRE_BUSY);
    assert_int_equal(put(t->owner, 1, 2, 10, 0, 90), WIRE_OK);
    take(t->taker, 31, 90, true); /* the last resort stands in */
    take(t->taker, 5, 15, false); /* what was taken can be had again */
    assert_int_equal(counted(t->owner).packages, 4);
    t->w->now += 599999;
    take(t->taker, 32, 90, true);
    t->w->now += 1;
    take(t->taker, 33, 26, false);
    assert_int_equal(counted(t->owner).packages, 3);
}

static void a_package_is_forgotten_after_its_ten_minutes_whoever_asks_next(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 10, 1, 0), WIRE_OK);
    take(t->taker, 1, 10, false);
    t->w->now += 599999;
    fake_tick(t->w);
    assert_int_equal(t->w->r->n_taken, 1);
    t->w->now += 1;
    fake_tick(t->w);
    assert_int_equal(t->w->r->n_taken, 0);
    assert_null(t->w->r->scratch.p); /* nor is it in a buffer that frames were made in */
    assert_null(t->w->r->body.p);
}

static void a_package_whose_batch_failed_is_not_remembered(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 10, 2, 0), WIRE_OK);
    fake_log_store_fail_commit(t->w->store, 1);
    fake_send(t->taker, take_frame(2, 1));
    assert_int_equal(fake_try_flush(t->w), BASE_E_STORE);
    fake_expect_fail(t->taker, WIRE_FAILED);
    fake_peer *other = fake_peer_new(t->w, true, true);
    take(other, 2, 10, false); /* it is on the shelf still */
    take(other, 1, 11, false); /* and the nonce does not give it twice */
    fake_peer_free(other);
}

static void a_batch_that_is_sent_again_puts_nothing(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 5, 10, 1, 0), WIRE_OK);
    take(t->taker, 1, 10, false);
    assert_int_equal(put(t->owner, 1, 5, 10, 1, 0), WIRE_OK); /* the answer was lost */
    assert_int_equal(put(t->owner, 1, 4, 30, 1, 0), WIRE_OK);
    assert_int_equal(fake_done(t->taker, take_frame(2, 2)), WIRE_EMPTY);
    assert_int_equal(put(t->owner, 1, 6, 12, 1, 0), WIRE_OK);
    take(t->taker, 3, 12, false);
}

static void a_new_last_resort_replaces_the_old_one(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 0, 0, 90), WIRE_OK);
    take(t->taker, 1, 90, true);
    assert_int_equal(put(t->owner, 1, 2, 0, 0, 91), WIRE_OK);
    take(t->taker, 2, 91, true);
}

static void packages_have_one_size_and_a_bound(void **state)
{
    rig *t = (rig *)*state;
    wire_frame f = {.type = WIRE_SHELF_PUT};
    f.u.shelf_put = (wire_shelf_put){.shelf = fake_id('s', 1),
                                     .owner = fake_id('t', 1),
                                     .batch = 1,
                                     .packages = fake_body(SIZE + 1, 1)};
    assert_int_equal(fake_done(t->owner, f), WIRE_BAD_SIZE);
    f.u.shelf_put = (wire_shelf_put){.shelf = fake_id('s', 1),
                                     .owner = fake_id('t', 1),
                                     .batch = 1,
                                     .last = fake_body(SIZE * 2, 1)};
    assert_int_equal(fake_done(t->owner, f), WIRE_BAD_SIZE);
    assert_int_equal(put(t->owner, 1, 1, 0, 63, 0), WIRE_OK);
    assert_int_equal(put(t->owner, 1, 2, 0, 2, 0), WIRE_FULL);
    assert_int_equal(put(t->owner, 1, 2, 0, 1, 0), WIRE_OK); /* the refused batch was not counted */
    assert_int_equal(put(t->owner, 1, 3, 0, 1, 0), WIRE_FULL);
    static const uint16_t bad[] = {0, 1000, 17408};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fake_done(t->owner, shelf_new(1, 2, bad[i])), WIRE_BAD_SIZE);
    }
}

static void only_the_owner_puts_counts_and_ends(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->taker, 2, 1, 10, 1, 0), WIRE_DENIED);
    wire_frame f = {.type = WIRE_SHELF_COUNT};
    f.u.owned = (wire_owned){fake_id('s', 1), fake_id('t', 2)};
    assert_int_equal(fake_done(t->taker, f), WIRE_DENIED);
    f.type = WIRE_SHELF_END;
    assert_int_equal(fake_done(t->taker, f), WIRE_DENIED);
    assert_int_equal(fake_done(t->owner, shelf_new(1, 2, SIZE)), WIRE_OK); /* a resend */
    assert_int_equal(fake_done(t->owner, shelf_new(1, 3, SIZE)), WIRE_DENIED);
    assert_int_equal(fake_done(t->owner, shelf_new(1, 2, 2048)), WIRE_DENIED);
    f.u.owned = (wire_owned){fake_id('s', 1), fake_id('t', 1)};
    assert_int_equal(fake_done(t->owner, f), WIRE_OK);
    assert_int_equal(fake_done(t->taker, take_frame(2, 1)), WIRE_DENIED);
}

static void a_forgotten_shelf_goes(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(put(t->owner, 1, 1, 10, 2, 0), WIRE_OK);
    fake_days(t->w, 180);
    take(t->taker, 1, 10, false); /* takers do not keep it alive */
    fake_days(t->w, 1);
    assert_int_equal(fake_done(t->taker, take_frame(2, 2)), WIRE_DENIED);
}

/* ---- the directory ---- */

static void lookup(fake_peer *p, unsigned key, uint8_t out[1024])
{
    wire_frame f = {.type = WIRE_DIR_GET};
    f.u.dir_get.key = fake_id('d', key);
    p->w->now += 1000; /* eight a second */
    fake_send(p, f);
    fake_flush(p->w);
    f = fake_expect(p, WIRE_RECORD);
    memcpy(out, f.u.record.data.p, 1024);
}

/* Body 0: no record; the record expected, or the one to put. */
static wire_status file(fake_peer *p, unsigned key, unsigned token, unsigned next, unsigned old,
                        unsigned body)
{
    static uint8_t expected[32];
    memset(expected, 0, sizeof expected);
    if (old != 0) {
        fake_hash_of(fake_body(1024, old), expected);
    }
    wire_frame f = {.type = WIRE_DIR_PUT};
    f.u.dir_put = (wire_dir_put){.key = fake_id('d', key),
                                 .token = fake_id('t', token),
                                 .gate = fake_gate('t', next),
                                 .expected = base_bytes_of(expected, 32),
                                 .record = body != 0 ? fake_body(1024, body) : BASE_BYTES_NONE};
    return fake_done(p, f);
}

static bool holds(fake_peer *p, unsigned key, unsigned body)
{
    uint8_t got[1024];
    lookup(p, key, got);
    return memcmp(got, fake_body(1024, body).p, 1024) == 0;
}

static void a_missing_key_has_a_record_too_and_always_the_same(void **state)
{
    rig *t = (rig *)*state;
    uint8_t a[1024];
    uint8_t b[1024];
    lookup(t->taker, 1, a);
    lookup(t->taker, 1, b);
    assert_memory_equal(a, b, 1024);
    lookup(t->taker, 2, b);
    assert_memory_not_equal(a, b, 1024);
    assert_memory_not_equal(a, a + 32, 32); /* no block repeats */
    unsigned long before = fake_log_store_ops(t->w->store);
    lookup(t->taker, 3, b);
    unsigned long missing = fake_log_store_ops(t->w->store) - before;
    assert_int_equal(file(t->owner, 3, 9, 1, 0, 5), WIRE_OK);
    before = fake_log_store_ops(t->w->store);
    assert_true(holds(t->taker, 3, 5));
    assert_int_equal(fake_log_store_ops(t->w->store) - before, missing);
}

static void a_record_is_changed_by_who_has_the_token_and_saw_the_old_one(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(file(t->owner, 1, 9, 1, 0, 5), WIRE_OK); /* under gate 1 */
    assert_int_equal(file(t->taker, 1, 2, 2, 0, 6), WIRE_DENIED);
    assert_int_equal(file(t->taker, 1, 2, 2, 5, 6), WIRE_DENIED);
    assert_int_equal(file(t->owner, 1, 1, 2, 4, 6), WIRE_STALE);
    assert_int_equal(file(t->owner, 1, 1, 2, 0, 6), WIRE_STALE);
    assert_true(holds(t->taker, 1, 5));
    assert_int_equal(file(t->owner, 1, 1, 2, 5, 6), WIRE_OK);
    assert_int_equal(file(t->owner, 1, 1, 2, 5, 6),
                     WIRE_OK); /* a resend with the token of before */
    assert_int_equal(file(t->owner, 1, 1, 3, 6, 7), WIRE_DENIED);
    assert_true(holds(t->taker, 1, 6));
    assert_int_equal(file(t->owner, 1, 2, 3, 6, 0), WIRE_OK); /* deleted */
    assert_false(holds(t->taker, 1, 6));
    assert_int_equal(file(t->owner, 1, 2, 3, 6, 7), WIRE_DENIED); /* expected one, there is none */
    assert_int_equal(file(t->owner, 1, 2, 3, 0, 7), WIRE_OK);
}

static void a_record_that_is_not_put_again_goes(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(file(t->owner, 1, 9, 1, 0, 5), WIRE_OK);
    assert_int_equal(file(t->owner, 2, 9, 1, 0, 5), WIRE_OK);
    fake_days(t->w, 180);
    assert_int_equal(file(t->owner, 2, 1, 1, 5, 5), WIRE_OK);
    fake_days(t->w, 1);
    assert_false(holds(t->taker, 1, 5));
    assert_true(holds(t->taker, 2, 5));
}

static void lookups_are_bounded_by_second_and_by_connection(void **state)
{
    rig *t = (rig *)*state;
    wire_frame f = {.type = WIRE_DIR_GET};
    f.u.dir_get.key = fake_id('d', 1);
    for (unsigned i = 0; i < 9; i++) {
        fake_send(t->taker, f);
        fake_flush(t->w);
        if (i < 8) {
            (void)fake_expect(t->taker, WIRE_RECORD);
        } else {
            f = fake_expect(t->taker, WIRE_DONE);
            assert_int_equal(f.u.done.status, WIRE_OVER_LIMIT);
        }
    }
    uint8_t got[1024];
    for (unsigned i = 8; i < 256; i++) {
        lookup(t->taker, 1, got);
    }
    t->w->now += 1000;
    f = (wire_frame){.type = WIRE_DIR_GET};
    f.u.dir_get.key = fake_id('d', 1);
    assert_int_equal(fake_done(t->taker, f), WIRE_OVER_LIMIT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_package_is_taken_once),
        T(an_empty_shelf_says_so),
        T(the_same_nonce_gets_the_same_package_for_ten_minutes),
        T(no_more_than_sixteen_packages_leave_a_shelf_in_ten_minutes),
        T(a_package_is_forgotten_after_its_ten_minutes_whoever_asks_next),
        T(a_package_whose_batch_failed_is_not_remembered),
        T(a_batch_that_is_sent_again_puts_nothing),
        T(a_new_last_resort_replaces_the_old_one),
        T(packages_have_one_size_and_a_bound),
        T(only_the_owner_puts_counts_and_ends),
        T(a_forgotten_shelf_goes),
        T(a_missing_key_has_a_record_too_and_always_the_same),
        T(a_record_is_changed_by_who_has_the_token_and_saw_the_old_one),
        T(a_record_that_is_not_put_again_goes),
        T(lookups_are_bounded_by_second_and_by_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
