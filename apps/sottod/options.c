/* The command line of sottod; see the header. */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "sottod keeps ciphertext for people who talk with Sotto. It cannot read any of it.\n"
    "\n"
    "  sottod [run] [OPTION]...   serve (the default)\n"
    "  sottod exhibit [OPTION]... print all that is stored, and what each column can tell\n"
    "  sottod check [OPTION]...   try the options and the database, and serve nothing\n"
    "  sottod renew [OPTION]...   after a copy of the database was restored: tell clients so\n"
    "  sottod scrub [OPTION]...   write the database anew, without a trace of what was deleted\n"
    "\n"
    "  --listen ADDR:PORT   where to serve; may be repeated; IPv6 as [::1]:7480\n"
    "                       (default: 127.0.0.1:7480 and [::1]:7480)\n"
    "  --data FILE          the database (default: ./sottod.db)\n"
    "  --name HOST[:PORT]   the name people reach this relay by; shown in the log\n"
    "  --cert FILE          certificate chain, PEM; with --key\n"
    "  --key FILE           its private key, PEM\n"
    "  --postage-file FILE  file with the shared secret that opening logs, mailboxes and shelves\n"
    "                       costs; needed unless only this machine is served\n"
    "  --connections N      at most so many at once (default: 10000)\n"
    "  --verbose            log each connection too, by a random tag\n"
    "  --live               exhibit: show what changes, until interrupted\n"
    "  --full               exhibit: all bytes, not only the first of each value\n"
    "  --version, --help\n";

static bool is_loopback_only(const options *o)
{
    for (size_t i = 0; i < o->listen_n; i++) {
        if (!ws_addr_is_loopback(&o->listen[i])) {
            return false;
        }
    }
    return true;
}

__attribute__((format(printf, 1, 2))) static options_result bad(const char *form, ...)
{
    va_list args;
    (void)fputs("sottod: ", stderr);
    va_start(args, form);
    (void)vfprintf(stderr, form, args);
    va_end(args);
    (void)fputs("\nTry: sottod --help\n", stderr);
    return OPTIONS_BAD;
}

static options_result add_listen(options *o, const char *text)
{
    if (o->listen_n == OPTIONS_LISTEN_MAX) {
        return bad("--listen can be given %d times at most", OPTIONS_LISTEN_MAX);
    }
    if (!ws_addr_parse(text, &o->listen[o->listen_n])) {
        return bad("--listen %s: not a numeric address and port, like 127.0.0.1:7480 or [::1]:7480",
                   text);
    }
    o->listen_text[o->listen_n] = text;
    o->listen_n++;
    o->listen_must = o->listen_n;
    return OPTIONS_GO;
}

static options_result set_connections(options *o, const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n > 7 || strspn(text, "0123456789") != n || strtoul(text, NULL, 10) == 0) {
        return bad("--connections %s: not a number from 1 to 9999999", text);
    }
    o->connections = strtoul(text, NULL, 10);
    return OPTIONS_GO;
}

/* A name goes into a log line and into links: letters, digits, dots, hyphens, brackets, a port. */
static options_result set_name(options *o, const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n > 261 ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") != n) {
        return bad("--name %s: not HOST or HOST:PORT", text);
    }
    o->name = text;
    return OPTIONS_GO;
}

static options_result set_verb(options *o, const char *text)
{
    static const char *const names[] = {"run", "exhibit", "check", "renew", "scrub"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            o->verb = (options_verb)i;
            return OPTIONS_GO;
        }
    }
    return bad("%s: no such command", text);
}

/* What holds between options. */
static options_result check(options *o)
{
    if (o->listen_n == 0) {
        if (add_listen(o, "127.0.0.1:7480") != OPTIONS_GO ||
            add_listen(o, "[::1]:7480") != OPTIONS_GO) {
            return OPTIONS_BAD;
        }
        o->listen_must = 1; /* a machine may have no IPv6 */
    }
    if ((o->cert == NULL) != (o->key == NULL)) {
        return bad("--cert and --key belong together");
    }
    if ((o->live || o->full) && o->verb != VERB_EXHIBIT) {
        return bad("--live and --full are options of: sottod exhibit");
    }
    if (o->verb != VERB_RUN && o->verb != VERB_CHECK) {
        return OPTIONS_GO;
    }
    if (!is_loopback_only(o) && o->postage_file == NULL) {
        return bad("serving other machines needs --postage-file: without it anyone can fill the "
                   "disk");
    }
    if (!is_loopback_only(o) && o->cert == NULL) {
        return bad("serving other machines needs --cert and --key; behind a proxy that does TLS, "
                   "listen on 127.0.0.1");
    }
    return OPTIONS_GO;
}

enum {
    OPT_LISTEN = 256,
    OPT_DATA,
    OPT_NAME,
    OPT_CERT,
    OPT_KEY,
    OPT_POSTAGE,
    OPT_CONNECTIONS,
    OPT_VERBOSE,
    OPT_LIVE,
    OPT_FULL,
    OPT_VERSION,
    OPT_HELP
};

static const struct option table[] = {
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"data", required_argument, NULL, OPT_DATA},
    {"name", required_argument, NULL, OPT_NAME},
    {"cert", required_argument, NULL, OPT_CERT},
    {"key", required_argument, NULL, OPT_KEY},
    {"postage-file", required_argument, NULL, OPT_POSTAGE},
    {"connections", required_argument, NULL, OPT_CONNECTIONS},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"live", no_argument, NULL, OPT_LIVE},
    {"full", no_argument, NULL, OPT_FULL},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static options_result take(options *o, int what, const char *value)
{
    switch (what) {
    case OPT_LISTEN:
        return add_listen(o, value);
    case OPT_DATA:
        o->data = value;
        return value[0] == '\0' ? bad("--data needs the name of a file") : OPTIONS_GO;
    case OPT_NAME:
        return set_name(o, value);
    case OPT_CERT:
        o->cert = value;
        return OPTIONS_GO;
    case OPT_KEY:
        o->key = value;
        return OPTIONS_GO;
    case OPT_POSTAGE:
        o->postage_file = value;
        return OPTIONS_GO;
    case OPT_CONNECTIONS:
        return set_connections(o, value);
    case OPT_VERBOSE:
        o->verbose = true;
        return OPTIONS_GO;
    case OPT_LIVE:
        o->live = true;
        return OPTIONS_GO;
    case OPT_FULL:
        o->full = true;
        return OPTIONS_GO;
    case OPT_VERSION:
        (void)puts("sottod " SOTTO_VERSION);
        return OPTIONS_DONE;
    case OPT_HELP:
        (void)fputs(usage, stdout);
        return OPTIONS_DONE;
    default:
        (void)fputs("Try: sottod --help\n", stderr); /* getopt_long has said what is wrong */
        return OPTIONS_BAD;
    }
}

options_result options_read(int argc, char **argv, options *out)
{
    options o = {.data = "./sottod.db", .connections = 10000};
    int what = 0;
    bool verb_seen = false;
    while ((what = getopt_long(argc, argv, "-", table, NULL)) != -1) {
        options_result r = OPTIONS_GO;
        if (what == 1) { /* a word that is no option */
            r = verb_seen ? bad("%s: one command at a time", optarg) : set_verb(&o, optarg);
            verb_seen = true;
        } else {
            r = take(&o, what, optarg);
        }
        if (r != OPTIONS_GO) {
            return r;
        }
    }
    if (optind < argc) { /* after "--" */
        return bad("%s: not expected here", argv[optind]);
    }
    options_result r = check(&o);
    *out = o;
    return r;
}
