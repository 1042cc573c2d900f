/* Values of the API; see json.h. */
#include "json.h"

#include "chars.h"
#include "ids.h"

static json_t *clean(base_bytes text, bool lines)
{
    base_buf safe = base_buf_on(NULL);
    json_t *out = NULL;
    if (chars_clean(text, lines, &safe) == BASE_OK) {
        out = json_stringn(safe.n == 0 ? "" : (const char *)safe.p, safe.n);
    }
    base_buf_clear(&safe);
    return out;
}

json_t *json_line(const char *text)
{
    return clean(base_bytes_str(text), false);
}

json_t *json_lines(base_bytes text)
{
    return clean(text, true);
}

json_t *json_line_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_line(text);
}

json_t *json_person_id(const sotto_person_id *id)
{
    char text[ID_TEXT_MAX];
    id_of_person(id, text);
    return json_string(text);
}

json_t *json_room_id(const sotto_room_id *id)
{
    char text[ID_TEXT_MAX];
    id_of_room(id, text);
    return json_string(text);
}

json_t *json_number_id(char kind, int64_t number)
{
    char text[ID_TEXT_MAX];
    id_of_number(kind, number, text);
    return json_string(text);
}

json_t *json_time(uint64_t ms)
{
    static const uint64_t largest = UINT64_C(1) << 53; /* what a page's numbers hold */
    return json_integer((json_int_t)(ms < largest ? ms : largest - 1));
}

json_t *json_time_or_null(uint64_t ms)
{
    return ms == 0 ? json_null() : json_time(ms);
}

bool json_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}
