/* CREATE, APPEND and COMMIT (docs/protocol.md, sections 3.1, 3.4, 3.5): the only ways a log grows.
 * Large bodies arrive by upload.c, which comes back here when the last byte is there. */
#include "write.h"

#include <stdlib.h>

#include "stamp.h"

/* The log exists: a resend of the same is fine while it is as it was made. All is looked up before
 * anything is compared, so that the work does not tell what differs. */
static base_err create_again(relay *r, const wire_create *want, wire_status *out)
{
    relay_log log;
    relay_epoch e = {0};
    relay_cursor c;
    *out = WIRE_DENIED;
    base_err err = STORE(r, log_get, want->log.p, &log);
    TRY(err);
    err = STORE(r, cursor_get, log.key, want->cursor.p, &c);
    bool cursor = err == BASE_OK;
    REQUIRE(cursor || err == BASE_E_NOT_FOUND, err);
    err = STORE(r, epoch_get, log.key, 0, &e);
    bool epoch = err == BASE_OK;
    REQUIRE(epoch || err == BASE_E_NOT_FOUND, err);
    err = BASE_OK;
    bool gate = base_ct_eq(base_bytes_of(e.gate, sizeof e.gate), want->gate);
    if (cursor && epoch && gate && log.epoch == 0 && log.head == 0) {
        *out = WIRE_OK;
    }
done:
    return err;
}

base_err relay_do_create(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_create *want = &f->u.create;
    relay_log log = {.cursors = 1, .touched = relay_day(r)};
    relay_epoch e = {0};
    relay_cursor c = {.day = relay_day(r)};
    const base_bytes parts[] = {base_bytes_str("sotto log"), want->log};
    wire_status status = WIRE_OK;
    base_err err = BASE_OK;
    if (!relay_postage(s, want->postage)) {
        relay_answer(s, f->request, WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    if (!STORE(r, room, 1, false)) {
        relay_answer(s, f->request, WIRE_FULL);
        return BASE_OK;
    }
    memcpy(log.id, want->log.p, 32);
    memcpy(c.handle, want->cursor.p, 32);
    memcpy(e.gate, want->gate.p, 32);
    TRY(relay_hash(r, parts, 2, log.hash));
    memcpy(e.start_hash, log.hash, 32);
    err = STORE(r, log_new, &log);
    if (err == BASE_E_EXISTS) {
        TRY(create_again(r, want, &status));
    } else {
        TRY(err);
        TRY(STORE(r, epoch_put, log.key, &e));
        TRY(STORE(r, cursor_put, log.key, &c));
    }
    relay_answer(s, f->request, status);
done:
    return err;
}

/* ---- who may write ---- */

base_err relay_writer(relay_session *s, uint32_t number, uint64_t epoch, relay_log *log,
                      relay_channel **channel, wire_status *out)
{
    relay *r = s->r;
    relay_cursor cursor;
    relay_channel *c = relay_channel_find(s, number);
    *out = WIRE_NO_CHANNEL;
    *channel = c;
    if (c == NULL || c->watch->kind != RELAY_KIND_LOG) {
        return BASE_OK;
    }
    base_err err = STORE(r, log_get, c->watch->id, log);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_OK : err;
    }
    if (epoch != log->epoch || epoch != c->epoch) {
        *out = WIRE_STALE;
        return BASE_OK;
    }
    err = STORE(r, cursor_get, log->key, c->handle, &cursor);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    *out = err == BASE_OK && cursor.until == 0 ? WIRE_OK : WIRE_NO_READER;
    return BASE_OK;
}

/* ---- appending ---- */

/* Room for n bytes more, within the bounds for this kind of entry, and on the disk. */
static bool room(const relay *r, const relay_log *log, size_t n, bool commit)
{
    uint64_t entries = commit ? RELAY_COMMIT_KEPT_MAX : RELAY_APPEND_KEPT_MAX;
    uint64_t bytes = commit ? RELAY_COMMIT_BYTES_MAX : RELAY_APPEND_BYTES_MAX;
    return log->kept < entries && log->bytes <= bytes && n <= bytes - log->bytes &&
           STORE(r, room, n, commit);
}

/* The entry is the new head; the log's row is the caller's to write. */
static base_err append(relay *r, relay_watch *w, relay_log *log, uint8_t kind, base_bytes stamp,
                       base_bytes data)
{
    relay_entry e = {.seq = log->head + 1,
                     .day = relay_day(r),
                     .kind = kind,
                     .size = (uint32_t)data.n,
                     .stamp = stamp};
    uint8_t digest[32];
    const base_bytes parts[] = {base_bytes_of(e.before, 32), base_bytes_of(digest, 32)};
    base_err err = BASE_OK;
    memcpy(e.before, log->hash, 32);
    TRY(relay_hash(r, &data, 1, digest));
    TRY(relay_hash(r, parts, 2, log->hash));
    TRY(STORE(r, entry_add, log->key, &e, data));
    if (w->fresh == 0) {
        w->fresh = e.seq;
        memcpy(w->fresh_hash, e.before, 32);
    }
    log->head = e.seq;
    log->kept++;
    log->bytes += data.n;
    log->touched = relay_day(r);
    relay_watch_touch(r, w);
done:
    return err;
}

base_err relay_do_append(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_append *want = &f->u.append;
    relay_log log;
    relay_channel *c = NULL;
    wire_status status = WIRE_BAD_SIZE;
    base_err err = BASE_OK;
    if (wire_size_check(want->data.n, WIRE_INLINE_MAX)) {
        TRY(relay_writer(s, want->channel, want->epoch, &log, &c, &status));
    }
    if (status == WIRE_OK && !room(r, &log, want->data.n, false)) {
        status = WIRE_FULL;
    }
    if (status != WIRE_OK) {
        relay_answer(s, f->request, status);
        return BASE_OK;
    }
    TRY(append(r, c->watch, &log, WIRE_KIND_MESSAGE, BASE_BYTES_NONE, want->data));
    TRY(STORE(r, log_put, &log));
    relay_count(r, RELAY_M_APPENDS, 1);
    wire_frame answer = {.type = WIRE_APPENDED, .request = f->request};
    answer.u.seq.seq = log.head;
    relay_send(s, &answer);
done:
    return err;
}

/* ---- committing ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, WIRE_ID_SIZE);
}

/* Whether a handle is named twice, in one list or in both. */
static base_err twice(relay *r, const wire_commit *want, bool *out)
{
    base_buf *all = &r->body;
    base_err err = base_buf_set(all, want->opened);
    if (err == BASE_OK) {
        err = base_buf_append(all, want->closed);
    }
    if (err != BASE_OK) {
        return err;
    }
    *out = false;
    if (all->n > 0) {
        qsort(all->p, all->n / WIRE_ID_SIZE, WIRE_ID_SIZE, by_bytes);
    }
    for (size_t at = WIRE_ID_SIZE; at < all->n; at += WIRE_ID_SIZE) {
        *out = *out || memcmp(all->p + at, all->p + at - WIRE_ID_SIZE, WIRE_ID_SIZE) == 0;
    }
    return BASE_OK;
}

base_err relay_commit_judge(relay_session *s, const wire_commit *want, relay_log *log,
                            relay_channel **c, wire_status *out)
{
    size_t size = (size_t)want->entry_size + want->side_size;
    if (!wire_size_check(want->entry_size, WIRE_ENTRY_MAX) ||
        (want->side_size != 0 && !wire_size_check(want->side_size, WIRE_SIDE_MAX))) {
        *out = WIRE_BAD_SIZE;
        return BASE_OK;
    }
    base_err err = relay_writer(s, want->channel, want->epoch, log, c, out);
    if (err == BASE_OK && *out == WIRE_OK &&
        (log->cursors + want->opened.n / WIRE_ID_SIZE > RELAY_CURSORS_MAX ||
         !room(s->r, log, size, true))) {
        *out = WIRE_FULL;
    }
    return err;
}

/* The epoch ends at the head; the next begins there. */
static base_err turn_epoch(relay *r, relay_log *log, base_bytes gate)
{
    relay_epoch e;
    base_err err = STORE(r, epoch_get, log->key, log->epoch, &e);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_E_CORRUPT : err;
    }
    e.end = log->head;
    memcpy(e.end_hash, log->hash, 32);
    TRY(STORE(r, epoch_put, log->key, &e));
    log->epoch++;
    e = (relay_epoch){.epoch = log->epoch, .start = log->head};
    memcpy(e.gate, gate.p, 32);
    memcpy(e.start_hash, log->hash, 32);
    TRY(STORE(r, epoch_put, log->key, &e));
done:
    return err;
}

/* Large commits for the epoch that just ended are under way elsewhere: they lost. */
static void refuse_uploads(const relay_watch *w, uint64_t epoch)
{
    for (relay_channel *c = w->channels; c != NULL; c = c->next) {
        relay_upload *up = &c->session->upload;
        if (up->active && up->channel == c->number && up->epoch < epoch) {
            relay_upload_refuse(c->session, WIRE_STALE);
        }
    }
}

base_err relay_commit_store(relay_session *s, uint32_t request, const wire_commit *want,
                            relay_log *log, relay_channel *c, base_bytes data)
{
    relay *r = s->r;
    base_bytes entry = base_bytes_of(data.p, want->entry_size);
    base_bytes side = base_bytes_of(data.p + want->entry_size, want->side_size);
    base_buf encoded = base_buf_on(NULL);
    wire_stamp stamp = {base_bytes_of(c->handle, 32), want->gate, want->opened, want->closed,
                        want->side_size};
    uint32_t waiting = 0;
    base_err err = BASE_OK;
    TRY(relay_stamp_encode(&stamp, &encoded));
    TRY(append(r, c->watch, log, WIRE_KIND_COMMIT, base_buf_bytes(&encoded), entry));
    TRY(turn_epoch(r, log, want->gate));
    TRY(relay_cursor_open(r, log, want->opened, &waiting));
    if (waiting > 0 && side.n > 0) {
        const relay_side row = {log->epoch, waiting, relay_day(r), want->side_size};
        TRY(STORE(r, side_add, log->key, &row, side));
        log->bytes += side.n;
    }
    TRY(relay_cursor_close(r, log, want->closed));
    TRY(STORE(r, log_put, log));
    relay_count(r, RELAY_M_COMMITS, 1);
    wire_frame answer = {.type = WIRE_COMMITTED, .request = request};
    answer.u.seq.seq = log->head;
    relay_send(s, &answer);
    refuse_uploads(c->watch, log->epoch);
done:
    base_buf_clear(&encoded);
    return err;
}

base_err relay_do_commit(relay_session *s, const wire_frame *f, base_bytes message)
{
    relay *r = s->r;
    const wire_commit *want = &f->u.commit;
    relay_log log;
    relay_channel *c = NULL;
    wire_status status = WIRE_OK;
    bool doubled = false;
    s->work += (want->opened.n + want->closed.n) / WIRE_ID_SIZE;
    base_err err = twice(r, want, &doubled);
    if (err != BASE_OK) {
        return err;
    }
    if (doubled) {
        relay_fatal(s, WIRE_BAD);
        return BASE_OK;
    }
    err = relay_commit_judge(s, want, &log, &c, &status);
    if (err != BASE_OK) {
        return err;
    }
    if (status != WIRE_OK) {
        relay_answer(s, f->request, status);
        return BASE_OK;
    }
    if ((uint64_t)want->entry_size + want->side_size > WIRE_INLINE_MAX) {
        return relay_upload_begin(s, f, message);
    }
    return relay_commit_store(s, f->request, want, &log, c, want->data);
}
