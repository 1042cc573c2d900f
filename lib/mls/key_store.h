/* What the store holds outside of groups: private keys of KeyPackages and external PSKs; and PSKs
 * of either type looked up by their id (RFC 9420, sections 8.4 and 10). */
#ifndef MLS_KEY_STORE_H
#define MLS_KEY_STORE_H

#include "key_package.h"
#include "psk.h"
#include "store.h"

/* A KeyPackage of this client with all its private keys. Clear it. */
typedef struct mls_own_key_package {
    base_buf encoded; /* KeyPackage, without the header of an MLSMessage */
    base_arena lists;
    mls_key_package view;
    crypto_suite suite;
    mls_key_package_private keys;
    base_secret signature_private; /* in the backend's own form */
    bool last_resort;
} mls_own_key_package;

void mls_own_key_package_clear(mls_own_key_package *p);

/* Keep one. encoded and the keys are copied; every key must belong to its public half.
 * Errors: BASE_E_ARGUMENT, the store's. */
BASE_MUST_USE base_err mls_own_key_package_put(const mls_ctx *ctx, const mls_own_key_package *p,
                                               base_buf *ref);

/* BASE_E_NOT_FOUND, BASE_E_CORRUPT. */
BASE_MUST_USE base_err mls_own_key_package_get(const mls_ctx *ctx, base_bytes ref,
                                               mls_own_key_package *out);

/* The secret of one PSK, replaced in *psk. MLS_E_PSK_MISSING. */
BASE_MUST_USE base_err mls_psk_find(const mls_ctx *ctx, const mls_psk_id *id, base_buf *psk);

/* psk_secret of n PSKs, in order. MLS_E_PSK_MISSING. */
BASE_MUST_USE base_err mls_psk_secret_find(const mls_ctx *ctx, const crypto_suite *s,
                                           const mls_psk_id *ids, size_t n,
                                           base_secret *psk_secret);

#endif
