/* What the parts of mls-bench share: time, medians, the rows of its table. Times are microseconds
 * of the process's CPU time. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

#include <sotto/mls.h>

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

/* The operations; README.md says what each is and what is counted as its primitives. */
typedef enum bench_op {
    OP_CREATE,
    OP_JOIN,
    OP_JOIN_BESIDE,
    OP_COMMIT_FRESH,
    OP_PROCESS_FRESH,
    OP_JOIN_EXTERNAL,
    OP_COMMIT_FULL,
    OP_PROCESS_NEAR,
    OP_PROCESS_FAR,
    OP_ADD,
    OP_PROCESS_ADD,
    OP_REMOVE,
    OP_PROCESS_REMOVE,
    OP_PROTECT,
    OP_UNPROTECT,
    OP_PROTECT_16K,
    OP_UNPROTECT_16K,
    OP_SAVE,
    OP_LOAD,
    OP_LOAD_PROTECT,
    OP_LOAD_COMMIT,
    OP_SQLITE,
    BENCH_OPS
} bench_op;

/* Calls of the suite's primitives, as its backend saw them. */
typedef struct bench_calls {
    unsigned long sign, verify;
    unsigned long base;         /* a public key of a private one */
    unsigned long dh;           /* shared secrets, DHKEM */
    unsigned long encap, decap; /* a native KEM's */
    unsigned long check;        /* of public keys */
    unsigned long hash, hmac;
    unsigned long aead; /* seals and opens */
} bench_calls;

/* One operation at one size. */
typedef struct bench_row {
    samples time;
    bench_calls calls; /* these are of the last run */
    size_t wire;       /* bytes that travel */
    size_t stored;     /* bytes written to the store, keys counted */
    size_t read;       /* bytes read from it */
    size_t allocs;     /* calls of the allocator */
    double bound;      /* what its primitives cost, alone */
    double bytes;      /* and what long messages cost more */
} bench_row;

/* Bytes of heap that a group takes, beside its encoded ratchet tree. */
typedef struct bench_memory {
    size_t fresh, fresh_tree;
    size_t full, full_tree;
    size_t leaf; /* bytes of a LeafNode */
} bench_memory;

/* The primitives of a suite, alone: of all the ways that README.md names, the fastest. */
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

/* What counts for a bound beside the operation. */
typedef struct bench_load {
    uint32_t n;           /* leaves */
    size_t wire;          /* bytes of the message that is signed, hashed and encrypted */
    size_t leaf, package; /* bytes of a LeafNode and of a KeyPackage */
    unsigned long seals;  /* of a commit: recipients that the tree demands */
} bench_load;
void bench_bound(const bench_prims *p, bench_op op, const bench_load *load, bench_row *row);

typedef struct bench_result {
    uint32_t n;
    bench_prims prims;
    bench_row rows[BENCH_OPS];
    bench_memory memory;
} bench_result;

/* Run all operations in groups of out->n. */
void bench_groups(mls_suite suite, bench_result *out);

/* The report. */
void report_table(mls_suite suite, bench_result *r, size_t n);
void report_begin(FILE *f);
void report_json(FILE *f, mls_suite suite, bench_result *r, size_t n);
void report_end(FILE *f);

#endif
