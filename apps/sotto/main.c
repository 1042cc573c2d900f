/* sotto, the agent and its terminal: the table of sub-commands. */
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"

#define WORD_MAX 12 /* letters of a command that could be meant */

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
    "  sotto help COMMAND      more about one\n"
    "\n"
    "Begin with sotto init; then sotto ui for the page, or sotto me for your link.\n"
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

static const cli_command *command_named(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i]->name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

/* How many letters must be changed, added, left out or swapped with the next to make b of a; words
 * longer than the longest command are far from all. */
static size_t distance(const char *a, const char *b)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1] = {{0}};
    size_t n = strlen(a);
    size_t m = strlen(b);
    if (n > WORD_MAX || m > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t i = 0; i <= n; i++) {
        for (size_t k = 0; k <= m; k++) {
            if (i == 0 || k == 0) {
                d[i][k] = i + k;
                continue;
            }
            size_t best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            best = d[i - 1][k] + 1 < best ? d[i - 1][k] + 1 : best;
            best = d[i][k - 1] + 1 < best ? d[i][k - 1] + 1 : best;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                d[i - 2][k - 2] + 1 < best) {
                best = d[i - 2][k - 2] + 1;
            }
            d[i][k] = best;
        }
    }
    return d[n][m];
}

static int no_such(const char *word)
{
    const char *near = "help";
    size_t least = distance(word, near);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        size_t far = distance(word, commands[i]->name);
        if (far < least) {
            least = far;
            near = commands[i]->name;
        }
    }
    if (least <= 2 && least < strlen(near)) {
        cli_say("there is no command “%s”. Did you mean: sotto %s", word, near);
    } else {
        cli_say("there is no command “%s”. Try: sotto help", word);
    }
    return EXIT_USAGE;
}

/* sotto help, or of one command what its own --help says. */
static int help_about(const char *name)
{
    static char asks[] = "--help";
    const cli_command *command = name != NULL ? command_named(name) : NULL;
    if (name == NULL) {
        return help(stdout);
    }
    if (command == NULL) {
        return no_such(name);
    }
    char *words[] = {(char *)(uintptr_t)command->name, asks, NULL};
    return command->run(2, words, command);
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
        return help_about(argc > 2 && argv[2][0] != '-' ? argv[2] : NULL);
    }
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        return puts("sotto " SOTTO_VERSION) < 0 ? EXIT_FAILED : EXIT_GOOD;
    }
    const cli_command *command = command_named(argv[1]);
    return command != NULL ? command->run(argc - 1, argv + 1, command) : no_such(argv[1]);
}
