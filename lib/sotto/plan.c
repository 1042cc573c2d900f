/* Changes of membership. What is wanted is queued as a plan; the commit that does it is made when
 * its turn comes, for the epoch of that moment, and again when another commit was first.
 *
 *     struct { Add adds<V>; Remove removes<V>; } Plan;
 *     struct { opaque id[32]; Reach reach; opaque hint[16]; opaque key_package<V>;
 *              opaque init_key<V>; } Add;
 *     struct { opaque id[32]; } Remove;
 *
 * An empty plan commits only what leavers proposed. */
#include "core.h"
#include "plan.h"

#define PLAN_MAX 256 /* changes in one commit */

void plan_person_write(base_wr *w, const plan_person *p)
{
    base_wr_fixed(w, sotto_hash_bytes(&p->id));
    sotto_reach_write(w, &p->reach);
    base_wr_fixed(w, base_bytes_of(p->hint, sizeof p->hint));
    base_wr_vec(w, p->key_package);
    base_wr_vec(w, p->init_key);
}

void plan_person_read(base_rd *r, plan_person *p)
{
    base_bytes id = base_rd_fixed(r, sizeof p->id.b);
    sotto_reach_read(r, &p->reach);
    base_bytes hint = base_rd_fixed(r, sizeof p->hint);
    p->key_package = base_rd_vec(r);
    p->init_key = base_rd_vec(r);
    if (r->err == BASE_OK) {
        memcpy(p->id.b, id.p, id.n);
        memcpy(p->hint, hint.p, hint.n);
    }
}

static base_err queue(sotto *s, const sotto_room_id *room, base_buf *body, uint32_t op)
{
    outbox_row o;
    memset(&o, 0, sizeof o);
    o.room = *room;
    o.kind = OUTBOX_COMMIT;
    o.body = base_buf_take(body);
    o.op = op;
    base_err err = store_outbox_add(s->store, &o, &o.number);
    outbox_row_clear(&o);
    return err;
}

base_err plan_add(sotto *s, const sotto_room_id *room, const core_op *op)
{
    base_err err = BASE_OK;
    base_buf body = base_buf_on(s->alloc);
    base_wr w = base_wr_on(&body);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < op->n_people; i++) {
        const op_person *from = &op->people[i];
        plan_person p = {.id = from->id,
                         .reach = from->reach,
                         .key_package = base_buf_bytes(&from->key_package),
                         .init_key = base_buf_bytes(&from->init_key)};
        memcpy(p.hint, from->hint, sizeof p.hint);
        plan_person_write(&w, &p);
    }
    base_wr_close(&w, mark);
    base_wr_vec(&w, BASE_BYTES_NONE);
    TRY(base_wr_end(&w));
    TRY(queue(s, room, &body, op->number));
done:
    base_buf_clear(&body);
    return err;
}

base_err plan_remove(sotto *s, const sotto_room_id *room, const sotto_hash *who, uint32_t op)
{
    base_err err = BASE_OK;
    base_buf body = base_buf_on(s->alloc);
    base_wr w = base_wr_on(&body);
    base_wr_vec(&w, BASE_BYTES_NONE);
    base_wr_vec(&w, sotto_hash_bytes(who));
    TRY(base_wr_end(&w));
    TRY(queue(s, room, &body, op));
done:
    base_buf_clear(&body);
    return err;
}

/* ---- from a plan to proposals ---- */

typedef struct proposals {
    mls_proposal_params v[PLAN_MAX];
    size_t n;
} proposals;

/* The leaves of a person, as Removes; *found counts them. */
static base_err each_leaf(sotto *s, const mls_group *g, const sotto_hash *who, proposals *out,
                          size_t *found)
{
    base_err err = BASE_OK;
    *found = 0;
    for (uint32_t i = 0; i < mls_group_leaf_count(g); i++) {
        const mls_leaf_node *leaf = NULL;
        sotto_hash id;
        err = mls_group_member(g, (mls_leaf_index){i}, &leaf);
        if (err == BASE_E_NOT_FOUND) {
            err = BASE_OK;
            continue;
        }
        TRY(err);
        TRY(room_leaf_identity(s, leaf, &id, NULL));
        if (!sotto_hash_eq(&id, who)) {
            continue;
        }
        (*found)++;
        if (out != NULL) {
            REQUIRE(out->n < PLAN_MAX, BASE_E_LIMIT);
            out->v[out->n++] = (mls_proposal_params){.type = MLS_PROPOSAL_REMOVE, .removed = {i}};
        }
    }
done:
    return err;
}

static base_err read_plan(sotto *s, const mls_group *g, base_bytes body, proposals *out)
{
    base_err err = BASE_OK;
    size_t found = 0;
    base_rd r = base_rd_on(body);
    base_rd adds = base_rd_open(&r);
    while (base_rd_more(&adds)) {
        plan_person p;
        memset(&p, 0, sizeof p);
        plan_person_read(&adds, &p);
        TRY(adds.err);
        TRY(each_leaf(s, g, &p.id, NULL, &found));
        if (found == 0) {
            REQUIRE(out->n < PLAN_MAX, BASE_E_LIMIT);
            out->v[out->n++] =
                (mls_proposal_params){.type = MLS_PROPOSAL_ADD, .key_package = p.key_package};
        }
    }
    base_rd_close(&r, &adds);
    base_rd removes = base_rd_open(&r);
    while (base_rd_more(&removes)) {
        sotto_hash who;
        base_bytes id = base_rd_fixed(&removes, sizeof who.b);
        TRY(removes.err);
        memcpy(who.b, id.p, id.n);
        TRY(each_leaf(s, g, &who, out, &found));
    }
    base_rd_close(&r, &removes);
    REQUIRE(base_rd_end(&r) == BASE_OK, BASE_E_CORRUPT);
done:
    return err;
}

/* ---- the commit ---- */

static base_err try_commit(sotto *s, room_live *r, const proposals *p, bool leave_kept,
                           mls_commit_out *out)
{
    base_err err = BASE_OK;
    base_buf at = base_buf_on(s->alloc);
    base_wr w = base_wr_on(&at);
    sotto_log_point_write(&w, &r->row.at);
    TRY(base_wr_end(&w));
    mls_commit_params params = {.proposals = p->v,
                                .n_proposals = p->n,
                                .leave_kept = leave_kept,
                                .framing = {.authenticated_data = base_buf_bytes(&at)}};
    /* How large it becomes shows only when it is made: try the size classes from one that a commit
     * of two leaves needs. A class that is too small costs an unused generation of the handshake
     * ratchet, nothing else. */
    size_t size = 0;
    for (size_t from = 4096; from != 0; from = wire_size_class(size + 1)) {
        params.framing.pad_to = room_pad_to(r->row.group_n, at.n, 0, from, &size);
        REQUIRE(params.framing.pad_to != 0, BASE_E_LIMIT);
        TRY(mls_group_commit(r->group, &params, core_seconds(s), out));
        if (out->commit.n == size) {
            goto done;
        }
        mls_commit_out_clear(out);
    }
    err = BASE_E_LIMIT;
done:
    base_buf_clear(&at);
    return err;
}

static bool has_handle(base_bytes list, base_bytes handle)
{
    for (size_t at = 0; at + SOTTO_HASH_SIZE <= list.n; at += SOTTO_HASH_SIZE) {
        if (base_bytes_eq(base_bytes_of(list.p + at, SOTTO_HASH_SIZE), handle)) {
            return true;
        }
    }
    return false;
}

/* Whether somebody reads with this handle in the next epoch. */
static base_err is_in_use(const mls_group *next, base_bytes handle, bool *out)
{
    base_err err = BASE_OK;
    *out = false;
    for (uint32_t i = 0; !*out && i < mls_group_leaf_count(next); i++) {
        const mls_leaf_node *leaf = NULL;
        base_bytes theirs;
        err = mls_group_member(next, (mls_leaf_index){i}, &leaf);
        if (err == BASE_E_NOT_FOUND) {
            err = BASE_OK;
            continue;
        }
        TRY(err);
        TRY(sotto_leaf_reader(leaf, &theirs));
        *out = base_bytes_eq(theirs, handle);
    }
done:
    return err;
}

/* Handles are what their leaves say, and two may say the same: the relay is told of each once, and
 * of none as closed that somebody still reads with. */
static base_err handles(const mls_staged *staged, base_buf *opened, base_buf *closed)
{
    base_err err = BASE_OK;
    for (size_t i = 0; i < mls_staged_change_count(staged); i++) {
        const mls_change *c = mls_staged_change(staged, i);
        base_bytes handle;
        bool in_use = false;
        if (c->kind == MLS_CHANGE_ADD) {
            TRY(sotto_leaf_reader(c->node, &handle));
            if (!has_handle(base_buf_bytes(opened), handle)) {
                TRY(base_buf_append(opened, handle));
            }
        } else if (c->kind == MLS_CHANGE_REMOVE) {
            TRY(sotto_leaf_reader(c->old_node, &handle));
            TRY(is_in_use(mls_staged_next(staged), handle, &in_use));
            if (!in_use && !has_handle(base_buf_bytes(closed), handle)) {
                TRY(base_buf_append(closed, handle));
            }
        }
    }
done:
    return err;
}

/* The Welcome under the side key, padded so that the box is a size class. */
static base_err side_part(sotto *s, room_live *r, const mls_group *next, base_bytes welcome,
                          base_buf *out)
{
    base_err err = BASE_OK;
    uint8_t key[32] = {0};
    base_buf plain = base_buf_on(s->alloc);
    base_wr w = base_wr_on(&plain);
    const size_t around = s->prims.aead->nonce_size + s->prims.aead->tag_size;
    if (welcome.n == 0) {
        return BASE_OK;
    }
    base_wr_vec(&w, welcome);
    TRY(base_wr_end(&w));
    size_t size = wire_size_class(plain.n + around);
    REQUIRE(size != 0, BASE_E_LIMIT);
    TRY(base_buf_resize(&plain, size - around));
    TRY(room_side_key(s, r, next, key));
    TRY(sotto_box_seal(&s->prims, base_bytes_of(key, sizeof key), base_bytes_str("sotto side"),
                       base_buf_bytes(&plain), out));
done:
    base_wipe(key, sizeof key);
    base_buf_clear(&plain);
    return err;
}

/* What goes beside the entry: gate, opened, closed, side part. */
static base_err beside(sotto *s, room_live *r, const mls_commit_out *made, outbox_row *o)
{
    base_err err = BASE_OK;
    uint8_t token[32] = {0};
    sotto_hash gate;
    base_bytes t = {token, sizeof token};
    base_buf opened = base_buf_on(s->alloc);
    base_buf closed = base_buf_on(s->alloc);
    base_buf side = base_buf_on(s->alloc);
    const mls_group *next = mls_staged_next(made->staged);
    base_wr w = base_wr_on(&o->side);
    REQUIRE(next != NULL, BASE_E_INTERNAL);
    TRY(room_token(s, r, next, token));
    TRY(sotto_hash_of(&s->prims, "", &t, 1, &gate));
    TRY(handles(made->staged, &opened, &closed));
    TRY(side_part(s, r, next, base_buf_bytes(&made->welcome), &side));
    base_wr_fixed(&w, sotto_hash_bytes(&gate));
    base_wr_vec(&w, base_buf_bytes(&opened));
    base_wr_vec(&w, base_buf_bytes(&closed));
    base_wr_vec(&w, base_buf_bytes(&side));
    TRY(base_wr_end(&w));
done:
    base_wipe(token, sizeof token);
    base_buf_clear(&side);
    base_buf_clear(&closed);
    base_buf_clear(&opened);
    return err;
}

static base_err make_ruled(sotto *s, room_live *r, const proposals *p, mls_commit_out *made)
{
    base_err err = BASE_OK;
    TRY(try_commit(s, r, p, false, made));
    err = rules_check_commit(s, r->group, made->staged);
    if (err != SOTTO_E_RULES) {
        return err;
    }
    /* What is wanted may stand without what is kept, or the other way round. */
    mls_commit_out_clear(made);
    if (p->n == 0) {
        TRY(mls_group_forget_proposals(r->group));
        err = BASE_E_NOT_FOUND;
        goto done;
    }
    TRY(try_commit(s, r, p, true, made));
    TRY(rules_check_commit(s, r->group, made->staged));
done:
    return err;
}

base_err plan_commit_make(sotto *s, room_live *r, outbox_row *o)
{
    base_err err = BASE_OK;
    proposals *p = base_alloc_zero(s->alloc, 1, sizeof *p);
    mls_commit_out made;
    memset(&made, 0, sizeof made);
    REQUIRE(p != NULL, BASE_E_NOMEM);
    if (o->body.n > 0) {
        TRY(read_plan(s, r->group, base_buf_bytes(&o->body), p));
    }
    REQUIRE(p->n > 0 || mls_group_proposal_count(r->group) > 0, BASE_E_NOT_FOUND);
    TRY(make_ruled(s, r, p, &made));
    TRY(beside(s, r, &made, o));
    TRY(mls_staged_encode(made.staged, &o->staged));
    base_buf_move(&o->sealed, &made.commit);
done:
    mls_commit_out_clear(&made);
    base_alloc_free(s->alloc, p);
    return err;
}

/* ---- after it ---- */

static base_err mail_joiners(sotto *s, room_live *r, base_bytes body)
{
    base_err err = BASE_OK;
    base_rd in = base_rd_on(body);
    base_rd adds = base_rd_open(&in);
    while (base_rd_more(&adds)) {
        plan_person p;
        memset(&p, 0, sizeof p);
        plan_person_read(&adds, &p);
        TRY(adds.err);
        TRY(mail_join_queue(s, r, &p));
    }
done:
    return err;
}

base_err plan_commit_done(sotto *s, room_live *r, outbox_row *o)
{
    base_err err = BASE_OK;
    core_op *op = op_find(s, (uint32_t)o->op);
    if (o->body.n > 0) {
        TRY(mail_joiners(s, r, base_buf_bytes(&o->body)));
    }
    TRY(store_outbox_drop(s->store, o->number));
    if (r->row.state == SOTTO_ROOM_MAKING) {
        r->row.state = r->row.kind == SOTTO_ROOM_DIRECT ? SOTTO_ROOM_PENDING : SOTTO_ROOM_OPEN;
        r->changed = true;
        TRY(room_save(s, r));
    }
    TRY(core_event_room(s, &r->row.id));
    if (op != NULL) {
        TRY(op_end(s, op, BASE_OK));
    }
done:
    return err;
}
