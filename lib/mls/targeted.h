/* Targeted messages (draft-ietf-mls-targeted-messages-01): from one member to one other, encrypted
 * to the leaf of that one under a key that all members have, and signed. Here the message and its
 * protection; mls_group_targeted_seal() and mls_group_targeted_open() of <sotto/mls_app.h> stand in
 * group_targeted.c. */
#ifndef MLS_TARGETED_H
#define MLS_TARGETED_H

#include <sotto/mls_types.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/suite.h"

/* TargetedMessage (section 3). A view. */
typedef struct mls_targeted_message {
    base_bytes group_id;
    uint64_t epoch;
    mls_leaf_index recipient;
    base_bytes authenticated_data;
    base_bytes encrypted_sender;
    base_bytes ciphertext;
} mls_targeted_message;

void mls_targeted_message_read(base_rd *r, mls_targeted_message *out);
void mls_targeted_message_write(base_wr *w, const mls_targeted_message *m);

/* TargetedMessageSenderAuthData. A view. */
typedef struct mls_targeted_sender {
    mls_leaf_index leaf;
    base_bytes signature;
    base_bytes kem_output;
} mls_targeted_sender;

/* What sender and recipient have in common. */
typedef struct mls_targeted_epoch {
    const crypto_suite *suite;
    base_bytes exporter_secret;
} mls_targeted_epoch;

/* What the sender adds. */
typedef struct mls_targeted_from {
    mls_leaf_index leaf;
    base_bytes signature_private;
    base_bytes recipient_key; /* encryption_key of the recipient's leaf */
} mls_targeted_from;

/* Protect plaintext, which is padded with zeros to a multiple of pad_to (0: not at all). Of *m the
 * address and authenticated_data count. *message, an MLSMessage, is replaced. Errors: CRYPTO_E_KEY,
 * BASE_E_LIMIT. */
BASE_MUST_USE base_err mls_targeted_protect(const mls_targeted_epoch *e,
                                            const mls_targeted_from *from,
                                            const mls_targeted_message *m, base_bytes plaintext,
                                            size_t pad_to, base_buf *message);

/* The same with the content as it is encrypted, padding included: encoded TargetedMessageContent.
 */
BASE_MUST_USE base_err mls_targeted_protect_content(const mls_targeted_epoch *e,
                                                    const mls_targeted_from *from,
                                                    const mls_targeted_message *m,
                                                    base_bytes content, base_buf *message);

/* Who it says it is from (section 6.3): *memory holds what *out shows. CRYPTO_E_OPEN, the readers'
 * own. */
BASE_MUST_USE base_err mls_targeted_open_sender(const mls_targeted_epoch *e,
                                                const mls_targeted_message *m, base_buf *memory,
                                                mls_targeted_sender *out);

/* The two keys that opening takes. */
typedef struct mls_targeted_keys {
    base_bytes sender_signature_key;
    base_bytes recipient_private;
} mls_targeted_keys;

/* The rest of section 7: verify, then decrypt, then look at the padding. *plaintext is replaced.
 * Errors: CRYPTO_E_SIGNATURE, CRYPTO_E_OPEN, CRYPTO_E_KEY, MLS_E_PADDING, the readers' own. */
BASE_MUST_USE base_err mls_targeted_open(const mls_targeted_epoch *e, const mls_targeted_message *m,
                                         const mls_targeted_sender *sender,
                                         const mls_targeted_keys *keys, base_buf *plaintext);

#endif
