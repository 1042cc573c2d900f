/* A log's entries as they come in, in order (docs/client.md, section 7): the running hash, then
 * what it is. An entry that cannot be a message is named and passed over; a commit that cannot be
 * processed stops the room where it is, and says so. */
#include "core.h"

#define RECEIPT_DELAY_MS 250 /* receipts of a burst leave as one */
#define LEAVE_STEP_MS 400    /* a leaver's neighbours commit first: by distance in leaves */
#define LEAVE_DISTANCE_MAX 64

static bool type_is(base_bytes type, const char *name)
{
    return base_bytes_eq(type, base_bytes_str(name));
}

base_err room_claim(sotto *s, room_live *r, const sotto_hash *who, const sotto_log_point *claim)
{
    sotto_hash ours;
    if (claim->n > r->row.at.n) {
        return alarm_raise(s, SOTTO_ALARM_REORDERED, &r->row.id, who,
                           "The relay changed the order of this conversation, or kept a part of it "
                           "back.");
    }
    base_err err = store_point_get(s->store, &r->row.id, claim->n, &ours);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK; /* before this device joined, or too long ago */
    }
    if (err == BASE_OK && !sotto_hash_eq(&ours, &claim->h)) {
        err = alarm_raise(s, SOTTO_ALARM_FORKED, &r->row.id, who,
                          "The relay shows this conversation differently to different people.");
    }
    return err;
}

/* ---- messages ---- */

static base_err count_seen(sotto *s, room_live *r, const sotto_hash *who, uint64_t count)
{
    base_err err = BASE_OK;
    member_row m;
    TRY(store_member_get(s->store, &r->row.id, who, &m));
    if (m.count > 0 && count > m.count + 1) {
        TRY(alarm_raise(s, SOTTO_ALARM_DROPPED, &r->row.id, who,
                        "The relay kept back messages of this person. Ask them what is missing."));
    } else if (m.count > 0 && count <= m.count) {
        TRY(alarm_raise(s, SOTTO_ALARM_REORDERED, &r->row.id, who,
                        "Messages of this person came twice or in the wrong order."));
    }
    m.count = count;
    TRY(store_member_put(s->store, &r->row.id, &m));
done:
    return err;
}

static base_err text_arrived(sotto *s, room_live *r, const sotto_hash *who, base_bytes body,
                             uint64_t seq)
{
    base_err err = BASE_OK;
    base_buf text = base_buf_on(s->alloc);
    int64_t number = 0;
    int64_t order = 0;
    message_row m;
    memset(&m, 0, sizeof m);
    m.room = r->row.id;
    err = content_read_text(s, &r->row.id, who, body, &text, &m.id);
    if (err != BASE_OK) {
        err = core_is_fault(err) ? err : BASE_OK; /* to be discarded, or of a kind not shown */
        goto done;
    }
    err = store_message_find(s->store, &m.room, &m.id, &number, &order);
    if (err != BASE_E_NOT_FOUND) {
        goto done; /* a message id comes once */
    }
    TRY(store_message_next_order(s->store, &m.room, &m.order));
    m.seq = seq;
    m.sender = *who;
    m.has_sender = true;
    m.time = s->now;
    m.state = SOTTO_RECEIVED;
    m.text = base_buf_bytes(&text);
    TRY(store_message_add(s->store, &m, &number));
    r->row.activity = s->now;
    r->changed = true;
    if (r->receipts_at == 0) {
        r->receipts_at = s->now + RECEIPT_DELAY_MS;
    }
    TRY(core_event_message(s, &m.room, number));
    TRY(core_event_room(s, &m.room));
done:
    base_buf_clear(&text);
    return err;
}

static base_err application(sotto *s, room_live *r, const sotto_hash *who, base_bytes plaintext,
                            uint64_t seq)
{
    base_err err = BASE_OK;
    sotto_envelope e;
    err = sotto_envelope_decode(plaintext, &e);
    if (err != BASE_OK) {
        return alarm_raise(s, SOTTO_ALARM_DROPPED, &r->row.id, who,
                           "A message of this person could not be read: their program sent "
                           "something that this one does not understand.");
    }
    TRY(room_claim(s, r, who, &e.at));
    TRY(count_seen(s, r, who, e.count));
    TRY(people_name_seen(s, who, e.name));
    TRY(members_heard(s, r, who));
    if (type_is(e.type, CONTENT_TYPE)) {
        TRY(text_arrived(s, r, who, e.body, seq));
    } else if (type_is(e.type, STATUS_TYPE)) {
        TRY(receipts_taken(s, r, who, e.body));
    }
done:
    return err;
}

/* ---- leaving ---- */

/* When this device commits what a leaver at this distance proposed, if nobody did before. */
static base_err schedule_leave(sotto *s, room_live *r, uint32_t distance)
{
    uint8_t random = 0;
    base_err err = sotto_random(&s->prims, &random, 1);
    distance = distance < LEAVE_DISTANCE_MAX ? distance : LEAVE_DISTANCE_MAX;
    r->leave_commit_at = s->now + (uint64_t)distance * LEAVE_STEP_MS + random;
    return err;
}

base_err room_leavers(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    bool leaving = false;
    size_t kept = mls_group_proposal_count(r->group);
    if (r->leave_commit_at != 0 || kept == 0) {
        return BASE_OK; /* proposals stay kept over a restart, the moment does not */
    }
    TRY(store_outbox_has(s->store, &r->row.id, OUTBOX_LEAVE, &leaving));
    if (kept > leaving) { /* one's own is for others to commit */
        s->disturbed = true;
        TRY(schedule_leave(s, r, LEAVE_DISTANCE_MAX));
    }
done:
    return err;
}

/* Kept is a member's first word in an epoch that it leaves, and nothing else: nobody may propose
 * to remove another, and many such words would be a burden. So all keep the same. */
static base_err proposal(sotto *s, room_live *r, const sotto_hash *who, const mls_received *rec)
{
    base_err err = BASE_OK;
    member_row m;
    TRY(store_member_get(s->store, &r->row.id, who, &m));
    if (rec->proposal != MLS_PROPOSAL_REMOVE || rec->removed.v != rec->sender.v ||
        m.state == SOTTO_MEMBER_LEAVING) {
        err = mls_group_forget_proposal(r->group, base_buf_bytes(&rec->proposal_ref));
        goto done;
    }
    m.state = SOTTO_MEMBER_LEAVING;
    TRY(store_member_put(s->store, &r->row.id, &m));
    if (r->leave_commit_at == 0) {
        uint32_t mine = mls_group_own_leaf(r->group).v;
        uint32_t distance = mine > rec->sender.v ? mine - rec->sender.v : rec->sender.v - mine;
        TRY(schedule_leave(s, r, distance - 1));
    }
    TRY(core_event_room(s, &r->row.id));
done:
    return err;
}

/* ---- commits ---- */

static base_err bad_commit(sotto *s, room_live *r, const sotto_hash *who)
{
    r->broken = true;
    return alarm_raise(s, SOTTO_ALARM_BAD_COMMIT, &r->row.id, who,
                       "A member's device or the relay broke this conversation: a change of the "
                       "group cannot be followed. Messages up to here are safe.");
}

/* Whether the gate the relay was given opens with the token that we derive. */
static base_err check_gate(sotto *s, room_live *r, const mls_group *next, base_bytes gate)
{
    base_err err = BASE_OK;
    uint8_t token[32] = {0};
    sotto_hash hash;
    base_bytes part = {token, sizeof token};
    if (next == NULL) {
        return BASE_OK; /* this member is removed: the next epoch is not its to see */
    }
    TRY(room_token(s, r, next, token));
    TRY(sotto_hash_of(&s->prims, "", &part, 1, &hash));
    REQUIRE(base_ct_eq(sotto_hash_bytes(&hash), gate), SOTTO_E_RULES);
done:
    base_wipe(token, sizeof token);
    return err;
}

static base_err removed_me(sotto *s, room_live *r)
{
    bool leaving = false;
    base_err err = store_outbox_has(s->store, &r->row.id, OUTBOX_LEAVE, &leaving);
    r->row.state = leaving ? SOTTO_ROOM_LEFT : SOTTO_ROOM_REMOVED;
    r->changed = true;
    return err != BASE_OK ? err : room_over(s, r);
}

/* A leaver whom nobody is left to take out is out. */
static base_err leave_if_alone(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    bool leaving = false;
    uint32_t members = 0;
    uint32_t unverified = 0;
    TRY(store_member_count(s->store, &r->row.id, &members, &unverified));
    if (members == 1) {
        TRY(store_outbox_has(s->store, &r->row.id, OUTBOX_LEAVE, &leaving));
    }
    if (leaving) {
        r->row.state = SOTTO_ROOM_LEFT;
        TRY(room_over(s, r));
    }
done:
    return err;
}

base_err room_merge(sotto *s, room_live *r, mls_staged **staged, const sotto_hash *by)
{
    base_err err = BASE_OK;
    bool gone = mls_staged_removes_me(*staged);
    TRY(members_change(s, r, *staged, by));
    TRY(store_member_stay(s->store, &r->row.id)); /* who still leaves says so again */
    TRY(mls_group_merge(r->group, *staged));
    *staged = NULL;
    r->stale = false;
    r->leave_commit_at = 0;
    r->changed = true;
    if (gone) {
        TRY(removed_me(s, r));
    } else {
        r->row.epoch = mls_group_epoch(r->group);
        TRY(leave_if_alone(s, r));
    }
done:
    return err;
}

static base_err commit(sotto *s, room_live *r, const sotto_hash *who, mls_received *rec,
                       const wire_entry *e, bool *good)
{
    base_err err = BASE_OK;
    sotto_log_point claim;
    base_rd in = base_rd_on(base_buf_bytes(&rec->authenticated_data));
    sotto_log_point_read(&in, &claim);
    *good = false;
    err = base_rd_end(&in) == BASE_OK ? BASE_OK : SOTTO_E_RULES;
    if (err == BASE_OK) {
        err = rules_check_commit(s, r->group, rec->staged);
    }
    if (err == BASE_OK) {
        err = check_gate(s, r, mls_staged_next(rec->staged), e->stamp.gate);
    }
    if (err == SOTTO_E_RULES) {
        return bad_commit(s, r, who);
    }
    TRY(err);
    TRY(room_claim(s, r, who, &claim));
    TRY(members_heard(s, r, who));
    TRY(room_merge(s, r, &rec->staged, who));
    *good = true;
done:
    return err;
}

/* ---- an entry ---- */

base_err room_stop(sotto *s, room_live *r)
{
    s->disturbed = true;
    r->broken = true;
    return alarm_raise(s, SOTTO_ALARM_STUCK, &r->row.id, NULL,
                       "This device cannot go on in this conversation. What is in it so far is "
                       "safe. Ask a member to remove and add you again.");
}

static base_err unreadable(sotto *s, room_live *r, const wire_entry *e, base_err why, bool *good)
{
    if (why == MLS_E_OWN_MESSAGE) {
        bool known = false;
        base_err err = room_own_known(s, e->data, &known);
        if (err != BASE_OK) {
            return err;
        }
        if (!known) {
            /* Ours, but this store did not send it. */
            r->broken = true;
            *good = false;
            return alarm_raise(s, SOTTO_ALARM_COPY_FOUND, &r->row.id, NULL,
                               "A copy of this device's data is in use somewhere else. Nothing "
                               "more is sent from here until you decide.");
        }
        why = MLS_E_GENERATION_GONE; /* anybody in the room can say our bytes again */
    }
    if (base_err_class(why) == BASE_CLASS_INTERNAL || base_err_class(why) == BASE_CLASS_CALLER) {
        *good = false;
        return room_stop(s, r);
    }
    if (e->kind == WIRE_KIND_COMMIT) {
        *good = false;
        return bad_commit(s, r, NULL);
    }
    *good = true;
    if (why == MLS_E_GENERATION_GONE) {
        return alarm_raise(s, SOTTO_ALARM_REORDERED, &r->row.id, NULL,
                           "The relay or a member's program delivered a message twice.");
    }
    return alarm_raise(s, SOTTO_ALARM_DROPPED, &r->row.id, NULL,
                       "Something in this conversation could not be read: the relay or a member's "
                       "program damaged it.");
}

static base_err theirs(sotto *s, room_live *r, const wire_entry *e, bool *good)
{
    base_err err = BASE_OK;
    mls_received rec = {0};
    sotto_hash who = {{0}};
    const mls_leaf_node *leaf = NULL;
    memset(&rec, 0, sizeof rec);
    err = mls_group_receive(r->group, e->data, core_seconds(s), &rec);
    if (err != BASE_OK) {
        goto done;
    }
    *good = true;
    if (rec.sender_type != MLS_SENDER_MEMBER ||
        (rec.kind == MLS_RECEIVED_COMMIT) != (e->kind == WIRE_KIND_COMMIT)) {
        err = MLS_E_SENDER;
        goto done;
    }
    TRY(mls_group_member(r->group, rec.sender, &leaf));
    TRY(room_leaf_identity(s, leaf, &who, NULL));
    if (rec.kind == MLS_RECEIVED_APPLICATION) {
        TRY(application(s, r, &who, base_buf_bytes(&rec.plaintext), e->seq));
    } else if (rec.kind == MLS_RECEIVED_PROPOSAL) {
        TRY(proposal(s, r, &who, &rec));
    } else {
        TRY(commit(s, r, &who, &rec, e, good));
    }
done:
    mls_received_clear(&rec);
    return err;
}

base_err room_entry(sotto *s, room_live *r, const wire_entry *e)
{
    base_err err = BASE_OK;
    sotto_log_point next = r->row.at;
    bool mine = false;
    bool good = true;
    if (r->state != LIVE_READING || r->broken) {
        return BASE_OK;
    }
    s->disturbed = true;
    REQUIRE(e->seq == r->row.at.n + 1, SOTTO_E_RELAY);
    TRY(sotto_log_step(&s->prims, &next, e->data));
    err = room_own_entry(s, r, e, &mine);
    if (err == BASE_OK && !mine) {
        err = theirs(s, r, e, &good);
    }
    if (err != BASE_OK && !core_is_fault(err)) {
        err = unreadable(s, r, e, err, &good);
    }
    TRY(err);
    if (good) {
        r->row.at = next;
        r->resumed = false;
        r->drops = 0;
        r->changed = true;
        r->synced = r->synced || next.n >= r->synced_at;
        TRY(store_point_put(s->store, &r->row.id, &next));
    }
done:
    return err;
}
