/* Ids as the API writes them: a person's 64 hexadecimal digits, a conversation's 32, a message's
 * "m" and an alarm's "a" with its number. Whoever reads them takes them as opaque. */
#ifndef APP_IDS_H
#define APP_IDS_H

#include <sotto/sotto.h>

#define ID_TEXT_MAX 65 /* with the terminator */

void id_of_person(const sotto_person_id *id, char out[static ID_TEXT_MAX]);
void id_of_room(const sotto_room_id *id, char out[static ID_TEXT_MAX]);
void id_of_number(char kind, int64_t number, char out[static ID_TEXT_MAX]);

/* False when the text is no id of that kind. */
bool id_to_person(const char *text, sotto_person_id *out);
bool id_to_room(const char *text, sotto_room_id *out);
bool id_to_number(char kind, const char *text, int64_t *out);

#endif
