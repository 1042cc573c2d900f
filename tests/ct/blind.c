/* See blind.h. */
#include "blind.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/crypto_default.h"
#include "base/bytes.h"

enum { SECRET_MIN = 32, PADDING_MIN = 16 };

static const crypto_hash_alg *real_hash;
static const crypto_aead_alg *real_aead;
static const crypto_dh_alg *real_dh;
static const crypto_sig_alg *real_sig;
static base_err (*real_fill)(void *user, uint8_t *p, size_t n);

/* A copy that is no secret; free() it. */
static base_bytes shown(base_bytes b)
{
    uint8_t *p = (uint8_t *)malloc(b.n + 1);
    if (p == NULL) {
        abort();
    }
    if (b.n > 0) {
        memcpy(p, b.p, b.n);
    }
    CT_PUBLIC(p, b.n);
    return base_bytes_of(p, b.n);
}

static void drop(base_bytes b)
{
    free((void *)(uintptr_t)b.p);
}

static base_err digest(const base_bytes *parts, size_t count, uint8_t *out)
{
    base_err err = real_hash->digest(parts, count, out);
    CT_PUBLIC(out, real_hash->size);
    return err;
}

/* Hashing does not branch on what it hashes: no copies. */
static base_err hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    base_err err = real_hash->hmac(key, parts, count, out);
    CT_SECRET(out, real_hash->size);
    return err;
}

static base_err seal(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes in, uint8_t *out)
{
    base_bytes copy[] = {shown(key), shown(nonce), shown(aad), shown(in)};
    base_err err = real_aead->seal(copy[0], copy[1], copy[2], copy[3], out);
    CT_PUBLIC(out, in.n + real_aead->tag_size);
    for (size_t i = 0; i < 4; i++) {
        drop(copy[i]);
    }
    return err;
}

/* Who removes padding learns its length at the end, and may not stop on the way. */
static void hide_padding(uint8_t *p, size_t n)
{
    size_t from = n;
    while (from > 0 && p[from - 1] == 0) {
        from--;
    }
    if (n - from >= PADDING_MIN) { /* fewer may be the end of a struct */
        CT_SECRET(p + from, n - from);
    }
}

static base_err open(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes in, uint8_t *out)
{
    base_bytes copy[] = {shown(key), shown(nonce), shown(aad), shown(in)};
    base_err err = real_aead->open(copy[0], copy[1], copy[2], copy[3], out);
    for (size_t i = 0; i < 4; i++) {
        drop(copy[i]);
    }
    if (err == BASE_OK) {
        size_t n = in.n - real_aead->tag_size;
        CT_PUBLIC(out, n);
        if (n == real_hash->size) {
            CT_SECRET(out, n); /* a path secret */
        } else {
            hide_padding(out, n);
        }
    }
    return err;
}

static base_err public_key(base_bytes private_key, uint8_t *out)
{
    base_bytes copy = shown(private_key);
    base_err err = real_dh->public_key(copy, out);
    CT_PUBLIC(out, real_dh->public_size);
    drop(copy);
    return err;
}

static base_err shared(base_bytes private_key, base_bytes other, uint8_t *secret)
{
    base_bytes copy = shown(private_key);
    base_err err = real_dh->shared(copy, other, secret);
    CT_SECRET(secret, real_dh->secret_size);
    drop(copy);
    return err;
}

static base_err key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public)
{
    base_bytes copy = shown(seed);
    base_err err = real_sig->key_pair(copy, private_key, public);
    CT_SECRET(private_key, real_sig->private_size);
    CT_PUBLIC(public, real_sig->public_size);
    drop(copy);
    return err;
}

static base_err sign(base_bytes private_key, base_bytes message, uint8_t *signature, size_t *size)
{
    base_bytes copy[] = {shown(private_key), shown(message)};
    base_err err = real_sig->sign(copy[0], copy[1], signature, size);
    CT_PUBLIC(signature, *size);
    drop(copy[0]);
    drop(copy[1]);
    return err;
}

static base_err verify(base_bytes public, base_bytes message, base_bytes signature)
{
    base_bytes copy[] = {shown(message), shown(signature)};
    base_err err = real_sig->verify(public, copy[0], copy[1]);
    drop(copy[0]);
    drop(copy[1]);
    return err;
}

static base_err fill(void *user, uint8_t *p, size_t n)
{
    base_err err = real_fill(user, p, n);
    if (n >= SECRET_MIN) { /* a reuse guard and GREASE are seen by all */
        CT_SECRET(p, n);
    }
    return err;
}

crypto_random blind_random(crypto_random port)
{
    real_fill = port.fill;
    return (crypto_random){fill, port.user};
}

static crypto_hash_alg blind_hash;
static crypto_aead_alg blind_aead;
static crypto_dh_alg blind_dh;
static crypto_sig_alg blind_sig;
static const crypto_hash_alg *const hashes[] = {&blind_hash, NULL};
static const crypto_aead_alg *const aeads[] = {&blind_aead, NULL};
static const crypto_dh_alg *const dhs[] = {&blind_dh, NULL};
static const crypto_sig_alg *const sigs[] = {&blind_sig, NULL};
static const crypto_backend backend = {
    .name = "blind", .hashes = hashes, .aeads = aeads, .dhs = dhs, .sigs = sigs};

const crypto_backend *blind_backend(void)
{
    const crypto_backend *b = crypto_default();
    if (b == NULL) {
        return NULL;
    }
    real_hash = b->hashes[0]; /* what suite 1 takes stands first in each list */
    real_aead = b->aeads[0];
    real_dh = b->dhs[0];
    real_sig = b->sigs[0];
    blind_hash = *real_hash;
    blind_hash.digest = digest;
    blind_hash.hmac = hmac;
    blind_aead = *real_aead;
    blind_aead.seal = seal;
    blind_aead.open = open;
    blind_dh = *real_dh;
    blind_dh.public_key = public_key;
    blind_dh.shared = shared;
    blind_sig = *real_sig;
    blind_sig.key_pair = key_pair;
    blind_sig.sign = sign;
    blind_sig.verify = verify;
    bool suite_1 = real_hash->id == CRYPTO_HASH_SHA256 && real_aead->id == CRYPTO_AEAD_AES128GCM &&
                   real_dh->kem_id == CRYPTO_KEM_X25519 && real_sig->id == CRYPTO_SIG_ED25519;
    return suite_1 ? &backend : NULL;
}
