/* The latched reader: the only place, with the writer, where pointers into messages move. */
#include "rd.h"

void base_rd_fail(base_rd *r, base_err err)
{
    if (r->err == BASE_OK) {
        r->err = err;
    }
    r->left = 0;
}

base_bytes base_rd_fixed(base_rd *r, size_t n)
{
    if (r->err != BASE_OK) {
        return BASE_BYTES_NONE;
    }
    if (n > r->left) {
        base_rd_fail(r, BASE_E_TRUNCATED);
        return BASE_BYTES_NONE;
    }
    base_bytes out = {r->p, n};
    if (n > 0) {
        r->p += n;
    }
    r->left -= n;
    return out;
}

static uint64_t read_be(base_rd *r, size_t n)
{
    base_bytes b = base_rd_fixed(r, n);
    uint64_t v = 0;
    for (size_t i = 0; i < b.n; i++) {
        v = (v << 8) | b.p[i];
    }
    return v;
}

uint8_t base_rd_u8(base_rd *r)
{
    return (uint8_t)read_be(r, 1);
}

uint16_t base_rd_u16(base_rd *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t base_rd_u32(base_rd *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t base_rd_u64(base_rd *r)
{
    return read_be(r, 8);
}

bool base_rd_bool(base_rd *r)
{
    uint8_t v = base_rd_u8(r);
    if (v > 1) { /* V-2.1.1-1 */
        base_rd_fail(r, BASE_E_VALUE);
        return false;
    }
    return v == 1;
}

uint32_t base_rd_varint(base_rd *r)
{
    uint8_t first = base_rd_u8(r);
    unsigned form = first >> 6;
    uint32_t v = first & 0x3f;
    if (r->err != BASE_OK) {
        return 0;
    }
    if (form == 3) { /* V-2.1.2-2 */
        base_rd_fail(r, BASE_E_VARINT);
        return 0;
    }
    size_t more = ((size_t)1 << form) - 1;
    v = (uint32_t)(((uint64_t)v << (8 * more)) | read_be(r, more));
    if (r->err != BASE_OK) {
        return 0;
    }
    /* V-2.1.2-1 */
    if ((form == 1 && v < (1U << 6)) || (form == 2 && v < (1U << 14))) {
        base_rd_fail(r, BASE_E_VARINT);
        return 0;
    }
    return v;
}

base_bytes base_rd_vec(base_rd *r)
{
    size_t n = base_rd_varint(r);
    return base_rd_fixed(r, n);
}

base_bytes base_rd_vec_max(base_rd *r, size_t max)
{
    base_bytes b = base_rd_vec(r);
    if (b.n > max) {
        base_rd_fail(r, BASE_E_LIMIT);
        return BASE_BYTES_NONE;
    }
    return b;
}

base_rd base_rd_open(base_rd *r)
{
    base_bytes b = base_rd_vec(r);
    return (base_rd){b.p, b.n, r->err};
}

void base_rd_close(base_rd *r, const base_rd *inner)
{
    base_err err = base_rd_end(inner);
    if (err != BASE_OK) {
        base_rd_fail(r, err);
    }
}

base_err base_rd_end(const base_rd *r)
{
    if (r->err != BASE_OK) {
        return r->err;
    }
    return r->left > 0 ? BASE_E_TRAILING : BASE_OK;
}
