/* Constant-time helpers. The asm barrier hides a value from the optimiser, so that it cannot
 * prove a wipe useless or turn a masked select back into a branch; it is the only assembly we
 * have, and it emits no instruction. */
#include "ct.h"

#include <string.h>

static uint32_t barrier(uint32_t v)
{
    __asm__("" : "+r"(v));
    return v;
}

void base_wipe(void *p, size_t n)
{
    if (n == 0) {
        return;
    }
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

/* One frame after the other, so that there need not be an array of a size only known here. The
 * barrier behind the call keeps compilers from making a loop of it, in one frame. */
__attribute__((noinline)) void base_wipe_stack(size_t n)
{
    uint8_t dead[4096];
    base_wipe(dead, sizeof dead);
    if (n > sizeof dead) {
        base_wipe_stack(n - sizeof dead);
    }
    __asm__ __volatile__("" : : "r"(dead) : "memory");
}

static bool is_zero(uint32_t acc)
{
    /* acc is at most 255: subtracting one borrows into bit 8 exactly when it was zero. */
    uint32_t zero = barrier(((acc - 1U) >> 8) & 1U);
    CT_PUBLIC(&zero, sizeof zero); /* the verdict of a comparison is what the caller acts on */
    return zero == 1U;
}

bool base_ct_eq(base_bytes a, base_bytes b)
{
    uint32_t acc = 0;
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        acc = barrier(acc | ((uint32_t)a.p[i] ^ (uint32_t)b.p[i]));
    }
    return is_zero(acc);
}

bool base_ct_is_zero(base_bytes a)
{
    uint32_t acc = 0;
    for (size_t i = 0; i < a.n; i++) {
        acc = barrier(acc | a.p[i]);
    }
    return is_zero(acc);
}

uint8_t base_ct_mask_eq(uint32_t a, uint32_t b)
{
    uint32_t x = barrier(a ^ b);
    /* The top bit of x | -x is set exactly when x is not zero. */
    uint32_t nonzero = (x | (0U - x)) >> 31;
    return (uint8_t)(barrier(nonzero) - 1U);
}

void base_ct_copy(uint8_t *dst, const uint8_t *src, size_t n, uint8_t mask)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t m = barrier(mask);
        dst[i] = (uint8_t)((dst[i] & ~m) | (src[i] & m));
    }
}
