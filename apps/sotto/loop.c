/* The event loop; see the header. */
#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "adapters/clock_os.h"

#define LONGEST_WAIT_MS 60000 /* the machine's time may be set while we wait */

base_err loop_init(loop *l)
{
    *l = (loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return l->epoll >= 0 ? BASE_OK : BASE_E_NOMEM;
}

void loop_clear(loop *l)
{
    if (l->epoll >= 0) {
        (void)close(l->epoll);
    }
    l->epoll = -1;
}

base_err loop_add(loop *l, loop_watch *w, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = w};
    w->events = events;
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &e) == 0 ? BASE_OK : BASE_E_NOMEM;
}

void loop_want(loop *l, loop_watch *w, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = w};
    if (events != w->events && epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e) == 0) {
        w->events = events;
    }
}

void loop_remove(loop *l, loop_watch *w)
{
    (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    for (int i = 0; i < l->batch_n; i++) {
        if (l->batch[i] == w) {
            l->batch[i] = NULL;
        }
    }
}

static int wait_ms(const loop *l)
{
    uint64_t at = l->wake_at(l->user);
    uint64_t now = clock_os_unix_ms();
    uint64_t ms = at <= now ? 0 : at - now;
    return ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)ms;
}

base_err loop_run(loop *l)
{
    struct epoll_event events[LOOP_BATCH];
    while (!l->ending) {
        int n = epoll_wait(l->epoll, events, LOOP_BATCH, wait_ms(l));
        if (n < 0 && errno != EINTR) {
            return BASE_E_INTERNAL;
        }
        l->batch_n = n < 0 ? 0 : n;
        for (int i = 0; i < l->batch_n; i++) {
            l->batch[i] = events[i].data.ptr;
            l->batch_events[i] = events[i].events;
        }
        for (int i = 0; i < l->batch_n; i++) {
            loop_watch *w = l->batch[i];
            if (w != NULL) {
                w->ready(w->user, l->batch_events[i]);
            }
        }
        l->batch_n = 0;
        l->turn(l->user);
    }
    return BASE_OK;
}

void loop_end(loop *l)
{
    l->ending = true;
}
