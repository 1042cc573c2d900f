/* Refusals that tell nothing (docs/protocol.md, section 5), and postage (section 6.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

static wire_status status;

static base_buf answer_of(fake_peer *p, wire_frame f)
{
    wire_frame a;
    base_buf out = {0};
    f.request = 77;
    fake_send(p, f);
    fake_flush(p->w);
    assert_true(fake_next(p, &a));
    assert_int_equal(base_buf_append(&out, base_buf_bytes(&p->current)), BASE_OK);
    return out;
}

static wire_frame follow_frame(base_buf *items, unsigned log, uint64_t epoch, unsigned token)
{
    wire_frame f = {.type = WIRE_FOLLOW};
    wire_follow item = fake_follow_item(1, log, epoch, token, 2, 0);
    base_buf_clear(items);
    assert_int_equal(wire_follow_put(items, &item), BASE_OK);
    f.u.items.items = base_buf_bytes(items);
    return f;
}

/* The answer, and how many operations of the store and hashes it took. */
typedef struct cost {
    base_buf answer;
    unsigned long ops;
} cost;

static cost cost_of(fake_peer *p, wire_frame f)
{
    unsigned long before = fake_log_store_ops(p->w->store);
    cost c = {.answer = answer_of(p, f)};
    c.ops = fake_log_store_ops(p->w->store) - before;
    return c;
}

static void same(cost *a, cost *b)
{
    assert_true(base_bytes_eq(base_buf_bytes(&a->answer), base_buf_bytes(&b->answer)));
    assert_int_equal(a->ops, b->ops);
    base_buf_clear(&b->answer);
}

static void a_log_denies_wrong_unknown_and_deleted_alike(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    base_buf items = {0};
    assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_create(p, 2, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(p, 1, 2, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_leave(p, 1, true), WIRE_OK); /* log 2 is gone */
    cost wrong = cost_of(p, follow_frame(&items, 1, 0, 11));
    cost unknown = cost_of(p, follow_frame(&items, 3, 0, 10));
    cost deleted = cost_of(p, follow_frame(&items, 2, 0, 10));
    cost epoch = cost_of(p, follow_frame(&items, 1, 5, 10));
    same(&wrong, &unknown);
    same(&wrong, &deleted);
    same(&wrong, &epoch);
    base_buf_clear(&wrong.answer);
    wire_frame side = {.type = WIRE_SIDE};
    side.u.side = (wire_side){fake_id('l', 1), 0, fake_id('t', 11)};
    wrong = cost_of(p, side);
    side.u.side = (wire_side){fake_id('l', 2), 0, fake_id('t', 10)};
    deleted = cost_of(p, side);
    same(&wrong, &deleted);
    base_buf_clear(&wrong.answer);
    assert_int_equal(fake_follow(p, 1, 1, 0, 10, 1, 0).status,
                     WIRE_OK); /* and the right one opens */
    base_buf_clear(&items);
    fake_peer_free(p);
    fake_world_free(w);
}

static wire_frame deliver(unsigned box, uint32_t number, unsigned token)
{
    wire_frame f = {.type = WIRE_BOX_DELIVER};
    f.u.box_deliver = (wire_box_deliver){fake_id('b', box), number, fake_id('t', token),
                                         BASE_BYTES_NONE, fake_body(256, 1)};
    return f;
}

static wire_frame take(unsigned shelf, unsigned token)
{
    wire_frame f = {.type = WIRE_SHELF_TAKE};
    f.u.shelf_take = (wire_shelf_take){fake_id('s', shelf), fake_id('t', token),
                                       base_bytes_of(fake_id('n', 1).p, 16), BASE_BYTES_NONE};
    return f;
}

static void boxes_and_shelves_deny_alike(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    wire_frame f = {.type = WIRE_BOX_NEW};
    for (unsigned i = 1; i <= 2; i++) {
        f.type = WIRE_BOX_NEW;
        f.u.box_new =
            (wire_box_new){fake_id('b', i), fake_gate('t', 1), fake_gate('t', 2), BASE_BYTES_NONE};
        assert_int_equal(fake_done(p, f), WIRE_OK);
        f.type = WIRE_SHELF_NEW;
        f.u.shelf_new = (wire_shelf_new){fake_id('s', i), fake_gate('t', 1), fake_gate('t', 2),
                                         1024, BASE_BYTES_NONE};
        assert_int_equal(fake_done(p, f), WIRE_OK);
    }
    f.type = WIRE_BOX_END;
    f.u.owned = (wire_owned){fake_id('b', 2), fake_id('t', 1)};
    assert_int_equal(fake_done(p, f), WIRE_OK);
    f.type = WIRE_SHELF_END;
    f.u.owned = (wire_owned){fake_id('s', 2), fake_id('t', 1)};
    assert_int_equal(fake_done(p, f), WIRE_OK);
    cost a = cost_of(p, deliver(1, 0, 9)); /* wrong */
    cost b = cost_of(p, deliver(3, 0, 2)); /* unknown */
    cost c = cost_of(p, deliver(2, 0, 2)); /* deleted */
    cost d = cost_of(p, deliver(1, 5, 2)); /* no such door */
    same(&a, &b);
    same(&a, &c);
    same(&a, &d);
    base_buf_clear(&a.answer);
    a = cost_of(p, take(1, 9));
    b = cost_of(p, take(3, 2));
    c = cost_of(p, take(2, 2));
    same(&a, &b);
    same(&a, &c);
    base_buf_clear(&a.answer);
    assert_int_equal(fake_done(p, deliver(1, 0, 2)), WIRE_OK);
    assert_int_equal(fake_done(p, take(1, 2)), WIRE_EMPTY);
    fake_peer_free(p);
    fake_world_free(w);
}

/* Every frame of an owner or a taker, about object i with token t. */
static wire_frame about(wire_type type, unsigned i, unsigned t)
{
    wire_frame f = {.type = (uint8_t)type};
    switch (type) {
    case WIRE_SIDE:
        f.u.side = (wire_side){fake_id('l', i), 0, fake_id('t', t)};
        break;
    case WIRE_BOX_DOORS:
        f.u.box_doors = (wire_box_doors){.box = fake_id('b', i), .owner = fake_id('t', t)};
        break;
    case WIRE_BOX_COLLECT:
        f.u.box_collect = (wire_box_collect){1, fake_id('b', i), fake_id('t', t), 0};
        break;
    case WIRE_BOX_END:
        f.u.owned = (wire_owned){fake_id('b', i), fake_id('t', t)};
        break;
    case WIRE_SHELF_PUT:
        f.u.shelf_put =
            (wire_shelf_put){.shelf = fake_id('s', i), .owner = fake_id('t', t), .batch = 1};
        break;
    case WIRE_DIR_PUT:
        f.u.dir_put = (wire_dir_put){.key = fake_id('d', i),
                                     .token = fake_id('t', t),
                                     .gate = fake_gate('t', t),
                                     .expected = fake_id('h', 1)};
        break;
    default:
        f.u.owned = (wire_owned){fake_id('s', i), fake_id('t', t)};
        break;
    }
    return f;
}

/* Log, box, shelf and record 1 are there, owned with token 1; those of number 2 were and are not
 * any more. */
static void make_and_end(fake_peer *p)
{
    wire_frame f = {.type = WIRE_BOX_NEW};
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(fake_create(p, i, 1, 1), WIRE_OK);
        f.type = WIRE_BOX_NEW;
        f.u.box_new =
            (wire_box_new){fake_id('b', i), fake_gate('t', 1), fake_gate('t', 2), BASE_BYTES_NONE};
        assert_int_equal(fake_done(p, f), WIRE_OK);
        f.type = WIRE_SHELF_NEW;
        f.u.shelf_new = (wire_shelf_new){fake_id('s', i), fake_gate('t', 1), fake_gate('t', 2),
                                         1024, BASE_BYTES_NONE};
        assert_int_equal(fake_done(p, f), WIRE_OK);
        static const uint8_t none[32];
        uint8_t hash[32];
        fake_hash_of(fake_body(WIRE_RECORD_SIZE, 1), hash);
        f = about(WIRE_DIR_PUT, i, 1);
        f.u.dir_put.record = fake_body(WIRE_RECORD_SIZE, 1);
        f.u.dir_put.expected = base_bytes_of(none, 32);
        assert_int_equal(fake_done(p, f), WIRE_OK);
        if (i == 2) {
            f.u.dir_put.record = BASE_BYTES_NONE;
            f.u.dir_put.expected = base_bytes_of(hash, 32);
            assert_int_equal(fake_done(p, f), WIRE_OK);
        }
    }
    assert_int_equal(fake_follow(p, 1, 2, 0, 1, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_leave(p, 1, true), WIRE_OK);
    assert_int_equal(fake_done(p, about(WIRE_BOX_END, 2, 1)), WIRE_OK);
    assert_int_equal(fake_done(p, about(WIRE_SHELF_END, 2, 1)), WIRE_OK);
}

static void every_frame_denies_wrong_unknown_and_deleted_alike(void **state)
{
    (void)state;
    static const wire_type types[] = {WIRE_SIDE,      WIRE_BOX_DOORS, WIRE_BOX_COLLECT,
                                      WIRE_BOX_END,   WIRE_SHELF_PUT, WIRE_SHELF_COUNT,
                                      WIRE_SHELF_END, WIRE_DIR_PUT};
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    make_and_end(p);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        cost wrong = cost_of(p, about(types[i], 1, 9));
        cost unknown = cost_of(p, about(types[i], 3, 1));
        cost deleted = cost_of(p, about(types[i], 2, 1));
        assert_int_equal(wrong.answer.p[wrong.answer.n - 1], WIRE_DENIED);
        same(&wrong, &unknown);
        same(&wrong, &deleted);
        base_buf_clear(&wrong.answer);
    }
    fake_peer_free(p);
    fake_world_free(w);
}

static wire_frame create(unsigned log, unsigned token, unsigned key)
{
    wire_frame f = {.type = WIRE_CREATE};
    f.u.create = (wire_create){fake_id('l', log), fake_gate('t', token), fake_gate('k', key),
                               BASE_BYTES_NONE};
    return f;
}

static void creating_what_is_there_does_not_tell_what_differs(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    assert_int_equal(fake_create(p, 1, 1, 1), WIRE_OK);
    cost gate = cost_of(p, create(1, 9, 1));
    cost cursor = cost_of(p, create(1, 1, 9));
    cost both = cost_of(p, create(1, 9, 9));
    assert_int_equal(gate.answer.p[gate.answer.n - 1], WIRE_DENIED);
    same(&gate, &cursor);
    same(&gate, &both);
    assert_int_equal(fake_follow(p, 1, 1, 0, 1, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_commit(p, fake_commit_frame(1, 0, 11, 1), &status), 1);
    (void)fake_entry(p, 1, 1, 1);
    cost later = cost_of(p, create(1, 1, 1));
    same(&gate, &later);
    assert_int_equal(fake_ack(p, 1, 1, 1, 11), WIRE_OK); /* now epoch 0 is not kept any more */
    later = cost_of(p, create(1, 1, 1));
    same(&gate, &later);
    base_buf_clear(&gate.answer);
    fake_peer_free(p);
    fake_world_free(w);
}

static cost next_epoch(fake_peer *p, uint64_t seq, uint64_t epoch, unsigned token)
{
    base_buf list = {0};
    wire_frame f = {.type = WIRE_ACK};
    const wire_ack item = {.channel = 1,
                           .seq = seq,
                           .has_next = true,
                           .next_epoch = epoch,
                           .next_token = fake_id('t', token)};
    assert_int_equal(wire_ack_put(&list, &item), BASE_OK);
    f.u.items.items = base_buf_bytes(&list);
    cost c = cost_of(p, f);
    base_buf_clear(&list);
    return c;
}

/* The one who asks has the commit that begins epoch 1, and no cursor; the others read on, until
 * nobody stands in epoch 1 any more. */
static void the_next_epoch_is_denied_alike_whether_its_gate_is_kept(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    fake_peer *old = fake_peer_new(w, true, true);
    assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(p, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_commit(p, fake_commit_frame(1, 0, 11, 1), &status), 1);
    assert_int_equal(fake_follow(old, 1, 1, 0, 10, 2, 0).status, WIRE_OK);
    (void)fake_entry(old, 1, 1, 1);
    cost kept = next_epoch(old, 1, 1, 99);
    (void)fake_entry(p, 1, 1, 1);
    assert_int_equal(fake_ack(p, 1, 1, 1, 11), WIRE_OK);
    assert_int_equal(fake_commit(p, fake_commit_frame(1, 1, 12, 2), &status), 2);
    (void)fake_entry(p, 1, 2, 2);
    assert_int_equal(fake_ack(p, 1, 2, 2, 12), WIRE_OK);
    cost gone = next_epoch(old, 1, 1, 11);
    assert_int_equal(kept.answer.p[kept.answer.n - 1], WIRE_DENIED);
    assert_true(base_bytes_eq(base_buf_bytes(&kept.answer), base_buf_bytes(&gone.answer)));
    base_buf_clear(&kept.answer);
    base_buf_clear(&gone.answer);
    fake_peer_free(p);
    fake_peer_free(old);
    fake_world_free(w);
}

static void refusals_are_counted_by_frame(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *p = fake_peer_new(w, true, true);
    enum { MANY = 500 };
    static wire_follow items[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        items[i] = fake_follow_item(i, i % 100, 0, 1, 1, 0);
    }
    base_buf list = {0};
    for (unsigned i = 0; i < 64; i++) {
        wire_follow one = fake_follow_item(i, 1, 0, 1, 1, 0);
        if (i == 0) {
            fake_follow_send(p, items, 100); /* a relay that lost its database: all in one go */
        } else {
            fake_follow_send(p, &one, 1);
        }
        assert_int_equal(relay_session_ready(p->s), i < 63);
    }
    fake_flush(w);
    for (unsigned i = 0; i < 64; i++) { /* told all the same */
        wire_frame f = fake_expect(p, WIRE_FOLLOWED);
        assert_int_equal(f.request, 2 + i);
    }
    fake_expect_fail(p, WIRE_OVER_LIMIT);
    base_buf_clear(&list);
    fake_peer_free(p);
    fake_world_free(w);
}

static void postage_is_wanted_where_the_listener_says_so(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "open sesame");
    fake_peer *near = fake_peer_new(w, true, true);
    fake_peer *far = fake_peer_new(w, false, true);
    static const struct {
        const char *postage;
        wire_status near, far;
    } cases[] = {
        {"", WIRE_OK, WIRE_NO_POSTAGE},
        {"open sesame", WIRE_OK, WIRE_OK},
        {"open sesamf", WIRE_NO_POSTAGE, WIRE_NO_POSTAGE},
        {"open sesame!", WIRE_NO_POSTAGE, WIRE_NO_POSTAGE},
    };
    for (unsigned i = 0; i < 4; i++) {
        wire_frame f = {.type = WIRE_CREATE};
        f.u.create = (wire_create){fake_id('l', 1), fake_gate('t', 1), fake_gate('k', 1),
                                   base_bytes_str(cases[i].postage)};
        assert_int_equal(fake_done(near, f), cases[i].near);
        f.u.create = (wire_create){fake_id('l', 1), fake_gate('t', 1), fake_gate('k', 1),
                                   base_bytes_str(cases[i].postage)};
        assert_int_equal(fake_done(far, f), cases[i].far);
    }
    fake_peer_free(near);
    fake_peer_free(far);
    fake_world_free(w);
}

static void a_relay_without_a_secret_takes_none(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "");
    fake_peer *far = fake_peer_new(w, false, true);
    assert_int_equal(fake_create(far, 1, 1, 1), WIRE_NO_POSTAGE);
    fake_peer_free(far);
    fake_world_free(w);
}

static void every_request_that_costs_wants_postage(void **state)
{
    (void)state;
    fake_world *w = fake_world_new(NULL, "secret");
    fake_peer *far = fake_peer_new(w, false, true);
    wire_frame f = {.type = WIRE_BOX_NEW};
    f.u.box_new =
        (wire_box_new){fake_id('b', 1), fake_gate('t', 1), fake_gate('t', 2), BASE_BYTES_NONE};
    assert_int_equal(fake_done(far, f), WIRE_NO_POSTAGE);
    f.type = WIRE_SHELF_NEW;
    f.u.shelf_new = (wire_shelf_new){fake_id('s', 1), fake_gate('t', 1), fake_gate('t', 2), 1024,
                                     BASE_BYTES_NONE};
    assert_int_equal(fake_done(far, f), WIRE_NO_POSTAGE);
    f.type = WIRE_SHELF_PUT;
    f.u.shelf_put = (wire_shelf_put){.shelf = fake_id('s', 1), .owner = fake_id('t', 1)};
    assert_int_equal(fake_done(far, f), WIRE_NO_POSTAGE);
    f.type = WIRE_DIR_PUT;
    f.u.dir_put = (wire_dir_put){.key = fake_id('d', 1),
                                 .token = fake_id('t', 1),
                                 .gate = fake_gate('t', 1),
                                 .expected = fake_id('d', 2)};
    assert_int_equal(fake_done(far, f), WIRE_NO_POSTAGE);
    assert_int_equal(fake_done(far, take(1, 1)), WIRE_NO_POSTAGE);
    assert_int_equal(fake_done(far, deliver(1, 0, 1)), WIRE_NO_POSTAGE);
    assert_int_equal(fake_done(far, deliver(1, 4, 1)),
                     WIRE_DENIED); /* a deliver token pays itself */
    f = deliver(1, 4, 1);
    f.u.box_deliver.postage = base_bytes_str("secret");
    assert_int_equal(fake_done(far, f), WIRE_NO_POSTAGE);
    fake_peer_free(far);
    fake_world_free(w);
}

static void an_old_token_does_not_tell_how_far_the_log_went_on(void **state)
{
    (void)state;
    base_buf first = {0};
    for (unsigned more = 0; more < 2; more++) {
        fake_world *w = fake_world_new(NULL, "");
        fake_peer *p = fake_peer_new(w, true, true);
        fake_peer *old = fake_peer_new(w, true, true);
        assert_int_equal(fake_create(p, 1, 10, 1), WIRE_OK);
        assert_int_equal(fake_follow(p, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
        assert_int_equal(fake_commit(p, fake_commit_frame(1, 0, 11, 1), &status), 1);
        (void)fake_entry(p, 1, 1, 1);
        if (more == 1) {
            base_buf list = {0};
            const wire_follow item = fake_follow_item(1, 1, 1, 11, 1, 0);
            fake_follow_send(p, &item, 1);
            fake_flush(w);
            (void)fake_expect(p, WIRE_FOLLOWED);
            assert_int_equal(fake_append(p, 1, 1, 2, &status), 2);
            assert_int_equal(fake_append(p, 1, 1, 3, &status), 3);
            base_buf_clear(&list);
        }
        base_buf items = {0};
        base_buf a = answer_of(old, follow_frame(&items, 1, 0, 10));
        if (more == 0) {
            first = a;
        } else {
            assert_true(base_bytes_eq(base_buf_bytes(&first), base_buf_bytes(&a)));
            base_buf_clear(&a);
        }
        (void)fake_entry(old, 1, 1, 1);
        fake_expect_nothing(old);
        base_buf_clear(&items);
        fake_peer_free(p);
        fake_peer_free(old);
        fake_world_free(w);
    }
    base_buf_clear(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_denies_wrong_unknown_and_deleted_alike),
        cmocka_unit_test(boxes_and_shelves_deny_alike),
        cmocka_unit_test(every_frame_denies_wrong_unknown_and_deleted_alike),
        cmocka_unit_test(creating_what_is_there_does_not_tell_what_differs),
        cmocka_unit_test(the_next_epoch_is_denied_alike_whether_its_gate_is_kept),
        cmocka_unit_test(refusals_are_counted_by_frame),
        cmocka_unit_test(postage_is_wanted_where_the_listener_says_so),
        cmocka_unit_test(a_relay_without_a_secret_takes_none),
        cmocka_unit_test(every_request_that_costs_wants_postage),
        cmocka_unit_test(an_old_token_does_not_tell_how_far_the_log_went_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
