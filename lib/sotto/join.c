/* Mail between devices, and joining a room that mail invites to (docs/client.md, section 6).
 *
 *     struct { PlanPerson to; opaque join<V>; }          a mail's outbox body
 *     struct { opaque package_ref<V>; opaque join<V>; }  a room's row while a join is under way */
#include "core.h"
#include "plan.h"

#define MAIL_RETRY_MS 30000
#define REQUESTS_MAX 100    /* that wait for the person; more are not kept */
#define REQUESTS_EACH_MAX 4 /* of one stranger */

/* ---- mail out ---- */

base_err mail_join_queue(sotto *s, room_live *r, const plan_person *to)
{
    base_err err = BASE_OK;
    sotto_join join;
    relay_row relay;
    outbox_row o;
    base_buf content = base_buf_on(s->alloc);
    memset(&join, 0, sizeof join);
    memset(&relay, 0, sizeof relay);
    memset(&o, 0, sizeof o);
    TRY(store_relay_get(s->store, r->row.relay, &relay));
    memcpy(join.relay, relay.url, sizeof join.relay);
    memcpy(join.log, r->row.log, sizeof join.log);
    memcpy(join.room, r->row.id.b, sizeof join.room);
    join.epoch = r->row.epoch;
    join.kind = r->row.kind;
    join.title = base_bytes_str(r->row.kind == SOTTO_ROOM_GROUP ? r->row.title : "");
    join.name = base_bytes_str(s->me.name);
    TRY(room_token(s, r, r->group, join.token));
    TRY(room_side_key(s, r, r->group, join.side_key));
    TRY(sotto_join_encode(&join, &content));
    base_wr w = base_wr_on(&o.body);
    plan_person_write(&w, to);
    base_wr_vec(&w, base_buf_bytes(&content));
    TRY(base_wr_end(&w));
    o.kind = OUTBOX_MAIL;
    TRY(store_outbox_add(s->store, &o, &o.number));
done:
    base_wipe(&join, sizeof join);
    base_buf_clear(&content);
    outbox_row_clear(&o);
    relay_row_clear(&relay);
    return err;
}

static base_err seal_mail(sotto *s, outbox_row *o, const plan_person *to, base_bytes join)
{
    base_err err = BASE_OK;
    base_buf raw = base_buf_on(s->alloc);
    sotto_mail mail = {
        .type = SOTTO_MAIL_JOIN,
        .mailbox = base_bytes_of(to->reach.mailbox, sizeof to->reach.mailbox),
        .device_list = base_buf_bytes(&s->me.list),
        .signature_key = base_buf_bytes(&s->me.device_public),
        .content = join,
    };
    sotto_mail_to seal_to = {to->hint, to->key_package, to->init_key, CORE_SUITE};
    TRY(sotto_mail_seal(s->mls, &s->prims, &mail, base_buf_bytes(&s->me.device_private), &seal_to,
                        &raw));
    base_buf_move(&o->sealed, &raw);
    TRY(store_outbox_sealed(s->store, o));
done:
    base_buf_clear(&raw);
    return err;
}

static bool in_flight(const core_conn *c, int64_t outbox)
{
    for (size_t i = 0; i < c->n_requests; i++) {
        if (c->requests[i].kind == REQ_DELIVER && c->requests[i].outbox == outbox) {
            return true;
        }
    }
    return false;
}

static base_err deliver(sotto *s, outbox_row *o)
{
    base_err err = BASE_OK;
    plan_person to;
    int64_t relay = 0;
    core_request what = {.kind = REQ_DELIVER, .outbox = o->number};
    wire_frame f = {.type = WIRE_BOX_DELIVER};
    base_rd in = base_rd_on(base_buf_bytes(&o->body));
    memset(&to, 0, sizeof to);
    plan_person_read(&in, &to);
    base_bytes join = base_rd_vec(&in);
    REQUIRE(base_rd_end(&in) == BASE_OK, BASE_E_CORRUPT);
    TRY(store_relay_of(s->store, to.reach.relay, &relay));
    core_conn *c = conn_want(s, relay, CORE_MAIL);
    if (!conn_ready(c) || in_flight(c, o->number)) {
        goto done;
    }
    if (o->sealed.n == 0) {
        TRY(seal_mail(s, o, &to, join));
    }
    f.u.box_deliver = (wire_box_deliver){
        base_bytes_of(to.reach.mailbox, 32), to.reach.door, base_bytes_of(to.reach.token, 32),
        to.reach.door == 0 ? conn_postage(c) : BASE_BYTES_NONE, base_buf_bytes(&o->sealed)};
    TRY(conn_request(s, c, &f, &what));
done:
    return err;
}

typedef struct mail_numbers {
    int64_t v[64];
    size_t n;
} mail_numbers;

static bool collect_mail(void *user, const outbox_row *o)
{
    mail_numbers *m = user;
    m->v[m->n++] = o->number;
    return m->n < sizeof m->v / sizeof m->v[0];
}

base_err mail_pump(sotto *s)
{
    static const sotto_room_id mail_room = {{0}};
    base_err err = BASE_OK;
    mail_numbers numbers = {.n = 0};
    if (s->now < s->mail_retry_at) {
        return BASE_OK;
    }
    TRY(store_outbox_list(s->store, &mail_room, collect_mail, &numbers));
    for (size_t i = 0; err == BASE_OK && i < numbers.n; i++) {
        outbox_row o;
        memset(&o, 0, sizeof o);
        err = store_outbox_get(s->store, numbers.v[i], &o);
        if (err == BASE_OK) {
            err = deliver(s, &o);
        }
        outbox_row_clear(&o);
    }
done:
    return err;
}

base_err mail_delivered(sotto *s, const core_request *q, uint8_t status)
{
    s->disturbed = true;
    if (status == WIRE_FULL || status == WIRE_BUSY || status == WIRE_FAILED) {
        s->mail_retry_at = s->now + MAIL_RETRY_MS;
        return BASE_OK;
    }
    if (status != WIRE_OK) {
        base_err err = alarm_raise(s, SOTTO_ALARM_STUCK, NULL, NULL,
                                   "An invitation could not be delivered: the relay of the person "
                                   "refuses it. Ask them for a new contact link.");
        if (err != BASE_OK) {
            return err;
        }
    }
    return store_outbox_drop(s->store, q->outbox);
}

/* ---- mail in: an invitation ---- */

/* A stranger's invitation is kept while few wait: whoever floods a mailbox fills neither disk nor
 * list, and the person is told. */
static base_err has_room(sotto *s, const sotto_device_list *list, bool *out)
{
    base_err err = BASE_OK;
    sotto_hash who;
    person_row p;
    size_t waiting = 0;
    size_t theirs = 0;
    memset(&p, 0, sizeof p);
    TRY(sotto_device_list_identity(&s->prims, list, &who));
    err = store_person_get(s->store, &who, &p);
    *out = err == BASE_OK && p.state != SOTTO_STRANGER;
    TRY(err == BASE_E_NOT_FOUND ? BASE_OK : err);
    err = BASE_OK;
    if (*out) {
        goto done;
    }
    TRY(store_room_requests(s->store, &who, &waiting, &theirs));
    *out = waiting < REQUESTS_MAX && theirs < REQUESTS_EACH_MAX;
    if (waiting >= REQUESTS_MAX) {
        TRY(alarm_raise(s, SOTTO_ALARM_STUCK, NULL, NULL,
                        "So many people have asked to write to you that new requests are not "
                        "kept. Accept or decline some."));
    }
done:
    person_row_clear(&p);
    return err;
}

static base_err keep_inviter(sotto *s, const sotto_join *join, const sotto_device_list *list,
                             person_row *p)
{
    base_err err = BASE_OK;
    sotto_hash who;
    TRY(people_list_seen(s, list, &who));
    TRY(people_name_seen(s, &who, join->name));
    TRY(store_person_get(s->store, &who, p));
done:
    return err;
}

static base_err joining_read(const room_live *r, base_bytes *ref, sotto_join *join)
{
    base_rd in = base_rd_on(base_buf_bytes(&r->row.joining));
    *ref = base_rd_vec(&in);
    base_bytes content = base_rd_vec(&in);
    base_err err = base_rd_end(&in);
    if (err == BASE_OK) {
        err = sotto_join_decode(content, join);
    }
    return err == BASE_OK ? BASE_OK : BASE_E_CORRUPT;
}

base_err join_forget(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    sotto_join join;
    base_bytes ref = BASE_BYTES_NONE;
    if (r->row.joining.n == 0) {
        return BASE_OK;
    }
    err = joining_read(r, &ref, &join);
    base_wipe(&join, sizeof join);
    if (err == BASE_OK && ref.n > 0) {
        err = package_erase(s, ref);
    }
    TRY(core_is_fault(err) ? err : BASE_OK); /* it may have been used by another */
    err = BASE_OK;
    base_buf_clear(&r->row.joining);
    r->changed = true;
done:
    return err;
}

static base_err room_of_join(sotto *s, const sotto_join *join, const person_row *from,
                             base_bytes ref, base_bytes content, room_row *row)
{
    base_err err = BASE_OK;
    base_wr w = base_wr_on(&row->joining);
    memcpy(row->id.b, join->room, sizeof row->id.b);
    memcpy(row->log, join->log, sizeof row->log);
    row->kind = join->kind;
    row->state = from->state == SOTTO_STRANGER ? SOTTO_ROOM_REQUEST : SOTTO_ROOM_OPEN;
    row->person = from->id;
    row->epoch = join->epoch;
    row->created = true;
    row->activity = s->now;
    if (row->title[0] == '\0') {
        core_text(join->title, row->title, sizeof row->title);
    }
    TRY(store_relay_of(s->store, join->relay, &row->relay));
    base_wr_vec(&w, ref);
    base_wr_vec(&w, content);
    TRY(base_wr_end(&w));
done:
    return err;
}

/* Whether somebody may ask us back into a room we were in: who was with us there, or whom we know.
 * Whoever else knows the room's id would show its history as that of a room of their own. */
static base_err may_ask_back(sotto *s, const sotto_join *join, const person_row *from,
                             const room_row *before, bool *ok)
{
    member_row m;
    *ok = false;
    if ((before->state != SOTTO_ROOM_LEFT && before->state != SOTTO_ROOM_REMOVED) ||
        before->kind != join->kind) {
        return BASE_OK; /* a doubled invitation, or another room altogether */
    }
    if (before->kind == SOTTO_ROOM_DIRECT) {
        *ok = sotto_hash_eq(&before->person, &from->id);
        return BASE_OK;
    }
    base_err err = store_member_get(s->store, &before->id, &from->id, &m);
    *ok = err == BASE_OK || (err == BASE_E_NOT_FOUND && from->state != SOTTO_STRANGER);
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

/* A room we were in before: its old group goes, its history, name and read mark stay. */
static base_err may_replace(sotto *s, const sotto_join *join, const person_row *from, room_row *row,
                            bool *ok)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    sotto_room_id id;
    memcpy(id.b, join->room, sizeof id.b);
    err = room_live_get(s, &id, &r);
    *ok = err == BASE_E_NOT_FOUND;
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK;
    }
    TRY(err);
    TRY(may_ask_back(s, join, from, &r->row, ok));
    if (!*ok) {
        goto done;
    }
    row->read = r->row.read;
    memcpy(row->title, r->row.title, sizeof row->title);
    err = room_group(s, r);
    if (err == BASE_OK) {
        TRY(mls_group_delete(r->group));
    }
    TRY(core_is_fault(err) ? err : BASE_OK); /* it is gone already */
    err = BASE_OK;
    room_live_drop(s, &id);
done:
    return err;
}

base_err join_received(sotto *s, const sotto_mail *mail, const sotto_device_list *list,
                       base_bytes ref)
{
    base_err err = BASE_OK;
    sotto_join join;
    person_row from;
    room_row row;
    room_live *r = NULL;
    bool fresh = false;
    memset(&from, 0, sizeof from);
    memset(&row, 0, sizeof row);
    TRY(sotto_join_decode(mail->content, &join));
    TRY(has_room(s, list, &fresh));
    if (!fresh) {
        goto done;
    }
    TRY(keep_inviter(s, &join, list, &from));
    if (from.blocked || core_is_me(s, &from.id)) {
        goto done;
    }
    TRY(may_replace(s, &join, &from, &row, &fresh));
    if (!fresh) {
        goto done;
    }
    s->disturbed = true;
    TRY(room_of_join(s, &join, &from, ref, mail->content, &row));
    TRY(store_room_put(s->store, &row));
    TRY(room_live_add(s, &row, NULL, &r));
    row.joining = base_buf_on(s->alloc); /* the live room owns it now */
    TRY(core_event_person(s, &from.id));
    TRY(core_event_room(s, &row.id));
done:
    base_wipe(&join, sizeof join);
    room_row_clear(&row);
    person_row_clear(&from);
    return err;
}

/* ---- joining ---- */

base_err join_fetch(sotto *s, core_conn *c, room_live *r)
{
    sotto_join join;
    base_bytes ref;
    core_request what = {.kind = REQ_SIDE, .room = r->row.id};
    base_err err = joining_read(r, &ref, &join);
    if (err != BASE_OK) {
        return err;
    }
    wire_frame f = {.type = WIRE_SIDE};
    f.u.side = (wire_side){base_bytes_of(join.log, sizeof join.log), join.epoch,
                           base_bytes_of(join.token, sizeof join.token)};
    err = conn_request(s, c, &f, &what);
    r->state = LIVE_FETCHING;
    base_wipe(&join, sizeof join);
    return err;
}

static base_err cannot_join(sotto *s, room_live *r)
{
    r->broken = true;
    r->row.state = SOTTO_ROOM_REMOVED;
    r->changed = true;
    base_err err = join_forget(s, r);
    if (err == BASE_OK) {
        err = core_event_room(s, &r->row.id);
    }
    return err != BASE_OK ? err
                          : alarm_raise(s, SOTTO_ALARM_STUCK, &r->row.id, NULL,
                                        "This invitation can no longer be used. Ask to be added "
                                        "again.");
}

/* The cursor key of the leaf that was added: it came with one of our packages. */
static base_err own_reader(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    const mls_leaf_node *leaf = NULL;
    base_bytes handle;
    base_buf ref = base_buf_on(s->alloc);
    bool last = false;
    TRY(mls_group_member(r->group, mls_group_own_leaf(r->group), &leaf));
    TRY(sotto_leaf_reader(leaf, &handle));
    TRY(store_package_reader(s->store, handle, r->row.reader, &ref, &last));
    if (!last) {
        TRY(store_package_drop(s->store, base_buf_bytes(&ref)));
    }
done:
    base_buf_clear(&ref);
    return err;
}

static base_err say_here(sotto *s, const sotto_room_id *room)
{
    outbox_row o;
    memset(&o, 0, sizeof o);
    o.room = *room;
    o.kind = OUTBOX_RECEIPT;
    base_err err = store_outbox_add(s->store, &o, &o.number);
    outbox_row_clear(&o);
    return err;
}

/* The group's id is what its maker chose, and names nothing but keys: no two rooms have one. (Keys
 * of that id, which would be another room's, mls_group_join() refuses to touch.) */
static base_err own_group(sotto *s, room_live *r)
{
    bool taken = false;
    base_bytes id = mls_group_id(r->group);
    base_err err = store_room_has_group(s->store, id, &taken);
    if (err != BASE_OK || taken) {
        return err != BASE_OK ? err : SOTTO_E_RULES;
    }
    memcpy(r->row.group, id.p, id.n);
    r->row.group_n = id.n;
    return BASE_OK;
}

static base_err joined(sotto *s, room_live *r, const sotto_join *join, base_bytes welcome)
{
    base_err err = BASE_OK;
    sotto_room_ext room;
    TRY(mls_group_join(s->mls, welcome, BASE_BYTES_NONE, core_seconds(s), &r->group));
    TRY(rules_check_group(s, r->group, &room));
    REQUIRE(memcmp(room.id, join->room, sizeof room.id) == 0 && room.kind == join->kind,
            SOTTO_E_RULES);
    REQUIRE(mls_group_epoch(r->group) == join->epoch, SOTTO_E_RULES);
    TRY(own_group(s, r));
    TRY(own_reader(s, r));
    core_text(room.title, r->row.title, sizeof r->row.title);
    r->row.epoch = join->epoch;
    base_buf_clear(&r->row.joining);
    memset(&r->row.at, 0, sizeof r->row.at); /* told by the answer to FOLLOW */
    r->changed = true;
    r->state = LIVE_IDLE;
    TRY(members_begin(s, r));
    if (r->row.kind == SOTTO_ROOM_GROUP) {
        TRY(room_notice(s, r, SOTTO_NOTICE_ADDED, &r->row.person, &s->me.id));
    }
    TRY(say_here(s, &r->row.id));
    TRY(core_event_room(s, &r->row.id));
done:
    return err;
}

static base_err open_side(sotto *s, room_live *r, const sotto_join *join, base_bytes side)
{
    base_err err = BASE_OK;
    base_buf plain = base_buf_on(s->alloc);
    TRY(sotto_box_open(&s->prims, base_bytes_of(join->side_key, sizeof join->side_key),
                       base_bytes_str("sotto side"), side, &plain));
    base_rd in = base_rd_on(base_buf_bytes(&plain));
    base_bytes welcome = base_rd_vec(&in);
    REQUIRE(in.err == BASE_OK, MLS_E_WELCOME);
    TRY(joined(s, r, join, welcome));
done:
    base_buf_clear(&plain);
    return err;
}

base_err join_side(sotto *s, core_conn *c, const core_request *q, const wire_frame *f)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    sotto_join join;
    base_bytes ref;
    err = room_live_get(s, &q->room, &r);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK; /* declined meanwhile */
    }
    if (err != BASE_OK || r->state != LIVE_FETCHING) {
        return err;
    }
    s->disturbed = true;
    if (f->type != WIRE_SIDE_IS) {
        if (f->type == WIRE_DONE && f->u.done.status == WIRE_BUSY) {
            conn_close(s, c, "The relay is busy.");
            return BASE_OK;
        }
        return cannot_join(s, r);
    }
    TRY(joining_read(r, &ref, &join));
    err = open_side(s, r, &join, f->u.side_is.data);
    base_wipe(&join, sizeof join);
    if (err != BASE_OK && !core_is_fault(err)) {
        if (r->group != NULL) {
            TRY(mls_group_delete(r->group));
            mls_group_free(r->group);
            r->group = NULL;
            r->row.group_n = 0;
        }
        return cannot_join(s, r);
    }
done:
    return err;
}
