/* sotto status, stop: the running agent. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "cmd.h"
#include "show.h"
#include "who.h"

#define STOP_MS 20000
#define STOP_STEP_MS 50

static const char status_usage[] =
    "sotto status [--act ALARM] [--retry]\n"
    "\n"
    "Whether the agent runs and reaches the relay, what waits, and what went wrong: each alarm\n"
    "has one sentence and one button.\n"
    "\n"
    "  --act ALARM   press the button of an alarm, by its id\n"
    "  --retry       try to reach the relay now\n";

static void show_connection(const json_t *connection)
{
    char when[32];
    const char *state = text_of(connection, "state");
    show_when(json_object_get(connection, "last_contact"), when, sizeof when);
    (void)printf("Relay     %s, %s (last answer: %s)\n", text_of(connection, "relay"), state, when);
    if (text_of(connection, "sentence")[0] != '\0') {
        (void)printf("          %s\n", text_of(connection, "sentence"));
    }
}

static void show_alarms(const json_t *alarms)
{
    size_t i = 0;
    const json_t *a = NULL;
    json_array_foreach(alarms, i, a)
    {
        (void)printf("! %-6s  %s\n          [%s]  sotto status --act %s\n", text_of(a, "id"),
                     text_of(a, "sentence"), text_of(a, "button"), text_of(a, "id"));
    }
}

static exit_code show_status(client *agent)
{
    json_t *status = client_call(agent, "account.status", NULL);
    json_t *alarms = status == NULL ? NULL : client_call(agent, "alarm.list", NULL);
    if (alarms == NULL) {
        json_decref(status);
        return client_fail(agent);
    }
    if (agent->cli->json) {
        (void)json_object_update(status, alarms); /* the list instead of its length */
        client_print(status);
    } else {
        (void)printf("Agent     %s, running\n", text_of(status, "agent"));
        show_connection(json_object_get(status, "connection"));
        (void)printf("Unread    %lld\nRequests  %lld\n",
                     (long long)json_integer_value(json_object_get(status, "unread")),
                     (long long)json_integer_value(json_object_get(status, "requests")));
        show_alarms(json_object_get(alarms, "alarms"));
    }
    json_decref(status);
    json_decref(alarms);
    return EXIT_GOOD;
}

static int run_status(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    const char *act = NULL;
    bool retry = false;
    json_t *result = NULL;
    const cli_option options[] = {{"act", &act, NULL}, {"retry", NULL, &retry}};
    cli_result r = cli_read(&c, &(cli_line){self, argc, argv, 0, 0, options, 2});
    if (r != CLI_GO) {
        return r == CLI_DONE ? EXIT_GOOD : EXIT_USAGE;
    }
    exit_code code = client_open(&agent, &c, false);
    if (code == EXIT_GOOD && act != NULL) {
        result = client_call(&agent, "alarm.act", json_pack("{s:s}", "alarm", act));
        code = result == NULL ? client_fail(&agent) : EXIT_GOOD;
        json_decref(result);
    }
    if (code == EXIT_GOOD && retry) {
        result = client_call(&agent, "relay.retry", NULL);
        code = result == NULL ? client_fail(&agent) : EXIT_GOOD;
        json_decref(result);
    }
    if (code == EXIT_GOOD) {
        code = show_status(&agent);
    }
    client_close(&agent);
    return code;
}

const cli_command cmd_status = {"status", "the agent, the relay, and what went wrong", status_usage,
                                run_status};

/* ---- stop ---- */

static const char stop_usage[] =
    "sotto stop\n"
    "\n"
    "End the agent. What is not sent yet is sent when it runs again.\n";

/* The process at the other end of the socket. */
static pid_t holder_of(const client *agent)
{
    struct ucred who = {0};
    socklen_t n = sizeof who;
    return getsockopt(agent->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 ? who.pid : 0;
}

static exit_code stop(client *agent)
{
    pid_t pid = holder_of(agent);
    if (pid <= 0 || kill(pid, SIGTERM) != 0) {
        cli_say("the agent cannot be told to end: %s", strerror(errno));
        return EXIT_FAILED;
    }
    for (int waited = 0; waited < STOP_MS; waited += STOP_STEP_MS) {
        if (home_lock(&agent->home, &pid)) {
            return EXIT_GOOD;
        }
        (void)usleep(STOP_STEP_MS * 1000);
    }
    cli_say("the agent does not end (process %ld)", (long)pid);
    return EXIT_FAILED;
}

static int run_stop(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    cli_result r = cli_read(&c, &(cli_line){self, argc, argv, 0, 0, NULL, 0});
    if (r != CLI_GO) {
        return r == CLI_DONE ? EXIT_GOOD : EXIT_USAGE;
    }
    exit_code code = client_open(&agent, &c, false);
    if (code == EXIT_GOOD) {
        code = stop(&agent);
    }
    client_close(&agent);
    return code;
}

const cli_command cmd_stop = {"stop", "end the agent", stop_usage, run_stop};
