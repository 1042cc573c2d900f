/* Who is in a room, as rows that pages can show: kept in line with the group by the changes of each
 * commit. A person is a member while any device of theirs has a leaf. */
#include "base/alloc.h"
#include "core.h"

/* The row of a member, or a fresh one. */
static base_err row_of(sotto *s, const room_live *r, const sotto_hash *who, member_row *m,
                       bool *known)
{
    base_err err = store_member_get(s->store, &r->row.id, who, m);
    *known = err == BASE_OK;
    if (err == BASE_E_NOT_FOUND) {
        memset(m, 0, sizeof *m);
        m->person = *who;
        err = store_member_next_rank(s->store, &r->row.id, &m->rank);
    }
    return err;
}

static base_err room_ext_of(const mls_group *g, sotto_room_ext *room)
{
    const mls_extension *ext = sotto_extension_find(mls_group_extensions(g), SOTTO_EXTENSION_ROOM);
    return ext == NULL ? SOTTO_E_RULES : sotto_room_ext_decode(ext->data, room);
}

/* Learn what a leaf tells of its person: list, and how to reach the device. */
static base_err learn(sotto *s, const mls_leaf_node *leaf, sotto_hash *who)
{
    base_err err = BASE_OK;
    sotto_device_list list;
    sotto_reach home;
    person_row p;
    base_buf reach = base_buf_on(s->alloc);
    memset(&p, 0, sizeof p);
    TRY(room_leaf_identity(s, leaf, who, &list));
    if (core_is_me(s, who)) {
        goto done;
    }
    TRY(people_list_seen(s, &list, who));
    TRY(store_person_get(s->store, who, &p));
    TRY(sotto_leaf_home(leaf, &home));
    base_wr w = base_wr_on(&reach);
    sotto_reach_write(&w, &home);
    TRY(base_wr_end(&w));
    if (!base_bytes_eq(base_buf_bytes(&reach), base_buf_bytes(&p.reach))) {
        base_buf_move(&p.reach, &reach);
        TRY(store_person_put(s->store, &p));
    }
done:
    base_buf_clear(&reach);
    person_row_clear(&p);
    return err;
}

static base_err joined(sotto *s, room_live *r, const mls_leaf_node *leaf, bool admin,
                       sotto_member_state state, sotto_hash *who, bool *fresh)
{
    base_err err = BASE_OK;
    member_row m;
    bool known = false;
    int64_t next = 0;
    TRY(learn(s, leaf, who));
    TRY(row_of(s, r, who, &m, &known));
    *fresh = !known || m.state == SOTTO_MEMBER_GONE;
    m.admin = admin;
    if (*fresh) {
        TRY(store_message_next_order(s->store, &r->row.id, &next));
        m.state = core_is_me(s, who) ? SOTTO_MEMBER_JOINED : state;
        m.joined = next - 1;
        m.count = 0;
    }
    TRY(store_member_put(s->store, &r->row.id, &m));
done:
    return err;
}

typedef struct roll {
    sotto *s;
    const room_live *r;
    sotto_hash *there; /* who has a leaf */
    size_t n;
    base_err err;
} roll;

static base_err call_roll(sotto *s, room_live *r, roll *present)
{
    base_err err = BASE_OK;
    sotto_room_ext room;
    size_t leaves = mls_group_leaf_count(r->group);
    TRY(room_ext_of(r->group, &room));
    present->there = base_alloc_zero(s->alloc, leaves, sizeof *present->there);
    REQUIRE(present->there != NULL, BASE_E_NOMEM);
    for (uint32_t i = 0; i < leaves; i++) {
        const mls_leaf_node *leaf = NULL;
        sotto_hash who;
        bool fresh = false;
        err = mls_group_member(r->group, (mls_leaf_index){i}, &leaf);
        if (err == BASE_E_NOT_FOUND) {
            err = BASE_OK;
            continue;
        }
        TRY(err);
        TRY(room_leaf_identity(s, leaf, &who, NULL));
        TRY(joined(s, r, leaf, sotto_room_ext_is_admin(&room, &who), SOTTO_MEMBER_JOINED, &who,
                   &fresh));
        present->there[present->n++] = who;
    }
done:
    return err;
}

/* Somebody of an earlier time in this room, who is not in the group now. */
static bool strike_out(void *user, const member_row *m)
{
    roll *present = user;
    member_row gone = *m;
    for (size_t i = 0; i < present->n; i++) {
        if (sotto_hash_eq(&present->there[i], &m->person)) {
            return true;
        }
    }
    gone.state = SOTTO_MEMBER_GONE;
    gone.admin = false;
    present->err = store_member_put(present->s->store, &present->r->row.id, &gone);
    return present->err == BASE_OK;
}

base_err members_begin(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    roll present = {.s = s, .r = r};
    TRY(call_roll(s, r, &present));
    TRY(store_member_list(s->store, &r->row.id, &s->me.id, 0, SIZE_MAX / 2, strike_out, &present));
    TRY(present.err);
    /* What was said while this device was out of the room is nobody's fault. */
    TRY(store_member_forget_counts(s->store, &r->row.id));
done:
    base_alloc_free(s->alloc, present.there);
    return err;
}

/* Whether the next epoch has another leaf of this person. */
static base_err still_there(sotto *s, const mls_group *next, const sotto_hash *who, bool *out)
{
    base_err err = BASE_OK;
    *out = false;
    for (uint32_t i = 0; next != NULL && i < mls_group_leaf_count(next); i++) {
        const mls_leaf_node *leaf = NULL;
        sotto_hash id;
        err = mls_group_member(next, (mls_leaf_index){i}, &leaf);
        if (err == BASE_E_NOT_FOUND) {
            err = BASE_OK;
            continue;
        }
        TRY(err);
        TRY(room_leaf_identity(s, leaf, &id, NULL));
        if (sotto_hash_eq(&id, who)) {
            *out = true;
            break;
        }
    }
done:
    return err;
}

static base_err removed(sotto *s, room_live *r, const mls_staged *staged, const mls_change *c,
                        const sotto_hash *by)
{
    base_err err = BASE_OK;
    sotto_hash who;
    member_row m;
    bool known = false;
    bool there = false;
    TRY(room_leaf_identity(s, c->old_node, &who, NULL));
    TRY(still_there(s, mls_staged_next(staged), &who, &there));
    if (there) {
        goto done;
    }
    TRY(row_of(s, r, &who, &m, &known));
    m.state = SOTTO_MEMBER_GONE;
    m.admin = false;
    TRY(store_member_put(s->store, &r->row.id, &m));
    TRY(room_notice(s, r, c->by_value ? SOTTO_NOTICE_REMOVED : SOTTO_NOTICE_LEFT,
                    c->by_value ? by : &who, &who));
done:
    return err;
}

static base_err extensions_changed(sotto *s, room_live *r, const mls_change *c)
{
    base_err err = BASE_OK;
    sotto_room_ext room;
    const mls_extension *ext = sotto_extension_find(c->extensions, SOTTO_EXTENSION_ROOM);
    REQUIRE(ext != NULL, SOTTO_E_RULES);
    TRY(sotto_room_ext_decode(ext->data, &room));
    if (room.kind == SOTTO_ROOM_GROUP) {
        core_text(room.title, r->row.title, sizeof r->row.title);
        r->changed = true;
    }
    TRY(core_event_room(s, &r->row.id));
done:
    return err;
}

base_err members_change(sotto *s, room_live *r, const mls_staged *staged, const sotto_hash *by)
{
    base_err err = BASE_OK;
    for (size_t i = 0; i < mls_staged_change_count(staged); i++) {
        const mls_change *c = mls_staged_change(staged, i);
        sotto_hash who;
        bool fresh = false;
        if (c->kind == MLS_CHANGE_ADD) {
            TRY(joined(s, r, c->node, false, SOTTO_MEMBER_INVITED, &who, &fresh));
            r->row.name_told = r->row.name_told && !fresh; /* the newcomer does not know it */
            if (fresh && r->row.kind == SOTTO_ROOM_GROUP) {
                TRY(room_notice(s, r, SOTTO_NOTICE_ADDED, by, &who));
            }
        } else if (c->kind == MLS_CHANGE_UPDATE) {
            TRY(learn(s, c->node, &who));
        } else if (c->kind == MLS_CHANGE_REMOVE) {
            TRY(removed(s, r, staged, c, by));
        } else if (c->kind == MLS_CHANGE_EXTENSIONS) {
            TRY(extensions_changed(s, r, c));
        }
    }
    TRY(core_event_room(s, &r->row.id));
done:
    return err;
}

static base_err person_heard(sotto *s, const room_live *r, const sotto_hash *who)
{
    base_err err = BASE_OK;
    person_row p;
    memset(&p, 0, sizeof p);
    TRY(store_person_get(s->store, who, &p));
    p.last_heard = s->now;
    if (r->row.kind == SOTTO_ROOM_DIRECT && p.state == SOTTO_INVITED) {
        p.state = SOTTO_CONNECTED;
        TRY(core_event_person(s, who));
    }
    TRY(store_person_put(s->store, &p));
done:
    person_row_clear(&p);
    return err;
}

base_err members_heard(sotto *s, room_live *r, const sotto_hash *who)
{
    base_err err = BASE_OK;
    member_row m;
    if (core_is_me(s, who)) {
        return BASE_OK;
    }
    TRY(store_member_get(s->store, &r->row.id, who, &m));
    m.last_heard = s->now;
    r->row.last_heard = s->now;
    r->changed = true;
    if (m.state == SOTTO_MEMBER_INVITED) {
        m.state = SOTTO_MEMBER_JOINED;
        if (r->row.kind == SOTTO_ROOM_GROUP) {
            TRY(room_notice(s, r, SOTTO_NOTICE_JOINED, who, who));
        }
        TRY(core_event_room(s, &r->row.id));
    }
    TRY(store_member_put(s->store, &r->row.id, &m));
    TRY(person_heard(s, r, who));
    if (r->row.state == SOTTO_ROOM_PENDING) {
        r->row.state = SOTTO_ROOM_OPEN;
        TRY(room_notice(s, r, SOTTO_NOTICE_ACCEPTED, who, NULL));
        TRY(core_event_room(s, &r->row.id));
    }
done:
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}
