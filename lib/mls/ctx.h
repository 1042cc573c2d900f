/* The context behind <sotto/mls.h>: the ports with their defaults filled in. Nothing in it changes
 * after mls_ctx_new(), so that groups of one context may live in different threads if the ports
 * may. */
#ifndef MLS_CTX_H
#define MLS_CTX_H

#include <sotto/mls.h>

#include "crypto/suite.h"

/* The most that mls_limits.resumption may ask for. */
#define MLS_RESUMPTION_MAX 65536

/* How much dead stack a public function wipes before it returns (section 9.2: all representations):
 * what was measured with the cryptographic libraries of adapters/, gcc 12 at -O2. A message takes 6
 * KiB, a commit with X-Wing 33. */
#define MLS_STACK_SMALL 8192
#define MLS_STACK_DEEP 40960

struct mls_ctx {
    const base_alloc *alloc;
    crypto_env env;
    crypto_suite_number numbers[CRYPTO_NUMBERS_MAX];
    mls_store store;
    mls_limits limits; /* no field is zero, but lifetime; skipped may be UINT32_MAX */
    mls_clients clients;
    mls_components components;
};

/* Resolve a suite on the context's backend. CRYPTO_E_SUITE. */
BASE_MUST_USE base_err mls_ctx_suite(const mls_ctx *ctx, mls_suite number, crypto_suite *out);

/* Whether leaf b may stand for leaf a: the application's word, else equal credentials. */
bool mls_ctx_same_client(const mls_ctx *ctx, const mls_leaf_node *a, const mls_leaf_node *b);

#endif
