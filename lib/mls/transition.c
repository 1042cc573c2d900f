/* From one epoch to the next: the common steps. */
#include "transition.h"

#include "base/alloc.h"
#include "key_store.h"
#include "transcript.h"
#include "tree_hash.h"

void mls_transition_init(mls_transition *t, const mls_group *g, mls_sender committer, bool making,
                         uint64_t now)
{
    *t = (mls_transition){
        .g = g,
        .ground = {.ctx = g->ctx,
                   .epoch = &g->epoch,
                   .committer = committer,
                   .making = making,
                   .now = now},
        .list = {.alloc = g->ctx->alloc},
        .applied = {.alloc = g->ctx->alloc},
        .context = base_buf_on(g->ctx->alloc),
        .signature_private = g->signature_private,
    };
}

void mls_transition_clear(mls_transition *t)
{
    mls_proposal_list_clear(&t->list);
    mls_applied_clear(&t->applied);
    mls_tree_free(t->tree);
    mls_tree_private_clear(&t->keys);
    base_secret_clear(&t->signature_private);
    base_buf_clear(&t->context);
    base_secret_clear(&t->init_secret);
    base_secret_clear(&t->commit_secret);
    base_secret_clear(&t->psk_secret);
    t->tree = NULL;
}

/* This member's keys once the list is applied: its own Update gives a new leaf key, blanked nodes
 * take theirs along, a Remove takes all. */
static base_err keys_after(mls_transition *t)
{
    mls_tree_private_clear(&t->keys);
    t->keys = t->g->epoch.keys;
    for (size_t i = 0; i < t->list.n; i++) {
        const mls_list_item *item = &t->list.v[i];
        if (item->leaf.v != t->keys.leaf.v) {
            continue;
        }
        if (item->proposal->type == MLS_PROPOSAL_REMOVE ||
            item->proposal->type == MLS_PROPOSAL_SELF_REMOVE) {
            t->removes_me = true;
        }
        if (item->proposal->type == MLS_PROPOSAL_UPDATE) {
            if (item->kept == NULL || item->kept->leaf_key.n == 0) {
                return MLS_E_PROPOSAL_UNKNOWN; /* its private key is lost */
            }
            t->keys.leaf_key = item->kept->leaf_key;
            if (item->kept->signature_key.n > 0) {
                t->signature_private = item->kept->signature_key;
            }
        }
    }
    mls_tree_private_prune(&t->keys, t->tree);
    return BASE_OK;
}

base_err mls_transition_apply(mls_transition *t, size_t *bad)
{
    base_err err = BASE_OK;
    mls_tree_free(t->tree);
    t->tree = NULL;
    mls_applied_clear(&t->applied);
    t->removes_me = false;
    t->signature_private = t->g->signature_private;
    TRY(mls_proposal_list_judge(&t->ground, &t->list, bad));
    *bad = t->list.n;
    TRY(mls_tree_overlay_new(t->g->epoch.tree, &t->tree));
    TRY(mls_proposal_list_apply(&t->ground, &t->list, t->tree, &t->applied, bad));
    *bad = t->list.n;
    TRY(keys_after(t));
    t->committer.v = t->ground.committer.type == MLS_SENDER_MEMBER ? t->ground.committer.index
                                                                   : mls_tree_next_leaf(t->tree).v;
done:
    return err;
}

/* The GroupContext of the next epoch with a confirmed_transcript_hash. */
static base_err next_context(mls_transition *t, base_bytes confirmed, crypto_digest *tree_hash,
                             mls_group_context *out)
{
    const mls_group_context *c = &t->g->epoch.context;
    base_err err = mls_tree_root_hash(t->tree, tree_hash);
    uint64_t epoch = 0;
    if (err == BASE_OK) {
        err = mls_group_next_epoch(t->g, &epoch);
    }
    *out = (mls_group_context){c->version,
                               c->suite,
                               c->group_id,
                               epoch,
                               crypto_digest_bytes(tree_hash),
                               confirmed,
                               t->applied.extensions};
    return err;
}

base_err mls_transition_provisional(mls_transition *t)
{
    base_err err = BASE_OK;
    crypto_digest tree_hash = {0};
    mls_group_context c = {0};
    base_buf b = base_buf_on(t->g->ctx->alloc);
    base_wr w = base_wr_on(&b);
    TRY(next_context(t, t->g->epoch.context.confirmed_transcript_hash, &tree_hash, &c));
    mls_group_context_write(&w, &c);
    TRY(base_wr_end(&w));
    base_buf_move(&t->context, &b);
done:
    base_buf_clear(&b);
    return err;
}

base_err mls_transition_psks(mls_transition *t)
{
    base_err err = BASE_OK;
    mls_psk_id *ids = NULL;
    size_t n = 0;
    if (t->list.n > 0) {
        ids = (mls_psk_id *)base_alloc_zero(t->g->ctx->alloc, t->list.n, sizeof *ids);
        REQUIRE(ids != NULL, BASE_E_NOMEM);
    }
    for (size_t i = 0; i < t->list.n; i++) {
        if (t->list.v[i].proposal->type == MLS_PROPOSAL_PSK) {
            ids[n++] = t->list.v[i].proposal->psk;
        }
    }
    TRY(mls_psk_secret_find(t->g->ctx, &t->g->epoch.suite, ids, n, &t->psk_secret));
done:
    base_alloc_free(t->g->ctx->alloc, ids);
    return err;
}

/* The GroupContext with the transcript that the commit completes. */
static base_err finish_context(mls_transition *t, const mls_auth_content *commit, mls_epoch *next)
{
    base_err err = BASE_OK;
    const mls_epoch *old = &t->g->epoch;
    crypto_digest confirmed = {0};
    crypto_digest tree_hash = {0};
    mls_group_context c = {0};
    base_buf input = base_buf_on(t->g->ctx->alloc);
    TRY(mls_content_confirmed_input(commit, &input));
    TRY(mls_transcript_confirmed(&old->suite, crypto_digest_bytes(&old->interim),
                                 base_buf_bytes(&input), &confirmed));
    TRY(next_context(t, crypto_digest_bytes(&confirmed), &tree_hash, &c));
    TRY(mls_epoch_set_context(next, t->g->ctx, &c));
done:
    base_buf_clear(&input);
    return err;
}

static base_err finish_secrets(mls_transition *t, mls_epoch *next, base_secret *joiner_secret)
{
    base_err err = BASE_OK;
    base_secret joiner = {0};
    base_bytes context = base_buf_bytes(&next->encoded);
    base_bytes psk_secret = base_secret_bytes(&t->psk_secret);
    const base_secret *init =
        t->applied.external_init != NULL ? &t->init_secret : &t->g->epoch.secrets.init_secret;
    TRY(mls_joiner_secret_derive(&next->suite, base_secret_bytes(init),
                                 base_secret_bytes(&t->commit_secret), context, &joiner));
    TRY(mls_epoch_secrets_derive(&next->suite, base_secret_bytes(&joiner), psk_secret, context,
                                 &next->secrets));
    TRY(mls_epoch_confirm(next));
    if (joiner_secret != NULL) {
        *joiner_secret = joiner;
    }
done:
    base_secret_clear(&joiner);
    return err;
}

static base_err finish_reinit(const mls_transition *t, mls_group *next)
{
    if (t->applied.reinit == NULL) {
        return BASE_OK;
    }
    base_wr w = base_wr_on(&next->reinit);
    mls_proposal_write(&w, t->applied.reinit);
    next->state = MLS_GROUP_ENDED;
    return base_wr_end(&w);
}

base_err mls_transition_finish(mls_transition *t, const mls_auth_content *commit, bool has_path,
                               base_secret *joiner_secret, mls_staged **out)
{
    base_err err = BASE_OK;
    mls_staged *s = mls_staged_alloc(t->g);
    REQUIRE(s != NULL, BASE_E_NOMEM);
    s->committer = t->ground.committer;
    s->committer_leaf = t->committer;
    s->removes_me = t->removes_me;
    s->has_path = has_path;
    TRY(finish_context(t, commit, &s->next.epoch));
    s->next.epoch.keys = t->keys;
    s->next.signature_private = t->signature_private;
    if (!t->removes_me) {
        TRY(finish_secrets(t, &s->next.epoch, joiner_secret));
    }
    TRY(finish_reinit(t, &s->next));
    s->next.epoch.tree = t->tree;
    t->tree = NULL;
    TRY(mls_staged_set_list(s, &t->list));
    *out = s;
    s = NULL;
done:
    mls_staged_free(s);
    return err;
}
