/* HKDF (RFC 5869) over a hash of the backend, with messages in parts so that callers need no
 * memory for concatenation. */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include <sotto/crypto.h>

#include "base/bytes.h"

/* Most parts an info or an input keying material may have. */
#define CRYPTO_HKDF_PARTS 8

/* Extract: ikm is the concatenation of parts. An empty salt stands for Nh zeros. */
BASE_MUST_USE base_err crypto_hkdf_extract(const crypto_hash_alg *hash, base_bytes salt,
                                           const base_bytes *ikm, size_t count, base_secret *prk);

/* Expand to n bytes, n at most 255 times the hash size (BASE_E_ARGUMENT). info is the
 * concatenation of at most CRYPTO_HKDF_PARTS parts. out is zeroed on failure. */
BASE_MUST_USE base_err crypto_hkdf_expand(const crypto_hash_alg *hash, base_bytes prk,
                                          const base_bytes *info, size_t count, uint8_t *out,
                                          size_t n);

#endif
