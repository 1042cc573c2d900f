/* contact.*: the people I know. */
#include <string.h>

#include "chars.h"
#include "ids.h"
#include "json.h"
#include "qr.h"
#include "rpc_families.h"

static fault contact_finish(rpc_call *call, json_t **result)
{
    sotto_person p;
    json_t *value = NULL;
    base_err err = sotto_get_person(call->agent->core, &call->person, &p);
    if (err == BASE_OK) {
        err = json_contact(&p, &value);
    }
    return result_one(err, "contact", value, result);
}

/* ---- adding ---- */

static bool is_link(base_bytes address)
{
    return address.p != NULL && address.n > 0 && memmem(address.p, address.n, "sotto:", 6) != NULL;
}

static bool is_handle(base_bytes handle)
{
    if (handle.n < 2 || handle.n > SOTTO_HANDLE_MAX || handle.p[0] < 'a' || handle.p[0] > 'z') {
        return false;
    }
    for (size_t i = 0; i < handle.n; i++) {
        uint8_t c = handle.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
              c == '-')) {
            return false;
        }
    }
    return true;
}

static fault judge_address(base_bytes address)
{
    if (is_link(address)) {
        return fault_none();
    }
    const uint8_t *at = address.n == 0 ? NULL : memchr(address.p, '@', address.n);
    if (at == NULL) {
        return fault_is(FAULT_LINK_MALFORMED);
    }
    base_bytes handle = base_bytes_of(address.p, (size_t)(at - address.p));
    bool relay = address.n - handle.n > 1 && address.n - handle.n - 1 <= 255;
    return fault_is(is_handle(handle) && relay ? FAULT_NONE : FAULT_HANDLE_MALFORMED);
}

static fault add_begin(rpc_call *call)
{
    base_bytes address = chars_trim(call_text(call, "address"));
    fault f = judge_address(address);
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_add_contact(call->agent->core, address, call_text(call, "name"),
                                        call_now(), &call->op));
}

static fault add_finish(rpc_call *call, json_t **result)
{
    sotto_person p;
    json_t *contact = NULL;
    json_t *conversation = NULL;
    base_err err = sotto_get_person(call->agent->core, &call->person, &p);
    if (err == BASE_OK) {
        err = json_contact(&p, &contact);
    }
    if (err == BASE_OK) {
        err = json_conversation(call->agent->core, &call->room, &conversation);
    }
    if (err != BASE_OK) {
        json_decref(contact);
        return fault_from(err);
    }
    *result = json_pack("{s:o, s:o}", "contact", contact, "conversation", conversation);
    return fault_is(*result != NULL ? FAULT_NONE : FAULT_INTERNAL);
}

/* ---- the list ---- */

/* Where a page of the list begins: behind a person, in the core's order, by name in small letters
 * and then by id. A page's token is that person's id and name, so that it stays good when others,
 * or that person, come, go or are renamed. */
typedef struct place {
    sotto_person_id id;
    char name[SOTTO_NAME_MAX + 1];
} place;

typedef struct people_page {
    json_t *array;
    const place *after; /* NULL: from the start */
    size_t limit;
    place last; /* of the page */
    bool more;
    base_err err;
} people_page;

static void place_of(const sotto_person *p, place *out)
{
    /* Without a name of mine or theirs the core shows the fingerprint, and sorts by nothing. */
    bool nameless =
        p->own_name[0] == '\0' && strncmp(p->fingerprint, p->name, strlen(p->name)) == 0;
    out->id = p->id;
    memset(out->name, 0, sizeof out->name);
    for (size_t i = 0; !nameless && p->name[i] != '\0'; i++) {
        char c = p->name[i];
        out->name[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
}

static bool is_behind(const place *a, const place *b)
{
    int order = strcmp(a->name, b->name);
    return order > 0 || (order == 0 && memcmp(a->id.b, b->id.b, sizeof a->id.b) > 0);
}

static bool add_person(void *user, const sotto_person *p)
{
    people_page *page = user;
    place at;
    json_t *value = NULL;
    place_of(p, &at);
    if (page->after != NULL && !is_behind(&at, page->after)) {
        return true;
    }
    if (json_array_size(page->array) == page->limit) {
        page->more = true;
        return false;
    }
    page->err = json_contact(p, &value);
    if (page->err == BASE_OK && json_array_append_new(page->array, value) != 0) {
        page->err = BASE_E_NOMEM;
    }
    page->last = at;
    return page->err == BASE_OK;
}

static json_t *token_of(const people_page *page)
{
    char id[ID_TEXT_MAX];
    if (!page->more) {
        return json_null();
    }
    id_of_person(&page->last.id, id);
    return json_sprintf("%s%s", id, page->last.name);
}

static bool read_token(const rpc_call *call, place *out)
{
    base_bytes text = call_text(call, "after");
    char id[ID_TEXT_MAX] = {0};
    memset(out, 0, sizeof *out);
    if (text.n < ID_TEXT_MAX - 1 || text.n - (ID_TEXT_MAX - 1) > SOTTO_NAME_MAX ||
        memchr(text.p, 0, text.n) != NULL) {
        return false;
    }
    memcpy(id, text.p, ID_TEXT_MAX - 1);
    memcpy(out->name, text.p + ID_TEXT_MAX - 1, text.n - (ID_TEXT_MAX - 1));
    return id_to_person(id, &out->id);
}

static fault list_finish(rpc_call *call, json_t **result)
{
    place after;
    people_page page = {.array = json_array(),
                        .limit = (size_t)call_int(call, "limit", API_LIST_DEFAULT)};
    if (call_has(call, "after")) {
        if (!read_token(call, &after)) {
            json_decref(page.array);
            return (fault){FAULT_INVALID_PARAMS, "after", NULL};
        }
        page.after = &after;
    }
    base_err err = sotto_list_people(call->agent->core, 0, SIZE_MAX / 2, add_person, &page);
    err = err != BASE_OK ? err : page.err;
    if (err != BASE_OK) {
        json_decref(page.array);
        return fault_from(err);
    }
    *result = json_pack("{s:o, s:o}", "contacts", page.array, "next", token_of(&page));
    return fault_is(*result != NULL ? FAULT_NONE : FAULT_INTERNAL);
}

/* ---- one person ---- */

static fault rename_begin(rpc_call *call)
{
    fault f = call_person(call, "contact");
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(
        sotto_rename_person(call->agent->core, &call->person, call_text(call, "name"), call_now()));
}

static fault block_begin(rpc_call *call)
{
    fault f = call_person(call, "contact");
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_block_person(call->agent->core, &call->person,
                                         call_bool(call, "blocked"), call_now()));
}

static fault verified_begin(rpc_call *call)
{
    fault f = call_person(call, "contact");
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_set_verified(call->agent->core, &call->person,
                                         call_bool(call, "verified"), call_now()));
}

static fault safety_begin(rpc_call *call)
{
    return call_person(call, "contact");
}

static fault safety_finish(rpc_call *call, json_t **result)
{
    sotto_person p;
    char digits[61];
    base_err err = sotto_get_person(call->agent->core, &call->person, &p);
    if (err == BASE_OK) {
        err = sotto_safety(call->agent->core, &call->person, digits);
    }
    if (err != BASE_OK) {
        return fault_from(err);
    }
    *result = json_pack("{s:s, s:o, s:b}", "digits", digits, "qr", qr_json(digits, QR_DIGITS),
                        "verified", p.verified ? 1 : 0);
    return fault_is(*result != NULL ? FAULT_NONE : FAULT_INTERNAL);
}

static const param_rule add_rules[] = {
    {.name = "address", .kind = PARAM_STRING, .min = 0, .max = 65536},
    {.name = "name", .kind = PARAM_NAME, .optional = true, .min = 1, .max = API_NAME_CHARS},
};
static const param_rule list_rules[] = {RULE_AFTER, RULE_LIMIT};
static const param_rule rename_rules[] = {
    RULE_ID("contact"),
    {.name = "name", .kind = PARAM_NAME, .min = 0, .max = API_NAME_CHARS},
};
static const param_rule block_rules[] = {
    RULE_ID("contact"),
    {.name = "blocked", .kind = PARAM_BOOL},
};
static const param_rule verified_rules[] = {
    RULE_ID("contact"),
    {.name = "verified", .kind = PARAM_BOOL},
};
static const param_rule safety_rules[] = {RULE_ID("contact")};

const rpc_method rpc_contact_methods[] = {
    {"contact.add", add_rules, 2, add_begin, add_finish, false},
    {"contact.list", list_rules, 2, NULL, list_finish, false},
    {"contact.rename", rename_rules, 2, rename_begin, contact_finish, false},
    {"contact.block", block_rules, 2, block_begin, contact_finish, false},
    {"contact.safety", safety_rules, 1, safety_begin, safety_finish, false},
    {"contact.set_verified", verified_rules, 2, verified_begin, contact_finish, false},
    {.name = NULL},
};
