/* A member, a stranger or a device with a program of its own: it has valid keys and makes with
 * them what the core never would. White-box: it reaches into its own core for keys and group. */
#ifndef SCENARIO_HOSTILE_H
#define SCENARIO_HOSTILE_H

#include "world.h"

#include "sotto/core.h"
#include "sotto/plan.h"

/* The hostile client's room with its group loaded. */
room_live *hostile_room(client *evil, const sotto_room_id *room);

/* The row of a room of any client's, whether its group is there or not. */
room_row hostile_room_row(client *c, const sotto_room_id *room);

/* The next room that this client makes has a group of this id. */
void hostile_group_id(client *evil, const uint8_t id[static SOTTO_GROUP_ID_SIZE]);

/* Seal an envelope as the hostile member, with claims of its choice. */
void hostile_envelope(client *evil, const sotto_room_id *room, const sotto_envelope *e,
                      base_buf *out);
/* What an honest envelope says now, with this type and body. */
sotto_envelope hostile_says(client *evil, const sotto_room_id *room, const char *type,
                            base_bytes body);

/* Seal a proposal to remove a leaf, with authenticated data that makes it unlike others. */
void hostile_remove(client *evil, const sotto_room_id *room, uint32_t leaf, uint32_t salt,
                    base_buf *out);

/* Make a commit of any parameters; *staged is freed by the caller. The bytes have a size class. */
void hostile_commit(client *evil, const sotto_room_id *room, mls_commit_params *params,
                    mls_commit_out *out);

/* Append bytes to the room's log, or commit them with the gate of the next epoch (or another), on
 * the hostile client's own channel; then let it arrive at the relay. The hostile core itself hears
 * nothing of it: it is off line afterwards, if `last`. */
void hostile_append(client *evil, const sotto_room_id *room, base_bytes entry);
void hostile_push_commit(client *evil, const sotto_room_id *room, const mls_commit_out *made,
                         base_bytes opened, base_bytes closed);

/* From now on frames from the relay do not reach this client. */
void hostile_deafen(client *evil);

/* The leaf of a person in the hostile member's eyes. */
uint32_t hostile_leaf_of(client *evil, const sotto_room_id *room, const sotto_person_id *who);

/* A device list of this client's identity with n devices, its own device among them. */
void hostile_list(client *evil, size_t n, uint64_t version, base_buf *out);

/* A package of the hostile client with this cursor handle in its leaf, sealed for its shelf. */
void hostile_package(client *evil, const uint8_t handle[static 32], base_buf *sealed);

/* A package of the victim's, taken from its shelf with its contact link, as whoever adds it does;
 * and mail sealed to it, with a list (empty: its own) and a content of choice. */
typedef struct hostile_target {
    base_buf body; /* of an outbox row */
    plan_person to;
    sotto_join join; /* a true invitation, to be changed */
    base_buf content;
} hostile_target;
void hostile_take(client *evil, client *victim, hostile_target *out);
void hostile_target_clear(hostile_target *t);
void hostile_mail(client *evil, const hostile_target *t, base_bytes list, base_bytes content);
/* The same with the join encoded from t->join. */
void hostile_invite(client *evil, const hostile_target *t);

#endif
