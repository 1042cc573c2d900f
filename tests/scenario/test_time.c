/* What months do to a client: what has to be renewed is, what is no longer needed goes, and nothing
 * grows for ever. */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seed = 23;

static int64_t count(client *c, const char *sql)
{
    int64_t n = -1;
    store_q q = store_query(c->s->store, sql);
    if (store_row(&q)) {
        n = store_int(&q, 0);
    }
    OK(store_end(&q));
    return n;
}

#define PACKAGE_KEYS "SELECT count(*) FROM mls WHERE substr(key, 1, 2) = x'6b2f'" /* k/ */
#define GROUP_KEYS "SELECT count(*) FROM mls WHERE substr(key, 1, 2) = x'672f'"   /* g/ */
#define PACKAGES "SELECT count(*) FROM package"
#define DOORS "SELECT count(*) FROM door"

/* Somebody new adds this client by its link, and they talk. */
static void somebody_adds(client *c)
{
    world *w = c->w;
    client *fresh = world_person(w, "Somebody");
    sotto_room_id room = world_befriend(fresh, c);
    world_say(fresh, &room, "hello");
    world_pass(w, 2000);
    assert_string_equal(world_talk(c, &room), "Somebody: hello\n");
}

static void a_link_works_after_half_a_year_of_quiet(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    for (int i = 0; i < 6; i++) {
        world_days(&w, 30);
        assert_true(count(bob, PACKAGES) < 60);
        assert_int_equal(count(bob, PACKAGE_KEYS), count(bob, PACKAGES));
        assert_true(count(bob, DOORS) < 80);
    }
    somebody_adds(bob);
    world_assert_no_alarm(bob);
    world_end(&w);
}

static void a_last_resort_is_renewed_and_the_old_one_erased(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    world_days(&w, 60);
    int64_t day = (int64_t)(w.now / 86400000);
    assert_true(day - count(bob, "SELECT max(day) FROM package WHERE last = 1") <= 8);
    assert_true(day - count(bob, "SELECT min(day) FROM package WHERE last = 1") <= 38);
    assert_int_equal(count(bob, PACKAGE_KEYS), count(bob, PACKAGES));
    world_end(&w);
}

static void a_mailbox_that_went_is_made_again(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    client *alice = world_person(&w, "Alice");
    sotto_room_id room = world_befriend(alice, bob);
    world_offline(bob);
    world_days(&w, 200);
    world_online(bob);
    world_pass(&w, 120000);
    somebody_adds(bob);
    (void)room;
    world_end(&w);
}

static void a_drained_shelf_fills_neither_the_disk_nor_the_doors(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    client *evil = world_person(&w, "Evil");
    OK(sotto_get_me(bob->s, &me));
    for (int i = 0; i < 700; i++) {
        /* A package is taken, and the connection, whose end makes Bob look at his shelf, breaks. */
        OK(sotto_add_contact(evil->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
        world_run(&w);
        sotto_room_id made = world_event(evil, SOTTO_EVENT_DONE).room;
        OK(core_begin(evil->s, w.now));
        OK(core_end(evil->s, room_abandon(evil->s, &made)));
        if (i % 3 == 2) {
            world_offline(bob);
            world_online(bob);
        }
        if (i % 16 == 15) {
            world_pass(&w, 600000); /* so many packages leave a shelf in ten minutes */
        }
    }
    world_pass(&w, 60000);
    assert_true(count(bob, "SELECT max(batch) FROM package") > 50);
    assert_true(count(bob, PACKAGES) <= 300);
    assert_int_equal(count(bob, PACKAGE_KEYS), count(bob, PACKAGES));
    assert_true(count(bob, DOORS) <= 320);
    somebody_adds(bob);
    world_end(&w);
}

static void a_declined_request_leaves_no_key_person_or_relay(void **state)
{
    (void)state;
    world w;
    sotto_me me;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    client *carol = world_person(&w, "Carol");
    world_pass(&w, 2000);
    int64_t packages = count(bob, PACKAGES);
    int64_t doors = count(bob, DOORS);
    OK(sotto_get_me(bob->s, &me));
    OK(sotto_add_contact(carol->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 2000);
    assert_int_equal(count(bob, "SELECT count(*) FROM room"), 1);
    sotto_room_id room = world_event(bob, SOTTO_EVENT_ROOM).room;
    OK(sotto_decline(bob->s, &room, false, w.now));
    world_pass(&w, 2000);
    assert_int_equal(count(bob, "SELECT count(*) FROM room"), 0);
    assert_int_equal(count(bob, "SELECT count(*) FROM person"), 0);
    assert_int_equal(count(bob, PACKAGES), packages - 1);
    assert_int_equal(count(bob, PACKAGE_KEYS), packages - 1);
    assert_int_equal(count(bob, DOORS), doors - 1);
    world_end(&w);
}

static void who_left_has_no_keys_of_the_group(void **state)
{
    (void)state;
    world w;
    uint32_t op = 0;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    sotto_me me;
    (void)world_befriend(alice, bob);
    OK(sotto_get_me(bob->s, &me));
    int64_t alice_has = count(alice, GROUP_KEYS);
    int64_t bob_has = count(bob, GROUP_KEYS);
    OK(sotto_create_group(alice->s, base_bytes_str("Group"), &me.id, 1, w.now, &op));
    world_pass(&w, 2000);
    sotto_room_id room = world_event(alice, SOTTO_EVENT_DONE).room;
    assert_true(count(bob, GROUP_KEYS) > bob_has);
    OK(sotto_leave(bob->s, &room, w.now));
    world_pass(&w, 60000);
    assert_int_equal(count(bob, GROUP_KEYS), bob_has);
    OK(sotto_leave(alice->s, &room, w.now)); /* alone: at once */
    assert_int_equal(count(alice, GROUP_KEYS), alice_has);
    world_restart(alice);
    world_restart(bob);
    world_assert_no_alarm(alice);
    world_assert_no_alarm(bob);
    world_end(&w);
}

static void old_hashes_and_sessions_go(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *bob = world_person(&w, "Bob");
    OK(sotto_session_put(bob->s, base_bytes_str("a secret of a page"), w.now));
    somebody_adds(bob);
    assert_true(count(bob, "SELECT count(*) FROM seen") > 0);
    world_days(&w, 31);
    assert_int_equal(count(bob, "SELECT count(*) FROM session"), 0);
    for (uint32_t i = 0; i < w.n_clients; i++) {
        world_offline(&w.clients[i]);
    }
    w.now += (uint64_t)400 * 86400000;
    OK(sotto_tick(bob->s, w.now));
    assert_int_equal(count(bob, "SELECT count(*) FROM seen"), 0);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_works_after_half_a_year_of_quiet),
        cmocka_unit_test(a_last_resort_is_renewed_and_the_old_one_erased),
        cmocka_unit_test(a_mailbox_that_went_is_made_again),
        cmocka_unit_test(a_drained_shelf_fills_neither_the_disk_nor_the_doors),
        cmocka_unit_test(a_declined_request_leaves_no_key_person_or_relay),
        cmocka_unit_test(who_left_has_no_keys_of_the_group),
        cmocka_unit_test(old_hashes_and_sessions_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
