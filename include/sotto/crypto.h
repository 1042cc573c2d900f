/* What a crypto backend supplies: structs of sizes and functions, one a primitive, and lists of
 * them. libmls holds no primitive of its own and links to no cryptographic library; an embedder
 * hands it a crypto_backend, its own or the one of <sotto/crypto_default.h>.
 *
 * Every function here is pure (no state between calls, callable from any thread), reads what it is
 * given for the call only, and writes to the caller's buffers, whose exact or maximum sizes the
 * struct states. Randomness is an argument ("seed"), drawn by the library from one port, so that
 * all of it can be replaced in a test; the one exception is named at crypto_sig_alg.sign. On an
 * error the outputs are zeroed. Time depends on lengths alone, never on secret bytes.
 *
 * Types end in _alg because libsodium exports functions with the plain names. */
#ifndef SOTTO_CRYPTO_H
#define SOTTO_CRYPTO_H

#include <sotto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Upper bounds for every backend, in bytes; a larger size in a struct is refused as unsupported. */
#define CRYPTO_HASH_MAX 64 /* SHA-512 */
#define CRYPTO_AEAD_KEY_MAX 32
#define CRYPTO_AEAD_NONCE_MAX 12
#define CRYPTO_AEAD_TAG_MAX 16
#define CRYPTO_KEM_PUBLIC_MAX 1665 /* ML-KEM-1024 with P-384; alone: 1568 */
#define CRYPTO_KEM_ENC_MAX 1665
#define CRYPTO_KEM_SECRET_MAX 64
#define CRYPTO_DH_SECRET_MAX 66    /* P-521 */
#define CRYPTO_PRIVATE_MAX 72      /* private keys of KEMs and signatures, and their seeds */
#define CRYPTO_SEED_MAX 128        /* randomness of one encapsulation: ML-KEM-768 with P-256 */
#define CRYPTO_SIG_PUBLIC_MAX 2592 /* ML-DSA-87; of the others P-521, uncompressed: 133 */
#define CRYPTO_SIGNATURE_MAX 4627  /* ML-DSA-87; of the others P-521 in DER: 139 */

/* A number for a suite that has none by assignment, in place of the private one that libmls gives
 * it
 * (<sotto/mls_types.h>). */
typedef struct crypto_suite_number {
    uint16_t suite; /* libmls's own, from 0xF001 */
    uint16_t number;
} crypto_suite_number;

/* Fill n bytes with what nobody can predict, or fail with BASE_E_RANDOM. */
typedef struct crypto_random {
    base_err (*fill)(void *user, uint8_t *p, size_t n);
    void *user;
} crypto_random;

/* Identifiers: those of the HPKE registries (RFC 9180, section 7) and of TLS SignatureScheme. A
 * hash goes by the number of the HKDF that is made of it. */
enum {
    CRYPTO_HASH_SHA256 = 0x0001,
    CRYPTO_HASH_SHA384 = 0x0002,
    CRYPTO_HASH_SHA512 = 0x0003,
    CRYPTO_XOF_SHAKE256 = 0x0011,
    CRYPTO_AEAD_AES128GCM = 0x0001,
    CRYPTO_AEAD_AES256GCM = 0x0002,
    CRYPTO_AEAD_CHACHA20POLY1305 = 0x0003,
    CRYPTO_KEM_P256 = 0x0010,
    CRYPTO_KEM_P384 = 0x0011,
    CRYPTO_KEM_P521 = 0x0012,
    CRYPTO_KEM_X25519 = 0x0020,
    CRYPTO_KEM_X448 = 0x0021,
    CRYPTO_KEM_MLKEM768 = 0x0041,
    CRYPTO_KEM_MLKEM1024 = 0x0042,
    CRYPTO_KEM_MLKEM768P256 = 0x0050,
    CRYPTO_KEM_MLKEM1024P384 = 0x0051,
    CRYPTO_KEM_XWING = 0x647a,
    CRYPTO_SIG_P256 = 0x0403,
    CRYPTO_SIG_P384 = 0x0503,
    CRYPTO_SIG_P521 = 0x0603,
    CRYPTO_SIG_ED25519 = 0x0807,
    CRYPTO_SIG_ED448 = 0x0808,
    CRYPTO_SIG_MLDSA44 = 0x0904,
    CRYPTO_SIG_MLDSA65 = 0x0905,
    CRYPTO_SIG_MLDSA87 = 0x0906
};

/* A hash and the HMAC over it. The message is the concatenation of count parts. */
typedef struct crypto_hash_alg {
    uint16_t id;
    size_t size; /* of outputs */
    base_err (*digest)(const base_bytes *parts, size_t count, uint8_t *out);
    base_err (*hmac)(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out);
} crypto_hash_alg;

/* An extendable-output function. out_size is any number of bytes. */
typedef struct crypto_xof_alg {
    uint16_t id;
    base_err (*digest)(const base_bytes *parts, size_t count, uint8_t *out, size_t out_size);
} crypto_xof_alg;

/* Authenticated encryption. key and nonce have exactly the sizes stated (BASE_E_ARGUMENT). out may
 * be the input's own memory, but may not overlap it otherwise.
 *
 * seal  writes plaintext.n + tag_size bytes, the tag last.
 * open  writes ciphertext.n - tag_size bytes. CRYPTO_E_OPEN, also when ciphertext is shorter than a
 *       tag. */
typedef struct crypto_aead_alg {
    uint16_t id;
    size_t key_size;
    size_t nonce_size;
    size_t tag_size;
    base_err (*seal)(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes plaintext,
                     uint8_t *out);
    base_err (*open)(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes ciphertext,
                     uint8_t *out);
} crypto_aead_alg;

/* A Diffie-Hellman group in the roles that a DHKEM needs (RFC 9180, section 4.1). Keys are in the
 * serialised form of that document.
 *
 * public_key  the public key of a private key. CRYPTO_E_KEY: wrong length, zero, or not below the
 *             group's order.
 * shared      the shared secret. CRYPTO_E_KEY: a key does not decode, is not on the curve, or the
 *             result is the identity (all zeros).
 * check       whether shared() can succeed with a public key (CRYPTO_E_KEY). */
typedef struct crypto_dh_alg {
    uint16_t kem_id;
    uint16_t hash_id; /* of the DHKEM's own HKDF */
    size_t private_size;
    size_t public_size;
    size_t secret_size;
    uint8_t scalar_mask; /* for the first byte of a candidate scalar; 0: any bytes are a key */
    base_err (*public_key)(base_bytes private_key, uint8_t *public_key);
    base_err (*shared)(base_bytes private_key, base_bytes public_key, uint8_t *secret);
    base_err (*check)(base_bytes public_key);
} crypto_dh_alg;

/* A key encapsulation of its own, not built on a DH group: X-Wing, ML-KEM, hybrids. Any
 * private_size bytes are a private key, as HPKE serialises it (of ML-KEM the seed of 64 bytes);
 * encap takes encap_seed_size bytes of randomness; check says whether encap can succeed with a
 * public key. Errors: CRYPTO_E_KEY for a key or an encapsulation of the wrong length or a forbidden
 * value. */
typedef struct crypto_kem_alg {
    uint16_t kem_id;
    size_t private_size;
    size_t public_size;
    size_t enc_size;
    size_t secret_size;
    size_t encap_seed_size;
    base_err (*public_key)(base_bytes private_key, uint8_t *public_key);
    base_err (*encap)(base_bytes public_key, base_bytes seed, uint8_t *enc, uint8_t *secret);
    base_err (*decap)(base_bytes private_key, base_bytes enc, uint8_t *secret);
    base_err (*check)(base_bytes public_key);
} crypto_kem_alg;

/* A signature scheme, with keys and signatures in the form that RFC 9420 (section 5.1.2) puts on
 * the wire. A private key has two forms: the standard one of seed_size bytes (RFC 8032's 32 or 57
 * bytes; a big-endian scalar for ECDSA; ML-DSA's seed of 32), and the backend's own of private_size
 * bytes, which begins with the standard one and signs faster where it is longer (Ed25519: with the
 * public key behind).
 *
 * key_pair  both keys from the standard form. CRYPTO_E_KEY when it is not a key, which for random
 *           bytes under the mask happens with probability below 2^-30: draw again.
 * sign      takes the backend's own form. Writes at most signature_max bytes, and their number to
 *           *size. ECDSA draws its nonce from the backend library's own generator.
 * verify    CRYPTO_E_SIGNATURE when it does not verify, CRYPTO_E_KEY when the key does not decode.
 * */
typedef struct crypto_sig_alg {
    uint16_t id;
    size_t seed_size;
    size_t private_size;
    size_t public_size;
    size_t signature_max;
    uint8_t seed_mask; /* for the first of random bytes that shall be a key; 0: as they are */
    base_err (*key_pair)(base_bytes seed, uint8_t *private_key, uint8_t *public_key);
    base_err (*sign)(base_bytes private_key, base_bytes message, uint8_t *signature, size_t *size);
    base_err (*verify)(base_bytes public_key, base_bytes message, base_bytes signature);
} crypto_sig_alg;

/* Argon2id (RFC 9106), version 0x13, one lane: out_size bytes (at least 16) from a password, a salt
 * of salt_size bytes, `passes` over `memory` bytes.
 * Errors: BASE_E_ARGUMENT, BASE_E_NOMEM. */
typedef struct crypto_pwhash_alg {
    size_t salt_size;
    uint32_t passes_min;
    size_t memory_min;
    base_err (*derive)(base_bytes password, base_bytes salt, uint32_t passes, size_t memory,
                       uint8_t *out, size_t out_size);
} crypto_pwhash_alg;

/* All that a backend offers: lists that end with NULL, and may be NULL. A suite is supported when
 * each of its parts is in a list. */
typedef struct crypto_backend {
    const char *name;
    const crypto_hash_alg *const *hashes;
    const crypto_xof_alg *const *xofs;
    const crypto_aead_alg *const *aeads;
    const crypto_dh_alg *const *dhs;
    const crypto_kem_alg *const *kems;
    const crypto_sig_alg *const *sigs;
    const crypto_pwhash_alg *pwhash;
} crypto_backend;

#ifdef __cplusplus
}
#endif

#endif
