/* The encryption inside a Welcome (RFC 9420, section 12.4.3.1): one GroupInfo under a key of the
 * welcome_secret, and GroupSecrets for each joiner under its KeyPackage's init key. */
#ifndef MLS_WELCOME_CRYPTO_H
#define MLS_WELCOME_CRYPTO_H

#include "crypto/labels.h"

#include "message.h"

/* Encrypt an encoded GroupInfo, and decrypt it. *out is replaced. The key is the welcome_secret's
 * only one: encrypt once for each secret. CRYPTO_E_OPEN. */
BASE_MUST_USE base_err mls_welcome_seal_info(const crypto_suite *s, base_bytes welcome_secret,
                                             base_bytes group_info, base_buf *out);
BASE_MUST_USE base_err mls_welcome_open_info(const crypto_suite *s, base_bytes welcome_secret,
                                             base_bytes encrypted_group_info, base_buf *out);

/* What the GroupSecrets of all joiners are bound to, hashed once: the encrypted_group_info holds
 * the tree, and with a hash of it for each joiner a Welcome would cost the square of the group. */
BASE_MUST_USE base_err mls_welcome_bind(const crypto_suite *s, base_bytes encrypted_group_info,
                                        crypto_digest *bound);

/* Encrypt GroupSecrets to an init key. */
BASE_MUST_USE base_err mls_welcome_seal_secrets(const crypto_suite *s, base_bytes init_key,
                                                const mls_group_secrets *secrets,
                                                const crypto_digest *bound, crypto_sealed *out);

/* Decrypt one entry with the init key, of which the public half may be left out. *plaintext is
 * replaced and holds the secrets that *out borrows; the PSK ids live in the arena. CRYPTO_E_OPEN,
 * CRYPTO_E_KEY, the decoder's own. */
BASE_MUST_USE base_err mls_welcome_open_secrets(const crypto_suite *s, const crypto_hpke_keys *init,
                                                const mls_encrypted_group_secrets *entry,
                                                base_bytes encrypted_group_info, base_arena *a,
                                                base_buf *plaintext, mls_group_secrets *out);

#endif
