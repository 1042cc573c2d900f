/* Mailboxes (docs/protocol.md, section 4.1): logs with many writers and one reader. Every door has
 * a quota of its own, so who floods one takes nothing from the others. */
#include "core.h"

enum {
    DOOR_MAILS = 128, /* the open door */
    DOOR_BYTES = 2 << 20,
    TOKEN_MAILS = 64, /* each deliver token */
    TOKEN_BYTES = 1 << 20,
    BOX_MAILS = 4096,
    BOX_BYTES = 32 << 20,
    BOX_DOORS = 1024,
};

/* The box, to who shows the owner's token. */
static base_err owned(relay *r, base_bytes id, base_bytes token, relay_box *box, bool *ok)
{
    *box = (relay_box){0};
    base_err err = STORE(r, box_get, id.p, box);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    return relay_gate_check(r, err == BASE_OK ? box->owner : NULL, token, ok);
}

static base_err box_new(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_box_new *want = &f->u.box_new;
    relay_box box = {.touched = relay_day(r)};
    wire_status status = WIRE_OK;
    if (!relay_postage(s, want->postage)) {
        relay_answer(s, f->request, WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    if (!STORE(r, room, 1, false)) {
        relay_answer(s, f->request, WIRE_FULL);
        return BASE_OK;
    }
    memcpy(box.id, want->box.p, 32);
    memcpy(box.owner, want->owner.p, 32);
    memcpy(box.door, want->door.p, 32);
    base_err err = STORE(r, box_new, &box);
    if (err == BASE_E_EXISTS) {
        err = STORE(r, box_get, want->box.p, &box);
        bool owner = base_ct_eq(base_bytes_of(box.owner, sizeof box.owner), want->owner);
        bool door = base_ct_eq(base_bytes_of(box.door, sizeof box.door), want->door);
        status = err == BASE_OK && owner && door ? WIRE_OK : WIRE_DENIED;
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, status);
    }
    return err;
}

/* ---- doors ---- */

/* How many doors of the list are there, each counted once. */
static base_err doors_found(relay *r, const relay_box *box, base_bytes list, size_t *out)
{
    *out = 0;
    for (size_t at = 0; at < list.n; at += 4) {
        relay_door d;
        bool again = false;
        for (size_t i = 0; i < at && !again; i += 4) {
            again = memcmp(list.p + i, list.p + at, 4) == 0;
        }
        base_rd rd = base_rd_on(base_bytes_of(list.p + at, 4));
        base_err err = STORE(r, door_get, box->key, base_rd_u32(&rd), &d);
        if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
            return err;
        }
        *out += err == BASE_OK && !again ? 1 : 0;
    }
    return BASE_OK;
}

static base_err doors_remove(relay *r, relay_box *box, base_bytes list)
{
    base_err err = BASE_OK;
    base_rd rd = base_rd_on(list);
    while (base_rd_more(&rd)) {
        relay_door d;
        uint32_t number = base_rd_u32(&rd);
        err = STORE(r, door_get, box->key, number, &d);
        if (err == BASE_OK) {
            TRY(STORE(r, door_drop, box->key, number));
            box->doors -= box->doors > 0 ? 1 : 0;
        } else if (err != BASE_E_NOT_FOUND) {
            return err;
        }
    }
    err = BASE_OK;
done:
    return err;
}

static base_err doors_add(relay *r, relay_box *box, base_bytes list)
{
    base_err err = BASE_OK;
    base_rd rd = base_rd_on(list);
    while (base_rd_more(&rd)) {
        relay_door d = {0};
        wire_door want;
        TRY(wire_door_next(&rd, &want));
        err = STORE(r, door_get, box->key, want.number, &d);
        if (err == BASE_E_NOT_FOUND) {
            d = (relay_door){.number = want.number};
            box->doors++;
        } else {
            TRY(err);
        }
        memcpy(d.gate, want.gate.p, 32);
        TRY(STORE(r, door_put, box->key, &d));
    }
done:
    return err;
}

static base_err box_doors(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_box_doors *want = &f->u.box_doors;
    s->work += want->add.n / (4 + WIRE_ID_SIZE) + want->remove.n / 4;
    relay_box box;
    bool ok = false;
    size_t going = 0;
    base_err err = owned(r, want->box, want->owner, &box, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        relay_answer(s, f->request, WIRE_DENIED);
        return BASE_OK;
    }
    TRY(doors_found(r, &box, want->remove, &going));
    /* judged as if every door were new, so that nothing is half done */
    if (box.doors + want->add.n / (4 + WIRE_ID_SIZE) > BOX_DOORS + going ||
        (want->add.n > 0 && !STORE(r, room, want->add.n, false))) {
        relay_answer(s, f->request, WIRE_FULL);
        return BASE_OK;
    }
    if (want->has_door) {
        memcpy(box.door, want->door.p, 32);
    }
    TRY(doors_remove(r, &box, want->remove));
    TRY(doors_add(r, &box, want->add));
    box.touched = relay_day(r);
    TRY(STORE(r, box_put, &box));
    relay_answer(s, f->request, WIRE_OK);
done:
    return err;
}

/* ---- delivering ---- */

/* The box and the door, to who shows the door's token. The same look-ups for either kind of door.
 */
static base_err door_open(relay *r, const wire_box_deliver *want, relay_box *box, relay_door *door,
                          bool *ok)
{
    static const uint8_t shut[32];
    *box = (relay_box){0};
    *door = (relay_door){0};
    base_err err = STORE(r, box_get, want->box.p, box);
    bool found = err == BASE_OK;
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    err = STORE(r, door_get, box->key, want->number, door); /* key 0 and number 0 have none */
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    const uint8_t *gate = NULL;
    if (found && want->number == 0) {
        gate = memcmp(box->door, shut, 32) != 0 ? box->door : NULL;
    } else if (found && err == BASE_OK) {
        gate = door->gate;
    }
    return relay_gate_check(r, gate, want->token, ok);
}

static bool room(const relay_box *box, const relay_door *door, uint32_t number, size_t n)
{
    uint32_t mails = number == 0 ? box->door_mails : door->mails;
    uint64_t bytes = number == 0 ? box->door_bytes : door->bytes;
    uint32_t mails_max = number == 0 ? DOOR_MAILS : TOKEN_MAILS;
    uint64_t bytes_max = number == 0 ? DOOR_BYTES : TOKEN_BYTES;
    return mails < mails_max && bytes + n <= bytes_max && box->mails < BOX_MAILS &&
           box->bytes + n <= BOX_BYTES;
}

static base_err store_mail(relay *r, relay_box *box, relay_door *door, const wire_box_deliver *want)
{
    const relay_mail m = {.seq = box->head + 1,
                          .day = relay_day(r),
                          .number = want->number,
                          .size = (uint32_t)want->data.n};
    base_err err = BASE_OK;
    TRY(STORE(r, mail_add, box->key, &m, want->data));
    box->head++;
    box->mails++;
    box->bytes += want->data.n;
    if (want->number == 0) {
        box->door_mails++;
        box->door_bytes += want->data.n;
    } else {
        door->mails++;
        door->bytes += want->data.n;
        TRY(STORE(r, door_put, box->key, door));
    }
    TRY(STORE(r, box_put, box));
done:
    return err;
}

static base_err box_deliver(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_box_deliver *want = &f->u.box_deliver;
    relay_box box;
    relay_door door;
    bool ok = false;
    wire_status status = WIRE_OK;
    bool paid = want->number == 0 ? relay_postage(s, want->postage) : want->postage.n == 0;
    if (!paid || !wire_size_check(want->data.n, WIRE_MAIL_MAX)) {
        relay_answer(s, f->request, paid ? WIRE_BAD_SIZE : WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    base_err err = door_open(r, want, &box, &door, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        status = WIRE_DENIED;
    } else if (!room(&box, &door, want->number, want->data.n) ||
               !STORE(r, room, want->data.n, false)) {
        status = WIRE_FULL;
    } else {
        err = store_mail(r, &box, &door, want);
        relay_watch *w = relay_watch_of(r, RELAY_KIND_BOX, want->box, false);
        if (w != NULL) {
            relay_watch_touch(r, w);
        }
        relay_count(r, RELAY_M_DELIVERED, 1);
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, status);
    }
    return err;
}

/* ---- reading ---- */

static base_err collect(relay_session *s, const wire_frame *f, relay_box *box)
{
    relay *r = s->r;
    const wire_box_collect *want = &f->u.box_collect;
    uint64_t from = want->from == 0 ? box->place + 1 : want->from;
    if (from > box->head + 1) {
        relay_answer(s, f->request, WIRE_RANGE);
        return BASE_OK;
    }
    if (s->n_channels >= WIRE_CHANNELS_MAX) {
        relay_answer(s, f->request, WIRE_OVER_LIMIT);
        return BASE_OK;
    }
    relay_watch *w = relay_watch_of(r, RELAY_KIND_BOX, want->box, true);
    relay_channel *c = w != NULL ? relay_channel_new(s, want->channel, w) : NULL;
    if (c == NULL) {
        return BASE_E_NOMEM;
    }
    c->key = box->key;
    c->next_seq = from;
    relay_channel_supersede(c);
    relay_channel_ready(c);
    box->touched = relay_day(r);
    base_err err = STORE(r, box_put, box);
    if (err == BASE_OK) {
        wire_frame answer = {.type = WIRE_COLLECTED, .request = f->request};
        answer.u.collected = (wire_collected){box->place, box->head};
        relay_send(s, &answer);
    }
    return err;
}

static base_err box_collect(relay_session *s, const wire_frame *f)
{
    relay_box box;
    bool ok = false;
    relay_channel *old = relay_channel_find(s, f->u.box_collect.channel);
    if (old != NULL) {
        relay_channel_end(old);
    }
    base_err err = owned(s->r, f->u.box_collect.box, f->u.box_collect.owner, &box, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        relay_answer(s, f->request, WIRE_DENIED);
        return BASE_OK;
    }
    return collect(s, f, &box);
}

/* Out of the counts of the box and of the door it came by. */
static base_err mail_drop(relay *r, relay_box *box, const relay_mail *m)
{
    relay_door d;
    base_err err = BASE_OK;
    TRY(STORE(r, mail_drop, box->key, m->seq));
    box->mails -= box->mails > 0 ? 1 : 0;
    box->bytes -= m->size < box->bytes ? m->size : box->bytes;
    if (m->number == 0) {
        box->door_mails -= box->door_mails > 0 ? 1 : 0;
        box->door_bytes -= m->size < box->door_bytes ? m->size : box->door_bytes;
        return BASE_OK;
    }
    err = STORE(r, door_get, box->key, m->number, &d);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_OK : err; /* the door was removed meanwhile */
    }
    d.mails -= d.mails > 0 ? 1 : 0;
    d.bytes -= m->size < d.bytes ? m->size : d.bytes;
    err = STORE(r, door_put, box->key, &d);
done:
    return err;
}

base_err relay_box_drop_mails(relay *r, relay_box *box, uint64_t seq, uint32_t before)
{
    relay_mail m;
    base_err err;
    while ((err = STORE(r, mail_next, box->key, 0, &m)) == BASE_OK && m.seq <= seq &&
           m.day < before) {
        TRY(mail_drop(r, box, &m));
        relay_count(r, before == UINT32_MAX ? RELAY_M_DELETED : RELAY_M_EXPIRED, 1);
    }
    err = err == BASE_E_NOT_FOUND ? BASE_OK : err;
done:
    return err;
}

base_err relay_box_ack(relay *r, const relay_channel *c, uint64_t seq)
{
    relay_box box;
    base_err err = STORE(r, box_get, c->watch->id, &box);
    if (err != BASE_OK) {
        return err == BASE_E_NOT_FOUND ? BASE_OK : err;
    }
    if (seq <= box.place) {
        return BASE_OK;
    }
    box.place = seq;
    box.touched = relay_day(r);
    TRY(relay_box_drop_mails(r, &box, seq, UINT32_MAX));
    TRY(STORE(r, box_put, &box));
done:
    return err;
}

static base_err box_end(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    relay_box box;
    bool ok = false;
    base_err err = owned(r, f->u.owned.id, f->u.owned.owner, &box, &ok);
    if (err == BASE_OK && ok) {
        err = STORE(r, box_drop, box.key);
        relay_watch *w = relay_watch_of(r, RELAY_KIND_BOX, f->u.owned.id, false);
        if (err == BASE_OK && w != NULL) {
            relay_watch_drop(r, w);
        }
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, ok ? WIRE_OK : WIRE_DENIED);
    }
    return err;
}

base_err relay_do_box(relay_session *s, const wire_frame *f)
{
    switch (f->type) {
    case WIRE_BOX_NEW:
        return box_new(s, f);
    case WIRE_BOX_DOORS:
        return box_doors(s, f);
    case WIRE_BOX_DELIVER:
        return box_deliver(s, f);
    case WIRE_BOX_COLLECT:
        return box_collect(s, f);
    default:
        return box_end(s, f);
    }
}
