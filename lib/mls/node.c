/* See node.h. A node is decoded twice over: once into an arena, to learn what is in it, and then
 * packed: the struct, its lists and the encoded bytes in one block, with every view moved from the
 * bytes that were read to the copy. */
#include "node.h"

#include <string.h>

#include "base/alloc.h"

/* Where the packed block is filled: lists first (they need alignment), then bytes. */
typedef struct packer {
    uint8_t *next;
    base_bytes from;   /* the bytes that were read */
    const uint8_t *to; /* their copy in the block */
} packer;

base_bytes mls_node_encryption_key(const mls_node *n)
{
    return n->is_leaf ? n->leaf.encryption_key : n->parent.encryption_key;
}

static base_bytes moved(const packer *p, base_bytes view)
{
    if (view.n == 0) {
        return BASE_BYTES_NONE;
    }
    return (base_bytes){p->to + (view.p - p->from.p), view.n};
}

/* Room for an array of n elements. Sizes are multiples of the alignment of what comes next: the
 * extension lists come before the lists of 32 and 16 bits. */
static void *packed_array(packer *p, const void *v, size_t n, size_t size)
{
    if (n == 0) {
        return NULL;
    }
    void *at = p->next;
    memcpy(at, v, n * size);
    p->next += n * size;
    return at;
}

static mls_u16_list packed_u16(packer *p, mls_u16_list list)
{
    return (mls_u16_list){packed_array(p, list.v, list.n, sizeof *list.v), list.n};
}

static size_t leaf_lists_size(const mls_leaf_node *l)
{
    const mls_capabilities *c = &l->capabilities;
    size_t values = c->versions.n + c->suites.n + c->extensions.n + c->proposals.n;
    return l->extensions.n * sizeof(mls_extension) + (values + c->credentials.n) * sizeof(uint16_t);
}

static void pack_leaf(packer *p, const mls_leaf_node *in, mls_leaf_node *out)
{
    *out = *in;
    mls_extension *e = packed_array(p, in->extensions.v, in->extensions.n, sizeof *e);
    for (size_t i = 0; i < in->extensions.n; i++) {
        e[i].data = moved(p, e[i].data);
    }
    out->extensions.v = e;
    out->capabilities.versions = packed_u16(p, in->capabilities.versions);
    out->capabilities.suites = packed_u16(p, in->capabilities.suites);
    out->capabilities.extensions = packed_u16(p, in->capabilities.extensions);
    out->capabilities.proposals = packed_u16(p, in->capabilities.proposals);
    out->capabilities.credentials = packed_u16(p, in->capabilities.credentials);
    out->encryption_key = moved(p, in->encryption_key);
    out->signature_key = moved(p, in->signature_key);
    out->credential.body = moved(p, in->credential.body);
    out->parent_hash = moved(p, in->parent_hash);
    out->signature = moved(p, in->signature);
}

static void pack_parent(packer *p, const mls_parent_node *in, mls_parent_node *out)
{
    out->unmerged = packed_array(p, in->unmerged, in->n_unmerged, sizeof *in->unmerged);
    out->n_unmerged = in->n_unmerged;
    out->encryption_key = moved(p, in->encryption_key);
    out->parent_hash = moved(p, in->parent_hash);
}

/* The block for a node whose lists take `lists` bytes. The sums cannot overflow: lists are at most
 * eight times the encoded bytes, which are in memory. */
static mls_node *new_block(const base_alloc *alloc, base_bytes encoded, size_t lists, packer *p)
{
    size_t start = sizeof(mls_node); /* a multiple of its alignment, which no list exceeds */
    uint8_t *block = base_alloc_zero(alloc, 1, start + lists + encoded.n);
    if (block == NULL) {
        return NULL;
    }
    uint8_t *bytes = block + start + lists;
    if (encoded.n > 0) {
        memcpy(bytes, encoded.p, encoded.n);
    }
    *p = (packer){block + start, encoded, bytes};
    mls_node *n = (mls_node *)(void *)block;
    n->encoded = (base_bytes){bytes, encoded.n};
    return n;
}

base_err mls_node_read(const base_alloc *alloc, base_rd *r, bool is_leaf, mls_node **out)
{
    base_arena scratch = base_arena_on(alloc, 0);
    const base_rd before = *r;
    mls_leaf_node leaf = {0};
    mls_parent_node parent = {0};
    packer p = {0};
    mls_node *n = NULL;
    if (is_leaf) {
        mls_leaf_node_read(r, &scratch, &leaf);
    } else {
        mls_parent_node_read(r, &scratch, &parent);
    }
    if (r->err == BASE_OK) {
        size_t lists =
            is_leaf ? leaf_lists_size(&leaf) : parent.n_unmerged * sizeof *parent.unmerged;
        n = new_block(alloc, base_rd_since(&before, r), lists, &p);
        if (n == NULL) {
            base_rd_fail(r, BASE_E_NOMEM);
        }
    }
    if (n != NULL) {
        n->is_leaf = is_leaf;
        if (is_leaf) {
            pack_leaf(&p, &leaf, &n->leaf);
        } else {
            pack_parent(&p, &parent, &n->parent);
        }
        *out = n;
    }
    base_arena_clear(&scratch);
    return r->err;
}

base_err mls_node_decode(const base_alloc *alloc, bool is_leaf, base_bytes encoded, mls_node **out)
{
    base_err err = BASE_OK;
    base_rd r = base_rd_on(encoded);
    mls_node *n = NULL;
    TRY(mls_node_read(alloc, &r, is_leaf, &n));
    TRY(base_rd_end(&r));
    *out = n;
    n = NULL;
done:
    mls_node_free(alloc, n);
    return err;
}

base_err mls_node_from_leaf(const base_alloc *alloc, const mls_leaf_node *leaf, mls_node **out)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(alloc);
    base_wr w = base_wr_on(&encoded);
    mls_leaf_node_write(&w, leaf);
    TRY(base_wr_end(&w));
    TRY(mls_node_decode(alloc, true, base_buf_bytes(&encoded), out));
done:
    base_buf_clear(&encoded);
    return err;
}

base_err mls_node_from_parent(const base_alloc *alloc, const mls_parent_node *parent,
                              mls_node **out)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(alloc);
    base_wr w = base_wr_on(&encoded);
    mls_parent_node_write(&w, parent);
    TRY(base_wr_end(&w));
    TRY(mls_node_decode(alloc, false, base_buf_bytes(&encoded), out));
done:
    base_buf_clear(&encoded);
    return err;
}

void mls_node_free(const base_alloc *alloc, mls_node *n)
{
    base_alloc_free(alloc, n);
}
