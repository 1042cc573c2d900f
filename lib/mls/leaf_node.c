/* See leaf_node.h. The rules are numbered in docs/validation.md. */
#include "leaf_node.h"

#include "app_data.h"
#include "crypto/labels.h"

/* ---- signatures ---- */

static base_err tbs_of(const crypto_suite *suite, const mls_leaf_node *leaf, base_bytes group_id,
                       mls_leaf_index position, base_buf *out)
{
    *out = base_buf_on(crypto_suite_alloc(suite));
    base_wr w = base_wr_on(out);
    mls_leaf_node_tbs_write(&w, leaf, group_id, position);
    return base_wr_end(&w);
}

base_err mls_leaf_node_sign(const crypto_suite *suite, base_bytes private_key,
                            const mls_leaf_node *leaf, base_bytes group_id, mls_leaf_index position,
                            base_buf *signature)
{
    base_err err = BASE_OK;
    base_buf tbs = {0};
    TRY(tbs_of(suite, leaf, group_id, position, &tbs));
    TRY(crypto_sign_with_label(suite, private_key, CRYPTO_LABEL("LeafNodeTBS"),
                               base_buf_bytes(&tbs), signature));
done:
    base_buf_clear(&tbs);
    return err;
}

/* V-7.3-1 */
base_err mls_leaf_node_verify(const crypto_suite *suite, const mls_leaf_node *leaf,
                              base_bytes group_id, mls_leaf_index position)
{
    base_err err = BASE_OK;
    base_buf tbs = {0};
    TRY(tbs_of(suite, leaf, group_id, position, &tbs));
    err = crypto_verify_with_label(suite, leaf->signature_key, CRYPTO_LABEL("LeafNodeTBS"),
                                   base_buf_bytes(&tbs), leaf->signature);
    err = err == CRYPTO_E_SIGNATURE ? MLS_E_LEAF_SIGNATURE : err;
done:
    base_buf_clear(&tbs);
    return err;
}

/* ---- the leaf alone ----
 *
 * Lists are searched for what is needed; whatever else they hold is nobody's business: unknown and
 * GREASE values (V-13.5-1), and default types that should not be listed (V-7.2-4). */

/* V-7.3-5 */
static base_err check_lifetime(const mls_leaf_node *leaf, const mls_lifetime_rule *rule)
{
    if (!rule->check || leaf->source != MLS_LEAF_KEY_PACKAGE) {
        return BASE_OK;
    }
    if (rule->now < leaf->not_before || rule->now > leaf->not_after) {
        return MLS_E_LIFETIME;
    }
    bool too_long =
        rule->max_seconds != 0 && leaf->not_after - leaf->not_before > rule->max_seconds;
    return too_long ? MLS_E_LIFETIME : BASE_OK;
}

/* V-7.2-1: what stands among the extensions is listed in the capabilities. */
static bool lists_own_extensions(const mls_leaf_node *leaf)
{
    for (size_t i = 0; i < leaf->extensions.n; i++) {
        uint16_t type = leaf->extensions.v[i].type;
        if (!mls_extension_type_is_default(type) &&
            !mls_u16_list_has(leaf->capabilities.extensions, type)) {
            return false;
        }
    }
    return true;
}

base_err mls_leaf_node_check_alone(const crypto_suite *suite, const mls_leaf_node *leaf,
                                   mls_leaf_node_source source, const mls_lifetime_rule *lifetime)
{
    base_err err = BASE_OK;
    const mls_capabilities *c = &leaf->capabilities;
    REQUIRE(source == MLS_LEAF_ANY_SOURCE || leaf->source == source, MLS_E_LEAF_NODE); /* V-7.3-6 */
    REQUIRE(mls_u16_list_has(c->versions, MLS_VERSION_MLS10), MLS_E_CAPABILITIES);     /* V-7.2-3 */
    REQUIRE(mls_u16_list_has(c->suites, suite->number), MLS_E_CAPABILITIES);           /* V-7.2-3 */
    REQUIRE(mls_u16_list_has(c->credentials, leaf->credential.type),
            MLS_E_CAPABILITIES); /* V-7.2-2 */
    REQUIRE(lists_own_extensions(leaf), MLS_E_CAPABILITIES);
    TRY(mls_app_extensions_check(leaf->extensions, crypto_suite_alloc(suite)));
    TRY(check_lifetime(leaf, lifetime));
    TRY(crypto_hpke_check_public(suite, leaf->encryption_key)); /* V-5.1.1-1 */
done:
    return err;
}

/* ---- against the group's extensions ---- */

/* A list of 16-bit values that may be absent. */
static base_err optional_list(bool there, base_bytes data, base_arena *a, mls_u16_list *out)
{
    base_err err = there ? mls_encoded_u16_decode(data, a, out) : BASE_OK;
    return err == BASE_OK || err == BASE_E_NOMEM ? err : MLS_E_EXTENSION;
}

/* What draft-ietf-mls-extensions lets a group ask for, section 5. */
static base_err demand_components(mls_leaf_demand *d)
{
    base_bytes data = BASE_BYTES_NONE;
    const mls_extension *e = mls_extension_find(d->extensions, MLS_EXTENSION_REQUIRED_WIRE_FORMATS);
    base_err err =
        optional_list(e != NULL, e != NULL ? e->data : data, &d->arena, &d->wire_formats);
    bool there = mls_app_data_of(d->extensions, MLS_COMPONENT_APP_COMPONENTS, &data);
    if (err == BASE_OK) {
        err = optional_list(there, data, &d->arena, &d->components);
    }
    there = mls_app_data_of(d->extensions, MLS_COMPONENT_SAFE_AAD, &data);
    return err != BASE_OK ? err : optional_list(there, data, &d->arena, &d->safe_aad);
}

base_err mls_leaf_demand_init(mls_extension_list group_extensions, const base_alloc *alloc,
                              mls_leaf_demand *out)
{
    *out = (mls_leaf_demand){.extensions = group_extensions, .arena = base_arena_on(alloc, 0)};
    const mls_extension *e =
        mls_extension_find(group_extensions, MLS_EXTENSION_REQUIRED_CAPABILITIES);
    base_err err = e == NULL
                       ? BASE_OK
                       : mls_required_capabilities_decode(e->data, &out->arena, &out->required);
    return err != BASE_OK ? err : demand_components(out);
}

void mls_leaf_demand_clear(mls_leaf_demand *d)
{
    base_arena_clear(&d->arena);
}

/* Each of the wanted values is listed, or needs no listing. */
static bool covers(mls_u16_list have, mls_u16_list wanted, bool (*is_default)(uint16_t))
{
    for (size_t i = 0; i < wanted.n; i++) {
        bool free_of_listing = is_default != NULL && is_default(wanted.v[i]);
        if (!free_of_listing && !mls_u16_list_has(have, wanted.v[i])) {
            return false;
        }
    }
    return true;
}

/* V-E5-2, V-E5-3: required components and wire formats are supported. */
static bool leaf_covers(const mls_leaf_demand *d, const mls_leaf_node *leaf)
{
    base_bytes components = BASE_BYTES_NONE;
    base_bytes safe_aad = BASE_BYTES_NONE;
    base_bytes formats = BASE_BYTES_NONE;
    if (d->components.n > 0) {
        (void)mls_app_data_of(leaf->extensions, MLS_COMPONENT_APP_COMPONENTS, &components);
    }
    if (d->safe_aad.n > 0) {
        (void)mls_app_data_of(leaf->extensions, MLS_COMPONENT_SAFE_AAD, &safe_aad);
    }
    if (d->wire_formats.n > 0) {
        const mls_extension *e =
            mls_extension_find(leaf->extensions, MLS_EXTENSION_SUPPORTED_WIRE_FORMATS);
        formats = e != NULL ? e->data : formats;
    }
    return mls_encoded_u16_covers(components, d->components) &&
           mls_encoded_u16_covers(safe_aad, d->safe_aad) &&
           mls_encoded_u16_covers(formats, d->wire_formats);
}

base_err mls_leaf_demand_check(const mls_leaf_demand *d, const mls_leaf_node *leaf)
{
    const mls_capabilities *c = &leaf->capabilities;
    for (size_t i = 0; i < d->extensions.n; i++) { /* V-13.4-2 */
        uint16_t type = d->extensions.v[i].type;
        if (!mls_extension_type_is_default(type) && !mls_u16_list_has(c->extensions, type)) {
            return MLS_E_CAPABILITIES;
        }
    }
    bool able = /* V-7.3-2 */
        covers(c->extensions, d->required.extensions, mls_extension_type_is_default) &&
        covers(c->proposals, d->required.proposals, mls_proposal_type_is_default) &&
        covers(c->credentials, d->required.credentials, NULL) && leaf_covers(d, leaf);
    return able ? BASE_OK : MLS_E_CAPABILITIES;
}

base_err mls_leaf_node_check_extensions(const mls_leaf_node *leaf,
                                        mls_extension_list group_extensions,
                                        const base_alloc *alloc)
{
    mls_leaf_demand d = {0};
    base_err err = mls_leaf_demand_init(group_extensions, alloc, &d);
    if (err == BASE_OK) {
        err = mls_leaf_demand_check(&d, leaf);
    }
    mls_leaf_demand_clear(&d);
    return err;
}

base_err mls_tree_check_extensions(const mls_tree *t, mls_extension_list group_extensions)
{
    base_err err = BASE_OK;
    mls_leaf_demand d = {0};
    TRY(mls_leaf_demand_init(group_extensions, crypto_suite_alloc(mls_tree_suite(t)), &d));
    for (mls_leaf_index at = {0}; at.v < mls_tree_leaf_count(t); at.v++) {
        const mls_leaf_node *leaf = mls_tree_leaf(t, at);
        if (leaf != NULL) {
            TRY(mls_leaf_demand_check(&d, leaf));
        }
    }
done:
    mls_leaf_demand_clear(&d);
    return err;
}

/* V-12.2-10 */
base_err mls_tree_check_proposal_type(const mls_tree *t, uint16_t type,
                                      const mls_leaf_index *without, size_t n)
{
    if (mls_proposal_type_is_default(type)) {
        return BASE_OK;
    }
    for (mls_leaf_index at = {0}; at.v < mls_tree_leaf_count(t); at.v++) {
        const mls_leaf_node *leaf = mls_tree_leaf(t, at);
        if (leaf == NULL || mls_u16_list_has(leaf->capabilities.proposals, type)) {
            continue;
        }
        if (!mls_leaf_list_has(without, n, at)) {
            return MLS_E_CAPABILITIES;
        }
    }
    return BASE_OK;
}

/* ---- at its place ---- */

/* V-7.3-4: the leaf lists each type that another leaf uses. V-7.3-3: the others list its type,
 * which they do when one of them uses it, since the tree without the leaf is valid. */
static base_err check_credential_types(const mls_leaf_place *place, const mls_leaf_node *leaf)
{
    const mls_tree_credential_use *uses = NULL;
    size_t n = mls_tree_credential_uses(place->tree, &uses);
    const mls_leaf_node *old = mls_tree_leaf(place->tree, place->at);
    bool used_before = false;
    for (size_t i = 0; i < n; i++) {
        bool by_old = old != NULL && old->credential.type == uses[i].type;
        if (uses[i].leaves == (by_old ? 1 : 0)) {
            continue;
        }
        if (!mls_u16_list_has(leaf->capabilities.credentials, uses[i].type)) {
            return MLS_E_CAPABILITIES;
        }
        used_before = used_before || uses[i].type == leaf->credential.type;
    }
    for (mls_leaf_index at = {0}; !used_before && at.v < mls_tree_leaf_count(place->tree); at.v++) {
        const mls_leaf_node *other = mls_tree_leaf(place->tree, at);
        if (other != NULL && at.v != place->at.v &&
            !mls_u16_list_has(other->capabilities.credentials, leaf->credential.type)) {
            return MLS_E_CAPABILITIES;
        }
    }
    return BASE_OK;
}

/* V-7.3-8, V-7.3-9; and V-7.3-7, since the leaf it replaces still stands in the tree. */
static base_err check_keys(const mls_leaf_place *place, const mls_leaf_node *leaf)
{
    base_err err = BASE_OK;
    mls_node_index at = MLS_NODE_NONE;
    mls_node_index own = mls_node_of_leaf(place->at);
    TRY(mls_tree_find_encryption_key(place->tree, leaf->encryption_key, MLS_NODE_NONE, &at));
    REQUIRE(at.v == MLS_NODE_NONE.v, MLS_E_KEY_REUSE);
    TRY(mls_tree_find_signature_key(place->tree, leaf->signature_key, own, &at));
    REQUIRE(at.v == MLS_NODE_NONE.v, MLS_E_KEY_REUSE);
done:
    return err;
}

base_err mls_leaf_node_check(const mls_leaf_place *place, const mls_leaf_node *leaf)
{
    base_err err = BASE_OK;
    const crypto_suite *suite = mls_tree_suite(place->tree);
    bool adds = place->source == MLS_LEAF_KEY_PACKAGE;
    REQUIRE(!adds || mls_tree_leaf(place->tree, place->at) == NULL, BASE_E_ARGUMENT);
    TRY(mls_leaf_node_check_alone(suite, leaf, place->source, &place->lifetime));
    TRY(mls_leaf_node_check_extensions(leaf, place->group_extensions, crypto_suite_alloc(suite)));
    TRY(check_credential_types(place, leaf));
    TRY(check_keys(place, leaf));
    TRY(mls_leaf_node_verify(suite, leaf, place->group_id, place->at));
done:
    return err;
}
