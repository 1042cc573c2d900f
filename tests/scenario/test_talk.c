/* People talk through a relay, in one process: the real cores, the real relay, a test's clock. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static uint64_t seed = 1;

static void two_people_talk(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    sotto_room_id room = world_befriend(alice, bob);
    world_say(alice, &room, "Hello Bob");
    world_pass(&w, 500);
    world_say(bob, &room, "Bonjour, ça va ?");
    world_pass(&w, 500);
    assert_string_equal(world_talk(alice, &room), "Alice: Hello Bob\nBob: Bonjour, ça va ?\n");
    assert_string_equal(world_talk(bob, &room), "Alice: Hello Bob\nBob: Bonjour, ça va ?\n");
    world_assert_no_alarm(alice);
    world_assert_no_alarm(bob);
    world_end(&w);
}

/* Begin a world of two friends. */
static sotto_room_id friends(world *w, client **alice, client **bob)
{
    world_begin(w, seed);
    *alice = world_person(w, "Alice");
    *bob = world_person(w, "Bob");
    return world_befriend(*alice, *bob);
}

static void a_request_contacts_nobody_before_it_is_accepted(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    sotto_room room;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_get_me(bob->s, &me));
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), base_bytes_str("Bobby"), w.now, &op));
    world_pass(&w, 1000);
    sotto_event done = world_event(alice, SOTTO_EVENT_DONE);
    OK(done.result);
    world_say(alice, &done.room, "are you there?");
    world_pass(&w, 5000);
    OK(sotto_get_room(bob->s, &done.room, &room));
    assert_int_equal(room.state, SOTTO_ROOM_REQUEST);
    assert_string_equal(room.title, "Alice");
    assert_int_equal(world_count(bob, &done.room), 0);
    OK(sotto_get_room(alice->s, &done.room, &room));
    assert_int_equal(room.state, SOTTO_ROOM_PENDING);
    assert_string_equal(room.title, "Bobby");
    OK(sotto_accept(bob->s, &done.room, w.now));
    world_pass(&w, 1000);
    assert_string_equal(world_talk(bob, &done.room), "Alice: are you there?\n");
    OK(sotto_get_room(alice->s, &done.room, &room));
    assert_int_equal(room.state, SOTTO_ROOM_OPEN);
    world_end(&w);
}

static void a_link_tells_its_owner_s_name(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    sotto_person p;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_get_me(bob->s, &me));
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 1000);
    OK(sotto_get_person(alice->s, &me.id, &p));
    assert_string_equal(p.name, "Bob"); /* before he has said a word */
    world_end(&w);
}

static void a_declined_request_leaves_nothing(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    sotto_room room;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_get_me(bob->s, &me));
    OK(sotto_add_contact(alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 1000);
    sotto_room_id id = world_event(bob, SOTTO_EVENT_ROOM).room;
    OK(sotto_decline(bob->s, &id, true, w.now));
    world_pass(&w, 1000);
    assert_int_equal(sotto_get_room(bob->s, &id, &room), BASE_E_NOT_FOUND);
    OK(sotto_get_room(alice->s, &id, &room));
    assert_int_equal(room.state, SOTTO_ROOM_PENDING);
    world_end(&w);
}

static void what_is_sent_to_somebody_offline_arrives_in_order(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_room_id room = friends(&w, &alice, &bob);
    world_offline(bob);
    for (int i = 0; i < 50; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "message %d", i);
        world_say(alice, &room, text);
    }
    world_pass(&w, 1000);
    assert_int_equal(world_count(bob, &room), 0);
    world_online(bob);
    world_pass(&w, 1000);
    assert_int_equal(world_count(bob, &room), 50);
    char want[64 * 50] = "";
    for (int i = 0; i < 50; i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "Alice: message %d\n", i);
        strcat(want, line);
    }
    assert_string_equal(world_talk(bob, &room), want);
    world_assert_no_alarm(bob);
    world_end(&w);
}

static void what_is_written_offline_leaves_later_once(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_room_id room = friends(&w, &alice, &bob);
    world_offline(alice);
    world_say(alice, &room, "one");
    world_restart(alice);
    world_say(alice, &room, "two");
    world_pass(&w, 500);
    assert_int_equal(world_count(bob, &room), 0);
    world_online(alice);
    world_pass(&w, 1000);
    assert_string_equal(world_talk(bob, &room), "Alice: one\nAlice: two\n");
    assert_string_equal(world_talk(alice, &room), "Alice: one\nAlice: two\n");
    world_end(&w);
}

static void receipts_tell_delivered_and_read(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_member m;
    sotto_me me;
    sotto_room_id room = friends(&w, &alice, &bob);
    OK(sotto_get_me(bob->s, &me));
    world_say(alice, &room, "hello");
    world_pass(&w, 2000);
    OK(sotto_get_member(alice->s, &room, &me.id, &m));
    assert_true(m.delivered > 0);
    assert_int_equal(m.read, 0);
    OK(sotto_mark_read(bob->s, &room, 1000, w.now));
    world_pass(&w, 2000);
    OK(sotto_get_member(alice->s, &room, &me.id, &m));
    assert_int_equal(m.read, m.delivered);
    world_end(&w);
}

static void everybody_survives_a_restart_of_everything(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_room_id room = friends(&w, &alice, &bob);
    for (int i = 0; i < 5; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "round %d", i);
        world_say(alice, &room, text);
        world_restart_relay(&w);
        world_restart(bob);
        world_say(bob, &room, text);
        world_restart(alice);
        world_pass(&w, 2000);
    }
    assert_int_equal(world_count(alice, &room), 10);
    world_assert_same(alice, bob, &room);
    world_assert_no_alarm(alice);
    world_assert_no_alarm(bob);
    world_end(&w);
}

static void a_group_grows_talks_and_loses_a_member(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_me bob_me;
    sotto_me carol_me;
    sotto_room shown;
    uint32_t op = 0;
    (void)friends(&w, &alice, &bob);
    client *carol = world_person(&w, "Carol");
    (void)world_befriend(alice, carol);
    OK(sotto_get_me(bob->s, &bob_me));
    OK(sotto_get_me(carol->s, &carol_me));
    OK(sotto_create_group(alice->s, base_bytes_str("The clinic"), &bob_me.id, 1, w.now, &op));
    world_pass(&w, 1000);
    sotto_event done = world_event(alice, SOTTO_EVENT_DONE);
    OK(done.result);
    sotto_room_id room = done.room; /* they know each other: no request */
    world_say(bob, &room, "before Carol");
    world_pass(&w, 500);
    OK(sotto_add_members(alice->s, &room, &carol_me.id, 1, w.now, &op));
    world_offline(carol);
    world_pass(&w, 1000);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    world_say(bob, &room, "for Carol");
    world_pass(&w, 500);
    world_online(carol);
    world_pass(&w, 1000);
    assert_string_equal(world_talk(carol, &room), "Bob: for Carol\n");
    world_say(carol, &room, "thank you");
    world_pass(&w, 1000);
    assert_string_equal(world_talk(alice, &room),
                        "Bob: before Carol\nBob: for Carol\nCarol: thank you\n");
    OK(sotto_remove_member(alice->s, &room, &carol_me.id, w.now, &op));
    world_pass(&w, 1000);
    OK(world_event(alice, SOTTO_EVENT_DONE).result);
    world_say(alice, &room, "without Carol");
    world_pass(&w, 1000);
    OK(sotto_get_room(carol->s, &room, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_REMOVED);
    assert_string_equal(world_talk(carol, &room), "Bob: for Carol\nCarol: thank you\n");
    OK(sotto_get_room(bob->s, &room, &shown));
    assert_int_equal(shown.member_count, 2);
    assert_non_null(strstr(world_talk(bob, &room), "without Carol"));
    world_assert_no_alarm(alice);
    world_assert_no_alarm(bob);
    world_assert_no_alarm(carol);
    world_end(&w);
}

static void a_member_who_leaves_is_out_by_another_s_commit(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_me bob_me;
    sotto_room shown;
    uint32_t op = 0;
    (void)friends(&w, &alice, &bob);
    OK(sotto_get_me(bob->s, &bob_me));
    OK(sotto_create_group(alice->s, base_bytes_str("Book club"), &bob_me.id, 1, w.now, &op));
    world_pass(&w, 1000);
    sotto_room_id room = world_event(alice, SOTTO_EVENT_DONE).room;
    world_pass(&w, 1000);
    OK(sotto_leave(bob->s, &room, w.now));
    world_pass(&w, 60000);
    OK(sotto_get_room(bob->s, &room, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_LEFT);
    OK(sotto_get_room(alice->s, &room, &shown));
    assert_int_equal(shown.member_count, 1);
    world_say(alice, &room, "alone");
    world_pass(&w, 1000);
    assert_string_equal(world_talk(alice, &room), "Alice: alone\n");
    world_assert_no_alarm(alice);
    world_end(&w);
}

static void a_handle_finds_its_person_and_is_not_given_twice(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    OK(sotto_claim_handle(bob->s, base_bytes_str("bob"), w.now, &op));
    world_pass(&w, 1000);
    OK(world_event(bob, SOTTO_EVENT_DONE).result);
    OK(sotto_get_me(bob->s, &me));
    assert_string_equal(me.handle, "bob");
    OK(sotto_claim_handle(alice->s, base_bytes_str("bob"), w.now, &op));
    world_pass(&w, 1000);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).result, SOTTO_E_HANDLE_TAKEN);
    OK(sotto_add_contact(alice->s, base_bytes_str("bob@127.0.0.1:7480"), BASE_BYTES_NONE, w.now,
                         &op));
    world_pass(&w, 1000);
    sotto_event done = world_event(alice, SOTTO_EVENT_DONE);
    OK(done.result);
    assert_memory_equal(&done.person, &me.id, sizeof me.id);
    OK(sotto_add_contact(alice->s, base_bytes_str("nobody@127.0.0.1:7480"), BASE_BYTES_NONE, w.now,
                         &op));
    world_pass(&w, 1000);
    assert_int_equal(world_event(alice, SOTTO_EVENT_DONE).result, SOTTO_E_HANDLE_UNKNOWN);
    world_end(&w);
}

static void both_may_speak_at_once_for_ever(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    sotto_room_id room = friends(&w, &alice, &bob);
    fake_random choice = fake_random_of(seed);
    size_t sent = 0;
    for (int i = 0; i < 200; i++) {
        client *c = fake_random_next(&choice) % 2 == 0 ? alice : bob;
        char text[32];
        (void)snprintf(text, sizeof text, "%d", i);
        world_say(c, &room, text);
        sent++;
        switch (fake_random_next(&choice) % 8) {
        case 0:
            world_offline(c);
            break;
        case 1:
            world_restart(c);
            break;
        case 2:
            world_restart_relay(&w);
            break;
        default:
            world_run(&w);
            break;
        }
        if (!alice->online && fake_random_next(&choice) % 3 == 0) {
            world_online(alice);
        }
        if (!bob->online && fake_random_next(&choice) % 3 == 0) {
            world_online(bob);
        }
    }
    world_online(alice);
    world_online(bob);
    world_pass(&w, 120000);
    assert_int_equal(world_count(alice, &room), sent);
    world_assert_same(alice, bob, &room);
    world_assert_no_alarm(alice);
    world_assert_no_alarm(bob);
    world_end(&w);
}

int main(void)
{
    const char *given = getenv("SOTTO_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    printf("# seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_people_talk),
        cmocka_unit_test(a_request_contacts_nobody_before_it_is_accepted),
        cmocka_unit_test(a_link_tells_its_owner_s_name),
        cmocka_unit_test(a_declined_request_leaves_nothing),
        cmocka_unit_test(what_is_sent_to_somebody_offline_arrives_in_order),
        cmocka_unit_test(what_is_written_offline_leaves_later_once),
        cmocka_unit_test(receipts_tell_delivered_and_read),
        cmocka_unit_test(everybody_survives_a_restart_of_everything),
        cmocka_unit_test(a_group_grows_talks_and_loses_a_member),
        cmocka_unit_test(a_member_who_leaves_is_out_by_another_s_commit),
        cmocka_unit_test(a_handle_finds_its_person_and_is_not_given_twice),
        cmocka_unit_test(both_may_speak_at_once_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
