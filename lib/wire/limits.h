/* The numbers of the client-relay protocol (docs/protocol.md, section 6), for both ends, and the
 * size classes that lengths are padded to (section 6.2). What a relay may set differently is told
 * in WELCOME; these are what sottod uses and what a client may count on. */
#ifndef WIRE_LIMITS_H
#define WIRE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_VERSION 1

#define WIRE_ID_SIZE 32  /* id, token, gate, reader, handle and hash, in bytes */
#define WIRE_TAG_SIZE 16 /* incarnation, connection tag, nonce */
#define WIRE_POSTAGE_MAX 255
#define WIRE_NUDGE_SIZE 256
#define WIRE_RECORD_SIZE 1024

#define WIRE_FRAME_MAX 102400
#define WIRE_INLINE_MAX 65536
#define WIRE_ENTRY_MAX (4u << 20)
#define WIRE_SIDE_MAX (8u << 20)
#define WIRE_MAIL_MAX 65536
#define WIRE_CREDIT 262144

#define WIRE_CHANNELS_MAX 4096
#define WIRE_FOLLOW_MAX 512
#define WIRE_HANDLES_MAX 1024

#define WIRE_TTL_DAYS 30
#define WIRE_HOLD_DAYS 7
#define WIRE_IDLE_DAYS 180

#define WIRE_NUMBER_MAX INT64_MAX /* of `number`: sequence numbers, epochs, batches */

/* The smallest size class that holds n bytes; 0 when n is 0 or above WIRE_SIDE_MAX. */
size_t wire_size_class(size_t n);

/* Whether n is a size class, at most max. */
bool wire_size_check(size_t n, size_t max);

#endif
