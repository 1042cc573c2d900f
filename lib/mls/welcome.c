/* Joining by a Welcome (RFC 9420, section 12.4.3.1). */
#include "base/alloc.h"
#include "joining.h"
#include "key_store.h"
#include "leaf_node.h"
#include "persist.h"
#include "reinit.h"
#include "welcome_crypto.h"

/* A Welcome on its way to a group. */
typedef struct welcoming {
    mls_ctx *ctx;
    base_arena lists;
    const mls_welcome *welcome;
    const mls_encrypted_group_secrets *entry;
    mls_own_key_package own;
    base_buf plaintext; /* of the group secrets, which borrow from it */
    mls_group_secrets secrets;
    const mls_psk_id *successor_of; /* the reinit or branch PSK, or NULL */
    base_secret psk_secret;
    base_buf info_bytes;
    mls_info info;
    mls_group *g;
} welcoming;

static void welcoming_clear(welcoming *w)
{
    base_arena_clear(&w->lists);
    mls_own_key_package_clear(&w->own);
    base_buf_clear(&w->plaintext);
    base_secret_clear(&w->psk_secret);
    base_buf_clear(&w->info_bytes);
    mls_group_free(w->g);
}

/* V-12.4.3.1-1: the first entry whose private keys are here. */
static base_err find_own(welcoming *w, size_t ref_size)
{
    for (size_t i = 0; i < w->welcome->n_secrets; i++) {
        const mls_encrypted_group_secrets *entry = &w->welcome->secrets[i];
        if (entry->new_member.n != ref_size) {
            continue;
        }
        base_err err = mls_own_key_package_get(w->ctx, entry->new_member, &w->own);
        if (err != BASE_E_NOT_FOUND) {
            w->entry = entry;
            return err;
        }
    }
    return MLS_E_NO_KEY_PACKAGE;
}

static base_err check_psks(welcoming *w)
{
    for (size_t i = 0; i < w->secrets.n_psks; i++) {
        const mls_psk_id *id = &w->secrets.psks[i];
        /* V-8.4-2 */
        if (id->psk_nonce.n != w->own.suite.hash->size) {
            return MLS_E_WELCOME;
        }
        if (id->type == MLS_PSK_RESUMPTION && id->usage != MLS_PSK_APPLICATION) {
            /* V-12.4.3.1-5 */
            if (w->successor_of != NULL) {
                return MLS_E_WELCOME;
            }
            w->successor_of = id;
        }
    }
    return BASE_OK;
}

/* The group secrets, the PSKs, and with both the GroupInfo. */
static base_err open_all(welcoming *w)
{
    base_err err = BASE_OK;
    base_secret welcome_secret = {0};
    const crypto_suite *s = &w->own.suite;
    /* V-12.4.3.1-3 */
    const crypto_hpke_keys init = {base_secret_bytes(&w->own.keys.init_key), w->own.view.init_key};
    TRY(mls_welcome_open_secrets(s, &init, w->entry, w->welcome->encrypted_group_info, &w->lists,
                                 &w->plaintext, &w->secrets));
    TRY(check_psks(w));
    TRY(mls_psk_secret_find(w->ctx, s, w->secrets.psks, w->secrets.n_psks, &w->psk_secret));
    TRY(mls_welcome_secret_derive(s, w->secrets.joiner_secret, base_secret_bytes(&w->psk_secret),
                                  &welcome_secret));
    /* V-12.4.3.1-6 */
    TRY(mls_welcome_open_info(s, base_secret_bytes(&welcome_secret),
                              w->welcome->encrypted_group_info, &w->info_bytes));
    base_rd r = base_rd_on(base_buf_bytes(&w->info_bytes));
    mls_info_read(&r, &w->lists, &w->info);
    TRY(base_rd_end(&r));
    /* V-12.4.3.1-7 */
    REQUIRE(w->info.context.suite == w->own.view.suite &&
                w->info.context.version == w->own.view.version,
            MLS_E_WELCOME);
done:
    base_secret_clear(&welcome_secret);
    return err;
}

/* V-12.4.3.1-13: the leaf that is the KeyPackage's, byte for byte. */
static base_err find_leaf(welcoming *w, mls_leaf_index *at)
{
    base_err err = BASE_OK;
    mls_node_index x = MLS_NODE_NONE;
    base_buf own = base_buf_on(w->ctx->alloc);
    base_wr out = base_wr_on(&own);
    mls_leaf_node_write(&out, &w->own.view.leaf_node);
    TRY(base_wr_end(&out));
    TRY(mls_tree_find_signature_key(w->g->epoch.tree, w->own.view.leaf_node.signature_key,
                                    MLS_NODE_NONE, &x));
    const mls_node *node = mls_tree_node(w->g->epoch.tree, x);
    REQUIRE(node != NULL && base_bytes_eq(node->encoded, base_buf_bytes(&own)), MLS_E_WELCOME);
    *at = mls_leaf_of_node(x);
done:
    base_buf_clear(&own);
    return err;
}

/* Keys, secrets, tag: the group as its members hold it. */
static base_err build(welcoming *w)
{
    base_err err = BASE_OK;
    mls_group *g = w->g;
    mls_epoch *e = &g->epoch;
    mls_leaf_index at = {0};
    TRY(find_leaf(w, &at));
    /* V-13.4-3 */
    TRY(mls_leaf_node_check_extensions(&w->own.view.leaf_node, e->context.extensions,
                                       w->ctx->alloc));
    base_bytes path_secret = w->secrets.has_path_secret ? w->secrets.path_secret : BASE_BYTES_NONE;
    /* V-12.4.3.1-14 */
    TRY(mls_tree_private_join(e->tree, at, base_secret_bytes(&w->own.keys.encryption_key),
                              w->info.signer, path_secret, &e->keys));
    TRY(mls_epoch_secrets_derive(&e->suite, w->secrets.joiner_secret,
                                 base_secret_bytes(&w->psk_secret), base_buf_bytes(&e->encoded),
                                 &e->secrets));
    TRY(mls_epoch_confirm(e));
    /* V-12.4.3.1-15 */
    REQUIRE(base_ct_eq(w->info.confirmation_tag, crypto_digest_bytes(&e->confirmation_tag)),
            MLS_E_CONFIRMATION_TAG);
    if (w->successor_of != NULL) {
        TRY(mls_successor_check(w->ctx, e, w->successor_of));
    }
    mls_ratchet_limits limits = mls_group_ratchet_limits(w->ctx);
    TRY(mls_secret_tree_new(&e->suite, mls_tree_leaf_count(e->tree), &limits,
                            &e->secrets.encryption_secret, &g->messages));
    g->signature_private = w->own.signature_private;
    g->psk_first = e->context.epoch;
done:
    return err;
}

/* Write the group and, in the same batch, delete the key package's keys. */
static base_err save(welcoming *w)
{
    mls_batch b = mls_batch_on(w->ctx->alloc);
    base_err err = BASE_OK;
    mls_store_key key;
    if (!w->own.last_resort) {
        TRY(mls_store_key_package(w->entry->new_member, &key));
        mls_batch_remove(&b, &key);
    }
    TRY(mls_persist_new(w->g, &b));
done:
    mls_batch_clear(&b);
    return err;
}

base_err mls_group_join(mls_ctx *ctx, base_bytes welcome, base_bytes ratchet_tree, uint64_t now,
                        mls_group **out)
{
    (void)now;
    if (ctx == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    mls_message m;
    crypto_suite s;
    welcoming w = {.ctx = ctx,
                   .lists = base_arena_on(ctx->alloc, 0),
                   .plaintext = base_buf_on(ctx->alloc),
                   .info_bytes = base_buf_on(ctx->alloc)};
    REQUIRE(welcome.n <= ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_message_decode(welcome, &w.lists, &m));
    REQUIRE(m.wire_format == MLS_WIRE_WELCOME, MLS_E_WIRE_FORMAT);
    w.welcome = &m.welcome;
    TRY(mls_ctx_suite(ctx, m.welcome.suite, &s));
    TRY(find_own(&w, s.hash->size));
    /* V-12.4.3.1-2 */
    REQUIRE(w.own.view.suite == m.welcome.suite, MLS_E_WELCOME);
    TRY(open_all(&w));
    w.g = mls_group_alloc(ctx);
    REQUIRE(w.g != NULL, BASE_E_NOMEM);
    TRY(mls_joining_info(w.g, &w.info, ratchet_tree));
    TRY(build(&w));
    TRY(save(&w));
    *out = w.g;
    w.g = NULL;
done:
    welcoming_clear(&w);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
