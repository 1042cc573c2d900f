/* The codec of frames: every type there and back, every truncation and trailing byte refused, and
 * each rule of docs/protocol.md, section 1.1, broken alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "samples.h"
#include "support/fake_alloc.h"

static base_buf encoded(size_t i)
{
    sample s;
    base_buf out = {0};
    assert_true(sample_make(i, &s));
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_OK);
    sample_clear(&s);
    return out;
}

static void every_frame_survives_encoding_and_decoding(void **state)
{
    (void)state;
    bool seen[256] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
        base_buf first = encoded(i);
        wire_frame f;
        assert_int_equal(wire_frame_decode(base_buf_bytes(&first), &f), BASE_OK);
        base_buf second = {0};
        assert_int_equal(wire_frame_encode(&f, &second), BASE_OK);
        assert_true(base_bytes_eq(base_buf_bytes(&first), base_buf_bytes(&second)));
        seen[f.type] = true;
        base_buf_clear(&first);
        base_buf_clear(&second);
    }
    for (unsigned type = 0; type < 256; type++) {
        bool named = strcmp(wire_type_name((uint8_t)type), "UNKNOWN") != 0;
        assert_int_equal(seen[type], named); /* no type without a sample */
    }
}

static void fields_come_back_as_they_were(void **state)
{
    (void)state;
    base_buf b = encoded(7);
    wire_frame f;
    assert_int_equal(wire_frame_decode(base_buf_bytes(&b), &f), BASE_OK);
    assert_int_equal(f.type, WIRE_COMMIT);
    assert_int_equal(f.request, 2);
    assert_int_equal(f.u.commit.channel, 7);
    assert_int_equal(f.u.commit.epoch, 3);
    assert_true(base_bytes_eq(f.u.commit.gate, sample_id(0x24)));
    assert_true(base_bytes_eq(f.u.commit.opened, sample_id(0x34)));
    assert_true(base_bytes_eq(f.u.commit.closed, sample_id(0x35)));
    assert_int_equal(f.u.commit.entry_size, 256);
    assert_int_equal(f.u.commit.side_size, 1024);
    assert_int_equal(f.u.commit.data.n, 1280);
    base_buf_clear(&b);
}

static void decode_refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        base_buf b = encoded(i);
        for (size_t n = 0; n < b.n; n += n < 400 || b.n - n < 40 ? 1 : 97) {
            /* a copy of exact size, so that a sanitizer sees a byte read beyond it */
            uint8_t *exact = (uint8_t *)malloc(n == 0 ? 1 : n);
            assert_non_null(exact);
            memcpy(exact, b.p, n);
            wire_frame f = {.type = 1};
            assert_int_not_equal(wire_frame_decode(base_bytes_of(exact, n), &f), BASE_OK);
            assert_int_equal(f.type, 0);
            free(exact);
        }
        base_buf_clear(&b);
    }
}

static void decode_refuses_a_trailing_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        base_buf b = encoded(i);
        assert_int_equal(base_buf_append(&b, base_bytes_str("x")), BASE_OK);
        wire_frame f;
        assert_int_equal(wire_frame_decode(base_buf_bytes(&b), &f), BASE_E_TRAILING);
        base_buf_clear(&b);
    }
}

static void decode_refuses_unknown_types(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        const uint8_t b[] = {(uint8_t)type, 0, 0, 0, (uint8_t)(type >= 0xf0 ? 0 : 1)};
        wire_frame f;
        if (strcmp(wire_type_name((uint8_t)type), "UNKNOWN") == 0) {
            assert_int_equal(wire_frame_decode(base_bytes_of(b, sizeof b), &f), BASE_E_VALUE);
        }
    }
}

static void requests_carry_a_number_and_pushes_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        base_buf b = encoded(i);
        wire_frame f;
        if (b.p[0] == WIRE_PART) {
            base_buf_clear(&b);
            continue;
        }
        b.p[4] = b.p[4] == 0 ? 1 : 0;
        assert_int_equal(wire_frame_decode(base_buf_bytes(&b), &f), BASE_E_VALUE);
        base_buf_clear(&b);
    }
}

/* Change one byte of a sample and expect a refusal. */
static void refused(size_t i, size_t at, uint8_t value, base_err want)
{
    base_buf b = encoded(i);
    assert_true(at < b.n);
    b.p[at] = value;
    wire_frame f;
    assert_int_equal(wire_frame_decode(base_buf_bytes(&b), &f), want);
    base_buf_clear(&b);
}

static void decode_refuses_values_out_of_range(void **state)
{
    (void)state;
    refused(4, 5 + 4, 0x80, BASE_E_VALUE);     /* APPEND: epoch with the highest bit */
    refused(5, 5, 0x80, BASE_E_VALUE);         /* APPENDED: seq likewise */
    refused(14, 5 + 4, 2, BASE_E_VALUE);       /* LEAVE: a bool of 2 */
    refused(30, 5, 200, BASE_E_VALUE);         /* DONE: no such status */
    refused(23, 5 + 4, WIRE_OK, BASE_E_VALUE); /* DROPPED: no such reason */
    refused(20, 5 + 12, 2, BASE_E_VALUE);      /* ENTRY: no such kind */
    refused(19, 6, 4, BASE_E_VALUE);           /* CURSORS_ARE: no such state */
    refused(24, 8, 0, BASE_E_VALUE);           /* HELLO: min above max */
}

static void decode_refuses_a_body_that_does_not_match_its_size(void **state)
{
    (void)state;
    refused(20, 5 + 13 + 2, 2, BASE_E_VALUE);            /* ENTRY says 512, holds 256 */
    refused(20, 5 + 13 + 1, 1, BASE_E_VALUE);            /* says 65,792, and yet holds some */
    refused(16, 5 + 2, 2, BASE_E_VALUE);                 /* SIDE_IS */
    refused(6, 5 + 4 + 8 + 32 + 2 + 2, 2, BASE_E_VALUE); /* COMMIT: entry_size */
}

static void decode_refuses_handles_of_a_broken_length(void **state)
{
    (void)state;
    const uint8_t head[] = {WIRE_CURSORS, 0, 0, 0, 1, 0, 0, 0, 7, 31};
    uint8_t b[sizeof head + 31] = {0};
    memcpy(b, head, sizeof head);
    wire_frame f;
    assert_int_equal(wire_frame_decode(base_bytes_of(b, sizeof b), &f), BASE_E_VALUE);
    b[9] = 0;
    assert_int_equal(wire_frame_decode(base_bytes_of(b, 10), &f), BASE_E_VALUE);
}

static void decode_refuses_more_items_than_the_limit(void **state)
{
    (void)state;
    sample s;
    assert_true(sample_make(2, &s));
    wire_follow one = {1, sample_id(1), 0, sample_id(2), sample_id(3), 0};
    assert_int_equal(wire_follow_put(&s.items, &one), BASE_OK);
    s.f.u.items.items = base_buf_bytes(&s.items);
    base_buf out = {0};
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_E_ARGUMENT);
    assert_int_equal(out.n, 0);
    base_buf_clear(&out);
    sample_clear(&s);
}

static void decode_refuses_a_frame_beyond_the_limit(void **state)
{
    (void)state;
    static uint8_t b[WIRE_FRAME_MAX + 1] = {WIRE_DATA, 0, 0, 0, 1};
    wire_frame f;
    assert_int_equal(wire_frame_decode(base_bytes_of(b, sizeof b), &f), BASE_E_LIMIT);
    assert_int_not_equal(wire_frame_decode(base_bytes_of(b, sizeof b - 1), &f), BASE_E_LIMIT);
}

static void encode_refuses_what_decode_would_refuse(void **state)
{
    (void)state;
    sample s;
    base_buf out = {0};
    assert_int_equal(base_buf_append(&out, base_bytes_str("kept")), BASE_OK);

    assert_true(sample_make(0, &s));
    s.f.u.create.log.n = 31;
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_E_ARGUMENT);
    assert_true(sample_make(5, &s));
    s.f.u.seq.seq = (uint64_t)WIRE_NUMBER_MAX + 1;
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_E_ARGUMENT);
    assert_true(sample_make(14, &s));
    s.f.request = 0;
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_E_ARGUMENT);
    assert_true(sample_make(30, &s));
    s.f.u.done.status = 99;
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_E_ARGUMENT);
    s.f.type = 0x50;
    assert_int_equal(wire_frame_encode(&s.f, &out), BASE_E_ARGUMENT);

    assert_true(base_bytes_eq(base_buf_bytes(&out), base_bytes_str("kept")));
    base_buf_clear(&out);
}

static void encode_leaves_the_buffer_as_it_was_when_memory_runs_out(void **state)
{
    (void)state;
    fake_alloc alloc;
    fake_alloc_init(&alloc);
    for (size_t i = 0; i < SAMPLES; i++) {
        sample s;
        assert_true(sample_make(i, &s));
        bool refused_one = true;
        for (size_t nth = 1; refused_one; nth++) {
            base_buf out = base_buf_on(&alloc.port);
            fake_alloc_reset(&alloc, nth);
            base_err err = wire_frame_encode(&s.f, &out);
            refused_one = fake_alloc_refused(&alloc);
            assert_int_equal(err, refused_one ? BASE_E_NOMEM : BASE_OK);
            assert_true(!refused_one || out.n == 0);
            base_buf_clear(&out);
        }
        sample_clear(&s);
    }
    assert_int_equal(alloc.live, 0);
}

static void doors_cannot_be_numbered_zero(void **state)
{
    (void)state;
    refused(35, 5 + 64 + 1 + 32 + 2 + 3, 0, BASE_E_VALUE);          /* add: the first number */
    refused(35, 5 + 64 + 1 + 32 + 2 + 72 + 1 + 3, 0, BASE_E_VALUE); /* remove: likewise */
}

static void size_classes_are_those_of_the_protocol(void **state)
{
    (void)state;
    assert_int_equal(wire_size_class(0), 0);
    assert_int_equal(wire_size_class(1), 256);
    assert_int_equal(wire_size_class(256), 256);
    assert_int_equal(wire_size_class(257), 1024);
    assert_int_equal(wire_size_class(16385), 65536);
    assert_int_equal(wire_size_class(65537), 131072);
    assert_int_equal(wire_size_class(WIRE_SIDE_MAX), WIRE_SIDE_MAX);
    assert_int_equal(wire_size_class((size_t)WIRE_SIDE_MAX + 1), 0);
    assert_true(wire_size_check(65536, WIRE_INLINE_MAX));
    assert_true(wire_size_check(196608, WIRE_ENTRY_MAX));
    assert_false(wire_size_check(131072, WIRE_INLINE_MAX));
    assert_false(wire_size_check(255, WIRE_INLINE_MAX));
    assert_false(wire_size_check(0, WIRE_INLINE_MAX));
}

static void statuses_have_names(void **state)
{
    (void)state;
    assert_string_equal(wire_status_name(WIRE_STALE), "STALE");
    assert_string_equal(wire_status_name(77), "UNKNOWN");
    assert_string_equal(wire_type_name(WIRE_SHELF_TAKE), "SHELF_TAKE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_survives_encoding_and_decoding),
        cmocka_unit_test(fields_come_back_as_they_were),
        cmocka_unit_test(decode_refuses_every_truncation),
        cmocka_unit_test(decode_refuses_a_trailing_byte),
        cmocka_unit_test(decode_refuses_unknown_types),
        cmocka_unit_test(requests_carry_a_number_and_pushes_do_not),
        cmocka_unit_test(decode_refuses_values_out_of_range),
        cmocka_unit_test(decode_refuses_a_body_that_does_not_match_its_size),
        cmocka_unit_test(decode_refuses_handles_of_a_broken_length),
        cmocka_unit_test(decode_refuses_more_items_than_the_limit),
        cmocka_unit_test(decode_refuses_a_frame_beyond_the_limit),
        cmocka_unit_test(encode_refuses_what_decode_would_refuse),
        cmocka_unit_test(encode_leaves_the_buffer_as_it_was_when_memory_runs_out),
        cmocka_unit_test(doors_cannot_be_numbered_zero),
        cmocka_unit_test(size_classes_are_those_of_the_protocol),
        cmocka_unit_test(statuses_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
