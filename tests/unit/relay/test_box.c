/* Mailboxes (docs/protocol.md, section 4.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fake_peers.h"

/* Box 1: owner token 1, open door token 2; deliver token number 5 is token 50, number 6 token 60.
 */
typedef struct rig {
    fake_world *w;
    fake_peer *owner, *writer;
} rig;

static wire_frame box_new(unsigned box, unsigned owner, unsigned door)
{
    wire_frame f = {.type = WIRE_BOX_NEW};
    f.u.box_new = (wire_box_new){fake_id('b', box), fake_gate('t', owner), fake_gate('t', door),
                                 BASE_BYTES_NONE};
    return f;
}

static wire_status doors(fake_peer *p, unsigned owner, const uint32_t *add, size_t n,
                         uint32_t remove)
{
    base_buf list = {0};
    uint8_t gone[4] = {0, 0, (uint8_t)(remove >> 8), (uint8_t)remove};
    wire_frame f = {.type = WIRE_BOX_DOORS};
    for (size_t i = 0; i < n; i++) {
        const wire_door d = {add[i], fake_gate('t', 10 * add[i])};
        assert_int_equal(wire_door_put(&list, &d), BASE_OK);
    }
    f.u.box_doors = (wire_box_doors){
        .box = fake_id('b', 1), .owner = fake_id('t', owner), .add = base_buf_bytes(&list)};
    if (remove != 0) {
        f.u.box_doors.remove = base_bytes_of(gone, 4);
    }
    wire_status s = fake_done(p, f);
    base_buf_clear(&list);
    return s;
}

static wire_status deliver(fake_peer *p, uint32_t number, unsigned token, size_t size,
                           unsigned body)
{
    wire_frame f = {.type = WIRE_BOX_DELIVER};
    f.u.box_deliver = (wire_box_deliver){fake_id('b', 1), number, fake_id('t', token),
                                         BASE_BYTES_NONE, fake_body(size, body)};
    return fake_done(p, f);
}

static wire_frame collect(uint32_t channel, unsigned owner, uint64_t from)
{
    wire_frame f = {.type = WIRE_BOX_COLLECT};
    f.u.box_collect = (wire_box_collect){channel, fake_id('b', 1), fake_id('t', owner), from};
    return f;
}

static wire_collected collected(fake_peer *p, uint32_t channel, uint64_t from)
{
    fake_send(p, collect(channel, 1, from));
    fake_flush(p->w);
    return fake_expect(p, WIRE_COLLECTED).u.collected;
}

static void mail(fake_peer *p, uint64_t seq, uint32_t number, unsigned body)
{
    wire_frame f = fake_expect(p, WIRE_MAIL);
    assert_int_equal(f.u.mail.seq, seq);
    assert_int_equal(f.u.mail.number, number);
    assert_true(base_bytes_eq(f.u.mail.data, fake_body(f.u.mail.data.n, body)));
}

static int setup(void **state)
{
    static const uint32_t two[] = {5, 6};
    rig *t = (rig *)calloc(1, sizeof *t);
    assert_non_null(t);
    t->w = fake_world_new(NULL, "");
    t->owner = fake_peer_new(t->w, true, true);
    t->writer = fake_peer_new(t->w, true, true);
    assert_int_equal(fake_done(t->owner, box_new(1, 1, 2)), WIRE_OK);
    assert_int_equal(doors(t->owner, 1, two, 2, 0), WIRE_OK);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    rig *t = (rig *)*state;
    fake_peer_free(t->owner);
    fake_peer_free(t->writer);
    fake_world_free(t->w);
    free(t);
    return 0;
}

static relay_box row(const fake_world *w)
{
    relay_box b = {0};
    assert_int_equal(w->port->ops->box_get(w->port->user, fake_id('b', 1).p, &b), BASE_OK);
    return b;
}

static void mail_is_kept_for_its_reader_and_deleted_when_acknowledged(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(deliver(t->writer, 0, 2, 256, 1), WIRE_OK);
    assert_int_equal(deliver(t->writer, 5, 50, 1024, 2), WIRE_OK);
    wire_collected c = collected(t->owner, 3, 0);
    assert_int_equal(c.place, 0);
    assert_int_equal(c.end, 2);
    mail(t->owner, 1, 0, 1);
    mail(t->owner, 2, 5, 2);
    assert_int_equal(deliver(t->writer, 6, 60, 256, 3), WIRE_OK); /* pushed as it comes */
    mail(t->owner, 3, 6, 3);
    assert_int_equal(row(t->w).mails, 3);
    assert_int_equal(row(t->w).bytes, 1536);
    assert_int_equal(fake_ack(t->owner, 3, 2, 0, 0), WIRE_OK);
    assert_int_equal(row(t->w).mails, 1);
    assert_int_equal(row(t->w).door_mails, 0);
    assert_int_equal(fake_ack(t->owner, 3, 4, 0, 0), WIRE_RANGE);
    assert_int_equal(fake_ack(t->owner, 3, 3, 1, 9), WIRE_RANGE); /* no epochs here */
    c = collected(t->owner, 3, 0);
    assert_int_equal(c.place, 2);
    mail(t->owner, 3, 6, 3);
    assert_int_equal(fake_ack(t->owner, 3, 3, 0, 0), WIRE_OK);
    assert_int_equal(row(t->w).mails, 0);
    assert_int_equal(row(t->w).bytes, 0);
    fake_expect_nothing(t->owner);
}

static void only_the_owner_reads_and_changes_doors(void **state)
{
    rig *t = (rig *)*state;
    static const uint32_t one[] = {7};
    assert_int_equal(fake_done(t->writer, collect(3, 2, 0)), WIRE_DENIED);
    assert_int_equal(doors(t->writer, 2, one, 1, 0), WIRE_DENIED);
    wire_frame f = {.type = WIRE_BOX_END};
    f.u.owned = (wire_owned){fake_id('b', 1), fake_id('t', 2)};
    assert_int_equal(fake_done(t->writer, f), WIRE_DENIED);
    assert_int_equal(deliver(t->writer, 5, 60, 256, 1), WIRE_DENIED); /* another door's token */
    assert_int_equal(deliver(t->writer, 5, 50, 256, 1), WIRE_OK);
}

static void a_box_is_made_once(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(fake_done(t->owner, box_new(1, 1, 2)), WIRE_OK); /* a resend */
    assert_int_equal(fake_done(t->owner, box_new(1, 3, 2)), WIRE_DENIED);
    assert_int_equal(fake_done(t->owner, box_new(1, 1, 3)), WIRE_DENIED);
}

static void a_removed_or_replaced_door_is_shut(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(doors(t->owner, 1, NULL, 0, 5), WIRE_OK);
    assert_int_equal(deliver(t->writer, 5, 50, 256, 1), WIRE_DENIED);
    assert_int_equal(deliver(t->writer, 6, 60, 256, 1), WIRE_OK);
    assert_int_equal(row(t->w).doors, 1);
    static const uint8_t shut[32];
    wire_frame f = {.type = WIRE_BOX_DOORS};
    f.u.box_doors = (wire_box_doors){.box = fake_id('b', 1),
                                     .owner = fake_id('t', 1),
                                     .has_door = true,
                                     .door = base_bytes_of(shut, 32)};
    assert_int_equal(deliver(t->writer, 0, 2, 256, 1), WIRE_OK);
    assert_int_equal(fake_done(t->owner, f), WIRE_OK);
    assert_int_equal(deliver(t->writer, 0, 2, 256, 1), WIRE_DENIED);
}

static void each_door_has_a_quota_of_its_own(void **state)
{
    rig *t = (rig *)*state;
    for (unsigned i = 0; i < 128; i++) {
        assert_int_equal(deliver(t->writer, 0, 2, 256, i), WIRE_OK);
    }
    assert_int_equal(deliver(t->writer, 0, 2, 256, 0), WIRE_FULL);
    for (unsigned i = 0; i < 16; i++) { /* a flood at the open door takes nothing from them */
        assert_int_equal(deliver(t->writer, 5, 50, 65536, i), WIRE_OK);
    }
    assert_int_equal(deliver(t->writer, 5, 50, 256, 0), WIRE_FULL); /* a mebibyte */
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(deliver(t->writer, 6, 60, 256, i), WIRE_OK);
    }
    assert_int_equal(deliver(t->writer, 6, 60, 256, 0), WIRE_FULL);
    (void)collected(t->owner, 3, 0);
    wire_frame f;
    while (fake_next(t->owner, &f)) {
        assert_int_equal(f.type, WIRE_MAIL);
    }
    assert_int_equal(fake_ack(t->owner, 3, 1, 0, 0), WIRE_OK);
    assert_int_equal(deliver(t->writer, 0, 2, 256, 0), WIRE_OK);
    assert_int_equal(deliver(t->writer, 0, 2, 256, 0), WIRE_FULL);
    assert_int_equal(deliver(t->writer, 6, 60, 256, 0), WIRE_FULL);
}

static void sizes_are_classes(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(deliver(t->writer, 0, 2, 255, 0), WIRE_BAD_SIZE);
    assert_int_equal(deliver(t->writer, 0, 2, 0, 0), WIRE_BAD_SIZE);
    assert_int_equal(deliver(t->writer, 0, 2, 65536, 0), WIRE_OK);
}

static void a_box_has_one_reader(void **state)
{
    rig *t = (rig *)*state;
    (void)collected(t->owner, 3, 0);
    fake_peer *copy = fake_peer_new(t->w, true, true);
    (void)collected(copy, 8, 0);
    wire_frame f = fake_expect(t->owner, WIRE_DROPPED);
    assert_int_equal(f.u.dropped.channel, 3);
    assert_int_equal(f.u.dropped.reason, WIRE_SUPERSEDED);
    assert_int_equal(deliver(t->writer, 0, 2, 256, 1), WIRE_OK);
    mail(copy, 1, 0, 1);
    fake_expect_nothing(t->owner);
    fake_send(copy, collect(8, 1, 3)); /* beyond what there is */
    fake_flush(t->w);
    assert_int_equal(fake_expect(copy, WIRE_DONE).u.done.status, WIRE_RANGE);
    fake_peer_free(copy);
}

static void mail_goes_after_thirty_days_and_a_forgotten_box_after_half_a_year(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(deliver(t->writer, 5, 50, 256, 1), WIRE_OK);
    fake_days(t->w, 30);
    assert_int_equal(row(t->w).mails, 1);
    assert_int_equal(deliver(t->writer, 5, 50, 256, 2), WIRE_OK);
    fake_days(t->w, 1);
    assert_int_equal(row(t->w).mails, 1);
    (void)collected(t->owner, 3, 0); /* the hole is no error */
    mail(t->owner, 2, 5, 2);
    fake_days(t->w, 180);
    (void)row(t->w);
    fake_days(t->w, 1);
    wire_frame f = fake_expect(t->owner, WIRE_DROPPED);
    assert_int_equal(f.u.dropped.reason, WIRE_DENIED);
    assert_int_equal(deliver(t->writer, 5, 50, 256, 2), WIRE_DENIED);
}

static void ending_a_box_takes_everything(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(deliver(t->writer, 5, 50, 256, 1), WIRE_OK);
    wire_frame f = {.type = WIRE_BOX_END};
    f.u.owned = (wire_owned){fake_id('b', 1), fake_id('t', 1)};
    assert_int_equal(fake_done(t->owner, f), WIRE_OK);
    assert_int_equal(fake_done(t->owner, f), WIRE_DENIED); /* a resend learns that it is done */
    assert_int_equal(fake_done(t->owner, collect(3, 1, 0)), WIRE_DENIED);
    assert_int_equal(fake_done(t->owner, box_new(1, 1, 2)), WIRE_OK);
    assert_int_equal(collected(t->owner, 3, 0).end, 0);
    assert_int_equal(deliver(t->writer, 5, 50, 256, 1), WIRE_DENIED);
}

static void doors_are_bounded(void **state)
{
    rig *t = (rig *)*state;
    static uint32_t many[1024];
    for (uint32_t i = 0; i < 1024; i++) {
        many[i] = 100 + i;
    }
    assert_int_equal(doors(t->owner, 1, many, 1024, 0), WIRE_FULL); /* two are there */
    assert_int_equal(doors(t->owner, 1, many, 1022, 0), WIRE_OK);
    assert_int_equal(row(t->w).doors, 1024);
    assert_int_equal(doors(t->owner, 1, many + 1023, 1, 0), WIRE_FULL);
    assert_int_equal(doors(t->owner, 1, many + 1023, 1, 5), WIRE_OK);
    assert_int_equal(doors(t->owner, 1, many + 1022, 1, 9999), WIRE_FULL); /* none is there */
    assert_int_equal(row(t->w).doors, 1024);
}

static void a_door_removed_twice_makes_one_place(void **state)
{
    rig *t = (rig *)*state;
    static const uint32_t one[] = {3000};
    static uint32_t many[1022];
    for (uint32_t i = 0; i < 1022; i++) {
        many[i] = 100 + i;
    }
    assert_int_equal(doors(t->owner, 1, many, 1022, 0), WIRE_OK);
    base_buf list = {0};
    for (uint32_t i = 0; i < 2; i++) {
        const wire_door d = {3000 + i, fake_gate('t', 1)};
        assert_int_equal(wire_door_put(&list, &d), BASE_OK);
    }
    static const uint8_t twice[] = {0, 0, 0, 5, 0, 0, 0, 5};
    wire_frame f = {.type = WIRE_BOX_DOORS};
    f.u.box_doors = (wire_box_doors){.box = fake_id('b', 1),
                                     .owner = fake_id('t', 1),
                                     .add = base_buf_bytes(&list),
                                     .remove = base_bytes_of(twice, sizeof twice)};
    assert_int_equal(fake_done(t->owner, f), WIRE_FULL);
    assert_int_equal(deliver(t->writer, 5, 50, 256, 1), WIRE_OK); /* and nothing is half done */
    assert_int_equal(doors(t->owner, 1, one, 1, 5), WIRE_OK);
    base_buf_clear(&list);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(mail_is_kept_for_its_reader_and_deleted_when_acknowledged),
        T(only_the_owner_reads_and_changes_doors),
        T(a_box_is_made_once),
        T(a_removed_or_replaced_door_is_shut),
        T(each_door_has_a_quota_of_its_own),
        T(sizes_are_classes),
        T(a_box_has_one_reader),
        T(mail_goes_after_thirty_days_and_a_forgotten_box_after_half_a_year),
        T(ending_a_box_takes_everything),
        T(doors_are_bounded),
        T(a_door_removed_twice_makes_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
