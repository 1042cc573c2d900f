/* Staged commits across a restart: mls_staged_encode() and mls_staged_decode(). The encoding holds
 * the secrets of the next epoch; whoever keeps it keeps it like the store. */
#include "staged_code.h"

#include "base/alloc.h"
#include "persist.h"
#include "tree_hash.h"

#define CODE_VERSION 1

/* ---- the proposals ---- */

base_err mls_staged_list_encode(const mls_proposal_list *list, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf b = base_buf_on(list->alloc);
    base_wr w = base_wr_on(&b);
    for (size_t i = 0; i < list->n; i++) {
        const mls_list_item *item = &list->v[i];
        base_wr_u8(&w, (uint8_t)item->sender.type);
        base_wr_u32(&w, item->sender.index);
        base_wr_bool(&w, item->by_value);
        base_wr_u32(&w, item->leaf.v);
        mls_proposal_write(&w, item->proposal);
    }
    TRY(base_wr_end(&w));
    base_buf_move(out, &b);
done:
    base_buf_clear(&b);
    return err;
}

static base_err item_read(base_rd *r, base_arena *a, mls_list_item *item)
{
    mls_proposal *p = (mls_proposal *)base_arena_zero(a, 1, sizeof *p);
    if (p == NULL) {
        return BASE_E_NOMEM;
    }
    uint8_t type = base_rd_u8(r);
    if (type < MLS_SENDER_MEMBER || type > MLS_SENDER_NEW_MEMBER_COMMIT) {
        base_rd_fail(r, BASE_E_VALUE);
    }
    item->sender = (mls_sender){(mls_sender_type)type, base_rd_u32(r)};
    item->by_value = base_rd_bool(r);
    item->leaf.v = base_rd_u32(r);
    mls_proposal_read(r, a, p);
    item->proposal = p;
    return r->err;
}

base_err mls_staged_list_decode(base_bytes in, base_arena *a, mls_list_item **items, size_t *n)
{
    base_err err = BASE_OK;
    void *v = NULL;
    size_t cap = 0;
    size_t count = 0;
    base_rd r = base_rd_on(in);
    while (base_rd_more(&r)) {
        mls_list_item item = {0};
        TRY(item_read(&r, a, &item));
        TRY(base_arena_grow(a, &v, &cap, count + 1, sizeof item));
        ((mls_list_item *)v)[count++] = item;
    }
    TRY(base_rd_end(&r));
    *items = (mls_list_item *)v;
    *n = count;
done:
    return err;
}

/* ---- the whole ---- */

/* What ties the encoding to the epoch it was made in: a hash of that epoch's GroupContext. */
static base_err base_tag(const mls_group *g, crypto_digest *out)
{
    base_bytes context = base_buf_bytes(&g->epoch.encoded);
    return crypto_digest_of(&g->epoch.suite, &context, 1, out);
}

static base_err epoch_write(base_wr *w, const mls_staged *s)
{
    base_err err = BASE_OK;
    const mls_epoch *e = &s->next.epoch;
    base_buf part = base_buf_on(s->ctx->alloc);
    base_wr_vec(w, base_buf_bytes(&e->encoded));
    TRY(mls_tree_overlay_encode(e->tree, &part));
    base_wr_vec(w, base_buf_bytes(&part));
    base_buf_clear(&part);
    TRY(mls_tree_private_encode(&e->keys, &part));
    base_wr_vec(w, base_buf_bytes(&part));
    base_buf_clear(&part);
    TRY(mls_epoch_secrets_encode(&e->secrets, &part));
    base_wr_vec(w, base_buf_bytes(&part));
    base_wr_vec(w, crypto_digest_bytes(&e->interim));
    base_wr_vec(w, crypto_digest_bytes(&e->confirmation_tag));
    TRY(base_wr_end(w));
done:
    base_buf_clear(&part);
    return err;
}

base_err mls_staged_encode(const mls_staged *s, base_buf *out)
{
    if (s == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf b = base_buf_on(s->ctx->alloc);
    crypto_digest tag = {0};
    base_wr w = base_wr_on(&b);
    REQUIRE(mls_staged_is_fresh(s), BASE_E_STATE);
    TRY(base_tag(s->base, &tag));
    base_wr_u16(&w, CODE_VERSION);
    base_wr_vec(&w, crypto_digest_bytes(&tag));
    base_wr_u8(&w, (uint8_t)s->committer.type);
    base_wr_u32(&w, s->committer.index);
    base_wr_u32(&w, s->committer_leaf.v);
    base_wr_bool(&w, s->removes_me);
    base_wr_bool(&w, s->has_path);
    base_wr_vec(&w, base_buf_bytes(&s->encoded));
    TRY(epoch_write(&w, s));
    base_wr_u8(&w, (uint8_t)s->next.state);
    base_wr_vec(&w, base_secret_bytes(&s->next.signature_private));
    base_wr_vec(&w, base_buf_bytes(&s->next.reinit));
    TRY(base_wr_end(&w));
    base_buf_move(out, &b);
done:
    base_buf_clear(&b);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

static base_err digest_read(const mls_staged *s, base_rd *r, crypto_digest *out)
{
    base_bytes b = base_rd_vec(r);
    size_t want = s->removes_me ? 0 : s->base->epoch.suite.hash->size;
    if (r->err != BASE_OK || b.n != want) {
        return BASE_E_CORRUPT;
    }
    out->n = b.n;
    if (b.n > 0) {
        memcpy(out->b, b.p, b.n);
    }
    return BASE_OK;
}

static base_err epoch_read(mls_staged *s, base_rd *r)
{
    base_err err = BASE_OK;
    mls_epoch *e = &s->next.epoch;
    crypto_digest hash = {0};
    TRY(mls_epoch_set_encoded(e, s->ctx, base_rd_vec(r)));
    TRY(mls_tree_overlay_decode(s->base->epoch.tree, base_rd_vec(r), &e->tree));
    TRY(mls_tree_private_decode(base_rd_vec(r), &e->keys));
    TRY(mls_epoch_secrets_decode(&e->suite, base_rd_vec(r), &e->secrets));
    TRY(digest_read(s, r, &e->interim));
    TRY(digest_read(s, r, &e->confirmation_tag));
    TRY(mls_tree_root_hash(e->tree, &hash));
    REQUIRE(base_bytes_eq(crypto_digest_bytes(&hash), e->context.tree_hash), BASE_E_CORRUPT);
    REQUIRE(e->suite.number == s->base->epoch.suite.number, BASE_E_CORRUPT);
    REQUIRE(e->context.epoch == s->from + 1, BASE_E_CORRUPT);
    if (!s->removes_me) {
        TRY(mls_tree_private_check(&e->keys, e->tree));
    }
done:
    return err;
}

static base_err staged_read(mls_staged *s, base_rd *r)
{
    base_err err = BASE_OK;
    uint8_t type = base_rd_u8(r);
    REQUIRE(type == MLS_SENDER_MEMBER || type == MLS_SENDER_NEW_MEMBER_COMMIT, BASE_E_CORRUPT);
    s->committer = (mls_sender){(mls_sender_type)type, base_rd_u32(r)};
    s->committer_leaf.v = base_rd_u32(r);
    s->removes_me = base_rd_bool(r);
    s->has_path = base_rd_bool(r);
    TRY(base_buf_set(&s->encoded, base_rd_vec(r)));
    TRY(epoch_read(s, r));
    uint8_t state = base_rd_u8(r);
    base_bytes signature = base_rd_vec(r);
    base_bytes reinit = base_rd_vec(r);
    TRY(base_rd_end(r));
    REQUIRE(state == MLS_GROUP_ACTIVE || state == MLS_GROUP_ENDED, BASE_E_CORRUPT);
    REQUIRE((reinit.n > 0) == (state == MLS_GROUP_ENDED), BASE_E_CORRUPT);
    s->next.state = (mls_group_state)state;
    TRY(base_secret_set(&s->next.signature_private, signature));
    TRY(base_buf_set(&s->next.reinit, reinit));
    TRY(mls_staged_list_decode(base_buf_bytes(&s->encoded), &s->lists, &s->items, &s->n_items));
    TRY(mls_staged_changes_make(s));
done:
    return err;
}

base_err mls_staged_decode(const mls_group *g, base_bytes in, mls_staged **out)
{
    if (g == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    crypto_digest tag = {0};
    mls_staged *s = NULL;
    base_rd r = base_rd_on(in);
    TRY(mls_group_require_active(g));
    TRY(mls_persist_need_tree(g));
    REQUIRE(base_rd_u16(&r) == CODE_VERSION, BASE_E_CORRUPT);
    base_bytes made_in = base_rd_vec(&r);
    TRY(base_tag(g, &tag));
    REQUIRE(r.err == BASE_OK, BASE_E_CORRUPT);
    REQUIRE(base_bytes_eq(made_in, crypto_digest_bytes(&tag)), BASE_E_STATE);
    s = mls_staged_alloc(g);
    REQUIRE(s != NULL, BASE_E_NOMEM);
    TRY(mls_store_verdict(staged_read(s, &r)));
    *out = s;
    s = NULL;
done:
    mls_staged_free(s);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
