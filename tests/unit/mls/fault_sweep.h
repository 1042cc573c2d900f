/* The sweep of the tests of failures: the Nth allocation, random number, reading or writing fails,
 * for every N. After each failure the call has told, the store holds the same bytes, and the group
 * says the same of itself as before; then the call goes through. That nothing leaks is seen when
 * the world is cleared. */
#ifndef TESTS_FAULT_SWEEP_H
#define TESTS_FAULT_SWEEP_H

#include <sotto/mls_app.h>

#include "support/mls_world.h"

typedef base_err (*call_fn)(void);
typedef enum fault { FAULT_MEMORY, FAULT_RANDOM, FAULT_GET, FAULT_WRITE, FAULT_COUNT } fault;

static inline void arm(person *p, fault f, size_t n)
{
    fake_alloc_reset(&p->heap, f == FAULT_MEMORY ? n : 0);
    p->random.calls = 0;
    p->random.fail_at = f == FAULT_RANDOM ? n : 0;
    fake_store_reset(&p->store, f == FAULT_GET ? n : 0, f == FAULT_WRITE ? n : 0);
}

static inline bool struck(const person *p, fault f, size_t n)
{
    switch (f) {
    case FAULT_MEMORY:
        return p->heap.calls >= n;
    case FAULT_RANDOM:
        return p->random.calls >= n;
    case FAULT_GET:
        return p->store.gets >= n;
    default:
        return p->store.writes >= n;
    }
}

static inline base_err expected(fault f)
{
    static const base_err errors[] = {BASE_E_NOMEM, BASE_E_RANDOM, BASE_E_STORE, BASE_E_STORE};
    return errors[f];
}

/* What a group tells of itself. */
typedef struct fault_state {
    uint64_t epoch;
    mls_group_state state;
    size_t kept;
    uint32_t last_generation;
    uint8_t authenticator[64];
    size_t n;
} fault_state;

static inline fault_state fault_state_of(const mls_group *g)
{
    fault_state s = {0};
    if (g != NULL) {
        base_bytes a = mls_group_epoch_authenticator(g);
        s.epoch = mls_group_epoch(g);
        s.state = mls_group_state_of(g);
        s.kept = mls_group_proposal_count(g);
        s.last_generation = mls_group_last_generation(g);
        s.n = a.n;
        memcpy(s.authenticator, a.p, a.n);
    }
    return s;
}

static inline void assert_same_state(const fault_state *a, const mls_group *g)
{
    const fault_state b = fault_state_of(g);
    assert_int_equal(a->epoch, b.epoch);
    assert_int_equal(a->state, b.state);
    assert_int_equal(a->kept, b.kept);
    assert_int_equal(a->last_generation, b.last_generation);
    assert_int_equal(a->n, b.n);
    assert_memory_equal(a->authenticator, b.authenticator, a->n);
}

/* Fail the first call of a kind, then the second, and so on, until the call under test makes fewer.
 * How many there were. */
static inline size_t sweep_fault(person *p, call_fn call, fault f)
{
    fake_store before = {0};
    const fault_state state = fault_state_of(p->group);
    fake_store_copy(&before, &p->store);
    size_t n = 1;
    for (;; n++) {
        arm(p, f, n);
        base_err err = call();
        bool hit = struck(p, f, n);
        arm(p, FAULT_COUNT, 0);
        if (!hit) {
            assert_ok(err);
            break;
        }
        if (err != expected(f)) {
            print_error("fault %d, call %zu: %s\n", (int)f, n, base_err_name(err));
        }
        assert_int_equal(err, expected(f));
        assert_true(fake_store_equal(&before, &p->store));
        assert_same_state(&state, p->group);
        assert_true(n < 20000);
    }
    fake_store_clear(&before);
    assert_true(f != FAULT_MEMORY || n > 1); /* a call that asks for none is not swept */
    return n - 1;
}

#endif
