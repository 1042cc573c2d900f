/* Rows of messages. `ord` is a message's place in its room; it is given when the log has it, and
 * NULL while an own message waits. */
#include "rows.h"

#define MESSAGE_COLUMNS                                                                            \
    "number, room, id, ord, seq, sender, mine, time, state, client_id, text, notice, who, failure"

static void bind_order(store_q *q, int64_t order)
{
    if (order == 0) {
        store_bind_null(q);
    } else {
        store_bind_int(q, order);
    }
}

base_err store_message_add(sotto_store *st, const message_row *m, int64_t *number)
{
    store_q q = store_query(
        st, "INSERT INTO message (room, id, ord, seq, sender, mine, time, state, client_id, text,"
            " notice, who, failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    store_bind_bytes(&q, room_bytes(&m->room));
    store_bind_bytes(&q, base_bytes_of(m->id.b, sizeof m->id.b));
    bind_order(&q, m->order);
    store_bind_int(&q, (int64_t)m->seq);
    store_bind_bytes(&q, m->has_sender ? sotto_hash_bytes(&m->sender) : BASE_BYTES_NONE);
    store_bind_int(&q, m->mine);
    store_bind_int(&q, (int64_t)m->time);
    store_bind_int(&q, m->state);
    if (m->client_id.n == 0) {
        store_bind_null(&q);
    } else {
        store_bind_text(&q, m->client_id);
    }
    store_bind_text(&q, m->text);
    store_bind_int(&q, m->notice);
    store_bind_bytes(&q, m->has_who ? sotto_hash_bytes(&m->who) : BASE_BYTES_NONE);
    store_bind_int(&q, m->failure);
    base_err err = store_run(&q);
    if (err == BASE_OK) {
        *number = store_last_row(st);
    }
    return err;
}

static void read_message(store_q *q, message_row *m)
{
    memset(m, 0, sizeof *m);
    m->number = store_int(q, 0);
    store_fixed(q, 1, m->room.b, sizeof m->room.b);
    store_fixed(q, 2, m->id.b, sizeof m->id.b);
    m->order = store_is_null(q, 3) ? 0 : store_int(q, 3);
    m->seq = (uint64_t)store_int(q, 4);
    m->has_sender = store_bytes(q, 5).n > 0;
    if (m->has_sender) {
        store_fixed(q, 5, m->sender.b, sizeof m->sender.b);
    }
    m->mine = store_int(q, 6) != 0;
    m->time = (uint64_t)store_int(q, 7);
    m->state = (sotto_message_state)store_int(q, 8);
    m->client_id = store_bytes(q, 9);
    m->text = store_bytes(q, 10);
    m->notice = (sotto_notice)store_int(q, 11);
    m->has_who = store_bytes(q, 12).n > 0;
    if (m->has_who) {
        store_fixed(q, 12, m->who.b, sizeof m->who.b);
    }
    m->failure = (base_err)store_int(q, 13);
}

static base_err list_messages(store_q *q, message_row_seen seen, void *user, size_t *count)
{
    while (store_row(q)) {
        message_row m;
        read_message(q, &m);
        if (q->err != BASE_OK) {
            break;
        }
        (*count)++;
        if (!seen(user, &m)) {
            break;
        }
    }
    return store_end(q);
}

base_err store_message_get(sotto_store *st, int64_t number, message_row_seen seen, void *user)
{
    size_t count = 0;
    store_q q = store_query(st, "SELECT " MESSAGE_COLUMNS " FROM message WHERE number = ?");
    store_bind_int(&q, number);
    base_err err = list_messages(&q, seen, user, &count);
    return err == BASE_OK && count == 0 ? BASE_E_NOT_FOUND : err;
}

base_err store_message_find(sotto_store *st, const sotto_room_id *room, const sotto_message_id *id,
                            int64_t *number, int64_t *order)
{
    store_q q = store_query(st, "SELECT number, ord FROM message WHERE room = ? AND id = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, room_bytes(room));
    store_bind_bytes(&q, base_bytes_of(id->b, sizeof id->b));
    if (store_row(&q)) {
        *number = store_int(&q, 0);
        *order = store_is_null(&q, 1) ? 0 : store_int(&q, 1);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_message_client(sotto_store *st, const sotto_room_id *room, base_bytes client_id,
                              int64_t *number)
{
    store_q q = store_query(st, "SELECT number FROM message WHERE room = ? AND client_id = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, room_bytes(room));
    store_bind_text(&q, client_id);
    if (store_row(&q)) {
        *number = store_int(&q, 0);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_message_sent(sotto_store *st, int64_t number, int64_t order, uint64_t seq)
{
    store_q q = store_query(
        st, "UPDATE message SET ord = ?, seq = ?, state = 3, failure = 0 WHERE number = ?");
    store_bind_int(&q, order);
    store_bind_int(&q, (int64_t)seq);
    store_bind_int(&q, number);
    return store_run(&q);
}

base_err store_message_state(sotto_store *st, int64_t number, sotto_message_state state,
                             base_err failure)
{
    store_q q = store_query(st, "UPDATE message SET state = ?, failure = ? WHERE number = ?");
    store_bind_int(&q, state);
    store_bind_int(&q, failure);
    store_bind_int(&q, number);
    return store_run(&q);
}

base_err store_message_delete(sotto_store *st, int64_t number)
{
    store_q q = store_query(st, "DELETE FROM message WHERE number = ?");
    store_bind_int(&q, number);
    return store_run(&q);
}

base_err store_message_next_order(sotto_store *st, const sotto_room_id *room, int64_t *order)
{
    store_q q = store_query(st, "SELECT coalesce(max(ord), 0) + 1 FROM message"
                                " WHERE room = ? AND ord IS NOT NULL");
    store_bind_bytes(&q, room_bytes(room));
    if (store_row(&q)) {
        *order = store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_message_page(sotto_store *st, const sotto_room_id *room, int64_t before,
                            size_t limit, message_row_seen seen, void *user)
{
    size_t count = 0;
    store_q q = store_query(st, "SELECT " MESSAGE_COLUMNS " FROM message WHERE room = ? AND ord < ?"
                                " ORDER BY ord DESC LIMIT ?");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, before > 0 ? before : INT64_MAX);
    store_bind_int(&q, (int64_t)limit);
    return list_messages(&q, seen, user, &count);
}

base_err store_message_waiting(sotto_store *st, const sotto_room_id *room, size_t limit,
                               message_row_seen seen, void *user)
{
    size_t count = 0;
    store_q q = store_query(st, "SELECT " MESSAGE_COLUMNS " FROM message WHERE room = ?"
                                " AND ord IS NULL ORDER BY number LIMIT ?");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, (int64_t)limit);
    return list_messages(&q, seen, user, &count);
}

base_err store_message_unread(sotto_store *st, const sotto_room_id *room, int64_t mark,
                              uint32_t *out)
{
    store_q q = store_query(st, "SELECT count(*) FROM (SELECT 1 FROM message WHERE room = ?"
                                " AND ord > ? AND mine = 0 AND notice = 0 LIMIT ?)");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, mark);
    store_bind_int(&q, SOTTO_UNREAD_MAX);
    if (store_row(&q)) {
        *out = (uint32_t)store_int(&q, 0);
    }
    return store_end(&q);
}

static base_err last_by(store_q q, const sotto_room_id *room, int64_t *number)
{
    store_bind_bytes(&q, room_bytes(room));
    if (store_row(&q)) {
        *number = store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_message_last(sotto_store *st, const sotto_room_id *room, int64_t *number)
{
    /* What waits stands after everything that has an order. */
    *number = 0;
    base_err err = last_by(store_query(st, "SELECT number FROM message WHERE room = ?"
                                           " AND ord IS NULL ORDER BY number DESC LIMIT 1"),
                           room, number);
    if (err == BASE_OK && *number == 0) {
        err = last_by(store_query(st, "SELECT number FROM message WHERE room = ?"
                                      " AND ord IS NOT NULL ORDER BY ord DESC LIMIT 1"),
                      room, number);
    }
    return err;
}

base_err store_message_newest_from_others(sotto_store *st, const sotto_room_id *room, int64_t order,
                                          sotto_message_id *id, int64_t *found)
{
    store_q q = store_query(st, "SELECT id, ord FROM message WHERE room = ? AND ord <= ?"
                                " AND mine = 0 AND notice = 0 ORDER BY ord DESC LIMIT 1");
    *found = 0;
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, order);
    if (store_row(&q)) {
        store_fixed(&q, 0, id->b, sizeof id->b);
        *found = store_int(&q, 1);
    }
    return store_end(&q);
}
