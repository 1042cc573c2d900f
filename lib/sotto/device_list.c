/* Codec and checks of the device list. Nothing here knows a clock, a store or a network: two
 * members that see the same bytes come to the same verdict. */
#include "device_list.h"

#include "base/rd.h"
#include "base/wr.h"

#define LIST_LABEL "sotto device list"
#define DELEGATION_LABEL "sotto signing key"
#define LIST_BYTES_MAX 16384
#define SIGNATURE_KEY_MAX 133 /* part of the format, whatever the backend could do */

static base_err delegation_content(const sotto_device_list *list, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_fixed(&w, list->identity_key);
    base_wr_fixed(&w, list->signing_key);
    base_wr_u64(&w, list->since);
    return base_wr_end(&w);
}

static base_err check_delegation(const sotto_prims *p, const sotto_device_list *list)
{
    base_err err = BASE_OK;
    base_buf content = base_buf_on(p->alloc);
    if (base_bytes_eq(list->signing_key, list->identity_key)) {
        return list->since == 0 && list->delegation.n == 0 ? BASE_OK : SOTTO_E_DEVICE_LIST;
    }
    REQUIRE(list->since >= 2 && list->since <= list->version, SOTTO_E_DEVICE_LIST);
    TRY(delegation_content(list, &content));
    TRY(sotto_verify(p, list->recovery_key, DELEGATION_LABEL, base_buf_bytes(&content),
                     list->delegation));
done:
    base_buf_clear(&content);
    return err;
}

static base_err check_devices(const sotto_device_list *list)
{
    for (size_t i = 0; i < list->n_devices; i++) {
        const sotto_device *d = &list->devices[i];
        if (d->signature_key.n == 0) {
            return SOTTO_E_DEVICE_LIST;
        }
        for (size_t k = 0; k < i; k++) {
            if (base_bytes_eq(d->id, list->devices[k].id) ||
                base_bytes_eq(d->signature_key, list->devices[k].signature_key)) {
                return SOTTO_E_DEVICE_LIST;
            }
        }
    }
    return BASE_OK;
}

static void read_devices(base_rd *r, sotto_device_list *list)
{
    base_rd in = base_rd_open(r);
    while (base_rd_more(&in)) {
        if (list->n_devices == SOTTO_DEVICES_MAX) {
            base_rd_fail(&in, BASE_E_LIMIT);
            break;
        }
        sotto_device *d = &list->devices[list->n_devices++];
        d->id = base_rd_fixed(&in, SOTTO_DEVICE_ID_SIZE);
        d->signature_key = base_rd_vec_max(&in, SIGNATURE_KEY_MAX);
        d->day = base_rd_u32(&in);
        d->holder = base_rd_bool(&in);
    }
    base_rd_close(r, &in);
}

static base_err read_list(base_bytes encoded, sotto_device_list *list)
{
    base_rd r = base_rd_on(encoded);
    base_rd start = r;
    if (encoded.n > LIST_BYTES_MAX) {
        return BASE_E_LIMIT;
    }
    *list = (sotto_device_list){.encoded = encoded};
    list->identity_key = base_rd_fixed(&r, SOTTO_SIGN_PUBLIC_SIZE);
    list->recovery_key = base_rd_fixed(&r, SOTTO_SIGN_PUBLIC_SIZE);
    list->version = base_rd_u64(&r);
    list->previous = base_rd_fixed(&r, SOTTO_HASH_SIZE);
    list->signing_key = base_rd_fixed(&r, SOTTO_SIGN_PUBLIC_SIZE);
    list->since = base_rd_u64(&r);
    list->delegation = base_rd_vec_max(&r, SOTTO_SIGNATURE_SIZE);
    read_devices(&r, list);
    list->to_sign = base_rd_since(&start, &r);
    list->signature = base_rd_vec_max(&r, SOTTO_SIGNATURE_SIZE);
    return base_rd_end(&r);
}

base_err sotto_device_list_decode(const sotto_prims *p, base_bytes encoded, sotto_device_list *out)
{
    base_err err = BASE_OK;
    sotto_device_list list;
    TRY(read_list(encoded, &list));
    REQUIRE(list.version >= 1, SOTTO_E_DEVICE_LIST);
    REQUIRE((list.version == 1) == base_ct_is_zero(list.previous), SOTTO_E_DEVICE_LIST);
    TRY(check_devices(&list));
    TRY(check_delegation(p, &list));
    TRY(sotto_verify(p, list.signing_key, LIST_LABEL, list.to_sign, list.signature));
    *out = list;
done:
    return err;
}

static void write_devices(base_wr *w, const sotto_device_list *list)
{
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < list->n_devices; i++) {
        const sotto_device *d = &list->devices[i];
        base_wr_fixed(w, d->id);
        base_wr_vec(w, d->signature_key);
        base_wr_u32(w, d->day);
        base_wr_bool(w, d->holder);
    }
    base_wr_close(w, mark);
}

base_err sotto_device_list_encode(const sotto_prims *p, const sotto_device_list *list,
                                  base_bytes signing_seed, base_buf *out)
{
    base_err err = BASE_OK;
    uint8_t signing_key[SOTTO_SIGN_PUBLIC_SIZE] = {0};
    uint8_t signature[SOTTO_SIGNATURE_SIZE] = {0};
    base_buf made = base_buf_on(p->alloc);
    base_wr w = base_wr_on(&made);
    TRY(sotto_sign_public(p, signing_seed, signing_key));
    base_wr_fixed(&w, list->identity_key);
    base_wr_fixed(&w, list->recovery_key);
    base_wr_u64(&w, list->version);
    base_wr_fixed(&w, list->previous);
    base_wr_fixed(&w, base_bytes_of(signing_key, sizeof signing_key));
    base_wr_u64(&w, list->since);
    base_wr_vec(&w, list->delegation);
    write_devices(&w, list);
    TRY(base_wr_end(&w));
    TRY(sotto_sign(p, signing_seed, LIST_LABEL, base_buf_bytes(&made), signature));
    base_wr_vec(&w, base_bytes_of(signature, sizeof signature));
    TRY(base_wr_end(&w));
    base_buf_move(out, &made);
done:
    base_buf_clear(&made);
    return err;
}

base_err sotto_device_list_identity(const sotto_prims *p, const sotto_device_list *list,
                                    sotto_hash *out)
{
    const base_bytes parts[] = {list->identity_key, list->recovery_key};
    return sotto_hash_of(p, "sotto identity", parts, 2, out);
}

const sotto_device *sotto_device_list_find(const sotto_device_list *list, base_bytes signature_key)
{
    for (size_t i = 0; i < list->n_devices; i++) {
        if (base_bytes_eq(list->devices[i].signature_key, signature_key)) {
            return &list->devices[i];
        }
    }
    return NULL;
}

sotto_list_order sotto_device_list_compare(const sotto_device_list *known,
                                           const sotto_device_list *fresh)
{
    if (base_bytes_eq(known->encoded, fresh->encoded)) {
        return SOTTO_LIST_SAME;
    }
    if (known->since != fresh->since) {
        return fresh->since > known->since ? SOTTO_LIST_NEWER : SOTTO_LIST_OLDER;
    }
    if (!base_bytes_eq(known->signing_key, fresh->signing_key)) {
        return SOTTO_LIST_FORKED; /* two appointments for one version */
    }
    if (known->version != fresh->version) {
        return fresh->version > known->version ? SOTTO_LIST_NEWER : SOTTO_LIST_OLDER;
    }
    return SOTTO_LIST_FORKED;
}
