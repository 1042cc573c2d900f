/* X25519 and Ed25519 with OpenSSL, for an embedder who has no libsodium: half as fast (raw keys
 * must be imported into EVP at each call), the same results. */
#include "crypto_openssl.h"

#include <openssl/evp.h>

#include "base/bytes.h"

#define KEY_SIZE 32
#define SIGNATURE_SIZE 64
#define SIGNING_KEY_SIZE 64 /* seed, then public key */

/* The public key of a private key of either curve. */
static base_err public_of(int type, base_bytes key, uint8_t *out)
{
    size_t n = KEY_SIZE;
    base_err err = BASE_OK;
    EVP_PKEY *pkey = NULL;
    REQUIRE(key.n == KEY_SIZE, CRYPTO_E_KEY);
    pkey = EVP_PKEY_new_raw_private_key(type, NULL, key.p, key.n);
    REQUIRE(pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, out, &n) == 1 && n == KEY_SIZE,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(out, KEY_SIZE);
    }
    EVP_PKEY_free(pkey);
    return err;
}

static base_err x25519_public_key(base_bytes private_key, uint8_t *public_key)
{
    return public_of(EVP_PKEY_X25519, private_key, public_key);
}

/* EVP refuses a shared secret of all zeros. */
static base_err x25519_shared(base_bytes private_key, base_bytes public_key, uint8_t *secret)
{
    size_t n = KEY_SIZE;
    EVP_PKEY *own = NULL;
    EVP_PKEY *other = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    base_err err = BASE_OK;
    REQUIRE(private_key.n == KEY_SIZE && public_key.n == KEY_SIZE, CRYPTO_E_KEY);
    own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_key.p, KEY_SIZE);
    other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key.p, KEY_SIZE);
    REQUIRE(own != NULL && other != NULL, CRYPTO_E_BACKEND);
    ctx = EVP_PKEY_CTX_new(own, NULL);
    REQUIRE(ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
                EVP_PKEY_derive_set_peer(ctx, other) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(EVP_PKEY_derive(ctx, secret, &n) == 1 && n == KEY_SIZE, CRYPTO_E_KEY);
    REQUIRE(!base_ct_is_zero(base_bytes_of(secret, KEY_SIZE)), CRYPTO_E_KEY);
done:
    if (err != BASE_OK) {
        base_wipe(secret, KEY_SIZE);
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(other);
    EVP_PKEY_free(own);
    return err;
}

/* By trial: a point of small order gives zeros with every private key. */
static base_err x25519_check(base_bytes public_key)
{
    static const uint8_t any[KEY_SIZE] = {1};
    uint8_t secret[KEY_SIZE];
    return x25519_shared(base_bytes_of(any, sizeof any), public_key, secret);
}

const crypto_dh_alg crypto_openssl_x25519 = {.kem_id = CRYPTO_KEM_X25519,
                                             .hash_id = CRYPTO_HASH_SHA256,
                                             .private_size = KEY_SIZE,
                                             .public_size = KEY_SIZE,
                                             .secret_size = KEY_SIZE,
                                             .scalar_mask = 0,
                                             .public_key = x25519_public_key,
                                             .shared = x25519_shared,
                                             .check = x25519_check};

/* ---- Ed25519 ---- */

static base_err ed25519_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public_key)
{
    base_err err = public_of(EVP_PKEY_ED25519, seed, public_key);
    if (err != BASE_OK) {
        base_wipe(private_key, SIGNING_KEY_SIZE);
        return err;
    }
    memcpy(private_key, seed.p, KEY_SIZE);
    memcpy(private_key + KEY_SIZE, public_key, KEY_SIZE);
    return BASE_OK;
}

static base_err ed25519_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                             size_t *size)
{
    size_t n = SIGNATURE_SIZE;
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    base_err err = BASE_OK;
    REQUIRE(private_key.n == SIGNING_KEY_SIZE, CRYPTO_E_KEY);
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key.p, KEY_SIZE);
    REQUIRE(ctx != NULL && key != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(ctx, signature, &n, message.p, message.n) == 1,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(signature, SIGNATURE_SIZE);
        n = 0;
    }
    *size = n;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

static base_err ed25519_verify(base_bytes public_key, base_bytes message, base_bytes signature)
{
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    base_err err = BASE_OK;
    REQUIRE(public_key.n == KEY_SIZE, CRYPTO_E_KEY);
    REQUIRE(signature.n == SIGNATURE_SIZE, CRYPTO_E_SIGNATURE);
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key.p, public_key.n);
    REQUIRE(ctx != NULL && key != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1,
            CRYPTO_E_SIGNATURE);
done:
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

const crypto_sig_alg crypto_openssl_ed25519 = {.id = CRYPTO_SIG_ED25519,
                                               .seed_size = KEY_SIZE,
                                               .private_size = SIGNING_KEY_SIZE,
                                               .public_size = KEY_SIZE,
                                               .signature_max = SIGNATURE_SIZE,
                                               .key_pair = ed25519_key_pair,
                                               .sign = ed25519_sign,
                                               .verify = ed25519_verify};
