/* A store that fails at any operation of any request: nothing is half done, who asked is told, who
 * did not is not disturbed, and the same request succeeds afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

enum { SIDE = 4096, OPS_MAX = 120 };

typedef struct scene {
    fake_world *w;
    fake_peer *p, *q; /* who asks; who is there */
    base_buf list;
} scene;

static void drain(fake_peer *p)
{
    wire_frame f;
    while (fake_next(p, &f)) {
        assert_int_not_equal(f.type, WIRE_FAIL);
    }
}

static wire_frame welcome_frame(uint32_t channel)
{
    static uint8_t handle[32];
    static uint8_t body[256 + SIDE];
    wire_frame f = fake_commit_frame(channel, 0, 11, 0);
    memcpy(handle, fake_gate('k', 3).p, 32);
    memcpy(body, fake_body(sizeof body, 1).p, sizeof body);
    f.u.commit.opened = base_bytes_of(handle, 32);
    f.u.commit.side_size = SIDE;
    f.u.commit.data = base_bytes_of(body, sizeof body);
    return f;
}

static wire_frame box_new(unsigned i)
{
    wire_frame f = {.type = WIRE_BOX_NEW};
    f.u.box_new =
        (wire_box_new){fake_id('b', i), fake_gate('t', 1), fake_gate('t', 2), BASE_BYTES_NONE};
    return f;
}

static wire_frame shelf_new(unsigned i)
{
    wire_frame f = {.type = WIRE_SHELF_NEW};
    f.u.shelf_new = (wire_shelf_new){fake_id('s', i), fake_gate('t', 1), fake_gate('t', 2), 1024,
                                     BASE_BYTES_NONE};
    return f;
}

static wire_frame shelf_put(uint64_t batch)
{
    static uint8_t packages[3 * 1024];
    memcpy(packages, fake_body(sizeof packages, 3).p, sizeof packages);
    wire_frame f = {.type = WIRE_SHELF_PUT};
    f.u.shelf_put = (wire_shelf_put){.shelf = fake_id('s', 1),
                                     .owner = fake_id('t', 1),
                                     .batch = batch,
                                     .last = base_bytes_of(packages, 1024),
                                     .packages = base_bytes_of(packages + 1024, 2048)};
    return f;
}

static wire_frame deliver(uint32_t number, unsigned token)
{
    wire_frame f = {.type = WIRE_BOX_DELIVER};
    f.u.box_deliver = (wire_box_deliver){fake_id('b', 1), number, fake_id('t', token),
                                         BASE_BYTES_NONE, fake_body(256, 1)};
    return f;
}

static wire_frame doors(scene *t, uint32_t add, bool removes)
{
    static const uint8_t number[] = {0, 0, 0, 5};
    const wire_door d = {add, fake_gate('t', 3)};
    wire_frame f = {.type = WIRE_BOX_DOORS};
    base_buf_clear(&t->list);
    assert_int_equal(wire_door_put(&t->list, &d), BASE_OK);
    f.u.box_doors = (wire_box_doors){.box = fake_id('b', 1),
                                     .owner = fake_id('t', 1),
                                     .add = base_buf_bytes(&t->list),
                                     .remove = base_bytes_of(number, removes ? 4 : 0)};
    return f;
}

/* Log 1, whose epoch 1 has begun with a side part that p and q have not entered; log 2 in epoch 0
 * on channel 2; a mailbox with mail by both doors, a shelf with packages. */
static void setup(scene *t)
{
    *t = (scene){.w = fake_world_new(NULL, "")};
    t->p = fake_peer_new(t->w, true, true);
    t->q = fake_peer_new(t->w, true, true);
    wire_status status;
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(fake_create(t->p, i, 10, 1), WIRE_OK);
        assert_int_equal(fake_follow(t->p, i, i, 0, 10, 1, 0).status, WIRE_OK);
        assert_int_equal(fake_follow(t->q, i, i, 0, 10, 2, 0).status, WIRE_OK);
    }
    assert_int_equal(fake_commit(t->p, welcome_frame(1), &status), 1);
    assert_int_equal(fake_append(t->p, 2, 0, 8, &status), 1);
    drain(t->p);
    drain(t->q);
    assert_int_equal(fake_done(t->p, box_new(1)), WIRE_OK);
    assert_int_equal(fake_done(t->p, doors(t, 5, false)), WIRE_OK);
    assert_int_equal(fake_done(t->p, deliver(0, 2)), WIRE_OK);
    assert_int_equal(fake_done(t->p, deliver(5, 3)), WIRE_OK);
    assert_int_equal(fake_done(t->p, shelf_new(1)), WIRE_OK);
    assert_int_equal(fake_done(t->p, shelf_put(1)), WIRE_OK);
}

static void teardown(scene *t)
{
    base_buf_clear(&t->list);
    fake_peer_free(t->p);
    fake_peer_free(t->q);
    fake_world_free(t->w);
}

/* ---- one request of each kind, in place ---- */

static wire_frame ack_frame(scene *t)
{
    const wire_ack item = {
        .channel = 1, .seq = 1, .has_next = true, .next_epoch = 1, .next_token = fake_id('t', 11)};
    base_buf_clear(&t->list);
    assert_int_equal(wire_ack_put(&t->list, &item), BASE_OK);
    wire_frame f = {.type = WIRE_ACK};
    f.u.items.items = base_buf_bytes(&t->list);
    return f;
}

static wire_frame follow_frame(scene *t)
{
    const wire_follow item = fake_follow_item(9, 2, 0, 10, 5, 0); /* a guest */
    base_buf_clear(&t->list);
    assert_int_equal(wire_follow_put(&t->list, &item), BASE_OK);
    wire_frame f = {.type = WIRE_FOLLOW};
    f.u.items.items = base_buf_bytes(&t->list);
    return f;
}

static wire_frame dir_put(void)
{
    static const uint8_t none[32];
    wire_frame f = {.type = WIRE_DIR_PUT};
    f.u.dir_put = (wire_dir_put){.key = fake_id('d', 1),
                                 .token = fake_id('t', 1),
                                 .gate = fake_gate('t', 1),
                                 .expected = base_bytes_of(none, 32),
                                 .record = fake_body(WIRE_RECORD_SIZE, 1)};
    return f;
}

static wire_frame log_request(scene *t, wire_type type)
{
    wire_frame f = {.type = (uint8_t)type};
    switch (type) {
    case WIRE_CREATE:
        f.u.create =
            (wire_create){fake_id('l', 7), fake_gate('t', 1), fake_gate('k', 1), BASE_BYTES_NONE};
        return f;
    case WIRE_FOLLOW:
        return follow_frame(t);
    case WIRE_APPEND:
        f.u.append = (wire_append){2, 0, fake_body(256, 5)};
        return f;
    case WIRE_COMMIT:
        return welcome_frame(2);
    case WIRE_ACK:
        return ack_frame(t);
    case WIRE_NUDGE:
        f.u.nudge = (wire_nudge){2, 0, fake_body(WIRE_NUDGE_SIZE, 4)};
        return f;
    case WIRE_LEAVE:
        f.u.leave = (wire_leave){2, true};
        return f;
    case WIRE_SIDE:
        f.u.side = (wire_side){fake_id('l', 1), 1, fake_id('t', 11)};
        return f;
    default:
        f.u.cursors = (wire_cursors){2, fake_gate('k', 1)};
        return f;
    }
}

static wire_frame request(scene *t, wire_type type)
{
    wire_frame f = {.type = (uint8_t)type};
    switch (type) {
    case WIRE_BOX_NEW:
        return box_new(2);
    case WIRE_BOX_DOORS:
        return doors(t, 6, true);
    case WIRE_BOX_DELIVER:
        return deliver(5, 3);
    case WIRE_BOX_COLLECT:
        f.u.box_collect = (wire_box_collect){3, fake_id('b', 1), fake_id('t', 1), 0};
        return f;
    case WIRE_BOX_END:
        f.u.owned = (wire_owned){fake_id('b', 1), fake_id('t', 1)};
        return f;
    case WIRE_SHELF_NEW:
        return shelf_new(2);
    case WIRE_SHELF_PUT:
        return shelf_put(2);
    case WIRE_SHELF_TAKE:
        f.u.shelf_take = (wire_shelf_take){fake_id('s', 1), fake_id('t', 2),
                                           base_bytes_of(fake_id('n', 1).p, 16), BASE_BYTES_NONE};
        return f;
    case WIRE_SHELF_COUNT:
    case WIRE_SHELF_END:
        f.u.owned = (wire_owned){fake_id('s', 1), fake_id('t', 1)};
        return f;
    case WIRE_DIR_GET:
        f.u.dir_get.key = fake_id('d', 1);
        return f;
    case WIRE_DIR_PUT:
        return dir_put();
    default:
        return log_request(t, type);
    }
}

/* The nth operation fails; false when the request needed no more than n - 1. */
static bool try_failing(wire_type type, unsigned nth)
{
    scene t;
    setup(&t);
    const relay_store *st = t.w->port;
    relay_meta meta;
    const uint64_t rows = fake_log_store_sum(t.w->store);
    const unsigned long ops = fake_log_store_ops(t.w->store);
    fake_log_store_fail_op(t.w->store, nth);
    fake_send(t.p, request(&t, type));
    base_err err = fake_try_flush(t.w);
    bool closed = relay_session_closing(t.p->s);
    bool used = fake_log_store_ops(t.w->store) - ops >= nth;
    fake_log_store_fail_op(t.w->store, 0);
    wire_frame f;
    if (closed && t.w->counts[RELAY_M_FAILED] > 0) {
        assert_true(fake_log_store_sum(t.w->store) == rows);
        fake_expect_fail(t.p, WIRE_FAILED);
        assert_false(relay_session_closing(t.q->s));
        while (
            fake_next(t.q, &f)) { /* nothing of it was told to others, but what is stored nowhere */
            assert_int_equal(f.type, WIRE_NUDGED);
        }
    } else {
        assert_int_equal(err, BASE_OK); /* durable, if perhaps not to be read back */
    }
    fake_peer_free(t.p);
    t.p = fake_peer_new(t.w, true, true);
    assert_int_equal(st->ops->meta(st->user, &meta), BASE_OK);
    assert_int_equal(fake_follow(t.p, 2, 2, 0, 10, 1, 0).status, WIRE_OK);
    drain(t.p);
    if (closed && t.w->counts[RELAY_M_FAILED] > 0) {
        assert_int_equal(fake_follow(t.p, 1, 1, 0, 10, 1, 1).status, WIRE_OK);
        drain(t.p); /* it waits at the end of epoch 0 again */
        fake_send(t.p, request(&t, type));
        fake_flush(t.w);
        bool answered = false;
        while (fake_next(t.p, &f)) {
            answered = answered || f.request == t.p->request;
            assert_false(f.request == t.p->request && f.type == WIRE_DONE &&
                         f.u.done.status != WIRE_OK);
        }
        assert_true(answered);
    }
    teardown(&t);
    return used;
}

static void nothing_is_half_done_wherever_the_store_fails(void **state)
{
    (void)state;
    static const wire_type types[] = {
        WIRE_CREATE,    WIRE_FOLLOW,      WIRE_APPEND,      WIRE_COMMIT,    WIRE_ACK,
        WIRE_NUDGE,     WIRE_LEAVE,       WIRE_SIDE,        WIRE_CURSORS,   WIRE_BOX_NEW,
        WIRE_BOX_DOORS, WIRE_BOX_DELIVER, WIRE_BOX_COLLECT, WIRE_BOX_END,   WIRE_SHELF_NEW,
        WIRE_SHELF_PUT, WIRE_SHELF_TAKE,  WIRE_SHELF_COUNT, WIRE_SHELF_END, WIRE_DIR_GET,
        WIRE_DIR_PUT};
    unsigned total = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        unsigned nth = 1;
        while (nth < OPS_MAX && try_failing(types[i], nth)) {
            nth++;
        }
        assert_in_range(nth, 3, OPS_MAX - 1); /* begin and commit at least */
        total += nth - 1;
    }
    print_message("# %u operations failed, of %zu kinds of requests\n", total,
                  sizeof types / sizeof types[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_half_done_wherever_the_store_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
