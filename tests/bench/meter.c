/* Each function counts and passes on. One thread; the counters are the benchmark's own. */
#include "meter.h"

#include <stddef.h>

#include <sotto/crypto_default.h>

static meter counted;
static bool trusting;

static crypto_hash_alg hash, real_hash;
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
    return trusting ? BASE_OK : real_sig.verify(public_key, message, signature);
}

/* The element of a list with an id, copied; false when there is none. */
#define FIND(list, field, value, out)                                                              \
    do {                                                                                           \
        bool found_ = false;                                                                       \
        for (size_t i_ = 0; (list) != NULL && (list)[i_] != NULL; i_++) {                          \
            if ((list)[i_]->field == (value)) {                                                    \
                *(out) = *(list)[i_];                                                              \
                found_ = true;                                                                     \
            }                                                                                      \
        }                                                                                          \
        if (!found_) {                                                                             \
            return NULL;                                                                           \
        }                                                                                          \
    } while (0)

const crypto_backend *meter_backend(void)
{
    static const crypto_hash_alg *const hashes[] = {&hash, NULL};
    static const crypto_dh_alg *const dhs[] = {&dh, NULL};
    static const crypto_kem_alg *const kems[] = {&kem, NULL};
    static const crypto_sig_alg *const sigs[] = {&sig, NULL};
    static crypto_backend backend;
    const crypto_backend *real = crypto_default();
    if (real == NULL) {
        return NULL;
    }
    FIND(real->hashes, id, CRYPTO_HASH_SHA256, &real_hash);
    FIND(real->dhs, kem_id, CRYPTO_KEM_X25519, &real_dh);
    FIND(real->kems, kem_id, CRYPTO_KEM_XWING, &real_kem);
    FIND(real->sigs, id, CRYPTO_SIG_ED25519, &real_sig);
    hash = real_hash;
    hash.digest = hash_digest;
    hash.hmac = hash_hmac;
    dh = real_dh;
    dh.public_key = dh_public_key;
    dh.shared = dh_shared;
    dh.check = dh_check;
    kem = real_kem;
    kem.public_key = kem_public_key;
    kem.encap = kem_encap;
    kem.decap = kem_decap;
    kem.check = kem_check;
    sig = real_sig;
    sig.sign = sig_sign;
    sig.verify = sig_verify;
    backend = (crypto_backend){.name = "metered",
                               .hashes = hashes,
                               .xofs = real->xofs,
                               .aeads = real->aeads,
                               .dhs = dhs,
                               .kems = kems,
                               .sigs = sigs};
    return &backend;
}

meter meter_take(void)
{
    meter m = counted;
    counted = (meter){0};
    return m;
}

void meter_trust(bool trust)
{
    trusting = trust;
}
