/* See codec.h. Each pair of functions reads like the struct of the RFC that it codes. */
#include "codec.h"

/* Lists longer than this are searched for duplicates in a bit set instead of pair by pair. */
#define PAIRWISE_MAX 16

/* ---- lists ---- */

void mls_u16_list_read(base_rd *r, base_arena *a, mls_u16_list *out)
{
    *out = (mls_u16_list){NULL, 0};
    base_rd in = base_rd_open(r);
    size_t n = in.left / 2;
    if (n > 0) {
        uint16_t *v = base_arena_zero(a, n, sizeof *v);
        if (v == NULL) {
            base_rd_fail(r, BASE_E_NOMEM);
            return;
        }
        for (size_t i = 0; i < n; i++) {
            v[i] = base_rd_u16(&in);
        }
        *out = (mls_u16_list){v, n};
    }
    base_rd_close(r, &in);
}

void mls_u16_list_write(base_wr *w, mls_u16_list list)
{
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < list.n; i++) {
        base_wr_u16(w, list.v[i]);
    }
    base_wr_close(w, mark);
}

bool mls_u16_list_has(mls_u16_list list, uint16_t value)
{
    for (size_t i = 0; i < list.n; i++) {
        if (list.v[i] == value) {
            return true;
        }
    }
    return false;
}

/* V-13.4-1. A stranger chooses the length, so it may not cost its square. */
static bool has_duplicate(mls_extension_list list)
{
    uint8_t seen[(UINT16_MAX + 1) / 8] = {0};
    for (size_t i = 0; i < list.n; i++) {
        uint16_t type = list.v[i].type;
        uint8_t bit = (uint8_t)(1U << (type % 8));
        if ((seen[type / 8] & bit) != 0) {
            return true;
        }
        seen[type / 8] |= bit;
    }
    return false;
}

static bool has_duplicate_short(mls_extension_list list)
{
    for (size_t i = 0; i < list.n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (list.v[i].type == list.v[k].type) {
                return true;
            }
        }
    }
    return false;
}

static bool is_duplicate_free(mls_extension_list list)
{
    return list.n <= PAIRWISE_MAX ? !has_duplicate_short(list) : !has_duplicate(list);
}

void mls_extension_list_read(base_rd *r, base_arena *a, mls_extension_list *out)
{
    *out = (mls_extension_list){NULL, 0};
    base_rd in = base_rd_open(r);
    void *v = NULL;
    size_t n = 0;
    size_t cap = 0;
    while (base_rd_more(&in)) {
        mls_extension e = {0, BASE_BYTES_NONE};
        e.type = base_rd_u16(&in);
        e.data = base_rd_vec(&in);
        if (base_arena_grow(a, &v, &cap, n + 1, sizeof e) != BASE_OK) {
            base_rd_fail(r, BASE_E_NOMEM);
            return;
        }
        ((mls_extension *)v)[n] = e;
        n++;
    }
    base_rd_close(r, &in);
    mls_extension_list list = {v, n};
    if (!is_duplicate_free(list)) {
        base_rd_fail(r, MLS_E_EXTENSION);
        return;
    }
    *out = list;
}

void mls_extension_list_write(base_wr *w, mls_extension_list list)
{
    if (!is_duplicate_free(list)) {
        base_wr_fail(w, MLS_E_EXTENSION);
        return;
    }
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < list.n; i++) {
        base_wr_u16(w, list.v[i].type);
        base_wr_vec(w, list.v[i].data);
    }
    base_wr_close(w, mark);
}

const mls_extension *mls_extension_find(mls_extension_list list, uint16_t type)
{
    for (size_t i = 0; i < list.n; i++) {
        if (list.v[i].type == type) {
            return &list.v[i];
        }
    }
    return NULL;
}

bool mls_extension_type_is_default(uint16_t type)
{
    return type >= MLS_EXTENSION_APPLICATION_ID && type <= MLS_EXTENSION_EXTERNAL_SENDERS;
}

bool mls_proposal_type_is_default(uint16_t type)
{
    return type >= MLS_PROPOSAL_ADD && type <= MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS;
}

/* ---- leaves and parents ---- */

void mls_credential_read(base_rd *r, mls_credential *out)
{
    out->type = base_rd_u16(r);
    out->body = base_rd_vec(r);
    if (out->type == MLS_CREDENTIAL_X509) {
        base_rd in = base_rd_on(out->body);
        while (base_rd_more(&in)) {
            (void)base_rd_vec(&in);
        }
        base_rd_close(r, &in);
    }
}

void mls_credential_write(base_wr *w, const mls_credential *c)
{
    base_wr_u16(w, c->type);
    base_wr_vec(w, c->body);
}

void mls_capabilities_read(base_rd *r, base_arena *a, mls_capabilities *out)
{
    mls_u16_list_read(r, a, &out->versions);
    mls_u16_list_read(r, a, &out->suites);
    mls_u16_list_read(r, a, &out->extensions);
    mls_u16_list_read(r, a, &out->proposals);
    mls_u16_list_read(r, a, &out->credentials);
}

void mls_capabilities_write(base_wr *w, const mls_capabilities *c)
{
    mls_u16_list_write(w, c->versions);
    mls_u16_list_write(w, c->suites);
    mls_u16_list_write(w, c->extensions);
    mls_u16_list_write(w, c->proposals);
    mls_u16_list_write(w, c->credentials);
}

void mls_leaf_node_read(base_rd *r, base_arena *a, mls_leaf_node *out)
{
    *out = (mls_leaf_node){0};
    out->encryption_key = base_rd_vec(r);
    out->signature_key = base_rd_vec(r);
    mls_credential_read(r, &out->credential);
    mls_capabilities_read(r, a, &out->capabilities);
    uint8_t source = base_rd_u8(r);
    out->source = (mls_leaf_node_source)source;
    switch (source) {
    case MLS_LEAF_KEY_PACKAGE:
        out->not_before = base_rd_u64(r);
        out->not_after = base_rd_u64(r);
        break;
    case MLS_LEAF_UPDATE:
        break;
    case MLS_LEAF_COMMIT:
        out->parent_hash = base_rd_vec(r);
        break;
    default:
        base_rd_fail(r, BASE_E_VALUE);
        break;
    }
    mls_extension_list_read(r, a, &out->extensions);
    out->signature = base_rd_vec(r);
}

static void write_unsigned_leaf(base_wr *w, const mls_leaf_node *leaf)
{
    base_wr_vec(w, leaf->encryption_key);
    base_wr_vec(w, leaf->signature_key);
    mls_credential_write(w, &leaf->credential);
    mls_capabilities_write(w, &leaf->capabilities);
    base_wr_u8(w, (uint8_t)leaf->source);
    switch (leaf->source) {
    case MLS_LEAF_KEY_PACKAGE:
        base_wr_u64(w, leaf->not_before);
        base_wr_u64(w, leaf->not_after);
        break;
    case MLS_LEAF_UPDATE:
        break;
    case MLS_LEAF_COMMIT:
        base_wr_vec(w, leaf->parent_hash);
        break;
    default:
        base_wr_fail(w, BASE_E_ARGUMENT);
        break;
    }
    mls_extension_list_write(w, leaf->extensions);
}

void mls_leaf_node_write(base_wr *w, const mls_leaf_node *leaf)
{
    write_unsigned_leaf(w, leaf);
    base_wr_vec(w, leaf->signature);
}

void mls_leaf_node_tbs_write(base_wr *w, const mls_leaf_node *leaf, base_bytes group_id,
                             mls_leaf_index position)
{
    write_unsigned_leaf(w, leaf);
    if (leaf->source != MLS_LEAF_KEY_PACKAGE) {
        base_wr_vec(w, group_id);
        base_wr_u32(w, position.v);
    }
}

/* V-7.1-1: in increasing order, and a set. */
static bool is_increasing(const mls_leaf_index *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (v[i].v <= v[i - 1].v) {
            return false;
        }
    }
    return true;
}

void mls_parent_node_read(base_rd *r, base_arena *a, mls_parent_node *out)
{
    *out = (mls_parent_node){0};
    out->encryption_key = base_rd_vec(r);
    out->parent_hash = base_rd_vec(r);
    base_rd in = base_rd_open(r);
    size_t n = in.left / 4;
    mls_leaf_index *v = NULL;
    if (n > 0) {
        v = base_arena_zero(a, n, sizeof *v);
        if (v == NULL) {
            base_rd_fail(r, BASE_E_NOMEM);
            return;
        }
        for (size_t i = 0; i < n; i++) {
            v[i].v = base_rd_u32(&in);
        }
    }
    base_rd_close(r, &in);
    if (!is_increasing(v, n)) {
        base_rd_fail(r, BASE_E_VALUE);
        return;
    }
    out->unmerged = v;
    out->n_unmerged = n;
}

void mls_parent_node_write(base_wr *w, const mls_parent_node *node)
{
    base_wr_vec(w, node->encryption_key);
    base_wr_vec(w, node->parent_hash);
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < node->n_unmerged; i++) {
        base_wr_u32(w, node->unmerged[i].v);
    }
    base_wr_close(w, mark);
}

/* ---- key packages ---- */

void mls_key_package_read(base_rd *r, base_arena *a, mls_key_package *out)
{
    *out = (mls_key_package){0};
    out->version = base_rd_u16(r);
    out->suite = base_rd_u16(r);
    out->init_key = base_rd_vec(r);
    mls_leaf_node_read(r, a, &out->leaf_node);
    mls_extension_list_read(r, a, &out->extensions);
    out->signature = base_rd_vec(r);
}

void mls_key_package_tbs_write(base_wr *w, const mls_key_package *kp)
{
    base_wr_u16(w, kp->version);
    base_wr_u16(w, kp->suite);
    base_wr_vec(w, kp->init_key);
    mls_leaf_node_write(w, &kp->leaf_node);
    mls_extension_list_write(w, kp->extensions);
}

void mls_key_package_write(base_wr *w, const mls_key_package *kp)
{
    mls_key_package_tbs_write(w, kp);
    base_wr_vec(w, kp->signature);
}

/* ---- the group's context ---- */

void mls_group_context_read(base_rd *r, base_arena *a, mls_group_context *out)
{
    *out = (mls_group_context){0};
    out->version = base_rd_u16(r);
    if (r->err == BASE_OK && out->version != MLS_VERSION_MLS10) {
        base_rd_fail(r, MLS_E_VERSION);
    }
    out->suite = base_rd_u16(r);
    out->group_id = base_rd_vec(r);
    out->epoch = base_rd_u64(r);
    out->tree_hash = base_rd_vec(r);
    out->confirmed_transcript_hash = base_rd_vec(r);
    mls_extension_list_read(r, a, &out->extensions);
}

void mls_group_context_write(base_wr *w, const mls_group_context *c)
{
    base_wr_u16(w, c->version);
    base_wr_u16(w, c->suite);
    base_wr_vec(w, c->group_id);
    base_wr_u64(w, c->epoch);
    base_wr_vec(w, c->tree_hash);
    base_wr_vec(w, c->confirmed_transcript_hash);
    mls_extension_list_write(w, c->extensions);
}

void mls_hpke_ciphertext_read(base_rd *r, mls_hpke_ciphertext *out)
{
    out->kem_output = base_rd_vec(r);
    out->ciphertext = base_rd_vec(r);
}

void mls_hpke_ciphertext_write(base_wr *w, const mls_hpke_ciphertext *c)
{
    base_wr_vec(w, c->kem_output);
    base_wr_vec(w, c->ciphertext);
}

/* ---- content of extensions ---- */

/* V-13.4-4: whatever is wrong with an extension's content is the extension's fault. */
static base_err end_of_extension(const base_rd *r)
{
    base_err err = base_rd_end(r);
    return err == BASE_OK || err == BASE_E_NOMEM ? err : MLS_E_EXTENSION;
}

base_err mls_required_capabilities_decode(base_bytes data, base_arena *a,
                                          mls_required_capabilities *out)
{
    mls_required_capabilities c = {0};
    base_rd r = base_rd_on(data);
    mls_u16_list_read(&r, a, &c.extensions);
    mls_u16_list_read(&r, a, &c.proposals);
    mls_u16_list_read(&r, a, &c.credentials);
    base_err err = end_of_extension(&r);
    if (err == BASE_OK) {
        *out = c;
    }
    return err;
}

base_err mls_required_capabilities_encode(const mls_required_capabilities *c, base_buf *out)
{
    base_wr w = base_wr_on(out);
    mls_u16_list_write(&w, c->extensions);
    mls_u16_list_write(&w, c->proposals);
    mls_u16_list_write(&w, c->credentials);
    return base_wr_end(&w);
}

base_err mls_external_senders_decode(base_bytes data, base_arena *a, mls_external_sender_list *out)
{
    base_rd r = base_rd_on(data);
    base_rd in = base_rd_open(&r);
    void *v = NULL;
    size_t n = 0;
    size_t cap = 0;
    while (base_rd_more(&in)) {
        mls_external_sender s = {0};
        s.signature_key = base_rd_vec(&in);
        mls_credential_read(&in, &s.credential);
        if (base_arena_grow(a, &v, &cap, n + 1, sizeof s) != BASE_OK) {
            return BASE_E_NOMEM;
        }
        ((mls_external_sender *)v)[n] = s;
        n++;
    }
    base_rd_close(&r, &in);
    base_err err = end_of_extension(&r);
    if (err == BASE_OK) {
        *out = (mls_external_sender_list){v, n};
    }
    return err;
}

base_err mls_external_senders_encode(mls_external_sender_list list, base_buf *out)
{
    base_wr w = base_wr_on(out);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < list.n; i++) {
        base_wr_vec(&w, list.v[i].signature_key);
        mls_credential_write(&w, &list.v[i].credential);
    }
    base_wr_close(&w, mark);
    return base_wr_end(&w);
}

base_err mls_external_pub_decode(base_bytes data, base_bytes *key)
{
    base_rd r = base_rd_on(data);
    base_bytes k = base_rd_vec(&r);
    base_err err = end_of_extension(&r);
    if (err == BASE_OK) {
        *key = k;
    }
    return err;
}

base_err mls_external_pub_encode(base_bytes key, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_vec(&w, key);
    return base_wr_end(&w);
}
