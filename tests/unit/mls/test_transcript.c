/* Transcript hashes and the confirmation tag (RFC 9420, sections 8.2 and 6.1). Published answers
 * are in the vectors that mls-vectors runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mls/transcript.h"
#include "support/crypto_rig.h"

static base_bytes text(const char *s)
{
    return base_bytes_str(s);
}

static void hashes_chain_as_the_rfc_says(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_digest got;
    crypto_digest want;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_bytes part = text("interim||input");
    assert_int_equal(crypto_digest_of(&s, &part, 1, &want), BASE_OK);
    assert_int_equal(mls_transcript_confirmed(&s, text("interim||"), text("input"), &got), BASE_OK);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
    part = text("confirmed\x03tag"); /* the tag is an opaque<V> */
    assert_int_equal(crypto_digest_of(&s, &part, 1, &want), BASE_OK);
    assert_int_equal(mls_transcript_interim(&s, text("confirmed"), text("tag"), &got), BASE_OK);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
}

static void the_first_epochs_interim_hash_is_empty(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_digest got;
    crypto_digest want;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 84);
    base_bytes part = text("input");
    assert_int_equal(crypto_digest_of(&s, &part, 1, &want), BASE_OK);
    assert_int_equal(mls_transcript_confirmed(&s, BASE_BYTES_NONE, part, &got), BASE_OK);
    assert_int_equal(got.n, 64);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
}

static void a_confirmation_tag_holds_for_its_key_and_hash_alone(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_digest tag;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    assert_int_equal(mls_confirmation_tag_make(&s, text("key"), text("hash"), &tag), BASE_OK);
    base_bytes t = crypto_digest_bytes(&tag);
    assert_int_equal(mls_confirmation_tag_check(&s, text("key"), text("hash"), t), BASE_OK);
    assert_int_equal(mls_confirmation_tag_check(&s, text("kez"), text("hash"), t),
                     MLS_E_CONFIRMATION_TAG);
    assert_int_equal(mls_confirmation_tag_check(&s, text("key"), text("hasi"), t),
                     MLS_E_CONFIRMATION_TAG);
    assert_int_equal(
        mls_confirmation_tag_check(&s, text("key"), text("hash"), base_bytes_of(t.p, 31)),
        MLS_E_CONFIRMATION_TAG);
    assert_int_equal(mls_confirmation_tag_check(&s, text("key"), text("hash"), BASE_BYTES_NONE),
                     MLS_E_CONFIRMATION_TAG);
    for (size_t bit = 0; bit < 256; bit++) {
        tag.b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_equal(mls_confirmation_tag_check(&s, text("key"), text("hash"), t),
                         MLS_E_CONFIRMATION_TAG);
        tag.b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static base_err failing(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    (void)key;
    (void)parts;
    (void)count;
    (void)out;
    return CRYPTO_E_BACKEND;
}

static void a_check_that_cannot_be_made_does_not_pass(void **state)
{
    (void)state;
    crypto_rig rig;
    crypto_digest out = {.n = 3};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    crypto_hash_alg broken = *s.hash;
    broken.hmac = failing;
    s.hash = &broken;
    assert_int_equal(mls_confirmation_tag_check(&s, text("key"), text("hash"), text("tag")),
                     CRYPTO_E_BACKEND);
    fake_alloc_reset(&rig.heap, 1);
    assert_int_equal(mls_transcript_interim(&s, text("c"), text("t"), &out), BASE_E_NOMEM);
    assert_int_equal(out.n, 3);
    assert_int_equal(rig.heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_chain_as_the_rfc_says),
        cmocka_unit_test(the_first_epochs_interim_hash_is_empty),
        cmocka_unit_test(a_confirmation_tag_holds_for_its_key_and_hash_alone),
        cmocka_unit_test(a_check_that_cannot_be_made_does_not_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
