/* Who is meant; see the header. */
#include "who.h"

#include <string.h>
#include <strings.h>

#define ID_LEAST 4 /* characters of an id that may stand for it */

/* How well something fits; the best wins, and among equals there is no choice. */
typedef enum fit { FIT_NONE, FIT_ID, FIT_LOOSE, FIT_EXACT } fit;

typedef struct choice {
    const char *who;
    fit best;
    json_t *found[8]; /* borrowed */
    size_t found_n;
} choice;

const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static fit fit_name(const char *who, const char *name)
{
    if (name[0] == '\0') {
        return FIT_NONE;
    }
    return strcmp(who, name) == 0 ? FIT_EXACT : strcasecmp(who, name) == 0 ? FIT_LOOSE : FIT_NONE;
}

static fit fit_handle(const char *who, const char *handle)
{
    size_t n = strcspn(handle, "@");
    bool bare = n > 0 && strlen(who) == n && strncmp(who, handle, n) == 0;
    return bare ? FIT_EXACT : fit_name(who, handle);
}

static fit fit_id(const char *who, const char *id)
{
    size_t n = strlen(who);
    return n >= ID_LEAST && strncmp(who, id, n) == 0 ? FIT_ID : FIT_NONE;
}

static fit better(fit a, fit b)
{
    return a > b ? a : b;
}

static void offer(choice *c, json_t *candidate, fit how)
{
    if (how == FIT_NONE || how < c->best) {
        return;
    }
    if (how > c->best) {
        c->best = how;
        c->found_n = 0;
    }
    if (c->found_n < sizeof c->found / sizeof c->found[0]) {
        c->found[c->found_n++] = candidate;
    }
}

static exit_code decide(const choice *c, const char *what, const char *name_key, json_t **out)
{
    if (c->found_n == 1) {
        *out = json_incref(c->found[0]);
        return EXIT_GOOD;
    }
    if (c->found_n == 0) {
        cli_say("there is no %s “%s”. See: sotto people, sotto list", what, c->who);
        return EXIT_WHO;
    }
    cli_say("“%s” may be any of these; give the beginning of the id:", c->who);
    for (size_t i = 0; i < c->found_n; i++) {
        cli_say("  %.12s  %s", text_of(c->found[i], "id"), text_of(c->found[i], name_key));
    }
    return EXIT_WHO;
}

exit_code who_person(client *c, const char *who, json_t **out)
{
    size_t i = 0;
    json_t *p = NULL;
    choice pick = {.who = who};
    json_t *people = client_list(c, "contact.list", "contacts", NULL);
    if (people == NULL) {
        return client_fail(c);
    }
    json_array_foreach(people, i, p)
    {
        fit how = better(fit_name(who, text_of(p, "name")), fit_name(who, text_of(p, "own_name")));
        how = better(how, fit_handle(who, text_of(p, "handle")));
        offer(&pick, p, better(how, fit_id(who, text_of(p, "id"))));
    }
    exit_code code = decide(&pick, "person", "name", out);
    json_decref(people);
    return code;
}

/* The handle of the person behind a direct conversation, and their own name. */
static fit fit_people(const char *who, const json_t *people, const char *contact)
{
    size_t i = 0;
    const json_t *p = NULL;
    json_array_foreach(people, i, p)
    {
        if (strcmp(text_of(p, "id"), contact) == 0) {
            return better(fit_handle(who, text_of(p, "handle")),
                          fit_name(who, text_of(p, "own_name")));
        }
    }
    return FIT_NONE;
}

static bool is_wanted(const json_t *room, who_kind kind)
{
    bool group = strcmp(text_of(room, "kind"), "group") == 0;
    bool request = strcmp(text_of(room, "state"), "request") == 0;
    return kind == WHO_ANY || (kind == WHO_GROUP && group) || (kind == WHO_REQUEST && request);
}

exit_code who_conversation(client *c, const char *who, who_kind kind, json_t **out)
{
    size_t i = 0;
    json_t *room = NULL;
    choice pick = {.who = who};
    json_t *people = client_list(c, "contact.list", "contacts", NULL);
    json_t *rooms =
        people == NULL ? NULL : client_list(c, "conversation.list", "conversations", NULL);
    if (rooms == NULL) {
        json_decref(people);
        return client_fail(c);
    }
    json_array_foreach(rooms, i, room)
    {
        bool direct = strcmp(text_of(room, "kind"), "direct") == 0;
        if (!is_wanted(room, kind)) {
            continue;
        }
        fit how = fit_name(who, text_of(room, "title"));
        how = better(how, fit_id(who, text_of(room, "id")));
        if (direct || kind == WHO_REQUEST) {
            how = better(how, fit_id(who, text_of(room, "contact")));
        }
        if (direct) {
            how = better(how, fit_people(who, people, text_of(room, "contact")));
        }
        offer(&pick, room, how);
    }
    exit_code code = decide(&pick,
                            kind == WHO_GROUP     ? "group"
                            : kind == WHO_REQUEST ? "request from"
                                                  : "person or group",
                            "title", out);
    json_decref(people);
    json_decref(rooms);
    return code;
}
