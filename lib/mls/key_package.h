/* KeyPackages (RFC 9420, section 10): making one, judging one, its reference. Storing the private
 * keys is the caller's. */
#ifndef MLS_KEY_PACKAGE_H
#define MLS_KEY_PACKAGE_H

#include "leaf_node.h"

/* What a leaf says of its maker, for key packages and for new leaves in a group. Views. */
typedef struct mls_leaf_params {
    base_bytes signature_key;
    mls_credential credential;
    const mls_capabilities *capabilities; /* NULL: mls_capabilities_default() */
    mls_extension_list extensions;
} mls_leaf_params;

/* What this library supports on the suite's backend, the given credential type and the non-default
 * types of the extensions added, with a GREASE value in each list but versions (section 13.5).
 * Lists live in the arena. */
BASE_MUST_USE base_err mls_capabilities_default(const crypto_suite *suite, uint16_t credential_type,
                                                const mls_extension_list *extensions,
                                                size_t n_lists, base_arena *a,
                                                mls_capabilities *out);

typedef struct mls_key_package_spec {
    mls_leaf_params leaf;
    base_bytes signature_private;
    mls_extension_list extensions;
    uint64_t not_before;
    uint64_t not_after;
} mls_key_package_spec;

/* Private keys of a KeyPackage. Clear it. */
typedef struct mls_key_package_private {
    base_secret init_key;
    base_secret encryption_key;
} mls_key_package_private;
void mls_key_package_private_clear(mls_key_package_private *p);

/* Generate keys, sign, and append the encoded KeyPackage (no MLSMessage header). */
BASE_MUST_USE base_err mls_key_package_make(const crypto_suite *suite,
                                            const mls_key_package_spec *spec, base_buf *encoded,
                                            mls_key_package_private *keys);

/* KeyPackageRef of an encoded KeyPackage (section 5.2). */
BASE_MUST_USE base_err mls_key_package_ref(const crypto_suite *suite, base_bytes encoded,
                                           crypto_digest *out);

/* Section 10.1 without a group: version, suite, signature, init_key differs from encryption_key and
 * decodes, extensions listed in the capabilities, and the leaf alone with its signature.
 * Errors: MLS_E_VERSION, CRYPTO_E_SUITE (not this suite's), MLS_E_KEY_PACKAGE, the leaf's own. */
BASE_MUST_USE base_err mls_key_package_judge(const crypto_suite *suite, const mls_key_package *kp,
                                             const mls_lifetime_rule *lifetime);

/* Section 10.1 for an Add to a group: the above, and the leaf at its place by all of section 7.3.
 */
BASE_MUST_USE base_err mls_key_package_judge_add(const mls_leaf_place *place,
                                                 const mls_key_package *kp);

#endif
