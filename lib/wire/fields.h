/* The fields of each frame, described once for both directions (io.h). Internal to lib/wire. */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include "frame.h"
#include "io.h"

/* Visit the body of a frame of f->type. False: this file does not know the type. */
bool wire_fields_core(wire_io *io, wire_frame *f); /* hello, parts, statuses */
bool wire_fields_log(wire_io *io, wire_frame *f);
bool wire_fields_box(wire_io *io, wire_frame *f); /* mailboxes, shelves, directory */

/* A non-empty list of variable elements of a frame type; each element is checked. */
void wire_fields_items(wire_io *io, uint8_t type, base_bytes *items);

#endif
