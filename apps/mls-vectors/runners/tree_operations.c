/* tree-operations: Add, Update and Remove applied to a tree (lib/mls/tree). Each is applied to an
 * overlay, which is then merged, so that the way a commit takes is the one that is tested. */
#include "../vectors.h"
#include "mls/proposal.h"
#include "mls/tree_codec.h"
#include "mls/tree_hash.h"

#define LEAVES_MAX 65536

static base_err apply(mls_tree *t, const mls_proposal *p, mls_leaf_index sender)
{
    mls_leaf_index at = {0};
    switch (p->type) {
    case MLS_PROPOSAL_ADD:
        return mls_tree_add_leaf(t, &p->key_package.leaf_node, &at);
    case MLS_PROPOSAL_UPDATE:
        return mls_tree_update_leaf(t, sender, &p->leaf_node);
    case MLS_PROPOSAL_REMOVE:
        return mls_tree_remove_leaf(t, p->removed);
    default:
        return MLS_E_PROPOSAL;
    }
}

static void check_tree(vec_ctx *c, mls_tree *t, base_bytes encoded, base_bytes hash,
                       const char *what)
{
    base_buf got = {0};
    crypto_digest root = {0};
    vec_ok(c, mls_tree_root_hash(t, &root), what);
    vec_eq(c, crypto_digest_bytes(&root), hash, what);
    vec_ok(c, mls_tree_encode(t, &got), what);
    vec_eq(c, base_buf_bytes(&got), encoded, what);
    base_buf_clear(&got);
}

static void run_on(vec_ctx *c, const json_t *entry, mls_tree *t)
{
    mls_proposal p = {0};
    mls_tree *overlay = NULL;
    base_rd r = base_rd_on(vec_hex(c, entry, "proposal"));
    mls_leaf_index sender = {(uint32_t)vec_uint(c, entry, "proposal_sender", LEAVES_MAX)};
    base_bytes after = vec_hex(c, entry, "tree_after");
    base_bytes hash_after = vec_hex(c, entry, "tree_hash_after");
    check_tree(c, t, vec_hex(c, entry, "tree_before"), vec_hex(c, entry, "tree_hash_before"),
               "tree_before");
    mls_proposal_read(&r, &c->arena, &p);
    if (!vec_ok(c, base_rd_end(&r), "proposal") ||
        !vec_ok(c, mls_tree_overlay_new(t, &overlay), "overlay")) {
        return;
    }
    vec_ok(c, apply(overlay, &p, sender), "apply");
    check_tree(c, overlay, after, hash_after, "tree_after");
    if (!vec_ok(c, mls_tree_merge_prepare(overlay), "merge")) {
        mls_tree_free(overlay);
        return;
    }
    mls_tree_merge(overlay);
    check_tree(c, t, after, hash_after, "tree_after, merged");
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite suite;
    mls_tree *t = NULL;
    if (!vec_suite(c, entry, &suite)) {
        return VEC_SKIPPED;
    }
    base_bytes before = vec_hex(c, entry, "tree_before");
    if (vec_ok(c, mls_tree_decode(&suite, before, LEAVES_MAX, &t), "tree_before")) {
        run_on(c, entry, t);
    }
    mls_tree_free(t);
    return vec_done(c);
}

const vec_kind vec_tree_operations = {
    "tree-operations",
    (const char *const[]){"cipher_suite", "tree_before", "proposal", "tree_after", NULL},
    run,
};
