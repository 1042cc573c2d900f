/* Cipher suites (RFC 9420, sections 5.1 and 17.1): one table of numbers and parts, resolved against
 * a backend. A resolved suite is what every function of crypto and mls takes: the algorithms of the
 * group, with the randomness and the memory to run them on. */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include <sotto/crypto.h>

#include "base/bytes.h"

/* What cryptography asks of the outside. All borrowed for as long as suites made of it are used. */
typedef struct crypto_env {
    const crypto_backend *backend;
    crypto_random random;
    const base_alloc *alloc;            /* NULL: the standard one */
    const crypto_suite_number *numbers; /* for suites without an assignment */
    size_t n_numbers;
} crypto_env;

/* Whether the environment's numbers can be used: each stands for a suite without an assignment, and
 * no two suites of the table have one number. BASE_E_ARGUMENT. */
BASE_MUST_USE base_err crypto_suite_numbers_check(const crypto_env *env);

/* The most suites that have no assignment, hence the most numbers that pass that check. */
#define CRYPTO_NUMBERS_MAX 16

/* One cipher suite, ready to use. Plain values: copy it freely, there is nothing to release. */
typedef struct crypto_suite {
    uint16_t number;
    const char *name;            /* of the registry; static */
    const crypto_env *env;       /* borrowed */
    const crypto_hash_alg *hash; /* Hash, MAC, and the HKDF of HPKE and of the key schedule */
    const crypto_aead_alg *aead;
    const crypto_sig_alg *sig;
    const crypto_dh_alg *dh;        /* the DHKEM's group, or NULL */
    const crypto_hash_alg *dh_hash; /* the DHKEM's HKDF, with dh */
    const crypto_kem_alg *kem;      /* a native KEM, or NULL: one of dh and kem is set */
    const crypto_xof_alg *xof;      /* for the native KEM's DeriveKeyPair, with kem */
    bool bare_derive;               /* that DeriveKeyPair hashes its input without labels */
    uint16_t kem_id;
} crypto_suite;

/* A hash value: public, of the suite's hash size. */
typedef struct crypto_digest {
    size_t n;
    uint8_t b[CRYPTO_HASH_MAX];
} crypto_digest;

static inline base_bytes crypto_digest_bytes(const crypto_digest *d)
{
    return (base_bytes){d->b, d->n};
}

/* Resolve a suite number. CRYPTO_E_SUITE: it is not in the table, or the backend lacks a part. */
BASE_MUST_USE base_err crypto_suite_resolve(const crypto_env *env, uint16_t number,
                                            crypto_suite *out);

/* The algorithms of a suite by their identifiers (crypto.h). */
typedef struct crypto_suite_parts {
    uint16_t kem;
    uint16_t aead;
    uint16_t hash;
    uint16_t sig; /* 0: none; the suite then only derives, hashes and encrypts */
} crypto_suite_parts;

/* A suite of any parts, without a number. CRYPTO_E_SUITE: the backend lacks one. */
BASE_MUST_USE base_err crypto_suite_of_parts(const crypto_env *env, const crypto_suite_parts *parts,
                                             crypto_suite *out);

/* The i-th number that the table holds and this environment can run, best first; 0 past the last.
 */
uint16_t crypto_suite_nth(const crypto_env *env, size_t i);

/* Whether a suite is listed in capabilities without being asked for: those of RFC 9420, and the two
 * hybrids with X25519 and Ed25519. Each costs two bytes in each leaf, and others than these are a
 * group's own choice. */
bool crypto_suite_offered(const crypto_env *env, uint16_t number);

/* Memory for this suite's work; never NULL. */
const base_alloc *crypto_suite_alloc(const crypto_suite *s);

/* n fresh random bytes; n at most BASE_SECRET_MAX for the secret. BASE_E_RANDOM; out is zeroed. */
BASE_MUST_USE base_err crypto_random_fill(const crypto_suite *s, uint8_t *out, size_t n);
BASE_MUST_USE base_err crypto_random_secret(const crypto_suite *s, size_t n, base_secret *out);

/* Hash over the concatenation of parts. */
BASE_MUST_USE base_err crypto_digest_of(const crypto_suite *s, const base_bytes *parts,
                                        size_t count, crypto_digest *out);

/* MAC (HMAC with the suite's hash) over one message, and its check in constant time.
 * crypto_mac_check answers CRYPTO_E_OPEN when the tag is wrong. */
BASE_MUST_USE base_err crypto_mac(const crypto_suite *s, base_bytes key, base_bytes message,
                                  crypto_digest *out);
BASE_MUST_USE base_err crypto_mac_check(const crypto_suite *s, base_bytes key, base_bytes message,
                                        base_bytes tag);

/* AEAD into buffers: *out is replaced, on its own allocator. key and nonce of the suite's sizes. */
BASE_MUST_USE base_err crypto_seal(const crypto_suite *s, base_bytes key, base_bytes nonce,
                                   base_bytes aad, base_bytes plaintext, base_buf *out);
BASE_MUST_USE base_err crypto_open(const crypto_suite *s, base_bytes key, base_bytes nonce,
                                   base_bytes aad, base_bytes ciphertext, base_buf *out);

/* A fresh signature key pair, the private key in the backend's own form. */
BASE_MUST_USE base_err crypto_sig_generate(const crypto_suite *s, base_secret *private_key,
                                           base_buf *public_key);

/* The backend's own form, and the public key, of a private key in either form (crypto.h). */
BASE_MUST_USE base_err crypto_sig_import(const crypto_suite *s, base_bytes private_key,
                                         base_secret *own_form, base_buf *public_key);

#endif
