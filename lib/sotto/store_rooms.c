/* Rows of rooms and of their members. */
#include "rows.h"

#define POINTS_KEPT 4096 /* a claim about an older point of a log is not checked */

void room_row_clear(room_row *r)
{
    base_wipe(r->reader, sizeof r->reader);
    base_buf_clear(&r->joining);
}

#define ROOM_COLUMNS                                                                               \
    "id, kind, state, title, person, relay, log, reader, epoch, n, h, count, created, name_told,"  \
    " read, read_told, delivered_told, last_heard, activity, joining, mls_group"

static base_err read_room(store_q *q, room_row *out)
{
    store_fixed(q, 0, out->id.b, sizeof out->id.b);
    out->kind = (sotto_room_kind)store_int(q, 1);
    out->state = (sotto_room_state)store_int(q, 2);
    store_text(q, 3, out->title, sizeof out->title);
    store_fixed(q, 4, out->person.b, sizeof out->person.b);
    out->relay = store_int(q, 5);
    store_fixed(q, 6, out->log, sizeof out->log);
    store_fixed(q, 7, out->reader, sizeof out->reader);
    out->epoch = (uint64_t)store_int(q, 8);
    out->at.n = (uint64_t)store_int(q, 9);
    store_fixed(q, 10, out->at.h.b, sizeof out->at.h.b);
    out->count = (uint64_t)store_int(q, 11);
    out->created = store_int(q, 12) != 0;
    out->name_told = store_int(q, 13) != 0;
    out->read = store_int(q, 14);
    out->read_told = store_int(q, 15);
    out->delivered_told = store_int(q, 16);
    out->last_heard = (uint64_t)store_int(q, 17);
    out->activity = (uint64_t)store_int(q, 18);
    base_bytes group = store_bytes(q, 20);
    if (group.n > sizeof out->group) {
        return BASE_E_CORRUPT;
    }
    out->group_n = group.n;
    if (group.n > 0) {
        memcpy(out->group, group.p, group.n);
    }
    return base_buf_set(&out->joining, store_bytes(q, 19));
}

base_err store_room_get(sotto_store *st, const sotto_room_id *id, room_row *out)
{
    store_q q = store_query(st, "SELECT " ROOM_COLUMNS " FROM room WHERE id = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, room_bytes(id));
    if (store_row(&q)) {
        got = read_room(&q, out);
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

/* The draft is the person's alone and stays when the row is replaced. */
base_err store_room_put(sotto_store *st, const room_row *r)
{
    store_q q = store_query(
        st, "INSERT INTO room (" ROOM_COLUMNS ", draft) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '') ON CONFLICT (id) DO UPDATE SET"
            " kind = excluded.kind, state = excluded.state, title = excluded.title,"
            " person = excluded.person, relay = excluded.relay, log = excluded.log,"
            " reader = excluded.reader, epoch = excluded.epoch, n = excluded.n, h = excluded.h,"
            " count = excluded.count, created = excluded.created, name_told = excluded.name_told,"
            " read = excluded.read, read_told = excluded.read_told,"
            " delivered_told = excluded.delivered_told, last_heard = excluded.last_heard,"
            " activity = excluded.activity, joining = excluded.joining,"
            " mls_group = excluded.mls_group");
    store_bind_bytes(&q, room_bytes(&r->id));
    store_bind_int(&q, r->kind);
    store_bind_int(&q, r->state);
    store_bind_text(&q, base_bytes_str(r->title));
    store_bind_bytes(&q, sotto_hash_bytes(&r->person));
    store_bind_int(&q, r->relay);
    store_bind_bytes(&q, base_bytes_of(r->log, sizeof r->log));
    store_bind_bytes(&q, base_bytes_of(r->reader, sizeof r->reader));
    store_bind_int(&q, (int64_t)r->epoch);
    store_bind_int(&q, (int64_t)r->at.n);
    store_bind_bytes(&q, sotto_hash_bytes(&r->at.h));
    store_bind_int(&q, (int64_t)r->count);
    store_bind_int(&q, r->created);
    store_bind_int(&q, r->name_told);
    store_bind_int(&q, r->read);
    store_bind_int(&q, r->read_told);
    store_bind_int(&q, r->delivered_told);
    store_bind_int(&q, (int64_t)r->last_heard);
    store_bind_int(&q, (int64_t)r->activity);
    store_bind_bytes(&q, base_buf_bytes(&r->joining));
    store_bind_bytes(&q, room_group_id(r));
    return store_run(&q);
}

static base_err delete_where(sotto_store *st, const char *sql, const sotto_room_id *id)
{
    store_q q = store_query(st, sql);
    store_bind_bytes(&q, room_bytes(id));
    return store_run(&q);
}

base_err store_room_delete(sotto_store *st, const sotto_room_id *id)
{
    base_err err = BASE_OK;
    TRY(delete_where(st, "DELETE FROM message WHERE room = ?", id));
    TRY(delete_where(st, "DELETE FROM member WHERE room = ?", id));
    TRY(delete_where(st, "DELETE FROM outbox WHERE room = ?", id));
    TRY(delete_where(st, "DELETE FROM point WHERE room = ?", id));
    TRY(delete_where(st, "DELETE FROM alarm WHERE room = ?", id));
    TRY(delete_where(st, "DELETE FROM room WHERE id = ?", id));
done:
    return err;
}

base_err store_room_rest(sotto_store *st, const sotto_room_id *id)
{
    base_err err = BASE_OK;
    TRY(delete_where(st, "DELETE FROM outbox WHERE room = ?", id));
    TRY(delete_where(st, "DELETE FROM point WHERE room = ?", id));
done:
    return err;
}

static base_err list_ids(store_q *q, room_id_seen seen, void *user)
{
    while (store_row(q)) {
        sotto_room_id id;
        store_fixed(q, 0, id.b, sizeof id.b);
        if (q->err != BASE_OK || !seen(user, &id)) {
            break;
        }
    }
    return store_end(q);
}

base_err store_room_list(sotto_store *st, size_t skip, size_t limit, room_id_seen seen, void *user)
{
    store_q q = store_query(st, "SELECT id FROM room WHERE state <> 6"
                                " ORDER BY activity DESC, id LIMIT ? OFFSET ?");
    store_bind_int(&q, (int64_t)limit);
    store_bind_int(&q, (int64_t)skip);
    return list_ids(&q, seen, user);
}

base_err store_room_live(sotto_store *st, int64_t relay, room_id_seen seen, void *user)
{
    store_q q = store_query(st, "SELECT id FROM room WHERE relay = ? AND state IN (2, 3, 6)");
    store_bind_int(&q, relay);
    return list_ids(&q, seen, user);
}

base_err store_room_has_group(sotto_store *st, base_bytes group, bool *out)
{
    store_q q = store_query(st, "SELECT 1 FROM room WHERE mls_group = ?");
    store_bind_bytes(&q, group);
    *out = store_row(&q);
    return store_end(&q);
}

base_err store_room_requests(sotto_store *st, const sotto_hash *who, size_t *all, size_t *theirs)
{
    store_q q =
        store_query(st, "SELECT count(*), coalesce(sum(person = ?), 0) FROM room WHERE state = 1");
    store_bind_bytes(&q, sotto_hash_bytes(who));
    if (store_row(&q)) {
        *all = (size_t)store_int(&q, 0);
        *theirs = (size_t)store_int(&q, 1);
    }
    return store_end(&q);
}

base_err store_room_direct(sotto_store *st, const sotto_hash *person, sotto_room_id *out)
{
    /* Of several (both added each other at once) the one that is furthest, then the lowest id:
     * the same at both ends. */
    store_q q = store_query(st, "SELECT id FROM room WHERE kind = 1 AND person = ?"
                                " ORDER BY state = 3 DESC, state = 2 DESC, state, id LIMIT 1");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, sotto_hash_bytes(person));
    if (store_row(&q)) {
        store_fixed(&q, 0, out->b, sizeof out->b);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_draft_get(sotto_store *st, const sotto_room_id *id, base_buf *out)
{
    store_q q = store_query(st, "SELECT draft FROM room WHERE id = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, room_bytes(id));
    if (store_row(&q)) {
        got = base_buf_set(out, store_bytes(&q, 0));
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_draft_put(sotto_store *st, const sotto_room_id *id, base_bytes text)
{
    store_q q = store_query(st, "UPDATE room SET draft = ? WHERE id = ?");
    store_bind_text(&q, text);
    store_bind_bytes(&q, room_bytes(id));
    base_err err = store_run(&q);
    return err == BASE_OK && store_changed(st) == 0 ? BASE_E_NOT_FOUND : err;
}

/* ---- points of the running hash ---- */

base_err store_point_put(sotto_store *st, const sotto_room_id *room, const sotto_log_point *at)
{
    base_err err = BASE_OK;
    store_q q = store_query(st, "INSERT OR REPLACE INTO point (room, n, h) VALUES (?, ?, ?)");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, (int64_t)at->n);
    store_bind_bytes(&q, sotto_hash_bytes(&at->h));
    TRY(store_run(&q));
    store_q old = store_query(st, "DELETE FROM point WHERE room = ? AND n < ?");
    store_bind_bytes(&old, room_bytes(room));
    store_bind_int(&old, (int64_t)at->n - POINTS_KEPT);
    TRY(store_run(&old));
done:
    return err;
}

base_err store_point_get(sotto_store *st, const sotto_room_id *room, uint64_t n, sotto_hash *out)
{
    store_q q = store_query(st, "SELECT h FROM point WHERE room = ? AND n = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, (int64_t)n);
    if (store_row(&q)) {
        store_fixed(&q, 0, out->b, sizeof out->b);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

/* ---- members ---- */

#define MEMBER_COLUMNS "person, admin, state, joined, rank, delivered, read, count, last_heard"

static void read_member(store_q *q, member_row *out)
{
    store_fixed(q, 0, out->person.b, sizeof out->person.b);
    out->admin = store_int(q, 1) != 0;
    out->state = (sotto_member_state)store_int(q, 2);
    out->joined = store_int(q, 3);
    out->rank = store_int(q, 4);
    out->delivered = store_int(q, 5);
    out->read = store_int(q, 6);
    out->count = (uint64_t)store_int(q, 7);
    out->last_heard = (uint64_t)store_int(q, 8);
}

base_err store_member_get(sotto_store *st, const sotto_room_id *room, const sotto_hash *person,
                          member_row *out)
{
    store_q q =
        store_query(st, "SELECT " MEMBER_COLUMNS " FROM member WHERE room = ? AND person = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, room_bytes(room));
    store_bind_bytes(&q, sotto_hash_bytes(person));
    if (store_row(&q)) {
        read_member(&q, out);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_member_put(sotto_store *st, const sotto_room_id *room, const member_row *m)
{
    store_q q = store_query(st, "INSERT OR REPLACE INTO member (" MEMBER_COLUMNS ", room)"
                                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    store_bind_bytes(&q, sotto_hash_bytes(&m->person));
    store_bind_int(&q, m->admin);
    store_bind_int(&q, m->state);
    store_bind_int(&q, m->joined);
    store_bind_int(&q, m->rank);
    store_bind_int(&q, m->delivered);
    store_bind_int(&q, m->read);
    store_bind_int(&q, (int64_t)m->count);
    store_bind_int(&q, (int64_t)m->last_heard);
    store_bind_bytes(&q, room_bytes(room));
    return store_run(&q);
}

base_err store_member_list(sotto_store *st, const sotto_room_id *room, const sotto_hash *first,
                           size_t skip, size_t limit, member_row_seen seen, void *user)
{
    store_q q = store_query(st, "SELECT " MEMBER_COLUMNS " FROM member WHERE room = ? AND state < 4"
                                " ORDER BY person <> ?, rank, person LIMIT ? OFFSET ?");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_bytes(&q, sotto_hash_bytes(first));
    store_bind_int(&q, (int64_t)limit);
    store_bind_int(&q, (int64_t)skip);
    while (store_row(&q)) {
        member_row m;
        read_member(&q, &m);
        if (q.err != BASE_OK || !seen(user, &m)) {
            break;
        }
    }
    return store_end(&q);
}

base_err store_member_stay(sotto_store *st, const sotto_room_id *room)
{
    store_q q = store_query(st, "UPDATE member SET state = 1 WHERE room = ? AND state = 3");
    store_bind_bytes(&q, room_bytes(room));
    return store_run(&q);
}

base_err store_member_forget_counts(sotto_store *st, const sotto_room_id *room)
{
    store_q q = store_query(st, "UPDATE member SET count = 0 WHERE room = ?");
    store_bind_bytes(&q, room_bytes(room));
    return store_run(&q);
}

base_err store_member_next_rank(sotto_store *st, const sotto_room_id *room, int64_t *rank)
{
    store_q q = store_query(st, "SELECT coalesce(max(rank), 0) + 1 FROM member WHERE room = ?");
    store_bind_bytes(&q, room_bytes(room));
    if (store_row(&q)) {
        *rank = store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_member_count(sotto_store *st, const sotto_room_id *room, uint32_t *members,
                            uint32_t *unverified)
{
    /* Whoever is no person row is oneself. */
    store_q q = store_query(
        st, "SELECT count(*), coalesce(sum(p.verified = 0), 0) FROM member m LEFT JOIN person p"
            " ON p.id = m.person WHERE m.room = ? AND m.state < 4");
    store_bind_bytes(&q, room_bytes(room));
    if (store_row(&q)) {
        *members = (uint32_t)store_int(&q, 0);
        *unverified = (uint32_t)store_int(&q, 1);
    }
    return store_end(&q);
}
