/* Proposals of the current epoch that wait for a commit by reference (RFC 9420, section 12.1).
 * Bounded by mls_limits.proposals, in the order of arrival, kept in the store as well. */
#ifndef MLS_KEPT_H
#define MLS_KEPT_H

#include "content.h"
#include "store.h"

/* One, immutable once made. content and what it borrows lie in `encoded` and `lists`. */
typedef struct mls_kept_proposal {
    crypto_digest ref;
    base_buf encoded; /* AuthenticatedContent */
    base_arena lists;
    mls_auth_content content;
    /* For an Update of this member's own: the new leaf's private key, and the new signature key
     * when it changes, else empty. */
    base_secret leaf_key;
    base_secret signature_key;
    const base_alloc *alloc;
} mls_kept_proposal;

typedef struct mls_kept {
    mls_kept_proposal **v;
    size_t n;
    size_t cap;
} mls_kept;

/* From an encoded AuthenticatedContent with a proposal; copied. leaf_key and signature_key may be
 * NULL. BASE_E_VALUE when it carries no proposal, the decoders' own. */
BASE_MUST_USE base_err mls_kept_proposal_new(const crypto_suite *s, const base_alloc *alloc,
                                             base_bytes encoded, const base_secret *leaf_key,
                                             const base_secret *signature_key,
                                             mls_kept_proposal **out);
void mls_kept_proposal_free(mls_kept_proposal *p);

/* The one of a reference, or NULL. */
const mls_kept_proposal *mls_kept_find(const mls_kept *k, base_bytes ref);

/* Room for one more; after it mls_kept_add(), which takes p, cannot fail.
 * Errors: BASE_E_LIMIT at max, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_kept_reserve(mls_kept *k, const base_alloc *alloc, size_t max);
void mls_kept_add(mls_kept *k, mls_kept_proposal *p);

/* Take out the i-th and free it. */
void mls_kept_remove(mls_kept *k, size_t i);

/* Free all. */
void mls_kept_clear(mls_kept *k, const base_alloc *alloc);

/* Changes of the store: one more, which is not in k yet (its own record, and the list with it
 * last); one less; and none left. */
void mls_kept_save_add(const mls_kept *k, const mls_store_key *group, const mls_kept_proposal *p,
                       mls_batch *b);
void mls_kept_save_remove(const mls_kept *k, const mls_store_key *group, size_t i, mls_batch *b);
void mls_kept_save_clear(const mls_kept *k, const mls_store_key *group, mls_batch *b);

/* Read all of a group back into an empty *k. BASE_E_CORRUPT, the store's. */
BASE_MUST_USE base_err mls_kept_load(const mls_ctx *ctx, const crypto_suite *s,
                                     const mls_store_key *group, mls_kept *k);

#endif
