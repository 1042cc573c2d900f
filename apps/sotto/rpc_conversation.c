/* conversation.*: the list, requests, drafts. Members are in rpc_members.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ids.h"
#include "json.h"
#include "rpc_families.h"

static fault conversation_finish(rpc_call *call, json_t **result)
{
    json_t *value = NULL;
    base_err err = json_conversation(call->agent->core, &call->room, &value);
    return result_one(err, "conversation", value, result);
}

/* ---- the list ---- */

/* A page begins behind a conversation in the core's order, newest activity first and then by id;
 * its token is both. One that became active meanwhile is in front of the page and was told by an
 * event. */
typedef struct room_place {
    uint64_t activity;
    sotto_room_id id;
} room_place;

typedef struct room_page {
    room_place rooms[API_LIST_MAX + 1];
    size_t n;
    size_t limit;
    const room_place *after; /* NULL: from the start */
} room_page;

static bool is_behind(const room_place *a, const room_place *b)
{
    return a->activity < b->activity ||
           (a->activity == b->activity && memcmp(a->id.b, b->id.b, sizeof a->id.b) > 0);
}

static bool note_room(void *user, const sotto_room *room)
{
    room_page *page = user;
    room_place at = {room->activity, room->id};
    if (page->after == NULL || is_behind(&at, page->after)) {
        page->rooms[page->n++] = at;
    }
    return page->n <= page->limit;
}

static bool read_token(const rpc_call *call, room_place *out)
{
    base_bytes text = call_text(call, "after");
    char copy[80] = {0};
    char *end = NULL;
    if (text.n >= sizeof copy || memchr(text.p, 0, text.n) != NULL) {
        return false;
    }
    memcpy(copy, text.p, text.n);
    out->activity = strtoull(copy, &end, 10);
    return end != copy && copy[0] >= '0' && copy[0] <= '9' && *end == '-' &&
           id_to_room(end + 1, &out->id);
}

static json_t *token_of(const room_place *last)
{
    char id[ID_TEXT_MAX];
    id_of_room(&last->id, id);
    return json_sprintf("%" PRIu64 "-%s", last->activity, id);
}

/* As many as fit: drafts can be long. */
static base_err fill(sotto *core, const room_page *page, json_t *array, size_t *used)
{
    size_t bytes = 0;
    *used = 0;
    while (*used < page->n && *used < page->limit && bytes < API_PAGE_BYTES) {
        json_t *value = NULL;
        base_err err = json_conversation(core, &page->rooms[*used].id, &value);
        if (err != BASE_OK) {
            return err;
        }
        bytes += json_dumpb(value, NULL, 0, JSON_COMPACT);
        if (json_array_append_new(array, value) != 0) {
            return BASE_E_NOMEM;
        }
        (*used)++;
    }
    return BASE_OK;
}

static fault list_finish(rpc_call *call, json_t **result)
{
    sotto *core = call->agent->core;
    room_page page = {.limit = (size_t)call_int(call, "limit", API_LIST_DEFAULT)};
    room_place after;
    size_t used = 0;
    if (call_has(call, "after")) {
        if (!read_token(call, &after)) {
            return (fault){FAULT_INVALID_PARAMS, "after", NULL};
        }
        page.after = &after;
    }
    json_t *array = json_array();
    base_err err = sotto_list_rooms(core, 0, SIZE_MAX / 2, note_room, &page);
    if (err == BASE_OK) {
        err = fill(core, &page, array, &used);
    }
    if (err != BASE_OK) {
        json_decref(array);
        return fault_from(err);
    }
    json_t *next = used < page.n ? token_of(&page.rooms[used - 1]) : json_null();
    *result = json_pack("{s:o, s:o}", "conversations", array, "next", next);
    return fault_is(*result != NULL ? FAULT_NONE : FAULT_INTERNAL);
}

/* ---- requests ---- */

/* Being there comes before being allowed. */
static fault find(rpc_call *call, sotto_room *room)
{
    fault f = call_room(call, "conversation");
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_get_room(call->agent->core, &call->room, room));
}

static const char not_a_request[] = "This conversation is not waiting to be accepted.";

static fault accept_begin(rpc_call *call)
{
    sotto_room room;
    fault f = find(call, &room);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (room.state != SOTTO_ROOM_REQUEST) {
        return (fault){FAULT_NOT_ALLOWED, NULL, not_a_request};
    }
    return fault_from(sotto_accept(call->agent->core, &call->room, call_now()));
}

static fault decline_begin(rpc_call *call)
{
    sotto_room room;
    fault f = find(call, &room);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (room.state != SOTTO_ROOM_REQUEST) {
        return (fault){FAULT_NOT_ALLOWED, NULL, not_a_request};
    }
    base_err err = events_farewell(call->agent, &call->room);
    if (err == BASE_OK) {
        err = sotto_decline(call->agent->core, &call->room, call_bool(call, "block"), call_now());
    }
    return fault_from(err);
}

static fault leave_begin(rpc_call *call)
{
    sotto_room room;
    fault f = find(call, &room);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (!room.is_group) {
        return (fault){FAULT_NOT_ALLOWED, NULL, "Only a group can be left."};
    }
    if (room.state != SOTTO_ROOM_OPEN) {
        return (fault){FAULT_NOT_ALLOWED, NULL, "You are not a member of this group."};
    }
    return fault_from(sotto_leave(call->agent->core, &call->room, call_now()));
}

static fault draft_begin(rpc_call *call)
{
    sotto_room room;
    fault f = find(call, &room);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_set_draft(call->agent->core, &call->room, call_text(call, "text")));
}

static const param_rule list_rules[] = {RULE_AFTER, RULE_LIMIT};
static const param_rule room_rules[] = {RULE_ID("conversation")};
static const param_rule decline_rules[] = {
    RULE_ID("conversation"),
    {.name = "block", .kind = PARAM_BOOL},
};
static const param_rule draft_rules[] = {
    RULE_ID("conversation"),
    {.name = "text", .kind = PARAM_TEXT, .min = 0, .max = API_TEXT_BYTES, .over_is_limit = true},
};

const rpc_method rpc_conversation_methods[] = {
    {"conversation.list", list_rules, 2, NULL, list_finish, false},
    {"conversation.accept", room_rules, 1, accept_begin, conversation_finish, false},
    {"conversation.decline", decline_rules, 2, decline_begin, NULL, false},
    {"conversation.leave", room_rules, 1, leave_begin, conversation_finish, false},
    {"conversation.set_draft", draft_rules, 2, draft_begin, NULL, false},
    {.name = NULL},
};
