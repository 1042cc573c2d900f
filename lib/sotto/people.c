/* People: what is known of them, and what the person says about them. */
#include "core.h"
#include "safety.h"

/* ---- what others tell ---- */

static base_err list_forked(sotto *s, person_row *p)
{
    p->verified = false;
    return alarm_raise(s, SOTTO_ALARM_LIST_FORKED, NULL, &p->id,
                       "Two different device lists of this person exist. Somebody may have stolen "
                       "their keys. Compare safety numbers with them in person.");
}

base_err people_list_seen(sotto *s, const sotto_device_list *list, sotto_hash *id)
{
    base_err err = BASE_OK;
    person_row p;
    sotto_device_list known;
    memset(&p, 0, sizeof p);
    TRY(sotto_device_list_identity(&s->prims, list, id));
    if (core_is_me(s, id)) {
        goto done;
    }
    err = store_person_get(s->store, id, &p);
    if (err == BASE_E_NOT_FOUND) {
        p.id = *id;
        err = BASE_OK;
    }
    TRY(err);
    if (p.list.n > 0) {
        TRY(sotto_device_list_decode(&s->prims, base_buf_bytes(&p.list), &known));
        sotto_list_order order = sotto_device_list_compare(&known, list);
        if (order == SOTTO_LIST_FORKED) {
            TRY(list_forked(s, &p));
            TRY(store_person_put(s->store, &p));
        }
        if (order != SOTTO_LIST_NEWER) {
            goto done;
        }
    }
    TRY(base_buf_set(&p.list, list->encoded));
    TRY(store_person_put(s->store, &p));
    TRY(core_event_person(s, id));
done:
    person_row_clear(&p);
    return err;
}

base_err people_name_seen(sotto *s, const sotto_hash *id, base_bytes name)
{
    base_err err = BASE_OK;
    person_row p;
    memset(&p, 0, sizeof p);
    if (name.n == 0 || core_is_me(s, id)) {
        return BASE_OK;
    }
    TRY(store_person_get(s->store, id, &p));
    if (base_bytes_eq(name, base_bytes_str(p.own_name))) {
        goto done;
    }
    core_text(name, p.own_name, sizeof p.own_name);
    TRY(store_person_put(s->store, &p));
    TRY(core_event_person(s, id));
done:
    person_row_clear(&p);
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

static void called(const person_row *p, char *out, size_t size)
{
    char fingerprint[SOTTO_FINGERPRINT_CHARS + 1];
    const char *name = p->my_name[0] != '\0' ? p->my_name : p->own_name;
    if (name[0] == '\0') {
        sotto_fingerprint(&p->id, fingerprint);
        core_text(base_bytes_of(fingerprint, 9), out, size);
        return;
    }
    core_text(base_bytes_str(name), out, size);
}

base_err people_name_of(sotto *s, const sotto_hash *id, char *out, size_t size)
{
    person_row p;
    memset(&p, 0, sizeof p);
    if (core_is_me(s, id)) {
        core_text(base_bytes_str(s->me.name), out, size);
        return BASE_OK;
    }
    base_err err = store_person_get(s->store, id, &p);
    if (err == BASE_E_NOT_FOUND) {
        p.id = *id;
        err = BASE_OK;
    }
    called(&p, out, size);
    person_row_clear(&p);
    return err;
}

/* ---- showing ---- */

static base_err show(sotto *s, const person_row *p, sotto_person *out)
{
    memset(out, 0, sizeof *out);
    out->id = core_person_of(&p->id);
    called(p, out->name, sizeof out->name);
    memcpy(out->own_name, p->own_name, sizeof out->own_name);
    memcpy(out->handle, p->handle, sizeof out->handle);
    sotto_fingerprint(&p->id, out->fingerprint);
    out->state = p->state;
    out->verified = p->verified;
    out->blocked = p->blocked;
    out->last_heard = p->last_heard;
    base_err err = store_room_direct(s->store, &p->id, &out->direct);
    out->has_direct = err == BASE_OK;
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

base_err sotto_get_person(sotto *s, const sotto_person_id *id, sotto_person *out)
{
    base_err err = BASE_OK;
    person_row p;
    sotto_hash h = core_hash_of(id);
    memset(&p, 0, sizeof p);
    TRY(store_person_get(s->store, &h, &p));
    TRY(show(s, &p, out));
done:
    person_row_clear(&p);
    return err;
}

typedef struct people_list {
    sotto *s;
    sotto_person_seen seen;
    void *user;
    base_err err;
} people_list;

static bool pass_on(void *user, const person_row *p)
{
    people_list *l = user;
    sotto_person out;
    l->err = show(l->s, p, &out);
    return l->err == BASE_OK && l->seen(l->user, &out);
}

base_err sotto_list_people(sotto *s, size_t skip, size_t limit, sotto_person_seen seen, void *user)
{
    people_list l = {s, seen, user, BASE_OK};
    base_err err = store_person_list(s->store, skip, limit, pass_on, &l);
    return err != BASE_OK ? err : l.err;
}

/* ---- what the person says ---- */

typedef enum change_kind { CHANGE_NAME, CHANGE_BLOCK, CHANGE_VERIFIED } change_kind;
typedef struct change {
    change_kind kind;
    base_bytes name;
    bool value;
} change;

/* The direct room with somebody shows their name and whether they are verified. */
static base_err rooms_changed(sotto *s, const sotto_hash *id)
{
    sotto_room_id room;
    base_err err = store_room_direct(s->store, id, &room);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK;
    }
    return err != BASE_OK ? err : core_event_room(s, &room);
}

static base_err verified_notice(sotto *s, const sotto_hash *id, bool verified)
{
    base_err err = BASE_OK;
    sotto_room_id room;
    room_live *r = NULL;
    TRY(store_room_direct(s->store, id, &room));
    TRY(room_live_get(s, &room, &r));
    TRY(room_notice(s, r, verified ? SOTTO_NOTICE_VERIFIED : SOTTO_NOTICE_UNVERIFIED, &s->me.id,
                    id));
done:
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

static base_err apply(sotto *s, const sotto_hash *id, const change *c)
{
    base_err err = BASE_OK;
    person_row p;
    memset(&p, 0, sizeof p);
    TRY(store_person_get(s->store, id, &p));
    bool was = p.verified;
    if (c->kind == CHANGE_NAME) {
        core_text(c->name, p.my_name, sizeof p.my_name);
    } else if (c->kind == CHANGE_BLOCK) {
        p.blocked = c->value;
    } else {
        p.verified = c->value;
    }
    TRY(store_person_put(s->store, &p));
    if (p.verified != was) {
        TRY(verified_notice(s, id, p.verified));
    }
    TRY(core_event_person(s, id));
    TRY(rooms_changed(s, id));
done:
    person_row_clear(&p);
    return err;
}

static base_err change_person(sotto *s, const sotto_person_id *id, const change *c, uint64_t now)
{
    sotto_hash h = core_hash_of(id);
    base_err err = core_begin(s, now);
    return err != BASE_OK ? err : core_end(s, apply(s, &h, c));
}

base_err sotto_rename_person(sotto *s, const sotto_person_id *id, base_bytes name, uint64_t now)
{
    change c = {CHANGE_NAME, name, false};
    if (name.n > SOTTO_NAME_MAX) {
        return BASE_E_LIMIT;
    }
    return base_bytes_is_text(name) ? change_person(s, id, &c, now) : BASE_E_UTF8;
}

base_err sotto_block_person(sotto *s, const sotto_person_id *id, bool blocked, uint64_t now)
{
    change c = {CHANGE_BLOCK, BASE_BYTES_NONE, blocked};
    return change_person(s, id, &c, now);
}

base_err sotto_set_verified(sotto *s, const sotto_person_id *id, bool verified, uint64_t now)
{
    change c = {CHANGE_VERIFIED, BASE_BYTES_NONE, verified};
    return change_person(s, id, &c, now);
}

base_err sotto_safety(sotto *s, const sotto_person_id *id, char digits[61])
{
    sotto_person p;
    sotto_hash h = core_hash_of(id);
    base_err err = sotto_get_person(s, id, &p);
    return err != BASE_OK ? err : sotto_safety_number(&s->prims, &s->me.id, &h, digits);
}
