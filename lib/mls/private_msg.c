/* See private_msg.h. A message is written once, into its final buffer, and encrypted where it lies:
 * both AADs are prefixes of what is sent, so neither is built anew. */
#include "private_msg.h"

#include "base/num.h"
#include "message.h"

#define SENDER_DATA_SIZE 12
#define PAD_MAX ((size_t)1 << 30) /* a vector's own bound: section 2.1.2 */

void mls_private_message_read(base_rd *r, mls_private_message *out)
{
    *out = (mls_private_message){0};
    base_rd before = *r;
    out->group_id = base_rd_vec(r);
    out->epoch = base_rd_u64(r);
    out->type = (mls_content_type)base_rd_u8(r);
    if (out->type < MLS_CONTENT_APPLICATION || out->type > MLS_CONTENT_COMMIT) {
        base_rd_fail(r, BASE_E_VALUE); /* V-6-2 */
    }
    out->sender_aad = base_rd_since(&before, r);
    out->authenticated_data = base_rd_vec(r);
    out->aad = base_rd_since(&before, r);
    out->encrypted_sender_data = base_rd_vec(r);
    out->ciphertext = base_rd_vec(r);
}

void mls_private_message_write(base_wr *w, const mls_private_message *m)
{
    base_wr_vec(w, m->group_id);
    base_wr_u64(w, m->epoch);
    base_wr_u8(w, (uint8_t)m->type);
    base_wr_vec(w, m->authenticated_data);
    base_wr_vec(w, m->encrypted_sender_data);
    base_wr_vec(w, m->ciphertext);
}

mls_ratchet_kind mls_private_ratchet(mls_content_type type)
{
    return type == MLS_CONTENT_APPLICATION ? MLS_RATCHET_APPLICATION : MLS_RATCHET_HANDSHAKE;
}

/* ---- protect ---- */

/* Where the parts of a message under construction lie in its buffer. */
typedef struct layout {
    size_t begin;       /* of PrivateMessage */
    size_t sender_aad;  /* end of SenderDataAAD */
    size_t aad;         /* end of PrivateContentAAD */
    size_t sender_data; /* where the sealed sender data begins */
    size_t content_n;   /* with the padding, without the tag; it ends a tag before the end */
} layout;

/* Room for everything, an upper bound, in one allocation. */
static base_err reserve(const crypto_suite *s, const mls_auth_content *c, size_t pad_to,
                        base_buf *out)
{
    /* header, epoch, types, seven lengths of at most four bytes, sender data */
    const size_t fixed = 4 + 8 + 1 + 7 * 4 + SENDER_DATA_SIZE + 2 * CRYPTO_AEAD_TAG_MAX;
    size_t n = fixed;
    if (pad_to > PAD_MAX || s->aead->tag_size > CRYPTO_AEAD_TAG_MAX) {
        return BASE_E_LIMIT;
    }
    bool fits = base_add(n, c->content.group_id.n, &n) &&
                base_add(n, c->content.authenticated_data.n, &n) &&
                base_add(n, c->content.body.n, &n) && base_add(n, c->signature.n, &n) &&
                base_add(n, c->confirmation_tag.n, &n) && base_add(n, pad_to, &n);
    return fits ? base_buf_reserve(out, n) : BASE_E_LIMIT;
}

/* Write the whole message with everything in the clear, room for the tags included. */
static base_err lay_out(const crypto_suite *s, const mls_auth_content *c, size_t pad_to,
                        base_buf *out, layout *at)
{
    base_err err = BASE_OK;
    base_wr w = base_wr_on(out);
    TRY(reserve(s, c, pad_to, out));
    mls_message_begin(&w, MLS_WIRE_PRIVATE_MESSAGE);
    at->begin = out->n;
    base_wr_vec(&w, c->content.group_id);
    base_wr_u64(&w, c->content.epoch);
    base_wr_u8(&w, (uint8_t)c->content.type);
    at->sender_aad = out->n;
    base_wr_vec(&w, c->content.authenticated_data);
    at->aad = out->n;
    base_wr_varint(&w, SENDER_DATA_SIZE + s->aead->tag_size);
    at->sender_data = out->n;
    TRY(base_wr_end(&w));
    TRY(base_buf_resize(out, out->n + SENDER_DATA_SIZE + s->aead->tag_size));

    size_t mark = base_wr_open(&w);
    mls_content_body_write(&w, &c->content);
    mls_content_auth_write(&w, c);
    TRY(base_wr_end(&w));
    size_t n = out->n - mark;
    size_t padding = pad_to > 0 && n % pad_to > 0 ? pad_to - n % pad_to : 0;
    at->content_n = n + padding;
    TRY(base_buf_resize(out, out->n + padding + s->aead->tag_size));
    base_wr_close(&w, mark);
    TRY(base_wr_end(&w));
done:
    return err;
}

/* The generation's key with the reuse guard in its nonce; the caller clears it. */
static void guarded_key(const mls_message_key *key, const uint8_t guard[static 4],
                        mls_message_key *out)
{
    *out = *key;
    mls_message_key_guard(out, guard);
}

static base_err seal_content(const crypto_suite *s, const mls_message_key *key,
                             const uint8_t guard[static 4], const layout *at, base_buf *out)
{
    mls_message_key guarded = {0};
    guarded_key(key, guard, &guarded);
    uint8_t *content = out->p + (out->n - at->content_n - s->aead->tag_size);
    base_err err = s->aead->seal(base_secret_bytes(&guarded.key), base_secret_bytes(&guarded.nonce),
                                 base_bytes_of(out->p + at->begin, at->aad - at->begin),
                                 base_bytes_of(content, at->content_n), content);
    mls_message_key_clear(&guarded);
    return err;
}

static base_err seal_sender_data(const crypto_suite *s, base_bytes sender_data_secret,
                                 const mls_sender_data *sender, const layout *at, base_buf *out)
{
    base_err err = BASE_OK;
    mls_message_key key = {0};
    uint8_t *data = out->p + at->sender_data;
    size_t ciphertext_n = at->content_n + s->aead->tag_size;
    TRY(mls_sender_data_key(s, sender_data_secret,
                            base_bytes_of(out->p + (out->n - ciphertext_n), ciphertext_n), &key));
    for (size_t i = 0; i < 4; i++) {
        data[i] = (uint8_t)(sender->leaf.v >> (24 - 8 * i));
        data[4 + i] = (uint8_t)(sender->generation >> (24 - 8 * i));
        data[8 + i] = sender->reuse_guard[i];
    }
    TRY(s->aead->seal(base_secret_bytes(&key.key), base_secret_bytes(&key.nonce),
                      base_bytes_of(out->p + at->begin, at->sender_aad - at->begin),
                      base_bytes_of(data, SENDER_DATA_SIZE), data));
done:
    mls_message_key_clear(&key);
    return err;
}

base_err mls_private_protect(const crypto_suite *s, base_bytes sender_data_secret,
                             const mls_message_key *key, uint32_t generation,
                             const mls_auth_content *c, size_t pad_to, base_buf *message)
{
    base_err err = BASE_OK;
    base_buf out = base_buf_on(message->alloc);
    layout at = {0};
    mls_sender_data sender = {{c->content.sender.index}, generation, {0}};
    REQUIRE(c->wire_format == MLS_WIRE_PRIVATE_MESSAGE, BASE_E_ARGUMENT);
    REQUIRE(c->content.sender.type == MLS_SENDER_MEMBER, MLS_E_SENDER);
    TRY(crypto_random_fill(s, sender.reuse_guard, MLS_REUSE_GUARD_SIZE));
    TRY(lay_out(s, c, pad_to, &out, &at));
    TRY(seal_content(s, key, sender.reuse_guard, &at, &out));
    TRY(seal_sender_data(s, sender_data_secret, &sender, &at, &out));
    base_buf_move(message, &out);
done:
    base_buf_clear(&out);
    base_wipe(&sender, sizeof(sender));
    return err;
}

/* ---- open ---- */

/* V-6.3.2-1 */
base_err mls_private_open_sender(const crypto_suite *s, base_bytes sender_data_secret,
                                 const mls_private_message *m, mls_sender_data *out)
{
    base_err err = BASE_OK;
    mls_message_key key = {0};
    uint8_t data[SENDER_DATA_SIZE] = {0};
    mls_sender_data sender = {0};
    REQUIRE(m->encrypted_sender_data.n == SENDER_DATA_SIZE + s->aead->tag_size, CRYPTO_E_OPEN);
    TRY(mls_sender_data_key(s, sender_data_secret, m->ciphertext, &key));
    TRY(s->aead->open(base_secret_bytes(&key.key), base_secret_bytes(&key.nonce), m->sender_aad,
                      m->encrypted_sender_data, data));
    base_rd r = base_rd_on(base_bytes_of(data, sizeof(data)));
    sender.leaf.v = base_rd_u32(&r);
    sender.generation = base_rd_u32(&r);
    memcpy(sender.reuse_guard, base_rd_fixed(&r, MLS_REUSE_GUARD_SIZE).p, MLS_REUSE_GUARD_SIZE);
    *out = sender;
done:
    base_wipe(data, sizeof(data));
    mls_message_key_clear(&key);
    return err;
}

/* PrivateMessageContent: content, authentication, and zeros to the end (V-6.3.1-1). */
static base_err content_decode(base_bytes in, base_arena *a, mls_auth_content *c)
{
    base_rd r = base_rd_on(in);
    mls_content_body_read(&r, a, &c->content);
    mls_content_auth_read(&r, c);
    if (r.err != BASE_OK) {
        return r.err;
    }
    return base_ct_is_zero(base_bytes_of(r.p, r.left)) ? BASE_OK : MLS_E_PADDING;
}

/* V-6.3.1-2 */
base_err mls_private_open(const crypto_suite *s, const mls_private_message *m,
                          const mls_sender_data *sender, const mls_message_key *key, base_arena *a,
                          base_buf *plaintext, mls_auth_content *out)
{
    base_err err = BASE_OK;
    base_buf content = base_buf_on(plaintext->alloc);
    mls_message_key guarded = {0};
    mls_auth_content c = {
        .wire_format = MLS_WIRE_PRIVATE_MESSAGE,
        .content = {.group_id = m->group_id,
                    .epoch = m->epoch,
                    .sender = {MLS_SENDER_MEMBER, sender->leaf.v},
                    .authenticated_data = m->authenticated_data,
                    .type = m->type},
    };
    REQUIRE(m->ciphertext.n > s->aead->tag_size, CRYPTO_E_OPEN);
    TRY(base_buf_resize(&content, m->ciphertext.n - s->aead->tag_size));
    guarded_key(key, sender->reuse_guard, &guarded);
    TRY(s->aead->open(base_secret_bytes(&guarded.key), base_secret_bytes(&guarded.nonce), m->aad,
                      m->ciphertext, content.p));
    TRY(content_decode(base_buf_bytes(&content), a, &c));
    *out = c;
    base_buf_move(plaintext, &content);
done:
    mls_message_key_clear(&guarded);
    base_buf_clear(&content);
    return err;
}
