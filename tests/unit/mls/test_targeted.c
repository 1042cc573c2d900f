/* Targeted messages (draft-ietf-mls-targeted-messages-01): its vectors, the way from one member to
 * another, and each step of section 7 broken alone. */
#include "forge.h"

#include <sotto/mls_app.h>

#include "mls/targeted.h"
#include "support/crypto_rig.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 4, 760);
    world_assemble(&w);
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {3}};
    const mls_commit_params params = {.proposals = &out, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* ---- the draft's vectors (its appendix A) ---- */

typedef struct vector {
    mls_leaf_index sender;
    mls_leaf_index recipient;
    size_t padding;
    const char *exporter_secret;
    const char *sender_leaf_node;
    const char *recipient_private;
    const char *authenticated_data;
    const char *application_data;
    const char *message;
} vector;

static const vector vectors[] = {
    {{0},
     {1},
     0,
     "05971f5e2b9993bcafa0a3d56807244c66a3c93b4e439c7bd5cdd169be0f4381",
     "20261fe9ecdc72ea51d0b6fca9ca9ac9f60cce427ffefefe5b69f9b1c6ddfe03"
     "7920086ea8e6a03548f2c0c01822d17a7b740246fade24764cea0bfb15dab691"
     "7acd00010673656e64657202000106000100020003000002000101000000006a"
     "467e24000000006ab54a34004040864a206fc50f108bdfa0444aefb4e128a66b"
     "9eb41b9c6cbf966cfd4ed512a7ba487fcb4b0e18999f67ee08a301538c3f7d92"
     "b28ac24103c61b92192df4d52905",
     "26bd8122d929b7eb26efb4669803d5faffe166027c33a4b6965379b452978d7f",
     "",
     "4b41542074657374207061796c6f616420666f72207461726765746564206d65"
     "737361676573",
     "0001000610cc545d00feed847c9fcba01ca8b4987a0000000000000001000000"
     "010040775fce6b31a536d82b8622160021b9f8d334a0f90215041a63f9bbbab9"
     "904f01d4d0639f70cb46058325779b5183a341ad21d83bb541930994320ab0eb"
     "aeade031efc60de304661bdac6bde5746c152f39dd083664cddd07d93ddc7361"
     "fc49f928044a6971c270dfec5d2d0ac6b63053f0c56308332b3eb137baeda80e"
     "696a69ce98d42e38d68823767268900a4af6ea2b0973a099c82a51268a318c6c"
     "699e774895879be7c35c1e7f557fcc1733bd93"},
    {{0},
     {2},
     64,
     "249a5afd41a1f2fea3b3f3acf23a2e8be12067ef1e9922663287204be7571f00",
     "2060a9e120484d9c6506aeff9749bbca4ee725c40b6575ecaf080d392323584b"
     "2520f3791381dd844d3c5d9b900ed98e69dd424a5509b69789629ae0ede99689"
     "cbf100010673656e64657202000106000100020003000002000101000000006a"
     "467e24000000006ab54a34004040eef8e9ba566bfe53d663cdbd1285c5d10998"
     "e95b9fca89452629757f454b11f639df15b4200a1c32691015ca881ac9cdf550"
     "831c6d89fdaed85b5efb21461d0d",
     "fbe8a1258df29b81fe1e0fa7cf3b1048f4be9309a5590ab1e922eb7ba4bfa49f",
     "726571756573742d69643d3432",
     "7365636f6e64207461726765746564207061796c6f6164",
     "0001000610819eec2f706ac61ee9bafd7b9fd31cf70000000000000005000000"
     "020d726571756573742d69643d343240773a219020641baacc55e5b762759721"
     "0fc36b1e65be4c362f575a3b7d69eceae55eb6419c1d69a891f78ea9986f819d"
     "03c48986009182483818722da3df2f8e875a8a9226511adbba26532d223c7229"
     "4679b9ff52460d68df08ac61e76c906f43e0711e02f49f2cc23327a475fcb348"
     "b1ca7ef919feaaf44068c83943bc53e8055ce739cb31a6bcc9264b11130f1844"
     "575caf153b0d46ed98c51f53581cda073a7936bf9acf620738fa001c3fc049ed"
     "94a17455cabd088bfb00efc2bed7a8ae49dc7a8672a88d0936bc157f1f8487b8"
     "719d2049c07eddf0762c2802bdb73c26274f"},
    {{3},
     {7},
     128,
     "2a1691e01a751a5e22a3906633f78435b14f1b313124338d9896e8b49cb59fef",
     "206e9de742e7abd12d797ffb94e124000dbeaf94dcccc6a70b55fca99a321980"
     "1d206f84c7f10dc4ecfe93952108ffb0904825a199b1f37aeac4aedb848a166e"
     "1d8300010673656e64657202000106000100020003000002000101000000006a"
     "467e24000000006ab54a3400404075ec3f38b4d0d35a7b5a42f85416c26e3e56"
     "e30d03827adeaa2319b187fac34bf1f108dca9d17274416d8dbf7ec03ad02a56"
     "d80c9e0c755286d0b447fc40e802",
     "89a94b207c3bf5b9ba9a704b689ec56437952f1ada84883e3b2225618c61b75d",
     "",
     "",
     "000100061070a9204973aff6642734f9ba6b5792c6000000000000002a000000"
     "07004077cd789de01be4a55d679fc7551e3ca215de779efb874b905911ec7a74"
     "0ce2c7fb4c71356aae83dcd8a0ba96d64cf3e5a4413af85eabd4fef58d100396"
     "581a69a20516c1cef76bc76b5caedcf17ce1b3d89118e3b1c0ac974a6f78fbd4"
     "3b9cb97098d2697f97f0edeb3a403d4f3683d22fabbb6da67c16154091ce8156"
     "d3d5057e803f17af6f88d59f4fe70e254a82dbc5037f86f81a8c8ac0eee77396"
     "fcb0f97f5ad7a3100ac20b621563f6bb3acd5bc5a8cac3479a041e93e737c8fc"
     "255b0c4fd93c601e648658c76a7b7e1db60610111b04f1539c6ea5d76d66a3cc"
     "16cd8ca078ef72f460dfd7adc6be27f11b435aed87f46a6cb9a1b8d3667d084e"
     "0144e65839be751022d26f2e65e5"},
};

static base_buf hex_buf(const char *text)
{
    base_buf out = {0};
    for (size_t i = 0; text[i] != '\0'; i += 2) {
        const char digits[3] = {text[i], text[i + 1], '\0'};
        uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
        assert_ok(base_buf_append(&out, base_bytes_of(&byte, 1)));
    }
    return out;
}

static void run(const vector *v)
{
    crypto_rig rig;
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 1);
    const char *const texts[] = {v->exporter_secret,    v->sender_leaf_node, v->recipient_private,
                                 v->authenticated_data, v->application_data, v->message};
    base_buf in[6];
    base_buf memory = {0};
    base_buf plaintext = {0};
    base_arena lists = base_arena_on(NULL, 0);
    mls_message m;
    mls_leaf_node leaf;
    mls_targeted_sender sender;
    for (size_t i = 0; i < 6; i++) {
        in[i] = hex_buf(texts[i]);
    }
    base_rd r = base_rd_on(base_buf_bytes(&in[1]));
    mls_leaf_node_read(&r, &lists, &leaf);
    assert_ok(base_rd_end(&r));
    assert_ok(mls_message_decode(base_buf_bytes(&in[5]), &lists, &m));
    const mls_targeted_epoch e = {&s, base_buf_bytes(&in[0])};
    const mls_targeted_keys keys = {leaf.signature_key, base_buf_bytes(&in[2])};
    assert_int_equal(m.wire_format, 6);
    assert_int_equal(m.targeted_message.recipient.v, v->recipient.v);
    assert_true(base_bytes_eq(m.targeted_message.authenticated_data, base_buf_bytes(&in[3])));
    assert_ok(mls_targeted_open_sender(&e, &m.targeted_message, &memory, &sender));
    assert_int_equal(sender.leaf.v, v->sender.v);
    assert_ok(mls_targeted_open(&e, &m.targeted_message, &sender, &keys, &plaintext));
    assert_true(base_bytes_eq(base_buf_bytes(&plaintext), base_buf_bytes(&in[4])));
    /* A length of one byte, and the tag. */
    assert_int_equal(m.targeted_message.ciphertext.n, 1 + plaintext.n + v->padding + 16);
    for (size_t i = 0; i < 6; i++) {
        base_buf_clear(&in[i]);
    }
    base_buf_clear(&memory);
    base_buf_clear(&plaintext);
    base_arena_clear(&lists);
}

static void the_vectors_of_the_draft_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        run(&vectors[i]);
    }
}

/* ---- from one member to another ---- */

static base_buf seal(person *from, uint32_t to, const char *text, const mls_framing *framing)
{
    base_buf message = {0};
    assert_ok(mls_group_targeted_seal(from->group, (mls_leaf_index){to}, base_bytes_str(text),
                                      framing, &message));
    return message;
}

static base_err open_by(person *p, base_bytes message)
{
    mls_targeted t = {0};
    base_err err = mls_group_targeted_open(p->group, message, &t);
    assert_true(err == BASE_OK || (t.plaintext.n == 0 && t.authenticated_data.n == 0));
    mls_targeted_clear(&t);
    return err;
}

static void one_member_reads_what_another_sends_it(void **state)
{
    (void)state;
    mls_targeted t = {0};
    mls_peek peek;
    const mls_framing framing = {.authenticated_data = base_bytes_str("id 1"), .pad_to = 100};
    base_buf message = seal(carol, 0, "for Alice", &framing);
    base_buf shorter = seal(carol, 0, "", &framing);
    assert_int_equal(message.n, shorter.n);
    assert_ok(mls_message_peek(base_buf_bytes(&message), &peek));
    assert_int_equal(peek.wire_format, MLS_WIRE_TARGETED_MESSAGE);
    assert_int_equal(peek.epoch, mls_group_epoch(alice->group));
    person_reload(alice);         /* its keys are in the store */
    for (int i = 0; i < 2; i++) { /* as often as it comes */
        assert_ok(mls_group_targeted_open(alice->group, base_buf_bytes(&message), &t));
        assert_int_equal(t.sender.v, 2);
        assert_int_equal(t.epoch, mls_group_epoch(carol->group));
        assert_true(base_bytes_eq(base_buf_bytes(&t.plaintext), base_bytes_str("for Alice")));
        assert_true(base_bytes_eq(base_buf_bytes(&t.authenticated_data), base_bytes_str("id 1")));
        mls_targeted_clear(&t);
    }
    assert_ok(open_by(alice, base_buf_bytes(&shorter)));
    base_buf_clear(&message);
    person_reload(alice); /* and what sending takes */
    message = seal(alice, 1, "for Bob", NULL);
    assert_ok(open_by(bob, base_buf_bytes(&message)));
    world_talk(&w);
    base_buf_clear(&shorter);
    base_buf_clear(&message);
}

static void every_suite_carries_them(void **state)
{
    static const mls_suite suites[] = {2, 3, MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519};
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        teardown(state);
        world_init(&w, suites[i], 2, 761 + i);
        world_assemble(&w);
        base_buf message = seal(alice, 1, "for Bob", NULL);
        assert_ok(open_by(bob, base_buf_bytes(&message)));
        message.p[message.n - 1] ^= 1;
        assert_int_not_equal(open_by(bob, base_buf_bytes(&message)), BASE_OK);
        base_buf_clear(&message);
    }
}

static void a_message_is_of_this_group_and_epoch_and_for_me(void **state)
{
    (void)state;
    base_buf message = seal(carol, 0, "x", NULL);
    const base_bytes m = base_buf_bytes(&message);
    assert_int_equal(open_by(bob, m), MLS_E_RECIPIENT); /* V-T7-3 */
    assert_int_equal(open_by(carol, m), MLS_E_RECIPIENT);
    assert_int_equal(person_receive(alice, m), MLS_E_WIRE_FORMAT);
    message.p[5] ^= 1;
    assert_int_equal(open_by(alice, m), MLS_E_GROUP_ID); /* V-T7-1 */
    message.p[5] ^= 1;
    assert_ok(open_by(alice, m));
    base_buf other = {0};
    assert_ok(mls_group_protect(carol->group, base_bytes_str("x"), NULL, &other));
    assert_int_equal(open_by(alice, base_buf_bytes(&other)), MLS_E_WIRE_FORMAT);
    world_commit(&w, bob, NULL, NULL, 0);
    assert_int_equal(open_by(alice, m), MLS_E_EPOCH_PAST); /* V-T7-2 */
    size_t epoch = 4 + 1 + WORLD_GROUP.n + 7;
    message.p[epoch] = (uint8_t)(message.p[epoch] + 2);
    assert_int_equal(open_by(alice, m), MLS_E_EPOCH_FUTURE);
    base_buf_clear(&other);
    base_buf_clear(&message);
}

/* V-T7-4: what the address is checked for comes first, the rest is bound by a key or a signature.
 */
static void every_byte_is_bound(void **state)
{
    (void)state;
    const mls_framing framing = {.authenticated_data = base_bytes_str("abc")};
    base_buf message = seal(carol, 0, "x", &framing);
    const base_bytes m = base_buf_bytes(&message);
    size_t refused[3] = {0};
    for (size_t i = 4; i < m.n; i++) {
        message.p[i] ^= 1;
        base_err err = open_by(alice, m);
        assert_int_not_equal(err, BASE_OK);
        refused[0] += err == CRYPTO_E_OPEN ? 1 : 0;
        refused[1] += err == CRYPTO_E_SIGNATURE ? 1 : 0;
        message.p[i] ^= 1;
    }
    assert_true(refused[0] > 32 + 64); /* sender data, and the first bytes of the ciphertext */
    assert_true(refused[1] >= 3);      /* authenticated data */
    for (size_t n = 0; n < m.n; n++) {
        assert_int_not_equal(open_by(alice, base_bytes_of(m.p, n)), BASE_OK);
    }
    assert_ok(open_by(alice, m));
    base_buf_clear(&message);
}

/* A message made by hand: as `leaf`, with Carol's keys or other ones. */
static base_buf forge_from(uint32_t leaf, base_bytes signature_private, base_bytes recipient_key)
{
    base_buf message = {0};
    const mls_targeted_epoch e = {&carol->group->epoch.suite,
                                  base_secret_bytes(&carol->group->epoch.secrets.exporter_secret)};
    const mls_targeted_from from = {{leaf}, signature_private, recipient_key};
    const mls_targeted_message m = {
        .group_id = WORLD_GROUP, .epoch = mls_group_epoch(carol->group), .recipient = {0}};
    assert_ok(mls_targeted_protect(&e, &from, &m, base_bytes_str("x"), 0, &message));
    return message;
}

static base_bytes leaf_key(uint32_t leaf)
{
    const mls_leaf_node *node = NULL;
    assert_ok(mls_group_member(carol->group, (mls_leaf_index){leaf}, &node));
    return node->encryption_key;
}

static base_bytes carols_key(void)
{
    return base_secret_bytes(&carol->group->signature_private);
}

static base_err answer(base_buf message)
{
    base_err err = open_by(alice, base_buf_bytes(&message));
    base_buf_clear(&message);
    return err;
}

static void a_sender_is_a_member(void **state)
{
    (void)state;
    assert_int_equal(answer(forge_from(3, carols_key(), leaf_key(0))), MLS_E_SENDER); /* V-T7-5 */
    assert_int_equal(answer(forge_from(70, carols_key(), leaf_key(0))), MLS_E_SENDER);
    assert_ok(answer(forge_from(2, carols_key(), leaf_key(0))));
}

static void a_member_speaks_for_nobody_else(void **state)
{
    (void)state;
    assert_int_equal(answer(forge_from(1, carols_key(), leaf_key(0))),
                     CRYPTO_E_SIGNATURE); /* V-T7-6 */
}

static void what_was_signed_and_sealed_to_another_does_not_open(void **state)
{
    (void)state;
    assert_int_equal(answer(forge_from(2, carols_key(), leaf_key(1))), CRYPTO_E_OPEN); /* V-T7-7 */
}

/* The content of a message with padding, sealed again with its last byte set. */
static void padding_that_is_not_zero_is_refused(void **state)
{
    (void)state;
    /* What protects takes only whole application data: a length that says less leaves the rest as
     * padding, which is not zero then. */
    base_buf message = {0};
    const mls_targeted_epoch e = {&carol->group->epoch.suite,
                                  base_secret_bytes(&carol->group->epoch.secrets.exporter_secret)};
    const mls_targeted_from from = {{2}, carols_key(), leaf_key(0)};
    const mls_targeted_message m = {
        .group_id = WORLD_GROUP, .epoch = mls_group_epoch(carol->group), .recipient = {0}};
    assert_ok(mls_targeted_protect_content(&e, &from, &m, base_bytes_of("\1x\0\0", 4), &message));
    assert_ok(open_by(alice, base_buf_bytes(&message)));
    assert_ok(mls_targeted_protect_content(&e, &from, &m, base_bytes_of("\1x\0\1", 4), &message));
    assert_int_equal(open_by(alice, base_buf_bytes(&message)), MLS_E_PADDING); /* V-T7-8 */
    assert_ok(mls_targeted_protect_content(&e, &from, &m, base_bytes_of("\5x", 2), &message));
    assert_int_equal(open_by(alice, base_buf_bytes(&message)), BASE_E_TRUNCATED);
    base_buf_clear(&message);
}

static void what_cannot_be_sent_is_refused(void **state)
{
    (void)state;
    base_buf message = {0};
    const mls_framing in_public = {.is_public = true};
    const mls_framing huge = {.pad_to = SIZE_MAX};
    const base_bytes x = base_bytes_str("x");
    const mls_leaf_index to_bob = {1};
    assert_int_equal(mls_group_targeted_seal(alice->group, (mls_leaf_index){0}, x, NULL, &message),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_group_targeted_seal(alice->group, to_bob, x, &in_public, &message),
                     BASE_E_ARGUMENT);
    assert_int_equal(mls_group_targeted_seal(alice->group, to_bob, x, &huge, &message),
                     BASE_E_LIMIT);
    assert_int_equal(mls_group_targeted_seal(alice->group, (mls_leaf_index){3}, x, NULL, &message),
                     BASE_E_NOT_FOUND);
    assert_int_equal(mls_group_targeted_seal(alice->group, (mls_leaf_index){99}, x, NULL, &message),
                     BASE_E_NOT_FOUND);
    assert_int_equal(mls_group_targeted_seal(w.people[3].group, to_bob, x, NULL, &message),
                     MLS_E_REMOVED);
    assert_int_equal(message.n, 0);
    base_buf good = seal(alice, 1, "x", NULL);
    mls_targeted t = {0};
    assert_int_equal(mls_group_targeted_open(w.people[3].group, base_buf_bytes(&good), &t),
                     MLS_E_REMOVED);
    assert_int_equal(mls_group_targeted_open(NULL, base_buf_bytes(&good), &t), BASE_E_ARGUMENT);
    base_buf_clear(&good);
}

/* Each allocation and draw of sealing and opening fails in turn. */
static void memory_and_randomness_that_run_out_are_errors(void **state)
{
    (void)state;
    base_buf message = {0};
    for (int kind = 0; kind < 2; kind++) {
        base_err err = BASE_E_NOMEM;
        for (size_t n = 1; err != BASE_OK; n++) {
            fake_alloc_reset(&carol->heap, kind == 0 ? n : 0);
            carol->random.calls = 0;
            carol->random.fail_at = kind == 1 ? n : 0;
            err = mls_group_targeted_seal(carol->group, (mls_leaf_index){0}, base_bytes_str("x"),
                                          NULL, &message);
            assert_true(err == BASE_OK || err == (kind == 0 ? BASE_E_NOMEM : BASE_E_RANDOM));
            assert_true(n < 1000);
        }
        fake_alloc_reset(&carol->heap, 0);
        carol->random.fail_at = 0;
    }
    base_err err = BASE_E_NOMEM;
    for (size_t n = 1; err != BASE_OK; n++) {
        fake_alloc_reset(&alice->heap, n);
        err = open_by(alice, base_buf_bytes(&message));
        assert_true(err == BASE_OK || err == BASE_E_NOMEM);
        assert_true(n < 1000);
    }
    fake_alloc_reset(&alice->heap, 0);
    base_buf_clear(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_draft_open),
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(one_member_reads_what_another_sends_it),
        CASE(every_suite_carries_them),
        CASE(a_message_is_of_this_group_and_epoch_and_for_me),
        CASE(every_byte_is_bound),
        CASE(a_sender_is_a_member),
        CASE(a_member_speaks_for_nobody_else),
        CASE(what_was_signed_and_sealed_to_another_does_not_open),
        CASE(padding_that_is_not_zero_is_refused),
        CASE(what_cannot_be_sent_is_refused),
        CASE(memory_and_randomness_that_run_out_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
