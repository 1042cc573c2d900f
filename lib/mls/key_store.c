/* Key packages of this client and PSKs in the store, and the public functions about them. */
#include "key_store.h"

#include "app_update.h"
#include "base/alloc.h"
#include "member.h"
#include "message.h"
#include "persist.h"

#define RECORD_VERSION 1

/* ---- key packages ---- */

void mls_own_key_package_clear(mls_own_key_package *p)
{
    base_buf_clear(&p->encoded);
    base_arena_clear(&p->lists);
    mls_key_package_private_clear(&p->keys);
    base_secret_clear(&p->signature_private);
    *p = (mls_own_key_package){0};
}

/* Each private key belongs to its public half in the package. */
static base_err check_pairs(const mls_own_key_package *p, const mls_key_package *kp)
{
    base_err err = BASE_OK;
    base_buf public_key = base_buf_on(crypto_suite_alloc(&p->suite));
    base_secret own = {0};
    TRY(crypto_hpke_public_key(&p->suite, base_secret_bytes(&p->keys.init_key), &public_key));
    REQUIRE(base_bytes_eq(base_buf_bytes(&public_key), kp->init_key), BASE_E_ARGUMENT);
    TRY(crypto_hpke_public_key(&p->suite, base_secret_bytes(&p->keys.encryption_key), &public_key));
    REQUIRE(base_bytes_eq(base_buf_bytes(&public_key), kp->leaf_node.encryption_key),
            BASE_E_ARGUMENT);
    TRY(crypto_sig_import(&p->suite, base_secret_bytes(&p->signature_private), &own, &public_key));
    REQUIRE(base_bytes_eq(base_buf_bytes(&public_key), kp->leaf_node.signature_key),
            BASE_E_ARGUMENT);
done:
    base_secret_clear(&own);
    base_buf_clear(&public_key);
    return err;
}

static base_err package_decode(const mls_ctx *ctx, mls_own_key_package *p)
{
    base_err err = BASE_OK;
    p->lists = base_arena_on(ctx->alloc, 0);
    base_rd r = base_rd_on(base_buf_bytes(&p->encoded));
    mls_key_package_read(&r, &p->lists, &p->view);
    TRY(base_rd_end(&r));
    TRY(mls_ctx_suite(ctx, p->view.suite, &p->suite));
done:
    return err;
}

base_err mls_own_key_package_put(const mls_ctx *ctx, const mls_own_key_package *p, base_buf *ref)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(ctx->alloc);
    base_buf out = base_buf_on(ctx->alloc);
    crypto_digest digest = {0};
    mls_store_key key;
    mls_batch b = mls_batch_on(ctx->alloc);
    base_wr w = base_wr_on(&value);
    TRY(check_pairs(p, &p->view));
    base_wr_u16(&w, RECORD_VERSION);
    base_wr_bool(&w, p->last_resort);
    base_wr_vec(&w, base_buf_bytes(&p->encoded));
    base_wr_vec(&w, base_secret_bytes(&p->keys.init_key));
    base_wr_vec(&w, base_secret_bytes(&p->keys.encryption_key));
    base_wr_vec(&w, base_secret_bytes(&p->signature_private));
    TRY(base_wr_end(&w));
    TRY(mls_key_package_ref(&p->suite, base_buf_bytes(&p->encoded), &digest));
    TRY(mls_store_key_package(crypto_digest_bytes(&digest), &key));
    if (ref != NULL) {
        out = base_buf_on(ctx->alloc);
        TRY(base_buf_set(&out, crypto_digest_bytes(&digest)));
    }
    mls_batch_put(&b, &key, base_buf_bytes(&value));
    TRY(mls_batch_write(ctx, &b));
    if (ref != NULL) {
        base_buf_move(ref, &out);
    }
done:
    mls_batch_clear(&b);
    base_buf_clear(&out);
    base_buf_clear(&value);
    return err;
}

static base_err package_read(const mls_ctx *ctx, base_bytes value, mls_own_key_package *p)
{
    base_err err = BASE_OK;
    base_rd r = base_rd_on(value);
    REQUIRE(base_rd_u16(&r) == RECORD_VERSION, BASE_E_CORRUPT);
    p->last_resort = base_rd_bool(&r);
    base_bytes encoded = base_rd_vec(&r);
    base_bytes init = base_rd_vec(&r);
    base_bytes encryption = base_rd_vec(&r);
    base_bytes signature = base_rd_vec(&r);
    TRY(base_rd_end(&r));
    TRY(base_buf_set(&p->encoded, encoded));
    TRY(base_secret_set(&p->keys.init_key, init));
    TRY(base_secret_set(&p->keys.encryption_key, encryption));
    TRY(base_secret_set(&p->signature_private, signature));
    TRY(package_decode(ctx, p));
done:
    return err;
}

base_err mls_own_key_package_get(const mls_ctx *ctx, base_bytes ref, mls_own_key_package *out)
{
    base_err err = BASE_OK;
    base_buf value = base_buf_on(ctx->alloc);
    mls_own_key_package p = {.encoded = base_buf_on(ctx->alloc)};
    mls_store_key key;
    TRY(mls_store_key_package(ref, &key));
    TRY(mls_store_get(ctx, &key, &value));
    TRY(mls_store_verdict(package_read(ctx, base_buf_bytes(&value), &p)));
    *out = p;
    p = (mls_own_key_package){0};
done:
    mls_own_key_package_clear(&p);
    base_buf_clear(&value);
    return err;
}

/* What a package of last resort says of itself (draft-ietf-mls-extensions, section 6.4). */
static const mls_app_data last_resort = {MLS_COMPONENT_LAST_RESORT_KEY_PACKAGE, {NULL, 0}};

base_err mls_key_package_new(mls_ctx *ctx, const mls_key_package_params *params, base_buf *message,
                             base_buf *ref)
{
    if (ctx == NULL || params == NULL || message == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_own_key_package p = {.encoded = base_buf_on(ctx->alloc)};
    mls_member m = {0};
    base_buf out = base_buf_on(ctx->alloc);
    base_wr w = base_wr_on(&out);
    REQUIRE(params->not_before <= params->not_after, BASE_E_ARGUMENT);
    TRY(mls_ctx_suite(ctx, params->member.suite, &p.suite));
    TRY(mls_member_init(&m, &p.suite, &params->member, ctx->alloc));
    p.signature_private = m.private_key;
    p.last_resort = params->last_resort;
    mls_extension_list extensions = params->extensions;
    if (params->last_resort &&
        mls_u16_list_has(m.leaf.capabilities.extensions, MLS_EXTENSION_APP_DATA_DICTIONARY)) {
        TRY(mls_app_extensions_put(&m.lists, &extensions, &last_resort));
    }
    const mls_key_package_spec spec = {
        {m.leaf.signature_key, m.leaf.credential, &m.leaf.capabilities, m.leaf.extensions},
        base_secret_bytes(&m.private_key),
        extensions,
        params->not_before,
        params->not_after};
    TRY(mls_key_package_make(&p.suite, &spec, &p.encoded, &p.keys));
    TRY(package_decode(ctx, &p));
    mls_message_begin(&w, MLS_WIRE_KEY_PACKAGE);
    base_wr_fixed(&w, base_buf_bytes(&p.encoded));
    TRY(base_wr_end(&w));
    TRY(mls_own_key_package_put(ctx, &p, ref));
    base_buf_move(message, &out);
done:
    base_buf_clear(&out);
    mls_member_clear(&m);
    mls_own_key_package_clear(&p);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

base_err mls_key_package_delete(mls_ctx *ctx, base_bytes ref)
{
    if (ctx == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_store_key key;
    mls_batch b = mls_batch_on(ctx->alloc);
    TRY(mls_store_key_package(ref, &key));
    err = mls_store_absent(ctx, &key);
    err = err == BASE_OK ? BASE_E_NOT_FOUND : err == BASE_E_EXISTS ? BASE_OK : err;
    TRY(err);
    mls_batch_remove(&b, &key);
    TRY(mls_batch_write(ctx, &b));
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

/* A KeyPackage in its MLSMessage, with its suite. */
static base_err package_of_message(const mls_ctx *ctx, base_bytes message, base_arena *lists,
                                   mls_message *m, crypto_suite *suite)
{
    base_err err = BASE_OK;
    REQUIRE(message.n <= ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_message_decode(message, lists, m));
    REQUIRE(m->wire_format == MLS_WIRE_KEY_PACKAGE, MLS_E_WIRE_FORMAT);
    TRY(mls_ctx_suite(ctx, m->key_package.suite, suite));
done:
    return err;
}

base_err mls_key_package_check(mls_ctx *ctx, base_bytes message, uint64_t now,
                               mls_key_package_seen seen, void *user, base_buf *ref)
{
    if (ctx == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_arena lists = base_arena_on(ctx->alloc, 0);
    base_buf encoded = base_buf_on(ctx->alloc);
    base_buf out = base_buf_on(ctx->alloc);
    base_wr w = base_wr_on(&encoded);
    crypto_digest digest = {0};
    crypto_suite suite;
    mls_message m;
    const mls_lifetime_rule lifetime = {true, now, ctx->limits.lifetime};
    TRY(package_of_message(ctx, message, &lists, &m, &suite));
    TRY(mls_key_package_judge(&suite, &m.key_package, &lifetime));
    mls_key_package_write(&w, &m.key_package);
    TRY(base_wr_end(&w));
    TRY(mls_key_package_ref(&suite, base_buf_bytes(&encoded), &digest));
    TRY(base_buf_set(&out, crypto_digest_bytes(&digest)));
    if (seen != NULL) {
        TRY(seen(user, &m.key_package));
    }
    if (ref != NULL) {
        base_buf_move(ref, &out);
    }
done:
    base_buf_clear(&out);
    base_buf_clear(&encoded);
    base_arena_clear(&lists);
    return err;
}

base_err mls_key_package_seal(mls_ctx *ctx, base_bytes message, base_bytes label,
                              base_bytes context, base_bytes plaintext, base_buf *kem_output,
                              base_buf *ciphertext)
{
    if (ctx == NULL || kem_output == NULL || ciphertext == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_arena lists = base_arena_on(ctx->alloc, 0);
    crypto_sealed sealed = {base_buf_on(ctx->alloc), base_buf_on(ctx->alloc)};
    crypto_suite suite;
    mls_message m;
    TRY(package_of_message(ctx, message, &lists, &m, &suite));
    TRY(crypto_encrypt_with_label(&suite, m.key_package.init_key, label, context, plaintext,
                                  &sealed));
    base_buf_move(kem_output, &sealed.kem_output);
    base_buf_move(ciphertext, &sealed.ciphertext);
done:
    crypto_sealed_clear(&sealed);
    base_arena_clear(&lists);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

base_err mls_key_package_open(mls_ctx *ctx, base_bytes ref, base_bytes label, base_bytes context,
                              base_bytes kem_output, base_bytes ciphertext, base_buf *plaintext)
{
    if (ctx == NULL || plaintext == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_own_key_package p = {0};
    base_buf out = base_buf_on(ctx->alloc);
    TRY(mls_own_key_package_get(ctx, ref, &p));
    TRY(crypto_decrypt_with_label(&p.suite, base_secret_bytes(&p.keys.init_key), label, context,
                                  kem_output, ciphertext, &out));
    base_buf_move(plaintext, &out);
done:
    base_buf_clear(&out);
    mls_own_key_package_clear(&p);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

/* ---- pre-shared keys ---- */

base_err mls_psk_put(mls_ctx *ctx, base_bytes psk_id, base_bytes psk)
{
    if (ctx == NULL || psk.n == 0) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_store_key key;
    mls_batch b = mls_batch_on(ctx->alloc);
    TRY(mls_store_key_psk(ctx, psk_id, &key));
    mls_batch_put(&b, &key, psk);
    TRY(mls_batch_write(ctx, &b));
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_psk_delete(mls_ctx *ctx, base_bytes psk_id)
{
    if (ctx == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_store_key key;
    mls_batch b = mls_batch_on(ctx->alloc);
    TRY(mls_store_key_psk(ctx, psk_id, &key));
    mls_batch_remove(&b, &key);
    TRY(mls_batch_write(ctx, &b));
done:
    mls_batch_clear(&b);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}

base_err mls_psk_find(const mls_ctx *ctx, const mls_psk_id *id, base_buf *psk)
{
    base_err err = BASE_OK;
    if (id->type == MLS_PSK_RESUMPTION) {
        err = mls_persist_resumption(ctx, id->psk_group_id, id->psk_epoch, psk);
    } else {
        mls_store_key key;
        TRY(id->type == MLS_PSK_COMPONENT
                ? mls_store_key_component_psk(ctx, id->component, id->psk_id, &key)
                : mls_store_key_psk(ctx, id->psk_id, &key));
        err = mls_store_get(ctx, &key, psk);
    }
done:
    /* V-12.4.2-1, V-12.4.3.1-4 */
    return err == BASE_E_NOT_FOUND ? MLS_E_PSK_MISSING : err;
}

base_err mls_psk_secret_find(const mls_ctx *ctx, const crypto_suite *s, const mls_psk_id *ids,
                             size_t n, base_secret *psk_secret)
{
    base_err err = BASE_OK;
    base_buf *values = NULL;
    mls_psk *psks = NULL;
    if (n > 0) {
        values = (base_buf *)base_alloc_zero(ctx->alloc, n, sizeof *values);
        psks = (mls_psk *)base_alloc_zero(ctx->alloc, n, sizeof *psks);
        REQUIRE(values != NULL && psks != NULL, BASE_E_NOMEM);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(mls_psk_find(ctx, &ids[i], &values[i]));
        psks[i] = (mls_psk){ids[i], base_buf_bytes(&values[i])};
    }
    TRY(mls_psk_secret_derive(s, psks, n, psk_secret));
done:
    for (size_t i = 0; values != NULL && i < n; i++) {
        base_buf_clear(&values[i]);
    }
    base_alloc_free(ctx->alloc, psks);
    base_alloc_free(ctx->alloc, values);
    return err;
}
