/* Members' leaves from what the caller says. */
#include "member.h"

#include "app_data.h"

static base_err check_params(const mls_member_params *p)
{
    if (p->signature_private.n == 0 || p->signature_public.n == 0 || p->credential.type == 0 ||
        (p->leaf_extensions.n > 0 && p->leaf_extensions.v == NULL)) {
        return BASE_E_ARGUMENT;
    }
    /* draft-ietf-mls-extensions, section 4.6: who has a dictionary says which components it has. */
    base_bytes components = BASE_BYTES_NONE;
    const mls_extension *e =
        mls_extension_find(p->leaf_extensions, MLS_EXTENSION_APP_DATA_DICTIONARY);
    return e == NULL ||
                   mls_app_data_of(p->leaf_extensions, MLS_COMPONENT_APP_COMPONENTS, &components)
               ? BASE_OK
               : BASE_E_ARGUMENT;
}

base_err mls_member_init(mls_member *m, const crypto_suite *s, const mls_member_params *params,
                         const base_alloc *alloc)
{
    base_err err = BASE_OK;
    base_buf public_key = base_buf_on(alloc);
    *m = (mls_member){.lists = base_arena_on(alloc, 0)};
    TRY(check_params(params));
    REQUIRE(params->suite == s->number, BASE_E_ARGUMENT);
    TRY(crypto_sig_import(s, params->signature_private, &m->private_key, &public_key));
    REQUIRE(base_bytes_eq(base_buf_bytes(&public_key), params->signature_public), BASE_E_ARGUMENT);
    m->leaf.signature_key = params->signature_public;
    m->leaf.credential = params->credential;
    m->leaf.extensions = params->leaf_extensions;
    if (params->capabilities != NULL) {
        m->leaf.capabilities = *params->capabilities;
    } else {
        TRY(mls_capabilities_default(s, params->credential.type, &params->leaf_extensions, 1,
                                     &m->lists, &m->leaf.capabilities));
    }
done:
    base_buf_clear(&public_key);
    if (err != BASE_OK) {
        mls_member_clear(m);
    }
    return err;
}

void mls_member_keep(mls_member *m, const mls_leaf_node *old, const base_secret *private_key)
{
    *m = (mls_member){.leaf = *old, .private_key = *private_key};
}

void mls_member_clear(mls_member *m)
{
    base_secret_clear(&m->private_key);
    base_arena_clear(&m->lists);
    *m = (mls_member){0};
}
