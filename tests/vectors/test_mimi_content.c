/* The published examples of MIMI content: each decodes, is encoded to the same bytes, has the id
 * that its .edn file states, and is refused when it is cut anywhere. They are looked for in
 * $SOTTO_VECTORS/mimi-content; where they are absent the tests say so and are skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/crypto_default.h"
#include "mimi/shape.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FILE_MAX 65536

typedef struct example {
    const char *name;
    mimi_kind kind;
    bool has_text;
} example;

static const example examples[] = {
    {"original", MIMI_KIND_MESSAGE, true},      {"reply", MIMI_KIND_REPLY, true},
    {"reaction", MIMI_KIND_REACTION, true},     {"mention", MIMI_KIND_REPLY, true},
    {"mention-html", MIMI_KIND_REPLY, false},   {"edit", MIMI_KIND_EDIT, true},
    {"delete", MIMI_KIND_DELETE, false},        {"unlike", MIMI_KIND_DELETE, false},
    {"expiring", MIMI_KIND_MESSAGE, true},      {"attachment", MIMI_KIND_MESSAGE, false},
    {"conferencing", MIMI_KIND_MESSAGE, false}, {"multipart-1", MIMI_KIND_MESSAGE, true},
    {"multipart-2", MIMI_KIND_MESSAGE, true},   {"multipart-3", MIMI_KIND_MESSAGE, false},
};

/* The content of a file of the examples; p is the caller's to free, NULL when there is no file. */
static base_bytes read_file(const char *name, const char *ending)
{
    const char *root = getenv("SOTTO_VECTORS");
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/mimi-content/%s%s",
                   root != NULL ? root : SOTTO_VECTORS_DEFAULT, name, ending);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return BASE_BYTES_NONE;
    }
    uint8_t *p = malloc(FILE_MAX + 1);
    assert_non_null(p);
    size_t n = fread(p, 1, FILE_MAX, f);
    assert_int_equal(ferror(f), 0);
    (void)fclose(f);
    p[n] = '\0';
    return base_bytes_of(p, n);
}

static void skip_unless_there(void)
{
    base_bytes one = read_file("original", ".cbor");
    if (one.p == NULL) {
        print_message("# absent: the published examples of MIMI content\n");
        skip();
    }
    free((void *)one.p);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The id that an .edn file states in its comments, over two lines. */
static mimi_id stated_id(const char *name)
{
    mimi_id id = {{0}};
    base_bytes edn = read_file(name, ".edn");
    assert_non_null(edn.p);
    const char *at = strstr((const char *)edn.p, "message ID = h'");
    assert_non_null(at);
    at += strlen("message ID = h'");
    size_t digits = 0;
    for (; *at != '\0' && *at != '\''; at++) {
        if (digit(*at) >= 0) {
            assert_true(digits < 2 * sizeof(id.b));
            id.b[digits / 2] = (uint8_t)(id.b[digits / 2] << 4 | digit(*at));
            digits++;
        }
    }
    assert_int_equal(digits, 2 * sizeof(id.b));
    free((void *)edn.p);
    return id;
}

static const crypto_hash_alg *sha256(void)
{
    const crypto_backend *backend = crypto_default();
    assert_non_null(backend);
    for (size_t i = 0; backend->hashes[i] != NULL; i++) {
        if (backend->hashes[i]->id == CRYPTO_HASH_SHA256) {
            return backend->hashes[i];
        }
    }
    fail_msg("the backend has no SHA-256");
    return NULL;
}

/* ---- the tests ---- */

static void each_example_is_encoded_to_the_same_bytes(void **state)
{
    (void)state;
    skip_unless_there();
    for (size_t i = 0; i < COUNT(examples); i++) {
        base_arena a = base_arena_on(NULL, 0);
        base_buf out = base_buf_on(NULL);
        mimi_content c = {0};
        base_bytes in = read_file(examples[i].name, ".cbor");
        print_message("# %s: %zu bytes\n", examples[i].name, in.n);
        assert_non_null(in.p);
        assert_int_equal(mimi_content_decode(in, &a, &c), BASE_OK);
        assert_int_equal(mimi_content_encode(&c, &out), BASE_OK);
        assert_int_equal(out.n, in.n);
        assert_memory_equal(out.p, in.p, in.n);
        free((void *)in.p);
        base_buf_clear(&out);
        base_arena_clear(&a);
    }
}

static void each_example_has_the_id_that_it_states(void **state)
{
    (void)state;
    skip_unless_there();
    for (size_t i = 0; i < COUNT(examples); i++) {
        base_arena a = base_arena_on(NULL, 0);
        mimi_content c = {0};
        mimi_id id = {{0}};
        base_bytes in = read_file(examples[i].name, ".cbor");
        assert_int_equal(mimi_content_decode(in, &a, &c), BASE_OK);
        const mimi_origin origin = {c.sender_uri, c.room_uri};
        const mimi_id want = stated_id(examples[i].name);
        assert_int_equal(mimi_id_compute(sha256(), &origin, in, c.salt, &id), BASE_OK);
        assert_memory_equal(id.b, want.b, MIMI_ID_SIZE);
        free((void *)in.p);
        base_arena_clear(&a);
    }
}

static void each_example_is_of_the_kind_that_it_shows(void **state)
{
    (void)state;
    skip_unless_there();
    for (size_t i = 0; i < COUNT(examples); i++) {
        base_arena a = base_arena_on(NULL, 0);
        mimi_content c = {0};
        mimi_text text = {0};
        base_bytes in = read_file(examples[i].name, ".cbor");
        assert_int_equal(mimi_content_decode(in, &a, &c), BASE_OK);
        assert_int_equal(mimi_kind_of(&c), examples[i].kind);
        assert_int_equal(mimi_text_of(&c, &text),
                         examples[i].has_text ? BASE_OK : BASE_E_NOT_FOUND);
        free((void *)in.p);
        base_arena_clear(&a);
    }
}

static void each_example_is_refused_when_it_is_cut(void **state)
{
    (void)state;
    skip_unless_there();
    for (size_t i = 0; i < COUNT(examples); i++) {
        base_bytes in = read_file(examples[i].name, ".cbor");
        for (size_t n = 0; n < in.n; n++) {
            base_arena a = base_arena_on(NULL, 0);
            mimi_content c = {0};
            assert_int_equal(mimi_content_decode(base_bytes_of(in.p, n), &a, &c), BASE_E_TRUNCATED);
            base_arena_clear(&a);
        }
        free((void *)in.p);
    }
}

static void what_is_derived_from_a_message_is_no_message(void **state)
{
    (void)state;
    skip_unless_there();
    base_arena a = base_arena_on(NULL, 0);
    mimi_content c = {0};
    base_bytes in = read_file("implied-original", ".cbor");
    assert_non_null(in.p);
    /* Seven elements like a message's, but the first is an id; and its .cbor holds another one than
     * its .edn and the message it speaks of, so that there is nothing more to compare. */
    assert_int_equal(mimi_content_decode(in, &a, &c), MIMI_E_CONTENT);
    free((void *)in.p);
    base_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_example_is_encoded_to_the_same_bytes),
        cmocka_unit_test(each_example_has_the_id_that_it_states),
        cmocka_unit_test(each_example_is_of_the_kind_that_it_shows),
        cmocka_unit_test(each_example_is_refused_when_it_is_cut),
        cmocka_unit_test(what_is_derived_from_a_message_is_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
