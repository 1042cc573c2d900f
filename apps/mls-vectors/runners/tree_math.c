/* tree-math: the arithmetic of node positions (lib/mls/treemath). No suite, no secrets. */
#include "../vectors.h"
#include "mls/treemath.h"

#define LEAVES_MAX 65536

/* One array of optional<uint32>: each entry must be null where there is no such node, and else what
 * `of` answers. */
static void check_array(vec_ctx *c, const json_t *entry, const char *key, uint32_t leaves,
                        bool (*has)(mls_node_index x, uint32_t leaves),
                        mls_node_index (*of)(mls_node_index x))
{
    const json_t *list = vec_array(c, entry, key);
    size_t n = mls_node_count(leaves);
    if (!vec_true(c, json_array_size(list) == n, key)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        mls_node_index x = {(uint32_t)i};
        const json_t *want = json_array_get(list, i);
        if (!has(x, leaves)) {
            vec_true(c, json_is_null(want), key);
        } else {
            vec_true(c, json_is_integer(want) && json_integer_value(want) == of(x).v, key);
        }
    }
}

static bool has_children(mls_node_index x, uint32_t leaves)
{
    (void)leaves;
    return !mls_node_is_leaf(x);
}

static bool has_parent(mls_node_index x, uint32_t leaves)
{
    return x.v != mls_node_root(leaves).v;
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    uint32_t leaves = (uint32_t)vec_uint(c, entry, "n_leaves", LEAVES_MAX);
    uint64_t nodes = vec_uint(c, entry, "n_nodes", 2 * LEAVES_MAX);
    uint64_t root = vec_uint(c, entry, "root", 2 * LEAVES_MAX);
    if (!vec_true(c, leaves > 0 && (leaves & (leaves - 1)) == 0, "n_leaves")) {
        return VEC_FAILED;
    }
    vec_true(c, mls_node_count(leaves) == nodes, "n_nodes");
    vec_true(c, mls_node_root(leaves).v == root, "root");
    check_array(c, entry, "left", leaves, has_children, mls_node_left);
    check_array(c, entry, "right", leaves, has_children, mls_node_right);
    check_array(c, entry, "parent", leaves, has_parent, mls_node_parent);
    check_array(c, entry, "sibling", leaves, has_parent, mls_node_sibling);
    return vec_done(c);
}

const vec_kind vec_tree_math = {
    "tree-math",
    (const char *const[]){"n_leaves", "n_nodes", "root", "left", "right", "sibling", NULL},
    run,
};
