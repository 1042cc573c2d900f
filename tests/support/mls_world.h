/* A small world for tests of groups: people with a store, an allocator and a randomness of their
 * own, all faked and seeded, and the traffic between them. Whatever fails where it should not ends
 * the test. For tests that are linked with libmls and adapter['crypto_default']. */
#ifndef SUPPORT_MLS_WORLD_H
#define SUPPORT_MLS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sotto/mls.h>

#include "adapters/crypto_default.h"
#include "base/bytes.h"

#include "fake_alloc.h"
#include "fake_random.h"
#include "fake_store.h"

#define WORLD_PEOPLE 24
#define WORLD_NOW 1700000000
#define WORLD_GROUP (base_bytes_str("the group"))

/* One client. group is its state in the world's group, or NULL. */
typedef struct person {
    fake_alloc heap;
    fake_random random;
    fake_store store;
    mls_ctx *ctx;
    base_buf signature_private;
    base_buf signature_public;
    char name[24];
    mls_group *group;
} person;

typedef struct world {
    mls_suite suite;
    mls_limits limits;
    mls_clients clients;
    mls_components components;
    mls_extension_list leaf_extensions;
    mls_extension_list group_extensions;
    size_t n;
    person people[WORLD_PEOPLE];
} world;

#define assert_ok(call) assert_int_equal((call), BASE_OK)

static inline void person_init(world *w, person *p, uint64_t seed)
{
    fake_alloc_init(&p->heap);
    p->random = fake_random_of(seed);
    const mls_config config = {.alloc = &p->heap.port,
                               .crypto = crypto_default(),
                               .random = fake_random_port(&p->random),
                               .store = fake_store_port(&p->store),
                               .limits = w->limits,
                               .clients = w->clients,
                               .components = w->components};
    assert_ok(mls_ctx_new(&config, &p->ctx));
    snprintf(p->name, sizeof p->name, "person %u", (unsigned)(p - w->people));
    assert_ok(mls_signature_key_new(p->ctx, w->suite, &p->signature_private, &p->signature_public));
}

/* n people who know nobody yet. limits, clients, components and extensions of *w may be set before;
 * it may not move after. */
static inline void world_init(world *w, mls_suite suite, size_t n, uint64_t seed)
{
    w->suite = suite;
    w->n = n;
    assert_true(n <= WORLD_PEOPLE);
    for (size_t i = 0; i < n; i++) {
        person_init(w, &w->people[i], seed * 1000 + i + 1);
    }
}

/* Everything is freed again, to the last byte. */
static inline void world_clear(world *w)
{
    size_t live = 0;
    for (size_t i = 0; i < w->n; i++) {
        person *p = &w->people[i];
        mls_group_free(p->group);
        base_buf_clear(&p->signature_private);
        base_buf_clear(&p->signature_public);
        mls_ctx_free(p->ctx);
        fake_store_clear(&p->store);
        live += p->heap.live;
    }
    *w = (world){0};
    assert_int_equal(live, 0);
}

static inline mls_member_params person_member(const world *w, const person *p)
{
    return (mls_member_params){.suite = w->suite,
                               .credential = {MLS_CREDENTIAL_BASIC, base_bytes_str(p->name)},
                               .signature_private = base_buf_bytes(&p->signature_private),
                               .signature_public = base_buf_bytes(&p->signature_public),
                               .leaf_extensions = w->leaf_extensions};
}

/* A KeyPackage of p's, valid around WORLD_NOW. */
static inline base_buf person_key_package(const world *w, person *p)
{
    base_buf message = {0};
    const mls_key_package_params params = {.member = person_member(w, p),
                                           .not_before = WORLD_NOW - 1000,
                                           .not_after = WORLD_NOW + 1000};
    assert_ok(mls_key_package_new(p->ctx, &params, &message, NULL));
    return message;
}

/* Person `i` makes the world's group. */
static inline mls_group *world_found(world *w, size_t i)
{
    person *p = &w->people[i];
    const mls_member_params member = person_member(w, p);
    assert_ok(
        mls_group_create(p->ctx, WORLD_GROUP, &member, w->group_extensions, WORLD_NOW, &p->group));
    return p->group;
}

/* Deliver a message to all who are in the group, but for the one who sent it; commits are merged.
 * Who is removed stays, with a group that is over. */
static inline void world_deliver(world *w, const person *from, base_bytes message)
{
    for (size_t i = 0; i < w->n; i++) {
        person *p = &w->people[i];
        mls_received r = {0};
        if (p == from || p->group == NULL || mls_group_state_of(p->group) != MLS_GROUP_ACTIVE) {
            continue;
        }
        base_err err = mls_group_receive(p->group, message, WORLD_NOW, &r);
        if (err != BASE_OK) {
            print_error("%s: %s\n", p->name, base_err_name(err));
        }
        assert_ok(err);
        if (r.kind == MLS_RECEIVED_COMMIT) {
            assert_ok(mls_group_merge(p->group, r.staged));
            r.staged = NULL;
        }
        mls_received_clear(&r);
    }
}

static inline void person_join(person *p, base_bytes welcome, base_bytes tree)
{
    if (p->group != NULL) {
        assert_ok(mls_group_delete(p->group));
        mls_group_free(p->group);
        p->group = NULL;
    }
    base_err err = mls_group_join(p->ctx, welcome, tree, WORLD_NOW, &p->group);
    if (err != BASE_OK) {
        print_error("%s joins: %s\n", p->name, base_err_name(err));
    }
    assert_ok(err);
}

/* p commits, everybody follows, and the people in `joiners` join by the Welcome. */
static inline void world_commit(world *w, person *p, const mls_commit_params *params,
                                person *const *joiners, size_t n)
{
    mls_commit_out out = {0};
    base_buf tree = {0};
    base_err err = mls_group_commit(p->group, params, WORLD_NOW, &out);
    if (err != BASE_OK) {
        print_error("%s commits: %s\n", p->name, base_err_name(err));
    }
    assert_ok(err);
    world_deliver(w, p, base_buf_bytes(&out.commit));
    assert_ok(mls_group_merge(p->group, out.staged));
    out.staged = NULL;
    if (params != NULL && params->tree_beside) {
        assert_ok(mls_group_tree(p->group, &tree));
    }
    assert_int_equal(out.welcome.n > 0, n > 0);
    for (size_t i = 0; i < n; i++) {
        person_join(joiners[i], base_buf_bytes(&out.welcome), base_buf_bytes(&tree));
    }
    base_buf_clear(&tree);
    mls_commit_out_clear(&out);
}

/* p adds others in one commit. */
static inline void world_add(world *w, person *p, person *const *joiners, size_t n)
{
    base_buf packages[WORLD_PEOPLE] = {0};
    mls_proposal_params proposals[WORLD_PEOPLE];
    for (size_t i = 0; i < n; i++) {
        packages[i] = person_key_package(w, joiners[i]);
        proposals[i] = (mls_proposal_params){.type = MLS_PROPOSAL_ADD,
                                             .key_package = base_buf_bytes(&packages[i])};
    }
    const mls_commit_params params = {.proposals = proposals, .n_proposals = n};
    world_commit(w, p, &params, joiners, n);
    for (size_t i = 0; i < n; i++) {
        base_buf_clear(&packages[i]);
    }
}

/* Person 0 founds the group and adds all others. */
static inline void world_assemble(world *w)
{
    person *others[WORLD_PEOPLE];
    for (size_t i = 1; i < w->n; i++) {
        others[i - 1] = &w->people[i];
    }
    world_found(w, 0);
    if (w->n > 1) {
        world_add(w, &w->people[0], others, w->n - 1);
    }
}

static inline bool person_is_in(const person *p)
{
    return p->group != NULL && mls_group_state_of(p->group) == MLS_GROUP_ACTIVE;
}

/* All who are in agree on everything that is shared. */
static inline void world_check(const world *w)
{
    const person *first = NULL;
    base_buf want = {0};
    base_buf got = {0};
    for (size_t i = 0; i < w->n; i++) {
        const person *p = &w->people[i];
        if (!person_is_in(p)) {
            continue;
        }
        assert_ok(mls_group_export(p->group, base_bytes_str("test"), base_bytes_str("world"), 32,
                                   first == NULL ? &want : &got));
        if (first == NULL) {
            first = p;
            continue;
        }
        assert_int_equal(mls_group_epoch(p->group), mls_group_epoch(first->group));
        assert_true(base_bytes_eq(mls_group_epoch_authenticator(p->group),
                                  mls_group_epoch_authenticator(first->group)));
        assert_true(base_bytes_eq(base_buf_bytes(&got), base_buf_bytes(&want)));
    }
    base_buf_clear(&got);
    base_buf_clear(&want);
}

/* p proposes something, and everybody else keeps it. framing NULL: private. */
static inline void world_propose(world *w, person *p, const mls_proposal_params *proposal,
                                 const mls_framing *framing)
{
    base_buf message = {0};
    base_err err = mls_group_propose(p->group, proposal, framing, WORLD_NOW, &message);
    if (err != BASE_OK) {
        print_error("%s proposes: %s\n", p->name, base_err_name(err));
    }
    assert_ok(err);
    world_deliver(w, p, base_buf_bytes(&message));
    base_buf_clear(&message);
}

/* p says something, and everybody else reads it. */
static inline void world_say(world *w, person *p, const char *text)
{
    base_buf message = {0};
    assert_ok(mls_group_protect(p->group, base_bytes_str(text), NULL, &message));
    for (size_t i = 0; i < w->n; i++) {
        person *q = &w->people[i];
        mls_received r = {0};
        if (q == p || !person_is_in(q)) {
            continue;
        }
        assert_ok(mls_group_receive(q->group, base_buf_bytes(&message), WORLD_NOW, &r));
        assert_int_equal(r.kind, MLS_RECEIVED_APPLICATION);
        assert_int_equal(r.sender.v, mls_group_own_leaf(p->group).v);
        assert_true(base_bytes_eq(base_buf_bytes(&r.plaintext), base_bytes_str(text)));
        mls_received_clear(&r);
    }
    base_buf_clear(&message);
}

/* Everybody who is in says something that all others read. */
static inline void world_talk(world *w)
{
    world_check(w);
    for (size_t i = 0; i < w->n; i++) {
        if (person_is_in(&w->people[i])) {
            world_say(w, &w->people[i], "hello");
        }
    }
}

/* Forget the object and read it back from the store. */
static inline void person_reload(person *p)
{
    mls_group_free(p->group);
    p->group = NULL;
    base_err err = mls_group_load(p->ctx, WORLD_GROUP, &p->group);
    if (err != BASE_OK) {
        print_error("%s loads: %s\n", p->name, base_err_name(err));
    }
    assert_ok(err);
}

/* What p answers to a message, thrown away. */
static inline base_err person_receive(person *p, base_bytes message)
{
    mls_received r = {0};
    base_err err = mls_group_receive(p->group, message, WORLD_NOW, &r);
    mls_received_clear(&r);
    return err;
}

#endif
