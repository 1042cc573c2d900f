/* The errors of the API (docs/api.json): their codes, names and sentences, and which of them an
 * error of the core is. */
#ifndef APP_FAULT_H
#define APP_FAULT_H

#include <jansson.h>

#include <sotto/base.h>

typedef enum fault_kind {
    FAULT_NONE = 0,
    FAULT_PARSE_ERROR,
    FAULT_INVALID_REQUEST,
    FAULT_METHOD_NOT_FOUND,
    FAULT_INVALID_PARAMS,
    FAULT_INTERNAL,
    FAULT_SESSION_NEEDED,
    FAULT_SESSION_REFUSED,
    FAULT_BUSY,
    FAULT_NOT_FOUND,
    FAULT_NOT_ALLOWED,
    FAULT_EXISTS,
    FAULT_LIMIT,
    FAULT_RELAY_UNREACHABLE,
    FAULT_RELAY_REFUSED,
    FAULT_LINK_MALFORMED,
    FAULT_LINK_OWN,
    FAULT_HANDLE_MALFORMED,
    FAULT_HANDLE_TAKEN,
    FAULT_HANDLE_UNKNOWN,
    FAULT_COUNT
} fault_kind;

#define FAULT_FIELD_MAX 64 /* bytes of a field's name */

/* One error as it is answered. */
typedef struct fault {
    fault_kind kind;
    const char *field;   /* borrowed: the parameter at fault, or NULL */
    const char *message; /* static text: instead of the usual sentence, or NULL */
} fault;

fault_kind fault_of(base_err err);

/* The kind of a name like "not_found"; FAULT_NONE when there is none. */
fault_kind fault_named(const char *name);

/* {"code", "message", "data"}; NULL: out of memory. */
json_t *fault_json(const fault *f);

/* An error of the core as a sentence: "Out of memory." */
void fault_sentence(base_err err, char out[static 128]);

#endif
