/* The key-value store of one client of mls-peer: in memory, with one transaction that can be
 * undone, so that a request that fails leaves nothing behind. */
#ifndef MLS_PEER_STORE_H
#define MLS_PEER_STORE_H

#include <sotto/mls.h>

typedef struct peer_entry {
    base_buf key;
    base_buf value;
} peer_entry;

typedef struct peer_undo {
    base_buf key;
    base_buf value;
    bool had; /* a value under the key before; else the key was absent */
} peer_undo;

/* A zeroed struct is an empty store. It may not move while the port is used. */
typedef struct peer_store {
    peer_entry *v; /* sorted by key */
    size_t n;
    size_t cap;
    peer_undo *undo; /* oldest first */
    size_t n_undo;
    size_t cap_undo;
} peer_store;

/* s is borrowed by the port. */
mls_store peer_store_port(peer_store *s);

/* Put everything that `from` holds into s. BASE_E_EXISTS when both have a key; BASE_E_NOMEM. On an
 * error the store is in part changed, for peer_store_rollback(). */
BASE_MUST_USE base_err peer_store_copy(peer_store *s, const peer_store *from);

/* Keep what was written since the last commit or rollback, or undo it. rollback says whether
 * there was anything to undo; it cannot fail. */
void peer_store_commit(peer_store *s);
bool peer_store_rollback(peer_store *s);

/* Wipe and free everything. */
void peer_store_clear(peer_store *s);

#endif
