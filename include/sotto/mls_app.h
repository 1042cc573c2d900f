/* libmls for applications with more than one part: the Safe Application Interface of
 * draft-ietf-mls-extensions (the working group's text of 1 July 2026, draft 10 by its change log)
 * and targeted messages (draft-ietf-mls-targeted-messages-01).
 *
 * A component is a part of an application with a number (ComponentID). What one does with the
 * group's keys and data cannot be mistaken for what another does, nor for what MLS does. Ids from
 * 0x8000 up are for private use. The application names its components in mls_config.components; a
 * client that has some puts an app_data_dictionary with app_components into its leaf (and then its
 * default capabilities list what the interface needs).
 *
 * All numbers are those that the drafts suggest; they stand in <sotto/mls_types.h>. */
#ifndef SOTTO_MLS_APP_H
#define SOTTO_MLS_APP_H

#include <sotto/mls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- data (sections 4.6 to 4.9) ---- */

/* Encode a list of components' data: the content of an app_data_dictionary extension (section 4.6),
 * and what authenticated_data is in a group with safe_aad (section 4.9).
 *
 * items  n of them, strictly increasing by component.
 * out    given.
 *
 * Errors: BASE_E_ARGUMENT when the order is another. */
BASE_MUST_USE base_err mls_app_data_encode(const mls_app_data *items, size_t n, base_buf *out);

/* Shows one entry of a list, borrowed for the call. */
typedef base_err (*mls_app_data_seen)(void *user, const mls_app_data *item);

/* Decode what mls_app_data_encode() makes, and show each entry in order (section 4.6).
 *
 * seen  called with user for each; an error of it ends the walk and is passed on.
 *
 * Errors: BASE_E_VALUE when components do not increase, the decoder's, those of seen. */
BASE_MUST_USE base_err mls_app_data_each(base_bytes encoded, mls_app_data_seen seen, void *user);

/* Find the data of a component in the app_data_dictionary of a GroupContext, a leaf or a KeyPackage
 * (section 4.6).
 *
 * extensions  of mls_group_extensions(), or of a view.
 * data        *data borrows from the extensions.
 *
 * Errors: BASE_E_NOT_FOUND, MLS_E_EXTENSION when the dictionary does not decode. */
BASE_MUST_USE base_err mls_app_data_find(mls_extension_list extensions, uint16_t component,
                                         base_bytes *data);

/* Encode a vector of 16-bit values: the data of the components app_components and safe_aad, and of
 * the extensions supported_wire_formats and required_wire_formats (section 5).
 *
 * out  given.
 *
 * Errors: none of its own. */
BASE_MUST_USE base_err mls_u16_list_encode(mls_u16_list list, base_buf *out);

/* Tell whether a vector that mls_u16_list_encode() makes holds a value (section 5). Bytes that do
 * not decode hold nothing. */
bool mls_u16_list_holds(base_bytes encoded, uint16_t value);

/* ---- secrets (section 4.4) ---- */

/* Export a secret of the epoch for a component, once: SafeExportSecret (section 4.4), the same at
 * all members. What it came from is deleted from memory and store before the call returns, so that
 * who reads either later cannot derive it again; keep it, or what you need of it, yourself, best in
 * an outer transaction with the call. A member that was removed may still export what it has not of
 * its last epoch. Compare mls_group_export(), which gives its secret as often as it is asked.
 *
 * secret  given: Nh bytes.
 *
 * Cost: at most 32 hashes.
 *
 * Errors: MLS_E_EXPORTED the second time, also after a restart; the store's. */
BASE_MUST_USE base_err mls_group_safe_export(mls_group *g, uint16_t component, base_buf *secret);

#ifdef __cplusplus
}
#endif

#endif
