/* Joining by an external commit (RFC 9420, sections 8.3 and 12.4.3.2): the joiner takes the
 * GroupInfo for a group it is not yet in, commits from outside, and enters the new epoch. It takes
 * along whoever wants to leave. */
#include "app_data.h"
#include "base/alloc.h"
#include "base/num.h"
#include "commit_make.h"
#include "joining.h"
#include "key_schedule.h"
#include "member.h"
#include "persist.h"
#include "staged.h"
#include "transcript.h"

typedef struct outsider {
    mls_ctx *ctx;
    base_arena lists;
    mls_message m;
    mls_group *g; /* the group as it is before the commit; own leaf beyond every edge */
    mls_member member;
    base_buf kem_output;
    base_secret init_secret;
    mls_proposal_params *proposals;
    size_t n;
} outsider;

static void outsider_clear(outsider *o)
{
    base_arena_clear(&o->lists);
    mls_group_free(o->g);
    mls_member_clear(&o->member);
    base_buf_clear(&o->kem_output);
    base_secret_clear(&o->init_secret);
    base_alloc_free(o->ctx->alloc, o->proposals);
}

/* The group as the GroupInfo shows it. */
static base_err take_info(outsider *o, base_bytes message, base_bytes ratchet_tree)
{
    base_err err = BASE_OK;
    REQUIRE(message.n <= o->ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_message_decode(message, &o->lists, &o->m));
    REQUIRE(o->m.wire_format == MLS_WIRE_GROUP_INFO, MLS_E_WIRE_FORMAT);
    o->g = mls_group_alloc(o->ctx);
    REQUIRE(o->g != NULL, BASE_E_NOMEM);
    TRY(mls_joining_info(o->g, &o->m.group_info, ratchet_tree));
    mls_epoch *e = &o->g->epoch;
    base_bytes tag = o->m.group_info.confirmation_tag;
    REQUIRE(tag.n == e->suite.hash->size, MLS_E_CONFIRMATION_TAG);
    TRY(mls_transcript_interim(&e->suite, e->context.confirmed_transcript_hash, tag, &e->interim));
    e->keys.leaf.v = UINT32_MAX;
    o->g->psk_first = e->context.epoch;
done:
    return err;
}

/* The secret shared with the group by its external key. */
static base_err make_init(outsider *o)
{
    base_bytes external_pub = BASE_BYTES_NONE;
    const mls_extension *e =
        mls_extension_find(o->m.group_info.extensions, MLS_EXTENSION_EXTERNAL_PUB);
    /* V-12.4.3.2-3 */
    if (e == NULL) {
        return MLS_E_EXTERNAL_PUB;
    }
    base_err err = mls_external_pub_decode(e->data, &external_pub);
    if (err == BASE_OK) {
        err = mls_external_init_make(&o->g->epoch.suite, external_pub, &o->kem_output,
                                     &o->init_secret);
    }
    return err;
}

/* Proposals about components. */
static void add_app(outsider *o, const mls_external_params *params)
{
    for (size_t i = 0; i < params->n_app_ephemerals; i++) {
        o->proposals[o->n++] = (mls_proposal_params){.type = MLS_PROPOSAL_APP_EPHEMERAL,
                                                     .app_ephemeral = params->app_ephemerals[i]};
    }
    for (size_t i = 0; i < params->n_app_data_updates; i++) {
        o->proposals[o->n++] = (mls_proposal_params){
            .type = MLS_PROPOSAL_APP_DATA_UPDATE, .app_data_update = params->app_data_updates[i]};
    }
}

/* A Remove of the leaf to be replaced, PSKs, data of components. */
static base_err make_proposals(outsider *o, const mls_external_params *params)
{
    base_err err = BASE_OK;
    if (params->replace) {
        const mls_leaf_node *old = mls_tree_leaf(o->g->epoch.tree, params->old);
        REQUIRE(old != NULL, MLS_E_PROPOSAL);
        REQUIRE(mls_ctx_same_client(o->ctx, old, &o->member.leaf), MLS_E_PROPOSAL_LIST);
    }
    size_t room = 0;
    REQUIRE(base_add(params->n_psks, params->n_app_ephemerals, &room) &&
                base_add(room, params->n_app_data_updates, &room) && base_add(room, 1, &room),
            BASE_E_LIMIT);
    o->proposals =
        (mls_proposal_params *)base_alloc_zero(o->ctx->alloc, room, sizeof *o->proposals);
    REQUIRE(o->proposals != NULL, BASE_E_NOMEM);
    add_app(o, params);
    for (size_t i = 0; i < params->n_psks; i++) {
        o->proposals[o->n++] =
            (mls_proposal_params){.type = MLS_PROPOSAL_PSK, .psk = params->psks[i]};
    }
    if (params->replace) {
        o->proposals[o->n++] =
            (mls_proposal_params){.type = MLS_PROPOSAL_REMOVE, .removed = params->old};
    }
done:
    return err;
}

/* Who wants to leave (draft-ietf-mls-extensions, section 6.3): judged like a message that arrives,
 * but for the membership tag, whose key an outsider does not have. */
static base_err judge_self_remove(const outsider *o, const mls_message *m)
{
    base_err err = BASE_OK;
    const mls_epoch *e = &o->g->epoch;
    const mls_auth_content *c = &m->public_message.auth;
    REQUIRE(m->wire_format == MLS_WIRE_PUBLIC_MESSAGE, MLS_E_WIRE_FORMAT);
    REQUIRE(c->content.type == MLS_CONTENT_PROPOSAL &&
                c->content.proposal->type == MLS_PROPOSAL_SELF_REMOVE,
            MLS_E_PROPOSAL);
    TRY(mls_group_check_address(o->g, c->content.group_id, c->content.epoch));
    const mls_leaf_node *leaf = mls_tree_leaf(e->tree, (mls_leaf_index){c->content.sender.index});
    REQUIRE(c->content.sender.type == MLS_SENDER_MEMBER && leaf != NULL, MLS_E_SENDER);
    TRY(mls_content_verify(&e->suite, leaf->signature_key, c, base_buf_bytes(&e->encoded)));
    TRY(mls_safe_aad_judge(e->context.extensions, o->ctx->alloc, c->content.authenticated_data));
done:
    return err;
}

static base_err keep_self_remove(outsider *o, base_bytes message)
{
    base_err err = BASE_OK;
    mls_message m;
    mls_kept_proposal *kept = NULL;
    base_buf encoded = base_buf_on(o->ctx->alloc);
    base_wr w = base_wr_on(&encoded);
    REQUIRE(message.n <= o->ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_message_decode(message, &o->lists, &m));
    TRY(judge_self_remove(o, &m));
    mls_auth_content_write(&w, &m.public_message.auth);
    TRY(base_wr_end(&w));
    TRY(mls_kept_proposal_new(&o->g->epoch.suite, o->ctx->alloc, base_buf_bytes(&encoded), NULL,
                              NULL, &kept));
    TRY(mls_kept_reserve(&o->g->kept, o->ctx->alloc, o->ctx->limits.proposals));
    mls_kept_add(&o->g->kept, kept);
    kept = NULL;
done:
    mls_kept_proposal_free(kept);
    base_buf_clear(&encoded);
    return err;
}

static base_err commit_from_outside(outsider *o, const mls_external_params *params, uint64_t now,
                                    mls_commit_out *made)
{
    const mls_proposal init = {.type = MLS_PROPOSAL_EXTERNAL_INIT,
                               .kem_output = base_buf_bytes(&o->kem_output)};
    const mls_framing framing = {.is_public = true,
                                 .authenticated_data = params->authenticated_data};
    const mls_commit_plan plan = {.committer = {MLS_SENDER_NEW_MEMBER_COMMIT, 0},
                                  .with_kept = true,
                                  .want_path = true,
                                  .proposals = o->proposals,
                                  .n_proposals = o->n,
                                  .member = &params->member,
                                  .framing = &framing,
                                  .external_init = &init,
                                  .init_secret = &o->init_secret};
    return mls_commit_make(o->g, &plan, now, made);
}

base_err mls_group_join_external(mls_ctx *ctx, base_bytes group_info, base_bytes ratchet_tree,
                                 const mls_external_params *params, uint64_t now, base_buf *commit,
                                 mls_group **out)
{
    if (ctx == NULL || params == NULL || commit == NULL || out == NULL ||
        (params->n_psks > 0 && params->psks == NULL) ||
        (params->n_self_removes > 0 && params->self_removes == NULL) ||
        (params->n_app_ephemerals > 0 && params->app_ephemerals == NULL) ||
        (params->n_app_data_updates > 0 && params->app_data_updates == NULL)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_commit_out made = {0};
    mls_batch b = mls_batch_on(ctx->alloc);
    outsider o = {
        .ctx = ctx, .lists = base_arena_on(ctx->alloc, 0), .kem_output = base_buf_on(ctx->alloc)};
    TRY(take_info(&o, group_info, ratchet_tree));
    TRY(mls_member_init(&o.member, &o.g->epoch.suite, &params->member, ctx->alloc));
    o.g->signature_private = o.member.private_key;
    for (size_t i = 0; i < params->n_self_removes; i++) {
        TRY(keep_self_remove(&o, params->self_removes[i]));
    }
    TRY(make_init(&o));
    TRY(make_proposals(&o, params));
    TRY(commit_from_outside(&o, params, now, &made));
    TRY(mls_staged_enter(o.g, &made.staged, &b));
    base_buf_move(commit, &made.commit);
    *out = o.g;
    o.g = NULL;
done:
    mls_commit_out_clear(&made);
    outsider_clear(&o);
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
