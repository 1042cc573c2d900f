/* Schema and statements of adapters/log_sqlite. Internal.
 *
 * Bodies live in three append-only rowid tables with a small partial index on (owner, seq). A row
 * is deleted in two steps: its bytes are overwritten in place by an update of equal size, which
 * moves nothing; later whole stretches of dead rows go (log_sqlite_purge.c). A plain DELETE, even
 * under secure_delete, now and then leaves a copy of a *neighbour* in the gap of a page that was
 * balanced, and that copy outlives the neighbour; measured, not guessed.
 *
 * Owners are random keys of 63 bits with the second highest bit set, so that each is stored in
 * eight bytes and a tombstone (LS_DEAD) is as long as the key it replaces. The other tables have no
 * rowid order: they are keyed by what is random itself. */
#ifndef ADAPTERS_LOG_SQLITE_SQL_H
#define ADAPTERS_LOG_SQLITE_SQL_H

#define LS_VERSION 1
#define LS_PAGE 4096    /* bytes, SQLite's default */
#define LS_BUSY_MS 2000 /* to wait for another process, but when the journal is emptied */
#define LS_DEAD "4611686018427387904"
#define LS_RANDOM_KEY "abs(random() % 4611686018427387902) + 4611686018427387905"

#define LS_SCHEMA                                                                                  \
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"                          \
    "CREATE TABLE log(key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, epoch INTEGER,"            \
    " head INTEGER, hash BLOB, floor INTEGER, kept INTEGER, bytes INTEGER, cursors INTEGER,"       \
    " guests INTEGER, touched INTEGER);"                                                           \
    "CREATE TABLE epoch(log INTEGER, epoch INTEGER, gate BLOB, start INTEGER, end INTEGER,"        \
    " start_hash BLOB, end_hash BLOB, PRIMARY KEY(log, epoch)) WITHOUT ROWID;"                     \
    "CREATE TABLE cursor(log INTEGER, handle BLOB, place INTEGER, opened INTEGER, until INTEGER,"  \
    " closed INTEGER, used INTEGER, guest INTEGER, day INTEGER,"                                   \
    " PRIMARY KEY(log, handle)) WITHOUT ROWID;"                                                    \
    "CREATE INDEX cursor_place ON cursor(log, closed, place, handle);"                             \
    "CREATE TABLE entry(n INTEGER PRIMARY KEY, live INTEGER, log INTEGER, seq INTEGER,"            \
    " day INTEGER, kind INTEGER, before BLOB, stamp BLOB, data BLOB);"                             \
    "CREATE UNIQUE INDEX entry_place ON entry(log, seq) WHERE live = 1;"                           \
    "CREATE TABLE side(n INTEGER PRIMARY KEY, live INTEGER, log INTEGER, seq INTEGER, data BLOB);" \
    "CREATE UNIQUE INDEX side_place ON side(log, seq) WHERE live = 1;"                             \
    "CREATE TABLE waiting(log INTEGER, epoch INTEGER, waiting INTEGER, day INTEGER, size INTEGER," \
    " PRIMARY KEY(log, epoch)) WITHOUT ROWID;"                                                     \
    "CREATE TABLE box(key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, owner BLOB, door BLOB,"    \
    " place INTEGER, head INTEGER, door_mails INTEGER, mails INTEGER, doors INTEGER,"              \
    " door_bytes INTEGER, bytes INTEGER, touched INTEGER);"                                        \
    "CREATE TABLE door(box INTEGER, number INTEGER, gate BLOB, mails INTEGER, bytes INTEGER,"      \
    " PRIMARY KEY(box, number)) WITHOUT ROWID;"                                                    \
    "CREATE TABLE mail(n INTEGER PRIMARY KEY, live INTEGER, box INTEGER, seq INTEGER,"             \
    " day INTEGER, number INTEGER, data BLOB);"                                                    \
    "CREATE UNIQUE INDEX mail_place ON mail(box, seq) WHERE live = 1;"                             \
    "CREATE TABLE shelf(key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, owner BLOB, take BLOB,"  \
    " batch INTEGER, next INTEGER, packages INTEGER, size INTEGER, last INTEGER,"                  \
    " touched INTEGER);"                                                                           \
    "CREATE TABLE package(shelf INTEGER, number INTEGER, data BLOB,"                               \
    " PRIMARY KEY(shelf, number)) WITHOUT ROWID;"                                                  \
    "CREATE TABLE directory(key BLOB PRIMARY KEY, gate BLOB, data BLOB, touched INTEGER)"          \
    " WITHOUT ROWID;"

/* A number that takes as many bytes on disk as `column` does, and says no more than that. */
#define LS_SAME_WIDTH(column)                                                                      \
    "CASE WHEN " column " < 2 THEN 0 WHEN " column " < 128 THEN 127 WHEN " column                  \
    " < 32768 THEN 32767 WHEN " column " < 8388608 THEN 8388607 WHEN " column                      \
    " < 2147483648 THEN 2147483647 WHEN " column                                                   \
    " < 140737488355328 THEN 140737488355327 ELSE 9223372036854775807 END"

#define LS_ENTRY_WIPE                                                                              \
    "UPDATE entry SET live = 0, log = " LS_DEAD                                                    \
    ", seq = " LS_SAME_WIDTH("seq") ", day = " LS_SAME_WIDTH(                                      \
        "day") ", kind = 0, before = zeroblob(length(before)),"                                    \
               " stamp = zeroblob(length(stamp)), data = zeroblob(length(data)) WHERE live = 1"
#define LS_SIDE_WIPE                                                                               \
    "UPDATE side SET live = 0, log = " LS_DEAD                                                     \
    ", seq = " LS_SAME_WIDTH("seq") ", data = zeroblob(length(data)) WHERE live = 1"
#define LS_MAIL_WIPE                                                                               \
    "UPDATE mail SET live = 0, box = " LS_DEAD                                                     \
    ", seq = " LS_SAME_WIDTH("seq") ", day = " LS_SAME_WIDTH("day") ", number = " LS_SAME_WIDTH(   \
        "number") ", data ="                                                                       \
                  " zeroblob(length(data)) WHERE live = 1"

#define LS_LOG_COLUMNS                                                                             \
    "SELECT key, id, epoch, head, hash, floor, kept, bytes, cursors, guests, touched FROM log "
#define LS_EPOCH_COLUMNS "SELECT epoch, gate, start, end, start_hash, end_hash FROM epoch "
#define LS_CURSOR_COLUMNS "SELECT handle, place, opened, until, used, guest, day FROM cursor "
#define LS_BOX_COLUMNS                                                                             \
    "SELECT key, id, owner, door, place, head, door_mails, mails, doors, door_bytes, bytes,"       \
    " touched FROM box "
#define LS_SHELF_COLUMNS                                                                           \
    "SELECT key, id, owner, take, batch, next, packages, size, last, touched FROM shelf "

#define LS_STATEMENTS(X)                                                                           \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(META_GET, "SELECT value FROM meta WHERE name = ?1")                                          \
    X(META_PUT, "REPLACE INTO meta VALUES(?1, ?2)")                                                \
    X(LOG_GET, LS_LOG_COLUMNS "WHERE id = ?1")                                                     \
    X(LOG_NEXT, LS_LOG_COLUMNS "WHERE id > ?1 ORDER BY id LIMIT 1")                                \
    X(LOG_NEW,                                                                                     \
      "INSERT INTO log VALUES(" LS_RANDOM_KEY ", ?11, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")       \
    X(LOG_PUT, "UPDATE log SET epoch = ?2, head = ?3, hash = ?4, floor = ?5, kept = ?6,"           \
               " bytes = ?7, cursors = ?8, guests = ?9, touched = ?10 WHERE key = ?1")             \
    X(LOG_DROP, "DELETE FROM log WHERE key = ?1")                                                  \
    X(EPOCH_GET, LS_EPOCH_COLUMNS "WHERE log = ?1 AND epoch = ?2")                                 \
    X(EPOCH_NEXT, LS_EPOCH_COLUMNS "WHERE log = ?1 AND epoch >= ?2 ORDER BY epoch LIMIT 1")        \
    X(EPOCH_PUT, "REPLACE INTO epoch VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")                          \
    X(EPOCH_DROP, "DELETE FROM epoch WHERE log = ?1 AND epoch = ?2")                               \
    X(EPOCH_CLEAR, "DELETE FROM epoch WHERE log = ?1")                                             \
    X(CURSOR_GET, LS_CURSOR_COLUMNS "WHERE log = ?1 AND handle = ?2")                              \
    X(CURSOR_NEXT, LS_CURSOR_COLUMNS "WHERE log = ?1 AND closed = ?2 AND (place, handle) >"        \
                                     " (?3, ?4) ORDER BY place, handle LIMIT 1")                   \
    X(CURSOR_PUT, "REPLACE INTO cursor VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                \
    X(CURSOR_DROP, "DELETE FROM cursor WHERE log = ?1 AND handle = ?2")                            \
    X(CURSOR_CLEAR, "DELETE FROM cursor WHERE log = ?1")                                           \
    X(ENTRY_ADD, "INSERT INTO entry VALUES(NULL, 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")                  \
    X(ENTRY_ZEROS, "INSERT INTO entry VALUES(NULL, 0, " LS_DEAD ", 0, 0, 0, zeroblob(0),"          \
                   " zeroblob(0), zeroblob(4042))") /* 4061 bytes in all: the most in a page */    \
    X(ENTRY_NEXT, "SELECT seq, day, kind, before, stamp, length(data) FROM entry"                  \
                  " WHERE live = 1 AND log = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1")               \
    X(ENTRY_READ, "SELECT n, length(data), CASE WHEN length(data) <= 65536 THEN data END"          \
                  " FROM entry WHERE live = 1 AND log = ?1 AND seq = ?2")                          \
    X(ENTRY_COUNT, "SELECT count(*), total(length(data)) FROM entry WHERE live = 1"                \
                   " AND log = ?1 AND seq BETWEEN ?2 AND ?3 AND day < ?4")                         \
    X(ENTRY_DROP, LS_ENTRY_WIPE " AND log = ?1 AND seq BETWEEN ?2 AND ?3 AND day < ?4")            \
    X(ENTRY_CLEAR, LS_ENTRY_WIPE " AND log = ?1")                                                  \
    X(SIDE_ADD, "INSERT INTO side VALUES(NULL, 1, ?1, ?2, ?3)")                                    \
    X(SIDE_READ, "SELECT n, length(data), CASE WHEN length(data) <= 65536 THEN data END"           \
                 " FROM side WHERE live = 1 AND log = ?1 AND seq = ?2")                            \
    X(SIDE_DROP, LS_SIDE_WIPE " AND log = ?1 AND seq = ?2")                                        \
    X(SIDE_CLEAR, LS_SIDE_WIPE " AND log = ?1")                                                    \
    X(WAITING_GET, "SELECT epoch, waiting, day, size FROM waiting WHERE log = ?1 AND epoch = ?2")  \
    X(WAITING_NEXT, "SELECT epoch, waiting, day, size FROM waiting WHERE log = ?1"                 \
                    " AND epoch >= ?2 ORDER BY epoch LIMIT 1")                                     \
    X(WAITING_PUT, "REPLACE INTO waiting VALUES(?1, ?2, ?3, ?4, ?5)")                              \
    X(WAITING_DROP, "DELETE FROM waiting WHERE log = ?1 AND epoch = ?2")                           \
    X(WAITING_CLEAR, "DELETE FROM waiting WHERE log = ?1")                                         \
    X(BOX_GET, LS_BOX_COLUMNS "WHERE id = ?1")                                                     \
    X(BOX_NEXT, LS_BOX_COLUMNS "WHERE id > ?1 ORDER BY id LIMIT 1")                                \
    X(BOX_NEW,                                                                                     \
      "INSERT INTO box VALUES(" LS_RANDOM_KEY ", ?12, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")  \
    X(BOX_PUT, "UPDATE box SET owner = ?2, door = ?3, place = ?4, head = ?5, door_mails = ?6,"     \
               " mails = ?7, doors = ?8, door_bytes = ?9, bytes = ?10, touched = ?11"              \
               " WHERE key = ?1")                                                                  \
    X(BOX_DROP, "DELETE FROM box WHERE key = ?1")                                                  \
    X(DOOR_GET, "SELECT number, gate, mails, bytes FROM door WHERE box = ?1 AND number = ?2")      \
    X(DOOR_PUT, "REPLACE INTO door VALUES(?1, ?2, ?3, ?4, ?5)")                                    \
    X(DOOR_DROP, "DELETE FROM door WHERE box = ?1 AND number = ?2")                                \
    X(DOOR_CLEAR, "DELETE FROM door WHERE box = ?1")                                               \
    X(MAIL_ADD, "INSERT INTO mail VALUES(NULL, 1, ?1, ?2, ?3, ?4, ?5)")                            \
    X(MAIL_NEXT, "SELECT seq, day, number, length(data) FROM mail WHERE live = 1 AND box = ?1"     \
                 " AND seq >= ?2 ORDER BY seq LIMIT 1")                                            \
    X(MAIL_READ, "SELECT data FROM mail WHERE live = 1 AND box = ?1 AND seq = ?2")                 \
    X(MAIL_DROP, LS_MAIL_WIPE " AND box = ?1 AND seq = ?2")                                        \
    X(MAIL_CLEAR, LS_MAIL_WIPE " AND box = ?1")                                                    \
    X(SHELF_GET, LS_SHELF_COLUMNS "WHERE id = ?1")                                                 \
    X(SHELF_NEXT, LS_SHELF_COLUMNS "WHERE id > ?1 ORDER BY id LIMIT 1")                            \
    X(SHELF_NEW,                                                                                   \
      "INSERT INTO shelf VALUES(" LS_RANDOM_KEY ", ?10, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")          \
    X(SHELF_PUT, "UPDATE shelf SET owner = ?2, take = ?3, batch = ?4, next = ?5, packages = ?6,"   \
                 " size = ?7, last = ?8, touched = ?9 WHERE key = ?1")                             \
    X(SHELF_DROP, "DELETE FROM shelf WHERE key = ?1")                                              \
    X(PACKAGE_PUT, "REPLACE INTO package VALUES(?1, ?2, ?3)")                                      \
    X(PACKAGE_GET, "SELECT number, data FROM package WHERE shelf = ?1 AND number = ?2")            \
    X(PACKAGE_FIRST, "SELECT number, data FROM package WHERE shelf = ?1 AND number >= 1"           \
                     " ORDER BY number LIMIT 1")                                                   \
    X(PACKAGE_DROP, "DELETE FROM package WHERE shelf = ?1 AND number = ?2")                        \
    X(PACKAGE_CLEAR, "DELETE FROM package WHERE shelf = ?1")                                       \
    X(ENTRY_FIRST, "SELECT coalesce(min(n), 0) FROM entry")                                        \
    X(ENTRY_LAST, "SELECT coalesce(max(n), 0) FROM entry")                                         \
    X(ENTRY_LIVE, "SELECT n FROM entry NOT INDEXED WHERE live = 1 AND n > ?1 ORDER BY n LIMIT 1")  \
    X(ENTRY_ANY, "SELECT 1 FROM entry INDEXED BY entry_place WHERE live = 1 AND log > 0 LIMIT 1")  \
    X(ENTRY_LIVES, "SELECT count(*) FROM entry INDEXED BY entry_place WHERE live = 1 AND log > 0") \
    X(ENTRY_CUT, "DELETE FROM entry WHERE n < ?1 AND live = 0")                                    \
    X(ENTRY_ROW, "SELECT log, seq, day, kind, before, stamp, data FROM entry WHERE n = ?1")        \
    X(ENTRY_AGAIN, "INSERT INTO entry(live, log, seq, day, kind, before, stamp, data) VALUES(1, "  \
                   "?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                  \
    X(ENTRY_WIPE_ROW, LS_ENTRY_WIPE " AND n = ?1")                                                 \
    X(ENTRY_CUT_DEAD, "DELETE FROM entry WHERE live = 0")                                          \
    X(SIDE_FIRST, "SELECT coalesce(min(n), 0) FROM side")                                          \
    X(SIDE_LAST, "SELECT coalesce(max(n), 0) FROM side")                                           \
    X(SIDE_LIVE, "SELECT n FROM side NOT INDEXED WHERE live = 1 AND n > ?1 ORDER BY n LIMIT 1")    \
    X(SIDE_ANY, "SELECT 1 FROM side INDEXED BY side_place WHERE live = 1 AND log > 0 LIMIT 1")     \
    X(SIDE_LIVES, "SELECT count(*) FROM side INDEXED BY side_place WHERE live = 1 AND log > 0")    \
    X(SIDE_CUT, "DELETE FROM side WHERE n < ?1 AND live = 0")                                      \
    X(SIDE_ROW, "SELECT log, seq, data FROM side WHERE n = ?1")                                    \
    X(SIDE_AGAIN, "INSERT INTO side(live, log, seq, data) VALUES(1, ?1, ?2, ?3)")                  \
    X(SIDE_WIPE_ROW, LS_SIDE_WIPE " AND n = ?1")                                                   \
    X(SIDE_CUT_DEAD, "DELETE FROM side WHERE live = 0")                                            \
    X(MAIL_FIRST, "SELECT coalesce(min(n), 0) FROM mail")                                          \
    X(MAIL_LAST, "SELECT coalesce(max(n), 0) FROM mail")                                           \
    X(MAIL_LIVE, "SELECT n FROM mail NOT INDEXED WHERE live = 1 AND n > ?1 ORDER BY n LIMIT 1")    \
    X(MAIL_ANY, "SELECT 1 FROM mail INDEXED BY mail_place WHERE live = 1 AND box > 0 LIMIT 1")     \
    X(MAIL_LIVES, "SELECT count(*) FROM mail INDEXED BY mail_place WHERE live = 1 AND box > 0")    \
    X(MAIL_CUT, "DELETE FROM mail WHERE n < ?1 AND live = 0")                                      \
    X(MAIL_ROW, "SELECT box, seq, day, number, data FROM mail WHERE n = ?1")                       \
    X(MAIL_AGAIN,                                                                                  \
      "INSERT INTO mail(live, box, seq, day, number, data) VALUES(1, ?1, ?2, ?3, ?4, ?5)")         \
    X(MAIL_WIPE_ROW, LS_MAIL_WIPE " AND n = ?1")                                                   \
    X(MAIL_CUT_DEAD, "DELETE FROM mail WHERE live = 0")                                            \
    X(PAGES, "PRAGMA page_count")                                                                  \
    X(DIR_GET, "SELECT key, gate, data, touched FROM directory WHERE key = ?1")                    \
    X(DIR_NEXT, "SELECT key, gate, data, touched FROM directory WHERE key > ?1 ORDER BY key"       \
                " LIMIT 1")                                                                        \
    X(DIR_PUT, "REPLACE INTO directory VALUES(?1, ?2, ?3, ?4)")                                    \
    X(DIR_DROP, "DELETE FROM directory WHERE key = ?1")

#endif
