/* Each function counts and passes on. One thread; the counters are the benchmark's own. */
#include "meter.h"

#include <stddef.h>

#include <sotto/crypto_default.h>

#include "crypto/suite.h"

#define LIST_MAX 32

static bench_calls counted;

static crypto_hash_alg hash, real_hash;
static crypto_aead_alg aead, real_aead;
static crypto_dh_alg dh, real_dh;
static crypto_kem_alg kem, real_kem;
static crypto_sig_alg sig, real_sig;

static base_err hash_digest(const base_bytes *parts, size_t count, uint8_t *out)
{
    counted.hash++;
    return real_hash.digest(parts, count, out);
}

static base_err hash_hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    counted.hmac++;
    return real_hash.hmac(key, parts, count, out);
}

static base_err aead_seal(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes plaintext,
                          uint8_t *out)
{
    counted.aead++;
    return real_aead.seal(key, nonce, aad, plaintext, out);
}

static base_err aead_open(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes ciphertext,
                          uint8_t *out)
{
    counted.aead++;
    return real_aead.open(key, nonce, aad, ciphertext, out);
}

static base_err dh_public_key(base_bytes private_key, uint8_t *public_key)
{
    counted.base++;
    return real_dh.public_key(private_key, public_key);
}

static base_err dh_shared(base_bytes private_key, base_bytes public_key, uint8_t *secret)
{
    counted.dh++;
    return real_dh.shared(private_key, public_key, secret);
}

static base_err dh_check(base_bytes public_key)
{
    counted.check++;
    return real_dh.check(public_key);
}

static base_err kem_public_key(base_bytes private_key, uint8_t *public_key)
{
    counted.base++;
    return real_kem.public_key(private_key, public_key);
}

static base_err kem_encap(base_bytes public_key, base_bytes seed, uint8_t *enc, uint8_t *secret)
{
    counted.encap++;
    return real_kem.encap(public_key, seed, enc, secret);
}

static base_err kem_decap(base_bytes private_key, base_bytes enc, uint8_t *secret)
{
    counted.decap++;
    return real_kem.decap(private_key, enc, secret);
}

static base_err kem_check(base_bytes public_key)
{
    counted.check++;
    return real_kem.check(public_key);
}

static base_err sig_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                         size_t *size)
{
    counted.sign++;
    return real_sig.sign(private_key, message, signature, size);
}

static base_err sig_verify(base_bytes public_key, base_bytes message, base_bytes signature)
{
    counted.verify++;
    return real_sig.verify(public_key, message, signature);
}

/* Copy a list of pointers with one of them replaced. */
#define REPLACE(to, from, old, by)                                                                 \
    do {                                                                                           \
        size_t i_ = 0;                                                                             \
        for (; (from) != NULL && (from)[i_] != NULL; i_++) {                                       \
            NEED(i_ < LIST_MAX - 1);                                                               \
            (to)[i_] = (from)[i_] == (old) ? (by) : (from)[i_];                                    \
        }                                                                                          \
        (to)[i_] = NULL;                                                                           \
    } while (0)

/* Take the suite's own parts, and count in front of each. */
static void wrap(const crypto_suite *s)
{
    hash = real_hash = *s->hash;
    hash.digest = hash_digest;
    hash.hmac = hash_hmac;
    aead = real_aead = *s->aead;
    aead.seal = aead_seal;
    aead.open = aead_open;
    sig = real_sig = *s->sig;
    sig.sign = sig_sign;
    sig.verify = sig_verify;
    if (s->kem != NULL) {
        kem = real_kem = *s->kem;
        kem.public_key = kem_public_key;
        kem.encap = kem_encap;
        kem.decap = kem_decap;
        kem.check = kem_check;
    } else {
        dh = real_dh = *s->dh;
        dh.public_key = dh_public_key;
        dh.shared = dh_shared;
        dh.check = dh_check;
    }
}

const crypto_backend *meter_backend(uint16_t suite)
{
    static const crypto_hash_alg *hashes[LIST_MAX];
    static const crypto_aead_alg *aeads[LIST_MAX];
    static const crypto_dh_alg *dhs[LIST_MAX];
    static const crypto_kem_alg *kems[LIST_MAX];
    static const crypto_sig_alg *sigs[LIST_MAX];
    static crypto_backend backend;
    const crypto_backend *real = crypto_default();
    const crypto_env env = {.backend = real, .random = crypto_default_random()};
    crypto_suite s;
    if (real == NULL || crypto_suite_resolve(&env, suite, &s) != BASE_OK) {
        return NULL;
    }
    wrap(&s);
    REPLACE(hashes, real->hashes, s.hash, &hash);
    REPLACE(aeads, real->aeads, s.aead, &aead);
    REPLACE(dhs, real->dhs, s.dh, &dh);
    REPLACE(kems, real->kems, s.kem, &kem);
    REPLACE(sigs, real->sigs, s.sig, &sig);
    backend = *real;
    backend.name = "metered";
    backend.hashes = hashes;
    backend.aeads = aeads;
    backend.dhs = dhs;
    backend.kems = kems;
    backend.sigs = sigs;
    counted = (bench_calls){0};
    return &backend;
}

bench_calls meter_take(void)
{
    bench_calls c = counted;
    counted = (bench_calls){0};
    return c;
}
