/* The tree as a structure: slots, and all that only reads them. See tree.h; changes are in
 * tree_change.c, overlays in tree_overlay.c. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "tree_impl.h"

#define OVERLAY_MIN 64

static const mls_slot blank_slot = {NULL, 0, 0, false, {0}};

/* ---- lists of positions ---- */

base_err mls_node_list_add(mls_node_list *list, mls_node_index x)
{
    void *v = list->v;
    base_err err = base_alloc_grow(list->alloc, &v, &list->cap, list->n + 1, sizeof x);
    if (err != BASE_OK) {
        return err;
    }
    list->v = v;
    list->v[list->n] = x;
    list->n++;
    return BASE_OK;
}

void mls_node_list_clear(mls_node_list *list)
{
    base_alloc_free(list->alloc, list->v);
    *list = mls_node_list_on(list->alloc);
}

/* ---- slots ---- */

static size_t entry_place(const mls_tree *t, mls_node_index x)
{
    uint32_t mixed = x.v * UINT32_C(2654435769); /* neighbours go far apart */
    return (size_t)(mixed ^ (mixed >> 15)) & (t->cap - 1);
}

mls_overlay_entry *mls_overlay_find(const mls_tree *t, mls_node_index x)
{
    if (t->cap == 0) {
        return NULL;
    }
    for (size_t i = entry_place(t, x); t->entries[i].used; i = (i + 1) & (t->cap - 1)) {
        if (t->entries[i].x.v == x.v) {
            return &t->entries[i];
        }
    }
    return NULL;
}

static mls_overlay_entry *entry_insert(mls_tree *t, mls_node_index x)
{
    size_t i = entry_place(t, x);
    while (t->entries[i].used) {
        i = (i + 1) & (t->cap - 1);
    }
    t->entries[i] = (mls_overlay_entry){.x = x, .used = true};
    t->n++;
    return &t->entries[i];
}

const mls_slot *mls_slot_see(const mls_tree *t, mls_node_index x)
{
    if (x.v >= mls_node_count(t->leaves)) {
        return &blank_slot;
    }
    if (t->base == NULL) {
        return &t->slots[x.v];
    }
    assert(t->generation == t->base->generation); /* a merged base outlives its other overlays */
    const mls_overlay_entry *e = mls_overlay_find(t, x);
    if (e != NULL) {
        return &e->slot;
    }
    return x.v < t->visible ? &t->base->slots[x.v] : &blank_slot;
}

base_err mls_slot_reserve(mls_tree *t, size_t more)
{
    size_t need = t->n + more;
    size_t cap = t->cap < OVERLAY_MIN ? OVERLAY_MIN : t->cap;
    if (t->base == NULL) {
        return BASE_OK;
    }
    while (need > cap - cap / 4) {
        cap *= 2;
    }
    if (cap == t->cap) {
        return BASE_OK;
    }
    mls_overlay_entry *fresh = base_alloc_zero(t->alloc, cap, sizeof *fresh);
    if (fresh == NULL) {
        return BASE_E_NOMEM;
    }
    mls_overlay_entry *old = t->entries;
    size_t old_cap = t->cap;
    t->entries = fresh;
    t->cap = cap;
    t->n = 0;
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].used) {
            *entry_insert(t, old[i].x) = old[i];
        }
    }
    base_alloc_free(t->alloc, old);
    return BASE_OK;
}

mls_slot *mls_slot_edit(mls_tree *t, mls_node_index x)
{
    if (t->base == NULL) {
        return &t->slots[x.v];
    }
    mls_overlay_entry *e = mls_overlay_find(t, x);
    if (e == NULL) {
        mls_slot before = *mls_slot_see(t, x);
        e = entry_insert(t, x);
        e->slot = before;
    }
    return &e->slot;
}

base_err mls_tree_reserve_slots(mls_tree *base, uint32_t leaves)
{
    void *v = base->slots;
    base_err err = base_alloc_grow(base->alloc, &v, &base->n_slots, mls_node_count(leaves),
                                   sizeof *base->slots);
    base->slots = v;
    return err;
}

void mls_tree_drop(mls_tree *base, mls_node_index x)
{
    mls_node *old = base->slots[x.v].node;
    if (old == NULL) {
        return;
    }
    mls_key_index_remove(&base->keys, old->key_tag, x);
    if (old->is_leaf) {
        mls_key_index_remove(&base->keys, old->sig_tag, x);
    }
    mls_node_free(base->alloc, old);
    base->slots[x.v].node = NULL;
}

void mls_tree_index(mls_tree *base, mls_node_index x, const mls_node *node)
{
    mls_key_index_add(&base->keys, node->key_tag, x);
    if (node->is_leaf) {
        mls_key_index_add(&base->keys, node->sig_tag, x);
    }
}

/* ---- beginning and end ---- */

base_err mls_tree_new(const crypto_suite *suite, uint32_t max_leaves, mls_tree **out)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = crypto_suite_alloc(suite);
    uint8_t seed[sizeof(uint64_t)] = {0};
    mls_tree *t = NULL;
    REQUIRE(max_leaves > 0 && max_leaves <= MLS_TREE_LEAVES_MAX, BASE_E_ARGUMENT);
    t = base_alloc_zero(alloc, 1, sizeof *t);
    REQUIRE(t != NULL, BASE_E_NOMEM);
    t->suite = *suite;
    t->alloc = alloc;
    t->keys.alloc = alloc;
    t->leaves = 1;
    t->max_leaves = max_leaves;
    TRY(mls_tree_reserve_slots(t, 1));
    TRY(crypto_random_fill(suite, seed, sizeof seed));
    memcpy(&t->seed, seed, sizeof seed);
    *out = t;
    t = NULL;
done:
    mls_tree_free(t);
    return err;
}

static void free_base(mls_tree *t)
{
    size_t n = t->slots == NULL ? 0 : mls_node_count(t->leaves);
    for (size_t i = 0; i < n; i++) {
        mls_node_free(t->alloc, t->slots[i].node);
    }
    base_alloc_free(t->alloc, t->slots);
}

static void free_overlay(mls_tree *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        if (t->entries[i].changed) {
            mls_node_free(t->alloc, t->entries[i].slot.node);
        }
    }
    base_alloc_free(t->alloc, t->entries);
}

void mls_tree_free(mls_tree *t)
{
    if (t == NULL) {
        return;
    }
    if (t->base == NULL) {
        free_base(t);
    } else {
        free_overlay(t);
    }
    mls_key_index_clear(&t->keys);
    base_alloc_free(t->alloc, t);
}

/* ---- reading ---- */

const crypto_suite *mls_tree_suite(const mls_tree *t)
{
    return &t->suite;
}

uint32_t mls_tree_leaf_count(const mls_tree *t)
{
    return t->leaves;
}

uint32_t mls_tree_max_leaves(const mls_tree *t)
{
    return t->max_leaves;
}

mls_node_index mls_tree_root(const mls_tree *t)
{
    return mls_node_root(t->leaves);
}

uint32_t mls_tree_member_count(const mls_tree *t)
{
    return mls_tree_members_under(t, mls_tree_root(t));
}

const mls_node *mls_tree_node(const mls_tree *t, mls_node_index x)
{
    return mls_slot_see(t, x)->node;
}

const mls_leaf_node *mls_tree_leaf(const mls_tree *t, mls_leaf_index leaf)
{
    if (leaf.v >= t->leaves) {
        return NULL;
    }
    const mls_node *n = mls_tree_node(t, mls_node_of_leaf(leaf));
    return n == NULL ? NULL : &n->leaf;
}

uint32_t mls_tree_members_under(const mls_tree *t, mls_node_index x)
{
    return mls_slot_see(t, x)->members;
}

uint32_t mls_tree_filled_under(const mls_tree *t, mls_node_index x)
{
    return mls_slot_see(t, x)->filled;
}

mls_leaf_index mls_tree_next_leaf(const mls_tree *t)
{
    mls_node_index x = mls_tree_root(t);
    if (mls_tree_members_under(t, x) == t->leaves) {
        return (mls_leaf_index){t->leaves};
    }
    while (!mls_node_is_leaf(x)) {
        mls_node_index left = mls_node_left(x);
        uint32_t room = (uint32_t)1 << mls_node_level(left);
        x = mls_tree_members_under(t, left) < room ? left : mls_node_right(x);
    }
    return mls_leaf_of_node(x);
}

size_t mls_tree_credential_uses(const mls_tree *t, const mls_tree_credential_use **out)
{
    *out = t->uses;
    return t->n_uses;
}

static base_err add_leaf_unless(mls_node_list *out, mls_leaf_index leaf,
                                const mls_leaf_index *without, size_t n)
{
    if (mls_leaf_list_has(without, n, leaf)) {
        return BASE_OK;
    }
    return mls_node_list_add(out, mls_node_of_leaf(leaf));
}

/* The recursion is as deep as the tree: MLS_TREE_DEPTH_MAX. */
base_err mls_tree_resolution(const mls_tree *t, mls_node_index x, const mls_leaf_index *without,
                             size_t n, mls_node_list *out)
{
    base_err err = BASE_OK;
    const mls_node *node = mls_tree_node(t, x);
    if (mls_tree_filled_under(t, x) == 0) {
        return BASE_OK;
    }
    if (mls_node_is_leaf(x)) {
        return add_leaf_unless(out, mls_leaf_of_node(x), without, n);
    }
    if (node == NULL) {
        TRY(mls_tree_resolution(t, mls_node_left(x), without, n, out));
        TRY(mls_tree_resolution(t, mls_node_right(x), without, n, out));
        return BASE_OK;
    }
    TRY(mls_node_list_add(out, x));
    for (size_t i = 0; i < node->parent.n_unmerged; i++) {
        TRY(add_leaf_unless(out, node->parent.unmerged[i], without, n));
    }
done:
    return err;
}

void mls_tree_filtered_path(const mls_tree *t, mls_leaf_index leaf, mls_tree_path *out)
{
    mls_node_index root = mls_tree_root(t);
    out->n = 0;
    for (mls_node_index x = mls_node_of_leaf(leaf); x.v != root.v; x = mls_node_parent(x)) {
        mls_node_index sibling = mls_node_sibling(x);
        if (mls_tree_filled_under(t, sibling) > 0) {
            out->node[out->n] = mls_node_parent(x);
            out->copath[out->n] = sibling;
            out->n++;
        }
    }
}

/* ---- keys ---- */

/* A polynomial in a secret point over the field of 2^31 - 1: two keys that somebody chose without
 * the seed meet with a chance of their length in words by 2^31, squared by the second point. A
 * cryptographic hash would take a tenth of what processing a commit costs; who looks up compares
 * the keys anyway. */
#define FIELD UINT32_C(0x7fffffff)

static uint32_t polynomial(uint32_t point, char kind, base_bytes key)
{
    uint64_t h = (uint64_t)(uint8_t)kind + 1;
    for (size_t i = 0; i < key.n; i += 4) {
        uint32_t word = 0;
        for (size_t k = i; k < i + 4 && k < key.n; k++) {
            word = word << 8 | key.p[k];
        }
        h = h * point + word;
        h = (h & FIELD) + (h >> 31);
        h = (h & FIELD) + (h >> 31);
    }
    return (uint32_t)(h % FIELD);
}

static uint64_t tag_of(const mls_tree *t, char kind, base_bytes key)
{
    uint32_t high = 1 + (uint32_t)(t->seed >> 32) % (FIELD - 1);
    uint32_t low = 1 + (uint32_t)t->seed % (FIELD - 1);
    uint64_t tag = (uint64_t)polynomial(high, kind, key) << 32 | polynomial(low, kind, key);
    return tag == 0 ? 1 : tag;
}

void mls_tree_tag(const mls_tree *t, mls_node *node)
{
    node->key_tag = tag_of(t, 'e', mls_node_encryption_key(node));
    if (node->is_leaf) {
        node->sig_tag = tag_of(t, 's', node->leaf.signature_key);
    }
}

static bool holds(const mls_tree *t, mls_node_index x, char kind, base_bytes key)
{
    const mls_node *n = mls_tree_node(t, x);
    if (n == NULL) {
        return false;
    }
    if (kind == 's') {
        return n->is_leaf && base_bytes_eq(n->leaf.signature_key, key);
    }
    return base_bytes_eq(mls_node_encryption_key(n), key);
}

/* An overlay's own index first, then the base's: a candidate of either counts only when the node as
 * the overlay shows it holds the key. */
static mls_node_index find_key(const mls_tree *t, char kind, base_bytes key, mls_node_index except)
{
    uint64_t tag = tag_of(t, kind, key);
    for (const mls_tree *of = t; of != NULL; of = of->base) {
        size_t cursor = 0;
        mls_node_index x = MLS_NODE_NONE;
        while (mls_key_index_next(&of->keys, tag, &cursor, &x)) {
            if (x.v != except.v && holds(t, x, kind, key)) {
                return x;
            }
        }
    }
    return MLS_NODE_NONE;
}

base_err mls_tree_find_encryption_key(const mls_tree *t, base_bytes key, mls_node_index except,
                                      mls_node_index *at)
{
    *at = find_key(t, 'e', key, except);
    return BASE_OK;
}

base_err mls_tree_find_signature_key(const mls_tree *t, base_bytes key, mls_node_index except,
                                     mls_node_index *at)
{
    *at = find_key(t, 's', key, except);
    return BASE_OK;
}
