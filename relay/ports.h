/* What the relay's logic asks of the world: SHA-256, randomness, counting, and the log store
 * (store.h). No clock: the time is an argument of every call. */
#ifndef RELAY_PORTS_H
#define RELAY_PORTS_H

#include "base/bytes.h"
#include "store.h"

/* SHA-256 over the concatenation of n parts. */
typedef struct relay_digest {
    base_err (*sha256)(void *user, const base_bytes *parts, size_t n, uint8_t out[32]);
    void *user;
} relay_digest;

/* Random bytes fit for keys. */
typedef struct relay_random {
    base_err (*fill)(void *user, uint8_t *p, size_t n);
    void *user;
} relay_random;

/* Totals a program may print. Never with an id. */
typedef enum relay_metric {
    RELAY_M_FRAMES_IN,
    RELAY_M_FRAMES_OUT,
    RELAY_M_BYTES_IN,
    RELAY_M_BYTES_OUT,
    RELAY_M_APPENDS,
    RELAY_M_COMMITS,
    RELAY_M_STALE,
    RELAY_M_DENIED,
    RELAY_M_FULL,
    RELAY_M_PUSHES,
    RELAY_M_DELIVERED,
    RELAY_M_TAKEN,
    RELAY_M_DELETED,
    RELAY_M_EXPIRED,
    RELAY_M_FLUSHES,
    RELAY_M_FAILED,
    RELAY_M_CLOSED_BAD,
    RELAY_M_CLOSED_SLOW,
    RELAY_M_COUNT
} relay_metric;

typedef struct relay_metrics {
    void (*count)(void *user, relay_metric what, uint64_t n); /* NULL: nobody counts */
    void *user;
} relay_metrics;

typedef struct relay_ports {
    const relay_store *store;
    relay_digest digest;
    relay_random random;
    relay_metrics metrics;
} relay_ports;

#endif
