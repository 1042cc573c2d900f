/* The person's folder: ${SOTTO_HOME}, else ${XDG_DATA_HOME}/sotto, else ~/.local/share/sotto. It
 * belongs to its owner alone (0700) and holds
 *
 *     store.db       the encrypted store, libsotto's
 *     store.key      its key, sealed under the passphrase: the last thing that `init` writes
 *     agent.json     the page's port, and whether there is a passphrase
 *     relay-ca.pem   a certificate that the person trusts for the home relay (optional)
 *     lock           held by the one agent, or by `init`
 *     agent.sock     the agent's API (0600)
 *     agent.log      what a detached agent says
 *
 * Everything is reached through one open descriptor of the folder, so that a long path fits a
 * socket's address too. */
#ifndef APP_HOME_H
#define APP_HOME_H

#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

#define HOME_PATH_MAX 4096
#define HOME_SOCKET "agent.sock"
#define HOME_KEY "store.key"
#define HOME_STORE "store.db"
#define HOME_CA "relay-ca.pem"
#define HOME_LOG "agent.log"

typedef struct home {
    char path[HOME_PATH_MAX];
    int dir;  /* descriptor of the folder; -1: not open */
    int lock; /* -1: not held */
} home;

typedef struct home_settings {
    uint16_t port;   /* of the page; 0: not chosen yet */
    bool passphrase; /* whether one is to be asked for */
} home_settings;

/* Find the folder and open it; dir_option may be NULL. With create it is made when absent. Says
 * what is wrong on stderr. */
bool home_open(home *h, const char *dir_option, bool create);
void home_close(home *h);

/* Whether a person was made here (`init` came to its end). */
bool home_is_ready(const home *h);

/* Hold the lock until home_close(). False when somebody else does, whose process id is in *holder
 * (0: unknown). */
bool home_lock(home *h, pid_t *holder);

/* The path of a file in the folder, for libraries that open by path. */
bool home_file(const home *h, const char *name, char out[static HOME_PATH_MAX]);

/* A whole small file. BASE_E_NOT_FOUND, BASE_E_LIMIT, BASE_E_STORE, BASE_E_NOMEM. */
BASE_MUST_USE base_err home_read(const home *h, const char *name, size_t max, base_buf *out);
/* Replace a file as one: it holds the old or the new bytes after a crash. Mode 0600. BASE_E_STORE.
 */
BASE_MUST_USE base_err home_write(const home *h, const char *name, base_bytes data);
/* BASE_OK also when it is absent. */
BASE_MUST_USE base_err home_remove(const home *h, const char *name);

/* Absent or damaged settings are the defaults. */
void home_settings_read(const home *h, home_settings *out);
BASE_MUST_USE base_err home_settings_write(const home *h, const home_settings *settings);

/* A connected socket of the agent's API, or a listening one (the lock must be held), or -1 with
 * errno. */
int home_connect(const home *h);
int home_listen(const home *h);

#endif
