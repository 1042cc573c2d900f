/* See welcome_crypto.h. */
#include "welcome_crypto.h"

#include "crypto/labels.h"
#include "key_schedule.h"

base_err mls_welcome_seal_info(const crypto_suite *s, base_bytes welcome_secret,
                               base_bytes group_info, base_buf *out)
{
    base_err err = BASE_OK;
    mls_message_key key = {0};
    TRY(mls_welcome_key_derive(s, welcome_secret, &key.key, &key.nonce));
    TRY(crypto_seal(s, base_secret_bytes(&key.key), base_secret_bytes(&key.nonce), BASE_BYTES_NONE,
                    group_info, out));
done:
    mls_message_key_clear(&key);
    return err;
}

/* V-12.4.3.1-6 */
base_err mls_welcome_open_info(const crypto_suite *s, base_bytes welcome_secret,
                               base_bytes encrypted_group_info, base_buf *out)
{
    base_err err = BASE_OK;
    mls_message_key key = {0};
    TRY(mls_welcome_key_derive(s, welcome_secret, &key.key, &key.nonce));
    TRY(crypto_open(s, base_secret_bytes(&key.key), base_secret_bytes(&key.nonce), BASE_BYTES_NONE,
                    encrypted_group_info, out));
done:
    mls_message_key_clear(&key);
    return err;
}

base_err mls_welcome_bind(const crypto_suite *s, base_bytes encrypted_group_info,
                          crypto_digest *bound)
{
    return crypto_encrypt_context(s, CRYPTO_LABEL("Welcome"), encrypted_group_info, bound);
}

base_err mls_welcome_seal_secrets(const crypto_suite *s, base_bytes init_key,
                                  const mls_group_secrets *secrets, const crypto_digest *bound,
                                  crypto_sealed *out)
{
    base_err err = BASE_OK;
    base_buf plaintext = base_buf_on(crypto_suite_alloc(s));
    base_wr w = base_wr_on(&plaintext);
    mls_group_secrets_write(&w, secrets);
    TRY(base_wr_end(&w));
    TRY(crypto_encrypt_in_context(s, init_key, bound, base_buf_bytes(&plaintext), out));
done:
    base_buf_clear(&plaintext);
    return err;
}

/* V-12.4.3.1-3 */
base_err mls_welcome_open_secrets(const crypto_suite *s, const crypto_hpke_keys *init,
                                  const mls_encrypted_group_secrets *entry,
                                  base_bytes encrypted_group_info, base_arena *a,
                                  base_buf *plaintext, mls_group_secrets *out)
{
    base_err err = BASE_OK;
    base_buf opened = base_buf_on(plaintext->alloc);
    TRY(crypto_decrypt_with_keys(s, init, CRYPTO_LABEL("Welcome"), encrypted_group_info,
                                 entry->sealed.kem_output, entry->sealed.ciphertext, &opened));
    TRY(mls_group_secrets_decode(base_buf_bytes(&opened), a, out));
    base_buf_move(plaintext, &opened);
done:
    base_buf_clear(&opened);
    return err;
}
