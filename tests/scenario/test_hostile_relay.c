/* A relay that does not keep to the protocol, or keeps to its letter and refuses everything: the
 * client neither breaks nor spins, and what can go on goes on. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/frame.h"
#include "wire/item.h"

static const uint64_t seed = 19;

#define FRAMES_A_SECOND 8 /* more from one client, for minutes, is spinning */

#define LIES_MAX 5000 /* so that a client that spins comes to an end */

typedef struct liar {
    client *victim;
    uint8_t type;   /* of the requests that are answered falsely */
    uint8_t status; /* with this */
    uint8_t answer; /* or with an answer of this type */
    size_t lies;
} liar;

static void reply(client *c, uint32_t conn, const wire_frame *f)
{
    base_buf out = base_buf_on(NULL);
    OK(wire_frame_encode(f, &out));
    world_reply(c, conn, &out);
}

/* FOLLOW is answered item by item. */
static void refuse_follow(client *c, const wire_frame *asked, uint8_t status)
{
    static const uint8_t zeros[32] = {0};
    base_buf items = base_buf_on(NULL);
    base_rd in = base_rd_on(asked->u.items.items);
    wire_frame f = {.type = WIRE_FOLLOWED, .request = asked->request};
    while (base_rd_more(&in)) {
        wire_follow want;
        OK(wire_follow_next(&in, &want));
        wire_followed item = {.channel = want.channel,
                              .status = status,
                              .start_hash = base_bytes_of(zeros, 32),
                              .resume_hash = base_bytes_of(zeros, 32)};
        OK(wire_followed_put(&items, &item));
    }
    f.u.items.items = base_buf_bytes(&items);
    reply(c, c->w->tap_conn, &f);
    base_buf_clear(&items);
}

static bool refuse(void *user, client *c, bool to_client, base_buf *frame)
{
    liar *l = user;
    wire_frame f;
    if (to_client || c != l->victim || frame->n == 0 || frame->p[0] != l->type ||
        l->lies == LIES_MAX) {
        return true;
    }
    OK(wire_frame_decode(base_buf_bytes(frame), &f));
    l->lies++;
    if (l->type == WIRE_FOLLOW) {
        refuse_follow(c, &f, l->status);
        return false;
    }
    wire_frame out = {.type = WIRE_DONE, .request = f.request};
    out.u.done.status = l->status;
    reply(c, c->w->tap_conn, &out);
    return false;
}

typedef struct scene {
    world w;
    client *alice;
    client *bob;
    client *carol; /* a stranger to Alice */
    sotto_room_id room;
    liar l;
} scene;

static void scene_begin(scene *x)
{
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->carol = world_person(&x->w, "Carol");
    x->room = world_befriend(x->alice, x->bob);
    world_say(x->alice, &x->room, "zero");
    world_pass(&x->w, 1000);
    x->l.victim = x->alice;
    x->w.tap = refuse;
    x->w.tap_user = &x->l;
}

/* Everything that makes Alice ask for something. */
static void be_busy(scene *x)
{
    sotto_me me;
    uint32_t op = 0;
    int64_t number = 0;
    sotto_me bob;
    base_err err = sotto_send_text(x->alice->s, &x->room, base_bytes_str("text"), BASE_BYTES_NONE,
                                   x->w.now, &number);
    assert_true(err == BASE_OK || err == SOTTO_E_NOT_ALLOWED);
    OK(sotto_get_me(x->carol->s, &me));
    OK(sotto_add_contact(x->alice->s, base_bytes_str(me.link), BASE_BYTES_NONE, x->w.now, &op));
    OK(sotto_get_me(x->bob->s, &bob));
    OK(sotto_create_group(x->alice->s, base_bytes_str("Group"), &bob.id, 1, x->w.now, &op));
    OK(sotto_claim_handle(x->alice->s, base_bytes_str("alice"), x->w.now, &op));
    OK(sotto_add_contact(x->alice->s, base_bytes_str("bob@127.0.0.1:7480"), BASE_BYTES_NONE,
                         x->w.now, &op));
    world_say(x->bob, &x->room, "from Bob");
}

static const uint8_t requests[] = {
    WIRE_CREATE,      WIRE_FOLLOW,      WIRE_APPEND,    WIRE_COMMIT,
    WIRE_ACK,         WIRE_SIDE,        WIRE_BOX_NEW,   WIRE_BOX_DOORS,
    WIRE_BOX_DELIVER, WIRE_BOX_COLLECT, WIRE_SHELF_NEW, WIRE_SHELF_PUT,
    WIRE_SHELF_TAKE,  WIRE_SHELF_COUNT, WIRE_DIR_GET,   WIRE_DIR_PUT,
};

static const uint8_t statuses[] = {WIRE_OK,         WIRE_DENIED,     WIRE_STALE,      WIRE_GONE,
                                   WIRE_FULL,       WIRE_RANGE,      WIRE_NO_POSTAGE, WIRE_BUSY,
                                   WIRE_OVER_LIMIT, WIRE_NO_CHANNEL, WIRE_NO_READER,  WIRE_FAILED};

static void a_relay_that_refuses_one_thing_is_not_asked_for_it_for_ever(void **state)
{
    (void)state;
    size_t told = 0;
    for (size_t i = 0; i < sizeof requests; i++) {
        for (size_t k = 0; k < sizeof statuses; k++) {
            uint8_t status = statuses[k];
            if (requests[i] == WIRE_FOLLOW && status == WIRE_OK) {
                continue;
            }
            scene x;
            scene_begin(&x);
            x.l.type = requests[i];
            x.l.status = status;
            world_restart(x.alice);
            be_busy(&x);
            size_t before = x.w.frames_out;
            const uint64_t seconds = 90;
            world_pass(&x.w, seconds * 1000);
            size_t frames = x.w.frames_out - before;
            if (frames > seconds * FRAMES_A_SECOND) {
                print_message("# %s %s: %zu frames in %d s\n", wire_type_name(requests[i]),
                              wire_status_name(status), frames, (int)seconds);
            }
            assert_true(frames <= seconds * FRAMES_A_SECOND);
            told += x.l.lies;
            world_end(&x.w);
        }
    }
    assert_true(told > 100);
}

/* ---- silence ---- */

typedef struct silence {
    client *victim;
    uint8_t type; /* of the frame that does not come, once */
    bool done;
} silence;

static bool say_nothing(void *user, client *c, bool to_client, base_buf *frame)
{
    silence *x = user;
    bool now = to_client && c == x->victim && !x->done && frame->n > 0 && frame->p[0] == x->type;
    x->done = x->done || now;
    return !now;
}

static void a_relay_that_falls_silent_is_left_and_asked_again(void **state)
{
    (void)state;
    static const uint8_t types[] = {WIRE_WELCOME, WIRE_FOLLOWED, WIRE_APPENDED,
                                    WIRE_ENTRY,   WIRE_ACKED,    WIRE_COMMITTED};
    for (size_t i = 0; i < sizeof types; i++) {
        scene x;
        sotto_me me;
        uint32_t op = 0;
        scene_begin(&x);
        silence quiet = {x.alice, types[i], false};
        x.w.tap = say_nothing;
        x.w.tap_user = &quiet;
        world_offline(x.alice);
        world_online(x.alice);
        world_say(x.alice, &x.room, "one");
        OK(sotto_get_me(x.bob->s, &me));
        OK(sotto_create_group(x.alice->s, base_bytes_str("Group"), &me.id, 1, x.w.now, &op));
        world_pass(&x.w, 180000);
        assert_true(quiet.done);
        assert_int_equal(world_count(x.alice, &x.room), 2);
        world_assert_same(x.alice, x.bob, &x.room);
        world_assert_no_alarm(x.alice);
        world_end(&x.w);
    }
}

/* ---- what comes unasked ---- */

typedef enum lie {
    DROP_AFTER_FOLLOWED, /* each channel is taken away as soon as it is there */
    GONE_FAR_BEYOND,     /* what is missing ends beyond the log's end */
    GONE_BACKWARDS,      /* or before what was read */
    COUNT_THE_LAST,      /* the shelf's batch is the highest number there is */
    WELCOME_WITH_LITTLE, /* limits below the protocol's */
    LIES
} lie;

typedef struct teller {
    client *victim;
    lie lie;
    size_t told;
} teller;

static void drop_channels(client *c, const wire_frame *f)
{
    base_rd in = base_rd_on(f->u.items.items);
    while (base_rd_more(&in)) {
        wire_followed item;
        OK(wire_followed_next(&in, &item));
        wire_frame drop = {.type = WIRE_DROPPED};
        drop.u.dropped = (wire_dropped){item.channel, WIRE_GONE};
        reply(c, c->w->tap_conn, &drop);
    }
}

static void say_gone(base_buf *frame, const wire_frame *f, uint64_t resume)
{
    static const uint8_t hash[32] = {5};
    base_buf items = base_buf_on(NULL);
    base_buf out = base_buf_on(NULL);
    base_rd in = base_rd_on(f->u.items.items);
    wire_frame lied = *f;
    while (base_rd_more(&in)) {
        wire_followed item;
        OK(wire_followed_next(&in, &item));
        item = (wire_followed){.channel = item.channel,
                               .status = WIRE_GONE,
                               .resume = resume,
                               .resume_hash = base_bytes_of(hash, 32),
                               .end = item.end};
        OK(wire_followed_put(&items, &item));
    }
    lied.u.items.items = base_buf_bytes(&items);
    OK(wire_frame_encode(&lied, &out));
    base_buf_move(frame, &out);
    base_buf_clear(&items);
}

static void rewrite(base_buf *frame, const wire_frame *f)
{
    base_buf out = base_buf_on(NULL);
    OK(wire_frame_encode(f, &out));
    base_buf_move(frame, &out);
}

static bool tell(void *user, client *c, bool to_client, base_buf *frame)
{
    teller *t = user;
    wire_frame f;
    base_buf keep = base_buf_on(NULL);
    if (!to_client || c != t->victim || frame->n == 0 || t->told == LIES_MAX) {
        return true;
    }
    OK(base_buf_set(&keep, base_buf_bytes(frame)));
    OK(wire_frame_decode(base_buf_bytes(&keep), &f));
    t->told++;
    if (f.type == WIRE_FOLLOWED && t->lie == DROP_AFTER_FOLLOWED) {
        drop_channels(c, &f);
    } else if (f.type == WIRE_FOLLOWED && t->lie == GONE_FAR_BEYOND) {
        say_gone(frame, &f, (uint64_t)INT64_MAX);
    } else if (f.type == WIRE_FOLLOWED && t->lie == GONE_BACKWARDS) {
        say_gone(frame, &f, 0);
    } else if (f.type == WIRE_COUNTED && t->lie == COUNT_THE_LAST) {
        f.u.counted = (wire_counted){0, false, (uint64_t)INT64_MAX};
        rewrite(frame, &f);
    } else if (f.type == WIRE_WELCOME && t->lie == WELCOME_WITH_LITTLE) {
        f.u.welcome.max_follow = 0;
        rewrite(frame, &f);
    } else {
        t->told--;
    }
    base_buf_clear(&keep);
    return true;
}

static void a_relay_that_lies_for_a_while_costs_that_while(void **state)
{
    (void)state;
    for (lie l = DROP_AFTER_FOLLOWED; l < LIES; l++) {
        scene x;
        scene_begin(&x);
        teller t = {x.alice, l, 0};
        x.w.tap = tell;
        x.w.tap_user = &t;
        world_offline(x.alice);
        world_online(x.alice);
        world_say(x.alice, &x.room, "one");
        world_say(x.bob, &x.room, "two");
        size_t before = x.w.frames_out;
        world_pass(&x.w, 120000);
        assert_true(x.w.frames_out - before < 120 * FRAMES_A_SECOND);
        assert_true(t.told > 0);
        x.w.tap = NULL;
        world_offline(x.alice);
        world_online(x.alice);
        world_pass(&x.w, 90000);
        world_say(x.alice, &x.room, "three");
        world_pass(&x.w, 2000);
        assert_int_equal(world_count(x.alice, &x.room), 4);
        world_assert_same(x.alice, x.bob, &x.room);
        world_end(&x.w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_that_refuses_one_thing_is_not_asked_for_it_for_ever),
        cmocka_unit_test(a_relay_that_falls_silent_is_left_and_asked_again),
        cmocka_unit_test(a_relay_that_lies_for_a_while_costs_that_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
