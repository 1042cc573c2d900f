/* The device list: each rule broken alone, with a neighbour that is accepted. */
#include "rig.h"

static base_err there_and_back(rig *r, const base_secret *seed, base_buf *bytes,
                               sotto_device_list *out)
{
    OK(sotto_device_list_encode(&r->p, &r->list, base_secret_bytes(seed), bytes));
    return sotto_device_list_decode(&r->p, base_buf_bytes(bytes), out);
}

static void expect(rig *r, const base_secret *seed, base_err err)
{
    base_buf bytes = base_buf_on(NULL);
    sotto_device_list out;
    assert_int_equal(there_and_back(r, seed, &bytes, &out), err);
    base_buf_clear(&bytes);
}

static void a_list_comes_back_as_it_was(void **state)
{
    (void)state;
    rig r;
    base_buf bytes = base_buf_on(NULL);
    sotto_device_list out;
    rig_begin(&r);
    OK(there_and_back(&r, &r.identity_seed, &bytes, &out));
    assert_int_equal(out.version, 1);
    assert_int_equal(out.n_devices, 1);
    assert_true(base_bytes_eq(out.devices[0].signature_key, r.list.devices[0].signature_key));
    assert_true(out.devices[0].holder);
    assert_non_null(sotto_device_list_find(&out, r.list.devices[0].signature_key));
    assert_null(sotto_device_list_find(&out, r.list.identity_key));
    base_buf_clear(&bytes);
    rig_end(&r);
}

static void every_truncation_and_every_flipped_byte_is_refused(void **state)
{
    (void)state;
    rig r;
    base_buf bytes = base_buf_on(NULL);
    sotto_device_list out;
    rig_begin(&r);
    OK(there_and_back(&r, &r.identity_seed, &bytes, &out));
    for (size_t n = 0; n < bytes.n; n++) {
        assert_int_not_equal(sotto_device_list_decode(&r.p, base_bytes_of(bytes.p, n), &out),
                             BASE_OK);
    }
    for (size_t i = 0; i < bytes.n; i++) {
        bytes.p[i] ^= 1;
        assert_int_not_equal(sotto_device_list_decode(&r.p, base_buf_bytes(&bytes), &out), BASE_OK);
        bytes.p[i] ^= 1;
    }
    OK(base_buf_append(&bytes, base_bytes_of("", 1)));
    assert_int_equal(sotto_device_list_decode(&r.p, base_buf_bytes(&bytes), &out), BASE_E_TRAILING);
    base_buf_clear(&bytes);
    rig_end(&r);
}

static void only_the_signing_key_signs(void **state)
{
    (void)state;
    rig r;
    rig_begin(&r);
    expect(&r, &r.identity_seed, BASE_OK);
    /* The recovery key signs no list by itself: it appoints a key that does. */
    expect(&r, &r.recovery_seed, SOTTO_E_DEVICE_LIST);
    rig_end(&r);
}

static void versions_and_previous_go_together(void **state)
{
    (void)state;
    static const uint8_t some[32] = {1};
    rig r;
    rig_begin(&r);
    r.list.version = 0;
    expect(&r, &r.identity_seed, SOTTO_E_DEVICE_LIST);
    r.list.version = 1;
    r.list.previous = base_bytes_of(some, 32);
    expect(&r, &r.identity_seed, SOTTO_E_DEVICE_LIST);
    r.list.version = 2;
    expect(&r, &r.identity_seed, BASE_OK);
    r.list.previous = base_bytes_of(rig_zeros, 32);
    expect(&r, &r.identity_seed, SOTTO_E_DEVICE_LIST);
    rig_end(&r);
}

static void no_device_and_no_key_stands_twice(void **state)
{
    (void)state;
    static const uint8_t other_id[SOTTO_DEVICE_ID_SIZE] = {7};
    static const uint8_t other_key[32] = {8};
    rig r;
    rig_begin(&r);
    r.list.n_devices = 2;
    r.list.devices[1] = r.list.devices[0];
    expect(&r, &r.identity_seed, SOTTO_E_DEVICE_LIST);
    r.list.devices[1].id = base_bytes_of(other_id, sizeof other_id);
    expect(&r, &r.identity_seed, SOTTO_E_DEVICE_LIST);
    r.list.devices[1].signature_key = base_bytes_of(other_key, sizeof other_key);
    expect(&r, &r.identity_seed, BASE_OK);
    r.list.devices[1].signature_key = BASE_BYTES_NONE;
    expect(&r, &r.identity_seed, SOTTO_E_DEVICE_LIST);
    rig_end(&r);
}

/* What the recovery key signs to appoint a signing key. */
static void appoint(rig *r, const uint8_t signing_key[static 32], uint64_t since,
                    uint8_t signature[static 64])
{
    base_buf content = base_buf_on(NULL);
    uint8_t be[8];
    for (size_t i = 0; i < 8; i++) {
        be[i] = (uint8_t)(since >> (8 * (7 - i)));
    }
    OK(base_buf_append(&content, base_bytes_of(r->identity_key, 32)));
    OK(base_buf_append(&content, base_bytes_of(signing_key, 32)));
    OK(base_buf_append(&content, base_bytes_of(be, 8)));
    OK(sotto_sign(&r->p, base_secret_bytes(&r->recovery_seed), "sotto signing key",
                  base_buf_bytes(&content), signature));
    base_buf_clear(&content);
}

static void the_recovery_key_appoints_a_signing_key(void **state)
{
    (void)state;
    static const uint8_t before[32] = {5};
    rig r;
    base_secret seed = {0};
    uint8_t key[32];
    uint8_t signature[64];
    rig_begin(&r);
    OK(sotto_sign_new(&r.p, &seed, key));
    appoint(&r, key, 3, signature);
    r.list.version = 3;
    r.list.previous = base_bytes_of(before, 32);
    r.list.since = 3;
    r.list.delegation = base_bytes_of(signature, 64);
    expect(&r, &seed, BASE_OK);
    r.list.since = 2; /* not what was signed */
    expect(&r, &seed, CRYPTO_E_SIGNATURE);
    r.list.since = 4; /* later than the list itself */
    expect(&r, &seed, SOTTO_E_DEVICE_LIST);
    r.list.since = 3;
    signature[0] ^= 1;
    expect(&r, &seed, CRYPTO_E_SIGNATURE);
    r.list.delegation = BASE_BYTES_NONE;
    expect(&r, &seed, CRYPTO_E_SIGNATURE);
    base_secret_clear(&seed);
    rig_end(&r);
}

static void the_identity_covers_both_keys(void **state)
{
    (void)state;
    rig r;
    sotto_hash one;
    sotto_hash two;
    rig_begin(&r);
    OK(sotto_device_list_identity(&r.p, &r.list, &one));
    r.list.recovery_key = r.list.identity_key;
    OK(sotto_device_list_identity(&r.p, &r.list, &two));
    assert_false(sotto_hash_eq(&one, &two));
    rig_end(&r);
}

static sotto_list_order order(uint64_t known_version, uint64_t known_since, const char *known,
                              uint64_t version, uint64_t since, const char *fresh)
{
    sotto_device_list a = {
        .version = known_version, .since = known_since, .encoded = base_bytes_str(known)};
    sotto_device_list b = {.version = version, .since = since, .encoded = base_bytes_str(fresh)};
    return sotto_device_list_compare(&a, &b);
}

static void the_higher_list_wins_and_two_of_one_version_are_a_fork(void **state)
{
    (void)state;
    assert_int_equal(order(2, 0, "a", 2, 0, "a"), SOTTO_LIST_SAME);
    assert_int_equal(order(2, 0, "a", 3, 0, "b"), SOTTO_LIST_NEWER);
    assert_int_equal(order(3, 0, "a", 2, 0, "b"), SOTTO_LIST_OLDER);
    assert_int_equal(order(3, 0, "a", 3, 0, "b"), SOTTO_LIST_FORKED);
    /* An appointment by the recovery key beats any number of the thief's lists. */
    assert_int_equal(order(9, 0, "a", 4, 4, "b"), SOTTO_LIST_NEWER);
    assert_int_equal(order(4, 4, "a", 9, 0, "b"), SOTTO_LIST_OLDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_comes_back_as_it_was),
        cmocka_unit_test(every_truncation_and_every_flipped_byte_is_refused),
        cmocka_unit_test(only_the_signing_key_signs),
        cmocka_unit_test(versions_and_previous_go_together),
        cmocka_unit_test(no_device_and_no_key_stands_twice),
        cmocka_unit_test(the_recovery_key_appoints_a_signing_key),
        cmocka_unit_test(the_identity_covers_both_keys),
        cmocka_unit_test(the_higher_list_wins_and_two_of_one_version_are_a_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
