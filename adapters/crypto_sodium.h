/* libsodium 1.0.22 as a crypto backend: Ed25519, X25519, X-Wing, ML-KEM-768, Argon2id, and for
 * agreement or for an embedder without another library SHA-256 and SHA-512, SHAKE256 and
 * ChaCha20-Poly1305. */
#ifndef ADAPTERS_CRYPTO_SODIUM_H
#define ADAPTERS_CRYPTO_SODIUM_H

#include <sotto/crypto.h>

/* The backend, after libsodium was initialised; NULL when that fails. Callable from any thread. */
const crypto_backend *crypto_sodium(void);

/* The single primitives, for a backend that takes the best of several libraries. Call
 * crypto_sodium() once before, or they run on slower code. */
extern const crypto_hash_alg crypto_sodium_sha256;
extern const crypto_hash_alg crypto_sodium_sha512;
extern const crypto_xof_alg crypto_sodium_shake256;
extern const crypto_aead_alg crypto_sodium_chacha20poly1305;
extern const crypto_dh_alg crypto_sodium_x25519;
extern const crypto_kem_alg crypto_sodium_xwing;
extern const crypto_kem_alg crypto_sodium_mlkem768;
extern const crypto_sig_alg crypto_sodium_ed25519;
extern const crypto_pwhash_alg crypto_sodium_argon2id;

#endif
