/* Passive clients (RFC 9420, section 12): a client joins by a Welcome and follows the group, epoch
 * for epoch, through the public face of libmls. All three published files of this kind have one
 * form. */
#include "../vectors.h"

#include <sotto/mls.h>

#include <stdlib.h>
#include <string.h>

#include "mls/key_store.h"
#include "mls/message.h"

static const char *const keys[] = {"initial_epoch_authenticator", "encryption_priv", "epochs",
                                   NULL};

#define NOW 0 /* nothing that a passive client does looks at the clock */
#define MESSAGE_HEADER 4

/* ---- a store for the length of one entry: a list, newest first ---- */

typedef struct cell {
    struct cell *next;
    base_buf key;
    base_buf value;
} cell;

static cell **find(cell **list, base_bytes key)
{
    while (*list != NULL && !base_bytes_eq(base_buf_bytes(&(*list)->key), key)) {
        list = &(*list)->next;
    }
    return list;
}

static base_err store_get(void *user, base_bytes key, base_buf *value)
{
    cell *c = *find(user, key);
    return c != NULL ? base_buf_set(value, base_buf_bytes(&c->value)) : BASE_E_NOT_FOUND;
}

static void drop(cell **at)
{
    cell *c = *at;
    if (c != NULL) {
        *at = c->next;
        base_buf_clear(&c->key);
        base_buf_clear(&c->value);
        free(c);
    }
}

/* Not atomic when memory runs out, which ends the entry anyway. */
static base_err store_write(void *user, const mls_store_op *ops, size_t n)
{
    cell **list = user;
    for (size_t i = 0; i < n; i++) {
        drop(find(list, ops[i].key));
        if (ops[i].remove) {
            continue;
        }
        cell *c = calloc(1, sizeof *c);
        if (c == NULL || base_buf_set(&c->key, ops[i].key) != BASE_OK ||
            base_buf_set(&c->value, ops[i].value) != BASE_OK) {
            drop(&c);
            return BASE_E_NOMEM;
        }
        c->next = *list;
        *list = c;
    }
    return BASE_OK;
}

/* ---- the client ---- */

typedef struct client {
    vec_ctx *c;
    crypto_suite suite;
    cell *store;
    mls_ctx *ctx;
    mls_group *group;
} client;

static bool secret_of(client *p, const json_t *entry, const char *key, base_secret *out)
{
    return vec_ok(p->c, base_secret_set(out, vec_kem_private(p->c, &p->suite, entry, key)), key);
}

static bool signer_of(client *p, const json_t *entry, const char *key, base_secret *out)
{
    return vec_ok(p->c, base_secret_set(out, vec_sig_private(p->c, &p->suite, entry, key)), key);
}

/* The key package with its private keys goes to the store, which checks that they belong together.
 */
static bool take_key_package(client *p, const json_t *entry)
{
    mls_own_key_package own = {.suite = p->suite};
    mls_message m = {0};
    base_bytes message = vec_hex(p->c, entry, "key_package");
    bool ok = vec_ok(p->c, mls_message_decode(message, &p->c->arena, &m), "key_package") &&
              vec_true(p->c, m.wire_format == MLS_WIRE_KEY_PACKAGE, "key_package") &&
              secret_of(p, entry, "init_priv", &own.keys.init_key) &&
              secret_of(p, entry, "encryption_priv", &own.keys.encryption_key) &&
              signer_of(p, entry, "signature_priv", &own.signature_private) &&
              vec_ok(p->c,
                     base_buf_set(&own.encoded, base_bytes_of(message.p + MESSAGE_HEADER,
                                                              message.n - MESSAGE_HEADER)),
                     "key_package");
    if (ok) {
        own.view = m.key_package;
        ok = vec_ok(p->c, mls_own_key_package_put(p->ctx, &own, NULL), "private keys");
    }
    mls_own_key_package_clear(&own);
    return ok;
}

static bool take_psks(client *p, const json_t *entry)
{
    const json_t *psks = vec_array(p->c, entry, "external_psks");
    for (size_t i = 0; i < json_array_size(psks); i++) {
        const json_t *psk = json_array_get(psks, i);
        if (!vec_ok(p->c,
                    mls_psk_put(p->ctx, vec_hex(p->c, psk, "psk_id"), vec_hex(p->c, psk, "psk")),
                    "external PSK")) {
            return false;
        }
    }
    return !p->c->failed;
}

static bool check_authenticator(client *p, const json_t *object, const char *key)
{
    return vec_eq(p->c, mls_group_epoch_authenticator(p->group), vec_hex(p->c, object, key), key);
}

static bool receive(client *p, base_bytes message, mls_received_kind kind)
{
    mls_received r = {0};
    bool ok = vec_ok(p->c, mls_group_receive(p->group, message, NOW, &r),
                     kind == MLS_RECEIVED_COMMIT ? "commit" : "proposal") &&
              vec_true(p->c, r.kind == kind, "kind of the message");
    if (ok && kind == MLS_RECEIVED_COMMIT) {
        ok = vec_ok(p->c, mls_group_merge(p->group, r.staged), "merge");
        r.staged = ok ? NULL : r.staged;
    }
    mls_received_clear(&r);
    return ok;
}

/* What was just written reads back as the same group. */
static bool reload(client *p)
{
    mls_group *again = NULL;
    if (!vec_ok(p->c, mls_group_load(p->ctx, mls_group_id(p->group), &again), "load")) {
        return false;
    }
    mls_group_free(p->group);
    p->group = again;
    return true;
}

static void follow(client *p, const json_t *entry)
{
    const json_t *epochs = vec_array(p->c, entry, "epochs");
    for (size_t i = 0; i < json_array_size(epochs) && !p->c->failed; i++) {
        const json_t *epoch = json_array_get(epochs, i);
        const json_t *proposals = vec_array(p->c, epoch, "proposals");
        for (size_t k = 0; k < json_array_size(proposals) && !p->c->failed; k++) {
            receive(p, vec_hex_of(p->c, json_array_get(proposals, k), "proposals"),
                    MLS_RECEIVED_PROPOSAL);
        }
        if (p->c->failed || !receive(p, vec_hex(p->c, epoch, "commit"), MLS_RECEIVED_COMMIT) ||
            !check_authenticator(p, epoch, "epoch_authenticator") || !reload(p) ||
            !check_authenticator(p, epoch, "epoch_authenticator")) {
            return;
        }
    }
}

static void join(client *p, const json_t *entry)
{
    base_bytes tree =
        vec_is_null(entry, "ratchet_tree") ? BASE_BYTES_NONE : vec_hex(p->c, entry, "ratchet_tree");
    if (take_key_package(p, entry) && take_psks(p, entry) &&
        vec_ok(p->c, mls_group_join(p->ctx, vec_hex(p->c, entry, "welcome"), tree, NOW, &p->group),
               "welcome") &&
        check_authenticator(p, entry, "initial_epoch_authenticator")) {
        follow(p, entry);
    }
}

static vec_result run(vec_ctx *c, const json_t *entry)
{
    client p = {.c = c};
    if (!vec_suite(c, entry, &p.suite)) {
        return VEC_SKIPPED;
    }
    const mls_config config = {.crypto = c->env->backend,
                               .random = c->env->random,
                               .store = {store_get, store_write, &p.store}};
    if (vec_ok(c, mls_ctx_new(&config, &p.ctx), "context")) {
        join(&p, entry);
    }
    mls_group_free(p.group);
    mls_ctx_free(p.ctx);
    while (p.store != NULL) {
        drop(&p.store);
    }
    return vec_done(c);
}

const vec_kind vec_passive_client = {"passive client", keys, run};
