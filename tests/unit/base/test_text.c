/* Bytes as text: known spellings, and one spelling a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

typedef base_err (*codec)(base_bytes, base_buf *);

static void encodes_to(codec encode, const char *bytes, const char *text)
{
    base_buf out = base_buf_on(NULL);
    assert_int_equal(encode(base_bytes_str(bytes), &out), BASE_OK);
    assert_int_equal(out.n, strlen(text));
    assert_memory_equal(out.p, text, out.n);
    base_buf_clear(&out);
}

static void base64url_has_the_known_spellings(void **state)
{
    (void)state; /* RFC 4648, section 10, less the padding */
    encodes_to(base_text_base64url, "f", "Zg");
    encodes_to(base_text_base64url, "fo", "Zm8");
    encodes_to(base_text_base64url, "foo", "Zm9v");
    encodes_to(base_text_base64url, "foobar", "Zm9vYmFy");
    encodes_to(base_text_base64url, "\xfb\xff", "-_8");
}

static void base32_has_the_known_spellings(void **state)
{
    (void)state;
    encodes_to(base_text_base32, "f", "my");
    encodes_to(base_text_base32, "foob", "mzxw6yq");
    encodes_to(base_text_base32, "foobar", "mzxw6ytboi");
}

static void every_length_comes_back(void **state)
{
    (void)state;
    static const codec pairs[][2] = {{base_text_base64url, base_text_from_base64url},
                                     {base_text_base32, base_text_from_base32},
                                     {base_text_hex, base_text_from_hex}};
    uint8_t bytes[40];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 37 + 11);
    }
    for (size_t k = 0; k < 3; k++) {
        for (size_t n = 0; n <= sizeof bytes; n++) {
            base_buf text = base_buf_on(NULL);
            base_buf back = base_buf_on(NULL);
            assert_int_equal(pairs[k][0](base_bytes_of(bytes, n), &text), BASE_OK);
            assert_int_equal(pairs[k][1](base_buf_bytes(&text), &back), BASE_OK);
            assert_int_equal(back.n, n);
            assert_true(base_bytes_eq(base_buf_bytes(&back), base_bytes_of(bytes, n)));
            base_buf_clear(&back);
            base_buf_clear(&text);
        }
    }
}

static void refuses(codec decode, const char *text)
{
    base_buf out = base_buf_on(NULL);
    assert_int_equal(base_buf_append(&out, base_bytes_str("kept")), BASE_OK);
    assert_int_equal(decode(base_bytes_str(text), &out), BASE_E_VALUE);
    assert_int_equal(out.n, 4); /* as before */
    base_buf_clear(&out);
}

static void other_spellings_are_refused(void **state)
{
    (void)state;
    refuses(base_text_from_base64url, "Zg=="); /* padding */
    refuses(base_text_from_base64url, "Zh");   /* bits behind the end */
    refuses(base_text_from_base64url, "Z");    /* no whole byte */
    refuses(base_text_from_base64url, "Zm9 v");
    refuses(base_text_from_base64url, "+/8"); /* the other alphabet */
    refuses(base_text_from_base32, "MY");
    refuses(base_text_from_base32, "mz1");
    refuses(base_text_from_base32, "mz");  /* bits behind the end */
    refuses(base_text_from_base32, "mzx"); /* a letter too many */
    refuses(base_text_from_hex, "abc");
    refuses(base_text_from_hex, "0g");
}

static void hexadecimal_reads_both_cases(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    assert_int_equal(base_text_from_hex(base_bytes_str("aBCd"), &out), BASE_OK);
    assert_memory_equal(out.p, "\xab\xcd", 2);
    base_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_has_the_known_spellings),
        cmocka_unit_test(base32_has_the_known_spellings),
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(other_spellings_are_refused),
        cmocka_unit_test(hexadecimal_reads_both_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
