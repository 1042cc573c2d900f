/* What is pushed: entries, mails, parts of large bodies. A session's pump fills its queue up to a
 * bound and goes on when the queue has drained, so a slow reader costs a bound and not a log. Only
 * what is durable is read here: added bodies are readable after commit, and a channel opened in
 * the batch at hand waits for its end. */
#include "base/alloc.h"
#include "core.h"
#include "stamp.h"

typedef enum pushed { PUSHED, PUSHED_NOTHING, PUSHED_BROKEN } pushed;

/* ---- bodies in parts ---- */

bool relay_sending_add(relay_session *s, const relay_sending *what)
{
    relay_sending *b = (relay_sending *)base_alloc_zero(NULL, 1, sizeof *b);
    if (b == NULL) {
        return false;
    }
    *b = *what;
    b->next = NULL;
    if (s->sending_last != NULL) {
        s->sending_last->next = b;
    } else {
        s->sending_first = b;
    }
    s->sending_last = b;
    s->n_sending++;
    return true;
}

static void sending_pop(relay_session *s)
{
    relay_sending *b = s->sending_first;
    s->sending_first = b->next;
    if (s->sending_first == NULL) {
        s->sending_last = NULL;
    }
    s->n_sending--;
    base_alloc_free(NULL, b);
}

void relay_sending_clear(relay_session *s)
{
    while (s->sending_first != NULL) {
        sending_pop(s);
    }
}

/* Read n bytes at off into a buffer of the relay, for a frame to borrow. */
static base_err body_read(relay *r, const relay_sending *b, size_t off, size_t n, base_bytes *out)
{
    base_err err = BASE_OK;
    TRY(base_buf_resize(&r->body, n));
    if (b->side) {
        TRY(STORE(r, side_read, b->key, b->seq, off, r->body.p, n));
    } else {
        TRY(STORE(r, entry_read, b->key, b->seq, off, r->body.p, n));
    }
    *out = base_buf_bytes(&r->body);
done:
    return err;
}

/* SIDE_IS, or GONE when it went meanwhile. */
static pushed side_begin(relay_session *s, relay_sending *b)
{
    relay *r = s->r;
    relay_side side;
    wire_frame f = {.type = WIRE_SIDE_IS, .request = b->request};
    base_err err = STORE(r, side_get, b->key, b->seq, &side);
    if (err == BASE_OK) {
        f.u.side_is.size = side.size;
        if (side.size <= WIRE_INLINE_MAX) {
            err = body_read(r, b, 0, side.size, &f.u.side_is.data);
        }
    }
    if (err == BASE_E_NOT_FOUND) {
        f.type = WIRE_DONE;
        f.u.done.status = WIRE_GONE;
        relay_push(s, &f);
        sending_pop(s);
        return PUSHED;
    }
    if (err != BASE_OK) {
        return PUSHED_BROKEN;
    }
    relay_push(s, &f);
    b->begun = true;
    b->size = side.size;
    if (b->size <= WIRE_INLINE_MAX) {
        sending_pop(s);
    }
    return PUSHED;
}

static pushed part(relay_session *s)
{
    relay_sending *b = s->sending_first;
    if (b->side && !b->begun) {
        return side_begin(s, b);
    }
    size_t n = b->size - b->off;
    n = n > WIRE_INLINE_MAX ? WIRE_INLINE_MAX : n;
    wire_frame f = {.type = WIRE_PART, .request = b->request};
    if (body_read(s->r, b, b->off, n, &f.u.bytes.data) != BASE_OK) {
        return PUSHED_BROKEN; /* it vanished in the middle: the client must begin anew */
    }
    relay_push(s, &f);
    b->off += n;
    if (b->off == b->size) {
        sending_pop(s);
    }
    return PUSHED;
}

/* ---- entries and mails ---- */

/* Take the channel off the list of those with something to push. */
static void unready_first(relay_session *s)
{
    relay_channel *c = s->ready_first;
    s->ready_first = c->next_ready;
    if (s->ready_first == NULL) {
        s->ready_last = NULL;
    }
    c->next_ready = NULL;
    c->ready = false;
}

static void gone(relay_channel *c)
{
    wire_frame f = {.type = WIRE_DROPPED};
    f.u.dropped = (wire_dropped){c->number, WIRE_GONE};
    relay_session *s = c->session;
    relay_channel_end(c);
    relay_push(s, &f);
}

static pushed entry(relay_channel *c)
{
    relay_session *s = c->session;
    relay *r = s->r;
    relay_entry e;
    wire_frame f = {.type = WIRE_ENTRY};
    pushed result = PUSHED_BROKEN;
    base_err err = STORE(r, entry_next, c->key, c->next_seq, &e, &r->stamp);
    if (err == BASE_E_NOT_FOUND) {
        result = PUSHED_NOTHING;
        goto done;
    }
    TRY(err);
    if (e.seq != c->next_seq) {
        gone(c);
        result = PUSHED;
        goto done;
    }
    f.u.entry = (wire_entry){.channel = c->number, .seq = e.seq, .kind = e.kind, .size = e.size};
    if (e.kind == WIRE_KIND_COMMIT) {
        TRY(relay_stamp_decode(e.stamp, &f.u.entry.stamp));
    }
    const relay_sending body = {.key = c->key, .seq = e.seq, .size = e.size, .begun = true};
    if (e.size <= WIRE_INLINE_MAX) {
        TRY(body_read(r, &body, 0, e.size, &f.u.entry.data));
    } else {
        REQUIRE(relay_sending_add(s, &body), BASE_E_NOMEM);
    }
    c->next_seq = e.seq + 1;
    c->waiting = e.kind == WIRE_KIND_COMMIT;
    relay_push(s, &f);
    relay_count(r, RELAY_M_PUSHES, 1);
    result = PUSHED;
done:
    return result;
}

static pushed mail(relay_channel *c)
{
    relay_session *s = c->session;
    relay *r = s->r;
    relay_mail m;
    wire_frame f = {.type = WIRE_MAIL};
    base_err err = STORE(r, mail_next, c->key, c->next_seq, &m);
    if (err == BASE_E_NOT_FOUND) {
        return PUSHED_NOTHING;
    }
    TRY(err);
    TRY(base_buf_resize(&r->body, m.size));
    TRY(STORE(r, mail_read, c->key, m.seq, r->body.p, m.size));
    f.u.mail = (wire_mail){c->number, m.seq, m.number, base_buf_bytes(&r->body)};
    c->next_seq = m.seq + 1;
    relay_push(s, &f);
    relay_count(r, RELAY_M_PUSHES, 1);
done:
    return err == BASE_OK ? PUSHED : PUSHED_BROKEN;
}

/* The first ready channel that may push now: those of the open batch go to the end. */
static relay_channel *ready_next(relay_session *s)
{
    for (size_t i = 0; i <= s->n_channels && s->ready_first != NULL; i++) {
        relay_channel *c = s->ready_first;
        if (c->batch != s->r->batch && !c->waiting) {
            return c;
        }
        unready_first(s);
        if (!c->waiting) {
            relay_channel_ready(c);
        }
    }
    return NULL;
}

/* One entry or mail of one channel, then the next channel's turn. */
static pushed turn(relay_session *s)
{
    relay_channel *c = ready_next(s);
    if (c == NULL) {
        return PUSHED_NOTHING;
    }
    unready_first(s);
    uint32_t number = c->number;
    pushed result = c->watch->kind == RELAY_KIND_BOX ? mail(c) : entry(c);
    if (result == PUSHED) {
        c = relay_channel_find(s, number); /* it may have ended */
        if (c != NULL) {
            relay_channel_ready(c);
        }
    }
    return result == PUSHED_NOTHING ? PUSHED : result;
}

void relay_pump(relay_session *s)
{
    while (!s->closing && s->out.bytes < RELAY_PUSH_MAX && !relay_crowded(s)) {
        if (s->sending_first != NULL && s->sending_first->batch == s->r->batch) {
            return; /* asked for in the open batch, and bodies keep their order */
        }
        pushed result = s->sending_first != NULL ? part(s) : turn(s);
        if (result == PUSHED_BROKEN) {
            relay_fatal(s, WIRE_FAILED);
            return;
        }
        if (result == PUSHED_NOTHING) {
            return;
        }
    }
}
