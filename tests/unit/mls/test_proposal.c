/* Tests of proposal.c: every type there and back, and what has no encoding. */
#include "samples.h"

#include "mls/proposal.h"

static base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_proposal p = {0};
    base_rd r = base_rd_on(in);
    mls_proposal_read(&r, &a, &p);
    base_arena_clear(&a);
    return base_rd_end(&r);
}

static base_err decode_or_ref(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_proposal_or_ref p = {0};
    base_rd r = base_rd_on(in);
    mls_proposal_or_ref_read(&r, &a, &p);
    base_arena_clear(&a);
    return base_rd_end(&r);
}

static const mls_proposal_type defined[] = {MLS_PROPOSAL_ADD,
                                            MLS_PROPOSAL_UPDATE,
                                            MLS_PROPOSAL_REMOVE,
                                            MLS_PROPOSAL_PSK,
                                            MLS_PROPOSAL_REINIT,
                                            MLS_PROPOSAL_EXTERNAL_INIT,
                                            MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                            MLS_PROPOSAL_APP_DATA_UPDATE,
                                            MLS_PROPOSAL_APP_EPHEMERAL,
                                            MLS_PROPOSAL_SELF_REMOVE};

static void each_type_is_written_as_it_was_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(defined); i++) {
        int t = (int)defined[i];
        base_arena a = base_arena_on(NULL, 0);
        base_buf in = encode_proposal((mls_proposal_type)t);
        base_buf out = base_buf_on(NULL);
        mls_proposal p = {0};
        base_rd r = base_rd_on(base_buf_bytes(&in));
        mls_proposal_read(&r, &a, &p);
        assert_int_equal(base_rd_end(&r), BASE_OK);
        assert_int_equal(p.type, t);
        base_wr w = base_wr_on(&out);
        mls_proposal_write(&w, &p);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_bytes(base_buf_bytes(&out), base_buf_bytes(&in));
        base_buf_clear(&out);
        base_buf_clear(&in);
        base_arena_clear(&a);
    }
}

static void each_type_fills_its_own_field(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    base_buf in = encode_proposal(MLS_PROPOSAL_REINIT);
    mls_proposal p = {0};
    base_rd r = base_rd_on(base_buf_bytes(&in));
    mls_proposal_read(&r, &a, &p);
    assert_bytes(p.reinit.group_id, BYTES("next group"));
    assert_int_equal(p.reinit.version, 1);
    assert_int_equal(p.reinit.suite, 3);
    assert_int_equal(p.reinit.extensions.n, 2);
    base_buf_clear(&in);

    static const uint8_t removal[] = {0, 3, 1, 2, 3, 4};
    r = base_rd_on(base_bytes_of(removal, sizeof(removal)));
    mls_proposal_read(&r, &a, &p);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    assert_int_equal(p.removed.v, 0x01020304);
    base_arena_clear(&a);
}

static void every_truncation_of_each_type_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(defined); i++) {
        int t = (int)defined[i];
        base_buf in = encode_proposal((mls_proposal_type)t);
        assert_exact(base_buf_bytes(&in), decode);
        base_buf_clear(&in);
    }
}

/* V-12.2-17 */
static void types_without_a_definition_are_refused(void **state)
{
    (void)state;
    static const uint16_t types[] = {0, 11, 0x0A0A, 0xEAEA, 0xF000, 0xFFFF};
    for (size_t i = 0; i < COUNT(types); i++) {
        const uint8_t in[] = {(uint8_t)(types[i] >> 8), (uint8_t)types[i], 0, 0, 0, 0};
        assert_int_equal(decode(base_bytes_of(in, sizeof(in))), MLS_E_PROPOSAL);

        base_buf out = base_buf_on(NULL);
        base_wr w = base_wr_on(&out);
        mls_proposal p = {.type = (mls_proposal_type)types[i]};
        mls_proposal_write(&w, &p);
        assert_int_equal(base_wr_end(&w), MLS_E_PROPOSAL);
        base_buf_clear(&out);
    }
}

static void a_proposal_by_value_and_one_by_reference_are_told_apart(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_proposal removal = sample_proposal(MLS_PROPOSAL_REMOVE);
    mls_proposal_or_ref_write(&w, &(mls_proposal_or_ref){&removal, BASE_BYTES_NONE});
    mls_proposal_or_ref_write(&w, &(mls_proposal_or_ref){NULL, BYTES("ref")});
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\1\0\3\1\2\3\4\2\3ref"));

    mls_proposal_or_ref p = {0};
    base_rd r = base_rd_on(base_buf_bytes(&out));
    mls_proposal_or_ref_read(&r, &a, &p);
    assert_non_null(p.proposal);
    assert_int_equal(p.proposal->removed.v, 0x01020304);
    mls_proposal_or_ref_read(&r, &a, &p);
    assert_null(p.proposal);
    assert_bytes(p.ref, BYTES("ref"));
    assert_int_equal(base_rd_end(&r), BASE_OK);
    base_buf_clear(&out);
    base_arena_clear(&a);
}

static void every_truncation_of_either_form_is_refused(void **state)
{
    (void)state;
    assert_exact(BYTES("\1\0\3\1\2\3\4"), decode_or_ref);
    assert_exact(BYTES("\2\3ref"), decode_or_ref);
}

static void a_form_that_is_neither_value_nor_reference_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_or_ref(BYTES("\0\3ref")), BASE_E_VALUE);
    assert_int_equal(decode_or_ref(BYTES("\3\3ref")), BASE_E_VALUE);
}

/* V-E4.7-1 */
static void an_app_data_update_updates_or_removes_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(decode(BYTES("\0\10\200\1\1\1x")), BASE_OK);
    assert_int_equal(decode(BYTES("\0\10\200\1\2")), BASE_OK);
    assert_int_equal(decode(BYTES("\0\10\200\1\0")), BASE_E_VALUE);
    assert_int_equal(decode(BYTES("\0\10\200\1\3")), BASE_E_VALUE);
    assert_int_equal(decode(BYTES("\0\10\200\1\2\1x")), BASE_E_TRAILING);
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    const mls_proposal p = {.type = MLS_PROPOSAL_APP_DATA_UPDATE, .app_data_update = {.op = 0}};
    mls_proposal_write(&w, &p);
    assert_int_equal(base_wr_end(&w), BASE_E_ARGUMENT);
    base_buf_clear(&out);
}

static void what_brings_no_key_and_no_right_needs_no_path(void **state)
{
    (void)state;
    assert_false(mls_proposal_needs_path(MLS_PROPOSAL_ADD));
    assert_false(mls_proposal_needs_path(MLS_PROPOSAL_PSK));
    assert_false(mls_proposal_needs_path(MLS_PROPOSAL_REINIT));
    assert_false(mls_proposal_needs_path(MLS_PROPOSAL_APP_DATA_UPDATE));
    assert_false(mls_proposal_needs_path(MLS_PROPOSAL_APP_EPHEMERAL));
    assert_true(mls_proposal_needs_path(MLS_PROPOSAL_UPDATE));
    assert_true(mls_proposal_needs_path(MLS_PROPOSAL_REMOVE));
    assert_true(mls_proposal_needs_path(MLS_PROPOSAL_EXTERNAL_INIT));
    assert_true(mls_proposal_needs_path(MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS));
    assert_true(mls_proposal_needs_path(MLS_PROPOSAL_SELF_REMOVE));
    assert_true(mls_proposal_needs_path((mls_proposal_type)0xF000));
}

static void what_is_about_the_sender_itself_does_not_come_from_outside(void **state)
{
    (void)state;
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_ADD));
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_REMOVE));
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_PSK));
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_REINIT));
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS));
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_APP_DATA_UPDATE));
    assert_true(mls_proposal_from_outside(MLS_PROPOSAL_APP_EPHEMERAL));
    assert_false(mls_proposal_from_outside(MLS_PROPOSAL_UPDATE));
    assert_false(mls_proposal_from_outside(MLS_PROPOSAL_EXTERNAL_INIT));
    assert_false(mls_proposal_from_outside(MLS_PROPOSAL_SELF_REMOVE));
    assert_false(mls_proposal_from_outside((mls_proposal_type)0xF000));
}

/* Each allocation of reading a proposal by value fails in turn. */
static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    base_buf add = encode_proposal(MLS_PROPOSAL_ADD);
    base_buf in = base_buf_on(NULL);
    assert_int_equal(base_buf_append(&in, BYTES("\1")), BASE_OK);
    assert_int_equal(base_buf_append(&in, base_buf_bytes(&add)), BASE_OK);
    fake_alloc alloc;
    fake_alloc_init(&alloc);
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        fake_alloc_reset(&alloc, n);
        base_arena a = base_arena_on(&alloc.port, 0);
        mls_proposal_or_ref p = {0};
        base_rd r = base_rd_on(base_buf_bytes(&in));
        mls_proposal_or_ref_read(&r, &a, &p);
        refused = fake_alloc_refused(&alloc);
        assert_int_equal(base_rd_end(&r), refused ? BASE_E_NOMEM : BASE_OK);
        failures += refused ? 1 : 0;
        base_arena_clear(&a);
        assert_int_equal(alloc.live, 0);
    }
    assert_true(failures > 0);
    base_buf_clear(&in);
    base_buf_clear(&add);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_written_as_it_was_read),
        cmocka_unit_test(each_type_fills_its_own_field),
        cmocka_unit_test(every_truncation_of_each_type_is_refused),
        cmocka_unit_test(types_without_a_definition_are_refused),
        cmocka_unit_test(a_proposal_by_value_and_one_by_reference_are_told_apart),
        cmocka_unit_test(every_truncation_of_either_form_is_refused),
        cmocka_unit_test(a_form_that_is_neither_value_nor_reference_is_refused),
        cmocka_unit_test(an_app_data_update_updates_or_removes_and_nothing_else),
        cmocka_unit_test(what_brings_no_key_and_no_right_needs_no_path),
        cmocka_unit_test(what_is_about_the_sender_itself_does_not_come_from_outside),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
