/* See content.h. Content is decoded once: what is hashed, signed and tagged afterwards is the body
 * as it was received, never a second encoding of the decoded form. */
#include "content.h"

#include "base/num.h"
#include "codec.h"
#include "crypto/labels.h"

static void sender_read(base_rd *r, mls_sender *out)
{
    *out = (mls_sender){(mls_sender_type)base_rd_u8(r), 0};
    switch (out->type) {
    case MLS_SENDER_MEMBER:
    case MLS_SENDER_EXTERNAL:
        out->index = base_rd_u32(r);
        return;
    case MLS_SENDER_NEW_MEMBER_PROPOSAL:
    case MLS_SENDER_NEW_MEMBER_COMMIT:
        return;
    }
    base_rd_fail(r, BASE_E_VALUE); /* V-6-2 */
}

static void sender_write(base_wr *w, const mls_sender *sender)
{
    base_wr_u8(w, (uint8_t)sender->type);
    switch (sender->type) {
    case MLS_SENDER_MEMBER:
    case MLS_SENDER_EXTERNAL:
        base_wr_u32(w, sender->index);
        return;
    case MLS_SENDER_NEW_MEMBER_PROPOSAL:
    case MLS_SENDER_NEW_MEMBER_COMMIT:
        return;
    }
    base_wr_fail(w, BASE_E_ARGUMENT);
}

void mls_commit_read(base_rd *r, base_arena *a, mls_commit *out)
{
    *out = (mls_commit){0};
    void *list = NULL;
    size_t cap = 0;
    size_t n = 0;
    base_rd in = base_rd_open(r);
    while (base_rd_more(&in)) {
        base_err err = n == MLS_VECTOR_MAX
                           ? BASE_E_LIMIT
                           : base_arena_grow(a, &list, &cap, n + 1, sizeof(mls_proposal_or_ref));
        if (err != BASE_OK) {
            base_rd_fail(&in, err);
            break;
        }
        mls_proposal_or_ref_read(&in, a, &((mls_proposal_or_ref *)list)[n]);
        n++;
    }
    base_rd_close(r, &in);
    out->has_path = base_rd_bool(r);
    if (out->has_path) {
        mls_update_path_read(r, a, &out->path);
    }
    if (r->err == BASE_OK) {
        out->proposals = list;
        out->n_proposals = n;
    }
}

void mls_commit_write(base_wr *w, const mls_commit *c)
{
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < c->n_proposals; i++) {
        mls_proposal_or_ref_write(w, &c->proposals[i]);
    }
    base_wr_close(w, mark);
    base_wr_bool(w, c->has_path);
    if (c->has_path) {
        mls_update_path_write(w, &c->path);
    }
}

/* ---- FramedContent ---- */

static void proposal_body_read(base_rd *r, base_arena *a, mls_framed_content *out)
{
    mls_proposal *p = base_arena_zero(a, 1, sizeof(*p));
    if (p == NULL) {
        base_rd_fail(r, BASE_E_NOMEM);
        return;
    }
    base_rd before = *r;
    mls_proposal_read(r, a, p);
    out->body = base_rd_since(&before, r);
    out->proposal = p;
}

static void commit_body_read(base_rd *r, base_arena *a, mls_framed_content *out)
{
    mls_commit *c = base_arena_zero(a, 1, sizeof(*c));
    if (c == NULL) {
        base_rd_fail(r, BASE_E_NOMEM);
        return;
    }
    base_rd before = *r;
    mls_commit_read(r, a, c);
    out->body = base_rd_since(&before, r);
    out->commit = c;
}

void mls_content_body_read(base_rd *r, base_arena *a, mls_framed_content *out)
{
    out->body = BASE_BYTES_NONE;
    out->proposal = NULL;
    out->commit = NULL;
    if (r->err != BASE_OK) {
        return;
    }
    switch (out->type) {
    case MLS_CONTENT_APPLICATION:
        out->body = base_rd_vec(r);
        return;
    case MLS_CONTENT_PROPOSAL:
        proposal_body_read(r, a, out);
        return;
    case MLS_CONTENT_COMMIT:
        commit_body_read(r, a, out);
        return;
    }
    base_rd_fail(r, BASE_E_VALUE); /* V-6-2 */
}

void mls_content_body_write(base_wr *w, const mls_framed_content *c)
{
    switch (c->type) {
    case MLS_CONTENT_APPLICATION:
        base_wr_vec(w, c->body);
        return;
    case MLS_CONTENT_PROPOSAL:
    case MLS_CONTENT_COMMIT:
        base_wr_fixed(w, c->body);
        return;
    }
    base_wr_fail(w, BASE_E_ARGUMENT);
}

void mls_framed_content_read(base_rd *r, base_arena *a, mls_framed_content *out)
{
    *out = (mls_framed_content){0};
    out->group_id = base_rd_vec(r);
    out->epoch = base_rd_u64(r);
    sender_read(r, &out->sender);
    out->authenticated_data = base_rd_vec(r);
    out->type = (mls_content_type)base_rd_u8(r);
    mls_content_body_read(r, a, out);
}

void mls_framed_content_write(base_wr *w, const mls_framed_content *c)
{
    base_wr_vec(w, c->group_id);
    base_wr_u64(w, c->epoch);
    sender_write(w, &c->sender);
    base_wr_vec(w, c->authenticated_data);
    base_wr_u8(w, (uint8_t)c->type);
    mls_content_body_write(w, c);
}

/* ---- AuthenticatedContent ---- */

void mls_content_auth_read(base_rd *r, mls_auth_content *out)
{
    out->signature = base_rd_vec(r);
    out->confirmation_tag = BASE_BYTES_NONE;
    if (out->content.type == MLS_CONTENT_COMMIT) {
        out->confirmation_tag = base_rd_vec(r);
    }
}

void mls_content_auth_write(base_wr *w, const mls_auth_content *c)
{
    base_wr_vec(w, c->signature);
    if (c->content.type == MLS_CONTENT_COMMIT) {
        base_wr_vec(w, c->confirmation_tag);
    }
}

base_err mls_auth_content_decode(base_bytes in, base_arena *a, mls_auth_content *out)
{
    mls_auth_content c = {0};
    base_rd r = base_rd_on(in);
    uint16_t wire_format = base_rd_u16(&r);
    if (r.err == BASE_OK && wire_format != MLS_WIRE_PUBLIC_MESSAGE &&
        wire_format != MLS_WIRE_PRIVATE_MESSAGE) {
        base_rd_fail(&r, MLS_E_WIRE_FORMAT);
    }
    c.wire_format = (mls_wire_format)wire_format;
    mls_framed_content_read(&r, a, &c.content);
    mls_content_auth_read(&r, &c);
    base_err err = base_rd_end(&r);
    if (err == BASE_OK) {
        *out = c;
    }
    return err;
}

void mls_auth_content_write(base_wr *w, const mls_auth_content *c)
{
    base_wr_u16(w, (uint16_t)c->wire_format);
    mls_framed_content_write(w, &c->content);
    mls_content_auth_write(w, c);
}

/* ---- the signature ---- */

static bool covers_context(mls_sender_type type)
{
    return type == MLS_SENDER_MEMBER || type == MLS_SENDER_NEW_MEMBER_COMMIT;
}

void mls_content_tbs_write(base_wr *w, const mls_auth_content *c, base_bytes group_context)
{
    base_wr_u16(w, MLS_VERSION_MLS10);
    base_wr_u16(w, (uint16_t)c->wire_format);
    mls_framed_content_write(w, &c->content);
    if (covers_context(c->content.sender.type)) {
        base_wr_fixed(w, group_context);
    }
}

/* Room for FramedContentTBS and what is written behind it, in one allocation. */
static base_err tbs_reserve(base_buf *tbs, const mls_auth_content *c, base_bytes group_context)
{
    const size_t fixed = 48; /* all fields of a fixed size, and the lengths of the others */
    size_t n = fixed;
    bool fits = base_add(n, c->content.group_id.n, &n) &&
                base_add(n, c->content.authenticated_data.n, &n) &&
                base_add(n, c->content.body.n, &n) && base_add(n, group_context.n, &n) &&
                base_add(n, c->signature.n, &n) && base_add(n, c->confirmation_tag.n, &n);
    return fits ? base_buf_reserve(tbs, n) : BASE_E_LIMIT;
}

base_err mls_content_sign(const crypto_suite *s, base_bytes private_key, const mls_auth_content *c,
                          base_bytes group_context, base_buf *signature)
{
    base_err err = BASE_OK;
    base_buf tbs = base_buf_on(crypto_suite_alloc(s));
    base_wr w = base_wr_on(&tbs);
    TRY(tbs_reserve(&tbs, c, group_context));
    mls_content_tbs_write(&w, c, group_context);
    TRY(base_wr_end(&w));
    TRY(crypto_sign_with_label(s, private_key, CRYPTO_LABEL("FramedContentTBS"),
                               base_buf_bytes(&tbs), signature));
done:
    base_buf_clear(&tbs);
    return err;
}

/* V-6.1-1, once the caller knows whose key it has to be. */
base_err mls_content_verify(const crypto_suite *s, base_bytes public_key, const mls_auth_content *c,
                            base_bytes group_context)
{
    base_err err = BASE_OK;
    base_buf tbs = base_buf_on(crypto_suite_alloc(s));
    base_wr w = base_wr_on(&tbs);
    TRY(tbs_reserve(&tbs, c, group_context));
    mls_content_tbs_write(&w, c, group_context);
    TRY(base_wr_end(&w));
    TRY(crypto_verify_with_label(s, public_key, CRYPTO_LABEL("FramedContentTBS"),
                                 base_buf_bytes(&tbs), c->signature));
done:
    base_buf_clear(&tbs);
    return err;
}

/* ---- who may send what ---- */

static bool is_proposal_of(const mls_framed_content *c, bool (*allowed)(mls_proposal_type))
{
    return c->type == MLS_CONTENT_PROPOSAL && c->proposal != NULL && allowed(c->proposal->type);
}

static bool is_add(mls_proposal_type type)
{
    return type == MLS_PROPOSAL_ADD;
}

static bool is_self_remove(mls_proposal_type type)
{
    return type == MLS_PROPOSAL_SELF_REMOVE;
}

base_err mls_content_check_sender(const mls_auth_content *c)
{
    const mls_framed_content *content = &c->content;
    bool is_public = c->wire_format == MLS_WIRE_PUBLIC_MESSAGE;
    if (content->type == MLS_CONTENT_APPLICATION && is_public) {
        return MLS_E_UNENCRYPTED; /* V-6-4 */
    }
    if (content->sender.type != MLS_SENDER_MEMBER && !is_public) {
        return MLS_E_SENDER;
    }
    if (is_proposal_of(content, is_self_remove) && !is_public) {
        return MLS_E_WIRE_FORMAT; /* V-E6.3-1: joiners from outside have to be able to read it */
    }
    switch (content->sender.type) {
    case MLS_SENDER_MEMBER:
        return BASE_OK;
    case MLS_SENDER_EXTERNAL: /* V-6.1-4, V-6.1-5 */
        return is_proposal_of(content, mls_proposal_from_outside) ? BASE_OK : MLS_E_SENDER;
    case MLS_SENDER_NEW_MEMBER_PROPOSAL: /* V-6.1-7 */
        return is_proposal_of(content, is_add) ? BASE_OK : MLS_E_SENDER;
    case MLS_SENDER_NEW_MEMBER_COMMIT: /* V-6.1-6, V-12.4.3.2-1 */
        if (content->type != MLS_CONTENT_COMMIT || content->commit == NULL) {
            return MLS_E_SENDER;
        }
        return content->commit->has_path ? BASE_OK : MLS_E_PATH_MISSING;
    }
    return MLS_E_SENDER;
}

base_err mls_content_joiner_key(const mls_auth_content *c, base_bytes *key)
{
    const mls_framed_content *content = &c->content;
    if (content->sender.type != MLS_SENDER_NEW_MEMBER_PROPOSAL &&
        content->sender.type != MLS_SENDER_NEW_MEMBER_COMMIT) {
        return MLS_E_SENDER;
    }
    base_err err = mls_content_check_sender(c);
    if (err != BASE_OK) {
        return err;
    }
    *key = content->sender.type == MLS_SENDER_NEW_MEMBER_PROPOSAL
               ? content->proposal->key_package.leaf_node.signature_key
               : content->commit->path.leaf_node.signature_key;
    return BASE_OK;
}

/* ---- hashes ---- */

base_err mls_content_proposal_ref(const crypto_suite *s, const mls_auth_content *c,
                                  crypto_digest *out)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(crypto_suite_alloc(s));
    base_wr w = base_wr_on(&value);
    REQUIRE(c->content.type == MLS_CONTENT_PROPOSAL, BASE_E_ARGUMENT);
    mls_auth_content_write(&w, c);
    TRY(base_wr_end(&w));
    TRY(crypto_ref_hash(s, CRYPTO_LABEL("MLS 1.0 Proposal Reference"), base_buf_bytes(&value),
                        out));
done:
    base_buf_clear(&value);
    return err;
}

base_err mls_content_confirmed_input(const mls_auth_content *c, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf input = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&input);
    REQUIRE(c->content.type == MLS_CONTENT_COMMIT, BASE_E_ARGUMENT);
    base_wr_u16(&w, (uint16_t)c->wire_format);
    mls_framed_content_write(&w, &c->content);
    base_wr_vec(&w, c->signature);
    TRY(base_wr_end(&w));
    base_buf_move(out, &input);
done:
    base_buf_clear(&input);
    return err;
}
