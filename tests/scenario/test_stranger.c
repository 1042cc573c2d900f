/* A stranger with a contact link, and mail of its own making. */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seed = 17;

typedef struct scene {
    world w;
    client *alice;
    client *bob;
    client *evil;
    sotto_room_id room; /* alice and bob */
    hostile_target at;  /* bob */
    size_t connects;    /* of bob */
} scene;

static bool count_connects(void *user, client *c, bool to_client, base_buf *frame)
{
    scene *x = user;
    x->connects += !to_client && c == x->bob && frame->n > 0 && frame->p[0] == WIRE_HELLO;
    return true;
}

static void scene_begin(scene *x)
{
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->evil = world_person(&x->w, "Evil");
    x->room = world_befriend(x->alice, x->bob);
    hostile_take(x->evil, x->bob, &x->at);
    x->w.tap = count_connects;
    x->w.tap_user = x;
}

static void scene_end(scene *x)
{
    hostile_target_clear(&x->at);
    world_end(&x->w);
}

static uint32_t requests(client *c)
{
    sotto_me me;
    OK(sotto_get_me(c->s, &me));
    return me.requests;
}

/* Bob still hears from friends and from strangers, and did not connect anew. */
static void bob_goes_on(scene *x)
{
    sotto_me me;
    uint32_t op = 0;
    size_t before = world_count(x->bob, &x->room);
    uint32_t were = requests(x->bob);
    world_say(x->alice, &x->room, "still here?");
    OK(sotto_get_me(x->bob->s, &me));
    client *carol = world_person(&x->w, "Carol");
    OK(sotto_add_contact(carol->s, base_bytes_str(me.link), BASE_BYTES_NONE, x->w.now, &op));
    world_pass(&x->w, 3000);
    OK(world_event(carol, SOTTO_EVENT_DONE).result);
    assert_int_equal(world_count(x->bob, &x->room), before + 1);
    assert_int_equal(requests(x->bob), were + 1);
    assert_int_equal(x->connects, 0);
}

static void true_mail_of_a_stranger_is_a_request(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    hostile_invite(x.evil, &x.at);
    assert_int_equal(requests(x.bob), 1);
    bob_goes_on(&x);
    scene_end(&x);
}

static void mail_with_a_list_of_too_many_devices_is_dropped(void **state)
{
    (void)state;
    static const size_t sizes[] = {33, 300};
    for (size_t i = 0; i < 2; i++) {
        scene x;
        base_buf list = base_buf_on(NULL);
        base_buf content = base_buf_on(NULL);
        scene_begin(&x);
        hostile_list(x.evil, sizes[i], 2, &list);
        OK(sotto_join_encode(&x.at.join, &content));
        hostile_mail(x.evil, &x.at, base_buf_bytes(&list), base_buf_bytes(&content));
        base_buf_clear(&content);
        base_buf_clear(&list);
        assert_int_equal(requests(x.bob), 0);
        bob_goes_on(&x);
        scene_end(&x);
    }
}

static void mail_of_junk_is_dropped(void **state)
{
    (void)state;
    scene x;
    static uint8_t junk[8000];
    fake_random dice = fake_random_of(seed);
    scene_begin(&x);
    hostile_mail(x.evil, &x.at, BASE_BYTES_NONE, BASE_BYTES_NONE);
    for (size_t i = 0; i < 20; i++) {
        for (size_t k = 0; k < sizeof junk; k++) {
            junk[k] = (uint8_t)fake_random_next(&dice);
        }
        hostile_mail(x.evil, &x.at, BASE_BYTES_NONE, base_bytes_of(junk, i * 400));
    }
    assert_int_equal(requests(x.bob), 0);
    bob_goes_on(&x);
    scene_end(&x);
}

/* ---- floods ---- */

static void a_stranger_s_requests_are_few(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    for (uint8_t i = 0; i < 10; i++) {
        x.at.join.room[0] = i;
        hostile_invite(x.evil, &x.at);
    }
    assert_int_equal(requests(x.bob), 4);
    world_assert_no_alarm(x.bob);
    bob_goes_on(&x);
    scene_end(&x);
}

static void requests_of_all_strangers_are_bounded_and_friends_get_through(void **state)
{
    (void)state;
    scene x;
    uint32_t op = 0;
    sotto_me me;
    scene_begin(&x);
    hostile_invite(x.evil, &x.at);
    /* As if of ninety-nine others. */
    for (int i = 0; i < 99; i++) {
        store_q q = store_query(
            x.bob->s->store,
            "INSERT INTO room SELECT randomblob(16), kind, state, title, randomblob(32), relay, "
            "log,"
            " reader, epoch, n, h, count, created, read, read_told, delivered_told, name_told,"
            " last_heard, activity, joining, draft, mls_group FROM room WHERE state = 1 LIMIT 1");
        OK(store_run(&q));
    }
    assert_int_equal(requests(x.bob), 100);
    client *carol = world_person(&x.w, "Carol");
    OK(sotto_get_me(x.bob->s, &me));
    OK(sotto_add_contact(carol->s, base_bytes_str(me.link), BASE_BYTES_NONE, x.w.now, &op));
    world_pass(&x.w, 3000);
    assert_int_equal(requests(x.bob), 100);
    assert_true(world_has_alarm(x.bob, SOTTO_ALARM_STUCK)); /* he is told */
    OK(sotto_create_group(x.alice->s, base_bytes_str("Friends"), &me.id, 1, x.w.now, &op));
    world_pass(&x.w, 3000);
    sotto_room shown;
    sotto_room_id room = world_event(x.alice, SOTTO_EVENT_DONE).room;
    OK(sotto_get_room(x.bob->s, &room, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_OPEN);
    scene_end(&x);
}

/* ---- rooms of before ---- */

/* A group of Alice's that Bob was in, with history that he has read. */
static sotto_room_id bob_was_in(scene *x)
{
    sotto_me me;
    uint32_t op = 0;
    OK(sotto_get_me(x->bob->s, &me));
    OK(sotto_create_group(x->alice->s, base_bytes_str("The clinic"), &me.id, 1, x->w.now, &op));
    world_pass(&x->w, 2000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
    sotto_room_id room = world_event(x->alice, SOTTO_EVENT_DONE).room;
    world_say(x->alice, &room, "of old");
    world_pass(&x->w, 2000);
    OK(sotto_mark_read(x->bob->s, &room, INT64_MAX, x->w.now));
    OK(sotto_remove_member(x->alice->s, &room, &me.id, x->w.now, &op));
    world_pass(&x->w, 2000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
    assert_string_equal(world_talk(x->bob, &room), "Alice: of old\n");
    return room;
}

static void a_stranger_cannot_take_over_a_room_of_before(void **state)
{
    (void)state;
    scene x;
    sotto_room shown;
    scene_begin(&x);
    sotto_room_id room = bob_was_in(&x);
    memcpy(x.at.join.room, room.b, sizeof room.b);
    x.at.join.kind = SOTTO_ROOM_GROUP;
    x.at.join.title = base_bytes_str("Another title");
    hostile_invite(x.evil, &x.at);
    OK(sotto_get_room(x.bob->s, &room, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_REMOVED);
    assert_string_equal(shown.title, "The clinic");
    assert_int_equal(requests(x.bob), 0);
    bob_goes_on(&x);
    scene_end(&x);
}

/* Alice was a member and may ask, but Bob has blocked nobody and wants no more of it. */
static void declining_to_come_back_keeps_the_history(void **state)
{
    (void)state;
    scene x;
    sotto_room shown;
    sotto_me me;
    uint32_t op = 0;
    scene_begin(&x);
    sotto_room_id room = bob_was_in(&x);
    /* To Bob she is a stranger now. */
    store_q q = store_query(x.bob->s->store, "UPDATE person SET state = 0");
    OK(store_run(&q));
    OK(sotto_get_me(x.bob->s, &me));
    OK(sotto_add_members(x.alice->s, &room, &me.id, 1, x.w.now, &op));
    world_pass(&x.w, 2000);
    OK(sotto_get_room(x.bob->s, &room, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_REQUEST);
    assert_int_equal(shown.unread, 0);
    OK(sotto_decline(x.bob->s, &room, false, x.w.now));
    OK(sotto_get_room(x.bob->s, &room, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_REMOVED);
    assert_string_equal(world_talk(x.bob, &room), "Alice: of old\n");
    scene_end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_mail_of_a_stranger_is_a_request),
        cmocka_unit_test(mail_with_a_list_of_too_many_devices_is_dropped),
        cmocka_unit_test(mail_of_junk_is_dropped),
        cmocka_unit_test(a_stranger_s_requests_are_few),
        cmocka_unit_test(requests_of_all_strangers_are_bounded_and_friends_get_through),
        cmocka_unit_test(a_stranger_cannot_take_over_a_room_of_before),
        cmocka_unit_test(declining_to_come_back_keeps_the_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
