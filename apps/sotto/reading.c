/* Reading a conversation; see the header. */
#include "reading.h"

#include <string.h>

#include "show.h"
#include "who.h"

exit_code reading_begin(reading *r, client *agent, const char *who, bool events)
{
    *r = (reading){.agent = agent, .own = true};
    exit_code code = who_conversation(agent, who, WHO_ANY, &r->room);
    if (code != EXIT_GOOD) {
        return code;
    }
    r->shown = json_object();
    json_t *opened = events ? client_call(agent, "session.open", NULL) : json_object();
    json_t *me = opened == NULL ? NULL : client_call(agent, "account.me", NULL);
    json_decref(opened);
    if (me == NULL) {
        reading_end(r);
        return client_fail(agent);
    }
    (void)snprintf(r->me, sizeof r->me, "%s", text_of(json_object_get(me, "me"), "id"));
    json_decref(me);
    return EXIT_GOOD;
}

void reading_end(reading *r)
{
    json_decref(r->room);
    json_decref(r->shown);
    *r = (reading){.agent = r->agent};
}

/* ---- history ---- */

static json_int_t lowest_order(const json_t *messages)
{
    return json_integer_value(json_object_get(json_array_get(messages, 0), "order"));
}

json_t *reading_history(reading *r, size_t last)
{
    json_t *all = json_array();
    json_int_t before = 0;
    bool more = true;
    while (more && (last == 0 || json_array_size(all) < last)) {
        size_t left = last == 0 ? 200 : last - json_array_size(all);
        json_t *params = json_pack("{s:s, s:i}", "conversation", text_of(r->room, "id"), "limit",
                                   (int)(left > 200 ? 200 : left));
        if (before != 0) {
            (void)json_object_set_new(params, "before", json_integer(before));
        }
        json_t *page = client_call(r->agent, "message.list", params);
        if (page == NULL) {
            json_decref(all);
            return NULL;
        }
        json_t *older = json_incref(json_object_get(page, "messages"));
        more = json_is_true(json_object_get(page, "more"));
        before = lowest_order(older);
        more = more && before > 1;
        (void)json_array_extend(older, all);
        json_decref(all);
        all = older;
        json_decref(page);
    }
    return all;
}

/* ---- what comes ---- */

const json_t *reading_new(const reading *r, const json_t *event)
{
    const json_t *m = json_object_get(json_object_get(event, "params"), "message");
    if (strcmp(text_of(event, "method"), "event.message") != 0 ||
        strcmp(text_of(m, "conversation"), text_of(r->room, "id")) != 0) {
        return NULL;
    }
    const char *state = text_of(m, "state");
    const json_t *before = json_object_get(r->shown, text_of(m, "id"));
    bool own = strcmp(text_of(m, "sender"), r->me) == 0;
    if (strcmp(state, "failed") == 0) {
        return before == NULL || strcmp(json_string_value(before), "failed") != 0 ? m : NULL;
    }
    bool wanted = before == NULL && (r->own || !own) && strcmp(state, "discarded") != 0;
    return wanted ? m : NULL;
}

void reading_show(reading *r, FILE *f, const json_t *m)
{
    json_int_t order = json_integer_value(json_object_get(m, "order"));
    r->newest = order > r->newest ? order : r->newest;
    (void)json_object_set_new(r->shown, text_of(m, "id"), json_string(text_of(m, "state")));
    if (r->agent->cli->json) {
        (void)json_dumpf(m, f, JSON_COMPACT);
        (void)fputc('\n', f);
    } else {
        show_message(f, m, r->me, &r->day);
    }
}

bool reading_mark(reading *r)
{
    if (r->peek || r->newest <= r->marked) {
        return true;
    }
    json_t *result = client_call(
        r->agent, "message.read",
        json_pack("{s:s, s:I}", "conversation", text_of(r->room, "id"), "up_to", r->newest));
    json_decref(result);
    r->marked = result != NULL ? r->newest : r->marked;
    return result != NULL;
}
