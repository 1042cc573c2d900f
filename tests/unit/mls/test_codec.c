/* The structs of the tree as bytes: there and back, every truncation, and each form that is
 * refused. */
#include "samples.h"

#include "mls/node.h"

#define DECODER(name, type, call)                                                                  \
    static base_err name(base_bytes in)                                                            \
    {                                                                                              \
        base_arena a = base_arena_on(NULL, 0);                                                     \
        base_rd r = base_rd_on(in);                                                                \
        type out;                                                                                  \
        call;                                                                                      \
        base_arena_clear(&a);                                                                      \
        (void)out;                                                                                 \
        return base_rd_end(&r);                                                                    \
    }

DECODER(decode_leaf, mls_leaf_node, mls_leaf_node_read(&r, &a, &out))
DECODER(decode_parent, mls_parent_node, mls_parent_node_read(&r, &a, &out))
DECODER(decode_package, mls_key_package, mls_key_package_read(&r, &a, &out))
DECODER(decode_context, mls_group_context, mls_group_context_read(&r, &a, &out))
DECODER(decode_extensions, mls_extension_list, mls_extension_list_read(&r, &a, &out))
DECODER(decode_values, mls_u16_list, mls_u16_list_read(&r, &a, &out))
DECODER(decode_credential, mls_credential, mls_credential_read(&r, &out))
DECODER(decode_ciphertext, mls_hpke_ciphertext, mls_hpke_ciphertext_read(&r, &out))

static base_buf encode_leaf(const mls_leaf_node *leaf)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_leaf_node_write(&w, leaf);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static base_buf encode_extensions(const mls_extension *v, size_t n, base_err want)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_extension_list_write(&w, (mls_extension_list){v, n});
    assert_int_equal(base_wr_end(&w), want);
    return out;
}

/* ---- leaves ---- */

static void a_leaf_of_each_source_comes_back_the_same(void **state)
{
    (void)state;
    for (int s = MLS_LEAF_KEY_PACKAGE; s <= MLS_LEAF_COMMIT; s++) {
        mls_leaf_node leaf = sample_leaf((mls_leaf_node_source)s);
        base_buf first = encode_leaf(&leaf);
        base_arena a = base_arena_on(NULL, 0);
        base_rd r = base_rd_on(base_buf_bytes(&first));
        mls_leaf_node back;
        mls_leaf_node_read(&r, &a, &back);
        assert_int_equal(base_rd_end(&r), BASE_OK);
        assert_int_equal(back.source, s);
        assert_true(back.not_before == leaf.not_before && back.not_after == leaf.not_after);
        assert_bytes(back.parent_hash, leaf.parent_hash);
        assert_bytes(back.credential.body, leaf.credential.body);
        base_buf second = encode_leaf(&back);
        assert_bytes(base_buf_bytes(&second), base_buf_bytes(&first));
        assert_exact(base_buf_bytes(&first), decode_leaf);
        base_buf_clear(&first);
        base_buf_clear(&second);
        base_arena_clear(&a);
    }
}

static void a_leaf_of_no_known_source_is_refused(void **state)
{
    (void)state;
    mls_leaf_node leaf = sample_leaf(MLS_LEAF_UPDATE);
    base_buf whole = encode_leaf(&leaf);
    leaf.source = MLS_LEAF_COMMIT;
    base_buf other = encode_leaf(&leaf);
    size_t at = 0; /* of the source: the first byte in which the two differ */
    while (whole.p[at] == other.p[at]) {
        at++;
    }
    assert_int_equal(whole.p[at], MLS_LEAF_UPDATE);
    for (unsigned s = 0; s <= 255; s++) {
        whole.p[at] = (uint8_t)s;
        if (s < MLS_LEAF_KEY_PACKAGE || s > MLS_LEAF_COMMIT) {
            assert_int_equal(decode_leaf(base_buf_bytes(&whole)), BASE_E_VALUE);
        }
    }
    leaf.source = (mls_leaf_node_source)4;
    base_wr w = base_wr_on(&other);
    mls_leaf_node_write(&w, &leaf);
    assert_int_equal(base_wr_end(&w), BASE_E_ARGUMENT);
    base_buf_clear(&whole);
    base_buf_clear(&other);
}

static void what_is_signed_of_a_leaf_names_the_group_only_after_it_joined(void **state)
{
    (void)state;
    for (int s = MLS_LEAF_KEY_PACKAGE; s <= MLS_LEAF_COMMIT; s++) {
        mls_leaf_node leaf = sample_leaf((mls_leaf_node_source)s);
        base_buf whole = encode_leaf(&leaf);
        base_buf tbs = base_buf_on(NULL);
        base_wr w = base_wr_on(&tbs);
        mls_leaf_node_tbs_write(&w, &leaf, BYTES("group"), (mls_leaf_index){0x01020304});
        assert_int_equal(base_wr_end(&w), BASE_OK);
        size_t unsigned_n = whole.n - 1 - leaf.signature.n;
        assert_memory_equal(tbs.p, whole.p, unsigned_n);
        base_bytes rest = base_bytes_of(tbs.p + unsigned_n, tbs.n - unsigned_n);
        assert_bytes(rest, s == MLS_LEAF_KEY_PACKAGE ? BASE_BYTES_NONE : BYTES("\5group\1\2\3\4"));
        base_buf_clear(&whole);
        base_buf_clear(&tbs);
    }
}

/* V-13.5-1 */
static void unknown_and_grease_values_are_kept_as_they_came(void **state)
{
    (void)state;
    static const uint16_t odd[] = {0x0A0A, 0xEAEA, 0xFFFF, 7};
    static const mls_extension unknown[] = {{0x3A3A, {(const uint8_t *)"xyz", 3}}, {0xFFFF, {0}}};
    mls_leaf_node leaf = sample_leaf(MLS_LEAF_KEY_PACKAGE);
    mls_u16_list list = {odd, COUNT(odd)};
    leaf.capabilities = (mls_capabilities){list, list, list, list, list};
    leaf.extensions = (mls_extension_list){unknown, COUNT(unknown)};
    base_buf whole = encode_leaf(&leaf);
    base_arena a = base_arena_on(NULL, 0);
    base_rd r = base_rd_on(base_buf_bytes(&whole));
    mls_leaf_node back;
    mls_leaf_node_read(&r, &a, &back);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    assert_true(mls_u16_list_has(back.capabilities.proposals, 0xEAEA));
    assert_false(mls_u16_list_has(back.capabilities.proposals, 0xEAEB));
    assert_bytes(mls_extension_find(back.extensions, 0x3A3A)->data, BYTES("xyz"));
    assert_null(mls_extension_find(back.extensions, 0x4A4A));
    base_buf_clear(&whole);
    base_arena_clear(&a);
}

/* ---- credentials ---- */

static void a_credential_of_an_unknown_type_is_one_vector(void **state)
{
    (void)state;
    mls_credential c = {0};
    base_rd r = base_rd_on(BYTES("\xfa\xfa\3abc"));
    mls_credential_read(&r, &c);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    assert_int_equal(c.type, 0xFAFA);
    assert_bytes(c.body, BYTES("abc"));
    assert_exact(BYTES("\xfa\xfa\3abc"), decode_credential);
}

static void a_certificate_chain_is_a_list_of_vectors_and_nothing_else(void **state)
{
    (void)state;
    assert_exact(BYTES("\0\2\6\2ab\2cd"), decode_credential);
    assert_int_equal(decode_credential(BYTES("\0\2\0")), BASE_OK);
    assert_int_equal(decode_credential(BYTES("\0\2\6\2ab\3cd")), BASE_E_TRUNCATED);
    assert_int_equal(decode_credential(BYTES("\0\1\6\2ab\3cd")), BASE_OK); /* basic: opaque */
}

/* ---- lists ---- */

static void a_list_of_values_with_half_a_value_is_refused(void **state)
{
    (void)state;
    assert_exact(BYTES("\4\0\1\0\2"), decode_values);
    assert_int_equal(decode_values(BYTES("\0")), BASE_OK);
    assert_int_equal(decode_values(BYTES("\1\0")), BASE_E_TRAILING);
    assert_int_equal(decode_values(BYTES("\3\0\1\0")), BASE_E_TRAILING);
}

/* V-13.4-1 */
static void two_extensions_of_one_type_are_refused_in_short_and_long_lists(void **state)
{
    (void)state;
    static mls_extension list[UINT16_MAX + 1];
    const size_t sizes[] = {2, 16, 17, 300, UINT16_MAX + 1};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        size_t n = sizes[s];
        for (size_t i = 0; i < n; i++) {
            list[i] = (mls_extension){(uint16_t)(0xFFFF - i), BASE_BYTES_NONE};
        }
        base_buf good = encode_extensions(list, n, BASE_OK);
        assert_int_equal(decode_extensions(base_buf_bytes(&good)), BASE_OK);
        good.p[good.n - 3] = 0xFF; /* the last one's type becomes the first's */
        good.p[good.n - 2] = 0xFF;
        assert_int_equal(decode_extensions(base_buf_bytes(&good)), MLS_E_EXTENSION);
        list[n - 1].type = 0xFFFF;
        base_buf bad = encode_extensions(list, n, MLS_E_EXTENSION);
        base_buf_clear(&good);
        base_buf_clear(&bad);
    }
}

static void a_truncated_list_of_extensions_is_refused(void **state)
{
    (void)state;
    assert_exact(BYTES("\x0b\0\1\3abc\xff\xff\2de"), decode_extensions);
}

static void the_default_types_are_those_of_the_rfc(void **state)
{
    (void)state;
    for (uint16_t t = 0; t < 100; t++) {
        assert_int_equal(mls_extension_type_is_default(t), t >= 1 && t <= 5);
        assert_int_equal(mls_proposal_type_is_default(t), t >= 1 && t <= 7);
    }
    assert_false(mls_extension_type_is_default(0x0A0A));
    assert_false(mls_proposal_type_is_default(0x0A0A));
}

/* ---- parents ---- */

static void a_parent_comes_back_the_same(void **state)
{
    (void)state;
    const mls_leaf_index unmerged[] = {{0}, {5}, {0x01020304}};
    mls_parent_node p = {BYTES("key"), BYTES("hash"), unmerged, COUNT(unmerged)};
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_parent_node_write(&w, &p);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\3key\4hash\x0c\0\0\0\0\0\0\0\5\1\2\3\4"));
    assert_exact(base_buf_bytes(&out), decode_parent);
    base_buf_clear(&out);
}

/* V-7.1-1 */
static void unmerged_leaves_that_do_not_increase_are_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_parent(BYTES("\1k\0\x08\0\0\0\1\0\0\0\2")), BASE_OK);
    assert_int_equal(decode_parent(BYTES("\1k\0\x08\0\0\0\2\0\0\0\2")), BASE_E_VALUE);
    assert_int_equal(decode_parent(BYTES("\1k\0\x08\0\0\0\2\0\0\0\1")), BASE_E_VALUE);
    assert_int_equal(decode_parent(BYTES("\1k\0\x06\0\0\0\2\0\0")), BASE_E_TRAILING);
}

/* ---- key packages and contexts ---- */

static void a_key_package_comes_back_the_same(void **state)
{
    (void)state;
    mls_key_package kp = sample_key_package();
    kp.extensions = sample_extensions();
    base_buf first = base_buf_on(NULL);
    base_buf tbs = base_buf_on(NULL);
    base_wr w = base_wr_on(&first);
    base_wr v = base_wr_on(&tbs);
    mls_key_package_write(&w, &kp);
    mls_key_package_tbs_write(&v, &kp);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    assert_int_equal(base_wr_end(&v), BASE_OK);
    assert_int_equal(tbs.n, first.n - 1 - kp.signature.n);
    assert_memory_equal(tbs.p, first.p, tbs.n);
    assert_exact(base_buf_bytes(&first), decode_package);
    base_buf_clear(&first);
    base_buf_clear(&tbs);
}

static mls_group_context sample_context(void)
{
    return (mls_group_context){.version = 1,
                               .suite = 3,
                               .group_id = BYTES("group"),
                               .epoch = 0x0102030405060708,
                               .tree_hash = BYTES("tree"),
                               .confirmed_transcript_hash = BYTES("transcript"),
                               .extensions = sample_extensions()};
}

static base_buf encode_context(const mls_group_context *c)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    mls_group_context_write(&w, c);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static void a_group_context_comes_back_the_same(void **state)
{
    (void)state;
    mls_group_context c = sample_context();
    base_buf first = encode_context(&c);
    base_arena a = base_arena_on(NULL, 0);
    base_rd r = base_rd_on(base_buf_bytes(&first));
    mls_group_context back;
    mls_group_context_read(&r, &a, &back);
    assert_int_equal(base_rd_end(&r), BASE_OK);
    assert_true(back.epoch == c.epoch && back.suite == 3);
    base_buf second = encode_context(&back);
    assert_bytes(base_buf_bytes(&second), base_buf_bytes(&first));
    assert_exact(base_buf_bytes(&first), decode_context);
    base_buf_clear(&first);
    base_buf_clear(&second);
    base_arena_clear(&a);
}

static void a_group_context_of_another_version_is_refused(void **state)
{
    (void)state;
    mls_group_context c = sample_context();
    c.version = 2;
    base_buf whole = encode_context(&c);
    assert_int_equal(decode_context(base_buf_bytes(&whole)), MLS_E_VERSION);
    base_buf_clear(&whole);
}

static void a_sealed_secret_is_two_vectors(void **state)
{
    (void)state;
    assert_exact(BYTES("\2ab\3cde"), decode_ciphertext);
}

/* ---- content of extensions ---- */

static base_err decode_required(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_required_capabilities c = {0};
    base_err err = mls_required_capabilities_decode(in, &a, &c);
    base_arena_clear(&a);
    return err;
}

static base_err decode_senders(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_external_sender_list list = {NULL, 0};
    base_err err = mls_external_senders_decode(in, &a, &list);
    base_arena_clear(&a);
    return err;
}

static base_err decode_pub(base_bytes in)
{
    base_bytes key = BASE_BYTES_NONE;
    return mls_external_pub_decode(in, &key);
}

/* V-13.4-4: anything but the whole is the extension's fault. */
static void assert_extension(base_bytes whole, base_err (*decode)(base_bytes in))
{
    base_buf longer = base_buf_on(NULL);
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *copy = exact_copy(whole, n);
        assert_int_equal(decode(base_bytes_of(copy, n)), MLS_E_EXTENSION);
        free(copy);
    }
    assert_int_equal(decode(whole), BASE_OK);
    assert_int_equal(base_buf_set(&longer, whole), BASE_OK);
    assert_int_equal(base_buf_append(&longer, BYTES("\0")), BASE_OK);
    assert_int_equal(decode(base_buf_bytes(&longer)), MLS_E_EXTENSION);
    base_buf_clear(&longer);
}

static void required_capabilities_decode_whole_or_not_at_all(void **state)
{
    (void)state;
    static const uint16_t v[] = {0xFF01, 0xFF02, 2};
    mls_required_capabilities c = {{v, 1}, {v + 1, 1}, {v + 2, 1}};
    base_buf out = base_buf_on(NULL);
    assert_int_equal(mls_required_capabilities_encode(&c, &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\2\xff\1\2\xff\2\2\0\2"));
    assert_extension(base_buf_bytes(&out), decode_required);
    base_buf_clear(&out);
}

static void external_senders_are_a_list_of_keys_and_credentials(void **state)
{
    (void)state;
    const mls_external_sender v[] = {{BYTES("key 1"), {1, BYTES("one")}},
                                     {BYTES("key 2"), {1, BYTES("two")}}};
    base_buf out = base_buf_on(NULL);
    base_arena a = base_arena_on(NULL, 0);
    mls_external_sender_list back = {NULL, 0};
    assert_int_equal(mls_external_senders_encode((mls_external_sender_list){v, 2}, &out), BASE_OK);
    assert_extension(base_buf_bytes(&out), decode_senders);
    assert_int_equal(mls_external_senders_decode(base_buf_bytes(&out), &a, &back), BASE_OK);
    assert_int_equal(back.n, 2);
    assert_bytes(back.v[1].signature_key, BYTES("key 2"));
    assert_bytes(back.v[1].credential.body, BYTES("two"));
    base_buf_clear(&out);
    base_arena_clear(&a);
}

static void an_external_key_is_one_vector(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    assert_int_equal(mls_external_pub_encode(BYTES("key"), &out), BASE_OK);
    assert_bytes(base_buf_bytes(&out), BYTES("\3key"));
    assert_extension(base_buf_bytes(&out), decode_pub);
    base_buf_clear(&out);
}

/* ---- nodes ---- */

static void a_node_keeps_nothing_of_the_bytes_it_was_read_from(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    mls_leaf_node leaf = sample_leaf(MLS_LEAF_COMMIT);
    base_buf whole = encode_leaf(&leaf);
    uint8_t *copy = exact_copy(base_buf_bytes(&whole), whole.n);
    mls_node *n = NULL;
    assert_int_equal(mls_node_decode(&heap.port, true, base_bytes_of(copy, whole.n), &n), BASE_OK);
    memset(copy, 0xEE, whole.n);
    free(copy);
    assert_bytes(n->encoded, base_buf_bytes(&whole));
    base_buf again = encode_leaf(&n->leaf);
    assert_bytes(base_buf_bytes(&again), base_buf_bytes(&whole));
    assert_int_equal(heap.live, 1);
    mls_node_free(&heap.port, n);
    assert_int_equal(heap.live, 0);
    base_buf_clear(&whole);
    base_buf_clear(&again);
}

static void a_node_is_refused_when_bytes_are_left_over(void **state)
{
    (void)state;
    mls_node *n = NULL;
    assert_int_equal(mls_node_decode(NULL, false, BYTES("\1k\0\0"), &n), BASE_OK);
    mls_node_free(NULL, n);
    n = NULL;
    assert_int_equal(mls_node_decode(NULL, false, BYTES("\1k\0\0x"), &n), BASE_E_TRAILING);
    assert_null(n);
    assert_int_equal(mls_node_decode(NULL, true, BYTES("\1k\0\0"), &n), BASE_E_TRUNCATED);
    assert_null(n);
}

static void a_node_that_finds_no_memory_leaves_none_behind(void **state)
{
    (void)state;
    fake_alloc heap;
    fake_alloc_init(&heap);
    mls_leaf_node leaf = sample_leaf(MLS_LEAF_KEY_PACKAGE);
    const mls_leaf_index unmerged[] = {{1}, {2}};
    mls_parent_node parent = {BYTES("key"), BYTES("hash"), unmerged, COUNT(unmerged)};
    for (int is_leaf = 0; is_leaf < 2; is_leaf++) {
        base_err err = BASE_E_NOMEM;
        for (size_t nth = 1; err != BASE_OK; nth++) {
            mls_node *n = NULL;
            fake_alloc_reset(&heap, nth);
            err = is_leaf ? mls_node_from_leaf(&heap.port, &leaf, &n)
                          : mls_node_from_parent(&heap.port, &parent, &n);
            assert_true(err == BASE_OK || err == BASE_E_NOMEM);
            assert_true((err == BASE_OK) == (n != NULL));
            mls_node_free(&heap.port, n);
            assert_int_equal(heap.live, 0);
            assert_true(nth < 100);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_of_each_source_comes_back_the_same),
        cmocka_unit_test(a_leaf_of_no_known_source_is_refused),
        cmocka_unit_test(what_is_signed_of_a_leaf_names_the_group_only_after_it_joined),
        cmocka_unit_test(unknown_and_grease_values_are_kept_as_they_came),
        cmocka_unit_test(a_credential_of_an_unknown_type_is_one_vector),
        cmocka_unit_test(a_certificate_chain_is_a_list_of_vectors_and_nothing_else),
        cmocka_unit_test(a_list_of_values_with_half_a_value_is_refused),
        cmocka_unit_test(two_extensions_of_one_type_are_refused_in_short_and_long_lists),
        cmocka_unit_test(a_truncated_list_of_extensions_is_refused),
        cmocka_unit_test(the_default_types_are_those_of_the_rfc),
        cmocka_unit_test(a_parent_comes_back_the_same),
        cmocka_unit_test(unmerged_leaves_that_do_not_increase_are_refused),
        cmocka_unit_test(a_key_package_comes_back_the_same),
        cmocka_unit_test(a_group_context_comes_back_the_same),
        cmocka_unit_test(a_group_context_of_another_version_is_refused),
        cmocka_unit_test(a_sealed_secret_is_two_vectors),
        cmocka_unit_test(required_capabilities_decode_whole_or_not_at_all),
        cmocka_unit_test(external_senders_are_a_list_of_keys_and_credentials),
        cmocka_unit_test(an_external_key_is_one_vector),
        cmocka_unit_test(a_node_keeps_nothing_of_the_bytes_it_was_read_from),
        cmocka_unit_test(a_node_is_refused_when_bytes_are_left_over),
        cmocka_unit_test(a_node_that_finds_no_memory_leaves_none_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
