/* What the two halves of the secret tree share: secret_tree.c derives, secret_tree_store.c goes to
 * the store and back. */
#ifndef MLS_SECRET_TREE_PRIVATE_H
#define MLS_SECRET_TREE_PRIVATE_H

#include "ratchet.h"
#include "treemath.h"

typedef struct mls_held_node {
    uint32_t index;
    base_secret secret;
} mls_held_node;

typedef struct mls_sender_ratchets {
    uint32_t leaf;
    bool changed;
    struct mls_sender_ratchets *next_changed;
    mls_ratchet ratchets[2]; /* by mls_ratchet_kind */
} mls_sender_ratchets;

struct mls_secret_tree {
    crypto_suite suite;
    mls_ratchet_limits limits;
    uint32_t leaves;      /* a power of two */
    mls_held_node *nodes; /* ascending by index; none lies below another, or above a sender */
    size_t n_nodes;
    size_t cap_nodes;
    mls_sender_ratchets **senders; /* ascending by leaf */
    size_t n_senders;
    size_t cap_senders;
    uint32_t *touched; /* nodes that came or went since saved(); one may stand twice */
    size_t n_touched;
    size_t cap_touched;
    mls_sender_ratchets *changed; /* senders that changed since saved() */
};

/* Where a node stands in nodes, or would; and whether it stands there. */
size_t mls_secret_tree_node_at(const mls_secret_tree *t, uint32_t index);
bool mls_secret_tree_has_node(const mls_secret_tree *t, size_t at, uint32_t index);

/* The same for a sender. */
size_t mls_secret_tree_sender_at(const mls_secret_tree *t, uint32_t leaf);
bool mls_secret_tree_has_sender(const mls_secret_tree *t, size_t at, uint32_t leaf);

/* The position in nodes of the one that is held on a leaf's way to the root; false for none. */
bool mls_secret_tree_ancestor(const mls_secret_tree *t, uint32_t leaf, size_t *at);

/* Room for more elements in the arrays. */
BASE_MUST_USE base_err mls_secret_tree_grow_nodes(mls_secret_tree *t, size_t more);
BASE_MUST_USE base_err mls_secret_tree_grow_senders(mls_secret_tree *t);

/* Put a sender in its place (taken); room was made. */
void mls_secret_tree_insert_sender(mls_secret_tree *t, mls_sender_ratchets *snd);
void mls_sender_ratchets_free(const base_alloc *a, mls_sender_ratchets *snd);

#endif
