/* The OpenSSL backend: its list, AEADs and SHAKE256, over EVP. Algorithms are fetched once, because
 * a fetch at each call costs more than a small encryption (200 of 590 ns for AES-128-GCM over 100
 * bytes); contexts are not kept, because they hold the key and reuse saves nothing measurable.
 * Hashes are in crypto_openssl_hash.c, elliptic curves in crypto_openssl_nist.c and
 * crypto_openssl_cfrg.c, lattices in crypto_openssl_ml.c. */
#include "crypto_openssl.h"

#include <limits.h>
#include <string.h>
#include <pthread.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/ct.h"
#include "crypto_openssl_parts.h"

#define TAG_SIZE 16
#define NONCE_SIZE 12

/* What was fetched. Written once, before anything reads it; never freed. */
static struct {
    pthread_once_t once;
    bool ready;
    bool has_ml;
    EVP_CIPHER *aes128gcm;
    EVP_CIPHER *aes256gcm;
    EVP_CIPHER *chacha20poly1305;
    EVP_MD *shake256;
} fetched = {.once = PTHREAD_ONCE_INIT};

static void fetch(void)
{
    fetched.aes128gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    fetched.aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    fetched.chacha20poly1305 = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    fetched.shake256 = EVP_MD_fetch(NULL, "SHAKE256", NULL);
    fetched.ready = fetched.aes128gcm != NULL && fetched.aes256gcm != NULL &&
                    fetched.chacha20poly1305 != NULL && fetched.shake256 != NULL &&
                    crypto_openssl_nist_setup();
    fetched.has_ml = fetched.ready && crypto_openssl_ml_setup();
}

/* ---- AEAD ---- */

/* One pass over a message. in and out are at most INT_MAX bytes; tag is read when opening. */
typedef struct pass {
    const EVP_CIPHER *cipher;
    bool seal;
    base_bytes key;
    base_bytes nonce;
    base_bytes aad;
    base_bytes in;
    uint8_t *out;
    uint8_t *tag;
} pass;

static bool run_body(EVP_CIPHER_CTX *ctx, const pass *p)
{
    int n = 0;
    uint8_t nothing[TAG_SIZE];
    if (EVP_CipherInit_ex2(ctx, p->cipher, p->key.p, p->nonce.p, p->seal ? 1 : 0, NULL) != 1) {
        return false;
    }
    if (p->aad.n > 0 && EVP_CipherUpdate(ctx, NULL, &n, p->aad.p, (int)p->aad.n) != 1) {
        return false;
    }
    if (p->in.n > 0 && EVP_CipherUpdate(ctx, p->out, &n, p->in.p, (int)p->in.n) != 1) {
        return false;
    }
    if (!p->seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, p->tag) != 1) {
        return false;
    }
    if (EVP_CipherFinal_ex(ctx, nothing, &n) != 1) {
        return false;
    }
    return !p->seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, p->tag) == 1;
}

/* CRYPTO_E_BACKEND when nothing could be tried, *ok when it was. */
static base_err run(const pass *p, size_t key_size, bool *ok)
{
    if (p->key.n != key_size || p->nonce.n != NONCE_SIZE) {
        return BASE_E_ARGUMENT;
    }
    if (p->in.n > INT_MAX || p->aad.n > INT_MAX) {
        return BASE_E_LIMIT;
    }
    EVP_CIPHER_CTX *ctx = p->cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
    if (ctx == NULL) {
        return CRYPTO_E_BACKEND;
    }
    *ok = run_body(ctx, p);
    EVP_CIPHER_CTX_free(ctx);
    return BASE_OK;
}

static base_err seal_with(const EVP_CIPHER *cipher, size_t key_size, const pass *with)
{
    bool ok = false;
    pass p = *with;
    p.cipher = cipher;
    p.seal = true;
    p.tag = p.out + p.in.n;
    base_err err = run(&p, key_size, &ok);
    if (err == BASE_OK && !ok) {
        err = CRYPTO_E_BACKEND;
    }
    if (err != BASE_OK) {
        base_wipe(p.out, p.in.n + TAG_SIZE);
    }
    return err;
}

static base_err open_with(const EVP_CIPHER *cipher, size_t key_size, const pass *with)
{
    bool ok = false;
    uint8_t tag[TAG_SIZE];
    pass p = *with;
    if (p.in.n < TAG_SIZE) {
        return CRYPTO_E_OPEN;
    }
    p.cipher = cipher;
    p.in.n -= TAG_SIZE;
    p.tag = tag;
    memcpy(tag, p.in.p + p.in.n, TAG_SIZE);
    base_err err = run(&p, key_size, &ok);
    if (err == BASE_OK && !ok) {
        err = CRYPTO_E_OPEN;
    }
    if (err != BASE_OK) {
        base_wipe(p.out, p.in.n);
    }
    return err;
}

/* The table wants functions without a name of the cipher among their arguments. */
#define AEAD(name, id_, key_size_)                                                                 \
    static base_err name##_seal(base_bytes key, base_bytes nonce, base_bytes aad,                  \
                                base_bytes plaintext, uint8_t *out)                                \
    {                                                                                              \
        const pass with = {.key = key, .nonce = nonce, .aad = aad, .in = plaintext, .out = out};   \
        return seal_with(fetched.name, key_size_, &with);                                          \
    }                                                                                              \
    static base_err name##_open(base_bytes key, base_bytes nonce, base_bytes aad,                  \
                                base_bytes ciphertext, uint8_t *out)                               \
    {                                                                                              \
        const pass with = {.key = key, .nonce = nonce, .aad = aad, .in = ciphertext, .out = out};  \
        return open_with(fetched.name, key_size_, &with);                                          \
    }                                                                                              \
    const crypto_aead_alg crypto_openssl_##name = {.id = id_,                                      \
                                                   .key_size = key_size_,                          \
                                                   .nonce_size = NONCE_SIZE,                       \
                                                   .tag_size = TAG_SIZE,                           \
                                                   .seal = name##_seal,                            \
                                                   .open = name##_open}

AEAD(aes128gcm, CRYPTO_AEAD_AES128GCM, 16);
AEAD(aes256gcm, CRYPTO_AEAD_AES256GCM, 32);
AEAD(chacha20poly1305, CRYPTO_AEAD_CHACHA20POLY1305, 32);

/* ---- SHAKE256 ---- */

static base_err shake256(const base_bytes *parts, size_t count, uint8_t *out, size_t out_size)
{
    EVP_MD_CTX *ctx = fetched.shake256 != NULL ? EVP_MD_CTX_new() : NULL;
    bool ok = ctx != NULL && EVP_DigestInit_ex2(ctx, fetched.shake256, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        ok = parts[i].n == 0 || EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
    }
    ok = ok && EVP_DigestFinalXOF(ctx, out, out_size) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        base_wipe(out, out_size);
        return CRYPTO_E_BACKEND;
    }
    return BASE_OK;
}

const crypto_xof_alg crypto_openssl_shake256 = {CRYPTO_XOF_SHAKE256, shake256};

/* ---- the list ---- */

static const crypto_hash_alg *const hashes[] = {&crypto_openssl_sha256, &crypto_openssl_sha384,
                                                &crypto_openssl_sha512, NULL};
static const crypto_xof_alg *const xofs[] = {&crypto_openssl_shake256, NULL};
static const crypto_aead_alg *const aeads[] = {&crypto_openssl_aes128gcm, &crypto_openssl_aes256gcm,
                                               &crypto_openssl_chacha20poly1305, NULL};
static const crypto_dh_alg *const dhs[] = {&crypto_openssl_p256, &crypto_openssl_p384,
                                           &crypto_openssl_p521, &crypto_openssl_x25519,
                                           &crypto_openssl_x448, NULL};
#define SIGS                                                                                       \
    &crypto_openssl_p256_sha256, &crypto_openssl_p384_sha384, &crypto_openssl_p521_sha512,         \
        &crypto_openssl_ed25519, &crypto_openssl_ed448
static const crypto_sig_alg *const sigs[] = {SIGS, NULL};
static const crypto_sig_alg *const sigs_ml[] = {
    SIGS, &crypto_openssl_mldsa44, &crypto_openssl_mldsa65, &crypto_openssl_mldsa87, NULL};
static const crypto_kem_alg *const kems_ml[] = {&crypto_openssl_mlkem768, &crypto_openssl_mlkem1024,
                                                NULL};

static const crypto_backend backend = {
    .name = "openssl", .hashes = hashes, .xofs = xofs, .aeads = aeads, .dhs = dhs, .sigs = sigs};
static const crypto_backend backend_ml = {.name = "openssl",
                                          .hashes = hashes,
                                          .xofs = xofs,
                                          .aeads = aeads,
                                          .dhs = dhs,
                                          .kems = kems_ml,
                                          .sigs = sigs_ml};

const crypto_backend *crypto_openssl(void)
{
    if (pthread_once(&fetched.once, fetch) != 0 || !fetched.ready) {
        return NULL;
    }
    return fetched.has_ml ? &backend_ml : &backend;
}

bool crypto_openssl_has_ml(void)
{
    return crypto_openssl() == &backend_ml;
}
