/* The secret tree: keys as RFC 9420 (section 9) derives them, each given once, order and limits,
 * and that nothing which section 9.2 calls consumed is left in memory. */
#include "secret_tree_model.h"

#define H MLS_RATCHET_HANDSHAKE
#define A MLS_RATCHET_APPLICATION

static mls_leaf_index leaf_of(uint32_t v)
{
    return (mls_leaf_index){v};
}

/* ---- keys ---- */

static void keys_are_those_of_the_rfc_in_every_suite_and_size(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x0001, 0x0003, 0x0007, 84};
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t n = 1; n <= 16; n *= 2) {
            tree_rig r;
            tree_rig_init(&r, suites[i], n);
            for (uint32_t leaf = 0; leaf < n; leaf++) {
                assert_int_equal(tree_rig_receive(&r, leaf, A, 0), BASE_OK);
                assert_int_equal(tree_rig_receive(&r, leaf, A, 3), BASE_OK);
                assert_int_equal(tree_rig_receive(&r, leaf, H, 1), BASE_OK);
            }
            tree_rig_clear(&r);
        }
    }
}

static void the_order_of_first_use_does_not_matter(void **state)
{
    (void)state;
    fake_random random = fake_random_of(71);
    for (int turn = 0; turn < 20; turn++) {
        uint32_t order[32];
        tree_rig r;
        tree_rig_init(&r, 0x0001, 32);
        for (uint32_t i = 0; i < 32; i++) {
            uint32_t k = (uint32_t)(fake_random_next(&random) % (i + 1));
            order[i] = order[k];
            order[k] = i;
        }
        for (uint32_t i = 0; i < 32; i++) {
            assert_int_equal(tree_rig_receive(&r, order[i], A, 0), BASE_OK);
        }
        tree_rig_clear(&r);
    }
}

static void a_number_of_leaves_is_rounded_up_to_a_power_of_two(void **state)
{
    (void)state;
    tree_rig r;
    mls_secret_tree *t = NULL;
    mls_ratchet_step step = {0};
    tree_rig_init(&r, 0x0001, 8);
    base_secret root = r.root;
    assert_int_equal(mls_secret_tree_new(&r.s, 5, &model_limits, &root, &t), BASE_OK);
    for (uint32_t leaf = 0; leaf < 8; leaf++) {
        mls_message_key want = model_key(&r.s, r.root, 8, leaf, A, 0);
        assert_int_equal(mls_secret_tree_peek(t, leaf_of(leaf), A, 0, &step), BASE_OK);
        assert_key(&step.key, &want);
        mls_ratchet_step_clear(&step);
    }
    assert_int_equal(mls_secret_tree_peek(t, leaf_of(8), A, 0, &step), BASE_E_ARGUMENT);
    mls_secret_tree_free(t);
    tree_rig_clear(&r);
}

static void trees_of_no_leaves_too_many_or_a_foreign_secret_are_refused(void **state)
{
    (void)state;
    tree_rig r;
    mls_secret_tree *t = NULL;
    tree_rig_init(&r, 0x0001, 1);
    base_secret root = r.root;
    assert_int_equal(mls_secret_tree_new(&r.s, 0, &model_limits, &root, &t), BASE_E_ARGUMENT);
    assert_int_equal(mls_secret_tree_new(&r.s, (1U << 30) + 1, &model_limits, &root, &t),
                     BASE_E_ARGUMENT);
    assert_int_equal(root.n, 32); /* not taken */
    root.n = 31;
    assert_int_equal(mls_secret_tree_new(&r.s, 1, &model_limits, &root, &t), BASE_E_ARGUMENT);
    assert_null(t);
    mls_secret_tree_free(NULL);
    tree_rig_clear(&r);
}

static void sending_steps_through_all_generations(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 4);
    for (uint32_t g = 0; g < 30; g++) {
        tree_rig_send(&r, 2, A, g);
        if (g % 3 == 0) {
            tree_rig_send(&r, 2, H, g / 3);
        }
    }
    tree_rig_clear(&r);
}

/* ---- receiving ---- */

static void a_peek_changes_nothing(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 4);
    for (int turn = 0; turn < 3; turn++) {
        mls_ratchet_step step = {0};
        mls_message_key want = model_key(&r.s, r.root, 4, 1, A, 5);
        assert_int_equal(mls_secret_tree_peek(r.t, leaf_of(1), A, 5, &step), BASE_OK);
        assert_key(&step.key, &want);
        mls_ratchet_step_clear(&step);
        assert_int_equal(step.key.key.n, 0);
    }
    for (uint32_t g = 0; g < 6; g++) {
        assert_int_equal(tree_rig_receive(&r, 1, A, g), BASE_OK);
    }
    tree_rig_clear(&r);
}

/* V-9.1-1 */
static void a_key_is_given_once(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 4);
    assert_int_equal(tree_rig_receive(&r, 1, A, 4), BASE_OK);
    for (uint32_t g = 0; g < 4; g++) { /* the skipped ones, late */
        assert_int_equal(tree_rig_receive(&r, 1, A, 3 - g), BASE_OK);
    }
    for (uint32_t g = 0; g < 5; g++) {
        assert_int_equal(tree_rig_receive(&r, 1, A, g), MLS_E_GENERATION_GONE);
        assert_int_equal(tree_rig_receive(&r, 1, H, g), BASE_OK); /* the other ratchet is apart */
    }
    assert_int_equal(tree_rig_receive(&r, 1, A, 5), BASE_OK);
    tree_rig_clear(&r);
}

static void a_sent_generation_is_gone_for_receiving(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 2);
    tree_rig_send(&r, 0, A, 0);
    assert_int_equal(tree_rig_receive(&r, 0, A, 0), MLS_E_GENERATION_GONE);
    assert_int_equal(tree_rig_receive(&r, 0, A, 1), BASE_OK);
    tree_rig_send(&r, 0, A, 2);
    tree_rig_clear(&r);
}

/* V-9.1-2 */
static void a_message_may_skip_as_far_as_the_limit_and_no_further(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 2);
    assert_int_equal(tree_rig_receive(&r, 0, A, 21), MLS_E_GENERATION_FAR);
    assert_int_equal(tree_rig_receive(&r, 0, A, UINT32_MAX - 1), MLS_E_GENERATION_FAR);
    assert_int_equal(tree_rig_receive(&r, 0, A, UINT32_MAX), MLS_E_GENERATION_FAR);
    assert_int_equal(tree_rig_receive(&r, 0, A, 20), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 42), MLS_E_GENERATION_FAR);
    assert_int_equal(tree_rig_receive(&r, 0, A, 41), BASE_OK);
    tree_rig_clear(&r);
}

static void the_oldest_skipped_keys_are_dropped_beyond_the_limit(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 2);
    assert_int_equal(tree_rig_receive(&r, 0, A, 15), BASE_OK); /* 15 skipped, 10 kept: 5 to 14 */
    assert_int_equal(tree_rig_receive(&r, 0, A, 4), MLS_E_GENERATION_GONE);
    assert_int_equal(tree_rig_receive(&r, 0, A, 5), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 19), BASE_OK); /* 16, 17, 18 push out 6 and 7 */
    assert_int_equal(tree_rig_receive(&r, 0, A, 7), MLS_E_GENERATION_GONE);
    assert_int_equal(tree_rig_receive(&r, 0, A, 8), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 18), BASE_OK);
    tree_rig_clear(&r);
}

static void with_no_keys_kept_a_skipped_message_is_lost(void **state)
{
    (void)state;
    static const mls_ratchet_limits none = {.forward = 5, .kept = 0};
    tree_rig r;
    tree_rig_init(&r, 0x0001, 2);
    base_secret root = r.root;
    mls_secret_tree_free(r.t);
    r.t = NULL;
    assert_int_equal(mls_secret_tree_new(&r.s, 2, &none, &root, &r.t), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 2), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 1), MLS_E_GENERATION_GONE);
    assert_int_equal(tree_rig_receive(&r, 0, A, 3), BASE_OK);
    tree_rig_clear(&r);
}

static void a_step_of_an_older_state_is_not_applied(void **state)
{
    (void)state;
    tree_rig r;
    mls_ratchet_step one = {0};
    mls_ratchet_step two = {0};
    mls_ratchet_step late = {0};
    tree_rig_init(&r, 0x0001, 2);
    assert_int_equal(mls_secret_tree_peek(r.t, leaf_of(0), A, 2, &one), BASE_OK);
    assert_int_equal(mls_secret_tree_peek(r.t, leaf_of(0), A, 3, &two), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(r.t, &one), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(r.t, &two), BASE_E_STATE);
    mls_ratchet_step_clear(&two);
    assert_int_equal(mls_secret_tree_peek(r.t, leaf_of(0), A, 1, &late), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 1), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(r.t, &late), BASE_E_STATE);
    mls_ratchet_step_clear(&late);
    assert_int_equal(tree_rig_receive(&r, 0, A, 3), BASE_OK);
    late.leaf = leaf_of(1); /* of no sender */
    assert_int_equal(mls_secret_tree_consume(r.t, &late), BASE_E_STATE);
    tree_rig_clear(&r);
}

/* Two peers, one sending, one receiving what a random network delivers. */
static void a_random_network_delivers_each_message_at_most_once(void **state)
{
    (void)state;
    fake_random random = fake_random_of(72);
    for (int turn = 0; turn < 10; turn++) {
        tree_rig to;
        tree_rig from;
        bool done[60] = {false};
        mls_message_key sent[60];
        tree_rig_init(&to, 0x0003, 8);
        tree_rig_init(&from, 0x0003, 8);
        for (uint32_t g = 0; g < 60; g++) {
            uint32_t generation = 99;
            assert_int_equal(mls_secret_tree_next(from.t, leaf_of(5), A, &generation, &sent[g]),
                             BASE_OK);
            assert_int_equal(generation, g);
        }
        for (uint32_t i = 0; i < 300; i++) {
            uint32_t g = i / 5 + (uint32_t)(fake_random_next(&random) % 5);
            mls_ratchet_step step = {0};
            if (g >= 60) {
                continue;
            }
            base_err err = mls_secret_tree_peek(to.t, leaf_of(5), A, g, &step);
            if (done[g]) {
                assert_int_equal(err, MLS_E_GENERATION_GONE);
                continue;
            }
            assert_int_equal(err, BASE_OK);
            assert_key(&step.key, &sent[g]);
            if (fake_random_next(&random) % 4 == 0) {
                mls_ratchet_step_clear(&step); /* a forgery: it did not open */
                continue;
            }
            assert_int_equal(mls_secret_tree_consume(to.t, &step), BASE_OK);
            done[g] = true;
        }
        tree_rig_clear(&to);
        tree_rig_clear(&from);
    }
}

/* ---- deletion (section 9.2) ---- */

typedef struct searched {
    fake_heap heap;
    crypto_env env;
    crypto_suite s;
    base_secret root;
    mls_secret_tree *t;
} searched;

static void searched_init(searched *x, tree_rig *r, uint32_t n)
{
    memset(x, 0, sizeof *x);
    tree_rig_init(r, 0x0001, n);
    fake_heap_init(&x->heap);
    x->env = r->rig.env;
    x->env.alloc = &x->heap.port;
    x->s = r->s;
    x->s.env = &x->env;
    x->root = r->root;
    base_secret taken = r->root;
    assert_int_equal(mls_secret_tree_new(&x->s, n, &model_limits, &taken, &x->t), BASE_OK);
}

static bool held(const searched *x, const base_secret *secret)
{
    return fake_heap_holds(&x->heap, base_secret_bytes(secret));
}

/* The example of section 9.2: four members, the first message of D that arrives is its second. */
static void what_the_rfc_calls_consumed_is_gone_and_the_rest_is_kept(void **state)
{
    (void)state;
    tree_rig r;
    searched x;
    mls_ratchet_step step = {0};
    searched_init(&x, &r, 4);
    const crypto_suite *s = &r.s;
    base_secret g = r.root;
    base_secret e = model_node(s, r.root, 4, 0, 1);
    base_secret f = model_node(s, r.root, 4, 2, 1);
    base_secret c = model_node(s, r.root, 4, 2, 0);
    base_secret d = model_node(s, r.root, 4, 3, 0);
    base_secret ar[3];
    mls_message_key k[3];
    for (uint32_t i = 0; i < 3; i++) {
        ar[i] = model_ratchet_secret(s, r.root, 4, 3, A, i);
        k[i] = model_key(s, r.root, 4, 3, A, i);
    }
    base_secret hr0 = model_ratchet_secret(s, r.root, 4, 3, H, 0);
    const base_secret *consumed[] = {&g, &f, &d, &ar[0], &ar[1], &k[1].key, &k[1].nonce};
    const base_secret *kept[] = {&e, &c, &ar[2], &hr0, &k[0].key, &k[0].nonce};
    assert_true(held(&x, &g));
    assert_int_equal(mls_secret_tree_peek(x.t, leaf_of(3), A, 1, &step), BASE_OK);
    assert_true(held(&x, &ar[0])); /* not consumed before the message opened */
    assert_int_equal(mls_secret_tree_consume(x.t, &step), BASE_OK);
    for (size_t i = 0; i < sizeof consumed / sizeof consumed[0]; i++) {
        assert_false(held(&x, consumed[i]));
        fake_heap_watch(&x.heap, base_secret_bytes(consumed[i]));
    }
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        assert_true(held(&x, kept[i]));
        fake_heap_watch(&x.heap, base_secret_bytes(kept[i]));
    }
    static const base_secret nothing = {0};
    assert_memory_equal(&step.secret, &nothing, sizeof nothing);
    assert_memory_equal(&step.key.key, &nothing, sizeof nothing);
    mls_secret_tree_free(x.t);
    assert_int_equal(x.heap.spilled, 0);
    assert_int_equal(x.heap.live, 0);
    tree_rig_clear(&r);
}

static void a_sent_key_and_what_it_came_from_are_gone(void **state)
{
    (void)state;
    tree_rig r;
    searched x;
    uint32_t generation = 0;
    mls_message_key key = {0};
    searched_init(&x, &r, 2);
    base_secret ar[3];
    for (uint32_t i = 0; i < 3; i++) {
        ar[i] = model_ratchet_secret(&r.s, r.root, 2, 0, A, i);
    }
    base_secret leaf = model_node(&r.s, r.root, 2, 0, 0);
    fake_heap_watch(&x.heap, base_secret_bytes(&r.root));
    fake_heap_watch(&x.heap, base_secret_bytes(&leaf));
    fake_heap_watch(&x.heap, base_secret_bytes(&ar[0]));
    fake_heap_watch(&x.heap, base_secret_bytes(&ar[1]));
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(mls_secret_tree_next(x.t, leaf_of(0), A, &generation, &key), BASE_OK);
        fake_heap_watch(&x.heap, base_secret_bytes(&key.key));
        assert_false(held(&x, &key.key));
        assert_false(held(&x, &key.nonce));
        assert_false(held(&x, &ar[i]));
        assert_true(held(&x, &ar[i + 1]));
        assert_false(held(&x, &r.root));
        assert_false(held(&x, &leaf));
    }
    mls_secret_tree_free(x.t);
    assert_int_equal(x.heap.spilled, 0);
    tree_rig_clear(&r);
}

static void a_late_key_a_dropped_key_and_a_reserved_key_are_erased_in_use(void **state)
{
    (void)state;
    tree_rig r;
    searched x;
    mls_ratchet_step step = {0};
    mls_message_key key = {0};
    uint32_t generation = 0;
    searched_init(&x, &r, 2);
    mls_message_key k0 = model_key(&r.s, r.root, 2, 0, A, 0);
    mls_message_key k1 = model_key(&r.s, r.root, 2, 0, A, 1);
    mls_message_key r0 = model_key(&r.s, r.root, 2, 1, A, 0);
    fake_heap_watch(&x.heap, base_secret_bytes(&k0.key));
    fake_heap_watch(&x.heap, base_secret_bytes(&k1.key));
    fake_heap_watch(&x.heap, base_secret_bytes(&r0.key));
    assert_int_equal(mls_secret_tree_peek(x.t, leaf_of(0), A, 10, &step), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(x.t, &step), BASE_OK);
    assert_true(held(&x, &k0.key));
    assert_int_equal(mls_secret_tree_peek(x.t, leaf_of(0), A, 0, &step), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(x.t, &step), BASE_OK);
    assert_false(held(&x, &k0.key)); /* late */
    assert_true(held(&x, &k1.key));
    assert_int_equal(mls_secret_tree_peek(x.t, leaf_of(0), A, 13, &step), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(x.t, &step), BASE_OK);
    assert_false(held(&x, &k1.key)); /* dropped */
    assert_int_equal(mls_secret_tree_reserve(x.t, leaf_of(1), A, 3), BASE_OK);
    assert_true(held(&x, &r0.key));
    assert_int_equal(mls_secret_tree_next(x.t, leaf_of(1), A, &generation, &key), BASE_OK);
    assert_key(&key, &r0);
    assert_false(held(&x, &r0.key)); /* reserved, now sent */
    mls_secret_tree_free(x.t);
    assert_int_equal(x.heap.spilled, 0);
    tree_rig_clear(&r);
}

/* ---- memory ---- */

static void memory_grows_with_the_leaves_that_are_used(void **state)
{
    (void)state;
    tree_rig r;
    searched x;
    mls_ratchet_step step = {0};
    const uint32_t n = 1U << 20;
    searched_init(&x, &r, n);
    assert_true(x.heap.bytes < 4096);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t leaf = i * 7919 % n;
        mls_message_key want = model_key(&r.s, r.root, n, leaf, A, 0);
        assert_int_equal(mls_secret_tree_peek(x.t, leaf_of(leaf), A, 0, &step), BASE_OK);
        assert_key(&step.key, &want);
        assert_int_equal(mls_secret_tree_consume(x.t, &step), BASE_OK);
    }
    mls_secret_tree_saved(x.t);
    /* 64 senders, and at most 20 nodes beside each way down: below a quarter of a megabyte, where
     * the nodes of the whole tree would be 150 MB */
    assert_true(x.heap.bytes < 256 * 1024);
    mls_secret_tree_free(x.t);
    assert_int_equal(x.heap.live, 0);
    tree_rig_clear(&r);
}

/* ---- sender data ---- */

static void the_sender_data_key_comes_from_a_sample_of_the_ciphertext(void **state)
{
    (void)state;
    crypto_rig rig;
    uint8_t bytes[100];
    mls_message_key one = {0};
    mls_message_key two = {0};
    crypto_rig_init(&rig, 1);
    crypto_suite s = crypto_rig_suite(&rig, 0x0001);
    base_bytes secret = base_bytes_str("sender data secret, 32 bytes ...");
    memset(bytes, 7, sizeof bytes);
    assert_int_equal(mls_sender_data_key(&s, secret, base_bytes_of(bytes, 100), &one), BASE_OK);
    assert_int_equal(mls_sender_data_key(&s, secret, base_bytes_of(bytes, 32), &two), BASE_OK);
    assert_key(&one, &two); /* the first Nh bytes */
    bytes[31] ^= 1;
    assert_int_equal(mls_sender_data_key(&s, secret, base_bytes_of(bytes, 100), &two), BASE_OK);
    assert_memory_not_equal(one.key.b, two.key.b, one.key.n);
    assert_memory_not_equal(one.nonce.b, two.nonce.b, one.nonce.n);
    assert_int_equal(mls_sender_data_key(&s, secret, base_bytes_of(bytes, 31), &one), BASE_OK);
    assert_memory_not_equal(one.key.b, two.key.b, one.key.n);
    base_secret want = {0};
    assert_int_equal(
        crypto_expand_secret(&s, secret, CRYPTO_LABEL("key"), base_bytes_of(bytes, 31), 16, &want),
        BASE_OK); /* a short ciphertext is its own sample */
    assert_bytes(base_secret_bytes(&one.key), base_secret_bytes(&want));
}

static void the_reuse_guard_covers_the_first_four_bytes_of_the_nonce(void **state)
{
    (void)state;
    mls_message_key k = {.nonce = {.n = 12, .b = {1, 2, 3, 4, 5, 6}}};
    const uint8_t guard[4] = {0xff, 0, 0x03, 0xf0};
    mls_message_key_guard(&k, guard);
    assert_bytes(base_secret_bytes(&k.nonce), unhex("fe0200f40506000000000000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_rfc_in_every_suite_and_size),
        cmocka_unit_test(the_order_of_first_use_does_not_matter),
        cmocka_unit_test(a_number_of_leaves_is_rounded_up_to_a_power_of_two),
        cmocka_unit_test(trees_of_no_leaves_too_many_or_a_foreign_secret_are_refused),
        cmocka_unit_test(sending_steps_through_all_generations),
        cmocka_unit_test(a_peek_changes_nothing),
        cmocka_unit_test(a_key_is_given_once),
        cmocka_unit_test(a_sent_generation_is_gone_for_receiving),
        cmocka_unit_test(a_message_may_skip_as_far_as_the_limit_and_no_further),
        cmocka_unit_test(the_oldest_skipped_keys_are_dropped_beyond_the_limit),
        cmocka_unit_test(with_no_keys_kept_a_skipped_message_is_lost),
        cmocka_unit_test(a_step_of_an_older_state_is_not_applied),
        cmocka_unit_test(a_random_network_delivers_each_message_at_most_once),
        cmocka_unit_test(what_the_rfc_calls_consumed_is_gone_and_the_rest_is_kept),
        cmocka_unit_test(a_sent_key_and_what_it_came_from_are_gone),
        cmocka_unit_test(a_late_key_a_dropped_key_and_a_reserved_key_are_erased_in_use),
        cmocka_unit_test(memory_grows_with_the_leaves_that_are_used),
        cmocka_unit_test(the_sender_data_key_comes_from_a_sample_of_the_ciphertext),
        cmocka_unit_test(the_reuse_guard_covers_the_first_four_bytes_of_the_nonce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
