/* Writes down every secret that passes between the library and its backend, and what section 9.2 of
 * RFC 9420 wants of it: recorder_backend() stands in front of another backend and tells by the
 * labels of the key schedule what each value is, and by the keys of each HMAC what it was derived
 * from.
 *
 * What is written lies in memory that is shared, and so is no part of what search.h looks at. One
 * suite at a time: the functions of a backend have no place for an owner. */
#ifndef ERASURE_RECORDER_H
#define ERASURE_RECORDER_H

#include <sotto/mls.h>

typedef enum recorder_kind {
    RECORD_TRANSIENT,  /* may not outlive the call that made it */
    RECORD_EPOCH,      /* of the key schedule: as long as the epoch */
    RECORD_SHOWN,      /* the same, and of the last epoch for as long as the group */
    RECORD_RESUMPTION, /* as many epochs as the limits say */
    RECORD_TREE,       /* secret tree, ratchets, message keys: until consumed, or the epoch's end */
    RECORD_EXPORT,     /* the exporter tree: until something is derived from it */
    RECORD_PRIVATE, /* private half of an HPKE key: as long as its public half stands somewhere */
    RECORD_CALLER   /* what was given to the application, or by it */
} recorder_kind;

enum { RECORD_MAX = 128, RECORD_NONE = -1 };

typedef struct recorder_secret {
    uint8_t b[RECORD_MAX];
    size_t n;
    recorder_kind kind;
    char label[24];
    int parent;             /* RECORD_NONE, or whose HMAC it is */
    int epoch;              /* the epoch_secret that it comes from */
    bool consumed;          /* section 9.2 */
    bool has_children;      /* something was derived from it */
    uint8_t public_key[32]; /* the first bytes of the public half */
    bool has_public;
    size_t step; /* recorder_step() when it was first seen */
} recorder_secret;

/* The backend of one suite, over another: its KEM, AEAD and signature, by number, and all hashes.
 */
const crypto_backend *recorder_backend(const crypto_backend *from, uint16_t kem, uint16_t aead,
                                       uint16_t sig);

/* Forget all; what is found from now on belongs to step 0. */
void recorder_reset(void);
void recorder_step(size_t step);

size_t recorder_count(void);
const recorder_secret *recorder_at(size_t i);

/* What the application itself keeps secret. */
void recorder_note(base_bytes secret, const char *label);

/* The record of a value, by its first bytes; RECORD_NONE. */
int recorder_find(base_bytes secret);

#endif
