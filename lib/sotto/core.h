/* The client core's own state, shared by its files and by nobody else. What is durable is in
 * rows.h; here is what a restart may forget: connections, requests under way, open groups, commands
 * that wait for the agent.
 *
 * Who does what:  core.c    transactions, commands          conn.c   connections and requests
 *                 account.c the person and the device       home.c   own mailbox and shelf
 *                 room.c    open rooms, following           room_in.c, room_out.c   a log's two
 * ways plan.c    changes of membership           join.c   mail and joining people.c, messages.c,
 * receipts.c, directory.c, alarms.c   what they say */
#ifndef SOTTO_CORE_H
#define SOTTO_CORE_H

#include "envelope.h"
#include "mail.h"
#include "rows.h"
#include "wire/frame.h"
#include "wire/item.h"

#define CORE_CONNS_MAX 32
#define CORE_REQUESTS_MAX 1024 /* under way on one connection */
#define CORE_REQUESTS_SPARE 64 /* of them, for what a call that began may still ask */
#define CORE_OPS_MAX SOTTO_WAITING_MAX
#define CORE_OP_MS 30000
#define CORE_BUSY_MS 2000     /* a request waits so long for a relay that is busy */
#define CORE_SILENCE_MS 60000 /* a relay that owes something for so long is given up */
#define CORE_IDLE_MS 30000    /* a connection to a stranger's relay closes when unused */

/* Media types in an envelope. */
#define CONTENT_TYPE "application/mimi-content"
#define STATUS_TYPE "application/mimi-message-status"
#define HERE_TYPE "application/vnd.sotto.here" /* empty: I have joined */

/* ---- commands ---- */

typedef struct core_queue {
    sotto_command *v; /* ring-less: taken from the front, emptied when all are taken */
    base_buf *frames; /* parallel: owned bytes of SEND */
    size_t n;
    size_t taken;
    size_t cap;
    size_t frames_cap;
} core_queue;

/* ---- connections ---- */

typedef enum core_purpose { CORE_LOGS = 0, CORE_MAIL = 1 } core_purpose;

typedef enum conn_state { CONN_IDLE, CONN_CONNECTING, CONN_HELLO, CONN_READY } conn_state;

/* What an answer is for. */
typedef enum request_kind {
    REQ_NONE = 0,
    REQ_HELLO,
    REQ_CREATE, /* room */
    REQ_FOLLOW, /* a frame of items: channels tell the rooms */
    REQ_APPEND, /* room, outbox number */
    REQ_COMMIT, /* room, outbox number */
    REQ_ACK,
    REQ_LEAVE,
    REQ_SIDE, /* room */
    REQ_BOX_NEW,
    REQ_BOX_DOORS,
    REQ_BOX_COLLECT,
    REQ_DELIVER, /* outbox number */
    REQ_SHELF_NEW,
    REQ_SHELF_PUT,
    REQ_SHELF_COUNT,
    REQ_SHELF_END,
    REQ_TAKE,    /* op, index of the person in it */
    REQ_DIR_GET, /* op */
    REQ_DIR_PUT  /* op; 0: a renewal */
} request_kind;

typedef struct core_request {
    uint32_t number;
    request_kind kind;
    sotto_room_id room;
    int64_t outbox;
    uint32_t op;
    size_t index;
} core_request;

typedef struct core_conn {
    bool used;
    uint32_t id; /* as the agent knows it: index + 1 */
    int64_t relay;
    core_purpose purpose;
    conn_state state;
    char url[SOTTO_RELAY_URL_MAX + 1];
    base_buf postage;
    bool postage_wanted;
    uint32_t next_request;
    core_request *requests;
    size_t n_requests;
    size_t requests_cap;
    uint32_t next_channel;
    /* a body that arrives in parts */
    base_buf part;
    uint32_t part_left;
    base_buf part_frame; /* the frame that announced it */
    /* a body that leaves in parts */
    base_buf upload;
    size_t uploaded;
    uint32_t upload_request;
    uint64_t retry_at; /* 0: not waiting */
    uint32_t failures;
    uint64_t ready_at; /* when HELLO was answered */
    uint64_t last_used;
    uint64_t heard_at; /* the last that moved something on, or was asked first */
    char why[256];
} core_conn;

/* ---- requests of a person that wait ---- */

typedef enum op_kind {
    OP_NONE = 0,
    OP_CONTACT,
    OP_GROUP,
    OP_ADD,
    OP_REMOVE,
    OP_HANDLE,
    OP_ENDED /* in this call: forgotten when that is durable, else told again as failed */
} op_kind;

typedef struct op_person {
    sotto_hash id;
    sotto_reach reach;
    uint8_t nonce[16];
    uint8_t hint[16];
    bool asked;
    bool got;
    base_buf key_package;
    base_buf init_key;
    base_buf list;
} op_person;

typedef struct core_op {
    op_kind kind;
    uint32_t number;
    bool asked; /* the call that asked has succeeded: its end has to be told */
    uint64_t deadline;
    uint64_t retry_at; /* a busy relay is not asked again before; 0: at once */
    sotto_room_id room;
    bool has_room;
    op_person *people;
    size_t n_people;
    char name[SOTTO_NAME_MAX + 1];           /* CONTACT: what to call them; GROUP: the title */
    char link_name[SOTTO_LINK_NAME_MAX + 1]; /* CONTACT: as their link calls them */
    char handle[SOTTO_HANDLE_MAX + 260];
    bool planned; /* it is in the outbox; the rest survives a crash */
    bool sent_dir;
    int64_t relay;         /* CONTACT by handle: whose directory */
    uint8_t dir_token[32]; /* HANDLE: of the new record; CONTACT: opens the answer */
    uint8_t dir_key[32];   /* HANDLE: where the record is filed */
    base_buf record;       /* HANDLE: the same bytes each time that it is sent */
} core_op;

/* ---- open rooms ---- */

typedef enum live_state {
    LIVE_IDLE,     /* not followed */
    LIVE_FETCHING, /* joining: the side part is asked for */
    LIVE_ASKED,    /* FOLLOW is sent */
    LIVE_READING   /* entries come */
} live_state;

typedef struct room_live {
    room_row row;
    mls_group *group; /* NULL: not loaded */
    live_state state;
    uint32_t channel;
    uint64_t channel_epoch; /* the epoch that the channel is in */
    uint64_t synced_at;     /* the log's end when FOLLOW was answered */
    bool synced;            /* read up to there: now it is safe to send */
    bool busy;              /* an append or commit is under way */
    uint64_t taken_at;      /* when the relay said that it has it, not shown yet; 0: no word */
    bool stale;             /* it was refused: the commit has to come first */
    bool broken;            /* a bad commit, a rolled back log: nothing is sent */
    bool changed;           /* row has to be stored */
    bool resumed;           /* what expired was skipped once already */
    bool ack_due;
    uint32_t drops;     /* of the channel, since the last entry */
    uint64_t follow_at; /* not before; 0: at once */
    uint64_t acked;
    uint64_t receipts_at;     /* when receipts leave; 0: none due */
    uint64_t leave_commit_at; /* when a leaver's removal is committed by us; 0: none */
} room_live;

/* ---- the whole ---- */

typedef struct core_account {
    sotto_hash id;
    char name[SOTTO_NAME_MAX + 1];
    base_buf list;             /* own device list */
    base_secret identity_seed; /* signs lists */
    base_buf device_private;   /* of MLS leaves: secret */
    base_buf device_public;
    uint8_t identity_key[SOTTO_SIGN_PUBLIC_SIZE];
    int64_t relay; /* home */
    char relay_url[SOTTO_RELAY_URL_MAX + 1];
    sotto_reach reach; /* own link's: door 0 */
    uint8_t box_owner[32];
    uint8_t shelf_owner[32];
    int64_t batch;       /* of the shelf: the newest */
    uint64_t mail_place; /* mail taken in */
    bool box_made;
    bool shelf_made;
    bool shelf_filled; /* with packages of ours: the link is good */
    char handle[SOTTO_HANDLE_MAX + 1];
    uint8_t handle_token[32];
} core_account;

struct sotto {
    sotto_config config;
    const base_alloc *alloc;
    sotto_prims prims;
    sotto_store *store;
    mls_ctx *mls;
    core_account me;
    uint8_t db_key[32];
    uint64_t now;
    bool in_call;
    bool disturbed;  /* memory went ahead of the store in this call */
    bool me_is_lost; /* it could not be read again: the next call tries */
    core_queue ready;
    core_queue pending;
    core_conn conns[CORE_CONNS_MAX];
    room_live **rooms;
    size_t n_rooms;
    size_t rooms_cap;
    core_op ops[CORE_OPS_MAX];
    bool ops_ended; /* some did in this call */
    uint32_t next_op;
    uint64_t tidy_at; /* when the write-ahead log is emptied; 0: nothing to empty */
    int64_t changes_tidied;
    uint64_t not_before; /* the next tick, after one that failed; 0: it did not */
    uint64_t mail_retry_at;
    uint64_t shelf_retry_at;
    bool mail_busy;
    uint32_t mail_channel;
    bool shelf_busy;
    bool box_again;     /* made anew in this connection, because the relay did not have it */
    bool shelf_again;   /* likewise */
    int64_t swept_day;  /* when old things were last erased */
    bool shelf_checked; /* its stock was asked for since something was taken */
};

/* The suite of every conversation. */
#define CORE_SUITE MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519

/* ---- core.c ---- */

BASE_MUST_USE base_err core_begin(sotto *s, uint64_t now);
/* End the call that core_begin() began: commit and release commands, or undo everything. Gives err,
 * or what went wrong while committing. */
BASE_MUST_USE base_err core_end(sotto *s, base_err err);
BASE_MUST_USE base_err core_event(sotto *s, const sotto_event *e);
BASE_MUST_USE base_err core_event_room(sotto *s, const sotto_room_id *room);
BASE_MUST_USE base_err core_event_message(sotto *s, const sotto_room_id *room, int64_t number);
BASE_MUST_USE base_err core_event_person(sotto *s, const sotto_hash *person);
/* Append a command; frame is taken. */
BASE_MUST_USE base_err core_command(sotto *s, const sotto_command *c, base_buf *frame);
/* Something came in that could not be dealt with: forget what is in memory, close the connections,
 * and begin again from the store. Requests that wait end with why. */
void core_undo(sotto *s, base_err why);
/* The same without a word: for core_undo(), which has told, and for sotto_close(), when nobody
 * listens any more. */
void core_reset(sotto *s);
static inline uint64_t core_seconds(const sotto *s)
{
    return s->now / 1000;
}
static inline int64_t core_day(const sotto *s)
{
    return (int64_t)(s->now / 86400000);
}
/* Whether this machine failed, so that the same may go well later. Anything else is a verdict on
 * what came in, and would come again for ever: BASE_E_LIMIT too, though a resource by class. */
static inline bool core_is_fault(base_err err)
{
    return err == BASE_E_NOMEM || err == BASE_E_RANDOM || err == BASE_E_STORE ||
           err == CRYPTO_E_BACKEND;
}
/* Copy at most size - 1 bytes of text with a terminator. */
void core_text(base_bytes text, char *out, size_t size);
static inline sotto_hash core_hash_of(const sotto_person_id *id)
{
    sotto_hash h;
    memcpy(h.b, id->b, sizeof h.b);
    return h;
}
static inline sotto_person_id core_person_of(const sotto_hash *h)
{
    sotto_person_id id;
    memcpy(id.b, h->b, sizeof id.b);
    return id;
}
static inline bool core_is_me(const sotto *s, const sotto_hash *h)
{
    return sotto_hash_eq(h, &s->me.id);
}
static inline bool core_room_eq(const sotto_room_id *a, const sotto_room_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* ---- account.c ---- */

/* Make a person and a device in an empty store. */
BASE_MUST_USE base_err account_make(sotto *s, const sotto_create_params *params,
                                    base_buf *recovery);
/* On failure the account stays as it was. */
BASE_MUST_USE base_err account_load(sotto *s);
void account_clear(core_account *me);
BASE_MUST_USE base_err account_save_home(sotto *s);
/* Whether whoever has our link can reach us: mailbox and shelf are at the relay, with packages. */
static inline bool account_reachable(const core_account *me)
{
    return me->box_made && me->shelf_made && me->shelf_filled;
}
/* Who a leaf of ours is, with fresh extensions in *ext (two), whose bytes are in *bytes. k receives
 * the cursor key. A new deliver door is made for `home`. */
typedef struct account_leaf {
    mls_extension ext[2];
    mls_capabilities capabilities;
    base_buf home;
    uint8_t handle[32];
    uint8_t reader[32];
    uint32_t door;
    mls_member_params params;
} account_leaf;
BASE_MUST_USE base_err account_leaf_make(sotto *s, account_leaf *leaf);
void account_leaf_clear(account_leaf *leaf);

/* ---- conn.c ---- */

/* A connection for a purpose, opened if need be; NULL when too many. */
core_conn *conn_want(sotto *s, int64_t relay, core_purpose purpose);
core_conn *conn_find(sotto *s, int64_t relay, core_purpose purpose);
static inline bool conn_ready(const core_conn *c)
{
    return c != NULL && c->state == CONN_READY &&
           c->n_requests < CORE_REQUESTS_MAX - CORE_REQUESTS_SPARE;
}
/* Send a request; its number is drawn, and what the answer is for is kept. */
BASE_MUST_USE base_err conn_request(sotto *s, core_conn *c, wire_frame *f,
                                    const core_request *what);
/* Begin a body in parts for the request just sent; body is taken. */
void conn_upload(core_conn *c, base_buf *body);
void conn_close(sotto *s, core_conn *c, const char *why);
void conn_reset_all(sotto *s);
void conn_clear(sotto *s, core_conn *c);
base_bytes conn_postage(const core_conn *c);
/* The relay's name: host, and port unless it is 443 (docs/protocol.md, section 3). */
BASE_MUST_USE base_err conn_relay_name(const char *url, char *out, size_t size);
BASE_MUST_USE base_err conn_tick(sotto *s);
uint64_t conn_wake_at(const sotto *s);

/* ---- home.c ---- */

BASE_MUST_USE base_err home_pump(sotto *s);
uint64_t home_wake_at(const sotto *s);
BASE_MUST_USE base_err home_answer(sotto *s, core_conn *c, const core_request *q,
                                   const wire_frame *f);
BASE_MUST_USE base_err home_mail(sotto *s, core_conn *c, const wire_mail *mail);

/* ---- room.c ---- */

/* The open room, loaded on first use; BASE_E_NOT_FOUND. */
BASE_MUST_USE base_err room_live_get(sotto *s, const sotto_room_id *id, room_live **out);
BASE_MUST_USE base_err room_live_add(sotto *s, const room_row *row, mls_group *group,
                                     room_live **out);
void room_live_drop(sotto *s, const sotto_room_id *id);
void room_live_reset(room_live *r); /* its connection is gone */
/* The relay took the channel: follow again, later each time that nothing came of it. */
void room_follow_later(sotto *s, room_live *r);
room_live *room_live_of_channel(sotto *s, const core_conn *c, uint32_t channel);
BASE_MUST_USE base_err room_group(sotto *s, room_live *r);
BASE_MUST_USE base_err room_token(sotto *s, const room_live *r, const mls_group *g,
                                  uint8_t token[static 32]);
BASE_MUST_USE base_err room_side_key(sotto *s, const room_live *r, const mls_group *g,
                                     uint8_t key[static 32]);
BASE_MUST_USE base_err room_save(sotto *s, room_live *r);
/* Follow all rooms of a relay whose connection has become ready. */
BASE_MUST_USE base_err room_follow_all(sotto *s, core_conn *c);
BASE_MUST_USE base_err room_follow(sotto *s, core_conn *c, room_live *r);
BASE_MUST_USE base_err room_followed(sotto *s, core_conn *c, base_bytes items);
BASE_MUST_USE base_err room_dropped(sotto *s, core_conn *c, const wire_dropped *d);
/* Acknowledge what was taken in, follow what has to be followed, send what can be sent. */
BASE_MUST_USE base_err room_pump(sotto *s, room_live *r);
BASE_MUST_USE base_err room_pump_all(sotto *s);
uint64_t room_wake_at(const sotto *s);
BASE_MUST_USE base_err room_accept(sotto *s, const sotto_room_id *room);
BASE_MUST_USE base_err room_notice(sotto *s, room_live *r, sotto_notice notice,
                                   const sotto_hash *by, const sotto_hash *who);

/* ---- room_in.c, members.c, rules.c ---- */

/* Something of our own does not work: this room rests, and says so; the others go on. */
BASE_MUST_USE base_err room_stop(sotto *s, room_live *r);
BASE_MUST_USE base_err room_entry(sotto *s, room_live *r, const wire_entry *e);
/* Whether what somebody says about the log is what we saw; an alarm if not. */
BASE_MUST_USE base_err room_claim(sotto *s, room_live *r, const sotto_hash *who,
                                  const sotto_log_point *claim);
/* See to it that what leavers proposed is committed. */
BASE_MUST_USE base_err room_leavers(sotto *s, room_live *r);
/* Merge a commit that was judged good; *staged is taken. */
BASE_MUST_USE base_err room_merge(sotto *s, room_live *r, mls_staged **staged,
                                  const sotto_hash *by);
/* The leaf of a person's device: who, by a device list that is valid and names its key. The list
 * may be NULL when it is not wanted. SOTTO_E_RULES. */
BASE_MUST_USE base_err room_leaf_identity(sotto *s, const mls_leaf_node *leaf, sotto_hash *id,
                                          sotto_device_list *list);
/* The member rows of a group just made or joined. */
BASE_MUST_USE base_err members_begin(sotto *s, room_live *r);
/* Bring the member rows in line with a commit that is about to be merged, by whom. */
BASE_MUST_USE base_err members_change(sotto *s, room_live *r, const mls_staged *staged,
                                      const sotto_hash *by);
/* Something authentic of theirs arrived. */
BASE_MUST_USE base_err members_heard(sotto *s, room_live *r, const sotto_hash *who);
BASE_MUST_USE base_err rules_check_commit(sotto *s, const mls_group *before,
                                          const mls_staged *staged);
BASE_MUST_USE base_err rules_check_group(sotto *s, const mls_group *g, sotto_room_ext *room);

/* ---- content.c: what people write, as MIMI content ---- */

/* A text of mine in a room: the encoded content and its message id. */
BASE_MUST_USE base_err content_make_text(sotto *s, const sotto_room_id *room, base_bytes text,
                                         base_buf *body, sotto_message_id *id);
/* What somebody sent, borrowed from body. BASE_E_NOT_FOUND: content of a kind that is not shown. */
BASE_MUST_USE base_err content_read_text(sotto *s, const sotto_room_id *room,
                                         const sotto_hash *sender, base_bytes body, base_buf *text,
                                         sotto_message_id *id);

/* ---- room_out.c ---- */

/* The content length to pad a PrivateMessage to, so that the whole is the smallest size class of
 * the relay from `from` on that holds content_n bytes; 0: it does not fit. *size: that class. */
size_t room_pad_to(size_t group_id_n, size_t aad_n, size_t content_n, size_t from, size_t *size);
BASE_MUST_USE base_err room_send_next(sotto *s, core_conn *c, room_live *r);
/* Remember bytes of ours that the relay has, and ask: was this said by us before? */
BASE_MUST_USE base_err room_own_keep(sotto *s, base_bytes entry);
BASE_MUST_USE base_err room_own_known(sotto *s, base_bytes entry, bool *out);
/* An own entry came back; *mine tells whether it was. */
BASE_MUST_USE base_err room_own_entry(sotto *s, room_live *r, const wire_entry *e, bool *mine);
/* This device is out: keys and what was to be sent are erased, the history stays. */
BASE_MUST_USE base_err room_over(sotto *s, room_live *r);
/* Nothing more will be sent here: messages that wait fail, requests end with `why`. */
BASE_MUST_USE base_err room_outbox_end(sotto *s, room_live *r, base_err why);
/* Delete a room whose making failed, with all that is queued for it. */
BASE_MUST_USE base_err room_abandon(sotto *s, const sotto_room_id *room);
/* What the relay says to a CREATE, APPEND or COMMIT of a room. */
BASE_MUST_USE base_err room_answer(sotto *s, core_conn *c, room_live *r, const core_request *q,
                                   const wire_frame *f);

/* ---- op.c: requests that wait ---- */

/* Each ends with exactly one SOTTO_EVENT_DONE, unless the call that asked for it failed: then with
 * none. */

/* One that has not ended. */
core_op *op_find(sotto *s, uint32_t number);
/* A fresh one; NULL when too many wait. */
core_op *op_new(sotto *s, op_kind kind);
/* The end of the call that asked for a request: core_end(), and if that fails the request is
 * forgotten without a word. */
BASE_MUST_USE base_err op_asked(sotto *s, base_err err, uint32_t number);
/* Tell how it ended, and forget it. */
BASE_MUST_USE base_err op_end(sotto *s, core_op *op, base_err result);
void op_clear(sotto *s, core_op *op);
/* A call is durable: forget those that ended in it. */
void op_forget_ended(sotto *s);
/* A call is undone: say of each that it failed, also of one whose end could not be stored. */
void op_fail_all(sotto *s, base_err why);
/* Let all go on that can: a connection came up, the shelf was filled. */
BASE_MUST_USE base_err op_pump(sotto *s);
/* Do what can be done now: look up, take packages, then plan. */
BASE_MUST_USE base_err op_step(sotto *s, core_op *op);
BASE_MUST_USE base_err op_taken(sotto *s, const core_request *q, const wire_frame *f);
/* The contact link of the op's person is known. */
BASE_MUST_USE base_err op_contact_found(sotto *s, core_op *op, const sotto_contact_link *link);
BASE_MUST_USE base_err op_tick(sotto *s);
uint64_t op_wake_at(const sotto *s);

/* ---- plan.c: changes of membership as commits; make.c: new rooms ---- */

/* Queue a commit that adds the op's people, or removes one person. */
BASE_MUST_USE base_err plan_add(sotto *s, const sotto_room_id *room, const core_op *op);
BASE_MUST_USE base_err plan_remove(sotto *s, const sotto_room_id *room, const sotto_hash *who,
                                   uint32_t op);
/* Make the commit that an outbox row wants, for the present epoch; BASE_E_NOT_FOUND: all is so
 * already. */
BASE_MUST_USE base_err plan_commit_make(sotto *s, room_live *r, outbox_row *o);
/* It is merged: mail those who were added, end the request, drop the row. */
BASE_MUST_USE base_err plan_commit_done(sotto *s, room_live *r, outbox_row *o);
/* A group of one and its row, in state MAKING, with the log to be created. */
BASE_MUST_USE base_err make_room(sotto *s, sotto_room_kind kind, base_bytes title,
                                 const sotto_hash *person, room_live **out);

/* ---- join.c: mail out and in ---- */

struct plan_person;
/* Tell somebody who was just added where, and how to get in. */
BASE_MUST_USE base_err mail_join_queue(sotto *s, room_live *r, const struct plan_person *to);
BASE_MUST_USE base_err mail_pump(sotto *s);
BASE_MUST_USE base_err mail_delivered(sotto *s, const core_request *q, uint8_t status);
/* ref: of the package that the mail was sealed to; empty: the last resort. */
BASE_MUST_USE base_err join_received(sotto *s, const sotto_mail *mail,
                                     const sotto_device_list *list, base_bytes ref);
/* Erase what was kept for a join that will not be. */
BASE_MUST_USE base_err join_forget(sotto *s, room_live *r);
BASE_MUST_USE base_err join_fetch(sotto *s, core_conn *c, room_live *r);
BASE_MUST_USE base_err join_side(sotto *s, core_conn *c, const core_request *q,
                                 const wire_frame *f);

/* ---- sweep.c: erasing ---- */

/* A key package of ours, its private keys and its door. */
BASE_MUST_USE base_err package_erase(sotto *s, base_bytes ref);
/* The door that our leaf names in a group that nobody else has seen. */
BASE_MUST_USE base_err sweep_door_of(sotto *s, const mls_group *g);
BASE_MUST_USE base_err sweep_packages(sotto *s); /* those too many or too old */
BASE_MUST_USE base_err sweep_daily(sotto *s);
uint64_t sweep_wake_at(const sotto *s);

/* ---- people.c, receipts.c, directory.c, alarms.c ---- */

/* A device list that came with something authentic: keep the highest, show a fork. */
BASE_MUST_USE base_err people_list_seen(sotto *s, const sotto_device_list *list, sotto_hash *id);
BASE_MUST_USE base_err people_name_seen(sotto *s, const sotto_hash *id, base_bytes name);
BASE_MUST_USE base_err people_name_of(sotto *s, const sotto_hash *id, char *out, size_t size);
BASE_MUST_USE base_err receipts_due(sotto *s, room_live *r);
BASE_MUST_USE base_err receipts_send(sotto *s, room_live *r);
BASE_MUST_USE base_err receipts_taken(sotto *s, room_live *r, const sotto_hash *who,
                                      base_bytes body);
bool directory_handle_ok(base_bytes handle);
/* handle@relay for a CONTACT; the op is cleared when it is not one (SOTTO_E_HANDLE). */
BASE_MUST_USE base_err directory_address(sotto *s, core_op *op, base_bytes address);
BASE_MUST_USE base_err directory_step(sotto *s, core_op *op);
BASE_MUST_USE base_err directory_answer(sotto *s, const core_request *q, const wire_frame *f);
BASE_MUST_USE base_err alarm_raise(sotto *s, sotto_alarm_code code, const sotto_room_id *room,
                                   const sotto_hash *person, const char *sentence);

#endif
