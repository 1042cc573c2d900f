/* The key schedule: what feeds what, zeros for what is absent, the exporter, external
 * initialisation, the stored form. Published answers are in the vectors that mls-vectors runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mls/key_schedule.h"
#include "support/crypto_rig.h"

static base_bytes text(const char *s)
{
    return base_bytes_str(s);
}

static base_secret secret_of(const crypto_suite *s, uint8_t fill)
{
    base_secret out = {.n = s->hash->size};
    memset(out.b, fill, out.n);
    return out;
}

#define SECRETS 10

/* All ten secrets of an epoch. */
static void list(const mls_epoch_secrets *e, base_bytes out[SECRETS])
{
    const base_secret *all[SECRETS] = {
        &e->sender_data_secret, &e->encryption_secret, &e->exporter_secret, &e->external_secret,
        &e->confirmation_key,   &e->membership_key,    &e->resumption_psk,  &e->epoch_authenticator,
        &e->init_secret,        &e->application_export};
    for (size_t i = 0; i < SECRETS; i++) {
        out[i] = base_secret_bytes(all[i]);
    }
}

static mls_epoch_secrets epoch_of(const crypto_suite *s, base_bytes joiner, base_bytes psk,
                                  const char *context)
{
    mls_epoch_secrets e = {0};
    assert_int_equal(mls_epoch_secrets_derive(s, joiner, psk, text(context), &e), BASE_OK);
    return e;
}

static void an_epoch_has_ten_different_secrets_of_hash_size(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_bytes all[SECRETS];
        mls_epoch_secrets e = {0};
        assert_int_equal(mls_epoch_secrets_generate(&s, &e), BASE_OK);
        list(&e, all);
        for (size_t k = 0; k < SECRETS; k++) {
            assert_int_equal(all[k].n, s.hash->size);
            for (size_t j = 0; j < k; j++) {
                assert_memory_not_equal(all[k].p, all[j].p, all[k].n);
            }
        }
        mls_epoch_secrets_clear(&e);
        assert_true(base_ct_is_zero(base_bytes_of(&e, sizeof e)));
    }
    assert_int_equal(rig.heap.calls, 0);
}

static void every_input_changes_every_secret(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret one = secret_of(&s, 1);
    base_secret two = secret_of(&s, 2);
    base_bytes j = base_secret_bytes(&one);
    base_bytes p = base_secret_bytes(&two);
    mls_epoch_secrets e = epoch_of(&s, j, p, "context");
    const mls_epoch_secrets others[3] = {epoch_of(&s, p, p, "context"),
                                         epoch_of(&s, j, j, "context"),
                                         epoch_of(&s, j, p, "contexT")};
    base_bytes want[SECRETS];
    base_bytes got[SECRETS];
    list(&e, want);
    for (size_t i = 0; i < 3; i++) {
        list(&others[i], got);
        for (size_t k = 0; k < SECRETS; k++) {
            assert_memory_not_equal(got[k].p, want[k].p, want[k].n);
        }
    }
    mls_epoch_secrets again = epoch_of(&s, j, p, "context");
    assert_memory_equal(&again, &e, sizeof e);
}

static void an_absent_commit_secret_or_psk_secret_is_zeros(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret init = secret_of(&s, 1);
        base_secret zeros = secret_of(&s, 0);
        base_secret joiner[2] = {{0}};
        base_secret welcome[2] = {{0}};
        for (size_t k = 0; k < 2; k++) {
            base_bytes absent = k == 0 ? BASE_BYTES_NONE : base_secret_bytes(&zeros);
            assert_int_equal(mls_joiner_secret_derive(&s, base_secret_bytes(&init), absent,
                                                      text("context"), &joiner[k]),
                             BASE_OK);
            assert_int_equal(
                mls_welcome_secret_derive(&s, base_secret_bytes(&joiner[k]), absent, &welcome[k]),
                BASE_OK);
        }
        assert_bytes(base_secret_bytes(&joiner[0]), base_secret_bytes(&joiner[1]));
        assert_bytes(base_secret_bytes(&welcome[0]), base_secret_bytes(&welcome[1]));
        mls_epoch_secrets e =
            epoch_of(&s, base_secret_bytes(&joiner[0]), BASE_BYTES_NONE, "context");
        mls_epoch_secrets f =
            epoch_of(&s, base_secret_bytes(&joiner[0]), base_secret_bytes(&zeros), "context");
        assert_memory_equal(&e, &f, sizeof e);
    }
}

static void the_joiner_secret_takes_init_secret_as_salt(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret init = secret_of(&s, 1);
    base_secret commit = secret_of(&s, 2);
    base_secret got = {0};
    base_secret want = {0};
    assert_int_equal(mls_joiner_secret_derive(&s, base_secret_bytes(&init),
                                              base_secret_bytes(&commit), text("c"), &got),
                     BASE_OK);
    assert_int_equal(
        crypto_extract(&s, base_secret_bytes(&init), base_secret_bytes(&commit), &want), BASE_OK);
    assert_int_equal(crypto_expand_secret(&s, base_secret_bytes(&want), CRYPTO_LABEL("joiner"),
                                          text("c"), 32, &want),
                     BASE_OK);
    assert_bytes(base_secret_bytes(&got), base_secret_bytes(&want));
    assert_int_equal(mls_joiner_secret_derive(&s, base_secret_bytes(&commit),
                                              base_secret_bytes(&init), text("c"), &got),
                     BASE_OK);
    assert_memory_not_equal(got.b, want.b, 32);
}

static void the_welcome_key_and_nonce_have_the_suites_sizes(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret welcome = secret_of(&s, 5);
        base_secret key = {0};
        base_secret nonce = {0};
        base_secret want = {0};
        assert_int_equal(mls_welcome_key_derive(&s, base_secret_bytes(&welcome), &key, &nonce),
                         BASE_OK);
        assert_int_equal(key.n, s.aead->key_size);
        assert_int_equal(nonce.n, s.aead->nonce_size);
        assert_int_equal(crypto_expand_secret(&s, base_secret_bytes(&welcome), CRYPTO_LABEL("key"),
                                              BASE_BYTES_NONE, key.n, &want),
                         BASE_OK);
        assert_bytes(base_secret_bytes(&key), base_secret_bytes(&want));
    }
}

/* ---- the exporter ---- */

static void exports_differ_by_label_context_and_length(void **state)
{
    (void)state;
    crypto_rig rig;
    uint8_t a[64];
    uint8_t b[64];
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret exporter = secret_of(&s, 6);
    base_bytes from = base_secret_bytes(&exporter);
    assert_int_equal(mls_export(&s, from, text("label"), text("context"), a, 32), BASE_OK);
    assert_int_equal(mls_export(&s, from, text("label"), text("context"), b, 32), BASE_OK);
    assert_memory_equal(a, b, 32);
    assert_int_equal(mls_export(&s, from, text("Label"), text("context"), b, 32), BASE_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(mls_export(&s, from, text("label"), text("Context"), b, 32), BASE_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(mls_export(&s, from, text("label"), text("context"), b, 64), BASE_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(mls_export(&s, from, BASE_BYTES_NONE, BASE_BYTES_NONE, b, 1), BASE_OK);
}

static void an_export_that_is_too_long_is_refused_and_zeroed(void **state)
{
    (void)state;
    static uint8_t out[255 * 32 + 1];
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret exporter = secret_of(&s, 6);
    base_bytes from = base_secret_bytes(&exporter);
    assert_int_equal(mls_export(&s, from, text("l"), text("c"), out, sizeof out - 1), BASE_OK);
    assert_int_equal(mls_export(&s, from, text("l"), text("c"), out, sizeof out), BASE_E_ARGUMENT);
    assert_true(base_ct_is_zero(base_bytes_of(out, sizeof out)));
}

/* ---- external initialisation ---- */

static void joiner_and_members_come_to_one_init_secret(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 7);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret external = secret_of(&s, 9);
        base_secret priv = {0};
        base_secret made = {0};
        base_secret opened = {0};
        base_buf pub = crypto_rig_buf(&rig);
        base_buf kem = crypto_rig_buf(&rig);
        assert_int_equal(mls_external_key_derive(&s, base_secret_bytes(&external), &priv, &pub),
                         BASE_OK);
        assert_int_equal(mls_external_init_make(&s, base_buf_bytes(&pub), &kem, &made), BASE_OK);
        assert_int_equal(made.n, s.hash->size);
        assert_int_equal(
            mls_external_init_open(&s, base_secret_bytes(&external), base_buf_bytes(&kem), &opened),
            BASE_OK);
        assert_bytes(base_secret_bytes(&made), base_secret_bytes(&opened));
        external.b[0] ^= 1; /* another epoch's */
        base_err err =
            mls_external_init_open(&s, base_secret_bytes(&external), base_buf_bytes(&kem), &opened);
        assert_int_equal(err, BASE_OK); /* a KEM cannot tell; the confirmation tag does */
        assert_memory_not_equal(made.b, opened.b, made.n);
        base_buf_clear(&pub);
        base_buf_clear(&kem);
    }
    assert_int_equal(rig.heap.live, 0);
}

static void a_malformed_external_key_or_kem_output_is_refused(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 7);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        base_secret external = secret_of(&s, 9);
        base_secret priv = {0};
        base_secret out = {0};
        base_buf pub = crypto_rig_buf(&rig);
        base_buf kem = crypto_rig_buf(&rig);
        assert_int_equal(mls_external_key_derive(&s, base_secret_bytes(&external), &priv, &pub),
                         BASE_OK);
        assert_int_equal(mls_external_init_make(&s, base_bytes_of(pub.p, pub.n - 1), &kem, &out),
                         CRYPTO_E_KEY);
        assert_int_equal(kem.n, 0);
        assert_int_equal(mls_external_init_make(&s, base_buf_bytes(&pub), &kem, &out), BASE_OK);
        assert_int_equal(mls_external_init_open(&s, base_secret_bytes(&external),
                                                base_bytes_of(kem.p, kem.n - 1), &out),
                         CRYPTO_E_KEY);
        base_buf_clear(&pub);
        base_buf_clear(&kem);
    }
    assert_int_equal(rig.heap.live, 0);
}

/* ---- the stored form ---- */

static void secrets_survive_the_store_and_empty_ones_stay_empty(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    for (size_t i = 0; i < every_suite_count(); i++) {
        crypto_suite s = crypto_rig_suite(&rig, every_suite(i));
        mls_epoch_secrets e = {0};
        mls_epoch_secrets f = {0};
        base_buf b = crypto_rig_buf(&rig);
        assert_int_equal(mls_epoch_secrets_generate(&s, &e), BASE_OK);
        base_secret_clear(&e.encryption_secret); /* handed to the secret tree */
        assert_int_equal(mls_epoch_secrets_encode(&e, &b), BASE_OK);
        assert_int_equal(mls_epoch_secrets_decode(&s, base_buf_bytes(&b), &f), BASE_OK);
        assert_memory_equal(&e, &f, sizeof e);
        base_buf_clear(&b);
    }
    assert_int_equal(rig.heap.live, 0);
}

static void a_damaged_stored_form_is_corrupt(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    mls_epoch_secrets e = {0};
    mls_epoch_secrets f = {0};
    base_buf b = crypto_rig_buf(&rig);
    assert_int_equal(mls_epoch_secrets_generate(&s, &e), BASE_OK);
    assert_int_equal(mls_epoch_secrets_encode(&e, &b), BASE_OK);
    const size_t nine = b.n - 1 - s.hash->size; /* from before application_export */
    for (size_t n = 0; n < b.n; n++) {
        base_err want = n == nine ? BASE_OK : BASE_E_CORRUPT;
        assert_int_equal(mls_epoch_secrets_decode(&s, base_bytes_of(b.p, n), &f), want);
    }
    assert_int_equal(f.application_export.n, 0);
    assert_memory_equal(&e, &f, offsetof(mls_epoch_secrets, application_export));
    mls_epoch_secrets_clear(&f);
    assert_int_equal(base_buf_append(&b, text("x")), BASE_OK);
    assert_int_equal(mls_epoch_secrets_decode(&s, base_buf_bytes(&b), &f), BASE_E_CORRUPT);
    b.n--;
    crypto_suite other = crypto_rig_suite(&rig, 84); /* secrets of another size */
    assert_int_equal(mls_epoch_secrets_decode(&other, base_buf_bytes(&b), &f), BASE_E_CORRUPT);
    assert_true(base_ct_is_zero(base_bytes_of(&f, sizeof f))); /* untouched */
    base_buf_clear(&b);
}

/* ---- faults ---- */

static const crypto_hash_alg *real_hash;
static size_t hash_calls;
static size_t hash_fail_at;

static base_err failing_hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    hash_calls++;
    return hash_calls == hash_fail_at ? CRYPTO_E_BACKEND : real_hash->hmac(key, parts, count, out);
}

static void a_failing_hash_leaves_the_outputs_untouched(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    real_hash = s.hash;
    const crypto_hash_alg failing = {real_hash->id, real_hash->size, real_hash->digest,
                                     failing_hmac};
    base_secret joiner = secret_of(&s, 1);
    s.hash = &failing;
    for (hash_fail_at = 1;; hash_fail_at++) {
        mls_epoch_secrets e = {0};
        hash_calls = 0;
        base_err err = mls_epoch_secrets_derive(&s, base_secret_bytes(&joiner), BASE_BYTES_NONE,
                                                text("c"), &e);
        if (hash_calls < hash_fail_at) {
            assert_int_equal(err, BASE_OK);
            break;
        }
        assert_int_equal(err, CRYPTO_E_BACKEND);
        assert_true(base_ct_is_zero(base_bytes_of(&e, sizeof e)));
    }
    assert_int_equal(hash_fail_at, 13); /* two steps and ten secrets */
}

static void failing_randomness_and_memory_are_told(void **state)
{
    (void)state;
    crypto_rig rig;
    mls_epoch_secrets e = {0};
    base_secret out = {0};
    base_secret priv = {0};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_secret external = secret_of(&s, 9);
    base_buf pub = {0};
    base_buf kem = crypto_rig_buf(&rig);
    rig.random.fail_at = 1;
    assert_int_equal(mls_epoch_secrets_generate(&s, &e), BASE_E_RANDOM);
    assert_true(base_ct_is_zero(base_bytes_of(&e, sizeof e)));
    assert_int_equal(mls_external_key_derive(&s, base_secret_bytes(&external), &priv, &pub),
                     BASE_OK);
    rig.random.fail_at = 2;
    assert_int_equal(mls_external_init_make(&s, base_buf_bytes(&pub), &kem, &out), BASE_E_RANDOM);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(mls_external_init_make(&s, base_buf_bytes(&pub), &kem, &out), BASE_E_NOMEM);
    assert_int_equal(mls_external_init_make(&s, base_buf_bytes(&pub), &kem, &out), BASE_OK);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(
        mls_external_init_open(&s, base_secret_bytes(&external), base_buf_bytes(&kem), &out),
        BASE_E_NOMEM);
    base_buf stored = crypto_rig_buf(&rig);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(mls_epoch_secrets_encode(&e, &stored), BASE_E_NOMEM);
    base_buf_clear(&kem);
    base_buf_clear(&pub);
    assert_int_equal(rig.heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_has_ten_different_secrets_of_hash_size),
        cmocka_unit_test(every_input_changes_every_secret),
        cmocka_unit_test(an_absent_commit_secret_or_psk_secret_is_zeros),
        cmocka_unit_test(the_joiner_secret_takes_init_secret_as_salt),
        cmocka_unit_test(the_welcome_key_and_nonce_have_the_suites_sizes),
        cmocka_unit_test(exports_differ_by_label_context_and_length),
        cmocka_unit_test(an_export_that_is_too_long_is_refused_and_zeroed),
        cmocka_unit_test(joiner_and_members_come_to_one_init_secret),
        cmocka_unit_test(a_malformed_external_key_or_kem_output_is_refused),
        cmocka_unit_test(secrets_survive_the_store_and_empty_ones_stay_empty),
        cmocka_unit_test(a_damaged_stored_form_is_corrupt),
        cmocka_unit_test(a_failing_hash_leaves_the_outputs_untouched),
        cmocka_unit_test(failing_randomness_and_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
