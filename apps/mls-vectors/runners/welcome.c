/* Welcome (RFC 9420, section 12.4.3.1): the joiner's secrets and the GroupInfo decrypted, its
 * signature and its confirmation tag checked. */
#include "../vectors.h"

#include "mls/key_package.h"
#include "mls/key_schedule.h"
#include "mls/transcript.h"
#include "mls/welcome_crypto.h"

static const char *const keys[] = {"init_priv", "signer_pub", "key_package", "welcome", NULL};

#define MESSAGE_HEADER 4 /* bytes of version and wire format before an encoded KeyPackage */

typedef struct joiner {
    vec_ctx *c;
    crypto_suite suite;
    mls_welcome welcome;
    base_buf secrets_plaintext;
    base_buf info_plaintext;
    base_buf context;
    base_secret welcome_secret;
    mls_epoch_secrets epoch;
} joiner;

/* The entry of the Welcome that is for the KeyPackage; NULL after a failure. */
static const mls_encrypted_group_secrets *find_entry(joiner *j, base_bytes key_package)
{
    mls_message kp = {0};
    crypto_digest ref = {0};
    if (!vec_ok(j->c, mls_message_decode(key_package, &j->c->arena, &kp), "key_package") ||
        !vec_true(j->c, kp.wire_format == MLS_WIRE_KEY_PACKAGE, "key_package") ||
        !vec_ok(j->c,
                mls_key_package_ref(
                    &j->suite,
                    base_bytes_of(key_package.p + MESSAGE_HEADER, key_package.n - MESSAGE_HEADER),
                    &ref),
                "reference")) {
        return NULL;
    }
    const mls_encrypted_group_secrets *found =
        mls_welcome_find(&j->welcome, crypto_digest_bytes(&ref));
    vec_true(j->c, found != NULL, "an entry for the key package");
    return found;
}

static void check_info(joiner *j, const mls_info *info, base_bytes signer)
{
    vec_ctx *c = j->c;
    vec_ok(c, mls_info_verify(&j->suite, signer, info), "signature of the group info");
    vec_ok(c,
           mls_confirmation_tag_check(&j->suite, base_secret_bytes(&j->epoch.confirmation_key),
                                      info->context.confirmed_transcript_hash,
                                      info->confirmation_tag),
           "confirmation tag");
}

static void join(joiner *j, const json_t *entry)
{
    vec_ctx *c = j->c;
    mls_group_secrets secrets = {0};
    mls_info info = {0};
    const mls_encrypted_group_secrets *mine = find_entry(j, vec_hex(c, entry, "key_package"));
    base_bytes sealed_info = j->welcome.encrypted_group_info;
    const crypto_hpke_keys init = {vec_hex(c, entry, "init_priv"), BASE_BYTES_NONE};
    if (mine == NULL ||
        !vec_ok(c,
                mls_welcome_open_secrets(&j->suite, &init, mine, sealed_info, &c->arena,
                                         &j->secrets_plaintext, &secrets),
                "group secrets") ||
        !vec_true(c, secrets.n_psks == 0, "no PSK") ||
        !vec_ok(c,
                mls_welcome_secret_derive(&j->suite, secrets.joiner_secret, BASE_BYTES_NONE,
                                          &j->welcome_secret),
                "welcome_secret") ||
        !vec_ok(c,
                mls_welcome_open_info(&j->suite, base_secret_bytes(&j->welcome_secret), sealed_info,
                                      &j->info_plaintext),
                "group info")) {
        return;
    }
    base_rd r = base_rd_on(base_buf_bytes(&j->info_plaintext));
    mls_info_read(&r, &c->arena, &info);
    base_wr w = base_wr_on(&j->context);
    mls_group_context_write(&w, &info.context);
    if (vec_ok(c, base_rd_end(&r), "read the group info") &&
        vec_ok(c, base_wr_end(&w), "group context") &&
        vec_ok(c,
               mls_epoch_secrets_derive(&j->suite, secrets.joiner_secret, BASE_BYTES_NONE,
                                        base_buf_bytes(&j->context), &j->epoch),
               "epoch secrets")) {
        check_info(j, &info, vec_hex(c, entry, "signer_pub"));
    }
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    joiner j = {.c = c};
    mls_message m = {0};
    if (!vec_suite(c, entry, &j.suite)) {
        return VEC_SKIPPED;
    }
    if (vec_ok(c, mls_message_decode(vec_hex(c, entry, "welcome"), &c->arena, &m), "welcome") &&
        vec_true(c, m.wire_format == MLS_WIRE_WELCOME, "welcome") &&
        vec_true(c, m.welcome.suite == j.suite.number, "the welcome's suite")) {
        j.welcome = m.welcome;
        join(&j, entry);
    }
    mls_epoch_secrets_clear(&j.epoch);
    base_secret_clear(&j.welcome_secret);
    base_buf_clear(&j.context);
    base_buf_clear(&j.info_plaintext);
    base_buf_clear(&j.secrets_plaintext);
    return vec_done(c);
}

const vec_kind vec_welcome = {"welcome", keys, run};
