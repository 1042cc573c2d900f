/* The passphrase: asked for on the terminal without being shown, or read from a descriptor. */
#ifndef APP_PASSPHRASE_H
#define APP_PASSPHRASE_H

#include "base/bytes.h"
#include "cli.h"
#include "home.h"

#define PASSPHRASE_MAX 1024

/* For an existing store. Empty when settings say that there is none. Says what is wrong and gives
 * EXIT_PASSPHRASE when there is nowhere to get it from. */
exit_code passphrase_get(const cli *c, const home_settings *settings, base_buf *out);

/* For a new one: asked for twice. It may be empty, with a warning. */
exit_code passphrase_new(const cli *c, base_buf *out);

/* A question on the terminal with a line as the answer, "" when there is no terminal. */
bool terminal_ask(const char *question, char *answer, size_t size);

#endif
