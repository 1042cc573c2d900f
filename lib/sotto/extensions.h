/* Our extensions in MLS (docs/client.md, section 4), all in the private range and all required in a
 * conversation.
 *
 *     leaf, 0xF0A1 reader:        opaque cursor[32];  SHA-256 of a key the device alone knows
 *     leaf, 0xF0A2 home:          Reach               (reach.h), with a deliver token
 *     GroupContext, 0xF0A3 room:  struct {
 *         uint8 rules = 1;
 *         opaque id[16];
 *         uint8 kind;             1 direct, 2 group
 *         opaque title<V>;        UTF-8, at most 256 bytes; empty when direct
 *         Identity admins<V>;     identity hashes, ascending, at most 64; empty when direct
 *     } Room; */
#ifndef SOTTO_EXTENSIONS_H
#define SOTTO_EXTENSIONS_H

#include <sotto/mls_types.h>

#include "reach.h"

#define SOTTO_EXTENSION_READER 0xF0A1
#define SOTTO_EXTENSION_HOME 0xF0A2
#define SOTTO_EXTENSION_ROOM 0xF0A3

#define SOTTO_ROOM_RULES 1
#define SOTTO_ROOM_ID_SIZE 16
#define SOTTO_GROUP_ID_SIZE 32 /* of the MLS group: random, and nothing of the room's */
#define SOTTO_TITLE_BYTES_MAX 256
#define SOTTO_ADMINS_MAX 64

typedef enum sotto_room_kind { SOTTO_ROOM_DIRECT = 1, SOTTO_ROOM_GROUP = 2 } sotto_room_kind;

typedef struct sotto_room_ext {
    uint8_t id[SOTTO_ROOM_ID_SIZE];
    sotto_room_kind kind;
    base_bytes title; /* borrowed */
    size_t n_admins;
    sotto_hash admins[SOTTO_ADMINS_MAX];
} sotto_room_ext;

/* The extension of a type, or NULL. */
const mls_extension *sotto_extension_find(mls_extension_list list, uint16_t type);

/* Appended to out. admins are sorted by the encoder. */
BASE_MUST_USE base_err sotto_room_ext_encode(const sotto_room_ext *room, base_buf *out);

/* SOTTO_E_RULES when it does not decode, has unknown rules or breaks the form above. title is
 * borrowed from in. */
BASE_MUST_USE base_err sotto_room_ext_decode(base_bytes in, sotto_room_ext *out);

bool sotto_room_ext_is_admin(const sotto_room_ext *room, const sotto_hash *identity);

/* The cursor handle and the home of a leaf; SOTTO_E_RULES when absent or malformed. */
BASE_MUST_USE base_err sotto_leaf_reader(const mls_leaf_node *leaf, base_bytes *cursor);
BASE_MUST_USE base_err sotto_leaf_home(const mls_leaf_node *leaf, sotto_reach *home);

#endif
