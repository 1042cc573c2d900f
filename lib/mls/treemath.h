/* Where nodes of a ratchet tree lie (RFC 9420, appendix C): pure arithmetic on positions in the
 * array form, in which leaf L is node 2L and a tree has a power of two of leaves. Nothing here
 * looks at a tree's content. */
#ifndef MLS_TREEMATH_H
#define MLS_TREEMATH_H

#include <sotto/mls_types.h>

/* A tree has at most 2^30 leaves, so that every sum here fits 32 bits; a path from a leaf to the
 * root then has at most MLS_TREE_DEPTH_MAX parents. */
#define MLS_TREE_DEPTH_MAX 30
#define MLS_TREE_LEAVES_MAX ((uint32_t)1 << MLS_TREE_DEPTH_MAX)

/* The position of a node in the array. Leaves are even. */
typedef struct mls_node_index {
    uint32_t v;
} mls_node_index;

static inline mls_node_index mls_node_of_leaf(mls_leaf_index leaf)
{
    return (mls_node_index){2 * leaf.v};
}

static inline bool mls_node_is_leaf(mls_node_index x)
{
    return (x.v & 1) == 0;
}

/* Only for a leaf's node. */
static inline mls_leaf_index mls_leaf_of_node(mls_node_index x)
{
    return (mls_leaf_index){x.v / 2};
}

/* 0 for a leaf, one more than its children's for a parent. */
uint32_t mls_node_level(mls_node_index x);

/* Nodes of a tree with `leaves` leaves, a power of two: 2 * leaves - 1. */
uint32_t mls_node_count(uint32_t leaves);

mls_node_index mls_node_root(uint32_t leaves);

/* Children of a parent node; x may not be a leaf. */
mls_node_index mls_node_left(mls_node_index x);
mls_node_index mls_node_right(mls_node_index x);

/* The parent, and the parent's other child; x may not be the root. The answer does not depend on
 * the size of the tree. */
mls_node_index mls_node_parent(mls_node_index x);
mls_node_index mls_node_sibling(mls_node_index x);

/* Whether x lies in the subtree under a; true for a itself. */
bool mls_node_is_under(mls_node_index x, mls_node_index a);

/* The lowest node that has both in its subtree. */
mls_node_index mls_node_common_ancestor(mls_node_index a, mls_node_index b);

/* The leaves of the subtree under x: from first to last, both included. */
mls_leaf_index mls_node_first_leaf(mls_node_index x);
mls_leaf_index mls_node_last_leaf(mls_node_index x);

/* The smallest power of two of leaves whose tree holds the leaf. */
uint32_t mls_leaves_for(mls_leaf_index leaf);

/* Whether a leaf stands in a list sorted in increasing order. */
bool mls_leaf_list_has(const mls_leaf_index *sorted, size_t n, mls_leaf_index leaf);

#endif
