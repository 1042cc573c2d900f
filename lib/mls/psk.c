/* PreSharedKeyID on the wire, and the chain of Extracts that makes psk_secret. */
#include "psk.h"

void mls_psk_id_read(base_rd *r, mls_psk_id *out)
{
    mls_psk_id id = {0};
    uint8_t type = base_rd_u8(r);
    switch (type) {
    case MLS_PSK_EXTERNAL:
        id.type = MLS_PSK_EXTERNAL;
        id.psk_id = base_rd_vec(r);
        break;
    case MLS_PSK_RESUMPTION: {
        id.type = MLS_PSK_RESUMPTION;
        uint8_t usage = base_rd_u8(r);
        if (usage < MLS_PSK_APPLICATION || usage > MLS_PSK_BRANCH) {
            base_rd_fail(r, BASE_E_VALUE);
        }
        id.usage = (mls_psk_usage)usage;
        id.psk_group_id = base_rd_vec(r);
        id.psk_epoch = base_rd_u64(r);
        break;
    }
    case MLS_PSK_COMPONENT:
        id.type = MLS_PSK_COMPONENT;
        id.component = base_rd_u16(r);
        id.psk_id = base_rd_vec(r);
        break;
    default:
        base_rd_fail(r, BASE_E_VALUE);
        break;
    }
    id.psk_nonce = base_rd_vec(r);
    *out = r->err == BASE_OK ? id : (mls_psk_id){0};
}

void mls_psk_id_write(base_wr *w, const mls_psk_id *id)
{
    base_wr_u8(w, (uint8_t)id->type);
    switch (id->type) {
    case MLS_PSK_EXTERNAL:
        base_wr_vec(w, id->psk_id);
        break;
    case MLS_PSK_RESUMPTION:
        if (id->usage < MLS_PSK_APPLICATION || id->usage > MLS_PSK_BRANCH) {
            base_wr_fail(w, BASE_E_ARGUMENT);
        }
        base_wr_u8(w, (uint8_t)id->usage);
        base_wr_vec(w, id->psk_group_id);
        base_wr_u64(w, id->psk_epoch);
        break;
    case MLS_PSK_COMPONENT:
        base_wr_u16(w, id->component);
        base_wr_vec(w, id->psk_id);
        break;
    default:
        base_wr_fail(w, BASE_E_ARGUMENT);
        break;
    }
    base_wr_vec(w, id->psk_nonce);
}

base_err mls_psk_id_decode(base_bytes in, mls_psk_id *out)
{
    base_rd r = base_rd_on(in);
    mls_psk_id id;
    mls_psk_id_read(&r, &id);
    base_err err = base_rd_end(&r);
    if (err == BASE_OK) {
        *out = id;
    }
    return err;
}

base_err mls_psk_id_encode(const mls_psk_id *id, base_buf *out)
{
    size_t before = out->n;
    base_wr w = base_wr_on(out);
    mls_psk_id_write(&w, id);
    base_err err = base_wr_end(&w);
    if (err != BASE_OK) {
        out->n = before;
    }
    return err;
}

bool mls_psk_id_same(const mls_psk_id *a, const mls_psk_id *b)
{
    if (a->type != b->type) {
        return false;
    }
    if (a->type != MLS_PSK_RESUMPTION) {
        return a->component == b->component && base_bytes_eq(a->psk_id, b->psk_id);
    }
    return a->usage == b->usage && a->psk_epoch == b->psk_epoch &&
           base_bytes_eq(a->psk_group_id, b->psk_group_id);
}

/* psk_input_[i] = ExpandWithLabel(Extract(0, psk_[i]), "derived psk", PSKLabel, Nh). */
static base_err psk_input(const crypto_suite *s, const mls_psk *psk, uint16_t index, uint16_t count,
                          base_secret *out)
{
    base_buf label = base_buf_on(s->env->alloc);
    base_wr w = base_wr_on(&label);
    base_secret extracted = {0};
    base_err err = BASE_OK;
    mls_psk_id_write(&w, &psk->id);
    base_wr_u16(&w, index);
    base_wr_u16(&w, count);
    TRY(base_wr_end(&w));
    TRY(crypto_extract(s, BASE_BYTES_NONE, psk->secret, &extracted));
    TRY(crypto_expand_secret(s, base_secret_bytes(&extracted), CRYPTO_LABEL("derived psk"),
                             base_buf_bytes(&label), s->hash->size, out));
done:
    base_secret_clear(&extracted);
    base_buf_clear(&label);
    return err;
}

base_err mls_psk_secret_derive(const crypto_suite *s, const mls_psk *psks, size_t count,
                               base_secret *psk_secret)
{
    base_secret input = {0};
    base_secret chain = {.n = s->hash->size};
    base_err err = BASE_OK;
    REQUIRE(count <= UINT16_MAX, BASE_E_LIMIT);
    for (size_t i = 0; i < count; i++) {
        TRY(psk_input(s, &psks[i], (uint16_t)i, (uint16_t)count, &input));
        TRY(crypto_extract(s, base_secret_bytes(&input), base_secret_bytes(&chain), &chain));
    }
    *psk_secret = chain;
done:
    base_secret_clear(&input);
    base_secret_clear(&chain);
    return err;
}
