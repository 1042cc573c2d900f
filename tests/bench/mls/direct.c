/* See direct.h. OpenSSL's contexts are made once and used again, so that what is measured is the
 * primitive with a new key, and not the making of a context. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "direct.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>

/* ---- libsodium ---- */

static bool sodium_sign(direct_ground *g)
{
    return crypto_sign_ed25519_detached(g->signature, NULL, g->message, g->size, g->sign_key.b) ==
           0;
}

static bool sodium_verify(direct_ground *g)
{
    return crypto_sign_ed25519_verify_detached(g->signature, g->message, g->size,
                                               g->verify_key.p) == 0;
}

static bool sodium_base(direct_ground *g)
{
    return crypto_scalarmult_curve25519_base(g->public_key, g->private_key) == 0;
}

static bool sodium_dh(direct_ground *g)
{
    return crypto_scalarmult_curve25519(g->out, g->private_key, g->public_key) == 0;
}

static bool sodium_xwing_base(direct_ground *g)
{
    return crypto_kem_xwing_seed_keypair(g->public_key, g->out, g->private_key) == 0;
}

static bool sodium_xwing_encap(direct_ground *g)
{
    return crypto_kem_xwing_enc_deterministic(g->enc, g->out, g->public_key, g->message) == 0;
}

static bool sodium_xwing_decap(direct_ground *g)
{
    return crypto_kem_xwing_dec(g->out, g->enc, g->private_key) == 0;
}

static bool sodium_chacha(direct_ground *g)
{
    return crypto_aead_chacha20poly1305_ietf_encrypt(g->out, NULL, g->message, g->size, g->message,
                                                     32, NULL, g->message, g->message) == 0;
}

static bool sodium_aes256gcm(direct_ground *g)
{
    return crypto_aead_aes256gcm_is_available() != 0 &&
           crypto_aead_aes256gcm_encrypt(g->out, NULL, g->message, g->size, g->message, 32, NULL,
                                         g->message, g->message) == 0;
}

static bool sodium_sha256(direct_ground *g)
{
    return crypto_hash_sha256(g->out, g->message, g->size) == 0;
}

static bool sodium_sha512(direct_ground *g)
{
    return crypto_hash_sha512(g->out, g->message, g->size) == 0;
}

static bool sodium_hmac256(direct_ground *g)
{
    return crypto_auth_hmacsha256(g->out, g->message, 40, g->message) == 0;
}

/* ---- OpenSSL ---- */

static bool openssl_sha256(direct_ground *g)
{
    SHA256_CTX c;
    return SHA256_Init(&c) == 1 && SHA256_Update(&c, g->message, g->size) == 1 &&
           SHA256_Final(g->out, &c) == 1;
}

static bool openssl_sha384(direct_ground *g)
{
    SHA512_CTX c;
    return SHA384_Init(&c) == 1 && SHA384_Update(&c, g->message, g->size) == 1 &&
           SHA384_Final(g->out, &c) == 1;
}

static bool openssl_sha512(direct_ground *g)
{
    SHA512_CTX c;
    return SHA512_Init(&c) == 1 && SHA512_Update(&c, g->message, g->size) == 1 &&
           SHA512_Final(g->out, &c) == 1;
}

/* HMAC of 40 bytes is two hashes: of a block and 40 bytes, of a block and the first's output. */
static bool openssl_hmac256(direct_ground *g)
{
    SHA256_CTX c;
    uint8_t *pad = g->out + 64;
    memset(pad, 0x36, SHA256_CBLOCK);
    bool ok = SHA256_Init(&c) == 1 && SHA256_Update(&c, pad, SHA256_CBLOCK) == 1 &&
              SHA256_Update(&c, g->message, 40) == 1 && SHA256_Final(g->out, &c) == 1;
    memset(pad, 0x5c, SHA256_CBLOCK);
    return ok && SHA256_Init(&c) == 1 && SHA256_Update(&c, pad, SHA256_CBLOCK) == 1 &&
           SHA256_Update(&c, g->out, 32) == 1 && SHA256_Final(g->out, &c) == 1;
}

static bool openssl_hmac_wide(direct_ground *g, int (*begin)(SHA512_CTX *), size_t size)
{
    SHA512_CTX c;
    uint8_t *pad = g->out + 64;
    memset(pad, 0x36, SHA512_CBLOCK);
    bool ok = begin(&c) == 1 && SHA512_Update(&c, pad, SHA512_CBLOCK) == 1 &&
              SHA512_Update(&c, g->message, 40) == 1 && SHA512_Final(g->out, &c) == 1;
    memset(pad, 0x5c, SHA512_CBLOCK);
    return ok && begin(&c) == 1 && SHA512_Update(&c, pad, SHA512_CBLOCK) == 1 &&
           SHA512_Update(&c, g->out, size) == 1 && SHA512_Final(g->out, &c) == 1;
}

static bool openssl_hmac384(direct_ground *g)
{
    return openssl_hmac_wide(g, SHA384_Init, SHA384_DIGEST_LENGTH);
}

static bool openssl_hmac512(direct_ground *g)
{
    return openssl_hmac_wide(g, SHA512_Init, SHA512_DIGEST_LENGTH);
}

static bool evp_seal(direct_ground *g, EVP_CIPHER_CTX *c)
{
    int n = 0;
    return c != NULL && EVP_EncryptInit_ex(c, NULL, NULL, g->message, g->message) == 1 &&
           EVP_EncryptUpdate(c, NULL, &n, g->message, 32) == 1 &&
           EVP_EncryptUpdate(c, g->out, &n, g->message, (int)g->size) == 1 &&
           EVP_EncryptFinal_ex(c, g->out + n, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, g->out + g->size) == 1;
}

static EVP_CIPHER_CTX *evp_context(const EVP_CIPHER *cipher)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    return c != NULL && EVP_EncryptInit_ex(c, cipher, NULL, NULL, NULL) == 1 ? c : NULL;
}

#define EVP_SEAL(name, cipher)                                                                     \
    static bool name(direct_ground *g)                                                             \
    {                                                                                              \
        static EVP_CIPHER_CTX *c; /* lives as long as the program */                               \
        if (c == NULL) {                                                                           \
            c = evp_context(cipher());                                                             \
        }                                                                                          \
        return evp_seal(g, c);                                                                     \
    }

EVP_SEAL(openssl_aes128gcm, EVP_aes_128_gcm)
EVP_SEAL(openssl_aes256gcm, EVP_aes_256_gcm)
EVP_SEAL(openssl_chacha, EVP_chacha20_poly1305)

/* ---- which is whose ---- */

typedef struct row {
    direct_what what;
    uint16_t id; /* of the algorithm: crypto.h */
    direct_way way;
} row;

static const row rows[] = {
    {DIRECT_SIGN, CRYPTO_SIG_ED25519, sodium_sign},
    {DIRECT_VERIFY, CRYPTO_SIG_ED25519, sodium_verify},
    {DIRECT_BASE, CRYPTO_KEM_X25519, sodium_base},
    {DIRECT_DH, CRYPTO_KEM_X25519, sodium_dh},
    {DIRECT_BASE, CRYPTO_KEM_XWING, sodium_xwing_base},
    {DIRECT_ENCAP, CRYPTO_KEM_XWING, sodium_xwing_encap},
    {DIRECT_DECAP, CRYPTO_KEM_XWING, sodium_xwing_decap},
    {DIRECT_AEAD, CRYPTO_AEAD_CHACHA20POLY1305, sodium_chacha},
    {DIRECT_AEAD, CRYPTO_AEAD_CHACHA20POLY1305, openssl_chacha},
    {DIRECT_AEAD, CRYPTO_AEAD_AES128GCM, openssl_aes128gcm},
    {DIRECT_AEAD, CRYPTO_AEAD_AES256GCM, openssl_aes256gcm},
    {DIRECT_AEAD, CRYPTO_AEAD_AES256GCM, sodium_aes256gcm},
    {DIRECT_HASH, CRYPTO_HASH_SHA256, openssl_sha256},
    {DIRECT_HASH, CRYPTO_HASH_SHA256, sodium_sha256},
    {DIRECT_HASH, CRYPTO_HASH_SHA384, openssl_sha384},
    {DIRECT_HASH, CRYPTO_HASH_SHA512, openssl_sha512},
    {DIRECT_HASH, CRYPTO_HASH_SHA512, sodium_sha512},
    {DIRECT_HMAC, CRYPTO_HASH_SHA256, openssl_hmac256},
    {DIRECT_HMAC, CRYPTO_HASH_SHA256, sodium_hmac256},
    {DIRECT_HMAC, CRYPTO_HASH_SHA384, openssl_hmac384},
    {DIRECT_HMAC, CRYPTO_HASH_SHA512, openssl_hmac512},
};

static uint16_t id_of(const crypto_suite *s, direct_what what)
{
    switch (what) {
    case DIRECT_SIGN:
    case DIRECT_VERIFY:
        return s->sig->id;
    case DIRECT_BASE:
    case DIRECT_DH:
    case DIRECT_ENCAP:
    case DIRECT_DECAP:
        return s->kem_id;
    case DIRECT_AEAD:
        return s->aead->id;
    case DIRECT_HASH:
    case DIRECT_HMAC:
        return s->hash->id;
    }
    return 0;
}

direct_way direct_nth(const direct_ground *g, direct_what what, size_t i)
{
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        if (rows[k].what == what && rows[k].id == id_of(&g->s, what)) {
            if (i == 0) {
                return rows[k].way;
            }
            i--;
        }
    }
    return NULL;
}
