/* HPKE (RFC 9180) for the KEM, KDF and AEAD of a cipher suite: modes base and PSK, single-shot and
 * by context. A KEM is a DHKEM over a group of the backend, or a native one (X-Wing, as
 * draft-ietf-hpke-pq integrates it). The authenticated modes are absent: MLS signs instead. */
#ifndef CRYPTO_HPKE_H
#define CRYPTO_HPKE_H

#include "suite.h"

/* Sizes of the suite's KEM in bytes: Nsk, Npk, Nenc. */
size_t crypto_hpke_private_size(const crypto_suite *s);
size_t crypto_hpke_public_size(const crypto_suite *s);
size_t crypto_hpke_enc_size(const crypto_suite *s);

/* DeriveKeyPair: a key pair that depends on ikm alone. BASE_E_ARGUMENT when ikm is empty. */
BASE_MUST_USE base_err crypto_hpke_derive_key_pair(const crypto_suite *s, base_bytes ikm,
                                                   base_secret *private_key, base_buf *public_key);

/* GenerateKeyPair: DeriveKeyPair of fresh random bytes. */
BASE_MUST_USE base_err crypto_hpke_generate_key_pair(const crypto_suite *s,
                                                     base_secret *private_key,
                                                     base_buf *public_key);

/* The public key of a private key. CRYPTO_E_KEY when it is none. */
BASE_MUST_USE base_err crypto_hpke_public_key(const crypto_suite *s, base_bytes private_key,
                                              base_buf *public_key);

/* Whether encapsulation to a public key can succeed: CRYPTO_E_KEY. Costs about one encapsulation.
 * */
BASE_MUST_USE base_err crypto_hpke_check_public(const crypto_suite *s, base_bytes public_key);

/* Both keys of a receiver. public_key may be empty: a DHKEM then computes it, which costs as much
 * as a key pair. A wrong one makes nothing open. */
typedef struct crypto_hpke_keys {
    base_bytes private_key;
    base_bytes public_key;
} crypto_hpke_keys;

/* What both sides agree on. psk and psk_id are both empty (mode base) or both not (mode PSK, a psk
 * of at least 32 bytes); anything else is BASE_E_ARGUMENT. */
typedef struct crypto_hpke_info {
    base_bytes info;
    base_bytes psk;
    base_bytes psk_id;
    const crypto_digest
        *info_hash;      /* crypto_hpke_info_hash() of the info, which is not read then */
    base_bytes receiver; /* the receiver's public key, for who opens and has it at hand; or empty */
} crypto_hpke_info;

/* What an info comes to in the key schedule. It is the same for all recipients: who seals to many
 * under a long one computes it once. */
BASE_MUST_USE base_err crypto_hpke_info_hash(const crypto_suite *s, base_bytes info,
                                             crypto_digest *out);

/* One direction of encryption after a key was encapsulated. Clear it: it holds keys. */
typedef struct crypto_hpke_ctx {
    const crypto_suite *suite;
    base_secret key;
    base_secret base_nonce;
    base_secret exporter_secret;
    uint64_t seq;
} crypto_hpke_ctx;

/* Encapsulate to a public key. *enc is replaced. */
BASE_MUST_USE base_err crypto_hpke_setup_sender(const crypto_suite *s, base_bytes public_key,
                                                const crypto_hpke_info *info, base_buf *enc,
                                                crypto_hpke_ctx *ctx);

/* Decapsulate with a private key. CRYPTO_E_KEY when enc has the wrong size or is forbidden. */
BASE_MUST_USE base_err crypto_hpke_setup_receiver(const crypto_suite *s, base_bytes private_key,
                                                  base_bytes enc, const crypto_hpke_info *info,
                                                  crypto_hpke_ctx *ctx);

/* Encrypt or decrypt the next message; *out is replaced. A failed open leaves ctx as it was.
 * BASE_E_LIMIT after 2^64 - 1 messages. */
BASE_MUST_USE base_err crypto_hpke_ctx_seal(crypto_hpke_ctx *ctx, base_bytes aad,
                                            base_bytes plaintext, base_buf *out);
BASE_MUST_USE base_err crypto_hpke_ctx_open(crypto_hpke_ctx *ctx, base_bytes aad,
                                            base_bytes ciphertext, base_buf *out);

/* Export n bytes; n at most 255 times the hash size. */
BASE_MUST_USE base_err crypto_hpke_ctx_export(const crypto_hpke_ctx *ctx, base_bytes context,
                                              uint8_t *out, size_t n);

void crypto_hpke_ctx_clear(crypto_hpke_ctx *ctx);

/* An encapsulated key and one ciphertext (RFC 9420, section 7.6: HPKECiphertext). */
typedef struct crypto_sealed {
    base_buf kem_output;
    base_buf ciphertext;
} crypto_sealed;

void crypto_sealed_clear(crypto_sealed *sealed);

/* Single-shot Seal and Open. Outputs are replaced; on failure they are as before. */
BASE_MUST_USE base_err crypto_hpke_seal(const crypto_suite *s, base_bytes public_key,
                                        const crypto_hpke_info *info, base_bytes aad,
                                        base_bytes plaintext, crypto_sealed *out);
BASE_MUST_USE base_err crypto_hpke_open(const crypto_suite *s, base_bytes private_key,
                                        base_bytes kem_output, const crypto_hpke_info *info,
                                        base_bytes aad, base_bytes ciphertext, base_buf *out);

#endif
