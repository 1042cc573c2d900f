/* Making proposals. */
#include "proposal_make.h"

#include "leaf_node.h"
#include "message.h"

void mls_made_proposal_clear(mls_made_proposal *p)
{
    base_arena_clear(&p->lists);
    base_buf_clear(&p->public_key);
    base_buf_clear(&p->signature);
    mls_member_clear(&p->member);
    base_secret_clear(&p->leaf_key);
    base_secret_clear(&p->signature_key);
    *p = (mls_made_proposal){0};
}

static base_err make_add(const mls_ctx *ctx, const mls_proposal_params *params,
                         mls_made_proposal *out)
{
    mls_message m;
    if (params->key_package.n > ctx->limits.message_bytes) {
        return BASE_E_LIMIT;
    }
    base_err err = mls_message_decode(params->key_package, &out->lists, &m);
    if (err != BASE_OK) {
        return err;
    }
    if (m.wire_format != MLS_WIRE_KEY_PACKAGE) {
        return MLS_E_WIRE_FORMAT;
    }
    out->view.key_package = m.key_package;
    return BASE_OK;
}

/* The member's own leaf with a fresh key, and with what the caller wants changed. */
static base_err make_update(const mls_group *g, const mls_proposal_params *params,
                            mls_made_proposal *out)
{
    base_err err = BASE_OK;
    const crypto_suite *s = &g->epoch.suite;
    const mls_leaf_node *old = mls_group_own_node(g);
    if (params->update != NULL) {
        TRY(mls_member_init(&out->member, s, params->update, g->ctx->alloc));
        out->signature_key = out->member.private_key;
    } else {
        mls_member_keep(&out->member, old, &g->signature_private);
    }
    TRY(crypto_hpke_generate_key_pair(s, &out->leaf_key, &out->public_key));
    mls_leaf_node leaf = out->member.leaf;
    leaf.encryption_key = base_buf_bytes(&out->public_key);
    leaf.source = MLS_LEAF_UPDATE;
    leaf.parent_hash = BASE_BYTES_NONE;
    TRY(mls_leaf_node_sign(s, base_secret_bytes(&out->member.private_key), &leaf,
                           g->epoch.context.group_id, g->epoch.keys.leaf, &out->signature));
    leaf.signature = base_buf_bytes(&out->signature);
    out->view.leaf_node = leaf;
done:
    return err;
}

static base_err make_psk(const crypto_suite *s, const mls_proposal_params *params,
                         mls_made_proposal *out)
{
    base_err err = base_buf_resize(&out->public_key, s->hash->size);
    if (err == BASE_OK) {
        err = crypto_random_fill(s, out->public_key.p, out->public_key.n);
    }
    out->view.psk = params->psk;
    out->view.psk.psk_nonce = base_buf_bytes(&out->public_key);
    return err;
}

static base_err make_view(const mls_ctx *ctx, const crypto_suite *s, const mls_group *g,
                          const mls_proposal_params *params, mls_made_proposal *out)
{
    switch (params->type) {
    case MLS_PROPOSAL_ADD:
        return make_add(ctx, params, out);
    case MLS_PROPOSAL_UPDATE:
        return g != NULL ? make_update(g, params, out) : BASE_E_ARGUMENT;
    case MLS_PROPOSAL_REMOVE:
        out->view.removed = params->removed;
        return BASE_OK;
    case MLS_PROPOSAL_PSK:
        return make_psk(s, params, out);
    case MLS_PROPOSAL_REINIT:
        out->view.reinit = params->reinit;
        return BASE_OK;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        out->view.extensions = params->extensions;
        return BASE_OK;
    case MLS_PROPOSAL_APP_DATA_UPDATE:
        out->view.app_data_update = params->app_data_update;
        return BASE_OK;
    case MLS_PROPOSAL_APP_EPHEMERAL:
        out->view.app_ephemeral = params->app_ephemeral;
        return BASE_OK;
    case MLS_PROPOSAL_SELF_REMOVE:
        return g != NULL ? BASE_OK : BASE_E_ARGUMENT;
    case MLS_PROPOSAL_EXTERNAL_INIT:
        break;
    }
    return BASE_E_ARGUMENT;
}

base_err mls_proposal_make(const mls_ctx *ctx, const crypto_suite *s, const mls_group *g,
                           const mls_proposal_params *params, mls_made_proposal *out)
{
    mls_made_proposal made = {.view = {.type = params->type},
                              .lists = base_arena_on(ctx->alloc, 0),
                              .public_key = base_buf_on(ctx->alloc),
                              .signature = base_buf_on(ctx->alloc)};
    base_err err = make_view(ctx, s, g, params, &made);
    if (err != BASE_OK) {
        mls_made_proposal_clear(&made);
        return err;
    }
    *out = made;
    return BASE_OK;
}
