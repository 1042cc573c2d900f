/* One client of the examples: a name, a store, keys, one group; and a way to stop. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdio.h>
#include <time.h>

#include <sotto/crypto_default.h>

#include "memory.h"

#define SUITE MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519

static inline void must(base_err err, const char *what)
{
    if (err != BASE_OK) {
        fprintf(stderr, "%s: %s\n", what, base_err_text(err));
        exit(EXIT_FAILURE);
    }
}

static inline base_bytes text(const char *s)
{
    base_bytes b = {(const uint8_t *)s, strlen(s)};
    return b;
}

static inline uint64_t now(void)
{
    return (uint64_t)time(NULL);
}

typedef struct client {
    const char *name;
    entry *memory;
    mls_ctx *ctx;
    base_buf private_key; /* signature key pair */
    base_buf public_key;
    mls_extension_list leaf_extensions; /* of its leaves; most examples have none */
    mls_group *group;
} client;

/* A context over a store; and a client that has no keys yet. */
static inline void client_open(client *c, const char *name, mls_store store)
{
    mls_config config = {0};
    config.crypto = crypto_default();
    config.random = crypto_default_random();
    config.store = store;
    c->name = name;
    must(mls_ctx_new(&config, &c->ctx), "a context");
}

static inline void client_start(client *c, const char *name, mls_store store)
{
    client_open(c, name, store);
    must(mls_signature_key_new(c->ctx, SUITE, &c->private_key, &c->public_key), "a key pair");
}

static inline mls_store memory_store(client *c)
{
    mls_store store = {memory_get, memory_write, &c->memory};
    return store;
}

/* How the client presents itself: a basic credential that holds its name. */
static inline mls_member_params client_member(const client *c)
{
    mls_member_params m = {0};
    m.suite = SUITE;
    m.credential.type = MLS_CREDENTIAL_BASIC;
    m.credential.body = text(c->name);
    m.signature_private = base_buf_bytes(&c->private_key);
    m.signature_public = base_buf_bytes(&c->public_key);
    m.leaf_extensions = c->leaf_extensions;
    return m;
}

static inline void client_stop(client *c)
{
    mls_group_free(c->group);
    mls_ctx_free(c->ctx);
    base_buf_clear(&c->private_key);
    base_buf_clear(&c->public_key);
    while (c->memory != NULL) {
        base_bytes key = {c->memory->bytes, c->memory->key_n};
        memory_remove(&c->memory, key);
    }
}

#endif
