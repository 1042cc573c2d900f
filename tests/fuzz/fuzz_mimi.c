/* What a member can put into an application message: MIMI content and status reports. The first
 * byte chooses; the rest is the encoding.
 *
 * Beyond "no crash": whatever is accepted is encoded to the same bytes, so that an id means one
 * message, and what can be shown of it is text. */
#include <assert.h>

#include "mimi/cbor.h"
#include "mimi/shape.h"
#include "mimi/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_MAX ((size_t)16 << 20)

/* Every part: counted, and no deeper than allowed. */
static size_t walk(const mimi_part *p, unsigned level)
{
    size_t n = 1;
    assert(level <= MIMI_PART_DEPTH);
    for (size_t i = 0; i < p->n_parts; i++) {
        n += walk(&p->parts[i], level + 1);
    }
    return n;
}

static void fuzz_content(base_bytes in, base_arena *a)
{
    const mimi_origin origin = {{(const uint8_t *)"s", 1}, {(const uint8_t *)"r", 1}};
    static const uint8_t no_salt[MIMI_SALT_SIZE] = {0};
    mimi_content c = {0};
    mimi_text text = {0};
    base_buf out = base_buf_on(NULL);
    if (mimi_content_decode(in, a, &c) != BASE_OK) {
        return;
    }
    base_err err = mimi_content_encode(&c, &out);
    if (memcmp(c.salt, no_salt, MIMI_SALT_SIZE) == 0) {
        assert(err == BASE_E_ARGUMENT);
    } else {
        assert(err == BASE_OK);
        assert(base_bytes_eq(base_buf_bytes(&out), in));
    }
    assert(walk(&c.body, 1) <= MIMI_PARTS_MAX);
    assert(mimi_kind_of(&c) != MIMI_KIND_DELETE || c.has_replaces);
    if (mimi_text_of(&c, &text) == BASE_OK) {
        assert(base_bytes_is_text(text.text));
    }
    (void)!mimi_content_check(&c, &origin, 1800000000);
    base_buf_clear(&out);
}

static void fuzz_report(base_bytes in, base_arena *a)
{
    mimi_report r = {0};
    base_buf out = base_buf_on(NULL);
    if (mimi_report_decode(in, a, &r) != BASE_OK) {
        return;
    }
    base_err err = mimi_report_encode(&r, &out);
    assert(err == BASE_OK);
    assert(base_bytes_eq(base_buf_bytes(&out), in));
    base_buf_clear(&out);
}

/* A value of any form: taken whole, or refused. */
static void fuzz_value(base_bytes in)
{
    mimi_cbor_rd r = mimi_cbor_on(in);
    base_bytes value = mimi_cbor_value(&r, 1);
    assert(r.err == BASE_OK || value.n == 0);
    assert(r.err != BASE_OK || value.n + r.left == in.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    base_bytes in = base_bytes_of(data + 1, size - 1);
    base_arena a = base_arena_on(NULL, ARENA_MAX);
    switch (data[0] % 3) {
    case 0:
        fuzz_content(in, &a);
        break;
    case 1:
        fuzz_report(in, &a);
        break;
    default:
        fuzz_value(in);
        break;
    }
    base_arena_clear(&a);
    return 0;
}
