/* The NIST curves with OpenSSL: ECDH for DHKEM and ECDSA, over P-256, P-384 and P-521, each with
 * the hash of its size. Uses the low-level EC calls, part of which version 3 deprecates, on one
 * group a curve that is made once: importing a raw key into EVP costs a third of a verification
 * more (52 against 40 us for P-256, OpenSSL 3.0.19). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto_openssl.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include "base/bytes.h"
#include "crypto_openssl_parts.h"

#define UNCOMPRESSED 0x04
#define POINT_MAX (2 * p521_SCALAR + 1)

/* Bytes of a scalar, and of a coordinate. An uncompressed point has two of them and one in front. A
 * signature is a DER sequence of two integers, each with a zero in front when its first bit is set:
 * in P-521 it never is. */
#define p256_SCALAR 32
#define p384_SCALAR 48
#define p521_SCALAR 66
#define p256_SIGNATURE 72
#define p384_SIGNATURE 104
#define p521_SIGNATURE 139

/* One curve. The group is written once by setup, before anything reads it; never freed. */
typedef struct curve {
    EC_GROUP *group;
    int nid;
    size_t scalar_size;
    size_t point_size;
    size_t signature_max;
    const crypto_hash_alg *hash;
} curve;

#define NEW_CURVE(nid, name, hash)                                                                 \
    {                                                                                              \
        NULL, nid, name##_SCALAR, 2 * name##_SCALAR + 1, name##_SIGNATURE, &(hash)                 \
    }

static curve p256 = NEW_CURVE(NID_X9_62_prime256v1, p256, crypto_openssl_sha256);
static curve p384 = NEW_CURVE(NID_secp384r1, p384, crypto_openssl_sha384);
static curve p521 = NEW_CURVE(NID_secp521r1, p521, crypto_openssl_sha512);

bool crypto_openssl_nist_setup(void)
{
    curve *const all[] = {&p256, &p384, &p521};
    bool ok = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        all[i]->group = EC_GROUP_new_by_curve_name(all[i]->nid);
        ok = ok && all[i]->group != NULL;
    }
    return ok;
}

/* The scalar of a private key: CRYPTO_E_KEY unless 0 < scalar < order. *out is the caller's, to
 * free with BN_clear_free. */
static base_err read_scalar(const curve *c, base_bytes key, BIGNUM **out)
{
    if (c->group == NULL) {
        return CRYPTO_E_BACKEND;
    }
    if (key.n != c->scalar_size) {
        return CRYPTO_E_KEY;
    }
    BIGNUM *d = BN_secure_new();
    if (d == NULL || BN_bin2bn(key.p, (int)key.n, d) == NULL) {
        BN_clear_free(d);
        return CRYPTO_E_BACKEND;
    }
    BN_set_flags(d, BN_FLG_CONSTTIME);
    /* The verdict is public: a key is refused, or it is used. */
    if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(c->group)) >= 0) {
        BN_clear_free(d);
        return CRYPTO_E_KEY;
    }
    *out = d;
    return BASE_OK;
}

/* The point of a public key: CRYPTO_E_KEY unless it is uncompressed, its coordinates are below the
 * modulus, and it is on the curve. The point at infinity has one byte, and is refused by its
 * length; the orders are prime, so that there are no others of small order. *out is the caller's.
 */
static base_err read_point(const curve *c, base_bytes key, EC_POINT **out)
{
    if (c->group == NULL) {
        return CRYPTO_E_BACKEND;
    }
    if (key.n != c->point_size || key.p[0] != UNCOMPRESSED) {
        return CRYPTO_E_KEY;
    }
    EC_POINT *q = EC_POINT_new(c->group);
    if (q == NULL) {
        return CRYPTO_E_BACKEND;
    }
    if (EC_POINT_oct2point(c->group, q, key.p, key.n, NULL) != 1) {
        EC_POINT_free(q);
        return CRYPTO_E_KEY;
    }
    *out = q;
    return BASE_OK;
}

/* Uncompressed; false for the point at infinity. */
static bool write_point(const curve *c, const EC_POINT *q, uint8_t *out)
{
    return EC_POINT_point2oct(c->group, q, POINT_CONVERSION_UNCOMPRESSED, out, c->point_size,
                              NULL) == c->point_size;
}

static base_err public_key(const curve *c, base_bytes private_key, uint8_t *out)
{
    BIGNUM *d = NULL;
    EC_POINT *q = NULL;
    base_err err = BASE_OK;
    TRY(read_scalar(c, private_key, &d));
    q = EC_POINT_new(c->group);
    REQUIRE(q != NULL && EC_POINT_mul(c->group, q, d, NULL, NULL, NULL) == 1, CRYPTO_E_BACKEND);
    REQUIRE(write_point(c, q, out), CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(out, c->point_size);
    }
    EC_POINT_free(q);
    BN_clear_free(d);
    return err;
}

/* The x coordinate of the product. The order is prime, so that a point on the curve times a scalar
 * below it is never the identity; encoding one would fail. */
static base_err shared(const curve *c, base_bytes private_key, base_bytes other, uint8_t *secret)
{
    uint8_t point[POINT_MAX] = {0};
    BIGNUM *d = NULL;
    EC_POINT *q = NULL;
    base_err err = BASE_OK;
    TRY(read_scalar(c, private_key, &d));
    TRY(read_point(c, other, &q));
    REQUIRE(EC_POINT_mul(c->group, q, NULL, q, d, NULL) == 1, CRYPTO_E_BACKEND);
    REQUIRE(write_point(c, q, point), CRYPTO_E_KEY);
    memcpy(secret, point + 1, c->scalar_size);
done:
    if (err != BASE_OK) {
        base_wipe(secret, c->scalar_size);
    }
    base_wipe(point, sizeof point);
    EC_POINT_clear_free(q);
    BN_clear_free(d);
    return err;
}

static base_err check(const curve *c, base_bytes key)
{
    EC_POINT *q = NULL;
    base_err err = read_point(c, key, &q);
    EC_POINT_free(q);
    return err;
}

/* ---- ECDSA ---- */

static base_err sig_key_pair(const curve *c, base_bytes seed, uint8_t *private_key, uint8_t *public)
{
    base_err err = public_key(c, seed, public);
    if (err == BASE_OK) {
        memcpy(private_key, seed.p, c->scalar_size);
    } else {
        base_wipe(private_key, c->scalar_size);
    }
    return err;
}

static base_err sig_sign(const curve *c, base_bytes private_key, base_bytes message,
                         uint8_t *signature, size_t *size)
{
    uint8_t hash[CRYPTO_HASH_MAX];
    unsigned n = 0;
    BIGNUM *d = NULL;
    EC_KEY *key = NULL;
    base_err err = BASE_OK;
    TRY(read_scalar(c, private_key, &d));
    TRY(c->hash->digest(&message, 1, hash));
    key = EC_KEY_new();
    REQUIRE(key != NULL && EC_KEY_set_group(key, c->group) == 1 &&
                EC_KEY_set_private_key(key, d) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(ECDSA_sign(0, hash, (int)c->hash->size, signature, &n, key) == 1, CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(signature, c->signature_max);
        n = 0;
    }
    *size = n;
    EC_KEY_free(key);
    BN_clear_free(d);
    return err;
}

/* ECDSA_verify refuses a signature that is not the DER encoding of itself, and an r or s that is
 * zero, negative or not below the order. */
static base_err sig_verify(const curve *c, base_bytes public, base_bytes message,
                           base_bytes signature)
{
    uint8_t hash[CRYPTO_HASH_MAX];
    EC_POINT *q = NULL;
    EC_KEY *key = NULL;
    base_err err = BASE_OK;
    TRY(read_point(c, public, &q));
    REQUIRE(signature.n > 0 && signature.n <= c->signature_max, CRYPTO_E_SIGNATURE);
    TRY(c->hash->digest(&message, 1, hash));
    key = EC_KEY_new();
    REQUIRE(key != NULL && EC_KEY_set_group(key, c->group) == 1 &&
                EC_KEY_set_public_key(key, q) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(ECDSA_verify(0, hash, (int)c->hash->size, signature.p, (int)signature.n, key) == 1,
            CRYPTO_E_SIGNATURE);
done:
    EC_KEY_free(key);
    EC_POINT_free(q);
    return err;
}

/* ---- each curve ---- */

/* The structs want functions without a curve among their arguments. Masks of candidates: RFC 9180,
 * section 7.1.3. */
#define CURVE(c, kem, dh_hash, mask, sig, sig_name)                                                \
    static base_err c##_public_key(base_bytes private_key, uint8_t *out)                           \
    {                                                                                              \
        return public_key(&(c), private_key, out);                                                 \
    }                                                                                              \
    static base_err c##_shared(base_bytes private_key, base_bytes other, uint8_t *secret)          \
    {                                                                                              \
        return shared(&(c), private_key, other, secret);                                           \
    }                                                                                              \
    static base_err c##_check(base_bytes key)                                                      \
    {                                                                                              \
        return check(&(c), key);                                                                   \
    }                                                                                              \
    static base_err c##_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public)           \
    {                                                                                              \
        return sig_key_pair(&(c), seed, private_key, public);                                      \
    }                                                                                              \
    static base_err c##_sign(base_bytes private_key, base_bytes message, uint8_t *signature,       \
                             size_t *size)                                                         \
    {                                                                                              \
        return sig_sign(&(c), private_key, message, signature, size);                              \
    }                                                                                              \
    static base_err c##_verify(base_bytes public, base_bytes message, base_bytes signature)        \
    {                                                                                              \
        return sig_verify(&(c), public, message, signature);                                       \
    }                                                                                              \
    const crypto_dh_alg crypto_openssl_##c = {.kem_id = (kem),                                     \
                                              .hash_id = (dh_hash),                                \
                                              .private_size = c##_SCALAR,                          \
                                              .public_size = 2 * c##_SCALAR + 1,                   \
                                              .secret_size = c##_SCALAR,                           \
                                              .scalar_mask = (mask),                               \
                                              .public_key = c##_public_key,                        \
                                              .shared = c##_shared,                                \
                                              .check = c##_check};                                 \
    const crypto_sig_alg crypto_openssl_##c##_##sig_name = {.id = (sig),                           \
                                                            .seed_size = c##_SCALAR,               \
                                                            .private_size = c##_SCALAR,            \
                                                            .public_size = 2 * c##_SCALAR + 1,     \
                                                            .signature_max = c##_SIGNATURE,        \
                                                            .seed_mask = (mask),                   \
                                                            .key_pair = c##_key_pair,              \
                                                            .sign = c##_sign,                      \
                                                            .verify = c##_verify}

CURVE(p256, CRYPTO_KEM_P256, CRYPTO_HASH_SHA256, 0xff, CRYPTO_SIG_P256, sha256);
CURVE(p384, CRYPTO_KEM_P384, CRYPTO_HASH_SHA384, 0xff, CRYPTO_SIG_P384, sha384);
CURVE(p521, CRYPTO_KEM_P521, CRYPTO_HASH_SHA512, 0x01, CRYPTO_SIG_P521, sha512);
