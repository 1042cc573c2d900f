/* One description for both directions: a wire_io reads or writes, and a function that visits the
 * fields of a frame in order is its decoder and its encoder. When reading, fields are set; when
 * writing, they are taken and checked, so that nothing leaves that the other end would refuse. */
#ifndef WIRE_IO_H
#define WIRE_IO_H

#include "base/rd.h"
#include "base/wr.h"
#include "limits.h"

typedef struct wire_io {
    base_rd *rd; /* reading when not NULL */
    base_wr *wr;
} wire_io;

/* Latch an error: `err` when reading, BASE_E_ARGUMENT when writing. */
void wire_io_fail(wire_io *io, base_err err);

/* Whether all went well so far. */
bool wire_io_ok(const wire_io *io);

void wire_io_u8(wire_io *io, uint8_t *v);
void wire_io_u16(wire_io *io, uint16_t *v);
void wire_io_u32(wire_io *io, uint32_t *v);
void wire_io_bool(wire_io *io, bool *v);

/* uint64 with its highest bit zero. */
void wire_io_number(wire_io *io, uint64_t *v);

/* Exactly n bytes, without a length. */
void wire_io_fixed(wire_io *io, base_bytes *v, size_t n);

/* WIRE_ID_SIZE bytes. */
void wire_io_id(wire_io *io, base_bytes *v);

/* opaque<min..max> behind its length (BASE_E_LIMIT above, BASE_E_VALUE below). */
void wire_io_vec(wire_io *io, base_bytes *v, size_t min, size_t max);

/* A list of elements of `each` bytes, at most `count` of them. */
void wire_io_list(wire_io *io, base_bytes *v, size_t each, size_t count);

/* A status of docs/protocol.md, section 7. */
void wire_io_status(wire_io *io, uint8_t *v);

/* data<V> that holds all `size` bytes if they fit inline, and nothing otherwise. */
void wire_io_body(wire_io *io, base_bytes *v, uint64_t size);

#endif
