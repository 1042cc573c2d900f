/* sotto, the agent and its terminal: the table of sub-commands. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"

static const cli_command *const commands[] = {
    &cmd_init,   &cmd_run,    &cmd_ui,    &cmd_me,     &cmd_handle,  &cmd_add,
    &cmd_people, &cmd_verify, &cmd_list,  &cmd_accept, &cmd_decline, &cmd_send,
    &cmd_read,   &cmd_chat,   &cmd_group, &cmd_status, &cmd_stop,
};

static const char head[] = "sotto: private messaging that only its participants can read.\n"
                           "\n"
                           "  sotto COMMAND [OPTION]... [ARGUMENT]...\n"
                           "\n";

static const char tail[] =
    "\n"
    "  sotto COMMAND --help    more about one\n"
    "\n"
    "WHO is a name, a handle, or the beginning of an id; it must fit exactly one.\n"
    "Commands that need the agent start it when it does not run.\n"
    "\n"
    "Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 nobody, or several, of that name;\n"
    "4 the agent does not run or went away; 5 the relay cannot be reached or refused;\n"
    "6 wrong passphrase, or none to be had; 7 another agent has this folder.\n";

static int help(FILE *f)
{
    (void)fputs(head, f);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        (void)fprintf(f, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    (void)fputs(tail, f);
    return f == stdout ? EXIT_GOOD : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    /* Text is UTF-8 whatever the locale says; its own names of days and months stay. */
    if (setlocale(LC_ALL, "") == NULL || setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        (void)setlocale(LC_CTYPE, "");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
    if (argc < 2) {
        return help(stderr);
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        return help(stdout);
    }
    if (strcmp(argv[1], "--version") == 0) {
        return puts("sotto " SOTTO_VERSION) < 0 ? EXIT_FAILED : EXIT_GOOD;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0) {
            return commands[i]->run(argc - 1, argv + 1, commands[i]);
        }
    }
    cli_say("there is no command “%s”. Try: sotto help", argv[1]);
    return EXIT_USAGE;
}
