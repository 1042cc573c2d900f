/* Who is in a room, as its members see it: coming back, leaving together, admins. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/frame.h"

static uint64_t seed = 3;

typedef struct scene {
    world w;
    client *alice;
    client *bob;
    client *carol;
    sotto_me alice_me;
    sotto_me bob_me;
    sotto_me carol_me;
    sotto_room_id group;
} scene;

/* A group of Alice, who made it, and Bob; Carol is a friend of Alice. */
static void scene_begin(scene *x)
{
    uint32_t op = 0;
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->carol = world_person(&x->w, "Carol");
    (void)world_befriend(x->alice, x->bob);
    (void)world_befriend(x->alice, x->carol);
    OK(sotto_get_me(x->alice->s, &x->alice_me));
    OK(sotto_get_me(x->bob->s, &x->bob_me));
    OK(sotto_get_me(x->carol->s, &x->carol_me));
    OK(sotto_create_group(x->alice->s, base_bytes_str("Group"), &x->bob_me.id, 1, x->w.now, &op));
    world_pass(&x->w, 2000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
    x->group = world_event(x->alice, SOTTO_EVENT_DONE).room;
}

static void add_carol(scene *x)
{
    uint32_t op = 0;
    OK(sotto_add_members(x->alice->s, &x->group, &x->carol_me.id, 1, x->w.now, &op));
    world_pass(&x->w, 2000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
}

static void remove_person(scene *x, const sotto_me *who)
{
    uint32_t op = 0;
    OK(sotto_remove_member(x->alice->s, &x->group, &who->id, x->w.now, &op));
    world_pass(&x->w, 2000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
}

static void say(scene *x, client *c, const char *text)
{
    world_say(c, &x->group, text);
    world_pass(&x->w, 1000);
}

static uint32_t members(client *c, const sotto_room_id *room)
{
    sotto_room shown;
    OK(sotto_get_room(c->s, room, &shown));
    return shown.member_count;
}

static void who_comes_back_is_not_told_that_messages_were_kept_back(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    add_carol(&x);
    say(&x, x.alice, "with Carol");
    remove_person(&x, &x.carol_me);
    say(&x, x.alice, "without her");
    add_carol(&x);
    say(&x, x.alice, "with her again");
    assert_string_equal(world_talk(x.carol, &x.group),
                        "Alice: with Carol\nAlice: with her again\n");
    world_assert_no_alarm(x.carol);
    world_end(&x.w);
}

static void who_comes_back_sees_who_is_there_now(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    add_carol(&x);
    say(&x, x.bob, "I shall go soon");
    assert_int_equal(members(x.carol, &x.group), 3);
    remove_person(&x, &x.carol_me);
    remove_person(&x, &x.bob_me);
    add_carol(&x);
    assert_int_equal(members(x.carol, &x.group), 2);
    sotto_member m;
    OK(sotto_get_member(x.carol->s, &x.group, &x.bob_me.id, &m));
    assert_int_equal(m.state, SOTTO_MEMBER_GONE);
    OK(sotto_get_member(x.carol->s, &x.group, &x.alice_me.id, &m));
    assert_int_equal(m.state, SOTTO_MEMBER_JOINED);
    world_end(&x.w);
}

/* ---- leaving ---- */

static sotto_room_state state_of(client *c, const sotto_room_id *room)
{
    sotto_room shown;
    OK(sotto_get_room(c->s, room, &shown));
    return shown.state;
}

static void two_may_leave_at_once(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    add_carol(&x);
    OK(sotto_leave(x.bob->s, &x.group, x.w.now));
    OK(sotto_leave(x.carol->s, &x.group, x.w.now));
    world_pass(&x.w, 60000);
    assert_int_equal(state_of(x.bob, &x.group), SOTTO_ROOM_LEFT);
    assert_int_equal(state_of(x.carol, &x.group), SOTTO_ROOM_LEFT);
    assert_int_equal(members(x.alice, &x.group), 1);
    world_assert_no_alarm(x.alice);
    world_end(&x.w);
}

static void the_last_two_may_leave_at_once(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    OK(sotto_leave(x.alice->s, &x.group, x.w.now));
    OK(sotto_leave(x.bob->s, &x.group, x.w.now));
    world_pass(&x.w, 60000);
    assert_int_equal(state_of(x.alice, &x.group), SOTTO_ROOM_LEFT);
    assert_int_equal(state_of(x.bob, &x.group), SOTTO_ROOM_LEFT);
    world_assert_no_alarm(x.alice);
    world_assert_no_alarm(x.bob);
    world_end(&x.w);
}

static bool count_commits(void *user, client *c, bool to_client, base_buf *frame)
{
    (void)c;
    *(size_t *)user += !to_client && frame->n > 0 && frame->p[0] == WIRE_COMMIT;
    return true;
}

static void a_leaver_whom_nobody_hears_waits_quietly(void **state)
{
    (void)state;
    scene x;
    size_t commits = 0;
    scene_begin(&x);
    world_offline(x.alice);
    x.w.tap = count_commits;
    x.w.tap_user = &commits;
    OK(sotto_leave(x.bob->s, &x.group, x.w.now));
    world_pass(&x.w, 600000);
    assert_int_equal(commits, 0);
    world_online(x.alice);
    world_pass(&x.w, 30000);
    assert_int_equal(state_of(x.bob, &x.group), SOTTO_ROOM_LEFT);
    world_end(&x.w);
}

static void a_leaver_is_taken_out_by_who_started_again_meanwhile(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    OK(sotto_leave(x.bob->s, &x.group, x.w.now));
    world_run(&x.w);
    assert_int_equal(members(x.alice, &x.group), 2);
    world_restart(x.alice);
    world_pass(&x.w, 60000);
    assert_int_equal(state_of(x.bob, &x.group), SOTTO_ROOM_LEFT);
    assert_int_equal(members(x.alice, &x.group), 1);
    world_assert_no_alarm(x.alice);
    world_end(&x.w);
}

int main(void)
{
    const char *given = getenv("SOTTO_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : seed;
    printf("# seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_back_is_not_told_that_messages_were_kept_back),
        cmocka_unit_test(who_comes_back_sees_who_is_there_now),
        cmocka_unit_test(two_may_leave_at_once),
        cmocka_unit_test(the_last_two_may_leave_at_once),
        cmocka_unit_test(a_leaver_whom_nobody_hears_waits_quietly),
        cmocka_unit_test(a_leaver_is_taken_out_by_who_started_again_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
