/* The parts of <sotto/mls.h> that belong to no group: signature keys and labelled signatures. Its
 * other functions live where their subject does; each checks its own arguments. */
#include "ctx.h"

#include "crypto/labels.h"

base_err mls_signature_key_new(mls_ctx *ctx, mls_suite suite, base_buf *private_key,
                               base_buf *public_key)
{
    if (ctx == NULL || private_key == NULL || public_key == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    crypto_suite s;
    base_secret made = {0};
    base_buf made_private = base_buf_on(ctx->alloc);
    base_buf made_public = base_buf_on(ctx->alloc);
    TRY(mls_ctx_suite(ctx, suite, &s));
    TRY(crypto_sig_generate(&s, &made, &made_public));
    TRY(base_buf_set(&made_private, base_secret_bytes(&made)));
    base_buf_move(private_key, &made_private);
    base_buf_move(public_key, &made_public);
done:
    base_secret_clear(&made);
    base_buf_clear(&made_private);
    base_buf_clear(&made_public);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

base_err mls_sign(mls_ctx *ctx, mls_suite suite, base_bytes private_key, base_bytes label,
                  base_bytes content, base_buf *signature)
{
    if (ctx == NULL || signature == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    crypto_suite s;
    base_buf made = base_buf_on(ctx->alloc);
    TRY(mls_ctx_suite(ctx, suite, &s));
    TRY(crypto_sign_with_label(&s, private_key, label, content, &made));
    base_buf_move(signature, &made);
done:
    base_buf_clear(&made);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_verify(mls_ctx *ctx, mls_suite suite, base_bytes public_key, base_bytes label,
                    base_bytes content, base_bytes signature)
{
    if (ctx == NULL) {
        return BASE_E_ARGUMENT;
    }
    crypto_suite s;
    base_err err = mls_ctx_suite(ctx, suite, &s);
    return err != BASE_OK ? err
                          : crypto_verify_with_label(&s, public_key, label, content, signature);
}
