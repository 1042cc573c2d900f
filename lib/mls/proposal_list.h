/* The list of proposals in a commit (RFC 9420, sections 12.2 and 12.3): which may stand there,
 * alone and together, and what they do to the tree, in the order the RFC gives. Who makes a commit
 * and who receives one run the same code. Paths, keys and PSKs are commit_make's and
 * commit_stage's. */
#ifndef MLS_PROPOSAL_LIST_H
#define MLS_PROPOSAL_LIST_H

#include "epoch.h"
#include "kept.h"

/* One proposal of a commit. leaf, once applied: where an Add went, whose an Update is. */
typedef struct mls_list_item {
    const mls_proposal *proposal; /* borrowed */
    mls_sender sender;            /* of the proposal; the committer when by value */
    bool by_value;
    const mls_kept_proposal *kept; /* by reference; borrowed */
    mls_leaf_index leaf;
} mls_list_item;

typedef struct mls_proposal_list {
    mls_list_item *v;
    size_t n;
    size_t cap;
    const base_alloc *alloc;
} mls_proposal_list;

BASE_MUST_USE base_err mls_proposal_list_add(mls_proposal_list *list, const mls_list_item *item);
void mls_proposal_list_drop(mls_proposal_list *list, size_t i);
void mls_proposal_list_clear(mls_proposal_list *list);

/* What a list is judged against. */
typedef struct mls_list_ground {
    const mls_ctx *ctx;
    const mls_epoch *epoch; /* before the commit */
    mls_sender committer;   /* a member, or new_member_commit */
    bool is_successor;      /* the commit that begins a branch or a reinitialised group */
    bool making;            /* by this client: lifetimes of new leaves count */
    uint64_t now;
} mls_list_ground;

/* Extensions of a GroupContext: none that belongs elsewhere, and what this library reads decodes.
 * MLS_E_EXTENSION. */
BASE_MUST_USE base_err mls_group_extensions_check(mls_extension_list extensions,
                                                  const base_alloc *alloc);

/* One proposal by whoever sent it, alone (section 12.1): for one that arrives. Its new leaf, if it
 * brings one, is judged as if it alone were committed. */
BASE_MUST_USE base_err mls_proposal_judge(const mls_list_ground *ground, const mls_sender *sender,
                                          const mls_proposal *p);

/* The rules about a list that need no new tree. *bad is the item at fault.
 * Errors: MLS_E_PROPOSAL for one of them alone, MLS_E_PROPOSAL_LIST for them together. */
BASE_MUST_USE base_err mls_proposal_list_judge(const mls_list_ground *ground,
                                               const mls_proposal_list *list, size_t *bad);

/* Whether one more item may join a judged list: the same rules for it alone and beside the others.
 */
BASE_MUST_USE base_err mls_proposal_list_fits(const mls_list_ground *ground,
                                              const mls_proposal_list *list,
                                              const mls_list_item *item);

/* What a list comes to. The proposals are borrowed from the list, extensions from it, the epoch or
 * `lists`. */
typedef struct mls_applied {
    mls_extension_list extensions;
    base_arena lists; /* extensions with an updated dictionary */
    bool needs_path;
    mls_leaf_index *added; /* increasing */
    size_t n_added;
    const mls_proposal *external_init;
    const mls_proposal *reinit;
    const base_alloc *alloc;
} mls_applied;
void mls_applied_clear(mls_applied *a);

/* Apply a judged list to an overlay of the epoch's tree, judging each new leaf at its place and, at
 * last, all members against new extensions. On failure the overlay is spoilt, and *bad the item at
 * fault, or list->n when none is alone.
 * Errors: those of leaves and key packages, MLS_E_CAPABILITIES, MLS_E_KEY_REUSE. */
BASE_MUST_USE base_err mls_proposal_list_apply(const mls_list_ground *ground,
                                               mls_proposal_list *list, mls_tree *overlay,
                                               mls_applied *out, size_t *bad);

#endif
