/* Overlays: made, merged, listed, and kept across a restart. See tree.h and tree_impl.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tree_hash.h"
#include "tree_impl.h"

base_err mls_tree_overlay_new(mls_tree *base, mls_tree **out)
{
    base_err err = BASE_OK;
    crypto_digest root = {0};
    REQUIRE(base->base == NULL, BASE_E_STATE);
    TRY(mls_tree_root_hash(base, &root));
    mls_tree *t = base_alloc_zero(base->alloc, 1, sizeof *t);
    REQUIRE(t != NULL, BASE_E_NOMEM);
    t->suite = base->suite;
    t->alloc = base->alloc;
    t->leaves = base->leaves;
    t->max_leaves = base->max_leaves;
    t->seed = base->seed;
    t->keys.alloc = base->alloc;
    memcpy(t->uses, base->uses, sizeof t->uses);
    t->n_uses = base->n_uses;
    t->generation = base->generation;
    t->base = base;
    t->visible = mls_node_count(base->leaves);
    *out = t;
done:
    return err;
}

/* ---- merging ---- */

base_err mls_tree_merge_prepare(mls_tree *overlay)
{
    base_err err = BASE_OK;
    crypto_digest root = {0};
    size_t puts = 0;
    REQUIRE(overlay->base != NULL, BASE_E_STATE);
    for (size_t i = 0; i < overlay->cap; i++) {
        puts += overlay->entries[i].changed && overlay->entries[i].slot.node != NULL ? 1 : 0;
    }
    TRY(mls_tree_root_hash(overlay, &root));
    TRY(mls_tree_reserve_slots(overlay->base, overlay->leaves));
    TRY(mls_key_index_reserve(&overlay->base->keys, 2 * puts));
done:
    return err;
}

static void merge_entry(mls_tree *base, mls_overlay_entry *e)
{
    mls_slot *s = &base->slots[e->x.v];
    if (e->changed) {
        mls_tree_drop(base, e->x);
        s->node = e->slot.node;
        if (s->node != NULL) {
            mls_tree_index(base, e->x, s->node);
        }
        e->slot.node = NULL;
        e->changed = false;
    }
    s->members = e->slot.members;
    s->filled = e->slot.filled;
    s->hashed = e->slot.hashed;
    memcpy(s->hash, e->slot.hash, sizeof s->hash);
}

void mls_tree_merge(mls_tree *overlay)
{
    mls_tree *base = overlay->base;
    uint32_t old = mls_node_count(base->leaves);
    for (uint32_t i = overlay->visible; i < old; i++) {
        mls_tree_drop(base, (mls_node_index){i});
        base->slots[i] = (mls_slot){0};
    }
    base->leaves = overlay->leaves;
    for (size_t i = 0; i < overlay->cap; i++) {
        mls_overlay_entry *e = &overlay->entries[i];
        if (e->used && e->x.v < mls_node_count(base->leaves)) {
            merge_entry(base, e);
        }
    }
    memcpy(base->uses, overlay->uses, sizeof base->uses);
    base->n_uses = overlay->n_uses;
    base->generation++;
    mls_tree_free(overlay);
}

/* ---- the store ---- */

static int compare_node(const void *a, const void *b)
{
    uint32_t x = ((const mls_node_index *)a)->v;
    uint32_t y = ((const mls_node_index *)b)->v;
    return (x > y) - (x < y);
}

base_err mls_tree_changes(const mls_tree *overlay, mls_node_list *out)
{
    base_err err = BASE_OK;
    REQUIRE(overlay->base != NULL, BASE_E_STATE);
    const mls_tree *base = overlay->base;
    assert(overlay->generation == base->generation);
    uint32_t old = mls_node_count(base->leaves);
    for (size_t i = 0; i < overlay->cap; i++) {
        const mls_overlay_entry *e = &overlay->entries[i];
        bool was = e->x.v < old && base->slots[e->x.v].node != NULL;
        if (e->used && e->changed && (e->slot.node != NULL || was)) {
            TRY(mls_node_list_add(out, e->x));
        }
    }
    for (uint32_t i = overlay->visible; i < old; i++) {
        mls_node_index x = {i};
        const mls_overlay_entry *e = mls_overlay_find(overlay, x);
        if (base->slots[i].node != NULL && (e == NULL || !e->changed)) {
            TRY(mls_node_list_add(out, x));
        }
    }
    if (out->n > 0) {
        qsort(out->v, out->n, sizeof *out->v, compare_node);
    }
done:
    return err;
}

base_err mls_tree_overlay_encode(const mls_tree *overlay, base_buf *out)
{
    base_err err = BASE_OK;
    mls_node_list changes = mls_node_list_on(overlay->alloc);
    base_wr w = base_wr_on(out);
    TRY(mls_tree_changes(overlay, &changes));
    base_wr_u32(&w, overlay->visible / 2 + 1); /* the fewest leaves it had, as a tree has nodes */
    base_wr_u32(&w, overlay->leaves);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < changes.n; i++) {
        const mls_node *n = mls_tree_node(overlay, changes.v[i]);
        base_wr_u32(&w, changes.v[i].v);
        base_wr_bool(&w, n != NULL);
        if (n != NULL) {
            base_wr_vec(&w, n->encoded);
        }
    }
    base_wr_close(&w, mark);
    TRY(base_wr_end(&w));
done:
    mls_node_list_clear(&changes);
    return err;
}

static base_err decode_change(base_rd *r, mls_tree *t)
{
    base_err err = BASE_OK;
    mls_node_index x = {base_rd_u32(r)};
    bool present = base_rd_bool(r);
    base_bytes encoded = present ? base_rd_vec(r) : BASE_BYTES_NONE;
    mls_node *node = NULL;
    TRY(r->err);
    if (!present && x.v >= mls_node_count(t->leaves)) {
        return BASE_OK; /* dropped by truncation, which came first */
    }
    if (!present) {
        return mls_tree_blank(t, x);
    }
    TRY(mls_node_decode(t->alloc, mls_node_is_leaf(x), encoded, &node));
    TRY(mls_tree_put(t, x, node));
    node = NULL;
done:
    mls_node_free(t->alloc, node);
    return err;
}

base_err mls_tree_overlay_decode(mls_tree *base, base_bytes in, mls_tree **out)
{
    base_err err = BASE_OK;
    mls_tree *t = NULL;
    base_rd r = base_rd_on(in);
    uint32_t fewest = base_rd_u32(&r);
    uint32_t leaves = base_rd_u32(&r);
    base_rd list = base_rd_open(&r);
    TRY(base_rd_end(&r));
    TRY(mls_tree_overlay_new(base, &t));
    REQUIRE(fewest <= t->leaves && fewest <= leaves, BASE_E_VALUE);
    TRY(mls_tree_resize(t, fewest));
    TRY(mls_tree_resize(t, leaves));
    while (base_rd_more(&list)) {
        TRY(decode_change(&list, t));
    }
    TRY(base_rd_end(&list));
    *out = t;
    t = NULL;
done:
    mls_tree_free(t);
    return err == BASE_OK || base_err_class(err) == BASE_CLASS_RESOURCE ? err : BASE_E_CORRUPT;
}
