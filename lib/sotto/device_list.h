/* The device list: which devices are a person's (docs/client.md, section 3). It is the MLS
 * credential of every leaf, so that whether a leaf is valid follows from its bytes alone.
 *
 *     struct {
 *         opaque identity_key[32];   the person's first key, and name, for ever
 *         opaque recovery_key[32];   its private half exists on paper alone
 *         uint64 version;            from 1
 *         opaque previous[32];       SHA-256 of the list before; zeros at version 1
 *         opaque signing_key[32];    the key that signs this list
 *         uint64 since;              the version from which signing_key signs; 0 for identity_key
 *         opaque delegation<V>;      recovery_key's signature over identity_key, signing_key and
 *                                    since; empty when signing_key is identity_key
 *         Device devices<V>;         at most 32
 *         opaque signature<V>;       signing_key's, over all before
 *     } DeviceList;
 *
 *     struct { opaque id[16]; opaque signature_key<V>; uint32 day; uint8 holder; } Device;
 *
 * A list whose signing key the recovery key appointed beats every list of an earlier appointment.
 */
#ifndef SOTTO_DEVICE_LIST_H
#define SOTTO_DEVICE_LIST_H

#include "prims.h"

#define SOTTO_CREDENTIAL_DEVICE_LIST 0xF0C1 /* private range */
#define SOTTO_DEVICES_MAX 32
#define SOTTO_DEVICE_ID_SIZE 16

typedef struct sotto_device {
    base_bytes id;            /* 16 bytes */
    base_bytes signature_key; /* of the device's MLS leaves */
    uint32_t day;             /* added, in days since 1970 */
    bool holder;              /* holds the signing key */
} sotto_device;

/* A decoded list; views are borrowed from the encoding. */
typedef struct sotto_device_list {
    base_bytes encoded;
    base_bytes to_sign;
    base_bytes identity_key;
    base_bytes recovery_key;
    uint64_t version;
    base_bytes previous;
    base_bytes signing_key;
    uint64_t since;
    base_bytes delegation;
    size_t n_devices;
    sotto_device devices[SOTTO_DEVICES_MAX];
    base_bytes signature;
} sotto_device_list;

/* Decode and check everything that the bytes alone tell: form, signature, delegation, no device or
 * key twice. Errors: the reader's, SOTTO_E_DEVICE_LIST, CRYPTO_E_SIGNATURE. */
BASE_MUST_USE base_err sotto_device_list_decode(const sotto_prims *p, base_bytes encoded,
                                                sotto_device_list *out);

/* Sign and encode a list: all fields of `list` but encoded, to_sign, signing_key and signature are
 * taken from it. signing_seed is the private half of its signing key. *out is replaced. */
BASE_MUST_USE base_err sotto_device_list_encode(const sotto_prims *p, const sotto_device_list *list,
                                                base_bytes signing_seed, base_buf *out);

/* The identity hash: who the list belongs to. */
BASE_MUST_USE base_err sotto_device_list_identity(const sotto_prims *p,
                                                  const sotto_device_list *list, sotto_hash *out);

/* The device with this signature key, or NULL. */
const sotto_device *sotto_device_list_find(const sotto_device_list *list, base_bytes signature_key);

/* How `fresh` stands to `known`, both of one identity. */
typedef enum sotto_list_order {
    SOTTO_LIST_SAME,
    SOTTO_LIST_NEWER, /* take it */
    SOTTO_LIST_OLDER, /* keep the known one */
    SOTTO_LIST_FORKED /* two lists of one version and appointment: theft, to be shown */
} sotto_list_order;
sotto_list_order sotto_device_list_compare(const sotto_device_list *known,
                                           const sotto_device_list *fresh);

#endif
