/* The libsodium backend. Every primitive is the library's own; this file checks sizes and turns its
 * answers into errors. */
#include "crypto_sodium.h"

#include <sodium.h>

#include "base/bytes.h"

/* ---- SHA-2, HMAC, SHAKE256 ---- */

static base_err sha256_digest(const base_bytes *parts, size_t count, uint8_t *out)
{
    crypto_hash_sha256_state st;
    (void)crypto_hash_sha256_init(&st);
    for (size_t i = 0; i < count; i++) {
        (void)crypto_hash_sha256_update(&st, parts[i].p, parts[i].n);
    }
    (void)crypto_hash_sha256_final(&st, out);
    base_wipe(&st, sizeof st);
    return BASE_OK;
}

static base_err sha256_hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    crypto_auth_hmacsha256_state st;
    (void)crypto_auth_hmacsha256_init(&st, key.p, key.n);
    for (size_t i = 0; i < count; i++) {
        (void)crypto_auth_hmacsha256_update(&st, parts[i].p, parts[i].n);
    }
    (void)crypto_auth_hmacsha256_final(&st, out);
    base_wipe(&st, sizeof st);
    return BASE_OK;
}

static base_err sha512_digest(const base_bytes *parts, size_t count, uint8_t *out)
{
    crypto_hash_sha512_state st;
    (void)crypto_hash_sha512_init(&st);
    for (size_t i = 0; i < count; i++) {
        (void)crypto_hash_sha512_update(&st, parts[i].p, parts[i].n);
    }
    (void)crypto_hash_sha512_final(&st, out);
    base_wipe(&st, sizeof st);
    return BASE_OK;
}

static base_err sha512_hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    crypto_auth_hmacsha512_state st;
    (void)crypto_auth_hmacsha512_init(&st, key.p, key.n);
    for (size_t i = 0; i < count; i++) {
        (void)crypto_auth_hmacsha512_update(&st, parts[i].p, parts[i].n);
    }
    (void)crypto_auth_hmacsha512_final(&st, out);
    base_wipe(&st, sizeof st);
    return BASE_OK;
}

static base_err shake256(const base_bytes *parts, size_t count, uint8_t *out, size_t out_size)
{
    crypto_xof_shake256_state st;
    bool ok = crypto_xof_shake256_init(&st) == 0;
    for (size_t i = 0; ok && i < count; i++) {
        ok = parts[i].n == 0 || crypto_xof_shake256_update(&st, parts[i].p, parts[i].n) == 0;
    }
    ok = ok && crypto_xof_shake256_squeeze(&st, out, out_size) == 0;
    base_wipe(&st, sizeof st);
    if (!ok) {
        base_wipe(out, out_size);
    }
    return ok ? BASE_OK : CRYPTO_E_BACKEND;
}

const crypto_hash_alg crypto_sodium_sha256 = {CRYPTO_HASH_SHA256, crypto_hash_sha256_BYTES,
                                              sha256_digest, sha256_hmac};
const crypto_hash_alg crypto_sodium_sha512 = {CRYPTO_HASH_SHA512, crypto_hash_sha512_BYTES,
                                              sha512_digest, sha512_hmac};
const crypto_xof_alg crypto_sodium_shake256 = {CRYPTO_XOF_SHAKE256, shake256};

/* ---- ChaCha20-Poly1305 ---- */

#define CHACHA_KEY crypto_aead_chacha20poly1305_ietf_KEYBYTES
#define CHACHA_NONCE crypto_aead_chacha20poly1305_ietf_NPUBBYTES
#define CHACHA_TAG crypto_aead_chacha20poly1305_ietf_ABYTES

static base_err chacha_seal(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes plaintext,
                            uint8_t *out)
{
    if (key.n != CHACHA_KEY || nonce.n != CHACHA_NONCE) {
        return BASE_E_ARGUMENT;
    }
    if (plaintext.n > crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX) {
        return BASE_E_LIMIT;
    }
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plaintext.p, plaintext.n, aad.p,
                                                    aad.n, NULL, nonce.p, key.p);
    return BASE_OK;
}

static base_err chacha_open(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes ciphertext,
                            uint8_t *out)
{
    if (key.n != CHACHA_KEY || nonce.n != CHACHA_NONCE) {
        return BASE_E_ARGUMENT;
    }
    if (ciphertext.n < CHACHA_TAG) {
        return CRYPTO_E_OPEN;
    }
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, ciphertext.p, ciphertext.n,
                                                  aad.p, aad.n, nonce.p, key.p) != 0) {
        base_wipe(out, ciphertext.n - CHACHA_TAG);
        return CRYPTO_E_OPEN;
    }
    return BASE_OK;
}

const crypto_aead_alg crypto_sodium_chacha20poly1305 = {.id = CRYPTO_AEAD_CHACHA20POLY1305,
                                                        .key_size = CHACHA_KEY,
                                                        .nonce_size = CHACHA_NONCE,
                                                        .tag_size = CHACHA_TAG,
                                                        .seal = chacha_seal,
                                                        .open = chacha_open};

/* ---- X25519 ---- */

#define X25519_SIZE crypto_scalarmult_curve25519_BYTES

static base_err x25519_public_key(base_bytes private_key, uint8_t *public_key)
{
    if (private_key.n != X25519_SIZE) {
        base_wipe(public_key, X25519_SIZE);
        return CRYPTO_E_KEY;
    }
    return crypto_scalarmult_curve25519_base(public_key, private_key.p) == 0 ? BASE_OK
                                                                             : CRYPTO_E_BACKEND;
}

/* The library refuses points of small order, and with them a shared secret of all zeros. */
static base_err x25519_shared(base_bytes private_key, base_bytes public_key, uint8_t *secret)
{
    if (private_key.n != X25519_SIZE || public_key.n != X25519_SIZE ||
        crypto_scalarmult_curve25519(secret, private_key.p, public_key.p) != 0) {
        base_wipe(secret, X25519_SIZE);
        return CRYPTO_E_KEY;
    }
    return BASE_OK;
}

/* What the library refuses in the multiplication, told without it: every member of a group checks
 * each key of the tree, which by trial costs as much as its signature. A multiplication ends at the
 * identity for the points of order 1, 2, 4 and 8 alone (a scalar is a multiple of 8); these are all
 * their encodings, the top bit aside, which RFC 7748 ignores. Keys are public: no constant time. */
static base_err x25519_check(base_bytes public_key)
{
    static const uint8_t small[7][X25519_SIZE] = {
        {0x00},
        {0x01},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
         0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
         0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
         0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
         0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    uint8_t u[X25519_SIZE];
    if (public_key.n != X25519_SIZE) {
        return CRYPTO_E_KEY;
    }
    memcpy(u, public_key.p, sizeof u);
    u[X25519_SIZE - 1] &= 0x7f;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        if (memcmp(u, small[i], sizeof u) == 0) {
            return CRYPTO_E_KEY;
        }
    }
    return BASE_OK;
}

const crypto_dh_alg crypto_sodium_x25519 = {.kem_id = CRYPTO_KEM_X25519,
                                            .hash_id = CRYPTO_HASH_SHA256,
                                            .private_size = X25519_SIZE,
                                            .public_size = X25519_SIZE,
                                            .secret_size = X25519_SIZE,
                                            .scalar_mask = 0,
                                            .public_key = x25519_public_key,
                                            .shared = x25519_shared,
                                            .check = x25519_check};

/* ---- ML-KEM-768 ---- */

#define MLKEM_SEED crypto_kem_mlkem768_SEEDBYTES /* d and z of FIPS 203: HPKE's private key */
#define MLKEM_EXPANDED crypto_kem_mlkem768_SECRETKEYBYTES
#define MLKEM_PUBLIC crypto_kem_mlkem768_PUBLICKEYBYTES
#define MLKEM_ENC crypto_kem_mlkem768_CIPHERTEXTBYTES
#define MLKEM_SECRET crypto_kem_mlkem768_SHAREDSECRETBYTES
#define MLKEM_ENCAP_SEED 32
#define MLKEM_Q 3329
#define MLKEM_COEFFICIENTS ((size_t)3 * 384) /* bytes, in front of the seed of the matrix */

static base_err mlkem768_public_key(base_bytes private_key, uint8_t *public_key)
{
    uint8_t expanded[MLKEM_EXPANDED];
    if (private_key.n != MLKEM_SEED) {
        base_wipe(public_key, MLKEM_PUBLIC);
        return CRYPTO_E_KEY;
    }
    int failed = crypto_kem_mlkem768_seed_keypair(public_key, expanded, private_key.p);
    base_wipe(expanded, sizeof expanded);
    return failed == 0 ? BASE_OK : CRYPTO_E_BACKEND;
}

/* The library refuses a key with a coefficient that is not reduced. */
static base_err mlkem768_encap(base_bytes public_key, base_bytes seed, uint8_t *enc,
                               uint8_t *secret)
{
    if (public_key.n != MLKEM_PUBLIC || seed.n != MLKEM_ENCAP_SEED ||
        crypto_kem_mlkem768_enc_deterministic(enc, secret, public_key.p, seed.p) != 0) {
        base_wipe(enc, MLKEM_ENC);
        base_wipe(secret, MLKEM_SECRET);
        return seed.n == MLKEM_ENCAP_SEED ? CRYPTO_E_KEY : BASE_E_ARGUMENT;
    }
    return BASE_OK;
}

static base_err mlkem768_decap(base_bytes private_key, base_bytes enc, uint8_t *secret)
{
    uint8_t public_key[MLKEM_PUBLIC];
    uint8_t expanded[MLKEM_EXPANDED] = {0};
    base_err err = BASE_OK;
    REQUIRE(private_key.n == MLKEM_SEED && enc.n == MLKEM_ENC, CRYPTO_E_KEY);
    REQUIRE(crypto_kem_mlkem768_seed_keypair(public_key, expanded, private_key.p) == 0 &&
                crypto_kem_mlkem768_dec(secret, enc.p, expanded) == 0,
            CRYPTO_E_BACKEND);
done:
    if (err != BASE_OK) {
        base_wipe(secret, MLKEM_SECRET);
    }
    base_wipe(expanded, sizeof expanded);
    return err;
}

/* What the library refuses in an encapsulation, told without one: a coefficient that is not reduced
 * (FIPS 203, section 7.2: 12 bits each, two in three bytes). */
static base_err mlkem768_check(base_bytes public_key)
{
    if (public_key.n != MLKEM_PUBLIC) {
        return CRYPTO_E_KEY;
    }
    for (const uint8_t *p = public_key.p; p < public_key.p + MLKEM_COEFFICIENTS; p += 3) {
        uint32_t low = p[0] | (uint32_t)(p[1] & 0x0f) << 8;
        uint32_t high = p[1] >> 4 | (uint32_t)p[2] << 4;
        if (low >= MLKEM_Q || high >= MLKEM_Q) {
            return CRYPTO_E_KEY;
        }
    }
    return BASE_OK;
}

const crypto_kem_alg crypto_sodium_mlkem768 = {.kem_id = CRYPTO_KEM_MLKEM768,
                                               .private_size = MLKEM_SEED,
                                               .public_size = MLKEM_PUBLIC,
                                               .enc_size = MLKEM_ENC,
                                               .secret_size = MLKEM_SECRET,
                                               .encap_seed_size = MLKEM_ENCAP_SEED,
                                               .public_key = mlkem768_public_key,
                                               .encap = mlkem768_encap,
                                               .decap = mlkem768_decap,
                                               .check = mlkem768_check};

/* ---- X-Wing ---- */

#define XWING_PRIVATE crypto_kem_xwing_SECRETKEYBYTES /* the seed itself */
#define XWING_PUBLIC crypto_kem_xwing_PUBLICKEYBYTES
#define XWING_ENC crypto_kem_xwing_CIPHERTEXTBYTES
#define XWING_SECRET crypto_kem_xwing_SHAREDSECRETBYTES
#define XWING_ENCAP_SEED 64

static base_err xwing_public_key(base_bytes private_key, uint8_t *public_key)
{
    uint8_t again[XWING_PRIVATE];
    if (private_key.n != crypto_kem_xwing_SEEDBYTES) {
        base_wipe(public_key, XWING_PUBLIC);
        return CRYPTO_E_KEY;
    }
    int failed = crypto_kem_xwing_seed_keypair(public_key, again, private_key.p);
    base_wipe(again, sizeof again);
    return failed == 0 ? BASE_OK : CRYPTO_E_BACKEND;
}

/* The library refuses an ML-KEM key with a coefficient that is not reduced, and an X25519 key of
 * small order. */
static base_err xwing_encap(base_bytes public_key, base_bytes seed, uint8_t *enc, uint8_t *secret)
{
    if (public_key.n != XWING_PUBLIC || seed.n != XWING_ENCAP_SEED ||
        crypto_kem_xwing_enc_deterministic(enc, secret, public_key.p, seed.p) != 0) {
        base_wipe(enc, XWING_ENC);
        base_wipe(secret, XWING_SECRET);
        return seed.n == XWING_ENCAP_SEED ? CRYPTO_E_KEY : BASE_E_ARGUMENT;
    }
    return BASE_OK;
}

static base_err xwing_decap(base_bytes private_key, base_bytes enc, uint8_t *secret)
{
    if (private_key.n != XWING_PRIVATE || enc.n != XWING_ENC ||
        crypto_kem_xwing_dec(secret, enc.p, private_key.p) != 0) {
        base_wipe(secret, XWING_SECRET);
        return CRYPTO_E_KEY;
    }
    return BASE_OK;
}

/* What the library refuses in an encapsulation, told without one: an ML-KEM key that is not
 * reduced, and an X25519 key of small order behind it. By trial it costs twice a signature's check.
 */
static base_err xwing_check(base_bytes public_key)
{
    if (public_key.n != XWING_PUBLIC) {
        return CRYPTO_E_KEY;
    }
    base_err err = mlkem768_check(base_bytes_of(public_key.p, MLKEM_PUBLIC));
    return err != BASE_OK ? err
                          : x25519_check(base_bytes_of(public_key.p + MLKEM_PUBLIC, X25519_SIZE));
}

const crypto_kem_alg crypto_sodium_xwing = {.kem_id = CRYPTO_KEM_XWING,
                                            .private_size = XWING_PRIVATE,
                                            .public_size = XWING_PUBLIC,
                                            .enc_size = XWING_ENC,
                                            .secret_size = XWING_SECRET,
                                            .encap_seed_size = XWING_ENCAP_SEED,
                                            .public_key = xwing_public_key,
                                            .encap = xwing_encap,
                                            .decap = xwing_decap,
                                            .check = xwing_check};

/* ---- Ed25519 ---- */

#define ED25519_SEED crypto_sign_ed25519_SEEDBYTES
#define ED25519_PRIVATE crypto_sign_ed25519_SECRETKEYBYTES /* seed, then public key */
#define ED25519_PUBLIC crypto_sign_ed25519_PUBLICKEYBYTES
#define ED25519_SIGNATURE crypto_sign_ed25519_BYTES

static base_err ed25519_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public_key)
{
    if (seed.n != ED25519_SEED ||
        crypto_sign_ed25519_seed_keypair(public_key, private_key, seed.p) != 0) {
        base_wipe(private_key, ED25519_PRIVATE);
        base_wipe(public_key, ED25519_PUBLIC);
        return CRYPTO_E_KEY;
    }
    return BASE_OK;
}

static base_err ed25519_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                             size_t *size)
{
    if (private_key.n != ED25519_PRIVATE ||
        crypto_sign_ed25519_detached(signature, NULL, message.p, message.n, private_key.p) != 0) {
        base_wipe(signature, ED25519_SIGNATURE);
        *size = 0;
        return CRYPTO_E_KEY;
    }
    *size = ED25519_SIGNATURE;
    return BASE_OK;
}

static base_err ed25519_verify(base_bytes public_key, base_bytes message, base_bytes signature)
{
    if (public_key.n != ED25519_PUBLIC) {
        return CRYPTO_E_KEY;
    }
    if (signature.n != ED25519_SIGNATURE ||
        crypto_sign_ed25519_verify_detached(signature.p, message.p, message.n, public_key.p) != 0) {
        return CRYPTO_E_SIGNATURE;
    }
    return BASE_OK;
}

const crypto_sig_alg crypto_sodium_ed25519 = {.id = CRYPTO_SIG_ED25519,
                                              .seed_size = ED25519_SEED,
                                              .private_size = ED25519_PRIVATE,
                                              .public_size = ED25519_PUBLIC,
                                              .signature_max = ED25519_SIGNATURE,
                                              .key_pair = ed25519_key_pair,
                                              .sign = ed25519_sign,
                                              .verify = ed25519_verify};

/* ---- Argon2id ---- */

static base_err argon2id(base_bytes password, base_bytes salt, uint32_t passes, size_t memory,
                         uint8_t *out, size_t out_size)
{
    bool fits = salt.n == crypto_pwhash_argon2id_SALTBYTES &&
                passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN &&
                memory >= crypto_pwhash_argon2id_MEMLIMIT_MIN &&
                memory <= crypto_pwhash_argon2id_MEMLIMIT_MAX &&
                out_size >= crypto_pwhash_argon2id_BYTES_MIN &&
                out_size <= crypto_pwhash_argon2id_BYTES_MAX &&
                password.n <= crypto_pwhash_argon2id_PASSWD_MAX;
    base_err err = BASE_E_ARGUMENT;
    if (fits) {
        /* What is left to fail is memory. An empty password may be a NULL pointer, which libsodium
         * hands on to memcpy. */
        const char *p = password.n > 0 ? (const char *)password.p : "";
        int failed = crypto_pwhash_argon2id(out, out_size, p, password.n, salt.p, passes, memory,
                                            crypto_pwhash_argon2id_ALG_ARGON2ID13);
        err = failed == 0 ? BASE_OK : BASE_E_NOMEM;
    }
    if (err != BASE_OK) {
        base_wipe(out, out_size);
    }
    return err;
}

const crypto_pwhash_alg crypto_sodium_argon2id = {.salt_size = crypto_pwhash_argon2id_SALTBYTES,
                                                  .passes_min = crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                                  .memory_min = crypto_pwhash_argon2id_MEMLIMIT_MIN,
                                                  .derive = argon2id};

/* ---- the list ---- */

static const crypto_hash_alg *const hashes[] = {&crypto_sodium_sha256, &crypto_sodium_sha512, NULL};
static const crypto_xof_alg *const xofs[] = {&crypto_sodium_shake256, NULL};
static const crypto_aead_alg *const aeads[] = {&crypto_sodium_chacha20poly1305, NULL};
static const crypto_dh_alg *const dhs[] = {&crypto_sodium_x25519, NULL};
static const crypto_kem_alg *const kems[] = {&crypto_sodium_xwing, &crypto_sodium_mlkem768, NULL};
static const crypto_sig_alg *const sigs[] = {&crypto_sodium_ed25519, NULL};

static const crypto_backend backend = {.name = "libsodium",
                                       .hashes = hashes,
                                       .xofs = xofs,
                                       .aeads = aeads,
                                       .dhs = dhs,
                                       .kems = kems,
                                       .sigs = sigs,
                                       .pwhash = &crypto_sodium_argon2id};

const crypto_backend *crypto_sodium(void)
{
    return sodium_init() >= 0 ? &backend : NULL;
}
