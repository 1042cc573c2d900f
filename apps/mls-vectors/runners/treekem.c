/* treekem: every member opens every member's path (lib/mls/update_path). The paths are the file's,
 * and then new ones that we make in the same places. */
#include "../vectors.h"
#include "mls/leaf_node.h"
#include "mls/parent_hash.h"
#include "mls/path_secret.h"
#include "mls/tree_codec.h"
#include "mls/tree_hash.h"
#include "mls/update_path.h"

#define LEAVES_MAX 65536

/* What an entry is about, the same for all its paths. */
typedef struct scene {
    crypto_suite suite;
    mls_tree *tree;
    const json_t *entry;
    size_t n; /* members with private state */
    mls_tree_private *priv;
    base_bytes *signature_private;
} scene;

/* ---- private states ---- */

static void load_path_secrets(vec_ctx *c, const scene *s, const json_t *list, mls_tree_private *p)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        mls_node_index x = {(uint32_t)vec_uint(c, e, "node", 2 * LEAVES_MAX)};
        base_secret key = {0};
        base_buf public_key = {0};
        vec_ok(c,
               mls_path_secret_key_pair(&s->suite, vec_hex(c, e, "path_secret"), &key, &public_key),
               "path secret");
        vec_ok(c, mls_tree_private_set(p, x, base_secret_bytes(&key)), "private key");
        base_secret_clear(&key);
        base_buf_clear(&public_key);
    }
}

static void load_private(vec_ctx *c, scene *s)
{
    const json_t *list = vec_array(c, s->entry, "leaves_private");
    s->n = json_array_size(list);
    s->priv = base_arena_zero(&c->arena, s->n, sizeof *s->priv);
    s->signature_private = base_arena_zero(&c->arena, s->n, sizeof *s->signature_private);
    if (s->priv == NULL || s->signature_private == NULL) {
        (void)vec_true(c, false, "memory");
        s->n = 0;
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        const json_t *e = json_array_get(list, i);
        mls_tree_private *p = &s->priv[i];
        p->leaf.v = (uint32_t)vec_uint(c, e, "index", LEAVES_MAX);
        vec_ok(c,
               base_secret_set(&p->leaf_key, vec_kem_private(c, &s->suite, e, "encryption_priv")),
               "leaf key");
        s->signature_private[i] = vec_sig_private(c, &s->suite, e, "signature_priv");
        load_path_secrets(c, s, vec_array(c, e, "path_secrets"), p);
        vec_ok(c, mls_tree_private_check(p, s->tree), "private state fits the tree");
    }
}

/* The provisional GroupContext: the entry's, with the tree hash of t. */
static void context_of(vec_ctx *c, const scene *s, mls_tree *t, base_buf *out)
{
    crypto_digest root = {0};
    vec_ok(c, mls_tree_root_hash(t, &root), "tree hash");
    mls_group_context context = {
        .version = MLS_VERSION_MLS10,
        .suite = s->suite.number,
        .group_id = vec_hex(c, s->entry, "group_id"),
        .epoch = vec_uint(c, s->entry, "epoch", UINT64_MAX),
        .tree_hash = crypto_digest_bytes(&root),
        .confirmed_transcript_hash = vec_hex(c, s->entry, "confirmed_transcript_hash"),
    };
    base_wr w = base_wr_on(out);
    mls_group_context_write(&w, &context);
    vec_ok(c, base_wr_end(&w), "group context");
}

/* ---- a path from the file ---- */

static void open_all(vec_ctx *c, const scene *s, const mls_tree *t, const mls_received_path *in,
                     const json_t *path_secrets, base_bytes commit_secret)
{
    for (size_t i = 0; i < s->n; i++) {
        mls_tree_private p = s->priv[i];
        base_secret got = {0};
        base_secret path_secret = {0};
        if (p.leaf.v == in->sender.v) {
            continue;
        }
        vec_ok(c, mls_path_open(t, in, &p, &got, &path_secret), "open");
        vec_eq(c, base_secret_bytes(&got), commit_secret, "commit secret");
        vec_ok(c, mls_tree_private_check(&p, t), "new private state fits the tree");
        if (path_secrets != NULL) {
            const json_t *want = json_array_get(path_secrets, p.leaf.v);
            vec_eq(c, base_secret_bytes(&path_secret), vec_hex_of(c, want, "path_secret"),
                   "path secret");
        }
        mls_tree_private_clear(&p);
        base_secret_clear(&got);
        base_secret_clear(&path_secret);
    }
}

/* Apply a path to an overlay and let everybody open it. tree_hash empty: not compared. */
static void receive(vec_ctx *c, const scene *s, mls_leaf_index sender, base_bytes encoded,
                    const json_t *path_secrets, base_bytes commit_secret, base_bytes tree_hash)
{
    mls_tree *t = NULL;
    mls_update_path path;
    base_buf context = {0};
    crypto_digest root = {0};
    base_rd r = base_rd_on(encoded);
    mls_update_path_read(&r, &c->arena, &path);
    mls_received_path in = {.sender = sender, .path = &path};
    base_bytes group_id = vec_hex(c, s->entry, "group_id");
    if (!vec_ok(c, base_rd_end(&r), "update_path") ||
        !vec_ok(c, mls_tree_overlay_new(s->tree, &t), "overlay")) {
        return;
    }
    vec_ok(c, mls_leaf_node_verify(&s->suite, &path.leaf_node, group_id, sender), "path leaf");
    if (vec_ok(c, mls_path_apply(t, &in), "apply")) {
        vec_ok(c, mls_tree_root_hash(t, &root), "tree hash");
        if (tree_hash.n > 0) {
            vec_eq(c, crypto_digest_bytes(&root), tree_hash, "tree hash after the path");
        }
        vec_ok(c, mls_parent_hash_check(t), "parent hashes after the path");
        context_of(c, s, t, &context);
        in.group_context = base_buf_bytes(&context);
        open_all(c, s, t, &in, path_secrets, commit_secret);
    }
    base_buf_clear(&context);
    mls_tree_free(t);
}

/* ---- a path of our own ---- */

static void make_and_receive(vec_ctx *c, const scene *s, size_t i)
{
    mls_tree *t = NULL;
    mls_path_secrets secrets = {0};
    mls_tree_private priv = {0};
    base_buf context = {0};
    base_buf encoded = {0};
    mls_leaf_index own = s->priv[i].leaf;
    mls_path_params params = {
        .leaf = mls_tree_leaf(s->tree, own),
        .signature_private = s->signature_private[i],
        .group_id = vec_hex(c, s->entry, "group_id"),
    };
    if (!vec_ok(c, mls_tree_overlay_new(s->tree, &t), "overlay")) {
        return;
    }
    if (vec_ok(c, mls_path_make(t, own, &params, &secrets, &priv), "make")) {
        context_of(c, s, t, &context);
        vec_ok(c, mls_path_seal(t, &secrets, NULL, 0, base_buf_bytes(&context), &encoded), "seal");
        vec_ok(c, mls_tree_private_check(&priv, t), "own private state fits the tree");
        receive(c, s, own, base_buf_bytes(&encoded), NULL,
                base_secret_bytes(&secrets.commit_secret), BASE_BYTES_NONE);
    }
    mls_tree_free(t);
    mls_path_secrets_clear(&secrets);
    mls_tree_private_clear(&priv);
    base_buf_clear(&context);
    base_buf_clear(&encoded);
}

static size_t member_of(const scene *s, mls_leaf_index leaf)
{
    size_t i = 0;
    while (i < s->n && s->priv[i].leaf.v != leaf.v) {
        i++;
    }
    return i;
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    scene s = {.entry = entry};
    if (!vec_suite(c, entry, &s.suite)) {
        return VEC_SKIPPED;
    }
    base_bytes encoded = vec_hex(c, entry, "ratchet_tree");
    if (!vec_ok(c, mls_tree_decode(&s.suite, encoded, LEAVES_MAX, &s.tree), "ratchet_tree")) {
        return VEC_FAILED;
    }
    load_private(c, &s);
    const json_t *paths = vec_array(c, entry, "update_paths");
    for (size_t i = 0; !c->failed && i < json_array_size(paths); i++) {
        const json_t *e = json_array_get(paths, i);
        mls_leaf_index sender = {(uint32_t)vec_uint(c, e, "sender", LEAVES_MAX)};
        receive(c, &s, sender, vec_hex(c, e, "update_path"), vec_array(c, e, "path_secrets"),
                vec_hex(c, e, "commit_secret"), vec_hex(c, e, "tree_hash_after"));
        size_t m = member_of(&s, sender);
        if (vec_true(c, m < s.n, "sender's private state")) {
            make_and_receive(c, &s, m);
        }
    }
    for (size_t i = 0; i < s.n; i++) {
        mls_tree_private_clear(&s.priv[i]);
    }
    mls_tree_free(s.tree);
    return vec_done(c);
}

const vec_kind vec_treekem = {
    "treekem",
    (const char *const[]){"cipher_suite", "ratchet_tree", "leaves_private", "update_paths", NULL},
    run,
};
