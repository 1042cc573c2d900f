/* See tree_hash.h. Recursions here are as deep as the tree: MLS_TREE_DEPTH_MAX. */
#include "tree_hash.h"

#include <string.h>

#include "tree_impl.h"

#define NODE_TYPE_LEAF 1
#define NODE_TYPE_PARENT 2

/* A parent's input has at most: type, presence, node, and two lengths with two hashes. */
#define PARTS_MAX 8

typedef struct input {
    base_bytes part[PARTS_MAX];
    size_t n;
} input;

static void add(input *in, const void *p, size_t n)
{
    in->part[in->n] = base_bytes_of(p, n);
    in->n++;
}

/* TreeHashInput with a LeafNodeHashInput; leaf NULL for a blank. */
static base_err hash_leaf(const crypto_suite *suite, mls_node_index x, const mls_node *leaf,
                          crypto_digest *out)
{
    input in = {.n = 0};
    uint32_t i = mls_leaf_of_node(x).v;
    uint8_t head[] = {NODE_TYPE_LEAF,    (uint8_t)(i >> 24), (uint8_t)(i >> 16),
                      (uint8_t)(i >> 8), (uint8_t)i,         leaf != NULL ? 1 : 0};
    add(&in, head, sizeof head);
    if (leaf != NULL) {
        add(&in, leaf->encoded.p, leaf->encoded.n);
    }
    return crypto_digest_of(suite, in.part, in.n, out);
}

/* TreeHashInput with a ParentNodeHashInput, from an encoded ParentNode; none for a blank. A hash is
 * at most 64 bytes: its length takes one byte below 64, two at 64. */
static base_err hash_parent(const crypto_suite *suite, base_bytes node, bool present,
                            const crypto_digest *left, const crypto_digest *right,
                            crypto_digest *out)
{
    input in = {.n = 0};
    uint8_t head[] = {NODE_TYPE_PARENT, present ? 1 : 0};
    uint8_t length[] = {0x40, (uint8_t)left->n};
    size_t skip = left->n < 64 ? 1 : 0;
    add(&in, head, sizeof head);
    if (present) {
        add(&in, node.p, node.n);
    }
    add(&in, length + skip, sizeof length - skip);
    add(&in, left->b, left->n);
    add(&in, length + skip, sizeof length - skip);
    add(&in, right->b, right->n);
    return crypto_digest_of(suite, in.part, in.n, out);
}

base_err mls_tree_hash(mls_tree *t, mls_node_index x, crypto_digest *out)
{
    base_err err = BASE_OK;
    const mls_slot *seen = mls_slot_see(t, x);
    if (seen->hashed) {
        out->n = t->suite.hash->size;
        memcpy(out->b, seen->hash, out->n);
        return BASE_OK;
    }
    REQUIRE(x.v < mls_node_count(t->leaves), BASE_E_ARGUMENT);
    if (mls_node_is_leaf(x)) {
        TRY(hash_leaf(&t->suite, x, seen->node, out));
    } else {
        crypto_digest left = {0};
        crypto_digest right = {0};
        TRY(mls_tree_hash(t, mls_node_left(x), &left));
        TRY(mls_tree_hash(t, mls_node_right(x), &right));
        const mls_node *node = mls_tree_node(t, x);
        base_bytes encoded = node == NULL ? BASE_BYTES_NONE : node->encoded;
        TRY(hash_parent(&t->suite, encoded, node != NULL, &left, &right, out));
    }
    TRY(mls_slot_reserve(t, 1));
    mls_slot *s = mls_slot_edit(t, x);
    memcpy(s->hash, out->b, out->n);
    s->hashed = true;
done:
    return err;
}

base_err mls_tree_root_hash(mls_tree *t, crypto_digest *out)
{
    return mls_tree_hash(t, mls_tree_root(t), out);
}

/* ---- without some leaves ---- */

/* The part of a sorted list that lies in the subtree under x. */
static void narrow(mls_node_index x, const mls_leaf_index **v, size_t *n)
{
    uint32_t first = mls_node_first_leaf(x).v;
    uint32_t last = mls_node_last_leaf(x).v;
    while (*n > 0 && (*v)[0].v < first) {
        (*v)++;
        (*n)--;
    }
    while (*n > 0 && (*v)[*n - 1].v > last) {
        (*n)--;
    }
}

/* A parent's encoding without some of its unmerged leaves: both lists are sorted. */
static base_err encode_without(const mls_parent_node *node, const mls_leaf_index *without, size_t n,
                               base_buf *out)
{
    base_wr w = base_wr_on(out);
    size_t k = 0;
    base_wr_vec(&w, node->encryption_key);
    base_wr_vec(&w, node->parent_hash);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < node->n_unmerged; i++) {
        while (k < n && without[k].v < node->unmerged[i].v) {
            k++;
        }
        if (k == n || without[k].v != node->unmerged[i].v) {
            base_wr_u32(&w, node->unmerged[i].v);
        }
    }
    base_wr_close(&w, mark);
    return base_wr_end(&w);
}

base_err mls_tree_hash_without(mls_tree *t, mls_node_index x, const mls_leaf_index *without,
                               size_t n, crypto_digest *out)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(t->alloc);
    crypto_digest left = {0};
    crypto_digest right = {0};
    narrow(x, &without, &n);
    if (n == 0) {
        return mls_tree_hash(t, x, out);
    }
    if (mls_node_is_leaf(x)) {
        return hash_leaf(&t->suite, x, NULL, out);
    }
    TRY(mls_tree_hash_without(t, mls_node_left(x), without, n, &left));
    TRY(mls_tree_hash_without(t, mls_node_right(x), without, n, &right));
    const mls_node *node = mls_tree_node(t, x);
    if (node != NULL) {
        TRY(encode_without(&node->parent, without, n, &encoded));
    }
    TRY(hash_parent(&t->suite, base_buf_bytes(&encoded), node != NULL, &left, &right, out));
done:
    base_buf_clear(&encoded);
    return err;
}
