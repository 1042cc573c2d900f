/* PreSharedKeyID on the wire and psk_secret (RFC 9420, section 8.4). Published answers are in the
 * vectors that mls-vectors runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mls/psk.h"
#include "support/crypto_rig.h"

static base_bytes text(const char *s)
{
    return base_bytes_str(s);
}

static mls_psk_id external(const char *id, const char *nonce)
{
    return (mls_psk_id){.type = MLS_PSK_EXTERNAL, .psk_id = text(id), .psk_nonce = text(nonce)};
}

static mls_psk_id resumption(mls_psk_usage usage, const char *group, uint64_t epoch)
{
    return (mls_psk_id){.type = MLS_PSK_RESUMPTION,
                        .usage = usage,
                        .psk_group_id = text(group),
                        .psk_epoch = epoch,
                        .psk_nonce = text("nonce")};
}

static base_buf encoded(const mls_psk_id *id)
{
    base_buf b = {0};
    assert_int_equal(mls_psk_id_encode(id, &b), BASE_OK);
    return b;
}

static void ids_have_the_form_of_the_rfc(void **state)
{
    (void)state;
    mls_psk_id e = external("ab", "n");
    mls_psk_id r = resumption(MLS_PSK_BRANCH, "gr", 0x0102);
    base_buf b = encoded(&e);
    assert_bytes(base_buf_bytes(&b), unhex("01 02 6162 01 6e"));
    base_buf_clear(&b);
    const mls_psk_id c = {.type = MLS_PSK_COMPONENT,
                          .component = 0x8001,
                          .psk_id = text("ab"),
                          .psk_nonce = text("n")};
    b = encoded(&c);
    assert_bytes(base_buf_bytes(&b), unhex("03 8001 02 6162 01 6e"));
    base_buf_clear(&b);
    b = encoded(&r);
    assert_bytes(base_buf_bytes(&b), unhex("02 03 02 6772 0000000000000102 05 6e6f6e6365"));
    base_buf_clear(&b);
}

static void ids_survive_encoding_and_every_truncation_is_refused(void **state)
{
    (void)state;
    const mls_psk_id ids[] = {
        external("", ""),
        external("an id", "a nonce"),
        resumption(MLS_PSK_APPLICATION, "group", 0),
        resumption(MLS_PSK_REINIT, "group", UINT64_MAX),
        resumption(MLS_PSK_BRANCH, "", 5),
        {.type = MLS_PSK_COMPONENT, .component = 0x8001, .psk_id = text("an id")}};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        mls_psk_id out = {0};
        base_buf b = encoded(&ids[i]);
        assert_int_equal(mls_psk_id_decode(base_buf_bytes(&b), &out), BASE_OK);
        assert_int_equal(out.type, ids[i].type);
        assert_true(mls_psk_id_same(&out, &ids[i]));
        assert_bytes(out.psk_nonce, ids[i].psk_nonce);
        base_buf again = encoded(&out);
        assert_bytes(base_buf_bytes(&again), base_buf_bytes(&b));
        base_buf_clear(&again);
        for (size_t n = 0; n < b.n; n++) {
            assert_int_equal(mls_psk_id_decode(base_bytes_of(b.p, n), &out), BASE_E_TRUNCATED);
        }
        assert_int_equal(base_buf_append(&b, text("x")), BASE_OK);
        assert_int_equal(mls_psk_id_decode(base_buf_bytes(&b), &out), BASE_E_TRAILING);
        base_buf_clear(&b);
    }
}

static void types_and_usages_that_are_not_listed_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "00 02 6162 01 6e",                     /* type 0 */
        "04 02 6162 01 6e",                     /* type 4 */
        "ff 02 6162 01 6e",                     /* type 255 */
        "02 00 02 6772 0000000000000102 01 6e", /* usage 0 */
        "02 04 02 6772 0000000000000102 01 6e", /* usage 4 */
    };
    mls_psk_id out = {.psk_epoch = 77};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(mls_psk_id_decode(unhex(bad[i]), &out), BASE_E_VALUE);
    }
    assert_int_equal(out.psk_epoch, 77); /* untouched */
}

static void ids_that_cannot_be_are_not_written(void **state)
{
    (void)state;
    base_buf b = {0};
    const mls_psk_id bad[] = {{.type = (mls_psk_type)0},
                              {.type = (mls_psk_type)4},
                              {.type = MLS_PSK_RESUMPTION, .usage = (mls_psk_usage)0},
                              {.type = MLS_PSK_RESUMPTION, .usage = (mls_psk_usage)4}};
    assert_int_equal(base_buf_append(&b, text("before")), BASE_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(mls_psk_id_encode(&bad[i], &b), BASE_E_ARGUMENT);
        assert_bytes(base_buf_bytes(&b), text("before"));
    }
    base_buf_clear(&b);
}

static void ids_are_the_same_whatever_their_nonce(void **state)
{
    (void)state;
    mls_psk_id a = external("id", "one");
    mls_psk_id b = external("id", "two");
    mls_psk_id c = external("ie", "one");
    mls_psk_id r = resumption(MLS_PSK_BRANCH, "g", 5);
    mls_psk_id r_usage = resumption(MLS_PSK_REINIT, "g", 5);
    mls_psk_id r_epoch = resumption(MLS_PSK_BRANCH, "g", 6);
    mls_psk_id r_group = resumption(MLS_PSK_BRANCH, "h", 5);
    mls_psk_id r_nonce = r;
    r_nonce.psk_nonce = text("other");
    assert_true(mls_psk_id_same(&a, &b));
    assert_false(mls_psk_id_same(&a, &c));
    assert_false(mls_psk_id_same(&a, &r));
    assert_true(mls_psk_id_same(&r, &r_nonce));
    assert_false(mls_psk_id_same(&r, &r_usage));
    assert_false(mls_psk_id_same(&r, &r_epoch));
    assert_false(mls_psk_id_same(&r, &r_group));
}

/* ---- psk_secret ---- */

static void no_psk_comes_to_zeros(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    const uint16_t numbers[] = {0xF001, 84};
    for (size_t i = 0; i < 2; i++) {
        crypto_suite s = crypto_rig_suite(&rig, numbers[i]);
        base_secret out = {0};
        assert_int_equal(mls_psk_secret_derive(&s, NULL, 0, &out), BASE_OK);
        assert_int_equal(out.n, s.hash->size);
        assert_true(base_ct_is_zero(base_secret_bytes(&out)));
    }
}

static base_secret derive(const crypto_suite *s, const mls_psk *psks, size_t n)
{
    base_secret out = {0};
    assert_int_equal(mls_psk_secret_derive(s, psks, n, &out), BASE_OK);
    return out;
}

static void order_number_id_nonce_and_key_all_count(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    const mls_psk a = {external("a", "n"), text("secret of a")};
    const mls_psk b = {resumption(MLS_PSK_BRANCH, "g", 1), text("secret of b")};
    const mls_psk a_nonce = {external("a", "m"), text("secret of a")};
    const mls_psk a_key = {external("a", "n"), text("secret of A")};
    const mls_psk b_epoch = {resumption(MLS_PSK_BRANCH, "g", 2), text("secret of b")};
    const mls_psk lists[6][2] = {{a, b}, {b, a}, {a, a}, {a_nonce, b}, {a_key, b}, {a, b_epoch}};
    base_secret want = derive(&s, lists[0], 2);
    base_secret one = derive(&s, lists[0], 1);
    assert_memory_not_equal(want.b, one.b, want.n);
    for (size_t i = 1; i < 6; i++) {
        base_secret got = derive(&s, lists[i], 2);
        assert_memory_not_equal(got.b, want.b, want.n);
    }
    base_secret again = derive(&s, lists[0], 2);
    assert_bytes(base_secret_bytes(&again), base_secret_bytes(&want));
}

static void more_psks_than_an_index_can_count_are_a_limit(void **state)
{
    (void)state;
    crypto_rig rig;
    base_secret out = {.n = 5};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    const mls_psk one = {external("a", "n"), text("s")};
    assert_int_equal(mls_psk_secret_derive(&s, &one, 65536, &out), BASE_E_LIMIT);
    assert_int_equal(out.n, 5);
}

static void an_id_that_cannot_be_and_failing_memory_are_told(void **state)
{
    (void)state;
    crypto_rig rig;
    base_secret out = {.n = 5};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    const mls_psk bad = {{.type = (mls_psk_type)0}, text("s")};
    const mls_psk good = {external("a", "n"), text("s")};
    assert_int_equal(mls_psk_secret_derive(&s, &bad, 1, &out), BASE_E_ARGUMENT);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(mls_psk_secret_derive(&s, &good, 1, &out), BASE_E_NOMEM);
    assert_int_equal(out.n, 5);
    assert_int_equal(rig.heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_have_the_form_of_the_rfc),
        cmocka_unit_test(ids_survive_encoding_and_every_truncation_is_refused),
        cmocka_unit_test(types_and_usages_that_are_not_listed_are_refused),
        cmocka_unit_test(ids_that_cannot_be_are_not_written),
        cmocka_unit_test(ids_are_the_same_whatever_their_nonce),
        cmocka_unit_test(no_psk_comes_to_zeros),
        cmocka_unit_test(order_number_id_nonce_and_key_all_count),
        cmocka_unit_test(more_psks_than_an_index_can_count_are_a_limit),
        cmocka_unit_test(an_id_that_cannot_be_and_failing_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
