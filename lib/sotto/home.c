/* This device's mailbox and shelf at its home relay: made once, doors filed, packages kept in
 * stock, mail collected. One thing at a time; each is idempotent at the relay. */
#include "core.h"

#define SHELF_LOW 6   /* packages left when a new batch is made */
#define SHELF_BATCH 8 /* with the last resort they fit one frame */
#define LAST_RESORT_DAYS 7
#define STALE_DAYS 60 /* when packages on the shelf are replaced, well before they expire */
#define PACKAGE_LIFE_S (90U * 86400U)
#define CLOCK_SLACK_S 86400U
#define SEALED_PACKAGE (SOTTO_SHELF_PACKAGE_SIZE + 28)
#define DOORS_MAX 256 /* in one frame */
#define SHELF_RETRY_MS 30000
#define BATCH_JUMP_MAX (UINT64_C(1) << 32)

static base_err gate_of(sotto *s, const uint8_t token[static 32], sotto_hash *gate)
{
    base_bytes part = {token, 32};
    return sotto_hash_of(&s->prims, "", &part, 1, gate);
}

/* ---- making ---- */

static base_err box_new(sotto *s, core_conn *c)
{
    base_err err = BASE_OK;
    sotto_hash owner;
    sotto_hash door;
    core_request what = {.kind = REQ_BOX_NEW};
    wire_frame f = {.type = WIRE_BOX_NEW};
    TRY(gate_of(s, s->me.box_owner, &owner));
    TRY(gate_of(s, s->me.reach.token, &door));
    f.u.box_new = (wire_box_new){base_bytes_of(s->me.reach.mailbox, 32), sotto_hash_bytes(&owner),
                                 sotto_hash_bytes(&door), conn_postage(c)};
    TRY(conn_request(s, c, &f, &what));
    s->mail_busy = true;
done:
    return err;
}

static base_err box_collect(sotto *s, core_conn *c)
{
    core_request what = {.kind = REQ_BOX_COLLECT};
    wire_frame f = {.type = WIRE_BOX_COLLECT};
    s->mail_channel = c->next_channel++;
    f.u.box_collect = (wire_box_collect){s->mail_channel, base_bytes_of(s->me.reach.mailbox, 32),
                                         base_bytes_of(s->me.box_owner, 32), 0};
    return conn_request(s, c, &f, &what);
}

typedef struct door_list {
    sotto *s;
    base_buf items;
    base_buf gone;
    uint32_t last;
    size_t n;
    base_err err;
} door_list;

static bool add_door(void *user, uint32_t number, base_bytes token)
{
    door_list *l = user;
    sotto_hash gate;
    wire_door d = {.number = number};
    l->err = token.n == 32 ? gate_of(l->s, token.p, &gate) : BASE_E_CORRUPT;
    if (l->err == BASE_OK) {
        d.gate = sotto_hash_bytes(&gate);
        l->err = wire_door_put(&l->items, &d);
    }
    l->last = number > l->last ? number : l->last;
    return l->err == BASE_OK && ++l->n < DOORS_MAX;
}

static bool remove_door(void *user, uint32_t number, base_bytes token)
{
    door_list *l = user;
    base_wr w = base_wr_on(&l->gone);
    (void)token;
    base_wr_u32(&w, number);
    l->err = base_wr_end(&w);
    return l->err == BASE_OK;
}

static base_err box_doors(sotto *s, core_conn *c)
{
    base_err err = BASE_OK;
    door_list l = {.s = s, .items = base_buf_on(s->alloc), .gone = base_buf_on(s->alloc)};
    wire_frame f = {.type = WIRE_BOX_DOORS};
    TRY(store_door_unfiled(s->store, add_door, &l));
    TRY(l.err);
    TRY(store_door_ended(s->store, DOORS_MAX, remove_door, &l));
    TRY(l.err);
    if (l.n == 0 && l.gone.n == 0) {
        goto done;
    }
    core_request what = {.kind = REQ_BOX_DOORS, .outbox = l.last};
    f.u.box_doors = (wire_box_doors){.box = base_bytes_of(s->me.reach.mailbox, 32),
                                     .owner = base_bytes_of(s->me.box_owner, 32),
                                     .add = base_buf_bytes(&l.items),
                                     .remove = base_buf_bytes(&l.gone)};
    TRY(conn_request(s, c, &f, &what));
    s->mail_busy = true;
done:
    base_buf_clear(&l.gone);
    base_buf_clear(&l.items);
    return err;
}

static base_err shelf_new(sotto *s, core_conn *c)
{
    base_err err = BASE_OK;
    sotto_hash owner;
    sotto_hash take;
    core_request what = {.kind = REQ_SHELF_NEW};
    wire_frame f = {.type = WIRE_SHELF_NEW};
    TRY(gate_of(s, s->me.shelf_owner, &owner));
    TRY(gate_of(s, s->me.reach.shelf_token, &take));
    f.u.shelf_new = (wire_shelf_new){base_bytes_of(s->me.reach.shelf, 32), sotto_hash_bytes(&owner),
                                     sotto_hash_bytes(&take), SEALED_PACKAGE, conn_postage(c)};
    TRY(conn_request(s, c, &f, &what));
    s->shelf_busy = true;
done:
    return err;
}

static base_err shelf_count(sotto *s, core_conn *c)
{
    core_request what = {.kind = REQ_SHELF_COUNT};
    wire_frame f = {.type = WIRE_SHELF_COUNT};
    f.u.owned =
        (wire_owned){base_bytes_of(s->me.reach.shelf, 32), base_bytes_of(s->me.shelf_owner, 32)};
    s->shelf_busy = true;
    return conn_request(s, c, &f, &what);
}

/* Whether our link is good changed: whoever shows it asks again. */
static base_err link_changed(sotto *s)
{
    sotto_event e = {.kind = SOTTO_EVENT_ACCOUNT};
    base_err err = account_save_home(s);
    return err != BASE_OK ? err : core_event(s, &e);
}

static base_err shelf_filled(sotto *s)
{
    if (s->me.shelf_filled) {
        return BASE_OK;
    }
    s->me.shelf_filled = true;
    return link_changed(s);
}

/* ---- packages ---- */

static base_err seen_init_key(void *user, const mls_key_package *kp)
{
    return base_buf_set(user, kp->init_key);
}

static base_err package_make(sotto *s, bool last)
{
    base_err err = BASE_OK;
    account_leaf leaf;
    sotto_shelf_package package;
    base_buf message = base_buf_on(s->alloc);
    base_buf ref = base_buf_on(s->alloc);
    base_buf init_key = base_buf_on(s->alloc);
    base_buf sealed = base_buf_on(s->alloc);
    memset(&leaf, 0, sizeof leaf);
    TRY(account_leaf_make(s, &leaf));
    mls_key_package_params params = {.member = leaf.params,
                                     .not_before = core_seconds(s) - CLOCK_SLACK_S,
                                     .not_after = core_seconds(s) + PACKAGE_LIFE_S,
                                     .last_resort = last};
    TRY(mls_key_package_new(s->mls, &params, &message, &ref));
    TRY(mls_key_package_check(s->mls, base_buf_bytes(&message), core_seconds(s), seen_init_key,
                              &init_key, NULL));
    TRY(sotto_random(&s->prims, package.hint, sizeof package.hint));
    package.key_package = base_buf_bytes(&message);
    TRY(sotto_shelf_seal(&s->prims, base_bytes_of(s->me.reach.shelf_key, 32), &package, &sealed));
    package_row row = {base_buf_bytes(&ref),
                       base_bytes_of(package.hint, sizeof package.hint),
                       base_buf_bytes(&init_key),
                       base_buf_bytes(&sealed),
                       base_bytes_of(leaf.handle, sizeof leaf.handle),
                       base_bytes_of(leaf.reader, sizeof leaf.reader),
                       s->me.batch,
                       last,
                       core_day(s),
                       leaf.door};
    TRY(store_package_put(s->store, &row));
done:
    base_buf_clear(&sealed);
    base_buf_clear(&init_key);
    base_buf_clear(&ref);
    base_buf_clear(&message);
    account_leaf_clear(&leaf);
    return err;
}

typedef struct batch {
    base_buf packages;
    base_buf last;
    base_err err;
} batch;

static bool add_package(void *user, const package_row *row)
{
    batch *b = user;
    b->err = base_buf_append(row->last ? &b->last : &b->packages, row->sealed);
    return b->err == BASE_OK;
}

/* Put the newest batch; a batch that the relay has already is not stored twice. */
static base_err shelf_put(sotto *s, core_conn *c)
{
    base_err err = BASE_OK;
    batch b = {.packages = base_buf_on(s->alloc), .last = base_buf_on(s->alloc)};
    core_request what = {.kind = REQ_SHELF_PUT};
    wire_frame f = {.type = WIRE_SHELF_PUT};
    TRY(store_package_list(s->store, s->me.batch, add_package, &b));
    TRY(b.err);
    f.u.shelf_put = (wire_shelf_put){base_bytes_of(s->me.reach.shelf, 32),
                                     base_bytes_of(s->me.shelf_owner, 32),
                                     (uint64_t)s->me.batch,
                                     conn_postage(c),
                                     base_buf_bytes(&b.last),
                                     base_buf_bytes(&b.packages)};
    TRY(conn_request(s, c, &f, &what));
    s->shelf_busy = true;
done:
    base_buf_clear(&b.last);
    base_buf_clear(&b.packages);
    return err;
}

static base_err shelf_end(sotto *s, core_conn *c)
{
    core_request what = {.kind = REQ_SHELF_END};
    wire_frame f = {.type = WIRE_SHELF_END};
    f.u.owned =
        (wire_owned){base_bytes_of(s->me.reach.shelf, 32), base_bytes_of(s->me.shelf_owner, 32)};
    s->shelf_busy = true;
    return conn_request(s, c, &f, &what);
}

static base_err counted(sotto *s, core_conn *c, const wire_counted *count)
{
    base_err err = BASE_OK;
    int64_t last_day = 0;
    int64_t oldest = 0;
    size_t made = 0;
    /* Batches count up by one; after a relay's lie there must be numbers left. */
    REQUIRE(count->batch < (uint64_t)s->me.batch + BATCH_JUMP_MAX, SOTTO_E_RELAY);
    TRY(store_package_count(s->store, s->me.batch, &made));
    if (count->batch < (uint64_t)s->me.batch && made > 0) {
        TRY(shelf_put(s, c));
        goto done;
    }
    TRY(store_package_last_day(s->store, &last_day));
    bool old = core_day(s) >= last_day + LAST_RESORT_DAYS;
    bool few = count->packages < SHELF_LOW || !count->last;
    if (made > 0 && (count->packages > 0 || count->last)) {
        TRY(shelf_filled(s)); /* the answer to SHELF_PUT was lost */
    }
    TRY(store_package_nth_day(s->store, count->packages, &oldest));
    if (!few && core_day(s) >= oldest + STALE_DAYS && !s->shelf_again) {
        TRY(shelf_end(s, c)); /* the oldest are given first, and about to expire */
        goto done;
    }
    if (!few && !old) {
        goto done;
    }
    s->me.batch = (count->batch > (uint64_t)s->me.batch ? (int64_t)count->batch : s->me.batch) + 1;
    for (int i = 0; few && i < SHELF_BATCH; i++) {
        TRY(package_make(s, false));
    }
    TRY(package_make(s, true));
    TRY(account_save_home(s));
    TRY(sweep_packages(s));
    TRY(shelf_put(s, c));
done:
    return err;
}

/* ---- answers ---- */

static base_err postage_wanted(sotto *s)
{
    return alarm_raise(s, SOTTO_ALARM_STUCK, NULL, NULL,
                       "The relay wants its shared secret. Ask its operator, and give it with "
                       "sotto init --postage.");
}

static base_err made(sotto *s, const core_request *q, uint8_t status)
{
    bool box = q->kind == REQ_BOX_NEW;
    if (status == WIRE_OK) {
        s->me.box_made = s->me.box_made || box;
        s->me.shelf_made = s->me.shelf_made || !box;
        s->shelf_checked = false;
        return link_changed(s);
    }
    return status == WIRE_NO_POSTAGE ? postage_wanted(s) : BASE_OK; /* with the next connection */
}

static base_err doors_done(sotto *s, const core_request *q)
{
    base_err err = store_door_filed(s->store, (uint32_t)q->outbox);
    return err != BASE_OK ? err : store_door_forget(s->store);
}

/* The relay does not have it: it goes when it was not used for half a year. Made again once, and
 * next time with the next connection. */
static base_err box_lost(sotto *s)
{
    base_err err = BASE_OK;
    if (s->me.box_made && !s->box_again) {
        s->box_again = true;
        s->me.box_made = false;
        s->mail_channel = 0;
        s->mail_busy = false;
        TRY(store_door_unfile(s->store));
        TRY(link_changed(s));
    }
done:
    return err;
}

static base_err shelf_lost(sotto *s)
{
    if (!s->me.shelf_made || s->shelf_again) {
        return BASE_OK;
    }
    s->shelf_again = true;
    s->me.shelf_made = false;
    s->me.shelf_filled = false;
    s->me.batch++; /* what lay there may have been taken: none of it is offered again */
    return link_changed(s);
}

/* What else may become of it: a full or busy relay is asked again in a while, as the link is not
 * shown before. */
static base_err shelf_was_put(sotto *s, uint8_t status)
{
    if (status == WIRE_OK) {
        return shelf_filled(s);
    }
    if (status == WIRE_DENIED) {
        return shelf_lost(s);
    }
    s->shelf_checked = false;
    s->shelf_retry_at = s->now + SHELF_RETRY_MS;
    return status == WIRE_NO_POSTAGE ? postage_wanted(s) : BASE_OK;
}

base_err home_answer(sotto *s, core_conn *c, const core_request *q, const wire_frame *f)
{
    uint8_t status = f->type == WIRE_DONE ? f->u.done.status : WIRE_OK;
    s->disturbed = true;
    switch (q->kind) {
    case REQ_BOX_NEW:
        s->mail_busy = status != WIRE_OK;
        return made(s, q, status);
    case REQ_SHELF_NEW:
        s->shelf_busy = status != WIRE_OK;
        return made(s, q, status);
    case REQ_BOX_DOORS:
        s->mail_busy = status != WIRE_OK;
        return status == WIRE_OK ? doors_done(s, q) : status == WIRE_DENIED ? box_lost(s) : BASE_OK;
    case REQ_BOX_COLLECT:
        return status == WIRE_DENIED ? box_lost(s) : BASE_OK; /* else mail follows */
    case REQ_SHELF_COUNT:
        s->shelf_busy = false;
        s->shelf_checked = true;
        return f->type == WIRE_COUNTED ? counted(s, c, &f->u.counted)
               : status == WIRE_DENIED ? shelf_lost(s)
                                       : BASE_OK;
    case REQ_SHELF_END:
        s->shelf_busy = false;
        return status == WIRE_OK || status == WIRE_DENIED ? shelf_lost(s) : BASE_OK;
    case REQ_SHELF_PUT:
        s->shelf_busy = false;
        return shelf_was_put(s, status);
    default:
        return SOTTO_E_RELAY;
    }
}

base_err home_pump(sotto *s)
{
    base_err err = BASE_OK;
    core_conn *c = conn_find(s, s->me.relay, CORE_MAIL);
    if (!conn_ready(c)) {
        return BASE_OK;
    }
    if (!s->mail_busy) {
        if (!s->me.box_made) {
            return box_new(s, c);
        }
        TRY(box_doors(s, c));
        if (s->mail_channel == 0) {
            TRY(box_collect(s, c));
        }
    }
    if (!s->shelf_busy && s->me.box_made) {
        if (!s->me.shelf_made) {
            return shelf_new(s, c);
        }
        if (!s->shelf_checked && s->now >= s->shelf_retry_at) {
            TRY(shelf_count(s, c));
        }
    }
done:
    return err;
}

uint64_t home_wake_at(const sotto *s)
{
    uint64_t at = s->mail_retry_at > s->now ? s->mail_retry_at : UINT64_MAX;
    return s->shelf_retry_at > s->now && s->shelf_retry_at < at ? s->shelf_retry_at : at;
}

/* ---- mail ---- */

/* The package that a piece of mail was sealed to. */
typedef struct mail_package {
    sotto *s;
    base_bytes sealed;
    base_buf ref; /* empty: it was none of ours */
    base_buf init_key;
    bool last;
    base_err err;
} mail_package;

static bool is_sealed_to(void *user, const package_row *row)
{
    mail_package *m = user;
    bool is_it = false;
    m->err = sotto_mail_is_for(&m->s->prims, m->sealed, row->hint, &is_it);
    if (m->err == BASE_OK && is_it) {
        m->err = base_buf_set(&m->ref, row->ref);
    }
    if (m->err == BASE_OK && is_it) {
        m->err = base_buf_set(&m->init_key, row->init_key);
        m->last = row->last;
    }
    return m->err == BASE_OK && !is_it;
}

static base_err open_mail(sotto *s, base_bytes sealed)
{
    base_err err = BASE_OK;
    base_buf plain = base_buf_on(s->alloc);
    mail_package to = {s, sealed, base_buf_on(s->alloc), base_buf_on(s->alloc), false, BASE_OK};
    sotto_mail mail;
    sotto_device_list list;
    TRY(store_package_each(s->store, is_sealed_to, &to));
    TRY(to.err);
    REQUIRE(to.ref.n > 0, SOTTO_E_MAIL);
    sotto_mail_from me = {base_buf_bytes(&to.ref), base_buf_bytes(&to.init_key), CORE_SUITE,
                          base_bytes_of(s->me.reach.mailbox, 32)};
    TRY(sotto_mail_open(s->mls, &s->prims, sealed, &me, &plain, &mail, &list));
    if (mail.type == SOTTO_MAIL_JOIN) {
        TRY(join_received(s, &mail, &list, to.last ? BASE_BYTES_NONE : base_buf_bytes(&to.ref)));
    }
    s->shelf_checked = false; /* a package was used: see whether there are enough */
done:
    base_buf_clear(&plain);
    base_buf_clear(&to.init_key);
    base_buf_clear(&to.ref);
    return err;
}

static base_err acknowledge(sotto *s, core_conn *c, uint64_t seq)
{
    base_err err = BASE_OK;
    base_buf items = base_buf_on(s->alloc);
    core_request what = {.kind = REQ_ACK};
    wire_frame f = {.type = WIRE_ACK};
    wire_ack ack = {.channel = s->mail_channel, .seq = seq};
    TRY(wire_ack_put(&items, &ack));
    f.u.items.items = base_buf_bytes(&items);
    TRY(conn_request(s, c, &f, &what));
done:
    base_buf_clear(&items);
    return err;
}

base_err home_mail(sotto *s, core_conn *c, const wire_mail *mail)
{
    base_err err = BASE_OK;
    sotto_hash hash;
    bool fresh = false;
    if (c->relay != s->me.relay || mail->channel != s->mail_channel) {
        return BASE_OK;
    }
    s->disturbed = true;
    TRY(sotto_hash_of(&s->prims, "", &mail->data, 1, &hash));
    TRY(store_seen_put(s->store, &hash, core_day(s), &fresh));
    if (fresh) {
        err = open_mail(s, mail->data);
        TRY(core_is_fault(err) ? err : BASE_OK); /* a stranger's junk is dropped */
    }
    s->me.mail_place = mail->seq;
    TRY(acknowledge(s, c, mail->seq));
done:
    return err;
}
