/* A cryptographic environment for a test: the real backend over an allocator and a randomness that
 * can be told to fail. For tests that are linked with adapter['crypto_default']. */
#ifndef SUPPORT_CRYPTO_RIG_H
#define SUPPORT_CRYPTO_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "adapters/crypto_default.h"
#include "base/bytes.h"
#include "crypto/suite.h"

#include "every_suite.h"
#include "fake_alloc.h"
#include "fake_random.h"

typedef struct crypto_rig {
    fake_alloc heap;
    fake_random random;
    crypto_env env;
} crypto_rig;

/* The struct may not move afterwards. */
static inline void crypto_rig_init(crypto_rig *r, uint64_t seed)
{
    fake_alloc_init(&r->heap);
    r->random = fake_random_of(seed);
    r->env = (crypto_env){.backend = crypto_default(),
                          .random = fake_random_port(&r->random),
                          .alloc = &r->heap.port};
    if (r->env.backend == NULL) {
        fprintf(stderr, "the cryptographic libraries did not start\n");
        abort();
    }
}

static inline crypto_suite crypto_rig_suite(const crypto_rig *r, uint16_t number)
{
    crypto_suite s;
    if (crypto_suite_resolve(&r->env, number, &s) != BASE_OK) {
        fprintf(stderr, "suite 0x%04x is not supported\n", (unsigned)number);
        abort();
    }
    return s;
}

/* An empty buffer on the rig's heap. */
static inline base_buf crypto_rig_buf(const crypto_rig *r)
{
    return base_buf_on(&r->heap.port);
}

/* The bytes of hexadecimal text, in one of the slots of static memory that take turns. Blanks
 * between pairs are skipped. */
static base_bytes unhex(const char *text) __attribute__((noinline, unused));
static base_bytes unhex(const char *text)
{
    static uint8_t slots[16][2048];
    static unsigned turn;
    uint8_t *out = slots[turn++ % 16];
    size_t n = 0;
    for (const char *p = text; *p != '\0' && n < sizeof slots[0]; p++) {
        char pair[3] = {p[0], p[1], '\0'};
        if (*p == ' ') {
            continue;
        }
        out[n++] = (uint8_t)strtoul(pair, NULL, 16);
        p++;
    }
    return base_bytes_of(out, n);
}

#define assert_bytes(got, want)                                                                    \
    do {                                                                                           \
        base_bytes got_ = (got);                                                                   \
        base_bytes want_ = (want);                                                                 \
        assert_int_equal(got_.n, want_.n);                                                         \
        if (want_.n > 0) {                                                                         \
            assert_memory_equal(got_.p, want_.p, want_.n);                                         \
        }                                                                                          \
    } while (0)

#endif
