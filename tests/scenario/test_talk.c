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

int main(void)
{
    const char *given = getenv("SOTTO_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    printf("# seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_people_talk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
