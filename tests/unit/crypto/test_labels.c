/* The labelled functions: each against the struct of RFC 9420 written out, label and context apart,
 * refusals and faults. Published answers are in the vectors that mls-vectors runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/wr.h"
#include "crypto/hkdf.h"
#include "crypto/labels.h"
#include "support/crypto_rig.h"

static base_bytes text(const char *s)
{
    return base_bytes_str(s);
}

/* ---- derivation ---- */

/* Expand with a KDFLabel that the writer makes. */
static void expand_written_out(const crypto_suite *s, base_bytes secret, const char *full_label,
                               base_bytes context, uint8_t *out, size_t n)
{
    base_buf label = {0};
    base_wr w = base_wr_on(&label);
    base_wr_u16(&w, (uint16_t)n);
    base_wr_vec(&w, text(full_label));
    base_wr_vec(&w, context);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    base_bytes info = base_buf_bytes(&label);
    assert_int_equal(crypto_hkdf_expand(s->hash, secret, &info, 1, out, n), BASE_OK);
    base_buf_clear(&label);
}

static void expand_with_label_expands_a_kdf_label(void **state)
{
    (void)state;
    static const size_t contexts[] = {0, 1, 63, 64, 16383, 16384, 70000};
    static uint8_t bytes[70000];
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    base_bytes secret = text("0123456789abcdef0123456789abcdef");
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        for (size_t k = 0; k < sizeof contexts / sizeof contexts[0]; k++) {
            uint8_t want[100];
            uint8_t got[100];
            base_bytes context = base_bytes_of(bytes, contexts[k]);
            expand_written_out(&s, secret, "MLS 1.0 a label", context, want, 100);
            assert_int_equal(
                crypto_expand_with_label(&s, secret, CRYPTO_LABEL("a label"), context, got, 100),
                BASE_OK);
            assert_memory_equal(got, want, 100);
        }
    }
    assert_int_equal(rig.heap.calls, 0); /* deriving takes no memory */
}

static void a_label_of_any_length_gets_its_length_right(void **state)
{
    (void)state;
    char full[300] = "MLS 1.0 ";
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    for (size_t n = 0; n < 200; n++) {
        uint8_t want[32];
        uint8_t got[32];
        expand_written_out(&s, text("secret"), full, BASE_BYTES_NONE, want, 32);
        assert_int_equal(
            crypto_expand_with_label(&s, text("secret"), text(full + 8), BASE_BYTES_NONE, got, 32),
            BASE_OK);
        assert_memory_equal(got, want, 32);
        strcat(full, "x");
    }
}

static void derive_secret_has_an_empty_context_and_hash_size(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret got = {0};
        uint8_t want[64];
        expand_written_out(&s, text("secret"), "MLS 1.0 epoch", BASE_BYTES_NONE, want,
                           s.hash->size);
        assert_int_equal(crypto_derive_secret(&s, text("secret"), CRYPTO_LABEL("epoch"), &got),
                         BASE_OK);
        assert_bytes(base_secret_bytes(&got), base_bytes_of(want, s.hash->size));
    }
}

static void derive_tree_secret_has_the_generation_as_context(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret got = {0};
    uint8_t want[12];
    expand_written_out(&s, text("secret"), "MLS 1.0 nonce", unhex("01020304"), want, 12);
    assert_int_equal(
        crypto_derive_tree_secret(&s, text("secret"), CRYPTO_LABEL("nonce"), 0x01020304, 12, &got),
        BASE_OK);
    assert_bytes(base_secret_bytes(&got), base_bytes_of(want, 12));
}

static void a_secret_can_be_replaced_by_what_is_derived_from_it(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret apart = {0};
    base_secret in_place = {0};
    uint8_t same[32] = "thirty-two bytes of a secret!!!";
    assert_int_equal(base_secret_set(&in_place, base_bytes_of(same, 32)), BASE_OK);
    assert_int_equal(crypto_derive_secret(&s, base_bytes_of(same, 32), CRYPTO_LABEL("l"), &apart),
                     BASE_OK);
    assert_int_equal(
        crypto_derive_secret(&s, base_secret_bytes(&in_place), CRYPTO_LABEL("l"), &in_place),
        BASE_OK);
    assert_bytes(base_secret_bytes(&in_place), base_secret_bytes(&apart));
    assert_int_equal(crypto_expand_with_label(&s, base_bytes_of(same, 32), CRYPTO_LABEL("l"),
                                              BASE_BYTES_NONE, same, 32),
                     BASE_OK);
    assert_memory_equal(same, apart.b, 32);
}

static void extract_without_a_salt_takes_zeros(void **state)
{
    (void)state;
    static const uint8_t zeros[64] = {0};
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret one = {0};
        base_secret two = {0};
        assert_int_equal(crypto_extract(&s, BASE_BYTES_NONE, text("ikm"), &one), BASE_OK);
        assert_int_equal(crypto_extract(&s, base_bytes_of(zeros, s.hash->size), text("ikm"), &two),
                         BASE_OK);
        assert_bytes(base_secret_bytes(&one), base_secret_bytes(&two));
        assert_int_equal(crypto_extract(&s, text("salt"), text("ikm"), &two), BASE_OK);
        assert_memory_not_equal(one.b, two.b, one.n);
    }
}

static void an_output_that_is_too_long_is_refused_and_zeroed(void **state)
{
    (void)state;
    static uint8_t out[70000];
    crypto_rig rig;
    base_secret secret = {.n = 2, .b = {1, 2}};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    assert_int_equal(
        crypto_expand_with_label(&s, text("s"), CRYPTO_LABEL("l"), BASE_BYTES_NONE, out, 255 * 32),
        BASE_OK);
    assert_int_equal(crypto_expand_with_label(&s, text("s"), CRYPTO_LABEL("l"), BASE_BYTES_NONE,
                                              out, 255 * 32 + 1),
                     BASE_E_ARGUMENT);
    assert_int_equal(
        crypto_expand_with_label(&s, text("s"), CRYPTO_LABEL("l"), BASE_BYTES_NONE, out, 65536),
        BASE_E_ARGUMENT);
    assert_int_equal(crypto_expand_secret(&s, text("s"), CRYPTO_LABEL("l"), BASE_BYTES_NONE,
                                          BASE_SECRET_MAX + 1, &secret),
                     BASE_E_ARGUMENT);
    assert_int_equal(secret.n, 2); /* untouched */
}

static void an_input_secret_that_is_too_long_is_a_limit(void **state)
{
    (void)state;
    static const uint8_t bytes[BASE_SECRET_MAX + 1] = {0};
    crypto_rig rig;
    base_secret out = {0};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    assert_int_equal(
        crypto_derive_secret(&s, base_bytes_of(bytes, sizeof bytes), CRYPTO_LABEL("l"), &out),
        BASE_E_LIMIT);
    assert_int_equal(
        crypto_derive_secret(&s, base_bytes_of(bytes, BASE_SECRET_MAX), CRYPTO_LABEL("l"), &out),
        BASE_OK);
}

static void a_context_of_two_to_the_thirty_is_a_limit(void **state)
{
    (void)state;
    uint8_t out[32];
    crypto_digest digest;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_bytes huge = base_bytes_of(out, (size_t)1 << 30); /* refused before it is read */
    assert_int_equal(crypto_expand_with_label(&s, text("s"), CRYPTO_LABEL("l"), huge, out, 32),
                     BASE_E_LIMIT);
    assert_int_equal(crypto_expand_with_label(&s, text("s"), huge, BASE_BYTES_NONE, out, 32),
                     BASE_E_LIMIT);
    assert_int_equal(crypto_ref_hash(&s, CRYPTO_LABEL("l"), huge, &digest), BASE_E_LIMIT);
    assert_int_equal(crypto_ref_hash(&s, huge, CRYPTO_LABEL("l"), &digest), BASE_E_LIMIT);
}

static void ref_hash_hashes_label_and_value_with_lengths(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        crypto_digest got;
        crypto_digest want;
        base_buf input = {0};
        base_wr w = base_wr_on(&input);
        base_wr_vec(&w, text("MLS 1.0 KeyPackage Reference"));
        base_wr_vec(&w, text("value"));
        base_bytes part = base_buf_bytes(&input);
        assert_int_equal(crypto_digest_of(&s, &part, 1, &want), BASE_OK);
        assert_int_equal(
            crypto_ref_hash(&s, CRYPTO_LABEL("MLS 1.0 KeyPackage Reference"), text("value"), &got),
            BASE_OK);
        assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
        base_buf_clear(&input);
    }
}

/* ---- signing ---- */

static void a_signature_holds_for_its_label_and_content_alone(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 2);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret priv = {0};
        base_buf pub = crypto_rig_buf(&rig);
        base_buf sig = crypto_rig_buf(&rig);
        assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_OK);
        base_bytes p = base_buf_bytes(&pub);
        assert_int_equal(crypto_sign_with_label(&s, base_secret_bytes(&priv), CRYPTO_LABEL("ab"),
                                                text("cd"), &sig),
                         BASE_OK);
        base_bytes g = base_buf_bytes(&sig);
        assert_int_equal(crypto_verify_with_label(&s, p, CRYPTO_LABEL("ab"), text("cd"), g),
                         BASE_OK);
        assert_int_equal(crypto_verify_with_label(&s, p, CRYPTO_LABEL("abc"), text("d"), g),
                         CRYPTO_E_SIGNATURE);
        assert_int_equal(crypto_verify_with_label(&s, p, CRYPTO_LABEL("ax"), text("cd"), g),
                         CRYPTO_E_SIGNATURE);
        assert_int_equal(crypto_verify_with_label(&s, p, CRYPTO_LABEL("ab"), text("ce"), g),
                         CRYPTO_E_SIGNATURE);
        assert_int_equal(crypto_verify_with_label(&s, base_bytes_of(p.p, p.n - 1),
                                                  CRYPTO_LABEL("ab"), text("cd"), g),
                         CRYPTO_E_KEY);
        base_buf_clear(&pub);
        base_buf_clear(&sig);
    }
    assert_int_equal(rig.heap.live, 0);
}

static void both_forms_of_a_private_key_sign(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 2);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret priv = {0};
        base_buf pub = crypto_rig_buf(&rig);
        base_buf sig = crypto_rig_buf(&rig);
        assert_int_equal(crypto_sig_generate(&s, &priv, &pub), BASE_OK);
        assert_int_equal(crypto_sign_with_label(&s, base_bytes_of(priv.b, s.sig->seed_size),
                                                CRYPTO_LABEL("l"), text("content"), &sig),
                         BASE_OK);
        assert_int_equal(crypto_verify_with_label(&s, base_buf_bytes(&pub), CRYPTO_LABEL("l"),
                                                  text("content"), base_buf_bytes(&sig)),
                         BASE_OK);
        assert_int_equal(crypto_sign_with_label(&s, base_bytes_of(priv.b, s.sig->seed_size - 1),
                                                CRYPTO_LABEL("l"), text("content"), &sig),
                         CRYPTO_E_KEY);
        base_buf_clear(&pub);
        base_buf_clear(&sig);
    }
    assert_int_equal(rig.heap.live, 0);
}

/* ---- encryption ---- */

static void a_ciphertext_opens_under_its_label_and_context_alone(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 3);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret priv = {0};
        base_buf pub = crypto_rig_buf(&rig);
        base_buf out = crypto_rig_buf(&rig);
        crypto_sealed sealed = {crypto_rig_buf(&rig), crypto_rig_buf(&rig)};
        assert_int_equal(crypto_hpke_generate_key_pair(&s, &priv, &pub), BASE_OK);
        assert_int_equal(crypto_encrypt_with_label(&s, base_buf_bytes(&pub), CRYPTO_LABEL("ab"),
                                                   text("cd"), text("plaintext"), &sealed),
                         BASE_OK);
        base_bytes sk = base_secret_bytes(&priv);
        base_bytes enc = base_buf_bytes(&sealed.kem_output);
        base_bytes ct = base_buf_bytes(&sealed.ciphertext);
        assert_int_equal(
            crypto_decrypt_with_label(&s, sk, CRYPTO_LABEL("abc"), text("d"), enc, ct, &out),
            CRYPTO_E_OPEN);
        assert_int_equal(
            crypto_decrypt_with_label(&s, sk, CRYPTO_LABEL("ab"), text("ce"), enc, ct, &out),
            CRYPTO_E_OPEN);
        assert_int_equal(crypto_decrypt_with_label(&s, sk, CRYPTO_LABEL("ab"), text("cd"), enc,
                                                   base_bytes_of(ct.p, ct.n - 1), &out),
                         CRYPTO_E_OPEN);
        assert_int_equal(out.n, 0);
        assert_int_equal(
            crypto_decrypt_with_label(&s, sk, CRYPTO_LABEL("ab"), text("cd"), enc, ct, &out),
            BASE_OK);
        assert_bytes(base_buf_bytes(&out), text("plaintext"));
        base_buf_clear(&out);
        crypto_hpke_keys keys = {sk, base_buf_bytes(&pub)};
        assert_int_equal(
            crypto_decrypt_with_keys(&s, &keys, CRYPTO_LABEL("ab"), text("cd"), enc, ct, &out),
            BASE_OK);
        assert_bytes(base_buf_bytes(&out), text("plaintext"));
        base_buf_clear(&out);
        keys.public_key = enc; /* another key; a native KEM does not look at it */
        assert_int_equal(
            crypto_decrypt_with_keys(&s, &keys, CRYPTO_LABEL("ab"), text("cd"), enc, ct, &out),
            s.dh != NULL ? CRYPTO_E_OPEN : BASE_OK);
        base_buf_clear(&pub);
        base_buf_clear(&out);
        crypto_sealed_clear(&sealed);
    }
    assert_int_equal(rig.heap.live, 0);
}

static void encrypt_with_label_is_hpke_with_the_struct_as_info(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 3);
    crypto_suite s = crypto_rig_suite(&rig, 0xF001);
    base_secret priv = {0};
    base_buf pub = crypto_rig_buf(&rig);
    base_buf out = crypto_rig_buf(&rig);
    base_buf info = crypto_rig_buf(&rig);
    crypto_sealed sealed = {crypto_rig_buf(&rig), crypto_rig_buf(&rig)};
    base_wr w = base_wr_on(&info);
    base_wr_vec(&w, text("MLS 1.0 UpdatePathNode"));
    base_wr_vec(&w, text("context"));
    const crypto_hpke_info hpke = {.info = base_buf_bytes(&info)};
    assert_int_equal(crypto_hpke_generate_key_pair(&s, &priv, &pub), BASE_OK);
    assert_int_equal(crypto_encrypt_with_label(&s, base_buf_bytes(&pub),
                                               CRYPTO_LABEL("UpdatePathNode"), text("context"),
                                               text("secret"), &sealed),
                     BASE_OK);
    assert_int_equal(crypto_hpke_open(&s, base_secret_bytes(&priv),
                                      base_buf_bytes(&sealed.kem_output), &hpke, BASE_BYTES_NONE,
                                      base_buf_bytes(&sealed.ciphertext), &out),
                     BASE_OK);
    assert_bytes(base_buf_bytes(&out), text("secret"));
    base_buf_clear(&pub);
    base_buf_clear(&out);
    base_buf_clear(&info);
    crypto_sealed_clear(&sealed);
    assert_int_equal(rig.heap.live, 0);
}

/* ---- faults ---- */

typedef base_err (*operation)(crypto_rig *rig, const crypto_suite *s, const base_secret *key,
                              const base_buf *pub);

static base_err sign_op(crypto_rig *rig, const crypto_suite *s, const base_secret *key,
                        const base_buf *pub)
{
    base_buf sig = crypto_rig_buf(rig);
    (void)pub;
    base_err err = crypto_sign_with_label(s, base_bytes_of(key->b, 32), CRYPTO_LABEL("l"),
                                          text("content"), &sig);
    base_buf_clear(&sig);
    return err;
}

static base_err verify_op(crypto_rig *rig, const crypto_suite *s, const base_secret *key,
                          const base_buf *pub)
{
    static const uint8_t sig[64] = {0};
    (void)rig;
    (void)key;
    base_err err = crypto_verify_with_label(s, base_bytes_of(pub->p, 32), CRYPTO_LABEL("l"),
                                            text("content"), base_bytes_of(sig, 64));
    return err == CRYPTO_E_SIGNATURE ? BASE_OK : err;
}

static base_err encrypt_op(crypto_rig *rig, const crypto_suite *s, const base_secret *key,
                           const base_buf *pub)
{
    crypto_sealed sealed = {crypto_rig_buf(rig), crypto_rig_buf(rig)};
    base_buf out = crypto_rig_buf(rig);
    base_err err = crypto_encrypt_with_label(s, base_buf_bytes(pub), CRYPTO_LABEL("l"), text("c"),
                                             text("p"), &sealed);
    if (err == BASE_OK) {
        err = crypto_decrypt_with_label(s, base_secret_bytes(key), CRYPTO_LABEL("l"), text("c"),
                                        base_buf_bytes(&sealed.kem_output),
                                        base_buf_bytes(&sealed.ciphertext), &out);
    }
    crypto_sealed_clear(&sealed);
    base_buf_clear(&out);
    return err;
}

static void every_failing_allocation_is_told(void **state)
{
    (void)state;
    static const operation operations[] = {sign_op, verify_op, encrypt_op};
    crypto_rig rig;
    base_secret priv = {0};
    crypto_rig_init(&rig, 4);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_buf pub = {0};
    assert_int_equal(crypto_hpke_generate_key_pair(&s, &priv, &pub), BASE_OK);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        for (size_t nth = 1;; nth++) {
            fake_alloc_reset(&rig.heap, nth);
            base_err err = operations[i](&rig, &s, &priv, &pub);
            assert_int_equal(rig.heap.live, 0);
            if (!fake_alloc_refused(&rig.heap)) {
                assert_int_equal(err, BASE_OK);
                assert_true(nth > 1);
                break;
            }
            assert_int_equal(err, BASE_E_NOMEM);
        }
    }
    base_buf_clear(&pub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expand_with_label_expands_a_kdf_label),
        cmocka_unit_test(a_label_of_any_length_gets_its_length_right),
        cmocka_unit_test(derive_secret_has_an_empty_context_and_hash_size),
        cmocka_unit_test(derive_tree_secret_has_the_generation_as_context),
        cmocka_unit_test(a_secret_can_be_replaced_by_what_is_derived_from_it),
        cmocka_unit_test(extract_without_a_salt_takes_zeros),
        cmocka_unit_test(an_output_that_is_too_long_is_refused_and_zeroed),
        cmocka_unit_test(an_input_secret_that_is_too_long_is_a_limit),
        cmocka_unit_test(a_context_of_two_to_the_thirty_is_a_limit),
        cmocka_unit_test(ref_hash_hashes_label_and_value_with_lengths),
        cmocka_unit_test(a_signature_holds_for_its_label_and_content_alone),
        cmocka_unit_test(both_forms_of_a_private_key_sign),
        cmocka_unit_test(a_ciphertext_opens_under_its_label_and_context_alone),
        cmocka_unit_test(encrypt_with_label_is_hpke_with_the_struct_as_info),
        cmocka_unit_test(every_failing_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
