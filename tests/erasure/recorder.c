/* See recorder.h. Values are compared where they lie and copied to shared memory alone, so that
 * this file leaves no trace of its own. */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"

enum { RECORDS = 1 << 16, SLOTS = 1 << 18, KEYED = 12 };

typedef struct shared {
    recorder_secret v[RECORDS];
    size_t n;
    size_t step;
    int slot[SLOTS]; /* by the first KEYED bytes; index + 1 */
    uint8_t room[256];
} shared;

static shared *all;

enum { HASHES = 3 };

static struct {
    const crypto_hash_alg *hash[HASHES];
    const crypto_xof_alg *xof;
    const crypto_aead_alg *aead;
    const crypto_dh_alg *dh;
    const crypto_kem_alg *kem;
    const crypto_sig_alg *sig;
} real;

/* ---- records ---- */

static size_t slot_of(const uint8_t *p)
{
    uint64_t a = 0;
    uint32_t b = 0;
    memcpy(&a, p, sizeof a);
    memcpy(&b, p + sizeof a, sizeof b);
    uint64_t mixed = (a ^ ((uint64_t)b << 17)) * 0x9e3779b97f4a7c15u;
    base_wipe(&a, sizeof a);
    base_wipe(&b, sizeof b);
    return (size_t)(mixed >> 40) % SLOTS;
}

static bool is_plain(base_bytes b)
{
    for (size_t i = 1; i < b.n; i++) {
        if (b.p[i] != b.p[0]) {
            return false;
        }
    }
    return true;
}

int recorder_find(base_bytes secret)
{
    if (secret.n < KEYED || is_plain(secret)) {
        return RECORD_NONE;
    }
    for (size_t at = slot_of(secret.p); all->slot[at] != 0; at = (at + 1) % SLOTS) {
        const recorder_secret *s = &all->v[all->slot[at] - 1];
        size_t n = s->n < secret.n ? s->n : secret.n;
        if (memcmp(s->b, secret.p, n) == 0) {
            return all->slot[at] - 1;
        }
    }
    return RECORD_NONE;
}

static void *must_share(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        abort();
    }
    return p;
}

void recorder_reset(void)
{
    if (all != NULL) {
        (void)munmap(all, sizeof *all);
    }
    all = (shared *)must_share(sizeof *all);
}

void recorder_step(size_t step)
{
    all->step = step;
}

size_t recorder_count(void)
{
    return all->n;
}

const recorder_secret *recorder_at(size_t i)
{
    return &all->v[i];
}

/* The record of a value, made when it is new. Nothing is kept of what is zeros, or too short to
 * tell from chance. */
static int record(base_bytes secret, recorder_kind kind, base_bytes label, int parent)
{
    int known = recorder_find(secret);
    if (known != RECORD_NONE || secret.n < KEYED || is_plain(secret)) {
        return known;
    }
    if (all->n == RECORDS || secret.n > RECORD_MAX) {
        abort();
    }
    recorder_secret *s = &all->v[all->n];
    memcpy(s->b, secret.p, secret.n);
    s->n = secret.n;
    s->kind = kind;
    size_t n = label.n < sizeof s->label - 1 ? label.n : sizeof s->label - 1;
    memcpy(s->label, label.p, n);
    s->parent = parent;
    s->epoch = parent != RECORD_NONE ? all->v[parent].epoch : RECORD_NONE;
    s->step = all->step;
    size_t at = slot_of(s->b);
    while (all->slot[at] != 0) {
        at = (at + 1) % SLOTS;
    }
    all->n++;
    all->slot[at] = (int)all->n;
    return (int)all->n - 1;
}

static int record_as(base_bytes secret, recorder_kind kind, const char *label)
{
    return record(secret, kind, base_bytes_str(label), RECORD_NONE);
}

void recorder_note(base_bytes secret, const char *label)
{
    int i = record_as(secret, RECORD_CALLER, label);
    if (i != RECORD_NONE) {
        all->v[i].kind = RECORD_CALLER;
    }
}

/* ---- what a label means ---- */

static bool is(base_bytes label, const char *name)
{
    return base_bytes_eq(label, base_bytes_str(name));
}

static bool has_label(int i, const char *name)
{
    return i != RECORD_NONE && strcmp(all->v[i].label, name) == 0;
}

static bool is_ratchet(int i)
{
    return has_label(i, "handshake") || has_label(i, "application") || has_label(i, "secret");
}

/* Of an ExpandWithLabel. */
static recorder_kind kind_of(base_bytes label, int parent)
{
    static const struct {
        const char *label;
        recorder_kind kind;
    } rows[] = {
        {"sender data", RECORD_EPOCH},
        {"external", RECORD_EPOCH},
        {"membership", RECORD_EPOCH},
        {"init", RECORD_EPOCH},
        {"exporter", RECORD_SHOWN},
        {"authentication", RECORD_SHOWN},
        {"resumption", RECORD_RESUMPTION},
        {"encryption", RECORD_TREE},
        {"application_export", RECORD_EXPORT},
        {"exported", RECORD_CALLER},
    };
    if (has_label(parent, "exporter")) {
        return RECORD_TRANSIENT; /* whatever the application's label says */
    }
    if (is(label, "tree")) {
        return all->v[parent].kind;
    }
    if (is(label, "handshake") || is(label, "application")) {
        return RECORD_TREE;
    }
    if (is(label, "secret") || is(label, "key") || is(label, "nonce")) {
        return is_ratchet(parent) ? RECORD_TREE : RECORD_TRANSIENT;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (is(label, rows[i].label)) {
            return rows[i].kind;
        }
    }
    return RECORD_TRANSIENT;
}

/* Everything that stands behind a message key once it has opened or sealed a message. */
static void consume(int i)
{
    if (i == RECORD_NONE || all->v[i].kind != RECORD_TREE) {
        return;
    }
    for (size_t k = 0; k < all->n; k++) { /* the nonce, which is used in another form */
        recorder_secret *s = &all->v[k];
        if (s->parent == all->v[i].parent && strcmp(s->label, "nonce") == 0) {
            s->consumed = true;
        }
    }
    while (i != RECORD_NONE && all->v[i].kind == RECORD_TREE && !all->v[i].consumed) {
        all->v[i].consumed = true;
        i = all->v[i].parent;
    }
}

/* ---- HMAC ---- */

typedef enum form { FORM_MLS, FORM_HPKE_EXTRACT, FORM_HPKE_EXPAND, FORM_PLAIN } form;

static form form_of(const base_bytes *parts, size_t count, base_bytes *label)
{
    if (count == 8 && is(parts[3], "MLS 1.0 ")) {
        *label = parts[4];
        return FORM_MLS;
    }
    if (count == 4 && is(parts[0], "HPKE-v1")) {
        *label = parts[2];
        return FORM_HPKE_EXTRACT;
    }
    if (count >= 6 && is(parts[2], "HPKE-v1")) {
        *label = parts[4];
        return FORM_HPKE_EXPAND;
    }
    *label = base_bytes_str("extract");
    return FORM_PLAIN;
}

static void see_mls(base_bytes key, base_bytes label, base_bytes out)
{
    int parent = record_as(key, RECORD_TRANSIENT, "random");
    if (is(label, "sender data")) {
        all->v[parent].epoch = parent; /* the epoch_secret itself */
    }
    if (parent != RECORD_NONE) {
        all->v[parent].has_children = true;
    }
    int made = record(out, kind_of(label, parent), label, parent);
    if (is(label, "epoch") && made != RECORD_NONE) {
        all->v[made].epoch = made;
    }
}

static void see_hmac(base_bytes key, const base_bytes *parts, size_t count, base_bytes out)
{
    base_bytes label;
    form f = form_of(parts, count, &label);
    bool is_public = is(label, "info_hash") || is(label, "psk_id_hash");
    int parent = recorder_find(key);
    if (f == FORM_MLS) {
        see_mls(key, label, out);
    } else if (f == FORM_HPKE_EXTRACT && !is_public) {
        (void)record_as(parts[3], RECORD_TRANSIENT, "ikm");
        (void)record(out, RECORD_TRANSIENT, label, parent);
    } else if (f == FORM_HPKE_EXPAND) {
        bool is_key = is(label, "sk") || is(label, "candidate");
        (void)record(out, is_key ? RECORD_PRIVATE : RECORD_TRANSIENT, label, parent);
    } else if (f == FORM_PLAIN && !has_label(parent, "confirm") &&
               !has_label(parent, "membership")) {
        (void)record_as(parts[0], RECORD_TRANSIENT, "extracted from");
        (void)record(out, RECORD_TRANSIENT, label, parent);
    }
}

/* A function of a backend has no owner, so each hash has functions of its own. */
#define HASH(i)                                                                                    \
    static base_err digest_##i(const base_bytes *parts, size_t count, uint8_t *out)                \
    {                                                                                              \
        return real.hash[i]->digest(parts, count, out);                                            \
    }                                                                                              \
    static base_err hmac_##i(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)  \
    {                                                                                              \
        base_err err = real.hash[i]->hmac(key, parts, count, out);                                 \
        if (err == BASE_OK) {                                                                      \
            see_hmac(key, parts, count, base_bytes_of(out, real.hash[i]->size));                   \
        }                                                                                          \
        return err;                                                                                \
    }
HASH(0)
HASH(1)
HASH(2)

static base_err xof_digest(const base_bytes *parts, size_t count, uint8_t *out, size_t n)
{
    base_err err = real.xof->digest(parts, count, out, n);
    if (err == BASE_OK) {
        (void)record_as(parts[0], RECORD_TRANSIENT, "ikm");
        (void)record_as(base_bytes_of(out, n), RECORD_PRIVATE, "sk");
    }
    return err;
}

/* ---- AEAD ---- */

static void see_key(base_bytes key, base_bytes nonce)
{
    int i = record_as(key, RECORD_TRANSIENT, "aead key");
    (void)record_as(nonce, RECORD_TRANSIENT, "aead nonce");
    consume(i);
}

static base_err aead_seal(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes in,
                          uint8_t *out)
{
    base_err err = real.aead->seal(key, nonce, aad, in, out);
    if (err == BASE_OK) {
        see_key(key, nonce);
    }
    return err;
}

static base_err aead_open(base_bytes key, base_bytes nonce, base_bytes aad, base_bytes in,
                          uint8_t *out)
{
    base_err err = real.aead->open(key, nonce, aad, in, out);
    if (err == BASE_OK) {
        see_key(key, nonce);
    }
    return err;
}

/* ---- KEMs ---- */

/* X-Wing keeps a seed, and expands it for each use: seeds of ML-KEM and a scalar. */
static void see_expansion(base_bytes seed, int i)
{
    if (real.kem != NULL && real.kem->kem_id == CRYPTO_KEM_XWING &&
        real.xof->digest(&seed, 1, all->room, 96) == BASE_OK) {
        (void)record(base_bytes_of(all->room, 96), RECORD_TRANSIENT,
                     base_bytes_str("expanded X-Wing key"), i);
    }
}

/* A candidate for a scalar is the key itself but for bits of its first byte (RFC 9180, section
 * 7.1.3), and may be in two blocks. */
static void see_candidate(base_bytes private_key, const uint8_t *public_key)
{
    for (size_t i = all->n > 8 ? all->n - 8 : 0; i < all->n; i++) {
        recorder_secret *s = &all->v[i];
        size_t n = s->n < private_key.n ? s->n : private_key.n;
        if (s->kind == RECORD_PRIVATE && !s->has_public &&
            memcmp(s->b + 1, private_key.p + 1, n - 1) == 0) {
            memcpy(s->public_key, public_key, sizeof s->public_key);
            s->has_public = true;
        }
    }
}

static void see_pair(base_bytes private_key, const uint8_t *public_key)
{
    int i = record_as(private_key, RECORD_PRIVATE, "sk");
    see_candidate(private_key, public_key);
    if (i != RECORD_NONE) {
        memcpy(all->v[i].public_key, public_key, sizeof all->v[i].public_key);
        all->v[i].has_public = true;
        see_expansion(private_key, i);
    }
}

static base_err dh_public_key(base_bytes private_key, uint8_t *public_key)
{
    base_err err = real.dh->public_key(private_key, public_key);
    if (err == BASE_OK) {
        see_pair(private_key, public_key);
    }
    return err;
}

static base_err dh_shared(base_bytes private_key, base_bytes public_key, uint8_t *secret)
{
    base_err err = real.dh->shared(private_key, public_key, secret);
    if (err == BASE_OK) {
        (void)record_as(base_bytes_of(secret, real.dh->secret_size), RECORD_TRANSIENT, "dh");
    }
    return err;
}

static base_err kem_public_key(base_bytes private_key, uint8_t *public_key)
{
    base_err err = real.kem->public_key(private_key, public_key);
    if (err == BASE_OK) {
        see_pair(private_key, public_key);
    }
    return err;
}

static base_err kem_encap(base_bytes public_key, base_bytes seed, uint8_t *enc, uint8_t *secret)
{
    base_err err = real.kem->encap(public_key, seed, enc, secret);
    if (err == BASE_OK) {
        (void)record_as(seed, RECORD_TRANSIENT, "encap seed");
        (void)record_as(base_bytes_of(secret, real.kem->secret_size), RECORD_TRANSIENT, "kem");
    }
    return err;
}

static base_err kem_decap(base_bytes private_key, base_bytes enc, uint8_t *secret)
{
    base_err err = real.kem->decap(private_key, enc, secret);
    if (err == BASE_OK) {
        (void)record_as(base_bytes_of(secret, real.kem->secret_size), RECORD_TRANSIENT, "kem");
    }
    return err;
}

/* ---- signatures ---- */

/* The private key is the application's; what Ed25519 makes of it (RFC 8032, section 5.1.5) is the
 * backend's. */
static void see_signing_key(base_bytes private_key)
{
    base_bytes seed = base_bytes_of(private_key.p, real.sig->seed_size);
    int i = record_as(seed, RECORD_CALLER, "signature key");
    for (size_t k = 0; real.sig->id == CRYPTO_SIG_ED25519 && k < HASHES; k++) {
        const crypto_hash_alg *h = real.hash[k];
        if (h != NULL && h->id == CRYPTO_HASH_SHA512 && h->digest(&seed, 1, all->room) == BASE_OK) {
            (void)record(base_bytes_of(all->room, 64), RECORD_TRANSIENT,
                         base_bytes_str("expanded signature key"), i);
        }
    }
}

static base_err sig_key_pair(base_bytes seed, uint8_t *private_key, uint8_t *public_key)
{
    base_err err = real.sig->key_pair(seed, private_key, public_key);
    if (err == BASE_OK) {
        see_signing_key(base_bytes_of(private_key, real.sig->private_size));
    }
    return err;
}

static base_err sig_sign(base_bytes private_key, base_bytes message, uint8_t *signature,
                         size_t *size)
{
    base_err err = real.sig->sign(private_key, message, signature, size);
    if (err == BASE_OK) {
        see_signing_key(private_key);
    }
    return err;
}

/* ---- the backend ---- */

static crypto_hash_alg hash[HASHES];
static crypto_xof_alg xof;
static crypto_aead_alg aead;
static crypto_dh_alg dh;
static crypto_kem_alg kem;
static crypto_sig_alg sig;
static const crypto_hash_alg *const hashes[] = {&hash[0], &hash[1], &hash[2], NULL};
static const crypto_xof_alg *const xofs[] = {&xof, NULL};
static const crypto_aead_alg *const aeads[] = {&aead, NULL};
static const crypto_dh_alg *dhs[] = {NULL, NULL};
static const crypto_kem_alg *kems[] = {NULL, NULL};
static const crypto_sig_alg *const sigs[] = {&sig, NULL};
static const crypto_backend backend = {.name = "recorded",
                                       .hashes = hashes,
                                       .xofs = xofs,
                                       .aeads = aeads,
                                       .dhs = dhs,
                                       .kems = kems,
                                       .sigs = sigs};

#define PICK(list, field, wanted, to)                                                              \
    do {                                                                                           \
        (to) = NULL;                                                                               \
        for (size_t k = 0; (list)[k] != NULL; k++) {                                               \
            (to) = (list)[k]->field == (wanted) ? (list)[k] : (to);                                \
        }                                                                                          \
    } while (0)

static void wrap_hashes(const crypto_backend *from)
{
    static base_err (*const digests[HASHES])(const base_bytes *, size_t,
                                             uint8_t *) = {digest_0, digest_1, digest_2};
    static base_err (*const hmacs[HASHES])(base_bytes, const base_bytes *, size_t,
                                           uint8_t *) = {hmac_0, hmac_1, hmac_2};
    for (size_t i = 0; i < HASHES && from->hashes[i] != NULL; i++) {
        real.hash[i] = from->hashes[i];
        hash[i] = *from->hashes[i];
        hash[i].digest = digests[i];
        hash[i].hmac = hmacs[i];
    }
}

const crypto_backend *recorder_backend(const crypto_backend *from, uint16_t kem_id,
                                       uint16_t aead_id, uint16_t sig_id)
{
    PICK(from->xofs, id, CRYPTO_XOF_SHAKE256, real.xof);
    PICK(from->aeads, id, aead_id, real.aead);
    PICK(from->dhs, kem_id, kem_id, real.dh);
    PICK(from->kems, kem_id, kem_id, real.kem);
    PICK(from->sigs, id, sig_id, real.sig);
    wrap_hashes(from);
    if (real.aead == NULL || real.sig == NULL || (real.dh == NULL && real.kem == NULL)) {
        return NULL;
    }
    xof = *real.xof;
    xof.digest = xof_digest;
    aead = *real.aead;
    aead.seal = aead_seal;
    aead.open = aead_open;
    sig = *real.sig;
    sig.key_pair = sig_key_pair;
    sig.sign = sig_sign;
    dhs[0] = NULL;
    kems[0] = NULL;
    if (real.dh != NULL) {
        dh = *real.dh;
        dh.public_key = dh_public_key;
        dh.shared = dh_shared;
        dhs[0] = &dh;
    } else {
        kem = *real.kem;
        kem.public_key = kem_public_key;
        kem.encap = kem_encap;
        kem.decap = kem_decap;
        kems[0] = &kem;
    }
    return &backend;
}
