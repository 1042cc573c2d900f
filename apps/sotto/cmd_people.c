/* sotto add, people, verify: whom I know. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "cmd.h"
#include "passphrase.h"
#include "show.h"
#include "who.h"

/* ---- add ---- */

static const char add_usage[] =
    "sotto add LINK|HANDLE@RELAY [NAME]\n"
    "\n"
    "Add a person by their contact link or handle, and open a conversation with them. They see\n"
    "a request, and answer when they accept it.\n"
    "\n"
    "  NAME   what to call them\n";

static int run_add(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 2, NULL, 0}, &code)) {
        return code;
    }
    const char *name = c.args_n == 2 ? c.args[1] : NULL;
    json_t *result = client_call(&agent, "contact.add",
                                 json_pack("{s:s, s:s*}", "address", c.args[0], "name", name));
    if (result == NULL) {
        code = client_fail(&agent);
        if (agent.fault == FAULT_LINK_MALFORMED) {
            cli_say("a link begins with “sotto:” and is copied whole; a handle looks like "
                    "ada@relay.example");
        }
    } else if (c.json) {
        client_print(result);
    } else {
        const json_t *contact = json_object_get(result, "contact");
        bool known = strcmp(text_of(contact, "state"), "connected") == 0;
        (void)printf(known
                         ? "%s can be written to.\n"
                         : "%s was asked. You can write already; they read it once they accept.\n",
                     text_of(contact, "name"));
    }
    json_decref(result);
    client_close(&agent);
    return code;
}

const cli_command cmd_add = {"add", "add a person by link or handle", add_usage, run_add};

/* ---- people ---- */

static const char people_usage[] =
    "sotto people\n"
    "\n"
    "The people I added: id, name, handle, and when they were last heard.\n";

static int run_people(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    size_t i = 0;
    json_t *p = NULL;
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 0, 0, NULL, 0}, &code)) {
        return code;
    }
    json_t *people = client_list(&agent, "contact.list", "contacts", NULL);
    if (people == NULL) {
        code = client_fail(&agent);
    } else if (json_array_size(people) == 0 && !c.json) {
        (void)puts("Nobody yet. Add somebody with: sotto add LINK");
    }
    json_array_foreach(people, i, p)
    {
        if (c.json) {
            client_print(p);
        } else {
            show_contact(stdout, p);
        }
    }
    json_decref(people);
    client_close(&agent);
    return code;
}

const cli_command cmd_people = {"people", "the people I added", people_usage, run_people};

/* ---- verify ---- */

static const char verify_usage[] =
    "sotto verify WHO [--yes|--no]\n"
    "\n"
    "Show the safety number that this person and I share. If it is the same on their device,\n"
    "nobody stands between. Compare it in person, or over a line you trust.\n"
    "\n"
    "  --yes   it was compared and is the same\n"
    "  --no    take that back\n";

static exit_code set_verified(client *agent, const char *id, bool verified)
{
    json_t *result = client_call(agent, "contact.set_verified",
                                 json_pack("{s:s, s:b}", "contact", id, "verified", verified));
    if (result == NULL) {
        return client_fail(agent);
    }
    if (agent->cli->json) {
        client_print(json_object_get(result, "contact"));
    } else {
        (void)printf("%s is %s.\n", text_of(json_object_get(result, "contact"), "name"),
                     verified ? "verified" : "no longer verified");
    }
    json_decref(result);
    return EXIT_GOOD;
}

static exit_code show_safety(client *agent, const json_t *person)
{
    char answer[16];
    exit_code code = EXIT_GOOD;
    json_t *result =
        client_call(agent, "contact.safety", json_pack("{s:s}", "contact", text_of(person, "id")));
    if (result == NULL) {
        return client_fail(agent);
    }
    bool verified = json_is_true(json_object_get(result, "verified"));
    if (agent->cli->json) {
        client_print(result);
    } else {
        show_digits(stdout, text_of(result, "digits"));
        if (isatty(STDOUT_FILENO)) {
            show_qr(stdout, json_object_get(result, "qr"));
        }
        (void)printf(verified ? "You compared it before: %s is verified.\n"
                              : "%s is not verified. When it is the same on their side:"
                                " sotto verify WHO --yes\n",
                     text_of(person, "name"));
        (void)fflush(stdout);
        if (!verified && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
            terminal_ask("Is it the same on their side? (yes/no) ", answer, sizeof answer) &&
            strcmp(answer, "yes") == 0) {
            code = set_verified(agent, text_of(person, "id"), true);
        }
    }
    json_decref(result);
    return code;
}

static int run_verify(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    bool yes = false;
    bool no = false;
    json_t *person = NULL;
    const cli_option options[] = {{"yes", NULL, &yes}, {"no", NULL, &no}};
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 1, options, 2}, &code)) {
        return code;
    }
    if (yes && no) {
        cli_say("verify: --yes or --no, not both");
        code = EXIT_USAGE;
    } else {
        code = who_person(&agent, c.args[0], &person);
    }
    if (code == EXIT_GOOD) {
        code = yes || no ? set_verified(&agent, text_of(person, "id"), yes)
                         : show_safety(&agent, person);
    }
    json_decref(person);
    client_close(&agent);
    return code;
}

const cli_command cmd_verify = {"verify", "compare safety numbers with a person", verify_usage,
                                run_verify};
