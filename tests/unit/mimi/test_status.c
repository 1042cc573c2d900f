/* Tests of status.c: reports there and back, and what is none. */
#include "mimi_samples.h"

#include "mimi/status.h"

static base_err decode_report(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mimi_report r = {0};
    base_err err = mimi_report_decode(in, &a, &r);
    base_arena_clear(&a);
    return err;
}

#define PAIR(status) "\x82\x58\x20" ID1 status

static void a_report_is_written_as_it_was_read(void **state)
{
    (void)state;
    const mimi_status_pair pairs[] = {{sample_id(ID1), MIMI_STATUS_READ},
                                      {sample_id(ID2), MIMI_STATUS_DELIVERED},
                                      {sample_id(ID2), 255}};
    const mimi_report report = {pairs, COUNT(pairs)};
    base_arena a = base_arena_on(NULL, 0);
    base_buf out = base_buf_on(NULL);
    mimi_report again = {0};
    assert_int_equal(mimi_report_encode(&report, &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\x83\x82\x58\x20" ID1 "\x02\x82\x58\x20" ID2
                                             "\x01\x82\x58\x20" ID2 "\x18\xff"));
    assert_int_equal(mimi_report_decode(base_buf_bytes(&out), &a, &again), BASE_OK);
    assert_int_equal(again.n, 3);
    for (size_t i = 0; i < again.n; i++) {
        assert_memory_equal(again.pairs[i].id.b, pairs[i].id.b, MIMI_ID_SIZE);
        assert_int_equal(again.pairs[i].status, pairs[i].status);
    }
    assert_exact(base_buf_bytes(&out), decode_report);
    base_buf_clear(&out);
    base_arena_clear(&a);
}

static void a_report_may_be_empty(void **state)
{
    (void)state;
    const mimi_report none = {NULL, 0};
    base_buf out = base_buf_on(NULL);
    assert_int_equal(mimi_report_encode(&none, &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\x80"));
    assert_int_equal(decode_report(base_buf_bytes(&out)), BASE_OK);
    base_buf_clear(&out);
}

static void what_is_no_pair_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_report(BYTES("\x81" PAIR("\x02"))), BASE_OK);
    assert_int_equal(decode_report(BYTES("\x81" PAIR("\x19\x01\x00"))), MIMI_E_CONTENT);
    assert_int_equal(decode_report(BYTES("\x81" PAIR("\x20"))), MIMI_E_CONTENT);
    assert_int_equal(decode_report(BYTES("\x81" PAIR("\x18\x02"))), MIMI_E_CBOR);
    assert_int_equal(decode_report(BYTES("\x81\x83\x58\x20" ID1 "\x02\x02")), MIMI_E_CONTENT);
    assert_int_equal(decode_report(BYTES("\x81\x82\x41\x01\x02")), MIMI_E_CONTENT);
    assert_int_equal(decode_report(BYTES("\x81\x82\x58\x20\x02"
                                         "aaaaaaaabbbbbbbbccccccccddddddd\x02")),
                     MIMI_E_ID);
    assert_int_equal(decode_report(BYTES("\xa0")), MIMI_E_CONTENT);
}

static void a_report_has_at_most_so_many_pairs(void **state)
{
    (void)state;
    static mimi_status_pair pairs[MIMI_STATUS_PAIRS_MAX + 1];
    for (size_t i = 0; i < COUNT(pairs); i++) {
        pairs[i] = (mimi_status_pair){sample_id(ID1), MIMI_STATUS_READ};
    }
    base_buf out = base_buf_on(NULL);
    mimi_report report = {pairs, MIMI_STATUS_PAIRS_MAX};
    assert_int_equal(mimi_report_encode(&report, &out), BASE_OK);
    assert_int_equal(decode_report(base_buf_bytes(&out)), BASE_OK);
    report.n++;
    assert_int_equal(mimi_report_encode(&report, &out), MIMI_E_LIMIT);
    out.p[2]++; /* 0x0400 becomes 0x0401 */
    assert_int_equal(decode_report(base_buf_bytes(&out)), MIMI_E_LIMIT);
    assert_int_equal(decode_report(BYTES("\x9b\xff\xff\xff\xff\xff\xff\xff\xff")), MIMI_E_LIMIT);
    base_buf_clear(&out);
}

static void a_report_on_no_message_is_not_written(void **state)
{
    (void)state;
    const mimi_status_pair pair = {{{0}}, MIMI_STATUS_READ};
    const mimi_report report = {&pair, 1};
    base_buf out = base_buf_on(NULL);
    assert_int_equal(mimi_report_encode(&report, &out), MIMI_E_ID);
    assert_int_equal(out.n, 0);
}

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    const mimi_status_pair pairs[] = {{sample_id(ID1), MIMI_STATUS_READ}};
    const mimi_report report = {pairs, 1};
    fake_alloc alloc;
    fake_alloc_init(&alloc);
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        fake_alloc_reset(&alloc, n);
        base_arena a = base_arena_on(&alloc.port, 0);
        base_buf out = base_buf_on(&alloc.port);
        mimi_report again = {0};
        base_err err = mimi_report_encode(&report, &out);
        if (err == BASE_OK) {
            err = mimi_report_decode(base_buf_bytes(&out), &a, &again);
        }
        refused = fake_alloc_refused(&alloc);
        assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
        failures += refused ? 1 : 0;
        base_buf_clear(&out);
        base_arena_clear(&a);
        assert_int_equal(alloc.live, 0);
    }
    assert_true(failures >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_written_as_it_was_read),
        cmocka_unit_test(a_report_may_be_empty),
        cmocka_unit_test(what_is_no_pair_is_refused),
        cmocka_unit_test(a_report_has_at_most_so_many_pairs),
        cmocka_unit_test(a_report_on_no_message_is_not_written),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
