/* The rules of a list, and its application. Each rule stands beside its number in
 * docs/validation.md. */
#include "proposal_list.h"

#include "add_twice.h"
#include "app_data.h"
#include "app_update.h"
#include "base/alloc.h"
#include "key_package.h"
#include "leaf_node.h"
#include "psk.h"

/* ---- the list ---- */

base_err mls_proposal_list_add(mls_proposal_list *list, const mls_list_item *item)
{
    void *v = list->v;
    base_err err = base_alloc_grow(list->alloc, &v, &list->cap, list->n + 1, sizeof *list->v);
    list->v = (mls_list_item *)v;
    if (err == BASE_OK) {
        list->v[list->n++] = *item;
    }
    return err;
}

void mls_proposal_list_drop(mls_proposal_list *list, size_t i)
{
    memmove(list->v + i, list->v + i + 1, (list->n - i - 1) * sizeof *list->v);
    list->n--;
}

void mls_proposal_list_clear(mls_proposal_list *list)
{
    base_alloc_free(list->alloc, list->v);
    *list = (mls_proposal_list){.alloc = list->alloc};
}

void mls_applied_clear(mls_applied *a)
{
    base_alloc_free(a->alloc, a->added);
    base_arena_clear(&a->lists);
    *a = (mls_applied){.alloc = a->alloc};
}

/* ---- one proposal ---- */

base_err mls_group_extensions_check(mls_extension_list extensions, const base_alloc *alloc)
{
    base_err err = BASE_OK;
    base_arena lists = base_arena_on(alloc, 0);
    for (size_t i = 0; i < extensions.n; i++) {
        const mls_extension *e = &extensions.v[i];
        mls_required_capabilities required;
        mls_external_sender_list senders;
        switch (e->type) {
        /* V-12.1.7-1: section 17.3 gives these other places than the GroupContext */
        case MLS_EXTENSION_APPLICATION_ID:
        case MLS_EXTENSION_RATCHET_TREE:
        case MLS_EXTENSION_EXTERNAL_PUB:
        case MLS_EXTENSION_SUPPORTED_WIRE_FORMATS:
            REQUIRE(false, MLS_E_EXTENSION);
            break;
        /* V-13.4-4 */
        case MLS_EXTENSION_REQUIRED_CAPABILITIES:
            TRY(mls_required_capabilities_decode(e->data, &lists, &required));
            break;
        case MLS_EXTENSION_EXTERNAL_SENDERS:
            TRY(mls_external_senders_decode(e->data, &lists, &senders));
            break;
        default:
            break;
        }
    }
    TRY(mls_app_extensions_check(extensions, alloc));
done:
    base_arena_clear(&lists);
    return err;
}

static base_err judge_extensions(const mls_list_ground *g, mls_extension_list next)
{
    base_err err = mls_group_extensions_check(next, g->ctx->alloc);
    return err != BASE_OK
               ? err
               : mls_app_dictionary_keeps(g->epoch->context.extensions, next, g->ctx->alloc);
}

static base_err judge_psk(const mls_list_ground *g, const mls_psk_id *psk)
{
    /* V-8.4-1 */
    if (psk->psk_nonce.n != g->epoch->suite.hash->size) {
        return MLS_E_PROPOSAL;
    }
    /* V-11.2-1, V-11.3-1 */
    if (psk->type == MLS_PSK_RESUMPTION && psk->usage != MLS_PSK_APPLICATION && !g->is_successor) {
        return MLS_E_PROPOSAL;
    }
    return BASE_OK;
}

/* What one proposal must be like whatever else happens, and who may have sent it. */
static base_err judge_alone(const mls_list_ground *g, const mls_sender *sender,
                            const mls_proposal *p)
{
    const mls_epoch *e = g->epoch;
    switch (p->type) {
    case MLS_PROPOSAL_ADD:
        /* V-10.1-1 */
        return p->key_package.version == e->context.version &&
                       p->key_package.suite == e->context.suite
                   ? BASE_OK
                   : MLS_E_KEY_PACKAGE;
    case MLS_PROPOSAL_UPDATE:
        /* V-12.2-12 */
        return sender->type == MLS_SENDER_MEMBER &&
                       mls_tree_leaf(e->tree, (mls_leaf_index){sender->index}) != NULL
                   ? BASE_OK
                   : MLS_E_PROPOSAL;
    case MLS_PROPOSAL_REMOVE:
        /* V-12.1.3-1 */
        return mls_tree_leaf(e->tree, p->removed) != NULL ? BASE_OK : MLS_E_PROPOSAL;
    case MLS_PROPOSAL_PSK:
        return judge_psk(g, &p->psk);
    case MLS_PROPOSAL_REINIT:
        /* V-12.1.5-1 */
        return p->reinit.version >= e->context.version ? BASE_OK : MLS_E_PROPOSAL;
    case MLS_PROPOSAL_EXTERNAL_INIT:
        /* V-12.2-9 */
        return sender->type == MLS_SENDER_NEW_MEMBER_COMMIT ? BASE_OK : MLS_E_PROPOSAL;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        return judge_extensions(g, p->extensions);
    case MLS_PROPOSAL_APP_DATA_UPDATE:
    case MLS_PROPOSAL_APP_EPHEMERAL:
        return mls_app_proposal_judge(g->ctx, p);
    case MLS_PROPOSAL_SELF_REMOVE:
        /* V-E6.3-2 */
        return sender->type == MLS_SENDER_MEMBER &&
                       mls_tree_leaf(e->tree, (mls_leaf_index){sender->index}) != NULL
                   ? BASE_OK
                   : MLS_E_PROPOSAL;
    }
    return MLS_E_PROPOSAL;
}

static mls_lifetime_rule lifetime_rule(const mls_list_ground *g)
{
    return (mls_lifetime_rule){g->making, g->now, g->ctx->limits.lifetime};
}

static mls_leaf_place place_in(const mls_list_ground *g, const mls_tree *t,
                               mls_extension_list extensions, mls_leaf_index at,
                               mls_leaf_node_source source)
{
    return (mls_leaf_place){
        t, g->epoch->context.group_id, extensions, at, source, lifetime_rule(g)};
}

base_err mls_proposal_judge(const mls_list_ground *ground, const mls_sender *sender,
                            const mls_proposal *p)
{
    base_err err = judge_alone(ground, sender, p);
    const mls_epoch *e = ground->epoch;
    if (err != BASE_OK) {
        return err;
    }
    if (ground->making) {
        /* Others are told of it by the commit; V-12.2-10 of what is made here. */
        err = mls_tree_check_proposal_type(e->tree, (uint16_t)p->type, NULL, 0);
        if (err != BASE_OK) {
            return err;
        }
    }
    if (p->type == MLS_PROPOSAL_UPDATE) {
        mls_leaf_place place = place_in(ground, e->tree, e->context.extensions,
                                        (mls_leaf_index){sender->index}, MLS_LEAF_UPDATE);
        return mls_leaf_node_check(&place, &p->leaf_node);
    }
    if (p->type == MLS_PROPOSAL_ADD) {
        /* Who stands in the tree already may leave it by the same commit: keys are judged there. */
        const mls_lifetime_rule rule = lifetime_rule(ground);
        err = mls_key_package_judge(&e->suite, &p->key_package, &rule);
        return err != BASE_OK
                   ? err
                   : mls_leaf_node_check_extensions(&p->key_package.leaf_node,
                                                    e->context.extensions, ground->ctx->alloc);
    }
    return BASE_OK;
}

/* ---- proposals together ---- */

/* The leaf that an Update, a Remove or a SelfRemove is about. */
static bool leaf_of(const mls_list_item *item, mls_leaf_index *leaf)
{
    if (item->proposal->type == MLS_PROPOSAL_UPDATE ||
        item->proposal->type == MLS_PROPOSAL_SELF_REMOVE) {
        leaf->v = item->sender.index;
        return true;
    }
    if (item->proposal->type == MLS_PROPOSAL_REMOVE) {
        *leaf = item->proposal->removed;
        return true;
    }
    return false;
}

static bool psk_id_equal(const mls_psk_id *a, const mls_psk_id *b)
{
    return mls_psk_id_same(a, b) && base_bytes_eq(a->psk_nonce, b->psk_nonce);
}

/* Whether two proposals may not stand in one list, whoever commits. */
static bool excludes(const mls_list_item *a, const mls_list_item *b)
{
    const mls_proposal *p = a->proposal;
    const mls_proposal *q = b->proposal;
    /* V-12.2-8 */
    if (p->type == MLS_PROPOSAL_REINIT || q->type == MLS_PROPOSAL_REINIT) {
        return true;
    }
    mls_leaf_index x = {0};
    mls_leaf_index y = {0};
    if (leaf_of(a, &x) && leaf_of(b, &y)) {
        return x.v == y.v; /* V-12.2-3, V-E6.3-4 */
    }
    if (p->type != q->type) {
        return false;
    }
    switch (p->type) {
    case MLS_PROPOSAL_ADD:
        /* V-12.2-4; other words on who is one client come when the leaves meet in the tree */
        return base_bytes_eq(p->key_package.leaf_node.signature_key,
                             q->key_package.leaf_node.signature_key);
    case MLS_PROPOSAL_PSK:
        return psk_id_equal(&p->psk, &q->psk);  /* V-12.2-6 */
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS: /* V-12.2-7 */
    case MLS_PROPOSAL_EXTERNAL_INIT:            /* V-12.2-13 */
        return true;
    case MLS_PROPOSAL_UPDATE:
    case MLS_PROPOSAL_REMOVE:
    case MLS_PROPOSAL_REINIT:
    case MLS_PROPOSAL_APP_EPHEMERAL:
    case MLS_PROPOSAL_SELF_REMOVE:
        break;
    case MLS_PROPOSAL_APP_DATA_UPDATE: /* V-E4.7-4 */
        return p->app_data_update.component == q->app_data_update.component &&
               (p->app_data_update.op == MLS_APP_DATA_REMOVE ||
                q->app_data_update.op == MLS_APP_DATA_REMOVE);
    }
    return false;
}

/* What the committer may not do to itself, or not by value. */
static base_err judge_committer(const mls_list_ground *g, const mls_list_item *item)
{
    /* V-E6.3-3 */
    if (item->proposal->type == MLS_PROPOSAL_SELF_REMOVE && item->by_value) {
        return MLS_E_PROPOSAL_LIST;
    }
    if (g->committer.type != MLS_SENDER_MEMBER) {
        return BASE_OK;
    }
    mls_leaf_index leaf = {0};
    /* V-12.2-1, V-12.2-2, V-E6.3-5 */
    if (leaf_of(item, &leaf) && leaf.v == g->committer.index) {
        return MLS_E_PROPOSAL_LIST;
    }
    return BASE_OK;
}

/* An external commit: one ExternalInit, at most one Remove, PSKs (section 12.2); data of
 * components, and whoever wants to leave (V-E6.3-6). */
static base_err judge_external(const mls_proposal_list *list, size_t *bad)
{
    size_t inits = 0;
    size_t removes = 0;
    for (*bad = 0; *bad < list->n; (*bad)++) {
        const mls_list_item *item = &list->v[*bad];
        switch (item->proposal->type) {
        case MLS_PROPOSAL_EXTERNAL_INIT:
            inits++; /* a second one is excluded by the first */
            break;
        case MLS_PROPOSAL_REMOVE:
            removes++;
            break;
        case MLS_PROPOSAL_PSK:
        case MLS_PROPOSAL_APP_DATA_UPDATE:
        case MLS_PROPOSAL_APP_EPHEMERAL:
        case MLS_PROPOSAL_SELF_REMOVE:
            break;
        case MLS_PROPOSAL_ADD:
        case MLS_PROPOSAL_UPDATE:
        case MLS_PROPOSAL_REINIT:
        case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
            return MLS_E_PROPOSAL_LIST; /* V-12.2-15 */
        }
        /* V-12.2-14 */
        if (removes > 1) {
            return MLS_E_PROPOSAL_LIST;
        }
    }
    /* V-12.2-13 */
    return inits > 0 ? BASE_OK : MLS_E_PROPOSAL_LIST;
}

/* An item alone and beside the first n of a list. */
static base_err judge_beside(const mls_list_ground *g, const mls_proposal_list *list, size_t n,
                             const mls_list_item *item)
{
    base_err err = judge_alone(g, &item->sender, item->proposal);
    if (err == BASE_OK) {
        err = judge_committer(g, item);
    }
    for (size_t k = 0; err == BASE_OK && k < n; k++) {
        err = excludes(&list->v[k], item) ? MLS_E_PROPOSAL_LIST : BASE_OK;
    }
    return err;
}

base_err mls_proposal_list_fits(const mls_list_ground *ground, const mls_proposal_list *list,
                                const mls_list_item *item)
{
    return judge_beside(ground, list, list->n, item);
}

base_err mls_proposal_list_judge(const mls_list_ground *ground, const mls_proposal_list *list,
                                 size_t *bad)
{
    *bad = list->n;
    if (list->n > ground->ctx->limits.proposals) {
        return BASE_E_LIMIT;
    }
    if (ground->committer.type == MLS_SENDER_NEW_MEMBER_COMMIT) {
        base_err err = judge_external(list, bad);
        if (err != BASE_OK) {
            return err;
        }
    }
    size_t twice = list->n; /* V-12.2-4 */
    bool reinit = false;
    base_err err = mls_add_twice(list, &twice);
    for (*bad = 0; err == BASE_OK && *bad < list->n; (*bad)++) {
        const mls_list_item *item = &list->v[*bad];
        if (item->proposal->type != MLS_PROPOSAL_ADD) {
            err = judge_beside(ground, list, *bad, item);
            reinit = reinit || item->proposal->type == MLS_PROPOSAL_REINIT;
        } else {
            err = judge_alone(ground, &item->sender, item->proposal);
            if (err == BASE_OK && (reinit || *bad == twice)) {
                err =
                    MLS_E_PROPOSAL_LIST; /* of all that excludes() knows, this is left for an Add */
            }
        }
        if (err != BASE_OK) {
            return err;
        }
    }
    return err;
}

/* ---- applying ---- */

typedef struct applying {
    const mls_list_ground *g;
    mls_tree *t;
    mls_applied *out;
} applying;

static base_err apply_remove(const applying *a, mls_list_item *item)
{
    item->leaf = item->proposal->removed;
    return mls_tree_remove_leaf(a->t, item->leaf);
}

static base_err apply_self_remove(const applying *a, mls_list_item *item)
{
    item->leaf.v = item->sender.index;
    return mls_tree_remove_leaf(a->t, item->leaf);
}

static base_err apply_update(const applying *a, mls_list_item *item)
{
    item->leaf = (mls_leaf_index){item->sender.index};
    mls_leaf_place place = place_in(a->g, a->t, a->out->extensions, item->leaf, MLS_LEAF_UPDATE);
    /* Members do not look at the clock here, and an Update has no lifetime. V-7.3-7 is in it. */
    base_err err = mls_leaf_node_check(&place, &item->proposal->leaf_node);
    if (err == BASE_OK) {
        err = mls_tree_update_leaf(a->t, item->leaf, &item->proposal->leaf_node);
    }
    return err;
}

/* V-12.2-5, V-12.2-4: the application may know two leaves for one client; without its word the
 * signature keys tell, which mls_leaf_node_check() compares. O(leaves) with it. */
static base_err judge_client(const applying *a, const mls_leaf_node *leaf)
{
    if (a->g->ctx->clients.same == NULL) {
        return BASE_OK;
    }
    for (uint32_t i = 0; i < mls_tree_leaf_count(a->t); i++) {
        const mls_leaf_node *other = mls_tree_leaf(a->t, (mls_leaf_index){i});
        if (other != NULL && mls_ctx_same_client(a->g->ctx, other, leaf)) {
            return MLS_E_PROPOSAL_LIST;
        }
    }
    return BASE_OK;
}

static base_err apply_add(const applying *a, mls_list_item *item)
{
    const mls_key_package *kp = &item->proposal->key_package;
    mls_leaf_place place =
        place_in(a->g, a->t, a->out->extensions, mls_tree_next_leaf(a->t), MLS_LEAF_KEY_PACKAGE);
    base_err err = mls_key_package_judge_add(&place, kp);
    if (err == BASE_OK) {
        err = judge_client(a, &kp->leaf_node);
    }
    if (err == BASE_OK) {
        err = mls_tree_add_leaf(a->t, &kp->leaf_node, &item->leaf);
    }
    if (err == BASE_OK) {
        a->out->added[a->out->n_added++] = item->leaf;
    }
    return err;
}

typedef base_err (*apply_fn)(const applying *a, mls_list_item *item);

static base_err apply_type(const applying *a, mls_proposal_list *list, mls_proposal_type type,
                           apply_fn apply, size_t *bad)
{
    for (*bad = 0; *bad < list->n; (*bad)++) {
        if (list->v[*bad].proposal->type == type) {
            base_err err = apply(a, &list->v[*bad]);
            if (err != BASE_OK) {
                return err;
            }
        }
    }
    return BASE_OK;
}

/* V-12.2-10: whoever processes the commit supports the proposals in it, with the capabilities it
 * had before; who leaves by it and who comes need not. One look over the members a type, and none
 * for a type that the group requires. */
static base_err judge_types(const applying *a, const mls_proposal_list *list, size_t *bad)
{
    base_err err = BASE_OK;
    mls_leaf_demand demand = {0};
    unsigned seen = 0; /* a bit a type; there are fewer than 16 */
    for (*bad = 0; *bad < list->n; (*bad)++) {
        mls_proposal_type type = list->v[*bad].proposal->type;
        if (mls_proposal_type_is_default((uint16_t)type) || (seen >> type & 1) != 0) {
            continue;
        }
        TRY(mls_leaf_demand_init(a->g->epoch->context.extensions, a->g->ctx->alloc, &demand));
        if (!mls_u16_list_has(demand.required.proposals, (uint16_t)type)) {
            TRY(mls_tree_check_proposal_type(a->t, (uint16_t)type, NULL, 0));
        }
        mls_leaf_demand_clear(&demand);
        seen |= 1U << type;
    }
done:
    mls_leaf_demand_clear(&demand);
    return err;
}

/* What needs no tree; how many Adds there are. */
static size_t note_others(const mls_proposal_list *list, mls_applied *out)
{
    size_t adds = 0;
    out->needs_path = list->n == 0;
    for (size_t i = 0; i < list->n; i++) {
        const mls_proposal *p = list->v[i].proposal;
        out->needs_path = out->needs_path || mls_proposal_needs_path(p->type);
        if (p->type == MLS_PROPOSAL_ADD) {
            adds++;
        } else if (p->type == MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS) {
            out->extensions = p->extensions;
        } else if (p->type == MLS_PROPOSAL_EXTERNAL_INIT) {
            out->external_init = p;
        } else if (p->type == MLS_PROPOSAL_REINIT) {
            out->reinit = p;
        }
    }
    return adds;
}

/* Section 12.3 applies Updates before Removes. The two touch different leaves, so that the result
 * is the same; with Removes first, nothing is held against a leaf that is on its way out. */
base_err mls_proposal_list_apply(const mls_list_ground *ground, mls_proposal_list *list,
                                 mls_tree *overlay, mls_applied *out, size_t *bad)
{
    base_err err = BASE_OK;
    bool demands = false;
    mls_applied done_so_far = {.alloc = ground->ctx->alloc,
                               .lists = base_arena_on(ground->ctx->alloc, 0)};
    const applying a = {ground, overlay, &done_so_far};
    *bad = list->n;
    done_so_far.extensions = ground->epoch->context.extensions;
    size_t adds = note_others(list, &done_so_far);
    if (adds > 0) {
        done_so_far.added =
            (mls_leaf_index *)base_alloc_zero(ground->ctx->alloc, adds, sizeof *done_so_far.added);
        REQUIRE(done_so_far.added != NULL, BASE_E_NOMEM);
    }
    TRY(apply_type(&a, list, MLS_PROPOSAL_SELF_REMOVE, apply_self_remove, bad));
    TRY(apply_type(&a, list, MLS_PROPOSAL_REMOVE, apply_remove, bad));
    TRY(judge_types(&a, list, bad));
    TRY(apply_type(&a, list, MLS_PROPOSAL_UPDATE, apply_update, bad));
    TRY(apply_type(&a, list, MLS_PROPOSAL_ADD, apply_add, bad));
    demands = done_so_far.extensions.v != ground->epoch->context.extensions.v;
    TRY(mls_app_updates_apply(ground->ctx, list, &done_so_far.lists, &done_so_far.extensions,
                              &demands, bad));
    *bad = list->n;
    if (demands) {
        /* V-11.1-1, V-12.2-11 */
        TRY(mls_tree_check_extensions(overlay, done_so_far.extensions));
    }
    *out = done_so_far;
    done_so_far = (mls_applied){.alloc = ground->ctx->alloc};
done:
    mls_applied_clear(&done_so_far);
    return err;
}
