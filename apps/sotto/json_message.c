/* Messages and notices as JSON; see json.h. */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "chars.h"
#include "fault.h"

static const char *message_state(sotto_message_state state)
{
    switch (state) {
    case SOTTO_WAITING:
        return "waiting";
    case SOTTO_SENT:
        return "sent";
    case SOTTO_FAILED:
        return "failed";
    default:
        return "received";
    }
}

/* ---- notices ---- */

typedef struct notice_row {
    const char *code;
    const char *form; /* %1 who did it, %2 to whom */
} notice_row;

static const notice_row notices[] = {
    [SOTTO_NOTICE_CREATED] = {"created", "%1 created this conversation."},
    [SOTTO_NOTICE_ADDED] = {"added", "%1 added %2."},
    [SOTTO_NOTICE_JOINED] = {"joined", "%2 joined."},
    [SOTTO_NOTICE_REMOVED] = {"removed", "%1 removed %2."},
    [SOTTO_NOTICE_LEFT] = {"left", "%2 left."},
    [SOTTO_NOTICE_ACCEPTED] = {"accepted", "%2 accepted."},
    [SOTTO_NOTICE_VERIFIED] = {"verified", "%1 compared safety numbers with %2."},
    [SOTTO_NOTICE_UNVERIFIED] = {"unverified", "%2 is no longer marked as verified."},
    [SOTTO_NOTICE_EXPIRED] = {"expired", "Messages went by before this device could fetch them."},
};

/* Fill a form in; a person without a name is "Someone". */
static void fill(const char *form, const char *by, const char *who, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = form; *p != '\0' && n + 1 < size; p++) {
        if (*p != '%') {
            out[n++] = *p;
            continue;
        }
        p++;
        const char *name = *p == '1' ? by : who;
        int put = snprintf(out + n, size - n, "%s", name[0] != '\0' ? name : "Someone");
        n = put < 0 || (size_t)put >= size - n ? size - 1 : n + (size_t)put;
    }
    out[n] = '\0';
}

static json_t *notice_json(const sotto_message *m)
{
    char sentence[2 * SOTTO_NAME_MAX + 64];
    const char *by = m->is_mine ? "You" : m->has_sender ? m->sender_name : "";
    const char *who = m->has_who ? m->who_name : by; /* who joins or leaves does it alone */
    size_t at = (size_t)m->notice;
    bool known = at < sizeof notices / sizeof notices[0] && notices[at].code != NULL;
    fill(known ? notices[at].form : "Something happened.", by, who, sentence, sizeof sentence);
    json_t *o = json_object();
    bool good = json_put(o, "code", json_string(known ? notices[at].code : "other")) &&
                json_put(o, "by", m->has_sender ? json_person_id(&m->sender) : json_null()) &&
                json_put(o, "by_name", json_line(m->has_sender ? m->sender_name : "")) &&
                json_put(o, "who", m->has_who ? json_person_id(&m->who) : json_null()) &&
                json_put(o, "who_name", json_line(m->has_who ? m->who_name : "")) &&
                json_put(o, "sentence", json_line(sentence));
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* ---- messages ---- */

static json_t *failure(const sotto_message *m)
{
    char sentence[128] = "";
    if (m->state == SOTTO_FAILED) {
        fault_sentence(m->failure, sentence);
    }
    return json_line(sentence);
}

base_err json_message(const sotto_message *m, bool preview, json_t **out)
{
    bool notice = m->notice != SOTTO_NOTICE_NONE;
    bool own = m->is_mine && !notice && m->client_id != NULL;
    base_bytes text = preview ? chars_head(m->text, JSON_PREVIEW_CHARS) : m->text;
    json_t *o = json_object();
    bool good = json_put(o, "id", json_number_id('m', m->number)) &&
                json_put(o, "conversation", json_room_id(&m->room)) &&
                json_put(o, "order", m->order > 0 ? json_integer(m->order) : json_null()) &&
                json_put(o, "sender",
                         m->has_sender && !notice ? json_person_id(&m->sender) : json_null()) &&
                json_put(o, "sender_name", json_line(m->has_sender ? m->sender_name : "")) &&
                json_put(o, "time", json_time(m->time)) &&
                json_put(o, "state", json_string(notice ? "received" : message_state(m->state))) &&
                json_put(o, "client_id", own ? json_string(m->client_id) : json_null()) &&
                json_put(o, "text", json_lines(notice ? BASE_BYTES_NONE : text)) &&
                json_put(o, "cut", json_boolean(text.n < m->text.n)) &&
                json_put(o, "notice", notice ? notice_json(m) : json_null()) &&
                json_put(o, "sentence", failure(m));
    if (!good) {
        json_decref(o);
        return BASE_E_NOMEM;
    }
    *out = o;
    return BASE_OK;
}

typedef struct one_message {
    bool preview;
    json_t *out;
    base_err err;
} one_message;

static bool take(void *user, const sotto_message *m)
{
    one_message *one = user;
    one->err = json_message(m, one->preview, &one->out);
    return false;
}

base_err json_message_of(sotto *core, int64_t number, bool preview, json_t **out)
{
    one_message one = {preview, NULL, BASE_E_NOT_FOUND};
    base_err err = sotto_get_message(core, number, take, &one);
    if (err == BASE_OK) {
        err = one.err;
    }
    if (err == BASE_OK) {
        *out = one.out;
    }
    return err;
}
