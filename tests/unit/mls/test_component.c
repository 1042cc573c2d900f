/* Keys of MLS in the hands of components (draft-ietf-mls-extensions, sections 4.2, 4.3 and 4.5):
 * nothing of one component serves another, or MLS. */
#include "support/mls_world.h"

#include <sotto/mls_app.h>

#include "crypto/labels.h"
#include "mls/group.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];

#define LABEL base_bytes_str("label")

static int setup(void **state)
{
    (void)state;
    world_init(&w, 1, 3, 770);
    world_assemble(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_clear(&w);
    return 0;
}

static base_err verify(uint16_t component, base_bytes label, base_buf *signature)
{
    return mls_component_verify(bob->ctx, 1, base_buf_bytes(&alice->signature_public), component,
                                label, base_bytes_str("content"), base_buf_bytes(signature));
}

static void a_signature_is_of_one_component(void **state)
{
    (void)state;
    base_buf s = {0};
    const base_bytes key = base_buf_bytes(&alice->signature_private);
    assert_ok(mls_component_sign(alice->ctx, 1, key, 0x8001, LABEL, base_bytes_str("content"), &s));
    assert_ok(verify(0x8001, LABEL, &s));
    assert_int_equal(verify(0x8002, LABEL, &s), CRYPTO_E_SIGNATURE);
    assert_int_equal(verify(0x8001, base_bytes_str("other"), &s), CRYPTO_E_SIGNATURE);
    /* The label on the wire: base_label, component_id, label. */
    const base_bytes whole = base_bytes_of("\15MLS Component\200\1\5label", 22);
    assert_ok(mls_verify(bob->ctx, 1, base_buf_bytes(&alice->signature_public), whole,
                         base_bytes_str("content"), base_buf_bytes(&s)));
    assert_int_equal(mls_verify(bob->ctx, 1, base_buf_bytes(&alice->signature_public), LABEL,
                                base_bytes_str("content"), base_buf_bytes(&s)),
                     CRYPTO_E_SIGNATURE);
    assert_int_equal(mls_component_sign(alice->ctx, 9, key, 1, LABEL, LABEL, &s), CRYPTO_E_SUITE);
    assert_int_equal(mls_component_sign(alice->ctx, 1, key, 1, LABEL, LABEL, NULL),
                     BASE_E_ARGUMENT);
    base_buf_clear(&s);
}

static base_err open_as(person *p, const mls_component_label *label, const crypto_sealed *s)
{
    base_buf out = {0};
    base_err err = mls_group_component_open(p->group, label, base_buf_bytes(&s->kem_output),
                                            base_buf_bytes(&s->ciphertext), &out);
    assert_true(err != BASE_OK || base_bytes_eq(base_buf_bytes(&out), base_bytes_str("secret")));
    base_buf_clear(&out);
    return err;
}

static void what_is_encrypted_is_for_one_member_and_one_component(void **state)
{
    (void)state;
    crypto_sealed s = {0};
    mls_component_label label = {0x8001, LABEL, base_bytes_str("context")};
    person_reload(alice);
    assert_ok(mls_group_component_seal(alice->group, (mls_leaf_index){1}, &label,
                                       base_bytes_str("secret"), &s.kem_output, &s.ciphertext));
    assert_ok(open_as(bob, &label, &s));
    person_reload(bob);
    assert_ok(open_as(bob, &label, &s));
    assert_int_equal(open_as(&w.people[2], &label, &s), CRYPTO_E_OPEN);
    label.component = 0x8002;
    assert_int_equal(open_as(bob, &label, &s), CRYPTO_E_OPEN);
    label.component = 0x8001;
    label.context = base_bytes_str("other");
    assert_int_equal(open_as(bob, &label, &s), CRYPTO_E_OPEN);
    label.context = base_bytes_str("context");
    /* A commit by others leaves the key, one of its own replaces it. */
    world_commit(&w, alice, NULL, NULL, 0);
    assert_ok(open_as(bob, &label, &s));
    world_commit(&w, bob, NULL, NULL, 0);
    assert_int_equal(open_as(bob, &label, &s), CRYPTO_E_OPEN);
    assert_int_equal(mls_group_component_seal(alice->group, (mls_leaf_index){9}, &label, LABEL,
                                              &s.kem_output, &s.ciphertext),
                     BASE_E_NOT_FOUND);
    crypto_sealed_clear(&s);
}

static mls_proposal_params psk_of(mls_psk_type type, uint16_t component)
{
    return (mls_proposal_params){
        .type = MLS_PROPOSAL_PSK,
        .psk = {.type = type, .component = component, .psk_id = base_bytes_str("id")}};
}

static void a_psk_is_of_one_component(void **state)
{
    (void)state;
    mls_commit_out out = {0};
    const mls_proposal_params one = psk_of(MLS_PSK_COMPONENT, 0x8001);
    const mls_proposal_params others[] = {psk_of(MLS_PSK_COMPONENT, 0x8002),
                                          psk_of(MLS_PSK_EXTERNAL, 0)};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mls_component_psk_put(w.people[i].ctx, 0x8001, base_bytes_str("id"),
                                        base_bytes_str("a password")));
    }
    for (size_t i = 0; i < 2; i++) {
        const mls_commit_params params = {.proposals = &others[i], .n_proposals = 1};
        assert_int_equal(mls_group_commit(alice->group, &params, WORLD_NOW, &out),
                         MLS_E_PSK_MISSING);
    }
    const mls_commit_params params = {.proposals = &one, .n_proposals = 1};
    world_commit(&w, alice, &params, NULL, 0);
    world_talk(&w);
    /* Who has another password does not follow, and does once it has the right one. */
    assert_ok(
        mls_component_psk_put(bob->ctx, 0x8001, base_bytes_str("id"), base_bytes_str("another")));
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &out));
    assert_int_equal(person_receive(bob, base_buf_bytes(&out.commit)), MLS_E_CONFIRMATION_TAG);
    mls_commit_out_clear(&out);
    assert_ok(mls_component_psk_delete(bob->ctx, 0x8001, base_bytes_str("id")));
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &out));
    assert_int_equal(person_receive(bob, base_buf_bytes(&out.commit)), MLS_E_PSK_MISSING);
    assert_ok(mls_component_psk_put(bob->ctx, 0x8001, base_bytes_str("id"),
                                    base_bytes_str("a password")));
    assert_ok(person_receive(bob, base_buf_bytes(&out.commit)));
    mls_commit_out_clear(&out);
    assert_int_equal(mls_component_psk_put(bob->ctx, 1, LABEL, (base_bytes){NULL, 0}),
                     BASE_E_ARGUMENT);
}

static void a_joiner_needs_the_psk_as_well(void **state)
{
    (void)state;
    teardown(state);
    world_init(&w, 1, 2, 771);
    world_found(&w, 0);
    base_buf package = person_key_package(&w, bob);
    mls_commit_out out = {0};
    const mls_proposal_params proposals[] = {
        {.type = MLS_PROPOSAL_ADD, .key_package = base_buf_bytes(&package)},
        psk_of(MLS_PSK_COMPONENT, 0x8001)};
    const mls_commit_params params = {.proposals = proposals, .n_proposals = 2};
    assert_ok(mls_component_psk_put(alice->ctx, 0x8001, base_bytes_str("id"), LABEL));
    assert_ok(mls_group_commit(alice->group, &params, WORLD_NOW, &out));
    assert_int_equal(mls_group_join(bob->ctx, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0},
                                    WORLD_NOW, &bob->group),
                     MLS_E_PSK_MISSING);
    assert_ok(mls_component_psk_put(bob->ctx, 0x8001, base_bytes_str("id"), LABEL));
    assert_ok(mls_group_merge(alice->group, out.staged));
    out.staged = NULL;
    person_join(bob, base_buf_bytes(&out.welcome), (base_bytes){NULL, 0});
    world_talk(&w);
    mls_commit_out_clear(&out);
    base_buf_clear(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(a_signature_is_of_one_component),
        CASE(what_is_encrypted_is_for_one_member_and_one_component),
        CASE(a_psk_is_of_one_component),
        CASE(a_joiner_needs_the_psk_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
