/* The parts of an epoch, together: building, moving, wiping. */
#include "epoch.h"

#include "transcript.h"

void mls_epoch_clear(mls_epoch *e)
{
    base_buf_clear(&e->encoded);
    base_arena_clear(&e->lists);
    mls_tree_free(e->tree);
    mls_tree_private_clear(&e->keys);
    mls_epoch_secrets_clear(&e->secrets);
    *e = (mls_epoch){0};
}

void mls_epoch_move(mls_epoch *dst, mls_epoch *src)
{
    mls_epoch_clear(dst);
    *dst = *src;
    base_wipe(src, sizeof *src);
}

static base_err context_take(mls_epoch *e, const mls_ctx *ctx, base_buf *encoded)
{
    base_err err = BASE_OK;
    base_arena lists = base_arena_on(ctx->alloc, 0);
    mls_group_context view = {0};
    crypto_suite suite;
    base_rd r = base_rd_on(base_buf_bytes(encoded));
    mls_group_context_read(&r, &lists, &view);
    TRY(base_rd_end(&r));
    TRY(mls_ctx_suite(ctx, view.suite, &suite));
    base_buf_move(&e->encoded, encoded);
    base_arena_clear(&e->lists);
    e->lists = lists;
    e->context = view;
    e->suite = suite;
    return BASE_OK;
done:
    base_arena_clear(&lists);
    return err;
}

base_err mls_epoch_set_context(mls_epoch *e, const mls_ctx *ctx, const mls_group_context *c)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(ctx->alloc);
    base_wr w = base_wr_on(&encoded);
    mls_group_context_write(&w, c);
    TRY(base_wr_end(&w));
    TRY(context_take(e, ctx, &encoded));
done:
    base_buf_clear(&encoded);
    return err;
}

base_err mls_epoch_set_encoded(mls_epoch *e, const mls_ctx *ctx, base_bytes encoded)
{
    base_err err = BASE_OK;
    base_buf copy = base_buf_on(ctx->alloc);
    TRY(base_buf_set(&copy, encoded));
    TRY(context_take(e, ctx, &copy));
done:
    base_buf_clear(&copy);
    return err;
}

base_err mls_epoch_confirm(mls_epoch *e)
{
    crypto_digest tag = {0};
    crypto_digest interim = {0};
    base_bytes confirmed = e->context.confirmed_transcript_hash;
    base_err err = mls_confirmation_tag_make(
        &e->suite, base_secret_bytes(&e->secrets.confirmation_key), confirmed, &tag);
    if (err == BASE_OK) {
        err = mls_transcript_interim(&e->suite, confirmed, crypto_digest_bytes(&tag), &interim);
    }
    if (err == BASE_OK) {
        e->confirmation_tag = tag;
        e->interim = interim;
        base_secret_clear(&e->secrets.confirmation_key);
    }
    return err;
}
