/* Tests of media.c: lists of media types, who reads all of one, and framed content
 * (draft-ietf-mls-extensions, section 6.2); and packages of last resort in a group (section 6.4).
 */
#include "support/mls_world.h"

#include <sotto/mls_app.h>

#include "mls/media.h"

static const base_bytes none = {NULL, 0};

#define B(text) base_bytes_of(text, sizeof(text) - 1)

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static base_buf list_of(const mls_media_type *v, size_t n)
{
    base_buf out = {0};
    assert_ok(mls_media_types_encode(v, n, &out));
    return out;
}

static base_err see_parameter(void *user, const mls_media_parameter *p)
{
    size_t *n = user;
    assert_true(base_bytes_eq(p->name, base_bytes_str("charset")));
    assert_true(base_bytes_eq(p->value, base_bytes_str("UTF-8")));
    ++*n;
    return BASE_OK;
}

static base_err see_type(void *user, const mls_media_type *t)
{
    size_t *n = user;
    assert_true(base_bytes_eq(t->type, base_bytes_str(*n == 0 ? "image/png" : "text/plain")));
    assert_int_equal(t->parameters.n > 0, *n == 1);
    ++*n;
    return *n == 5 ? BASE_E_STATE : BASE_OK;
}

static void a_list_is_written_as_it_was_read(void **state)
{
    (void)state;
    base_buf parameters = {0};
    size_t n = 0;
    const mls_media_parameter charset = {base_bytes_str("charset"), base_bytes_str("UTF-8")};
    assert_ok(mls_media_parameters_encode(&charset, 1, &parameters));
    const mls_media_type types[] = {{base_bytes_str("image/png"), none},
                                    {base_bytes_str("text/plain"), base_buf_bytes(&parameters)}};
    base_buf list = list_of(types, 2);
    const base_bytes want = B("\45\11image/png\0\12text/plain\16\7charset\5UTF-8");
    assert_true(base_bytes_eq(base_buf_bytes(&list), want));
    assert_ok(mls_media_types_each(want, see_type, &n));
    assert_int_equal(n, 2);
    n = 0;
    assert_ok(mls_media_parameters_each(base_buf_bytes(&parameters), see_parameter, &n));
    assert_int_equal(n, 1);
    for (size_t cut = 0; cut < want.n; cut++) {
        assert_false(mls_media_list_is_valid(base_bytes_of(want.p, cut)));
    }
    assert_int_equal(mls_media_parameters_each(B("\1a\2b"), see_parameter, &n), BASE_E_TRUNCATED);
    assert_int_equal(mls_media_parameters_encode(NULL, 1, &parameters), BASE_E_ARGUMENT);
    base_buf_clear(&list);
    base_buf_clear(&parameters);
}

/* V-E6.2-1 */
static void a_list_has_at_least_one_type(void **state)
{
    (void)state;
    base_buf out = {0};
    size_t n = 0;
    const mls_media_type empty = {none, none};
    const mls_media_type broken = {base_bytes_str("a/b"), base_bytes_str("\5x")};
    assert_true(mls_media_list_is_valid(B("\5\3a/b\0")));
    assert_false(mls_media_list_is_valid(B("\0")));
    assert_false(mls_media_list_is_valid(B("")));
    assert_false(mls_media_list_is_valid(B("\5\3a/b\0x")));
    assert_false(mls_media_list_is_valid(B("\7\3a/b\2\5x"))); /* parameters that are none */
    assert_int_equal(mls_media_types_each(B("\0"), see_type, &n), BASE_E_VALUE);
    assert_int_equal(mls_media_types_encode(NULL, 0, &out), BASE_E_ARGUMENT);
    assert_int_equal(mls_media_types_encode(&empty, 1, &out), BASE_E_ARGUMENT);
    assert_int_equal(mls_media_types_encode(&broken, 1, &out), BASE_E_ARGUMENT);
}

static mls_extension dictionary(const mls_media_type *v, size_t n, base_buf *memory)
{
    base_buf list = list_of(v, n);
    const mls_app_data item = {MLS_COMPONENT_CONTENT_MEDIA_TYPES, base_buf_bytes(&list)};
    assert_ok(mls_app_data_encode(&item, 1, memory));
    base_buf_clear(&list);
    return (mls_extension){MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(memory)};
}

static void a_leaf_reads_all_that_the_group_asks_for_or_not(void **state)
{
    (void)state;
    base_buf memory[4] = {0};
    const mls_media_type png = {base_bytes_str("image/png"), none};
    const mls_media_type both[] = {png, {base_bytes_str("Text/Plain"), B("\1a\1b")}};
    const mls_media_type any[] = {{base_bytes_str("text/plain"), none}, png};
    const mls_media_type other[] = {png, {base_bytes_str("text/plain"), B("\1a\1c")}};
    const mls_extension wanted = dictionary(both, 2, &memory[0]);
    const mls_extension leaves[] = {dictionary(any, 2, &memory[1]),
                                    dictionary(other, 2, &memory[2]),
                                    dictionary(&png, 1, &memory[3])};
    const mls_extension_list group = {&wanted, 1};
    assert_ok(mls_media_types_cover((mls_extension_list){&wanted, 1}, group));
    assert_ok(mls_media_types_cover((mls_extension_list){&leaves[0], 1}, group));
    assert_int_equal(mls_media_types_cover((mls_extension_list){&leaves[1], 1}, group),
                     MLS_E_CAPABILITIES);
    assert_int_equal(mls_media_types_cover((mls_extension_list){&leaves[2], 1}, group),
                     MLS_E_CAPABILITIES);
    assert_int_equal(mls_media_types_cover((mls_extension_list){NULL, 0}, group),
                     MLS_E_CAPABILITIES);
    assert_ok(mls_media_types_cover((mls_extension_list){NULL, 0}, (mls_extension_list){NULL, 0}));
    for (size_t i = 0; i < 4; i++) {
        base_buf_clear(&memory[i]);
    }
}

/* A group that takes PNG and plain text. */
static void set_up(uint64_t seed)
{
    static const mls_extension leaf[] = {{6, {(const uint8_t *)"\10\0\1\5\4\0\1\0\3", 9}}};
    static const mls_extension group[] = {
        {6, {(const uint8_t *)"\33\0\3\30\27\11image/png\0\12text/plain\0", 28}}};
    w.leaf_extensions = (mls_extension_list){leaf, 1};
    w.group_extensions = (mls_extension_list){group, 1};
    world_init(&w, 1, 2, seed);
    world_assemble(&w);
}

static void content_says_what_it_is(void **state)
{
    (void)state;
    base_buf framed = {0};
    mls_media_type t = {0};
    base_bytes content = {0};
    set_up(750);
    const mls_group *g = w.people[1].group;
    const mls_media_type text = {base_bytes_str("text/plain"), B("\1a\1b")};
    assert_ok(mls_content_frame(&text, base_bytes_str("hello"), &framed));
    assert_true(base_bytes_eq(base_buf_bytes(&framed), B("\12text/plain\4\1a\1b\5hello")));
    assert_ok(mls_content_unframe(g, base_buf_bytes(&framed), &t, &content));
    assert_true(base_bytes_eq(t.type, text.type));
    assert_true(base_bytes_eq(t.parameters, text.parameters));
    assert_true(base_bytes_eq(content, base_bytes_str("hello")));
    /* Nothing stands for the first of the group's. */
    assert_ok(mls_content_frame(NULL, base_bytes_str("png"), &framed));
    assert_true(base_bytes_eq(base_buf_bytes(&framed), B("\0\0\3png")));
    assert_ok(mls_content_unframe(g, base_buf_bytes(&framed), &t, &content));
    assert_true(base_bytes_eq(t.type, base_bytes_str("image/png")));
    base_buf_clear(&framed);
}

/* V-E6.2-2 */
static void a_frame_that_does_not_decode_is_refused(void **state)
{
    (void)state;
    mls_media_type t = {0};
    base_bytes content = {0};
    const base_bytes whole = B("\12text/plain\4\1a\1b\5hello");
    set_up(751);
    const mls_group *g = w.people[0].group;
    assert_ok(mls_content_unframe(g, whole, &t, &content));
    for (size_t cut = 0; cut < whole.n; cut++) {
        assert_int_equal(mls_content_unframe(g, base_bytes_of(whole.p, cut), &t, &content),
                         BASE_E_TRUNCATED);
    }
    assert_int_equal(mls_content_unframe(g, B("\0\0\1ab"), &t, &content), BASE_E_TRAILING);
    assert_int_equal(mls_content_unframe(g, B("\0\2\5a\1b"), &t, &content), BASE_E_TRUNCATED);
    assert_true(base_bytes_eq(content, base_bytes_str("hello"))); /* of the one that was good */
}

static void in_another_group_there_is_no_frame(void **state)
{
    (void)state;
    mls_media_type t = {0};
    base_bytes content = {0};
    world_init(&w, 1, 1, 752);
    world_found(&w, 0);
    assert_int_equal(mls_content_unframe(w.people[0].group, B("\0\0\0"), &t, &content),
                     BASE_E_STATE);
}

/* ---- last resort ---- */

static base_err see_package(void *user, const mls_key_package *kp)
{
    *(bool *)user = mls_key_package_is_last_resort(kp);
    return BASE_OK;
}

static base_buf package(person *p, bool last_resort, bool *says_so)
{
    base_buf message = {0};
    const mls_key_package_params params = {.member = person_member(&w, p),
                                           .not_before = WORLD_NOW - 1000,
                                           .not_after = WORLD_NOW + 1000,
                                           .last_resort = last_resort};
    assert_ok(mls_key_package_new(p->ctx, &params, &message, NULL));
    assert_ok(mls_key_package_check(p->ctx, base_buf_bytes(&message), WORLD_NOW, see_package,
                                    says_so, NULL));
    return message;
}

static void a_package_of_last_resort_says_so_where_its_leaf_can(void **state)
{
    (void)state;
    static const mls_extension leaf[] = {{6, {(const uint8_t *)"\10\0\1\5\4\0\1\0\4", 9}}};
    bool says_so = true;
    w.leaf_extensions = (mls_extension_list){leaf, 1};
    world_init(&w, 1, 2, 753);
    world_found(&w, 0);
    base_buf other = package(&w.people[1], false, &says_so);
    assert_false(says_so);
    base_buf last = package(&w.people[1], true, &says_so);
    assert_true(says_so);
    /* The committer and all others see it in the Add. */
    const mls_proposal_params adds[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&last)},
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&other)}};
    for (size_t i = 0; i < 2; i++) {
        mls_commit_out made = {0};
        const mls_commit_params params = {.proposals = &adds[i], .n_proposals = 1};
        assert_ok(mls_group_commit(w.people[0].group, &params, WORLD_NOW, &made));
        assert_int_equal(mls_staged_change(made.staged, 0)->last_resort, i == 0);
        mls_commit_out_clear(&made);
    }
    /* Whoever lists no dictionary keeps the key all the same, and says nothing. */
    base_buf_clear(&last);
    w.leaf_extensions.n = 0;
    last = package(&w.people[1], true, &says_so);
    assert_false(says_so);
    base_buf_clear(&last);
    base_buf_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_written_as_it_was_read),
        cmocka_unit_test(a_list_has_at_least_one_type),
        cmocka_unit_test(a_leaf_reads_all_that_the_group_asks_for_or_not),
        cmocka_unit_test_teardown(content_says_what_it_is, teardown),
        cmocka_unit_test_teardown(a_frame_that_does_not_decode_is_refused, teardown),
        cmocka_unit_test_teardown(in_another_group_there_is_no_frame, teardown),
        cmocka_unit_test_teardown(a_package_of_last_resort_says_so_where_its_leaf_can, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
