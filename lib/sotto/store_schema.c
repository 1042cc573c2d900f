/* The tables (docs/client.md, section 2). A change of them is a new version with its own step here.
 */
#include "store.h"

#define SCHEMA_VERSION 3

static const char schema[] =
    "CREATE TABLE account (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE mls (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE relay (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, postage BLOB NOT NULL,"
    "  incarnation BLOB NOT NULL, last_contact INTEGER NOT NULL);"
    "CREATE TABLE package (ref BLOB PRIMARY KEY, hint BLOB NOT NULL UNIQUE, init_key BLOB NOT NULL,"
    "  sealed BLOB NOT NULL, handle BLOB NOT NULL, reader BLOB NOT NULL,"
    "  batch INTEGER NOT NULL, last INTEGER NOT NULL, day INTEGER NOT NULL,"
    "  door INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE INDEX package_handle ON package (handle);"
    "CREATE TABLE seen (hash BLOB PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE door (number INTEGER PRIMARY KEY, token BLOB NOT NULL, filed INTEGER NOT NULL);"
    "CREATE TABLE person (id BLOB PRIMARY KEY, list BLOB NOT NULL, own_name TEXT NOT NULL,"
    "  my_name TEXT NOT NULL, handle TEXT NOT NULL, state INTEGER NOT NULL,"
    "  verified INTEGER NOT NULL, blocked INTEGER NOT NULL, last_heard INTEGER NOT NULL,"
    "  reach BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE room (id BLOB PRIMARY KEY, kind INTEGER NOT NULL, state INTEGER NOT NULL,"
    "  title TEXT NOT NULL, person BLOB NOT NULL, relay INTEGER NOT NULL, log BLOB NOT NULL,"
    "  reader BLOB NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL, h BLOB NOT NULL,"
    "  count INTEGER NOT NULL, created INTEGER NOT NULL,"
    "  read INTEGER NOT NULL, read_told INTEGER NOT NULL, delivered_told INTEGER NOT NULL,"
    "  name_told INTEGER NOT NULL, last_heard INTEGER NOT NULL, activity INTEGER NOT NULL,"
    "  joining BLOB NOT NULL, draft TEXT NOT NULL, mls_group BLOB NOT NULL DEFAULT x'')"
    "  WITHOUT ROWID;"
    "CREATE UNIQUE INDEX room_group ON room (mls_group) WHERE length(mls_group) > 0;"
    "CREATE INDEX room_activity ON room (activity);"
    "CREATE TABLE member (room BLOB NOT NULL, person BLOB NOT NULL, admin INTEGER NOT NULL,"
    "  state INTEGER NOT NULL, joined INTEGER NOT NULL, rank INTEGER NOT NULL,"
    "  delivered INTEGER NOT NULL, read INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  last_heard INTEGER NOT NULL, PRIMARY KEY (room, person)) WITHOUT ROWID;"
    "CREATE TABLE message (number INTEGER PRIMARY KEY AUTOINCREMENT, room BLOB NOT NULL,"
    "  id BLOB NOT NULL, ord INTEGER, seq INTEGER NOT NULL, sender BLOB NOT NULL,"
    "  mine INTEGER NOT NULL, time INTEGER NOT NULL, state INTEGER NOT NULL, client_id TEXT,"
    "  text TEXT NOT NULL, notice INTEGER NOT NULL, who BLOB NOT NULL, failure INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX message_id ON message (room, id);"
    "CREATE UNIQUE INDEX message_ord ON message (room, ord) WHERE ord IS NOT NULL;"
    "CREATE UNIQUE INDEX message_client ON message (room, client_id) WHERE client_id IS NOT NULL;"
    "CREATE INDEX message_waiting ON message (room, number) WHERE ord IS NULL;"
    "CREATE INDEX message_theirs ON message (room, ord)"
    "  WHERE ord IS NOT NULL AND mine = 0 AND notice = 0;"
    "CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, room BLOB NOT NULL,"
    "  kind INTEGER NOT NULL, body BLOB NOT NULL, sealed BLOB NOT NULL, side BLOB NOT NULL,"
    "  staged BLOB NOT NULL, epoch INTEGER NOT NULL, message INTEGER NOT NULL,"
    "  op INTEGER NOT NULL);"
    "CREATE INDEX outbox_room ON outbox (room, number);"
    "CREATE INDEX outbox_kind ON outbox (room, kind, number);"
    "CREATE INDEX outbox_sealed ON outbox (room) WHERE length(sealed) > 0;"
    "CREATE INDEX outbox_message ON outbox (message) WHERE message > 0;"
    "CREATE TABLE point (room BLOB NOT NULL, n INTEGER NOT NULL, h BLOB NOT NULL,"
    "  PRIMARY KEY (room, n)) WITHOUT ROWID;"
    "CREATE TABLE alarm (number INTEGER PRIMARY KEY AUTOINCREMENT, code INTEGER NOT NULL,"
    "  room BLOB NOT NULL, person BLOB NOT NULL, sentence TEXT NOT NULL, time INTEGER NOT NULL,"
    "  cleared INTEGER NOT NULL);"
    "CREATE TABLE session (hash BLOB PRIMARY KEY, used INTEGER NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

/* To version 2: which door a package named; 0 for those of before. */
static const char to_2[] = "ALTER TABLE package ADD COLUMN door INTEGER NOT NULL DEFAULT 0;"
                           "PRAGMA user_version = 2;";

/* To version 3: which MLS group a room has. Until then it was that with the room's own id, of which
 * a room had keys unless it was over (4, 5) or not joined yet. And whether the shelf was filled:
 * the next connection tells. */
static const char to_3[] =
    "ALTER TABLE room ADD COLUMN mls_group BLOB NOT NULL DEFAULT x'';"
    "UPDATE room SET mls_group = id WHERE state NOT IN (1, 4, 5) AND length(joining) = 0;"
    "CREATE UNIQUE INDEX room_group ON room (mls_group) WHERE length(mls_group) > 0;"
    "CREATE INDEX message_waiting ON message (room, number) WHERE ord IS NULL;"
    "CREATE INDEX message_theirs ON message (room, ord)"
    "  WHERE ord IS NOT NULL AND mine = 0 AND notice = 0;"
    "INSERT OR REPLACE INTO account (name, value) VALUES ('shelf filled', zeroblob(8));"
    "PRAGMA user_version = 3;";

static base_err version_of(sotto_store *st, int64_t *out)
{
    store_q q = store_query(st, "PRAGMA user_version");
    if (store_row(&q)) {
        *out = store_int(&q, 0);
    }
    return store_end(&q);
}

base_err store_schema_create(sotto_store *st)
{
    base_err err = BASE_OK;
    int64_t version = 0;
    TRY(version_of(st, &version));
    REQUIRE(version == 0, BASE_E_EXISTS);
    TRY(store_begin(st));
    TRY(store_script(st, schema));
    TRY(store_commit(st));
done:
    store_rollback(st);
    return err;
}

base_err store_schema_check(sotto_store *st)
{
    base_err err = BASE_OK;
    int64_t version = 0;
    TRY(version_of(st, &version));
    for (; version >= 1 && version < SCHEMA_VERSION; version++) {
        TRY(store_begin(st));
        TRY(store_script(st, version == 1 ? to_2 : to_3));
        TRY(store_commit(st));
    }
    REQUIRE(version == SCHEMA_VERSION, BASE_E_CORRUPT);
done:
    store_rollback(st);
    return err;
}
