/* What a client of libmls has before it is in any group: signature keys, key packages, pre-shared
 * keys (RFC 9420, sections 5, 8.4 and 10). Included by <sotto/mls.h>, whose first paragraphs also
 * say what holds of every call here. */
#ifndef SOTTO_MLS_KEYS_H
#define SOTTO_MLS_KEYS_H

#include <sotto/base.h>
#include <sotto/mls_ctx.h>
#include <sotto/mls_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- signatures (section 5.1) ---- */

/* Draw a fresh signature key pair of a suite.
 *
 * private_key  given: the scheme's standard form (32 bytes of RFC 8032 for Ed25519, a big-endian
 *              scalar for ECDSA). A secret, wiped by base_buf_clear().
 * public_key   given: as leaf nodes and credentials hold it (section 5.1.1).
 *
 * Errors: CRYPTO_E_SUITE, BASE_E_RANDOM. */
BASE_MUST_USE base_err mls_signature_key_new(mls_ctx *ctx, mls_suite suite, base_buf *private_key,
                                             base_buf *public_key);

/* Sign data of the application's own, apart from all that MLS signs: SignWithLabel (section 5.1.2).
 *
 * private_key  from mls_signature_key_new().
 * label        without the prefix "MLS 1.0 ", which is added. Take one that RFC 9420 does not use.
 * signature    given: as long as the scheme has it (64 bytes for Ed25519).
 *
 * Errors: CRYPTO_E_SUITE, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_sign(mls_ctx *ctx, mls_suite suite, base_bytes private_key,
                                base_bytes label, base_bytes content, base_buf *signature);

/* Check what mls_sign() made: VerifyWithLabel (section 5.1.2). BASE_OK alone means that the owner
 * of public_key signed exactly this content under this label.
 *
 * label  without the prefix "MLS 1.0 ".
 *
 * Errors: CRYPTO_E_SIGNATURE, CRYPTO_E_KEY, CRYPTO_E_SUITE. */
BASE_MUST_USE base_err mls_verify(mls_ctx *ctx, mls_suite suite, base_bytes public_key,
                                  base_bytes label, base_bytes content, base_bytes signature);

/* Who a new leaf is (section 7.2). The two signature keys are a pair (BASE_E_ARGUMENT).
 * capabilities NULL: what this library supports, with the credential's type and the types of the
 * extensions given here added. */
typedef struct mls_member_params {
    mls_suite suite;
    mls_credential credential;
    base_bytes signature_private;
    base_bytes signature_public;
    const mls_capabilities *capabilities;
    mls_extension_list leaf_extensions; /* an app_data_dictionary has an entry app_components */
} mls_member_params;

/* ---- key packages (section 10) ---- */

/* A key package to be made. Times are seconds since 1970 UTC. */
typedef struct mls_key_package_params {
    mls_member_params member;
    mls_extension_list extensions;
    uint64_t not_before;
    uint64_t not_after;
    bool last_resort; /* its init key stays after a join, until mls_key_package_delete(); and it
                         says so, see mls_key_package_is_last_resort() */
} mls_key_package_params;

/* Make a KeyPackage: what a client publishes so that others can add it to groups while it is away.
 * Its private keys go to the store, where mls_group_join() finds them. One serves one join, unless
 * it is a last resort.
 *
 * message  given: an MLSMessage with the KeyPackage.
 * ref      given: its reference (KeyPackageRef, Nh bytes), under which the private keys are kept;
 *          NULL when it is not wanted.
 *
 * Errors: BASE_E_ARGUMENT when not_after comes before not_before or the signature keys are no pair,
 * CRYPTO_E_SUITE, CRYPTO_E_KEY, BASE_E_RANDOM, the store's. */
BASE_MUST_USE base_err mls_key_package_new(mls_ctx *ctx, const mls_key_package_params *params,
                                           base_buf *message, base_buf *ref);

/* Delete the private keys of a key package: nobody can be added by it any more. For packages that
 * are past their time, and for those of last resort (section 10).
 *
 * ref  from mls_key_package_new().
 *
 * Errors: BASE_E_NOT_FOUND also when they were used up; the store's. */
BASE_MUST_USE base_err mls_key_package_delete(mls_ctx *ctx, base_bytes ref);

/* Shows a key package that passed. kp and all in it are borrowed for the call. */
typedef base_err (*mls_key_package_seen)(void *user, const mls_key_package *kp);

/* Check somebody's KeyPackage, all that section 10.1 can check without a group, and look into it:
 * the place to compare the credential with whom one means to add.
 *
 * message  an MLSMessage with a KeyPackage.
 * now      seconds since 1970 UTC; the lifetime has to cover it.
 * seen     called once when all is well, with user; NULL to check only. Its error is passed on.
 * ref      given: the reference; may be NULL.
 *
 * Errors: MLS_E_KEY_PACKAGE, MLS_E_LEAF_NODE, MLS_E_LEAF_SIGNATURE, MLS_E_LIFETIME,
 * MLS_E_CAPABILITIES, MLS_E_EXTENSION, MLS_E_WIRE_FORMAT for another kind of message,
 * MLS_E_VERSION, CRYPTO_E_SUITE, CRYPTO_E_KEY, BASE_E_LIMIT, the decoder's, those of seen. */
BASE_MUST_USE base_err mls_key_package_check(mls_ctx *ctx, base_bytes message, uint64_t now,
                                             mls_key_package_seen seen, void *user, base_buf *ref);

/* Encrypt to the owner of a key package, before there is a group: EncryptWithLabel to its init_key
 * (section 5.1.3). The package is not used up by it. Nothing in the result says who sent it.
 *
 * message     the KeyPackage as an MLSMessage, which mls_key_package_check() has to have passed:
 *             its signature is not looked at again here.
 * label       without the prefix "MLS 1.0 ".
 * context     what the receiver has to present as well; not in the output.
 * kem_output  given: the HPKE encapsulation.
 * ciphertext  given: as long as the plaintext and a tag of 16 bytes.
 *
 * Errors: MLS_E_WIRE_FORMAT, CRYPTO_E_SUITE, CRYPTO_E_KEY, BASE_E_RANDOM, BASE_E_LIMIT, the
 * decoder's. */
BASE_MUST_USE base_err mls_key_package_seal(mls_ctx *ctx, base_bytes message, base_bytes label,
                                            base_bytes context, base_bytes plaintext,
                                            base_buf *kem_output, base_buf *ciphertext);

/* Decrypt what mls_key_package_seal() made to one's own key package: DecryptWithLabel (section
 * 5.1.3). It works as long as the package's private keys are in the store: until it was joined by,
 * or deleted.
 *
 * ref        from mls_key_package_new().
 * label      as at the sender.
 * context    as at the sender.
 * plaintext  given.
 *
 * Errors: BASE_E_NOT_FOUND when the keys are gone, CRYPTO_E_OPEN when any byte, the label or the
 * context is another, CRYPTO_E_KEY, the store's. */
BASE_MUST_USE base_err mls_key_package_open(mls_ctx *ctx, base_bytes ref, base_bytes label,
                                            base_bytes context, base_bytes kem_output,
                                            base_bytes ciphertext, base_buf *plaintext);

/* ---- pre-shared keys (section 8.4) ---- */

/* Keep an external PSK in the store under its id, so that proposals, commits and Welcomes may name
 * it. What stood there is replaced. Resumption PSKs need no call: every group keeps its own.
 *
 * psk_id  as all members know it; any number of bytes.
 * psk     the secret, at least one byte.
 *
 * Errors: BASE_E_ARGUMENT for an empty psk, the store's. */
BASE_MUST_USE base_err mls_psk_put(mls_ctx *ctx, base_bytes psk_id, base_bytes psk);

/* Delete an external PSK (section 8.4). From then on whatever names it is MLS_E_PSK_MISSING. One
 * that is not there counts as deleted.
 *
 * Errors: the store's. */
BASE_MUST_USE base_err mls_psk_delete(mls_ctx *ctx, base_bytes psk_id);

#ifdef __cplusplus
}
#endif

#endif
