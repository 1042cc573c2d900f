/* Whatever a stranger can send to libmls, before any key is needed: messages and the structs inside
 * them. The first byte chooses the struct; the rest is its encoding, or the content that a member
 * encrypted.
 *
 * Beyond "no crash": what is accepted is written back as the same bytes, and a message that decodes
 * can be looked at without opening it, with the same answer. */
#include <assert.h>
#include <stdlib.h>

#include "adapters/crypto_default.h"
#include "mls/message.h"
#include "mls/tree_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_MAX ((size_t)64 << 20)
#define MAX_LEAVES 65536

typedef enum chosen {
    MESSAGE,
    AUTH_CONTENT,
    PROPOSAL,
    COMMIT,
    GROUP_SECRETS,
    TREE,
    LEAF_NODE,
    PARENT_NODE,
    GROUP_CONTEXT,
    REQUIRED_CAPABILITIES,
    EXTERNAL_SENDERS,
    PRIVATE_CONTENT,
    CHOICES
} chosen;

static base_err no_random(void *user, uint8_t *p, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        p[i] = 0x5A;
    }
    return BASE_OK;
}

static crypto_suite suite_of(void)
{
    static crypto_env env;
    crypto_suite suite = {0};
    env = (crypto_env){.backend = crypto_default(), .random = {no_random, NULL}};
    base_err err =
        crypto_suite_resolve(&env, MLS_SUITE_X25519_CHACHA20POLY1305_SHA256_ED25519, &suite);
    assert(err == BASE_OK);
    return suite;
}

/* What was written must be what was read. */
static void assert_same(base_bytes in, base_err err, base_buf *out)
{
    assert(err == BASE_OK);
    assert(base_bytes_eq(base_buf_bytes(out), in));
    base_buf_clear(out);
}

static void assert_peek_agrees(base_bytes in, const mls_message *m)
{
    mls_peek peek = {0};
    base_err err = mls_message_peek(in, &peek);
    assert(err == BASE_OK);
    assert(peek.wire_format == m->wire_format);
    if (m->wire_format == MLS_WIRE_PUBLIC_MESSAGE) {
        assert(peek.epoch == m->public_message.auth.content.epoch);
        assert(peek.content_type == m->public_message.auth.content.type);
    } else if (m->wire_format == MLS_WIRE_PRIVATE_MESSAGE) {
        assert(peek.epoch == m->private_message.epoch);
        assert(peek.content_type == m->private_message.type);
    } else if (m->wire_format == MLS_WIRE_GROUP_INFO) {
        assert(base_bytes_eq(peek.group_id, m->group_info.context.group_id));
    }
}

static void fuzz_message(base_bytes in, base_arena *a)
{
    mls_message m = {0};
    base_buf out = base_buf_on(NULL);
    if (mls_message_decode(in, a, &m) != BASE_OK) {
        return;
    }
    assert_same(in, mls_message_encode(&m, &out), &out);
    assert_peek_agrees(in, &m);
    if (m.wire_format == MLS_WIRE_PUBLIC_MESSAGE) {
        base_bytes key = BASE_BYTES_NONE;
        (void)!mls_content_check_sender(&m.public_message.auth);
        (void)!mls_content_joiner_key(&m.public_message.auth, &key);
    }
}

static void fuzz_auth_content(base_bytes in, base_arena *a)
{
    mls_auth_content c = {0};
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    if (mls_auth_content_decode(in, a, &c) == BASE_OK) {
        mls_auth_content_write(&w, &c);
        assert_same(in, base_wr_end(&w), &out);
    }
}

static void fuzz_group_secrets(base_bytes in, base_arena *a)
{
    mls_group_secrets g = {0};
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    if (mls_group_secrets_decode(in, a, &g) == BASE_OK) {
        mls_group_secrets_write(&w, &g);
        assert_same(in, base_wr_end(&w), &out);
    }
}

static void fuzz_tree(base_bytes in)
{
    crypto_suite suite = suite_of();
    mls_tree *tree = NULL;
    base_buf out = base_buf_on(NULL);
    if (mls_tree_decode(&suite, in, MAX_LEAVES, &tree) == BASE_OK) {
        assert_same(in, mls_tree_encode(tree, &out), &out);
    }
    mls_tree_free(tree);
}

static void fuzz_extension(chosen which, base_bytes in, base_arena *a)
{
    mls_required_capabilities required = {{0}, {0}, {0}};
    mls_external_sender_list senders = {0};
    base_buf out = base_buf_on(NULL);
    if (which == REQUIRED_CAPABILITIES) {
        if (mls_required_capabilities_decode(in, a, &required) == BASE_OK) {
            assert_same(in, mls_required_capabilities_encode(&required, &out), &out);
        }
    } else if (mls_external_senders_decode(in, a, &senders) == BASE_OK) {
        assert_same(in, mls_external_senders_encode(senders, &out), &out);
    }
}

/* Structs without a whole-message decoder of their own. */
static void fuzz_struct(chosen which, base_bytes in, base_arena *a)
{
    union {
        mls_proposal proposal;
        mls_commit commit;
        mls_leaf_node leaf;
        mls_parent_node parent;
        mls_group_context context;
    } x;
    base_rd r = base_rd_on(in);
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    if (which == PROPOSAL) {
        mls_proposal_read(&r, a, &x.proposal);
    } else if (which == COMMIT) {
        mls_commit_read(&r, a, &x.commit);
    } else if (which == LEAF_NODE) {
        mls_leaf_node_read(&r, a, &x.leaf);
    } else if (which == PARENT_NODE) {
        mls_parent_node_read(&r, a, &x.parent);
    } else {
        mls_group_context_read(&r, a, &x.context);
    }
    if (base_rd_end(&r) != BASE_OK) {
        return;
    }
    if (which == PROPOSAL) {
        mls_proposal_write(&w, &x.proposal);
    } else if (which == COMMIT) {
        mls_commit_write(&w, &x.commit);
    } else if (which == LEAF_NODE) {
        mls_leaf_node_write(&w, &x.leaf);
    } else if (which == PARENT_NODE) {
        mls_parent_node_write(&w, &x.parent);
    } else {
        mls_group_context_write(&w, &x.context);
    }
    assert_same(in, base_wr_end(&w), &out);
}

/* A member encrypts what it likes: the bytes after the second, which is the content type. */
static void fuzz_private_content(base_bytes in, base_arena *a)
{
    crypto_suite s = suite_of();
    mls_message_key key = {{s.aead->key_size, {1}}, {s.aead->nonce_size, {2}}};
    mls_sender_data sender = {{0}, 0, {0}};
    mls_auth_content c = {0};
    base_buf sealed = base_buf_on(NULL);
    base_buf plaintext = base_buf_on(NULL);
    if (in.n < 2) {
        return;
    }
    mls_private_message m = {.type = (mls_content_type)(1 + in.p[0] % 3)};
    base_err err = crypto_seal(&s, base_secret_bytes(&key.key), base_secret_bytes(&key.nonce),
                               m.aad, base_bytes_of(in.p + 1, in.n - 1), &sealed);
    assert(err == BASE_OK);
    m.ciphertext = base_buf_bytes(&sealed);
    err = mls_private_open(&s, &m, &sender, &key, a, &plaintext, &c);
    if (err == BASE_OK) {
        /* Content, authentication, zeros: nothing else may be in it. */
        base_buf out = base_buf_on(NULL);
        base_wr w = base_wr_on(&out);
        mls_content_body_write(&w, &c.content);
        mls_content_auth_write(&w, &c);
        err = base_buf_resize(&out, plaintext.n);
        assert_same(base_buf_bytes(&plaintext), err, &out);
    } else {
        assert(plaintext.n == 0);
    }
    base_buf_clear(&sealed);
    base_buf_clear(&plaintext);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    base_bytes in = base_bytes_of(data + 1, size - 1);
    base_arena a = base_arena_on(NULL, ARENA_MAX);
    chosen which = (chosen)(data[0] % CHOICES);
    switch (which) {
    case MESSAGE:
        fuzz_message(in, &a);
        break;
    case AUTH_CONTENT:
        fuzz_auth_content(in, &a);
        break;
    case GROUP_SECRETS:
        fuzz_group_secrets(in, &a);
        break;
    case TREE:
        fuzz_tree(in);
        break;
    case REQUIRED_CAPABILITIES:
    case EXTERNAL_SENDERS:
        fuzz_extension(which, in, &a);
        break;
    case PRIVATE_CONTENT:
        fuzz_private_content(in, &a);
        break;
    case PROPOSAL:
    case COMMIT:
    case LEAF_NODE:
    case PARENT_NODE:
    case GROUP_CONTEXT:
    case CHOICES:
        fuzz_struct(which, in, &a);
        break;
    }
    base_arena_clear(&a);
    return 0;
}
