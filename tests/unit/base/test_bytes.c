/* Borrowed bytes, buffers that wipe what they give up, and secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "support/fake_alloc.h"

static base_bytes text(const char *s)
{
    return base_bytes_str(s);
}

/* ---- bytes ---- */

static void equal_bytes_are_equal_and_others_are_not(void **state)
{
    (void)state;
    assert_true(base_bytes_eq(text("abc"), text("abc")));
    assert_true(base_bytes_eq(BASE_BYTES_NONE, text("")));
    assert_false(base_bytes_eq(text("abc"), text("abd")));
    assert_false(base_bytes_eq(text("abc"), text("ab")));
}

static void order_is_that_of_memcmp_with_prefixes_first(void **state)
{
    (void)state;
    assert_int_equal(base_bytes_cmp(text("ab"), text("ab")), 0);
    assert_true(base_bytes_cmp(text("ab"), text("abc")) < 0);
    assert_true(base_bytes_cmp(text("b"), text("abc")) > 0);
    assert_true(base_bytes_cmp(BASE_BYTES_NONE, text("a")) < 0);
    assert_true(base_bytes_cmp(text("\x7f"), text("\x80")) < 0); /* unsigned */
}

static void well_formed_utf8_is_text(void **state)
{
    (void)state;
    const char *good[] = {"",
                          "plain",
                          "h\xc3\xa9",
                          "\xe2\x82\xac",
                          "\xf0\x9f\x98\x80",
                          "\xed\x9f\xbf",
                          "\xee\x80\x80",
                          "\xf4\x8f\xbf\xbf",
                          "\xc2\x80"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(base_bytes_is_text(text(good[i])));
    }
}

static void malformed_utf8_is_not_text(void **state)
{
    (void)state;
    const char *bad[] = {
        "\x80",             /* continuation alone */
        "\xc3",             /* cut short */
        "\xe2\x82",         /* cut short */
        "\xf0\x9f\x98",     /* cut short */
        "\xc0\xaf",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xed\xbf\xbf",     /* surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80", /* above U+10FFFF */
        "\xff",             /* no lead byte */
        "a\xc3(",           /* no continuation */
        "\xe2\x28\xa1",     /* no continuation */
        "\xe2\x82\x28",     /* no continuation */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(base_bytes_is_text(text(bad[i])));
    }
    assert_false(base_bytes_is_text(base_bytes_of("a\0b", 3)));
}

/* ---- buffers ---- */

static void appended_bytes_come_back_in_order(void **state)
{
    (void)state;
    base_buf b = {0};
    for (int i = 0; i < 1000; i++) {
        uint8_t v = (uint8_t)i;
        assert_int_equal(base_buf_append(&b, base_bytes_of(&v, 1)), BASE_OK);
    }
    assert_int_equal(b.n, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(b.p[i], (uint8_t)i);
    }
    base_buf_clear(&b);
    assert_null(b.p);
    assert_int_equal(b.n, 0);
}

static void a_buffer_can_be_appended_to_itself(void **state)
{
    (void)state;
    base_buf b = {0};
    assert_int_equal(base_buf_append(&b, text("0123456789")), BASE_OK);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(base_buf_append(&b, base_buf_bytes(&b)), BASE_OK);
    }
    assert_int_equal(b.n, 640);
    for (size_t i = 0; i < b.n; i++) {
        assert_int_equal(b.p[i], '0' + (char)(i % 10));
    }
    base_buf_clear(&b);
}

static void set_replaces_the_content_even_with_a_part_of_it(void **state)
{
    (void)state;
    base_buf b = {0};
    assert_int_equal(base_buf_append(&b, text("hello world")), BASE_OK);
    assert_int_equal(base_buf_set(&b, base_bytes_of(b.p + 6, 5)), BASE_OK);
    assert_true(base_bytes_eq(base_buf_bytes(&b), text("world")));
    base_buf_clear(&b);
}

static void resize_fills_with_zeros_and_wipes_what_it_cuts(void **state)
{
    (void)state;
    base_buf b = {0};
    assert_int_equal(base_buf_append(&b, text("secret")), BASE_OK);
    assert_int_equal(base_buf_resize(&b, 2), BASE_OK);
    assert_int_equal(b.n, 2);
    assert_int_equal(b.p[2], 0); /* inside the allocation */
    assert_int_equal(b.p[5], 0);
    assert_int_equal(base_buf_resize(&b, 4), BASE_OK);
    assert_memory_equal(b.p, "se\0\0", 4);
    base_buf_clear(&b);
    assert_int_equal(base_buf_resize(&b, 0), BASE_OK);
    assert_int_equal(b.n, 0);
    base_buf_clear(&b);
}

static void take_moves_the_content_and_keeps_the_allocator(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    base_buf a = base_buf_on(&heap.port);
    assert_int_equal(base_buf_append(&a, text("mine")), BASE_OK);
    base_buf b = base_buf_take(&a);
    assert_null(a.p);
    assert_int_equal(a.n, 0);
    assert_ptr_equal(a.alloc, &heap.port);
    assert_true(base_bytes_eq(base_buf_bytes(&b), text("mine")));
    base_buf_move(&a, &b);
    assert_null(b.p);
    assert_true(base_bytes_eq(base_buf_bytes(&a), text("mine")));
    base_buf_clear(&a);
    assert_int_equal(heap.live, 0);
}

static void clearing_an_empty_buffer_and_null_does_nothing(void **state)
{
    (void)state;
    base_buf b = {0};
    base_buf_clear(&b);
    base_buf_clear(&b);
    base_buf_clear(NULL);
    assert_null(b.p);
}

static void a_failed_growth_leaves_the_buffer_as_it_was(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    base_buf b = base_buf_on(&heap.port);
    assert_int_equal(base_buf_append(&b, text("kept")), BASE_OK);
    fake_alloc_reset(&heap, 1);
    assert_int_equal(base_buf_reserve(&b, 1000), BASE_E_NOMEM);
    fake_alloc_reset(&heap, 1);
    assert_int_equal(base_buf_resize(&b, 1000), BASE_E_NOMEM);
    fake_alloc_reset(&heap, 1);
    assert_int_equal(base_buf_set(&b, text("other")), BASE_E_NOMEM);
    assert_true(base_bytes_eq(base_buf_bytes(&b), text("kept")));
    base_buf_clear(&b);
    assert_int_equal(heap.live, 0);
}

static void a_size_that_overflows_is_a_limit_not_a_crash(void **state)
{
    (void)state;
    base_buf b = {0};
    assert_int_equal(base_buf_append(&b, text("x")), BASE_OK);
    assert_int_equal(base_buf_reserve(&b, SIZE_MAX), BASE_E_LIMIT);
    assert_int_equal(b.n, 1);
    base_buf_clear(&b);
}

/* An allocator that looks at what is freed. */
static size_t dirty_frees;

static void *plain_alloc(void *user, size_t n)
{
    (void)user;
    return calloc(1, n);
}

static void looking_free(void *user, void *p)
{
    size_t n = *(size_t *)user;
    for (size_t i = 0; p != NULL && i < n; i++) {
        dirty_frees += ((uint8_t *)p)[i] != 0;
    }
    free(p);
}

static void what_a_buffer_frees_is_wiped(void **state)
{
    (void)state;
    size_t seen = 6;
    const base_alloc looking = {plain_alloc, looking_free, &seen};
    base_buf b = base_buf_on(&looking);
    dirty_frees = 0;
    assert_int_equal(base_buf_append(&b, text("secret")), BASE_OK);
    assert_int_equal(base_buf_reserve(&b, 1000), BASE_OK); /* growth frees the old block */
    assert_int_equal(base_buf_set(&b, text("another secret")), BASE_OK);
    base_buf_clear(&b);
    assert_int_equal(dirty_frees, 0);
}

/* ---- secrets ---- */

static void a_secret_keeps_up_to_its_bound_and_refuses_more(void **state)
{
    (void)state;
    uint8_t bytes[BASE_SECRET_MAX + 1];
    base_secret s = {0};
    memset(bytes, 0xab, sizeof bytes);
    assert_int_equal(base_secret_set(&s, base_bytes_of(bytes, BASE_SECRET_MAX)), BASE_OK);
    assert_int_equal(s.n, BASE_SECRET_MAX);
    assert_int_equal(base_secret_set(&s, base_bytes_of(bytes, sizeof bytes)), BASE_E_LIMIT);
    assert_int_equal(s.n, BASE_SECRET_MAX);
    assert_true(base_bytes_eq(base_secret_bytes(&s), base_bytes_of(bytes, BASE_SECRET_MAX)));
}

static void a_shorter_secret_leaves_nothing_of_the_longer_one(void **state)
{
    (void)state;
    base_secret s = {0};
    assert_int_equal(base_secret_set(&s, text("a long secret")), BASE_OK);
    assert_int_equal(base_secret_set(&s, base_bytes_of(s.b + 2, 4)), BASE_OK); /* from itself */
    assert_true(base_bytes_eq(base_secret_bytes(&s), text("long")));
    for (size_t i = 4; i < sizeof s.b; i++) {
        assert_int_equal(s.b[i], 0);
    }
    base_secret_clear(&s);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.b[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_are_equal_and_others_are_not),
        cmocka_unit_test(order_is_that_of_memcmp_with_prefixes_first),
        cmocka_unit_test(well_formed_utf8_is_text),
        cmocka_unit_test(malformed_utf8_is_not_text),
        cmocka_unit_test(appended_bytes_come_back_in_order),
        cmocka_unit_test(a_buffer_can_be_appended_to_itself),
        cmocka_unit_test(set_replaces_the_content_even_with_a_part_of_it),
        cmocka_unit_test(resize_fills_with_zeros_and_wipes_what_it_cuts),
        cmocka_unit_test(take_moves_the_content_and_keeps_the_allocator),
        cmocka_unit_test(clearing_an_empty_buffer_and_null_does_nothing),
        cmocka_unit_test(a_failed_growth_leaves_the_buffer_as_it_was),
        cmocka_unit_test(a_size_that_overflows_is_a_limit_not_a_crash),
        cmocka_unit_test(what_a_buffer_frees_is_wiped),
        cmocka_unit_test(a_secret_keeps_up_to_its_bound_and_refuses_more),
        cmocka_unit_test(a_shorter_secret_leaves_nothing_of_the_longer_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
