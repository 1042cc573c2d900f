/* See tree_codec.h. */
#include "tree_codec.h"

#define NODE_TYPE_LEAF 1
#define NODE_TYPE_PARENT 2

base_err mls_tree_encode(const mls_tree *t, base_buf *out)
{
    base_wr w = base_wr_on(out);
    uint32_t n = mls_node_count(mls_tree_leaf_count(t));
    while (n > 0 && mls_tree_node(t, (mls_node_index){n - 1}) == NULL) {
        n--;
    }
    size_t mark = base_wr_open(&w);
    for (uint32_t i = 0; i < n; i++) {
        const mls_node *node = mls_tree_node(t, (mls_node_index){i});
        base_wr_bool(&w, node != NULL);
        if (node != NULL) {
            base_wr_u8(&w, node->is_leaf ? NODE_TYPE_LEAF : NODE_TYPE_PARENT);
            base_wr_fixed(&w, node->encoded);
        }
    }
    base_wr_close(&w, mark);
    return base_wr_end(&w);
}

/* One optional<Node>, in its place; the tree doubles when the place lies beyond its edge. */
static base_err decode_node(base_rd *r, mls_tree *t, mls_node_index x, bool *present)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = crypto_suite_alloc(mls_tree_suite(t));
    mls_node *node = NULL;
    bool is_leaf = mls_node_is_leaf(x);
    uint32_t leaves = mls_tree_leaf_count(t);
    if (x.v >= mls_node_count(leaves)) {
        TRY(mls_tree_resize(t, 2 * leaves));
    }
    *present = base_rd_bool(r);
    if (!*present) {
        return r->err;
    }
    uint8_t type = base_rd_u8(r);
    TRY(r->err);
    REQUIRE(type == NODE_TYPE_LEAF || type == NODE_TYPE_PARENT, BASE_E_VALUE);
    REQUIRE(type == (is_leaf ? NODE_TYPE_LEAF : NODE_TYPE_PARENT), MLS_E_TREE); /* V-12.4.3.3-2 */
    TRY(mls_node_read(alloc, r, is_leaf, &node));
    TRY(mls_tree_put(t, x, node));
    node = NULL;
done:
    mls_node_free(alloc, node);
    return err;
}

base_err mls_tree_decode(const crypto_suite *suite, base_bytes in, uint32_t max_leaves,
                         mls_tree **out)
{
    base_err err = BASE_OK;
    mls_tree *t = NULL;
    base_rd r = base_rd_on(in);
    base_rd list = base_rd_open(&r);
    bool last_present = false;
    TRY(base_rd_end(&r));
    TRY(mls_tree_new(suite, max_leaves, &t));
    for (mls_node_index x = {0}; base_rd_more(&list); x.v++) {
        TRY(decode_node(&list, t, x, &last_present));
    }
    TRY(base_rd_end(&list));
    REQUIRE(last_present, MLS_E_TREE); /* V-12.4.3.3-1; no node at all is no better */
    *out = t;
    t = NULL;
done:
    mls_tree_free(t);
    return err;
}
