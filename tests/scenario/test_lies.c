/* A relay that lies, and members and copies that misbehave: each is named to the person, within the
 * message that reveals it. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/frame.h"

static const uint64_t seed = 7;

typedef struct liar {
    client *victim;
    enum { HONEST, DROP_NEXT, DAMAGE, WRONG_GATE, HOLE } lie;
    bool armed;
    uint64_t shift_up; /* entries the victim was not shown */
} liar;

static void rewrite(base_buf *frame, const wire_frame *f)
{
    base_buf out = base_buf_on(NULL);
    OK(wire_frame_encode(f, &out));
    base_buf_move(frame, &out);
}

/* Entries on their way to the victim. */
static bool entry(liar *l, base_buf *frame)
{
    wire_frame f;
    OK(wire_frame_decode(base_buf_bytes(frame), &f));
    if (f.type != WIRE_ENTRY || f.u.entry.kind == WIRE_KIND_COMMIT) {
        return true;
    }
    base_buf keep = base_buf_on(NULL);
    OK(base_buf_set(&keep, base_buf_bytes(frame)));
    OK(wire_frame_decode(base_buf_bytes(&keep), &f));
    bool pass = true;
    if (l->armed && l->lie == DROP_NEXT) {
        l->armed = false;
        l->shift_up++;
        pass = false;
    } else if (l->armed && l->lie == HOLE) {
        l->armed = false;
        pass = false;
    } else if (l->armed && l->lie == DAMAGE) {
        l->armed = false;
        ((uint8_t *)(uintptr_t)f.u.entry.data.p)[f.u.entry.data.n - 1] ^= 1; /* our own copy */
    }
    if (pass && l->lie == DROP_NEXT) {
        f.u.entry.seq -= l->shift_up;
    }
    if (pass) {
        rewrite(frame, &f);
    }
    base_buf_clear(&keep);
    return pass;
}

static bool tap(void *user, client *c, bool to_client, base_buf *frame)
{
    liar *l = user;
    wire_frame f;
    if (to_client && c == l->victim) {
        return entry(l, frame);
    }
    if (!to_client && l->lie == WRONG_GATE && l->armed && c != l->victim) {
        static const uint8_t wrong[32] = {0xee};
        base_buf keep = base_buf_on(NULL);
        OK(base_buf_set(&keep, base_buf_bytes(frame)));
        OK(wire_frame_decode(base_buf_bytes(&keep), &f));
        if (f.type == WIRE_COMMIT) {
            f.u.commit.gate = base_bytes_of(wrong, 32);
            l->armed = false;
            rewrite(frame, &f);
        }
        base_buf_clear(&keep);
    }
    return true;
}

static sotto_room_id friends(world *w, client **alice, client **bob, liar *l)
{
    world_begin(w, seed);
    *alice = world_person(w, "Alice");
    *bob = world_person(w, "Bob");
    sotto_room_id room = world_befriend(*alice, *bob);
    world_say(*alice, &room, "zero");
    world_pass(w, 1000);
    memset(l, 0, sizeof *l);
    l->victim = *bob;
    w->tap = tap;
    w->tap_user = l;
    return room;
}

static void say(world *w, client *c, const sotto_room_id *room, const char *text)
{
    world_say(c, room, text);
    world_pass(w, 1000);
}

static void an_honest_relay_raises_no_alarm(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_room_id room = friends(&w, &alice, &bob, &l);
    say(&w, alice, &room, "one");
    say(&w, bob, &room, "two");
    world_assert_no_alarm(alice);
    world_assert_no_alarm(bob);
    assert_int_equal(world_count(bob, &room), 3);
    world_end(&w);
}

static void a_message_kept_back_is_named_with_the_next_one(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_room_id room = friends(&w, &alice, &bob, &l);
    l.lie = DROP_NEXT;
    l.armed = true;
    say(&w, alice, &room, "kept back");
    world_assert_no_alarm(bob); /* nothing tells yet */
    say(&w, alice, &room, "after it");
    assert_true(world_has_alarm(bob, SOTTO_ALARM_DROPPED));
    assert_string_equal(world_talk(bob, &room), "Alice: zero\nAlice: after it\n");
    world_end(&w);
}

static void a_hole_in_what_the_relay_pushes_is_read_again(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_room_id room = friends(&w, &alice, &bob, &l);
    l.lie = HOLE;
    l.armed = true;
    say(&w, alice, &room, "lost on the way");
    say(&w, alice, &room, "next");
    world_pass(&w, 10000);
    assert_string_equal(world_talk(bob, &room),
                        "Alice: zero\nAlice: lost on the way\nAlice: next\n");
    world_assert_no_alarm(bob);
    world_end(&w);
}

static void a_damaged_entry_is_named_and_the_talk_goes_on(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_room_id room = friends(&w, &alice, &bob, &l);
    l.lie = DAMAGE;
    l.armed = true;
    say(&w, alice, &room, "damaged");
    assert_true(world_has_alarm(bob, SOTTO_ALARM_DROPPED));
    say(&w, alice, &room, "whole");
    assert_true(world_has_alarm(bob, SOTTO_ALARM_FORKED)); /* Alice's hash is of the true entry */
    assert_string_equal(world_talk(bob, &room), "Alice: zero\nAlice: whole\n");
    world_end(&w);
}

static void a_lost_database_is_named_and_nothing_on_the_device_is_lost(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_room_id room = friends(&w, &alice, &bob, &l);
    world_lose_database(&w);
    world_pass(&w, 5000);
    assert_true(world_has_alarm(alice, SOTTO_ALARM_ROLLED_BACK));
    assert_true(world_has_alarm(bob, SOTTO_ALARM_ROLLED_BACK));
    assert_string_equal(world_talk(bob, &room), "Alice: zero\n");
    world_end(&w);
}

static void a_commit_with_a_wrong_gate_stops_the_room_and_says_so(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_me me;
    uint32_t op = 0;
    (void)friends(&w, &alice, &bob, &l);
    OK(sotto_get_me(bob->s, &me));
    OK(sotto_create_group(alice->s, base_bytes_str("Group"), &me.id, 1, w.now, &op));
    world_pass(&w, 1000);
    sotto_room_id group = world_event(alice, SOTTO_EVENT_DONE).room;
    client *carol = world_person(&w, "Carol");
    (void)world_befriend(alice, carol);
    OK(sotto_get_me(carol->s, &me));
    l.lie = WRONG_GATE;
    l.armed = true;
    OK(sotto_add_members(alice->s, &group, &me.id, 1, w.now, &op));
    world_pass(&w, 2000);
    assert_false(l.armed);
    assert_true(world_has_alarm(bob, SOTTO_ALARM_BAD_COMMIT));
    world_end(&w);
}

static void a_copy_of_a_device_is_noticed(void **state)
{
    (void)state;
    world w;
    client *alice = NULL;
    client *bob = NULL;
    liar l;
    sotto_room_id room = friends(&w, &alice, &bob, &l);
    world_offline(alice);
    client *copy = world_copy(&w, alice);
    OK(sotto_tick(copy->s, w.now));
    world_pass(&w, 1000);
    say(&w, copy, &room, "from the copy");
    world_assert_no_alarm(bob); /* to others it is Alice */
    world_offline(copy);
    world_online(alice);
    world_pass(&w, 1000);
    assert_true(world_has_alarm(alice, SOTTO_ALARM_COPY_FOUND));
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_relay_raises_no_alarm),
        cmocka_unit_test(a_message_kept_back_is_named_with_the_next_one),
        cmocka_unit_test(a_hole_in_what_the_relay_pushes_is_read_again),
        cmocka_unit_test(a_damaged_entry_is_named_and_the_talk_goes_on),
        cmocka_unit_test(a_lost_database_is_named_and_nothing_on_the_device_is_lost),
        cmocka_unit_test(a_commit_with_a_wrong_gate_stops_the_room_and_says_so),
        cmocka_unit_test(a_copy_of_a_device_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
