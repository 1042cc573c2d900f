/* The command line of one sub-command: options that all have, its own, and what is left. */
#ifndef APP_CLI_H
#define APP_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "exits.h"

#define CLI_OPTIONS_MAX 12

/* One option: with a value (`value` is set to it) or without (`flag` is set). */
typedef struct cli_option {
    const char *name;
    const char **value;
    bool *flag;
} cli_option;

/* A sub-command, as main.c lists them. */
typedef struct cli_command {
    const char *name;
    const char *summary; /* one line for `sotto help` */
    const char *usage;   /* all of `sotto NAME --help` */
    int (*run)(int argc, char **argv, const struct cli_command *self);
} cli_command;

typedef struct cli {
    const cli_command *command;
    const char *dir;   /* NULL: the usual place */
    bool json;         /* answers as JSON, one object a line */
    int passphrase_fd; /* -1: ask on the terminal */
    char **args;       /* what is left */
    int args_n;
} cli;

typedef enum cli_result { CLI_GO, CLI_DONE, CLI_BAD } cli_result;

/* What is read, and by which rules: min to max arguments must be left (max -1: any number). */
typedef struct cli_line {
    const cli_command *command;
    int argc;
    char **argv;
    int min, max;
    const cli_option *options;
    size_t n;
} cli_line;

/* CLI_DONE: help was printed. CLI_BAD: what is wrong was printed. */
cli_result cli_read(cli *c, const cli_line *line);

/* A number from low to high; false, with a sentence, when it is none. */
bool cli_number(const char *option, const char *text, long low, long high, long *out);

/* "sotto: " and a sentence on stderr. */
__attribute__((format(printf, 1, 2))) void cli_say(const char *form, ...);

#endif
