/* The curves of RFC 7748 and RFC 8032 with OpenSSL: X448 and Ed448, and X25519 and Ed25519 for an
 * embedder who has no libsodium: half as fast there (raw keys must be imported into EVP at each
 * call), the same results. */
#include "crypto_openssl.h"

#include <openssl/evp.h>

#include "base/bytes.h"

#define X25519_SIZE 32
#define X448_SIZE 56
#define ED25519_SIZE 32 /* of a seed, and of a public key */
#define ED448_SIZE 57
#define ED25519_SIGNING 64 /* seed, then public key, as in libsodium */

/* A curve by its EVP number and the size of its keys, which is that of a shared secret too. */
typedef struct curve {
    int type;
    size_t size;
} curve;

static const curve x25519 = {EVP_PKEY_X25519, X25519_SIZE};
static const curve x448 = {EVP_PKEY_X448, X448_SIZE};
static const curve ed25519 = {EVP_PKEY_ED25519, ED25519_SIZE};
static const curve ed448 = {EVP_PKEY_ED448, ED448_SIZE};

/* The public key of a private key. */
static base_err public_of(const curve *c, base_bytes key, uint8_t *out)
{
    size_t n = c->size;
    base_err err = BASE_OK;
    EVP_PKEY *pkey = NULL;
    REQUIRE(key.n == c->size, CRYPTO_E_KEY);
    pkey = EVP_PKEY_new_raw_private_key(c->type, NULL, key.p, key.n);
    REQUIRE(pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, out, &n) == 1 && n == c->size,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(out, c->size);
    }
    EVP_PKEY_free(pkey);
    return err;
}

/* ---- X25519 and X448 ---- */

/* EVP refuses a shared secret of all zeros. A coordinate that is not below the modulus is taken as
 * what it is reduced, as RFC 7748 (section 5) demands. */
static base_err shared(const curve *c, base_bytes private_key, base_bytes public_key,
                       uint8_t *secret)
{
    size_t n = c->size;
    EVP_PKEY *own = NULL;
    EVP_PKEY *other = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    base_err err = BASE_OK;
    REQUIRE(private_key.n == c->size && public_key.n == c->size, CRYPTO_E_KEY);
    own = EVP_PKEY_new_raw_private_key(c->type, NULL, private_key.p, c->size);
    other = EVP_PKEY_new_raw_public_key(c->type, NULL, public_key.p, c->size);
    REQUIRE(own != NULL && other != NULL, CRYPTO_E_BACKEND);
    ctx = EVP_PKEY_CTX_new(own, NULL);
    REQUIRE(ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
                EVP_PKEY_derive_set_peer(ctx, other) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(EVP_PKEY_derive(ctx, secret, &n) == 1 && n == c->size, CRYPTO_E_KEY);
    REQUIRE(!base_ct_is_zero(base_bytes_of(secret, c->size)), CRYPTO_E_KEY);
done:
    if (err != BASE_OK) {
        base_wipe(secret, c->size);
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(other);
    EVP_PKEY_free(own);
    return err;
}

/* By trial: a point of small order gives zeros with every private key. */
static base_err x25519_check(base_bytes public_key)
{
    static const uint8_t any[X25519_SIZE] = {1};
    uint8_t secret[X25519_SIZE];
    return shared(&x25519, base_bytes_of(any, sizeof any), public_key, secret);
}

/* What shared() refuses, told without a multiplication, which costs more than a signature's check:
 * the points of order 1, 2 and 4, on the curve and on its twist, have the coordinates 0, 1 and -1,
 * and the first two can be written unreduced too. Keys are public: no constant time. */
static base_err x448_check(base_bytes public_key)
{
    enum { MIDDLE = 28 }; /* the modulus is 2^448 - 2^224 - 1 */
    uint8_t u[X448_SIZE];
    if (public_key.n != X448_SIZE) {
        return CRYPTO_E_KEY;
    }
    memset(u, 0, sizeof u);
    for (int i = 0; i < 2; i++) { /* 0 and 1 */
        u[0] = (uint8_t)i;
        if (memcmp(u, public_key.p, sizeof u) == 0) {
            return CRYPTO_E_KEY;
        }
    }
    memset(u, 0xff, sizeof u);
    u[MIDDLE] = 0xfe;
    u[0] = 0xfe;
    for (int i = 0; i < 2; i++) { /* the modulus less 1, and the modulus */
        if (memcmp(u, public_key.p, sizeof u) == 0) {
            return CRYPTO_E_KEY;
        }
        u[0] = 0xff;
    }
    memset(u, 0, MIDDLE); /* the modulus and 1: the carry fills the upper half */
    memset(u + MIDDLE, 0xff, X448_SIZE - MIDDLE);
    return memcmp(u, public_key.p, sizeof u) == 0 ? CRYPTO_E_KEY : BASE_OK;
}

#define X_CURVE(c, bytes, kem, hash)                                                               \
    static base_err c##_public_key(base_bytes private_key, uint8_t *public_key)                    \
    {                                                                                              \
        return public_of(&(c), private_key, public_key);                                           \
    }                                                                                              \
    static base_err c##_shared(base_bytes private_key, base_bytes public_key, uint8_t *secret)     \
    {                                                                                              \
        return shared(&(c), private_key, public_key, secret);                                      \
    }                                                                                              \
    const crypto_dh_alg crypto_openssl_##c = {.kem_id = (kem),                                     \
                                              .hash_id = (hash),                                   \
                                              .private_size = (bytes),                             \
                                              .public_size = (bytes),                              \
                                              .secret_size = (bytes),                              \
                                              .scalar_mask = 0,                                    \
                                              .public_key = c##_public_key,                        \
                                              .shared = c##_shared,                                \
                                              .check = c##_check}

X_CURVE(x25519, X25519_SIZE, CRYPTO_KEM_X25519, CRYPTO_HASH_SHA256);
X_CURVE(x448, X448_SIZE, CRYPTO_KEM_X448, CRYPTO_HASH_SHA512);

/* ---- Ed25519 and Ed448 ---- */

static base_err sign(const curve *c, base_bytes seed, base_bytes message, uint8_t *signature,
                     size_t *size)
{
    size_t n = 2 * c->size;
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    base_err err = BASE_OK;
    key = EVP_PKEY_new_raw_private_key(c->type, NULL, seed.p, c->size);
    REQUIRE(ctx != NULL && key != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(ctx, signature, &n, message.p, message.n) == 1,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(signature, 2 * c->size);
        n = 0;
    }
    *size = n;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

static base_err verify(const curve *c, base_bytes public_key, base_bytes message,
                       base_bytes signature)
{
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    base_err err = BASE_OK;
    REQUIRE(public_key.n == c->size, CRYPTO_E_KEY);
    REQUIRE(signature.n == 2 * c->size, CRYPTO_E_SIGNATURE);
    key = EVP_PKEY_new_raw_public_key(c->type, NULL, public_key.p, public_key.n);
    REQUIRE(ctx != NULL && key != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1,
            CRYPTO_E_SIGNATURE);
done:
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

static base_err ed25519_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public_key)
{
    base_err err = public_of(&ed25519, seed, public_key);
    if (err != BASE_OK) {
        base_wipe(private_key, ED25519_SIGNING);
        return err;
    }
    memcpy(private_key, seed.p, ED25519_SIZE);
    memcpy(private_key + ED25519_SIZE, public_key, ED25519_SIZE);
    return BASE_OK;
}

static base_err ed25519_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                             size_t *size)
{
    if (private_key.n != ED25519_SIGNING) {
        base_wipe(signature, (size_t)2 * ED25519_SIZE);
        *size = 0;
        return CRYPTO_E_KEY;
    }
    return sign(&ed25519, private_key, message, signature, size);
}

static base_err ed25519_verify(base_bytes public_key, base_bytes message, base_bytes signature)
{
    return verify(&ed25519, public_key, message, signature);
}

const crypto_sig_alg crypto_openssl_ed25519 = {.id = CRYPTO_SIG_ED25519,
                                               .seed_size = ED25519_SIZE,
                                               .private_size = ED25519_SIGNING,
                                               .public_size = ED25519_SIZE,
                                               .signature_max = (size_t)2 * ED25519_SIZE,
                                               .key_pair = ed25519_key_pair,
                                               .sign = ed25519_sign,
                                               .verify = ed25519_verify};

/* OpenSSL computes the public half at each import, so that a key that had it behind would not sign
 * faster: the own form is the standard one. */
static base_err ed448_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public_key)
{
    base_err err = public_of(&ed448, seed, public_key);
    if (err == BASE_OK) {
        memcpy(private_key, seed.p, ED448_SIZE);
    } else {
        base_wipe(private_key, ED448_SIZE);
    }
    return err;
}

static base_err ed448_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                           size_t *size)
{
    if (private_key.n != ED448_SIZE) {
        base_wipe(signature, (size_t)2 * ED448_SIZE);
        *size = 0;
        return CRYPTO_E_KEY;
    }
    return sign(&ed448, private_key, message, signature, size);
}

/* Whether a public key is a point of order 1, 2 or 4. Under such a key one signature fits many
 * messages. libsodium refuses such keys of Ed25519; OpenSSL takes them. x is at the sign's bit. */
static bool ed448_is_small(base_bytes key)
{
    enum { SIGN = ED448_SIZE - 1, MIDDLE = 28 };
    uint8_t y[ED448_SIZE];
    memset(y, 0xff, sizeof y); /* (0, -1): the modulus less 1 */
    y[SIGN] = 0;
    y[MIDDLE] = 0xfe;
    y[0] = 0xfe;
    if (memcmp(y, key.p, sizeof y) == 0) {
        return true;
    }
    memset(y, 0, sizeof y);
    y[0] = 1; /* (0, 1) */
    if (memcmp(y, key.p, sizeof y) == 0) {
        return true;
    }
    y[0] = 0; /* (1, 0) and (-1, 0) */
    y[SIGN] = key.p[SIGN] & 0x80;
    return memcmp(y, key.p, sizeof y) == 0;
}

static base_err ed448_verify(base_bytes public_key, base_bytes message, base_bytes signature)
{
    if (public_key.n != ED448_SIZE || ed448_is_small(public_key)) {
        return CRYPTO_E_KEY;
    }
    return verify(&ed448, public_key, message, signature);
}

const crypto_sig_alg crypto_openssl_ed448 = {.id = CRYPTO_SIG_ED448,
                                             .seed_size = ED448_SIZE,
                                             .private_size = ED448_SIZE,
                                             .public_size = ED448_SIZE,
                                             .signature_max = (size_t)2 * ED448_SIZE,
                                             .key_pair = ed448_key_pair,
                                             .sign = ed448_sign,
                                             .verify = ed448_verify};
