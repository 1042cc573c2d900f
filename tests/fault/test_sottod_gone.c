/* A relay as it runs, with somebody who watches its database by `sottod exhibit --live`: what was
 * delivered is in neither of its files half a minute later, and it goes on by itself, without
 * another request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../scenario/sottod_rig.h"

enum { ENTRIES = 40, SIZE = 4096, PIECE = 32, GONE_MS = 30000 };

static const uint8_t log_id[32] = {1};
static const uint8_t token[32] = {2};
static const uint8_t key[32] = {3};

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint8_t at(unsigned entry, size_t i)
{
    uint32_t v = (entry * SIZE + (uint32_t)i + 1) * 2654435761u;
    return (uint8_t)(v >> 24 ^ v >> 11);
}

/* How many entries have a piece in the file. */
static unsigned in_file(const char *path, const char *end)
{
    char name[300];
    unsigned found = 0;
    uint8_t piece[PIECE];
    (void)snprintf(name, sizeof name, "%s%s", path, end);
    FILE *f = fopen(name, "rb");
    if (f == NULL) {
        return 0;
    }
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    size_t n = (size_t)ftell(f);
    rewind(f);
    uint8_t *all = malloc(n + 1);
    assert_non_null(all);
    n = fread(all, 1, n, f);
    for (unsigned e = 0; e < ENTRIES; e++) {
        bool there = false;
        for (size_t from = 0; from + PIECE <= SIZE && !there; from += 500) {
            for (size_t i = 0; i < PIECE; i++) {
                piece[i] = at(e, from + i);
            }
            there = memmem(all, n, piece, PIECE) != NULL;
        }
        found += there ? 1 : 0;
    }
    free(all);
    (void)fclose(f);
    return found;
}

static unsigned on_disk(const sottod *s)
{
    return in_file(s->data, "") + in_file(s->data, "-wal");
}

static void create_and_follow(relay_client *c)
{
    uint8_t gate[32];
    uint8_t handle[32];
    base_buf items = base_buf_on(NULL);
    rig_sha256(base_bytes_of(token, 32), gate);
    rig_sha256(base_bytes_of(key, 32), handle);
    wire_frame f = {.type = WIRE_CREATE};
    f.u.create = (wire_create){.log = base_bytes_of(log_id, 32),
                               .gate = base_bytes_of(gate, 32),
                               .cursor = base_bytes_of(handle, 32)};
    assert_non_null(relay_ask(c, &f));
    const wire_follow item = {.channel = 1,
                              .log = base_bytes_of(log_id, 32),
                              .token = base_bytes_of(token, 32),
                              .key = base_bytes_of(key, 32)};
    assert_int_equal(wire_follow_put(&items, &item), BASE_OK);
    f = (wire_frame){.type = WIRE_FOLLOW};
    f.u.items.items = base_buf_bytes(&items);
    assert_non_null(relay_ask(c, &f));
    base_buf_clear(&items);
}

static void append_all(relay_client *c)
{
    uint8_t body[SIZE];
    for (unsigned e = 0; e < ENTRIES; e++) {
        for (size_t i = 0; i < SIZE; i++) {
            body[i] = at(e, i);
        }
        wire_frame f = {.type = WIRE_APPEND};
        f.u.append = (wire_append){1, 0, base_bytes_of(body, SIZE)};
        const wire_frame *answer = relay_ask(c, &f);
        assert_non_null(answer);
        assert_int_equal(answer->type, WIRE_APPENDED);
    }
}

static void acknowledge(relay_client *c)
{
    base_buf items = base_buf_on(NULL);
    const wire_ack ack = {.channel = 1, .seq = ENTRIES};
    assert_int_equal(wire_ack_put(&items, &ack), BASE_OK);
    wire_frame f = {.type = WIRE_ACK};
    f.u.items.items = base_buf_bytes(&items);
    const wire_frame *answer = relay_ask(c, &f);
    assert_non_null(answer);
    assert_int_equal(answer->type, WIRE_ACKED);
    base_buf_clear(&items);
}

static void what_was_delivered_is_gone_from_the_files_half_a_minute_later(void **state)
{
    static relay_client c;
    char shown[260];
    sottod s;
    (void)state;
    sottod_make(&s);
    (void)snprintf(shown, sizeof shown, "%s/shown", s.folder);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&c, s.port));
    const char *const watch[] = {"exhibit", "--live", "--data", s.data, NULL};
    pid_t watcher = sottod_spawn(watch, shown);
    create_and_follow(&c);
    append_all(&c);
    assert_true(on_disk(&s) >= ENTRIES); /* the search finds what is there */
    acknowledge(&c);
    uint64_t begin = clock_ms();
    while (on_disk(&s) > 0) {
        assert_true(clock_ms() - begin < GONE_MS);
        relay_pump(&c, 200);
    }
    print_message("# gone after %.1f s\n", (double)(clock_ms() - begin) / 1000);
    assert_int_equal(kill(watcher, SIGINT), 0);
    assert_int_equal(waitpid(watcher, NULL, 0), watcher);
    relay_disconnect(&c);
    (void)sottod_end(&s, SIGTERM);
    sottod_drop(&s);
}

static void expect(const sottod *s, int code, const char *words)
{
    char *said = NULL;
    const char *const args[] = {"scrub", "--data", s->data, NULL};
    assert_int_equal(sottod_run(args, &said), code);
    assert_non_null(strstr(said, words));
    free(said);
}

/* A database that is too large to be written anew while it is served. */
static void an_operator_can_scrub_a_database_that_no_relay_uses(void **state)
{
    sottod s;
    static relay_client c;
    (void)state;
    sottod_make(&s);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&c, s.port));
    create_and_follow(&c);
    append_all(&c);
    expect(&s, 1, "another sottod uses this database");
    acknowledge(&c);
    (void)sottod_end(&s, SIGKILL);
    relay_disconnect(&c);
    assert_true(on_disk(&s) > 0);
    expect(&s, 0, "written anew");
    assert_int_equal(on_disk(&s), 0);
    sottod_drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_delivered_is_gone_from_the_files_half_a_minute_later),
        cmocka_unit_test(an_operator_can_scrub_a_database_that_no_relay_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
