/* What mls-peer holds between requests: clients, each with a store and a libmls context of its own,
 * and the things that requests name by number: group states, key packages that wait for a Welcome
 * ("transactions"), reinitialisations under way, external signers. Numbers are never used twice. */
#ifndef MLS_PEER_PEER_H
#define MLS_PEER_PEER_H

#include <sotto/mls.h>

#include "base/bytes.h"

#include "store.h"

#define PEER_THINGS_MAX 65536u /* live at once */

/* One client. Its things share it; it goes with the last of them. */
typedef struct peer_client {
    mls_ctx *ctx;
    peer_store store;
    size_t refs;
    struct peer_client *next;
} peer_client;

typedef enum peer_kind {
    PEER_STATE = 1, /* a group */
    PEER_JOINER,    /* a key package; the interface calls it a transaction */
    PEER_REINIT,    /* a key package for the group that follows an ended one */
    PEER_SIGNER     /* an external sender */
} peer_kind;

/* Who a client is in one group: the credential is basic. */
typedef struct peer_self {
    mls_suite suite;
    base_buf identity;
    base_buf signature_private;
    base_buf signature_public;
} peer_self;

/* A proposal that a state has taken in during this epoch: the message, and its reference unless it
 * is the state's own. */
typedef struct peer_seen {
    base_buf message;
    base_buf ref;
} peer_seen;

typedef struct peer_thing {
    uint32_t id;
    peer_kind kind;
    peer_client *client;
    peer_self self;
    bool private_handshake;
    mls_group *group;  /* STATE */
    base_buf group_id; /* STATE: its own. REINIT: the ended group's */
    base_buf pending;  /* STATE: a staged commit of its own, encoded; else empty */
    peer_seen *seen;   /* STATE */
    size_t n_seen;
    size_t kept_seen; /* of requests that succeeded */
    size_t cap_seen;
} peer_thing;

typedef struct peer {
    peer_thing **things; /* by ascending id */
    size_t n;
    size_t cap;
    uint32_t last_id;
    peer_client *clients;
} peer;

/* A new client; it is freed by the end of the request unless a thing holds it then. */
BASE_MUST_USE base_err peer_client_new(peer *p, peer_client **out);

/* A new thing of a client, with the next number. It stays when the request succeeds. */
BASE_MUST_USE base_err peer_thing_new(peer *p, peer_client *client, peer_kind kind,
                                      peer_thing **out);

/* The thing of a number and a kind, or NULL. */
peer_thing *peer_find(const peer *p, uint32_t id, peer_kind kind);
peer_thing *peer_find_any(const peer *p, uint32_t id);

/* Let go of a thing now. For a request that cannot fail any more. */
void peer_drop(peer *p, peer_thing *t);

/* The end of a request that began when the last number was last_id: keep its changes, or undo them
 * in stores and groups and drop the things it made. */
void peer_keep(peer *p);
void peer_undo_since(peer *p, uint32_t last_id);

void peer_clear(peer *p);

/* A fresh signature key for an identity. */
BASE_MUST_USE base_err peer_self_new(peer_self *self, mls_ctx *ctx, mls_suite suite,
                                     base_bytes identity);
BASE_MUST_USE base_err peer_self_copy(peer_self *self, const peer_self *from);
void peer_self_clear(peer_self *self);

/* The view of it that libmls takes; borrowed from self. */
mls_member_params peer_self_member(const peer_self *self);

/* Remember a proposal of this epoch. */
BASE_MUST_USE base_err peer_state_saw(peer_thing *t, base_bytes message, base_bytes ref);

/* Forget all but the first `keep` of them. For a request that cannot fail any more. */
void peer_state_forget_seen(peer_thing *t, size_t keep);

/* Forget what belongs to an epoch that is over: pending commit and proposals. For a request that
 * cannot fail any more. */
void peer_state_new_epoch(peer_thing *t);

/* Seconds since 1970 UTC. */
uint64_t peer_now(void);

#endif
