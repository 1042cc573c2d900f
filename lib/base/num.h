/* Checked sums and narrowing for numbers a stranger chose. Each returns false, and leaves *out
 * alone, when the result does not fit. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sotto/base.h>

BASE_MUST_USE static inline bool base_add(size_t a, size_t b, size_t *out)
{
    size_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) {
        return false;
    }
    *out = sum;
    return true;
}

BASE_MUST_USE static inline bool base_mul(size_t a, size_t b, size_t *out)
{
    size_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) {
        return false;
    }
    *out = product;
    return true;
}

BASE_MUST_USE static inline bool base_to_u32(size_t a, uint32_t *out)
{
    if (a > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)a;
    return true;
}

BASE_MUST_USE static inline bool base_to_u16(size_t a, uint16_t *out)
{
    if (a > UINT16_MAX) {
        return false;
    }
    *out = (uint16_t)a;
    return true;
}

#endif
