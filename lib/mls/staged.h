/* A staged commit: the next epoch beside the group, which has not moved (RFC 9420, section 12.4).
 * Its tree is an overlay over the group's; merging moves it in, freeing forgets it. */
#ifndef MLS_STAGED_H
#define MLS_STAGED_H

#include "group.h"
#include "proposal_list.h"

struct mls_staged {
    mls_ctx *ctx;
    const mls_group *base; /* borrowed: outlives the staged commit */
    uint64_t from;         /* the epoch that base was in */
    mls_group next;        /* without messages and kept proposals; secrets empty when removes_me */
    bool removes_me;
    bool has_path;
    mls_sender committer;
    mls_leaf_index committer_leaf;
    /* The proposals, self-contained: encoded, and views of that. */
    base_buf encoded;
    base_arena lists;
    mls_list_item *items;
    size_t n_items;
    mls_change *changes; /* in `lists` */
    size_t n_changes;
};

/* An empty one on a group. NULL without memory. */
mls_staged *mls_staged_alloc(const mls_group *base);

/* Copy an applied list in and derive the changes from it, from base's tree and from next's, which
 * must be set, like the committer. */
BASE_MUST_USE base_err mls_staged_set_list(mls_staged *s, const mls_proposal_list *list);

/* The changes, from items, the two trees, the committer and has_path. */
BASE_MUST_USE base_err mls_staged_changes_make(mls_staged *s);

/* Whether base is still in the epoch that s was made in. */
bool mls_staged_is_fresh(const mls_staged *s);

/* Move s over g, which is s->base, in memory alone; g->messages is set by messages, which is taken.
 * mls_tree_merge_prepare() must have succeeded; cannot fail. s is freed. */
void mls_staged_apply(mls_group *g, mls_staged *s, mls_secret_tree *messages);

/* Let a group that the store does not have yet enter a staged epoch, and write it whole with more
 * changes of the caller's. *s is taken on success; a failure may leave g useless. */
BASE_MUST_USE base_err mls_staged_enter(mls_group *g, mls_staged **s, mls_batch *b);

#endif
