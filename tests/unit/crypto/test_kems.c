/* The DHKEMs of HPKE whose shared secrets are published: of P-384 and X448 in the vectors of
 * draft-ietf-hpke-pq, where other KDFs follow than those of MLS, so that mls-vectors skips them;
 * the KEM does not know. Key pairs, both directions, and another key or encapsulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto/hpke_kem.h"
#include "support/crypto_rig.h"

typedef struct answer {
    uint16_t number; /* of a suite with the KEM */
    const char *ikm_e;
    const char *ikm_r;
    const char *sk_r;
    const char *pk_r;
    const char *enc;
    const char *shared_secret;
} answer;

static const answer answers[] = {
    /* P-384 */
    {0x0007,
     "a7447f62f4f6faf98140eed3531f3e3bf2c8f6d5e2fa2f2c56b97f3dcc79b695"
     "417a18b547b201dcd7d9b1583124b12a",
     "8f51b7b6c1d043bc3fa3ed7a634cf506f8b4306874826ee1a43a50f605e6c258"
     "37d683d0db0f95491670dd4af71f37e7",
     "8970827e22fb4858ac58dc874bc7ec02a171536b89fc0f9ac268c2933c935bab"
     "f27dea033a71ff11fed88f496a50d8e2",
     "04e31383ea4abef5358ffbe602c13ea7d6c906c94c32af863a08dde6f6247bac"
     "af32ae43108c34a05799dbb101a3311e0acce749a10eb5976629fb574bf9fa8f"
     "7129fd91fbafd1fe0e1a36cab2969d2d9f598abe586668ba4116ca597436de19"
     "a5",
     "04839b259c8318f1f37971a0f6b2634581c4f981c1d93e5bcc2dce977389b23e"
     "a39aec3845f5f9265a7632d18914b63f4dc5d21a6b8674d52711a69368a42945"
     "ae9a3f101f03847d64333648c03999cb54ca438892496d808cfaf2194390b025"
     "f5",
     "3e788110069ce163aedf40839e5c0affbde08a0f739573ce2fa65b05e6a8867b"
     "4b9f746ab44dead83f7573a5c176e065"},
    /* X448 */
    {0x0004,
     "6d2603126151841be9fc82e04f7d2e8ec48a63e1e9014ecde3219b88c9a7800d"
     "9e578d6abfcd408ede13ae2ce446d0a0c0dae32ea4ac5a0c",
     "68b98ac8cb448ab708201dbda774500d8a60a5a78445e628c3084ee43575db53"
     "70ea9d09a93f6c81683d2057399df83fb4d6aa6a848669e8",
     "74970bc93b6b47ca260c15ddf87f0ef7bd7856cf99cd4896dd30c8448ee0d6a4"
     "97c78754c6bd2c2745f5da3d0bf395fe2e53793c262d44b1",
     "ad40243d93eb1c8e9c4e0ac75344365d138c560fc9d55cc0af77f9ec354f83d2"
     "51c650188b67031d4bad75e2aeb375ea8cb1bbc1df888c8c",
     "1525ab8ee0687468ea1e4c5904ee1d4d274176d2e5c375dc5b8ef9ddc6999da2"
     "e8925c42bb30d064afe4343e12512f65a210ddff3efa1fbf",
     "19f9b9d4c9651b775dca8458b77e43388dbfa3bebf7e0264d843fcd7356e73e3"
     "1962eb6e8589ab9a110d19e457c480a8f5f5da81e39a6eb1d563abf10a484f7c"},
    /* P-521, of RFC 9180, A.6.1 */
    {0x0005,
     "7f06ab8215105fc46aceeb2e3dc5028b44364f960426eb0d8e4026c2f8b5d7e7"
     "a986688f1591abf5ab753c357a5d6f0440414b4ed4ede71317772ac98d9239f7"
     "0904",
     "2ad954bbe39b7122529f7dde780bff626cd97f850d0784a432784e69d86eccaa"
     "de43b6c10a8ffdb94bf943c6da479db137914ec835a7e715e36e45e29b587bab"
     "3bf1",
     "01462680369ae375e4b3791070a7458ed527842f6a98a79ff5e0d4cbde83c271"
     "96a3916956655523a6a2556a7af62c5cadabe2ef9da3760bb21e005202f7b246"
     "2847",
     "0401b45498c1714e2dce167d3caf162e45e0642afc7ed435df7902ccae0e84ba"
     "0f7d373f646b7738bbbdca11ed91bdeae3cdcba3301f2457be452f271fa68375"
     "80e661012af49583a62e48d44bed350c7118c0d8dc861c238c72a2bda17f6470"
     "4f464b57338e7f40b60959480c0e58e6559b190d81663ed816e523b6b6a418f6"
     "6d2451ec64",
     "040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab890"
     "0aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5cee6bae0cf1c21f27"
     "31ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de1205"
     "1f1ed0692237fb02b2f8d1dc1c73e9b366b529eb436e98a996ee522aef863dd5"
     "739d2f29b0",
     "776ab421302f6eff7d7cb5cb1adaea0cd50872c71c2d63c30c4f1d5e43653336"
     "fef33b103c67e7a98add2d3b66e2fda95b5b2a667aa9dac7e59cc1d46d30e818"},
};

#define ANSWERS (sizeof answers / sizeof answers[0])

/* Randomness that is one given string. */
static base_err give(void *user, uint8_t *p, size_t n)
{
    const base_bytes *b = user;
    if (b->n != n) {
        return BASE_E_RANDOM;
    }
    memcpy(p, b->p, n);
    return BASE_OK;
}

/* The published private key of X448 is clamped, as RFC 9180 (section 7.1.2) says of its serial
 * form; the one of X25519 in the RFC is not. It is the same key: who uses it clamps it. */
static void clamp(const crypto_suite *s, base_secret *key)
{
    if (s->kem_id == CRYPTO_KEM_X448) {
        key->b[0] &= 0xfc;
        key->b[55] |= 0x80;
    }
}

static void kems_give_the_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANSWERS; i++) {
        const answer *a = &answers[i];
        crypto_rig rig;
        base_secret priv = {0};
        base_secret shared = {0};
        base_bytes ikm_e = unhex(a->ikm_e);
        crypto_rig_init(&rig, 1);
        rig.env.random = (crypto_random){give, &ikm_e};
        crypto_suite s = crypto_rig_suite(&rig, a->number);
        base_buf pub = crypto_rig_buf(&rig);
        base_buf enc = crypto_rig_buf(&rig);
        assert_int_equal(crypto_hpke_derive_key_pair(&s, unhex(a->ikm_r), &priv, &pub), BASE_OK);
        clamp(&s, &priv);
        assert_bytes(base_secret_bytes(&priv), unhex(a->sk_r));
        assert_bytes(base_buf_bytes(&pub), unhex(a->pk_r));
        assert_int_equal(crypto_kem_encap(&s, base_buf_bytes(&pub), &enc, &shared), BASE_OK);
        assert_bytes(base_buf_bytes(&enc), unhex(a->enc));
        assert_bytes(base_secret_bytes(&shared), unhex(a->shared_secret));
        base_secret_clear(&shared);
        assert_int_equal(
            crypto_kem_decap(&s, base_secret_bytes(&priv), base_buf_bytes(&enc), &shared), BASE_OK);
        assert_bytes(base_secret_bytes(&shared), unhex(a->shared_secret));
        base_buf_clear(&pub);
        base_buf_clear(&enc);
    }
}

static void another_key_has_another_secret_and_a_broken_encapsulation_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANSWERS; i++) {
        const answer *a = &answers[i];
        crypto_rig rig;
        base_secret other = {0};
        base_secret shared = {0};
        uint8_t enc[133];
        crypto_rig_init(&rig, 1);
        crypto_suite s = crypto_rig_suite(&rig, a->number);
        base_buf pub = crypto_rig_buf(&rig);
        assert_int_equal(crypto_hpke_generate_key_pair(&s, &other, &pub), BASE_OK);
        base_bytes good = unhex(a->enc);
        assert_int_equal(crypto_kem_decap(&s, base_secret_bytes(&other), good, &shared), BASE_OK);
        assert_memory_not_equal(shared.b, unhex(a->shared_secret).p, shared.n);
        base_secret_clear(&shared);
        memset(enc, 0, sizeof enc); /* no point, or one of small order */
        assert_int_equal(crypto_kem_decap(&s, unhex(a->sk_r), base_bytes_of(enc, good.n), &shared),
                         CRYPTO_E_KEY);
        assert_int_equal(
            crypto_kem_decap(&s, unhex(a->sk_r), base_bytes_of(good.p, good.n - 1), &shared),
            CRYPTO_E_KEY);
        assert_int_equal(shared.n, 0);
        base_buf_clear(&pub);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kems_give_the_published_answers),
        cmocka_unit_test(another_key_has_another_secret_and_a_broken_encapsulation_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
