/* See proposal.h. The table of types stands in one switch each way, so that the compiler names what
 * is missing; whatever is not in it has no encoding here and latches MLS_E_PROPOSAL. */
#include "proposal.h"

#include "app_data.h"
#include "codec.h"
#include "psk.h"

/* ProposalOrRefType (section 12.4). */
enum { BY_VALUE = 1, BY_REFERENCE = 2 };

static void reinit_read(base_rd *r, base_arena *a, mls_reinit *out)
{
    out->group_id = base_rd_vec(r);
    out->version = base_rd_u16(r);
    out->suite = base_rd_u16(r);
    mls_extension_list_read(r, a, &out->extensions);
}

static void reinit_write(base_wr *w, const mls_reinit *p)
{
    base_wr_vec(w, p->group_id);
    base_wr_u16(w, p->version);
    base_wr_u16(w, p->suite);
    mls_extension_list_write(w, p->extensions);
}

void mls_proposal_body_read(base_rd *r, base_arena *a, mls_proposal_type type, mls_proposal *out)
{
    *out = (mls_proposal){.type = type};
    switch (type) {
    case MLS_PROPOSAL_ADD:
        mls_key_package_read(r, a, &out->key_package);
        return;
    case MLS_PROPOSAL_UPDATE:
        mls_leaf_node_read(r, a, &out->leaf_node);
        return;
    case MLS_PROPOSAL_REMOVE:
        out->removed.v = base_rd_u32(r);
        return;
    case MLS_PROPOSAL_PSK:
        mls_psk_id_read(r, &out->psk);
        return;
    case MLS_PROPOSAL_REINIT:
        reinit_read(r, a, &out->reinit);
        return;
    case MLS_PROPOSAL_EXTERNAL_INIT:
        out->kem_output = base_rd_vec(r);
        return;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        mls_extension_list_read(r, a, &out->extensions);
        return;
    case MLS_PROPOSAL_APP_DATA_UPDATE:
        mls_app_data_update_read(r, &out->app_data_update);
        return;
    case MLS_PROPOSAL_APP_EPHEMERAL:
        mls_app_data_item_read(r, &out->app_ephemeral);
        return;
    case MLS_PROPOSAL_SELF_REMOVE:
        return; /* an empty struct */
    }
    base_rd_fail(r, MLS_E_PROPOSAL); /* V-12.2-17 */
}

void mls_proposal_body_write(base_wr *w, const mls_proposal *p)
{
    switch (p->type) {
    case MLS_PROPOSAL_ADD:
        mls_key_package_write(w, &p->key_package);
        return;
    case MLS_PROPOSAL_UPDATE:
        mls_leaf_node_write(w, &p->leaf_node);
        return;
    case MLS_PROPOSAL_REMOVE:
        base_wr_u32(w, p->removed.v);
        return;
    case MLS_PROPOSAL_PSK:
        mls_psk_id_write(w, &p->psk);
        return;
    case MLS_PROPOSAL_REINIT:
        reinit_write(w, &p->reinit);
        return;
    case MLS_PROPOSAL_EXTERNAL_INIT:
        base_wr_vec(w, p->kem_output);
        return;
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        mls_extension_list_write(w, p->extensions);
        return;
    case MLS_PROPOSAL_APP_DATA_UPDATE:
        mls_app_data_update_write(w, &p->app_data_update);
        return;
    case MLS_PROPOSAL_APP_EPHEMERAL:
        mls_app_data_item_write(w, &p->app_ephemeral);
        return;
    case MLS_PROPOSAL_SELF_REMOVE:
        return;
    }
    base_wr_fail(w, MLS_E_PROPOSAL);
}

void mls_proposal_read(base_rd *r, base_arena *a, mls_proposal *out)
{
    uint16_t type = base_rd_u16(r);
    if (r->err != BASE_OK) {
        *out = (mls_proposal){0};
        return;
    }
    mls_proposal_body_read(r, a, (mls_proposal_type)type, out);
}

void mls_proposal_write(base_wr *w, const mls_proposal *p)
{
    base_wr_u16(w, (uint16_t)p->type);
    mls_proposal_body_write(w, p);
}

void mls_proposal_or_ref_read(base_rd *r, base_arena *a, mls_proposal_or_ref *out)
{
    *out = (mls_proposal_or_ref){0};
    uint8_t form = base_rd_u8(r);
    if (r->err != BASE_OK) {
        return;
    }
    if (form == BY_REFERENCE) {
        out->ref = base_rd_vec(r);
        return;
    }
    if (form != BY_VALUE) {
        base_rd_fail(r, BASE_E_VALUE);
        return;
    }
    mls_proposal *p = base_arena_zero(a, 1, sizeof(*p));
    if (p == NULL) {
        base_rd_fail(r, BASE_E_NOMEM);
        return;
    }
    mls_proposal_read(r, a, p);
    out->proposal = p;
}

void mls_proposal_or_ref_write(base_wr *w, const mls_proposal_or_ref *p)
{
    if (p->proposal != NULL) {
        base_wr_u8(w, BY_VALUE);
        mls_proposal_write(w, p->proposal);
        return;
    }
    base_wr_u8(w, BY_REFERENCE);
    base_wr_vec(w, p->ref);
}

bool mls_proposal_needs_path(mls_proposal_type type)
{
    switch (type) {
    case MLS_PROPOSAL_ADD:
    case MLS_PROPOSAL_PSK:
    case MLS_PROPOSAL_REINIT:
    case MLS_PROPOSAL_APP_DATA_UPDATE:
    case MLS_PROPOSAL_APP_EPHEMERAL:
        return false;
    case MLS_PROPOSAL_UPDATE:
    case MLS_PROPOSAL_REMOVE:
    case MLS_PROPOSAL_EXTERNAL_INIT:
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
    case MLS_PROPOSAL_SELF_REMOVE:
        return true;
    }
    return true;
}

bool mls_proposal_from_outside(mls_proposal_type type)
{
    switch (type) {
    case MLS_PROPOSAL_ADD:
    case MLS_PROPOSAL_REMOVE:
    case MLS_PROPOSAL_PSK:
    case MLS_PROPOSAL_REINIT:
    case MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
    case MLS_PROPOSAL_APP_DATA_UPDATE:
    case MLS_PROPOSAL_APP_EPHEMERAL:
        return true;
    case MLS_PROPOSAL_UPDATE:
    case MLS_PROPOSAL_EXTERNAL_INIT:
    case MLS_PROPOSAL_SELF_REMOVE:
        return false;
    }
    return false;
}
