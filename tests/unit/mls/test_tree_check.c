/* A received tree, rule by rule: each test starts from a tree that is in order, breaks one rule on
 * an overlay, and signs again what has to be signed. */
#include "tree_rig.h"

/* Four who have committed, and a fifth who is unmerged at the root of eight. */
static void begin(rig *r, mls_tree **t)
{
    rig_full(r, RIG_SUITE, 7);
    assert_int_equal(rig_add_unmerged(r).v, 7);
    *t = rig_overlay(r);
    assert_int_equal(rig_check(r, *t), BASE_OK);
}

static void end(rig *r, mls_tree *t)
{
    mls_tree_free(t);
    rig_end(r);
}

static void put_parent(const rig *r, mls_tree *t, uint32_t x, const mls_parent_node *p)
{
    mls_node *n = NULL;
    assert_int_equal(mls_node_from_parent(&r->b.alloc.port, p, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){x}, n), BASE_OK);
}

static mls_parent_node parent_at(const rig *r, uint32_t x)
{
    const mls_node *n = mls_tree_node(r->tree, (mls_node_index){x});
    assert_non_null(n);
    return n->parent;
}

/* The unmerged leaf 7: no parent hash depends on it, so that its content can change freely. */
static mls_leaf_node free_leaf(const rig *r)
{
    return *mls_tree_leaf(r->tree, (mls_leaf_index){7});
}

static void put_leaf(rig *r, mls_tree *t, mls_leaf_node *l)
{
    mls_leaf_index at = {7};
    mls_node *n = NULL;
    base_buf signature = base_buf_on(&r->b.alloc.port);
    assert_int_equal(mls_leaf_node_sign(&r->b.suite,
                                        base_secret_bytes(&r->at[at.v].signature_private), l,
                                        RIG_GROUP, at, &signature),
                     BASE_OK);
    l->signature = base_buf_bytes(&signature);
    assert_int_equal(mls_node_from_leaf(&r->b.alloc.port, l, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, mls_node_of_leaf(at), n), BASE_OK);
    base_buf_clear(&signature);
}

static base_err check_leaf(rig *r, mls_tree *t, mls_leaf_node *l)
{
    put_leaf(r, t, l);
    return rig_check(r, t);
}

/* ---- the whole ---- */

/* V-12.4.3.1-8 */
static void a_tree_with_another_hash_than_the_context_says_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    crypto_digest hash = rig_hash(t);
    mls_group_context c = rig_context(&r, &hash);
    mls_lifetime_rule any = {.check = false};
    assert_int_equal(mls_tree_check(t, &c, &any), BASE_OK);
    c.tree_hash.n--;
    assert_int_equal(mls_tree_check(t, &c, &any), MLS_E_TREE_HASH);
    c.tree_hash.n++;
    hash.b[0] ^= 1;
    assert_int_equal(mls_tree_check(t, &c, &any), MLS_E_TREE_HASH);
    end(&r, t);
}

static void a_tree_larger_than_it_needs_to_be_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    assert_int_equal(mls_tree_resize(t, 16), BASE_OK);
    assert_int_equal(rig_check(&r, t), MLS_E_TREE);
    assert_int_equal(mls_tree_resize(t, 8), BASE_OK);
    assert_int_equal(rig_check(&r, t), BASE_OK);
    end(&r, t);
}

static void a_tree_without_members_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    mls_tree *empty = NULL;
    assert_int_equal(mls_tree_new(&r.b.suite, 8, &empty), BASE_OK);
    assert_int_equal(rig_check(&r, empty), MLS_E_TREE);
    mls_tree_free(empty);
    end(&r, t);
}

static void a_tree_of_one_member_is_in_order(void **state)
{
    (void)state;
    rig r;
    rig_start(&r, RIG_SUITE);
    assert_int_equal(rig_check(&r, r.tree), BASE_OK);
    rig_add(&r, 0, 0);
    assert_int_equal(rig_check(&r, r.tree), BASE_OK);
    rig_end(&r);
}

/* V-7.9.2-1 */
static void a_parent_without_a_chain_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    mls_parent_node p = parent_at(&r, 3);
    p.parent_hash = BYTES("of something else");
    put_parent(&r, t, 3, &p);
    assert_int_equal(rig_check(&r, t), MLS_E_PARENT_HASH);
    end(&r, t);
}

/* ---- unmerged leaves ---- */

static base_err check_unmerged(rig *r, mls_tree *t, uint32_t x, const mls_leaf_index *list,
                               size_t n)
{
    mls_parent_node p = parent_at(r, x);
    p.unmerged = list;
    p.n_unmerged = n;
    put_parent(r, t, x, &p);
    base_err err = rig_check(r, t);
    p = parent_at(r, x);
    put_parent(r, t, x, &p);
    assert_int_equal(rig_check(r, t), BASE_OK);
    return err;
}

/* V-12.4.3.1-10 */
static void an_unmerged_leaf_that_is_blank_or_elsewhere_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    const mls_leaf_index beyond[] = {{7}, {8}};
    const mls_leaf_index far[] = {{7}, {UINT32_MAX}};
    const mls_leaf_index beside[] = {{0}, {7}};
    assert_int_equal(check_unmerged(&r, t, 7, beyond, 2), MLS_E_TREE);
    assert_int_equal(check_unmerged(&r, t, 7, far, 2), MLS_E_TREE);
    assert_int_equal(check_unmerged(&r, t, 11, beside, 2), MLS_E_TREE); /* 0 is not under 11 */
    end(&r, t);
    rig_full(&r, RIG_SUITE, 8);
    rig_remove(&r, 0, 5);
    t = rig_overlay(&r);
    const mls_leaf_index blank[] = {{5}};
    assert_int_equal(check_unmerged(&r, t, 7, blank, 1), MLS_E_TREE);
    end(&r, t);
}

/* V-12.4.3.1-11 */
static void an_unmerged_leaf_that_a_node_in_between_does_not_list_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    assert_int_equal(parent_at(&r, 7).n_unmerged, 1);
    assert_int_equal(check_unmerged(&r, t, 11, NULL, 0), MLS_E_TREE);
    assert_int_equal(check_unmerged(&r, t, 7, NULL, 0), MLS_E_PARENT_HASH); /* and above it */
    end(&r, t);
}

/* ---- keys ---- */

/* V-12.4.3.1-12 */
static void a_parents_key_that_stands_elsewhere_too_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    mls_parent_node p = parent_at(&r, 3);
    p.encryption_key = parent_at(&r, 9).encryption_key;
    put_parent(&r, t, 3, &p);
    assert_int_equal(rig_check(&r, t), MLS_E_KEY_REUSE);
    p.encryption_key = free_leaf(&r).encryption_key;
    put_parent(&r, t, 3, &p);
    assert_int_equal(rig_check(&r, t), MLS_E_KEY_REUSE);
    end(&r, t);
}

/* V-5.1.1-1 */
static void a_parents_key_that_does_not_decode_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    mls_parent_node p = parent_at(&r, 3);
    p.encryption_key.n--;
    put_parent(&r, t, 3, &p);
    assert_int_equal(rig_check(&r, t), CRYPTO_E_KEY);
    end(&r, t);
}

/* V-7.3-8, V-7.3-9 */
static void two_members_with_one_key_are_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    const mls_leaf_node *other = mls_tree_leaf(r.tree, (mls_leaf_index){2});
    mls_leaf_node l = free_leaf(&r);
    l.encryption_key = other->encryption_key;
    assert_int_equal(check_leaf(&r, t, &l), MLS_E_KEY_REUSE);
    l = free_leaf(&r);
    l.signature_key = other->signature_key;
    r.at[7].signature_private = r.at[2].signature_private;
    assert_int_equal(check_leaf(&r, t, &l), MLS_E_KEY_REUSE);
    end(&r, t);
}

/* ---- leaves ---- */

/* V-12.4.3.1-9, V-7.3-1 */
static void a_leaf_with_a_wrong_signature_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    mls_leaf_node l = free_leaf(&r);
    assert_int_equal(check_leaf(&r, t, &l), BASE_OK);
    l = free_leaf(&r);
    l.not_after--;
    mls_node *n = NULL;
    assert_int_equal(mls_node_from_leaf(&r.b.alloc.port, &l, &n), BASE_OK);
    assert_int_equal(mls_tree_put(t, (mls_node_index){14}, n), BASE_OK);
    assert_int_equal(rig_check(&r, t), MLS_E_LEAF_SIGNATURE);
    crypto_digest hash = rig_hash(r.tree); /* the right tree in another group */
    mls_group_context c = rig_context(&r, &hash);
    mls_lifetime_rule any = {.check = false};
    assert_int_equal(mls_tree_check(r.tree, &c, &any), BASE_OK);
    c.group_id = BYTES("another group");
    assert_int_equal(mls_tree_check(r.tree, &c, &any), MLS_E_LEAF_SIGNATURE);
    end(&r, t);
}

/* V-12.4.3.1-9, V-7.3-2, V-13.4-2 */
static void a_leaf_that_does_not_support_the_groups_extensions_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    static const mls_extension odd[] = {{0xF111, {NULL, 0}}};
    r.extensions = (mls_extension_list){odd, 1};
    assert_int_equal(rig_check(&r, t), MLS_E_CAPABILITIES);
    mls_extension required = {MLS_EXTENSION_REQUIRED_CAPABILITIES, BYTES("\2\xf1\x11\0\0")};
    r.extensions = (mls_extension_list){&required, 1};
    assert_int_equal(rig_check(&r, t), MLS_E_CAPABILITIES);
    required.data = BYTES("\2\0\1\0\2\0\2"); /* a default extension, and x509 */
    assert_int_equal(rig_check(&r, t), BASE_OK);
    required.data = BYTES("\2\0\1\0\2\0");
    assert_int_equal(rig_check(&r, t), MLS_E_EXTENSION);
    end(&r, t);
}

static mls_u16_list without(mls_u16_list list, uint16_t value, uint16_t *room)
{
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++) {
        if (list.v[i] != value) {
            room[n] = list.v[i];
            n++;
        }
    }
    assert_int_equal(n, list.n - 1);
    return (mls_u16_list){room, n};
}

/* V-7.3-3: the one uses what others do not list. V-7.3-4: the one does not list what others use. */
static void credential_types_that_not_all_support_are_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    uint16_t room[64];
    begin(&r, &t);
    mls_leaf_node l = free_leaf(&r);
    l.credential = (mls_credential){MLS_CREDENTIAL_X509, BYTES("\5\4cert")};
    assert_int_equal(check_leaf(&r, t, &l), BASE_OK);
    static const uint16_t own[] = {MLS_CREDENTIAL_BASIC, 0xF222};
    l = free_leaf(&r);
    l.credential.type = 0xF222;
    l.capabilities.credentials = (mls_u16_list){own, 2};
    assert_int_equal(check_leaf(&r, t, &l), MLS_E_CAPABILITIES);
    l = free_leaf(&r);
    l.credential = (mls_credential){MLS_CREDENTIAL_X509, BYTES("\5\4cert")};
    l.capabilities.credentials = without(l.capabilities.credentials, MLS_CREDENTIAL_BASIC, room);
    assert_int_equal(check_leaf(&r, t, &l), MLS_E_CAPABILITIES);
    end(&r, t);
}

/* V-12.4.3.1-9, V-7.2-1, V-7.2-3 */
static void a_leaf_that_is_invalid_by_itself_is_refused(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    uint16_t room[64];
    begin(&r, &t);
    mls_leaf_node l = free_leaf(&r);
    l.capabilities.suites = without(l.capabilities.suites, RIG_SUITE, room);
    assert_int_equal(check_leaf(&r, t, &l), MLS_E_CAPABILITIES);
    static const mls_extension odd[] = {{0xF333, {NULL, 0}}};
    l = free_leaf(&r);
    l.extensions = (mls_extension_list){odd, 1};
    assert_int_equal(check_leaf(&r, t, &l), MLS_E_CAPABILITIES);
    l = free_leaf(&r);
    assert_int_equal(check_leaf(&r, t, &l), BASE_OK);
    end(&r, t);
}

/* V-7.3-5 */
static void an_expired_leaf_is_refused_only_by_who_looks_at_the_time(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    crypto_digest hash = rig_hash(t);
    mls_group_context c = rig_context(&r, &hash);
    mls_lifetime_rule rule = {.check = true, .now = 150};
    assert_int_equal(mls_tree_check(t, &c, &rule), BASE_OK);
    rule.now = 201;
    assert_int_equal(mls_tree_check(t, &c, &rule), MLS_E_LIFETIME);
    rule.check = false;
    assert_int_equal(mls_tree_check(t, &c, &rule), BASE_OK);
    end(&r, t);
}

static void every_allocation_of_a_check_may_fail(void **state)
{
    (void)state;
    rig r;
    mls_tree *t = NULL;
    begin(&r, &t);
    crypto_digest hash = rig_hash(r.tree);
    mls_extension required = {MLS_EXTENSION_REQUIRED_CAPABILITIES, BYTES("\2\0\1\0\2\0\2")};
    r.extensions = (mls_extension_list){&required, 1};
    mls_group_context c = rig_context(&r, &hash);
    mls_lifetime_rule any = {.check = false};
    base_err err = BASE_E_NOMEM;
    size_t live = r.b.alloc.live;
    for (size_t nth = 1; err != BASE_OK; nth++) {
        fake_alloc_reset(&r.b.alloc, nth);
        err = mls_tree_check(r.tree, &c, &any);
        assert_true(err == BASE_OK || err == BASE_E_NOMEM);
        assert_int_equal(r.b.alloc.live, live);
        assert_true(nth < 500);
    }
    fake_alloc_reset(&r.b.alloc, 0);
    end(&r, t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_with_another_hash_than_the_context_says_is_refused),
        cmocka_unit_test(a_tree_larger_than_it_needs_to_be_is_refused),
        cmocka_unit_test(a_tree_without_members_is_refused),
        cmocka_unit_test(a_tree_of_one_member_is_in_order),
        cmocka_unit_test(a_parent_without_a_chain_is_refused),
        cmocka_unit_test(an_unmerged_leaf_that_is_blank_or_elsewhere_is_refused),
        cmocka_unit_test(an_unmerged_leaf_that_a_node_in_between_does_not_list_is_refused),
        cmocka_unit_test(a_parents_key_that_stands_elsewhere_too_is_refused),
        cmocka_unit_test(a_parents_key_that_does_not_decode_is_refused),
        cmocka_unit_test(two_members_with_one_key_are_refused),
        cmocka_unit_test(a_leaf_with_a_wrong_signature_is_refused),
        cmocka_unit_test(a_leaf_that_does_not_support_the_groups_extensions_is_refused),
        cmocka_unit_test(credential_types_that_not_all_support_are_refused),
        cmocka_unit_test(a_leaf_that_is_invalid_by_itself_is_refused),
        cmocka_unit_test(an_expired_leaf_is_refused_only_by_who_looks_at_the_time),
        cmocka_unit_test(every_allocation_of_a_check_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
