/* Components of an application in a group: data in the GroupContext, data that travels with a
 * commit, and what a group may require (draft-ietf-mls-extensions, sections 4.7, 4.8 and 5). The
 * application here has the components 0x8001 to 0x8003; the data of one is the letters of its
 * updates, appended; nothing with an X is valid. */
#include "forge.h"

#include <sotto/mls_app.h>

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];
static person *const dave = &w.people[3]; /* not in */

static bool known(void *user, uint16_t component)
{
    (void)user;
    return component >= 0x8001 && component <= 0x8003;
}

static bool is_valid(base_bytes b)
{
    return b.n == 0 || memchr(b.p, 'X', b.n) == NULL;
}

static base_err update(void *user, const mls_component_update *u, base_buf *data)
{
    base_err err = BASE_OK;
    (void)user;
    if (u->old != NULL) {
        TRY(base_buf_append(data, *u->old));
    }
    for (size_t i = 0; i < u->n; i++) {
        REQUIRE(is_valid(u->updates[i]), BASE_E_VALUE);
        TRY(base_buf_append(data, u->updates[i]));
    }
done:
    if (err != BASE_OK) {
        base_buf_clear(data);
    }
    return err;
}

static base_err ephemeral(void *user, const mls_app_data *item)
{
    (void)user;
    return is_valid(item->data) ? BASE_OK : BASE_E_VALUE;
}

/* A leaf with app_components 1, 2, 0x8001 and 0x8002, safe_aad 0x8001, and wire format 6. */
#define LIST(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
static const mls_extension leaf_extensions[] = {
    {6, LIST("\22\0\1\11\10\0\1\0\2\200\1\200\2\0\2\3\2\200\1")}, {7, LIST("\2\0\6")}};
/* One without safe_aad, and one without wire formats. */
static const mls_extension poor_extensions[] = {{6, LIST("\14\0\1\11\10\0\1\0\2\200\1\200\2")}};

static int setup(void **state)
{
    (void)state;
    w.components = (mls_components){known, update, ephemeral, NULL};
    w.leaf_extensions = (mls_extension_list){leaf_extensions, 2};
    world_init(&w, 1, 4, 710);
    world_found(&w, 0);
    person *others[] = {bob, carol};
    world_add(&w, alice, others, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static mls_proposal_params app(uint16_t component, const char *text)
{
    return (mls_proposal_params){
        .type = MLS_PROPOSAL_APP_DATA_UPDATE,
        .app_data_update = {component, MLS_APP_DATA_UPDATE, base_bytes_str(text)}};
}

static mls_proposal_params removal(uint16_t component)
{
    return (mls_proposal_params){.type = MLS_PROPOSAL_APP_DATA_UPDATE,
                                 .app_data_update = {component, MLS_APP_DATA_REMOVE, {NULL, 0}}};
}

static mls_proposal_params with_commit(uint16_t component, const char *text)
{
    return (mls_proposal_params){.type = MLS_PROPOSAL_APP_EPHEMERAL,
                                 .app_ephemeral = {component, base_bytes_str(text)}};
}

static void commit(person *p, const mls_proposal_params *proposals, size_t n)
{
    const mls_commit_params params = {.proposals = proposals, .n_proposals = n, .no_path = true};
    world_commit(&w, p, &params, NULL, 0);
    world_check(&w);
}

static base_err try_commit(person *p, const mls_proposal_params *proposals, size_t n)
{
    mls_commit_out out = {0};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = n};
    base_err err = mls_group_commit(p->group, &params, WORLD_NOW, &out);
    mls_commit_out_clear(&out);
    return err;
}

/* What Bob says to a commit of Alice's with proposals by value that nobody judged before. */
static base_err answer(const mls_proposal_params *proposals, size_t n)
{
    mls_proposal views[4] = {0};
    forge f = forge_of(alice);
    for (size_t i = 0; i < n; i++) {
        views[i] = (mls_proposal){.type = proposals[i].type};
        if (views[i].type == MLS_PROPOSAL_APP_EPHEMERAL) {
            views[i].app_ephemeral = proposals[i].app_ephemeral;
        } else if (views[i].type == MLS_PROPOSAL_APP_DATA_UPDATE) {
            views[i].app_data_update = proposals[i].app_data_update;
        } else {
            views[i].extensions = proposals[i].extensions;
        }
        forge_add(&f, &views[i]);
    }
    return forge_answer(&f, bob);
}

static void assert_data(const person *p, uint16_t component, const char *text)
{
    base_bytes data = {0};
    base_err err = mls_app_data_find(mls_group_extensions(p->group), component, &data);
    assert_int_equal(err, text != NULL ? BASE_OK : BASE_E_NOT_FOUND);
    assert_true(text == NULL || base_bytes_eq(data, base_bytes_str(text)));
}

static void data_of_components_is_updated_without_a_path(void **state)
{
    (void)state;
    const mls_proposal_params first[] = {app(0x8002, "b"), app(0x8001, "a"), app(0x8002, "c")};
    commit(alice, first, 3);
    const mls_proposal_params second[] = {app(0x8001, "d"), removal(0x8002), app(0x8003, "")};
    for (size_t i = 0; i < 3; i++) {
        person_reload(&w.people[i]);
        assert_data(&w.people[i], 0x8001, "a");
        assert_data(&w.people[i], 0x8002, "bc");
        assert_data(&w.people[i], 0x8003, NULL);
    }
    commit(bob, second, 3);
    for (size_t i = 0; i < 3; i++) {
        person_reload(&w.people[i]);
        assert_data(&w.people[i], 0x8001, "ad");
        assert_data(&w.people[i], 0x8002, NULL);
        assert_data(&w.people[i], 0x8003, "");
    }
    world_add(&w, carol, (person *[]){dave}, 1);
    assert_data(dave, 0x8001, "ad");
    world_talk(&w);
}

static void the_other_extensions_stay_where_they_are(void **state)
{
    (void)state;
    static const mls_extension context[] = {{3, LIST("\0\2\0\10\0")}};
    const mls_proposal_params both[] = {
        {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS, .extensions = {context, 1}},
        app(0x8001, "a")};
    const mls_commit_params params = {.proposals = both, .n_proposals = 2};
    world_commit(&w, alice, &params, NULL, 0);
    mls_extension_list list = mls_group_extensions(carol->group);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.v[0].type, 3);
    assert_int_equal(list.v[1].type, MLS_EXTENSION_APP_DATA_DICTIONARY);
    assert_data(carol, 0x8001, "a");
    world_talk(&w);
}

static void updates_and_ephemeral_data_are_shown_in_the_order_of_the_commit(void **state)
{
    (void)state;
    mls_commit_out out = {0};
    mls_received r = {0};
    base_bytes data = {0};
    const mls_proposal_params list[] = {with_commit(0x8003, "one"), app(0x8001, "a"),
                                        with_commit(0x8003, "two"), app(0x8001, "b")};
    const mls_commit_params params = {.proposals = list, .n_proposals = 4, .no_path = true};
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &out));
    assert_ok(mls_group_receive(bob->group, base_buf_bytes(&out.commit), WORLD_NOW, &r));
    assert_int_equal(mls_staged_change_count(r.staged), 4);
    const mls_change *c = mls_staged_change(r.staged, 0);
    assert_int_equal(c->kind, MLS_CHANGE_APP_EPHEMERAL);
    assert_int_equal(c->app_ephemeral->component, 0x8003);
    assert_true(base_bytes_eq(c->app_ephemeral->data, base_bytes_str("one")));
    c = mls_staged_change(r.staged, 3);
    assert_int_equal(c->kind, MLS_CHANGE_APP_DATA);
    assert_true(base_bytes_eq(c->app_data->update, base_bytes_str("b")));
    assert_int_equal(c->proposer.v, 0);
    const mls_group *next = mls_staged_next(r.staged);
    assert_ok(mls_app_data_find(mls_group_extensions(next), 0x8001, &data));
    assert_true(base_bytes_eq(data, base_bytes_str("ab")));
    mls_received_clear(&r);
    mls_commit_out_clear(&out);
}

static void proposals_alone_are_kept_and_committed_in_their_order(void **state)
{
    (void)state;
    const mls_proposal_params list[] = {app(0x8001, "a"), with_commit(0x8002, "e"),
                                        app(0x8001, "b"), removal(0x8001), removal(0x8003)};
    for (size_t i = 0; i < 5; i++) {
        world_propose(&w, &w.people[i % 2], &list[i], NULL);
    }
    /* What does not fit beside the first ones, and the removal of nothing, are left out. */
    world_commit(&w, carol, NULL, NULL, 0);
    assert_data(alice, 0x8001, "ab");
    world_talk(&w);
}

static void who_joins_from_outside_may_bring_data_along(void **state)
{
    (void)state;
    base_buf info = {0};
    base_buf made = {0};
    const mls_proposal_params change = app(0x8001, "a");
    const mls_proposal_params beside = with_commit(0x8002, "e");
    const mls_external_params params = {.member = person_member(&w, dave),
                                        .app_data_updates = &change.app_data_update,
                                        .n_app_data_updates = 1,
                                        .app_ephemerals = &beside.app_ephemeral,
                                        .n_app_ephemerals = 1};
    assert_ok(mls_group_info(alice->group, true, true, &info));
    assert_ok(mls_group_join_external(dave->ctx, base_buf_bytes(&info), (base_bytes){0}, &params,
                                      WORLD_NOW, &made, &dave->group));
    world_deliver(&w, dave, base_buf_bytes(&made));
    assert_data(bob, 0x8001, "a");
    world_talk(&w);
    base_buf_clear(&made);
    base_buf_clear(&info);
}

static void a_component_that_is_not_known_is_refused(void **state)
{
    (void)state;
    const mls_proposal_params good[] = {app(0x8001, "a"), with_commit(0x8001, "a")};
    const mls_proposal_params bad[] = {app(0x8004, "a"), with_commit(0x8004, "a")};
    for (size_t i = 0; i < 2; i++) { /* V-E4.7-2, V-E4.8-1 */
        assert_int_equal(try_commit(alice, &bad[i], 1), MLS_E_PROPOSAL);
        assert_int_equal(answer(&bad[i], 1), MLS_E_PROPOSAL);
        assert_ok(try_commit(alice, &good[i], 1));
    }
    assert_ok(answer(&good[1], 1));
}

static void what_is_not_there_is_not_removed(void **state)
{
    (void)state;
    const mls_proposal_params first = app(0x8001, "a");
    const mls_proposal_params gone = removal(0x8001);
    const mls_proposal_params other = removal(0x8002);
    assert_int_equal(answer(&gone, 1), MLS_E_PROPOSAL); /* V-E4.7-3: no dictionary at all */
    commit(alice, &first, 1);
    assert_int_equal(answer(&other, 1), MLS_E_PROPOSAL);
    assert_int_equal(try_commit(alice, &other, 1), MLS_E_PROPOSAL);
    commit(alice, &gone, 1);
    assert_data(bob, 0x8001, NULL);
}

static void a_component_is_updated_or_removed(void **state)
{
    (void)state;
    const mls_proposal_params first[] = {app(0x8001, "a"), app(0x8002, "b")};
    const mls_proposal_params two[] = {removal(0x8001), removal(0x8001)};
    const mls_proposal_params mixed[] = {app(0x8001, "b"), removal(0x8001)};
    const mls_proposal_params apart[] = {app(0x8001, "b"), removal(0x8002)};
    commit(alice, first, 2);
    assert_int_equal(answer(two, 2), MLS_E_PROPOSAL_LIST); /* V-E4.7-4 */
    assert_int_equal(answer(mixed, 2), MLS_E_PROPOSAL_LIST);
    assert_int_equal(try_commit(alice, mixed, 2), MLS_E_PROPOSAL_LIST);
    assert_ok(try_commit(alice, apart, 2));
}

static void an_update_that_the_application_refuses_is_refused(void **state)
{
    (void)state;
    const mls_proposal_params list[] = {app(0x8001, "a"), app(0x8001, "X")};
    assert_int_equal(answer(list, 2), MLS_E_PROPOSAL_LIST); /* V-E4.7-5 */
    assert_int_equal(try_commit(alice, list, 2), MLS_E_PROPOSAL_LIST);
    assert_ok(try_commit(alice, list, 1));
    /* Of the library's own components it is the list that has to decode. */
    const mls_proposal_params own[] = {app(MLS_COMPONENT_APP_COMPONENTS, "\2\200\1")};
    const mls_proposal_params broken[] = {app(MLS_COMPONENT_APP_COMPONENTS, "\2\200")};
    assert_int_equal(answer(broken, 1), MLS_E_PROPOSAL_LIST);
    assert_ok(try_commit(alice, own, 1));
}

static void ephemeral_data_that_the_application_refuses_is_refused(void **state)
{
    (void)state;
    const mls_proposal_params bad = with_commit(0x8001, "X");
    const mls_proposal_params good = with_commit(0x8001, "x");
    assert_int_equal(answer(&bad, 1), MLS_E_PROPOSAL); /* V-E4.8-2 */
    assert_int_equal(try_commit(alice, &bad, 1), MLS_E_PROPOSAL);
    assert_ok(answer(&good, 1));
}

static void where_updates_are_required_extensions_leave_the_dictionary_alone(void **state)
{
    (void)state;
    static const mls_extension before[] = {{3, LIST("\0\2\0\10\0")}, {6, LIST("\4\200\1\1a")}};
    static const mls_extension changed[] = {{3, LIST("\0\2\0\10\0")}, {6, LIST("\4\200\1\1b")}};
    static const mls_extension moved[] = {{6, LIST("\4\200\1\1a")}};
    const mls_proposal_params set = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                     .extensions = {before, 2}};
    const mls_proposal_params alter = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                       .extensions = {changed, 2}};
    const mls_proposal_params drop = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                      .extensions = {before, 1}};
    const mls_proposal_params keep = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                      .extensions = {moved, 1}};
    const mls_commit_params params = {.proposals = &set, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    assert_int_equal(answer(&alter, 1), MLS_E_PROPOSAL); /* V-E4.7-6 */
    assert_int_equal(answer(&drop, 1), MLS_E_PROPOSAL);
    assert_int_equal(try_commit(alice, &alter, 1), MLS_E_PROPOSAL);
    assert_ok(answer(&keep, 1));
    const mls_commit_params free_again = {.proposals = &keep, .n_proposals = 1};
    world_commit(&w, alice, &free_again, NULL, 0);
    assert_ok(try_commit(alice, &alter, 1)); /* no longer required */
}

/* Dave, with another leaf than the others, is added by Alice. */
static base_err add_with(const mls_extension *v, size_t n)
{
    base_buf package = {0};
    mls_key_package_params params = {.member = person_member(&w, dave),
                                     .not_before = WORLD_NOW - 1000,
                                     .not_after = WORLD_NOW + 1000};
    params.member.leaf_extensions = (mls_extension_list){v, n};
    assert_ok(mls_key_package_new(dave->ctx, &params, &package, NULL));
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    base_err err = try_commit(alice, &add, 1);
    base_buf_clear(&package);
    return err;
}

/* V-E5-2 */
static void a_leaf_without_a_required_component_is_refused(void **state)
{
    (void)state;
    const mls_proposal_params all[] = {app(MLS_COMPONENT_APP_COMPONENTS, "\2\200\2")};
    const mls_proposal_params none[] = {app(MLS_COMPONENT_APP_COMPONENTS, "\2\200\3")};
    const mls_proposal_params aad[] = {app(MLS_COMPONENT_SAFE_AAD, "\2\200\1")};
    const mls_proposal_params no_aad[] = {app(MLS_COMPONENT_SAFE_AAD, "\2\200\2")};
    assert_int_equal(try_commit(alice, none, 1), MLS_E_CAPABILITIES);
    assert_int_equal(answer(none, 1), MLS_E_CAPABILITIES);
    assert_int_equal(answer(no_aad, 1), MLS_E_CAPABILITIES);
    assert_ok(add_with(poor_extensions, 1));
    commit(alice, all, 1);
    assert_ok(add_with(poor_extensions, 1));
    assert_int_equal(add_with(leaf_extensions + 1, 1), MLS_E_CAPABILITIES);
    commit(alice, aad, 1);
    assert_int_equal(add_with(poor_extensions, 1), MLS_E_CAPABILITIES);
    assert_ok(add_with(leaf_extensions, 2));
}

/* V-E5-3 */
static void a_leaf_without_a_required_wire_format_is_refused(void **state)
{
    (void)state;
    static const mls_extension wanted[] = {{8, LIST("\2\0\6")}};
    static const mls_extension too_much[] = {{8, LIST("\4\0\6\0\7")}};
    static const uint16_t types[] = {6, 7, 8};
    /* Leaves have to list the extension itself, which by default they do not. */
    mls_proposal_params set = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                               .extensions = {wanted, 1}};
    assert_int_equal(try_commit(alice, &set, 1), MLS_E_CAPABILITIES);
    for (size_t i = 0; i < 3; i++) {
        const mls_leaf_node *leaf = NULL;
        person *p = &w.people[i];
        assert_ok(mls_group_member(p->group, mls_group_own_leaf(p->group), &leaf));
        mls_capabilities c = leaf->capabilities;
        c.extensions = (mls_u16_list){types, 3};
        mls_member_params member = person_member(&w, p);
        member.capabilities = &c;
        const mls_commit_params change = {.update = &member};
        world_commit(&w, p, &change, NULL, 0);
    }
    assert_ok(try_commit(alice, &set, 1));
    set.extensions.v = too_much;
    assert_int_equal(try_commit(alice, &set, 1), MLS_E_CAPABILITIES);
    set.extensions = (mls_extension_list){leaf_extensions + 1, 1}; /* V-12.1.7-1 */
    assert_int_equal(try_commit(alice, &set, 1), MLS_E_EXTENSION);
}

/* Each allocation of making a commit with data of components, and of staging it, fails in turn. */
static void memory_that_runs_out_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    const mls_proposal_params list[] = {app(0x8001, "a"), with_commit(0x8002, "e"),
                                        app(0x8003, "c"), app(0x8001, "b")};
    const mls_commit_params params = {.proposals = list, .n_proposals = 4, .no_path = true};
    mls_commit_out out = {0};
    base_err err = BASE_E_NOMEM;
    for (size_t n = 1; err != BASE_OK; n++) {
        fake_alloc_reset(&alice->heap, n);
        err = mls_group_commit(alice->group, &params, WORLD_NOW, &out);
        assert_true(err == BASE_OK || err == BASE_E_NOMEM);
        assert_true(n < 20000);
    }
    fake_alloc_reset(&alice->heap, 0);
    err = BASE_E_NOMEM;
    for (size_t n = 1; err != BASE_OK; n++) {
        fake_alloc_reset(&bob->heap, n);
        err = person_receive(bob, base_buf_bytes(&out.commit));
        assert_true(err == BASE_OK || err == BASE_E_NOMEM);
        assert_true(n < 20000);
    }
    fake_alloc_reset(&bob->heap, 0);
    mls_commit_out_clear(&out);
    assert_data(alice, 0x8001, NULL);
    assert_data(bob, 0x8001, NULL);
    commit(alice, list, 4);
    assert_data(bob, 0x8001, "ab");
}

/* An application that fails for its own reasons refuses nothing. */
static base_err failing_update(void *user, const mls_component_update *u, base_buf *data)
{
    (void)user;
    (void)u;
    (void)data;
    return BASE_E_STORE;
}

static void a_failure_of_the_application_is_not_an_answer(void **state)
{
    (void)state;
    w.components = (mls_components){known, failing_update, NULL, NULL};
    w.leaf_extensions = (mls_extension_list){leaf_extensions, 2};
    world_init(&w, 1, 1, 713);
    world_found(&w, 0);
    const mls_proposal_params data = app(0x8001, "a");
    assert_int_equal(try_commit(alice, &data, 1), BASE_E_STORE);
}

static void a_dictionary_in_a_leaf_says_which_components_there_are(void **state)
{
    (void)state;
    static const mls_extension without[] = {{6, LIST("\4\0\2\1\0")}};
    static const mls_extension broken[] = {{6, LIST("\4\0\2\1")}};
    base_buf package = {0};
    mls_key_package_params params = {.member = person_member(&w, dave), .not_after = WORLD_NOW};
    params.member.leaf_extensions = (mls_extension_list){without, 1};
    assert_int_equal(mls_key_package_new(dave->ctx, &params, &package, NULL), BASE_E_ARGUMENT);
    params.member.leaf_extensions.v = broken;
    assert_int_equal(mls_key_package_new(dave->ctx, &params, &package, NULL), BASE_E_ARGUMENT);
    params.member.leaf_extensions.v = poor_extensions;
    assert_ok(mls_key_package_new(dave->ctx, &params, &package, NULL));
    base_buf_clear(&package);
}

/* A sender outside of the group, whom its extensions list, proposes both. */
static void who_may_propose_from_outside_may_propose_data(void **state)
{
    (void)state;
    base_buf senders = {0};
    base_buf message = {0};
    const mls_external_sender sender = {base_buf_bytes(&dave->signature_public),
                                        {MLS_CREDENTIAL_BASIC, base_bytes_str("server")}};
    assert_ok(mls_external_senders_encode((mls_external_sender_list){&sender, 1}, &senders));
    const mls_extension list = {MLS_EXTENSION_EXTERNAL_SENDERS, base_buf_bytes(&senders)};
    const mls_proposal_params set = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                     .extensions = {&list, 1}};
    const mls_commit_params params = {.proposals = &set, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    const mls_proposal_params data[] = {app(0x8001, "a"), with_commit(0x8002, "e")};
    for (size_t i = 0; i < 2; i++) {
        const mls_external_proposal p = {.suite = 1,
                                         .group_id = WORLD_GROUP,
                                         .epoch = mls_group_epoch(alice->group),
                                         .signature_private =
                                             base_buf_bytes(&dave->signature_private),
                                         .proposal = data[i]};
        assert_ok(mls_propose_external(dave->ctx, &p, &message));
        world_deliver(&w, NULL, base_buf_bytes(&message));
    }
    mls_commit_out out = {0};
    assert_ok(mls_group_commit(bob->group, NULL, WORLD_NOW, &out));
    assert_int_equal(mls_staged_change(out.staged, 0)->kind, MLS_CHANGE_APP_EPHEMERAL);
    assert_int_equal(mls_staged_change(out.staged, 0)->proposer_type, MLS_SENDER_EXTERNAL);
    assert_int_equal(mls_staged_change(out.staged, 1)->kind, MLS_CHANGE_APP_DATA);
    mls_commit_out_clear(&out);
    world_commit(&w, bob, NULL, NULL, 0);
    assert_data(carol, 0x8001, "a");
    base_buf_clear(&message);
    base_buf_clear(&senders);
}

static void an_application_without_components_takes_none(void **state)
{
    (void)state;
    w.components = (mls_components){0};
    world_init(&w, 1, 2, 711);
    world_found(&w, 0);
    const mls_proposal_params data[] = {app(0x8001, "a"), with_commit(0x8001, "a")};
    const mls_proposal_params own[] = {app(MLS_COMPONENT_APP_COMPONENTS, "\2\200\1")};
    /* Its leaf lists neither type; and would not be asked. */
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(try_commit(alice, &data[i], 1), MLS_E_PROPOSAL);
    }
    assert_int_equal(try_commit(alice, own, 1), MLS_E_CAPABILITIES);
    teardown(NULL);
    /* One that knows components and updates none. */
    w.components = (mls_components){.known = known};
    w.leaf_extensions = (mls_extension_list){leaf_extensions, 2};
    world_init(&w, 1, 1, 712);
    world_found(&w, 0);
    assert_int_equal(try_commit(alice, &data[0], 1), MLS_E_PROPOSAL_LIST);
    assert_ok(try_commit(alice, &data[1], 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RULE(data_of_components_is_updated_without_a_path),
        RULE(the_other_extensions_stay_where_they_are),
        RULE(updates_and_ephemeral_data_are_shown_in_the_order_of_the_commit),
        RULE(proposals_alone_are_kept_and_committed_in_their_order),
        RULE(who_joins_from_outside_may_bring_data_along),
        RULE(a_component_that_is_not_known_is_refused),
        RULE(what_is_not_there_is_not_removed),
        RULE(a_component_is_updated_or_removed),
        RULE(an_update_that_the_application_refuses_is_refused),
        RULE(ephemeral_data_that_the_application_refuses_is_refused),
        RULE(where_updates_are_required_extensions_leave_the_dictionary_alone),
        RULE(a_leaf_without_a_required_component_is_refused),
        RULE(a_leaf_without_a_required_wire_format_is_refused),
        RULE(a_dictionary_in_a_leaf_says_which_components_there_are),
        RULE(who_may_propose_from_outside_may_propose_data),
        RULE(memory_that_runs_out_is_an_error_and_changes_nothing),
        cmocka_unit_test_teardown(a_failure_of_the_application_is_not_an_answer, teardown),
        cmocka_unit_test_teardown(an_application_without_components_takes_none, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
