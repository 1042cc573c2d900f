/* The primitives of wire_io: integers, fixed fields, bounded vectors, in either direction. */
#include "io.h"

#include "frame.h"

void wire_io_fail(wire_io *io, base_err err)
{
    if (io->rd != NULL) {
        base_rd_fail(io->rd, err);
    } else {
        base_wr_fail(io->wr, BASE_E_ARGUMENT);
    }
}

bool wire_io_ok(const wire_io *io)
{
    return (io->rd != NULL ? io->rd->err : io->wr->err) == BASE_OK;
}

void wire_io_u8(wire_io *io, uint8_t *v)
{
    if (io->rd != NULL) {
        *v = base_rd_u8(io->rd);
    } else {
        base_wr_u8(io->wr, *v);
    }
}

void wire_io_u16(wire_io *io, uint16_t *v)
{
    if (io->rd != NULL) {
        *v = base_rd_u16(io->rd);
    } else {
        base_wr_u16(io->wr, *v);
    }
}

void wire_io_u32(wire_io *io, uint32_t *v)
{
    if (io->rd != NULL) {
        *v = base_rd_u32(io->rd);
    } else {
        base_wr_u32(io->wr, *v);
    }
}

void wire_io_bool(wire_io *io, bool *v)
{
    if (io->rd != NULL) {
        *v = base_rd_bool(io->rd);
    } else {
        base_wr_bool(io->wr, *v);
    }
}

void wire_io_number(wire_io *io, uint64_t *v)
{
    if (io->rd != NULL) {
        *v = base_rd_u64(io->rd);
    } else {
        base_wr_u64(io->wr, *v);
    }
    if (*v > WIRE_NUMBER_MAX) {
        wire_io_fail(io, BASE_E_VALUE);
        if (io->rd != NULL) {
            *v = 0;
        }
    }
}

void wire_io_fixed(wire_io *io, base_bytes *v, size_t n)
{
    if (io->rd != NULL) {
        *v = base_rd_fixed(io->rd, n);
        return;
    }
    if (v->n != n) {
        wire_io_fail(io, BASE_E_VALUE);
        return;
    }
    base_wr_fixed(io->wr, *v);
}

void wire_io_id(wire_io *io, base_bytes *v)
{
    wire_io_fixed(io, v, WIRE_ID_SIZE);
}

void wire_io_vec(wire_io *io, base_bytes *v, size_t min, size_t max)
{
    if (io->rd != NULL) {
        *v = base_rd_vec_max(io->rd, max);
        if (v->n < min) {
            wire_io_fail(io, BASE_E_VALUE);
        }
        return;
    }
    if (v->n < min || v->n > max) {
        wire_io_fail(io, BASE_E_VALUE);
        return;
    }
    base_wr_vec(io->wr, *v);
}

void wire_io_list(wire_io *io, base_bytes *v, size_t each, size_t count)
{
    wire_io_vec(io, v, 0, each * count);
    if (v->n % each != 0) {
        wire_io_fail(io, BASE_E_VALUE);
    }
}

void wire_io_status(wire_io *io, uint8_t *v)
{
    wire_io_u8(io, v);
    if (!wire_status_check(*v)) {
        wire_io_fail(io, BASE_E_VALUE);
    }
}

void wire_io_body(wire_io *io, base_bytes *v, uint64_t size)
{
    wire_io_vec(io, v, 0, WIRE_INLINE_MAX);
    uint64_t want = size <= WIRE_INLINE_MAX ? size : 0;
    if (wire_io_ok(io) && v->n != want) {
        wire_io_fail(io, BASE_E_VALUE);
    }
}
