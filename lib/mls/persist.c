/* Writing a group's changes to the store and opening a group again. What opening leaves in the
 * store is read by persist_need.c. */
#include "persist.h"

#include "base/alloc.h"

#define RECORD_VERSION 1

/* ---- writing ---- */

void mls_persist_state(const mls_group *g, mls_batch *b)
{
    const mls_epoch *e = &g->epoch;
    base_buf out = base_buf_on(b->alloc);
    base_buf part = base_buf_on(b->alloc);
    base_wr w = base_wr_on(&out);
    base_wr_u16(&w, RECORD_VERSION);
    base_wr_u8(&w, (uint8_t)g->state);
    base_wr_vec(&w, base_buf_bytes(&e->encoded));
    base_wr_u32(&w, mls_group_leaf_count(g));
    base_err err = mls_tree_private_encode(&e->keys, &part);
    base_wr_vec(&w, base_buf_bytes(&part));
    base_buf_clear(&part);
    if (err == BASE_OK) {
        err = mls_epoch_secrets_encode(&e->secrets, &part);
    }
    base_wr_vec(&w, base_buf_bytes(&part));
    base_buf_clear(&part);
    base_wr_vec(&w, crypto_digest_bytes(&e->interim));
    base_wr_vec(&w, crypto_digest_bytes(&e->confirmation_tag));
    base_wr_vec(&w, base_secret_bytes(&g->signature_private));
    base_wr_u64(&w, g->psk_first);
    base_wr_vec(&w, base_buf_bytes(&g->reinit));
    err = err == BASE_OK ? base_wr_end(&w) : err;
    mls_store_key key = mls_store_key_of(&g->prefix, 's');
    if (err == BASE_OK) {
        mls_batch_put(b, &key, base_buf_bytes(&out));
        key = mls_store_key_u64(&g->prefix, 'e', e->context.epoch);
        if (e->secrets.resumption_psk.n > 0) {
            mls_batch_put(b, &key, base_secret_bytes(&e->secrets.resumption_psk));
        }
    } else if (b->err == BASE_OK) {
        b->err = err;
    }
    base_buf_clear(&out);
}

void mls_persist_drop_psks(const mls_group *g, uint64_t epoch, mls_batch *b, uint64_t *first)
{
    uint64_t keep = g->ctx->limits.resumption;
    uint64_t until = epoch > keep ? epoch - keep : 0;
    *first = g->psk_first;
    for (; *first < until; (*first)++) {
        mls_store_key key = mls_store_key_u64(&g->prefix, 'e', *first);
        mls_batch_remove(b, &key);
    }
}

static void put_node(const mls_tree *t, mls_node_index x, const mls_store_key *group,
                     bool remove_blank, mls_batch *b)
{
    const mls_node *node = mls_tree_node(t, x);
    mls_store_key key = mls_store_key_u32(group, 'n', x.v);
    if (node != NULL) {
        mls_batch_put(b, &key, node->encoded);
    } else if (remove_blank) {
        mls_batch_remove(b, &key);
    }
}

base_err mls_persist_nodes(const mls_group *g, mls_batch *b)
{
    uint32_t n = mls_node_count(mls_tree_leaf_count(g->epoch.tree));
    for (uint32_t x = 0; x < n; x++) {
        put_node(g->epoch.tree, (mls_node_index){x}, &g->prefix, false, b);
    }
    return b->err;
}

base_err mls_persist_changes(const mls_tree *overlay, const mls_store_key *group, mls_batch *b)
{
    mls_node_list list = mls_node_list_on(b->alloc);
    base_err err = mls_tree_changes(overlay, &list);
    for (size_t i = 0; err == BASE_OK && i < list.n; i++) {
        put_node(overlay, list.v[i], group, true, b);
    }
    mls_node_list_clear(&list);
    return err == BASE_OK ? b->err : err;
}

typedef struct save_sink {
    const mls_store_key *group;
    mls_batch *b;
} save_sink;

static base_err save(const save_sink *s, const mls_store_key *key, base_bytes value)
{
    if (value.n > 0) {
        mls_batch_put(s->b, key, value);
    } else {
        mls_batch_remove(s->b, key);
    }
    return s->b->err;
}

static base_err save_node(void *user, uint32_t node, base_bytes secret)
{
    const save_sink *s = (const save_sink *)user;
    mls_store_key key = mls_store_key_u32(s->group, 't', node);
    return save(s, &key, secret);
}

static base_err save_sender(void *user, mls_leaf_index leaf, base_bytes ratchets)
{
    const save_sink *s = (const save_sink *)user;
    mls_store_key key = mls_store_key_u32(s->group, 'r', leaf.v);
    return save(s, &key, ratchets);
}

base_err mls_persist_messages(const mls_group *g, mls_batch *b)
{
    save_sink s = {&g->prefix, b};
    const mls_secret_tree_sink sink = {save_node, save_sender, &s, b->alloc};
    return mls_secret_tree_save(g->messages, &sink);
}

base_err mls_persist_messages_all(const mls_secret_tree *t, const mls_store_key *group,
                                  mls_batch *b)
{
    save_sink s = {group, b};
    const mls_secret_tree_sink sink = {save_node, save_sender, &s, b->alloc};
    return mls_secret_tree_save_all(t, &sink);
}

base_err mls_persist_erase_messages(const mls_group *g, mls_batch *b)
{
    save_sink s = {&g->prefix, b};
    const mls_secret_tree_sink sink = {save_node, save_sender, &s, b->alloc};
    return mls_secret_tree_erase(g->messages, &sink);
}

void mls_persist_forget_messages(mls_group *g)
{
    mls_secret_tree_free(g->messages);
    g->messages = NULL;
    g->messages_part = false;
}

base_err mls_persist_write(mls_group *g, const mls_batch *b)
{
    base_err err = mls_batch_write(g->ctx, b);
    if (err != BASE_OK) {
        mls_persist_forget_messages(g);
    } else if (g->messages != NULL) {
        mls_secret_tree_saved(g->messages);
    }
    return err;
}

base_err mls_persist_new(mls_group *g, mls_batch *b)
{
    base_err err = mls_persist_nodes(g, b);
    if (err == BASE_OK) {
        err = mls_persist_messages_all(g->messages, &g->prefix, b);
    }
    if (err == BASE_OK) {
        mls_persist_state(g, b);
        err = mls_persist_write(g, b);
    }
    return err;
}

/* ---- reading ---- */

/* A value of exactly Nh bytes. */
static base_err digest_of(const mls_group *g, base_bytes b, crypto_digest *out)
{
    if (b.n != g->epoch.suite.hash->size) {
        return BASE_E_CORRUPT;
    }
    out->n = b.n;
    memcpy(out->b, b.p, b.n);
    return BASE_OK;
}

/* The signature key fits the own leaf. The keys of the tree are held against it when it is read. A
 * member that was removed keeps the tree of its last epoch and no keys. */
static base_err check_keys(const mls_group *g)
{
    base_err err = BASE_OK;
    base_secret own = {0};
    base_buf public_key = base_buf_on(g->ctx->alloc);
    const mls_leaf_node *leaf = NULL;
    TRY(mls_persist_need_leaf(g, g->epoch.keys.leaf, &leaf));
    if (g->state == MLS_GROUP_ACTIVE) {
        TRY(crypto_sig_import(&g->epoch.suite, base_secret_bytes(&g->signature_private), &own,
                              &public_key));
        REQUIRE(base_bytes_eq(base_buf_bytes(&public_key), leaf->signature_key), BASE_E_CORRUPT);
    }
done:
    base_secret_clear(&own);
    base_buf_clear(&public_key);
    return err;
}

static base_err read_state(mls_group *g, base_bytes value)
{
    base_err err = BASE_OK;
    mls_epoch *e = &g->epoch;
    base_rd r = base_rd_on(value);
    REQUIRE(base_rd_u16(&r) == RECORD_VERSION, BASE_E_CORRUPT);
    uint8_t state = base_rd_u8(&r);
    base_bytes context = base_rd_vec(&r);
    uint32_t leaves = base_rd_u32(&r);
    base_bytes keys = base_rd_vec(&r);
    base_bytes secrets = base_rd_vec(&r);
    base_bytes interim = base_rd_vec(&r);
    base_bytes tag = base_rd_vec(&r);
    base_bytes signature = base_rd_vec(&r);
    g->psk_first = base_rd_u64(&r);
    base_bytes reinit = base_rd_vec(&r);
    TRY(base_rd_end(&r));
    REQUIRE(state >= MLS_GROUP_ACTIVE && state <= MLS_GROUP_ENDED, BASE_E_CORRUPT);
    g->state = (mls_group_state)state;
    REQUIRE((reinit.n > 0) == (g->state == MLS_GROUP_ENDED), BASE_E_CORRUPT);
    TRY(mls_epoch_set_encoded(e, g->ctx, context));
    /* Deleting goes through these one by one: no more than a context may keep. */
    REQUIRE(g->psk_first <= e->context.epoch &&
                e->context.epoch - g->psk_first <= MLS_RESUMPTION_MAX,
            BASE_E_CORRUPT);
    TRY(mls_tree_private_decode(keys, &e->keys));
    TRY(mls_epoch_secrets_decode(&e->suite, secrets, &e->secrets));
    TRY(digest_of(g, interim, &e->interim));
    TRY(digest_of(g, tag, &e->confirmation_tag));
    TRY(base_secret_set(&g->signature_private, signature));
    TRY(base_buf_set(&g->reinit, reinit));
    REQUIRE(leaves > 0 && leaves <= MLS_TREE_LEAVES_MAX && (leaves & (leaves - 1)) == 0,
            BASE_E_CORRUPT);
    g->unread = leaves;
    TRY(check_keys(g));
done:
    return mls_store_verdict(err);
}

base_err mls_persist_load(mls_ctx *ctx, base_bytes group_id, mls_group **out)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(ctx->alloc);
    mls_group *g = mls_group_alloc(ctx);
    REQUIRE(g != NULL, BASE_E_NOMEM);
    TRY(mls_store_key_group(ctx, group_id, &g->prefix));
    mls_store_key key = mls_store_key_of(&g->prefix, 's');
    TRY(mls_store_get(ctx, &key, &value));
    TRY(read_state(g, base_buf_bytes(&value)));
    REQUIRE(base_bytes_eq(g->epoch.context.group_id, group_id), BASE_E_CORRUPT);
    TRY(mls_kept_load(ctx, &g->epoch.suite, &g->prefix, &g->kept));
    *out = g;
    g = NULL;
done:
    mls_group_free(g);
    base_buf_clear(&value);
    return err;
}

base_err mls_persist_resumption(const mls_ctx *ctx, base_bytes group_id, uint64_t epoch,
                                base_buf *psk)
{
    mls_store_key prefix;
    base_err err = mls_store_key_group(ctx, group_id, &prefix);
    if (err == BASE_OK) {
        mls_store_key key = mls_store_key_u64(&prefix, 'e', epoch);
        err = mls_store_get(ctx, &key, psk);
    }
    return err;
}
