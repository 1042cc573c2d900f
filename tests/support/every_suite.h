/* The suites that run on this machine, for tests of all of them. Which they have to be is
 * test_suite.c's to say. For tests that are linked with adapter['crypto_default']. */
#ifndef SUPPORT_EVERY_SUITE_H
#define SUPPORT_EVERY_SUITE_H

#include "adapters/crypto_default.h"
#include "crypto/suite.h"

/* The i-th number, or 0 past the last. */
static inline uint16_t every_suite(size_t i)
{
    const crypto_env env = {.backend = crypto_default()};
    return crypto_suite_nth(&env, i);
}

static inline size_t every_suite_count(void)
{
    size_t n = 0;
    while (every_suite(n) != 0) {
        n++;
    }
    return n;
}

#endif
