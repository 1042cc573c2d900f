/* Tests of content.c: every field there and back, the rules of the fields broken one by one, one
 * encoding alone, and what the bytes cannot tell. Extensions and parts are test_parts.c's. */
#include "mimi_samples.h"

/* ---- there and back ---- */

static void assert_same_part(const mimi_part *got, const mimi_part *want)
{
    assert_int_equal(got->disposition, want->disposition);
    assert_bytes(got->language, want->language);
    assert_int_equal(got->cardinality, want->cardinality);
    assert_bytes(got->content_type, want->content_type);
    assert_bytes(got->content, want->content);
    assert_int_equal(got->external != NULL, want->external != NULL);
    if (want->external != NULL) {
        assert_bytes(got->external->url, want->external->url);
        assert_int_equal(got->external->expires, want->external->expires);
        assert_int_equal(got->external->size, want->external->size);
        assert_int_equal(got->external->enc_alg, want->external->enc_alg);
        assert_bytes(got->external->key, want->external->key);
        assert_bytes(got->external->nonce, want->external->nonce);
        assert_bytes(got->external->aad, want->external->aad);
        assert_int_equal(got->external->hash_alg, want->external->hash_alg);
        assert_bytes(got->external->content_hash, want->external->content_hash);
        assert_bytes(got->external->description, want->external->description);
        assert_bytes(got->external->filename, want->external->filename);
    }
    assert_int_equal(got->semantics, want->semantics);
    assert_int_equal(got->n_parts, want->n_parts);
    for (size_t i = 0; i < want->n_parts; i++) {
        assert_same_part(&got->parts[i], &want->parts[i]);
    }
}

static void every_field_comes_back(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    mimi_content c = sample_full();
    mimi_content d = {0};
    base_buf in = encode(&c);
    assert_int_equal(mimi_content_decode(base_buf_bytes(&in), &a, &d), BASE_OK);
    assert_memory_equal(d.salt, c.salt, MIMI_SALT_SIZE);
    assert_true(d.has_replaces && d.has_in_reply_to);
    assert_bytes(mimi_id_bytes(&d.replaces), BYTES(ID1));
    assert_bytes(mimi_id_bytes(&d.in_reply_to), BYTES(ID2));
    assert_bytes(d.topic_id, c.topic_id);
    assert_int_equal(d.expiry, MIMI_EXPIRES_AT);
    assert_int_equal(d.expires, c.expires);
    assert_bytes(d.sender_uri, c.sender_uri);
    assert_bytes(d.room_uri, c.room_uri);
    assert_int_equal(d.n_extensions, 3);
    assert_int_equal(d.extensions[0].number, 256);
    assert_bytes(d.extensions[0].value, c.extensions[0].value);
    assert_int_equal(d.extensions[1].number, -1);
    assert_true(d.extensions[2].is_text);
    assert_bytes(d.extensions[2].text, BYTES("note"));
    assert_same_part(&d.body, &c.body);
    base_buf again = encode(&d);
    assert_bytes(base_buf_bytes(&again), base_buf_bytes(&in));
    base_buf_clear(&again);
    base_buf_clear(&in);
    base_arena_clear(&a);
}

static void absent_fields_come_back_absent(void **state)
{
    (void)state;
    base_arena a = base_arena_on(NULL, 0);
    mimi_content c = sample_plain();
    mimi_content d = {0};
    base_buf in = encode(&c);
    assert_int_equal(mimi_content_decode(base_buf_bytes(&in), &a, &d), BASE_OK);
    assert_false(d.has_replaces || d.has_in_reply_to);
    assert_int_equal(d.topic_id.n + d.sender_uri.n + d.room_uri.n + d.n_extensions, 0);
    assert_int_equal(d.expiry, MIMI_EXPIRES_NEVER);
    assert_same_part(&d.body, &c.body);
    base_buf_clear(&in);
    base_arena_clear(&a);
}

static void truncations_and_trailing_bytes_are_refused(void **state)
{
    (void)state;
    mimi_content c = sample_full();
    base_buf in = encode(&c);
    assert_exact(base_buf_bytes(&in), decode);
    base_buf_clear(&in);
}

static void the_pieces_of_these_tests_make_a_message(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){0}), BASE_OK);
}

/* ---- the fields ---- */

static void a_message_has_seven_fields(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x86\x50" SALT)}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x88\x50" SALT)}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\xa7\x50" SALT)}), MIMI_E_CONTENT);
}

static void a_salt_has_16_bytes(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x87\x4f"
                                                          "SALTsaltSALTsal")}),
                     MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x87\x51"
                                                          "SALTsaltSALTsaltS")}),
                     MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x87\x70" SALT)}), MIMI_E_CONTENT);
    mimi_content c = sample_plain();
    memset(c.salt, 0, MIMI_SALT_SIZE);
    base_buf out = base_buf_on(NULL);
    assert_int_equal(mimi_content_encode(&c, &out), BASE_E_ARGUMENT);
    assert_int_equal(out.n, 0);
}

static void an_id_has_32_bytes_and_a_known_hash(void **state)
{
    (void)state;
    const base_bytes good = BYTES(ID_BYTES ID1);
    const base_bytes other_hash = BYTES(ID_BYTES "\x02"
                                                 "aaaaaaaabbbbbbbbccccccccddddddd");
    const base_bytes no_hash = BYTES(ID_BYTES "\x00"
                                              "aaaaaaaabbbbbbbbccccccccddddddd");
    const base_bytes too_short = BYTES("\x58\x1f\x01"
                                       "aaaaaaaabbbbbbbbccccccccdddddd");
    const base_bytes text = BYTES("\x78\x20" ID1);
    assert_int_equal(decode_pieces((pieces){.replaces = good, .in_reply_to = good}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.replaces = other_hash}), MIMI_E_ID);
    assert_int_equal(decode_pieces((pieces){.replaces = no_hash}), MIMI_E_ID);
    assert_int_equal(decode_pieces((pieces){.replaces = too_short}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.replaces = text}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.in_reply_to = other_hash}), MIMI_E_ID);
    assert_int_equal(decode_pieces((pieces){.in_reply_to = too_short}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.in_reply_to = BYTES("\xf4")}), MIMI_E_CONTENT);
}

static void a_topic_may_be_long_but_not_very_long(void **state)
{
    (void)state;
    base_buf most = repeat(BYTES("\x59\x10\x00"), BYTES("t"), MIMI_TOPIC_MAX);
    base_buf more = repeat(BYTES("\x59\x10\x01"), BYTES("t"), MIMI_TOPIC_MAX + 1);
    assert_int_equal(decode_pieces((pieces){.topic = base_buf_bytes(&most)}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.topic = base_buf_bytes(&more)}), MIMI_E_LIMIT);
    assert_int_equal(decode_pieces((pieces){.topic = BYTES("\x60")}), MIMI_E_CONTENT);
    base_buf_clear(&more);
    base_buf_clear(&most);
}

static void an_expiry_is_a_kind_and_a_time_of_32_bits(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x82\xf4\x05")}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x82\xf5\x1a\xff\xff\xff\xff")}),
                     BASE_OK);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x82\xf5\x1b\0\0\0\x01\0\0\0\0")}),
                     MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x82\xf5\x20")}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x82\x01\x05")}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x81\xf4")}), MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x83\xf4\x05\x05")}), MIMI_E_CONTENT);
}

static void a_message_is_bounded(void **state)
{
    (void)state;
    base_buf content = base_buf_on(NULL);
    mimi_content c = sample_plain();
    c.body.content = BASE_BYTES_NONE;
    base_buf empty = encode(&c);
    const size_t more_head = 4; /* of a byte string so long: five bytes instead of one */
    size_t n = MIMI_MESSAGE_MAX - empty.n - more_head;
    assert_int_equal(base_buf_resize(&content, n + 1), BASE_OK);
    base_buf out = base_buf_on(NULL);
    c.body.content = base_bytes_of(content.p, n);
    assert_int_equal(mimi_content_encode(&c, &out), BASE_OK);
    assert_int_equal(out.n, MIMI_MESSAGE_MAX);
    c.body.content.n++;
    assert_int_equal(mimi_content_encode(&c, &out), MIMI_E_LIMIT);
    assert_int_equal(out.n, MIMI_MESSAGE_MAX); /* as it was */
    base_buf_clear(&out);
    base_buf_clear(&empty);
    base_buf_clear(&content);
}

/* ---- one encoding alone ---- */

static void another_encoding_of_the_same_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x98\x07\x50" SALT)}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x9f\x50" SALT)}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.head = BYTES("\x87\x58\x10" SALT)}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.topic = BYTES("\x58\x00")}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.expires = BYTES("\x82\xf4\x18\x05")}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xb8\x00")}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x18\x01\x61s")}),
                     MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x03\x18\x01")}), MIMI_E_CBOR);
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x18\x01\x60\x01\x60\x40")}),
                     MIMI_E_CBOR);
}

/* ---- what encoding refuses ---- */

static base_err encode_extension(mimi_extension e)
{
    base_buf out = base_buf_on(NULL);
    mimi_content c = sample_plain();
    c.extensions = &e;
    c.n_extensions = 1;
    base_err err = mimi_content_encode(&c, &out);
    base_buf_clear(&out);
    return err;
}

static void an_extension_of_ours_holds_one_value(void **state)
{
    (void)state;
    assert_int_equal(encode_extension((mimi_extension){.number = 300, .value = BYTES("\x05")}),
                     BASE_OK);
    assert_int_equal(encode_extension((mimi_extension){.number = 300, .value = BASE_BYTES_NONE}),
                     BASE_E_TRUNCATED);
    assert_int_equal(encode_extension((mimi_extension){.number = 300, .value = BYTES("\x05\x05")}),
                     BASE_E_TRAILING);
    assert_int_equal(encode_extension((mimi_extension){.number = 300, .value = BYTES("\x18\x05")}),
                     MIMI_E_CBOR);
    assert_int_equal(encode_extension((mimi_extension){.number = 0, .value = BYTES("\x05")}),
                     MIMI_E_EXTENSION);
}

static void extensions_of_ours_stand_in_order(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    mimi_extension list[] = {{.number = 300, .value = BYTES("\x05")},
                             {.number = 301, .value = BYTES("\x05")}};
    mimi_content c = sample_plain();
    c.extensions = list;
    c.n_extensions = COUNT(list);
    assert_int_equal(mimi_content_encode(&c, &out), BASE_OK);
    list[1].number = 299;
    assert_int_equal(mimi_content_encode(&c, &out), MIMI_E_EXTENSION);
    base_buf_clear(&out);
}

static void parts_that_make_no_sense_are_not_written(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    mimi_content c = sample_plain();
    c.body.cardinality = (mimi_cardinality)4;
    assert_int_equal(mimi_content_encode(&c, &out), BASE_E_ARGUMENT);
    c.body.cardinality = MIMI_PART_EXTERNAL;
    assert_int_equal(mimi_content_encode(&c, &out), BASE_E_ARGUMENT);
    c.body.cardinality = MIMI_PART_NULL;
    assert_int_equal(mimi_content_encode(&c, &out), MIMI_E_CONTENT);
    c = sample_plain();
    c.body.language = BYTES("\xff");
    assert_int_equal(mimi_content_encode(&c, &out), BASE_E_UTF8);
    assert_int_equal(out.n, 0);
}

/* ---- what the bytes cannot tell ---- */

#define NOW UINT64_C(1800000000)
#define YEAR (366 * 24 * 60 * 60)

static void content_may_name_its_own_sender_and_room_only(void **state)
{
    (void)state;
    mimi_content c = sample_full();
    const mimi_origin own = {BYTES("sotto:alice"), BYTES("sotto:room")};
    const mimi_origin other_sender = {BYTES("sotto:mallory"), BYTES("sotto:room")};
    const mimi_origin other_room = {BYTES("sotto:alice"), BYTES("sotto:rooms")};
    c.expiry = MIMI_EXPIRES_NEVER;
    assert_int_equal(mimi_content_check(&c, &own, NOW), BASE_OK);
    assert_int_equal(mimi_content_check(&c, &other_sender, NOW), MIMI_E_ORIGIN);
    assert_int_equal(mimi_content_check(&c, &other_room, NOW), MIMI_E_ORIGIN);
    c.sender_uri = BASE_BYTES_NONE;
    c.room_uri = BASE_BYTES_NONE;
    assert_int_equal(mimi_content_check(&c, &other_sender, NOW), BASE_OK);
}

static void content_expires_within_a_year_or_never(void **state)
{
    (void)state;
    const mimi_origin origin = {BYTES("s"), BYTES("r")};
    mimi_content c = sample_plain();
    c.expires = UINT32_MAX;
    assert_int_equal(mimi_content_check(&c, &origin, NOW), BASE_OK);
    c.expiry = MIMI_EXPIRES_AT;
    const struct {
        uint32_t at;
        base_err want;
    } cases[] = {
        {(uint32_t)NOW, BASE_OK},
        {(uint32_t)NOW + YEAR, BASE_OK},
        {(uint32_t)NOW + YEAR + 1, MIMI_E_EXPIRES},
        {(uint32_t)NOW - YEAR, BASE_OK},
        {(uint32_t)NOW - YEAR - 1, MIMI_E_EXPIRES},
        {0, MIMI_E_EXPIRES},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        c.expires = cases[i].at;
        assert_int_equal(mimi_content_check(&c, &origin, NOW), cases[i].want);
    }
    c.expiry = MIMI_EXPIRES_AFTER;
    c.expires = YEAR;
    assert_int_equal(mimi_content_check(&c, &origin, NOW), BASE_OK);
    c.expires = YEAR + 1;
    assert_int_equal(mimi_content_check(&c, &origin, NOW), MIMI_E_EXPIRES);
}

/* ---- memory ---- */

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    mimi_content c = sample_full();
    base_buf in = encode(&c);
    fake_alloc alloc;
    fake_alloc_init(&alloc);
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        fake_alloc_reset(&alloc, n);
        base_arena a = base_arena_on(&alloc.port, 0);
        base_buf out = base_buf_on(&alloc.port);
        mimi_content d = {.topic_id = BYTES("as before")};
        base_err err = mimi_content_decode(base_buf_bytes(&in), &a, &d);
        assert_bytes(d.topic_id, err == BASE_OK ? c.topic_id : BYTES("as before"));
        if (err == BASE_OK) {
            err = mimi_content_encode(&d, &out);
        }
        refused = fake_alloc_refused(&alloc);
        assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
        failures += refused ? 1 : 0;
        base_buf_clear(&out);
        base_arena_clear(&a);
        assert_int_equal(alloc.live, 0);
    }
    assert_true(failures >= 3);
    base_buf_clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(absent_fields_come_back_absent),
        cmocka_unit_test(truncations_and_trailing_bytes_are_refused),
        cmocka_unit_test(the_pieces_of_these_tests_make_a_message),
        cmocka_unit_test(a_message_has_seven_fields),
        cmocka_unit_test(a_salt_has_16_bytes),
        cmocka_unit_test(an_id_has_32_bytes_and_a_known_hash),
        cmocka_unit_test(a_topic_may_be_long_but_not_very_long),
        cmocka_unit_test(an_expiry_is_a_kind_and_a_time_of_32_bits),
        cmocka_unit_test(a_message_is_bounded),
        cmocka_unit_test(another_encoding_of_the_same_is_refused),
        cmocka_unit_test(an_extension_of_ours_holds_one_value),
        cmocka_unit_test(extensions_of_ours_stand_in_order),
        cmocka_unit_test(parts_that_make_no_sense_are_not_written),
        cmocka_unit_test(content_may_name_its_own_sender_and_room_only),
        cmocka_unit_test(content_expires_within_a_year_or_never),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
