/* Keys of the store and batches of changes. What the values mean is their owners' business: persist
 * for a group, kept for proposals, key_store for key packages and PSKs. */
#include "store.h"

#include "base/alloc.h"
#include "base/bytes.h"

#define ID_MAX 96
#define ID_HASHED 0xff
#define ID_COMPONENT 0xfe /* before a component's number and an id; no length */

static void key_append(mls_store_key *k, base_bytes b)
{
    if (b.n > 0) {
        memcpy(k->b + k->n, b.p, b.n);
        k->n += b.n;
    }
}

static void key_append_number(mls_store_key *k, uint64_t v, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        k->b[k->n++] = (uint8_t)(v >> (8 * (size - 1 - i)));
    }
}

static base_err key_append_id(const mls_ctx *ctx, mls_store_key *k, base_bytes id)
{
    if (id.n <= ID_MAX) {
        key_append_number(k, id.n, 1);
        key_append(k, id);
        return BASE_OK;
    }
    const crypto_hash_alg *const *hash = ctx->env.backend->hashes;
    while (hash != NULL && *hash != NULL && (*hash)->id != CRYPTO_HASH_SHA256) {
        hash++;
    }
    if (hash == NULL || *hash == NULL || (*hash)->size != 32) {
        return CRYPTO_E_SUITE;
    }
    uint8_t digest[32];
    base_err err = (*hash)->digest(&id, 1, digest);
    if (err == BASE_OK) {
        key_append_number(k, ID_HASHED, 1);
        key_append(k, base_bytes_of(digest, sizeof digest));
    }
    return err;
}

base_err mls_store_key_group(const mls_ctx *ctx, base_bytes group_id, mls_store_key *out)
{
    mls_store_key k = {.n = 0};
    key_append(&k, base_bytes_str("g/"));
    base_err err = key_append_id(ctx, &k, group_id);
    if (err == BASE_OK) {
        key_append(&k, base_bytes_str("/"));
        *out = k;
    }
    return err;
}

mls_store_key mls_store_key_of(const mls_store_key *group, char record)
{
    mls_store_key k = *group;
    k.b[k.n++] = (uint8_t)record;
    return k;
}

mls_store_key mls_store_key_u32(const mls_store_key *group, char record, uint32_t number)
{
    mls_store_key k = mls_store_key_of(group, record);
    key_append(&k, base_bytes_str("/"));
    key_append_number(&k, number, 4);
    return k;
}

mls_store_key mls_store_key_u64(const mls_store_key *group, char record, uint64_t number)
{
    mls_store_key k = mls_store_key_of(group, record);
    key_append(&k, base_bytes_str("/"));
    key_append_number(&k, number, 8);
    return k;
}

mls_store_key mls_store_key_ref(const mls_store_key *group, char record, const crypto_digest *ref)
{
    mls_store_key k = mls_store_key_of(group, record);
    key_append(&k, base_bytes_str("/"));
    /* "g/", 97 bytes of id, "/p/" leave room for 26: the beginning of the hash tells enough. */
    size_t n = ref->n < 24 ? ref->n : 24;
    key_append(&k, base_bytes_of(ref->b, n));
    return k;
}

base_err mls_store_key_package(base_bytes ref, mls_store_key *out)
{
    if (ref.n == 0 || ref.n > CRYPTO_HASH_MAX) {
        return BASE_E_ARGUMENT;
    }
    mls_store_key k = {.n = 0};
    key_append(&k, base_bytes_str("k/"));
    key_append(&k, ref);
    *out = k;
    return BASE_OK;
}

base_err mls_store_key_psk(const mls_ctx *ctx, base_bytes psk_id, mls_store_key *out)
{
    mls_store_key k = {.n = 0};
    key_append(&k, base_bytes_str("psk/"));
    base_err err = key_append_id(ctx, &k, psk_id);
    if (err == BASE_OK) {
        *out = k;
    }
    return err;
}

base_err mls_store_key_component_psk(const mls_ctx *ctx, uint16_t component, base_bytes psk_id,
                                     mls_store_key *out)
{
    mls_store_key k = {.n = 0};
    key_append(&k, base_bytes_str("psk/"));
    key_append_number(&k, ID_COMPONENT, 1);
    key_append_number(&k, component, 2);
    base_err err = key_append_id(ctx, &k, psk_id);
    if (err == BASE_OK) {
        *out = k;
    }
    return err;
}

base_err mls_store_get(const mls_ctx *ctx, const mls_store_key *key, base_buf *value)
{
    base_buf got = {0};
    base_err err = ctx->store.get(ctx->store.user, mls_store_key_bytes(key), &got);
    if (err == BASE_OK) {
        base_buf_move(value, &got);
    }
    base_buf_clear(&got);
    return err;
}

base_err mls_store_absent(const mls_ctx *ctx, const mls_store_key *key)
{
    base_buf value = {0};
    base_err err = mls_store_get(ctx, key, &value);
    base_buf_clear(&value);
    if (err == BASE_OK) {
        return BASE_E_EXISTS;
    }
    return err == BASE_E_NOT_FOUND ? BASE_OK : err;
}

base_err mls_store_verdict(base_err err)
{
    switch (err) {
    case BASE_OK:
    case BASE_E_NOMEM:
    case BASE_E_RANDOM:
    case BASE_E_STORE:
    case BASE_E_INTERNAL:
    case CRYPTO_E_SUITE:
    case CRYPTO_E_BACKEND:
        return err;
    default:
        return BASE_E_CORRUPT;
    }
}

static void batch_add(mls_batch *b, const mls_store_key *key, base_bytes value, bool is_removal)
{
    if (b->err != BASE_OK) {
        return;
    }
    void *ops = b->ops;
    b->err = base_alloc_grow(b->alloc, &ops, &b->cap, b->n + 1, sizeof *b->ops);
    b->ops = (mls_store_op *)ops;
    if (b->err != BASE_OK) {
        return;
    }
    uint8_t *p = (uint8_t *)base_alloc_zero(b->alloc, key->n + value.n, 1);
    if (p == NULL) {
        b->err = BASE_E_NOMEM;
        return;
    }
    memcpy(p, key->b, key->n);
    if (value.n > 0) {
        memcpy(p + key->n, value.p, value.n);
    }
    b->ops[b->n++] = (mls_store_op){{p, key->n}, {p + key->n, value.n}, is_removal};
}

void mls_batch_put(mls_batch *b, const mls_store_key *key, base_bytes value)
{
    batch_add(b, key, value, false);
}

void mls_batch_remove(mls_batch *b, const mls_store_key *key)
{
    batch_add(b, key, BASE_BYTES_NONE, true);
}

base_err mls_batch_write(const mls_ctx *ctx, const mls_batch *b)
{
    if (b->err != BASE_OK || b->n == 0) {
        return b->err;
    }
    return ctx->store.write(ctx->store.user, b->ops, b->n);
}

void mls_batch_clear(mls_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *p = (uint8_t *)(uintptr_t)b->ops[i].key.p;
        base_wipe(p, b->ops[i].key.n + b->ops[i].value.n);
        base_alloc_free(b->alloc, p);
    }
    base_alloc_free(b->alloc, b->ops);
    *b = mls_batch_on(b->alloc);
}
