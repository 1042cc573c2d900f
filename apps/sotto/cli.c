/* The command line; see the header. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GLOBALS 4

static const char global_help[] =
    "\n"
    "Options of every command:\n"
    "  --dir DIR            the person's folder (default: $SOTTO_HOME, else\n"
    "                       ~/.local/share/sotto)\n"
    "  --passphrase-fd N    read the passphrase from descriptor N, up to its first line end,\n"
    "                       instead of asking for it\n"
    "  --json               answer with JSON, one object a line, as docs/api.md has them\n"
    "  --help\n";

void cli_say(const char *form, ...)
{
    va_list args;
    (void)fputs("sotto: ", stderr);
    va_start(args, form);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): 14 loses va_start when it inlines */
    (void)vfprintf(stderr, form, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

bool cli_number(const char *option, const char *text, long low, long high, long *out)
{
    char *end = NULL;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < low || n > high) {
        cli_say("%s %s: not a number from %ld to %ld", option, text, low, high);
        return false;
    }
    *out = n;
    return true;
}

/* How the command is used: its usage up to the first empty line. */
static cli_result misuse(const cli *c)
{
    const char *usage = c->command->usage;
    const char *end = strstr(usage, "\n\n");
    int n = end != NULL ? (int)(end - usage) : (int)strlen(usage);
    (void)fprintf(stderr, "%.*s\nMore: sotto help %s\n", n, usage, c->command->name);
    return CLI_BAD;
}

/* What getopt_long() found wrong with the word before optind. */
static cli_result bad_option(const cli *c, int got, char *const *argv)
{
    const char *name = c->command->name;
    if (got == ':') {
        cli_say("%s: %s needs a value", name, argv[optind - 1]);
    } else if (optopt > 0 && optopt < 0x7f) {
        cli_say("%s: there is no option -%c", name, optopt);
    } else {
        cli_say("%s: there is no option %s", name, argv[optind - 1]);
    }
    return misuse(c);
}

static cli_result take_option(cli *c, int index, const cli_option *options, size_t n)
{
    static const char *const fd_name = "--passphrase-fd";
    long fd = 0;
    switch (index) {
    case 0:
        (void)fputs(c->command->usage, stdout);
        (void)fputs(global_help, stdout);
        return CLI_DONE;
    case 1:
        c->dir = optarg;
        return CLI_GO;
    case 2:
        c->json = true;
        return CLI_GO;
    case 3:
        if (!cli_number(fd_name, optarg, 0, 1023, &fd)) {
            return misuse(c);
        }
        c->passphrase_fd = (int)fd;
        return CLI_GO;
    default:
        break;
    }
    const cli_option *o = (size_t)(index - GLOBALS) < n ? &options[index - GLOBALS] : NULL;
    if (o != NULL && o->value != NULL) {
        *o->value = optarg;
    } else if (o != NULL) {
        *o->flag = true;
    }
    return CLI_GO;
}

cli_result cli_read(cli *c, const cli_line *line)
{
    struct option table[GLOBALS + CLI_OPTIONS_MAX + 1] = {
        {"help", no_argument, NULL, 0},
        {"dir", required_argument, NULL, 0},
        {"json", no_argument, NULL, 0},
        {"passphrase-fd", required_argument, NULL, 0},
    };
    int index = 0;
    *c = (cli){.command = line->command, .passphrase_fd = -1};
    for (size_t i = 0; i < line->n && i < CLI_OPTIONS_MAX; i++) {
        int arg = line->options[i].value != NULL ? required_argument : no_argument;
        table[GLOBALS + i] = (struct option){line->options[i].name, arg, NULL, 0};
    }
    optind = 1;
    opterr = 0;
    for (;;) {
        int got = getopt_long(line->argc, line->argv, ":h", table, &index);
        if (got == -1) {
            break;
        }
        cli_result r = got == 'h' ? take_option(c, 0, line->options, line->n)
                       : got == 0 ? take_option(c, index, line->options, line->n)
                                  : bad_option(c, got, line->argv);
        if (r != CLI_GO) {
            return r;
        }
    }
    c->args = line->argv + optind;
    c->args_n = line->argc - optind;
    if (c->args_n < line->min || (line->max >= 0 && c->args_n > line->max)) {
        cli_say("%s: %s", line->command->name,
                c->args_n < line->min ? "something is missing" : "too much");
        return misuse(c);
    }
    return CLI_GO;
}
