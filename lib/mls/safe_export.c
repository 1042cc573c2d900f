/* See safe_export.h. The root is application_export_secret, in memory and in the state record until
 * the first export. From then on the tree is in the store alone, a record a node:
 *
 *   x         marks that it has begun
 *   x/node    the secret of a node none of whose leaves was exported
 *
 * An export deletes the secret it starts from, writes the at most 16 beside the way down, and gives
 * the leaf's: nothing that leads to a leaf outlives its export (section 9.2 of the RFC). */
#include "safe_export.h"

#include <sotto/mls_app.h>

#include "persist.h"
#include "treemath.h"

#define COMPONENTS 65536u
#define DEPTH 16

/* What an export starts from. */
typedef struct source {
    mls_node_index node;
    base_secret secret;
    bool is_root; /* still in the state record */
} source;

static base_err load(const mls_group *g, mls_node_index x, base_secret *out)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(g->ctx->alloc);
    mls_store_key key = mls_store_key_u32(&g->prefix, 'x', x.v);
    TRY(mls_store_get(g->ctx, &key, &value));
    REQUIRE(value.n == g->epoch.suite.hash->size, BASE_E_CORRUPT);
    TRY(base_secret_set(out, base_buf_bytes(&value)));
done:
    base_buf_clear(&value);
    return err;
}

/* The node above or at a leaf whose secret is still there. */
static base_err find_source(const mls_group *g, mls_node_index leaf, source *out)
{
    mls_node_index x = leaf;
    if (g->epoch.secrets.application_export.n > 0) {
        out->node = mls_node_root(COMPONENTS); /* a literal would be a copy to wipe */
        out->secret = g->epoch.secrets.application_export;
        out->is_root = true;
        return BASE_OK;
    }
    for (size_t i = 0; i <= DEPTH; i++) {
        base_err err = load(g, x, &out->secret);
        if (err != BASE_E_NOT_FOUND) {
            out->node = x;
            return err;
        }
        x = i < DEPTH ? mls_node_parent(x) : x;
    }
    return MLS_E_EXPORTED; /* V-E4.4-1 */
}

/* Section 9 of the RFC: the secrets of both children. */
static base_err expand(const crypto_suite *s, const base_secret *parent, base_secret *left,
                       base_secret *right)
{
    base_bytes from = base_secret_bytes(parent);
    base_err err = crypto_expand_secret(s, from, CRYPTO_LABEL("tree"), CRYPTO_LABEL("left"),
                                        s->hash->size, left);
    return err != BASE_OK ? err
                          : crypto_expand_secret(s, from, CRYPTO_LABEL("tree"),
                                                 CRYPTO_LABEL("right"), s->hash->size, right);
}

/* From the source down to the leaf; what lies beside the way goes to the store. */
static base_err descend(const mls_group *g, const source *from, mls_node_index leaf, mls_batch *b,
                        base_secret *out)
{
    base_err err = BASE_OK;
    mls_node_index x = from->node;
    base_secret secret = from->secret;
    base_secret left = {0};
    base_secret right = {0};
    while (x.v != leaf.v) {
        mls_node_index to_left = mls_node_left(x);
        mls_node_index to_right = mls_node_right(x);
        bool go_left = mls_node_is_under(leaf, to_left);
        TRY(expand(&g->epoch.suite, &secret, &left, &right));
        mls_store_key key = mls_store_key_u32(&g->prefix, 'x', go_left ? to_right.v : to_left.v);
        mls_batch_put(b, &key, base_secret_bytes(go_left ? &right : &left));
        secret = go_left ? left : right;
        x = go_left ? to_left : to_right;
    }
    *out = secret;
done:
    base_secret_clear(&left);
    base_secret_clear(&right);
    base_secret_clear(&secret);
    return err;
}

/* The source is used up: from the state record at first, later its own. */
static void consume(const mls_group *g, const source *from, mls_batch *b)
{
    if (!from->is_root) {
        mls_store_key key = mls_store_key_u32(&g->prefix, 'x', from->node.v);
        mls_batch_remove(b, &key);
        return;
    }
    static const uint8_t begun = 1;
    mls_group as = *g;
    mls_store_key key = mls_store_key_of(&g->prefix, 'x');
    base_secret_clear(&as.epoch.secrets.application_export);
    mls_persist_state(&as, b);
    mls_batch_put(b, &key, base_bytes_of(&begun, 1));
    base_wipe(&as, sizeof as);
}

base_err mls_group_safe_export(mls_group *g, uint16_t component, base_buf *secret)
{
    if (g == NULL || secret == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    source from = {0};
    base_secret made = {0};
    base_buf out = base_buf_on(g->ctx->alloc);
    mls_batch b = mls_batch_on(g->ctx->alloc);
    mls_node_index leaf = mls_node_of_leaf((mls_leaf_index){component});
    TRY(find_source(g, leaf, &from));
    TRY(descend(g, &from, leaf, &b, &made));
    consume(g, &from, &b);
    TRY(base_buf_set(&out, base_secret_bytes(&made)));
    TRY(mls_batch_write(g->ctx, &b));
    base_secret_clear(&g->epoch.secrets.application_export);
    base_buf_move(secret, &out);
done:
    mls_batch_clear(&b);
    base_buf_clear(&out);
    base_secret_clear(&made);
    base_secret_clear(&from.secret);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_safe_export_erase(const mls_group *g, mls_batch *b)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(g->ctx->alloc);
    mls_store_key key = mls_store_key_of(&g->prefix, 'x');
    mls_node_index stack[DEPTH + 2];
    size_t n = 0;
    if (g->epoch.secrets.application_export.n > 0) {
        goto done; /* nothing was exported */
    }
    err = mls_store_get(g->ctx, &key, &value);
    REQUIRE(err != BASE_E_NOT_FOUND, BASE_OK); /* nor was there a root to begin with */
    TRY(err);
    mls_batch_remove(b, &key);
    stack[n++] = mls_node_root(COMPONENTS);
    while (n > 0) {
        mls_node_index x = stack[--n];
        key = mls_store_key_u32(&g->prefix, 'x', x.v);
        err = mls_store_get(g->ctx, &key, &value);
        if (err == BASE_OK) {
            mls_batch_remove(b, &key); /* below it there is nothing */
        } else if (err == BASE_E_NOT_FOUND && !mls_node_is_leaf(x)) {
            stack[n++] = mls_node_right(x);
            stack[n++] = mls_node_left(x);
        }
        err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
        TRY(err);
    }
done:
    base_buf_clear(&value);
    return err;
}
