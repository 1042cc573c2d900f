/* Headers of variable-size vectors (RFC 9420, section 2.1.2): each length read, and written back in
 * the same bytes. */
#include "../vectors.h"

#include "base/rd.h"
#include "base/wr.h"

static const char *const keys[] = {"vlbytes_header", "length", NULL};

static vec_result run(vec_ctx *c, const json_t *entry)
{
    base_bytes header = vec_hex(c, entry, "vlbytes_header");
    uint64_t length = vec_uint(c, entry, "length", UINT32_MAX);
    if (c->failed) {
        return VEC_FAILED;
    }
    base_rd r = base_rd_on(header);
    uint32_t read = base_rd_varint(&r);
    vec_ok(c, base_rd_end(&r), "read the header");
    vec_true(c, read == length, "the length read");

    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    base_wr_varint(&w, (size_t)length);
    vec_ok(c, base_wr_end(&w), "write the header");
    vec_eq(c, base_buf_bytes(&out), header, "the header written");
    base_buf_clear(&out);
    return vec_done(c);
}

const vec_kind vec_deserialization = {"deserialization", keys, run};
