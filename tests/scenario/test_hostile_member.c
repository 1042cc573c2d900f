/* A member with valid keys and a program of its own. What it says is named, what it breaks is
 * named, and no honest member is lost to its other conversations. */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mimi/content.h"
#include "mimi/shape.h"
#include "mimi/status.h"

static const uint64_t seed = 13;

typedef struct scene {
    world w;
    client *alice;
    client *bob;
    client *evil;
    sotto_me alice_me;
    sotto_me bob_me;
    sotto_me evil_me;
    sotto_room_id direct; /* alice and bob: another conversation at the same relay */
    sotto_room_id group;  /* alice, who made it, bob and evil */
    size_t connects;
    base_buf overheard;
} scene;

static bool count_connects(void *user, client *c, bool to_client, base_buf *frame)
{
    scene *x = user;
    x->connects += !to_client && c != x->evil && frame->n > 0 && frame->p[0] == WIRE_HELLO;
    return true;
}

static void scene_begin(scene *x)
{
    uint32_t op = 0;
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->evil = world_person(&x->w, "Evil");
    x->direct = world_befriend(x->alice, x->bob);
    (void)world_befriend(x->alice, x->evil);
    OK(sotto_get_me(x->alice->s, &x->alice_me));
    OK(sotto_get_me(x->bob->s, &x->bob_me));
    OK(sotto_get_me(x->evil->s, &x->evil_me));
    const sotto_person_id others[] = {x->bob_me.id, x->evil_me.id};
    OK(sotto_create_group(x->alice->s, base_bytes_str("Group"), others, 2, x->w.now, &op));
    world_pass(&x->w, 3000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
    x->group = world_event(x->alice, SOTTO_EVENT_DONE).room;
    world_say(x->evil, &x->group, "hello");
    world_pass(&x->w, 3000);
    x->w.tap = count_connects;
    x->w.tap_user = x;
}

/* The other conversation of Alice and Bob goes on, and nobody connected anew. */
static void others_go_on(scene *x)
{
    size_t before = world_count(x->bob, &x->direct);
    world_say(x->alice, &x->direct, "still here?");
    world_say(x->bob, &x->direct, "yes");
    world_pass(&x->w, 5000);
    assert_int_equal(world_count(x->bob, &x->direct), before + 2);
    world_assert_same(x->alice, x->bob, &x->direct);
    assert_int_equal(x->connects, 0);
}

/* And so does the group. */
static void the_group_goes_on(scene *x)
{
    world_say(x->alice, &x->group, "Alice goes on");
    world_pass(&x->w, 2000);
    world_say(x->bob, &x->group, "Bob too");
    world_pass(&x->w, 2000);
    world_assert_same(x->alice, x->bob, &x->group);
    assert_non_null(
        strstr(world_talk(x->alice, &x->group), "Alice: Alice goes on\nBob: Bob too\n"));
    others_go_on(x);
}

/* ---- messages ---- */

static void send(scene *x, const char *type, base_bytes body)
{
    base_buf sealed = base_buf_on(NULL);
    sotto_envelope e = hostile_says(x->evil, &x->group, type, body);
    hostile_envelope(x->evil, &x->group, &e, &sealed);
    hostile_append(x->evil, &x->group, base_buf_bytes(&sealed));
    base_buf_clear(&sealed);
    world_pass(&x->w, 1000);
}

static void content_that_expires_in_a_hundred_years_is_passed_over(void **state)
{
    (void)state;
    scene x;
    base_buf body = base_buf_on(NULL);
    scene_begin(&x);
    hostile_deafen(x.evil);
    mimi_content c = mimi_make_text((mimi_text){base_bytes_str("for ever"), false});
    c.salt[0] = 1;
    c.expiry = MIMI_EXPIRES_AT;
    c.expires = UINT32_MAX;
    OK(mimi_content_encode(&c, &body));
    send(&x, CONTENT_TYPE, base_buf_bytes(&body));
    base_buf_clear(&body);
    assert_null(strstr(world_talk(x.bob, &x.group), "for ever"));
    the_group_goes_on(&x);
    world_end(&x.w);
}

static void content_that_names_another_sender_is_passed_over(void **state)
{
    (void)state;
    scene x;
    base_buf body = base_buf_on(NULL);
    scene_begin(&x);
    hostile_deafen(x.evil);
    mimi_content c = mimi_make_text((mimi_text){base_bytes_str("as Alice"), false});
    c.salt[0] = 1;
    c.sender_uri = base_bytes_str("sotto:somebodyelse");
    OK(mimi_content_encode(&c, &body));
    send(&x, CONTENT_TYPE, base_buf_bytes(&body));
    base_buf_clear(&body);
    assert_null(strstr(world_talk(x.bob, &x.group), "as Alice"));
    the_group_goes_on(&x);
    world_end(&x.w);
}

/* Keeps the last message that the relay showed to the hostile member. */
static bool overhear(void *user, client *c, bool to_client, base_buf *frame)
{
    scene *x = user;
    wire_frame f;
    if (to_client && c == x->evil && frame->n > 0 && frame->p[0] == WIRE_ENTRY) {
        OK(wire_frame_decode(base_buf_bytes(frame), &f));
        OK(base_buf_set(&x->overheard, f.u.entry.data));
    }
    return count_connects(user, c, to_client, frame);
}

static void somebody_s_message_said_again_does_not_silence_them(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    x.w.tap = overhear;
    world_say(x.alice, &x.group, "once");
    world_run(&x.w);
    hostile_deafen(x.evil);
    hostile_append(x.evil, &x.group, base_buf_bytes(&x.overheard));
    world_pass(&x.w, 2000);
    assert_false(world_has_alarm(x.alice, SOTTO_ALARM_COPY_FOUND));
    assert_true(world_has_alarm(x.alice, SOTTO_ALARM_REORDERED));
    assert_true(world_has_alarm(x.bob, SOTTO_ALARM_REORDERED));
    the_group_goes_on(&x);
    /* After a restart too. */
    world_restart(x.alice);
    x.connects = 0;
    hostile_append(x.evil, &x.group, base_buf_bytes(&x.overheard));
    world_pass(&x.w, 2000);
    assert_false(world_has_alarm(x.alice, SOTTO_ALARM_COPY_FOUND));
    base_buf_clear(&x.overheard);
    the_group_goes_on(&x);
    world_end(&x.w);
}

/* ---- proposals ---- */

static size_t kept(client *c, const sotto_room_id *room)
{
    return mls_group_proposal_count(hostile_room(c, room)->group);
}

static void propose(scene *x, uint32_t leaf, uint32_t salt)
{
    base_buf sealed = base_buf_on(NULL);
    hostile_remove(x->evil, &x->group, leaf, salt, &sealed);
    hostile_append(x->evil, &x->group, base_buf_bytes(&sealed));
    base_buf_clear(&sealed);
}

static uint32_t members(client *c, const sotto_room_id *room)
{
    sotto_room shown;
    OK(sotto_get_room(c->s, room, &shown));
    return shown.member_count;
}

static void a_proposal_to_remove_somebody_else_is_not_kept(void **state)
{
    (void)state;
    scene x;
    sotto_member m;
    scene_begin(&x);
    hostile_deafen(x.evil);
    propose(&x, hostile_leaf_of(x.evil, &x.group, &x.bob_me.id), 1);
    assert_int_equal(kept(x.alice, &x.group), 0);
    assert_int_equal(kept(x.bob, &x.group), 0);
    OK(sotto_get_member(x.alice->s, &x.group, &x.evil_me.id, &m));
    assert_int_equal(m.state, SOTTO_MEMBER_JOINED); /* it said nothing about itself */
    world_pass(&x.w, 30000);
    assert_int_equal(members(x.alice, &x.group), 3);
    the_group_goes_on(&x);
    world_end(&x.w);
}

/* Bob wants to leave, and somebody else is proposed for removal beside. */
static void a_true_leaver_is_not_lost_beside_a_false_one(void **state)
{
    (void)state;
    scene x;
    sotto_room shown;
    scene_begin(&x);
    OK(sotto_leave(x.bob->s, &x.group, x.w.now));
    world_run(&x.w);
    hostile_deafen(x.evil);
    propose(&x, hostile_leaf_of(x.evil, &x.group, &x.alice_me.id), 1);
    world_say(x.alice, &x.group, "farewell, Bob");
    world_pass(&x.w, 60000);
    OK(sotto_get_room(x.bob->s, &x.group, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_LEFT);
    assert_int_equal(members(x.alice, &x.group), 2);
    world_assert_no_alarm(x.alice);
    others_go_on(&x);
    world_end(&x.w);
}

static void a_leaver_that_says_so_all_the_time_is_out_in_time(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    hostile_deafen(x.evil);
    uint32_t leaf = hostile_leaf_of(x.evil, &x.group, &x.evil_me.id);
    for (uint32_t i = 0; i < 40 && members(x.alice, &x.group) == 3; i++) {
        propose(&x, leaf, i);
        assert_true(kept(x.alice, &x.group) <= 1);
        world_pass(&x.w, 100);
    }
    assert_int_equal(members(x.alice, &x.group), 2);
    assert_int_equal(members(x.bob, &x.group), 2);
    world_assert_no_alarm(x.alice);
    the_group_goes_on(&x);
    world_end(&x.w);
}

/* ---- commits that nobody can take ---- */

static void commit_with_list(scene *x, size_t devices)
{
    sotto *s = x->evil->s;
    base_buf list = base_buf_on(NULL);
    account_leaf leaf;
    mls_commit_out made;
    memset(&leaf, 0, sizeof leaf);
    memset(&made, 0, sizeof made);
    hostile_list(x->evil, devices, 2, &list);
    OK(account_leaf_make(s, &leaf));
    leaf.params.credential.body = base_buf_bytes(&list);
    mls_commit_params params = {.update = &leaf.params};
    hostile_commit(x->evil, &x->group, &params, &made);
    hostile_push_commit(x->evil, &x->group, &made, BASE_BYTES_NONE, BASE_BYTES_NONE);
    mls_commit_out_clear(&made);
    account_leaf_clear(&leaf);
    base_buf_clear(&list);
    world_pass(&x->w, 5000);
}

static void a_new_list_of_a_few_devices_is_taken(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    hostile_deafen(x.evil);
    commit_with_list(&x, 5);
    world_assert_no_alarm(x.bob);
    the_group_goes_on(&x);
    world_end(&x.w);
}

static void a_list_of_too_many_devices_stops_that_group_alone(void **state)
{
    (void)state;
    static const size_t sizes[] = {33, 300};
    for (size_t i = 0; i < 2; i++) {
        scene x;
        scene_begin(&x);
        hostile_deafen(x.evil);
        commit_with_list(&x, sizes[i]);
        assert_true(world_has_alarm(x.alice, SOTTO_ALARM_BAD_COMMIT));
        assert_true(world_has_alarm(x.bob, SOTTO_ALARM_BAD_COMMIT));
        others_go_on(&x);
        world_end(&x.w);
    }
}

/* ---- handles ---- */

typedef struct swapped {
    client *taker;
    base_buf packages[4]; /* what it is given instead, in this order */
    size_t given;
    size_t connects;
} swapped;

static bool swap_packages(void *user, client *c, bool to_client, base_buf *frame)
{
    swapped *p = user;
    wire_frame f;
    p->connects += !to_client && c == p->taker && frame->n > 0 && frame->p[0] == WIRE_HELLO;
    if (c == p->taker && to_client && frame->n > 0 && frame->p[0] == WIRE_TAKEN) {
        base_buf out = base_buf_on(NULL);
        OK(wire_frame_decode(base_buf_bytes(frame), &f));
        f.u.taken.package = base_buf_bytes(&p->packages[p->given++ % 4]);
        OK(wire_frame_encode(&f, &out));
        base_buf_move(frame, &out);
    }
    return true;
}

/* Two of them came with one cursor handle, which the relay takes for a broken frame. */
static void twins_with_one_handle_do_not_cut_off_who_adds_and_removes_them(void **state)
{
    (void)state;
    static const uint8_t handle[32] = {9, 9, 9};
    scene x;
    uint32_t op = 0;
    swapped p = {.connects = 0};
    scene_begin(&x);
    client *twin = world_person(&x.w, "Twin");
    sotto_me twin_me;
    (void)world_befriend(x.alice, twin);
    OK(sotto_get_me(twin->s, &twin_me));
    hostile_package(x.evil, handle, &p.packages[0]);
    hostile_package(twin, handle, &p.packages[1]);
    p.taker = x.alice;
    x.w.tap = swap_packages;
    x.w.tap_user = &p;
    const sotto_person_id both[] = {x.evil_me.id, twin_me.id};
    OK(sotto_create_group(x.alice->s, base_bytes_str("Twins"), both, 2, x.w.now, &op));
    world_pass(&x.w, 5000);
    assert_int_equal(p.given, 2);
    assert_int_equal(world_event(x.alice, SOTTO_EVENT_DONE).op, op);
    OK(world_event(x.alice, SOTTO_EVENT_DONE).result);
    sotto_room_id room = world_event(x.alice, SOTTO_EVENT_DONE).room;
    /* One goes, while the other keeps the handle; then the other. */
    OK(sotto_remove_member(x.alice->s, &room, &twin_me.id, x.w.now, &op));
    world_pass(&x.w, 5000);
    OK(world_event(x.alice, SOTTO_EVENT_DONE).result);
    OK(sotto_remove_member(x.alice->s, &room, &x.evil_me.id, x.w.now, &op));
    world_pass(&x.w, 5000);
    OK(world_event(x.alice, SOTTO_EVENT_DONE).result);
    assert_int_equal(members(x.alice, &room), 1);
    assert_int_equal(p.connects, 0);
    base_buf_clear(&p.packages[0]);
    base_buf_clear(&p.packages[1]);
    world_end(&x.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_that_expires_in_a_hundred_years_is_passed_over),
        cmocka_unit_test(content_that_names_another_sender_is_passed_over),
        cmocka_unit_test(somebody_s_message_said_again_does_not_silence_them),
        cmocka_unit_test(a_proposal_to_remove_somebody_else_is_not_kept),
        cmocka_unit_test(a_true_leaver_is_not_lost_beside_a_false_one),
        cmocka_unit_test(a_leaver_that_says_so_all_the_time_is_out_in_time),
        cmocka_unit_test(a_new_list_of_a_few_devices_is_taken),
        cmocka_unit_test(a_list_of_too_many_devices_stops_that_group_alone),
        cmocka_unit_test(twins_with_one_handle_do_not_cut_off_who_adds_and_removes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
