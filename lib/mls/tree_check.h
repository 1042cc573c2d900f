/* Judging a ratchet tree that came from somebody else (RFC 9420, section 12.4.3.1, "Verify the
 * integrity of the ratchet tree"). */
#ifndef MLS_TREE_CHECK_H
#define MLS_TREE_CHECK_H

#include "leaf_node.h"

/* All of it: the tree hash is the GroupContext's, it has no more leaves than it needs, parent
 * hashes, every leaf by section 7.3 (signature with the group's id, capabilities, source), keys
 * that occur once, unmerged leaves that exist, lie below and are listed at every node in between.
 * Errors: MLS_E_TREE_HASH, MLS_E_PARENT_HASH, MLS_E_TREE, MLS_E_KEY_REUSE, a leaf's own. Cost: a
 * signature a member. */
BASE_MUST_USE base_err mls_tree_check(mls_tree *t, const mls_group_context *context,
                                      const mls_lifetime_rule *lifetime);

/* Its part on structure alone: no signature, no context. */
BASE_MUST_USE base_err mls_tree_check_structure(mls_tree *t);

#endif
