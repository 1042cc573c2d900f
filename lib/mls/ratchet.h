/* One hash ratchet of one sender (RFC 9420, section 9.1): the next secret, keys of skipped
 * generations, and keys reserved for sending. Private to the secret tree, which owns ratchets in
 * pairs and explains the two steps of receiving. Generation 2^32 - 1 is never used, so that `next`
 * always fits its type. */
#ifndef MLS_RATCHET_H
#define MLS_RATCHET_H

#include "base/rd.h"
#include "base/wr.h"

#include "secret_tree.h"

/* A key and a nonce that wait, in the sizes of the suite. */
typedef struct mls_kept_key {
    uint32_t generation;
    uint8_t key[CRYPTO_AEAD_KEY_MAX];
    uint8_t nonce[CRYPTO_AEAD_NONCE_MAX];
} mls_kept_key;

/* Kept keys in ascending order of generation. */
typedef struct mls_kept_list {
    mls_kept_key *v;
    size_t n;
    size_t cap;
} mls_kept_list;

typedef struct mls_ratchet {
    base_secret secret;     /* ratchet_secret_[next] */
    uint32_t next;          /* all below are used, dropped, kept or reserved */
    mls_kept_list kept;     /* skipped when receiving */
    mls_kept_list reserved; /* derived ahead for sending; memory only */
} mls_ratchet;

void mls_ratchet_clear(const base_alloc *a, mls_ratchet *r);

/* As mls_secret_tree_next(), _reserve(), _peek() and _consume(), for this ratchet. */
BASE_MUST_USE base_err mls_ratchet_next(const crypto_suite *s, mls_ratchet *r, uint32_t *generation,
                                        mls_message_key *out);
BASE_MUST_USE base_err mls_ratchet_reserve(const crypto_suite *s, mls_ratchet *r, uint32_t count);
BASE_MUST_USE base_err mls_ratchet_peek(const crypto_suite *s, mls_ratchet *r,
                                        const mls_ratchet_limits *limits, uint32_t generation,
                                        mls_ratchet_step *step);
BASE_MUST_USE base_err mls_ratchet_consume(mls_ratchet *r, const mls_ratchet_limits *limits,
                                           mls_ratchet_step *step);

/* For the store: secret, next and kept keys, not the reserved ones. read latches BASE_E_CORRUPT or
 * BASE_E_NOMEM; *r is then to be cleared. */
void mls_ratchet_write(base_wr *w, const crypto_suite *s, const mls_ratchet *r);
void mls_ratchet_read(base_rd *rd, const crypto_suite *s, mls_ratchet *r);

#endif
