/* Parameters of a request, held to the rules of their method before anything is done: an unknown
 * name, a missing one, a wrong type or a value out of bounds is an error that names the field. */
#ifndef APP_RPC_PARAMS_H
#define APP_RPC_PARAMS_H

#include <stdint.h>

#include <jansson.h>

#include "fault.h"

typedef enum param_kind {
    PARAM_ID,     /* a string, 1 to 128 bytes */
    PARAM_IDS,    /* a list of at most `max` of them */
    PARAM_BOOL,   /* */
    PARAM_INT,    /* from min to max */
    PARAM_NAME,   /* a string of min to max characters, none of them a control character */
    PARAM_TEXT,   /* a string of min to max bytes; LF and TAB are its only control characters */
    PARAM_WORD,   /* a string of min to max of A-Z a-z 0-9 _ - */
    PARAM_STRING, /* a string of min to max bytes; the method looks closer */
    PARAM_KINDS
} param_kind;

typedef struct param_rule {
    const char *name;
    param_kind kind;
    bool optional;
    int64_t min;
    int64_t max;
    bool over_is_limit; /* more than max is the error `limit` and not `invalid_params` */
    bool not_blank;     /* TEXT: something else than white space */
} param_rule;

/* Judge params, an object or NULL (absent: as if empty). FAULT_NONE in f->kind when all is well;
 * the field is borrowed from rules or params. */
void params_check(json_t *params, const param_rule *rules, size_t n, fault *f);

#endif
