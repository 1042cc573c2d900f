/* A world in one process: client cores and a relay, the real code of both, with a clock, a network
 * and randomness that the test owns. Everything is deterministic from a printed seed but the
 * store's own randomness. */
#ifndef SCENARIO_WORLD_H
#define SCENARIO_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sotto/sotto.h>

#include "relay/relay.h"
#include "support/fake_alloc.h"
#include "support/fake_log_store.h"
#include "support/fake_random.h"

#define OK(call) assert_int_equal((call), BASE_OK)
#define WORLD_CLIENTS 8
#define WORLD_CONNS 33
#define WORLD_EVENTS 4096
#define WORLD_INBOX 64

typedef struct world world;

typedef struct client {
    world *w;
    sotto *s;
    char folder[64];
    char path[96];
    base_buf wrapped;
    base_buf recovery;
    bool online;                          /* whether its connections are let through */
    relay_session *sessions[WORLD_CONNS]; /* by connection number */
    bool wanted[WORLD_CONNS];
    fake_random random;
    fake_alloc alloc;
    bool deaf;       /* nothing from the relay reaches it */
    bool may_fail;   /* calls may end in an error of class RESOURCE: the test provokes them */
    size_t failures; /* how many did */
    struct {
        uint32_t conn;
        base_buf frame;
    } inbox[WORLD_INBOX]; /* what a tap says in the relay's place */
    size_t n_inbox;
    sotto_event events[WORLD_EVENTS]; /* a ring: the newest */
    size_t n_events;
} client;

/* Called with each frame before it arrives, which it may change; false: it does not arrive. */
typedef bool (*world_tap)(void *user, client *c, bool to_client, base_buf *frame);

struct world {
    uint64_t now;
    fake_random random;
    fake_log_store *store;
    relay_ports ports;
    relay *relay;
    client clients[WORLD_CLIENTS];
    size_t n_clients;
    world_tap tap;
    void *tap_user;
    uint32_t tap_conn; /* the connection of the frame that the tap sees */
    size_t frames_out; /* by all clients */
};

void world_begin(world *w, uint64_t seed);
void world_end(world *w);

/* The real backend but for the password hash, which costs nothing. */
const crypto_backend *world_crypto(void);

/* A place for a client, with an empty folder and no core yet; and how its core is made or opened.
 */
client *world_client(world *w);
sotto_config world_config(client *c);

/* A new person; online. */
client *world_person(world *w, const char *name);

/* For taps: let a frame arrive at a client as if the relay had sent it; taken. */
void world_reply(client *c, uint32_t conn, base_buf *frame);

/* What the world's calls of a core end in: BASE_OK, or what may_fail allows. */
void world_check(client *c, base_err err);

/* Let everything happen that can happen at this moment. */
void world_run(world *w);

/* The same, moving the clock on by ms in all, stopping at each moment that somebody waits for. */
void world_pass(world *w, uint64_t ms);

/* Days go by: everybody awake, the relay tidying each day. */
void world_days(world *w, int days);

/* Cut or restore a client's connections; restart a client from its file; replace the relay. */
void world_offline(client *c);
void world_online(client *c);
void world_restart(client *c);
void world_restart_relay(world *w);

/* A second device folder with the same content, as a thief or a careless backup makes it. */
client *world_copy(world *w, client *of);

/* The relay's database is lost: an empty one with another incarnation takes its place. */
void world_lose_database(world *w);

/* ---- shorthands ---- */

/* The newest event of a kind; fails the test when there is none. */
sotto_event world_event(const client *c, sotto_event_kind kind);
/* a adds b by link; b accepts. The room they share. */
sotto_room_id world_befriend(client *a, client *b);
void world_say(client *c, const sotto_room_id *room, const char *text);
/* Received and own messages of a room with an order, oldest first, one a line, "name: text".
 * Static. */
const char *world_talk(client *c, const sotto_room_id *room);
/* Both see the same talk. */
void world_assert_same(client *a, client *b, const sotto_room_id *room);
/* How many messages a room shows. */
size_t world_count(client *c, const sotto_room_id *room);
void world_assert_no_alarm(client *c);
/* Whether an alarm of this code is open. */
bool world_has_alarm(client *c, sotto_alarm_code code);

#endif
