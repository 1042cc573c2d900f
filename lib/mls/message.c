/* See message.h. Welcome and GroupInfo are read and written here, the rest in the files of their
 * sections; this file knows which wire format holds which. */
#include "message.h"

#include "codec.h"
#include "crypto/labels.h"
#include "psk.h"

/* ---- GroupInfo ---- */

static void info_tbs_write(base_wr *w, const mls_info *g)
{
    mls_group_context_write(w, &g->context);
    mls_extension_list_write(w, g->extensions);
    base_wr_vec(w, g->confirmation_tag);
    base_wr_u32(w, g->signer.v);
}

void mls_info_read(base_rd *r, base_arena *a, mls_info *out)
{
    *out = (mls_info){0};
    mls_group_context_read(r, a, &out->context);
    mls_extension_list_read(r, a, &out->extensions);
    out->confirmation_tag = base_rd_vec(r);
    out->signer.v = base_rd_u32(r);
    out->signature = base_rd_vec(r);
}

void mls_info_write(base_wr *w, const mls_info *g)
{
    info_tbs_write(w, g);
    base_wr_vec(w, g->signature);
}

base_err mls_info_sign(const crypto_suite *s, base_bytes private_key, const mls_info *g,
                       base_buf *signature)
{
    base_err err = BASE_OK;
    base_buf tbs = base_buf_on(crypto_suite_alloc(s));
    base_wr w = base_wr_on(&tbs);
    REQUIRE(s->number == g->context.suite, CRYPTO_E_SUITE);
    info_tbs_write(&w, g);
    TRY(base_wr_end(&w));
    TRY(crypto_sign_with_label(s, private_key, CRYPTO_LABEL("GroupInfoTBS"), base_buf_bytes(&tbs),
                               signature));
done:
    base_buf_clear(&tbs);
    return err;
}

base_err mls_info_verify(const crypto_suite *s, base_bytes public_key, const mls_info *g)
{
    base_err err = BASE_OK;
    base_buf tbs = base_buf_on(crypto_suite_alloc(s));
    base_wr w = base_wr_on(&tbs);
    REQUIRE(s->number == g->context.suite, CRYPTO_E_SUITE);
    info_tbs_write(&w, g);
    TRY(base_wr_end(&w));
    TRY(crypto_verify_with_label(s, public_key, CRYPTO_LABEL("GroupInfoTBS"), base_buf_bytes(&tbs),
                                 g->signature));
done:
    base_buf_clear(&tbs);
    return err;
}

/* ---- Welcome ---- */

/* Room for one more element of a vector in the arena; a failure is latched. */
static bool grow(base_rd *r, base_arena *a, void **list, size_t *cap, size_t n, size_t size)
{
    base_err err = n == MLS_VECTOR_MAX ? BASE_E_LIMIT : base_arena_grow(a, list, cap, n + 1, size);
    if (err != BASE_OK) {
        base_rd_fail(r, err);
    }
    return err == BASE_OK;
}

static void psks_read(base_rd *r, base_arena *a, mls_group_secrets *out)
{
    void *list = NULL;
    size_t cap = 0;
    size_t n = 0;
    base_rd in = base_rd_open(r);
    while (base_rd_more(&in) && grow(&in, a, &list, &cap, n, sizeof(mls_psk_id))) {
        mls_psk_id_read(&in, &((mls_psk_id *)list)[n]);
        n++;
    }
    base_rd_close(r, &in);
    out->psks = list;
    out->n_psks = n;
}

base_err mls_group_secrets_decode(base_bytes in, base_arena *a, mls_group_secrets *out)
{
    mls_group_secrets g = {0};
    base_rd r = base_rd_on(in);
    g.joiner_secret = base_rd_vec(&r);
    g.has_path_secret = base_rd_bool(&r);
    if (g.has_path_secret) {
        g.path_secret = base_rd_vec(&r);
    }
    psks_read(&r, a, &g);
    base_err err = base_rd_end(&r);
    if (err == BASE_OK) {
        *out = g;
    }
    return err;
}

void mls_group_secrets_write(base_wr *w, const mls_group_secrets *g)
{
    base_wr_vec(w, g->joiner_secret);
    base_wr_bool(w, g->has_path_secret);
    if (g->has_path_secret) {
        base_wr_vec(w, g->path_secret);
    }
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < g->n_psks; i++) {
        mls_psk_id_write(w, &g->psks[i]);
    }
    base_wr_close(w, mark);
}

void mls_welcome_read(base_rd *r, base_arena *a, mls_welcome *out)
{
    *out = (mls_welcome){0};
    out->suite = base_rd_u16(r);
    void *list = NULL;
    size_t cap = 0;
    size_t n = 0;
    base_rd in = base_rd_open(r);
    while (base_rd_more(&in) && grow(&in, a, &list, &cap, n, sizeof(mls_encrypted_group_secrets))) {
        mls_encrypted_group_secrets *entry = &((mls_encrypted_group_secrets *)list)[n];
        entry->new_member = base_rd_vec(&in);
        mls_hpke_ciphertext_read(&in, &entry->sealed);
        n++;
    }
    base_rd_close(r, &in);
    out->encrypted_group_info = base_rd_vec(r);
    if (r->err == BASE_OK) {
        out->secrets = list;
        out->n_secrets = n;
    }
}

void mls_welcome_write(base_wr *w, const mls_welcome *m)
{
    base_wr_u16(w, m->suite);
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < m->n_secrets; i++) {
        base_wr_vec(w, m->secrets[i].new_member);
        mls_hpke_ciphertext_write(w, &m->secrets[i].sealed);
    }
    base_wr_close(w, mark);
    base_wr_vec(w, m->encrypted_group_info);
}

const mls_encrypted_group_secrets *mls_welcome_find(const mls_welcome *m, base_bytes ref)
{
    for (size_t i = 0; i < m->n_secrets; i++) {
        if (base_bytes_eq(m->secrets[i].new_member, ref)) {
            return &m->secrets[i];
        }
    }
    return NULL;
}

/* ---- MLSMessage ---- */

void mls_message_begin(base_wr *w, mls_wire_format wire_format)
{
    base_wr_u16(w, MLS_VERSION_MLS10);
    base_wr_u16(w, (uint16_t)wire_format);
}

/* The version, checked, and the wire format. */
static mls_wire_format begin_read(base_rd *r)
{
    uint16_t version = base_rd_u16(r);
    if (r->err == BASE_OK && version != MLS_VERSION_MLS10) {
        base_rd_fail(r, MLS_E_VERSION); /* V-6-1 */
    }
    return (mls_wire_format)base_rd_u16(r);
}

static void message_read(base_rd *r, base_arena *a, mls_message *out)
{
    switch (out->wire_format) {
    case MLS_WIRE_PUBLIC_MESSAGE:
        mls_public_message_read(r, a, &out->public_message);
        return;
    case MLS_WIRE_PRIVATE_MESSAGE:
        mls_private_message_read(r, &out->private_message);
        return;
    case MLS_WIRE_WELCOME:
        mls_welcome_read(r, a, &out->welcome);
        return;
    case MLS_WIRE_GROUP_INFO:
        mls_info_read(r, a, &out->group_info);
        return;
    case MLS_WIRE_KEY_PACKAGE:
        mls_key_package_read(r, a, &out->key_package);
        return;
    case MLS_WIRE_TARGETED_MESSAGE:
        mls_targeted_message_read(r, &out->targeted_message);
        return;
    }
    base_rd_fail(r, MLS_E_WIRE_FORMAT); /* V-6-2 */
}

base_err mls_message_decode(base_bytes in, base_arena *a, mls_message *out)
{
    base_rd r = base_rd_on(in);
    mls_message m = {0};
    m.wire_format = begin_read(&r);
    if (r.err == BASE_OK) {
        message_read(&r, a, &m);
    }
    base_err err = base_rd_end(&r); /* V-6-3 */
    if (err == BASE_OK) {
        *out = m;
    }
    return err;
}

static void message_write(base_wr *w, const mls_message *m)
{
    switch (m->wire_format) {
    case MLS_WIRE_PUBLIC_MESSAGE:
        mls_public_message_write(w, &m->public_message);
        return;
    case MLS_WIRE_PRIVATE_MESSAGE:
        mls_private_message_write(w, &m->private_message);
        return;
    case MLS_WIRE_WELCOME:
        mls_welcome_write(w, &m->welcome);
        return;
    case MLS_WIRE_GROUP_INFO:
        mls_info_write(w, &m->group_info);
        return;
    case MLS_WIRE_KEY_PACKAGE:
        mls_key_package_write(w, &m->key_package);
        return;
    case MLS_WIRE_TARGETED_MESSAGE:
        mls_targeted_message_write(w, &m->targeted_message);
        return;
    }
    base_wr_fail(w, BASE_E_ARGUMENT);
}

base_err mls_message_encode(const mls_message *m, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf message = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&message);
    mls_message_begin(&w, m->wire_format);
    message_write(&w, m);
    TRY(base_wr_end(&w));
    base_buf_move(out, &message);
done:
    base_buf_clear(&message);
    return err;
}

static void content_type_peek(base_rd *r, mls_peek *out)
{
    out->content_type = base_rd_u8(r);
    if (out->content_type < MLS_CONTENT_APPLICATION || out->content_type > MLS_CONTENT_COMMIT) {
        base_rd_fail(r, BASE_E_VALUE);
    }
}

/* The fields of PublicMessage up to its content_type: the content itself is not looked at. */
static void public_peek(base_rd *r, mls_peek *out)
{
    out->group_id = base_rd_vec(r);
    out->epoch = base_rd_u64(r);
    uint8_t sender = base_rd_u8(r);
    if (sender == MLS_SENDER_MEMBER || sender == MLS_SENDER_EXTERNAL) {
        (void)base_rd_u32(r);
    } else if (sender != MLS_SENDER_NEW_MEMBER_PROPOSAL && sender != MLS_SENDER_NEW_MEMBER_COMMIT) {
        base_rd_fail(r, BASE_E_VALUE);
    }
    (void)base_rd_vec(r);
    content_type_peek(r, out);
}

static void peek_read(base_rd *r, mls_peek *out)
{
    switch ((mls_wire_format)out->wire_format) {
    case MLS_WIRE_PUBLIC_MESSAGE:
        public_peek(r, out);
        return;
    case MLS_WIRE_PRIVATE_MESSAGE:
        out->group_id = base_rd_vec(r);
        out->epoch = base_rd_u64(r);
        content_type_peek(r, out);
        return;
    case MLS_WIRE_GROUP_INFO:
        (void)base_rd_u16(r); /* version */
        (void)base_rd_u16(r); /* cipher suite */
        out->group_id = base_rd_vec(r);
        out->epoch = base_rd_u64(r);
        return;
    case MLS_WIRE_TARGETED_MESSAGE:
        out->group_id = base_rd_vec(r);
        out->epoch = base_rd_u64(r);
        return;
    case MLS_WIRE_WELCOME:
    case MLS_WIRE_KEY_PACKAGE:
        return;
    }
    base_rd_fail(r, MLS_E_WIRE_FORMAT);
}

base_err mls_message_peek(base_bytes message, mls_peek *out)
{
    base_rd r = base_rd_on(message);
    mls_peek peek = {0};
    peek.wire_format = (uint16_t)begin_read(&r);
    peek_read(&r, &peek);
    if (r.err == BASE_OK) {
        *out = peek;
    }
    return r.err;
}
