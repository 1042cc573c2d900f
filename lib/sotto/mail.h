/* Mail: what reaches a device before it shares a conversation with the sender
 * (docs/architecture.md, section 3). Sealed to the init key of a key package taken from the
 * recipient's shelf.
 *
 *     struct { opaque tag[16]; opaque kem_output<V>; opaque ciphertext<V>; } Mail;
 *
 * tag = the first 16 bytes of HMAC-SHA-256(hint, "sotto mail tag" || kem_output). hint is a random
 * secret that was told beside the package, inside its sealing: with it the recipient finds out
 * which key to use. Whoever does not have it sees a random value, another one in each mail, those
 * to one package too. The plaintext is padded with zeros until the whole is a size class of the
 * relay:
 *
 *     struct {
 *         uint8 type;                  1 join
 *         opaque mailbox[32];          the recipient's: no mail can be delivered elsewhere
 *         opaque device_list<V>;       the sender's
 *         opaque signature_key<V>;     of the sending device, in the list
 *         opaque content<V>;
 *         opaque signature<V>;         SignWithLabel("sotto mail") by signature_key over all before
 *                                      and the recipient's init key
 *     } MailContent; zeros
 *
 *     struct {                         content of a join
 *         opaque relay<V>; opaque log[32]; uint64 epoch; opaque token[32]; opaque side_key[32];
 *         opaque room[16]; uint8 kind; opaque title<V>; opaque name<V>;
 *     } Join; */
#ifndef SOTTO_MAIL_H
#define SOTTO_MAIL_H

#include <sotto/mls.h>

#include "device_list.h"
#include "extensions.h"

#define SOTTO_HINT_SIZE 16
#define SOTTO_MAIL_TAG_SIZE 16
#define SOTTO_MAIL_JOIN 1
#define SOTTO_MAIL_LABEL "sotto mail"

/* A shelf's package: what is sealed under the shelf key, padded to a fixed size.
 *     struct { opaque hint[16]; opaque key_package<V>; } ShelfPackage; zeros */
typedef struct sotto_shelf_package {
    uint8_t hint[SOTTO_HINT_SIZE];
    base_bytes key_package; /* an MLSMessage, borrowed */
} sotto_shelf_package;

#define SOTTO_SHELF_PACKAGE_SIZE 8164 /* before sealing; 8192 after */

BASE_MUST_USE base_err sotto_shelf_seal(const sotto_prims *p, base_bytes shelf_key,
                                        const sotto_shelf_package *package, base_buf *out);

/* Opens into *plain, from which the package is borrowed. */
BASE_MUST_USE base_err sotto_shelf_open(const sotto_prims *p, base_bytes shelf_key,
                                        base_bytes sealed, base_buf *plain,
                                        sotto_shelf_package *out);

typedef struct sotto_join {
    char relay[SOTTO_RELAY_URL_MAX + 1];
    uint8_t log[32];
    uint64_t epoch;
    uint8_t token[32];    /* of that epoch: secret */
    uint8_t side_key[32]; /* opens the commit's side part: secret */
    uint8_t room[SOTTO_ROOM_ID_SIZE];
    sotto_room_kind kind;
    base_bytes title; /* borrowed */
    base_bytes name;  /* borrowed: the sender's */
} sotto_join;

BASE_MUST_USE base_err sotto_join_encode(const sotto_join *join, base_buf *out);
BASE_MUST_USE base_err sotto_join_decode(base_bytes in, sotto_join *out);

/* What goes into a piece of mail, and what comes out of it. Everything is borrowed; after open from
 * the plaintext buffer. */
typedef struct sotto_mail {
    uint8_t type;
    base_bytes mailbox;
    base_bytes device_list;
    base_bytes signature_key;
    base_bytes content;
} sotto_mail;

/* Whom it is for: the package it is sealed to. */
typedef struct sotto_mail_to {
    const uint8_t *hint;    /* SOTTO_HINT_SIZE bytes */
    base_bytes key_package; /* checked before, an MLSMessage */
    base_bytes init_key;    /* of that package */
    mls_suite suite;        /* of that package */
} sotto_mail_to;

BASE_MUST_USE base_err sotto_mail_seal(mls_ctx *ctx, const sotto_prims *p, const sotto_mail *mail,
                                       base_bytes signature_private, const sotto_mail_to *to,
                                       base_buf *out);

/* Whether a sealed piece is for the package with this hint. SOTTO_E_MAIL: it is no mail at all. */
BASE_MUST_USE base_err sotto_mail_is_for(const sotto_prims *p, base_bytes sealed, base_bytes hint,
                                         bool *out);

/* Open with the key package ref kept in the MLS store and check the signature, the mailbox, and
 * that the sender's list is valid and names the signing key. init_key is that package's.
 * *plain receives the plaintext, from which *out and *list borrow. Errors: SOTTO_E_MAIL and those
 * of the parts. */
typedef struct sotto_mail_from {
    base_bytes ref;
    base_bytes init_key;
    mls_suite suite;
    base_bytes mailbox;
} sotto_mail_from;
BASE_MUST_USE base_err sotto_mail_open(mls_ctx *ctx, const sotto_prims *p, base_bytes sealed,
                                       const sotto_mail_from *me, base_buf *plain, sotto_mail *out,
                                       sotto_device_list *list);

#endif
