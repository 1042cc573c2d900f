/* Rows of the outbox. Those of a room are done one at a time, in order; mail has the room of zeros.
 */
#include "rows.h"

void outbox_row_clear(outbox_row *o)
{
    base_buf_clear(&o->body);
    base_buf_clear(&o->sealed);
    base_buf_clear(&o->side);
    base_buf_clear(&o->staged);
}

base_err store_outbox_add(sotto_store *st, const outbox_row *o, int64_t *number)
{
    store_q q = store_query(st, "INSERT INTO outbox (room, kind, body, sealed, side, staged, epoch,"
                                " message, op) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    store_bind_bytes(&q, room_bytes(&o->room));
    store_bind_int(&q, o->kind);
    store_bind_bytes(&q, base_buf_bytes(&o->body));
    store_bind_bytes(&q, base_buf_bytes(&o->sealed));
    store_bind_bytes(&q, base_buf_bytes(&o->side));
    store_bind_bytes(&q, base_buf_bytes(&o->staged));
    store_bind_int(&q, (int64_t)o->epoch);
    store_bind_int(&q, o->message);
    store_bind_int(&q, o->op);
    base_err err = store_run(&q);
    if (err == BASE_OK) {
        *number = store_last_row(st);
    }
    return err;
}

#define OUTBOX_COLUMNS "number, room, kind, body, sealed, side, staged, epoch, message, op"

static base_err read_outbox(store_q *q, outbox_row *out)
{
    base_err err = BASE_OK;
    out->number = store_int(q, 0);
    store_fixed(q, 1, out->room.b, sizeof out->room.b);
    out->kind = (outbox_kind)store_int(q, 2);
    TRY(base_buf_set(&out->body, store_bytes(q, 3)));
    TRY(base_buf_set(&out->sealed, store_bytes(q, 4)));
    TRY(base_buf_set(&out->side, store_bytes(q, 5)));
    TRY(base_buf_set(&out->staged, store_bytes(q, 6)));
    out->epoch = (uint64_t)store_int(q, 7);
    out->message = store_int(q, 8);
    out->op = store_int(q, 9);
done:
    return err;
}

static base_err one(store_q *q, outbox_row *out)
{
    base_err got = BASE_E_NOT_FOUND;
    if (store_row(q)) {
        got = read_outbox(q, out);
    }
    base_err err = store_end(q);
    return err != BASE_OK ? err : got;
}

base_err store_outbox_first(sotto_store *st, const sotto_room_id *room, outbox_row *out)
{
    /* What makes the log, then what changes the group, then the rest as it was queued. */
    store_q q = store_query(st, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE room = ?"
                                " AND kind IN (1, 2) ORDER BY kind, number LIMIT 1");
    store_bind_bytes(&q, room_bytes(room));
    base_err err = one(&q, out);
    if (err != BASE_E_NOT_FOUND) {
        return err;
    }
    store_q rest = store_query(st, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE room = ?"
                                   " ORDER BY number LIMIT 1");
    store_bind_bytes(&rest, room_bytes(room));
    return one(&rest, out);
}

base_err store_outbox_of_sealed(sotto_store *st, const sotto_room_id *room, base_bytes sealed,
                                outbox_row *out)
{
    store_q q = store_query(st, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE room = ?"
                                " AND length(sealed) > 0 AND sealed = ?");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_bytes(&q, sealed);
    return one(&q, out);
}

base_err store_outbox_get(sotto_store *st, int64_t number, outbox_row *out)
{
    store_q q = store_query(st, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE number = ?");
    store_bind_int(&q, number);
    return one(&q, out);
}

base_err store_outbox_sealed(sotto_store *st, const outbox_row *o)
{
    store_q q = store_query(
        st, "UPDATE outbox SET sealed = ?, side = ?, staged = ?, epoch = ? WHERE number = ?");
    store_bind_bytes(&q, base_buf_bytes(&o->sealed));
    store_bind_bytes(&q, base_buf_bytes(&o->side));
    store_bind_bytes(&q, base_buf_bytes(&o->staged));
    store_bind_int(&q, (int64_t)o->epoch);
    store_bind_int(&q, o->number);
    return store_run(&q);
}

base_err store_outbox_drop(sotto_store *st, int64_t number)
{
    store_q q = store_query(st, "DELETE FROM outbox WHERE number = ?");
    store_bind_int(&q, number);
    return store_run(&q);
}

base_err store_outbox_has(sotto_store *st, const sotto_room_id *room, outbox_kind kind, bool *out)
{
    store_q q = store_query(st, "SELECT 1 FROM outbox WHERE room = ? AND kind = ? LIMIT 1");
    store_bind_bytes(&q, room_bytes(room));
    store_bind_int(&q, kind);
    *out = store_row(&q);
    return store_end(&q);
}

base_err store_outbox_of_message(sotto_store *st, int64_t message, int64_t *number)
{
    store_q q = store_query(st, "SELECT number FROM outbox WHERE message > 0 AND message = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_int(&q, message);
    if (store_row(&q)) {
        *number = store_int(&q, 0);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_outbox_list(sotto_store *st, const sotto_room_id *room, outbox_seen seen, void *user)
{
    base_err err = BASE_OK;
    bool more = true;
    store_q q = store_query(st, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE room = ?"
                                " ORDER BY number");
    store_bind_bytes(&q, room_bytes(room));
    while (more && err == BASE_OK && store_row(&q)) {
        outbox_row o;
        memset(&o, 0, sizeof o);
        err = read_outbox(&q, &o);
        more = err == BASE_OK && seen(user, &o);
        outbox_row_clear(&o);
    }
    base_err end = store_end(&q);
    return err != BASE_OK ? err : end;
}

base_err store_outbox_forget_ops(sotto_store *st)
{
    store_q q = store_query(st, "UPDATE outbox SET op = 0 WHERE op <> 0");
    return store_run(&q);
}

base_err store_outbox_drop_op(sotto_store *st, uint32_t op, uint64_t epoch)
{
    store_q q =
        store_query(st, "DELETE FROM outbox WHERE op = ? AND (length(sealed) = 0 OR epoch <> ?)");
    store_bind_int(&q, op);
    store_bind_int(&q, (int64_t)epoch);
    return store_run(&q);
}

base_err store_outbox_clear(sotto_store *st, const sotto_room_id *room)
{
    store_q q = store_query(st, "DELETE FROM outbox WHERE room = ?");
    store_bind_bytes(&q, room_bytes(room));
    return store_run(&q);
}
