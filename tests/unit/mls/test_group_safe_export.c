/* The exporter tree (draft-ietf-mls-extensions, section 4.4): the same secrets at all members, each
 * once, and nothing that leads to one after it was given. */
#include "support/mls_world.h"

#include <sotto/mls_app.h>

#include "mls/group.h"
#include "mls/treemath.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 720);
    world_assemble(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* The secret of a node, straight from the root: all on the way are in path[], root first. */
static void derive(const crypto_suite *s, const base_secret *root, uint32_t leaf,
                   base_secret path[17])
{
    path[0] = *root;
    for (size_t i = 0; i < 16; i++) {
        base_bytes side =
            (leaf >> (15 - i) & 1) != 0 ? base_bytes_str("right") : base_bytes_str("left");
        assert_ok(crypto_expand_secret(s, base_secret_bytes(&path[i]), CRYPTO_LABEL("tree"), side,
                                       32, &path[i + 1]));
    }
}

static base_buf export_of(person *p, uint16_t component)
{
    base_buf out = {0};
    assert_ok(mls_group_safe_export(p->group, component, &out));
    return out;
}

static base_secret root_of(const person *p)
{
    return p->group->epoch.secrets.application_export;
}

static bool store_is_without(const person *p, const base_secret *secret)
{
    return !fake_store_contains(&p->store, base_secret_bytes(secret));
}

static void all_members_export_the_same_in_whatever_order(void **state)
{
    (void)state;
    static const uint16_t order[3][5] = {{0, 1, 0x8000, 0xFFFF, 0x5555},
                                         {0xFFFF, 0x5555, 0x8000, 1, 0},
                                         {0x8000, 0, 0xFFFF, 0x5555, 1}};
    base_secret root = root_of(alice);
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < 5; i++) {
            base_secret path[17];
            derive(&alice->group->epoch.suite, &root, order[k][i], path);
            base_buf got = export_of(&w.people[k], order[k][i]);
            assert_true(base_bytes_eq(base_buf_bytes(&got), base_secret_bytes(&path[16])));
            base_buf_clear(&got);
            person_reload(&w.people[k]); /* as good after a restart */
        }
    }
    world_talk(&w);
}

static void a_secret_is_given_once_an_epoch(void **state)
{
    (void)state;
    base_buf again = {0};
    base_buf first = export_of(alice, 0x8001);
    assert_int_equal(mls_group_safe_export(alice->group, 0x8001, &again), MLS_E_EXPORTED);
    person_reload(alice);
    assert_int_equal(mls_group_safe_export(alice->group, 0x8001, &again), MLS_E_EXPORTED);
    base_buf other = export_of(alice, 0x8000); /* V-E4.4-1: its neighbour is still there */
    assert_int_equal(mls_group_safe_export(alice->group, 0x8000, &again), MLS_E_EXPORTED);
    assert_false(base_bytes_eq(base_buf_bytes(&first), base_buf_bytes(&other)));
    world_commit(&w, bob, NULL, NULL, 0);
    again = export_of(alice, 0x8001);
    assert_false(base_bytes_eq(base_buf_bytes(&first), base_buf_bytes(&again)));
    base_buf_clear(&again);
    base_buf_clear(&other);
    base_buf_clear(&first);
}

static void nothing_that_leads_to_an_exported_secret_is_left(void **state)
{
    (void)state;
    base_secret path[17];
    base_secret beside[17];
    base_secret root = root_of(alice);
    derive(&alice->group->epoch.suite, &root, 0x8001, path);
    derive(&alice->group->epoch.suite, &root, 0x8000, beside);
    assert_false(store_is_without(alice, &root));
    base_buf got = export_of(alice, 0x8001);
    base_buf_clear(&got);
    assert_int_equal(alice->group->epoch.secrets.application_export.n, 0);
    for (size_t i = 0; i < 17; i++) {
        assert_true(store_is_without(alice, &path[i]));
    }
    assert_false(store_is_without(alice, &beside[16])); /* still to be exported */
    got = export_of(alice, 0x8000);
    assert_true(base_bytes_eq(base_buf_bytes(&got), base_secret_bytes(&beside[16])));
    base_buf_clear(&got);
    assert_true(store_is_without(alice, &beside[16]));
}

static void with_the_epoch_goes_what_was_not_exported(void **state)
{
    (void)state;
    base_secret beside[17];
    base_secret root = root_of(alice);
    /* Alice was there an epoch before Bob. */
    size_t more = alice->store.n - bob->store.n;
    derive(&alice->group->epoch.suite, &root, 3, beside);
    base_buf got = export_of(alice, 2);
    base_buf_clear(&got);
    assert_false(store_is_without(alice, &beside[16]));
    assert_false(store_is_without(bob, &root));
    world_commit(&w, carol, NULL, NULL, 0);
    assert_true(store_is_without(alice, &beside[16]));
    assert_true(store_is_without(bob, &root));
    /* No record stays behind. */
    assert_int_equal(alice->store.n, bob->store.n + more);
    /* Nor when the group is deleted. */
    got = export_of(alice, 2);
    base_buf_clear(&got);
    assert_ok(mls_group_delete(alice->group));
    assert_ok(mls_group_delete(bob->group));
    assert_int_equal(alice->store.n, bob->store.n);
    assert_int_equal(mls_group_safe_export(bob->group, 1, &got), MLS_E_EXPORTED);
    assert_int_equal(alice->store.n, bob->store.n);
}

static void who_was_removed_exports_of_its_last_epoch(void **state)
{
    (void)state;
    base_secret path[17];
    base_secret root = root_of(carol);
    base_buf again = {0};
    derive(&carol->group->epoch.suite, &root, 7, path);
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    person_reload(carol);
    base_buf got = export_of(carol, 7);
    assert_true(base_bytes_eq(base_buf_bytes(&got), base_secret_bytes(&path[16])));
    person_reload(carol);
    assert_int_equal(mls_group_state_of(carol->group), MLS_GROUP_REMOVED);
    assert_int_equal(mls_group_safe_export(carol->group, 7, &again), MLS_E_EXPORTED);
    base_buf_clear(&got);
}

static void a_joiner_and_who_comes_from_outside_have_the_same_tree(void **state)
{
    (void)state;
    base_buf info = {0};
    base_buf commit = {0};
    assert_ok(mls_group_info(alice->group, true, true, &info));
    const mls_external_params params = {
        .member = person_member(&w, carol), .replace = true, .old = {2}};
    mls_group_free(carol->group);
    carol->group = NULL;
    fake_store_clear(&carol->store);
    assert_ok(mls_group_join_external(carol->ctx, base_buf_bytes(&info), (base_bytes){0}, &params,
                                      WORLD_NOW, &commit, &carol->group));
    world_deliver(&w, carol, base_buf_bytes(&commit));
    base_buf a = export_of(alice, 9);
    base_buf c = export_of(carol, 9);
    assert_true(base_bytes_eq(base_buf_bytes(&a), base_buf_bytes(&c)));
    base_buf_clear(&a);
    base_buf_clear(&c);
    base_buf_clear(&info);
    base_buf_clear(&commit);
}

/* Each allocation, read and write fails in turn: the secret is not given and not used up. */
static void a_failure_uses_nothing_up(void **state)
{
    (void)state;
    base_buf got = export_of(alice, 0x1234);
    base_buf_clear(&got);
    for (int kind = 0; kind < 3; kind++) {
        fake_store before = {0};
        fake_store_copy(&before, &alice->store);
        for (size_t n = 1;; n++) {
            fake_alloc_reset(&alice->heap, kind == 0 ? n : 0);
            fake_store_reset(&alice->store, kind == 1 ? n : 0, kind == 2 ? n : 0);
            base_err err = mls_group_safe_export(alice->group, (uint16_t)(0x1230 + kind), &got);
            fake_alloc_reset(&alice->heap, 0);
            fake_store_reset(&alice->store, 0, 0);
            if (err == BASE_OK) {
                assert_true(n > 1);
                break;
            }
            assert_int_equal(err, kind == 0 ? BASE_E_NOMEM : BASE_E_STORE);
            assert_int_equal(got.n, 0);
            assert_true(fake_store_equal(&before, &alice->store));
        }
        base_buf_clear(&got);
        got = (base_buf){0};
        fake_store_clear(&before);
    }
}

static void arguments_are_checked(void **state)
{
    (void)state;
    base_buf got = {0};
    assert_int_equal(mls_group_safe_export(NULL, 1, &got), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_safe_export(alice->group, 1, NULL), BASE_E_ARGUMENT);
    got = export_of(alice, 1);
    assert_int_equal(got.n, 32);
    base_buf_clear(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(all_members_export_the_same_in_whatever_order),
        CASE(a_secret_is_given_once_an_epoch),
        CASE(nothing_that_leads_to_an_exported_secret_is_left),
        CASE(with_the_epoch_goes_what_was_not_exported),
        CASE(who_was_removed_exports_of_its_last_epoch),
        CASE(a_joiner_and_who_comes_from_outside_have_the_same_tree),
        CASE(a_failure_uses_nothing_up),
        CASE(arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
