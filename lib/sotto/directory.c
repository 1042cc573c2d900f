/* The directory: a contact link under a handle, filed and encrypted under one slow hash of
 * handle@relay (docs/architecture.md, section 2), so that only who knows the handle finds it. */
#include "core.h"

#define DIRECTORY_PASSES 3
#define DIRECTORY_MEMORY ((size_t)64 << 20)
#define LINK_ROOM (WIRE_RECORD_SIZE - 28) /* the record less nonce and tag */

bool directory_handle_ok(base_bytes handle)
{
    if (handle.n < 2 || handle.n > SOTTO_HANDLE_MAX || handle.p[0] < 'a' || handle.p[0] > 'z') {
        return false;
    }
    for (size_t i = 0; i < handle.n; i++) {
        uint8_t c = handle.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
              c == '-')) {
            return false;
        }
    }
    return true;
}

/* The URL of the relay that a handle names: ours if it is ours, plain only on this machine. */
static base_err url_of(sotto *s, base_bytes relay, char *out, size_t size)
{
    base_err err = BASE_OK;
    char name[SOTTO_RELAY_URL_MAX + 8];
    base_buf url = base_buf_on(s->alloc);
    TRY(conn_relay_name(s->me.relay_url, name, sizeof name));
    if (base_bytes_eq(relay, base_bytes_str(name))) {
        core_text(base_bytes_str(s->me.relay_url), out, size);
        goto done;
    }
    bool local = (relay.n >= 9 &&
                  (memcmp(relay.p, "127.0.0.1", 9) == 0 || memcmp(relay.p, "localhost", 9) == 0)) ||
                 (relay.n >= 5 && memcmp(relay.p, "[::1]", 5) == 0);
    TRY(base_buf_append(&url, base_bytes_str(local ? "ws://" : "wss://")));
    TRY(base_buf_append(&url, relay));
    REQUIRE(sotto_relay_url_ok(base_buf_bytes(&url)) && memchr(relay.p, '/', relay.n) == NULL,
            SOTTO_E_HANDLE);
    core_text(base_buf_bytes(&url), out, size);
done:
    base_buf_clear(&url);
    return err;
}

base_err directory_address(sotto *s, core_op *op, base_bytes address)
{
    base_err err = BASE_OK;
    char url[SOTTO_RELAY_URL_MAX + 1];
    while (address.n > 0 && (address.p[0] == ' ' || address.p[0] == '\n')) {
        address = base_bytes_of(address.p + 1, address.n - 1);
    }
    while (address.n > 0 && (address.p[address.n - 1] == ' ' || address.p[address.n - 1] == '\n')) {
        address.n--;
    }
    const uint8_t *at = address.n > 0 ? memchr(address.p, '@', address.n) : NULL;
    REQUIRE(at != NULL && address.n < sizeof op->handle, SOTTO_E_HANDLE);
    base_bytes handle = {address.p, (size_t)(at - address.p)};
    base_bytes relay = {at + 1, address.n - handle.n - 1};
    REQUIRE(directory_handle_ok(handle) && relay.n > 0, SOTTO_E_HANDLE);
    TRY(url_of(s, relay, url, sizeof url));
    TRY(store_relay_of(s->store, url, &op->relay));
    core_text(address, op->handle, sizeof op->handle);
done:
    return err;
}

/* Index and key of a record, from handle@relay. */
static base_err slow_hash(sotto *s, const char *address, uint8_t out[static 64])
{
    base_err err = BASE_OK;
    sotto_hash salt;
    TRY(sotto_hash_of(&s->prims, "sotto directory", NULL, 0, &salt));
    TRY(s->prims.pwhash->derive(base_bytes_str(address), base_bytes_of(salt.b, 16),
                                DIRECTORY_PASSES, DIRECTORY_MEMORY, out, 64));
done:
    return err;
}

static base_err seal_record(sotto *s, const uint8_t key[static 32], base_buf *out)
{
    base_err err = BASE_OK;
    base_buf plain = base_buf_on(s->alloc);
    sotto_contact_link link = {s->me.reach, s->me.id, ""};
    base_buf bare = base_buf_on(s->alloc);
    base_wr w = base_wr_on(&plain);
    sotto_contact_link_call(&link, s->me.name);
    TRY(sotto_contact_link_encode(&link, &bare));
    base_wr_vec(&w, base_buf_bytes(&bare));
    TRY(base_wr_end(&w));
    TRY(base_buf_resize(&plain, LINK_ROOM));
    TRY(sotto_box_seal(&s->prims, base_bytes_of(key, 32), base_bytes_str("sotto directory"),
                       base_buf_bytes(&plain), out));
done:
    base_buf_clear(&bare);
    base_buf_clear(&plain);
    return err;
}

/* What is filed, and where. Made once a request: sent again after a lost answer it has to be the
 * same, or the relay would tell us that our own handle is taken. */
static base_err record_make(sotto *s, core_op *op)
{
    base_err err = BASE_OK;
    uint8_t keys[64] = {0};
    char address[SOTTO_HANDLE_MAX + 300];
    char relay[SOTTO_RELAY_URL_MAX + 8];
    base_buf full = base_buf_on(s->alloc);
    base_buf record = base_buf_on(s->alloc);
    TRY(conn_relay_name(s->me.relay_url, relay, sizeof relay));
    TRY(base_buf_append(&full, base_bytes_str(op->handle)));
    TRY(base_buf_append(&full, base_bytes_str("@")));
    TRY(base_buf_append(&full, base_bytes_str(relay)));
    core_text(base_buf_bytes(&full), address, sizeof address);
    TRY(slow_hash(s, address, keys));
    TRY(sotto_random(&s->prims, op->dir_token, sizeof op->dir_token));
    TRY(seal_record(s, keys + 32, &record));
    memcpy(op->dir_key, keys, sizeof op->dir_key);
    base_buf_move(&op->record, &record);
done:
    base_wipe(keys, sizeof keys);
    base_buf_clear(&record);
    base_buf_clear(&full);
    return err;
}

static base_err claim(sotto *s, core_op *op, core_conn *c)
{
    static const uint8_t nothing[32] = {0};
    base_err err = BASE_OK;
    sotto_hash gate;
    base_bytes token = {op->dir_token, sizeof op->dir_token};
    core_request what = {.kind = REQ_DIR_PUT, .op = op->number};
    wire_frame f = {.type = WIRE_DIR_PUT};
    TRY(op->record.n > 0 ? BASE_OK : record_make(s, op));
    TRY(sotto_hash_of(&s->prims, "", &token, 1, &gate));
    f.u.dir_put = (wire_dir_put){base_bytes_of(op->dir_key, sizeof op->dir_key),
                                 token,
                                 sotto_hash_bytes(&gate),
                                 base_bytes_of(nothing, sizeof nothing),
                                 base_buf_bytes(&op->record),
                                 conn_postage(c)};
    TRY(conn_request(s, c, &f, &what));
    op->sent_dir = true;
done:
    return err;
}

static base_err look_up(sotto *s, core_op *op, core_conn *c)
{
    base_err err = BASE_OK;
    uint8_t keys[64] = {0};
    core_request what = {.kind = REQ_DIR_GET, .op = op->number};
    wire_frame f = {.type = WIRE_DIR_GET};
    TRY(slow_hash(s, op->handle, keys));
    memcpy(op->dir_token, keys + 32, 32); /* opens the answer */
    f.u.dir_get.key = base_bytes_of(keys, 32);
    TRY(conn_request(s, c, &f, &what));
    op->sent_dir = true;
done:
    base_wipe(keys, sizeof keys);
    return err;
}

base_err directory_step(sotto *s, core_op *op)
{
    bool own = op->kind == OP_HANDLE;
    core_conn *c = conn_want(s, own ? s->me.relay : op->relay, CORE_MAIL);
    if (op->sent_dir || !conn_ready(c) || (own && !account_reachable(&s->me))) {
        return BASE_OK;
    }
    return own ? claim(s, op, c) : look_up(s, op, c);
}

static base_err claimed(sotto *s, core_op *op, uint8_t status)
{
    sotto_event e = {.kind = SOTTO_EVENT_ACCOUNT};
    if (status == WIRE_DENIED || status == WIRE_STALE) {
        return op_end(s, op, SOTTO_E_HANDLE_TAKEN);
    }
    if (status != WIRE_OK) {
        return op_end(s, op, SOTTO_E_REFUSED);
    }
    core_text(base_bytes_str(op->handle), s->me.handle, sizeof s->me.handle);
    memcpy(s->me.handle_token, op->dir_token, sizeof s->me.handle_token);
    base_err err = account_save_home(s);
    if (err == BASE_OK) {
        err = core_event(s, &e);
    }
    return err != BASE_OK ? err : op_end(s, op, BASE_OK);
}

static base_err found(sotto *s, core_op *op, base_bytes record)
{
    base_err err = BASE_OK;
    sotto_contact_link link;
    base_buf plain = base_buf_on(s->alloc);
    err = sotto_box_open(&s->prims, base_bytes_of(op->dir_token, 32),
                         base_bytes_str("sotto directory"), record, &plain);
    if (err == CRYPTO_E_OPEN) {
        err = op_end(s, op, SOTTO_E_HANDLE_UNKNOWN);
        goto done;
    }
    TRY(err);
    base_rd r = base_rd_on(base_buf_bytes(&plain));
    base_bytes bare = base_rd_vec(&r);
    if (r.err != BASE_OK || sotto_contact_link_decode(bare, &link) != BASE_OK) {
        err = op_end(s, op, SOTTO_E_HANDLE_UNKNOWN);
        goto done;
    }
    TRY(op_contact_found(s, op, &link));
done:
    base_buf_clear(&plain);
    return err;
}

base_err directory_answer(sotto *s, const core_request *q, const wire_frame *f)
{
    core_op *op = op_find(s, q->op);
    if (op == NULL) {
        return BASE_OK;
    }
    s->disturbed = true;
    if (q->kind == REQ_DIR_PUT) {
        return claimed(s, op, f->type == WIRE_DONE ? f->u.done.status : WIRE_FAILED);
    }
    if (f->type != WIRE_RECORD) {
        return op_end(s, op, SOTTO_E_REFUSED);
    }
    return found(s, op, f->u.record.data);
}
