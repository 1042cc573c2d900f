/* See tree_check.h. The rules are numbered in docs/validation.md. */
#include "tree_check.h"

#include "crypto/hpke.h"
#include "parent_hash.h"
#include "tree_hash.h"

/* One entry of the unmerged leaves of the parent at `above`. */
static base_err check_unmerged(const mls_tree *t, mls_node_index above, mls_leaf_index leaf)
{
    mls_node_index x = mls_node_of_leaf(leaf);
    if (leaf.v >= mls_tree_leaf_count(t) || mls_tree_leaf(t, leaf) == NULL ||
        !mls_node_is_under(x, above)) {
        return MLS_E_TREE; /* V-12.4.3.1-10 */
    }
    for (x = mls_node_parent(x); x.v != above.v; x = mls_node_parent(x)) {
        const mls_node *n = mls_tree_node(t, x);
        if (n != NULL && !mls_leaf_list_has(n->parent.unmerged, n->parent.n_unmerged, leaf)) {
            return MLS_E_TREE; /* V-12.4.3.1-11 */
        }
    }
    return BASE_OK;
}

static base_err check_parent(const mls_tree *t, mls_node_index x, const mls_parent_node *p)
{
    base_err err = BASE_OK;
    TRY(crypto_hpke_check_public(mls_tree_suite(t), p->encryption_key));
    for (size_t i = 0; i < p->n_unmerged; i++) {
        TRY(check_unmerged(t, x, p->unmerged[i]));
    }
done:
    return err;
}

/* V-7.3-8, V-7.3-9, V-12.4.3.1-12 */
static base_err check_keys(const mls_tree *t, mls_node_index x, const mls_node *n)
{
    base_err err = BASE_OK;
    mls_node_index at = MLS_NODE_NONE;
    TRY(mls_tree_find_encryption_key(t, mls_node_encryption_key(n), x, &at));
    REQUIRE(at.v == MLS_NODE_NONE.v, MLS_E_KEY_REUSE);
    if (n->is_leaf) {
        TRY(mls_tree_find_signature_key(t, n->leaf.signature_key, x, &at));
        REQUIRE(at.v == MLS_NODE_NONE.v, MLS_E_KEY_REUSE);
    }
done:
    return err;
}

base_err mls_tree_check_structure(mls_tree *t)
{
    base_err err = BASE_OK;
    uint32_t leaves = mls_tree_leaf_count(t);
    mls_node_index right =
        leaves > 1 ? mls_node_right(mls_tree_root(t)) : mls_node_of_leaf((mls_leaf_index){0});
    REQUIRE(mls_tree_members_under(t, right) > 0, MLS_E_TREE); /* as small as can be */
    for (mls_node_index x = {0}; x.v < mls_node_count(leaves); x.v++) {
        const mls_node *n = mls_tree_node(t, x);
        if (n == NULL) {
            continue;
        }
        TRY(check_keys(t, x, n));
        if (!n->is_leaf) {
            TRY(check_parent(t, x, &n->parent));
        }
    }
    TRY(mls_parent_hash_check(t));
done:
    return err;
}

/* V-7.3-3, V-7.3-4: each member lists each type that any member uses. */
static base_err check_credential_types(const mls_tree *t, const mls_leaf_node *leaf)
{
    const mls_tree_credential_use *uses = NULL;
    size_t n = mls_tree_credential_uses(t, &uses);
    for (size_t i = 0; i < n; i++) {
        if (!mls_u16_list_has(leaf->capabilities.credentials, uses[i].type)) {
            return MLS_E_CAPABILITIES;
        }
    }
    return BASE_OK;
}

/* V-12.4.3.1-9 */
static base_err check_leaf(const mls_tree *t, mls_leaf_index at, const mls_leaf_demand *demand,
                           const mls_group_context *context, const mls_lifetime_rule *lifetime)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    const mls_leaf_node *leaf = mls_tree_leaf(t, at);
    if (leaf == NULL) {
        return BASE_OK;
    }
    TRY(mls_leaf_node_check_alone(suite, leaf, MLS_LEAF_ANY_SOURCE, lifetime));
    TRY(mls_leaf_demand_check(demand, leaf));
    TRY(check_credential_types(t, leaf));
    TRY(mls_leaf_node_verify(suite, leaf, context->group_id, at));
done:
    return err;
}

base_err mls_tree_check(mls_tree *t, const mls_group_context *context,
                        const mls_lifetime_rule *lifetime)
{
    base_err err = BASE_OK;
    crypto_digest root = {0};
    mls_leaf_demand demand = {0};
    TRY(mls_tree_root_hash(t, &root));
    REQUIRE(base_bytes_eq(crypto_digest_bytes(&root), context->tree_hash),
            MLS_E_TREE_HASH); /* V-12.4.3.1-8 */
    TRY(mls_tree_check_structure(t));
    TRY(mls_leaf_demand_init(context->extensions, crypto_suite_alloc(mls_tree_suite(t)), &demand));
    for (mls_leaf_index at = {0}; at.v < mls_tree_leaf_count(t); at.v++) {
        TRY(check_leaf(t, at, &demand, context, lifetime));
    }
done:
    mls_leaf_demand_clear(&demand);
    return err;
}
