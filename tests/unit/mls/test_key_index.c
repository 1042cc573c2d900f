/* The table of keys, against a plain list that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "mls/key_index.h"
#include "support/fake_alloc.h"
#include "support/fake_random.h"

#define ENTRIES 300

static size_t candidates(const mls_key_index *x, uint64_t tag, uint32_t node)
{
    size_t at = 0;
    size_t found = 0;
    mls_node_index got = {0};
    while (mls_key_index_next(x, tag, &at, &got)) {
        found += got.v == node ? 1 : 0;
    }
    return found;
}

/* Tags that share their low bits, some of them equal, so that entries push each other around. */
static uint64_t crowded_tag(fake_random *random)
{
    return 1 + (fake_random_next(random) % 40) * 8;
}

static void it_agrees_with_a_list_through_additions_and_removals(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    fake_random random = fake_random_of(1);
    mls_key_index x = {.alloc = &heap.port};
    struct {
        uint64_t tag;
        uint32_t node;
    } list[ENTRIES];
    size_t n = 0;
    for (uint32_t step = 0; step < 6000; step++) {
        bool grow = n == 0 || (n < ENTRIES && fake_random_next(&random) % 2 == 0);
        if (grow) {
            list[n].tag = crowded_tag(&random);
            list[n].node = step;
            assert_int_equal(mls_key_index_reserve(&x, 1), BASE_OK);
            mls_key_index_add(&x, list[n].tag, (mls_node_index){step});
            n++;
        } else {
            size_t gone = (size_t)(fake_random_next(&random) % n);
            mls_key_index_remove(&x, list[gone].tag, (mls_node_index){list[gone].node});
            assert_int_equal(candidates(&x, list[gone].tag, list[gone].node), 0);
            list[gone] = list[n - 1];
            n--;
        }
        assert_int_equal(x.n, n);
        for (size_t i = 0; i < n; i += 7) {
            assert_int_equal(candidates(&x, list[i].tag, list[i].node), 1);
        }
    }
    mls_key_index_clear(&x);
    assert_int_equal(heap.live, 0);
}

static void nothing_is_found_in_an_empty_table_nor_under_another_tag(void **state)
{
    (void)state;
    mls_key_index x = {0};
    assert_int_equal(candidates(&x, 5, 1), 0);
    mls_key_index_remove(&x, 5, (mls_node_index){1});
    assert_int_equal(mls_key_index_reserve(&x, 1), BASE_OK);
    mls_key_index_add(&x, 5, (mls_node_index){1});
    assert_int_equal(candidates(&x, 5, 1), 1);
    assert_int_equal(candidates(&x, 5 + 16, 1), 0);
    mls_key_index_remove(&x, 5 + 16, (mls_node_index){1});
    mls_key_index_remove(&x, 5, (mls_node_index){2});
    assert_int_equal(candidates(&x, 5, 1), 1);
    mls_key_index_clear(&x);
}

static void a_reservation_that_fails_leaves_the_table_as_it_was(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    mls_key_index x = {.alloc = &heap.port};
    assert_int_equal(mls_key_index_reserve(&x, 10), BASE_OK);
    for (uint32_t i = 0; i < 10; i++) {
        mls_key_index_add(&x, i + 1, (mls_node_index){i});
    }
    fake_alloc_reset(&heap, 1);
    assert_int_equal(mls_key_index_reserve(&x, 1000), BASE_E_NOMEM);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(candidates(&x, i + 1, i), 1);
    }
    assert_int_equal(mls_key_index_reserve(&x, SIZE_MAX), BASE_E_LIMIT);
    mls_key_index_clear(&x);
    assert_int_equal(heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_a_list_through_additions_and_removals),
        cmocka_unit_test(nothing_is_found_in_an_empty_table_nor_under_another_tag),
        cmocka_unit_test(a_reservation_that_fails_leaves_the_table_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
