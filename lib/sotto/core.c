/* Calls as transactions. core_begin() opens one, core_end() commits it and only then lets out the
 * commands that the call made; a failure undoes the file and forgets what is in memory, which is
 * read again when it is needed. */
#include "core.h"

#include <assert.h>

#include "base/alloc.h"

#define TIDY_MS 60000 /* how long deleted bytes may stay in the write-ahead log */

void core_text(base_bytes text, char *out, size_t size)
{
    size_t n = text.n < size ? text.n : size - 1;
    memset(out, 0, size);
    if (n > 0) {
        memcpy(out, text.p, n);
    }
}

#define AFTER_FAILURE_MS 1000 /* what is due waits so long after a tick that failed */

/* ---- queues of commands ---- */

/* What core_undo() says at most: each connection is closed, each request ends. */
#define UNDO_COMMANDS (CORE_CONNS_MAX + CORE_OPS_MAX)

/* Make room for so many more. */
static base_err queue_reserve(const base_alloc *alloc, core_queue *q, size_t more)
{
    base_err err = base_alloc_grow(alloc, (void **)&q->v, &q->cap, q->n + more, sizeof *q->v);
    if (err == BASE_OK) {
        err = base_alloc_grow(alloc, (void **)&q->frames, &q->frames_cap, q->n + more,
                              sizeof *q->frames);
    }
    return err;
}

static base_err queue_push(const base_alloc *alloc, core_queue *q, const sotto_command *c,
                           base_buf *frame)
{
    base_err err = queue_reserve(alloc, q, 1);
    if (err != BASE_OK) {
        return err;
    }
    q->v[q->n] = *c;
    q->frames[q->n] = base_buf_on(alloc);
    if (frame != NULL) {
        q->frames[q->n] = base_buf_take(frame);
    }
    q->n++;
    return BASE_OK;
}

static void queue_clear(core_queue *q)
{
    for (size_t i = 0; i < q->n; i++) {
        base_buf_clear(&q->frames[i]);
    }
    q->n = 0;
    q->taken = 0;
}

static void queue_free(const base_alloc *alloc, core_queue *q)
{
    queue_clear(q);
    base_alloc_free(alloc, q->v);
    base_alloc_free(alloc, q->frames);
    memset(q, 0, sizeof *q);
}

base_err core_command(sotto *s, const sotto_command *c, base_buf *frame)
{
    return queue_push(s->alloc, &s->pending, c, frame);
}

/* One event of a kind about an object is enough for a call: what it looks like is asked later. */
static bool already_pending(const sotto *s, const sotto_event *e)
{
    for (size_t i = 0; i < s->pending.n; i++) {
        const sotto_event *p = &s->pending.v[i].event;
        if (s->pending.v[i].kind == SOTTO_CMD_EVENT && p->kind == e->kind &&
            core_room_eq(&p->room, &e->room) &&
            memcmp(p->person.b, e->person.b, sizeof e->person.b) == 0 && p->message == e->message &&
            p->alarm == e->alarm && p->op == e->op) {
            return true;
        }
    }
    return false;
}

base_err core_event(sotto *s, const sotto_event *e)
{
    sotto_command c = {.kind = SOTTO_CMD_EVENT, .event = *e};
    return already_pending(s, e) ? BASE_OK : core_command(s, &c, NULL);
}

base_err core_event_room(sotto *s, const sotto_room_id *room)
{
    sotto_event e = {.kind = SOTTO_EVENT_ROOM, .room = *room};
    return core_event(s, &e);
}

base_err core_event_message(sotto *s, const sotto_room_id *room, int64_t number)
{
    sotto_event e = {.kind = SOTTO_EVENT_MESSAGE, .room = *room, .message = number};
    return core_event(s, &e);
}

base_err core_event_person(sotto *s, const sotto_hash *person)
{
    sotto_event e = {.kind = SOTTO_EVENT_PERSON, .person = core_person_of(person)};
    return core_event(s, &e);
}

base_err sotto_next(sotto *s, sotto_command *out)
{
    core_queue *q = &s->ready;
    if (q->taken == q->n) {
        queue_clear(q);
        return BASE_E_NOT_FOUND;
    }
    *out = q->v[q->taken];
    out->frame = base_buf_bytes(&q->frames[q->taken]);
    q->taken++;
    return BASE_OK;
}

/* ---- transactions ---- */

base_err core_begin(sotto *s, uint64_t now)
{
    base_err err = BASE_OK;
    if (s->in_call) {
        return BASE_E_STATE;
    }
    /* Room for what core_undo() has to say, since it may not fail. */
    TRY(queue_reserve(s->alloc, &s->pending, UNDO_COMMANDS));
    TRY(queue_reserve(s->alloc, &s->ready, UNDO_COMMANDS));
    TRY(s->me_is_lost ? account_load(s) : BASE_OK);
    s->me_is_lost = false;
    TRY(store_begin(s->store));
    s->in_call = true;
    s->disturbed = false;
    s->now = now > s->now ? now : s->now; /* a clock set back does not turn order around */
done:
    return err;
}

void core_reset(sotto *s)
{
    conn_reset_all(s);
    while (s->n_rooms > 0) {
        room_live_drop(s, &s->rooms[0]->row.id);
    }
    for (size_t i = 0; i < CORE_OPS_MAX; i++) {
        op_clear(s, &s->ops[i]);
    }
    s->ops_ended = false;
    s->mail_busy = false;
    s->shelf_busy = false;
}

static base_err save_rooms(sotto *s)
{
    base_err err = BASE_OK;
    for (size_t i = 0; err == BASE_OK && i < s->n_rooms; i++) {
        if (s->rooms[i]->changed) {
            err = room_save(s, s->rooms[i]);
        }
    }
    return err;
}

/* There is room for all of it: core_begin() or core_end() saw to that. */
static void release(sotto *s)
{
    for (size_t i = 0; i < s->pending.n; i++) {
        base_err err = queue_push(s->alloc, &s->ready, &s->pending.v[i], &s->pending.frames[i]);
        assert(err == BASE_OK);
        (void)err;
    }
    queue_clear(&s->pending);
}

void core_undo(sotto *s, base_err why)
{
    queue_clear(&s->pending);
    op_fail_all(s, why);
    core_reset(s);
    s->me_is_lost = account_load(s) != BASE_OK;
    release(s);
}

base_err core_end(sotto *s, base_err err)
{
    if (!s->in_call) {
        return BASE_E_STATE;
    }
    s->in_call = false;
    if (err == BASE_OK) {
        err = save_rooms(s);
    }
    if (err == BASE_OK) {
        err = queue_reserve(s->alloc, &s->ready, s->pending.n + UNDO_COMMANDS);
    }
    if (err == BASE_OK) {
        err = store_commit(s->store);
    } else {
        store_rollback(s->store);
    }
    if (err == BASE_OK) {
        if (s->tidy_at == 0 && store_total_changed(s->store) != s->changes_tidied) {
            s->tidy_at = s->now + TIDY_MS;
        }
        op_forget_ended(s);
        release(s);
        return BASE_OK;
    }
    queue_clear(&s->pending);
    if (s->disturbed) {
        core_undo(s, err);
    }
    return err;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t sotto_wake_at(const sotto *s)
{
    uint64_t at = sooner(conn_wake_at(s), room_wake_at(s));
    at = sooner(at, op_wake_at(s));
    at = sooner(at, home_wake_at(s));
    at = sooner(at, sweep_wake_at(s));
    at = s->tidy_at != 0 ? sooner(at, s->tidy_at) : at;
    return at < s->not_before ? s->not_before : at;
}

static base_err all_that_is_due(sotto *s)
{
    base_err err = BASE_OK;
    TRY(conn_tick(s));
    TRY(op_tick(s));
    TRY(sweep_daily(s));
    TRY(home_pump(s));
    TRY(mail_pump(s));
    TRY(room_pump_all(s));
done:
    return err;
}

base_err sotto_tick(sotto *s, uint64_t now)
{
    base_err err = core_begin(s, now);
    if (err == BASE_OK) {
        err = core_end(s, all_that_is_due(s));
    }
    s->not_before = err == BASE_OK ? 0 : now + AFTER_FAILURE_MS;
    if (err == BASE_OK && s->tidy_at != 0 && s->now >= s->tidy_at) {
        bool tidied = store_tidy(s->store) == BASE_OK;
        s->tidy_at = tidied ? 0 : s->now + TIDY_MS; /* what was done is done; try again */
        s->changes_tidied = store_total_changed(s->store);
    }
    return err;
}

void sotto_close(sotto *s)
{
    if (s == NULL) {
        return;
    }
    core_reset(s);
    account_clear(&s->me);
    for (size_t i = 0; i < CORE_CONNS_MAX; i++) {
        conn_clear(s, &s->conns[i]);
    }
    queue_free(s->alloc, &s->ready);
    queue_free(s->alloc, &s->pending);
    base_alloc_free(s->alloc, s->rooms);
    mls_ctx_free(s->mls);
    store_close(s->store);
    base_wipe(s->db_key, sizeof s->db_key);
    const base_alloc *alloc = s->alloc;
    base_wipe(s, sizeof *s);
    base_alloc_free(alloc, s);
}
