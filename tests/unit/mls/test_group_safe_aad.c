/* Authenticated data of several components (draft-ietf-mls-extensions, section 4.9): framed in
 * every message of a group that has safe_aad, free in any other. */
#include "forge.h"

#include <sotto/mls_app.h>

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2]; /* not in */

/* The leaves support the component; the group has it, and asks for nothing by it. */
#define LIST(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
static const mls_extension leaf_extensions[] = {{6, LIST("\10\0\1\5\4\0\1\0\2")}};
static const mls_extension group_extensions[] = {{6, LIST("\4\0\2\1\0")}};

static int setup(void **state)
{
    (void)state;
    w.leaf_extensions = (mls_extension_list){leaf_extensions, 1};
    w.group_extensions = (mls_extension_list){group_extensions, 1};
    world_init(&w, 1, 3, 730);
    world_found(&w, 0);
    world_add(&w, alice, (person *[]){bob}, 1);
    return 0;
}

static int setup_free(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 731);
    world_found(&w, 0);
    world_add(&w, alice, (person *[]){bob}, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static base_buf protect(const mls_framing *framing)
{
    base_buf message = {0};
    assert_ok(mls_group_protect(alice->group, base_bytes_str("x"), framing, &message));
    return message;
}

static void assert_received(base_bytes message, base_bytes authenticated_data)
{
    mls_received r = {0};
    assert_ok(mls_group_receive(bob->group, message, WORLD_NOW, &r));
    assert_true(base_bytes_eq(base_buf_bytes(&r.authenticated_data), authenticated_data));
    mls_received_clear(&r);
}

static void items_reach_their_components(void **state)
{
    (void)state;
    base_buf aad = {0};
    const mls_app_data items[] = {{0x8001, base_bytes_str("one")}, {0x8002, base_bytes_str("two")}};
    assert_ok(mls_app_data_encode(items, 2, &aad));
    const mls_framing framing = {.authenticated_data = base_buf_bytes(&aad)};
    base_buf message = protect(&framing);
    assert_received(base_buf_bytes(&message), base_buf_bytes(&aad));
    base_buf_clear(&message);
    base_buf_clear(&aad);
}

static void nothing_to_say_is_an_empty_list(void **state)
{
    (void)state;
    base_buf message = protect(NULL);
    assert_received(base_buf_bytes(&message), base_bytes_of("", 1));
    base_buf_clear(&message);
    world_talk(&w);
}

static void what_is_not_framed_is_not_sent(void **state)
{
    (void)state;
    base_buf message = {0};
    mls_commit_out made = {0};
    const mls_framing bad = {.authenticated_data = base_bytes_str("free")};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_commit_params commit = {.framing = bad};
    assert_int_equal(mls_group_protect(alice->group, base_bytes_str("x"), &bad, &message),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_group_propose(alice->group, &update, &bad, WORLD_NOW, &message),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_group_commit(alice->group, &commit, WORLD_NOW, &made), BASE_E_ARGUMENT);
    assert_int_equal(mls_group_proposal_count(alice->group), 0);
    world_talk(&w);
}

static void in_a_group_without_the_component_data_is_free(void **state)
{
    (void)state;
    const mls_framing framing = {.authenticated_data = base_bytes_str("free")};
    base_buf message = protect(&framing);
    assert_received(base_buf_bytes(&message), base_bytes_str("free"));
    base_buf_clear(&message);
    message = protect(NULL);
    assert_received(base_buf_bytes(&message), (base_bytes){NULL, 0});
    base_buf_clear(&message);
}

/* What Bob says to content of Alice's with authenticated data, as a PublicMessage. */
static base_err answer(mls_content_type type, base_bytes body, base_bytes authenticated_data)
{
    base_buf signature = {0};
    mls_auth_content c;
    forge f = forge_of(alice);
    c = (mls_auth_content){.wire_format = MLS_WIRE_PUBLIC_MESSAGE,
                           .content = {.group_id = WORLD_GROUP,
                                       .epoch = mls_group_epoch(alice->group),
                                       .sender = f.committer,
                                       .authenticated_data = authenticated_data,
                                       .type = type,
                                       .body = body}};
    assert_ok(mls_content_sign(&f.g->epoch.suite, base_secret_bytes(&f.g->signature_private), &c,
                               base_buf_bytes(&f.g->epoch.encoded), &signature));
    c.signature = base_buf_bytes(&signature);
    base_buf message = forge_public(f.g, &c);
    base_err err = person_receive(bob, base_buf_bytes(&message));
    base_buf_clear(&message);
    base_buf_clear(&signature);
    return err;
}

/* V-E4.9-2 */
static void items_are_sorted_and_each_component_stands_there_once(void **state)
{
    (void)state;
    const base_bytes body = base_bytes_of("\0\3\0\0\0\0", 6); /* Remove of leaf 0 */
    assert_ok(answer(MLS_CONTENT_PROPOSAL, body, base_bytes_of("\6\0\1\0\0\2\0", 7)));
    assert_int_equal(answer(MLS_CONTENT_PROPOSAL, body, base_bytes_of("\6\0\2\0\0\1\0", 7)),
                     MLS_E_AAD);
    assert_int_equal(answer(MLS_CONTENT_PROPOSAL, body, base_bytes_of("\6\0\1\0\0\1\0", 7)),
                     MLS_E_AAD);
    assert_int_equal(answer(MLS_CONTENT_PROPOSAL, body, base_bytes_of("\0x", 2)), MLS_E_AAD);
}

/* The group of p's forgets that it has the component, and sends what it likes. */
static void break_away(person *p)
{
    p->group->epoch.context.extensions.n = 0;
}

/* V-E4.9-1 */
static void every_kind_of_message_is_framed(void **state)
{
    (void)state;
    mls_commit_out made = {0};
    base_buf again = protect(NULL);
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    break_away(alice);
    base_buf message = protect(NULL);
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_AAD);
    base_buf_clear(&message);
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &made));
    assert_int_equal(person_receive(bob, base_buf_bytes(&made.commit)), MLS_E_AAD);
    mls_commit_out_clear(&made);
    assert_ok(mls_group_propose(alice->group, &update, NULL, WORLD_NOW, &message));
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_AAD);
    assert_int_equal(mls_group_proposal_count(bob->group), 0);
    assert_received(base_buf_bytes(&again), base_bytes_of("", 1));
    base_buf_clear(&message);
    base_buf_clear(&again);
}

static void who_comes_from_outside_frames_as_well(void **state)
{
    (void)state;
    base_buf info = {0};
    base_buf made = {0};
    base_buf package = person_key_package(&w, carol);
    mls_external_params params = {.member = person_member(&w, carol),
                                  .authenticated_data = base_bytes_str("free")};
    assert_ok(mls_propose_join(carol->ctx, WORLD_GROUP, 1, base_buf_bytes(&package),
                               base_buf_bytes(&carol->signature_private), (base_bytes){0}, &made));
    assert_int_equal(person_receive(bob, base_buf_bytes(&made)), MLS_E_AAD);
    assert_ok(mls_propose_join(carol->ctx, WORLD_GROUP, 1, base_buf_bytes(&package),
                               base_buf_bytes(&carol->signature_private), base_bytes_of("", 1),
                               &made));
    assert_ok(person_receive(bob, base_buf_bytes(&made)));
    assert_ok(mls_group_info(alice->group, true, true, &info));
    assert_int_equal(mls_group_join_external(carol->ctx, base_buf_bytes(&info), (base_bytes){0},
                                             &params, WORLD_NOW, &made, &carol->group),
                     BASE_E_ARGUMENT);
    params.authenticated_data = (base_bytes){0};
    assert_ok(mls_group_join_external(carol->ctx, base_buf_bytes(&info), (base_bytes){0}, &params,
                                      WORLD_NOW, &made, &carol->group));
    world_deliver(&w, carol, base_buf_bytes(&made));
    world_talk(&w);
    base_buf_clear(&package);
    base_buf_clear(&made);
    base_buf_clear(&info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(items_reach_their_components),
        CASE(nothing_to_say_is_an_empty_list),
        CASE(what_is_not_framed_is_not_sent),
        cmocka_unit_test_setup_teardown(in_a_group_without_the_component_data_is_free, setup_free,
                                        teardown),
        CASE(items_are_sorted_and_each_component_stands_there_once),
        CASE(every_kind_of_message_is_framed),
        CASE(who_comes_from_outside_frames_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
