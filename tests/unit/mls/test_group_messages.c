/* Messages of a living group: replay, order, epochs, own messages, and that used keys are gone for
 * good (RFC 9420, sections 6, 9.2 and 15). */
#include "support/mls_world.h"

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static person *const alice = &w.people[0];
static person *const bob = &w.people[1];

static base_buf say(person *p, const char *text)
{
    base_buf message = {0};
    assert_ok(mls_group_protect(p->group, base_bytes_str(text), NULL, &message));
    return message;
}

static void a_replayed_message_is_refused_also_after_a_restart(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 30);
    world_assemble(&w);
    base_buf message = say(alice, "once");
    assert_ok(person_receive(bob, base_buf_bytes(&message)));
    /* V-9.1-1 */
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_GENERATION_GONE);
    person_reload(bob);
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_GENERATION_GONE);
    base_buf_clear(&message);
    world_talk(&w);
}

static void messages_out_of_order_open_within_the_limits(void **state)
{
    (void)state;
    w.limits.skipped = 3;
    w.limits.forward = 8;
    world_init(&w, 1, 2, 31);
    world_assemble(&w);
    base_buf m[12];
    for (size_t i = 0; i < 12; i++) {
        m[i] = say(alice, "a message");
    }
    assert_ok(person_receive(bob, base_buf_bytes(&m[4])));
    person_reload(bob);
    assert_ok(person_receive(bob, base_buf_bytes(&m[2])));
    assert_int_equal(person_receive(bob, base_buf_bytes(&m[2])), MLS_E_GENERATION_GONE);
    /* Three skipped keys are kept, of generations 1 to 3; that of 0 was dropped. */
    assert_int_equal(person_receive(bob, base_buf_bytes(&m[0])), MLS_E_GENERATION_GONE);
    assert_ok(person_receive(bob, base_buf_bytes(&m[1])));
    assert_ok(person_receive(bob, base_buf_bytes(&m[3])));
    assert_ok(person_receive(bob, base_buf_bytes(&m[11])));
    for (size_t i = 0; i < 12; i++) {
        base_buf_clear(&m[i]);
    }
}

static void a_message_too_far_ahead_is_refused_and_nothing_is_lost(void **state)
{
    (void)state;
    w.limits.forward = 8;
    world_init(&w, 1, 2, 32);
    world_assemble(&w);
    base_buf first = say(alice, "first");
    base_buf last = {0};
    for (int i = 0; i < 9; i++) {
        base_buf_clear(&last);
        last = say(alice, "later");
    }
    /* V-9.1-2 */
    assert_int_equal(person_receive(bob, base_buf_bytes(&last)), MLS_E_GENERATION_FAR);
    assert_ok(person_receive(bob, base_buf_bytes(&first)));
    assert_ok(person_receive(bob, base_buf_bytes(&last)));
    base_buf_clear(&first);
    base_buf_clear(&last);
}

static void a_message_of_another_epoch_is_told_from_a_broken_one(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 33);
    world_assemble(&w);
    person *carol = &w.people[2];
    mls_commit_out made = {0};
    mls_received r = {0};
    base_buf old = say(alice, "old");
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    assert_ok(mls_group_merge(alice->group, made.staged));
    made.staged = NULL;
    assert_ok(mls_group_receive(bob->group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    assert_ok(mls_group_merge(bob->group, r.staged));
    r.staged = NULL;
    base_buf early = say(alice, "new");
    /* V-6-6 */
    assert_int_equal(person_receive(bob, base_buf_bytes(&old)), MLS_E_EPOCH_PAST);
    assert_int_equal(person_receive(carol, base_buf_bytes(&early)), MLS_E_EPOCH_FUTURE);
    assert_int_equal(person_receive(bob, base_buf_bytes(&made.commit)), MLS_E_EPOCH_PAST);
    assert_ok(person_receive(bob, base_buf_bytes(&early)));
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
    base_buf_clear(&old);
    base_buf_clear(&early);
}

static void a_message_of_another_group_is_refused(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 34);
    world_assemble(&w);
    base_buf message = say(alice, "hello");
    message.p[5] ^= 1; /* version, wire format, length, then the group's id */
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_GROUP_ID); /* V-6-5 */
    message.p[5] ^= 1;
    assert_ok(person_receive(bob, base_buf_bytes(&message)));
    base_buf_clear(&message);
}

static void what_comes_back_is_known_for_ones_own(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 35);
    world_assemble(&w);
    mls_commit_out made = {0};
    const mls_commit_params in_public = {.framing = {.is_public = true}};
    base_buf message = say(alice, "mine");
    assert_int_equal(person_receive(alice, base_buf_bytes(&message)), MLS_E_OWN_MESSAGE);
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    assert_int_equal(person_receive(alice, base_buf_bytes(&made.commit)), MLS_E_OWN_MESSAGE);
    mls_commit_out_clear(&made);
    assert_ok(mls_group_commit(alice->group, &in_public, WORLD_NOW, &made));
    assert_int_equal(person_receive(alice, base_buf_bytes(&made.commit)), MLS_E_OWN_MESSAGE);
    /* A forged one is no more ours than anybody's. */
    made.commit.p[made.commit.n - 1] ^= 1;
    assert_int_equal(person_receive(alice, base_buf_bytes(&made.commit)), MLS_E_MEMBERSHIP_TAG);
    mls_commit_out_clear(&made);
    base_buf_clear(&message);
}

static void every_changed_byte_of_a_private_message_is_noticed(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 36);
    world_assemble(&w);
    base_buf message = say(alice, "hello");
    for (size_t i = 0; i < message.n; i++) {
        message.p[i] ^= 0x10;
        assert_int_not_equal(person_receive(bob, base_buf_bytes(&message)), BASE_OK);
        message.p[i] ^= 0x10;
        assert_int_not_equal(person_receive(bob, base_bytes_of(message.p, i)), BASE_OK);
    }
    /* V-6.3.1-2: none of that used up the key. */
    assert_ok(person_receive(bob, base_buf_bytes(&message)));
    base_buf_clear(&message);
}

static void authenticated_data_arrives_and_padding_hides_the_length(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 37);
    world_assemble(&w);
    base_buf a = {0};
    base_buf b = {0};
    mls_received r = {0};
    const mls_framing framing = {.authenticated_data = base_bytes_str("in the clear"),
                                 .pad_to = 256};
    assert_ok(mls_group_protect(alice->group, base_bytes_str("a"), &framing, &a));
    assert_ok(mls_group_protect(alice->group, base_bytes_str("somewhat longer"), &framing, &b));
    assert_int_equal(a.n, b.n);
    assert_ok(mls_group_receive(bob->group, base_buf_bytes(&b), WORLD_NOW, &r));
    assert_true(
        base_bytes_eq(base_buf_bytes(&r.authenticated_data), base_bytes_str("in the clear")));
    assert_true(base_bytes_eq(base_buf_bytes(&r.plaintext), base_bytes_str("somewhat longer")));
    assert_int_equal(r.epoch, 1);
    mls_received_clear(&r);
    base_buf_clear(&a);
    base_buf_clear(&b);
}

static void application_data_never_travels_in_public(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 38);
    world_assemble(&w);
    base_buf message = {0};
    const mls_framing framing = {.is_public = true};
    assert_int_equal(mls_group_protect(alice->group, base_bytes_str("x"), &framing, &message),
                     BASE_E_ARGUMENT);
}

static void keys_that_were_used_are_not_in_the_store(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 39);
    world_assemble(&w);
    fake_store before = {0};
    /* A thief has Bob's store as it is after a message, and the message. */
    base_buf message = say(alice, "gone");
    fake_store_copy(&before, &bob->store);
    assert_ok(person_receive(bob, base_buf_bytes(&message)));
    person_reload(bob);
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_GENERATION_GONE);
    /* The same store from before it could open it: what was deleted is what mattered. */
    mls_group_free(bob->group);
    bob->group = NULL;
    fake_store_copy(&bob->store, &before);
    person_reload(bob);
    assert_ok(person_receive(bob, base_buf_bytes(&message)));
    /* A sender's own keys are as gone: Alice cannot read what she sent. */
    person_reload(alice);
    assert_int_equal(person_receive(alice, base_buf_bytes(&message)), MLS_E_OWN_MESSAGE);
    fake_store_clear(&before);
    base_buf_clear(&message);
}

static void a_new_epoch_deletes_every_key_of_the_last(void **state)
{
    (void)state;
    world_init(&w, 1, 5, 40);
    world_assemble(&w);
    world_talk(&w);
    base_buf message = say(alice, "late");
    fake_store old = {0};
    fake_store_copy(&old, &bob->store);
    world_commit(&w, alice, NULL, NULL, 0);
    /* No secret of the old epoch stands in the new store: neither ratchets nor tree secrets. */
    for (size_t i = 0; i < old.n; i++) {
        const fake_store_entry *e = &old.v[i];
        char record = (char)e->key[2 + 1 + WORLD_GROUP.n + 1];
        if (e->key[0] == 'g' && (record == 'r' || record == 't')) {
            assert_false(fake_store_contains(&bob->store, base_bytes_of(e->value, e->value_n)));
        }
    }
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_EPOCH_PAST);
    fake_store_clear(&old);
    base_buf_clear(&message);
}

static void a_message_writes_nothing_but_its_senders_ratchet(void **state)
{
    (void)state;
    world_init(&w, 1, 8, 41);
    world_assemble(&w);
    world_say(&w, alice, "first"); /* the first message of a sender opens its ratchets */
    for (size_t i = 0; i < 2; i++) {
        fake_store_reset(&alice->store, 0, 0);
        fake_store_reset(&bob->store, 0, 0);
        world_say(&w, alice, "next");
        assert_int_equal(alice->store.writes, 1);
        assert_int_equal(alice->store.ops, 1);
        assert_int_equal(bob->store.writes, 1);
        assert_int_equal(bob->store.ops, 1);
        assert_int_equal(bob->store.gets, 0);
    }
}

static void a_sender_never_repeats_a_generation_over_restarts(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 42);
    world_assemble(&w);
    for (int i = 0; i < 5; i++) {
        world_say(&w, alice, "again");
        person_reload(alice);
    }
    /* A failed write gives nothing away, and its generation is used by what comes next. */
    base_buf message = {0};
    fake_store_reset(&alice->store, 0, 1);
    assert_int_equal(mls_group_protect(alice->group, base_bytes_str("lost"), NULL, &message),
                     BASE_E_STORE);
    assert_int_equal(message.n, 0);
    fake_store_reset(&alice->store, 0, 0);
    world_say(&w, alice, "after");
}

static void a_message_can_be_received_again_after_the_store_failed(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 43);
    world_assemble(&w);
    base_buf message = say(alice, "hello");
    fake_store_reset(&bob->store, 0, 1);
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), BASE_E_STORE);
    fake_store_reset(&bob->store, 0, 0);
    assert_ok(person_receive(bob, base_buf_bytes(&message)));
    base_buf_clear(&message);
}

static void what_is_no_message_of_a_group_is_refused(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 45);
    world_assemble(&w);
    base_buf info = {0};
    base_buf package = person_key_package(&w, alice);
    assert_ok(mls_group_info(alice->group, true, true, &info));
    assert_int_equal(person_receive(bob, base_buf_bytes(&info)), MLS_E_WIRE_FORMAT);
    assert_int_equal(person_receive(bob, base_buf_bytes(&package)), MLS_E_WIRE_FORMAT);
    base_buf_clear(&info);
    base_buf_clear(&package);
}

static void a_peek_tells_group_epoch_and_kind(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 44);
    world_assemble(&w);
    mls_peek peek = {0};
    mls_commit_out made = {0};
    base_buf message = say(alice, "hello");
    assert_ok(mls_message_peek(base_buf_bytes(&message), &peek));
    assert_true(base_bytes_eq(peek.group_id, WORLD_GROUP));
    assert_int_equal(peek.epoch, 1);
    assert_int_equal(peek.content_type, 1);
    assert_int_equal(peek.wire_format, 2);
    const mls_commit_params in_public = {.framing = {.is_public = true}};
    assert_ok(mls_group_commit(alice->group, &in_public, WORLD_NOW, &made));
    assert_ok(mls_message_peek(base_buf_bytes(&made.commit), &peek));
    assert_int_equal(peek.content_type, 3);
    assert_int_equal(peek.wire_format, 1);
    mls_commit_out_clear(&made);
    base_buf_clear(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_replayed_message_is_refused_also_after_a_restart, teardown),
        cmocka_unit_test_teardown(messages_out_of_order_open_within_the_limits, teardown),
        cmocka_unit_test_teardown(a_message_too_far_ahead_is_refused_and_nothing_is_lost, teardown),
        cmocka_unit_test_teardown(a_message_of_another_epoch_is_told_from_a_broken_one, teardown),
        cmocka_unit_test_teardown(a_message_of_another_group_is_refused, teardown),
        cmocka_unit_test_teardown(what_comes_back_is_known_for_ones_own, teardown),
        cmocka_unit_test_teardown(every_changed_byte_of_a_private_message_is_noticed, teardown),
        cmocka_unit_test_teardown(authenticated_data_arrives_and_padding_hides_the_length,
                                  teardown),
        cmocka_unit_test_teardown(application_data_never_travels_in_public, teardown),
        cmocka_unit_test_teardown(keys_that_were_used_are_not_in_the_store, teardown),
        cmocka_unit_test_teardown(a_new_epoch_deletes_every_key_of_the_last, teardown),
        cmocka_unit_test_teardown(a_message_writes_nothing_but_its_senders_ratchet, teardown),
        cmocka_unit_test_teardown(a_sender_never_repeats_a_generation_over_restarts, teardown),
        cmocka_unit_test_teardown(a_message_can_be_received_again_after_the_store_failed, teardown),
        cmocka_unit_test_teardown(what_is_no_message_of_a_group_is_refused, teardown),
        cmocka_unit_test_teardown(a_peek_tells_group_epoch_and_kind, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
