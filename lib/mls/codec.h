/* Encoding and decoding of what lies in the tree and around it: credentials, capabilities,
 * extensions, LeafNode, ParentNode, KeyPackage, GroupContext and the extensions that this library
 * reads (RFC 9420, sections 5.3, 7.1, 7.2, 8.1, 10, 11.1, 12.1.8.1). Form only: what a field may
 * mean is checked in leaf_node, key_package and tree_check. Messages and proposals are framing's.
 *
 * _read latches its error in the reader, like the reads it is made of, and _write in the writer;
 * look at base_rd_end() and base_wr_end() once. _decode and _encode take a whole. Views borrow from
 * the bytes read, lists live in the arena. Writing a struct that was read gives the same bytes. */
#ifndef MLS_CODEC_H
#define MLS_CODEC_H

#include <sotto/mls_types.h>

#include "base/arena.h"
#include "base/rd.h"
#include "base/wr.h"

#define MLS_VERSION_MLS10 1

/* Section 7.1. unmerged_leaves is strictly increasing: the decoder refuses anything else
 * (BASE_E_VALUE). */
typedef struct mls_parent_node {
    base_bytes encryption_key;
    base_bytes parent_hash;
    const mls_leaf_index *unmerged;
    size_t n_unmerged;
} mls_parent_node;

/* Section 8.1. */
typedef struct mls_group_context {
    uint16_t version;
    mls_suite suite;
    base_bytes group_id;
    uint64_t epoch;
    base_bytes tree_hash;
    base_bytes confirmed_transcript_hash;
    mls_extension_list extensions;
} mls_group_context;

/* Section 11.1. */
typedef struct mls_required_capabilities {
    mls_u16_list extensions;
    mls_u16_list proposals;
    mls_u16_list credentials;
} mls_required_capabilities;

/* Section 12.1.8.1. */
typedef struct mls_external_sender_list {
    const mls_external_sender *v;
    size_t n;
} mls_external_sender_list;

/* Section 7.6. */
typedef struct mls_hpke_ciphertext {
    base_bytes kem_output;
    base_bytes ciphertext;
} mls_hpke_ciphertext;

/* Lists of registry values. */
void mls_u16_list_read(base_rd *r, base_arena *a, mls_u16_list *out);
void mls_u16_list_write(base_wr *w, mls_u16_list list);
bool mls_u16_list_has(mls_u16_list list, uint16_t value);

/* A list with two extensions of one type is refused (MLS_E_EXTENSION, section 13.4), decoding and
 * encoding. */
void mls_extension_list_read(base_rd *r, base_arena *a, mls_extension_list *out);
void mls_extension_list_write(base_wr *w, mls_extension_list list);

/* The extension of a type, or NULL. */
const mls_extension *mls_extension_find(mls_extension_list list, uint16_t type);

/* The types of the RFC itself, which capabilities do not list (section 7.2). */
bool mls_extension_type_is_default(uint16_t type);
bool mls_proposal_type_is_default(uint16_t type);

void mls_credential_read(base_rd *r, mls_credential *out);
void mls_credential_write(base_wr *w, const mls_credential *c);

void mls_capabilities_read(base_rd *r, base_arena *a, mls_capabilities *out);
void mls_capabilities_write(base_wr *w, const mls_capabilities *c);

void mls_leaf_node_read(base_rd *r, base_arena *a, mls_leaf_node *out);
void mls_leaf_node_write(base_wr *w, const mls_leaf_node *leaf);

/* LeafNodeTBS: all but the signature; for the sources update and commit with the group and the
 * position. */
void mls_leaf_node_tbs_write(base_wr *w, const mls_leaf_node *leaf, base_bytes group_id,
                             mls_leaf_index position);

void mls_parent_node_read(base_rd *r, base_arena *a, mls_parent_node *out);
void mls_parent_node_write(base_wr *w, const mls_parent_node *node);

/* KeyPackage, without the header of an MLSMessage, and KeyPackageTBS. */
void mls_key_package_read(base_rd *r, base_arena *a, mls_key_package *out);
void mls_key_package_write(base_wr *w, const mls_key_package *kp);
void mls_key_package_tbs_write(base_wr *w, const mls_key_package *kp);

/* Another version than mls10 is refused (MLS_E_VERSION). */
void mls_group_context_read(base_rd *r, base_arena *a, mls_group_context *out);
void mls_group_context_write(base_wr *w, const mls_group_context *c);

void mls_hpke_ciphertext_read(base_rd *r, mls_hpke_ciphertext *out);
void mls_hpke_ciphertext_write(base_wr *w, const mls_hpke_ciphertext *c);

/* The content of extensions, from and to extension_data, whole. The decoders answer MLS_E_EXTENSION
 * for anything malformed, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_required_capabilities_decode(base_bytes data, base_arena *a,
                                                        mls_required_capabilities *out);
BASE_MUST_USE base_err mls_required_capabilities_encode(const mls_required_capabilities *c,
                                                        base_buf *out);
BASE_MUST_USE base_err mls_external_senders_decode(base_bytes data, base_arena *a,
                                                   mls_external_sender_list *out);
BASE_MUST_USE base_err mls_external_senders_encode(mls_external_sender_list list, base_buf *out);

/* external_pub: one HPKEPublicKey (section 12.4.3.2). Borrowed from data. */
BASE_MUST_USE base_err mls_external_pub_decode(base_bytes data, base_bytes *key);
BASE_MUST_USE base_err mls_external_pub_encode(base_bytes key, base_buf *out);

#endif
