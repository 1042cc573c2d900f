/* Prints test vectors of our own for a suite that has no published ones: in the working group's
 * format for passive clients. The files tests/vectors/own-*.json are what it printed once, that of
 * the default suite with two entries; they are kept, so that a change of what a suite means shows.
 * Run it by hand, with a suite's number and how many entries:
 *     build/main/tests/vectors/make_own_vectors 0xF002 1 > tests/vectors/own-f002.json
 * The people's randomness is seeded: their keys are no secrets. */
#include <inttypes.h>

#include "support/mls_world.h"

#include "mls/key_store.h"

#define SIGNATURE_SEED 32 /* Ed25519's private key in its standard form */

static world w;
static mls_suite suite;
static person *const passive = &w.people[4];

static void print_hex(const char *name, base_bytes b, const char *end)
{
    printf("\"%s\": \"", name);
    for (size_t i = 0; i < b.n; i++) {
        printf("%02x", b.p[i]);
    }
    printf("\"%s", end);
}

/* ---- one epoch ---- */

/* The proposals of the epoch under way, and whether others travel in public. */
static base_buf proposals[4];
static size_t n_proposals;
static mls_framing framing;
static bool first_epoch;

static void propose(person *p, const mls_proposal_params *proposal)
{
    base_buf *out = &proposals[n_proposals++];
    assert_ok(mls_group_propose(p->group, proposal, &framing, WORLD_NOW, out));
    world_deliver(&w, p, base_buf_bytes(out));
}

static void print_epoch(base_bytes commit)
{
    printf("%s{\"proposals\": [", first_epoch ? "" : ",\n    ");
    first_epoch = false;
    for (size_t i = 0; i < n_proposals; i++) {
        printf("%s\"", i == 0 ? "" : ", ");
        for (size_t k = 0; k < proposals[i].n; k++) {
            printf("%02x", proposals[i].p[k]);
        }
        printf("\"");
        base_buf_clear(&proposals[i]);
    }
    n_proposals = 0;
    printf("], ");
    print_hex("commit", commit, ", ");
    print_hex("epoch_authenticator", mls_group_epoch_authenticator(passive->group), "}");
}

static void commit(person *p, const mls_proposal_params *by_value, size_t n, person *joiner)
{
    const mls_commit_params params = {.proposals = by_value, .n_proposals = n, .framing = framing};
    mls_commit_out out = {0};
    assert_ok(mls_group_commit(p->group, &params, WORLD_NOW, &out));
    world_deliver(&w, p, base_buf_bytes(&out.commit));
    assert_ok(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    if (joiner != NULL) {
        person_join(joiner, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0});
    }
    world_check(&w);
    print_epoch(base_buf_bytes(&out.commit));
    mls_commit_out_clear(&out);
}

/* ---- one client ---- */

static void print_client(base_bytes package, base_bytes ref)
{
    mls_own_key_package own = {0};
    assert_ok(mls_own_key_package_get(passive->ctx, ref, &own));
    base_bytes signature = base_secret_bytes(&own.signature_private);
    signature.n = SIGNATURE_SEED;
    print_hex("key_package", package, ",\n  ");
    print_hex("signature_priv", signature, ",\n  ");
    print_hex("encryption_priv", base_secret_bytes(&own.keys.encryption_key), ",\n  ");
    print_hex("init_priv", base_secret_bytes(&own.keys.init_key), ",\n  ");
    mls_own_key_package_clear(&own);
}

/* Everybody's one PSK, named in the entry when it is used. */
static const mls_proposal_params use_psk = {
    .type = MLS_PROPOSAL_PSK,
    .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = {(const uint8_t *)"own psk", 7}}};

static void print_psk(bool used)
{
    printf("\"external_psks\": [");
    if (used) {
        printf("{");
        print_hex("psk_id", use_psk.psk.psk_id, ", ");
        print_hex("psk", base_bytes_str("a shared secret of our own"), "}");
    }
    printf("],\n  ");
}

/* The passive client is added to a group of three, and told so. */
static void enter(bool beside, bool with_psk)
{
    base_buf package = {0};
    base_buf ref = {0};
    base_buf tree = {0};
    mls_commit_out out = {0};
    const mls_key_package_params params = {.member = person_member(&w, passive),
                                           .not_before = WORLD_NOW - 1,
                                           .not_after = WORLD_NOW + 1};
    assert_ok(mls_key_package_new(passive->ctx, &params, &package, &ref));
    print_psk(true);
    print_client(base_buf_bytes(&package), base_buf_bytes(&ref));
    const mls_proposal_params both[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)}, use_psk};
    const mls_commit_params c = {
        .proposals = both, .n_proposals = with_psk ? 2 : 1, .tree_beside = beside};
    person *p = &w.people[1];
    assert_ok(mls_group_commit(p->group, &c, WORLD_NOW, &out));
    world_deliver(&w, p, base_buf_bytes(&out.commit));
    assert_ok(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    assert_ok(mls_group_tree(p->group, &tree));
    person_join(passive, base_buf_bytes(&out.welcome), base_buf_bytes(&tree));
    print_hex("welcome", base_buf_bytes(&out.welcome), ",\n  ");
    if (beside) {
        print_hex("ratchet_tree", base_buf_bytes(&tree), ",\n  ");
    } else {
        printf("\"ratchet_tree\": null,\n  ");
    }
    print_hex("initial_epoch_authenticator", mls_group_epoch_authenticator(passive->group),
              ",\n  ");
    mls_commit_out_clear(&out);
    base_buf_clear(&tree);
    base_buf_clear(&package);
    base_buf_clear(&ref);
}

static void from_outside(person *p)
{
    base_buf info = {0};
    base_buf message = {0};
    const mls_external_params params = {.member = person_member(&w, p)};
    assert_ok(mls_group_info(w.people[0].group, true, true, &info));
    assert_ok(mls_group_join_external(p->ctx, base_buf_bytes(&info), (base_bytes){NULL, 0}, &params,
                                      WORLD_NOW, &message, &p->group));
    world_deliver(&w, p, base_buf_bytes(&message));
    world_check(&w);
    print_epoch(base_buf_bytes(&message));
    base_buf_clear(&info);
    base_buf_clear(&message);
}

static void print_entry(uint64_t seed, bool in_public, bool beside, bool with_psk)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_proposal_params change = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
    world_init(&w, suite, 6, seed);
    for (size_t i = 0; i < w.n; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, use_psk.psk.psk_id,
                              base_bytes_str("a shared secret of our own")));
    }
    person *first[] = {&w.people[1], &w.people[2]};
    world_found(&w, 0);
    world_add(&w, &w.people[0], first, 2);
    framing = (mls_framing){.is_public = in_public, .pad_to = 128};
    first_epoch = true;
    printf("{\n  \"origin\": \"our own: no vectors are published for this suite\",\n"
           "  \"cipher_suite\": %u,\n  ",
           (unsigned)suite);
    enter(beside, with_psk);
    printf("\"epochs\": [\n    ");
    commit(&w.people[0], NULL, 0, NULL);
    propose(&w.people[2], &update);
    commit(&w.people[1], &use_psk, 1, NULL);
    base_buf package = person_key_package(&w, &w.people[5]);
    const mls_proposal_params swap[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        {.type = MLS_PROPOSAL_REMOVE, .removed = {2}},
        change};
    commit(&w.people[0], swap, 3, &w.people[5]);
    from_outside(&w.people[3]);
    commit(&w.people[5], NULL, 0, NULL);
    printf("\n  ]\n}");
    base_buf_clear(&package);
    world_clear(&w);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: make_own_vectors SUITE 1|2\n");
        return 1;
    }
    suite = (mls_suite)strtoul(argv[1], NULL, 0);
    printf("[");
    print_entry(9001, true, false, false);
    if (argv[2][0] == '2') {
        printf(",\n");
        print_entry(9002, false, true, true);
    }
    printf("]\n");
    return 0;
}
