/* Codecs of what stands beside and inside mail: a shelf's sealed package, and the content of a
 * join. */
#include "mail.h"

base_err sotto_shelf_seal(const sotto_prims *p, base_bytes shelf_key,
                          const sotto_shelf_package *package, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf plain = base_buf_on(p->alloc);
    base_wr w = base_wr_on(&plain);
    base_wr_fixed(&w, base_bytes_of(package->hint, SOTTO_HINT_SIZE));
    base_wr_vec(&w, package->key_package);
    TRY(base_wr_end(&w));
    REQUIRE(plain.n <= SOTTO_SHELF_PACKAGE_SIZE, BASE_E_LIMIT);
    TRY(base_buf_resize(&plain, SOTTO_SHELF_PACKAGE_SIZE));
    TRY(sotto_box_seal(p, shelf_key, base_bytes_str("sotto shelf"), base_buf_bytes(&plain), out));
done:
    base_buf_clear(&plain);
    return err;
}

base_err sotto_shelf_open(const sotto_prims *p, base_bytes shelf_key, base_bytes sealed,
                          base_buf *plain, sotto_shelf_package *out)
{
    base_err err = BASE_OK;
    base_buf opened = base_buf_on(p->alloc);
    TRY(sotto_box_open(p, shelf_key, base_bytes_str("sotto shelf"), sealed, &opened));
    base_rd r = base_rd_on(base_buf_bytes(&opened));
    base_bytes hint = base_rd_fixed(&r, SOTTO_HINT_SIZE);
    base_bytes key_package = base_rd_vec(&r);
    REQUIRE(r.err == BASE_OK && opened.n == SOTTO_SHELF_PACKAGE_SIZE, SOTTO_E_MAIL);
    REQUIRE(base_ct_is_zero(base_bytes_of(r.p, r.left)), SOTTO_E_MAIL);
    memcpy(out->hint, hint.p, SOTTO_HINT_SIZE);
    out->key_package = key_package;
    base_buf_move(plain, &opened);
done:
    base_buf_clear(&opened);
    return err;
}

base_err sotto_join_encode(const sotto_join *join, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_vec(&w, base_bytes_str(join->relay));
    base_wr_fixed(&w, base_bytes_of(join->log, sizeof join->log));
    base_wr_u64(&w, join->epoch);
    base_wr_fixed(&w, base_bytes_of(join->token, sizeof join->token));
    base_wr_fixed(&w, base_bytes_of(join->side_key, sizeof join->side_key));
    base_wr_fixed(&w, base_bytes_of(join->room, sizeof join->room));
    base_wr_u8(&w, (uint8_t)join->kind);
    base_wr_vec(&w, join->title);
    base_wr_vec(&w, join->name);
    return base_wr_end(&w);
}

static void copy_fixed(base_rd *r, uint8_t *out, size_t n)
{
    base_bytes b = base_rd_fixed(r, n);
    if (b.n == n) {
        memcpy(out, b.p, n);
    }
}

base_err sotto_join_decode(base_bytes in, sotto_join *out)
{
    base_rd r = base_rd_on(in);
    sotto_join join;
    memset(&join, 0, sizeof join);
    base_bytes relay = base_rd_vec_max(&r, SOTTO_RELAY_URL_MAX);
    copy_fixed(&r, join.log, sizeof join.log);
    join.epoch = base_rd_u64(&r);
    copy_fixed(&r, join.token, sizeof join.token);
    copy_fixed(&r, join.side_key, sizeof join.side_key);
    copy_fixed(&r, join.room, sizeof join.room);
    uint8_t kind = base_rd_u8(&r);
    join.title = base_rd_vec_max(&r, SOTTO_TITLE_BYTES_MAX);
    join.name = base_rd_vec_max(&r, 256);
    base_err err = BASE_OK;
    REQUIRE(base_rd_end(&r) == BASE_OK && sotto_relay_url_ok(relay), SOTTO_E_MAIL);
    REQUIRE(kind == SOTTO_ROOM_DIRECT || kind == SOTTO_ROOM_GROUP, SOTTO_E_MAIL);
    REQUIRE(base_bytes_is_text(join.title) && base_bytes_is_text(join.name), SOTTO_E_MAIL);
    memcpy(join.relay, relay.p, relay.n);
    join.kind = (sotto_room_kind)kind;
    *out = join;
done:
    base_wipe(&join, sizeof join);
    return err;
}
