/* The secret tree's way to the store and back: one value a held node, one a sender. What changed is
 * remembered where it changes, so that saving costs what the message touched, not what is held. */
#include "secret_tree.h"

#include "base/alloc.h"
#include "base/ct.h"
#include "secret_tree_private.h"

#define ENCODING 1 /* first byte of a sender's value */

bool mls_secret_tree_has(const mls_secret_tree *t, mls_leaf_index leaf)
{
    size_t at = 0;
    return leaf.v < t->leaves &&
           (mls_secret_tree_has_sender(t, mls_secret_tree_sender_at(t, leaf.v), leaf.v) ||
            mls_secret_tree_ancestor(t, leaf.v, &at));
}

static base_err give_sender(const mls_secret_tree *t, const mls_sender_ratchets *snd,
                            const mls_secret_tree_sink *sink)
{
    base_buf value = base_buf_on(sink->alloc != NULL ? sink->alloc : crypto_suite_alloc(&t->suite));
    base_wr w = base_wr_on(&value);
    base_err err = BASE_OK;
    base_wr_u8(&w, ENCODING);
    mls_ratchet_write(&w, &t->suite, &snd->ratchets[0]);
    mls_ratchet_write(&w, &t->suite, &snd->ratchets[1]);
    TRY(base_wr_end(&w));
    TRY(sink->sender(sink->user, (mls_leaf_index){snd->leaf}, base_buf_bytes(&value)));
done:
    base_buf_clear(&value);
    return err;
}

/* A node as it is now: its secret, or a deletion. */
static base_err give_node(const mls_secret_tree *t, uint32_t index,
                          const mls_secret_tree_sink *sink)
{
    size_t at = mls_secret_tree_node_at(t, index);
    base_bytes secret = BASE_BYTES_NONE;
    if (mls_secret_tree_has_node(t, at, index)) {
        secret = base_secret_bytes(&t->nodes[at].secret);
    }
    return sink->node(sink->user, index, secret);
}

base_err mls_secret_tree_save(const mls_secret_tree *t, const mls_secret_tree_sink *sink)
{
    base_err err = BASE_OK;
    for (size_t i = 0; i < t->n_touched; i++) {
        TRY(give_node(t, t->touched[i], sink));
    }
    for (const mls_sender_ratchets *snd = t->changed; snd != NULL; snd = snd->next_changed) {
        TRY(give_sender(t, snd, sink));
    }
done:
    return err;
}

base_err mls_secret_tree_save_all(const mls_secret_tree *t, const mls_secret_tree_sink *sink)
{
    base_err err = BASE_OK;
    for (size_t i = 0; i < t->n_nodes; i++) {
        TRY(give_node(t, t->nodes[i].index, sink));
    }
    for (size_t i = 0; i < t->n_senders; i++) {
        TRY(give_sender(t, t->senders[i], sink));
    }
done:
    return err;
}

void mls_secret_tree_saved(mls_secret_tree *t)
{
    t->n_touched = 0;
    while (t->changed != NULL) {
        mls_sender_ratchets *snd = t->changed;
        t->changed = snd->next_changed;
        snd->next_changed = NULL;
        snd->changed = false;
    }
}

base_err mls_secret_tree_erase(const mls_secret_tree *t, const mls_secret_tree_sink *sink)
{
    base_err err = BASE_OK;
    for (size_t i = 0; i < t->n_nodes; i++) {
        TRY(sink->node(sink->user, t->nodes[i].index, BASE_BYTES_NONE));
    }
    for (size_t i = 0; i < t->n_touched; i++) {
        TRY(sink->node(sink->user, t->touched[i], BASE_BYTES_NONE));
    }
    for (size_t i = 0; i < t->n_senders; i++) {
        TRY(sink->sender(sink->user, (mls_leaf_index){t->senders[i]->leaf}, BASE_BYTES_NONE));
    }
done:
    return err;
}

/* Whether a node lies above or below what is held, or is held. */
static bool overlaps(const mls_secret_tree *t, mls_node_index x)
{
    size_t at = mls_secret_tree_node_at(t, x.v);
    mls_leaf_index first = mls_node_first_leaf(x);
    size_t snd = mls_secret_tree_sender_at(t, first.v);
    if (at < t->n_nodes && (mls_node_is_under((mls_node_index){t->nodes[at].index}, x) ||
                            mls_node_is_under(x, (mls_node_index){t->nodes[at].index}))) {
        return true;
    }
    if (at > 0 && (mls_node_is_under((mls_node_index){t->nodes[at - 1].index}, x) ||
                   mls_node_is_under(x, (mls_node_index){t->nodes[at - 1].index}))) {
        return true;
    }
    return snd < t->n_senders && t->senders[snd]->leaf <= mls_node_last_leaf(x).v;
}

base_err mls_secret_tree_put_node(mls_secret_tree *t, uint32_t node, base_bytes secret)
{
    mls_held_node fresh = {.index = node};
    base_err err = BASE_OK;
    REQUIRE(node < mls_node_count(t->leaves) && secret.n == t->suite.hash->size, BASE_E_CORRUPT);
    REQUIRE(!overlaps(t, (mls_node_index){node}), BASE_E_CORRUPT);
    TRY(mls_secret_tree_grow_nodes(t, 1));
    TRY(base_secret_set(&fresh.secret, secret));
    size_t at = mls_secret_tree_node_at(t, node);
    memmove(t->nodes + at + 1, t->nodes + at, (t->n_nodes - at) * sizeof *t->nodes);
    t->nodes[at] = fresh;
    t->n_nodes++;
done:
    base_wipe(&fresh, sizeof fresh);
    return err;
}

base_err mls_secret_tree_put_sender(mls_secret_tree *t, mls_leaf_index leaf, base_bytes ratchets)
{
    const base_alloc *a = crypto_suite_alloc(&t->suite);
    base_rd r = base_rd_on(ratchets);
    mls_sender_ratchets *snd = NULL;
    base_err err = BASE_OK;
    REQUIRE(leaf.v < t->leaves && !mls_secret_tree_has(t, leaf), BASE_E_CORRUPT);
    snd = base_alloc_zero(a, 1, sizeof *snd);
    REQUIRE(snd != NULL, BASE_E_NOMEM);
    snd->leaf = leaf.v;
    if (base_rd_u8(&r) != ENCODING) {
        base_rd_fail(&r, BASE_E_CORRUPT);
    }
    mls_ratchet_read(&r, &t->suite, &snd->ratchets[0]);
    mls_ratchet_read(&r, &t->suite, &snd->ratchets[1]);
    err = base_rd_end(&r);
    REQUIRE(err == BASE_OK || err == BASE_E_NOMEM, BASE_E_CORRUPT);
    REQUIRE(err == BASE_OK, BASE_E_NOMEM);
    TRY(mls_secret_tree_grow_senders(t));
    mls_secret_tree_insert_sender(t, snd);
    snd = NULL;
done:
    mls_sender_ratchets_free(a, snd);
    return err;
}
