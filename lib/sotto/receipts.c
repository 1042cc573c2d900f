/* Receipts, cumulative: the newest message delivered and the newest read stand for all before them
 * (docs/client.md, section 5). None leaves before a request is accepted, nor in a large group. */
#include "core.h"
#include "mimi/status.h"

#define RECEIPT_MEMBERS_MAX 32

static base_err wanted(sotto *s, const room_live *r, bool *out)
{
    uint32_t members = 0;
    uint32_t unverified = 0;
    base_err err = store_member_count(s->store, &r->row.id, &members, &unverified);
    *out = r->row.state == SOTTO_ROOM_OPEN && members <= RECEIPT_MEMBERS_MAX;
    return err;
}

base_err receipts_due(sotto *s, room_live *r)
{
    r->receipts_at = s->now;
    return BASE_OK;
}

static void add_pair(mimi_status_pair *pairs, size_t *n, const sotto_message_id *id, uint8_t status)
{
    memcpy(pairs[*n].id.b, id->b, sizeof pairs[*n].id.b);
    pairs[*n].status = status;
    (*n)++;
}

base_err receipts_send(sotto *s, room_live *r)
{
    base_err err = BASE_OK;
    bool send = false;
    bool queued = false;
    mimi_status_pair pairs[2];
    size_t n = 0;
    sotto_message_id id;
    int64_t delivered = 0;
    int64_t read = 0;
    outbox_row o;
    memset(&o, 0, sizeof o);
    s->disturbed = true;
    r->receipts_at = 0;
    TRY(wanted(s, r, &send));
    TRY(store_outbox_has(s->store, &r->row.id, OUTBOX_RECEIPT, &queued));
    if (!send || queued) {
        r->receipts_at = send ? s->now + 1000 : 0;
        goto done;
    }
    TRY(store_message_newest_from_others(s->store, &r->row.id, r->row.read, &id, &read));
    if (read > r->row.read_told) {
        add_pair(pairs, &n, &id, MIMI_STATUS_READ);
    }
    TRY(store_message_newest_from_others(s->store, &r->row.id, INT64_MAX, &id, &delivered));
    if (delivered > r->row.delivered_told && delivered > read) {
        add_pair(pairs, &n, &id, MIMI_STATUS_DELIVERED);
    }
    if (n == 0) {
        goto done;
    }
    mimi_report report = {pairs, n};
    TRY(mimi_report_encode(&report, &o.body));
    o.room = r->row.id;
    o.kind = OUTBOX_RECEIPT;
    TRY(store_outbox_add(s->store, &o, &o.number));
    r->row.read_told = read > r->row.read_told ? read : r->row.read_told;
    r->row.delivered_told = delivered > r->row.delivered_told ? delivered : r->row.delivered_told;
    r->changed = true;
done:
    outbox_row_clear(&o);
    return err;
}

static base_err taken_pair(sotto *s, room_live *r, member_row *m, const mimi_status_pair *pair,
                           bool *moved)
{
    sotto_message_id id;
    int64_t number = 0;
    int64_t order = 0;
    memcpy(id.b, pair->id.b, sizeof id.b);
    base_err err = store_message_find(s->store, &r->row.id, &id, &number, &order);
    if (err == BASE_E_NOT_FOUND) {
        return BASE_OK;
    }
    if (pair->status == MIMI_STATUS_READ && order > m->read) {
        m->read = order;
        *moved = true;
    }
    if ((pair->status == MIMI_STATUS_READ || pair->status == MIMI_STATUS_DELIVERED) &&
        order > m->delivered) {
        m->delivered = order;
        *moved = true;
    }
    return err;
}

base_err receipts_taken(sotto *s, room_live *r, const sotto_hash *who, base_bytes body)
{
    base_err err = BASE_OK;
    bool moved = false;
    member_row m;
    mimi_report report;
    sotto_event e = {.kind = SOTTO_EVENT_MARKS, .room = r->row.id, .person = core_person_of(who)};
    base_arena arena = base_arena_on(s->alloc, (size_t)1 << 20);
    err = mimi_report_decode(body, &arena, &report);
    if (err != BASE_OK) {
        err = core_is_fault(err) ? err : BASE_OK; /* says nothing */
        goto done;
    }
    TRY(store_member_get(s->store, &r->row.id, who, &m));
    for (size_t i = 0; i < report.n; i++) {
        TRY(taken_pair(s, r, &m, &report.pairs[i], &moved));
    }
    if (moved) {
        TRY(store_member_put(s->store, &r->row.id, &m));
        TRY(core_event(s, &e));
    }
done:
    base_arena_clear(&arena);
    return err;
}
