/* Staged commits: what they change, and what becomes of them. */
#include "staged.h"

#include <sotto/mls_app.h>

#include "base/alloc.h"
#include "persist.h"
#include "safe_export.h"
#include "staged_code.h"

/* ---- life ---- */

mls_staged *mls_staged_alloc(const mls_group *base)
{
    mls_staged *s = (mls_staged *)base_alloc_zero(base->ctx->alloc, 1, sizeof *s);
    if (s != NULL) {
        s->ctx = base->ctx;
        s->base = base;
        s->from = base->epoch.context.epoch;
        s->encoded = base_buf_on(base->ctx->alloc);
        s->lists = base_arena_on(base->ctx->alloc, 0);
        s->next.ctx = base->ctx;
        s->next.state = MLS_GROUP_ACTIVE;
        s->next.prefix = base->prefix;
        s->next.psk_first = base->psk_first;
        s->next.reinit = base_buf_on(base->ctx->alloc);
    }
    return s;
}

void mls_staged_free(mls_staged *s)
{
    if (s == NULL) {
        return;
    }
    mls_group_clear(&s->next);
    base_buf_clear(&s->encoded);
    base_arena_clear(&s->lists);
    base_alloc_free(s->ctx->alloc, s);
}

bool mls_staged_is_fresh(const mls_staged *s)
{
    return s->base->state == MLS_GROUP_ACTIVE && s->base->epoch.context.epoch == s->from;
}

/* ---- looking ---- */

size_t mls_staged_change_count(const mls_staged *s)
{
    return s->n_changes;
}

const mls_change *mls_staged_change(const mls_staged *s, size_t i)
{
    return i < s->n_changes ? &s->changes[i] : NULL;
}

bool mls_staged_is_external(const mls_staged *s)
{
    return s->committer.type == MLS_SENDER_NEW_MEMBER_COMMIT;
}

mls_leaf_index mls_staged_committer(const mls_staged *s)
{
    return s->committer_leaf;
}

bool mls_staged_removes_me(const mls_staged *s)
{
    return s->removes_me;
}

const mls_group *mls_staged_next(const mls_staged *s)
{
    return s->removes_me || !mls_staged_is_fresh(s) ? NULL : &s->next;
}

/* ---- changes ---- */

static void change_of(const mls_staged *s, const mls_list_item *item, mls_change *out)
{
    const mls_proposal *p = item->proposal;
    *out = (mls_change){.proposer_type = item->sender.type,
                        .proposer = {item->sender.index},
                        .by_value = item->by_value,
                        .leaf = item->leaf};
    if (item->sender.type == MLS_SENDER_NEW_MEMBER_COMMIT) {
        out->proposer = s->committer_leaf;
    }
    switch (p->type) {
    case MLS_PROPOSAL_ADD:
        out->kind = MLS_CHANGE_ADD;
        out->last_resort = mls_key_package_is_last_resort(&p->key_package);
        out->node = mls_tree_leaf(s->next.epoch.tree, item->leaf);
        return;
    case MLS_PROPOSAL_UPDATE:
        out->kind = MLS_CHANGE_UPDATE;
        out->old_node = mls_tree_leaf(s->base->epoch.tree, item->leaf);
        out->node = mls_tree_leaf(s->next.epoch.tree, item->leaf);
        return;
    case MLS_PROPOSAL_REMOVE:
    case MLS_PROPOSAL_SELF_REMOVE:
        out->kind = MLS_CHANGE_REMOVE;
        out->old_node = mls_tree_leaf(s->base->epoch.tree, item->leaf);
        return;
    case MLS_PROPOSAL_PSK:
        out->kind = MLS_CHANGE_PSK;
        out->psk = &p->psk;
        return;
    case MLS_PROPOSAL_REINIT:
        out->kind = MLS_CHANGE_REINIT;
        out->reinit = &p->reinit;
        return;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        out->kind = MLS_CHANGE_EXTENSIONS;
        out->extensions = p->extensions;
        return;
    case MLS_PROPOSAL_APP_DATA_UPDATE:
        out->kind = MLS_CHANGE_APP_DATA;
        out->app_data = &p->app_data_update;
        return;
    case MLS_PROPOSAL_APP_EPHEMERAL:
        out->kind = MLS_CHANGE_APP_EPHEMERAL;
        out->app_ephemeral = &p->app_ephemeral;
        return;
    case MLS_PROPOSAL_EXTERNAL_INIT:
        return;
    }
}

/* What the path does to the committer's leaf: an update, or the arrival of who commits from
 * outside. */
static void change_of_path(const mls_staged *s, mls_change *out)
{
    bool arrives = mls_staged_is_external(s);
    *out = (mls_change){.kind = arrives ? MLS_CHANGE_ADD : MLS_CHANGE_UPDATE,
                        .proposer_type = s->committer.type,
                        .proposer = s->committer_leaf,
                        .by_value = true,
                        .leaf = s->committer_leaf,
                        .node = mls_tree_leaf(s->next.epoch.tree, s->committer_leaf)};
    if (!arrives) {
        out->old_node = mls_tree_leaf(s->base->epoch.tree, s->committer_leaf);
    }
}

base_err mls_staged_changes_make(mls_staged *s)
{
    s->changes = (mls_change *)base_arena_zero(&s->lists, s->n_items + 1, sizeof *s->changes);
    if (s->changes == NULL) {
        return BASE_E_NOMEM;
    }
    for (size_t i = 0; i < s->n_items; i++) {
        if (s->items[i].proposal->type != MLS_PROPOSAL_EXTERNAL_INIT) {
            change_of(s, &s->items[i], &s->changes[s->n_changes++]);
        }
    }
    if (s->has_path) {
        change_of_path(s, &s->changes[s->n_changes++]);
    }
    /* What an encoding names and the trees do not have. */
    for (size_t i = 0; i < s->n_changes; i++) {
        const mls_change *c = &s->changes[i];
        bool old = c->kind == MLS_CHANGE_UPDATE || c->kind == MLS_CHANGE_REMOVE;
        bool new = c->kind == MLS_CHANGE_UPDATE || c->kind == MLS_CHANGE_ADD;
        if ((old && c->old_node == NULL) || (new && c->node == NULL)) {
            return BASE_E_CORRUPT;
        }
    }
    return BASE_OK;
}

base_err mls_staged_set_list(mls_staged *s, const mls_proposal_list *list)
{
    base_err err = BASE_OK;
    TRY(mls_staged_list_encode(list, &s->encoded));
    TRY(mls_staged_list_decode(base_buf_bytes(&s->encoded), &s->lists, &s->items, &s->n_items));
    TRY(mls_staged_changes_make(s));
done:
    return err;
}

/* ---- merging ---- */

/* After a removal or a ReInit the tree, the exporter, the authenticator and the resumption_psk of
 * the last epoch stay; what could read or write messages goes. */
static void retire_keys(mls_group *g)
{
    mls_leaf_index leaf = g->epoch.keys.leaf;
    mls_epoch_secrets *s = &g->epoch.secrets;
    mls_tree_private_clear(&g->epoch.keys);
    g->epoch.keys.leaf = leaf;
    base_secret_clear(&s->sender_data_secret);
    base_secret_clear(&s->encryption_secret);
    base_secret_clear(&s->external_secret);
    base_secret_clear(&s->membership_key);
    base_secret_clear(&s->init_secret);
    base_secret_clear(&g->signature_private);
}

static void retire(mls_group *g)
{
    retire_keys(g);
    mls_secret_tree_free(g->messages);
    g->messages = NULL;
    mls_kept_clear(&g->kept, g->ctx->alloc);
}

/* The state record of g as it will be in a state, from a shallow copy: g is as it was. */
static void save_state(const mls_group *g, mls_group_state state, mls_batch *b)
{
    mls_group as = *g;
    as.state = state;
    if (state != MLS_GROUP_ACTIVE) {
        retire_keys(&as);
    }
    base_secret_clear(&as.epoch.secrets.encryption_secret);
    mls_persist_state(&as, b);
    base_wipe(&as, sizeof as);
}

void mls_staged_apply(mls_group *g, mls_staged *s, mls_secret_tree *messages)
{
    mls_tree *base = g->epoch.tree;
    mls_tree_merge(s->next.epoch.tree);
    s->next.epoch.tree = base;
    g->epoch.tree = NULL;
    mls_epoch_move(&g->epoch, &s->next.epoch);
    mls_secret_tree_free(g->messages);
    g->messages = messages;
    g->messages_part = false;
    mls_persist_forget_leaves(g);
    base_secret_clear(&g->signature_private);
    g->signature_private = s->next.signature_private;
    mls_kept_clear(&g->kept, g->ctx->alloc);
    g->psk_first = s->next.psk_first;
    g->last_generation = 0;
    base_buf_move(&g->reinit, &s->next.reinit);
    g->state = s->next.state;
    if (g->state != MLS_GROUP_ACTIVE) {
        retire(g);
    }
    mls_staged_free(s);
}

/* The member is out: the group stays in its epoch, without the keys of messages. */
static base_err merge_removal(mls_group *g, mls_batch *b)
{
    base_err err = mls_persist_erase_messages(g, b);
    if (err == BASE_OK) {
        mls_kept_save_clear(&g->kept, &g->prefix, b);
        save_state(g, MLS_GROUP_REMOVED, b);
        err = mls_persist_write(g, b);
    }
    if (err == BASE_OK) {
        g->state = MLS_GROUP_REMOVED;
        retire(g);
    }
    return err;
}

static base_err merge_epoch(mls_group *g, mls_staged *s, mls_batch *b)
{
    base_err err = BASE_OK;
    mls_secret_tree *messages = NULL;
    base_secret encryption = s->next.epoch.secrets.encryption_secret;
    bool ends = s->next.state != MLS_GROUP_ACTIVE;
    TRY(mls_persist_erase_messages(g, b));
    TRY(mls_safe_export_erase(g, b));
    TRY(mls_tree_merge_prepare(s->next.epoch.tree));
    TRY(mls_persist_changes(s->next.epoch.tree, &g->prefix, b));
    if (!ends) {
        mls_ratchet_limits limits = mls_group_ratchet_limits(g->ctx);
        TRY(mls_secret_tree_new(&s->next.epoch.suite, mls_tree_leaf_count(s->next.epoch.tree),
                                &limits, &encryption, &messages));
        TRY(mls_persist_messages_all(messages, &g->prefix, b));
        mls_secret_tree_saved(messages);
    }
    mls_kept_save_clear(&g->kept, &g->prefix, b);
    mls_persist_drop_psks(g, s->next.epoch.context.epoch, b, &s->next.psk_first);
    save_state(&s->next, s->next.state, b);
    TRY(mls_persist_write(g, b));
    base_secret_clear(&s->next.epoch.secrets.encryption_secret);
    mls_staged_apply(g, s, messages);
    messages = NULL;
done:
    base_secret_clear(&encryption);
    mls_secret_tree_free(messages);
    return err;
}

base_err mls_staged_enter(mls_group *g, mls_staged **s, mls_batch *b)
{
    base_err err = BASE_OK;
    mls_secret_tree *messages = NULL;
    mls_epoch *next = &(*s)->next.epoch;
    mls_ratchet_limits limits = mls_group_ratchet_limits(g->ctx);
    TRY(mls_tree_merge_prepare(next->tree));
    TRY(mls_secret_tree_new(&next->suite, mls_tree_leaf_count(next->tree), &limits,
                            &next->secrets.encryption_secret, &messages));
    mls_staged_apply(g, *s, messages);
    *s = NULL;
    TRY(mls_persist_new(g, b));
done:
    return err;
}

base_err mls_group_merge(mls_group *g, mls_staged *s)
{
    if (g == NULL || s == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_batch b = mls_batch_on(g->ctx->alloc);
    TRY(mls_group_require_active(g));
    REQUIRE(s->base == g && mls_staged_is_fresh(s), BASE_E_STATE);
    TRY(mls_persist_need_messages(g));
    if (s->removes_me) {
        TRY(merge_removal(g, &b));
        mls_staged_free(s);
    } else {
        TRY(merge_epoch(g, s, &b));
    }
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
