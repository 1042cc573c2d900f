/* The examples of docs/protocol.md: each block "```frame NAME" is hex, decodes to a frame of that
 * name, and encodes to the same bytes again. So the page cannot say what the code does not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/item.h"

static FILE *page_open(void)
{
    char path[4096];
    const char *source = getenv("SOTTO_SOURCE");
    int n = snprintf(path, sizeof path, "%s/docs/protocol.md", source != NULL ? source : ".");
    assert_true(n > 0 && (size_t)n < sizeof path);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    return f;
}

static int nibble(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* Hex digits of a line, spaces between, `aa*32` for a run, and a remark behind '#'. */
static void hex_line(const char *line, base_buf *out)
{
    const char *p = line;
    while (*p != '\0' && *p != '#' && *p != '\n') {
        if (*p == ' ') {
            p++;
            continue;
        }
        int hi = nibble(p[0]);
        int lo = nibble(p[1]);
        assert_true(hi >= 0 && lo >= 0);
        p += 2;
        unsigned long run = 1;
        if (*p == '*') {
            char *end = NULL;
            run = strtoul(p + 1, &end, 10);
            assert_true(end > p + 1 && run > 0 && run <= 4096);
            p = end;
        }
        size_t before = out->n;
        assert_int_equal(base_buf_resize(out, before + run), BASE_OK);
        memset(out->p + before, hi << 4 | lo, run);
    }
}

static void check(const char *name, const base_buf *bytes)
{
    wire_frame f;
    base_err err = wire_frame_decode(base_buf_bytes(bytes), &f);
    if (err != BASE_OK) {
        fail_msg("example %s: %s", name, base_err_text(err));
    }
    assert_string_equal(wire_type_name(f.type), name);
    base_buf again = {0};
    assert_int_equal(wire_frame_encode(&f, &again), BASE_OK);
    assert_true(base_bytes_eq(base_buf_bytes(bytes), base_buf_bytes(&again)));
    base_buf_clear(&again);
}

static void every_example_of_the_page_decodes_and_encodes_again(void **state)
{
    (void)state;
    FILE *f = page_open();
    char line[512];
    char name[64] = "";
    base_buf bytes = {0};
    int examples = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (name[0] != '\0' && strncmp(line, "```", 3) == 0) {
            check(name, &bytes);
            base_buf_clear(&bytes);
            name[0] = '\0';
            examples++;
        } else if (name[0] != '\0') {
            hex_line(line, &bytes);
        } else if (strncmp(line, "```frame ", 9) == 0) {
            assert_int_equal(sscanf(line + 9, "%63s", name), 1);
        }
    }
    assert_int_equal(fclose(f), 0);
    assert_string_equal(name, ""); /* the last block is closed */
    assert_true(examples >= 12);
}

static void the_page_tells_every_type_and_status(void **state)
{
    (void)state;
    FILE *f = page_open();
    static char text[1 << 18];
    size_t n = fread(text, 1, sizeof text - 1, f);
    assert_true(n > 0 && n < sizeof text - 1);
    text[n] = '\0';
    assert_int_equal(fclose(f), 0);
    for (unsigned v = 0; v < 256; v++) {
        char row[96];
        const char *name = wire_type_name((uint8_t)v);
        if (strcmp(name, "UNKNOWN") != 0) {
            int k = v < 0x80 ? snprintf(row, sizeof row, "| 0x%02x | %s |", v, name)
                             : snprintf(row, sizeof row, "0x%02x", v);
            assert_true(k > 0);
            assert_non_null(strstr(text, row));
            assert_non_null(strstr(text, name));
        }
        name = wire_status_name((uint8_t)v);
        if (strcmp(name, "UNKNOWN") != 0) {
            assert_true(snprintf(row, sizeof row, "| %s | %u |", name, v) > 0);
            assert_non_null(strstr(text, row));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_of_the_page_decodes_and_encodes_again),
        cmocka_unit_test(the_page_tells_every_type_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
