/* The key schedule (RFC 9420, section 8): a chain of epochs, each with its GroupContext, its
 * secrets, the external key and one exported value. */
#include "../vectors.h"

#include "mls/codec.h"
#include "mls/key_schedule.h"

static const char *const keys[] = {"group_id", "initial_init_secret", "epochs", NULL};

static void context(vec_ctx *c, const crypto_suite *s, base_bytes group_id, uint64_t number,
                    const json_t *epoch)
{
    const mls_group_context gc = {.version = MLS_VERSION_MLS10,
                                  .suite = s->number,
                                  .group_id = group_id,
                                  .epoch = number,
                                  .tree_hash = vec_hex(c, epoch, "tree_hash"),
                                  .confirmed_transcript_hash =
                                      vec_hex(c, epoch, "confirmed_transcript_hash")};
    base_buf got = base_buf_on(NULL);
    base_wr w = base_wr_on(&got);
    mls_group_context_write(&w, &gc);
    vec_ok(c, base_wr_end(&w), "group_context");
    vec_eq(c, base_buf_bytes(&got), vec_hex(c, epoch, "group_context"), "group_context");
    base_buf_clear(&got);
}

static void secret(vec_ctx *c, const base_secret *got, const json_t *epoch, const char *key)
{
    vec_eq(c, base_secret_bytes(got), vec_hex(c, epoch, key), key);
}

static void secrets(vec_ctx *c, const mls_epoch_secrets *e, const json_t *epoch)
{
    secret(c, &e->init_secret, epoch, "init_secret");
    secret(c, &e->sender_data_secret, epoch, "sender_data_secret");
    secret(c, &e->encryption_secret, epoch, "encryption_secret");
    secret(c, &e->exporter_secret, epoch, "exporter_secret");
    secret(c, &e->epoch_authenticator, epoch, "epoch_authenticator");
    secret(c, &e->external_secret, epoch, "external_secret");
    secret(c, &e->confirmation_key, epoch, "confirmation_key");
    secret(c, &e->membership_key, epoch, "membership_key");
    secret(c, &e->resumption_psk, epoch, "resumption_psk");
}

static void outputs(vec_ctx *c, const crypto_suite *s, const mls_epoch_secrets *e,
                    const json_t *epoch)
{
    const json_t *exporter = vec_object(c, epoch, "exporter");
    uint8_t exported[255];
    size_t n = (size_t)vec_uint(c, exporter, "length", sizeof exported);
    base_secret priv = {0};
    base_buf pub = base_buf_on(NULL);
    vec_ok(c, mls_external_key_derive(s, base_secret_bytes(&e->external_secret), &priv, &pub),
           "external key pair");
    vec_eq(c, base_buf_bytes(&pub), vec_hex(c, epoch, "external_pub"), "external_pub");
    vec_ok(c,
           mls_export(s, base_secret_bytes(&e->exporter_secret), vec_text(c, exporter, "label"),
                      vec_hex(c, exporter, "context"), exported, n),
           "exporter");
    vec_eq(c, base_bytes_of(exported, n), vec_hex(c, exporter, "secret"), "exporter");
    base_secret_clear(&priv);
    base_buf_clear(&pub);
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite s;
    mls_epoch_secrets e = {0};
    const json_t *epochs = vec_array(c, entry, "epochs");
    base_bytes group_id = vec_hex(c, entry, "group_id");
    if (!vec_suite(c, entry, &s)) {
        return VEC_SKIPPED;
    }
    vec_ok(c, base_secret_set(&e.init_secret, vec_hex(c, entry, "initial_init_secret")),
           "initial_init_secret");
    for (size_t i = 0; !c->failed && i < json_array_size(epochs); i++) {
        const json_t *epoch = json_array_get(epochs, i);
        base_bytes gc = vec_hex(c, epoch, "group_context");
        base_bytes psk = vec_hex(c, epoch, "psk_secret");
        base_secret joiner = {0};
        base_secret welcome = {0};
        context(c, &s, group_id, i, epoch);
        vec_ok(c,
               mls_joiner_secret_derive(&s, base_secret_bytes(&e.init_secret),
                                        vec_hex(c, epoch, "commit_secret"), gc, &joiner),
               "joiner_secret");
        secret(c, &joiner, epoch, "joiner_secret");
        vec_ok(c, mls_welcome_secret_derive(&s, base_secret_bytes(&joiner), psk, &welcome),
               "welcome_secret");
        secret(c, &welcome, epoch, "welcome_secret");
        vec_ok(c, mls_epoch_secrets_derive(&s, base_secret_bytes(&joiner), psk, gc, &e), "epoch");
        secrets(c, &e, epoch);
        outputs(c, &s, &e, epoch);
        base_secret_clear(&joiner);
        base_secret_clear(&welcome);
    }
    vec_true(c, json_array_size(epochs) > 0, "at least one epoch");
    mls_epoch_secrets_clear(&e);
    return vec_done(c);
}

const vec_kind vec_key_schedule = {"key-schedule", keys, run};
