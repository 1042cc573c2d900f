/* What the extensions of libmls read: dictionaries and lists of components, acknowledgements, media
 * types, targeted messages. The first byte chooses; the rest is the encoding, or the content that a
 * member encrypts to another.
 *
 * Beyond "no crash": what is accepted is written back as the same bytes. */
#include <assert.h>
#include <stdlib.h>

#include <sotto/mls_app.h>

#include "adapters/crypto_default.h"
#include "mls/app_data.h"
#include "mls/media.h"
#include "mls/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_MAX ((size_t)64 << 20)

typedef enum chosen {
    DICTIONARY,
    ACK,
    MEDIA,
    EXTENSION,
    UPDATE,
    TARGETED,
    CONTENT,
    CHOICES
} chosen;

/* What was written must be what was read. */
static void assert_same(base_bytes in, base_err err, base_buf *out)
{
    assert(err == BASE_OK);
    assert(base_bytes_eq(base_buf_bytes(out), in));
    base_buf_clear(out);
}

static void fuzz_dictionary(base_bytes in, base_arena *a)
{
    mls_app_data_list list = {0};
    base_buf out = base_buf_on(NULL);
    if (mls_app_data_decode(in, a, &list) == BASE_OK) {
        const mls_extension e = {MLS_EXTENSION_APP_DATA_DICTIONARY, in};
        for (size_t i = 0; i < list.n && i < 16; i++) {
            base_bytes data = {0};
            bool there = mls_app_data_of((mls_extension_list){&e, 1}, list.v[i].component, &data);
            assert(there && base_bytes_eq(data, list.v[i].data));
        }
        assert_same(in, mls_app_data_write(list, &out), &out);
    }
}

typedef struct ranges {
    mls_message_range v[64];
    size_t n;
} ranges;

static base_err take_range(void *user, const mls_message_range *r)
{
    ranges *all = user;
    if (all->n == sizeof all->v / sizeof *all->v) {
        return BASE_E_LIMIT;
    }
    all->v[all->n++] = *r;
    return BASE_OK;
}

static void fuzz_ack(base_bytes in)
{
    ranges all = {.n = 0};
    base_buf out = base_buf_on(NULL);
    if (mls_app_ack_each(in, take_range, &all) == BASE_OK) {
        assert_same(in, mls_app_ack_encode(all.v, all.n, &out), &out);
    }
}

typedef struct types {
    mls_media_type v[64];
    size_t n;
} types;

static base_err take_type(void *user, const mls_media_type *t)
{
    types *all = user;
    if (all->n == sizeof all->v / sizeof *all->v || t->type.n == 0) {
        return BASE_E_LIMIT; /* an empty type is read and not written */
    }
    all->v[all->n++] = *t;
    return BASE_OK;
}

static void fuzz_media(base_bytes in)
{
    types all = {.n = 0};
    base_buf out = base_buf_on(NULL);
    base_err err = mls_media_types_each(in, take_type, &all);
    assert((err != BASE_E_VALUE) == mls_media_list_is_valid(in));
    if (err == BASE_OK) {
        assert_same(in, mls_media_types_encode(all.v, all.n, &out), &out);
    }
}

static void fuzz_update(base_bytes in)
{
    mls_app_data_update u = {0};
    base_rd r = base_rd_on(in);
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_app_data_update_read(&r, &u);
    if (base_rd_end(&r) == BASE_OK) {
        mls_app_data_update_write(&w, &u);
        assert_same(in, base_wr_end(&w), &out);
    }
}

static void fuzz_targeted(base_bytes in)
{
    mls_targeted_message m;
    base_rd r = base_rd_on(in);
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_targeted_message_read(&r, &m);
    if (base_rd_end(&r) == BASE_OK) {
        mls_targeted_message_write(&w, &m);
        assert_same(in, base_wr_end(&w), &out);
    }
}

/* ---- content that a hostile member encrypts ---- */

static base_err no_random(void *user, uint8_t *p, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        p[i] = 0x5A;
    }
    return BASE_OK;
}

/* Keys that stay, and a message to itself. */
static void fuzz_content(base_bytes in, base_arena *a)
{
    static crypto_env env;
    crypto_suite s = {0};
    base_secret leaf = {0};
    base_secret signature = {0};
    base_buf made[5] = {0}; /* two public keys, the message, sender data, plaintext */
    mls_message m;
    mls_targeted_sender sender;
    static const uint8_t exporter[32];
    env = (crypto_env){.backend = crypto_default(), .random = {no_random, NULL}};
    base_err err = crypto_suite_resolve(&env, 3, &s);
    assert(err == BASE_OK);
    err = crypto_hpke_generate_key_pair(&s, &leaf, &made[0]);
    assert(err == BASE_OK);
    err = crypto_sig_generate(&s, &signature, &made[1]);
    assert(err == BASE_OK);
    const mls_targeted_epoch e = {&s, base_bytes_of(exporter, sizeof exporter)};
    const mls_targeted_from from = {{7}, base_secret_bytes(&signature), base_buf_bytes(&made[0])};
    const mls_targeted_message to = {.recipient = {1}};
    err = mls_targeted_protect_content(&e, &from, &to, in, &made[2]);
    assert(err == BASE_OK);
    err = mls_message_decode(base_buf_bytes(&made[2]), a, &m);
    assert(err == BASE_OK);
    err = mls_targeted_open_sender(&e, &m.targeted_message, &made[3], &sender);
    assert(err == BASE_OK && sender.leaf.v == 7);
    const mls_targeted_keys keys = {base_buf_bytes(&made[1]), base_secret_bytes(&leaf)};
    err = mls_targeted_open(&e, &m.targeted_message, &sender, &keys, &made[4]);
    base_rd r = base_rd_on(in);
    base_bytes want = base_rd_vec(&r);
    bool good = r.err == BASE_OK && base_ct_is_zero(base_bytes_of(r.p, r.left));
    assert((err == BASE_OK) == good);
    assert(!good || base_bytes_eq(base_buf_bytes(&made[4]), want));
    for (size_t i = 0; i < 5; i++) {
        base_buf_clear(&made[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    base_bytes in = base_bytes_of(data + 1, size - 1);
    base_arena a = base_arena_on(NULL, ARENA_MAX);
    const mls_extension e = {(uint16_t)(6 + data[1] % 3), base_bytes_of(data + 2, size - 2)};
    switch ((chosen)(data[0] % CHOICES)) {
    case DICTIONARY:
        fuzz_dictionary(in, &a);
        break;
    case ACK:
        fuzz_ack(in);
        break;
    case MEDIA:
        fuzz_media(in);
        break;
    case EXTENSION:
        (void)!mls_app_extensions_check((mls_extension_list){&e, 1}, NULL);
        break;
    case UPDATE:
        fuzz_update(in);
        break;
    case TARGETED:
        fuzz_targeted(in);
        break;
    case CONTENT:
    case CHOICES:
        fuzz_content(in, &a);
        break;
    }
    base_arena_clear(&a);
    return 0;
}
