/* Starting an agent that stays when this program ends: the same program again, `sotto run`, with
 * nothing of this one's command line, which may hold a message's text, in its own. */
#ifndef APP_START_H
#define APP_START_H

#include "cli.h"
#include "home.h"

typedef struct start_extra {
    const char *port; /* NULL: not given */
    const char *web;
} start_extra;

/* Ask for the passphrase if there is one, start, and wait until it serves. Says what is wrong. */
exit_code start_agent(const home *h, const cli *c, const start_extra *extra);

#endif
