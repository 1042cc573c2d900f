/* The same sweep as test_group_faults.c over the calls that it does not make: those of clients
 * without a group, messages by others than members, ReInit, leaving, exporting once, public
 * messages.
 */
#include "fault_world.h"

/* ---- clients ---- */

static base_err call_context(void)
{
    mls_ctx *ctx = NULL;
    const mls_config config = {.alloc = &alice->heap.port,
                               .crypto = crypto_default(),
                               .random = fake_random_port(&alice->random),
                               .store = fake_store_port(&alice->store)};
    base_err err = mls_ctx_new(&config, &ctx);
    mls_ctx_free(ctx);
    return err;
}

static base_err call_signature_key(void)
{
    base_buf private_key = {0};
    base_buf public_key = {0};
    base_err err = mls_signature_key_new(alice->ctx, 1, &private_key, &public_key);
    base_buf_clear(&private_key);
    base_buf_clear(&public_key);
    return err;
}

static base_err call_sign(void)
{
    base_buf made_here = {0};
    base_err err = mls_sign(alice->ctx, 1, base_buf_bytes(&alice->signature_private),
                            base_bytes_str("label"), base_bytes_str("content"), &made_here);
    base_buf_clear(&made_here);
    return err;
}

static base_err call_verify(void)
{
    return mls_verify(alice->ctx, 1, base_buf_bytes(&alice->signature_public),
                      base_bytes_str("label"), base_bytes_str("content"), base_buf_bytes(&other));
}

static base_err call_create(void)
{
    const mls_member_params member = person_member(&w, dave);
    return mls_group_create(dave->ctx, base_bytes_str("another"), &member, (mls_extension_list){0},
                            WORLD_NOW, &dave->group);
}

static base_err call_check(void)
{
    base_buf out = {0};
    base_err err =
        mls_key_package_check(alice->ctx, base_buf_bytes(&package), WORLD_NOW, NULL, NULL, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_seal(void)
{
    base_buf kem_output = {0};
    base_buf ciphertext = {0};
    base_err err = mls_key_package_seal(alice->ctx, base_buf_bytes(&package), base_bytes_str("l"),
                                        none, base_bytes_str("x"), &kem_output, &ciphertext);
    base_buf_clear(&kem_output);
    base_buf_clear(&ciphertext);
    return err;
}

static base_err call_hear(void)
{
    mls_targeted t = {0};
    base_err err = mls_group_targeted_open(bob->group, base_buf_bytes(&message), &t);
    mls_targeted_clear(&t);
    return err;
}

static base_err call_open(void)
{
    base_buf plaintext = {0};
    base_err err =
        mls_key_package_open(dave->ctx, base_buf_bytes(&ref), base_bytes_str("l"), none,
                             base_buf_bytes(&message), base_buf_bytes(&other), &plaintext);
    base_buf_clear(&plaintext);
    return err;
}

static base_err call_delete_package(void)
{
    return mls_key_package_delete(dave->ctx, base_buf_bytes(&ref));
}

static base_err call_put_psk(void)
{
    return mls_psk_put(alice->ctx, base_bytes_str("b"), base_bytes_str("beta"));
}

static base_err call_delete_psk(void)
{
    return mls_psk_delete(alice->ctx, base_bytes_str("b"));
}

static void calls_beside_the_groups_epochs_survive_every_failure(void **state)
{
    (void)state;
    set_up(200);
    assert_ok(mls_sign(alice->ctx, 1, base_buf_bytes(&alice->signature_private),
                       base_bytes_str("label"), base_bytes_str("content"), &other));
    static const call_fn calls[] = {call_context, call_signature_key, call_sign,
                                    call_verify,  call_check,         call_seal};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        sweep_all(alice, calls[i]);
    }
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        (void)sweep_fault(alice, call_put_psk, f);
        (void)sweep_fault(alice, call_delete_psk, f);
    }
    sweep_all(alice, call_whisper);
    sweep_all(bob, call_hear);
    world_talk(&w);
}

static void a_group_is_created_whatever_fails_on_the_way(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(201);
        (void)sweep_fault(dave, call_create, f);
        assert_int_equal(call_create(), BASE_E_EXISTS);
        teardown(NULL);
    }
}

static void key_packages_open_and_go_whatever_fails_on_the_way(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(202);
        base_buf_clear(&package);
        const mls_key_package_params params = {.member = person_member(&w, dave),
                                               .not_before = WORLD_NOW - 1000,
                                               .not_after = WORLD_NOW + 1000};
        assert_ok(mls_key_package_new(dave->ctx, &params, &package, &ref));
        assert_ok(mls_key_package_seal(alice->ctx, base_buf_bytes(&package), base_bytes_str("l"),
                                       none, base_bytes_str("x"), &message, &other));
        (void)sweep_fault(dave, call_open, f);
        (void)sweep_fault(dave, call_delete_package, f);
        assert_int_equal(call_delete_package(), BASE_E_NOT_FOUND);
        teardown(NULL);
    }
}

/* ---- proposals ---- */

static base_err call_propose_join(void)
{
    base_buf out = {0};
    base_err err = mls_propose_join(dave->ctx, WORLD_GROUP, mls_group_epoch(alice->group),
                                    base_buf_bytes(&package),
                                    base_buf_bytes(&dave->signature_private), none, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_propose_external(void)
{
    const mls_external_proposal params = {
        .suite = 1,
        .group_id = WORLD_GROUP,
        .epoch = mls_group_epoch(alice->group),
        .signature_private = base_buf_bytes(&dave->signature_private),
        .proposal = {.type = MLS_PROPOSAL_REMOVE, .removed = {2}}};
    base_buf_clear(&message);
    return mls_propose_external(dave->ctx, &params, &message);
}

static base_err call_forget_one(void)
{
    return mls_group_forget_proposal(alice->group, base_buf_bytes(&ref));
}

static base_err call_forget_all(void)
{
    return mls_group_forget_proposals(alice->group);
}

static base_err call_leave(void)
{
    const mls_proposal_params leave = {.type = MLS_PROPOSAL_SELF_REMOVE};
    base_buf_clear(&message);
    return mls_group_propose(carol->group, &leave, NULL, WORLD_NOW, &message);
}

static void proposals_from_outside_survive_every_failure(void **state)
{
    (void)state;
    set_up(210);
    sweep_all(dave, call_propose_join);
    sweep_all(dave, call_propose_external);
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        mls_received r = {0};
        (void)sweep_fault(alice, call_receive, f);
        assert_int_equal(mls_group_proposal_count(alice->group), 1);
        (void)sweep_fault(alice, call_forget_all, f);
        assert_int_equal(mls_group_proposal_count(alice->group), 0);
        assert_ok(mls_group_receive(alice->group, base_buf_bytes(&message), WORLD_NOW, &r));
        base_buf_clear(&ref);
        ref = base_buf_take(&r.proposal_ref);
        mls_received_clear(&r);
        (void)sweep_fault(alice, call_forget_one, f);
        person_reload(alice);
        assert_int_equal(mls_group_proposal_count(alice->group), 0);
    }
    world_talk(&w);
}

static void leaving_survives_every_failure(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(211);
        (void)sweep_fault(carol, call_leave, f);
        (void)sweep_fault(alice, call_receive, f);
        assert_ok(person_receive(bob, base_buf_bytes(&message)));
        world_commit(&w, bob, NULL, NULL, 0);
        assert_int_equal(mls_group_state_of(carol->group), MLS_GROUP_REMOVED);
        world_talk(&w);
        teardown(NULL);
    }
}

/* ---- commits of other forms ---- */

static base_err call_commit_in_public(void)
{
    mls_commit_out out = {0};
    const mls_commit_params params = {.framing = {.is_public = true}};
    base_err err = mls_group_commit(alice->group, &params, WORLD_NOW, &out);
    mls_commit_out_clear(&out);
    return err;
}

static base_err call_code_staged(void)
{
    mls_staged *again = NULL;
    base_buf code = {0};
    base_err err = mls_staged_encode(made.staged, &code);
    if (err == BASE_OK) {
        err = mls_staged_decode(alice->group, base_buf_bytes(&code), &again);
    }
    mls_staged_free(again);
    base_buf_clear(&code);
    return err;
}

static void commits_in_public_survive_every_failure(void **state)
{
    (void)state;
    set_up(220);
    sweep_all(alice, call_commit_in_public);
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    sweep_all(alice, call_code_staged);
    world_talk(&w);
}

/* Carol comes back from outside, with a PSK, and takes along who wants to leave. */
static base_err call_come_back(void)
{
    const mls_psk_id psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("a")};
    const base_bytes leavers[] = {base_buf_bytes(&welcome)};
    const mls_external_params params = {.member = person_member(&w, carol),
                                        .replace = true,
                                        .old = {2},
                                        .psks = &psk,
                                        .n_psks = 1,
                                        .self_removes = leavers,
                                        .n_self_removes = 1};
    return mls_group_join_external(carol->ctx, base_buf_bytes(&other), none, &params, WORLD_NOW,
                                   &message, &carol->group);
}

static void coming_back_from_outside_survives_every_failure(void **state)
{
    (void)state;
    const mls_proposal_params leave = {.type = MLS_PROPOSAL_SELF_REMOVE};
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(221);
        assert_ok(mls_psk_put(alice->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
        assert_ok(mls_psk_put(carol->ctx, base_bytes_str("a"), base_bytes_str("alpha")));
        assert_ok(mls_group_propose(bob->group, &leave, NULL, WORLD_NOW, &welcome));
        assert_ok(person_receive(alice, base_buf_bytes(&welcome)));
        assert_ok(mls_group_info(alice->group, true, true, &other));
        assert_ok(mls_group_delete(carol->group));
        mls_group_free(carol->group);
        carol->group = NULL;
        (void)sweep_fault(carol, call_come_back, f);
        (void)sweep_fault(alice, call_receive_commit, f);
        (void)sweep_fault(alice, call_merge, f);
        mls_group_free(bob->group);
        bob->group = NULL;
        world_talk(&w);
        teardown(NULL);
    }
}

/* ---- the end of a group, and what follows it ---- */

static base_err call_reinit(void)
{
    const base_bytes packages[] = {base_buf_bytes(&package), base_buf_bytes(&other)};
    const mls_member_params member = person_member(&w, alice);
    const mls_successor_params params = {
        .member = &member, .key_packages = packages, .n_key_packages = 2};
    mls_group *g = NULL;
    base_err err = mls_group_reinit(alice->group, &params, WORLD_NOW, &welcome, &g);
    mls_group_free(g);
    return err;
}

static base_err call_join_again(void)
{
    mls_group *g = NULL;
    base_err err = mls_group_join(bob->ctx, base_buf_bytes(&welcome), none, WORLD_NOW, &g);
    mls_group_free(g);
    return err;
}

static base_err call_load(void)
{
    mls_group *g = NULL;
    base_err err = mls_group_load(alice->ctx, WORLD_GROUP, &g);
    mls_group_free(g);
    return err;
}

static base_err call_export(void)
{
    base_buf out = {0};
    base_err err = mls_group_export(alice->group, none, none, 32, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_delete(void)
{
    return mls_group_delete(alice->group);
}

static void a_group_ends_and_begins_again_whatever_fails_on_the_way(void **state)
{
    (void)state;
    const mls_proposal_params reinit = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = base_bytes_str("again"), .version = 1, .suite = 1}};
    const mls_commit_params params = {.proposals = &reinit, .n_proposals = 1};
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(230);
        assert_ok(mls_group_commit(bob->group, &params, WORLD_NOW, &made));
        base_buf_move(&message, &made.commit);
        (void)sweep_fault(alice, call_receive_commit, f);
        (void)sweep_fault(alice, call_merge, f);
        assert_ok(mls_group_merge(bob->group, made.staged));
        made.staged = NULL;
        assert_int_equal(mls_group_state_of(alice->group), MLS_GROUP_ENDED);
        (void)sweep_fault(alice, call_load, f);
        (void)sweep_fault(alice, call_export, f);
        base_buf_clear(&package);
        package = person_key_package(&w, bob);
        other = person_key_package(&w, carol);
        (void)sweep_fault(alice, call_reinit, f);
        (void)sweep_fault(bob, call_join_again, f);
        (void)sweep_fault(alice, call_delete, f);
        teardown(NULL);
    }
}

/* ---- exports ---- */

static base_err call_safe_export(void)
{
    base_buf_clear(&other);
    return mls_group_safe_export(alice->group, 0x8001, &other);
}

static base_err call_safe_export_next(void)
{
    base_buf_clear(&other);
    return mls_group_safe_export(alice->group, 0x8002, &other);
}

static void what_is_exported_once_is_exported_whatever_fails_on_the_way(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(240);
        (void)sweep_fault(alice, call_safe_export, f);
        assert_int_equal(call_safe_export(), MLS_E_EXPORTED);
        (void)sweep_fault(alice, call_safe_export_next, f);
        assert_ok(mls_group_safe_export(bob->group, 0x8002, &message));
        assert_true(base_bytes_eq(base_buf_bytes(&message), base_buf_bytes(&other)));
        (void)sweep_fault(alice, call_delete, f);
        teardown(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(calls_beside_the_groups_epochs_survive_every_failure, teardown),
        cmocka_unit_test_teardown(a_group_is_created_whatever_fails_on_the_way, teardown),
        cmocka_unit_test_teardown(key_packages_open_and_go_whatever_fails_on_the_way, teardown),
        cmocka_unit_test_teardown(proposals_from_outside_survive_every_failure, teardown),
        cmocka_unit_test_teardown(leaving_survives_every_failure, teardown),
        cmocka_unit_test_teardown(commits_in_public_survive_every_failure, teardown),
        cmocka_unit_test_teardown(coming_back_from_outside_survives_every_failure, teardown),
        cmocka_unit_test_teardown(a_group_ends_and_begins_again_whatever_fails_on_the_way,
                                  teardown),
        cmocka_unit_test_teardown(what_is_exported_once_is_exported_whatever_fails_on_the_way,
                                  teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
