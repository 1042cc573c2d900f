/* Joins two backends. By measurement (OpenSSL 3.0, libsodium 1.0.22, x86-64): Ed25519 and X25519
 * take half the time in libsodium, SHA-2 a fifth in OpenSSL, long ChaCha20-Poly1305 half, and each
 * has primitives that the other lacks. */
#include "crypto_default.h"

#include <stddef.h>

#include "crypto_openssl.h"
#include "crypto_sodium.h"
#include "random_os.h"

static const crypto_hash_alg *const hashes[] = {&crypto_openssl_sha256, &crypto_openssl_sha384,
                                                &crypto_openssl_sha512, NULL};
static const crypto_xof_alg *const xofs[] = {&crypto_openssl_shake256, NULL};
static const crypto_aead_alg *const aeads[] = {&crypto_openssl_aes128gcm, &crypto_openssl_aes256gcm,
                                               &crypto_openssl_chacha20poly1305, NULL};
static const crypto_dh_alg *const dhs[] = {&crypto_sodium_x25519, &crypto_openssl_p256, NULL};
static const crypto_kem_alg *const kems[] = {&crypto_sodium_xwing, NULL};
static const crypto_sig_alg *const sigs[] = {&crypto_sodium_ed25519, &crypto_openssl_p256_sha256,
                                             NULL};

static const crypto_backend backend = {.name = "libsodium and openssl",
                                       .hashes = hashes,
                                       .xofs = xofs,
                                       .aeads = aeads,
                                       .dhs = dhs,
                                       .kems = kems,
                                       .sigs = sigs,
                                       .pwhash = &crypto_sodium_argon2id};

const crypto_backend *crypto_default(void)
{
    return crypto_openssl() != NULL && crypto_sodium() != NULL ? &backend : NULL;
}

crypto_random crypto_default_random(void)
{
    return random_os();
}
