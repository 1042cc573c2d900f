/* The rows of the store as structs, and typed access to them (docs/client.md, section 2). Functions
 * named _get answer BASE_E_NOT_FOUND; _put inserts or replaces; _list calls back a row at a time
 * and ends early when the callback returns false. Fixed arrays hold copies; a base_bytes given to a
 * callback is borrowed for the call. */
#ifndef SOTTO_ROWS_H
#define SOTTO_ROWS_H

#include <sotto/mls.h>
#include <sotto/sotto.h>

#include "extensions.h"
#include "log_hash.h"
#include "store.h"

static inline base_bytes room_bytes(const sotto_room_id *id)
{
    return (base_bytes){id->b, sizeof id->b};
}

/* ---- account: named values; day numbers are days since 1970 ---- */

BASE_MUST_USE base_err store_value_get(sotto_store *st, const char *name, base_buf *out);
BASE_MUST_USE base_err store_value_put(sotto_store *st, const char *name, base_bytes value);

/* ---- libmls's key-value store over table mls ---- */

mls_store store_mls_port(sotto_store *st);

/* ---- relays ---- */

typedef struct relay_row {
    int64_t id; /* 0: not stored yet */
    char url[SOTTO_RELAY_URL_MAX + 1];
    base_buf postage;
    uint8_t incarnation[16]; /* zeros: never seen */
    uint64_t last_contact;
} relay_row;
void relay_row_clear(relay_row *r);
BASE_MUST_USE base_err store_relay_get(sotto_store *st, int64_t id, relay_row *out);
/* The relay of a URL, stored first if it is new. */
BASE_MUST_USE base_err store_relay_of(sotto_store *st, const char *url, int64_t *id);
/* Forget those that no room is at, but home. */
BASE_MUST_USE base_err store_relay_forget(sotto_store *st, int64_t home);
BASE_MUST_USE base_err store_relay_put(sotto_store *st, const relay_row *r);

/* ---- own key packages ---- */

typedef struct package_row {
    base_bytes ref;
    base_bytes hint; /* secret: finds the mail to it (mail.h) */
    base_bytes init_key;
    base_bytes sealed; /* as on the shelf */
    base_bytes handle; /* of the cursor in its leaf */
    base_bytes reader; /* the key of that handle: secret */
    int64_t batch;     /* the shelf batch it is part of */
    bool last;
    int64_t day;
    uint32_t door; /* that its leaf names; 0: not known */
} package_row;
typedef bool (*package_seen)(void *user, const package_row *row);
BASE_MUST_USE base_err store_package_put(sotto_store *st, const package_row *row);
/* All of them, the newest first; `sealed` is left out. */
BASE_MUST_USE base_err store_package_each(sotto_store *st, package_seen seen, void *user);
/* The reader key of the package whose leaf has this cursor handle. */
BASE_MUST_USE base_err store_package_reader(sotto_store *st, base_bytes handle,
                                            uint8_t reader[static 32], base_buf *ref, bool *last);
BASE_MUST_USE base_err store_package_list(sotto_store *st, int64_t batch, package_seen seen,
                                          void *user);
/* When the newest last resort was made; 0: never. */
BASE_MUST_USE base_err store_package_last_day(sotto_store *st, int64_t *day);
BASE_MUST_USE base_err store_package_drop(sotto_store *st, base_bytes ref);
BASE_MUST_USE base_err store_package_door(sotto_store *st, base_bytes ref, uint32_t *door);
BASE_MUST_USE base_err store_package_count(sotto_store *st, int64_t batch, size_t *out);
/* When the nth newest package that is no last resort was made; 0: there are fewer. */
BASE_MUST_USE base_err store_package_nth_day(sotto_store *st, size_t n, int64_t *day);
/* Packages (or last resorts) made before a day, and all but the newest `keep`. */
typedef bool (*ref_seen)(void *user, base_bytes ref);
BASE_MUST_USE base_err store_package_old(sotto_store *st, bool last, int64_t before, size_t keep,
                                         ref_seen seen, void *user);

/* Mail seen before, and deliver doors. */
BASE_MUST_USE base_err store_seen_put(sotto_store *st, const sotto_hash *hash, int64_t day,
                                      bool *fresh);
BASE_MUST_USE base_err store_seen_has(sotto_store *st, const sotto_hash *hash, bool *out);
/* Forget those of before a day. */
BASE_MUST_USE base_err store_seen_forget(sotto_store *st, int64_t before);
BASE_MUST_USE base_err store_door_new(sotto_store *st, base_bytes token, uint32_t *number);
typedef bool (*door_seen)(void *user, uint32_t number, base_bytes token);
BASE_MUST_USE base_err store_door_unfiled(sotto_store *st, door_seen seen, void *user);
BASE_MUST_USE base_err store_door_filed(sotto_store *st, uint32_t up_to);
BASE_MUST_USE base_err store_door_unfile(sotto_store *st); /* the relay lost them: all again */
/* A door that nobody needs: to be taken away at the relay, then forgotten. */
BASE_MUST_USE base_err store_door_end(sotto_store *st, uint32_t number);
/* Those to be taken away now, at most `most`: the same until store_door_forget() says that they are
 * away. */
BASE_MUST_USE base_err store_door_ended(sotto_store *st, size_t most, door_seen seen, void *user);
BASE_MUST_USE base_err store_door_forget(sotto_store *st);

/* ---- people ---- */

typedef struct person_row {
    sotto_hash id;
    base_buf list; /* the highest device list; empty: not seen yet */
    char own_name[SOTTO_NAME_MAX + 1];
    char my_name[SOTTO_NAME_MAX + 1];
    char handle[SOTTO_HANDLE_MAX + 260];
    sotto_person_state state;
    bool verified;
    bool blocked;
    uint64_t last_heard;
    base_buf reach; /* an encoded Reach to take packages and deliver mail by; may be empty */
} person_row;
void person_row_clear(person_row *p);
BASE_MUST_USE base_err store_person_get(sotto_store *st, const sotto_hash *id, person_row *out);
BASE_MUST_USE base_err store_person_put(sotto_store *st, const person_row *p);
/* A stranger who is in no room and not blocked is forgotten; anybody else stays. */
BASE_MUST_USE base_err store_person_forget(sotto_store *st, const sotto_hash *id);
typedef bool (*person_row_seen)(void *user, const person_row *p);
BASE_MUST_USE base_err store_person_list(sotto_store *st, size_t skip, size_t limit,
                                         person_row_seen seen, void *user);

/* ---- rooms and members ---- */

typedef struct room_row {
    sotto_room_id id;
    sotto_room_kind kind;
    sotto_room_state state;
    char title[SOTTO_TITLE_BYTES_MAX + 1];
    sotto_hash person; /* direct: the other; request: who added me; zeros: nobody */
    int64_t relay;
    uint8_t log[32];
    uint8_t group[SOTTO_GROUP_ID_SIZE]; /* id of the MLS group that this device has keys of */
    size_t group_n;                     /* 0: none; 16: of a store before version 3 */
    uint8_t reader[32];                 /* cursor key k of my leaf: secret */
    uint64_t epoch;                     /* of the group; while joining, of the join */
    sotto_log_point at;                 /* entries taken in */
    uint64_t count;                     /* my messages sealed so far */
    bool created;                       /* the relay has the log */
    bool name_told;                     /* my name has gone out in this room */
    int64_t read;                       /* order */
    int64_t read_told;                  /* order, in a receipt */
    int64_t delivered_told;
    uint64_t last_heard;
    uint64_t activity;
    base_buf joining; /* while a join is under way, what is needed for it (join.c): holds secrets */
} room_row;
void room_row_clear(room_row *r);
static inline base_bytes room_group_id(const room_row *r)
{
    return (base_bytes){r->group, r->group_n};
}
BASE_MUST_USE base_err store_room_get(sotto_store *st, const sotto_room_id *id, room_row *out);
BASE_MUST_USE base_err store_room_put(sotto_store *st, const room_row *r);
BASE_MUST_USE base_err store_room_delete(sotto_store *st, const sotto_room_id *id);
/* The room is over: what served its going on is erased, its history stays. */
BASE_MUST_USE base_err store_room_rest(sotto_store *st, const sotto_room_id *id);
typedef bool (*room_id_seen)(void *user, const sotto_room_id *id);
BASE_MUST_USE base_err store_room_list(sotto_store *st, size_t skip, size_t limit,
                                       room_id_seen seen, void *user);
/* All rooms of a relay whose log this device follows: pending, open, making. */
BASE_MUST_USE base_err store_room_live(sotto_store *st, int64_t relay, room_id_seen seen,
                                       void *user);
/* Whether a room has this MLS group. */
BASE_MUST_USE base_err store_room_has_group(sotto_store *st, base_bytes group, bool *out);
/* How many wait for the person's word, in all and of one stranger. */
BASE_MUST_USE base_err store_room_requests(sotto_store *st, const sotto_hash *who, size_t *all,
                                           size_t *theirs);
BASE_MUST_USE base_err store_room_direct(sotto_store *st, const sotto_hash *person,
                                         sotto_room_id *out);
BASE_MUST_USE base_err store_draft_get(sotto_store *st, const sotto_room_id *id, base_buf *out);
BASE_MUST_USE base_err store_draft_put(sotto_store *st, const sotto_room_id *id, base_bytes text);

/* The running hash at each of the newest entries, to hold the claims of others against. */
BASE_MUST_USE base_err store_point_put(sotto_store *st, const sotto_room_id *room,
                                       const sotto_log_point *at);
BASE_MUST_USE base_err store_point_get(sotto_store *st, const sotto_room_id *room, uint64_t n,
                                       sotto_hash *out);

typedef struct member_row {
    sotto_hash person;
    bool admin;
    sotto_member_state state;
    int64_t joined; /* order after which they joined */
    int64_t rank;   /* by joining */
    int64_t delivered;
    int64_t read;
    uint64_t count; /* their messages, as they counted */
    uint64_t last_heard;
} member_row;
BASE_MUST_USE base_err store_member_get(sotto_store *st, const sotto_room_id *room,
                                        const sotto_hash *person, member_row *out);
BASE_MUST_USE base_err store_member_put(sotto_store *st, const sotto_room_id *room,
                                        const member_row *m);
typedef bool (*member_row_seen)(void *user, const member_row *m);
/* `first` first, then by joining; without those who are gone. */
BASE_MUST_USE base_err store_member_list(sotto_store *st, const sotto_room_id *room,
                                         const sotto_hash *first, size_t skip, size_t limit,
                                         member_row_seen seen, void *user);
/* A new epoch: nobody has said yet that they leave it. */
BASE_MUST_USE base_err store_member_stay(sotto_store *st, const sotto_room_id *room);
/* After a gap in the log nobody's count can be held against the one before. */
BASE_MUST_USE base_err store_member_forget_counts(sotto_store *st, const sotto_room_id *room);
BASE_MUST_USE base_err store_member_next_rank(sotto_store *st, const sotto_room_id *room,
                                              int64_t *rank);
BASE_MUST_USE base_err store_member_count(sotto_store *st, const sotto_room_id *room,
                                          uint32_t *members, uint32_t *unverified);

/* ---- messages ---- */

typedef struct message_row {
    int64_t number; /* 0: to be given by the store */
    sotto_message_id id;
    sotto_room_id room;
    int64_t order; /* 0: none */
    uint64_t seq;  /* of the log; 0: none */
    sotto_hash sender;
    bool has_sender;
    bool mine;
    uint64_t time;
    sotto_message_state state;
    base_bytes client_id; /* empty: none */
    base_bytes text;
    sotto_notice notice;
    sotto_hash who;
    bool has_who;
    base_err failure;
} message_row;
typedef bool (*message_row_seen)(void *user, const message_row *m);
BASE_MUST_USE base_err store_message_add(sotto_store *st, const message_row *m, int64_t *number);
BASE_MUST_USE base_err store_message_get(sotto_store *st, int64_t number, message_row_seen seen,
                                         void *user);
BASE_MUST_USE base_err store_message_find(sotto_store *st, const sotto_room_id *room,
                                          const sotto_message_id *id, int64_t *number,
                                          int64_t *order);
BASE_MUST_USE base_err store_message_client(sotto_store *st, const sotto_room_id *room,
                                            base_bytes client_id, int64_t *number);
/* Give an own message its order: it is in the log at seq. */
BASE_MUST_USE base_err store_message_sent(sotto_store *st, int64_t number, int64_t order,
                                          uint64_t seq);
BASE_MUST_USE base_err store_message_state(sotto_store *st, int64_t number,
                                           sotto_message_state state, base_err failure);
BASE_MUST_USE base_err store_message_delete(sotto_store *st, int64_t number);
BASE_MUST_USE base_err store_message_next_order(sotto_store *st, const sotto_room_id *room,
                                                int64_t *order);
BASE_MUST_USE base_err store_message_page(sotto_store *st, const sotto_room_id *room,
                                          int64_t before, size_t limit, message_row_seen seen,
                                          void *user);
BASE_MUST_USE base_err store_message_waiting(sotto_store *st, const sotto_room_id *room,
                                             size_t limit, message_row_seen seen, void *user);
/* Received messages above a mark; the newest message's number (0: none). */
BASE_MUST_USE base_err store_message_unread(sotto_store *st, const sotto_room_id *room,
                                            int64_t mark, uint32_t *out);
BASE_MUST_USE base_err store_message_last(sotto_store *st, const sotto_room_id *room,
                                          int64_t *number);
/* The newest received message with an order of at most `order`: its id; order 0 when none. */
BASE_MUST_USE base_err store_message_newest_from_others(sotto_store *st, const sotto_room_id *room,
                                                        int64_t order, sotto_message_id *id,
                                                        int64_t *found);

/* ---- outbox: what is still to be done at a relay, in order, a room at a time ---- */

typedef enum outbox_kind {
    OUTBOX_CREATE = 1, /* make the room's log */
    OUTBOX_COMMIT = 2, /* body: the changes wanted (plan.h) */
    OUTBOX_TEXT,       /* body: MIMI content */
    OUTBOX_RECEIPT,    /* body: message status; empty: only that I am here */
    OUTBOX_LEAVE,      /* a Remove of myself, proposed */
    OUTBOX_MAIL        /* body: an address and what to seal (outbox of mail) */
} outbox_kind;

typedef struct outbox_row {
    int64_t number;
    sotto_room_id room; /* zeros: mail */
    outbox_kind kind;
    base_buf body;
    base_buf sealed; /* the bytes of the log entry or mail, once made */
    base_buf side;   /* of a commit: opened and closed handles, gate, and the side part */
    base_buf staged; /* of a commit: the staged epoch: secret */
    uint64_t epoch;  /* for which sealed was made */
    int64_t message; /* TEXT: its number */
    int64_t op;      /* the request that waits for it; 0: none */
} outbox_row;
void outbox_row_clear(outbox_row *o);
BASE_MUST_USE base_err store_outbox_add(sotto_store *st, const outbox_row *o, int64_t *number);
/* What a room has to do next: make its log, then commits, then the rest in order. Or the first
 * mail. */
BASE_MUST_USE base_err store_outbox_first(sotto_store *st, const sotto_room_id *room,
                                          outbox_row *out);
/* The one whose sealed bytes these are. */
BASE_MUST_USE base_err store_outbox_of_sealed(sotto_store *st, const sotto_room_id *room,
                                              base_bytes sealed, outbox_row *out);
BASE_MUST_USE base_err store_outbox_get(sotto_store *st, int64_t number, outbox_row *out);
BASE_MUST_USE base_err store_outbox_sealed(sotto_store *st, const outbox_row *o);
BASE_MUST_USE base_err store_outbox_drop(sotto_store *st, int64_t number);
/* Everything of a room. */
BASE_MUST_USE base_err store_outbox_clear(sotto_store *st, const sotto_room_id *room);
/* Take back what a request queued, but not what was sealed for this epoch: the relay may have it.
 */
BASE_MUST_USE base_err store_outbox_drop_op(sotto_store *st, uint32_t op, uint64_t epoch);
/* The numbers of requests are of one run of the program; another run forgets them. */
BASE_MUST_USE base_err store_outbox_forget_ops(sotto_store *st);
/* Whether one of this kind is queued for the room. */
BASE_MUST_USE base_err store_outbox_has(sotto_store *st, const sotto_room_id *room,
                                        outbox_kind kind, bool *out);
BASE_MUST_USE base_err store_outbox_of_message(sotto_store *st, int64_t message, int64_t *number);
typedef bool (*outbox_seen)(void *user, const outbox_row *o);
BASE_MUST_USE base_err store_outbox_list(sotto_store *st, const sotto_room_id *room,
                                         outbox_seen seen, void *user);

/* ---- alarms and page sessions ---- */

typedef struct alarm_row {
    int64_t number;
    sotto_alarm_code code;
    sotto_room_id room;
    bool has_room;
    sotto_hash person;
    bool has_person;
    char sentence[301];
    uint64_t time;
    bool cleared;
} alarm_row;
BASE_MUST_USE base_err store_alarm_add(sotto_store *st, const alarm_row *a, int64_t *number);
/* An open alarm of the same code about the same things; 0: none. */
BASE_MUST_USE base_err store_alarm_same(sotto_store *st, const alarm_row *a, int64_t *number);
BASE_MUST_USE base_err store_alarm_get(sotto_store *st, int64_t number, alarm_row *out);
BASE_MUST_USE base_err store_alarm_clear(sotto_store *st, int64_t number);
typedef bool (*alarm_row_seen)(void *user, const alarm_row *a);
BASE_MUST_USE base_err store_alarm_open(sotto_store *st, size_t limit, alarm_row_seen seen,
                                        void *user);
/* The gravest open alarm of a room; 0: none. */
BASE_MUST_USE base_err store_alarm_of_room(sotto_store *st, const sotto_room_id *room,
                                           int64_t *number);

BASE_MUST_USE base_err store_session_put(sotto_store *st, const sotto_hash *h, uint64_t now);
BASE_MUST_USE base_err store_session_used(sotto_store *st, const sotto_hash *h, uint64_t *used);
/* Forget those not used since. */
BASE_MUST_USE base_err store_session_forget(sotto_store *st, uint64_t since);
BASE_MUST_USE base_err store_session_drop(sotto_store *st, const sotto_hash *h);

#endif
