/* The secret tree (RFC 9420, section 9) and the sender-data key (section 6.3.2). Every key is asked
 * for as a receiver does, and again as a sender, who steps through all generations. */
#include "../vectors.h"

#include "mls/secret_tree.h"

static const char *const keys[] = {"sender_data", "encryption_secret", "leaves", NULL};

static const mls_ratchet_limits limits = {.forward = 1U << 16, .kept = 64};

static void sender_data(vec_ctx *c, const crypto_suite *s, const json_t *o)
{
    mls_message_key got = {0};
    vec_ok(c,
           mls_sender_data_key(s, vec_hex(c, o, "sender_data_secret"), vec_hex(c, o, "ciphertext"),
                               &got),
           "sender data");
    vec_eq(c, base_secret_bytes(&got.key), vec_hex(c, o, "key"), "sender data key");
    vec_eq(c, base_secret_bytes(&got.nonce), vec_hex(c, o, "nonce"), "sender data nonce");
    mls_message_key_clear(&got);
}

static const char *const key_name[2] = {"handshake_key", "application_key"};
static const char *const nonce_name[2] = {"handshake_nonce", "application_nonce"};

static void same(vec_ctx *c, const mls_message_key *got, mls_ratchet_kind kind, const json_t *want)
{
    vec_eq(c, base_secret_bytes(&got->key), vec_hex(c, want, key_name[kind]), key_name[kind]);
    vec_eq(c, base_secret_bytes(&got->nonce), vec_hex(c, want, nonce_name[kind]), nonce_name[kind]);
}

static void receive(vec_ctx *c, mls_secret_tree *t, mls_leaf_index leaf, mls_ratchet_kind kind,
                    const json_t *want)
{
    mls_ratchet_step step = {0};
    uint32_t generation = (uint32_t)vec_uint(c, want, "generation", UINT32_MAX);
    if (vec_ok(c, mls_secret_tree_peek(t, leaf, kind, generation, &step), "receive")) {
        same(c, &step.key, kind, want);
        vec_ok(c, mls_secret_tree_consume(t, &step), "consume");
    }
    mls_ratchet_step_clear(&step);
}

static void send(vec_ctx *c, mls_secret_tree *t, mls_leaf_index leaf, mls_ratchet_kind kind,
                 const json_t *want)
{
    mls_message_key got = {0};
    uint32_t wanted = (uint32_t)vec_uint(c, want, "generation", limits.forward);
    uint32_t generation = 0;
    do {
        if (!vec_ok(c, mls_secret_tree_next(t, leaf, kind, &generation, &got), "send")) {
            return;
        }
    } while (generation < wanted);
    same(c, &got, kind, want);
    mls_message_key_clear(&got);
}

typedef void (*ask_fn)(vec_ctx *, mls_secret_tree *, mls_leaf_index, mls_ratchet_kind,
                       const json_t *);

static void whole_tree(vec_ctx *c, const crypto_suite *s, const json_t *entry, ask_fn ask)
{
    const json_t *leaves = vec_array(c, entry, "leaves");
    base_secret root = {0};
    mls_secret_tree *t = NULL;
    if (!vec_ok(c, base_secret_set(&root, vec_hex(c, entry, "encryption_secret")), "root") ||
        !vec_ok(c, mls_secret_tree_new(s, (uint32_t)json_array_size(leaves), &limits, &root, &t),
                "tree")) {
        base_secret_clear(&root);
        return;
    }
    for (size_t i = 0; i < json_array_size(leaves); i++) {
        const json_t *list = json_array_get(leaves, i);
        for (size_t k = 0; k < json_array_size(list); k++) {
            mls_leaf_index leaf = {(uint32_t)i};
            ask(c, t, leaf, MLS_RATCHET_HANDSHAKE, json_array_get(list, k));
            ask(c, t, leaf, MLS_RATCHET_APPLICATION, json_array_get(list, k));
        }
        vec_true(c, json_array_size(list) > 0, "at least one generation");
    }
    mls_secret_tree_free(t);
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite s;
    if (!vec_suite(c, entry, &s)) {
        return VEC_SKIPPED;
    }
    sender_data(c, &s, vec_object(c, entry, "sender_data"));
    whole_tree(c, &s, entry, receive);
    whole_tree(c, &s, entry, send);
    return vec_done(c);
}

const vec_kind vec_secret_tree = {"secret-tree", keys, run};
