/* Section 7.3, rule by rule: each test breaks one rule of a leaf that is otherwise in order, and
 * shows the neighbour that stands. */
#include "tree_rig.h"

/* A newcomer's leaf, signed again after each change, and the place it is held against. */
typedef struct applicant {
    rig_package p;
    mls_leaf_node leaf;
    base_buf signature;
    mls_leaf_place place;
} applicant;

static void sign(rig *r, applicant *a)
{
    a->signature.alloc = &r->b.alloc.port;
    assert_int_equal(mls_leaf_node_sign(&r->b.suite, base_secret_bytes(&a->p.signature_private),
                                        &a->leaf, RIG_GROUP, a->place.at, &a->signature),
                     BASE_OK);
    a->leaf.signature = base_buf_bytes(&a->signature);
}

/* A group of three, and somebody who wants to be the fourth. */
static void begin(rig *r, applicant *a)
{
    rig_full(r, RIG_SUITE, 3);
    memset(a, 0, sizeof *a);
    rig_package_new(r, &a->p);
    a->leaf = a->p.view.leaf_node;
    a->place = (mls_leaf_place){
        .tree = r->tree,
        .group_id = RIG_GROUP,
        .at = mls_tree_next_leaf(r->tree),
        .source = MLS_LEAF_KEY_PACKAGE,
        .lifetime = {.check = true, .now = 150},
    };
    assert_int_equal(mls_leaf_node_check(&a->place, &a->leaf), BASE_OK);
}

static void end(rig *r, applicant *a)
{
    base_buf_clear(&a->signature);
    rig_package_clear(&a->p);
    rig_end(r);
}

static base_err check(rig *r, applicant *a)
{
    sign(r, a);
    return mls_leaf_node_check(&a->place, &a->leaf);
}

/* A list of capabilities with one value left out. */
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

static mls_u16_list with(mls_u16_list list, uint16_t value, uint16_t *room)
{
    memcpy(room, list.v, list.n * sizeof *room);
    room[list.n] = value;
    return (mls_u16_list){room, list.n + 1};
}

/* ---- signature ---- */

/* V-7.3-1 */
static void a_leaf_that_was_changed_after_signing_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    a.leaf.not_after++;
    assert_int_equal(mls_leaf_node_check(&a.place, &a.leaf), MLS_E_LEAF_SIGNATURE);
    assert_int_equal(check(&r, &a), BASE_OK);
    a.signature.p[a.signature.n - 1] ^= 1;
    assert_int_equal(mls_leaf_node_check(&a.place, &a.leaf), MLS_E_LEAF_SIGNATURE);
    end(&r, &a);
}

/* V-7.3-1: of another group, or at another leaf; a key package knows neither. */
static void a_leaf_signed_for_another_place_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    for (int s = MLS_LEAF_KEY_PACKAGE; s <= MLS_LEAF_COMMIT; s++) {
        base_err want = s == MLS_LEAF_KEY_PACKAGE ? BASE_OK : MLS_E_LEAF_SIGNATURE;
        a.leaf.source = (mls_leaf_node_source)s;
        sign(&r, &a);
        const crypto_suite *suite = &r.b.suite;
        mls_leaf_index here = a.place.at;
        mls_leaf_index there = {here.v + 1};
        assert_int_equal(mls_leaf_node_verify(suite, &a.leaf, RIG_GROUP, here), BASE_OK);
        assert_int_equal(mls_leaf_node_verify(suite, &a.leaf, RIG_GROUP, there), want);
        assert_int_equal(mls_leaf_node_verify(suite, &a.leaf, BYTES("other"), here), want);
    }
    end(&r, &a);
}

/* V-5.1.1-1 */
static void keys_that_do_not_decode_are_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    a.leaf.encryption_key.n = 31;
    assert_int_equal(check(&r, &a), CRYPTO_E_KEY);
    a.leaf.encryption_key.n = 32;
    a.leaf.signature_key.n = 31;
    assert_int_equal(check(&r, &a), CRYPTO_E_KEY);
    a.leaf.signature_key.n = 32;
    assert_int_equal(check(&r, &a), BASE_OK);
    end(&r, &a);
}

/* ---- the leaf alone ---- */

/* V-7.3-6 */
static void a_source_that_does_not_fit_the_place_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    for (int s = MLS_LEAF_KEY_PACKAGE; s <= MLS_LEAF_COMMIT; s++) {
        for (int p = MLS_LEAF_KEY_PACKAGE; p <= MLS_LEAF_COMMIT; p++) {
            a.leaf.source = (mls_leaf_node_source)s;
            a.place.source = (mls_leaf_node_source)p;
            assert_int_equal(check(&r, &a), s == p ? BASE_OK : MLS_E_LEAF_NODE);
        }
    }
    end(&r, &a);
}

/* V-7.2-3 */
static void capabilities_without_the_version_or_the_suite_are_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    begin(&r, &a);
    mls_capabilities *c = &a.leaf.capabilities;
    const mls_capabilities whole = *c;
    c->versions = without(whole.versions, MLS_VERSION_MLS10, room);
    assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
    *c = whole;
    c->suites = without(whole.suites, RIG_SUITE, room);
    assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
    c->suites = without(whole.suites, MLS_SUITE_P256_AES128GCM_SHA256_P256, room);
    assert_int_equal(check(&r, &a), BASE_OK);
    end(&r, &a);
}

/* V-7.2-2 */
static void a_credential_type_that_its_leaf_does_not_list_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    begin(&r, &a);
    const mls_lifetime_rule any = {.check = false};
    const mls_u16_list whole = a.leaf.capabilities.credentials;
    a.leaf.capabilities.credentials = without(whole, MLS_CREDENTIAL_BASIC, room);
    assert_int_equal(mls_leaf_node_check_alone(&r.b.suite, &a.leaf, MLS_LEAF_ANY_SOURCE, &any),
                     MLS_E_CAPABILITIES);
    a.leaf.capabilities.credentials = without(whole, MLS_CREDENTIAL_X509, room);
    assert_int_equal(mls_leaf_node_check_alone(&r.b.suite, &a.leaf, MLS_LEAF_ANY_SOURCE, &any),
                     BASE_OK);
    end(&r, &a);
}

/* V-7.2-1 */
static void an_extension_that_its_leaf_does_not_list_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    static const mls_extension own[] = {{0xF123, {(const uint8_t *)"x", 1}}};
    static const mls_extension app[] = {{MLS_EXTENSION_APPLICATION_ID, {(const uint8_t *)"x", 1}}};
    begin(&r, &a);
    a.leaf.extensions = (mls_extension_list){own, 1};
    assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
    a.leaf.capabilities.extensions = with(a.leaf.capabilities.extensions, 0xF123, room);
    assert_int_equal(check(&r, &a), BASE_OK);
    a.leaf.capabilities = a.p.view.leaf_node.capabilities;
    a.leaf.extensions = (mls_extension_list){app, 1}; /* a default type needs no listing */
    assert_int_equal(check(&r, &a), BASE_OK);
    end(&r, &a);
}

/* V-7.2-4, V-13.5-1 */
static void defaults_and_unknown_values_in_capabilities_are_accepted(void **state)
{
    (void)state;
    rig r;
    applicant a;
    static const uint16_t all[] = {1, 2, 3, 4, 5, 6, 7, 0x0A0A, 0xEAEA, 0xFFFF};
    const mls_u16_list list = {all, COUNT(all)};
    begin(&r, &a);
    a.leaf.capabilities = (mls_capabilities){list, list, list, list, list};
    assert_int_equal(check(&r, &a), BASE_OK);
    end(&r, &a);
}

/* V-7.3-5 */
static void a_lifetime_that_does_not_cover_the_present_is_refused_when_asked(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a); /* 100 to 200 */
    const uint64_t now[] = {0, 99, 100, 200, 201, UINT64_MAX};
    const bool good[] = {false, false, true, true, false, false};
    for (size_t i = 0; i < COUNT(now); i++) {
        a.place.lifetime.now = now[i];
        assert_int_equal(check(&r, &a), good[i] ? BASE_OK : MLS_E_LIFETIME);
    }
    a.place.lifetime.check = false;
    assert_int_equal(check(&r, &a), BASE_OK);
    a.place.lifetime = (mls_lifetime_rule){.check = true, .now = 150, .max_seconds = 99};
    assert_int_equal(check(&r, &a), MLS_E_LIFETIME);
    a.place.lifetime.max_seconds = 100;
    assert_int_equal(check(&r, &a), BASE_OK);
    a.leaf.not_before = 200;
    a.leaf.not_after = 100;
    assert_int_equal(check(&r, &a), MLS_E_LIFETIME);
    a.place.source = MLS_LEAF_UPDATE; /* other sources have none */
    a.leaf.source = MLS_LEAF_UPDATE;
    a.place.lifetime.now = UINT64_MAX;
    assert_int_equal(check(&r, &a), BASE_OK);
    end(&r, &a);
}

/* ---- against the group ---- */

/* V-13.4-2 */
static void a_leaf_that_does_not_support_the_groups_extensions_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    static const mls_extension list[] = {
        {0xF456, {NULL, 0}}, {MLS_EXTENSION_EXTERNAL_SENDERS, {(const uint8_t *)"", 1}}};
    begin(&r, &a);
    a.place.group_extensions = (mls_extension_list){list, COUNT(list)};
    assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
    a.leaf.capabilities.extensions = with(a.leaf.capabilities.extensions, 0xF456, room);
    assert_int_equal(check(&r, &a), BASE_OK);
    assert_int_equal(mls_tree_check_extensions(r.tree, a.place.group_extensions),
                     MLS_E_CAPABILITIES);
    a.place.group_extensions = (mls_extension_list){list + 1, 1};
    assert_int_equal(mls_tree_check_extensions(r.tree, a.place.group_extensions), BASE_OK);
    end(&r, &a);
}

/* V-7.3-2 */
static void a_leaf_without_a_required_capability_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[3][64];
    static const uint16_t v[] = {0xF789, 1, MLS_CREDENTIAL_X509};
    const mls_u16_list none = {NULL, 0};
    const mls_u16_list odd = {v, 2}; /* with a default beside it, that no leaf lists */
    begin(&r, &a);
    const mls_required_capabilities want[] = {
        {odd, none, none}, {none, odd, none}, {none, none, {v, 1}}};
    mls_u16_list *have[] = {&a.leaf.capabilities.extensions, &a.leaf.capabilities.proposals,
                            &a.leaf.capabilities.credentials};
    for (size_t i = 0; i < COUNT(want); i++) {
        base_buf data = base_buf_on(&r.b.alloc.port);
        assert_int_equal(mls_required_capabilities_encode(&want[i], &data), BASE_OK);
        mls_extension e = {MLS_EXTENSION_REQUIRED_CAPABILITIES, base_buf_bytes(&data)};
        a.place.group_extensions = (mls_extension_list){&e, 1};
        assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
        *have[i] = with(*have[i], 0xF789, room[i]);
        assert_int_equal(check(&r, &a), BASE_OK);
        base_buf_clear(&data);
    }
    mls_extension broken = {MLS_EXTENSION_REQUIRED_CAPABILITIES, BYTES("\1")};
    a.place.group_extensions = (mls_extension_list){&broken, 1};
    assert_int_equal(check(&r, &a), MLS_E_EXTENSION);
    end(&r, &a);
}

/* V-7.3-3: everybody lists x509, nobody lists 0xF0F0. */
static void a_credential_type_that_a_member_does_not_support_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    begin(&r, &a);
    a.leaf.credential = (mls_credential){MLS_CREDENTIAL_X509, BYTES("\5\4cert")};
    assert_int_equal(check(&r, &a), BASE_OK);
    a.leaf.credential.type = 0xF0F0;
    a.leaf.capabilities.credentials = with(a.leaf.capabilities.credentials, 0xF0F0, room);
    assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
    end(&r, &a);
}

/* V-7.3-4 */
static void a_leaf_that_does_not_support_a_members_credential_type_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    mls_leaf_index at = {0};
    rig_package p;
    begin(&r, &a);
    mls_tree *t = rig_overlay(&r);
    rig_package_new(&r, &p);
    p.view.leaf_node.credential = (mls_credential){MLS_CREDENTIAL_X509, BYTES("\5\4cert")};
    assert_int_equal(mls_tree_add_leaf(t, &p.view.leaf_node, &at), BASE_OK);
    a.place.tree = t;
    a.place.at = mls_tree_next_leaf(t);
    a.leaf.capabilities.credentials =
        without(a.leaf.capabilities.credentials, MLS_CREDENTIAL_X509, room);
    assert_int_equal(check(&r, &a), MLS_E_CAPABILITIES);
    a.place.at = at; /* unless it replaces the only one of that type */
    a.place.source = MLS_LEAF_UPDATE;
    a.leaf.source = MLS_LEAF_UPDATE;
    assert_int_equal(check(&r, &a), BASE_OK);
    mls_tree_free(t);
    rig_package_clear(&p);
    end(&r, &a);
}

/* V-7.3-8, V-7.3-9 */
static void a_key_that_another_node_holds_is_refused(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    const mls_leaf_node *other = mls_tree_leaf(r.tree, (mls_leaf_index){1});
    const base_bytes key = a.leaf.encryption_key;
    a.leaf.encryption_key = other->encryption_key;
    assert_int_equal(check(&r, &a), MLS_E_KEY_REUSE);
    a.leaf.encryption_key = mls_tree_node(r.tree, (mls_node_index){1})->parent.encryption_key;
    assert_int_equal(check(&r, &a), MLS_E_KEY_REUSE);
    a.leaf.encryption_key = key;
    assert_int_equal(check(&r, &a), BASE_OK);
    a.leaf.signature_key = other->signature_key;
    a.p.signature_private = r.at[1].signature_private;
    assert_int_equal(check(&r, &a), MLS_E_KEY_REUSE);
    end(&r, &a);
}

/* V-7.3-7 */
static void an_update_must_bring_a_new_encryption_key_and_may_keep_the_signature_key(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    const mls_leaf_node *old = mls_tree_leaf(r.tree, (mls_leaf_index){1});
    const base_bytes fresh = a.leaf.encryption_key;
    a.place.at.v = 1;
    a.p.signature_private = r.at[1].signature_private;
    for (int s = MLS_LEAF_UPDATE; s <= MLS_LEAF_COMMIT; s++) {
        a.leaf = *old;
        a.leaf.source = (mls_leaf_node_source)s;
        a.place.source = a.leaf.source;
        assert_int_equal(check(&r, &a), MLS_E_KEY_REUSE);
        a.leaf.encryption_key = fresh;
        assert_int_equal(check(&r, &a), BASE_OK);
    }
    end(&r, &a);
}

static void an_add_may_not_take_a_leaf_in_use(void **state)
{
    (void)state;
    rig r;
    applicant a;
    begin(&r, &a);
    a.place.at.v = 1;
    assert_int_equal(check(&r, &a), BASE_E_ARGUMENT);
    end(&r, &a);
}

/* V-12.2-10: in the tree, all list GREASE at random; nobody lists 0xF001. */
static void a_proposal_type_needs_the_support_of_all_who_stay(void **state)
{
    (void)state;
    rig r;
    applicant a;
    uint16_t room[64];
    mls_leaf_index at = {0};
    begin(&r, &a);
    const mls_leaf_index others[] = {{0}, {1}, {2}};
    assert_int_equal(mls_tree_check_proposal_type(r.tree, MLS_PROPOSAL_REINIT, NULL, 0), BASE_OK);
    assert_int_equal(mls_tree_check_proposal_type(r.tree, 0xF001, NULL, 0), MLS_E_CAPABILITIES);
    assert_int_equal(mls_tree_check_proposal_type(r.tree, 0xF001, others, 2), MLS_E_CAPABILITIES);
    a.leaf.capabilities.proposals = with(a.leaf.capabilities.proposals, 0xF001, room);
    mls_tree *t = rig_overlay(&r);
    assert_int_equal(mls_tree_add_leaf(t, &a.leaf, &at), BASE_OK);
    assert_int_equal(mls_tree_check_proposal_type(t, 0xF001, others, 3), BASE_OK);
    mls_tree_free(t);
    end(&r, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_that_was_changed_after_signing_is_refused),
        cmocka_unit_test(a_leaf_signed_for_another_place_is_refused),
        cmocka_unit_test(keys_that_do_not_decode_are_refused),
        cmocka_unit_test(a_source_that_does_not_fit_the_place_is_refused),
        cmocka_unit_test(capabilities_without_the_version_or_the_suite_are_refused),
        cmocka_unit_test(a_credential_type_that_its_leaf_does_not_list_is_refused),
        cmocka_unit_test(an_extension_that_its_leaf_does_not_list_is_refused),
        cmocka_unit_test(defaults_and_unknown_values_in_capabilities_are_accepted),
        cmocka_unit_test(a_lifetime_that_does_not_cover_the_present_is_refused_when_asked),
        cmocka_unit_test(a_leaf_that_does_not_support_the_groups_extensions_is_refused),
        cmocka_unit_test(a_leaf_without_a_required_capability_is_refused),
        cmocka_unit_test(a_credential_type_that_a_member_does_not_support_is_refused),
        cmocka_unit_test(a_leaf_that_does_not_support_a_members_credential_type_is_refused),
        cmocka_unit_test(a_key_that_another_node_holds_is_refused),
        cmocka_unit_test(an_update_must_bring_a_new_encryption_key_and_may_keep_the_signature_key),
        cmocka_unit_test(an_add_may_not_take_a_leaf_in_use),
        cmocka_unit_test(a_proposal_type_needs_the_support_of_all_who_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
