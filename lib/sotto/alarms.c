/* Alarms: one sentence and one button for every state that a person has to know of. */
#include "core.h"

base_err alarm_raise(sotto *s, sotto_alarm_code code, const sotto_room_id *room,
                     const sotto_hash *person, const char *sentence)
{
    base_err err = BASE_OK;
    alarm_row a;
    int64_t number = 0;
    sotto_event e = {.kind = SOTTO_EVENT_ALARM};
    memset(&a, 0, sizeof a);
    a.code = code;
    a.has_room = room != NULL;
    a.has_person = person != NULL;
    if (room != NULL) {
        a.room = *room;
    }
    if (person != NULL) {
        a.person = *person;
    }
    a.time = s->now;
    core_text(base_bytes_str(sentence), a.sentence, sizeof a.sentence);
    TRY(store_alarm_same(s->store, &a, &number));
    if (number != 0) {
        goto done; /* it is open already */
    }
    TRY(store_alarm_add(s->store, &a, &number));
    e.alarm = number;
    TRY(core_event(s, &e));
    if (room != NULL) {
        TRY(core_event_room(s, room));
    }
done:
    return err;
}

static const char *button_of(sotto_alarm_code code)
{
    switch (code) {
    case SOTTO_ALARM_LIST_FORKED:
    case SOTTO_ALARM_KEY_CHANGED:
        return "Compare safety numbers";
    case SOTTO_ALARM_COPY_FOUND:
        return "This is the right device";
    default:
        return "I understand";
    }
}

static void show(const alarm_row *a, sotto_alarm *out)
{
    memset(out, 0, sizeof *out);
    out->number = a->number;
    out->code = a->code;
    out->has_room = a->has_room;
    out->room = a->room;
    out->has_person = a->has_person;
    out->person = core_person_of(&a->person);
    memcpy(out->sentence, a->sentence, sizeof out->sentence);
    core_text(base_bytes_str(button_of(a->code)), out->button, sizeof out->button);
    out->verify = a->code == SOTTO_ALARM_LIST_FORKED || a->code == SOTTO_ALARM_KEY_CHANGED;
    out->time = a->time;
    out->cleared = a->cleared;
}

typedef struct alarm_list {
    sotto_alarm_seen seen;
    void *user;
} alarm_list;

static bool pass_on(void *user, const alarm_row *a)
{
    alarm_list *l = user;
    sotto_alarm out;
    show(a, &out);
    return l->seen(l->user, &out);
}

base_err sotto_list_alarms(sotto *s, size_t limit, sotto_alarm_seen seen, void *user)
{
    alarm_list l = {seen, user};
    return store_alarm_open(s->store, limit, pass_on, &l);
}

base_err sotto_get_alarm(sotto *s, int64_t number, sotto_alarm *out)
{
    alarm_row a;
    base_err err = store_alarm_get(s->store, number, &a);
    if (err == BASE_OK) {
        show(&a, out);
    }
    return err;
}

base_err sotto_alarm_act(sotto *s, int64_t number, uint64_t now)
{
    base_err err = BASE_OK;
    alarm_row a;
    room_live *r = NULL;
    sotto_event e = {.kind = SOTTO_EVENT_ALARM, .alarm = number};
    TRY(core_begin(s, now));
    err = store_alarm_get(s->store, number, &a);
    if (err == BASE_OK) {
        err = store_alarm_clear(s->store, number);
    }
    if (err == BASE_OK) {
        err = core_event(s, &e);
    }
    if (err == BASE_OK && a.has_room) {
        err = core_event_room(s, &a.room);
    }
    if (err == BASE_OK && a.has_room && a.code == SOTTO_ALARM_COPY_FOUND &&
        room_live_get(s, &a.room, &r) == BASE_OK) {
        s->disturbed = true;
        r->broken = false; /* the person says that this is the device to go on with */
        room_live_reset(r);
        err = room_pump(s, r);
    }
    return core_end(s, err);
done:
    return err;
}
