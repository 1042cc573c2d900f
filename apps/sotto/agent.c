/* The agent; see the header. */
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adapters/clock_os.h"
#include "exits.h"
#include "log.h"
#include "page.h"
#include "rpc.h"
#include "sock.h"

#define AFTER_FAILURE_MS 1000

typedef struct running {
    agent agent;
    loop_watch signals;
    uint64_t not_before; /* Unix ms: after a failure the core is left alone for a moment */
    bool ticked;         /* the core waits for nothing before its first tick */
} running;

/* ---- a turn ---- */

static void tick(running *r, uint64_t now)
{
    bool due = !r->ticked || now >= sotto_wake_at(r->agent.core);
    if (!due || now < r->not_before) {
        return;
    }
    base_err err = sotto_tick(r->agent.core, now);
    r->ticked = err == BASE_OK || r->ticked;
    log_result("tick", err);
    r->not_before = now + (err == BASE_OK ? 1 : AFTER_FAILURE_MS);
}

/* Carry out the core's commands until there are none. */
static void pump(agent *a)
{
    sotto_command command;
    do {
        while (sotto_next(a->core, &command) == BASE_OK) {
            if (command.kind != SOTTO_CMD_EVENT) {
                net_command(a->net, &command);
            } else if (command.event.kind == SOTTO_EVENT_DONE) {
                rpc_done(a, &command.event);
            } else {
                events_take(a, &command.event);
            }
        }
    } while (net_report(a->net));
}

static void turn(void *user)
{
    running *r = user;
    agent *a = &r->agent;
    tick(r, clock_os_unix_ms());
    pump(a);
    events_flush(a);
    rpc_flush(a);
    page_tick(a);
    sock_tick(a);
}

static uint64_t wake_at(void *user)
{
    const running *r = user;
    uint64_t at = r->ticked ? sotto_wake_at(r->agent.core) : 0;
    at = at < r->not_before ? r->not_before : at;
    at = agent_soonest(at, rpc_wake_at(&r->agent));
    return agent_soonest(at, page_wake_at(&r->agent));
}

/* ---- signals ---- */

static void on_signal(void *user, uint32_t events)
{
    running *r = user;
    struct signalfd_siginfo info;
    (void)events;
    if (read(r->signals.fd, &info, sizeof info) == (ssize_t)sizeof info) {
        loop_end(&r->agent.loop);
    }
}

static base_err watch_signals(running *r)
{
    sigset_t ends;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGHUP);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    if (sigprocmask(SIG_BLOCK, &ends, NULL) != 0) {
        return BASE_E_STATE;
    }
    r->signals = (loop_watch){signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC), on_signal, r, 0};
    if (r->signals.fd < 0) {
        return BASE_E_STATE;
    }
    return loop_add(&r->agent.loop, &r->signals, (uint32_t)EPOLLIN);
}

/* ---- starting and ending ---- */

static base_err start_net(agent *a)
{
    base_err err = BASE_OK;
    char ca[HOME_PATH_MAX];
    sotto_me me;
    TRY(sotto_get_me(a->core, &me));
    net_config config = {.loop = &a->loop, .core = a->core, .home_url = me.relay_url};
    if (home_file(a->home, HOME_CA, ca) && faccessat(a->home->dir, HOME_CA, R_OK, 0) == 0) {
        config.ca_file = ca;
    }
    TRY(net_new(&config, &a->net));
done:
    return err;
}

/* Tell who started us that we serve, or why not. */
static void tell_ready(const agent_options *o, const char *text)
{
    if (o->ready_fd >= 0) {
        (void)!write(o->ready_fd, text, strlen(text));
        (void)close(o->ready_fd);
    }
}

static const char *start(running *r, const agent_options *o)
{
    agent *a = &r->agent;
    home_settings_read(a->home, &a->settings);
    if (o->port >= 0) {
        a->settings.port = (uint16_t)o->port;
    }
    if (loop_init(&a->loop) != BASE_OK || watch_signals(r) != BASE_OK) {
        return "the system gives no more descriptors";
    }
    a->loop.wake_at = wake_at;
    a->loop.turn = turn;
    a->loop.user = r;
    if (start_net(a) != BASE_OK) {
        return "the store cannot be read";
    }
    base_err err = page_start(a, o->web, o->port > 0);
    if (err == BASE_E_EXISTS) {
        return "the port is taken by another program; choose another with --port N";
    }
    if (err != BASE_OK) {
        return "the page cannot be served";
    }
    if (sock_start(a) != BASE_OK) {
        return "the socket in the folder cannot be made";
    }
    return NULL;
}

static void stop(running *r)
{
    agent *a = &r->agent;
    sock_stop(a);
    page_stop(a);
    rpc_clear(a);
    events_clear(&a->events);
    net_free(a->net);
    sotto_close(a->core);
    if (r->signals.fd > 0) {
        (void)close(r->signals.fd);
    }
    loop_clear(&a->loop);
}

int agent_run(home *h, sotto *core, const agent_options *options)
{
    running r = {.agent = {.home = h, .core = core, .loop = {.epoll = -1}}};
    r.agent.answers_end = &r.agent.answers;
    int code = EXIT_GOOD;
    const char *why = start(&r, options);
    if (why != NULL) {
        (void)fprintf(stderr, "sotto: %s\n", why);
        tell_ready(options, why);
        code = EXIT_FAILED;
    } else {
        log_event("ready", "");
        tell_ready(options, "ok");
        turn(&r);
        if (loop_run(&r.agent.loop) != BASE_OK) {
            log_event("loop-failed", strerror(errno));
            code = EXIT_FAILED;
        }
        log_event("stop", "");
    }
    stop(&r);
    return code;
}
