/* The randomness port for tests: bytes that a seed decides, and a call that fails on demand. Never
 * for anything else: whoever knows the seed knows every key. */
#ifndef SUPPORT_FAKE_RANDOM_H
#define SUPPORT_FAKE_RANDOM_H

#include <sotto/crypto.h>

typedef struct fake_random {
    uint64_t state;
    size_t calls;
    size_t fail_at; /* the number of the call that fails, from 1; 0 fails none */
} fake_random;

static inline fake_random fake_random_of(uint64_t seed)
{
    return (fake_random){seed, 0, 0};
}

/* f is borrowed by the port. */
crypto_random fake_random_port(fake_random *f);

/* The next 64 bits, for a test's own choices; not counted as a call. */
uint64_t fake_random_next(fake_random *f);

#endif
