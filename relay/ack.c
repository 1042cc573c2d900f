/* ACK, LEAVE, NUDGE, SIDE and CURSORS (docs/protocol.md, sections 3.6 and 3.7). */
#include "core.h"

/* ---- ACK ---- */

/* Into the next epoch, with its token. */
static base_err next_epoch(relay_session *s, relay_channel *c, const wire_ack *want, relay_log *log,
                           uint8_t *status)
{
    relay *r = s->r;
    relay_log found;
    relay_epoch e;
    relay_standing at;
    bool ok = false;
    base_err err = relay_gate_log(r, base_bytes_of(c->watch->id, 32), want->next_epoch,
                                  want->next_token, &found, &e, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        *status = WIRE_DENIED;
        relay_denied(s);
        return BASE_OK;
    }
    err = relay_cursor_enter(r, log, &e, c->handle, e.start + 1, &at);
    if (err != BASE_OK) {
        return err;
    }
    c->epoch = e.epoch;
    c->waiting = false;
    c->batch = r->batch;
    relay_channel_ready(c);
    return BASE_OK;
}

static base_err ack_log(relay_session *s, relay_channel *c, const wire_ack *want, uint8_t *status)
{
    relay *r = s->r;
    relay_log log;
    base_err err = STORE(r, log_get, c->watch->id, &log);
    if (err == BASE_E_NOT_FOUND) {
        *status = WIRE_NO_CHANNEL;
        return BASE_OK;
    }
    TRY(err);
    if (want->has_next &&
        (!c->waiting || want->seq != c->next_seq - 1 || want->next_epoch != c->epoch + 1)) {
        *status = WIRE_RANGE;
        return BASE_OK;
    }
    bool over = c->waiting && want->seq == c->next_seq - 1;
    TRY(relay_cursor_ack(r, &log, c->handle, want->seq));
    if (want->has_next) {
        TRY(next_epoch(s, c, want, &log, status));
    }
    log.touched = relay_day(r);
    TRY(STORE(r, log_put, &log));
    if (over) {
        TRY(relay_epochs_prune(r, &log));
    }
done:
    return err;
}

static base_err ack_one(relay_session *s, const wire_ack *want, uint8_t *status)
{
    relay_channel *c = relay_channel_find(s, want->channel);
    *status = WIRE_OK;
    if (c == NULL) {
        *status = WIRE_NO_CHANNEL;
        return BASE_OK;
    }
    if (want->seq >= c->next_seq) {
        *status = WIRE_RANGE;
        return BASE_OK;
    }
    if (c->watch->kind == RELAY_KIND_BOX) {
        if (want->has_next) {
            *status = WIRE_RANGE;
            return BASE_OK;
        }
        return relay_box_ack(s->r, c, want->seq);
    }
    return ack_log(s, c, want, status);
}

base_err relay_do_ack(relay_session *s, const wire_frame *f)
{
    base_err err = BASE_OK;
    base_buf items = base_buf_on(NULL);
    wire_frame answer = {.type = WIRE_ACKED, .request = f->request};
    base_rd rd = base_rd_on(f->u.items.items);
    while (base_rd_more(&rd)) {
        wire_ack want;
        wire_acked out = {0};
        s->work++;
        TRY(wire_ack_next(&rd, &want));
        out.channel = want.channel;
        TRY(ack_one(s, &want, &out.status));
        TRY(wire_acked_put(&items, &out));
    }
    answer.u.items.items = base_buf_bytes(&items);
    relay_send(s, &answer);
done:
    base_buf_clear(&items);
    return err;
}

/* ---- LEAVE ---- */

/* The cursor goes; with the last one, the log. */
static base_err forget(relay *r, const uint8_t id[32], const uint8_t handle[32])
{
    relay_log log;
    base_err err = STORE(r, log_get, id, &log);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_OK : err;
    }
    TRY(relay_cursor_forget(r, &log, handle));
    if (log.cursors == 0) {
        TRY(relay_log_end(r, &log));
    } else {
        TRY(STORE(r, log_put, &log));
    }
done:
    return err;
}

base_err relay_do_leave(relay_session *s, const wire_frame *f)
{
    relay_channel *c = relay_channel_find(s, f->u.leave.channel);
    base_err err = BASE_OK;
    if (c != NULL) {
        bool log = c->watch->kind == RELAY_KIND_LOG;
        uint8_t id[32];
        uint8_t handle[32];
        memcpy(id, c->watch->id, sizeof id);
        memcpy(handle, c->handle, sizeof handle);
        relay_channel_end(c);
        if (f->u.leave.forget && log) {
            err = forget(s->r, id, handle);
        }
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, WIRE_OK);
    }
    return err;
}

/* ---- NUDGE ---- */

/* The log's row, if the channel is in its current epoch. */
static base_err present(relay_session *s, uint32_t number, relay_channel **c, relay_log *log,
                        wire_status *out)
{
    *c = relay_channel_find(s, number);
    *out = WIRE_NO_CHANNEL;
    if (*c == NULL || (*c)->watch->kind != RELAY_KIND_LOG) {
        return BASE_OK;
    }
    base_err err = STORE(s->r, log_get, (*c)->watch->id, log);
    if (err == BASE_OK) {
        *out = log->epoch == (*c)->epoch ? WIRE_OK : WIRE_STALE;
    }
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

/* A push, not an answer: nothing durable hangs on it, so who is nudged does not share the batch's
 * fate. A channel that was opened or moved in the batch at hand is ready, hence behind. */
static void nudge_others(const relay_channel *from, base_bytes data)
{
    for (const relay_channel *c = from->watch->channels; c != NULL; c = c->next) {
        const relay_session *s = c->session;
        bool behind = c->ready || c->waiting || s->out.bytes + s->held.bytes > RELAY_PUSH_MAX;
        if (c != from && c->epoch == from->epoch && !behind) {
            wire_frame f = {.type = WIRE_NUDGED};
            f.u.nudge = (wire_nudge){c->number, 0, data};
            relay_push(c->session, &f);
        }
    }
}

base_err relay_do_nudge(relay_session *s, const wire_frame *f)
{
    const wire_nudge *want = &f->u.nudge;
    relay_channel *c = NULL;
    relay_log log;
    wire_status status = WIRE_OK;
    base_err err = present(s, want->channel, &c, &log, &status);
    if (err != BASE_OK) {
        return err;
    }
    if (status == WIRE_OK && want->epoch != log.epoch) {
        status = WIRE_STALE;
    }
    if (status == WIRE_OK && c->nudged_ms != 0 &&
        relay_since(s->r, c->nudged_ms) < RELAY_NUDGE_MS) {
        status = WIRE_OVER_LIMIT;
    }
    if (status == WIRE_OK) {
        c->nudged_ms = s->r->now;
        nudge_others(c, want->data);
    }
    relay_answer(s, f->request, status);
    return BASE_OK;
}

/* ---- SIDE, CURSORS ---- */

base_err relay_do_side(relay_session *s, const wire_frame *f)
{
    const wire_side *want = &f->u.side;
    relay_log log;
    relay_epoch e;
    relay_side side;
    bool ok = false;
    base_err err = relay_gate_log(s->r, want->log, want->epoch, want->token, &log, &e, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        relay_answer(s, f->request, WIRE_DENIED);
        return BASE_OK;
    }
    err = STORE(s->r, side_get, log.key, want->epoch, &side);
    if (err == BASE_E_NOT_FOUND) {
        relay_answer(s, f->request, WIRE_GONE);
        return BASE_OK;
    }
    if (err != BASE_OK) {
        return err;
    }
    /* sent by the pump, after the batch: a part that was added in it is not readable yet */
    const relay_sending what = {.side = true,
                                .request = f->request,
                                .batch = s->r->batch,
                                .key = log.key,
                                .seq = want->epoch};
    return relay_sending_add(s, &what) ? BASE_OK : BASE_E_NOMEM;
}

base_err relay_do_cursors(relay_session *s, const wire_frame *f)
{
    const wire_cursors *want = &f->u.cursors;
    relay_channel *c = NULL;
    relay_log log;
    relay_cursor cursor;
    uint8_t states[WIRE_FOLLOW_MAX];
    size_t n = 0;
    wire_status status = WIRE_OK;
    base_err err = present(s, want->channel, &c, &log, &status);
    if (err != BASE_OK) {
        return err;
    }
    if (status != WIRE_OK) {
        relay_answer(s, f->request, status);
        return BASE_OK;
    }
    for (size_t at = 0; at < want->handles.n && n < sizeof states; at += WIRE_ID_SIZE) {
        s->work++;
        err = STORE(s->r, cursor_get, log.key, want->handles.p + at, &cursor);
        if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
            return err;
        }
        if (err == BASE_E_NOT_FOUND) {
            states[n++] = WIRE_STATE_UNKNOWN;
        } else if (cursor.until > 0) {
            states[n++] = WIRE_STATE_CLOSED;
        } else {
            states[n++] = cursor.used ? WIRE_STATE_USED : WIRE_STATE_NEW;
        }
    }
    wire_frame answer = {.type = WIRE_CURSORS_ARE, .request = f->request};
    answer.u.bytes.data = base_bytes_of(states, n);
    relay_send(s, &answer);
    return BASE_OK;
}
