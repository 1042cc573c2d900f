/* The bodies of the frames about logs (docs/protocol.md, sections 2 and 3). */
#include "fields.h"

static void commit(wire_io *io, wire_commit *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_number(io, &v->epoch);
    wire_io_id(io, &v->gate);
    wire_io_list(io, &v->opened, WIRE_ID_SIZE, WIRE_HANDLES_MAX);
    wire_io_list(io, &v->closed, WIRE_ID_SIZE, WIRE_HANDLES_MAX);
    if (v->opened.n + v->closed.n > (size_t)WIRE_HANDLES_MAX * WIRE_ID_SIZE) {
        wire_io_fail(io, BASE_E_LIMIT);
    }
    wire_io_u32(io, &v->entry_size);
    wire_io_u32(io, &v->side_size);
    wire_io_body(io, &v->data, (uint64_t)v->entry_size + v->side_size);
}

static void stamp(wire_io *io, wire_stamp *v)
{
    wire_io_id(io, &v->writer);
    wire_io_id(io, &v->gate);
    wire_io_list(io, &v->opened, WIRE_ID_SIZE, WIRE_HANDLES_MAX);
    wire_io_list(io, &v->closed, WIRE_ID_SIZE, WIRE_HANDLES_MAX);
    wire_io_u32(io, &v->side);
}

static void entry(wire_io *io, wire_entry *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_number(io, &v->seq);
    wire_io_u8(io, &v->kind);
    if (v->kind == WIRE_KIND_COMMIT) {
        stamp(io, &v->stamp);
    } else if (v->kind != WIRE_KIND_MESSAGE) {
        wire_io_fail(io, BASE_E_VALUE);
    }
    wire_io_u32(io, &v->size);
    if (v->size == 0 || v->size > WIRE_ENTRY_MAX) {
        wire_io_fail(io, BASE_E_VALUE);
    }
    wire_io_body(io, &v->data, v->size);
}

static void side_is(wire_io *io, wire_side_is *v)
{
    wire_io_u32(io, &v->size);
    if (v->size == 0 || v->size > WIRE_SIDE_MAX) {
        wire_io_fail(io, BASE_E_VALUE);
    }
    wire_io_body(io, &v->data, v->size);
}

static void nudge(wire_io *io, wire_nudge *v, bool with_epoch)
{
    wire_io_u32(io, &v->channel);
    if (with_epoch) {
        wire_io_number(io, &v->epoch);
    }
    wire_io_fixed(io, &v->data, WIRE_NUDGE_SIZE);
}

static void dropped(wire_io *io, wire_dropped *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_u8(io, &v->reason);
    if (v->reason != WIRE_SUPERSEDED && v->reason != WIRE_GONE && v->reason != WIRE_DENIED) {
        wire_io_fail(io, BASE_E_VALUE);
    }
}

static void create(wire_io *io, wire_create *v)
{
    wire_io_id(io, &v->log);
    wire_io_id(io, &v->gate);
    wire_io_id(io, &v->cursor);
    wire_io_vec(io, &v->postage, 0, WIRE_POSTAGE_MAX);
}

static void side(wire_io *io, wire_side *v)
{
    wire_io_id(io, &v->log);
    wire_io_number(io, &v->epoch);
    wire_io_id(io, &v->token);
}

static void cursors_are(wire_io *io, base_bytes *v)
{
    wire_io_vec(io, v, 0, WIRE_FOLLOW_MAX);
    for (size_t i = 0; i < v->n; i++) {
        if (v->p[i] > WIRE_STATE_CLOSED) {
            wire_io_fail(io, BASE_E_VALUE);
            return;
        }
    }
}

static bool requests(wire_io *io, wire_frame *f)
{
    switch (f->type) {
    case WIRE_CREATE:
        create(io, &f->u.create);
        return true;
    case WIRE_FOLLOW:
    case WIRE_ACK:
        wire_fields_items(io, f->type, &f->u.items.items);
        return true;
    case WIRE_APPEND:
        wire_io_u32(io, &f->u.append.channel);
        wire_io_number(io, &f->u.append.epoch);
        wire_io_vec(io, &f->u.append.data, 0, WIRE_INLINE_MAX);
        return true;
    case WIRE_COMMIT:
        commit(io, &f->u.commit);
        return true;
    case WIRE_NUDGE:
        nudge(io, &f->u.nudge, true);
        return true;
    case WIRE_LEAVE:
        wire_io_u32(io, &f->u.leave.channel);
        wire_io_bool(io, &f->u.leave.forget);
        return true;
    case WIRE_SIDE:
        side(io, &f->u.side);
        return true;
    case WIRE_CURSORS:
        wire_io_u32(io, &f->u.cursors.channel);
        wire_io_list(io, &f->u.cursors.handles, WIRE_ID_SIZE, WIRE_FOLLOW_MAX);
        if (f->u.cursors.handles.n == 0) {
            wire_io_fail(io, BASE_E_VALUE);
        }
        return true;
    default:
        return false;
    }
}

bool wire_fields_log(wire_io *io, wire_frame *f)
{
    switch (f->type) {
    case WIRE_FOLLOWED:
    case WIRE_ACKED:
        wire_fields_items(io, f->type, &f->u.items.items);
        return true;
    case WIRE_APPENDED:
    case WIRE_COMMITTED:
        wire_io_number(io, &f->u.seq.seq);
        return true;
    case WIRE_SIDE_IS:
        side_is(io, &f->u.side_is);
        return true;
    case WIRE_CURSORS_ARE:
        cursors_are(io, &f->u.bytes.data);
        return true;
    case WIRE_ENTRY:
        entry(io, &f->u.entry);
        return true;
    case WIRE_NUDGED:
        nudge(io, &f->u.nudge, false);
        return true;
    case WIRE_DROPPED:
        dropped(io, &f->u.dropped);
        return true;
    default:
        return requests(io, f);
    }
}
