/* Ids of the API; see the header. */
#include "ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void to_hex(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_hex(const char *text, uint8_t *p, size_t n)
{
    if (strlen(text) != 2 * n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int high = nibble(text[2 * i]);
        int low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        p[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void id_of_person(const sotto_person_id *id, char out[static ID_TEXT_MAX])
{
    to_hex(id->b, sizeof id->b, out);
}

void id_of_room(const sotto_room_id *id, char out[static ID_TEXT_MAX])
{
    to_hex(id->b, sizeof id->b, out);
}

void id_of_number(char kind, int64_t number, char out[static ID_TEXT_MAX])
{
    (void)snprintf(out, ID_TEXT_MAX, "%c%" PRId64, kind, number);
}

bool id_to_person(const char *text, sotto_person_id *out)
{
    return from_hex(text, out->b, sizeof out->b);
}

bool id_to_room(const char *text, sotto_room_id *out)
{
    return from_hex(text, out->b, sizeof out->b);
}

bool id_to_number(char kind, const char *text, int64_t *out)
{
    int64_t n = 0;
    if (text[0] != kind || text[1] < '1' || text[1] > '9' || strlen(text) > 19) {
        return false;
    }
    for (const char *p = text + 1; *p != '\0'; p++) {
        if (*p < '0' || *p > '9') {
            return false;
        }
        n = n * 10 + (*p - '0');
    }
    *out = n;
    return true;
}
