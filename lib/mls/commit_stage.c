/* Staging received commits. */
#include "commit_stage.h"

#include "leaf_node.h"
#include "transition.h"
#include "update_path.h"

/* The proposals that a commit names. */
static base_err resolve(mls_transition *t, const mls_commit *commit)
{
    for (size_t i = 0; i < commit->n_proposals; i++) {
        const mls_proposal_or_ref *p = &commit->proposals[i];
        mls_list_item item = {.proposal = p->proposal,
                              .sender = t->ground.committer,
                              .by_value = p->proposal != NULL,
                              .leaf = {UINT32_MAX}};
        if (!item.by_value) {
            /* V-12.4-3 */
            item.kept = mls_kept_find(&t->g->kept, p->ref);
            if (item.kept == NULL) {
                return MLS_E_PROPOSAL_UNKNOWN;
            }
            item.proposal = item.kept->content.content.proposal;
            /* V-12.4.3.2-2, V-E6.3-6 */
            if (t->ground.committer.type != MLS_SENDER_MEMBER &&
                item.proposal->type != MLS_PROPOSAL_SELF_REMOVE) {
                return MLS_E_PROPOSAL_LIST;
            }
            item.sender = item.kept->content.content.sender;
        }
        base_err err = mls_proposal_list_add(&t->list, &item);
        if (err != BASE_OK) {
            return err;
        }
    }
    return BASE_OK;
}

/* V-12.2-16: who comes back from outside in place of an old leaf is the client of that leaf, with a
 * new encryption key. */
static base_err judge_replaced(const mls_transition *t, const mls_leaf_node *leaf)
{
    for (size_t i = 0; i < t->list.n; i++) {
        if (t->list.v[i].proposal->type != MLS_PROPOSAL_REMOVE) {
            continue;
        }
        const mls_leaf_node *old = mls_tree_leaf(t->g->epoch.tree, t->list.v[i].proposal->removed);
        if (!mls_ctx_same_client(t->g->ctx, old, leaf)) {
            return MLS_E_PROPOSAL_LIST;
        }
        if (base_bytes_eq(old->encryption_key, leaf->encryption_key)) {
            return MLS_E_LEAF_NODE;
        }
    }
    return BASE_OK;
}

/* Judge the path, put it into the tree, and take from it what is for this member. */
static base_err take_path(mls_transition *t, const mls_update_path *path)
{
    base_err err = BASE_OK;
    const mls_applied *a = &t->applied;
    const mls_leaf_place place = {.tree = t->tree,
                                  .group_id = t->g->epoch.context.group_id,
                                  .group_extensions = a->extensions,
                                  .at = t->committer,
                                  .source = MLS_LEAF_COMMIT};
    mls_received_path in = {
        .sender = t->committer, .path = path, .added = a->added, .n_added = a->n_added};
    if (t->ground.committer.type == MLS_SENDER_NEW_MEMBER_COMMIT) {
        TRY(judge_replaced(t, &path->leaf_node));
    }
    /* V-12.4.2-2, V-12.4.2-3 */
    TRY(mls_leaf_node_check(&place, &path->leaf_node));
    /* V-12.4.2-4 */
    TRY(mls_path_apply(t->tree, &in));
    TRY(mls_transition_provisional(t));
    if (!t->removes_me) {
        in.group_context = base_buf_bytes(&t->context);
        TRY(mls_path_open(t->tree, &in, &t->keys, &t->commit_secret, NULL));
    }
done:
    return err;
}

/* init_secret of an external commit, PSKs. */
static base_err take_secrets(mls_transition *t)
{
    base_err err = BASE_OK;
    if (t->applied.external_init != NULL) {
        TRY(mls_external_init_open(&t->g->epoch.suite,
                                   base_secret_bytes(&t->g->epoch.secrets.external_secret),
                                   t->applied.external_init->kem_output, &t->init_secret));
    }
    TRY(mls_transition_psks(t));
done:
    return err;
}

base_err mls_commit_stage(const mls_group *g, const mls_auth_content *commit, uint64_t now,
                          mls_staged **out)
{
    base_err err = BASE_OK;
    const mls_commit *c = commit->content.commit;
    mls_staged *s = NULL;
    mls_transition t;
    size_t bad = 0;
    mls_transition_init(&t, g, commit->content.sender, false, now);
    TRY(resolve(&t, c));
    TRY(mls_transition_apply(&t, &bad));
    /* V-12.4-1, V-12.4-2, V-12.4.3.2-1: an ExternalInit needs a path too */
    REQUIRE(c->has_path || !t.applied.needs_path, MLS_E_PATH_MISSING);
    if (c->has_path) {
        TRY(take_path(&t, &c->path));
    }
    if (!t.removes_me) {
        TRY(take_secrets(&t));
    }
    TRY(mls_transition_finish(&t, commit, c->has_path, NULL, &s));
    if (!s->removes_me) {
        /* V-12.4.2-5 */
        REQUIRE(base_ct_eq(commit->confirmation_tag,
                           crypto_digest_bytes(&s->next.epoch.confirmation_tag)),
                MLS_E_CONFIRMATION_TAG);
    }
    *out = s;
    s = NULL;
done:
    mls_staged_free(s);
    mls_transition_clear(&t);
    return err;
}
