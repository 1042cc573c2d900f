/* See public_msg.h. The membership tag covers what the signature covers, and the signature itself
 * (AuthenticatedContentTBM), so it is checked on the same bytes. */
#include "public_msg.h"

#include "message.h"

void mls_public_message_read(base_rd *r, base_arena *a, mls_public_message *out)
{
    *out = (mls_public_message){0};
    out->auth.wire_format = MLS_WIRE_PUBLIC_MESSAGE;
    mls_framed_content_read(r, a, &out->auth.content);
    mls_content_auth_read(r, &out->auth);
    if (out->auth.content.sender.type == MLS_SENDER_MEMBER) {
        out->membership_tag = base_rd_vec(r);
    }
}

void mls_public_message_write(base_wr *w, const mls_public_message *m)
{
    mls_framed_content_write(w, &m->auth.content);
    mls_content_auth_write(w, &m->auth);
    if (m->auth.content.sender.type == MLS_SENDER_MEMBER) {
        base_wr_vec(w, m->membership_tag);
    }
}

/* AuthenticatedContentTBM, appended to tbm. */
static base_err tbm_encode(const mls_auth_content *c, base_bytes group_context, base_buf *tbm)
{
    base_wr w = base_wr_on(tbm);
    mls_content_tbs_write(&w, c, group_context);
    mls_content_auth_write(&w, c);
    return base_wr_end(&w);
}

base_err mls_public_protect(const crypto_suite *s, base_bytes membership_key,
                            base_bytes group_context, const mls_auth_content *c, base_buf *message)
{
    base_err err = BASE_OK;
    base_buf tbm = base_buf_on(crypto_suite_alloc(s));
    base_buf out = base_buf_on(message->alloc);
    base_wr w = base_wr_on(&out);
    mls_public_message m = {.auth = *c};
    crypto_digest tag = {0};
    REQUIRE(c->wire_format == MLS_WIRE_PUBLIC_MESSAGE, BASE_E_ARGUMENT);
    TRY(mls_content_check_sender(c));
    if (c->content.sender.type == MLS_SENDER_MEMBER) {
        TRY(tbm_encode(c, group_context, &tbm));
        TRY(crypto_mac(s, membership_key, base_buf_bytes(&tbm), &tag));
        m.membership_tag = crypto_digest_bytes(&tag);
    }
    mls_message_begin(&w, MLS_WIRE_PUBLIC_MESSAGE);
    mls_public_message_write(&w, &m);
    TRY(base_wr_end(&w));
    base_buf_move(message, &out);
done:
    base_buf_clear(&out);
    base_buf_clear(&tbm);
    return err;
}

base_err mls_public_check(const crypto_suite *s, base_bytes membership_key,
                          base_bytes group_context, const mls_public_message *m)
{
    base_err err = BASE_OK;
    base_buf tbm = base_buf_on(crypto_suite_alloc(s));
    TRY(mls_content_check_sender(&m->auth));
    if (m->auth.content.sender.type == MLS_SENDER_MEMBER) {
        TRY(tbm_encode(&m->auth, group_context, &tbm));
        err = crypto_mac_check(s, membership_key, base_buf_bytes(&tbm), m->membership_tag);
        REQUIRE(err != CRYPTO_E_OPEN, MLS_E_MEMBERSHIP_TAG); /* V-6.2-1 */
    }
done:
    base_buf_clear(&tbm);
    return err;
}
