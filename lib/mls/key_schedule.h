/* The key schedule (RFC 9420, section 8): from the secrets of the last epoch and of a Commit to
 * those of the next. GroupContext comes in encoded. Who erases what when: a function that uses up a
 * secret says so; the rest of section 9.2 is the group's. */
#ifndef MLS_KEY_SCHEDULE_H
#define MLS_KEY_SCHEDULE_H

#include "crypto/labels.h"

/* What an epoch is made of. A zeroed struct is empty. encryption_secret is handed to the secret
 * tree, which wipes it; init_secret is wiped when the next epoch begins. */
typedef struct mls_epoch_secrets {
    base_secret sender_data_secret;
    base_secret encryption_secret;
    base_secret exporter_secret;
    base_secret external_secret;
    base_secret confirmation_key;
    base_secret membership_key;
    base_secret resumption_psk;
    base_secret epoch_authenticator;
    base_secret init_secret;
    base_secret application_export; /* root of the exporter tree (draft-ietf-mls-extensions) */
} mls_epoch_secrets;

void mls_epoch_secrets_clear(mls_epoch_secrets *e);

/* joiner_secret of the next epoch. commit_secret empty stands for Nh zeros (no path);
 * group_context is the next epoch's. */
BASE_MUST_USE base_err mls_joiner_secret_derive(const crypto_suite *s, base_bytes init_secret,
                                                base_bytes commit_secret, base_bytes group_context,
                                                base_secret *joiner_secret);

/* welcome_secret. psk_secret empty stands for Nh zeros (no PSK), here and below. */
BASE_MUST_USE base_err mls_welcome_secret_derive(const crypto_suite *s, base_bytes joiner_secret,
                                                 base_bytes psk_secret,
                                                 base_secret *welcome_secret);

/* Key and nonce that encrypt the GroupInfo in a Welcome (section 12.4.3.1). */
BASE_MUST_USE base_err mls_welcome_key_derive(const crypto_suite *s, base_bytes welcome_secret,
                                              base_secret *key, base_secret *nonce);

/* All secrets of an epoch from its joiner_secret. *out is replaced on success, untouched on
 * failure. */
BASE_MUST_USE base_err mls_epoch_secrets_derive(const crypto_suite *s, base_bytes joiner_secret,
                                                base_bytes psk_secret, base_bytes group_context,
                                                mls_epoch_secrets *out);

/* The secrets of a new group's first epoch, from a fresh random epoch_secret (section 11). */
BASE_MUST_USE base_err mls_epoch_secrets_generate(const crypto_suite *s, mls_epoch_secrets *out);

/* MLS-Exporter (section 8.5): n bytes, at most 255 times Nh and 65535 (BASE_E_ARGUMENT). */
BASE_MUST_USE base_err mls_export(const crypto_suite *s, base_bytes exporter_secret,
                                  base_bytes label, base_bytes context, uint8_t *out, size_t n);

/* The group's external key pair (section 8). */
BASE_MUST_USE base_err mls_external_key_derive(const crypto_suite *s, base_bytes external_secret,
                                               base_secret *private_key, base_buf *public_key);

/* External initialisation (section 8.3): the joiner's side, which makes kem_output, and the
 * members'. */
BASE_MUST_USE base_err mls_external_init_make(const crypto_suite *s, base_bytes external_pub,
                                              base_buf *kem_output, base_secret *init_secret);
BASE_MUST_USE base_err mls_external_init_open(const crypto_suite *s, base_bytes external_secret,
                                              base_bytes kem_output, base_secret *init_secret);

/* For the store: all ten secrets (an empty one stays empty), and back; an encoding of nine is from
 * before there was application_export. BASE_E_CORRUPT. */
BASE_MUST_USE base_err mls_epoch_secrets_encode(const mls_epoch_secrets *e, base_buf *out);
BASE_MUST_USE base_err mls_epoch_secrets_decode(const crypto_suite *s, base_bytes in,
                                                mls_epoch_secrets *out);

#endif
