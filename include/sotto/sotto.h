/* libsotto: the client core. One `sotto` is one device of one person: identity, people, rooms
 * (conversations), messages, and what is still to be sent. It opens no socket and reads no clock:
 * the agent tells it what happened and then takes commands until there are none.
 *
 *     for each event:   sotto_conn_up / _down / _frame, sotto_tick, or a request of a person
 *     then:             while (sotto_next(s, &cmd) == BASE_OK) { do it }
 *     sleep until:      sotto_wake_at(s)
 *
 * Each call that changes something is one transaction of the store (docs/client.md, section 1); a
 * command comes out only when what caused it is durable. After an error of class RESOURCE or
 * INTERNAL nothing was changed. Times are ms since 1970 UTC, given by the caller as `now`.
 *
 * Views: text is UTF-8 and, like every pointer given to a callback or in a command, borrowed for
 * the call (a command's: until the next sotto_ call). */
#ifndef SOTTO_SOTTO_H
#define SOTTO_SOTTO_H

#include <sotto/base.h>
#include <sotto/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sotto sotto;

#define SOTTO_ID_BYTES 32 /* a person: the identity hash; a message: its MIMI id */
#define SOTTO_ROOM_BYTES 16
#define SOTTO_NAME_MAX 256   /* bytes of a name or title */
#define SOTTO_TEXT_MAX 64000 /* bytes of a message's text: one entry of a log holds it */
#define SOTTO_HANDLE_MAX 32
#define SOTTO_UNREAD_MAX 1000 /* of one room; more are told as that many */

typedef struct sotto_person_id {
    uint8_t b[SOTTO_ID_BYTES];
} sotto_person_id;
typedef struct sotto_room_id {
    uint8_t b[SOTTO_ROOM_BYTES];
} sotto_room_id;
typedef struct sotto_message_id {
    uint8_t b[SOTTO_ID_BYTES];
} sotto_message_id;

/* ---- a store, made and opened ---- */

/* All borrowed for the life of the object. path: the database file, UTF-8. */
typedef struct sotto_config {
    const base_alloc *alloc;
    const crypto_backend *crypto;
    crypto_random random;
    const char *path;
} sotto_config;

typedef struct sotto_create_params {
    base_bytes name;       /* what others see; may be empty */
    base_bytes relay;      /* URL of the home relay: ws:// or wss:// */
    base_bytes postage;    /* the relay's shared secret; may be empty */
    base_bytes passphrase; /* may be empty: then whoever has the files has everything */
} sotto_create_params;

/* Make a person and a device. The file must not exist (BASE_E_EXISTS). *wrapped_key receives what
 * the caller must keep in a file beside the database: the database's key, sealed under the
 * passphrase. *recovery receives the recovery key as text (base32, groups of 4), to be shown once
 * and never stored: nothing of it is in the database. */
BASE_MUST_USE base_err sotto_create(const sotto_config *config, const sotto_create_params *params,
                                    uint64_t now, base_buf *wrapped_key, base_buf *recovery,
                                    sotto **out);

/* SOTTO_E_PASSPHRASE when the passphrase is wrong or either file is damaged. Costs one Argon2id. */
BASE_MUST_USE base_err sotto_open(const sotto_config *config, base_bytes wrapped_key,
                                  base_bytes passphrase, uint64_t now, sotto **out);

/* Seal the database's key under another passphrase; the old sealed key must be overwritten. */
BASE_MUST_USE base_err sotto_rewrap(sotto *s, base_bytes passphrase, base_buf *wrapped_key);

/* NULL is allowed. */
void sotto_close(sotto *s);

/* ---- the world ---- */

typedef enum sotto_command_kind {
    SOTTO_CMD_CONNECT = 1, /* open a WebSocket to url; answer conn_up or conn_down */
    SOTTO_CMD_SEND,        /* one binary message on conn */
    SOTTO_CMD_CLOSE,       /* close conn; no conn_down is expected */
    SOTTO_CMD_EVENT        /* tell whoever shows this person's things */
} sotto_command_kind;

typedef enum sotto_event_kind {
    SOTTO_EVENT_MESSAGE = 1, /* room, message: new or changed */
    SOTTO_EVENT_MARKS,       /* room, person: delivered or read moved */
    SOTTO_EVENT_ROOM,        /* room: new or changed */
    SOTTO_EVENT_ROOM_GONE,   /* room: declined and deleted */
    SOTTO_EVENT_PERSON,      /* person: new or changed */
    SOTTO_EVENT_ACCOUNT,     /* name, handle, or whether there is a link changed */
    SOTTO_EVENT_CONNECTION,  /* the home relay came or went */
    SOTTO_EVENT_ALARM,       /* alarm: raised or cleared */
    SOTTO_EVENT_DONE         /* op: a request that waited ended, with result */
} sotto_event_kind;

/* Kinds that name an object carry its id; what it looks like now is asked with the getters. */
typedef struct sotto_event {
    sotto_event_kind kind;
    sotto_room_id room;
    sotto_person_id person;
    int64_t message; /* the message's local number */
    int64_t alarm;
    uint32_t op;
    base_err result;
} sotto_event;

typedef struct sotto_command {
    sotto_command_kind kind;
    uint32_t conn;
    const char *url;   /* CONNECT */
    base_bytes frame;  /* SEND */
    sotto_event event; /* EVENT */
} sotto_command;

/* The next command; BASE_E_NOT_FOUND when there is none. */
BASE_MUST_USE base_err sotto_next(sotto *s, sotto_command *out);

/* When sotto_tick() has something to do next; UINT64_MAX: nothing is due. */
uint64_t sotto_wake_at(const sotto *s);

BASE_MUST_USE base_err sotto_tick(sotto *s, uint64_t now);
BASE_MUST_USE base_err sotto_conn_up(sotto *s, uint32_t conn, uint64_t now);
/* why: a sentence for people, such as "connection refused". */
BASE_MUST_USE base_err sotto_conn_down(sotto *s, uint32_t conn, const char *why, uint64_t now);
BASE_MUST_USE base_err sotto_conn_frame(sotto *s, uint32_t conn, base_bytes frame, uint64_t now);

/* ---- me ---- */

typedef enum sotto_conn_state {
    SOTTO_OFFLINE = 0,
    SOTTO_CONNECTING,
    SOTTO_ONLINE
} sotto_conn_state;

/* Who I am. The link is there as soon as whoever has it can add me: when the home relay said that
 * it has the mailbox and the first key packages. It goes when the relay loses them, until they are
 * there again; each time SOTTO_EVENT_ACCOUNT tells. */
typedef struct sotto_me {
    sotto_person_id id;
    char name[SOTTO_NAME_MAX + 1];
    char fingerprint[40];
    char link[1025];                   /* the contact link; empty until it is good */
    char handle[SOTTO_HANDLE_MAX + 1]; /* without @relay; empty: none */
    char relay_url[256];
    char relay_name[256]; /* host, and port unless 443 */
    sotto_conn_state state;
    uint64_t last_contact; /* 0: never */
    uint64_t retry_at;     /* 0: not waiting */
    char sentence[256];    /* why it is offline; empty otherwise */
    uint32_t unread;
    uint32_t requests;
    uint32_t alarms;
} sotto_me;
BASE_MUST_USE base_err sotto_get_me(sotto *s, sotto_me *out);
BASE_MUST_USE base_err sotto_set_name(sotto *s, base_bytes name, uint64_t now);
/* Try the relays now instead of at retry_at. */
BASE_MUST_USE base_err sotto_retry(sotto *s, uint64_t now);

/* ---- requests that wait ----
 *
 * They begin something at a relay, give a number at once, and end with SOTTO_EVENT_DONE: result
 * BASE_OK, SOTTO_E_UNREACHABLE after 30 seconds, or the reason. What they began is undone when they
 * fail, unless the relay has it already. One more than SOTTO_WAITING_MAX at once: BASE_E_LIMIT. */
#define SOTTO_WAITING_MAX 64

/* Add a person by a contact link or handle@relay, and open a direct room with them. The event names
 * person and room. Errors at once: SOTTO_E_LINK, SOTTO_E_LINK_OWN, SOTTO_E_HANDLE. */
BASE_MUST_USE base_err sotto_add_contact(sotto *s, base_bytes address, base_bytes name,
                                         uint64_t now, uint32_t *op);
/* File my contact link in the relay's directory. SOTTO_E_HANDLE, SOTTO_E_HANDLE_TAKEN. */
BASE_MUST_USE base_err sotto_claim_handle(sotto *s, base_bytes handle, uint64_t now, uint32_t *op);
/* The event names the room. */
BASE_MUST_USE base_err sotto_create_group(sotto *s, base_bytes title,
                                          const sotto_person_id *members, size_t n_members,
                                          uint64_t now, uint32_t *op);
BASE_MUST_USE base_err sotto_add_members(sotto *s, const sotto_room_id *room,
                                         const sotto_person_id *members, size_t n_members,
                                         uint64_t now, uint32_t *op);
BASE_MUST_USE base_err sotto_remove_member(sotto *s, const sotto_room_id *room,
                                           const sotto_person_id *member, uint64_t now,
                                           uint32_t *op);

/* ---- people ---- */

typedef enum sotto_person_state {
    SOTTO_STRANGER = 0, /* seen in a request or a group, not added */
    SOTTO_INVITED,      /* added, has not answered */
    SOTTO_CONNECTED
} sotto_person_state;

typedef struct sotto_person {
    sotto_person_id id;
    char
        name[SOTTO_NAME_MAX + 1]; /* as I call them, else their own, else the fingerprint's start */
    char own_name[SOTTO_NAME_MAX + 1];
    char handle[SOTTO_HANDLE_MAX + 260];
    char fingerprint[40];
    sotto_person_state state;
    bool verified;
    bool blocked;
    bool has_direct;
    sotto_room_id direct;
    uint64_t last_heard; /* 0: never */
} sotto_person;

BASE_MUST_USE base_err sotto_get_person(sotto *s, const sotto_person_id *id, sotto_person *out);
/* People that I added, by name, after a name and id already seen. Ends when seen() returns false.
 */
typedef bool (*sotto_person_seen)(void *user, const sotto_person *person);
BASE_MUST_USE base_err sotto_list_people(sotto *s, size_t skip, size_t limit,
                                         sotto_person_seen seen, void *user);
BASE_MUST_USE base_err sotto_rename_person(sotto *s, const sotto_person_id *id, base_bytes name,
                                           uint64_t now);
BASE_MUST_USE base_err sotto_block_person(sotto *s, const sotto_person_id *id, bool blocked,
                                          uint64_t now);
/* 60 digits and a terminator. */
BASE_MUST_USE base_err sotto_safety(sotto *s, const sotto_person_id *id, char digits[61]);
BASE_MUST_USE base_err sotto_set_verified(sotto *s, const sotto_person_id *id, bool verified,
                                          uint64_t now);

/* ---- rooms ---- */

typedef enum sotto_room_state {
    SOTTO_ROOM_REQUEST = 1, /* nothing leaves before it is accepted */
    SOTTO_ROOM_PENDING,     /* I wrote first and they have not answered */
    SOTTO_ROOM_OPEN,
    SOTTO_ROOM_LEFT,
    SOTTO_ROOM_REMOVED,
    SOTTO_ROOM_MAKING /* a request to create it is under way; in no list */
} sotto_room_state;

typedef struct sotto_room {
    sotto_room_id id;
    bool is_group;
    sotto_room_state state;
    char title[SOTTO_NAME_MAX + 1]; /* a group's; for a direct room the person's name */
    bool has_person;
    sotto_person_id person; /* direct: the other; request to a group: who added me */
    bool is_admin;
    uint32_t member_count;
    bool verified;
    uint32_t unread; /* at most SOTTO_UNREAD_MAX */
    int64_t read;    /* order of my read mark; 0: nothing */
    int64_t last;    /* local number of the newest message; 0: none */
    uint64_t last_heard;
    uint64_t activity;
    int64_t alarm; /* the gravest open one; 0: none */
} sotto_room;

typedef enum sotto_member_state {
    SOTTO_MEMBER_JOINED = 1,
    SOTTO_MEMBER_INVITED,
    SOTTO_MEMBER_LEAVING,
    SOTTO_MEMBER_GONE /* was a member */
} sotto_member_state;

typedef struct sotto_member {
    sotto_person_id person;
    bool is_me;
    char name[SOTTO_NAME_MAX + 1];
    bool is_admin;
    sotto_member_state state;
    bool verified;
    int64_t joined;    /* order after which they joined; 0: from the start */
    int64_t delivered; /* order */
    int64_t read;      /* order */
    uint64_t last_heard;
} sotto_member;

BASE_MUST_USE base_err sotto_get_room(sotto *s, const sotto_room_id *id, sotto_room *out);
/* All but SOTTO_ROOM_MAKING, newest activity first. */
typedef bool (*sotto_room_seen)(void *user, const sotto_room *room);
BASE_MUST_USE base_err sotto_list_rooms(sotto *s, size_t skip, size_t limit, sotto_room_seen seen,
                                        void *user);
/* Me first, then by joining; without those who are gone. */
typedef bool (*sotto_member_seen)(void *user, const sotto_member *member);
BASE_MUST_USE base_err sotto_list_members(sotto *s, const sotto_room_id *room, size_t skip,
                                          size_t limit, sotto_member_seen seen, void *user);
BASE_MUST_USE base_err sotto_get_member(sotto *s, const sotto_room_id *room,
                                        const sotto_person_id *person, sotto_member *out);
BASE_MUST_USE base_err sotto_accept(sotto *s, const sotto_room_id *room, uint64_t now);
BASE_MUST_USE base_err sotto_decline(sotto *s, const sotto_room_id *room, bool block, uint64_t now);
BASE_MUST_USE base_err sotto_leave(sotto *s, const sotto_room_id *room, uint64_t now);
/* *draft receives the text last given; empty: none. */
BASE_MUST_USE base_err sotto_get_draft(sotto *s, const sotto_room_id *room, base_buf *draft);
BASE_MUST_USE base_err sotto_set_draft(sotto *s, const sotto_room_id *room, base_bytes draft);

/* ---- messages ---- */

typedef enum sotto_message_state {
    SOTTO_RECEIVED = 1,
    SOTTO_WAITING, /* in the store, not at the relay */
    SOTTO_SENT,    /* durable at the relay */
    SOTTO_FAILED
} sotto_message_state;

typedef enum sotto_notice {
    SOTTO_NOTICE_NONE = 0, /* a message */
    SOTTO_NOTICE_CREATED,
    SOTTO_NOTICE_ADDED,
    SOTTO_NOTICE_JOINED,
    SOTTO_NOTICE_REMOVED,
    SOTTO_NOTICE_LEFT,
    SOTTO_NOTICE_ACCEPTED,
    SOTTO_NOTICE_VERIFIED,
    SOTTO_NOTICE_UNVERIFIED,
    SOTTO_NOTICE_EXPIRED
} sotto_notice;

typedef struct sotto_message {
    int64_t number; /* local, for ever */
    sotto_message_id id;
    sotto_room_id room;
    int64_t order; /* 0 while it waits or has failed */
    bool has_sender;
    sotto_person_id sender; /* of a notice: who did it */
    bool is_mine;
    char sender_name[SOTTO_NAME_MAX + 1];
    uint64_t time;
    sotto_message_state state;
    const char *client_id; /* NULL: none */
    base_bytes text;
    sotto_notice notice;
    bool has_who;
    sotto_person_id who; /* of a notice: to whom */
    char who_name[SOTTO_NAME_MAX + 1];
    base_err failure;
} sotto_message;

typedef bool (*sotto_message_seen)(void *user, const sotto_message *message);
BASE_MUST_USE base_err sotto_get_message(sotto *s, int64_t number, sotto_message_seen seen,
                                         void *user);
BASE_MUST_USE base_err sotto_find_message(sotto *s, const sotto_room_id *room,
                                          const sotto_message_id *id, int64_t *number);
/* Messages with an order below `before` (0: no bound), newest first, at most limit. */
BASE_MUST_USE base_err sotto_list_messages(sotto *s, const sotto_room_id *room, int64_t before,
                                           size_t limit, sotto_message_seen seen, void *user);
/* My messages without an order, oldest first. */
BASE_MUST_USE base_err sotto_list_waiting(sotto *s, const sotto_room_id *room, size_t limit,
                                          sotto_message_seen seen, void *user);

/* Store a message and queue it. The same client_id in the same room gives the same message; a
 * failed one is tried again. Errors: BASE_E_NOT_FOUND, SOTTO_E_NOT_ALLOWED, BASE_E_LIMIT,
 * BASE_E_UTF8. */
BASE_MUST_USE base_err sotto_send_text(sotto *s, const sotto_room_id *room, base_bytes text,
                                       base_bytes client_id, uint64_t now, int64_t *number);
BASE_MUST_USE base_err sotto_discard(sotto *s, const sotto_room_id *room,
                                     const sotto_message_id *id, uint64_t now);
/* Move my read mark forward; in a request it changes nothing. */
BASE_MUST_USE base_err sotto_mark_read(sotto *s, const sotto_room_id *room, int64_t up_to,
                                       uint64_t now);

/* ---- alarms ---- */

typedef enum sotto_alarm_code {
    SOTTO_ALARM_DROPPED = 1,
    SOTTO_ALARM_REORDERED,
    SOTTO_ALARM_FORKED,
    SOTTO_ALARM_ROLLED_BACK,
    SOTTO_ALARM_BAD_COMMIT,
    SOTTO_ALARM_STUCK,
    SOTTO_ALARM_GONE,
    SOTTO_ALARM_COPY_FOUND,
    SOTTO_ALARM_LIST_FORKED,
    SOTTO_ALARM_KEY_CHANGED,
    SOTTO_ALARM_STORAGE
} sotto_alarm_code;

typedef struct sotto_alarm {
    int64_t number;
    sotto_alarm_code code;
    bool has_room;
    sotto_room_id room;
    bool has_person;
    sotto_person_id person;
    char sentence[301];
    char button[41];
    bool verify; /* the button shows the safety number first */
    uint64_t time;
    bool cleared;
} sotto_alarm;
typedef bool (*sotto_alarm_seen)(void *user, const sotto_alarm *alarm);
BASE_MUST_USE base_err sotto_list_alarms(sotto *s, size_t limit, sotto_alarm_seen seen, void *user);
BASE_MUST_USE base_err sotto_get_alarm(sotto *s, int64_t number, sotto_alarm *out);
BASE_MUST_USE base_err sotto_alarm_act(sotto *s, int64_t number, uint64_t now);

/* ---- page sessions (for the agent's API) ---- */

/* Remember the hash of a session secret, and whether one is known and was used in the last 30 days
 * (BASE_E_NOT_FOUND); asking counts as use. */
BASE_MUST_USE base_err sotto_session_put(sotto *s, base_bytes secret, uint64_t now);
BASE_MUST_USE base_err sotto_session_check(sotto *s, base_bytes secret, uint64_t now);
BASE_MUST_USE base_err sotto_session_drop(sotto *s, base_bytes secret);

#ifdef __cplusplus
}
#endif

#endif
