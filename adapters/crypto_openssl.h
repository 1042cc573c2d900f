/* OpenSSL 3 (libcrypto) as a crypto backend: SHA-2 and HMAC, SHAKE256, AES-GCM and
 * ChaCha20-Poly1305, P-256, P-384 and P-521 (ECDH and ECDSA), X25519, X448, Ed25519 and Ed448; from
 * version 3.5 on also ML-KEM and ML-DSA. */
#ifndef ADAPTERS_CRYPTO_OPENSSL_H
#define ADAPTERS_CRYPTO_OPENSSL_H

#include <stdbool.h>

#include <sotto/crypto.h>

/* The backend, after its algorithms were fetched once; NULL when the library lacks one. Callable
 * from any thread. */
const crypto_backend *crypto_openssl(void);

/* Whether the library that runs has the primitives named ml below, which the backend then lists. */
bool crypto_openssl_has_ml(void);

/* The single primitives, for a backend that takes the best of several libraries. They work only
 * after crypto_openssl() succeeded (CRYPTO_E_BACKEND). */
extern const crypto_hash_alg crypto_openssl_sha256;
extern const crypto_hash_alg crypto_openssl_sha384;
extern const crypto_hash_alg crypto_openssl_sha512;
extern const crypto_xof_alg crypto_openssl_shake256;
extern const crypto_aead_alg crypto_openssl_aes128gcm;
extern const crypto_aead_alg crypto_openssl_aes256gcm;
extern const crypto_aead_alg crypto_openssl_chacha20poly1305;
extern const crypto_dh_alg crypto_openssl_p256;
extern const crypto_dh_alg crypto_openssl_p384;
extern const crypto_dh_alg crypto_openssl_p521;
extern const crypto_dh_alg crypto_openssl_x25519;
extern const crypto_dh_alg crypto_openssl_x448;
extern const crypto_sig_alg crypto_openssl_p256_sha256;
extern const crypto_sig_alg crypto_openssl_p384_sha384;
extern const crypto_sig_alg crypto_openssl_p521_sha512;
extern const crypto_sig_alg crypto_openssl_ed25519;
extern const crypto_sig_alg crypto_openssl_ed448;
extern const crypto_kem_alg crypto_openssl_mlkem768;
extern const crypto_kem_alg crypto_openssl_mlkem1024;
extern const crypto_sig_alg crypto_openssl_mldsa44;
extern const crypto_sig_alg crypto_openssl_mldsa65;
extern const crypto_sig_alg crypto_openssl_mldsa87;

#endif
