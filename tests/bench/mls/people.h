/* Who is in a group of the benchmark, each with a store, a heap that is counted, and a context. */
#ifndef BENCH_PEOPLE_H
#define BENCH_PEOPLE_H

#include "bench.h"
#include "hash_store.h"

#define BENCH_NOW 1700000000
#define BENCH_GROUP_ID "a group of sixte"

/* The allocator port over malloc: bytes asked for and not freed, and calls. */
typedef struct heap {
    base_alloc port;
    size_t live;
    size_t calls;
} heap;

typedef struct peer {
    char name[16];
    heap heap;
    hash_store store;
    mls_ctx *ctx;
    base_buf private_key;
    base_buf public_key;
    mls_group *group;
} peer;

base_bytes bench_text(const char *s);

/* backend: meter_backend() of the suite. The struct may not move afterwards. */
void peer_open(peer *p, const crypto_backend *backend, mls_suite suite, uint32_t number);
void peer_close(peer *p);

/* The same peer on another store. */
void peer_use_store(peer *p, const crypto_backend *backend, mls_store store);

/* Forget the group and go back to what a store held. */
void peer_restore(peer *p, const hash_store *saved);

mls_member_params peer_member(const peer *p, mls_suite suite);
base_buf peer_package(peer *p, mls_suite suite);

/* Make p the only real member, at leaf 0, of a group of n in which every parent is filled, as if
 * others had committed; nobody holds the keys of the other leaves (full_tree.c). */
void full_group_new(peer *p, mls_suite suite, uint32_t n);

/* ---- measuring ---- */

double bench_begin(peer *p);
void bench_end(bench_row *row, const peer *p, double start, size_t wire);

/* Whether a row has the runs that its time is worth. */
bool bench_enough(const bench_row *row);

/* p takes a commit in; p commits. row may be NULL. */
void bench_process(peer *p, const base_buf *commit, bench_row *row);
base_buf bench_commit(peer *p, const mls_commit_params *params, bench_row *row, base_buf *welcome);

/* messages.c: application messages between two members, and one member's store. */
void bench_messages(mls_suite suite, peer *from, peer *to, bench_result *out);
void bench_store(const crypto_backend *backend, peer *p, bench_result *out);

#endif
