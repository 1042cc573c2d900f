/* The primitives alone, and what the protocol needs of them at the least. */
#include <sotto/crypto_default.h>

#include "bench.h"
#include "crypto/suite.h"

#define BATCH 64
#define LONG ((size_t)16384)

typedef struct prims_ground {
    crypto_suite s;
    base_secret sign_key;
    base_buf verify_key;
    size_t size; /* of what is signed, sealed or hashed */
    uint8_t message[LONG];
    uint8_t signature[CRYPTO_SIGNATURE_MAX];
    size_t signature_n;
    uint8_t private_key[CRYPTO_PRIVATE_MAX];
    uint8_t public_key[CRYPTO_KEM_PUBLIC_MAX];
    uint8_t enc[CRYPTO_KEM_ENC_MAX];
    uint8_t out[LONG + 64];
} prims_ground;

static base_bytes of(const uint8_t *p, size_t n)
{
    return (base_bytes){p, n};
}

static base_err do_sign(prims_ground *g)
{
    return g->s.sig->sign(base_secret_bytes(&g->sign_key), of(g->message, g->size), g->signature,
                          &g->signature_n);
}

static base_err do_verify(prims_ground *g)
{
    return g->s.sig->verify(base_buf_bytes(&g->verify_key), of(g->message, g->size),
                            of(g->signature, g->signature_n));
}

static base_err do_base(prims_ground *g)
{
    return g->s.kem != NULL
               ? g->s.kem->public_key(of(g->private_key, g->s.kem->private_size), g->public_key)
               : g->s.dh->public_key(of(g->private_key, g->s.dh->private_size), g->public_key);
}

static base_err do_dh(prims_ground *g)
{
    return g->s.dh->shared(of(g->private_key, g->s.dh->private_size),
                           of(g->public_key, g->s.dh->public_size), g->out);
}

static base_err do_encap(prims_ground *g)
{
    return g->s.kem->encap(of(g->public_key, g->s.kem->public_size),
                           of(g->message, g->s.kem->encap_seed_size), g->enc, g->out);
}

static base_err do_decap(prims_ground *g)
{
    return g->s.kem->decap(of(g->private_key, g->s.kem->private_size),
                           of(g->enc, g->s.kem->enc_size), g->out);
}

static base_err do_aead(prims_ground *g)
{
    return g->s.aead->seal(of(g->message, g->s.aead->key_size),
                           of(g->message, g->s.aead->nonce_size), of(g->message, 32),
                           of(g->message, g->size), g->out);
}

static base_err do_hash(prims_ground *g)
{
    const base_bytes part = of(g->message, g->size);
    return g->s.hash->digest(&part, 1, g->out);
}

static base_err do_hmac(prims_ground *g)
{
    const base_bytes part = of(g->message, 40);
    return g->s.hash->hmac(of(g->message, 32), &part, 1, g->out);
}

/* Median over batches, of one call. */
static double measure(prims_ground *g, size_t size, base_err (*run)(prims_ground *))
{
    g->size = size;
    samples s = {.n = 0};
    MUST(run(g));
    for (int i = 0; i < 21; i++) {
        double start = bench_now();
        for (int k = 0; k < BATCH; k++) {
            MUST(run(g));
        }
        samples_add(&s, (bench_now() - start) / BATCH);
    }
    return samples_median(&s);
}

void bench_prims_measure(mls_suite suite, bench_prims *out)
{
    static crypto_env env;
    prims_ground g = {.message = {9}};
    env = (crypto_env){.backend = meter_backend(), .random = crypto_default_random()};
    MUST(crypto_suite_resolve(&env, suite, &g.s));
    MUST(crypto_sig_generate(&g.s, &g.sign_key, &g.verify_key));
    MUST(crypto_random_fill(&g.s, g.private_key, sizeof g.private_key));
    *out = (bench_prims){0};
    out->sign = measure(&g, 200, do_sign);
    out->verify = measure(&g, 200, do_verify); /* of what was signed last */
    out->base = measure(&g, 0, do_base);
    out->aead = measure(&g, 100, do_aead);
    out->hash = measure(&g, 64, do_hash);
    out->hmac = measure(&g, 40, do_hmac);
    out->sign_byte = (measure(&g, LONG, do_sign) - out->sign) / LONG;
    out->verify_byte = (measure(&g, LONG, do_verify) - out->verify) / LONG;
    out->aead_byte = (measure(&g, LONG, do_aead) - out->aead) / LONG;
    out->hash_byte = (measure(&g, LONG, do_hash) - out->hash) / LONG;
    if (g.s.kem != NULL) {
        out->encap = measure(&g, 0, do_encap);
        out->decap = measure(&g, 0, do_decap);
    } else {
        out->dh = measure(&g, 0, do_dh);
    }
    base_buf_clear(&g.verify_key);
}

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

double bench_bound(const bench_prims *p, bench_op op, uint32_t n)
{
    double others = n - 1;
    double depth = 0;
    for (uint32_t leaves = 1; leaves < n; leaves *= 2) {
        depth++;
    }
    switch (op) {
    case OP_CREATE:
        return others * (2 * p->verify + hpke_seal(p)) + 2 * p->sign;
    case OP_JOIN:
        return (others + 2) * p->verify + hpke_open(p) + 4.0 * n * p->hash;
    case OP_COMMIT_FRESH:
        return commit(p, depth, others);
    case OP_COMMIT_FULL:
        return commit(p, depth, depth);
    case OP_PROCESS_FRESH:
    case OP_PROCESS_NEAR:
        return process(p, depth);
    case OP_PROCESS_FAR:
        return process(p, 1);
    case OP_PROTECT:
        return p->sign + 2 * p->aead + 5 * p->hmac;
    case OP_UNPROTECT:
        return p->verify + 2 * p->aead + 5 * p->hmac;
    case BENCH_OPS:
        break;
    }
    return 0;
}

double bench_bytes(const bench_prims *p, bench_op op, size_t wire)
{
    bool makes = op == OP_CREATE || op == OP_COMMIT_FRESH || op == OP_COMMIT_FULL;
    switch (op) {
    case OP_PROTECT:
    case OP_UNPROTECT:
        return 0; /* short, and counted as they are */
    default:
        return (double)wire *
               ((makes ? p->sign_byte : p->verify_byte) + p->hash_byte + p->aead_byte);
    }
}
