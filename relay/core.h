/* What the files of the relay's logic share: the relay, its sessions, their channels, and the
 * watches that tell which channels follow a log or a mailbox now. All of it lives in memory alone;
 * what must survive is in the store.
 *
 * A batch is what happens between two relay_flush(): rows change in one transaction, answers and
 * pushes wait in each session's `held` queue. When it cannot be made durable, every session that
 * took part is closed and its held queue dropped, so memory never runs ahead of the disk. */
#ifndef RELAY_CORE_H
#define RELAY_CORE_H

#include "relay.h"
#include "wire/item.h"

#define RELAY_MS_PER_DAY 86400000u

enum {
    RELAY_REQUESTS_MAX = 256,      /* answers held for one session */
    RELAY_WORK_MAX = 2048,         /* items of one session in a batch */
    RELAY_TRUST_MS = 3600000,      /* a clock that jumped by days is believed after an hour */
    RELAY_OUT_MAX = 1 << 20,       /* bytes waiting for one session */
    RELAY_PUSH_MAX = 256 << 10,    /* pushes stop above this */
    RELAY_PATIENCE_MS = 60000,     /* without progress of output or of a large body */
    RELAY_DENIED_MAX = 64,         /* frames with a refusal */
    RELAY_CURSORS_MAX = 4096,      /* a log */
    RELAY_GUESTS_MAX = 32,         /* a log */
    RELAY_APPEND_KEPT_MAX = 49152, /* entries a log keeps, for APPEND */
    RELAY_COMMIT_KEPT_MAX = 65536, /* and for COMMIT */
    RELAY_APPEND_BYTES_MAX = 192 << 20,
    RELAY_COMMIT_BYTES_MAX = 256 << 20,
    RELAY_LOG_CHANNELS_MAX = 4, /* of one session on one log: each entry is pushed to each */
    RELAY_HELLO_MS = 10000,     /* from a connection's opening to its HELLO */
    RELAY_IDLE_MS = 30000,      /* without a frame or a channel: makes room when places are few */
    RELAY_SHELF_TAKES = 16,     /* packages that leave a shelf in RELAY_TAKE_MS */
    RELAY_NUDGE_MS = 250,       /* between nudges of one channel */
    RELAY_LOOKUPS_MAX = 256,    /* DIR_GET a session */
    RELAY_LOOKUPS_SECOND = 8,
    RELAY_TAKE_MS = 600000, /* the same package for ten minutes */
};

/* One message on its way out. */
typedef struct relay_msg {
    struct relay_msg *next;
    size_t n;
    uint8_t b[];
} relay_msg;

typedef struct relay_queue {
    relay_msg *first, *last;
    size_t count, bytes; /* what it costs, heads included */
} relay_queue;

typedef enum relay_kind { RELAY_KIND_LOG, RELAY_KIND_BOX } relay_kind;

/* A log or mailbox that somebody follows. Kept while it has channels or is dirty. */
typedef struct relay_watch {
    struct relay_watch *next;       /* in the map's chain */
    struct relay_watch *next_dirty; /* in relay.dirty */
    struct relay_channel *channels;
    uint8_t id[32];
    relay_kind kind;
    bool dirty;
    uint64_t fresh;         /* the lowest entry added in this batch, not readable yet; 0: none */
    uint8_t fresh_hash[32]; /* running hash before it */
} relay_watch;

typedef struct relay_channel {
    struct relay_channel *next;       /* in the watch */
    struct relay_channel *next_ready; /* in the session */
    relay_session *session;
    relay_watch *watch;
    uint32_t number;
    uint64_t key;      /* of the log or box in the store */
    uint64_t epoch;    /* log */
    uint64_t next_seq; /* what is pushed next; all before it was */
    uint64_t batch;    /* in which it was opened or moved: no push before that is durable */
    uint64_t nudged_ms;
    uint8_t handle[32]; /* cursor; log */
    bool waiting;       /* the commit that ends the epoch was pushed */
    bool ready;         /* in session.ready */
} relay_channel;

/* A body that is being sent in parts, or a side part that waits for its turn. */
typedef struct relay_sending {
    struct relay_sending *next;
    bool side, begun;
    uint32_t request;  /* side */
    uint64_t batch;    /* side: in which it was asked for */
    uint64_t key, seq; /* side: seq is the epoch */
    size_t off, size;
} relay_sending;

/* A large body that is being received. */
typedef struct relay_upload {
    bool active;
    uint32_t request;
    uint32_t channel;
    uint64_t epoch;
    base_buf header; /* the COMMIT frame */
    base_buf body;
    size_t total, credited;
    uint64_t begun_ms, moved_ms;
    uint32_t drain_request; /* of a refused body: what is still under way */
    size_t drain;
} relay_upload;

struct relay_session {
    relay *r;
    relay_session *next, *prev; /* of all */
    relay_session *next_batch;  /* in relay.batch_sessions */
    relay_session *next_busy;   /* in relay.busy */
    void *user;
    uint8_t tag[16];
    bool free_postage, greeted, closing, in_batch, busy;
    bool doomed; /* closes with LIMIT when the batch at hand is durable */
    relay_queue out, held;
    relay_channel **channels; /* sorted by number */
    size_t n_channels, cap_channels;
    relay_channel *ready_first, *ready_last;
    relay_sending *sending_first, *sending_last;
    size_t n_sending;
    relay_upload upload;
    size_t work; /* items of the batch at hand: one frame may hold hundreds */
    unsigned denied;
    bool frame_denied;
    unsigned lookups, lookups_second;
    uint64_t second;
    uint64_t drained_ms; /* when output last moved, or began to wait */
    uint64_t heard_ms;   /* when it was opened, or the last frame came */
};

/* A package handed out, for its nonce to find again. */
typedef struct relay_taken {
    uint8_t shelf[32], nonce[16];
    uint64_t until_ms, batch;
    base_buf package;
} relay_taken;

typedef enum relay_phase {
    RELAY_SWEEP_LOGS,
    RELAY_SWEEP_BOXES,
    RELAY_SWEEP_SHELVES,
    RELAY_SWEEP_DIRECTORY,
    RELAY_SWEEP_DONE
} relay_phase;

struct relay {
    relay_ports ports;
    relay_config config;
    base_buf postage;
    relay_meta meta;
    uint8_t dummy[32];                /* a gate that no token opens */
    uint8_t hash_key[32];             /* of the map below: who chooses ids must not choose chains */
    relay_session *sessions, *oldest; /* both ends of the list */
    size_t n_sessions, n_silent;      /* of them, those that have not said HELLO */
    relay_session *batch_sessions;
    relay_session *busy_first, *busy_last;
    bool in_batch; /* a transaction is open */
    uint64_t batch;
    uint64_t now;
    relay_watch **watches;
    size_t n_watches, cap_watches;
    relay_watch *dirty;
    size_t bulk;   /* bytes promised to large bodies */
    size_t queued; /* bytes of all queues of all sessions */
    relay_taken *taken;
    size_t n_taken, cap_taken;
    relay_phase phase;
    uint8_t sweep_at[32];
    uint32_t swept_day;
    bool deep; /* a sweep has ended, and the store has not rewritten what may keep its traces */
    uint32_t seen_day;             /* at the last tick */
    uint64_t trust_ms;             /* the clock jumped: no sweep before this */
    base_buf scratch, body, stamp; /* for frames to borrow from, until they are encoded */
};

/* Short for a call of the store port. */
#define STORE(r, name, ...) ((r)->ports.store->ops->name((r)->ports.store->user, __VA_ARGS__))

static inline uint32_t relay_day(const relay *r)
{
    return (uint32_t)(r->now / RELAY_MS_PER_DAY);
}

/* Milliseconds since then; 0 when the clock was put back. */
static inline uint64_t relay_since(const relay *r, uint64_t then)
{
    return r->now > then ? r->now - then : 0;
}

static inline void relay_count(const relay *r, relay_metric what, uint64_t n)
{
    if (r->ports.metrics.count != NULL) {
        r->ports.metrics.count(r->ports.metrics.user, what, n);
    }
}

/* ---- relay.c: batches ---- */

/* Open the transaction if none is. */
BASE_MUST_USE base_err relay_begin(relay *r);

/* Something of this session is in the batch: it shares the batch's fate. */
void relay_join(relay_session *s);

/* The store failed, or memory ran out, in the middle of a batch: undo all of it. */
void relay_abort(relay *r);

/* ---- session.c: what leaves ---- */

/* Queue a frame of this session's own, held until the batch is durable. Failure closes it. */
void relay_send(relay_session *s, const wire_frame *f);
void relay_answer(relay_session *s, uint32_t request, wire_status status); /* DONE */

/* Queue a push of what is durable already. Failure closes the session. */
void relay_push(relay_session *s, const wire_frame *f);

/* Queue FAIL and forget everything held; nothing else is queued or handled from then on. */
void relay_fatal(relay_session *s, wire_status status);

/* The session has output, or is closing: name it in relay_next_busy(). */
void relay_mark_busy(relay_session *s);

void relay_queue_move(relay_queue *from, relay_queue *to);
void relay_queue_clear(relay *r, relay_queue *q);

/* All sessions together hold more than they may, and this one holds some of it: it is neither read
 * from nor pushed to until it has read what waits. */
bool relay_crowded(const relay_session *s);

/* ---- request.c: what arrives ---- */

/* One decoded frame of a greeted session. */
void relay_request(relay_session *s, const wire_frame *f, base_bytes message);

/* ---- watch.c ---- */

/* The watch of an id; made when `make`. NULL: there is none, or no memory or digest. */
relay_watch *relay_watch_of(relay *r, relay_kind kind, base_bytes id, bool make);

/* New bodies are in it, or channels wait: pump it at the flush. */
void relay_watch_touch(relay *r, relay_watch *w);

void relay_watch_release(relay *r, relay_watch *w); /* free it if nobody needs it */
void relay_watch_clear(relay *r);

relay_channel *relay_channel_find(const relay_session *s, uint32_t number);

/* A new channel, with number and session. NULL without memory. */
relay_channel *relay_channel_new(relay_session *s, uint32_t number, relay_watch *w);

/* End it without a word; its large body, if one is under way, is refused. */
void relay_channel_end(relay_channel *c);

/* End it with DROPPED. */
void relay_channel_drop(relay_channel *c, wire_status reason);

/* End all channels of a watch with DROPPED(DENIED). */
void relay_watch_drop(relay *r, relay_watch *w);

/* End every other channel of the watch that has this cursor (box: every other channel). */
void relay_channel_supersede(relay_channel *c);

/* Put the channel where its session's pump finds it. */
void relay_channel_ready(relay_channel *c);

/* ---- push.c ---- */

/* Push what the session follows, up to its bound. Outside or after a batch. */
void relay_pump(relay_session *s);

/* Remember a side part to be sent. False: no memory. */
bool relay_sending_add(relay_session *s, const relay_sending *what);
void relay_sending_clear(relay_session *s);

/* ---- gate.c ---- */

BASE_MUST_USE base_err relay_hash(relay *r, const base_bytes *parts, size_t n, uint8_t out[32]);

/* *ok: whether SHA-256(token) is the gate. gate NULL (nothing found): the same work, never ok. */
BASE_MUST_USE base_err relay_gate_check(relay *r, const uint8_t *gate, base_bytes token, bool *ok);

/* Look up log and epoch and check the token. *ok false: DENIED, and the rows are not to be used. */
BASE_MUST_USE base_err relay_gate_log(relay *r, base_bytes id, uint64_t epoch, base_bytes token,
                                      relay_log *log, relay_epoch *e, bool *ok);

/* Whether the postage will do on this session. */
bool relay_postage(const relay_session *s, base_bytes postage);

/* A refusal in the frame at hand. */
void relay_denied(relay_session *s);

/* ---- cursor.c: places, and what is deleted when ---- */

typedef struct relay_standing {
    uint8_t cursor; /* WIRE_CURSOR_ */
    uint64_t place;
} relay_standing;

/* What FOLLOW finds, without changing anything. */
BASE_MUST_USE base_err relay_cursor_look(relay *r, const relay_log *log, const uint8_t handle[32],
                                         relay_standing *out);

/* Take a place in an epoch: open, reopen or join as a guest where the rules allow (section 3.2).
 * from: the next entry wanted. log is changed, and written by the caller. */
BASE_MUST_USE base_err relay_cursor_enter(relay *r, relay_log *log, const relay_epoch *e,
                                          const uint8_t handle[32], uint64_t from,
                                          relay_standing *out);

/* Acknowledge up to seq. log is changed, and written by the caller. */
BASE_MUST_USE base_err relay_cursor_ack(relay *r, relay_log *log, const uint8_t handle[32],
                                        uint64_t seq);

/* The cursor goes. log is changed, and written by the caller. */
BASE_MUST_USE base_err relay_cursor_forget(relay *r, relay_log *log, const uint8_t handle[32]);

/* The lists of a commit, whose seq is log->head and whose new epoch is log->epoch. *waiting: how
 * many new cursors it opened. */
BASE_MUST_USE base_err relay_cursor_open(relay *r, relay_log *log, base_bytes handles,
                                         uint32_t *waiting);
BASE_MUST_USE base_err relay_cursor_close(relay *r, relay_log *log, base_bytes handles);

/* ---- keep.c ---- */

/* Delete entries in (lo, hi] that are older than day `before` and not covered by a closed cursor.
 */
BASE_MUST_USE base_err relay_sweep(relay *r, relay_log *log, uint64_t lo, uint64_t hi,
                                   uint32_t before);

/* Raise the floor to the lowest open cursor and delete what it frees. */
BASE_MUST_USE base_err relay_floor(relay *r, relay_log *log);

/* A cursor opened into this epoch is new no more: its side part may go. */
BASE_MUST_USE base_err relay_side_release(relay *r, relay_log *log, uint64_t epoch);

/* Drop the gates of epochs without entries and cursors. */
BASE_MUST_USE base_err relay_epochs_prune(relay *r, const relay_log *log);

/* ---- expire.c ---- */

/* One step of today's sweep, in a batch of its own and made durable; *more when rows are left. */
BASE_MUST_USE base_err relay_expire(relay *r, bool *more);

/* Delete a log and tell those who follow it. */
BASE_MUST_USE base_err relay_log_end(relay *r, const relay_log *log);

/* ---- the requests: each answers, or returns an error that aborts the batch ---- */

BASE_MUST_USE base_err relay_do_create(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_follow(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_append(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_commit(relay_session *s, const wire_frame *f, base_bytes message);
BASE_MUST_USE base_err relay_do_data(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_ack(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_leave(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_nudge(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_side(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_cursors(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_box(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_shelf(relay_session *s, const wire_frame *f);
BASE_MUST_USE base_err relay_do_dir(relay_session *s, const wire_frame *f);

/* A mailbox's reader acknowledged (ack.c calls it). */
BASE_MUST_USE base_err relay_box_ack(relay *r, const relay_channel *c, uint64_t seq);

/* Take part of a mailbox away: every mail up to seq, or older than a day. */
BASE_MUST_USE base_err relay_box_drop_mails(relay *r, relay_box *box, uint64_t seq,
                                            uint32_t before);

/* upload.c: refuse the large body of this session, free it, or give up on one that stands still. */
void relay_upload_refuse(relay_session *s, wire_status status);
void relay_upload_clear(relay_session *s);
void relay_upload_tick(relay_session *s);

/* shelf.c: forget packages handed out in a batch that failed (all = false), or all. */
void relay_taken_forget(relay *r, bool all);

/* Forget those whose ten minutes are over. */
void relay_taken_expire(relay *r);

#endif
