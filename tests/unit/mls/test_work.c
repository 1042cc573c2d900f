/* How much is done, where time would say nothing on a busy machine: allocations of a message,
 * reads of a group that is opened, changes of the store by a commit. */
#include "support/mls_world.h"

#include "mls/scratch.h"

static world w;

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

/* One message from a to b in buffers that stay; how often memory was asked for on both sides. */
static size_t allocations(size_t a, size_t b, size_t size, base_buf *message, mls_received *got)
{
    static const uint8_t content[20000];
    person *from = &w.people[a];
    person *to = &w.people[b];
    fake_alloc_reset(&from->heap, 0);
    fake_alloc_reset(&to->heap, 0);
    assert_ok(mls_group_protect(from->group, base_bytes_of(content, size), NULL, message));
    assert_ok(mls_group_receive(to->group, base_buf_bytes(message), WORLD_NOW, got));
    assert_int_equal(got->kind, MLS_RECEIVED_APPLICATION);
    assert_true(base_bytes_eq(base_buf_bytes(&got->plaintext), base_bytes_of(content, size)));
    return from->heap.calls + to->heap.calls;
}

static void a_short_message_allocates_nothing_once_warm(void **state)
{
    (void)state;
    world_init(&w, 1, 8, 31);
    world_assemble(&w);
    base_buf message = {0};
    mls_received got = {0};
    assert_true(allocations(0, 5, 100, &message, &got) > 0); /* the ratchets, and both buffers */
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(allocations(0, 5, 100, &message, &got), 0);
    }
    assert_true(allocations(0, 5, 20000, &message, &got) > 0); /* what does not fit on the stack */
    base_buf_clear(&message);
    mls_received_clear(&got);
}

static void a_buffer_used_again_holds_the_new_message_alone(void **state)
{
    (void)state;
    world_init(&w, 1, 2, 32);
    world_assemble(&w);
    base_buf message = {0};
    mls_received got = {0};
    const mls_framing framing = {.authenticated_data = base_bytes_str("in the open")};
    assert_ok(
        mls_group_protect(w.people[0].group, base_bytes_str("a long message"), &framing, &message));
    assert_ok(mls_group_receive(w.people[1].group, base_buf_bytes(&message), WORLD_NOW, &got));
    assert_true(base_bytes_eq(base_buf_bytes(&got.authenticated_data), framing.authenticated_data));
    assert_ok(mls_group_protect(w.people[0].group, base_bytes_str("short"), NULL, &message));
    assert_ok(mls_group_receive(w.people[1].group, base_buf_bytes(&message), WORLD_NOW, &got));
    assert_true(base_bytes_eq(base_buf_bytes(&got.plaintext), base_bytes_str("short")));
    assert_int_equal(got.authenticated_data.n, 0);
    /* what lay behind the short one is gone */
    for (size_t i = got.plaintext.n; i < got.plaintext.cap; i++) {
        assert_int_equal(got.plaintext.p[i], 0);
    }
    /* a refusal leaves it as it is */
    assert_int_equal(
        mls_group_receive(w.people[1].group, base_buf_bytes(&message), WORLD_NOW, &got),
        MLS_E_GENERATION_GONE);
    assert_true(base_bytes_eq(base_buf_bytes(&got.plaintext), base_bytes_str("short")));
    base_buf_clear(&message);
    mls_received_clear(&got);
}

static void opening_reads_no_tree_until_a_handshake_asks_for_it(void **state)
{
    (void)state;
    world_init(&w, 1, 20, 34);
    world_assemble(&w);
    person *a = &w.people[3];
    person *b = &w.people[17];
    base_buf message = {0};
    mls_received got = {0};
    mls_commit_out out = {0};
    for (size_t i = 0; i < 2; i++) {
        person *p = i == 0 ? a : b;
        mls_group_free(p->group);
        p->group = NULL;
        fake_store_reset(&p->store, 0, 0);
        assert_ok(mls_group_load(p->ctx, WORLD_GROUP, &p->group));
        assert_true(p->store.gets <= 4);
        assert_int_equal(mls_group_leaf_count(p->group), 32);
    }
    assert_ok(mls_group_protect(a->group, base_bytes_str("hello"), NULL, &message));
    assert_ok(mls_group_receive(b->group, base_buf_bytes(&message), WORLD_NOW, &got));
    assert_int_equal(got.sender.v, 3);
    assert_true(a->store.gets <= 4 + 6);     /* a level of the tree each, and the root */
    assert_true(b->store.gets <= 4 + 6 + 1); /* and the sender's leaf */
    size_t before = b->store.gets;
    const mls_leaf_node *leaf = NULL;
    assert_ok(mls_group_member(b->group, (mls_leaf_index){3}, &leaf));
    assert_true(base_bytes_eq(leaf->credential.body, base_bytes_str("person 3")));
    assert_int_equal(b->store.gets, before);
    assert_int_equal(mls_group_member(b->group, (mls_leaf_index){25}, &leaf), BASE_E_NOT_FOUND);
    assert_ok(mls_group_commit(a->group, NULL, WORLD_NOW, &out));
    assert_true(a->store.gets > 20); /* there it is */
    mls_commit_out_clear(&out);
    world_commit(&w, a, NULL, NULL, 0);
    world_talk(&w);
    base_buf_clear(&message);
    mls_received_clear(&got);
}

/* In a full tree: what a commit of person 0 changes in the stores of its maker and of the last. */
static void count_commit(size_t people, size_t *maker, size_t *last)
{
    world_init(&w, 1, people, 35 + people);
    world_assemble(&w);
    for (size_t i = 0; i < people; i++) {
        world_commit(&w, &w.people[i], NULL, NULL, 0);
    }
    fake_store_reset(&w.people[0].store, 0, 0);
    fake_store_reset(&w.people[people - 1].store, 0, 0);
    world_commit(&w, &w.people[0], NULL, NULL, 0);
    *maker = w.people[0].store.ops;
    *last = w.people[people - 1].store.ops;
    assert_int_equal(w.people[0].store.gets, 0);
    world_clear(&w);
}

static void a_commit_writes_as_much_as_the_tree_is_deep(void **state)
{
    (void)state;
    size_t maker[3] = {0};
    size_t last[3] = {0};
    count_commit(4, &maker[0], &last[0]);
    count_commit(8, &maker[1], &last[1]);
    count_commit(16, &maker[2], &last[2]);
    for (size_t i = 1; i < 3; i++) {
        /* twice the members: one more parent, and secrets of the old epoch beside one more node;
         * the whole tree would be 8 and 16 more */
        assert_true(maker[i] > maker[i - 1] && maker[i] <= maker[i - 1] + 4);
        assert_true(last[i] > last[i - 1] && last[i] <= last[i - 1] + 4);
    }
}

static void scratch_memory_goes_to_the_heap_when_it_is_full(void **state)
{
    (void)state;
    world_init(&w, 1, 1, 33);
    world_found(&w, 0);
    const crypto_env env = {.backend = crypto_default(),
                            .random = fake_random_port(&w.people[0].random),
                            .alloc = &w.people[0].heap.port};
    crypto_suite suite;
    assert_ok(crypto_suite_resolve(&env, 1, &suite));
    mls_scratch s;
    mls_scratch_init(&s, &suite);
    size_t before = w.people[0].heap.calls;
    base_buf small = base_buf_on(&s.port);
    base_buf large = base_buf_on(&s.port);
    assert_ok(base_buf_resize(&small, 100));
    assert_int_equal(w.people[0].heap.calls, before);
    assert_ok(base_buf_resize(&large, 2 * MLS_SCRATCH_SIZE));
    assert_int_equal(w.people[0].heap.calls, before + 1);
    memset(small.p, 7, small.n);
    memset(large.p, 8, large.n);
    assert_int_equal(small.p[99], 7);
    size_t used = s.used;
    base_buf_clear(&small); /* the last that was taken comes back */
    assert_true(s.used < used);
    base_buf_clear(&large);
    mls_scratch_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_short_message_allocates_nothing_once_warm, teardown),
        cmocka_unit_test_teardown(a_buffer_used_again_holds_the_new_message_alone, teardown),
        cmocka_unit_test_teardown(opening_reads_no_tree_until_a_handshake_asks_for_it, teardown),
        cmocka_unit_test_teardown(a_commit_writes_as_much_as_the_tree_is_deep, teardown),
        cmocka_unit_test_teardown(scratch_memory_goes_to_the_heap_when_it_is_full, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
