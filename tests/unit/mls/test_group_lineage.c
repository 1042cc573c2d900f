/* Groups that claim to follow on another, each with one fault (RFC 9420, sections 11.2, 11.3
 * and 12.4.3.1), beside those that do. */
#include "forge.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const dave = &w.people[3]; /* a stranger to the old group */

static const base_bytes next_id = {(const uint8_t *)"next", 4};

/* A group that Alice makes, with the people of a mask, tied to the old one by a PSK. */
typedef struct claim {
    mls_psk_usage usage;
    uint64_t psk_epoch;
    base_bytes group_id;
    mls_extension_list extensions;
    mls_suite suite;
    unsigned people; /* bit i: person i is added */
    bool late;       /* the PSK comes in a later epoch than the first */
} claim;

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 500);
    world_found(&w, 0);
    person *others[] = {bob, &w.people[2]};
    world_add(&w, alice, others, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static const uint16_t extension_type = MLS_EXTENSION_EXTERNAL_SENDERS;

static mls_extension_list senders(void)
{
    static mls_extension e;
    e = (mls_extension){extension_type, {(const uint8_t *)"\0", 1}};
    return (mls_extension_list){&e, 1};
}

/* The old group ends, in epoch 2, with a ReInit to "next" with these senders. */
static void end_group(void)
{
    const mls_proposal_params reinit = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = next_id, .version = 1, .suite = 1, .extensions = senders()}};
    const mls_commit_params params = {.proposals = &reinit, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
}

/* Bob's answer to the Welcome of the claimed group. */
static base_err answer(const claim *c)
{
    mls_suite own = w.suite;
    base_buf packages[4] = {0};
    mls_proposal_params proposals[5];
    size_t n = 0;
    mls_group *made = NULL;
    mls_group *joined = NULL;
    mls_commit_out out = {0};
    const mls_framing in_public = {.is_public = true};
    w.suite = c->suite;
    const mls_member_params member = person_member(&w, alice);
    assert_ok(mls_group_begin(alice->ctx, c->group_id, &member, c->extensions, WORLD_NOW, &made));
    if (c->late) {
        mls_commit_out first = {0};
        const mls_commit_plan plan = {
            .committer = {MLS_SENDER_MEMBER, 0}, .want_path = true, .framing = &in_public};
        mls_batch b = mls_batch_on(alice->ctx->alloc);
        assert_ok(mls_commit_make(made, &plan, WORLD_NOW, &first));
        assert_ok(mls_staged_enter(made, &first.staged, &b));
        mls_batch_clear(&b);
        mls_commit_out_clear(&first);
    }
    for (size_t i = 1; i < 4; i++) {
        if ((c->people >> i & 1) != 0) {
            packages[i] = person_key_package(&w, &w.people[i]);
            proposals[n++] = (mls_proposal_params){.type = MLS_PROPOSAL_ADD,
                                                   .key_package = base_buf_bytes(&packages[i])};
        }
    }
    proposals[n++] = (mls_proposal_params){.type = MLS_PROPOSAL_PSK,
                                           .psk = {.type = MLS_PSK_RESUMPTION,
                                                   .usage = c->usage,
                                                   .psk_group_id = WORLD_GROUP,
                                                   .psk_epoch = c->psk_epoch}};
    const mls_commit_plan plan = {.committer = {MLS_SENDER_MEMBER, 0},
                                  .is_successor = true,
                                  .want_path = true,
                                  .proposals = proposals,
                                  .n_proposals = n,
                                  .framing = &in_public};
    assert_ok(mls_commit_make(made, &plan, WORLD_NOW, &out));
    base_err err = mls_group_join(bob->ctx, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0},
                                  WORLD_NOW, &joined);
    if (joined != NULL) {
        assert_ok(mls_group_delete(joined));
    }
    if (c->late) {
        assert_ok(mls_group_delete(made));
    }
    mls_group_free(joined);
    mls_group_free(made);
    mls_commit_out_clear(&out);
    for (size_t i = 0; i < 4; i++) {
        base_buf_clear(&packages[i]);
    }
    w.suite = own;
    return err;
}

#define BOB 2u
#define CAROL 4u
#define DAVE 8u

static void a_branch_holds_members_of_the_old_group_alone(void **state)
{
    (void)state;
    claim c = {.usage = MLS_PSK_BRANCH, .psk_epoch = 1, .group_id = next_id, .suite = 1};
    c.people = BOB;
    assert_ok(answer(&c));
    c.people = BOB | CAROL;
    assert_ok(answer(&c));
    c.people = BOB | DAVE;
    assert_int_equal(answer(&c), MLS_E_REINIT); /* V-12.4.3.1-21 */
    (void)dave;
}

static void a_branch_keeps_the_suite(void **state)
{
    (void)state;
    claim c = {.usage = MLS_PSK_BRANCH, .psk_epoch = 1, .group_id = next_id, .people = BOB};
    c.suite = 3;
    assert_int_equal(answer(&c), MLS_E_REINIT); /* V-12.4.3.1-20 */
    c.suite = 1;
    assert_ok(answer(&c));
}

static void a_successor_begins_in_its_first_epoch(void **state)
{
    (void)state;
    claim c = {.usage = MLS_PSK_BRANCH,
               .psk_epoch = 1,
               .group_id = next_id,
               .suite = 1,
               .people = BOB,
               .late = true};
    assert_int_equal(answer(&c), MLS_E_REINIT); /* V-12.4.3.1-16 */
    c.late = false;
    assert_ok(answer(&c));
}

static void a_reinit_follows_a_group_that_has_ended(void **state)
{
    (void)state;
    claim c = {.usage = MLS_PSK_REINIT,
               .psk_epoch = 1,
               .group_id = next_id,
               .extensions = senders(),
               .suite = 1,
               .people = BOB | CAROL};
    assert_int_equal(answer(&c), MLS_E_REINIT); /* V-12.4.3.1-17 */
    end_group();
    assert_int_equal(answer(&c), MLS_E_REINIT); /* the epoch before the end */
    c.psk_epoch = 2;
    assert_ok(answer(&c));
}

static void a_reinit_is_what_the_group_agreed_on(void **state)
{
    (void)state;
    const claim right = {.usage = MLS_PSK_REINIT,
                         .psk_epoch = 2,
                         .group_id = next_id,
                         .extensions = senders(),
                         .suite = 1,
                         .people = BOB | CAROL};
    end_group();
    assert_ok(answer(&right));
    claim c = right;
    c.group_id = base_bytes_str("other"); /* V-12.4.3.1-18 */
    assert_int_equal(answer(&c), MLS_E_REINIT);
    c = right;
    c.suite = 3;
    assert_int_equal(answer(&c), MLS_E_REINIT);
    c = right;
    c.extensions = (mls_extension_list){NULL, 0};
    assert_int_equal(answer(&c), MLS_E_REINIT);
    static const uint8_t required[] = {0, 0, 0};
    const mls_extension e = {MLS_EXTENSION_REQUIRED_CAPABILITIES, {required, sizeof required}};
    c.extensions = (mls_extension_list){&e, 1};
    assert_int_equal(answer(&c), MLS_E_REINIT);
}

static void a_reinit_leaves_no_member_behind(void **state)
{
    (void)state;
    claim c = {.usage = MLS_PSK_REINIT,
               .psk_epoch = 2,
               .group_id = next_id,
               .extensions = senders(),
               .suite = 1};
    end_group();
    c.people = BOB;
    assert_int_equal(answer(&c), MLS_E_REINIT); /* V-12.4.3.1-19 */
    c.people = BOB | CAROL;
    assert_ok(answer(&c));
    c.people = BOB | CAROL | DAVE; /* more may come along */
    assert_ok(answer(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RULE(a_branch_holds_members_of_the_old_group_alone),
        RULE(a_branch_keeps_the_suite),
        RULE(a_successor_begins_in_its_first_epoch),
        RULE(a_reinit_follows_a_group_that_has_ended),
        RULE(a_reinit_is_what_the_group_agreed_on),
        RULE(a_reinit_leaves_no_member_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
