/* The relay's SHA-256, by OpenSSL; see the header. The algorithm and a context are kept: looking
 * the algorithm up costs more than hashing a token. */
#include "digest_openssl.h"

#include <stdlib.h>

#include <openssl/evp.h>

struct digest_openssl {
    EVP_MD *sha256;
    EVP_MD_CTX *ctx;
};

base_err digest_openssl_new(digest_openssl **out)
{
    digest_openssl *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return BASE_E_NOMEM;
    }
    d->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    d->ctx = EVP_MD_CTX_new();
    if (d->sha256 == NULL || d->ctx == NULL) {
        digest_openssl_free(d);
        return BASE_E_NOMEM;
    }
    *out = d;
    return BASE_OK;
}

void digest_openssl_free(digest_openssl *d)
{
    if (d != NULL) {
        EVP_MD_CTX_free(d->ctx);
        EVP_MD_free(d->sha256);
        free(d);
    }
}

static base_err sha256(void *user, const base_bytes *parts, size_t n, uint8_t out[32])
{
    digest_openssl *d = user;
    unsigned int size = 0;
    uint8_t sum[EVP_MAX_MD_SIZE] = {0};
    bool ok = EVP_DigestInit_ex2(d->ctx, d->sha256, NULL) == 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].n == 0 || EVP_DigestUpdate(d->ctx, parts[i].p, parts[i].n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(d->ctx, sum, &size) == 1 && size == 32;
    if (!ok) {
        return BASE_E_INTERNAL;
    }
    memcpy(out, sum, 32);
    /* What was hashed may be a token; its hash is no secret, the context's remains are. */
    return EVP_MD_CTX_reset(d->ctx) == 1 ? BASE_OK : BASE_E_INTERNAL;
}

relay_digest digest_openssl_port(digest_openssl *d)
{
    return (relay_digest){sha256, d};
}
