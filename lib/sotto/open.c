/* Making and opening a store: the database's random key, sealed under what Argon2id makes of the
 * passphrase (docs/client.md, section 2).
 *
 *     struct { uint8 version = 1; opaque salt[16]; uint32 passes; uint32 memory_kib;
 *              opaque box<V>; } WrappedKey;
 *
 * box seals the key with the fields before it as associated data. */
#include "base/alloc.h"
#include "core.h"

#define WRAP_VERSION 1
#define WRAP_PASSES 3
#define WRAP_MEMORY_KIB (64U * 1024U)
/* What a damaged or hostile file may make us spend. */
#define WRAP_PASSES_MAX 16
#define WRAP_MEMORY_KIB_MAX (1024U * 1024U)
#define SALT_SIZE 16
#define HEADER_SIZE (1 + SALT_SIZE + 4 + 4)

typedef struct wrap {
    uint8_t salt[SALT_SIZE];
    uint32_t passes;
    uint32_t memory_kib;
} wrap;

static base_err wrap_header(const wrap *h, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_u8(&w, WRAP_VERSION);
    base_wr_fixed(&w, base_bytes_of(h->salt, sizeof h->salt));
    base_wr_u32(&w, h->passes);
    base_wr_u32(&w, h->memory_kib);
    return base_wr_end(&w);
}

static base_err stretch(const sotto_prims *p, const wrap *h, base_bytes passphrase,
                        uint8_t key[static 32])
{
    return p->pwhash->derive(passphrase, base_bytes_of(h->salt, sizeof h->salt), h->passes,
                             (size_t)h->memory_kib * 1024, key, 32);
}

static base_err wrap_key(const sotto_prims *p, base_bytes passphrase,
                         const uint8_t db_key[static 32], base_buf *out)
{
    base_err err = BASE_OK;
    uint8_t key[32] = {0};
    wrap h = {{0}, WRAP_PASSES, WRAP_MEMORY_KIB};
    base_buf made = base_buf_on(p->alloc);
    base_buf box = base_buf_on(p->alloc);
    TRY(sotto_random(p, h.salt, sizeof h.salt));
    TRY(stretch(p, &h, passphrase, key));
    TRY(wrap_header(&h, &made));
    TRY(sotto_box_seal(p, base_bytes_of(key, sizeof key), base_buf_bytes(&made),
                       base_bytes_of(db_key, 32), &box));
    base_wr w = base_wr_on(&made);
    base_wr_vec(&w, base_buf_bytes(&box));
    TRY(base_wr_end(&w));
    base_buf_move(out, &made);
done:
    base_wipe(key, sizeof key);
    base_buf_clear(&box);
    base_buf_clear(&made);
    return err;
}

static base_err unwrap_key(const sotto_prims *p, base_bytes passphrase, base_bytes wrapped,
                           uint8_t db_key[static 32])
{
    base_err err = BASE_OK;
    uint8_t key[32] = {0};
    wrap h = {{0}, 0, 0};
    base_buf plain = base_buf_on(p->alloc);
    base_rd r = base_rd_on(wrapped);
    uint8_t version = base_rd_u8(&r);
    base_bytes salt = base_rd_fixed(&r, SALT_SIZE);
    h.passes = base_rd_u32(&r);
    h.memory_kib = base_rd_u32(&r);
    base_bytes box = base_rd_vec(&r);
    REQUIRE(base_rd_end(&r) == BASE_OK && version == WRAP_VERSION, SOTTO_E_PASSPHRASE);
    REQUIRE(h.passes >= p->pwhash->passes_min && h.passes <= WRAP_PASSES_MAX, SOTTO_E_PASSPHRASE);
    REQUIRE((size_t)h.memory_kib * 1024 >= p->pwhash->memory_min, SOTTO_E_PASSPHRASE);
    REQUIRE(h.memory_kib <= WRAP_MEMORY_KIB_MAX, SOTTO_E_PASSPHRASE);
    memcpy(h.salt, salt.p, SALT_SIZE);
    TRY(stretch(p, &h, passphrase, key));
    err = sotto_box_open(p, base_bytes_of(key, sizeof key), base_bytes_of(wrapped.p, HEADER_SIZE),
                         box, &plain);
    REQUIRE(err != CRYPTO_E_OPEN && plain.n <= 32, SOTTO_E_PASSPHRASE);
    TRY(err);
    REQUIRE(plain.n == 32, SOTTO_E_PASSPHRASE);
    memcpy(db_key, plain.p, 32);
done:
    base_wipe(key, sizeof key);
    base_buf_clear(&plain);
    return err;
}

/* An object without a store yet. */
static base_err begin_object(const sotto_config *config, uint64_t now, sotto **out)
{
    const base_alloc *alloc = config->alloc != NULL ? config->alloc : &base_alloc_std;
    sotto *s = base_alloc_zero(alloc, 1, sizeof *s);
    if (s == NULL) {
        return BASE_E_NOMEM;
    }
    s->config = *config;
    s->alloc = alloc;
    s->now = now;
    s->next_op = 1;
    base_err err = sotto_prims_init(config->crypto, config->random, alloc, &s->prims);
    if (err != BASE_OK) {
        base_alloc_free(alloc, s);
        return err;
    }
    *out = s;
    return BASE_OK;
}

/* One person is one client, whichever device: two leaves are the same client when their device is.
 */
static bool same_client(void *user, const mls_leaf_node *a, const mls_leaf_node *b)
{
    (void)user;
    return base_bytes_eq(a->signature_key, b->signature_key);
}

static base_err open_store(sotto *s, bool create)
{
    base_err err = BASE_OK;
    TRY(store_open(s->alloc, s->config.path, base_bytes_of(s->db_key, sizeof s->db_key), create,
                   &s->store));
    mls_config mls = {
        .alloc = s->alloc,
        .crypto = s->config.crypto,
        .random = s->config.random,
        .store = store_mls_port(s->store),
        .limits = {.leaves = 4096, .message_bytes = (size_t)16 << 20},
        .clients = {same_client, NULL},
    };
    TRY(mls_ctx_new(&mls, &s->mls));
done:
    return err;
}

base_err sotto_create(const sotto_config *config, const sotto_create_params *params, uint64_t now,
                      base_buf *wrapped_key, base_buf *recovery, sotto **out)
{
    base_err err = BASE_OK;
    sotto *s = NULL;
    base_buf wrapped = base_buf_on(config->alloc);
    base_buf text = base_buf_on(config->alloc);
    REQUIRE(sotto_relay_url_ok(params->relay), BASE_E_ARGUMENT);
    REQUIRE(params->name.n <= SOTTO_NAME_MAX && base_bytes_is_text(params->name), BASE_E_UTF8);
    REQUIRE(params->postage.n <= 255, BASE_E_LIMIT);
    TRY(begin_object(config, now, &s));
    TRY(sotto_random(&s->prims, s->db_key, sizeof s->db_key));
    TRY(wrap_key(&s->prims, params->passphrase, s->db_key, &wrapped));
    TRY(open_store(s, true));
    TRY(core_begin(s, now));
    err = core_end(s, account_make(s, params, &text));
    TRY(err);
    base_buf_move(wrapped_key, &wrapped);
    base_buf_move(recovery, &text);
    *out = s;
    s = NULL;
done:
    base_buf_clear(&text);
    base_buf_clear(&wrapped);
    sotto_close(s);
    return err;
}

base_err sotto_open(const sotto_config *config, base_bytes wrapped_key, base_bytes passphrase,
                    uint64_t now, sotto **out)
{
    base_err err = BASE_OK;
    sotto *s = NULL;
    TRY(begin_object(config, now, &s));
    TRY(unwrap_key(&s->prims, passphrase, wrapped_key, s->db_key));
    TRY(open_store(s, false));
    TRY(account_load(s));
    TRY(store_outbox_forget_ops(s->store));
    TRY(store_relay_forget(s->store, s->me.relay));
    *out = s;
    s = NULL;
done:
    sotto_close(s);
    return err;
}

base_err sotto_rewrap(sotto *s, base_bytes passphrase, base_buf *wrapped_key)
{
    return wrap_key(&s->prims, passphrase, s->db_key, wrapped_key);
}
