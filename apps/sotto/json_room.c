/* Conversations and their members as JSON; see json.h. */
#include "json.h"

static const char *room_state(sotto_room_state state)
{
    switch (state) {
    case SOTTO_ROOM_REQUEST:
        return "request";
    case SOTTO_ROOM_OPEN:
        return "open";
    case SOTTO_ROOM_LEFT:
        return "left";
    case SOTTO_ROOM_REMOVED:
        return "removed";
    default:
        return "pending";
    }
}

static const char *member_state(sotto_member_state state)
{
    switch (state) {
    case SOTTO_MEMBER_INVITED:
        return "invited";
    case SOTTO_MEMBER_LEAVING:
        return "leaving";
    default:
        return "joined";
    }
}

base_err json_member(const sotto_member *m, json_t **out)
{
    json_t *o = json_object();
    int64_t delivered = m->delivered > m->read ? m->delivered : m->read;
    bool good = json_put(o, "contact", json_person_id(&m->person)) &&
                json_put(o, "name", json_line(m->name)) &&
                json_put(o, "role", json_string(m->is_admin ? "admin" : "member")) &&
                json_put(o, "state", json_string(member_state(m->state))) &&
                json_put(o, "verified", json_boolean(m->verified || m->is_me)) &&
                json_put(o, "joined", json_integer(m->joined)) &&
                json_put(o, "delivered", json_integer(delivered)) &&
                json_put(o, "read", json_integer(m->read)) &&
                json_put(o, "last_heard", json_time_or_null(m->last_heard));
    if (!good) {
        json_decref(o);
        return BASE_E_NOMEM;
    }
    *out = o;
    return BASE_OK;
}

typedef struct member_array {
    json_t *array;
    base_err err;
} member_array;

static bool add_member(void *user, const sotto_member *m)
{
    member_array *a = user;
    json_t *o = NULL;
    a->err = json_member(m, &o);
    if (a->err == BASE_OK && json_array_append_new(a->array, o) != 0) {
        a->err = BASE_E_NOMEM;
    }
    return a->err == BASE_OK;
}

static base_err inline_members(sotto *core, const sotto_room_id *room, json_t *object)
{
    member_array a = {json_array(), BASE_OK};
    if (!json_put(object, "members", a.array)) {
        return BASE_E_NOMEM;
    }
    base_err err = sotto_list_members(core, room, 0, JSON_MEMBERS_INLINE, add_member, &a);
    return err != BASE_OK ? err : a.err;
}

static base_err last_message(sotto *core, const sotto_room *r, json_t *object)
{
    json_t *last = NULL;
    base_err err = r->last > 0 ? json_message_of(core, r->last, true, &last) : BASE_E_NOT_FOUND;
    if (err == BASE_E_NOT_FOUND) {
        last = json_null();
        err = BASE_OK;
    }
    if (err == BASE_OK && !json_put(object, "last", last)) {
        err = BASE_E_NOMEM;
    }
    return err;
}

static base_err draft_of(sotto *core, const sotto_room_id *room, json_t *object)
{
    base_err err = BASE_OK;
    base_buf draft = {NULL, 0, 0, NULL};
    TRY(sotto_get_draft(core, room, &draft));
    REQUIRE(json_put(object, "draft", json_lines(base_buf_bytes(&draft))), BASE_E_NOMEM);
done:
    base_buf_clear(&draft);
    return err;
}

static base_err alarm_of(sotto *core, int64_t number, json_t *object)
{
    base_err err = BASE_OK;
    sotto_alarm alarm;
    json_t *value = json_null();
    if (number > 0) {
        TRY(sotto_get_alarm(core, number, &alarm));
        TRY(json_alarm(&alarm, &value));
    }
    REQUIRE(json_put(object, "alarm", value), BASE_E_NOMEM);
done:
    return err;
}

base_err json_conversation(sotto *core, const sotto_room_id *room, json_t **out)
{
    base_err err = BASE_OK;
    sotto_room r;
    json_t *o = json_object();
    TRY(sotto_get_room(core, room, &r));
    REQUIRE(json_put(o, "id", json_room_id(&r.id)) &&
                json_put(o, "kind", json_string(r.is_group ? "group" : "direct")) &&
                json_put(o, "state", json_string(room_state(r.state))) &&
                json_put(o, "title", json_line(r.title)) &&
                json_put(o, "contact", r.has_person ? json_person_id(&r.person) : json_null()) &&
                json_put(o, "role", json_string(r.is_admin ? "admin" : "member")) &&
                json_put(o, "member_count", json_integer((json_int_t)r.member_count)) &&
                json_put(o, "verified", json_boolean(r.verified)) &&
                json_put(o, "unread", json_integer((json_int_t)r.unread)) &&
                json_put(o, "read", json_integer(r.read)) &&
                json_put(o, "last_heard", json_time_or_null(r.last_heard)) &&
                json_put(o, "activity", json_time(r.activity)),
            BASE_E_NOMEM);
    TRY(inline_members(core, room, o));
    TRY(last_message(core, &r, o));
    TRY(draft_of(core, room, o));
    TRY(alarm_of(core, r.alarm, o));
    *out = o;
    o = NULL;
done:
    json_decref(o);
    return err;
}
