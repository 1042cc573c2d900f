/* See hostile.h. */
#include "hostile.h"

#include <string.h>

room_live *hostile_room(client *evil, const sotto_room_id *room)
{
    room_live *r = NULL;
    OK(room_live_get(evil->s, room, &r));
    OK(room_group(evil->s, r));
    return r;
}

room_row hostile_room_row(client *c, const sotto_room_id *room)
{
    room_live *r = NULL;
    OK(room_live_get(c->s, room, &r));
    return r->row;
}

/* make.c draws a room's id of 16 bytes, then its log's and its group's of 32. */
typedef struct chosen_draw {
    crypto_random own;
    uint8_t id[SOTTO_GROUP_ID_SIZE];
    size_t since; /* draws of 32 bytes since one of 16 */
    sotto *of;
} chosen_draw;

static chosen_draw chosen;

static base_err draw_chosen(void *user, uint8_t *p, size_t n)
{
    chosen_draw *d = user;
    d->since = n == SOTTO_ROOM_ID_SIZE ? 1 : n == sizeof d->id && d->since > 0 ? d->since + 1 : 0;
    if (d->since == 3) {
        memcpy(p, d->id, n);
        d->of->prims.random = d->own;
        return BASE_OK;
    }
    return d->own.fill(d->own.user, p, n);
}

void hostile_group_id(client *evil, const uint8_t id[static SOTTO_GROUP_ID_SIZE])
{
    chosen = (chosen_draw){.own = evil->s->prims.random, .of = evil->s};
    memcpy(chosen.id, id, sizeof chosen.id);
    evil->s->prims.random = (crypto_random){draw_chosen, &chosen};
}

sotto_envelope hostile_says(client *evil, const sotto_room_id *room, const char *type,
                            base_bytes body)
{
    room_live *r = hostile_room(evil, room);
    return (sotto_envelope){
        .at = r->row.at, .count = ++r->row.count, .type = base_bytes_str(type), .body = body};
}

void hostile_envelope(client *evil, const sotto_room_id *room, const sotto_envelope *e,
                      base_buf *out)
{
    room_live *r = hostile_room(evil, room);
    base_buf plain = base_buf_on(NULL);
    base_wr w = base_wr_on(&plain);
    mls_framing framing = {.is_public = false};
    size_t size = 0;
    sotto_log_point_write(&w, &e->at); /* by hand: what is too long is written too */
    base_wr_u64(&w, e->count);
    base_wr_vec(&w, e->name);
    base_wr_vec(&w, e->type);
    base_wr_vec(&w, e->body);
    OK(base_wr_end(&w));
    framing.pad_to = room_pad_to(r->row.group_n, 0, plain.n + 80, 0, &size);
    OK(mls_group_protect(r->group, base_buf_bytes(&plain), &framing, out));
    assert_int_equal(out->n, size);
    base_buf_clear(&plain);
}

void hostile_remove(client *evil, const sotto_room_id *room, uint32_t leaf, uint32_t salt,
                    base_buf *out)
{
    room_live *r = hostile_room(evil, room);
    uint8_t aad[4] = {(uint8_t)(salt >> 24), (uint8_t)(salt >> 16), (uint8_t)(salt >> 8),
                      (uint8_t)salt};
    mls_framing framing = {.authenticated_data = {aad, sizeof aad}};
    mls_proposal_params remove = {.type = MLS_PROPOSAL_REMOVE, .removed = {leaf}};
    size_t size = 0;
    framing.pad_to = room_pad_to(r->row.group_n, sizeof aad, 96, 0, &size);
    OK(mls_group_propose(r->group, &remove, &framing, evil->w->now / 1000, out));
    assert_int_equal(out->n, size);
    OK(mls_group_forget_proposals(r->group)); /* so that it can go on */
}

void hostile_commit(client *evil, const sotto_room_id *room, mls_commit_params *params,
                    mls_commit_out *out)
{
    room_live *r = hostile_room(evil, room);
    base_buf at = base_buf_on(NULL);
    base_wr w = base_wr_on(&at);
    size_t size = 0;
    sotto_log_point_write(&w, &r->row.at);
    OK(base_wr_end(&w));
    if (params->framing.authenticated_data.n == 0) {
        params->framing.authenticated_data = base_buf_bytes(&at);
    }
    for (size_t from = 4096; from != 0; from = wire_size_class(size + 1)) {
        params->framing.pad_to =
            room_pad_to(r->row.group_n, params->framing.authenticated_data.n, 0, from, &size);
        OK(mls_group_commit(r->group, params, evil->w->now / 1000, out));
        if (out->commit.n == size) {
            break;
        }
        mls_commit_out_clear(out);
    }
    assert_int_equal(out->commit.n, size);
    params->framing.authenticated_data = BASE_BYTES_NONE;
    base_buf_clear(&at);
}

static void ask(client *evil, room_live *r, wire_frame *f, request_kind kind)
{
    sotto *s = evil->s;
    core_request what = {.kind = kind, .room = r->row.id};
    core_conn *c = conn_find(s, r->row.relay, CORE_LOGS);
    assert_non_null(c);
    assert_int_not_equal(r->channel, 0);
    OK(core_begin(s, evil->w->now));
    OK(core_end(s, conn_request(s, c, f, &what)));
    world_run(evil->w);
}

void hostile_append(client *evil, const sotto_room_id *room, base_bytes entry)
{
    room_live *r = hostile_room(evil, room);
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){r->channel, r->row.epoch, entry};
    ask(evil, r, &f, REQ_APPEND);
}

void hostile_push_commit(client *evil, const sotto_room_id *room, const mls_commit_out *made,
                         base_bytes opened, base_bytes closed)
{
    room_live *r = hostile_room(evil, room);
    uint8_t token[32];
    sotto_hash gate;
    base_bytes t = {token, sizeof token};
    wire_frame f = {.type = WIRE_COMMIT};
    const mls_group *next = mls_staged_next(made->staged);
    assert_non_null(next);
    OK(room_token(evil->s, r, next, token));
    OK(sotto_hash_of(&evil->s->prims, "", &t, 1, &gate));
    assert_true(made->commit.n <= WIRE_INLINE_MAX);
    f.u.commit = (wire_commit){r->channel,
                               r->row.epoch,
                               sotto_hash_bytes(&gate),
                               opened,
                               closed,
                               (uint32_t)made->commit.n,
                               0,
                               base_buf_bytes(&made->commit)};
    ask(evil, r, &f, REQ_COMMIT);
}

void hostile_deafen(client *evil)
{
    evil->deaf = true;
}

uint32_t hostile_leaf_of(client *evil, const sotto_room_id *room, const sotto_person_id *who)
{
    room_live *r = hostile_room(evil, room);
    for (uint32_t i = 0; i < mls_group_leaf_count(r->group); i++) {
        const mls_leaf_node *leaf = NULL;
        sotto_hash id;
        if (mls_group_member(r->group, (mls_leaf_index){i}, &leaf) != BASE_OK) {
            continue;
        }
        OK(room_leaf_identity(evil->s, leaf, &id, NULL));
        if (memcmp(id.b, who->b, sizeof id.b) == 0) {
            return i;
        }
    }
    fail();
    return 0;
}

/* By hand, since no encoder of ours makes what is too long. */
void hostile_list(client *evil, size_t n, uint64_t version, base_buf *out)
{
    static const uint8_t previous[32] = {1};
    sotto *s = evil->s;
    sotto_device_list own;
    uint8_t signature[SOTTO_SIGNATURE_SIZE];
    base_wr w = base_wr_on(out);
    OK(sotto_device_list_decode(&s->prims, base_buf_bytes(&s->me.list), &own));
    base_wr_fixed(&w, own.identity_key);
    base_wr_fixed(&w, own.recovery_key);
    base_wr_u64(&w, version);
    base_wr_fixed(&w, version == 1 ? own.previous : base_bytes_of(previous, 32));
    base_wr_fixed(&w, own.signing_key);
    base_wr_u64(&w, 0);
    base_wr_vec(&w, BASE_BYTES_NONE);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < n; i++) {
        uint8_t id[SOTTO_DEVICE_ID_SIZE] = {(uint8_t)i, (uint8_t)(i >> 8), 1};
        uint8_t key[32] = {(uint8_t)i, (uint8_t)(i >> 8), 2};
        base_wr_fixed(&w, base_bytes_of(id, sizeof id));
        base_wr_vec(&w, i == 0 ? base_buf_bytes(&s->me.device_public) : base_bytes_of(key, 32));
        base_wr_u32(&w, 20000);
        base_wr_bool(&w, i == 0);
    }
    base_wr_close(&w, mark);
    OK(base_wr_end(&w));
    OK(sotto_sign(&s->prims, base_secret_bytes(&s->me.identity_seed), "sotto device list",
                  base_buf_bytes(out), signature));
    base_wr_vec(&w, base_bytes_of(signature, sizeof signature));
    OK(base_wr_end(&w));
}

/* ---- mail ---- */

static bool keep_mail_back(void *user, client *c, bool to_client, base_buf *frame)
{
    return c != user || to_client || frame->n == 0 || frame->p[0] != WIRE_BOX_DELIVER;
}

void hostile_take(client *evil, client *victim, hostile_target *out)
{
    static const sotto_room_id mail_room = {{0}};
    world *w = evil->w;
    sotto_me me;
    outbox_row o;
    uint32_t op = 0;
    world_tap tap = w->tap;
    void *tap_user = w->tap_user;
    memset(out, 0, sizeof *out);
    memset(&o, 0, sizeof o);
    OK(sotto_get_me(victim->s, &me));
    w->tap = keep_mail_back;
    w->tap_user = evil;
    OK(sotto_add_contact(evil->s, base_bytes_str(me.link), BASE_BYTES_NONE, w->now, &op));
    world_pass(w, 2000);
    OK(world_event(evil, SOTTO_EVENT_DONE).result);
    w->tap = tap;
    w->tap_user = tap_user;
    OK(store_outbox_first(evil->s->store, &mail_room, &o));
    OK(base_buf_set(&out->body, base_buf_bytes(&o.body)));
    OK(store_outbox_drop(evil->s->store, o.number));
    outbox_row_clear(&o);
    base_rd in = base_rd_on(base_buf_bytes(&out->body));
    plan_person_read(&in, &out->to);
    OK(sotto_join_decode(base_rd_vec(&in), &out->join));
    OK(base_rd_end(&in));
}

void hostile_target_clear(hostile_target *t)
{
    base_buf_clear(&t->body);
    base_buf_clear(&t->content);
}

void hostile_mail(client *evil, const hostile_target *t, base_bytes list, base_bytes content)
{
    sotto *s = evil->s;
    base_buf sealed = base_buf_on(NULL);
    core_request what = {.kind = REQ_DELIVER};
    wire_frame f = {.type = WIRE_BOX_DELIVER};
    core_conn *c = conn_find(s, s->me.relay, CORE_MAIL);
    sotto_mail mail = {
        .type = SOTTO_MAIL_JOIN,
        .mailbox = base_bytes_of(t->to.reach.mailbox, 32),
        .device_list = list.n > 0 ? list : base_buf_bytes(&s->me.list),
        .signature_key = base_buf_bytes(&s->me.device_public),
        .content = content,
    };
    sotto_mail_to to = {t->to.hint, t->to.key_package, t->to.init_key, CORE_SUITE};
    assert_non_null(c);
    OK(sotto_mail_seal(s->mls, &s->prims, &mail, base_buf_bytes(&s->me.device_private), &to,
                       &sealed));
    f.u.box_deliver = (wire_box_deliver){base_bytes_of(t->to.reach.mailbox, 32), t->to.reach.door,
                                         base_bytes_of(t->to.reach.token, 32), BASE_BYTES_NONE,
                                         base_buf_bytes(&sealed)};
    OK(core_begin(s, evil->w->now));
    OK(core_end(s, conn_request(s, c, &f, &what)));
    base_buf_clear(&sealed);
    world_pass(evil->w, 500);
}

void hostile_invite(client *evil, const hostile_target *t)
{
    base_buf content = base_buf_on(NULL);
    OK(sotto_join_encode(&t->join, &content));
    hostile_mail(evil, t, BASE_BYTES_NONE, base_buf_bytes(&content));
    base_buf_clear(&content);
}

void hostile_package(client *evil, const uint8_t handle[static 32], base_buf *sealed)
{
    sotto *s = evil->s;
    account_leaf leaf;
    sotto_shelf_package package = {.hint = {7}};
    base_buf message = base_buf_on(NULL);
    base_buf ref = base_buf_on(NULL);
    uint64_t now = evil->w->now / 1000;
    memset(&leaf, 0, sizeof leaf);
    OK(account_leaf_make(s, &leaf));
    memcpy(leaf.handle, handle, sizeof leaf.handle);
    mls_key_package_params params = {
        .member = leaf.params, .not_before = now - 3600, .not_after = now + 86400};
    OK(mls_key_package_new(s->mls, &params, &message, &ref));
    package.key_package = base_buf_bytes(&message);
    OK(sotto_shelf_seal(&s->prims, base_bytes_of(s->me.reach.shelf_key, 32), &package, sealed));
    account_leaf_clear(&leaf);
    base_buf_clear(&ref);
    base_buf_clear(&message);
}
