/* See fake_random.h. SplitMix64: every seed is a good one. */
#include "fake_random.h"

uint64_t fake_random_next(fake_random *f)
{
    f->state += 0x9E3779B97F4A7C15u;
    uint64_t z = f->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static base_err fake_random_fill(void *user, uint8_t *p, size_t n)
{
    fake_random *f = user;
    f->calls++;
    if (f->calls == f->fail_at) {
        return BASE_E_RANDOM;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word = i % 8 == 0 ? fake_random_next(f) : word >> 8;
        p[i] = (uint8_t)word;
    }
    return BASE_OK;
}

crypto_random fake_random_port(fake_random *f)
{
    return (crypto_random){fake_random_fill, f};
}
