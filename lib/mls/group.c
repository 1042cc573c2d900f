/* What a group is: life, accessors, exports, and its beginning with one member (RFC 9420,
 * sections 8.5 and 11). */
#include "group.h"

#include "app_data.h"
#include "base/alloc.h"
#include "group_info.h"
#include "proposal_list.h"
#include "key_package.h"
#include "leaf_node.h"
#include "member.h"
#include "persist.h"
#include "safe_export.h"
#include "tree_codec.h"
#include "tree_hash.h"

/* ---- life ---- */

mls_group *mls_group_alloc(mls_ctx *ctx)
{
    mls_group *g = (mls_group *)base_alloc_zero(ctx->alloc, 1, sizeof *g);
    if (g != NULL) {
        g->ctx = ctx;
        g->state = MLS_GROUP_ACTIVE;
        g->reinit = base_buf_on(ctx->alloc);
    }
    return g;
}

void mls_group_clear(mls_group *g)
{
    mls_epoch_clear(&g->epoch);
    mls_persist_forget_leaves(g);
    mls_secret_tree_free(g->messages);
    g->messages = NULL;
    base_secret_clear(&g->signature_private);
    mls_kept_clear(&g->kept, g->ctx->alloc);
    base_buf_clear(&g->reinit);
}

void mls_group_free(mls_group *g)
{
    if (g != NULL) {
        const base_alloc *alloc = g->ctx->alloc;
        mls_group_clear(g);
        base_alloc_free(alloc, g);
    }
}

base_err mls_group_load(mls_ctx *ctx, base_bytes group_id, mls_group **out)
{
    if (ctx == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = mls_persist_load(ctx, group_id, out);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

base_err mls_group_delete(mls_group *g)
{
    if (g == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_batch b = mls_batch_on(g->ctx->alloc);
    TRY(mls_persist_need_tree(g));
    if (g->state == MLS_GROUP_ACTIVE) {
        TRY(mls_persist_need_messages(g));
        TRY(mls_persist_erase_messages(g, &b));
    }
    TRY(mls_safe_export_erase(g, &b));
    uint32_t nodes = mls_node_count(mls_tree_leaf_count(g->epoch.tree));
    for (uint32_t x = 0; x < nodes; x++) {
        if (mls_tree_node(g->epoch.tree, (mls_node_index){x}) != NULL) {
            mls_store_key key = mls_store_key_u32(&g->prefix, 'n', x);
            mls_batch_remove(&b, &key);
        }
    }
    for (uint64_t e = g->psk_first; e <= g->epoch.context.epoch; e++) {
        mls_store_key key = mls_store_key_u64(&g->prefix, 'e', e);
        mls_batch_remove(&b, &key);
    }
    mls_kept_save_clear(&g->kept, &g->prefix, &b);
    mls_store_key key = mls_store_key_of(&g->prefix, 's');
    mls_batch_remove(&b, &key);
    TRY(mls_persist_write(g, &b));
    g->state = MLS_GROUP_REMOVED;
    base_secret_clear(&g->epoch.secrets.application_export); /* exporting writes */
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_group_require_active(const mls_group *g)
{
    /* V-12.4.2-6: an ended group neither sends nor receives */
    return g->state == MLS_GROUP_ACTIVE ? BASE_OK : MLS_E_REMOVED;
}

base_err mls_group_check_address(const mls_group *g, base_bytes group_id, uint64_t epoch)
{
    /* V-6-5 */
    if (!base_bytes_eq(group_id, g->epoch.context.group_id)) {
        return MLS_E_GROUP_ID;
    }
    /* V-6-6 */
    if (epoch != g->epoch.context.epoch) {
        return epoch < g->epoch.context.epoch ? MLS_E_EPOCH_PAST : MLS_E_EPOCH_FUTURE;
    }
    return BASE_OK;
}

base_err mls_group_authenticated_data(const mls_group *g, const mls_framing *framing,
                                      base_bytes *out)
{
    base_bytes given = framing != NULL ? framing->authenticated_data : BASE_BYTES_NONE;
    return mls_safe_aad_give(g->epoch.context.extensions, g->ctx->alloc, given, out);
}

base_err mls_group_next_epoch(const mls_group *g, uint64_t *out)
{
    if (g->epoch.context.epoch == UINT64_MAX) {
        return BASE_E_LIMIT;
    }
    *out = g->epoch.context.epoch + 1;
    return BASE_OK;
}

mls_ratchet_limits mls_group_ratchet_limits(const mls_ctx *ctx)
{
    uint32_t kept = ctx->limits.skipped == UINT32_MAX ? 0 : ctx->limits.skipped;
    return (mls_ratchet_limits){ctx->limits.forward, kept};
}

/* ---- looking ---- */

mls_group_state mls_group_state_of(const mls_group *g)
{
    return g->state;
}

base_bytes mls_group_id(const mls_group *g)
{
    return g->epoch.context.group_id;
}

uint64_t mls_group_epoch(const mls_group *g)
{
    return g->epoch.context.epoch;
}

mls_suite mls_group_suite(const mls_group *g)
{
    return g->epoch.context.suite;
}

mls_leaf_index mls_group_own_leaf(const mls_group *g)
{
    return g->epoch.keys.leaf;
}

const mls_leaf_node *mls_group_own_node(const mls_group *g)
{
    return mls_tree_leaf(g->epoch.tree, g->epoch.keys.leaf);
}

mls_extension_list mls_group_extensions(const mls_group *g)
{
    return g->epoch.context.extensions;
}

base_bytes mls_group_epoch_authenticator(const mls_group *g)
{
    return base_secret_bytes(&g->epoch.secrets.epoch_authenticator);
}

uint32_t mls_group_leaf_count(const mls_group *g)
{
    return g->unread > 0 ? g->unread : mls_tree_leaf_count(g->epoch.tree);
}

base_err mls_group_member(const mls_group *g, mls_leaf_index leaf, const mls_leaf_node **out)
{
    if (g == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    return mls_persist_need_leaf(g, leaf, out);
}

base_err mls_group_export(const mls_group *g, base_bytes label, base_bytes context, size_t n,
                          base_buf *secret)
{
    if (g == NULL || secret == NULL || n == 0) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf out = base_buf_on(g->ctx->alloc);
    REQUIRE(n <= 255 * g->epoch.suite.hash->size && n <= UINT16_MAX, BASE_E_ARGUMENT);
    TRY(base_buf_resize(&out, n));
    TRY(mls_export(&g->epoch.suite, base_secret_bytes(&g->epoch.secrets.exporter_secret), label,
                   context, out.p, n));
    base_buf_move(secret, &out);
done:
    base_buf_clear(&out);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_group_tree(const mls_group *g, base_buf *tree)
{
    if (g == NULL || tree == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf out = base_buf_on(g->ctx->alloc);
    TRY(mls_persist_need_tree(g));
    TRY(mls_tree_encode(g->epoch.tree, &out));
    base_buf_move(tree, &out);
done:
    base_buf_clear(&out);
    return err;
}

base_err mls_group_info(const mls_group *g, bool with_tree, bool with_external_pub,
                        base_buf *message)
{
    if (g == NULL || message == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf out = base_buf_on(g->ctx->alloc);
    base_wr w = base_wr_on(&out);
    TRY(mls_group_require_active(g));
    TRY(mls_persist_need_tree(g));
    mls_message_begin(&w, MLS_WIRE_GROUP_INFO);
    TRY(base_wr_end(&w));
    TRY(mls_group_info_make(g, with_tree, with_external_pub, &out));
    base_buf_move(message, &out);
done:
    base_buf_clear(&out);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

/* ---- beginning ---- */

/* The tree of one and the keys of its leaf; leaf of source key_package, judged like any other. */
static base_err create_tree(mls_group *g, const mls_member *m, mls_extension_list extensions,
                            base_bytes group_id, uint64_t now)
{
    base_err err = BASE_OK;
    mls_leaf_index at = {0};
    base_buf public_key = base_buf_on(g->ctx->alloc);
    base_buf signature = base_buf_on(g->ctx->alloc);
    const mls_lifetime_rule lifetime = {false, now, 0};
    TRY(crypto_hpke_generate_key_pair(&g->epoch.suite, &g->epoch.keys.leaf_key, &public_key));
    mls_leaf_node leaf = m->leaf;
    leaf.encryption_key = base_buf_bytes(&public_key);
    leaf.source = MLS_LEAF_KEY_PACKAGE;
    leaf.not_before = now > MLS_MEMBER_PAST ? now - MLS_MEMBER_PAST : 0;
    leaf.not_after = now < UINT64_MAX - MLS_MEMBER_FUTURE ? now + MLS_MEMBER_FUTURE : UINT64_MAX;
    TRY(mls_leaf_node_sign(&g->epoch.suite, base_secret_bytes(&m->private_key), &leaf, group_id, at,
                           &signature));
    leaf.signature = base_buf_bytes(&signature);
    TRY(mls_tree_new(&g->epoch.suite, g->ctx->limits.leaves, &g->epoch.tree));
    const mls_leaf_place place = {g->epoch.tree,        group_id, extensions, at,
                                  MLS_LEAF_KEY_PACKAGE, lifetime};
    TRY(mls_leaf_node_check(&place, &leaf));
    TRY(mls_tree_add_leaf(g->epoch.tree, &leaf, &at));
    g->epoch.keys.leaf = at;
done:
    base_buf_clear(&signature);
    base_buf_clear(&public_key);
    return err;
}

base_err mls_group_begin(mls_ctx *ctx, base_bytes group_id, const mls_member_params *member,
                         mls_extension_list extensions, uint64_t now, mls_group **out)
{
    base_err err = BASE_OK;
    mls_member m = {0};
    crypto_digest tree_hash = {0};
    mls_group *g = mls_group_alloc(ctx);
    REQUIRE(g != NULL, BASE_E_NOMEM);
    TRY(mls_store_key_group(ctx, group_id, &g->prefix));
    mls_store_key key = mls_store_key_of(&g->prefix, 's');
    TRY(mls_store_absent(ctx, &key));
    TRY(mls_ctx_suite(ctx, member->suite, &g->epoch.suite));
    TRY(mls_group_extensions_check(extensions, ctx->alloc));
    TRY(mls_member_init(&m, &g->epoch.suite, member, ctx->alloc));
    TRY(create_tree(g, &m, extensions, group_id, now));
    TRY(mls_tree_root_hash(g->epoch.tree, &tree_hash));
    const mls_group_context c = {
        MLS_VERSION_MLS10, member->suite, group_id, 0, crypto_digest_bytes(&tree_hash),
        BASE_BYTES_NONE,   extensions};
    TRY(mls_epoch_set_context(&g->epoch, ctx, &c));
    TRY(mls_epoch_secrets_generate(&g->epoch.suite, &g->epoch.secrets));
    TRY(mls_epoch_confirm(&g->epoch));
    mls_ratchet_limits limits = mls_group_ratchet_limits(ctx);
    TRY(mls_secret_tree_new(&g->epoch.suite, mls_tree_leaf_count(g->epoch.tree), &limits,
                            &g->epoch.secrets.encryption_secret, &g->messages));
    g->signature_private = m.private_key;
    g->psk_first = 0;
    *out = g;
    g = NULL;
done:
    mls_member_clear(&m);
    mls_group_free(g);
    return err;
}

base_err mls_group_create(mls_ctx *ctx, base_bytes group_id, const mls_member_params *member,
                          mls_extension_list extensions, uint64_t now, mls_group **out)
{
    if (ctx == NULL || member == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_group *g = NULL;
    mls_batch b = mls_batch_on(ctx->alloc);
    TRY(mls_group_begin(ctx, group_id, member, extensions, now, &g));
    TRY(mls_persist_new(g, &b));
    *out = g;
    g = NULL;
done:
    mls_group_free(g);
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
