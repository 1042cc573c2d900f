/* The stamp of a commit as the store keeps it: the fields of wire_stamp, encoded. */
#ifndef RELAY_STAMP_H
#define RELAY_STAMP_H

#include "wire/frame.h"

/* Replace *out by the encoded stamp. Errors: BASE_E_NOMEM. */
BASE_MUST_USE base_err relay_stamp_encode(const wire_stamp *v, base_buf *out);

/* *out borrows from in. Errors: BASE_E_CORRUPT. */
BASE_MUST_USE base_err relay_stamp_decode(base_bytes in, wire_stamp *out);

#endif
