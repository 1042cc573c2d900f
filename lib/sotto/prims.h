/* The primitives the client uses outside MLS, picked once from the backend: SHA-256, Ed25519,
 * ChaCha20-Poly1305, Argon2id, and randomness. MLS's own go through a cipher suite; these are the
 * client's and do not change with a group's suite. */
#ifndef SOTTO_PRIMS_H
#define SOTTO_PRIMS_H

#include <sotto/crypto.h>

#include "base/bytes.h"

#define SOTTO_HASH_SIZE 32
#define SOTTO_KEY_SIZE 32       /* AEAD keys, tokens, ids */
#define SOTTO_SIGN_SEED_SIZE 32 /* an Ed25519 private key in its standard form */
#define SOTTO_SIGN_PUBLIC_SIZE 32
#define SOTTO_SIGNATURE_SIZE 64

typedef struct sotto_prims {
    const crypto_hash_alg *sha256;
    const crypto_sig_alg *ed25519;
    const crypto_aead_alg *aead;
    const crypto_pwhash_alg *pwhash;
    crypto_random random;
    const base_alloc *alloc;
} sotto_prims;

/* A SHA-256 value: an identity hash, a list hash, a point of a log. */
typedef struct sotto_hash {
    uint8_t b[SOTTO_HASH_SIZE];
} sotto_hash;

static inline base_bytes sotto_hash_bytes(const sotto_hash *h)
{
    return (base_bytes){h->b, sizeof h->b};
}

static inline bool sotto_hash_eq(const sotto_hash *a, const sotto_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0; /* public values */
}

/* Pick from the backend; CRYPTO_E_SUITE when one is missing. */
BASE_MUST_USE base_err sotto_prims_init(const crypto_backend *backend, crypto_random random,
                                        const base_alloc *alloc, sotto_prims *out);

/* SHA-256(label || parts); label is a C string, at most 8 parts. */
BASE_MUST_USE base_err sotto_hash_of(const sotto_prims *p, const char *label,
                                     const base_bytes *parts, size_t count, sotto_hash *out);

/* n fresh random bytes. */
BASE_MUST_USE base_err sotto_random(const sotto_prims *p, uint8_t *out, size_t n);

/* A fresh Ed25519 key pair; the private key in its standard form, and the same for a given one. */
BASE_MUST_USE base_err sotto_sign_new(const sotto_prims *p, base_secret *seed,
                                      uint8_t public_key[static SOTTO_SIGN_PUBLIC_SIZE]);
BASE_MUST_USE base_err sotto_sign_public(const sotto_prims *p, base_bytes seed,
                                         uint8_t public_key[static SOTTO_SIGN_PUBLIC_SIZE]);

/* Ed25519 over label || message. */
BASE_MUST_USE base_err sotto_sign(const sotto_prims *p, base_bytes seed, const char *label,
                                  base_bytes message,
                                  uint8_t signature[static SOTTO_SIGNATURE_SIZE]);
BASE_MUST_USE base_err sotto_verify(const sotto_prims *p, base_bytes public_key, const char *label,
                                    base_bytes message, base_bytes signature);

/* nonce || ciphertext || tag under a 32-byte key with a fresh random nonce, and its inverse. *out
 * is replaced. Fit for at most 2^32 messages a key. CRYPTO_E_OPEN. */
BASE_MUST_USE base_err sotto_box_seal(const sotto_prims *p, base_bytes key, base_bytes aad,
                                      base_bytes plaintext, base_buf *out);
BASE_MUST_USE base_err sotto_box_open(const sotto_prims *p, base_bytes key, base_bytes aad,
                                      base_bytes box, base_buf *out);

#endif
