/* The agent's event loop: descriptors over epoll, one deadline, and a turn after each batch. It
 * knows nothing of what it drives. */
#ifndef APP_LOOP_H
#define APP_LOOP_H

#include <stdint.h>

#include "base/err.h"

#define LOOP_BATCH 64

/* One watched descriptor; the owner keeps the struct until loop_remove(). */
typedef struct loop_watch {
    int fd;
    void (*ready)(void *user, uint32_t events);
    void *user;
    uint32_t events;
} loop_watch;

typedef struct loop {
    int epoll;
    bool ending;
    loop_watch *batch[LOOP_BATCH]; /* of this turn; NULL: removed meanwhile */
    uint32_t batch_events[LOOP_BATCH];
    int batch_n;
    /* When to wake up at the latest, Unix ms (UINT64_MAX: never); asked before each wait. */
    uint64_t (*wake_at)(void *user);
    /* After each batch of events, also when only time has passed. */
    void (*turn)(void *user);
    void *user;
} loop;

BASE_MUST_USE base_err loop_init(loop *l);
void loop_clear(loop *l);
BASE_MUST_USE base_err loop_add(loop *l, loop_watch *w, uint32_t events);
/* Change what is waited for. */
void loop_want(loop *l, loop_watch *w, uint32_t events);
void loop_remove(loop *l, loop_watch *w);
/* Until loop_end(). BASE_E_INTERNAL when epoll itself fails. */
BASE_MUST_USE base_err loop_run(loop *l);
void loop_end(loop *l);

#endif
