/* Trusting a GroupInfo. */
#include "joining.h"

#include "app_data.h"
#include "proposal_list.h"
#include "tree_check.h"
#include "tree_codec.h"

static base_err take_tree(mls_group *g, const mls_info *info, base_bytes ratchet_tree)
{
    const mls_extension *e = mls_extension_find(info->extensions, MLS_EXTENSION_RATCHET_TREE);
    if (e != NULL) {
        ratchet_tree = e->data;
    }
    if (ratchet_tree.n == 0) {
        return MLS_E_TREE_MISSING;
    }
    if (ratchet_tree.n > g->ctx->limits.message_bytes) {
        return BASE_E_LIMIT;
    }
    return mls_tree_decode(&g->epoch.suite, ratchet_tree, g->ctx->limits.leaves, &g->epoch.tree);
}

/* V-12.4.3-1, V-12.4.3-2 */
static base_err check_signer(const mls_group *g, const mls_info *info)
{
    const mls_leaf_node *signer = mls_tree_leaf(g->epoch.tree, info->signer);
    return signer != NULL ? mls_info_verify(&g->epoch.suite, signer->signature_key, info)
                          : MLS_E_WELCOME;
}

base_err mls_joining_info(mls_group *g, const mls_info *info, base_bytes ratchet_tree)
{
    base_err err = BASE_OK;
    /* Leaves age while they are in a group: their lifetimes count when they are added. */
    const mls_lifetime_rule lifetime = {.check = false};
    TRY(mls_epoch_set_context(&g->epoch, g->ctx, &info->context));
    TRY(mls_store_key_group(g->ctx, info->context.group_id, &g->prefix));
    /* V-12.4.3-3 */
    mls_store_key key = mls_store_key_of(&g->prefix, 's');
    TRY(mls_store_absent(g->ctx, &key));
    TRY(mls_group_extensions_check(g->epoch.context.extensions, g->ctx->alloc));
    TRY(mls_app_extensions_check(info->extensions, g->ctx->alloc));
    TRY(take_tree(g, info, ratchet_tree));
    TRY(check_signer(g, info));
    /* V-12.4.3.1-8 and the rest of a tree's integrity */
    TRY(mls_tree_check(g->epoch.tree, &g->epoch.context, &lifetime));
done:
    return err;
}
