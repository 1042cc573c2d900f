/* Branching and reinitialising: making the new group and, for who joins it, holding it against the
 * old one. */
#include "reinit.h"

#include "base/alloc.h"
#include "commit_make.h"
#include "persist.h"
#include "staged.h"

/* ---- holding one group against another ---- */

/* Whether some leaf of a tree is the same client. The leaf at the same place is tried first. */
static bool has_client(const mls_ctx *ctx, const mls_tree *t, mls_leaf_index hint,
                       const mls_leaf_node *leaf)
{
    const mls_leaf_node *other = mls_tree_leaf(t, hint);
    if (other != NULL && mls_ctx_same_client(ctx, other, leaf)) {
        return true;
    }
    for (uint32_t i = 0; i < mls_tree_leaf_count(t); i++) {
        other = mls_tree_leaf(t, (mls_leaf_index){i});
        if (other != NULL && mls_ctx_same_client(ctx, other, leaf)) {
            return true;
        }
    }
    return false;
}

/* Every member of `of` is a client in `in`. */
static bool all_in(const mls_ctx *ctx, const mls_tree *of, const mls_tree *in)
{
    for (uint32_t i = 0; i < mls_tree_leaf_count(of); i++) {
        mls_leaf_index at = {i};
        const mls_leaf_node *leaf = mls_tree_leaf(of, at);
        if (leaf != NULL && !has_client(ctx, in, at, leaf)) {
            return false;
        }
    }
    return true;
}

static bool extensions_equal(mls_extension_list a, mls_extension_list b)
{
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (a.v[i].type != b.v[i].type || !base_bytes_eq(a.v[i].data, b.v[i].data)) {
            return false;
        }
    }
    return true;
}

/* The ReInit that ended a group; views in the arena and the group. */
static base_err reinit_of(const mls_group *old, base_arena *lists, mls_reinit *out)
{
    mls_proposal p;
    base_rd r = base_rd_on(base_buf_bytes(&old->reinit));
    mls_proposal_read(&r, lists, &p);
    base_err err = base_rd_end(&r);
    if (err != BASE_OK || p.type != MLS_PROPOSAL_REINIT) {
        return err == BASE_E_NOMEM ? err : BASE_E_CORRUPT;
    }
    *out = p.reinit;
    return BASE_OK;
}

/* V-12.4.3.1-18 */
static bool follows(const mls_group_context *c, const mls_reinit *r)
{
    return base_bytes_eq(c->group_id, r->group_id) && c->version == r->version &&
           c->suite == r->suite && extensions_equal(c->extensions, r->extensions);
}

static base_err check_reinit(const mls_group *old, const mls_epoch *fresh, const mls_psk_id *psk)
{
    base_err err = BASE_OK;
    mls_reinit reinit = {0};
    base_arena lists = base_arena_on(old->ctx->alloc, 0);
    /* V-12.4.3.1-17 */
    REQUIRE(old->state == MLS_GROUP_ENDED && psk->psk_epoch == old->epoch.context.epoch,
            MLS_E_REINIT);
    TRY(reinit_of(old, &lists, &reinit));
    REQUIRE(follows(&fresh->context, &reinit), MLS_E_REINIT);
    /* V-12.4.3.1-19 */
    REQUIRE(all_in(old->ctx, old->epoch.tree, fresh->tree), MLS_E_REINIT);
done:
    base_arena_clear(&lists);
    return err;
}

static base_err check_branch(const mls_group *old, const mls_epoch *fresh)
{
    /* V-12.4.3.1-20 */
    if (fresh->context.version != old->epoch.context.version ||
        fresh->context.suite != old->epoch.context.suite) {
        return MLS_E_REINIT;
    }
    /* V-12.4.3.1-21 */
    return all_in(old->ctx, fresh->tree, old->epoch.tree) ? BASE_OK : MLS_E_REINIT;
}

base_err mls_successor_check(mls_ctx *ctx, const mls_epoch *fresh, const mls_psk_id *psk)
{
    base_err err = BASE_OK;
    mls_group *old = NULL;
    /* V-12.4.3.1-16 */
    REQUIRE(fresh->context.epoch == 1, MLS_E_REINIT);
    err = mls_persist_load(ctx, psk->psk_group_id, &old);
    err = err == BASE_E_NOT_FOUND ? MLS_E_PSK_MISSING : err;
    TRY(err);
    TRY(mls_persist_need_tree(old));
    TRY(psk->usage == MLS_PSK_REINIT ? check_reinit(old, fresh, psk) : check_branch(old, fresh));
done:
    mls_group_free(old);
    return err;
}

/* ---- making ---- */

/* The first commit of a fresh group: Adds, and the PSK that ties it to the old one. Nobody else is
 * there to receive it. */
static base_err first_commit(mls_group *fresh, const mls_group *old, mls_psk_usage usage,
                             const mls_successor_params *params, uint64_t now, mls_commit_out *out)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = fresh->ctx->alloc;
    size_t n = params->n_key_packages + 1;
    const mls_framing framing = {.is_public = true};
    mls_proposal_params *proposals =
        (mls_proposal_params *)base_alloc_zero(alloc, n, sizeof *proposals);
    REQUIRE(proposals != NULL, BASE_E_NOMEM);
    for (size_t i = 0; i + 1 < n; i++) {
        proposals[i] =
            (mls_proposal_params){.type = MLS_PROPOSAL_ADD, .key_package = params->key_packages[i]};
    }
    proposals[n - 1] = (mls_proposal_params){.type = MLS_PROPOSAL_PSK,
                                             .psk = {.type = MLS_PSK_RESUMPTION,
                                                     .usage = usage,
                                                     .psk_group_id = old->epoch.context.group_id,
                                                     .psk_epoch = old->epoch.context.epoch}};
    const mls_commit_plan plan = {.committer = {MLS_SENDER_MEMBER, fresh->epoch.keys.leaf.v},
                                  .is_successor = true,
                                  .want_path = true,
                                  .tree_beside = params->tree_beside,
                                  .proposals = proposals,
                                  .n_proposals = n,
                                  .framing = &framing};
    TRY(mls_commit_make(fresh, &plan, now, out));
done:
    base_alloc_free(alloc, proposals);
    return err;
}

static base_err succeed(mls_group *old, mls_psk_usage usage, const mls_successor_params *params,
                        uint64_t now, base_buf *welcome, mls_group **out)
{
    base_err err = BASE_OK;
    mls_group *fresh = NULL;
    mls_commit_out made = {0};
    mls_batch b = mls_batch_on(old->ctx->alloc);
    TRY(mls_persist_need_tree(old));
    TRY(mls_group_begin(old->ctx, params->group_id, params->member, params->extensions, now,
                        &fresh));
    TRY(first_commit(fresh, old, usage, params, now, &made));
    /* What the joiners will check of their side holds on this one. */
    const mls_tree *tree = made.staged->next.epoch.tree;
    bool fits = usage == MLS_PSK_BRANCH ? all_in(old->ctx, tree, old->epoch.tree)
                                        : all_in(old->ctx, old->epoch.tree, tree);
    REQUIRE(fits, MLS_E_REINIT);
    TRY(mls_staged_enter(fresh, &made.staged, &b));
    base_buf_move(welcome, &made.welcome);
    *out = fresh;
    fresh = NULL;
done:
    mls_commit_out_clear(&made);
    mls_group_free(fresh);
    mls_batch_clear(&b);
    return err;
}

static bool arguments_hold(const mls_group *g, const mls_successor_params *params,
                           const base_buf *welcome, mls_group *const *out)
{
    return g != NULL && params != NULL && params->member != NULL && welcome != NULL &&
           out != NULL && (params->n_key_packages == 0 || params->key_packages != NULL);
}

base_err mls_group_branch(mls_group *g, const mls_successor_params *params, uint64_t now,
                          base_buf *welcome, mls_group **out)
{
    if (!arguments_hold(g, params, welcome, out)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = mls_group_require_active(g);
    if (err != BASE_OK) {
        return err;
    }
    if (params->member->suite != g->epoch.context.suite) {
        return MLS_E_REINIT;
    }
    err = succeed(g, MLS_PSK_BRANCH, params, now, welcome, out);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

base_err mls_group_reinit(mls_group *g, const mls_successor_params *params, uint64_t now,
                          base_buf *welcome, mls_group **out)
{
    if (!arguments_hold(g, params, welcome, out)) {
        return BASE_E_ARGUMENT;
    }
    if (g->state != MLS_GROUP_ENDED) {
        return BASE_E_STATE;
    }
    base_err err = BASE_OK;
    mls_reinit r = {0};
    base_arena lists = base_arena_on(g->ctx->alloc, 0);
    mls_successor_params p = *params;
    TRY(reinit_of(g, &lists, &r));
    /* What the caller leaves open is the ReInit's; what it says must be the same. */
    p.group_id = params->group_id.n > 0 ? params->group_id : r.group_id;
    p.extensions = params->extensions.n > 0 ? params->extensions : r.extensions;
    const mls_group_context c = {.version = MLS_VERSION_MLS10,
                                 .suite = params->member->suite,
                                 .group_id = p.group_id,
                                 .extensions = p.extensions};
    REQUIRE(follows(&c, &r), MLS_E_REINIT);
    TRY(succeed(g, MLS_PSK_REINIT, &p, now, welcome, out));
done:
    base_arena_clear(&lists);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
