/* The data of application components (draft-ietf-mls-extensions, sections 4.6 to 4.9 and 5): the
 * app_data_dictionary of a GroupContext, LeafNode, KeyPackage or GroupInfo, the lists that some of
 * its entries are, and the wire formats of section 5. Form and what the draft itself says about
 * entries; what a component's data means is its application's to know. */
#ifndef MLS_APP_DATA_H
#define MLS_APP_DATA_H

#include "codec.h"

/* Entries of a vector, each a ComponentID and opaque<V>, strictly increasing: the content of an
 * AppDataDictionary, and of SafeAAD. Views; the list lives in the arena. Decoding and encoding
 * refuse another order and a component twice (BASE_E_VALUE); encode replaces *out. */
BASE_MUST_USE base_err mls_app_data_decode(base_bytes in, base_arena *a, mls_app_data_list *out);
BASE_MUST_USE base_err mls_app_data_write(mls_app_data_list list, base_buf *out);

/* The data of a component in a list of extensions, or nothing; borrowed. For lists whose dictionary
 * was checked. */
bool mls_app_data_of(mls_extension_list extensions, uint16_t component, base_bytes *data);

/* Each of the wanted values stands in an encoded vector of them. */
bool mls_encoded_u16_covers(base_bytes encoded, mls_u16_list wanted);

/* A vector of values, whole: ComponentsList, WireFormats. */
BASE_MUST_USE base_err mls_encoded_u16_decode(base_bytes in, base_arena *a, mls_u16_list *out);

/* Whether what this library reads of a list of extensions decodes: the dictionary and its entries
 * app_components, safe_aad, content_media_types and last_resort_key_package, and both lists of wire
 * formats. MLS_E_EXTENSION, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_app_extensions_check(mls_extension_list extensions,
                                                const base_alloc *alloc);

/* Whether authenticated_data of an epoch with these extensions is framed as they demand: SafeAAD,
 * whole, in a group with the component safe_aad. MLS_E_AAD, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_safe_aad_judge(mls_extension_list extensions, const base_alloc *alloc,
                                          base_bytes authenticated_data);

/* What to send for a caller's authenticated_data: nothing becomes an empty SafeAAD where one is
 * demanded. BASE_E_ARGUMENT for what would be refused. */
BASE_MUST_USE base_err mls_safe_aad_give(mls_extension_list extensions, const base_alloc *alloc,
                                         base_bytes given, base_bytes *out);

/* AppDataUpdate and AppEphemeral, inside a Proposal. */
void mls_app_data_update_read(base_rd *r, mls_app_data_update *out);
void mls_app_data_update_write(base_wr *w, const mls_app_data_update *u);
void mls_app_data_item_read(base_rd *r, mls_app_data *out);
void mls_app_data_item_write(base_wr *w, const mls_app_data *item);

#endif
