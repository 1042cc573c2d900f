/* Message ids (MIMI content, "Message ID"): which message a reply, a reaction, an edit, a deletion
 * or a receipt is about. An id is a hash over the message, who sent it and the room, so that nobody
 * can make two messages of one id. */
#ifndef MIMI_ID_H
#define MIMI_ID_H

#include <sotto/crypto.h>

#include "base/bytes.h"

#define MIMI_ID_SIZE 32
#define MIMI_SALT_SIZE 16
#define MIMI_ID_SHA256 1 /* the first byte: a number of the Named Information registry */

typedef struct mimi_id {
    uint8_t b[MIMI_ID_SIZE];
} mimi_id;

static inline base_bytes mimi_id_bytes(const mimi_id *id)
{
    return (base_bytes){id->b, MIMI_ID_SIZE};
}

/* Who sent a message, and where: URIs of 1 to 65535 bytes. */
typedef struct mimi_origin {
    base_bytes sender_uri;
    base_bytes room_uri;
} mimi_origin;

/* The id of an encoded message. hash is SHA-256, whatever the suite of the room's group.
 * Errors: BASE_E_ARGUMENT for another hash, or a URI out of range. */
BASE_MUST_USE base_err mimi_id_compute(const crypto_hash_alg *hash, const mimi_origin *origin,
                                       base_bytes message,
                                       const uint8_t salt[static MIMI_SALT_SIZE], mimi_id *out);

/* From exactly 32 bytes whose first names a known hash: MIMI_E_CONTENT, MIMI_E_ID. */
BASE_MUST_USE base_err mimi_id_from(base_bytes b, mimi_id *out);

#endif
