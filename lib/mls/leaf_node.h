/* Signing a LeafNode and judging one (RFC 9420, section 7.3). What only an application can judge,
 * whether a credential is genuine and of whom, is left to it (section 5.3.1); so is that an X.509
 * certificate holds signature_key. */
#ifndef MLS_LEAF_NODE_H
#define MLS_LEAF_NODE_H

#include "tree.h"

/* SignWithLabel(., "LeafNodeTBS", .) over the view, whose signature is ignored. */
BASE_MUST_USE base_err mls_leaf_node_sign(const crypto_suite *suite, base_bytes private_key,
                                          const mls_leaf_node *leaf, base_bytes group_id,
                                          mls_leaf_index position, base_buf *signature);

/* MLS_E_LEAF_SIGNATURE. group_id and position count for the sources update and commit only. */
BASE_MUST_USE base_err mls_leaf_node_verify(const crypto_suite *suite, const mls_leaf_node *leaf,
                                            base_bytes group_id, mls_leaf_index position);

/* Whether the time is looked at. Members that process the same commit at different times must come
 * to one answer, so only who adds a leaf, or takes one in from outside of a group, looks. */
typedef struct mls_lifetime_rule {
    bool check;
    uint64_t now;
    uint64_t max_seconds; /* longest lifetime that is accepted, in all; 0: any */
} mls_lifetime_rule;

/* For a place that takes leaves of any source: a whole tree. */
#define MLS_LEAF_ANY_SOURCE ((mls_leaf_node_source)0)

/* What a leaf can be held against without a group: its source, an encryption key that decodes
 * (the signature key is decoded when it verifies), capabilities that name the suite, the version,
 * its own credential type and its own extensions; its lifetime. Errors: MLS_E_LEAF_NODE,
 * MLS_E_CAPABILITIES, MLS_E_LIFETIME, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_leaf_node_check_alone(const crypto_suite *suite,
                                                 const mls_leaf_node *leaf,
                                                 mls_leaf_node_source source,
                                                 const mls_lifetime_rule *lifetime);

/* What a GroupContext asks of each leaf: support for its non-default extensions, for all that
 * required_capabilities names, and for the components and wire formats that it requires. Made once,
 * held against many leaves. Borrows the extensions. init: MLS_E_EXTENSION, BASE_E_NOMEM; clear it
 * in either case. check: MLS_E_CAPABILITIES. */
typedef struct mls_leaf_demand {
    mls_extension_list extensions;
    mls_required_capabilities required;
    mls_u16_list components; /* of the dictionary in extensions, like safe_aad */
    mls_u16_list safe_aad;
    mls_u16_list wire_formats;
    base_arena arena;
} mls_leaf_demand;
BASE_MUST_USE base_err mls_leaf_demand_init(mls_extension_list group_extensions,
                                            const base_alloc *alloc, mls_leaf_demand *out);
BASE_MUST_USE base_err mls_leaf_demand_check(const mls_leaf_demand *d, const mls_leaf_node *leaf);
void mls_leaf_demand_clear(mls_leaf_demand *d);

/* All three for one leaf. */
BASE_MUST_USE base_err mls_leaf_node_check_extensions(const mls_leaf_node *leaf,
                                                      mls_extension_list group_extensions,
                                                      const base_alloc *alloc);

/* The same for all members of a tree, whose extensions are about to change. O(leaves). */
BASE_MUST_USE base_err mls_tree_check_extensions(const mls_tree *t,
                                                 mls_extension_list group_extensions);

/* Whether every member lists a proposal type, leaving out the leaves in `without` (sorted). Default
 * types need no listing. O(leaves). MLS_E_CAPABILITIES. */
BASE_MUST_USE base_err mls_tree_check_proposal_type(const mls_tree *t, uint16_t type,
                                                    const mls_leaf_index *without, size_t n);

/* A leaf that is about to stand at a place of a tree, which is given as it is before: an overlay
 * with the earlier changes of the commit. What the commit removes must be gone by then, or a
 * credential type that nobody will use any more counts against the leaf. */
typedef struct mls_leaf_place {
    const mls_tree *tree;
    base_bytes group_id;
    mls_extension_list group_extensions;
    mls_leaf_index at;
    mls_leaf_node_source source; /* what the place demands: an Add key_package, ... */
    mls_lifetime_rule lifetime;
} mls_leaf_place;

/* All of section 7.3: check_alone, check_extensions, credential types that all support, keys that
 * no other node holds, for update and commit another encryption key than the leaf it replaces, and
 * the signature. A leaf that an Add brings may not stand at a leaf in use.
 * Errors: as above, MLS_E_KEY_REUSE, MLS_E_LEAF_SIGNATURE. Cost: one signature, O(credential
 * types); O(leaves) when it brings a credential type that nobody used before. */
BASE_MUST_USE base_err mls_leaf_node_check(const mls_leaf_place *place, const mls_leaf_node *leaf);

#endif
