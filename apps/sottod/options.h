/* The command line of sottod: what it says, checked as far as that is possible without opening
 * anything. */
#ifndef SOTTOD_OPTIONS_H
#define SOTTOD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "adapters/ws_listen.h"

#define OPTIONS_LISTEN_MAX 8

typedef enum options_verb {
    VERB_RUN,
    VERB_EXHIBIT,
    VERB_CHECK,
    VERB_RENEW,
    VERB_SCRUB
} options_verb;

/* All strings are borrowed from the command line. */
typedef struct options {
    options_verb verb;
    ws_addr listen[OPTIONS_LISTEN_MAX];
    const char *listen_text[OPTIONS_LISTEN_MAX];
    size_t listen_n;
    size_t listen_must; /* later ones are defaults that this machine may lack */
    const char *data;
    const char *name; /* NULL: none was given */
    const char *cert, *key, *postage_file;
    size_t connections;
    bool verbose, live, full;
} options;

typedef enum options_result {
    OPTIONS_GO,
    OPTIONS_DONE, /* help or version was printed */
    OPTIONS_BAD   /* the reason was printed */
} options_result;

options_result options_read(int argc, char **argv, options *out);

#endif
