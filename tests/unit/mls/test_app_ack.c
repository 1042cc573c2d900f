/* Acknowledgements (draft-ietf-mls-extensions, section 6.1): the form, and one on its way from the
 * messages received to the members. */
#include "forge.h"

#include <sotto/mls_app.h>

static base_err decode(base_bytes in)
{
    return mls_app_ack_each(in, NULL, NULL);
}

static const mls_message_range two[] = {{{1}, 0, 0}, {{0x01020304}, 5, 0xFFFFFFFE}};

static base_err compare(void *user, const mls_message_range *r)
{
    size_t *n = user;
    assert_int_equal(r->sender.v, two[*n].sender.v);
    assert_int_equal(r->first_generation, two[*n].first_generation);
    assert_int_equal(r->last_generation, two[*n].last_generation);
    ++*n;
    return BASE_OK;
}

static base_err refuse(void *user, const mls_message_range *r)
{
    (void)r;
    ++*(size_t *)user;
    return BASE_E_STATE;
}

static void an_ack_is_written_as_it_was_read(void **state)
{
    (void)state;
    base_buf out = {0};
    size_t n = 0;
    assert_ok(mls_app_ack_encode(two, 2, &out));
    const base_bytes want =
        base_bytes_of("\30\0\0\0\1\0\0\0\0\0\0\0\0\1\2\3\4\0\0\0\5\377\377\377\376", 25);
    assert_true(base_bytes_eq(base_buf_bytes(&out), want));
    assert_ok(mls_app_ack_each(want, compare, &n));
    assert_int_equal(n, 2);
    n = 0;
    assert_int_equal(mls_app_ack_each(want, refuse, &n), BASE_E_STATE);
    assert_int_equal(n, 1);
    for (size_t cut = 0; cut < want.n; cut++) { /* nothing is shown of what is not whole */
        n = 0;
        assert_int_not_equal(mls_app_ack_each(base_bytes_of(want.p, cut), refuse, &n), BASE_OK);
        assert_int_equal(n, 0);
    }
    assert_ok(mls_app_ack_encode(NULL, 0, &out));
    assert_ok(decode(base_buf_bytes(&out)));
    assert_int_equal(decode(base_bytes_of("\0x", 2)), BASE_E_TRAILING);
    assert_int_equal(mls_app_ack_encode(NULL, 1, &out), BASE_E_ARGUMENT);
    base_buf_clear(&out);
}

/* V-E6.1-1 */
static void a_range_ends_where_it_begins_or_later(void **state)
{
    (void)state;
    base_buf out = {0};
    const mls_message_range back = {{1}, 5, 4};
    assert_ok(decode(base_bytes_of("\14\0\0\0\1\0\0\0\5\0\0\0\5", 13)));
    assert_int_equal(decode(base_bytes_of("\14\0\0\0\1\0\0\0\5\0\0\0\4", 13)), BASE_E_VALUE);
    assert_int_equal(mls_app_ack_encode(&back, 1, &out), BASE_E_ARGUMENT);
}

#define LIST(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
static const mls_extension leaf_extensions[] = {{6, LIST("\10\0\1\5\4\0\1\0\5")}};
static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static void what_was_received_is_acknowledged_in_a_commit(void **state)
{
    (void)state;
    person *alice = &w.people[0];
    person *bob = &w.people[1];
    w.leaf_extensions = (mls_extension_list){leaf_extensions, 1};
    world_init(&w, 1, 2, 740);
    world_assemble(&w);
    base_buf message = {0};
    base_buf ack = {0};
    mls_received r = {0};
    for (uint32_t i = 0; i < 3; i++) {
        assert_ok(mls_group_protect(alice->group, base_bytes_str("x"), NULL, &message));
        assert_int_equal(mls_group_last_generation(alice->group), i);
        assert_ok(mls_group_receive(bob->group, base_buf_bytes(&message), WORLD_NOW, &r));
        assert_int_equal(r.generation, i);
        mls_received_clear(&r);
    }
    const mls_message_range range = {{0}, 0, r.generation};
    assert_ok(mls_app_ack_encode(&range, 1, &ack));
    const mls_proposal_params p = {.type = MLS_PROPOSAL_APP_EPHEMERAL,
                                   .app_ephemeral = {MLS_COMPONENT_APP_ACK, base_buf_bytes(&ack)}};
    const mls_commit_params params = {.proposals = &p, .n_proposals = 1};
    mls_commit_out made = {0};
    assert_ok(mls_group_commit(bob->group, &params, WORLD_NOW, &made));
    assert_ok(mls_group_receive(alice->group, base_buf_bytes(&made.commit), WORLD_NOW, &r));
    const mls_change *c = mls_staged_change(r.staged, 0);
    assert_int_equal(c->kind, MLS_CHANGE_APP_EPHEMERAL);
    assert_int_equal(c->app_ephemeral->component, MLS_COMPONENT_APP_ACK);
    assert_true(base_bytes_eq(c->app_ephemeral->data, base_buf_bytes(&ack)));
    assert_ok(mls_group_merge(alice->group, r.staged));
    r.staged = NULL;
    assert_int_equal(mls_group_last_generation(alice->group), 0);
    mls_received_clear(&r);
    mls_commit_out_clear(&made);
    base_buf_clear(&ack);
    base_buf_clear(&message);
}

static void an_ack_that_is_none_is_refused_on_arrival(void **state)
{
    (void)state;
    w.leaf_extensions = (mls_extension_list){leaf_extensions, 1};
    world_init(&w, 1, 2, 741);
    world_assemble(&w);
    const mls_proposal bad = {.type = MLS_PROPOSAL_APP_EPHEMERAL,
                              .app_ephemeral = {MLS_COMPONENT_APP_ACK, {NULL, 0}}};
    const mls_proposal good = {.type = MLS_PROPOSAL_APP_EPHEMERAL,
                               .app_ephemeral = {MLS_COMPONENT_APP_ACK, {(uint8_t *)"", 1}}};
    forge f = forge_of(&w.people[0]);
    forge_add(&f, &bad);
    assert_int_equal(forge_answer(&f, &w.people[1]), MLS_E_PROPOSAL);
    f = forge_of(&w.people[0]);
    forge_add(&f, &good);
    assert_ok(forge_answer(&f, &w.people[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ack_is_written_as_it_was_read),
        cmocka_unit_test(a_range_ends_where_it_begins_or_later),
        cmocka_unit_test_teardown(what_was_received_is_acknowledged_in_a_commit, teardown),
        cmocka_unit_test_teardown(an_ack_that_is_none_is_refused_on_arrival, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
