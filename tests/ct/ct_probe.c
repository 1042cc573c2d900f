/* What the name says, on values that Valgrind holds to be undefined: any branch or index on them is
 * an error of its. Run by test_ct; linked with the base room built with BASE_CT_TEST. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/crypto_default.h"
#include "base/bytes.h"
#include "crypto/labels.h"
#include "mls/secret_tree.h"
#include "mls/transcript.h"

typedef struct probe {
    const char *name;
    bool (*run)(void);
} probe;

static crypto_suite suite(void)
{
    static crypto_env env;
    crypto_suite s = {0};
    env.backend = crypto_default();
    if (env.backend == NULL || crypto_suite_resolve(&env, 0x0001, &s) != BASE_OK) {
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

static bool derive(void)
{
    uint8_t a[32];
    base_secret out = {0};
    crypto_suite s = suite();
    return crypto_derive_secret(&s, secret_bytes(a, sizeof a, 7), CRYPTO_LABEL("probe"), &out) ==
           BASE_OK;
}

static bool tag(void)
{
    uint8_t key[32];
    crypto_digest made;
    crypto_suite s = suite();
    base_bytes k = secret_bytes(key, sizeof key, 7);
    base_bytes hash = base_bytes_str("confirmed transcript hash");
    return mls_confirmation_tag_make(&s, k, hash, &made) == BASE_OK &&
           mls_confirmation_tag_check(&s, k, hash, crypto_digest_bytes(&made)) == BASE_OK;
}

static bool ratchets(void)
{
    static const mls_ratchet_limits limits = {.forward = 8, .kept = 8};
    crypto_suite s = suite();
    base_secret root = {.n = 32};
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

static const probe probes[] = {
    {"control", control}, {"equal", equal},   {"unequal", unequal},
    {"zero", zero},       {"choose", choose}, {"wipe", wipe},
    {"derive", derive},   {"tag", tag},       {"ratchets", ratchets},
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
