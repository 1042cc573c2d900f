/* The KEMs of HPKE: DHKEM over a group of the backend (RFC 9180, section 4.1), and native ones,
 * whose DeriveKeyPair stretches its input with SHAKE256 (draft-ietf-hpke-pq). The labels and the
 * order of the inputs differ between the two: HPKE's own LabeledExtract and LabeledExpand are
 * two-stage, the draft's LabeledDerive is one hash. */
#include "hpke_kem.h"

#include "base/ct.h"
#include "hkdf.h"
#include "labels.h"

#define VERSION CRYPTO_LABEL("HPKE-v1")
#define INFO_PARTS (CRYPTO_HKDF_PARTS - 4)
#define CANDIDATES 256 /* section 7.1.3: the counter is one byte */

/* ---- labelled HKDF ---- */

base_err crypto_labeled_extract(const crypto_hash_alg *hash, base_bytes suite_id, base_bytes salt,
                                base_bytes label, base_bytes ikm, base_secret *prk)
{
    const base_bytes parts[4] = {VERSION, suite_id, label, ikm};
    return crypto_hkdf_extract(hash, salt, parts, 4, prk);
}

base_err crypto_labeled_expand(const crypto_hash_alg *hash, base_bytes suite_id, base_bytes prk,
                               const crypto_labeled_info *info, uint8_t *out)
{
    const uint8_t length[2] = {(uint8_t)(info->n >> 8), (uint8_t)info->n};
    base_bytes parts[CRYPTO_HKDF_PARTS] = {base_bytes_of(length, 2), VERSION, suite_id,
                                           info->label};
    if (info->count > INFO_PARTS || info->n > UINT16_MAX) {
        base_wipe(out, info->n);
        return BASE_E_ARGUMENT;
    }
    for (size_t i = 0; i < info->count; i++) {
        parts[4 + i] = info->info[i];
    }
    return crypto_hkdf_expand(hash, prk, parts, 4 + info->count, out, info->n);
}

/* suite_id of a KEM: "KEM", then its id. */
static void kem_suite_id(uint16_t kem_id, uint8_t id[static 5])
{
    memcpy(id, "KEM", 3);
    id[3] = (uint8_t)(kem_id >> 8);
    id[4] = (uint8_t)kem_id;
}

/* ---- sizes ---- */

size_t crypto_hpke_private_size(const crypto_suite *s)
{
    return s->dh != NULL ? s->dh->private_size : s->kem->private_size;
}

size_t crypto_hpke_public_size(const crypto_suite *s)
{
    return s->dh != NULL ? s->dh->public_size : s->kem->public_size;
}

size_t crypto_hpke_enc_size(const crypto_suite *s)
{
    return s->dh != NULL ? s->dh->public_size : s->kem->enc_size;
}

/* ---- DHKEM ---- */

/* DeriveKeyPair by expansion, when any bytes are a private key (section 7.1.3, X25519). */
static base_err dh_derive_any(const crypto_suite *s, base_bytes id, const base_secret *prk,
                              uint8_t *priv, uint8_t *pub)
{
    crypto_labeled_info info = {CRYPTO_LABEL("sk"), NULL, 0, s->dh->private_size};
    base_err err = BASE_OK;
    TRY(crypto_labeled_expand(s->dh_hash, id, base_secret_bytes(prk), &info, priv));
    TRY(s->dh->public_key(base_bytes_of(priv, s->dh->private_size), pub));
done:
    return err;
}

/* DeriveKeyPair by rejection sampling, when a private key must lie below the group's order. Which
 * candidate is taken depends on the secret, but the others are thrown away unused. */
static base_err dh_derive_scalar(const crypto_suite *s, base_bytes id, const base_secret *prk,
                                 uint8_t *priv, uint8_t *pub)
{
    base_err err = BASE_OK;
    for (unsigned i = 0; i < CANDIDATES; i++) {
        uint8_t counter = (uint8_t)i;
        base_bytes part = base_bytes_of(&counter, 1);
        crypto_labeled_info info = {CRYPTO_LABEL("candidate"), &part, 1, s->dh->private_size};
        TRY(crypto_labeled_expand(s->dh_hash, id, base_secret_bytes(prk), &info, priv));
        priv[0] &= s->dh->scalar_mask;
        err = s->dh->public_key(base_bytes_of(priv, s->dh->private_size), pub);
        if (err != CRYPTO_E_KEY) {
            goto done;
        }
    }
done:
    return err;
}

static base_err dh_derive(const crypto_suite *s, base_bytes ikm, uint8_t *priv, uint8_t *pub)
{
    uint8_t id_bytes[5];
    base_secret prk = {0};
    base_err err = BASE_OK;
    kem_suite_id(s->kem_id, id_bytes);
    base_bytes id = base_bytes_of(id_bytes, sizeof id_bytes);
    TRY(crypto_labeled_extract(s->dh_hash, id, BASE_BYTES_NONE, CRYPTO_LABEL("dkp_prk"), ikm,
                               &prk));
    if (s->dh->scalar_mask == 0) {
        TRY(dh_derive_any(s, id, &prk, priv, pub));
    } else {
        TRY(dh_derive_scalar(s, id, &prk, priv, pub));
    }
done:
    base_secret_clear(&prk);
    return err;
}

/* ExtractAndExpand(dh, enc || pkR). */
static base_err dh_finish(const crypto_suite *s, base_bytes dh, base_bytes enc, base_bytes receiver,
                          base_secret *shared)
{
    uint8_t id_bytes[5];
    base_secret prk = {0};
    base_secret out = {.n = s->dh_hash->size};
    base_err err = BASE_OK;
    kem_suite_id(s->kem_id, id_bytes);
    base_bytes id = base_bytes_of(id_bytes, sizeof id_bytes);
    const base_bytes context[2] = {enc, receiver};
    crypto_labeled_info info = {CRYPTO_LABEL("shared_secret"), context, 2, out.n};
    TRY(crypto_labeled_extract(s->dh_hash, id, BASE_BYTES_NONE, CRYPTO_LABEL("eae_prk"), dh, &prk));
    TRY(crypto_labeled_expand(s->dh_hash, id, base_secret_bytes(&prk), &info, out.b));
    *shared = out;
done:
    base_secret_clear(&prk);
    base_secret_clear(&out);
    return err;
}

static base_err dh_encap(const crypto_suite *s, base_bytes public_key, base_buf *enc,
                         base_secret *shared)
{
    base_secret ephemeral = {0};
    base_buf own = base_buf_on(enc->alloc);
    uint8_t dh[CRYPTO_DH_SECRET_MAX] = {0};
    base_err err = BASE_OK;
    REQUIRE(public_key.n == s->dh->public_size, CRYPTO_E_KEY);
    TRY(crypto_hpke_generate_key_pair(s, &ephemeral, &own));
    TRY(s->dh->shared(base_secret_bytes(&ephemeral), public_key, dh));
    TRY(dh_finish(s, base_bytes_of(dh, s->dh->secret_size), base_buf_bytes(&own), public_key,
                  shared));
    base_buf_move(enc, &own);
done:
    base_wipe(dh, sizeof dh);
    base_secret_clear(&ephemeral);
    base_buf_clear(&own);
    return err;
}

static base_err dh_decap(const crypto_suite *s, const crypto_hpke_keys *keys, base_bytes enc,
                         base_secret *shared)
{
    base_bytes private_key = keys->private_key;
    base_bytes public_key = keys->public_key;
    uint8_t own[CRYPTO_KEM_PUBLIC_MAX];
    uint8_t dh[CRYPTO_DH_SECRET_MAX] = {0};
    base_err err = BASE_OK;
    REQUIRE(enc.n == s->dh->public_size && private_key.n == s->dh->private_size, CRYPTO_E_KEY);
    TRY(s->dh->shared(private_key, enc, dh));
    if (public_key.n == 0) {
        TRY(s->dh->public_key(private_key, own));
        public_key = base_bytes_of(own, s->dh->public_size);
    }
    TRY(dh_finish(s, base_bytes_of(dh, s->dh->secret_size), enc, public_key, shared));
done:
    base_wipe(dh, sizeof dh);
    return err;
}

/* ---- native ---- */

/* LabeledDerive(ikm, "DeriveKeyPair", "", Nsk): SHAKE256 of ikm, version, suite_id, and then label
 * and output length, which take two bytes each for a size; or of ikm alone (crypto_suite). */
static base_err native_derive(const crypto_suite *s, base_bytes ikm, uint8_t *priv, uint8_t *pub)
{
    static const uint8_t label_size[2] = {0, 13};
    size_t n = s->kem->private_size;
    const uint8_t length[2] = {(uint8_t)(n >> 8), (uint8_t)n};
    uint8_t id[5];
    base_err err = BASE_OK;
    kem_suite_id(s->kem_id, id);
    const base_bytes parts[6] = {ikm,
                                 VERSION,
                                 base_bytes_of(id, sizeof id),
                                 base_bytes_of(label_size, 2),
                                 CRYPTO_LABEL("DeriveKeyPair"),
                                 base_bytes_of(length, 2)};
    TRY(s->xof->digest(parts, s->bare_derive ? 1 : 6, priv, n));
    TRY(s->kem->public_key(base_bytes_of(priv, n), pub));
done:
    return err;
}

static base_err native_encap(const crypto_suite *s, base_bytes public_key, base_buf *enc,
                             base_secret *shared)
{
    uint8_t seed[CRYPTO_SEED_MAX] = {0};
    base_secret out = {.n = s->kem->secret_size};
    base_buf fresh = base_buf_on(enc->alloc);
    base_err err = BASE_OK;
    REQUIRE(public_key.n == s->kem->public_size, CRYPTO_E_KEY);
    TRY(base_buf_resize(&fresh, s->kem->enc_size));
    TRY(crypto_random_fill(s, seed, s->kem->encap_seed_size));
    TRY(s->kem->encap(public_key, base_bytes_of(seed, s->kem->encap_seed_size), fresh.p, out.b));
    base_buf_move(enc, &fresh);
    *shared = out;
done:
    base_wipe(seed, sizeof seed);
    base_secret_clear(&out);
    base_buf_clear(&fresh);
    return err;
}

static base_err native_decap(const crypto_suite *s, const crypto_hpke_keys *keys, base_bytes enc,
                             base_secret *shared)
{
    base_bytes private_key = keys->private_key;
    base_secret out = {.n = s->kem->secret_size};
    base_err err = BASE_OK;
    REQUIRE(private_key.n == s->kem->private_size && enc.n == s->kem->enc_size, CRYPTO_E_KEY);
    TRY(s->kem->decap(private_key, enc, out.b));
    *shared = out;
done:
    base_secret_clear(&out);
    return err;
}

/* ---- either ---- */

base_err crypto_hpke_derive_key_pair(const crypto_suite *s, base_bytes ikm,
                                     base_secret *private_key, base_buf *public_key)
{
    uint8_t priv[CRYPTO_PRIVATE_MAX] = {0};
    uint8_t pub[CRYPTO_KEM_PUBLIC_MAX];
    base_err err = BASE_OK;
    REQUIRE(ikm.n > 0, BASE_E_ARGUMENT);
    TRY((s->dh != NULL ? dh_derive : native_derive)(s, ikm, priv, pub));
    TRY(base_buf_set(public_key, base_bytes_of(pub, crypto_hpke_public_size(s))));
    TRY(base_secret_set(private_key, base_bytes_of(priv, crypto_hpke_private_size(s))));
done:
    base_wipe(priv, sizeof priv);
    return err;
}

base_err crypto_hpke_generate_key_pair(const crypto_suite *s, base_secret *private_key,
                                       base_buf *public_key)
{
    base_secret ikm = {0};
    base_err err = BASE_OK;
    TRY(crypto_random_secret(s, crypto_hpke_private_size(s), &ikm));
    TRY(crypto_hpke_derive_key_pair(s, base_secret_bytes(&ikm), private_key, public_key));
done:
    base_secret_clear(&ikm);
    return err;
}

base_err crypto_hpke_public_key(const crypto_suite *s, base_bytes private_key, base_buf *public_key)
{
    uint8_t pub[CRYPTO_KEM_PUBLIC_MAX];
    base_err err = BASE_OK;
    TRY((s->dh != NULL ? s->dh->public_key : s->kem->public_key)(private_key, pub));
    TRY(base_buf_set(public_key, base_bytes_of(pub, crypto_hpke_public_size(s))));
done:
    return err;
}

base_err crypto_hpke_check_public(const crypto_suite *s, base_bytes public_key)
{
    return s->dh != NULL ? s->dh->check(public_key) : s->kem->check(public_key);
}

base_err crypto_kem_encap(const crypto_suite *s, base_bytes public_key, base_buf *enc,
                          base_secret *shared)
{
    return (s->dh != NULL ? dh_encap : native_encap)(s, public_key, enc, shared);
}

base_err crypto_kem_decap(const crypto_suite *s, base_bytes private_key, base_bytes enc,
                          base_secret *shared)
{
    const crypto_hpke_keys keys = {private_key, BASE_BYTES_NONE};
    return crypto_kem_decap_keys(s, &keys, enc, shared);
}

base_err crypto_kem_decap_keys(const crypto_suite *s, const crypto_hpke_keys *keys, base_bytes enc,
                               base_secret *shared)
{
    return (s->dh != NULL ? dh_decap : native_decap)(s, keys, enc, shared);
}
