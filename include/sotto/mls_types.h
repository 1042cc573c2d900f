/* The structs of RFC 9420 that callers see, as views: every base_bytes in them is borrowed from the
 * message, the group or the caller that made the view. Names are the RFC's. Included by
 * <sotto/mls.h>. */
#ifndef SOTTO_MLS_TYPES_H
#define SOTTO_MLS_TYPES_H

#include <sotto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A CipherSuite number (section 17.1): those of RFC 9420; those of draft-ietf-mls-pq-ciphersuites,
 * which have no numbers yet, in the private range and the context's to set (mls_config.numbers);
 * and two that other libraries gave to suites with X-Wing of their own. mls_ctx_supports() tells
 * which of them the backend can run. */
typedef uint16_t mls_suite;
#define MLS_SUITE_X25519_AES128GCM_SHA256_ED25519 0x0001
#define MLS_SUITE_P256_AES128GCM_SHA256_P256 0x0002
#define MLS_SUITE_X25519_CHACHA20POLY1305_SHA256_ED25519 0x0003
#define MLS_SUITE_X448_AES256GCM_SHA512_ED448 0x0004
#define MLS_SUITE_P521_AES256GCM_SHA512_P521 0x0005
#define MLS_SUITE_X448_CHACHA20POLY1305_SHA512_ED448 0x0006
#define MLS_SUITE_P384_AES256GCM_SHA384_P384 0x0007
#define MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519 0xF001
#define MLS_SUITE_MLKEM768X25519_AES256GCM_SHA384_ED25519 0xF002
#define MLS_SUITE_XWING_CHACHA20POLY1305_SHA256_ED25519 0x004D /* OpenMLS */
#define MLS_SUITE_XWING_CHACHA20POLY1305_SHA512_ED25519 84     /* ts-mls */

/* ---- registries (section 17), and what draft-ietf-mls-extensions suggests for them; values that
 * are not listed travel as plain numbers ---- */

/* Credential types (section 17.5). */
typedef enum mls_credential_type {
    MLS_CREDENTIAL_BASIC = 1,
    MLS_CREDENTIAL_X509 = 2
} mls_credential_type;

/* Extension types (section 17.3). */
typedef enum mls_extension_type {
    MLS_EXTENSION_APPLICATION_ID = 1,
    MLS_EXTENSION_RATCHET_TREE = 2,
    MLS_EXTENSION_REQUIRED_CAPABILITIES = 3,
    MLS_EXTENSION_EXTERNAL_PUB = 4,
    MLS_EXTENSION_EXTERNAL_SENDERS = 5,
    MLS_EXTENSION_APP_DATA_DICTIONARY = 6,
    MLS_EXTENSION_SUPPORTED_WIRE_FORMATS = 7,
    MLS_EXTENSION_REQUIRED_WIRE_FORMATS = 8
} mls_extension_type;

/* Proposal types (section 17.4). */
typedef enum mls_proposal_type {
    MLS_PROPOSAL_ADD = 1,
    MLS_PROPOSAL_UPDATE = 2,
    MLS_PROPOSAL_REMOVE = 3,
    MLS_PROPOSAL_PSK = 4,
    MLS_PROPOSAL_REINIT = 5,
    MLS_PROPOSAL_EXTERNAL_INIT = 6,
    MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS = 7,
    MLS_PROPOSAL_APP_DATA_UPDATE = 8,
    MLS_PROPOSAL_APP_EPHEMERAL = 9,
    MLS_PROPOSAL_SELF_REMOVE = 10
} mls_proposal_type;

/* Component ids of draft-ietf-mls-extensions, section 7.6. */
typedef enum mls_component {
    MLS_COMPONENT_APP_COMPONENTS = 1,
    MLS_COMPONENT_SAFE_AAD = 2,
    MLS_COMPONENT_CONTENT_MEDIA_TYPES = 3,
    MLS_COMPONENT_LAST_RESORT_KEY_PACKAGE = 4,
    MLS_COMPONENT_APP_ACK = 5
} mls_component;

/* What a leaf came with (section 7.2). */
typedef enum mls_leaf_node_source {
    MLS_LEAF_KEY_PACKAGE = 1,
    MLS_LEAF_UPDATE = 2,
    MLS_LEAF_COMMIT = 3
} mls_leaf_node_source;

/* Who sent a message (section 6). */
typedef enum mls_sender_type {
    MLS_SENDER_MEMBER = 1,
    MLS_SENDER_EXTERNAL = 2,
    MLS_SENDER_NEW_MEMBER_PROPOSAL = 3,
    MLS_SENDER_NEW_MEMBER_COMMIT = 4
} mls_sender_type;

/* Where a pre-shared key comes from (section 8.4). */
typedef enum mls_psk_type {
    MLS_PSK_EXTERNAL = 1,
    MLS_PSK_RESUMPTION = 2,
    MLS_PSK_COMPONENT = 3 /* "application" in draft-ietf-mls-extensions, section 4.5 */
} mls_psk_type;

/* What a resumption PSK is for (section 8.4). */
typedef enum mls_psk_usage {
    MLS_PSK_APPLICATION = 1,
    MLS_PSK_REINIT = 2,
    MLS_PSK_BRANCH = 3
} mls_psk_usage;

/* The position of a leaf in the tree, counted from 0 at the left. */
typedef struct mls_leaf_index {
    uint32_t v;
} mls_leaf_index;

/* A list of registry values. */
typedef struct mls_u16_list {
    const uint16_t *v;
    size_t n;
} mls_u16_list;

/* Section 5.3. body is, for basic, the identity; for x509, the encoded content of the certificate
 * vector; for any other type, the content of one opaque<V>, which is how this library frames types
 * it does not know. */
typedef struct mls_credential {
    uint16_t type;
    base_bytes body;
} mls_credential;

/* Section 13. */
typedef struct mls_extension {
    uint16_t type;
    base_bytes data;
} mls_extension;

/* A list of extensions, borrowed like them. */
typedef struct mls_extension_list {
    const mls_extension *v;
    size_t n;
} mls_extension_list;

/* Section 7.2. What is a default of the RFC is not listed. */
typedef struct mls_capabilities {
    mls_u16_list versions;
    mls_u16_list suites;
    mls_u16_list extensions;
    mls_u16_list proposals;
    mls_u16_list credentials;
} mls_capabilities;

/* Section 7.2. Which of the last fields count depends on leaf_node_source. Times are seconds since
 * 1970-01-01 UTC. */
typedef struct mls_leaf_node {
    base_bytes encryption_key;
    base_bytes signature_key;
    mls_credential credential;
    mls_capabilities capabilities;
    mls_leaf_node_source source;
    uint64_t not_before;    /* key_package */
    uint64_t not_after;     /* key_package */
    base_bytes parent_hash; /* commit */
    mls_extension_list extensions;
    base_bytes signature;
} mls_leaf_node;

/* Section 10. */
typedef struct mls_key_package {
    uint16_t version;
    mls_suite suite;
    base_bytes init_key;
    mls_leaf_node leaf_node;
    mls_extension_list extensions;
    base_bytes signature;
} mls_key_package;

/* Section 8.4. psk_id is for external; it and component for component; the rest for resumption. */
typedef struct mls_psk_id {
    mls_psk_type type;
    uint16_t component;
    base_bytes psk_id;
    mls_psk_usage usage;
    base_bytes psk_group_id;
    uint64_t psk_epoch;
    base_bytes psk_nonce;
} mls_psk_id;

/* Data of one component (draft-ietf-mls-extensions): an entry of an app_data_dictionary
 * (ComponentData), what an AppEphemeral proposal carries, an item of SafeAAD. */
typedef struct mls_app_data {
    uint16_t component;
    base_bytes data;
} mls_app_data;

/* A list of the same. */
typedef struct mls_app_data_list {
    const mls_app_data *v;
    size_t n;
} mls_app_data_list;

/* What an AppDataUpdate does. */
typedef enum mls_app_data_op { MLS_APP_DATA_UPDATE = 1, MLS_APP_DATA_REMOVE = 2 } mls_app_data_op;

/* An AppDataUpdate proposal (draft-ietf-mls-extensions, section 4.7): a change of the entry that a
 * component has in the GroupContext. update is for the op of that name. */
typedef struct mls_app_data_update {
    uint16_t component;
    mls_app_data_op op;
    base_bytes update;
} mls_app_data_update;

/* Section 12.1.8.1. */
typedef struct mls_external_sender {
    base_bytes signature_key;
    mls_credential credential;
} mls_external_sender;

/* Section 12.1.5. */
typedef struct mls_reinit {
    base_bytes group_id;
    uint16_t version;
    mls_suite suite;
    mls_extension_list extensions;
} mls_reinit;

#ifdef __cplusplus
}
#endif

#endif
