/* A frame as a whole: its head, its direction, and the statuses and names of docs/protocol.md,
 * sections 1.1, 1.2 and 7. The bodies are in frame_log.c, frame_box.c and item.c. */
#include "frame.h"

#include "fields.h"

typedef struct named {
    uint8_t value;
    const char *name;
} named;

static const named types[] = {
    {WIRE_HELLO, "HELLO"},
    {WIRE_DATA, "DATA"},
    {WIRE_CREATE, "CREATE"},
    {WIRE_FOLLOW, "FOLLOW"},
    {WIRE_APPEND, "APPEND"},
    {WIRE_COMMIT, "COMMIT"},
    {WIRE_ACK, "ACK"},
    {WIRE_NUDGE, "NUDGE"},
    {WIRE_LEAVE, "LEAVE"},
    {WIRE_SIDE, "SIDE"},
    {WIRE_CURSORS, "CURSORS"},
    {WIRE_BOX_NEW, "BOX_NEW"},
    {WIRE_BOX_DOORS, "BOX_DOORS"},
    {WIRE_BOX_DELIVER, "BOX_DELIVER"},
    {WIRE_BOX_COLLECT, "BOX_COLLECT"},
    {WIRE_BOX_END, "BOX_END"},
    {WIRE_SHELF_NEW, "SHELF_NEW"},
    {WIRE_SHELF_PUT, "SHELF_PUT"},
    {WIRE_SHELF_TAKE, "SHELF_TAKE"},
    {WIRE_SHELF_COUNT, "SHELF_COUNT"},
    {WIRE_SHELF_END, "SHELF_END"},
    {WIRE_DIR_GET, "DIR_GET"},
    {WIRE_DIR_PUT, "DIR_PUT"},
    {WIRE_DONE, "DONE"},
    {WIRE_WELCOME, "WELCOME"},
    {WIRE_CREDITED, "CREDIT"},
    {WIRE_PART, "PART"},
    {WIRE_FOLLOWED, "FOLLOWED"},
    {WIRE_APPENDED, "APPENDED"},
    {WIRE_COMMITTED, "COMMITTED"},
    {WIRE_ACKED, "ACKED"},
    {WIRE_SIDE_IS, "SIDE_IS"},
    {WIRE_CURSORS_ARE, "CURSORS_ARE"},
    {WIRE_COLLECTED, "COLLECTED"},
    {WIRE_TAKEN, "TAKEN"},
    {WIRE_COUNTED, "COUNTED"},
    {WIRE_RECORD, "RECORD"},
    {WIRE_ENTRY, "ENTRY"},
    {WIRE_MAIL, "MAIL"},
    {WIRE_NUDGED, "NUDGED"},
    {WIRE_DROPPED, "DROPPED"},
    {WIRE_FAIL, "FAIL"},
};

static const named statuses[] = {
    {WIRE_OK, "OK"},
    {WIRE_DENIED, "DENIED"},
    {WIRE_STALE, "STALE"},
    {WIRE_GONE, "GONE"},
    {WIRE_FULL, "FULL"},
    {WIRE_RANGE, "RANGE"},
    {WIRE_NO_POSTAGE, "POSTAGE"},
    {WIRE_BUSY, "BUSY"},
    {WIRE_EMPTY, "EMPTY"},
    {WIRE_BAD_SIZE, "SIZE"},
    {WIRE_OVER_LIMIT, "LIMIT"},
    {WIRE_NO_CHANNEL, "CHANNEL"},
    {WIRE_NO_READER, "READER"},
    {WIRE_SUPERSEDED, "SUPERSEDED"},
    {WIRE_FAILED, "FAILED"},
    {WIRE_BAD, "BAD"},
    {WIRE_BAD_VERSION, "VERSION"},
    {WIRE_SLOW, "SLOW"},
    {WIRE_CLOSING, "CLOSING"},
};

static const char *name_of(const named *list, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].value == value) {
            return list[i].name;
        }
    }
    return NULL;
}

const char *wire_type_name(uint8_t type)
{
    const char *name = name_of(types, sizeof types / sizeof types[0], type);
    return name != NULL ? name : "UNKNOWN";
}

const char *wire_status_name(uint8_t status)
{
    const char *name = name_of(statuses, sizeof statuses / sizeof statuses[0], status);
    return name != NULL ? name : "UNKNOWN";
}

bool wire_status_check(uint8_t status)
{
    return name_of(statuses, sizeof statuses / sizeof statuses[0], status) != NULL;
}

/* Pushes and FAIL carry request 0; PART either; all others a number of the client's choice. */
static bool request_check(uint8_t type, uint32_t request)
{
    if (type == WIRE_PART) {
        return true;
    }
    return (request == 0) == (type >= WIRE_ENTRY);
}

static void welcome(wire_io *io, wire_welcome *v)
{
    wire_io_u16(io, &v->version);
    wire_io_fixed(io, &v->incarnation, WIRE_TAG_SIZE);
    wire_io_fixed(io, &v->tag, WIRE_TAG_SIZE);
    wire_io_u32(io, &v->max_frame);
    wire_io_u32(io, &v->max_inline);
    wire_io_u32(io, &v->max_entry);
    wire_io_u32(io, &v->max_side);
    wire_io_u32(io, &v->max_mail);
    wire_io_u32(io, &v->credit);
    wire_io_u16(io, &v->max_channels);
    wire_io_u16(io, &v->max_follow);
    wire_io_u16(io, &v->ttl_days);
    wire_io_u16(io, &v->hold_days);
    wire_io_u16(io, &v->idle_days);
    wire_io_bool(io, &v->postage);
}

bool wire_fields_core(wire_io *io, wire_frame *f)
{
    switch (f->type) {
    case WIRE_HELLO:
        wire_io_u16(io, &f->u.hello.version_min);
        wire_io_u16(io, &f->u.hello.version_max);
        if (f->u.hello.version_min > f->u.hello.version_max) {
            wire_io_fail(io, BASE_E_VALUE);
        }
        return true;
    case WIRE_WELCOME:
        welcome(io, &f->u.welcome);
        return true;
    case WIRE_DATA:
    case WIRE_PART:
        wire_io_vec(io, &f->u.bytes.data, 1, WIRE_INLINE_MAX);
        return true;
    case WIRE_CREDITED:
        wire_io_u32(io, &f->u.credited.bytes);
        return true;
    case WIRE_DONE:
    case WIRE_FAIL:
        wire_io_status(io, &f->u.done.status);
        return true;
    default:
        return false;
    }
}

static void frame(wire_io *io, wire_frame *f)
{
    wire_io_u8(io, &f->type);
    wire_io_u32(io, &f->request);
    if (!wire_io_ok(io)) {
        return;
    }
    if (!request_check(f->type, f->request)) {
        wire_io_fail(io, BASE_E_VALUE);
        return;
    }
    if (!wire_fields_core(io, f) && !wire_fields_log(io, f) && !wire_fields_box(io, f)) {
        wire_io_fail(io, BASE_E_VALUE);
    }
}

base_err wire_frame_decode(base_bytes in, wire_frame *out)
{
    *out = (wire_frame){0};
    if (in.n > WIRE_FRAME_MAX) {
        return BASE_E_LIMIT;
    }
    wire_frame f = {0};
    base_rd r = base_rd_on(in);
    wire_io io = {.rd = &r};
    frame(&io, &f);
    base_err err = base_rd_end(&r);
    if (err == BASE_OK) {
        *out = f;
    }
    return err;
}

base_err wire_frame_encode(const wire_frame *f, base_buf *out)
{
    wire_frame copy = *f;
    size_t before = out->n;
    base_wr w = base_wr_on(out);
    wire_io io = {.wr = &w};
    frame(&io, &copy);
    base_err err = base_wr_end(&w);
    if (err == BASE_OK && out->n - before > WIRE_FRAME_MAX) {
        err = BASE_E_LIMIT;
    }
    if (err != BASE_OK && out->n > before) {
        base_wipe(out->p + before, out->n - before);
        out->n = before;
    }
    return err;
}
