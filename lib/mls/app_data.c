/* See app_data.h. The rules are numbered in docs/validation.md. */
#include "app_data.h"

#include <sotto/mls_app.h>

#include "base/bytes.h"
#include "media.h"

/* ---- dictionaries ---- */

void mls_app_data_item_read(base_rd *r, mls_app_data *out)
{
    out->component = base_rd_u16(r);
    out->data = base_rd_vec(r);
}

void mls_app_data_item_write(base_wr *w, const mls_app_data *item)
{
    base_wr_u16(w, item->component);
    base_wr_vec(w, item->data);
}

/* V-E4.6-1, V-E4.9-2: increasing, and no component twice. *last is UINT32_MAX before the first. */
static bool follows(uint32_t *last, uint16_t component)
{
    bool ok = *last == UINT32_MAX || component > *last;
    *last = component;
    return ok;
}

base_err mls_app_data_decode(base_bytes in, base_arena *a, mls_app_data_list *out)
{
    base_err err = BASE_OK;
    void *v = NULL;
    size_t cap = 0;
    size_t n = 0;
    uint32_t last = UINT32_MAX;
    base_rd r = base_rd_on(in);
    base_rd items = base_rd_open(&r);
    while (base_rd_more(&items)) {
        mls_app_data item = {0};
        mls_app_data_item_read(&items, &item);
        REQUIRE(items.err != BASE_OK || follows(&last, item.component), BASE_E_VALUE);
        TRY(base_arena_grow(a, &v, &cap, n + 1, sizeof item));
        ((mls_app_data *)v)[n++] = item;
    }
    base_rd_close(&r, &items);
    TRY(base_rd_end(&r));
    *out = (mls_app_data_list){v, n};
done:
    return err;
}

base_err mls_app_data_write(mls_app_data_list list, base_buf *out)
{
    base_buf made = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&made);
    uint32_t last = UINT32_MAX;
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < list.n; i++) {
        if (!follows(&last, list.v[i].component)) {
            base_wr_fail(&w, BASE_E_VALUE);
        }
        mls_app_data_item_write(&w, &list.v[i]);
    }
    base_wr_close(&w, mark);
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &made);
    }
    base_buf_clear(&made);
    return err;
}

/* The entry of a component in an encoded dictionary. */
static base_err find(base_bytes dictionary, uint16_t component, base_bytes *data)
{
    base_err err = BASE_E_NOT_FOUND;
    base_rd r = base_rd_on(dictionary);
    base_rd items = base_rd_open(&r);
    while (base_rd_more(&items)) {
        mls_app_data item = {0};
        mls_app_data_item_read(&items, &item);
        if (items.err == BASE_OK && item.component == component) {
            *data = item.data;
            err = BASE_OK;
        }
    }
    base_rd_close(&r, &items);
    return base_rd_end(&r) == BASE_OK ? err : MLS_E_EXTENSION;
}

bool mls_app_data_of(mls_extension_list extensions, uint16_t component, base_bytes *data)
{
    const mls_extension *e = mls_extension_find(extensions, MLS_EXTENSION_APP_DATA_DICTIONARY);
    return e != NULL && find(e->data, component, data) == BASE_OK;
}

/* ---- lists of values ---- */

base_err mls_encoded_u16_decode(base_bytes in, base_arena *a, mls_u16_list *out)
{
    base_rd r = base_rd_on(in);
    mls_u16_list_read(&r, a, out);
    return base_rd_end(&r);
}

bool mls_encoded_u16_covers(base_bytes encoded, mls_u16_list wanted)
{
    for (size_t i = 0; i < wanted.n; i++) {
        bool there = false;
        base_rd r = base_rd_on(encoded);
        base_rd values = base_rd_open(&r);
        while (base_rd_more(&values)) {
            there = base_rd_u16(&values) == wanted.v[i] || there;
        }
        if (!there || values.err != BASE_OK) {
            return false;
        }
    }
    return true;
}

/* ---- extensions ---- */

static base_err check_entry(const mls_app_data *item, base_arena *a)
{
    mls_u16_list list;
    switch (item->component) {
    case MLS_COMPONENT_APP_COMPONENTS:
    case MLS_COMPONENT_SAFE_AAD:
        return mls_encoded_u16_decode(item->data, a, &list); /* V-E5-1 */
    case MLS_COMPONENT_CONTENT_MEDIA_TYPES:
        return mls_media_list_is_valid(item->data) ? BASE_OK : BASE_E_VALUE;
    case MLS_COMPONENT_LAST_RESORT_KEY_PACKAGE:
        return item->data.n == 0 ? BASE_OK : BASE_E_VALUE; /* V-E6.4-1 */
    default:
        return BASE_OK; /* unknown and GREASE values are nobody's business (V-E5.1-1) */
    }
}

static base_err check_extension(const mls_extension *e, base_arena *a)
{
    base_err err = BASE_OK;
    mls_app_data_list list = {0};
    mls_u16_list values;
    switch (e->type) {
    case MLS_EXTENSION_APP_DATA_DICTIONARY:
        TRY(mls_app_data_decode(e->data, a, &list));
        for (size_t i = 0; i < list.n; i++) {
            TRY(check_entry(&list.v[i], a));
        }
        break;
    case MLS_EXTENSION_SUPPORTED_WIRE_FORMATS:
    case MLS_EXTENSION_REQUIRED_WIRE_FORMATS:
        err = mls_encoded_u16_decode(e->data, a, &values); /* V-E5-1 */
        break;
    default:
        break;
    }
done:
    return err == BASE_OK || err == BASE_E_NOMEM ? err : MLS_E_EXTENSION;
}

base_err mls_app_extensions_check(mls_extension_list extensions, const base_alloc *alloc)
{
    base_err err = BASE_OK;
    base_arena a = base_arena_on(alloc, 0);
    for (size_t i = 0; i < extensions.n; i++) {
        TRY(check_extension(&extensions.v[i], &a));
    }
done:
    base_arena_clear(&a);
    return err;
}

/* ---- authenticated data ---- */

static bool demands_safe_aad(mls_extension_list extensions)
{
    base_bytes data = BASE_BYTES_NONE;
    return mls_app_data_of(extensions, MLS_COMPONENT_SAFE_AAD, &data);
}

base_err mls_safe_aad_judge(mls_extension_list extensions, const base_alloc *alloc,
                            base_bytes authenticated_data)
{
    if (!demands_safe_aad(extensions)) {
        return BASE_OK;
    }
    base_arena a = base_arena_on(alloc, 0);
    mls_app_data_list list;
    base_err err = mls_app_data_decode(authenticated_data, &a, &list);
    base_arena_clear(&a);
    return err == BASE_OK || err == BASE_E_NOMEM ? err : MLS_E_AAD; /* V-E4.9-1 */
}

base_err mls_safe_aad_give(mls_extension_list extensions, const base_alloc *alloc, base_bytes given,
                           base_bytes *out)
{
    static const uint8_t empty[] = {0};
    if (given.n == 0 && demands_safe_aad(extensions)) {
        *out = base_bytes_of(empty, sizeof empty);
        return BASE_OK;
    }
    base_err err = mls_safe_aad_judge(extensions, alloc, given);
    if (err == BASE_OK) {
        *out = given;
    }
    return err == MLS_E_AAD ? BASE_E_ARGUMENT : err;
}

/* ---- proposals ---- */

void mls_app_data_update_read(base_rd *r, mls_app_data_update *out)
{
    out->component = base_rd_u16(r);
    uint8_t op = base_rd_u8(r);
    switch (op) {
    case MLS_APP_DATA_UPDATE:
        out->op = MLS_APP_DATA_UPDATE;
        out->update = base_rd_vec(r);
        return;
    case MLS_APP_DATA_REMOVE:
        out->op = MLS_APP_DATA_REMOVE;
        return;
    default:
        base_rd_fail(r, BASE_E_VALUE); /* V-E4.7-1 */
        return;
    }
}

void mls_app_data_update_write(base_wr *w, const mls_app_data_update *u)
{
    base_wr_u16(w, u->component);
    base_wr_u8(w, (uint8_t)u->op);
    switch (u->op) {
    case MLS_APP_DATA_UPDATE:
        base_wr_vec(w, u->update);
        return;
    case MLS_APP_DATA_REMOVE:
        return;
    }
    base_wr_fail(w, BASE_E_ARGUMENT);
}

/* ---- for callers ---- */

bool mls_key_package_is_last_resort(const mls_key_package *kp)
{
    base_bytes data = BASE_BYTES_NONE;
    return kp != NULL &&
           mls_app_data_of(kp->extensions, MLS_COMPONENT_LAST_RESORT_KEY_PACKAGE, &data);
}

base_err mls_app_data_encode(const mls_app_data *items, size_t n, base_buf *out)
{
    if (out == NULL || (n > 0 && items == NULL)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = mls_app_data_write((mls_app_data_list){items, n}, out);
    return err == BASE_E_VALUE ? BASE_E_ARGUMENT : err;
}

base_err mls_app_data_each(base_bytes encoded, mls_app_data_seen seen, void *user)
{
    if (seen == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_arena a = base_arena_on(NULL, 0);
    mls_app_data_list list = {0};
    TRY(mls_app_data_decode(encoded, &a, &list));
    for (size_t i = 0; i < list.n; i++) {
        TRY(seen(user, &list.v[i]));
    }
done:
    base_arena_clear(&a);
    return err;
}

base_err mls_app_data_find(mls_extension_list extensions, uint16_t component, base_bytes *data)
{
    if (data == NULL) {
        return BASE_E_ARGUMENT;
    }
    const mls_extension *e = mls_extension_find(extensions, MLS_EXTENSION_APP_DATA_DICTIONARY);
    return e != NULL ? find(e->data, component, data) : BASE_E_NOT_FOUND;
}

base_err mls_u16_list_encode(mls_u16_list list, base_buf *out)
{
    if (out == NULL || (list.n > 0 && list.v == NULL)) {
        return BASE_E_ARGUMENT;
    }
    base_buf made = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&made);
    mls_u16_list_write(&w, list);
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &made);
    }
    base_buf_clear(&made);
    return err;
}

bool mls_u16_list_holds(base_bytes encoded, uint16_t value)
{
    return mls_encoded_u16_covers(encoded, (mls_u16_list){&value, 1});
}
