/* What a component does with the keys of MLS (draft-ietf-mls-extensions, sections 4.2, 4.3
 * and 4.5): signatures, encryption to a member's leaf, pre-shared keys. Each names the component,
 * so that nothing made for one serves another, nor MLS itself. Secrets of its own are
 * safe_export's. */
#include <sotto/mls_app.h>

#include "persist.h"

/* ComponentOperationLabel (section 4.1), which stands where MLS has a label. */
static base_err label_of(uint16_t component, base_bytes label, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_vec(&w, CRYPTO_LABEL("MLS Component"));
    base_wr_u16(&w, component);
    base_wr_vec(&w, label);
    return base_wr_end(&w);
}

base_err mls_component_sign(mls_ctx *ctx, mls_suite suite, base_bytes private_key,
                            uint16_t component, base_bytes label, base_bytes content,
                            base_buf *signature)
{
    if (ctx == NULL || signature == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_buf whole = base_buf_on(ctx->alloc);
    base_err err = label_of(component, label, &whole);
    if (err == BASE_OK) {
        err = mls_sign(ctx, suite, private_key, base_buf_bytes(&whole), content, signature);
    }
    base_buf_clear(&whole);
    return err;
}

base_err mls_component_verify(mls_ctx *ctx, mls_suite suite, base_bytes public_key,
                              uint16_t component, base_bytes label, base_bytes content,
                              base_bytes signature)
{
    if (ctx == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_buf whole = base_buf_on(ctx->alloc);
    base_err err = label_of(component, label, &whole);
    if (err == BASE_OK) {
        err = mls_verify(ctx, suite, public_key, base_buf_bytes(&whole), content, signature);
    }
    base_buf_clear(&whole);
    return err;
}

base_err mls_group_component_seal(const mls_group *g, mls_leaf_index leaf,
                                  const mls_component_label *label, base_bytes plaintext,
                                  base_buf *kem_output, base_buf *ciphertext)
{
    if (g == NULL || label == NULL || kem_output == NULL || ciphertext == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf whole = base_buf_on(g->ctx->alloc);
    crypto_sealed sealed = {base_buf_on(g->ctx->alloc), base_buf_on(g->ctx->alloc)};
    const mls_leaf_node *node = NULL;
    TRY(mls_persist_need_leaf(g, leaf, &node));
    TRY(label_of(label->component, label->label, &whole));
    TRY(crypto_encrypt_with_label(&g->epoch.suite, node->encryption_key, base_buf_bytes(&whole),
                                  label->context, plaintext, &sealed));
    base_buf_move(kem_output, &sealed.kem_output);
    base_buf_move(ciphertext, &sealed.ciphertext);
done:
    crypto_sealed_clear(&sealed);
    base_buf_clear(&whole);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

base_err mls_group_component_open(const mls_group *g, const mls_component_label *label,
                                  base_bytes kem_output, base_bytes ciphertext, base_buf *plaintext)
{
    if (g == NULL || label == NULL || plaintext == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf whole = base_buf_on(g->ctx->alloc);
    base_buf out = base_buf_on(g->ctx->alloc);
    TRY(mls_group_require_active(g));
    TRY(label_of(label->component, label->label, &whole));
    TRY(crypto_decrypt_with_label(&g->epoch.suite, base_secret_bytes(&g->epoch.keys.leaf_key),
                                  base_buf_bytes(&whole), label->context, kem_output, ciphertext,
                                  &out));
    base_buf_move(plaintext, &out);
done:
    base_buf_clear(&out);
    base_buf_clear(&whole);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

/* ---- pre-shared keys ---- */

base_err mls_component_psk_put(mls_ctx *ctx, uint16_t component, base_bytes psk_id, base_bytes psk)
{
    if (ctx == NULL || psk.n == 0) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_store_key key;
    mls_batch b = mls_batch_on(ctx->alloc);
    TRY(mls_store_key_component_psk(ctx, component, psk_id, &key));
    mls_batch_put(&b, &key, psk);
    TRY(mls_batch_write(ctx, &b));
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_component_psk_delete(mls_ctx *ctx, uint16_t component, base_bytes psk_id)
{
    if (ctx == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_store_key key;
    mls_batch b = mls_batch_on(ctx->alloc);
    TRY(mls_store_key_component_psk(ctx, component, psk_id, &key));
    mls_batch_remove(&b, &key);
    TRY(mls_batch_write(ctx, &b));
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}
