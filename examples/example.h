/* What the examples share: one client, and a way to stop. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

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
    return m;
}

/* What a client publishes so that others can add it. */
static inline base_buf client_key_package(client *c)
{
    base_buf message = {0};
    mls_key_package_params params = {0};
    params.member = client_member(c);
    params.not_before = now() - 3600;
    params.not_after = now() + 30 * 24 * 3600;
    must(mls_key_package_new(c->ctx, &params, &message, NULL), "a key package");
    return message;
}

/* c founds a group and adds a guest: two_people.c goes through the steps. */
static inline void client_meet(client *c, client *guest, const char *group_id)
{
    base_buf key_package = client_key_package(guest);
    mls_member_params member = client_member(c);
    mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                               .key_package = base_buf_bytes(&key_package)};
    mls_commit_params params = {.proposals = &add, .n_proposals = 1};
    mls_commit_out made = {0};
    must(mls_group_create(c->ctx, text(group_id), &member, (mls_extension_list){0}, now(),
                          &c->group),
         "a group");
    must(mls_group_commit(c->group, &params, now(), &made), "a commit");
    must(mls_group_merge(c->group, made.staged), "a merge");
    made.staged = NULL;
    must(mls_group_join(guest->ctx, base_buf_bytes(&made.welcome), (base_bytes){0}, now(),
                        &guest->group),
         "to join");
    mls_commit_out_clear(&made);
    base_buf_clear(&key_package);
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

/* Receive, and merge what is a commit. *out is to be cleared. */
static inline base_err client_receive(client *c, const base_buf *message, mls_received *out)
{
    *out = (mls_received){0};
    base_err err = mls_group_receive(c->group, base_buf_bytes(message), now(), out);
    if (err == BASE_OK && out->kind == MLS_RECEIVED_COMMIT) {
        must(mls_group_merge(c->group, out->staged), "a merge");
        out->staged = NULL;
    }
    return err;
}

#endif
