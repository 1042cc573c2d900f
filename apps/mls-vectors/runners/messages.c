/* Messages (RFC 9420, sections 6 and 12): every struct read, and written back in the same bytes.
 * Meaning plays no part: signatures and tags in these vectors are made up. */
#include "../vectors.h"

#include "mls/message.h"
#include "mls/tree_codec.h"

/* Any suite: a tree is only decoded here. */
#define SUITE MLS_SUITE_X25519_AES128GCM_SHA256_ED25519
#define MAX_LEAVES 65536

static const char *const keys[] = {"mls_welcome", "ratchet_tree", "group_secrets", NULL};

static void message(vec_ctx *c, const json_t *entry, const char *key, mls_wire_format format,
                    mls_content_type type)
{
    base_bytes in = vec_hex(c, entry, key);
    base_buf out = base_buf_on(NULL);
    mls_message m = {0};
    if (vec_ok(c, mls_message_decode(in, &c->arena, &m), key) &&
        vec_true(c, m.wire_format == format, key)) {
        if (format == MLS_WIRE_PUBLIC_MESSAGE) {
            vec_true(c, m.public_message.auth.content.type == type, key);
        }
        vec_ok(c, mls_message_encode(&m, &out), key);
        vec_eq(c, base_buf_bytes(&out), in, key);
    }
    base_buf_clear(&out);
}

static void ratchet_tree(vec_ctx *c, const json_t *entry)
{
    base_bytes in = vec_hex(c, entry, "ratchet_tree");
    base_buf out = base_buf_on(NULL);
    crypto_suite suite = {0};
    mls_tree *tree = NULL;
    if (vec_ok(c, crypto_suite_resolve(c->env, SUITE, &suite), "suite") &&
        vec_ok(c, mls_tree_decode(&suite, in, MAX_LEAVES, &tree), "ratchet_tree")) {
        vec_ok(c, mls_tree_encode(tree, &out), "ratchet_tree");
        vec_eq(c, base_buf_bytes(&out), in, "ratchet_tree");
    }
    mls_tree_free(tree);
    base_buf_clear(&out);
}

static void group_secrets(vec_ctx *c, const json_t *entry)
{
    base_bytes in = vec_hex(c, entry, "group_secrets");
    base_buf out = base_buf_on(NULL);
    mls_group_secrets g = {0};
    if (vec_ok(c, mls_group_secrets_decode(in, &c->arena, &g), "group_secrets")) {
        base_wr w = base_wr_on(&out);
        mls_group_secrets_write(&w, &g);
        vec_ok(c, base_wr_end(&w), "group_secrets");
        vec_eq(c, base_buf_bytes(&out), in, "group_secrets");
    }
    base_buf_clear(&out);
}

/* Proposals come without their type. */
static void proposal(vec_ctx *c, const json_t *entry, const char *key, mls_proposal_type type)
{
    base_bytes in = vec_hex(c, entry, key);
    base_buf out = base_buf_on(NULL);
    mls_proposal p = {0};
    base_rd r = base_rd_on(in);
    mls_proposal_body_read(&r, &c->arena, type, &p);
    if (vec_ok(c, base_rd_end(&r), key)) {
        base_wr w = base_wr_on(&out);
        mls_proposal_body_write(&w, &p);
        vec_ok(c, base_wr_end(&w), key);
        vec_eq(c, base_buf_bytes(&out), in, key);
    }
    base_buf_clear(&out);
}

static void commit(vec_ctx *c, const json_t *entry)
{
    base_bytes in = vec_hex(c, entry, "commit");
    base_buf out = base_buf_on(NULL);
    mls_commit m = {0};
    base_rd r = base_rd_on(in);
    mls_commit_read(&r, &c->arena, &m);
    if (vec_ok(c, base_rd_end(&r), "commit")) {
        base_wr w = base_wr_on(&out);
        mls_commit_write(&w, &m);
        vec_ok(c, base_wr_end(&w), "commit");
        vec_eq(c, base_buf_bytes(&out), in, "commit");
    }
    base_buf_clear(&out);
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    message(c, entry, "mls_welcome", MLS_WIRE_WELCOME, 0);
    message(c, entry, "mls_group_info", MLS_WIRE_GROUP_INFO, 0);
    message(c, entry, "mls_key_package", MLS_WIRE_KEY_PACKAGE, 0);
    ratchet_tree(c, entry);
    group_secrets(c, entry);
    proposal(c, entry, "add_proposal", MLS_PROPOSAL_ADD);
    proposal(c, entry, "update_proposal", MLS_PROPOSAL_UPDATE);
    proposal(c, entry, "remove_proposal", MLS_PROPOSAL_REMOVE);
    proposal(c, entry, "pre_shared_key_proposal", MLS_PROPOSAL_PSK);
    proposal(c, entry, "re_init_proposal", MLS_PROPOSAL_REINIT);
    proposal(c, entry, "external_init_proposal", MLS_PROPOSAL_EXTERNAL_INIT);
    proposal(c, entry, "group_context_extensions_proposal", MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS);
    commit(c, entry);
    message(c, entry, "public_message_application", MLS_WIRE_PUBLIC_MESSAGE,
            MLS_CONTENT_APPLICATION);
    message(c, entry, "public_message_proposal", MLS_WIRE_PUBLIC_MESSAGE, MLS_CONTENT_PROPOSAL);
    message(c, entry, "public_message_commit", MLS_WIRE_PUBLIC_MESSAGE, MLS_CONTENT_COMMIT);
    message(c, entry, "private_message", MLS_WIRE_PRIVATE_MESSAGE, 0);
    return vec_done(c);
}

const vec_kind vec_messages = {"messages", keys, run};
