/* The member whose memory is searched: its objects, steps that it takes on a stack of their own,
 * and the verdict after each: what section 9.2 of RFC 9420 says must be gone is gone, and what must
 * still be there is found. */
#ifndef ERASURE_SUBJECT_H
#define ERASURE_SUBJECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sotto/mls.h>
#include <sotto/mls_app.h>

#include "base/bytes.h"
#include "support/fake_random.h"
#include "support/fake_store.h"

#include "peers.h"
#include "recorder.h"
#include "search.h"

enum { SUBJECT_GROUPS = 2, SUBJECT_PAST = 2, SUBJECT_NOTES = 4 };

typedef struct subject {
    mls_suite suite;
    fake_random random;
    fake_store store;
    mls_ctx *ctx;
    base_buf signature_private;
    base_buf signature_public;
    mls_group *group[SUBJECT_GROUPS]; /* the second is the first one's successor */
    mls_commit_out made;
    mls_received got;
    base_buf secret;               /* exported, opened */
    base_buf code;                 /* a staged commit, encoded */
    base_buf notes[SUBJECT_NOTES]; /* KeyPackages and Updates of ours that are not used yet */
    base_buf message;              /* from or to the peers */
    base_buf ref;
    bool caller_gone; /* all that the application held is cleared, but its signature key */
    bool all_gone;
    bool frees_scalars; /* the backend does, and cannot be kept from it */
} subject;

extern subject me;

/* Everything it draws comes from the seed: no two walks of one process may have one. */
void subject_begin(mls_suite suite, uint64_t seed, const crypto_backend *backend);
mls_member_params subject_member(void);

/* Take a step on a stack of its own, then judge. */
typedef void (*subject_step)(void);
#define STEP(name) subject_take(#name, step_##name)
void subject_take(const char *name, subject_step step);

/* In a step: a call that must succeed. The step ends where one fails. */
#define OK(call)                                                                                   \
    do {                                                                                           \
        base_err err_ = (call);                                                                    \
        if (err_ != BASE_OK) {                                                                     \
            subject_failed(__FILE__, __LINE__, base_err_name(err_));                               \
            return;                                                                                \
        }                                                                                          \
    } while (0)
#define SURE(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            subject_failed(__FILE__, __LINE__, #condition);                                        \
            return;                                                                                \
        }                                                                                          \
    } while (0)
void subject_failed(const char *file, int line, const char *what);

/* Whether the last search found a record that `label` is the label of, in the epoch of a group (any
 * for NULL), consumed or not. */
bool subject_found(const char *label, const mls_group *g, bool consumed);

/* Take a step that leaves traces, and count the secrets that had to be gone and have some. */
size_t subject_search_after(subject_step step);

#endif
