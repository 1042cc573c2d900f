/* Choosing the proposals of a commit. The RFC prefers a Remove to an Update of the same leaf, the
 * newest Update, and anything to a ReInit; a SelfRemove goes before a Remove of its sender. Here
 * what is by value comes before what was kept. */
#include "commit_list.h"

#include "key_store.h"

static base_err add_by_value(mls_transition *t, mls_group *g, const mls_commit_plan *plan,
                             mls_made_proposal *made)
{
    base_err err = BASE_OK;
    mls_list_item item = {.sender = plan->committer, .by_value = true, .leaf = {UINT32_MAX}};
    if (plan->external_init != NULL) {
        item.proposal = plan->external_init;
        TRY(mls_proposal_list_add(&t->list, &item));
    }
    for (size_t i = 0; i < plan->n_proposals; i++) {
        /* An Update by value would be the committer's own: the rules refuse it below. */
        TRY(mls_proposal_make(g->ctx, &g->epoch.suite, g, &plan->proposals[i], &made[i]));
        item.proposal = &made[i].view;
        TRY(mls_proposal_list_add(&t->list, &item));
    }
done:
    return err;
}

/* A kept proposal, if it fits. Only what makes the commit impossible for lack of means is an error.
 */
static base_err add_kept(mls_transition *t, const mls_kept_proposal *kept)
{
    const mls_framed_content *c = &kept->content.content;
    mls_list_item item = {
        .proposal = c->proposal, .sender = c->sender, .kept = kept, .leaf = {UINT32_MAX}};
    base_err err = mls_proposal_list_fits(&t->ground, &t->list, &item);
    if (err == BASE_OK && item.proposal->type == MLS_PROPOSAL_PSK) {
        base_buf psk = base_buf_on(t->g->ctx->alloc);
        err = mls_psk_find(t->g->ctx, &item.proposal->psk, &psk);
        base_buf_clear(&psk);
    }
    if (err == BASE_OK) {
        return mls_proposal_list_add(&t->list, &item);
    }
    return base_err_class(err) == BASE_CLASS_REJECTED ? BASE_OK : err;
}

static base_err add_kept_of_type(mls_transition *t, const mls_kept *kept, mls_proposal_type type,
                                 bool newest_first)
{
    base_err err = BASE_OK;
    for (size_t i = 0; err == BASE_OK && i < kept->n; i++) {
        const mls_kept_proposal *p = kept->v[newest_first ? kept->n - 1 - i : i];
        if (p->content.content.proposal->type == type) {
            err = add_kept(t, p);
        }
    }
    return err;
}

static base_err add_all_kept(mls_transition *t, const mls_kept *kept)
{
    base_err err = BASE_OK;
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_SELF_REMOVE, false));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_REMOVE, false));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_UPDATE, true));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS, true));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_ADD, false));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_PSK, false));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_APP_EPHEMERAL, false));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_APP_DATA_UPDATE, false));
    TRY(add_kept_of_type(t, kept, MLS_PROPOSAL_REINIT, true));
done:
    return err;
}

base_err mls_commit_list_fill(mls_transition *t, mls_group *g, const mls_commit_plan *plan,
                              mls_made_proposal *made)
{
    size_t bad = 0;
    base_err err = add_by_value(t, g, plan, made);
    if (err == BASE_OK && plan->with_kept) {
        err = add_all_kept(t, &g->kept);
    }
    if (err != BASE_OK) {
        return err;
    }
    for (;;) {
        err = mls_transition_apply(t, &bad);
        if (err == BASE_OK || bad >= t->list.n || t->list.v[bad].by_value) {
            return err;
        }
        base_class class = base_err_class(err);
        if (class != BASE_CLASS_REJECTED && class != BASE_CLASS_MALFORMED) {
            return err;
        }
        mls_proposal_list_drop(&t->list, bad);
    }
}
