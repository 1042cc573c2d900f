/* Primitives straight from libsodium and OpenSSL, no adapter between: what a suite's bound is
 * measured with, beside its backend's own. */
#ifndef BENCH_DIRECT_H
#define BENCH_DIRECT_H

#include "crypto/hpke.h"

#define DIRECT_LONG ((size_t)16384)

/* What they work on. */
typedef struct direct_ground {
    crypto_suite s;
    base_secret sign_key; /* the backend's own form */
    base_buf verify_key;
    size_t size; /* of what is signed, sealed or hashed */
    uint8_t message[DIRECT_LONG];
    uint8_t signature[CRYPTO_SIGNATURE_MAX];
    size_t signature_n;
    uint8_t private_key[CRYPTO_PRIVATE_MAX];
    uint8_t public_key[CRYPTO_KEM_PUBLIC_MAX];
    uint8_t enc[CRYPTO_KEM_ENC_MAX];
    uint8_t out[DIRECT_LONG + 64];
} direct_ground;

typedef enum direct_what {
    DIRECT_SIGN,
    DIRECT_VERIFY,
    DIRECT_BASE,
    DIRECT_DH,
    DIRECT_ENCAP,
    DIRECT_DECAP,
    DIRECT_AEAD,
    DIRECT_HASH,
    DIRECT_HMAC,
} direct_what;

/* The i-th direct way to do it for the ground's suite; NULL past the last. */
typedef bool (*direct_way)(direct_ground *g);
direct_way direct_nth(const direct_ground *g, direct_what what, size_t i);

#endif
