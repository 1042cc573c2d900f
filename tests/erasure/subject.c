/* See subject.h. */
#include "subject.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { STACK = 1 << 20, ROOTS = 64, TOLD = 12 };

subject me;

/* The epochs of each group, in their order: records of their epoch_secrets. */
typedef struct lineage {
    int root[ROOTS];
    size_t n;
} lineage;

static lineage lines[SUBJECT_GROUPS];
static uint8_t *stack;
static char failure[256];
static size_t findings;
static size_t steps;
static const search_trace *traces;

void subject_begin(mls_suite suite, uint64_t seed, const crypto_backend *backend)
{
    me = (subject){.suite = suite};
    memset(lines, 0, sizeof lines);
    failure[0] = '\0';
    me.random = fake_random_of(seed);
    const mls_config config = {.crypto = backend,
                               .random = fake_random_port(&me.random),
                               .store = fake_store_port(&me.store),
                               .limits = {.resumption = SUBJECT_PAST, .skipped = 4}};
    assert_int_equal(mls_ctx_new(&config, &me.ctx), BASE_OK);
    if (stack == NULL) {
        stack = (uint8_t *)mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                -1, 0);
        assert_true(stack != MAP_FAILED);
    }
    memset(stack, 0, STACK);
}

mls_member_params subject_member(void)
{
    return (mls_member_params){.suite = me.suite,
                               .credential = {MLS_CREDENTIAL_BASIC, base_bytes_str("the subject")},
                               .signature_private = base_buf_bytes(&me.signature_private),
                               .signature_public = base_buf_bytes(&me.signature_public)};
}

void subject_failed(const char *file, int line, const char *what)
{
    (void)snprintf(failure, sizeof failure, "%s:%d: %s", file, line, what);
}

/* ---- what may still be there ---- */

static int root_of(const mls_group *g)
{
    int i = recorder_find(mls_group_epoch_authenticator(g));
    return i == RECORD_NONE ? RECORD_NONE : recorder_at((size_t)i)->epoch;
}

/* Groups that live now: ours and what staged commits lead to. */
static size_t groups(const mls_group *out[static 4])
{
    size_t n = 0;
    for (size_t i = 0; i < SUBJECT_GROUPS; i++) {
        if (me.group[i] != NULL) {
            out[n++] = me.group[i];
        }
    }
    const mls_staged *staged[] = {me.made.staged, me.got.staged};
    for (size_t i = 0; i < 2; i++) {
        const mls_group *next = staged[i] != NULL ? mls_staged_next(staged[i]) : NULL;
        if (next != NULL) {
            out[n++] = next;
        }
    }
    return n;
}

static bool epoch_lives(int root, bool active)
{
    const mls_group *g[4];
    size_t n = groups(g);
    for (size_t i = 0; i < n; i++) {
        if (root_of(g[i]) == root && (!active || mls_group_state_of(g[i]) == MLS_GROUP_ACTIVE)) {
            return true;
        }
    }
    return false;
}

static void follow(void)
{
    for (size_t i = 0; i < SUBJECT_GROUPS; i++) {
        lineage *l = &lines[i];
        if (me.group[i] == NULL) {
            l->n = 0;
            continue;
        }
        int root = root_of(me.group[i]);
        if (l->n == 0 || l->root[l->n - 1] != root) {
            l->root[l->n++ % ROOTS] = root;
        }
    }
}

static bool is_remembered(int root)
{
    for (size_t i = 0; i < SUBJECT_GROUPS; i++) {
        const lineage *l = &lines[i];
        size_t from = l->n > SUBJECT_PAST + 1 ? l->n - SUBJECT_PAST - 1 : 0;
        for (size_t k = from; k < l->n; k++) {
            if (l->root[k] == root) {
                return true;
            }
        }
    }
    return false;
}

static bool holds(base_bytes where, const uint8_t key[static 32])
{
    return memmem(where.p, where.n, key, 32) != NULL;
}

/* Whether a public key is in a tree that is ours, or in what we have out. */
static bool stands(const uint8_t key[static 32])
{
    const mls_group *g[4];
    size_t n = groups(g);
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        base_buf tree = {0};
        if (mls_group_state_of(g[i]) == MLS_GROUP_ACTIVE) {
            assert_int_equal(mls_group_tree(g[i], &tree), BASE_OK);
            found = holds(base_buf_bytes(&tree), key);
        }
        base_buf_clear(&tree);
    }
    for (size_t i = 0; i < SUBJECT_NOTES && !found; i++) {
        found = holds(base_buf_bytes(&me.notes[i]), key);
    }
    return found;
}

static bool must_be_gone(const recorder_secret *s)
{
    switch (s->kind) {
    case RECORD_TRANSIENT:
        return true;
    case RECORD_EPOCH:
        return !epoch_lives(s->epoch, true);
    case RECORD_SHOWN:
        return !epoch_lives(s->epoch, false);
    case RECORD_RESUMPTION:
        return !epoch_lives(s->epoch, false) && !is_remembered(s->epoch);
    case RECORD_TREE:
        return s->consumed || !epoch_lives(s->epoch, true);
    case RECORD_EXPORT:
        return s->has_children || !epoch_lives(s->epoch, false);
    case RECORD_PRIVATE:
        return !s->has_public || !stands(s->public_key);
    case RECORD_CALLER:
        return me.all_gone || (me.caller_gone && strcmp(s->label, "signature key") != 0);
    }
    return true;
}

/* ---- the verdict ---- */

static void tell(const char *name, size_t i)
{
    const recorder_secret *s = recorder_at(i);
    const search_trace *t = &traces[i];
    uint64_t from = (uint64_t)(uintptr_t)stack;
    bool dead = t->address >= from && t->address < from + STACK;
    print_error("%s: \"%s\" of step %zu (kind %d) has %zu traces, one at %#llx, %s%s\n", name,
                s->label, s->step, (int)s->kind, t->count,
                dead ? (unsigned long long)(from + STACK - t->address)
                     : (unsigned long long)t->address,
                dead ? "from the top of the step's stack" : "in ", t->where);
}

/* OpenSSL's multiplication on P-521 frees a copy of the scalar that nobody wipes:
 * docs/threat-model.md.
 */
static bool is_openssls(size_t i)
{
    uint64_t from = (uint64_t)(uintptr_t)stack;
    return me.frees_scalars && recorder_at(i)->kind == RECORD_PRIVATE &&
           strstr(traces[i].where, "limbs") != NULL &&
           (traces[i].address < from || traces[i].address >= from + STACK);
}

static void judge(const char *name, bool aloud)
{
    follow();
    traces = search_memory();
    findings = 0;
    for (size_t i = 0; i < recorder_count(); i++) {
        if (traces[i].count > 0 && must_be_gone(recorder_at(i)) && !is_openssls(i) &&
            findings++ < TOLD && aloud) {
            tell(name, i);
        }
    }
}

bool subject_found(const char *label, const mls_group *g, bool consumed)
{
    int root = g != NULL ? root_of(g) : RECORD_NONE;
    for (size_t i = 0; i < recorder_count(); i++) {
        const recorder_secret *s = recorder_at(i);
        if (traces[i].count > 0 && strcmp(s->label, label) == 0 && s->consumed == consumed &&
            (g == NULL || s->epoch == root)) {
            return true;
        }
    }
    return false;
}

static bool found_private(void)
{
    for (size_t i = 0; i < recorder_count(); i++) {
        if (traces[i].count > 0 && recorder_at(i)->kind == RECORD_PRIVATE) {
            return true;
        }
    }
    return false;
}

/* What a member of a living group has to have; a search that finds nothing shows nothing. */
static void expect_held(void)
{
    for (size_t i = 0; i < SUBJECT_GROUPS; i++) {
        const mls_group *g = me.group[i];
        if (g == NULL) {
            continue;
        }
        assert_true(subject_found("exporter", g, false));
        assert_true(subject_found("resumption", g, false));
        if (mls_group_state_of(g) == MLS_GROUP_ACTIVE) {
            assert_true(subject_found("sender data", g, false));
            assert_true(subject_found("init", g, false));
            assert_true(found_private());
        }
    }
}

static void *body(void *step)
{
    subject_step *fn = (subject_step *)step;
    (*fn)();
    return NULL;
}

static void run(const char *name, subject_step step)
{
    pthread_t thread;
    pthread_attr_t attr;
    recorder_step(++steps);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, body, &step), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attr), 0);
    if (failure[0] != '\0') {
        print_error("%s: %s\n", name, failure);
        fail();
    }
}

void subject_take(const char *name, subject_step step)
{
    run(name, step);
    judge(name, true);
    if (getenv("ERASURE_GO_ON") == NULL) { /* set: tell the findings of all steps */
        assert_int_equal(findings, 0);
    }
    expect_held();
}

size_t subject_search_after(subject_step step)
{
    run("a plant", step);
    judge("a plant", false);
    return findings;
}
