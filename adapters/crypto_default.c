/* Joins two backends. By measurement (OpenSSL 3.0, libsodium 1.0.22, x86-64): Ed25519 and X25519
 * take half the time in libsodium, SHA-2 a fifth in OpenSSL, long ChaCha20-Poly1305 half, and each
 * has primitives that the other lacks. */
#include "crypto_default.h"

#include <stddef.h>

#include "crypto_default_hybrid.h"
#include "crypto_openssl.h"
#include "crypto_sodium.h"
#include "random_os.h"

static const crypto_hash_alg *const hashes[] = {&crypto_openssl_sha256, &crypto_openssl_sha384,
                                                &crypto_openssl_sha512, NULL};
static const crypto_xof_alg *const xofs[] = {&crypto_openssl_shake256, NULL};
static const crypto_aead_alg *const aeads[] = {&crypto_openssl_aes128gcm, &crypto_openssl_aes256gcm,
                                               &crypto_openssl_chacha20poly1305, NULL};
static const crypto_dh_alg *const dhs[] = {&crypto_sodium_x25519, &crypto_openssl_p256,
                                           &crypto_openssl_p384,  &crypto_openssl_p521,
                                           &crypto_openssl_x448,  NULL};
#define KEMS &crypto_sodium_xwing, &crypto_sodium_mlkem768, &crypto_default_mlkem768p256
#define SIGS                                                                                       \
    &crypto_sodium_ed25519, &crypto_openssl_p256_sha256, &crypto_openssl_p384_sha384,              \
        &crypto_openssl_p521_sha512, &crypto_openssl_ed448
static const crypto_kem_alg *const kems[] = {KEMS, NULL};
static const crypto_kem_alg *const kems_ml[] = {KEMS, &crypto_openssl_mlkem1024,
                                                &crypto_default_mlkem1024p384, NULL};
static const crypto_sig_alg *const sigs[] = {SIGS, NULL};
static const crypto_sig_alg *const sigs_ml[] = {
    SIGS, &crypto_openssl_mldsa44, &crypto_openssl_mldsa65, &crypto_openssl_mldsa87, NULL};

static const crypto_backend backend = {.name = "libsodium and openssl",
                                       .hashes = hashes,
                                       .xofs = xofs,
                                       .aeads = aeads,
                                       .dhs = dhs,
                                       .kems = kems,
                                       .sigs = sigs,
                                       .pwhash = &crypto_sodium_argon2id};
static const crypto_backend backend_ml = {.name = "libsodium and openssl",
                                          .hashes = hashes,
                                          .xofs = xofs,
                                          .aeads = aeads,
                                          .dhs = dhs,
                                          .kems = kems_ml,
                                          .sigs = sigs_ml,
                                          .pwhash = &crypto_sodium_argon2id};

const crypto_backend *crypto_default(void)
{
    if (crypto_openssl() == NULL || crypto_sodium() == NULL) {
        return NULL;
    }
    return crypto_openssl_has_ml() ? &backend_ml : &backend;
}

crypto_random crypto_default_random(void)
{
    return random_os();
}
