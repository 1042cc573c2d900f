/* Names to addresses without blocking; see the header. The search is shared by its owner and its
 * thread; whoever lets go last frees it. */
#include "ws_resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ws_url.h" /* WS_HOST_MAX */

#define STACK ((size_t)256 << 10) /* of the thread: getaddrinfo loads modules on it */

struct ws_resolve {
    atomic_int owners;
    int event; /* readable when the rest is written */
    char host[WS_HOST_MAX + 1];
    char port[6];
    ws_addr addrs[WS_RESOLVE_MAX];
    size_t n;
    const char *why;
};

static atomic_int threads;

static void let_go(ws_resolve *r)
{
    if (atomic_fetch_sub(&r->owners, 1) == 1) {
        (void)close(r->event);
        free(r);
    }
}

static const char *why_not(int code)
{
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
        return "the name is unknown";
    case EAI_AGAIN:
        return "the name server does not answer";
    default:
        return "the name cannot be looked up";
    }
}

static void search(ws_resolve *r, int flags)
{
    uint64_t one = 1;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(r->host, r->port, &hints, &found);
    for (struct addrinfo *a = found; a != NULL && r->n < WS_RESOLVE_MAX; a = a->ai_next) {
        if (a->ai_addrlen <= sizeof r->addrs[0].at) {
            memcpy(&r->addrs[r->n].at, a->ai_addr, a->ai_addrlen);
            r->addrs[r->n].n = a->ai_addrlen;
            r->n++;
        }
    }
    r->why = r->n == 0 ? why_not(code) : NULL;
    if (found != NULL) {
        freeaddrinfo(found);
    }
    ssize_t wrote = write(r->event, &one, sizeof one);
    (void)wrote; /* an empty eventfd takes it */
}

static void *run(void *arg)
{
    search(arg, 0);
    let_go(arg);
    (void)atomic_fetch_sub(&threads, 1);
    return NULL;
}

/* A detached thread that no signal is delivered to. */
static bool start(ws_resolve *r)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, before;
    if (pthread_attr_init(&attr) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attr, STACK);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &attr, run, r);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    return failed == 0;
}

base_err ws_resolve_new(const char *host, const char *port, ws_resolve **out)
{
    if (strlen(host) > WS_HOST_MAX || strlen(port) > 5) {
        return BASE_E_LIMIT;
    }
    ws_resolve *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return BASE_E_NOMEM;
    }
    (void)snprintf(r->host, sizeof r->host, "%s", host);
    (void)snprintf(r->port, sizeof r->port, "%s", port);
    atomic_init(&r->owners, 1);
    r->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (r->event < 0) {
        free(r);
        return BASE_E_NOMEM;
    }
    *out = r;
    search(r, AI_NUMERICHOST);
    if (r->n > 0) {
        return BASE_OK;
    }
    uint64_t drop = 0;
    ssize_t got = read(r->event, &drop, sizeof drop); /* that answer was not the one */
    (void)got;
    if (atomic_fetch_add(&threads, 1) >= WS_RESOLVE_THREADS) {
        (void)atomic_fetch_sub(&threads, 1);
        ws_resolve_free(r);
        *out = NULL;
        return BASE_E_LIMIT;
    }
    (void)atomic_fetch_add(&r->owners, 1);
    if (!start(r)) {
        (void)atomic_fetch_sub(&threads, 1);
        atomic_store(&r->owners, 1); /* the thread that is not there owns nothing */
        ws_resolve_free(r);
        *out = NULL;
        return BASE_E_NOMEM;
    }
    return BASE_OK;
}

int ws_resolve_fd(const ws_resolve *r)
{
    return r->event;
}

size_t ws_resolve_take(ws_resolve *r, ws_addr out[static WS_RESOLVE_MAX], const char **why)
{
    uint64_t done = 0;
    if (read(r->event, &done, sizeof done) != (ssize_t)sizeof done) {
        *why = "the answer is not there yet";
        return 0;
    }
    memcpy(out, r->addrs, sizeof r->addrs);
    *why = r->why;
    return r->n;
}

void ws_resolve_free(ws_resolve *r)
{
    if (r != NULL) {
        let_go(r);
    }
}
