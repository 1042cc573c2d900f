/* A client of the relay without a device behind it: it sends the frames that it is told to, with
 * whatever tokens it is given, and prints everything that the relay says. For what a removed
 * member, or a stranger, might try (docs/protocol.md, sections 3 and 10).
 *
 *     e2e_knock PORT < COMMANDS
 *
 * A command a line, bytes as hex; "*N" behind a hex value repeats it N times:
 *
 *     follow CHANNEL LOG EPOCH TOKEN READER FROM       answer: status, then of OK: cursor place
 * start listen MS                                        end ended; of RANGE: start end; of GONE:
 * end append CHANNEL EPOCH DATA                        answers: name, status or number commit
 * CHANNEL EPOCH GATE DATA nudge CHANNEL EPOCH ack CHANNEL SEQ [EPOCH TOKEN] side LOG EPOCH TOKEN
 *     cursors CHANNEL HANDLE
 *     leave CHANNEL                                    its cursor is forgotten too
 *     deliver BOX DOOR TOKEN DATA
 *
 * Pushes are printed as they come: "entry CHANNEL SEQ KIND SIZE DATA", "dropped CHANNEL REASON",
 * "part DATA". Any other frame is printed by its type. Ends with 1 when the relay closes. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../scenario/sottod_rig.h"
#include "base/text.h"

#define WORDS_MAX 8

typedef struct words {
    char *v[WORDS_MAX];
    size_t n;
    base_buf bytes[WORDS_MAX]; /* of those that were read as hex */
} words;

static void die(const char *what)
{
    (void)fprintf(stderr, "knock: %s\n", what);
    exit(2);
}

static void print_bytes(base_bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        (void)printf("%02x", b.p[i]);
    }
    (void)printf("\n");
}

static bool print_push(void *user, const wire_frame *f)
{
    (void)user;
    if (f->type == WIRE_ENTRY) {
        const wire_entry *e = &f->u.entry;
        (void)printf("entry %" PRIu32 " %" PRIu64 " %u %" PRIu32 " ", e->channel, e->seq, e->kind,
                     e->size);
        print_bytes(e->data);
    } else if (f->type == WIRE_PART) {
        (void)printf("part ");
        print_bytes(f->u.bytes.data);
    } else if (f->type == WIRE_DROPPED) {
        (void)printf("dropped %" PRIu32 " %s\n", f->u.dropped.channel,
                     wire_status_name(f->u.dropped.reason));
    } else if (f->request == 0) {
        (void)printf("%s\n", wire_type_name(f->type));
    } else {
        return false;
    }
    return true;
}

/* ---- reading a command ---- */

static uint64_t number(const words *w, size_t i)
{
    char *end = NULL;
    if (i >= w->n) {
        die("a word is missing");
    }
    uint64_t n = strtoull(w->v[i], &end, 10);
    if (*end != '\0') {
        die("not a number");
    }
    return n;
}

static base_bytes bytes(words *w, size_t i)
{
    base_buf one = base_buf_on(NULL);
    if (i >= w->n) {
        die("a word is missing");
    }
    char *star = strchr(w->v[i], '*');
    unsigned long times = star == NULL ? 1 : strtoul(star + 1, NULL, 10);
    if (star != NULL) {
        *star = '\0';
    }
    if (base_text_from_hex(base_bytes_str(w->v[i]), &one) != BASE_OK) {
        die("not hexadecimal");
    }
    for (; times > 0; times--) {
        assert_int_equal(base_buf_append(&w->bytes[i], base_buf_bytes(&one)), BASE_OK);
    }
    base_buf_clear(&one);
    return base_buf_bytes(&w->bytes[i]);
}

/* ---- sending it ---- */

static bool make_ack(words *w, base_buf *items, wire_frame *f)
{
    wire_ack ack = {.channel = (uint32_t)number(w, 1), .seq = number(w, 2)};
    if (w->n > 3) {
        ack.has_next = true;
        ack.next_epoch = number(w, 3);
        ack.next_token = bytes(w, 4);
    }
    f->type = WIRE_ACK;
    return wire_ack_put(items, &ack) == BASE_OK;
}

static bool make_follow(words *w, base_buf *items, wire_frame *f)
{
    wire_follow follow = {.channel = (uint32_t)number(w, 1),
                          .log = bytes(w, 2),
                          .epoch = number(w, 3),
                          .token = bytes(w, 4),
                          .key = bytes(w, 5),
                          .from = number(w, 6)};
    f->type = WIRE_FOLLOW;
    return wire_follow_put(items, &follow) == BASE_OK;
}

static bool make_write(words *w, wire_frame *f)
{
    const char *name = w->v[0];
    static const uint8_t nothing[WIRE_NUDGE_SIZE];
    if (strcmp(name, "append") == 0) {
        f->type = WIRE_APPEND;
        f->u.append = (wire_append){(uint32_t)number(w, 1), number(w, 2), bytes(w, 3)};
    } else if (strcmp(name, "commit") == 0) {
        base_bytes data = bytes(w, 4);
        f->type = WIRE_COMMIT;
        f->u.commit = (wire_commit){.channel = (uint32_t)number(w, 1),
                                    .epoch = number(w, 2),
                                    .gate = bytes(w, 3),
                                    .entry_size = (uint32_t)data.n,
                                    .data = data};
    } else if (strcmp(name, "nudge") == 0) {
        f->type = WIRE_NUDGE;
        f->u.nudge = (wire_nudge){(uint32_t)number(w, 1), number(w, 2),
                                  base_bytes_of(nothing, sizeof nothing)};
    } else if (strcmp(name, "side") == 0) {
        f->type = WIRE_SIDE;
        f->u.side = (wire_side){bytes(w, 1), number(w, 2), bytes(w, 3)};
    } else if (strcmp(name, "cursors") == 0) {
        f->type = WIRE_CURSORS;
        f->u.cursors = (wire_cursors){(uint32_t)number(w, 1), bytes(w, 2)};
    } else if (strcmp(name, "leave") == 0) {
        f->type = WIRE_LEAVE;
        f->u.leave = (wire_leave){(uint32_t)number(w, 1), true};
    } else if (strcmp(name, "deliver") == 0) {
        f->type = WIRE_BOX_DELIVER;
        f->u.box_deliver = (wire_box_deliver){.box = bytes(w, 1),
                                              .number = (uint32_t)number(w, 2),
                                              .token = bytes(w, 3),
                                              .data = bytes(w, 4)};
    } else {
        return false;
    }
    return true;
}

static void print_followed(const wire_frame *f)
{
    wire_followed v;
    base_rd r = base_rd_on(f->u.items.items);
    assert_int_equal(wire_followed_next(&r, &v), BASE_OK);
    (void)printf("follow %s", wire_status_name(v.status));
    if (v.status == WIRE_OK) {
        (void)printf(" %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %d", v.cursor, v.place, v.start,
                     v.end, v.ended);
    } else if (v.status == WIRE_RANGE) {
        (void)printf(" %" PRIu64 " %" PRIu64, v.start, v.end);
    } else if (v.status == WIRE_GONE) {
        (void)printf(" %" PRIu64, v.end);
    }
    (void)printf("\n");
}

static void print_answer(const char *name, const wire_frame *f)
{
    if (f == NULL) {
        die("no answer");
    }
    if (f->type == WIRE_FOLLOWED) {
        print_followed(f);
    } else if (f->type == WIRE_ACKED) {
        wire_acked v;
        base_rd r = base_rd_on(f->u.items.items);
        assert_int_equal(wire_acked_next(&r, &v), BASE_OK);
        (void)printf("%s %s\n", name, wire_status_name(v.status));
    } else if (f->type == WIRE_DONE) {
        (void)printf("%s %s\n", name, wire_status_name(f->u.done.status));
    } else {
        (void)printf("%s %s\n", name, wire_type_name(f->type));
    }
}

static void listen_for(relay_client *c, uint64_t ms)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    for (uint64_t until = now + ms; now < until && !c->ended;) {
        relay_pump(c, (int)(until - now));
        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    }
}

static void obey(relay_client *c, words *w)
{
    wire_frame f = {.type = 0};
    base_buf items = base_buf_on(NULL);
    if (strcmp(w->v[0], "listen") == 0) {
        listen_for(c, number(w, 1));
        return;
    }
    bool made = strcmp(w->v[0], "follow") == 0 ? make_follow(w, &items, &f)
                : strcmp(w->v[0], "ack") == 0  ? make_ack(w, &items, &f)
                                               : make_write(w, &f);
    if (!made) {
        die("no such command");
    }
    if (items.n > 0) {
        f.u.items.items = base_buf_bytes(&items);
    }
    print_answer(w->v[0], relay_ask(c, &f));
    base_buf_clear(&items);
}

int main(int argc, char **argv)
{
    relay_client c = {.push = print_push};
    char *line = NULL;
    size_t cap = 0;
    if (argc != 2 || strtoul(argv[1], NULL, 10) - 1 >= 65535) {
        die("usage: e2e_knock PORT < COMMANDS");
    }
    if (!relay_connect(&c, (uint16_t)strtoul(argv[1], NULL, 10))) {
        die("no relay there");
    }
    while (!c.ended && getline(&line, &cap, stdin) > 0) {
        words w = {.n = 0};
        for (char *p = strtok(line, " \n"); p != NULL && w.n < WORDS_MAX; p = strtok(NULL, " \n")) {
            w.v[w.n++] = p;
        }
        if (w.n > 0) {
            obey(&c, &w);
        }
        for (size_t i = 0; i < WORDS_MAX; i++) {
            base_buf_clear(&w.bytes[i]);
        }
    }
    bool ended = c.ended;
    free(line);
    relay_disconnect(&c);
    return ended ? 1 : 0;
}
