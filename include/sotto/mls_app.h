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

/* The content of an app_data_dictionary extension, which is also what authenticated_data is in a
 * group with safe_aad: n entries, strictly increasing by component (else BASE_E_ARGUMENT). */
BASE_MUST_USE base_err mls_app_data_encode(const mls_app_data *items, size_t n, base_buf *out);

/* Show each entry of one, in order; item is borrowed for the call. An error of `seen` ends it and
 * is passed on. BASE_E_VALUE and the readers' own for bytes that are none. */
typedef base_err (*mls_app_data_seen)(void *user, const mls_app_data *item);
BASE_MUST_USE base_err mls_app_data_each(base_bytes encoded, mls_app_data_seen seen, void *user);

/* The data of a component in the dictionary of a GroupContext, leaf or KeyPackage: *data borrows
 * from the extensions. BASE_E_NOT_FOUND, MLS_E_EXTENSION. */
BASE_MUST_USE base_err mls_app_data_find(mls_extension_list extensions, uint16_t component,
                                         base_bytes *data);

/* A vector of 16-bit values: the data of the components app_components and safe_aad, and of the
 * extensions supported_wire_formats and required_wire_formats. holds: whether an encoded one has a
 * value. */
BASE_MUST_USE base_err mls_u16_list_encode(mls_u16_list list, base_buf *out);
bool mls_u16_list_holds(base_bytes encoded, uint16_t value);

/* ---- secrets (section 4.4) ---- */

/* SafeExportSecret: Nh bytes for a component, the same at all members, once an epoch. What it came
 * from is deleted from memory and store before the call returns, so that who reads either later
 * cannot derive it again; keep it, or what you need of it, yourself, best in an outer transaction
 * with the call. MLS_E_EXPORTED the second time, also after a restart. A member that was removed
 * may still export what it has not of its last epoch. Cost: at most 32 hashes. */
BASE_MUST_USE base_err mls_group_safe_export(mls_group *g, uint16_t component, base_buf *secret);

#ifdef __cplusplus
}
#endif

#endif
