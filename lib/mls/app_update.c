/* See app_update.h. The components that the draft defines for a GroupContext are this library's own
 * to judge: the last update of one is its new value, whole. The draft leaves that open; a list has
 * no other sensible update. All others are the application's. */
#include "app_update.h"

#include <sotto/mls_app.h>

#include "app_data.h"
#include "base/alloc.h"
#include "leaf_node.h"
#include "media.h"

static bool is_own(uint16_t component)
{
    return component == MLS_COMPONENT_APP_COMPONENTS || component == MLS_COMPONENT_SAFE_AAD ||
           component == MLS_COMPONENT_CONTENT_MEDIA_TYPES;
}

static bool is_known(const mls_ctx *ctx, uint16_t component)
{
    return ctx->components.known != NULL && ctx->components.known(ctx->components.user, component);
}

/* What went wrong on this machine is passed on, all else is the answer no. */
static base_err answer(base_err err, base_err no)
{
    base_class class = base_err_class(err);
    return err == BASE_OK || class == BASE_CLASS_RESOURCE || class == BASE_CLASS_INTERNAL ? err
                                                                                          : no;
}

static base_err judge_ephemeral(const mls_ctx *ctx, const mls_app_data *item)
{
    if (item->component == MLS_COMPONENT_APP_ACK) {
        return mls_app_ack_each(item->data, NULL, NULL) == BASE_OK ? BASE_OK : MLS_E_PROPOSAL;
    }
    /* V-E4.8-1 */
    if (!is_known(ctx, item->component)) {
        return MLS_E_PROPOSAL;
    }
    /* V-E4.8-2 */
    return ctx->components.ephemeral == NULL
               ? BASE_OK
               : answer(ctx->components.ephemeral(ctx->components.user, item), MLS_E_PROPOSAL);
}

base_err mls_app_proposal_judge(const mls_ctx *ctx, const mls_proposal *p)
{
    if (p->type == MLS_PROPOSAL_APP_EPHEMERAL) {
        return judge_ephemeral(ctx, &p->app_ephemeral);
    }
    /* V-E4.7-2 */
    uint16_t component = p->app_data_update.component;
    return is_own(component) || is_known(ctx, component) ? BASE_OK : MLS_E_PROPOSAL;
}

base_err mls_app_dictionary_keeps(mls_extension_list now, mls_extension_list next,
                                  const base_alloc *alloc)
{
    mls_leaf_demand demand = {0};
    const mls_extension *a = mls_extension_find(now, MLS_EXTENSION_APP_DATA_DICTIONARY);
    const mls_extension *b = mls_extension_find(next, MLS_EXTENSION_APP_DATA_DICTIONARY);
    base_err err = mls_leaf_demand_init(now, alloc, &demand);
    bool same = a == NULL ? b == NULL : b != NULL && base_bytes_eq(a->data, b->data);
    /* V-E4.7-6 */
    if (err == BASE_OK && !same &&
        mls_u16_list_has(demand.required.proposals, MLS_PROPOSAL_APP_DATA_UPDATE)) {
        err = MLS_E_PROPOSAL;
    }
    mls_leaf_demand_clear(&demand);
    return err;
}

/* ---- applying ---- */

/* A dictionary under way: views, in an array with room for what the list can add. */
typedef struct dictionary {
    mls_app_data *v;
    size_t n;
} dictionary;

static bool is_update(const mls_list_item *item)
{
    return item->proposal->type == MLS_PROPOSAL_APP_DATA_UPDATE;
}

/* The place of a component, or where it belongs. */
static size_t place_of(const dictionary *d, uint16_t component)
{
    size_t i = 0;
    while (i < d->n && d->v[i].component < component) {
        i++;
    }
    return i;
}

static bool stands_at(const dictionary *d, size_t i, uint16_t component)
{
    return i < d->n && d->v[i].component == component;
}

static void put(dictionary *d, size_t i, const mls_app_data *item)
{
    if (!stands_at(d, i, item->component)) {
        memmove(d->v + i + 1, d->v + i, (d->n - i) * sizeof *d->v);
        d->n++;
    }
    d->v[i] = *item;
}

static base_err ask(const mls_ctx *ctx, const mls_component_update *u, base_arena *a,
                    base_bytes *data)
{
    base_err err = BASE_OK;
    base_buf made = {0};
    mls_u16_list list;
    if (is_own(u->component)) {
        *data = u->updates[u->n - 1];
        if (u->component == MLS_COMPONENT_CONTENT_MEDIA_TYPES) {
            return mls_media_list_is_valid(*data) ? BASE_OK : MLS_E_PROPOSAL_LIST;
        }
        err = mls_encoded_u16_decode(*data, a, &list);
        return err == BASE_OK || err == BASE_E_NOMEM ? err : MLS_E_PROPOSAL_LIST;
    }
    /* V-E4.7-5 */
    REQUIRE(ctx->components.update != NULL, MLS_E_PROPOSAL_LIST);
    TRY(answer(ctx->components.update(ctx->components.user, u, &made), MLS_E_PROPOSAL_LIST));
    REQUIRE(made.n <= ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(base_arena_copy(a, base_buf_bytes(&made), data));
done:
    base_buf_clear(&made);
    return err;
}

/* All updates of the component of the first-th item, in order. */
static base_err apply_component(const mls_ctx *ctx, const mls_proposal_list *list, size_t first,
                                base_arena *a, dictionary *d)
{
    base_err err = BASE_OK;
    const uint16_t component = list->v[first].proposal->app_data_update.component;
    size_t at = place_of(d, component);
    bool there = stands_at(d, at, component);
    base_bytes old = there ? d->v[at].data : BASE_BYTES_NONE;
    mls_app_data item = {component, BASE_BYTES_NONE};
    if (list->v[first].proposal->app_data_update.op == MLS_APP_DATA_REMOVE) {
        REQUIRE(there, MLS_E_PROPOSAL); /* V-E4.7-3 */
        memmove(d->v + at, d->v + at + 1, (d->n - at - 1) * sizeof *d->v);
        d->n--;
        goto done;
    }
    base_bytes *updates = (base_bytes *)base_arena_zero(a, list->n - first, sizeof *updates);
    REQUIRE(updates != NULL, BASE_E_NOMEM);
    mls_component_update u = {component, there ? &old : NULL, updates, 0};
    for (size_t i = first; i < list->n; i++) {
        const mls_app_data_update *p = &list->v[i].proposal->app_data_update;
        if (is_update(&list->v[i]) && p->component == component) {
            updates[u.n++] = p->update;
        }
    }
    TRY(ask(ctx, &u, a, &item.data));
    put(d, at, &item);
done:
    return err;
}

static bool is_first(const mls_proposal_list *list, size_t i)
{
    uint16_t component = list->v[i].proposal->app_data_update.component;
    for (size_t k = 0; k < i; k++) {
        if (is_update(&list->v[k]) && list->v[k].proposal->app_data_update.component == component) {
            return false;
        }
    }
    return true;
}

/* The list of extensions with the dictionary in its place, or at the end. */
static base_err put_dictionary(const dictionary *d, base_arena *a, mls_extension_list *extensions)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(a->alloc);
    base_bytes data = BASE_BYTES_NONE;
    const mls_extension *old = mls_extension_find(*extensions, MLS_EXTENSION_APP_DATA_DICTIONARY);
    size_t at = old != NULL ? (size_t)(old - extensions->v) : extensions->n;
    size_t n = extensions->n + (old == NULL ? 1 : 0);
    mls_extension *v = (mls_extension *)base_arena_zero(a, n, sizeof *v);
    REQUIRE(v != NULL, BASE_E_NOMEM);
    TRY(mls_app_data_write((mls_app_data_list){d->v, d->n}, &encoded));
    TRY(base_arena_copy(a, base_buf_bytes(&encoded), &data));
    if (extensions->n > 0) {
        memcpy(v, extensions->v, extensions->n * sizeof *v);
    }
    v[at] = (mls_extension){MLS_EXTENSION_APP_DATA_DICTIONARY, data};
    *extensions = (mls_extension_list){v, n};
done:
    base_buf_clear(&encoded);
    return err;
}

/* The dictionary as it is, with room for more entries. */
static base_err begin(mls_extension_list extensions, size_t more, base_arena *a, dictionary *d)
{
    base_err err = BASE_OK;
    mls_app_data_list now = {0};
    const mls_extension *e = mls_extension_find(extensions, MLS_EXTENSION_APP_DATA_DICTIONARY);
    if (e != NULL) {
        TRY(mls_app_data_decode(e->data, a, &now));
    }
    d->v = (mls_app_data *)base_arena_zero(a, now.n + more, sizeof *d->v);
    REQUIRE(d->v != NULL, BASE_E_NOMEM);
    if (now.n > 0) {
        memcpy(d->v, now.v, now.n * sizeof *d->v);
    }
    d->n = now.n;
done:
    return err;
}

base_err mls_app_updates_apply(const mls_ctx *ctx, const mls_proposal_list *list, base_arena *a,
                               mls_extension_list *extensions, bool *demands, size_t *bad)
{
    base_err err = BASE_OK;
    dictionary d = {0};
    bool had = mls_extension_find(*extensions, MLS_EXTENSION_APP_DATA_DICTIONARY) != NULL;
    for (*bad = 0; *bad < list->n; (*bad)++) {
        if (!is_update(&list->v[*bad]) || !is_first(list, *bad)) {
            continue;
        }
        if (d.v == NULL) {
            TRY(begin(*extensions, list->n, a, &d));
        }
        TRY(apply_component(ctx, list, *bad, a, &d));
        *demands = *demands || !had || is_own(list->v[*bad].proposal->app_data_update.component);
    }
    if (d.v != NULL) {
        TRY(put_dictionary(&d, a, extensions));
    }
done:
    return err;
}

base_err mls_app_extensions_put(base_arena *a, mls_extension_list *extensions,
                                const mls_app_data *item)
{
    dictionary d = {0};
    base_err err = begin(*extensions, 1, a, &d);
    if (err == BASE_OK) {
        put(&d, place_of(&d, item->component), item);
        err = put_dictionary(&d, a, extensions);
    }
    return err;
}
