/* The relay's log store on SQLite: WAL, synchronous=FULL, secure_delete, one writer. It implements
 * the port of relay/store.h; the rules are the relay's. */
#ifndef ADAPTERS_LOG_SQLITE_H
#define ADAPTERS_LOG_SQLITE_H

#include "relay/ports.h"

typedef struct log_sqlite log_sqlite;

/* Open the database at path (UTF-8), made when absent unless read_only. random is borrowed for the
 * call: a new database draws its incarnation and decoy secret. The caller sees to it that one
 * process writes (a lock file); read_only is for `sottod exhibit`, beside a running relay.
 * Errors: BASE_E_STATE (SQLite was in use in this process), BASE_E_STORE (cannot be opened),
 * BASE_E_CORRUPT (no relay's database, or one of another version), BASE_E_RANDOM, BASE_E_NOMEM. */
BASE_MUST_USE base_err log_sqlite_open(const char *path, bool read_only, const relay_random *random,
                                       log_sqlite **out);

/* Roll back what is open, empty the journal, close. NULL is allowed. */
void log_sqlite_close(log_sqlite *s);

/* The port, borrowed from s. */
const relay_store *log_sqlite_store(const log_sqlite *s);

/* Draw a new incarnation: an operator calls this after restoring a copy, so that clients look at
 * their logs again. Outside transactions. */
BASE_MUST_USE base_err log_sqlite_renew(log_sqlite *s, const relay_random *random);

/* Write the whole database anew, whatever its size, so that no trace of what was deleted is left in
 * it. Takes seconds a gigabyte, and as much room on the disk as it has. Outside transactions. */
BASE_MUST_USE base_err log_sqlite_rewrite(log_sqlite *s);

/* What SQLite said about the last failure; for the operator's log. Borrowed, never NULL. */
const char *log_sqlite_message(const log_sqlite *s);

#endif
