/* message.*: history and what I write. */
#include <string.h>

#include "json.h"
#include "rpc_families.h"

static fault find(rpc_call *call, sotto_room *room)
{
    fault f = call_room(call, "conversation");
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_get_room(call->agent->core, &call->room, room));
}

/* ---- history ---- */

typedef struct history {
    json_t *array;
    size_t limit;
    size_t bytes;
    size_t bytes_max;
    bool front; /* newest first: put each in front */
    bool more;
    base_err err;
} history;

static bool add_message(void *user, const sotto_message *m)
{
    history *h = user;
    json_t *value = NULL;
    size_t n = json_array_size(h->array);
    if (n == h->limit || (n > 0 && h->bytes + m->text.n > h->bytes_max)) {
        h->more = true;
        return false;
    }
    h->err = json_message(m, false, &value);
    if (h->err != BASE_OK) {
        return false;
    }
    h->bytes += m->text.n;
    int put = h->front ? json_array_insert_new(h->array, 0, value)
                       : json_array_append_new(h->array, value);
    h->err = put == 0 ? BASE_OK : BASE_E_NOMEM;
    return put == 0;
}

static fault list_finish(rpc_call *call, json_t **result)
{
    sotto *core = call->agent->core;
    base_err err = BASE_OK;
    sotto_room room;
    history page = {.limit = (size_t)call_int(call, "limit", API_MESSAGES_DEFAULT),
                    .bytes_max = API_PAGE_BYTES,
                    .front = true};
    history waiting = {.limit = API_WAITING_MAX, .bytes_max = API_PAGE_BYTES / 2};
    page.array = json_array();
    waiting.array = json_array();
    TRY(sotto_get_room(core, &call->room, &room));
    TRY(sotto_list_messages(core, &call->room, call_int(call, "before", 0), page.limit + 1,
                            add_message, &page));
    TRY(page.err);
    if (!call_has(call, "before")) {
        TRY(sotto_list_waiting(core, &call->room, waiting.limit, add_message, &waiting));
        TRY(waiting.err);
    }
    REQUIRE(json_array_extend(page.array, waiting.array) == 0, BASE_E_NOMEM);
    *result = json_pack("{s:O, s:b}", "messages", page.array, "more", page.more ? 1 : 0);
    REQUIRE(*result != NULL, BASE_E_NOMEM);
done:
    json_decref(page.array);
    json_decref(waiting.array);
    return fault_from(err);
}

static fault list_begin(rpc_call *call)
{
    return call_room(call, "conversation");
}

/* ---- writing ---- */

static fault send_begin(rpc_call *call)
{
    sotto_room room;
    sotto_person p;
    fault f = find(call, &room);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (room.state == SOTTO_ROOM_REQUEST) {
        return (fault){FAULT_NOT_ALLOWED, NULL, "Accept the request before you answer."};
    }
    if (room.state == SOTTO_ROOM_LEFT || room.state == SOTTO_ROOM_REMOVED) {
        return (fault){FAULT_NOT_ALLOWED, NULL, "You are not in this conversation any more."};
    }
    if (!room.is_group && room.has_person &&
        sotto_get_person(call->agent->core, &room.person, &p) == BASE_OK && p.blocked) {
        return (fault){FAULT_NOT_ALLOWED, NULL, "You have blocked this person."};
    }
    return fault_from(sotto_send_text(call->agent->core, &call->room, call_text(call, "text"),
                                      call_text(call, "client_id"), call_now(), &call->number));
}

static fault send_finish(rpc_call *call, json_t **result)
{
    json_t *value = NULL;
    base_err err = json_message_of(call->agent->core, call->number, false, &value);
    return result_one(err, "message", value, result);
}

typedef struct found {
    sotto_room_id room;
    sotto_message_id id;
    bool is_there;
    bool has_failed;
} found;

static bool look(void *user, const sotto_message *m)
{
    found *at = user;
    at->room = m->room;
    at->id = m->id;
    at->is_there = true;
    at->has_failed = m->state == SOTTO_FAILED && m->is_mine;
    return false;
}

static fault discard_begin(rpc_call *call)
{
    agent *a = call->agent;
    sotto_room room;
    found at = {.is_there = false};
    json_t *last = NULL;
    fault f = find(call, &room);
    if (f.kind == FAULT_NONE) {
        f = call_number(call, "message", 'm');
    }
    if (f.kind == FAULT_NONE) {
        f = fault_from(sotto_get_message(a->core, call->number, look, &at));
    }
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (!at.is_there || memcmp(at.room.b, call->room.b, sizeof at.room.b) != 0) {
        return fault_is(FAULT_NOT_FOUND);
    }
    if (!at.has_failed) {
        return (fault){FAULT_NOT_ALLOWED, NULL, "Only a message of yours that failed can go."};
    }
    base_err err = json_message_of(a->core, call->number, false, &last);
    if (err == BASE_OK) {
        err = sotto_discard(a->core, &at.room, &at.id, call_now());
    }
    if (err == BASE_OK && json_put(last, "state", json_string("discarded"))) {
        events_tell(a, "event.message", json_pack("{s:O}", "message", last));
    }
    json_decref(last);
    return fault_from(err);
}

/* ---- reading ---- */

static fault read_begin(rpc_call *call)
{
    sotto_room room;
    fault f = find(call, &room);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(
        sotto_mark_read(call->agent->core, &call->room, call_int(call, "up_to", 0), call_now()));
}

static fault read_finish(rpc_call *call, json_t **result)
{
    sotto_room room;
    base_err err = sotto_get_room(call->agent->core, &call->room, &room);
    return result_one(err, "unread", err == BASE_OK ? json_integer((json_int_t)room.unread) : NULL,
                      result);
}

static const param_rule list_rules[] = {
    RULE_ID("conversation"),
    {.name = "before", .kind = PARAM_INT, .optional = true, .min = 1, .max = API_ORDER_MAX},
    RULE_LIMIT,
};
static const param_rule send_rules[] = {
    RULE_ID("conversation"),
    {.name = "text",
     .kind = PARAM_TEXT,
     .min = 1,
     .max = API_TEXT_BYTES,
     .over_is_limit = true,
     .not_blank = true},
    {.name = "client_id", .kind = PARAM_WORD, .min = 1, .max = 64},
};
static const param_rule discard_rules[] = {RULE_ID("conversation"), RULE_ID("message")};
static const param_rule read_rules[] = {
    RULE_ID("conversation"),
    {.name = "up_to", .kind = PARAM_INT, .min = 1, .max = API_ORDER_MAX},
};

const rpc_method rpc_message_methods[] = {
    {"message.list", list_rules, 3, list_begin, list_finish, false},
    {"message.send", send_rules, 3, send_begin, send_finish, false},
    {"message.discard", discard_rules, 2, discard_begin, NULL, false},
    {"message.read", read_rules, 2, read_begin, read_finish, false},
    {.name = NULL},
};
