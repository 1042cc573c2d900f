/* From outside a group: joining by an external commit, and proposals by joiners and by external
 * senders. All of them know the group by a GroupInfo alone. */
#include "state.h"

#include "base/rd.h"
#include "base/wr.h"

/* ---- what a GroupInfo tells ---- */

typedef struct outside {
    base_bytes group_id;
    uint64_t epoch;
    mls_suite suite;
} outside;

/* libmls tells group and epoch; the suite stands behind the wire format and the version (sections
 * 6 and 8.1). */
static base_err look(call *c, base_bytes group_info, outside *out)
{
    base_err err = BASE_OK;
    mls_peek peek = {0};
    base_rd r = base_rd_on(group_info);
    TRY(mls_message_peek(group_info, &peek));
    (void)base_rd_u32(&r);
    (void)base_rd_u16(&r);
    *out = (outside){peek.group_id, peek.epoch, base_rd_u16(&r)};
    REQUIRE(peek.wire_format == 4 && r.err == BASE_OK,
            call_refuse(c, "KIND", "group_info: it is none"));
done:
    return err;
}

/* The group as a stranger sees it, to look for a member: libmls shows members of groups only, so a
 * client that is thrown away at once joins, and nobody gets its commit. */
static base_err visit(call *c, base_bytes group_info, base_bytes tree, mls_suite suite,
                      mls_group **out)
{
    base_err err = BASE_OK;
    peer_client *client = NULL;
    peer_self self = {0};
    base_buf commit = {0};
    TRY(peer_client_new(c->p, &client));
    TRY(peer_self_new(&self, client->ctx, suite, base_bytes_str("visitor of mls-peer")));
    const mls_external_params params = {.member = peer_self_member(&self)};
    TRY(mls_group_join_external(client->ctx, group_info, tree, &params, c->now, &commit, out));
done:
    base_buf_clear(&commit);
    peer_self_clear(&self);
    return err;
}

/* ---- ExternalJoin ---- */

static base_err read_psks(call *c, const peer_client *client, mls_external_params *params)
{
    base_err err = BASE_OK;
    const json_t *list = call_list(c, c->request, "psks");
    size_t n = json_array_size(list);
    mls_psk_id *ids = (mls_psk_id *)base_arena_zero(&c->arena, n, sizeof *ids);
    REQUIRE(ids != NULL || n == 0, BASE_E_NOMEM);
    for (size_t i = 0; i < n; i++) {
        const json_t *psk = json_array_get(list, i);
        call_only(c, psk, "psk_id psk_secret");
        ids[i] = (mls_psk_id){.type = MLS_PSK_EXTERNAL, .psk_id = call_bytes(c, psk, "psk_id")};
        base_bytes secret = call_bytes(c, psk, "psk_secret");
        TRY(call_ok(c));
        TRY(mls_psk_put(client->ctx, ids[i].psk_id, secret));
    }
    params->psks = ids;
    params->n_psks = n;
done:
    return err;
}

static base_err find_prior(call *c, base_bytes group_info, base_bytes tree, base_bytes identity,
                           mls_external_params *params)
{
    mls_group *seen = NULL;
    base_err err = visit(c, group_info, tree, params->member.suite, &seen);
    if (err == BASE_OK) {
        params->replace = true;
        err = state_member(c, seen, identity, &params->old);
    }
    mls_group_free(seen);
    return err;
}

static base_err run_external_join(call *c)
{
    base_err err = BASE_OK;
    outside o = {0};
    peer_client *client = NULL;
    peer_self self = {0};
    mls_group *g = NULL;
    peer_thing *t = NULL;
    base_buf commit = {0};
    mls_external_params params = {0};
    base_bytes group_info = call_bytes(c, c->request, "group_info");
    base_bytes tree = call_bytes(c, c->request, "ratchet_tree");
    base_bytes identity = call_bytes(c, c->request, "identity");
    bool private_handshake = call_bool(c, c->request, "encrypt_handshake");
    bool remove_prior = call_bool(c, c->request, "remove_prior");
    TRY(call_ok(c));
    TRY(look(c, group_info, &o));
    TRY(peer_client_new(c->p, &client));
    TRY(peer_self_new(&self, client->ctx, o.suite, identity));
    params.member = peer_self_member(&self);
    TRY(read_psks(c, client, &params));
    if (remove_prior) {
        TRY(find_prior(c, group_info, tree, identity, &params));
    }
    TRY(mls_group_join_external(client->ctx, group_info, tree, &params, c->now, &commit, &g));
    err = state_new(c, client, &self, g, &t);
    g = NULL;
    TRY(err);
    t->private_handshake = private_handshake;
    state_answer(c, t);
    answer_bytes(c, "commit", base_buf_bytes(&commit));
done:
    base_buf_clear(&commit);
    peer_self_clear(&self);
    return err;
}

/* ---- proposals from outside ---- */

static base_err run_new_member_add(call *c)
{
    base_err err = BASE_OK;
    outside o = {0};
    peer_thing *t = NULL;
    base_buf package = {0};
    base_buf message = {0};
    base_bytes group_info = call_bytes(c, c->request, "group_info");
    base_bytes identity = call_bytes(c, c->request, "identity");
    TRY(call_ok(c));
    TRY(look(c, group_info, &o));
    TRY(state_joiner_new(c, o.suite, identity, &t, &package));
    TRY(mls_propose_join(t->client->ctx, o.group_id, o.epoch, base_buf_bytes(&package),
                         base_buf_bytes(&t->self.signature_private), BASE_BYTES_NONE, &message));
    state_answer_joiner(c, t, "proposal", base_buf_bytes(&message));
done:
    base_buf_clear(&package);
    base_buf_clear(&message);
    return err;
}

static base_err run_create_external_signer(call *c)
{
    base_err err = BASE_OK;
    peer_client *client = NULL;
    peer_thing *t = NULL;
    base_buf sender = {0};
    base_wr w = base_wr_on(&sender);
    base_bytes identity = call_bytes(c, c->request, "identity");
    mls_suite suite = call_suite(c, c->request, "cipher_suite");
    TRY(call_ok(c));
    TRY(peer_client_new(c->p, &client));
    TRY(peer_thing_new(c->p, client, PEER_SIGNER, &t));
    TRY(peer_self_new(&t->self, client->ctx, suite, identity));
    /* ExternalSender (section 12.1.8.1) */
    base_wr_vec(&w, base_buf_bytes(&t->self.signature_public));
    base_wr_u16(&w, MLS_CREDENTIAL_BASIC);
    base_wr_vec(&w, identity);
    TRY(base_wr_end(&w));
    answer_uint(c, "signer_id", t->id);
    answer_bytes(c, "external_sender", base_buf_bytes(&sender));
done:
    base_buf_clear(&sender);
    return err;
}

/* Only a Remove needs to see the members. */
static base_err describe_outside(call *c, const outside *o, base_bytes group_info,
                                 mls_external_proposal *params)
{
    base_err err = BASE_OK;
    mls_group *seen = NULL;
    const json_t *description = json_object_get(c->request, "description");
    if (json_object_get(description, "removed_id") != NULL) {
        base_bytes tree = call_bytes(c, c->request, "ratchet_tree");
        TRY(call_ok(c));
        TRY(visit(c, group_info, tree, o->suite, &seen));
    }
    TRY(state_describe(c, description, o->group_id, seen, &params->proposal));
done:
    mls_group_free(seen);
    return err;
}

static base_err run_external_signer_proposal(call *c)
{
    base_err err = BASE_OK;
    outside o = {0};
    base_buf message = {0};
    const peer_thing *t = call_thing(c, "signer_id", PEER_SIGNER);
    uint32_t index = (uint32_t)call_uint(c, c->request, "signer_index", UINT32_MAX);
    base_bytes group_info = call_bytes(c, c->request, "group_info");
    TRY(call_ok(c));
    TRY(look(c, group_info, &o));
    REQUIRE(o.suite == t->self.suite, call_refuse(c, "FIELD", "the signer is of another suite"));
    mls_external_proposal params = {.suite = o.suite,
                                    .group_id = o.group_id,
                                    .epoch = o.epoch,
                                    .sender_index = index,
                                    .signature_private =
                                        base_buf_bytes(&t->self.signature_private)};
    TRY(describe_outside(c, &o, group_info, &params));
    TRY(mls_propose_external(t->client->ctx, &params, &message));
    answer_bytes(c, "proposal", base_buf_bytes(&message));
done:
    base_buf_clear(&message);
    return err;
}

const op ops_external[] = {
    {"ExternalJoin", "group_info ratchet_tree encrypt_handshake identity remove_prior psks",
     run_external_join},
    {"NewMemberAddProposal", "group_info identity", run_new_member_add},
    {"CreateExternalSigner", "cipher_suite identity", run_create_external_signer},
    {"ExternalSignerProposal", "signer_id signer_index group_info ratchet_tree description",
     run_external_signer_proposal},
    {NULL, NULL, NULL},
};
