/* The relay's logic (docs/protocol.md): sessions, logs, mailboxes, shelves, directory. It does no
 * I/O: whole WebSocket binary messages go in, whole messages come out of bounded queues, the time
 * is an argument, and disk, hash and randomness are ports (ports.h). One thread at a time.
 *
 * The life of a turn of the event loop:
 *     for each readable connection, while relay_session_ready():  relay_session_feed()
 *     relay_flush()                       one transaction for all of them; answers are released
 *     while ((s = relay_next_busy()))     write relay_session_front(), then relay_session_pop()
 * and relay_tick() every RELAY_TICK_SECONDS. Nothing is answered or pushed before the transaction
 * that it depends on is durable; when the store fails, every session with a request in it is
 * closed. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "base/bytes.h"
#include "ports.h"

enum { RELAY_TICK_SECONDS = 15 }; /* twice that bounds how long deleted bytes stay */

typedef struct relay relay;
typedef struct relay_session relay_session;

/* What an operator sets. Zero means the default of docs/protocol.md, section 6. */
typedef struct relay_config {
    base_bytes postage; /* the shared secret, borrowed; empty: no listener may demand postage */
    size_t bulk_max;    /* bytes of large bodies being received, in all; default 64 MiB */
    size_t
        queued_max;   /* bytes of output waiting, in all; default 256 MiB; beyond, a message each */
    size_t takes_max; /* packages remembered for ten minutes; default 1024 */
    size_t sessions_max; /* default 100,000 */
    size_t sweep_step;   /* rows looked at in one relay_tick(); default 512 */
} relay_config;

/* ports and what they point to are borrowed and outlive the relay. The store must be open.
 * Errors: BASE_E_NOMEM, BASE_E_ARGUMENT, BASE_E_RANDOM, BASE_E_STORE. */
BASE_MUST_USE base_err relay_new(const relay_ports *ports, const relay_config *config, relay **out);

/* Free it and the sessions that are left. Nothing is written: flush before. */
void relay_free(relay *r);

/* A new connection. free_postage: its listener accepts empty postage (decided by the listener's
 * configuration, never by the peer's address). user is handed back by relay_session_user(). now is
 * Unix time in ms, here and below. Errors: BASE_E_LIMIT, BASE_E_NOMEM, BASE_E_RANDOM. */
BASE_MUST_USE base_err relay_session_new(relay *r, bool free_postage, void *user, uint64_t now,
                                         relay_session **out);

/* The connection is gone. Also valid inside the loop over relay_next_busy(). NULL is allowed. */
void relay_session_free(relay_session *s);

void *relay_session_user(const relay_session *s);

/* The connection's random tag, for log lines. WIRE_TAG_SIZE bytes, borrowed. */
base_bytes relay_session_tag(const relay_session *s);

/* Whether relay_session_feed() may be called: not closing, and neither requests waiting for the
 * disk nor output above their bounds. False asks the caller to stop reading this socket until
 * relay_flush() and relay_session_pop() made room. */
bool relay_session_ready(const relay_session *s);

/* Handle one message. A refused frame closes the session: FAIL is queued and the caller sees
 * relay_session_closing(). Feeding a session that is not ready counts as the client's fault only
 * when it is closing already; otherwise it is handled. */
void relay_session_feed(relay_session *s, base_bytes message, uint64_t now);

/* Whether the caller shall close the connection after writing what is queued. */
bool relay_session_closing(const relay_session *s);

/* The oldest message to send, borrowed until relay_session_pop(); {NULL, 0} when there is none. A
 * caller that may keep several messages before writing pops each after copying it. */
base_bytes relay_session_front(const relay_session *s);

/* It has been written: forget it. Refills the queue from the logs the session follows when it ran
 * low, so front() may have something again. */
void relay_session_pop(relay_session *s, uint64_t now);

/* Queue FAIL(CLOSING) to this session: the relay stops. */
void relay_session_stop(relay_session *s);

/* Once a second: close sessions that owe their HELLO for 10 s. And when places are few, n of those
 * that lose nothing by coming back: such as have not said HELLO, then such as follow nothing and
 * asked for nothing in 30 s, oldest first. They get FAIL(BUSY). How many of the n were found. */
size_t relay_shed(relay *r, size_t n, uint64_t now);

/* Whether requests wait for relay_flush(). */
bool relay_pending(const relay *r);

/* Make everything fed since the last flush durable, release its answers, and push. Errors:
 * BASE_E_STORE: nothing of the batch was stored, the sessions concerned got FAIL(FAILED), the relay
 * goes on. */
BASE_MUST_USE base_err relay_flush(relay *r, uint64_t now);

/* Each session that got output, or became closing, since it was last named here; NULL: no more. */
relay_session *relay_next_busy(relay *r);

/* Every RELAY_TICK_SECONDS: empty the journal, expire, and close sessions that do not read. Nothing
 * expires in the first hour, or in the hour after the clock jumped by days: it may be wrong. *more
 * is set when rows are left for today's sweep, or dead ones in the store: calling again soon is
 * welcome. Flushes. Errors: BASE_E_STORE, also while another process holds the journal: what was
 * deleted may still be in it, and a call soon makes it good. */
BASE_MUST_USE base_err relay_tick(relay *r, uint64_t now, bool *more);

#endif
