/* Who follows what now: a map from logs and mailboxes to channels, and each session's channels.
 * Ids are chosen by clients, so the map's chains are spread by a hash under a secret of this run.
 */
#include "base/alloc.h"
#include "core.h"

/* ---- the map ---- */

static bool bucket_of(relay *r, base_bytes id, size_t cap, size_t *out)
{
    uint8_t h[32];
    uint64_t v;
    const base_bytes parts[] = {base_bytes_of(r->hash_key, sizeof r->hash_key), id};
    if (relay_hash(r, parts, 2, h) != BASE_OK) {
        return false;
    }
    memcpy(&v, h, sizeof v);
    *out = (size_t)(v % cap);
    return true;
}

static bool grow(relay *r)
{
    size_t cap = r->cap_watches == 0 ? 64 : r->cap_watches * 2;
    relay_watch **table = (relay_watch **)base_alloc_zero(NULL, cap, sizeof *table);
    if (table == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->cap_watches; i++) {
        while (r->watches[i] != NULL) {
            relay_watch *w = r->watches[i];
            size_t at = 0;
            if (!bucket_of(r, base_bytes_of(w->id, 32), cap, &at)) {
                at =
                    0; /* found no more by its hash: harmless to safety, and the digest is broken */
            }
            r->watches[i] = w->next;
            w->next = table[at];
            table[at] = w;
        }
    }
    base_alloc_free(NULL, r->watches);
    r->watches = table;
    r->cap_watches = cap;
    return true;
}

relay_watch *relay_watch_of(relay *r, relay_kind kind, base_bytes id, bool make)
{
    size_t at = 0;
    if (make && r->n_watches >= r->cap_watches && !grow(r)) {
        return NULL;
    }
    if (r->cap_watches == 0 || !bucket_of(r, id, r->cap_watches, &at)) {
        return NULL;
    }
    for (relay_watch *w = r->watches[at]; w != NULL; w = w->next) {
        if (w->kind == kind && memcmp(w->id, id.p, 32) == 0) {
            return w;
        }
    }
    relay_watch *w = make ? (relay_watch *)base_alloc_zero(NULL, 1, sizeof *w) : NULL;
    if (w != NULL) {
        memcpy(w->id, id.p, 32);
        w->kind = kind;
        w->next = r->watches[at];
        r->watches[at] = w;
        r->n_watches++;
    }
    return w;
}

void relay_watch_touch(relay *r, relay_watch *w)
{
    if (!w->dirty) {
        w->dirty = true;
        w->next_dirty = r->dirty;
        r->dirty = w;
    }
}

void relay_watch_release(relay *r, relay_watch *w)
{
    size_t at = 0;
    if (w->channels != NULL || w->dirty ||
        !bucket_of(r, base_bytes_of(w->id, 32), r->cap_watches, &at)) {
        return;
    }
    for (relay_watch **p = &r->watches[at]; *p != NULL; p = &(*p)->next) {
        if (*p == w) {
            *p = w->next;
            r->n_watches--;
            base_alloc_free(NULL, w);
            return;
        }
    }
}

void relay_watch_clear(relay *r)
{
    for (size_t i = 0; i < r->cap_watches; i++) {
        while (r->watches[i] != NULL) {
            relay_watch *w = r->watches[i];
            r->watches[i] = w->next;
            base_alloc_free(NULL, w);
        }
    }
    base_alloc_free(NULL, r->watches);
    r->watches = NULL;
    r->cap_watches = r->n_watches = 0;
    r->dirty = NULL;
}

/* ---- channels ---- */

/* The place of the number in the session's sorted list. */
static size_t place_of(const relay_session *s, uint32_t number)
{
    size_t lo = 0;
    size_t hi = s->n_channels;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->channels[mid]->number < number) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

relay_channel *relay_channel_find(const relay_session *s, uint32_t number)
{
    size_t at = place_of(s, number);
    return at < s->n_channels && s->channels[at]->number == number ? s->channels[at] : NULL;
}

relay_channel *relay_channel_new(relay_session *s, uint32_t number, relay_watch *w)
{
    relay_channel *c = (relay_channel *)base_alloc_zero(NULL, 1, sizeof *c);
    void *list = s->channels;
    if (c == NULL || base_alloc_grow(NULL, &list, &s->cap_channels, s->n_channels + 1,
                                     sizeof *s->channels) != BASE_OK) {
        base_alloc_free(NULL, c);
        return NULL;
    }
    s->channels = (relay_channel **)list;
    c->session = s;
    c->watch = w;
    c->number = number;
    c->batch = s->r->batch;
    c->next = w->channels;
    w->channels = c;
    size_t at = place_of(s, number);
    memmove(&s->channels[at + 1], &s->channels[at], (s->n_channels - at) * sizeof *s->channels);
    s->channels[at] = c;
    s->n_channels++;
    return c;
}

void relay_channel_ready(relay_channel *c)
{
    relay_session *s = c->session;
    if (c->ready || c->waiting) {
        return;
    }
    c->ready = true;
    c->next_ready = NULL;
    if (s->ready_last != NULL) {
        s->ready_last->next_ready = c;
    } else {
        s->ready_first = c;
    }
    s->ready_last = c;
}

static void unready(relay_channel *c)
{
    relay_session *s = c->session;
    relay_channel *before = NULL;
    for (relay_channel *at = s->ready_first; c->ready && at != NULL; at = at->next_ready) {
        if (at == c) {
            if (before != NULL) {
                before->next_ready = c->next_ready;
            } else {
                s->ready_first = c->next_ready;
            }
            if (s->ready_last == c) {
                s->ready_last = before;
            }
            c->ready = false;
            return;
        }
        before = at;
    }
}

void relay_channel_end(relay_channel *c)
{
    relay_session *s = c->session;
    relay_watch *w = c->watch;
    if (s->upload.active && s->upload.channel == c->number) {
        relay_upload_refuse(s, WIRE_NO_CHANNEL);
    }
    unready(c);
    for (relay_channel **p = &w->channels; *p != NULL; p = &(*p)->next) {
        if (*p == c) {
            *p = c->next;
            break;
        }
    }
    size_t at = place_of(s, c->number);
    s->n_channels--;
    memmove(&s->channels[at], &s->channels[at + 1], (s->n_channels - at) * sizeof *s->channels);
    relay_watch_release(s->r, w);
    base_wipe(c->handle, sizeof c->handle);
    base_alloc_free(NULL, c);
}

void relay_channel_drop(relay_channel *c, wire_status reason)
{
    relay_session *s = c->session;
    wire_frame f = {.type = WIRE_DROPPED};
    f.u.dropped = (wire_dropped){c->number, (uint8_t)reason};
    relay_channel_end(c);
    relay_send(s, &f);
}

void relay_watch_drop(relay *r, relay_watch *w)
{
    relay_watch_touch(r, w); /* kept alive while its channels go */
    w->fresh = 0;            /* what comes in this batch under the same id is another log */
    while (w->channels != NULL) {
        relay_channel_drop(w->channels, WIRE_DENIED);
    }
}

void relay_channel_supersede(relay_channel *c)
{
    relay_channel *at = c->watch->channels;
    while (at != NULL) {
        relay_channel *next = at->next; /* dropping one ends no other */
        if (at != c && (c->watch->kind == RELAY_KIND_BOX ||
                        memcmp(at->handle, c->handle, sizeof c->handle) == 0)) {
            relay_channel_drop(at, WIRE_SUPERSEDED);
        }
        at = next;
    }
}
