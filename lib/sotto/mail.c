/* Sealing and opening mail. Who wrote it is inside, under a signature that also covers the
 * recipient's key, so that nobody can pass a piece on as if it had been written to another. */
#include "mail.h"

#include "wire/limits.h"

#define MAIL_BYTES_MAX 65536

/* HMAC(hint, label || kem_output); the tag is what it begins with. */
static base_err tag_of(const sotto_prims *p, base_bytes hint, base_bytes kem_output,
                       uint8_t out[static SOTTO_HASH_SIZE])
{
    const base_bytes parts[] = {base_bytes_str("sotto mail tag"), kem_output};
    return p->sha256->hmac(hint, parts, 2, out);
}

base_err sotto_mail_is_for(const sotto_prims *p, base_bytes sealed, base_bytes hint, bool *out)
{
    uint8_t mac[SOTTO_HASH_SIZE];
    base_rd r = base_rd_on(sealed);
    base_bytes tag = base_rd_fixed(&r, SOTTO_MAIL_TAG_SIZE);
    base_bytes enc = base_rd_vec(&r);
    if (r.err != BASE_OK || enc.n == 0) {
        return SOTTO_E_MAIL;
    }
    base_err err = tag_of(p, hint, enc, mac);
    if (err == BASE_OK) {
        *out = base_ct_eq(tag, base_bytes_of(mac, SOTTO_MAIL_TAG_SIZE));
    }
    return err;
}

static void write_signed_part(base_wr *w, const sotto_mail *mail)
{
    base_wr_u8(w, mail->type);
    base_wr_fixed(w, mail->mailbox);
    base_wr_vec(w, mail->device_list);
    base_wr_vec(w, mail->signature_key);
    base_wr_vec(w, mail->content);
}

static base_err signed_bytes(base_bytes part, base_bytes init_key, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_fixed(&w, part);
    base_wr_vec(&w, init_key);
    return base_wr_end(&w);
}

/* The plaintext that makes the whole piece a size class of the relay: `around` bytes stand around
 * the ciphertext, whose own length takes two or four bytes more. */
static size_t padded(size_t plain, size_t around, size_t tag)
{
    size_t c = wire_size_class(around + 2 + plain + tag);
    while (c != 0) {
        size_t prefix = c - around - 2 < 16384 ? 2 : 4;
        if (c >= around + prefix + plain + tag) {
            return c - around - prefix - tag;
        }
        c = wire_size_class(c + 1);
    }
    return 0;
}

static base_err seal_padded(mls_ctx *ctx, const sotto_mail_to *to, base_buf *plain, base_buf *enc,
                            base_buf *sealed)
{
    base_err err = BASE_OK;
    base_bytes label = base_bytes_str(SOTTO_MAIL_LABEL);
    base_buf tail = base_buf_on(plain->alloc);
    base_wr w = base_wr_on(&tail);
    /* How much the sealing adds depends on the package's suite: seal once to see. */
    TRY(mls_key_package_seal(ctx, to->key_package, label, BASE_BYTES_NONE, base_buf_bytes(plain),
                             enc, sealed));
    base_wr_vec(&w, base_buf_bytes(enc));
    TRY(base_wr_end(&w));
    size_t n = padded(plain->n, SOTTO_MAIL_TAG_SIZE + tail.n, sealed->n - plain->n);
    REQUIRE(n != 0 && n <= MAIL_BYTES_MAX, BASE_E_LIMIT);
    TRY(base_buf_resize(plain, n));
    base_buf_clear(enc);
    base_buf_clear(sealed);
    TRY(mls_key_package_seal(ctx, to->key_package, label, BASE_BYTES_NONE, base_buf_bytes(plain),
                             enc, sealed));
done:
    base_buf_clear(&tail);
    return err;
}

base_err sotto_mail_seal(mls_ctx *ctx, const sotto_prims *p, const sotto_mail *mail,
                         base_bytes signature_private, const sotto_mail_to *to, base_buf *out)
{
    base_err err = BASE_OK;
    uint8_t mac[SOTTO_HASH_SIZE];
    base_buf plain = base_buf_on(out->alloc);
    base_buf content = base_buf_on(out->alloc);
    base_buf signature = base_buf_on(out->alloc);
    base_buf enc = base_buf_on(out->alloc);
    base_buf sealed = base_buf_on(out->alloc);
    base_bytes label = base_bytes_str(SOTTO_MAIL_LABEL);
    base_wr w = base_wr_on(&plain);
    REQUIRE(mail->mailbox.n == SOTTO_KEY_SIZE, BASE_E_ARGUMENT);
    write_signed_part(&w, mail);
    TRY(base_wr_end(&w));
    TRY(signed_bytes(base_buf_bytes(&plain), to->init_key, &content));
    TRY(mls_sign(ctx, to->suite, signature_private, label, base_buf_bytes(&content), &signature));
    base_wr_vec(&w, base_buf_bytes(&signature));
    TRY(base_wr_end(&w));
    TRY(seal_padded(ctx, to, &plain, &enc, &sealed));
    TRY(tag_of(p, base_bytes_of(to->hint, SOTTO_HINT_SIZE), base_buf_bytes(&enc), mac));
    w = base_wr_on(out);
    base_wr_fixed(&w, base_bytes_of(mac, SOTTO_MAIL_TAG_SIZE));
    base_wr_vec(&w, base_buf_bytes(&enc));
    base_wr_vec(&w, base_buf_bytes(&sealed));
    TRY(base_wr_end(&w));
done:
    base_buf_clear(&sealed);
    base_buf_clear(&enc);
    base_buf_clear(&signature);
    base_buf_clear(&content);
    base_buf_clear(&plain);
    return err;
}

/* The decoded content; *signed_part is what the signature covers of it. */
static base_err read_content(base_bytes plain, sotto_mail *mail, base_bytes *signed_part,
                             base_bytes *signature)
{
    base_rd r = base_rd_on(plain);
    base_rd start = r;
    mail->type = base_rd_u8(&r);
    mail->mailbox = base_rd_fixed(&r, SOTTO_KEY_SIZE);
    mail->device_list = base_rd_vec(&r);
    mail->signature_key = base_rd_vec(&r);
    mail->content = base_rd_vec(&r);
    *signed_part = base_rd_since(&start, &r);
    *signature = base_rd_vec(&r);
    if (r.err != BASE_OK || !base_ct_is_zero(base_bytes_of(r.p, r.left))) {
        return SOTTO_E_MAIL;
    }
    return BASE_OK;
}

static base_err check_sender(mls_ctx *ctx, const sotto_prims *p, const sotto_mail_from *me,
                             base_bytes plain, sotto_mail *mail, sotto_device_list *list)
{
    base_err err = BASE_OK;
    base_bytes part = BASE_BYTES_NONE;
    base_bytes signature = BASE_BYTES_NONE;
    base_buf content = base_buf_on(p->alloc);
    TRY(read_content(plain, mail, &part, &signature));
    REQUIRE(base_bytes_eq(mail->mailbox, me->mailbox), SOTTO_E_MAIL);
    TRY(sotto_device_list_decode(p, mail->device_list, list));
    REQUIRE(sotto_device_list_find(list, mail->signature_key) != NULL, SOTTO_E_MAIL);
    TRY(signed_bytes(part, me->init_key, &content));
    TRY(mls_verify(ctx, me->suite, mail->signature_key, base_bytes_str(SOTTO_MAIL_LABEL),
                   base_buf_bytes(&content), signature));
done:
    base_buf_clear(&content);
    return err;
}

base_err sotto_mail_open(mls_ctx *ctx, const sotto_prims *p, base_bytes sealed,
                         const sotto_mail_from *me, base_buf *plain, sotto_mail *out,
                         sotto_device_list *list)
{
    base_err err = BASE_OK;
    base_buf opened = base_buf_on(p->alloc);
    sotto_mail mail;
    memset(&mail, 0, sizeof mail);
    base_rd r = base_rd_on(sealed);
    (void)base_rd_fixed(&r, SOTTO_MAIL_TAG_SIZE);
    base_bytes enc = base_rd_vec(&r);
    base_bytes ciphertext = base_rd_vec(&r);
    REQUIRE(base_rd_end(&r) == BASE_OK && sealed.n <= MAIL_BYTES_MAX, SOTTO_E_MAIL);
    TRY(mls_key_package_open(ctx, me->ref, base_bytes_str(SOTTO_MAIL_LABEL), BASE_BYTES_NONE, enc,
                             ciphertext, &opened));
    TRY(check_sender(ctx, p, me, base_buf_bytes(&opened), &mail, list));
    base_buf_move(plain, &opened); /* the bytes stay where they are: the views hold */
    *out = mail;
done:
    base_buf_clear(&opened);
    return err;
}
