/* conversation.create_group, members, add and remove: who is in a conversation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ids.h"
#include "json.h"
#include "rpc_families.h"

#define MEMBERS_MAX 200

static const char not_admin[] = "Only an admin of the group can do that.";
static const char not_a_group[] = "This is not a group.";
static const char not_member[] = "You are not a member of this group.";
static const char is_blocked[] = "You have blocked this person.";
static const char not_contact[] = "This person is not one of your contacts.";

static fault conversation_finish(rpc_call *call, json_t **result)
{
    json_t *value = NULL;
    base_err err = json_conversation(call->agent->core, &call->room, &value);
    return result_one(err, "conversation", value, result);
}

/* Whether a person can be added to something. */
static fault may_add(sotto *core, const sotto_person_id *id)
{
    sotto_person p;
    fault f = fault_from(sotto_get_person(core, id, &p));
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (p.blocked) {
        return (fault){FAULT_NOT_ALLOWED, NULL, is_blocked};
    }
    return p.state == SOTTO_STRANGER ? (fault){FAULT_NOT_ALLOWED, NULL, not_contact} : fault_none();
}

/* ---- a new group ---- */

static fault read_members(rpc_call *call, sotto_person_id *ids, size_t *n)
{
    const json_t *list = json_object_get(call->params, "members");
    *n = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        bool again = false;
        if (!id_to_person(json_string_value(json_array_get(list, i)), &ids[*n])) {
            return fault_is(FAULT_NOT_FOUND);
        }
        for (size_t k = 0; k < *n; k++) {
            again = again || memcmp(ids[k].b, ids[*n].b, sizeof ids[k].b) == 0;
        }
        fault f = may_add(call->agent->core, &ids[*n]);
        if (f.kind != FAULT_NONE) {
            return f;
        }
        *n += again ? 0 : 1;
    }
    return fault_none();
}

static fault create_begin(rpc_call *call)
{
    sotto_person_id ids[MEMBERS_MAX];
    size_t n = 0;
    fault f = read_members(call, ids, &n);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_create_group(call->agent->core, call_text(call, "title"), ids, n,
                                         call_now(), &call->op));
}

/* ---- changing one ---- */

/* The room, in which I must be able to change members. */
static fault find_group(rpc_call *call)
{
    sotto_room room;
    fault f = call_room(call, "conversation");
    if (f.kind == FAULT_NONE) {
        f = fault_from(sotto_get_room(call->agent->core, &call->room, &room));
    }
    if (f.kind != FAULT_NONE) {
        return f;
    }
    if (!room.is_group) {
        return (fault){FAULT_NOT_ALLOWED, NULL, not_a_group};
    }
    if (room.state != SOTTO_ROOM_OPEN) {
        return (fault){FAULT_NOT_ALLOWED, NULL, not_member};
    }
    return room.is_admin ? fault_none() : (fault){FAULT_NOT_ALLOWED, NULL, not_admin};
}

static fault add_begin(rpc_call *call)
{
    fault f = find_group(call);
    if (f.kind == FAULT_NONE) {
        f = call_person(call, "contact");
    }
    if (f.kind == FAULT_NONE) {
        f = may_add(call->agent->core, &call->person);
    }
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(
        sotto_add_members(call->agent->core, &call->room, &call->person, 1, call_now(), &call->op));
}

static fault remove_begin(rpc_call *call)
{
    fault f = find_group(call);
    if (f.kind == FAULT_NONE) {
        f = call_person(call, "member");
    }
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(
        sotto_remove_member(call->agent->core, &call->room, &call->person, call_now(), &call->op));
}

/* ---- the list ---- */

/* A page begins behind a member; its token is how many came before, and who was the last. */
typedef struct member_page {
    json_t *array;
    size_t limit;
    bool has_after;
    size_t index;          /* members before the page */
    sotto_person_id after; /* the last of them */
    size_t seen;
    size_t start; /* where the page begins */
    sotto_person_id last;
    bool more;
    base_err err;
} member_page;

static bool look_for(void *user, const sotto_member *m)
{
    member_page *page = user;
    page->seen++;
    if (memcmp(m->person.b, page->after.b, sizeof m->person.b) == 0) {
        page->start = page->seen;
        return false;
    }
    return true;
}

static bool add_member(void *user, const sotto_member *m)
{
    member_page *page = user;
    json_t *value = NULL;
    if (json_array_size(page->array) == page->limit) {
        page->more = true;
        return false;
    }
    page->err = json_member(m, &value);
    if (page->err == BASE_OK && json_array_append_new(page->array, value) != 0) {
        page->err = BASE_E_NOMEM;
    }
    page->last = m->person;
    return page->err == BASE_OK;
}

static bool read_token(const rpc_call *call, member_page *page)
{
    base_bytes text = call_text(call, "after");
    char copy[96] = {0};
    char *end = NULL;
    if (text.n >= sizeof copy || memchr(text.p, 0, text.n) != NULL) {
        return false;
    }
    memcpy(copy, text.p, text.n);
    page->index = strtoul(copy, &end, 10);
    page->has_after = true;
    return end != copy && copy[0] >= '0' && copy[0] <= '9' && *end == '-' && page->index > 0 &&
           page->index < 1000000 && id_to_person(end + 1, &page->after);
}

static json_t *token_of(const member_page *page)
{
    char id[ID_TEXT_MAX];
    if (!page->more) {
        return json_null();
    }
    id_of_person(&page->last, id);
    return json_sprintf("%zu-%s", page->start + json_array_size(page->array), id);
}

static fault members_begin(rpc_call *call)
{
    member_page page = {.limit = 0};
    if (call_has(call, "after") && !read_token(call, &page)) {
        return (fault){FAULT_INVALID_PARAMS, "after", NULL};
    }
    return call_room(call, "conversation");
}

static fault members_finish(rpc_call *call, json_t **result)
{
    sotto *core = call->agent->core;
    sotto_room room;
    base_err err = BASE_OK;
    member_page page = {.limit = (size_t)call_int(call, "limit", API_LIST_DEFAULT)};
    page.array = json_array();
    TRY(sotto_get_room(core, &call->room, &room));
    if (call_has(call, "after") && read_token(call, &page)) {
        TRY(sotto_list_members(core, &call->room, 0, SIZE_MAX / 2, look_for, &page));
        if (page.start == 0) {
            page.start = page.index - 1; /* the last one is gone: its place is taken by the next */
        }
    }
    TRY(sotto_list_members(core, &call->room, page.start, page.limit + 1, add_member, &page));
    TRY(page.err);
    *result = json_pack("{s:O, s:o}", "members", page.array, "next", token_of(&page));
    REQUIRE(*result != NULL, BASE_E_NOMEM);
done:
    json_decref(page.array);
    return fault_from(err);
}

static const param_rule create_rules[] = {
    {.name = "title", .kind = PARAM_NAME, .min = 1, .max = API_TITLE_CHARS},
    {.name = "members", .kind = PARAM_IDS, .min = 0, .max = MEMBERS_MAX, .over_is_limit = true},
};
static const param_rule members_rules[] = {RULE_ID("conversation"), RULE_AFTER, RULE_LIMIT};
static const param_rule add_rules[] = {RULE_ID("conversation"), RULE_ID("contact")};
static const param_rule remove_rules[] = {RULE_ID("conversation"), RULE_ID("member")};

const rpc_method rpc_members_methods[] = {
    {"conversation.create_group", create_rules, 2, create_begin, conversation_finish, false},
    {"conversation.members", members_rules, 3, members_begin, members_finish, false},
    {"conversation.add", add_rules, 2, add_begin, conversation_finish, false},
    {"conversation.remove", remove_rules, 2, remove_begin, conversation_finish, false},
    {.name = NULL},
};
