/* P-256 with OpenSSL: ECDH for DHKEM(P-256) and ECDSA with SHA-256. Uses the low-level EC calls,
 * part of which version 3 deprecates, on one group that is made once: importing a raw key into EVP
 * costs a third of a verification more (52 against 40 us, OpenSSL 3.0.19). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto_openssl.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include "base/bytes.h"
#include "crypto_openssl_parts.h"

#define SCALAR_SIZE 32
#define POINT_SIZE 65         /* uncompressed */
#define SIGNATURE_SIZE_MAX 72 /* DER */
#define UNCOMPRESSED 0x04

static EC_GROUP *group; /* written once by setup, before anything reads it; never freed */

bool crypto_openssl_p256_setup(void)
{
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    return group != NULL;
}

/* The scalar of a private key: CRYPTO_E_KEY unless 0 < scalar < order. *out is the caller's, to
 * free with BN_clear_free. */
static base_err read_scalar(base_bytes key, BIGNUM **out)
{
    if (group == NULL) {
        return CRYPTO_E_BACKEND;
    }
    if (key.n != SCALAR_SIZE) {
        return CRYPTO_E_KEY;
    }
    BIGNUM *d = BN_secure_new();
    if (d == NULL || BN_bin2bn(key.p, (int)key.n, d) == NULL) {
        BN_clear_free(d);
        return CRYPTO_E_BACKEND;
    }
    BN_set_flags(d, BN_FLG_CONSTTIME);
    /* The verdict is public: a key is refused, or it is used. */
    if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0) {
        BN_clear_free(d);
        return CRYPTO_E_KEY;
    }
    *out = d;
    return BASE_OK;
}

/* The point of a public key: CRYPTO_E_KEY unless it is uncompressed and on the curve. *out is the
 * caller's. */
static base_err read_point(base_bytes key, EC_POINT **out)
{
    if (group == NULL) {
        return CRYPTO_E_BACKEND;
    }
    if (key.n != POINT_SIZE || key.p[0] != UNCOMPRESSED) {
        return CRYPTO_E_KEY;
    }
    EC_POINT *q = EC_POINT_new(group);
    if (q == NULL) {
        return CRYPTO_E_BACKEND;
    }
    if (EC_POINT_oct2point(group, q, key.p, key.n, NULL) != 1) {
        EC_POINT_free(q);
        return CRYPTO_E_KEY;
    }
    *out = q;
    return BASE_OK;
}

static base_err public_key(base_bytes private_key, uint8_t *out)
{
    BIGNUM *d = NULL;
    EC_POINT *q = NULL;
    base_err err = BASE_OK;
    TRY(read_scalar(private_key, &d));
    q = EC_POINT_new(group);
    REQUIRE(q != NULL && EC_POINT_mul(group, q, d, NULL, NULL, NULL) == 1, CRYPTO_E_BACKEND);
    REQUIRE(EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, out, POINT_SIZE, NULL) ==
                POINT_SIZE,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(out, POINT_SIZE);
    }
    EC_POINT_free(q);
    BN_clear_free(d);
    return err;
}

/* The x coordinate of the product. The order is prime, so that a point on the curve times a scalar
 * below it is never the identity; encoding one would fail. */
static base_err shared(base_bytes private_key, base_bytes other, uint8_t *secret)
{
    uint8_t point[POINT_SIZE] = {0};
    BIGNUM *d = NULL;
    EC_POINT *q = NULL;
    base_err err = BASE_OK;
    TRY(read_scalar(private_key, &d));
    TRY(read_point(other, &q));
    REQUIRE(EC_POINT_mul(group, q, NULL, q, d, NULL) == 1, CRYPTO_E_BACKEND);
    REQUIRE(EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, point, POINT_SIZE, NULL) ==
                POINT_SIZE,
            CRYPTO_E_KEY);
    memcpy(secret, point + 1, SCALAR_SIZE);
done:
    if (err != BASE_OK) {
        base_wipe(secret, SCALAR_SIZE);
    }
    base_wipe(point, sizeof point);
    EC_POINT_clear_free(q);
    BN_clear_free(d);
    return err;
}

static base_err check(base_bytes key)
{
    EC_POINT *q = NULL;
    base_err err = read_point(key, &q);
    EC_POINT_free(q);
    return err;
}

const crypto_dh_alg crypto_openssl_p256 = {.kem_id = CRYPTO_KEM_P256,
                                           .hash_id = CRYPTO_HASH_SHA256,
                                           .private_size = SCALAR_SIZE,
                                           .public_size = POINT_SIZE,
                                           .secret_size = SCALAR_SIZE,
                                           .scalar_mask = 0xff,
                                           .public_key = public_key,
                                           .shared = shared,
                                           .check = check};

/* ---- ECDSA ---- */

static base_err sig_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public)
{
    base_err err = public_key(seed, public);
    if (err == BASE_OK) {
        memcpy(private_key, seed.p, SCALAR_SIZE);
    } else {
        base_wipe(private_key, SCALAR_SIZE);
    }
    return err;
}

static base_err sig_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                         size_t *size)
{
    uint8_t hash[32];
    unsigned n = 0;
    BIGNUM *d = NULL;
    EC_KEY *key = NULL;
    base_err err = BASE_OK;
    TRY(read_scalar(private_key, &d));
    TRY(crypto_openssl_sha256.digest(&message, 1, hash));
    key = EC_KEY_new();
    REQUIRE(key != NULL && EC_KEY_set_group(key, group) == 1 && EC_KEY_set_private_key(key, d) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(ECDSA_sign(0, hash, sizeof hash, signature, &n, key) == 1, CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(signature, SIGNATURE_SIZE_MAX);
    }
    *size = n;
    EC_KEY_free(key);
    BN_clear_free(d);
    return err;
}

/* ECDSA_verify refuses a signature that is not the DER encoding of itself. */
static base_err sig_verify(base_bytes public, base_bytes message, base_bytes signature)
{
    uint8_t hash[32];
    EC_POINT *q = NULL;
    EC_KEY *key = NULL;
    base_err err = BASE_OK;
    TRY(read_point(public, &q));
    REQUIRE(signature.n > 0 && signature.n <= SIGNATURE_SIZE_MAX, CRYPTO_E_SIGNATURE);
    TRY(crypto_openssl_sha256.digest(&message, 1, hash));
    key = EC_KEY_new();
    REQUIRE(key != NULL && EC_KEY_set_group(key, group) == 1 && EC_KEY_set_public_key(key, q) == 1,
            CRYPTO_E_BACKEND);
    REQUIRE(ECDSA_verify(0, hash, sizeof hash, signature.p, (int)signature.n, key) == 1,
            CRYPTO_E_SIGNATURE);
done:
    EC_KEY_free(key);
    EC_POINT_free(q);
    return err;
}

const crypto_sig_alg crypto_openssl_p256_sha256 = {.id = CRYPTO_SIG_P256,
                                                   .seed_size = SCALAR_SIZE,
                                                   .private_size = SCALAR_SIZE,
                                                   .public_size = POINT_SIZE,
                                                   .signature_max = SIGNATURE_SIZE_MAX,
                                                   .key_pair = sig_key_pair,
                                                   .sign = sig_sign,
                                                   .verify = sig_verify};
