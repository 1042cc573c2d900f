/* FOLLOW, and entering an epoch (docs/protocol.md, section 3.2). Each item is judged alone; all
 * that can refuse it happens before anything is changed. */
#include "core.h"

/* The end of an epoch as its reader may know it. */
static uint64_t epoch_end(const relay_log *log, const relay_epoch *e)
{
    return e->epoch == log->epoch ? log->head : e->end;
}

/* Where reading can go on when `from` is not kept: the number before the first kept entry, and the
 * running hash there. */
static base_err gone(relay *r, const relay_log *log, const relay_epoch *e, const relay_watch *w,
                     uint64_t from, wire_followed *out, uint8_t hash[32])
{
    relay_entry next;
    uint64_t end = epoch_end(log, e);
    base_err err = STORE(r, entry_next, log->key, from, &next, &r->stamp);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    if (err == BASE_OK && next.seq <= end) {
        out->resume = next.seq - 1;
        memcpy(hash, next.before, 32);
    } else if (w->fresh != 0 && w->fresh <= end) {
        out->resume = w->fresh - 1;
        memcpy(hash, w->fresh_hash, 32);
    } else {
        out->resume = end;
        memcpy(hash, e->epoch == log->epoch ? log->hash : e->end_hash, 32);
    }
    out->resume_hash = base_bytes_of(hash, 32);
    out->status = WIRE_GONE;
    return BASE_OK;
}

/* Whether entry `from` is kept, or was added in this batch. */
static base_err kept(relay *r, const relay_log *log, const relay_watch *w, uint64_t from, bool *out)
{
    relay_entry e;
    *out = w->fresh != 0 && from >= w->fresh;
    if (*out) {
        return BASE_OK;
    }
    base_err err = STORE(r, entry_next, log->key, from, &e, &r->stamp);
    *out = err == BASE_OK && e.seq == from;
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

typedef struct item {
    wire_follow want;
    relay_log log;
    relay_epoch epoch;
    uint8_t handle[32];
    uint8_t hash[32]; /* what the answer borrows */
    uint64_t from;
} item;

/* Section 3.2, steps 1, 3 and 4: may this item read, and from where. */
static base_err judge(relay *r, item *it, const relay_watch *w, wire_followed *out)
{
    const wire_follow *want = &it->want;
    relay_standing at;
    uint64_t start = it->epoch.start;
    uint64_t end = epoch_end(&it->log, &it->epoch);
    base_err err = relay_cursor_look(r, &it->log, it->handle, &at);
    if (err != BASE_OK) {
        return err;
    }
    out->start = start;
    out->end = end;
    it->from = want->from;
    if (it->from == 0) {
        it->from = (at.place > start ? at.place : start) + 1;
        it->from = it->from > end + 1 ? end + 1 : it->from;
    }
    if (it->from <= start || it->from > end + 1) {
        out->status = WIRE_RANGE;
        return BASE_OK;
    }
    bool there = true;
    out->place = at.place; /* told with GONE, too: a copy of the reader's store may have read on */
    if (it->from <= end) {
        err = kept(r, &it->log, w, it->from, &there);
    }
    return err == BASE_OK && !there ? gone(r, &it->log, &it->epoch, w, it->from, out, it->hash)
                                    : err;
}

/* The channel itself, and the cursor's place in the epoch. */
static base_err take(relay_session *s, item *it, relay_watch *w, wire_followed *out)
{
    relay *r = s->r;
    relay_standing at;
    relay_channel *c = relay_channel_new(s, it->want.channel, w);
    if (c == NULL) {
        return BASE_E_NOMEM;
    }
    c->key = it->log.key;
    c->epoch = it->epoch.epoch;
    c->next_seq = it->from;
    memcpy(c->handle, it->handle, 32);
    relay_channel_supersede(c);
    base_err err = relay_cursor_enter(r, &it->log, &it->epoch, it->handle, it->from, &at);
    if (err != BASE_OK) {
        return err;
    }
    it->log.touched = relay_day(r);
    out->cursor = at.cursor;
    out->place = at.place;
    out->start_hash = base_bytes_of(it->epoch.start_hash, 32);
    out->ended = it->epoch.epoch != it->log.epoch;
    c->waiting = out->ended && it->from > out->end;
    relay_channel_ready(c);
    return STORE(r, log_put, &it->log);
}

/* Whether the session has as many channels here as it may: those that this one supersedes do not
 * count. */
static bool crowded(const relay_session *s, const relay_watch *w, const uint8_t handle[32])
{
    size_t n = 0;
    for (const relay_channel *c = w->channels; c != NULL; c = c->next) {
        n += c->session == s && memcmp(c->handle, handle, sizeof c->handle) != 0 ? 1 : 0;
    }
    return n >= RELAY_LOG_CHANNELS_MAX;
}

static base_err follow_one(relay_session *s, item *it, wire_followed *out)
{
    relay *r = s->r;
    bool ok = false;
    *out = (wire_followed){.channel = it->want.channel, .status = WIRE_OK};
    relay_channel *old = relay_channel_find(s, it->want.channel);
    if (old != NULL) {
        relay_channel_end(old);
    }
    base_err err =
        relay_gate_log(r, it->want.log, it->want.epoch, it->want.token, &it->log, &it->epoch, &ok);
    if (err == BASE_OK) {
        err = relay_hash(r, &it->want.key, 1, it->handle);
    }
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        out->status = WIRE_DENIED;
        relay_denied(s);
        return BASE_OK;
    }
    if (s->n_channels >= WIRE_CHANNELS_MAX) {
        out->status = WIRE_OVER_LIMIT;
        return BASE_OK;
    }
    relay_watch *w = relay_watch_of(r, RELAY_KIND_LOG, it->want.log, true);
    if (w == NULL) {
        return BASE_E_NOMEM;
    }
    if (crowded(s, w, it->handle)) {
        out->status = WIRE_OVER_LIMIT;
    } else {
        err = judge(r, it, w, out);
    }
    if (err == BASE_OK && out->status == WIRE_OK) {
        err = take(s, it, w, out);
    }
    relay_watch_release(r, w);
    return err;
}

base_err relay_do_follow(relay_session *s, const wire_frame *f)
{
    base_err err = BASE_OK;
    base_buf items = base_buf_on(NULL);
    wire_frame answer = {.type = WIRE_FOLLOWED, .request = f->request};
    base_rd rd = base_rd_on(f->u.items.items);
    while (base_rd_more(&rd)) {
        item it = {0};
        wire_followed out;
        s->work++;
        TRY(wire_follow_next(&rd, &it.want));
        TRY(follow_one(s, &it, &out));
        TRY(wire_followed_put(&items, &out));
    }
    answer.u.items.items = base_buf_bytes(&items);
    relay_send(s, &answer);
done:
    base_buf_clear(&items);
    return err;
}
