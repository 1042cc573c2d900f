/* HPKE: the key schedule and the encryption context (RFC 9180, section 5), single-shot calls
 * (section 6). What a KEM does lies in hpke_kem.c. */
#include "hpke.h"

#include "base/ct.h"
#include "base/num.h"
#include "hpke_kem.h"
#include "labels.h"

#define MODE_BASE 0x00
#define MODE_PSK 0x01
#define PSK_MIN 32 /* bytes; section 9.5 */

/* suite_id of the key schedule: "HPKE", then the ids of KEM, KDF and AEAD. */
static void suite_id(const crypto_suite *s, uint8_t id[static 10])
{
    const uint16_t v[3] = {s->kem_id, s->hash->id, s->aead->id};
    memcpy(id, "HPKE", 4);
    for (size_t i = 0; i < 3; i++) {
        id[4 + 2 * i] = (uint8_t)(v[i] >> 8);
        id[5 + 2 * i] = (uint8_t)v[i];
    }
}

base_err crypto_hpke_info_hash(const crypto_suite *s, base_bytes info, crypto_digest *out)
{
    uint8_t id[10];
    base_secret hash = {0};
    suite_id(s, id);
    base_err err = crypto_labeled_extract(s->hash, base_bytes_of(id, sizeof id), BASE_BYTES_NONE,
                                          CRYPTO_LABEL("info_hash"), info, &hash);
    if (err == BASE_OK) {
        out->n = hash.n;
        memcpy(out->b, hash.b, hash.n);
    }
    return err;
}

static base_err expand_to(const crypto_suite *s, base_bytes id, const base_secret *secret,
                          const crypto_labeled_info *info, base_secret *out)
{
    base_err err = crypto_labeled_expand(s->hash, id, base_secret_bytes(secret), info, out->b);
    out->n = err == BASE_OK ? info->n : 0;
    return err;
}

/* KeySchedule(mode, shared_secret, info, psk, psk_id). */
static base_err key_schedule(const crypto_suite *s, const base_secret *shared,
                             const crypto_hpke_info *info, crypto_hpke_ctx *ctx)
{
    uint8_t id_bytes[10];
    uint8_t mode = info->psk.n > 0 ? MODE_PSK : MODE_BASE;
    base_secret psk_id_hash = {0};
    crypto_digest info_hash = {0};
    base_secret secret = {0};
    crypto_hpke_ctx fresh = {.suite = s};
    base_err err = BASE_OK;
    suite_id(s, id_bytes);
    base_bytes id = base_bytes_of(id_bytes, sizeof id_bytes);
    REQUIRE((info->psk.n > 0) == (info->psk_id.n > 0), BASE_E_ARGUMENT);
    REQUIRE(info->psk.n == 0 || info->psk.n >= PSK_MIN, BASE_E_ARGUMENT);
    TRY(crypto_labeled_extract(s->hash, id, BASE_BYTES_NONE, CRYPTO_LABEL("psk_id_hash"),
                               info->psk_id, &psk_id_hash));
    if (info->info_hash != NULL) {
        info_hash = *info->info_hash;
    } else {
        TRY(crypto_hpke_info_hash(s, info->info, &info_hash));
    }
    /* key_schedule_context */
    const base_bytes context[3] = {base_bytes_of(&mode, 1), base_secret_bytes(&psk_id_hash),
                                   crypto_digest_bytes(&info_hash)};
    TRY(crypto_labeled_extract(s->hash, id, base_secret_bytes(shared), CRYPTO_LABEL("secret"),
                               info->psk, &secret));
    crypto_labeled_info want = {CRYPTO_LABEL("key"), context, 3, s->aead->key_size};
    TRY(expand_to(s, id, &secret, &want, &fresh.key));
    want.label = CRYPTO_LABEL("base_nonce");
    want.n = s->aead->nonce_size;
    TRY(expand_to(s, id, &secret, &want, &fresh.base_nonce));
    want.label = CRYPTO_LABEL("exp");
    want.n = s->hash->size;
    TRY(expand_to(s, id, &secret, &want, &fresh.exporter_secret));
    *ctx = fresh;
done:
    crypto_hpke_ctx_clear(&fresh);
    base_secret_clear(&secret);
    base_secret_clear(&psk_id_hash);
    return err;
}

base_err crypto_hpke_setup_sender(const crypto_suite *s, base_bytes public_key,
                                  const crypto_hpke_info *info, base_buf *enc, crypto_hpke_ctx *ctx)
{
    base_secret shared = {0};
    base_buf fresh = base_buf_on(enc->alloc);
    base_err err = BASE_OK;
    TRY(crypto_kem_encap(s, public_key, &fresh, &shared));
    TRY(key_schedule(s, &shared, info, ctx));
    base_buf_move(enc, &fresh);
done:
    base_secret_clear(&shared);
    base_buf_clear(&fresh);
    return err;
}

base_err crypto_hpke_setup_receiver(const crypto_suite *s, base_bytes private_key, base_bytes enc,
                                    const crypto_hpke_info *info, crypto_hpke_ctx *ctx)
{
    base_secret shared = {0};
    base_err err = BASE_OK;
    const crypto_hpke_keys keys = {private_key, info->receiver};
    TRY(crypto_kem_decap_keys(s, &keys, enc, &shared));
    TRY(key_schedule(s, &shared, info, ctx));
done:
    base_secret_clear(&shared);
    return err;
}

/* nonce = base_nonce XOR seq, which stands at the nonce's right end. */
static base_secret nonce_of(const crypto_hpke_ctx *ctx)
{
    base_secret nonce = ctx->base_nonce;
    for (size_t i = 0; i < sizeof ctx->seq; i++) {
        nonce.b[nonce.n - 1 - i] ^= (uint8_t)(ctx->seq >> (8 * i));
    }
    return nonce;
}

base_err crypto_hpke_ctx_seal(crypto_hpke_ctx *ctx, base_bytes aad, base_bytes plaintext,
                              base_buf *out)
{
    base_secret nonce = nonce_of(ctx);
    base_err err = BASE_OK;
    REQUIRE(ctx->seq < UINT64_MAX, BASE_E_LIMIT);
    TRY(crypto_seal(ctx->suite, base_secret_bytes(&ctx->key), base_secret_bytes(&nonce), aad,
                    plaintext, out));
    ctx->seq++;
done:
    base_secret_clear(&nonce);
    return err;
}

base_err crypto_hpke_ctx_open(crypto_hpke_ctx *ctx, base_bytes aad, base_bytes ciphertext,
                              base_buf *out)
{
    base_secret nonce = nonce_of(ctx);
    base_err err = BASE_OK;
    REQUIRE(ctx->seq < UINT64_MAX, BASE_E_LIMIT);
    TRY(crypto_open(ctx->suite, base_secret_bytes(&ctx->key), base_secret_bytes(&nonce), aad,
                    ciphertext, out));
    ctx->seq++;
done:
    base_secret_clear(&nonce);
    return err;
}

base_err crypto_hpke_ctx_export(const crypto_hpke_ctx *ctx, base_bytes context, uint8_t *out,
                                size_t n)
{
    uint8_t id[10];
    crypto_labeled_info info = {CRYPTO_LABEL("sec"), &context, 1, n};
    suite_id(ctx->suite, id);
    return crypto_labeled_expand(ctx->suite->hash, base_bytes_of(id, sizeof id),
                                 base_secret_bytes(&ctx->exporter_secret), &info, out);
}

void crypto_hpke_ctx_clear(crypto_hpke_ctx *ctx)
{
    base_wipe(ctx, sizeof *ctx);
}

void crypto_sealed_clear(crypto_sealed *sealed)
{
    base_buf_clear(&sealed->kem_output);
    base_buf_clear(&sealed->ciphertext);
}

base_err crypto_hpke_seal(const crypto_suite *s, base_bytes public_key,
                          const crypto_hpke_info *info, base_bytes aad, base_bytes plaintext,
                          crypto_sealed *out)
{
    crypto_hpke_ctx ctx = {0};
    base_buf enc = base_buf_on(out->kem_output.alloc);
    base_err err = BASE_OK;
    TRY(crypto_hpke_setup_sender(s, public_key, info, &enc, &ctx));
    TRY(crypto_hpke_ctx_seal(&ctx, aad, plaintext, &out->ciphertext));
    base_buf_move(&out->kem_output, &enc);
done:
    base_buf_clear(&enc);
    crypto_hpke_ctx_clear(&ctx);
    return err;
}

base_err crypto_hpke_open(const crypto_suite *s, base_bytes private_key, base_bytes kem_output,
                          const crypto_hpke_info *info, base_bytes aad, base_bytes ciphertext,
                          base_buf *out)
{
    crypto_hpke_ctx ctx = {0};
    base_err err = BASE_OK;
    TRY(crypto_hpke_setup_receiver(s, private_key, kem_output, info, &ctx));
    TRY(crypto_hpke_ctx_open(&ctx, aad, ciphertext, out));
done:
    crypto_hpke_ctx_clear(&ctx);
    return err;
}
