/* Message protection (RFC 9420, sections 6.2 and 6.3): published messages of leaf 1 opened, and the
 * same content protected by us and opened again. */
#include "../vectors.h"

#include "mls/message.h"

static const char *const keys[] = {"membership_key", "proposal_pub", "application_priv", NULL};

#define SENDER 1
#define LEAVES 2

/* What all messages of one entry share. */
typedef struct session {
    vec_ctx *c;
    crypto_suite suite;
    mls_group_context context;
    base_buf encoded_context;
    base_bytes signature_priv;
    base_bytes signature_pub;
    base_bytes encryption_secret;
    base_bytes sender_data_secret;
    base_bytes membership_key;
} session;

/* The secret tree as each message finds it: unused. */
static mls_secret_tree *tree_of(session *s)
{
    const mls_ratchet_limits limits = {8, 8};
    base_secret secret = {0};
    mls_secret_tree *tree = NULL;
    if (vec_ok(s->c, base_secret_set(&secret, s->encryption_secret), "encryption_secret")) {
        vec_ok(s->c, mls_secret_tree_new(&s->suite, LEAVES, &limits, &secret, &tree), "tree");
    }
    base_secret_clear(&secret);
    return tree;
}

static void check_content(session *s, const mls_auth_content *a, base_bytes raw, const char *what)
{
    vec_eq(s->c, a->content.body, raw, what);
    vec_eq(s->c, a->content.group_id, s->context.group_id, what);
    vec_true(s->c, a->content.epoch == s->context.epoch, what);
    vec_true(s->c, a->content.sender.type == MLS_SENDER_MEMBER, what);
    vec_true(s->c, a->content.sender.index == SENDER, what);
    vec_ok(s->c,
           mls_content_verify(&s->suite, s->signature_pub, a, base_buf_bytes(&s->encoded_context)),
           what);
}

static void open_public(session *s, base_bytes message, base_bytes raw, const char *what)
{
    mls_message m = {0};
    if (!vec_ok(s->c, mls_message_decode(message, &s->c->arena, &m), what) ||
        !vec_true(s->c, m.wire_format == MLS_WIRE_PUBLIC_MESSAGE, what)) {
        return;
    }
    vec_ok(s->c,
           mls_public_check(&s->suite, s->membership_key, base_buf_bytes(&s->encoded_context),
                            &m.public_message),
           what);
    check_content(s, &m.public_message.auth, raw, what);
}

static void open_private(session *s, base_bytes message, base_bytes raw, const char *what)
{
    mls_message m = {0};
    mls_sender_data sender = {0};
    mls_ratchet_step step = {0};
    mls_auth_content a = {0};
    base_buf plaintext = base_buf_on(NULL);
    mls_secret_tree *tree = tree_of(s);
    if (tree != NULL && vec_ok(s->c, mls_message_decode(message, &s->c->arena, &m), what) &&
        vec_true(s->c, m.wire_format == MLS_WIRE_PRIVATE_MESSAGE, what) &&
        vec_ok(
            s->c,
            mls_private_open_sender(&s->suite, s->sender_data_secret, &m.private_message, &sender),
            what) &&
        vec_ok(s->c,
               mls_secret_tree_peek(tree, sender.leaf, mls_private_ratchet(m.private_message.type),
                                    sender.generation, &step),
               what) &&
        vec_ok(s->c,
               mls_private_open(&s->suite, &m.private_message, &sender, &step.key, &s->c->arena,
                                &plaintext, &a),
               what)) {
        check_content(s, &a, raw, what);
    }
    mls_ratchet_step_clear(&step);
    mls_secret_tree_free(tree);
    base_buf_clear(&plaintext);
}

/* Content of the sender, signed for its wire format. The tag of a commit is not looked at. */
static mls_auth_content signed_content(session *s, mls_wire_format format, mls_content_type type,
                                       base_bytes raw, base_buf *signature)
{
    static const uint8_t tag[CRYPTO_HASH_MAX] = {0};
    mls_auth_content a = {
        .wire_format = format,
        .content = {.group_id = s->context.group_id,
                    .epoch = s->context.epoch,
                    .sender = {MLS_SENDER_MEMBER, SENDER},
                    .authenticated_data = base_bytes_str("authenticated"),
                    .type = type,
                    .body = raw},
    };
    if (type == MLS_CONTENT_COMMIT) {
        a.confirmation_tag = base_bytes_of(tag, s->suite.hash->size);
    }
    vec_ok(s->c,
           mls_content_sign(&s->suite, s->signature_priv, &a, base_buf_bytes(&s->encoded_context),
                            signature),
           "sign");
    a.signature = base_buf_bytes(signature);
    return a;
}

static void protect_public(session *s, mls_content_type type, base_bytes raw, const char *what)
{
    base_buf signature = base_buf_on(NULL);
    base_buf message = base_buf_on(NULL);
    mls_auth_content a = signed_content(s, MLS_WIRE_PUBLIC_MESSAGE, type, raw, &signature);
    base_err err = mls_public_protect(&s->suite, s->membership_key,
                                      base_buf_bytes(&s->encoded_context), &a, &message);
    if (type == MLS_CONTENT_APPLICATION) {
        vec_true(s->c, err == MLS_E_UNENCRYPTED, "public application data is refused");
    } else if (vec_ok(s->c, err, what)) {
        open_public(s, base_buf_bytes(&message), raw, what);
    }
    base_buf_clear(&message);
    base_buf_clear(&signature);
}

static void protect_private(session *s, mls_content_type type, base_bytes raw, const char *what)
{
    base_buf signature = base_buf_on(NULL);
    base_buf message = base_buf_on(NULL);
    mls_message_key key = {0};
    uint32_t generation = 0;
    mls_secret_tree *tree = tree_of(s);
    mls_auth_content a = signed_content(s, MLS_WIRE_PRIVATE_MESSAGE, type, raw, &signature);
    if (tree != NULL &&
        vec_ok(s->c,
               mls_secret_tree_next(tree, (mls_leaf_index){SENDER}, mls_private_ratchet(type),
                                    &generation, &key),
               what) &&
        vec_ok(s->c,
               mls_private_protect(&s->suite, s->sender_data_secret, &key, generation, &a, 64,
                                   &message),
               what)) {
        open_private(s, base_buf_bytes(&message), raw, what);
    }
    mls_message_key_clear(&key);
    mls_secret_tree_free(tree);
    base_buf_clear(&message);
    base_buf_clear(&signature);
}

static void session_read(session *s, const json_t *entry)
{
    vec_ctx *c = s->c;
    s->context = (mls_group_context){
        .version = MLS_VERSION_MLS10,
        .suite = s->suite.number,
        .group_id = vec_hex(c, entry, "group_id"),
        .epoch = vec_uint(c, entry, "epoch", INT64_MAX),
        .tree_hash = vec_hex(c, entry, "tree_hash"),
        .confirmed_transcript_hash = vec_hex(c, entry, "confirmed_transcript_hash"),
    };
    base_wr w = base_wr_on(&s->encoded_context);
    mls_group_context_write(&w, &s->context);
    vec_ok(c, base_wr_end(&w), "group context");
    s->signature_priv = vec_sig_private(c, &s->suite, entry, "signature_priv");
    s->signature_pub = vec_hex(c, entry, "signature_pub");
    s->encryption_secret = vec_hex(c, entry, "encryption_secret");
    s->sender_data_secret = vec_hex(c, entry, "sender_data_secret");
    s->membership_key = vec_hex(c, entry, "membership_key");
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    session s = {.c = c};
    if (!vec_suite(c, entry, &s.suite)) {
        return VEC_SKIPPED;
    }
    session_read(&s, entry);
    base_bytes proposal = vec_hex(c, entry, "proposal");
    base_bytes commit = vec_hex(c, entry, "commit");
    base_bytes application = vec_hex(c, entry, "application");
    if (!c->failed) {
        open_public(&s, vec_hex(c, entry, "proposal_pub"), proposal, "proposal_pub");
        open_public(&s, vec_hex(c, entry, "commit_pub"), commit, "commit_pub");
        open_private(&s, vec_hex(c, entry, "proposal_priv"), proposal, "proposal_priv");
        open_private(&s, vec_hex(c, entry, "commit_priv"), commit, "commit_priv");
        open_private(&s, vec_hex(c, entry, "application_priv"), application, "application_priv");
        protect_public(&s, MLS_CONTENT_PROPOSAL, proposal, "public proposal of ours");
        protect_public(&s, MLS_CONTENT_COMMIT, commit, "public commit of ours");
        protect_public(&s, MLS_CONTENT_APPLICATION, application, "public application data");
        protect_private(&s, MLS_CONTENT_PROPOSAL, proposal, "private proposal of ours");
        protect_private(&s, MLS_CONTENT_COMMIT, commit, "private commit of ours");
        protect_private(&s, MLS_CONTENT_APPLICATION, application, "private data of ours");
    }
    base_buf_clear(&s.encoded_context);
    return vec_done(c);
}

const vec_kind vec_message_protection = {"message-protection", keys, run};
