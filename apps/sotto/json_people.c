/* Me, the connection, contacts and alarms as JSON; see json.h. */
#include "json.h"

#include <string.h>

#include "qr.h"

static const char *connection_state(sotto_conn_state state)
{
    switch (state) {
    case SOTTO_ONLINE:
        return "online";
    case SOTTO_CONNECTING:
        return "connecting";
    default:
        return "offline";
    }
}

static base_err give(json_t *object, bool good, json_t **out)
{
    if (!good) {
        json_decref(object);
        return BASE_E_NOMEM;
    }
    *out = object;
    return BASE_OK;
}

base_err json_connection(const sotto_me *me, json_t **out)
{
    json_t *o = json_object();
    bool offline = me->state == SOTTO_OFFLINE;
    bool good = json_put(o, "relay", json_line(me->relay_name)) &&
                json_put(o, "state", json_string(connection_state(me->state))) &&
                json_put(o, "last_contact", json_time_or_null(me->last_contact)) &&
                json_put(o, "retry_at", json_time_or_null(offline ? me->retry_at : 0)) &&
                json_put(o, "sentence", json_line(offline ? me->sentence : ""));
    return give(o, good, out);
}

static json_t *handle_of(const sotto_me *me)
{
    if (me->handle[0] == '\0') {
        return json_null();
    }
    return json_sprintf("%s@%s", me->handle, me->relay_name);
}

base_err json_me(const sotto_me *me, json_t **out)
{
    json_t *o = json_object();
    bool good =
        json_put(o, "id", json_person_id(&me->id)) && json_put(o, "name", json_line(me->name)) &&
        json_put(o, "fingerprint", json_line(me->fingerprint)) &&
        json_put(o, "link", json_line(me->link)) && json_put(o, "qr", qr_json(me->link, QR_LINK)) &&
        json_put(o, "handle", handle_of(me)) && json_put(o, "relay", json_line(me->relay_name));
    return give(o, good, out);
}

static const char *contact_state(sotto_person_state state)
{
    switch (state) {
    case SOTTO_CONNECTED:
        return "connected";
    case SOTTO_INVITED:
        return "invited";
    default:
        return "stranger";
    }
}

base_err json_contact(const sotto_person *p, json_t **out)
{
    json_t *o = json_object();
    bool good =
        json_put(o, "id", json_person_id(&p->id)) && json_put(o, "name", json_line(p->name)) &&
        json_put(o, "own_name", json_line(p->own_name)) &&
        json_put(o, "handle", json_line_or_null(p->handle)) &&
        json_put(o, "fingerprint", json_line(p->fingerprint)) &&
        json_put(o, "state", json_string(contact_state(p->state))) &&
        json_put(o, "verified", json_boolean(p->verified)) &&
        json_put(o, "blocked", json_boolean(p->blocked)) &&
        json_put(o, "conversation", p->has_direct ? json_room_id(&p->direct) : json_null()) &&
        json_put(o, "last_heard", json_time_or_null(p->last_heard));
    return give(o, good, out);
}

static const char *alarm_code(sotto_alarm_code code)
{
    static const char *const names[] = {
        [SOTTO_ALARM_DROPPED] = "dropped",
        [SOTTO_ALARM_REORDERED] = "reordered",
        [SOTTO_ALARM_FORKED] = "forked",
        [SOTTO_ALARM_ROLLED_BACK] = "rolled_back",
        [SOTTO_ALARM_BAD_COMMIT] = "bad_commit",
        [SOTTO_ALARM_STUCK] = "stuck",
        [SOTTO_ALARM_GONE] = "gone",
        [SOTTO_ALARM_COPY_FOUND] = "copy_found",
        [SOTTO_ALARM_LIST_FORKED] = "list_forked",
        [SOTTO_ALARM_KEY_CHANGED] = "key_changed",
        [SOTTO_ALARM_STORAGE] = "storage",
    };
    size_t at = (size_t)code;
    return at < sizeof names / sizeof names[0] && names[at] != NULL ? names[at] : "other";
}

base_err json_alarm(const sotto_alarm *a, json_t **out)
{
    json_t *o = json_object();
    bool good = json_put(o, "id", json_number_id('a', a->number)) &&
                json_put(o, "code", json_string(alarm_code(a->code))) &&
                json_put(o, "conversation", a->has_room ? json_room_id(&a->room) : json_null()) &&
                json_put(o, "contact", a->has_person ? json_person_id(&a->person) : json_null()) &&
                json_put(o, "sentence", json_line(a->sentence)) &&
                json_put(o, "button", json_line(a->button)) &&
                json_put(o, "action", json_string(a->verify ? "verify" : "act")) &&
                json_put(o, "time", json_time(a->time)) &&
                json_put(o, "cleared", json_boolean(a->cleared));
    return give(o, good, out);
}
