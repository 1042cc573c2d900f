/* And over parts of a group: the data and the keys of components, what is read when it is needed,
 * messages that come late. */
#include "fault_world.h"

/* ---- data of components ---- */

static bool known(void *user, uint16_t component)
{
    (void)user;
    return component == 0x8001;
}

static base_err update(void *user, const mls_component_update *u, base_buf *data)
{
    (void)user;
    return base_buf_append(data, u->updates[0]);
}

/* A leaf with app_components 1, 2 and 0x8001. */
static const uint8_t app_components[] = "\12\0\1\7\6\0\1\0\2\200\1";
static const mls_extension leaf_extensions[] = {{6, {app_components, sizeof app_components - 1}}};

static base_err call_commit_app_data(void)
{
    const mls_app_data item = {0x8001, base_bytes_str("passing")};
    const mls_proposal_params proposals[] = {
        {.type = MLS_PROPOSAL_APP_DATA_UPDATE,
         .app_data_update = {0x8001, MLS_APP_DATA_UPDATE, base_bytes_str("lasting")}},
        {.type = MLS_PROPOSAL_APP_EPHEMERAL, .app_ephemeral = item}};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = 2};
    mls_commit_out_clear(&made);
    return mls_group_commit(bob->group, &params, WORLD_NOW, &made);
}

static base_err call_encode_app_data(void)
{
    const mls_app_data items[] = {{1, base_bytes_str("a")}, {2, base_bytes_str("b")}};
    base_buf out = base_buf_on(&alice->heap.port);
    base_err err = mls_app_data_encode(items, 2, &out);
    base_buf_clear(&out);
    return err;
}

static void data_of_components_survives_every_failure(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        w.components = (mls_components){.known = known, .update = update};
        w.leaf_extensions = (mls_extension_list){leaf_extensions, 1};
        set_up(260);
        (void)sweep_fault(alice, call_encode_app_data, f);
        (void)sweep_fault(bob, call_commit_app_data, f);
        base_buf_move(&message, &made.commit);
        (void)sweep_fault(alice, call_receive_commit, f);
        (void)sweep_fault(alice, call_merge, f);
        base_bytes data = {0};
        assert_ok(mls_app_data_find(mls_group_extensions(alice->group), 0x8001, &data));
        assert_true(base_bytes_eq(data, base_bytes_str("lasting")));
        teardown(NULL);
    }
}

static const mls_component_label label = {.component = 0x8001};

static base_err call_component_seal(void)
{
    base_buf_clear(&other);
    base_buf_clear(&message);
    return mls_group_component_seal(alice->group, (mls_leaf_index){1}, &label, base_bytes_str("x"),
                                    &other, &message);
}

static base_err call_component_open(void)
{
    base_buf out = {0};
    base_err err = mls_group_component_open(bob->group, &label, base_buf_bytes(&other),
                                            base_buf_bytes(&message), &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_component_sign(void)
{
    base_buf_clear(&ref);
    return mls_component_sign(alice->ctx, 1, base_buf_bytes(&alice->signature_private), 0x8001,
                              base_bytes_str("l"), base_bytes_str("x"), &ref);
}

static base_err call_component_verify(void)
{
    return mls_component_verify(alice->ctx, 1, base_buf_bytes(&alice->signature_public), 0x8001,
                                base_bytes_str("l"), base_bytes_str("x"), base_buf_bytes(&ref));
}

static base_err call_component_psk_put(void)
{
    return mls_component_psk_put(alice->ctx, 0x8001, base_bytes_str("b"), base_bytes_str("beta"));
}

static base_err call_component_psk_delete(void)
{
    return mls_component_psk_delete(alice->ctx, 0x8001, base_bytes_str("b"));
}

static void keys_of_components_survive_every_failure(void **state)
{
    (void)state;
    set_up(261);
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        person_reload(alice);
        person_reload(bob);
        (void)sweep_fault(alice, call_component_seal, f);
        (void)sweep_fault(bob, call_component_open, f);
        (void)sweep_fault(alice, call_component_sign, f);
        (void)sweep_fault(alice, call_component_verify, f);
        (void)sweep_fault(alice, call_component_psk_put, f);
        (void)sweep_fault(alice, call_component_psk_delete, f);
    }
    world_talk(&w);
}

/* ---- a group that was just loaded, and reads what it needs ---- */

static base_err call_member(void)
{
    const mls_leaf_node *leaf = NULL;
    return mls_group_member(alice->group, (mls_leaf_index){2}, &leaf);
}

static base_err call_tree(void)
{
    base_buf out = {0};
    base_err err = mls_group_tree(alice->group, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_info(void)
{
    base_buf out = {0};
    base_err err = mls_group_info(alice->group, true, true, &out);
    base_buf_clear(&out);
    return err;
}

static base_err call_commit(void)
{
    mls_commit_out out = {0};
    base_err err = mls_group_commit(alice->group, NULL, WORLD_NOW, &out);
    mls_commit_out_clear(&out);
    return err;
}

static base_err call_protect(void)
{
    base_buf out = {0};
    base_err err = mls_group_protect(alice->group, base_bytes_str("x"), NULL, &out);
    base_buf_clear(&out);
    return err;
}

static void a_message_that_failed_leaves_no_gap_in_the_generations(void **state)
{
    (void)state;
    set_up(271);
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        uint32_t last = mls_group_last_generation(alice->group);
        (void)sweep_fault(alice, call_protect, f);
        assert_int_equal(mls_group_last_generation(alice->group), last + 1);
    }
    world_talk(&w);
}

static base_err call_merge_made(void)
{
    base_err err = mls_group_merge(alice->group, made.staged);
    made.staged = err == BASE_OK ? NULL : made.staged;
    return err;
}

static void follow(person *p, base_bytes commit)
{
    mls_received r = {0};
    assert_ok(mls_group_receive(p->group, commit, WORLD_NOW, &r));
    assert_ok(mls_group_merge(p->group, r.staged));
    r.staged = NULL;
    mls_received_clear(&r);
}

static void a_group_reads_what_it_needs_whatever_fails_on_the_way(void **state)
{
    (void)state;
    static const call_fn calls[] = {call_member,  call_tree,   call_info,
                                    call_whisper, call_commit, call_protect};
    set_up(270);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
            person_reload(alice);
            size_t n = sweep_fault(alice, calls[i], f);
            assert_true(f != FAULT_GET || n > 0);
        }
    }
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        person_reload(alice);
        assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
        (void)sweep_fault(alice, call_merge_made, f);
        world_deliver(&w, alice, base_buf_bytes(&made.commit));
        mls_commit_out_clear(&made);
        person_reload(alice);
        assert_ok(mls_group_commit(bob->group, NULL, WORLD_NOW, &made));
        base_buf_move(&message, &made.commit);
        (void)sweep_fault(alice, call_receive_commit, f);
        (void)sweep_fault(alice, call_merge, f);
        assert_ok(mls_group_merge(bob->group, made.staged));
        made.staged = NULL;
        mls_commit_out_clear(&made);
        follow(carol, base_buf_bytes(&message));
    }
    world_talk(&w);
}

/* ---- messages that come late ---- */

static void messages_out_of_order_survive_every_failure(void **state)
{
    (void)state;
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        set_up(250);
        assert_ok(mls_group_protect(bob->group, base_bytes_str("first"), NULL, &other));
        assert_ok(mls_group_protect(bob->group, base_bytes_str("second"), NULL, &welcome));
        assert_ok(mls_group_protect(bob->group, base_bytes_str("third"), NULL, &message));
        person_reload(alice);
        (void)sweep_fault(alice, call_receive, f);
        base_buf_move(&message, &other);
        (void)sweep_fault(alice, call_receive, f);
        assert_int_equal(call_receive(), MLS_E_GENERATION_GONE);
        person_reload(alice);
        base_buf_move(&message, &welcome);
        (void)sweep_fault(alice, call_receive, f);
        assert_int_equal(call_receive(), MLS_E_GENERATION_GONE);
        teardown(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(data_of_components_survives_every_failure, teardown),
        cmocka_unit_test_teardown(keys_of_components_survive_every_failure, teardown),
        cmocka_unit_test_teardown(a_group_reads_what_it_needs_whatever_fails_on_the_way, teardown),
        cmocka_unit_test_teardown(a_message_that_failed_leaves_no_gap_in_the_generations, teardown),
        cmocka_unit_test_teardown(messages_out_of_order_survive_every_failure, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
