/* The labelled functions of RFC 9420 (sections 5.1, 5.2, 8, 9.1). */
#include "../vectors.h"

#include "crypto/labels.h"

static const char *const keys[] = {"ref_hash",
                                   "expand_with_label",
                                   "derive_secret",
                                   "derive_tree_secret",
                                   "sign_with_label",
                                   "encrypt_with_label",
                                   NULL};

static void ref_hash(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    crypto_digest got = {0};
    base_bytes want = vec_hex(c, o, "out");
    vec_ok(c, crypto_ref_hash(s, vec_text(c, o, "label"), vec_hex(c, o, "value"), &got),
           "ref_hash");
    vec_eq(c, crypto_digest_bytes(&got), want, "ref_hash");
}

static void expand_with_label(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    base_secret got = {0};
    size_t n = (size_t)vec_uint(c, o, "length", BASE_SECRET_MAX);
    vec_ok(c,
           crypto_expand_secret(s, vec_hex(c, o, "secret"), vec_text(c, o, "label"),
                                vec_hex(c, o, "context"), n, &got),
           "expand_with_label");
    vec_eq(c, base_secret_bytes(&got), vec_hex(c, o, "out"), "expand_with_label");
}

static void derive_secret(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    base_secret got = {0};
    vec_ok(c, crypto_derive_secret(s, vec_hex(c, o, "secret"), vec_text(c, o, "label"), &got),
           "derive_secret");
    vec_eq(c, base_secret_bytes(&got), vec_hex(c, o, "out"), "derive_secret");
}

static void derive_tree_secret(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    base_secret got = {0};
    size_t n = (size_t)vec_uint(c, o, "length", BASE_SECRET_MAX);
    uint32_t generation = (uint32_t)vec_uint(c, o, "generation", UINT32_MAX);
    vec_ok(c,
           crypto_derive_tree_secret(s, vec_hex(c, o, "secret"), vec_text(c, o, "label"),
                                     generation, n, &got),
           "derive_tree_secret");
    vec_eq(c, base_secret_bytes(&got), vec_hex(c, o, "out"), "derive_tree_secret");
}

static void sign_with_label(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    base_bytes pub = vec_hex(c, o, "pub");
    base_bytes label = vec_text(c, o, "label");
    base_bytes content = vec_hex(c, o, "content");
    base_buf own = base_buf_on(NULL);
    vec_ok(c, crypto_verify_with_label(s, pub, label, content, vec_hex(c, o, "signature")),
           "sign_with_label: the given signature");
    vec_ok(c, crypto_sign_with_label(s, vec_hex(c, o, "priv"), label, content, &own),
           "sign_with_label: sign");
    vec_ok(c, crypto_verify_with_label(s, pub, label, content, base_buf_bytes(&own)),
           "sign_with_label: our signature");
    base_buf_clear(&own);
}

static void encrypt_with_label(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    base_bytes priv = vec_hex(c, o, "priv");
    base_bytes label = vec_text(c, o, "label");
    base_bytes context = vec_hex(c, o, "context");
    base_bytes plaintext = vec_hex(c, o, "plaintext");
    base_buf got = base_buf_on(NULL);
    crypto_sealed own = {0};
    vec_ok(c,
           crypto_decrypt_with_label(s, priv, label, context, vec_hex(c, o, "kem_output"),
                                     vec_hex(c, o, "ciphertext"), &got),
           "encrypt_with_label: the given ciphertext");
    vec_eq(c, base_buf_bytes(&got), plaintext, "encrypt_with_label: the given ciphertext");
    vec_ok(c, crypto_encrypt_with_label(s, vec_hex(c, o, "pub"), label, context, plaintext, &own),
           "encrypt_with_label: encrypt");
    vec_ok(c,
           crypto_decrypt_with_label(s, priv, label, context, base_buf_bytes(&own.kem_output),
                                     base_buf_bytes(&own.ciphertext), &got),
           "encrypt_with_label: our ciphertext");
    vec_eq(c, base_buf_bytes(&got), plaintext, "encrypt_with_label: our ciphertext");
    crypto_sealed_clear(&own);
    base_buf_clear(&got);
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite s;
    if (!vec_suite(c, entry, &s)) {
        return VEC_SKIPPED;
    }
    ref_hash(c, &s, vec_object(c, entry, "ref_hash"));
    expand_with_label(c, &s, vec_object(c, entry, "expand_with_label"));
    derive_secret(c, &s, vec_object(c, entry, "derive_secret"));
    derive_tree_secret(c, &s, vec_object(c, entry, "derive_tree_secret"));
    sign_with_label(c, &s, vec_object(c, entry, "sign_with_label"));
    encrypt_with_label(c, &s, vec_object(c, entry, "encrypt_with_label"));
    return vec_done(c);
}

const vec_kind vec_crypto_basics = {"crypto-basics", keys, run};
