/* Tests of id.c: what an id covers, and what is none. The published ones are in tests/vectors. */
#include "mimi_samples.h"

#include "adapters/crypto_default.h"

static const crypto_hash_alg *hash_of(uint16_t id)
{
    const crypto_backend *backend = crypto_default();
    assert_non_null(backend);
    for (size_t i = 0; backend->hashes[i] != NULL; i++) {
        if (backend->hashes[i]->id == id) {
            return backend->hashes[i];
        }
    }
    fail_msg("the backend has no hash %u", (unsigned)id);
    return NULL;
}

static const uint8_t salt[MIMI_SALT_SIZE] = SALT;

static mimi_id id_of(mimi_origin origin, base_bytes message)
{
    mimi_id id = {{0}};
    assert_int_equal(mimi_id_compute(hash_of(CRYPTO_HASH_SHA256), &origin, message, salt, &id),
                     BASE_OK);
    return id;
}

static void an_id_is_the_hash_algorithm_and_31_bytes_of_the_hash(void **state)
{
    (void)state;
    const mimi_origin origin = {BYTES("ab"), BYTES("c")};
    mimi_id id = id_of(origin, BYTES("message"));
    base_bytes input = BYTES("\0\2ab\0\1cmessage" SALT);
    uint8_t digest[CRYPTO_HASH_MAX];
    assert_int_equal(hash_of(CRYPTO_HASH_SHA256)->digest(&input, 1, digest), BASE_OK);
    assert_int_equal(id.b[0], 1);
    assert_memory_equal(id.b + 1, digest, MIMI_ID_SIZE - 1);
}

static void an_id_covers_sender_room_message_and_salt(void **state)
{
    (void)state;
    const mimi_origin origin = {BYTES("ab"), BYTES("c")};
    const mimi_origin shifted = {BYTES("a"), BYTES("bc")};
    const mimi_origin other_room = {BYTES("ab"), BYTES("d")};
    mimi_id id = id_of(origin, BYTES("message"));
    mimi_id other = id_of(shifted, BYTES("message"));
    assert_memory_not_equal(id.b, other.b, MIMI_ID_SIZE);
    other = id_of(other_room, BYTES("message"));
    assert_memory_not_equal(id.b, other.b, MIMI_ID_SIZE);
    other = id_of(origin, BYTES("massage"));
    assert_memory_not_equal(id.b, other.b, MIMI_ID_SIZE);
    const uint8_t other_salt[MIMI_SALT_SIZE] = "another salt ...";
    assert_int_equal(
        mimi_id_compute(hash_of(CRYPTO_HASH_SHA256), &origin, BYTES("message"), other_salt, &other),
        BASE_OK);
    assert_memory_not_equal(id.b, other.b, MIMI_ID_SIZE);
}

static void another_hash_makes_no_id(void **state)
{
    (void)state;
    const mimi_origin origin = {BYTES("ab"), BYTES("c")};
    mimi_id id;
    assert_int_equal(mimi_id_compute(hash_of(CRYPTO_HASH_SHA512), &origin, BYTES("m"), salt, &id),
                     BASE_E_ARGUMENT);
}

static void uris_have_1_to_65535_bytes(void **state)
{
    (void)state;
    const crypto_hash_alg *hash = hash_of(CRYPTO_HASH_SHA256);
    static uint8_t text[65536];
    mimi_id id;
    memset(text, 'u', sizeof(text));
    const base_bytes most = {text, 65535};
    const base_bytes more = {text, 65536};
    mimi_origin origin = {most, most};
    assert_int_equal(mimi_id_compute(hash, &origin, BYTES("m"), salt, &id), BASE_OK);
    origin = (mimi_origin){more, most};
    assert_int_equal(mimi_id_compute(hash, &origin, BYTES("m"), salt, &id), BASE_E_ARGUMENT);
    origin = (mimi_origin){most, more};
    assert_int_equal(mimi_id_compute(hash, &origin, BYTES("m"), salt, &id), BASE_E_ARGUMENT);
    origin = (mimi_origin){BASE_BYTES_NONE, most};
    assert_int_equal(mimi_id_compute(hash, &origin, BYTES("m"), salt, &id), BASE_E_ARGUMENT);
    origin = (mimi_origin){most, BASE_BYTES_NONE};
    assert_int_equal(mimi_id_compute(hash, &origin, BYTES("m"), salt, &id), BASE_E_ARGUMENT);
}

static void only_32_bytes_of_a_known_hash_are_an_id(void **state)
{
    (void)state;
    mimi_id id = {{0}};
    assert_int_equal(mimi_id_from(BYTES(ID1), &id), BASE_OK);
    assert_bytes(mimi_id_bytes(&id), BYTES(ID1));
    assert_int_equal(mimi_id_from(BYTES("\x01short"), &id), MIMI_E_CONTENT);
    assert_int_equal(mimi_id_from(BYTES(ID1 "x"), &id), MIMI_E_CONTENT);
    assert_int_equal(mimi_id_from(BYTES("\x08"
                                        "aaaaaaaabbbbbbbbccccccccddddddd"),
                                  &id),
                     MIMI_E_ID);
    assert_bytes(mimi_id_bytes(&id), BYTES(ID1)); /* as it was */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_the_hash_algorithm_and_31_bytes_of_the_hash),
        cmocka_unit_test(an_id_covers_sender_room_message_and_salt),
        cmocka_unit_test(another_hash_makes_no_id),
        cmocka_unit_test(uris_have_1_to_65535_bytes),
        cmocka_unit_test(only_32_bytes_of_a_known_hash_are_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
