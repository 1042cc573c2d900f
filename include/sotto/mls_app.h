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
 * Errors: BASE_E_ARGUMENT when components do not increase. */
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

/* ---- keys (sections 4.1 to 4.3 and 4.5) ---- */

/* Sign content as a component: SafeSignWithLabel (section 4.3). What one component signs verifies
 * for no other, and for nothing that mls_sign() or MLS itself signs.
 *
 * private_key  as of mls_signature_key_new(), in a group that of the member's leaf.
 * component    of whoever calls.
 * label        what is signed, in the component's own words.
 * signature    given.
 *
 * Errors: CRYPTO_E_SUITE, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_component_sign(mls_ctx *ctx, mls_suite suite, base_bytes private_key,
                                          uint16_t component, base_bytes label, base_bytes content,
                                          base_buf *signature);

/* Verify what mls_component_sign() made, for whichever component made it: SafeVerifyWithLabel
 * (section 4.3).
 *
 * public_key  the signature_key of the signer's leaf.
 *
 * Errors: CRYPTO_E_SIGNATURE, CRYPTO_E_SUITE, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_component_verify(mls_ctx *ctx, mls_suite suite, base_bytes public_key,
                                            uint16_t component, base_bytes label,
                                            base_bytes content, base_bytes signature);

/* What something is encrypted as: the component that is to open it, what it is, and the context
 * that both know. */
typedef struct mls_component_label {
    uint16_t component;
    base_bytes label;
    base_bytes context;
} mls_component_label;

/* Encrypt something to the leaf of a member, for a component of that member's: SafeEncryptWithLabel
 * (section 4.2). Nothing in it says who sent it: mls_group_targeted_seal() is for that. The member
 * can open it as long as its leaf stays as it is, and so can whoever takes its key in that time.
 *
 * kem_output, ciphertext  given; the member needs both.
 *
 * Errors: BASE_E_NOT_FOUND for a blank leaf. */
BASE_MUST_USE base_err mls_group_component_seal(const mls_group *g, mls_leaf_index leaf,
                                                const mls_component_label *label,
                                                base_bytes plaintext, base_buf *kem_output,
                                                base_buf *ciphertext);

/* Open what mls_group_component_seal() made for this member: SafeDecryptWithLabel (section 4.2).
 *
 * label      component is that of whoever calls, and no other's.
 * plaintext  given.
 *
 * Errors: CRYPTO_E_OPEN, CRYPTO_E_KEY, MLS_E_REMOVED. */
BASE_MUST_USE base_err mls_group_component_open(const mls_group *g,
                                                const mls_component_label *label,
                                                base_bytes kem_output, base_bytes ciphertext,
                                                base_buf *plaintext);

/* Keep a pre-shared key of a component under an id (section 4.5): a proposal of MLS_PROPOSAL_PSK
 * with the type MLS_PSK_COMPONENT brings it into the next epoch, which only those reach who have
 * it. The ids of components and those of mls_psk_put() do not meet.
 *
 * psk  not empty; one that is there is replaced.
 *
 * Errors: BASE_E_ARGUMENT, the store's. */
BASE_MUST_USE base_err mls_component_psk_put(mls_ctx *ctx, uint16_t component, base_bytes psk_id,
                                             base_bytes psk);

/* Delete a pre-shared key that mls_component_psk_put() keeps (section 4.5). One that is not there
 * counts as deleted.
 *
 * Errors: the store's. */
BASE_MUST_USE base_err mls_component_psk_delete(mls_ctx *ctx, uint16_t component,
                                                base_bytes psk_id);

/* ---- acknowledgements (section 6.1) ---- */

/* Application messages of one sender that were received in this epoch: generations first to last,
 * both included. mls_received tells the generation of each message, mls_group_last_generation()
 * that of one's own. */
typedef struct mls_message_range {
    mls_leaf_index sender;
    uint32_t first_generation;
    uint32_t last_generation;
} mls_message_range;

/* Encode an AppAck: the data of an AppEphemeral proposal of MLS_COMPONENT_APP_ACK (section 6.1). A
 * commit carries it, so that whoever drops messages unseen has to drop commits too. Members check
 * the form of those that arrive.
 *
 * ranges  n of them, in any order.
 * out     given.
 *
 * Errors: BASE_E_ARGUMENT for a range that ends before it begins. */
BASE_MUST_USE base_err mls_app_ack_encode(const mls_message_range *ranges, size_t n, base_buf *out);

/* Shows one range of an AppAck, borrowed for the call. */
typedef base_err (*mls_message_range_seen)(void *user, const mls_message_range *range);

/* Decode an AppAck and show each range in order, once the whole has proved well-formed (section
 * 6.1).
 *
 * seen  called with user for each; an error of it ends the walk and is passed on. NULL only checks.
 *
 * Errors: BASE_E_VALUE for a range that ends before it begins, the decoder's, those of seen. */
BASE_MUST_USE base_err mls_app_ack_each(base_bytes encoded, mls_message_range_seen seen,
                                        void *user);

/* The generation of the last application message that mls_group_protect() made with this object in
 * this epoch (section 9.1 of the RFC): what others acknowledge. 0 before the first. */
uint32_t mls_group_last_generation(const mls_group *g);

/* ---- what kind of content a group takes (section 6.2) ---- */

/* One parameter of a media type; value without quotation marks and escapes. */
typedef struct mls_media_parameter {
    base_bytes name;
    base_bytes value;
} mls_media_parameter;

/* A media type: "text/plain". parameters as mls_media_parameters_encode() makes them, empty for
 * none. */
typedef struct mls_media_type {
    base_bytes type;
    base_bytes parameters;
} mls_media_type;

/* Encode the parameters of a media type, for mls_media_type (section 6.2).
 *
 * v    n of them, in the order in which they are compared.
 * out  given; empty for none.
 *
 * Errors: none of its own. */
BASE_MUST_USE base_err mls_media_parameters_encode(const mls_media_parameter *v, size_t n,
                                                   base_buf *out);

/* Shows one parameter, borrowed for the call. */
typedef base_err (*mls_media_parameter_seen)(void *user, const mls_media_parameter *parameter);

/* Show each parameter of a media type in order (section 6.2).
 *
 * parameters  of an mls_media_type.
 * seen        called with user for each; an error of it ends the walk and is passed on.
 *
 * Errors: the decoder's, those of seen. */
BASE_MUST_USE base_err mls_media_parameters_each(base_bytes parameters,
                                                 mls_media_parameter_seen seen, void *user);

/* Encode a list of media types: the data of the component content_media_types (section 6.2). In a
 * leaf it says what the member can read, in a GroupContext what all members must be able to.
 *
 * v    at least one, none with an empty type.
 * out  given.
 *
 * Errors: BASE_E_ARGUMENT. */
BASE_MUST_USE base_err mls_media_types_encode(const mls_media_type *v, size_t n, base_buf *out);

/* Shows one media type, borrowed for the call. */
typedef base_err (*mls_media_type_seen)(void *user, const mls_media_type *type);

/* Show each media type of a list in order, once the whole has proved well-formed (section 6.2).
 *
 * encoded  the data of a component content_media_types.
 * seen     called with user for each; an error of it ends the walk and is passed on.
 *
 * Errors: BASE_E_VALUE for an encoding that is none, those of seen. */
BASE_MUST_USE base_err mls_media_types_each(base_bytes encoded, mls_media_type_seen seen,
                                            void *user);

/* Tell whether a member reads all that a group asks for (section 6.2): each media type of the
 * group's is listed by the leaf, without parameters or with the same. The draft leaves it to who
 * adds a member, or changes the list, to look; members that follow do not.
 *
 * leaf   the extensions of a leaf.
 * group  the extensions of a GroupContext; one without content_media_types asks for nothing.
 *
 * Errors: MLS_E_CAPABILITIES when the leaf lacks one. */
BASE_MUST_USE base_err mls_media_types_cover(mls_extension_list leaf, mls_extension_list group);

/* Frame content for a group whose GroupContext has content_media_types (section 6.2): what
 * mls_group_protect() is given there.
 *
 * type  NULL, or with an empty type, stands for the first of the group's list.
 * out   given.
 *
 * Errors: BASE_E_ARGUMENT for parameters that do not decode. */
BASE_MUST_USE base_err mls_content_frame(const mls_media_type *type, base_bytes content,
                                         base_buf *out);

/* Read what mls_content_frame() made (section 6.2).
 *
 * plaintext  what mls_group_receive() gave.
 * type       borrowed from plaintext, or from the group for the first of its list.
 * content    borrowed from plaintext.
 *
 * Errors: BASE_E_STATE in a group without content_media_types, the decoder's. */
BASE_MUST_USE base_err mls_content_unframe(const mls_group *g, base_bytes plaintext,
                                           mls_media_type *type, base_bytes *content);

/* ---- last resort (section 6.4) ---- */

/* Tell whether a KeyPackage says of itself that it may be used more than once (section 6.4).
 * mls_key_package_new() with last_resort makes it say so when its leaf lists the extension
 * app_data_dictionary. */
bool mls_key_package_is_last_resort(const mls_key_package *kp);

/* ---- targeted messages ---- */

/* A targeted message, opened; release with mls_targeted_clear(). */
typedef struct mls_targeted {
    mls_leaf_index sender;
    uint64_t epoch;
    base_buf authenticated_data;
    base_buf plaintext;
} mls_targeted;

/* Encrypt a message to one member of the group, whom alone it can be opened by
 * (draft-ietf-mls-targeted-messages, sections 5 and 6). It is signed, and only members can make
 * one; other members who get hold of it see who sent it, and not what. There is no key of its own
 * for each: whoever takes the recipient's leaf key in this epoch reads them all.
 *
 * recipient  another member's leaf.
 * framing    NULL for no authenticated data and no padding; is_public is refused.
 * message    given: an MLSMessage of wire format 6, which the recipient reads when its leaf says so
 *            in the extension supported_wire_formats.
 *
 * Cost: one HPKE seal, one signature. The group does not change.
 *
 * Errors: BASE_E_ARGUMENT for one's own leaf, BASE_E_NOT_FOUND for a blank leaf, BASE_E_LIMIT,
 * MLS_E_REMOVED. */
BASE_MUST_USE base_err mls_group_targeted_seal(const mls_group *g, mls_leaf_index recipient,
                                               base_bytes plaintext, const mls_framing *framing,
                                               base_buf *message);

/* Open a message that mls_group_targeted_seal() made for this member
 * (draft-ietf-mls-targeted-messages, section 7). mls_message_peek() tells them by wire_format 6.
 * Only messages of the current epoch are opened, and the same one as often as it comes: whoever
 * wants to notice replays puts something unique into authenticated_data.
 *
 * out  given; empty on failure.
 *
 * Errors: MLS_E_WIRE_FORMAT, MLS_E_GROUP_ID, MLS_E_EPOCH_PAST, MLS_E_EPOCH_FUTURE, MLS_E_RECIPIENT,
 * MLS_E_SENDER, CRYPTO_E_SIGNATURE, CRYPTO_E_OPEN, CRYPTO_E_KEY, MLS_E_PADDING, BASE_E_LIMIT,
 * MLS_E_REMOVED, the decoder's. */
BASE_MUST_USE base_err mls_group_targeted_open(const mls_group *g, base_bytes message,
                                               mls_targeted *out);

/* Release what mls_group_targeted_open() gave. A zeroed struct is empty. */
void mls_targeted_clear(mls_targeted *t);

#ifdef __cplusplus
}
#endif

#endif
