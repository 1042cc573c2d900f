/* The table of cipher suites and their resolution against a backend, and the suite's plain
 * operations: random bytes, hash, MAC, AEAD, signature keys. HPKE and the labelled functions build
 * on these in their own files. */
#include "suite.h"

#include "base/ct.h"
#include "base/num.h"

/* Random bytes that are no private key are so rare (crypto.h) that a second time is a fault. */
#define KEY_TRIES 4

#define OFFERED 1     /* stands in capabilities without being asked for */
#define BARE_DERIVE 2 /* crypto_suite.bare_derive */
#define UNASSIGNED 4  /* the number is private, and goes by crypto_env.numbers */

typedef struct suite_row {
    uint16_t number;
    unsigned flags;
    crypto_suite_parts parts;
    const char *name;
} suite_row;

/* Best first. Parts are KEM, AEAD, hash and signature by the numbers of crypto.h.
 *
 * 0xF001 to 0xF00B are the suites of draft-ietf-mls-pq-ciphersuites in its order. 0x004D is a
 * number that OpenMLS gave to a suite of its own, and 84 one of ts-mls; we speak them when asked
 * and offer them to nobody. Both take X-Wing as its own draft puts it into HPKE, where
 * DeriveKeyPair is SHAKE256 of the input alone. */
static const suite_row table[] = {
    {0xF001,
     OFFERED | UNASSIGNED,
     {0x647a, 1, 1, 0x807},
     "MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519"},
    {0x0001, OFFERED, {0x20, 1, 1, 0x807}, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"},
    {0x0003, OFFERED, {0x20, 3, 1, 0x807}, "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"},
    {0x0002, OFFERED, {0x10, 1, 1, 0x403}, "MLS_128_DHKEMP256_AES128GCM_SHA256_P256"},
    {0xF002,
     OFFERED | UNASSIGNED,
     {0x647a, 2, 2, 0x807},
     "MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519"},
    {0x0007, OFFERED, {0x11, 2, 2, 0x503}, "MLS_256_DHKEMP384_AES256GCM_SHA384_P384"},
    {0x0005, OFFERED, {0x12, 2, 3, 0x603}, "MLS_256_DHKEMP521_AES256GCM_SHA512_P521"},
    {0x0004, OFFERED, {0x21, 2, 3, 0x808}, "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448"},
    {0x0006, OFFERED, {0x21, 3, 3, 0x808}, "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448"},
    {0xF003, UNASSIGNED, {0x50, 1, 1, 0x403}, "MLS_128_MLKEM768P256_AES128GCM_SHA256_P256"},
    {0xF004, UNASSIGNED, {0x50, 2, 2, 0x403}, "MLS_128_MLKEM768P256_AES256GCM_SHA384_P256"},
    {0xF005, UNASSIGNED, {0x51, 2, 2, 0x503}, "MLS_192_MLKEM1024P384_AES256GCM_SHA384_P384"},
    {0xF006, UNASSIGNED, {0x41, 2, 2, 0x807}, "MLS_128_MLKEM768_AES256GCM_SHA384_Ed25519"},
    {0xF007, UNASSIGNED, {0x41, 2, 2, 0x403}, "MLS_128_MLKEM768_AES256GCM_SHA384_P256"},
    {0xF008, UNASSIGNED, {0x42, 2, 2, 0x503}, "MLS_192_MLKEM1024_AES256GCM_SHA384_P384"},
    {0xF009,
     UNASSIGNED,
     {0x647a, 3, 2, 0x904},
     "MLS_128_MLKEM768X25519_CHACHA20POLY1305_SHA384_MLDSA44"},
    {0xF00A, UNASSIGNED, {0x41, 2, 2, 0x905}, "MLS_192_MLKEM768_AES256GCM_SHA384_MLDSA65"},
    {0xF00B, UNASSIGNED, {0x42, 2, 2, 0x906}, "MLS_256_MLKEM1024_AES256GCM_SHA384_MLDSA87"},
    {0x004D, BARE_DERIVE, {0x647a, 3, 1, 0x807}, "MLS_256_XWING_CHACHA20POLY1305_SHA256_Ed25519"},
    {84, BARE_DERIVE, {0x647a, 3, 3, 0x807}, "MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519"},
};

#define ROWS (sizeof table / sizeof table[0])

static uint16_t row_number(const crypto_env *env, const suite_row *row)
{
    for (size_t i = 0; (row->flags & UNASSIGNED) != 0 && i < env->n_numbers; i++) {
        if (env->numbers[i].suite == row->number) {
            return env->numbers[i].number;
        }
    }
    return row->number;
}

static const suite_row *row_of(const crypto_env *env, uint16_t number)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (row_number(env, &table[i]) == number) {
            return &table[i];
        }
    }
    return NULL;
}

/* Whether the i-th of the numbers is the only one for a suite without an assignment. */
static bool number_fits(const crypto_env *env, size_t i)
{
    bool known = false;
    for (size_t at = 0; at < ROWS; at++) {
        known |= (table[at].flags & UNASSIGNED) != 0 && table[at].number == env->numbers[i].suite;
    }
    for (size_t k = 0; k < i; k++) {
        known &= env->numbers[k].suite != env->numbers[i].suite;
    }
    return known && env->numbers[i].number != 0;
}

base_err crypto_suite_numbers_check(const crypto_env *env)
{
    bool good = env->n_numbers == 0 || env->numbers != NULL;
    for (size_t i = 0; good && i < env->n_numbers; i++) {
        good = number_fits(env, i);
    }
    for (size_t i = 0; good && i < ROWS; i++) { /* no number hides another row */
        good = row_of(env, row_number(env, &table[i])) == &table[i];
    }
    return good ? BASE_OK : BASE_E_ARGUMENT;
}

/* One search a list: the lists end with NULL and hold pointers to structs with an id. */
#define FIND(list, field, wanted, found)                                                           \
    for (size_t at = 0; (list) != NULL && (list)[at] != NULL; at++) {                              \
        if ((list)[at]->field == (wanted)) {                                                       \
            (found) = (list)[at];                                                                  \
            break;                                                                                 \
        }                                                                                          \
    }

static const crypto_hash_alg *find_hash(const crypto_backend *b, uint16_t id)
{
    const crypto_hash_alg *found = NULL;
    FIND(b->hashes, id, id, found);
    return found != NULL && found->size <= CRYPTO_HASH_MAX ? found : NULL;
}

static const crypto_aead_alg *find_aead(const crypto_backend *b, uint16_t id)
{
    const crypto_aead_alg *found = NULL;
    FIND(b->aeads, id, id, found);
    bool fits = found != NULL && found->key_size <= CRYPTO_AEAD_KEY_MAX &&
                found->nonce_size <= CRYPTO_AEAD_NONCE_MAX &&
                found->nonce_size >= sizeof(uint64_t) && found->tag_size <= CRYPTO_AEAD_TAG_MAX;
    return fits ? found : NULL;
}

static const crypto_sig_alg *find_sig(const crypto_backend *b, uint16_t id)
{
    const crypto_sig_alg *found = NULL;
    FIND(b->sigs, id, id, found);
    bool fits = found != NULL && found->seed_size <= CRYPTO_PRIVATE_MAX &&
                found->private_size <= CRYPTO_PRIVATE_MAX &&
                found->public_size <= CRYPTO_SIG_PUBLIC_MAX &&
                found->signature_max <= CRYPTO_SIGNATURE_MAX;
    return fits ? found : NULL;
}

/* A DHKEM needs its own hash, a native KEM the XOF of its DeriveKeyPair. */
static bool find_kem(const crypto_backend *b, uint16_t id, crypto_suite *s)
{
    FIND(b->dhs, kem_id, id, s->dh);
    if (s->dh != NULL) {
        s->dh_hash = find_hash(b, s->dh->hash_id);
        return s->dh_hash != NULL && s->dh->private_size <= CRYPTO_PRIVATE_MAX &&
               s->dh->public_size <= CRYPTO_KEM_PUBLIC_MAX &&
               s->dh->secret_size <= CRYPTO_DH_SECRET_MAX;
    }
    FIND(b->kems, kem_id, id, s->kem);
    FIND(b->xofs, id, CRYPTO_XOF_SHAKE256, s->xof);
    return s->kem != NULL && s->xof != NULL && s->kem->private_size <= CRYPTO_PRIVATE_MAX &&
           s->kem->public_size <= CRYPTO_KEM_PUBLIC_MAX && s->kem->enc_size <= CRYPTO_KEM_ENC_MAX &&
           s->kem->secret_size <= CRYPTO_KEM_SECRET_MAX &&
           s->kem->encap_seed_size <= CRYPTO_SEED_MAX;
}

base_err crypto_suite_of_parts(const crypto_env *env, const crypto_suite_parts *parts,
                               crypto_suite *out)
{
    crypto_suite s = {.name = "unnamed", .env = env, .kem_id = parts->kem};
    s.hash = find_hash(env->backend, parts->hash);
    s.aead = find_aead(env->backend, parts->aead);
    s.sig = parts->sig != 0 ? find_sig(env->backend, parts->sig) : NULL;
    if (s.hash == NULL || s.aead == NULL || (parts->sig != 0 && s.sig == NULL) ||
        !find_kem(env->backend, parts->kem, &s)) {
        return CRYPTO_E_SUITE;
    }
    *out = s;
    return BASE_OK;
}

base_err crypto_suite_resolve(const crypto_env *env, uint16_t number, crypto_suite *out)
{
    const suite_row *row = row_of(env, number);
    crypto_suite s;
    base_err err = CRYPTO_E_SUITE;
    if (row != NULL) {
        err = crypto_suite_of_parts(env, &row->parts, &s);
    }
    if (err == BASE_OK) {
        s.number = number;
        s.name = row->name;
        s.bare_derive = (row->flags & BARE_DERIVE) != 0;
        *out = s;
    }
    return err;
}

uint16_t crypto_suite_nth(const crypto_env *env, size_t i)
{
    for (size_t at = 0; at < ROWS; at++) {
        crypto_suite s;
        uint16_t number = row_number(env, &table[at]);
        if (crypto_suite_resolve(env, number, &s) != BASE_OK) {
            continue;
        }
        if (i == 0) {
            return number;
        }
        i--;
    }
    return 0;
}

bool crypto_suite_offered(const crypto_env *env, uint16_t number)
{
    const suite_row *row = row_of(env, number);
    return row != NULL && (row->flags & OFFERED) != 0;
}

const base_alloc *crypto_suite_alloc(const crypto_suite *s)
{
    return s->env->alloc != NULL ? s->env->alloc : &base_alloc_std;
}

base_err crypto_random_fill(const crypto_suite *s, uint8_t *out, size_t n)
{
    const crypto_random *r = &s->env->random;
    base_err err = r->fill != NULL ? r->fill(r->user, out, n) : BASE_E_RANDOM;
    if (err != BASE_OK) {
        base_wipe(out, n);
        return BASE_E_RANDOM;
    }
    return BASE_OK;
}

base_err crypto_random_secret(const crypto_suite *s, size_t n, base_secret *out)
{
    if (n > BASE_SECRET_MAX) {
        return BASE_E_ARGUMENT;
    }
    out->n = n;
    base_err err = crypto_random_fill(s, out->b, n);
    if (err != BASE_OK) {
        base_secret_clear(out);
    }
    return err;
}

base_err crypto_digest_of(const crypto_suite *s, const base_bytes *parts, size_t count,
                          crypto_digest *out)
{
    crypto_digest d = {.n = s->hash->size};
    base_err err = s->hash->digest(parts, count, d.b);
    if (err == BASE_OK) {
        *out = d;
    }
    return err;
}

base_err crypto_mac(const crypto_suite *s, base_bytes key, base_bytes message, crypto_digest *out)
{
    crypto_digest d = {.n = s->hash->size};
    base_err err = s->hash->hmac(key, &message, 1, d.b);
    if (err == BASE_OK) {
        *out = d;
    }
    return err;
}

base_err crypto_mac_check(const crypto_suite *s, base_bytes key, base_bytes message, base_bytes tag)
{
    crypto_digest want;
    base_err err = crypto_mac(s, key, message, &want);
    if (err != BASE_OK) {
        return err;
    }
    bool same = base_ct_eq(crypto_digest_bytes(&want), tag);
    base_wipe(&want, sizeof want);
    return same ? BASE_OK : CRYPTO_E_OPEN;
}

base_err crypto_seal(const crypto_suite *s, base_bytes key, base_bytes nonce, base_bytes aad,
                     base_bytes plaintext, base_buf *out)
{
    base_buf fresh = base_buf_on(out->alloc);
    size_t n = 0;
    base_err err = BASE_OK;
    REQUIRE(base_add(plaintext.n, s->aead->tag_size, &n), BASE_E_LIMIT);
    TRY(base_buf_resize(&fresh, n));
    TRY(s->aead->seal(key, nonce, aad, plaintext, fresh.p));
    base_buf_move(out, &fresh);
done:
    base_buf_clear(&fresh);
    return err;
}

base_err crypto_open(const crypto_suite *s, base_bytes key, base_bytes nonce, base_bytes aad,
                     base_bytes ciphertext, base_buf *out)
{
    base_buf fresh = base_buf_on(out->alloc);
    base_err err = BASE_OK;
    REQUIRE(ciphertext.n >= s->aead->tag_size, CRYPTO_E_OPEN);
    /* One byte more, so that an empty plaintext has an address too. */
    TRY(base_buf_resize(&fresh, ciphertext.n - s->aead->tag_size + 1));
    TRY(s->aead->open(key, nonce, aad, ciphertext, fresh.p));
    TRY(base_buf_resize(&fresh, ciphertext.n - s->aead->tag_size));
    base_buf_move(out, &fresh);
done:
    base_buf_clear(&fresh);
    return err;
}

/* Both keys of a private key in its standard form. */
static base_err key_pair(const crypto_suite *s, base_bytes seed, base_secret *private_key,
                         base_buf *public_key)
{
    const crypto_sig_alg *sig = s->sig;
    uint8_t priv[CRYPTO_PRIVATE_MAX] = {0};
    uint8_t pub[CRYPTO_SIG_PUBLIC_MAX] = {0};
    base_err err = BASE_OK;
    TRY(sig->key_pair(seed, priv, pub));
    TRY(base_buf_set(public_key, base_bytes_of(pub, sig->public_size)));
    TRY(base_secret_set(private_key, base_bytes_of(priv, sig->private_size)));
done:
    base_wipe(priv, sizeof priv);
    return err;
}

base_err crypto_sig_generate(const crypto_suite *s, base_secret *private_key, base_buf *public_key)
{
    base_secret seed = {0};
    base_err err = CRYPTO_E_KEY;
    for (int i = 0; i < KEY_TRIES && err == CRYPTO_E_KEY; i++) {
        TRY(crypto_random_secret(s, s->sig->seed_size, &seed));
        seed.b[0] &= s->sig->seed_mask != 0 ? s->sig->seed_mask : 0xff;
        err = key_pair(s, base_secret_bytes(&seed), private_key, public_key);
    }
    REQUIRE(err != CRYPTO_E_KEY, BASE_E_RANDOM);
done:
    base_secret_clear(&seed);
    return err;
}

base_err crypto_sig_import(const crypto_suite *s, base_bytes private_key, base_secret *own_form,
                           base_buf *public_key)
{
    const crypto_sig_alg *sig = s->sig;
    base_secret own = {0};
    base_buf pub = base_buf_on(public_key->alloc);
    base_err err = BASE_OK;
    REQUIRE(private_key.n == sig->seed_size || private_key.n == sig->private_size, CRYPTO_E_KEY);
    TRY(key_pair(s, base_bytes_of(private_key.p, sig->seed_size), &own, &pub));
    /* The own form begins with the standard one. A rest that does not belong to it would make
     * signatures that give the key away. */
    REQUIRE(private_key.n == sig->seed_size || base_ct_eq(base_secret_bytes(&own), private_key),
            CRYPTO_E_KEY);
    *own_form = own;
    base_buf_move(public_key, &pub);
done:
    base_secret_clear(&own);
    base_buf_clear(&pub);
    return err;
}
