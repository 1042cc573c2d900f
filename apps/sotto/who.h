/* WHO on the command line: a name, a handle, or the beginning of an id, which must name exactly one
 * person, or one conversation. */
#ifndef APP_WHO_H
#define APP_WHO_H

#include "client.h"

/* Which conversations are looked at. */
typedef enum who_kind {
    WHO_ANY,     /* groups, and people by their direct conversation */
    WHO_GROUP,   /* groups alone */
    WHO_REQUEST, /* those that wait for accept or decline */
} who_kind;

/* Find a conversation (new reference in *out), or a person. Says what is wrong: EXIT_WHO when there
 * is none, or several, which are named. */
exit_code who_conversation(client *c, const char *who, who_kind kind, json_t **out);
exit_code who_person(client *c, const char *who, json_t **out);

/* A string out of an object; "" when it is none. */
const char *text_of(const json_t *object, const char *key);

#endif
