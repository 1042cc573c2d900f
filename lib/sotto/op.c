/* Requests of a person that wait for a relay: who is to be added has to be found, and a key package
 * of theirs taken, before anything can be planned. Until then nothing is stored: a crash forgets
 * the request and no harm is done. What is planned is in the outbox and survives. */
#include "base/alloc.h"
#include "core.h"

static bool is_open(const core_op *op)
{
    return op->kind != OP_NONE && op->kind != OP_ENDED;
}

core_op *op_find(sotto *s, uint32_t number)
{
    for (size_t i = 0; number != 0 && i < CORE_OPS_MAX; i++) {
        if (is_open(&s->ops[i]) && s->ops[i].number == number) {
            return &s->ops[i];
        }
    }
    return NULL;
}

core_op *op_new(sotto *s, op_kind kind)
{
    for (size_t i = 0; i < CORE_OPS_MAX; i++) {
        core_op *op = &s->ops[i];
        if (op->kind == OP_NONE) {
            memset(op, 0, sizeof *op);
            op->kind = kind;
            op->number = s->next_op++;
            op->deadline = s->now + CORE_OP_MS;
            return op;
        }
    }
    return NULL;
}

void op_clear(sotto *s, core_op *op)
{
    for (size_t i = 0; i < op->n_people; i++) {
        base_buf_clear(&op->people[i].key_package);
        base_buf_clear(&op->people[i].init_key);
        base_buf_clear(&op->people[i].list);
    }
    base_alloc_free(s->alloc, op->people);
    base_buf_clear(&op->record);
    base_wipe(op, sizeof *op);
}

base_err op_asked(sotto *s, base_err err, uint32_t number)
{
    err = core_end(s, err == BASE_OK ? room_pump_all(s) : err); /* a new room may leave at once */
    for (size_t i = 0; i < CORE_OPS_MAX; i++) {
        core_op *op = &s->ops[i];
        if (op->kind == OP_NONE || op->number != number) {
            continue;
        }
        op->asked = true;
        if (err != BASE_OK) {
            op_clear(s, op);
        }
    }
    return err;
}

base_err op_end(sotto *s, core_op *op, base_err result)
{
    sotto_event e = {.kind = SOTTO_EVENT_DONE, .op = op->number, .result = result};
    bool asked = op->asked;
    e.room = op->room;
    if (op->n_people > 0) {
        e.person = core_person_of(&op->people[0].id);
    }
    s->disturbed = true;
    op_clear(s, op);
    op->kind = OP_ENDED;
    op->number = e.op;
    op->asked = asked;
    s->ops_ended = true;
    return core_event(s, &e);
}

void op_forget_ended(sotto *s)
{
    for (size_t i = 0; s->ops_ended && i < CORE_OPS_MAX; i++) {
        if (s->ops[i].kind == OP_ENDED) {
            op_clear(s, &s->ops[i]);
        }
    }
    s->ops_ended = false;
}

void op_fail_all(sotto *s, base_err why)
{
    for (size_t i = 0; i < CORE_OPS_MAX; i++) {
        core_op *op = &s->ops[i];
        sotto_event e = {.kind = SOTTO_EVENT_DONE, .op = op->number, .result = why};
        if (op->kind != OP_NONE && op->asked && core_event(s, &e) != BASE_OK) {
            break; /* there is room; this cannot be */
        }
    }
}

/* ---- taking key packages ---- */

static base_err take(sotto *s, core_op *op, size_t index)
{
    base_err err = BASE_OK;
    op_person *p = &op->people[index];
    int64_t relay = 0;
    core_request what = {.kind = REQ_TAKE, .op = op->number, .index = index};
    wire_frame f = {.type = WIRE_SHELF_TAKE};
    TRY(store_relay_of(s->store, p->reach.relay, &relay));
    core_conn *c = conn_want(s, relay, CORE_MAIL);
    if (!conn_ready(c)) {
        goto done;
    }
    f.u.shelf_take = (wire_shelf_take){base_bytes_of(p->reach.shelf, 32),
                                       base_bytes_of(p->reach.shelf_token, 32),
                                       base_bytes_of(p->nonce, sizeof p->nonce), conn_postage(c)};
    TRY(conn_request(s, c, &f, &what));
    p->asked = true;
done:
    return err;
}

typedef struct package_check {
    sotto *s;
    op_person *p;
} package_check;

/* The package must be the person's, of our suite, with all that a member of a room needs. */
static base_err package_fits(void *user, const mls_key_package *kp)
{
    package_check *k = user;
    base_err err = BASE_OK;
    sotto_hash who;
    sotto_device_list list;
    base_bytes cursor;
    sotto_reach home;
    TRY(room_leaf_identity(k->s, &kp->leaf_node, &who, &list));
    REQUIRE(sotto_hash_eq(&who, &k->p->id) && kp->suite == CORE_SUITE, SOTTO_E_IDENTITY);
    TRY(sotto_leaf_reader(&kp->leaf_node, &cursor));
    TRY(sotto_leaf_home(&kp->leaf_node, &home));
    TRY(base_buf_set(&k->p->init_key, kp->init_key));
    TRY(base_buf_set(&k->p->list, list.encoded));
done:
    return err;
}

static base_err open_package(sotto *s, op_person *p, base_bytes sealed)
{
    base_err err = BASE_OK;
    base_buf plain = base_buf_on(s->alloc);
    sotto_shelf_package package;
    package_check k = {s, p};
    TRY(sotto_shelf_open(&s->prims, base_bytes_of(p->reach.shelf_key, 32), sealed, &plain,
                         &package));
    TRY(mls_key_package_check(s->mls, package.key_package, core_seconds(s), package_fits, &k,
                              NULL));
    memcpy(p->hint, package.hint, sizeof p->hint);
    TRY(base_buf_set(&p->key_package, package.key_package));
    p->got = true;
done:
    base_buf_clear(&plain);
    return err;
}

base_err op_taken(sotto *s, const core_request *q, const wire_frame *f)
{
    core_op *op = op_find(s, q->op);
    if (op == NULL || q->index >= op->n_people || op->planned) {
        return BASE_OK; /* it ended meanwhile */
    }
    if (f->type != WIRE_TAKEN) {
        bool wait = f->type == WIRE_DONE && f->u.done.status == WIRE_BUSY;
        op->people[q->index].asked = false;
        op->retry_at = s->now + CORE_BUSY_MS;
        return wait ? BASE_OK : op_end(s, op, SOTTO_E_REFUSED);
    }
    s->disturbed = true;
    base_err err = open_package(s, &op->people[q->index], f->u.taken.package);
    if (err == BASE_OK) {
        return op_step(s, op);
    }
    return core_is_fault(err) ? err : op_end(s, op, SOTTO_E_IDENTITY);
}

/* ---- planning ---- */

static base_err plan_contact(sotto *s, core_op *op)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    person_row p;
    memset(&p, 0, sizeof p);
    err = store_person_get(s->store, &op->people[0].id, &p);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        goto done;
    }
    p.id = op->people[0].id;
    p.state = p.state == SOTTO_CONNECTED ? SOTTO_CONNECTED : SOTTO_INVITED;
    if (op->name[0] != '\0') {
        memcpy(p.my_name, op->name, sizeof p.my_name);
    }
    if (p.own_name[0] == '\0') {
        memcpy(p.own_name, op->link_name, sizeof op->link_name); /* until they say it themselves */
    }
    if (op->handle[0] != '\0') {
        memcpy(p.handle, op->handle, sizeof p.handle);
    }
    TRY(store_person_put(s->store, &p));
    TRY(make_room(s, SOTTO_ROOM_DIRECT, BASE_BYTES_NONE, &p.id, &r));
    op->room = r->row.id;
    op->has_room = true;
    TRY(plan_add(s, &op->room, op));
    TRY(core_event_person(s, &p.id));
done:
    person_row_clear(&p);
    return err;
}

static base_err plan_op(sotto *s, core_op *op)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    op->planned = true;
    for (size_t i = 0; i < op->n_people; i++) {
        sotto_device_list list;
        TRY(sotto_device_list_decode(&s->prims, base_buf_bytes(&op->people[i].list), &list));
        TRY(people_list_seen(s, &list, &op->people[i].id));
    }
    if (op->kind == OP_CONTACT) {
        TRY(plan_contact(s, op));
    } else if (op->kind == OP_GROUP) {
        TRY(make_room(s, SOTTO_ROOM_GROUP, base_bytes_str(op->name), NULL, &r));
        op->room = r->row.id;
        op->has_room = true;
        TRY(plan_add(s, &op->room, op));
    } else {
        TRY(plan_add(s, &op->room, op));
    }
done:
    return err;
}

base_err op_step(sotto *s, core_op *op)
{
    base_err err = BASE_OK;
    bool all = true;
    if (op->kind == OP_HANDLE || (op->kind == OP_CONTACT && op->n_people == 0)) {
        return directory_step(s, op);
    }
    if (op->planned || op->kind == OP_REMOVE) {
        return BASE_OK;
    }
    for (size_t i = 0; i < op->n_people; i++) {
        if (!op->people[i].got && !op->people[i].asked) {
            TRY(take(s, op, i));
        }
        all = all && op->people[i].got;
    }
    if (all) {
        TRY(plan_op(s, op));
    }
done:
    return err;
}

/* ---- time ---- */

/* Too late: take back what was planned, unless it is on its way to the relay. */
static base_err give_up(sotto *s, core_op *op)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    if (op->planned || op->kind == OP_REMOVE) {
        err = room_live_get(s, &op->room, &r);
        if (err == BASE_OK && r->busy) {
            return op_end(s, op, SOTTO_E_UNREACHABLE); /* the outcome is open; it goes on */
        }
        if (err == BASE_OK && r->row.state == SOTTO_ROOM_MAKING) {
            TRY(room_abandon(s, &op->room));
        } else if (err == BASE_OK) {
            TRY(store_outbox_drop_op(s->store, op->number, r->row.epoch));
        }
    }
    TRY(op_end(s, op, SOTTO_E_UNREACHABLE));
done:
    return err;
}

base_err op_tick(sotto *s)
{
    base_err err = BASE_OK;
    for (size_t i = 0; err == BASE_OK && i < CORE_OPS_MAX; i++) {
        core_op *op = &s->ops[i];
        if (is_open(op) && s->now >= op->deadline) {
            err = give_up(s, op);
        }
    }
    return err != BASE_OK ? err : op_pump(s);
}

base_err op_pump(sotto *s)
{
    base_err err = BASE_OK;
    for (size_t i = 0; err == BASE_OK && i < CORE_OPS_MAX; i++) {
        core_op *op = &s->ops[i];
        if (is_open(op) && s->now >= op->retry_at) {
            op->retry_at = 0;
            err = op_step(s, op);
        }
    }
    return err;
}

uint64_t op_wake_at(const sotto *s)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < CORE_OPS_MAX; i++) {
        const core_op *op = &s->ops[i];
        if (!is_open(op)) {
            continue;
        }
        at = op->deadline < at ? op->deadline : at;
        at = op->retry_at != 0 && op->retry_at < at ? op->retry_at : at;
    }
    return at;
}
