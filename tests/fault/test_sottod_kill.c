/* sottod is killed at random moments under load: no acknowledged append is lost, none is doubled,
 * and what was not acknowledged can be sent again by the rules of docs/protocol.md, section 8,
 * without being doubled. What a reader has acknowledged does not come back. The seed is printed;
 * SOTTO_SEED sets it. */
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

#define ROUNDS 20
#define WRITERS 4
#define WINDOW 24     /* appends under way a writer */
#define ENTRIES 20000 /* a writer and round at most: the log keeps more */
#define SIZE 256      /* bytes of an entry */

/* One device with one log: it appends entry 1, 2, 3 ... and follows what the log holds. */
typedef struct writer {
    relay_client client;
    uint8_t log[32], token[32], key[32];
    uint64_t sent;  /* entries given to the connection that is open now, the last one's number */
    uint64_t base;  /* entries read in earlier rounds, and acknowledged as a reader */
    uint64_t acked; /* entries acknowledged, ever */
    uint64_t read;  /* entries read back since the connection opened */
    bool following;
} writer;

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The content of entry i: told apart from every other of every log. */
static void content(const writer *w, uint64_t i, uint8_t out[SIZE])
{
    memset(out, (int)(i & 0xff), SIZE);
    memcpy(out, &i, sizeof i);
    memcpy(out + 8, w->log, 32);
}

/* Frames that come: an entry must be the next one, with the content that was sent under its number;
 * an acknowledgement must name the number that its content has. */
static bool on_frame(void *user, const wire_frame *f)
{
    writer *w = user;
    uint8_t want[SIZE];
    if (f->type == WIRE_ENTRY) {
        content(w, w->read + 1, want);
        assert_int_equal(f->u.entry.seq, w->read + 1);
        assert_true(base_bytes_eq(f->u.entry.data, base_bytes_of(want, SIZE)));
        w->read++;
        return true;
    }
    if (f->type == WIRE_APPENDED) {
        assert_int_equal(f->u.seq.seq,
                         w->acked + 1); /* one ordered stream: answers come in order */
        w->acked++;
        return true;
    }
    return false;
}

static void create(writer *w)
{
    uint8_t gate[32];
    uint8_t cursor[32];
    rig_sha256(base_bytes_of(w->token, 32), gate);
    rig_sha256(base_bytes_of(w->key, 32), cursor);
    wire_frame f = {.type = WIRE_CREATE,
                    .u.create = {.log = base_bytes_of(w->log, 32),
                                 .gate = base_bytes_of(gate, 32),
                                 .cursor = base_bytes_of(cursor, 32)}};
    const wire_frame *a = relay_ask(&w->client, &f);
    assert_non_null(a);
    assert_int_equal(a->type, WIRE_DONE);
    assert_int_equal(a->u.done.status, WIRE_OK);
}

/* As a reader: all up to seq is stored here and need not be kept there. */
static void acknowledge(writer *w, uint64_t seq)
{
    base_buf items = base_buf_on(NULL);
    wire_ack v = {.channel = 1, .seq = seq};
    assert_int_equal(wire_ack_put(&items, &v), BASE_OK);
    wire_frame f = {.type = WIRE_ACK, .u.items = {base_buf_bytes(&items)}};
    const wire_frame *a = relay_ask(&w->client, &f);
    base_buf_clear(&items);
    assert_non_null(a);
    assert_int_equal(a->type, WIRE_ACKED);
    base_rd r = base_rd_on(a->u.items.items);
    wire_acked got;
    assert_int_equal(wire_acked_next(&r, &got), BASE_OK);
    assert_int_equal(got.status, WIRE_OK);
    w->base = seq;
}

/* Follow from where this reader stopped and read to the end. Then every acknowledged entry must
 * have been there, and the log must hold nothing that was not sent. */
static void follow_and_check(writer *w)
{
    base_buf items = base_buf_on(NULL);
    wire_follow v = {.channel = 1,
                     .log = base_bytes_of(w->log, 32),
                     .token = base_bytes_of(w->token, 32),
                     .key = base_bytes_of(w->key, 32),
                     .from = 0};
    assert_int_equal(wire_follow_put(&items, &v), BASE_OK);
    wire_frame f = {.type = WIRE_FOLLOW, .u.items = {base_buf_bytes(&items)}};
    w->read = w->base;
    const wire_frame *a = relay_ask(&w->client, &f);
    base_buf_clear(&items);
    assert_non_null(a);
    assert_int_equal(a->type, WIRE_FOLLOWED);
    base_rd r = base_rd_on(a->u.items.items);
    wire_followed got;
    assert_int_equal(wire_followed_next(&r, &got), BASE_OK);
    assert_int_equal(got.status, WIRE_OK);
    assert_int_equal(got.place, w->base);
    assert_true(got.end >= w->acked); /* no acknowledged entry is lost */
    assert_true(got.end <= w->sent);  /* and none is doubled: numbers and contents agree */
    for (uint64_t until = clock_ms() + 20000; w->read < got.end && clock_ms() < until;) {
        relay_pump(&w->client, 100);
    }
    assert_int_equal(w->read, got.end);
    w->acked = got.end; /* what is there counts as sent; the rest is sent again */
    w->sent = got.end;
    acknowledge(w, got.end);
}

static void append_next(writer *w)
{
    uint8_t data[SIZE];
    content(w, w->sent + 1, data);
    wire_frame f = {.type = WIRE_APPEND,
                    .u.append = {.channel = 1, .epoch = 0, .data = base_bytes_of(data, SIZE)}};
    w->sent++; /* even when the connection is gone meanwhile: it may have got there */
    (void)relay_send(&w->client, &f);
}

/* Append as fast as the window allows for ms. */
static void load(writer *all, uint64_t ms)
{
    for (uint64_t until = clock_ms() + ms; clock_ms() < until;) {
        for (size_t i = 0; i < WRITERS; i++) {
            writer *w = &all[i];
            while (!w->client.ended && w->sent - w->acked < WINDOW && w->sent - w->base < ENTRIES) {
                append_next(w);
            }
            relay_pump(&w->client, 0);
        }
        (void)usleep(200);
    }
}

static void killed_twenty_times_under_load_nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    static writer all[WRITERS];
    sottod s;
    const char *seed = getenv("SOTTO_SEED");
    random_state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
    print_message("# SOTTO_SEED=%llu\n", (unsigned long long)random_state);
    sottod_make(&s);
    for (size_t i = 0; i < WRITERS; i++) {
        for (size_t k = 0; k < 32; k++) {
            all[i].log[k] = (uint8_t)next_random();
            all[i].token[k] = (uint8_t)next_random();
            all[i].key[k] = (uint8_t)next_random();
        }
        all[i].client.push = on_frame;
        all[i].client.user = &all[i];
    }
    uint64_t unsure = 0;
    uint64_t total = 0;
    int met = 0; /* kills that met appends under way */
    for (int round = 0; round <= ROUNDS; round++) {
        assert_true(sottod_start(&s, NULL));
        for (size_t i = 0; i < WRITERS; i++) {
            assert_true(relay_connect(&all[i].client, s.port));
            if (round == 0) {
                create(&all[i]);
            }
            follow_and_check(&all[i]);
        }
        if (round < ROUNDS) {
            load(all, 5 + next_random() % 300);
            assert_true(WIFSIGNALED(sottod_end(&s, SIGKILL)));
        }
        uint64_t before = unsure;
        for (size_t i = 0; i < WRITERS; i++) {
            while (round < ROUNDS && !all[i].client.ended) {
                relay_pump(&all[i].client, 100); /* what was acknowledged is still on its way */
            }
            unsure += all[i].sent - all[i].acked;
            relay_disconnect(&all[i].client);
        }
        met += unsure > before;
    }
    for (size_t i = 0; i < WRITERS; i++) {
        total += all[i].acked;
    }
    print_message("# %llu appends, %llu of them under way at a kill, in %d of %d kills\n",
                  (unsigned long long)total, (unsigned long long)unsure, met, ROUNDS);
    assert_true(total > ROUNDS * WRITERS); /* there was a load */
    assert_true(met > ROUNDS / 2);         /* and the kills met it */
    assert_int_equal(WEXITSTATUS(sottod_end(&s, SIGTERM)), 0);
    sottod_drop(&s);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_twenty_times_under_load_nothing_is_lost_or_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
