/* See parent_hash.h. */
#include "parent_hash.h"

#include "tree_hash.h"

/* Hash of ParentHashInput. */
static base_err hash_of(const mls_tree *t, base_bytes encryption_key, base_bytes parent_hash,
                        const crypto_digest *sibling, crypto_digest *out)
{
    const crypto_suite *suite = mls_tree_suite(t);
    base_buf input = base_buf_on(crypto_suite_alloc(suite));
    base_wr w = base_wr_on(&input);
    base_wr_vec(&w, encryption_key);
    base_wr_vec(&w, parent_hash);
    base_wr_vec(&w, crypto_digest_bytes(sibling));
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_bytes whole = base_buf_bytes(&input);
        err = crypto_digest_of(suite, &whole, 1, out);
    }
    base_buf_clear(&input);
    return err;
}

base_err mls_parent_hash(mls_tree *t, mls_node_index p, mls_node_index copath_child,
                         crypto_digest *out)
{
    base_err err = BASE_OK;
    crypto_digest sibling = {0};
    const mls_node *n = mls_tree_node(t, p);
    REQUIRE(n != NULL && !n->is_leaf, BASE_E_ARGUMENT);
    const mls_parent_node *node = &n->parent;
    TRY(mls_tree_hash_without(t, copath_child, node->unmerged, node->n_unmerged, &sibling));
    TRY(hash_of(t, node->encryption_key, node->parent_hash, &sibling, out));
done:
    return err;
}

base_err mls_parent_hash_put_path(mls_tree *t, const mls_tree_path *path, const base_bytes *key,
                                  crypto_digest *leaf_hash)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = crypto_suite_alloc(mls_tree_suite(t));
    mls_node *node = NULL;
    crypto_digest hash = {0};
    for (size_t i = path->n; i > 0; i--) {
        crypto_digest sibling = {0};
        crypto_digest next = {0};
        mls_parent_node parent = {key[i - 1], crypto_digest_bytes(&hash), NULL, 0};
        /* nothing unmerged: the sibling's original tree hash is the present one */
        TRY(mls_tree_hash(t, path->copath[i - 1], &sibling));
        TRY(hash_of(t, parent.encryption_key, parent.parent_hash, &sibling, &next));
        TRY(mls_node_from_parent(alloc, &parent, &node));
        TRY(mls_tree_put_part(t, path->node[i - 1], node));
        node = NULL;
        hash = next;
    }
    if (path->n > 0) {
        TRY(mls_tree_put_done(t, path->node[0]));
    }
    *leaf_hash = hash;
done:
    mls_node_free(alloc, node);
    return err;
}

/* ---- a whole tree ---- */

static bool is_unmerged(const mls_parent_node *p, mls_node_index x)
{
    return mls_node_is_leaf(x) &&
           mls_leaf_list_has(p->unmerged, p->n_unmerged, mls_leaf_of_node(x));
}

static size_t unmerged_under(const mls_parent_node *p, mls_node_index x)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_unmerged; i++) {
        n += mls_node_is_under(mls_node_of_leaf(p->unmerged[i]), x) ? 1 : 0;
    }
    return n;
}

/* The only node that can have been the next one of p on a path through its child c: the one left
 * when p's unmerged leaves are taken from the resolution of c, and all of those under c must be in
 * it. MLS_NODE_NONE when there is no such node. */
static base_err candidate(const mls_tree *t, const mls_parent_node *p, mls_node_index c,
                          mls_node_list *resolution, mls_node_index *out)
{
    base_err err = BASE_OK;
    size_t others = 0;
    *out = MLS_NODE_NONE;
    resolution->n = 0;
    TRY(mls_tree_resolution(t, c, NULL, 0, resolution));
    for (size_t i = 0; i < resolution->n; i++) {
        if (!is_unmerged(p, resolution->v[i])) {
            *out = resolution->v[i];
            others++;
        }
    }
    if (others != 1 || unmerged_under(p, c) != resolution->n - 1) {
        *out = MLS_NODE_NONE;
    }
done:
    return err;
}

static base_bytes parent_hash_of(const mls_node *n)
{
    return n->is_leaf ? n->leaf.parent_hash : n->parent.parent_hash;
}

/* Whether the parent hash of the candidate below c is that of p with the other child s. */
static base_err is_chained(mls_tree *t, mls_node_index p, mls_node_index c, mls_node_index s,
                           mls_node_list *resolution, bool *yes)
{
    base_err err = BASE_OK;
    mls_node_index d = MLS_NODE_NONE;
    crypto_digest hash = {0};
    *yes = false;
    TRY(candidate(t, &mls_tree_node(t, p)->parent, c, resolution, &d));
    if (d.v != MLS_NODE_NONE.v) {
        TRY(mls_parent_hash(t, p, s, &hash));
        *yes = base_bytes_eq(parent_hash_of(mls_tree_node(t, d)), crypto_digest_bytes(&hash));
    }
done:
    return err;
}

/* V-7.9.2-1. When each parent has its one node below, and that node, being a parent, has its own,
 * the chains end in leaves. */
base_err mls_parent_hash_check(mls_tree *t)
{
    base_err err = BASE_OK;
    mls_node_list resolution = mls_node_list_on(crypto_suite_alloc(mls_tree_suite(t)));
    uint32_t n = mls_node_count(mls_tree_leaf_count(t));
    for (uint32_t i = 1; i < n; i += 2) {
        mls_node_index p = {i};
        mls_node_index left = mls_node_left(p);
        mls_node_index right = mls_node_right(p);
        bool by_left = false;
        bool by_right = false;
        if (mls_tree_node(t, p) == NULL) {
            continue;
        }
        TRY(is_chained(t, p, left, right, &resolution, &by_left));
        TRY(is_chained(t, p, right, left, &resolution, &by_right));
        REQUIRE(by_left != by_right, MLS_E_PARENT_HASH);
    }
done:
    mls_node_list_clear(&resolution);
    return err;
}
