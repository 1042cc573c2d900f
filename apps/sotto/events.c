/* What changed, told to clients; see the header. */
#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "json.h"
#include "log.h"

void events_clear(agent_events *e)
{
    free(e->rooms);
    json_decref(e->going);
    *e = (agent_events){0};
}

void events_tell(agent *a, const char *name, json_t *params)
{
    if (params == NULL) {
        return;
    }
    json_t *o = json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", name, "params", params);
    char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (text == NULL) {
        log_event("out-of-memory", name);
        return;
    }
    for (size_t i = 0; i < a->peers_n; i++) {
        if (a->peers[i]->is_open) {
            a->peers[i]->transport->send(a->peers[i], base_bytes_str(text));
        }
    }
    free(text);
}

static bool anyone_listens(const agent *a)
{
    for (size_t i = 0; i < a->peers_n; i++) {
        if (a->peers[i]->is_open) {
            return true;
        }
    }
    return false;
}

/* {key: value} as an event; value is taken. */
static void tell_one(agent *a, const char *name, const char *key, base_err err, json_t *value)
{
    if (err == BASE_OK) {
        events_tell(a, name, json_pack("{s:o}", key, value));
    } else if (err != BASE_E_NOT_FOUND) {
        log_result(name, err);
    }
}

/* ---- kinds ---- */

static void tell_message(agent *a, int64_t number)
{
    json_t *value = NULL;
    base_err err = json_message_of(a->core, number, false, &value);
    tell_one(a, "event.message", "message", err, value);
}

static void tell_marks(agent *a, const sotto_event *e)
{
    sotto_member m;
    base_err err = sotto_get_member(a->core, &e->room, &e->person, &m);
    if (err != BASE_OK) {
        log_result("event.status", err);
        return;
    }
    int64_t delivered = m.delivered > m.read ? m.delivered : m.read;
    events_tell(a, "event.status",
                json_pack("{s:o, s:o, s:I, s:I, s:o}", "conversation", json_room_id(&e->room),
                          "contact", json_person_id(&e->person), "delivered", (json_int_t)delivered,
                          "read", (json_int_t)m.read, "last_heard",
                          json_time_or_null(m.last_heard)));
}

static void tell_person(agent *a, const sotto_person_id *id)
{
    sotto_person p;
    json_t *value = NULL;
    base_err err = sotto_get_person(a->core, id, &p);
    if (err == BASE_OK) {
        err = json_contact(&p, &value);
    }
    tell_one(a, "event.contact", "contact", err, value);
}

static void tell_alarm(agent *a, int64_t number)
{
    sotto_alarm alarm;
    json_t *value = NULL;
    base_err err = sotto_get_alarm(a->core, number, &alarm);
    if (err == BASE_OK) {
        err = json_alarm(&alarm, &value);
    }
    tell_one(a, "event.alarm", "alarm", err, value);
}

/* ---- once a turn ---- */

static void note_room(agent_events *e, const sotto_room_id *room)
{
    for (size_t i = 0; i < e->rooms_n; i++) {
        if (memcmp(e->rooms[i].b, room->b, sizeof room->b) == 0) {
            return;
        }
    }
    if (e->rooms_n == e->rooms_cap) {
        size_t cap = e->rooms_cap == 0 ? 16 : 2 * e->rooms_cap;
        sotto_room_id *more = realloc(e->rooms, cap * sizeof *more);
        if (more == NULL) {
            log_event("out-of-memory", "event.conversation");
            return;
        }
        e->rooms = more;
        e->rooms_cap = cap;
    }
    e->rooms[e->rooms_n++] = *room;
}

static void forget_room(agent_events *e, const sotto_room_id *room)
{
    for (size_t i = 0; i < e->rooms_n; i++) {
        if (memcmp(e->rooms[i].b, room->b, sizeof room->b) == 0) {
            e->rooms[i] = e->rooms[--e->rooms_n];
            return;
        }
    }
}

base_err events_farewell(agent *a, const sotto_room_id *room)
{
    json_t *last = NULL;
    base_err err = json_conversation(a->core, room, &last);
    if (err == BASE_OK) {
        json_decref(a->events.going);
        a->events.going = last;
        a->events.going_id = *room;
    }
    return err;
}

static void room_gone(agent *a, const sotto_room_id *room)
{
    agent_events *e = &a->events;
    forget_room(e, room);
    if (e->going != NULL && memcmp(e->going_id.b, room->b, sizeof room->b) == 0) {
        json_t *last = e->going;
        e->going = NULL;
        if (!json_put(last, "state", json_string("declined"))) {
            json_decref(last);
            return;
        }
        events_tell(a, "event.conversation", json_pack("{s:o}", "conversation", last));
    }
}

static void tell_room(agent *a, const sotto_room_id *id)
{
    sotto_room room;
    json_t *value = NULL;
    base_err err = sotto_get_room(a->core, id, &room);
    if (err == BASE_OK && room.state == SOTTO_ROOM_MAKING) {
        return; /* in no list yet */
    }
    if (err == BASE_OK) {
        err = json_conversation(a->core, id, &value);
    }
    tell_one(a, "event.conversation", "conversation", err, value);
}

static void tell_me(agent *a)
{
    sotto_me me;
    json_t *value = NULL;
    base_err err = sotto_get_me(a->core, &me);
    if (err == BASE_OK && a->events.connection) {
        err = json_connection(&me, &value);
        tell_one(a, "event.connection", "connection", err, value);
    }
    if (err == BASE_OK && a->events.account) {
        err = json_me(&me, &value);
        tell_one(a, "event.account", "me", err, value);
    }
    log_result("me", err);
}

void events_take(agent *a, const sotto_event *e)
{
    if (!anyone_listens(a) && e->kind != SOTTO_EVENT_ROOM_GONE) {
        return;
    }
    switch (e->kind) {
    case SOTTO_EVENT_MESSAGE:
        tell_message(a, e->message);
        break;
    case SOTTO_EVENT_MARKS:
        tell_marks(a, e);
        break;
    case SOTTO_EVENT_ROOM:
        note_room(&a->events, &e->room);
        break;
    case SOTTO_EVENT_ROOM_GONE:
        room_gone(a, &e->room);
        break;
    case SOTTO_EVENT_PERSON:
        tell_person(a, &e->person);
        break;
    case SOTTO_EVENT_ACCOUNT:
        a->events.account = true;
        break;
    case SOTTO_EVENT_CONNECTION:
        a->events.connection = true;
        break;
    case SOTTO_EVENT_ALARM:
        tell_alarm(a, e->alarm);
        break;
    case SOTTO_EVENT_DONE:
        break;
    }
}

void events_flush(agent *a)
{
    for (size_t i = 0; i < a->events.rooms_n; i++) {
        tell_room(a, &a->events.rooms[i]);
    }
    a->events.rooms_n = 0;
    if (a->events.connection || a->events.account) {
        tell_me(a);
    }
    a->events.connection = false;
    a->events.account = false;
}
