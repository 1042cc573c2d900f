/* The bodies of the frames about mailboxes, shelves and the directory (docs/protocol.md,
 * section 4). */
#include "fields.h"
#include "item.h"

#define DOOR_SIZE (4 + WIRE_ID_SIZE)
#define PACKAGE_MAX 16384

static void postage(wire_io *io, base_bytes *v)
{
    wire_io_vec(io, v, 0, WIRE_POSTAGE_MAX);
}

static void box_new(wire_io *io, wire_box_new *v)
{
    wire_io_id(io, &v->box);
    wire_io_id(io, &v->owner);
    wire_io_id(io, &v->door);
    postage(io, &v->postage);
}

/* Door 0 is the open door, which has a field of its own. */
static void door_numbers(wire_io *io, base_bytes list, size_t each)
{
    base_rd r = base_rd_on(list);
    while (base_rd_more(&r)) {
        uint32_t number = base_rd_u32(&r);
        (void)base_rd_fixed(&r, each - 4);
        if (number == 0) {
            wire_io_fail(io, BASE_E_VALUE);
        }
    }
}

static void box_doors(wire_io *io, wire_box_doors *v)
{
    wire_io_id(io, &v->box);
    wire_io_id(io, &v->owner);
    wire_io_bool(io, &v->has_door);
    if (v->has_door) {
        wire_io_id(io, &v->door);
    }
    wire_io_list(io, &v->add, DOOR_SIZE, WIRE_HANDLES_MAX);
    wire_io_list(io, &v->remove, 4, WIRE_HANDLES_MAX);
    if (v->add.n / DOOR_SIZE + v->remove.n / 4 > WIRE_HANDLES_MAX) {
        wire_io_fail(io, BASE_E_LIMIT);
    }
    door_numbers(io, v->add, DOOR_SIZE);
    door_numbers(io, v->remove, 4);
}

static void box_deliver(wire_io *io, wire_box_deliver *v)
{
    wire_io_id(io, &v->box);
    wire_io_u32(io, &v->number);
    wire_io_id(io, &v->token);
    postage(io, &v->postage);
    wire_io_vec(io, &v->data, 0, WIRE_MAIL_MAX);
}

static void mail(wire_io *io, wire_mail *v)
{
    wire_io_u32(io, &v->channel);
    wire_io_number(io, &v->seq);
    wire_io_u32(io, &v->number);
    wire_io_vec(io, &v->data, 1, WIRE_MAIL_MAX);
}

static void owned(wire_io *io, wire_owned *v)
{
    wire_io_id(io, &v->id);
    wire_io_id(io, &v->owner);
}

static void shelf_new(wire_io *io, wire_shelf_new *v)
{
    wire_io_id(io, &v->shelf);
    wire_io_id(io, &v->owner);
    wire_io_id(io, &v->take);
    wire_io_u16(io, &v->size);
    postage(io, &v->postage);
}

static void shelf_put(wire_io *io, wire_shelf_put *v)
{
    wire_io_id(io, &v->shelf);
    wire_io_id(io, &v->owner);
    wire_io_number(io, &v->batch);
    postage(io, &v->postage);
    wire_io_vec(io, &v->last, 0, PACKAGE_MAX);
    wire_io_vec(io, &v->packages, 0, WIRE_INLINE_MAX);
}

static void shelf_take(wire_io *io, wire_shelf_take *v)
{
    wire_io_id(io, &v->shelf);
    wire_io_id(io, &v->take);
    wire_io_fixed(io, &v->nonce, WIRE_TAG_SIZE);
    postage(io, &v->postage);
}

static void dir_put(wire_io *io, wire_dir_put *v)
{
    wire_io_id(io, &v->key);
    wire_io_id(io, &v->token);
    wire_io_id(io, &v->gate);
    wire_io_id(io, &v->expected);
    wire_io_vec(io, &v->record, 0, WIRE_RECORD_SIZE);
    if (v->record.n != 0 && v->record.n != WIRE_RECORD_SIZE) {
        wire_io_fail(io, BASE_E_VALUE);
    }
    postage(io, &v->postage);
}

static bool box(wire_io *io, wire_frame *f)
{
    switch (f->type) {
    case WIRE_BOX_NEW:
        box_new(io, &f->u.box_new);
        return true;
    case WIRE_BOX_DOORS:
        box_doors(io, &f->u.box_doors);
        return true;
    case WIRE_BOX_DELIVER:
        box_deliver(io, &f->u.box_deliver);
        return true;
    case WIRE_BOX_COLLECT:
        wire_io_u32(io, &f->u.box_collect.channel);
        wire_io_id(io, &f->u.box_collect.box);
        wire_io_id(io, &f->u.box_collect.owner);
        wire_io_number(io, &f->u.box_collect.from);
        return true;
    case WIRE_COLLECTED:
        wire_io_number(io, &f->u.collected.place);
        wire_io_number(io, &f->u.collected.end);
        return true;
    case WIRE_MAIL:
        mail(io, &f->u.mail);
        return true;
    case WIRE_BOX_END:
    case WIRE_SHELF_COUNT:
    case WIRE_SHELF_END:
        owned(io, &f->u.owned);
        return true;
    default:
        return false;
    }
}

bool wire_fields_box(wire_io *io, wire_frame *f)
{
    switch (f->type) {
    case WIRE_SHELF_NEW:
        shelf_new(io, &f->u.shelf_new);
        return true;
    case WIRE_SHELF_PUT:
        shelf_put(io, &f->u.shelf_put);
        return true;
    case WIRE_SHELF_TAKE:
        shelf_take(io, &f->u.shelf_take);
        return true;
    case WIRE_TAKEN:
        wire_io_bool(io, &f->u.taken.last);
        wire_io_vec(io, &f->u.taken.package, 1, PACKAGE_MAX);
        return true;
    case WIRE_COUNTED:
        wire_io_u16(io, &f->u.counted.packages);
        wire_io_bool(io, &f->u.counted.last);
        wire_io_number(io, &f->u.counted.batch);
        return true;
    case WIRE_DIR_GET:
        wire_io_id(io, &f->u.dir_get.key);
        return true;
    case WIRE_DIR_PUT:
        dir_put(io, &f->u.dir_put);
        return true;
    case WIRE_RECORD:
        wire_io_fixed(io, &f->u.record.data, WIRE_RECORD_SIZE);
        return true;
    default:
        return box(io, f);
    }
}
