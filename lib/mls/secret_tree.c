/* The secret tree: which node secrets and which senders' ratchets are held, and what has changed
 * since the store saw it. The ratchets themselves are ratchet.c's.
 *
 * The nodes that are held never lie below one another, so in the order of their positions those
 * that a leaf's first use puts in the place of an ancestor stand where the ancestor stood. */
#include "secret_tree.h"

#include "base/alloc.h"
#include "base/ct.h"
#include "secret_tree_private.h"

/* ---- message keys ---- */

void mls_message_key_clear(mls_message_key *k)
{
    base_wipe(k, sizeof *k);
}

void mls_message_key_guard(mls_message_key *k, const uint8_t guard[static 4])
{
    for (size_t i = 0; i < 4; i++) {
        k->nonce.b[i] ^= guard[i];
    }
}

base_err mls_sender_data_key(const crypto_suite *s, base_bytes sender_data_secret,
                             base_bytes ciphertext, mls_message_key *out)
{
    size_t n = ciphertext.n < s->hash->size ? ciphertext.n : s->hash->size;
    base_bytes sample = base_bytes_of(ciphertext.p, n);
    base_err err = BASE_OK;
    TRY(crypto_expand_secret(s, sender_data_secret, CRYPTO_LABEL("key"), sample, s->aead->key_size,
                             &out->key));
    TRY(crypto_expand_secret(s, sender_data_secret, CRYPTO_LABEL("nonce"), sample,
                             s->aead->nonce_size, &out->nonce));
done:
    if (err != BASE_OK) {
        mls_message_key_clear(out);
    }
    return err;
}

/* ---- what is held ---- */

size_t mls_secret_tree_node_at(const mls_secret_tree *t, uint32_t index)
{
    size_t lo = 0;
    size_t hi = t->n_nodes;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->nodes[mid].index < index) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool mls_secret_tree_has_node(const mls_secret_tree *t, size_t at, uint32_t index)
{
    return at < t->n_nodes && t->nodes[at].index == index;
}

size_t mls_secret_tree_sender_at(const mls_secret_tree *t, uint32_t leaf)
{
    size_t lo = 0;
    size_t hi = t->n_senders;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->senders[mid]->leaf < leaf) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool mls_secret_tree_has_sender(const mls_secret_tree *t, size_t at, uint32_t leaf)
{
    return at < t->n_senders && t->senders[at]->leaf == leaf;
}

bool mls_secret_tree_ancestor(const mls_secret_tree *t, uint32_t leaf, size_t *at)
{
    mls_node_index x = mls_node_of_leaf((mls_leaf_index){leaf});
    mls_node_index root = mls_node_root(t->leaves);
    *at = mls_secret_tree_node_at(t, x.v);
    while (!mls_secret_tree_has_node(t, *at, x.v)) {
        if (x.v == root.v) {
            return false;
        }
        x = mls_node_parent(x);
        *at = mls_secret_tree_node_at(t, x.v);
    }
    return true;
}

base_err mls_secret_tree_grow_nodes(mls_secret_tree *t, size_t more)
{
    void *p = t->nodes;
    base_err err = base_alloc_grow(crypto_suite_alloc(&t->suite), &p, &t->cap_nodes,
                                   t->n_nodes + more, sizeof *t->nodes);
    t->nodes = p;
    return err;
}

static base_err grow_touched(mls_secret_tree *t, size_t more)
{
    void *p = t->touched;
    base_err err = base_alloc_grow(crypto_suite_alloc(&t->suite), &p, &t->cap_touched,
                                   t->n_touched + more, sizeof *t->touched);
    t->touched = p;
    return err;
}

base_err mls_secret_tree_grow_senders(mls_secret_tree *t)
{
    void *p = t->senders;
    base_err err = base_alloc_grow(crypto_suite_alloc(&t->suite), &p, &t->cap_senders,
                                   t->n_senders + 1, sizeof *t->senders);
    t->senders = p;
    return err;
}

void mls_sender_ratchets_free(const base_alloc *a, mls_sender_ratchets *snd)
{
    if (snd != NULL) {
        mls_ratchet_clear(a, &snd->ratchets[0]);
        mls_ratchet_clear(a, &snd->ratchets[1]);
        base_wipe(snd, sizeof *snd);
        base_alloc_free(a, snd);
    }
}

void mls_secret_tree_insert_sender(mls_secret_tree *t, mls_sender_ratchets *snd)
{
    size_t at = mls_secret_tree_sender_at(t, snd->leaf);
    memmove(t->senders + at + 1, t->senders + at,
            (t->n_senders - at) * sizeof(mls_sender_ratchets *));
    t->senders[at] = snd;
    t->n_senders++;
}

/* ---- life ---- */

base_err mls_secret_tree_new(const crypto_suite *s, uint32_t n_leaves,
                             const mls_ratchet_limits *limits, base_secret *encryption_secret,
                             mls_secret_tree **out)
{
    const base_alloc *a = crypto_suite_alloc(s);
    mls_secret_tree *t = NULL;
    base_err err = BASE_OK;
    REQUIRE(n_leaves > 0 && n_leaves <= MLS_TREE_LEAVES_MAX, BASE_E_ARGUMENT);
    REQUIRE(encryption_secret == NULL || encryption_secret->n == s->hash->size, BASE_E_ARGUMENT);
    t = base_alloc_zero(a, 1, sizeof *t);
    REQUIRE(t != NULL, BASE_E_NOMEM);
    t->suite = *s;
    t->limits = *limits;
    t->leaves = mls_leaves_for((mls_leaf_index){n_leaves - 1});
    if (encryption_secret != NULL) {
        TRY(mls_secret_tree_grow_nodes(t, 1));
        TRY(grow_touched(t, 1));
        t->nodes[0] = (mls_held_node){mls_node_root(t->leaves).v, *encryption_secret};
        t->n_nodes = 1;
        t->touched[0] = t->nodes[0].index;
        t->n_touched = 1;
        base_secret_clear(encryption_secret);
    }
    *out = t;
    t = NULL;
done:
    mls_secret_tree_free(t);
    return err;
}

void mls_secret_tree_free(mls_secret_tree *t)
{
    if (t == NULL) {
        return;
    }
    const base_alloc *a = crypto_suite_alloc(&t->suite);
    for (size_t i = 0; i < t->n_senders; i++) {
        mls_sender_ratchets_free(a, t->senders[i]);
    }
    base_wipe(t->nodes, t->cap_nodes * sizeof *t->nodes);
    base_alloc_free(a, t->nodes);
    base_alloc_free(a, t->senders);
    base_alloc_free(a, t->touched);
    base_wipe(t, sizeof *t);
    base_alloc_free(a, t);
}

/* ---- a leaf's first use ---- */

/* The secrets beside the way from a node down to a leaf, ascending, and the leaf's own. */
typedef struct way_down {
    mls_held_node beside[MLS_TREE_DEPTH_MAX];
    size_t n;
    base_secret leaf_secret;
} way_down;

static base_err derive_way(const crypto_suite *s, const mls_held_node *from, mls_node_index leaf,
                           way_down *w)
{
    mls_node_index x = {from->index};
    size_t lo = 0;
    size_t hi = mls_node_level(x);
    base_secret left = {0};
    base_secret right = {0};
    base_err err = BASE_OK;
    w->n = hi;
    w->leaf_secret = from->secret;
    while (x.v != leaf.v) {
        base_bytes parent = base_secret_bytes(&w->leaf_secret);
        TRY(crypto_expand_secret(s, parent, CRYPTO_LABEL("tree"), CRYPTO_LABEL("left"),
                                 s->hash->size, &left));
        TRY(crypto_expand_secret(s, parent, CRYPTO_LABEL("tree"), CRYPTO_LABEL("right"),
                                 s->hash->size, &right));
        if (leaf.v < x.v) {
            hi--;
            w->beside[hi] = (mls_held_node){mls_node_right(x).v, right};
            w->leaf_secret = left;
            x = mls_node_left(x);
        } else {
            w->beside[lo] = (mls_held_node){mls_node_left(x).v, left};
            lo++;
            w->leaf_secret = right;
            x = mls_node_right(x);
        }
    }
done:
    base_secret_clear(&left);
    base_secret_clear(&right);
    return err;
}

/* Put the nodes beside the way in the place of the node the way began at. Room was made. */
static void replace_node(mls_secret_tree *t, size_t at, const way_down *w)
{
    size_t tail = t->n_nodes - at - 1;
    t->touched[t->n_touched++] = t->nodes[at].index;
    base_wipe(&t->nodes[at], sizeof t->nodes[at]);
    memmove(t->nodes + at + w->n, t->nodes + at + 1, tail * sizeof *t->nodes);
    for (size_t i = 0; i < w->n; i++) {
        t->nodes[at + i] = w->beside[i];
        t->touched[t->n_touched++] = w->beside[i].index;
    }
    t->n_nodes = at + w->n + tail;
    if (w->n == 0) {
        base_wipe(&t->nodes[t->n_nodes], sizeof t->nodes[0]); /* the last one moved down */
    }
}

/* Remember that the store is behind. */
static void mark(mls_secret_tree *t, mls_sender_ratchets *snd)
{
    if (!snd->changed) {
        snd->changed = true;
        snd->next_changed = t->changed;
        t->changed = snd;
    }
}

/* Begin a leaf's ratchets. */
static base_err begin(mls_secret_tree *t, mls_leaf_index leaf, mls_sender_ratchets **out)
{
    const crypto_suite *s = &t->suite;
    const base_alloc *a = crypto_suite_alloc(s);
    size_t at = 0;
    way_down w = {.n = 0};
    mls_sender_ratchets *snd = NULL;
    base_err err = BASE_OK;
    REQUIRE(leaf.v < t->leaves, BASE_E_ARGUMENT);
    REQUIRE(mls_secret_tree_ancestor(t, leaf.v, &at), BASE_E_STATE);
    TRY(derive_way(s, &t->nodes[at], mls_node_of_leaf(leaf), &w));
    snd = base_alloc_zero(a, 1, sizeof *snd);
    REQUIRE(snd != NULL, BASE_E_NOMEM);
    snd->leaf = leaf.v;
    TRY(crypto_derive_secret(s, base_secret_bytes(&w.leaf_secret), CRYPTO_LABEL("handshake"),
                             &snd->ratchets[MLS_RATCHET_HANDSHAKE].secret));
    TRY(crypto_derive_secret(s, base_secret_bytes(&w.leaf_secret), CRYPTO_LABEL("application"),
                             &snd->ratchets[MLS_RATCHET_APPLICATION].secret));
    TRY(mls_secret_tree_grow_nodes(t, w.n));
    TRY(grow_touched(t, w.n + 1));
    TRY(mls_secret_tree_grow_senders(t));
    replace_node(t, at, &w);
    mls_secret_tree_insert_sender(t, snd);
    mark(t, snd);
    *out = snd;
    snd = NULL;
done:
    base_wipe(&w, sizeof w);
    mls_sender_ratchets_free(a, snd);
    return err;
}

/* The sender of a leaf, whose ratchets begin now if they have not. */
static base_err sender_of(mls_secret_tree *t, mls_leaf_index leaf, mls_sender_ratchets **out)
{
    size_t at = mls_secret_tree_sender_at(t, leaf.v);
    if (!mls_secret_tree_has_sender(t, at, leaf.v)) {
        return begin(t, leaf, out);
    }
    *out = t->senders[at];
    return BASE_OK;
}

/* ---- keys ---- */

base_err mls_secret_tree_next(mls_secret_tree *t, mls_leaf_index leaf, mls_ratchet_kind kind,
                              uint32_t *generation, mls_message_key *out)
{
    mls_sender_ratchets *snd = NULL;
    base_err err = BASE_OK;
    TRY(sender_of(t, leaf, &snd));
    TRY(mls_ratchet_next(&t->suite, &snd->ratchets[kind], generation, out));
    mark(t, snd);
done:
    return err;
}

base_err mls_secret_tree_reserve(mls_secret_tree *t, mls_leaf_index leaf, mls_ratchet_kind kind,
                                 uint32_t count)
{
    mls_sender_ratchets *snd = NULL;
    base_err err = BASE_OK;
    TRY(sender_of(t, leaf, &snd));
    TRY(mls_ratchet_reserve(&t->suite, &snd->ratchets[kind], count));
    mark(t, snd);
done:
    return err;
}

base_err mls_secret_tree_peek(mls_secret_tree *t, mls_leaf_index leaf, mls_ratchet_kind kind,
                              uint32_t generation, mls_ratchet_step *step)
{
    mls_sender_ratchets *snd = NULL;
    base_err err = BASE_OK;
    TRY(sender_of(t, leaf, &snd));
    TRY(mls_ratchet_peek(&t->suite, &snd->ratchets[kind], &t->limits, generation, step));
    step->leaf = leaf;
    step->kind = kind;
done:
    return err;
}

base_err mls_secret_tree_consume(mls_secret_tree *t, mls_ratchet_step *step)
{
    size_t at = mls_secret_tree_sender_at(t, step->leaf.v);
    if (!mls_secret_tree_has_sender(t, at, step->leaf.v)) {
        return BASE_E_STATE;
    }
    mls_sender_ratchets *snd = t->senders[at];
    base_err err = mls_ratchet_consume(&snd->ratchets[step->kind], &t->limits, step);
    if (err == BASE_OK) {
        mark(t, snd);
        mls_ratchet_step_clear(step);
    }
    return err;
}
