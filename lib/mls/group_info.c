/* Making GroupInfo. */
#include "group_info.h"

#include "tree_codec.h"

#define GREASE_DATA_MAX 16

/* One of the fifteen GREASE values of section 13.5 and a few random bytes. */
static base_err grease_make(const crypto_suite *s, base_buf *data, mls_extension *out)
{
    uint8_t seed[2 + GREASE_DATA_MAX];
    base_err err = crypto_random_fill(s, seed, sizeof seed);
    if (err == BASE_OK) {
        err = base_buf_set(data, base_bytes_of(seed + 2, seed[1] % (GREASE_DATA_MAX + 1)));
    }
    uint16_t digit = (uint16_t)(seed[0] % 15);
    *out = (mls_extension){(uint16_t)(0x0a0a + 0x1010 * digit), base_buf_bytes(data)};
    return err;
}

static base_err external_pub_make(const mls_group *g, base_buf *data)
{
    base_err err = BASE_OK;
    base_secret private_key = {0};
    base_buf public_key = base_buf_on(g->ctx->alloc);
    TRY(mls_external_key_derive(&g->epoch.suite,
                                base_secret_bytes(&g->epoch.secrets.external_secret), &private_key,
                                &public_key));
    TRY(mls_external_pub_encode(base_buf_bytes(&public_key), data));
done:
    base_secret_clear(&private_key);
    base_buf_clear(&public_key);
    return err;
}

base_err mls_group_info_make(const mls_group *g, bool with_tree, bool with_external_pub,
                             base_buf *out)
{
    base_err err = BASE_OK;
    mls_extension extensions[3];
    size_t n = 0;
    base_buf grease = base_buf_on(g->ctx->alloc);
    base_buf tree = base_buf_on(g->ctx->alloc);
    base_buf external_pub = base_buf_on(g->ctx->alloc);
    base_buf signature = base_buf_on(g->ctx->alloc);
    TRY(grease_make(&g->epoch.suite, &grease, &extensions[n]));
    n++;
    if (with_tree) {
        TRY(mls_tree_encode(g->epoch.tree, &tree));
        extensions[n++] = (mls_extension){MLS_EXTENSION_RATCHET_TREE, base_buf_bytes(&tree)};
    }
    if (with_external_pub) {
        TRY(external_pub_make(g, &external_pub));
        extensions[n++] =
            (mls_extension){MLS_EXTENSION_EXTERNAL_PUB, base_buf_bytes(&external_pub)};
    }
    mls_info info = {.context = g->epoch.context,
                     .extensions = {extensions, n},
                     .confirmation_tag = crypto_digest_bytes(&g->epoch.confirmation_tag),
                     .signer = g->epoch.keys.leaf};
    TRY(mls_info_sign(&g->epoch.suite, base_secret_bytes(&g->signature_private), &info,
                      &signature));
    info.signature = base_buf_bytes(&signature);
    base_wr w = base_wr_on(out);
    mls_info_write(&w, &info);
    TRY(base_wr_end(&w));
done:
    base_buf_clear(&signature);
    base_buf_clear(&external_pub);
    base_buf_clear(&tree);
    base_buf_clear(&grease);
    return err;
}
