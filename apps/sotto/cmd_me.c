/* sotto me, handle, ui: who I am, how to reach me, and the page. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cmd.h"
#include "show.h"
#include "who.h"

#define LINK_WAIT_MS 15000

/* ---- me ---- */

static const char me_usage[] =
    "sotto me [--name NAME]\n"
    "\n"
    "Show who I am: name, handle, fingerprint, and the contact link with its QR code. Whoever\n"
    "has the link can write to me.\n"
    "\n"
    "  --name NAME   set the name that others see\n";

/* Why there is no link yet: `unreached` if the relay cannot be reached at the moment. */
static void show_no_link(const json_t *me, bool unreached)
{
    (void)printf("Link         none yet: %s%s\n", text_of(me, "relay"),
                 unreached ? " has to be reached first; try again when it is"
                           : " is still being given my first keys; try again in a moment");
}

static void show_me(const json_t *me, bool unreached)
{
    (void)printf("Name         %s\n",
                 text_of(me, "name")[0] != '\0' ? text_of(me, "name") : "(none: sotto me --name)");
    if (text_of(me, "handle")[0] != '\0') {
        (void)printf("Handle       %s\n", text_of(me, "handle"));
    }
    (void)printf("Relay        %s\nFingerprint  %s\n", text_of(me, "relay"),
                 text_of(me, "fingerprint"));
    if (text_of(me, "link")[0] == '\0') {
        show_no_link(me, unreached);
        return;
    }
    (void)printf("Link\n%s\n", text_of(me, "link"));
    if (isatty(STDOUT_FILENO)) {
        show_qr(stdout, json_object_get(me, "qr"));
    }
}

/* Me, once there is a link. The first time the relay is given a mailbox and keys before, which
 * takes a moment; *unreached: it cannot be. */
static json_t *me_with_link(client *agent, bool *unreached)
{
    json_t *result = client_call(agent, "account.me", NULL);
    for (int waited = 0; result != NULL && waited < LINK_WAIT_MS; waited += 100) {
        json_t *status = NULL;
        if (text_of(json_object_get(result, "me"), "link")[0] != '\0') {
            break;
        }
        status = client_call(agent, "relay.status", NULL);
        const json_t *connection = json_object_get(status, "connection");
        *unreached = strcmp(text_of(connection, "state"), "offline") == 0 &&
                     text_of(connection, "sentence")[0] != '\0';
        json_decref(status);
        if (*unreached) {
            break;
        }
        (void)usleep(100000);
        json_decref(result);
        result = client_call(agent, "account.me", NULL);
    }
    return result;
}

static int run_me(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    bool unreached = false;
    const char *name = NULL;
    const cli_option options[] = {{"name", &name, NULL}};
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 0, 0, options, 1}, &code)) {
        return code;
    }
    json_t *result = NULL;
    if (name != NULL) {
        result = client_call(&agent, "account.set_name", json_pack("{s:s}", "name", name));
        json_decref(result);
        code = result == NULL ? client_fail(&agent) : EXIT_GOOD;
    }
    if (code == EXIT_GOOD) {
        result = me_with_link(&agent, &unreached);
        if (result == NULL) {
            code = client_fail(&agent);
        } else if (c.json) {
            client_print(json_object_get(result, "me"));
        } else {
            show_me(json_object_get(result, "me"), unreached);
        }
        json_decref(result);
    }
    client_close(&agent);
    return code;
}

const cli_command cmd_me = {"me", "who I am: name, link and its QR code", me_usage, run_me};

/* ---- handle ---- */

static const char handle_usage[] =
    "sotto handle NAME\n"
    "\n"
    "File my contact link under NAME@RELAY in the relay's directory, so that others can add me\n"
    "by it. Whoever guesses a handle finds my mailbox; a contact link has no such weakness.\n";

static int run_handle(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 1, NULL, 0}, &code)) {
        return code;
    }
    json_t *result =
        client_call(&agent, "directory.claim", json_pack("{s:s}", "handle", c.args[0]));
    if (result == NULL) {
        code = client_fail(&agent);
    } else if (c.json) {
        client_print(json_object_get(result, "me"));
    } else {
        (void)printf("You can be added as %s\n", text_of(json_object_get(result, "me"), "handle"));
    }
    json_decref(result);
    client_close(&agent);
    return code;
}

const cli_command cmd_handle = {"handle", "be found by a name in the relay's directory",
                                handle_usage, run_handle};

/* ---- ui ---- */

static const char ui_usage[] =
    "sotto ui [--no-open]\n"
    "\n"
    "Print a link to the page, and open it in a browser where there is one. The link is good\n"
    "once, and for ten minutes.\n"
    "\n"
    "  --no-open   print it only\n";

/* Hand the link to the desktop. Its command line shows the secret to this machine's users for a
 * moment, so the page must be quicker than they: it is good once. */
static void open_browser(const char *link)
{
    if (getenv("DISPLAY") == NULL && getenv("WAYLAND_DISPLAY") == NULL) {
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        int none = open("/dev/null", O_RDWR);
        if (none >= 0) {
            (void)dup2(none, STDOUT_FILENO);
            (void)dup2(none, STDERR_FILENO);
        }
        (void)execlp("xdg-open", "xdg-open", link, (char *)NULL);
        _exit(127);
    }
    if (child > 0) {
        (void)waitpid(child, NULL, 0);
    }
}

static int run_ui(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    bool no_open = false;
    const cli_option options[] = {{"no-open", NULL, &no_open}};
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 0, 0, options, 1}, &code)) {
        return code;
    }
    json_t *result = client_call(&agent, "session.link", NULL);
    if (result == NULL) {
        code = client_fail(&agent);
    } else if (c.json) {
        client_print(result);
    } else {
        (void)puts(text_of(result, "link"));
        (void)fflush(stdout);
        if (!no_open && isatty(STDOUT_FILENO)) {
            open_browser(text_of(result, "link"));
        }
    }
    json_decref(result);
    client_close(&agent);
    return code;
}

const cli_command cmd_ui = {"ui", "a link to the page", ui_usage, run_ui};
