/* The person and the device: made once, loaded at each start. Private keys live in the account's
 * values and in memory; the recovery key's private half is shown once and kept nowhere. */
#include "base/alloc.h"
#include "base/text.h"
#include "core.h"

#define RECOVERY_CHECK 3 /* bytes of a hash behind the key, so that a slip of the pen shows */

typedef struct value_row {
    const char *name;
    void *p;
    size_t n;
} value_row;

/* Values of fixed size, in one list for loading and storing. */
static size_t fixed_values(core_account *me, value_row *out)
{
    const value_row rows[] = {
        {"id", me->id.b, sizeof me->id.b},
        {"identity key", me->identity_key, sizeof me->identity_key},
        {"mailbox", me->reach.mailbox, sizeof me->reach.mailbox},
        {"mailbox owner", me->box_owner, sizeof me->box_owner},
        {"door", me->reach.token, sizeof me->reach.token},
        {"shelf", me->reach.shelf, sizeof me->reach.shelf},
        {"shelf owner", me->shelf_owner, sizeof me->shelf_owner},
        {"shelf token", me->reach.shelf_token, sizeof me->reach.shelf_token},
        {"shelf key", me->reach.shelf_key, sizeof me->reach.shelf_key},
        {"handle token", me->handle_token, sizeof me->handle_token},
    };
    memcpy(out, rows, sizeof rows);
    return sizeof rows / sizeof rows[0];
}
#define FIXED_MAX 16

static base_err put_number(sotto_store *st, const char *name, uint64_t v)
{
    base_err err = BASE_OK;
    base_buf b = base_buf_on(NULL);
    base_wr w = base_wr_on(&b);
    base_wr_u64(&w, v);
    TRY(base_wr_end(&w));
    TRY(store_value_put(st, name, base_buf_bytes(&b)));
done:
    base_buf_clear(&b);
    return err;
}

static base_err get_number(sotto_store *st, const char *name, uint64_t *v)
{
    base_err err = BASE_OK;
    base_buf b = base_buf_on(NULL);
    TRY(store_value_get(st, name, &b));
    base_rd r = base_rd_on(base_buf_bytes(&b));
    *v = base_rd_u64(&r);
    REQUIRE(base_rd_end(&r) == BASE_OK, BASE_E_CORRUPT);
done:
    base_buf_clear(&b);
    return err;
}

base_err account_save_home(sotto *s)
{
    base_err err = BASE_OK;
    core_account *me = &s->me;
    TRY(store_value_put(s->store, "name", base_bytes_str(me->name)));
    TRY(store_value_put(s->store, "handle", base_bytes_str(me->handle)));
    TRY(store_value_put(s->store, "handle token",
                        base_bytes_of(me->handle_token, sizeof me->handle_token)));
    TRY(put_number(s->store, "batch", (uint64_t)me->batch));
    TRY(put_number(s->store, "mail place", me->mail_place));
    TRY(put_number(s->store, "box made", me->box_made));
    TRY(put_number(s->store, "shelf made", me->shelf_made));
    TRY(put_number(s->store, "shelf filled", me->shelf_filled));
done:
    return err;
}

static base_err save_all(sotto *s)
{
    base_err err = BASE_OK;
    value_row rows[FIXED_MAX];
    size_t n = fixed_values(&s->me, rows);
    for (size_t i = 0; i < n; i++) {
        TRY(store_value_put(s->store, rows[i].name, base_bytes_of(rows[i].p, rows[i].n)));
    }
    TRY(store_value_put(s->store, "list", base_buf_bytes(&s->me.list)));
    TRY(store_value_put(s->store, "identity seed", base_secret_bytes(&s->me.identity_seed)));
    TRY(store_value_put(s->store, "device private", base_buf_bytes(&s->me.device_private)));
    TRY(store_value_put(s->store, "device public", base_buf_bytes(&s->me.device_public)));
    TRY(put_number(s->store, "relay", (uint64_t)s->me.relay));
    TRY(account_save_home(s));
done:
    return err;
}

static base_err get_text(sotto_store *st, const char *name, char *out, size_t size)
{
    base_err err = BASE_OK;
    base_buf b = base_buf_on(NULL);
    TRY(store_value_get(st, name, &b));
    REQUIRE(b.n < size, BASE_E_CORRUPT);
    core_text(base_buf_bytes(&b), out, size);
done:
    base_buf_clear(&b);
    return err;
}

static base_err load_fixed(sotto *s)
{
    base_err err = BASE_OK;
    value_row rows[FIXED_MAX];
    base_buf b = base_buf_on(s->alloc);
    size_t n = fixed_values(&s->me, rows);
    for (size_t i = 0; i < n; i++) {
        TRY(store_value_get(s->store, rows[i].name, &b));
        REQUIRE(b.n == rows[i].n, BASE_E_CORRUPT);
        memcpy(rows[i].p, b.p, b.n);
    }
done:
    base_buf_clear(&b);
    return err;
}

static base_err load_numbers(sotto *s)
{
    base_err err = BASE_OK;
    core_account *me = &s->me;
    uint64_t v = 0;
    TRY(get_number(s->store, "relay", &v));
    me->relay = (int64_t)v;
    TRY(get_number(s->store, "batch", &v));
    me->batch = (int64_t)v;
    TRY(get_number(s->store, "mail place", &me->mail_place));
    TRY(get_number(s->store, "box made", &v));
    me->box_made = v != 0;
    TRY(get_number(s->store, "shelf made", &v));
    me->shelf_made = v != 0;
    TRY(get_number(s->store, "shelf filled", &v));
    me->shelf_filled = v != 0;
done:
    return err;
}

base_err account_load(sotto *s)
{
    base_err err = BASE_OK;
    core_account *me = &s->me;
    core_account before = s->me;
    relay_row home;
    base_buf seed = base_buf_on(s->alloc);
    memset(&home, 0, sizeof home);
    memset(me, 0, sizeof *me);
    TRY(load_fixed(s));
    TRY(load_numbers(s));
    TRY(get_text(s->store, "name", me->name, sizeof me->name));
    TRY(get_text(s->store, "handle", me->handle, sizeof me->handle));
    TRY(store_value_get(s->store, "list", &me->list));
    TRY(store_value_get(s->store, "identity seed", &seed));
    TRY(base_secret_set(&me->identity_seed, base_buf_bytes(&seed)));
    TRY(store_value_get(s->store, "device private", &me->device_private));
    TRY(store_value_get(s->store, "device public", &me->device_public));
    TRY(store_relay_get(s->store, me->relay, &home));
    memcpy(me->relay_url, home.url, sizeof me->relay_url);
    memcpy(me->reach.relay, home.url, sizeof me->reach.relay);
    account_clear(&before);
done:
    if (err != BASE_OK) {
        account_clear(me);
        *me = before;
    }
    base_wipe(&before, sizeof before);
    base_buf_clear(&seed);
    relay_row_clear(&home);
    return err == BASE_E_NOT_FOUND ? BASE_E_CORRUPT : err;
}

void account_clear(core_account *me)
{
    base_buf_clear(&me->list);
    base_secret_clear(&me->identity_seed);
    base_buf_clear(&me->device_private);
    base_buf_clear(&me->device_public);
    base_wipe(me, sizeof *me);
}

/* ---- making a person ---- */

static base_err recovery_text(sotto *s, const base_secret *seed, base_buf *out)
{
    base_err err = BASE_OK;
    sotto_hash check;
    base_buf raw = base_buf_on(s->alloc);
    base_buf text = base_buf_on(s->alloc);
    base_bytes part = base_secret_bytes(seed);
    TRY(sotto_hash_of(&s->prims, "sotto recovery", &part, 1, &check));
    TRY(base_buf_append(&raw, part));
    TRY(base_buf_append(&raw, base_bytes_of(check.b, RECOVERY_CHECK)));
    TRY(base_text_base32(base_buf_bytes(&raw), &text));
    for (size_t i = 0; i < text.n; i += 4) {
        if (i > 0) {
            TRY(base_buf_append(out, base_bytes_str("-")));
        }
        TRY(base_buf_append(out, base_bytes_of(text.p + i, text.n - i < 4 ? text.n - i : 4)));
    }
done:
    base_buf_clear(&text);
    base_buf_clear(&raw);
    return err;
}

static base_err make_list(sotto *s, const uint8_t recovery_key[static 32])
{
    static const uint8_t zeros[32] = {0};
    base_err err = BASE_OK;
    uint8_t device_id[SOTTO_DEVICE_ID_SIZE] = {0};
    sotto_device_list list;
    memset(&list, 0, sizeof list);
    TRY(sotto_random(&s->prims, device_id, sizeof device_id));
    list.identity_key = base_bytes_of(s->me.identity_key, sizeof s->me.identity_key);
    list.recovery_key = base_bytes_of(recovery_key, 32);
    list.version = 1;
    list.previous = base_bytes_of(zeros, sizeof zeros);
    list.n_devices = 1;
    list.devices[0] =
        (sotto_device){base_bytes_of(device_id, sizeof device_id),
                       base_buf_bytes(&s->me.device_public), (uint32_t)core_day(s), true};
    TRY(sotto_device_list_encode(&s->prims, &list, base_secret_bytes(&s->me.identity_seed),
                                 &s->me.list));
    TRY(sotto_device_list_identity(&s->prims, &list, &s->me.id));
done:
    return err;
}

static base_err make_keys(sotto *s, base_buf *recovery)
{
    base_err err = BASE_OK;
    core_account *me = &s->me;
    base_secret recovery_seed = {0};
    uint8_t recovery_key[SOTTO_SIGN_PUBLIC_SIZE] = {0};
    uint8_t *const random[] = {me->reach.mailbox,   me->box_owner,   me->reach.token,
                               me->reach.shelf,     me->shelf_owner, me->reach.shelf_token,
                               me->reach.shelf_key, me->handle_token};
    TRY(sotto_sign_new(&s->prims, &me->identity_seed, me->identity_key));
    TRY(sotto_sign_new(&s->prims, &recovery_seed, recovery_key));
    TRY(mls_signature_key_new(s->mls, CORE_SUITE, &me->device_private, &me->device_public));
    TRY(make_list(s, recovery_key));
    for (size_t i = 0; i < sizeof random / sizeof random[0]; i++) {
        TRY(sotto_random(&s->prims, random[i], 32));
    }
    TRY(recovery_text(s, &recovery_seed, recovery));
done:
    base_secret_clear(&recovery_seed);
    return err;
}

base_err account_make(sotto *s, const sotto_create_params *params, base_buf *recovery)
{
    base_err err = BASE_OK;
    relay_row home;
    memset(&home, 0, sizeof home);
    core_text(params->relay, s->me.relay_url, sizeof s->me.relay_url);
    core_text(params->name, s->me.name, sizeof s->me.name);
    memcpy(s->me.reach.relay, s->me.relay_url, sizeof s->me.reach.relay);
    TRY(store_relay_of(s->store, s->me.relay_url, &s->me.relay));
    TRY(store_relay_get(s->store, s->me.relay, &home));
    TRY(base_buf_set(&home.postage, params->postage));
    TRY(store_relay_put(s->store, &home));
    TRY(make_keys(s, recovery));
    TRY(save_all(s));
done:
    relay_row_clear(&home);
    return err;
}

/* ---- a leaf of ours ---- */

static const uint16_t versions[] = {1};
static const uint16_t suites[] = {CORE_SUITE};
static const uint16_t extensions[] = {SOTTO_EXTENSION_READER, SOTTO_EXTENSION_HOME,
                                      SOTTO_EXTENSION_ROOM};
static const uint16_t credentials[] = {SOTTO_CREDENTIAL_DEVICE_LIST};

base_err account_leaf_make(sotto *s, account_leaf *leaf)
{
    base_err err = BASE_OK;
    sotto_reach home = s->me.reach;
    sotto_hash handle;
    base_wr w = base_wr_on(&leaf->home);
    base_bytes k = {leaf->reader, sizeof leaf->reader};
    TRY(sotto_random(&s->prims, leaf->reader, sizeof leaf->reader));
    TRY(sotto_hash_of(&s->prims, "", &k, 1, &handle));
    memcpy(leaf->handle, handle.b, sizeof leaf->handle);
    TRY(sotto_random(&s->prims, home.token, sizeof home.token));
    TRY(store_door_new(s->store, base_bytes_of(home.token, sizeof home.token), &home.door));
    leaf->door = home.door;
    sotto_reach_write(&w, &home);
    TRY(base_wr_end(&w));
    leaf->ext[0] =
        (mls_extension){SOTTO_EXTENSION_READER, base_bytes_of(leaf->handle, sizeof leaf->handle)};
    leaf->ext[1] = (mls_extension){SOTTO_EXTENSION_HOME, base_buf_bytes(&leaf->home)};
    leaf->capabilities = (mls_capabilities){
        .versions = {versions, 1},
        .suites = {suites, 1},
        .extensions = {extensions, 3},
        .credentials = {credentials, 1},
    };
    leaf->params = (mls_member_params){
        .suite = CORE_SUITE,
        .credential = {SOTTO_CREDENTIAL_DEVICE_LIST, base_buf_bytes(&s->me.list)},
        .signature_private = base_buf_bytes(&s->me.device_private),
        .signature_public = base_buf_bytes(&s->me.device_public),
        .capabilities = &leaf->capabilities,
        .leaf_extensions = {leaf->ext, 2},
    };
done:
    return err;
}

void account_leaf_clear(account_leaf *leaf)
{
    base_wipe(leaf->reader, sizeof leaf->reader);
    base_buf_clear(&leaf->home);
}
