/* Rows of the account itself: named values, libmls's keys, relays, own key packages, mail seen,
 * deliver doors, page sessions. */
#include "rows.h"

base_err store_value_get(sotto_store *st, const char *name, base_buf *out)
{
    store_q q = store_query(st, "SELECT value FROM account WHERE name = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_text(&q, base_bytes_str(name));
    if (store_row(&q)) {
        got = base_buf_set(out, store_bytes(&q, 0));
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_value_put(sotto_store *st, const char *name, base_bytes value)
{
    store_q q = store_query(st, "INSERT OR REPLACE INTO account (name, value) VALUES (?, ?)");
    store_bind_text(&q, base_bytes_str(name));
    store_bind_bytes(&q, value);
    return store_run(&q);
}

/* ---- libmls ---- */

static base_err mls_get(void *user, base_bytes key, base_buf *value)
{
    store_q q = store_query(user, "SELECT value FROM mls WHERE key = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, key);
    if (store_row(&q)) {
        got = base_buf_set(value, store_bytes(&q, 0));
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

/* The core has a transaction open around every call, so that the batch is atomic with all else. */
static base_err mls_write(void *user, const mls_store_op *ops, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        store_q q =
            ops[i].remove
                ? store_query(user, "DELETE FROM mls WHERE key = ?")
                : store_query(user, "INSERT OR REPLACE INTO mls (key, value) VALUES (?, ?)");
        store_bind_bytes(&q, ops[i].key);
        if (!ops[i].remove) {
            store_bind_bytes(&q, ops[i].value);
        }
        base_err err = store_run(&q);
        if (err != BASE_OK) {
            return err;
        }
    }
    return BASE_OK;
}

mls_store store_mls_port(sotto_store *st)
{
    return (mls_store){mls_get, mls_write, st};
}

/* ---- relays ---- */

void relay_row_clear(relay_row *r)
{
    base_buf_clear(&r->postage);
}

base_err store_relay_get(sotto_store *st, int64_t id, relay_row *out)
{
    store_q q =
        store_query(st, "SELECT url, postage, incarnation, last_contact FROM relay WHERE id = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_int(&q, id);
    if (store_row(&q)) {
        out->id = id;
        store_text(&q, 0, out->url, sizeof out->url);
        got = base_buf_set(&out->postage, store_bytes(&q, 1));
        store_fixed(&q, 2, out->incarnation, sizeof out->incarnation);
        out->last_contact = (uint64_t)store_int(&q, 3);
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_relay_of(sotto_store *st, const char *url, int64_t *id)
{
    static const uint8_t never[16] = {0};
    base_err err = BASE_OK;
    bool found = false;
    store_q q = store_query(st, "SELECT id FROM relay WHERE url = ?");
    store_bind_text(&q, base_bytes_str(url));
    if (store_row(&q)) {
        *id = store_int(&q, 0);
        found = true;
    }
    TRY(store_end(&q));
    if (!found) {
        store_q add = store_query(st, "INSERT INTO relay (url, postage, incarnation, last_contact)"
                                      " VALUES (?, x'', ?, 0)");
        store_bind_text(&add, base_bytes_str(url));
        store_bind_bytes(&add, base_bytes_of(never, sizeof never));
        TRY(store_run(&add));
        *id = store_last_row(st);
    }
done:
    return err;
}

base_err store_relay_forget(sotto_store *st, int64_t home)
{
    store_q q = store_query(st, "DELETE FROM relay WHERE id <> ? AND id NOT IN"
                                " (SELECT relay FROM room)");
    store_bind_int(&q, home);
    return store_run(&q);
}

base_err store_relay_put(sotto_store *st, const relay_row *r)
{
    store_q q = store_query(
        st, "UPDATE relay SET postage = ?, incarnation = ?, last_contact = ? WHERE id = ?");
    store_bind_bytes(&q, base_buf_bytes(&r->postage));
    store_bind_bytes(&q, base_bytes_of(r->incarnation, sizeof r->incarnation));
    store_bind_int(&q, (int64_t)r->last_contact);
    store_bind_int(&q, r->id);
    return store_run(&q);
}

/* ---- own key packages ---- */

base_err store_package_put(sotto_store *st, const package_row *row)
{
    store_q q = store_query(
        st, "INSERT OR REPLACE INTO package (ref, hint, init_key, sealed, handle, reader, batch,"
            " last, day, door) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    store_bind_bytes(&q, row->ref);
    store_bind_bytes(&q, row->hint);
    store_bind_bytes(&q, row->init_key);
    store_bind_bytes(&q, row->sealed);
    store_bind_bytes(&q, row->handle);
    store_bind_bytes(&q, row->reader);
    store_bind_int(&q, row->batch);
    store_bind_int(&q, row->last);
    store_bind_int(&q, row->day);
    store_bind_int(&q, row->door);
    return store_run(&q);
}

base_err store_package_reader(sotto_store *st, base_bytes handle, uint8_t reader[static 32],
                              base_buf *ref, bool *last)
{
    store_q q = store_query(st, "SELECT reader, ref, last FROM package WHERE handle = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, handle);
    if (store_row(&q)) {
        store_fixed(&q, 0, reader, 32);
        got = base_buf_set(ref, store_bytes(&q, 1));
        *last = store_int(&q, 2) != 0;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

#define PACKAGE_COLUMNS(sealed)                                                                    \
    "ref, hint, init_key, " sealed ", handle, reader, batch, last, day, door"

static base_err each_package(store_q *q, package_seen seen, void *user)
{
    while (store_row(q)) {
        package_row row = {store_bytes(q, 0),        store_bytes(q, 1),    store_bytes(q, 2),
                           store_bytes(q, 3),        store_bytes(q, 4),    store_bytes(q, 5),
                           store_int(q, 6),          store_int(q, 7) != 0, store_int(q, 8),
                           (uint32_t)store_int(q, 9)};
        if (!seen(user, &row)) {
            break;
        }
    }
    return store_end(q);
}

base_err store_package_list(sotto_store *st, int64_t batch, package_seen seen, void *user)
{
    store_q q = store_query(
        st, "SELECT " PACKAGE_COLUMNS("sealed") " FROM package WHERE batch = ? ORDER BY last");
    store_bind_int(&q, batch);
    return each_package(&q, seen, user);
}

base_err store_package_each(sotto_store *st, package_seen seen, void *user)
{
    store_q q =
        store_query(st, "SELECT " PACKAGE_COLUMNS("x''") " FROM package ORDER BY batch DESC");
    return each_package(&q, seen, user);
}

base_err store_package_last_day(sotto_store *st, int64_t *day)
{
    store_q q = store_query(st, "SELECT coalesce(max(day), 0) FROM package WHERE last = 1");
    if (store_row(&q)) {
        *day = store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_package_drop(sotto_store *st, base_bytes ref)
{
    store_q q = store_query(st, "DELETE FROM package WHERE ref = ?");
    store_bind_bytes(&q, ref);
    return store_run(&q);
}

base_err store_package_door(sotto_store *st, base_bytes ref, uint32_t *door)
{
    store_q q = store_query(st, "SELECT door FROM package WHERE ref = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, ref);
    if (store_row(&q)) {
        *door = (uint32_t)store_int(&q, 0);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_package_count(sotto_store *st, int64_t batch, size_t *out)
{
    store_q q = store_query(st, "SELECT count(*) FROM package WHERE batch = ?");
    store_bind_int(&q, batch);
    if (store_row(&q)) {
        *out = (size_t)store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_package_nth_day(sotto_store *st, size_t n, int64_t *day)
{
    store_q q = store_query(st, "SELECT day FROM package WHERE last = 0"
                                " ORDER BY batch DESC LIMIT 1 OFFSET ?");
    *day = 0;
    store_bind_int(&q, (int64_t)n - 1);
    if (store_row(&q)) {
        *day = store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_package_old(sotto_store *st, bool last, int64_t before, size_t keep, ref_seen seen,
                           void *user)
{
    store_q q = store_query(st, "SELECT ref FROM package WHERE last = ?1 AND (day < ?2 OR ref NOT"
                                " IN (SELECT ref FROM package WHERE last = ?1"
                                " ORDER BY batch DESC LIMIT ?3))");
    store_bind_int(&q, last);
    store_bind_int(&q, before);
    store_bind_int(&q, (int64_t)keep);
    while (store_row(&q)) {
        if (!seen(user, store_bytes(&q, 0))) {
            break;
        }
    }
    return store_end(&q);
}

/* ---- mail seen, doors ---- */

base_err store_seen_put(sotto_store *st, const sotto_hash *hash, int64_t day, bool *fresh)
{
    store_q q = store_query(st, "INSERT OR IGNORE INTO seen (hash, day) VALUES (?, ?)");
    store_bind_bytes(&q, sotto_hash_bytes(hash));
    store_bind_int(&q, day);
    base_err err = store_run(&q);
    *fresh = err == BASE_OK && store_changed(st) > 0;
    return err;
}

base_err store_seen_forget(sotto_store *st, int64_t before)
{
    store_q q = store_query(st, "DELETE FROM seen WHERE day < ?");
    store_bind_int(&q, before);
    return store_run(&q);
}

base_err store_seen_has(sotto_store *st, const sotto_hash *hash, bool *out)
{
    store_q q = store_query(st, "SELECT 1 FROM seen WHERE hash = ?");
    store_bind_bytes(&q, sotto_hash_bytes(hash));
    *out = store_row(&q);
    return store_end(&q);
}

base_err store_door_new(sotto_store *st, base_bytes token, uint32_t *number)
{
    store_q q = store_query(st, "INSERT INTO door (token, filed) VALUES (?, 0)");
    store_bind_bytes(&q, token);
    base_err err = store_run(&q);
    if (err == BASE_OK) {
        *number = (uint32_t)store_last_row(st);
    }
    return err;
}

base_err store_door_unfiled(sotto_store *st, door_seen seen, void *user)
{
    store_q q = store_query(st, "SELECT number, token FROM door WHERE filed = 0");
    while (store_row(&q)) {
        if (!seen(user, (uint32_t)store_int(&q, 0), store_bytes(&q, 1))) {
            break;
        }
    }
    return store_end(&q);
}

base_err store_door_filed(sotto_store *st, uint32_t up_to)
{
    store_q q = store_query(st, "UPDATE door SET filed = 1 WHERE filed = 0 AND number <= ?");
    store_bind_int(&q, up_to);
    return store_run(&q);
}

base_err store_door_unfile(sotto_store *st)
{
    store_q q = store_query(st, "UPDATE door SET filed = 0 WHERE filed = 1");
    return store_run(&q);
}

/* filed: 0 not yet, 1 at the relay, 2 to be taken away, 3 being taken away. */
base_err store_door_end(sotto_store *st, uint32_t number)
{
    store_q q = store_query(st, "UPDATE door SET filed = 2 WHERE number = ? AND filed < 2");
    store_bind_int(&q, number);
    return store_run(&q);
}

base_err store_door_ended(sotto_store *st, size_t most, door_seen seen, void *user)
{
    base_err err = BASE_OK;
    store_q mark = store_query(st, "UPDATE door SET filed = 3 WHERE number IN (SELECT number FROM"
                                   " door WHERE filed = 2 ORDER BY number LIMIT ?)"
                                   " AND NOT EXISTS (SELECT 1 FROM door WHERE filed = 3)");
    store_bind_int(&mark, (int64_t)most);
    TRY(store_run(&mark));
    store_q q = store_query(st, "SELECT number, token FROM door WHERE filed = 3");
    while (store_row(&q)) {
        if (!seen(user, (uint32_t)store_int(&q, 0), store_bytes(&q, 1))) {
            break;
        }
    }
    TRY(store_end(&q));
done:
    return err;
}

base_err store_door_forget(sotto_store *st)
{
    store_q q = store_query(st, "DELETE FROM door WHERE filed = 3");
    return store_run(&q);
}

/* ---- page sessions ---- */

base_err store_session_put(sotto_store *st, const sotto_hash *h, uint64_t now)
{
    store_q q = store_query(st, "INSERT OR REPLACE INTO session (hash, used) VALUES (?, ?)");
    store_bind_bytes(&q, sotto_hash_bytes(h));
    store_bind_int(&q, (int64_t)now);
    return store_run(&q);
}

base_err store_session_used(sotto_store *st, const sotto_hash *h, uint64_t *used)
{
    store_q q = store_query(st, "SELECT used FROM session WHERE hash = ?");
    base_err got = BASE_E_NOT_FOUND;
    store_bind_bytes(&q, sotto_hash_bytes(h));
    if (store_row(&q)) {
        *used = (uint64_t)store_int(&q, 0);
        got = BASE_OK;
    }
    base_err err = store_end(&q);
    return err != BASE_OK ? err : got;
}

base_err store_session_forget(sotto_store *st, uint64_t since)
{
    store_q q = store_query(st, "DELETE FROM session WHERE used < ?");
    store_bind_int(&q, (int64_t)since);
    return store_run(&q);
}

base_err store_session_drop(sotto_store *st, const sotto_hash *h)
{
    store_q q = store_query(st, "DELETE FROM session WHERE hash = ?");
    store_bind_bytes(&q, sotto_hash_bytes(h));
    return store_run(&q);
}
