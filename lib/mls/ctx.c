/* Contexts: defaults for what was left open, and refusal of what cannot work. */
#include "ctx.h"

#include "base/alloc.h"
#include "base/bytes.h"

static const mls_limits limits_default = {
    .message_bytes = (size_t)16 << 20,
    .leaves = 65536,
    .proposals = 4096,
    .forward = 1024,
    .skipped = 64,
    .resumption = 16,
    .lifetime = 0,
};

static mls_limits limits_filled(const mls_limits *l)
{
    mls_limits out = limits_default;
    out.message_bytes = l->message_bytes != 0 ? l->message_bytes : out.message_bytes;
    out.leaves = l->leaves != 0 ? l->leaves : out.leaves;
    out.proposals = l->proposals != 0 ? l->proposals : out.proposals;
    out.forward = l->forward != 0 ? l->forward : out.forward;
    out.skipped = l->skipped != 0 ? l->skipped : out.skipped;
    out.resumption = l->resumption != 0 ? l->resumption : out.resumption;
    out.lifetime = l->lifetime;
    return out;
}

base_err mls_ctx_new(const mls_config *config, mls_ctx **out)
{
    if (config == NULL || out == NULL || config->crypto == NULL || config->random.fill == NULL ||
        config->store.get == NULL || config->store.write == NULL ||
        config->limits.resumption > MLS_RESUMPTION_MAX) {
        return BASE_E_ARGUMENT;
    }
    const crypto_env env = {.backend = config->crypto,
                            .random = config->random,
                            .numbers = config->numbers,
                            .n_numbers = config->n_numbers};
    if (config->n_numbers > CRYPTO_NUMBERS_MAX || crypto_suite_numbers_check(&env) != BASE_OK) {
        return BASE_E_ARGUMENT;
    }
    const base_alloc *alloc = config->alloc != NULL ? config->alloc : &base_alloc_std;
    mls_ctx *ctx = (mls_ctx *)base_alloc_zero(alloc, 1, sizeof *ctx);
    if (ctx == NULL) {
        return BASE_E_NOMEM;
    }
    ctx->alloc = alloc;
    ctx->env = env;
    ctx->env.alloc = alloc;
    ctx->env.numbers = ctx->numbers;
    for (size_t i = 0; i < config->n_numbers; i++) {
        ctx->numbers[i] = config->numbers[i];
    }
    ctx->store = config->store;
    ctx->limits = limits_filled(&config->limits);
    ctx->clients = config->clients;
    ctx->components = config->components;
    *out = ctx;
    return BASE_OK;
}

void mls_ctx_free(mls_ctx *ctx)
{
    if (ctx != NULL) {
        base_alloc_free(ctx->alloc, ctx);
    }
}

base_err mls_ctx_suite(const mls_ctx *ctx, mls_suite number, crypto_suite *out)
{
    return crypto_suite_resolve(&ctx->env, number, out);
}

bool mls_ctx_supports(const mls_ctx *ctx, mls_suite suite)
{
    crypto_suite s;
    return ctx != NULL && mls_ctx_suite(ctx, suite, &s) == BASE_OK;
}

size_t mls_suite_hash_size(const mls_ctx *ctx, mls_suite suite)
{
    crypto_suite s;
    return ctx != NULL && mls_ctx_suite(ctx, suite, &s) == BASE_OK ? s.hash->size : 0;
}

bool mls_ctx_same_client(const mls_ctx *ctx, const mls_leaf_node *a, const mls_leaf_node *b)
{
    if (ctx->clients.same != NULL) {
        return ctx->clients.same(ctx->clients.user, a, b);
    }
    return a->credential.type == b->credential.type &&
           base_bytes_eq(a->credential.body, b->credential.body);
}
