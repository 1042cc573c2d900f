/* Frames from a relay: joined when they come in parts, matched with the request they answer, and
 * handed to whom they concern. A relay that breaks the protocol loses its connection. */
#include "core.h"

/* The limits a relay may tell; below these it is broken (docs/protocol.md, section 1.2). */
static bool welcome_ok(const wire_welcome *w)
{
    return w->version == WIRE_VERSION && w->max_inline >= WIRE_INLINE_MAX &&
           w->max_frame >= WIRE_FRAME_MAX && w->max_entry >= WIRE_ENTRY_MAX &&
           w->max_side >= WIRE_SIDE_MAX && w->max_mail >= WIRE_MAIL_MAX &&
           w->max_channels >= WIRE_CHANNELS_MAX && w->max_follow >= WIRE_FOLLOW_MAX;
}

static base_err check_incarnation(sotto *s, const core_conn *c, const wire_welcome *w)
{
    base_err err = BASE_OK;
    relay_row row;
    sotto_event e = {.kind = SOTTO_EVENT_ACCOUNT};
    memset(&row, 0, sizeof row);
    TRY(store_relay_get(s->store, c->relay, &row));
    bool first = base_ct_is_zero(base_bytes_of(row.incarnation, sizeof row.incarnation));
    bool same = memcmp(row.incarnation, w->incarnation.p, sizeof row.incarnation) == 0;
    memcpy(row.incarnation, w->incarnation.p, sizeof row.incarnation);
    row.last_contact = s->now;
    TRY(store_relay_put(s->store, &row));
    if (!first && !same) {
        TRY(alarm_raise(s, SOTTO_ALARM_ROLLED_BACK, NULL, NULL,
                        "The relay's database was restored or replaced. What it lost is being "
                        "looked for; messages sent since its last copy may be missing."));
        if (c->relay == s->me.relay) {
            /* Make sure that the mailbox and the shelf are there again. */
            s->me.box_made = false;
            s->me.shelf_made = false;
            s->me.shelf_filled = false; /* and until then there is no link to give away */
            s->me.batch++;              /* what was on the shelf may have been taken */
            s->me.mail_place = 0;
            TRY(store_door_unfile(s->store));
            TRY(account_save_home(s));
            TRY(core_event(s, &e));
        }
    }
done:
    relay_row_clear(&row);
    return err;
}

static base_err welcome(sotto *s, core_conn *c, const wire_welcome *w)
{
    base_err err = BASE_OK;
    sotto_event e = {.kind = SOTTO_EVENT_CONNECTION};
    if (c->state != CONN_HELLO || !welcome_ok(w)) {
        return SOTTO_E_RELAY;
    }
    c->state = CONN_READY;
    c->ready_at = s->now;
    c->why[0] = '\0';
    c->postage_wanted = w->postage;
    TRY(check_incarnation(s, c, w));
    if (c->purpose == CORE_LOGS) {
        TRY(room_follow_all(s, c));
    }
    if (c->relay == s->me.relay) {
        TRY(core_event(s, &e));
    }
done:
    return err;
}

/* Answers whose meaning depends on what was asked. */
static base_err answer(sotto *s, core_conn *c, const core_request *q, const wire_frame *f)
{
    room_live *r = NULL;
    base_err err = BASE_OK;
    switch (q->kind) {
    case REQ_HELLO:
        return f->type == WIRE_WELCOME ? welcome(s, c, &f->u.welcome) : SOTTO_E_RELAY;
    case REQ_FOLLOW:
        return f->type == WIRE_FOLLOWED ? room_followed(s, c, f->u.items.items) : BASE_OK;
    case REQ_ACK:
    case REQ_LEAVE:
        return BASE_OK; /* a refused acknowledgement shows as a DROPPED or at the next FOLLOW */
    case REQ_SIDE:
        return join_side(s, c, q, f);
    case REQ_CREATE:
    case REQ_APPEND:
    case REQ_COMMIT:
        err = room_live_get(s, &q->room, &r);
        if (err == BASE_E_NOT_FOUND) {
            return BASE_OK; /* deleted meanwhile */
        }
        return err != BASE_OK ? err : room_answer(s, c, r, q, f);
    case REQ_DELIVER:
        return mail_delivered(s, q, f->type == WIRE_DONE ? f->u.done.status : WIRE_FAILED);
    case REQ_TAKE:
        return op_taken(s, q, f);
    case REQ_DIR_GET:
    case REQ_DIR_PUT:
        return directory_answer(s, q, f);
    default:
        return home_answer(s, c, q, f);
    }
}

static bool take_request(core_conn *c, uint32_t number, uint64_t now, core_request *out)
{
    for (size_t i = 0; i < c->n_requests; i++) {
        if (c->requests[i].number == number) {
            *out = c->requests[i];
            c->heard_at = now;
            c->n_requests--;
            memmove(&c->requests[i], &c->requests[i + 1],
                    (c->n_requests - i) * sizeof c->requests[0]);
            return true;
        }
    }
    return false;
}

/* The relay grants more of a large body. */
static base_err credited(sotto *s, core_conn *c, uint32_t request, uint32_t bytes)
{
    base_err err = BASE_OK;
    if (request != c->upload_request || c->upload.n == 0) {
        return BASE_OK; /* the answer that ended it crossed this */
    }
    while (bytes > 0 && c->uploaded < c->upload.n) {
        base_buf frame = base_buf_on(s->alloc);
        sotto_command cmd = {.kind = SOTTO_CMD_SEND, .conn = c->id};
        size_t n = c->upload.n - c->uploaded;
        n = n < bytes ? n : bytes;
        n = n < WIRE_INLINE_MAX ? n : WIRE_INLINE_MAX;
        wire_frame f = {.type = WIRE_DATA, .request = request};
        f.u.bytes.data = base_bytes_of(c->upload.p + c->uploaded, n);
        err = wire_frame_encode(&f, &frame);
        if (err == BASE_OK) {
            err = core_command(s, &cmd, &frame);
        }
        base_buf_clear(&frame);
        if (err != BASE_OK) {
            return err;
        }
        c->uploaded += n;
        c->heard_at = s->now;
        bytes -= (uint32_t)n;
    }
    return err;
}

static base_err pushed(sotto *s, core_conn *c, const wire_frame *f)
{
    room_live *r = NULL;
    switch (f->type) {
    case WIRE_ENTRY:
        r = room_live_of_channel(s, c, f->u.entry.channel);
        return r == NULL ? BASE_OK : room_entry(s, r, &f->u.entry);
    case WIRE_MAIL:
        return home_mail(s, c, &f->u.mail);
    case WIRE_DROPPED:
        return room_dropped(s, c, &f->u.dropped);
    case WIRE_NUDGED:
        return BASE_OK; /* typing: nothing shows it yet */
    case WIRE_FAIL:
        conn_close(s, c, wire_status_name(f->u.done.status));
        return BASE_OK;
    default:
        return SOTTO_E_RELAY;
    }
}

static base_err handle(sotto *s, core_conn *c, const wire_frame *f)
{
    core_request q;
    if (f->type == WIRE_CREDITED) {
        return credited(s, c, f->request, f->u.credited.bytes);
    }
    if (f->request == 0 || f->type == WIRE_FAIL) {
        return pushed(s, c, f);
    }
    if (!take_request(c, f->request, s->now, &q)) {
        return SOTTO_E_RELAY;
    }
    if (q.number == c->upload_request) {
        base_buf_clear(&c->upload);
        c->upload_request = 0;
    }
    return answer(s, c, &q, f);
}

/* The size that a frame announces beyond itself; 0: it is whole. */
static uint32_t outstanding(const wire_frame *f)
{
    if (f->type == WIRE_ENTRY && f->u.entry.size > WIRE_INLINE_MAX) {
        return f->u.entry.size;
    }
    if (f->type == WIRE_SIDE_IS && f->u.side_is.size > WIRE_INLINE_MAX) {
        return f->u.side_is.size;
    }
    return 0;
}

static base_err part(sotto *s, core_conn *c, base_bytes data)
{
    base_err err = BASE_OK;
    wire_frame f;
    base_buf body = base_buf_on(s->alloc);
    base_buf head = base_buf_on(s->alloc);
    REQUIRE(data.n <= c->part_left, SOTTO_E_RELAY);
    TRY(base_buf_append(&c->part, data));
    c->part_left -= (uint32_t)data.n;
    c->heard_at = s->now;
    if (c->part_left > 0) {
        goto done;
    }
    body = base_buf_take(&c->part);
    head = base_buf_take(&c->part_frame);
    TRY(wire_frame_decode(base_buf_bytes(&head), &f));
    if (f.type == WIRE_ENTRY) {
        f.u.entry.data = base_buf_bytes(&body);
    } else {
        f.u.side_is.data = base_buf_bytes(&body);
    }
    TRY(handle(s, c, &f));
done:
    base_buf_clear(&head);
    base_buf_clear(&body);
    return err;
}

static base_err frame(sotto *s, core_conn *c, base_bytes bytes)
{
    wire_frame f;
    base_err err = wire_frame_decode(bytes, &f);
    if (err != BASE_OK) {
        return core_is_fault(err) ? err : SOTTO_E_RELAY;
    }
    if (f.type == WIRE_PART) {
        return part(s, c, f.u.bytes.data);
    }
    uint32_t more = outstanding(&f);
    if (more == 0) {
        return handle(s, c, &f);
    }
    if (c->part_left > 0 || more > WIRE_SIDE_MAX) {
        return SOTTO_E_RELAY;
    }
    s->disturbed = true;
    c->part_left = more;
    return base_buf_set(&c->part_frame, bytes);
}

base_err sotto_conn_frame(sotto *s, uint32_t conn, base_bytes bytes, uint64_t now)
{
    base_err err = BASE_OK;
    if (conn == 0 || conn > CORE_CONNS_MAX) {
        return BASE_E_ARGUMENT;
    }
    err = core_begin(s, now);
    if (err != BASE_OK) {
        core_undo(s, err); /* the frame is lost: read it again from a new connection */
        return err;
    }
    core_conn *c = &s->conns[conn - 1];
    if (c->used && c->state >= CONN_HELLO) {
        s->disturbed = true;
        err = frame(s, c, bytes);
        if (err == SOTTO_E_RELAY) {
            conn_close(s, c, "The relay does not keep to the protocol.");
            err = BASE_OK;
        }
        if (err == BASE_OK) {
            err = home_pump(s);
        }
        if (err == BASE_OK) {
            err = mail_pump(s);
        }
        if (err == BASE_OK) {
            err = op_pump(s);
        }
        if (err == BASE_OK) {
            err = room_pump_all(s);
        }
    }
    return core_end(s, err);
}
