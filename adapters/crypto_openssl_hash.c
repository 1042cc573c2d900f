/* SHA-2 and HMAC over OpenSSL's low-level calls, which version 3 deprecates. HMAC (RFC 2104) is
 * written out here over them, although the library offers one, because the key schedule, the tree
 * hashes and HKDF are made of short HMACs: one of 40 bytes under a new key takes 134 ns this way,
 * 471 with a copied EVP_MAC context, 279 with a reused one, which would keep the key, and 875 by
 * HMAC() (OpenSSL 3.0.19, gcc 12 -O2, an x86-64 with SHA extensions). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto_openssl.h"

#include <openssl/sha.h>

#include "base/bytes.h"

#define IPAD 0x36
#define OPAD 0x5c

/* A running hash. SHA-384 is SHA-512 from another start. */
typedef struct running {
    uint16_t id;
    union {
        SHA256_CTX narrow;
        SHA512_CTX wide;
    } u;
} running;

static bool start(running *r, uint16_t id)
{
    r->id = id;
    switch (id) {
    case CRYPTO_HASH_SHA256:
        return SHA256_Init(&r->u.narrow) == 1;
    case CRYPTO_HASH_SHA384:
        return SHA384_Init(&r->u.wide) == 1;
    default:
        return SHA512_Init(&r->u.wide) == 1;
    }
}

static bool update(running *r, base_bytes part)
{
    if (part.n == 0) {
        return true;
    }
    if (r->id == CRYPTO_HASH_SHA256) {
        return SHA256_Update(&r->u.narrow, part.p, part.n) == 1;
    }
    return SHA512_Update(&r->u.wide, part.p, part.n) == 1;
}

static bool finish(running *r, uint8_t *out)
{
    if (r->id == CRYPTO_HASH_SHA256) {
        return SHA256_Final(out, &r->u.narrow) == 1;
    }
    return SHA512_Final(out, &r->u.wide) == 1; /* knows by its state how much to write */
}

static bool update_all(running *r, const base_bytes *parts, size_t count)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = update(r, parts[i]);
    }
    return ok;
}

static size_t size_of(uint16_t id)
{
    return id == CRYPTO_HASH_SHA256   ? SHA256_DIGEST_LENGTH
           : id == CRYPTO_HASH_SHA384 ? SHA384_DIGEST_LENGTH
                                      : SHA512_DIGEST_LENGTH;
}

static base_err digest(uint16_t id, const base_bytes *parts, size_t count, uint8_t *out)
{
    running r;
    bool ok = start(&r, id) && update_all(&r, parts, count) && finish(&r, out);
    base_wipe(&r, sizeof r);
    if (!ok) {
        base_wipe(out, size_of(id));
    }
    return ok ? BASE_OK : CRYPTO_E_BACKEND;
}

static base_err hmac(uint16_t id, base_bytes key, const base_bytes *parts, size_t count,
                     uint8_t *out)
{
    size_t block = id == CRYPTO_HASH_SHA256 ? SHA256_CBLOCK : SHA512_CBLOCK;
    uint8_t pad[SHA512_CBLOCK] = {0};
    running r;
    bool ok = true;
    if (key.n > block) {
        ok = digest(id, &key, 1, pad) == BASE_OK;
    } else if (key.n > 0) {
        memcpy(pad, key.p, key.n);
    }
    for (size_t i = 0; i < block; i++) {
        pad[i] ^= IPAD;
    }
    ok = ok && start(&r, id) && update(&r, base_bytes_of(pad, block)) &&
         update_all(&r, parts, count) && finish(&r, out);
    for (size_t i = 0; i < block; i++) {
        pad[i] ^= IPAD ^ OPAD;
    }
    ok = ok && start(&r, id) && update(&r, base_bytes_of(pad, block)) &&
         update(&r, base_bytes_of(out, size_of(id))) && finish(&r, out);
    base_wipe(&r, sizeof r);
    base_wipe(pad, sizeof pad);
    if (!ok) {
        base_wipe(out, size_of(id));
    }
    return ok ? BASE_OK : CRYPTO_E_BACKEND;
}

#define HASH(name, id, size)                                                                       \
    static base_err name##_digest(const base_bytes *parts, size_t count, uint8_t *out)             \
    {                                                                                              \
        return digest(id, parts, count, out);                                                      \
    }                                                                                              \
    static base_err name##_hmac(base_bytes key, const base_bytes *parts, size_t count,             \
                                uint8_t *out)                                                      \
    {                                                                                              \
        return hmac(id, key, parts, count, out);                                                   \
    }                                                                                              \
    const crypto_hash_alg crypto_openssl_##name = {id, size, name##_digest, name##_hmac}

HASH(sha256, CRYPTO_HASH_SHA256, SHA256_DIGEST_LENGTH);
HASH(sha384, CRYPTO_HASH_SHA384, SHA384_DIGEST_LENGTH);
HASH(sha512, CRYPTO_HASH_SHA512, SHA512_DIGEST_LENGTH);
