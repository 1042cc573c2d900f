/* Keys are deleted when RFC 9420 says so (section 9.2), shown by memory itself: one member goes
 * through all there is to do in a group, and after each step nothing that must be gone has a trace
 * in the memory of the process, its dead stack included, nor in its store. */
#include "steps.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/crypto_default.h"
#include "base/ct.h"

/* ---- the walks ---- */

/* A suite and its parts, to be told apart from other suites of the backend. */
typedef struct suite_row {
    mls_suite suite;
    uint16_t kem;
    uint16_t aead;
    uint16_t sig;
} suite_row;

static void begin(const suite_row *row)
{
    static uint64_t seed = 4711;
    recorder_reset();
    search_reset();
    peers_start(row->suite);
    subject_begin(row->suite, ++seed,
                  recorder_backend(crypto_default(), row->kem, row->aead, row->sig));
    me.caller_gone = true;
    me.frees_scalars = row->kem == CRYPTO_KEM_P521;
    STEP(get_signature_key);
}

static void clear_public(void)
{
    base_buf_clear(&me.signature_public);
    base_buf_clear(&me.message);
    base_buf_clear(&me.ref);
    peers_end();
}

static void end(void)
{
    STEP(forget_signature_key);
    assert_true(search_bytes() > 1 << 20);
    assert_int_equal(me.store.n, 0); /* nor anything that is no secret */
    fake_store_clear(&me.store);
    clear_public();
}

static void walk_of_a_founder(void)
{
    STEP(create);
    STEP(commit_three_adds);
    STEP(merge_and_welcome);
    STEP(protect);
    STEP(unprotect);
    STEP(unprotect_out_of_order);
    assert_true(subject_found("key", NULL, false)); /* of the message that is late */
    STEP(unprotect_the_late_one);
    assert_false(subject_found("key", NULL, false));
    STEP(unprotect_the_last_one);
    STEP(refuse_a_replay_and_damage);
    STEP(whisper);
    STEP(hear);
    STEP(seal_and_open_for_a_component);
    me.caller_gone = false;
    STEP(export);
    assert_true(subject_found("exported", NULL, false));
    STEP(clear_the_export);
    STEP(safe_export);
    STEP(safe_export_another);
    STEP(clear_the_export);
    STEP(show_group_info);
    STEP(commit_and_throw_away);
    STEP(commit);
    STEP(encode_and_decode_the_staged_commit);
    STEP(merge);
    STEP(load_again);
    STEP(protect);
    STEP(unprotect);
    STEP(keep_a_peers_update);
    STEP(commit);
    STEP(merge);
    STEP(remove_a_peer);
    STEP(a_peer_comes_back_from_outside);
    STEP(put_psk);
    assert_true(subject_found("psk", NULL, false));
    STEP(commit_with_psks);
    STEP(delete_psk);
    STEP(unprotect);
    STEP(stage_a_peers_commit);
    STEP(merge_got);
    STEP(propose_another_update);
    STEP(propose_an_update);
    STEP(process_the_commit_of_our_update);
    STEP(unprotect);
    STEP(branch);
    STEP(delete_successor);
    STEP(end_by_reinit);
    STEP(reinit);
    STEP(delete_group);
    STEP(delete_successor);
}

static void walk_of_a_joiner(void)
{
    STEP(make_key_package);
    STEP(delete_key_package);
    STEP(make_key_package);
    STEP(peers_found_a_group);
    STEP(join_by_welcome);
    STEP(unprotect);
    STEP(add_a_peer);
    STEP(stage_a_peers_commit);
    STEP(throw_the_peers_commit_away);
    STEP(delete_group);
    STEP(peers_found_a_group);
    STEP(join_from_outside);
    STEP(unprotect);
    STEP(ask_to_leave);
    STEP(be_removed);
    STEP(delete_group);
    STEP(make_last_resort);
    STEP(seal_and_open_mail);
    STEP(peers_found_a_group);
    STEP(join_by_last_resort);
    STEP(unprotect);
    STEP(delete_last_resort);
    STEP(delete_group);
}

static void a_founder_keeps_nothing_too_long(void **state)
{
    begin((const suite_row *)*state);
    walk_of_a_founder();
    end();
}

static void a_joiner_keeps_nothing_too_long(void **state)
{
    begin((const suite_row *)*state);
    walk_of_a_joiner();
    end();
}

/* ---- controls: what is planted is found ---- */

/* A secret that had to be gone when the call returned. */
static const recorder_secret *gone(const char *label)
{
    size_t i = 0;
    while (i < recorder_count() && strcmp(recorder_at(i)->label, label) != 0) {
        i++;
    }
    return i < recorder_count() ? recorder_at(i) : NULL;
}

static void plant_in_freed_memory(void)
{
    const recorder_secret *s = gone("joiner");
    uint8_t *planted = (uint8_t *)malloc(8192);
    SURE(s != NULL && planted != NULL);
    memcpy(planted + 4096 + 1, s->b + 8, 16); /* half of it, and at an odd address */
    __asm__ __volatile__("" : : "r"(planted) : "memory");
    free(planted);
}

static void plant_in_the_store(void)
{
    const mls_store port = fake_store_port(&me.store);
    const recorder_secret *s = gone("epoch");
    const mls_store_op op = {.key = base_bytes_str("k"), .value = base_bytes_of(s->b, s->n)};
    OK(port.write(port.user, &op, 1));
}

/* As HMAC leaves a key. */
static void __attribute__((noinline)) plant_on_the_dead_stack(void)
{
    uint8_t dead[4096];
    const recorder_secret *s = gone("welcome");
    for (size_t i = 0; i < 16; i++) {
        dead[i + 100] = s->b[i + 16] ^ 0x36;
    }
    __asm__ __volatile__("" : : "r"(dead) : "memory");
}

static void plant_and_wipe(void)
{
    plant_on_the_dead_stack();
    base_wipe_stack(8192);
}

static void what_is_planted_is_found(void **state)
{
    static const subject_step plants[] = {plant_in_freed_memory, plant_in_the_store,
                                          plant_on_the_dead_stack};
    begin((const suite_row *)*state);
    STEP(create);
    STEP(commit_three_adds);
    STEP(merge_and_welcome);
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++) {
        assert_int_equal(subject_search_after(plants[i]), i + 1);
    }
    assert_int_equal(subject_search_after(plant_and_wipe), 2);
    mls_group_free(me.group[0]);
    base_buf_clear(&me.signature_private);
    mls_ctx_free(me.ctx);
    fake_store_clear(&me.store);
    clear_public();
}

static suite_row rows[] = {
    {0x0001, CRYPTO_KEM_X25519, CRYPTO_AEAD_AES128GCM, CRYPTO_SIG_ED25519},
    {0xF001, CRYPTO_KEM_XWING, CRYPTO_AEAD_AES128GCM, CRYPTO_SIG_ED25519},
    {0x0002, CRYPTO_KEM_P256, CRYPTO_AEAD_AES128GCM, CRYPTO_SIG_P256},
    {0x0003, CRYPTO_KEM_X25519, CRYPTO_AEAD_CHACHA20POLY1305, CRYPTO_SIG_ED25519},
    {0x0004, CRYPTO_KEM_X448, CRYPTO_AEAD_AES256GCM, CRYPTO_SIG_ED448},
    {0x0005, CRYPTO_KEM_P521, CRYPTO_AEAD_AES256GCM, CRYPTO_SIG_P521},
    {0x0006, CRYPTO_KEM_X448, CRYPTO_AEAD_CHACHA20POLY1305, CRYPTO_SIG_ED448},
    {0x0007, CRYPTO_KEM_P384, CRYPTO_AEAD_AES256GCM, CRYPTO_SIG_P384},
    {0xF002, CRYPTO_KEM_XWING, CRYPTO_AEAD_AES256GCM, CRYPTO_SIG_ED25519},
    {0xF003, CRYPTO_KEM_MLKEM768P256, CRYPTO_AEAD_AES128GCM, CRYPTO_SIG_P256},
    {0xF006, CRYPTO_KEM_MLKEM768, CRYPTO_AEAD_AES256GCM, CRYPTO_SIG_ED25519},
    {0x004D, CRYPTO_KEM_XWING, CRYPTO_AEAD_CHACHA20POLY1305, CRYPTO_SIG_ED25519},
};

enum { ROWS = sizeof rows / sizeof rows[0], ALWAYS = 2, NAME = 64 };

/* Suite 1 and the default; with SOTTO_SUITES=all in the environment, all that this platform has. */
int main(void)
{
    static char names[2 * ROWS][NAME];
    struct CMUnitTest tests[2 * ROWS + 1] = {
        {"what_is_planted_is_found", what_is_planted_is_found, NULL, NULL, &rows[0]}};
    size_t n = getenv("SOTTO_SUITES") != NULL ? ROWS : ALWAYS;
#ifdef M_PERTURB
    (void)mallopt(M_PERTURB, 0); /* Meson sets it: what is freed would be overwritten for us */
#endif
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(names[2 * i], NAME, "a_founder_keeps_nothing_too_long_in_suite_0x%04x",
                       rows[i].suite);
        (void)snprintf(names[2 * i + 1], NAME, "a_joiner_keeps_nothing_too_long_in_suite_0x%04x",
                       rows[i].suite);
        tests[2 * i + 1] = (struct CMUnitTest){names[2 * i], a_founder_keeps_nothing_too_long, NULL,
                                               NULL, &rows[i]};
        tests[2 * i + 2] = (struct CMUnitTest){names[2 * i + 1], a_joiner_keeps_nothing_too_long,
                                               NULL, NULL, &rows[i]};
    }
    return _cmocka_run_group_tests("erasure", tests, 2 * n + 1, NULL, NULL);
}
