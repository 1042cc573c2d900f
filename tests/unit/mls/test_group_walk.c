/* A random walk: 300 steps of a group of 2 to 20 members for each suite. Each step is drawn from a
 * seed that is printed (SOTTO_SEED chooses another); after each all members agree, and many of them
 * have been read back from the store in between. */
#include "support/mls_world.h"

#define STEPS 300
#define PEOPLE 20

static world w;
static fake_random dice;
static unsigned step_no;

static size_t draw(size_t n)
{
    return (size_t)(fake_random_next(&dice) % n);
}

static bool chance(size_t percent)
{
    return draw(100) < percent;
}

/* A random person who is in, or who is not; NULL when there is none. */
static person *somebody(bool in)
{
    size_t start = draw(PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++) {
        person *p = &w.people[(start + i) % PEOPLE];
        if (person_is_in(p) == in) {
            return p;
        }
    }
    return NULL;
}

static person *somebody_else(const person *than)
{
    size_t start = draw(PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++) {
        person *p = &w.people[(start + i) % PEOPLE];
        if (p != than && person_is_in(p)) {
            return p;
        }
    }
    return NULL;
}

/* The group grows for fifty steps, then shrinks for fifty. */
static bool grows(void)
{
    return step_no / 50 % 2 == 0;
}

static size_t members(void)
{
    size_t n = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        n += person_is_in(&w.people[i]) ? 1 : 0;
    }
    return n;
}

/* Who was removed forgets the group, so that it may come back. */
static void bury(void)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        person *p = &w.people[i];
        if (p->group != NULL && !person_is_in(p)) {
            assert_ok(mls_group_delete(p->group));
            mls_group_free(p->group);
            p->group = NULL;
        }
    }
}

/* A commit by p of what is kept and of what is given; a restart between making and merging now and
 * then. */
static void commit(person *p, const mls_proposal_params *proposals, size_t n,
                   person *const *joiners, size_t n_joiners)
{
    const mls_commit_params params = {.proposals = proposals,
                                      .n_proposals = n,
                                      .no_path = chance(30),
                                      .tree_beside = chance(30),
                                      .framing = {.is_public = chance(50), .pad_to = 64}};
    mls_commit_out out = {0};
    base_buf tree = {0};
    base_buf code = {0};
    assert_ok(mls_group_commit(p->group, &params, WORLD_NOW, &out));
    world_deliver(&w, p, base_buf_bytes(&out.commit));
    if (chance(20)) {
        assert_ok(mls_staged_encode(out.staged, &code));
        mls_staged_free(out.staged);
        out.staged = NULL;
        person_reload(p);
        assert_ok(mls_staged_decode(p->group, base_buf_bytes(&code), &out.staged));
    }
    assert_ok(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    assert_ok(mls_group_tree(p->group, &tree));
    for (size_t i = 0; i < n_joiners; i++) {
        person_join(joiners[i], base_buf_bytes(&out.welcome),
                    params.tree_beside ? base_buf_bytes(&tree) : (base_bytes){NULL, 0});
    }
    base_buf_clear(&code);
    base_buf_clear(&tree);
    mls_commit_out_clear(&out);
    bury();
}

static void step_commit(void)
{
    commit(somebody(true), NULL, 0, NULL, 0);
}

/* One commit with Adds, Removes, a PSK, new extensions, as it comes. */
static void step_mixed(void)
{
    base_buf packages[3] = {0};
    mls_proposal_params proposals[8];
    person *joiners[3];
    size_t n = 0;
    size_t n_joiners = 0;
    person *p = somebody(true);
    while (n_joiners < 3 && members() + n_joiners < PEOPLE && chance(grows() ? 60 : 10)) {
        person *q = somebody(false);
        if (q == NULL || (n_joiners > 0 && q == joiners[0]) || (n_joiners > 1 && q == joiners[1])) {
            break;
        }
        packages[n_joiners] = person_key_package(&w, q);
        proposals[n++] = (mls_proposal_params){.type = MLS_PROPOSAL_ADD,
                                               .key_package = base_buf_bytes(&packages[n_joiners])};
        joiners[n_joiners++] = q;
    }
    person *out = somebody_else(p);
    if (members() > 2 && chance(grows() ? 25 : 90)) {
        proposals[n++] = (mls_proposal_params){.type = MLS_PROPOSAL_REMOVE,
                                               .removed = mls_group_own_leaf(out->group)};
    }
    if (chance(30)) {
        proposals[n++] = (mls_proposal_params){
            .type = MLS_PROPOSAL_PSK,
            .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("shared")}};
    }
    if (chance(10)) {
        proposals[n++] = (mls_proposal_params){.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    }
    commit(p, proposals, n, joiners, n_joiners);
    for (size_t i = 0; i < 3; i++) {
        base_buf_clear(&packages[i]);
    }
}

/* Some proposals by reference, then a commit by whoever. */
static void step_by_reference(void)
{
    const mls_framing in_public = {.is_public = true};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    size_t n = 1 + draw(4);
    for (size_t i = 0; i < n; i++) {
        person *p = somebody(true);
        mls_proposal_params proposal = update;
        if (members() > 3 && i == 0 && chance(30)) {
            proposal = (mls_proposal_params){.type = MLS_PROPOSAL_REMOVE,
                                             .removed = mls_group_own_leaf(p->group)};
        }
        world_propose(&w, p, &proposal, chance(50) ? &in_public : NULL);
        if (chance(20)) {
            person_reload(p);
        }
    }
    /* Who committed may have been the only one to update or leave: then nothing is left to do, and
     * the proposals go with the epoch all the same. */
    step_commit();
}

/* A new signature key with the path. */
static void step_new_key(void)
{
    person *p = somebody(true);
    base_buf private_key = {0};
    base_buf public_key = {0};
    assert_ok(mls_signature_key_new(p->ctx, w.suite, &private_key, &public_key));
    mls_member_params member = person_member(&w, p);
    member.signature_private = base_buf_bytes(&private_key);
    member.signature_public = base_buf_bytes(&public_key);
    const mls_commit_params params = {.update = &member};
    world_commit(&w, p, &params, NULL, 0);
    base_buf_clear(&p->signature_private);
    base_buf_clear(&p->signature_public);
    p->signature_private = private_key;
    p->signature_public = public_key;
}

static void step_external(bool replace)
{
    person *from = somebody(true);
    person *p = replace ? somebody_else(from) : somebody(false);
    base_buf info = {0};
    base_buf made = {0};
    if (p == NULL) {
        return;
    }
    mls_external_params params = {.member = person_member(&w, p), .replace = replace};
    if (replace) {
        params.old = mls_group_own_leaf(p->group);
        assert_ok(mls_group_delete(p->group));
        mls_group_free(p->group);
        p->group = NULL;
    }
    assert_ok(mls_group_info(from->group, true, true, &info));
    assert_ok(mls_group_join_external(p->ctx, base_buf_bytes(&info), (base_bytes){NULL, 0}, &params,
                                      WORLD_NOW, &made, &p->group));
    world_deliver(&w, p, base_buf_bytes(&made));
    base_buf_clear(&info);
    base_buf_clear(&made);
}

static void one_step(void)
{
    switch (draw(8)) {
    case 0:
        step_commit();
        break;
    case 1:
    case 2:
    case 3:
        step_mixed();
        break;
    case 4:
        step_by_reference();
        break;
    case 5:
        step_new_key();
        break;
    case 6:
        if (grows()) {
            step_external(false);
        } else {
            step_mixed();
        }
        break;
    default:
        step_external(true);
        break;
    }
}

static void walk(mls_suite suite, bool slow)
{
    const char *chosen = getenv("SOTTO_SEED");
    uint64_t seed = chosen != NULL ? strtoull(chosen, NULL, 10) : 20250701;
    print_message("suite 0x%04x, seed %llu\n", (unsigned)suite, (unsigned long long)seed);
    dice = fake_random_of(seed + suite);
    world_init(&w, suite, PEOPLE, seed);
    for (size_t i = 0; i < PEOPLE; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("shared"), base_bytes_str("secret")));
    }
    size_t fewest = PEOPLE;
    size_t most = 0;
    person *second = &w.people[1];
    world_found(&w, 0);
    world_add(&w, &w.people[0], &second, 1);
    /* Where every instruction is looked at, a part of the way has to do. */
    unsigned steps = getenv("SOTTO_SLOW") != NULL || slow ? STEPS / 5 : STEPS;
    for (step_no = 0; step_no < steps; step_no++) {
        one_step();
        world_check(&w);
        fewest = members() < fewest ? members() : fewest;
        most = members() > most ? members() : most;
        for (size_t i = 0; i < 3; i++) {
            world_say(&w, somebody(true), "on we go");
        }
        if (chance(50)) {
            person_reload(somebody(true));
        }
    }
    print_message("%zu to %zu members\n", fewest, most);
    world_talk(&w);
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static void members_agree_on_a_random_walk_in_suite_1(void **state)
{
    (void)state;
    walk(MLS_SUITE_X25519_AES128GCM_SHA256_ED25519, false);
}

static void members_agree_on_a_random_walk_in_suite_2(void **state)
{
    (void)state;
    walk(MLS_SUITE_P256_AES128GCM_SHA256_P256, false);
}

static void members_agree_on_a_random_walk_in_suite_3(void **state)
{
    (void)state;
    walk(MLS_SUITE_X25519_CHACHA20POLY1305_SHA256_ED25519, false);
}

static void members_agree_on_a_random_walk_in_the_post_quantum_suite(void **state)
{
    (void)state;
    walk(MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519, false);
}

/* SHA-384, and the longest hash with the largest scalars: short walks, for these curves take some
 * ten times as long as the others. */
static void members_agree_on_a_random_walk_in_suite_7(void **state)
{
    (void)state;
    walk(MLS_SUITE_P384_AES256GCM_SHA384_P384, true);
}

static void members_agree_on_a_random_walk_in_suite_5(void **state)
{
    (void)state;
    walk(MLS_SUITE_P521_AES256GCM_SHA512_P521, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(members_agree_on_a_random_walk_in_suite_1, teardown),
        cmocka_unit_test_teardown(members_agree_on_a_random_walk_in_suite_2, teardown),
        cmocka_unit_test_teardown(members_agree_on_a_random_walk_in_suite_3, teardown),
        cmocka_unit_test_teardown(members_agree_on_a_random_walk_in_the_post_quantum_suite,
                                  teardown),
        cmocka_unit_test_teardown(members_agree_on_a_random_walk_in_suite_7, teardown),
        cmocka_unit_test_teardown(members_agree_on_a_random_walk_in_suite_5, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
