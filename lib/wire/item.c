/* The list elements of FOLLOW, FOLLOWED, ACK, ACKED and BOX_DOORS. Some vary in length, so a frame
 * keeps the encoded list, checked whole when it was decoded, and callers walk it. */
#include "item.h"

#include "fields.h"

static void follow(wire_io *io, wire_follow *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_id(io, &v->log);
    wire_io_number(io, &v->epoch);
    wire_io_id(io, &v->token);
    wire_io_id(io, &v->key);
    wire_io_number(io, &v->from);
}

static void followed(wire_io *io, wire_followed *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_status(io, &v->status);
    switch (v->status) {
    case WIRE_OK:
        wire_io_u8(io, &v->cursor);
        if (v->cursor > WIRE_CURSOR_CLOSED) {
            wire_io_fail(io, BASE_E_VALUE);
        }
        wire_io_number(io, &v->place);
        wire_io_number(io, &v->start);
        wire_io_id(io, &v->start_hash);
        wire_io_number(io, &v->end);
        wire_io_bool(io, &v->ended);
        return;
    case WIRE_GONE:
        wire_io_number(io, &v->place);
        wire_io_number(io, &v->resume);
        wire_io_id(io, &v->resume_hash);
        wire_io_number(io, &v->end);
        return;
    case WIRE_RANGE:
        wire_io_number(io, &v->start);
        wire_io_number(io, &v->end);
        return;
    default:
        return;
    }
}

static void ack(wire_io *io, wire_ack *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_number(io, &v->seq);
    wire_io_bool(io, &v->has_next);
    if (v->has_next) {
        wire_io_number(io, &v->next_epoch);
        wire_io_id(io, &v->next_token);
    }
}

static void acked(wire_io *io, wire_acked *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_status(io, &v->status);
}

static void door(wire_io *io, wire_door *v)
{
    wire_io_u32(io, &v->number);
    if (v->number == 0) {
        wire_io_fail(io, BASE_E_VALUE);
    }
    wire_io_id(io, &v->gate);
}

/* Append through the description; the list is as before on failure. */
#define PUT(name, visit, type)                                                                     \
    base_err name(base_buf *items, const type *v)                                                  \
    {                                                                                              \
        type copy = *v;                                                                            \
        size_t before = items->n;                                                                  \
        base_wr w = base_wr_on(items);                                                             \
        wire_io io = {.wr = &w};                                                                   \
        visit(&io, &copy);                                                                         \
        base_err err = base_wr_end(&w);                                                            \
        if (err != BASE_OK) {                                                                      \
            items->n = before;                                                                     \
        }                                                                                          \
        return err;                                                                                \
    }

#define NEXT(name, visit, type)                                                                    \
    base_err name(base_rd *r, type *out)                                                           \
    {                                                                                              \
        type v = {0};                                                                              \
        wire_io io = {.rd = r};                                                                    \
        visit(&io, &v);                                                                            \
        *out = r->err == BASE_OK ? v : (type){0};                                                  \
        return r->err;                                                                             \
    }

PUT(wire_follow_put, follow, wire_follow)
PUT(wire_followed_put, followed, wire_followed)
PUT(wire_ack_put, ack, wire_ack)
PUT(wire_acked_put, acked, wire_acked)
PUT(wire_door_put, door, wire_door)
NEXT(wire_follow_next, follow, wire_follow)
NEXT(wire_followed_next, followed, wire_followed)
NEXT(wire_ack_next, ack, wire_ack)
NEXT(wire_acked_next, acked, wire_acked)
NEXT(wire_door_next, door, wire_door)

static base_err skip(uint8_t type, base_rd *r)
{
    union {
        wire_follow follow;
        wire_followed followed;
        wire_ack ack;
        wire_acked acked;
    } v;
    switch (type) {
    case WIRE_FOLLOW:
        return wire_follow_next(r, &v.follow);
    case WIRE_FOLLOWED:
        return wire_followed_next(r, &v.followed);
    case WIRE_ACK:
        return wire_ack_next(r, &v.ack);
    default:
        return wire_acked_next(r, &v.acked);
    }
}

void wire_fields_items(wire_io *io, uint8_t type, base_bytes *items)
{
    wire_io_vec(io, items, 1, WIRE_FRAME_MAX);
    if (!wire_io_ok(io)) {
        return;
    }
    size_t count = 0;
    base_rd r = base_rd_on(*items);
    while (base_rd_more(&r)) {
        base_err err = skip(type, &r);
        if (err == BASE_OK && ++count > WIRE_FOLLOW_MAX) {
            err = BASE_E_LIMIT;
        }
        if (err != BASE_OK) {
            wire_io_fail(io, err);
            return;
        }
    }
}
