/* The latched writer. A vector's length is not known until it closes: one byte is kept for it, and
 * the content moves up when two or four are needed. */
#include "wr.h"

void base_wr_fail(base_wr *w, base_err err)
{
    if (w->err == BASE_OK) {
        w->err = err;
    }
}

void base_wr_fixed(base_wr *w, base_bytes b)
{
    if (w->err == BASE_OK) {
        w->err = base_buf_append(w->out, b);
    }
}

static void write_be(base_wr *w, uint64_t v, size_t n)
{
    uint8_t b[8] = {0};
    for (size_t i = 0; i < n; i++) {
        b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    }
    base_wr_fixed(w, base_bytes_of(b, n));
}

void base_wr_u8(base_wr *w, uint8_t v)
{
    write_be(w, v, 1);
}

void base_wr_u16(base_wr *w, uint16_t v)
{
    write_be(w, v, 2);
}

void base_wr_u32(base_wr *w, uint32_t v)
{
    write_be(w, v, 4);
}

void base_wr_u64(base_wr *w, uint64_t v)
{
    write_be(w, v, 8);
}

/* Bytes a length takes: 1, 2, 4, or 0 when it does not fit. */
static size_t varint_size(size_t v)
{
    if (v < ((size_t)1 << 6)) {
        return 1;
    }
    if (v < ((size_t)1 << 14)) {
        return 2;
    }
    return v < ((size_t)1 << 30) ? 4 : 0;
}

static uint64_t varint_bits(size_t v, size_t size)
{
    uint64_t form = size == 4 ? 2 : size - 1;
    return (uint64_t)v | (form << (8 * size - 2));
}

void base_wr_varint(base_wr *w, size_t v)
{
    size_t size = varint_size(v);
    if (size == 0) {
        base_wr_fail(w, BASE_E_LIMIT);
        return;
    }
    write_be(w, varint_bits(v, size), size);
}

void base_wr_vec(base_wr *w, base_bytes b)
{
    base_wr_varint(w, b.n);
    base_wr_fixed(w, b);
}

size_t base_wr_open(base_wr *w)
{
    base_wr_u8(w, 0);
    return w->out->n;
}

void base_wr_close(base_wr *w, size_t mark)
{
    if (w->err != BASE_OK) {
        return;
    }
    size_t n = w->out->n - mark;
    size_t size = varint_size(n);
    if (size == 0) {
        base_wr_fail(w, BASE_E_LIMIT);
        return;
    }
    size_t shift = size - 1;
    if (shift > 0) {
        w->err = base_buf_resize(w->out, w->out->n + shift);
        if (w->err != BASE_OK) {
            return;
        }
        memmove(w->out->p + mark + shift, w->out->p + mark, n);
    }
    uint64_t bits = varint_bits(n, size);
    for (size_t i = 0; i < size; i++) {
        w->out->p[mark - 1 + i] = (uint8_t)(bits >> (8 * (size - 1 - i)));
    }
}
