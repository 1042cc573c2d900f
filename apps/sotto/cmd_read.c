/* sotto read: the history of a conversation, and what comes. */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cmd.h"
#include "reading.h"
#include "show.h"
#include "who.h"

static const char usage[] = "sotto read WHO [--last N] [--all] [--follow] [--peek]\n"
                            "\n"
                            "Show a conversation, oldest first, and mark it as read.\n"
                            "\n"
                            "  --last N   the newest N messages (default: 50)\n"
                            "  --all      everything this device has\n"
                            "  --follow   then show what comes, until interrupted\n"
                            "  --peek     do not mark it as read\n";

static exit_code print_all(client *agent, reading *r, long last, bool all)
{
    size_t i = 0;
    json_t *m = NULL;
    json_t *messages = reading_history(r, all ? 0 : (size_t)last);
    if (messages == NULL) {
        return client_fail(agent);
    }
    json_array_foreach(messages, i, m)
    {
        reading_show(r, stdout, m);
    }
    json_decref(messages);
    (void)fflush(stdout);
    return EXIT_GOOD;
}

static exit_code follow(client *agent, reading *r)
{
    while (!agent->lost) {
        json_t *event = client_event(agent, -1);
        const json_t *m = reading_new(r, event);
        if (m != NULL) {
            reading_show(r, stdout, m);
            (void)fflush(stdout);
        }
        json_decref(event);
        if (ferror(stdout) != 0) {
            return EXIT_GOOD; /* nobody reads it any more */
        }
        reading_mark(r);
    }
    return client_fail(agent);
}

static int run(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    bool all = false;
    bool going_on = false;
    bool peek = false;
    const char *last_text = "50";
    long last = 0;
    reading r;
    const cli_option options[] = {
        {"last", &last_text, NULL},
        {"all", NULL, &all},
        {"follow", NULL, &going_on},
        {"peek", NULL, &peek},
    };
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 1, options, 4}, &code)) {
        return code;
    }
    if (!cli_number("--last", last_text, 1, 1000000, &last)) {
        code = EXIT_USAGE;
    } else {
        code = reading_begin(&r, &agent, c.args[0], going_on);
    }
    if (code == EXIT_GOOD) {
        r.peek = peek;
        code = print_all(&agent, &r, last, all);
        if (code == EXIT_GOOD && !reading_mark(&r)) {
            code = client_fail(&agent);
        }
        if (code == EXIT_GOOD && going_on) {
            code = follow(&agent, &r);
        }
        reading_end(&r);
    }
    client_close(&agent);
    return code;
}

const cli_command cmd_read = {"read", "show a conversation", usage, run};
