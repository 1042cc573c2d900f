/* The secret tree's way to the store and back: what a message costs there, restarts at any point,
 * reserved generations, what is refused as corrupt, and failures of memory, hash and sink. */
#include "secret_tree_model.h"

#include "base/wr.h"

#define H MLS_RATCHET_HANDSHAKE
#define A MLS_RATCHET_APPLICATION

static mls_leaf_index leaf_of(uint32_t v)
{
    return (mls_leaf_index){v};
}

/* ---- cost ---- */

static void a_first_message_costs_the_way_down_and_a_later_one_its_sender(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    tree_rig_init(&r, 0x0001, 64);
    store_save(&st, r.t);
    assert_int_equal(st.node_writes, 1); /* the root */
    store_reset_counts(&st);
    assert_int_equal(tree_rig_receive(&r, 37, A, 0), BASE_OK);
    store_save(&st, r.t);
    assert_int_equal(st.node_writes, 6);
    assert_int_equal(st.node_deletes, 1);
    assert_int_equal(st.sender_writes, 1);
    assert_true(st.bytes < 6 * 32 + 100);
    for (uint32_t g = 1; g < 10; g++) {
        store_reset_counts(&st);
        assert_int_equal(tree_rig_receive(&r, 37, A, g), BASE_OK);
        store_save(&st, r.t);
        assert_int_equal(st.node_writes + st.node_deletes, 0);
        assert_int_equal(st.sender_writes, 1);
        assert_true(st.bytes < 100);
    }
    store_reset_counts(&st);
    store_save(&st, r.t); /* nothing changed */
    assert_int_equal(st.node_writes + st.node_deletes + st.sender_writes, 0);
    store_clear(&st);
    tree_rig_clear(&r);
}

static void a_change_is_given_until_it_is_told_to_be_saved(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    const mls_secret_tree_sink sink = store_sink(&st);
    tree_rig_init(&r, 0x0001, 4);
    assert_int_equal(tree_rig_receive(&r, 0, A, 0), BASE_OK);
    for (int i = 0; i < 2; i++) {
        store_reset_counts(&st);
        assert_int_equal(mls_secret_tree_save(r.t, &sink), BASE_OK);
        assert_int_equal(st.sender_writes, 1);
        assert_int_equal(st.node_writes, 2);
    }
    st.fail = BASE_E_STORE;
    assert_int_equal(mls_secret_tree_save(r.t, &sink), BASE_E_STORE);
    assert_int_equal(mls_secret_tree_save_all(r.t, &sink), BASE_E_STORE);
    assert_int_equal(mls_secret_tree_erase(r.t, &sink), BASE_E_STORE);
    st.fail = BASE_OK;
    store_reset_counts(&st);
    assert_int_equal(mls_secret_tree_save(r.t, &sink), BASE_OK);
    assert_int_equal(st.sender_writes, 1);
    store_clear(&st);
    tree_rig_clear(&r);
}

/* ---- restarts ---- */

static void a_restart_at_any_point_changes_no_key(void **state)
{
    (void)state;
    fake_random random = fake_random_of(81);
    for (int turn = 0; turn < 20; turn++) {
        static tree_store st;
        tree_rig r;
        uint32_t next[2][16] = {{0}};
        memset(&st, 0, sizeof st);
        tree_rig_init(&r, 0x0001, 16);
        for (int i = 0; i < 40; i++) {
            uint32_t leaf = (uint32_t)(fake_random_next(&random) % 16);
            mls_ratchet_kind kind = fake_random_next(&random) % 2 == 0 ? H : A;
            uint32_t skipped = (uint32_t)(fake_random_next(&random) % 3);
            uint32_t g = next[kind][leaf] + skipped;
            assert_int_equal(tree_rig_receive(&r, leaf, kind, g), BASE_OK);
            if (skipped == 2) { /* one of the two comes late */
                assert_int_equal(tree_rig_receive(&r, leaf, kind, g - 1), BASE_OK);
            }
            next[kind][leaf] = g + 1;
            store_save(&st, r.t);
            mls_secret_tree_free(r.t);
            r.t = store_load(&st, &r.s, 16);
            assert_int_equal(tree_rig_receive(&r, leaf, kind, g), MLS_E_GENERATION_GONE);
        }
        store_clear(&st);
        tree_rig_clear(&r);
    }
}

static void kept_keys_survive_a_restart(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    tree_rig_init(&r, 84, 4);
    assert_int_equal(tree_rig_receive(&r, 3, A, 5), BASE_OK);
    store_save(&st, r.t);
    mls_secret_tree_free(r.t);
    r.t = store_load(&st, &r.s, 4);
    for (uint32_t g = 0; g < 5; g++) {
        assert_int_equal(tree_rig_receive(&r, 3, A, g), BASE_OK);
    }
    store_clear(&st);
    tree_rig_clear(&r);
}

static void save_all_gives_the_whole_tree(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    const mls_secret_tree_sink sink = store_sink(&st);
    tree_rig_init(&r, 0x0001, 16);
    for (uint32_t leaf = 0; leaf < 16; leaf += 5) {
        assert_int_equal(tree_rig_receive(&r, leaf, A, 1), BASE_OK);
    }
    mls_secret_tree_saved(r.t);
    assert_int_equal(mls_secret_tree_save_all(r.t, &sink), BASE_OK);
    mls_secret_tree_free(r.t);
    r.t = store_load(&st, &r.s, 16);
    for (uint32_t leaf = 0; leaf < 16; leaf++) {
        assert_int_equal(tree_rig_receive(&r, leaf, A, 1),
                         leaf % 5 == 0 ? MLS_E_GENERATION_GONE : BASE_OK);
        assert_int_equal(tree_rig_receive(&r, leaf, A, 0), BASE_OK);
    }
    store_clear(&st);
    tree_rig_clear(&r);
}

static void erase_deletes_all_that_is_stored(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    const mls_secret_tree_sink sink = store_sink(&st);
    tree_rig_init(&r, 0x0001, 16);
    store_save(&st, r.t);
    for (uint32_t leaf = 0; leaf < 16; leaf += 3) {
        assert_int_equal(tree_rig_receive(&r, leaf, A, 1), BASE_OK);
        if (leaf < 9) {
            store_save(&st, r.t); /* the last ones reach the store no more */
        }
    }
    store_reset_counts(&st);
    assert_int_equal(mls_secret_tree_erase(r.t, &sink), BASE_OK);
    assert_int_equal(st.node_writes + st.sender_writes, 0);
    for (size_t i = 0; i < STORE_NODES; i++) {
        assert_int_equal(st.nodes[i].n, 0);
    }
    for (size_t i = 0; i < STORE_SENDERS; i++) {
        assert_int_equal(st.senders[i].n, 0);
    }
    store_clear(&st);
    tree_rig_clear(&r);
}

static void a_tree_can_be_filled_as_far_as_a_leaf_needs(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    tree_rig_init(&r, 0x0001, 16);
    assert_int_equal(tree_rig_receive(&r, 9, A, 0), BASE_OK);
    store_save(&st, r.t);
    mls_secret_tree_free(r.t);
    r.t = NULL;
    assert_int_equal(mls_secret_tree_new(&r.s, 16, &model_limits, NULL, &r.t), BASE_OK);
    assert_false(mls_secret_tree_has(r.t, leaf_of(9)));
    assert_int_equal(tree_rig_receive(&r, 9, A, 1), BASE_E_STATE);
    assert_int_equal(mls_secret_tree_put_sender(r.t, leaf_of(9), base_buf_bytes(&st.senders[9])),
                     BASE_OK);
    assert_true(mls_secret_tree_has(r.t, leaf_of(9)));
    assert_false(mls_secret_tree_has(r.t, leaf_of(0)));
    assert_false(mls_secret_tree_has(r.t, leaf_of(16)));
    assert_int_equal(tree_rig_receive(&r, 9, A, 1), BASE_OK);
    assert_int_equal(tree_rig_receive(&r, 0, A, 0), BASE_E_STATE);
    assert_int_equal(mls_secret_tree_put_node(r.t, 7, base_secret_bytes(&st.nodes[7])), BASE_OK);
    assert_true(mls_secret_tree_has(r.t, leaf_of(0)));
    assert_int_equal(tree_rig_receive(&r, 0, A, 0), BASE_OK);
    store_clear(&st);
    tree_rig_clear(&r);
}

/* ---- reservation ---- */

static void reserved_keys_are_the_next_ones_in_order(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 4);
    tree_rig_send(&r, 2, A, 0);
    assert_int_equal(mls_secret_tree_reserve(r.t, leaf_of(2), A, 5), BASE_OK);
    assert_int_equal(mls_secret_tree_reserve(r.t, leaf_of(2), A, 0), BASE_OK);
    for (uint32_t g = 1; g < 4; g++) {
        tree_rig_send(&r, 2, A, g);
    }
    assert_int_equal(mls_secret_tree_reserve(r.t, leaf_of(2), A, 2), BASE_OK);
    for (uint32_t g = 4; g < 12; g++) {
        tree_rig_send(&r, 2, A, g);
    }
    tree_rig_send(&r, 2, H, 0);
    tree_rig_clear(&r);
}

static void after_a_crash_no_reserved_generation_comes_again(void **state)
{
    (void)state;
    static tree_store st;
    tree_rig r;
    memset(&st, 0, sizeof st);
    tree_rig_init(&r, 0x0001, 4);
    assert_int_equal(mls_secret_tree_reserve(r.t, leaf_of(2), A, 5), BASE_OK);
    store_save(&st, r.t);
    tree_rig_send(&r, 2, A, 0);
    tree_rig_send(&r, 2, A, 1); /* sent without a save of their own */
    mls_secret_tree_free(r.t);  /* the crash */
    r.t = store_load(&st, &r.s, 4);
    assert_int_equal(tree_rig_receive(&r, 2, A, 2), MLS_E_GENERATION_GONE);
    tree_rig_send(&r, 2, A, 5);
    store_clear(&st);
    tree_rig_clear(&r);
}

/* A sender's value with a ratchet at a generation of our choice. */
static base_buf sender_value(const crypto_suite *s, uint32_t next, const char *kept_hex)
{
    base_buf out = {0};
    base_wr w = base_wr_on(&out);
    uint8_t secret[CRYPTO_HASH_MAX];
    memset(secret, 3, sizeof secret);
    base_wr_u8(&w, 1);
    for (int i = 0; i < 2; i++) {
        base_wr_vec(&w, base_bytes_of(secret, s->hash->size));
        base_wr_u32(&w, next);
        base_wr_vec(&w, unhex(kept_hex));
    }
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static void a_ratchet_ends_with_its_last_generation(void **state)
{
    (void)state;
    tree_rig r;
    uint32_t generation = 0;
    mls_message_key key;
    mls_ratchet_step step = {0};
    tree_rig_init(&r, 0x0001, 2);
    mls_secret_tree_free(r.t);
    r.t = NULL;
    base_buf value = sender_value(&r.s, UINT32_MAX - 2, "");
    assert_int_equal(mls_secret_tree_new(&r.s, 2, &model_limits, NULL, &r.t), BASE_OK);
    assert_int_equal(mls_secret_tree_put_sender(r.t, leaf_of(0), base_buf_bytes(&value)), BASE_OK);
    assert_int_equal(mls_secret_tree_reserve(r.t, leaf_of(0), A, 3), MLS_E_GENERATION_GONE);
    assert_int_equal(mls_secret_tree_reserve(r.t, leaf_of(0), A, 1), BASE_OK);
    for (uint32_t g = UINT32_MAX - 2; g < UINT32_MAX; g++) {
        assert_int_equal(mls_secret_tree_next(r.t, leaf_of(0), A, &generation, &key), BASE_OK);
        assert_true(generation == g);
    }
    assert_int_equal(mls_secret_tree_next(r.t, leaf_of(0), A, &generation, &key),
                     MLS_E_GENERATION_GONE);
    assert_int_equal(mls_secret_tree_peek(r.t, leaf_of(0), H, UINT32_MAX, &step),
                     MLS_E_GENERATION_FAR);
    assert_int_equal(mls_secret_tree_peek(r.t, leaf_of(0), H, UINT32_MAX - 1, &step), BASE_OK);
    assert_int_equal(mls_secret_tree_consume(r.t, &step), BASE_OK);
    base_buf_clear(&value);
    tree_rig_clear(&r);
}

/* ---- what is refused ---- */

static base_err put(tree_rig *r, base_bytes value)
{
    mls_secret_tree *t = NULL;
    assert_int_equal(mls_secret_tree_new(&r->s, 2, &model_limits, NULL, &t), BASE_OK);
    base_err err = mls_secret_tree_put_sender(t, leaf_of(1), value);
    assert_int_equal(mls_secret_tree_has(t, leaf_of(1)), err == BASE_OK);
    mls_secret_tree_free(t);
    return err;
}

#define KEY_2 "00000002 000102030405060708090a0b0c0d0e0f 000102030405060708090a0b "
#define KEY_5 "00000005 000102030405060708090a0b0c0d0e0f 000102030405060708090a0b "

static void every_truncation_of_a_senders_value_is_corrupt(void **state)
{
    (void)state;
    tree_rig r;
    tree_rig_init(&r, 0x0001, 2);
    base_buf value = sender_value(&r.s, 9, KEY_2 KEY_5);
    assert_int_equal(put(&r, base_buf_bytes(&value)), BASE_OK);
    for (size_t n = 0; n < value.n; n++) {
        assert_int_equal(put(&r, base_bytes_of(value.p, n)), BASE_E_CORRUPT);
    }
    assert_int_equal(base_buf_append(&value, base_bytes_str("x")), BASE_OK);
    assert_int_equal(put(&r, base_buf_bytes(&value)), BASE_E_CORRUPT);
    value.p[0] = 2; /* an encoding to come */
    value.n--;
    assert_int_equal(put(&r, base_buf_bytes(&value)), BASE_E_CORRUPT);
    base_buf_clear(&value);
    tree_rig_clear(&r);
}

static void kept_keys_out_of_order_or_of_the_future_are_corrupt(void **state)
{
    (void)state;
    static const struct {
        uint32_t next;
        const char *kept;
        base_err err;
    } cases[] = {
        {6, KEY_2 KEY_5, BASE_OK},
        {5, KEY_2 KEY_5, BASE_E_CORRUPT},
        {6, KEY_5 KEY_2, BASE_E_CORRUPT},
        {6, KEY_5 KEY_5, BASE_E_CORRUPT},
        {0, "", BASE_OK},
    };
    tree_rig r;
    tree_rig_init(&r, 0x0001, 2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        base_buf value = sender_value(&r.s, cases[i].next, cases[i].kept);
        assert_int_equal(put(&r, base_buf_bytes(&value)), cases[i].err);
        base_buf_clear(&value);
    }
    crypto_suite wide = crypto_rig_suite(&r.rig, 84); /* a secret of another suite's size */
    base_buf value = sender_value(&wide, 0, "");
    assert_int_equal(put(&r, base_buf_bytes(&value)), BASE_E_CORRUPT);
    base_buf_clear(&value);
    tree_rig_clear(&r);
}

static void nodes_that_overlap_what_is_held_are_corrupt(void **state)
{
    (void)state;
    static const uint8_t secret[32] = {1};
    base_bytes good = base_bytes_of(secret, 32);
    tree_rig r;
    mls_secret_tree *t = NULL;
    tree_rig_init(&r, 0x0001, 8); /* nodes 0 to 14, root 7 */
    base_buf value = sender_value(&r.s, 0, "");
    assert_int_equal(mls_secret_tree_new(&r.s, 8, &model_limits, NULL, &t), BASE_OK);
    assert_int_equal(mls_secret_tree_put_node(t, 3, good), BASE_OK);
    const uint32_t overlapping[] = {3, 7, 0, 1, 2, 4, 5, 6};
    for (size_t i = 0; i < sizeof overlapping / sizeof overlapping[0]; i++) {
        assert_int_equal(mls_secret_tree_put_node(t, overlapping[i], good), BASE_E_CORRUPT);
    }
    assert_int_equal(mls_secret_tree_put_sender(t, leaf_of(1), base_buf_bytes(&value)),
                     BASE_E_CORRUPT);
    assert_int_equal(mls_secret_tree_put_sender(t, leaf_of(5), base_buf_bytes(&value)), BASE_OK);
    assert_int_equal(mls_secret_tree_put_sender(t, leaf_of(5), base_buf_bytes(&value)),
                     BASE_E_CORRUPT);
    const uint32_t above_a_sender[] = {10, 9, 11};
    for (size_t i = 0; i < sizeof above_a_sender / sizeof above_a_sender[0]; i++) {
        assert_int_equal(mls_secret_tree_put_node(t, above_a_sender[i], good), BASE_E_CORRUPT);
    }
    assert_int_equal(mls_secret_tree_put_node(t, 13, good), BASE_OK);
    assert_int_equal(mls_secret_tree_put_node(t, 8, good), BASE_OK);
    for (uint32_t leaf = 0; leaf < 8; leaf++) {
        assert_true(mls_secret_tree_has(t, leaf_of(leaf)));
    }
    base_buf_clear(&value);
    mls_secret_tree_free(t);
    tree_rig_clear(&r);
}

static void nodes_outside_the_tree_or_of_another_size_are_corrupt(void **state)
{
    (void)state;
    static const uint8_t secret[64] = {1};
    tree_rig r;
    mls_secret_tree *t = NULL;
    tree_rig_init(&r, 0x0001, 8);
    base_buf value = sender_value(&r.s, 0, "");
    assert_int_equal(mls_secret_tree_new(&r.s, 8, &model_limits, NULL, &t), BASE_OK);
    assert_int_equal(mls_secret_tree_put_node(t, 15, base_bytes_of(secret, 32)), BASE_E_CORRUPT);
    assert_int_equal(mls_secret_tree_put_node(t, UINT32_MAX, base_bytes_of(secret, 32)),
                     BASE_E_CORRUPT);
    assert_int_equal(mls_secret_tree_put_node(t, 3, base_bytes_of(secret, 31)), BASE_E_CORRUPT);
    assert_int_equal(mls_secret_tree_put_node(t, 3, base_bytes_of(secret, 64)), BASE_E_CORRUPT);
    assert_int_equal(mls_secret_tree_put_node(t, 3, BASE_BYTES_NONE), BASE_E_CORRUPT);
    assert_int_equal(mls_secret_tree_put_sender(t, leaf_of(8), base_buf_bytes(&value)),
                     BASE_E_CORRUPT);
    base_buf_clear(&value);
    mls_secret_tree_free(t);
    tree_rig_clear(&r);
}

/* ---- faults ---- */

typedef base_err (*operation)(tree_rig *r);

static base_err op_new(tree_rig *r)
{
    base_secret root = r->root;
    mls_secret_tree *t = NULL;
    base_err err = mls_secret_tree_new(&r->s, 16, &model_limits, &root, &t);
    assert_int_equal(root.n == 0, err == BASE_OK);
    mls_secret_tree_free(t);
    return err;
}

static base_err op_send(tree_rig *r)
{
    uint32_t g = 0;
    mls_message_key k;
    return mls_secret_tree_next(r->t, leaf_of(3), A, &g, &k);
}

static base_err op_reserve(tree_rig *r)
{
    return mls_secret_tree_reserve(r->t, leaf_of(4), H, 3);
}

static base_err op_receive(tree_rig *r)
{
    return tree_rig_receive(r, 11, A, 7);
}

static base_err op_save(tree_rig *r)
{
    static tree_store st;
    const mls_secret_tree_sink sink = store_sink(&st);
    base_err err = mls_secret_tree_save(r->t, &sink);
    store_clear(&st);
    return err;
}

static base_err op_put(tree_rig *r)
{
    static const uint8_t secret[32] = {1};
    mls_secret_tree *t = NULL;
    base_buf value = sender_value(&r->s, 9, KEY_2 KEY_5);
    base_err err = mls_secret_tree_new(&r->s, 16, &model_limits, NULL, &t);
    if (err == BASE_OK) {
        err = mls_secret_tree_put_node(t, 3, base_bytes_of(secret, 32));
    }
    if (err == BASE_OK) {
        err = mls_secret_tree_put_sender(t, leaf_of(9), base_buf_bytes(&value));
    }
    mls_secret_tree_free(t);
    base_buf_clear(&value);
    return err;
}

static const operation operations[] = {op_new, op_send, op_reserve, op_receive, op_save, op_put};

static void every_failing_allocation_leaves_the_tree_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        size_t nth = 1;
        for (;; nth++) {
            tree_rig r;
            tree_rig_init(&r, 0x0001, 16);
            assert_int_equal(tree_rig_receive(&r, 12, A, 1), BASE_OK);
            fake_alloc_reset(&r.rig.heap, nth);
            base_err err = operations[i](&r);
            bool refused = fake_alloc_refused(&r.rig.heap);
            fake_alloc_reset(&r.rig.heap, 0);
            assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
            if (refused && operations[i] != op_put && operations[i] != op_new) {
                assert_int_equal(operations[i](&r), BASE_OK); /* again: all keys are still there */
            }
            assert_int_equal(tree_rig_receive(&r, 0, A, 0), BASE_OK);
            assert_int_equal(tree_rig_receive(&r, 12, A, 0), BASE_OK);
            tree_rig_clear(&r);
            if (!refused) {
                break;
            }
        }
        assert_true(nth > 1);
    }
}

/* A hash that fails at a given call. */
static const crypto_hash_alg *real_hash;
static size_t hash_calls;
static size_t hash_fail_at;

static base_err failing_hmac(base_bytes key, const base_bytes *parts, size_t count, uint8_t *out)
{
    hash_calls++;
    return hash_calls == hash_fail_at ? CRYPTO_E_BACKEND : real_hash->hmac(key, parts, count, out);
}

static void every_failing_hash_leaves_the_tree_as_it_was(void **state)
{
    (void)state;
    static const operation hashing[] = {op_send, op_reserve, op_receive};
    tree_rig probe;
    tree_rig_init(&probe, 0x0001, 16);
    real_hash = probe.s.hash;
    const crypto_hash_alg failing = {real_hash->id, real_hash->size, real_hash->digest,
                                     failing_hmac};
    tree_rig_clear(&probe);
    for (size_t i = 0; i < 3; i++) {
        size_t nth = 1;
        for (;; nth++) {
            tree_rig r;
            tree_rig_init(&r, 0x0001, 16);
            mls_secret_tree_free(r.t);
            r.s.hash = &failing;
            base_secret root = r.root;
            hash_fail_at = 0;
            assert_int_equal(mls_secret_tree_new(&r.s, 16, &model_limits, &root, &r.t), BASE_OK);
            r.s.hash = real_hash; /* the model's; the tree keeps the failing one */
            hash_calls = 0;
            hash_fail_at = nth;
            base_err err = hashing[i](&r);
            bool failed = hash_calls >= nth;
            hash_fail_at = 0;
            assert_int_equal(err, failed ? CRYPTO_E_BACKEND : BASE_OK);
            if (failed) {
                assert_int_equal(hashing[i](&r), BASE_OK);
            }
            assert_int_equal(tree_rig_receive(&r, 2, A, 0), BASE_OK);
            tree_rig_clear(&r);
            if (!failed) {
                break;
            }
        }
        assert_true(nth > 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_message_costs_the_way_down_and_a_later_one_its_sender),
        cmocka_unit_test(a_change_is_given_until_it_is_told_to_be_saved),
        cmocka_unit_test(a_restart_at_any_point_changes_no_key),
        cmocka_unit_test(kept_keys_survive_a_restart),
        cmocka_unit_test(save_all_gives_the_whole_tree),
        cmocka_unit_test(erase_deletes_all_that_is_stored),
        cmocka_unit_test(a_tree_can_be_filled_as_far_as_a_leaf_needs),
        cmocka_unit_test(reserved_keys_are_the_next_ones_in_order),
        cmocka_unit_test(after_a_crash_no_reserved_generation_comes_again),
        cmocka_unit_test(a_ratchet_ends_with_its_last_generation),
        cmocka_unit_test(every_truncation_of_a_senders_value_is_corrupt),
        cmocka_unit_test(kept_keys_out_of_order_or_of_the_future_are_corrupt),
        cmocka_unit_test(nodes_that_overlap_what_is_held_are_corrupt),
        cmocka_unit_test(nodes_outside_the_tree_or_of_another_size_are_corrupt),
        cmocka_unit_test(every_failing_allocation_leaves_the_tree_as_it_was),
        cmocka_unit_test(every_failing_hash_leaves_the_tree_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
