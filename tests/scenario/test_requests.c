/* Requests of a person that wait for a relay, and a caller that is careless meanwhile. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/frame.h"

static const uint64_t seed = 5;

typedef struct held {
    client *of;
    bool holding; /* what the relay says is kept back */
    size_t connects;
} held;

static bool tap(void *user, client *c, bool to_client, base_buf *frame)
{
    held *h = user;
    (void)c;
    h->connects += !to_client && frame->n > 0 && frame->p[0] == WIRE_HELLO;
    return !(to_client && h->holding && frame->n > 0 && frame->p[0] == WIRE_TAKEN);
}

/* What a page may ask in error is refused, and costs neither the connections nor what waits. */
static void a_refused_request_disturbs_nothing_else(void **state)
{
    (void)state;
    static const sotto_room_id no_room = {{1}};
    static const sotto_person_id nobody = {{2}};
    world w;
    sotto_me me;
    uint32_t op = 0;
    uint32_t other = 0;
    int64_t number = 0;
    held h = {.holding = true};
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    client *carol = world_person(&w, "Carol");
    sotto_room_id room = world_befriend(alice, bob);
    OK(sotto_get_me(carol->s, &me));
    world_restart(alice);
    world_pass(&w, 1000);
    w.tap = tap;
    w.tap_user = &h;
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 1000);
    OK(sotto_get_me(alice->s, &me));
    base_bytes text = base_bytes_str("text");
    assert_int_equal(sotto_add_contact(alice->s, text, BASE_BYTES_NONE, w.now, &other),
                     SOTTO_E_HANDLE);
    assert_int_equal(
        sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &other),
        SOTTO_E_LINK_OWN);
    assert_int_equal(
        sotto_add_contact(alice->s, base_bytes_str("sotto:AAAA"), BASE_BYTES_NONE, w.now, &other),
        SOTTO_E_LINK);
    assert_int_equal(sotto_create_group(alice->s, text, &nobody, 1, w.now, &other),
                     BASE_E_NOT_FOUND);
    assert_int_equal(sotto_add_members(alice->s, &room, &nobody, 1, w.now, &other),
                     SOTTO_E_NOT_ALLOWED);
    assert_int_equal(sotto_remove_member(alice->s, &room, &nobody, w.now, &other),
                     SOTTO_E_NOT_ALLOWED);
    assert_int_equal(sotto_send_text(alice->s, &no_room, text, BASE_BYTES_NONE, w.now, &number),
                     BASE_E_NOT_FOUND);
    assert_int_equal(sotto_accept(alice->s, &room, w.now), SOTTO_E_NOT_ALLOWED);
    assert_int_equal(sotto_decline(alice->s, &room, false, w.now), SOTTO_E_NOT_ALLOWED);
    assert_int_equal(sotto_leave(alice->s, &room, w.now), SOTTO_E_NOT_ALLOWED);
    assert_int_equal(sotto_alarm_act(alice->s, 999, w.now), BASE_E_NOT_FOUND);
    world_pass(&w, 5000);
    assert_int_equal(h.connects, 0);
    h.holding = false;
    world_offline(alice); /* the package is asked for again */
    world_online(alice);
    world_pass(&w, 3000);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).op, op);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    world_end(&w);
}

/* The connection breaks when the relay has the commit and before it can say so. */
static bool cut_after_commit(void *user, client *c, bool to_client, base_buf *frame)
{
    held *h = user;
    if (to_client && h->holding && c == h->of) {
        return false;
    }
    h->holding = h->holding || (!to_client && frame->n > 0 && frame->p[0] == WIRE_COMMIT);
    return true;
}

static void what_is_given_up_may_be_at_the_relay_already(void **state)
{
    (void)state;
    world w;
    sotto_me bob_me;
    sotto_me carol_me;
    sotto_room shown;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    client *carol = world_person(&w, "Carol");
    (void)world_befriend(alice, bob);
    (void)world_befriend(alice, carol);
    OK(sotto_get_me(bob->s, &bob_me));
    OK(sotto_get_me(carol->s, &carol_me));
    OK(sotto_create_group(alice->s, base_bytes_str("Group"), &bob_me.id, 1, w.now, &op));
    world_pass(&w, 2000);
    sotto_room_id room = world_event(alice, SOTTO_EVENT_DONE).room;
    w.tap = cut_after_commit;
    held h = {.of = alice};
    w.tap_user = &h;
    OK(sotto_add_members(alice->s, &room, &carol_me.id, 1, w.now, &op));
    world_pass(&w, 1000);
    assert_true(h.holding);
    world_offline(alice);
    w.tap = NULL;
    world_pass(&w, 60000);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).op, op);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).result, SOTTO_E_UNREACHABLE);
    world_online(alice);
    world_pass(&w, 5000);
    world_assert_no_alarm(alice);
    OK(sotto_get_room(alice->s, &room, &shown));
    assert_int_equal(shown.member_count, 3);
    world_say(alice, &room, "welcome, Carol");
    world_pass(&w, 2000);
    assert_string_equal(world_talk(carol, &room), "Alice: welcome, Carol\n");
    world_assert_same(alice, bob, &room);
    world_end(&w);
}

/* The same before anything was sent: it is taken back. */
static void what_is_given_up_in_time_is_taken_back(void **state)
{
    (void)state;
    world w;
    sotto_me bob_me;
    sotto_me carol_me;
    sotto_room shown;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    client *carol = world_person(&w, "Carol");
    (void)world_befriend(alice, bob);
    (void)world_befriend(alice, carol);
    OK(sotto_get_me(bob->s, &bob_me));
    OK(sotto_get_me(carol->s, &carol_me));
    OK(sotto_create_group(alice->s, base_bytes_str("Group"), &bob_me.id, 1, w.now, &op));
    world_pass(&w, 2000);
    sotto_room_id room = world_event(alice, SOTTO_EVENT_DONE).room;
    world_offline(alice);
    OK(sotto_add_members(alice->s, &room, &carol_me.id, 1, w.now, &op));
    OK(sotto_remove_member(alice->s, &room, &bob_me.id, w.now, &op));
    world_pass(&w, 60000);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).result, SOTTO_E_UNREACHABLE);
    world_online(alice);
    world_pass(&w, 5000);
    OK(sotto_get_room(alice->s, &room, &shown));
    assert_int_equal(shown.member_count, 2);
    world_say(bob, &room, "still here");
    world_pass(&w, 2000);
    world_assert_same(alice, bob, &room);
    world_assert_no_alarm(alice);
    world_end(&w);
}

/* ---- going on by themselves ---- */

static size_t ends_of(const client *c, uint32_t op)
{
    size_t n = 0;
    assert_true(c->n_events <= WORLD_EVENTS);
    for (size_t i = 0; i < c->n_events; i++) {
        n += c->events[i].kind == SOTTO_EVENT_DONE && c->events[i].op == op;
    }
    return n;
}

/* No tick: what comes up is enough. */
static void a_request_goes_on_when_a_connection_comes_up(void **state)
{
    (void)state;
    world w;
    sotto_me bob_me;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_get_me(bob->s, &bob_me));
    world_offline(alice);
    OK(sotto_add_contact(alice->s, base_bytes_str(bob_me.link), BASE_BYTES_NONE, w.now, &op));
    world_run(&w);
    assert_int_equal(ends_of(alice, op), 0);
    world_online(alice);
    assert_int_equal(ends_of(alice, op), 1);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    world_end(&w);
}

static void a_handle_is_claimed_when_there_is_a_link_to_file(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    uint32_t op = 0;
    uint32_t add = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_client(&w);
    sotto_config config = world_config(bob);
    sotto_create_params params = {.name = base_bytes_str("Bob"),
                                  .relay = base_bytes_str("ws://127.0.0.1:7480")};
    OK(sotto_create(&config, &params, w.now, &bob->wrapped, &bob->recovery, &bob->s));
    OK(sotto_claim_handle(bob->s, base_bytes_str("bob"), w.now, &op));
    OK(sotto_tick(bob->s, w.now));
    world_run(&w);
    assert_int_equal(ends_of(bob, op), 1);
    OK(world_event(bob, SOTTO_EVENT_DONE).result);
    OK(sotto_get_me(bob->s, &me));
    assert_string_equal(me.handle, "bob");
    OK(sotto_add_contact(alice->s, base_bytes_str("bob@127.0.0.1:7480"), BASE_BYTES_NONE, w.now,
                         &add));
    world_run(&w);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).op, add);
    world_end(&w);
}

static void a_group_of_one_is_made_at_once(void **state)
{
    (void)state;
    world w;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    OK(sotto_create_group(alice->s, base_bytes_str("Notes"), NULL, 0, w.now, &op));
    world_run(&w);
    assert_int_equal(ends_of(alice, op), 1);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    world_end(&w);
}

static void so_many_requests_wait_and_one_more_is_refused(void **state)
{
    (void)state;
    world w;
    uint32_t op = 0;
    base_bytes title = base_bytes_str("Notes");
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    world_offline(alice);
    for (size_t i = 0; i < SOTTO_WAITING_MAX; i++) {
        OK(sotto_create_group(alice->s, title, NULL, 0, w.now, &op));
    }
    assert_int_equal(sotto_create_group(alice->s, title, NULL, 0, w.now, &op), BASE_E_LIMIT);
    assert_int_equal(op, 0);
    world_pass(&w, 31000);
    OK(sotto_create_group(alice->s, title, NULL, 0, w.now, &op));
    world_end(&w);
}

/* What the relay says to one type of request is lost, or another thing is said in its place. */
typedef struct answers {
    client *of;
    uint8_t type;
    uint8_t status; /* said at once; OK: the relay is asked, and what it says is lost */
    size_t asked;
} answers;

static bool false_answer(void *user, client *c, bool to_client, base_buf *frame)
{
    answers *a = user;
    if (c != a->of || frame->n == 0 || a->type == 0) {
        return true;
    }
    if (to_client) {
        return a->asked == 0 || a->status != WIRE_OK;
    }
    if (frame->p[0] != a->type) {
        return true;
    }
    a->asked++;
    if (a->status == WIRE_OK) {
        return true;
    }
    wire_frame asked;
    base_buf answer = base_buf_on(NULL);
    OK(wire_frame_decode(base_buf_bytes(frame), &asked));
    wire_frame done = {.type = WIRE_DONE, .request = asked.request, .u.done = {a->status}};
    OK(wire_frame_encode(&done, &answer));
    world_reply(c, c->w->tap_conn, &answer);
    return false;
}

static void a_claim_whose_answer_was_lost_is_not_of_another(void **state)
{
    (void)state;
    world w;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    answers a = {.of = alice, .type = WIRE_DIR_PUT};
    w.tap = false_answer;
    w.tap_user = &a;
    OK(sotto_claim_handle(alice->s, base_bytes_str("alice"), w.now, &op));
    world_run(&w);
    assert_int_equal(a.asked, 1);
    assert_int_equal(ends_of(alice, op), 0);
    world_offline(alice);
    w.tap = NULL;
    world_online(alice);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    OK(sotto_claim_handle(bob->s, base_bytes_str("alice"), w.now, &op));
    world_run(&w);
    assert_int_equal(world_event(bob, SOTTO_EVENT_DONE).result, SOTTO_E_HANDLE_TAKEN);
    world_end(&w);
}

static void a_busy_relay_is_asked_again_in_a_while(void **state)
{
    (void)state;
    world w;
    sotto_me bob_me;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_get_me(bob->s, &bob_me));
    answers a = {.of = alice, .type = WIRE_SHELF_TAKE, .status = WIRE_BUSY};
    w.tap = false_answer;
    w.tap_user = &a;
    OK(sotto_add_contact(alice->s, base_bytes_str(bob_me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 1000);
    assert_int_equal(a.asked, 1);
    world_pass(&w, 10000);
    assert_in_range(a.asked, 3, 8);
    assert_int_equal(ends_of(alice, op), 0);
    a.type = 0;
    world_pass(&w, 3000);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    assert_int_equal(ends_of(alice, op), 1);
    world_end(&w);
}

/* One connection that breaks is not a reason to ask again on another. */
static void a_package_is_asked_for_once_while_other_connections_break(void **state)
{
    (void)state;
    world w;
    sotto_me bob_me;
    uint32_t op = 0;
    uint32_t other = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_get_me(bob->s, &bob_me));
    answers a = {.of = alice, .type = WIRE_SHELF_TAKE};
    w.tap = false_answer;
    w.tap_user = &a;
    OK(sotto_add_contact(alice->s, base_bytes_str(bob_me.link), BASE_BYTES_NONE, w.now, &op));
    world_run(&w);
    /* To another relay, which is not there. */
    OK(sotto_add_contact(alice->s, base_bytes_str("carol@127.0.0.1:9"), BASE_BYTES_NONE, w.now,
                         &other));
    uint32_t conn = 0;
    sotto_command cmd;
    while (sotto_next(alice->s, &cmd) == BASE_OK) {
        conn = cmd.kind == SOTTO_CMD_CONNECT ? cmd.conn : conn;
    }
    assert_int_not_equal(conn, 0);
    OK(sotto_conn_down(alice->s, conn, "connection refused", w.now));
    OK(sotto_tick(alice->s, w.now));
    world_run(&w);
    assert_int_equal(a.asked, 1);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_goes_on_when_a_connection_comes_up),
        cmocka_unit_test(a_handle_is_claimed_when_there_is_a_link_to_file),
        cmocka_unit_test(a_group_of_one_is_made_at_once),
        cmocka_unit_test(so_many_requests_wait_and_one_more_is_refused),
        cmocka_unit_test(a_claim_whose_answer_was_lost_is_not_of_another),
        cmocka_unit_test(a_busy_relay_is_asked_again_in_a_while),
        cmocka_unit_test(a_package_is_asked_for_once_while_other_connections_break),
        cmocka_unit_test(a_refused_request_disturbs_nothing_else),
        cmocka_unit_test(what_is_given_up_may_be_at_the_relay_already),
        cmocka_unit_test(what_is_given_up_in_time_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
