/* The person's own side of the API: who I am, what waits, page sessions. */
#include "core.h"
#include "safety.h"

typedef struct totals {
    sotto *s;
    sotto_me *me;
    base_err err;
} totals;

static bool add_room(void *user, const sotto_room_id *id)
{
    totals *t = user;
    room_row row;
    uint32_t unread = 0;
    memset(&row, 0, sizeof row);
    t->err = store_room_get(t->s->store, id, &row);
    if (t->err == BASE_OK && row.state == SOTTO_ROOM_REQUEST) {
        t->me->requests++;
    } else if (t->err == BASE_OK) {
        t->err = store_message_unread(t->s->store, id, row.read, &unread);
        t->me->unread += unread;
    }
    room_row_clear(&row);
    return t->err == BASE_OK;
}

static bool add_alarm(void *user, const alarm_row *a)
{
    (void)a;
    ((sotto_me *)user)->alarms++;
    return true;
}

static base_err connection(sotto *s, sotto_me *out)
{
    base_err err = BASE_OK;
    relay_row home;
    const core_conn *logs = conn_find(s, s->me.relay, CORE_LOGS);
    memset(&home, 0, sizeof home);
    TRY(store_relay_get(s->store, s->me.relay, &home));
    out->last_contact = home.last_contact;
    if (conn_ready(logs)) {
        out->state = SOTTO_ONLINE;
    } else if (logs != NULL && logs->state != CONN_IDLE) {
        out->state = SOTTO_CONNECTING;
    } else if (logs != NULL) {
        out->retry_at = logs->retry_at;
        memcpy(out->sentence, logs->why, sizeof out->sentence);
    }
done:
    relay_row_clear(&home);
    return err;
}

static base_err link_of(sotto *s, sotto_me *out)
{
    base_err err = BASE_OK;
    base_buf text = base_buf_on(s->alloc);
    sotto_contact_link link = {s->me.reach, s->me.id, ""};
    if (!account_reachable(&s->me)) {
        return BASE_OK;
    }
    sotto_contact_link_call(&link, s->me.name);
    TRY(sotto_contact_link_text(&link, &text));
    core_text(base_buf_bytes(&text), out->link, sizeof out->link);
done:
    base_buf_clear(&text);
    return err;
}

base_err sotto_get_me(sotto *s, sotto_me *out)
{
    base_err err = BASE_OK;
    totals t = {s, out, BASE_OK};
    memset(out, 0, sizeof *out);
    out->id = core_person_of(&s->me.id);
    memcpy(out->name, s->me.name, sizeof out->name);
    memcpy(out->handle, s->me.handle, sizeof out->handle);
    memcpy(out->relay_url, s->me.relay_url, sizeof out->relay_url);
    sotto_fingerprint(&s->me.id, out->fingerprint);
    TRY(conn_relay_name(s->me.relay_url, out->relay_name, sizeof out->relay_name));
    TRY(link_of(s, out));
    TRY(connection(s, out));
    TRY(store_room_list(s->store, 0, SIZE_MAX / 2, add_room, &t));
    TRY(t.err);
    TRY(store_alarm_open(s->store, 1000, add_alarm, out));
done:
    return err;
}

typedef struct untold {
    sotto *s;
    base_err err;
} untold;

static bool tell_again(void *user, const sotto_room_id *id)
{
    untold *u = user;
    room_live *r = NULL;
    u->err = room_live_get(u->s, id, &r);
    if (u->err == BASE_OK) {
        r->row.name_told = false;
        r->changed = true;
    }
    return u->err == BASE_OK;
}

static base_err set_name(sotto *s, base_bytes name)
{
    base_err err = BASE_OK;
    untold u = {s, BASE_OK};
    sotto_event e = {.kind = SOTTO_EVENT_ACCOUNT};
    s->disturbed = true;
    core_text(name, s->me.name, sizeof s->me.name);
    TRY(account_save_home(s));
    TRY(store_room_live(s->store, s->me.relay, tell_again, &u));
    TRY(u.err);
    TRY(core_event(s, &e));
done:
    return err;
}

base_err sotto_set_name(sotto *s, base_bytes name, uint64_t now)
{
    if (name.n > SOTTO_NAME_MAX) {
        return BASE_E_LIMIT;
    }
    if (!base_bytes_is_text(name)) {
        return BASE_E_UTF8;
    }
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, set_name(s, name));
}

/* ---- page sessions ---- */

#define SESSION_DAYS 30

static base_err session_hash(sotto *s, base_bytes secret, sotto_hash *h)
{
    return sotto_hash_of(&s->prims, "sotto page session", &secret, 1, h);
}

base_err sotto_session_put(sotto *s, base_bytes secret, uint64_t now)
{
    sotto_hash h;
    base_err err = session_hash(s, secret, &h);
    if (err != BASE_OK) {
        return err;
    }
    err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, store_session_put(s->store, &h, now));
}

base_err sotto_session_check(sotto *s, base_bytes secret, uint64_t now)
{
    sotto_hash h;
    uint64_t used = 0;
    base_err err = session_hash(s, secret, &h);
    if (err != BASE_OK) {
        return err;
    }
    err = core_begin(s, now);
    if (err != BASE_OK) {
        return err;
    }
    err = store_session_used(s->store, &h, &used);
    if (err == BASE_OK && now > used + (uint64_t)SESSION_DAYS * 86400000U) {
        err = BASE_E_NOT_FOUND;
    }
    if (err == BASE_OK) {
        err = store_session_put(s->store, &h, now);
    }
    return core_end(s, err);
}

base_err sotto_session_drop(sotto *s, base_bytes secret)
{
    sotto_hash h;
    base_err err = session_hash(s, secret, &h);
    if (err != BASE_OK) {
        return err;
    }
    err = core_begin(s, s->now);
    return err != BASE_OK ? err : core_end(s, store_session_drop(s->store, &h));
}
