/* Sending proposals alone, to be committed by reference (RFC 9420, section 12.1), by members, by
 * joiners for themselves and by senders outside the group (section 12.1.8). */
#include "key_package.h"
#include "persist.h"
#include "proposal_list.h"
#include "proposal_make.h"
#include "protect.h"

/* The encoding of a proposal, which is what the content signs. */
static base_err body_of(const mls_proposal *p, base_buf *body)
{
    base_wr w = base_wr_on(body);
    mls_proposal_write(&w, p);
    return base_wr_end(&w);
}

/* Judged as by those who will receive it. */
static base_err judge_own(const mls_group *g, const mls_proposal *p, uint64_t now)
{
    const mls_sender sender = {MLS_SENDER_MEMBER, g->epoch.keys.leaf.v};
    const mls_list_ground ground = {
        .ctx = g->ctx, .epoch = &g->epoch, .committer = sender, .making = true, .now = now};
    return mls_proposal_judge(&ground, &sender, p);
}

/* Sign the content and keep it as an AuthenticatedContent. */
static base_err sign_and_keep(const mls_group *g, const mls_made_proposal *made,
                              mls_auth_content *c, base_buf *signature, mls_kept_proposal **kept)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(g->ctx->alloc);
    base_wr w = base_wr_on(&encoded);
    TRY(mls_content_sign(&g->epoch.suite, base_secret_bytes(&g->signature_private), c,
                         base_buf_bytes(&g->epoch.encoded), signature));
    c->signature = base_buf_bytes(signature);
    mls_auth_content_write(&w, c);
    TRY(base_wr_end(&w));
    TRY(mls_kept_proposal_new(&g->epoch.suite, g->ctx->alloc, base_buf_bytes(&encoded),
                              &made->leaf_key, &made->signature_key, kept));
done:
    base_buf_clear(&encoded);
    return err;
}

static const mls_framing in_public = {.is_public = true};

/* A SelfRemove travels in public, without being told. */
static const mls_framing *framing_of(const mls_proposal_params *p, const mls_framing *framing)
{
    return framing == NULL && p->type == MLS_PROPOSAL_SELF_REMOVE ? &in_public : framing;
}

/* A member leaves by one SelfRemove an epoch, and in public: V-E6.3-1 at the sender. What others
 * send twice is not refused on arrival, since members may see the two in either order: one commit
 * takes one of them. */
static base_err judge_leaving(const mls_group *g, const mls_proposal_params *p,
                              const mls_framing *framing)
{
    if (p->type != MLS_PROPOSAL_SELF_REMOVE) {
        return BASE_OK;
    }
    if (!framing->is_public) {
        return BASE_E_ARGUMENT;
    }
    for (size_t i = 0; i < g->kept.n; i++) {
        const mls_framed_content *c = &g->kept.v[i]->content.content;
        if (c->proposal->type == MLS_PROPOSAL_SELF_REMOVE &&
            c->sender.index == g->epoch.keys.leaf.v) {
            return BASE_E_EXISTS;
        }
    }
    return BASE_OK;
}

base_err mls_group_propose(mls_group *g, const mls_proposal_params *proposal,
                           const mls_framing *framing, uint64_t now, base_buf *message)
{
    if (g == NULL || proposal == NULL || message == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_made_proposal made = {0};
    mls_kept_proposal *kept = NULL;
    base_buf body = base_buf_on(g->ctx->alloc);
    base_buf signature = base_buf_on(g->ctx->alloc);
    base_buf out = base_buf_on(g->ctx->alloc);
    mls_batch b = mls_batch_on(g->ctx->alloc);
    const mls_framing *f = framing_of(proposal, framing);
    TRY(mls_group_require_active(g));
    TRY(mls_persist_need_tree(g));
    TRY(judge_leaving(g, proposal, f));
    TRY(mls_proposal_make(g->ctx, &g->epoch.suite, g, proposal, &made));
    TRY(judge_own(g, &made.view, now));
    TRY(body_of(&made.view, &body));
    mls_auth_content c = {.wire_format = mls_framing_wire(f),
                          .content = {.group_id = g->epoch.context.group_id,
                                      .epoch = g->epoch.context.epoch,
                                      .sender = {MLS_SENDER_MEMBER, g->epoch.keys.leaf.v},
                                      .type = MLS_CONTENT_PROPOSAL,
                                      .body = base_buf_bytes(&body),
                                      .proposal = &made.view}};
    TRY(mls_group_authenticated_data(g, f, &c.content.authenticated_data));
    TRY(sign_and_keep(g, &made, &c, &signature, &kept));
    TRY(mls_kept_reserve(&g->kept, g->ctx->alloc, g->ctx->limits.proposals));
    TRY(mls_protect_content(g, &c, f, &b, &out));
    mls_kept_save_add(&g->kept, &g->prefix, kept, &b);
    TRY(mls_persist_write(g, &b));
    mls_kept_add(&g->kept, kept);
    kept = NULL;
    base_buf_move(message, &out);
done:
    mls_batch_clear(&b);
    base_buf_clear(&out);
    base_buf_clear(&signature);
    base_buf_clear(&body);
    mls_kept_proposal_free(kept);
    mls_made_proposal_clear(&made);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

size_t mls_group_proposal_count(const mls_group *g)
{
    return g->kept.n;
}

base_err mls_group_forget_proposal(mls_group *g, base_bytes ref)
{
    if (g == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    size_t i = 0;
    mls_batch b = mls_batch_on(g->ctx->alloc);
    while (i < g->kept.n && !base_bytes_eq(crypto_digest_bytes(&g->kept.v[i]->ref), ref)) {
        i++;
    }
    REQUIRE(i < g->kept.n, BASE_E_NOT_FOUND);
    mls_kept_save_remove(&g->kept, &g->prefix, i, &b);
    TRY(mls_batch_write(g->ctx, &b));
    mls_kept_remove(&g->kept, i);
done:
    mls_batch_clear(&b);
    return err;
}

base_err mls_group_forget_proposals(mls_group *g)
{
    if (g == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_batch b = mls_batch_on(g->ctx->alloc);
    mls_kept_save_clear(&g->kept, &g->prefix, &b);
    TRY(mls_batch_write(g->ctx, &b));
    mls_kept_clear(&g->kept, g->ctx->alloc);
done:
    mls_batch_clear(&b);
    return err;
}

/* ---- from outside ---- */

/* Sign content with a proposal and frame it as a PublicMessage without a membership tag. */
static base_err send_from_outside(const mls_ctx *ctx, const crypto_suite *s, const mls_proposal *p,
                                  mls_framed_content content, base_bytes signature_private,
                                  base_buf *message)
{
    base_err err = BASE_OK;
    base_buf body = base_buf_on(ctx->alloc);
    base_buf signature = base_buf_on(ctx->alloc);
    base_buf out = base_buf_on(ctx->alloc);
    TRY(body_of(p, &body));
    mls_auth_content c = {.wire_format = MLS_WIRE_PUBLIC_MESSAGE, .content = content};
    c.content.type = MLS_CONTENT_PROPOSAL;
    c.content.body = base_buf_bytes(&body);
    c.content.proposal = p;
    TRY(mls_content_sign(s, signature_private, &c, BASE_BYTES_NONE, &signature));
    c.signature = base_buf_bytes(&signature);
    TRY(mls_public_protect(s, BASE_BYTES_NONE, BASE_BYTES_NONE, &c, &out));
    base_buf_move(message, &out);
done:
    base_buf_clear(&out);
    base_buf_clear(&signature);
    base_buf_clear(&body);
    return err;
}

base_err mls_propose_join(mls_ctx *ctx, base_bytes group_id, uint64_t epoch, base_bytes key_package,
                          base_bytes signature_private, base_bytes authenticated_data,
                          base_buf *message)
{
    if (ctx == NULL || message == NULL || signature_private.n == 0) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    crypto_suite s;
    mls_made_proposal made = {0};
    base_buf public_key = base_buf_on(ctx->alloc);
    base_secret own = {0};
    const mls_proposal_params params = {.type = MLS_PROPOSAL_ADD, .key_package = key_package};
    TRY(mls_proposal_make(ctx, NULL, NULL, &params, &made));
    TRY(mls_ctx_suite(ctx, made.view.key_package.suite, &s));
    TRY(crypto_sig_import(&s, signature_private, &own, &public_key));
    REQUIRE(
        base_bytes_eq(base_buf_bytes(&public_key), made.view.key_package.leaf_node.signature_key),
        BASE_E_ARGUMENT);
    const mls_framed_content content = {.group_id = group_id,
                                        .epoch = epoch,
                                        .sender = {MLS_SENDER_NEW_MEMBER_PROPOSAL, 0},
                                        .authenticated_data = authenticated_data};
    TRY(send_from_outside(ctx, &s, &made.view, content, base_secret_bytes(&own), message));
done:
    base_secret_clear(&own);
    base_buf_clear(&public_key);
    mls_made_proposal_clear(&made);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_propose_external(mls_ctx *ctx, const mls_external_proposal *params, base_buf *message)
{
    if (ctx == NULL || params == NULL || message == NULL || params->signature_private.n == 0 ||
        !mls_proposal_from_outside(params->proposal.type)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    crypto_suite s;
    mls_made_proposal made = {0};
    TRY(mls_ctx_suite(ctx, params->suite, &s));
    TRY(mls_proposal_make(ctx, &s, NULL, &params->proposal, &made));
    const mls_framed_content content = {.group_id = params->group_id,
                                        .epoch = params->epoch,
                                        .sender = {MLS_SENDER_EXTERNAL, params->sender_index},
                                        .authenticated_data = params->authenticated_data};
    TRY(send_from_outside(ctx, &s, &made.view, content, params->signature_private, message));
done:
    mls_made_proposal_clear(&made);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}
