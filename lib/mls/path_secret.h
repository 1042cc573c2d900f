/* The chain of path secrets (RFC 9420, section 7.4): from one to the next, and to the key pair of
 * its node. */
#ifndef MLS_PATH_SECRET_H
#define MLS_PATH_SECRET_H

#include "tree_private.h"

/* The key pair of the node that a path secret belongs to. *public_key is replaced. */
BASE_MUST_USE base_err mls_path_secret_key_pair(const crypto_suite *suite, base_bytes path_secret,
                                                base_secret *private_key, base_buf *public_key);

/* path_secret[n + 1] of path_secret[n]. next may be the secret itself. */
BASE_MUST_USE base_err mls_path_secret_next(const crypto_suite *suite, base_bytes path_secret,
                                            base_secret *next);

/* From path_secret[at] to the top: each derived public key must be the one that the tree holds at
 * path->node[] (MLS_E_PATH); the private keys go to priv, what follows the last secret is the
 * commit_secret. On failure priv may hold some of the keys. */
BASE_MUST_USE base_err mls_path_secret_climb(const mls_tree *t, const mls_tree_path *path,
                                             size_t at, base_bytes path_secret,
                                             mls_tree_private *priv, base_secret *commit_secret);

#endif
