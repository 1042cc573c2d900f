/* The other members of the group, in a process of their own, so that what the test finds in its
 * memory is one member's. Only messages pass between the two. */
#ifndef ERASURE_PEERS_H
#define ERASURE_PEERS_H

#include <sotto/mls.h>

enum { PEERS = 3, PEERS_NOW = 1700000000 };

/* What a peer does. `in` and what is given back are messages, but where it says otherwise. */
typedef enum peers_op {
    PEERS_FOUND,         /* found the group alone */
    PEERS_KEY_PACKAGE,   /* -> KeyPackage */
    PEERS_JOIN,          /* by a Welcome */
    PEERS_JOIN_EXTERNAL, /* by a GroupInfo -> commit */
    PEERS_RECEIVE,       /* and merge, when it is a commit */
    PEERS_SAY,           /* -> message */
    PEERS_COMMIT,        /* all that is kept, and an Add of the KeyPackage in `in`, if any ->
                            commit, Welcome */
    PEERS_PROPOSE_UPDATE,
    PEERS_WHISPER, /* to leaf 0 -> message */
    PEERS_HEAR,
    PEERS_GROUP_INFO,
    PEERS_PSK,   /* in: bytes that id and secret are made of; see peers_psk() */
    PEERS_FORGET /* the group */
} peers_op;

/* Start them for a suite; end them. */
void peers_start(mls_suite suite);
void peers_end(void);

/* Peer `who` does something. *a and *b (may be NULL) are what it gives back, for base_buf_clear().
 * False when it failed there. */
bool peers_do(peers_op op, size_t who, base_bytes in, base_buf *a, base_buf *b);

/* A PSK that the test and its peers make of one seed. */
void peers_psk(uint8_t seed, uint8_t id[static 8], uint8_t psk[static 32]);

#endif
