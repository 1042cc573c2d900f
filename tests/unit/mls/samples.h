/* What the tests of message framing share: a suite on fakes, one well-formed object of each struct,
 * and loops over truncations. Keys and signatures in the objects are made-up bytes, since nothing
 * below the group looks at them. */
#ifndef TEST_MLS_SAMPLES_H
#define TEST_MLS_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/crypto_default.h"
#include "mls/message.h"
#include "support/fake_alloc.h"
#include "support/fake_random.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A suite whose memory and randomness are fakes. */
typedef struct bench {
    fake_alloc alloc;
    fake_random random;
    crypto_env env;
    crypto_suite suite;
} bench;

static inline void bench_init(bench *b, mls_suite number)
{
    fake_alloc_init(&b->alloc);
    b->random = fake_random_of(number);
    b->env = (crypto_env){.backend = crypto_default(),
                          .random = fake_random_port(&b->random),
                          .alloc = &b->alloc.port};
    assert_non_null(b->env.backend);
    assert_int_equal(crypto_suite_resolve(&b->env, number, &b->suite), BASE_OK);
}

/* Everything that was taken from the bench is free again. */
static inline void bench_clear(const bench *b)
{
    assert_int_equal(b->alloc.live, 0);
}

/* The bytes of a string literal, a terminator not counted. */
#define BYTES(text) ((base_bytes){(const uint8_t *)("" text), sizeof("" text) - 1})

static inline mls_leaf_node sample_leaf(mls_leaf_node_source source)
{
    static const uint16_t versions[] = {1};
    static const uint16_t suites[] = {1, 3, 0x0A0A};
    static const uint16_t types[] = {0xF0F0, 0x1A1A};
    static const uint16_t credentials[] = {1, 2};
    static const mls_extension extensions[] = {{1, {(const uint8_t *)"app", 3}}};
    mls_leaf_node leaf = {
        .encryption_key = BYTES("encryption key"),
        .signature_key = BYTES("signature key"),
        .credential = {MLS_CREDENTIAL_BASIC, BYTES("alice")},
        .capabilities = {{versions, COUNT(versions)},
                         {suites, COUNT(suites)},
                         {types, COUNT(types)},
                         {types, 1},
                         {credentials, COUNT(credentials)}},
        .source = source,
        .extensions = {extensions, COUNT(extensions)},
        .signature = BYTES("leaf signature"),
    };
    if (source == MLS_LEAF_KEY_PACKAGE) {
        leaf.not_before = 1;
        leaf.not_after = UINT64_MAX;
    } else if (source == MLS_LEAF_COMMIT) {
        leaf.parent_hash = BYTES("parent hash");
    }
    return leaf;
}

static inline mls_key_package sample_key_package(void)
{
    return (mls_key_package){.version = 1,
                             .suite = 1,
                             .init_key = BYTES("init key"),
                             .leaf_node = sample_leaf(MLS_LEAF_KEY_PACKAGE),
                             .signature = BYTES("package signature")};
}

static inline mls_extension_list sample_extensions(void)
{
    static const mls_extension list[] = {{3, {(const uint8_t *)"\0\0\0", 3}},
                                         {0x2A2A, {(const uint8_t *)"grease", 6}}};
    return (mls_extension_list){list, COUNT(list)};
}

static inline mls_psk_id sample_psk(mls_psk_type type)
{
    mls_psk_id id = {.type = type, .psk_nonce = BYTES("nonce")};
    if (type != MLS_PSK_RESUMPTION) {
        id.component = type == MLS_PSK_COMPONENT ? 0x8001 : 0;
        id.psk_id = BYTES("psk");
    } else {
        id.usage = MLS_PSK_APPLICATION;
        id.psk_group_id = BYTES("group");
        id.psk_epoch = 7;
    }
    return id;
}

/* One Proposal of each type. */
static inline mls_proposal sample_proposal(mls_proposal_type type)
{
    mls_proposal p = {.type = type};
    switch (type) {
    case MLS_PROPOSAL_ADD:
        p.key_package = sample_key_package();
        break;
    case MLS_PROPOSAL_UPDATE:
        p.leaf_node = sample_leaf(MLS_LEAF_UPDATE);
        break;
    case MLS_PROPOSAL_REMOVE:
        p.removed.v = 0x01020304;
        break;
    case MLS_PROPOSAL_PSK:
        p.psk = sample_psk(MLS_PSK_RESUMPTION);
        break;
    case MLS_PROPOSAL_REINIT:
        p.reinit = (mls_reinit){BYTES("next group"), 1, 3, sample_extensions()};
        break;
    case MLS_PROPOSAL_EXTERNAL_INIT:
        p.kem_output = BYTES("kem output");
        break;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        p.extensions = sample_extensions();
        break;
    case MLS_PROPOSAL_APP_DATA_UPDATE:
        p.app_data_update = (mls_app_data_update){0x8001, MLS_APP_DATA_UPDATE, BYTES("change")};
        break;
    case MLS_PROPOSAL_APP_EPHEMERAL:
        p.app_ephemeral = (mls_app_data){0x8002, BYTES("data")};
        break;
    case MLS_PROPOSAL_SELF_REMOVE:
        break;
    }
    return p;
}

static inline mls_update_path sample_path(void)
{
    return (mls_update_path){
        sample_leaf(MLS_LEAF_COMMIT),
        2,
        {{BYTES("key1"), BYTES("\4kem1\3ct1"), 1},
         {BYTES("key2"), BYTES("\4kem1\3ct1\4kem2\3ct2"), 2}},
    };
}

/* Encodings, into a buffer on the standard allocator that the caller clears. */
static inline base_buf encode_proposal(mls_proposal_type type)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_proposal p = sample_proposal(type);
    mls_proposal_write(&w, &p);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

/* A Commit of a Remove by value and a reference, with a path or without. */
static inline base_buf encode_commit(bool has_path)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_proposal removal = sample_proposal(MLS_PROPOSAL_REMOVE);
    const mls_proposal_or_ref list[] = {{&removal, BASE_BYTES_NONE}, {NULL, BYTES("reference")}};
    mls_commit c = {list, COUNT(list), has_path, sample_path()};
    mls_commit_write(&w, &c);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static inline mls_auth_content sample_content(mls_wire_format format, mls_sender_type sender,
                                              mls_content_type type, base_bytes body)
{
    mls_auth_content c = {
        .wire_format = format,
        .content = {.group_id = BYTES("group"),
                    .epoch = 0x0102030405060708,
                    .sender = {sender, 0},
                    .authenticated_data = BYTES("associated"),
                    .type = type,
                    .body = body},
        .signature = BYTES("content signature"),
    };
    if (sender == MLS_SENDER_MEMBER || sender == MLS_SENDER_EXTERNAL) {
        c.content.sender.index = 3;
    }
    if (type == MLS_CONTENT_COMMIT) {
        c.confirmation_tag = BYTES("confirmation tag");
    }
    return c;
}

/* Decode what c encodes to, so that its proposal or commit is set too. */
static inline mls_auth_content decoded_content(const mls_auth_content *c, base_arena *a,
                                               base_buf *encoded)
{
    base_wr w = base_wr_on(encoded);
    mls_auth_content out = {0};
    mls_auth_content_write(&w, c);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_int_equal(mls_auth_content_decode(base_buf_bytes(encoded), a, &out), BASE_OK);
    return out;
}

static inline void assert_bytes(base_bytes got, base_bytes want)
{
    assert_int_equal(got.n, want.n);
    if (got.n > 0) {
        assert_memory_equal(got.p, want.p, got.n);
    }
}

/* A copy of exactly n bytes, so that a sanitizer sees a read past the end. */
static inline uint8_t *exact_copy(base_bytes src, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    if (n > 0) {
        memcpy(copy, src.p, n);
    }
    return copy;
}

/* decode() must refuse every prefix of `whole` that is not whole, and `whole` with a byte behind
 * it, and accept `whole`. */
static inline void assert_exact(base_bytes whole, base_err (*decode)(base_bytes in))
{
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *copy = exact_copy(whole, n);
        assert_int_not_equal(decode(base_bytes_of(copy, n)), BASE_OK);
        free(copy);
    }
    assert_int_equal(decode(whole), BASE_OK);
    base_buf longer = base_buf_on(NULL);
    assert_int_equal(base_buf_set(&longer, whole), BASE_OK);
    assert_int_equal(base_buf_append(&longer, BYTES("\0")), BASE_OK);
    assert_int_equal(decode(base_buf_bytes(&longer)), BASE_E_TRAILING);
    base_buf_clear(&longer);
}

#endif
