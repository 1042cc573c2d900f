/* Talking to the key-value store port: keys, reading, and one batch of changes a call.
 *
 *   g/<id>/s              state: context, secrets, private keys of the tree
 *   g/<id>/n/<node>       a node of the ratchet tree (u32)
 *   g/<id>/t/<node>       a secret of the secret tree, not yet used up
 *   g/<id>/r/<leaf>       a sender's two ratchets (u32)
 *   g/<id>/e/<epoch>      a resumption_psk (u64)
 *   g/<id>/p/<ref>        a kept proposal; g/<id>/q is the list of them in order
 *   k/<ref>               the private keys of a KeyPackage
 *   psk/<id>              an external PSK
 *
 * An <id> is its length in one byte and itself, or 0xff and its SHA-256 when it is longer than 96
 * bytes: no id can imitate another key. Numbers are big endian. */
#ifndef MLS_STORE_H
#define MLS_STORE_H

#include "ctx.h"

#define MLS_STORE_KEY_MAX 128

typedef struct mls_store_key {
    uint8_t b[MLS_STORE_KEY_MAX];
    size_t n;
} mls_store_key;

static inline base_bytes mls_store_key_bytes(const mls_store_key *k)
{
    return (base_bytes){k->b, k->n};
}

/* The beginning of a group's keys: "g/<id>/". Errors: CRYPTO_E_SUITE (an id that must be hashed,
 * and a backend without SHA-256), the hash's. */
BASE_MUST_USE base_err mls_store_key_group(const mls_ctx *ctx, base_bytes group_id,
                                           mls_store_key *out);

/* One key of a group: its record's letter alone, or with a number or a reference (Nh bytes). */
mls_store_key mls_store_key_of(const mls_store_key *group, char record);
mls_store_key mls_store_key_u32(const mls_store_key *group, char record, uint32_t number);
mls_store_key mls_store_key_u64(const mls_store_key *group, char record, uint64_t number);
mls_store_key mls_store_key_ref(const mls_store_key *group, char record, const crypto_digest *ref);

/* Keys of no group. ref of more than 64 bytes is BASE_E_ARGUMENT. */
BASE_MUST_USE base_err mls_store_key_package(base_bytes ref, mls_store_key *out);
BASE_MUST_USE base_err mls_store_key_psk(const mls_ctx *ctx, base_bytes psk_id, mls_store_key *out);
BASE_MUST_USE base_err mls_store_key_component_psk(const mls_ctx *ctx, uint16_t component,
                                                   base_bytes psk_id, mls_store_key *out);

/* The value of a key, replaced in *value. BASE_E_NOT_FOUND, the port's. */
BASE_MUST_USE base_err mls_store_get(const mls_ctx *ctx, const mls_store_key *key, base_buf *value);

/* BASE_OK when the key is absent, BASE_E_EXISTS when it is there. */
BASE_MUST_USE base_err mls_store_absent(const mls_ctx *ctx, const mls_store_key *key);

/* What an error met while decoding a stored value means: memory and the port's own errors stay, all
 * else is BASE_E_CORRUPT. */
base_err mls_store_verdict(base_err err);

/* Changes under way, copied. The first error is latched and comes out of mls_batch_write(). */
typedef struct mls_batch {
    const base_alloc *alloc;
    mls_store_op *ops;
    size_t n;
    size_t cap;
    base_err err;
} mls_batch;

static inline mls_batch mls_batch_on(const base_alloc *alloc)
{
    return (mls_batch){alloc, NULL, 0, 0, BASE_OK};
}
void mls_batch_put(mls_batch *b, const mls_store_key *key, base_bytes value);
void mls_batch_remove(mls_batch *b, const mls_store_key *key);

/* All or nothing; an empty batch does nothing. */
BASE_MUST_USE base_err mls_batch_write(const mls_ctx *ctx, const mls_batch *b);

/* Wipe and free. */
void mls_batch_clear(mls_batch *b);

#endif
