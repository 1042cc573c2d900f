/* ML-KEM (FIPS 203) and ML-DSA (FIPS 204) with OpenSSL, which has them from 3.5 on. They are asked
 * for by name at run time, so that one build works with every OpenSSL 3 and offers what the one it
 * meets can do. Private keys are the seeds; the long form is made of them at each call. */
#include "crypto_openssl.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/bytes.h"
#include "crypto_openssl_parts.h"

#define KEM_SEED 64 /* d and z of FIPS 203: HPKE's private key */
#define KEM_SECRET 32
#define KEM_ENCAP_SEED 32
#define DSA_SEED 32

/* Of parameters, by names that older headers do not have. */
#define SEED_PARAM "seed" /* OSSL_PKEY_PARAM_ML_KEM_SEED, OSSL_PKEY_PARAM_ML_DSA_SEED */
#define IKME_PARAM "ikme" /* OSSL_KEM_PARAM_IKME: the randomness of an encapsulation */

/* Bytes of a public key, and of an encapsulation or a signature. */
#define mlkem768_PUBLIC 1184
#define mlkem768_OUT 1088
#define mlkem1024_PUBLIC 1568
#define mlkem1024_OUT 1568
#define mldsa44_PUBLIC 1312
#define mldsa44_OUT 2420
#define mldsa65_PUBLIC 1952
#define mldsa65_OUT 3309
#define mldsa87_PUBLIC 2592
#define mldsa87_OUT 4627

/* One parameter set. */
typedef struct set {
    const char *name;
    size_t seed_size;
    size_t public_size;
    size_t out_size; /* of an encapsulation, or of a signature */
} set;

static const set mlkem768 = {"ML-KEM-768", KEM_SEED, mlkem768_PUBLIC, mlkem768_OUT};
static const set mlkem1024 = {"ML-KEM-1024", KEM_SEED, mlkem1024_PUBLIC, mlkem1024_OUT};
static const set mldsa44 = {"ML-DSA-44", DSA_SEED, mldsa44_PUBLIC, mldsa44_OUT};
static const set mldsa65 = {"ML-DSA-65", DSA_SEED, mldsa65_PUBLIC, mldsa65_OUT};
static const set mldsa87 = {"ML-DSA-87", DSA_SEED, mldsa87_PUBLIC, mldsa87_OUT};

bool crypto_openssl_ml_setup(void)
{
    const set *const all[] = {&mlkem768, &mlkem1024, &mldsa44, &mldsa65, &mldsa87};
    bool there = true;
    (void)ERR_set_mark(); /* what is not there leaves an error in the queue */
    for (size_t i = 0; there && i < sizeof all / sizeof all[0]; i++) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, all[i]->name, NULL);
        there = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1;
        EVP_PKEY_CTX_free(ctx);
    }
    (void)ERR_pop_to_mark();
    return there;
}

/* ---- keys ---- */

/* The key pair of a seed. *out is the caller's. */
static base_err from_seed(const set *s, base_bytes seed, EVP_PKEY **out)
{
    uint8_t copy[KEM_SEED] = {0}; /* a parameter is not const */
    EVP_PKEY_CTX *ctx = NULL;
    base_err err = BASE_OK;
    REQUIRE(seed.n == s->seed_size, CRYPTO_E_KEY);
    memcpy(copy, seed.p, seed.n);
    OSSL_PARAM params[2] = {OSSL_PARAM_construct_octet_string(SEED_PARAM, copy, s->seed_size),
                            OSSL_PARAM_construct_end()};
    ctx = EVP_PKEY_CTX_new_from_name(NULL, s->name, NULL);
    REQUIRE(ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
                EVP_PKEY_fromdata(ctx, out, EVP_PKEY_KEYPAIR, params) == 1,
            CRYPTO_E_BACKEND);
done:
    base_wipe(copy, sizeof copy);
    EVP_PKEY_CTX_free(ctx);
    return err;
}

/* A public key: CRYPTO_E_KEY when it is of another size or, in ML-KEM, not reduced. */
static base_err from_public(const set *s, base_bytes key, EVP_PKEY **out)
{
    if (key.n == s->public_size) {
        *out = EVP_PKEY_new_raw_public_key_ex(NULL, s->name, NULL, key.p, key.n);
    }
    return *out != NULL ? BASE_OK : CRYPTO_E_KEY;
}

static base_err public_of(const set *s, base_bytes seed, uint8_t *public_key)
{
    EVP_PKEY *key = NULL;
    size_t n = s->public_size;
    base_err err = BASE_OK;
    TRY(from_seed(s, seed, &key));
    REQUIRE(EVP_PKEY_get_raw_public_key(key, public_key, &n) == 1 && n == s->public_size,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(public_key, s->public_size);
    }
    EVP_PKEY_free(key);
    return err;
}

/* ---- ML-KEM ---- */

static base_err encap(const set *s, base_bytes public_key, base_bytes seed, uint8_t *enc,
                      uint8_t *secret)
{
    uint8_t copy[KEM_ENCAP_SEED] = {0};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    size_t n = s->out_size;
    size_t secret_n = KEM_SECRET;
    base_err err = BASE_OK;
    REQUIRE(seed.n == KEM_ENCAP_SEED, BASE_E_ARGUMENT);
    TRY(from_public(s, public_key, &key));
    memcpy(copy, seed.p, seed.n);
    const OSSL_PARAM params[2] = {OSSL_PARAM_construct_octet_string(IKME_PARAM, copy, sizeof copy),
                                  OSSL_PARAM_construct_end()};
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    REQUIRE(ctx != NULL && EVP_PKEY_encapsulate_init(ctx, params) == 1 &&
                EVP_PKEY_encapsulate(ctx, enc, &n, secret, &secret_n) == 1 && n == s->out_size &&
                secret_n == KEM_SECRET,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(enc, s->out_size);
        base_wipe(secret, KEM_SECRET);
    }
    base_wipe(copy, sizeof copy);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

static base_err decap(const set *s, base_bytes private_key, base_bytes enc, uint8_t *secret)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    size_t n = KEM_SECRET;
    base_err err = BASE_OK;
    REQUIRE(enc.n == s->out_size, CRYPTO_E_KEY);
    TRY(from_seed(s, private_key, &key));
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    REQUIRE(ctx != NULL && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
                EVP_PKEY_decapsulate(ctx, secret, &n, enc.p, enc.n) == 1 && n == KEM_SECRET,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(secret, KEM_SECRET);
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

static base_err check(const set *s, base_bytes public_key)
{
    EVP_PKEY *key = NULL;
    base_err err = from_public(s, public_key, &key);
    EVP_PKEY_free(key);
    return err;
}

#define ML_KEM(s, id)                                                                              \
    static base_err s##_public_key(base_bytes private_key, uint8_t *public_key)                    \
    {                                                                                              \
        return public_of(&(s), private_key, public_key);                                           \
    }                                                                                              \
    static base_err s##_encap(base_bytes public_key, base_bytes seed, uint8_t *enc,                \
                              uint8_t *secret)                                                     \
    {                                                                                              \
        return encap(&(s), public_key, seed, enc, secret);                                         \
    }                                                                                              \
    static base_err s##_decap(base_bytes private_key, base_bytes enc, uint8_t *secret)             \
    {                                                                                              \
        return decap(&(s), private_key, enc, secret);                                              \
    }                                                                                              \
    static base_err s##_check(base_bytes public_key)                                               \
    {                                                                                              \
        return check(&(s), public_key);                                                            \
    }                                                                                              \
    const crypto_kem_alg crypto_openssl_##s = {.kem_id = (id),                                     \
                                               .private_size = KEM_SEED,                           \
                                               .public_size = s##_PUBLIC,                          \
                                               .enc_size = s##_OUT,                                \
                                               .secret_size = KEM_SECRET,                          \
                                               .encap_seed_size = KEM_ENCAP_SEED,                  \
                                               .public_key = s##_public_key,                       \
                                               .encap = s##_encap,                                 \
                                               .decap = s##_decap,                                 \
                                               .check = s##_check}

ML_KEM(mlkem768, CRYPTO_KEM_MLKEM768);
ML_KEM(mlkem1024, CRYPTO_KEM_MLKEM1024);

/* ---- ML-DSA ---- */

static base_err key_pair(const set *s, base_bytes seed, uint8_t *private_key, uint8_t *public_key)
{
    base_err err = public_of(s, seed, public_key);
    if (err == BASE_OK) {
        memcpy(private_key, seed.p, s->seed_size);
    } else {
        base_wipe(private_key, s->seed_size);
    }
    return err;
}

static base_err sign(const set *s, base_bytes private_key, base_bytes message, uint8_t *signature,
                     size_t *size)
{
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = NULL;
    size_t n = s->out_size;
    base_err err = BASE_OK;
    TRY(from_seed(s, private_key, &key));
    ctx = EVP_MD_CTX_new();
    REQUIRE(ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(ctx, signature, &n, message.p, message.n) == 1,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(signature, s->out_size);
        n = 0;
    }
    *size = n;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

static base_err verify(const set *s, base_bytes public_key, base_bytes message,
                       base_bytes signature)
{
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = NULL;
    base_err err = BASE_OK;
    TRY(from_public(s, public_key, &key));
    REQUIRE(signature.n == s->out_size, CRYPTO_E_SIGNATURE);
    ctx = EVP_MD_CTX_new();
    REQUIRE(ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1, CRYPTO_E_BACKEND);
    REQUIRE(EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1,
            CRYPTO_E_SIGNATURE);
done:
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}

#define ML_DSA(s, sig_id)                                                                          \
    static base_err s##_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public_key)       \
    {                                                                                              \
        return key_pair(&(s), seed, private_key, public_key);                                      \
    }                                                                                              \
    static base_err s##_sign(base_bytes private_key, base_bytes message, uint8_t *signature,       \
                             size_t *size)                                                         \
    {                                                                                              \
        return sign(&(s), private_key, message, signature, size);                                  \
    }                                                                                              \
    static base_err s##_verify(base_bytes public_key, base_bytes message, base_bytes signature)    \
    {                                                                                              \
        return verify(&(s), public_key, message, signature);                                       \
    }                                                                                              \
    const crypto_sig_alg crypto_openssl_##s = {.id = (sig_id),                                     \
                                               .seed_size = DSA_SEED,                              \
                                               .private_size = DSA_SEED,                           \
                                               .public_size = s##_PUBLIC,                          \
                                               .signature_max = s##_OUT,                           \
                                               .key_pair = s##_key_pair,                           \
                                               .sign = s##_sign,                                   \
                                               .verify = s##_verify}

ML_DSA(mldsa44, CRYPTO_SIG_MLDSA44);
ML_DSA(mldsa65, CRYPTO_SIG_MLDSA65);
ML_DSA(mldsa87, CRYPTO_SIG_MLDSA87);
