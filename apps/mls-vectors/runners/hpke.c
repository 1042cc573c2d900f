/* HPKE (RFC 9180 and draft-ietf-hpke-pq): key pairs, encapsulation with the given randomness, the
 * key schedule, a row of encryptions and exports. KDFs other than HKDF are none of MLS's (a suite
 * of theirs is skipped), and neither are the authenticated modes. */
#include "../vectors.h"

#include <string.h>

#include "crypto/hpke.h"
#include "crypto/hpke_kem.h"

static const char *const keys[] = {"mode",        "kem_id",  "kdf_id", "aead_id",
                                   "encryptions", "exports", NULL};

/* The entry's own randomness, once. */
static base_err give_seed(void *user, uint8_t *p, size_t n)
{
    base_bytes *seed = user;
    if (n != seed->n) {
        return BASE_E_RANDOM;
    }
    memcpy(p, seed->p, n);
    *seed = BASE_BYTES_NONE;
    return BASE_OK;
}

static void key_pair(vec_ctx *c, const crypto_suite *s, const json_t *entry)
{
    base_secret priv = {0};
    base_buf pub = base_buf_on(NULL);
    base_bytes want = vec_hex(c, entry, "pkRm");
    vec_ok(c, crypto_hpke_derive_key_pair(s, vec_hex(c, entry, "ikmR"), &priv, &pub),
           "DeriveKeyPair");
    vec_eq(c, base_secret_bytes(&priv), vec_hex(c, entry, "skRm"), "skRm");
    vec_eq(c, base_buf_bytes(&pub), want, "pkRm");
    vec_ok(c, crypto_hpke_public_key(s, vec_hex(c, entry, "skRm"), &pub), "public key");
    vec_eq(c, base_buf_bytes(&pub), want, "public key of skRm");
    base_buf_clear(&pub);
    base_secret_clear(&priv);
}

static void encryptions(vec_ctx *c, const json_t *entry, crypto_hpke_ctx *to, crypto_hpke_ctx *from)
{
    const json_t *list = vec_array(c, entry, "encryptions");
    base_buf got = base_buf_on(NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        base_bytes aad = vec_hex(c, e, "aad");
        base_bytes pt = vec_hex(c, e, "pt");
        base_bytes ct = vec_hex(c, e, "ct");
        vec_ok(c, crypto_hpke_ctx_seal(to, aad, pt, &got), "seal");
        vec_eq(c, base_buf_bytes(&got), ct, "ct");
        vec_ok(c, crypto_hpke_ctx_open(from, aad, ct, &got), "open");
        vec_eq(c, base_buf_bytes(&got), pt, "pt");
    }
    base_buf_clear(&got);
}

static void exports(vec_ctx *c, const json_t *entry, const crypto_hpke_ctx *ctx)
{
    const json_t *list = vec_array(c, entry, "exports");
    uint8_t got[255];
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        size_t n = (size_t)vec_uint(c, e, "L", sizeof got);
        vec_ok(c, crypto_hpke_ctx_export(ctx, vec_hex(c, e, "exporter_context"), got, n), "export");
        vec_eq(c, base_bytes_of(got, n), vec_hex(c, e, "exported_value"), "exported_value");
    }
}

static void shared_secret(vec_ctx *c, const crypto_suite *s, const json_t *entry)
{
    base_secret got = {0};
    vec_ok(c, crypto_kem_decap(s, vec_hex(c, entry, "skRm"), vec_hex(c, entry, "enc"), &got),
           "Decap");
    vec_eq(c, base_secret_bytes(&got), vec_hex(c, entry, "shared_secret"), "shared_secret");
    base_secret_clear(&got);
}

static void schedule(vec_ctx *c, const json_t *entry, const crypto_hpke_ctx *ctx)
{
    vec_eq(c, base_secret_bytes(&ctx->key), vec_hex(c, entry, "key"), "key");
    vec_eq(c, base_secret_bytes(&ctx->base_nonce), vec_hex(c, entry, "base_nonce"), "base_nonce");
    vec_eq(c, base_secret_bytes(&ctx->exporter_secret), vec_hex(c, entry, "exporter_secret"),
           "exporter_secret");
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    base_bytes seed = vec_hex(c, entry, "ikmE");
    const crypto_env env = {.backend = c->env->backend, .random = {give_seed, &seed}};
    const crypto_suite_parts parts = {.kem = (uint16_t)vec_uint(c, entry, "kem_id", UINT16_MAX),
                                      .hash = (uint16_t)vec_uint(c, entry, "kdf_id", UINT16_MAX),
                                      .aead = (uint16_t)vec_uint(c, entry, "aead_id", UINT16_MAX)};
    bool psk = vec_uint(c, entry, "mode", UINT8_MAX) == 1;
    crypto_suite s;
    crypto_hpke_ctx to = {0};
    crypto_hpke_ctx from = {0};
    base_buf enc = base_buf_on(NULL);
    if (vec_uint(c, entry, "mode", UINT8_MAX) > 1 ||
        crypto_suite_of_parts(&env, &parts, &s) != BASE_OK) {
        return VEC_SKIPPED;
    }
    const crypto_hpke_info info = {.info = vec_hex(c, entry, "info"),
                                   .psk = psk ? vec_hex(c, entry, "psk") : BASE_BYTES_NONE,
                                   .psk_id = psk ? vec_hex(c, entry, "psk_id") : BASE_BYTES_NONE};
    key_pair(c, &s, entry);
    shared_secret(c, &s, entry);
    if (vec_ok(c, crypto_hpke_setup_sender(&s, vec_hex(c, entry, "pkRm"), &info, &enc, &to),
               "SetupS") &&
        vec_eq(c, base_buf_bytes(&enc), vec_hex(c, entry, "enc"), "enc") &&
        vec_ok(c,
               crypto_hpke_setup_receiver(&s, vec_hex(c, entry, "skRm"), base_buf_bytes(&enc),
                                          &info, &from),
               "SetupR")) {
        schedule(c, entry, &to);
        schedule(c, entry, &from);
        encryptions(c, entry, &to, &from);
        exports(c, entry, &to);
        exports(c, entry, &from);
    }
    base_buf_clear(&enc);
    crypto_hpke_ctx_clear(&to);
    crypto_hpke_ctx_clear(&from);
    return vec_done(c);
}

const vec_kind vec_hpke = {"hpke", keys, run};
