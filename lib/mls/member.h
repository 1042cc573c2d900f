/* From mls_member_params to a leaf about to be signed: who a member says it is. */
#ifndef MLS_MEMBER_H
#define MLS_MEMBER_H

#include "ctx.h"
#include "key_package.h"

/* The lifetime of a creator's own leaf, in seconds around now: 84 days in all, which is what common
 * stacks accept. It counts until the creator's first commit with a path. */
#define MLS_MEMBER_PAST 3600
#define MLS_MEMBER_FUTURE (83 * (uint64_t)86400)

/* leaf borrows from the params and from `lists`; its encryption_key, source, and what depends on
 * the source are for the caller to set. */
typedef struct mls_member {
    mls_leaf_node leaf;
    base_secret private_key; /* in the backend's own form */
    base_arena lists;
} mls_member;

/* From params.
 * Errors: BASE_E_ARGUMENT (keys that do not belong together, another suite, something missing),
 * CRYPTO_E_KEY, MLS_E_EXTENSION, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_member_init(mls_member *m, const crypto_suite *s,
                                       const mls_member_params *params, const base_alloc *alloc);

/* All as in `old`, which is borrowed, with the private key that it has. */
void mls_member_keep(mls_member *m, const mls_leaf_node *old, const base_secret *private_key);
void mls_member_clear(mls_member *m);

#endif
