/* See id.h. The salt is hashed twice, at the beginning of the message and behind it, so that a hash
 * of one message says nothing about those that begin with it. */
#include "id.h"

base_err mimi_id_compute(const crypto_hash_alg *hash, const mimi_origin *origin, base_bytes message,
                         const uint8_t salt[static MIMI_SALT_SIZE], mimi_id *out)
{
    const base_bytes sender = origin->sender_uri;
    const base_bytes room = origin->room_uri;
    if (hash->id != CRYPTO_HASH_SHA256 || hash->size < MIMI_ID_SIZE - 1 ||
        hash->size > CRYPTO_HASH_MAX || sender.n == 0 || sender.n > UINT16_MAX || room.n == 0 ||
        room.n > UINT16_MAX) {
        return BASE_E_ARGUMENT;
    }
    const uint8_t sender_n[2] = {(uint8_t)(sender.n >> 8), (uint8_t)sender.n};
    const uint8_t room_n[2] = {(uint8_t)(room.n >> 8), (uint8_t)room.n};
    const base_bytes parts[] = {
        {sender_n, sizeof(sender_n)}, sender, {room_n, sizeof(room_n)}, room, message,
        {salt, MIMI_SALT_SIZE},
    };
    uint8_t digest[CRYPTO_HASH_MAX] = {0};
    base_err err = hash->digest(parts, sizeof(parts) / sizeof(parts[0]), digest);
    if (err != BASE_OK) {
        return err;
    }
    out->b[0] = MIMI_ID_SHA256;
    memcpy(out->b + 1, digest, MIMI_ID_SIZE - 1);
    return BASE_OK;
}

base_err mimi_id_from(base_bytes b, mimi_id *out)
{
    if (b.n != MIMI_ID_SIZE) {
        return MIMI_E_CONTENT;
    }
    if (b.p[0] != MIMI_ID_SHA256) {
        return MIMI_E_ID;
    }
    memcpy(out->b, b.p, MIMI_ID_SIZE);
    return BASE_OK;
}
