/* PrivateMessage (RFC 9420, section 6.3): content under a one-time key of the sender's ratchet, and
 * the sender's data under a key that a sample of the ciphertext diversifies. The keys come from
 * the secret tree by way of the caller, who deletes them. */
#ifndef MLS_PRIVATE_MSG_H
#define MLS_PRIVATE_MSG_H

#include "content.h"
#include "secret_tree.h"

#define MLS_REUSE_GUARD_SIZE 4

/* A view of the bytes it was decoded from. aad is PrivateContentAAD and sender_aad SenderDataAAD:
 * both are prefixes of the message itself. */
typedef struct mls_private_message {
    base_bytes group_id;
    uint64_t epoch;
    mls_content_type type;
    base_bytes authenticated_data;
    base_bytes encrypted_sender_data;
    base_bytes ciphertext;
    base_bytes aad;
    base_bytes sender_aad;
} mls_private_message;

void mls_private_message_read(base_rd *r, mls_private_message *out);
void mls_private_message_write(base_wr *w, const mls_private_message *m);

/* Section 6.3.2. */
typedef struct mls_sender_data {
    mls_leaf_index leaf;
    uint32_t generation;
    uint8_t reuse_guard[MLS_REUSE_GUARD_SIZE];
} mls_sender_data;

/* The ratchet whose keys content of this type takes. */
mls_ratchet_kind mls_private_ratchet(mls_content_type type);

/* Encrypt signed content of a member as an MLSMessage; *message is replaced, by one allocation. key
 * is the generation's own, as mls_secret_tree_next() gave it, without a reuse guard, which is drawn
 * here from the suite's randomness. pad_to: zero bytes bring the content to a multiple of it; 0 for
 * none.
 * Errors: MLS_E_SENDER when the sender is no member, BASE_E_RANDOM, BASE_E_LIMIT, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_private_protect(const crypto_suite *s, base_bytes sender_data_secret,
                                           const mls_message_key *key, uint32_t generation,
                                           const mls_auth_content *c, size_t pad_to,
                                           base_buf *message);

/* Decrypt the sender data: whose ratchet, and which generation of it. Whether the leaf is occupied
 * is the caller's to check. Errors: CRYPTO_E_OPEN. */
BASE_MUST_USE base_err mls_private_open_sender(const crypto_suite *s, base_bytes sender_data_secret,
                                               const mls_private_message *m, mls_sender_data *out);

/* Decrypt the content with the key of that generation, as mls_secret_tree_peek() gave it.
 * *plaintext is replaced; *out borrows from it, from the message and, for proposals and commits,
 * from the arena. The signature is the caller's to verify. Errors: CRYPTO_E_OPEN, MLS_E_PADDING,
 * the decoders' own. */
BASE_MUST_USE base_err mls_private_open(const crypto_suite *s, const mls_private_message *m,
                                        const mls_sender_data *sender, const mls_message_key *key,
                                        base_arena *a, base_buf *plaintext, mls_auth_content *out);

#endif
