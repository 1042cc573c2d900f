/* The rules of a conversation (docs/client.md, section 8), from outside: a member makes a commit
 * with valid keys and signatures that breaks one of them. Every honest member stops there and says
 * so: nobody comes, goes or changes anything by it, and other conversations go on. */
#include "hostile.h"

#include <string.h>

static const uint64_t seed = 37;

typedef struct scene {
    world w;
    client *alice; /* admin */
    client *bob;
    client *evil;
    client *dave; /* not in the group */
    sotto_me alice_me;
    sotto_me bob_me;
    sotto_me evil_me;
    sotto_room_id direct; /* alice and bob */
    sotto_room_id group;  /* alice, bob, evil */
    base_buf bytes;       /* what the case needs while it commits */
    base_buf more;
    account_leaf leaf;
} scene;

static void scene_begin(scene *x)
{
    uint32_t op = 0;
    memset(x, 0, sizeof *x);
    world_begin(&x->w, seed);
    x->alice = world_person(&x->w, "Alice");
    x->bob = world_person(&x->w, "Bob");
    x->evil = world_person(&x->w, "Evil");
    x->dave = world_person(&x->w, "Dave");
    x->direct = world_befriend(x->alice, x->bob);
    (void)world_befriend(x->alice, x->evil);
    OK(sotto_get_me(x->alice->s, &x->alice_me));
    OK(sotto_get_me(x->bob->s, &x->bob_me));
    OK(sotto_get_me(x->evil->s, &x->evil_me));
    const sotto_person_id others[] = {x->bob_me.id, x->evil_me.id};
    OK(sotto_create_group(x->alice->s, base_bytes_str("Group"), others, 2, x->w.now, &op));
    world_pass(&x->w, 3000);
    OK(world_event(x->alice, SOTTO_EVENT_DONE).result);
    x->group = world_event(x->alice, SOTTO_EVENT_DONE).room;
    world_say(x->evil, &x->group, "hello");
    world_pass(&x->w, 3000);
}

static void scene_end(scene *x)
{
    account_leaf_clear(&x->leaf);
    base_buf_clear(&x->bytes);
    base_buf_clear(&x->more);
    world_end(&x->w);
}

static void push(scene *x, client *by, const sotto_room_id *room, mls_commit_params *params)
{
    mls_commit_out made;
    memset(&made, 0, sizeof made);
    hostile_deafen(by); /* its own core shall not judge it */
    hostile_commit(by, room, params, &made);
    hostile_push_commit(by, room, &made, BASE_BYTES_NONE, BASE_BYTES_NONE);
    mls_commit_out_clear(&made);
    world_pass(&x->w, 5000);
}

static uint32_t members(client *c, const sotto_room_id *room)
{
    sotto_room shown;
    OK(sotto_get_room(c->s, room, &shown));
    return shown.member_count;
}

/* The commit of `by` is named by the other of the two honest members, and does nothing. */
static void is_refused(scene *x, client *by, mls_commit_params *params)
{
    client *honest = by == x->bob ? x->alice : x->bob;
    uint64_t epoch = hostile_room_row(honest, &x->group).epoch;
    sotto_room shown;
    push(x, by, &x->group, params);
    assert_true(world_has_alarm(honest, SOTTO_ALARM_BAD_COMMIT));
    assert_int_equal(hostile_room_row(honest, &x->group).epoch, epoch);
    assert_int_equal(members(honest, &x->group), 3);
    OK(sotto_get_room(honest->s, &x->group, &shown));
    assert_string_equal(shown.title, "Group");
    assert_int_equal(shown.state, SOTTO_ROOM_OPEN);
}

static void is_taken(scene *x, client *by, mls_commit_params *params)
{
    client *honest = by == x->bob ? x->alice : x->bob;
    uint64_t epoch = hostile_room_row(honest, &x->group).epoch;
    push(x, by, &x->group, params);
    world_assert_no_alarm(honest);
    assert_int_equal(hostile_room_row(honest, &x->group).epoch, epoch + 1);
}

/* The same of a commit of this proposal alone. */
static void proposal_is_refused(scene *x, client *by, const mls_proposal_params *p)
{
    mls_commit_params params = {.proposals = p, .n_proposals = 1};
    is_refused(x, by, &params);
}

static void proposal_is_taken(scene *x, client *by, const mls_proposal_params *p)
{
    mls_commit_params params = {.proposals = p, .n_proposals = 1};
    is_taken(x, by, &params);
}

/* ---- what a commit may be made of ---- */

/* A key package of somebody's, with a list of choice (empty: their own). */
static mls_proposal_params add(scene *x, client *whom, base_bytes list)
{
    uint64_t now = x->w.now / 1000;
    base_buf ref = base_buf_on(NULL);
    OK(account_leaf_make(whom->s, &x->leaf));
    if (list.n > 0) {
        x->leaf.params.credential.body = list;
    }
    mls_key_package_params params = {
        .member = x->leaf.params, .not_before = now - 3600, .not_after = now + 86400};
    OK(mls_key_package_new(whom->s->mls, &params, &x->bytes, &ref));
    base_buf_clear(&ref);
    return (mls_proposal_params){.type = MLS_PROPOSAL_ADD,
                                 .key_package = base_buf_bytes(&x->bytes)};
}

static mls_proposal_params removal(scene *x, client *by, const sotto_person_id *whom)
{
    return (mls_proposal_params){.type = MLS_PROPOSAL_REMOVE,
                                 .removed = {hostile_leaf_of(by, &x->group, whom)}};
}

/* The room extension as it is, for a case to change. */
static void room_now(client *by, const sotto_room_id *id, sotto_room_ext *room)
{
    const mls_extension *e = sotto_extension_find(mls_group_extensions(hostile_room(by, id)->group),
                                                  SOTTO_EXTENSION_ROOM);
    assert_non_null(e);
    OK(sotto_room_ext_decode(e->data, room));
}

#define EXTENSIONS_MAX 4
typedef struct context {
    mls_extension v[EXTENSIONS_MAX];
    mls_proposal_params proposal;
} context;

/* A change of the room extension, beside what else stands in the context, and one more. */
static void change_room(scene *x, client *by, const sotto_room_ext *room, const mls_extension *more,
                        context *out)
{
    mls_extension_list old = mls_group_extensions(hostile_room(by, &x->group)->group);
    size_t n = 0;
    OK(sotto_room_ext_encode(room, &x->bytes));
    for (size_t i = 0; i < old.n; i++) {
        assert_true(n < EXTENSIONS_MAX - 1);
        out->v[n] = old.v[i];
        if (old.v[i].type == SOTTO_EXTENSION_ROOM) {
            out->v[n].data = base_buf_bytes(&x->bytes);
        }
        n++;
    }
    if (more != NULL) {
        out->v[n++] = *more;
    }
    out->proposal = (mls_proposal_params){.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                          .extensions = {out->v, n}};
}

/* ---- who may ---- */

static void an_empty_commit_of_any_member_is_taken(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_commit_params params = {.no_path = false};
    is_taken(&x, x.evil, &params);
    scene_end(&x);
}

static void a_member_who_is_no_admin_adds_nobody(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_proposal_params p = add(&x, x.dave, BASE_BYTES_NONE);
    proposal_is_refused(&x, x.evil, &p);
    scene_end(&x);
}

static void an_admin_adds_a_person(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_proposal_params p = add(&x, x.dave, BASE_BYTES_NONE);
    proposal_is_taken(&x, x.alice, &p);
    assert_int_equal(members(x.bob, &x.group), 4);
    scene_end(&x);
}

static void a_member_who_is_no_admin_removes_nobody(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_proposal_params p = removal(&x, x.evil, &x.alice_me.id);
    proposal_is_refused(&x, x.evil, &p);
    scene_end(&x);
}

static void a_member_who_is_no_admin_renames_nothing(void **state)
{
    (void)state;
    scene x;
    sotto_room_ext room;
    context c;
    scene_begin(&x);
    room_now(x.evil, &x.group, &room);
    room.title = base_bytes_str("Evil's");
    change_room(&x, x.evil, &room, NULL, &c);
    proposal_is_refused(&x, x.evil, &c.proposal);
    scene_end(&x);
}

static void nobody_makes_themselves_an_admin(void **state)
{
    (void)state;
    scene x;
    sotto_room_ext room;
    context c;
    scene_begin(&x);
    room_now(x.evil, &x.group, &room);
    room.admins[room.n_admins++] = core_hash_of(&x.evil_me.id);
    change_room(&x, x.evil, &room, NULL, &c);
    proposal_is_refused(&x, x.evil, &c.proposal);
    scene_end(&x);
}

/* In the room of two nobody has the right to make it one of three. */
static void nobody_is_added_to_a_conversation_of_two(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_proposal_params p = add(&x, x.dave, BASE_BYTES_NONE);
    mls_commit_params params = {.proposals = &p, .n_proposals = 1};
    push(&x, x.alice, &x.direct, &params);
    assert_true(world_has_alarm(x.bob, SOTTO_ALARM_BAD_COMMIT));
    assert_int_equal(members(x.bob, &x.direct), 2);
    scene_end(&x);
}

/* ---- what even an admin may not ---- */

static void an_admin_renames(void **state)
{
    (void)state;
    scene x;
    sotto_room_ext room;
    sotto_room shown;
    context c;
    scene_begin(&x);
    room_now(x.alice, &x.group, &room);
    room.title = base_bytes_str("Another title");
    change_room(&x, x.alice, &room, NULL, &c);
    proposal_is_taken(&x, x.alice, &c.proposal);
    OK(sotto_get_room(x.bob->s, &x.group, &shown));
    assert_string_equal(shown.title, "Another title");
    scene_end(&x);
}

static void the_room_s_id_stays(void **state)
{
    (void)state;
    scene x;
    sotto_room_ext room;
    context c;
    scene_begin(&x);
    room_now(x.alice, &x.group, &room);
    room.id[0] ^= 1;
    change_room(&x, x.alice, &room, NULL, &c);
    proposal_is_refused(&x, x.alice, &c.proposal);
    scene_end(&x);
}

static void nobody_outside_gets_a_word(void **state)
{
    (void)state;
    scene x;
    sotto_room_ext room;
    context c;
    base_buf senders = base_buf_on(NULL);
    scene_begin(&x);
    /* One external sender: a key of the one who commits, and a basic credential. */
    base_wr w = base_wr_on(&senders);
    size_t all = base_wr_open(&w);
    base_wr_vec(&w, base_buf_bytes(&x.alice->s->me.device_public));
    base_wr_u16(&w, MLS_CREDENTIAL_BASIC);
    base_wr_vec(&w, base_bytes_str("a service"));
    base_wr_close(&w, all);
    OK(base_wr_end(&w));
    mls_extension more = {MLS_EXTENSION_EXTERNAL_SENDERS, base_buf_bytes(&senders)};
    room_now(x.alice, &x.group, &room);
    change_room(&x, x.alice, &room, &more, &c);
    proposal_is_refused(&x, x.alice, &c.proposal);
    base_buf_clear(&senders);
    scene_end(&x);
}

static void a_commit_has_a_path(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_proposal_params p = add(&x, x.dave, BASE_BYTES_NONE);
    mls_commit_params params = {.proposals = &p, .n_proposals = 1, .no_path = true};
    is_refused(&x, x.alice, &params);
    scene_end(&x);
}

static void a_group_is_not_made_anew_elsewhere(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    mls_proposal_params p = {.type = MLS_PROPOSAL_REINIT};
    p.reinit.group_id = base_bytes_str("another group of thirty-two byte");
    p.reinit.version = 1;
    p.reinit.suite = CORE_SUITE;
    proposal_is_refused(&x, x.alice, &p);
    scene_end(&x);
}

static void keys_of_elsewhere_are_not_mixed_in(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    room_live *r = hostile_room(x.alice, &x.group);
    mls_proposal_params p = {.type = MLS_PROPOSAL_PSK};
    p.psk.type = MLS_PSK_RESUMPTION;
    p.psk.usage = MLS_PSK_APPLICATION;
    p.psk.psk_group_id = mls_group_id(r->group);
    p.psk.psk_epoch = mls_group_epoch(r->group);
    proposal_is_refused(&x, x.alice, &p);
    scene_end(&x);
}

/* ---- whose devices ---- */

static void a_device_that_its_owner_s_list_lacks_is_not_added(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    /* Dave's device under the list of Alice, which does not name it. */
    OK(base_buf_set(&x.more, base_buf_bytes(&x.alice->s->me.list)));
    mls_proposal_params p = add(&x, x.dave, base_buf_bytes(&x.more));
    proposal_is_refused(&x, x.alice, &p);
    scene_end(&x);
}

static void a_list_with_a_bad_signature_is_no_list(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    OK(base_buf_set(&x.more, base_buf_bytes(&x.dave->s->me.list)));
    x.more.p[x.more.n - 1] ^= 1;
    mls_proposal_params p = add(&x, x.dave, base_buf_bytes(&x.more));
    proposal_is_refused(&x, x.alice, &p);
    scene_end(&x);
}

static void nobody_becomes_somebody_else(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    OK(account_leaf_make(x.evil->s, &x.leaf));
    x.leaf.params.credential.body = base_buf_bytes(&x.dave->s->me.list);
    x.leaf.params.signature_private = base_buf_bytes(&x.dave->s->me.device_private);
    x.leaf.params.signature_public = base_buf_bytes(&x.dave->s->me.device_public);
    mls_commit_params params = {.update = &x.leaf.params};
    is_refused(&x, x.evil, &params);
    scene_end(&x);
}

static void a_leaf_without_its_cursor_handle_is_none(void **state)
{
    (void)state;
    scene x;
    scene_begin(&x);
    OK(account_leaf_make(x.evil->s, &x.leaf));
    x.leaf.ext[0].data = base_bytes_str("too short");
    mls_commit_params params = {.update = &x.leaf.params};
    is_refused(&x, x.evil, &params);
    scene_end(&x);
}

static void a_device_list_does_not_go_back(void **state)
{
    (void)state;
    scene x;
    base_buf lists[2] = {base_buf_on(NULL), base_buf_on(NULL)};
    scene_begin(&x);
    hostile_list(x.evil, 2, 3, &lists[0]);
    hostile_list(x.evil, 2, 2, &lists[1]);
    OK(account_leaf_make(x.evil->s, &x.leaf));
    x.leaf.params.credential.body = base_buf_bytes(&lists[0]);
    mls_commit_params params = {.update = &x.leaf.params};
    mls_commit_out made;
    memset(&made, 0, sizeof made);
    hostile_deafen(x.evil);
    hostile_commit(x.evil, &x.group, &params, &made);
    hostile_push_commit(x.evil, &x.group, &made, BASE_BYTES_NONE, BASE_BYTES_NONE);
    world_pass(&x.w, 5000);
    world_assert_no_alarm(x.bob); /* a newer list is taken */
    room_live *r = hostile_room(x.evil, &x.group);
    OK(mls_group_merge(r->group, made.staged));
    made.staged = NULL;
    mls_commit_out_clear(&made);
    r->row.epoch++;
    r->row.at = hostile_room_row(x.bob, &x.group).at;
    x.evil->deaf = false;
    world_offline(x.evil);
    world_online(x.evil);
    world_pass(&x.w, 2000);
    x.leaf.params.credential.body = base_buf_bytes(&lists[1]);
    params.update = &x.leaf.params;
    is_refused(&x, x.evil, &params);
    base_buf_clear(&lists[0]);
    base_buf_clear(&lists[1]);
    scene_end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_commit_of_any_member_is_taken),
        cmocka_unit_test(a_member_who_is_no_admin_adds_nobody),
        cmocka_unit_test(an_admin_adds_a_person),
        cmocka_unit_test(a_member_who_is_no_admin_removes_nobody),
        cmocka_unit_test(a_member_who_is_no_admin_renames_nothing),
        cmocka_unit_test(nobody_makes_themselves_an_admin),
        cmocka_unit_test(nobody_is_added_to_a_conversation_of_two),
        cmocka_unit_test(an_admin_renames),
        cmocka_unit_test(the_room_s_id_stays),
        cmocka_unit_test(nobody_outside_gets_a_word),
        cmocka_unit_test(a_commit_has_a_path),
        cmocka_unit_test(a_group_is_not_made_anew_elsewhere),
        cmocka_unit_test(keys_of_elsewhere_are_not_mixed_in),
        cmocka_unit_test(a_device_that_its_owner_s_list_lacks_is_not_added),
        cmocka_unit_test(a_list_with_a_bad_signature_is_no_list),
        cmocka_unit_test(nobody_becomes_somebody_else),
        cmocka_unit_test(a_leaf_without_its_cursor_handle_is_none),
        cmocka_unit_test(a_device_list_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
