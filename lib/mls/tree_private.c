/* See tree_private.h. Ancestors of one leaf differ in their level, and rise with it, so that the
 * entries are sorted by level and a node is found by its own. */
#include "tree_private.h"

#include "crypto/labels.h"
#include "path_secret.h"

void mls_tree_private_clear(mls_tree_private *p)
{
    base_wipe(p, sizeof *p);
}

base_bytes mls_tree_private_key(const mls_tree_private *p, mls_node_index x)
{
    if (x.v == mls_node_of_leaf(p->leaf).v) {
        return base_secret_bytes(&p->leaf_key);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (p->node[i].v == x.v) {
            return base_secret_bytes(&p->key[i]);
        }
    }
    return BASE_BYTES_NONE;
}

base_err mls_tree_private_set(mls_tree_private *p, mls_node_index x, base_bytes key)
{
    mls_node_index own = mls_node_of_leaf(p->leaf);
    size_t at = 0;
    if (mls_node_is_leaf(x) || !mls_node_is_under(own, x)) {
        return BASE_E_ARGUMENT;
    }
    while (at < p->n && mls_node_level(p->node[at]) < mls_node_level(x)) {
        at++;
    }
    if (at < p->n && p->node[at].v == x.v) {
        return base_secret_set(&p->key[at], key);
    }
    if (p->n == MLS_TREE_DEPTH_MAX || key.n > BASE_SECRET_MAX) {
        return BASE_E_LIMIT;
    }
    for (size_t i = p->n; i > at; i--) {
        p->node[i] = p->node[i - 1];
        p->key[i] = p->key[i - 1];
    }
    p->node[at] = x;
    p->n++;
    return base_secret_set(&p->key[at], key);
}

void mls_tree_private_prune(mls_tree_private *p, const mls_tree *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (mls_tree_node(t, p->node[i]) != NULL) {
            p->node[kept] = p->node[i];
            p->key[kept] = p->key[i];
            kept++;
        }
    }
    for (size_t i = kept; i < p->n; i++) {
        base_secret_clear(&p->key[i]);
    }
    p->n = kept;
}

static base_err check_key(const mls_tree *t, mls_node_index x, base_bytes key)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    base_buf public_key = base_buf_on(crypto_suite_alloc(suite));
    const mls_node *n = mls_tree_node(t, x);
    REQUIRE(n != NULL, MLS_E_PATH);
    TRY(crypto_hpke_public_key(suite, key, &public_key));
    REQUIRE(base_bytes_eq(base_buf_bytes(&public_key), mls_node_encryption_key(n)), MLS_E_PATH);
done:
    base_buf_clear(&public_key);
    return err;
}

base_err mls_tree_private_check(const mls_tree_private *p, const mls_tree *t)
{
    base_err err = BASE_OK;
    TRY(check_key(t, mls_node_of_leaf(p->leaf), base_secret_bytes(&p->leaf_key)));
    for (size_t i = 0; i < p->n; i++) {
        TRY(check_key(t, p->node[i], base_secret_bytes(&p->key[i])));
    }
done:
    return err;
}

base_err mls_tree_private_join(const mls_tree *t, mls_leaf_index own, base_bytes leaf_key,
                               mls_leaf_index committer, base_bytes path_secret,
                               mls_tree_private *out)
{
    base_err err = BASE_OK;
    mls_tree_private p = {.leaf = own};
    mls_tree_path path = {.n = 0};
    base_secret commit_secret = {0};
    mls_node_index mine = mls_node_of_leaf(own);
    size_t at = 0;
    TRY(base_secret_set(&p.leaf_key, leaf_key));
    TRY(check_key(t, mine, leaf_key));
    if (path_secret.n > 0) {
        REQUIRE(own.v != committer.v && committer.v < mls_tree_leaf_count(t), MLS_E_PATH);
        mls_node_index meet = mls_node_common_ancestor(mine, mls_node_of_leaf(committer));
        mls_tree_filtered_path(t, committer, &path);
        while (at < path.n && path.node[at].v != meet.v) {
            at++;
        }
        REQUIRE(at < path.n, MLS_E_PATH);
        TRY(mls_path_secret_climb(t, &path, at, path_secret, &p, &commit_secret));
    }
    mls_tree_private_clear(out);
    *out = p;
done:
    mls_tree_private_clear(&p);
    base_secret_clear(&commit_secret);
    return err;
}

base_err mls_tree_private_encode(const mls_tree_private *p, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_u32(&w, p->leaf.v);
    base_wr_vec(&w, base_secret_bytes(&p->leaf_key));
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < p->n; i++) {
        base_wr_u32(&w, p->node[i].v);
        base_wr_vec(&w, base_secret_bytes(&p->key[i]));
    }
    base_wr_close(&w, mark);
    return base_wr_end(&w);
}

base_err mls_tree_private_decode(base_bytes in, mls_tree_private *out)
{
    base_err err = BASE_OK;
    mls_tree_private p = {0};
    base_rd r = base_rd_on(in);
    p.leaf.v = base_rd_u32(&r);
    base_bytes leaf_key = base_rd_vec(&r);
    base_rd list = base_rd_open(&r);
    TRY(base_rd_end(&r));
    REQUIRE(p.leaf.v < MLS_TREE_LEAVES_MAX, BASE_E_VALUE);
    TRY(base_secret_set(&p.leaf_key, leaf_key));
    while (base_rd_more(&list)) {
        mls_node_index x = {base_rd_u32(&list)};
        base_bytes key = base_rd_vec(&list);
        TRY(list.err);
        REQUIRE(x.v < mls_node_count(MLS_TREE_LEAVES_MAX), BASE_E_VALUE);
        TRY(mls_tree_private_set(&p, x, key));
    }
    TRY(base_rd_end(&list));
    mls_tree_private_clear(out);
    *out = p;
done:
    mls_tree_private_clear(&p);
    return err == BASE_OK ? BASE_OK : BASE_E_CORRUPT;
}
