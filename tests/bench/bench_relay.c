/* What an append costs the relay: a sottod of its own, a writer and a reader on one log. The writer
 * keeps so many appends under way; the reader acknowledges as it reads, so that entries are stored,
 * pushed, deleted and erased as in life. Time is the wall's, CPU is the relay's process alone, from
 * the kernel's count of its running time. A stall is the longest time without an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../scenario/sottod_rig.h"

typedef struct end {
    relay_client client;
    uint64_t answered, read, acked;
    uint64_t last_ns, stall_ns; /* when the last answer came, and the longest wait for one */
} end;

static const uint8_t log_id[32] = {1};
static const uint8_t token[32] = {2};

static uint64_t clock_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_ns(pid_t pid)
{
    char path[64];
    unsigned long long ns = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%llu", &ns), 1);
    (void)fclose(f);
    return ns;
}

static bool on_frame(void *user, const wire_frame *f)
{
    end *e = user;
    if (f->type == WIRE_APPENDED) {
        uint64_t now = clock_ns();
        uint64_t wait = now - e->last_ns;
        e->stall_ns = wait > e->stall_ns ? wait : e->stall_ns;
        e->last_ns = now;
        e->answered++;
        return true;
    }
    if (f->type == WIRE_ENTRY) {
        e->read = f->u.entry.seq;
        return true;
    }
    return f->type == WIRE_ACKED;
}

/* Once so many entries are read, or whatever is read when every is 1. */
static void acknowledge(end *e, uint64_t every)
{
    base_buf items = base_buf_on(NULL);
    const wire_ack ack = {.channel = 1, .seq = e->read};
    if (e->read - e->acked < every) {
        return;
    }
    assert_int_equal(wire_ack_put(&items, &ack), BASE_OK);
    wire_frame f = {.type = WIRE_ACK};
    f.u.items.items = base_buf_bytes(&items);
    assert_true(relay_send(&e->client, &f) != 0);
    e->acked = e->read;
    base_buf_clear(&items);
}

static void follow(end *e, uint16_t port, uint8_t key_byte, bool create)
{
    uint8_t key[32] = {key_byte};
    uint8_t handle[32];
    uint8_t gate[32];
    base_buf items = base_buf_on(NULL);
    rig_sha256(base_bytes_of(key, 32), handle);
    rig_sha256(base_bytes_of(token, 32), gate);
    e->client.push = on_frame;
    e->client.user = e;
    assert_true(relay_connect(&e->client, port));
    if (create) {
        wire_frame f = {.type = WIRE_CREATE};
        f.u.create = (wire_create){.log = base_bytes_of(log_id, 32),
                                   .gate = base_bytes_of(gate, 32),
                                   .cursor = base_bytes_of(handle, 32)};
        assert_non_null(relay_ask(&e->client, &f));
    }
    const wire_follow item = {.channel = 1,
                              .log = base_bytes_of(log_id, 32),
                              .token = base_bytes_of(token, 32),
                              .key = base_bytes_of(key, 32)};
    assert_int_equal(wire_follow_put(&items, &item), BASE_OK);
    wire_frame f = {.type = WIRE_FOLLOW};
    f.u.items.items = base_buf_bytes(&items);
    assert_non_null(relay_ask(&e->client, &f));
    base_buf_clear(&items);
}

static void step(end *a, end *b)
{
    struct pollfd fds[2] = {{.fd = ws_client_fd(a->client.ws), .events = POLLIN},
                            {.fd = ws_client_fd(b->client.ws), .events = POLLIN}};
    (void)poll(fds, 2, 1000);
    relay_pump(&a->client, 0);
    relay_pump(&b->client, 0);
    assert_false(a->client.ended || b->client.ended);
}

static void run(size_t size, uint64_t depth, uint64_t every, uint64_t count)
{
    static uint8_t body[65536];
    static end a;
    static end b;
    sottod s;
    sottod_make(&s);
    assert_true(sottod_start(&s, NULL));
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    follow(&a, s.port, 7, true);
    follow(&b, s.port, 8, false);
    uint64_t sent = 0;
    uint64_t cpu = cpu_ns(s.pid);
    uint64_t begin = a.last_ns = clock_ns();
    while (a.answered < count) {
        while (sent < count && sent - a.answered < depth) {
            wire_frame f = {.type = WIRE_APPEND};
            memcpy(body, &sent, sizeof sent);
            f.u.append = (wire_append){1, 0, base_bytes_of(body, size)};
            assert_true(relay_send(&a.client, &f) != 0);
            sent++;
        }
        step(&a, &b);
        acknowledge(&a, every);
        acknowledge(&b, every);
    }
    while (b.read < count) {
        step(&a, &b);
    }
    acknowledge(&a, 1);
    acknowledge(&b, 1);
    uint64_t wall = clock_ns() - begin;
    cpu = cpu_ns(s.pid) - cpu;
    (void)printf("%6zu B  %3llu under way  ack after %2llu  %8.0f a second  %7.1f us of the "
                 "relay's CPU each  "
                 "longest stall %5.1f ms\n",
                 size, (unsigned long long)depth, (unsigned long long)every,
                 (double)count * 1e9 / (double)wall, (double)cpu / 1e3 / (double)count,
                 (double)a.stall_ns / 1e6);
    (void)fflush(stdout);
    relay_disconnect(&a.client);
    relay_disconnect(&b.client);
    (void)sottod_end(&s, SIGTERM);
    sottod_drop(&s);
}

int main(int argc, char **argv)
{
    static const struct {
        size_t size;
        uint64_t depth, every;
    } cases[] = {{256, 1, 16},  {256, 1, 1},  {256, 8, 1},    {256, 64, 1},
                 {256, 64, 16}, {4096, 1, 1}, {4096, 64, 16}, {65536, 8, 1}};
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000;
    size_t only = argc > 2 ? strtoul(argv[2], NULL, 10) : SIZE_MAX;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (only != SIZE_MAX && only != i) {
            continue;
        }
        uint64_t n = cases[i].depth == 1 ? count / 4 : count;
        run(cases[i].size, cases[i].depth, cases[i].every, n);
    }
    return 0;
}
