/* New rooms: a group of one under our rules, and a log to be created for it. */
#include "core.h"

/* required_capabilities (RFC 9420, section 11.1): our extensions and our credential. */
static base_err required(base_buf *out)
{
    base_wr w = base_wr_on(out);
    size_t mark = base_wr_open(&w);
    base_wr_u16(&w, SOTTO_EXTENSION_READER);
    base_wr_u16(&w, SOTTO_EXTENSION_HOME);
    base_wr_u16(&w, SOTTO_EXTENSION_ROOM);
    base_wr_close(&w, mark);
    base_wr_vec(&w, BASE_BYTES_NONE);
    mark = base_wr_open(&w);
    base_wr_u16(&w, SOTTO_CREDENTIAL_DEVICE_LIST);
    base_wr_close(&w, mark);
    return base_wr_end(&w);
}

static base_err make_group(sotto *s, const room_row *row, const account_leaf *leaf,
                           mls_group **group)
{
    base_err err = BASE_OK;
    base_buf room = base_buf_on(s->alloc);
    base_buf caps = base_buf_on(s->alloc);
    sotto_room_ext ext;
    memset(&ext, 0, sizeof ext);
    memcpy(ext.id, row->id.b, sizeof ext.id);
    ext.kind = row->kind;
    if (row->kind == SOTTO_ROOM_GROUP) {
        ext.title = base_bytes_str(row->title);
        ext.n_admins = 1;
        ext.admins[0] = s->me.id;
    }
    TRY(sotto_room_ext_encode(&ext, &room));
    TRY(required(&caps));
    const mls_extension list[] = {
        {MLS_EXTENSION_REQUIRED_CAPABILITIES, base_buf_bytes(&caps)},
        {SOTTO_EXTENSION_ROOM, base_buf_bytes(&room)},
    };
    TRY(mls_group_create(s->mls, room_group_id(row), &leaf->params, (mls_extension_list){list, 2},
                         core_seconds(s), group));
done:
    base_buf_clear(&caps);
    base_buf_clear(&room);
    return err;
}

static base_err fill_row(sotto *s, sotto_room_kind kind, base_bytes title, const sotto_hash *person,
                         room_row *row)
{
    base_err err = BASE_OK;
    TRY(sotto_random(&s->prims, row->id.b, sizeof row->id.b));
    TRY(sotto_random(&s->prims, row->log, sizeof row->log));
    TRY(sotto_random(&s->prims, row->group, sizeof row->group)); /* stands in clear in the log */
    row->group_n = sizeof row->group;
    TRY(sotto_log_start(&s->prims, base_bytes_of(row->log, sizeof row->log), &row->at));
    row->kind = kind;
    row->state = SOTTO_ROOM_MAKING;
    row->relay = s->me.relay;
    row->activity = s->now;
    core_text(title, row->title, sizeof row->title);
    if (person != NULL) {
        row->person = *person;
    }
done:
    return err;
}

base_err make_room(sotto *s, sotto_room_kind kind, base_bytes title, const sotto_hash *person,
                   room_live **out)
{
    base_err err = BASE_OK;
    room_row row;
    account_leaf leaf;
    outbox_row o;
    mls_group *group = NULL;
    memset(&row, 0, sizeof row);
    memset(&leaf, 0, sizeof leaf);
    memset(&o, 0, sizeof o);
    TRY(fill_row(s, kind, title, person, &row));
    TRY(account_leaf_make(s, &leaf));
    memcpy(row.reader, leaf.reader, sizeof row.reader);
    s->disturbed = true;
    TRY(make_group(s, &row, &leaf, &group));
    TRY(store_room_put(s->store, &row));
    TRY(store_point_put(s->store, &row.id, &row.at));
    TRY(room_live_add(s, &row, group, out));
    group = NULL;
    o.room = row.id;
    o.kind = OUTBOX_CREATE;
    TRY(store_outbox_add(s->store, &o, &o.number));
    TRY(members_begin(s, *out));
    if (kind == SOTTO_ROOM_GROUP) {
        TRY(room_notice(s, *out, SOTTO_NOTICE_CREATED, &s->me.id, NULL));
    }
done:
    mls_group_free(group);
    outbox_row_clear(&o);
    account_leaf_clear(&leaf);
    room_row_clear(&row);
    return err;
}

base_err room_abandon(sotto *s, const sotto_room_id *room)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    const sotto_room_id id = *room; /* room may lie in what is freed here */
    sotto_event e = {.kind = SOTTO_EVENT_ROOM_GONE, .room = id};
    TRY(room_live_get(s, &id, &r));
    s->disturbed = true;
    err = room_group(s, r);
    if (err == BASE_OK) {
        TRY(sweep_door_of(s, r->group));
        TRY(mls_group_delete(r->group));
    }
    room_live_drop(s, &id);
    TRY(store_room_delete(s->store, &id));
    TRY(core_event(s, &e));
done:
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}
