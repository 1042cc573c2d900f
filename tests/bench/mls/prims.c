/* The primitives alone. Each is measured in every way there is, through the backend and straight,
 * and the fastest counts. */
#include <sotto/crypto_default.h>

#include "bench.h"
#include "direct.h"

#define BATCH 16
#define BATCHES 15

static base_bytes of(const uint8_t *p, size_t n)
{
    return (base_bytes){p, n};
}

static bool do_sign(direct_ground *g)
{
    return g->s.sig->sign(base_secret_bytes(&g->sign_key), of(g->message, g->size), g->signature,
                          &g->signature_n) == BASE_OK;
}

static bool do_verify(direct_ground *g)
{
    return g->s.sig->verify(base_buf_bytes(&g->verify_key), of(g->message, g->size),
                            of(g->signature, g->signature_n)) == BASE_OK;
}

static bool do_base(direct_ground *g)
{
    base_err err =
        g->s.kem != NULL
            ? g->s.kem->public_key(of(g->private_key, g->s.kem->private_size), g->public_key)
            : g->s.dh->public_key(of(g->private_key, g->s.dh->private_size), g->public_key);
    return err == BASE_OK;
}

static bool do_dh(direct_ground *g)
{
    return g->s.dh->shared(of(g->private_key, g->s.dh->private_size),
                           of(g->public_key, g->s.dh->public_size), g->out) == BASE_OK;
}

static bool do_encap(direct_ground *g)
{
    return g->s.kem->encap(of(g->public_key, g->s.kem->public_size),
                           of(g->message, g->s.kem->encap_seed_size), g->enc, g->out) == BASE_OK;
}

static bool do_decap(direct_ground *g)
{
    return g->s.kem->decap(of(g->private_key, g->s.kem->private_size),
                           of(g->enc, g->s.kem->enc_size), g->out) == BASE_OK;
}

static bool do_aead(direct_ground *g)
{
    return g->s.aead->seal(of(g->message, g->s.aead->key_size),
                           of(g->message, g->s.aead->nonce_size), of(g->message, 32),
                           of(g->message, g->size), g->out) == BASE_OK;
}

static bool do_hash(direct_ground *g)
{
    const base_bytes part = of(g->message, g->size);
    return g->s.hash->digest(&part, 1, g->out) == BASE_OK;
}

static bool do_hmac(direct_ground *g)
{
    const base_bytes part = of(g->message, 40);
    return g->s.hash->hmac(of(g->message, 32), &part, 1, g->out) == BASE_OK;
}

/* Median over batches, of one call; 0 when this machine cannot do it. */
static double measure_way(direct_ground *g, direct_way way)
{
    samples s = {.n = 0};
    if (!way(g)) {
        return 0;
    }
    for (int i = 0; i < BATCHES; i++) {
        double start = bench_now();
        for (int k = 0; k < BATCH; k++) {
            NEED(way(g));
        }
        samples_add(&s, (bench_now() - start) / BATCH);
    }
    return samples_median(&s);
}

static double measure(direct_ground *g, direct_what what, size_t size, direct_way through)
{
    g->size = size;
    double best = measure_way(g, through);
    NEED(best > 0);
    for (size_t i = 0; direct_nth(g, what, i) != NULL; i++) {
        double direct = measure_way(g, direct_nth(g, what, i));
        best = direct > 0 && direct < best ? direct : best;
    }
    return best;
}

static void measure_bytes(direct_ground *g, bench_prims *out)
{
    out->sign_byte = (measure(g, DIRECT_SIGN, DIRECT_LONG, do_sign) - out->sign) / DIRECT_LONG;
    out->verify_byte =
        (measure(g, DIRECT_VERIFY, DIRECT_LONG, do_verify) - out->verify) / DIRECT_LONG;
    out->aead_byte = (measure(g, DIRECT_AEAD, DIRECT_LONG, do_aead) - out->aead) / DIRECT_LONG;
    out->hash_byte = (measure(g, DIRECT_HASH, DIRECT_LONG, do_hash) - out->hash) / DIRECT_LONG;
}

void bench_prims_measure(mls_suite suite, bench_prims *out)
{
    static crypto_env env;
    static direct_ground g;
    env = (crypto_env){.backend = crypto_default(), .random = crypto_default_random()};
    g = (direct_ground){.message = {9}};
    MUST(crypto_suite_resolve(&env, suite, &g.s));
    MUST(crypto_sig_generate(&g.s, &g.sign_key, &g.verify_key));
    base_secret private_key = {0};
    base_buf public_key = {0};
    MUST(crypto_hpke_generate_key_pair(&g.s, &private_key, &public_key));
    memcpy(g.private_key, private_key.b, private_key.n);
    *out = (bench_prims){0};
    out->sign = measure(&g, DIRECT_SIGN, 200, do_sign);
    NEED(do_sign(&g));
    out->verify = measure(&g, DIRECT_VERIFY, 200, do_verify); /* of what was signed last */
    out->base = measure(&g, DIRECT_BASE, 0, do_base);
    out->aead = measure(&g, DIRECT_AEAD, 100, do_aead);
    out->hash = measure(&g, DIRECT_HASH, 64, do_hash);
    out->hmac = measure(&g, DIRECT_HMAC, 40, do_hmac);
    measure_bytes(&g, out);
    if (g.s.kem != NULL) {
        out->encap = measure(&g, DIRECT_ENCAP, 0, do_encap);
        out->decap = measure(&g, DIRECT_DECAP, 0, do_decap);
    } else {
        out->dh = measure(&g, DIRECT_DH, 0, do_dh);
    }
    base_buf_clear(&g.verify_key);
    base_buf_clear(&public_key);
}
