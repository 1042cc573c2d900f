/* A client whose memory, randomness or disk fails at the nth request, for every n that it makes in
 * a step: the call fails or the connection goes, and afterwards all is as if nothing had been: each
 * message once, in order, nobody lost, nothing leaked. */
#include "../scenario/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "fault_vfs.h"
#include "sotto/core.h"
#include "wire/frame.h"

static const uint64_t seed = 11;

typedef enum fault_kind { MEMORY, RANDOM, WRITE, SYNC, READ, LOCK, STORE_MEMORY, KINDS } fault_kind;
static const char *const kind_names[] = {"memory", "randomness", "write",           "sync",
                                         "read",   "lock",       "memory of SQLite"};

static void arm(client *c, fault_kind kind, size_t n)
{
    static const fault_vfs_kind of[] = {[WRITE] = FAULT_VFS_WRITE,
                                        [SYNC] = FAULT_VFS_SYNC,
                                        [READ] = FAULT_VFS_READ,
                                        [LOCK] = FAULT_VFS_LOCK,
                                        [STORE_MEMORY] = FAULT_VFS_MEMORY};
    for (size_t i = 0; i < c->w->n_clients; i++) {
        c->w->clients[i].may_fail = true; /* SQLite's memory is everybody's */
    }
    switch (kind) {
    case MEMORY:
        fake_alloc_reset(&c->alloc, n);
        break;
    case RANDOM:
        c->random.calls = 0;
        c->random.fail_at = n;
        break;
    default:
        fault_vfs_arm(c->folder, of[kind], n, 0);
        break;
    }
}

/* Whether the request that was to fail was made. */
static bool disarm(client *c, fault_kind kind)
{
    bool fired = kind == MEMORY   ? fake_alloc_refused(&c->alloc)
                 : kind == RANDOM ? c->random.calls >= c->random.fail_at
                                  : fault_vfs_fired();
    fake_alloc_reset(&c->alloc, 0);
    c->random.fail_at = 0;
    fault_vfs_disarm();
    return fired;
}

static void all_is_well(world *w)
{
    for (size_t i = 0; i < w->n_clients; i++) {
        w->clients[i].may_fail = false;
    }
}

/* Every request of the first, fewer and fewer the more there are. */
static size_t after(size_t n)
{
    return n < 64 ? n + 1 : n + n / 8;
}

typedef struct scene {
    world w;
    client *alice;
    client *bob;
    client *carol;
    sotto_me bob_me;
    sotto_me carol_me;
    sotto_room_id room; /* alice and bob */
    sotto_room_id group;
    size_t said;
    size_t round;
    size_t events; /* of alice, before she asked */
    bool taken;    /* what she asked for */
    base_err expected;
} scene;

static void scene_begin(scene *x)
{
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->room = world_befriend(x->alice, x->bob);
    OK(sotto_get_me(x->bob->s, &x->bob_me));
}

static void scene_group(scene *x)
{
    uint32_t op = 0;
    x->carol = world_person(&x->w, "Carol");
    (void)world_befriend(x->alice, x->carol);
    OK(sotto_get_me(x->carol->s, &x->carol_me));
    OK(sotto_create_group(x->alice->s, base_bytes_str("Group"), &x->bob_me.id, 1, x->w.now, &op));
    world_pass(&x->w, 2000);
    x->group = world_event(x->alice, SOTTO_EVENT_DONE).room;
}

/* A step, once for each request that may fail. The victim fails in `act`; `check` follows when all
 * had time to recover. */
static void sweep(scene *x, client *victim, void (*act)(scene *, fault_kind, size_t),
                  void (*check)(scene *))
{
    for (fault_kind kind = MEMORY; kind < KINDS; kind++) {
        bool fired = true;
        size_t n = 1;
        size_t runs = 0;
        for (; fired; n = after(n)) {
            x->round++;
            runs++;
            arm(victim, kind, n);
            act(x, kind, n);
            fired = disarm(victim, kind);
            world_pass(&x->w, 70000);
            all_is_well(&x->w);
            check(x);
        }
        printf("# %s: %zu runs, up to request %zu\n", kind_names[kind], runs, n);
    }
}

/* ---- messages ---- */

static void say_with(scene *x, client *c)
{
    char text[32];
    int64_t number = 0;
    (void)snprintf(text, sizeof text, "%zu", x->said++);
    base_bytes id = base_bytes_str(text);
    for (int tries = 0; tries < 20; tries++) {
        base_err err = sotto_send_text(c->s, &x->room, base_bytes_str(text), id, x->w.now, &number);
        if (err == BASE_OK) {
            return;
        }
        world_check(c, err);
    }
    fail();
}

static void alice_says(scene *x, fault_kind kind, size_t n)
{
    (void)kind;
    (void)n;
    say_with(x, x->alice);
    world_pass(&x->w, 3000);
}

static void alice_says_to_bob(scene *x, fault_kind kind, size_t n)
{
    (void)kind;
    (void)n;
    say_with(x, x->alice);
    world_pass(&x->w, 3000);
}

static void all_is_said_once(scene *x)
{
    assert_int_equal(world_count(x->alice, &x->room), x->said);
    world_assert_same(x->alice, x->bob, &x->room);
    world_assert_no_alarm(x->alice);
    world_assert_no_alarm(x->bob);
}

static void a_sender_that_fails_anywhere_says_it_once(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    sweep(&x, x.alice, alice_says, all_is_said_once);
    world_end(&x.w);
}

static void a_reader_that_fails_anywhere_reads_it_once(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    sweep(&x, x.bob, alice_says_to_bob, all_is_said_once);
    world_end(&x.w);
}

/* Everything begins again: the connection, HELLO, FOLLOW, mailbox. */
static void bob_comes_back(scene *x, fault_kind kind, size_t n)
{
    (void)kind;
    (void)n;
    say_with(x, x->alice);
    world_offline(x->bob);
    world_run(&x->w);
    world_online(x->bob);
    world_pass(&x->w, 3000);
}

static void a_reconnection_that_fails_anywhere_comes_to_the_same(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    sweep(&x, x.bob, bob_comes_back, all_is_said_once);
    world_end(&x.w);
}

/* The disk fails for a while, not once. */
static void after_a_minute_without(fault_vfs_kind kind)
{
    scene x;
    scene_begin(&x);
    say_with(&x, x.alice);
    world_pass(&x.w, 2000);
    x.bob->may_fail = true;
    fault_vfs_arm(x.bob->folder, kind, 1, SIZE_MAX);
    say_with(&x, x.alice);
    size_t ticks = x.bob->failures;
    world_pass(&x.w, 60000);
    ticks = x.bob->failures - ticks;
    assert_true(ticks > 0 && ticks < 300); /* it tries, and does not try for ever more */
    int64_t number = 0;
    assert_int_equal(sotto_send_text(x.bob->s, &x.room, base_bytes_str("lost"), BASE_BYTES_NONE,
                                     x.w.now, &number),
                     BASE_E_STORE);
    fault_vfs_disarm();
    world_pass(&x.w, 90000);
    all_is_well(&x.w);
    say_with(&x, x.bob);
    world_pass(&x.w, 2000);
    all_is_said_once(&x);
    world_end(&x.w);
}

static void a_full_disk_costs_time_and_nothing_else(void **state)
{
    (void)state;
    after_a_minute_without(FAULT_VFS_WRITE);
}

static void a_database_that_somebody_else_holds_costs_time_and_nothing_else(void **state)
{
    (void)state;
    after_a_minute_without(FAULT_VFS_LOCK);
}

/* ---- membership ---- */

static uint32_t members(client *c, const sotto_room_id *room)
{
    sotto_room shown;
    base_err err = sotto_get_room(c->s, room, &shown);
    while (err != BASE_OK) {
        world_check(c, err);
        err = sotto_get_room(c->s, room, &shown);
    }
    return shown.member_count;
}

/* Carol is added in odd rounds and removed in even ones. */
static void change_carol(scene *x, bool in)
{
    uint32_t op = 0;
    for (int tries = 0; tries < 20 && (members(x->alice, &x->group) == 3) != in; tries++) {
        base_err err =
            in ? sotto_add_members(x->alice->s, &x->group, &x->carol_me.id, 1, x->w.now, &op)
               : sotto_remove_member(x->alice->s, &x->group, &x->carol_me.id, x->w.now, &op);
        assert_true(err == BASE_OK || base_err_class(err) == BASE_CLASS_RESOURCE);
        world_pass(&x->w, 35000);
    }
    assert_int_equal(members(x->alice, &x->group) == 3, in);
}

static void carol_changes(scene *x, fault_kind kind, size_t n)
{
    (void)kind;
    (void)n;
    change_carol(x, members(x->alice, &x->group) == 2);
}

static void the_group_is_one(scene *x)
{
    sotto_room shown;
    bool in = members(x->alice, &x->group) == 3;
    assert_int_equal(members(x->bob, &x->group), in ? 3 : 2);
    char text[32];
    (void)snprintf(text, sizeof text, "round %zu", x->round);
    world_say(in ? x->carol : x->bob, &x->group, text);
    world_pass(&x->w, 2000);
    world_assert_same(x->alice, x->bob, &x->group);
    assert_non_null(strstr(world_talk(x->alice, &x->group), text));
    OK(sotto_get_room(x->carol->s, &x->group, &shown));
    assert_int_equal(shown.state, in ? SOTTO_ROOM_OPEN : SOTTO_ROOM_REMOVED);
    world_assert_no_alarm(x->alice);
    world_assert_no_alarm(x->bob);
    world_assert_no_alarm(x->carol);
}

static void who_adds_and_removes_may_fail_anywhere(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    scene_group(&x);
    change_carol(&x, true);
    sweep(&x, x.alice, carol_changes, the_group_is_one);
    world_end(&x.w);
}

static void who_reads_a_commit_may_fail_anywhere(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    scene_group(&x);
    change_carol(&x, true);
    sweep(&x, x.bob, carol_changes, the_group_is_one);
    world_end(&x.w);
}

static void who_joins_and_is_removed_may_fail_anywhere(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    scene_group(&x);
    change_carol(&x, true);
    sweep(&x, x.carol, carol_changes, the_group_is_one);
    world_end(&x.w);
}

/* Carol is added if need be, then leaves. */
static void carol_leaves(scene *x, fault_kind kind, size_t n)
{
    client *victim = x->carol;
    (void)disarm(victim, kind);
    change_carol(x, true);
    world_pass(&x->w, 2000);
    arm(victim, kind, n);
    base_err err = BASE_E_STORE;
    for (int tries = 0; tries < 5 && err != BASE_OK; tries++) {
        err = sotto_leave(x->carol->s, &x->group, x->w.now);
    }
    OK(err);
    world_pass(&x->w, 5000);
}

static void carol_is_out(scene *x)
{
    sotto_room shown;
    assert_int_equal(members(x->alice, &x->group), 2);
    assert_int_equal(members(x->bob, &x->group), 2);
    OK(sotto_get_room(x->carol->s, &x->group, &shown));
    assert_int_equal(shown.state, SOTTO_ROOM_LEFT);
    world_assert_no_alarm(x->alice);
    world_assert_no_alarm(x->bob);
    world_assert_no_alarm(x->carol);
}

static void who_leaves_may_fail_anywhere(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    scene_group(&x);
    sweep(&x, x.carol, carol_leaves, carol_is_out);
    world_end(&x.w);
}

/* ---- requests that wait ---- */

static bool no_package_comes(void *user, client *c, bool to_client, base_buf *frame)
{
    (void)user;
    (void)c;
    return !(to_client && frame->n > 0 && frame->p[0] == WIRE_TAKEN);
}

static void a_request_that_a_fault_forgets_is_told(void **state)
{
    (void)state;
    scene x;
    sotto_me me;
    uint32_t op = 0;
    scene_begin(&x);
    x.carol = world_person(&x.w, "Carol");
    OK(sotto_get_me(x.carol->s, &me));
    x.w.tap = no_package_comes;
    OK(sotto_add_contact(x.alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, x.w.now, &op));
    world_pass(&x.w, 1000);
    arm(x.alice, WRITE, 1);
    say_with(&x, x.bob);
    world_pass(&x.w, 1000);
    assert_true(disarm(x.alice, WRITE));
    sotto_event done = world_event(x.alice, SOTTO_EVENT_DONE);
    assert_int_equal(done.op, op);
    assert_int_equal(done.result, BASE_E_STORE);
    x.w.tap = NULL;
    world_pass(&x.w, 10000);
    all_is_well(&x.w);
    all_is_said_once(&x);
    world_end(&x.w);
}

/* Whoever asks is told exactly once how it ended, also when the call in which it did is undone; if
 * the question itself failed, never. */
static void alice_was_told_once(scene *x)
{
    size_t told = 0;
    assert_true(x->alice->n_events - x->events <= WORLD_EVENTS);
    for (size_t i = x->events; i < x->alice->n_events; i++) {
        const sotto_event *e = &x->alice->events[i % WORLD_EVENTS];
        told += e->kind == SOTTO_EVENT_DONE;
        assert_true(e->kind != SOTTO_EVENT_DONE || e->result == x->expected ||
                    base_err_class(e->result) == BASE_CLASS_RESOURCE);
    }
    assert_int_equal(told, x->taken ? 1 : 0);
}

static void alice_asked(scene *x, base_err err)
{
    world_check(x->alice, err);
    x->taken = err == BASE_OK;
    world_pass(&x->w, 3000);
}

static void alice_asks_for_nobody(scene *x, fault_kind kind, size_t n)
{
    uint32_t op = 0;
    (void)kind;
    (void)n;
    x->events = x->alice->n_events;
    x->expected = SOTTO_E_HANDLE_UNKNOWN;
    alice_asked(x, sotto_add_contact(x->alice->s, base_bytes_str("nobody@127.0.0.1:7480"),
                                     BASE_BYTES_NONE, x->w.now, &op));
}

/* Its end is stored, and with that it may fail. */
static void alice_claims_a_handle(scene *x, fault_kind kind, size_t n)
{
    uint32_t op = 0;
    char handle[16];
    (void)kind;
    (void)n;
    (void)snprintf(handle, sizeof handle, "alice.%zu", x->round);
    x->events = x->alice->n_events;
    x->expected = BASE_OK;
    alice_asked(x, sotto_claim_handle(x->alice->s, base_bytes_str(handle), x->w.now, &op));
}

static void a_request_ends_with_one_word_wherever_it_fails(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    sweep(&x, x.alice, alice_asks_for_nobody, alice_was_told_once);
    sweep(&x, x.alice, alice_claims_a_handle, alice_was_told_once);
    world_end(&x.w);
}

/* ---- damage ---- */

static void a_conversation_whose_keys_are_lost_rests_alone(void **state)
{
    (void)state;
    scene x;
    sotto_room shown;
    scene_begin(&x);
    scene_group(&x);
    store_q q =
        store_query(x.bob->s->store, "DELETE FROM mls WHERE"
                                     " instr(key, (SELECT mls_group FROM room WHERE id = ?)) > 0");
    store_bind_bytes(&q, base_bytes_of(x.group.b, sizeof x.group.b));
    OK(store_run(&q));
    world_restart(x.bob);
    world_pass(&x.w, 2000);
    assert_true(world_has_alarm(x.bob, SOTTO_ALARM_STUCK));
    OK(sotto_get_room(x.bob->s, &x.group, &shown));
    assert_int_not_equal(shown.alarm, 0);
    say_with(&x, x.bob);
    say_with(&x, x.alice);
    world_pass(&x.w, 2000);
    assert_int_equal(world_count(x.alice, &x.room), x.said);
    world_assert_same(x.alice, x.bob, &x.room);
    world_end(&x.w);
}

/* ---- making and opening ---- */

static void remove_store(client *c)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[112];
        (void)snprintf(path, sizeof path, "%s%s", c->path, ends[i]);
        (void)remove(path);
    }
}

static void a_store_that_fails_while_it_is_made_leaves_nothing_open(void **state)
{
    (void)state;
    world w;
    world_begin(&w, seed);
    client *c = world_client(&w);
    sotto_create_params params = {.name = base_bytes_str("Alice"),
                                  .relay = base_bytes_str("ws://127.0.0.1:7480")};
    sotto_config config = world_config(c);
    for (fault_kind kind = MEMORY; kind < KINDS; kind++) {
        base_err err = BASE_E_STORE;
        bool fired = true;
        for (size_t n = 1; fired; n = after(n)) {
            remove_store(c);
            arm(c, kind, n);
            err = sotto_create(&config, &params, w.now, &c->wrapped, &c->recovery, &c->s);
            fired = disarm(c, kind);
            if (err != BASE_OK) {
                assert_int_equal(base_err_class(err), BASE_CLASS_RESOURCE);
                assert_null(c->s);
                assert_int_equal(c->wrapped.n + c->recovery.n, 0);
                assert_int_equal(c->alloc.live, 0);
                continue;
            }
            sotto_close(c->s);
            c->s = NULL;
            OK(sotto_open(&config, base_buf_bytes(&c->wrapped), BASE_BYTES_NONE, w.now, &c->s));
            sotto_close(c->s);
            c->s = NULL;
            base_buf_clear(&c->wrapped);
            base_buf_clear(&c->recovery);
        }
        OK(err);
    }
    world_end(&w);
}

static void a_store_that_fails_to_open_opens_the_next_time(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    client *c = x.alice;
    sotto_config config = world_config(c);
    world_offline(c);
    for (fault_kind kind = MEMORY; kind < KINDS; kind++) {
        bool fired = true;
        for (size_t n = 1; fired; n = after(n)) {
            sotto_close(c->s);
            c->s = NULL;
            arm(c, kind, n);
            base_err err =
                sotto_open(&config, base_buf_bytes(&c->wrapped), BASE_BYTES_NONE, x.w.now, &c->s);
            if (err == BASE_OK) {
                world_check(c, sotto_tick(c->s, x.w.now));
            }
            fired = disarm(c, kind);
            if (err != BASE_OK) {
                /* What cannot be read looks damaged. */
                assert_true(base_err_class(err) == BASE_CLASS_RESOURCE ||
                            (kind == READ && err == SOTTO_E_PASSPHRASE));
                assert_null(c->s);
                OK(sotto_open(&config, base_buf_bytes(&c->wrapped), BASE_BYTES_NONE, x.w.now,
                              &c->s));
            }
        }
    }
    all_is_well(&x.w);
    world_online(c);
    say_with(&x, x.alice);
    say_with(&x, x.bob);
    world_pass(&x.w, 2000);
    assert_int_equal(world_count(x.alice, &x.room), x.said);
    world_assert_same(x.alice, x.bob, &x.room);
    world_end(&x.w);
}

int main(void)
{
    fault_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_that_fails_anywhere_says_it_once),
        cmocka_unit_test(a_reader_that_fails_anywhere_reads_it_once),
        cmocka_unit_test(a_reconnection_that_fails_anywhere_comes_to_the_same),
        cmocka_unit_test(a_full_disk_costs_time_and_nothing_else),
        cmocka_unit_test(a_database_that_somebody_else_holds_costs_time_and_nothing_else),
        cmocka_unit_test(who_adds_and_removes_may_fail_anywhere),
        cmocka_unit_test(who_reads_a_commit_may_fail_anywhere),
        cmocka_unit_test(who_joins_and_is_removed_may_fail_anywhere),
        cmocka_unit_test(who_leaves_may_fail_anywhere),
        cmocka_unit_test(a_request_that_a_fault_forgets_is_told),
        cmocka_unit_test(a_request_ends_with_one_word_wherever_it_fails),
        cmocka_unit_test(a_conversation_whose_keys_are_lost_rests_alone),
        cmocka_unit_test(a_store_that_fails_while_it_is_made_leaves_nothing_open),
        cmocka_unit_test(a_store_that_fails_to_open_opens_the_next_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
