/* See targeted.h. The structs that are signed, authenticated and derived from are written by one
 * function each, for both ends. */
#include "targeted.h"

#include "base/num.h"
#include "crypto/labels.h"
#include "key_schedule.h"
#include "message.h"
#include "secret_tree.h"

#define PAD_MAX ((size_t)1 << 30) /* a vector's own bound: section 2.1.2 of the RFC */

/* ---- on the wire ---- */

void mls_targeted_message_read(base_rd *r, mls_targeted_message *out)
{
    *out = (mls_targeted_message){0};
    out->group_id = base_rd_vec(r);
    out->epoch = base_rd_u64(r);
    out->recipient.v = base_rd_u32(r);
    out->authenticated_data = base_rd_vec(r);
    out->encrypted_sender = base_rd_vec(r);
    out->ciphertext = base_rd_vec(r);
}

/* SenderAuthDataAAD, with which TargetedMessage and both structs below begin. */
static void address_write(base_wr *w, const mls_targeted_message *m)
{
    base_wr_vec(w, m->group_id);
    base_wr_u64(w, m->epoch);
    base_wr_u32(w, m->recipient.v);
}

void mls_targeted_message_write(base_wr *w, const mls_targeted_message *m)
{
    address_write(w, m);
    base_wr_vec(w, m->authenticated_data);
    base_wr_vec(w, m->encrypted_sender);
    base_wr_vec(w, m->ciphertext);
}

/* TargetedMessageTBM, the aad of the content. */
static void tbm_write(base_wr *w, const mls_targeted_message *m, const mls_targeted_sender *s)
{
    address_write(w, m);
    base_wr_vec(w, m->authenticated_data);
    base_wr_u32(w, s->leaf.v);
    base_wr_vec(w, s->kem_output);
}

/* TargetedMessageTBS: the ciphertext by its hash, so that it is verified before it is opened. */
static base_err tbs_encode(const crypto_suite *suite, const mls_targeted_message *m,
                           const mls_targeted_sender *s, base_buf *out)
{
    crypto_digest hash = {0};
    base_wr w = base_wr_on(out);
    base_err err = crypto_digest_of(suite, &m->ciphertext, 1, &hash);
    if (err != BASE_OK) {
        return err;
    }
    base_wr_u16(&w, MLS_VERSION_MLS10);
    base_wr_u16(&w, MLS_WIRE_TARGETED_MESSAGE);
    tbm_write(&w, m, s);
    base_wr_vec(&w, crypto_digest_bytes(&hash));
    return base_wr_end(&w);
}

/* ---- keys ---- */

static base_err export_secret(const mls_targeted_epoch *e, base_bytes context, base_secret *out)
{
    base_secret made = {.n = e->suite->hash->size};
    base_err err = mls_export(e->suite, e->exporter_secret, CRYPTO_LABEL("targeted message"),
                              context, made.b, made.n);
    if (err == BASE_OK) {
        *out = made;
    }
    base_secret_clear(&made);
    return err;
}

/* PSKId, and TargetedMessageContext (sections 3 and 6.2). */
static base_err info_encode(const mls_targeted_message *m, base_buf *psk_id, base_buf *info)
{
    base_wr w = base_wr_on(psk_id);
    base_wr_vec(&w, m->group_id);
    base_wr_u64(&w, m->epoch);
    base_wr_vec(&w, CRYPTO_LABEL("MLS 1.0 targeted message psk"));
    base_wr v = base_wr_on(info);
    base_wr_vec(&v, CRYPTO_LABEL("MLS 1.0 TargetedMessageData"));
    base_wr_vec(&v, BASE_BYTES_NONE);
    return base_wr_end(&w) != BASE_OK ? base_wr_end(&w) : base_wr_end(&v);
}

/* What both ends put into HPKE. Clear it. */
typedef struct hpke_inputs {
    base_buf psk_id;
    base_buf context;
    base_buf aad;
    base_secret psk;
    crypto_hpke_info info;
} hpke_inputs;

static void inputs_clear(hpke_inputs *in)
{
    base_buf_clear(&in->psk_id);
    base_buf_clear(&in->context);
    base_buf_clear(&in->aad);
    base_secret_clear(&in->psk);
}

static base_err inputs_init(const mls_targeted_epoch *e, const mls_targeted_message *m,
                            hpke_inputs *in)
{
    const base_alloc *alloc = crypto_suite_alloc(e->suite);
    *in = (hpke_inputs){
        .psk_id = base_buf_on(alloc), .context = base_buf_on(alloc), .aad = base_buf_on(alloc)};
    base_err err = info_encode(m, &in->psk_id, &in->context);
    if (err == BASE_OK) {
        err = export_secret(e, CRYPTO_LABEL("psk"), &in->psk);
    }
    in->info = (crypto_hpke_info){.info = base_buf_bytes(&in->context),
                                  .psk = base_secret_bytes(&in->psk),
                                  .psk_id = base_buf_bytes(&in->psk_id)};
    return err;
}

static base_err inputs_bind(const mls_targeted_message *m, const mls_targeted_sender *s,
                            hpke_inputs *in)
{
    base_wr w = base_wr_on(&in->aad);
    tbm_write(&w, m, s);
    return base_wr_end(&w);
}

/* Key and nonce of the sender's data beside the ciphertext, and its aad (section 6.3). */
static base_err sender_key(const mls_targeted_epoch *e, const mls_targeted_message *m,
                           mls_message_key *key, base_buf *aad)
{
    base_err err = BASE_OK;
    base_secret secret = {0};
    base_wr w = base_wr_on(aad);
    TRY(export_secret(e, CRYPTO_LABEL("sender auth data secret"), &secret));
    TRY(mls_sender_data_key(e->suite, base_secret_bytes(&secret), m->ciphertext, key));
    address_write(&w, m);
    TRY(base_wr_end(&w));
done:
    base_secret_clear(&secret);
    return err;
}

/* ---- protect ---- */

static base_err content_encode(base_bytes plaintext, size_t pad_to, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_vec(&w, plaintext);
    base_err err = base_wr_end(&w);
    size_t rest = pad_to > 0 ? out->n % pad_to : 0;
    if (err == BASE_OK && rest > 0) {
        err = pad_to <= PAD_MAX ? base_buf_resize(out, out->n + pad_to - rest) : BASE_E_LIMIT;
    }
    return err;
}

/* kem_output and ciphertext: the aad names the kem_output, so that there are two steps. */
static base_err seal_content(const mls_targeted_epoch *e, const mls_targeted_from *from,
                             mls_targeted_message *m, base_bytes content, crypto_sealed *out)
{
    base_err err = BASE_OK;
    hpke_inputs in;
    crypto_hpke_ctx ctx = {0};
    TRY(inputs_init(e, m, &in));
    TRY(crypto_hpke_setup_sender(e->suite, from->recipient_key, &in.info, &out->kem_output, &ctx));
    const mls_targeted_sender s = {.leaf = from->leaf,
                                   .kem_output = base_buf_bytes(&out->kem_output)};
    TRY(inputs_bind(m, &s, &in));
    TRY(crypto_hpke_ctx_seal(&ctx, base_buf_bytes(&in.aad), content, &out->ciphertext));
    m->ciphertext = base_buf_bytes(&out->ciphertext);
done:
    crypto_hpke_ctx_clear(&ctx);
    inputs_clear(&in);
    return err;
}

/* TargetedMessageSenderAuthData, signed and encrypted. */
static base_err seal_sender(const mls_targeted_epoch *e, const mls_targeted_from *from,
                            const mls_targeted_message *m, base_bytes kem_output, base_buf *out)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = crypto_suite_alloc(e->suite);
    base_buf tbs = base_buf_on(alloc);
    base_buf signature = base_buf_on(alloc);
    base_buf aad = base_buf_on(alloc);
    mls_message_key key = {0};
    mls_targeted_sender s = {.leaf = from->leaf, .kem_output = kem_output};
    base_wr w = base_wr_on(out);
    TRY(tbs_encode(e->suite, m, &s, &tbs));
    TRY(crypto_sign_with_label(e->suite, from->signature_private,
                               CRYPTO_LABEL("TargetedMessageTBS"), base_buf_bytes(&tbs),
                               &signature));
    base_wr_u32(&w, s.leaf.v);
    base_wr_vec(&w, base_buf_bytes(&signature));
    base_wr_vec(&w, s.kem_output);
    TRY(base_wr_end(&w));
    TRY(sender_key(e, m, &key, &aad));
    size_t n = out->n;
    TRY(base_buf_resize(out, n + e->suite->aead->tag_size));
    TRY(e->suite->aead->seal(base_secret_bytes(&key.key), base_secret_bytes(&key.nonce),
                             base_buf_bytes(&aad), base_bytes_of(out->p, n), out->p));
done:
    mls_message_key_clear(&key);
    base_buf_clear(&aad);
    base_buf_clear(&signature);
    base_buf_clear(&tbs);
    return err;
}

base_err mls_targeted_protect_content(const mls_targeted_epoch *e, const mls_targeted_from *from,
                                      const mls_targeted_message *m, base_bytes content,
                                      base_buf *message)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = crypto_suite_alloc(e->suite);
    base_buf sender = base_buf_on(alloc);
    base_buf out = base_buf_on(message->alloc);
    crypto_sealed sealed = {base_buf_on(alloc), base_buf_on(alloc)};
    mls_targeted_message made = *m;
    base_wr w = base_wr_on(&out);
    TRY(seal_content(e, from, &made, content, &sealed));
    TRY(seal_sender(e, from, &made, base_buf_bytes(&sealed.kem_output), &sender));
    made.encrypted_sender = base_buf_bytes(&sender);
    mls_message_begin(&w, MLS_WIRE_TARGETED_MESSAGE);
    mls_targeted_message_write(&w, &made);
    TRY(base_wr_end(&w));
    base_buf_move(message, &out);
done:
    crypto_sealed_clear(&sealed);
    base_buf_clear(&out);
    base_buf_clear(&sender);
    return err;
}

base_err mls_targeted_protect(const mls_targeted_epoch *e, const mls_targeted_from *from,
                              const mls_targeted_message *m, base_bytes plaintext, size_t pad_to,
                              base_buf *message)
{
    base_buf content = base_buf_on(crypto_suite_alloc(e->suite));
    base_err err = content_encode(plaintext, pad_to, &content);
    if (err == BASE_OK) {
        err = mls_targeted_protect_content(e, from, m, base_buf_bytes(&content), message);
    }
    base_buf_clear(&content);
    return err;
}

/* ---- open ---- */

base_err mls_targeted_open_sender(const mls_targeted_epoch *e, const mls_targeted_message *m,
                                  base_buf *memory, mls_targeted_sender *out)
{
    base_err err = BASE_OK;
    base_buf aad = base_buf_on(crypto_suite_alloc(e->suite));
    base_buf plain = base_buf_on(memory->alloc);
    mls_message_key key = {0};
    mls_targeted_sender s = {0};
    const size_t tag = e->suite->aead->tag_size;
    REQUIRE(m->encrypted_sender.n > tag, CRYPTO_E_OPEN);
    TRY(sender_key(e, m, &key, &aad));
    TRY(base_buf_resize(&plain, m->encrypted_sender.n - tag));
    TRY(e->suite->aead->open(base_secret_bytes(&key.key), base_secret_bytes(&key.nonce),
                             base_buf_bytes(&aad), m->encrypted_sender, plain.p)); /* V-T7-4 */
    base_rd r = base_rd_on(base_buf_bytes(&plain));
    s.leaf.v = base_rd_u32(&r);
    s.signature = base_rd_vec(&r);
    s.kem_output = base_rd_vec(&r);
    TRY(base_rd_end(&r));
    base_buf_move(memory, &plain);
    *out = s;
done:
    mls_message_key_clear(&key);
    base_buf_clear(&plain);
    base_buf_clear(&aad);
    return err;
}

/* V-T7-6 */
static base_err verify(const mls_targeted_epoch *e, const mls_targeted_message *m,
                       const mls_targeted_sender *sender, base_bytes signature_key)
{
    base_err err = BASE_OK;
    base_buf tbs = base_buf_on(crypto_suite_alloc(e->suite));
    TRY(tbs_encode(e->suite, m, sender, &tbs));
    TRY(crypto_verify_with_label(e->suite, signature_key, CRYPTO_LABEL("TargetedMessageTBS"),
                                 base_buf_bytes(&tbs), sender->signature));
done:
    base_buf_clear(&tbs);
    return err;
}

/* Application data, and zeros to the end. */
static base_err content_decode(base_bytes content, base_buf *plaintext)
{
    base_rd r = base_rd_on(content);
    base_bytes data = base_rd_vec(&r);
    if (r.err != BASE_OK) {
        return r.err;
    }
    /* V-T7-8 */
    return base_ct_is_zero(base_bytes_of(r.p, r.left)) ? base_buf_set(plaintext, data)
                                                       : MLS_E_PADDING;
}

base_err mls_targeted_open(const mls_targeted_epoch *e, const mls_targeted_message *m,
                           const mls_targeted_sender *sender, const mls_targeted_keys *keys,
                           base_buf *plaintext)
{
    base_err err = BASE_OK;
    hpke_inputs in;
    base_buf content = base_buf_on(crypto_suite_alloc(e->suite));
    TRY(inputs_init(e, m, &in));
    TRY(verify(e, m, sender, keys->sender_signature_key));
    TRY(inputs_bind(m, sender, &in));
    /* V-T7-7 */
    TRY(crypto_hpke_open(e->suite, keys->recipient_private, sender->kem_output, &in.info,
                         base_buf_bytes(&in.aad), m->ciphertext, &content));
    TRY(content_decode(base_buf_bytes(&content), plaintext));
done:
    base_buf_clear(&content);
    inputs_clear(&in);
    return err;
}
