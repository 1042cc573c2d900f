/* What a message costs does not depend on how many there are: counted in steps of the store's
 * machine, which are the same on every computer. */
#include "world.h"

#include <string.h>

#include "sotto/core.h"

static const uint64_t seed = 31;

/* As if n messages of either side had been said in the room, none of them read. */
static void long_history(client *c, int64_t n)
{
    store_q q = store_query(
        c->s->store,
        "WITH RECURSIVE more(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM more WHERE i < ?)"
        " INSERT INTO message (room, id, ord, seq, sender, mine, time, state, client_id, text,"
        " notice, who, failure)"
        " SELECT room, randomblob(32), ord + i, seq, sender, i % 2, time, state, NULL, text,"
        " notice, who, failure FROM more, (SELECT * FROM message WHERE notice = 0"
        " ORDER BY ord DESC LIMIT 1)");
    store_bind_int(&q, n);
    OK(store_run(&q));
}

static bool first_only(void *user, const sotto_message *m)
{
    (void)user;
    (void)m;
    return false;
}

/* What a page asks when something came. */
static void look(client *c, const sotto_room_id *id)
{
    sotto_room room;
    sotto_me me;
    OK(sotto_get_room(c->s, id, &room));
    OK(sotto_get_me(c->s, &me));
    OK(sotto_list_messages(c->s, id, 0, 1, first_only, NULL));
    OK(sotto_list_waiting(c->s, id, 1, first_only, NULL));
}

/* The steps of one message at both ends, its receipt and what pages ask. */
static int64_t cost(client *from, client *to, const sotto_room_id *room)
{
    int64_t before = store_steps(from->s->store) + store_steps(to->s->store);
    world_say(from, room, "one more");
    world_pass(from->w, 3000);
    look(from, room);
    look(to, room);
    return store_steps(from->s->store) + store_steps(to->s->store) - before;
}

static void a_message_costs_the_same_after_many(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    sotto_room_id room = world_befriend(alice, bob);
    (void)cost(alice, bob, &room);
    long_history(alice, 2000);
    long_history(bob, 2000);
    int64_t few = cost(alice, bob, &room);
    long_history(alice, 30000);
    long_history(bob, 30000);
    int64_t many = cost(alice, bob, &room);
    assert_true(few > 0);
    assert_in_range(many, 0, few + few / 10);
    world_end(&w);
}

static void more_unread_than_are_counted_are_told_as_that_many(void **state)
{
    (void)state;
    world w;
    sotto_room shown;
    world_begin(&w, seed);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    sotto_room_id room = world_befriend(alice, bob);
    world_say(alice, &room, "hello");
    world_pass(&w, 1000);
    OK(sotto_get_room(bob->s, &room, &shown));
    assert_int_equal(shown.unread, 1);
    long_history(bob, 2 * SOTTO_UNREAD_MAX + 10);
    OK(sotto_get_room(bob->s, &room, &shown));
    assert_int_equal(shown.unread, SOTTO_UNREAD_MAX);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_costs_the_same_after_many),
        cmocka_unit_test(more_unread_than_are_counted_are_told_as_that_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
