/* The types of docs/api.json, made from what the core tells. All text is made harmless on the way:
 * UTF-8 without control characters, whatever a peer sent. Each function gives a new object in *out;
 * errors are the core's, and BASE_E_NOMEM. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <jansson.h>

#include <sotto/sotto.h>

#include "base/err.h"

#define JSON_PREVIEW_CHARS 200
#define JSON_MEMBERS_INLINE 32

/* ---- values (json_parts.c); NULL: out of memory ---- */

json_t *json_line(const char *text);         /* names and titles */
json_t *json_lines(base_bytes text);         /* messages: LF and TAB stay */
json_t *json_line_or_null(const char *text); /* null when empty */
json_t *json_person_id(const sotto_person_id *id);
json_t *json_room_id(const sotto_room_id *id);
json_t *json_number_id(char kind, int64_t number);
json_t *json_time(uint64_t ms);
json_t *json_time_or_null(uint64_t ms); /* null when 0 */

/* Put a new value, or JSON null for a NULL that `or_null` explains, into an object. False when out
 * of memory; value is taken either way. */
bool json_put(json_t *object, const char *key, json_t *value);

/* ---- objects ---- */

BASE_MUST_USE base_err json_connection(const sotto_me *me, json_t **out);
BASE_MUST_USE base_err json_me(const sotto_me *me, json_t **out);
BASE_MUST_USE base_err json_contact(const sotto_person *person, json_t **out);
BASE_MUST_USE base_err json_member(const sotto_member *member, json_t **out);
BASE_MUST_USE base_err json_alarm(const sotto_alarm *alarm, json_t **out);
/* preview: the text is cut to JSON_PREVIEW_CHARS. */
BASE_MUST_USE base_err json_message(const sotto_message *message, bool preview, json_t **out);
BASE_MUST_USE base_err json_message_of(sotto *core, int64_t number, bool preview, json_t **out);
BASE_MUST_USE base_err json_conversation(sotto *core, const sotto_room_id *room, json_t **out);

#endif
