/* Keeping proposals, in memory and in the store. */
#include "kept.h"

#include "base/alloc.h"

#define RECORD_VERSION 1

void mls_kept_proposal_free(mls_kept_proposal *p)
{
    if (p == NULL) {
        return;
    }
    base_buf_clear(&p->encoded);
    base_arena_clear(&p->lists);
    base_secret_clear(&p->leaf_key);
    base_secret_clear(&p->signature_key);
    base_alloc_free(p->alloc, p);
}

base_err mls_kept_proposal_new(const crypto_suite *s, const base_alloc *alloc, base_bytes encoded,
                               const base_secret *leaf_key, const base_secret *signature_key,
                               mls_kept_proposal **out)
{
    base_err err = BASE_OK;
    mls_kept_proposal *p = (mls_kept_proposal *)base_alloc_zero(alloc, 1, sizeof *p);
    if (p == NULL) {
        return BASE_E_NOMEM;
    }
    p->alloc = alloc;
    p->encoded = base_buf_on(alloc);
    p->lists = base_arena_on(alloc, 0);
    TRY(base_buf_set(&p->encoded, encoded));
    TRY(mls_auth_content_decode(base_buf_bytes(&p->encoded), &p->lists, &p->content));
    REQUIRE(p->content.content.type == MLS_CONTENT_PROPOSAL, BASE_E_VALUE);
    TRY(mls_content_proposal_ref(s, &p->content, &p->ref));
    if (leaf_key != NULL) {
        p->leaf_key = *leaf_key;
    }
    if (signature_key != NULL) {
        p->signature_key = *signature_key;
    }
    *out = p;
    p = NULL;
done:
    mls_kept_proposal_free(p);
    return err;
}

const mls_kept_proposal *mls_kept_find(const mls_kept *k, base_bytes ref)
{
    for (size_t i = 0; i < k->n; i++) {
        if (base_bytes_eq(crypto_digest_bytes(&k->v[i]->ref), ref)) {
            return k->v[i];
        }
    }
    return NULL;
}

base_err mls_kept_reserve(mls_kept *k, const base_alloc *alloc, size_t max)
{
    if (k->n >= max) {
        return BASE_E_LIMIT;
    }
    void *v = k->v;
    base_err err = base_alloc_grow(alloc, &v, &k->cap, k->n + 1, sizeof *k->v);
    k->v = (mls_kept_proposal **)v;
    return err;
}

void mls_kept_add(mls_kept *k, mls_kept_proposal *p)
{
    k->v[k->n++] = p;
}

void mls_kept_remove(mls_kept *k, size_t i)
{
    mls_kept_proposal_free(k->v[i]);
    memmove(k->v + i, k->v + i + 1, (k->n - i - 1) * sizeof *k->v);
    k->n--;
}

void mls_kept_clear(mls_kept *k, const base_alloc *alloc)
{
    for (size_t i = 0; i < k->n; i++) {
        mls_kept_proposal_free(k->v[i]);
    }
    base_alloc_free(alloc, k->v);
    *k = (mls_kept){0};
}

/* ---- the store ---- */

/* The list without entry `without`, and with `more` when it is not NULL. */
static void save_list(const mls_kept *k, const mls_store_key *group, size_t without,
                      const mls_kept_proposal *more, mls_batch *b)
{
    base_buf out = base_buf_on(b->alloc);
    base_wr w = base_wr_on(&out);
    base_wr_u16(&w, RECORD_VERSION);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < k->n; i++) {
        if (i != without) {
            base_wr_vec(&w, crypto_digest_bytes(&k->v[i]->ref));
        }
    }
    if (more != NULL) {
        base_wr_vec(&w, crypto_digest_bytes(&more->ref));
    }
    base_wr_close(&w, mark);
    mls_store_key key = mls_store_key_of(group, 'q');
    if (base_wr_end(&w) == BASE_OK) {
        mls_batch_put(b, &key, base_buf_bytes(&out));
    } else if (b->err == BASE_OK) {
        b->err = base_wr_end(&w);
    }
    base_buf_clear(&out);
}

void mls_kept_save_add(const mls_kept *k, const mls_store_key *group, const mls_kept_proposal *p,
                       mls_batch *b)
{
    base_buf out = base_buf_on(b->alloc);
    base_wr w = base_wr_on(&out);
    base_wr_u16(&w, RECORD_VERSION);
    base_wr_vec(&w, base_buf_bytes(&p->encoded));
    base_wr_vec(&w, base_secret_bytes(&p->leaf_key));
    base_wr_vec(&w, base_secret_bytes(&p->signature_key));
    mls_store_key key = mls_store_key_ref(group, 'p', &p->ref);
    if (base_wr_end(&w) == BASE_OK) {
        mls_batch_put(b, &key, base_buf_bytes(&out));
    } else if (b->err == BASE_OK) {
        b->err = base_wr_end(&w);
    }
    base_buf_clear(&out);
    save_list(k, group, SIZE_MAX, p, b);
}

void mls_kept_save_remove(const mls_kept *k, const mls_store_key *group, size_t i, mls_batch *b)
{
    mls_store_key key = mls_store_key_ref(group, 'p', &k->v[i]->ref);
    mls_batch_remove(b, &key);
    save_list(k, group, i, NULL, b);
}

void mls_kept_save_clear(const mls_kept *k, const mls_store_key *group, mls_batch *b)
{
    for (size_t i = 0; i < k->n; i++) {
        mls_store_key key = mls_store_key_ref(group, 'p', &k->v[i]->ref);
        mls_batch_remove(b, &key);
    }
    if (k->n > 0) {
        mls_store_key key = mls_store_key_of(group, 'q');
        mls_batch_remove(b, &key);
    }
}

static base_err load_one(const mls_ctx *ctx, const crypto_suite *s, const mls_store_key *group,
                         base_bytes ref, mls_kept *k)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(ctx->alloc);
    base_secret leaf_key = {0};
    base_secret signature_key = {0};
    mls_kept_proposal *p = NULL;
    crypto_digest digest = {.n = ref.n};
    REQUIRE(ref.n == s->hash->size, BASE_E_CORRUPT);
    memcpy(digest.b, ref.p, ref.n);
    mls_store_key key = mls_store_key_ref(group, 'p', &digest);
    TRY(mls_store_get(ctx, &key, &value));
    base_rd r = base_rd_on(base_buf_bytes(&value));
    if (base_rd_u16(&r) != RECORD_VERSION) {
        base_rd_fail(&r, BASE_E_CORRUPT);
    }
    base_bytes encoded = base_rd_vec(&r);
    base_bytes leaf = base_rd_vec(&r);
    base_bytes signature = base_rd_vec(&r);
    TRY(base_rd_end(&r));
    TRY(base_secret_set(&leaf_key, leaf));
    TRY(base_secret_set(&signature_key, signature));
    TRY(mls_kept_proposal_new(s, ctx->alloc, encoded, &leaf_key, &signature_key, &p));
    REQUIRE(base_bytes_eq(crypto_digest_bytes(&p->ref), ref), BASE_E_CORRUPT);
    TRY(mls_kept_reserve(k, ctx->alloc, SIZE_MAX));
    mls_kept_add(k, p);
    p = NULL;
done:
    mls_kept_proposal_free(p);
    base_secret_clear(&signature_key);
    base_secret_clear(&leaf_key);
    base_buf_clear(&value);
    return err;
}

base_err mls_kept_load(const mls_ctx *ctx, const crypto_suite *s, const mls_store_key *group,
                       mls_kept *k)
{
    base_err err = BASE_OK;
    base_buf list = base_buf_on(ctx->alloc);
    mls_store_key key = mls_store_key_of(group, 'q');
    err = mls_store_get(ctx, &key, &list);
    if (err == BASE_E_NOT_FOUND) {
        err = BASE_OK;
        goto done;
    }
    TRY(err);
    base_rd r = base_rd_on(base_buf_bytes(&list));
    REQUIRE(base_rd_u16(&r) == RECORD_VERSION, BASE_E_CORRUPT);
    base_rd refs = base_rd_open(&r);
    while (base_rd_more(&refs)) {
        base_bytes ref = base_rd_vec(&refs);
        if (refs.err == BASE_OK) {
            TRY(load_one(ctx, s, group, ref, k));
        }
    }
    base_rd_close(&r, &refs);
    TRY(base_rd_end(&r));
done:
    base_buf_clear(&list);
    return mls_store_verdict(err);
}
