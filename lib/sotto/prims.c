/* Thin helpers over the backend: labels in front of what is hashed and signed, so that no value
 * made for one purpose can pass for another. */
#include "prims.h"

#include <stddef.h>

#define PARTS_MAX 8

base_err sotto_prims_init(const crypto_backend *backend, crypto_random random,
                          const base_alloc *alloc, sotto_prims *out)
{
    sotto_prims p = {
        NULL, NULL, NULL, backend->pwhash, random, alloc != NULL ? alloc : &base_alloc_std};
    for (size_t i = 0; backend->hashes != NULL && backend->hashes[i] != NULL; i++) {
        p.sha256 = backend->hashes[i]->id == CRYPTO_HASH_SHA256 ? backend->hashes[i] : p.sha256;
    }
    for (size_t i = 0; backend->sigs != NULL && backend->sigs[i] != NULL; i++) {
        p.ed25519 = backend->sigs[i]->id == CRYPTO_SIG_ED25519 ? backend->sigs[i] : p.ed25519;
    }
    for (size_t i = 0; backend->aeads != NULL && backend->aeads[i] != NULL; i++) {
        p.aead = backend->aeads[i]->id == CRYPTO_AEAD_CHACHA20POLY1305 ? backend->aeads[i] : p.aead;
    }
    if (p.sha256 == NULL || p.ed25519 == NULL || p.aead == NULL || p.pwhash == NULL) {
        return CRYPTO_E_SUITE;
    }
    *out = p;
    return BASE_OK;
}

base_err sotto_hash_of(const sotto_prims *p, const char *label, const base_bytes *parts,
                       size_t count, sotto_hash *out)
{
    base_bytes all[PARTS_MAX + 1] = {base_bytes_str(label)};
    if (count > PARTS_MAX) {
        return BASE_E_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        all[i + 1] = parts[i];
    }
    return p->sha256->digest(all, count + 1, out->b);
}

base_err sotto_random(const sotto_prims *p, uint8_t *out, size_t n)
{
    return p->random.fill(p->random.user, out, n);
}

base_err sotto_sign_public(const sotto_prims *p, base_bytes seed,
                           uint8_t public_key[static SOTTO_SIGN_PUBLIC_SIZE])
{
    uint8_t own[CRYPTO_PRIVATE_MAX] = {0};
    if (seed.n != SOTTO_SIGN_SEED_SIZE) {
        return BASE_E_ARGUMENT;
    }
    base_err err = p->ed25519->key_pair(seed, own, public_key);
    base_wipe(own, sizeof own);
    return err;
}

base_err sotto_sign_new(const sotto_prims *p, base_secret *seed,
                        uint8_t public_key[static SOTTO_SIGN_PUBLIC_SIZE])
{
    base_secret fresh = {SOTTO_SIGN_SEED_SIZE, {0}};
    base_err err = BASE_OK;
    TRY(sotto_random(p, fresh.b, fresh.n));
    TRY(sotto_sign_public(p, base_secret_bytes(&fresh), public_key));
    *seed = fresh;
done:
    base_secret_clear(&fresh);
    return err;
}

static base_err labelled(const char *label, base_bytes message, base_buf *out)
{
    base_err err = base_buf_append(out, base_bytes_str(label));
    return err != BASE_OK ? err : base_buf_append(out, message);
}

base_err sotto_sign(const sotto_prims *p, base_bytes seed, const char *label, base_bytes message,
                    uint8_t signature[static SOTTO_SIGNATURE_SIZE])
{
    base_err err = BASE_OK;
    uint8_t own[CRYPTO_PRIVATE_MAX] = {0};
    uint8_t public_key[CRYPTO_SIG_PUBLIC_MAX] = {0};
    uint8_t sig[CRYPTO_SIGNATURE_MAX] = {0};
    size_t size = 0;
    base_buf content = base_buf_on(p->alloc);
    REQUIRE(seed.n == SOTTO_SIGN_SEED_SIZE, BASE_E_ARGUMENT);
    TRY(labelled(label, message, &content));
    TRY(p->ed25519->key_pair(seed, own, public_key));
    TRY(p->ed25519->sign(base_bytes_of(own, p->ed25519->private_size), base_buf_bytes(&content),
                         sig, &size));
    REQUIRE(size == SOTTO_SIGNATURE_SIZE, CRYPTO_E_BACKEND);
    memcpy(signature, sig, SOTTO_SIGNATURE_SIZE);
done:
    base_wipe(own, sizeof own);
    base_buf_clear(&content);
    return err;
}

base_err sotto_verify(const sotto_prims *p, base_bytes public_key, const char *label,
                      base_bytes message, base_bytes signature)
{
    base_err err = BASE_OK;
    base_buf content = base_buf_on(p->alloc);
    TRY(labelled(label, message, &content));
    TRY(p->ed25519->verify(public_key, base_buf_bytes(&content), signature));
done:
    base_buf_clear(&content);
    return err;
}

base_err sotto_box_seal(const sotto_prims *p, base_bytes key, base_bytes aad, base_bytes plaintext,
                        base_buf *out)
{
    base_err err = BASE_OK;
    size_t nonce = p->aead->nonce_size;
    base_buf box = base_buf_on(p->alloc);
    REQUIRE(key.n == p->aead->key_size, BASE_E_ARGUMENT);
    TRY(base_buf_resize(&box, nonce));
    TRY(sotto_random(p, box.p, nonce));
    TRY(base_buf_reserve(&box, plaintext.n + p->aead->tag_size));
    TRY(p->aead->seal(key, base_bytes_of(box.p, nonce), aad, plaintext, box.p + nonce));
    box.n = nonce + plaintext.n + p->aead->tag_size;
    base_buf_move(out, &box);
done:
    base_buf_clear(&box);
    return err;
}

base_err sotto_box_open(const sotto_prims *p, base_bytes key, base_bytes aad, base_bytes box,
                        base_buf *out)
{
    base_err err = BASE_OK;
    size_t nonce = p->aead->nonce_size;
    base_buf plain = base_buf_on(p->alloc);
    REQUIRE(key.n == p->aead->key_size, BASE_E_ARGUMENT);
    REQUIRE(box.n >= nonce + p->aead->tag_size, CRYPTO_E_OPEN);
    base_bytes body = {box.p + nonce, box.n - nonce};
    TRY(base_buf_resize(&plain, body.n - p->aead->tag_size));
    TRY(p->aead->open(key, base_bytes_of(box.p, nonce), aad, body, plain.p));
    base_buf_move(out, &plain);
done:
    base_buf_clear(&plain);
    return err;
}
