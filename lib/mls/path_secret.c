/* See path_secret.h. */
#include "path_secret.h"

#include "crypto/labels.h"

base_err mls_path_secret_key_pair(const crypto_suite *suite, base_bytes path_secret,
                                  base_secret *private_key, base_buf *public_key)
{
    base_err err = BASE_OK;
    base_secret node_secret = {0};
    TRY(crypto_derive_secret(suite, path_secret, CRYPTO_LABEL("node"), &node_secret));
    TRY(crypto_hpke_derive_key_pair(suite, base_secret_bytes(&node_secret), private_key,
                                    public_key));
done:
    base_secret_clear(&node_secret);
    return err;
}

base_err mls_path_secret_next(const crypto_suite *suite, base_bytes path_secret, base_secret *next)
{
    return crypto_derive_secret(suite, path_secret, CRYPTO_LABEL("path"), next);
}

/* V-7.5-2 and V-12.4.3.1-14 */
base_err mls_path_secret_climb(const mls_tree *t, const mls_tree_path *path, size_t at,
                               base_bytes path_secret, mls_tree_private *priv,
                               base_secret *commit_secret)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(t);
    base_buf public_key = base_buf_on(crypto_suite_alloc(suite));
    base_secret private_key = {0};
    base_secret secret = {0};
    REQUIRE(path_secret.n == suite->hash->size, MLS_E_PATH);
    TRY(base_secret_set(&secret, path_secret));
    for (size_t i = at; i < path->n; i++) {
        const mls_node *n = mls_tree_node(t, path->node[i]);
        TRY(mls_path_secret_key_pair(suite, base_secret_bytes(&secret), &private_key, &public_key));
        REQUIRE(n != NULL && base_bytes_eq(base_buf_bytes(&public_key), mls_node_encryption_key(n)),
                MLS_E_PATH);
        TRY(mls_tree_private_set(priv, path->node[i], base_secret_bytes(&private_key)));
        TRY(mls_path_secret_next(suite, base_secret_bytes(&secret), &secret));
    }
    TRY(base_secret_set(commit_secret, base_secret_bytes(&secret)));
done:
    base_buf_clear(&public_key);
    base_secret_clear(&private_key);
    base_secret_clear(&secret);
    return err;
}
