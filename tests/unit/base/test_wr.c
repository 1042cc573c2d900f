/* The latched writer, read back with the reader; lengths of one, two and four bytes; an error that
 * stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rd.h"
#include "base/wr.h"
#include "support/fake_alloc.h"

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    base_buf b = {0};
    base_wr w = base_wr_on(&b);
    base_wr_u8(&w, 0x01);
    base_wr_u16(&w, 0x0203);
    base_wr_u32(&w, 0x04050607);
    base_wr_u64(&w, 0x8102030405060708u);
    base_wr_bool(&w, true);
    base_wr_bool(&w, false);
    base_wr_fixed(&w, base_bytes_str("xyz"));
    base_wr_vec(&w, base_bytes_str("abc"));
    base_wr_vec(&w, BASE_BYTES_NONE);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_memory_equal(b.p, "\x01\x02\x03\x04\x05\x06\x07\x81\x02", 9);

    base_rd r = base_rd_on(base_buf_bytes(&b));
    assert_int_equal(base_rd_u8(&r), 0x01);
    assert_int_equal(base_rd_u16(&r), 0x0203);
    assert_int_equal(base_rd_u32(&r), 0x04050607);
    assert_true(base_rd_u64(&r) == 0x8102030405060708u);
    assert_true(base_rd_bool(&r));
    assert_false(base_rd_bool(&r));
    assert_true(base_bytes_eq(base_rd_fixed(&r, 3), base_bytes_str("xyz")));
    assert_true(base_bytes_eq(base_rd_vec(&r), base_bytes_str("abc")));
    assert_int_equal(base_rd_vec(&r).n, 0);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    base_buf_clear(&b);
}

static void lengths_take_their_shortest_form(void **state)
{
    (void)state;
    const struct {
        size_t v;
        size_t n;
    } cases[] = {{0, 1}, {63, 1}, {64, 2}, {16383, 2}, {16384, 4}, {((size_t)1 << 30) - 1, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        base_buf b = {0};
        base_wr w = base_wr_on(&b);
        base_wr_varint(&w, cases[i].v);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_int_equal(b.n, cases[i].n);
        base_rd r = base_rd_on(base_buf_bytes(&b));
        assert_int_equal(base_rd_varint(&r), cases[i].v);
        assert_int_equal(base_rd_end(&r), BASE_OK);
        base_buf_clear(&b);
    }
}

static void a_length_of_two_to_the_thirty_is_refused(void **state)
{
    (void)state;
    base_buf b = {0};
    base_wr w = base_wr_on(&b);
    base_wr_varint(&w, (size_t)1 << 30);
    assert_int_equal(base_wr_end(&w), BASE_E_LIMIT);
    assert_int_equal(b.n, 0);
    base_buf_clear(&b);
}

/* Content of n bytes in a vector whose length is known only at its end. */
static void vector_of(size_t n)
{
    base_buf b = {0};
    base_buf content = {0};
    base_wr w = base_wr_on(&b);
    assert_int_equal(base_buf_resize(&content, n), BASE_OK);
    memset(content.p, 0x5a, n);
    base_wr_u8(&w, 0xee);
    size_t mark = base_wr_open(&w);
    base_wr_fixed(&w, base_buf_bytes(&content));
    base_wr_close(&w, mark);
    base_wr_u8(&w, 0xff);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    base_rd r = base_rd_on(base_buf_bytes(&b));
    assert_int_equal(base_rd_u8(&r), 0xee);
    assert_true(base_bytes_eq(base_rd_vec(&r), base_buf_bytes(&content)));
    assert_int_equal(base_rd_u8(&r), 0xff);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    base_buf_clear(&content);
    base_buf_clear(&b);
}

static void an_open_vector_gets_its_length_when_it_closes(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 63, 64, 65, 16383, 16384, 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        vector_of(sizes[i]);
    }
}

static void open_vectors_nest(void **state)
{
    (void)state;
    base_buf b = {0};
    base_wr w = base_wr_on(&b);
    size_t outer = base_wr_open(&w);
    for (int i = 0; i < 3; i++) {
        size_t inner = base_wr_open(&w);
        for (int k = 0; k < 40 * i; k++) {
            base_wr_u8(&w, (uint8_t)k);
        }
        base_wr_close(&w, inner);
    }
    base_wr_close(&w, outer);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    base_rd r = base_rd_on(base_buf_bytes(&b));
    base_rd in = base_rd_open(&r);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(base_rd_vec(&in).n, 40 * i);
    }
    base_rd_close(&r, &in);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    base_buf_clear(&b);
}

static void the_first_error_stays_and_nothing_more_is_written(void **state)
{
    (void)state;
    base_buf b = {0};
    base_wr w = base_wr_on(&b);
    base_wr_u8(&w, 1);
    base_wr_fail(&w, BASE_E_VALUE);
    base_wr_fail(&w, BASE_E_NOMEM);
    base_wr_u64(&w, 2);
    base_wr_close(&w, base_wr_open(&w));
    assert_int_equal(base_wr_end(&w), BASE_E_VALUE);
    assert_int_equal(b.n, 1);
    base_buf_clear(&b);
}

static void every_failing_allocation_is_told(void **state)
{
    (void)state;
    fake_alloc heap;
    static const uint8_t block[200] = {0};
    fake_alloc_init(&heap);
    size_t nth = 1;
    for (;; nth++) {
        base_buf b = base_buf_on(&heap.port);
        fake_alloc_reset(&heap, nth);
        base_wr w = base_wr_on(&b);
        size_t mark = base_wr_open(&w);
        base_wr_fixed(&w, base_bytes_of(block, 63));
        base_wr_fixed(&w, base_bytes_of(block, sizeof block));
        base_wr_close(&w, mark);
        base_err err = base_wr_end(&w);
        base_buf_clear(&b);
        assert_int_equal(heap.live, 0);
        if (!fake_alloc_refused(&heap)) {
            assert_int_equal(err, BASE_OK);
            break;
        }
        assert_int_equal(err, BASE_E_NOMEM);
    }
    assert_true(nth > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(lengths_take_their_shortest_form),
        cmocka_unit_test(a_length_of_two_to_the_thirty_is_refused),
        cmocka_unit_test(an_open_vector_gets_its_length_when_it_closes),
        cmocka_unit_test(open_vectors_nest),
        cmocka_unit_test(the_first_error_stays_and_nothing_more_is_written),
        cmocka_unit_test(every_failing_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
