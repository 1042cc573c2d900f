/* The frames of the client-relay protocol (docs/protocol.md), for both ends. A frame is one
 * WebSocket binary message. Decoding is strict and borrows from the input; encoding writes what
 * decoding accepts, from the same description (frame_log.c, frame_box.c), so that the two cannot
 * drift. What a frame means is for the relay and the client.
 *
 * Fields of type base_bytes without a comment are WIRE_ID_SIZE bytes. Lists (`items`) are the
 * encoded elements, one after another: build them with the _put functions of item.h, walk them with
 * the _next functions; a decoded list has been checked whole. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/bytes.h"
#include "limits.h"

typedef enum wire_type {
    WIRE_HELLO = 0x01,
    WIRE_DATA = 0x02,
    WIRE_CREATE = 0x10,
    WIRE_FOLLOW = 0x11,
    WIRE_APPEND = 0x12,
    WIRE_COMMIT = 0x13,
    WIRE_ACK = 0x14,
    WIRE_NUDGE = 0x15,
    WIRE_LEAVE = 0x16,
    WIRE_SIDE = 0x17,
    WIRE_CURSORS = 0x18,
    WIRE_BOX_NEW = 0x20,
    WIRE_BOX_DOORS = 0x21,
    WIRE_BOX_DELIVER = 0x22,
    WIRE_BOX_COLLECT = 0x23,
    WIRE_BOX_END = 0x24,
    WIRE_SHELF_NEW = 0x30,
    WIRE_SHELF_PUT = 0x31,
    WIRE_SHELF_TAKE = 0x32,
    WIRE_SHELF_COUNT = 0x33,
    WIRE_SHELF_END = 0x34,
    WIRE_DIR_GET = 0x40,
    WIRE_DIR_PUT = 0x41,

    WIRE_DONE = 0x80,
    WIRE_WELCOME = 0x81,
    WIRE_CREDITED = 0x82,
    WIRE_PART = 0x83,
    WIRE_FOLLOWED = 0x91,
    WIRE_APPENDED = 0x92,
    WIRE_COMMITTED = 0x93,
    WIRE_ACKED = 0x94,
    WIRE_SIDE_IS = 0x97,
    WIRE_CURSORS_ARE = 0x98,
    WIRE_COLLECTED = 0xa3,
    WIRE_TAKEN = 0xb2,
    WIRE_COUNTED = 0xb3,
    WIRE_RECORD = 0xc0,
    WIRE_ENTRY = 0xf0,
    WIRE_MAIL = 0xf1,
    WIRE_NUDGED = 0xf2,
    WIRE_DROPPED = 0xf3,
    WIRE_FAIL = 0xff
} wire_type;

/* Section 7. */
typedef enum wire_status {
    WIRE_OK = 0,
    WIRE_DENIED = 1,
    WIRE_STALE = 2,
    WIRE_GONE = 3,
    WIRE_FULL = 4,
    WIRE_RANGE = 5,
    WIRE_NO_POSTAGE = 6,
    WIRE_BUSY = 7,
    WIRE_EMPTY = 8,
    WIRE_BAD_SIZE = 9,
    WIRE_OVER_LIMIT = 10,
    WIRE_NO_CHANNEL = 11,
    WIRE_NO_READER = 12,
    WIRE_SUPERSEDED = 13,
    WIRE_FAILED = 14,
    WIRE_BAD = 32,
    WIRE_BAD_VERSION = 33,
    WIRE_SLOW = 34,
    WIRE_CLOSING = 35
} wire_status;

enum { WIRE_KIND_MESSAGE = 0, WIRE_KIND_COMMIT = 1 };
enum { WIRE_CURSOR_NONE = 0, WIRE_CURSOR_OPEN = 1, WIRE_CURSOR_CLOSED = 2 };
enum { WIRE_STATE_UNKNOWN = 0, WIRE_STATE_NEW = 1, WIRE_STATE_USED = 2, WIRE_STATE_CLOSED = 3 };

typedef struct wire_hello {
    uint16_t version_min, version_max;
} wire_hello;

typedef struct wire_welcome {
    uint16_t version;
    base_bytes incarnation, tag; /* WIRE_TAG_SIZE bytes each */
    uint32_t max_frame, max_inline, max_entry, max_side, max_mail, credit;
    uint16_t max_channels, max_follow, ttl_days, hold_days, idle_days;
    bool postage; /* whether postage is wanted on this connection */
} wire_welcome;

typedef struct wire_create {
    base_bytes log, gate, cursor;
    base_bytes postage; /* at most WIRE_POSTAGE_MAX bytes */
} wire_create;

/* FOLLOW, FOLLOWED, ACK, ACKED: lists of item.h. */
typedef struct wire_items {
    base_bytes items;
} wire_items;

typedef struct wire_append {
    uint32_t channel;
    uint64_t epoch;
    base_bytes data;
} wire_append;

typedef struct wire_commit {
    uint32_t channel;
    uint64_t epoch;
    base_bytes gate;
    base_bytes opened, closed; /* handles, one after another */
    uint32_t entry_size, side_size;
    base_bytes data; /* entry || side, or empty when both exceed WIRE_INLINE_MAX */
} wire_commit;

/* APPENDED, COMMITTED */
typedef struct wire_seq {
    uint64_t seq;
} wire_seq;

typedef struct wire_nudge { /* NUDGE; NUDGED has no epoch */
    uint32_t channel;
    uint64_t epoch;
    base_bytes data; /* WIRE_NUDGE_SIZE bytes */
} wire_nudge;

typedef struct wire_leave {
    uint32_t channel;
    bool forget;
} wire_leave;

typedef struct wire_side {
    base_bytes log;
    uint64_t epoch;
    base_bytes token;
} wire_side;

typedef struct wire_side_is {
    uint32_t size;
    base_bytes data; /* all of it, or empty when size exceeds WIRE_INLINE_MAX */
} wire_side_is;

typedef struct wire_cursors {
    uint32_t channel;
    base_bytes handles;
} wire_cursors;

/* DATA, PART (1 to WIRE_INLINE_MAX bytes), CURSORS_ARE (one state a byte). */
typedef struct wire_bytes {
    base_bytes data;
} wire_bytes;

typedef struct wire_credited {
    uint32_t bytes;
} wire_credited;

typedef struct wire_stamp {
    base_bytes writer, gate;
    base_bytes opened, closed; /* handles */
    uint32_t side;             /* bytes of the side part; 0: none */
} wire_stamp;

typedef struct wire_entry {
    uint32_t channel;
    uint64_t seq;
    uint8_t kind;     /* WIRE_KIND_ */
    wire_stamp stamp; /* of a commit */
    uint32_t size;
    base_bytes data; /* all of it, or empty when size exceeds WIRE_INLINE_MAX */
} wire_entry;

typedef struct wire_dropped {
    uint32_t channel;
    uint8_t reason; /* WIRE_SUPERSEDED, WIRE_GONE, WIRE_DENIED */
} wire_dropped;

typedef struct wire_done { /* DONE, FAIL */
    uint8_t status;
} wire_done;

typedef struct wire_box_new {
    base_bytes box, owner, door;
    base_bytes postage; /* at most WIRE_POSTAGE_MAX bytes */
} wire_box_new;

typedef struct wire_box_doors {
    base_bytes box, owner;
    bool has_door;
    base_bytes door;
    base_bytes add;    /* list of wire_door */
    base_bytes remove; /* uint32 numbers, one after another */
} wire_box_doors;

typedef struct wire_box_deliver {
    base_bytes box;
    uint32_t number; /* 0: the open door */
    base_bytes token;
    base_bytes postage; /* at most WIRE_POSTAGE_MAX bytes */
    base_bytes data;
} wire_box_deliver;

typedef struct wire_box_collect {
    uint32_t channel;
    base_bytes box, owner;
    uint64_t from;
} wire_box_collect;

typedef struct wire_collected {
    uint64_t place, end;
} wire_collected;

typedef struct wire_mail {
    uint32_t channel;
    uint64_t seq;
    uint32_t number; /* the door it came by */
    base_bytes data;
} wire_mail;

/* BOX_END, SHELF_COUNT, SHELF_END */
typedef struct wire_owned {
    base_bytes id, owner;
} wire_owned;

typedef struct wire_shelf_new {
    base_bytes shelf, owner, take;
    uint16_t size; /* of a package, in bytes */
    base_bytes postage;
} wire_shelf_new;

typedef struct wire_shelf_put {
    base_bytes shelf, owner;
    uint64_t batch;
    base_bytes postage;
    base_bytes last;     /* empty or one package */
    base_bytes packages; /* one after another */
} wire_shelf_put;

typedef struct wire_shelf_take {
    base_bytes shelf, take;
    base_bytes nonce; /* WIRE_TAG_SIZE bytes */
    base_bytes postage;
} wire_shelf_take;

typedef struct wire_taken {
    bool last;
    base_bytes package;
} wire_taken;

typedef struct wire_counted {
    uint16_t packages;
    bool last;
    uint64_t batch;
} wire_counted;

typedef struct wire_dir_get {
    base_bytes key;
} wire_dir_get;

typedef struct wire_dir_put {
    base_bytes key, token, gate, expected;
    base_bytes record; /* empty or WIRE_RECORD_SIZE bytes */
    base_bytes postage;
} wire_dir_put;

typedef struct wire_frame {
    uint8_t type;     /* wire_type */
    uint32_t request; /* 0 in pushes and FAIL, never in requests and answers */
    union {
        wire_hello hello;
        wire_welcome welcome;
        wire_create create;
        wire_items items; /* FOLLOW, FOLLOWED, ACK, ACKED */
        wire_append append;
        wire_commit commit;
        wire_seq seq; /* APPENDED, COMMITTED */
        wire_nudge nudge;
        wire_leave leave;
        wire_side side;
        wire_side_is side_is;
        wire_cursors cursors;
        wire_bytes bytes; /* DATA, PART, CURSORS_ARE */
        wire_credited credited;
        wire_entry entry;
        wire_dropped dropped;
        wire_done done; /* DONE, FAIL */
        wire_box_new box_new;
        wire_box_doors box_doors;
        wire_box_deliver box_deliver;
        wire_box_collect box_collect;
        wire_collected collected;
        wire_mail mail;
        wire_owned owned; /* BOX_END, SHELF_COUNT, SHELF_END */
        wire_shelf_new shelf_new;
        wire_shelf_put shelf_put;
        wire_shelf_take shelf_take;
        wire_taken taken;
        wire_counted counted;
        wire_dir_get dir_get;
        wire_dir_put dir_put;
        wire_bytes record; /* RECORD: WIRE_RECORD_SIZE bytes */
    } u;
} wire_frame;

/* Decode one whole message; *out borrows from in and is zeroed on failure.
 * Errors: BASE_E_LIMIT (longer than WIRE_FRAME_MAX, or a list too long), BASE_E_TRUNCATED,
 * BASE_E_TRAILING, BASE_E_VARINT, BASE_E_VALUE. */
BASE_MUST_USE base_err wire_frame_decode(base_bytes in, wire_frame *out);

/* Append the message to out; out is as before on failure.
 * Errors: BASE_E_ARGUMENT (a field of a wrong length or value), BASE_E_LIMIT, BASE_E_NOMEM. */
BASE_MUST_USE base_err wire_frame_encode(const wire_frame *f, base_buf *out);

/* For logs and messages: "COMMIT", "STALE"; static text, never NULL. */
const char *wire_type_name(uint8_t type);
const char *wire_status_name(uint8_t status);

/* Whether status is one of section 7. */
bool wire_status_check(uint8_t status);

#endif
