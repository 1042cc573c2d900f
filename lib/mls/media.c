/* See media.h. Types and parameters are read where they lie: no list is built. What the bytes of a
 * type or a parameter may be is MIME's and the application's. */
#include "media.h"

#include <sotto/mls_app.h>

#include "app_data.h"
#include "base/bytes.h"

/* ---- on the wire ---- */

static void parameter_read(base_rd *r, mls_media_parameter *out)
{
    out->name = base_rd_vec(r);
    out->value = base_rd_vec(r);
}

/* Parameters are a vector of structs: borrowed whole, once they are known to be well-formed. */
static base_bytes parameters_read(base_rd *r)
{
    base_bytes whole = base_rd_vec(r);
    base_rd items = base_rd_on(whole);
    while (base_rd_more(&items)) {
        mls_media_parameter p;
        parameter_read(&items, &p);
    }
    if (r->err == BASE_OK && base_rd_end(&items) != BASE_OK) {
        base_rd_fail(r, base_rd_end(&items));
    }
    return whole;
}

static void type_read(base_rd *r, mls_media_type *out)
{
    out->type = base_rd_vec(r);
    out->parameters = parameters_read(r);
}

/* A caller's parameters have to be such a vector's content. */
static void type_write(base_wr *w, const mls_media_type *t)
{
    base_rd items = base_rd_on(t->parameters);
    while (base_rd_more(&items)) {
        mls_media_parameter p;
        parameter_read(&items, &p);
    }
    if (base_rd_end(&items) != BASE_OK) {
        base_wr_fail(w, BASE_E_ARGUMENT);
    }
    base_wr_vec(w, t->type);
    base_wr_vec(w, t->parameters);
}

base_err mls_media_parameters_encode(const mls_media_parameter *v, size_t n, base_buf *out)
{
    if (out == NULL || (n > 0 && v == NULL)) {
        return BASE_E_ARGUMENT;
    }
    base_buf made = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&made);
    for (size_t i = 0; i < n; i++) {
        base_wr_vec(&w, v[i].name);
        base_wr_vec(&w, v[i].value);
    }
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &made);
    }
    base_buf_clear(&made);
    return err;
}

base_err mls_media_parameters_each(base_bytes parameters, mls_media_parameter_seen seen, void *user)
{
    if (seen == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_rd items = base_rd_on(parameters);
    while (base_rd_more(&items)) {
        mls_media_parameter p;
        parameter_read(&items, &p);
        base_err err = items.err == BASE_OK ? seen(user, &p) : BASE_OK;
        if (err != BASE_OK) {
            return err;
        }
    }
    return base_rd_end(&items);
}

base_err mls_media_types_encode(const mls_media_type *v, size_t n, base_buf *out)
{
    if (out == NULL || v == NULL || n == 0) {
        return BASE_E_ARGUMENT;
    }
    base_buf made = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&made);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < n; i++) {
        if (v[i].type.n == 0) {
            base_wr_fail(&w, BASE_E_ARGUMENT);
        }
        type_write(&w, &v[i]);
    }
    base_wr_close(&w, mark);
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &made);
    }
    base_buf_clear(&made);
    return err;
}

/* Walk a list; `seen` may be NULL. *n counts. */
static base_err walk(base_bytes encoded, mls_media_type_seen seen, void *user, size_t *n)
{
    base_rd r = base_rd_on(encoded);
    base_rd types = base_rd_open(&r);
    *n = 0;
    while (base_rd_more(&types)) {
        mls_media_type t;
        type_read(&types, &t);
        base_err err = types.err == BASE_OK && seen != NULL ? seen(user, &t) : BASE_OK;
        if (err != BASE_OK) {
            return err;
        }
        ++*n;
    }
    base_rd_close(&r, &types);
    return base_rd_end(&r);
}

bool mls_media_list_is_valid(base_bytes data)
{
    size_t n = 0;
    return walk(data, NULL, NULL, &n) == BASE_OK && n > 0; /* V-E6.2-1 */
}

base_err mls_media_types_each(base_bytes encoded, mls_media_type_seen seen, void *user)
{
    size_t n = 0;
    if (seen == NULL) {
        return BASE_E_ARGUMENT;
    }
    return mls_media_list_is_valid(encoded) ? walk(encoded, seen, user, &n) : BASE_E_VALUE;
}

/* ---- support ---- */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Names of media types know no case (RFC 2045, section 5.1). */
static bool same_name(base_bytes a, base_bytes b)
{
    bool same = a.n == b.n;
    for (size_t i = 0; same && i < a.n; i++) {
        same = lower(a.p[i]) == lower(b.p[i]);
    }
    return same;
}

/* A search for one wanted type, or for all of a list in another list. */
typedef struct search {
    const mls_media_type *wanted;
    base_bytes have;
    bool found;
} search;

static base_err match(void *user, const mls_media_type *t)
{
    search *s = (search *)user;
    s->found =
        s->found || (same_name(t->type, s->wanted->type) &&
                     (t->parameters.n == 0 || base_bytes_eq(t->parameters, s->wanted->parameters)));
    return BASE_OK;
}

static base_err match_all(void *user, const mls_media_type *wanted)
{
    size_t n = 0;
    search *all = (search *)user;
    search one = {wanted, all->have, false};
    base_err err = walk(all->have, match, &one, &n);
    return err != BASE_OK ? err : one.found ? BASE_OK : MLS_E_CAPABILITIES;
}

base_err mls_media_types_cover(mls_extension_list leaf, mls_extension_list group)
{
    base_bytes wanted = BASE_BYTES_NONE;
    search all = {0};
    size_t n = 0;
    if (!mls_app_data_of(group, MLS_COMPONENT_CONTENT_MEDIA_TYPES, &wanted)) {
        return BASE_OK;
    }
    if (!mls_app_data_of(leaf, MLS_COMPONENT_CONTENT_MEDIA_TYPES, &all.have)) {
        return MLS_E_CAPABILITIES;
    }
    return walk(wanted, match_all, &all, &n);
}

/* ---- the frame ---- */

base_err mls_content_frame(const mls_media_type *type, base_bytes content, base_buf *out)
{
    if (out == NULL) {
        return BASE_E_ARGUMENT;
    }
    static const mls_media_type first;
    base_buf made = base_buf_on(out->alloc);
    base_wr w = base_wr_on(&made);
    type_write(&w, type != NULL ? type : &first);
    base_wr_vec(&w, content);
    base_err err = base_wr_end(&w);
    if (err == BASE_OK) {
        base_buf_move(out, &made);
    }
    base_buf_clear(&made);
    return err;
}

/* The first entry of a list, which ends the walk. */
static base_err take_first(void *user, const mls_media_type *t)
{
    *(mls_media_type *)user = *t;
    return BASE_E_EXISTS;
}

base_err mls_content_unframe(const mls_group *g, base_bytes plaintext, mls_media_type *type,
                             base_bytes *content)
{
    if (g == NULL || type == NULL || content == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_bytes list = BASE_BYTES_NONE;
    mls_media_type t = {0};
    size_t n = 0;
    if (!mls_app_data_of(mls_group_extensions(g), MLS_COMPONENT_CONTENT_MEDIA_TYPES, &list)) {
        return BASE_E_STATE;
    }
    base_rd r = base_rd_on(plaintext);
    type_read(&r, &t);
    base_bytes inner = base_rd_vec(&r);
    base_err err = base_rd_end(&r); /* V-E6.2-2 */
    if (err != BASE_OK) {
        return err;
    }
    if (t.type.n == 0 && walk(list, take_first, &t, &n) != BASE_E_EXISTS) {
        return MLS_E_EXTENSION;
    }
    *type = t;
    *content = inner;
    return BASE_OK;
}
