/* Typed allocation, checked numbers, and arenas: zeroed, aligned, bounded, freed at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/num.h"
#include "support/fake_alloc.h"

static bool all_zero(const void *p, size_t n)
{
    return base_ct_is_zero(base_bytes_of(p, n));
}

/* ---- numbers ---- */

static void sums_and_products_that_overflow_are_refused(void **state)
{
    (void)state;
    size_t out = 7;
    assert_true(base_add(SIZE_MAX - 1, 1, &out));
    assert_true(out == SIZE_MAX);
    out = 7;
    assert_false(base_add(SIZE_MAX, 1, &out));
    assert_int_equal(out, 7);
    assert_true(base_mul(SIZE_MAX / 2, 2, &out));
    assert_true(out == SIZE_MAX - 1);
    out = 7;
    assert_false(base_mul(SIZE_MAX / 2 + 1, 2, &out));
    assert_int_equal(out, 7);
}

static void narrowing_refuses_what_does_not_fit(void **state)
{
    (void)state;
    uint32_t wide = 7;
    uint16_t narrow = 7;
    assert_true(base_to_u32(UINT32_MAX, &wide));
    assert_true(wide == UINT32_MAX);
    wide = 7;
    assert_false(base_to_u32((size_t)UINT32_MAX + 1, &wide));
    assert_int_equal(wide, 7);
    assert_true(base_to_u16(UINT16_MAX, &narrow));
    assert_int_equal(narrow, UINT16_MAX);
    narrow = 7;
    assert_false(base_to_u16(UINT16_MAX + 1, &narrow));
    assert_int_equal(narrow, 7);
}

/* ---- allocation ---- */

static void memory_comes_zeroed(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    uint8_t *p = base_alloc_zero(&heap.port, 10, 10); /* the fake fills it with something else */
    assert_non_null(p);
    assert_true(all_zero(p, 100));
    base_alloc_free(&heap.port, p);
    base_alloc_free(&heap.port, NULL);
    assert_int_equal(heap.live, 0);
}

static void a_size_that_overflows_or_is_nothing_gives_null(void **state)
{
    (void)state;
    assert_null(base_alloc_zero(NULL, SIZE_MAX / 2, 3));
    assert_null(base_alloc_zero(NULL, 0, 3));
    assert_null(base_alloc_zero(NULL, 3, 0));
}

static void an_array_grows_and_keeps_its_elements(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    void *p = NULL;
    size_t cap = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(base_alloc_grow(&heap.port, &p, &cap, i + 1, sizeof(size_t)), BASE_OK);
        assert_true(cap > i);
        ((size_t *)p)[i] = i;
    }
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(((size_t *)p)[i], i);
    }
    assert_true(all_zero((size_t *)p + 100, (cap - 100) * sizeof(size_t)));
    assert_int_equal(heap.live, 1);
    base_alloc_free(&heap.port, p);
}

static void an_array_that_cannot_grow_stays_as_it_was(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    void *p = NULL;
    size_t cap = 0;
    assert_int_equal(base_alloc_grow(&heap.port, &p, &cap, 1, 4), BASE_OK);
    void *before = p;
    size_t cap_before = cap;
    assert_int_equal(base_alloc_grow(&heap.port, &p, &cap, SIZE_MAX, 4), BASE_E_LIMIT);
    fake_alloc_reset(&heap, 1);
    assert_int_equal(base_alloc_grow(&heap.port, &p, &cap, cap + 1, 4), BASE_E_NOMEM);
    assert_ptr_equal(p, before);
    assert_int_equal(cap, cap_before);
    base_alloc_free(&heap.port, p);
}

/* ---- arenas ---- */

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    base_arena a = base_arena_on(&heap.port, 0);
    uint8_t *p[300];
    for (size_t i = 0; i < 300; i++) {
        p[i] = base_arena_zero(&a, 1, i + 1);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
        assert_true(all_zero(p[i], i + 1));
        memset(p[i], (int)(i & 0xff), i + 1);
    }
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(p[i][0], i & 0xff);
        assert_int_equal(p[i][i], i & 0xff);
    }
    base_arena_clear(&a);
    assert_int_equal(heap.live, 0);
}

static void an_object_larger_than_a_block_fits(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    uint8_t *p = base_arena_zero(&a, 3, (size_t)1 << 20);
    assert_non_null(p);
    assert_true(all_zero(p, (size_t)3 << 20));
    assert_non_null(base_arena_zero(&a, 1, 1));
    base_arena_clear(&a);
}

static void an_arena_gives_no_more_than_its_bound(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 4096);
    assert_non_null(base_arena_zero(&a, 4, 1024));
    assert_null(base_arena_zero(&a, 1, 1));
    base_arena_clear(&a);
    assert_non_null(base_arena_zero(&a, 1, 1)); /* usable again */
    base_arena_clear(&a);
}

static void an_arena_refuses_nothing_and_too_much(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    assert_null(base_arena_zero(&a, 0, 8));
    assert_null(base_arena_zero(&a, SIZE_MAX / 2, 3));
    assert_null(base_arena_zero(&a, 1, SIZE_MAX));
    base_arena_clear(&a);
}

static void an_array_in_an_arena_grows(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    void *p = NULL;
    size_t cap = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(base_arena_grow(&a, &p, &cap, i + 1, sizeof i), BASE_OK);
        ((uint32_t *)p)[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(((uint32_t *)p)[i], i);
    }
    void *before = p;
    assert_int_equal(base_arena_grow(&a, &p, &cap, SIZE_MAX, 4), BASE_E_NOMEM);
    assert_ptr_equal(p, before);
    base_arena_clear(&a);
}

static void a_copy_is_equal_and_elsewhere(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 64);
    base_bytes src = base_bytes_str("something");
    base_bytes copy = BASE_BYTES_NONE;
    assert_int_equal(base_arena_copy(&a, src, &copy), BASE_OK);
    assert_true(base_bytes_eq(copy, src));
    assert_ptr_not_equal(copy.p, src.p);
    assert_int_equal(base_arena_copy(&a, BASE_BYTES_NONE, &copy), BASE_OK);
    assert_int_equal(copy.n, 0);
    static const uint8_t large[65] = {0};
    assert_int_equal(base_arena_copy(&a, base_bytes_of(large, sizeof large), &copy), BASE_E_NOMEM);
    base_arena_clear(&a);
}

static void a_failing_block_leaves_the_arena_usable(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    base_arena a = base_arena_on(&heap.port, 0);
    fake_alloc_reset(&heap, 1);
    assert_null(base_arena_zero(&a, 1, 8));
    assert_non_null(base_arena_zero(&a, 1, 8));
    base_arena_clear(&a);
    assert_int_equal(heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_products_that_overflow_are_refused),
        cmocka_unit_test(narrowing_refuses_what_does_not_fit),
        cmocka_unit_test(memory_comes_zeroed),
        cmocka_unit_test(a_size_that_overflows_or_is_nothing_gives_null),
        cmocka_unit_test(an_array_grows_and_keeps_its_elements),
        cmocka_unit_test(an_array_that_cannot_grow_stays_as_it_was),
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(an_object_larger_than_a_block_fits),
        cmocka_unit_test(an_arena_gives_no_more_than_its_bound),
        cmocka_unit_test(an_arena_refuses_nothing_and_too_much),
        cmocka_unit_test(an_array_in_an_arena_grows),
        cmocka_unit_test(a_copy_is_equal_and_elsewhere),
        cmocka_unit_test(a_failing_block_leaves_the_arena_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
