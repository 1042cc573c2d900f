/* A relay on the fake store, and clients that speak to it in whole frames: what the tests of the
 * relay's rules are written with. Ids, tokens and keys are made from small numbers: fake_id('t', 3)
 * is a token, fake_gate('t', 3) the gate it opens. Every call asserts what it expects. */
#ifndef SUPPORT_FAKE_PEERS_H
#define SUPPORT_FAKE_PEERS_H

#include "fake_log_store.h"
#include "relay/relay.h"
#include "wire/item.h"

#define FAKE_DAY 86400000u

typedef struct fake_world {
    relay *r;
    fake_log_store *store; /* NULL: the store was given */
    const relay_store *port;
    void *digest;
    uint64_t now;
    uint64_t counts[RELAY_M_COUNT];
    uint8_t random;
} fake_world;

typedef struct fake_peer {
    fake_world *w;
    relay_session *s;
    uint32_t request;  /* of the last frame sent */
    base_buf in[4096]; /* received and not yet looked at */
    size_t first, n;
    base_buf current; /* what the last frame borrows from */
} fake_peer;

/* store NULL: a fake one. postage: the operator's secret, or "". */
fake_world *fake_world_new(const relay_store *store, const char *postage);
void fake_world_free(fake_world *w);

/* Connect; greet says HELLO and takes WELCOME. */
fake_peer *fake_peer_new(fake_world *w, bool free_postage, bool greet);
void fake_peer_free(fake_peer *p);

/* 32 bytes that belong to a letter and a number; SHA-256 of them. Valid for the process. */
base_bytes fake_id(char kind, unsigned v);
base_bytes fake_gate(char kind, unsigned v);

/* n bytes that v decides. Valid until the next call. */
base_bytes fake_body(size_t n, unsigned v);

/* SHA-256. */
void fake_hash_of(base_bytes b, uint8_t out[32]);

/* The running hash of an empty log, and after one more entry, in place. */
void fake_hash_start(base_bytes log, uint8_t h[32]);
void fake_hash_step(uint8_t h[32], base_bytes entry);

/* Feed without flushing. The frame gets the peer's next request number. */
void fake_send(fake_peer *p, wire_frame f);

/* relay_flush(), then take everything from every session of the world that has output. */
void fake_flush(fake_world *w);
base_err fake_try_flush(fake_world *w);

/* The next frame received; false: none. It borrows until the next call for this peer. */
bool fake_next(fake_peer *p, wire_frame *out);

/* The next frame, which must be of this type. */
wire_frame fake_expect(fake_peer *p, wire_type type);
void fake_expect_nothing(fake_peer *p);
void fake_expect_fail(fake_peer *p, wire_status status); /* FAIL, and the session closes */

/* Send, flush, and the status of the DONE that must come first. */
wire_status fake_done(fake_peer *p, wire_frame f);

/* ---- requests about log `log`, with token number `token` and key number `key` ---- */

wire_status fake_create(fake_peer *p, unsigned log, unsigned token, unsigned key);
wire_follow fake_follow_item(uint32_t channel, unsigned log, uint64_t epoch, unsigned token,
                             unsigned key, uint64_t from);
void fake_follow_send(fake_peer *p, const wire_follow *items, size_t n);
wire_followed fake_follow(fake_peer *p, uint32_t channel, unsigned log, uint64_t epoch,
                          unsigned token, unsigned key, uint64_t from);

/* The seq; 0 and *status when refused. */
uint64_t fake_append(fake_peer *p, uint32_t channel, uint64_t epoch, unsigned body,
                     wire_status *status);
wire_frame fake_commit_frame(uint32_t channel, uint64_t epoch, unsigned next_token, unsigned body);
uint64_t fake_commit(fake_peer *p, wire_frame f, wire_status *status);

/* token 0: no next epoch. */
wire_status fake_ack(fake_peer *p, uint32_t channel, uint64_t seq, uint64_t epoch, unsigned token);
wire_status fake_leave(fake_peer *p, uint32_t channel, bool forget);

/* An ENTRY of this channel and seq must be next; its body was made by fake_body(n, body). */
wire_entry fake_entry(fake_peer *p, uint32_t channel, uint64_t seq, unsigned body);

/* Let n days pass, sweep until nothing is left. */
void fake_days(fake_world *w, unsigned n);
void fake_tick(fake_world *w);

#endif
