/* Tests of shape.c: the messages that people send, made and told apart, and which text is shown. */
#include "mimi_samples.h"

#include "mimi/shape.h"

/* The kind of a message after it has been encoded and decoded. */
static mimi_kind kind_after(mimi_content c)
{
    base_arena a = base_arena_on(NULL, 0);
    mimi_content d = {0};
    memcpy(c.salt, SALT, MIMI_SALT_SIZE);
    base_buf in = encode(&c);
    assert_int_equal(mimi_content_decode(base_buf_bytes(&in), &a, &d), BASE_OK);
    mimi_kind kind = mimi_kind_of(&d);
    base_buf_clear(&in);
    base_arena_clear(&a);
    return kind;
}

static void each_shape_is_told_from_the_others(void **state)
{
    (void)state;
    const mimi_id id = sample_id(ID1);
    const mimi_text text = {BYTES("hello"), false};
    assert_int_equal(kind_after(mimi_make_text(text)), MIMI_KIND_MESSAGE);
    assert_int_equal(kind_after(mimi_make_reply(&id, text)), MIMI_KIND_REPLY);
    assert_int_equal(kind_after(mimi_make_reaction(&id, BYTES("\xe2\x9d\xa4"))),
                     MIMI_KIND_REACTION);
    assert_int_equal(kind_after(mimi_make_edit(&id, text)), MIMI_KIND_EDIT);
    assert_int_equal(kind_after(mimi_make_delete(&id)), MIMI_KIND_DELETE);
}

static void an_edited_reply_is_an_edit_and_a_deleted_one_a_deletion(void **state)
{
    (void)state;
    const mimi_id id = sample_id(ID1);
    mimi_content edit = mimi_make_edit(&id, (mimi_text){BYTES("hello"), false});
    mimi_content removal = mimi_make_delete(&id);
    edit.has_in_reply_to = removal.has_in_reply_to = true;
    edit.in_reply_to = removal.in_reply_to = sample_id(ID2);
    assert_int_equal(kind_after(edit), MIMI_KIND_EDIT);
    assert_int_equal(kind_after(removal), MIMI_KIND_DELETE);
}

static void a_reaction_to_nothing_is_a_message(void **state)
{
    (void)state;
    mimi_content c = mimi_make_text((mimi_text){BYTES("!"), false});
    c.body.disposition = MIMI_REACTION;
    assert_int_equal(kind_after(c), MIMI_KIND_MESSAGE);
}

static void shapes_refer_to_the_message_they_are_about(void **state)
{
    (void)state;
    const mimi_id id = sample_id(ID1);
    mimi_content c = mimi_make_reply(&id, (mimi_text){BYTES("hello"), false});
    assert_true(c.has_in_reply_to && !c.has_replaces);
    assert_bytes(mimi_id_bytes(&c.in_reply_to), BYTES(ID1));
    c = mimi_make_edit(&id, (mimi_text){BYTES("hello"), false});
    assert_true(c.has_replaces && !c.has_in_reply_to);
    assert_bytes(mimi_id_bytes(&c.replaces), BYTES(ID1));
    c = mimi_make_delete(&id);
    assert_bytes(mimi_id_bytes(&c.replaces), BYTES(ID1));
}

/* ---- text ---- */

static void text_comes_back_with_its_kind(void **state)
{
    (void)state;
    for (int markdown = 0; markdown < 2; markdown++) {
        mimi_content c = mimi_make_text((mimi_text){BYTES("h\xc3\xa9!"), markdown == 1});
        mimi_text text = {0};
        assert_int_equal(mimi_text_of(&c, &text), BASE_OK);
        assert_bytes(text.text, BYTES("h\xc3\xa9!"));
        assert_int_equal(text.markdown, markdown);
    }
}

static base_err text_of_type(base_bytes content_type)
{
    mimi_content c = sample_plain();
    mimi_text text = {0};
    c.body.content_type = content_type;
    return mimi_text_of(&c, &text);
}

static void types_of_text_are_known_in_any_spelling(void **state)
{
    (void)state;
    assert_int_equal(text_of_type(BYTES("text/plain")), BASE_OK);
    assert_int_equal(text_of_type(BYTES("Text/Plain; Charset=\"UTF-8\"")), BASE_OK);
    assert_int_equal(text_of_type(BYTES("text/plain;format=flowed ; charset=us-ascii")), BASE_OK);
    assert_int_equal(text_of_type(BYTES("text/markdown;variant=CommonMark")), BASE_OK);
    assert_int_equal(text_of_type(BYTES("text/plain;charset=iso-8859-1")), BASE_E_NOT_FOUND);
    assert_int_equal(text_of_type(BYTES("text/plain;a=b;charset=latin1;c")), BASE_E_NOT_FOUND);
    assert_int_equal(text_of_type(BYTES("text/plainer")), BASE_E_NOT_FOUND);
    assert_int_equal(text_of_type(BYTES("text/html;charset=utf-8")), BASE_E_NOT_FOUND);
    assert_int_equal(text_of_type(BASE_BYTES_NONE), BASE_E_NOT_FOUND);
}

static void a_media_type_is_compared_without_its_parameters(void **state)
{
    (void)state;
    assert_true(
        mimi_media_is(BYTES("application/mimi-message-status"), "application/mimi-message-status"));
    assert_true(mimi_media_is(BYTES(" A/B ;x=y"), "a/b"));
    assert_false(mimi_media_is(BYTES("a/bc"), "a/b"));
    assert_false(mimi_media_is(BYTES("a"), "a/b"));
    assert_false(mimi_media_is(BYTES(";a/b"), "a/b"));
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    mimi_content c = sample_plain();
    mimi_text text = {0};
    c.body.content = BYTES("caf\xe9");
    assert_int_equal(mimi_text_of(&c, &text), BASE_E_UTF8);
}

static void content_without_text_has_none(void **state)
{
    (void)state;
    const mimi_id id = sample_id(ID1);
    mimi_content c = mimi_make_delete(&id);
    mimi_text text = {0};
    assert_int_equal(mimi_text_of(&c, &text), BASE_E_NOT_FOUND);
}

static void of_several_parts_the_first_text_is_shown(void **state)
{
    (void)state;
    const mimi_part image = {.cardinality = MIMI_PART_SINGLE, .content_type = BYTES("image/png")};
    const mimi_part plain = {.cardinality = MIMI_PART_SINGLE,
                             .content_type = BYTES("text/plain"),
                             .content = BYTES("plain")};
    const mimi_part marked = {.cardinality = MIMI_PART_SINGLE,
                              .content_type = BYTES("text/markdown"),
                              .content = BYTES("*marked*")};
    const mimi_part inner[] = {image, marked};
    mimi_part outer[] = {{.cardinality = MIMI_PART_MULTI,
                          .semantics = MIMI_PROCESS_ALL,
                          .parts = inner,
                          .n_parts = 2},
                         plain};
    mimi_content c = sample_plain();
    mimi_text text = {0};
    c.body = (mimi_part){
        .cardinality = MIMI_PART_MULTI, .semantics = MIMI_CHOOSE_ONE, .parts = outer, .n_parts = 2};
    assert_int_equal(mimi_text_of(&c, &text), BASE_OK);
    assert_bytes(text.text, BYTES("*marked*"));
    /* Of one unit, everything would have to be understood, and the image is not. */
    outer[0].semantics = MIMI_SINGLE_UNIT;
    assert_int_equal(mimi_text_of(&c, &text), BASE_OK);
    assert_bytes(text.text, BYTES("plain"));
    c.body.semantics = MIMI_SINGLE_UNIT;
    assert_int_equal(mimi_text_of(&c, &text), BASE_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_shape_is_told_from_the_others),
        cmocka_unit_test(an_edited_reply_is_an_edit_and_a_deleted_one_a_deletion),
        cmocka_unit_test(a_reaction_to_nothing_is_a_message),
        cmocka_unit_test(shapes_refer_to_the_message_they_are_about),
        cmocka_unit_test(text_comes_back_with_its_kind),
        cmocka_unit_test(types_of_text_are_known_in_any_spelling),
        cmocka_unit_test(a_media_type_is_compared_without_its_parameters),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(content_without_text_has_none),
        cmocka_unit_test(of_several_parts_the_first_text_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
