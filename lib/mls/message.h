/* MLSMessage (RFC 9420, section 6) in its five wire formats and that of targeted messages, and the
 * structs that travel in it and nowhere else: GroupInfo (section 12.4.3) and Welcome
 * (section 12.4.3.1). mls_message_peek() of <sotto/mls.h> lives here too. What a Welcome encrypts
 * is opened by welcome_crypto.h. */
#ifndef MLS_MESSAGE_H
#define MLS_MESSAGE_H

#include <sotto/mls.h>

#include "private_msg.h"
#include "public_msg.h"
#include "targeted.h"

/* GroupInfo: mls_group_info() is a function of the public face. */
typedef struct mls_info {
    mls_group_context context;
    mls_extension_list extensions;
    base_bytes confirmation_tag;
    mls_leaf_index signer;
    base_bytes signature;
} mls_info;

void mls_info_read(base_rd *r, base_arena *a, mls_info *out);
void mls_info_write(base_wr *w, const mls_info *g);

/* Sign GroupInfoTBS (*signature is replaced), and verify it. The suite must be the one that
 * context names (CRYPTO_E_SUITE). Errors of verifying: CRYPTO_E_SIGNATURE, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_info_sign(const crypto_suite *s, base_bytes private_key,
                                     const mls_info *g, base_buf *signature);
BASE_MUST_USE base_err mls_info_verify(const crypto_suite *s, base_bytes public_key,
                                       const mls_info *g);

/* GroupSecrets. Holds secrets: joiner_secret and path_secret borrow from the plaintext, which its
 * owner wipes. */
typedef struct mls_group_secrets {
    base_bytes joiner_secret;
    bool has_path_secret;
    base_bytes path_secret;
    const mls_psk_id *psks;
    size_t n_psks;
} mls_group_secrets;

/* The whole of `in`; refuses trailing bytes. */
BASE_MUST_USE base_err mls_group_secrets_decode(base_bytes in, base_arena *a,
                                                mls_group_secrets *out);
void mls_group_secrets_write(base_wr *w, const mls_group_secrets *g);

typedef struct mls_encrypted_group_secrets {
    base_bytes new_member; /* KeyPackageRef */
    mls_hpke_ciphertext sealed;
} mls_encrypted_group_secrets;

typedef struct mls_welcome {
    mls_suite suite;
    const mls_encrypted_group_secrets *secrets;
    size_t n_secrets;
    base_bytes encrypted_group_info;
} mls_welcome;

void mls_welcome_read(base_rd *r, base_arena *a, mls_welcome *out);
void mls_welcome_write(base_wr *w, const mls_welcome *m);

/* The entry for a KeyPackageRef, or NULL. */
const mls_encrypted_group_secrets *mls_welcome_find(const mls_welcome *m, base_bytes ref);

/* A view, like all that it holds: borrows from the bytes decoded and from the arena. */
typedef struct mls_message {
    mls_wire_format wire_format;
    union {
        mls_public_message public_message;
        mls_private_message private_message;
        mls_welcome welcome;
        mls_info group_info;
        mls_key_package key_package;
        mls_targeted_message targeted_message;
    };
} mls_message;

/* The whole of `in`. Errors: MLS_E_VERSION, MLS_E_WIRE_FORMAT for a format unknown,
 * BASE_E_TRAILING, the parts' own. */
BASE_MUST_USE base_err mls_message_decode(base_bytes in, base_arena *a, mls_message *out);

/* *out is replaced. */
BASE_MUST_USE base_err mls_message_encode(const mls_message *m, base_buf *out);

/* The first four bytes of every MLSMessage. */
void mls_message_begin(base_wr *w, mls_wire_format wire_format);

#endif
