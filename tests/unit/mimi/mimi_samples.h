/* What the tests of lib/mimi share: a message with everything in it, and loops over truncations. */
#ifndef TEST_MIMI_SAMPLES_H
#define TEST_MIMI_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mimi/cbor.h"
#include "mimi/content.h"
#include "support/fake_alloc.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a string literal, a terminator not counted. */
#define BYTES(text) ((base_bytes){(const uint8_t *)("" text), sizeof("" text) - 1})

/* Salts and ids that are easy to see in a hex dump. */
#define SALT "SALTsaltSALTsalt"
#define ID1                                                                                        \
    "\x01"                                                                                         \
    "aaaaaaaabbbbbbbbccccccccddddddd"
#define ID2                                                                                        \
    "\x01"                                                                                         \
    "eeeeeeeeffffffffgggggggghhhhhhh"

static inline mimi_id sample_id(const char *text)
{
    mimi_id id;
    memcpy(id.b, text, MIMI_ID_SIZE);
    return id;
}

static inline mimi_content sample_plain(void)
{
    mimi_content c = {
        .body = {.disposition = MIMI_RENDER,
                 .cardinality = MIMI_PART_SINGLE,
                 .content_type = BYTES("text/plain;charset=utf-8"),
                 .content = BYTES("hello")},
    };
    memcpy(c.salt, SALT, MIMI_SALT_SIZE);
    return c;
}

/* Every field set, and a part of each kind. */
static inline mimi_content sample_full(void)
{
    static const mimi_external external = {
        .url = {(const uint8_t *)"https://example.net/f", 21},
        .expires = 1700000000,
        .size = 1u << 30,
        .enc_alg = 1,
        .key = {(const uint8_t *)"kkkkkkkkkkkkkkkk", 16},
        .nonce = {(const uint8_t *)"nnnnnnnnnnnn", 12},
        .hash_alg = 1,
        .content_hash = {(const uint8_t *)"hash", 4},
        .description = {(const uint8_t *)"a film", 6},
        .filename = {(const uint8_t *)"film.mp4", 8},
    };
    static const mimi_part parts[] = {
        {.disposition = MIMI_RENDER,
         .language = {(const uint8_t *)"fr", 2},
         .cardinality = MIMI_PART_SINGLE,
         .content_type = {(const uint8_t *)"text/markdown;variant=GFM-MIMI", 30},
         .content = {(const uint8_t *)"*bonjour*", 9}},
        {.disposition = MIMI_ATTACHMENT,
         .cardinality = MIMI_PART_EXTERNAL,
         .content_type = {(const uint8_t *)"video/mp4", 9},
         .external = &external},
        {.disposition = 200, .cardinality = MIMI_PART_NULL},
    };
    static const mimi_extension extensions[] = {
        {.number = 256, .value = {(const uint8_t *)"\x82\x01\x61x", 4}},
        {.number = -1, .value = {(const uint8_t *)"\xf6", 1}},
        {.is_text = true,
         .text = {(const uint8_t *)"note", 4},
         .value = {(const uint8_t *)"\xa1\x01\x02", 3}},
    };
    mimi_content c = {
        .has_replaces = true,
        .replaces = sample_id(ID1),
        .topic_id = BYTES("topic"),
        .expiry = MIMI_EXPIRES_AT,
        .expires = 1700000000,
        .has_in_reply_to = true,
        .in_reply_to = sample_id(ID2),
        .sender_uri = BYTES("sotto:alice"),
        .room_uri = BYTES("sotto:room"),
        .extensions = extensions,
        .n_extensions = COUNT(extensions),
        .body = {.disposition = MIMI_RENDER,
                 .cardinality = MIMI_PART_MULTI,
                 .semantics = MIMI_PROCESS_ALL,
                 .parts = parts,
                 .n_parts = COUNT(parts)},
    };
    memcpy(c.salt, SALT, MIMI_SALT_SIZE);
    return c;
}

/* Encoded, on the standard allocator; cleared by the caller. */
static inline base_buf encode(const mimi_content *c)
{
    base_buf out = base_buf_on(NULL);
    assert_int_equal(mimi_content_encode(c, &out), BASE_OK);
    return out;
}

static inline base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mimi_content c = {0};
    base_err err = mimi_content_decode(in, &a, &c);
    base_arena_clear(&a);
    return err;
}

static inline void assert_bytes(base_bytes got, base_bytes want)
{
    assert_int_equal(got.n, want.n);
    if (got.n > 0) {
        assert_memory_equal(got.p, want.p, got.n);
    }
}

/* decode_one() must refuse every prefix of `whole` as too short, and `whole` with a byte behind it,
 * and accept `whole`. Prefixes are copied, so that a sanitizer sees a read past the end. */
static inline void assert_exact(base_bytes whole, base_err (*decode_one)(base_bytes in))
{
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        memcpy(copy, whole.p, n);
        assert_int_equal(decode_one(base_bytes_of(copy, n)), BASE_E_TRUNCATED);
        free(copy);
    }
    assert_int_equal(decode_one(whole), BASE_OK);
    base_buf longer = base_buf_on(NULL);
    assert_int_equal(base_buf_set(&longer, whole), BASE_OK);
    assert_int_equal(base_buf_append(&longer, BYTES("\xf6")), BASE_OK);
    assert_int_equal(decode_one(base_buf_bytes(&longer)), BASE_E_TRAILING);
    base_buf_clear(&longer);
}

/* A message of one's own choice: each piece replaces the field of its name when it is not empty. */
typedef struct pieces {
    base_bytes head; /* of the array, with the salt behind it */
    base_bytes replaces;
    base_bytes topic;
    base_bytes expires;
    base_bytes in_reply_to;
    base_bytes extensions;
    base_bytes body;
} pieces;

#define HEAD "\x87\x50" SALT
#define PLAIN_BODY "\x85\x01\x60\x01\x6atext/plain\x45hello"
#define NULL_BODY "\x83\x01\x60\x00"
#define ID_BYTES "\x58\x20"

static inline base_buf join(pieces p)
{
    const base_bytes defaults[] = {BYTES(HEAD),   BYTES("\xf6"), BYTES("\x40"),    BYTES("\xf6"),
                                   BYTES("\xf6"), BYTES("\xa0"), BYTES(PLAIN_BODY)};
    const base_bytes given[] = {p.head,        p.replaces,   p.topic, p.expires,
                                p.in_reply_to, p.extensions, p.body};
    base_buf out = base_buf_on(NULL);
    for (size_t i = 0; i < COUNT(defaults); i++) {
        assert_int_equal(base_buf_append(&out, given[i].n > 0 ? given[i] : defaults[i]), BASE_OK);
    }
    return out;
}

static inline base_err decode_pieces(pieces p)
{
    base_buf in = join(p);
    base_err err = decode(base_buf_bytes(&in));
    base_buf_clear(&in);
    return err;
}

/* n repetitions of `one` behind `head`. */
static inline base_buf repeat(base_bytes head, base_bytes one, size_t n)
{
    base_buf out = base_buf_on(NULL);
    assert_int_equal(base_buf_append(&out, head), BASE_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(base_buf_append(&out, one), BASE_OK);
    }
    return out;
}

#endif
