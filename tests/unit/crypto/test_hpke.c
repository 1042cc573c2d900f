/* HPKE: the published answers of RFC 9180 (appendix A), both modes, contexts, and refusals.
 * X-Wing's answers are in the published vectors, which mls-vectors runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hpke.h"
#include "support/crypto_rig.h"

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

/* ---- published answers ---- */

typedef struct answer {
    uint16_t number;
    const char *ikm_e;
    const char *ikm_r;
    const char *sk_r;
    const char *pk_r;
    const char *psk;
    const char *psk_id;
    const char *enc;
    const char *key;
    const char *base_nonce;
    const char *exporter_secret;
    const char *ciphertext; /* of message 0; empty when it is not compared */
} answer;

#define PSK "0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82"
#define PSK_ID "456e6e796e20447572696e206172616e204d6f726961"

static const answer answers[] = {
    /* A.1.1: X25519, base */
    {0x0001, "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
     "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
     "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
     "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d", "", "",
     "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
     "4531685d41d65f03dc48f6b8302c05b0", "56d890e5accaaf011cff4b7d",
     "45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8",
     "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
     "6d8770ac83d07bea87e13c512a"},
    /* A.1.2: X25519, PSK */
    {0x0001, "78628c354e46f3e169bd231be7b2ff1c77aa302460a26dbfa15515684c00130b",
     "d4a09d09f575fef425905d2ab396c1449141463f698f8efdb7accfaff8995098",
     "c5eb01eb457fe6c6f57577c5413b931550a162c71a03ac8d196babbd4e5ce0fd",
     "9fed7e8c17387560e92cc6462a68049657246a09bfa8ade7aefe589672016366", PSK, PSK_ID,
     "0ad0950d9fb9588e59690b74f1237ecdf1d775cd60be2eca57af5a4b0471c91b",
     "15026dba546e3ae05836fc7de5a7bb26", "9518635eba129d5ce0914555",
     "3d76025dbbedc49448ec3f9080a1abab6b06e91c0b11ad23c912f043a0ee7655", ""},
    /* A.3.1: P-256, base */
    {0x0002, "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e",
     "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550",
     "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
     "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
     "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
     "", "",
     "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
     "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
     "868c066ef58aae6dc589b6cfdd18f97e", "4e0bc5018beba4bf004cca59",
     "14ad94af484a7ad3ef40e9f3be99ecc6fa9036df9d4920548424df127ee0d99f",
     "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f"
     "9076ac232e3ab2523f39513434"},
    /* A.6.1: P-521, base */
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
     "", "",
     "040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab890"
     "0aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5cee6bae0cf1c21f27"
     "31ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de1205"
     "1f1ed0692237fb02b2f8d1dc1c73e9b366b529eb436e98a996ee522aef863dd5"
     "739d2f29b0",
     "751e346ce8f0ddb2305c8a2a85c70d5cf559c53093656be636b9406d4d7d1b70", "55ff7a7d739c69f44b25447b",
     "e4ff9dfbc732a2b9c75823763c5ccc954a2c0648fc6de80a58581252d0ee3215"
     "388a4455e69086b50b87eb28c169a52f42e71de4ca61c920e7bd24c95cc3f992",
     "170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b2b20"
     "0aafcc6d80ea4c795a7c5b841a"},
};

static void one_answer(const answer *a)
{
    crypto_rig rig;
    base_secret priv = {0};
    crypto_hpke_ctx to = {0};
    crypto_hpke_ctx from = {0};
    base_bytes ikm_e = unhex(a->ikm_e);
    crypto_rig_init(&rig, 1);
    rig.env.random = (crypto_random){give, &ikm_e};
    crypto_suite s = crypto_rig_suite(&rig, a->number);
    base_buf pub = crypto_rig_buf(&rig);
    base_buf enc = crypto_rig_buf(&rig);
    base_buf ct = crypto_rig_buf(&rig);
    base_buf pt = crypto_rig_buf(&rig);
    const crypto_hpke_info info = {.info = unhex("4f6465206f6e2061204772656369616e2055726e"),
                                   .psk = unhex(a->psk),
                                   .psk_id = unhex(a->psk_id)};
    base_bytes plaintext = unhex("4265617574792069732074727574682c20747275746820626561757479");
    base_bytes aad = unhex("436f756e742d30");
    assert_int_equal(crypto_hpke_derive_key_pair(&s, unhex(a->ikm_r), &priv, &pub), BASE_OK);
    assert_bytes(base_secret_bytes(&priv), unhex(a->sk_r));
    assert_bytes(base_buf_bytes(&pub), unhex(a->pk_r));
    assert_int_equal(crypto_hpke_setup_sender(&s, base_buf_bytes(&pub), &info, &enc, &to), BASE_OK);
    assert_bytes(base_buf_bytes(&enc), unhex(a->enc));
    assert_int_equal(crypto_hpke_setup_receiver(&s, base_secret_bytes(&priv), base_buf_bytes(&enc),
                                                &info, &from),
                     BASE_OK);
    const crypto_hpke_ctx *both[2] = {&to, &from};
    for (size_t i = 0; i < 2; i++) {
        assert_bytes(base_secret_bytes(&both[i]->key), unhex(a->key));
        assert_bytes(base_secret_bytes(&both[i]->base_nonce), unhex(a->base_nonce));
        assert_bytes(base_secret_bytes(&both[i]->exporter_secret), unhex(a->exporter_secret));
    }
    assert_int_equal(crypto_hpke_ctx_seal(&to, aad, plaintext, &ct), BASE_OK);
    if (a->ciphertext[0] != '\0') {
        assert_bytes(base_buf_bytes(&ct), unhex(a->ciphertext));
    }
    assert_int_equal(crypto_hpke_ctx_open(&from, aad, base_buf_bytes(&ct), &pt), BASE_OK);
    assert_bytes(base_buf_bytes(&pt), plaintext);
    base_buf_clear(&pub);
    base_buf_clear(&enc);
    base_buf_clear(&ct);
    base_buf_clear(&pt);
    crypto_hpke_ctx_clear(&to);
    crypto_hpke_ctx_clear(&from);
    assert_int_equal(to.key.n, 0);
    assert_int_equal(rig.heap.live, 0);
}

static void hpke_gives_the_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        one_answer(&answers[i]);
    }
}

/* ---- a pair to work with ---- */

typedef struct pair {
    crypto_rig rig;
    crypto_suite s;
    base_secret priv;
    base_buf pub;
    crypto_sealed sealed;
    base_buf out;
} pair;

static const crypto_hpke_info no_info;

static void pair_init(pair *p, uint16_t number)
{
    memset(p, 0, sizeof *p);
    crypto_rig_init(&p->rig, 40 + number);
    p->s = crypto_rig_suite(&p->rig, number);
    p->pub = crypto_rig_buf(&p->rig);
    p->out = crypto_rig_buf(&p->rig);
    p->sealed.kem_output = crypto_rig_buf(&p->rig);
    p->sealed.ciphertext = crypto_rig_buf(&p->rig);
    assert_int_equal(crypto_hpke_generate_key_pair(&p->s, &p->priv, &p->pub), BASE_OK);
}

static base_err pair_seal(pair *p, const crypto_hpke_info *info)
{
    return crypto_hpke_seal(&p->s, base_buf_bytes(&p->pub), info, base_bytes_str("aad"),
                            base_bytes_str("plaintext"), &p->sealed);
}

static base_err pair_open(pair *p, const crypto_hpke_info *info)
{
    return crypto_hpke_open(&p->s, base_secret_bytes(&p->priv),
                            base_buf_bytes(&p->sealed.kem_output), info, base_bytes_str("aad"),
                            base_buf_bytes(&p->sealed.ciphertext), &p->out);
}

static void pair_clear(pair *p)
{
    base_buf_clear(&p->pub);
    base_buf_clear(&p->out);
    crypto_sealed_clear(&p->sealed);
    assert_int_equal(p->rig.heap.live, 0);
}

static void what_is_sealed_to_a_key_opens_with_it_in_every_suite(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        pair_init(&p, every_suite(i));
        assert_int_equal(p.priv.n, crypto_hpke_private_size(&p.s));
        assert_int_equal(p.pub.n, crypto_hpke_public_size(&p.s));
        assert_int_equal(crypto_hpke_check_public(&p.s, base_buf_bytes(&p.pub)), BASE_OK);
        assert_int_equal(pair_seal(&p, &no_info), BASE_OK);
        assert_int_equal(p.sealed.kem_output.n, crypto_hpke_enc_size(&p.s));
        assert_int_equal(pair_open(&p, &no_info), BASE_OK);
        assert_bytes(base_buf_bytes(&p.out), base_bytes_str("plaintext"));
        pair_clear(&p);
    }
}

static void the_public_key_of_a_private_key_is_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        pair_init(&p, every_suite(i));
        assert_int_equal(crypto_hpke_public_key(&p.s, base_secret_bytes(&p.priv), &p.out), BASE_OK);
        assert_bytes(base_buf_bytes(&p.out), base_buf_bytes(&p.pub));
        assert_int_equal(
            crypto_hpke_public_key(&p.s, base_bytes_of(p.priv.b, p.priv.n - 1), &p.out),
            CRYPTO_E_KEY);
        assert_bytes(base_buf_bytes(&p.out), base_buf_bytes(&p.pub));
        pair_clear(&p);
    }
}

static void another_key_does_not_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        pair_init(&p, every_suite(i));
        assert_int_equal(pair_seal(&p, &no_info), BASE_OK);
        assert_int_equal(crypto_hpke_generate_key_pair(&p.s, &p.priv, &p.pub), BASE_OK);
        assert_int_equal(pair_open(&p, &no_info), CRYPTO_E_OPEN);
        assert_int_equal(p.out.n, 0);
        pair_clear(&p);
    }
}

static void another_info_psk_or_id_does_not_open(void **state)
{
    (void)state;
    base_bytes psk = unhex(PSK);
    base_bytes other = unhex("ff47fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82");
    const crypto_hpke_info good = {base_bytes_str("info"), psk, base_bytes_str("id"), NULL,
                                   BASE_BYTES_NONE};
    const crypto_hpke_info bad[] = {
        {base_bytes_str("inf0"), psk, base_bytes_str("id"), NULL, BASE_BYTES_NONE},
        {base_bytes_str("info"), other, base_bytes_str("id"), NULL, BASE_BYTES_NONE},
        {base_bytes_str("info"), psk, base_bytes_str("1d"), NULL, BASE_BYTES_NONE},
        {base_bytes_str("info"), BASE_BYTES_NONE, BASE_BYTES_NONE, NULL, BASE_BYTES_NONE},
    };
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        pair_init(&p, every_suite(i));
        assert_int_equal(pair_seal(&p, &good), BASE_OK);
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            assert_int_equal(pair_open(&p, &bad[k]), CRYPTO_E_OPEN);
        }
        assert_int_equal(pair_open(&p, &good), BASE_OK);
        pair_clear(&p);
    }
}

static void the_hash_of_an_info_stands_for_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        pair_init(&p, every_suite(i));
        crypto_digest hash = {0};
        crypto_digest other = {0};
        assert_int_equal(crypto_hpke_info_hash(&p.s, base_bytes_str("info"), &hash), BASE_OK);
        assert_int_equal(crypto_hpke_info_hash(&p.s, base_bytes_str("inf0"), &other), BASE_OK);
        const crypto_hpke_info whole = {.info = base_bytes_str("info")};
        const crypto_hpke_info hashed = {.info_hash = &hash};
        const crypto_hpke_info wrong = {.info_hash = &other};
        assert_int_equal(pair_seal(&p, &hashed), BASE_OK);
        assert_int_equal(pair_open(&p, &whole), BASE_OK);
        assert_int_equal(pair_open(&p, &hashed), BASE_OK);
        assert_int_equal(pair_open(&p, &wrong), CRYPTO_E_OPEN);
        pair_clear(&p);
    }
}

static void half_a_psk_or_a_short_one_is_the_callers_bug(void **state)
{
    (void)state;
    base_bytes psk = unhex(PSK);
    const crypto_hpke_info bad[] = {
        {.psk = psk},
        {.psk_id = base_bytes_str("id")},
        {.psk = base_bytes_of(psk.p, 31), .psk_id = base_bytes_str("id")},
    };
    pair p;
    pair_init(&p, 0x0001);
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        assert_int_equal(pair_seal(&p, &bad[k]), BASE_E_ARGUMENT);
        assert_int_equal(p.sealed.kem_output.n, 0);
    }
    pair_clear(&p);
}

static void keys_and_encapsulations_of_another_size_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        pair_init(&p, every_suite(i));
        assert_int_equal(pair_seal(&p, &no_info), BASE_OK);
        base_bytes ct = base_buf_bytes(&p.sealed.ciphertext);
        base_bytes enc = base_buf_bytes(&p.sealed.kem_output);
        base_bytes priv = base_secret_bytes(&p.priv);
        for (size_t n = 0; n < enc.n; n += 1 + n / 3) {
            assert_int_equal(crypto_hpke_open(&p.s, priv, base_bytes_of(enc.p, n), &no_info,
                                              base_bytes_str("aad"), ct, &p.out),
                             CRYPTO_E_KEY);
        }
        assert_int_equal(crypto_hpke_open(&p.s, base_bytes_of(priv.p, priv.n - 1), enc, &no_info,
                                          base_bytes_str("aad"), ct, &p.out),
                         CRYPTO_E_KEY);
        p.pub.n--;
        base_bytes before = base_buf_bytes(&p.sealed.kem_output);
        assert_int_equal(pair_seal(&p, &no_info), CRYPTO_E_KEY);
        assert_ptr_equal(p.sealed.kem_output.p, before.p); /* as it was */
        assert_int_equal(crypto_hpke_check_public(&p.s, base_buf_bytes(&p.pub)), CRYPTO_E_KEY);
        pair_clear(&p);
    }
}

static void every_changed_byte_of_a_small_encapsulation_is_refused(void **state)
{
    (void)state;
    static const uint16_t small[] = {0x0001, 0x0002};
    for (size_t i = 0; i < 2; i++) {
        pair p;
        pair_init(&p, small[i]);
        assert_int_equal(pair_seal(&p, &no_info), BASE_OK);
        for (size_t k = 0; k < p.sealed.kem_output.n; k++) {
            p.sealed.kem_output.p[k] ^= 1;
            base_err err = pair_open(&p, &no_info);
            assert_true(err == CRYPTO_E_OPEN || err == CRYPTO_E_KEY);
            p.sealed.kem_output.p[k] ^= 1;
        }
        assert_int_equal(pair_open(&p, &no_info), BASE_OK);
        pair_clear(&p);
    }
}

/* ---- contexts ---- */

static void messages_of_a_context_open_in_order_alone(void **state)
{
    (void)state;
    pair p;
    crypto_hpke_ctx to = {0};
    crypto_hpke_ctx from = {0};
    pair_init(&p, 0x0003);
    base_buf ct[3] = {crypto_rig_buf(&p.rig), crypto_rig_buf(&p.rig), crypto_rig_buf(&p.rig)};
    base_bytes m = base_bytes_str("again");
    assert_int_equal(
        crypto_hpke_setup_sender(&p.s, base_buf_bytes(&p.pub), &no_info, &p.sealed.kem_output, &to),
        BASE_OK);
    assert_int_equal(crypto_hpke_setup_receiver(&p.s, base_secret_bytes(&p.priv),
                                                base_buf_bytes(&p.sealed.kem_output), &no_info,
                                                &from),
                     BASE_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(crypto_hpke_ctx_seal(&to, BASE_BYTES_NONE, m, &ct[i]), BASE_OK);
    }
    assert_memory_not_equal(ct[0].p, ct[1].p, ct[0].n);
    assert_int_equal(crypto_hpke_ctx_open(&from, BASE_BYTES_NONE, base_buf_bytes(&ct[1]), &p.out),
                     CRYPTO_E_OPEN);
    for (size_t i = 0; i < 3; i++) { /* a failure has moved nothing */
        assert_int_equal(
            crypto_hpke_ctx_open(&from, BASE_BYTES_NONE, base_buf_bytes(&ct[i]), &p.out), BASE_OK);
        assert_bytes(base_buf_bytes(&p.out), m);
        base_buf_clear(&ct[i]);
    }
    crypto_hpke_ctx_clear(&to);
    crypto_hpke_ctx_clear(&from);
    pair_clear(&p);
}

static void a_context_ends_before_its_counter_repeats(void **state)
{
    (void)state;
    pair p;
    crypto_hpke_ctx to = {0};
    pair_init(&p, 0x0003);
    assert_int_equal(
        crypto_hpke_setup_sender(&p.s, base_buf_bytes(&p.pub), &no_info, &p.sealed.kem_output, &to),
        BASE_OK);
    to.seq = UINT64_MAX - 1;
    assert_int_equal(crypto_hpke_ctx_seal(&to, BASE_BYTES_NONE, BASE_BYTES_NONE, &p.out), BASE_OK);
    assert_int_equal(crypto_hpke_ctx_seal(&to, BASE_BYTES_NONE, BASE_BYTES_NONE, &p.out),
                     BASE_E_LIMIT);
    assert_int_equal(crypto_hpke_ctx_open(&to, BASE_BYTES_NONE, base_buf_bytes(&p.out), &p.out),
                     BASE_E_LIMIT);
    crypto_hpke_ctx_clear(&to);
    pair_clear(&p);
}

static void exports_depend_on_their_context_and_length(void **state)
{
    (void)state;
    pair p;
    crypto_hpke_ctx to = {0};
    uint8_t a[64];
    uint8_t b[64];
    pair_init(&p, 0x0001);
    assert_int_equal(
        crypto_hpke_setup_sender(&p.s, base_buf_bytes(&p.pub), &no_info, &p.sealed.kem_output, &to),
        BASE_OK);
    assert_int_equal(crypto_hpke_ctx_export(&to, base_bytes_str("a"), a, 32), BASE_OK);
    assert_int_equal(crypto_hpke_ctx_export(&to, base_bytes_str("b"), b, 32), BASE_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(crypto_hpke_ctx_export(&to, base_bytes_str("a"), b, 64), BASE_OK);
    assert_memory_not_equal(a, b, 32); /* the length is part of what is expanded */
    static uint8_t much[255 * 32 + 1];
    assert_int_equal(crypto_hpke_ctx_export(&to, BASE_BYTES_NONE, much, sizeof much - 1), BASE_OK);
    assert_int_equal(crypto_hpke_ctx_export(&to, BASE_BYTES_NONE, much, sizeof much),
                     BASE_E_ARGUMENT);
    assert_true(base_ct_is_zero(base_bytes_of(much, sizeof much)));
    crypto_hpke_ctx_clear(&to);
    pair_clear(&p);
}

/* ---- key pairs ---- */

static void a_key_pair_depends_on_its_input_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        base_secret again = {0};
        pair_init(&p, every_suite(i));
        assert_int_equal(
            crypto_hpke_derive_key_pair(&p.s, base_bytes_str("some input"), &p.priv, &p.pub),
            BASE_OK);
        assert_int_equal(
            crypto_hpke_derive_key_pair(&p.s, base_bytes_str("some input"), &again, &p.out),
            BASE_OK);
        assert_bytes(base_secret_bytes(&p.priv), base_secret_bytes(&again));
        assert_bytes(base_buf_bytes(&p.pub), base_buf_bytes(&p.out));
        assert_int_equal(
            crypto_hpke_derive_key_pair(&p.s, base_bytes_str("some inpux"), &again, &p.out),
            BASE_OK);
        assert_memory_not_equal(p.priv.b, again.b, again.n);
        assert_int_equal(crypto_hpke_derive_key_pair(&p.s, BASE_BYTES_NONE, &again, &p.out),
                         BASE_E_ARGUMENT);
        pair_clear(&p);
    }
}

/* RFC 9180 has no native KEM: the two drafts that put X-Wing into HPKE differ here. */
static void xwing_keys_are_derived_as_each_draft_says(void **state)
{
    (void)state;
    pair p;
    base_bytes ikm = base_bytes_str("input keying material of 32 byte");
    uint8_t want[32];
    static const uint16_t bare[] = {84, 0x004D};
    for (size_t i = 0; i < 2; i++) {
        pair_init(&p, bare[i]);
        assert_int_equal(p.s.xof->digest(&ikm, 1, want, sizeof want), BASE_OK);
        assert_int_equal(crypto_hpke_derive_key_pair(&p.s, ikm, &p.priv, &p.pub), BASE_OK);
        assert_bytes(base_secret_bytes(&p.priv), base_bytes_of(want, sizeof want));
        pair_clear(&p);
    }
    pair_init(&p, 0xF001);
    const base_bytes parts[2] = {ikm, unhex("48504b452d7631 4b454d647a 000d "
                                            "4465726976654b657950616972 0020")};
    assert_int_equal(p.s.xof->digest(parts, 2, want, sizeof want), BASE_OK);
    assert_int_equal(crypto_hpke_derive_key_pair(&p.s, ikm, &p.priv, &p.pub), BASE_OK);
    assert_bytes(base_secret_bytes(&p.priv), base_bytes_of(want, sizeof want));
    pair_clear(&p);
}

/* A group that refuses the first scalars it is shown. */
static const crypto_dh_alg *real_dh;
static unsigned refusals;
static unsigned shown;

static base_err picky_public_key(base_bytes private_key, uint8_t *public_key)
{
    shown++;
    return shown <= refusals ? CRYPTO_E_KEY : real_dh->public_key(private_key, public_key);
}

static void candidates_are_tried_until_one_is_a_scalar(void **state)
{
    (void)state;
    pair p;
    base_secret seen[3] = {{0}};
    pair_init(&p, 0x0002);
    real_dh = p.s.dh;
    crypto_dh_alg picky = *real_dh;
    picky.public_key = picky_public_key;
    p.s.dh = &picky;
    base_bytes ikm = base_bytes_str("input");
    for (refusals = 0; refusals < 3; refusals++) {
        shown = 0;
        assert_int_equal(crypto_hpke_derive_key_pair(&p.s, ikm, &seen[refusals], &p.pub), BASE_OK);
        assert_int_equal(shown, refusals + 1);
    }
    assert_memory_not_equal(seen[0].b, seen[1].b, 32);
    assert_memory_not_equal(seen[1].b, seen[2].b, 32);
    shown = 0;
    refusals = 256;
    assert_int_equal(crypto_hpke_derive_key_pair(&p.s, ikm, &p.priv, &p.pub), CRYPTO_E_KEY);
    assert_int_equal(shown, 256);
    pair_clear(&p);
}

/* ---- faults ---- */

static void every_failing_allocation_and_random_call_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        pair p;
        size_t nth = 1;
        pair_init(&p, every_suite(i));
        for (;; nth++) {
            fake_alloc_reset(&p.rig.heap, nth);
            base_err err = pair_seal(&p, &no_info);
            if (!fake_alloc_refused(&p.rig.heap)) {
                assert_int_equal(err, BASE_OK);
                break;
            }
            assert_int_equal(err, BASE_E_NOMEM);
            assert_int_equal(p.sealed.kem_output.n, 0);
        }
        assert_true(nth > 2);
        fake_alloc_reset(&p.rig.heap, 1);
        assert_int_equal(pair_open(&p, &no_info), BASE_E_NOMEM);
        fake_alloc_reset(&p.rig.heap, 0);
        p.rig.random.fail_at = p.rig.random.calls + 1;
        assert_int_equal(pair_seal(&p, &no_info), BASE_E_RANDOM);
        assert_int_equal(pair_open(&p, &no_info), BASE_OK); /* the old ciphertext is whole */
        p.rig.random.fail_at = p.rig.random.calls + 1;
        assert_int_equal(crypto_hpke_generate_key_pair(&p.s, &p.priv, &p.pub), BASE_E_RANDOM);
        pair_clear(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hpke_gives_the_published_answers),
        cmocka_unit_test(what_is_sealed_to_a_key_opens_with_it_in_every_suite),
        cmocka_unit_test(the_public_key_of_a_private_key_is_its_own),
        cmocka_unit_test(another_key_does_not_open),
        cmocka_unit_test(another_info_psk_or_id_does_not_open),
        cmocka_unit_test(the_hash_of_an_info_stands_for_it),
        cmocka_unit_test(half_a_psk_or_a_short_one_is_the_callers_bug),
        cmocka_unit_test(keys_and_encapsulations_of_another_size_are_refused),
        cmocka_unit_test(every_changed_byte_of_a_small_encapsulation_is_refused),
        cmocka_unit_test(messages_of_a_context_open_in_order_alone),
        cmocka_unit_test(a_context_ends_before_its_counter_repeats),
        cmocka_unit_test(exports_depend_on_their_context_and_length),
        cmocka_unit_test(a_key_pair_depends_on_its_input_alone),
        cmocka_unit_test(xwing_keys_are_derived_as_each_draft_says),
        cmocka_unit_test(candidates_are_tried_until_one_is_a_scalar),
        cmocka_unit_test(every_failing_allocation_and_random_call_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
