/* See content.h. Decoding and encoding run side by side in the order of the array's fields.
 * Encoding ends by decoding what it wrote: one place knows the rules, and nothing leaves that would
 * be refused elsewhere. */
#include "content.h"

#include "cbor.h"

#define YEAR (UINT64_C(366) * 24 * 60 * 60) /* seconds */

/* Elements of the arrays. */
enum { FIELDS = 7, EXPIRY_FIELDS = 2 };
enum { NULL_FIELDS = 3, SINGLE_FIELDS = 5, EXTERNAL_FIELDS = 15, MULTI_FIELDS = 5 };

/* Keys of the extensions map that have a field of their own. */
enum { KEY_SENDER_URI = 1, KEY_ROOM_URI = 2 };

typedef struct decoder {
    mimi_cbor_rd r;
    base_arena *arena;
    size_t parts; /* seen so far */
} decoder;

/* Zeroed objects in the arena; NULL latches. */
static void *take(decoder *d, size_t count, size_t size)
{
    void *p = base_arena_zero(d->arena, count, size);
    if (p == NULL) {
        mimi_cbor_fail(&d->r, BASE_E_NOMEM);
    }
    return p;
}

/* ---- fields ---- */

/* null or an id; whether it is an id. */
static bool read_id(decoder *d, mimi_id *out)
{
    if (mimi_cbor_null(&d->r)) {
        return false;
    }
    base_bytes b = mimi_cbor_bytes(&d->r);
    if (d->r.err == BASE_OK) {
        base_err err = mimi_id_from(b, out);
        if (err != BASE_OK) {
            mimi_cbor_fail(&d->r, err);
        }
    }
    return d->r.err == BASE_OK;
}

static void put_id(base_wr *w, bool has, const mimi_id *id)
{
    if (has) {
        mimi_cbor_put_bytes(w, mimi_id_bytes(id));
    } else {
        mimi_cbor_put_null(w);
    }
}

static void read_expiry(decoder *d, mimi_content *out)
{
    if (mimi_cbor_null(&d->r)) {
        return;
    }
    if (mimi_cbor_array(&d->r) != EXPIRY_FIELDS) {
        mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
    }
    out->expiry = mimi_cbor_bool(&d->r) ? MIMI_EXPIRES_AFTER : MIMI_EXPIRES_AT;
    out->expires = (uint32_t)mimi_cbor_uint(&d->r, UINT32_MAX);
}

static void put_expiry(base_wr *w, const mimi_content *c)
{
    if (c->expiry == MIMI_EXPIRES_NEVER) {
        mimi_cbor_put_null(w);
        return;
    }
    mimi_cbor_put_array(w, EXPIRY_FIELDS);
    mimi_cbor_put_bool(w, c->expiry == MIMI_EXPIRES_AFTER);
    mimi_cbor_put_uint(w, c->expires);
}

/* ---- extensions ---- */

/* A key of the map: a number but 0 that a double holds, or a short text. */
static void read_key(decoder *d, mimi_extension *out)
{
    mimi_cbor_item key = mimi_cbor_next(&d->r);
    if (d->r.err != BASE_OK) {
        return;
    }
    bool good = false;
    if (key.type == MIMI_CBOR_TEXT) {
        good = key.bytes.n >= 1 && key.bytes.n <= MIMI_EXTENSION_KEY_MAX;
        *out = (mimi_extension){.is_text = true, .text = key.bytes};
    } else if (key.type == MIMI_CBOR_UINT) {
        good = key.n >= 1 && key.n <= MIMI_CBOR_KEY_MAX;
        *out = (mimi_extension){.number = good ? (int64_t)key.n : 0};
    } else if (key.type == MIMI_CBOR_NEGINT) {
        good = key.n < MIMI_CBOR_KEY_MAX;
        *out = (mimi_extension){.number = good ? -(int64_t)key.n - 1 : 0};
    }
    if (!good) {
        mimi_cbor_fail(&d->r, MIMI_E_EXTENSION);
    }
}

/* A URI under a key of its own. An empty one says nothing, and stands for an absent one here. */
static base_bytes read_uri(decoder *d)
{
    base_bytes uri = mimi_cbor_text(&d->r);
    if (d->r.err == BASE_OK && uri.n == 0) {
        mimi_cbor_fail(&d->r, MIMI_E_EXTENSION);
    }
    return uri;
}

static base_bytes read_extension_value(decoder *d)
{
    base_bytes value = mimi_cbor_value(&d->r, 1); /* it stands in the map */
    if (value.n > MIMI_EXTENSION_VALUE_MAX) {
        mimi_cbor_fail(&d->r, MIMI_E_LIMIT);
    }
    return value;
}

static void read_extensions(decoder *d, mimi_content *out)
{
    const uint64_t pairs = mimi_cbor_map(&d->r);
    mimi_extension *list = NULL;
    base_bytes last = BASE_BYTES_NONE;
    if (pairs > MIMI_EXTENSIONS_MAX) {
        mimi_cbor_fail(&d->r, MIMI_E_LIMIT);
    } else if (pairs > 0) {
        list = take(d, (size_t)pairs, sizeof(*list));
    }
    for (uint64_t i = 0; i < pairs && list != NULL && d->r.err == BASE_OK; i++) {
        mimi_extension entry = {0};
        const uint8_t *begin = d->r.p;
        read_key(d, &entry);
        if (d->r.err != BASE_OK) {
            return;
        }
        base_bytes key = base_bytes_of(begin, (size_t)(d->r.p - begin));
        if (i > 0 && base_bytes_cmp(last, key) >= 0) {
            mimi_cbor_fail(&d->r, MIMI_E_EXTENSION);
            return;
        }
        last = key;
        if (!entry.is_text && entry.number == KEY_SENDER_URI) {
            out->sender_uri = read_uri(d);
        } else if (!entry.is_text && entry.number == KEY_ROOM_URI) {
            out->room_uri = read_uri(d);
        } else {
            entry.value = read_extension_value(d);
            list[out->n_extensions++] = entry;
        }
    }
    out->extensions = list;
}

/* A caller's encoded value: exactly one, or it would shift what comes behind it. */
static void put_value(base_wr *w, base_bytes value)
{
    mimi_cbor_rd r = mimi_cbor_on(value);
    (void)mimi_cbor_value(&r, 1);
    base_err err = mimi_cbor_end(&r);
    if (err != BASE_OK) {
        base_wr_fail(w, err);
    }
    base_wr_fixed(w, value);
}

static void put_extensions(base_wr *w, const mimi_content *c)
{
    const bool has_sender = c->sender_uri.n > 0;
    const bool has_room = c->room_uri.n > 0;
    mimi_cbor_put_map(w, (has_sender ? 1u : 0u) + (has_room ? 1u : 0u) + c->n_extensions);
    if (has_sender) {
        mimi_cbor_put_uint(w, KEY_SENDER_URI);
        mimi_cbor_put_text(w, c->sender_uri);
    }
    if (has_room) {
        mimi_cbor_put_uint(w, KEY_ROOM_URI);
        mimi_cbor_put_text(w, c->room_uri);
    }
    for (size_t i = 0; i < c->n_extensions; i++) {
        if (c->extensions[i].is_text) {
            mimi_cbor_put_text(w, c->extensions[i].text);
        } else {
            mimi_cbor_put_int(w, c->extensions[i].number);
        }
        put_value(w, c->extensions[i].value);
    }
}

/* ---- parts ---- */

static void read_part(decoder *d, unsigned level, mimi_part *out);

static void read_external(decoder *d, mimi_part *out)
{
    mimi_external *e = take(d, 1, sizeof(*e));
    if (e == NULL) {
        return;
    }
    out->content_type = mimi_cbor_text(&d->r);
    e->url = mimi_cbor_text(&d->r);
    e->expires = (uint32_t)mimi_cbor_uint(&d->r, UINT32_MAX);
    e->size = mimi_cbor_uint(&d->r, UINT64_MAX);
    e->enc_alg = (uint16_t)mimi_cbor_uint(&d->r, UINT16_MAX);
    e->key = mimi_cbor_bytes(&d->r);
    e->nonce = mimi_cbor_bytes(&d->r);
    e->aad = mimi_cbor_bytes(&d->r);
    e->hash_alg = (uint8_t)mimi_cbor_uint(&d->r, UINT8_MAX);
    e->content_hash = mimi_cbor_bytes(&d->r);
    e->description = mimi_cbor_text(&d->r);
    e->filename = mimi_cbor_text(&d->r);
    if (e->enc_alg == 0 && e->key.n + e->nonce.n + e->aad.n > 0) {
        mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
    }
    out->external = e;
}

static void read_multi(decoder *d, unsigned level, mimi_part *out)
{
    const uint64_t semantics = mimi_cbor_uint(&d->r, UINT64_MAX);
    if (semantics > MIMI_PROCESS_ALL) {
        mimi_cbor_fail(&d->r, MIMI_E_SEMANTICS);
    }
    out->semantics = (mimi_semantics)semantics;
    const uint64_t n = mimi_cbor_array(&d->r);
    if (n < 2) {
        mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
    }
    if (n > MIMI_PARTS_MAX - d->parts) {
        mimi_cbor_fail(&d->r, MIMI_E_LIMIT);
    }
    if (d->r.err != BASE_OK) {
        return;
    }
    mimi_part *parts = take(d, (size_t)n, sizeof(*parts));
    for (size_t i = 0; i < n && d->r.err == BASE_OK; i++) {
        read_part(d, level + 1, &parts[i]);
    }
    out->parts = parts;
    out->n_parts = (size_t)n;
}

static void read_cardinality(decoder *d, unsigned level, uint64_t fields, mimi_part *out)
{
    switch (out->cardinality) {
    case MIMI_PART_NULL:
        if (fields != NULL_FIELDS) {
            mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
        }
        return;
    case MIMI_PART_SINGLE:
        if (fields != SINGLE_FIELDS) {
            mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
        }
        out->content_type = mimi_cbor_text(&d->r);
        out->content = mimi_cbor_bytes(&d->r);
        return;
    case MIMI_PART_EXTERNAL:
        if (fields != EXTERNAL_FIELDS) {
            mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
        }
        read_external(d, out);
        return;
    case MIMI_PART_MULTI:
        if (fields != MULTI_FIELDS) {
            mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
        }
        read_multi(d, level, out);
        return;
    }
    mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
}

/* level: how many parts it stands in, itself counted. */
static void read_part(decoder *d, unsigned level, mimi_part *out)
{
    const uint64_t fields = mimi_cbor_array(&d->r);
    if (level > MIMI_PART_DEPTH) {
        mimi_cbor_fail(&d->r, MIMI_E_DEPTH);
    }
    if (d->parts == MIMI_PARTS_MAX) {
        mimi_cbor_fail(&d->r, MIMI_E_LIMIT);
    }
    d->parts++;
    out->disposition = (uint8_t)mimi_cbor_uint(&d->r, UINT8_MAX);
    out->language = mimi_cbor_text(&d->r);
    const uint64_t cardinality = mimi_cbor_uint(&d->r, UINT8_MAX);
    if (d->r.err == BASE_OK) {
        out->cardinality = (mimi_cardinality)cardinality;
        read_cardinality(d, level, fields, out);
    }
}

static void put_external(base_wr *w, const mimi_part *p)
{
    const mimi_external *e = p->external;
    mimi_cbor_put_text(w, p->content_type);
    mimi_cbor_put_text(w, e->url);
    mimi_cbor_put_uint(w, e->expires);
    mimi_cbor_put_uint(w, e->size);
    mimi_cbor_put_uint(w, e->enc_alg);
    mimi_cbor_put_bytes(w, e->key);
    mimi_cbor_put_bytes(w, e->nonce);
    mimi_cbor_put_bytes(w, e->aad);
    mimi_cbor_put_uint(w, e->hash_alg);
    mimi_cbor_put_bytes(w, e->content_hash);
    mimi_cbor_put_text(w, e->description);
    mimi_cbor_put_text(w, e->filename);
}

static size_t fields_of(mimi_cardinality cardinality)
{
    switch (cardinality) {
    case MIMI_PART_NULL:
        return NULL_FIELDS;
    case MIMI_PART_SINGLE:
        return SINGLE_FIELDS;
    case MIMI_PART_EXTERNAL:
        return EXTERNAL_FIELDS;
    case MIMI_PART_MULTI:
        return MULTI_FIELDS;
    }
    return 0;
}

static void put_part(base_wr *w, unsigned level, const mimi_part *p)
{
    if (level > MIMI_PART_DEPTH) {
        base_wr_fail(w, MIMI_E_DEPTH);
        return;
    }
    if (fields_of(p->cardinality) == 0 ||
        (p->cardinality == MIMI_PART_EXTERNAL && p->external == NULL)) {
        base_wr_fail(w, BASE_E_ARGUMENT);
        return;
    }
    mimi_cbor_put_array(w, fields_of(p->cardinality));
    mimi_cbor_put_uint(w, p->disposition);
    mimi_cbor_put_text(w, p->language);
    mimi_cbor_put_uint(w, (uint64_t)p->cardinality);
    if (p->cardinality == MIMI_PART_SINGLE) {
        mimi_cbor_put_text(w, p->content_type);
        mimi_cbor_put_bytes(w, p->content);
    } else if (p->cardinality == MIMI_PART_EXTERNAL) {
        put_external(w, p);
    } else if (p->cardinality == MIMI_PART_MULTI) {
        mimi_cbor_put_uint(w, (uint64_t)p->semantics);
        mimi_cbor_put_array(w, p->n_parts);
        for (size_t i = 0; i < p->n_parts && w->err == BASE_OK; i++) {
            put_part(w, level + 1, &p->parts[i]);
        }
    }
}

/* ---- the message ---- */

static void read_content(decoder *d, mimi_content *out)
{
    if (mimi_cbor_array(&d->r) != FIELDS) {
        mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
    }
    base_bytes salt = mimi_cbor_bytes(&d->r);
    if (salt.n != MIMI_SALT_SIZE) {
        mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
        return;
    }
    memcpy(out->salt, salt.p, MIMI_SALT_SIZE);
    out->has_replaces = read_id(d, &out->replaces);
    out->topic_id = mimi_cbor_bytes(&d->r);
    if (out->topic_id.n > MIMI_TOPIC_MAX) {
        mimi_cbor_fail(&d->r, MIMI_E_LIMIT);
    }
    read_expiry(d, out);
    out->has_in_reply_to = read_id(d, &out->in_reply_to);
    read_extensions(d, out);
    read_part(d, 1, &out->body);
    if (out->body.cardinality == MIMI_PART_NULL && !out->has_replaces) {
        mimi_cbor_fail(&d->r, MIMI_E_CONTENT);
    }
}

base_err mimi_content_decode(base_bytes in, base_arena *a, mimi_content *out)
{
    decoder d = {mimi_cbor_on(in), a, 0};
    mimi_content c = {0};
    if (in.n > MIMI_MESSAGE_MAX) {
        return MIMI_E_LIMIT;
    }
    read_content(&d, &c);
    base_err err = mimi_cbor_end(&d.r);
    if (err == BASE_OK) {
        *out = c;
    }
    return err;
}

static void put_content(base_wr *w, const mimi_content *c)
{
    mimi_cbor_put_array(w, FIELDS);
    mimi_cbor_put_bytes(w, base_bytes_of(c->salt, MIMI_SALT_SIZE));
    put_id(w, c->has_replaces, &c->replaces);
    mimi_cbor_put_bytes(w, c->topic_id);
    put_expiry(w, c);
    put_id(w, c->has_in_reply_to, &c->in_reply_to);
    put_extensions(w, c);
    put_part(w, 1, &c->body);
}

base_err mimi_content_encode(const mimi_content *c, base_buf *out)
{
    static const uint8_t no_salt[MIMI_SALT_SIZE] = {0};
    base_err err = BASE_OK;
    base_buf message = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&message);
    base_arena arena = base_arena_on(out->alloc, 0);
    mimi_content again = {0};
    REQUIRE(memcmp(c->salt, no_salt, MIMI_SALT_SIZE) != 0, BASE_E_ARGUMENT);
    put_content(&w, c);
    TRY(base_wr_end(&w));
    TRY(mimi_content_decode(base_buf_bytes(&message), &arena, &again));
    base_buf_move(out, &message);
done:
    base_arena_clear(&arena);
    base_buf_clear(&message);
    return err;
}

base_err mimi_content_check(const mimi_content *c, const mimi_origin *origin, uint64_t now)
{
    if ((c->sender_uri.n > 0 && !base_bytes_eq(c->sender_uri, origin->sender_uri)) ||
        (c->room_uri.n > 0 && !base_bytes_eq(c->room_uri, origin->room_uri))) {
        return MIMI_E_ORIGIN;
    }
    if (c->expiry == MIMI_EXPIRES_AFTER && c->expires > YEAR) {
        return MIMI_E_EXPIRES;
    }
    if (c->expiry == MIMI_EXPIRES_AT) {
        const uint64_t at = c->expires;
        if ((at > now && at - now > YEAR) || (at < now && now - at > YEAR)) {
            return MIMI_E_EXPIRES;
        }
    }
    return BASE_OK;
}
