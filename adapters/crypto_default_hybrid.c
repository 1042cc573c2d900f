/* The hybrids of ML-KEM with a NIST curve, as draft-irtf-cfrg-concrete-hybrid-kems makes them and
 * draft-ietf-hpke-pq numbers them: MLKEM768-P256 and MLKEM1024-P384. No library has them, so that
 * both halves, SHAKE256 and SHA3-256 are the libraries', and what is written here is how they are
 * joined. X-Wing, the third of that draft, is libsodium's whole. */
#include "crypto_default_hybrid.h"

#include <string.h>

#include <sodium.h>

#include "base/bytes.h"
#include "crypto_openssl.h"
#include "crypto_sodium.h"

#define SEED 32 /* the private key */
#define SECRET crypto_hash_sha3256_BYTES
#define PQ_SEED 64
#define PQ_ENCAP_SEED 32
#define PQ_SECRET 32
#define GROUP_SEED_MAX 96
#define SCALAR_MAX 48
#define POINT_MAX 97

typedef struct hybrid {
    const crypto_kem_alg *pq;
    const crypto_dh_alg *group;
    size_t group_seed; /* of which a scalar is drawn, a candidate after the other */
    const char *label;
} hybrid;

static const hybrid mlkem768p256 = {&crypto_sodium_mlkem768, &crypto_openssl_p256, 96,
                                    "MLKEM768-P256"};
static const hybrid mlkem1024p384 = {&crypto_openssl_mlkem1024, &crypto_openssl_p384, 48,
                                     "MLKEM1024-P384"};

/* RandomScalar, and the point of the scalar. P-256 needs a second candidate once in 2^32 times; of
 * the draft's versions some have three and some four, which nobody will ever see. */
static base_err draw_scalar(const hybrid *h, const uint8_t *seed, uint8_t *scalar, uint8_t *point)
{
    size_t n = h->group->private_size;
    base_err err = CRYPTO_E_KEY;
    for (size_t at = 0; err == CRYPTO_E_KEY && at + n <= h->group_seed; at += n) {
        memcpy(scalar, seed + at, n);
        err = h->group->public_key(base_bytes_of(scalar, n), point);
    }
    return err == CRYPTO_E_KEY ? CRYPTO_E_BACKEND : err;
}

/* What a private key expands to. */
typedef struct halves {
    uint8_t seeds[PQ_SEED + GROUP_SEED_MAX]; /* ML-KEM's private key, then the group's seed */
    uint8_t scalar[SCALAR_MAX];
    uint8_t point[POINT_MAX];
} halves;

static base_err expand(const hybrid *h, base_bytes seed, halves *out)
{
    base_err err = BASE_OK;
    REQUIRE(seed.n == SEED, CRYPTO_E_KEY);
    TRY(crypto_openssl_shake256.digest(&seed, 1, out->seeds, PQ_SEED + h->group_seed));
    TRY(draw_scalar(h, out->seeds + PQ_SEED, out->scalar, out->point));
done:
    return err;
}

/* The two secrets, and what only the group's half needs to be bound to (its KEM is not). */
typedef struct transcript {
    uint8_t pq_secret[PQ_SECRET];
    uint8_t group_secret[SCALAR_MAX];
    base_bytes point;    /* of the encapsulation */
    base_bytes receiver; /* the group's half of the public key */
} transcript;

static void combine(const hybrid *h, const transcript *t, uint8_t *secret)
{
    const base_bytes parts[5] = {base_bytes_of(t->pq_secret, PQ_SECRET),
                                 base_bytes_of(t->group_secret, h->group->secret_size), t->point,
                                 t->receiver, base_bytes_str(h->label)};
    crypto_hash_sha3256_state st;
    (void)crypto_hash_sha3256_init(&st);
    for (size_t i = 0; i < 5; i++) {
        (void)crypto_hash_sha3256_update(&st, parts[i].p, parts[i].n);
    }
    (void)crypto_hash_sha3256_final(&st, secret);
    base_wipe(&st, sizeof st);
}

/* ---- the KEM ---- */

static base_err public_key(const hybrid *h, base_bytes private_key, uint8_t *out)
{
    halves own = {0};
    base_err err = BASE_OK;
    TRY(expand(h, private_key, &own));
    TRY(h->pq->public_key(base_bytes_of(own.seeds, PQ_SEED), out));
    memcpy(out + h->pq->public_size, own.point, h->group->public_size);
done:
    if (err != BASE_OK) {
        base_wipe(out, h->pq->public_size + h->group->public_size);
    }
    base_wipe(&own, sizeof own);
    return err;
}

static base_err encap(const hybrid *h, base_bytes key, base_bytes seed, uint8_t *enc,
                      uint8_t *secret)
{
    uint8_t scalar[SCALAR_MAX] = {0};
    transcript t = {0};
    uint8_t *point = enc + h->pq->enc_size;
    base_err err = BASE_OK;
    REQUIRE(seed.n == PQ_ENCAP_SEED + h->group_seed, BASE_E_ARGUMENT);
    REQUIRE(key.n == h->pq->public_size + h->group->public_size, CRYPTO_E_KEY);
    t.receiver = base_bytes_of(key.p + h->pq->public_size, h->group->public_size);
    TRY(h->pq->encap(base_bytes_of(key.p, h->pq->public_size), base_bytes_of(seed.p, PQ_ENCAP_SEED),
                     enc, t.pq_secret));
    TRY(draw_scalar(h, seed.p + PQ_ENCAP_SEED, scalar, point));
    t.point = base_bytes_of(point, h->group->public_size);
    TRY(h->group->shared(base_bytes_of(scalar, h->group->private_size), t.receiver,
                         t.group_secret));
    combine(h, &t, secret);
done:
    if (err != BASE_OK) {
        base_wipe(enc, h->pq->enc_size + h->group->public_size);
        base_wipe(secret, SECRET);
    }
    base_wipe(&t, sizeof t);
    base_wipe(scalar, sizeof scalar);
    return err;
}

static base_err decap(const hybrid *h, base_bytes private_key, base_bytes enc, uint8_t *secret)
{
    halves own = {0};
    transcript t = {0};
    base_err err = BASE_OK;
    REQUIRE(enc.n == h->pq->enc_size + h->group->public_size, CRYPTO_E_KEY);
    TRY(expand(h, private_key, &own));
    t.point = base_bytes_of(enc.p + h->pq->enc_size, h->group->public_size);
    t.receiver = base_bytes_of(own.point, h->group->public_size);
    TRY(h->group->shared(base_bytes_of(own.scalar, h->group->private_size), t.point,
                         t.group_secret));
    TRY(h->pq->decap(base_bytes_of(own.seeds, PQ_SEED), base_bytes_of(enc.p, h->pq->enc_size),
                     t.pq_secret));
    combine(h, &t, secret);
done:
    if (err != BASE_OK) {
        base_wipe(secret, SECRET);
    }
    base_wipe(&t, sizeof t);
    base_wipe(&own, sizeof own);
    return err;
}

static base_err check(const hybrid *h, base_bytes key)
{
    if (key.n != h->pq->public_size + h->group->public_size) {
        return CRYPTO_E_KEY;
    }
    base_err err = h->pq->check(base_bytes_of(key.p, h->pq->public_size));
    return err != BASE_OK
               ? err
               : h->group->check(base_bytes_of(key.p + h->pq->public_size, h->group->public_size));
}

#define HYBRID(h, id, pq_public, pq_enc, point_bytes, group_seed_bytes)                            \
    static base_err h##_public_key(base_bytes private_key, uint8_t *out)                           \
    {                                                                                              \
        return public_key(&(h), private_key, out);                                                 \
    }                                                                                              \
    static base_err h##_encap(base_bytes key, base_bytes seed, uint8_t *enc, uint8_t *secret)      \
    {                                                                                              \
        return encap(&(h), key, seed, enc, secret);                                                \
    }                                                                                              \
    static base_err h##_decap(base_bytes private_key, base_bytes enc, uint8_t *secret)             \
    {                                                                                              \
        return decap(&(h), private_key, enc, secret);                                              \
    }                                                                                              \
    static base_err h##_check(base_bytes key)                                                      \
    {                                                                                              \
        return check(&(h), key);                                                                   \
    }                                                                                              \
    const crypto_kem_alg crypto_default_##h = {.kem_id = (id),                                     \
                                               .private_size = SEED,                               \
                                               .public_size = (pq_public) + (point_bytes),         \
                                               .enc_size = (pq_enc) + (point_bytes),               \
                                               .secret_size = SECRET,                              \
                                               .encap_seed_size =                                  \
                                                   PQ_ENCAP_SEED + (group_seed_bytes),             \
                                               .public_key = h##_public_key,                       \
                                               .encap = h##_encap,                                 \
                                               .decap = h##_decap,                                 \
                                               .check = h##_check}

HYBRID(mlkem768p256, CRYPTO_KEM_MLKEM768P256, 1184, 1088, 65, 96);
HYBRID(mlkem1024p384, CRYPTO_KEM_MLKEM1024P384, 1568, 1568, 97, 48);
