/* What the parts of the benchmark share: time, medians, the rows of its table. Times are
 * microseconds of the process's CPU time. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

#include <sotto/mls.h>

#include "meter.h"

/* End the benchmark unless the call succeeded. */
#define MUST(call) bench_must((call), #call, __FILE__, __LINE__)
void bench_must(base_err err, const char *what, const char *file, int line);
#define NEED(condition)                                                                            \
    bench_must((condition) ? BASE_OK : BASE_E_INTERNAL, #condition, __FILE__, __LINE__)

double bench_now(void);

#define BENCH_SAMPLES 51
typedef struct samples {
    double v[BENCH_SAMPLES];
    size_t n;
} samples;
void samples_add(samples *s, double v);
double samples_median(samples *s); /* sorts; 0 when there is none */

typedef enum bench_op {
    OP_CREATE,
    OP_JOIN,
    OP_COMMIT_FRESH,
    OP_PROCESS_FRESH,
    OP_COMMIT_FULL,
    OP_PROCESS_NEAR,
    OP_PROCESS_FAR,
    OP_PROTECT,
    OP_UNPROTECT,
    BENCH_OPS
} bench_op;

/* One operation at one size. */
typedef struct bench_row {
    samples time;
    meter counts;  /* of the last run */
    size_t wire;   /* bytes that travel */
    size_t stored; /* bytes written to the store */
} bench_row;

/* The primitives of a suite, measured alone through the same backend. */
typedef struct bench_prims {
    double sign, verify; /* 200 bytes */
    double base;         /* a public key of a private one */
    double dh;           /* 0 in a suite with a native KEM */
    double encap, decap; /* 0 in a suite with DHKEM */
    double aead;         /* seal 100 bytes; opening is taken as the same */
    double hash;         /* 64 bytes */
    double hmac;         /* 40 bytes */
    /* For each further byte, from 16 KiB. */
    double sign_byte, verify_byte, aead_byte, hash_byte;
} bench_prims;
void bench_prims_measure(mls_suite suite, bench_prims *out);

/* What the primitives of an operation cost, counted from the protocol (README.md); and what bytes
 * that travel cost more when they are signed or verified, hashed and encrypted. */
double bench_bound(const bench_prims *p, bench_op op, uint32_t n);
double bench_bytes(const bench_prims *p, bench_op op, size_t wire);

/* Run all operations in groups of n. */
void bench_groups(mls_suite suite, uint32_t n, bench_row rows[BENCH_OPS]);

#endif
