/* A group goes through what groups do, on a backend whose secrets are undefined (blind.h): Valgrind
 * reports any branch or index that lib/crypto or lib/mls makes on one, be it a key, a tag that is
 * compared, a path secret or padding. `ct_group control` ends with a comparison of a secret that
 * stops at the first difference, and must be reported. */
#include "adapters/crypto_default.h"

#include "blind.h"
#include "support/fake_random.h"

#define crypto_default() blind_backend()
#define fake_random_port(r) blind_random(fake_random_port(r))
#include "support/mls_world.h"

#include <sotto/mls_app.h>

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];
static person *const dave = &w.people[3];
static const base_bytes none = {NULL, 0};

static void say(void)
{
    world_say(&w, alice, "hello");
    world_say(&w, bob, "hello");
    world_say(&w, carol, "hello");
}

static void say_padded(void)
{
    base_buf message = {0};
    const mls_framing framing = {.pad_to = 256};
    assert_ok(mls_group_protect(alice->group, base_bytes_str("padded"), &framing, &message));
    world_deliver(&w, alice, base_buf_bytes(&message));
    base_buf_clear(&message);
}

static void refuse_wrong_tags(void)
{
    base_buf message = {0};
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_framing in_public = {.is_public = true};
    assert_ok(mls_group_propose(carol->group, &update, &in_public, WORLD_NOW, &message));
    message.p[message.n - 1] ^= 1; /* the membership tag stands last */
    assert_int_equal(person_receive(bob, base_buf_bytes(&message)), MLS_E_MEMBERSHIP_TAG);
    message.p[message.n - 1] ^= 1;
    world_deliver(&w, carol, base_buf_bytes(&message));
    base_buf_clear(&message);
}

static void commit_in_all_forms(void)
{
    mls_commit_out out = {0};
    mls_staged *again = NULL;
    base_buf code = {0};
    const mls_commit_params in_public = {.framing = {.is_public = true}};
    world_commit(&w, bob, NULL, NULL, 0); /* takes the update in */
    world_commit(&w, bob, &in_public, NULL, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mls_psk_put(w.people[i].ctx, base_bytes_str("a"), base_bytes_str("alpha")));
    }
    const mls_proposal_params psks[] = {
        {.type = MLS_PROPOSAL_PSK,
         .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("a")}},
        {.type = MLS_PROPOSAL_PSK,
         .psk = {.type = MLS_PSK_RESUMPTION,
                 .usage = MLS_PSK_APPLICATION,
                 .psk_group_id = WORLD_GROUP,
                 .psk_epoch = mls_group_epoch(carol->group)}}};
    const mls_commit_params with_psks = {.proposals = psks, .n_proposals = 2};
    world_commit(&w, carol, &with_psks, NULL, 0);
    assert_ok(mls_group_commit(alice->group, NULL, WORLD_NOW, &out));
    assert_ok(mls_staged_encode(out.staged, &code));
    assert_ok(mls_staged_decode(alice->group, base_buf_bytes(&code), &again));
    mls_staged_free(again);
    base_buf_clear(&code);
    mls_commit_out_clear(&out);
}

static void export_all(void)
{
    base_buf out = {0};
    assert_ok(mls_group_export(alice->group, base_bytes_str("label"), none, 64, &out));
    assert_ok(mls_group_safe_export(alice->group, 0x8001, &out));
    base_buf_clear(&out);
}

static void whisper(void)
{
    base_buf message = {0};
    mls_targeted t = {0};
    assert_ok(mls_group_targeted_seal(alice->group, mls_group_own_leaf(bob->group),
                                      base_bytes_str("psst"), NULL, &message));
    assert_ok(mls_group_targeted_open(bob->group, base_buf_bytes(&message), &t));
    mls_targeted_clear(&t);
    base_buf_clear(&message);
}

static void send_mail(void)
{
    base_buf ref = {0};
    base_buf package = {0};
    base_buf enc = {0};
    base_buf ciphertext = {0};
    base_buf plaintext = {0};
    const mls_key_package_params params = {.member = person_member(&w, dave),
                                           .not_after = WORLD_NOW + 1000};
    assert_ok(mls_key_package_new(dave->ctx, &params, &package, &ref));
    assert_ok(mls_key_package_seal(alice->ctx, base_buf_bytes(&package), base_bytes_str("mail"),
                                   none, base_bytes_str("hello"), &enc, &ciphertext));
    assert_ok(mls_key_package_open(dave->ctx, base_buf_bytes(&ref), base_bytes_str("mail"), none,
                                   base_buf_bytes(&enc), base_buf_bytes(&ciphertext), &plaintext));
    base_buf *all[] = {&ref, &package, &enc, &ciphertext, &plaintext};
    for (size_t i = 0; i < 5; i++) {
        base_buf_clear(all[i]);
    }
}

static void join_from_outside(void)
{
    base_buf info = {0};
    base_buf commit = {0};
    const mls_external_params params = {.member = person_member(&w, dave)};
    assert_ok(mls_group_info(alice->group, true, true, &info));
    assert_ok(mls_group_join_external(dave->ctx, base_buf_bytes(&info), none, &params, WORLD_NOW,
                                      &commit, &dave->group));
    world_deliver(&w, dave, base_buf_bytes(&commit));
    base_buf_clear(&info);
    base_buf_clear(&commit);
}

static void walk(void)
{
    world_init(&w, 1, 4, 1);
    world_found(&w, 0);
    person *others[] = {bob, carol};
    world_add(&w, alice, others, 2);
    say();
    say_padded();
    refuse_wrong_tags();
    commit_in_all_forms();
    person_reload(alice);
    person_reload(bob);
    say();
    export_all();
    whisper();
    send_mail();
    join_from_outside();
    say();
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE,
                                     .removed = mls_group_own_leaf(carol->group)};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    world_commit(&w, dave, &params, NULL, 0);
    world_say(&w, alice, "hello");
}

/* How much of the epoch's authenticator is zero. */
static size_t leak(void)
{
    static volatile uint8_t zero[32];
    base_bytes secret = mls_group_epoch_authenticator(alice->group);
    size_t n = 0;
    while (n < sizeof zero && secret.p[n] == zero[n]) {
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    (void)argv;
    walk();
    if (argc > 1) {
        assert_true(leak() < 32);
    }
    world_clear(&w);
    return EXIT_SUCCESS;
}
