/* Labelled derivation, signing and encryption. The structs of the RFC that go into a hash are made
 * of parts on the stack, so that deriving keys never allocates. */
#include "labels.h"

#include "base/ct.h"
#include "base/wr.h"
#include "hkdf.h"

#define PREFIX CRYPTO_LABEL("MLS 1.0 ")

/* The length in front of an opaque<V> (section 2.1.2) in memory of the caller. */
typedef struct length_prefix {
    uint8_t b[4];
    size_t n;
} length_prefix;

static bool prefix_of(size_t v, length_prefix *out)
{
    unsigned form = v < ((size_t)1 << 6) ? 0 : v < ((size_t)1 << 14) ? 1 : 2;
    if (v >= ((size_t)1 << 30)) {
        return false;
    }
    out->n = (size_t)1 << form;
    for (size_t i = 0; i < out->n; i++) {
        out->b[i] = (uint8_t)(v >> (8 * (out->n - 1 - i)));
    }
    out->b[0] = (uint8_t)(out->b[0] | (form << 6));
    return true;
}

static base_bytes prefix_bytes(const length_prefix *p)
{
    return base_bytes_of(p->b, p->n);
}

base_err crypto_extract(const crypto_suite *s, base_bytes salt, base_bytes ikm, base_secret *out)
{
    return crypto_hkdf_extract(s->hash, salt, &ikm, 1, out);
}

base_err crypto_expand_with_label(const crypto_suite *s, base_bytes secret, base_bytes label,
                                  base_bytes context, uint8_t *out, size_t n)
{
    /* KDFLabel: uint16 length; opaque label<V>; opaque context<V>. */
    const uint8_t length[2] = {(uint8_t)(n >> 8), (uint8_t)n};
    length_prefix label_size;
    length_prefix context_size;
    base_secret kept = {0}; /* out may be where the secret lies */
    base_err err = BASE_OK;
    REQUIRE(n <= UINT16_MAX, BASE_E_ARGUMENT);
    REQUIRE(label.n < SIZE_MAX - PREFIX.n && prefix_of(PREFIX.n + label.n, &label_size) &&
                prefix_of(context.n, &context_size),
            BASE_E_LIMIT);
    TRY(base_secret_set(&kept, secret));
    const base_bytes parts[6] = {base_bytes_of(length, 2),
                                 prefix_bytes(&label_size),
                                 PREFIX,
                                 label,
                                 prefix_bytes(&context_size),
                                 context};
    TRY(crypto_hkdf_expand(s->hash, base_secret_bytes(&kept), parts, 6, out, n));
done:
    base_secret_clear(&kept);
    return err;
}

base_err crypto_expand_secret(const crypto_suite *s, base_bytes secret, base_bytes label,
                              base_bytes context, size_t n, base_secret *out)
{
    base_secret fresh = {.n = n};
    base_err err = BASE_OK;
    REQUIRE(n <= BASE_SECRET_MAX, BASE_E_ARGUMENT);
    TRY(crypto_expand_with_label(s, secret, label, context, fresh.b, n));
    *out = fresh;
done:
    base_secret_clear(&fresh);
    return err;
}

base_err crypto_derive_secret(const crypto_suite *s, base_bytes secret, base_bytes label,
                              base_secret *out)
{
    return crypto_expand_secret(s, secret, label, BASE_BYTES_NONE, s->hash->size, out);
}

base_err crypto_derive_tree_secret(const crypto_suite *s, base_bytes secret, base_bytes label,
                                   uint32_t generation, size_t n, base_secret *out)
{
    const uint8_t context[4] = {(uint8_t)(generation >> 24), (uint8_t)(generation >> 16),
                                (uint8_t)(generation >> 8), (uint8_t)generation};
    return crypto_expand_secret(s, secret, label, base_bytes_of(context, sizeof context), n, out);
}

base_err crypto_ref_hash(const crypto_suite *s, base_bytes label, base_bytes value,
                         crypto_digest *out)
{
    length_prefix label_size;
    length_prefix value_size;
    if (!prefix_of(label.n, &label_size) || !prefix_of(value.n, &value_size)) {
        return BASE_E_LIMIT;
    }
    const base_bytes parts[4] = {prefix_bytes(&label_size), label, prefix_bytes(&value_size),
                                 value};
    return crypto_digest_of(s, parts, 4, out);
}

/* SignContent and EncryptContext are the same struct: opaque label<V>, opaque content<V>. */
static base_err labelled(base_bytes label, base_bytes content, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_err err = base_buf_reserve(out, PREFIX.n + label.n + content.n + 8);
    if (err != BASE_OK) {
        return err;
    }
    size_t mark = base_wr_open(&w);
    base_wr_fixed(&w, PREFIX);
    base_wr_fixed(&w, label);
    base_wr_close(&w, mark);
    base_wr_vec(&w, content);
    return base_wr_end(&w);
}

base_err crypto_sign_with_label(const crypto_suite *s, base_bytes private_key, base_bytes label,
                                base_bytes content, base_buf *signature)
{
    base_buf message = base_buf_on(s->env->alloc);
    base_secret own = {0};
    base_buf unused = base_buf_on(s->env->alloc);
    uint8_t sig[CRYPTO_SIGNATURE_MAX];
    size_t n = 0;
    base_err err = BASE_OK;
    if (private_key.n == s->sig->seed_size && s->sig->seed_size != s->sig->private_size) {
        TRY(crypto_sig_import(s, private_key, &own, &unused));
        private_key = base_secret_bytes(&own);
    }
    REQUIRE(private_key.n == s->sig->private_size, CRYPTO_E_KEY);
    TRY(labelled(label, content, &message));
    TRY(s->sig->sign(private_key, base_buf_bytes(&message), sig, &n));
    TRY(base_buf_set(signature, base_bytes_of(sig, n)));
done:
    base_secret_clear(&own);
    base_buf_clear(&unused);
    base_buf_clear(&message);
    return err;
}

base_err crypto_verify_with_label(const crypto_suite *s, base_bytes public_key, base_bytes label,
                                  base_bytes content, base_bytes signature)
{
    base_buf message = base_buf_on(s->env->alloc);
    base_err err = BASE_OK;
    TRY(labelled(label, content, &message));
    TRY(s->sig->verify(public_key, base_buf_bytes(&message), signature));
done:
    base_buf_clear(&message);
    return err;
}

base_err crypto_encrypt_context(const crypto_suite *s, base_bytes label, base_bytes context,
                                crypto_digest *out)
{
    base_buf info = base_buf_on(s->env->alloc);
    base_err err = BASE_OK;
    TRY(labelled(label, context, &info));
    TRY(crypto_hpke_info_hash(s, base_buf_bytes(&info), out));
done:
    base_buf_clear(&info);
    return err;
}

base_err crypto_encrypt_in_context(const crypto_suite *s, base_bytes public_key,
                                   const crypto_digest *context, base_bytes plaintext,
                                   crypto_sealed *out)
{
    const crypto_hpke_info hpke = {.info_hash = context};
    return crypto_hpke_seal(s, public_key, &hpke, BASE_BYTES_NONE, plaintext, out);
}

base_err crypto_encrypt_with_label(const crypto_suite *s, base_bytes public_key, base_bytes label,
                                   base_bytes context, base_bytes plaintext, crypto_sealed *out)
{
    crypto_digest hash = {0};
    base_err err = crypto_encrypt_context(s, label, context, &hash);
    if (err == BASE_OK) {
        err = crypto_encrypt_in_context(s, public_key, &hash, plaintext, out);
    }
    return err;
}

base_err crypto_decrypt_with_label(const crypto_suite *s, base_bytes private_key, base_bytes label,
                                   base_bytes context, base_bytes kem_output, base_bytes ciphertext,
                                   base_buf *out)
{
    const crypto_hpke_keys keys = {private_key, BASE_BYTES_NONE};
    return crypto_decrypt_with_keys(s, &keys, label, context, kem_output, ciphertext, out);
}

base_err crypto_decrypt_with_keys(const crypto_suite *s, const crypto_hpke_keys *keys,
                                  base_bytes label, base_bytes context, base_bytes kem_output,
                                  base_bytes ciphertext, base_buf *out)
{
    base_buf info = base_buf_on(s->env->alloc);
    base_err err = BASE_OK;
    TRY(labelled(label, context, &info));
    const crypto_hpke_info hpke = {.info = base_buf_bytes(&info), .receiver = keys->public_key};
    TRY(crypto_hpke_open(s, keys->private_key, kem_output, &hpke, BASE_BYTES_NONE, ciphertext,
                         out));
done:
    base_buf_clear(&info);
    return err;
}
