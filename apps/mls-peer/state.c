/* Shared work on groups. */
#include "state.h"

#define KEY_PACKAGE_PAST 3600
/* The standard form of a private key, which every backend's own form begins with (crypto.h): 32
 * bytes in all suites that there are. */
#define SIGNATURE_PRIV_SIZE 32
#define KEY_PACKAGE_FUTURE (28 * (uint64_t)86400)

base_err state_key_package(call *c, peer_client *client, const peer_self *self, base_buf *message)
{
    const mls_key_package_params params = {
        .member = peer_self_member(self),
        .not_before = c->now > KEY_PACKAGE_PAST ? c->now - KEY_PACKAGE_PAST : 0,
        .not_after = c->now + KEY_PACKAGE_FUTURE};
    return mls_key_package_new(client->ctx, &params, message, NULL);
}

base_err state_joiner_new(call *c, mls_suite suite, base_bytes identity, peer_thing **out,
                          base_buf *message)
{
    base_err err = BASE_OK;
    peer_client *client = NULL;
    peer_thing *t = NULL;
    TRY(peer_client_new(c->p, &client));
    TRY(peer_thing_new(c->p, client, PEER_JOINER, &t));
    TRY(peer_self_new(&t->self, client->ctx, suite, identity));
    TRY(state_key_package(c, client, &t->self, message));
    *out = t;
done:
    return err;
}

base_err state_new(call *c, peer_client *client, const peer_self *self, mls_group *group,
                   peer_thing **out)
{
    base_err err = BASE_OK;
    peer_thing *t = NULL;
    TRY(peer_thing_new(c->p, client, PEER_STATE, &t));
    t->group = group;
    group = NULL;
    TRY(peer_self_copy(&t->self, self));
    TRY(base_buf_set(&t->group_id, mls_group_id(t->group)));
    *out = t;
done:
    mls_group_free(group);
    return err;
}

mls_framing state_framing(const peer_thing *t)
{
    return (mls_framing){.is_public = !t->private_handshake};
}

base_err state_member(call *c, const mls_group *g, base_bytes identity, mls_leaf_index *out)
{
    size_t found = 0;
    for (uint32_t i = 0; i < mls_group_leaf_count(g); i++) {
        const mls_leaf_node *node = NULL;
        mls_leaf_index at = {i};
        if (mls_group_member(g, at, &node) == BASE_OK &&
            node->credential.type == MLS_CREDENTIAL_BASIC &&
            base_bytes_eq(node->credential.body, identity)) {
            *out = at;
            found++;
        }
    }
    return found == 1
               ? BASE_OK
               : call_refuse(c, "MEMBER", "%lu members have that identity", (unsigned long)found);
}

/* ---- answers ---- */

void state_answer(call *c, const peer_thing *t)
{
    answer_uint(c, "state_id", t->id);
    answer_bytes(c, "epoch_authenticator", mls_group_epoch_authenticator(t->group));
}

base_err state_answer_tree(call *c, const mls_group *g, bool beside)
{
    base_buf tree = {0};
    base_err err = beside ? mls_group_tree(g, &tree) : BASE_OK;
    if (err == BASE_OK) {
        answer_bytes(c, "ratchet_tree", base_buf_bytes(&tree));
    }
    base_buf_clear(&tree);
    return err;
}

void state_answer_joiner(call *c, const peer_thing *t, const char *name, base_bytes message)
{
    answer_uint(c, "transaction_id", t->id);
    answer_bytes(c, name, message);
    base_bytes own = base_buf_bytes(&t->self.signature_private);
    answer_bytes(c, "signature_priv",
                 base_bytes_of(own.p, own.n < SIGNATURE_PRIV_SIZE ? own.n : SIGNATURE_PRIV_SIZE));
}

/* ---- proposals by description ---- */

typedef struct described {
    const char *name;
    const char *hex; /* the same, as the interface's bytes are written here */
    mls_proposal_type type;
} described;

static const described types[] = {
    {"add", "616464", MLS_PROPOSAL_ADD},
    {"remove", "72656d6f7665", MLS_PROPOSAL_REMOVE},
    {"externalPSK", "65787465726e616c50534b", MLS_PROPOSAL_PSK},
    {"resumptionPSK", "726573756d7074696f6e50534b", MLS_PROPOSAL_PSK},
    {"groupContextExtensions", "67726f7570436f6e74657874457874656e73696f6e73",
     MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS},
    {"reinit", "7265696e6974", MLS_PROPOSAL_REINIT},
};

static const described *type_of(call *c, const json_t *description)
{
    base_bytes name = call_text(c, description, "proposal_type");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (base_bytes_eq(name, base_bytes_str(types[i].name)) ||
            base_bytes_eq(name, base_bytes_str(types[i].hex))) {
            return &types[i];
        }
    }
    (void)call_refuse(c, "FIELD", "proposal_type: there is no such type");
    return NULL;
}

static void describe_psk(call *c, const json_t *description, const char *name, base_bytes group_id,
                         mls_proposal_params *out)
{
    if (strcmp(name, "externalPSK") == 0) {
        out->psk.type = MLS_PSK_EXTERNAL;
        out->psk.psk_id = call_bytes(c, description, "psk_id");
        return;
    }
    out->psk.type = MLS_PSK_RESUMPTION;
    out->psk.usage = MLS_PSK_APPLICATION;
    out->psk.psk_group_id = group_id;
    out->psk.psk_epoch = call_uint(c, description, "epoch_id", INT64_MAX);
}

base_err state_describe(call *c, const json_t *description, base_bytes group_id,
                        const mls_group *group, mls_proposal_params *out)
{
    call_only(c, description,
              "proposal_type key_package removed_id psk_id epoch_id extensions group_id "
              "cipher_suite");
    const described *type = type_of(c, description);
    if (type == NULL) {
        return BASE_E_ARGUMENT;
    }
    *out = (mls_proposal_params){.type = type->type};
    switch (type->type) {
    case MLS_PROPOSAL_ADD:
        out->key_package = call_bytes(c, description, "key_package");
        break;
    case MLS_PROPOSAL_REMOVE: {
        base_bytes identity = call_bytes(c, description, "removed_id");
        return group != NULL ? state_member(c, group, identity, &out->removed) : BASE_E_ARGUMENT;
    }
    case MLS_PROPOSAL_PSK:
        describe_psk(c, description, type->name, group_id, out);
        break;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        out->extensions = call_extensions(c, description, "extensions");
        break;
    case MLS_PROPOSAL_REINIT:
        out->reinit = (mls_reinit){.group_id = call_bytes(c, description, "group_id"),
                                   .version = 1,
                                   .suite = call_suite(c, description, "cipher_suite"),
                                   .extensions = call_extensions(c, description, "extensions")};
        break;
    case MLS_PROPOSAL_UPDATE:
    case MLS_PROPOSAL_EXTERNAL_INIT:
    case MLS_PROPOSAL_APP_DATA_UPDATE:
    case MLS_PROPOSAL_APP_EPHEMERAL:
    case MLS_PROPOSAL_SELF_REMOVE:
        break;
    }
    return call_ok(c);
}
