/* What leaves for a log, one entry at a time, in order (docs/client.md, section 9). An entry is
 * sealed when its turn comes, stored, then sent; the same bytes are sent again as long as the epoch
 * is the same and the log does not have them. */
#include "core.h"

/* ---- sizes (docs/protocol.md, section 6.2) ---- */

static size_t varint(size_t n)
{
    return n < 64 ? 1 : n < 16384 ? 2 : 4;
}

/* The content that fills a message of c bytes exactly; 0: none does. */
static size_t content_for(size_t c, size_t fixed)
{
    const size_t tag = 16;
    for (size_t prefix = 1; prefix <= 4; prefix *= 2) {
        if (c > fixed + prefix + tag && varint(c - fixed - prefix) == prefix) {
            return c - fixed - prefix - tag;
        }
    }
    return 0;
}

size_t room_pad_to(size_t group_id_n, size_t aad_n, size_t content_n, size_t from, size_t *size)
{
    /* PrivateMessage (RFC 9420, section 6.3): version and wire format, group id, epoch, content
     * type, authenticated data, sender data (12 bytes and a tag), then the ciphertext with its tag.
     */
    size_t fixed = 4 + varint(group_id_n) + group_id_n + 8 + 1 + varint(aad_n) + aad_n + 1 + 28;
    size_t c = wire_size_class(from > 0 ? from : 1);
    while (c != 0 && c <= WIRE_ENTRY_MAX) {
        size_t content = content_for(c, fixed);
        if (content >= content_n && content > 0) {
            *size = c;
            return content;
        }
        c = wire_size_class(c + 1);
    }
    return 0;
}

/* Content of an application message: the data, a signature of 64 bytes, each behind its length. */
static size_t application_content(size_t n)
{
    return varint(n) + n + 2 + 64;
}

/* ---- sealing ---- */

static base_err seal_application(sotto *s, room_live *r, outbox_row *o)
{
    base_err err = BASE_OK;
    base_buf plain = base_buf_on(s->alloc);
    mls_framing framing = {.is_public = false};
    size_t size = 0;
    const char *type = o->kind == OUTBOX_TEXT ? CONTENT_TYPE
                       : o->body.n > 0        ? STATUS_TYPE
                                              : HERE_TYPE;
    sotto_envelope e = {
        .at = r->row.at,
        .count = r->row.count + 1,
        .name = r->row.name_told ? BASE_BYTES_NONE : base_bytes_str(s->me.name),
        .type = base_bytes_str(type),
        .body = base_buf_bytes(&o->body),
    };
    TRY(sotto_envelope_encode(&e, &plain));
    framing.pad_to = room_pad_to(r->row.group_n, 0, application_content(plain.n), 0, &size);
    REQUIRE(framing.pad_to != 0 && size <= WIRE_INLINE_MAX, BASE_E_LIMIT);
    TRY(mls_group_protect(r->group, base_buf_bytes(&plain), &framing, &o->sealed));
    REQUIRE(o->sealed.n == size, BASE_E_INTERNAL);
done:
    base_buf_clear(&plain);
    return err;
}

static base_err seal_leave(sotto *s, room_live *r, outbox_row *o)
{
    /* A Remove proposal: type, reference by value, leaf; a signature; no confirmation tag. */
    const size_t content = 2 + 4 + 2 + 64 + 16;
    size_t size = 0;
    mls_framing framing = {.is_public = false};
    mls_proposal_params remove = {.type = MLS_PROPOSAL_REMOVE,
                                  .removed = mls_group_own_leaf(r->group)};
    framing.pad_to = room_pad_to(r->row.group_n, 0, content, 0, &size);
    base_err err = mls_group_propose(r->group, &remove, &framing, core_seconds(s), &o->sealed);
    return err == BASE_OK && o->sealed.n != size ? BASE_E_INTERNAL : err;
}

/* Seal for the present epoch, and store what was sealed before it can leave. */
static base_err seal(sotto *s, room_live *r, outbox_row *o)
{
    base_err err = BASE_OK;
    s->disturbed = true;
    base_buf_clear(&o->sealed);
    base_buf_clear(&o->side);
    base_buf_clear(&o->staged);
    TRY(room_group(s, r));
    o->epoch = r->row.epoch;
    if (o->kind == OUTBOX_COMMIT) {
        TRY(plan_commit_make(s, r, o));
    } else if (o->kind == OUTBOX_LEAVE) {
        TRY(seal_leave(s, r, o));
    } else {
        TRY(seal_application(s, r, o));
    }
    TRY(store_outbox_sealed(s->store, o));
done:
    return err;
}

/* ---- sending ---- */

static base_err send_create(sotto *s, core_conn *c, room_live *r, const outbox_row *o)
{
    base_err err = BASE_OK;
    uint8_t token[32] = {0};
    sotto_hash gate;
    sotto_hash cursor;
    base_bytes t = {token, sizeof token};
    base_bytes k = {r->row.reader, sizeof r->row.reader};
    core_request what = {.kind = REQ_CREATE, .room = r->row.id, .outbox = o->number};
    TRY(room_group(s, r));
    TRY(room_token(s, r, r->group, token));
    TRY(sotto_hash_of(&s->prims, "", &t, 1, &gate));
    TRY(sotto_hash_of(&s->prims, "", &k, 1, &cursor));
    wire_frame f = {.type = WIRE_CREATE};
    f.u.create = (wire_create){base_bytes_of(r->row.log, sizeof r->row.log),
                               sotto_hash_bytes(&gate), sotto_hash_bytes(&cursor), conn_postage(c)};
    TRY(conn_request(s, c, &f, &what));
    r->busy = true;
done:
    base_wipe(token, sizeof token);
    return err;
}

static base_err send_append(sotto *s, core_conn *c, room_live *r, const outbox_row *o)
{
    core_request what = {.kind = REQ_APPEND, .room = r->row.id, .outbox = o->number};
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){r->channel, o->epoch, base_buf_bytes(&o->sealed)};
    base_err err = conn_request(s, c, &f, &what);
    r->busy = err == BASE_OK;
    return err;
}

static base_err send_commit(sotto *s, core_conn *c, room_live *r, const outbox_row *o)
{
    base_err err = BASE_OK;
    base_buf body = base_buf_on(s->alloc);
    core_request what = {.kind = REQ_COMMIT, .room = r->row.id, .outbox = o->number};
    wire_frame f = {.type = WIRE_COMMIT};
    base_rd in = base_rd_on(base_buf_bytes(&o->side));
    base_bytes gate = base_rd_fixed(&in, 32);
    base_bytes opened = base_rd_vec(&in);
    base_bytes closed = base_rd_vec(&in);
    base_bytes side = base_rd_vec(&in);
    REQUIRE(base_rd_end(&in) == BASE_OK, BASE_E_CORRUPT);
    TRY(base_buf_append(&body, base_buf_bytes(&o->sealed)));
    TRY(base_buf_append(&body, side));
    bool large = body.n > WIRE_INLINE_MAX;
    f.u.commit = (wire_commit){r->channel,
                               o->epoch,
                               gate,
                               opened,
                               closed,
                               (uint32_t)o->sealed.n,
                               (uint32_t)side.n,
                               large ? BASE_BYTES_NONE : base_buf_bytes(&body)};
    TRY(conn_request(s, c, &f, &what));
    if (large) {
        conn_upload(c, &body);
    }
    r->busy = true;
done:
    base_buf_clear(&body);
    return err;
}

static base_err own_hash(sotto *s, base_bytes entry, sotto_hash *out)
{
    return sotto_hash_of(&s->prims, "sotto own entry", &entry, 1, out);
}

base_err room_own_keep(sotto *s, base_bytes entry)
{
    sotto_hash hash;
    bool fresh = false;
    base_err err = own_hash(s, entry, &hash);
    return err != BASE_OK ? err : store_seen_put(s->store, &hash, core_day(s), &fresh);
}

base_err room_own_known(sotto *s, base_bytes entry, bool *out)
{
    sotto_hash hash;
    base_err err = own_hash(s, entry, &hash);
    return err != BASE_OK ? err : store_seen_has(s->store, &hash, out);
}

/* An entry that can never be sealed: its message fails, its request ends. */
static base_err give_up(sotto *s, room_live *r, outbox_row *o, base_err why)
{
    base_err err = BASE_OK;
    core_op *op = op_find(s, (uint32_t)o->op);
    if (o->sealed.n > 0) {
        TRY(room_own_keep(s, base_buf_bytes(&o->sealed)));
    }
    if (o->message != 0) {
        TRY(store_message_state(s->store, o->message, SOTTO_FAILED, why));
        TRY(core_event_message(s, &r->row.id, o->message));
    }
    TRY(store_outbox_drop(s->store, o->number));
    if (op != NULL) {
        TRY(op_end(s, op, why));
    }
    if (r->row.state == SOTTO_ROOM_MAKING) {
        TRY(room_abandon(s, &r->row.id));
    }
done:
    return err;
}

static bool class_is_refusal(base_err err)
{
    base_class c = base_err_class(err);
    return c == BASE_CLASS_REJECTED || c == BASE_CLASS_MALFORMED || err == BASE_E_LIMIT;
}

/* Proposals of leavers are kept: they have to be committed before anything can be said. */
static base_err commit_first(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    outbox_row o;
    memset(&o, 0, sizeof o);
    o.room = r->row.id;
    o.kind = OUTBOX_COMMIT;
    err = store_outbox_add(s->store, &o, &o.number);
    outbox_row_clear(&o);
    return err;
}

base_err room_send_next(sotto *s, core_conn *c, room_live *r)
{
    base_err err = BASE_OK;
    outbox_row o;
    memset(&o, 0, sizeof o);
    err = store_outbox_first(s->store, &r->row.id, &o);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK;
    }
    TRY(err);
    if (o.kind == OUTBOX_CREATE) {
        TRY(send_create(s, c, r, &o));
        goto done;
    }
    if (r->state != LIVE_READING ||
        (o.kind == OUTBOX_LEAVE && o.side.n > 0 && o.epoch == r->row.epoch)) {
        goto done; /* a leaver's word stands in this epoch already */
    }
    if (o.sealed.n == 0 || o.epoch != r->row.epoch) {
        err = seal(s, r, &o);
        if (err == MLS_E_COMMIT_FIRST) {
            TRY(commit_first(s, r));
            goto done;
        }
        if (err == BASE_E_NOT_FOUND && o.kind == OUTBOX_COMMIT) {
            TRY(plan_commit_done(s, r, &o)); /* what it wanted is so already */
            goto done;
        }
        if (err != BASE_OK && class_is_refusal(err)) {
            TRY(give_up(s, r, &o, err));
            goto done;
        }
        TRY(err);
    }
    TRY(o.kind == OUTBOX_COMMIT ? send_commit(s, c, r, &o) : send_append(s, c, r, &o));
done:
    outbox_row_clear(&o);
    return err;
}

/* ---- what the relay answers ---- */

static base_err created(sotto *s, room_live *r, const core_request *q)
{
    s->disturbed = true;
    r->busy = false;
    r->row.created = true;
    r->changed = true;
    return store_outbox_drop(s->store, q->outbox);
}

base_err room_answer(sotto *s, core_conn *c, room_live *r, const core_request *q,
                     const wire_frame *f)
{
    base_err err = BASE_OK;
    outbox_row o;
    memset(&o, 0, sizeof o);
    if (f->type == WIRE_APPENDED || f->type == WIRE_COMMITTED) {
        r->taken_at = s->now; /* the entry itself comes on the channel, in its place */
        return BASE_OK;
    }
    if (f->type != WIRE_DONE) {
        return SOTTO_E_RELAY;
    }
    uint8_t status = f->u.done.status;
    if (q->kind == REQ_CREATE && status == WIRE_OK) {
        return created(s, r, q);
    }
    s->disturbed = true;
    r->busy = false;
    err = store_outbox_get(s->store, q->outbox, &o);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK;
    }
    TRY(err);
    if (q->kind == REQ_CREATE && status != WIRE_BUSY && status != WIRE_FAILED) {
        status = WIRE_DENIED; /* no other refusal has a meaning here */
    }
    switch (status) {
    case WIRE_STALE:
        r->stale = o.epoch == r->row.epoch; /* else the commit has been read meanwhile */
        break;
    case WIRE_NO_CHANNEL:
        room_follow_later(s, r); /* read to the head, then see */
        break;
    case WIRE_NO_READER:
        r->broken = true;
        TRY(alarm_raise(s, SOTTO_ALARM_STUCK, &r->row.id, NULL,
                        "The relay lets this device read here, but not write. Ask a member to "
                        "remove and add you again."));
        break;
    case WIRE_BUSY:
    case WIRE_FAILED:
        conn_close(s, c, "The relay is busy.");
        break;
    default:
        TRY(give_up(s, r, &o, SOTTO_E_REFUSED));
        break;
    }
done:
    outbox_row_clear(&o);
    return err;
}

/* ---- an own entry comes back ---- */

static base_err own_text(sotto *s, room_live *r, const outbox_row *o, uint64_t seq)
{
    base_err err = BASE_OK;
    int64_t order = 0;
    TRY(store_message_next_order(s->store, &r->row.id, &order));
    TRY(store_message_sent(s->store, o->message, order, seq));
    TRY(core_event_message(s, &r->row.id, o->message));
    TRY(core_event_room(s, &r->row.id));
done:
    return err;
}

static base_err own_commit(sotto *s, room_live *r, outbox_row *o)
{
    base_err err = BASE_OK;
    mls_staged *staged = NULL;
    TRY(mls_staged_decode(r->group, base_buf_bytes(&o->staged), &staged));
    TRY(room_merge(s, r, &staged, &s->me.id));
    TRY(plan_commit_done(s, r, o));
done:
    mls_staged_free(staged);
    return err;
}

static base_err own_leave(sotto *s, outbox_row *o)
{
    /* It stays until the commit: `side` marks that this epoch's word is out. */
    base_err err = base_buf_set(&o->side, base_bytes_str("out"));
    return err != BASE_OK ? err : store_outbox_sealed(s->store, o);
}

base_err room_own_entry(sotto *s, room_live *r, const wire_entry *e, bool *mine)
{
    base_err err = BASE_OK;
    outbox_row o;
    memset(&o, 0, sizeof o);
    err = store_outbox_of_sealed(s->store, &r->row.id, e->data, &o);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK;
    }
    TRY(err);
    *mine = true;
    r->busy = false;
    r->taken_at = 0;
    r->changed = true;
    TRY(room_own_keep(s, e->data));
    if (o.kind == OUTBOX_COMMIT) {
        TRY(own_commit(s, r, &o));
    } else if (o.kind == OUTBOX_LEAVE) {
        TRY(own_leave(s, &o));
    } else {
        r->row.count++;
        r->row.name_told = true;
        if (o.kind == OUTBOX_TEXT) {
            TRY(own_text(s, r, &o, e->seq));
        }
        TRY(store_outbox_drop(s->store, o.number));
    }
done:
    outbox_row_clear(&o);
    return err;
}
