/* The id of a room's MLS group: it stands in clear in every entry that the relay keeps, so it is
 * random and of no other use. A member may choose it badly; then nobody else's keys suffer. And the
 * tag of a mail, which stands in clear too. */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seed = 31;

/* ---- what the relay sees ---- */

typedef struct seen {
    base_buf all; /* what came to the relay and went out from it */
    base_buf mail[8];
    size_t n_mail;
} seen;

static bool see(void *user, client *c, bool to_client, base_buf *frame)
{
    seen *x = user;
    wire_frame f;
    (void)c;
    OK(base_buf_append(&x->all, base_buf_bytes(frame)));
    if (!to_client && frame->p[0] == WIRE_BOX_DELIVER) {
        OK(wire_frame_decode(base_buf_bytes(frame), &f));
        assert_true(x->n_mail < 8);
        x->mail[x->n_mail] = base_buf_on(NULL);
        OK(base_buf_set(&x->mail[x->n_mail++], f.u.box_deliver.data));
    }
    return true;
}

static void seen_clear(seen *x)
{
    base_buf_clear(&x->all);
    for (size_t i = 0; i < x->n_mail; i++) {
        base_buf_clear(&x->mail[i]);
    }
}

static bool shows(const seen *x, base_bytes what)
{
    return memmem(x->all.p, x->all.n, what.p, what.n) != NULL;
}

static sotto_room_id group_with(client *a, client *b, const char *title)
{
    sotto_me me;
    uint32_t op = 0;
    OK(sotto_get_me(b->s, &me));
    OK(sotto_create_group(a->s, base_bytes_str(title), &me.id, 1, a->w->now, &op));
    world_pass(a->w, 2000);
    OK(world_event(a, SOTTO_EVENT_DONE).result);
    return world_event(a, SOTTO_EVENT_DONE).room;
}

static void the_relay_sees_groups_and_no_room(void **state)
{
    (void)state;
    world w;
    seen x = {.all = base_buf_on(NULL)};
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    w.tap = see;
    w.tap_user = &x;
    sotto_room_id rooms[2] = {world_befriend(alice, bob), group_with(alice, bob, "Group")};
    for (size_t i = 0; i < 2; i++) {
        world_say(alice, &rooms[i], "hello");
        world_say(bob, &rooms[i], "hello yourself");
        world_pass(&w, 2000);
        const room_row *row = &hostile_room(alice, &rooms[i])->row;
        assert_int_equal(row->group_n, SOTTO_GROUP_ID_SIZE);
        assert_memory_equal(row->group, hostile_room(bob, &rooms[i])->row.group, row->group_n);
        assert_true(shows(&x, room_group_id(row))); /* so the search finds what is there */
        assert_true(shows(&x, base_bytes_of(row->log, sizeof row->log)));
        assert_false(shows(&x, room_bytes(&rooms[i])));
        assert_null(memmem(row->group, row->group_n, rooms[i].b, sizeof rooms[i].b));
    }
    assert_memory_not_equal(hostile_room(alice, &rooms[0])->row.group,
                            hostile_room(alice, &rooms[1])->row.group, SOTTO_GROUP_ID_SIZE);
    seen_clear(&x);
    world_end(&w);
}

/* Of all that the relay keeps, the head of a mail is the only part that somebody chose for its
 * reader: it tells the reader alone to which package it is. */
static void the_head_of_a_mail_is_new_in_each_mail_to_one_package(void **state)
{
    (void)state;
    world w;
    seen x = {.all = base_buf_on(NULL)};
    hostile_target at;
    sotto_me me;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    client *evil = world_person(&w, "Evil");
    hostile_take(evil, bob, &at);
    w.tap = see;
    w.tap_user = &x;
    for (uint8_t i = 0; i < 3; i++) {
        at.join.room[0] = i;
        hostile_invite(evil, &at);
    }
    OK(sotto_get_me(bob->s, &me));
    assert_int_equal(me.requests, 3); /* he finds the package each time */
    assert_int_equal(x.n_mail, 3);
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(x.mail[i].p, x.mail[k].p, SOTTO_MAIL_TAG_SIZE);
        }
    }
    assert_false(shows(&x, base_bytes_of(at.to.hint, sizeof at.to.hint)));
    seen_clear(&x);
    hostile_target_clear(&at);
    world_end(&w);
}

static bool turn_a_bit_of_the_tag(void *user, client *c, bool to_client, base_buf *frame)
{
    wire_frame f;
    (void)user;
    (void)c;
    if (to_client && frame->p[0] == WIRE_MAIL) {
        OK(wire_frame_decode(base_buf_bytes(frame), &f));
        frame->p[f.u.mail.data.p - frame->p + 3] ^= 1;
    }
    return true;
}

static void mail_to_no_package_of_ours_is_dropped(void **state)
{
    (void)state;
    world w;
    hostile_target at;
    sotto_me me;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    client *evil = world_person(&w, "Evil");
    hostile_take(evil, bob, &at);
    w.tap = turn_a_bit_of_the_tag;
    hostile_invite(evil, &at);
    OK(sotto_get_me(bob->s, &me));
    assert_int_equal(me.requests, 0);
    w.tap = NULL;
    hostile_invite(evil, &at);
    OK(sotto_get_me(bob->s, &me));
    assert_int_equal(me.requests, 1);
    hostile_target_clear(&at);
    world_end(&w);
}

/* ---- a group id of choice ---- */

typedef struct scene {
    world w;
    client *alice;
    client *bob;
    client *evil;
    sotto_room_id room; /* alice and bob */
} scene;

static void scene_begin(scene *x)
{
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->evil = world_person(&x->w, "Evil");
    x->room = world_befriend(x->alice, x->bob);
}

static sotto_room_state state_of(client *c, const sotto_room_id *room)
{
    sotto_room shown;
    OK(sotto_get_room(c->s, room, &shown));
    return shown.state;
}

/* Evil asks Bob into a room whose group has the id of another, and Bob accepts. */
static sotto_room_id squat(scene *x, const room_row *of)
{
    sotto_me me;
    uint32_t op = 0;
    OK(sotto_get_me(x->bob->s, &me));
    hostile_group_id(x->evil, of->group);
    OK(sotto_add_contact(x->evil->s, base_bytes_str(me.link), BASE_BYTES_NONE, x->w.now, &op));
    world_pass(&x->w, 2000);
    OK(world_event(x->evil, SOTTO_EVENT_DONE).result);
    sotto_room_id room = world_event(x->evil, SOTTO_EVENT_DONE).room;
    assert_memory_equal(hostile_room(x->evil, &room)->row.group, of->group, SOTTO_GROUP_ID_SIZE);
    OK(sotto_accept(x->bob->s, &room, x->w.now));
    world_pass(&x->w, 2000);
    return room;
}

static void talk_goes_on(scene *x, client *a, client *b, const sotto_room_id *room)
{
    size_t before = world_count(a, room);
    world_say(a, room, "still here?");
    world_say(b, room, "still here.");
    world_pass(&x->w, 2000);
    assert_int_equal(world_count(a, room), before + 2);
    world_assert_same(a, b, room);
}

static void a_group_that_another_room_has_is_not_joined(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    const room_row of = hostile_room(x.bob, &x.room)->row;
    sotto_room_id other = squat(&x, &of);
    assert_int_equal(state_of(x.bob, &other), SOTTO_ROOM_REMOVED);
    assert_true(world_has_alarm(x.bob, SOTTO_ALARM_STUCK)); /* he is told */
    assert_int_equal(state_of(x.bob, &x.room), SOTTO_ROOM_OPEN);
    talk_goes_on(&x, x.alice, x.bob, &x.room);
    world_restart(x.bob);
    talk_goes_on(&x, x.bob, x.alice, &x.room);
    world_end(&x.w);
}

/* A store that lost a room's keys still has the room. */
static void a_group_whose_keys_are_lost_is_not_free(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    const room_row of = hostile_room(x.bob, &x.room)->row;
    store_q q = store_query(x.bob->s->store, "DELETE FROM mls WHERE instr(key, ?) > 0");
    store_bind_bytes(&q, room_group_id(&of));
    OK(store_run(&q));
    sotto_room_id other = squat(&x, &of);
    assert_int_equal(state_of(x.bob, &other), SOTTO_ROOM_REMOVED);
    assert_int_equal(hostile_room_row(x.bob, &other).group_n, 0);
    assert_memory_equal(hostile_room_row(x.bob, &x.room).group, of.group, of.group_n);
    world_end(&x.w);
}

/* A room that is over has no group, and a room that took its id keeps it. */
static void a_room_of_before_has_no_say_over_a_group_of_its_old_id(void **state)
{
    (void)state;
    scene x;
    sotto_me me;
    uint32_t op = 0;
    scene_begin(&x);
    sotto_room_id group = group_with(x.alice, x.bob, "Group");
    room_row of = hostile_room(x.bob, &group)->row;
    OK(sotto_get_me(x.bob->s, &me));
    OK(sotto_remove_member(x.alice->s, &group, &me.id, x.w.now, &op));
    world_pass(&x.w, 2000);
    assert_int_equal(state_of(x.bob, &group), SOTTO_ROOM_REMOVED);
    sotto_room_id other = squat(&x, &of);
    assert_int_equal(state_of(x.bob, &other), SOTTO_ROOM_OPEN);
    talk_goes_on(&x, x.evil, x.bob, &other);
    /* Asked back to a group whose id is in use, he cannot come; nobody's keys are lost. */
    OK(sotto_add_members(x.alice->s, &group, &me.id, 1, x.w.now, &op));
    world_pass(&x.w, 2000);
    OK(world_event(x.alice, SOTTO_EVENT_DONE).result);
    assert_int_equal(state_of(x.bob, &group), SOTTO_ROOM_REMOVED);
    talk_goes_on(&x, x.bob, x.evil, &other);
    world_restart(x.bob);
    talk_goes_on(&x, x.evil, x.bob, &other);
    talk_goes_on(&x, x.alice, x.bob, &x.room);
    world_end(&x.w);
}

/* The neighbour: without a squatter he is back, in the same group. */
static void who_was_removed_and_is_asked_back_has_the_group_again(void **state)
{
    (void)state;
    scene x;
    sotto_me me;
    uint32_t op = 0;
    scene_begin(&x);
    sotto_room_id group = group_with(x.alice, x.bob, "Group");
    OK(sotto_get_me(x.bob->s, &me));
    OK(sotto_remove_member(x.alice->s, &group, &me.id, x.w.now, &op));
    world_pass(&x.w, 2000);
    assert_int_equal(hostile_room(x.alice, &group)->row.group_n, SOTTO_GROUP_ID_SIZE);
    OK(sotto_add_members(x.alice->s, &group, &me.id, 1, x.w.now, &op));
    world_pass(&x.w, 2000);
    assert_int_equal(state_of(x.bob, &group), SOTTO_ROOM_OPEN);
    assert_memory_equal(hostile_room(x.bob, &group)->row.group,
                        hostile_room(x.alice, &group)->row.group, SOTTO_GROUP_ID_SIZE);
    talk_goes_on(&x, x.bob, x.alice, &group);
    world_end(&x.w);
}

/* ---- a Welcome to another room ---- */

/* The Welcome tells the room's id to its members alone; what the mail calls it has to be that. */
static void a_welcome_is_good_for_its_own_room_alone(void **state)
{
    (void)state;
    for (int replay = 1; replay >= 0; replay--) {
        scene x;
        hostile_target at;
        sotto_room_id named;
        scene_begin(&x);
        hostile_take(x.evil, x.bob, &at);
        at.join.room[5] ^= (uint8_t)replay;
        memcpy(named.b, at.join.room, sizeof named.b);
        hostile_invite(x.evil, &at);
        OK(sotto_accept(x.bob->s, &named, x.w.now));
        world_pass(&x.w, 2000);
        assert_int_equal(state_of(x.bob, &named), replay ? SOTTO_ROOM_REMOVED : SOTTO_ROOM_OPEN);
        assert_int_equal(hostile_room_row(x.bob, &named).group_n, replay ? 0 : SOTTO_GROUP_ID_SIZE);
        assert_int_equal(world_has_alarm(x.bob, SOTTO_ALARM_STUCK), replay);
        talk_goes_on(&x, x.alice, x.bob, &x.room);
        hostile_target_clear(&at);
        world_end(&x.w);
    }
}

/* ---- other sizes ---- */

static base_err judge_group_of(client *evil, const sotto_room_id *room, size_t n)
{
    static const uint8_t id[64] = {9};
    sotto *s = evil->s;
    account_leaf leaf;
    sotto_room_ext ext;
    mls_group *made = NULL;
    memset(&leaf, 0, sizeof leaf);
    OK(account_leaf_make(s, &leaf));
    OK(mls_group_create(s->mls, base_bytes_of(id, n), &leaf.params,
                        mls_group_extensions(hostile_room(evil, room)->group), evil->w->now / 1000,
                        &made));
    base_err err = rules_check_group(s, made, &ext);
    OK(mls_group_delete(made));
    mls_group_free(made);
    account_leaf_clear(&leaf);
    return err;
}

static void a_group_id_has_one_size(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    OK(judge_group_of(x.alice, &x.room, SOTTO_GROUP_ID_SIZE));
    assert_int_equal(judge_group_of(x.alice, &x.room, SOTTO_GROUP_ID_SIZE - 1), SOTTO_E_RULES);
    assert_int_equal(judge_group_of(x.alice, &x.room, SOTTO_GROUP_ID_SIZE + 1), SOTTO_E_RULES);
    assert_int_equal(judge_group_of(x.alice, &x.room, SOTTO_ROOM_BYTES), SOTTO_E_RULES);
    world_end(&x.w);
}

/* ---- stores of before ---- */

/* Alice's store as the version before made it: the group's id is the room's. */
static void as_of_version_2(client *c, const sotto_room_id *room)
{
    sotto *s = c->s;
    account_leaf leaf;
    mls_group *old = NULL;
    memset(&leaf, 0, sizeof leaf);
    OK(account_leaf_make(s, &leaf));
    OK(mls_group_create(s->mls, room_bytes(room), &leaf.params,
                        mls_group_extensions(hostile_room(c, room)->group), c->w->now / 1000,
                        &old));
    mls_group_free(old);
    account_leaf_clear(&leaf);
    OK(store_script(s->store, "DROP INDEX room_group; ALTER TABLE room DROP COLUMN mls_group;"
                              "DROP INDEX IF EXISTS message_waiting;"
                              "DROP INDEX IF EXISTS message_theirs;"
                              "DELETE FROM account WHERE name = 'shelf filled';"
                              "PRAGMA user_version = 2;"));
}

static void a_room_of_before_keeps_its_group_and_takes_no_new_people(void **state)
{
    (void)state;
    scene x;
    sotto_me me;
    uint32_t op = 0;
    scene_begin(&x);
    (void)world_befriend(x.alice, x.evil);
    sotto_room_id group = group_with(x.alice, x.bob, "Group");
    sotto_room_id over = group_with(x.alice, x.bob, "Over");
    OK(sotto_get_me(x.bob->s, &me));
    OK(sotto_remove_member(x.alice->s, &over, &me.id, x.w.now, &op));
    world_pass(&x.w, 2000);
    OK(sotto_leave(x.alice->s, &over, x.w.now));
    assert_int_equal(state_of(x.alice, &over), SOTTO_ROOM_LEFT);
    world_offline(x.alice);
    as_of_version_2(x.alice, &group);
    world_restart(x.alice);
    room_live *r = hostile_room(x.alice, &group);
    assert_int_equal(r->row.group_n, SOTTO_ROOM_BYTES);
    assert_memory_equal(r->row.group, group.b, sizeof group.b);
    assert_int_equal(hostile_room_row(x.alice, &over).group_n, 0);
    OK(sotto_get_me(x.evil->s, &me));
    assert_int_equal(sotto_add_members(x.alice->s, &group, &me.id, 1, x.w.now, &op),
                     SOTTO_E_NOT_ALLOWED);
    world_end(&x.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_relay_sees_groups_and_no_room),
        cmocka_unit_test(the_head_of_a_mail_is_new_in_each_mail_to_one_package),
        cmocka_unit_test(mail_to_no_package_of_ours_is_dropped),
        cmocka_unit_test(a_group_that_another_room_has_is_not_joined),
        cmocka_unit_test(a_group_whose_keys_are_lost_is_not_free),
        cmocka_unit_test(a_room_of_before_has_no_say_over_a_group_of_its_old_id),
        cmocka_unit_test(who_was_removed_and_is_asked_back_has_the_group_again),
        cmocka_unit_test(a_welcome_is_good_for_its_own_room_alone),
        cmocka_unit_test(a_group_id_has_one_size),
        cmocka_unit_test(a_room_of_before_keeps_its_group_and_takes_no_new_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
