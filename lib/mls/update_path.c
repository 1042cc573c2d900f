/* See update_path.h. The steps are those of RFC 9420, section 7.5, in its order. */
#include "update_path.h"

#include "crypto/labels.h"
#include "leaf_node.h"
#include "parent_hash.h"
#include "path_secret.h"

#define PATH_LABEL CRYPTO_LABEL("UpdatePathNode")

/* ---- codec ---- */

static void node_read(base_rd *r, mls_update_path_node *out)
{
    out->encryption_key = base_rd_vec(r);
    out->sealed = base_rd_vec(r);
    base_rd in = base_rd_on(out->sealed);
    while (base_rd_more(&in)) {
        mls_hpke_ciphertext c = {0};
        mls_hpke_ciphertext_read(&in, &c);
        out->n_sealed++;
    }
    base_rd_close(r, &in);
}

void mls_update_path_read(base_rd *r, base_arena *a, mls_update_path *out)
{
    *out = (mls_update_path){0};
    mls_leaf_node_read(r, a, &out->leaf_node);
    base_rd in = base_rd_open(r);
    while (base_rd_more(&in)) {
        if (out->n_nodes == MLS_TREE_DEPTH_MAX) {
            base_rd_fail(&in, BASE_E_LIMIT);
            break;
        }
        node_read(&in, &out->nodes[out->n_nodes]);
        out->n_nodes++;
    }
    base_rd_close(r, &in);
}

void mls_update_path_write(base_wr *w, const mls_update_path *p)
{
    mls_leaf_node_write(w, &p->leaf_node);
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < p->n_nodes; i++) {
        base_wr_vec(w, p->nodes[i].encryption_key);
        base_wr_vec(w, p->nodes[i].sealed);
    }
    base_wr_close(w, mark);
}

/* ---- making ---- */

void mls_path_secrets_clear(mls_path_secrets *s)
{
    base_wipe(s, sizeof *s);
}

/* A sender beyond the edge joins by an external commit: make room for it. */
static base_err open_path(mls_tree *t, mls_leaf_index sender, mls_tree_path *path)
{
    base_err err = BASE_OK;
    if (sender.v >= mls_tree_leaf_count(t)) {
        REQUIRE(sender.v == mls_tree_next_leaf(t).v, BASE_E_ARGUMENT);
        TRY(mls_tree_resize(t, mls_leaves_for(sender)));
    }
    TRY(mls_tree_blank_path(t, sender));
    mls_tree_filtered_path(t, sender, path);
done:
    return err;
}

/* Draw path_secret[0] and derive the rest, with the key pairs: private ones into priv, public ones,
 * one after the other and all of one size, into keys. */
static base_err derive_path(const crypto_suite *suite, mls_path_secrets *s, mls_tree_private *priv,
                            base_buf *keys)
{
    base_err err = BASE_OK;
    base_buf public_key = base_buf_on(keys->alloc);
    base_secret private_key = {0};
    base_secret *next = &s->commit_secret;
    TRY(crypto_random_secret(suite, suite->hash->size, next));
    for (size_t i = 0; i < s->path.n; i++) {
        s->secret[i] = *next;
        base_bytes secret = base_secret_bytes(&s->secret[i]);
        TRY(mls_path_secret_key_pair(suite, secret, &private_key, &public_key));
        TRY(mls_tree_private_set(priv, s->path.node[i], base_secret_bytes(&private_key)));
        TRY(base_buf_append(keys, base_buf_bytes(&public_key)));
        TRY(mls_path_secret_next(suite, secret, next));
    }
done:
    base_buf_clear(&public_key);
    base_secret_clear(&private_key);
    return err;
}

static base_err put_leaf(mls_tree *t, mls_leaf_index at, const mls_leaf_node *leaf)
{
    const base_alloc *alloc = crypto_suite_alloc(mls_tree_suite(t));
    mls_node *node = NULL;
    base_err err = mls_node_from_leaf(alloc, leaf, &node);
    if (err != BASE_OK) {
        return err;
    }
    err = mls_tree_put(t, mls_node_of_leaf(at), node);
    if (err != BASE_OK) {
        mls_node_free(alloc, node);
    }
    return err;
}

/* The committer's new leaf: a fresh key pair, the parent hash, a signature over both. */
static base_err put_own_leaf(mls_tree *t, mls_leaf_index own, const mls_path_params *params,
                             const crypto_digest *parent_hash, base_secret *leaf_key)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    base_buf public_key = base_buf_on(crypto_suite_alloc(suite));
    base_buf signature = base_buf_on(crypto_suite_alloc(suite));
    mls_leaf_node leaf = *params->leaf;
    TRY(crypto_hpke_generate_key_pair(suite, leaf_key, &public_key));
    leaf.source = MLS_LEAF_COMMIT;
    leaf.encryption_key = base_buf_bytes(&public_key);
    leaf.parent_hash = crypto_digest_bytes(parent_hash);
    TRY(mls_leaf_node_sign(suite, params->signature_private, &leaf, params->group_id, own,
                           &signature));
    leaf.signature = base_buf_bytes(&signature);
    TRY(put_leaf(t, own, &leaf));
done:
    base_buf_clear(&public_key);
    base_buf_clear(&signature);
    return err;
}

base_err mls_path_make(mls_tree *t, mls_leaf_index own, const mls_path_params *params,
                       mls_path_secrets *secrets, mls_tree_private *priv)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    base_buf keys = base_buf_on(crypto_suite_alloc(suite));
    mls_path_secrets s = {.leaf = own};
    mls_tree_private p = {.leaf = own};
    base_bytes key[MLS_TREE_DEPTH_MAX] = {{0}};
    crypto_digest leaf_hash = {0};
    TRY(open_path(t, own, &s.path));
    TRY(derive_path(suite, &s, &p, &keys));
    size_t size = s.path.n == 0 ? 0 : keys.n / s.path.n;
    for (size_t i = 0; i < s.path.n; i++) {
        key[i] = base_bytes_of(keys.p + i * size, size);
    }
    TRY(mls_parent_hash_put_path(t, &s.path, key, &leaf_hash));
    TRY(put_own_leaf(t, own, params, &leaf_hash, &p.leaf_key));
    mls_path_secrets_clear(secrets);
    mls_tree_private_clear(priv);
    *secrets = s;
    *priv = p;
done:
    base_buf_clear(&keys);
    mls_path_secrets_clear(&s);
    mls_tree_private_clear(&p);
    return err;
}

/* encrypted_path_secret of one node: to each key of the copath child's resolution. */
static base_err seal_node(const mls_tree *t, base_bytes secret, const mls_node_list *to,
                          const crypto_digest *bound, base_wr *w)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    crypto_sealed sealed = {0};
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < to->n; i++) {
        base_bytes key = mls_node_encryption_key(mls_tree_node(t, to->v[i]));
        TRY(crypto_encrypt_in_context(suite, key, bound, secret, &sealed));
        mls_hpke_ciphertext c = {base_buf_bytes(&sealed.kem_output),
                                 base_buf_bytes(&sealed.ciphertext)};
        mls_hpke_ciphertext_write(w, &c);
    }
    base_wr_close(w, mark);
    TRY(base_wr_end(w));
done:
    crypto_sealed_clear(&sealed);
    return err;
}

base_err mls_path_seal(const mls_tree *t, const mls_path_secrets *secrets,
                       const mls_leaf_index *added, size_t n_added, base_bytes group_context,
                       base_buf *out)
{
    base_err err = BASE_OK;
    const mls_tree_path *path = &secrets->path;
    mls_node_list to = mls_node_list_on(crypto_suite_alloc(mls_tree_suite(t)));
    base_buf encoded = base_buf_on(to.alloc);
    base_wr w = base_wr_on(&encoded);
    crypto_digest bound = {0};
    const mls_node *leaf = mls_tree_node(t, mls_node_of_leaf(secrets->leaf));
    REQUIRE(leaf != NULL, BASE_E_ARGUMENT);
    TRY(crypto_encrypt_context(mls_tree_suite(t), PATH_LABEL, group_context, &bound));
    base_wr_fixed(&w, leaf->encoded);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < path->n; i++) {
        const mls_node *n = mls_tree_node(t, path->node[i]);
        REQUIRE(n != NULL, BASE_E_ARGUMENT);
        to.n = 0;
        TRY(mls_tree_resolution(t, path->copath[i], added, n_added, &to));
        base_wr_vec(&w, n->parent.encryption_key);
        TRY(seal_node(t, base_secret_bytes(&secrets->secret[i]), &to, &bound, &w));
    }
    base_wr_close(&w, mark);
    TRY(base_wr_end(&w));
    TRY(base_buf_append(out, base_buf_bytes(&encoded)));
done:
    mls_node_list_clear(&to);
    base_buf_clear(&encoded);
    return err;
}

base_err mls_path_secret_for(const mls_path_secrets *secrets, mls_leaf_index added, base_bytes *out)
{
    mls_node_index meet =
        mls_node_common_ancestor(mls_node_of_leaf(secrets->leaf), mls_node_of_leaf(added));
    for (size_t i = 0; i < secrets->path.n; i++) {
        if (secrets->path.node[i].v == meet.v) {
            *out = base_secret_bytes(&secrets->secret[i]);
            return BASE_OK;
        }
    }
    return BASE_E_NOT_FOUND;
}

/* ---- receiving ---- */

/* V-12.4.2-3, V-12.4.2-4: no key of the path stands in the tree, where the sender's old leaf still
 * is, and none twice in the path. V-5.1.1-1. */
static base_err check_keys(const mls_tree *t, const mls_update_path *path)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    mls_node_index at = MLS_NODE_NONE;
    base_bytes leaf_key = path->leaf_node.encryption_key;
    TRY(mls_tree_find_encryption_key(t, leaf_key, MLS_NODE_NONE, &at));
    REQUIRE(at.v == MLS_NODE_NONE.v, MLS_E_KEY_REUSE);
    for (size_t i = 0; i < path->n_nodes; i++) {
        base_bytes key = path->nodes[i].encryption_key;
        TRY(crypto_hpke_check_public(suite, key));
        TRY(mls_tree_find_encryption_key(t, key, MLS_NODE_NONE, &at));
        REQUIRE(at.v == MLS_NODE_NONE.v, MLS_E_KEY_REUSE);
        REQUIRE(!base_bytes_eq(key, leaf_key), MLS_E_KEY_REUSE);
        for (size_t k = 0; k < i; k++) {
            REQUIRE(!base_bytes_eq(key, path->nodes[k].encryption_key), MLS_E_KEY_REUSE);
        }
    }
done:
    return err;
}

/* V-7.5-1 and V-7.6-1 */
static base_err check_shape(const mls_tree *t, const mls_tree_path *filtered,
                            const mls_received_path *in)
{
    base_err err = BASE_OK;
    mls_node_list to = mls_node_list_on(crypto_suite_alloc(mls_tree_suite(t)));
    REQUIRE(in->path->n_nodes == filtered->n, MLS_E_PATH);
    for (size_t i = 0; i < filtered->n; i++) {
        to.n = 0;
        TRY(mls_tree_resolution(t, filtered->copath[i], in->added, in->n_added, &to));
        REQUIRE(in->path->nodes[i].n_sealed == to.n, MLS_E_PATH);
    }
done:
    mls_node_list_clear(&to);
    return err;
}

base_err mls_path_apply(mls_tree *t, const mls_received_path *in)
{
    base_err err = BASE_OK;
    const mls_update_path *path = in->path;
    mls_tree_path filtered = {.n = 0};
    base_bytes key[MLS_TREE_DEPTH_MAX] = {{0}};
    crypto_digest leaf_hash = {0};
    TRY(check_keys(t, path));
    TRY(open_path(t, in->sender, &filtered));
    TRY(check_shape(t, &filtered, in));
    for (size_t i = 0; i < filtered.n; i++) {
        key[i] = path->nodes[i].encryption_key;
    }
    TRY(mls_parent_hash_put_path(t, &filtered, key, &leaf_hash));
    REQUIRE(base_bytes_eq(path->leaf_node.parent_hash, crypto_digest_bytes(&leaf_hash)),
            MLS_E_PARENT_HASH); /* V-7.5-3 */
    TRY(put_leaf(t, in->sender, &path->leaf_node));
done:
    return err;
}

/* The k-th ciphertext of a path node. */
static base_err sealed_at(const mls_update_path_node *node, size_t k, mls_hpke_ciphertext *out)
{
    base_rd r = base_rd_on(node->sealed);
    for (size_t i = 0; i <= k; i++) {
        mls_hpke_ciphertext_read(&r, out);
    }
    return r.err;
}

/* Which of the resolution's keys this member has: its place, MLS_E_PATH when there is none. */
static base_err find_own(const mls_node_list *resolution, const mls_tree_private *priv, size_t *k)
{
    for (size_t i = 0; i < resolution->n; i++) {
        if (mls_tree_private_key(priv, resolution->v[i]).n > 0) {
            *k = i;
            return BASE_OK;
        }
    }
    return MLS_E_PATH;
}

/* Step 1 to 3 of decrypting: *at is the path node whose secret is for this member. */
static base_err decrypt(const mls_tree *t, const mls_received_path *in,
                        const mls_tree_path *filtered, const mls_tree_private *priv, size_t *at,
                        base_buf *secret)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    mls_node_list resolution = mls_node_list_on(crypto_suite_alloc(suite));
    mls_node_index own = mls_node_of_leaf(priv->leaf);
    mls_hpke_ciphertext c = {0};
    size_t i = 0;
    size_t k = 0;
    while (i < filtered->n && !mls_node_is_under(own, filtered->copath[i])) {
        i++;
    }
    REQUIRE(i < filtered->n && i < in->path->n_nodes, MLS_E_PATH);
    TRY(mls_tree_resolution(t, filtered->copath[i], in->added, in->n_added, &resolution));
    TRY(find_own(&resolution, priv, &k));
    TRY(sealed_at(&in->path->nodes[i], k, &c));
    const crypto_hpke_keys keys = {mls_tree_private_key(priv, resolution.v[k]),
                                   mls_node_encryption_key(mls_tree_node(t, resolution.v[k]))};
    TRY(crypto_decrypt_with_keys(suite, &keys, PATH_LABEL, in->group_context, c.kem_output,
                                 c.ciphertext, secret)); /* V-7.6-2 */
    *at = i;
done:
    mls_node_list_clear(&resolution);
    return err;
}

base_err mls_path_open(const mls_tree *t, const mls_received_path *in, mls_tree_private *priv,
                       base_secret *commit_secret, base_secret *path_secret)
{
    base_err err = BASE_OK;
    base_buf secret = base_buf_on(crypto_suite_alloc(mls_tree_suite(t)));
    mls_tree_private p = *priv;
    mls_tree_path filtered = {.n = 0};
    base_secret last = {0};
    size_t at = 0;
    REQUIRE(in->sender.v < mls_tree_leaf_count(t) && in->sender.v != priv->leaf.v, BASE_E_ARGUMENT);
    mls_tree_filtered_path(t, in->sender, &filtered);
    TRY(decrypt(t, in, &filtered, &p, &at, &secret));
    TRY(mls_path_secret_climb(t, &filtered, at, base_buf_bytes(&secret), &p, &last));
    mls_tree_private_prune(&p, t);
    if (path_secret != NULL) {
        TRY(base_secret_set(path_secret, base_buf_bytes(&secret)));
    }
    TRY(base_secret_set(commit_secret, base_secret_bytes(&last)));
    *priv = p;
done:
    base_buf_clear(&secret);
    mls_tree_private_clear(&p);
    base_secret_clear(&last);
    return err;
}
