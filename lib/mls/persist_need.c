/* Reading what opening a group left in the store. A message needs its sender's leaf and ratchets:
 * one read, and one a level of the tree. A handshake needs the tree, which is read whole and then
 * held against the GroupContext and the private keys, as a store is that may have lost something.
 */
#include "persist.h"

#include "base/alloc.h"
#include "tree_hash.h"

/* Leaves that are read one by one before all are: who looks at so many looks at all. */
#define SEEN_MAX 64

/* A value of the group as a buffer; absent is false. */
static base_err read_value(const mls_group *g, const mls_store_key *key, base_buf *value,
                           bool *there)
{
    base_err err = mls_store_get(g->ctx, key, value);
    *there = err == BASE_OK && value->n > 0;
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

/* ---- the tree ---- */

static base_err read_node(const mls_group *g, mls_node_index x, mls_node **out)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(g->ctx->alloc);
    bool there = false;
    mls_store_key key = mls_store_key_u32(&g->prefix, 'n', x.v);
    *out = NULL;
    TRY(read_value(g, &key, &value, &there));
    if (there) {
        TRY(mls_node_decode(g->ctx->alloc, mls_node_is_leaf(x), base_buf_bytes(&value), out));
    }
done:
    base_buf_clear(&value);
    return err;
}

static base_err read_tree(const mls_group *g, mls_tree **out)
{
    base_err err = BASE_OK;
    mls_node *node = NULL;
    mls_tree *t = NULL;
    crypto_digest hash = {0};
    uint32_t max = g->unread > g->ctx->limits.leaves ? g->unread : g->ctx->limits.leaves;
    TRY(mls_tree_new(&g->epoch.suite, max, &t));
    TRY(mls_tree_resize(t, g->unread));
    for (mls_node_index x = {0}; x.v < mls_node_count(g->unread); x.v++) {
        TRY(read_node(g, x, &node));
        if (node != NULL) {
            TRY(mls_tree_put(t, x, node));
            node = NULL;
        }
    }
    TRY(mls_tree_root_hash(t, &hash));
    REQUIRE(base_bytes_eq(crypto_digest_bytes(&hash), g->epoch.context.tree_hash), BASE_E_CORRUPT);
    REQUIRE(mls_tree_leaf(t, g->epoch.keys.leaf) != NULL, BASE_E_CORRUPT);
    if (g->state == MLS_GROUP_ACTIVE) {
        TRY(mls_tree_private_check(&g->epoch.keys, t));
    }
    *out = t;
    t = NULL;
done:
    mls_node_free(g->ctx->alloc, node);
    mls_tree_free(t);
    return err;
}

/* What is read does not change what a group is, so that who only looks may bring it in. */
static mls_group *reader(const mls_group *g)
{
    return (mls_group *)(uintptr_t)g;
}

base_err mls_persist_need_tree(const mls_group *g)
{
    if (g->unread == 0) {
        return BASE_OK;
    }
    base_err err = mls_store_verdict(read_tree(g, &reader(g)->epoch.tree));
    if (err == BASE_OK) {
        reader(g)->unread = 0;
    }
    return err;
}

/* ---- single leaves ---- */

void mls_persist_forget_leaves(mls_group *g)
{
    for (size_t i = 0; i < g->n_seen; i++) {
        mls_node_free(g->ctx->alloc, g->seen[i].node);
    }
    base_alloc_free(g->ctx->alloc, g->seen);
    g->seen = NULL;
    g->n_seen = g->cap_seen = 0;
}

/* A leaf of a tree that is in the store; *out NULL: blank, or lost. */
static base_err see_leaf(mls_group *g, mls_leaf_index leaf, const mls_leaf_node **out)
{
    base_err err = BASE_OK;
    mls_node *node = NULL;
    void *v = g->seen;
    *out = NULL;
    for (size_t i = 0; i < g->n_seen; i++) {
        if (g->seen[i].leaf.v == leaf.v) {
            *out = &g->seen[i].node->leaf;
            return BASE_OK;
        }
    }
    TRY(read_node(g, mls_node_of_leaf(leaf), &node));
    if (node != NULL) {
        TRY(base_alloc_grow(g->ctx->alloc, &v, &g->cap_seen, g->n_seen + 1, sizeof *g->seen));
        g->seen = (mls_seen_leaf *)v;
        g->seen[g->n_seen++] = (mls_seen_leaf){leaf, node};
        *out = &node->leaf;
        node = NULL;
    }
done:
    mls_node_free(g->ctx->alloc, node);
    return err;
}

base_err mls_persist_need_leaf(const mls_group *g, mls_leaf_index leaf, const mls_leaf_node **out)
{
    base_err err = BASE_OK;
    const mls_leaf_node *found = NULL;
    if (g->unread > 0 && leaf.v < g->unread && g->n_seen < SEEN_MAX) {
        TRY(mls_store_verdict(see_leaf(reader(g), leaf, &found)));
    }
    if (found == NULL && leaf.v < mls_group_leaf_count(g)) {
        TRY(mls_persist_need_tree(g)); /* only all of it can tell that a leaf is blank */
        found = mls_tree_leaf(g->epoch.tree, leaf);
    }
    REQUIRE(found != NULL, BASE_E_NOT_FOUND);
    *out = found;
done:
    return err;
}

/* ---- the secret tree ---- */

static base_err empty_secrets(const mls_group *g, mls_secret_tree **out)
{
    mls_ratchet_limits limits = mls_group_ratchet_limits(g->ctx);
    return mls_secret_tree_new(&g->epoch.suite, mls_group_leaf_count(g), &limits, NULL, out);
}

/* What the store holds at a node: *found says whether there is nothing more below it. */
static base_err read_secret(const mls_group *g, mls_secret_tree *t, mls_node_index x, bool *found)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(g->ctx->alloc);
    mls_store_key key = mls_store_key_u32(&g->prefix, 't', x.v);
    TRY(read_value(g, &key, &value, found));
    if (*found) {
        TRY(mls_secret_tree_put_node(t, x.v, base_buf_bytes(&value)));
    } else if (mls_node_is_leaf(x)) {
        mls_leaf_index leaf = mls_leaf_of_node(x);
        key = mls_store_key_u32(&g->prefix, 'r', leaf.v);
        TRY(read_value(g, &key, &value, found));
        REQUIRE(*found, BASE_E_CORRUPT);
        TRY(mls_secret_tree_put_sender(t, leaf, base_buf_bytes(&value)));
    }
done:
    base_buf_clear(&value);
    return err;
}

/* Fill a secret tree from its root down: below a kept secret there is nothing more. */
static base_err read_secrets(const mls_group *g, mls_secret_tree *t)
{
    base_err err = BASE_OK;
    mls_node_index stack[MLS_TREE_DEPTH_MAX + 2];
    size_t n = 0;
    stack[n++] = mls_node_root(mls_group_leaf_count(g));
    while (n > 0) {
        mls_node_index x = stack[--n];
        bool found = false;
        TRY(read_secret(g, t, x, &found));
        if (!found) {
            stack[n++] = mls_node_right(x);
            stack[n++] = mls_node_left(x);
        }
    }
done:
    return err;
}

base_err mls_persist_need_messages(mls_group *g)
{
    if (g->messages != NULL && !g->messages_part) {
        return BASE_OK;
    }
    base_err err = BASE_OK;
    mls_secret_tree *t = NULL;
    TRY(empty_secrets(g, &t));
    TRY(mls_store_verdict(read_secrets(g, t)));
    mls_secret_tree_saved(t);
    mls_secret_tree_free(g->messages); /* nothing in it is newer than the store */
    g->messages = t;
    g->messages_part = false;
    t = NULL;
done:
    mls_secret_tree_free(t);
    return err;
}

/* From the root down to a leaf, as far as there is nothing. */
static base_err read_way(const mls_group *g, mls_secret_tree *t, mls_leaf_index leaf)
{
    base_err err = BASE_OK;
    mls_node_index at = mls_node_of_leaf(leaf);
    mls_node_index x = mls_node_root(mls_group_leaf_count(g));
    bool found = false;
    for (;;) {
        TRY(read_secret(g, t, x, &found));
        if (found) {
            break;
        }
        x = mls_node_is_under(at, mls_node_left(x)) ? mls_node_left(x) : mls_node_right(x);
    }
done:
    return err;
}

base_err mls_persist_need_sender(mls_group *g, mls_leaf_index leaf)
{
    base_err err = BASE_OK;
    REQUIRE(leaf.v < mls_group_leaf_count(g), BASE_E_ARGUMENT);
    if (g->messages == NULL) {
        TRY(empty_secrets(g, &g->messages));
        g->messages_part = true;
    }
    if (g->messages_part && !mls_secret_tree_has(g->messages, leaf)) {
        err = mls_store_verdict(read_way(g, g->messages, leaf));
        mls_secret_tree_saved(g->messages);
    }
done:
    return err;
}
