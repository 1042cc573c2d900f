/* The ratchet_tree extension (RFC 9420, section 12.4.3.3): a whole tree as bytes and back. Form
 * only: tree_check judges what was decoded. */
#ifndef MLS_TREE_CODEC_H
#define MLS_TREE_CODEC_H

#include "tree.h"

/* Append `optional<Node> ratchet_tree<V>`, without trailing blanks. */
BASE_MUST_USE base_err mls_tree_encode(const mls_tree *t, base_buf *out);

/* A base from such bytes, whole. Refused: no node at all, a blank last node, a node of the wrong
 * type for its place (MLS_E_TREE), more than max_leaves (BASE_E_LIMIT), what does not decode. */
BASE_MUST_USE base_err mls_tree_decode(const crypto_suite *suite, base_bytes in,
                                       uint32_t max_leaves, mls_tree **out);

#endif
