/* Open rooms: loading them, following their logs, acknowledging, and deciding what is due. What an
 * entry means is in room_in.c, what is sent in room_out.c. */
#include "base/alloc.h"
#include "core.h"

#define FOLLOW_AGAIN_MS UINT64_C(500)
#define FOLLOW_AGAIN_MAX_MS 60000
#define FOLLOW_DROPS_MAX 10
#define FOLLOW_BATCH 128 /* items in one FOLLOW: below both the protocol's and a frame's bound */

static room_live *find(sotto *s, const sotto_room_id *id)
{
    for (size_t i = 0; i < s->n_rooms; i++) {
        if (core_room_eq(&s->rooms[i]->row.id, id)) {
            return s->rooms[i];
        }
    }
    return NULL;
}

static void live_free(sotto *s, room_live *r)
{
    mls_group_free(r->group);
    room_row_clear(&r->row);
    base_alloc_free(s->alloc, r);
}

base_err room_live_add(sotto *s, const room_row *row, mls_group *group, room_live **out)
{
    base_err err = base_alloc_grow(s->alloc, (void **)&s->rooms, &s->rooms_cap, s->n_rooms + 1,
                                   sizeof *s->rooms);
    if (err != BASE_OK) {
        return err;
    }
    room_live *r = base_alloc_zero(s->alloc, 1, sizeof *r);
    if (r == NULL) {
        return BASE_E_NOMEM;
    }
    r->row = *row;
    r->group = group;
    s->rooms[s->n_rooms++] = r;
    *out = r;
    return BASE_OK;
}

base_err room_live_get(sotto *s, const sotto_room_id *id, room_live **out)
{
    room_row row;
    room_live *r = find(s, id);
    if (r != NULL) {
        *out = r;
        return BASE_OK;
    }
    memset(&row, 0, sizeof row);
    base_err err = store_room_get(s->store, id, &row);
    if (err == BASE_OK) {
        err = room_live_add(s, &row, NULL, out);
    }
    if (err != BASE_OK) {
        room_row_clear(&row);
    }
    return err;
}

void room_live_drop(sotto *s, const sotto_room_id *id)
{
    for (size_t i = 0; i < s->n_rooms; i++) {
        if (core_room_eq(&s->rooms[i]->row.id, id)) {
            s->disturbed = true;
            live_free(s, s->rooms[i]);
            s->rooms[i] = s->rooms[--s->n_rooms];
            return;
        }
    }
}

void room_live_reset(room_live *r)
{
    r->state = LIVE_IDLE;
    r->channel = 0;
    r->synced = false;
    r->busy = false;
    r->taken_at = 0;
    r->stale = false;
    r->follow_at = 0;
}

void room_follow_later(sotto *s, room_live *r)
{
    uint64_t ms = FOLLOW_AGAIN_MS << r->drops;
    s->disturbed = true;
    room_live_reset(r);
    r->follow_at = s->now + (ms < FOLLOW_AGAIN_MAX_MS ? ms : FOLLOW_AGAIN_MAX_MS);
    r->drops += r->drops < FOLLOW_DROPS_MAX;
}

room_live *room_live_of_channel(sotto *s, const core_conn *c, uint32_t channel)
{
    for (size_t i = 0; i < s->n_rooms; i++) {
        room_live *r = s->rooms[i];
        if (r->channel == channel && channel != 0 && r->row.relay == c->relay &&
            c->purpose == CORE_LOGS) {
            return r;
        }
    }
    return NULL;
}

base_err room_group(sotto *s, room_live *r)
{
    if (r->group != NULL) {
        return BASE_OK;
    }
    if (r->row.group_n == 0) {
        return BASE_E_NOT_FOUND;
    }
    return mls_group_load(s->mls, room_group_id(&r->row), &r->group);
}

base_err room_save(sotto *s, room_live *r)
{
    base_err err = store_room_put(s->store, &r->row);
    r->changed = err != BASE_OK;
    return err;
}

static base_err export32(sotto *s, const mls_group *g, const char *label, base_bytes context,
                         uint8_t out[static 32])
{
    base_err err = BASE_OK;
    base_buf secret = base_buf_on(s->alloc);
    TRY(mls_group_export(g, base_bytes_str(label), context, 32, &secret));
    memcpy(out, secret.p, 32);
done:
    base_buf_clear(&secret);
    return err;
}

base_err room_token(sotto *s, const room_live *r, const mls_group *g, uint8_t token[static 32])
{
    base_err err = BASE_OK;
    char name[SOTTO_RELAY_URL_MAX + 8];
    relay_row relay;
    base_buf context = base_buf_on(s->alloc);
    memset(&relay, 0, sizeof relay);
    TRY(store_relay_get(s->store, r->row.relay, &relay));
    TRY(conn_relay_name(relay.url, name, sizeof name));
    TRY(base_buf_append(&context, base_bytes_str(name)));
    TRY(base_buf_append(&context, base_bytes_of(r->row.log, sizeof r->row.log)));
    TRY(export32(s, g, "sotto gate", base_buf_bytes(&context), token));
done:
    base_buf_clear(&context);
    relay_row_clear(&relay);
    return err;
}

base_err room_side_key(sotto *s, const room_live *r, const mls_group *g, uint8_t key[static 32])
{
    return export32(s, g, "sotto welcome", base_bytes_of(r->row.log, sizeof r->row.log), key);
}

/* ---- following ---- */

static bool place_known(const room_live *r)
{
    return !base_ct_is_zero(sotto_hash_bytes(&r->row.at.h));
}

/* Add the room to a FOLLOW under construction. */
static base_err follow_item(sotto *s, core_conn *c, room_live *r, base_buf *items)
{
    base_err err = BASE_OK;
    uint8_t token[32] = {0};
    TRY(room_group(s, r));
    TRY(room_token(s, r, r->group, token));
    s->disturbed = true;
    r->channel = c->next_channel++;
    r->channel_epoch = r->row.epoch;
    r->state = LIVE_ASKED;
    wire_follow item = {
        .channel = r->channel,
        .log = base_bytes_of(r->row.log, sizeof r->row.log),
        .epoch = r->row.epoch,
        .token = base_bytes_of(token, sizeof token),
        .key = base_bytes_of(r->row.reader, sizeof r->row.reader),
        .from = place_known(r) ? r->row.at.n + 1 : 0,
    };
    TRY(wire_follow_put(items, &item));
done:
    base_wipe(token, sizeof token);
    return err;
}

static base_err follow_send(sotto *s, core_conn *c, base_buf *items)
{
    core_request what = {.kind = REQ_FOLLOW};
    wire_frame f = {.type = WIRE_FOLLOW, .u.items = {base_buf_bytes(items)}};
    return items->n == 0 ? BASE_OK : conn_request(s, c, &f, &what);
}

base_err room_follow(sotto *s, core_conn *c, room_live *r)
{
    base_err err = BASE_OK;
    base_buf items = base_buf_on(s->alloc);
    TRY(follow_item(s, c, r, &items));
    TRY(follow_send(s, c, &items));
done:
    base_buf_clear(&items);
    return err;
}

static bool may_follow(const room_live *r)
{
    return r->state == LIVE_IDLE && r->follow_at == 0 && r->row.created && !r->broken &&
           r->row.joining.n == 0 &&
           (r->row.state == SOTTO_ROOM_OPEN || r->row.state == SOTTO_ROOM_PENDING ||
            r->row.state == SOTTO_ROOM_MAKING);
}

typedef struct id_list {
    const base_alloc *alloc;
    sotto_room_id *v;
    size_t n;
    size_t cap;
    base_err err;
} id_list;

static bool collect_id(void *user, const sotto_room_id *id)
{
    id_list *l = user;
    l->err = base_alloc_grow(l->alloc, (void **)&l->v, &l->cap, l->n + 1, sizeof *l->v);
    if (l->err == BASE_OK) {
        l->v[l->n++] = *id;
    }
    return l->err == BASE_OK;
}

base_err room_follow_all(sotto *s, core_conn *c)
{
    base_err err = BASE_OK;
    size_t in_frame = 0;
    base_buf items = base_buf_on(s->alloc);
    id_list ids = {.alloc = s->alloc};
    TRY(store_room_live(s->store, c->relay, collect_id, &ids));
    TRY(ids.err);
    for (size_t i = 0; i < ids.n; i++) {
        room_live *r = NULL;
        TRY(room_live_get(s, &ids.v[i], &r));
        if (!may_follow(r)) {
            continue; /* joining, making: room_pump() */
        }
        err = follow_item(s, c, r, &items);
        if (err != BASE_OK && !core_is_fault(err)) {
            TRY(room_stop(s, r));
            continue;
        }
        TRY(err);
        if (++in_frame == FOLLOW_BATCH) {
            TRY(follow_send(s, c, &items));
            base_buf_clear(&items);
            in_frame = 0;
        }
    }
    TRY(follow_send(s, c, &items));
done:
    base_alloc_free(s->alloc, ids.v);
    base_buf_clear(&items);
    return err;
}

static base_err rolled_back(sotto *s, room_live *r)
{
    r->broken = true;
    return alarm_raise(s, SOTTO_ALARM_ROLLED_BACK, &r->row.id, NULL,
                       "The relay lost part of this conversation, or went back to an old copy of "
                       "it. What is on this device is safe; new messages cannot be sent here.");
}

static base_err copy_found(sotto *s, room_live *r)
{
    r->broken = true;
    return alarm_raise(s, SOTTO_ALARM_COPY_FOUND, &r->row.id, NULL,
                       "A copy of this device's data is in use somewhere else. Nothing more is "
                       "sent from here until you decide.");
}

static base_err follow_ok(sotto *s, room_live *r, const wire_followed *f)
{
    base_err err = BASE_OK;
    sotto_log_point start = {f->start, {{0}}};
    memcpy(start.h.b, f->start_hash.p, sizeof start.h.b);
    if (!place_known(r)) {
        r->row.at = start; /* the relay's word, until a member's message confirms it */
        r->changed = true;
        TRY(store_point_put(s->store, &r->row.id, &start));
    }
    if (f->place > r->row.at.n) {
        return copy_found(s, r);
    }
    if (f->end < r->row.at.n) {
        return rolled_back(s, r);
    }
    if (f->start == r->row.at.n && !sotto_hash_eq(&start.h, &r->row.at.h)) {
        TRY(alarm_raise(s, SOTTO_ALARM_FORKED, &r->row.id, NULL,
                        "The relay shows this conversation differently than before."));
    }
    r->state = LIVE_READING;
    r->acked = f->place;
    r->ack_due = true;
    r->synced_at = f->end;
    r->synced = r->row.at.n >= f->end;
done:
    return err;
}

static base_err follow_gone(sotto *s, room_live *r, const wire_followed *f)
{
    base_err err = BASE_OK;
    /* Something is missing, and what comes after it is in this epoch. */
    REQUIRE(f->resume > r->row.at.n && f->resume <= f->end, SOTTO_E_RELAY);
    r->state = LIVE_IDLE;
    r->channel = 0;
    if (f->place > r->row.at.n) {
        return copy_found(s, r); /* what is gone was acknowledged with our key, not by us */
    }
    if (r->resumed) {
        r->broken = true;
        return alarm_raise(s, SOTTO_ALARM_GONE, &r->row.id, NULL,
                           "This device was away so long that the relay no longer keeps what it "
                           "missed. Ask a member to remove and add you again.");
    }
    r->resumed = true;
    r->row.at.n = f->resume;
    memcpy(r->row.at.h.b, f->resume_hash.p, sizeof r->row.at.h.b);
    r->changed = true;
    TRY(store_point_put(s->store, &r->row.id, &r->row.at));
    TRY(store_member_forget_counts(s->store, &r->row.id));
    TRY(room_notice(s, r, SOTTO_NOTICE_EXPIRED, NULL, NULL));
done:
    return err;
}

base_err room_followed(sotto *s, core_conn *c, base_bytes items)
{
    base_err err = BASE_OK;
    base_rd in = base_rd_on(items);
    while (base_rd_more(&in)) {
        wire_followed f;
        TRY(wire_followed_next(&in, &f));
        room_live *r = room_live_of_channel(s, c, f.channel);
        if (r == NULL || r->state != LIVE_ASKED) {
            continue;
        }
        s->disturbed = true;
        if (f.status == WIRE_OK) {
            TRY(follow_ok(s, r, &f));
        } else if (f.status == WIRE_GONE) {
            TRY(follow_gone(s, r, &f));
        } else if (f.status == WIRE_RANGE || f.status == WIRE_DENIED) {
            r->channel = 0;
            TRY(rolled_back(s, r));
        } else {
            conn_close(s, c, "The relay is busy.");
            break;
        }
    }
done:
    return err;
}

base_err room_dropped(sotto *s, core_conn *c, const wire_dropped *d)
{
    room_live *r = room_live_of_channel(s, c, d->channel);
    if (r == NULL) {
        return BASE_OK;
    }
    room_follow_later(s, r);
    if (d->reason == WIRE_SUPERSEDED) {
        return copy_found(s, r);
    }
    return d->reason == WIRE_DENIED ? rolled_back(s, r) : BASE_OK;
}

/* ---- what is due ---- */

static base_err acknowledge(sotto *s, core_conn *c, room_live *r)
{
    base_err err = BASE_OK;
    uint8_t token[32] = {0};
    base_buf items = base_buf_on(s->alloc);
    core_request what = {.kind = REQ_ACK, .room = r->row.id};
    wire_frame f = {.type = WIRE_ACK};
    wire_ack ack = {.channel = r->channel, .seq = r->row.at.n};
    if (r->channel_epoch < r->row.epoch) {
        TRY(room_token(s, r, r->group, token));
        ack.has_next = true;
        ack.next_epoch = r->row.epoch;
        ack.next_token = base_bytes_of(token, sizeof token);
    }
    TRY(wire_ack_put(&items, &ack));
    f.u.items.items = base_buf_bytes(&items);
    TRY(conn_request(s, c, &f, &what));
    r->channel_epoch = r->row.epoch;
    r->acked = r->row.at.n;
    r->ack_due = false;
done:
    base_wipe(token, sizeof token);
    base_buf_clear(&items);
    return err;
}

static base_err commit_leavers(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    bool queued = false;
    outbox_row o;
    memset(&o, 0, sizeof o);
    s->disturbed = true;
    r->leave_commit_at = 0;
    TRY(store_outbox_has(s->store, &r->row.id, OUTBOX_COMMIT, &queued));
    if (queued || mls_group_proposal_count(r->group) == 0) {
        goto done; /* that commit takes the leaver along */
    }
    o.room = r->row.id;
    o.kind = OUTBOX_COMMIT; /* an empty plan: only what is proposed */
    TRY(store_outbox_add(s->store, &o, &o.number));
done:
    outbox_row_clear(&o);
    return err;
}

static base_err pump_reading(sotto *s, core_conn *c, room_live *r)
{
    base_err err = BASE_OK;
    if (r->ack_due || r->row.at.n > r->acked || r->channel_epoch < r->row.epoch) {
        TRY(acknowledge(s, c, r));
    }
    if (!r->synced || r->broken) {
        goto done;
    }
    TRY(room_leavers(s, r));
    if (r->leave_commit_at != 0 && s->now >= r->leave_commit_at) {
        TRY(commit_leavers(s, r));
    }
    if (r->receipts_at != 0 && s->now >= r->receipts_at) {
        TRY(receipts_send(s, r));
    }
    if (r->busy && r->taken_at != 0 && s->now >= r->taken_at + CORE_SILENCE_MS) {
        conn_close(s, c, "The relay does not show what it was sent.");
    } else if (!r->busy && !r->stale) {
        TRY(room_send_next(s, c, r));
    }
done:
    return err;
}

base_err room_pump(sotto *s, room_live *r)
{
    bool live = r->row.state == SOTTO_ROOM_OPEN || r->row.state == SOTTO_ROOM_PENDING ||
                r->row.state == SOTTO_ROOM_MAKING;
    r->follow_at = s->now >= r->follow_at ? 0 : r->follow_at;
    if (!live) {
        return BASE_OK;
    }
    core_conn *c = conn_want(s, r->row.relay, CORE_LOGS);
    if (!conn_ready(c)) {
        return BASE_OK;
    }
    if (r->row.joining.n > 0) {
        return r->state == LIVE_IDLE && !r->broken ? join_fetch(s, c, r) : BASE_OK;
    }
    if (!r->row.created) {
        return r->busy ? BASE_OK : room_send_next(s, c, r);
    }
    if (may_follow(r)) {
        return room_follow(s, c, r);
    }
    return r->state == LIVE_READING ? pump_reading(s, c, r) : BASE_OK;
}

base_err room_pump_all(sotto *s)
{
    base_err err = BASE_OK;
    for (size_t i = 0; err == BASE_OK && i < s->n_rooms; i++) {
        room_live *r = s->rooms[i];
        err = room_pump(s, r);
        if (err != BASE_OK && !core_is_fault(err)) {
            err = room_stop(s, r);
        }
    }
    return err;
}

uint64_t room_wake_at(const sotto *s)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < s->n_rooms; i++) {
        const room_live *r = s->rooms[i];
        if (r->follow_at != 0 && r->follow_at < at) {
            at = r->follow_at;
        }
        if (r->state != LIVE_READING || r->broken || !r->synced) {
            continue;
        }
        if (r->busy && r->taken_at != 0 && r->taken_at + CORE_SILENCE_MS < at) {
            at = r->taken_at + CORE_SILENCE_MS;
        }
        if (r->receipts_at != 0 && r->receipts_at < at) {
            at = r->receipts_at;
        }
        if (r->leave_commit_at != 0 && r->leave_commit_at < at) {
            at = r->leave_commit_at;
        }
    }
    return at;
}
