/* A connection: its queues, what it may still send, its end. Frames become requests in request.c.
 */
#include "base/alloc.h"
#include "core.h"

/* ---- queues ---- */

/* What a message costs: without its head, a million short ones would count for little. */
static size_t cost(const relay_msg *m)
{
    return sizeof *m + m->n;
}

static bool queue_add(relay *r, relay_queue *q, base_bytes b)
{
    relay_msg *m = (relay_msg *)base_alloc_zero(NULL, 1, sizeof *m + b.n);
    if (m == NULL) {
        return false;
    }
    m->n = b.n;
    memcpy(m->b, b.p, b.n);
    if (q->last != NULL) {
        q->last->next = m;
    } else {
        q->first = m;
    }
    q->last = m;
    q->count++;
    q->bytes += cost(m);
    r->queued += cost(m);
    return true;
}

/* Entries are gone from the disk when all have them: no copy stays behind here. */
static void queue_pop(relay *r, relay_queue *q)
{
    relay_msg *m = q->first;
    if (m != NULL) {
        q->first = m->next;
        if (q->first == NULL) {
            q->last = NULL;
        }
        q->count--;
        q->bytes -= cost(m);
        r->queued -= cost(m);
        base_wipe(m->b, m->n);
        base_alloc_free(NULL, m);
    }
}

void relay_queue_clear(relay *r, relay_queue *q)
{
    while (q->first != NULL) {
        queue_pop(r, q);
    }
}

void relay_queue_move(relay_queue *from, relay_queue *to)
{
    if (from->first == NULL) {
        return;
    }
    if (to->last != NULL) {
        to->last->next = from->first;
    } else {
        to->first = from->first;
    }
    to->last = from->last;
    to->count += from->count;
    to->bytes += from->bytes;
    *from = (relay_queue){0};
}

/* ---- sending ---- */

/* Encode into the relay's scratch buffer and queue a copy. */
static bool queue_frame(relay *r, relay_queue *q, const wire_frame *f)
{
    r->scratch.n = 0;
    return wire_frame_encode(f, &r->scratch) == BASE_OK &&
           queue_add(r, q, base_buf_bytes(&r->scratch));
}

void relay_send(relay_session *s, const wire_frame *f)
{
    if (s->closing) {
        return;
    }
    relay_join(s);
    if (!queue_frame(s->r, &s->held, f)) {
        relay_fatal(s, WIRE_FAILED);
        return;
    }
    relay_count(s->r, RELAY_M_FRAMES_OUT, 1);
    relay_count(s->r, RELAY_M_BYTES_OUT, s->r->scratch.n);
}

void relay_push(relay_session *s, const wire_frame *f)
{
    if (s->closing) {
        return;
    }
    if (s->out.first == NULL) {
        s->drained_ms = s->r->now;
    }
    if (!queue_frame(s->r, &s->out, f)) {
        relay_fatal(s, WIRE_FAILED);
        return;
    }
    relay_count(s->r, RELAY_M_FRAMES_OUT, 1);
    relay_count(s->r, RELAY_M_BYTES_OUT, s->r->scratch.n);
    relay_mark_busy(s);
}

void relay_answer(relay_session *s, uint32_t request, wire_status status)
{
    wire_frame f = {.type = WIRE_DONE, .request = request};
    f.u.done.status = (uint8_t)status;
    if (status == WIRE_DENIED) {
        relay_denied(s);
    } else if (status == WIRE_STALE) {
        relay_count(s->r, RELAY_M_STALE, 1);
    } else if (status == WIRE_FULL) {
        relay_count(s->r, RELAY_M_FULL, 1);
    }
    relay_send(s, &f);
}

static void channels_end(relay_session *s)
{
    while (s->n_channels > 0) {
        relay_channel_end(s->channels[s->n_channels - 1]);
    }
}

void relay_fatal(relay_session *s, wire_status status)
{
    if (s->closing) {
        return;
    }
    s->closing = true; /* its channels stay, deaf and mute, until relay_session_free() */
    relay_upload_clear(s);
    relay_sending_clear(s);
    relay_queue_clear(s->r, &s->held);
    wire_frame f = {.type = WIRE_FAIL};
    f.u.done.status = (uint8_t)status;
    if (!queue_frame(s->r, &s->out, &f)) {
        relay_queue_clear(s->r, &s->out); /* the connection closes without a word */
    }
    relay_mark_busy(s);
}

/* ---- the session ---- */

base_err relay_session_new(relay *r, bool free_postage, void *user, uint64_t now,
                           relay_session **out)
{
    r->now = now;
    if (r->n_sessions >= r->config.sessions_max) {
        return BASE_E_LIMIT;
    }
    relay_session *s = (relay_session *)base_alloc_zero(NULL, 1, sizeof *s);
    if (s == NULL) {
        return BASE_E_NOMEM;
    }
    if (r->ports.random.fill(r->ports.random.user, s->tag, sizeof s->tag) != BASE_OK) {
        base_alloc_free(NULL, s);
        return BASE_E_RANDOM;
    }
    s->r = r;
    s->user = user;
    s->free_postage = free_postage;
    s->drained_ms = r->now;
    s->heard_ms = r->now;
    s->next = r->sessions;
    *(r->sessions != NULL ? &r->sessions->prev : &r->oldest) = s;
    r->sessions = s;
    r->n_sessions++;
    r->n_silent++;
    *out = s;
    return BASE_OK;
}

static void unlink_batch(relay_session *s)
{
    relay_session **at = &s->r->batch_sessions;
    while (s->in_batch && *at != NULL) {
        if (*at == s) {
            *at = s->next_batch;
            s->in_batch = false;
            break;
        }
        at = &(*at)->next_batch;
    }
}

static void unlink_busy(relay_session *s)
{
    relay *r = s->r;
    relay_session *before = NULL;
    for (relay_session *at = r->busy_first; s->busy && at != NULL; at = at->next_busy) {
        if (at == s) {
            if (before != NULL) {
                before->next_busy = s->next_busy;
            } else {
                r->busy_first = s->next_busy;
            }
            if (r->busy_last == s) {
                r->busy_last = before;
            }
            s->busy = false;
            break;
        }
        before = at;
    }
}

void relay_session_free(relay_session *s)
{
    if (s == NULL) {
        return;
    }
    relay *r = s->r;
    relay_upload_clear(s);
    channels_end(s);
    relay_sending_clear(s);
    relay_queue_clear(r, &s->held);
    relay_queue_clear(r, &s->out);
    unlink_batch(s);
    unlink_busy(s);
    *(s->prev != NULL ? &s->prev->next : &r->sessions) = s->next;
    *(s->next != NULL ? &s->next->prev : &r->oldest) = s->prev;
    r->n_sessions--;
    r->n_silent -= s->greeted ? 0 : 1;
    base_alloc_free(NULL, s->channels);
    base_alloc_free(NULL, s);
}

void *relay_session_user(const relay_session *s)
{
    return s->user;
}

base_bytes relay_session_tag(const relay_session *s)
{
    return base_bytes_of(s->tag, sizeof s->tag);
}

bool relay_crowded(const relay_session *s)
{
    return s->r->queued > s->r->config.queued_max && s->out.count + s->held.count > 0;
}

bool relay_session_ready(const relay_session *s)
{
    return !s->closing && !relay_crowded(s) && !s->doomed && s->held.count < RELAY_REQUESTS_MAX &&
           s->work < RELAY_WORK_MAX && s->n_sending < RELAY_REQUESTS_MAX &&
           s->out.bytes + s->held.bytes < RELAY_OUT_MAX;
}

bool relay_session_closing(const relay_session *s)
{
    return s->closing;
}

base_bytes relay_session_front(const relay_session *s)
{
    return s->out.first == NULL ? BASE_BYTES_NONE : base_bytes_of(s->out.first->b, s->out.first->n);
}

void relay_session_pop(relay_session *s, uint64_t now)
{
    relay *r = s->r;
    r->now = now;
    queue_pop(r, &s->out);
    s->drained_ms = r->now;
    if (s->out.bytes < RELAY_PUSH_MAX / 2 && !s->closing) {
        relay_pump(s);
    }
}

void relay_session_stop(relay_session *s)
{
    relay_fatal(s, WIRE_CLOSING);
}

void relay_session_feed(relay_session *s, base_bytes message, uint64_t now)
{
    relay *r = s->r;
    r->now = now;
    wire_frame f;
    if (s->closing || s->doomed) {
        return;
    }
    s->heard_ms = r->now;
    relay_count(r, RELAY_M_FRAMES_IN, 1);
    relay_count(r, RELAY_M_BYTES_IN, message.n);
    if (wire_frame_decode(message, &f) != BASE_OK || f.type >= WIRE_DONE) {
        relay_count(r, RELAY_M_CLOSED_BAD, 1);
        relay_fatal(s, WIRE_BAD);
        return;
    }
    relay_request(s, &f, message);
}

/* ---- places ---- */

/* Nothing is lost when this one has to come back. */
static bool idle(const relay_session *s)
{
    return s->greeted && s->n_channels == 0 && !s->in_batch && s->out.first == NULL &&
           !s->upload.active && relay_since(s->r, s->heard_ms) >= RELAY_IDLE_MS;
}

/* Close sessions until n are, oldest first: those without a HELLO, or those that are idle. */
static size_t shed(relay *r, size_t n, bool silent)
{
    size_t closed = 0;
    for (relay_session *s = r->oldest; s != NULL && closed < n; s = s->prev) {
        if (!s->closing && (silent ? !s->greeted : idle(s))) {
            relay_fatal(s, WIRE_BUSY);
            closed++;
        }
    }
    return closed;
}

size_t relay_shed(relay *r, size_t n, uint64_t now)
{
    r->now = now;
    for (relay_session *s = r->n_silent > 0 ? r->oldest : NULL; s != NULL; s = s->prev) {
        if (!s->greeted && !s->closing && relay_since(r, s->heard_ms) >= RELAY_HELLO_MS) {
            relay_count(r, RELAY_M_CLOSED_SLOW, 1);
            relay_fatal(s, WIRE_SLOW);
        }
    }
    size_t closed = shed(r, n, true);
    return closed + shed(r, n - closed, false);
}
