/* The store as a witness: what stands in it, what a restart makes of it, and what a damaged one
 * does not do: crash or mislead. */
#include "support/mls_world.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 5, 600);
    world_assemble(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static bool is_of_group(const fake_store_entry *e, char record)
{
    size_t at = 2 + 1 + WORLD_GROUP.n + 1;
    return e->key_n > at && e->key[0] == 'g' && e->key[at] == (uint8_t)record;
}

static size_t count_of(const person *p, char record)
{
    size_t n = 0;
    for (size_t i = 0; i < p->store.n; i++) {
        n += is_of_group(&p->store.v[i], record) ? 1 : 0;
    }
    return n;
}

/* Bob's group has lived: messages both ways, a kept proposal of his own and one of Alice's. */
static void live(void)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    world_talk(&w);
    world_commit(&w, &w.people[2], NULL, NULL, 0);
    world_say(&w, alice, "one");
    world_say(&w, bob, "two");
    world_propose(&w, bob, &update, NULL);
    world_propose(&w, alice, &update, NULL);
}

static void a_group_of_the_past_is_as_it_was(void **state)
{
    (void)state;
    live();
    base_buf before = {0};
    base_buf after = {0};
    assert_ok(mls_group_tree(bob->group, &before));
    person_reload(bob);
    assert_ok(mls_group_tree(bob->group, &after));
    assert_true(base_bytes_eq(base_buf_bytes(&before), base_buf_bytes(&after)));
    assert_int_equal(mls_group_proposal_count(bob->group), 2);
    assert_int_equal(mls_group_own_leaf(bob->group).v, 1);
    world_check(&w);
    world_commit(&w, alice, NULL, NULL, 0); /* his own Update needs its key, which was kept */
    world_talk(&w);
    base_buf_clear(&before);
    base_buf_clear(&after);
}

static void the_store_holds_what_is_needed_and_no_more(void **state)
{
    (void)state;
    live();
    assert_int_equal(count_of(bob, 's'), 1);
    assert_int_equal(count_of(bob, 'p'), 2);
    assert_int_equal(count_of(bob, 'q'), 1);
    assert_int_equal(count_of(bob, 'e'), 2);
    assert_int_equal(count_of(bob, 'r'), 2);
    world_commit(&w, alice, NULL, NULL, 0);
    assert_int_equal(count_of(bob, 'p'), 0);
    assert_int_equal(count_of(bob, 'q'), 0);
    assert_int_equal(count_of(bob, 'r'), 0);
    assert_int_equal(count_of(bob, 't'), 1);
    assert_ok(mls_group_delete(bob->group));
    assert_int_equal(bob->store.n, 0);
    mls_group_free(bob->group);
    bob->group = NULL;
    assert_int_equal(mls_group_load(bob->ctx, WORLD_GROUP, &bob->group), BASE_E_NOT_FOUND);
}

static void groups_with_ids_that_imitate_keys_do_not_meet(void **state)
{
    (void)state;
    /* "a" and "a/s", and two long ids that differ at their ends. */
    char one[201];
    char two[201];
    memset(one, 'i', 200);
    memset(two, 'i', 200);
    one[200] = two[200] = '\0';
    two[199] = 'j';
    const char *const ids[] = {"", "a", "a/s", "a/", one, two};
    mls_group *g[6];
    const mls_member_params member = person_member(&w, alice);
    for (size_t i = 0; i < 6; i++) {
        assert_ok(mls_group_create(alice->ctx, base_bytes_str(ids[i]), &member,
                                   (mls_extension_list){NULL, 0}, WORLD_NOW, &g[i]));
    }
    for (size_t i = 0; i < 6; i++) {
        base_bytes before = mls_group_epoch_authenticator(g[i]);
        mls_group *again = NULL;
        assert_ok(mls_group_load(alice->ctx, base_bytes_str(ids[i]), &again));
        assert_true(base_bytes_eq(mls_group_epoch_authenticator(again), before));
        mls_group_free(again);
        assert_ok(mls_group_delete(g[i]));
        mls_group_free(g[i]);
    }
    world_talk(&w);
}

/* Whatever Bob's store says, his calls end with an error or well. */
static base_err use_damaged(const base_buf *message, const base_buf *commit)
{
    mls_group *g = NULL;
    base_buf out = {0};
    mls_received r = {0};
    base_err first = mls_group_load(bob->ctx, WORLD_GROUP, &g);
    if (first != BASE_OK) {
        assert_null(g);
        return first;
    }
    base_err err = mls_group_receive(g, base_buf_bytes(message), WORLD_NOW, &r);
    first = first == BASE_OK ? err : first;
    mls_received_clear(&r);
    err = mls_group_receive(g, base_buf_bytes(commit), WORLD_NOW, &r);
    if (err == BASE_OK) {
        err = mls_group_merge(g, r.staged);
        r.staged = err == BASE_OK ? NULL : r.staged;
    }
    first = first == BASE_OK ? err : first;
    mls_received_clear(&r);
    err = mls_group_protect(g, base_bytes_str("x"), NULL, &out);
    first = first == BASE_OK ? err : first;
    base_buf_clear(&out);
    mls_group_free(g);
    return first;
}

/* Bob's store in good order, and traffic for him. */
static fake_store good;
static base_buf message;
static base_buf commit;

static void make_traffic(void)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    mls_commit_out out = {0};
    world_talk(&w);
    assert_ok(mls_group_protect(alice->group, base_bytes_str("hello"), NULL, &message));
    world_propose(&w, bob, &update, NULL);
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &out));
    commit = base_buf_take(&out.commit);
    mls_commit_out_clear(&out);
    mls_group_free(bob->group);
    bob->group = NULL;
    fake_store_copy(&good, &bob->store);
    assert_ok(use_damaged(&message, &commit));
}

static void drop_traffic(void)
{
    base_buf_clear(&message);
    base_buf_clear(&commit);
    fake_store_clear(&good);
}

static void a_value_that_is_cut_short_or_gone_is_noticed(void **state)
{
    (void)state;
    make_traffic();
    for (size_t i = 0; i < good.n; i++) {
        const fake_store_entry *e = &good.v[i];
        bool is_psk = is_of_group(e, 'e');
        for (size_t n = 0; n < e->value_n; n++) {
            fake_store_copy(&bob->store, &good);
            bob->store.v[i].value_n = n;
            base_err err = use_damaged(&message, &commit);
            if (err != BASE_E_CORRUPT && !is_psk) {
                print_error("entry %zu, %c, %zu of %zu bytes: %s\n", i, e->key[13], n, e->value_n,
                            base_err_name(err));
            }
            assert_true(err == BASE_E_CORRUPT || is_psk);
        }
    }
    drop_traffic();
}

static void a_value_that_is_not_there_is_noticed(void **state)
{
    (void)state;
    mls_store port = fake_store_port(&bob->store);
    make_traffic();
    for (size_t i = 0; i < good.n; i++) {
        const fake_store_entry *e = &good.v[i];
        if (is_of_group(e, 'e')) {
            continue;
        }
        const mls_store_op op = {.key = base_bytes_of(e->key, e->key_n), .remove = true};
        fake_store_copy(&bob->store, &good);
        assert_ok(port.write(port.user, &op, 1));
        base_err err = use_damaged(&message, &commit);
        if (is_of_group(e, 's')) {
            assert_int_equal(err, BASE_E_NOT_FOUND);
        } else if (is_of_group(e, 'q')) {
            assert_int_equal(err, MLS_E_PROPOSAL_UNKNOWN); /* no list is an empty one */
        } else {
            assert_int_equal(err, BASE_E_CORRUPT);
        }
    }
    drop_traffic();
}

static fake_store_entry *state_of(person *p)
{
    for (size_t i = 0; i < p->store.n; i++) {
        if (is_of_group(&p->store.v[i], 's')) {
            return &p->store.v[i];
        }
    }
    fail();
    return NULL;
}

/* What loading Bob's group says with one byte of its state changed. */
static base_err with_byte(size_t at, uint8_t value)
{
    mls_group *g = NULL;
    fake_store_entry *e = state_of(bob);
    uint8_t before = e->value[at];
    e->value[at] = value;
    base_err err = mls_group_load(bob->ctx, WORLD_GROUP, &g);
    e->value[at] = before;
    mls_group_free(g);
    return err;
}

static void a_state_with_a_field_out_of_range_is_corrupt(void **state)
{
    (void)state;
    const fake_store_entry *e = state_of(bob);
    /* Version, state, the GroupContext with its length in two bytes, leaves; at the end the
     * signature key (64 bytes), the oldest PSK and the ReInit. */
    const size_t context = 5;
    const size_t leaves = context + ((size_t)(e->value[3] & 0x3f) << 8 | e->value[4]);
    const size_t psk_first = e->value_n - 1 - 8;
    const size_t signature = psk_first - 64;
    assert_int_equal(e->value[2], MLS_GROUP_ACTIVE);
    assert_int_equal(e->value[leaves + 3], 8);
    assert_ok(with_byte(2, MLS_GROUP_ACTIVE));
    assert_int_equal(with_byte(2, 0), BASE_E_CORRUPT);
    assert_int_equal(with_byte(2, 4), BASE_E_CORRUPT);
    assert_int_equal(with_byte(2, MLS_GROUP_ENDED), BASE_E_CORRUPT);
    assert_int_equal(with_byte(context + 5, 'T'), BASE_E_CORRUPT); /* of the group's id */
    assert_int_equal(with_byte(leaves + 3, 0), BASE_E_CORRUPT);
    assert_int_equal(with_byte(leaves + 3, 7), BASE_E_CORRUPT);
    assert_int_equal(with_byte(leaves, 0x80), BASE_E_CORRUPT);
    assert_int_equal(with_byte(signature, e->value[signature] ^ 1), BASE_E_CORRUPT);
    assert_int_equal(with_byte(psk_first, 1), BASE_E_CORRUPT);
    /* Somebody else's key, good in itself. */
    assert_int_equal(alice->signature_private.n, 64);
    memcpy(state_of(bob)->value + signature, alice->signature_private.p, 64);
    assert_int_equal(with_byte(2, MLS_GROUP_ACTIVE), BASE_E_CORRUPT);
}

static void a_kept_proposal_is_the_one_that_the_list_names(void **state)
{
    (void)state;
    mls_group *g = NULL;
    fake_store_entry *p[2] = {0};
    fake_store_entry *list = NULL;
    size_t n = 0;
    live();
    for (size_t i = 0; i < bob->store.n; i++) {
        fake_store_entry *e = &bob->store.v[i];
        if (is_of_group(e, 'p')) {
            p[n++] = e;
        }
        list = is_of_group(e, 'q') ? e : list;
    }
    assert_int_equal(n, 2);
    assert_non_null(list);
    /* The two in each other's place; and a list with one reference that no hash has. */
    uint8_t *value = p[0]->value;
    size_t value_n = p[0]->value_n;
    p[0]->value = p[1]->value;
    p[0]->value_n = p[1]->value_n;
    p[1]->value = value;
    p[1]->value_n = value_n;
    assert_int_equal(mls_group_load(bob->ctx, WORLD_GROUP, &g), BASE_E_CORRUPT);
    /* version, the list's 203 bytes, one reference of 201 */
    static const uint8_t too_long[2 + 2 + 203] = {0, 1, 0x40, 203, 0x40, 201};
    const mls_store port = fake_store_port(&bob->store);
    const mls_store_op op = {.key = base_bytes_of(list->key, list->key_n),
                             .value = base_bytes_of(too_long, sizeof too_long)};
    assert_ok(port.write(port.user, &op, 1));
    assert_int_equal(mls_group_load(bob->ctx, WORLD_GROUP, &g), BASE_E_CORRUPT);
    assert_null(g);
}

static void a_changed_byte_never_crashes_and_rarely_passes(void **state)
{
    (void)state;
    size_t passed = 0;
    size_t tried = 0;
    make_traffic();
    for (size_t i = 0; i < good.n; i++) {
        const fake_store_entry *e = &good.v[i];
        for (size_t n = 0; n < e->value_n; n++) {
            fake_store_copy(&bob->store, &good);
            bob->store.v[i].value[n] ^= (uint8_t)(1u << (n % 8));
            base_err err = use_damaged(&message, &commit);
            passed += err == BASE_OK && !is_of_group(e, 'e') ? 1 : 0;
            tried++;
        }
    }
    /* Bytes that nothing of this traffic looks at: ratchets and tree secrets of others, the
     * exporter, authenticator, external and resumption secrets, generation counters. */
    print_message("%zu of %zu changed bytes made no difference\n", passed, tried);
    assert_true(passed * 3 < tried);
    drop_traffic();
}

static void a_state_of_another_version_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < bob->store.n; i++) {
        if (is_of_group(&bob->store.v[i], 's')) {
            bob->store.v[i].value[1] = 2;
        }
    }
    mls_group *g = NULL;
    assert_int_equal(mls_group_load(bob->ctx, WORLD_GROUP, &g), BASE_E_CORRUPT);
}

static void a_store_that_cannot_read_is_not_mistaken_for_an_empty_one(void **state)
{
    (void)state;
    mls_group *g = NULL;
    size_t gets = 0;
    fake_store_reset(&bob->store, 0, 0);
    assert_ok(mls_group_load(bob->ctx, WORLD_GROUP, &g));
    mls_group_free(g);
    g = NULL;
    gets = bob->store.gets;
    for (size_t n = 1; n <= gets; n++) {
        fake_store_reset(&bob->store, n, 0);
        assert_int_equal(mls_group_load(bob->ctx, WORLD_GROUP, &g), BASE_E_STORE);
        assert_null(g);
    }
    fake_store_reset(&bob->store, 0, 0);
}

static void a_damaged_key_package_is_corrupt_and_not_absent(void **state)
{
    (void)state;
    base_buf package = {0};
    base_buf ref = {0};
    base_buf out = {0};
    const mls_key_package_params params = {.member = person_member(&w, bob),
                                           .not_after = WORLD_NOW};
    assert_ok(mls_key_package_new(bob->ctx, &params, &package, &ref));
    for (size_t i = 0; i < bob->store.n; i++) {
        if (bob->store.v[i].key[0] == 'k') {
            bob->store.v[i].value_n--;
        }
    }
    assert_int_equal(mls_key_package_open(bob->ctx, base_buf_bytes(&ref), base_bytes_str("l"),
                                          base_bytes_str("c"), base_bytes_str("k"),
                                          base_bytes_str("t"), &out),
                     BASE_E_CORRUPT);
    assert_ok(mls_key_package_delete(bob->ctx, base_buf_bytes(&ref)));
    assert_int_equal(mls_key_package_delete(bob->ctx, base_buf_bytes(&ref)), BASE_E_NOT_FOUND);
    base_buf_clear(&package);
    base_buf_clear(&ref);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(a_group_of_the_past_is_as_it_was),
        CASE(the_store_holds_what_is_needed_and_no_more),
        CASE(groups_with_ids_that_imitate_keys_do_not_meet),
        CASE(a_value_that_is_cut_short_or_gone_is_noticed),
        CASE(a_value_that_is_not_there_is_noticed),
        CASE(a_state_with_a_field_out_of_range_is_corrupt),
        CASE(a_kept_proposal_is_the_one_that_the_list_names),
        CASE(a_changed_byte_never_crashes_and_rarely_passes),
        CASE(a_state_of_another_version_is_refused),
        CASE(a_store_that_cannot_read_is_not_mistaken_for_an_empty_one),
        CASE(a_damaged_key_package_is_corrupt_and_not_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
