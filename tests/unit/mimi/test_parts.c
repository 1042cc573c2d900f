/* Tests of content.c: the rules of extensions and of body parts, each broken alone. */
#include "mimi_samples.h"

/* ---- extensions ---- */

static void extensions_have_keys_in_order_once_each(void **state)
{
    (void)state;
    assert_int_equal(
        decode_pieces((pieces){.extensions = BYTES("\xa4\x01\x61s\x02\x61r\x20\x00\x61k\x00")}),
        BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa2\x02\x61r\x01\x61s")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa2\x01\x61s\x01\x61s")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa2\x03\x00\x03\x00")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa2\x61k\x00\x20\x00")}),
                     MIMI_E_EXTENSION);
}

static void a_key_is_a_number_but_zero_or_a_short_text(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x00\x00")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x60\x00")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x41k\x00")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\xf6\x00")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(
        decode_pieces((pieces){.extensions = BYTES("\xa1\x1b\x00\x20\0\0\0\0\0\0\x00")}),
        MIMI_E_EXTENSION);
    assert_int_equal(
        decode_pieces((pieces){.extensions = BYTES("\xa1\x3b\x00\x1f\xff\xff\xff\xff\xff\xff\0")}),
        MIMI_E_EXTENSION);
    base_buf most = repeat(BYTES("\xa1\x78\xff"), BYTES("k"), 255);
    base_buf more = repeat(BYTES("\xa1\x79\x01\x00"), BYTES("k"), 256);
    assert_int_equal(base_buf_append(&most, BYTES("\0")), BASE_OK);
    assert_int_equal(base_buf_append(&more, BYTES("\0")), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = base_buf_bytes(&most)}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = base_buf_bytes(&more)}),
                     MIMI_E_EXTENSION);
    base_buf_clear(&more);
    base_buf_clear(&most);
}

static void the_uris_are_text_and_not_empty(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x01\x61s")}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x01\x60")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x02\x60")}),
                     MIMI_E_EXTENSION);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x01\x41s")}), MIMI_E_CONTENT);
}

static void extensions_are_bounded(void **state)
{
    (void)state;
    base_buf many = base_buf_on(NULL);
    base_wr w = base_wr_on(&many);
    mimi_cbor_put_map(&w, MIMI_EXTENSIONS_MAX + 1);
    for (uint64_t i = 0; i <= MIMI_EXTENSIONS_MAX; i++) {
        mimi_cbor_put_uint(&w, 10 + i);
        mimi_cbor_put_null(&w);
    }
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = base_buf_bytes(&many)}), MIMI_E_LIMIT);
    /* One entry less, by its head and its last pair. */
    many.p[1]--;
    assert_int_equal(decode_pieces((pieces){.extensions = base_bytes_of(many.p, many.n - 3)}),
                     BASE_OK);
    base_buf most = repeat(BYTES("\xa1\x03\x59\x0f\xfc"), BYTES("v"), 4092);
    base_buf more = repeat(BYTES("\xa1\x03\x59\x0f\xfd"), BYTES("v"), 4093);
    assert_int_equal(decode_pieces((pieces){.extensions = base_buf_bytes(&most)}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = base_buf_bytes(&more)}), MIMI_E_LIMIT);
    base_buf_clear(&more);
    base_buf_clear(&most);
    base_buf_clear(&many);
}

static void extensions_are_nested_four_levels_deep_and_no_deeper(void **state)
{
    (void)state;
    /* The draft's own example: map, array, array, tag. */
    assert_int_equal(
        decode_pieces((pieces){
            .extensions =
                BYTES("\xa2\x01\x61s\x19\x01\x00\x82\x82\x42\x12\x34\xd8\x20\x61h\x82\x42\x34"
                      "\x56\x19\x16\x8b")}),
        BASE_OK);
    assert_int_equal(decode_pieces((pieces){.extensions = BYTES("\xa1\x03\x81\x81\x81\x80")}),
                     MIMI_E_DEPTH);
}

/* ---- parts ---- */

static void a_part_has_the_fields_of_its_kind(void **state)
{
    (void)state;
    const base_bytes replaces = BYTES(ID_BYTES ID1);
    const base_bytes bad[] = {
        BYTES("\x84\x01\x60\x00\x00"),                    /* null with a field too many */
        BYTES("\x82\x01\x60"),                            /* no kind at all */
        BYTES("\x84\x01\x60\x01\x6atext/plain"),          /* single without content */
        BYTES("\x85\x01\x60\x01\x6atext/plain\x65hello"), /* text where bytes belong */
        BYTES("\x85\x01\x60\x01\x4atext/plain\x45hello"), /* bytes where text belongs */
        BYTES("\x85\x01\x60\x04\x6atext/plain\x45hello"), /* an unknown kind */
        BYTES("\x85\x19\x01\x00\x60\x01\x61t\x41"
              "c"), /* a disposition above 255 */
        BYTES("\x85\x20\x60\x01\x61t\x41"
              "c"), /* and one below 0 */
        BYTES("\x85\x01\x40\x01\x61t\x41"
              "c"), /* a language of bytes */
    };
    assert_int_equal(decode_pieces((pieces){.replaces = replaces, .body = BYTES(NULL_BODY)}),
                     BASE_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        base_err err = decode_pieces((pieces){.replaces = replaces, .body = bad[i]});
        assert_true(err == MIMI_E_CONTENT || (i == 1 && err == BASE_E_TRUNCATED));
    }
}

static void unknown_dispositions_and_types_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x18\xff\x65xx-XX\x01\x63q/q\x41"
                                                          "c")}),
                     BASE_OK);
}

static void an_empty_body_only_takes_something_back(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.body = BYTES(NULL_BODY)}), MIMI_E_CONTENT);
    assert_int_equal(
        decode_pieces((pieces){.in_reply_to = BYTES(ID_BYTES ID1), .body = BYTES(NULL_BODY)}),
        MIMI_E_CONTENT);
    assert_int_equal(
        decode_pieces((pieces){.replaces = BYTES(ID_BYTES ID1), .body = BYTES(NULL_BODY)}),
        BASE_OK);
}

#define EXTERNAL(alg, key, nonce, aad)                                                             \
    "\x8f\x06\x60\x02\x60\x61u\x00\x00" alg key nonce aad "\x00\x40\x60\x60"

static void what_is_not_encrypted_has_no_key(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.body = BYTES(EXTERNAL("\0", "\x40", "\x40", "\x40"))}),
                     BASE_OK);
    assert_int_equal(decode_pieces((pieces){.body = BYTES(EXTERNAL("\x01", "\x41k", "\x41n",
                                                                   "\x41"
                                                                   "a"))}),
                     BASE_OK);
    assert_int_equal(
        decode_pieces((pieces){.body = BYTES(EXTERNAL("\0", "\x41k", "\x40", "\x40"))}),
        MIMI_E_CONTENT);
    assert_int_equal(
        decode_pieces((pieces){.body = BYTES(EXTERNAL("\0", "\x40", "\x41n", "\x40"))}),
        MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.body = BYTES(EXTERNAL("\0", "\x40", "\x40",
                                                                   "\x41"
                                                                   "a"))}),
                     MIMI_E_CONTENT);
}

#define ONE "\x85\x01\x60\x01\x60\x40"

static void several_parts_are_at_least_two(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x01\x60\x03\x00\x82" ONE ONE)}),
                     BASE_OK);
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x01\x60\x03\x00\x81" ONE)}),
                     MIMI_E_CONTENT);
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x01\x60\x03\x00\x80")}),
                     MIMI_E_CONTENT);
}

static void unknown_semantics_are_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x01\x60\x03\x02\x82" ONE ONE)}),
                     BASE_OK);
    assert_int_equal(decode_pieces((pieces){.body = BYTES("\x85\x01\x60\x03\x03\x82" ONE ONE)}),
                     MIMI_E_SEMANTICS);
    assert_int_equal(
        decode_pieces((pieces){.body = BYTES("\x85\x01\x60\x03\x1b\xff\xff\xff\xff\xff\xff\xff\xff"
                                             "\x82" ONE ONE)}),
        MIMI_E_SEMANTICS);
}

static void parts_are_nested_four_deep_and_no_deeper(void **state)
{
    (void)state;
#define TWO(first) "\x85\x01\x60\x03\x00\x82" first ONE
    assert_int_equal(decode_pieces((pieces){.body = BYTES(TWO(TWO(TWO(ONE))))}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.body = BYTES(TWO(TWO(TWO(TWO(ONE)))))}), MIMI_E_DEPTH);
    mimi_part level[5] = {{.cardinality = MIMI_PART_SINGLE}};
    mimi_part pairs[4][2];
    for (size_t i = 0; i < 4; i++) {
        pairs[i][0] = level[i];
        pairs[i][1] = level[0];
        level[i + 1] = (mimi_part){.cardinality = MIMI_PART_MULTI, .parts = pairs[i], .n_parts = 2};
    }
    base_buf out = base_buf_on(NULL);
    mimi_content c = sample_plain();
    c.body = level[4];
    assert_int_equal(mimi_content_encode(&c, &out), MIMI_E_DEPTH);
    c.body = level[3];
    assert_int_equal(mimi_content_encode(&c, &out), BASE_OK);
    base_buf_clear(&out);
}

static void parts_are_bounded_in_all(void **state)
{
    (void)state;
    base_buf most = repeat(BYTES("\x85\x01\x60\x03\x00\x99\x03\xff"), BYTES(ONE), 1023);
    base_buf more = repeat(BYTES("\x85\x01\x60\x03\x00\x99\x04\x00"), BYTES(ONE), 1024);
    base_buf nested = repeat(BYTES("\x85\x01\x60\x03\x00\x99\x02\x00"),
                             BYTES("\x85\x01\x60\x03\x00\x82" ONE ONE), 512);
    assert_int_equal(decode_pieces((pieces){.body = base_buf_bytes(&most)}), BASE_OK);
    assert_int_equal(decode_pieces((pieces){.body = base_buf_bytes(&more)}), MIMI_E_LIMIT);
    assert_int_equal(decode_pieces((pieces){.body = base_buf_bytes(&nested)}), MIMI_E_LIMIT);
    base_buf_clear(&nested);
    base_buf_clear(&more);
    base_buf_clear(&most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extensions_have_keys_in_order_once_each),
        cmocka_unit_test(a_key_is_a_number_but_zero_or_a_short_text),
        cmocka_unit_test(the_uris_are_text_and_not_empty),
        cmocka_unit_test(extensions_are_bounded),
        cmocka_unit_test(extensions_are_nested_four_levels_deep_and_no_deeper),
        cmocka_unit_test(a_part_has_the_fields_of_its_kind),
        cmocka_unit_test(unknown_dispositions_and_types_are_accepted),
        cmocka_unit_test(an_empty_body_only_takes_something_back),
        cmocka_unit_test(what_is_not_encrypted_has_no_key),
        cmocka_unit_test(several_parts_are_at_least_two),
        cmocka_unit_test(unknown_semantics_are_refused),
        cmocka_unit_test(parts_are_nested_four_deep_and_no_deeper),
        cmocka_unit_test(parts_are_bounded_in_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
