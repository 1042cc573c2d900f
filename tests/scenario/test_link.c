/* When a person has a contact link to give away: as soon as whoever has it can add them, and not
 * before. */
#include "hostile.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/frame.h"

static const uint64_t seed = 29;

typedef struct watch {
    client *of;
    bool deaf_after_put; /* the relay has the packages, and cannot say so */
    bool deaf;
    uint8_t refuse; /* the status that SHELF_PUT is answered with; OK: the relay's own */
    size_t puts;
    size_t counts;
} watch;

static bool tap(void *user, client *c, bool to_client, base_buf *frame)
{
    watch *h = user;
    if (c != h->of || frame->n == 0) {
        return true;
    }
    if (to_client) {
        return !h->deaf;
    }
    h->counts += frame->p[0] == WIRE_SHELF_COUNT;
    if (frame->p[0] != WIRE_SHELF_PUT) {
        return true;
    }
    h->puts++;
    h->deaf = h->deaf_after_put;
    if (h->refuse == WIRE_OK) {
        return true;
    }
    wire_frame asked;
    base_buf answer = base_buf_on(NULL);
    OK(wire_frame_decode(base_buf_bytes(frame), &asked));
    wire_frame done = {.type = WIRE_DONE, .request = asked.request, .u.done = {h->refuse}};
    OK(wire_frame_encode(&done, &answer));
    world_reply(c, c->w->tap_conn, &answer);
    return false;
}

static void begin(world *w, watch *h)
{
    memset(h, 0, sizeof *h);
    world_begin(w, seed);
    w->tap = tap;
    w->tap_user = h;
}

/* A person whose core has not run yet. */
static client *bob_of(world *w, watch *h)
{
    client *c = world_client(w);
    sotto_config config = world_config(c);
    sotto_create_params params = {.name = base_bytes_str("Bob"),
                                  .relay = base_bytes_str("ws://127.0.0.1:7480")};
    OK(sotto_create(&config, &params, w->now, &c->wrapped, &c->recovery, &c->s));
    h->of = c;
    OK(sotto_tick(c->s, w->now));
    return c;
}

static bool has_link(client *c)
{
    sotto_me me;
    OK(sotto_get_me(c->s, &me));
    return me.link[0] != '\0';
}

static size_t events_of(const client *c, sotto_event_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_events && i < WORLD_EVENTS; i++) {
        n += c->events[i].kind == kind;
    }
    return n;
}

/* Whoever adds somebody in the very moment that their link appears is not refused. */
static void a_link_is_good_as_soon_as_it_is_shown(void **state)
{
    (void)state;
    world w;
    watch h;
    sotto_me me;
    uint32_t op = 0;
    begin(&w, &h);
    client *alice = world_person(&w, "Alice");
    client *bob = bob_of(&w, &h);
    assert_false(has_link(bob));
    world_run(&w);
    OK(sotto_get_me(bob->s, &me));
    assert_true(me.link[0] != '\0');
    assert_true(events_of(bob, SOTTO_EVENT_ACCOUNT) > 0);
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_run(&w);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    world_restart(bob);
    world_offline(bob);
    assert_true(has_link(bob)); /* it is remembered */
    world_end(&w);
}

static void no_link_is_shown_before_the_relay_said_that_the_shelf_is_filled(void **state)
{
    (void)state;
    world w;
    watch h;
    begin(&w, &h);
    h.deaf_after_put = true;
    client *bob = bob_of(&w, &h);
    world_run(&w);
    assert_int_equal(h.puts, 1);
    assert_false(has_link(bob));
    world_restart(bob);
    assert_int_equal(h.puts, 1);
    assert_false(has_link(bob));
    size_t told = events_of(bob, SOTTO_EVENT_ACCOUNT);
    world_offline(bob);
    h.deaf = false;
    world_online(bob); /* it counts, and has them already */
    assert_int_equal(h.puts, 1);
    assert_true(has_link(bob));
    assert_int_equal(events_of(bob, SOTTO_EVENT_ACCOUNT), told + 1);
    world_end(&w);
}

static void a_shelf_that_was_refused_is_filled_later(void **state)
{
    (void)state;
    static const uint8_t statuses[] = {WIRE_BUSY, WIRE_FULL, WIRE_FAILED, WIRE_NO_POSTAGE};
    for (size_t i = 0; i < sizeof statuses; i++) {
        world w;
        watch h;
        begin(&w, &h);
        h.refuse = statuses[i];
        client *bob = bob_of(&w, &h);
        world_pass(&w, 100000);
        assert_false(has_link(bob));
        assert_in_range(h.puts, 2, 5); /* now and then, not in a loop */
        assert_int_equal(world_has_alarm(bob, SOTTO_ALARM_STUCK), statuses[i] == WIRE_NO_POSTAGE);
        h.refuse = WIRE_OK;
        world_pass(&w, 31000);
        assert_true(has_link(bob));
        world_end(&w);
    }
}

static void a_relay_that_lost_its_database_has_to_be_filled_again_first(void **state)
{
    (void)state;
    world w;
    watch h;
    begin(&w, &h);
    client *alice = world_person(&w, "Alice");
    client *bob = bob_of(&w, &h);
    world_run(&w);
    assert_true(has_link(bob));
    size_t told = events_of(bob, SOTTO_EVENT_ACCOUNT);
    h.deaf_after_put = true;
    world_lose_database(&w);
    assert_false(has_link(bob));
    assert_true(events_of(bob, SOTTO_EVENT_ACCOUNT) > told);
    h.deaf = h.deaf_after_put = false;
    world_offline(bob);
    world_online(bob);
    assert_true(has_link(bob));
    world_pass(&w, 5000);
    (void)world_befriend(alice, bob);
    world_end(&w);
}

/* ---- a shelf that lies ---- */

typedef struct swap {
    client *taker;
    base_buf package; /* what it is given instead */
    size_t given;
} swap;

static bool give_another(void *user, client *c, bool to_client, base_buf *frame)
{
    swap *p = user;
    wire_frame f;
    if (c == p->taker && to_client && frame->n > 0 && frame->p[0] == WIRE_TAKEN) {
        base_buf out = base_buf_on(NULL);
        OK(wire_frame_decode(base_buf_bytes(frame), &f));
        f.u.taken.package = base_buf_bytes(&p->package);
        OK(wire_frame_encode(&f, &out));
        base_buf_move(frame, &out);
        p->given++;
    }
    return true;
}

/* Alice adds Bob by his link, and his shelf gives what `package` says: she is told, knows nobody
 * and has no room. */
static void adds_nobody(world *w, swap *p, client *alice, client *bob)
{
    sotto_me me;
    uint32_t op = 0;
    sotto_person known;
    OK(sotto_get_me(bob->s, &me));
    p->taker = alice;
    w->tap = give_another;
    w->tap_user = p;
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w->now, &op));
    world_pass(w, 3000);
    assert_int_equal(p->given, 1);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).op, op);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).result, SOTTO_E_IDENTITY);
    assert_int_equal(sotto_get_person(alice->s, &me.id, &known), BASE_E_NOT_FOUND);
    store_q q = store_query(alice->s->store, "SELECT count(*) FROM room");
    assert_true(store_row(&q));
    assert_int_equal(store_int(&q, 0), 0);
    OK(store_end(&q));
    base_buf_clear(&p->package);
}

/* Whoever has the link has the shelf's key, and may be the relay's friend. */
static void keys_of_somebody_else_on_a_shelf_add_nobody(void **state)
{
    (void)state;
    static const uint8_t handle[32] = {5};
    world w;
    swap p = {.given = 0};
    uint8_t own[32];
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    client *evil = world_person(&w, "Bob"); /* the same name, even */
    world_pass(&w, 2000);
    memcpy(own, evil->s->me.reach.shelf_key, sizeof own);
    memcpy(evil->s->me.reach.shelf_key, bob->s->me.reach.shelf_key, sizeof own);
    hostile_package(evil, handle, &p.package);
    memcpy(evil->s->me.reach.shelf_key, own, sizeof own);
    adds_nobody(&w, &p, alice, bob);
    world_end(&w);
}

static void junk_on_a_shelf_adds_nobody(void **state)
{
    (void)state;
    world w;
    swap p = {.given = 0};
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    world_pass(&w, 2000);
    OK(base_buf_resize(&p.package, SOTTO_SHELF_PACKAGE_SIZE + 28));
    adds_nobody(&w, &p, alice, bob);
    world_end(&w);
}

static void a_link_to_a_shelf_that_is_not_there_is_refused(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    world_pass(&w, 2000);
    OK(sotto_get_me(bob->s, &me));
    world_offline(bob); /* and does not make it again */
    world_lose_database(&w);
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 10000);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).op, op);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).result, SOTTO_E_REFUSED);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_good_as_soon_as_it_is_shown),
        cmocka_unit_test(no_link_is_shown_before_the_relay_said_that_the_shelf_is_filled),
        cmocka_unit_test(a_shelf_that_was_refused_is_filled_later),
        cmocka_unit_test(a_relay_that_lost_its_database_has_to_be_filled_again_first),
        cmocka_unit_test(keys_of_somebody_else_on_a_shelf_add_nobody),
        cmocka_unit_test(junk_on_a_shelf_adds_nobody),
        cmocka_unit_test(a_link_to_a_shelf_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
