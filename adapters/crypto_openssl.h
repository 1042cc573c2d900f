/* OpenSSL 3 (libcrypto) as a crypto backend: SHA-2 and HMAC, SHAKE256, AES-GCM and
 * ChaCha20-Poly1305, P-256 (ECDH and ECDSA), X25519 and Ed25519. */
#ifndef ADAPTERS_CRYPTO_OPENSSL_H
#define ADAPTERS_CRYPTO_OPENSSL_H

#include <sotto/crypto.h>

/* The backend, after its algorithms were fetched once; NULL when the library lacks one. Callable
 * from any thread. */
const crypto_backend *crypto_openssl(void);

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
extern const crypto_dh_alg crypto_openssl_x25519;
extern const crypto_sig_alg crypto_openssl_p256_sha256;
extern const crypto_sig_alg crypto_openssl_ed25519;

#endif
