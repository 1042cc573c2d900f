/* Proposals alone: made, kept for a commit by reference, and answered as the message to send. */
#include "state.h"

#include "base/rd.h"
#include "base/wr.h"

static base_err propose(call *c, peer_thing *t, const mls_proposal_params *params)
{
    base_err err = BASE_OK;
    base_buf message = {0};
    const mls_framing framing = state_framing(t);
    TRY(mls_group_propose(t->group, params, &framing, c->now, &message));
    TRY(peer_state_saw(t, base_buf_bytes(&message), BASE_BYTES_NONE));
    answer_bytes(c, "proposal", base_buf_bytes(&message));
done:
    base_buf_clear(&message);
    return err;
}

static base_err run_add(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    const mls_proposal_params params = {.type = MLS_PROPOSAL_ADD,
                                        .key_package = call_bytes(c, c->request, "key_package")};
    base_err err = call_ok(c);
    return err != BASE_OK ? err : propose(c, t, &params);
}

static base_err run_update(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    const mls_proposal_params params = {.type = MLS_PROPOSAL_UPDATE};
    base_err err = call_ok(c);
    return err != BASE_OK ? err : propose(c, t, &params);
}

static base_err run_remove(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    base_bytes identity = call_bytes(c, c->request, "removed_id");
    mls_proposal_params params = {.type = MLS_PROPOSAL_REMOVE};
    base_err err = BASE_OK;
    TRY(call_ok(c));
    TRY(state_member(c, t->group, identity, &params.removed));
    TRY(propose(c, t, &params));
done:
    return err;
}

static base_err run_external_psk(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    const mls_proposal_params params = {
        .type = MLS_PROPOSAL_PSK,
        .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = call_bytes(c, c->request, "psk_id")}};
    base_err err = call_ok(c);
    return err != BASE_OK ? err : propose(c, t, &params);
}

static base_err run_resumption_psk(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    mls_proposal_params params = {
        .type = MLS_PROPOSAL_PSK,
        .psk = {.type = MLS_PSK_RESUMPTION,
                .usage = MLS_PSK_APPLICATION,
                .psk_epoch = call_uint(c, c->request, "epoch_id", INT64_MAX)}};
    base_err err = call_ok(c);
    if (err == BASE_OK) {
        params.psk.psk_group_id = mls_group_id(t->group);
        err = propose(c, t, &params);
    }
    return err;
}

static base_err run_group_context_extensions(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    const mls_proposal_params params = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                        .extensions = call_extensions(c, c->request, "extensions")};
    base_err err = call_ok(c);
    return err != BASE_OK ? err : propose(c, t, &params);
}

static base_err run_reinit(call *c)
{
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    const mls_proposal_params params = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = call_bytes(c, c->request, "group_id"),
                   .version = 1,
                   .suite = call_suite(c, c->request, "cipher_suite"),
                   .extensions = call_extensions(c, c->request, "extensions")}};
    base_err err = call_ok(c);
    return err != BASE_OK ? err : propose(c, t, &params);
}

/* ---- external senders: the group's extensions, with one sender more ---- */

/* The vector of ExternalSender with another at its end (section 12.1.8.1). */
static base_err append_sender(base_bytes senders, base_bytes sender, base_buf *out)
{
    base_err err = BASE_OK;
    base_wr w = base_wr_on(out);
    base_bytes old = BASE_BYTES_NONE;
    if (senders.n > 0) {
        base_rd r = base_rd_on(senders);
        old = base_rd_vec(&r);
        TRY(base_rd_end(&r));
    }
    size_t mark = base_wr_open(&w);
    base_wr_fixed(&w, old);
    base_wr_fixed(&w, sender);
    base_wr_close(&w, mark);
    TRY(base_wr_end(&w));
done:
    return err;
}

static base_err run_add_external_signer(call *c)
{
    base_err err = BASE_OK;
    base_buf senders = {0};
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    base_bytes sender = call_bytes(c, c->request, "external_sender");
    TRY(call_ok(c));
    mls_extension_list old = mls_group_extensions(t->group);
    mls_extension *v = (mls_extension *)base_arena_zero(&c->arena, old.n + 1, sizeof *v);
    REQUIRE(v != NULL, BASE_E_NOMEM);
    size_t at = old.n;
    for (size_t i = 0; i < old.n; i++) {
        v[i] = old.v[i];
        at = v[i].type == MLS_EXTENSION_EXTERNAL_SENDERS ? i : at;
    }
    TRY(append_sender(v[at].data, sender, &senders));
    v[at] = (mls_extension){MLS_EXTENSION_EXTERNAL_SENDERS, base_buf_bytes(&senders)};
    const mls_proposal_params params = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                        .extensions = {v, at == old.n ? old.n + 1 : old.n}};
    TRY(propose(c, t, &params));
done:
    base_buf_clear(&senders);
    return err;
}

const op ops_proposal[] = {
    {"AddProposal", "state_id key_package", run_add},
    {"UpdateProposal", "state_id", run_update},
    {"RemoveProposal", "state_id removed_id", run_remove},
    {"ExternalPSKProposal", "state_id psk_id", run_external_psk},
    {"ResumptionPSKProposal", "state_id epoch_id", run_resumption_psk},
    {"GroupContextExtensionsProposal", "state_id extensions", run_group_context_extensions},
    {"ReInitProposal", "state_id cipher_suite group_id extensions", run_reinit},
    {"AddExternalSigner", "state_id external_sender", run_add_external_signer},
    {NULL, NULL, NULL},
};
