/* MIMI content (draft-ietf-mimi-content): one message as people write it, with what it replies to,
 * replaces or expires by, and a tree of body parts. A message is a CBOR array; every accepted
 * message is the only encoding of its fields, so that ids mean the same everywhere.
 *
 * What the bytes alone decide is checked by decoding; what depends on the time and on who sent it
 * where, by mimi_content_check(); membership and duplicates are the caller's to look at. */
#ifndef MIMI_CONTENT_H
#define MIMI_CONTENT_H

#include "base/arena.h"

#include "id.h"

#define MIMI_CONTENT_TYPE "application/mimi-content"

/* Bounds (MIMI_E_LIMIT; nesting: MIMI_E_DEPTH). */
#define MIMI_MESSAGE_MAX ((size_t)1 << 20) /* bytes of a message; what is larger goes beside it */
#define MIMI_TOPIC_MAX 4096                /* bytes */
#define MIMI_PARTS_MAX 1024                /* in all */
#define MIMI_PART_DEPTH 4                  /* parts inside one another, the outermost counted */
#define MIMI_EXTENSIONS_MAX 64             /* entries */
#define MIMI_EXTENSION_KEY_MAX 255         /* bytes of a text key */
#define MIMI_EXTENSION_VALUE_MAX 4095      /* bytes, encoded */

/* How a part is meant. Any other value up to 255 is to be treated as RENDER. */
typedef enum mimi_disposition {
    MIMI_UNSPECIFIED = 0,
    MIMI_RENDER = 1,
    MIMI_REACTION = 2,
    MIMI_PROFILE = 3,
    MIMI_INLINE = 4,
    MIMI_ICON = 5,
    MIMI_ATTACHMENT = 6,
    MIMI_SESSION = 7,
    MIMI_PREVIEW = 8
} mimi_disposition;

typedef enum mimi_cardinality {
    MIMI_PART_NULL = 0,
    MIMI_PART_SINGLE = 1,
    MIMI_PART_EXTERNAL = 2,
    MIMI_PART_MULTI = 3
} mimi_cardinality;

typedef enum mimi_semantics {
    MIMI_CHOOSE_ONE = 0,
    MIMI_SINGLE_UNIT = 1,
    MIMI_PROCESS_ALL = 2
} mimi_semantics;

/* Content that is fetched from a URL. */
typedef struct mimi_external {
    base_bytes url;
    uint32_t expires; /* seconds since 1970 UTC; 0: never */
    uint64_t size;    /* bytes; 0: not told */
    uint16_t enc_alg; /* AEAD number; 0: in the clear, and the next three are empty */
    base_bytes key;
    base_bytes nonce;
    base_bytes aad;
    uint8_t hash_alg; /* Named Information number; 0: none */
    base_bytes content_hash;
    base_bytes description;
    base_bytes filename;
} mimi_external;

typedef struct mimi_part {
    uint8_t disposition;
    base_bytes language; /* comma-separated tags, or empty */
    mimi_cardinality cardinality;
    base_bytes content_type;       /* SINGLE, EXTERNAL: a media type with its parameters */
    base_bytes content;            /* SINGLE */
    const mimi_external *external; /* EXTERNAL */
    mimi_semantics semantics;      /* MULTI */
    const struct mimi_part *parts; /* MULTI: n_parts of them, at least 2 */
    size_t n_parts;
} mimi_part;

/* An entry of the extensions map other than senderUri and roomUri. value is one encoded CBOR value.
 */
typedef struct mimi_extension {
    bool is_text;
    int64_t number;  /* unless is_text; not 0, 1, 2 */
    base_bytes text; /* if is_text */
    base_bytes value;
} mimi_extension;

typedef enum mimi_expiry {
    MIMI_EXPIRES_NEVER = 0,
    MIMI_EXPIRES_AT,   /* seconds since 1970 UTC */
    MIMI_EXPIRES_AFTER /* seconds after it is read */
} mimi_expiry;

/* A view: decoding borrows from the message and from the arena. */
typedef struct mimi_content {
    uint8_t salt[MIMI_SALT_SIZE]; /* fresh and random in each message */
    bool has_replaces;
    mimi_id replaces; /* the message that this one edits or deletes, in its first version */
    base_bytes topic_id;
    mimi_expiry expiry;
    uint32_t expires;
    bool has_in_reply_to;
    mimi_id in_reply_to;
    base_bytes sender_uri;            /* empty: not told */
    base_bytes room_uri;              /* empty: not told */
    const mimi_extension *extensions; /* in the order of their encoded keys */
    size_t n_extensions;
    mimi_part body; /* NULL part only when something is replaced */
} mimi_content;

/* The whole of `in`. Errors: BASE_E_TRUNCATED, BASE_E_TRAILING, MIMI_E_CBOR, MIMI_E_CONTENT,
 * MIMI_E_DEPTH, MIMI_E_LIMIT, MIMI_E_SEMANTICS, MIMI_E_ID, MIMI_E_EXTENSION, BASE_E_NOMEM. */
BASE_MUST_USE base_err mimi_content_decode(base_bytes in, base_arena *a, mimi_content *out);

/* *out is replaced. What decoding would refuse is refused with the same error; a salt of zeros is
 * BASE_E_ARGUMENT: it was forgotten; text that is not UTF-8 is BASE_E_UTF8. */
BASE_MUST_USE base_err mimi_content_encode(const mimi_content *c, base_buf *out);

/* What the bytes cannot tell: that the sender and the room that the content names, if any, are
 * those it came from (MIMI_E_ORIGIN), and that it expires within a year before or after now, in
 * seconds since 1970 UTC (MIMI_E_EXPIRES). */
BASE_MUST_USE base_err mimi_content_check(const mimi_content *c, const mimi_origin *origin,
                                          uint64_t now);

#endif
