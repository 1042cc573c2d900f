/* HKDF. Its secrets live on this stack for as long as one call, and are wiped at its end. */
#include "hkdf.h"

#include "base/ct.h"

base_err crypto_hkdf_extract(const crypto_hash_alg *hash, base_bytes salt, const base_bytes *ikm,
                             size_t count, base_secret *prk)
{
    uint8_t out[CRYPTO_HASH_MAX] = {0};
    uint8_t zeros[CRYPTO_HASH_MAX] = {0};
    base_err err = BASE_OK;
    if (salt.n == 0) {
        salt = base_bytes_of(zeros, hash->size);
    }
    TRY(hash->hmac(salt, ikm, count, out));
    TRY(base_secret_set(prk, base_bytes_of(out, hash->size)));
done:
    base_wipe(out, sizeof out);
    return err;
}

base_err crypto_hkdf_expand(const crypto_hash_alg *hash, base_bytes prk, const base_bytes *info,
                            size_t count, uint8_t *out, size_t n)
{
    uint8_t block[CRYPTO_HASH_MAX] = {0};
    base_bytes parts[CRYPTO_HKDF_PARTS + 2]; /* T(i-1), info, i */
    uint8_t counter = 0;
    size_t done_bytes = 0;
    base_err err = BASE_OK;
    if (count > CRYPTO_HKDF_PARTS || n > 255 * hash->size) {
        err = BASE_E_ARGUMENT;
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        parts[i + 1] = info[i];
    }
    parts[count + 1] = base_bytes_of(&counter, 1);
    while (done_bytes < n) {
        parts[0] = base_bytes_of(block, counter == 0 ? 0 : hash->size);
        counter++;
        TRY(hash->hmac(prk, parts, count + 2, block));
        size_t take = n - done_bytes < hash->size ? n - done_bytes : hash->size;
        memcpy(out + done_bytes, block, take);
        done_bytes += take;
    }
done:
    if (err != BASE_OK) {
        base_wipe(out, n);
    }
    base_wipe(block, sizeof block);
    return err;
}
