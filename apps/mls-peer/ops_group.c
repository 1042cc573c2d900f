/* The peer itself, and groups: how a client comes into one, and what it does there. */
#include "state.h"

static base_err run_name(call *c)
{
    answer_text(c, "name", "Sotto libmls " SOTTO_VERSION);
    return BASE_OK;
}

static base_err run_suites(call *c)
{
    base_err err = BASE_OK;
    peer_client *client = NULL;
    json_t *list = json_array();
    REQUIRE(list != NULL, BASE_E_NOMEM);
    TRY(peer_client_new(c->p, &client));
    for (uint32_t suite = 1; suite <= UINT16_MAX; suite++) {
        if (mls_ctx_supports(client->ctx, (mls_suite)suite)) {
            REQUIRE(json_array_append_new(list, json_integer((json_int_t)suite)) == 0,
                    BASE_E_NOMEM);
        }
    }
    REQUIRE(json_object_set(c->answer, "ciphersuites", list) == 0, BASE_E_NOMEM);
done:
    json_decref(list);
    return err;
}

/* ---- becoming a member ---- */

static base_err run_create_group(call *c)
{
    base_err err = BASE_OK;
    peer_client *client = NULL;
    peer_self self = {0};
    mls_group *g = NULL;
    peer_thing *t = NULL;
    base_bytes group_id = call_bytes(c, c->request, "group_id");
    base_bytes identity = call_bytes(c, c->request, "identity");
    mls_suite suite = call_suite(c, c->request, "cipher_suite");
    bool private_handshake = call_bool(c, c->request, "encrypt_handshake");
    TRY(call_ok(c));
    TRY(peer_client_new(c->p, &client));
    TRY(peer_self_new(&self, client->ctx, suite, identity));
    const mls_member_params member = peer_self_member(&self);
    TRY(mls_group_create(client->ctx, group_id, &member, (mls_extension_list){NULL, 0}, c->now,
                         &g));
    err = state_new(c, client, &self, g, &t);
    g = NULL;
    TRY(err);
    t->private_handshake = private_handshake;
    answer_uint(c, "state_id", t->id);
done:
    peer_self_clear(&self);
    return err;
}

static base_err run_create_key_package(call *c)
{
    base_err err = BASE_OK;
    peer_thing *t = NULL;
    base_buf message = {0};
    base_bytes identity = call_bytes(c, c->request, "identity");
    mls_suite suite = call_suite(c, c->request, "cipher_suite");
    TRY(call_ok(c));
    TRY(state_joiner_new(c, suite, identity, &t, &message));
    state_answer_joiner(c, t, "key_package", base_buf_bytes(&message));
done:
    base_buf_clear(&message);
    return err;
}

static base_err run_join_group(call *c)
{
    base_err err = BASE_OK;
    mls_group *g = NULL;
    peer_thing *t = NULL;
    peer_thing *joiner = call_thing(c, "transaction_id", PEER_JOINER);
    base_bytes welcome = call_bytes(c, c->request, "welcome");
    base_bytes tree = call_bytes(c, c->request, "ratchet_tree");
    base_bytes identity = call_bytes(c, c->request, "identity");
    bool private_handshake = call_bool(c, c->request, "encrypt_handshake");
    TRY(call_ok(c));
    if (identity.n > 0 && !base_bytes_eq(identity, base_buf_bytes(&joiner->self.identity))) {
        return call_refuse(c, "FIELD", "identity: the key package has another");
    }
    TRY(mls_group_join(joiner->client->ctx, welcome, tree, c->now, &g));
    err = state_new(c, joiner->client, &joiner->self, g, &t);
    g = NULL;
    TRY(err);
    t->private_handshake = private_handshake;
    state_answer(c, t);
    TRY(call_ok(c));
    peer_drop(c->p, joiner);
done:
    return err;
}

/* ---- being a member ---- */

static base_err run_group_info(call *c)
{
    base_err err = BASE_OK;
    base_buf info = {0};
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    bool beside = call_bool(c, c->request, "external_tree");
    TRY(call_ok(c));
    TRY(mls_group_info(t->group, !beside, true, &info));
    answer_bytes(c, "group_info", base_buf_bytes(&info));
    TRY(state_answer_tree(c, t->group, beside));
done:
    base_buf_clear(&info);
    return err;
}

static base_err run_state_auth(call *c)
{
    const peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    if (t != NULL) {
        answer_bytes(c, "state_auth_secret", mls_group_epoch_authenticator(t->group));
    }
    return call_ok(c);
}

static base_err run_export(call *c)
{
    base_err err = BASE_OK;
    base_buf secret = {0};
    const peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    base_bytes label = call_text(c, c->request, "label");
    base_bytes context = call_bytes(c, c->request, "context");
    size_t n = (size_t)call_uint(c, c->request, "key_length", UINT32_MAX);
    TRY(call_ok(c));
    TRY(mls_group_export(t->group, label, context, n, &secret));
    answer_bytes(c, "exported_secret", base_buf_bytes(&secret));
done:
    base_buf_clear(&secret);
    return err;
}

static base_err run_protect(call *c)
{
    base_err err = BASE_OK;
    base_buf message = {0};
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    base_bytes plaintext = call_bytes(c, c->request, "plaintext");
    const mls_framing framing = {.authenticated_data =
                                     call_bytes(c, c->request, "authenticated_data")};
    TRY(call_ok(c));
    TRY(mls_group_protect(t->group, plaintext, &framing, &message));
    answer_bytes(c, "ciphertext", base_buf_bytes(&message));
done:
    base_buf_clear(&message);
    return err;
}

static base_err run_unprotect(call *c)
{
    base_err err = BASE_OK;
    mls_received r = {0};
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    base_bytes message = call_bytes(c, c->request, "ciphertext");
    TRY(call_ok(c));
    TRY(mls_group_receive(t->group, message, c->now, &r));
    REQUIRE(r.kind == MLS_RECEIVED_APPLICATION,
            call_refuse(c, "KIND", "ciphertext: not an application message"));
    answer_bytes(c, "authenticated_data", base_buf_bytes(&r.authenticated_data));
    answer_bytes(c, "plaintext", base_buf_bytes(&r.plaintext));
done:
    mls_received_clear(&r);
    return err;
}

static base_err run_store_psk(call *c)
{
    uint32_t id = (uint32_t)call_uint(c, c->request, "state_or_transaction_id", UINT32_MAX);
    base_bytes psk_id = call_bytes(c, c->request, "psk_id");
    base_bytes psk = call_bytes(c, c->request, "psk_secret");
    const peer_thing *t = peer_find_any(c->p, id);
    if (t == NULL || (t->kind != PEER_STATE && t->kind != PEER_JOINER)) {
        return call_refuse(c, "ID", "state_or_transaction_id: neither has the number %lu",
                           (unsigned long)id);
    }
    base_err err = call_ok(c);
    return err != BASE_OK ? err : mls_psk_put(t->client->ctx, psk_id, psk);
}

/* Whatever has the number goes: the interface makes more kinds of things than it frees. */
static base_err run_free(call *c)
{
    uint32_t id = (uint32_t)call_uint(c, c->request, "state_id", UINT32_MAX);
    peer_thing *t = peer_find_any(c->p, id);
    if (t == NULL) {
        return call_refuse(c, "ID", "state_id: nothing has the number %lu", (unsigned long)id);
    }
    peer_drop(c->p, t);
    return BASE_OK;
}

const op ops_group[] = {
    {"Name", "", run_name},
    {"SupportedCiphersuites", "", run_suites},
    {"CreateGroup", "group_id cipher_suite encrypt_handshake identity", run_create_group},
    {"CreateKeyPackage", "cipher_suite identity", run_create_key_package},
    {"JoinGroup", "transaction_id welcome encrypt_handshake identity ratchet_tree", run_join_group},
    {"GroupInfo", "state_id external_tree", run_group_info},
    {"StateAuth", "state_id", run_state_auth},
    {"Export", "state_id label context key_length", run_export},
    {"Protect", "state_id authenticated_data plaintext", run_protect},
    {"Unprotect", "state_id ciphertext", run_unprotect},
    {"StorePSK", "state_or_transaction_id psk_id psk_secret", run_store_psk},
    {"Free", "state_id", run_free},
    {NULL, NULL, NULL},
};
