/* The KEM half of HPKE, and the labelled HKDF that both halves share (RFC 9180, section 4): for
 * lib/crypto itself, and for tests that look at a shared secret. Key pairs are in hpke.h. */
#ifndef CRYPTO_HPKE_KEM_H
#define CRYPTO_HPKE_KEM_H

#include "hpke.h"

/* LabeledExtract(salt, label, ikm) under a suite_id. */
BASE_MUST_USE base_err crypto_labeled_extract(const crypto_hash_alg *hash, base_bytes suite_id,
                                              base_bytes salt, base_bytes label, base_bytes ikm,
                                              base_secret *prk);

/* What LabeledExpand derives: n bytes for a label and an info in at most 4 parts. */
typedef struct crypto_labeled_info {
    base_bytes label;
    const base_bytes *info;
    size_t count;
    size_t n;
} crypto_labeled_info;

/* LabeledExpand(prk, label, info, n) under a suite_id. out is zeroed on failure. */
BASE_MUST_USE base_err crypto_labeled_expand(const crypto_hash_alg *hash, base_bytes suite_id,
                                             base_bytes prk, const crypto_labeled_info *info,
                                             uint8_t *out);

/* Encap and Decap of the suite's KEM. *enc is replaced. */
BASE_MUST_USE base_err crypto_kem_encap(const crypto_suite *s, base_bytes public_key, base_buf *enc,
                                        base_secret *shared);
BASE_MUST_USE base_err crypto_kem_decap(const crypto_suite *s, base_bytes private_key,
                                        base_bytes enc, base_secret *shared);
BASE_MUST_USE base_err crypto_kem_decap_keys(const crypto_suite *s, const crypto_hpke_keys *keys,
                                             base_bytes enc, base_secret *shared);

#endif
