/* The relay as a whole: batches, the list of sessions with output, the tick. A batch is
 * one transaction of the store for the requests of many sessions; its answers leave when it is
 * durable, and not before. */
#include "relay.h"

#include "base/alloc.h"
#include "core.h"

static const relay_config defaults = {
    .bulk_max = 64u << 20,
    .queued_max = 256u << 20,
    .takes_max = 1024,
    .sessions_max = 100000,
    .sweep_step = 512,
};

static size_t or_default(size_t v, size_t d)
{
    return v != 0 ? v : d;
}

base_err relay_new(const relay_ports *ports, const relay_config *config, relay **out)
{
    base_err err = BASE_OK;
    if (ports->store == NULL || ports->digest.sha256 == NULL || ports->random.fill == NULL ||
        config->postage.n > WIRE_POSTAGE_MAX) {
        return BASE_E_ARGUMENT;
    }
    relay *r = (relay *)base_alloc_zero(NULL, 1, sizeof *r);
    if (r == NULL) {
        return BASE_E_NOMEM;
    }
    r->ports = *ports;
    r->config = *config;
    r->config.bulk_max = or_default(config->bulk_max, defaults.bulk_max);
    r->config.queued_max = or_default(config->queued_max, defaults.queued_max);
    r->config.takes_max = or_default(config->takes_max, defaults.takes_max);
    r->config.sessions_max = or_default(config->sessions_max, defaults.sessions_max);
    r->config.sweep_step = or_default(config->sweep_step, defaults.sweep_step);
    r->batch = 1;
    r->phase = RELAY_SWEEP_DONE;
    TRY(base_buf_set(&r->postage, config->postage));
    TRY(ports->random.fill(ports->random.user, r->dummy, sizeof r->dummy));
    TRY(ports->random.fill(ports->random.user, r->hash_key, sizeof r->hash_key));
    TRY(STORE(r, meta, &r->meta));
    *out = r;
    r = NULL;
done:
    relay_free(r);
    return err;
}

void relay_free(relay *r)
{
    if (r == NULL) {
        return;
    }
    while (r->sessions != NULL) {
        relay_session_free(r->sessions);
    }
    if (r->in_batch) {
        r->ports.store->ops->rollback(r->ports.store->user);
    }
    relay_watch_clear(r);
    relay_taken_forget(r, true);
    base_alloc_free(NULL, r->taken);
    base_buf_clear(&r->postage);
    base_buf_clear(&r->scratch);
    base_buf_clear(&r->body);
    base_buf_clear(&r->stamp);
    base_wipe(&r->meta, sizeof r->meta);
    base_alloc_free(NULL, r);
}

/* ---- batches ---- */

base_err relay_begin(relay *r)
{
    if (r->in_batch) {
        return BASE_OK;
    }
    base_err err = r->ports.store->ops->begin(r->ports.store->user);
    r->in_batch = err == BASE_OK;
    return err;
}

void relay_join(relay_session *s)
{
    if (!s->in_batch) {
        s->in_batch = true;
        s->next_batch = s->r->batch_sessions;
        s->r->batch_sessions = s;
    }
}

/* Take the sessions off the batch's list, one by one. */
static relay_session *batch_next(relay *r)
{
    relay_session *s = r->batch_sessions;
    if (s != NULL) {
        r->batch_sessions = s->next_batch;
        s->next_batch = NULL;
        s->in_batch = false;
    }
    return s;
}

static void batch_end(relay *r)
{
    r->in_batch = false;
    r->batch++;
    while (r->dirty != NULL) {
        relay_watch *w = r->dirty;
        r->dirty = w->next_dirty;
        w->next_dirty = NULL;
        w->dirty = false;
        w->fresh = 0;
        relay_watch_release(r, w);
    }
}

void relay_abort(relay *r)
{
    relay_count(r, RELAY_M_FAILED, 1);
    if (r->in_batch) {
        r->ports.store->ops->rollback(r->ports.store->user);
    }
    relay_taken_forget(r, false);
    relay_session *s;
    while ((s = batch_next(r)) != NULL) {
        relay_fatal(s, WIRE_FAILED);
    }
    batch_end(r);
}

/* The batch is durable: its answers may leave, and its entries be pushed. */
static void release(relay *r)
{
    for (relay_watch *w = r->dirty; w != NULL; w = w->next_dirty) {
        for (relay_channel *c = w->channels; c != NULL; c = c->next) {
            relay_channel_ready(c);
            relay_join(c->session);
        }
    }
    relay_session *sessions = r->batch_sessions;
    r->batch_sessions = NULL;
    batch_end(r);
    while (sessions != NULL) {
        relay_session *s = sessions;
        sessions = s->next_batch;
        s->next_batch = NULL;
        s->in_batch = false;
        s->work = 0;
        if (s->out.first == NULL) {
            s->drained_ms = r->now;
        }
        relay_queue_move(&s->held, &s->out);
        if (s->doomed) {
            relay_fatal(s, WIRE_OVER_LIMIT);
        }
        relay_pump(s);
        relay_mark_busy(s);
    }
}

bool relay_pending(const relay *r)
{
    return r->in_batch || r->batch_sessions != NULL || r->dirty != NULL;
}

base_err relay_flush(relay *r, uint64_t now)
{
    r->now = now;
    if (!relay_pending(r)) {
        return BASE_OK;
    }
    if (r->in_batch) {
        base_err err = r->ports.store->ops->commit(r->ports.store->user);
        relay_count(r, RELAY_M_FLUSHES, 1);
        if (err != BASE_OK) {
            relay_abort(r);
            return BASE_E_STORE;
        }
    }
    release(r);
    return BASE_OK;
}

/* ---- sessions with output ---- */

void relay_mark_busy(relay_session *s)
{
    relay *r = s->r;
    if (s->busy || (s->out.first == NULL && !s->closing)) {
        return;
    }
    s->busy = true;
    s->next_busy = NULL;
    if (r->busy_last != NULL) {
        r->busy_last->next_busy = s;
    } else {
        r->busy_first = s;
    }
    r->busy_last = s;
}

relay_session *relay_next_busy(relay *r)
{
    relay_session *s = r->busy_first;
    if (s != NULL) {
        r->busy_first = s->next_busy;
        if (r->busy_first == NULL) {
            r->busy_last = NULL;
        }
        s->next_busy = NULL;
        s->busy = false;
    }
    return s;
}

/* ---- the tick ---- */

/* What was handed out or passed through is kept no longer than it is of use. */
static void forget(relay *r)
{
    relay_taken_expire(r);
    base_buf_clear(&r->scratch);
    base_buf_clear(&r->body);
    base_buf_clear(&r->stamp);
}

static void impatience(relay *r)
{
    for (relay_session *s = r->sessions; s != NULL; s = s->next) {
        relay_upload_tick(s);
        if (!s->closing && s->out.first != NULL &&
            relay_since(r, s->drained_ms) > RELAY_PATIENCE_MS) {
            relay_count(r, RELAY_M_CLOSED_SLOW, 1);
            relay_queue_clear(r, &s->out);
            relay_fatal(s, WIRE_SLOW);
        }
    }
}

/* Whether the day may be believed. A clock that jumps by days, as at the start, may be wrong, and
 * sweeping by a wrong day deletes what nobody has read: wait for an hour in which it stays. */
static bool day_trusted(relay *r)
{
    uint32_t today = relay_day(r);
    if (today != r->seen_day && today != r->seen_day + 1) {
        r->trust_ms = r->now + RELAY_TRUST_MS;
    }
    r->seen_day = today;
    return r->now >= r->trust_ms;
}

base_err relay_tick(relay *r, uint64_t now, bool *more)
{
    *more = false;
    base_err err = relay_flush(r, now);
    impatience(r);
    forget(r);
    bool trusted = day_trusted(r);
    if (err == BASE_OK && trusted && relay_day(r) > r->swept_day) {
        r->swept_day = relay_day(r);
        r->phase = RELAY_SWEEP_LOGS;
        memset(r->sweep_at, 0, sizeof r->sweep_at);
    }
    if (err == BASE_OK && trusted && r->phase != RELAY_SWEEP_DONE) {
        err = relay_expire(r, more);
        r->deep = r->deep || (err == BASE_OK && !*more);
    }
    if (err == BASE_OK) {
        err = relay_flush(r, now); /* what patience has ended */
    }
    bool left = false; /* what was deleted goes, whatever became of the sweep */
    base_err scrubbed = STORE(r, scrub, r->deep, &left);
    r->deep = r->deep && scrubbed != BASE_OK; /* asked for again until it is done */
    *more = *more || left;
    return err == BASE_OK ? scrubbed : err;
}
