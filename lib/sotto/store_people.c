/* Rows of people, and of alarms about them. */
#include "rows.h"

void person_row_clear(person_row *p)
{
    base_buf_clear(&p->list);
    base_buf_clear(&p->reach);
}

#define PERSON_COLUMNS                                                                             \
    "id, list, own_name, my_name, handle, state, verified, blocked, last_heard, reach"

static base_err read_person(store_q *q, person_row *out)
{
    base_err err = BASE_OK;
    store_fixed(q, 0, out->id.b, sizeof out->id.b);
    TRY(base_buf_set(&out->list, store_bytes(q, 1)));
    store_text(q, 2, out->own_name, sizeof out->own_name);
    store_text(q, 3, out->my_name, sizeof out->my_name);
    store_text(q, 4, out->handle, sizeof out->handle);
    out->state = (sotto_person_state)store_int(q, 5);
    out->verified = store_int(q, 6) != 0;
    out->blocked = store_int(q, 7) != 0;
    out->last_heard = (uint64_t)store_int(q, 8);
    TRY(base_buf_set(&out->reach, store_bytes(q, 9)));
done:
    return err;
}

base_err store_person_get(sotto_store *st, const sotto_hash *id, person_row *out)
{
    store_q q = store_query(st, "SELECT " PERSON_COLUMNS " FROM person WHERE id = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, sotto_hash_bytes(id));
    if (store_row(&q)) {
        got = read_person(&q, out);
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_person_put(sotto_store *st, const person_row *p)
{
    store_q q = store_query(st, "INSERT OR REPLACE INTO person (" PERSON_COLUMNS ")"
                                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    store_bind_bytes(&q, sotto_hash_bytes(&p->id));
    store_bind_bytes(&q, base_buf_bytes(&p->list));
    store_bind_text(&q, base_bytes_str(p->own_name));
    store_bind_text(&q, base_bytes_str(p->my_name));
    store_bind_text(&q, base_bytes_str(p->handle));
    store_bind_int(&q, p->state);
    store_bind_int(&q, p->verified);
    store_bind_int(&q, p->blocked);
    store_bind_int(&q, (int64_t)p->last_heard);
    store_bind_bytes(&q, base_buf_bytes(&p->reach));
    return store_run(&q);
}

base_err store_person_forget(sotto_store *st, const sotto_hash *id)
{
    store_q q = store_query(st, "DELETE FROM person WHERE id = ?1 AND state = 0 AND blocked = 0"
                                " AND my_name = '' AND verified = 0"
                                " AND NOT EXISTS (SELECT 1 FROM member WHERE person = ?1)"
                                " AND NOT EXISTS (SELECT 1 FROM room WHERE person = ?1)");
    store_bind_bytes(&q, sotto_hash_bytes(id));
    return store_run(&q);
}

base_err store_person_list(sotto_store *st, size_t skip, size_t limit, person_row_seen seen,
                           void *user)
{
    base_err err = BASE_OK;
    bool more = true;
    store_q q =
        store_query(st, "SELECT " PERSON_COLUMNS " FROM person WHERE state > 0 ORDER BY"
                        " lower(iif(my_name = '', own_name, my_name)), id LIMIT ? OFFSET ?");
    store_bind_int(&q, (int64_t)limit);
    store_bind_int(&q, (int64_t)skip);
    while (more && err == BASE_OK && store_row(&q)) {
        person_row p;
        memset(&p, 0, sizeof p);
        err = read_person(&q, &p);
        more = err == BASE_OK && seen(user, &p);
        person_row_clear(&p);
    }
    base_err end = store_end(&q);
    return err != BASE_OK ? err : end;
}

/* ---- alarms ---- */

base_err store_alarm_add(sotto_store *st, const alarm_row *a, int64_t *number)
{
    store_q q = store_query(st, "INSERT INTO alarm (code, room, person, sentence, time, cleared)"
                                " VALUES (?, ?, ?, ?, ?, 0)");
    store_bind_int(&q, a->code);
    store_bind_bytes(&q, a->has_room ? room_bytes(&a->room) : BASE_BYTES_NONE);
    store_bind_bytes(&q, a->has_person ? sotto_hash_bytes(&a->person) : BASE_BYTES_NONE);
    store_bind_text(&q, base_bytes_str(a->sentence));
    store_bind_int(&q, (int64_t)a->time);
    base_err err = store_run(&q);
    if (err == BASE_OK) {
        *number = store_last_row(st);
    }
    return err;
}

base_err store_alarm_same(sotto_store *st, const alarm_row *a, int64_t *number)
{
    store_q q = store_query(st, "SELECT number FROM alarm WHERE cleared = 0 AND code = ?"
                                " AND room = ? AND person = ? LIMIT 1");
    *number = 0;
    store_bind_int(&q, a->code);
    store_bind_bytes(&q, a->has_room ? room_bytes(&a->room) : BASE_BYTES_NONE);
    store_bind_bytes(&q, a->has_person ? sotto_hash_bytes(&a->person) : BASE_BYTES_NONE);
    if (store_row(&q)) {
        *number = store_int(&q, 0);
    }
    return store_end(&q);
}

#define ALARM_COLUMNS "number, code, room, person, sentence, time, cleared"

static void read_alarm(store_q *q, alarm_row *out)
{
    memset(out, 0, sizeof *out);
    out->number = store_int(q, 0);
    out->code = (sotto_alarm_code)store_int(q, 1);
    out->has_room = store_bytes(q, 2).n > 0;
    if (out->has_room) {
        store_fixed(q, 2, out->room.b, sizeof out->room.b);
    }
    out->has_person = store_bytes(q, 3).n > 0;
    if (out->has_person) {
        store_fixed(q, 3, out->person.b, sizeof out->person.b);
    }
    store_text(q, 4, out->sentence, sizeof out->sentence);
    out->time = (uint64_t)store_int(q, 5);
    out->cleared = store_int(q, 6) != 0;
}

base_err store_alarm_get(sotto_store *st, int64_t number, alarm_row *out)
{
    store_q q = store_query(st, "SELECT " ALARM_COLUMNS " FROM alarm WHERE number = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_int(&q, number);
    if (store_row(&q)) {
        read_alarm(&q, out);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_alarm_clear(sotto_store *st, int64_t number)
{
    store_q q = store_query(st, "UPDATE alarm SET cleared = 1 WHERE number = ?");
    store_bind_int(&q, number);
    return store_run(&q);
}

base_err store_alarm_open(sotto_store *st, size_t limit, alarm_row_seen seen, void *user)
{
    store_q q = store_query(st, "SELECT " ALARM_COLUMNS " FROM alarm WHERE cleared = 0"
                                " ORDER BY number DESC LIMIT ?");
    store_bind_int(&q, (int64_t)limit);
    while (store_row(&q)) {
        alarm_row a;
        read_alarm(&q, &a);
        if (!seen(user, &a)) {
            break;
        }
    }
    return store_end(&q);
}

base_err store_alarm_of_room(sotto_store *st, const sotto_room_id *room, int64_t *number)
{
    /* The codes of the API are in falling gravity from FORKED on; for a room the first is enough.
     */
    store_q q = store_query(
        st, "SELECT number FROM alarm WHERE room = ? AND cleared = 0 ORDER BY code LIMIT 1");
    *number = 0;
    store_bind_bytes(&q, room_bytes(room));
    if (store_row(&q)) {
        *number = store_int(&q, 0);
    }
    return store_end(&q);
}
