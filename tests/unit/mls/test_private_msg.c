/* Tests of private_msg.c: there and back on every suite, padding, what either AAD binds, and the
 * one nonce that may never come twice. */
#include "samples.h"

#include "support/every_suite.h"

#define GENERATION 5
#define LEAF 3 /* as in sample_content() */

static base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_message m = {0};
    base_err err = mls_message_decode(in, &a, &m);
    base_arena_clear(&a);
    return err;
}

/* The two ends of a message, with what they share. */
typedef struct line {
    bench b;
    base_arena arena;
    base_secret sender_data_secret;
    mls_message_key key;
    base_buf message;
    base_buf plaintext;
} line;

static void line_init(line *l, mls_suite number)
{
    *l = (line){.arena = base_arena_on(NULL, 0)};
    bench_init(&l->b, number);
    const crypto_suite *s = &l->b.suite;
    l->message = base_buf_on(&l->b.alloc.port);
    l->plaintext = base_buf_on(&l->b.alloc.port);
    assert_int_equal(crypto_random_secret(s, s->hash->size, &l->sender_data_secret), BASE_OK);
    assert_int_equal(crypto_random_secret(s, s->aead->key_size, &l->key.key), BASE_OK);
    assert_int_equal(crypto_random_secret(s, s->aead->nonce_size, &l->key.nonce), BASE_OK);
}

static void line_clear(line *l)
{
    base_buf_clear(&l->plaintext);
    base_buf_clear(&l->message);
    mls_message_key_clear(&l->key);
    base_secret_clear(&l->sender_data_secret);
    base_arena_clear(&l->arena);
    bench_clear(&l->b);
}

static base_err protect(line *l, const mls_auth_content *c, size_t pad_to)
{
    return mls_private_protect(&l->b.suite, base_secret_bytes(&l->sender_data_secret), &l->key,
                               GENERATION, c, pad_to, &l->message);
}

/* The message as it was decoded, for tests that change a field. */
static mls_private_message received(line *l)
{
    mls_message m = {0};
    assert_int_equal(mls_message_decode(base_buf_bytes(&l->message), &l->arena, &m), BASE_OK);
    assert_int_equal(m.wire_format, MLS_WIRE_PRIVATE_MESSAGE);
    return m.private_message;
}

/* Both steps of opening; the first error of either. */
static base_err open(line *l, const mls_private_message *m, mls_sender_data *sender,
                     mls_auth_content *out)
{
    base_err err =
        mls_private_open_sender(&l->b.suite, base_secret_bytes(&l->sender_data_secret), m, sender);
    if (err != BASE_OK) {
        return err;
    }
    return mls_private_open(&l->b.suite, m, sender, &l->key, &l->arena, &l->plaintext, out);
}

static mls_auth_content hello(void)
{
    return sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER, MLS_CONTENT_APPLICATION,
                          BYTES("hello"));
}

static void content_of_every_type_opens_on_every_suite(void **state)
{
    (void)state;
    base_buf bodies[] = {base_buf_on(NULL), encode_proposal(MLS_PROPOSAL_ADD), encode_commit(true)};
    assert_int_equal(base_buf_append(&bodies[0], BYTES("hello")), BASE_OK);
    for (size_t i = 0; i < every_suite_count(); i++) {
        for (int t = MLS_CONTENT_APPLICATION; t <= MLS_CONTENT_COMMIT; t++) {
            line l;
            line_init(&l, every_suite(i));
            mls_auth_content c =
                sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER, (mls_content_type)t,
                               base_buf_bytes(&bodies[t - 1]));
            assert_int_equal(protect(&l, &c, 0), BASE_OK);
            mls_private_message m = received(&l);
            mls_sender_data sender = {0};
            mls_auth_content d = {0};
            assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
            assert_int_equal(sender.leaf.v, LEAF);
            assert_int_equal(sender.generation, GENERATION);
            assert_int_equal(d.wire_format, MLS_WIRE_PRIVATE_MESSAGE);
            assert_int_equal(d.content.type, t);
            assert_int_equal(d.content.epoch, c.content.epoch);
            assert_int_equal(d.content.sender.type, MLS_SENDER_MEMBER);
            assert_int_equal(d.content.sender.index, LEAF);
            assert_bytes(d.content.group_id, c.content.group_id);
            assert_bytes(d.content.authenticated_data, c.content.authenticated_data);
            assert_bytes(d.content.body, c.content.body);
            assert_bytes(d.signature, c.signature);
            assert_bytes(d.confirmation_tag, c.confirmation_tag);
            assert_int_equal(d.content.proposal != NULL, t == MLS_CONTENT_PROPOSAL);
            assert_int_equal(d.content.commit != NULL, t == MLS_CONTENT_COMMIT);
            line_clear(&l);
        }
    }
    for (size_t i = 0; i < COUNT(bodies); i++) {
        base_buf_clear(&bodies[i]);
    }
}

static void handshakes_and_application_data_take_their_own_ratchets(void **state)
{
    (void)state;
    assert_int_equal(mls_private_ratchet(MLS_CONTENT_APPLICATION), MLS_RATCHET_APPLICATION);
    assert_int_equal(mls_private_ratchet(MLS_CONTENT_PROPOSAL), MLS_RATCHET_HANDSHAKE);
    assert_int_equal(mls_private_ratchet(MLS_CONTENT_COMMIT), MLS_RATCHET_HANDSHAKE);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    assert_exact(base_buf_bytes(&l.message), decode);
    line_clear(&l);
}

static void a_content_type_out_of_range_is_refused(void **state) /* V-6-2 */
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    const size_t at = 4 + 1 + c.content.group_id.n + 8;
    assert_int_equal(l.message.p[at], MLS_CONTENT_APPLICATION);
    l.message.p[at] = 0;
    assert_int_equal(decode(base_buf_bytes(&l.message)), BASE_E_VALUE);
    l.message.p[at] = 4;
    assert_int_equal(decode(base_buf_bytes(&l.message)), BASE_E_VALUE);
    line_clear(&l);
}

/* ---- padding ---- */

static void content_is_padded_to_a_multiple(void **state)
{
    (void)state;
    const size_t multiples[] = {0, 1, 2, 7, 24, 25, 64, 256, 100000};
    mls_auth_content c = hello();
    const size_t bare = 1 + c.content.body.n + 1 + c.signature.n;
    for (size_t i = 0; i < COUNT(multiples); i++) {
        size_t pad_to = multiples[i];
        line l;
        line_init(&l, 1);
        assert_int_equal(protect(&l, &c, pad_to), BASE_OK);
        mls_private_message m = received(&l);
        size_t n = m.ciphertext.n - l.b.suite.aead->tag_size;
        assert_true(n >= bare);
        if (pad_to == 0) {
            assert_int_equal(n, bare);
        } else {
            assert_int_equal(n % pad_to, 0);
            assert_true(n - bare < pad_to);
        }
        mls_sender_data sender = {0};
        mls_auth_content d = {0};
        assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
        assert_bytes(d.content.body, c.content.body);
        line_clear(&l);
    }
}

static void padding_beyond_what_a_vector_holds_is_refused(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, SIZE_MAX), BASE_E_LIMIT);
    assert_int_equal(l.message.n, 0);
    line_clear(&l);
}

/* A PrivateMessage whose content is whatever a member chose to encrypt. */
static base_err open_crafted(base_bytes content)
{
    line l;
    line_init(&l, 1);
    const crypto_aead_alg *aead = l.b.suite.aead;
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    mls_message_key key = l.key;
    mls_message_key_guard(&key, sender.reuse_guard);
    uint8_t *sealed = malloc(content.n + aead->tag_size);
    assert_non_null(sealed);
    assert_int_equal(aead->seal(base_secret_bytes(&key.key), base_secret_bytes(&key.nonce), m.aad,
                                content, sealed),
                     BASE_OK);
    m.ciphertext = base_bytes_of(sealed, content.n + aead->tag_size);
    base_buf_clear(&l.plaintext);
    base_err err = mls_private_open(&l.b.suite, &m, &sender, &l.key, &l.arena, &l.plaintext, &d);
    assert_int_equal(l.plaintext.n, err == BASE_OK ? content.n : 0);
    free(sealed);
    line_clear(&l);
    return err;
}

static void padding_that_is_not_zero_is_refused(void **state) /* V-6.3.1-1 */
{
    (void)state;
    assert_int_equal(open_crafted(BYTES("\2hi\3sig")), BASE_OK);
    assert_int_equal(open_crafted(BYTES("\2hi\3sig\0\0\0")), BASE_OK);
    assert_int_equal(open_crafted(BYTES("\2hi\3sig\1\0\0")), MLS_E_PADDING);
    assert_int_equal(open_crafted(BYTES("\2hi\3sig\0\0\1")), MLS_E_PADDING);
}

static void content_that_does_not_decode_is_refused(void **state)
{
    (void)state;
    assert_int_equal(open_crafted(BYTES("\2hi\3si")), BASE_E_TRUNCATED);
    assert_int_equal(open_crafted(BYTES("\2hi")), BASE_E_TRUNCATED);
    assert_int_equal(open_crafted(BYTES("\x40\2hi\3sig")), BASE_E_VARINT);
}

static void a_ciphertext_without_content_is_refused(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    for (size_t n = 0; n <= l.b.suite.aead->tag_size; n++) {
        m.ciphertext.n = n;
        assert_int_equal(
            mls_private_open(&l.b.suite, &m, &sender, &l.key, &l.arena, &l.plaintext, &d),
            CRYPTO_E_OPEN);
    }
    line_clear(&l);
}

/* ---- what is bound ---- */

/* Open the message with one byte changed. at counts from the end when negative. */
static base_err open_flipped(line *l, ptrdiff_t at)
{
    size_t i = at < 0 ? l->message.n - (size_t)-at : (size_t)at;
    l->message.p[i] ^= 1;
    mls_private_message m = received(l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    base_err err = open(l, &m, &sender, &d);
    l->message.p[i] ^= 1;
    return err;
}

static void every_byte_outside_the_lengths_is_bound(void **state) /* V-6.3.1-2, V-6.3.2-1 */
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    const ptrdiff_t group_id = 5;
    const ptrdiff_t epoch = group_id + (ptrdiff_t)c.content.group_id.n;
    const ptrdiff_t associated = epoch + 8 + 1 + 1;
    const ptrdiff_t sender_data = associated + (ptrdiff_t)c.content.authenticated_data.n + 1;
    assert_int_equal(open_flipped(&l, group_id), CRYPTO_E_OPEN);
    assert_int_equal(open_flipped(&l, epoch), CRYPTO_E_OPEN);
    assert_int_equal(open_flipped(&l, epoch + 7), CRYPTO_E_OPEN);
    assert_int_equal(open_flipped(&l, associated), CRYPTO_E_OPEN);
    for (ptrdiff_t i = sender_data; i < sender_data + 28; i++) {
        assert_int_equal(open_flipped(&l, i), CRYPTO_E_OPEN);
    }
    for (ptrdiff_t i = sender_data + 28 + 1; i < (ptrdiff_t)l.message.n; i++) {
        assert_int_equal(open_flipped(&l, i), CRYPTO_E_OPEN);
    }
    l.message.p[epoch + 8] = MLS_CONTENT_PROPOSAL;
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    assert_int_equal(open(&l, &m, &sender, &d), CRYPTO_E_OPEN);
    l.message.p[epoch + 8] = MLS_CONTENT_APPLICATION;
    m = received(&l);
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    line_clear(&l);
}

static void the_sample_of_the_ciphertext_is_all_of_a_short_one(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    c.content.body = BASE_BYTES_NONE;
    c.signature = BASE_BYTES_NONE;
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    assert_true(m.ciphertext.n < l.b.suite.hash->size);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    assert_int_equal(open_flipped(&l, -1), CRYPTO_E_OPEN);
    line_clear(&l);
}

static void sender_data_of_another_size_is_refused(void **state) /* V-6.3.2-1 */
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    m.encrypted_sender_data.n--;
    assert_int_equal(open(&l, &m, &sender, &d), CRYPTO_E_OPEN);
    m.encrypted_sender_data = BASE_BYTES_NONE;
    assert_int_equal(open(&l, &m, &sender, &d), CRYPTO_E_OPEN);
    line_clear(&l);
}

static void wrong_secrets_open_nothing(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    l.key.key.b[0] ^= 1;
    assert_int_equal(open(&l, &m, &sender, &d), CRYPTO_E_OPEN);
    l.key.key.b[0] ^= 1;
    l.key.nonce.b[11] ^= 1;
    assert_int_equal(open(&l, &m, &sender, &d), CRYPTO_E_OPEN);
    l.key.nonce.b[11] ^= 1;
    l.sender_data_secret.b[0] ^= 1;
    assert_int_equal(open(&l, &m, &sender, &d), CRYPTO_E_OPEN);
    l.sender_data_secret.b[0] ^= 1;
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    line_clear(&l);
}

/* ---- the reuse guard ---- */

static void one_key_twice_still_means_two_nonces(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    base_buf first = base_buf_on(NULL);
    mls_sender_data sender[2] = {{{0}, 0, {0}}, {{0}, 0, {0}}};
    mls_auth_content d = {0};
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    assert_int_equal(open(&l, &m, &sender[0], &d), BASE_OK);
    assert_int_equal(base_buf_append(&first, m.ciphertext), BASE_OK);
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    m = received(&l);
    assert_int_equal(open(&l, &m, &sender[1], &d), BASE_OK);
    assert_memory_not_equal(sender[0].reuse_guard, sender[1].reuse_guard, MLS_REUSE_GUARD_SIZE);
    assert_false(base_bytes_eq(base_buf_bytes(&first), m.ciphertext));
    base_buf_clear(&first);
    line_clear(&l);
}

static void the_guard_goes_into_the_first_four_bytes_of_the_nonce(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    const crypto_aead_alg *aead = l.b.suite.aead;
    mls_auth_content c = hello();
    assert_int_equal(protect(&l, &c, 0), BASE_OK);
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    uint8_t nonce[CRYPTO_AEAD_NONCE_MAX] = {0};
    memcpy(nonce, l.key.nonce.b, l.key.nonce.n);
    for (size_t i = 0; i < 4; i++) {
        nonce[i] ^= sender.reuse_guard[i];
    }
    uint8_t plaintext[64] = {0};
    assert_true(m.ciphertext.n <= sizeof(plaintext));
    assert_int_equal(aead->open(base_secret_bytes(&l.key.key),
                                base_bytes_of(nonce, aead->nonce_size), m.aad, m.ciphertext,
                                plaintext),
                     BASE_OK);
    assert_memory_equal(plaintext, "\5hello", 6);
    line_clear(&l);
}

/* ---- refusals to send ---- */

static void only_members_send(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    for (int t = MLS_SENDER_EXTERNAL; t <= MLS_SENDER_NEW_MEMBER_COMMIT; t++) {
        c.content.sender.type = (mls_sender_type)t;
        assert_int_equal(protect(&l, &c, 0), MLS_E_SENDER);
    }
    assert_int_equal(l.message.n, 0);
    line_clear(&l);
}

static void content_signed_for_a_public_message_is_not_sent_as_a_private_one(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    c.wire_format = MLS_WIRE_PUBLIC_MESSAGE;
    assert_int_equal(protect(&l, &c, 0), BASE_E_ARGUMENT);
    line_clear(&l);
}

static void without_randomness_nothing_is_sent(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    l.b.random.calls = 0;
    l.b.random.fail_at = 1;
    assert_int_equal(protect(&l, &c, 0), BASE_E_RANDOM);
    assert_int_equal(l.message.n, 0);
    line_clear(&l);
}

/* ---- memory ---- */

static void a_message_costs_one_allocation_at_either_end(void **state)
{
    (void)state;
    line l;
    line_init(&l, 1);
    mls_auth_content c = hello();
    fake_alloc_reset(&l.b.alloc, 0);
    assert_int_equal(protect(&l, &c, 4096), BASE_OK);
    assert_int_equal(l.b.alloc.calls, 1);
    mls_private_message m = received(&l);
    mls_sender_data sender = {0};
    mls_auth_content d = {0};
    fake_alloc_reset(&l.b.alloc, 0);
    assert_int_equal(open(&l, &m, &sender, &d), BASE_OK);
    assert_int_equal(l.b.alloc.calls, 1);
    line_clear(&l);
}

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    base_buf commit = encode_commit(true);
    mls_auth_content c = sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_COMMIT, base_buf_bytes(&commit));
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        line l;
        line_init(&l, 1);
        l.arena = base_arena_on(&l.b.alloc.port, 0);
        fake_alloc_reset(&l.b.alloc, n);
        mls_message m = {0};
        mls_sender_data sender = {0};
        mls_auth_content d = {0};
        base_err err = protect(&l, &c, 0);
        if (err == BASE_OK) {
            err = mls_message_decode(base_buf_bytes(&l.message), &l.arena, &m);
        }
        if (err == BASE_OK) {
            err = open(&l, &m.private_message, &sender, &d);
        }
        refused = fake_alloc_refused(&l.b.alloc);
        assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
        failures += refused ? 1 : 0;
        line_clear(&l);
    }
    assert_true(failures >= 3);
    base_buf_clear(&commit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_of_every_type_opens_on_every_suite),
        cmocka_unit_test(handshakes_and_application_data_take_their_own_ratchets),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_content_type_out_of_range_is_refused),
        cmocka_unit_test(content_is_padded_to_a_multiple),
        cmocka_unit_test(padding_beyond_what_a_vector_holds_is_refused),
        cmocka_unit_test(padding_that_is_not_zero_is_refused),
        cmocka_unit_test(content_that_does_not_decode_is_refused),
        cmocka_unit_test(a_ciphertext_without_content_is_refused),
        cmocka_unit_test(every_byte_outside_the_lengths_is_bound),
        cmocka_unit_test(the_sample_of_the_ciphertext_is_all_of_a_short_one),
        cmocka_unit_test(sender_data_of_another_size_is_refused),
        cmocka_unit_test(wrong_secrets_open_nothing),
        cmocka_unit_test(one_key_twice_still_means_two_nonces),
        cmocka_unit_test(the_guard_goes_into_the_first_four_bytes_of_the_nonce),
        cmocka_unit_test(only_members_send),
        cmocka_unit_test(content_signed_for_a_public_message_is_not_sent_as_a_private_one),
        cmocka_unit_test(without_randomness_nothing_is_sent),
        cmocka_unit_test(a_message_costs_one_allocation_at_either_end),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
