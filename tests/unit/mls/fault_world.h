/* What the sweeps of test_group_faults_calls.c and test_group_faults_parts.c share: a group of
 * three, somebody outside whom it lists as an external sender, and the calls that both make. */
#ifndef TESTS_FAULT_WORLD_H
#define TESTS_FAULT_WORLD_H

#include <sotto/mls_app.h>

#include "fault_sweep.h"

#include "mls/codec.h"

static world w;
static person *const alice = &w.people[0];
static person *const bob = &w.people[1];
static person *const carol = &w.people[2];
static person *const dave = &w.people[3]; /* not in; an external sender */

static const base_bytes none = {NULL, 0};

/* What the calls work on; made before a sweep, outside of any failure. */
static base_buf package;
static base_buf message;
static base_buf other;
static base_buf welcome;
static base_buf ref;
static base_buf senders;
static mls_commit_out made;
static mls_received pending;

static inline int teardown(void **state)
{
    (void)state;
    base_buf *all[] = {&package, &message, &other, &welcome, &ref, &senders};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        base_buf_clear(all[i]);
        *all[i] = (base_buf){0}; /* an empty one still knows the heap it came from */
    }
    mls_commit_out_clear(&made);
    mls_received_clear(&pending);
    made = (mls_commit_out){0};
    pending = (mls_received){0};
    world_clear(&w);
    return 0;
}

/* Alice, Bob and Carol are in. */
static inline void set_up(uint64_t seed)
{
    world_init(&w, 1, 4, seed);
    const mls_external_sender sender = {base_buf_bytes(&dave->signature_public),
                                        {MLS_CREDENTIAL_BASIC, base_bytes_str(dave->name)}};
    assert_ok(mls_external_senders_encode((mls_external_sender_list){&sender, 1}, &senders));
    const mls_extension extension = {MLS_EXTENSION_EXTERNAL_SENDERS, base_buf_bytes(&senders)};
    w.group_extensions = (mls_extension_list){&extension, 1};
    world_found(&w, 0);
    w.group_extensions = (mls_extension_list){0};
    person *others[] = {bob, carol};
    world_add(&w, alice, others, 2);
    world_talk(&w);
    package = person_key_package(&w, dave);
}

static inline void sweep_all(person *p, call_fn call)
{
    for (fault f = FAULT_MEMORY; f < FAULT_COUNT; f++) {
        (void)sweep_fault(p, call, f);
    }
}

static inline base_err call_receive(void)
{
    return person_receive(alice, base_buf_bytes(&message));
}

static inline base_err call_receive_commit(void)
{
    return mls_group_receive(alice->group, base_buf_bytes(&message), WORLD_NOW, &pending);
}

static inline base_err call_merge(void)
{
    base_err err = mls_group_merge(alice->group, pending.staged);
    pending.staged = err == BASE_OK ? NULL : pending.staged;
    return err;
}

static inline base_err call_whisper(void)
{
    base_buf_clear(&message);
    return mls_group_targeted_seal(alice->group, (mls_leaf_index){1}, base_bytes_str("psst"), NULL,
                                   &message);
}

#endif
