/* Tests of welcome_crypto.c: GroupInfo and GroupSecrets there and back on every suite, and what
 * binds them together. */
#include "samples.h"

#include "crypto/labels.h"
#include "mls/welcome_crypto.h"

#include "support/every_suite.h"

/* One Welcome for one joiner. */
typedef struct welcomed {
    bench b;
    base_arena arena;
    base_secret welcome_secret;
    base_secret init_private;
    base_buf init_key;
    base_buf info;
    crypto_sealed secrets;
    base_buf plaintext;
} welcomed;

#define INFO BYTES("an encoded group info")

static mls_group_secrets secrets_of(const mls_psk_id *psk)
{
    return (mls_group_secrets){BYTES("joiner secret"), true, BYTES("path secret"), psk, 1};
}

static void welcome(welcomed *x, mls_suite number)
{
    *x = (welcomed){.arena = base_arena_on(NULL, 0)};
    bench_init(&x->b, number);
    const base_alloc *alloc = &x->b.alloc.port;
    const crypto_suite *s = &x->b.suite;
    x->init_key = base_buf_on(alloc);
    x->info = base_buf_on(alloc);
    x->plaintext = base_buf_on(alloc);
    x->secrets = (crypto_sealed){base_buf_on(alloc), base_buf_on(alloc)};
    assert_int_equal(crypto_random_secret(s, s->hash->size, &x->welcome_secret), BASE_OK);
    assert_int_equal(crypto_hpke_generate_key_pair(s, &x->init_private, &x->init_key), BASE_OK);
    assert_int_equal(
        mls_welcome_seal_info(s, base_secret_bytes(&x->welcome_secret), INFO, &x->info), BASE_OK);
    mls_psk_id psk = sample_psk(MLS_PSK_EXTERNAL);
    mls_group_secrets g = secrets_of(&psk);
    crypto_digest bound = {0};
    assert_int_equal(mls_welcome_bind(s, base_buf_bytes(&x->info), &bound), BASE_OK);
    assert_int_equal(
        mls_welcome_seal_secrets(s, base_buf_bytes(&x->init_key), &g, &bound, &x->secrets),
        BASE_OK);
}

static void welcomed_clear(welcomed *x)
{
    base_secret_clear(&x->welcome_secret);
    base_secret_clear(&x->init_private);
    base_buf_clear(&x->init_key);
    base_buf_clear(&x->info);
    base_buf_clear(&x->plaintext);
    crypto_sealed_clear(&x->secrets);
    base_arena_clear(&x->arena);
    bench_clear(&x->b);
}

static mls_encrypted_group_secrets entry_of(const welcomed *x)
{
    return (mls_encrypted_group_secrets){
        BYTES("reference"),
        {base_buf_bytes(&x->secrets.kem_output), base_buf_bytes(&x->secrets.ciphertext)}};
}

static base_err open_secrets(welcomed *x, const mls_encrypted_group_secrets *entry,
                             base_bytes private_key, base_bytes info, mls_group_secrets *out)
{
    const crypto_hpke_keys init = {private_key, BASE_BYTES_NONE};
    return mls_welcome_open_secrets(&x->b.suite, &init, entry, info, &x->arena, &x->plaintext, out);
}

static void a_joiner_opens_what_is_for_it_on_every_suite(void **state)
{
    (void)state;
    for (size_t i = 0; i < every_suite_count(); i++) {
        welcomed x;
        welcome(&x, every_suite(i));
        mls_encrypted_group_secrets entry = entry_of(&x);
        mls_group_secrets g = {0};
        assert_int_equal(open_secrets(&x, &entry, base_secret_bytes(&x.init_private),
                                      base_buf_bytes(&x.info), &g),
                         BASE_OK);
        assert_bytes(g.joiner_secret, BYTES("joiner secret"));
        assert_true(g.has_path_secret);
        assert_bytes(g.path_secret, BYTES("path secret"));
        assert_int_equal(g.n_psks, 1);
        assert_bytes(g.psks[0].psk_id, BYTES("psk"));
        base_buf info = base_buf_on(NULL);
        assert_int_equal(mls_welcome_open_info(&x.b.suite, base_secret_bytes(&x.welcome_secret),
                                               base_buf_bytes(&x.info), &info),
                         BASE_OK);
        assert_bytes(base_buf_bytes(&info), INFO);
        base_buf_clear(&info);
        welcomed_clear(&x);
    }
}

static void secrets_that_do_not_decrypt_are_refused(void **state) /* V-12.4.3.1-3 */
{
    (void)state;
    welcomed x;
    welcome(&x, 1);
    mls_encrypted_group_secrets entry = entry_of(&x);
    mls_group_secrets g = {0};
    base_secret other = {0};
    base_buf pub = base_buf_on(NULL);
    assert_int_equal(crypto_hpke_generate_key_pair(&x.b.suite, &other, &pub), BASE_OK);
    assert_int_equal(
        open_secrets(&x, &entry, base_secret_bytes(&other), base_buf_bytes(&x.info), &g),
        CRYPTO_E_OPEN);
    x.secrets.ciphertext.p[0] ^= 1;
    assert_int_equal(
        open_secrets(&x, &entry, base_secret_bytes(&x.init_private), base_buf_bytes(&x.info), &g),
        CRYPTO_E_OPEN);
    x.secrets.ciphertext.p[0] ^= 1;
    entry.sealed.kem_output.n--;
    assert_int_equal(
        open_secrets(&x, &entry, base_secret_bytes(&x.init_private), base_buf_bytes(&x.info), &g),
        CRYPTO_E_KEY);
    assert_int_equal(x.plaintext.n, 0);
    base_secret_clear(&other);
    base_buf_clear(&pub);
    welcomed_clear(&x);
}

static void secrets_belong_to_one_group_info(void **state)
{
    (void)state;
    welcomed x;
    welcome(&x, 1);
    mls_encrypted_group_secrets entry = entry_of(&x);
    mls_group_secrets g = {0};
    x.info.p[0] ^= 1;
    assert_int_equal(
        open_secrets(&x, &entry, base_secret_bytes(&x.init_private), base_buf_bytes(&x.info), &g),
        CRYPTO_E_OPEN);
    welcomed_clear(&x);
}

static void a_group_info_that_does_not_open_is_refused(void **state) /* V-12.4.3.1-6 */
{
    (void)state;
    welcomed x;
    welcome(&x, 1);
    base_buf info = base_buf_on(NULL);
    base_bytes sealed = base_buf_bytes(&x.info);
    assert_int_equal(
        mls_welcome_open_info(&x.b.suite, BYTES("another secret of 32 bytes......"), sealed, &info),
        CRYPTO_E_OPEN);
    x.info.p[0] ^= 1;
    assert_int_equal(
        mls_welcome_open_info(&x.b.suite, base_secret_bytes(&x.welcome_secret), sealed, &info),
        CRYPTO_E_OPEN);
    sealed.n = 3;
    assert_int_equal(
        mls_welcome_open_info(&x.b.suite, base_secret_bytes(&x.welcome_secret), sealed, &info),
        CRYPTO_E_OPEN);
    assert_int_equal(info.n, 0);
    welcomed_clear(&x);
}

/* What a committer who does not keep to the struct encrypted to the joiner. */
static base_err open_crafted(base_bytes plaintext)
{
    welcomed x;
    welcome(&x, 1);
    mls_group_secrets g = {0};
    assert_int_equal(crypto_encrypt_with_label(&x.b.suite, base_buf_bytes(&x.init_key),
                                               BYTES("Welcome"), base_buf_bytes(&x.info), plaintext,
                                               &x.secrets),
                     BASE_OK);
    mls_encrypted_group_secrets entry = entry_of(&x);
    base_err err =
        open_secrets(&x, &entry, base_secret_bytes(&x.init_private), base_buf_bytes(&x.info), &g);
    assert_int_equal(x.plaintext.n, err == BASE_OK ? plaintext.n : 0);
    welcomed_clear(&x);
    return err;
}

static void secrets_that_do_not_decode_are_refused(void **state)
{
    (void)state;
    assert_int_equal(open_crafted(BYTES("\1j\0\0")), BASE_OK);
    assert_int_equal(open_crafted(BYTES("\1j\0")), BASE_E_TRUNCATED);
    assert_int_equal(open_crafted(BYTES("\1j\0\0\0")), BASE_E_TRAILING);
}

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    welcomed x;
    welcome(&x, 1);
    mls_psk_id psk = sample_psk(MLS_PSK_EXTERNAL);
    mls_group_secrets g = secrets_of(&psk);
    mls_encrypted_group_secrets entry = entry_of(&x);
    const base_alloc *alloc = &x.b.alloc.port;
    base_bytes secret = base_secret_bytes(&x.welcome_secret);
    size_t live = x.b.alloc.live;
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        base_err err = BASE_OK;
        base_buf info = base_buf_on(alloc);
        base_buf opened = base_buf_on(alloc);
        crypto_sealed sealed = {base_buf_on(alloc), base_buf_on(alloc)};
        mls_group_secrets out = {0};
        crypto_digest bound = {0};
        fake_alloc_reset(&x.b.alloc, n);
        TRY(mls_welcome_seal_info(&x.b.suite, secret, INFO, &info));
        TRY(mls_welcome_open_info(&x.b.suite, secret, base_buf_bytes(&x.info), &opened));
        TRY(mls_welcome_bind(&x.b.suite, base_buf_bytes(&x.info), &bound));
        TRY(mls_welcome_seal_secrets(&x.b.suite, base_buf_bytes(&x.init_key), &g, &bound, &sealed));
        const crypto_hpke_keys init = {base_secret_bytes(&x.init_private), BASE_BYTES_NONE};
        TRY(mls_welcome_open_secrets(&x.b.suite, &init, &entry, base_buf_bytes(&x.info), &x.arena,
                                     &opened, &out));
    done:
        refused = fake_alloc_refused(&x.b.alloc);
        assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
        failures += refused ? 1 : 0;
        base_buf_clear(&info);
        base_buf_clear(&opened);
        crypto_sealed_clear(&sealed);
        assert_int_equal(x.b.alloc.live, live);
    }
    assert_true(failures >= 4);
    welcomed_clear(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joiner_opens_what_is_for_it_on_every_suite),
        cmocka_unit_test(secrets_that_do_not_decrypt_are_refused),
        cmocka_unit_test(secrets_belong_to_one_group_info),
        cmocka_unit_test(a_group_info_that_does_not_open_is_refused),
        cmocka_unit_test(secrets_that_do_not_decode_are_refused),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
