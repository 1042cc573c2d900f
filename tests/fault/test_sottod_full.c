/* sottod on a disk that fills up, by a limit on the size of its files that is lifted while it runs:
 * it goes on, what was acknowledged is there, readers read, acknowledge and leave, what would add
 * is refused as FULL, and when there is room it takes everything again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../scenario/sottod_rig.h"

#define LIMIT ((rlim_t)56 << 20)
#define SIZE 16384
#define ENTRIES_MAX 8000

typedef struct reader {
    relay_client c;
    uint64_t read, first; /* the last entry that came, and which must come first */
} reader;

static void content(uint64_t i, uint8_t out[SIZE])
{
    memset(out, (int)(i & 0xff), SIZE);
    memcpy(out, &i, sizeof i);
}

static bool on_frame(void *user, const wire_frame *f)
{
    reader *r = user;
    static uint8_t want[SIZE];
    if (f->type != WIRE_ENTRY) {
        return false;
    }
    assert_int_equal(f->u.entry.seq, r->read == 0 ? r->first : r->read + 1);
    content(f->u.entry.seq, want);
    assert_true(base_bytes_eq(f->u.entry.data, base_bytes_of(want, SIZE)));
    r->read = f->u.entry.seq;
    return true;
}

static base_bytes bytes_of(uint8_t v)
{
    static uint8_t all[256][32];
    memset(all[v], v, 32);
    return base_bytes_of(all[v], 32);
}

static base_bytes gate_of(uint8_t v)
{
    static uint8_t all[256][32];
    rig_sha256(bytes_of(v), all[v]);
    return base_bytes_of(all[v], 32);
}

static wire_status ask(relay_client *c, wire_frame f)
{
    const wire_frame *a = relay_ask(c, &f);
    if (a == NULL || a->type == WIRE_FAIL) {
        return WIRE_FAILED;
    }
    return a->type == WIRE_DONE ? (wire_status)a->u.done.status : WIRE_OK;
}

static wire_frame create(uint8_t log)
{
    return (wire_frame){
        .type = WIRE_CREATE,
        .u.create = {.log = bytes_of(log), .gate = gate_of(2), .cursor = gate_of(3)}};
}

static wire_frame append(uint64_t i)
{
    static uint8_t data[SIZE];
    content(i, data);
    return (wire_frame){.type = WIRE_APPEND,
                        .u.append = {.channel = 1, .data = base_bytes_of(data, SIZE)}};
}

static uint64_t follow(relay_client *c, uint8_t key)
{
    base_buf items = base_buf_on(NULL);
    wire_follow v = {.channel = 1, .log = bytes_of(1), .token = bytes_of(2), .key = bytes_of(key)};
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
    return got.end;
}

static void acknowledge(relay_client *c, uint64_t seq)
{
    base_buf items = base_buf_on(NULL);
    wire_ack v = {.channel = 1, .seq = seq};
    assert_int_equal(wire_ack_put(&items, &v), BASE_OK);
    wire_frame f = {.type = WIRE_ACK, .u.items = {base_buf_bytes(&items)}};
    const wire_frame *a = relay_ask(c, &f);
    base_buf_clear(&items);
    assert_non_null(a);
    assert_int_equal(a->type, WIRE_ACKED);
    base_rd r = base_rd_on(a->u.items.items);
    wire_acked got;
    assert_int_equal(wire_acked_next(&r, &got), BASE_OK);
    assert_int_equal(got.status, WIRE_OK);
}

static void limit_files(pid_t pid, rlim_t n)
{
    struct rlimit l = {0};
    assert_int_equal(prlimit(pid, RLIMIT_FSIZE, NULL, &l), 0);
    l.rlim_cur = n;
    assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &l, NULL), 0);
}

static void connected(reader *r, const sottod *s, uint64_t first)
{
    *r = (reader){.first = first, .c = {.push = on_frame, .user = r}};
    assert_true(relay_connect(&r->c, s->port));
}

static void read_to(reader *r, uint64_t end)
{
    for (int i = 0; i < 2000 && r->read < end; i++) {
        relay_pump(&r->c, 20);
    }
    assert_int_equal(r->read, end);
}

/* A log with a reader (3) that never reads, a mailbox with a mail. */
static void make(relay_client *c)
{
    static uint8_t mail[256];
    assert_int_equal(ask(c, create(1)), WIRE_OK);
    wire_frame f = {.type = WIRE_BOX_NEW,
                    .u.box_new = {.box = bytes_of(1), .owner = gate_of(5), .door = gate_of(6)}};
    assert_int_equal(ask(c, f), WIRE_OK);
    f = (wire_frame){.type = WIRE_BOX_DELIVER,
                     .u.box_deliver = {.box = bytes_of(1),
                                       .token = bytes_of(6),
                                       .data = base_bytes_of(mail, sizeof mail)}};
    assert_int_equal(ask(c, f), WIRE_OK);
}

/* What adds nothing, on the full disk: the mailbox can be ended, a reader read, acknowledge, go. */
static void others_go_on(const sottod *s, uint64_t acked)
{
    static reader r;
    connected(&r, s, 1);
    uint8_t more = 9;
    wire_status last = WIRE_OK;
    while (last == WIRE_OK && more < 250) { /* what an entry left */
        last = ask(&r.c, create(more++));
    }
    assert_int_equal(last, WIRE_FULL);
    assert_int_equal(follow(&r.c, 3), acked);
    read_to(&r, acked);
    assert_int_equal(ask(&r.c, append(acked + 1)), WIRE_FULL);
    for (uint64_t i = 1; i <= 20; i++) {
        acknowledge(&r.c, i);
    }
    wire_frame f = {.type = WIRE_BOX_END, .u.owned = {bytes_of(1), bytes_of(5)}};
    assert_int_equal(ask(&r.c, f), WIRE_OK);
    f = (wire_frame){.type = WIRE_LEAVE, .u.leave = {1, false}};
    assert_int_equal(ask(&r.c, f), WIRE_OK);
    relay_disconnect(&r.c);
}

static void a_full_disk_stops_what_adds_and_nothing_else(void **state)
{
    (void)state;
    static reader w;
    static reader late;
    sottod s;
    uint64_t acked = 0;
    wire_status last = WIRE_OK;
    sottod_make(&s);
    limit_files(0, LIMIT);
    assert_true(sottod_start(&s, NULL));
    limit_files(0, RLIM_INFINITY);
    connected(&w, &s, 1);
    make(&w.c);
    assert_int_equal(follow(&w.c, 4), 0); /* another reader, which has all at once */
    while (last == WIRE_OK && acked < ENTRIES_MAX) {
        last = ask(&w.c, append(acked + 1));
        acked += last == WIRE_OK ? 1 : 0;
    }
    print_message("# full after %llu entries\n", (unsigned long long)acked);
    assert_int_equal(last, WIRE_FULL);
    assert_in_range(acked, 100, LIMIT / SIZE);
    assert_int_equal(waitpid(s.pid, NULL, WNOHANG), 0);
    others_go_on(&s, acked);
    limit_files(s.pid, RLIM_INFINITY); /* the operator made room */
    for (int i = 0; i < 50; i++) {
        assert_int_equal(ask(&w.c, append(acked + 1)), WIRE_OK);
        acked++;
    }
    relay_disconnect(&w.c);
    assert_true(WIFSIGNALED(sottod_end(&s, SIGKILL)));
    assert_true(sottod_start(&s, NULL));
    connected(&late, &s, 21);
    assert_int_equal(follow(&late.c, 3), acked);
    read_to(&late, acked);
    relay_disconnect(&late.c);
    assert_int_equal(WEXITSTATUS(sottod_end(&s, SIGTERM)), 0);
    sottod_drop(&s);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_stops_what_adds_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
