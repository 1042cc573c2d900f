/* The elements of the lists inside frames: FOLLOW, FOLLOWED, ACK, ACKED, doors. _put appends an
 * element to a list under construction, _next reads one and moves on. */
#ifndef WIRE_ITEM_H
#define WIRE_ITEM_H

#include "base/rd.h"
#include "frame.h"

typedef struct wire_follow {
    uint32_t channel;
    base_bytes log;
    uint64_t epoch;
    base_bytes token, key;
    uint64_t from; /* 0: after the cursor's place */
} wire_follow;

typedef struct wire_followed {
    uint32_t channel;
    uint8_t status;         /* wire_status; the fields below it are present as noted */
    uint8_t cursor;         /* OK: WIRE_CURSOR_ */
    uint64_t place;         /* OK */
    uint64_t start;         /* OK, RANGE */
    base_bytes start_hash;  /* OK */
    uint64_t end;           /* OK, GONE, RANGE */
    bool ended;             /* OK */
    uint64_t resume;        /* GONE */
    base_bytes resume_hash; /* GONE */
} wire_followed;

typedef struct wire_ack {
    uint32_t channel;
    uint64_t seq;
    bool has_next;
    uint64_t next_epoch;
    base_bytes next_token;
} wire_ack;

typedef struct wire_acked {
    uint32_t channel;
    uint8_t status;
} wire_acked;

typedef struct wire_door {
    uint32_t number; /* not 0 */
    base_bytes gate;
} wire_door;

/* Append one element. Errors: BASE_E_ARGUMENT, BASE_E_NOMEM. */
BASE_MUST_USE base_err wire_follow_put(base_buf *items, const wire_follow *v);
BASE_MUST_USE base_err wire_followed_put(base_buf *items, const wire_followed *v);
BASE_MUST_USE base_err wire_ack_put(base_buf *items, const wire_ack *v);
BASE_MUST_USE base_err wire_acked_put(base_buf *items, const wire_acked *v);
BASE_MUST_USE base_err wire_door_put(base_buf *items, const wire_door *v);

/* Read one element of a decoded list: `base_rd r = base_rd_on(f.u.items.items);` and while
 * base_rd_more(&r). *out borrows. Errors: those of wire_frame_decode(). */
BASE_MUST_USE base_err wire_follow_next(base_rd *r, wire_follow *out);
BASE_MUST_USE base_err wire_followed_next(base_rd *r, wire_followed *out);
BASE_MUST_USE base_err wire_ack_next(base_rd *r, wire_ack *out);
BASE_MUST_USE base_err wire_acked_next(base_rd *r, wire_acked *out);
BASE_MUST_USE base_err wire_door_next(base_rd *r, wire_door *out);

#endif
