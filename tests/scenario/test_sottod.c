/* The relay as a process: its command line, its errors, a round trip, what it logs, what it
 * exhibits and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sottod_rig.h"

#define SIZE 256

/* Run with args; expect the exit code and a sentence in what it says. */
static void expect(const char *const *args, int code, const char *sentence)
{
    char *out = NULL;
    int got = sottod_run(args, &out);
    if (got != code || strstr(out, sentence) == NULL) {
        fail_msg("exit %d, wanted %d with \"%s\": %s", got, code, sentence, out);
    }
    free(out);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void help_and_version_are_told(void **state)
{
    (void)state;
    expect((const char *[]){"--help", NULL}, 0, "--postage-file FILE");
    expect((const char *[]){"--version", NULL}, 0, "sottod ");
}

static void bad_command_lines_are_refused_with_a_reason(void **state)
{
    (void)state;
    expect((const char *[]){"--nonsense", NULL}, 2, "--nonsense");
    expect((const char *[]){"--listen", NULL}, 2, "requires an argument");
    expect((const char *[]){"dance", NULL}, 2, "dance: no such command");
    expect((const char *[]){"run", "check", NULL}, 2, "one command at a time");
    expect((const char *[]){"--", "x", NULL}, 2, "not expected here");
    expect((const char *[]){"--listen", "localhost:7480", NULL}, 2, "not a numeric address");
    expect((const char *[]){"--listen", "127.0.0.1:99999", NULL}, 2, "not a numeric address");
    expect((const char *[]){"--connections", "0", NULL}, 2, "not a number from 1");
    expect((const char *[]){"--connections", "-1", NULL}, 2, "not a number from 1");
    expect((const char *[]){"--data", "", NULL}, 2, "--data needs");
    expect((const char *[]){"--name", "a b", NULL}, 2, "not HOST");
    expect((const char *[]){"--cert", "x", NULL}, 2, "belong together");
    expect((const char *[]){"--key", "x", NULL}, 2, "belong together");
    expect((const char *[]){"run", "--live", NULL}, 2, "sottod exhibit");
}

static void serving_others_needs_postage_and_tls(void **state)
{
    (void)state;
    const char *out = "0.0.0.0:0";
    expect((const char *[]){"--listen", out, NULL}, 2, "needs --postage-file");
    expect((const char *[]){"--listen", "127.0.0.1:0", "--listen", "[::]:0", NULL}, 2,
           "needs --postage-file");
    expect((const char *[]){"--listen", out, "--postage-file", "x", NULL}, 2,
           "needs --cert and --key");
}

static void files_that_do_not_fit_are_named(void **state)
{
    (void)state;
    sottod s;
    char path[300];
    char at[400];
    sottod_make(&s);
    (void)snprintf(path, sizeof path, "%s/none/relay.db", s.folder);
    expect((const char *[]){"--data", path, NULL}, 1, "No such file or directory");
    expect((const char *[]){"exhibit", "--data", s.data, NULL}, 1, "there is no database");
    expect((const char *[]){"--data", s.folder, NULL}, 1, "Is a directory");
    write_file(s.data, "this is a letter, no database at all", 0600);
    expect((const char *[]){"--data", s.data, NULL}, 1, "no database of sottod");
    expect((const char *[]){"exhibit", "--data", s.data, NULL}, 1, "no database of sottod");
    write_file(s.data, "SQLite format 3", 0600);
    expect((const char *[]){"--data", s.data, NULL}, 1, s.data);
    (void)unlink(s.data);
    (void)snprintf(path, sizeof path, "%s/postage", s.folder);
    expect((const char *[]){"--data", s.data, "--postage-file", path, NULL}, 1, "No such file");
    write_file(path, "\n", 0600);
    expect((const char *[]){"--data", s.data, "--postage-file", path, NULL}, 1, "1 to 255 bytes");
    memset(at, 'x', 256);
    at[256] = '\0';
    write_file(path, at, 0600);
    expect((const char *[]){"--data", s.data, "--postage-file", path, NULL}, 1, "1 to 255 bytes");
    expect((const char *[]){"--data", s.data, "--cert", path, "--key", path, NULL}, 1,
           "cannot use the certificate file");
    sottod_drop(&s);
}

static void port_and_database_in_use_are_told(void **state)
{
    (void)state;
    sottod s;
    char at[40];
    char other[300];
    sottod_make(&s);
    assert_true(sottod_start(&s, NULL));
    (void)snprintf(at, sizeof at, "127.0.0.1:%u", (unsigned)s.port);
    (void)snprintf(other, sizeof other, "%s/other.db", s.folder);
    expect((const char *[]){"--data", other, "--listen", at, NULL}, 1,
           "another program listens there already");
    expect((const char *[]){"--data", s.data, "--listen", "127.0.0.1:0", NULL}, 1,
           "another sottod uses this database");
    expect((const char *[]){"check", "--data", other, "--listen", "127.0.0.1:0", NULL}, 0, "good");
    assert_int_equal(WEXITSTATUS(sottod_end(&s, SIGTERM)), 0);
    expect((const char *[]){"renew", "--data", s.data, NULL}, 0, "look at their logs again");
    sottod_drop(&s);
}

/* ---- a round trip ---- */

static const uint8_t log_id[32] = {1, 2, 3};
static const uint8_t token[32] = {4, 5, 6};
static const uint8_t reader[32] = {7, 8, 9};

static const wire_frame *create(relay_client *c, base_bytes postage)
{
    static uint8_t gate[32];
    static uint8_t cursor[32];
    rig_sha256(base_bytes_of(token, 32), gate);
    rig_sha256(base_bytes_of(reader, 32), cursor);
    wire_frame f = {.type = WIRE_CREATE,
                    .u.create = {.log = base_bytes_of(log_id, 32),
                                 .gate = base_bytes_of(gate, 32),
                                 .cursor = base_bytes_of(cursor, 32),
                                 .postage = postage}};
    return relay_ask(c, &f);
}

static void follow(relay_client *c, const uint8_t key[32])
{
    base_buf items = base_buf_on(NULL);
    wire_follow v = {.channel = 1,
                     .log = base_bytes_of(log_id, 32),
                     .token = base_bytes_of(token, 32),
                     .key = base_bytes_of(key, 32)};
    assert_int_equal(wire_follow_put(&items, &v), BASE_OK);
    wire_frame f = {.type = WIRE_FOLLOW, .u.items = {base_buf_bytes(&items)}};
    const wire_frame *a = relay_ask(c, &f);
    base_buf_clear(&items);
    assert_non_null(a);
    assert_int_equal(a->type, WIRE_FOLLOWED);
    base_rd r = base_rd_on(a->u.items.items);
    wire_followed got;
    assert_int_equal(wire_followed_next(&r, &got), BASE_OK);
    assert_int_equal(got.status, WIRE_OK);
}

/* Append one entry of bytes b and wait for its acknowledgement. */
static void append(relay_client *c, uint8_t b)
{
    uint8_t data[SIZE];
    memset(data, b, SIZE);
    wire_frame f = {.type = WIRE_APPEND,
                    .u.append = {.channel = 1, .epoch = 0, .data = base_bytes_of(data, SIZE)}};
    const wire_frame *a = relay_ask(c, &f);
    assert_non_null(a);
    assert_int_equal(a->type, WIRE_APPENDED);
}

static void entry_goes_from_one_device_to_another_and_outlives_a_restart(void **state)
{
    (void)state;
    static const uint8_t other[32] = {10, 11, 12};
    sottod s;
    relay_client a = {0};
    relay_client b = {0};
    sottod_make(&s);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&a, s.port));
    assert_true(relay_connect(&b, s.port));
    assert_int_equal(create(&a, BASE_BYTES_NONE)->u.done.status, WIRE_OK);
    follow(&a, reader);
    follow(&b, other);
    append(&a, 0x5a);
    const wire_frame *e = relay_wait(&b, 0, WIRE_ENTRY, 5000);
    assert_non_null(e);
    assert_int_equal(e->u.entry.seq, 1);
    assert_int_equal(e->u.entry.data.n, SIZE);
    assert_int_equal(e->u.entry.data.p[0], 0x5a);
    assert_int_equal(WEXITSTATUS(sottod_end(&s, SIGTERM)), 0);
    while (!b.ended) {
        relay_pump(&b, 1000);
    }
    assert_int_equal(b.why, WS_END_CLOSED);
    assert_int_equal(b.code, 1001);
    const wire_frame *f = relay_wait(&b, 0, WIRE_FAIL, 0);
    assert_non_null(f);
    assert_int_equal(f->u.done.status, WIRE_CLOSING);
    relay_disconnect(&a);
    relay_disconnect(&b);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&b, s.port));
    follow(&b, other);
    e = relay_wait(&b, 0, WIRE_ENTRY, 5000);
    assert_non_null(e);
    assert_int_equal(e->u.entry.data.p[0], 0x5a);
    relay_disconnect(&b);
    sottod_drop(&s);
}

static void postage_is_asked_for_also_on_loopback_once_it_is_set(void **state)
{
    (void)state;
    sottod s;
    relay_client c = {0};
    char path[300];
    sottod_make(&s);
    (void)snprintf(path, sizeof path, "%s/postage", s.folder);
    write_file(path, "secret of the house\n", 0600);
    assert_true(sottod_start(&s, (const char *[]){"--postage-file", path, NULL}));
    assert_true(relay_connect(&c, s.port));
    assert_int_equal(create(&c, BASE_BYTES_NONE)->u.done.status, WIRE_NO_POSTAGE);
    assert_int_equal(create(&c, base_bytes_str("secret of the house\n"))->u.done.status,
                     WIRE_NO_POSTAGE);
    assert_int_equal(create(&c, base_bytes_str("secret of the house"))->u.done.status, WIRE_OK);
    relay_disconnect(&c);
    sottod_drop(&s);
}

static void garbage_ends_its_connection_and_no_other(void **state)
{
    (void)state;
    sottod s;
    relay_client bad = {0};
    relay_client good = {0};
    sottod_make(&s);
    assert_true(sottod_start(&s, (const char *[]){"--verbose", NULL}));
    assert_true(relay_connect(&bad, s.port));
    assert_true(relay_connect(&good, s.port));
    assert_int_equal(ws_client_send(bad.ws, base_bytes_str("\x7fgarbage")), BASE_OK);
    const wire_frame *f = relay_wait(&bad, 0, WIRE_FAIL, 5000);
    assert_non_null(f);
    assert_int_equal(f->u.done.status, WIRE_BAD);
    for (int i = 0; i < 50 && !bad.ended; i++) {
        relay_pump(&bad, 100);
    }
    assert_true(bad.ended);
    assert_int_equal(create(&good, BASE_BYTES_NONE)->u.done.status, WIRE_OK);
    relay_disconnect(&bad);
    relay_disconnect(&good);
    sottod_drop(&s);
}

/* ---- what it tells an operator ---- */

/* Whether text holds the bytes as hex, in either case. */
static bool has_hex(const char *text, const uint8_t *p, size_t n)
{
    char hex[65];
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", p[i]);
    }
    char *lower = strdup(text);
    assert_non_null(lower);
    for (char *c = lower; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    bool found = strstr(lower, hex) != NULL;
    free(lower);
    return found;
}

static void log_has_tags_and_no_ids(void **state)
{
    (void)state;
    sottod s;
    relay_client c = {0};
    sottod_make(&s);
    assert_true(sottod_start(&s, (const char *[]){"--verbose", NULL}));
    assert_true(relay_connect(&c, s.port));
    assert_int_equal(create(&c, BASE_BYTES_NONE)->u.done.status, WIRE_OK);
    follow(&c, reader);
    append(&c, 0x33);
    relay_disconnect(&c);
    assert_int_equal(WEXITSTATUS(sottod_end(&s, SIGTERM)), 0);
    char *said = sottod_said(&s);
    assert_non_null(strstr(said, "event=open tag="));
    assert_non_null(strstr(said, "event=close tag="));
    assert_non_null(strstr(said, "event=stop"));
    assert_false(has_hex(said, log_id, 4));
    assert_false(has_hex(said, token, 4));
    assert_false(has_hex(said, reader, 4));
    for (const char *line = said; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_memory_equal(line, "sottod: event=", 14);
    }
    free(said);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&c, s.port));
    relay_disconnect(&c);
    assert_int_equal(WEXITSTATUS(sottod_end(&s, SIGTERM)), 0);
    said = sottod_said(&s);
    assert_null(strstr(said, "tag=")); /* nobody asked for connections */
    free(said);
    sottod_drop(&s);
}

static void exhibit_explains_every_column_and_shows_what_is_there(void **state)
{
    (void)state;
    sottod s;
    relay_client c = {0};
    char *out = NULL;
    uint8_t gate[32];
    uint8_t body[32];
    sottod_make(&s);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&c, s.port));
    assert_int_equal(create(&c, BASE_BYTES_NONE)->u.done.status, WIRE_OK);
    follow(&c, reader);
    append(&c, 0xc7);
    rig_sha256(base_bytes_of(token, 32), gate);
    memset(body, 0xc7, sizeof body);
    /* Beside the running relay; exit code 0 says that no column was without words. */
    assert_int_equal(sottod_run((const char *[]){"exhibit", "--data", s.data, NULL}, &out), 0);
    assert_null(strstr(out, "no words for it"));
    assert_non_null(strstr(out, "== entry =="));
    assert_non_null(strstr(out, "... (256 bytes)"));
    assert_true(has_hex(out, body, 16));
    assert_true(has_hex(out, gate, 16));
    assert_false(has_hex(out, token, 32)); /* only its hash was ever stored */
    assert_false(has_hex(out, reader, 32));
    free(out);
    assert_int_equal(
        sottod_run((const char *[]){"exhibit", "--full", "--data", s.data, NULL}, &out), 0);
    assert_null(strstr(out, "... ("));
    assert_true(has_hex(out, gate, 32));
    free(out);
    relay_disconnect(&c);
    sottod_drop(&s);
}

/* Whether the process has the database open. */
static bool has_open(pid_t pid, const char *path)
{
    bool found = false;
    for (int fd = 0; fd < 32 && !found; fd++) {
        char name[64];
        char to[300] = "";
        (void)snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)pid, fd);
        found = readlink(name, to, sizeof to - 1) > 0 && strcmp(to, path) == 0;
    }
    return found;
}

/* A reader holds back the journal, where the bytes of what is delivered meanwhile stay. */
static void exhibit_in_a_pager_does_not_hold_the_database(void **state)
{
    (void)state;
    sottod s;
    relay_client c = {0};
    char path[300];
    char piece[4096];
    static uint8_t data[65536];
    int status = 0;
    bool held = true;
    sottod_make(&s);
    (void)snprintf(path, sizeof path, "%s/pager", s.folder);
    assert_true(sottod_start(&s, NULL));
    assert_true(relay_connect(&c, s.port));
    assert_int_equal(create(&c, BASE_BYTES_NONE)->u.done.status, WIRE_OK);
    follow(&c, reader);
    for (int i = 0; i < 8; i++) {
        wire_frame f = {.type = WIRE_APPEND,
                        .u.append = {.channel = 1, .data = base_bytes_of(data, sizeof data)}};
        assert_int_equal(relay_ask(&c, &f)->type, WIRE_APPENDED);
    }
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    pid_t view = sottod_spawn((const char *[]){"exhibit", "--full", "--data", s.data, NULL}, path);
    while (read(fd, piece, 1) != 1) { /* it has begun to write, and nobody reads on */
        (void)usleep(10000);
    }
    for (int i = 0; i < 200 && held; i++) {
        (void)usleep(10000);
        held = has_open(view, s.data);
    }
    assert_int_equal(waitpid(view, &status, WNOHANG), 0); /* it is still there */
    assert_false(held);
    ssize_t n = 0;
    size_t total = 0;
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        total += n > 0 ? (size_t)n : 0;
        if (n < 0) {
            (void)usleep(1000);
        }
    }
    assert_true(total > 8 * 2 * sizeof data);
    (void)close(fd);
    assert_int_equal(waitpid(view, &status, 0), view);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    relay_disconnect(&c);
    sottod_drop(&s);
}

/* Wait up to 10 s until the file holds the text. */
static bool comes(const char *path, const char *text)
{
    bool found = false;
    for (int i = 0; i < 200 && !found; i++) {
        char *all = rig_read(path, 0);
        found = strstr(all, text) != NULL;
        free(all);
        (void)usleep(50000);
    }
    return found;
}

static void live_view_shows_what_comes_and_that_it_goes(void **state)
{
    (void)state;
    sottod s;
    relay_client c = {0};
    char path[300];
    int status = 0;
    sottod_make(&s);
    (void)snprintf(path, sizeof path, "%s/live", s.folder);
    assert_true(sottod_start(&s, NULL));
    pid_t view = sottod_spawn((const char *[]){"exhibit", "--live", "--data", s.data, NULL}, path);
    assert_true(relay_connect(&c, s.port));
    assert_int_equal(create(&c, BASE_BYTES_NONE)->u.done.status, WIRE_OK);
    follow(&c, reader);
    append(&c, 0xd5);
    assert_true(comes(path, "#1         256 B  d5d5d5d5"));
    base_buf items = base_buf_on(NULL);
    wire_ack v = {.channel = 1, .seq = 1};
    assert_int_equal(wire_ack_put(&items, &v), BASE_OK);
    wire_frame f = {.type = WIRE_ACK, .u.items = {base_buf_bytes(&items)}};
    assert_non_null(relay_ask(&c, &f));
    base_buf_clear(&items);
    assert_true(comes(path, "#1         256 B  delivered"));
    assert_int_equal(kill(view, SIGTERM), 0);
    assert_int_equal(waitpid(view, &status, 0), view);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    relay_disconnect(&c);
    sottod_drop(&s);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_and_version_are_told),
        cmocka_unit_test(bad_command_lines_are_refused_with_a_reason),
        cmocka_unit_test(serving_others_needs_postage_and_tls),
        cmocka_unit_test(files_that_do_not_fit_are_named),
        cmocka_unit_test(port_and_database_in_use_are_told),
        cmocka_unit_test(entry_goes_from_one_device_to_another_and_outlives_a_restart),
        cmocka_unit_test(postage_is_asked_for_also_on_loopback_once_it_is_set),
        cmocka_unit_test(garbage_ends_its_connection_and_no_other),
        cmocka_unit_test(log_has_tags_and_no_ids),
        cmocka_unit_test(exhibit_explains_every_column_and_shows_what_is_there),
        cmocka_unit_test(exhibit_in_a_pager_does_not_hold_the_database),
        cmocka_unit_test(live_view_shows_what_comes_and_that_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
