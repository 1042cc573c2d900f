/* Making commits. */
#include "commit_make.h"

#include "base/alloc.h"
#include "commit_list.h"
#include "leaf_node.h"
#include "persist.h"
#include "protect.h"
#include "transition.h"
#include "update_path.h"
#include "welcome_make.h"

/* A commit under way. */
typedef struct maker {
    mls_group *g;
    const mls_commit_plan *plan;
    uint64_t now;
    mls_transition t;
    mls_made_proposal *made;
    bool has_path;
    mls_path_secrets path_secrets;
    base_buf path; /* encoded UpdatePath */
    base_buf body; /* encoded Commit */
    base_buf signature;
    base_arena lists;
    mls_commit view; /* of body */
    base_secret joiner_secret;
} maker;

static base_err maker_init(maker *m, mls_group *g, const mls_commit_plan *plan, uint64_t now)
{
    const base_alloc *alloc = g->ctx->alloc;
    *m = (maker){.g = g, .plan = plan, .now = now};
    mls_transition_init(&m->t, g, plan->committer, true, now);
    m->t.ground.is_successor = plan->is_successor;
    m->path = base_buf_on(alloc);
    m->body = base_buf_on(alloc);
    m->signature = base_buf_on(alloc);
    m->lists = base_arena_on(alloc, 0);
    if (plan->n_proposals > 0) {
        m->made = (mls_made_proposal *)base_alloc_zero(alloc, plan->n_proposals, sizeof *m->made);
        return m->made != NULL ? BASE_OK : BASE_E_NOMEM;
    }
    return BASE_OK;
}

static void maker_clear(maker *m)
{
    mls_transition_clear(&m->t);
    for (size_t i = 0; m->made != NULL && i < m->plan->n_proposals; i++) {
        mls_made_proposal_clear(&m->made[i]);
    }
    base_alloc_free(m->g->ctx->alloc, m->made);
    mls_path_secrets_clear(&m->path_secrets);
    base_buf_clear(&m->path);
    base_buf_clear(&m->body);
    base_buf_clear(&m->signature);
    base_arena_clear(&m->lists);
    base_secret_clear(&m->joiner_secret);
}

/* What the caller wants its leaf to be has to pass where the others will judge it: a draft of the
 * leaf, signed like the real one, is held against the tree before the path. */
static base_err judge_leaf(maker *m, const mls_member *member)
{
    base_err err = BASE_OK;
    const crypto_suite *s = &m->g->epoch.suite;
    base_buf public_key = base_buf_on(m->g->ctx->alloc);
    base_buf signature = base_buf_on(m->g->ctx->alloc);
    base_secret private_key = {0};
    base_bytes group_id = m->g->epoch.context.group_id;
    const mls_leaf_place place = {.tree = m->t.tree,
                                  .group_id = group_id,
                                  .group_extensions = m->t.applied.extensions,
                                  .at = m->t.committer,
                                  .source = MLS_LEAF_COMMIT};
    TRY(crypto_hpke_generate_key_pair(s, &private_key, &public_key));
    mls_leaf_node leaf = member->leaf;
    leaf.source = MLS_LEAF_COMMIT;
    leaf.encryption_key = base_buf_bytes(&public_key);
    leaf.parent_hash = BASE_BYTES_NONE;
    TRY(mls_leaf_node_sign(s, base_secret_bytes(&member->private_key), &leaf, group_id,
                           m->t.committer, &signature));
    leaf.signature = base_buf_bytes(&signature);
    TRY(mls_leaf_node_check(&place, &leaf));
done:
    base_secret_clear(&private_key);
    base_buf_clear(&signature);
    base_buf_clear(&public_key);
    return err;
}

/* The path, sealed under the provisional GroupContext. */
static base_err make_path(maker *m)
{
    base_err err = BASE_OK;
    mls_member member = {0};
    if (m->plan->member != NULL) {
        TRY(mls_member_init(&member, &m->g->epoch.suite, m->plan->member, m->g->ctx->alloc));
        TRY(judge_leaf(m, &member));
    } else {
        mls_member_keep(&member, mls_group_own_node(m->g), &m->g->signature_private);
    }
    const mls_path_params params = {&member.leaf, base_secret_bytes(&member.private_key),
                                    m->g->epoch.context.group_id};
    TRY(mls_path_make(m->t.tree, m->t.committer, &params, &m->path_secrets, &m->t.keys));
    m->t.signature_private = member.private_key;
    m->t.commit_secret = m->path_secrets.commit_secret;
    TRY(mls_transition_provisional(&m->t));
    TRY(mls_path_seal(m->t.tree, &m->path_secrets, m->t.applied.added, m->t.applied.n_added,
                      base_buf_bytes(&m->t.context), &m->path));
done:
    mls_member_clear(&member);
    return err;
}

/* Encode the Commit, and read it back for those who look at its decoded form. */
static base_err make_body(maker *m)
{
    base_err err = BASE_OK;
    base_wr w = base_wr_on(&m->body);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < m->t.list.n; i++) {
        const mls_list_item *item = &m->t.list.v[i];
        mls_proposal_or_ref p = {.proposal = item->proposal};
        if (!item->by_value) {
            p = (mls_proposal_or_ref){.ref = crypto_digest_bytes(&item->kept->ref)};
        }
        mls_proposal_or_ref_write(&w, &p);
    }
    base_wr_close(&w, mark);
    base_wr_bool(&w, m->has_path);
    base_wr_fixed(&w, base_buf_bytes(&m->path));
    TRY(base_wr_end(&w));
    base_rd r = base_rd_on(base_buf_bytes(&m->body));
    mls_commit_read(&r, &m->lists, &m->view);
    TRY(base_rd_end(&r));
done:
    return err;
}

static base_err sign(maker *m, mls_auth_content *c)
{
    const mls_framing *f = m->plan->framing;
    const mls_group *g = m->g;
    *c = (mls_auth_content){.wire_format = mls_framing_wire(f),
                            .content = {.group_id = g->epoch.context.group_id,
                                        .epoch = g->epoch.context.epoch,
                                        .sender = m->plan->committer,
                                        .type = MLS_CONTENT_COMMIT,
                                        .body = base_buf_bytes(&m->body),
                                        .commit = &m->view}};
    base_err err = mls_group_authenticated_data(g, f, &c->content.authenticated_data);
    if (err == BASE_OK) {
        err = mls_content_sign(&g->epoch.suite, base_secret_bytes(&g->signature_private), c,
                               base_buf_bytes(&g->epoch.encoded), &m->signature);
    }
    c->signature = base_buf_bytes(&m->signature);
    return err;
}

/* Everything up to the staged commit. */
static base_err make_staged(maker *m, mls_auth_content *c, mls_staged **staged)
{
    base_err err = BASE_OK;
    TRY(mls_commit_list_fill(&m->t, m->g, m->plan, m->made));
    m->has_path = m->t.applied.needs_path || m->plan->want_path;
    REQUIRE(m->has_path || m->plan->member == NULL, BASE_E_ARGUMENT);
    if (m->has_path) {
        TRY(make_path(m));
    }
    if (m->plan->init_secret != NULL) {
        m->t.init_secret = *m->plan->init_secret;
    }
    TRY(mls_transition_psks(&m->t));
    TRY(make_body(m));
    TRY(sign(m, c));
    TRY(mls_transition_finish(&m->t, c, m->has_path, &m->joiner_secret, staged));
    c->confirmation_tag = crypto_digest_bytes(&(*staged)->next.epoch.confirmation_tag);
done:
    return err;
}

base_err mls_commit_make(mls_group *g, const mls_commit_plan *plan, uint64_t now,
                         mls_commit_out *out)
{
    base_err err = BASE_OK;
    maker m;
    mls_auth_content c;
    mls_commit_out made = {base_buf_on(g->ctx->alloc), base_buf_on(g->ctx->alloc), NULL};
    mls_batch b = mls_batch_on(g->ctx->alloc);
    TRY(maker_init(&m, g, plan, now));
    TRY(make_staged(&m, &c, &made.staged));
    const mls_welcome_plan welcome = {made.staged, &m.joiner_secret, &m.t.psk_secret,
                                      m.has_path ? &m.path_secrets : NULL, plan->tree_beside};
    TRY(mls_welcome_make(&welcome, &made.welcome));
    REQUIRE(made.welcome.n <= g->ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_protect_content(g, &c, plan->framing, &b, &made.commit));
    TRY(mls_persist_write(g, &b));
    *out = made;
    made = (mls_commit_out){0};
done:
    mls_batch_clear(&b);
    mls_commit_out_clear(&made);
    maker_clear(&m);
    return err;
}

void mls_commit_out_clear(mls_commit_out *out)
{
    if (out != NULL) {
        base_buf_clear(&out->commit);
        base_buf_clear(&out->welcome);
        mls_staged_free(out->staged);
        out->staged = NULL;
    }
}

base_err mls_group_commit(mls_group *g, const mls_commit_params *params, uint64_t now,
                          mls_commit_out *out)
{
    const mls_commit_params none = {0};
    const mls_commit_params *p = params != NULL ? params : &none;
    if (g == NULL || out == NULL || (p->n_proposals > 0 && p->proposals == NULL)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = mls_group_require_active(g);
    if (err == BASE_OK) {
        err = mls_persist_need_tree(g);
    }
    if (err != BASE_OK) {
        return err;
    }
    const mls_commit_plan plan = {
        .committer = {MLS_SENDER_MEMBER, g->epoch.keys.leaf.v},
        .with_kept = !p->leave_kept,
        .want_path = !p->no_path,
        .tree_beside = p->tree_beside,
        .proposals = p->proposals,
        .n_proposals = p->n_proposals,
        .member = p->update,
        .framing = &p->framing,
    };
    err = mls_commit_make(g, &plan, now, out);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
