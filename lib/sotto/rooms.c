/* Rooms as pages see them, and what a person does with a room. */
#include "core.h"

base_err room_notice(sotto *s, room_live *r, sotto_notice notice, const sotto_hash *by,
                     const sotto_hash *who)
{
    base_err err = BASE_OK;
    int64_t number = 0;
    message_row m;
    memset(&m, 0, sizeof m);
    m.room = r->row.id;
    m.notice = notice;
    m.time = s->now;
    m.state = SOTTO_RECEIVED;
    m.has_sender = by != NULL;
    if (by != NULL) {
        m.sender = *by;
        m.mine = core_is_me(s, by);
    }
    m.has_who = who != NULL;
    if (who != NULL) {
        m.who = *who;
    }
    TRY(sotto_random(&s->prims, m.id.b, sizeof m.id.b));
    TRY(store_message_next_order(s->store, &m.room, &m.order));
    TRY(store_message_add(s->store, &m, &number));
    TRY(core_event_message(s, &m.room, number));
done:
    return err;
}

typedef struct ending {
    sotto *s;
    room_live *r;
    base_err why;
    base_err err;
} ending;

static bool end_row(void *user, const outbox_row *o)
{
    ending *e = user;
    core_op *op = op_find(e->s, (uint32_t)o->op);
    if (o->message != 0) {
        e->err = store_message_state(e->s->store, o->message, SOTTO_FAILED, e->why);
        if (e->err == BASE_OK) {
            e->err = core_event_message(e->s, &e->r->row.id, o->message);
        }
    }
    if (e->err == BASE_OK && op != NULL) {
        e->err = op_end(e->s, op, e->why);
    }
    return e->err == BASE_OK;
}

base_err room_outbox_end(sotto *s, room_live *r, base_err why)
{
    ending e = {s, r, why, BASE_OK};
    base_err err = store_outbox_list(s->store, &r->row.id, end_row, &e);
    if (err == BASE_OK) {
        err = e.err;
    }
    return err != BASE_OK ? err : store_outbox_clear(s->store, &r->row.id);
}

/* ---- showing ---- */

static base_err show_people(sotto *s, const room_row *row, sotto_room *out)
{
    base_err err = BASE_OK;
    uint32_t unverified = 0;
    member_row m;
    static const sotto_hash nobody = {{0}};
    out->has_person = !sotto_hash_eq(&row->person, &nobody);
    out->person = core_person_of(&row->person);
    TRY(store_member_count(s->store, &row->id, &out->member_count, &unverified));
    out->verified = out->member_count > 1 && unverified == 0;
    err = store_member_get(s->store, &row->id, &s->me.id, &m);
    out->is_admin = err == BASE_OK && m.admin;
    err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
    TRY(err);
    if (row->kind == SOTTO_ROOM_DIRECT) {
        TRY(people_name_of(s, &row->person, out->title, sizeof out->title));
    }
done:
    return err;
}

base_err sotto_get_room(sotto *s, const sotto_room_id *id, sotto_room *out)
{
    base_err err = BASE_OK;
    room_row row;
    memset(&row, 0, sizeof row);
    memset(out, 0, sizeof *out);
    TRY(store_room_get(s->store, id, &row));
    out->id = row.id;
    out->is_group = row.kind == SOTTO_ROOM_GROUP;
    out->state = row.state;
    out->read = row.read;
    out->last_heard = row.last_heard;
    out->activity = row.activity;
    memcpy(out->title, row.title, sizeof row.title);
    TRY(show_people(s, &row, out));
    TRY(store_message_unread(s->store, id, row.read, &out->unread));
    TRY(store_message_last(s->store, id, &out->last));
    TRY(store_alarm_of_room(s->store, id, &out->alarm));
done:
    room_row_clear(&row);
    return err;
}

typedef struct room_list {
    sotto *s;
    sotto_room_seen seen;
    void *user;
    base_err err;
} room_list;

static bool pass_room(void *user, const sotto_room_id *id)
{
    room_list *l = user;
    sotto_room out;
    l->err = sotto_get_room(l->s, id, &out);
    return l->err == BASE_OK && l->seen(l->user, &out);
}

base_err sotto_list_rooms(sotto *s, size_t skip, size_t limit, sotto_room_seen seen, void *user)
{
    room_list l = {s, seen, user, BASE_OK};
    base_err err = store_room_list(s->store, skip, limit, pass_room, &l);
    return err != BASE_OK ? err : l.err;
}

static base_err show_member(sotto *s, const member_row *m, sotto_member *out)
{
    base_err err = BASE_OK;
    person_row p;
    memset(&p, 0, sizeof p);
    memset(out, 0, sizeof *out);
    out->person = core_person_of(&m->person);
    out->is_me = core_is_me(s, &m->person);
    out->is_admin = m->admin;
    out->state = m->state;
    out->joined = m->joined;
    out->delivered = m->delivered;
    out->read = m->read;
    out->last_heard = m->last_heard;
    out->verified = out->is_me;
    TRY(people_name_of(s, &m->person, out->name, sizeof out->name));
    if (!out->is_me) {
        err = store_person_get(s->store, &m->person, &p);
        out->verified = err == BASE_OK && p.verified;
        err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
    }
done:
    person_row_clear(&p);
    return err;
}

base_err sotto_get_member(sotto *s, const sotto_room_id *room, const sotto_person_id *person,
                          sotto_member *out)
{
    member_row m;
    sotto_hash h = core_hash_of(person);
    base_err err = store_member_get(s->store, room, &h, &m);
    return err != BASE_OK ? err : show_member(s, &m, out);
}

typedef struct member_list {
    sotto *s;
    sotto_member_seen seen;
    void *user;
    base_err err;
} member_list;

static bool pass_member(void *user, const member_row *m)
{
    member_list *l = user;
    sotto_member out;
    l->err = show_member(l->s, m, &out);
    return l->err == BASE_OK && l->seen(l->user, &out);
}

base_err sotto_list_members(sotto *s, const sotto_room_id *room, size_t skip, size_t limit,
                            sotto_member_seen seen, void *user)
{
    member_list l = {s, seen, user, BASE_OK};
    base_err err = store_member_list(s->store, room, &s->me.id, skip, limit, pass_member, &l);
    return err != BASE_OK ? err : l.err;
}

/* ---- what a person does ---- */

base_err room_accept(sotto *s, const sotto_room_id *id)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    person_row p;
    memset(&p, 0, sizeof p);
    TRY(room_live_get(s, id, &r));
    REQUIRE(r->row.state == SOTTO_ROOM_REQUEST, SOTTO_E_NOT_ALLOWED);
    s->disturbed = true;
    r->row.state = SOTTO_ROOM_OPEN;
    r->changed = true;
    TRY(store_person_get(s->store, &r->row.person, &p));
    p.state = SOTTO_CONNECTED;
    p.blocked = false;
    TRY(store_person_put(s->store, &p));
    TRY(core_event_person(s, &p.id));
    TRY(core_event_room(s, id));
    TRY(room_pump(s, r));
done:
    person_row_clear(&p);
    return err;
}

base_err sotto_accept(sotto *s, const sotto_room_id *room, uint64_t now)
{
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, room_accept(s, room));
}

static base_err decline(sotto *s, const sotto_room_id *id, bool block)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    person_row p;
    int64_t last = 0;
    sotto_hash who;
    sotto_event gone = {.kind = SOTTO_EVENT_ROOM_GONE, .room = *id};
    memset(&p, 0, sizeof p);
    TRY(room_live_get(s, id, &r));
    REQUIRE(r->row.state == SOTTO_ROOM_REQUEST, SOTTO_E_NOT_ALLOWED);
    if (block) {
        TRY(store_person_get(s->store, &r->row.person, &p));
        p.blocked = true;
        TRY(store_person_put(s->store, &p));
        TRY(core_event_person(s, &p.id));
    }
    s->disturbed = true;
    who = r->row.person;
    TRY(join_forget(s, r));
    TRY(store_message_last(s->store, &gone.room, &last));
    if (last != 0) { /* of an earlier time in this room */
        r->row.state = SOTTO_ROOM_REMOVED;
        r->changed = true;
        TRY(core_event_room(s, &gone.room));
        goto done;
    }
    room_live_drop(s, &gone.room);
    TRY(store_room_delete(s->store, &gone.room));
    TRY(store_person_forget(s->store, &who));
    TRY(home_pump(s)); /* a door may have to go */
    TRY(core_event(s, &gone));
done:
    person_row_clear(&p);
    return err;
}

base_err sotto_decline(sotto *s, const sotto_room_id *room, bool block, uint64_t now)
{
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, decline(s, room, block));
}

base_err room_over(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    TRY(room_outbox_end(s, r, SOTTO_E_NOT_ALLOWED));
    TRY(join_forget(s, r));
    TRY(store_room_rest(s->store, &r->row.id));
    err = room_group(s, r);
    if (err == BASE_OK) {
        TRY(mls_group_delete(r->group)); /* the door stays: who has it may ask us back */
    }
    TRY(core_is_fault(err) ? err : BASE_OK); /* it was never joined, or does not load */
    err = BASE_OK;
    mls_group_free(r->group);
    r->group = NULL;
    r->row.group_n = 0; /* its id may be another's from now on */
    r->changed = true;
done:
    return err;
}

static base_err leave(sotto *s, const sotto_room_id *id)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    bool queued = false;
    uint32_t members = 0;
    uint32_t unverified = 0;
    outbox_row o;
    memset(&o, 0, sizeof o);
    TRY(room_live_get(s, id, &r));
    REQUIRE(r->row.kind == SOTTO_ROOM_GROUP && r->row.state == SOTTO_ROOM_OPEN,
            SOTTO_E_NOT_ALLOWED);
    TRY(store_outbox_has(s->store, id, OUTBOX_LEAVE, &queued));
    TRY(store_member_count(s->store, id, &members, &unverified));
    if (queued) {
        goto done;
    }
    s->disturbed = true;
    if (members <= 1 || r->broken || r->row.joining.n > 0) {
        r->row.state = SOTTO_ROOM_LEFT; /* nobody is there to commit it */
        r->changed = true;
        TRY(room_over(s, r));
    } else {
        o.room = *id;
        o.kind = OUTBOX_LEAVE;
        TRY(store_outbox_add(s->store, &o, &o.number));
        TRY(room_pump(s, r));
    }
    TRY(core_event_room(s, id));
done:
    outbox_row_clear(&o);
    return err;
}

base_err sotto_leave(sotto *s, const sotto_room_id *room, uint64_t now)
{
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, leave(s, room));
}

base_err sotto_get_draft(sotto *s, const sotto_room_id *room, base_buf *draft)
{
    return store_draft_get(s->store, room, draft);
}

base_err sotto_set_draft(sotto *s, const sotto_room_id *room, base_bytes draft)
{
    if (draft.n > SOTTO_TEXT_MAX) {
        return BASE_E_LIMIT;
    }
    base_err err = core_begin(s, s->now);
    return err != BASE_OK ? err : core_end(s, store_draft_put(s->store, room, draft));
}
