/* Tests of message.c: the five wire formats, GroupInfo with its signature, Welcome, GroupSecrets,
 * and looking at a message without opening it. */
#include "samples.h"

static base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_message m = {0};
    base_err err = mls_message_decode(in, &a, &m);
    base_arena_clear(&a);
    return err;
}

static mls_info sample_info(void)
{
    return (mls_info){
        .context = {.version = 1,
                    .suite = 1,
                    .group_id = BYTES("group"),
                    .epoch = 42,
                    .tree_hash = BYTES("tree hash"),
                    .confirmed_transcript_hash = BYTES("transcript"),
                    .extensions = sample_extensions()},
        .extensions = sample_extensions(),
        .confirmation_tag = BYTES("tag"),
        .signer = {7},
        .signature = BYTES("signature"),
    };
}

static mls_welcome sample_welcome(void)
{
    static const mls_encrypted_group_secrets secrets[] = {
        {{(const uint8_t *)"ref1", 4}, {{(const uint8_t *)"kem1", 4}, {(const uint8_t *)"c1", 2}}},
        {{(const uint8_t *)"ref2", 4}, {{(const uint8_t *)"kem2", 4}, {(const uint8_t *)"c2", 2}}}};
    return (mls_welcome){1, secrets, COUNT(secrets), BYTES("encrypted group info")};
}

static mls_message sample_message(mls_wire_format format)
{
    mls_message m = {.wire_format = format};
    switch (format) {
    case MLS_WIRE_PUBLIC_MESSAGE:
        m.public_message.auth = sample_content(format, MLS_SENDER_MEMBER, MLS_CONTENT_APPLICATION,
                                               BYTES("in the clear"));
        m.public_message.membership_tag = BYTES("membership tag");
        break;
    case MLS_WIRE_PRIVATE_MESSAGE:
        m.private_message = (mls_private_message){.group_id = BYTES("group"),
                                                  .epoch = 42,
                                                  .type = MLS_CONTENT_COMMIT,
                                                  .authenticated_data = BYTES("associated"),
                                                  .encrypted_sender_data = BYTES("sender"),
                                                  .ciphertext = BYTES("ciphertext")};
        break;
    case MLS_WIRE_WELCOME:
        m.welcome = sample_welcome();
        break;
    case MLS_WIRE_GROUP_INFO:
        m.group_info = sample_info();
        break;
    case MLS_WIRE_KEY_PACKAGE:
        m.key_package = sample_key_package();
        break;
    case MLS_WIRE_TARGETED_MESSAGE:
        m.targeted_message = (mls_targeted_message){.group_id = BYTES("group"),
                                                    .epoch = 42,
                                                    .recipient = {7},
                                                    .authenticated_data = BYTES("associated"),
                                                    .encrypted_sender = BYTES("sender"),
                                                    .ciphertext = BYTES("ciphertext")};
        break;
    }
    return m;
}

/* Encoded, on the standard allocator; cleared by the caller. */
static base_buf encode(mls_wire_format format)
{
    base_buf out = base_buf_on(NULL);
    mls_message m = sample_message(format);
    assert_int_equal(mls_message_encode(&m, &out), BASE_OK);
    return out;
}

static void each_wire_format_is_written_as_it_was_read(void **state)
{
    (void)state;
    for (int f = MLS_WIRE_PUBLIC_MESSAGE; f <= MLS_WIRE_TARGETED_MESSAGE; f++) {
        base_arena a = base_arena_on(NULL, 0);
        base_buf in = encode((mls_wire_format)f);
        base_buf out = base_buf_on(NULL);
        mls_message m = {0};
        assert_int_equal(mls_message_decode(base_buf_bytes(&in), &a, &m), BASE_OK);
        assert_int_equal(m.wire_format, f);
        assert_int_equal(mls_message_encode(&m, &out), BASE_OK);
        assert_bytes(base_buf_bytes(&out), base_buf_bytes(&in));
        base_buf_clear(&out);
        base_buf_clear(&in);
        base_arena_clear(&a);
    }
}

static void truncations_and_trailing_bytes_are_refused(void **state) /* V-6-3 */
{
    (void)state;
    for (int f = MLS_WIRE_PUBLIC_MESSAGE; f <= MLS_WIRE_TARGETED_MESSAGE; f++) {
        base_buf in = encode((mls_wire_format)f);
        assert_exact(base_buf_bytes(&in), decode);
        base_buf_clear(&in);
    }
}

static void another_version_is_refused(void **state) /* V-6-1 */
{
    (void)state;
    mls_peek peek = {0};
    for (int f = MLS_WIRE_PUBLIC_MESSAGE; f <= MLS_WIRE_TARGETED_MESSAGE; f++) {
        base_buf in = encode((mls_wire_format)f);
        in.p[1] = 0;
        assert_int_equal(decode(base_buf_bytes(&in)), MLS_E_VERSION);
        assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), MLS_E_VERSION);
        in.p[1] = 2;
        assert_int_equal(decode(base_buf_bytes(&in)), MLS_E_VERSION);
        assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), MLS_E_VERSION);
        base_buf_clear(&in);
    }
}

static void an_unknown_wire_format_is_refused(void **state) /* V-6-2 */
{
    (void)state;
    mls_peek peek = {0};
    const base_bytes unknown[] = {BYTES("\0\1\0\0"), BYTES("\0\1\0\7"), BYTES("\0\1\xF0\0")};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_int_equal(decode(unknown[i]), MLS_E_WIRE_FORMAT);
        assert_int_equal(mls_message_peek(unknown[i], &peek), MLS_E_WIRE_FORMAT);
    }
    base_buf out = base_buf_on(NULL);
    const mls_message m = {.wire_format = (mls_wire_format)7};
    assert_int_equal(mls_message_encode(&m, &out), BASE_E_ARGUMENT);
    assert_int_equal(out.n, 0);
}

/* ---- peek ---- */

static void a_peek_tells_group_epoch_and_type(void **state)
{
    (void)state;
    const struct {
        mls_wire_format format;
        base_bytes group_id;
        uint64_t epoch;
        uint8_t type;
    } cases[] = {
        {MLS_WIRE_PUBLIC_MESSAGE, BYTES("group"), 0x0102030405060708, MLS_CONTENT_APPLICATION},
        {MLS_WIRE_PRIVATE_MESSAGE, BYTES("group"), 42, MLS_CONTENT_COMMIT},
        {MLS_WIRE_GROUP_INFO, BYTES("group"), 42, 0},
        {MLS_WIRE_WELCOME, BASE_BYTES_NONE, 0, 0},
        {MLS_WIRE_KEY_PACKAGE, BASE_BYTES_NONE, 0, 0},
        {MLS_WIRE_TARGETED_MESSAGE, BYTES("group"), 42, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        base_buf in = encode(cases[i].format);
        mls_peek peek = {0};
        assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), BASE_OK);
        assert_int_equal(peek.wire_format, cases[i].format);
        assert_bytes(peek.group_id, cases[i].group_id);
        assert_int_equal(peek.epoch, cases[i].epoch);
        assert_int_equal(peek.content_type, cases[i].type);
        base_buf_clear(&in);
    }
}

static void a_peek_skips_every_kind_of_sender(void **state)
{
    (void)state;
    for (int t = MLS_SENDER_MEMBER; t <= MLS_SENDER_NEW_MEMBER_COMMIT; t++) {
        mls_message m = {.wire_format = MLS_WIRE_PUBLIC_MESSAGE};
        m.public_message.auth = sample_content(MLS_WIRE_PUBLIC_MESSAGE, (mls_sender_type)t,
                                               MLS_CONTENT_PROPOSAL, BYTES("\0\3\0\0\0\1"));
        base_buf in = base_buf_on(NULL);
        mls_peek peek = {0};
        assert_int_equal(mls_message_encode(&m, &in), BASE_OK);
        assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), BASE_OK);
        assert_int_equal(peek.content_type, MLS_CONTENT_PROPOSAL);
        in.p[4 + 1 + 5 + 8] = 5;
        assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), BASE_E_VALUE);
        base_buf_clear(&in);
    }
}

static void a_peek_refuses_what_ends_before_it_is_told(void **state)
{
    (void)state;
    const struct {
        mls_wire_format format;
        size_t needed; /* bytes that it reads */
    } cases[] = {
        {MLS_WIRE_PUBLIC_MESSAGE, 4 + 6 + 8 + 5 + 11 + 1},
        {MLS_WIRE_PRIVATE_MESSAGE, 4 + 6 + 8 + 1},
        {MLS_WIRE_GROUP_INFO, 4 + 4 + 6 + 8},
        {MLS_WIRE_WELCOME, 4},
        {MLS_WIRE_KEY_PACKAGE, 4},
        {MLS_WIRE_TARGETED_MESSAGE, 4 + 6 + 8},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        base_buf in = encode(cases[i].format);
        for (size_t n = 0; n <= cases[i].needed; n++) {
            uint8_t *copy = exact_copy(base_buf_bytes(&in), n);
            mls_peek peek = {.wire_format = 99};
            base_err err = mls_message_peek(base_bytes_of(copy, n), &peek);
            assert_int_equal(err, n < cases[i].needed ? BASE_E_TRUNCATED : BASE_OK);
            assert_int_equal(peek.wire_format, err == BASE_OK ? cases[i].format : 99);
            free(copy);
        }
        base_buf_clear(&in);
    }
}

static void a_peek_refuses_content_types_out_of_range(void **state)
{
    (void)state;
    mls_peek peek = {0};
    base_buf in = encode(MLS_WIRE_PRIVATE_MESSAGE);
    const size_t at = 4 + 6 + 8;
    in.p[at] = 0;
    assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), BASE_E_VALUE);
    in.p[at] = 4;
    assert_int_equal(mls_message_peek(base_buf_bytes(&in), &peek), BASE_E_VALUE);
    base_buf_clear(&in);
}

/* ---- GroupInfo ---- */

static void a_group_infos_signature_covers_every_field(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, 1);
    base_secret key = {0};
    base_buf pub = base_buf_on(&b.alloc.port);
    base_buf signature = base_buf_on(&b.alloc.port);
    mls_info g = sample_info();
    assert_int_equal(crypto_sig_generate(&b.suite, &key, &pub), BASE_OK);
    assert_int_equal(mls_info_sign(&b.suite, base_secret_bytes(&key), &g, &signature), BASE_OK);
    g.signature = base_buf_bytes(&signature);
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &g), BASE_OK);
    mls_info h = g;
    h.context.epoch++;
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &h), CRYPTO_E_SIGNATURE);
    h = g;
    h.extensions.n--;
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &h), CRYPTO_E_SIGNATURE);
    h = g;
    h.confirmation_tag = BYTES("another");
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &h), CRYPTO_E_SIGNATURE);
    h = g;
    h.signer.v++;
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &h), CRYPTO_E_SIGNATURE);
    h = g;
    h.signature.n--;
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &h), CRYPTO_E_SIGNATURE);
    base_secret_clear(&key);
    base_buf_clear(&signature);
    base_buf_clear(&pub);
    bench_clear(&b);
}

static void a_group_info_of_another_suite_is_neither_signed_nor_verified(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, 3);
    base_secret key = {0};
    base_buf pub = base_buf_on(&b.alloc.port);
    base_buf signature = base_buf_on(&b.alloc.port);
    mls_info g = sample_info();
    assert_int_equal(crypto_sig_generate(&b.suite, &key, &pub), BASE_OK);
    assert_int_equal(mls_info_sign(&b.suite, base_secret_bytes(&key), &g, &signature),
                     CRYPTO_E_SUITE);
    assert_int_equal(mls_info_verify(&b.suite, base_buf_bytes(&pub), &g), CRYPTO_E_SUITE);
    base_secret_clear(&key);
    base_buf_clear(&pub);
    bench_clear(&b);
}

/* ---- Welcome and GroupSecrets ---- */

static void a_welcomes_entry_is_found_by_its_reference(void **state)
{
    (void)state;
    mls_welcome m = sample_welcome();
    assert_ptr_equal(mls_welcome_find(&m, BYTES("ref1")), &m.secrets[0]);
    assert_ptr_equal(mls_welcome_find(&m, BYTES("ref2")), &m.secrets[1]);
    assert_null(mls_welcome_find(&m, BYTES("ref3")));
    assert_null(mls_welcome_find(&m, BYTES("ref")));
    assert_null(mls_welcome_find(&m, BASE_BYTES_NONE));
}

/* n entries of no bytes at all. */
static base_buf welcome_of(size_t n)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_message_begin(&w, MLS_WIRE_WELCOME);
    base_wr_u16(&w, 1);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < n; i++) {
        base_wr_fixed(&w, BYTES("\0\0\0"));
    }
    base_wr_close(&w, mark);
    base_wr_vec(&w, BYTES("info"));
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static void a_welcome_has_at_most_so_many_entries(void **state)
{
    (void)state;
    base_buf most = welcome_of(MLS_VECTOR_MAX);
    base_buf more = welcome_of(MLS_VECTOR_MAX + 1);
    assert_int_equal(decode(base_buf_bytes(&most)), BASE_OK);
    assert_int_equal(decode(base_buf_bytes(&more)), BASE_E_LIMIT);
    base_buf_clear(&more);
    base_buf_clear(&most);
}

static base_err decode_secrets(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_group_secrets g = {0};
    base_err err = mls_group_secrets_decode(in, &a, &g);
    base_arena_clear(&a);
    return err;
}

static void group_secrets_are_written_as_they_were_read(void **state)
{
    (void)state;
    const mls_psk_id psks[] = {sample_psk(MLS_PSK_EXTERNAL), sample_psk(MLS_PSK_RESUMPTION)};
    for (int has_path = 0; has_path < 2; has_path++) {
        base_arena a = base_arena_on(NULL, 0);
        base_buf in = base_buf_on(NULL);
        base_buf out = base_buf_on(NULL);
        mls_group_secrets g = {BYTES("joiner"), has_path == 1, BYTES("path"), psks, COUNT(psks)};
        mls_group_secrets d = {0};
        base_wr w = base_wr_on(&in);
        mls_group_secrets_write(&w, &g);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_int_equal(mls_group_secrets_decode(base_buf_bytes(&in), &a, &d), BASE_OK);
        assert_bytes(d.joiner_secret, g.joiner_secret);
        assert_int_equal(d.has_path_secret, has_path);
        assert_bytes(d.path_secret, has_path == 1 ? g.path_secret : BASE_BYTES_NONE);
        assert_int_equal(d.n_psks, 2);
        assert_bytes(d.psks[0].psk_id, BYTES("psk"));
        assert_int_equal(d.psks[1].psk_epoch, 7);
        w = base_wr_on(&out);
        mls_group_secrets_write(&w, &d);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_bytes(base_buf_bytes(&out), base_buf_bytes(&in));
        assert_exact(base_buf_bytes(&in), decode_secrets);
        base_buf_clear(&out);
        base_buf_clear(&in);
        base_arena_clear(&a);
    }
}

static void a_path_secret_is_there_or_absent(void **state) /* V-2.1.1-1 */
{
    (void)state;
    assert_int_equal(decode_secrets(BYTES("\1j\0\0")), BASE_OK);
    assert_int_equal(decode_secrets(BYTES("\1j\1\1p\0")), BASE_OK);
    assert_int_equal(decode_secrets(BYTES("\1j\2\1p\0")), BASE_E_VALUE);
}

/* ---- memory ---- */

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    for (int f = MLS_WIRE_PUBLIC_MESSAGE; f <= MLS_WIRE_TARGETED_MESSAGE; f++) {
        base_buf in = encode((mls_wire_format)f);
        fake_alloc alloc;
        fake_alloc_init(&alloc);
        size_t failures = 0;
        bool refused = true;
        for (size_t n = 1; refused; n++) {
            fake_alloc_reset(&alloc, n);
            base_arena a = base_arena_on(&alloc.port, 0);
            base_buf out = base_buf_on(&alloc.port);
            mls_message m = {.wire_format = (mls_wire_format)99};
            base_err err = mls_message_decode(base_buf_bytes(&in), &a, &m);
            assert_int_equal(m.wire_format, err == BASE_OK ? f : 99);
            if (err == BASE_OK) {
                err = mls_message_encode(&m, &out);
            }
            refused = fake_alloc_refused(&alloc);
            assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
            failures += refused ? 1 : 0;
            base_buf_clear(&out);
            base_arena_clear(&a);
            assert_int_equal(alloc.live, 0);
        }
        assert_true(failures >= 1);
        base_buf_clear(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wire_format_is_written_as_it_was_read),
        cmocka_unit_test(truncations_and_trailing_bytes_are_refused),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(an_unknown_wire_format_is_refused),
        cmocka_unit_test(a_peek_tells_group_epoch_and_type),
        cmocka_unit_test(a_peek_skips_every_kind_of_sender),
        cmocka_unit_test(a_peek_refuses_what_ends_before_it_is_told),
        cmocka_unit_test(a_peek_refuses_content_types_out_of_range),
        cmocka_unit_test(a_group_infos_signature_covers_every_field),
        cmocka_unit_test(a_group_info_of_another_suite_is_neither_signed_nor_verified),
        cmocka_unit_test(a_welcomes_entry_is_found_by_its_reference),
        cmocka_unit_test(a_welcome_has_at_most_so_many_entries),
        cmocka_unit_test(group_secrets_are_written_as_they_were_read),
        cmocka_unit_test(a_path_secret_is_there_or_absent),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
