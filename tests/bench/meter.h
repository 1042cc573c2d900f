/* The default backend with a counter on each costly primitive, so that a benchmark can say how many
 * an operation took. Signatures can be waved through while a group is set up, which would take most
 * of the time and is not what is measured. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <sotto/crypto.h>

typedef struct meter {
    unsigned long sign;
    unsigned long verify;
    unsigned long base;  /* public keys of private ones: X25519's, X-Wing's */
    unsigned long dh;    /* Diffie-Hellman shared secrets */
    unsigned long encap; /* of X-Wing */
    unsigned long decap;
    unsigned long check; /* public keys judged */
    unsigned long hash;
    unsigned long hmac;
} meter;

/* X25519, X-Wing, Ed25519, SHA-256; all else is not there. NULL when the backend lacks one. */
const crypto_backend *meter_backend(void);

/* What was counted since the last call. */
meter meter_take(void);

/* Whether signatures are accepted unseen. */
void meter_trust(bool trust);

#endif
