/* A ratchet tree from a stranger and what members then do with it. The first byte says how many
 * bytes of script follow; the rest is a ratchet_tree. Each pair of script bytes is one change, made
 * on an overlay and in place on a second copy.
 *
 * Beyond "no crash": the overlay, what it encodes to, the merged base and the copy are one tree,
 * with one hash, which does not differ from that of a tree decoded afresh. */
#include <assert.h>

#include "adapters/crypto_default.h"
#include "mls/tree_check.h"
#include "mls/tree_codec.h"
#include "mls/tree_hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_LEAVES 256

static base_err no_random(void *user, uint8_t *p, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        p[i] = 0x5A;
    }
    return BASE_OK;
}

static crypto_digest hash_of(mls_tree *t)
{
    crypto_digest d = {0};
    base_err err = mls_tree_root_hash(t, &d);
    assert(err == BASE_OK);
    return d;
}

static void assert_same_hash(mls_tree *a, mls_tree *b)
{
    crypto_digest x = hash_of(a);
    crypto_digest y = hash_of(b);
    assert(mls_tree_leaf_count(a) == mls_tree_leaf_count(b));
    assert(mls_tree_member_count(a) == mls_tree_member_count(b));
    assert(base_bytes_eq(crypto_digest_bytes(&x), crypto_digest_bytes(&y)));
}

/* The leaf that changes bring: the first of the tree, with keys that the step makes its own. */
static base_err change(mls_tree *t, const mls_leaf_node *pattern, const uint8_t *op)
{
    mls_leaf_node leaf = *pattern;
    mls_leaf_index at = {op[1]};
    mls_leaf_index added = {0};
    leaf.encryption_key = base_bytes_of(op, 2);
    leaf.signature_key = base_bytes_of(op, 2);
    switch (op[0] % 5) {
    case 0:
        return mls_tree_add_leaf(t, &leaf, &added);
    case 1:
        return mls_tree_update_leaf(t, at, &leaf);
    case 2:
        return mls_tree_member_count(t) > 1 ? mls_tree_remove_leaf(t, at) : MLS_E_TREE;
    case 3:
        return mls_tree_blank_path(t, at);
    default:
        return mls_tree_blank(t, (mls_node_index){(uint32_t)op[1] * 2 + 1});
    }
}

/* What can be asked of a tree that nobody has checked. */
static void look(mls_tree *t)
{
    mls_node_list list = mls_node_list_on(NULL);
    mls_tree_path path;
    base_err err = mls_tree_check_structure(t);
    (void)err;
    err = mls_tree_resolution(t, mls_tree_root(t), NULL, 0, &list);
    assert(err == BASE_OK);
    mls_node_list_clear(&list);
    for (mls_leaf_index at = {0}; at.v < mls_tree_leaf_count(t); at.v++) {
        mls_tree_filtered_path(t, at, &path);
        assert(path.n <= MLS_TREE_DEPTH_MAX);
    }
}

/* The overlay from its own encoding. */
static void assert_kept(mls_tree *base, mls_tree *overlay)
{
    mls_tree *again = NULL;
    base_buf kept = base_buf_on(NULL);
    base_err err = mls_tree_overlay_encode(overlay, &kept);
    assert(err == BASE_OK);
    err = mls_tree_overlay_decode(base, base_buf_bytes(&kept), &again);
    assert(err == BASE_OK);
    assert_same_hash(again, overlay);
    mls_tree_free(again);
    base_buf_clear(&kept);
}

static void run(mls_tree *base, mls_tree *copy, const uint8_t *script, size_t n)
{
    mls_tree *overlay = NULL;
    const mls_leaf_node *pattern = NULL;
    for (mls_leaf_index at = {0}; pattern == NULL && at.v < mls_tree_leaf_count(base); at.v++) {
        pattern = mls_tree_leaf(base, at);
    }
    base_err err = mls_tree_overlay_new(base, &overlay);
    assert(err == BASE_OK);
    for (size_t i = 0; pattern != NULL && i + 1 < n; i += 2) {
        base_err on_overlay = change(overlay, pattern, script + i);
        base_err in_place = change(copy, pattern, script + i);
        assert(on_overlay == in_place);
    }
    assert_same_hash(overlay, copy);
    assert_kept(base, overlay);
    err = mls_tree_merge_prepare(overlay);
    assert(err == BASE_OK);
    mls_tree_merge(overlay);
    assert_same_hash(base, copy);
}

/* Hashes of the merged base come from its cache; those of a decoded tree cannot. A parent beyond
 * the last member keeps a tree wider in memory than its encoding is. */
static void assert_fresh(const crypto_suite *suite, mls_tree *t)
{
    mls_tree *fresh = NULL;
    base_buf encoded = base_buf_on(NULL);
    base_err err = mls_tree_encode(t, &encoded);
    assert(err == BASE_OK);
    err = mls_tree_decode(suite, base_buf_bytes(&encoded), MAX_LEAVES, &fresh);
    if (err == BASE_OK && mls_tree_leaf_count(fresh) == mls_tree_leaf_count(t)) {
        assert_same_hash(fresh, t);
    }
    mls_tree_free(fresh);
    base_buf_clear(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crypto_env env = {.backend = crypto_default(), .random = {no_random, NULL}};
    crypto_suite suite = {0};
    mls_tree *base = NULL;
    mls_tree *copy = NULL;
    base_err err = crypto_suite_resolve(&env, MLS_SUITE_X25519_AES128GCM_SHA256_ED25519, &suite);
    assert(err == BASE_OK);
    if (size == 0 || data[0] >= size) {
        return 0;
    }
    base_bytes in = base_bytes_of(data + 1 + data[0], size - 1 - data[0]);
    if (mls_tree_decode(&suite, in, MAX_LEAVES, &base) == BASE_OK) {
        err = mls_tree_decode(&suite, in, MAX_LEAVES, &copy);
        assert(err == BASE_OK);
        look(base);
        run(base, copy, data + 1, data[0]);
        look(base);
        assert_fresh(&suite, base);
    }
    mls_tree_free(base);
    mls_tree_free(copy);
    return 0;
}
