/* The labelled functions of RFC 9420: sections 5.1.2 (signing), 5.1.3 (public key encryption), 5.2
 * (hash-based identifiers), 8 (key derivation) and 9.1 (DeriveTreeSecret). Labels are given without
 * the prefix "MLS 1.0 ", except RefHash's, which the RFC spells out. */
#ifndef CRYPTO_LABELS_H
#define CRYPTO_LABELS_H

#include "hpke.h"
#include "suite.h"

/* The bytes of a string literal. */
#define CRYPTO_LABEL(text) ((base_bytes){(const uint8_t *)("" text), sizeof("" text) - 1})

/* KDF.Extract(salt, ikm). Empty salt: Nh zeros. */
BASE_MUST_USE base_err crypto_extract(const crypto_suite *s, base_bytes salt, base_bytes ikm,
                                      base_secret *out);

/* ExpandWithLabel to n bytes of caller's memory, at most 255 times Nh and 65535; or to a secret of
 * n bytes, at most BASE_SECRET_MAX. Neither allocates. out may hold the bytes of `secret` itself.
 */
BASE_MUST_USE base_err crypto_expand_with_label(const crypto_suite *s, base_bytes secret,
                                                base_bytes label, base_bytes context, uint8_t *out,
                                                size_t n);
BASE_MUST_USE base_err crypto_expand_secret(const crypto_suite *s, base_bytes secret,
                                            base_bytes label, base_bytes context, size_t n,
                                            base_secret *out);

/* DeriveSecret: Nh bytes, empty context. */
BASE_MUST_USE base_err crypto_derive_secret(const crypto_suite *s, base_bytes secret,
                                            base_bytes label, base_secret *out);

/* DeriveTreeSecret: the generation as context. */
BASE_MUST_USE base_err crypto_derive_tree_secret(const crypto_suite *s, base_bytes secret,
                                                 base_bytes label, uint32_t generation, size_t n,
                                                 base_secret *out);

/* RefHash. label is whole, such as "MLS 1.0 KeyPackage Reference". */
BASE_MUST_USE base_err crypto_ref_hash(const crypto_suite *s, base_bytes label, base_bytes value,
                                       crypto_digest *out);

/* SignWithLabel. private_key in either form (crypto.h), faster in the backend's own. *signature is
 * replaced. */
BASE_MUST_USE base_err crypto_sign_with_label(const crypto_suite *s, base_bytes private_key,
                                              base_bytes label, base_bytes content,
                                              base_buf *signature);

/* VerifyWithLabel. CRYPTO_E_SIGNATURE, CRYPTO_E_KEY. */
BASE_MUST_USE base_err crypto_verify_with_label(const crypto_suite *s, base_bytes public_key,
                                                base_bytes label, base_bytes content,
                                                base_bytes signature);

/* EncryptWithLabel in two steps, for many recipients of one label and context: what these come to,
 * once (public), then each encryption to it. */
BASE_MUST_USE base_err crypto_encrypt_context(const crypto_suite *s, base_bytes label,
                                              base_bytes context, crypto_digest *out);
BASE_MUST_USE base_err crypto_encrypt_in_context(const crypto_suite *s, base_bytes public_key,
                                                 const crypto_digest *context, base_bytes plaintext,
                                                 crypto_sealed *out);

/* EncryptWithLabel and DecryptWithLabel. Outputs are replaced; on failure they are as before.
 * Errors: CRYPTO_E_KEY, CRYPTO_E_OPEN. */
BASE_MUST_USE base_err crypto_encrypt_with_label(const crypto_suite *s, base_bytes public_key,
                                                 base_bytes label, base_bytes context,
                                                 base_bytes plaintext, crypto_sealed *out);
BASE_MUST_USE base_err crypto_decrypt_with_label(const crypto_suite *s, base_bytes private_key,
                                                 base_bytes label, base_bytes context,
                                                 base_bytes kem_output, base_bytes ciphertext,
                                                 base_buf *out);

/* The same for who has the public key at hand too. */
BASE_MUST_USE base_err crypto_decrypt_with_keys(const crypto_suite *s, const crypto_hpke_keys *keys,
                                                base_bytes label, base_bytes context,
                                                base_bytes kem_output, base_bytes ciphertext,
                                                base_buf *out);

#endif
