/* Codec of our extensions. */
#include "extensions.h"

#include <stdlib.h>

const mls_extension *sotto_extension_find(mls_extension_list list, uint16_t type)
{
    for (size_t i = 0; i < list.n; i++) {
        if (list.v[i].type == type) {
            return &list.v[i];
        }
    }
    return NULL;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(sotto_hash));
}

base_err sotto_room_ext_encode(const sotto_room_ext *room, base_buf *out)
{
    sotto_hash admins[SOTTO_ADMINS_MAX];
    base_wr w = base_wr_on(out);
    if (room->title.n > SOTTO_TITLE_BYTES_MAX || room->n_admins > SOTTO_ADMINS_MAX) {
        return BASE_E_ARGUMENT;
    }
    memcpy(admins, room->admins, sizeof admins);
    qsort(admins, room->n_admins, sizeof admins[0], by_bytes);
    base_wr_u8(&w, SOTTO_ROOM_RULES);
    base_wr_fixed(&w, base_bytes_of(room->id, sizeof room->id));
    base_wr_u8(&w, (uint8_t)room->kind);
    base_wr_vec(&w, room->title);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < room->n_admins; i++) {
        base_wr_fixed(&w, sotto_hash_bytes(&admins[i]));
    }
    base_wr_close(&w, mark);
    return base_wr_end(&w);
}

static void read_admins(base_rd *r, sotto_room_ext *room)
{
    base_rd in = base_rd_open(r);
    while (base_rd_more(&in)) {
        base_bytes id = base_rd_fixed(&in, SOTTO_HASH_SIZE);
        if (in.err != BASE_OK || room->n_admins == SOTTO_ADMINS_MAX) {
            base_rd_fail(&in, BASE_E_LIMIT);
            break;
        }
        memcpy(room->admins[room->n_admins].b, id.p, id.n);
        if (room->n_admins > 0 &&
            by_bytes(&room->admins[room->n_admins - 1], &room->admins[room->n_admins]) >= 0) {
            base_rd_fail(&in, BASE_E_VALUE);
            break;
        }
        room->n_admins++;
    }
    base_rd_close(r, &in);
}

base_err sotto_room_ext_decode(base_bytes in, sotto_room_ext *out)
{
    base_rd r = base_rd_on(in);
    sotto_room_ext room;
    memset(&room, 0, sizeof room);
    uint8_t rules = base_rd_u8(&r);
    base_bytes id = base_rd_fixed(&r, sizeof room.id);
    uint8_t kind = base_rd_u8(&r);
    room.title = base_rd_vec_max(&r, SOTTO_TITLE_BYTES_MAX);
    read_admins(&r, &room);
    if (base_rd_end(&r) != BASE_OK || rules != SOTTO_ROOM_RULES ||
        (kind != SOTTO_ROOM_DIRECT && kind != SOTTO_ROOM_GROUP) ||
        !base_bytes_is_text(room.title)) {
        return SOTTO_E_RULES;
    }
    if ((kind == SOTTO_ROOM_DIRECT) != (room.n_admins == 0)) {
        return SOTTO_E_RULES;
    }
    if (kind == SOTTO_ROOM_DIRECT && room.title.n > 0) {
        return SOTTO_E_RULES;
    }
    memcpy(room.id, id.p, id.n);
    room.kind = (sotto_room_kind)kind;
    *out = room;
    return BASE_OK;
}

bool sotto_room_ext_is_admin(const sotto_room_ext *room, const sotto_hash *identity)
{
    for (size_t i = 0; i < room->n_admins; i++) {
        if (sotto_hash_eq(&room->admins[i], identity)) {
            return true;
        }
    }
    return false;
}

base_err sotto_leaf_reader(const mls_leaf_node *leaf, base_bytes *cursor)
{
    const mls_extension *e = sotto_extension_find(leaf->extensions, SOTTO_EXTENSION_READER);
    if (e == NULL || e->data.n != SOTTO_HASH_SIZE) {
        return SOTTO_E_RULES;
    }
    *cursor = e->data;
    return BASE_OK;
}

base_err sotto_leaf_home(const mls_leaf_node *leaf, sotto_reach *home)
{
    const mls_extension *e = sotto_extension_find(leaf->extensions, SOTTO_EXTENSION_HOME);
    if (e == NULL) {
        return SOTTO_E_RULES;
    }
    base_rd r = base_rd_on(e->data);
    sotto_reach_read(&r, home);
    return base_rd_end(&r) == BASE_OK ? BASE_OK : SOTTO_E_RULES;
}
