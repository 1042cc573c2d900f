/* See key_package.h. The rules are numbered in docs/validation.md. */
#include "key_package.h"

#include "app_data.h"
#include "crypto/labels.h"

/* ---- capabilities ---- */

#define GREASE_VALUES 15 /* 0x0A0A, 0x1A1A, ... 0xEAEA (section 13.5) */

typedef struct u16_vec {
    void *v;
    size_t n;
    size_t cap;
} u16_vec;

static base_err add_once(base_arena *a, u16_vec *list, uint16_t value)
{
    mls_u16_list have = {list->v, list->n};
    if (mls_u16_list_has(have, value)) {
        return BASE_OK;
    }
    base_err err = base_arena_grow(a, &list->v, &list->cap, list->n + 1, sizeof value);
    if (err == BASE_OK) {
        ((uint16_t *)list->v)[list->n] = value;
        list->n++;
    }
    return err;
}

/* A value that a receiver must ignore, so that receivers which do not are noticed early. */
static base_err add_grease(const crypto_suite *suite, base_arena *a, u16_vec *list)
{
    uint8_t draw = 0;
    base_err err = crypto_random_fill(suite, &draw, sizeof draw);
    if (err != BASE_OK) {
        return err;
    }
    unsigned octet = ((unsigned)(draw % GREASE_VALUES) << 4) | 0x0a;
    return add_once(a, list, (uint16_t)(octet << 8 | octet));
}

static base_err own_suites(const crypto_suite *suite, base_arena *a, u16_vec *out)
{
    base_err err = BASE_OK;
    const crypto_env *env = suite->env;
    uint16_t number = 0;
    TRY(add_once(a, out, suite->number));
    for (size_t i = 0; (number = crypto_suite_nth(env, i)) != 0; i++) {
        if (crypto_suite_offered(env, number)) {
            TRY(add_once(a, out, number));
        }
    }
    TRY(add_grease(suite, a, out));
done:
    return err;
}

static base_err own_extensions(const crypto_suite *suite, const mls_extension_list *lists,
                               size_t n_lists, base_arena *a, u16_vec *out)
{
    base_err err = BASE_OK;
    for (size_t i = 0; i < n_lists; i++) {
        for (size_t k = 0; k < lists[i].n; k++) {
            if (!mls_extension_type_is_default(lists[i].v[k].type)) {
                TRY(add_once(a, out, lists[i].v[k].type));
            }
        }
    }
    TRY(add_grease(suite, a, out));
done:
    return err;
}

base_err mls_capabilities_default(const crypto_suite *suite, uint16_t credential_type,
                                  const mls_extension_list *extensions, size_t n_lists,
                                  base_arena *a, mls_capabilities *out)
{
    base_err err = BASE_OK;
    u16_vec versions = {0};
    u16_vec suites = {0};
    u16_vec types = {0};
    u16_vec proposals = {0};
    u16_vec credentials = {0};
    TRY(add_once(a, &versions, MLS_VERSION_MLS10));
    TRY(own_suites(suite, a, &suites));
    TRY(own_extensions(suite, extensions, n_lists, a, &types));
    if (mls_u16_list_has((mls_u16_list){types.v, types.n}, MLS_EXTENSION_APP_DATA_DICTIONARY)) {
        TRY(add_once(a, &proposals, MLS_PROPOSAL_APP_DATA_UPDATE));
        TRY(add_once(a, &proposals, MLS_PROPOSAL_APP_EPHEMERAL));
    }
    TRY(add_once(a, &proposals, MLS_PROPOSAL_SELF_REMOVE));
    TRY(add_grease(suite, a, &proposals));
    TRY(add_once(a, &credentials, MLS_CREDENTIAL_BASIC));
    TRY(add_once(a, &credentials, MLS_CREDENTIAL_X509));
    TRY(add_once(a, &credentials, credential_type));
    TRY(add_grease(suite, a, &credentials));
    *out = (mls_capabilities){
        .versions = {versions.v, versions.n},
        .suites = {suites.v, suites.n},
        .extensions = {types.v, types.n},
        .proposals = {proposals.v, proposals.n},
        .credentials = {credentials.v, credentials.n},
    };
done:
    return err;
}

/* ---- making ---- */

void mls_key_package_private_clear(mls_key_package_private *p)
{
    base_wipe(p, sizeof *p);
}

/* The public halves that a KeyPackage under way borrows. */
typedef struct parts {
    base_buf init_key;
    base_buf encryption_key;
    base_buf leaf_signature;
    base_buf signature;
    base_arena arena;
} parts;

static base_err make_leaf(const crypto_suite *suite, const mls_key_package_spec *spec, parts *p,
                          mls_leaf_node *out)
{
    base_err err = BASE_OK;
    const mls_extension_list lists[] = {spec->leaf.extensions, spec->extensions};
    mls_leaf_node leaf = {
        .encryption_key = base_buf_bytes(&p->encryption_key),
        .signature_key = spec->leaf.signature_key,
        .credential = spec->leaf.credential,
        .source = MLS_LEAF_KEY_PACKAGE,
        .not_before = spec->not_before,
        .not_after = spec->not_after,
        .extensions = spec->leaf.extensions,
    };
    if (spec->leaf.capabilities != NULL) {
        leaf.capabilities = *spec->leaf.capabilities;
    } else {
        TRY(mls_capabilities_default(suite, leaf.credential.type, lists, 2, &p->arena,
                                     &leaf.capabilities));
    }
    TRY(mls_leaf_node_sign(suite, spec->signature_private, &leaf, BASE_BYTES_NONE,
                           (mls_leaf_index){0}, &p->leaf_signature));
    leaf.signature = base_buf_bytes(&p->leaf_signature);
    *out = leaf;
done:
    return err;
}

static base_err tbs_of(const crypto_suite *suite, const mls_key_package *kp, base_buf *out)
{
    *out = base_buf_on(crypto_suite_alloc(suite));
    base_wr w = base_wr_on(out);
    mls_key_package_tbs_write(&w, kp);
    return base_wr_end(&w);
}

static base_err sign(const crypto_suite *suite, base_bytes private_key, const mls_key_package *kp,
                     base_buf *signature)
{
    base_err err = BASE_OK;
    base_buf tbs = {0};
    TRY(tbs_of(suite, kp, &tbs));
    TRY(crypto_sign_with_label(suite, private_key, CRYPTO_LABEL("KeyPackageTBS"),
                               base_buf_bytes(&tbs), signature));
done:
    base_buf_clear(&tbs);
    return err;
}

base_err mls_key_package_make(const crypto_suite *suite, const mls_key_package_spec *spec,
                              base_buf *encoded, mls_key_package_private *keys)
{
    base_err err = BASE_OK;
    const base_alloc *alloc = crypto_suite_alloc(suite);
    parts p = {base_buf_on(alloc), base_buf_on(alloc), base_buf_on(alloc), base_buf_on(alloc),
               base_arena_on(alloc, 0)};
    mls_key_package_private k = {0};
    mls_key_package kp = {.version = MLS_VERSION_MLS10, .suite = suite->number};
    base_buf whole = base_buf_on(alloc);
    base_wr w = base_wr_on(&whole);
    TRY(crypto_hpke_generate_key_pair(suite, &k.init_key, &p.init_key));
    TRY(crypto_hpke_generate_key_pair(suite, &k.encryption_key, &p.encryption_key));
    kp.init_key = base_buf_bytes(&p.init_key);
    kp.extensions = spec->extensions;
    TRY(make_leaf(suite, spec, &p, &kp.leaf_node));
    TRY(sign(suite, spec->signature_private, &kp, &p.signature));
    kp.signature = base_buf_bytes(&p.signature);
    mls_key_package_write(&w, &kp);
    TRY(base_wr_end(&w));
    TRY(base_buf_append(encoded, base_buf_bytes(&whole)));
    *keys = k;
done:
    base_buf_clear(&p.init_key);
    base_buf_clear(&p.encryption_key);
    base_buf_clear(&p.leaf_signature);
    base_buf_clear(&p.signature);
    base_arena_clear(&p.arena);
    base_buf_clear(&whole);
    mls_key_package_private_clear(&k);
    return err;
}

base_err mls_key_package_ref(const crypto_suite *suite, base_bytes encoded, crypto_digest *out)
{
    return crypto_ref_hash(suite, CRYPTO_LABEL("MLS 1.0 KeyPackage Reference"), encoded, out);
}

/* ---- judging ---- */

/* V-10.1-2 */
static base_err verify(const crypto_suite *suite, const mls_key_package *kp)
{
    base_err err = BASE_OK;
    base_buf tbs = {0};
    TRY(tbs_of(suite, kp, &tbs));
    err =
        crypto_verify_with_label(suite, kp->leaf_node.signature_key, CRYPTO_LABEL("KeyPackageTBS"),
                                 base_buf_bytes(&tbs), kp->signature);
    err = err == CRYPTO_E_SIGNATURE ? MLS_E_KEY_PACKAGE : err;
done:
    base_buf_clear(&tbs);
    return err;
}

/* V-10-2 */
static bool lists_extensions(const mls_key_package *kp)
{
    for (size_t i = 0; i < kp->extensions.n; i++) {
        uint16_t type = kp->extensions.v[i].type;
        if (!mls_extension_type_is_default(type) &&
            !mls_u16_list_has(kp->leaf_node.capabilities.extensions, type)) {
            return false;
        }
    }
    return true;
}

/* All of section 10.1 that is not about the leaf. */
static base_err judge_envelope(const crypto_suite *suite, const mls_key_package *kp)
{
    base_err err = BASE_OK;
    REQUIRE(kp->version == MLS_VERSION_MLS10, MLS_E_VERSION); /* V-10-1: no message has another */
    REQUIRE(kp->suite == suite->number, CRYPTO_E_SUITE);
    TRY(crypto_hpke_check_public(suite, kp->init_key)); /* V-5.1.1-1 */
    REQUIRE(!base_bytes_eq(kp->init_key, kp->leaf_node.encryption_key),
            MLS_E_KEY_PACKAGE); /* V-10.1-3 */
    REQUIRE(lists_extensions(kp), MLS_E_CAPABILITIES);
    TRY(mls_app_extensions_check(kp->extensions, crypto_suite_alloc(suite)));
    TRY(verify(suite, kp));
done:
    return err;
}

/* V-10.1-4 */
base_err mls_key_package_judge(const crypto_suite *suite, const mls_key_package *kp,
                               const mls_lifetime_rule *lifetime)
{
    base_err err = BASE_OK;
    TRY(judge_envelope(suite, kp));
    TRY(mls_leaf_node_check_alone(suite, &kp->leaf_node, MLS_LEAF_KEY_PACKAGE, lifetime));
    TRY(mls_leaf_node_verify(suite, &kp->leaf_node, BASE_BYTES_NONE, (mls_leaf_index){0}));
done:
    return err;
}

base_err mls_key_package_judge_add(const mls_leaf_place *place, const mls_key_package *kp)
{
    base_err err = judge_envelope(mls_tree_suite(place->tree), kp);
    return err == BASE_OK ? mls_leaf_node_check(place, &kp->leaf_node) : err;
}
