/* What the protocol needs of its primitives at the least, counted from RFC 9420; README.md has the
 * counts in words. */
#include "bench.h"

#define PARENT_BYTES 70 /* a ParentNode and two hashes come to about this beside its key */
#define LONG 16384

/* HMACs of HPKE's base mode: 6 in the key schedule, 2 more in a DHKEM. */
static double hpke_seal(const bench_prims *p)
{
    double kem = p->encap > 0 ? p->encap : p->base + p->dh + 2 * p->hmac;
    return kem + 6 * p->hmac + p->aead;
}

static double hpke_open(const bench_prims *p)
{
    double kem = p->decap > 0 ? p->decap : p->dh + 2 * p->hmac;
    return kem + 6 * p->hmac + p->aead;
}

static double path_key(const bench_prims *p)
{
    return p->base + 4 * p->hmac;
}

static double commit(const bench_prims *p, double depth, double seals)
{
    return (depth + 1) * path_key(p) + seals * hpke_seal(p) + 2 * p->sign + 22 * p->hmac +
           2 * depth * p->hash;
}

static double process(const bench_prims *p, double keys)
{
    return hpke_open(p) + keys * path_key(p) + 2 * p->verify + 22 * p->hmac;
}

static double depth_of(uint32_t n)
{
    double depth = 0;
    for (uint32_t leaves = 1; leaves < n; leaves *= 2) {
        depth++;
    }
    return depth;
}

static double calls(const bench_prims *p, bench_op op, const bench_load *l)
{
    double n = l->n;
    double depth = depth_of(l->n);
    switch (op) {
    case OP_CREATE:
        return (n - 1) * (2 * p->verify + hpke_seal(p)) + 2 * p->sign;
    case OP_JOIN:
    case OP_JOIN_BESIDE:
        return (n + 1) * p->verify + hpke_open(p) + 4 * n * p->hash;
    case OP_JOIN_EXTERNAL:
        return (n + 1) * p->verify + hpke_seal(p) + 4 * n * p->hash +
               commit(p, depth, (double)l->seals);
    case OP_COMMIT_FRESH:
    case OP_COMMIT_FULL:
    case OP_REMOVE:
    case OP_LOAD_COMMIT:
        return commit(p, depth, (double)l->seals);
    case OP_ADD:
        return commit(p, depth, (double)l->seals) + 2 * p->verify + p->sign + hpke_seal(p);
    case OP_PROCESS_FRESH:
    case OP_PROCESS_NEAR:
    case OP_PROCESS_REMOVE:
        return process(p, depth);
    case OP_PROCESS_ADD:
        return process(p, depth) + 2 * p->verify;
    case OP_PROCESS_FAR:
        return process(p, 1);
    case OP_PROTECT:
    case OP_PROTECT_16K:
    case OP_LOAD_PROTECT:
    case OP_SAVE:
        return p->sign + 2 * p->aead + 5 * p->hmac;
    case OP_UNPROTECT:
    case OP_UNPROTECT_16K:
        return p->verify + 2 * p->aead + 5 * p->hmac;
    case OP_LOAD:
    case OP_SQLITE:
    case BENCH_OPS:
        break;
    }
    return 0;
}

/* A whole tree, checked: each leaf's signature and hash, each parent's hash; keys of any size. */
static double tree_bytes(const bench_prims *p, const bench_load *l)
{
    double over = l->leaf > 200 ? (double)l->leaf - 200 : 0;
    return l->n *
           (over * p->verify_byte + (double)l->leaf * p->hash_byte + PARENT_BYTES * p->hash_byte);
}

/* What bytes cost that are signed or verified, hashed and encrypted. */
static double bytes(const bench_prims *p, bench_op op, const bench_load *l)
{
    double wire = (double)l->wire;
    double package = l->package > 200 ? (double)l->package - 200 : 0;
    double out = p->sign_byte + p->hash_byte + p->aead_byte;
    double in = p->verify_byte + p->hash_byte + p->aead_byte;
    switch (op) {
    case OP_CREATE:
        return wire * out + tree_bytes(p, l) +
               l->n * (package * p->verify_byte + (double)l->package * p->hash_byte);
    case OP_JOIN:
    case OP_JOIN_BESIDE:
    case OP_JOIN_EXTERNAL:
        return wire * (p->verify_byte + p->aead_byte) + tree_bytes(p, l);
    case OP_COMMIT_FRESH:
    case OP_COMMIT_FULL:
    case OP_ADD:
    case OP_REMOVE:
    case OP_LOAD_COMMIT:
        return wire * out;
    case OP_PROCESS_FRESH:
    case OP_PROCESS_NEAR:
    case OP_PROCESS_FAR:
    case OP_PROCESS_ADD:
    case OP_PROCESS_REMOVE:
        return wire * in;
    case OP_PROTECT_16K:
        return LONG * (p->sign_byte + p->aead_byte);
    case OP_UNPROTECT_16K:
        return LONG * (p->verify_byte + p->aead_byte);
    case OP_PROTECT:
    case OP_UNPROTECT:
    case OP_SAVE:
    case OP_LOAD:
    case OP_LOAD_PROTECT:
    case OP_SQLITE:
    case BENCH_OPS:
        break;
    }
    return 0; /* short, and counted as they are */
}

void bench_bound(const bench_prims *p, bench_op op, const bench_load *load, bench_row *row)
{
    row->bound = calls(p, op, load);
    row->bytes = bytes(p, op, load);
}
