/* Changes to a tree (RFC 9420, sections 7.7, 12.1.1 to 12.1.3). Each call first makes its new nodes
 * and reserves all the room it needs, and only then touches the tree: from there on nothing can
 * fail. A changed node makes the hashes and counts of its ancestors stale; both are kept a slot. */
#include <assert.h>

#include "tree_impl.h"

/* What one call is about to put, made before anything changes. */
typedef struct plan {
    size_t n;
    mls_node_index at[MLS_TREE_DEPTH_MAX + 1];
    mls_node *node[MLS_TREE_DEPTH_MAX + 1]; /* NULL: blank */
} plan;

static void plan_add(plan *p, mls_node_index x, mls_node *node)
{
    p->at[p->n] = x;
    p->node[p->n] = node;
    p->n++;
}

static void plan_clear(const mls_tree *t, plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        mls_node_free(t->alloc, p->node[i]);
    }
    p->n = 0;
}

/* ---- credential types ---- */

static mls_tree_credential_use *use_of(mls_tree *t, uint16_t type)
{
    for (size_t i = 0; i < t->n_uses; i++) {
        if (t->uses[i].type == type) {
            return &t->uses[i];
        }
    }
    return NULL;
}

static base_err use_check(mls_tree *t, const mls_node *node)
{
    if (node == NULL || !node->is_leaf || use_of(t, node->leaf.credential.type) != NULL) {
        return BASE_OK;
    }
    return t->n_uses < MLS_TREE_CREDENTIAL_TYPES ? BASE_OK : BASE_E_LIMIT;
}

static void use_count(mls_tree *t, const mls_node *node, bool more)
{
    if (node == NULL || !node->is_leaf) {
        return;
    }
    mls_tree_credential_use *u = use_of(t, node->leaf.credential.type);
    if (u == NULL) {
        assert(more && t->n_uses < MLS_TREE_CREDENTIAL_TYPES);
        u = &t->uses[t->n_uses];
        *u = (mls_tree_credential_use){node->leaf.credential.type, 0};
        t->n_uses++;
    }
    u->leaves = more ? u->leaves + 1 : u->leaves - 1;
    if (u->leaves == 0) {
        t->n_uses--;
        *u = t->uses[t->n_uses];
    }
}

/* ---- applying ---- */

/* All the room for `puts` nodes and the ancestors of one of them. */
static base_err reserve(mls_tree *t, size_t puts)
{
    base_err err = mls_slot_reserve(t, puts + 2 * (MLS_TREE_DEPTH_MAX + 1));
    return err == BASE_OK ? mls_key_index_reserve(&t->keys, 2 * puts) : err;
}

/* Put a node into a slot, whatever is there is freed. Ancestors are the caller's to touch. */
static void replace(mls_tree *t, mls_node_index x, mls_node *node)
{
    mls_slot *s = mls_slot_edit(t, x);
    use_count(t, node, true);
    use_count(t, s->node, false);
    if (t->base == NULL) {
        mls_tree_drop(t, x);
    } else {
        mls_overlay_entry *e = mls_overlay_find(t, x);
        if (e->changed) {
            mls_node_free(t->alloc, s->node);
        }
        e->changed = true;
    }
    s->node = node;
    if (node != NULL) {
        mls_tree_index(t, x, node);
    }
}

/* Count again and forget the hash: of x, whose children are right. */
static void touch(mls_tree *t, mls_node_index x)
{
    uint32_t members = 0;
    uint32_t filled = 0;
    if (!mls_node_is_leaf(x)) {
        mls_node_index left = mls_node_left(x);
        mls_node_index right = mls_node_right(x);
        members = mls_tree_members_under(t, left) + mls_tree_members_under(t, right);
        filled = mls_tree_filled_under(t, left) + mls_tree_filled_under(t, right);
    }
    mls_slot *s = mls_slot_edit(t, x);
    if (s->node != NULL) {
        members += s->node->is_leaf ? 1 : 0;
        filled += 1;
    }
    s->members = members;
    s->filled = filled;
    s->hashed = false;
}

/* The same for x and all its ancestors. */
static void touch_up(mls_tree *t, mls_node_index x)
{
    mls_node_index root = mls_tree_root(t);
    touch(t, x);
    while (x.v != root.v) {
        x = mls_node_parent(x);
        touch(t, x);
    }
}

/* Apply a plan whose nodes all lie on the path of `low`. */
static void apply(mls_tree *t, plan *p, mls_node_index low)
{
    for (size_t i = 0; i < p->n; i++) {
        replace(t, p->at[i], p->node[i]);
    }
    p->n = 0;
    touch_up(t, low);
}

/* ---- size ---- */

/* Blank what lies beyond the first `nodes` nodes, whose slots must not come back. */
static void drop_beyond(mls_tree *t, uint32_t nodes)
{
    uint32_t old = mls_node_count(t->leaves);
    if (t->base == NULL) {
        for (uint32_t i = nodes; i < old; i++) {
            use_count(t, t->slots[i].node, false);
            mls_tree_drop(t, (mls_node_index){i});
            t->slots[i] = (mls_slot){0};
        }
        return;
    }
    for (uint32_t i = nodes; i < old; i += 2) {
        /* leaves are even, nodes is odd; a blank subtree has none to count */
        mls_node_index leaf = {i + 1};
        if (leaf.v < old) {
            use_count(t, mls_tree_node(t, leaf), false);
        }
    }
    for (size_t i = 0; i < t->cap; i++) {
        mls_overlay_entry *e = &t->entries[i];
        if (e->used && e->x.v >= nodes) {
            if (e->changed) {
                mls_node_free(t->alloc, e->slot.node);
            }
            e->changed = true;
            e->slot = (mls_slot){0};
        }
    }
    t->visible = t->visible < nodes ? t->visible : nodes;
}

static void shrink(mls_tree *t, uint32_t leaves)
{
    if (leaves < t->leaves) {
        drop_beyond(t, mls_node_count(leaves));
        t->leaves = leaves;
    }
}

/* Room was reserved. The new roots are blank, with the old tree below their left child. */
static void grow(mls_tree *t, uint32_t leaves)
{
    while (t->leaves < leaves) {
        t->leaves *= 2;
        touch(t, mls_tree_root(t));
    }
}

static base_err reserve_growth(mls_tree *t, uint32_t leaves)
{
    if (leaves > t->max_leaves) {
        return BASE_E_LIMIT;
    }
    return t->base == NULL ? mls_tree_reserve_slots(t, leaves) : BASE_OK;
}

base_err mls_tree_resize(mls_tree *t, uint32_t leaves)
{
    base_err err = BASE_OK;
    REQUIRE(leaves > 0 && (leaves & (leaves - 1)) == 0, BASE_E_ARGUMENT);
    TRY(reserve_growth(t, leaves));
    TRY(reserve(t, 0));
    shrink(t, leaves);
    grow(t, leaves);
done:
    return err;
}

/* ---- proposals ---- */

/* A copy of a parent with one more unmerged leaf, in its place of the order. */
static base_err with_unmerged(const mls_tree *t, const mls_parent_node *old, mls_leaf_index leaf,
                              mls_node **out)
{
    base_err err = BASE_OK;
    base_arena scratch = base_arena_on(t->alloc, 0);
    mls_parent_node fresh = *old;
    mls_leaf_index *v = base_arena_zero(&scratch, old->n_unmerged + 1, sizeof *v);
    size_t n = 0;
    size_t i = 0;
    REQUIRE(v != NULL, BASE_E_NOMEM);
    for (; i < old->n_unmerged && old->unmerged[i].v < leaf.v; i++) {
        v[n] = old->unmerged[i];
        n++;
    }
    v[n] = leaf;
    n++;
    for (; i < old->n_unmerged; i++) {
        if (old->unmerged[i].v != leaf.v) {
            v[n] = old->unmerged[i];
            n++;
        }
    }
    fresh.unmerged = v;
    fresh.n_unmerged = n;
    TRY(mls_node_from_parent(t->alloc, &fresh, out));
    mls_tree_tag(t, *out);
done:
    base_arena_clear(&scratch);
    return err;
}

/* The leaf's node, ready to be put, as the first of a plan. */
static base_err plan_leaf(mls_tree *t, mls_leaf_index at, const mls_leaf_node *leaf, plan *p)
{
    base_err err = BASE_OK;
    mls_node *node = NULL;
    TRY(mls_node_from_leaf(t->alloc, leaf, &node));
    plan_add(p, mls_node_of_leaf(at), node);
    mls_tree_tag(t, node);
    TRY(use_check(t, node));
done:
    return err;
}

static base_err plan_unmerged(mls_tree *t, mls_leaf_index leaf, plan *p)
{
    base_err err = BASE_OK;
    mls_node_index root = mls_tree_root(t);
    mls_node_index x = mls_node_of_leaf(leaf);
    while (x.v != root.v) {
        x = mls_node_parent(x);
        const mls_node *old = mls_tree_node(t, x);
        mls_node *fresh = NULL;
        if (old != NULL) {
            TRY(with_unmerged(t, &old->parent, leaf, &fresh));
            plan_add(p, x, fresh);
        }
    }
done:
    return err;
}

base_err mls_tree_add_leaf(mls_tree *t, const mls_leaf_node *leaf, mls_leaf_index *at)
{
    base_err err = BASE_OK;
    plan p = {0};
    mls_leaf_index place = mls_tree_next_leaf(t);
    uint32_t leaves = mls_leaves_for(place);
    leaves = leaves > t->leaves ? leaves : t->leaves;
    TRY(plan_leaf(t, place, leaf, &p));
    if (leaves == t->leaves) { /* else all new ancestors are blank */
        TRY(plan_unmerged(t, place, &p));
    }
    TRY(reserve_growth(t, leaves));
    TRY(reserve(t, p.n));
    grow(t, leaves);
    apply(t, &p, mls_node_of_leaf(place));
    *at = place;
done:
    plan_clear(t, &p);
    return err;
}

static void plan_blank_path(const mls_tree *t, mls_leaf_index leaf, plan *p)
{
    mls_node_index root = mls_tree_root(t);
    mls_node_index x = mls_node_of_leaf(leaf);
    while (x.v != root.v) {
        x = mls_node_parent(x);
        if (mls_tree_node(t, x) != NULL) {
            plan_add(p, x, NULL);
        }
    }
}

base_err mls_tree_update_leaf(mls_tree *t, mls_leaf_index at, const mls_leaf_node *leaf)
{
    base_err err = BASE_OK;
    plan p = {0};
    REQUIRE(mls_tree_leaf(t, at) != NULL, MLS_E_TREE);
    TRY(plan_leaf(t, at, leaf, &p));
    plan_blank_path(t, at, &p);
    TRY(reserve(t, p.n));
    apply(t, &p, mls_node_of_leaf(at));
done:
    plan_clear(t, &p);
    return err;
}

/* The size after a removal: as long as nobody is in the right half, it goes. */
static uint32_t leaves_needed(const mls_tree *t)
{
    uint32_t leaves = t->leaves;
    while (leaves > 1 && mls_tree_members_under(t, mls_node_right(mls_node_root(leaves))) == 0) {
        leaves /= 2;
    }
    return leaves;
}

base_err mls_tree_remove_leaf(mls_tree *t, mls_leaf_index at)
{
    base_err err = BASE_OK;
    plan p = {0};
    REQUIRE(mls_tree_leaf(t, at) != NULL, MLS_E_TREE);
    plan_add(&p, mls_node_of_leaf(at), NULL);
    plan_blank_path(t, at, &p);
    TRY(reserve(t, p.n));
    apply(t, &p, mls_node_of_leaf(at));
    shrink(t, leaves_needed(t));
done:
    return err;
}

base_err mls_tree_blank_path(mls_tree *t, mls_leaf_index leaf)
{
    base_err err = BASE_OK;
    plan p = {0};
    REQUIRE(leaf.v < t->leaves, BASE_E_ARGUMENT);
    plan_blank_path(t, leaf, &p);
    TRY(reserve(t, p.n));
    apply(t, &p, mls_node_of_leaf(leaf));
done:
    return err;
}

base_err mls_tree_put_part(mls_tree *t, mls_node_index x, mls_node *node)
{
    base_err err = BASE_OK;
    REQUIRE(x.v < mls_node_count(t->leaves) && node->is_leaf == mls_node_is_leaf(x),
            BASE_E_ARGUMENT);
    mls_tree_tag(t, node);
    TRY(use_check(t, node));
    TRY(reserve(t, 1));
    replace(t, x, node);
done:
    return err;
}

base_err mls_tree_put_done(mls_tree *t, mls_node_index lowest)
{
    base_err err = reserve(t, 0);
    if (err == BASE_OK) {
        touch_up(t, lowest);
    }
    return err;
}

base_err mls_tree_put(mls_tree *t, mls_node_index x, mls_node *node)
{
    base_err err = mls_tree_put_part(t, x, node);
    if (err == BASE_OK) {
        touch_up(t, x); /* room for one put is room for its ancestors */
    }
    return err;
}

base_err mls_tree_blank(mls_tree *t, mls_node_index x)
{
    base_err err = BASE_OK;
    REQUIRE(x.v < mls_node_count(t->leaves), BASE_E_ARGUMENT);
    TRY(reserve(t, 1));
    replace(t, x, NULL);
    touch_up(t, x);
done:
    return err;
}
