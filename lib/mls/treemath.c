/* Appendix C of RFC 9420, on full trees only. A node of level k ends in k one bits, and the bit
 * above them is 0; the bits above that say which subtree of its level it roots. */
#include "treemath.h"

uint32_t mls_node_level(mls_node_index x)
{
    uint32_t k = 0;
    while (((x.v >> k) & 1) == 1) {
        k++;
    }
    return k;
}

uint32_t mls_node_count(uint32_t leaves)
{
    return 2 * leaves - 1;
}

mls_node_index mls_node_root(uint32_t leaves)
{
    return (mls_node_index){leaves - 1};
}

mls_node_index mls_node_left(mls_node_index x)
{
    uint32_t k = mls_node_level(x);
    return (mls_node_index){x.v ^ ((uint32_t)1 << (k - 1))};
}

mls_node_index mls_node_right(mls_node_index x)
{
    uint32_t k = mls_node_level(x);
    return (mls_node_index){x.v ^ ((uint32_t)3 << (k - 1))};
}

mls_node_index mls_node_parent(mls_node_index x)
{
    uint32_t k = mls_node_level(x);
    uint32_t is_right = (x.v >> (k + 1)) & 1;
    return (mls_node_index){(x.v | ((uint32_t)1 << k)) ^ (is_right << (k + 1))};
}

mls_node_index mls_node_sibling(mls_node_index x)
{
    mls_node_index p = mls_node_parent(x);
    return x.v < p.v ? mls_node_right(p) : mls_node_left(p);
}

bool mls_node_is_under(mls_node_index x, mls_node_index a)
{
    uint32_t reach = ((uint32_t)1 << mls_node_level(a)) - 1;
    return x.v >= a.v - reach && x.v <= a.v + reach;
}

mls_node_index mls_node_common_ancestor(mls_node_index a, mls_node_index b)
{
    mls_node_index x = mls_node_level(a) >= mls_node_level(b) ? a : b;
    mls_node_index other = x.v == a.v ? b : a;
    while (!mls_node_is_under(other, x)) {
        x = mls_node_parent(x);
    }
    return x;
}

mls_leaf_index mls_node_first_leaf(mls_node_index x)
{
    uint32_t reach = ((uint32_t)1 << mls_node_level(x)) - 1;
    return mls_leaf_of_node((mls_node_index){x.v - reach});
}

mls_leaf_index mls_node_last_leaf(mls_node_index x)
{
    uint32_t reach = ((uint32_t)1 << mls_node_level(x)) - 1;
    return mls_leaf_of_node((mls_node_index){x.v + reach});
}

uint32_t mls_leaves_for(mls_leaf_index leaf)
{
    uint32_t leaves = 1;
    while (leaves <= leaf.v) {
        leaves *= 2;
    }
    return leaves;
}

bool mls_leaf_list_has(const mls_leaf_index *sorted, size_t n, mls_leaf_index leaf)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (sorted[mid].v < leaf.v) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < n && sorted[low].v == leaf.v;
}
