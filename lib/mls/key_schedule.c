/* The key schedule. Intermediate secrets (the two Extract outputs, epoch_secret) live on this stack
 * for the length of one call and are wiped before it returns. */
#include "key_schedule.h"

#include "base/rd.h"
#include "base/wr.h"

/* An absent commit_secret or psk_secret is Nh zeros. */
static base_bytes or_zeros(const crypto_suite *s, base_bytes secret)
{
    static const uint8_t zeros[CRYPTO_HASH_MAX];
    return secret.n > 0 ? secret : base_bytes_of(zeros, s->hash->size);
}

void mls_epoch_secrets_clear(mls_epoch_secrets *e)
{
    base_wipe(e, sizeof *e);
}

base_err mls_joiner_secret_derive(const crypto_suite *s, base_bytes init_secret,
                                  base_bytes commit_secret, base_bytes group_context,
                                  base_secret *joiner_secret)
{
    base_secret extracted = {0};
    base_err err = BASE_OK;
    TRY(crypto_extract(s, init_secret, or_zeros(s, commit_secret), &extracted));
    TRY(crypto_expand_secret(s, base_secret_bytes(&extracted), CRYPTO_LABEL("joiner"),
                             group_context, s->hash->size, joiner_secret));
done:
    base_secret_clear(&extracted);
    return err;
}

/* KDF.Extract(joiner_secret, psk_secret): the parent of welcome_secret and epoch_secret. */
static base_err member_secret(const crypto_suite *s, base_bytes joiner_secret,
                              base_bytes psk_secret, base_secret *out)
{
    return crypto_extract(s, joiner_secret, or_zeros(s, psk_secret), out);
}

base_err mls_welcome_secret_derive(const crypto_suite *s, base_bytes joiner_secret,
                                   base_bytes psk_secret, base_secret *welcome_secret)
{
    base_secret member = {0};
    base_err err = BASE_OK;
    TRY(member_secret(s, joiner_secret, psk_secret, &member));
    TRY(crypto_derive_secret(s, base_secret_bytes(&member), CRYPTO_LABEL("welcome"),
                             welcome_secret));
done:
    base_secret_clear(&member);
    return err;
}

base_err mls_welcome_key_derive(const crypto_suite *s, base_bytes welcome_secret, base_secret *key,
                                base_secret *nonce)
{
    base_secret fresh = {0};
    base_err err = BASE_OK;
    TRY(crypto_expand_secret(s, welcome_secret, CRYPTO_LABEL("key"), BASE_BYTES_NONE,
                             s->aead->key_size, &fresh));
    TRY(crypto_expand_secret(s, welcome_secret, CRYPTO_LABEL("nonce"), BASE_BYTES_NONE,
                             s->aead->nonce_size, nonce));
    *key = fresh;
done:
    base_secret_clear(&fresh);
    return err;
}

/* Table 4 of section 8, the next init_secret, and application_export_secret, which
 * draft-ietf-mls-extensions adds in section 4.4. */
static base_err expand_epoch(const crypto_suite *s, const base_secret *epoch_secret,
                             mls_epoch_secrets *out)
{
    base_bytes from = base_secret_bytes(epoch_secret);
    mls_epoch_secrets e = {0};
    base_err err = BASE_OK;
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("sender data"), &e.sender_data_secret));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("encryption"), &e.encryption_secret));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("exporter"), &e.exporter_secret));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("external"), &e.external_secret));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("confirm"), &e.confirmation_key));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("membership"), &e.membership_key));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("resumption"), &e.resumption_psk));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("authentication"), &e.epoch_authenticator));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("init"), &e.init_secret));
    TRY(crypto_derive_secret(s, from, CRYPTO_LABEL("application_export"), &e.application_export));
    *out = e;
done:
    mls_epoch_secrets_clear(&e);
    return err;
}

base_err mls_epoch_secrets_derive(const crypto_suite *s, base_bytes joiner_secret,
                                  base_bytes psk_secret, base_bytes group_context,
                                  mls_epoch_secrets *out)
{
    base_secret member = {0};
    base_secret epoch_secret = {0};
    base_err err = BASE_OK;
    TRY(member_secret(s, joiner_secret, psk_secret, &member));
    TRY(crypto_expand_secret(s, base_secret_bytes(&member), CRYPTO_LABEL("epoch"), group_context,
                             s->hash->size, &epoch_secret));
    TRY(expand_epoch(s, &epoch_secret, out));
done:
    base_secret_clear(&member);
    base_secret_clear(&epoch_secret);
    return err;
}

base_err mls_epoch_secrets_generate(const crypto_suite *s, mls_epoch_secrets *out)
{
    base_secret epoch_secret = {0};
    base_err err = BASE_OK;
    TRY(crypto_random_secret(s, s->hash->size, &epoch_secret));
    TRY(expand_epoch(s, &epoch_secret, out));
done:
    base_secret_clear(&epoch_secret);
    return err;
}

base_err mls_export(const crypto_suite *s, base_bytes exporter_secret, base_bytes label,
                    base_bytes context, uint8_t *out, size_t n)
{
    base_secret derived = {0};
    crypto_digest hash;
    base_err err = BASE_OK;
    TRY(crypto_derive_secret(s, exporter_secret, label, &derived));
    TRY(crypto_digest_of(s, &context, 1, &hash));
    TRY(crypto_expand_with_label(s, base_secret_bytes(&derived), CRYPTO_LABEL("exported"),
                                 crypto_digest_bytes(&hash), out, n));
done:
    base_secret_clear(&derived);
    return err;
}

base_err mls_external_key_derive(const crypto_suite *s, base_bytes external_secret,
                                 base_secret *private_key, base_buf *public_key)
{
    return crypto_hpke_derive_key_pair(s, external_secret, private_key, public_key);
}

/* The export both sides make. Its label is whole: no "MLS 1.0 " is put in front. */
static base_err export_init(const crypto_hpke_ctx *ctx, base_secret *init_secret)
{
    base_secret fresh = {.n = ctx->suite->hash->size};
    base_err err =
        crypto_hpke_ctx_export(ctx, CRYPTO_LABEL("MLS 1.0 external init secret"), fresh.b, fresh.n);
    if (err == BASE_OK) {
        *init_secret = fresh;
    }
    base_secret_clear(&fresh);
    return err;
}

base_err mls_external_init_make(const crypto_suite *s, base_bytes external_pub,
                                base_buf *kem_output, base_secret *init_secret)
{
    static const crypto_hpke_info none;
    crypto_hpke_ctx ctx = {0};
    base_buf enc = base_buf_on(kem_output->alloc);
    base_err err = BASE_OK;
    TRY(crypto_hpke_setup_sender(s, external_pub, &none, &enc, &ctx));
    TRY(export_init(&ctx, init_secret));
    base_buf_move(kem_output, &enc);
done:
    base_buf_clear(&enc);
    crypto_hpke_ctx_clear(&ctx);
    return err;
}

base_err mls_external_init_open(const crypto_suite *s, base_bytes external_secret,
                                base_bytes kem_output, base_secret *init_secret)
{
    static const crypto_hpke_info none;
    crypto_hpke_ctx ctx = {0};
    base_secret priv = {0};
    base_buf pub = base_buf_on(s->env->alloc);
    base_err err = BASE_OK;
    TRY(mls_external_key_derive(s, external_secret, &priv, &pub));
    TRY(crypto_hpke_setup_receiver(s, base_secret_bytes(&priv), kem_output, &none, &ctx));
    TRY(export_init(&ctx, init_secret));
done:
    base_secret_clear(&priv);
    base_buf_clear(&pub);
    crypto_hpke_ctx_clear(&ctx);
    return err;
}

/* ---- the store ---- */

/* Where the secrets lie, in the order of the encoding: each is one opaque<V>. */
static const size_t places[] = {offsetof(mls_epoch_secrets, sender_data_secret),
                                offsetof(mls_epoch_secrets, encryption_secret),
                                offsetof(mls_epoch_secrets, exporter_secret),
                                offsetof(mls_epoch_secrets, external_secret),
                                offsetof(mls_epoch_secrets, confirmation_key),
                                offsetof(mls_epoch_secrets, membership_key),
                                offsetof(mls_epoch_secrets, resumption_psk),
                                offsetof(mls_epoch_secrets, epoch_authenticator),
                                offsetof(mls_epoch_secrets, init_secret),
                                offsetof(mls_epoch_secrets, application_export)};

#define PLACES (sizeof places / sizeof places[0])
#define PLACES_BEFORE 9 /* of the RFC alone */

base_err mls_epoch_secrets_encode(const mls_epoch_secrets *e, base_buf *out)
{
    base_buf fresh = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&fresh);
    for (size_t i = 0; i < PLACES; i++) {
        const void *at = (const uint8_t *)e + places[i];
        base_wr_vec(&w, base_secret_bytes(at));
    }
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &fresh);
    }
    base_buf_clear(&fresh);
    return err;
}

static void read_secret(base_rd *r, size_t size, base_secret *out)
{
    base_bytes b = base_rd_vec(r);
    if (r->err == BASE_OK && ((b.n != 0 && b.n != size) || base_secret_set(out, b) != BASE_OK)) {
        base_rd_fail(r, BASE_E_CORRUPT);
    }
}

base_err mls_epoch_secrets_decode(const crypto_suite *s, base_bytes in, mls_epoch_secrets *out)
{
    mls_epoch_secrets e = {0};
    base_rd r = base_rd_on(in);
    for (size_t i = 0; i < PLACES && (i < PLACES_BEFORE || base_rd_more(&r)); i++) {
        void *at = (uint8_t *)&e + places[i];
        read_secret(&r, s->hash->size, at);
    }
    base_err err = base_rd_end(&r);
    if (err == BASE_OK) {
        *out = e;
    }
    mls_epoch_secrets_clear(&e);
    return err == BASE_OK ? BASE_OK : BASE_E_CORRUPT;
}
