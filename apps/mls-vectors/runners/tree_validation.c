/* tree-validation: resolutions, tree hashes, parent hashes and leaf signatures of whole trees
 * (lib/mls/tree_check), and their encoding, which must come back the same. */
#include "../vectors.h"
#include "mls/tree_check.h"
#include "mls/tree_codec.h"
#include "mls/tree_hash.h"

#define LEAVES_MAX 65536

static void check_resolution(vec_ctx *c, const mls_tree *t, mls_node_index x, const json_t *want)
{
    mls_node_list got = {0};
    vec_ok(c, mls_tree_resolution(t, x, NULL, 0, &got), "resolution");
    if (vec_true(c, json_is_array(want) && json_array_size(want) == got.n, "resolution's length")) {
        for (size_t i = 0; i < got.n; i++) {
            const json_t *v = json_array_get(want, i);
            vec_true(c, json_is_integer(v) && json_integer_value(v) == got.v[i].v, "resolution");
        }
    }
    mls_node_list_clear(&got);
}

static void run_on(vec_ctx *c, const json_t *entry, mls_tree *t)
{
    const json_t *resolutions = vec_array(c, entry, "resolutions");
    const json_t *hashes = vec_array(c, entry, "tree_hashes");
    uint32_t n = mls_node_count(mls_tree_leaf_count(t));
    crypto_digest root = {0};
    base_buf encoded = {0};
    if (!vec_true(c, json_array_size(resolutions) == n && json_array_size(hashes) == n, "size")) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        crypto_digest hash = {0};
        mls_node_index x = {i};
        vec_ok(c, mls_tree_hash(t, x, &hash), "tree hash");
        vec_eq(c, crypto_digest_bytes(&hash), vec_hex_of(c, json_array_get(hashes, i), "hash"),
               "tree hash");
        check_resolution(c, t, x, json_array_get(resolutions, i));
    }
    vec_ok(c, mls_tree_root_hash(t, &root), "tree hash");
    mls_group_context context = {
        .group_id = vec_hex(c, entry, "group_id"),
        .tree_hash = crypto_digest_bytes(&root),
    };
    mls_lifetime_rule lifetime = {.check = false};
    vec_ok(c, mls_tree_check(t, &context, &lifetime), "mls_tree_check");
    vec_ok(c, mls_tree_encode(t, &encoded), "encode");
    vec_eq(c, base_buf_bytes(&encoded), vec_hex(c, entry, "tree"), "encoded again");
    base_buf_clear(&encoded);
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite suite;
    mls_tree *t = NULL;
    if (!vec_suite(c, entry, &suite)) {
        return VEC_SKIPPED;
    }
    base_bytes encoded = vec_hex(c, entry, "tree");
    if (vec_ok(c, mls_tree_decode(&suite, encoded, LEAVES_MAX, &t), "tree")) {
        run_on(c, entry, t);
    }
    mls_tree_free(t);
    return vec_done(c);
}

const vec_kind vec_tree_validation = {
    "tree-validation",
    (const char *const[]){"cipher_suite", "tree", "group_id", "resolutions", "tree_hashes", NULL},
    run,
};
