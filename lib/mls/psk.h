/* Pre-shared keys (RFC 9420, section 8.4): the PreSharedKeyID struct and the psk_secret that a list
 * of keys comes to. Which PSKs may stand in a proposal, and where they are kept, is decided
 * elsewhere. */
#ifndef MLS_PSK_H
#define MLS_PSK_H

#include <sotto/mls_types.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/labels.h"

/* PreSharedKeyID inside a larger struct. read latches BASE_E_VALUE for a type or a usage that
 * section 8.4 does not list; what it yields borrows from the source. */
void mls_psk_id_read(base_rd *r, mls_psk_id *out);
void mls_psk_id_write(base_wr *w, const mls_psk_id *id);

/* Alone. encode appends to out. */
BASE_MUST_USE base_err mls_psk_id_decode(base_bytes in, mls_psk_id *out);
BASE_MUST_USE base_err mls_psk_id_encode(const mls_psk_id *id, base_buf *out);

/* Whether two name the same PSK for the same purpose: all fields but the nonce. */
bool mls_psk_id_same(const mls_psk_id *a, const mls_psk_id *b);

/* A PSK with its id. */
typedef struct mls_psk {
    mls_psk_id id;
    base_bytes secret;
} mls_psk;

/* psk_secret of count PSKs in order; of none, Nh zeros. BASE_E_LIMIT above 65535. */
BASE_MUST_USE base_err mls_psk_secret_derive(const crypto_suite *s, const mls_psk *psks,
                                             size_t count, base_secret *psk_secret);

#endif
