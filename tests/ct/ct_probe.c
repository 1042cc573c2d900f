/* What the name says, on values that Valgrind holds to be undefined: any branch or index on them is
 * an error of its. Run by test_ct; linked with the base room built with BASE_CT_TEST. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/crypto_default.h"
#include "adapters/digest_openssl.h"
#include "base/bytes.h"
#include "base/text.h"
#include "crypto/hpke.h"
#include "crypto/labels.h"
#include "mls/psk.h"
#include "mls/secret_tree.h"
#include "mls/transcript.h"
#include "relay/core.h"
#include "sotto/mail.h"

typedef struct probe {
    const char *name;
    bool (*run)(void);
} probe;

static crypto_suite suite_of(uint16_t number)
{
    static crypto_env env;
    crypto_suite s = {0};
    env.backend = crypto_default();
    if (env.backend == NULL || crypto_suite_resolve(&env, number, &s) != BASE_OK) {
        exit(2);
    }
    return s;
}

static base_bytes secret_bytes(uint8_t *b, size_t n, int fill)
{
    memset(b, fill, n);
    CT_SECRET(b, n);
    return base_bytes_of(b, n);
}

/* The control: a comparison that stops at the first difference. It must be reported. */
static bool control(void)
{
    uint8_t a[32];
    static volatile uint8_t b[32] = {7, 7, 7};
    base_bytes s = secret_bytes(a, sizeof a, 7);
    size_t same = 0;
    while (same < sizeof b && s.p[same] == b[same]) {
        same++;
    }
    return same == 3;
}

/* Two more: a branch on a bit, and a table. */
static bool control_branch(void)
{
    static volatile uint8_t seen;
    uint8_t a[1];
    base_bytes s = secret_bytes(a, sizeof a, 7);
    if ((s.p[0] & 1) != 0) {
        seen = 1;
    }
    return seen == 1;
}

static bool control_index(void)
{
    static volatile uint8_t squares[16] = {0, 1, 4, 9, 16, 25, 36, 49};
    uint8_t a[1];
    base_bytes s = secret_bytes(a, sizeof a, 7);
    uint8_t found = squares[s.p[0] & 15];
    CT_PUBLIC(&found, 1);
    return found == 49;
}

static bool equal(void)
{
    uint8_t a[32];
    uint8_t b[32];
    return base_ct_eq(secret_bytes(a, sizeof a, 7), secret_bytes(b, sizeof b, 7));
}

static bool unequal(void)
{
    uint8_t a[32];
    uint8_t b[32];
    return !base_ct_eq(secret_bytes(a, sizeof a, 7), secret_bytes(b, sizeof b, 8));
}

static bool zero(void)
{
    uint8_t a[33];
    return base_ct_is_zero(secret_bytes(a, sizeof a, 0));
}

static bool choose(void)
{
    uint8_t which = 3;
    uint8_t dst[4] = {0};
    uint8_t src[4] = {1, 2, 3, 4};
    CT_SECRET(&which, 1);
    base_ct_copy(dst, src, sizeof dst, base_ct_mask_eq(which, 3));
    CT_PUBLIC(dst, sizeof dst);
    return dst[3] == 4;
}

static bool wipe(void)
{
    uint8_t a[16];
    (void)secret_bytes(a, sizeof a, 7);
    base_wipe(a, sizeof a);
    return a[0] == 0;
}

static bool derive_in(uint16_t number)
{
    uint8_t a[CRYPTO_HASH_MAX];
    base_secret out = {0};
    crypto_suite s = suite_of(number);
    base_bytes secret = secret_bytes(a, s.hash->size, 7);
    return crypto_derive_secret(&s, secret, CRYPTO_LABEL("probe"), &out) == BASE_OK;
}

static bool tag_in(uint16_t number)
{
    uint8_t key[CRYPTO_HASH_MAX];
    crypto_digest made;
    crypto_suite s = suite_of(number);
    base_bytes k = secret_bytes(key, s.hash->size, 7);
    base_bytes hash = base_bytes_str("confirmed transcript hash");
    return mls_confirmation_tag_make(&s, k, hash, &made) == BASE_OK &&
           mls_confirmation_tag_check(&s, k, hash, crypto_digest_bytes(&made)) == BASE_OK;
}

static bool ratchets_in(uint16_t number)
{
    static const mls_ratchet_limits limits = {.forward = 8, .kept = 8};
    crypto_suite s = suite_of(number);
    base_secret root = {.n = s.hash->size};
    mls_secret_tree *t = NULL;
    mls_ratchet_step step = {0};
    mls_message_key key = {0};
    uint32_t generation = 0;
    (void)secret_bytes(root.b, root.n, 7);
    bool good = mls_secret_tree_new(&s, 8, &limits, &root, &t) == BASE_OK &&
                mls_secret_tree_peek(t, (mls_leaf_index){5}, MLS_RATCHET_APPLICATION, 3, &step) ==
                    BASE_OK &&
                mls_secret_tree_consume(t, &step) == BASE_OK &&
                mls_secret_tree_next(t, (mls_leaf_index){2}, MLS_RATCHET_HANDSHAKE, &generation,
                                     &key) == BASE_OK;
    mls_secret_tree_free(t);
    return good;
}

/* A key pair from a secret input. The two curves whose libraries keep this: OpenSSL turns a scalar
 * of a NIST curve into a number without its leading zeros, which takes a branch each, and the
 * matrix of ML-KEM is sampled by rejection from a part of the key that is public, but comes of the
 * secret. */
static bool keys_in(uint16_t number)
{
    uint8_t ikm[64];
    base_secret priv = {0};
    base_buf pub = {0};
    crypto_suite s = suite_of(number);
    base_bytes secret = secret_bytes(ikm, sizeof ikm, 7);
    bool good = crypto_hpke_derive_key_pair(&s, secret, &priv, &pub) == BASE_OK;
    base_buf_clear(&pub);
    return good;
}

static bool sign_in(uint16_t number)
{
    uint8_t seed[64];
    uint8_t private_key[CRYPTO_PRIVATE_MAX];
    uint8_t public_key[CRYPTO_SIG_PUBLIC_MAX];
    uint8_t signature[CRYPTO_SIGNATURE_MAX];
    size_t n = 0;
    crypto_suite s = suite_of(number);
    base_bytes secret = secret_bytes(seed, s.sig->seed_size, 7);
    return s.sig->key_pair(secret, private_key, public_key) == BASE_OK &&
           s.sig->sign(base_bytes_of(private_key, s.sig->private_size), base_bytes_str("message"),
                       signature, &n) == BASE_OK;
}

/* One of SHA-256, X25519 and Ed25519; of SHA-384; of SHA-512, X448 and Ed448. */
#define IN(what, number)                                                                           \
    static bool what##_##number(void)                                                              \
    {                                                                                              \
        return what##_in(number);                                                                  \
    }
IN(derive, 1)
IN(derive, 7)
IN(derive, 4)
IN(tag, 1)
IN(tag, 7)
IN(tag, 4)
IN(ratchets, 1)
IN(ratchets, 7)
IN(ratchets, 4)
IN(keys, 1)
IN(keys, 4)
IN(sign, 1)
IN(sign, 4)

/* The key of a database is written out for it. */
static bool hex(void)
{
    uint8_t key[32];
    base_buf out = {0};
    base_err err = base_text_hex(secret_bytes(key, sizeof key, 0xa7), &out);
    CT_PUBLIC(out.p, out.n);
    bool good = err == BASE_OK && out.n == 64 && out.p[0] == 'a' && out.p[63] == '7';
    base_buf_clear(&out);
    return good;
}

static bool psk(void)
{
    crypto_suite s = suite_of(1);
    uint8_t key[32];
    base_secret out = {0};
    const mls_psk psks[] = {{.id = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("id")},
                             .secret = secret_bytes(key, sizeof key, 7)}};
    return mls_psk_secret_derive(&s, psks, 1, &out) == BASE_OK && out.n == 32;
}

/* What is shown at the relay's gates: the right token, and a wrong one. */
static bool gate(void)
{
    static relay r;
    digest_openssl *d = NULL;
    uint8_t token[32];
    uint8_t hash[32];
    bool open = false;
    bool shut = true;
    if (digest_openssl_new(&d) != BASE_OK) {
        exit(2);
    }
    r.ports.digest = digest_openssl_port(d);
    base_bytes t = secret_bytes(token, sizeof token, 7);
    bool good =
        relay_hash(&r, &t, 1, hash) == BASE_OK && relay_gate_check(&r, hash, t, &open) == BASE_OK &&
        relay_gate_check(&r, hash, secret_bytes(token, sizeof token, 8), &shut) == BASE_OK &&
        open && !shut && relay_gate_check(&r, NULL, t, &shut) == BASE_OK && !shut;
    digest_openssl_free(d);
    return good;
}

/* Whether a mail is for one's own package: the hint is the secret. */
static bool mail(void)
{
    crypto_suite s = suite_of(1);
    const sotto_prims p = {.sha256 = s.hash};
    uint8_t hint[32];
    uint8_t sealed[64] = {[SOTTO_MAIL_TAG_SIZE] = 1, [SOTTO_MAIL_TAG_SIZE + 1] = 9};
    bool mine = true;
    return sotto_mail_is_for(&p, base_bytes_of(sealed, SOTTO_MAIL_TAG_SIZE + 2),
                             secret_bytes(hint, sizeof hint, 7), &mine) == BASE_OK &&
           !mine;
}

static const probe probes[] = {
    {"control", control},
    {"control_branch", control_branch},
    {"control_index", control_index},
    {"equal", equal},
    {"unequal", unequal},
    {"zero", zero},
    {"choose", choose},
    {"wipe", wipe},
    {"derive-sha256", derive_1},
    {"derive-sha384", derive_7},
    {"derive-sha512", derive_4},
    {"tag-sha256", tag_1},
    {"tag-sha384", tag_7},
    {"tag-sha512", tag_4},
    {"ratchets-sha256", ratchets_1},
    {"ratchets-sha384", ratchets_7},
    {"ratchets-sha512", ratchets_4},
    {"keys-x25519", keys_1},
    {"keys-x448", keys_4},
    {"sign-ed25519", sign_1},
    {"sign-ed448", sign_4},
    {"hex", hex},
    {"psk", psk},
    {"gate", gate},
    {"mail", mail},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof probes / sizeof probes[0]; i++) {
        if (strcmp(argv[1], probes[i].name) == 0) {
            return probes[i].run() ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        puts(probes[i].name);
    }
    return argc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
