/* Messages as pages see them, and what a person does with a message. */
#include "core.h"

/* ---- showing ---- */

typedef struct message_list {
    sotto *s;
    sotto_message_seen seen;
    void *user;
    base_err err;
} message_list;

static bool pass_on(void *user, const message_row *m)
{
    message_list *l = user;
    sotto_message out;
    char client[65];
    memset(&out, 0, sizeof out);
    out.number = m->number;
    out.id = m->id;
    out.room = m->room;
    out.order = m->order;
    out.has_sender = m->has_sender || m->mine;
    out.is_mine = m->mine;
    const sotto_hash *sender = m->mine ? &l->s->me.id : &m->sender;
    out.sender = core_person_of(sender);
    if (out.has_sender) {
        l->err = people_name_of(l->s, sender, out.sender_name, sizeof out.sender_name);
    }
    out.time = m->time;
    out.state = m->state;
    core_text(m->client_id, client, sizeof client);
    out.client_id = m->client_id.n > 0 ? client : NULL;
    out.text = m->text;
    out.notice = m->notice;
    out.has_who = m->has_who;
    if (m->has_who && l->err == BASE_OK) {
        out.who = core_person_of(&m->who);
        l->err = people_name_of(l->s, &m->who, out.who_name, sizeof out.who_name);
    }
    out.failure = m->failure;
    return l->err == BASE_OK && l->seen(l->user, &out);
}

base_err sotto_get_message(sotto *s, int64_t number, sotto_message_seen seen, void *user)
{
    message_list l = {s, seen, user, BASE_OK};
    base_err err = store_message_get(s->store, number, pass_on, &l);
    return err != BASE_OK ? err : l.err;
}

base_err sotto_find_message(sotto *s, const sotto_room_id *room, const sotto_message_id *id,
                            int64_t *number)
{
    int64_t order = 0;
    return store_message_find(s->store, room, id, number, &order);
}

base_err sotto_list_messages(sotto *s, const sotto_room_id *room, int64_t before, size_t limit,
                             sotto_message_seen seen, void *user)
{
    message_list l = {s, seen, user, BASE_OK};
    base_err err = store_message_page(s->store, room, before, limit, pass_on, &l);
    return err != BASE_OK ? err : l.err;
}

base_err sotto_list_waiting(sotto *s, const sotto_room_id *room, size_t limit,
                            sotto_message_seen seen, void *user)
{
    message_list l = {s, seen, user, BASE_OK};
    base_err err = store_message_waiting(s->store, room, limit, pass_on, &l);
    return err != BASE_OK ? err : l.err;
}

/* ---- sending ---- */

static base_err queue_text(sotto *s, room_live *r, base_bytes body, int64_t message)
{
    base_err err = BASE_OK;
    outbox_row o;
    memset(&o, 0, sizeof o);
    o.room = r->row.id;
    o.kind = OUTBOX_TEXT;
    o.message = message;
    TRY(base_buf_set(&o.body, body));
    TRY(store_outbox_add(s->store, &o, &o.number));
done:
    outbox_row_clear(&o);
    return err;
}

static base_err new_text(sotto *s, room_live *r, base_bytes text, base_bytes client_id,
                         int64_t *number)
{
    base_err err = BASE_OK;
    message_row m;
    base_buf body = base_buf_on(s->alloc);
    memset(&m, 0, sizeof m);
    m.room = r->row.id;
    m.mine = true;
    m.has_sender = true;
    m.sender = s->me.id;
    m.time = s->now;
    m.state = SOTTO_WAITING;
    m.client_id = client_id;
    m.text = text;
    TRY(content_make_text(s, &m.room, text, &body, &m.id));
    TRY(store_message_add(s->store, &m, number));
    TRY(queue_text(s, r, base_buf_bytes(&body), *number));
    r->row.activity = s->now;
    r->changed = true;
    TRY(core_event_message(s, &m.room, *number));
    TRY(core_event_room(s, &m.room));
done:
    base_buf_clear(&body);
    return err;
}

typedef struct failed_text {
    bool failed;
    base_buf text;
    base_err err;
} failed_text;

static bool look(void *user, const message_row *m)
{
    failed_text *f = user;
    f->failed = m->state == SOTTO_FAILED;
    f->err = base_buf_set(&f->text, m->text);
    return false;
}

/* A failed message is tried again as a new one that keeps its client_id. */
static base_err again(sotto *s, room_live *r, base_bytes client_id, int64_t *number)
{
    base_err err = BASE_OK;
    failed_text f = {.text = base_buf_on(s->alloc)};
    TRY(store_message_get(s->store, *number, look, &f));
    TRY(f.err);
    if (f.failed) {
        TRY(store_message_delete(s->store, *number));
        TRY(new_text(s, r, base_buf_bytes(&f.text), client_id, number));
    }
done:
    base_buf_clear(&f.text);
    return err;
}

static bool client_id_ok(base_bytes id)
{
    for (size_t i = 0; i < id.n; i++) {
        uint8_t c = id.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return id.n <= 64;
}

static base_err send_text(sotto *s, const sotto_room_id *room, base_bytes text,
                          base_bytes client_id, int64_t *number)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    person_row p;
    memset(&p, 0, sizeof p);
    TRY(room_live_get(s, room, &r));
    REQUIRE(r->row.state == SOTTO_ROOM_OPEN || r->row.state == SOTTO_ROOM_PENDING,
            SOTTO_E_NOT_ALLOWED);
    if (r->row.kind == SOTTO_ROOM_DIRECT) {
        err = store_person_get(s->store, &r->row.person, &p);
        REQUIRE(err != BASE_OK || !p.blocked, SOTTO_E_NOT_ALLOWED);
    }
    s->disturbed = true;
    err = client_id.n > 0 ? store_message_client(s->store, room, client_id, number)
                          : BASE_E_NOT_FOUND;
    if (err == BASE_OK) {
        TRY(again(s, r, client_id, number));
    } else if (err == BASE_E_NOT_FOUND) {
        TRY(new_text(s, r, text, client_id, number));
    }
    TRY(err == BASE_E_NOT_FOUND ? BASE_OK : err);
    TRY(room_pump(s, r));
done:
    person_row_clear(&p);
    return err;
}

base_err sotto_send_text(sotto *s, const sotto_room_id *room, base_bytes text, base_bytes client_id,
                         uint64_t now, int64_t *number)
{
    if (text.n == 0 || text.n > SOTTO_TEXT_MAX) {
        return BASE_E_LIMIT;
    }
    if (!base_bytes_is_text(text)) {
        return BASE_E_UTF8;
    }
    if (!client_id_ok(client_id)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, send_text(s, room, text, client_id, number));
}

static base_err discard(sotto *s, const sotto_room_id *room, const sotto_message_id *id)
{
    base_err err = BASE_OK;
    int64_t number = 0;
    int64_t order = 0;
    failed_text f = {.text = base_buf_on(s->alloc)};
    TRY(store_message_find(s->store, room, id, &number, &order));
    TRY(store_message_get(s->store, number, look, &f));
    TRY(f.err);
    REQUIRE(f.failed, SOTTO_E_NOT_ALLOWED);
    TRY(store_message_delete(s->store, number));
    TRY(core_event_room(s, room));
done:
    base_buf_clear(&f.text);
    return err;
}

base_err sotto_discard(sotto *s, const sotto_room_id *room, const sotto_message_id *id,
                       uint64_t now)
{
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, discard(s, room, id));
}

static base_err mark_read(sotto *s, const sotto_room_id *room, int64_t up_to)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    int64_t next = 0;
    TRY(room_live_get(s, room, &r));
    TRY(store_message_next_order(s->store, room, &next));
    up_to = up_to < next ? up_to : next - 1;
    if (up_to <= r->row.read || r->row.state == SOTTO_ROOM_REQUEST) {
        goto done;
    }
    s->disturbed = true;
    r->row.read = up_to;
    r->changed = true;
    TRY(room_save(s, r));
    TRY(receipts_due(s, r));
    TRY(core_event_room(s, room));
    TRY(room_pump(s, r));
done:
    return err;
}

base_err sotto_mark_read(sotto *s, const sotto_room_id *room, int64_t up_to, uint64_t now)
{
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, mark_read(s, room, up_to));
}
